//! Where engines listen: as set in the environment, or the usual sockets.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::edge::docker_engines;
use crate::edge::environment::Environment;
use crate::error::{Error, Result};

/// A place where an engine may listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A socket on this machine.
    Socket(PathBuf),
    /// A port on this machine: host and number.
    Port(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(f, "unix://{}", path.display()),
            Self::Port(address) => write!(f, "tcp://{address}"),
        }
    }
}

impl Place {
    /// Parses the value of DOCKER_HOST.
    ///
    /// # Errors
    /// When it is invalid, or a place on the network, which others could listen to.
    pub fn parse(variable: &str, text: &str) -> Result<Self> {
        let shown = text.split('@').next_back().unwrap_or_default().escape_debug();
        let wrong = |why: &str| Error::usage(format!("{variable} is `{shown}`, and {why}"));
        if let Some(path) = text.strip_prefix("unix://") {
            if !Path::new(path).is_absolute() {
                return Err(wrong("a socket's path begins with `/`")
                    .hint("write it as unix:///run/podman/podman.sock"));
            }
            return Ok(Self::Socket(PathBuf::from(path)));
        }
        if text.starts_with("ssh://") {
            return Err(wrong("ssh is not supported here").hint(
                "forward the socket: ssh -nNTL /tmp/engine.sock:/var/run/docker.sock HOST, and \
                 DOCKER_HOST=unix:///tmp/engine.sock",
            ));
        }
        let read = text.strip_prefix("tcp://").or_else(|| text.strip_prefix("http://"));
        let url = read.and_then(|rest| Url::parse(&format!("http://{rest}")).ok());
        let Some(url) = url else {
            return Err(wrong("that is not the address of an engine")
                .hint("write it as unix:///run/podman/podman.sock"));
        };
        let is_here = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if !is_here {
            return Err(wrong(
                "anyone on the network can read and change what is sent to an engine without TLS",
            )
            .hint(
                "forward its socket with ssh: ssh -nNTL /tmp/engine.sock:/var/run/docker.sock HOST",
            ));
        }
        let host = url.host_str().unwrap_or("localhost");
        Ok(Self::Port(format!("{host}:{}", url.port().unwrap_or(2375))))
    }
}

/// Returns the places to try in order: just DOCKER_HOST or CONTAINER_HOST, if set; otherwise the usual sockets.
///
/// # Errors
/// When a variable is invalid.
pub fn places(environment: &Environment) -> Result<Vec<Place>> {
    for variable in ["DOCKER_HOST", "CONTAINER_HOST"] {
        if let Some(text) = environment.get(variable).map(str::trim).filter(|it| !it.is_empty()) {
            return Ok(vec![Place::parse(variable, text)?]);
        }
    }
    Ok(docker_engines::sockets(environment).into_iter().map(Place::Socket).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &'static [(&str, &str)]) -> String {
        let environment = Environment::read(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        match places(&environment) {
            Ok(places) => {
                places.iter().map(|it| format!("{it} ")).collect::<String>().trim_end().to_owned()
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_engine_is_looked_for_where_engines_listen() {
        assert_eq!(
            of(&[("XDG_RUNTIME_DIR", "/run/user/7")]),
            "unix:///var/run/docker.sock unix:///run/user/7/docker.sock unix:///run/user/7/podman/podman.sock \
             unix:///run/podman/podman.sock"
        );
        assert_eq!(of(&[]), "unix:///var/run/docker.sock unix:///run/podman/podman.sock");
        assert_eq!(of(&[("DOCKER_HOST", "unix:///a b"), ("CONTAINER_HOST", "x")]), "unix:///a b");
        assert_eq!(
            of(&[("DOCKER_HOST", ""), ("CONTAINER_HOST", "tcp://127.0.0.1:1")]),
            "tcp://127.0.0.1:1"
        );
        assert_eq!(of(&[("DOCKER_HOST", "tcp://localhost")]), "tcp://localhost:2375");
    }

    #[test]
    fn a_place_that_others_could_listen_to_is_none() {
        for (place, said) in [
            ("tcp://10.0.0.1:2375", "without TLS"),
            ("tcp://me:hunter2@engine.example:2375", "`engine.example:2375`, and anyone"),
            ("tcp://localhost.example:2375", "without TLS"),
            ("ssh://me@host", "ssh is not supported"),
            ("unix://podman.sock", "begins with `/`"),
            ("npipe:////./pipe/docker", "not the address of an engine"),
        ] {
            let error = Place::parse("DOCKER_HOST", place).expect_err("refused");
            assert!(error.message().contains(said), "{error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
