//! What is known of a repository before it is notified: whether a dispatch was sent, by this machine or another one, and
//! whether something may still come of it.

use std::collections::HashMap;

use serde::Deserialize as _;

use super::Job;
use super::dispatch::Dispatch;
use super::items::{self, Item};
use super::seen::{RUNS, Seen, caused};
use super::since::under_way;
use crate::error::Result;
use crate::forge::calls::actions::Run;
use crate::journal::{EffectRecord, EffectState};

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
    let dispatch = Dispatch { id: id.to_owned(), run: Some(run), ..seen.first_dispatch(&item.id) };
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
        let is_spent = is_spent(&dispatch, seen, workflow, is_outdated);
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
    let intent = tried.unwrap_or_else(|| seen.first_dispatch(&item.id));
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

/// Whether nothing more will come of it, so that the repository has to be notified again: no workflow received it,
/// or, if the member goes back from a later version, its run is over or never appeared. What came of it long ago
/// then says nothing of what the image contains now.
fn is_spent(dispatch: &Dispatch, seen: &Seen, workflow: &str, goes_back: bool) -> bool {
    let Some(runs) = &seen.runs else { return goes_back };
    match caused(runs, dispatch, workflow) {
        Some(run) => goes_back && run.is_over(),
        // A run that is no longer among the newest is long over.
        None if goes_back && (dispatch.run.is_some() || runs.len() >= RUNS) => true,
        None if goes_back => dispatch.unheard || dispatch.is_past(seen.at),
        None => {
            let came_after = |run: &Run| dispatch.after.is_none_or(|after| run.id > after);
            dispatch.unheard && dispatch.after.is_some() && !runs.iter().any(came_after)
        }
    }
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

    use super::super::testing::{PATH, dispatch, run};
    use super::*;
    use crate::campaign::file::Waves;
    use crate::fleet::{Member, RepositoryName};
    use crate::release::ReleaseId;

    #[test]
    fn who_is_told_anew_was_not_heard_or_goes_back() {
        let over = |id: u64| -> Run {
            let title = format!("0.1.6-{}", "0123456789abcdef");
            let run = json!({ "id": id, "display_title": title, "path": PATH, "status": "completed", "conclusion": "success" });
            serde_json::from_value(run).expect("a run")
        };
        let seen = |runs: Vec<Run>| Seen { runs: Some(runs), at: 1060, ..Seen::default() };
        let spent = |dispatch: &Dispatch, seen: &Seen, goes_back: bool| {
            is_spent(dispatch, seen, "publish-image.yml", goes_back)
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
            failed_before: None,
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
}
