//! The container engines that speak Docker's API: what they are called, where they listen, where they keep logins.
//!
//! One more of them is one more entry of [`ENGINES`]; sentences that name engines are made from it.

use std::path::PathBuf;

use super::environment::Environment;

/// An engine that speaks Docker's API.
#[derive(Debug)]
pub struct ContainerEngine {
    /// What it is called.
    pub name: &'static str,
    /// The program by which a person uses it.
    pub program: &'static str,
    /// How it is started, in a hint.
    start: &'static str,
    /// What lets one use its socket, in a hint.
    access: &'static str,
    /// Where it usually listens.
    sockets: fn(&Environment) -> Vec<Option<PathBuf>>,
    /// Where its logins are kept.
    logins: fn(&Environment) -> Vec<Option<PathBuf>>,
}

/// All of them. Sockets and files are tried in this order.
pub const ENGINES: [ContainerEngine; 2] = [
    ContainerEngine {
        name: "Docker",
        program: "docker",
        start: "Docker",
        access: "join its group (`docker`)",
        sockets: |environment| {
            vec![
                Some(PathBuf::from("/var/run/docker.sock")),
                // Rootless.
                at_runtime(environment, "docker.sock"),
            ]
        },
        logins: |environment| {
            let folder = place(environment, "DOCKER_CONFIG");
            let folder = folder.or_else(|| below_home(environment, ".docker"));
            vec![folder.map(|folder| folder.join("config.json"))]
        },
    },
    ContainerEngine {
        name: "Podman",
        program: "podman",
        start: "`systemctl --user start podman.socket`",
        access: "use rootless Podman",
        sockets: |environment| {
            vec![
                // Rootless.
                at_runtime(environment, "podman/podman.sock"),
                Some(PathBuf::from("/run/podman/podman.sock")),
            ]
        },
        // Those of its kin too: `containers-auth.json(5)`.
        logins: |environment| {
            let file = |folder: PathBuf| folder.join("containers/auth.json");
            let config = place(environment, "XDG_CONFIG_HOME");
            let config = config.or_else(|| below_home(environment, ".config"));
            vec![
                place(environment, "REGISTRY_AUTH_FILE"),
                place(environment, "XDG_RUNTIME_DIR").map(file),
                config.map(file),
            ]
        },
    },
];

/// The sockets where engines usually listen, in the order in which they are tried.
#[must_use]
pub fn sockets(environment: &Environment) -> Vec<PathBuf> {
    ENGINES.iter().flat_map(|engine| (engine.sockets)(environment)).flatten().collect()
}

/// The files where engines keep logins, in the order in which they are read.
#[must_use]
pub fn login_files(environment: &Environment) -> Vec<PathBuf> {
    ENGINES.iter().flat_map(|engine| (engine.logins)(environment)).flatten().collect()
}

/// `Docker or Podman`.
#[must_use]
pub fn names() -> String {
    ENGINES.map(|engine| engine.name).join(" or ")
}

/// `docker login` or `podman login`: a command of whichever engine is there.
#[must_use]
pub fn commands(subcommand: &str) -> String {
    ENGINES.map(|engine| format!("`{} {subcommand}`", engine.program)).join(" or ")
}

/// What lets one use an engine's socket.
#[must_use]
pub fn access() -> String {
    ENGINES.map(|engine| engine.access).join(", or ")
}

/// How an engine is started; the last ones first, which a user starts without root's rights.
#[must_use]
pub fn start() -> String {
    let mut ways = ENGINES.map(|engine| engine.start);
    ways.reverse();
    ways.join(", or ")
}

fn place(environment: &Environment, variable: &str) -> Option<PathBuf> {
    let place = environment.secret_file(variable).ok().flatten();
    place.filter(|it| !it.as_os_str().is_empty())
}

fn below_home(environment: &Environment, path: &str) -> Option<PathBuf> {
    Some(place(environment, "HOME")?.join(path))
}

fn at_runtime(environment: &Environment, path: &str) -> Option<PathBuf> {
    let folder = place(environment, "XDG_RUNTIME_DIR").filter(|it| it.is_absolute())?;
    Some(folder.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::shell::IMAGE_PROGRAMS;

    #[test]
    fn a_push_by_each_engine_is_seen_in_workflows() {
        for engine in ENGINES {
            assert!(IMAGE_PROGRAMS.contains(&engine.program), "{}", engine.program);
        }
    }

    #[test]
    fn the_page_about_images_names_sockets_and_logins() {
        let page = include_str!("../../docs/images.md");
        let environment = Environment::read(|name| match name {
            "HOME" => Some("~".to_owned()),
            // One that is no path from the root does not count.
            "XDG_RUNTIME_DIR" => Some("/$XDG_RUNTIME_DIR".to_owned()),
            _ => None,
        });
        for place in sockets(&environment).into_iter().chain(login_files(&environment)) {
            let place = place.display().to_string().replace("/$", "$");
            assert!(page.contains(&format!("`{place}`")), "docs/images.md lacks {place}");
        }
    }

    #[test]
    fn sentences_name_each_engine() {
        assert_eq!(names(), "Docker or Podman");
        assert_eq!(commands("login"), "`docker login` or `podman login`");
        assert_eq!(access(), "join its group (`docker`), or use rootless Podman");
        assert_eq!(start(), "`systemctl --user start podman.socket`, or Docker");
    }
}
