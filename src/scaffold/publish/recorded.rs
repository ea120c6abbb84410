//! Runs that have not finished, as the journal records them: what each created, and where it stopped. What became of
//! that on the forge since is not known here.

use serde_json::Value;

use super::lists::{LIST, MANIFEST, READY};
use super::offered::{Offered, in_words};
use super::repository::{COMMIT, FILES, REPOSITORY, SETTINGS};
use crate::error::Result;
use crate::fleet::manifest::Visibility;
use crate::fleet::{Fleet, Member, RepositoryName};
use crate::journal::{EffectRecord, EffectState, Journal, OperationName, Unfinished};
use crate::scaffold::Subject;

/// The kind of the operations that create a repository.
const KIND: &str = "new";

/// The key of the record that everything is done, except that the manifest of this machine does not list the member.
pub(super) const ENTRY: &str = "entry";

/// Returns the name of the operation that creates a repository.
#[must_use]
pub fn operation(repository: &RepositoryName) -> OperationName {
    OperationName::new(KIND, repository.to_string().to_lowercase())
}

/// A run that has not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its name in the journal.
    pub operation: OperationName,
    /// The repository, `owner/name`.
    pub repository: String,
    /// The short name that it was started with.
    pub slug: String,
    /// When it was started, RFC 3339 in UTC.
    pub begun_at: String,
    /// What it created, in words.
    pub made: Vec<String>,
    /// Whether pull requests are among that, or may be.
    pub has_pulls: bool,
    /// Whether branches of pull requests are, or may be: those of closed ones stay.
    pub has_branches: bool,
    /// Where it stopped, in words.
    pub stopped: String,
    /// Whether everything is done, except that the manifest of this machine does not list the member.
    pub waits_for_entry: bool,
    /// The process that is working on it.
    pub at_it: Option<String>,
    /// The kind that it was started for.
    pub kind: Option<String>,
    /// The repository's name as it was answered, if it is not the usual one.
    answered: Option<String>,
}

/// Whether everything was done, except that the manifest of this machine did not list the member yet.
#[must_use]
pub fn waits_for_entry(begun: &Unfinished) -> bool {
    entry(&begun.effects).is_some()
}

/// Whether a run has committed the files of its answers, according to the journal.
#[must_use]
pub fn has_committed(begun: &Unfinished) -> bool {
    begun.effects.iter().any(|effect| effect.key == COMMIT && effect.state.outcome().is_some())
}

/// Whether a run is known to have created its repository, or to have found the one of an earlier run.
#[must_use]
pub fn has_repository(begun: &Unfinished) -> bool {
    begun.effects.iter().any(|effect| effect.key == REPOSITORY && effect.state.outcome().is_some())
}

/// Whether an unfinished run has only waited for its entry in the manifest, and that lists the member by now.
#[must_use]
pub fn is_finished(begun: &Unfinished, operation: &OperationName, fleet: &Fleet) -> bool {
    let is_it =
        |member: &Member| member.repository.to_string().eq_ignore_ascii_case(&operation.key);
    waits_for_entry(begun) && fleet.members.iter().any(is_it)
}

/// The pull request for the manifest, if nothing else is open.
fn entry(effects: &[EffectRecord]) -> Option<&EffectRecord> {
    let is_done = |effect: &EffectRecord| effect.state.outcome().is_some();
    effects.iter().find(|effect| effect.key == ENTRY).filter(|_| effects.iter().all(is_done))
}

/// Returns the runs that have not finished and may have created something, most recently started first.
///
/// # Errors
/// When the journal cannot be read.
pub fn recorded(journal: &Journal, fleet: &Fleet) -> Result<Vec<Recorded>> {
    let mut runs = Vec::new();
    for operation in journal.running(KIND)? {
        let Some(begun) = journal.unfinished(&operation)? else { continue };
        if begun.effects.is_empty() || is_finished(&begun, &operation, fleet) {
            continue;
        }
        let at_it = journal.at_it(&operation)?;
        runs.push(Recorded { at_it, ..Recorded::of(operation, &begun) });
    }
    Ok(runs)
}

impl Recorded {
    fn of(operation: OperationName, begun: &Unfinished) -> Self {
        let answer = |subject: &Subject| {
            let answers = begun.input.get("answers")?;
            answers.get(subject.key())?.as_str().map(str::to_owned)
        };
        let intended = begun.effects.iter().find(|effect| effect.key == REPOSITORY);
        let intended = intended.and_then(|effect| effect.intent.get("repository")?.as_str());
        // Where it stopped says the newest that is known of the pull request for the manifest.
        let waits_for_entry = waits_for_entry(begun);
        let is_said = |effect: &&EffectRecord| {
            waits_for_entry && effect.key.strip_prefix(LIST) == Some(MANIFEST)
        };
        Self {
            repository: intended.unwrap_or(&operation.key).to_owned(),
            slug: answer(&Subject::Slug).unwrap_or_else(|| operation.key.clone()),
            begun_at: begun.begun_at.clone(),
            made: {
                let effects = begun.effects.iter().filter(|it| !is_said(it));
                effects.filter_map(|effect| made(effect, &begun.effects)).collect()
            },
            has_pulls: begun.effects.iter().any(may_be_open),
            has_branches: begun.effects.iter().any(|it| may_be_open(it) || is_closed(it)),
            stopped: stopped(&begun.effects),
            waits_for_entry,
            at_it: None,
            kind: begun.input.get("kind").and_then(Value::as_str).map(str::to_owned),
            answered: answer(&Subject::Repository),
            operation,
        }
    }

    /// Whether a name is its slug or its repository.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let short = self.repository.rsplit('/').next().unwrap_or_default();
        [self.slug.as_str(), &self.repository, short].iter().any(|it| it.eq_ignore_ascii_case(name))
    }

    /// Returns the words behind `shipshape new` that name it.
    #[must_use]
    pub fn words(&self, fleet: &Fleet) -> Vec<String> {
        let mut words = vec![self.slug.clone()];
        let kind = self.kind.as_ref().filter(|_| fleet.manifest.kinds.len() > 1);
        for (option, value) in [("--kind", kind), ("--repository", self.answered.as_ref())] {
            words.extend(value.into_iter().flat_map(|value| [option.to_owned(), value.clone()]));
        }
        words
    }
}

/// Describes what a run has created so far, in words.
#[must_use]
pub fn made_by(begun: &Unfinished) -> Vec<String> {
    begun.effects.iter().filter_map(|effect| made(effect, &begun.effects)).collect()
}

/// Describes what an effect created; `None` if it created nothing of its own.
fn made(effect: &EffectRecord, all: &[EffectRecord]) -> Option<String> {
    let Some(outcome) = effect.state.outcome() else { return in_doubt(effect) };
    if effect.key == REPOSITORY {
        return Some(format!("the repository {}", outcome.get("full_name")?.as_str()?));
    }
    if effect.key == COMMIT {
        let branch = effect.intent.get("branch").and_then(Value::as_str).unwrap_or("main");
        let commit = outcome.as_str()?;
        return Some(format!("one commit on `{branch}`: {}", commit.get(..12).unwrap_or(commit)));
    }
    let list = effect.key.strip_prefix(LIST)?;
    let mut offered: Offered = serde_json::from_value(outcome.clone()).ok()?;
    // A later effect may have made the draft ready.
    if let Offered::Open { draft, .. } = &mut offered {
        *draft &= !is_ready(list, all);
    }
    (offered != Offered::There).then(|| format!("{list}: {}", in_words(&offered)))
}

/// Describes what an effect may have created: it was tried, and no outcome is recorded.
fn in_doubt(effect: &EffectRecord) -> Option<String> {
    if effect.state != EffectState::Intended {
        return None;
    }
    if effect.key == REPOSITORY {
        let name = effect.intent.get("repository")?.as_str()?;
        return Some(format!("perhaps the repository {name}"));
    }
    let list = effect.key.strip_prefix(LIST)?;
    Some(format!(
        "perhaps a pull request for {list} in {}",
        effect.intent.get("repository")?.as_str()?
    ))
}

/// Whether an effect has opened a pull request, or may have.
fn may_be_open(effect: &EffectRecord) -> bool {
    let Some(outcome) = effect.state.outcome() else {
        return effect.key.starts_with(LIST) && in_doubt(effect).is_some();
    };
    let offered: Option<Offered> = serde_json::from_value(outcome.clone()).ok();
    effect.key.starts_with(LIST) && matches!(offered, Some(Offered::Open { .. }))
}

/// Whether a pull request is known to have been closed without merging.
fn is_closed(effect: &EffectRecord) -> bool {
    let outcome = effect.state.outcome().cloned().unwrap_or_default();
    let offered: Option<Offered> = serde_json::from_value(outcome).ok();
    effect.key.starts_with(LIST) && offered.is_some_and(|offered| offered.is_closed())
}

/// Whether the draft that offers a list was made ready.
fn is_ready(list: &str, effects: &[EffectRecord]) -> bool {
    let key = format!("{READY}{list}");
    effects.iter().any(|it| it.key == key && it.state.outcome().is_some())
}

/// Describes where a run stopped.
fn stopped(effects: &[EffectRecord]) -> String {
    let open = effects.iter().find(|effect| effect.state.outcome().is_none());
    if let Some(effect) = open {
        let step = step(effect);
        return match &effect.state {
            EffectState::Failed(why) => format!("{step} failed: {why}"),
            _ => format!("{step} was interrupted"),
        };
    }
    if let Some(entry) = entry(effects) {
        let outcome = entry.state.outcome().cloned().unwrap_or_default();
        let offered = serde_json::from_value(outcome).unwrap_or(Offered::There);
        return match offered {
            Offered::There => "waits for its entry in fleet.yaml here; `home` has it".to_owned(),
            offered => format!("waits for its entry in fleet.yaml ({})", in_words(&offered)),
        };
    }
    let is_waiting = |effect: &EffectRecord| {
        let outcome = effect.state.outcome().cloned().unwrap_or_default();
        let offered: Option<Offered> = serde_json::from_value(outcome).ok();
        effect.key.strip_prefix(LIST).is_some_and(|what| !is_ready(what, effects))
            && offered.is_some_and(|offered| offered.is_draft())
    };
    match effects.last() {
        _ if effects.iter().any(is_waiting) => {
            "its pull requests are drafts until its image exists".to_owned()
        }
        Some(last) => format!("{} was its last step", step(last)),
        None => "before its first step".to_owned(),
    }
}

/// A step in words, as the subject of a sentence.
fn step(effect: &EffectRecord) -> String {
    let key = effect.key.as_str();
    if let Some(list) = key.strip_prefix(LIST) {
        return format!("opening the pull request for {list}");
    }
    if let Some(list) = key.strip_prefix(READY) {
        return format!("marking the pull request for {list} as ready");
    }
    match key {
        REPOSITORY => "creating the repository".to_owned(),
        FILES => "waiting for the starter's files".to_owned(),
        SETTINGS if may_set(&effect.intent) => "setting its visibility".to_owned(),
        SETTINGS => "looking at its newest commit".to_owned(),
        COMMIT => "committing its files".to_owned(),
        other => format!("`{other}`"),
    }
}

/// Whether a visibility may be set after the repository was created: any but `internal` was set with that.
fn may_set(intent: &Value) -> bool {
    let visibility = intent.get("visibility").and_then(Value::as_str);
    visibility.is_none_or(|visibility| visibility == Visibility::Internal.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn effect(key: &str, state: EffectState) -> EffectRecord {
        let (key, intent) = (key.to_owned(), json!({}));
        EffectRecord { key, intent, state, tries: 1, failed_before: None }
    }

    #[test]
    fn the_first_step_without_an_outcome_is_where_it_stopped() {
        let done = || effect(REPOSITORY, EffectState::Done(json!({ "full_name": "a/b" })));
        let told = |state| stopped(&[done(), effect(COMMIT, state)]);
        assert_eq!(told(EffectState::Failed("no".to_owned())), "committing its files failed: no");
        assert_eq!(told(EffectState::Intended), "committing its files was interrupted");
        assert_eq!(stopped(&[done()]), "creating the repository was its last step");
        // Only one that could not be set before is set then.
        let setting = |visibility: &str| {
            let intent = json!({ "visibility": visibility });
            stopped(&[done(), EffectRecord { intent, ..effect(SETTINGS, EffectState::Intended) }])
        };
        assert_eq!(setting("private"), "looking at its newest commit was interrupted");
        assert_eq!(setting("internal"), "setting its visibility was interrupted");
        let draft = json!({ "state": "open", "repository": "a/c", "number": 1, "page": "p", "draft": true });
        let list = || effect("list images", EffectState::Done(draft.clone()));
        assert_eq!(stopped(&[list()]), "its pull requests are drafts until its image exists");
        assert_eq!(
            stopped(&[list(), effect("ready images", EffectState::Done(json!(null)))]),
            "marking the pull request for images as ready was its last step"
        );
        let entry = || effect(ENTRY, EffectState::Done(json!({ "state": "merged", "page": "p" })));
        assert_eq!(stopped(&[done(), entry()]), "waits for its entry in fleet.yaml (merged: p)");
        assert_eq!(
            stopped(&[effect(COMMIT, EffectState::Intended), entry()]),
            "committing its files was interrupted"
        );
    }

    #[test]
    fn what_was_created_is_the_newest_that_is_known_and_names_what_is_in_doubt() {
        let draft = json!({ "state": "open", "repository": "a/c", "number": 1, "page": "p", "draft": true });
        let list = effect("list images", EffectState::Done(draft));
        let ready = |state| made(&list, &[list.clone(), effect("ready images", state)]);
        let waits = "images: a draft waits for the image: p";
        assert_eq!(ready(EffectState::Intended).as_deref(), Some(waits));
        let open = "images: a pull request waits for review: p";
        assert_eq!(ready(EffectState::Done(json!(null))).as_deref(), Some(open));
        let tried = |key: &str, state| {
            let intent = json!({ "repository": "a/c" });
            made(&EffectRecord { intent, ..effect(key, state) }, &[])
        };
        let doubt = |key| tried(key, EffectState::Intended);
        assert_eq!(doubt(REPOSITORY).as_deref(), Some("perhaps the repository a/c"));
        let pull = "perhaps a pull request for images in a/c";
        assert_eq!(doubt("list images").as_deref(), Some(pull));
        assert_eq!(doubt("ready images"), None);
        assert_eq!(tried(REPOSITORY, EffectState::Failed("no".to_owned())), None);
    }
}
