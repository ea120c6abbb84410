//! Whether somebody else approved a plan: in a pull request that holds it. Pure.
//!
//! The plan is put into a pull request of the fleet's own repository, where people read it and its history stays. What
//! counts is a review of the forge, which nobody can give in another's name; that it was given to the commit
//! that is there now; and that this commit holds this very plan, by its blob id.

use super::file::Approval;
use super::plan::{Action, Plan};
use crate::forge::calls::reviews::{PullFile, Review};
use crate::snapshot::BlobId;

/// What reviewers are to a repository whose word counts.
const TRUSTED: [&str; 3] = ["OWNER", "MEMBER", "COLLABORATOR"];

/// Whether a plan has to be approved before it is applied, and why.
#[must_use]
pub fn is_needed(plan: &Plan) -> Option<&'static str> {
    let touches_workflows = || {
        let acting = plan.items.iter().filter(|item| item.action != Action::Leave);
        acting.flat_map(|item| &item.change).any(super::plan::Proposed::touches_workflows)
    };
    match plan.terms.approval {
        Approval::Always => Some("the campaign wants each plan approved by somebody else"),
        Approval::Workflows if touches_workflows() => Some(
            "the plan changes workflows, and the campaign wants that approved by somebody else",
        ),
        Approval::Workflows | Approval::Never => None,
    }
}

/// A pull request that is to hold a plan.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The commit that it is at.
    pub head: &'a str,
    /// What it changes.
    pub files: &'a [PullFile],
    /// What reviewers made of it, oldest first.
    pub reviews: &'a [Review],
}

/// Who approved a plan.
///
/// # Errors
/// What is missing, one line.
pub fn approver<'a>(
    plan: BlobId,
    shown: Shown<'a>,
    (planner, applier): (&str, &str),
) -> Result<&'a str, String> {
    let id = plan.to_string();
    if !shown.files.iter().any(|file| file.sha.as_deref() == Some(id.as_str())) {
        return Err("it does not hold this plan".to_owned());
    }
    let mut newest: Vec<(&str, &Review)> = Vec::new();
    for review in shown.reviews {
        let Some(user) = &review.user else { continue };
        if review.state == "COMMENTED" || review.state == "PENDING" {
            continue;
        }
        newest.retain(|(login, _)| *login != user.login);
        newest.push((&user.login, review));
    }
    if let Some((login, _)) = newest.iter().find(|(_, it)| it.state == "CHANGES_REQUESTED") {
        return Err(format!("{login} wants it changed"));
    }
    let approvals = newest.into_iter().filter(|(_, review)| review.state == "APPROVED");
    let mut why = "nobody approved it".to_owned();
    for (login, review) in approvals {
        if [planner, applier].iter().any(|own| own.eq_ignore_ascii_case(login)) {
            why = format!("{login} approved it, who makes or applies the plan");
        } else if review.commit_id.as_deref() != Some(shown.head) {
            why = format!("{login} approved an earlier commit of it");
        } else if !TRUSTED.contains(&review.author_association.as_str()) {
            why = format!("{login} approved it, who is no member of its owner");
        } else {
            return Ok(login);
        }
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::calls::reviews::Reviewer;

    fn review(login: &str, state: &str, commit: &str) -> Review {
        Review {
            user: Some(Reviewer { login: login.to_owned() }),
            state: state.to_owned(),
            commit_id: Some(commit.to_owned()),
            author_association: "MEMBER".to_owned(),
        }
    }

    fn asked(reviews: &[Review]) -> Result<String, String> {
        let plan = BlobId::of(b"plan");
        let files = [PullFile { filename: "p".to_owned(), sha: Some(plan.to_string()) }];
        let shown = Shown { head: "now", files: &files, reviews };
        approver(plan, shown, ("robot", "ann")).map(str::to_owned)
    }

    #[test]
    fn somebody_else_has_to_approve_the_commit_that_is_there() {
        assert_eq!(asked(&[review("bob", "APPROVED", "now")]), Ok("bob".to_owned()));
        assert!(asked(&[]).is_err());
        assert!(asked(&[review("Robot", "APPROVED", "now")]).is_err());
        assert!(asked(&[review("ann", "APPROVED", "now")]).is_err());
        assert!(asked(&[review("bob", "APPROVED", "before")]).is_err());
        let stranger =
            Review { author_association: "NONE".to_owned(), ..review("bob", "APPROVED", "now") };
        assert!(asked(&[stranger]).is_err());
        let taken_back = [review("bob", "APPROVED", "now"), review("bob", "DISMISSED", "now")];
        assert!(asked(&taken_back).is_err());
        let against = [review("bob", "APPROVED", "now"), review("eve", "CHANGES_REQUESTED", "now")];
        assert!(asked(&against).is_err());
    }

    #[test]
    fn another_plan_is_not_approved() {
        let files = [PullFile { filename: "p".to_owned(), sha: Some("0".repeat(40)) }];
        let reviews = [review("bob", "APPROVED", "now")];
        let shown = Shown { head: "now", files: &files, reviews: &reviews };
        assert!(approver(BlobId::of(b"plan"), shown, ("robot", "ann")).is_err());
    }
}
