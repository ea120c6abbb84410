//! A default branch that differs from the fleet's.

use super::Subject;
use crate::checks::{Finding, Rule, Severity};

/// The default branch differs from the fleet's.
pub static RULE: Rule = Rule {
    code: "SHP907",
    id: "default-branch-differs",
    severity: Severity::Warning,
    summary: "The default branch has the same name as in the rest of the fleet.",
    protects: "whoever changes all repositories at once: workflows that start on `main`, and scripts that push to it, \
               skip such a repository.",
    details: "\
Judged against the branch that most members of the kind have. Silent where no branch is known to be the fleet's.",
    fails: ("text", "default branch: master, while 7 of 8 have main"),
    passes: ("text", "default branch: main"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let wanted = subject.expected.default_branch.as_deref();
    let seen = subject.settings.default_branch.known();
    if let (Some(wanted), Some(seen)) = (wanted, seen)
        && seen != wanted
    {
        let message = format!("the default branch is `{seen}`, but the fleet's is `{wanted}`");
        let help =
            format!("rename it to `{wanted}` on the forge, which also updates its pull requests");
        findings.push(Finding::new(&RULE, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{said, sound};

    #[test]
    fn only_another_name_is_found() {
        let mut case = sound();
        case.expected.default_branch = Some("main".to_owned());
        assert_eq!(said(&case, "default-branch-differs"), "");
        case.expected.default_branch = Some("trunk".to_owned());
        assert!(
            said(&case, "default-branch-differs")
                .starts_with("the default branch is `main`, but the fleet's is `trunk`")
        );
        case.expected.default_branch = None;
        assert_eq!(said(&case, "default-branch-differs"), "");
    }
}
