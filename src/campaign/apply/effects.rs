//! What is done to one repository: each step an effect of the journal, looked up when its outcome is not known.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::todo::Todo;
use super::{Job, Outcome};
use crate::campaign::close::close;
use crate::campaign::desk::one_line;
use crate::campaign::file::Method;
use crate::campaign::look::{Sight, look};
use crate::campaign::plan::{Item, Proposed};
use crate::campaign::standing::{Held, State, of_open};
use crate::error::Result;
use crate::fleet::RepositoryName;
use crate::forge::calls::commits::NewCommit;
use crate::forge::calls::merging::{Merge, MergeMethod};
use crate::forge::calls::offers::{Offer, PullSeen, PullStanding};
use crate::forge::calls::proposals::Proposal;
use crate::journal::Caution;

/// A pull request that is there, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Opened {
    number: u64,
    id: String,
    url: String,
    commit: String,
}

/// One repository at work.
struct Work<'a> {
    job: &'a Job<'a>,
    item: &'a Item,
    /// Its name as the forge has it now.
    name: RepositoryName,
    offer: &'a Offer,
    held: &'a Held,
}

/// Does what is left to do of an item.
pub(super) async fn of(job: &Job<'_>, item: &Item, todo: &Todo, sight: &Sight) -> Result<Outcome> {
    let offer = job.desk.noted(sight.offer.as_ref().map_err(Clone::clone))?;
    let name = offer.name.clone();
    let work = Work { job, item, name, offer, held: &sight.held };
    if let Todo::Close(why) = todo {
        return closed(job, item, offer, &sight.held, why).await;
    }
    let change = item.change.as_ref().ok_or_else(|| job.desk.gone("the plan has no change"))?;
    match todo {
        Todo::Open(_) => {
            let opened = work.open(change).await?;
            work.completed(change, &opened, None, "opened").await
        }
        Todo::Finish(_) => {
            let opened = work.finish(change).await?;
            work.completed(change, &opened, None, "opened").await
        }
        Todo::Update(_) => work.update(change).await,
        Todo::Complete | Todo::Close(_) => {
            let Some(pull) = offer.open_pull() else {
                return Err(job.desk.gone("its pull request is gone"));
            };
            let opened = seen(pull);
            work.completed(change, &opened, Some(pull), "").await
        }
    }
}

async fn closed(
    job: &Job<'_>,
    item: &Item,
    offer: &Offer,
    held: &Held,
    why: &str,
) -> Result<Outcome> {
    let (number, page) = close(&job.desk, &item.repository, offer, held, why).await?;
    let mut outcome = Outcome::new(State::Done, format!("closed: {why}"));
    outcome.pull = Some((number, page));
    outcome.acted = true;
    Ok(outcome)
}

fn seen(pull: &PullSeen) -> Opened {
    let PullSeen { number, id, url, head, .. } = pull.clone();
    Opened { number, id, url, commit: head }
}

impl Work<'_> {
    /// What tells one try from a later one of the same change: pull requests that ended in between.
    fn key(&self, what: &str, change: &str) -> String {
        let last = self.offer.pulls.iter().map(|pull| pull.number).max().unwrap_or(0);
        format!("{what} {} {change} after #{last} in {}", self.item.repository, self.offer.id)
    }

    fn commit(&self, change: &Proposed) -> Result<NewCommit> {
        let keeps = |path: &str| {
            let file = change.files.iter().find(|file| file.path == path);
            file.is_some_and(|file| file.base.is_some() && file.mode != "100644")
        };
        let changes = self.job.plan.files(change)?;
        let keeps_modes = changes.iter().any(|it| it.content.is_some() && keeps(&it.path));
        Ok(NewCommit {
            base: change.base.clone(),
            message: change.commit.clone(),
            changes,
            keeps_modes,
        })
    }

    fn proposal(&self, change: &Proposed) -> Result<Proposal> {
        Ok(Proposal {
            branch: self.job.plan.branch.clone(),
            onto: change.base_branch.clone(),
            commit: self.commit(change)?,
            title: change.title.clone(),
            body: change.body.clone(),
            draft: self.job.plan.terms.draft,
            labels: Vec::new(),
        })
    }

    /// The open pull request with this very change, when a look finds it.
    async fn looked_up(&self, change: &Proposed) -> Result<Option<Opened>> {
        let asked = [(self.name.clone(), Some(change.base.clone()))];
        let sight = look(self.job.desk.client, &self.job.plan.campaign, &asked).await.pop();
        let Some(Sight { offer, held }) = sight else { return Ok(None) };
        let offer = self.job.desk.noted(offer)?;
        let ours = matches!(&held, Held::Ours { change: made, .. } if *made == change.digest);
        Ok(offer.open_pull().filter(|_| ours).map(seen))
    }

    async fn open(&self, change: &Proposed) -> Result<Opened> {
        let proposal = self.proposal(change)?;
        let intent = json!({ "base": change.base, "branch": proposal.branch });
        let act = async || {
            let client = self.job.desk.client;
            match client.propose_new(&self.name, &self.offer.id, &proposal).await {
                Ok(made) => Ok(opened(made)),
                // Somebody was faster, or an answer was lost beyond repair: what is there is taken when it is ours.
                Err(error) => match self.looked_up(change).await {
                    Ok(Some(found)) => Ok(found),
                    _ => self.job.desk.noted(Err(error)),
                },
            }
        };
        let key = self.key("open", &change.digest);
        let effects = self.job.desk.operation;
        let settled = effects
            .effect(&key, &intent, Caution::WhenInDoubt, async || self.looked_up(change).await, act)
            .await?;
        Ok(settled.outcome())
    }

    async fn finish(&self, change: &Proposed) -> Result<Opened> {
        let proposal = self.proposal(change)?;
        let intent = json!({ "base": change.base, "branch": proposal.branch, "finish": true });
        let act = async || {
            let client = self.job.desk.client;
            let (name, branch) = (&self.name, &proposal.branch);
            if let Held::Ours { head, base, change: made } = self.held {
                if (base, made) != (&change.base, &change.digest) {
                    let from = (branch.as_str(), head.as_str());
                    let made = client.recommit(name, &self.offer.id, from, &proposal.commit).await;
                    self.job.desk.noted(made)?;
                } else if let Some(pull) = self.reopenable(head) {
                    let reopened =
                        self.job.desk.noted(client.reopen_pull(name, pull.number).await)?;
                    return Ok(Opened { commit: reopened.head.sha, ..seen(pull) });
                }
            }
            let pull = self.job.desk.noted(client.propose(name, &proposal).await)?;
            Ok(opened(pull.into()))
        };
        let key = self.key("open", &change.digest);
        let effects = self.job.desk.operation;
        let settled = effects
            .effect(&key, &intent, Caution::WhenInDoubt, async || self.looked_up(change).await, act)
            .await?;
        Ok(settled.outcome())
    }

    /// The closed pull request that offers a commit: it is opened again rather than another beside it.
    fn reopenable(&self, head: &str) -> Option<&PullSeen> {
        let newest = self.offer.pulls.first()?;
        (newest.state == PullStanding::Closed && newest.head == head).then_some(newest)
    }

    async fn update(&self, change: &Proposed) -> Result<Outcome> {
        let Some(pull) = self.offer.open_pull() else {
            return Err(self.job.desk.gone("its pull request is gone"));
        };
        let commit = self.commit(change)?;
        let intent = json!({ "base": change.base, "from": pull.head });
        let key = format!("update {} {} from {}", self.item.repository, change.digest, pull.head);
        let client = self.job.desk.client;
        let act = async || {
            let from = (self.job.plan.branch.as_str(), pull.head.as_str());
            let made = client.recommit(&self.name, &self.offer.id, from, &commit).await;
            Ok(Opened { commit: self.job.desk.noted(made)?, ..seen(pull) })
        };
        let look_up = async || {
            let found = self.looked_up(change).await?;
            Ok(found.filter(|found| found.commit != pull.head))
        };
        let effects = self.job.desk.operation;
        let done = effects.effect(&key, &intent, Caution::WhenInDoubt, look_up, act).await?;
        let opened = done.outcome();
        if (pull.title.as_str(), pull.body.trim()) != (change.title.as_str(), change.body.trim()) {
            let key = format!("words {} {} #{}", self.item.repository, change.digest, pull.number);
            let said = (change.title.as_str(), change.body.as_str());
            let act = async || {
                let changed = client.retitle_pull(&self.name, pull.number, said).await;
                self.job.desk.noted(changed).map(|_| true)
            };
            let none = async || Ok(None);
            effects.effect(&key, &json!({}), Caution::WhenInDoubt, none, act).await?;
        }
        self.completed(change, &opened, Some(pull), "brought up to date").await
    }

    /// Sees to what goes with a pull request, and says how it stands.
    async fn completed(
        &self,
        change: &Proposed,
        opened: &Opened,
        pull: Option<&PullSeen>,
        done: &str,
    ) -> Result<Outcome> {
        let terms = &self.job.plan.terms;
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
        let labels: Vec<String> = terms
            .labels
            .iter()
            .filter(|label| pull.is_none_or(|pull| !pull.labels.contains(label)))
            .cloned()
            .collect();
        if !labels.is_empty() {
            let act = async || {
                let client = self.job.desk.client;
                self.job.desk.noted(client.add_labels(&self.name, opened.number, &labels).await)
            };
            self.beside("labels", opened, act, &mut outcome).await?;
        }
        let asks = !change.reviewers.is_empty() || !change.team_reviewers.is_empty();
        let asked = pull
            .is_some_and(|pull| !pull.requested_reviewers.is_empty() || !pull.reviews.is_empty());
        if asks && !asked {
            let whom = (&change.reviewers[..], &change.team_reviewers[..]);
            let act = async || {
                let client = self.job.desk.client;
                self.job.desk.noted(client.request_reviewers(&self.name, opened.number, whom).await)
            };
            self.beside("reviewers", opened, act, &mut outcome).await?;
        }
        if let Some(method) = terms.auto_merge
            && pull.is_none_or(|pull| !pull.auto_merge && !pull.draft)
        {
            let act = async || {
                let merge = Merge {
                    method: method_of(method),
                    head: &opened.commit,
                    title: None,
                    message: None,
                };
                let client = self.job.desk.client;
                let enabled = client.enable_auto_merge(&self.name, &opened.id, &merge).await;
                self.job.desk.noted(enabled).map(|_| ())
            };
            self.beside("auto-merge", opened, act, &mut outcome).await?;
        }
        Ok(outcome)
    }

    /// Does something beside the pull request: that it does not work is told, and tried again the next time.
    async fn beside(
        &self,
        what: &str,
        opened: &Opened,
        act: impl AsyncFnOnce() -> Result<()>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let key = format!("{what} {} #{}", self.item.repository, opened.number);
        let act = async || act().await.map(|()| true);
        let none = async || Ok(None);
        let effects = self.job.desk.operation;
        match effects.effect(&key, &json!({}), Caution::WhenInDoubt, none, act).await {
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
}

fn opened(made: crate::forge::calls::proposals::Proposed) -> Opened {
    let crate::forge::calls::proposals::Proposed { number, id, url, commit } = made;
    Opened { number, id, url, commit }
}

fn method_of(method: Method) -> MergeMethod {
    match method {
        Method::Merge => MergeMethod::Merge,
        Method::Squash => MergeMethod::Squash,
        Method::Rebase => MergeMethod::Rebase,
    }
}
