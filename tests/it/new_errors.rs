//! `shipshape new` of what would begin with errors: nothing is created, neither on the forge nor as a folder.

use serde_json::json;

use crate::mishaps::Stage as _;
use crate::new_forge::{FLEET, SEED, Stage};
use crate::rehearsal::Rehearsal;
use crate::world::World;

/// A key of a form that no example has.
const KEY: &str = concat!("AKIA", "QYLPMN5HHHFPZAM2");

/// A file of answers to everything, with a credential in one.
fn leaky() -> String {
    let rest = "models: [], command: '', packages: [], system_packages: [], npm_packages: []";
    format!(
        "slug: beta\nvisibility: public\nvariables: {{ {rest}, model: 'a:b', prompt: 'key {KEY}' }}\n"
    )
}

#[test]
fn a_credential_is_neither_pushed_nor_shown_nor_recorded() {
    let stage = Stage::set();
    stage.world.write("a.yaml", leaky());
    let before = stage.end_state();
    let new = ["new", "--answers", "a.yaml", "--defaults"];
    for more in [&["--yes"][..], &["--anyway"], &["--dry-run"], &["--local", "x"]] {
        let ran = stage.run(&[&new[..], more].concat()).exits(1);
        for said in [
            "`acme/workspace-template-beta` is not created: it would begin with 1 error",
            "system-prompt.md: AWS access key id `AKIA…`",
            "no option creates it",
        ] {
            assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
        }
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(KEY), "{}", ran.stdout);
        // Nobody was asked.
        assert!(!ran.stderr.contains("your answers again"), "{}", ran.stderr);
        assert_eq!(stage.end_state(), before);
    }
    assert!(!stage.world.path("x").exists());
    assert_eq!(stage.run(&["new", "--unfinished"]).exits(0).stdout, "");
    let told = stage.run(&[&new[..], &["--format", "json"]].concat()).exits(1);
    assert!(!told.stdout.contains(KEY), "{}", told.stdout);
    let told = told.json();
    assert_eq!((&told["state"], &told["next"]), (&json!("planned"), &json!([])));
    assert!(told["left"][0].as_str().is_some_and(|it| it.contains("is not created")), "{told:#}");
    // No rule looks at the description, which everybody sees, nor at aliases.
    for (option, what) in [("--description", "the description"), ("--alias", "an alias")] {
        let ran = stage.run(&["new", "beta", "--defaults", option, KEY]).exits(1);
        assert!(ran.stderr.contains(&format!("{what}: AWS access key id")), "{}", ran.stderr);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(KEY), "{}", ran.stdout);
        assert_eq!(stage.end_state(), before);
    }
}

/// A URL with a password, which is no error in a description.
const URL: &str = "https://user:hunter2@index.example/";

#[test]
fn a_command_that_lacks_an_answer_does_not_go_without_questions() {
    let stage = Stage::set();
    let new = ["new", "beta", "--defaults", "--dry-run", "--description", URL, "--alias", URL];
    let ran = stage.run(&new).exits(0);
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("hunter2"), "{}", ran.stderr);
    let line = ran.stderr.lines().map(str::trim).find(|line| line.starts_with("shipshape new"));
    let without = " # without the credential in description, alias";
    assert!(line.is_some_and(|line| line.ends_with(without)), "{line:?}");
    assert!(
        line.is_some_and(|line| !line.contains("--de") && !line.contains("--alias")),
        "{line:?}"
    );
}

#[test]
fn a_refused_answer_and_an_entry_are_shown_without_what_is_secret_in_them() {
    let stage = Stage::set();
    let new = ["new", "beta", "--defaults", "--local", "x"];
    let (key, packages) = (format!("adapter_class={KEY}-x"), format!("packages={URL}"));
    for refused in [&key, &packages] {
        let ran = stage.run(&[&new[..], &["--set", refused]].concat()).exits(2);
        assert!(ran.stderr.contains("` cannot be `"), "{}", ran.stderr);
        let is_shown = ran.stderr.contains(KEY) || ran.stderr.contains("hunter2");
        assert!(!is_shown, "{}", ran.stderr);
    }
    for more in [&[][..], &["--format", "json"]] {
        let ran = stage.run(&[&new[..], &["--alias", URL], more].concat()).exits(0);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("or add this to `members`"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_person_cannot_create_it_either_and_gets_a_command_without_it() {
    let stage = Stage::set();
    stage.world.write("a.yaml", leaky());
    let before = stage.end_state();
    let new = ["new", "--answers", "a.yaml", "--ask"];
    let ran = stage.forge.run_typing(&stage.world, &new, &["create", "leave"]).exits(0);
    for said in [
        "It cannot be created with 1 error. What now?",
        "`create` is not one of them",
        "--set 'prompt=@…'",
        "# … is the credential in prompt",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(KEY), "{}", ran.stderr);
    assert_eq!(stage.end_state(), before);
    // The command as it stands creates nothing.
    let line = ran.stderr.lines().map(str::trim).find(|line| line.starts_with("shipshape new"));
    assert!(line.is_some_and(|line| line.contains(" --defaults # …")), "{line:?}");
    let ran = stage.run(&["new", "beta", "--set", "prompt=@…", "--defaults"]).exits(2);
    assert!(ran.stderr.contains("the file for `prompt` does not exist"), "{}", ran.stderr);
    // Where there is no last question, nothing else has what was typed.
    for more in ["--yes", "--dry-run", "--read-only"] {
        let ran = stage.forge.run_typing(&stage.world, &[&new[..], &[more]].concat(), &[]).exits(1);
        let line = ran.stderr.lines().find(|line| line.contains("your answers again, corrected"));
        let said = ["shipshape new beta ", "'prompt=@…'", "# … is the credential in prompt"];
        assert!(line.is_some_and(|line| said.iter().all(|said| line.contains(said))), "{line:?}");
        assert!(!ran.stderr.contains(KEY), "{}", ran.stderr);
        assert_eq!(stage.end_state(), before);
    }
}

#[test]
fn what_does_not_parse_is_not_created() {
    let stage = Stage::set();
    let before = stage.end_state();
    let new = ["new", "beta", "--defaults", "--set", "adapter_class=class"];
    for more in [&[][..], &["--anyway"], &["--local", "x", "--register"]] {
        let ran = stage.run(&[&new[..], more].concat()).exits(1);
        assert!(ran.stderr.contains("it would begin with 2 errors"), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("adapter.py: the Python module does not parse"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(stage.end_state(), before);
    assert!(!stage.world.path("x").exists());
}

const PACK: &str = "schema: 1
name: svc
variables:
  note: { placeholder: NOTE }
paths:
  - { path: README.md, policy: templated }
  - { path: .github/workflows/ci.yml, policy: seeded }
extras: ['**']
";

const CI: &str = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: 'true'\n";

/// A fleet without a starter, whose shape has this README.
fn without_a_starter(readme: &str) -> (World, Rehearsal) {
    let world = World::new();
    world
        .write("pack/shape.yaml", PACK)
        .write("pack/files/README.md.tera", readme)
        .write("pack/files/.github/workflows/ci.yml.tera", CI)
        .write(
            "fleet.yaml",
            "schema: 1\nname: f\nforge: { owner: acme }\n\
             kinds: { svc: { prefix: svc-, shape: { folder: pack } } }\nmembers: []\n",
        );
    let seed = "schema: 1\nowners: { acme: { type: organization } }\ntokens:\n\
                - { name: writer, value: writer-token, scopes: [repo, workflow] }\n\
                - { name: classic, value: classic-token, scopes: [repo] }\n";
    let forge = Rehearsal::new(&world, seed);
    (world, forge)
}

fn is_there(forge: &Rehearsal) -> bool {
    !forge.state()["repositories"]["acme/svc-web"].is_null()
}

const NEW: [&str; 7] = ["new", "web", "--set", "note=n", "--wait", "0", "--defaults"];

/// The README of a shape with an unresolved merge.
const UNRESOLVED: &str = "<<<<<<< a\n{{ note }}\n=======\nb\n>>>>>>> c\n";

#[test]
fn other_errors_are_accepted_by_a_word_that_says_so() {
    let (world, forge) = without_a_starter(UNRESOLVED);
    let ran = forge.run(&world, &NEW).exits(1);
    assert!(ran.stderr.contains("README.md: an unresolved merge starts here"), "{}", ran.stderr);
    let hint = "or create it with them: shipshape new web ";
    assert!(
        ran.stderr.contains(hint) && ran.stderr.contains(" --anyway --defaults"),
        "{}",
        ran.stderr
    );
    assert!(!is_there(&forge));
    // To a person, the question says so, and Enter creates nothing.
    let asking = ["new", "web", "--ask", "--set", "note=n", "--owner", ""];
    let ran = forge.run_typing(&world, &asking, &["", "<", "leave"]).exits(0);
    let question = "It would have 1 error. Create it on ";
    assert!(ran.stderr.contains(question), "{}", ran.stderr);
    assert!(ran.stderr.contains(" all the same?"), "{}", ran.stderr);
    assert!(!is_there(&forge));
    let local = [&NEW[..4], &["--defaults", "--local", "x"]].concat();
    forge.run(&world, &local).exits(1);
    assert!(!world.path("x").exists());
    forge.run(&world, &[&local[..], &["--anyway"]].concat()).exits(1);
    assert!(world.path("x/README.md").exists());
    // No run of its workflow has begun yet. What is there is not refused when it is looked at again.
    let ran = forge.run(&world, &[&NEW[..], &["--anyway"]].concat()).exits(3);
    assert!(ran.stderr.contains("put one commit on"), "{}", ran.stderr);
    let ran = forge.run(&world, &NEW).exits(3);
    assert!(!ran.stderr.contains("is not created"), "{}", ran.stderr);
}

#[test]
fn a_run_that_is_continued_commits_no_credential_either() {
    let (world, forge) = without_a_starter("{{ note }}\n");
    forge.fail(&json!([{ "route": "POST /graphql", "kind": "bad-gateway-before", "times": 99 }]));
    forge.run(&world, &NEW).exits(3);
    forge.fail(&json!([]));
    assert!(is_there(&forge));
    world.write("pack/files/README.md.tera", format!("{KEY} {{{{ note }}}}\n"));
    let ran = forge.run(&world, &["new", "web", "--wait", "0"]).exits(1);
    let refused = "the files of `acme/svc-web` are not committed: they would begin with 1 error";
    assert!(ran.stderr.contains(refused), "{}", ran.stderr);
    assert!(ran.stderr.contains("no option commits them"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`--start-over` commits their files instead"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("put one commit on"), "{}", ran.stderr);
    world.write("pack/files/README.md.tera", "{{ note }}\n");
    let ran = forge.run(&world, &["new", "web", "--wait", "0"]).exits(3);
    assert!(ran.stderr.contains("put one commit on"), "{}", ran.stderr);
    assert_eq!(forge.run(&world, &["new", "--unfinished"]).exits(0).stdout, "");
}

#[test]
fn a_token_that_may_not_commit_workflows_is_refused_before_anything_is_created() {
    let (world, forge) = without_a_starter("{{ note }}\n");
    let said = "the token lacks the scope `workflow`, without which the forge refuses a commit with \
                `.github/workflows/ci.yml`";
    let ran = forge.run_as(&world, "classic", &NEW).exits(3);
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(!ran.stdout.contains(said) && !is_there(&forge), "{}", ran.stdout);
    // What commits nothing shows what would be created, and says so beside it.
    for more in ["--dry-run", "--read-only"] {
        let ran = forge.run_as(&world, "classic", &[&NEW[..], &[more]].concat()).exits(0);
        assert!(ran.stdout.contains(said), "{}", ran.stdout);
        assert!(ran.stderr.contains("Nothing was created. To create it:"), "{}", ran.stderr);
        assert!(!is_there(&forge));
    }
    // What the starter has already is no part of the commit.
    let seed = SEED.replace("  - { name: reader,", "  - { name: classic, value: classic-token, scopes: [repo, 'read:packages'] }\n  - { name: reader,");
    let stage = Stage::with(FLEET, &seed);
    stage
        .forge
        .run_as(&stage.world, "classic", &["new", "beta", "--defaults", "--dry-run"])
        .exits(0);
}

#[test]
fn what_joining_the_fleet_still_changes_is_shown_of_a_run_that_is_continued() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    let again = ["new", "beta", "--wait", "0"];
    let shown =
        "\nChanges for joining the fleet\n  list.txt    +1  beta\n  fleet.yaml  +1  - beta\n";
    let ran = stage.run(&[&again[..], &["--dry-run"]].concat()).exits(0);
    assert!(ran.stdout.contains(shown), "{}", ran.stdout);
    let ran = stage.run(&again).exits(3);
    assert!(ran.stdout.contains(shown), "{}", ran.stdout);
    // Then nothing of it is left.
    let ran = stage.run(&again).exits(3);
    assert!(!ran.stdout.contains("Changes for joining"), "{}", ran.stdout);
}

#[test]
fn a_registry_that_is_not_asked_is_not_told_of() {
    let stage = Stage::set();
    let dry = ["new", "beta", "--defaults", "--dry-run", "-v"];
    let variables = [("GH_TOKEN", "gho_of_another_forge")];
    let ran = stage.forge.run_with(&stage.world, &dry, &variables).exits(0);
    assert!(!ran.stderr.contains("asking ghcr.io"), "{}", ran.stderr);
}
