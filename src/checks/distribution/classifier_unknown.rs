//! A classifier that an index does not know.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Few, Subject, at_field};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::{Document, Field, Headers};
use crate::source::typed::nearest;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP861",
    id: "classifier-unknown",
    severity: Severity::Error,
    summary: "Every classifier is on the index's list and not deprecated.",
    protects: "whoever publishes: the index refuses the file for one wrong letter.",
    details: "The list is that of the package trove-classifiers 2026.9.21.13, built into the program. `Private :: …` \
              is on no list: it is there so that an upload by mistake fails; the finding says so.",
    fails: ("text", "Classifier: Programming Language :: Python :: 3.111"),
    passes: ("text", "Classifier: Programming Language :: Python :: 3.11"),
};

/// Each classifier, and the replacement of one that is deprecated; the replacement may be empty.
static CLASSIFIERS: LazyLock<BTreeMap<&str, Option<&str>>> = LazyLock::new(|| {
    let lines = include_str!("data/classifiers.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .map(|line| match line.split_once('\t') {
            Some((classifier, replacement)) => (classifier, Some(replacement)),
            None => (line, None),
        })
        .collect()
});

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    let mut few = Few::new(findings);
    for field in metadata.value.all("Classifier") {
        let written = field.value.as_str();
        let known = CLASSIFIERS.get(written);
        if !matches!(known, Some(None)) {
            few.tell(|| told(metadata, field, known.copied().flatten()));
        }
    }
    few.end();
}

/// The finding for a classifier that is unknown or deprecated.
fn told(metadata: &Document<Headers>, field: &Field, replacement: Option<&str>) -> Finding {
    let written = field.value.as_str();
    let (message, help) = match replacement {
        Some(replacement) => {
            let help = match replacement {
                "" => "leave it out".to_owned(),
                replacement => format!("write {replacement}"),
            };
            (format!("the classifier `{written}` is deprecated"), help)
        }
        None if written.starts_with("Private ::") => (
            format!("an index refuses `{written}`, as intended"),
            "remove it if this is to be published".to_owned(),
        ),
        None => {
            let help = match nearest(written, CLASSIFIERS.keys().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "use one from the index's list of classifiers".to_owned(),
            };
            (format!("there is no classifier `{written}`"), help)
        }
    };
    at_field(&RULE, metadata, field, message).help(help)
}
