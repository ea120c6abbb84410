//! Trusted Publishing: a proof for a token, each refusal with its next step, and secrets that nobody sees.

use serde_json::{Value, json};

use super::{PUBLISH, SDIST, Stage, WHEEL};
use crate::world::Ran;

const INDEX: &str = "{ publishers: [{ project: acme-runtime, repository: acme/platform, workflow: publish.yml, environment: pypi }], job: { environment: pypi } }";

/// Runs it as a job of GitHub Actions that has no password.
fn job(stage: &Stage, more: &[&str]) -> Ran {
    let mut variables = stage.variables();
    variables.retain(|(name, _)| *name != "SHIPSHAPE_UPLOAD_PASSWORD");
    variables.extend(stage.forge.job_variables());
    // The workflow's own token, which reads the freeze.
    variables.extend(stage.forge.variables());
    variables.push(("GITHUB_ACTIONS", "true".to_owned()));
    stage.run_with(&[&PUBLISH, more].concat(), &variables)
}

fn minted(stage: &Stage) -> Value {
    stage.forge.state()["index"]["tokens"]["minted"].clone()
}

#[test]
fn a_job_is_given_a_token_and_the_runner_keeps_it_to_itself() {
    let stage = Stage::with(INDEX);
    let ran = job(&stage, &[]).exits(0);
    assert_eq!(stage.names(), [WHEEL, SDIST]);
    assert!(stage.files().iter().all(|file| file["by"] == "trusted publisher"));
    assert_eq!(minted(&stage), 1);
    let masks: Vec<&str> =
        ran.stderr.lines().filter_map(|line| line.strip_prefix("::add-mask::")).collect();
    let [proof, token] = masks.as_slice() else { panic!("{masks:?}") };
    assert!(proof.starts_with("eyJ") && token.starts_with("pypi-"), "{masks:?}");
    assert!(ran.stderr.contains("acme/platform, publish.yml, pypi"), "{}", ran.stderr);
    // Outside of that runner nothing takes such a line away.
    let plain = Stage::with(INDEX);
    let mut variables = plain.variables();
    variables.extend(plain.forge.job_variables());
    let ran = plain
        .run_with(&[&PUBLISH[..], &["--trusted-publishing", "always"]].concat(), &variables)
        .exits(0);
    assert!(!ran.stderr.contains("add-mask"), "{}", ran.stderr);
}

#[test]
fn attestations_that_lie_beside_the_files_go_with_them() {
    let stage = Stage::with(INDEX);
    stage.world.run(&["package", "build", "--version", "0.1.6", "--out", "out"]).exits(0);
    for file in [WHEEL, SDIST] {
        let path = format!("out/dist/{file}.publish.attestation");
        stage.world.write(&path, "{\"version\": 1, \"envelope\": {}}");
    }
    job(&stage, &["--from", "out/dist"]).exits(0);
    assert!(stage.files().iter().all(|file| file["attestations"] == 1));

    let keyed = Stage::with(INDEX);
    keyed.world.run(&["package", "build", "--version", "0.1.6", "--out", "out"]).exits(0);
    let path = format!("out/dist/{WHEEL}.publish.attestation");
    keyed.world.write(&path, "{\"version\": 1}");
    let ran = keyed.run(&["--from", "out/dist"]).exits(3);
    assert!(ran.stderr.contains("only supported when using Trusted Publishing"), "{}", ran.stderr);
    let broken = Stage::with(INDEX);
    broken.world.run(&["package", "build", "--version", "0.1.6", "--out", "out"]).exits(0);
    broken.world.write(&path, "no json");
    let ran = broken.run(&["--from", "out/dist"]).exits(2);
    assert!(ran.stderr.contains("this attestation is not a JSON object"), "{}", ran.stderr);
}

#[test]
fn each_refusal_on_the_way_to_a_token_says_what_to_do() {
    let cases: &[(Value, &[&str])] = &[
        (
            json!({ "trusted_publishing": "off" }),
            &["switched Trusted Publishing off", "SHIPSHAPE_UPLOAD_PASSWORD"],
        ),
        (
            json!({ "trusted_publishing": "absent" }),
            &["does not support Trusted Publishing", "SHIPSHAPE_UPLOAD_PASSWORD"],
        ),
        (
            json!({ "trusted_publishing": "issuer-off" }),
            &["not-enabled", "wait until it is on again"],
        ),
        (
            json!({ "job": { "flaw": "withheld" } }),
            &["did not give this job's identity", "id-token: write"],
        ),
        (json!({ "job": { "flaw": "malformed" } }), &["could not be parsed", "three parts"]),
        (json!({ "job": { "flaw": "forged" } }), &["invalid-token: malformed or invalid token"]),
        (
            json!({ "job": { "flaw": "expired" } }),
            &["invalid-token", "by this machine's clock the proof expired"],
        ),
        (
            json!({ "job": { "flaw": "early" } }),
            &["invalid-token", "by this machine's clock the proof becomes valid in"],
        ),
        (
            json!({ "job": { "issuer": "https://ci.example" } }),
            &["invalid-payload", "issuer of identities"],
        ),
        (
            json!({ "job": { "repository": "evil/fork" } }),
            &["invalid-publisher", "repository is `evil/fork`"],
        ),
        (
            json!({ "job": {} }),
            &[
                "invalid-publisher",
                "job_workflow_ref is `acme/platform/.github/workflows/publish.yml",
            ],
        ),
        (
            json!({ "job": { "environment": "pypi", "event": "pull_request_target" } }),
            &["invalid-publisher", "event_name is `pull_request_target`"],
        ),
    ];
    for (wish, words) in cases {
        let stage = Stage::with(INDEX);
        stage.forge.wish(wish);
        let ran = job(&stage, &[]).exits(3);
        for word in *words {
            assert!(ran.stderr.contains(word), "{wish}: no {word:?} in\n{}", ran.stderr);
        }
        assert_eq!(stage.names(), [""; 0], "{wish}");
    }
}

#[test]
fn a_job_that_is_not_the_publisher_is_told_which_claim_differs_and_nothing_is_asked_for() {
    let cases = [
        (
            json!({ "environment": "pypi", "repository": "evil/platform" }),
            "repository",
            "`evil/platform`, and should be `acme/platform`",
        ),
        (
            json!({ "environment": "pypi", "workflow": "other.yml" }),
            "job_workflow_ref",
            "publisher.workflow",
        ),
        (
            json!({ "environment": "pypi", "called": "acme/shared/.github/workflows/publish.yml@refs/heads/main" }),
            "job_workflow_ref",
            "the job is in a reusable workflow",
        ),
        (json!({}), "environment", "`environment` is nothing, and should be `pypi`"),
        (
            json!({ "environment": "pypi", "event": "pull_request_target" }),
            "event_name",
            "publish from a push",
        ),
    ];
    for (claims, field, words) in cases {
        let stage = Stage::of_fleet(INDEX);
        stage.forge.wish(&json!({ "job": claims }));
        let ran = job(&stage, &[]).exits(3);
        let named =
            format!("this job is not the publisher that fleet.yaml names: `{field}` differs");
        assert!(ran.stderr.contains(&named), "{}", ran.stderr);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
        let asked = stage.forge.requests();
        assert!(asked.iter().all(|it| it["route"] != "POST /_/oidc/mint-token"), "{field}");
    }
    let stage = Stage::of_fleet(INDEX);
    job(&stage, &[]).exits(0);
    assert_eq!(stage.names(), [WHEEL, SDIST]);
}

#[test]
fn a_proof_that_was_used_is_replaced_by_a_new_one() {
    let stage = Stage::with(INDEX);
    stage.forge.wish(&json!({ "job": { "environment": "pypi", "flaw": "used" } }));
    job(&stage, &[]).exits(0);
    let asked = stage.forge.requests();
    let count = |route: &str| asked.iter().filter(|it| it["route"] == route).count();
    assert_eq!((count("GET /_oidc/token"), count("POST /_/oidc/mint-token")), (2, 2));
}

#[test]
fn a_lost_answer_of_the_mint_costs_a_new_proof_and_no_more() {
    for kind in ["bad-gateway-after", "reset-after", "bad-gateway-before"] {
        let stage = Stage::with(INDEX);
        stage.forge.fail(&json!([{ "route": "POST /_/oidc/mint-token", "kind": kind }]));
        job(&stage, &[]).exits(0);
        assert_eq!(stage.names(), [WHEEL, SDIST], "{kind}");
    }
}

/// A proof for somebody, as another CI puts it into the environment.
fn proof(stage: &Stage, audience: &str) -> String {
    let [(_, url), (_, token)] = stage.forge.job_variables().try_into().expect("two");
    let path = url.replace(&stage.forge.url(), "") + &format!("&audience={audience}");
    let header = format!("Bearer {token}");
    let asked = crate::rehearsal::Asked {
        method: "GET",
        path: &path,
        headers: &[("authorization", header.as_str())],
        body: Vec::new(),
    };
    let answer = stage.forge.ask("", &asked).is(200).json();
    answer["value"].as_str().expect("a proof").to_owned()
}

/// The environment without a password, and with these.
fn given(stage: &Stage, more: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    let mut variables = stage.variables();
    variables.retain(|(name, _)| *name != "SHIPSHAPE_UPLOAD_PASSWORD");
    variables.extend(more);
    variables
}

#[test]
fn a_proof_for_another_index_is_shown_to_nobody() {
    let stage = Stage::with(INDEX);
    let theirs = proof(&stage, "pypi");
    stage.forge.requests();
    let variables = given(&stage, vec![("PYPI_ID_TOKEN", theirs.clone())]);
    let ran = stage.run_with(&PUBLISH, &variables).exits(3);
    assert!(ran.stderr.contains("is for another index: `aud` differs"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("`aud` is `pypi`, but this index requires `sandbox`"),
        "{}",
        ran.stderr
    );
    assert_eq!(minted(&stage), 0);
    // Of several, the one that is for it.
    let ours = proof(&stage, "sandbox");
    let variables = given(&stage, vec![("PYPI_ID_TOKEN", theirs), ("TESTPYPI_ID_TOKEN", ours)]);
    stage.run_with(&PUBLISH, &variables).exits(0);
}

#[test]
fn a_proof_of_another_ci_counts_once() {
    let stage = Stage::with(INDEX);
    let variables = given(&stage, vec![("PYPI_ID_TOKEN", proof(&stage, "sandbox"))]);
    stage.forge.wish(&json!({ "refuse": [{ "file": ".tar.gz", "words": "not today" }] }));
    stage.run_with(&PUBLISH, &variables).exits(3);
    let ran = stage.run_with(&PUBLISH, &variables).exits(3);
    assert!(ran.stderr.contains("already used"), "{}", ran.stderr);
    assert!(ran.stderr.contains("run the job again"), "{}", ran.stderr);
}

#[test]
fn a_token_whose_minutes_are_over_is_renewed_once() {
    let stage = Stage::with(INDEX);
    let after = json!([{ "route": "POST /_index/legacy/", "kind": "unauthorized" }]);
    stage.forge.fail(&after);
    job(&stage, &[]).exits(0);
    assert_eq!(minted(&stage), 2);
    // One that never counts is not asked for again and again.
    let stage = Stage::with(INDEX);
    stage.forge.wish(&json!({ "token_seconds": -1.0 }));
    let ran = job(&stage, &[]).exits(3);
    assert!(ran.stderr.contains("token is expired"), "{}", ran.stderr);
    assert_eq!(minted(&stage), 2);
}

#[test]
fn a_job_without_the_permission_to_prove_itself_is_told_of_it() {
    let stage = Stage::with(INDEX);
    let mut variables = stage.variables();
    variables.retain(|(name, _)| *name != "SHIPSHAPE_UPLOAD_PASSWORD");
    variables.push(("GITHUB_ACTIONS", "true".to_owned()));
    let ran = stage.run_with(&PUBLISH, &variables).exits(3);
    assert!(ran.stderr.contains("permissions: id-token: write"), "{}", ran.stderr);
    assert!(ran.stderr.contains("fork"), "{}", ran.stderr);
}

#[test]
fn a_project_that_is_new_is_made_by_its_pending_publisher_and_only_then() {
    let pending = INDEX.replace("environment: pypi }]", "environment: pypi, pending: true }]");
    let stage = Stage::with(&pending);
    job(&stage, &[]).exits(0);
    assert_eq!(stage.names(), [WHEEL, SDIST]);
    let late = Stage::new();
    late.run(&[]).exits(0);
    let publishers = json!([{ "project": "acme-runtime", "repository": "acme/platform", "workflow": "publish.yml", "pending": true }]);
    late.forge.wish(&json!({ "publishers": publishers }));
    let arguments = ["release", "publish", "0.1.7", "--no-smoke", "--no-compat"];
    let mut variables = late.variables();
    variables.retain(|(name, _)| *name != "SHIPSHAPE_UPLOAD_PASSWORD");
    variables.extend(late.forge.job_variables());
    let ran = late.run_with(&arguments, &variables).exits(3);
    assert!(ran.stderr.contains("invalid-pending-publisher"), "{}", ran.stderr);
    assert!(ran.stderr.contains("project's settings"), "{}", ran.stderr);
}
