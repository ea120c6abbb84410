//! The first workflow runs of a new repository, and the image that they publish.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Announce, Made, Publication};
use crate::error::Result;
use crate::forge::Client;
use crate::forge::account::span;
use crate::forge::calls::actions::{Run, Runs};
use crate::registry::{Reference, RefusalKind, Registry};
use crate::shape::demands::workflow::FOLDERS as WORKFLOW_FOLDERS;

/// How long to wait for the first image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// In total.
    pub seconds: u64,
}

/// Seconds after which to give up if no run has started.
const NO_RUN_AFTER: u32 = 90;

/// The interval between polls.
const BETWEEN: Duration = Duration::from_secs(10);

/// The registry whose images the forge itself reports.
const OWN_REGISTRY: &str = "ghcr.io/";

/// The outcome of the first runs.
#[derive(Clone, Debug, Default)]
pub struct FirstRuns {
    /// The newest run of each workflow and event on the new commit, as last seen: a failure that a later run made up for
    /// is none.
    pub runs: Vec<Run>,
    /// Whether all runs finished while being watched.
    pub are_over: bool,
    /// Whether patience ran out before they ended, or before it was known that none begins.
    pub are_cut_off: bool,
    /// Why the runs could not be watched, if so.
    pub unwatched: Option<String>,
    /// Whether the image exists.
    pub image_is_there: bool,
    /// The visibility of the image: `public`, `private` or `internal`.
    pub image_visibility: Option<String>,
    /// Its web page.
    pub image_page: Option<String>,
    /// Why it is unknown whether the image exists, if so.
    pub unknown: Option<String>,
}

/// Watches the runs of the commit until they finish or patience runs out, and checks for the image.
pub(super) async fn watch(
    wanted: &Publication<'_>,
    made: &Made,
    client: &Client,
    told: Announce<'_>,
) -> Result<FirstRuns> {
    let mut first = FirstRuns::default();
    if !may_run(wanted) {
        told("the repository has no workflow, so there are no runs to watch");
        image(wanted, client, &mut first).await;
        return Ok(first);
    }
    let began = client.time().now();
    let mut told_once = false;
    loop {
        // A failure to watch does not undo what was created.
        let of_commit = Runs { commit: Some(&made.commit), ..Runs::newest(50) };
        match client.runs(&made.name, &of_commit).await {
            Ok(runs) => first.runs = newest_of_each(runs),
            Err(error) => {
                first.unwatched = Some(error.to_string());
                break;
            }
        }
        first.are_over = !first.runs.is_empty() && first.runs.iter().all(Run::is_over);
        let passed = client.time().now() - began;
        let none = first.runs.is_empty() && passed >= f64::from(NO_RUN_AFTER);
        #[expect(clippy::cast_precision_loss, reason = "seconds that somebody waits")]
        let patient = passed < wanted.patience.seconds as f64;
        if first.are_over || none || !patient {
            first.are_cut_off = !first.are_over && !none;
            break;
        }
        if !told_once {
            let begin = wanted.patience.seconds.min(NO_RUN_AFTER.into());
            told(&format!(
                "watching its first workflow runs: {} for one to start, {} in all",
                span(begin),
                span(wanted.patience.seconds)
            ));
            told_once = true;
        }
        client.time().sleep(BETWEEN).await;
    }
    image(wanted, client, &mut first).await;
    Ok(first)
}

/// The newest run of each workflow for each event: one that somebody starts by hand does something else than the one of
/// the push, and makes up for none of its failures. Runs come newest first.
fn newest_of_each(runs: Vec<Run>) -> Vec<Run> {
    let mut seen = BTreeSet::new();
    runs.into_iter().filter(|run| seen.insert((run.path.clone(), run.event.clone()))).collect()
}

/// Whether the repository may have a workflow: of its own, or one that the starter has beyond the shape.
fn may_run(wanted: &Publication<'_>) -> bool {
    let mut paths = wanted.draft.tree.entries.keys();
    wanted.starter.is_some() || paths.any(|path| WORKFLOW_FOLDERS.contains(&path.parent()))
}

async fn image(wanted: &Publication<'_>, client: &Client, first: &mut FirstRuns) {
    let Some(image) = &wanted.image else { return };
    match image.look(client).await {
        Seen::Absent => {}
        Seen::There { visibility, page } => {
            first.image_is_there = true;
            first.image_visibility = visibility;
            first.image_page = page;
        }
        Seen::Unknown(why) => first.unknown = Some(why),
    }
}

/// The image that a new repository publishes. The forge reports on images in its own registry and their visibility; any
/// other registry is queried directly.
#[derive(Clone, Debug)]
pub struct NewImage {
    /// Its name, without a tag.
    pub name: String,
    /// The tag that its builds move.
    pub tag: String,
    /// The registry client; with the available credentials, unless the forge reports on the image.
    pub registry: Registry,
}

/// The result of looking for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It has not been published.
    Absent,
    /// It exists.
    There {
        /// Its visibility, if the forge reports it.
        visibility: Option<String>,
        /// Its web page.
        page: Option<String>,
    },
    /// It cannot be determined, for this reason.
    Unknown(String),
}

impl NewImage {
    /// Looks for the image.
    pub(super) async fn look(&self, client: &Client) -> Seen {
        let Some((owner, name)) = package(&self.name) else { return self.ask_registry().await };
        match client.image_package(owner, name).await {
            Ok(Some(package)) => Seen::There {
                visibility: package.visibility,
                page: Some(package.html_url).filter(|page| !page.is_empty()),
            },
            Ok(None) => Seen::Absent,
            Err(error) => Seen::Unknown(error.to_string()),
        }
    }

    /// Whether the forge itself says if an image of this name exists, so that no registry is asked.
    #[must_use]
    pub fn is_reported(name: &str) -> bool {
        package(name).is_some()
    }

    async fn ask_registry(&self) -> Seen {
        let reference = match Reference::parse(&format!("{}:{}", self.name, self.tag)) {
            Ok(reference) => reference,
            Err(error) => return Seen::Unknown(error.to_string()),
        };
        match self.registry.head(&reference, None).await {
            Ok(_) => {
                // The registry answered without credentials, so that anyone can see the image.
                let is_public = self.registry.credentials(&reference).is_none();
                let visibility = is_public.then(|| "public".to_owned());
                Seen::There { visibility, page: None }
            }
            Err(refusal) if refusal.kind == RefusalKind::Absent => Seen::Absent,
            Err(refusal) => Seen::Unknown(refusal.why),
        }
    }
}

/// Returns the owner and name of an image's package, if it is in the forge's own registry.
fn package(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(OWN_REGISTRY)?.split_once('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_makes_up_only_for_earlier_ones_of_the_same_event() {
        let run = |id: u64, path: &str, event: &str| -> Run {
            let run = serde_json::json!({
                "id": id, "path": path, "event": event, "status": "completed", "conclusion": "success",
            });
            serde_json::from_value(run).expect("a run")
        };
        let newest = newest_of_each(vec![
            run(4, "ci.yml", "schedule"),
            run(3, "ci.yml", "push"),
            run(2, "image.yml", "push"),
            run(1, "ci.yml", "push"),
        ]);
        assert_eq!(newest.iter().map(|run| run.id).collect::<Vec<_>>(), [4, 3, 2]);
    }
}
