//! Members that are told of a release, once, and followed until their images contain it.

use serde_json::{Value, json};

use super::stage::{ALPHA, Member, Stage, sample};

pub(super) const fn member(slug: &'static str, contains: &'static str) -> Member {
    Member { slug, contains, ..ALPHA }
}

/// alpha is through with its next build, beta keeps what it had, whatever its run says.
pub(super) fn stage(members: &[Member]) -> Stage {
    Stage::with(members, &[("0.1.5", None), ("0.1.6", None), ("0.1.7", Some("it loses data"))], "")
}

pub(super) fn rows(document: &Value) -> Vec<(String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = document["repositories"].as_array().expect("a list");
    rows.iter().map(|row| (text(row, "repository"), text(row, "state"))).collect()
}

pub(super) fn row<'d>(document: &'d Value, slug: &str) -> &'d Value {
    let name = format!("acme/t-{slug}");
    let rows = document["repositories"].as_array().expect("a list");
    rows.iter().find(|row| row["repository"] == name.as_str()).expect("a row")
}

pub(super) const JSON: [&str; 2] = ["--format", "json"];

#[test]
fn every_member_is_told_once_with_the_version_and_an_id() {
    let stage = stage(&[ALPHA, member("beta", "0.1.5")]);
    let dry = stage.release(&["cascade", "0.1.6", "--dry-run"]).exits(0);
    assert!(dry.stdout.contains("acme/t-alpha"), "{}", dry.stdout);
    assert_eq!(stage.writes(), 0);
    let ran = stage.release(&["cascade", "0.1.6"]).exits(0);
    assert!(ran.stderr.contains("notified acme/t-alpha"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the start of a run proves nothing"), "{}", ran.stderr);
    let sent: Vec<Value> = stage
        .forge
        .exchanges()
        .into_iter()
        .filter(|it| it["path"].as_str().is_some_and(|path| path.ends_with("/dispatches")))
        .collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["request"]["event_type"], "runtime-published");
    let payload = &sent[0]["request"]["client_payload"];
    assert_eq!(payload["runtime_version"], "0.1.6");
    let id = payload["release_id"].as_str().expect("an id");
    let title = stage.runs("alpha")[0]["display_title"].clone();
    assert_eq!(title, format!("runtime 0.1.6 ({id})").as_str());
    stage.writes();
    // Again, from here and from a machine that knows nothing of it.
    let again = stage.release(&["cascade", "0.1.6"]).exits(0);
    assert!(again.stderr.contains("acme/t-alpha was notified already"), "{}", again.stderr);
    stage.world.remove_state();
    stage.release(&["cascade", "0.1.6"]).exits(0);
    assert_eq!(stage.writes(), 0);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 1));
    let dry = stage.release(&["cascade", "0.1.6", "--dry-run"]).exits(0);
    let foreseen = "2 repositories: the version was dispatched already, and the run is under way: ";
    assert!(dry.stdout.contains(foreseen), "{}", dry.stdout);
    let ran = stage.release(&["cascade", "0.1.6", "--again", "--runtime", "beta"]).exits(0);
    assert!(ran.stderr.contains(" --watch --runtime beta\n"), "{}", ran.stderr);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 2));
}

#[test]
fn without_its_token_the_stage_is_skipped_and_the_run_ends_clean() {
    let stage = stage(&[ALPHA]);
    for token in ["", "  "] {
        let none = [("TEMPLATE_DISPATCH_TOKEN", token)];
        let words = [&["cascade", "0.1.6"][..], &JSON].concat();
        let ran = stage.release_with(&words, &none).exits(0);
        assert!(
            ran.stderr.contains("WARNING: TEMPLATE_DISPATCH_TOKEN is not set"),
            "{}",
            ran.stderr
        );
        assert_eq!(
            (&ran.json()["stage"], &ran.json()["state"]),
            (&json!("cascade"), &json!("skipped"))
        );
        let human = stage.release_with(&["cascade", "0.1.6"], &none).exits(0);
        assert!(
            human.stdout.starts_with("cascade skipped: acme-runtime 0.1.6"),
            "{}",
            human.stdout
        );
    }
    // Another token at hand is not taken for it: the robot's could have told everybody.
    assert_eq!(stage.forge.count(), 0);
    let ran =
        stage.release_with(&["cascade", "0.1.6"], &[("TEMPLATE_DISPATCH_TOKEN", "a b")]).exits(2);
    assert!(
        ran.stderr.contains("the content of TEMPLATE_DISPATCH_TOKEN cannot be a token"),
        "{}",
        ran.stderr
    );
}

#[test]
fn it_does_not_outrun_the_index_nor_a_freeze() {
    let stage = stage(&[ALPHA]);
    let ran = stage.release(&["cascade", "0.1.8"]).exits(3);
    assert!(ran.stderr.contains("does not serve acme-runtime 0.1.8"), "{}", ran.stderr);
    let ran = stage.release(&["cascade", "0.1.7"]).exits(3);
    assert!(ran.stderr.contains("0.1.7 was withdrawn"), "{}", ran.stderr);
    assert!(ran.stderr.contains("it loses data"), "{}", ran.stderr);
    stage.release(&["freeze", "--reason", "wait for me"]).exits(0);
    let ran = stage.release(&["cascade", "0.1.6"]).exits(3);
    assert!(ran.stderr.contains("wait for me"), "{}", ran.stderr);
    assert!(stage.runs("alpha").is_empty());
    stage.release(&["cascade", "0.1.6", "--force"]).exits(0);
    assert_eq!(stage.runs("alpha").len(), 1);
}

#[test]
fn a_run_that_succeeded_proves_nothing_and_an_image_that_contains_it_does() {
    let stage = stage(&[ALPHA, member("beta", "0.1.5"), member("delta", "")]);
    let words = [&["cascade", "0.1.6", "--watch"][..], &JSON].concat();
    let ran = stage.release(&words).exits(3);
    let document = ran.json();
    assert_eq!(
        rows(&document),
        [
            ("acme/t-alpha".to_owned(), "contained".to_owned()),
            ("acme/t-beta".to_owned(), "failed".to_owned()),
            ("acme/t-delta".to_owned(), "unchecked".to_owned()),
        ]
    );
    assert_eq!(row(&document, "alpha")["images"][0]["version"], "0.1.6");
    let beta = row(&document, "beta");
    assert_eq!(beta["run"]["conclusion"], "success");
    assert!(
        beta["reason"].as_str().is_some_and(|why| why.contains("contains 0.1.5, and not 0.1.6")),
        "{beta}"
    );
    assert_eq!(document["state"], "failed");
    stage.release(&[&words[..], &["--soft"]].concat()).exits(0);
    // Alone, the one that is through ends clean; nobody is told twice.
    stage.release(&["cascade", "0.1.6", "--watch", "--runtime", "alpha"]).exits(0);
    assert_eq!(stage.runs("alpha").len(), 1);
    assert_eq!(stage.runs("beta").len(), 1);
}

#[test]
fn only_those_that_are_behind_are_told() {
    let stage = stage(&[ALPHA, member("beta", "0.1.5"), member("delta", "")]);
    let ran = stage.release(&[&["cascade", "0.1.6", "--only-behind"][..], &JSON].concat()).exits(0);
    let states: Vec<String> = rows(&ran.json()).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["current", "dispatched", "dispatched"]);
    assert!(stage.runs("alpha").is_empty());
}

#[test]
fn a_dry_run_knows_what_is_being_built_now() {
    let stage = stage(&[ALPHA, member("beta", "0.1.5"), member("gamma", "0.1.5")]);
    stage.release(&["cascade", "0.1.6", "--runtime", "beta"]).exits(0);
    stage.writes();
    let words = [&["cascade", "0.1.6", "--only-behind", "--dry-run"][..], &JSON].concat();
    // From here, and from a machine that knows nothing of it.
    for _ in 0..2 {
        let document = stage.release(&words).exits(0).json();
        let states: Vec<Value> =
            ["alpha", "beta", "gamma"].map(|it| row(&document, it)["state"].clone()).to_vec();
        assert_eq!(states, ["current", "dispatched", "planned"]);
        let beta = row(&document, "beta");
        assert_eq!(beta["remark"], "the version was dispatched already, and the run is under way");
        assert_eq!(beta["run"]["id"], stage.runs("beta")[0]["id"]);
        assert_eq!(beta["run"]["conclusion"], Value::Null);
        stage.world.remove_state();
    }
    assert_eq!(stage.writes(), 0);
}

#[test]
fn members_of_a_kind_without_images_are_not_told_and_nobody_asks_what_they_contain() {
    let stage = stage(&[ALPHA, member("beta", "")]);
    let fleet = std::fs::read_to_string(stage.world.path("fleet.yaml")).expect("a fleet");
    let fleet = fleet
        .replace("kinds: {", "kinds: { plugin: { shape: { folder: shape } },")
        .replace("members: [alpha", "members: [t-alpha")
        .replace("images: {", "images: { of: t,")
        .replace("[alpha,", "[t-alpha,")
        .replace("beta", "{ repository: t-beta, slug: beta, kind: plugin }");
    stage.world.write("fleet.yaml", fleet);
    let words = ["cascade", "0.1.6", "--watch"];
    let ran = stage.release(&[&words[..], &JSON].concat()).exits(0);
    assert_eq!(rows(&ran.json()).len(), 1, "{}", ran.stdout);
    assert!(stage.runs("beta").is_empty());
    let named = stage.release(&[&words[..], &["--runtime", "beta"]].concat()).exits(2);
    assert!(
        named.stderr.contains("`beta` has no image: it is of another kind"),
        "{}",
        named.stderr
    );
}

#[test]
fn a_wave_waits_until_the_images_of_the_one_before_contain_it() {
    let stage = stage(&[ALPHA, member("beta", "0.1.5"), member("delta", "0.1.6")]);
    let words = ["cascade", "0.1.6", "--waves", "1,1", "--first", "alpha"];
    let ran = stage.release(&[&words[..], &JSON].concat()).exits(3);
    let states: Vec<String> = rows(&ran.json()).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["contained", "failed", "held"]);
    assert_eq!(row(&ran.json(), "delta")["reason"], "wave 3 waits for acme/t-beta");
    assert!(stage.runs("delta").is_empty());
    let ran = stage.release(&["cascade", "0.1.6", "--waves", "0"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let ran = stage.release(&["cascade", "0.1.6", "--waves", "1", "--first", "nobody"]).exits(2);
    assert!(ran.stderr.contains("`nobody` is to go first"), "{}", ran.stderr);
}

#[test]
fn who_cannot_be_told_is_left_with_its_reason_and_the_others_go_on() {
    const ODD: [Member; 5] = [
        Member { seed: "archived: true, runs: []", ..member("old", "0.1.5") },
        Member { seed: "visibility: private, runs: []", ..member("hidden", "0.1.5") },
        Member { seed: "disabled: true, runs: []", ..member("shut", "0.1.5") },
        Member { seed: ", renamed_from: [t-before]", ..member("now", "0.1.6") },
        ALPHA,
    ];
    let stage = stage(&ODD);
    stage.world.replace(
        "fleet.yaml",
        "members: [old, hidden, shut, now, alpha]",
        "members: [old, hidden, shut, before, alpha, gone]",
    );
    let narrow = [("TEMPLATE_DISPATCH_TOKEN", "narrow-token")];
    let words = [&["cascade", "0.1.6"][..], &JSON].concat();
    let ran = stage.release_with(&words, &narrow).exits(3);
    let document = ran.json();
    let reason =
        |slug: &str| row(&document, slug)["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason("old").contains("it is archived"), "{}", reason("old"));
    assert!(reason("shut").contains("the forge has disabled it"), "{}", reason("shut"));
    for slug in ["hidden", "gone"] {
        assert!(
            reason(slug).contains("not there, or the token may not see it"),
            "{}",
            reason(slug)
        );
    }
    let renamed = row(&document, "before");
    assert_eq!(renamed["state"], "dispatched");
    assert!(renamed["remark"].to_string().contains("acme/t-now"), "{renamed}");
    assert_eq!(row(&document, "alpha")["state"], "dispatched");
    assert_eq!((stage.runs("now").len(), stage.runs("alpha").len()), (1, 1));
    stage.release_with(&[&words[..], &["--soft"]].concat(), &narrow).exits(0);
    assert_eq!((stage.runs("now").len(), stage.runs("alpha").len()), (1, 1));
    // A token that may look and not tell.
    let looks = [("TEMPLATE_DISPATCH_TOKEN", "looks-token")];
    stage.world.remove_state();
    let ran = stage
        .release_with(&[&words[..], &["--again", "--runtime", "alpha"]].concat(), &looks)
        .exits(3);
    let said = ran.json()["repositories"][0]["reason"].to_string();
    assert!(said.contains("the token may not"), "{said}");
    assert_eq!(stage.runs("alpha").len(), 1);
}

#[test]
fn a_member_that_does_not_hear_and_a_run_that_fails_are_told() {
    const ODD: [Member; 3] = [
        Member { seed: "runs: []", ..member("deaf", "0.1.5") },
        Member {
            seed: "runs: [{ workflow: publish-image.yml, on: repository_dispatch, conclusion: failure, seconds: 30 }]",
            ..member("red", "0.1.5")
        },
        Member {
            seed: "runs: [{ workflow: publish-image.yml, on: repository_dispatch, seconds: 90000 }]",
            ..member("slow", "0.1.5")
        },
    ];
    let stage = stage(&ODD);
    let ran = stage
        .release(&[&["cascade", "0.1.6", "--watch", "--patience", "20"][..], &JSON].concat())
        .exits(3);
    let document = ran.json();
    let reason =
        |slug: &str| row(&document, slug)["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason("deaf").contains("no run started"), "{}", reason("deaf"));
    assert!(
        reason("red").contains("its run ended: failure; [forge]/acme/t-red/actions/runs/"),
        "{}",
        reason("red")
    );
    assert!(reason("slow").contains("its run is not over yet"), "{}", reason("slow"));
    // What would help is named: looking at the same run again would not.
    let same = ["cascade", "0.1.6", "--watch", "--patience", "20"];
    let ran = stage.release(&same).exits(3);
    let again = |slug| {
        format!("shipshape release cascade 0.1.6 --watch --again --runtime {slug} --patience 20")
    };
    let next = format!(
        "  shipshape drift --repository deaf\n  # when its workflow is triggered by the event\n  {}\n  {}\n",
        again("deaf"),
        again("red")
    );
    assert!(ran.stderr.contains(&next), "{}", ran.stderr);
    assert_eq!(row(&document, "slow")["state"], "unchecked");
    assert_eq!((stage.runs("red").len(), stage.runs("slow").len()), (1, 1));
    stage.release(&[&same[..], &["--again", "--runtime", "red"]].concat()).exits(3);
    assert_eq!((stage.runs("red").len(), stage.runs("slow").len()), (2, 1));
    // From then on it is about the last one, and the others are known as before.
    let ran = stage.release(&[&same[..], &JSON].concat()).exits(3);
    let document = ran.json();
    assert_eq!(row(&document, "red")["run"]["id"], stage.runs("red")[0]["id"]);
    assert_eq!((stage.runs("red").len(), stage.runs("slow").len()), (2, 1));
}

#[test]
fn runs_that_are_not_called_by_the_id_are_found_by_what_came_before() {
    let stage = stage(&[ALPHA, member("beta", "0.1.6")]);
    let path = "/repos/acme/t-alpha/contents/.github/workflows/publish-image.yml";
    let sha = stage.ask("ann", "GET", path, Value::Null)["sha"].clone();
    // name: publish-image\non: [repository_dispatch]\n
    let content = "bmFtZTogcHVibGlzaC1pbWFnZQpvbjogW3JlcG9zaXRvcnlfZGlzcGF0Y2hdCg==";
    stage.ask("ann", "PUT", path, json!({ "message": "x", "content": content, "sha": sha }));
    let by_hand = json!({ "event_type": "runtime-published", "client_payload": {} });
    stage.ask("ann", "POST", "/repos/acme/t-alpha/dispatches", by_hand);
    let ran = stage.release(&[&["cascade", "0.1.6", "--watch"][..], &JSON].concat()).exits(0);
    let says =
        "acme/t-alpha: its run is over, but does not show the id of the dispatch: it counts in ";
    assert_eq!(ran.stderr.matches(says).count(), 1, "{}", ran.stderr);
    let runs = stage.runs("alpha");
    assert_eq!(runs.len(), 2);
    assert_eq!(ran.json()["repositories"][0]["run"]["id"], runs[0]["id"]);
    stage.release(&["cascade", "0.1.6", "--watch"]).exits(0);
    assert_eq!(stage.runs("alpha").len(), 2);
    // To tell somebody else again makes nobody forget that this one was told, which no forge could say.
    stage.release(&["cascade", "0.1.6", "--again", "--runtime", "beta"]).exits(0);
    let ran = stage.release(&["cascade", "0.1.6"]).exits(0);
    assert!(ran.stderr.contains("acme/t-alpha was notified already"), "{}", ran.stderr);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (2, 2));
}

#[test]
fn killed_at_any_request_and_run_again_nobody_is_told_twice() {
    let two = || stage(&[ALPHA, member("beta", "0.1.6")]);
    let words = ["release", "cascade", "0.1.6"];
    let calm = two();
    calm.release(&words[1..]).exits(0);
    let requests = calm.forge.count();
    assert!(requests >= 7, "{requests}");
    for at in sample(requests) {
        for kind in ["slow", "reset-before"] {
            let stage = two();
            let faults = match kind {
                "slow" => json!([{ "at": at, "kind": "slow", "seconds": 600 }]),
                _ => (at..at + 100).map(|at| json!({ "at": at, "kind": kind })).collect(),
            };
            stage.forge.fail(&faults);
            let mut command = stage.world.command(&stage.world.path(""), &words);
            command
                .envs(stage.forge.variables())
                .env("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token");
            stage.forge.killed(command, at);
            stage.release(&words[1..]).exits(0);
            let told = (stage.runs("alpha").len(), stage.runs("beta").len());
            assert_eq!(told, (1, 1), "{kind} at request {at}");
        }
    }
}

#[test]
fn runs_that_cannot_be_seen_prove_nothing() {
    const PRIVATE: &str = ", visibility: private";
    let stage = stage(&[
        Member { seed: PRIVATE, ..ALPHA },
        Member { seed: PRIVATE, ..member("beta", "0.1.5") },
    ]);
    let blind = [("TEMPLATE_DISPATCH_TOKEN", "unlabelled-token")];
    let words = [&["cascade", "0.1.6", "--watch"][..], &JSON].concat();
    let document = stage.release_with(&words, &blind).exits(3).json();
    assert_eq!(row(&document, "alpha")["state"], "contained");
    let beta = row(&document, "beta");
    assert_eq!(beta["state"], "unchecked");
    let why = beta["reason"].to_string();
    assert!(why.contains("its runs cannot be seen, and"), "{why}");
    assert!(why.contains("the token needs `actions: read`"), "{why}");
    assert!(why.contains("`shipshape doctor --permissions release cascade`"), "{why}");
    assert_eq!(stage.runs("beta").len(), 1);
    // A machine that has told it knows, though it sees nothing.
    stage.release_with(&words, &blind).exits(3);
    assert_eq!(stage.runs("beta").len(), 1);
}

#[test]
fn nobody_is_taken_back_from_a_later_version_unless_somebody_insists() {
    let stage = stage(&[ALPHA, member("beta", "0.1.6")]);
    let dry = ["cascade", "0.1.5", "--dry-run"];
    for words in [&["cascade", "0.1.5"][..], &["cascade", "0.1.5", "--again"], &dry] {
        let ran = stage.release(words).exits(2);
        let says = "0.1.6 is published; notifying members of 0.1.5 would take their images back";
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        let hint = "to go back on purpose: `shipshape release back 0.1.5`";
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    }
    assert_eq!(stage.writes(), 0);
    // An image that keeps the later version is not through.
    let back = ["cascade", "0.1.5", "--watch", "--force", "--runtime", "beta"];
    let document = stage.release(&[&back[..], &JSON].concat()).exits(3).json();
    assert_eq!(row(&document, "beta")["state"], "failed");
    let why = row(&document, "beta")["reason"].as_str().expect("a reason");
    assert!(why.contains("contains 0.1.6, and not 0.1.5"), "{why}");
    // What it was told is over, and its image is another: that it was told once does not count.
    let words = ["cascade", "0.1.5", "--force", "--only-behind"];
    let ran = stage.release(&words).exits(0);
    let aside = "set aside: 0.1.6 is published; notifying members of 0.1.5 would take";
    assert!(ran.stderr.contains(aside), "{}", ran.stderr);
    assert!(ran.stderr.contains("notified acme/t-beta\n"), "{}", ran.stderr);
    assert!(
        ran.stderr.ends_with("  shipshape release cascade 0.1.5 --watch --only-behind --force\n"),
        "{}",
        ran.stderr
    );
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 2));
    // Those runs are not over: who is being taken back is not told again meanwhile.
    let ran = stage.release(&words).exits(0);
    assert!(ran.stderr.contains("acme/t-beta was notified already"), "{}", ran.stderr);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 2));
}

#[test]
fn the_registry_is_shown_what_credentials_there_are_for_it() {
    let stage = stage(&[ALPHA]);
    let words = ["cascade", "0.1.6", "--watch", "-v"];
    let given = [("SHIPSHAPE_REGISTRY_PASSWORD", "secret"), ("SHIPSHAPE_REGISTRY_USERNAME", "me")];
    let ran = stage.release_with(&words, &given).exits(0);
    assert!(ran.stderr.contains("credentials: SHIPSHAPE_REGISTRY_PASSWORD"), "{}", ran.stderr);
    // A secret of CI that is not set is an empty text, and none.
    let ran = stage.release_with(&words, &[("SHIPSHAPE_REGISTRY_PASSWORD", "")]).exits(0);
    assert!(ran.stderr.contains("credentials: nowhere"), "{}", ran.stderr);
}

#[test]
fn where_every_version_was_withdrawn_pinning_says_so() {
    let stage = Stage::with(&[ALPHA], &[("0.1.7", Some("it loses data"))], "");
    let pin = |words: &[&str]| stage.forge.run_with(&stage.world, &[&["pin"], words].concat(), &[]);
    let ran = pin(&["latest", "--dry-run"]).exits(3);
    assert!(ran.stderr.contains("withdrawn: 0.1.7 (it loses data)"), "{}", ran.stderr);
    assert!(ran.stderr.contains("shipshape release plan"), "{}", ran.stderr);
    let ran = pin(&["0.1.7", "--dry-run"]).exits(3);
    assert!(ran.stderr.contains("was withdrawn") && !ran.stderr.contains("processed it yet"));
    let ran = pin(&["--check"]);
    assert!(
        ran.stderr.contains("compared with no version: every final version was withdrawn: 0.1.7"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_forge_that_does_not_answer_while_runs_are_followed_is_said() {
    let stage = stage(&[ALPHA]);
    let one = "GET /repos/{owner}/{repo}/actions/runs/{run_id}";
    stage.forge.fail(&json!([{ "route": one, "kind": "bad-gateway-before", "times": 60 }]));
    let ran = stage.release(&["cascade", "0.1.6", "--watch", "--patience", "10"]);
    assert!(ran.stderr.contains("; the forge has not answered for "), "{}", ran.stderr);
}
