//! What the dashboard shows.

use rustix::process::Signal;
use serde_json::json;

use super::{Serving, TOKEN, fleet};

#[test]
fn the_dashboard_shows_the_fleet_and_what_could_not_be_judged() {
    let (world, forge) = fleet();
    world.write(
        "fleet.yaml",
        super::FLEET.replace("[t-hermes, t-codex]", "[t-hermes, t-codex, t-gone]"),
    );
    world.write(
        "history.jsonl",
        "{\"schema\":\"shipshape/history/1\",\"at\":\"2026-11-20T12:00:00Z\",\"repositories\":2,\
         \"conformant\":1,\"drifted\":1,\"broken\":0,\"unchecked\":0,\"findings\":3,\"verdicts\":{}}\n",
    );
    let serving = Serving::dashboard(&world, &forge, &[]);
    let page = serving.get_with_token("/").is(200);
    let seen = ["t-hermes", "t-codex", "README.md", "Could not be judged", "Trend", "2026-11-20"];
    let to_do = ["What matters most", "path-", "Next", "shipshape explain"];
    for wanted in [&seen[..], &to_do[..]].concat() {
        assert!(page.body.contains(wanted), "{wanted}:\n{}", page.body);
    }
    assert!(page.body.contains("Judged <time datetime=\"2026-11-22T12:00:00Z\">"));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    for name in ["x-content-type-options", "referrer-policy", "cross-origin-resource-policy"] {
        assert!(page.header(name).is_some(), "{name}");
    }
    assert_eq!(page.header("cache-control"), Some("no-store"));
    // What a page needs is on this server, under a name that is its hash.
    for attribute in ["href=\"/assets/", "src=\"/assets/"] {
        let (_, rest) = page.body.split_once(attribute).expect("an asset");
        let name = rest.split('"').next().expect("a name");
        let asset = serving.get(&format!("/assets/{name}")).is(200);
        assert!(asset.header("cache-control").is_some_and(|it| it.contains("immutable")));
    }
    let report = serving.get_with_token("/report").is(200);
    assert!(report.body.contains("<a class=\"home\" href=\"&#x2F;\">Dashboard</a>"), "a way back");
    let policy = report.header("content-security-policy").expect("a policy");
    assert!(policy.contains("sha256-") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!report.body.contains("<script>alert(1)"), "text of a repository stays text");
    assert!(report.body.contains("&lt;script&gt;alert(1)"));
    assert!(serving.verdict("t-gone").contains("unchecked"));
    assert_eq!(serving.metric("shipshape_repositories{verdict=\"conformant\"}"), 1);
    let empty = serving.get_with_token("/releases").is(200).body;
    assert!(empty.contains("No release is known here yet"));
    assert!(
        serving.get_with_token("/images").is(200).body.contains("ghcr.io&#x2F;acme&#x2F;t-hermes")
    );
}

#[test]
fn a_page_that_has_not_changed_is_not_sent_again() {
    let (world, forge) = fleet();
    let serving = Serving::dashboard(&world, &forge, &[]);
    // What stands beside the fleet is looked at after it.
    serving.until("campaigns were looked at", || {
        serving.get_with_token("/campaigns").body.contains("No campaign is watched")
    });
    let bearer = format!("Bearer {TOKEN}");
    let tag = serving.get_with_token("/").header("etag").expect("a tag").to_owned();
    let again = |tag: &str| {
        serving.ask("GET", "/", &[("Authorization", &bearer), ("If-None-Match", tag)], b"")
    };
    assert!(again(&tag).is(304).body.is_empty());
    again("\"another\"").is(200);
}

#[test]
fn what_fails_is_said_and_what_was_known_stays() {
    let (world, forge) = fleet();
    let serving =
        Serving::start(&world, Some(&forge), &["--role", "dashboard", "--every", "1"], &[]);
    serving.until("it is ready", || serving.get("/readyz").status == 200);
    world.write("fleet.yaml", "schema: 1\nname: acme\nunknown: key\n");
    serving.until("the failure is shown", || {
        serving.get_with_token("/").body.contains(", failed:</strong>")
    });
    let page = serving.get_with_token("/").is(200).body;
    assert!(page.contains("t-hermes") && page.contains("`members` is missing"), "{page}");
    world.write("fleet.yaml", super::FLEET);
    serving
        .until("it is over", || !serving.get_with_token("/").body.contains(", failed:</strong>"));
    let (code, told) = serving.end(Signal::INT);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("the fleet could not be judged"), "{told}");
    assert!(!told.contains(TOKEN), "{told}");
}

#[test]
fn a_server_whose_token_the_forge_refuses_is_not_ready() {
    let (world, forge) = fleet();
    let serving =
        Serving::start(&world, Some(&forge), &["--role", "dashboard", "--every", "1"], &[]);
    serving.until("it is ready", || serving.get("/readyz").status == 200);
    let refusing = serde_json::json!([{ "at": 1, "times": 100_000, "kind": "unauthorized" }]);
    forge.fail(&refusing);
    serving.until("it is not ready", || serving.get("/readyz").status == 503);
    assert_eq!(serving.get("/readyz").body.trim(), "the forge does not accept the token");
    // What was read before is still shown, with the failure.
    assert!(serving.get_with_token("/").is(200).body.contains(", failed:</strong>"));
    assert_eq!(serving.get("/healthz").status, 200);
    forge.fail(&serde_json::json!([]));
    serving.until("it is ready again", || serving.get("/readyz").status == 200);
}

#[test]
fn campaigns_stand_by_who_owns_them() {
    let (world, forge) = fleet();
    world.write(
        "campaign.yaml",
        "schema: 1\nname: greet\nchanges:\n  - restore: { paths: [README.md] }\n\
         pull_request: { title: Say hello, body: Hello. }\n",
    );
    let text = world.read("campaign.yaml");
    world.write("later.yaml", text.replace("name: greet", "name: later"));
    let arguments = ["--every", "1", "--campaign", "campaign.yaml", "--campaign", "later.yaml"];
    let serving = Serving::start(
        &world,
        Some(&forge),
        &[&["--role", "dashboard"], &arguments[..]].concat(),
        &[],
    );
    // A file that goes wrong later is shown, and the others stay.
    world.write("later.yaml", "name: [\n");
    serving.until("campaigns were looked at", || {
        serving.get_with_token("/campaigns").body.contains("Could not be checked")
    });
    let page = serving.get_with_token("/campaigns").is(200).body;
    for wanted in ["greet", "@acme&#x2F;agents", "t-codex", "later.yaml"] {
        assert!(page.contains(wanted), "{wanted}:\n{page}");
    }
}

#[test]
fn a_campaign_that_is_not_there_is_refused_before_anything_is_served() {
    let (world, forge) = fleet();
    world.write("broken.yaml", "schema: 1\nname: x\nnonsense: true\n");
    for (file, said) in [("nope.yaml", "nope.yaml"), ("broken.yaml", "nonsense")] {
        let words =
            ["serve", "--role", "dashboard", "--no-token", "--listen", "0", "--campaign", file];
        let ran = forge.run(&world, &words).exits(2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_role_that_is_off_answers_nothing() {
    let (world, forge) = fleet();
    let serving = Serving::start(&world, Some(&forge), &["--role", "webhooks"], &[]);
    for path in ["/", "/campaigns", "/report", "/report.json"] {
        serving.get_with_token(path).is(404);
    }
    serving.ask("POST", "/admin/images/refresh", &[], b"").is(404);
    serving.get("/readyz").is(200);
    serving.get_with_token("/nowhere").is(404);
    serving.ask("POST", "/healthz", &[], b"").is(405);
    let dashboard = Serving::dashboard(&world, &forge, &[]);
    dashboard.ask("POST", "/webhooks/github", &[], json!({}).to_string().as_bytes()).is(404);
}

#[test]
fn releases_stand_with_their_stages() {
    use shipshape::journal::Journal;
    use shipshape::journal::place::{FleetIdentity, state_file};
    use shipshape::release::back::begin;
    use shipshape::release::chain::{Record, Row, State, operation};
    use shipshape::release::{ReleaseId, Stage};

    let (world, forge) = fleet();
    let address = shipshape::forge::ForgeAddress::parse(&forge.url()).expect("an address");
    let (manifest, address) = (world.path("fleet.yaml"), address.to_string());
    let identity = FleetIdentity::Manifest { file: &manifest, forge: &address };
    let file = state_file(&world.path(".local/state/shipshape"), "acme", identity);
    let version = "0.1.6".parse().expect("a version");
    let release = ReleaseId { distribution: "acme-runtime", version: &version };
    let (name, input) = operation(release);
    let journal = Journal::open(&file).expect("a journal");
    let begun = journal.begin(&name, &input, "2026-11-21T12:00:00Z").expect("an operation");
    let rows = [
        Row::new(Stage::Tag, State::Done, "runtime-v0.1.6"),
        Row::new(Stage::Publish, State::Failed, "the index was <b>away</b>"),
    ];
    Record::keep(&begun, &rows).expect("kept");
    drop(begun);
    let earlier = "0.1.5".parse().expect("a version");
    let back = ReleaseId { version: &earlier, ..release };
    drop(begin(&journal, back, &[], "2026-11-21T13:00:00Z").expect("begun"));
    drop(journal);
    let serving = Serving::dashboard(&world, &forge, &[]);
    serving.until("releases were looked at", || {
        serving.get_with_token("/releases").body.contains("acme-runtime 0.1.6")
    });
    let page = serving.get_with_token("/releases").is(200).body;
    for wanted in [
        "release back 0.1.5, started at 2026-11-21T13:00:00Z, was cut off.",
        "runtime-v0.1.6",
        "the index was &lt;b&gt;away",
        "failed",
        "consumers",
    ] {
        assert!(page.contains(wanted), "{wanted}:\n{page}");
    }
}
