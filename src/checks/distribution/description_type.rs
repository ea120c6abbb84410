//! The format of the description.

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP862",
    id: "description-type",
    severity: Severity::Error,
    summary: "`Description-Content-Type` is one that an index renders.",
    protects: "whoever publishes: the index refuses another type, and shows Markdown that is not declared as plain text.",
    details: "`text/markdown` with `variant=GFM` or `CommonMark`, `text/x-rst` or `text/plain`, each with \
              `charset=UTF-8` if any (core metadata specification). Whether reStructuredText renders, which the index demands, \
              is not checked: the finding is then an information and says so. Without a type it is read as reStructuredText.",
    fails: ("text", "Description-Content-Type: markdown"),
    passes: ("text", "Description-Content-Type: text/markdown"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    let described = metadata.value.body.is_some() || metadata.value.one("Description").is_some();
    let unrendered = "whether this reStructuredText renders is not checked; an index refuses text that does not render";
    let Some(field) = metadata.value.one("Description-Content-Type") else {
        if described {
            let span = metadata.value.body.map_or(Span::at(0), |body| Span::at(body.start));
            let finding = Finding::new(&RULE, unrendered).severity(Severity::Info);
            let finding = finding.at(metadata.path.clone(), &metadata.text, span);
            findings.push(finding.help("declare its type, such as `text/markdown`"));
        }
        return;
    };
    let mut parts = field.value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let fault = match kind.as_str() {
        "text/plain" | "text/x-rst" | "text/markdown" => {
            parts.find_map(|part| wrong_parameter(&kind, part))
        }
        _ => Some(format!("an index does not render `{}`", field.value)),
    };
    if let Some(message) = fault {
        let help = "write `text/markdown`, `text/x-rst` or `text/plain`";
        findings.push(at_field(&RULE, metadata, field, message).help(help));
    } else if kind == "text/x-rst" && described {
        let finding = at_field(&RULE, metadata, field, unrendered).severity(Severity::Info);
        findings.push(finding.help("check it with a reStructuredText renderer"));
    }
}

fn wrong_parameter(kind: &str, part: &str) -> Option<String> {
    let (name, value) = part.split_once('=')?;
    let value = value.trim().trim_matches('"').to_ascii_lowercase();
    match name.trim().to_ascii_lowercase().as_str() {
        "charset" if value != "utf-8" => Some(format!("the charset must be UTF-8, not `{value}`")),
        "variant" if kind == "text/markdown" && !matches!(value.as_str(), "gfm" | "commonmark") => {
            Some(format!("there is no variant `{value}` of Markdown"))
        }
        _ => None,
    }
}
