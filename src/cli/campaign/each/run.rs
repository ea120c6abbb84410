//! The result of working through pull requests.

use std::collections::BTreeSet;

use super::{Refusal, Verb};
use crate::campaign::held::is_of_campaign;
use crate::campaign::leftovers::Ended;
use crate::campaign::merge::Lenience;
use crate::campaign::recorder::Tried;
use crate::cli::Exit;
use crate::fleet::RepositoryName;
use crate::forge::calls::branch_pulls::{Offer, PullStanding};
use crate::forge::{ForgeError, ForgeErrorKind};

/// The result so far.
pub(super) struct Run<'v> {
    pub(super) verb: Verb<'v>,
    pub(super) rows: Vec<(String, String)>,
    /// The repositories whose pull requests this run ended, by key.
    pub(super) ended: BTreeSet<String>,
    pub(super) would: usize,
    pub(super) refused: usize,
    /// Pull requests that the run did not get to, because it was stopped by Ctrl-C.
    pub(super) cut: usize,
    /// Pull requests with which nothing can be done: another look at the campaign leads nowhere.
    pub(super) out_of_reach: usize,
    /// The repositories of which the campaign wants nothing any more, and whose pull requests are open, by key.
    pub(super) left_over: BTreeSet<String>,
    /// Pull requests that the next `campaign apply` renews.
    pub(super) to_renew: usize,
    /// Repositories that could not be read.
    pub(super) unseen: usize,
    /// The leniency that would allow each refused pull request, one entry per pull request.
    pub(super) unless: Vec<Lenience>,
    /// Branches of ended pull requests that the forge did not delete.
    pub(super) branches: usize,
    /// Pull requests for which the token lacks a permission.
    pub(super) forbidden: usize,
    /// Pull requests and repositories of which something necessary could not be read.
    pub(super) unreadable: usize,
    pub(super) exit: Exit,
    pub(super) stopped: Option<String>,
}

/// The branch that an earlier run has left of a pull request which had ended.
pub(super) enum LeftBranch {
    /// There is none, or it is somebody's now.
    None,
    /// It was deleted.
    Removed,
    /// It would be deleted, in a dry run.
    WouldBeRemoved,
    /// The forge did not delete it.
    Stays {
        why: String,
        /// Whether nothing else in this run would succeed either.
        is_of_the_run: bool,
    },
}

impl LeftBranch {
    /// What became of it.
    pub(super) fn of(tidied: &Tried<bool>) -> Self {
        let (why, is_of_the_run) = match tidied {
            Tried::Done(false) => return Self::None,
            Tried::Done(true) => return Self::Removed,
            Tried::Failed { why, .. } => (why.clone(), false),
            Tried::Stops(why) => (why.clone(), true),
        };
        Self::Stays { why, is_of_the_run }
    }
}

impl<'v> Run<'v> {
    pub(super) fn new(verb: Verb<'v>) -> Self {
        Self {
            verb,
            rows: Vec::new(),
            ended: BTreeSet::new(),
            would: 0,
            refused: 0,
            cut: 0,
            out_of_reach: 0,
            left_over: BTreeSet::new(),
            to_renew: 0,
            unseen: 0,
            unless: Vec::new(),
            branches: 0,
            forbidden: 0,
            unreadable: 0,
            exit: Exit::Clean,
            stopped: None,
        }
    }

    /// How many pull requests this run ended.
    pub(super) fn done(&self) -> usize {
        self.ended.len()
    }

    /// Adds why nothing is done with a repository that was named.
    pub(super) fn over(&mut self, repository: String, offer: &Offer, campaign: &str) {
        let newest = offer.pulls.iter().find(|pull| is_of_campaign(pull, campaign));
        let row = match newest {
            None => (repository, "has no pull request of this campaign".to_owned()),
            Some(pull) => {
                let state = match pull.state {
                    PullStanding::Merged => "merged",
                    PullStanding::Closed | PullStanding::Open => "closed",
                };
                (format!("{repository} #{}", pull.number), format!("is {state} already"))
            }
        };
        self.rows.push(row);
    }

    /// Adds a repository that the forge does not show. Where it shows none any more, the run stops.
    pub(super) fn unseen(&mut self, repository: String, error: &ForgeError) {
        let unreadable = error.out_of_sight();
        self.unseen += 1;
        self.unreadable += usize::from(unreadable.is_some());
        self.rows.push((repository, unreadable.unwrap_or_else(|| error.to_string())));
        self.exit = Exit::Unchecked;
        if error.is_of_the_run() {
            self.stopped.get_or_insert_with(|| error.to_string());
        }
    }

    pub(super) fn would(&mut self, title: String) {
        self.rows.push((title, format!("would be {}", self.verb.done)));
        self.would += 1;
    }

    /// Adds a pull request that must not be touched, or for which that is unknown.
    pub(super) fn judged(&mut self, title: String, refusal: &Refusal) {
        let exit = if refusal.is_unknown { Exit::Unchecked } else { Exit::Findings };
        self.refuse(title, &refusal.why, exit);
        self.unless.extend(refusal.unless);
        self.unreadable += usize::from(refusal.is_unknown);
        self.to_renew += usize::from(refusal.is_to_renew);
    }

    /// Adds a pull request with which nothing can be done, because its repository is archived or called otherwise.
    pub(super) fn out_of_reach(&mut self, title: String, why: &str) {
        self.refuse(title, why, Exit::Findings);
        self.out_of_reach += 1;
    }

    pub(super) fn refuse(&mut self, title: String, why: &str, exit: Exit) {
        self.rows.push((title, format!("not {}: {why}", self.verb.done)));
        self.refused += 1;
        self.exit = self.exit.worse(exit);
    }

    /// Adds the result of a pull request.
    pub(super) fn note(
        &mut self,
        repository: &RepositoryName,
        title: String,
        tried: &Tried<Ended>,
    ) {
        match tried {
            Tried::Done(ended) => {
                self.ended.insert(repository.key());
                if let Some(why) = &ended.branch_stays {
                    let done = self.verb.done;
                    self.branch(&title, format!("{done}; its branch stays: {why}"));
                }
            }
            Tried::Failed { why, kind } => {
                self.forbidden += usize::from(*kind == ForgeErrorKind::Forbidden);
                self.refuse(title, why, Exit::Unchecked);
            }
            Tried::Stops(why) => {
                self.refuse(title, why, Exit::Unchecked);
                self.stopped = Some(why.clone());
            }
        }
    }

    /// Adds a pull request that had ended before, if its branch was still there. Returns whether it was.
    pub(super) fn left(&mut self, title: &str, branch: LeftBranch) -> bool {
        let done = self.verb.done;
        let what = match branch {
            LeftBranch::None => return false,
            LeftBranch::Removed => "was removed",
            LeftBranch::WouldBeRemoved => "would be removed",
            LeftBranch::Stays { why, is_of_the_run } => {
                self.branch(title, format!("is {done} already; its branch stays: {why}"));
                if is_of_the_run {
                    self.stopped = Some(why);
                }
                return true;
            }
        };
        self.rows.push((title.to_owned(), format!("is {done} already; its branch {what}")));
        true
    }

    fn branch(&mut self, title: &str, said: String) {
        self.rows.push((title.to_owned(), said));
        self.branches += 1;
        self.exit = self.exit.worse(Exit::Unchecked);
    }
}
