//! A shell in which one page is typed, from its first command to its last.
//!
//! It has an environment of its own: a home, the binary in front of everything else on PATH, a fixed clock, no engine, and a
//! proxy that leads nowhere, so that nothing but this machine can be reached. What was begun in the background ends with it.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::world::{NOW, World};

/// What one command did.
pub(super) struct Done {
    /// All that it said, in the order in which it was said.
    pub(super) said: String,
    /// Its exit code; nothing when it did not end in time.
    pub(super) code: Option<i32>,
}

/// What no command says.
const MARK: &str = "\u{1}shipshape-book";

/// Types commands in the folder `work` of a world, one after the other, and says what each did.
pub(super) fn typed(world: &World, commands: &[String], limit: Duration) -> Vec<Done> {
    let work = world.path("work");
    std::fs::create_dir_all(&work).expect("a folder");
    let mut script = String::new();
    for (index, command) in commands.iter().enumerate() {
        let file = format!("steps/{index}.sh");
        world.write(&file, format!("{command}\n"));
        let file = world.path(&file);
        // In this shell, so that what it exports and where it goes counts for the next.
        script.push_str(&format!(
            "printf '{MARK} begins\\n'\n. '{}' </dev/null\nprintf '{MARK} %d\\n' $?\n",
            file.display()
        ));
    }
    world.write("steps/all.sh", script);
    let output = world.path("steps/output");
    run(world, &work, &output, limit);
    let heard = std::fs::read(&output).expect("an output");
    let heard = String::from_utf8_lossy(&heard);
    let heard = plain(&heard, &work, &world.path("home"));
    let begins = format!("{MARK} begins\n");
    let mut parts = heard.split(&begins).skip(1);
    let done = commands.iter().map(|_| {
        let part = parts.next().unwrap_or_default();
        match part.rsplit_once(MARK) {
            Some((said, code)) => Done { said: said.to_owned(), code: code.trim().parse().ok() },
            None => Done { said: part.to_owned(), code: None },
        }
    });
    done.collect()
}

/// Runs all of it, until its end or until the time is over.
fn run(world: &World, work: &Path, output: &Path, limit: Duration) {
    let home = world.path("home");
    std::fs::create_dir_all(&home).expect("a folder");
    let file = File::create(output).expect("writable");
    let mut child = Command::new("bash")
        .args(["--noprofile", "--norc"])
        .arg(world.path("steps/all.sh"))
        .current_dir(work)
        .env_clear()
        .envs(environment(&home))
        .stdin(Stdio::null())
        .stderr(file.try_clone().expect("a file"))
        .stdout(file)
        .process_group(0)
        .spawn()
        .expect("bash runs");
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if child.try_wait().expect("a child").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let group = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a process");
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    let _ = child.wait();
}

fn environment(home: &Path) -> Vec<(&'static str, String)> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_shipshape"));
    let folder = program.parent().expect("a folder").to_string_lossy().into_owned();
    let path = std::env::var("PATH").unwrap_or_default();
    let nowhere = "http://127.0.0.1:9";
    let mut variables = vec![
        ("PATH", format!("{folder}:{path}")),
        ("HOME", home.to_string_lossy().into_owned()),
        ("SHIPSHAPE_NOW", NOW.to_owned()),
        ("DOCKER_HOST", "unix:///nowhere/engine.sock".to_owned()),
        ("STAGES", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/book/stages").to_owned()),
        ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
        ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
    ];
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        variables.push((name, nowhere.to_owned()));
    }
    for role in ["AUTHOR", "COMMITTER"] {
        let (name, address) = if role == "AUTHOR" {
            ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL")
        } else {
            ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
        };
        variables.push((name, "You".to_owned()));
        variables.push((address, "you@example.com".to_owned()));
    }
    variables.push(("LANG", "C.UTF-8".to_owned()));
    variables
}

/// A text without the places of this run.
fn plain(text: &str, work: &Path, home: &Path) -> String {
    let (work, home) = (work.to_string_lossy(), home.to_string_lossy());
    text.replace(&format!("{work}/"), "").replace(&*work, ".").replace(&*home, "~")
}
