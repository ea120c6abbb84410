//! A default branch that anyone with write access may push to.

use super::Subject;
use crate::checks::{Finding, Rule, Severity};

/// Nothing protects the default branch.
pub static RULE: Rule = Rule {
    code: "SHP908",
    id: "default-branch-unprotected",
    severity: Severity::Warning,
    summary: "The default branch changes through pull requests.",
    protects: "everyone who runs the template: a bulk edit pushed straight to five main branches once lost every COPY \
               line of their Dockerfiles.",
    details: "Branch protection counts, and so does a ruleset that demands pull requests or required checks for the \
              branch. Their exact demands are not judged.",
    fails: ("text", "no branch protection, no ruleset"),
    passes: ("text", "ruleset for ~DEFAULT_BRANCH: require a pull request before merging"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.settings.protected.known() == Some(&false) {
        let message = "the default branch is not protected from pushes";
        let help =
            "add a ruleset for the organisation's default branches that requires pull requests";
        findings.push(Finding::new(&RULE, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Seen;
    use super::super::testing::{said, sound};

    #[test]
    fn a_branch_without_protection_is_found() {
        let mut case = sound();
        assert_eq!(said(&case, "default-branch-unprotected"), "");
        case.settings.protected = Seen::Known(false);
        assert!(
            said(&case, "default-branch-unprotected")
                .starts_with("the default branch is not protected")
        );
    }
}
