//! A repository whose visibility differs from what the fleet expects.

use super::Subject;
use crate::checks::{Finding, Rule, Severity};

/// The visibility differs from what the fleet expects.
pub static RULE: Rule = Rule {
    code: "SHP909",
    id: "visibility-differs",
    severity: Severity::Warning,
    summary: "A repository is as visible as its kind is.",
    protects: "both sides: those who cannot generate from a private template, and those whose work was never meant to be public.",
    details: "\
The required visibility is the one that fleet.yaml sets for new repositories of the kind (`new: { visibility: … }`); where it says nothing,
nothing is judged.",
    fails: ("text", "private, while fleet.yaml says public"),
    passes: ("text", "public"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let wanted = subject.expected.visibility.as_deref();
    let seen = subject.settings.visibility.known();
    if let (Some(wanted), Some(seen)) = (wanted, seen)
        && seen != wanted
    {
        let message = format!("the repository is {seen}, but its kind is {wanted}");
        let help = "change it on the forge, or change fleet.yaml";
        findings.push(Finding::new(&RULE, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{said, sound};

    #[test]
    fn only_what_fleet_yaml_says_is_wanted() {
        let mut case = sound();
        assert_eq!(said(&case, "visibility-differs"), "");
        case.expected.visibility = Some("private".to_owned());
        assert!(
            said(&case, "visibility-differs")
                .starts_with("the repository is public, but its kind is private")
        );
    }
}
