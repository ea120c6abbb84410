//! What is done to one repository. Each step is an effect in the journal; an effect without an outcome is looked up on the
//! forge before it is tried again.

use std::cell::Cell;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::extras::Became;
use super::todo::Todo;
use super::{HowEnded, Job, Outcome};
use crate::campaign::close::{Why, close};
use crate::campaign::effect_kind::EffectKind;
use crate::campaign::failed::Failed;
use crate::campaign::held::Held;
use crate::campaign::leftovers::{Ending, tidy};
use crate::campaign::look::{Sight, Spot, look};
use crate::campaign::plan::reason::MAY_NOT_PUSH;
use crate::campaign::plan::{Item, Proposed, Reason};
use crate::campaign::recorder::Step;
use crate::campaign::state::State;
use crate::error::Result;
use crate::fleet::RepositoryName;
use crate::forge::calls::branch_pulls::{Offer, PullSeen};
use crate::forge::calls::branches::SeenBranch;
use crate::forge::calls::commits::NewCommit;
use crate::forge::calls::pull_opening::{Opener, Proposal, Proposed as Offered};
use crate::forge::{ForgeError, ForgeErrorKind};

/// An existing pull request, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Opened {
    pub(super) number: u64,
    pub(super) id: String,
    pub(super) url: String,
    pub(super) commit: String,
    /// Whether another run opened it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) found: bool,
}

/// The number of the pull request that an attempt has opened, whatever becomes of the rest of it.
#[derive(Debug, Default)]
pub(super) struct Made(Cell<Option<u64>>);

impl Made {
    fn set(&self, opened: &Opened) {
        self.0.set(Some(opened.number));
    }

    pub(super) fn pull(&self) -> Option<u64> {
        self.0.get()
    }
}

/// What the steps for one repository need.
pub(super) struct Work<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) item: &'a Item,
    /// The repository's current name on the forge.
    pub(super) name: RepositoryName,
    pub(super) offer: &'a Offer,
    pub(super) held: &'a Held,
}

/// Does what is left to do for an item.
///
/// `made` gets a pull request as soon as it is open: what goes with it may fail or be interrupted.
pub(super) async fn of(
    job: &Job<'_>,
    item: &Item,
    todo: &Todo,
    sight: &Sight,
    made: &Made,
) -> Result<Outcome, Failed> {
    let offer = sight.offer.as_ref().map_err(Clone::clone)?;
    let name = offer.name.clone();
    let work = Work { job, item, name, offer, held: &sight.held };
    match todo {
        Todo::Close(why, _) => return closed(job, item, offer, &sight.held, why).await,
        Todo::Tidy => return tidied(job, item, offer, &sight.held).await,
        _ => {}
    }
    let change = item.change.as_ref().ok_or_else(|| Failed::gone("the plan has no change"))?;
    match todo {
        Todo::Open(_) => {
            let opened = work.open(change).await?;
            made.set(&opened);
            work.opened(change, &opened, Became::Opened).await
        }
        Todo::Finish(_) => {
            let opened = work.finish(change).await?;
            made.set(&opened);
            let is_known = offer.pulls.iter().any(|pull| pull.number == opened.number);
            let became = if is_known { Became::Reopened } else { Became::Opened };
            work.opened(change, &opened, became).await
        }
        Todo::Update(_) => work.update(change).await,
        Todo::Complete | Todo::Close(..) | Todo::Tidy => {
            let Some(pull) = offer.open_pull() else {
                return Err(Failed::gone("its pull request is gone"));
            };
            let opened = seen(pull);
            work.completed(change, &opened, Became::Stayed(pull)).await
        }
    }
}

async fn closed(
    job: &Job<'_>,
    item: &Item,
    offer: &Offer,
    held: &Held,
    why: &str,
) -> Result<Outcome, Failed> {
    let ended = close(&job.recorder, &item.repository, offer, held, Why::Unneeded(why)).await?;
    let mut outcome = Outcome::new(State::Done, format!("closed: {why}"));
    outcome.left.extend(ended.branch_stays.map(|why| format!("its branch stays: {why}")));
    outcome.pull = Some(ended.number);
    outcome.ended = HowEnded::Acted;
    Ok(outcome)
}

/// Finishes what a run started that died while it closed a pull request.
async fn tidied(job: &Job<'_>, item: &Item, offer: &Offer, held: &Held) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::new(State::Done, item.why());
    if let Some(pull) = Ending::Closed.of(offer, &job.plan.campaign) {
        outcome.pull = Some(pull.number);
        if tidy(&job.recorder, &item.repository, offer, held, pull).await? {
            outcome.ended = HowEnded::Acted;
        }
    }
    Ok(outcome)
}

/// Adds what to do when a ruleset refuses the branch: the forge only names the rule.
fn explained(error: ForgeError, branch: &str) -> ForgeError {
    if !error.said.contains(BY_RULESET) {
        return error;
    }
    let said = format!(
        "{}: a ruleset does not allow the branch `{branch}`: allow it there, or leave the member out",
        error.said.trim_end().trim_end_matches('.')
    );
    ForgeError { said, ..error }
}

/// How GitHub begins the refusal of a reference by a ruleset.
const BY_RULESET: &str = "Repository rule violations found";

pub(super) fn seen(pull: &PullSeen) -> Opened {
    let PullSeen { number, id, url, head, .. } = pull.clone();
    Opened { number, id, url, commit: head, found: false }
}

impl Work<'_> {
    /// The intent to open or finish a pull request. Commands that do not ask the forge tell by it where the campaign's file is.
    fn intent(&self, change: &Proposed, does: &str) -> Value {
        json!({
            "base": change.base,
            "branch": self.job.plan.branch,
            "does": does,
            (EffectKind::FILE): self.job.file.display().to_string(),
        })
    }

    /// The key of an attempt. The pull requests that ended in between distinguish it from a later attempt of the same change.
    fn key(&self, what: EffectKind, change: &str) -> String {
        self.key_before(what, change, u64::MAX)
    }

    /// The key as it was before a pull request existed.
    pub(super) fn key_before(&self, what: EffectKind, change: &str, number: u64) -> String {
        let before = self.offer.pulls.iter().map(|pull| pull.number).filter(|it| *it < number);
        let last = before.max().unwrap_or(0);
        what.key(&self.item.repository, format_args!("{change} after #{last} in {}", self.offer.id))
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

    /// The open pull request with exactly this change, if the forge shows one.
    async fn looked_up(&self, change: &Proposed) -> Result<Option<PullSeen>, Failed> {
        let Some(Sight { offer, held, .. }) = self.looked(change).await else { return Ok(None) };
        let offer = offer?;
        let ours = matches!(&held, Held::Ours { change: made, .. } if *made == change.digest);
        Ok(offer.open_pull().filter(|_| ours).cloned())
    }

    /// What the forge shows now.
    async fn looked(&self, change: &Proposed) -> Option<Sight> {
        let asked = [Spot { name: self.name.clone(), base: Some(change.base.clone()) }];
        look(self.job.recorder.client, &self.job.plan.campaign, &asked).await.pop()
    }

    /// A proposed pull request, and whether another run opened it.
    fn offered(&self, made: Offered) -> Opened {
        let Offered { number, id, url, commit, opener } = made;
        self.known(Opened { number, id, url, commit, found: false }, &opener)
    }

    /// The same for any existing pull request; the audit log records one that another run opened.
    fn known(&self, opened: Opened, opener: &Opener) -> Opened {
        let found = match opener {
            Opener::This => false,
            Opener::Another => true,
            Opener::Account(login) => {
                login.as_ref().is_some_and(|login| *login != self.offer.viewer)
            }
        };
        if found {
            self.job.recorder.found();
        }
        Opened { found, ..opened }
    }

    /// The outcome for a pull request that is open now. One that another run opened keeps its state.
    async fn opened(
        &self,
        change: &Proposed,
        opened: &Opened,
        became: Became<'_>,
    ) -> Result<Outcome, Failed> {
        if !opened.found {
            return self.completed(change, opened, became).await;
        }
        (self.job.recorder.told)(&format!("{}: already open {}", self.item.repository, opened.url));
        let mut outcome = Outcome::new(State::Open, "already open");
        outcome.pull = Some(opened.number);
        if let Some(Sight { offer: Ok(offer), held, .. }) = self.looked(change).await
            && let Some(pull) = offer.open_pull()
        {
            let (offer, held) = (&offer, &held);
            let now =
                Work { job: self.job, item: self.item, name: offer.name.clone(), offer, held };
            outcome = now.completed(change, opened, Became::Stayed(pull)).await?;
            outcome.reason = Reason::from("already open").beside(&outcome.reason);
        }
        // The pull request counts as opened just now, whichever run opened it: its checks are not known yet.
        outcome.ended = HowEnded::Acted;
        Ok(outcome)
    }

    /// Fails without a request if the token may not push; the failure is recorded.
    fn may_push(&self) -> Result<(), Failed> {
        match self.offer.may_push {
            true => Ok(()),
            false => Err(Failed::forbidden(MAY_NOT_PUSH)),
        }
    }

    async fn open(&self, change: &Proposed) -> Result<Opened, Failed> {
        let proposal = self.proposal(change)?;
        let intent = self.intent(change, "open");
        let act = async || {
            self.may_push()?;
            let client = self.job.recorder.client;
            match client.propose_new(&self.name, &self.offer.id, &proposal).await {
                Ok(made) => Ok(self.offered(made)),
                // Another run was faster, or an answer was lost: the campaign's pull request is used if it exists.
                Err(error) => match self.looked_up(change).await {
                    Ok(Some(pull)) => {
                        let opener = match error.kind {
                            ForgeErrorKind::Unavailable | ForgeErrorKind::Unintelligible => {
                                Opener::Account(pull.author.clone())
                            }
                            _ => Opener::Another,
                        };
                        Ok(self.known(seen(&pull), &opener))
                    }
                    _ => Err(explained(error, &proposal.branch).into()),
                },
            }
        };
        self.settled(&self.key(EffectKind::Open, &change.digest), intent, change, act).await
    }

    async fn finish(&self, change: &Proposed) -> Result<Opened, Failed> {
        let proposal = self.proposal(change)?;
        let intent = self.intent(change, "finish");
        let act = async || {
            self.may_push()?;
            let client = self.job.recorder.client;
            let (name, branch) = (&self.name, &proposal.branch);
            if let Held::Ours { head, base, change: made } = self.held {
                if (base, made) != (&change.base, &change.digest) {
                    let from = SeenBranch { name: branch, commit: head };
                    client.recommit(name, &self.offer.id, from, &proposal.commit).await?;
                } else if let Some(pull) = self.reopenable(head) {
                    let reopened = client.reopen_pull(name, pull.number).await?;
                    return Ok(Opened { commit: reopened.head.sha, ..seen(pull) });
                }
            }
            let proposed = client.propose_or_find(name, &proposal).await;
            Ok(self.offered(proposed.map_err(|error| explained(error, branch))?))
        };
        let key = match self.held {
            Held::Ours { head, base, change: made }
                if (base, made) == (&change.base, &change.digest) =>
            {
                self.reopenable(head).map(|pull| {
                    let closed = pull.closed_at.as_deref().unwrap_or_default();
                    EffectKind::Reopen.key(
                        &self.item.repository,
                        format_args!("#{} closed {closed}", pull.number),
                    )
                })
            }
            _ => None,
        };
        let key = key.unwrap_or_else(|| self.key(EffectKind::Open, &change.digest));
        self.settled(&key, intent, change, act).await
    }

    /// An effect after which a pull request with exactly this change is open.
    async fn settled(
        &self,
        key: &str,
        intent: Value,
        change: &Proposed,
        act: impl AsyncFnOnce() -> Result<Opened, Failed>,
    ) -> Result<Opened, Failed> {
        let step = Step::new(&self.item.repository, key).intending(intent);
        let look_up = async || {
            let found = self.looked_up(change).await?;
            Ok(found.map(|pull| self.known(seen(&pull), &Opener::Account(pull.author.clone()))))
        };
        let settled = self.job.recorder.effect(&step, |opened| opened.number, look_up, act).await?;
        Ok(settled.outcome())
    }

    async fn update(&self, change: &Proposed) -> Result<Outcome, Failed> {
        let Some(pull) = self.offer.open_pull() else {
            return Err(Failed::gone("its pull request is gone"));
        };
        let commit = self.commit(change)?;
        let intent = json!({ "base": change.base, "from": pull.head });
        let key = EffectKind::Update
            .key(&self.item.repository, format_args!("{} from {}", change.digest, pull.head));
        // A person may have put back the very commit that an earlier run replaced.
        let key = self.job.recorder.memory.anew(&self.item.repository, key);
        let client = self.job.recorder.client;
        let act = async || {
            let from = SeenBranch { name: &self.job.plan.branch, commit: &pull.head };
            let made = client.recommit(&self.name, &self.offer.id, from, &commit).await?;
            Ok(Opened { commit: made, ..seen(pull) })
        };
        let look_up = async || {
            let found = self.looked_up(change).await?;
            Ok(found.filter(|found| found.head != pull.head).as_ref().map(seen))
        };
        let step = Step::new(&self.item.repository, &key).intending(intent);
        let done = self.job.recorder.effect(&step, |_| pull.number, look_up, act).await?;
        let opened = done.outcome();
        self.reword(change, pull).await?;
        self.completed(change, &opened, Became::Updated(pull)).await
    }
}
