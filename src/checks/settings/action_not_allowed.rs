//! Actions that workflows use but the settings do not allow.

use std::collections::BTreeSet;

use super::{Actions, Seen, Selection, Subject};
use crate::checks::{Finding, Rule, Severity};
use crate::source::wildcard::fits_in_any_case;
use crate::source::workflow::{Revision, Uses, UsesTarget};

/// The settings do not allow an action to run.
pub static RULE: Rule = Rule {
    code: "SHP905",
    id: "action-not-allowed",
    severity: Severity::Error,
    summary: "The settings allow every action and reusable workflow that a workflow uses.",
    protects: "whoever waits for the workflow: the forge refuses the whole run before its first job starts.",
    details: "\
Judged where the settings permit only what belongs to the owner, or a selection: the owner's own, those of `actions` and
`github`, those of verified creators, and patterns (`docker/*`, `acme/deploy@v2`, `!acme/old@*`). The forge does not show who is verified, so an action that only this could permit is unchecked. Local paths and `docker://` images are not
restricted.",
    fails: ("yaml", "# allowed: those of the owner\n- uses: somebody/deploy@v1"),
    passes: ("yaml", "# allowed: those of the owner\n- uses: acme/deploy@v1"),
};

/// Owners whose actions are GitHub's own.
const OF_GITHUB: [&str; 2] = ["actions", "github"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let none = Selection::default();
    let selection = match subject.settings.actions.known() {
        Some(Actions::OfOwner) => &none,
        Some(Actions::Selected(Seen::Known(selection))) => selection,
        _ => return,
    };
    let mut told = BTreeSet::new();
    for located in &subject.workflows {
        for uses in located.workflow.uses() {
            let Some(verdict) = verdict(uses, subject.owner, selection) else { continue };
            if !told.insert(uses.written.text.as_str()) {
                continue;
            }
            let written = &uses.written.text;
            let finding = match verdict {
                Verdict::Refused => Finding::new(&RULE, format!("`{written}` may not run here"))
                    .help("permit it on the forge (Settings → Actions → General), or use another"),
                Verdict::IfVerified => {
                    let message = format!("whether `{written}` may run here cannot be decided");
                    let help = "only actions of verified creators may, and the forge does not show who is verified: \
                                permit it with a pattern";
                    Finding::new(&RULE, message).help(help).unchecked()
                }
            };
            findings.push(finding.at(located.path.as_str(), located.text(), uses.written.span));
        }
    }
}

enum Verdict {
    Refused,
    IfVerified,
}

/// What prevents a use; `None` if it may run, or nothing restricts it.
fn verdict(uses: &Uses, owner: &str, selection: &Selection) -> Option<Verdict> {
    let UsesTarget::Repository { owner: theirs, repository, path, revision } = &uses.target else {
        return None;
    };
    let revision = match revision {
        Some(Revision::Commit(text) | Revision::Name(text)) => text.as_str(),
        None => "",
    };
    let place = if path.is_empty() {
        format!("{theirs}/{repository}")
    } else {
        format!("{theirs}/{repository}/{path}")
    };
    let fits = |pattern: &str| {
        let whole = format!("{place}@{revision}");
        fits_in_any_case(pattern, &whole)
            || (!pattern.contains('@') && fits_in_any_case(pattern, &place))
    };
    let (refusing, permitting): (Vec<&str>, Vec<&str>) =
        selection.patterns.iter().map(String::as_str).partition(|pattern| pattern.starts_with('!'));
    if refusing.iter().any(|pattern| fits(pattern.trim_start_matches('!'))) {
        return Some(Verdict::Refused);
    }
    let of_github = OF_GITHUB.iter().any(|known| theirs.eq_ignore_ascii_case(known));
    if theirs.eq_ignore_ascii_case(owner)
        || (selection.of_github && of_github)
        || permitting.into_iter().any(fits)
    {
        return None;
    }
    Some(if selection.of_verified { Verdict::IfVerified } else { Verdict::Refused })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{said, sound};
    use super::*;

    fn with(actions: Actions, uses: &str) -> String {
        let workflow = format!("on: push\njobs:\n  a:\n    steps:\n      - uses: {uses}\n");
        let mut case = sound().without_workflows().workflow("x.yml", &workflow);
        case.settings.actions = Seen::Known(actions);
        said(&case, "action-not-allowed")
    }

    fn selected(patterns: &[&str], of_verified: bool) -> Actions {
        let patterns = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Actions::Selected(Seen::Known(Selection { of_github: true, of_verified, patterns }))
    }

    #[test]
    fn what_is_permitted_is_fine() {
        for (actions, uses) in [
            (Actions::All, "x/y@v1"),
            (Actions::OfOwner, "Acme/y@v1"),
            (Actions::OfOwner, "./local"),
            (selected(&[], false), "actions/checkout@v4"),
            (selected(&["docker/*"], false), "docker/login-action@v3"),
            (selected(&["x/y@v1"], false), "x/y@v1"),
            (selected(&["x/y@*"], true), "x/y/sub@v1"),
        ] {
            let known = with(actions, uses);
            // A pattern for a repository says nothing of a folder in it.
            let expected = if uses == "x/y/sub@v1" { "(unchecked)" } else { "" };
            assert!(
                known.contains(expected) && known.is_empty() == expected.is_empty(),
                "{uses}: {known}"
            );
        }
    }

    #[test]
    fn what_is_not_permitted_is_found() {
        assert_eq!(
            with(Actions::OfOwner, "actions/checkout@v4"),
            ".github/workflows/x.yml:5:15: `actions/checkout@v4` may not run here: permit it on the forge (Settings → \
             Actions → General), or use another\n"
        );
        for (patterns, uses) in [(&["x/y@v1"][..], "x/y@v2"), (&["x/*", "!x/y@*"], "x/y@v1")] {
            assert!(with(selected(patterns, false), uses).contains("may not run"), "{uses}");
        }
        assert!(with(selected(&[], true), "x/y@v1").contains("(unchecked)"));
    }
}
