//! `shipshape migrate`: what it moves, what says so, and that it is not silent where no shape was chosen.

use crate::rehearsal::Rehearsal;
use crate::world::World;

const SHAPE: &str = "schema: 1
name: own
paths:
- { path: settings.yaml, policy: contract }
extras: ['**']
demands:
  documents:
  - path: settings.yaml
    unknown_keys: warning
    version:
      key: version
      current: 2
      deprecated: [1]
      migrations:
      - from: 1
        to: 2
        steps:
        - move: { from: timeout, to: http.timeout }
        - rename: { key: owner, to: team }
    keys:
      version: { type: int, required: true }
      team: { type: string, required: true }
      http: { type: map, keys: { timeout: { type: int } } }
";

#[test]
fn where_no_shape_was_chosen_it_refuses_as_fix_does() {
    let world = World::new();
    world.write("repo/settings.yaml", "version: 1\n");
    world.commit("repo");
    for command in ["fix", "migrate"] {
        let ran = world.run(&[command, "repo"]).exits(2);
        assert!(ran.stderr.contains("no shape was chosen"), "{command}: {}", ran.stderr);
    }
    world.write("shape/shape.yaml", SHAPE).write("repo/settings.yaml", "version: 2\nteam: a\n");
    let ran = world.run(&["migrate", "repo", "--shape", "shape"]).exits(0);
    assert!(ran.stderr.contains("no document has to be migrated"), "{}", ran.stderr);
}

#[test]
fn what_a_migration_ends_is_told_as_its_own() {
    let world = World::new();
    world
        .write("shape/shape.yaml", SHAPE)
        .write("repo/settings.yaml", "version: 1\nowner: a # ours\ntimeout: 30\nstray: 1\n");
    world.commit("repo");
    let ran = world.run(&["validate", "repo", "--shape", "shape"]).exits(1);
    let help = "`shipshape migrate` moves the document to version 2, comments kept";
    // The version, the missing `team`, and two of the three keys that version 2 does not have.
    assert_eq!(ran.stdout.matches(help).count(), 4, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("remove it, or declare in the shape what reads it"),
        "{}",
        ran.stdout
    );
    let next = "shipshape migrate --diff repo --shape shape\n";
    assert!(ran.stdout.contains(next), "{}", ran.stdout);
    world.run(&["migrate", "repo", "--shape", "shape"]).exits(0);
    let moved = world.read("repo/settings.yaml");
    assert!(moved.contains("team: a # ours\n") && moved.contains("timeout: 30"), "{moved}");
    let ran = world.run(&["validate", "repo", "--shape", "shape"]).exits(1);
    assert!(ran.stdout.contains("1 warning"), "{}", ran.stdout);
    // Where no migration leads on, none is named.
    world.write("shape/shape.yaml", SHAPE.replace("deprecated: [1]", "deprecated: [0, 1]"));
    world.write("repo/settings.yaml", "version: 0\nteam: a\n");
    let ran = world.run(&["validate", "repo", "--shape", "shape"]).exits(1);
    let help = "change it manually: the shape has no migration from version 0 to 2";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
}

/// The example of the guide does what the guide says of it: on this machine, and as a campaign.
#[test]
fn the_example_of_the_guide_moves_documents_and_leaves_nothing_unknown() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/your-own-shape.md");
    let guide = std::fs::read_to_string(guide).expect("readable");
    let section = guide.split("## Move documents to another version").nth(1).expect("a section");
    let mut examples = section.split("```yaml\n").skip(1);
    let mut example = || examples.next().expect("an example").split("```").next().expect("an end");
    let (pack, campaign) = (example(), example());
    let world = World::new();
    world.write("shape/shape.yaml", format!("schema: 1\nname: t\n{pack}extras: ['**']\n"));
    let settings = "version: 1\ntimeout: 30\nowner: ann\nport: 80\n";
    world.write("t-one/settings.yaml", settings).write("campaign.yaml", campaign);
    world.write(
        "fleet.yaml",
        "schema: 1\nname: acme\nforge: { owner: acme }\n\
         kinds: { t: { prefix: t-, shape: { folder: shape } } }\nmembers: [one]\n",
    );
    let seed = "tokens:\n  - { name: all, scopes: [repo, workflow], user: octo }\n\
                repositories:\n  - name: acme/t-one\n    files: { settings.yaml: \"version: 1\\ntimeout: 30\\nowner: ann\\nport: 80\\n\" }\n";
    let forge = Rehearsal::new(&world, seed);
    let ran = forge.run(&world, &["campaign", "plan", "campaign.yaml"]).exits(0);
    assert!(ran.stdout.contains("1 pull request"), "{}", ran.stdout);
    world.run(&["migrate", "t-one"]).exits(0);
    let moved = world.read("t-one/settings.yaml");
    assert_eq!(moved, "version: 2\nhttp:\n  timeout: 30\nteam: ann\nport: [80]\n");
    world.run(&["validate", "t-one"]).exits(0);
}

/// What a step adds to a document of JSON is JSON, in the document's own style, with the comments that it has.
#[test]
fn documents_of_json_are_moved_as_json() {
    let world = World::new();
    let head = "schema: 1\nname: s\nextras: ['**']\npaths:\n- { path: settings.json, policy: contract }\n\
                - { path: tsconfig.json, policy: contract }\ndemands:\n  documents:\n";
    let step = "{ from: 1, to: 2, steps: [{ set: { key: mode, value: fast } }] }";
    let version = format!("{{ key: version, current: 2, deprecated: [1], migrations: [{step}] }}");
    let demand = |path: &str| format!("  - {{ path: {path}, version: {version} }}\n");
    let shape = format!("{head}{}{}", demand("settings.json"), demand("tsconfig.json"));
    world.write("shape/shape.yaml", shape);
    let lines = "{\n\t// which one\n\t\"version\": 1, // for now\n}\n";
    world.write("r/settings.json", "{\"version\": 1}\n").write("r/tsconfig.json", lines);
    world.run(&["migrate", "--shape", "shape", "r"]).exits(0);
    assert_eq!(world.read("r/settings.json"), "{\"version\": 2, \"mode\": \"fast\"}\n");
    assert_eq!(
        world.read("r/tsconfig.json"),
        "{\n\t// which one\n\t\"version\": 2, // for now\n\t\"mode\": \"fast\",\n}\n"
    );
    // What is not JSON, although its name says so, is left alone.
    world.write("r/settings.json", "version: 1\n");
    let ran = world.run(&["migrate", "--shape", "shape", "r"]).exits(3);
    assert!(
        ran.stderr.contains("its name says that it is JSON, and its text is not"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.read("r/settings.json"), "version: 1\n");
}
