//! The demo's shape pack: the embedded one, with a history.
//!
//! A pack's lineage is its git history, so the demo's pack is a repository in which the two workflows changed twice.

use crate::shape::pack::PackFiles;

use super::{Commit, Repository, SHAPE, State, put};

/// The workflow that checks a repository.
pub(super) const CI: &str = ".github/workflows/ci.yml";

/// The workflow that publishes its image.
pub(super) const PUBLISH: &str = ".github/workflows/publish-image.yml";

/// Earlier versions of the two workflows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Earlier {
    message: &'static str,
    time: i64,
    pub(super) ci: &'static str,
    pub(super) publish: &'static str,
}

/// The earlier versions, oldest first.
pub(super) const EARLIER: [Earlier; 2] = [
    Earlier {
        message: "Begin the shape of a workspace template",
        time: 1_769_500_800, // 2026-01-27
        ci: include_str!("../../templates/demo/shape/1/ci.yml"),
        publish: include_str!("../../templates/demo/shape/1/publish-image.yml"),
    },
    Earlier {
        message: "Name the job that branch protection asks for; publish by hand as well",
        time: 1_774_598_400, // 2026-03-27
        ci: include_str!("../../templates/demo/shape/2/ci.yml"),
        publish: include_str!("../../templates/demo/shape/2/publish-image.yml"),
    },
];

/// The time of the commit with today's shape: 2026-06-26.
const NEWEST: i64 = 1_782_460_800;

/// The pack's repository.
pub(super) fn repository(today: &PackFiles) -> Repository {
    let mut commits = Vec::with_capacity(EARLIER.len() + 1);
    for earlier in EARLIER {
        let mut files = today.clone();
        put(&mut files, &format!("files/{CI}"), earlier.ci);
        put(&mut files, &format!("files/{PUBLISH}"), earlier.publish);
        commits.push(Commit { message: earlier.message.to_owned(), time: earlier.time, files });
    }
    let message = "Publish nothing that is not ready, and one image at a time".to_owned();
    commits.push(Commit { message, time: NEWEST, files: today.clone() });
    let tags = Vec::new();
    Repository { folder: SHAPE.to_owned(), commits, tags, state: State::WorkTree }
}
