//! The eight members: how each was generated, and how it changed since.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::shape::Pack;
use crate::shape::Variables;
use crate::shape::pack::{PackFile, PackFiles};
use crate::shape::variables::{Extracted, Given};

use super::shape::{CI, Earlier, PUBLISH};
use super::{Commit, PREFIX, REPOSITORIES, Repository, State, WAIVED, put};

/// The time when each was generated: 2026-07-01.
const GENERATED: i64 = 1_782_892_800;

/// The time of each one's last change: 2026-09-15.
const CHANGED: i64 = 1_789_459_200;

/// A change to a repository after it was generated.
type Change = fn(&mut PackFiles, &[Earlier]);

/// Each member with the message of its last commit and the change in it.
const MEMBERS: [(&str, &str, Change); 8] = [
    ("autogen", "Describe how to run it", |files, _| describe(files)),
    (WAIVED, "Build on Python 3.12 and lint", |files, _| edit(files)),
    ("crewai", "Let a crew answer", |files, _| break_adapter(files)),
    ("deepagents", "Take the workflows of an older template", go_back),
    ("gemini-cli", "Vendor the validator", |files, _| vendor(files)),
    ("hermes", "Plan before acting", |files, _| set_traps(files)),
    ("langgraph", "Describe how to run it", |files, _| describe(files)),
    ("openclaw", "Build every branch", |files, _| publish_untrusted(files)),
];

/// The slug of the member with damaged objects.
const DAMAGED: &str = "autogen";

/// All members, sorted by name.
pub(super) fn all(pack: &Pack, earlier: &[Earlier]) -> Result<Vec<Repository>> {
    MEMBERS
        .into_iter()
        .map(|(slug, message, change)| {
            let generated = generated(pack, slug)?;
            let mut changed = generated.clone();
            change(&mut changed, earlier);
            let state = if slug == DAMAGED { State::Damaged } else { State::WorkTree };
            let end = if state == State::Damaged { ".git" } else { "" };
            let first = "Generate the repository from the starter".to_owned();
            let commits = vec![
                Commit { message: first, time: GENERATED, files: generated },
                Commit { message: message.to_owned(), time: CHANGED, files: changed },
            ];
            let folder = format!("{REPOSITORIES}/{PREFIX}{slug}{end}");
            Ok(Repository { folder, commits, tags: Vec::new(), state })
        })
        .collect()
}

/// A repository that contains nothing but the shape.
fn generated(pack: &Pack, slug: &str) -> Result<PackFiles> {
    let failed = |error| Error::failed("the embedded shape does not render").caused_by(error);
    let (name, fleet) = (format!("{PREFIX}{slug}"), BTreeMap::new());
    let given =
        Given { slug, repository: &name, owner: "acme", forge_owner: "acme", fleet: &fleet };
    let nothing = |_: &_| Extracted::Nothing;
    let definitions = &pack.manifest.variables;
    let (values, _) = Variables::resolve(definitions, pack.templates(), &given, nothing)
        .map_err(|error| failed(error.to_string()))?;
    let files = pack.render(&values).map_err(|error| failed(error.to_string()))?;
    let file = |canon: crate::shape::pack::Canon| PackFile {
        bytes: canon.bytes,
        executable: canon.executable,
    };
    Ok(files.into_iter().map(|(path, canon)| (path, file(canon))).collect())
}

/// Adds prose, which the shape leaves to each repository.
fn describe(files: &mut PackFiles) {
    append(
        files,
        "README.md",
        "\n## Running it here\n\nBuild the image, then start a workspace.\n",
    );
}

/// Goes back two versions in one workflow and one in the other, without editing a byte.
fn go_back(files: &mut PackFiles, earlier: &[Earlier]) {
    if let [oldest, .., newest] = earlier {
        put(files, CI, oldest.ci);
        put(files, PUBLISH, newest.publish);
    }
}

/// Edits a workflow, and uses another base image for a legitimate reason.
fn edit(files: &mut PackFiles) {
    append(
        files,
        CI,
        "\n  lint:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n      - run: pipx run ruff check .\n",
    );
    replace(files, "Dockerfile", "FROM python:3.11-slim", "FROM python:3.12-slim");
}

/// Replaces a workflow by one that ignores releases and publishes untrusted pull requests.
fn publish_untrusted(files: &mut PackFiles) {
    put(
        files,
        PUBLISH,
        include_str!("../../templates/demo/repositories/publish-on-pull-request.yml"),
    );
}

/// Breaks the adapter so that no container can start with it: no `Adapter`, a `setup` that cannot be awaited, an import
/// that works only in the runtime's own repository.
fn break_adapter(files: &mut PackFiles) {
    let adapter = include_str!("../../templates/demo/repositories/unbound_adapter.py");
    let executor = include_str!("../../templates/demo/repositories/crew_executor.py");
    put(files, "adapter.py", adapter);
    put(files, "crew_executor.py", executor);
    replace(files, "__init__.py", "CrewaiAdapter", "CrewAdapter");
    replace(files, "Dockerfile", "COPY adapter.py", "COPY adapter.py crew_executor.py");
}

/// Adds a config that loads but does not do what it says, and removes a file.
fn set_traps(files: &mut PackFiles) {
    put(
        files,
        "config.yaml",
        include_str!("../../templates/demo/repositories/trapped-config.yaml"),
    );
    files.remove(".gitattributes");
}

/// Vendors last year's validator in place of its replacement, and imports a function that no runtime has yet, which
/// goes unnoticed until the first task is handed over.
fn vendor(files: &mut PackFiles) {
    append(
        files,
        "adapter.py",
        "\n\ndef _hand_over(peer: str) -> str:\n    from molecule_runtime.a2a_client import find_peer\n\n    return \
         find_peer(peer)\n",
    );
    let validator = include_str!("../../templates/demo/repositories/vendored_validator.py");
    put(files, ".molecule-ci/scripts/validate.py", validator);
    files.remove(".github/workflows/secret-scan.yml");
    files.remove(".gitattributes");
}

fn append(files: &mut PackFiles, path: &str, addition: &str) {
    rewrite(files, path, |text| text.to_owned() + addition);
}

fn replace(files: &mut PackFiles, path: &str, from: &str, to: &str) {
    rewrite(files, path, |text| text.replace(from, to));
}

fn rewrite(files: &mut PackFiles, path: &str, change: impl FnOnce(&str) -> String) {
    let Some(file) = files.get(path) else { return };
    let text = change(&String::from_utf8_lossy(&file.bytes));
    put(files, path, &text);
}
