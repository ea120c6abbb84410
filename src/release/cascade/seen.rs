//! What a repository shows: whether it can receive events, and its runs, among which that of a dispatch is looked for by the
//! id, or among the later ones.

use pep440_rs::Version;

use super::dispatch::Dispatch;
use super::refusal::{Refusal, is_refusal};
use super::since::{brought, new_since, version_in};
use crate::edge::concurrent::together;
use crate::fleet::RepositoryName;
use crate::forge::Client;
use crate::forge::calls::actions::Run;

/// How many repositories are read at once.
const AT_ONCE: usize = 8;

/// How many runs are read: more than a repository has between two releases.
pub(super) const RUNS: usize = 100;

/// What a repository shows before it is notified.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Why it cannot receive events.
    pub(super) deaf: Option<String>,
    /// Its current name, if it was renamed.
    pub(super) renamed: Option<String>,
    /// Its newest runs of `repository_dispatch` events; `None` if the token may not read them.
    pub(super) runs: Option<Vec<Run>>,
    /// When it was read, in seconds since 1970.
    pub(super) at: u64,
}

impl Seen {
    /// The first dispatch to it, which is not sent yet.
    pub(super) fn first_dispatch(&self, id: &str) -> Dispatch {
        let newest = |runs: &Vec<Run>| runs.iter().map(|run| run.id).max().unwrap_or_default();
        let after = self.runs.as_ref().map(newest);
        Dispatch { id: id.to_owned(), after, run: None, unheard: false, at: None }
    }

    /// The run that a dispatch has caused; `None` if there is none yet, or runs cannot be read.
    pub(super) fn caused(&self, dispatch: &Dispatch, workflow: &str) -> Option<&Run> {
        caused(self.runs.as_ref()?, dispatch, workflow)
    }

    /// The newest version that it was first notified of since it was taken back to this one.
    pub(super) fn new_since(&self, to: &Version) -> Option<Version> {
        new_since(self.runs.as_ref()?, to)
    }

    /// The versions that its runs under way bring.
    pub(super) fn brings(&self) -> Vec<Version> {
        self.runs.as_deref().map(brought).unwrap_or_default()
    }

    /// Whether any of its runs is not over.
    pub(super) fn is_building(&self) -> bool {
        self.runs.iter().flatten().any(|run| !run.is_over())
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

#[cfg(test)]
mod tests {
    use super::super::testing::{PATH, dispatch, run};
    use super::*;

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
