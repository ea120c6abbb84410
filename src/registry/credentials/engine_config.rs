//! Credentials stored by `docker login` and `podman login`: a JSON file that contains credentials or names the helper
//! programs that have them.
//!
//! The format is that of docs.docker.com, "docker login", and of `containers-auth.json(5)`: `auths` by registry host or
//! name prefix, `credHelpers` by host, `credsStore` for all others. A helper receives the host on its standard input,
//! never as an argument.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use serde::Deserialize;

use super::super::Credentials;
use super::Found;
use crate::edge::docker_engines;
use crate::edge::environment::Environment;
use crate::edge::process::{self, Program};
use crate::edge::whole_file;

/// How long a helper may take, since it may ask the user.
const PATIENCE: Duration = Duration::from_secs(10);

/// Variables that helpers need to find their stores, besides those that every program gets.
const FOR_HELPERS: [&str; 5] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "GNUPGHOME",
    "PASSWORD_STORE_DIR",
    "XDG_CONFIG_HOME",
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    auths: BTreeMap<String, Entry>,
    #[serde(rename = "credsStore")]
    store: Option<String>,
    #[serde(rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    #[serde(rename = "identitytoken")]
    identity_token: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username")]
    username: String,
    #[serde(rename = "Secret")]
    secret: String,
}

/// Searches the files in order; the first that has something for the registry counts.
pub(super) fn find(host: &str, environment: &Environment) -> Found {
    let mut found = Found { place: "nowhere".to_owned(), ..Found::default() };
    if let Err(error) = environment.secret_file("REGISTRY_AUTH_FILE") {
        found.troubles.push(error.message().to_owned());
    }
    for file in docker_engines::login_files(environment) {
        let config = match read(&file) {
            Ok(Some(config)) => config,
            Ok(None) => continue,
            Err(why) => {
                found.troubles.push(format!("{} was not read: {why}", file.display()));
                continue;
            }
        };
        let (kept, troubles) = config.kept(host);
        found.troubles.extend(troubles.into_iter().map(|why| format!("{}: {why}", file.display())));
        if !kept.is_empty() {
            return Found { credentials: kept, place: file.display().to_string(), ..found };
        }
        let Some(helper) = config.helper(host) else { continue };
        match ask(helper, host, environment) {
            Ok(Some(credentials)) => {
                found.credentials.insert(host.to_owned(), credentials);
                found.place = format!("docker-credential-{helper}");
                return found;
            }
            Ok(None) => {}
            Err(why) => found.troubles.push(format!("{}: {why}", file.display())),
        }
    }
    found
}

/// Errors do not repeat the file's text: it may be a secret.
fn read(file: &Path) -> Result<Option<Config>, String> {
    let bytes = whole_file::read(file).map_err(|error| error.causes().join(": "))?;
    let Some(bytes) = bytes else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        format!("it is not JSON of this form, line {}, column {}", error.line(), error.column())
    })
}

impl Config {
    /// The credentials in the file itself for a host and its name prefixes.
    fn kept(&self, host: &str) -> (BTreeMap<String, Credentials>, Vec<String>) {
        let (mut kept, mut troubles) = (BTreeMap::new(), Vec::new());
        for (name, entry) in &self.auths {
            let part = part_of(name);
            let rest = part.strip_prefix(host);
            if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                continue;
            }
            match entry.credentials() {
                Ok(Some(credentials)) => {
                    kept.insert(part.to_owned(), credentials);
                }
                Ok(None) => {}
                Err(why) => troubles.push(format!("the entry of `{}` {why}", part.escape_debug())),
            }
        }
        (kept, troubles)
    }

    /// The helper for a host.
    fn helper(&self, host: &str) -> Option<&str> {
        let own = self.helpers.iter().find(|(name, _)| part_of(name) == host);
        own.map(|(_, helper)| helper.as_str()).or(self.store.as_deref()).filter(|it| !it.is_empty())
    }
}

impl Entry {
    fn credentials(&self) -> Result<Option<Credentials>, &'static str> {
        if self.identity_token.as_ref().is_some_and(|token| !token.is_empty()) {
            return Err("is an identity token, which is not supported");
        }
        if let (Some(username), Some(password)) = (&self.username, &self.password) {
            return Ok(Some(Credentials::new(username, password)));
        }
        // An empty entry means that a helper has the credentials.
        let Some(auth) = self.auth.as_deref().filter(|auth| !auth.is_empty()) else {
            return Ok(None);
        };
        let decoded = base64::engine::general_purpose::STANDARD.decode(auth.trim()).ok();
        let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = decoded.as_deref().and_then(|text| text.trim_end_matches('\0').split_once(':'));
        let (username, password) = pair.ok_or("is not a name and a password in Base64")?;
        Ok(Some(Credentials::new(username, password)))
    }
}

/// A key of `auths` as a host with a path: Docker writes `https://index.docker.io/v1/` for its own registry.
fn part_of(name: &str) -> &str {
    let name =
        name.strip_prefix("https://").or_else(|| name.strip_prefix("http://")).unwrap_or(name);
    let name = name.trim_end_matches('/');
    let name = name.strip_suffix("/v1").or_else(|| name.strip_suffix("/v2")).unwrap_or(name);
    if matches!(name, "index.docker.io" | "registry-1.docker.io") { "docker.io" } else { name }
}

/// Asks a helper. `None` if it has no credentials for the host.
fn ask(helper: &str, host: &str, environment: &Environment) -> Result<Option<Credentials>, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !helper.chars().all(plain) {
        return Err(format!("`{}` is not the name of a helper", helper.escape_debug()));
    }
    let name = format!("docker-credential-{helper}");
    let file = process::which(&name, environment.get("PATH").map(OsStr::new))
        .ok_or_else(|| format!("`{name}` is not in PATH"))?;
    // Helpers know Docker's own registry by its old address.
    let asked = if host == "docker.io" { "https://index.docker.io/v1/" } else { host };
    let mut program = Program::new(file, "/").arguments(["get"]).input(asked).time_limit(PATIENCE);
    program.environment = environment.for_programs();
    for name in FOR_HELPERS {
        if let Some(value) = environment.get(name) {
            program = program.variable(name, value);
        }
    }
    let ended =
        process::run(&program).map_err(|error| format!("`{name}` cannot be run: {error}"))?;
    if !ended.succeeded() {
        // Output is a secret only on success; "credentials not found" means that there are none.
        let said = ended.last_words(1).pop().unwrap_or_default();
        if said.contains("not found") {
            return Ok(None);
        }
        return Err(format!("`{name}` ended with {}", ended.in_words()));
    }
    let answer: Answer = serde_json::from_slice(&ended.stdout)
        .map_err(|_| format!("`{name}` answered with something other than credentials"))?;
    if answer.username == "<token>" {
        return Err(format!("`{name}` has an identity token, which is not supported"));
    }
    Ok(Some(Credentials::new(answer.username, answer.secret)))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// What is found for a host when HOME has these files; one that is a program may be run.
    fn found(host: &str, files: &[(&str, &str)]) -> (String, Vec<String>, Vec<String>) {
        let home = tempfile::tempdir().expect("a folder");
        for (path, content) in files {
            let path = home.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(&path, content).expect("written");
            let mode = if content.starts_with("#!") { 0o755 } else { 0o600 };
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
        }
        let folder = home.path().display().to_string();
        let environment = Environment::read(|name| match name {
            "HOME" => Some(folder.clone()),
            "PATH" => Some(format!("{folder}/bin:/usr/bin:/bin")),
            "GHCR_TOKEN" => Some("not for programs".to_owned()),
            _ => None,
        });
        let found = find(host, &environment);
        let told = |(part, it): (&String, &Credentials)| {
            format!("{part} {}:{}", it.username(), it.password())
        };
        let here = |text: &str| text.replace(&folder, "~");
        (
            here(&found.place),
            found.credentials.iter().map(told).collect(),
            found.troubles.iter().map(|it| here(it)).collect(),
        )
    }

    const DOCKER: &str = ".docker/config.json";
    const PODMAN: &str = ".config/containers/auth.json";
    const HELPER: &str = "bin/docker-credential-test";

    #[test]
    fn files_of_both_engines_are_read() {
        // me:hunter2, and you:pass:word
        let docker =
            r#"{"auths": {"https://ghcr.io": {"auth": "bWU6aHVudGVyMg=="}, "other.example": {}}}"#;
        let podman = r#"{"auths": {"r.example/acme": {"auth": "eW91OnBhc3M6d29yZA=="}, "r.example.evil": {"auth": "bWU6aHVudGVyMg=="}}}"#;
        let files = [(DOCKER, docker), (PODMAN, podman)];
        let place = format!("~/{DOCKER}");
        assert_eq!(
            found("ghcr.io", &files),
            (place, vec!["ghcr.io me:hunter2".to_owned()], vec![])
        );
        let said = found("r.example", &files);
        assert_eq!(said.1, ["r.example/acme you:pass:word"]);
        assert_eq!(found("other.example", &files), ("nowhere".to_owned(), vec![], vec![]));
        let own = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "bWU6aHVudGVyMg=="}}}"#;
        assert_eq!(found("docker.io", &[(DOCKER, own)]).1, ["docker.io me:hunter2"]);
    }

    #[test]
    fn a_helper_is_asked_by_standard_input_and_sees_no_secret() {
        let script = "#!/bin/sh\nread -r host\n[ \"$1\" = get ] && [ $# = 1 ] && [ -z \"$GHCR_TOKEN\" ] || exit \
                      1\nprintf '{\"ServerURL\":\"%s\",\"Username\":\"me\",\"Secret\":\"for-%s\"}' \"$host\" \
                      \"$host\"\n";
        for config in [
            r#"{"credsStore": "test"}"#,
            r#"{"credHelpers": {"ghcr.io": "test"}, "credsStore": "missing"}"#,
            r#"{"auths": {"ghcr.io": {}}, "credsStore": "test"}"#,
        ] {
            let said = found("ghcr.io", &[(DOCKER, config), (HELPER, script)]);
            let kept = vec!["ghcr.io me:for-ghcr.io".to_owned()];
            assert_eq!(said, ("docker-credential-test".to_owned(), kept, vec![]), "{config}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_without_its_secret() {
        let none = "#!/bin/sh\necho credentials not found in native keychain\nexit 1\n";
        assert_eq!(
            found("ghcr.io", &[(DOCKER, r#"{"credsStore": "test"}"#), (HELPER, none)]),
            ("nowhere".to_owned(), vec![], vec![])
        );
        let broken = "#!/bin/sh\necho hunter2 >&2\nexit 3\n";
        for (config, said) in [
            (r#"{"credsStore": "../../bin/sh"}"#, "`../../bin/sh` is not the name of a helper"),
            (r#"{"credsStore": "absent"}"#, "`docker-credential-absent` is not in PATH"),
            (r#"{"credsStore": "test"}"#, "`docker-credential-test` ended with exit status: 3"),
            (
                r#"{"auths": {"ghcr.io": {"auth": "hunter2"}}}"#,
                "the entry of `ghcr.io` is not a name and a password in Base64",
            ),
            (
                r#"{"auths": {"ghcr.io": {"identitytoken": "hunter2"}}}"#,
                "the entry of `ghcr.io` is an identity token, which is not supported",
            ),
            (r#"{"auths": "hunter2"}"#, "it is not JSON of this form, line 1, column 19"),
        ] {
            let (place, kept, troubles) = found("ghcr.io", &[(DOCKER, config), (HELPER, broken)]);
            assert_eq!((place.as_str(), kept.len()), ("nowhere", 0), "{config}");
            assert!(troubles.len() == 1 && troubles[0].ends_with(said), "{troubles:?}");
            assert!(!troubles[0].contains("hunter2"), "{troubles:?}");
        }
    }
}
