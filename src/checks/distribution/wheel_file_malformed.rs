//! A WHEEL file that an installer cannot interpret.

use super::{Subject, tell_header_problems, tell_undecodable};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::FileName;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP849",
    id: "wheel-file-malformed",
    severity: Severity::Error,
    summary: "WHEEL says its format's version, where the files go, and the tags.",
    protects: "users: an installer stops, or puts the files into the wrong folder.",
    details: "`Wheel-Version` of 1.x (an installer refuses a higher first number and warns of a higher second one), \
              `Root-Is-Purelib` with `true` or `false`, at least one `Tag`, and `Build` where the file name has a build \
              tag (PEP 427).",
    fails: ("text", "Wheel-Version: 2.0\nRoot-Is-Purelib: yes"),
    passes: (
        "text",
        "Wheel-Version: 1.0\nGenerator: shipshape\nRoot-Is-Purelib: true\nTag: py3-none-any",
    ),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    tell_undecodable(subject, &RULE, "WHEEL", findings);
    let Some(wheel) = &subject.distribution.wheel else { return };
    tell_header_problems(wheel, &RULE, findings);
    let help = "build it again with a builder that follows PEP 427";
    let mut tell = |span: Span, message: String, severity: Severity| {
        let finding = Finding::new(&RULE, message).at(wheel.path.clone(), &wheel.text, span);
        findings.push(finding.severity(severity).help(help));
    };
    let mut missing = |field: &str| {
        tell(Span::at(0), format!("there is no `{field}`"), Severity::Error);
    };
    let version = wheel.value.one("Wheel-Version");
    let purelib = wheel.value.one("Root-Is-Purelib");
    for (field, there) in [
        ("Wheel-Version", version.is_some()),
        ("Root-Is-Purelib", purelib.is_some()),
        ("Tag", wheel.value.one("Tag").is_some()),
    ] {
        if !there {
            missing(field);
        }
    }
    if let Some(field) = version {
        let numbers = field
            .value
            .split_once('.')
            .map(|(major, minor)| (major.parse::<u32>().ok(), minor.parse::<u32>().ok()));
        match numbers {
            Some((Some(1), Some(0))) => {}
            Some((Some(1), Some(_))) => {
                let message = format!("version {} of the format is newer than 1.0", field.value);
                tell(field.span, message, Severity::Warning);
            }
            Some((Some(_), Some(_))) => {
                let message = format!("installers refuse version {} of the format", field.value);
                tell(field.span, message, Severity::Error);
            }
            _ => tell(
                field.span,
                format!("`{}` is not a version of the format", field.value),
                Severity::Error,
            ),
        }
    }
    if let Some(field) = purelib
        && !matches!(field.value.to_ascii_lowercase().as_str(), "true" | "false")
    {
        tell(
            field.span,
            format!("`{}` is neither `true` nor `false`", field.value),
            Severity::Error,
        );
    }
    if let Ok(FileName::Wheel(name)) = subject.distribution.name() {
        let stated = wheel.value.one("Build");
        if stated.map(|field| field.value.as_str()) != name.build.as_deref() {
            let span = stated.map_or(Span::at(0), |field| field.span);
            let build = name.build.as_deref().unwrap_or("none");
            let message =
                format!("the build tag differs from that of the file name, which is {build}");
            // Only a warning: many builders leave the field out, and installers do not read it.
            tell(span, message, Severity::Warning);
        }
    }
}
