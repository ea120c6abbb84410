//! What releases of the demo need from a forge: a manifest with its addresses, and its seed.
//!
//! The fleet's own manifest names a real registry for its images. Rehearsals use the sandbox's registry, whose port is
//! known only once it runs, so releases have a separate manifest.

use super::{MONOREPO, PREFIX};

/// The manifest's file name in the fleet's folder.
pub const FILE: &str = "release.yaml";

/// The tag of the last release.
pub const TAGGED: &str = "runtime-v0.1.0";

/// The next version.
pub const NEXT: &str = "0.1.1";

/// The module, in the repository that releases are made from, that lacks a function which a member calls.
pub const PEERS: &str = "runtime/workspace/a2a_client.py";

/// That function: the member would break without it.
pub const FIND_PEER: &str = "\n\ndef find_peer(name: str) -> str:\n    \"\"\"The name that members call \
                             `discover_peer` by.\"\"\"\n    return discover_peer(name)\n";

/// The member whose workflow is not triggered by releases.
pub const DEAF: &str = "openclaw";

/// The prefix of the demo's container names, which no platform uses.
pub const CONTAINERS: &str = "shipshape-demo-";

/// The members that are notified of a release: all except the one whose repository is disabled.
const TOLD: [&str; 8] = [
    "aider",
    "claude-code",
    "crewai",
    "deepagents",
    "gemini-cli",
    "hermes",
    "langgraph",
    "openclaw",
];

/// The manifest, with the address of a sandbox: `http://127.0.0.1:4321`.
#[must_use]
pub fn manifest(forge: &str) -> String {
    let host = forge.trim_start_matches("http://");
    let port = host.rsplit(':').next().unwrap_or_default();
    include_str!("../../templates/demo/beside/release.yaml")
        .replace("REGISTRY", host)
        .replace("FORGE", forge)
        .replace("PORT", port)
}

/// The parts of the forge's seed for releases: the images, how they are built, and where the source is.
#[must_use]
pub fn seed() -> (String, String) {
    let label = "com.molecule-ai.runtime-version";
    let images: String = TOLD
        .iter()
        .filter(|slug| **slug != "aider")
        .map(|slug| {
            format!(
                "      - {{ name: {PREFIX}{slug}, public: true, labels: {{ {label}: 0.1.0 }} }}\n"
            )
        })
        .collect();
    let owner = format!(
        "    # Images as they are before the release, and how a dispatch builds others: with what the index has.\n\
         \x20   packages:\n{images}    runs:\n      - workflow: publish-image.yml\n        on: repository_dispatch\n\
         \x20       seconds: 90\n        publishes:\n          name: \"{{repository}}\"\n          public: true\n\
         \x20         installs: {{ distribution: molecule-ai-workspace-runtime, payload: runtime_version, label: {label} }}\n"
    );
    let repository = format!("  - {{ name: acme/platform, from: {MONOREPO} }}\n");
    (owner, repository)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_lists_whom_the_seed_has_images_of() {
        let manifest = manifest("http://127.0.0.1:4321");
        assert!(manifest.contains("registry: \"127.0.0.1:4321\""), "{manifest}");
        assert!(manifest.contains("http://127.0.0.1:4321/_index/simple/"), "{manifest}");
        assert!(manifest.contains("--port 4321 --clock"), "{manifest}");
        for slug in TOLD {
            assert!(manifest.contains(&format!("\n  - {slug}\n")), "{slug}");
        }
        let (owner, _) = seed();
        assert_eq!(owner.matches("public: true, labels").count(), TOLD.len() - 1);
    }
}
