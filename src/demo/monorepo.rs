//! The repository that the package is released from: the last release, and a change after it.

use crate::shape::pack::PackFiles;

use super::release::{PEERS, TAGGED};
use super::{Commit, MONOREPO, RUNTIME, Repository, State, put, runtime};

/// The time of the last release: 2026-09-01.
const RELEASED: i64 = 1_788_220_800;

/// The time of the change after it: 2026-10-05.
const CHANGED: i64 = 1_791_158_400;

/// The runtime's new function since then.
const ADDRESS: &str = "\n\ndef own_address(port: int = config.DEFAULT_PORT) -> str:\n    \"\"\"Where this workspace \
                       is heard.\"\"\"\n    return f\"http://{os.environ.get('HOSTNAME', 'localhost')}:{port}\"\n";

/// The repository, which contains the package's folder.
pub(super) fn repository() -> Repository {
    let mut released = PackFiles::new();
    put(
        &mut released,
        "README.md",
        "# platform\n\nWhat makes workspaces, and the package that they run on.\n",
    );
    for (path, file) in runtime::workspace() {
        released.insert(format!("{RUNTIME}/{path}"), file);
    }
    put(&mut released, &format!("{RUNTIME}/package.yaml"), &runtime::mended());
    let mut changed = released.clone();
    let peers = released.get(PEERS).map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
    put(&mut changed, PEERS, &(peers.unwrap_or_default() + ADDRESS));
    let commit = |message: &str, time, files| Commit { message: message.to_owned(), time, files };
    Repository {
        folder: MONOREPO.to_owned(),
        commits: vec![
            commit("Keep the runtime beside the platform", RELEASED, released),
            commit("Tell a workspace its own address", CHANGED, changed),
        ],
        tags: vec![(TAGGED.to_owned(), 0)],
        state: State::WorkTree,
    }
}
