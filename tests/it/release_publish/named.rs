//! Files that are named: they are the ones that are published, whatever an earlier run kept.

use serde_json::json;

use super::{PUBLISH, Stage, WHEEL};

const OURS: &str = "import httpx\n\nNAME = httpx.__name__\n";

fn digest(stage: &Stage, file: &str) -> String {
    let bytes = std::fs::read(stage.world.path(file)).expect("a wheel");
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where the journal is, whichever folder the files are in.
const STATE: [&str; 2] = ["--state", "state/state.db"];

/// A stage with files of another source in `out/dist`; the digest of their wheel.
fn with_others() -> (Stage, String) {
    let stage = Stage::new();
    stage.world.write("workspace/client.py", "NAME = 'another'\n");
    let build = ["package", "build", "--version", "0.1.6", "--out", "out"];
    stage.world.run(&build).exits(0);
    stage.world.write("workspace/client.py", OURS);
    let wheel = digest(&stage, &format!("out/dist/{WHEEL}"));
    (stage, wheel)
}

#[test]
fn files_that_are_named_replace_those_that_an_earlier_run_kept() {
    let (stage, wheel) = with_others();
    let mut closed = stage.variables();
    closed.retain(|(name, _)| *name != "SHIPSHAPE_UPLOAD_PASSWORD");
    stage.run_with(&[&PUBLISH[..], &STATE].concat(), &closed).exits(3);
    let json = |more: &[&str]| stage.json(&[&STATE[..], more].concat(), 0);
    let dry = json(&["--dry-run", "--from", "out/dist"]);
    assert_eq!(dry["files"][0]["sha256"], wheel.as_str());
    let dry = json(&["--dry-run"]);
    assert_ne!(dry["files"][0]["sha256"], wheel.as_str(), "nothing was replaced yet");
    let ran = stage.run(&[&STATE[..], &["--from", "out/dist"]].concat()).exits(0);
    let says = "files from workspace that an earlier run kept are replaced by those of out/dist";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert_eq!(stage.files()[0]["sha256"], wheel.as_str());
}

#[test]
fn files_that_are_named_are_refused_where_others_were_begun() {
    let (stage, _) = with_others();
    let down =
        json!([{ "route": "POST /_index/legacy/", "kind": "bad-gateway-before", "times": 50 }]);
    stage.forge.fail(&down);
    stage.run(&STATE).exits(3);
    stage.forge.fail(&json!([]));
    for more in [&["--from", "out/dist"][..], &["--from", "out/dist", "--dry-run"]] {
        let ran = stage.run(&[&STATE[..], more].concat()).exits(3);
        let says = "what an earlier run started to upload is not what is in the folder of `--from`";
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    assert_eq!(stage.names(), [""; 0]);
}

#[test]
fn attestations_that_were_made_since_go_with_the_same_files() {
    let (stage, _) = with_others();
    let mut closed = stage.variables();
    closed.retain(|(name, _)| *name != "SHIPSHAPE_UPLOAD_PASSWORD");
    let from = [&PUBLISH[..], &["--from", "out/dist"], &STATE].concat();
    stage.run_with(&from, &closed).exits(3);
    let attestation = format!("{WHEEL}.publish.attestation");
    stage.world.write(&format!("out/dist/{attestation}"), "{}");
    stage.run_with(&from, &closed).exits(3);
    assert!(
        stage.world.path(&format!("state/releases/acme-runtime/0.1.6/{attestation}")).is_file()
    );
}
