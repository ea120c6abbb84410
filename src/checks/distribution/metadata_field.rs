//! Metadata fields: which are required, and which are not allowed.

use std::collections::BTreeMap;

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP853",
    id: "metadata-field",
    severity: Severity::Error,
    summary: "The metadata has the fields that it needs, each as often as it may, and none that it does not know.",
    protects: "whoever publishes: the index refuses the file, and older tools drop what they do not know.",
    details: "`Metadata-Version`, `Name` and `Version` are required. Most fields may occur once. The index refuses a \
              field that was introduced in a later version of the metadata than the file states. `License-File` \
              before 2.4 is a warning: setuptools wrote it for years. Source: the core metadata specification.",
    fails: ("text", "Metadata-Version: 2.1\nName: acme\nName: acme2"),
    passes: ("text", "Metadata-Version: 2.1\nName: acme\nVersion: 1.0"),
};

/// A field: its name in lower case, the metadata version that introduced it, and whether it may be repeated.
const FIELDS: [(&str, &str, bool); 34] = [
    ("metadata-version", "1.0", false),
    ("name", "1.0", false),
    ("version", "1.0", false),
    ("platform", "1.0", true),
    ("summary", "1.0", false),
    ("description", "1.0", false),
    ("keywords", "1.0", false),
    ("home-page", "1.0", false),
    ("author", "1.0", false),
    ("author-email", "1.0", false),
    ("license", "1.0", false),
    ("supported-platform", "1.1", true),
    ("download-url", "1.1", false),
    ("classifier", "1.1", true),
    ("requires", "1.1", true),
    ("provides", "1.1", true),
    ("obsoletes", "1.1", true),
    ("maintainer", "1.2", false),
    ("maintainer-email", "1.2", false),
    ("requires-dist", "1.2", true),
    ("provides-dist", "1.2", true),
    ("obsoletes-dist", "1.2", true),
    ("requires-python", "1.2", false),
    ("requires-external", "1.2", true),
    ("project-url", "1.2", true),
    ("provides-extra", "2.1", true),
    ("description-content-type", "2.1", false),
    ("dynamic", "2.2", true),
    ("license-expression", "2.4", false),
    ("license-file", "2.4", true),
    ("import-name", "2.5", true),
    ("import-namespace", "2.5", true),
    // Never standardised, but written by setuptools and wheel.
    ("private-version", "9.9", false),
    ("setup-requires-dist", "9.9", true),
];

/// Whether this is the name of a standard field, in lower case.
pub(super) fn is_field(name: &str) -> bool {
    FIELDS.iter().any(|(known, since, _)| *known == name && *since != "9.9")
}

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    for wanted in ["Metadata-Version", "Name", "Version"] {
        let there = metadata.value.one(wanted).is_some_and(|field| !field.value.is_empty());
        if !there {
            let message = format!("the metadata has no `{wanted}`");
            let finding = Finding::new(&RULE, message);
            let finding = finding.at(metadata.path.clone(), &metadata.text, Span::at(0));
            findings.push(finding.help("build it again: a builder writes it"));
        }
    }
    let stated = metadata.value.one("Metadata-Version").and_then(|field| numbers(&field.value));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for field in &metadata.value.fields {
        let name = field.name.to_ascii_lowercase();
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        let tell = |message: String| at_field(&RULE, metadata, field, message);
        let Some((_, since, many)) = FIELDS.iter().find(|(known, _, _)| *known == name) else {
            let message = format!("`{}` is not a metadata field", field.name);
            findings.push(tell(message).help("remove it: an index refuses unknown fields"));
            continue;
        };
        if *count == 2 && !many {
            let message = format!("duplicate field `{}`", field.name);
            findings.push(tell(message).help("keep one of them"));
        }
        if let (Some(stated), Some(since_numbers)) = (stated, numbers(since))
            && since_numbers > stated
            && *count == 1
        {
            let message = format!(
                "`{}` was introduced in version {since} of the metadata, but this is version {}.{}",
                field.name, stated.0, stated.1
            );
            let severity = match name.as_str() {
                "license-file" => Severity::Warning,
                _ => Severity::Error,
            };
            let help = "build it again with a newer builder, which writes the right version";
            findings.push(tell(message).severity(severity).help(help));
        }
    }
}

/// Parses a metadata version such as `2.4`.
pub(super) fn numbers(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.trim().split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
