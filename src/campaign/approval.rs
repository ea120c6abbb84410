//! Whether somebody else approved a plan, in a pull request that contains it. Pure.
//!
//! The plan is put into a pull request of the fleet's own repository, where people read it and its history stays. What
//! counts is a review on the forge, which nobody can give in another's name; that it was given to the current commit;
//! and that this commit contains exactly this plan, by its blob id. A plan is a file that anybody can write, so its own
//! claims can only demand more: fleet.yaml says when an approval is needed whatever the plan says, and nobody who
//! opened the pull request or applies the plan can approve it, whoever the plan says made it.

use super::file::Approval;
use super::plan::{Action, Plan};
use crate::forge::calls::reviews::{PullFile, Review};
use crate::snapshot::BlobId;

/// The associations with a repository (`author_association`) of reviewers whose reviews count.
const TRUSTED: [&str; 3] = ["OWNER", "MEMBER", "COLLABORATOR"];

/// Why a plan has to be approved before it is applied, or `None`. `fleet` is what fleet.yaml demands of every plan.
#[must_use]
pub fn is_needed(plan: &Plan, fleet: Approval) -> Option<&'static str> {
    let touches_workflows = || {
        let acting = plan.items.iter().filter(|item| item.action != Action::Leave);
        acting.flat_map(|item| &item.change).any(super::plan::Proposed::touches_workflows)
    };
    is_demanded(plan.terms.approval, fleet, touches_workflows)
}

/// Why a plan has to be approved, or `None`, given what its campaign and the fleet demand and whether it changes
/// workflows.
#[must_use]
pub fn is_demanded(
    campaign: Approval,
    fleet: Approval,
    touches_workflows: impl FnOnce() -> bool,
) -> Option<&'static str> {
    let by_fleet = fleet >= campaign;
    match fleet.max(campaign) {
        Approval::Always if by_fleet => {
            Some("the fleet requires each plan to be approved by another person")
        }
        Approval::Always => {
            Some("the campaign requires each plan to be approved by another person")
        }
        Approval::Workflows if touches_workflows() => Some(if by_fleet {
            "the plan changes workflows, and the fleet requires that to be approved by another person"
        } else {
            "the plan changes workflows, and the campaign requires that to be approved by another person"
        }),
        Approval::Workflows | Approval::Never => None,
    }
}

/// A pull request that should contain a plan.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Who opened it.
    pub author: Option<&'a str>,
    /// Whether it was closed without being merged.
    pub is_declined: bool,
    /// Its head commit.
    pub head: &'a str,
    /// The files that it changes.
    pub files: &'a [PullFile],
    /// Its reviews, oldest first.
    pub reviews: &'a [Review],
}

/// Returns who approved a plan.
///
/// # Errors
/// What is missing, in one line.
pub fn approver<'a>(
    plan: BlobId,
    shown: Shown<'a>,
    (planner, applier): (&str, &str),
) -> Result<&'a str, String> {
    let id = plan.to_string();
    // A reviewer does not see the content of a file that is deleted or only renamed.
    let holds = |file: &PullFile| {
        matches!(file.status.as_str(), "added" | "modified" | "changed")
            && file.sha.as_deref() == Some(id.as_str())
    };
    if !shown.files.iter().any(holds) {
        return Err("it does not contain this plan".to_owned());
    }
    if shown.is_declined {
        return Err("it was closed without being merged".to_owned());
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
    // A reviewer whose approval would not count cannot block either: in a public repository that is anybody.
    let objects = |it: &Review| it.state == "CHANGES_REQUESTED" && is_trusted(it);
    if let Some((login, _)) = newest.iter().find(|(_, it)| objects(it)) {
        return Err(format!("{login} requested changes"));
    }
    let approvals = newest.into_iter().filter(|(_, review)| review.state == "APPROVED");
    let mut why = "it is not approved yet".to_owned();
    for (login, review) in approvals {
        let own = [Some(planner), Some(applier), shown.author];
        if own.into_iter().flatten().any(|own| is_same(own, login)) {
            why = format!("{login} approved it, but makes, offers or applies the plan");
        } else if review.commit_id.as_deref() != Some(shown.head) {
            why = format!("{login} approved an earlier commit of it");
        } else if !is_trusted(review) {
            why = format!("{login} approved it, but is not a member of its owner");
        } else {
            return Ok(login);
        }
    }
    Err(why)
}

/// Whether a review is by somebody whose reviews count.
fn is_trusted(review: &Review) -> bool {
    TRUSTED.contains(&review.author_association.as_str())
}

/// Whether two logins name the same account: an App is called `name[bot]` in one place and `name` in another.
fn is_same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|login| login.strip_suffix("[bot]").unwrap_or(login));
    one.eq_ignore_ascii_case(other)
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

    fn file(content: &[u8], status: &str) -> PullFile {
        let sha = Some(BlobId::of(content).to_string());
        PullFile { filename: "p".to_owned(), sha, status: status.to_owned() }
    }

    fn asked_of(
        files: &[PullFile],
        is_declined: bool,
        reviews: &[Review],
    ) -> Result<String, String> {
        let shown = Shown { author: Some("mallory"), is_declined, head: "now", files, reviews };
        approver(BlobId::of(b"plan"), shown, ("robot", "ann")).map(str::to_owned)
    }

    fn asked(reviews: &[Review]) -> Result<String, String> {
        asked_of(&[file(b"plan", "added")], false, reviews)
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
        let of_stranger = Review {
            author_association: "NONE".to_owned(),
            ..review("mallory2", "CHANGES_REQUESTED", "now")
        };
        let unheard = [review("bob", "APPROVED", "now"), of_stranger];
        assert_eq!(asked(&unheard), Ok("bob".to_owned()));
        assert!(asked(&[review("robot[bot]", "APPROVED", "now")]).is_err());
        let against = [review("bob", "APPROVED", "now"), review("eve", "CHANGES_REQUESTED", "now")];
        assert!(asked(&against).is_err());
    }

    #[test]
    fn another_plan_or_one_that_goes_is_not_approved() {
        let reviews = [review("bob", "APPROVED", "now")];
        assert!(asked_of(&[file(b"another", "added")], false, &reviews).is_err());
        // Who approves that a plan is taken away or moved did not approve the plan.
        for status in ["removed", "renamed", "unchanged", ""] {
            assert!(asked_of(&[file(b"plan", status)], false, &reviews).is_err(), "{status}");
        }
        assert!(asked_of(&[file(b"plan", "modified")], false, &reviews).is_ok());
        assert!(asked_of(&[file(b"plan", "added")], true, &reviews).is_err());
    }

    #[test]
    fn whoever_the_plan_says_made_it_who_offers_it_approves_nothing() {
        assert!(asked(&[review("Mallory", "APPROVED", "now")]).is_err());
        let others = [review("mallory", "APPROVED", "now"), review("bob", "APPROVED", "now")];
        assert_eq!(asked(&others), Ok("bob".to_owned()));
    }
}
