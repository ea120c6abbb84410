//! Finds credentials for a registry in the environment, or else where container engines store them.
//!
//! In order:
//! - `SHIPSHAPE_REGISTRY_USERNAME` and `SHIPSHAPE_REGISTRY_PASSWORD`, for the fleet's registry if the user named the
//!   fleet or it is GitHub's own, or for the one that `SHIPSHAPE_REGISTRY` names
//! - `GHCR_USER` and `GHCR_TOKEN`, only for GitHub's own registry
//! - what `docker login` and `podman login` have stored ([`engine_config`])
//! - a GitHub token, again only for GitHub's own registry
//!
//! It is not an error to find none: public images need no credentials.

pub mod engine_config;

use std::collections::BTreeMap;

use super::Credentials;
use crate::edge::environment::{Environment, NamedBy};

/// GitHub's registry, which accepts GitHub tokens.
const GITHUB: &str = "ghcr.io";

/// The variable with the registry that the password is for.
const HOST_VARIABLE: &str = "SHIPSHAPE_REGISTRY";
const PASSWORD_VARIABLE: &str = "SHIPSHAPE_REGISTRY_PASSWORD";

/// The result of a search.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Credentials by registry host or name prefix: `ghcr.io/acme`.
    pub credentials: BTreeMap<String, Credentials>,
    /// Where they were found: `GHCR_TOKEN`, a file, a helper's name, or `nowhere`.
    pub place: String,
    /// Credentials that could not be used, one line each, without secrets.
    pub troubles: Vec<String>,
}

/// Finds credentials for a registry; `named` says who named it. May run helpers of engines, ten seconds each at most.
#[must_use]
pub fn find(host: &str, named: NamedBy, environment: &Environment) -> Found {
    let given = of_password(host, named, environment);
    if !given.credentials.is_empty() {
        return given;
    }
    if let Some(token) = environment.get("GHCR_TOKEN").filter(|_| host == GITHUB) {
        let name = environment.get("GHCR_USER").unwrap_or("token");
        return Found::at("GHCR_TOKEN", host, Credentials::new(name, token));
    }
    let mut found = engine_config::find(host, environment);
    found.troubles.splice(0..0, given.troubles);
    if found.credentials.is_empty()
        && host == GITHUB
        && let Some((name, token)) = token_of_github(environment)
    {
        found.credentials.insert(host.to_owned(), Credentials::new("token", token));
        found.place = name.to_owned();
    }
    found
}

/// The password in the environment, if it may be sent to this registry.
#[must_use]
pub fn of_password(host: &str, named: NamedBy, environment: &Environment) -> Found {
    let Some(password) = environment.get(PASSWORD_VARIABLE) else { return Found::default() };
    let is_anybodys = named == NamedBy::FoundManifest && host != GITHUB;
    if is_anybodys && environment.get(HOST_VARIABLE) != Some(host) {
        let trouble = format!(
            "{PASSWORD_VARIABLE} is not sent to {host}, which only a fleet.yaml that was found by search names: set \
             {HOST_VARIABLE} to it, or name the manifest with --fleet or SHIPSHAPE_FLEET"
        );
        return Found { troubles: vec![trouble], ..Found::default() };
    }
    let name = environment.get("SHIPSHAPE_REGISTRY_USERNAME").unwrap_or("token");
    Found::at(PASSWORD_VARIABLE, host, Credentials::new(name, password))
}

impl Found {
    fn at(place: &str, host: &str, credentials: Credentials) -> Self {
        let credentials = BTreeMap::from([(host.to_owned(), credentials)]);
        Self { credentials, place: place.to_owned(), troubles: Vec::new() }
    }
}

fn token_of_github(environment: &Environment) -> Option<(&'static str, &str)> {
    ["GH_TOKEN", "GITHUB_TOKEN"].into_iter().find_map(|name| Some((name, environment.get(name)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(host: &str, pairs: &'static [(&str, &str)]) -> (String, Option<String>) {
        let environment = Environment::read(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        let found = find(host, NamedBy::User, &environment);
        let of = |it: &Credentials| format!("{}:{}", it.username(), it.password());
        (found.place, found.credentials.get(host).map(of))
    }

    #[test]
    fn a_password_is_not_shown_to_whom_a_manifest_names_that_was_come_upon() {
        let environment = |registry: &'static str| {
            Environment::read(move |name| match name {
                "SHIPSHAPE_REGISTRY_PASSWORD" => Some("hunter2".to_owned()),
                "SHIPSHAPE_REGISTRY" => Some(registry.to_owned()),
                _ => None,
            })
        };
        let found = find("r.example", NamedBy::FoundManifest, &environment("other.example"));
        assert!(found.credentials.is_empty());
        assert!(found.troubles[0].contains("set SHIPSHAPE_REGISTRY to it"), "{:?}", found.troubles);
        assert!(!found.troubles[0].contains("hunter2"));
        let found = find("r.example", NamedBy::FoundManifest, &environment("r.example"));
        assert!(found.credentials.contains_key("r.example") && found.troubles.is_empty());
    }

    #[test]
    fn tokens_of_github_are_shown_to_no_other_registry() {
        const ALL: &[(&str, &str)] =
            &[("GHCR_USER", "me"), ("GHCR_TOKEN", "t1"), ("GITHUB_TOKEN", "t2")];
        assert_eq!(found("ghcr.io", ALL), ("GHCR_TOKEN".to_owned(), Some("me:t1".to_owned())));
        assert_eq!(found("ghcr.io.example", ALL), ("nowhere".to_owned(), None));
        assert_eq!(
            found("ghcr.io", &[("GHCR_TOKEN", " "), ("GITHUB_TOKEN", "t2")]),
            ("GITHUB_TOKEN".to_owned(), Some("token:t2".to_owned()))
        );
        const OWN: &[(&str, &str)] = &[("SHIPSHAPE_REGISTRY_PASSWORD", "p"), ("GHCR_TOKEN", "t1")];
        let place = "SHIPSHAPE_REGISTRY_PASSWORD".to_owned();
        assert_eq!(found("r.example", OWN), (place, Some("token:p".to_owned())));
        assert_eq!(found("ghcr.io", &[]), ("nowhere".to_owned(), None));
    }
}
