//! Settings that could not be read.

use super::Subject;
use super::model::{Actions, Seen, Settings};
use crate::checks::{Finding, Rule, Severity};

/// Settings could not be read.
pub static RULE: Rule = Rule {
    code: "SHP900",
    id: "settings-unreadable",
    severity: Severity::Warning,
    summary: "The settings that the fleet is judged by can be read.",
    protects: "whoever relies on a green run: what could not be seen may be anything.",
    details: "\
One finding names every part that the forge did not show, with its answer. Most parts take more than the right to
read files: required checks and what Actions may run take `administration: read`, secrets `secrets: read`, variables
`variables: read`, and the pages of a repository that the token may not see answer 404. Give the token what the
finding names, or switch the rule off where this does not matter (`rules: { settings-unreadable: { severity: \"off\" } }`): then no rule about settings reports what it cannot see. The finding is unchecked and cannot be waived.",
    fails: ("text", "a token with `contents: read` alone"),
    passes: ("text", "a token with `contents`, `administration`, `secrets` and `variables`: read"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    // No `..`: a part that nobody could read must be reported, so a new one is named here.
    let Settings {
        default_branch,
        visibility,
        protected,
        required_checks,
        secrets,
        variables,
        actions,
        token_writes,
    } = subject.settings;
    let selection = match actions.known() {
        Some(Actions::Selected(selection)) => why(selection),
        _ => why(actions),
    };
    let parts = [
        ("the default branch", why(default_branch)),
        ("the visibility", why(visibility)),
        ("branch protection", why(protected)),
        ("required checks", why(required_checks)),
        ("secrets", why(secrets)),
        ("variables", why(variables)),
        ("what Actions may run", selection),
        ("the permissions of workflows", why(token_writes)),
    ];
    let unreadable: Vec<(&str, &str)> =
        parts.into_iter().filter_map(|(part, why)| Some((part, why?))).collect();
    if unreadable.is_empty() {
        return;
    }
    let names: Vec<&str> = unreadable.iter().map(|(part, _)| *part).collect();
    let message = format!("cannot read {}", names.join(", "));
    let mut reasons: Vec<&str> = Vec::new();
    for (_, why) in &unreadable {
        if !reasons.contains(why) {
            reasons.push(why);
        }
    }
    let reasons = reasons.join("; ");
    let finding = Finding::new(&RULE, message).help(reasons);
    findings.push(finding.unchecked());
}

fn why<T>(seen: &Seen<T>) -> Option<&str> {
    match seen {
        Seen::Known(_) => None,
        Seen::Unreadable(why) => Some(why),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{said, unreadable};

    #[test]
    fn every_part_that_cannot_be_read_is_named_once() {
        let case = unreadable("the token lacks `administration: read`");
        assert_eq!(
            said(&case, "settings-unreadable"),
            "cannot read the default branch, the visibility, branch protection, required checks, secrets, variables, what \
             Actions may run, the permissions of workflows (unchecked): the token lacks `administration: read`\n"
        );
        // Nothing else guesses at them.
        assert_eq!(said(&case, ""), said(&case, "settings-unreadable"));
    }

    #[test]
    fn settings_that_can_be_read_are_fine() {
        assert_eq!(said(&super::super::testing::sound(), "settings-unreadable"), "");
    }
}
