//! The result of working through pull requests.

use std::collections::BTreeSet;

use super::{Refusal, Verb};
use crate::campaign::leftovers::Ended;
use crate::campaign::merge::Lenience;
use crate::campaign::recorder::Tried;
use crate::campaign::standing::says;
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

impl<'v> Run<'v> {
    pub(super) fn new(verb: Verb<'v>) -> Self {
        Self {
            verb,
            rows: Vec::new(),
            ended: BTreeSet::new(),
            would: 0,
            refused: 0,
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
        let newest = offer.pulls.iter().find(|pull| says(pull, campaign));
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

    /// Adds a pull request that had ended before but whose branch stays. Returns whether it does.
    pub(super) fn left(&mut self, title: &str, tidied: &Tried<bool>) -> bool {
        let (Tried::Failed { why, .. } | Tried::Stops(why)) = tidied else { return false };
        if matches!(tidied, Tried::Stops(_)) {
            self.stopped = Some(why.clone());
        }
        let done = self.verb.done;
        self.branch(title, format!("is {done} already; its branch stays: {why}"));
        true
    }

    fn branch(&mut self, title: &str, said: String) {
        self.rows.push((title.to_owned(), said));
        self.branches += 1;
        self.exit = self.exit.worse(Exit::Unchecked);
    }
}
