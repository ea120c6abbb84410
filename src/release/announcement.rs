//! How members learn of a release: the event they are sent, and the workflow it starts.
//!
//! fleet.yaml may configure it. Whatever it leaves out is taken from the members' shapes: a shape which demands a
//! receiver of `repository_dispatch` describes the other end of the same wire.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::fleet::Fleet;
use crate::fleet::manifest::{NamedShape, Release, Shape};
use crate::shape::demands::workflow::Receiver;
use crate::shape::{embedded, load};

use super::subject::package;

/// The event that one repository sends to another.
const DISPATCH: &str = "repository_dispatch";

/// How members learn of a release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Announcement {
    /// The type of the event.
    pub event: String,
    /// The payload key that holds the version.
    pub payload: String,
    /// The file name of the workflow that it starts.
    pub workflow: String,
}

impl Announcement {
    /// Returns the announcement of a fleet. Unless fleet.yaml configures all of it, this reads the local copies of the
    /// members' shapes.
    ///
    /// # Errors
    /// When neither source defines it, when shapes contradict each other, or when a shape cannot be read.
    pub fn of(fleet: &Fleet) -> Result<Self> {
        let release = &package(fleet)?.release;
        let said = |release: &Release| {
            let Release { event, payload, workflow, .. } = release;
            Some((event.clone()?, payload.clone()?, workflow.clone()?))
        };
        if let Some((event, payload, workflow)) = said(release) {
            return Ok(Self { event, payload, workflow });
        }
        among(release, &receivers(fleet)?).map_err(|message| {
            fleet
                .key_problem(&["runtime_package".into()], message)
                .hint("in `runtime_package` of fleet.yaml, write `release: { event: TYPE, payload: KEY, workflow: FILE }`")
                .hint("or let their shape demand it: `demands.workflows.receivers`, with `type` and `forwards`")
        })
    }
}

/// The one announcement that the receivers agree on, with the values of fleet.yaml taking precedence.
fn among(release: &Release, receivers: &[Receiver]) -> std::result::Result<Announcement, String> {
    let heard: BTreeSet<Announcement> = receivers
        .iter()
        .filter(|receiver| receiver.event == DISPATCH)
        .filter_map(|receiver| {
            let file = receiver.path.rsplit('/').next().unwrap_or(&receiver.path);
            let forwarded = receiver.forwards.as_ref().map(|forwards| forwards.payload.clone());
            let event = release.event.clone().or_else(|| receiver.event_type.clone())?;
            // A receiver of a different event type than fleet.yaml names.
            if receiver.event_type.as_ref().is_some_and(|kind| *kind != event) {
                return None;
            }
            Some(Announcement {
                event,
                payload: release.payload.clone().or(forwarded)?,
                workflow: release.workflow.clone().unwrap_or_else(|| file.to_owned()),
            })
        })
        .collect();
    let mut heard = heard.into_iter();
    match (heard.next(), heard.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err("no event is configured to notify members of a release".to_owned()),
        (Some(one), Some(other)) => Err(format!(
            "members are notified of a release in different ways: `{}` starts {}, and `{}` {}",
            one.event, one.workflow, other.event, other.workflow
        )),
    }
}

/// The receivers that the shapes of the active members' kinds demand.
fn receivers(fleet: &Fleet) -> Result<Vec<Receiver>> {
    let kinds: BTreeSet<&str> = fleet.active().map(|member| member.kind.as_str()).collect();
    let mut receivers = Vec::new();
    for kind in kinds {
        let Some(kind) = fleet.manifest.kinds.get(kind) else { continue };
        let manifest = match &kind.shape {
            Shape::Named(NamedShape::Embedded) => Some(embedded::load()?.manifest),
            Shape::Folder(folder) => {
                let place = fleet.beside(&folder.folder);
                if !place.is_dir() {
                    continue;
                }
                load::manifest_of_folder(&place)?
            }
            Shape::Repository(repository) => {
                let place = fleet.beside(&repository.repository);
                if !place.is_dir() {
                    continue;
                }
                let reference = repository.reference.as_deref();
                load::manifest_of_repository(&place, reference, &repository.path)?
            }
        };
        receivers.extend(manifest.into_iter().flat_map(|it| it.demands.workflows.receivers));
    }
    Ok(receivers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::demands::workflow::Forwards;

    fn receiver(path: &str, kind: &str, payload: Option<&str>) -> Receiver {
        let forwards = payload
            .map(|payload| Forwards { payload: payload.to_owned(), input: "version".to_owned() });
        Receiver {
            path: path.to_owned(),
            event: DISPATCH.to_owned(),
            event_type: Some(kind.to_owned()),
            forwards,
        }
    }

    fn said(release: &Release, receivers: &[Receiver]) -> String {
        match among(release, receivers) {
            Ok(it) => format!("{} {} {}", it.event, it.payload, it.workflow),
            Err(message) => message,
        }
    }

    #[test]
    fn what_the_manifest_leaves_out_is_what_the_shape_demands() {
        let own = Release::default();
        let build = receiver(".github/workflows/build.yml", "core-released", Some("core"));
        assert_eq!(said(&own, std::slice::from_ref(&build)), "core-released core build.yml");
        assert_eq!(said(&own, &[build.clone(), build.clone()]), "core-released core build.yml");
        let named = Release { payload: Some("v".to_owned()), ..Release::default() };
        assert_eq!(said(&named, std::slice::from_ref(&build)), "core-released v build.yml");
        let other = Release { event: Some("else".to_owned()), ..Release::default() };
        assert_eq!(said(&other, &[build]), "no event is configured to notify members of a release");
    }

    #[test]
    fn what_is_not_said_or_said_twice_is_not_guessed() {
        let own = Release::default();
        assert_eq!(said(&own, &[]), "no event is configured to notify members of a release");
        // Without the key of the payload nobody learns the version.
        let silent = receiver("a.yml", "x", None);
        assert_eq!(said(&own, &[silent]), "no event is configured to notify members of a release");
        let two = [receiver("a.yml", "x", Some("v")), receiver("b.yml", "y", Some("v"))];
        assert_eq!(
            said(&own, &two),
            "members are notified of a release in different ways: `x` starts a.yml, and `y` b.yml"
        );
    }
}
