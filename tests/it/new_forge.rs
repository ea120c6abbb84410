//! `shipshape new` on the forge: made once, whatever is killed or lost on the way.

use serde_json::{Value, json};

use crate::mishaps::{Stage as _, faulty_anywhere, killed_anywhere};
use crate::rehearsal::Rehearsal;
use crate::world::{Ran, World};

pub(crate) const FLEET: &str = "# Who we are.
schema: 1
name: acme
forge: { owner: acme }
kinds:
  workspace:
    prefix: workspace-template-
    starter: workspace-template-starter
    owner: '@acme/platform'
    new: { visibility: public }
images: { registry: ghcr.io, name: 'ghcr.io/acme/workspace-template-{slug}' }
members:
  - alpha # the first
registrations:
  - { name: images, repository: core, path: images.go, language: go, symbol: RuntimeImages, form: map, values: '{image}:latest' }
  - { name: list, repository: core, path: list.json, language: json, form: array }
  - { name: beside, path: list.txt, language: text, form: array }
";

pub(crate) const SEED: &str = r#"
schema: 1
owners: { acme: { type: organization } }
tokens:
  - { name: writer, value: writer-token, scopes: [repo, workflow, "read:packages"] }
  - { name: reader, value: reader-token, permissions: { contents: read, metadata: read } }
repositories:
  - name: acme/workspace-template-starter
    from: starter
    template: true
    runs:
      - { workflow: ci.yml, conclusion: success, seconds: 20 }
      - { workflow: publish-image.yml, conclusion: failure, seconds: 5, times: 1 }
      - { workflow: publish-image.yml, conclusion: success, seconds: 60, publishes: { name: "{repository}" } }
  - name: acme/core
    files:
      images.go: "package x\n\nvar RuntimeImages = map[string]string{\n\t\"alpha\": \"ghcr.io/acme/workspace-template-alpha:latest\",\n}\n"
      list.json: "[\"alpha\"]\n"
  - { name: acme/workspace-template-alpha, files: { README.md: ours } }
  - { name: acme/workspace-template-taken, files: { README.md: mine } }
  - { name: acme/home, files: { fleet.yaml: "FLEET" } }
"#;

const ARGUMENTS: [&str; 3] = ["new", "beta", "--defaults"];

/// A forge with a starter, and a fleet beside it.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) forge: Rehearsal,
}

impl Stage {
    pub(crate) fn with(fleet: &str, seed: &str) -> Self {
        let world = World::new();
        world.run(&["shape", "show", "--render", "starter", "--starter"]).exits(0);
        world.run(&["shape", "show", "--export", "starter/.shipshape"]).exits(0);
        world.write("starter/LICENSE", "Do what you like.\n");
        world.write("fleet.yaml", fleet).write("list.txt", "alpha\n");
        let seed = seed.replace("FLEET", &fleet.replace('\n', "\\n"));
        Self { forge: Rehearsal::new(&world, &seed), world }
    }

    fn typing(&self, arguments: &[&str], lines: &[&str]) -> Ran {
        self.forge.run_typing(&self.world, arguments, lines)
    }

    fn pulls(&self, repository: &str) -> Value {
        self.end_state()[repository]["pulls"].clone()
    }
}

impl crate::mishaps::Stage for Stage {
    fn set() -> Self {
        Self::with(FLEET, SEED)
    }

    fn world(&self) -> &World {
        &self.world
    }

    fn forge(&self) -> &Rehearsal {
        &self.forge
    }

    /// Everything that matters of what is there, without times and the ids that follow from them.
    fn end_state(&self) -> Value {
        let state = self.forge.state();
        let mut summary = serde_json::Map::new();
        for (name, repository) in state["repositories"].as_object().expect("repositories") {
            let references: serde_json::Map<String, Value> = repository["references"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, it)| (name.clone(), json!([it["tree"], it["message"], it["history"]])))
                .collect();
            let pulls = repository["pulls"].as_array().into_iter().flatten();
            let mut pulls: Vec<Value> = pulls
                .map(|it| json!([it["title"], it["body"], it["state"], it["draft"], it["head"]]))
                .collect();
            pulls.sort_by_key(Value::to_string);
            summary.insert(
                name.clone(),
                json!({
                    "references": references, "pulls": pulls,
                    "description": repository["description"], "visibility": repository["visibility"],
                }),
            );
        }
        // The address has another port each time.
        let text = Value::Object(summary).to_string().replace(&self.forge.url(), "[forge]");
        let mut state: Value = serde_json::from_str(&text).expect("JSON");
        for file in ["fleet.yaml", "list.txt"] {
            state[file] = self.world.read(file).into();
        }
        state
    }
}

#[test]
fn a_repository_is_made_with_one_commit_its_lists_and_its_member() {
    let stage = Stage::set();
    let ran = stage.run(&ARGUMENTS).exits(0);
    for said in [
        "generate acme/workspace-template-beta from acme/workspace-template-starter, PUBLIC: anyone can see it",
        "images: a pull request waits for review",
        "a new image is private",
        "0 findings",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}\n{}", ran.stdout, ran.stderr);
    }
    let state = stage.end_state();
    let beta = &state["acme/workspace-template-beta"];
    let main = &beta["references"]["refs/heads/main"];
    assert_eq!(main[2], 2, "{beta:#}");
    assert!(
        main[1]
            .as_str()
            .expect("a message")
            .contains("Shipshape-New: acme/workspace-template-beta")
    );
    assert_eq!(beta["description"], "Beta as a workspace runtime");
    let pulls = state["acme/core"]["pulls"].as_array().expect("pulls");
    assert_eq!(pulls.len(), 2, "{pulls:#?}");
    assert!(pulls.iter().all(|pull| pull[3] == json!(false)), "{pulls:#?}");
    assert_eq!(state["fleet.yaml"], FLEET.replace("first\n", "first\n  - beta\n"));
    assert_eq!(state["list.txt"], "alpha\nbeta\n");
    // The starter's own extras stay, its pack does not: judged as the forge has it.
    let next = "\nNext:\n  shipshape validate --repository acme/workspace-template-beta\n  shipshape fleet status\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    stage.run(&["validate", "--repository", "beta"]).exits(0);
    let again = stage.run(&ARGUMENTS).exits(0);
    assert!(
        again.stdout.contains("continue with acme/workspace-template-beta"),
        "{}",
        again.stdout
    );
    assert_eq!(stage.end_state(), state);
    // It asks nothing either, and shows no answers that would be another's.
    let other = stage.run(&["new", "beta", "--set", "model=a:b"]).exits(0);
    assert!(
        other.stderr.contains("answers change nothing that exists already"),
        "{}",
        other.stderr
    );
    assert!(!other.stdout.contains("a:b"), "{}", other.stdout);
    assert_eq!(stage.end_state(), state);
}

#[test]
fn what_is_taken_or_not_permitted_is_said_before_anything_is_made() {
    let stage = Stage::set();
    let before = stage.end_state();
    let ran = stage.run(&["new", "taken", "--defaults"]).exits(2);
    assert!(ran.stderr.contains("already exists"), "{}", ran.stderr);
    let ran = stage.run(&["new", "alpha", "--defaults"]).exits(2);
    assert!(ran.stderr.contains("`alpha` is already a member"), "{}", ran.stderr);
    stage.run(&["new", "beta", "--defaults", "--dry-run"]).exits(0);
    let reading = ["new", "beta", "--defaults", "--read-only"];
    stage.run(&reading).exits(0);
    // What a job's environment says no option lifts.
    let variables = [("SHIPSHAPE_READ_ONLY", "1")];
    let ran = stage.forge.run_with(&stage.world, &reading[..3], &variables).exits(0);
    assert!(ran.stderr.contains("SHIPSHAPE_READ_ONLY"), "{}", ran.stderr);
    let nonsense = [("GH_ENTERPRISE_TOKEN", "nonsense")];
    let ran = stage.forge.run_with(&stage.world, &ARGUMENTS, &nonsense).exits(3);
    assert!(ran.stderr.contains("gh auth login"), "{}", ran.stderr);
    stage.forge.run_as(&stage.world, "reader", &ARGUMENTS).exits(3);
    assert_eq!(stage.end_state(), before);
}

#[test]
fn the_command_that_is_printed_makes_the_same_and_the_cost_is_told_once() {
    let stage = Stage::set();
    let url = stage.forge.url();
    let arguments = [&ARGUMENTS[..], &["--state", "here.db", "--forge", &url]].concat();
    let ran = stage.forge.run_with(&stage.world, &arguments, &[("SHIPSHAPE_FORGE", "")]).exits(0);
    let wanted = "  shipshape new beta --forge [forge] --state here.db --defaults";
    assert!(ran.stderr.contains(wanted), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches(" to the forge (").count(), 1, "{}", ran.stderr);
    assert!(stage.world.path("here.db").exists());
}

#[test]
fn an_image_that_is_not_there_yet_leaves_drafts_and_the_next_run_makes_them_ready() {
    let stage = Stage::set();
    let ran = stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    assert!(ran.stdout.contains("is not there yet"), "{}", ran.stdout);
    assert!(ran.stdout.contains(": run the same command again"), "{}", ran.stdout);
    assert!(ran.stderr.contains("\n  shipshape new beta --wait 0\n"), "{}", ran.stderr);
    let drafts = stage.end_state()["acme/core"]["pulls"].clone();
    assert!(drafts.as_array().expect("pulls").iter().all(|pull| pull[3] == json!(true)));
    let other = stage.run(&["new", "beta", "--defaults", "--set", "model=a:b"]).exits(2);
    assert!(other.stderr.contains("--start-over"), "{}", other.stderr);
    let ran = stage.run(&["new", "beta"]).exits(0);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    let ready = stage.end_state()["acme/core"]["pulls"].clone();
    assert!(ready.as_array().expect("pulls").iter().all(|pull| pull[3] == json!(false)));
}

/// A stage whose images are in a registry that the forge tells nothing of.
fn elsewhere(seed: &str) -> Stage {
    let stage = Stage::with(FLEET, seed);
    let host = stage.forge.url().replace("http://", "");
    let fleet = FLEET.replace("registry: ghcr.io", &format!("registry: '{host}'"));
    stage.world.write("fleet.yaml", fleet.replace("ghcr.io", &host));
    stage
}

/// Whether each pull request for a list is a draft.
fn drafts(stage: &Stage) -> Vec<bool> {
    let pulls = stage.pulls("acme/core");
    pulls.as_array().expect("pulls").iter().map(|pull| pull[3] == json!(true)).collect()
}

#[test]
fn an_image_in_another_registry_is_asked_of_that_and_makes_drafts_ready() {
    let published = "name: \"{repository}\"";
    let stage = elsewhere(&SEED.replace(published, &format!("{published}, public: true")));
    let ran = stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    assert!(ran.stdout.contains("check whether `"), "not to be seen: {}", ran.stdout);
    assert_eq!(drafts(&stage), [true, true]);
    let ran = stage.run(&["new", "beta"]).exits(0);
    assert!(!ran.stdout.contains("private"), "{}", ran.stdout);
    assert_eq!(drafts(&stage), [false, false]);
    // What nobody may see is not called there.
    let stage = elsewhere(SEED);
    let ran = stage.run(&ARGUMENTS).exits(3);
    assert!(ran.stdout.contains("check whether `"), "{}", ran.stdout);
    assert_eq!(drafts(&stage), [true, true]);
}

#[test]
fn an_image_that_another_registry_has_already_keeps_the_name_from_being_taken() {
    let image = "packages: [{ name: workspace-template-beta, public: true }]";
    let owner = format!("{{ type: organization, {image} }}");
    let stage = elsewhere(&SEED.replace("{ type: organization }", &owner));
    let ran = stage.run(&ARGUMENTS).exits(2);
    assert!(ran.stderr.contains("already exists, but the repository"), "{}", ran.stderr);
}

#[test]
fn a_journal_that_was_lost_is_made_up_for() {
    let stage = Stage::set();
    stage.run(&ARGUMENTS).exits(0);
    let state = stage.end_state();
    std::fs::remove_dir_all(stage.world.path(".local/state")).expect("a journal");
    stage.run(&ARGUMENTS).exits(0);
    assert_eq!(stage.end_state(), state);
    std::fs::remove_dir_all(stage.world.path(".local/state")).expect("a journal");
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    stage.run(&ARGUMENTS).exits(0);
    assert_eq!(stage.end_state(), state);
}

#[test]
fn a_manifest_that_is_at_home_on_the_forge_is_changed_by_a_pull_request() {
    let fleet = FLEET.replace("forge:", "home: { repository: home }\nforge:");
    let stage = Stage::with(&fleet, SEED);
    stage.run(&ARGUMENTS).exits(0);
    assert_eq!(stage.world.read("fleet.yaml"), fleet);
    let pulls = stage.end_state()["acme/home"]["pulls"].clone();
    assert_eq!(pulls[0][0], "Add beta to fleet.yaml");
    assert_eq!(pulls.as_array().map(Vec::len), Some(1));
}

#[test]
fn killed_at_any_request_and_run_again_it_ends_the_same() {
    killed_anywhere::<Stage>(&ARGUMENTS, 0, 11);
}

#[test]
fn under_any_fault_at_any_request_it_ends_the_same() {
    faulty_anywhere::<Stage>(&ARGUMENTS, 0, 9);
}

#[test]
fn what_was_rehearsed_on_another_forge_is_not_gone_on_with() {
    let rehearsed = Stage::set();
    rehearsed.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    // The same manifest, and the same user's journal: another forge has nothing of it.
    rehearsed.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    let real = Rehearsal::new(&rehearsed.world, &SEED.replace("FLEET", ""));
    let ran = real.run(&rehearsed.world, &ARGUMENTS).exits(0);
    assert!(!ran.stderr.contains("Continuing"), "{}", ran.stderr);
    let made = &real.state()["repositories"]["acme/workspace-template-beta"];
    assert_eq!(made["description"], "Beta as a workspace runtime", "{made:#}");
}

const BETA: &str = "acme/workspace-template-beta";

#[test]
fn what_its_owner_made_private_stays_so_whoever_runs_it_again() {
    let stage = Stage::set();
    stage.run(&ARGUMENTS).exits(0);
    let change = json!({ "visibility": "private", "private": true, "description": "Ours." });
    stage.forge.write("PATCH", &format!("/repos/{BETA}"), &change);
    let kept = stage.end_state();
    assert_eq!(
        (&kept[BETA]["visibility"], &kept[BETA]["description"]),
        (&json!("private"), &json!("Ours."))
    );
    // Of the same state, by other words, and as somebody who never ran it.
    let ran = stage.run(&ARGUMENTS).exits(0);
    assert!(
        ran.stdout.contains("its files stay as they are, and so do its visibility and description"),
        "{}",
        ran.stdout
    );
    stage.run(&["new", "beta"]).exits(0);
    assert_eq!(stage.end_state(), kept);
    std::fs::remove_dir_all(stage.world.path(".local/state")).expect("a journal");
    stage.run(&ARGUMENTS).exits(0);
    assert_eq!(stage.end_state(), kept);
    // What is asked for by name and is not so is told, and not set either.
    let ran = stage.run(&["new", "beta", "--visibility", "public"]).exits(1);
    assert!(
        ran.stdout.contains(
            "its visibility is `private`, and was left as it is; the answer was `public`"
        ),
        "{}",
        ran.stdout
    );
    assert_eq!(stage.end_state(), kept);
    let ran = stage.run(&[&ARGUMENTS[..], &["--dry-run"]].concat()).exits(0);
    assert!(ran.stderr.contains("Nothing was done: it exists already."), "{}", ran.stderr);
}

#[test]
fn what_somebody_generated_by_hand_is_not_opened() {
    let stage = Stage::set();
    let path = "/repos/acme/workspace-template-starter/generate";
    stage.forge.write(
        "POST",
        path,
        &json!({ "owner": "acme", "name": "workspace-template-beta", "private": true }),
    );
    let ran = stage.run(&ARGUMENTS).exits(1);
    assert!(
        ran.stdout.contains("its visibility is `private`, and was left as it is"),
        "{}",
        ran.stdout
    );
    assert_eq!(stage.end_state()[BETA]["visibility"], "private");
}

#[test]
fn without_a_word_on_it_a_repository_is_private() {
    let fleet = FLEET.replace("    new: { visibility: public }\n", "");
    let stage = Stage::with(&fleet, SEED);
    let ran = stage.run(&ARGUMENTS).exits(0);
    assert!(
        ran.stdout.contains("visibility") && ran.stdout.contains("private  (default)"),
        "{}",
        ran.stdout
    );
    assert_eq!(stage.end_state()[BETA]["visibility"], "private");
}

#[test]
fn enter_at_the_last_question_makes_nothing_and_leaving_says_how_to_come_back() {
    let stage = Stage::set();
    let before = stage.end_state();
    let answers = ["beta", "a:b", "c:d", "e:f", "", "", "", "", "", ""];
    // Enter leads to the answers; then away.
    let typed = [&answers[..], &["", "<", "leave"]].concat();
    let ran = stage.typing(&["new", "--ask"], &typed).exits(0);
    assert!(
        ran.stderr.contains("Nothing was created. To create it from the same answers:"),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.end_state(), before);
    // The command is one line, and a shell makes the same of it.
    let line =
        ran.stderr.lines().find(|line| line.trim().starts_with("shipshape new")).expect("it");
    assert!(line.contains(r"--set $'models=c:d\ne:f'") && line.ends_with(" --defaults"), "{line}");
}

#[test]
fn where_nobody_can_be_asked_somebody_has_to_have_said_yes() {
    let stage = Stage::set();
    let before = stage.end_state();
    let lists = "{ models: [], command: '', packages: [], system_packages: [], npm_packages: [], prompt: '', model: 'a:b' }";
    stage.world.write("answers.yaml", format!("schema: 1\nslug: beta\nvariables: {lists}\n"));
    let arguments = ["new", "--answers", "answers.yaml", "--wait", "5"];
    let ran = stage.run(&arguments).exits(2);
    assert!(ran.stdout.contains("generate acme/workspace-template-beta"), "{}", ran.stdout);
    assert!(ran.stderr.contains("confirmation is required"), "{}", ran.stderr);
    assert_eq!(stage.end_state(), before);
    stage.run(&[&arguments[..], &["--dry-run"]].concat()).exits(0);
    let ran = stage.run(&[&arguments[..], &["--yes"]].concat()).exits(3);
    assert!(ran.stderr.contains("5 s for one to start, 5 s in all"), "{}", ran.stderr);
    assert_ne!(stage.end_state(), before);
}

#[test]
fn what_was_begun_is_told_as_soon_as_its_name_is_typed() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    let ran = stage.typing(&["new", "--ask"], &["beta"]).exits(2);
    assert!(ran.stderr.contains("`shipshape new beta` continues it"), "{}", ran.stderr);
}

#[test]
fn whoever_has_no_token_is_not_told_that_a_name_is_free() {
    let stage = Stage::set();
    let dry = [&ARGUMENTS[..], &["--dry-run"]].concat();
    let ran = stage.forge.run_with(&stage.world, &dry, &[("GH_ENTERPRISE_TOKEN", "")]).exits(3);
    assert!(ran.stderr.contains("whether the name is free is not known"), "{}", ran.stderr);
}

#[test]
fn an_error_in_the_making_says_with_what_it_goes_on() {
    let stage = Stage::set();
    let permissions =
        "{ administration: write, contents: write, pull_requests: write, actions: read }";
    let seed = SEED.replace(
        "  - { name: reader,",
        &format!("  - {{ name: tame, value: tame-token, permissions: {permissions} }}\n  - {{ name: reader,"),
    );
    let stage = Stage { forge: Rehearsal::new(&stage.world, &seed.replace("FLEET", "")), ..stage };
    // The starter lacks what the shape has, so that a workflow stands in the commit.
    stage.world.run(&["shape", "show", "--export", "pack"]).exits(0);
    let ci = "pack/files/.github/workflows/ci.yml";
    stage.world.write(ci, format!("{}# newer\n", stage.world.read(ci)));
    let arguments = [&ARGUMENTS[..], &["--shape", "pack"]].concat();
    let ran = stage.forge.run_as(&stage.world, "tame", &arguments).exits(3);
    assert!(ran.stderr.contains("a token without `workflows: write`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("continue with: shipshape new beta"), "{}", ran.stderr);
    stage.run(&["new", "beta", "--shape", "pack"]).exits(0);
}

#[test]
fn a_token_that_may_make_no_repository_is_told_what_it_lacks() {
    let stage = Stage::set();
    let permissions = "{ contents: write, pull_requests: write, workflows: write, actions: read }";
    let seed = SEED.replace(
        "  - { name: reader,",
        &format!("  - {{ name: tame, value: tame-token, permissions: {permissions} }}\n  - {{ name: reader,"),
    );
    let stage = Stage { forge: Rehearsal::new(&stage.world, &seed.replace("FLEET", "")), ..stage };
    let ran = stage.forge.run_as(&stage.world, "tame", &ARGUMENTS).exits(3);
    assert!(ran.stderr.contains("the token needs `administration: write`"), "{}", ran.stderr);
}

#[test]
fn a_member_that_was_made_in_a_folder_is_made_on_the_forge() {
    let stage = Stage::set();
    let json = ["--format", "json"];
    let local = ["new", "beta", "--local", "b", "--register", "--defaults"];
    let answers = ["--set", "model=openai:gpt-5", "--set", "prompt=Be kind."];
    let folder = stage.run(&[&local[..], &answers, &json].concat()).exits(0).json();
    let next = folder["next"].as_array().and_then(|next| next.last()?.as_str());
    assert_eq!(
        next,
        Some(
            "shipshape new beta --set command= --set model=openai:gpt-5 --set models= --set npm_packages= --set packages= \
             --set 'prompt=Be kind.' --set system_packages="
        ),
        "{folder:#}"
    );
    let ran = stage.run(&[&ARGUMENTS[..], &answers, &json].concat()).exits(0);
    assert!(ran.stderr.contains("`beta` is in fleet.yaml already"), "{}", ran.stderr);
    assert!(ran.stderr.contains("must be given again"), "{}", ran.stderr);
    assert_eq!(ran.json()["files"], folder["files"]);
    assert_eq!(stage.world.read("fleet.yaml").matches("- beta").count(), 1);
    assert_eq!(stage.end_state()[BETA]["visibility"], "public");
}

#[test]
fn what_became_of_its_pull_requests_meanwhile_is_seen() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    stage.forge.write("PATCH", "/repos/acme/core/pulls/2", &json!({ "state": "closed" }));
    let ran = stage.run(&["new", "beta", "--wait", "0"]).exits(3);
    assert!(ran.stdout.contains("list: closed without a merge"), "{}", ran.stdout);
    assert!(ran.stdout.contains("images: a draft waits"), "{}", ran.stdout);
    assert_eq!(stage.pulls("acme/core").as_array().map(Vec::len), Some(2));
    // Somebody brings the member in by hand.
    let path = "/repos/acme/core/contents/list.json";
    let sha = stage.forge.read(path)["sha"].clone();
    let content = "WyJhbHBoYSIsICJiZXRhIl0K";
    let change = json!({ "message": "Add beta", "content": content, "sha": sha });
    stage.forge.write("PUT", path, &change);
    let ran = stage.run(&["new", "beta", "--wait", "0"]).exits(3);
    assert!(ran.stdout.contains("list: already names it"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("closed without"), "{}", ran.stdout);
}

#[test]
fn other_names_are_answers_too() {
    let stage = Stage::set();
    stage.world.write("answers.yaml", "schema: 1\naliases: [b2]\n");
    let begun = ["new", "beta", "--defaults", "--answers", "answers.yaml", "--wait", "0"];
    let ran = stage.run(&begun).exits(3);
    assert!(ran.stderr.contains("new beta --alias b2 --wait 0 --defaults"), "{}", ran.stderr);
    let ran = stage.run(&["new", "beta", "--defaults", "--alias", "b3"]).exits(2);
    assert!(ran.stderr.contains("with another answer to `alias`"), "{}", ran.stderr);
    stage.run(&["new", "beta", "--defaults", "--alias", "b2"]).exits(0);
    assert!(stage.world.read("fleet.yaml").contains("aliases: [b2]"));
}

#[test]
fn a_name_that_is_taken_on_the_forge_is_said_before_the_next_question() {
    let stage = Stage::set();
    let before = stage.end_state();
    let ran = stage.typing(&["new", "--ask"], &["taken"]).exits(2);
    let asked = ran.stderr.matches("Its short name").count();
    assert_eq!(asked, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("already exists"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("model"), "{}", ran.stderr);
    assert_eq!(stage.end_state(), before);
    let image = "packages: [{ name: workspace-template-beta }]";
    let seed =
        SEED.replace("{ type: organization }", &format!("{{ type: organization, {image} }}"));
    let stage = Stage::with(FLEET, &seed);
    let ran = stage.run(&ARGUMENTS).exits(2);
    assert!(
        ran.stderr.contains("the image `ghcr.io/acme/workspace-template-beta`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_starter_is_brought_to_the_shape_by_one_pull_request() {
    let stage = Stage::set();
    let ran = stage.run(&["starter", "sync"]).exits(0);
    assert!(ran.stderr.contains("matches the shape already"), "{}", ran.stderr);
    stage.run(&["shape", "show", "--export", "shape"]).exits(0);
    let ci = stage.world.read("shape/files/.github/workflows/ci.yml");
    stage.world.write("shape/files/.github/workflows/ci.yml", format!("{ci}# newer\n"));
    let sync = ["starter", "sync", "--shape", "shape"];
    let looked = stage.run(&[&sync[..], &["--dry-run"]].concat()).exits(1);
    assert!(looked.stdout.contains("\n+# newer\n"), "{}", looked.stdout);
    let before = stage.end_state();
    assert_eq!(before["acme/workspace-template-starter"]["pulls"], json!([]));
    let first = stage.run(&sync).exits(0);
    assert_eq!(stage.run(&sync).exits(0).stdout, first.stdout);
    let pulls = stage.end_state()["acme/workspace-template-starter"]["pulls"].clone();
    assert_eq!(pulls.as_array().map(Vec::len), Some(1), "{pulls:#}");
    let local = [&sync[..], &["--local", "starter"]].concat();
    let refused = stage.run(&local).exits(2);
    assert!(refused.stderr.contains("HEAD does not have what is in"), "{}", refused.stderr);
    assert!(!stage.world.read("starter/.github/workflows/ci.yml").ends_with("# newer\n"));
    stage.run(&[&local[..], &["--force"]].concat()).exits(0);
    assert!(stage.world.read("starter/.github/workflows/ci.yml").ends_with("# newer\n"));
    let again = stage.run(&local).exits(0);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    stage.forge.write(
        "PATCH",
        "/repos/acme/workspace-template-starter/pulls/1",
        &json!({ "state": "closed" }),
    );
    let ran = stage.run(&sync).exits(1);
    assert!(ran.stderr.contains("closed without a merge"), "{}", ran.stderr);
    let pulls = stage.pulls("acme/workspace-template-starter");
    assert_eq!(pulls.as_array().map(Vec::len), Some(1), "{pulls:#}");
    // What is still open is closed by the next one, and what was closed so may come again.
    for (newer, replaces) in
        [("# newer still\n", false), ("# newest\n", true), ("# newer still\n", true)]
    {
        stage.world.write("shape/files/.github/workflows/ci.yml", format!("{ci}{newer}"));
        let ran = stage.run(&sync).exits(0);
        assert_eq!(ran.stderr.contains("which is closed now"), replaces, "{}", ran.stderr);
        let pulls = stage.pulls("acme/workspace-template-starter");
        let open = |pull: &&Value| pull[2] == "open";
        assert_eq!(pulls.as_array().map(|all| all.iter().filter(open).count()), Some(1));
    }
}
