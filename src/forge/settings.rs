//! Reads a repository's settings, as far as the token permits.
//!
//! Every part of [`Settings`] that could not be read says why. This takes ten requests per repository, most of them
//! free when nothing has changed, so callers only read settings when they are needed.

use std::collections::BTreeSet;

use super::calls::repositories::Repository;
use super::calls::settings::{BranchRule, Check, Protection};
use super::error::in_our_words;
use super::{Client, ForgeError};
use crate::checks::settings::{Actions, RequiredCheck, Seen, Selection, Settings};
use crate::fleet::RepositoryName;

/// Rule types that protect a branch from direct pushes.
const PROTECTING: [&str; 2] = ["pull_request", "required_status_checks"];

/// The message of GitHub's 404 answer for an unprotected branch.
const UNPROTECTED: &str = "Branch not protected";

/// Reads the settings of a repository.
pub async fn read(client: &Client, name: &RepositoryName) -> Settings {
    let repository = client.repository(name).await;
    let (default_branch, visibility) = match &repository {
        Ok(repository) => {
            (Seen::Known(repository.default_branch.clone()), Seen::Known(visibility(repository)))
        }
        Err(error) => (unreadable(error), unreadable(error)),
    };
    let (protected, required_checks) = match &default_branch {
        Seen::Known(branch) => branch_settings(client, name, branch).await,
        Seen::Unreadable(why) => (Seen::Unreadable(why.clone()), Seen::Unreadable(why.clone())),
    };
    Settings {
        default_branch,
        visibility,
        protected,
        required_checks,
        secrets: set(client.secret_names(name).await),
        variables: set(client.variable_names(name).await),
        actions: actions(client, name).await,
        token_writes: seen(client.workflow_token_writes(name).await),
    }
}

fn visibility(repository: &Repository) -> String {
    let by_flag = || if repository.private { "private" } else { "public" }.to_owned();
    repository.visibility.clone().unwrap_or_else(by_flag)
}

async fn branch_settings(
    client: &Client,
    name: &RepositoryName,
    branch: &str,
) -> (Seen<bool>, Seen<Vec<RequiredCheck>>) {
    let rules = client.branch_rules(name, branch).await;
    let protection = match client.branch_protection(name, branch).await {
        Ok(protection) => Ok(Some(protection)),
        Err(error) if error.is_not_found() && error.said.contains(UNPROTECTED) => Ok(None),
        Err(error) => Err(error),
    };
    of_branch(&rules, &protection)
}

/// Protection and required checks, from rulesets and branch protection combined.
fn of_branch(
    rules: &Result<Vec<BranchRule>, ForgeError>,
    protection: &Result<Option<Protection>, ForgeError>,
) -> (Seen<bool>, Seen<Vec<RequiredCheck>>) {
    let protects = |rule: &BranchRule| PROTECTING.contains(&rule.kind.as_str());
    let by_rule = rules.as_ref().is_ok_and(|rules| rules.iter().any(protects));
    let protected = match (by_rule, protection, rules) {
        (true, ..) | (_, Ok(Some(_)), _) => Seen::Known(true),
        (_, Ok(None), Ok(_)) => Seen::Known(false),
        (_, Err(error), _) | (_, _, Err(error)) => unreadable(error),
    };
    let required = match (rules, protection) {
        (Ok(rules), Ok(protection)) => Seen::Known(required(rules, protection.as_ref())),
        (Err(error), _) | (_, Err(error)) => unreadable(error),
    };
    (protected, required)
}

fn required(rules: &[BranchRule], protection: Option<&Protection>) -> Vec<RequiredCheck> {
    let of_rules = rules.iter().filter_map(|rule| rule.parameters.as_ref());
    let of_rules =
        of_rules.flat_map(|parameters| parameters.required_status_checks.iter().cloned());
    let mut checks: Vec<Check> = of_rules.collect();
    if let Some(protected) = protection.and_then(|it| it.required_status_checks.as_ref()) {
        checks.extend(protected.checks.iter().cloned());
        if protected.checks.is_empty() {
            let named = protected.contexts.iter();
            checks.extend(named.map(|name| Check { context: name.clone(), app_id: None }));
        }
    }
    let mut required: Vec<RequiredCheck> = Vec::new();
    for check in checks {
        let application = check.app_id.and_then(|id| u64::try_from(id).ok());
        let check = RequiredCheck { name: check.context, application };
        if !required.contains(&check) {
            required.push(check);
        }
    }
    required
}

async fn actions(client: &Client, name: &RepositoryName) -> Seen<Actions> {
    let permissions = match client.actions_permissions(name).await {
        Ok(permissions) => permissions,
        Err(error) => return unreadable(&error),
    };
    let allowed = permissions.allowed_actions.as_deref();
    Seen::Known(match allowed {
        _ if !permissions.enabled => Actions::Disabled,
        Some("local_only") => Actions::OfOwner,
        Some("selected") => {
            Actions::Selected(seen(client.selected_actions(name).await.map(|it| Selection {
                of_github: it.github_owned_allowed,
                of_verified: it.verified_allowed,
                patterns: it.patterns_allowed,
            })))
        }
        _ => Actions::All,
    })
}

fn set(names: Result<Vec<String>, ForgeError>) -> Seen<BTreeSet<String>> {
    seen(names.map(|names| names.into_iter().collect()))
}

fn seen<T>(part: Result<T, ForgeError>) -> Seen<T> {
    part.map_or_else(|error| unreadable(&error), Seen::Known)
}

/// Why a part could not be read, in words that are the same for every repository.
fn unreadable<T>(error: &ForgeError) -> Seen<T> {
    Seen::Unreadable(match (&error.accepted, error.status) {
        (Some(accepted), _) => format!("the token lacks {}", in_our_words(accepted)),
        (None, Some(status)) => format!("the forge answered {status}: {}", error.said),
        (None, None) => error.said.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::ForgeErrorKind;

    fn rule(kind: &str, checks: &[(&str, Option<i64>)]) -> BranchRule {
        let checks = checks
            .iter()
            .map(|(name, app_id)| Check { context: (*name).to_owned(), app_id: *app_id });
        let parameters = super::super::calls::settings::RuleParameters {
            required_status_checks: checks.collect(),
        };
        BranchRule { kind: kind.to_owned(), parameters: Some(parameters) }
    }

    fn refused<T>() -> Result<T, ForgeError> {
        Err(ForgeError::new(ForgeErrorKind::Forbidden, "GET /x", "may not"))
    }

    #[test]
    fn rulesets_and_protection_add_up() {
        let protection: Protection = serde_json::from_str(
            r#"{"required_status_checks": {"checks": [{"context": "a", "app_id": -1}, {"context": "b", "app_id": 7}]}}"#,
        )
        .expect("protection");
        let rules = Ok(vec![rule("required_status_checks", &[("a", None), ("c", Some(15_368))])]);
        let (protected, checks) = of_branch(&rules, &Ok(Some(protection)));
        assert_eq!(protected, Seen::Known(true));
        let check = |name: &str, application| RequiredCheck { name: name.to_owned(), application };
        assert_eq!(
            checks,
            Seen::Known(vec![check("a", None), check("c", Some(15_368)), check("b", Some(7))])
        );
    }

    #[test]
    fn what_one_half_shows_is_enough_to_be_protected_and_not_to_know_all_checks() {
        let (protected, checks) = of_branch(&Ok(vec![rule("pull_request", &[])]), &refused());
        assert_eq!(protected, Seen::Known(true));
        assert!(matches!(checks, Seen::Unreadable(_)));
        let (protected, _) = of_branch(&Ok(Vec::new()), &refused());
        assert!(matches!(protected, Seen::Unreadable(_)));
        let (protected, checks) = of_branch(&Ok(Vec::new()), &Ok(None));
        assert_eq!((protected, checks), (Seen::Known(false), Seen::Known(Vec::new())));
    }
}
