//! Two files of one release that an index would not accept together.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use pep440_rs::Version;

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::{Distribution, Kind};
use crate::source::requirements::normalize;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP873",
    id: "release-duplicate",
    severity: Severity::Error,
    summary: "A release has one sdist, and each file name once.",
    protects: "whoever publishes: the index refuses the second one, halfway through the upload.",
    details: "Looks at all distributions of one run together. The name and version of an sdist are compared \
              normalised, file names to the letter; wheels with other tags or build tags are not the same file.",
    fails: ("text", "dist/acme-1.0.tar.gz\ndist/Acme-1.0.tar.gz"),
    passes: ("text", "dist/acme-1.0.tar.gz\ndist/acme-1.0-py3-none-any.whl"),
};

/// Does nothing: duplicates only show among several distributions.
pub(super) fn check(_: &Subject<'_>, _: &mut Vec<Finding>) {}

/// The findings of a release, each with the index of the later of the two distributions.
pub fn of_release(distributions: &[&Distribution]) -> Vec<(usize, Finding)> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for (index, distribution) in distributions.iter().enumerate() {
        let file = distribution.file_name.as_str();
        let key = match (distribution.kind, distribution.name()) {
            (Kind::Sdist, Ok(name)) => {
                let written = name.version().unwrap_or_default();
                // `1.0` and `1.0.0` are the same version: trailing zeros of the release segment do not count.
                let version = Version::from_str(written)
                    .map_or_else(|_| written.to_owned(), |version| canonical(&version));
                format!("sdist {} {version}", normalize(name.distribution()))
            }
            _ => file.to_owned(),
        };
        if let Some(first) = seen.insert(key, file) {
            let what = if distribution.kind == Kind::Sdist { "sdist" } else { "file" };
            let message = format!("the release already has this {what}: `{first}`");
            findings.push((index, Finding::new(&RULE, message).help("keep one of the two")));
        }
    }
    findings
}

/// The same spelling for all versions that are equal under PEP 440.
fn canonical(version: &Version) -> String {
    let mut release = version.release().to_vec();
    while release.len() > 1 && release.last() == Some(&0) {
        release.pop();
    }
    version.clone().with_release(release).to_string()
}
