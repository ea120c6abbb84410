//! `shipshape init`: a first fleet.yaml of folders, of a list, of an organisation.

use crate::other_kinds::pasted;
use crate::rehearsal::Rehearsal;
use crate::world::World;

/// A world with two templates that conform, and a folder of something else.
fn templates() -> World {
    let world = World::new();
    for slug in ["hermes", "claude-code"] {
        let name = world.conformant(slug);
        std::fs::rename(world.path(&name), world.path(&format!("repos/{name}"))).unwrap_or_else(
            |_| {
                std::fs::create_dir_all(world.path("repos")).expect("writable");
                std::fs::rename(world.path(&name), world.path(&format!("repos/{name}")))
                    .expect("moved");
            },
        );
    }
    world.write("repos/website/index.html", "<p>x</p>\n");
    world
}

const HERMES: &str = "repos/molecule-ai-workspace-template-hermes";
const CLAUDE: &str = "repos/molecule-ai-workspace-template-claude-code";

#[test]
fn folders_become_a_manifest_that_drift_reads() {
    let world = templates();
    let ran = world.run(&["init", HERMES, CLAUDE, "repos/website", "--owner", "acme"]).exits(0);
    assert!(ran.stderr.contains("left out: `website`"), "{}", ran.stderr);
    assert!(
        // `repos/*` would be the website too, which is not a member.
        ran.stderr.contains("shipshape drift --local repos/molecule-ai-workspace-template-*"),
        "{}",
        ran.stderr
    );
    let text = world.read("fleet.yaml");
    for part in [
        "prefix: molecule-ai-workspace-template-",
        "distribution: molecule-ai-workspace-runtime",
        "  - molecule-ai-workspace-template-claude-code\n  - molecule-ai-workspace-template-hermes\n",
        "# - website # its name has nothing in common with the others'",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    world.run(&["drift", "--local", HERMES, CLAUDE]).exits(0);
}

#[test]
fn names_without_a_beginning_in_common_are_members_of_one_kind() {
    let world = World::new();
    for name in ["anyhow", "itoa", "setup-node", "setup-python", "log", "cache"] {
        world.write(&format!("repos/{name}/README.md"), "# x\n");
    }
    let ran = world
        .run(&[
            "init",
            "repos/anyhow",
            "repos/itoa",
            "repos/setup-node",
            "repos/setup-python",
            "repos/log",
            "repos/cache",
            "--owner",
            "acme",
        ])
        .exits(0);
    assert!(ran.stderr.contains("wrote fleet.yaml with 6 members"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);
    // Fewer than those with a prefix: a kind of their own.
    for name in ["setup-go", "setup-java", "setup-ruby"] {
        world.write(&format!("repos/{name}/README.md"), "# x\n");
    }
    world
        .run(&[
            "init",
            "repos/log",
            "repos/cache",
            "repos/setup-go",
            "repos/setup-java",
            "repos/setup-ruby",
            "--owner",
            "acme",
            "--force",
        ])
        .exits(0);
    let text = world.read("fleet.yaml");
    assert!(text.contains("  - { repository: log, kind: repository }\n"), "{text}");
    assert!(text.contains("  - setup-go\n"), "{text}");
    let ran = world
        .run(&["init", "repos/anyhow", "--owner", "acme", "--prefix", "crate-", "--force"])
        .exits(2);
    assert!(
        ran.stderr.contains("`anyhow`: its name does not begin with `crate-`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn clones_whose_remotes_end_alike_are_called_as_their_folders() {
    let world = World::new();
    for name in ["anyhow", "log"] {
        world.write(&format!("{name}/README.md"), "# x\n");
        world.commit(name);
        let config = world.read(&format!("{name}/.git/config"));
        let remote = format!("[remote \"origin\"]\n\turl = /mirror/{name}/repo\n");
        world.write(&format!("{name}/.git/config"), format!("{config}{remote}"));
    }
    world.run(&["init", "anyhow", "log", "--owner", "acme"]).exits(0);
    let text = world.read("fleet.yaml");
    assert!(text.contains("anyhow") && text.contains("log") && !text.contains("repo\n"), "{text}");
    world.write("shape/shape.yaml", "schema: 1\nname: own\npaths: []\n");
    world.replace("fleet.yaml", "folder: shapes/repository", "folder: shape");
    let ran = world.run(&["drift", "--local", "anyhow", "log", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect(&ran.stderr);
    let names: Vec<&str> = report["repositories"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    assert_eq!(names, ["anyhow", "log"]);
}

#[test]
fn the_address_of_a_forge_on_this_machine_keeps_its_scheme_and_port() {
    for (address, url) in [
        ("http://127.0.0.1:43671/acme/tool.git", "url: http://127.0.0.1:43671"),
        ("https://ghe.example:8443/acme/tool.git", "url: https://ghe.example:8443"),
    ] {
        let world = World::new();
        world.write("tool/README.md", "# x\n").commit("tool");
        let config = world.read("tool/.git/config");
        let remote = format!("[remote \"origin\"]\n\turl = {address}\n");
        world.write("tool/.git/config", format!("{config}{remote}"));
        world.run(&["init", "tool"]).exits(0);
        let text = world.read("fleet.yaml");
        assert!(text.lines().any(|line| line.trim() == url), "{address}: {text}");
    }
}

#[test]
fn nothing_is_overwritten_unasked_and_a_dry_run_writes_nothing() {
    let world = templates();
    let dry = world.run(&["init", HERMES, CLAUDE, "--owner", "acme", "--dry-run"]).exits(0);
    assert!(dry.stdout.starts_with("# A first draft"), "{}", dry.stdout);
    assert!(!world.path("fleet.yaml").exists());
    world.write("fleet.yaml", "mine\n");
    let ran = world.run(&["init", HERMES, "--owner", "acme"]).exits(2);
    assert!(ran.stderr.contains("replace it with --force"), "{}", ran.stderr);
    assert_eq!(world.read("fleet.yaml"), "mine\n");
    world.run(&["init", HERMES, CLAUDE, "--owner", "acme", "--force"]).exits(0);
}

#[test]
fn a_list_becomes_a_registration_that_agrees_with_the_manifest() {
    let world = World::new();
    world.write(
        "manifest.json",
        r#"{"version": 1, "workspace_templates": [
            {"name": "claude-code-default", "repo": "Acme/template-claude-code", "ref": "main"},
            {"name": "hermes", "repo": "Acme/template-hermes", "ref": "main"},
            {"title": "?"}
        ]}"#,
    );
    let ran = world.run(&["init", "--manifest", "manifest.json"]).exits(0);
    assert!(
        ran.stderr.contains("not understood: /workspace_templates/2: it names no repository"),
        "{}",
        ran.stderr
    );
    let text = world.read("fleet.yaml");
    assert!(text.contains("exceptions: { claude-code: claude-code-default }"), "{text}");
    // The entry that nobody understood is one that the list's reader does not understand either.
    world.replace("manifest.json", ",\n            {\"title\": \"?\"}", "");
    world.run(&["fleet", "registrations"]).exits(0);
}

#[test]
fn an_organisation_is_read_without_a_clone() {
    let world = templates();
    for folder in [HERMES, CLAUDE] {
        world.commit(folder);
    }
    let forge = Rehearsal::new(
        &world,
        &format!(
            "tokens: [{{ name: all }}]\nrepositories:\n\
             - {{ name: acme/tpl-hermes, from: {HERMES}/.git }}\n\
             - {{ name: acme/tpl-claude-code, from: {CLAUDE}/.git }}\n\
             - {{ name: acme/tpl-old, archived: true, files: {{ a: b }} }}\n\
             - {{ name: acme/tpl-new, empty: true }}\n\
             - {{ name: acme/tpl-fork, fork: true, files: {{ a: b }} }}\n\
             - {{ name: acme/core, files: {{ a: b }} }}\n"
        ),
    );
    let ran = forge.run_as(&world, "all", &["init", "--owner", "acme"]).exits(0);
    for part in [
        "`tpl-old`: it is archived",
        "`tpl-new`: it is empty",
        "`tpl-fork`: it is a fork",
        "`core`: its name",
    ] {
        assert!(ran.stderr.contains(part), "{part}\n{}", ran.stderr);
    }
    let text = world.read("fleet.yaml");
    assert!(text.contains("distribution: molecule-ai-workspace-runtime"), "{text}");
    assert!(text.contains("  - tpl-claude-code\n  - tpl-hermes\n"), "{text}");
    let unknown = forge.run_as(&world, "all", &["init", "--owner", "nobody", "--force"]).exits(3);
    assert!(unknown.stderr.contains("nobody"), "{}", unknown.stderr);
}

#[test]
fn a_token_that_sees_or_reads_nothing_leaves_no_file_behind() {
    let world = World::new();
    let seed = "tokens:\n- { name: all, scopes: [repo] }\n\
         - { name: blind, user: octo, permissions: { metadata: read }, repositories: ['acme/*'] }\n\
         - { name: elsewhere, user: octo, permissions: { contents: read }, repositories: ['other/x'] }\n\
         repositories:\n\
         - { name: acme/t-a, visibility: private, files: { a: b } }\n\
         - { name: acme/t-b, visibility: private, files: { a: b } }\n\
         - { name: other/x, visibility: private, files: { a: b } }\n";
    let forge = Rehearsal::new(&world, seed);
    let words = ["init", "--owner", "acme"];
    let hidden = forge.run_as(&world, "elsewhere", &words).exits(3).stderr;
    let says = "the repositories of `acme` are missing or hidden from this token";
    assert!(hidden.contains(says) && hidden.contains("`shipshape doctor`"), "{hidden}");
    for more in [&[][..], &["--dry-run"]] {
        let blind = forge.run_as(&world, "blind", &[&words[..], more].concat()).exits(3);
        assert!(blind.stderr.contains("no likely member could be read, of 2"), "{}", blind.stderr);
        assert!(blind.stderr.contains("`contents: read`"), "{}", blind.stderr);
        assert!(
            blind.stderr.contains("`shipshape doctor --permissions 'init --owner'`"),
            "{}",
            blind.stderr
        );
        assert_eq!(blind.stdout, "");
    }
    assert!(!world.path("fleet.yaml").exists());
    forge.run_as(&world, "all", &words).exits(0);
}

#[test]
fn what_cannot_be_a_fleet_says_so() {
    let world = World::new();
    assert!(world.run(&["init"]).exits(2).stderr.contains("--owner acme"));
    assert!(world.run(&["init", "nowhere"]).exits(3).stderr.contains("nowhere"));
    world.write("x.json", "{ // no\n}");
    assert!(world.run(&["init", "--manifest", "x.json"]).exits(2).stderr.contains("not JSON"));
    world.write("x.json", "{\"a\": [1, 2]}");
    let ran = world.run(&["init", "--manifest", "x.json"]).exits(2);
    assert!(ran.stderr.contains("/a: nothing in this list names a repository"), "{}", ran.stderr);
}

#[test]
fn kinds_are_told_by_endings_too_and_all_commands_agree_on_the_slug() {
    let world = World::new();
    for slug in ["admin", "docs", "shop"] {
        let name = format!("repos/{slug}-web");
        world
            .write(&format!("{name}/package.json"), format!("{{\"name\": \"{slug}\"}}\n"))
            .write(&format!("{name}/README.md"), format!("# The {slug} site\n"))
            .write(&format!("{name}/.nvmrc"), "22\n");
        world
            .write(&format!("repos/svc-{slug}/go.mod"), format!("module svc-{slug}\n"))
            .write(&format!("repos/svc-{slug}/Makefile"), "all:\n");
    }
    let folders = ["admin-web", "docs-web", "shop-web", "svc-admin", "svc-docs", "svc-shop"];
    let folders = folders.map(|name| format!("repos/{name}"));
    let mut words = vec!["init", "--owner", "nord"];
    words.extend(folders.iter().map(String::as_str));
    world.run(&words).exits(0);
    let manifest = world.read("fleet.yaml");
    assert!(manifest.contains("select: { glob: \"*-web\" }"), "{manifest}");
    assert!(manifest.contains("{ repository: admin-web, slug: admin, kind: web }"), "{manifest}");
    let webs: Vec<&str> = folders.iter().take(3).map(String::as_str).collect();
    let make = [&["shape", "init", "--out", "shapes/web", "--from"][..], &webs].concat();
    world.run(&make).exits(0);
    let ran = world.run(&[&["drift", "--local"][..], &webs].concat()).exits(0);
    assert!(ran.stdout.contains("3 conformant"), "{}", ran.stdout);
    // So is a new one called like its sisters.
    let new = ["new", "cart", "--kind", "web", "--defaults", "--dry-run", "--local", "cart-web"];
    let ran = world.run(&new);
    assert!(ran.stdout.contains("nord/cart-web"), "{}\n{}", ran.stdout, ran.stderr);
    // Where fleet.yaml calls a member as its repository, so does the shape.
    world.write(
        "fleet.yaml",
        manifest
            .replace(", slug: admin", "")
            .replace(", slug: docs", "")
            .replace(", slug: shop", ""),
    );
    world.run(&[&make[..], &["--force"]].concat()).exits(0);
    let ran = world.run(&[&["drift", "--local"][..], &webs].concat()).exits(0);
    assert!(ran.stdout.contains("3 conformant"), "{}", ran.stdout);
}

#[test]
fn three_of_one_beginning_stay_a_kind_beside_many_others() {
    let world = World::new();
    let names = ["itoa", "ryu", "anyhow", "checkout", "p-limit", "p-map", "p-queue"];
    let folders = names.map(|name| format!("all/{name}"));
    for folder in &folders {
        world.write(&format!("{folder}/README.md"), "# x\n");
    }
    let mut words = vec!["init", "--owner", "acme"];
    words.extend(folders.iter().map(String::as_str));
    world.run(&words).exits(0);
    let manifest = world.read("fleet.yaml");
    assert!(manifest.contains("prefix: p-"), "{manifest}");
}

/// Crates and sites whose names have nothing in common.
fn of_two_kinds(world: &World) -> Vec<String> {
    let crates = ["itoa", "ryu", "semver"].map(|name| {
        world
            .write(&format!("repos/{name}/Cargo.toml"), format!("[package]\nname = \"{name}\"\n"))
            .write(&format!("repos/{name}/src/lib.rs"), format!("//! {name}\n"))
            .write(&format!("repos/{name}/build.rs"), "fn main() {}\n");
        format!("repos/{name}")
    });
    let sites = ["handbook", "shop"].map(|name| {
        world
            .write(&format!("repos/{name}/index.html"), format!("<p>{name}</p>\n"))
            .write(&format!("repos/{name}/site.css"), "p { color: red }\n")
            .write(&format!("repos/{name}/robots.txt"), "User-agent: *\n");
        format!("repos/{name}")
    });
    [&crates[..], &sites[..]].concat()
}

/// The commands that are proposed next.
fn next(said: &str) -> Vec<String> {
    let lines = said.lines().filter_map(|line| line.strip_prefix("  shipshape "));
    lines.map(str::to_owned).collect()
}

#[test]
fn repositories_of_several_kinds_get_kinds_by_their_files() {
    let world = World::new();
    let mut arguments = vec!["init".to_owned(), "--owner".to_owned(), "acme".to_owned()];
    arguments.extend(of_two_kinds(&world));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = world.run(&arguments).exits(0);
    let says = "kinds.repository-2: 3 repositories have a third or more of their files in common";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let text = world.read("fleet.yaml");
    assert!(text.contains("  - { repository: ryu, kind: repository-2 }\n"), "{text}");
    assert!(text.contains("  - { repository: shop, kind: repository-1 }\n"), "{text}");
    // What is proposed leads to a shape for each that its members conform to.
    for line in next(&ran.stderr) {
        let (said, code) = pasted(&world, &line);
        assert_eq!(code, 0, "{line}\n{said}");
        assert!(!said.contains("hold "), "{line}: {said}");
    }
    // One that is unlike all others is left out.
    world.write("repos/odd/x.txt", "x\n");
    let ran = world.run(&[&arguments[..], &["repos/odd", "--force"]].concat()).exits(0);
    assert!(ran.stderr.contains("left out: `odd`: its files have too little"), "{}", ran.stderr);
}

#[test]
fn a_shape_of_a_part_of_a_kind_is_not_put_on_all_of_it_unasked() {
    let world = World::new();
    let folders = of_two_kinds(&world);
    let members: String = folders.iter().map(|it| format!("- {}\n", &it[6..])).collect();
    world.write(
        "fleet.yaml",
        format!("schema: 1\nname: f\nforge: {{ owner: acme }}\nkinds:\n  repository: {{ shape: {{ folder: shapes/repository }} }}\nmembers:\n{members}"),
    );
    let mut arguments = vec!["shape", "init", "--out", "shapes/repository-1", "--from"];
    arguments.extend(folders[3..].iter().map(String::as_str));
    let ran = world.run(&arguments).exits(0);
    for says in [
        "if the 3 other members of the kind `repository` are like these: hold that kind to it",
        "if not: give these a kind of their own there: `repository-1: { shape: { folder: shapes/repository-1 } }` under `kinds`, and `kind: repository-1` for `handbook`, `shop`",
    ] {
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}

#[test]
fn a_folder_for_a_shape_is_a_free_one_unless_its_pack_fits() {
    let world = World::new();
    let mut arguments = vec!["init".to_owned(), "--owner".to_owned(), "acme".to_owned()];
    arguments.extend(of_two_kinds(&world).into_iter().take(3));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    world.write("shapes/repository/notes.txt", "x\n");
    let ran = world.run(&arguments).exits(0);
    let holds = "    shape: { folder: shapes/repository-2 }\n";
    assert!(world.read("fleet.yaml").contains(holds), "{}", world.read("fleet.yaml"));
    let make = next(&ran.stderr).into_iter().find(|line| line.starts_with("shape init "));
    let make = make.expect("a command that makes it");
    assert!(make.ends_with("--out shapes/repository-2"), "{make}");
    let (said, code) = pasted(&world, &make);
    assert_eq!(code, 0, "{said}");
    // Now it is there, and is of these repositories.
    let ran = world.run(&[&arguments[..], &["--force"]].concat()).exits(0);
    assert!(world.read("fleet.yaml").contains(holds), "{}", world.read("fleet.yaml"));
    assert!(!ran.stderr.contains("shape init"), "{}", ran.stderr);
}
