//! `shipshape new`: what it asks, what it makes, and that it makes all of it or nothing.

use crate::world::World;

/// `.gitignore`, `adapter.py`, …: every file below a folder, by path.
fn files(world: &World, folder: &str) -> Vec<(String, Vec<u8>)> {
    let root = world.path(folder);
    let mut waiting = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
                found.push((name, std::fs::read(&path).expect("readable")));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn defaults_make_a_folder_that_conforms_and_a_second_run_finds_it_made() {
    let world = World::new();
    let arguments = ["new", "acme", "--local", "out/acme", "--defaults"];
    let ran = world.run(&arguments).exits(0);
    assert!(ran.stdout.contains("0 findings"), "{}", ran.stdout);
    assert!(ran.stdout.contains("├── workflows/") || ran.stdout.contains("└── workflows/"));
    let conformant = world.conformant("acme");
    assert_eq!(files(&world, "out/acme"), files(&world, &conformant));
    let beside: Vec<_> = std::fs::read_dir(world.path("out")).expect("readable").collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
    world.run(&["validate", "out/acme", "--slug", "acme"]).exits(0);
    let again = world.run(&arguments).exits(0);
    assert!(again.stderr.contains("exists already, as wanted"), "{}", again.stderr);
    // The command that it repeats makes the same.
    let line =
        ran.stderr.lines().find(|line| line.trim().starts_with("shipshape new")).expect("it");
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    std::fs::remove_dir_all(world.path("out")).expect("removed");
    world.run(&words).exits(0);
    assert_eq!(files(&world, "out/acme"), files(&world, &conformant));
}

#[test]
fn a_folder_of_somebody_is_left_alone() {
    let world = World::new();
    world.write("mine/notes", "mine\n").write("file", "x");
    for folder in ["mine", "file"] {
        world.run(&["new", "acme", "--local", folder, "--defaults"]).exits(2);
    }
    assert_eq!(files(&world, "mine").len(), 1);
    let nowhere = world.run(&["new", "acme", "--defaults"]).exits(2);
    assert!(nowhere.stderr.contains("--local DIR"), "{}", nowhere.stderr);
}

#[test]
fn bad_slugs_say_what_would_be_right_before_anything_is_made() {
    let world = World::new();
    let long = "word-".repeat(40);
    for (slug, said) in [
        ("GeminiCLI", "`geminicli` would be a slug"),
        ("gemini_cli", "`gemini-cli` would be a slug"),
        ("gemini.cli", "`gemini-cli` would be a slug"),
        ("a--b", "`a-b` would be a slug"),
        (long.as_str(), "more than 63"),
        ("class", "a keyword of Python"),
        ("latest", "a reserved name"),
        ("a/b", "`a-b` would be a slug"),
        ("\u{1b}[31m", "`slug` contains the character \\u{1b}"),
    ] {
        let ran = world.run(&["new", slug, "--local", "x", "--defaults"]).exits(2);
        assert!(ran.stderr.contains(said), "{slug}: {}", ran.stderr);
        assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
        assert!(!world.path("x").exists());
    }
}

#[test]
fn where_nobody_can_be_asked_the_flags_are_named() {
    let world = World::new();
    let ran = world.run(&["new", "--local", "x"]).exits(2);
    for flag in ["NAME", "--set model=VALUE", "--answers FILE", "--defaults"] {
        assert!(ran.stderr.contains(flag), "{flag}: {}", ran.stderr);
    }
    let ran = world.run(&["new", "--local", "x", "--defaults"]).exits(2);
    assert!(ran.stderr.contains("1 question is not answered"), "{}", ran.stderr);
    let ran =
        world.run(&["new", "acme", "--local", "x", "--defaults", "--set", "modle=x"]).exits(2);
    assert!(ran.stderr.contains("did you mean `model`?"), "{}", ran.stderr);
    assert!(!world.path("x").exists());
}

#[test]
fn the_wizard_goes_forwards_and_backwards() {
    let world = World::new();
    let typed = [
        "Gemini", // refused: capitals
        "gemini",
        "google:gemini-2.5-pro",
        "<", // back to the model
        "<", // back to the slug
        "gemini-cli",
        "", // the model stays as typed
        "google:gemini-2.5-flash",
        "google:gemini-2.5-lite GEMINI_API_KEY",
        "", // ends the list
        "gemini --model {model}",
        "-", // no requirements
        "git",
        "@google/gemini-cli@0.9.0",
        "You review changes.",
        "Be brief.",
        "",
        "change",
        "display_name",
        "Gemini CLI",
        "create",
    ];
    let ran = world.run_typing(&["new", "--local", "x", "--ask"], &typed).exits(0);
    assert!(ran.stderr.contains("it has capitals; `gemini` would be a slug"), "{}", ran.stderr);
    let config = world.read("x/config.yaml");
    for said in [
        "name: Gemini CLI\n",
        "- id: google:gemini-2.5-flash\n",
        "- GOOGLE_API_KEY\n",
        "- GEMINI_API_KEY\n",
    ] {
        assert!(config.contains(said), "{said}: {config}");
    }
    let dockerfile = world.read("x/Dockerfile");
    assert!(dockerfile.contains("'git' nodejs npm"), "{dockerfile}");
    assert!(
        dockerfile.contains("npm install --global --no-audit --no-fund '@google/gemini-cli@0.9.0'")
    );
    let adapter = world.read("x/adapter.py");
    assert!(adapter.contains("COMMAND = [\"gemini\", \"--model\", \"{model}\"]"), "{adapter}");
    assert!(adapter.contains("class GeminiCliAdapter("), "{adapter}");
    assert!(
        world.read("x/system-prompt.md").starts_with("You review changes.\nBe brief.\n\nYou are")
    );
    world.run(&["validate", "x", "--slug", "gemini-cli"]).exits(0);
}

#[test]
fn a_wizard_that_is_broken_off_makes_nothing() {
    let world = World::new();
    let ran = world.run_typing(&["new", "acme", "--local", "x", "--ask"], &["a:b", ""]).exits(2);
    assert!(ran.stderr.contains("--set command=VALUE"), "{}", ran.stderr);
    let all = ["", "", "", "", "", "", "", "leave"];
    let ran = world.run_typing(&["new", "acme", "--local", "x", "--ask"], &all).exits(0);
    assert!(ran.stderr.contains("Nothing was created"), "{}", ran.stderr);
    assert!(!world.path("x").exists());
    // What an empty answer means is said with the question, and in the plan.
    let left = "adapter.py: `answer` is a placeholder until you write it\n";
    assert!(ran.stderr.contains(&format!("leaves this to you: {left}")), "{}", ran.stderr);
    assert!(ran.stdout.contains(&format!("Left to you\n  - {left}")), "{}", ran.stdout);
}

#[test]
fn what_is_no_way_of_the_last_question_makes_nothing() {
    let world = World::new();
    let typed = ["a:b", "", "", "", "", "", "", "no", "mkae", "look", "leave"];
    let ran = world.run_typing(&["new", "acme", "--local", "x", "--ask"], &typed).exits(0);
    assert!(ran.stderr.contains("`no` is not one of them"), "{}", ran.stderr);
    assert!(ran.stdout.contains("+class AcmeAdapter(BaseAdapter):"), "{}", ran.stdout);
    assert!(!world.path("x").exists());
}

#[test]
fn there_is_no_way_back_from_the_first_question_and_one_from_within_a_list() {
    let world = World::new();
    let typed = [
        "<", "", // the model that is proposed
        "a:b", "one", "<", // back from the further models to the model
        "c:d", "", "", "", "", "", "", "create",
    ];
    let ran = world.run_typing(&["new", "acme", "--local", "x", "--ask"], &typed).exits(0);
    assert!(ran.stderr.contains("no question before this one"), "{}", ran.stderr);
    let config = world.read("x/config.yaml");
    assert!(config.contains("model: c:d\n"), "{config}");
    // What was taken before the way back is proposed, and what was refused is not.
    assert!(!config.contains("id: one") && config.contains("id: a:b"), "{config}");
}

#[test]
fn a_plan_is_short_and_shows_every_line_when_asked() {
    let world = World::new();
    let arguments = ["new", "acme", "--local", "x", "--defaults", "--dry-run"];
    let ran = world.run(&arguments).exits(0);
    assert!(ran.stdout.lines().count() < 45, "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ran.stdout);
    assert!(ran.stdout.contains("── __init__.py"), "{}", ran.stdout);
    let file = ran.stdout.lines().find(|line| line.contains("__init__.py")).expect("a file");
    assert!(file.ends_with("  3 lines  +2 -2"), "{file}");
    assert!(ran.stdout.contains("  left empty         models, command, "), "{}", ran.stdout);
    assert!(!ran.stdout.contains("@@"), "{}", ran.stdout);
    let ran = world.run(&[&arguments[..], &["--diff"]].concat()).exits(0);
    let class = "-class TodoAdapter(BaseAdapter):\n+class AcmeAdapter(BaseAdapter):";
    assert!(ran.stdout.contains(class), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("-Adapter = TodoAdapter\n+Adapter = AcmeAdapter\n"),
        "{}",
        ran.stdout
    );
}

#[cfg(unix)]
#[test]
fn at_ctrl_c_it_says_that_nothing_was_made() {
    use std::io::Read as _;
    let world = World::new();
    let mut command = world.command(&world.path(""), &["new", "--local", "x", "--ask"]);
    let (input, output) = (std::process::Stdio::piped(), std::process::Stdio::piped());
    let mut child = command.stdin(input).stderr(output).spawn().expect("the binary runs");
    // Held to the end: input that ends would be told instead.
    let _input = child.stdin.take();
    let mut errors = child.stderr.take().expect("a pipe");
    let mut said = String::new();
    let mut next = [0];
    while !said.ends_with("short name: ") && errors.read(&mut next).expect("a pipe") > 0 {
        said.push(char::from(next[0]));
    }
    let pid = child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    errors.read_to_string(&mut said).expect("text");
    assert!(said.ends_with("\nNothing was created.\n"), "{said}");
}

const ANSWERS: &str = "schema: 1
slug: acme
profile: ''
variables:
  display_name: 'A \"quoted\" \\ name: #1 {{ x }} $(id) ${y}'
  command: acme run --json
  models: [\"a:b\", \"c:d C_KEY\"]
  packages: [\"crewai>=0.80,<1\", \"httpx==0.28.1 ; python_version >= '3.11'\"]
  system_packages: [git, ripgrep]
  prompt: |
    You are {{ nobody }}.

    Never say `$(rm -rf /)`.
";

#[test]
fn a_file_of_answers_needs_no_terminal_and_no_value_breaks_out() {
    let world = World::new();
    world.write("answers.yaml", ANSWERS);
    let arguments = ["new", "--answers", "answers.yaml", "--local", "x", "--defaults"];
    world.run(&arguments).exits(0);
    world.run(&["validate", "x", "--slug", "acme"]).exits(0);
    assert!(
        world
            .read("x/adapter.py")
            .contains(r#"return "A \"quoted\" \\ name: #1 {{ x }} $(id) ${y}""#)
    );
    assert!(
        world.read("x/requirements.txt").ends_with("httpx==0.28.1 ; python_version >= '3.11'\n")
    );
    assert!(world.read("x/system-prompt.md").starts_with("You are {{ nobody }}.\n\nNever say"));
    for (from, to, said) in [
        ("slug: acme", "slgu: acme", "did you mean `slug`?"),
        ("schema: 1", "schema: 9", "a newer version of shipshape wrote this file"),
        ("[git, ripgrep]", "['git; id']", "`git;` cannot be `system_packages`"),
        ("acme run --json", "\"acme\\trun\"", "cannot be `command`"),
        ("acme run --json", "acme run | tee", "which no shell reads"),
        ("acme run --json", "'acme --model {modl}'", "in braces {model} alone"),
        ("\"a:b\", ", "\"gpt5\", ", "a provider and its model"),
        ("\"a:b\", ", "\"openai:\", ", "`openai:` cannot be `models`"),
        ("crewai>", "\\u001b[31mcrewai>", "`packages` contains the character \\u{1b}"),
        ("crewai>", "\\u001b[31mcrewai>", "--> bad.yaml:8:13"),
        ("  command:", "  comand:", "--> bad.yaml:6:3"),
    ] {
        world.write("bad.yaml", ANSWERS.replacen(from, to, 1));
        let ran =
            world.run(&["new", "--answers", "bad.yaml", "--local", "y", "--defaults"]).exits(2);
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
        assert!(!world.path("y").exists());
    }
}

const FLEET: &str = "# Who we are.
schema: 1
name: acme
forge: { owner: acme }
kinds:
  workspace: { prefix: workspace-template-, starter: workspace-template-starter, owner: '@acme/platform' }
images: { registry: ghcr.io, name: 'ghcr.io/acme/workspace-template-{slug}' }
members:
  - alpha # the first
  - { slug: old, retired: 2026-01-01 }
registrations:
  - { name: list, path: list.txt, language: text, form: array }
  - { name: images, path: images.go, language: go, symbol: RuntimeImages, form: map, values: '{image}:latest' }
  - { name: elsewhere, repository: core, path: x.json, language: json, form: array }
";

#[test]
fn a_member_joins_the_fleet_and_its_lists() {
    let world = World::new();
    let go = "package x\n\nvar RuntimeImages = map[string]string{\n\t\"alpha\": \"ghcr.io/acme/workspace-template-alpha:latest\",\n}\n";
    world.write("fleet.yaml", FLEET).write("list.txt", "# all\nalpha\n").write("images.go", go);
    let arguments =
        ["new", "beta", "--local", "b", "--defaults", "--register", "--owner", "@acme/b"];
    let looked = world.run(&[&arguments[..], &["--dry-run"]].concat()).exits(0);
    let entry = "  fleet.yaml  +1  - { slug: beta, owner: \"@acme/b\" }\n";
    assert!(looked.stdout.contains(entry), "{}", looked.stdout);
    let go = "  images.go   +1  \"beta\": \"ghcr.io/acme/workspace-template-beta:latest\",\n";
    assert!(looked.stdout.contains(go), "{}", looked.stdout);
    let in_full = world.run(&[&arguments[..], &["--dry-run", "--diff"]].concat()).exits(0);
    assert!(
        in_full.stdout.contains("\n+  - { slug: beta, owner: \"@acme/b\" }\n"),
        "{}",
        in_full.stdout
    );
    assert!(
        looked.stdout.contains("by hand: elsewhere: is in the repository `core`"),
        "{}",
        looked.stdout
    );
    assert_eq!(world.read("fleet.yaml"), FLEET);
    assert!(!world.path("b").exists());
    world.run(&arguments).exits(0);
    let entry = "  - { slug: old, retired: 2026-01-01 }\n  - { slug: beta, owner: \"@acme/b\" }\n";
    let old = "  - { slug: old, retired: 2026-01-01 }\n";
    assert_eq!(world.read("fleet.yaml"), FLEET.replace(old, entry));
    assert_eq!(world.read("list.txt"), "# all\nalpha\nbeta\n");
    assert!(
        world
            .read("images.go")
            .contains("\t\"beta\":  \"ghcr.io/acme/workspace-template-beta:latest\",\n")
    );
    for (slug, said) in [
        ("beta", "`beta` is already a member"),
        ("old", "retired since 2026-01-01"),
        ("starter", "a reserved name"),
    ] {
        let ran = world.run(&["new", slug, "--local", "c", "--defaults"]).exits(2);
        assert!(ran.stderr.contains(said), "{slug}: {}", ran.stderr);
    }
}

#[test]
fn what_pip_would_refuse_is_a_finding_before_anything_is_made() {
    let world = World::new();
    let arguments = ["new", "acme", "--local", "x", "--defaults", "--dry-run"];
    let given = ["--set", "packages=swe --model {model}"];
    let ran = world.run(&[&arguments[..], &given].concat()).exits(1);
    assert!(ran.stdout.contains("`--model` is not an option that pip takes"), "{}", ran.stdout);
}

#[test]
fn the_kind_whose_glob_fits_the_name_is_what_enter_takes() {
    let world = World::new();
    world.run(&["shape", "show", "--export", "pack"]).exits(0);
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n\
         \x20 job: { prefix: job-, shape: { folder: pack } }\n\
         \x20 service: { select: { glob: '*-api' }, shape: { folder: pack } }\nmembers: [{ slug: old-api, kind: service }]\n",
    );
    let local = ["new", "refunds-api", "--local", "x", "--ask", "--dry-run"];
    let ran = world.run_typing(&local, &["", "a:b", "", "", "", "", "", "", ""]);
    assert!(ran.stderr.contains("Which kind is it? [service]"), "{}", ran.stderr);
    let none = ["new", "refunds", "--local", "x", "--ask", "--dry-run"];
    let ran = world.run_typing(&none, &[""]).exits(2);
    assert!(ran.stderr.contains("the kind of the new member is not given"), "{}", ran.stderr);
}

#[test]
fn what_is_proposed_after_a_folder_was_made_runs_as_it_stands() {
    let world = World::new();
    let pack = "schema: 1\nname: crate\nvariables:\n  msrv: { default: '1.70' }\npaths:\n  - path: clippy.toml\n    policy: templated\n\
                extras: ['**']\n";
    for shape in ["one", "two"] {
        world
            .write(&format!("{shape}/shape.yaml"), pack)
            .write(&format!("{shape}/files/clippy.toml.tera"), "msrv = \"{{ msrv }}\"\n");
    }
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n\
         \x20 a: { prefix: a-, shape: { folder: one } }\n\
         \x20 b: { prefix: b-, shape: { folder: two } }\nmembers: [a-first]\n",
    );
    let words = ["new", "serde", "--kind", "a", "--defaults", "--local"];
    let proposed = |more: &[&str]| {
        let ran = world.run(&[&words[..], more].concat()).exits(0);
        let line =
            ran.stderr.lines().find_map(|line| line.trim().strip_prefix("shipshape validate "));
        let here = world.path("one").display().to_string();
        let line = line.expect("a command to judge it").replace("[world]/one", &here);
        let words: Vec<&str> = std::iter::once("validate").chain(line.split(' ')).collect();
        let judged = world.run(&words);
        assert_eq!(judged.code, 0, "{line}: {}", judged.stderr);
        assert!(!judged.stderr.contains("no member of the fleet"), "{}", judged.stderr);
        line
    };
    let line = proposed(&["elsewhere"]);
    let shape = world.path("one").display().to_string();
    assert_eq!(line, format!("elsewhere --slug serde --shape {shape}"));
    assert_eq!(proposed(&["a-serde"]), "a-serde --slug serde");
    assert_eq!(proposed(&["third", "--shape", "two"]), "third --slug serde --shape two");
}

#[test]
fn a_token_is_no_argument() {
    let world = World::new();
    let ran = world.run(&["drift", "--token", "ghp_hunter2"]).exits(2);
    assert!(ran.stderr.contains("a token is never given as an argument"), "{}", ran.stderr);
    assert!(
        !ran.stderr.contains("hunter2") && !ran.stderr.contains("-- --token"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_repository_is_made_with_one_commit_when_asked() {
    let world = World::new();
    world.write(".gitconfig", "[user]\n\tname = A Person\n\temail = person@example.com\n");
    world.run(&["new", "acme", "--local", "x", "--git", "--defaults"]).exits(0);
    let repository = git2::Repository::open(world.path("x")).expect("a repository");
    let head = repository.head().expect("a branch");
    assert_eq!(head.name().ok(), Some("refs/heads/main"));
    let commit = head.peel_to_commit().expect("a commit");
    assert_eq!(commit.parent_count(), 0);
    assert_eq!(repository.statuses(None).expect("readable").len(), 0);
    assert!(commit.tree().expect("a tree").get_name(".shipshape-made.json").is_none());
    world.run(&["validate", "x", "--slug", "acme", "--ref", "HEAD"]).exits(0);
}

#[test]
fn what_the_answers_leave_undone_is_said() {
    let world = World::new();
    let ran =
        world.run(&["new", "acme", "--local", "x", "--defaults", "--profile", "wrapped"]).exits(1);
    assert!(ran.stdout.contains("entrypoint.sh"), "{}", ran.stdout);
    let ran =
        world.run(&["new", "acme", "--local", "y", "--defaults", "--profile", "starter"]).exits(2);
    assert!(ran.stderr.contains("`starter` is not a profile"), "{}", ran.stderr);
}
