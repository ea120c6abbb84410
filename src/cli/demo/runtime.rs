//! The scenes about the demo's package: it fails to build, is repaired, built, compared with the fleet, and installed.
//!
//! Each scene is a command that readers can repeat; it is parsed from the words that are shown.

use std::path::Path;

use clap::Parser as _;

use super::forge::Failures;
use super::{program, quoted};
use crate::cli::{Cli, Context, Exit};
use crate::demo::{MENDED, PREFIX, REPOSITORIES, RUNTIME};
use crate::edge::process;
use crate::error::{Error, Kind, Result};

/// The version to build.
const VERSION: &str = "0.2.0";

/// A command and its explanation.
struct Scene {
    says: &'static str,
    words: Vec<String>,
}

/// Runs the scenes. The failing build and the incompatible template are what they show, so neither makes the demo fail.
pub(super) fn tell(
    context: &Context,
    folder: &Path,
    repositories: &[std::path::PathBuf],
    failures: &Failures,
) -> Result<()> {
    let path = context.environment.get("PATH").map(std::ffi::OsStr::new);
    let has_python = process::which("python3", path).is_some();
    context.terminal.output("\nThe package that all of them run on\n")?;
    for scene in scenes(folder, repositories) {
        let shown: Vec<String> = shown(&scene.words, folder);
        let command = shown.join(" ");
        context.terminal.output(&format!("\n# {}\n$ {} {command}\n\n", scene.says, program()))?;
        if scene.words.iter().any(|word| word == "smoke") && !has_python {
            context.terminal.output("skipped: python3 is not on PATH\n")?;
            continue;
        }
        if !run(context, &scene.words)? {
            failures
                .add(&scene.words.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" "));
        }
    }
    Ok(())
}

/// Runs a command. Returns whether it worked, whatever it found.
fn run(context: &Context, words: &[String]) -> Result<bool> {
    let words = std::iter::once("shipshape").chain(words.iter().map(String::as_str));
    let parsed = Cli::try_parse_from(words);
    let cli = parsed.map_err(|error| {
        Error::failed("the demo runs a command that does not exist").caused_by(error)
    })?;
    match cli.run(context) {
        Err(error) if error.kind() == Kind::Usage => Err(error),
        Err(error) => {
            context.terminal.error(&error);
            Ok(false)
        }
        Ok(Exit::Clean | Exit::Findings | Exit::Unchecked) => Ok(true),
    }
}

fn scenes(folder: &Path, repositories: &[std::path::PathBuf]) -> Vec<Scene> {
    let runtime = folder.join(RUNTIME);
    let text = |path: &Path| path.display().to_string();
    let mended = text(&runtime.join(MENDED));
    let out = runtime.join("build");
    let wheel = out.join(format!("dist/molecule_ai_workspace_runtime-{VERSION}-py3-none-any.whl"));
    let fleet = text(&folder.join("fleet.yaml"));
    let scene = |says, words: &[&str]| Scene {
        says,
        words: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    let mut compat = scene(
        "which templates it would break; one of them only when it hands a task over",
        &["package", "compat", &text(&wheel), "--fleet", &fleet, "--local"],
    );
    compat.words.extend(repositories.iter().map(|repository| text(repository)));
    vec![
        scene(
            "as it is: one module is not listed, and the program of every container is missing",
            &["package", "check", "--package", &text(&runtime.join("package.yaml"))],
        ),
        scene(
            "with both fixed it is built, the same to the byte on every machine",
            &["package", "build", "--package", &mended, "--version", VERSION, "--out", &text(&out)],
        ),
        compat,
        scene(
            "installed into a fresh environment, and every module of it imported",
            &["package", "smoke", &text(&wheel), "--package", &mended, "--no-deps"],
        ),
    ]
}

/// The words quoted for a shell, with the fleet's repositories as a pattern.
fn shown(words: &[String], folder: &Path) -> Vec<String> {
    let all = folder.join(REPOSITORIES);
    let member = all.join(PREFIX).display().to_string();
    let mut shown: Vec<String> = Vec::new();
    for word in words {
        if word.starts_with(&member) {
            let pattern = format!("{}/*", quoted(&all));
            if shown.last() != Some(&pattern) {
                shown.push(pattern);
            }
        } else {
            shown.push(quoted(Path::new(word)));
        }
    }
    shown
}
