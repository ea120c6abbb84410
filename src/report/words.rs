//! What a report calls its subjects: usually the repositories of a fleet, for some commands the distributions of a
//! package. And what it says of a finding that does not count.

use crate::checks::Waived;
use crate::drift::model::{Report, RepositoryReport};

/// The words for one kind of subject.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// The singular.
    pub(super) one: &'static str,
    /// The plural.
    pub(super) many: &'static str,
    /// The plural, capitalised for a heading.
    pub(super) heading: &'static str,
    /// The heading for findings about no single subject, such as those about the manifest or waivers.
    pub(super) whole: &'static str,
}

impl Words {
    pub(super) fn of(report: &Report) -> Self {
        match report.command {
            "package check" | "package smoke" => Self {
                one: "distribution",
                many: "distributions",
                heading: "Distributions",
                whole: "The package itself",
            },
            "package compat" => {
                Self { whole: "What they are compared with", ..Self::of_repositories() }
            }
            _ => Self::of_repositories(),
        }
    }

    fn of_repositories() -> Self {
        Self {
            one: "repository",
            many: "repositories",
            heading: "Repositories",
            whole: "The fleet itself",
        }
    }
}

/// Why a finding does not count. An entry of the baseline has no owner.
pub(super) fn waived(waived: &Waived) -> String {
    match &waived.expires {
        None => "in the baseline".to_owned(),
        Some(day) => format!("waived by {} until {day}: {}", waived.owner, waived.reason),
    }
}

/// What follows a repository's verdict and counts if it is archived.
pub(super) fn archived(repository: &RepositoryReport) -> &'static str {
    if repository.is_archived { ", archived" } else { "" }
}

/// A sentence that begins with a capital.
pub(super) fn capitalised(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_the_baseline_names_no_person() {
        let of = |owner: &str, expires: Option<&str>| Waived {
            reason: "later".to_owned(),
            owner: owner.to_owned(),
            expires: expires.map(str::to_owned),
        };
        assert_eq!(waived(&of("", None)), "in the baseline");
        let until = of("@me", Some("2027-01-31"));
        assert_eq!(waived(&until), "waived by @me until 2027-01-31: later");
    }
}
