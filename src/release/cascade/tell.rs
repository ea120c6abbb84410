//! What is known of a dispatch: whether it was sent, and the run that it caused, which is looked for by the id, or among
//! the later runs.

use std::collections::HashMap;

use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use super::Job;
use super::items::{self, Item};
use super::refusal::{Refusal, is_refusal};
use super::since::{earlier_since, under_way, version_in};
use crate::edge::concurrent::together;
use crate::error::Result;
use crate::fleet::RepositoryName;
use crate::forge::Client;
use crate::forge::calls::actions::Run;
use crate::journal::{EffectRecord, EffectState};

/// How many repositories are read at once.
const AT_ONCE: usize = 8;

/// How many runs are read: more than a repository has between two releases.
pub(super) const RUNS: usize = 100;

/// Seconds that a run may take to appear after its dispatch.
pub(super) const APPEARS: u64 = 180;

/// What a repository shows before it is notified.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Why it cannot receive events.
    pub(super) deaf: Option<String>,
    /// Its current name, if it was renamed.
    pub(super) renamed: Option<String>,
    /// Its newest runs of `repository_dispatch` events; `None` if the token may not read them.
    runs: Option<Vec<Run>>,
    /// When it was read, in seconds since 1970.
    at: u64,
}

impl Seen {
    /// The run that a dispatch has caused; `None` if there is none yet, or runs cannot be read.
    pub(super) fn caused(&self, dispatch: &Dispatch, workflow: &str) -> Option<&Run> {
        caused(self.runs.as_ref()?, dispatch, workflow)
    }

    /// The earlier version that it was notified of since it was notified of this one, by whatever machine.
    pub(super) fn earlier_since(&self, version: &Version) -> Option<Version> {
        earlier_since(self.runs.as_ref()?, version)
    }

    /// Whether any of its runs is not over.
    pub(super) fn is_building(&self) -> bool {
        self.runs.iter().flatten().any(|run| !run.is_over())
    }
}

/// A dispatch, as the journal records it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dispatch {
    /// The id in its payload.
    pub(super) id: String,
    /// The newest run before it, if runs could be read.
    pub(super) after: Option<u64>,
    /// The run that it caused, if known.
    pub(super) run: Option<u64>,
    /// Whether it was followed and no run started.
    #[serde(default)]
    pub(super) unheard: bool,
    /// When it was sent, in seconds since 1970; `None` if an earlier version of this program, or another machine, sent
    /// it.
    #[serde(default)]
    pub(super) at: Option<u64>,
}

impl Dispatch {
    /// The first dispatch to a repository, which is not sent yet.
    pub(super) fn first(item: &Item, seen: &Seen) -> Self {
        let newest = |runs: &Vec<Run>| runs.iter().map(|run| run.id).max().unwrap_or_default();
        let after = seen.runs.as_ref().map(newest);
        Self { id: item.id.clone(), after, run: None, unheard: false, at: None }
    }

    /// Whether it was sent after another one to the same repository. The runs before each show that, even within a second;
    /// without them, the time does.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        match (self.after, other.after) {
            (Some(one), Some(other)) if one != other => one > other,
            _ => self.at.zip(other.at).is_some_and(|(one, other)| one > other),
        }
    }

    /// Whether the title of a run contains the id, which proves that this dispatch caused it.
    pub(super) fn names(&self, run: &Run) -> bool {
        run.display_title.contains(&self.id)
    }

    /// Whether this dispatch certainly caused a run.
    pub(super) fn is_of(&self, run: &Run) -> bool {
        self.run == Some(run.id) || self.names(run)
    }

    /// Whether its run had the time to appear.
    fn is_past(&self, now: u64) -> bool {
        self.at.is_none_or(|at| now.saturating_sub(at) >= APPEARS)
    }

    /// Whether nothing more will come of it, so that the repository has to be notified again: no workflow received it,
    /// or, if the member goes back from a later version, its run is over or never appeared. What came of it long ago
    /// then says nothing of what the image contains now.
    fn is_spent(&self, seen: &Seen, workflow: &str, goes_back: bool) -> bool {
        let Some(runs) = &seen.runs else { return goes_back };
        match caused(runs, self, workflow) {
            Some(run) => goes_back && run.is_over(),
            // A run that is no longer among the newest is long over.
            None if goes_back && (self.run.is_some() || runs.len() >= RUNS) => true,
            None if goes_back => self.unheard || self.is_past(seen.at),
            None => {
                let came_after = |run: &Run| self.after.is_none_or(|after| run.id > after);
                self.unheard && self.after.is_some() && !runs.iter().any(came_after)
            }
        }
    }
}

/// What is known of a repository before it is notified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// It was notified, and something may still come of it.
    Notified(Known),
    /// It was notified, but nothing more will come of it: it is notified again.
    Spent(Known),
    /// A dispatch was tried, and whether it arrived is not known.
    Tried {
        /// The key of its effect.
        key: String,
        /// What was to be sent.
        intent: Dispatch,
        /// Whether the run that tried died; otherwise it recorded a failure.
        cut_off: bool,
    },
    /// Nothing is known of it.
    Unnotified,
}

/// A dispatch that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    key: String,
    pub(super) dispatch: Dispatch,
    /// Whether the journal needs no further record of it; otherwise it was found by its run.
    is_kept: bool,
}

impl Known {
    /// Records it, unless the journal has it already.
    pub(super) async fn keep(&self, job: &Job<'_>) -> Result<()> {
        match self.is_kept {
            true => Ok(()),
            false => job.operation.found(&self.key, &self.dispatch).await,
        }
    }
}

/// Notes which dispatches of earlier versions each repository was sent, from the journal's effects of those cascades.
pub fn note_earlier(items: &mut [Item], effects: &[EffectRecord]) {
    let mut sent: HashMap<String, Vec<Dispatch>> = HashMap::new();
    for effect in effects {
        let Some(recipient) = items::recipient(&effect.key) else { continue };
        let dispatch = effect.state.outcome().and_then(|sent| Dispatch::deserialize(sent).ok());
        // What was found by its run does not say which run came before it.
        let Some(dispatch) = dispatch.filter(|dispatch| dispatch.at.is_some()) else { continue };
        sent.entry(recipient.to_ascii_lowercase()).or_default().push(dispatch);
    }
    for item in items {
        item.earlier = sent.get(&item.repository.key()).cloned().unwrap_or_default();
    }
}

/// What is known of a repository before it is notified, from this machine's journal and from its runs, since another
/// machine may have notified it, be it once more and under another id.
pub(super) fn before(
    item: &Item,
    effects: &[EffectRecord],
    seen: &Seen,
    workflow: &str,
    goes_back: bool,
) -> Before {
    let before = before_of_ours(item, effects, seen, workflow, goes_back);
    if item.is_again() {
        return before;
    }
    let key = match &before {
        Before::Notified(_) => return before,
        Before::Spent(Known { key, .. }) | Before::Tried { key, .. } => key.clone(),
        Before::Unnotified => item.key(),
    };
    let runs = seen.runs.as_deref().unwrap_or_default();
    let Some((run, id)) = under_way(runs, item.version()) else { return before };
    let dispatch = Dispatch { id: id.to_owned(), run: Some(run), ..Dispatch::first(item, seen) };
    Before::Notified(Known { key, dispatch, is_kept: false })
}

/// The same, as far as the dispatches go that this machine recorded, or that have the first id of the version.
fn before_of_ours(
    item: &Item,
    effects: &[EffectRecord],
    seen: &Seen,
    workflow: &str,
    goes_back: bool,
) -> Before {
    let known = |key: String, dispatch: Dispatch, is_kept: bool| {
        // After the member went back, what an older dispatch caused does not count.
        let is_outdated = goes_back || item.went_back_since(&dispatch);
        let is_spent = dispatch.is_spent(seen, workflow, is_outdated);
        let known = Known { key, dispatch, is_kept };
        if is_spent { Before::Spent(known) } else { Before::Notified(known) }
    };
    // Of several dispatches, the last one counts.
    let effect = effects.iter().rfind(|effect| item.is_of(&effect.key));
    let done = effect.and_then(|effect| Dispatch::deserialize(effect.state.outcome()?).ok());
    if let (Some(effect), Some(dispatch)) = (effect, done) {
        return known(effect.key.clone(), dispatch, true);
    }
    // For an attempt that was cut off, what was recorded before it counts.
    let tried = effect.and_then(|effect| Dispatch::deserialize(&effect.intent).ok());
    let intent = tried.unwrap_or_else(|| Dispatch::first(item, seen));
    let key = effect.map_or_else(|| item.key(), |effect| effect.key.clone());
    let named = |intent: &Dispatch| {
        seen.runs.iter().flatten().find(|run| intent.names(run)).map(|run| run.id)
    };
    let former = item.former_id.clone().map(|id| Dispatch { id, ..intent.clone() });
    let intent = former.filter(|former| named(former).is_some()).unwrap_or(intent);
    match (named(&intent), effect) {
        (Some(id), _) => known(key, Dispatch { run: Some(id), ..intent }, false),
        // Since then the member went back: a run that came later is not of this attempt.
        (None, Some(_)) if item.went_back_since(&intent) => {
            Before::Spent(Known { key, dispatch: intent, is_kept: true })
        }
        (None, Some(effect)) => {
            let cut_off = effect.state == EffectState::Intended;
            Before::Tried { key, intent, cut_off }
        }
        (None, None) => Before::Unnotified,
    }
}

/// Reads repositories: whether each can receive events, and its runs.
pub(super) async fn look(
    client: &Client,
    names: Vec<RepositoryName>,
) -> Vec<std::result::Result<Seen, Refusal>> {
    let asked = together(AT_ONCE, names, |name| {
        let client = client.clone();
        async move { look_at(&client, &name).await }
    });
    let cut_off = || Err(Refusal::passing("it was not checked"));
    asked.await.into_iter().map(|seen| seen.unwrap_or_else(cut_off)).collect()
}

async fn look_at(client: &Client, name: &RepositoryName) -> std::result::Result<Seen, Refusal> {
    let repository = client.repository(name).await.map_err(|error| Refusal::of(&error))?;
    let deaf = if repository.archived {
        Some("it is archived: unarchive it, or set `retired` in fleet.yaml".to_owned())
    } else if repository.disabled {
        Some("the forge has disabled it".to_owned())
    } else {
        None
    };
    let renamed = (!repository.name().same(name)).then_some(repository.full_name);
    let at = client.time().now() as u64;
    if deaf.is_some() {
        return Ok(Seen { deaf, renamed, runs: None, at });
    }
    // Without its runs nobody can later say what was caused, so only a missing permission is accepted.
    let runs = match client.dispatched_runs(name, RUNS).await {
        Ok(runs) => Some(runs),
        Err(error) if is_refusal(&error) => None,
        Err(error) => return Err(Refusal::of(&error)),
    };
    Ok(Seen { deaf, renamed, runs, at })
}

/// The run that a dispatch has caused: the one whose title contains its id, or else the first later run of the workflow
/// whose title contains no id.
pub(super) fn caused<'r>(runs: &'r [Run], dispatch: &Dispatch, workflow: &str) -> Option<&'r Run> {
    if let Some(known) = dispatch.run {
        return runs.iter().find(|run| run.id == known);
    }
    if let Some(named) = runs.iter().find(|run| dispatch.names(run)) {
        return Some(named);
    }
    let after = dispatch.after?;
    let file = |run: &Run| run.path.rsplit('/').next() == Some(workflow);
    // A run with the id of another dispatch was caused by that one.
    runs.iter()
        .filter(|run| run.id > after && file(run) && version_in(run).is_none())
        .min_by_key(|run| run.id)
}

/// Records whether a dispatch was received: where no run started, the next run sends another, unless the image contains the
/// version for all that.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) async fn heard(
    job: &Job<'_>,
    item: &Item,
    dispatch: &Dispatch,
    is_heard: bool,
) -> Result<()> {
    let is_it = |effect: &EffectRecord| {
        let known = effect.state.outcome().and_then(|known| Dispatch::deserialize(known).ok());
        item.is_of(&effect.key) && known.is_some_and(|known| known.id == dispatch.id)
    };
    match job.operation.effects()?.into_iter().rfind(is_it) {
        Some(effect) => {
            let dispatch = Dispatch { unheard: !is_heard, ..dispatch.clone() };
            job.operation.found(&effect.key, &dispatch).await
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::campaign::file::Waves;
    use crate::fleet::Member;
    use crate::release::ReleaseId;

    fn run(id: u64, title: &str, path: &str) -> Run {
        serde_json::from_value(json!({ "id": id, "display_title": title, "path": path }))
            .expect("a run")
    }

    const PATH: &str = ".github/workflows/publish-image.yml";

    fn dispatch(after: Option<u64>) -> Dispatch {
        let id = "0.1.6-0123456789abcdef".to_owned();
        Dispatch { id, after, run: None, unheard: false, at: Some(1000) }
    }

    fn found(runs: &[Run], dispatch: &Dispatch) -> Option<u64> {
        caused(runs, dispatch, "publish-image.yml").map(|run| run.id)
    }

    #[test]
    fn a_run_that_is_called_by_the_id_is_the_one() {
        let runs = [
            run(9, "runtime-published", PATH),
            run(8, "runtime 0.1.6 (0.1.6-0123456789abcdef)", PATH),
        ];
        assert_eq!(found(&runs, &dispatch(Some(5))), Some(8));
        assert_eq!(found(&runs, &dispatch(None)), Some(8));
    }

    #[test]
    fn without_ids_it_is_the_first_of_the_workflow_that_came_after() {
        let runs = [
            run(9, "runtime-published", PATH),
            run(8, "runtime-published", PATH),
            run(7, "runtime-published", ".github/workflows/other.yml"),
            run(5, "runtime-published", PATH),
        ];
        assert_eq!(found(&runs, &dispatch(Some(5))), Some(8));
        assert_eq!(found(&runs, &dispatch(Some(9))), None);
        assert_eq!(found(&runs, &dispatch(None)), None);
        let of_others = [run(9, "runtime (0.1.5-fedcba9876543210)", PATH)];
        assert_eq!(found(&of_others, &dispatch(Some(5))), None);
    }

    #[test]
    fn who_is_told_anew_was_not_heard_or_goes_back() {
        let over = |id: u64| -> Run {
            let title = format!("0.1.6-{}", "0123456789abcdef");
            let run = json!({ "id": id, "display_title": title, "path": PATH, "status": "completed", "conclusion": "success" });
            serde_json::from_value(run).expect("a run")
        };
        let seen = |runs: Vec<Run>| Seen { runs: Some(runs), at: 1060, ..Seen::default() };
        let spent = |dispatch: &Dispatch, seen: &Seen, goes_back: bool| {
            dispatch.is_spent(seen, "publish-image.yml", goes_back)
        };
        let known = dispatch(Some(5));
        assert!(spent(&known, &seen(vec![over(8)]), true));
        assert!(!spent(&known, &seen(vec![over(8)]), false), "its run may be looked at");
        let running = run(8, "0.1.6-0123456789abcdef", PATH);
        assert!(!spent(&known, &seen(vec![running.clone()]), true), "it is being built");
        assert!(!spent(&known, &seen(Vec::new()), true), "its run may still appear");
        // A run of a later version that came since says nothing of it.
        let other = run(9, "0.1.7-fedcba9876543210", PATH);
        assert!(!spent(&known, &seen(vec![other.clone()]), true), "its run may still appear");
        let long_after = Seen { at: 1180, ..seen(vec![other.clone()]) };
        assert!(spent(&known, &long_after, true), "its run never appeared");
        assert!(!spent(&known, &long_after, false), "it was not followed");
        let of_old = Dispatch { at: None, ..known.clone() };
        assert!(spent(&of_old, &seen(vec![other.clone()]), true));
        let unheard = Dispatch { unheard: true, ..known };
        assert!(spent(&unheard, &seen(vec![other]), true), "its run did not appear in time");
        assert!(spent(&unheard, &seen(vec![run(5, "before it", PATH)]), false));
        assert!(!spent(&unheard, &seen(vec![running]), false), "it was heard late");
        let other = run(8, "something else", ".github/workflows/other.yml");
        assert!(!spent(&unheard, &seen(vec![other]), false), "something heard it");
    }

    #[test]
    fn what_was_only_tried_before_a_way_back_is_sent_anew() {
        let tried = json!({ "id": "0.1.6-0123456789abcdef", "after": 5, "run": null, "at": 1000 });
        let back = json!({ "id": "0.1.5-fedcba9876543210", "after": 7, "run": 8, "at": 2000 });
        let effect = |key: &str, intent: &Value, state: EffectState| EffectRecord {
            key: key.to_owned(),
            intent: intent.clone(),
            state,
            tries: 1,
        };
        let mut items = [item("Acme/a"), item("acme/b")];
        note_earlier(
            &mut items,
            &[effect("dispatch acme/a again 1f", &back, EffectState::Done(back.clone()))],
        );
        assert_eq!((items[0].earlier.len(), items[1].earlier.len()), (1, 0));
        // The run of the way back says nothing of an attempt before it.
        let seen = Seen { runs: Some(vec![run(8, "runtime-published", PATH)]), ..Seen::default() };
        for (item, is_outdated) in items.iter().zip([true, false]) {
            let of_it = effect(&item.key(), &tried, EffectState::Intended);
            let before = before(item, &[of_it], &seen, "publish-image.yml", false);
            assert_eq!(matches!(before, Before::Spent(_)), is_outdated, "{before:?}");
        }
    }

    fn item(repository: &str) -> Item {
        let (owner, name) = repository.split_once('/').expect("a name");
        let repository = RepositoryName::new(owner, name);
        let member = Member { slug: name.to_owned(), repository, ..Member::default() };
        let version = "0.1.6".parse().expect("a version");
        let release = ReleaseId { distribution: "acme-runtime", version: &version };
        let made = items::items(&[&member], release, &Waves::default(), items::Grouping::default());
        made.expect("an item").remove(0)
    }

    #[test]
    fn a_guess_gives_way_to_the_run_that_is_called_by_the_id() {
        let dispatch = dispatch(Some(5));
        // Somebody sent the event by hand at the same moment.
        let by_hand = run(6, "runtime-published", PATH);
        assert_eq!(found(std::slice::from_ref(&by_hand), &dispatch), Some(6));
        assert!(!dispatch.is_of(&by_hand));
        let ours = run(7, "0.1.6-0123456789abcdef", PATH);
        assert!(dispatch.is_of(&ours));
        assert_eq!(found(&[ours, by_hand], &dispatch), Some(7));
    }
}
