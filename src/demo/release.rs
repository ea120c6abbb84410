//! What releases of the demo need once a forge is there: a manifest that names its addresses, and its seed.
//!
//! The fleet's own manifest says where its images would be in earnest. Here they are in the sandbox's registry, whose
//! port is free until it runs, so releases have a manifest beside it.

use super::{MONOREPO, PREFIX};

/// The manifest's file in the fleet's folder.
pub const FILE: &str = "release.yaml";

/// The tag of what was released last.
pub const TAGGED: &str = "runtime-v0.1.0";

/// The version that comes next.
pub const NEXT: &str = "0.1.1";

/// The module that a member asks for what it does not have yet, in the repository that releases come from.
pub const PEERS: &str = "runtime/workspace/a2a_client.py";

/// What it lacks: a member would break without it.
pub const FIND_PEER: &str = "\n\ndef find_peer(name: str) -> str:\n    \"\"\"The name that members call `discover_peer` by.\"\"\"\n    return discover_peer(name)\n";

/// Member whose workflow hears of no release, and the workflow.
pub const DEAF: &str = "openclaw";

/// What the names of the demo's containers begin with: no platform's do.
pub const CONTAINERS: &str = "shipshape-demo-";

/// Who is told of a release: all but the one whose repository is shut.
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

/// The manifest, with the addresses of a sandbox: `http://127.0.0.1:4321`.
#[must_use]
pub fn manifest(forge: &str) -> String {
    let host = forge.trim_start_matches("http://");
    let port = host.rsplit(':').next().unwrap_or_default();
    include_str!("../../templates/demo/beside/release.yaml")
        .replace("REGISTRY", host)
        .replace("FORGE", forge)
        .replace("PORT", port)
}

/// What the seed of the forge says of releases: which images there are, how they are built, where the source is.
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
