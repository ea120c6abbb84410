//! What docs/permissions.md says of releases is enough, and none of it is too much.

use shipshape::forge::permissions::{Access, COMMANDS, CommandNeeds, Permission};

use super::stage::{LABEL, Shelved, Stage};
use crate::pin::shelf::Shelf;
use crate::world::Ran;

fn arguments(command: &str) -> &'static [&'static str] {
    match command {
        "release plan" => &["plan", "--format", "json"],
        "release tag" => &["tag"],
        "release run" => &["run", "--yes", "--until", "tag", "--format", "json"],
        "release freeze" => &["freeze", "--reason", "wait"],
        "release thaw" => &["thaw"],
        "release cascade" => &["cascade", "0.1.5", "--watch", "--format", "json"],
        "release consumers" => &["consumers", "--format", "json"],
        other => panic!("no test runs `{other}`"),
    }
}

/// What the two tokens of a command may do: the usual one, and the one that notifies.
type Given = [Vec<(&'static str, Access)>; 2];

/// As a seed lists permissions.
fn listed(given: &Given) -> [String; 2] {
    given.each_ref().map(|of| {
        let all = of.iter().map(|(name, access)| format!("{name}: {access}"));
        all.collect::<Vec<_>>().join(", ")
    })
}

fn private(given: &Given, versions: &[Shelved]) -> Stage {
    let listed = listed(given);
    Stage::private_with(listed.each_ref().map(String::as_str), versions)
}

const EXACT: [(&str, &str); 2] =
    [("GH_ENTERPRISE_TOKEN", "exact-token"), ("TEMPLATE_DISPATCH_TOKEN", "exact-dispatch-token")];

/// Runs a command with tokens of these permissions.
fn ran(needs: &CommandNeeds, given: &Given) -> (Ran, Vec<String>) {
    let stage = private(given, &[("0.1.5", None)]);
    stage.merge("workspace/one.py", "ONE = 1\n", &["release:minor"]);
    match needs.command {
        "release thaw" => drop(stage.release(&["freeze", "--reason", "wait"]).exits(0)),
        "release consumers" => consumers(&stage),
        _ => {}
    }
    let ran = stage.release_with(arguments(needs.command), &EXACT);
    (ran, stage.tags())
}

/// The label of an image's version stands in a shape on the forge, and nowhere else.
fn consumers(stage: &Stage) {
    let digest = Shelf::default().labelled("any", "latest", &[(LABEL, "0.1.5")]);
    stage.world.write("pins.json", format!("{{\"alpha\": \"{digest}\"}}"));
    stage.world.replace("fleet.yaml", "{ folder: shape }", "{ repository: shapes, path: pack }");
    stage.world.replace("fleet.yaml", &format!(", version_label: {LABEL}"), "");
    let manifest = stage.world.read("fleet.yaml");
    let asked = "consumers: [{ name: production, runtime: alpha, file: pins.json, key: alpha }]\n";
    stage.world.write("fleet.yaml", manifest + asked);
}

fn all() -> impl Iterator<Item = &'static CommandNeeds> {
    let is_here = |needs: &&CommandNeeds| {
        // `mirror.rs` tries one, and the last tests here the others, beside an index with more.
        needs.command.starts_with("release ")
            && !matches!(needs.command, "release mirror" | "release publish" | "release back")
    };
    COMMANDS.iter().filter(is_here)
}

fn given(needs: &CommandNeeds) -> Given {
    let of =
        |permissions: &[Permission]| permissions.iter().map(|it| (it.name, it.access)).collect();
    [of(needs.permissions), of(needs.by_dispatch_token)]
}

#[test]
fn what_the_table_says_is_enough() {
    for needs in all() {
        let (ran, tags) = ran(needs, &given(needs));
        assert_eq!(ran.code, 0, "{}: {}{}", needs.command, ran.stdout, ran.stderr);
        let wanted: &[&str] = match needs.command {
            "release tag" | "release run" => &["runtime-v0.1.5", "runtime-v0.2.0"],
            "release freeze" => &["runtime-freeze", "runtime-v0.1.5"],
            _ => &["runtime-v0.1.5"],
        };
        assert_eq!(tags, wanted, "{}", needs.command);
    }
}

#[test]
fn without_any_one_of_it_nothing_is_green() {
    for needs in all() {
        let of = [needs.permissions, needs.by_dispatch_token];
        let all = of.iter().enumerate().flat_map(|(at, of)| of.iter().map(move |it| (at, it)));
        for (at, missing) in all.filter(|(_, it)| it.name != "packages") {
            match (needs.command, at, missing.name) {
                // Of runs that cannot be seen `cascade.rs` tells: here the image contains the version, which is proof
                // enough. The freeze is read by either token. This run ends before its cascade.
                ("release cascade", 1, "actions")
                | ("release cascade", 0, "contents")
                | ("release run", 1, _) => continue,
                _ => {}
            }
            let mut less = given(needs);
            match missing.access {
                Access::Read => less[at].retain(|(name, _)| *name != missing.name),
                Access::Write => {
                    for it in less[at].iter_mut().filter(|it| it.0 == missing.name) {
                        it.1 = Access::Read;
                    }
                }
            }
            let (ran, _) = ran(needs, &less);
            assert_ne!(
                ran.code, 0,
                "{} with {less:?}: {}{}",
                needs.command, ran.stdout, ran.stderr
            );
        }
    }
}

#[test]
fn going_back_writes_the_freeze_and_to_the_members() {
    let back = COMMANDS.iter().find(|needs| needs.command == "release back").expect("a row");
    let [usual, notifying] = given(back);
    let reads = || vec![("contents", Access::Read), ("actions", Access::Read)];
    let tries = [
        ([usual.clone(), notifying.clone()], [true, true]),
        ([usual, reads()], [false, false]),
        ([reads(), notifying], [false, false]),
    ];
    for (given, [is_enough, is_frozen]) in tries {
        let stage = private(&given, &[("0.1.5", None), ("0.1.6", None)]);
        let ran = stage.release_with(&["back", "0.1.5", "--yes"], &EXACT);
        assert_eq!(ran.code == 0, is_enough, "{given:?}: {}{}", ran.stdout, ran.stderr);
        let tags = stage.tags();
        assert_eq!(tags.contains(&"runtime-freeze".to_owned()), is_frozen, "{given:?}");
    }
}

#[test]
fn publishing_reads_the_freeze_and_the_members_and_may_nothing_else() {
    let publish = COMMANDS.iter().find(|needs| needs.command == "release publish").expect("a row");
    let nothing = [vec![("issues", Access::Write)], Vec::new()];
    for (given, is_enough) in [(given(publish), true), (nothing, false)] {
        let stage = private(&given, &[("0.1.5", None)]);
        let head = stage.head();
        stage.tag_by_hand("runtime-v0.1.6", &head);
        stage
            .world
            .write("package.yaml", super::chain::DESCRIPTION)
            .write("README.md", "core")
            .write("LICENSE", "MIT")
            .write("workspace/main.py", "import plugins\n\nprint(plugins.load)\n")
            .write("workspace/plugins.py", "def load(): ...\n");
        let mut variables = stage.forge.index_variables();
        variables.push(("GH_ENTERPRISE_TOKEN", "exact-token".to_owned()));
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let ran = stage.release_with(&["publish", "0.1.6", "--no-smoke"], &variables);
        assert_eq!(ran.code == 0, is_enough, "{given:?}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(stage.published().len(), if is_enough { 2 } else { 0 }, "{given:?}");
        assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6"]);
    }
}

#[test]
fn a_token_that_cannot_read_the_members_is_refused_before_the_tag() {
    let stage = Stage::private(["contents: read"; 2]);
    stage.merge("workspace/one.py", "ONE = 1\n", &[]);
    let with = |words: &[&str]| {
        let words = [&["run", "--yes", "--no-smoke"], words].concat();
        stage.release_with(&words, &[("GH_ENTERPRISE_TOKEN", "platform-token")])
    };
    let ran = with(&["--until", "compat"]).exits(3);
    for said in [
        "the token cannot read all members, so nothing was done",
        "`acme/t-alpha`: cannot be read: it is not there, or the token may not see it",
        "permit it `contents: read` in the repositories of the members",
        "--no-compat",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert_eq!(stage.tags(), ["runtime-v0.1.5"]);
    // Who does not want that gate, or goes no further, does not need the members.
    with(&["--until", "tag"]).exits(0);
    assert_eq!(stage.tags().len(), 2);
}

#[test]
fn a_token_for_members_alone_notifies_them_and_the_usual_one_reads_the_freeze() {
    let cascade = COMMANDS.iter().find(|needs| needs.command == "release cascade").expect("a row");
    let stage = private(&given(cascade), &[("0.1.5", None)]);
    let members = ("TEMPLATE_DISPATCH_TOKEN", "members-token");
    let words = ["cascade", "0.1.5", "--watch", "--format", "json", "--again"];
    let with = |usual: &str| stage.release_with(&words, &[members, ("GH_ENTERPRISE_TOKEN", usual)]);
    let notified = || stage.runs("alpha").len();
    let before = notified();
    let ran = with("writer-token").exits(0);
    assert_eq!(ran.json()["repositories"][0]["state"], "contained", "{}", ran.stdout);
    assert_eq!(notified(), before + 1);
    // Where no token may read the freeze, nothing is done, and both remedies are named.
    for usual in ["", "members-token"] {
        let ran = with(usual).exits(3);
        let hint = "permit TEMPLATE_DISPATCH_TOKEN or the token of other commands `contents: read` in `acme/core`";
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    }
    // The freeze is seen, between waves too.
    stage.release(&["freeze", "--reason", "wait"]).exits(0);
    let ran = with("writer-token").exits(3);
    assert!(ran.stderr.contains("releases are frozen"), "{}", ran.stderr);
    assert_eq!(notified(), before + 1);
}
