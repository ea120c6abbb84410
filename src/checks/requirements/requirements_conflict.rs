//! SHP403: requirements can be satisfied, and do not contradict each other about a distribution.

use std::collections::BTreeMap;

use pep440_rs::{Operator, Version};

use crate::checks::requirements::{self, File};
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::requirements::Requirement;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP403",
    id: "requirements-conflict",
    severity: Severity::Warning,
    summary: "Every distribution is required once, in versions that can exist.",
    protects: "the build, which finds no version, and readers, who see one of two lines.",
    details: "A requirement whose bounds contradict each other (`>=2,<1`) admits nothing. A distribution that is \
              listed twice with different versions is reported at the second line, unless the two have different \
              environment markers; names are compared after PEP 503, included files count, and files of constraints \
              (`-c`) are compared with each other only where the two together admit nothing. Nothing is looked up in \
              an index: that versions exist within the bounds is not known.",
    fails: ("text", "httpx>=0.27\nhttpx<0.25"),
    passes: ("text", "httpx>=0.25,<0.28"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct RequirementsConflict;

impl Check for RequirementsConflict {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        let files = requirements::all(repository);
        let mut first: BTreeMap<String, Written<'_>> = BTreeMap::new();
        for file in &files {
            for requirement in file.read.requirements() {
                let mut bounds = Bounds::default();
                bounds.add(requirement);
                if bounds.are_empty() {
                    let message = format!(
                        "no version of `{}` is `{}`",
                        requirement.name,
                        shown(file.text.slice(requirement.specifier_span))
                    );
                    let mut finding = Finding::new(&RULE, message);
                    finding.location = Some(file.location(requirement.specifier_span));
                    findings.push(finding.help("change the bounds so that a version fits"));
                }
                let written = Written { file, requirement };
                let Some(other) = first.get(&requirement.normalized) else {
                    first.insert(requirement.normalized.clone(), written);
                    continue;
                };
                findings.extend(conflict(other, &written));
            }
        }
    }
}

/// A requirement, and the file that it is in.
struct Written<'a> {
    file: &'a File,
    requirement: &'a Requirement,
}

fn conflict(one: &Written<'_>, other: &Written<'_>) -> Option<Finding> {
    let (first, second) = (one.requirement, other.requirement);
    let marker = |requirement: &Requirement| {
        requirement.marker.as_ref().map(|(text, _)| text.split_whitespace().collect::<String>())
    };
    if marker(first) != marker(second) {
        return None;
    }
    let same = first.url == second.url
        && match (&first.specifiers, &second.specifiers) {
            (Some(one), Some(other)) => {
                one.len() == other.len() && one.iter().all(|it| other.iter().any(|its| its == it))
            }
            _ => first.specifiers.is_none() && second.specifiers.is_none(),
        };
    let mut bounds = Bounds::default();
    bounds.add(first);
    bounds.add(second);
    let impossible = bounds.are_empty();
    let both_installed = one.file.installs && other.file.installs;
    if same || !(impossible || both_installed) {
        return None;
    }
    let name = &second.name;
    let message = if impossible {
        format!("`{name}` is required twice, and no version satisfies both")
    } else {
        format!("`{name}` is required twice, in different versions")
    };
    let mut finding = Finding::new(&RULE, message).help("keep one line for each distribution");
    finding.location = Some(other.file.location(second.span));
    Some(finding.related(one.file.location(first.span), "first required here"))
}

/// The range of versions that specifiers allow.
#[derive(Default)]
struct Bounds {
    least: Option<(Version, bool)>,
    most: Option<(Version, bool)>,
}

impl Bounds {
    fn add(&mut self, requirement: &Requirement) {
        for specifier in requirement.specifiers.iter().flat_map(|specifiers| specifiers.iter()) {
            let version = specifier.version().clone();
            match specifier.operator() {
                Operator::GreaterThanEqual => self.at_least(version, true),
                Operator::GreaterThan => self.at_least(version, false),
                // Their upper bound is ignored, which can only miss conflicts.
                Operator::TildeEqual | Operator::EqualStar => self.at_least(version, true),
                Operator::LessThanEqual => self.at_most(version, true),
                Operator::LessThan => self.at_most(version, false),
                Operator::Equal | Operator::ExactEqual => {
                    // `==1.0` also admits `1.0+local`, which compares higher.
                    self.at_least(version.clone(), true);
                    self.at_most(version, true);
                }
                Operator::NotEqual | Operator::NotEqualStar => {}
            }
        }
    }

    fn at_least(&mut self, version: Version, inclusive: bool) {
        let tighter = self.least.as_ref().is_none_or(|(known, known_inclusive)| {
            version > *known || (version == *known && *known_inclusive && !inclusive)
        });
        if tighter {
            self.least = Some((version, inclusive));
        }
    }

    fn at_most(&mut self, version: Version, inclusive: bool) {
        let tighter = self.most.as_ref().is_none_or(|(known, known_inclusive)| {
            version < *known || (version == *known && *known_inclusive && !inclusive)
        });
        if tighter {
            self.most = Some((version, inclusive));
        }
    }

    fn are_empty(&self) -> bool {
        match (&self.least, &self.most) {
            (Some((least, from)), Some((most, to))) => {
                least > most || (least == most && !(*from && *to))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(requirements: &str) -> String {
        Case::conformant()
            .file("requirements.txt", requirements)
            .file("more.txt", "httpx>=1\n")
            .said("requirements-conflict")
    }

    #[test]
    fn what_cannot_be_fulfilled() {
        assert_eq!(Case::conformant().said("requirements-conflict"), "");
        insta::assert_snapshot!(said("httpx>=2,<1\na>1,<=1\n"), @"
        requirements.txt:1:6: no version of `httpx` is `>=2,<1`
        requirements.txt:2:2: no version of `a` is `>1,<=1`
        ");
        insta::assert_snapshot!(said("httpx<0.5\nHTTPX>=0.6\n-r more.txt\n"), @"
        requirements.txt:2:1: `HTTPX` is required twice, and no version satisfies both
        more.txt:1:1: `httpx` is required twice, and no version satisfies both
        ");
        insta::assert_snapshot!(said("httpx<0.5\n-c more.txt\n"), @"more.txt:1:1: `httpx` is required twice, and no version satisfies both");
    }

    #[test]
    fn twice_in_different_versions() {
        insta::assert_snapshot!(said("httpx>=0.5\nhttpx>=0.6\n"), @"requirements.txt:2:1: `httpx` is required twice, in different versions");
    }

    #[test]
    fn what_fits_is_silent() {
        for fine in [
            "httpx>=1,<2,!=1.5\n",
            "httpx==1.0,>=1\n",
            "httpx~=1.2\n",
            "httpx>=1\nhttpx >= 1\n",
            "httpx<1; python_version<'3.9'\nhttpx>=1; python_version>='3.9'\n",
            "httpx>=0.5\n-c more.txt\n",
            "httpx==1.*\n",
        ] {
            assert_eq!(said(fine), "", "{fine}");
        }
    }
}
