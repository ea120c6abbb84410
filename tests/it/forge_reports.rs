//! What reports of members on a forge say of those that are archived, renamed or cannot be read: in every format.

use crate::rehearsal::Rehearsal;
use crate::world::World;

const PACK: &str = "schema: 1\nname: svc\npaths:\n  - { path: LICENSE, policy: exact }\n\
                    \x20 - { path: README.md, policy: seeded }\nextras: ['**']\n";

/// A fleet of these members, whose licence only some have; without it, `fix` adds one.
fn fleet(world: &World, members: &str) {
    world.write("shape/shape.yaml", PACK).write("shape/files/LICENSE", "be kind\n");
    world.write(
        "fleet.yaml",
        format!(
            "schema: 1\nname: test\nforge: {{ owner: acme }}\nbaseline: baseline.json\n\
             kinds: {{ k: {{ shape: {{ folder: shape }} }} }}\nmembers: [{members}]\n"
        ),
    );
}

#[test]
fn nothing_is_promised_for_an_archived_repository() {
    let world = World::new();
    fleet(&world, "elm, fir, poplar");
    let forge = Rehearsal::new(
        &world,
        "repositories:\n\
         - { name: acme/elm, files: { README.md: x } }\n\
         - { name: acme/fir, files: { README.md: x } }\n\
         - { name: acme/poplar, files: { README.md: x }, archived: true }\n",
    );
    let note = "1 repository is archived, so that nothing can be fixed there: `poplar`";
    let ran = forge.run(&world, &["drift", "--repository", "poplar"]).exits(1);
    assert!(ran.stdout.contains("poplar: drifted, 1 warning, archived\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("help: the repository is archived: unarchive"), "{}", ran.stdout);
    assert!(ran.stdout.contains(note), "{}", ran.stdout);
    for promise in ["fix available", "safe-repairs"] {
        assert!(!ran.stdout.contains(promise), "{promise}: {}", ran.stdout);
    }
    let ran = forge.run(&world, &["drift"]).exits(1);
    assert!(
        ran.stdout.contains("and 1 more repository with the same findings: fir"),
        "{}",
        ran.stdout
    );
    let report = forge.run(&world, &["drift", "--format", "json"]).exits(1).json();
    let of = |name: &str| {
        let all = report["repositories"].as_array().expect("repositories");
        let one = all.iter().find(|it| it["name"] == name).expect("listed");
        (one["archived"].clone(), one["findings"][0]["fix"].clone())
    };
    assert_eq!(of("elm"), (false.into(), "safe".into()));
    assert_eq!(of("poplar"), (true.into(), "none".into()));
    assert!(report["notes"][0].as_str().is_some_and(|it| it.contains(note)), "{report}");
    let ran = forge.run(&world, &["drift", "--format", "markdown"]).exits(1);
    let (_, section) = ran.stdout.split_once("<b>poplar</b>").expect("a section");
    assert!(section.starts_with(": drifted, 1 warning, archived</summary>"), "{section}");
    assert!(section.contains("unarchive it") && !section.contains("| safe |"), "{section}");
    let ran = forge.run(&world, &["drift", "--format", "html"]).exits(1);
    assert_eq!(ran.stdout.matches(" · archived</p>").count(), 1);
    assert_eq!(ran.stdout.matches("fix available: safe").count(), 2);
    assert!(ran.stdout.contains("is archived, so that nothing can be fixed there"));
    // A campaign says the same.
    forge.run(&world, &["campaign", "init", "safe-repairs"]).exits(0);
    let ran = forge.run(&world, &["campaign", "plan"]);
    assert!(
        ran.stdout.contains("it is archived: unarchive it, or set `retired`"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_renamed_member_is_named_in_every_format() {
    let world = World::new();
    fleet(&world, "elm, rowan");
    let forge = Rehearsal::new(
        &world,
        "repositories:\n\
         - { name: acme/elm, files: { LICENSE: \"be kind\\n\", README.md: x } }\n\
         - { name: acme/ash, renamed_from: [rowan], files: { LICENSE: \"be kind\\n\", README.md: x } }\n",
    );
    let said = "`acme/rowan` has moved to `acme/ash`: correct the name in fleet.yaml";
    let ran = forge.run(&world, &["drift"]).exits(0);
    assert_eq!(ran.stdout.matches(said).count(), 1, "{}", ran.stdout);
    assert!(!ran.stderr.contains("has moved"), "{}", ran.stderr);
    let ran = forge.run(&world, &["drift", "--format", "json"]).exits(0);
    assert_eq!(ran.json()["notes"][0], said);
    assert_eq!(ran.stderr.matches(said).count(), 1, "{}", ran.stderr);
    for format in ["markdown", "html"] {
        let ran = forge.run(&world, &["drift", "-q", "--format", format]).exits(0);
        assert!(ran.stdout.contains("has moved to"), "{format}: {}", ran.stdout);
        assert!(!ran.stderr.contains("has moved"), "{format}: {}", ran.stderr);
    }
    // A command without a report says it at once.
    let ran = forge.run(&world, &["fleet", "status", "--no-images"]);
    assert_eq!(ran.stderr.matches(said).count(), 1, "{}", ran.stderr);
}

#[test]
fn a_member_that_cannot_be_read_leads_to_doctor_and_to_no_empty_table() {
    let world = World::new();
    fleet(&world, "elm, fir, sumac");
    let sound = "files: { LICENSE: \"be kind\\n\", README.md: x }";
    let seed = format!(
        "repositories:\n- {{ name: acme/elm, {sound} }}\n- {{ name: acme/fir, {sound} }}\n"
    );
    let forge = Rehearsal::new(&world, &seed);
    let ran = forge.run(&world, &["drift"]).exits(3);
    assert!(ran.stdout.ends_with("\n  shipshape doctor\n"), "{}", ran.stdout);
    let ran = forge.run(&world, &["drift", "--repository", "sumac"]).exits(3);
    assert!(ran.stdout.ends_with("\nNext:\n  shipshape doctor\n"), "{}", ran.stdout);
    let ran = forge.run(&world, &["drift", "--repository", "elm"]).exits(0);
    assert!(!ran.stdout.contains("shipshape doctor"), "{}", ran.stdout);
    let ran = forge.run(&world, &["drift", "--format", "html"]).exits(3);
    assert!(ran.stdout.contains("<dt>could not be read</dt>"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("<table class=\"pressing\">"), "{}", ran.stdout);
}
