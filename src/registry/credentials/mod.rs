//! Who asks a registry: found in the environment, else where container engines keep what they were told.
//!
//! In: the environment and a registry's host. Out: credentials, and where they were found. The order:
//! `SHIPSHAPE_REGISTRY_USERNAME` and `SHIPSHAPE_REGISTRY_PASSWORD` for whatever registry the fleet names;
//! `GHCR_USER` and `GHCR_TOKEN`, which GitHub's own registry is shown and no other; what `docker login` and
//! `podman login` have kept ([`engine_config`]); a token of GitHub, again for its own registry only.
//! No credentials at all are no error: what anybody may see needs none.

pub mod engine_config;

use std::collections::BTreeMap;

use super::Credentials;
use crate::edge::environment::Environment;

/// GitHub's registry, which takes the tokens of GitHub.
const GITHUB: &str = "ghcr.io";

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// By a registry's host, or a part of it: `ghcr.io/acme`.
    pub credentials: BTreeMap<String, Credentials>,
    /// Where: `GHCR_TOKEN`, a file, a helper's name; `nowhere`.
    pub place: String,
    /// What was there and could not be used: one line each, without a secret.
    pub troubles: Vec<String>,
}

/// Looks for credentials for a registry. Helpers of engines are run, ten seconds each at most.
#[must_use]
pub fn find(host: &str, environment: &Environment) -> Found {
    if let Some((place, credentials)) = of_environment(host, environment) {
        let credentials = BTreeMap::from([(host.to_owned(), credentials)]);
        return Found { credentials, place: place.to_owned(), troubles: Vec::new() };
    }
    let mut found = engine_config::find(host, environment);
    if found.credentials.is_empty()
        && host == GITHUB
        && let Some((name, token)) = token_of_github(environment)
    {
        found.credentials.insert(host.to_owned(), Credentials::new("token", token));
        found.place = name.to_owned();
    }
    found
}

fn of_environment(host: &str, environment: &Environment) -> Option<(&'static str, Credentials)> {
    let given = |name: &str| environment.get(name).filter(|text| !text.trim().is_empty());
    if let Some(password) = given("SHIPSHAPE_REGISTRY_PASSWORD") {
        let name = given("SHIPSHAPE_REGISTRY_USERNAME").unwrap_or("token");
        return Some(("SHIPSHAPE_REGISTRY_PASSWORD", Credentials::new(name, password)));
    }
    let token = given("GHCR_TOKEN").filter(|_| host == GITHUB)?;
    Some(("GHCR_TOKEN", Credentials::new(given("GHCR_USER").unwrap_or("token"), token)))
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
        let found = find(host, &environment);
        let of = |it: &Credentials| format!("{}:{}", it.username(), it.password());
        (found.place, found.credentials.get(host).map(of))
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
