//! A fleet that is read from its forge: the same verdicts as from clones, in few requests, whatever the
//! forge does.

use serde_json::{Value, json};

use crate::rehearsal::Rehearsal;
use crate::world::World;

const SLUGS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

/// A fleet of four: one conformant, one with a stale file, one that is broken, one with odd files.
fn fleet(world: &World) {
    for slug in SLUGS {
        world.conformant(slug);
    }
    let file = |slug: &str, path: &str| format!("{}/{path}", name(slug));
    world.write(&file("beta", ".gitattributes"), "* text=auto\n");
    world.write(&file("gamma", "adapter.py"), "import nowhere\n");
    world.write(&file("delta", "notes/latin.txt"), b"caf\xe9\n");
    world.write(&file("delta", "a/b/c/d/e/deep.txt"), "deep\n");
    world.write(&file("delta", "logo.bin"), [0_u8, 159, 146, 150, 0].repeat(50));
    for slug in SLUGS {
        world.commit(&name(slug));
    }
    let members = SLUGS.join(", ");
    world.write(
        "fleet.yaml",
        format!(
            "schema: 1\nname: test\nforge: {{ owner: acme }}\n\
             kinds:\n  t: {{ prefix: molecule-ai-workspace-template- }}\nmembers: [{members}]\n"
        ),
    );
}

fn name(slug: &str) -> String {
    format!("molecule-ai-workspace-template-{slug}")
}

fn seed() -> String {
    let repositories: String = SLUGS
        .iter()
        .map(|slug| format!("  - {{ name: acme/{0}, from: {0} }}\n", name(slug)))
        .collect();
    format!("repositories:\n{repositories}")
}

/// What a report says, apart from where it was read.
fn essence(report: &Value) -> Value {
    let mut report = report.clone();
    for repository in report["repositories"].as_array_mut().expect("repositories") {
        repository["origin"] = Value::Null;
    }
    report["next"] = Value::Null;
    report
}

const DRIFT: [&str; 3] = ["drift", "--format", "json"];

#[test]
fn the_forge_and_clones_get_the_same_verdicts() {
    let world = World::new();
    fleet(&world);
    let forge = Rehearsal::new(&world, &seed());
    let there = forge.run(&world, &DRIFT).exits(1).json();
    let names: Vec<String> = SLUGS.iter().map(|slug| name(slug)).collect();
    let mut local = vec!["drift", "--format", "json", "--ref", "HEAD", "--local"];
    local.extend(names.iter().map(String::as_str));
    let here = world.run(&local).exits(1).json();
    assert_eq!(essence(&there), essence(&here));
}

#[test]
fn what_only_rules_that_a_profile_does_without_would_read_is_not_asked_for() {
    let asked = |rules: &str| {
        let world = World::new();
        world
            .write("svc/README.md", "# svc\n")
            .write("svc/notes.txt", "read by what looks into every file\n")
            .write("svc/large.txt", "too large for a document\n".repeat(25_000));
        world.commit("svc");
        world.write(
            "shape/shape.yaml",
            format!(
                "schema: 1\nname: mine\npaths: [{{ path: README.md, policy: exact }}]\nextras: ['*.txt']\n\
                 profiles: {{ bare: {{ without_rules: [{rules}] }} }}\n"
            ),
        );
        world.write("shape/files/README.md", "# svc\n");
        world.write(
            "fleet.yaml",
            "schema: 1\nname: test\nforge: { owner: acme }\nkinds: { k: { shape: { folder: shape }, profile: bare } }\n\
             members: [svc]\n",
        );
        let forge = Rehearsal::new(&world, "repositories: [{ name: acme/svc, from: svc }]\n");
        forge.run(&world, &DRIFT).exits(0);
        forge
            .requests()
            .iter()
            .map(|asked| asked["operation"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(asked("secret, merge-conflict-marker, todo-marker"), ["query heads", "query trees"]);
    assert_eq!(
        asked(""),
        ["query heads", "query trees", "query texts", ""],
        "and the large text by itself"
    );
}

#[test]
fn of_a_large_fleet_texts_are_fetched_ahead_and_the_verdicts_are_the_same() {
    let world = World::new();
    let slugs: Vec<String> = (0..100).map(|number| format!("m{number:02}")).collect();
    for (number, slug) in slugs.iter().enumerate() {
        world.conformant(slug);
        let adapter = format!("{}/adapter.py", name(slug));
        match number % 7 {
            3 => world.write(&adapter, format!("import nowhere  # {slug}\n")),
            _ => world.write(&adapter, format!("{}# {slug}\n", world.read(&adapter))),
        };
        // What none of the first reads.
        if number == 98 {
            world.write(&format!("{}/.gitattributes", name(slug)), "* text=auto\n");
            world.write(&format!("{}/notes.txt", name(slug)), "only here\n");
        }
        world.commit(&name(slug));
    }
    let members = slugs.join(", ");
    world.write(
        "fleet.yaml",
        format!(
            "schema: 1\nname: test\nforge: {{ owner: acme }}\n\
             kinds:\n  t: {{ prefix: molecule-ai-workspace-template- }}\nmembers: [{members}]\n"
        ),
    );
    let repositories: String = slugs
        .iter()
        .map(|slug| format!("  - {{ name: acme/{0}, from: {0} }}\n", name(slug)))
        .collect();
    let forge = Rehearsal::new(&world, &format!("repositories:\n{repositories}"));
    let there = forge.run(&world, &DRIFT).exits(1).json();
    let asked = forge.requests();
    let names: Vec<String> = slugs.iter().map(|slug| name(slug)).collect();
    let mut local = vec!["drift", "--format", "json", "--ref", "HEAD", "--local"];
    local.extend(names.iter().map(String::as_str));
    assert_eq!(essence(&there), essence(&world.run(&local).exits(1).json()));
    // Of the first, of all others in two documents, and the one text that no other has.
    let texts = asked.iter().filter(|it| it["operation"] == "query texts");
    let bytes: Vec<u64> = texts.filter_map(|it| it["bytes"].as_u64()).collect();
    assert_eq!(bytes.len(), 4, "{bytes:?}");
    assert!(bytes[0] > 9_000 && bytes[3] < 1_000, "{bytes:?}");
}

#[test]
fn a_second_run_asks_only_where_branches_stand() {
    let world = World::new();
    fleet(&world);
    let forge = Rehearsal::new(&world, &seed());
    let first = forge.run(&world, &DRIFT).exits(1);
    let cold = forge.requests();
    assert!(cold.len() <= 8, "{} requests: {cold:#?}", cold.len());
    let second = forge.run(&world, &DRIFT).exits(1);
    let warm = forge.requests();
    assert_eq!(warm.len(), 1, "{warm:#?}");
    assert_eq!(first.json(), second.json());
    assert!(second.stderr.contains("1 request to the forge (1 GraphQL)"), "{}", second.stderr);
}

#[test]
fn whatever_the_forge_does_the_report_is_the_same() {
    let kinds = [
        "bad-gateway-before",
        "bad-gateway-after",
        "reset-before",
        "reset-after",
        "partial-data",
        "secondary-403",
        "secondary-429",
        "secondary-200",
        "secondary-no-retry-after",
        "primary",
        "redirect-307",
        "truncated-body",
    ];
    let world = World::new();
    fleet(&world);
    let forge = Rehearsal::new(&world, &seed());
    let wanted = forge.run(&world, &DRIFT).exits(1).json();
    let count = forge.requests().len();
    for kind in kinds {
        for at in 1..=count {
            std::fs::remove_dir_all(world.path(".cache")).expect("a cache");
            forge.fail(&json!([{ "at": at, "kind": kind }]));
            let ran = forge.run(&world, &DRIFT);
            let log = forge.requests();
            assert!(log.iter().any(|entry| entry["fault"] == kind), "{kind} at {at}: {log:#?}");
            assert_eq!(ran.code, 1, "{kind} at {at}: {}", ran.stderr);
            assert_eq!(ran.json(), wanted, "{kind} at {at}");
        }
    }
}

#[test]
fn a_token_that_ends_in_mid_run_is_told_and_nothing_is_green() {
    let world = World::new();
    fleet(&world);
    let forge = Rehearsal::new(&world, &seed());
    forge.fail(&json!([{ "at": 2, "times": 100, "kind": "unauthorized" }]));
    let ran = forge.run(&world, &DRIFT).exits(3);
    assert!(ran.stderr.contains("answered 401"), "{}", ran.stderr);
    assert!(ran.stderr.contains("gh auth login"), "{}", ran.stderr);
}

#[test]
fn repositories_that_cannot_be_read_are_each_told_and_stop_nobody() {
    let world = World::new();
    fleet(&world);
    let beta = name("beta");
    let document = format!(
        "repositories:\n\
         - {{ name: acme/{alpha}, from: {alpha} }}\n\
         - {{ name: acme/{beta}, empty: true }}\n\
         - {{ name: acme/{gamma}, files: {{ a: b }}, disabled: true }}\n",
        alpha = name("alpha"),
        gamma = name("gamma"),
    );
    let forge = Rehearsal::new(&world, &document);
    let report = forge.run(&world, &DRIFT).exits(3).json();
    let of = |slug: &str| {
        let repositories = report["repositories"].as_array().expect("repositories");
        let found = repositories.iter().find(|repository| repository["name"] == name(slug));
        found.expect("listed").clone()
    };
    assert_eq!(of("alpha")["verdict"], "conformant");
    assert_eq!(
        of("beta")["error"],
        format!(
            "cannot read `acme/{beta}` from the forge: the repository is empty: push a first commit, set `retired` in \
             fleet.yaml, or remove it from there"
        )
    );
    let ran = forge.run(&world, &["doctor"]).exits(0);
    assert!(ran.stdout.contains(&format!("1 member empty: `acme/{beta}`")), "{}", ran.stdout);
    assert!(ran.stdout.contains("`shipshape new SLUG` creates it"), "{}", ran.stdout);
    for (slug, why) in [
        ("beta", "empty"),
        ("gamma", "blocked"),
        ("delta", "it is not there, or the token may not see it"),
    ] {
        let repository = of(slug);
        assert_eq!(repository["verdict"], "unchecked", "{slug}");
        let error = repository["error"].as_str().unwrap_or_default();
        assert!(error.contains(why), "{slug}: {error}");
    }
}

#[test]
fn renamed_and_archived_repositories_are_read() {
    let world = World::new();
    fleet(&world);
    let mut document = seed();
    document = document.replace(
        &format!("name: acme/{}, ", name("alpha")),
        &format!("name: acme/other, renamed_from: [{}], archived: true, ", name("alpha")),
    );
    let forge = Rehearsal::new(&world, &document);
    let ran = forge.run(&world, &["validate", "--repository", "alpha"]).exits(0);
    assert!(ran.stdout.contains("has moved to `acme/other`"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("has moved to"), "{}", ran.stderr);
    let ran = forge.run(&world, &["fleet", "status", "--no-images", "alpha"]);
    assert_eq!(ran.stderr.matches("has moved to").count(), 1, "{}", ran.stderr);
    assert!(
        ran.stdout.contains(", archived") && ran.stdout.contains(", 1 archived: "),
        "{}",
        ran.stdout
    );
    let ran = forge.run(&world, &["doctor"]);
    assert!(ran.stdout.contains("1 member archived: `acme/"), "{}", ran.stdout);
    assert!(ran.stdout.contains(" --apply` records that in fleet.yaml"), "{}", ran.stdout);
}

#[test]
fn a_member_that_was_renamed_is_neither_gone_nor_new() {
    let world = World::new();
    fleet(&world);
    let (old, new) = (name("alpha"), name("omega"));
    let document = seed().replace(
        &format!("name: acme/{old}, "),
        &format!("name: acme/{new}, renamed_from: [{old}], "),
    );
    let forge = Rehearsal::new(&world, &document);
    let found = forge.run(&world, &["fleet", "discover", "--format", "json"]).exits(1).json();
    assert_eq!((&found["absent"], &found["unlisted"]), (&json!([]), &json!([])));
    let moved = json!([{ "from": format!("acme/{old}"), "to": format!("acme/{new}") }]);
    assert_eq!(found["moved"], moved);
    assert_eq!(found["present"], 4);
    let ran = forge.run(&world, &["fleet", "discover"]).exits(1);
    assert!(ran.stdout.contains(&format!("acme/{old}: now acme/{new}\n")), "{}", ran.stdout);
    assert!(!ran.stdout.contains("Add those that belong to the fleet"), "{}", ran.stdout);
}

#[test]
fn a_page_with_a_hole_in_it_is_not_taken_for_the_whole() {
    let world = World::new();
    fleet(&world);
    let forge = Rehearsal::new(&world, &seed());
    let discover = ["fleet", "discover", "--format", "json"];
    let calm = forge.run(&world, &discover).exits(0).stdout;
    for kind in ["partial-data", "bad-gateway-before", "truncated-body"] {
        forge.fail(&json!([{ "at": 1, "kind": kind }]));
        let ran = forge.run(&world, &discover);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, calm.as_str()), "{kind}: {}", ran.stderr);
    }
}

#[test]
fn a_fleet_without_members_is_filled() {
    let world = World::new();
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers: []\n",
    );
    let forge = Rehearsal::new(&world, "repositories: [{ name: acme/t-one, files: { a: b } }]\n");
    let ran = forge.run(&world, &["drift"]).exits(2);
    assert!(ran.stderr.contains("the fleet has no members"), "{}", ran.stderr);
    let ran = forge.run(&world, &["fleet", "discover"]).exits(1);
    assert!(ran.stdout.contains("`members`:\n  - t-one\n"), "{}", ran.stdout);
    let ran = forge.run(&world, &["doctor"]);
    assert!(ran.stdout.contains("no members yet"), "{}", ran.stdout);
}

#[test]
fn discovery_tells_both_ways() {
    let world = World::new();
    fleet(&world);
    let document = seed()
        .replace(&format!("  - {{ name: acme/{0}, from: {0} }}\n", name("delta")), "")
        + &format!("  - {{ name: acme/{}, files: {{ a: b }} }}\n", name("new"))
        + &format!("  - {{ name: acme/{}, files: {{ a: b }}, archived: true }}\n", name("old"))
        + "  - { name: acme/unrelated, files: { a: b } }\n";
    let forge = Rehearsal::new(&world, &document);
    let found = forge.run(&world, &["fleet", "discover", "--format", "json"]).exits(1).json();
    let unlisted: Vec<(&str, usize)> = found["unlisted"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| {
            let apart = it["apart"].as_array().map_or(0, Vec::len);
            (it["slug"].as_str().unwrap_or_default(), apart)
        })
        .collect();
    assert_eq!(unlisted, [("new", 0), ("old", 1)]);
    assert_eq!(found["absent"], json!([format!("acme/{}", name("delta"))]));
    assert_eq!(found["present"], 3);
}

#[test]
fn an_owner_that_is_not_there_is_told() {
    let world = World::new();
    fleet(&world);
    world.replace("fleet.yaml", "owner: acme", "owner: nobody-here");
    let forge = Rehearsal::new(&world, &seed());
    let ran = forge.run(&world, &["fleet", "discover"]).exits(3);
    assert!(ran.stderr.contains("nobody-here"), "{}", ran.stderr);
    assert!(ran.stderr.contains("forge.owner"), "{}", ran.stderr);
}

#[test]
fn without_a_token_it_is_said_where_one_is_looked_for() {
    let world = World::new();
    fleet(&world);
    let forge = Rehearsal::new(&world, &seed());
    let ran = forge.run_with(&world, &DRIFT, &[("GH_ENTERPRISE_TOKEN", "")]).exits(3);
    assert!(ran.stderr.contains("answered 401"), "{}", ran.stderr);
    let told = "no token was given: set GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    // The answer is 404 elsewhere, and as little about a permission.
    let words = ["fleet", "discover"];
    let ran = forge.run_with(&world, &words, &[("GH_ENTERPRISE_TOKEN", "")]).exits(3);
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert!(!ran.stderr.contains("for this a token needs"), "{}", ran.stderr);
}

#[test]
fn a_token_for_other_repositories_sees_private_ones_as_absent() {
    let world = World::new();
    fleet(&world);
    let document = seed().replace("from: ", "visibility: private, from: ")
        + &format!(
            "tokens: [{{ name: narrow, permissions: {{ contents: read }}, repositories: [acme/{}] }}]\n",
            name("alpha")
        );
    let forge = Rehearsal::new(&world, &document);
    let report = forge.run_as(&world, "narrow", &DRIFT).exits(3).json();
    let verdict = |slug: &str| {
        let repositories = report["repositories"].as_array().expect("repositories");
        let found = repositories.iter().find(|repository| repository["name"] == name(slug));
        found.expect("listed")["verdict"].clone()
    };
    assert_eq!(verdict("alpha"), "conformant");
    assert_eq!(verdict("beta"), "unchecked");
}

#[test]
fn a_forge_that_is_not_there_is_told_with_its_address() {
    let world = World::new();
    fleet(&world);
    let variables = [("SHIPSHAPE_FORGE", "http://127.0.0.1:9"), ("GH_ENTERPRISE_TOKEN", "secret")];
    let ran = world.run_in(&world.path(""), &["drift"], &variables).exits(3);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("is http://127.0.0.1:9 correct"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
}

#[test]
fn a_ref_is_a_branch_a_tag_or_a_commit_and_nothing_else() {
    let world = World::new();
    fleet(&world);
    let forge = Rehearsal::new(&world, &seed());
    let validate = |reference: &str| {
        forge.run(&world, &["validate", "--repository", "alpha", "--ref", reference])
    };
    validate("main").exits(0);
    let ran = validate("no-such-branch").exits(3);
    assert!(ran.stdout.contains("no-such-branch"), "{}", ran.stdout);
    validate("\") { id } }").exits(3);
}
