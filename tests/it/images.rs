//! `images`: what operators of a host rely on, with a registry and an engine that do what a test says.

mod rollback;
mod smoke;
pub(crate) mod stand;

use serde_json::{Value, json};

use stand::Stand;

/// The runtimes, containers or words under a key of a report.
fn listed<'v>(report: &'v Value, key: &str, field: &str) -> Vec<&'v str> {
    let all = report[key].as_array().expect("a list").iter();
    all.map(|it| it[field].as_str().expect("a text")).collect()
}

fn refreshed(stand: &Stand, more: &[&str], code: i32) -> Value {
    stand.run(&[&["refresh", "--format", "json"], more].concat()).exits(code).json()
}

/// Three runtimes: one behind with a container, one current with a container, one not here.
fn typical() -> Stand {
    let stand = Stand::new(&["hermes", "crewai", "codex"]);
    stand.publish("hermes", "1.0.0");
    stand.publish("crewai", "1.0.0");
    stand.provision("hermes", "ws-1");
    stand.provision("crewai", "ws-2");
    stand.publish("hermes", "1.1.0");
    stand.publish("codex", "1.1.0");
    stand
}

#[test]
fn a_refresh_brings_here_what_moved_and_removes_only_what_is_behind() {
    let stand = typical();
    let (pinned, foreign) = (format!("{}/acme/hermes:v1", stand.registry), "docker.io/library/x");
    for (name, image) in
        [("ws-3", pinned.as_str()), ("ws-4", foreign), ("other-1", &stand.image("hermes"))]
    {
        let content = stand.shelf().containers["ws-1"].1.clone();
        stand.shelf().containers.insert(name.to_owned(), (image.to_owned(), content));
    }
    let foreseen = refreshed(&stand, &["--dry-run"], 1);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    assert_eq!(stand.containers().len(), 5);
    let report = refreshed(&stand, &[], 0);
    assert_eq!(report["schema"], "shipshape/images-refresh/1");
    for (key, field, wanted) in [
        ("pulled", "runtime", vec!["hermes", "codex"]),
        ("pulled", "image", vec![]),
        ("current", "runtime", vec!["crewai"]),
        ("recreated", "container", vec!["ws-1"]),
        ("pinned", "container", vec!["ws-3"]),
        ("failed", "why", vec![]),
    ] {
        if !wanted.is_empty() {
            assert_eq!(listed(&report, key, field), wanted, "{key}");
        }
        // What was foreseen is what came.
        assert_eq!(listed(&foreseen, key, field), listed(&report, key, field), "{key}");
    }
    assert_eq!(report["pulled"][0]["version"], "1.1.0");
    assert_eq!(stand.containers(), ["other-1", "ws-2", "ws-3", "ws-4"]);
    for (runtime, version) in [("hermes", "1.1.0"), ("crewai", "1.0.0"), ("codex", "1.1.0")] {
        assert_eq!(stand.version_here(runtime).as_deref(), Some(version));
    }
    let told = stand.shelf().told.len();
    let again = refreshed(&stand, &[], 0);
    assert_eq!(listed(&again, "current", "runtime"), ["hermes", "crewai", "codex"]);
    assert!(listed(&again, "recreated", "container").is_empty());
    let writes = stand.shelf().told[told..].iter().filter(|line| !line.starts_with("GET ")).count();
    assert_eq!(writes, 0);
    let human = stand.run(&["refresh"]).exits(0).stdout;
    assert!(human.contains("0 images pulled, 3 here already, 0 containers removed"), "{human}");
}

#[test]
fn what_is_asked_for_is_what_is_done() {
    let stand = typical();
    let report = refreshed(&stand, &["--runtime", "hermes", "--no-recreate"], 0);
    assert_eq!(listed(&report, "pulled", "runtime"), ["hermes"]);
    assert_eq!(stand.containers(), ["ws-1", "ws-2"]);
    assert_eq!(stand.version_here("codex"), None);
    // Its image is here by now: the container is behind all the same.
    let report = refreshed(&stand, &["template-hermes"], 0);
    assert_eq!(listed(&report, "recreated", "container"), ["ws-1"]);
    let unknown = stand.run(&["refresh", "--runtime", "hermess"]).exits(2);
    assert!(
        unknown.stderr.contains("the runtimes are hermes, crewai, codex"),
        "{}",
        unknown.stderr
    );
    // The command that is proposed is the one that was given.
    let dry = stand.run(&["refresh", "codex", "--pulls", "2", "--no-recreate", "--dry-run"]);
    let next = "  shipshape images refresh codex --no-recreate --pulls 2\n";
    let dry = dry.exits(1).stdout;
    assert!(dry.ends_with(next), "{dry}");
    let canary = stand.run(&["refresh", "--runtime", "hermes", "--canary", "codex"]).exits(2);
    assert!(canary.stderr.contains("shipshape images refresh codex"), "{}", canary.stderr);
}

#[test]
fn one_runtime_that_cannot_be_had_stops_no_other() {
    let stand = Stand::new(&["gone", "private", "busy", "down", "broken", "well"]);
    for runtime in ["private", "busy", "down", "broken", "well"] {
        stand.publish(runtime, "1.0.0");
    }
    for (runtime, code) in [("private", 403), ("busy", 429), ("down", 503)] {
        stand.shelf().refused.insert(format!("acme/{runtime}"), code);
    }
    stand.shelf().unpullable.insert("acme/broken".to_owned());
    let report = refreshed(&stand, &[], 3);
    assert_eq!(listed(&report, "pulled", "runtime"), ["well"]);
    let failed: Vec<(&str, &str, &str)> = report["failed"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| {
            let text = |key: &str| it[key].as_str().expect("a text");
            assert!(it["hint"].is_string() || text("stage") == "pull", "{it}");
            (text("runtime"), text("stage"), text("kind"))
        })
        .collect();
    assert_eq!(
        failed,
        [
            ("gone", "look-up", "missing"),
            ("private", "look-up", "not-logged-in"),
            ("busy", "look-up", "rate-limited"),
            ("down", "look-up", "registry-unreachable"),
            ("broken", "pull", "refused"),
        ]
    );
    let human = stand.run(&["refresh"]).exits(3);
    assert!(human.stderr.contains("warning: private: "), "{}", human.stderr);
    assert!(human.stderr.contains("docker login"), "{}", human.stderr);
}

#[test]
fn a_digest_that_changes_during_the_pull_ends_with_the_newest() {
    for forgets in [false, true] {
        let stand = typical();
        let before = stand.shelf().tags["acme/hermes"].clone();
        let next = stand.put("hermes", "1.2.0", Some("1.2.0"));
        stand.shelf().forgets = forgets;
        stand.shelf().moves.insert("acme/hermes".to_owned(), vec![next.clone()]);
        let report = refreshed(&stand, &["--runtime", "hermes"], 0);
        assert_eq!(report["pulled"][0]["digest"], json!(next));
        assert_eq!(report["pulled"][0]["previous"], json!(before));
        assert_eq!(report["pulled"].as_array().map(Vec::len), Some(1));
        assert_eq!(stand.version_here("hermes").as_deref(), Some("1.2.0"));
        assert_eq!(stand.containers(), ["ws-2"]);
    }
    // A tag that never comes to rest is told, and what was pulled last is here.
    let stand = typical();
    let moves: Vec<String> =
        (2..8).map(|minor| stand.put("hermes", &format!("1.{minor}.0"), None)).collect();
    stand.shelf().moves.insert("acme/hermes".to_owned(), moves);
    let report = refreshed(&stand, &["--runtime", "hermes"], 3);
    assert_eq!(listed(&report, "failed", "kind"), ["moving"]);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.3.0"));
}

#[test]
fn a_container_that_will_not_go_is_told_and_goes_the_next_time() {
    let stand = typical();
    stand.provision("codex", "ws-0");
    stand.publish("codex", "1.2.0");
    stand.shelf().stuck.insert("ws-1".to_owned());
    let report = refreshed(&stand, &[], 3);
    assert_eq!(listed(&report, "recreated", "container"), ["ws-0"]);
    assert_eq!(listed(&report, "failed", "container"), ["ws-1"]);
    let ran = stand.run(&["refresh"]).exits(3);
    assert!(
        ran.stderr
            .contains("container ws-1: it answered 500: device or resource busy\\n\\u{1b}[31m"),
        "{}",
        ran.stderr
    );
    stand.shelf().stuck.clear();
    let report = refreshed(&stand, &[], 0);
    assert_eq!(listed(&report, "recreated", "container"), ["ws-1"]);
    assert!(listed(&report, "pulled", "runtime").is_empty());
}

#[test]
fn a_container_that_just_ended_is_no_fault_of_the_engine() {
    let stand = typical();
    stand.shelf().stopped.insert("ws-1".to_owned(), 2);
    assert_eq!(listed(&refreshed(&stand, &[], 0), "recreated", "container"), ["ws-1"]);
    // One that stays so is told, after a while.
    stand.shelf().stopped.insert("ws-2".to_owned(), u32::MAX);
    let report = refreshed(&stand, &["--runtime", "crewai"], 3);
    assert_eq!(listed(&report, "failed", "stage"), ["list"]);
    let why = report["failed"][0]["why"].as_str().unwrap_or_default();
    assert!(why.contains("could not be parsed"), "{why}");
}

#[test]
fn containers_that_cannot_be_listed_leave_a_partial_result() {
    let stand = typical();
    stand.shelf().unlisted = true;
    let report = refreshed(&stand, &[], 3);
    assert_eq!(listed(&report, "pulled", "runtime"), ["hermes", "codex"]);
    assert_eq!(listed(&report, "failed", "stage"), ["list", "list", "list"]);
    stand.shelf().unlisted = false;
    assert_eq!(listed(&refreshed(&stand, &[], 0), "recreated", "container"), ["ws-1"]);
}

#[test]
fn a_hold_that_comes_during_the_pull_is_heard() {
    let stand = typical();
    stand.run(&["hold", "hermes", "--state", "images.json"]).exits(0);
    let held = stand.world.read("images.json");
    stand.run(&["unhold", "hermes", "--state", "images.json"]).exits(0);
    stand.shelf().written_meanwhile = Some((stand.world.path("images.json"), held));
    let report = refreshed(&stand, &["--state", "images.json", "--pulls", "1"], 0);
    assert_eq!(listed(&report, "held", "runtime"), ["hermes"]);
    assert_eq!(listed(&report, "pulled", "runtime"), ["codex"]);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    assert_eq!(stand.containers(), ["ws-1", "ws-2"]);
    // One whose image is here already keeps its containers, too.
    stand.run(&["unhold", "hermes", "--state", "images.json"]).exits(0);
    refreshed(&stand, &["--state", "images.json", "--runtime", "hermes", "--no-recreate"], 0);
    stand.publish("codex", "1.2.0");
    let held = stand.world.read("images.json").replacen(
        "\"earlier\"",
        "\"hold\": {\"since\": \"now\"}, \"earlier\"",
        1,
    );
    assert!(held.contains("\"hold\""), "{held}");
    stand.shelf().written_meanwhile = Some((stand.world.path("images.json"), held));
    let report = refreshed(&stand, &["--state", "images.json"], 0);
    assert_eq!(listed(&report, "pulled", "runtime"), ["codex"]);
    assert!(listed(&report, "recreated", "container").is_empty(), "{report}");
    assert_eq!(stand.containers(), ["ws-1", "ws-2"]);
}

#[test]
fn what_nobody_names_is_not_removed_and_who_has_no_image_is_not_bothered() {
    let stand = typical();
    stand.say_of_images(", containers: { prefix: ws- }", "");
    let refused = stand.run(&["refresh"]).exits(2);
    assert!(refused.stderr.contains("containers: { prefix: ws- }"), "{}", refused.stderr);
    for command in [&["watch", "--once"][..], &["rollback", "hermes"]] {
        stand.run(command).exits(2);
    }
    let report = refreshed(&stand, &["--no-recreate"], 0);
    assert_eq!(listed(&report, "pulled", "runtime"), ["hermes", "codex"]);
    assert_eq!(stand.containers(), ["ws-1", "ws-2"]);
    let status = stand.run(&["status"]).exits(0);
    assert!(status.stderr.contains("containers were not checked"), "{}", status.stderr);
    // A second kind, whose members have no images.
    stand.say_of_images("kinds: {", "kinds: { plugin: { prefix: plugin- },");
    stand.say_of_images("images: {", "images: { of: template, containers: { prefix: ws- },");
    stand.say_of_images("members: [", "members: [plugin-slack, ");
    let report = refreshed(&stand, &[], 0);
    assert_eq!(listed(&report, "current", "runtime"), ["hermes", "crewai", "codex"]);
    let status = stand.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(listed(&status, "runtimes", "runtime"), ["hermes", "crewai", "codex"]);
    let refused = stand.run(&["refresh", "--runtime", "slack"]).exits(2);
    assert!(refused.stderr.contains("`slack` has no image"), "{}", refused.stderr);
}

/// What is left in the end, and what is remembered.
fn end_state(stand: &Stand) -> (Vec<String>, Vec<Option<String>>, usize) {
    let versions = ["hermes", "crewai", "codex"].map(|runtime| stand.version_here(runtime));
    let known: Value = serde_json::from_str(&stand.world.read("images.json")).expect("JSON");
    let earlier = known["images"][stand.image("hermes")]["earlier"].as_array().map_or(0, Vec::len);
    (stand.containers(), versions.to_vec(), earlier)
}

#[test]
fn an_engine_that_goes_half_way_loses_nothing() {
    const REFRESH: &[&str] = &["refresh", "--state", "images.json", "--pulls", "1"];
    let calm = typical();
    calm.run(REFRESH).exits(0);
    let (wanted, requests) = (end_state(&calm), calm.shelf().told.len());
    assert!(requests > 10, "{requests}");
    for at in 1..=requests {
        let stand = typical();
        stand.shelf().gone_at = Some(at);
        let ran = stand.run(REFRESH).exits(3);
        let said = ran.stderr.contains("hint: ");
        assert!(said, "gone at {at}: {}", ran.stderr);
        stand.shelf().gone_at = None;
        stand.run(REFRESH).exits(0);
        assert_eq!(end_state(&stand), wanted, "gone at request {at}");
    }
}

#[test]
fn killed_anywhere_and_run_again_it_ends_as_if_nothing_had_happened() {
    const REFRESH: &[&str] = &["refresh", "--state", "images.json", "--pulls", "1"];
    let calm = typical();
    calm.run(REFRESH).exits(0);
    let (wanted, requests) = (end_state(&calm), calm.shelf().told.len());
    for at in 1..=requests {
        let stand = typical();
        stand.shelf().hangs_at = Some(at);
        let mut child = stand.start(REFRESH);
        while stand.shelf().told.len() < at && child.try_wait().expect("a child").is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        stand.shelf().hangs_at = None;
        stand.run(REFRESH).exits(0);
        assert_eq!(end_state(&stand), wanted, "killed at request {at}");
    }
}

#[test]
fn without_an_engine_every_place_is_told() {
    let stand = typical();
    let run = |place: &str| stand.run_with(&["refresh"], &[("DOCKER_HOST", place)]);
    let ran = run("unix:///nowhere/engine.sock").exits(3);
    assert!(
        ran.stderr.contains("unix:///nowhere/engine.sock: there is no such socket"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("podman.socket"), "{}", ran.stderr);
    let socket = stand.world.path("dead.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).expect("a socket"));
    let ran = run(&format!("unix://{}", socket.display())).exits(3);
    assert!(ran.stderr.contains("Connection refused"), "{}", ran.stderr);
    let ran = run("tcp://engine.example:2375").exits(2);
    assert!(
        ran.stderr.contains("without TLS") && ran.stderr.contains("ssh -nNTL"),
        "{}",
        ran.stderr
    );
    let ran = run("").exits(3);
    assert!(ran.stderr.contains("/var/run/docker.sock"), "{}", ran.stderr);
    assert!(ran.stderr.contains("/run/podman/podman.sock"), "{}", ran.stderr);
}

#[test]
fn a_canary_goes_first_and_holds_up_the_others_when_it_is_not_well() {
    let stand = typical();
    let unlabelled = stand.put("hermes", "2.0.0", None);
    stand.shelf().tags.insert("acme/hermes".to_owned(), unlabelled);
    let report = refreshed(&stand, &["--canary", "hermes"], 3);
    assert_eq!(listed(&report, "pulled", "runtime"), ["hermes"]);
    assert_eq!(listed(&report, "failed", "runtime"), ["crewai", "codex"]);
    assert_eq!(listed(&report, "failed", "stage"), ["canary", "canary"]);
    let why = report["failed"][0]["why"].as_str().expect("a text");
    assert!(why.contains("`hermes` goes first, and its image does not state its version"), "{why}");
    assert_eq!(stand.version_here("codex"), None);
    stand.publish("hermes", "2.0.1");
    let report = refreshed(&stand, &["--canary", "hermes"], 0);
    assert_eq!(listed(&report, "pulled", "runtime"), ["hermes", "codex"]);
}

#[test]
fn a_runtime_that_is_held_is_left_alone_until_it_is_let_go() {
    let stand = typical();
    let ran = stand.run(&["hold", "hermes", "--reason", "a demo\u{1b}[31m"]).exits(0);
    assert!(ran.stderr.contains("images.json; a refresh by another user"), "{}", ran.stderr);
    // Where no engine answers, what is held is said all the same.
    let nowhere = [("DOCKER_HOST", "unix:///nowhere/engine.sock")];
    let ran = stand.run_with(&["status"], &nowhere).exits(3);
    assert!(ran.stderr.contains("hermes is held since "), "{}", ran.stderr);
    assert!(ran.stderr.contains("on another host?"), "{}", ran.stderr);
    let report = refreshed(&stand, &[], 0);
    assert_eq!(report["held"][0]["reason"], "a demo\u{1b}[31m");
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    assert_eq!(stand.containers(), ["ws-1", "ws-2"]);
    let human = stand.run(&["status"]).exits(0).stdout;
    assert!(human.contains(" held: a demo\\u{1b}[31m"), "{human}");
    assert!(human.contains(" behind, 1 held, by "), "{human}");
    let ran = stand.run(&["unhold", "hermes"]).exits(0);
    assert!(
        ran.stderr.contains("no longer held") && ran.stderr.contains("a demo\\u{1b}[31m"),
        "{}",
        ran.stderr
    );
    let ran = stand.run(&["unhold", "hermes"]).exits(0);
    assert!(ran.stderr.contains("was not held by "), "{}", ran.stderr);
    refreshed(&stand, &[], 0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.1.0"));
    // What is held and cannot be read is not taken for nothing.
    stand.world.write("broken.json", "{");
    let ran = stand.run(&["refresh", "--state", "broken.json"]).exits(3);
    assert!(ran.stderr.contains("broken.json"), "{}", ran.stderr);
}

#[test]
fn the_first_look_seeds_and_what_moves_after_it_is_brought_here() {
    let stand = typical();
    let ran = stand.run(&["watch", "--once"]).exits(0);
    assert!(ran.stderr.contains("hermes: checked for the first time"), "{}", ran.stderr);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    let seen = stand.shelf().asked.len();
    stand.run(&["watch", "--once"]).exits(0);
    // Conditional, and without a body.
    for line in &stand.shelf().asked[seen..] {
        assert!(line.starts_with("HEAD /v2/acme/") && line.contains("\"sha256:"), "{line}");
    }
    assert_eq!(stand.shelf().asked.len(), seen + 3);
    // What moved and failed is owed, though it moves no more.
    stand.publish("hermes", "1.2.0");
    stand.shelf().unpullable.insert("acme/hermes".to_owned());
    stand.run(&["watch", "--once"]).exits(3);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"));
    stand.shelf().unpullable.clear();
    stand.run(&["watch", "--once"]).exits(0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.2.0"));
    assert_eq!(stand.containers(), ["ws-2"]);
    // What moved while it was held is owed too.
    stand.run(&["hold", "hermes"]).exits(0);
    stand.publish("hermes", "1.3.0");
    stand.run(&["watch", "--once"]).exits(0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.2.0"));
    stand.run(&["unhold", "hermes"]).exits(0);
    stand.run(&["watch", "--once"]).exits(0);
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.3.0"));
    // The others were seeded, and not touched.
    assert_eq!(stand.version_here("codex"), None);
    stand.shelf().refused.insert("acme/codex".to_owned(), 404);
    let ran = stand.run(&["watch", "--once"]).exits(3);
    assert!(ran.stderr.contains("warning: codex: "), "{}", ran.stderr);
}

#[test]
fn a_watch_goes_on_until_it_is_asked_to_end() {
    let stand = typical();
    let mut child = stand.start(&["watch", "--interval", "1s", "--runtime", "hermes"]);
    let wait = |what: &str, until: &dyn Fn() -> bool| {
        for _ in 0..600 {
            if until() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("it never {what}");
    };
    wait("looked", &|| !stand.shelf().asked.is_empty());
    wait("looked again", &|| {
        stand.shelf().asked.iter().filter(|it| it.contains("\"sha256:")).count() > 1
    });
    stand.publish("hermes", "1.2.0");
    wait("pulled", &|| stand.version_here("hermes").as_deref() == Some("1.2.0"));
    wait("removed", &|| stand.containers() == ["ws-2"]);
    let number = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(number, rustix::process::Signal::INT).expect("told");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
}

#[test]
fn status_says_what_is_behind_and_what_is_inside() {
    let stand = typical();
    let report = stand.run(&["status", "--format", "json"]).exits(1).json();
    assert_eq!(report["schema"], "shipshape/images-status/1");
    let rows = |key: &str| listed(&report, "runtimes", key);
    assert_eq!(rows("runtime"), ["hermes", "crewai", "codex"]);
    assert_eq!(rows("verdict"), ["behind", "current", "absent"]);
    let hermes = &report["runtimes"][0];
    assert_eq!((&hermes["version"], &hermes["told_by"]), (&json!("1.0.0"), &json!("label")));
    assert_ne!(hermes["registry"], hermes["local"]);
    refreshed(&stand, &["--no-recreate"], 0);
    let report = stand.run(&["status", "hermes", "--format", "json"]).exits(1).json();
    assert_eq!(report["runtimes"][0]["verdict"], "current");
    assert_eq!(report["runtimes"][0]["behind"], json!(["ws-1"]));
    assert_eq!(report["runtimes"][0]["earlier"].as_array().map(Vec::len), Some(1));
    refreshed(&stand, &[], 0);
    let human = stand.run(&["status"]).exits(0).stdout;
    assert!(human.contains("3 runtimes: 0 behind, by Scripted Engine 1 at tcp://"), "{human}");
    // Where no label says it, the layers do.
    let unlabelled = stand.put("codex", "2.5.0", None);
    stand.shelf().tags.insert("acme/codex".to_owned(), unlabelled);
    refreshed(&stand, &[], 0);
    let row = |more: &[&str]| {
        let report =
            stand.run(&[&["status", "codex", "--format", "json"], more].concat()).exits(0).json();
        report["runtimes"][0].clone()
    };
    assert_eq!(row(&[])["version"], Value::Null);
    let row = row(&["--layers"]);
    assert_eq!((&row["version"], &row["told_by"]), (&json!("2.5.0"), &json!("layers")));
    // What cannot be seen is not green.
    stand.shelf().refused.insert("acme/crewai".to_owned(), 403);
    let ran = stand.run(&["status"]).exits(3);
    assert!(ran.stderr.contains("crewai: not seen: "), "{}", ran.stderr);
}

#[test]
fn credentials_reach_the_registry_and_the_engine_and_nobody_else() {
    // A password whose two forms of Base64 differ.
    let stand = typical();
    stand.shelf().password = Some("me:p>~?~~secret");
    let report = refreshed(&stand, &[], 3);
    assert_eq!(listed(&report, "failed", "kind"), ["not-logged-in"; 3]);
    // Who names the fleet answers for its registry.
    let given = [
        ("SHIPSHAPE_REGISTRY_USERNAME", "me"),
        ("SHIPSHAPE_REGISTRY_PASSWORD", "p>~?~~secret"),
        ("SHIPSHAPE_FLEET", "fleet.yaml"),
    ];
    let ran = stand.run_with(&["refresh", "-v"], &given).exits(0);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(
        said.contains("credentials: SHIPSHAPE_REGISTRY_PASSWORD") && !said.contains("secret"),
        "{said}"
    );
    let shelf = stand.shelf();
    let pull =
        shelf.told.iter().find(|line| line.starts_with("POST /images/create ")).expect("a pull");
    let shown = pull.rsplit(' ').next().expect("credentials");
    assert!(!shown.contains(['+', '/']), "{shown}");
    let decoded = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE, shown);
    let decoded: Value = serde_json::from_slice(&decoded.expect("Base64")).expect("JSON");
    assert_eq!(
        (&decoded["username"], &decoded["password"]),
        (&json!("me"), &json!("p>~?~~secret"))
    );
    assert!(
        shelf
            .told
            .iter()
            .filter(|line| !line.contains("/images/create"))
            .all(|line| line.split(' ').count() == 2)
    );
    drop(shelf);
    // As `docker login` keeps them.
    let other = typical();
    other.shelf().password = Some("me:hunter2");
    let config = json!({"auths": {(other.registry.clone()): {"auth": "bWU6aHVudGVyMg=="}}});
    other.world.write(".docker/config.json", config.to_string());
    let ran = other.run_with(&["refresh", "-v"], &[]).exits(0);
    assert!(ran.stderr.contains("credentials: [world]/.docker/config.json"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("hunter2") && !ran.stderr.contains("bWU6"), "{}", ran.stderr);
}

#[test]
fn a_fleet_without_images_says_so() {
    let stand = typical();
    let text = stand.world.read("fleet.yaml");
    let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("images:")).collect();
    stand.world.write("fleet.yaml", without.join("\n"));
    let ran = stand.run(&["refresh"]).exits(2);
    assert!(ran.stderr.contains("this fleet has no images"), "{}", ran.stderr);
}
