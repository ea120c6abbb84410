//! `shipshape new` of a member that fleet.yaml has already: what its entry says are the answers.

use crate::rehearsal::Rehearsal;
use crate::world::{Ran, World};

const PACK: &str = "schema: 1
name: svc
variables:
  contact: { pattern: '.+@.+', placeholder: you@x }
  tier: { default: bronze }
  public: { default: 'false', pattern: 'true|false', extract: { yaml: { path: service.yaml, key: public } } }
  note: { placeholder: NOTE }
paths:
  - { path: README.md, policy: templated }
  - { path: service.yaml, policy: seeded }
extras: ['**']
";

const FLEET: &str = "schema: 1
name: f
forge: { owner: acme }
kinds: { svc: { prefix: svc-, shape: { folder: pack } } }
images: { registry: ghcr.io, name: 'ghcr.io/acme/svc-{slug}' }
";

const SEED: &str = r#"
schema: 1
owners: { acme: { type: organization } }
tokens:
  - { name: writer, value: writer-token, scopes: [repo, workflow, "read:packages"] }
repositories:
  - { name: acme/other, files: { README.md: other } }
  - { name: acme/home, files: { fleet.yaml: "FLEET" } }
"#;

/// A forge, and a fleet whose shape compares a README with values that only fleet.yaml can keep.
struct Stage {
    world: World,
    forge: Rehearsal,
}

impl Stage {
    fn of(fleet: &str) -> Self {
        let world = World::new();
        world
            .write("pack/shape.yaml", PACK)
            .write("pack/files/README.md.tera", "{{ contact }} {{ tier }} {{ public }}\n")
            .write(
                "pack/files/service.yaml.tera",
                "public: {{ public }}\nnote: {{ note | yaml }}\n",
            )
            .write("fleet.yaml", fleet);
        let seed = SEED.replace("FLEET", &fleet.replace('\n', "\\n"));
        Self { forge: Rehearsal::new(&world, &seed), world }
    }

    fn with(members: &str) -> Self {
        Self::of(&format!("{FLEET}members: {members}\n"))
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.forge.run(&self.world, arguments)
    }

    /// Its repository is as the shape and fleet.yaml want it.
    fn conforms(&self, slug: &str) {
        let judged = self.run(&["validate", "--repository", slug]).exits(0);
        assert!(!judged.stdout.contains("SHP01"), "{}", judged.stdout);
    }
}

const WEB: &str = "[{ slug: web, variables: { contact: w@x, tier: gold, public: 'true' } }]";

#[test]
fn what_fleet_yaml_says_of_a_member_are_the_answers() {
    let stage = Stage::with(WEB);
    let before = stage.world.read("fleet.yaml");
    let new = ["new", "web", "--defaults", "--set", "note=n", "--wait", "0"];
    for (other, label) in [
        (["--set", "contact=b@x"], "contact"),
        (["--owner", "@acme/b"], "owner"),
        (["--alias", "w2"], "alias"),
    ] {
        let ran = stage.run(&[&new[..], &other].concat()).exits(2);
        let said = format!("`web` is in fleet.yaml already, with another answer to `{label}`");
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    }
    // The same answer is no contradiction.
    let ran = stage.run(&[&new[..], &["--set", "tier=gold"]].concat()).exits(3);
    for said in ["w@x  (fleet.yaml)", "gold  (fleet.yaml)", "true  (fleet.yaml)"] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("SHP01"), "{}", ran.stdout);
    assert_eq!(stage.world.read("fleet.yaml"), before);
    stage.conforms("web");
}

#[test]
fn an_entry_that_cannot_be_answers_is_refused_before_anything_is_created() {
    let stage = Stage::with("[web]");
    let ran = stage.run(&["new", "web", "--defaults", "--set", "contact=w@x", "--set", "note=n"]);
    let ran = ran.exits(2);
    assert!(
        ran.stderr.contains("the entry of `web` in fleet.yaml has no `contact`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("add it to `variables` of the entry"), "{}", ran.stderr);
    // The command for a new entry keeps what this one says.
    let stage = Stage::with("[{ slug: web, variables: { tier: gold } }]");
    let answers = ["--set", "contact=w@x", "--set", "note=n"];
    let ran = stage.run(&[&["new", "web", "--defaults"][..], &answers].concat()).exits(2);
    let command = ran.stderr.lines().find(|line| line.contains("or remove the entry"));
    assert!(command.is_some_and(|line| line.contains("--set tier=gold")), "{}", ran.stderr);
    let stage = Stage::with("[{ slug: web, variables: { contact: nobody } }]");
    let ran = stage.run(&["new", "web", "--defaults", "--set", "note=n"]).exits(2);
    assert!(ran.stderr.contains("`nobody` cannot be `contact`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("fleet.yaml:6:"), "{}", ran.stderr);
}

#[test]
fn what_exists_is_judged_without_a_question_and_without_its_answers() {
    let stage = Stage::with("[]");
    let answers = ["--set", "contact=k@x", "--set", "tier=gold", "--set", "public=true"];
    let new = ["new", "kiosk", "--defaults", "--set", "note=n", "--wait", "0"];
    let ran = stage.run(&[&new[..], &answers].concat()).exits(3);
    assert!(ran.stderr.contains("\n  shipshape new kiosk --wait 0\n"), "{}", ran.stderr);
    // service.yaml has the boolean, so fleet.yaml does not repeat it.
    let fleet = stage.world.read("fleet.yaml");
    assert!(fleet.contains("tier: gold") && !fleet.contains("public"), "{fleet}");
    let again = stage.run(&["new", "kiosk", "--wait", "0"]).exits(3);
    assert!(again.stdout.contains("continue with acme/svc-kiosk"), "{}", again.stdout);
    assert!(!again.stdout.contains("SHP01"), "{}", again.stdout);
    stage.conforms("kiosk");
}

#[test]
fn a_member_that_is_merged_at_home_is_judged_by_its_entry() {
    let fleet = FLEET.replace("forge:", "home: { repository: home }\nforge:");
    let stage = Stage::of(&format!("{fleet}members: []\n"));
    let new = ["new", "web", "--defaults", "--set", "note=n", "--wait", "0"];
    let answers = ["--set", "contact=w@x", "--set", "tier=gold", "--set", "public=true"];
    stage.run(&[&new[..], &answers].concat()).exits(3);
    // No member is listed yet, and the run that creates the first one is named all the same.
    let ran = stage.run(&["fleet", "retire", "web"]).exits(2);
    assert!(ran.stderr.contains("`web` is not in fleet.yaml yet"), "{}", ran.stderr);
    stage.world.write("fleet.yaml", format!("{fleet}members: {WEB}\n"));
    let ran = stage.run(&["new", "web", "--set", "contact=w@x", "--yes", "--wait", "0"]).exits(3);
    assert!(ran.stdout.contains("continue with acme/svc-web"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("SHP01"), "{}", ran.stdout);
}

#[test]
fn the_starter_of_an_empty_fleet_is_brought_to_the_shape() {
    let stage = Stage::with("[]");
    stage.world.write("st/EXTRA.md", "ours\n");
    let ran = stage.run(&["starter", "sync", "--local", "st", "--dry-run"]).exits(1);
    assert!(ran.stdout.contains("+you@x bronze false"), "{}", ran.stdout);
    let ran = stage.run(&["drift"]).exits(2);
    assert!(ran.stderr.contains("hint: `shipshape new` creates the first one"), "{}", ran.stderr);
    let ran = stage.run(&["fleet", "retire", "web"]).exits(2);
    assert!(ran.stderr.contains("the fleet has no members"), "{}", ran.stderr);
}

/// A run that is continued has the answers of the entry from its record, not the defaults of the shape.
#[test]
fn what_fleet_yaml_says_survives_an_interruption() {
    for entry in [
        "{ slug: web, variables: { contact: w@x, tier: gold, note: n } }",
        "{ slug: web, variables: { contact: w@x, tier: silver, note: 'a: b' } }",
    ] {
        let stage = Stage::with(&format!("[{entry}]"));
        let new = ["new", "web", "--defaults", "--yes", "--wait", "1"];
        let fault = serde_json::json!([{ "route": "POST /graphql", "kind": "bad-gateway-before", "times": 99 }]);
        stage.forge.fail(&fault);
        stage.run(&new).exits(3);
        stage.forge.fail(&serde_json::json!([]));
        assert!(!stage.forge.state()["repositories"]["acme/svc-web"].is_null());
        // Without the value that the run was started with, it is not continued.
        let fleet = stage.world.read("fleet.yaml");
        let edited = fleet.replace("gold", "steel").replace("silver", "steel");
        stage.world.write("fleet.yaml", &edited);
        let ran = stage.run(&["new", "web", "--wait", "1"]).exits(2);
        for said in [
            "was started with another answer to `tier` than fleet.yaml has now",
            "restore `tier` in the entry of `web`",
        ] {
            assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
        }
        stage.world.write("fleet.yaml", &fleet);
        // The image is not there yet.
        let ran = stage.run(&["new", "web", "--wait", "1"]).exits(3);
        assert!(!ran.stdout.contains("commit fleet.yaml"), "{}", ran.stdout);
        stage.conforms("web");
    }
}

#[test]
fn an_entry_that_is_changed_once_the_files_are_committed_is_what_they_are_judged_by() {
    let list = "registrations:\n  - { name: list, repository: other, path: README.md, language: text, form: array }\n";
    let stage = Stage::of(&format!("{FLEET}members: {WEB}\n{list}"));
    // A draft waits for the image.
    stage.run(&["new", "web", "--defaults", "--set", "note=n", "--wait", "0"]).exits(3);
    stage.world.replace("fleet.yaml", "gold", "steel");
    let ran = stage.run(&["new", "web", "--wait", "0"]).exits(3);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    for said in ["fleet.yaml now has another answer to `tier`", "w@x  (fleet.yaml)", "SHP01"] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("gold  (fleet.yaml)"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("commit fleet.yaml"), "{}", ran.stdout);
    stage.world.replace("fleet.yaml", "steel", "gold");
    let ran = stage.run(&["new", "web", "--wait", "0"]).exits(3);
    assert!(ran.stdout.contains("gold  (fleet.yaml)"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("SHP01"), "{}", ran.stdout);
}
