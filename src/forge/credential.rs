//! Finding credentials in the places that `gh` uses, in the same order.
//!
//! For github.com and tenants of ghe.com: `GH_TOKEN`, then `GITHUB_TOKEN`. For every other host, the sandbox included:
//! `GH_ENTERPRISE_TOKEN`, then `GITHUB_ENTERPRISE_TOKEN`. Then the output of `gh auth token` (cli.github.com, "gh help
//! environment"). A GitHub App takes precedence over all of them if its three variables are set.
//!
//! Credentials from the environment are sent to a forge other than GitHub's own only if the user named that forge, not
//! if only a manifest found on disk did. A leaked App JWT would allow everything that the App may do, wherever it was
//! first sent.

use std::path::Path;
use std::time::Duration;

use super::{AppCredential, ForgeAddress, Token};
use crate::edge::environment::Environment;
use crate::edge::process::{self, Program};
use crate::error::{Error, Result};
use crate::source::secrets::masked;

/// The id of a GitHub App.
pub const APP_VARIABLE: &str = "SHIPSHAPE_APP_ID";
/// The id of its installation in the organisation.
pub const INSTALLATION_VARIABLE: &str = "SHIPSHAPE_APP_INSTALLATION";
/// The file with its private key in PEM.
pub const KEY_FILE_VARIABLE: &str = "SHIPSHAPE_APP_KEY_FILE";

/// The token that notifies members in a release, and is used for nothing else.
pub const DISPATCH_VARIABLE: &str = "TEMPLATE_DISPATCH_TOKEN";

/// The host that `gh` uses when none is named.
const HOST_VARIABLE: &str = "GH_HOST";
/// The forge that a GitHub Actions job runs on.
const SERVER_VARIABLE: &str = "GITHUB_SERVER_URL";

/// The variables that hold a token for github.com and ghe.com; the first one set is used.
pub const PUBLIC_VARIABLES: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];
/// The variables that hold a token for any other host.
pub const ENTERPRISE_VARIABLES: [&str; 2] = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];

/// How requests authenticate.
#[derive(Clone, Debug)]
pub enum Credential {
    /// No credential: public reads only, and few of them.
    Anonymous,
    /// A token.
    Token(Token),
    /// A GitHub App installation, whose tokens are fetched and renewed.
    App(AppCredential),
}

impl Credential {
    /// The name under which limits are counted. Contains no secret.
    #[must_use]
    pub fn identity(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Token(token) => token.identity(),
            Self::App(app) => app.identity(),
        }
    }
}

/// A credential and where it was found, for `doctor` and error messages.
#[derive(Clone, Debug)]
pub struct Found {
    /// The credential.
    pub credential: Credential,
    /// Its source: `GH_TOKEN`, `gh auth token`, `nowhere`.
    pub place: String,
    /// Where none was found: what came of asking `gh`, or which token is for another forge.
    pub but: Option<String>,
}

/// What [`Found::place`] says where `gh` has given the token.
const GH: &str = "gh auth token";

impl Found {
    /// Whether `gh` has given it, which may then change it.
    #[must_use]
    pub fn is_from_gh(&self) -> bool {
        self.place == GH
    }
}

/// Where the address of a forge is from.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// The user: see [`NamedBy::User`](crate::edge::environment::NamedBy::User).
    ByUser,
    /// From this manifest, which was found rather than given.
    InFoundManifest(&'a Path),
}

/// Finds a credential for a forge. Finding none is not an error.
///
/// # Errors
/// When a GitHub App is configured incompletely or its key cannot be read; when a variable holds something that cannot
/// be a token, or a token that may not be sent to this forge (see [`may_be_shown`]).
pub fn find(address: &ForgeAddress, named: Named<'_>, environment: &Environment) -> Result<Found> {
    if let Some(app) = app_of(environment)? {
        may_be_shown(APP_VARIABLE, address, named, environment)?;
        let place = APP_VARIABLE.to_owned();
        return Ok(Found { credential: Credential::App(app), place, but: None });
    }
    for name in variables_for(address) {
        if let Some(found) = of_variable(name, environment)? {
            may_be_shown(name, address, named, environment)?;
            return Ok(found);
        }
    }
    // `gh` itself associates tokens with hosts, so no check is needed.
    let mut but = of_another(address, environment);
    match from_gh(address, environment) {
        Asked::Token(token) => {
            let place = GH.to_owned();
            return Ok(Found { credential: Credential::Token(token), place, but: None });
        }
        Asked::NotThere => {}
        Asked::Failed(why) => but = but.or_else(|| Some(format!("`{GH}`: {why}"))),
    }
    Ok(Found { credential: Credential::Anonymous, place: "nowhere".to_owned(), but })
}

/// Refuses to send a variable's content to a forge that only a found manifest names.
///
/// # Errors
/// When only a found manifest names it; the hint says how the user can name it.
pub fn may_be_shown(
    variable: &str,
    address: &ForgeAddress,
    named: Named<'_>,
    environment: &Environment,
) -> Result<()> {
    let is_it = |written: String| ForgeAddress::parse(&written).is_ok_and(|it| it == *address);
    let of_gh = environment.get(HOST_VARIABLE).map(|host| format!("https://{host}"));
    let of_job = environment.get(SERVER_VARIABLE).map(str::to_owned);
    let Named::InFoundManifest(manifest) = named else { return Ok(()) };
    if address.is_of_github() || of_gh.is_some_and(is_it) || of_job.is_some_and(is_it) {
        return Ok(());
    }
    Err(Error::usage(format!("refusing to send {variable} to {address}"))
        .in_file(manifest)
        .caused_by(
            "only this file names the address, and it was found, not given: it may not be yours",
        )
        .hint(format!("if it is yours, name the forge: set SHIPSHAPE_FORGE to {address}"))
        .hint("or name the manifest, with --fleet or SHIPSHAPE_FLEET"))
}

/// The token in a variable; `None` when it is unset or empty, which `gh` treats alike.
///
/// # Errors
/// When its content cannot be a token.
pub fn of_variable(name: &str, environment: &Environment) -> Result<Option<Found>> {
    let Some(text) = environment.get(name) else { return Ok(None) };
    let token = Token::new(text).ok_or_else(|| {
        Error::usage(format!("the content of {name} cannot be a token"))
            .hint("a token is one word of letters, digits and signs, without spaces")
    })?;
    Ok(Some(Found { credential: Credential::Token(token), place: name.to_owned(), but: None }))
}

/// The variables that may hold a token for a forge, in order of precedence.
#[must_use]
pub fn variables_for(address: &ForgeAddress) -> [&'static str; 2] {
    if address.is_of_github() { PUBLIC_VARIABLES } else { ENTERPRISE_VARIABLES }
}

fn app_of(environment: &Environment) -> Result<Option<AppCredential>> {
    let names = [APP_VARIABLE, INSTALLATION_VARIABLE, KEY_FILE_VARIABLE];
    let given = names.map(|name| environment.get(name));
    let key_file = environment.secret_file(KEY_FILE_VARIABLE)?;
    let ([Some(app), Some(installation), _], Some(key_file)) = (given, key_file) else {
        if given.iter().all(Option::is_none) {
            return Ok(None);
        }
        let missing: Vec<&str> = names
            .iter()
            .zip(given)
            .filter(|(_, text)| text.is_none())
            .map(|(name, _)| *name)
            .collect();
        return Err(Error::usage("the GitHub App is only partly described")
            .hint(format!("set {} as well", missing.join(" and "))));
    };
    AppCredential::read(app, installation, &key_file).map(Some)
}

/// A remark on a token that is set, but for other forges than this one.
fn of_another(address: &ForgeAddress, environment: &Environment) -> Option<String> {
    let (others, hosts) = match address.is_of_github() {
        true => (ENTERPRISE_VARIABLES, "hosts other than github.com and ghe.com"),
        false => (PUBLIC_VARIABLES, "github.com and ghe.com only"),
    };
    let set = others.into_iter().find(|name| environment.get(name).is_some())?;
    Some(format!("{set} is set, which is for {hosts}"))
}

/// What came of asking `gh`.
enum Asked {
    Token(Token),
    /// `gh` is not installed, or was not asked.
    NotThere,
    /// It gave no token, and why.
    Failed(String),
}

/// The token that `gh` has stored. The host is passed explicitly, so that `gh` cannot print the token of another one.
fn from_gh(address: &ForgeAddress, environment: &Environment) -> Asked {
    // The sandbox's tokens are in no keyring, and starting `gh` takes longer than asking the sandbox.
    if address.is_this_machine() {
        return Asked::NotThere;
    }
    // A `gh` in the current folder must not be run.
    let path = environment.get("PATH").map(std::ffi::OsStr::new);
    let here = std::path::Path::new(".");
    let Some(gh) = process::which("gh", path) else { return Asked::NotThere };
    let mut program = Program::new(gh, here)
        .arguments(["auth", "token", "--hostname", &address.host()])
        .time_limit(Duration::from_secs(10));
    program.environment = environment.for_programs();
    // `gh` finds its own configuration through these.
    for name in ["GH_CONFIG_DIR", "XDG_CONFIG_HOME"] {
        if let Some(value) = environment.get(name) {
            program = program.variable(name, value);
        }
    }
    let ended = match process::run(&program) {
        Ok(ended) => ended,
        Err(error) => return Asked::Failed(error.to_string()),
    };
    if !ended.succeeded() {
        let said = String::from_utf8_lossy(&ended.stderr);
        let line = said.lines().map(str::trim).find(|line| !line.is_empty());
        let line = line.map(|line| format!(": {}", masked(line))).unwrap_or_default();
        return Asked::Failed(format!("{}{line}", ended.in_words()));
    }
    match Token::new(&String::from_utf8_lossy(&ended.stdout)) {
        Some(token) => Asked::Token(token),
        None => Asked::Failed("it printed something that cannot be a token".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &'static [(&str, &str)]) -> Environment {
        Environment::read(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn place(address: &str, pairs: &'static [(&str, &str)]) -> String {
        let address = ForgeAddress::parse(address).expect("an address");
        find(&address, Named::ByUser, &environment(pairs)).expect("readable").place
    }

    #[test]
    fn tokens_are_found_in_the_order_of_gh() {
        let public = "https://github.com";
        let other = "http://127.0.0.1:1";
        assert_eq!(place(public, &[("GITHUB_TOKEN", "b"), ("GH_TOKEN", "a")]), "GH_TOKEN");
        assert_eq!(place(public, &[("GITHUB_TOKEN", "b"), ("GH_TOKEN", " ")]), "GITHUB_TOKEN");
        // A token of the public forge goes to no other host.
        assert_eq!(place(other, &[("GH_TOKEN", "a")]), "nowhere");
        assert_eq!(place(other, &[("GH_ENTERPRISE_TOKEN", "a")]), "GH_ENTERPRISE_TOKEN");
        assert_eq!(place(public, &[("GH_ENTERPRISE_TOKEN", "a")]), "nowhere");
        assert_eq!(place("https://acme.ghe.com", &[("GH_TOKEN", "a")]), "GH_TOKEN");
    }

    #[test]
    fn a_manifest_that_was_come_upon_has_nothing_shown_to_its_forge() {
        const APP: [(&str, &str); 3] = [
            (APP_VARIABLE, "7"),
            (INSTALLATION_VARIABLE, "8"),
            (KEY_FILE_VARIABLE, concat!(env!("CARGO_MANIFEST_DIR"), "/src/forge/app/test-key.pem")),
        ];
        let shown = |address: &str, pairs: &'static [(&str, &str)]| {
            let address = ForgeAddress::parse(address).expect("an address");
            find(&address, Named::InFoundManifest(Path::new("fleet.yaml")), &environment(pairs))
                .map(|found| found.place)
        };
        for address in ["https://forge.example", "http://127.0.0.1:1"] {
            for pairs in [&APP[..], &[("GH_ENTERPRISE_TOKEN", "a")]] {
                let error = shown(address, pairs).expect_err("not shown");
                assert!(error.message().contains("refusing to send"), "{error}");
                assert!(
                    error.hints()[0].contains(&format!("SHIPSHAPE_FORGE to {address}")),
                    "{error:?}"
                );
            }
        }
        // GitHub's own, and what the environment names.
        assert_eq!(shown("https://github.com", &APP).ok().as_deref(), Some(APP_VARIABLE));
        assert_eq!(
            shown("https://github.com", &[("GH_TOKEN", "a")]).ok().as_deref(),
            Some("GH_TOKEN")
        );
        let named: [&[(&str, &str)]; 2] = [
            &[("GH_ENTERPRISE_TOKEN", "a"), ("GH_HOST", "forge.example")],
            &[("GH_ENTERPRISE_TOKEN", "a"), ("GITHUB_SERVER_URL", "https://forge.example")],
        ];
        for pairs in named {
            assert_eq!(
                shown("https://forge.example", pairs).ok().as_deref(),
                Some("GH_ENTERPRISE_TOKEN")
            );
            assert!(shown("https://other.example", pairs).is_err());
        }
        // Nothing to show is no error.
        assert_eq!(
            shown("http://127.0.0.1:1", &[("GH_TOKEN", "a")]).ok().as_deref(),
            Some("nowhere")
        );
    }

    #[test]
    fn what_is_no_token_is_told_without_repeating_it() {
        let address = ForgeAddress::parse("https://github.com").expect("an address");
        let error = find(&address, Named::ByUser, &environment(&[("GH_TOKEN", "hunter2 hunter3")]))
            .expect_err("two words");
        assert!(error.message().contains("GH_TOKEN"));
        assert!(!format!("{error:?}").contains("hunter"));
    }

    #[test]
    fn half_an_app_is_an_error() {
        let address = ForgeAddress::parse("https://github.com").expect("an address");
        let error =
            find(&address, Named::ByUser, &environment(&[(APP_VARIABLE, "7"), ("GH_TOKEN", "a")]))
                .expect_err("half");
        assert_eq!(
            error.hints(),
            [format!("set {INSTALLATION_VARIABLE} and {KEY_FILE_VARIABLE} as well")]
        );
    }
}
