//! Who owns the branch of a campaign in one repository: the campaign, a person, or another campaign. Pure.

use super::identity::Mark;
use crate::forge::calls::branch_pulls::{CommitSeen, Offer, Person, PullSeen, PullStanding};

/// Who owns the branch of a campaign in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// There is no branch.
    Absent,
    /// The branch exists without a commit of the campaign: a run ended between creating the branch and the commit.
    Empty,
    /// It holds one commit, and the campaign made it.
    Ours {
        /// The commit.
        head: String,
        /// The commit that it is on top of.
        base: String,
        /// The digest of the commit's change, see [`super::identity::change_digest`].
        change: String,
    },
    /// A person changed what the campaign offers: its commit was replaced, commits were added, or the base branch of its
    /// pull request was changed.
    Edited {
        /// What was changed, for a person: "ann changed its branch".
        why: String,
    },
    /// It belongs to another campaign or a person.
    Foreign {
        /// Whose, for a person: "belongs to the campaign `fix-2`".
        why: String,
    },
}

impl Held {
    /// Determines who owns the branch. Every command decides by this alone whether a pull request is a person's.
    ///
    /// `planned` is the commit that the change is meant for. `content` is the digest of the difference between the trees of
    /// the head and its parent, if they were compared: a person may commit other content with the campaign's message.
    #[must_use]
    pub fn of(offer: &Offer, campaign: &str, planned: Option<&str>, content: Option<&str>) -> Self {
        let held = Self::of_branch(offer, campaign, planned, content);
        match (offer.open_pull().and_then(|pull| other_base(pull, offer)), &held) {
            (None, _) | (_, Self::Foreign { .. }) => held,
            // Commits of the other base branch may seem to be on the pull request's.
            (Some(base), _) => {
                Self::Edited { why: format!("its base branch was changed to `{base}`") }
            }
        }
    }

    /// The same by the commits on the branch.
    fn of_branch(
        offer: &Offer,
        campaign: &str,
        planned: Option<&str>,
        content: Option<&str>,
    ) -> Self {
        let open = offer.open_pull();
        let commits: &[CommitSeen] = match (&offer.branch, open) {
            (Some(branch), _) => &branch.commits,
            (None, Some(pull)) => &pull.commits,
            (None, None) => return Self::Absent,
        };
        let Some(head) = commits.first() else { return Self::Empty };
        let marks: Vec<Option<Mark>> =
            commits.iter().map(|commit| Mark::of_message(&commit.message)).collect();
        let is_ours = |mark: &Mark| mark.campaign == campaign;
        let below = marks.iter().skip(1).flatten().any(is_ours);
        match marks.first().and_then(Option::as_ref) {
            Some(mark) if is_ours(mark) => {
                let one = open.is_none_or(|pull| pull.commit_count == 1);
                let [base] = head.parents.as_slice() else {
                    return Self::Edited { why: changed(head) };
                };
                // The base may contain an earlier merged change of this campaign, which is not an edit.
                let merged_before =
                    offer.head.as_deref() == Some(base.as_str()) || planned == Some(base.as_str());
                // A branch that is unchanged since its pull request ended is as the campaign left it.
                let is_as_it_ended = || {
                    ended_with(offer, campaign, &head.oid).is_some_and(|it| it.commit_count == 1)
                };
                if !one || (open.is_none() && below && !merged_before && !is_as_it_ended()) {
                    return Self::Edited { why: changed(head) };
                }
                if content.is_some_and(|content| content != mark.change) {
                    return Self::Edited { why: changed(head) };
                }
                Self::Ours {
                    head: head.oid.clone(),
                    base: base.clone(),
                    change: mark.change.clone(),
                }
            }
            Some(mark) => {
                Self::Foreign { why: format!("belongs to the campaign `{}`", mark.campaign) }
            }
            None if [offer.head.as_deref(), planned].contains(&Some(head.oid.as_str())) => {
                Self::Empty
            }
            None if below || open.is_some_and(|pull| is_of_campaign(pull, campaign)) => {
                Self::Edited { why: changed(head) }
            }
            None => Self::Foreign { why: "holds commits that no campaign made".to_owned() },
        }
    }
}

/// Whether a pull request is this campaign's: its text says so or, where a person replaced that, one of its commits.
#[must_use]
pub fn is_of_campaign(pull: &PullSeen, campaign: &str) -> bool {
    let is_it = |mark: &Mark| mark.campaign == campaign;
    match Mark::of_text(&pull.body) {
        Some(mark) => is_it(&mark),
        None => {
            let mut messages = pull.commits.iter().map(|commit| &commit.message);
            messages.any(|message| Mark::of_message(message).as_ref().is_some_and(is_it))
        }
    }
}

/// The campaign's pull request that ended with this commit on its branch.
#[must_use]
pub fn ended_with<'o>(offer: &'o Offer, campaign: &str, head: &str) -> Option<&'o PullSeen> {
    let is_over =
        |pull: &&PullSeen| pull.state != PullStanding::Open && is_of_campaign(pull, campaign);
    offer.pulls.iter().filter(is_over).find(|pull| pull.head == head)
}

/// The base branch of a pull request if it is not the default branch: a person changed it.
pub(in crate::campaign) fn other_base<'p>(pull: &'p PullSeen, offer: &Offer) -> Option<&'p str> {
    let default = offer.default_branch.as_deref()?;
    let base = pull.base_branch.as_str();
    (!base.is_empty() && base != default).then_some(base)
}

/// The sentence for a changed branch, with who committed last. An amended commit keeps its author, so this is the
/// committer; if that is the forge itself, as for commits made in its web interface, it is the author.
fn changed(commit: &CommitSeen) -> String {
    let shown = |person: &Person| person.login.clone().unwrap_or_else(|| person.name.clone());
    let committer = shown(&commit.committer);
    let who = match FORGES_OWN.contains(&committer.as_str()) {
        true => shown(&commit.author),
        false => committer,
    };
    format!("{who} changed its branch")
}

/// The committer of commits made in GitHub's web interface, by login and by name; empty if none is shown.
const FORGES_OWN: [&str; 3] = ["web-flow", "GitHub", ""];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::calls::branch_pulls::BranchSeen;

    fn commit(oid: &str, message: &str, parents: &[&str]) -> CommitSeen {
        CommitSeen {
            oid: oid.to_owned(),
            message: message.to_owned(),
            author: Person { login: Some("ann".to_owned()), ..Person::default() },
            parents: parents.iter().map(|parent| (*parent).to_owned()).collect(),
            ..CommitSeen::default()
        }
    }

    fn marked(campaign: &str) -> String {
        format!("Words\n\n{}", Mark::new(campaign, "1").trailers())
    }

    /// A repository whose default branch is at `base`, with a branch of these commits.
    fn offer(commits: Vec<CommitSeen>) -> Offer {
        let head = commits.first().map(|commit| commit.oid.clone()).unwrap_or_default();
        Offer {
            head: Some("base".to_owned()),
            branch: Some(BranchSeen { head, commits }),
            ..Offer::default()
        }
    }

    fn held(offer: &Offer) -> &'static str {
        match Held::of(offer, "fix", Some("planned"), None) {
            Held::Absent => "absent",
            Held::Empty => "empty",
            Held::Ours { .. } => "ours",
            Held::Edited { why } if why == "ann changed its branch" => "edited by ann",
            Held::Edited { .. } => "edited",
            Held::Foreign { .. } => "foreign",
        }
    }

    #[test]
    fn a_branch_is_whose_commit_is_on_it() {
        let base = || commit("base", "Before", &[]);
        let ours = || commit("a", &marked("fix"), &["base"]);
        assert_eq!(held(&Offer::default()), "absent");
        assert_eq!(held(&offer(vec![base()])), "empty");
        assert_eq!(held(&offer(vec![commit("planned", "Before", &[])])), "empty");
        assert_eq!(held(&offer(vec![ours(), base()])), "ours");
        assert_eq!(held(&offer(vec![commit("a", &marked("fix-2"), &["base"]), base()])), "foreign");
        assert_eq!(held(&offer(vec![commit("a", "Mine", &["base"]), base()])), "foreign");
        assert_eq!(
            held(&offer(vec![commit("b", "More", &["a"]), ours(), base()])),
            "edited by ann"
        );
        let merge = commit("b", &marked("fix"), &["base", "other"]);
        assert_eq!(held(&offer(vec![merge, base()])), "edited by ann");
    }

    #[test]
    fn another_content_under_the_same_words_is_somebody_elses() {
        let seen = offer(vec![commit("a", &marked("fix"), &["base"])]);
        let with = |content| Held::of(&seen, "fix", None, Some(content));
        assert!(matches!(with("1"), Held::Ours { .. }));
        assert!(matches!(with("2"), Held::Edited { .. }));
    }

    #[test]
    fn an_amended_commit_is_of_who_amended_it() {
        let person = |name: &str| Person { name: name.to_owned(), ..Person::default() };
        let by = |committer: &str| {
            let amended = CommitSeen {
                author: person("robot"),
                committer: person(committer),
                ..commit("a", &marked("fix"), &["base"])
            };
            match Held::of(&offer(vec![amended]), "fix", None, Some("2")) {
                Held::Edited { why } => why,
                held => panic!("{held:?}"),
            }
        };
        let changed = ["ann", "robot", "robot"].map(|who| format!("{who} changed its branch"));
        assert_eq!([by("ann"), by("GitHub"), by("")], changed);
    }

    #[test]
    fn a_pull_request_with_another_base_branch_is_a_persons() {
        let with = |base: &str, default: Option<&str>, campaign: &str| {
            let pull =
                PullSeen { base_branch: base.to_owned(), commit_count: 1, ..PullSeen::default() };
            let seen = Offer {
                default_branch: default.map(str::to_owned),
                pulls: vec![pull],
                ..offer(vec![commit("a", &marked(campaign), &["base"])])
            };
            Held::of(&seen, "fix", None, None)
        };
        let why = "its base branch was changed to `release`".to_owned();
        assert_eq!(with("release", Some("main"), "fix"), Held::Edited { why });
        assert!(matches!(with("main", Some("main"), "fix"), Held::Ours { .. }));
        // What is not known is not a change.
        assert!(matches!(with("release", None, "fix"), Held::Ours { .. }));
        assert!(matches!(with("", Some("main"), "fix"), Held::Ours { .. }));
        assert!(matches!(with("release", Some("main"), "other"), Held::Foreign { .. }));
    }

    #[test]
    fn what_the_base_merged_of_the_campaign_before_is_no_edit() {
        let earlier = commit("base", &marked("fix"), &["older"]);
        assert_eq!(held(&offer(vec![commit("a", &marked("fix"), &["base"]), earlier])), "ours");
        let below = commit("x", &marked("fix"), &["base"]);
        assert_eq!(held(&offer(vec![commit("a", &marked("fix"), &["x"]), below])), "edited by ann");
    }
}
