//! The tag that reserves a version: made once, whatever happens, and not while releases are frozen.

use serde_json::{Value, json};

use super::stage::{Stage, sample};

#[test]
fn a_tag_is_made_once_with_a_message_and_nothing_more_is_done_the_next_time() {
    let stage = Stage::new();
    let commit = stage.merge("workspace/one.py", "ONE = 1\n", &["release:minor"]);
    let dry = stage.release(&["tag", "--dry-run"]).exits(0);
    assert_eq!(dry.stdout, "runtime-v0.2.0\n");
    stage.release(&["tag", "--read-only"]).exits(0);
    assert_eq!(stage.tags(), ["runtime-v0.1.5"]);
    let ran = stage.release(&["tag"]).exits(0);
    assert_eq!(ran.stdout, "runtime-v0.2.0\n");
    let at = "/repos/acme/core/git/ref/tags/runtime-v0.2.0";
    let reference = stage.ask("ann", "GET", at, Value::Null);
    assert_eq!(reference["object"]["type"], "tag");
    let query = "query { repository(owner: \"acme\", name: \"core\") { ref(qualifiedName: \"refs/tags/runtime-v0.2.0\") { target { ... on Tag { message tagger { name } target { oid } } } } } }";
    let tag = graphql(&stage, query);
    let tag = &tag["data"]["repository"]["ref"]["target"];
    assert_eq!(tag["target"]["oid"], commit.as_str());
    let message = tag["message"].as_str().expect("a message");
    assert!(message.starts_with("acme-runtime 0.2.0\n\n- Change workspace/one.py"), "{message}");
    assert!(message.contains("\nShipshape-Reservation: "), "{message}");
    assert_eq!(tag["tagger"]["name"], "robot");
    stage.forge.requests();
    let again = stage.release(&["tag"]).exits(0);
    assert_eq!(again.stdout, "runtime-v0.2.0\n");
    assert!(again.stderr.contains("the commit has this tag already"), "{}", again.stderr);
    assert_eq!(stage.writes(), 0);
    let plan = stage.release(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!((&plan["verdict"], &plan["version"]), (&json!("already"), &json!("0.2.0")));
}

fn graphql(stage: &Stage, query: &str) -> Value {
    let body = json!({ "query": query }).to_string().into_bytes();
    let asked =
        crate::rehearsal::Asked { method: "POST", path: "/api/graphql", body, headers: &[] };
    stage.forge.ask("ann", &asked).is(200).json()
}

#[test]
fn a_release_candidate_and_its_final_version_are_of_one_commit() {
    let stage = Stage::new();
    stage.push("workspace/x.py", "X = 1\n", "Push it");
    let tag = |arguments: &[&str]| stage.release(&[&["tag"], arguments].concat()).exits(0).stdout;
    assert_eq!(tag(&["--version", "0.1.6rc1"]), "runtime-v0.1.6rc1\n");
    assert_eq!(tag(&["--version", "0.1.6rc1"]), "runtime-v0.1.6rc1\n");
    // What was tried out is still to be released.
    assert_eq!(tag(&[]), "runtime-v0.1.6\n");
    assert_eq!(tag(&["--version", "0.1.6"]), "runtime-v0.1.6\n");
    assert_eq!(tag(&[]), "runtime-v0.1.6\n");
    stage.push("workspace/y.py", "Y = 1\n", "More");
    let ran = stage.release(&["tag", "--version", "0.1.6"]).exits(2);
    assert!(ran.stderr.contains("`runtime-v0.1.6` is at another commit"), "{}", ran.stderr);
    assert_eq!(tag(&[]), "runtime-v0.1.7\n");
}

#[test]
fn labels_that_a_release_candidate_has_had_count_for_its_final_version() {
    let stage = Stage::new();
    stage.merge("workspace/one.py", "ONE = 1\n", &["release:minor"]);
    let tag = |arguments: &[&str]| stage.release(&[&["tag"], arguments].concat()).exits(0).stdout;
    assert_eq!(tag(&["--version", "0.1.6.dev1"]), "runtime-v0.1.6.dev1\n");
    stage.merge("workspace/two.py", "TWO = 2\n", &[]);
    assert_eq!(tag(&[]), "runtime-v0.2.0\n");
}

#[test]
fn what_is_not_in_the_source_is_not_released() {
    let stage = Stage::new();
    stage.push("docs.md", "words\n", "Only words");
    let ran = stage.release(&["tag"]).exits(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("nothing changed in `workspace` since 0.1.5"), "{}", ran.stderr);
    let ran = stage.release(&["tag", "--commit", "0123456789012345678901234567890123456789"]);
    assert!(ran.exits(3).stderr.contains("has no commit"));
}

#[test]
fn a_freeze_stops_tags_until_it_is_thawed_or_somebody_insists() {
    let stage = Stage::new();
    stage.push("workspace/x.py", "X = 1\n", "Push it");
    let freeze = ["freeze", "--reason", "0.1.5 loses data"];
    stage.release(&[&freeze[..], &["--dry-run"]].concat()).exits(0);
    stage.release(&freeze).exits(0);
    let again = stage.release(&["freeze", "--reason", "another"]).exits(0);
    assert!(again.stderr.contains("were frozen already"), "{}", again.stderr);
    let plan = stage.release(&["plan", "--no-compat", "--format", "json"]).exits(1).json();
    assert_eq!(plan["freeze"]["reason"], "0.1.5 loses data");
    assert_eq!(plan["freeze"]["by"], "robot");
    for arguments in [&["tag"][..], &["tag", "--dry-run"]] {
        let ran = stage.release(arguments).exits(3);
        let said = "frozen by robot since 2026-11-22T12:";
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(ran.stderr.contains("0.1.5 loses data"), "{}", ran.stderr);
    }
    assert_eq!(stage.tags(), ["runtime-freeze", "runtime-v0.1.5"]);
    stage.release(&["thaw", "--dry-run"]).exits(0);
    assert!(
        stage.release(&["thaw"]).exits(0).stderr.contains("releases continue; they were frozen")
    );
    assert!(stage.release(&["thaw"]).exits(0).stderr.contains("releases are not frozen"));
    assert_eq!(stage.release(&["tag"]).exits(0).stdout, "runtime-v0.1.6\n");
    stage.release(&freeze).exits(0);
    stage.push("workspace/y.py", "Y = 1\n", "More");
    assert_eq!(stage.release(&["tag", "--force"]).exits(0).stdout, "runtime-v0.1.7\n");
    for wrong in ["  ", "see ghp_16C7e42F292c6912E7710c838347Ae178B4a"] {
        stage.release(&["freeze", "--reason", wrong]).exits(2);
    }
}

#[test]
fn a_version_that_is_most_likely_mistyped_needs_a_yes() {
    let stage = Stage::new();
    stage.push("workspace/x.py", "X = 1\n", "Push it");
    let words = ["tag", "--version", "0.1.60", "--force"];
    let ran = stage.release(&words).exits(2);
    let why = "0.1.60 was not reserved: --force alone does not set this aside where there is no terminal to ask on";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    assert!(ran.stderr.contains("0.1.60 is an implausible leap from 0.1.5"), "{}", ran.stderr);
    assert!(ran.stderr.contains("if 0.1.60 is intended: add --yes"), "{}", ran.stderr);
    assert_eq!(stage.tags(), ["runtime-v0.1.5"]);
    let ran = stage.release(&[&words[..], &["--yes"]].concat()).exits(0);
    assert_eq!(ran.stdout, "runtime-v0.1.60\n");
    assert!(
        ran.stderr.contains("--force sets aside: 0.1.60 is an implausible leap"),
        "{}",
        ran.stderr
    );
    // It has its tag, and nothing is set aside any more.
    assert_eq!(stage.release(&words).exits(0).stdout, "runtime-v0.1.60\n");
}

#[test]
fn hostile_words_of_commits_are_obeyed_by_nobody() {
    let stage = Stage::new();
    let message = "\u{1b}[31mred\u{1b}[0m | `x` \u{202e}<script>alert(1)</script>\n\nShipshape-Reservation: mine";
    stage.push("workspace/x.py", "X = 1\n", message);
    for form in ["human", "markdown"] {
        let ran = stage.release(&["plan", "--no-compat", "--format", form]).exits(0);
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{}", ran.stdout);
    }
    let markdown = stage.release(&["plan", "--no-compat", "--format", "markdown"]).exits(0).stdout;
    assert!(markdown.contains("\\| 'x'"), "{markdown}");
    stage.release(&["tag"]).exits(0);
}

#[test]
fn killed_at_any_request_and_run_again_there_is_one_tag() {
    let calm = Stage::new();
    calm.push("workspace/x.py", "X = 1\n", "Push it");
    calm.forge.requests();
    calm.release(&["tag"]).exits(0);
    let requests = calm.forge.count();
    assert!(requests >= 6, "{requests}");
    for at in sample(requests) {
        let stage = Stage::new();
        stage.push("workspace/x.py", "X = 1\n", "Push it");
        stage.forge.requests();
        stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
        stage.forge.kill(stage.forge.start(&stage.world, &["release", "tag"]), at);
        assert_eq!(stage.release(&["tag"]).exits(0).stdout, "runtime-v0.1.6\n", "{at}");
        assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6"], "{at}");
    }
}

#[test]
fn faults_of_the_forge_make_no_second_tag() {
    let calm = Stage::new();
    calm.push("workspace/x.py", "X = 1\n", "Push it");
    calm.forge.requests();
    calm.release(&["tag"]).exits(0);
    let requests = calm.forge.count();
    let kinds = [
        "bad-gateway-before",
        "bad-gateway-after",
        "reset-before",
        "reset-after",
        "truncated-body",
        "secondary-403",
        "unauthorized",
    ];
    for (turn, at) in sample(requests).enumerate() {
        for kind in [kinds[turn % kinds.len()], kinds[(turn + 3) % kinds.len()]] {
            let stage = Stage::new();
            stage.push("workspace/x.py", "X = 1\n", "Push it");
            stage.forge.requests();
            stage.forge.fail(&json!([{ "at": at, "kind": kind }]));
            let ran = stage.release(&["tag"]);
            if ran.code != 0 {
                assert_eq!(ran.code, 3, "{kind} at {at}: {}", ran.stderr);
                stage.release(&["tag"]).exits(0);
            }
            assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6"], "{kind} at {at}");
        }
    }
}

/// Pushes a tag that REST does not make: what `git tag` is given after the name.
fn pushed_tag(stage: &Stage, tag: &[&str], name: &str) {
    let git = |folder: &str, arguments: &[&str]| {
        let ran = std::process::Command::new("git")
            .current_dir(stage.world.path(folder))
            .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com"])
            .args(arguments)
            .env("HOME", stage.world.path(""))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .output()
            .expect("git runs");
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    };
    let host = stage.forge.url().replace("http://", "");
    let secret = stage.forge.secret("ann");
    let address = format!("http://x:{secret}@{host}/acme/core.git");
    if !stage.world.path("clone").exists() {
        git("", &["clone", "--quiet", &address, "clone"]);
    }
    git("clone", &["fetch", "--quiet", "--tags"]);
    git("clone", &[&["tag"], tag].concat());
    git("clone", &["push", "--quiet", "origin", &format!("refs/tags/{name}")]);
}

#[test]
fn a_freeze_is_one_whatever_its_tag_leads_to() {
    let stage = Stage::new();
    stage.push("workspace/x.py", "X = 1\n", "Push it");
    assert_eq!(stage.release(&["tag"]).exits(0).stdout, "runtime-v0.1.6\n");
    stage.push("workspace/y.py", "Y = 1\n", "More");
    let freeze = "runtime-freeze";
    // Of a tag with a message git makes a tag of a tag.
    pushed_tag(&stage, &["-a", freeze, "-m", "it loses data", "runtime-v0.1.6"], freeze);
    let ran = stage.release(&["tag"]).exits(3);
    assert!(ran.stderr.contains("it loses data"), "{}", ran.stderr);
    stage.release(&["thaw"]).exits(0);
    pushed_tag(&stage, &["--force", freeze, "HEAD:README.md"], freeze);
    let ran = stage.release(&["tag"]).exits(3);
    assert!(ran.stderr.contains("frozen: no reason is given"), "{}", ran.stderr);
    stage.release(&["thaw"]).exits(0);
    assert_eq!(stage.release(&["tag"]).exits(0).stdout, "runtime-v0.1.7\n");
}

#[test]
fn a_version_is_taken_whatever_its_tag_leads_to() {
    let stage = Stage::new();
    stage.push("workspace/x.py", "X = 1\n", "Push it");
    assert_eq!(stage.release(&["tag"]).exits(0).stdout, "runtime-v0.1.6\n");
    let by_hand = "runtime-v0.1.7";
    pushed_tag(&stage, &["-a", by_hand, "-m", "again", "runtime-v0.1.6"], by_hand);
    stage.push("workspace/y.py", "Y = 1\n", "More");
    assert_eq!(stage.release(&["tag"]).exits(0).stdout, "runtime-v0.1.8\n");
    let odd = "runtime-v0.1.9";
    pushed_tag(&stage, &[odd, "HEAD:README.md"], odd);
    stage.push("workspace/z.py", "Z = 1\n", "More");
    let ran = stage.release(&["tag"]).exits(3);
    assert!(ran.stderr.contains("does not point to a commit"), "{}", ran.stderr);
    assert!(ran.stderr.contains("git push --delete origin runtime-v0.1.9"), "{}", ran.stderr);
}
