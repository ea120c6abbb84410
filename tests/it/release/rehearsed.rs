//! A rehearsal of a publication shows the files that would be published, whatever an earlier run kept.

use serde_json::Value;

use super::chain::{GOOD, chain};

#[test]
fn files_that_were_kept_of_something_else_than_the_commit_are_not_rehearsed() {
    let stage = chain(GOOD);
    let path = stage.world.path("core");
    let url = stage.forge.url().replace("://", "://x-access-token:writer-token@");
    stage.beside_index(&["tag"]).exits(0);
    let clone = std::process::Command::new("git")
        .args(["clone", "--quiet", &format!("{url}/acme/core")])
        .arg(&path)
        .output()
        .expect("git");
    assert!(clone.status.success(), "{}", String::from_utf8_lossy(&clone.stderr));
    let publish =
        ["publish", "0.1.6", "--no-smoke", "--no-compat", "--package", "core/package.yaml"];
    let rehearsed = |more: &[&str]| -> Value {
        let words = [&publish[..], &["--dry-run", "--format", "json"], more].concat();
        stage.beside_index(&words).exits(0).json()["files"][0]["sha256"].clone()
    };
    let of_the_tag = rehearsed(&[]);
    let source = std::fs::read_to_string(stage.world.path("core/workspace/plugins.py"));
    stage.world.write("core/workspace/plugins.py", "def load(): print('not committed')\n");
    // Kept, and not uploaded: nothing says who uploads.
    let variables = stage.forge.index_variables();
    let closed: Vec<(&str, &str)> = variables
        .iter()
        .filter(|(name, _)| *name != "SHIPSHAPE_UPLOAD_PASSWORD")
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let words = [&["release"], &publish[..], &["--force"]].concat();
    stage.forge.run_with(&stage.world, &words, &closed).exits(3);
    stage.world.write("core/workspace/plugins.py", source.expect("readable"));
    assert_eq!(rehearsed(&[]), of_the_tag);
    assert_ne!(rehearsed(&["--force"]), of_the_tag);
}
