//! `shipshape new --format json`: what was created, or would be, for programs.

use serde_json::{Value, json};

use crate::mishaps::Stage as _;
use crate::new_forge::{FLEET, SEED, Stage};
use crate::world::{Ran, World};

/// The one document that a run printed, which is what its schema says.
#[track_caller]
fn document(ran: &Ran) -> Value {
    let document = ran.json();
    let schema = shipshape::schema::print("new").expect("a schema");
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON"));
    let problems: Vec<String> = schema
        .expect("a sound schema")
        .iter_errors(&document)
        .map(|problem| format!("{}: {problem}", problem.instance_path()))
        .collect();
    assert_eq!(problems, [""; 0], "{document:#}");
    document
}

#[test]
fn a_folder_is_described_before_and_after_it_is_created() {
    let world = World::new();
    let arguments = ["new", "acme", "--local", "acme", "--defaults", "--format", "json"];
    let planned = world.run(&[&arguments[..], &["--dry-run"]].concat()).exits(0);
    let plan = document(&planned);
    assert!(!world.path("acme").exists());
    assert_eq!((&plan["state"], &plan["folder"]), (&json!("planned"), &json!("acme")));
    let next = plan["next"][0].as_str().expect("a command");
    assert!(next.contains("--local acme") && next.contains("--format json"), "{next}");
    let words: Vec<&str> = next.split_whitespace().skip(1).collect();
    let made = document(&world.run(&words).exits(0));
    assert_eq!(made["state"], "created");
    assert_eq!(made["files"], plan["files"]);
    for file in made["files"].as_array().expect("files") {
        let path = world.path(&format!("acme/{}", file["path"].as_str().expect("a path")));
        let bytes = std::fs::read(path).expect("written");
        assert_eq!(file["size"], bytes.len());
        assert_eq!(file["sha256"], shipshape::digest::hexadecimal(&sha2_of(&bytes)));
    }
    let left = json!(["adapter.py: `answer` is a placeholder until you write it"]);
    assert_eq!((&made["findings"], &made["left"], &plan["left"]), (&json!([]), &left, &left));
    let next = made["next"][0].as_str().expect("a command");
    assert!(next.starts_with("shipshape validate acme"), "{next}");
    world.run(&next.split_whitespace().skip(1).collect::<Vec<_>>()).exits(0);
}

fn sha2_of(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).to_vec()
}

#[test]
fn nothing_is_asked_for_it_and_nothing_agreed_to() {
    let world = World::new();
    for more in ["--ask", "--diff"] {
        world.run(&["new", "acme", "--local", "acme", "--format", "json", more]).exits(2);
    }
    let ran = world.run(&["new", "acme", "--local", "acme", "--format", "json"]).exits(2);
    assert!(
        ran.stderr.contains("not answered, and `--format json` asks nothing"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
    world.run(&["new", "--unfinished", "--format", "json"]).exits(2);
    let stage = Stage::set();
    let model = ["--set", "model=a:b", "--set", "models=a:b A_KEY", "--set", "command=beta"];
    let ran = stage.run(&[&["new", "beta", "--format", "json"][..], &model].concat());
    assert!(ran.code == 2 && ran.stderr.contains("`--format json` asks nothing"), "{}", ran.stderr);
    assert!(stage.end_state()["acme/workspace-template-beta"].is_null());
}

#[test]
fn a_repository_on_the_forge_is_described_while_it_waits_and_when_it_is_complete() {
    let stage = Stage::set();
    let arguments = ["new", "beta", "--defaults", "--format", "json"];
    let plan = document(&stage.run(&[&arguments[..], &["--dry-run"]].concat()).exits(0));
    assert_eq!(plan["state"], "planned");
    assert_eq!(plan["lists"], json!(["list.txt", "fleet.yaml"]));
    let forge = &plan["forge"];
    assert_eq!((&forge["commit"], &forge["pull_requests"]), (&Value::Null, &json!([])));
    let steps = forge["steps"].to_string();
    assert!(steps.contains("generate acme/workspace-template-beta from"), "{steps}");
    // The image is not there yet.
    let waits = stage.run(&[&arguments[..], &["--wait", "0"]].concat()).exits(3);
    let waits = document(&waits);
    assert_eq!(waits["state"], "unfinished");
    assert_eq!(waits["forge"]["image"]["exists"], false);
    let pulls = waits["forge"]["pull_requests"].as_array().expect("pull requests");
    assert!(pulls.iter().all(|pull| pull["state"] == "draft"), "{pulls:#?}");
    assert_eq!(waits["next"][0], "shipshape new beta --wait 0 --format json");
    let made = document(&stage.run(&["new", "beta", "--format", "json"]).exits(0));
    assert_eq!(
        (&made["state"], &made["repository"]),
        (&json!("created"), &json!("acme/workspace-template-beta"))
    );
    let forge = &made["forge"];
    assert_eq!((&forge["branch"], &forge["visibility"]), (&json!("main"), &json!("public")));
    assert_eq!(forge["commit"].as_str().map(str::len), Some(40));
    assert_eq!(forge["image"]["exists"], true);
    let pulls = forge["pull_requests"].as_array().expect("pull requests");
    let open = |pull: &Value| {
        pull["state"] == "open" && pull["repository"] == "acme/core" && pull["number"].is_u64()
    };
    assert!(pulls.len() == 2 && pulls.iter().all(open), "{pulls:#?}");
    let left = made["left"].to_string();
    assert!(left.contains("review and merge images: "), "{left}");
}

#[test]
fn first_runs_that_have_not_ended_leave_it_unfinished_though_the_image_is_there() {
    let quick = "{ workflow: ci.yml, conclusion: success, seconds: 20 }";
    assert!(SEED.contains(quick));
    let slow = "{ workflow: ci.yml, conclusion: success, seconds: 600 }";
    let stage = Stage::with(FLEET, &SEED.replace(quick, slow));
    let arguments = ["new", "beta", "--defaults", "--format", "json", "--wait", "200"];
    let waits = document(&stage.run(&arguments).exits(3));
    assert_eq!(waits["forge"]["image"]["exists"], true);
    assert_eq!(waits["state"], "unfinished");
    let left = waits["left"].to_string();
    assert!(left.contains("its first workflow runs have not ended"), "{left}");
    let made = document(&stage.run(&["new", "beta", "--format", "json"]).exits(0));
    assert_eq!(made["state"], "created");
}

#[test]
fn without_a_workflow_there_is_no_run_to_wait_for() {
    let fleet = "schema: 1\nname: acme\nforge: { owner: acme }\nkinds:\n  crate: { prefix: crate-, shape: { folder: pack } }\nmembers: [crate-one]\n";
    let seed = "schema: 1\nowners: { acme: { type: organization } }\n\
        tokens: [{ name: writer, value: writer-token, scopes: [repo, workflow] }]\n\
        repositories: [{ name: acme/crate-one, files: { README.md: ours } }]\n";
    let stage = Stage::with(fleet, seed);
    stage
        .world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: crate\npaths: [{ path: Justfile, policy: exact }]\nextras: ['**']\n",
        )
        .write("pack/files/Justfile", "test:\n\tcargo test\n");
    let new = ["new", "two", "--kind", "crate", "--defaults", "--yes"];
    let ran = stage.run(&new).exits(0);
    let says = "the repository has no workflow, so there are no runs to watch";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(!ran.stderr.contains("for one to start"), "{}", ran.stderr);
}

#[test]
fn what_a_run_has_created_before_it_failed_is_described_too() {
    let stage = Stage::set();
    let fault = json!([{ "route": "POST /graphql", "kind": "bad-gateway-before", "times": 99 }]);
    stage.forge.fail(&fault);
    let new = ["new", "beta", "--defaults", "--wait", "0", "--format", "json"];
    let ran = stage.run(&new).exits(3);
    assert!(
        ran.stderr.contains("once that is fixed, continue with: shipshape new beta"),
        "{}",
        ran.stderr
    );
    let made = document(&ran);
    assert_eq!(made["state"], "unfinished");
    let url = made["forge"]["url"].as_str().expect("a page");
    assert!(url.ends_with("/acme/workspace-template-beta"), "{url}");
    assert_eq!(made["forge"]["failed"].as_array().map(Vec::len), Some(1), "{made:#}");
    let left = made["left"][0].as_str().expect("what is left");
    assert!(left.contains("the repository acme/workspace-template-beta"), "{left}");
}
