//! `shipshape demo`: the first command that a newcomer runs.

use std::process::Command;
use std::sync::OnceLock;

use crate::world::{NOW, Ran, World};

/// No engine: what one has is none of a test's business.
const NO_ENGINE: (&str, &str) = ("DOCKER_HOST", "unix:///nowhere/engine.sock");

/// What a demo says, for tests that only read it.
fn story() -> &'static str {
    static STORY: OnceLock<String> = OnceLock::new();
    STORY.get_or_init(|| demo(&World::new(), "fleet").exits(0).stdout)
}

/// Runs the demo into a folder of the world.
fn demo(world: &World, folder: &str) -> Ran {
    world.run_in(&world.path(""), &["demo", "--into", folder], &[NO_ENGINE])
}

/// Every repository and how it was made to stand. Where only the tendency is told, more checks may
/// find that what is wrong also breaks.
const DESIGNED: [(&str, &[&str]); 8] = [
    ("autogen", &["unchecked"]),
    ("claude-code", &["drifted"]),
    ("crewai", &["broken"]),
    ("deepagents", &["drifted"]),
    ("gemini-cli", &["drifted"]),
    ("hermes", &["drifted", "broken"]),
    ("langgraph", &["conformant"]),
    ("openclaw", &["drifted", "broken"]),
];

/// What was done to paths of them.
const PATHS: [(&str, &str, &str, Option<u64>); 9] = [
    ("claude-code", ".github/workflows/ci.yml", "modified", Some(0)),
    ("claude-code", "Dockerfile", "waived", None),
    ("deepagents", ".github/workflows/ci.yml", "stale", Some(2)),
    ("deepagents", ".github/workflows/publish-image.yml", "stale", Some(1)),
    ("gemini-cli", ".github/workflows/secret-scan.yml", "missing", None),
    ("gemini-cli", ".molecule-ci/scripts/validate.py", "forbidden", None),
    ("hermes", ".gitattributes", "missing", None),
    ("openclaw", ".github/workflows/publish-image.yml", "diverged", None),
    ("crewai", "adapter.py", "modified", None),
];

#[test]
fn each_repository_stands_as_designed() {
    let world = World::new();
    demo(&world, "fleet").exits(0);
    let report: serde_json::Value =
        serde_json::from_str(&world.read("fleet/report.json")).expect("a report");
    let repositories = report["repositories"].as_array().expect("repositories");
    assert_eq!(repositories.len(), DESIGNED.len());
    for ((slug, verdicts), repository) in DESIGNED.iter().zip(repositories) {
        assert_eq!(repository["name"], format!("workspace-template-{slug}"));
        let verdict = repository["verdict"].as_str().expect("a verdict");
        assert!(verdicts.contains(&verdict), "{slug} is {verdict}");
    }
    assert!(repositories[0]["error"].is_string(), "a damaged repository cannot be read");
    // The member that was added on its forge is there when the forge is served again.
    let seed = world.read("fleet/forge.yaml");
    let kept = "forge/workspace-template-aider.git";
    assert!(seed.contains(&format!("acme/workspace-template-aider, from: {kept},")), "{seed}");
    let git = git2::Repository::open(world.path(&format!("fleet/{kept}"))).expect("bare");
    git.revparse_single("main:adapter.py").expect("its adapter");
    assert_eq!(std::fs::read_dir(world.path("fleet/forge")).expect("readable").count(), 1);
    for (slug, path, verdict, behind) in PATHS {
        let index = DESIGNED.iter().position(|(known, _)| *known == slug).expect("a member");
        let mut paths = repositories[index]["paths"].as_array().expect("paths").iter();
        let found = paths.find(|found| found["path"] == path).expect("the path");
        assert_eq!(found["verdict"], verdict, "{slug}: {path}");
        if behind.is_some() {
            assert_eq!(found["behind"].as_u64(), behind, "{slug}: {path}");
        }
    }
    assert_eq!(report["trend"].as_array().expect("a trend").len(), 5);
    let page = world.read("fleet/report.html");
    assert!(page.contains("workspace-template-openclaw"), "the page shows the fleet");
}

#[test]
fn drift_says_the_same_and_exits_as_announced() {
    let world = World::new();
    let ran = demo(&world, "fleet").exits(0);
    assert!(ran.stdout.contains("`drift` would exit with 3"), "{}", ran.stdout);
    let mut arguments = vec!["drift", "--fleet", "fleet/fleet.yaml", "--format", "json", "--local"];
    let paths: Vec<String> = DESIGNED
        .iter()
        .map(|(slug, _)| {
            let end = if *slug == "autogen" { ".git" } else { "" };
            format!("fleet/repositories/workspace-template-{slug}{end}")
        })
        .collect();
    arguments.extend(paths.iter().map(String::as_str));
    let drift = world.run(&arguments).exits(3).json();
    let demo: serde_json::Value =
        serde_json::from_str(&world.read("fleet/report.json")).expect("a report");
    assert_eq!(drift["summary"], demo["summary"]);
    assert_eq!(drift["fleet_findings"], demo["fleet_findings"]);
    let repositories = |report: &serde_json::Value| report["repositories"].as_array().cloned();
    let (drift, demo) = (repositories(&drift).expect("some"), repositories(&demo).expect("some"));
    for (one, other) in drift.iter().zip(&demo) {
        for key in ["name", "commit", "verdict", "paths", "findings"] {
            assert_eq!(one[key], other[key], "{}: {key}", one["name"]);
        }
    }
}

#[test]
fn a_campaign_runs_beside_a_person() {
    let (before, story) = story().split_once("One change for all").expect("the campaign");
    let mut answers = story.split("\n$ shipshape ").skip(1);
    let mut answer = |command: &str| {
        let said = answers.next().expect("a command");
        assert!(said.starts_with(command), "{command}: {said}");
        said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let told = |lines: &[String], line: &str| {
        assert!(lines.iter().any(|known| known.starts_with(line)), "{line}\n{lines:#?}");
    };
    let plan: Vec<String> = answer("campaign plan").collect();
    told(&plan, "4 pull requests: 4 alone");
    told(&plan, "Waves: 1 → 3");
    let first: Vec<String> = answer("campaign apply").collect();
    told(&first, "workspace-template-deepagents #1 open opened");
    told(
        &first,
        "workspace-template-hermes paused wave 2 waits for 1 pull request of wave 1 to be merged",
    );
    told(&answer("campaign merge").collect::<Vec<_>>(), "Campaign back-in-shape: 1 merged");
    let second: Vec<String> = answer("campaign apply").collect();
    told(&second, "Campaign back-in-shape: 3 open, 1 merged");
    let merged: Vec<String> = answer("campaign merge").collect();
    told(&merged, "Campaign back-in-shape: 1 merged");
    told(
        &merged,
        "acme/workspace-template-crewai #1 not merged: ann changed its branch: merge it by hand",
    );
    let again: Vec<String> = answer("campaign apply").collect();
    assert!(!again.iter().any(|line| line.contains("opened")), "{again:?}");
    let status: Vec<String> = answer("campaign status").collect();
    told(&status, "merged workspace-template-deepagents #1 merged as #1");
    told(&status, "merged workspace-template-gemini-cli #1 merged as #1");
    told(&status, "edited workspace-template-crewai #1 ann changed its branch");
    told(&status, "declined workspace-template-hermes #1 ann closed #1");
    let fleet: Vec<String> = answer("fleet status").collect();
    let squeezed = before.split_whitespace().collect::<Vec<_>>().join(" ");
    for slug in ["deepagents", "gemini-cli"] {
        let row = format!("workspace-template-{slug} @acme/platform ");
        assert!(squeezed.contains(&format!("{row}drifted")), "{slug} drifts at first");
        told(&fleet, &format!("{row}conformant"));
    }
}

#[test]
fn it_ends_with_a_release_in_every_image() {
    let (_, story) = story().split_once("A release, down to what runs").expect("the release");
    let (story, _) = story.rsplit_once("Next:").expect("the end");
    let mut answers = story.split("\n$ shipshape ").skip(1).map(|said| {
        let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        said.lines().map(squeezed).collect::<Vec<String>>()
    });
    let told = |lines: &[String], line: &str| {
        assert!(lines.iter().any(|known| known.starts_with(line)), "{line}\n{lines:#?}");
    };
    let plan = answers.next().expect("a plan");
    told(&plan, "release plan");
    assert!(plan.iter().any(|line| line.contains("gemini-cli") && line.contains("find_peer")));
    told(&plan, "No container engine answers here");
    let run = answers.next().expect("a run");
    told(&run, "release run --no-");
    assert!(run[0].ends_with(" --yes"), "a demo asks nothing: {run:#?}");
    told(&run, "molecule-ai-workspace-runtime 0.1.1");
    for stage in ["plan", "tag", "build", "check", "compat", "publish", "wait", "cascade", "images"]
    {
        told(&run, &format!("{stage} done"));
    }
    let matrix = answers.next().expect("a cascade");
    told(&matrix, "release cascade 0.1.1");
    let rows = matrix.iter().filter(|line| line.contains("workspace-template-"));
    let rows: Vec<&String> = rows.collect();
    assert_eq!(rows.len(), 8, "{matrix:#?}");
    assert!(rows.iter().all(|row| row.contains(" current 0.1.1")), "{matrix:#?}");
    assert!(answers.next().is_none());
}

#[test]
fn its_release_is_on_record_in_the_order_in_which_it_happened() {
    let world = World::new();
    let mut command = world.command(&world.path(""), &["demo", "--into", "fleet"]);
    // With a time that passes.
    let ended = command.env(NO_ENGINE.0, NO_ENGINE.1).env_remove("SHIPSHAPE_NOW").output();
    assert!(ended.expect("the binary runs").status.success());
    let states = std::fs::read_dir(world.path("fleet/state/shipshape")).expect("a folder");
    let mut states = states.map(|entry| entry.expect("an entry").path());
    let is_of_releases = |path: &std::path::PathBuf| path.to_string_lossy().contains("releases-");
    let state = states.find(is_of_releases).expect("what is remembered").join("state.db");
    let state = state.to_string_lossy().into_owned();
    let status = ["release", "status", "--fleet", "fleet/release.yaml", "--format", "json"];
    let status = world.run(&[&status[..], &["--state", &state]].concat()).exits(0).json();
    let stages = status["runs"][0]["stages"].as_array().expect("stages");
    let time = |stage: &str| {
        let row = stages.iter().find(|row| row["stage"] == stage).expect("the stage");
        row["at"].as_str().expect("a time")
    };
    let times = ["plan", "tag", "publish", "cascade", "images"].map(time);
    assert!(times.is_sorted(), "{stages:#?}");
}

#[test]
fn two_runs_give_the_same_report() {
    let made = || {
        let world = World::new();
        let ran = demo(&world, "fleet").exits(0);
        // By its last part: pages escape the slashes of a path.
        let place = world.path(".").canonicalize().expect("a folder");
        let place = place.file_name().expect("a name").to_string_lossy().into_owned();
        let file = |name: &str| world.read(name).replace(&place, "[world]");
        // The forge takes a free port.
        let port = regex::Regex::new(r"127\.0\.0\.1:\d+").expect("an expression");
        // What is built was fetched into a folder of its own.
        let source = regex::Regex::new(r"2 files from \S+").expect("an expression");
        let state = regex::Regex::new(r"demo-releases-[0-9a-f]+").expect("an expression");
        // The sandbox's clock goes on while a run works, and the id of a commit there depends on its time.
        let commit = regex::Regex::new(r"\b[0-9a-f]{12}\b").expect("an expression");
        let said = port.replace_all(&ran.stdout, "[forge]");
        let said = source.replace_all(&said, "2 files");
        let said = commit.replace_all(&said, "[commit]");
        [
            state.replace_all(&said, "[state]").into_owned(),
            file("fleet/report.json"),
            file("fleet/report.html"),
            file("fleet/waivers.yaml"),
        ]
    };
    let (one, other) = (made(), made());
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other);
    }
}

#[test]
fn every_printed_command_works() {
    let world = World::new();
    // A name that a shell would take apart.
    let ran = demo(&world, "it's a fleet").exits(0);
    let place = world.path("").to_string_lossy().trim_end_matches('/').to_owned();
    let (_, steps) = ran.stdout.rsplit_once("Next:\n").expect("commands to try");
    let lines: Vec<&str> = steps.lines().map(str::trim).collect();
    assert!(lines.len() >= 10 && lines.len().is_multiple_of(2), "{steps}");
    for step in lines.chunks(2) {
        let [said, command] = step else { unreachable!("pairs") };
        let said = said.strip_prefix("# ").expect("what the command shows");
        let code = said
            .split_once("exits with ")
            .map_or(0, |(_, code)| i32::from(code.as_bytes()[0] - b'0'));
        let ended = Command::new("/bin/sh")
            .args(["-c", &command.replace("[world]", &place)])
            .env_clear()
            .env("SHIPSHAPE_NOW", NOW)
            .current_dir(world.path(""))
            .output()
            .expect("a shell");
        let told = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(
            ended.status.code(),
            Some(code),
            "{command}\n{}{told}",
            String::from_utf8_lossy(&ended.stdout)
        );
        let is_of_workflows = command.contains(" release workflows ");
        assert!(!is_of_workflows || told == "wrote 2 workflows\n", "{told}");
    }
}

#[test]
fn a_folder_with_anything_in_it_is_refused_and_left_alone() {
    let world = World::new();
    world.write("mine/letter.txt", "dear reader");
    let ran = demo(&world, "mine").exits(2);
    assert!(ran.stderr.contains("not empty"), "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(world.path("mine")).expect("readable").count(), 1);
    demo(&world, "mine/letter.txt").exits(3);
    assert_eq!(world.read("mine/letter.txt"), "dear reader");
    std::fs::create_dir(world.path("empty")).expect("writable");
    demo(&world, "empty").exits(0);
}

#[test]
fn without_a_folder_one_is_made_and_kept() {
    let world = World::new();
    let place = world.path("tmp");
    std::fs::create_dir(&place).expect("writable");
    let ran = world
        .run_in(&world.path(""), &["demo"], &[("TMPDIR", &place.to_string_lossy()), NO_ENGINE])
        .exits(0);
    let (_, rest) = ran.stdout.split_once("The fleet stays in [world]/tmp/").expect("its folder");
    let name = rest.lines().next().expect("its name");
    assert!(world.path(&format!("tmp/{name}/fleet.yaml")).is_file(), "{name}");
    assert!(world.path(&format!("tmp/{name}/report.html")).is_file(), "{name}");
}

#[test]
fn at_a_terminal_it_asks_nothing_either() {
    let world = World::new();
    let mut command = world.command(&world.path(""), &["demo", "--into", "fleet"]);
    command.env(NO_ENGINE.0, NO_ENGINE.1);
    let ran = world.typed_at_a_terminal(&command, &[]).exits(0);
    assert!(!ran.stdout.contains("[y/N]"), "{}", ran.stdout);
    assert!(ran.stdout.contains("8 of 8 repositories contain it"), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn at_ctrl_c_it_speaks_of_itself_and_not_of_a_command_that_is_over() {
    use std::io::{BufRead as _, BufReader, Read as _};
    let world = World::new();
    let mut command = world.command(&world.path(""), &["demo", "--into", "fleet"]);
    let output = || std::process::Stdio::piped();
    command.env(NO_ENGINE.0, NO_ENGINE.1).stdout(output()).stderr(output());
    let mut child = command.spawn().expect("the binary runs");
    let mut errors = child.stderr.take().expect("a pipe");
    let told = std::thread::spawn(move || {
        let mut told = String::new();
        errors.read_to_string(&mut told).map(|_| told)
    });
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let made =
        |line: &std::io::Result<String>| line.as_ref().is_ok_and(|it| it == "One change for all");
    assert!(lines.any(|line| made(&line)), "the scene after the new member");
    let process = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a process");
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("interrupted");
    lines.for_each(drop);
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let told = told.join().expect("a thread").expect("text");
    let (_, said) = told.rsplit_once("\nCut off. ").expect("last words");
    assert!(said.starts_with("What was made so far stays in "), "{said}");
    assert!(said.contains("demo --into FOLDER") && !said.contains("shipshape new aider"), "{said}");
}

#[cfg(unix)]
#[test]
fn what_could_not_be_shown_is_said_in_the_end() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    // A Python that makes no environment.
    world.write("bin/python3", "#!/bin/sh\nexit 1\n");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.path("bin/python3"), mode).expect("a program");
    let path = world.path("bin").to_string_lossy().into_owned();
    let variables = [NO_ENGINE, ("PATH", path.as_str())];
    let ran = world.run_in(&world.path(""), &["demo", "--into", "fleet"], &variables).exits(3);
    assert!(ran.stderr.contains("the demo could not show everything: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("`shipshape release run`"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("Every member's image contains it"), "{}", ran.stdout);
}
