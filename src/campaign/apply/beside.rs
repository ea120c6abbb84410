//! What goes with a pull request: its words, labels, reviewers, and that it merges itself.
//!
//! What the forge shows done is written down and not done again. So a run that died between an effect and its
//! outcome, or that had another journal, leaves this one none the less true.

use serde_json::json;

use super::Outcome;
use super::effects::{Opened, Work, seen};
use crate::campaign::desk::one_line;
use crate::campaign::file::Method;
use crate::campaign::identity::Mark;
use crate::campaign::plan::Proposed;
use crate::campaign::standing::{Held, State, of_open};
use crate::error::Result;
use crate::forge::calls::merging::{Merge, MergeMethod};
use crate::forge::calls::offers::{PullSeen, PullStanding};
use crate::journal::Caution;

impl Work<'_> {
    /// Sees to what goes with a pull request, and says how it stands.
    pub(super) async fn completed(
        &self,
        change: &Proposed,
        opened: &Opened,
        pull: Option<&PullSeen>,
        done: &str,
    ) -> Result<Outcome> {
        let (state, reason) = match pull {
            Some(pull) if done.is_empty() => of_open(pull, self.offer),
            _ => (State::Open, done.to_owned()),
        };
        let mut outcome = Outcome::new(state, reason);
        outcome.pull = Some((opened.number, opened.url.clone()));
        outcome.acted = !done.is_empty();
        if outcome.acted {
            let line = format!("{}: {done} {}", self.item.repository, opened.url);
            (self.job.desk.told)(&line);
        }
        if let Some(pull) = pull.filter(|_| done.is_empty()) {
            self.remember(change, pull).await?;
            // A run died between the new commit and its words.
            let mark = Mark::of_text(&pull.body);
            if mark.is_some_and(|mark| mark.change != change.digest) && self.is_ours() {
                self.reword(change, pull).await?;
                outcome.acted = true;
            }
        }
        self.labelled(opened, pull, &mut outcome).await?;
        self.reviewed(change, opened, pull, &mut outcome).await?;
        self.merges_itself(opened, pull, &mut outcome).await?;
        Ok(outcome)
    }

    fn is_ours(&self) -> bool {
        matches!(self.held, Held::Ours { .. })
    }

    /// Writes down that the pull request is there with this change.
    async fn remember(&self, change: &Proposed, pull: &PullSeen) -> Result<()> {
        let made = matches!(self.held, Held::Ours { change: made, .. } if *made == change.digest);
        if !made {
            return Ok(());
        }
        let (memory, repository) = (self.job.desk.memory, &self.item.repository);
        let mut known = memory.like(repository, &format!("update {repository} {} ", change.digest));
        // The very commit that it was to leave behind.
        let old = format!(" from {}", pull.head);
        known.retain(|(key, _)| !key.ends_with(&old));
        let first = self.key_before("open", &change.digest, pull.number);
        if known.is_empty() {
            known.push((&first, memory.is_done(repository, &first)));
        }
        let reopened = format!("reopen {repository} #{} ", pull.number);
        known.extend(memory.like(repository, &reopened));
        for (key, done) in known {
            if !done {
                self.job.desk.seen(repository, key, &seen(pull)).await?;
            }
        }
        Ok(())
    }

    /// Gives a pull request the words of its change.
    pub(super) async fn reword(&self, change: &Proposed, pull: &PullSeen) -> Result<()> {
        let repository = &self.item.repository;
        let key = format!("words {repository} {} #{}", change.digest, pull.number);
        let key = self.job.desk.memory.anew(repository, key);
        let said = (change.title.as_str(), change.body.as_str());
        let act = async || {
            let changed = self.job.desk.client.retitle_pull(&self.name, pull.number, said).await;
            self.job.desk.noted(changed).map(|_| true)
        };
        let none = async || Ok(None);
        let effects = self.job.desk.operation;
        effects.effect(&key, &json!({}), Caution::WhenInDoubt, none, act).await?;
        Ok(())
    }

    async fn labelled(
        &self,
        opened: &Opened,
        pull: Option<&PullSeen>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let wanted = &self.job.plan.terms.labels;
        if wanted.is_empty() {
            return Ok(());
        }
        let what =
            format!("labels {} #{} {}", self.item.repository, opened.number, wanted.join(","));
        let is_missing = |label: &&String| pull.is_none_or(|pull| !pull.labels.contains(*label));
        let missing: Vec<String> = wanted.iter().filter(is_missing).cloned().collect();
        let act = async || {
            let client = self.job.desk.client;
            self.job.desk.noted(client.add_labels(&self.name, opened.number, &missing).await)
        };
        self.beside(("labels", &what), missing.is_empty(), act, outcome).await
    }

    async fn reviewed(
        &self,
        change: &Proposed,
        opened: &Opened,
        pull: Option<&PullSeen>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        if change.reviewers.is_empty() && change.team_reviewers.is_empty() {
            return Ok(());
        }
        let is_asked = pull
            .is_some_and(|pull| !pull.requested_reviewers.is_empty() || !pull.reviews.is_empty());
        let whom = (&change.reviewers[..], &change.team_reviewers[..]);
        let act = async || {
            let client = self.job.desk.client;
            self.job.desk.noted(client.request_reviewers(&self.name, opened.number, whom).await)
        };
        let key = format!("reviewers {} #{}", self.item.repository, opened.number);
        self.beside(("reviewers", &key), is_asked, act, outcome).await
    }

    async fn merges_itself(
        &self,
        opened: &Opened,
        pull: Option<&PullSeen>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let Some(method) = self.job.plan.terms.auto_merge else { return Ok(()) };
        // A draft cannot wait to be merged.
        if pull.map_or(self.job.plan.terms.draft, |pull| pull.draft) {
            return Ok(());
        }
        let act = async || {
            let (method, head) = (method_of(method), opened.commit.as_str());
            let merge = Merge { method, head, title: None, message: None };
            let client = self.job.desk.client;
            let enabled = client.enable_auto_merge(&self.name, &opened.id, &merge).await;
            self.job.desk.noted(enabled).map(|_| ())
        };
        let key = format!("auto-merge {} #{}", self.item.repository, opened.number);
        let is_on = pull.is_some_and(|pull| pull.auto_merge);
        self.beside(("auto-merge", &key), is_on, act, outcome).await
    }

    /// Does something beside the pull request, unless it is done: that it does not work is told, and tried again the
    /// next time.
    async fn beside(
        &self,
        (what, key): (&str, &str),
        is_there: bool,
        act: impl AsyncFnOnce() -> Result<()>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        if is_there {
            return self.job.desk.seen(&self.item.repository, key, &true).await;
        }
        let act = async || act().await.map(|()| true);
        let none = async || Ok(None);
        let effects = self.job.desk.operation;
        match effects.effect(key, &json!({}), Caution::WhenInDoubt, none, act).await {
            Ok(settled) => {
                outcome.acted |= settled.is_new();
                Ok(())
            }
            Err(error) if self.job.desk.was_refused_here() => {
                outcome.left.push(format!("{what}: {}", one_line(&error)));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The closed pull request that offers a commit: it is opened again rather than another beside it.
    pub(super) fn reopenable(&self, head: &str) -> Option<&PullSeen> {
        let newest = self.offer.pulls.first()?;
        (newest.state == PullStanding::Closed && newest.head == head).then_some(newest)
    }
}

fn method_of(method: Method) -> MergeMethod {
    match method {
        Method::Merge => MergeMethod::Merge,
        Method::Squash => MergeMethod::Squash,
        Method::Rebase => MergeMethod::Rebase,
    }
}
