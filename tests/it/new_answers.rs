//! What `shipshape new` takes for an answer, what it refuses, and what becomes of those that were given.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::world::World;

const DRY: [&str; 6] = ["new", "acme", "--local", "x", "--defaults", "--dry-run"];

#[test]
fn a_file_that_is_not_there_is_no_answer() {
    let world = World::new();
    world.write("prompt.md", "You review changes.\n");
    let with = |set: &str| world.run(&[&DRY[..], &["--set", set]].concat());
    let ran = with("prompt=@./promt.md").exits(2);
    assert!(ran.stderr.contains("the file for `prompt` does not exist"), "{}", ran.stderr);
    assert!(ran.stderr.contains("promt.md"), "{}", ran.stderr);
    assert!(with("prompt=@prompt.md").exits(0).stdout.contains("You review changes."));
    // An npm package's name begins so, and the shape says that it may.
    let ran = with("npm_packages=@google/gemini-cli@0.9.0").exits(0);
    assert!(ran.stderr.contains("--set npm_packages=@google/gemini-cli@0.9.0"), "{}", ran.stderr);
    let ran = with("prompt=@@alice asks you").exits(0);
    assert!(ran.stdout.contains(" @alice asks you"), "{}", ran.stdout);
    // What is said again is taken for the same.
    assert!(ran.stderr.contains("--set 'prompt=@@alice asks you'"), "{}", ran.stderr);
}

#[test]
fn each_model_has_the_key_of_its_own_provider() {
    let world = World::new();
    let models = "models=openai:a\nopenai:b\nollama:x\nanthropic:y OTHER_KEY";
    let ran = ["new", "acme", "--local", "x", "--defaults", "--set", "model=openai:a"];
    let keys = ["--set", "model_environment=MY_KEY", "--set", models];
    world.run(&[&ran[..], &keys].concat()).exits(0);
    let config = world.read("x/config.yaml");
    let entry = |id: &str, key: &str| {
        format!("    - id: {id}\n      name: {id}\n      required_env:\n        - {key}\n")
    };
    let all = [
        entry("openai:a", "MY_KEY"),
        entry("openai:b", "MY_KEY"),
        entry("ollama:x", "OLLAMA_API_KEY"),
        entry("anthropic:y", "OTHER_KEY"),
    ];
    assert!(config.contains(&format!("  models:\n{}\n", all.concat())), "{config}");
    // Which of two entries counts is no guess of ours.
    let twice = ["--set", "model=openai:a", "--set", "models=openai:a OTHER_KEY"];
    let ran = world.run(&[&["new", "other", "--local", "y", "--defaults"][..], &twice].concat());
    assert!(ran.exits(1).stdout.contains("`openai:a` is offered twice"));
}

/// A list may be given in parts; what is one value may not.
#[test]
fn what_is_given_twice_is_joined_where_it_is_a_list() {
    let world = World::new();
    let set = |first: &str, second: &str| {
        let args = [&DRY[..], &["--diff", "--set", first, "--set", second]].concat();
        world.run(&args)
    };
    let ran = set("packages=one>=1", "packages=two>=2").exits(0);
    assert!(
        ran.stdout.contains("\n+one>=1\n") && ran.stdout.contains("\n+two>=2\n"),
        "{}",
        ran.stdout
    );
    let ran = set("model=openai:a", "model=openai:b").exits(2);
    assert!(ran.stderr.contains("`model` is given twice, but takes one value"), "{}", ran.stderr);
}

#[test]
fn a_line_that_is_refused_leaves_the_others() {
    let world = World::new();
    let typed = [
        "a:b",
        "anthropic:claude-sonnet-4",
        "foo bar baz",
        "ollama:x",
        "",
        "",
        "",
        "",
        "",
        "",
        "create",
    ];
    let ran = world.run_typing(&["new", "acme", "--local", "x", "--ask"], &typed).exits(0);
    assert!(ran.stderr.contains("! `foo bar baz` cannot be `models`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 kept; type this one again"), "{}", ran.stderr);
    let config = world.read("x/config.yaml");
    let has = |id: &str| config.contains(&format!("- id: {id}\n"));
    assert!(has("anthropic:claude-sonnet-4") && has("ollama:x"), "{config}");
}

#[test]
fn a_file_stands_for_a_list_also_where_the_first_one_named_is_not_there() {
    let world = World::new();
    world.write("models.txt", "anthropic:claude-sonnet-4\nollama:x\n");
    let typed = ["a:b", "@nofile", "@models.txt", "", "", "", "", "", "create"];
    let ran = world.run_typing(&["new", "acme", "--local", "x", "--ask"], &typed).exits(0);
    assert!(ran.stderr.contains("! there is no file `nofile`"), "{}", ran.stderr);
    let config = world.read("x/config.yaml");
    assert!(config.contains("- id: anthropic:claude-sonnet-4\n"), "{config}");
    assert!(config.contains("- id: ollama:x\n"), "{config}");
}

#[test]
fn an_owner_is_one() {
    let world = World::new();
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers: [t-a]\n",
    );
    let ran = world.run(&[&DRY[..], &["--owner", "foo bar"]].concat()).exits(2);
    assert!(ran.stderr.contains("`foo bar` cannot be an owner"), "{}", ran.stderr);
}

/// The question at which a run is interrupted.
#[derive(Clone, Copy)]
struct Question {
    shown: &'static str,
    times: usize,
}

/// Runs a command with text on its standard input, and interrupts it at a question. What it says after that.
fn interrupted(world: &World, arguments: &[&str], typed: &str, at: Question) -> String {
    let mut command = world.command(&world.path(""), arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(typed.as_bytes()).expect("read");
    let mut told = Vec::new();
    let mut output = child.stderr.take().expect("a pipe");
    let mut byte = [0];
    while String::from_utf8_lossy(&told).matches(at.shown).count() < at.times {
        assert_eq!(output.read(&mut byte).expect("told"), 1, "{}", String::from_utf8_lossy(&told));
        told.push(byte[0]);
    }
    let process = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a process");
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("interrupted");
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("text");
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    rest
}

#[test]
fn answers_accepted_as_proposed_and_empty_ones_are_not_asked_again_after_an_interruption() {
    let world = World::new();
    let arguments = ["new", "acme", "--local", "x", "--ask", "--set", "packages=jq"];
    let rest =
        interrupted(&world, &arguments, "\n-\n", Question { shown: "prints the reply", times: 1 });
    let line =
        rest.lines().find(|line| line.trim().starts_with("shipshape new acme ")).expect("it");
    for answer in ["--set model=openai:gpt-4.1-mini", "--set models= ", "--set packages=jq"] {
        assert!(format!("{line} ").contains(answer), "{answer}: {line}");
    }
    let mut words: Vec<&str> = line.split_whitespace().skip(1).collect();
    words.push("--ask");
    let ran = world.run_typing(&words, &["", "", "", "", "create"]).exits(0);
    assert!(!ran.stderr.contains("default model"), "{}", ran.stderr);
}

#[test]
fn the_first_line_of_the_wizard_is_wrapped_at_words() {
    let world = World::new();
    let plain = world.command(&world.path(""), &[]);
    let mut narrow = Command::new("sh");
    let wizard = format!(
        "stty rows 24 cols 60; exec {} new acme --local x",
        plain.get_program().to_string_lossy()
    );
    narrow.args(["-c", &wizard]).current_dir(world.path("")).env_clear();
    narrow.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // Enter at each of seven questions, and at the last one, which creates the folder.
    let ran = world.entered_at_a_terminal(&narrow).exits(0);
    let shown = ran.stdout;
    assert!(shown.contains("goes back one\r\nquestion, `-` is an empty answer."), "{shown}");
}

#[test]
fn a_run_that_only_reads_creates_no_folder() {
    let world = World::new();
    let arguments = ["new", "acme", "--local", "x", "--defaults", "--git", "--read-only"];
    let ran = world.run(&arguments).exits(0);
    let said = "Nothing was created, because --read-only or SHIPSHAPE_READ_ONLY is set. To create it:\n  shipshape new acme --local x --git --defaults";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(!world.path("x").exists());
}

#[test]
fn what_was_answered_before_it_was_broken_off_can_be_gone_on_with() {
    let world = World::new();
    // The command that is refused is asked for once more after all were heard.
    let arguments = ["new", "acme", "--local", "x", "--ask"];
    let typed = "gpt4\nopenai:a\nollama:x\n\nno|shell\n";
    let rest =
        interrupted(&world, &arguments, typed, Question { shown: "prints the reply", times: 2 });
    assert!(!rest.contains("gpt4"), "what was refused is no answer: {rest}");
    let line =
        rest.lines().find(|line| line.trim().starts_with("shipshape new acme ")).expect("it");
    assert!(line.contains("--set model=openai:a --set models=ollama:x"), "{line}");
    assert!(!line.contains("--defaults") && !line.contains("shell"), "{line}");
    // It asks only for the rest.
    let mut words: Vec<&str> = line.split_whitespace().skip(1).collect();
    words.push("--ask");
    let ran = world.run_typing(&words, &["", "", "", "", "", "create"]).exits(0);
    assert!(!ran.stderr.contains("default model"), "{}", ran.stderr);
    assert!(world.read("x/config.yaml").contains("- id: ollama:x\n"));
}

#[test]
fn what_the_adapter_imports_and_the_image_lacks_is_told_at_the_import() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write(&format!("{name}/helper.py"), "X = 1\n");
    world.replace(&format!("{name}/adapter.py"), "import os\n", "import os\n\nimport helper\n");
    let ran = world.run(&["validate", &name]).exits(1);
    let said = "the import fails: `helper.py` is not copied into the image";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert!(ran.stdout.contains("add `COPY helper.py /app/` to the Dockerfile"), "{}", ran.stdout);
    world.replace(&format!("{name}/Dockerfile"), "COPY adapter.py ", "COPY adapter.py helper.py ");
    let ran = world.run(&["validate", &name]);
    assert!(!ran.stdout.contains(said), "{}", ran.stdout);
}

#[test]
fn an_option_that_is_not_there_is_no_value_either() {
    let world = World::new();
    let ran = world.run(&["drift", "--json"]).exits(2);
    assert!(ran.stderr.contains("it is `--format json`"), "{}", ran.stderr);
    for arguments in [&["drift", "--json"][..], &["new", "--from", "x"], &["new", "--json"]] {
        let ran = world.run(arguments).exits(2);
        assert!(!ran.stderr.contains("-- --"), "{}", ran.stderr);
    }
    let near = world.run(&["drift", "--formt", "json"]).exits(2);
    assert!(near.stderr.contains("'--format'"), "{}", near.stderr);
}

#[test]
fn a_file_is_taken_in_the_wizard_too_and_never_from_a_file_of_answers() {
    let world = World::new();
    world.write("prompt.md", "You review changes.\nBe brief.\n");
    let typed = ["a:b", "", "", "", "", "", "@promt.md", "@prompt.md", "create"];
    let ran = world.run_typing(&["new", "acme", "--local", "x", "--ask"], &typed).exits(0);
    assert!(ran.stderr.contains("! there is no file `promt.md`"), "{}", ran.stderr);
    let text = world.read("x/system-prompt.md");
    assert!(text.starts_with("You review changes.\nBe brief.\n"), "{text}");
    // A file of answers may be anybody's: nothing that it names is read.
    let answers = "schema: 1\nslug: acme\nvariables:\n  model: a:b\n  prompt: '@prompt.md'\n";
    let ran = world.run_typing(
        &["new", "--answers", "-", "--local", "y", "--defaults"],
        &answers.lines().collect::<Vec<_>>(),
    );
    ran.exits(0);
    assert!(world.read("y/system-prompt.md").starts_with("@prompt.md\n"));
}

#[test]
fn a_repository_is_no_slug() {
    let world = World::new();
    let new = |more: &[&str]| {
        let dry = ["new", "workspace-template-mistral2", "--local", "x", "--defaults", "--dry-run"];
        world.run(&[&dry[..], more].concat())
    };
    let ran = new(&[]).exits(2);
    assert!(ran.stderr.contains("begins with `workspace-template-`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("use the slug `mistral2`"), "{}", ran.stderr);
    let whole = "workspace-template-workspace-template-mistral2";
    assert!(ran.stderr.contains(&format!("--repository {whole}")), "{}", ran.stderr);
    new(&["--repository", whole]).exits(0);
}

#[test]
fn what_was_given_is_judged_before_what_follows_from_it() {
    let world = World::new();
    let ran = world.run(&[&DRY[..], &["--set", "model="]].concat()).exits(2);
    assert!(ran.stderr.contains("`model` may not be empty"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("model_environment"), "{}", ran.stderr);
    let ran = world.run(&[&DRY[..], &["--set", "packages=crewai >="]].concat()).exits(2);
    assert!(ran.stderr.contains("`crewai >=` cannot be `packages`"), "{}", ran.stderr);
    for wrong in ["requests >= 2 |", "requests 2", "requests[a", "requests >= 2,"] {
        let given = format!("packages={wrong}");
        let ran = world.run(&[&DRY[..], &["--set", &given]].concat()).exits(2);
        let said = format!("`{wrong}` cannot be `packages`");
        assert!(ran.stderr.contains(&said), "{wrong}: {}", ran.stderr);
    }
    let right = [
        "requests[socks, security] >= 2.1, != 2.5.*",
        "a @ https://example.org/a-1.0-py3-none-any.whl ; python_version < '3.12'",
        "b==1.0 --hash=sha256:0011 # why",
    ];
    let right = format!("packages={}", right.join("\n"));
    let ran = world.run(&[&DRY[..], &["--set", &right]].concat());
    assert!(!ran.stderr.contains("cannot be `packages`"), "{}", ran.stderr);
    assert_ne!(ran.stdout, "");
}

#[test]
fn a_variable_is_led_below_variables() {
    let world = World::new();
    // In fleet.yaml a variable is a text, also where a file of answers takes a list.
    let members = "members: [{ slug: a, variables: { models: ['x:y'] } }]\n";
    let kinds = "kinds: { w: { prefix: w- } }\n";
    world
        .write("f.yaml", format!("schema: 1\nname: f\nforge: {{ owner: acme }}\n{kinds}{members}"));
    let ran = world.run(&["fleet", "list", "--fleet", "f.yaml"]).exits(2);
    let said = "hint: write several lines as a block: `models: |`";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let with = |answers: &str| {
        world.write("a.yaml", answers);
        world.run(&["new", "--answers", "a.yaml", "--local", "x", "--defaults"]).exits(2).stderr
    };
    let said = with("schema: 1\nslug: acme\nmodel: a:b\n");
    assert!(said.contains("variables of the shape go below `variables`"), "{said}");
    let said = with("schema: 1\nslug: acme\nvariables:\n  modle: a:b\n");
    assert!(said.contains("--> a.yaml:4:3") && said.contains("did you mean `model`?"), "{said}");
    let said = world.run(&["nwe", "acme"]).exits(2).stderr;
    assert!(said.contains("'new'"), "{said}");
}

#[test]
fn a_text_that_begins_with_an_at_sign_is_not_lost() {
    let world = World::new();
    let typed =
        ["a:b", "", "", "", "", "", "@acme/x owns it", "@@acme/x owns it", "second", "", "create"];
    let ran = world.run_typing(&["new", "acme", "--local", "x", "--ask"], &typed).exits(0);
    assert!(ran.stderr.contains("! there is no file `acme/x owns it`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("write `@@` for a text that starts with an `@`"), "{}", ran.stderr);
    let text = world.read("x/system-prompt.md");
    assert!(text.starts_with("@acme/x owns it\nsecond\n"), "{text}");
    // A value of several lines is never the name of a file.
    let set = ["--set", "prompt=@acme/x owns it\nsecond"];
    let dry = ["new", "acme", "--local", "y", "--defaults", "--dry-run"];
    let ran = world.run(&[&dry[..], &set].concat()).exits(0);
    assert!(ran.stdout.contains("@acme/x owns it"), "{}", ran.stdout);
    assert!(ran.stderr.contains("prompt=@acme/x owns it"), "{}", ran.stderr);
}

/// A pack with a variable of a closed list.
fn with_choices(definition: &str) -> World {
    let world = World::new();
    let shape = format!(
        "schema: 1\nname: own\nvariables:\n  tier: {{ description: Its tier, {definition} }}\n\
         paths:\n- {{ path: a.yaml, policy: templated }}\nextras: ['**']\n"
    );
    world.write("pack/shape.yaml", shape);
    world.write("pack/files/a.yaml.tera", "tier: {{ tier | yaml }}\n");
    world
}

#[test]
fn a_closed_list_is_a_menu_and_takes_nothing_else() {
    let world = with_choices("choices: [gold, silver, '@acme/own']");
    let new = ["new", "b", "--local", "x", "--shape", "pack"];
    let ran = world.run(&[&new[..], &["--set", "tier=bronze", "--defaults"]].concat()).exits(2);
    assert!(ran.stderr.contains("`bronze` cannot be `tier`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("use one of gold, silver, @acme/own"), "{}", ran.stderr);
    // A choice may begin as a file does.
    let ran =
        world.run(&[&new[..], &["--set", "tier=@acme/own", "--dry-run", "--defaults"]].concat());
    assert!(ran.stdout.contains("@acme/own"), "{}{}", ran.stdout, ran.stderr);
    let asked = [&new[..], &["--ask"]].concat();
    let ran = world.run_typing(&asked, &["bronze", "silver", "", "", ""]).exits(0);
    assert!(ran.stderr.contains("  gold\n  silver\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("! `bronze` cannot be `tier`; use one of gold"), "{}", ran.stderr);
    assert_eq!(world.read("x/a.yaml"), "tier: silver\n");
    let ran = world.run(&["shape", "show", "--pack", "pack"]);
    assert!(ran.stdout.contains("Its tier  one of gold, silver"), "{}{}", ran.stdout, ran.stderr);
    // An empty default may be left as it is.
    let world = with_choices("choices: [gold, silver], default: ''");
    world.run(&[&new[..], &["--defaults"]].concat()).exits(0);
    assert_eq!(world.read("x/a.yaml"), "tier: \"\"\n");
}

#[test]
fn choices_that_cannot_be_meant_are_refused_at_their_place() {
    for (definition, says) in [
        ("choices: []", "the variable `tier` has no choice"),
        ("choices: [a, '']", "has an empty choice"),
        ("choices: [a, ' b']", "has the choice ` b`"),
        ("choices: [a, b, a]", "has the choice `a` twice"),
        ("choices: [a, b], pattern: '[ab]'", "has both `choices` and a `pattern`"),
        ("choices: [a, b], form: words", "has choices, of which one is a whole value"),
        ("choices: [a, b], default: c", "has the default `c`, which is none of its choices"),
    ] {
        let world = with_choices(definition);
        world.write("r/a.yaml", "tier: a\n");
        let ran = world.run(&["validate", "r", "--shape", "pack"]).exits(2);
        assert!(ran.stderr.contains(says), "{definition}: {}", ran.stderr);
        assert!(ran.stderr.contains("pack/shape.yaml:4"), "{definition}: {}", ran.stderr);
    }
}

#[test]
fn fleet_yaml_takes_nothing_else_either() {
    let world = with_choices("choices: [gold, silver]");
    let fleet = |kind: &str, member: &str| {
        let of_kind =
            format!("prefix: k-, shape: {{ folder: pack }}, variables: {{ tier: {kind} }}");
        world.write(
            "fleet.yaml",
            format!(
                "schema: 1\nname: f\nforge: {{ owner: acme }}\nkinds: {{ k: {{ {of_kind} }} }}\n\
                 members:\n- {{ slug: a, variables: {{ tier: {member} }} }}\n"
            ),
        );
    };
    world.write("k-a/a.yaml", "tier: gold\n");
    for (kind, member, place) in
        [("silver", "bronze", "fleet.yaml:6:33"), ("tin", "gold", "fleet.yaml:4:")]
    {
        fleet(kind, member);
        let ran = world.run(&["drift", "--local", "k-a"]).exits(2);
        assert!(ran.stderr.contains("cannot be `tier`"), "{}", ran.stderr);
        assert!(ran.stderr.contains(place), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: use one of gold, silver"), "{}", ran.stderr);
    }
    fleet("silver", "gold");
    world.run(&["drift", "--local", "k-a"]).exits(0);
}

#[test]
fn a_value_of_a_repository_that_is_not_permitted_is_told() {
    let extract = "extract: { yaml: { path: s.yaml, key: tier } }";
    let judged = |definition: &str, value: &str, policy: &str| {
        let world = with_choices(&format!("{definition}, {extract}"));
        world.replace("pack/shape.yaml", "templated", policy);
        world.write("r/a.yaml", format!("tier: {value}\n"));
        world.write("r/s.yaml", format!("tier: {value}\n"));
        world.run(&["validate", "r", "--shape", "pack"])
    };
    let ran = judged("choices: [gold, silver]", "bronze", "templated").exits(1);
    let said = "`tier` is `bronze` in `s.yaml`, which the shape does not permit";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let help = "help: use one of gold, silver; until then `bronze` applies";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
    judged("choices: [gold, silver]", "silver", "templated").exits(0);
    // Where nothing that is compared has the value, a pattern says how a person writes it.
    let pattern = "default: a, pattern: '[a-z]+'";
    let ran = judged(pattern, "Bb", "templated").exits(1);
    assert!(ran.stdout.contains("`tier` is `Bb` in `s.yaml`"), "{}", ran.stdout);
    judged(pattern, "Bb", "seeded").exits(0);
    let derived = "default: '{{ slug | upper }}', pattern: '[a-z]+'";
    let ran = judged(derived, "", "templated").exits(1);
    let said = "`tier` is `R` in the shape's default, which the shape does not permit";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let left_out = "default: '{% if slug == \"x\" %}on{% endif %}', pattern: '[a-z]+'";
    let ran = judged(left_out, "", "templated");
    assert!(!ran.stdout.contains("does not permit"), "{}", ran.stdout);
}
