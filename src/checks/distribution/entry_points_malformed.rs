//! Entry points that tools cannot read.

use std::collections::BTreeSet;

use super::{Subject, tell_undecodable};
use crate::checks::{Finding, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP870",
    id: "entry-points-malformed",
    severity: Severity::Error,
    summary: "entry_points.txt has groups, names and references to objects.",
    protects: "users: the installer stops at the file, or makes a command that cannot start.",
    details: "Groups are words with dots between them; names hold letters, digits, `_`, `.` and `-` (others are a \
              warning outside of commands); a value is `module:attribute`, with extras if any, and a command needs the \
              attribute. A name is in its group once. Source: the entry points specification.",
    fails: ("ini", "[console_scripts]\nacme/run = acme.cli"),
    passes: ("ini", "[console_scripts]\nacme-run = acme.cli:main"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    tell_undecodable(subject, &RULE, "entry_points.txt", findings);
    let Some(document) = &subject.distribution.entry_points else { return };
    let mut tell = |span: Span, message: String, severity: Severity| {
        let finding = Finding::new(&RULE, message).severity(severity);
        let finding = finding.at(document.path.clone(), &document.text, span);
        findings.push(finding.help("write `name = module:attribute` below a `[group]`"));
    };
    for problem in &document.value.problems {
        tell(problem.span, format!("this line {}", problem.message), Severity::Error);
    }
    for (group, span) in &document.value.groups {
        let sound = group.split('.').all(is_word);
        if !sound {
            tell(*span, format!("`{group}` is not the name of a group"), Severity::Error);
        }
    }
    let mut seen = BTreeSet::new();
    for entry in &document.value.entries {
        let is_command = matches!(entry.group.as_str(), "console_scripts" | "gui_scripts");
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if entry.name.is_empty() || !entry.name.chars().all(plain) {
            let severity = if is_command { Severity::Error } else { Severity::Warning };
            let message = format!("`{}` is not a name that all systems accept", entry.name);
            // Names in other groups are read by other programs, which may allow spaces.
            let severity = if entry.name.is_empty() { Severity::Error } else { severity };
            tell(entry.name_span, message, severity);
        }
        match &entry.reference {
            None => {
                let written = document.text.slice(entry.value_span);
                tell(entry.value_span, format!("`{written}` is not a reference"), Severity::Error);
            }
            Some(reference) if is_command && reference.attribute.is_none() => {
                let message = format!("the command `{}` names no function", entry.name);
                tell(entry.value_span, message, Severity::Error);
            }
            Some(_) => {}
        }
        if !seen.insert((entry.group.as_str(), entry.name.as_str())) {
            let message = format!("`{}` is in its group twice", entry.name);
            tell(entry.name_span, message, Severity::Error);
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c == '_' || c == '-' || c.is_alphanumeric())
}
