//! Programs and folders on this machine.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Examined, Group, State, Uses};
use crate::edge::docker_engines;
use crate::edge::environment::Environment;
use crate::edge::private_files::{is_of_another_user, openness};
use crate::edge::process::{self, Ended, Program};
use crate::forge::credential::KEY_FILE_VARIABLE;
use crate::images::engine::{Engine, Place, places};

/// Bytes that are written to see whether a folder takes any: some pages, as a small journal has.
const PROBE: usize = 16 << 10;

/// A program is given this long to say its version.
const PATIENCE: Duration = Duration::from_secs(10);

/// The programs that some commands run. No program is needed by every command, and the fleet may use none of the
/// commands that need one.
#[must_use]
pub fn programs(environment: &Environment, uses: Uses) -> Vec<Examined> {
    let ask = |names: &[&str], arguments: &[&str]| -> Option<(String, Ended)> {
        let path = environment.get("PATH").map(OsStr::new);
        names.iter().find_map(|name| {
            // As it is found where it is needed: what lies in this folder is not run.
            let mut program = Program::new(process::which(name, path)?, Path::new("."))
                .arguments(arguments.iter().copied())
                .time_limit(PATIENCE);
            program.environment = environment.for_programs();
            let ended = process::run(&program).ok()?;
            Some(((*name).to_owned(), ended))
        })
    };
    let git = ask(&["git"], &["--version"]);
    let mut examined = vec![plain(
        "git",
        git,
        "cloning from and pushing to the sandbox; everything else reads git repositories without git",
    )];
    if uses.package {
        let python = ask(&["python3", "python"], &["--version"]);
        examined.push(plain("python", python, "`package smoke`, and tests of what was built"));
    }
    examined
}

fn plain(name: &str, asked: Option<(String, Ended)>, needed_for: &str) -> Examined {
    let examined = match asked {
        None => Examined::new(Group::Programs, name, State::Missing, "not found in PATH")
            .hint(format!("install {name}, or do without what needs it")),
        Some((_, ended)) if ended.succeeded() => {
            Examined::new(Group::Programs, name, State::Works, first_line(&ended))
        }
        Some((file, ended)) => {
            let found = format!("`{file}` answers with {}", ended.in_words());
            Examined::new(Group::Programs, name, State::Limited, found)
                .hint(format!("run `{file} --version` yourself"))
        }
    };
    examined.needed_for(needed_for)
}

/// The container engine, through the same sockets that `images` uses: an installed program does not show that the
/// engine responds.
pub async fn container_engine(environment: &Environment) -> Examined {
    let examined = |state, found: String| {
        Examined::new(Group::Programs, "container engine", state, found)
            .needed_for("refreshing and inspecting the images of a fleet, and for nothing else")
    };
    let places = match places(environment) {
        Ok(places) => places,
        Err(error) => {
            let hint = error.hints().first().cloned().unwrap_or_default();
            return examined(State::Limited, error.message().to_owned()).hint(hint);
        }
    };
    match Engine::connect(&places).await {
        Ok(engine) => examined(State::Works, engine.name()),
        Err(error) => {
            let is_there = |place: &Place| match place {
                Place::Socket(path) => path.symlink_metadata().is_ok(),
                Place::Port(_) => true,
            };
            let there: Vec<String> =
                places.iter().filter(|it| is_there(it)).map(ToString::to_string).collect();
            let hint = error.hints().first().cloned().unwrap_or_default();
            match there.first() {
                None => {
                    examined(State::Missing, format!("no socket of {}", docker_engines::names()))
                }
                Some(place) => examined(State::Limited, format!("{place} does not answer")),
            }
            .hint(hint)
        }
    }
}

fn first_line(ended: &Ended) -> String {
    let text = String::from_utf8_lossy(&ended.stdout);
    text.lines().next().unwrap_or_default().trim().chars().take(80).collect()
}

/// The folders that are written to besides those that a command names.
#[must_use]
pub fn folders(environment: &Environment) -> Vec<Examined> {
    vec![
        folder("cache", environment.cache_folder(), "reading less when nothing has changed"),
        folder(
            "state",
            environment.state_folder(),
            "continuing where a run was interrupted, and keeping to the forge's limits across runs",
        ),
    ]
}

/// The key of a GitHub App, where everybody on this machine can read or change it.
#[must_use]
pub fn open_key(environment: &Environment) -> Option<Examined> {
    let file = environment.secret_file(KEY_FILE_VARIABLE).ok().flatten()?;
    openness(&file).map(|openness| {
        let found = format!("everyone on this machine can {openness} {}", file.display());
        Examined::new(Group::Forge, "key file", State::Limited, found)
            .needed_for("a GitHub App, whose key is for you alone")
            .hint("`chmod go=` the file; if others use this machine, create a new key and delete this one")
    })
}

fn folder(name: &str, place: Option<PathBuf>, needed_for: &str) -> Examined {
    let examined = match place {
        None => Examined::new(Group::Folders, name, State::Limited, "no location is set")
            .hint("set HOME"),
        Some(place) if is_of_another_user(&place) => {
            let found = format!("{} belongs to another user, and is not used", place.display());
            Examined::new(Group::Folders, name, State::Fails, found)
                .hint("name a folder of your own with XDG_CACHE_HOME and XDG_STATE_HOME")
        }
        Some(place) => match writable(&place) {
            Ok(()) => {
                Examined::new(Group::Folders, name, State::Works, place.display().to_string())
            }
            Err(error) => {
                let found = format!("{} cannot be written to: {error}", place.display());
                Examined::new(Group::Folders, name, State::Fails, found)
                    .hint("make it writable and free some space, or name another folder with XDG_CACHE_HOME and XDG_STATE_HOME")
            }
        },
    };
    examined.needed_for(needed_for)
}

/// Whether a file can be created in a folder, or in its nearest existing parent. Leaves nothing behind.
fn writable(folder: &Path) -> std::io::Result<()> {
    let there = folder.ancestors().find(|folder| folder.symlink_metadata().is_ok());
    let there = there.unwrap_or(folder);
    let mut file = tempfile::tempfile_in(there)?;
    file.write_all(&[0; PROBE])?;
    // Some file systems say only then that there is no room.
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_says_what_it_would_be_for() {
        let nothing = Environment::read(|name| (name == "PATH").then(String::new));
        for examined in programs(&nothing, Uses::of(None)) {
            assert_eq!(examined.state, State::Missing, "{examined:?}");
            assert!(examined.needed_for.is_some() && examined.hint.is_some(), "{examined:?}");
        }
        assert!(folders(&nothing).iter().all(|it| it.state == State::Limited));
    }

    #[test]
    fn what_a_fleet_does_without_is_not_looked_for() {
        let nothing = Environment::read(|name| (name == "PATH").then(String::new));
        let named = |images, package| -> Vec<String> {
            let examined = programs(&nothing, Uses { images, package });
            examined.into_iter().map(|it| it.name).collect()
        };
        assert_eq!(named(false, false), ["git"]);
        assert_eq!(named(true, false), ["git"]);
        assert_eq!(named(false, true), ["git", "python"]);
    }

    #[tokio::test]
    async fn the_engine_is_looked_for_where_images_looks_for_it() {
        let engine = async |place: &'static str| {
            let environment =
                Environment::read(|name| (name == "DOCKER_HOST").then(|| place.to_owned()));
            let examined = container_engine(&environment).await;
            (examined.state, examined.found)
        };
        let (state, found) = engine("unix:///nowhere/engine.sock").await;
        assert_eq!((state, found.as_str()), (State::Missing, "no socket of Docker or Podman"));
        let (state, found) = engine("tcp://127.0.0.1:1").await;
        assert_eq!(state, State::Limited, "{found}");
        let (state, found) = engine("ssh://me@host").await;
        assert_eq!(state, State::Limited, "{found}");
    }

    #[test]
    fn a_folder_is_looked_at_and_not_made() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().display().to_string();
        let environment = Environment::read(|name| (name == "HOME").then(|| path.clone()));
        assert!(folders(&environment).iter().all(|it| it.state == State::Works));
        assert_eq!(std::fs::read_dir(home.path()).expect("readable").count(), 0);
        let file = home.path().join("file");
        std::fs::write(&file, "").expect("written");
        let path = file.display().to_string();
        let environment = Environment::read(|name| (name == "HOME").then(|| path.clone()));
        let folders = folders(&environment);
        assert!(folders.iter().all(|it| it.state == State::Fails), "{folders:?}");
    }
}
