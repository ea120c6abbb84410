//! The forge: whether it answers, who asks, what the token may do, and what is left of its hour.

use super::{Examined, Group, State, Uses};
use crate::fleet::RepositoryName;
use crate::forge::account::span;
use crate::forge::calls::owners::{Budget, Budgets};
use crate::forge::credential::{Found, variables_for};
use crate::forge::permissions::{Access, COMMANDS};
use crate::forge::{Client, Credential, ForgeAddress, ForgeError, ForgeErrorKind};

/// A scope of a classic token: others that include it, and what it lets one do.
struct Scope {
    name: &'static str,
    within: &'static [&'static str],
    lets: &'static str,
}

/// The scope that only images are looked at with.
const PACKAGES: &str = "read:packages";

/// The scopes that commands need.
const SCOPES: [Scope; 4] = [
    Scope {
        name: "repo",
        within: &[],
        lets: "reading private repositories, pull requests, commits, settings (`public_repo` alone: public ones)",
    },
    Scope {
        name: "workflow",
        within: &[],
        lets: "changing files below .github/workflows, in `new` and in pull requests; without it the forge answers 404",
    },
    Scope {
        name: "read:org",
        within: &["write:org", "admin:org"],
        lets: "finding all of an organisation's repositories, in `fleet discover` and `init --owner`",
    },
    Scope {
        name: PACKAGES,
        within: &["write:packages"],
        lets: "seeing private images, in `fleet status` and `fleet retire`",
    },
];

/// Scopes that no command needs, and that would hurt most in wrong hands.
const TOO_MUCH: [&str; 4] = ["delete_repo", "admin:org", "admin:enterprise", "site_admin"];

/// What is read of a repository to see whether a permission of a fine-grained token or of an App is there; what
/// it lets one do is told by the table of permissions.
const PROBES: [(&str, &str); 6] = [
    ("contents", "branches?per_page=1"),
    ("pull_requests", "pulls?per_page=1"),
    ("actions", "actions/runs?per_page=1"),
    ("administration", "actions/permissions"),
    ("secrets", "actions/secrets?per_page=1"),
    ("variables", "actions/variables?per_page=1"),
];

/// The commands that need a permission: those that read with it, then those that take it to write.
fn commands_with(permission: &str) -> String {
    let with = |access: Access| {
        let needs = COMMANDS.iter().filter(move |needs| {
            needs.permissions.iter().any(|it| it.name == permission && it.access == access)
        });
        needs.map(|needs| format!("`{}`", needs.command)).collect::<Vec<_>>()
    };
    let (reading, writing) = (with(Access::Read), with(Access::Write));
    let mut parts = Vec::new();
    if !reading.is_empty() {
        parts.push(reading.join(", "));
    }
    if !writing.is_empty() {
        parts.push(format!("to write in {}", writing.join(", ")));
    }
    parts.join("; ")
}

/// Below this share of a budget it is told to be low.
const LOW: u64 = 10;

/// Who asks, before anybody was asked.
#[must_use]
pub fn credential(address: &ForgeAddress, found: &Found) -> Examined {
    let name = "credential";
    let examined = match &found.credential {
        Credential::Anonymous => {
            let [first, second] = variables_for(address);
            let gh = format!("gh auth login --hostname {}", address.host());
            Examined::new(Group::Forge, name, State::Fails, "no token was found")
                .hint(format!("`{gh}`, or put one in {first} or {second}"))
        }
        Credential::Token(token) => {
            let found = format!("{}, from {}", token.kind(), found.place);
            Examined::new(Group::Forge, name, State::Works, found)
        }
        Credential::App(_) => {
            let found = format!("a GitHub App, from {}", found.place);
            Examined::new(Group::Forge, name, State::Works, found)
        }
    };
    examined.needed_for("every command that speaks with the forge")
}

/// What the forge says: `member` is a repository that the token should see.
pub async fn examine(
    client: &Client,
    member: Option<&RepositoryName>,
    uses: Uses,
) -> Vec<Examined> {
    let address = client.address().to_string();
    let budgets = match client.budgets().await {
        Ok(budgets) => budgets,
        Err(error) => return vec![not_answered(&address, &error)],
    };
    let mut examined =
        vec![Examined::new(Group::Forge, "forge", State::Works, format!("{address} answers"))];
    examined.push(left(&budgets, client.time().now()));
    if client.is_anonymous() {
        return examined;
    }
    if let Ok(viewer) = client.viewer().await {
        let found = format!("the token is {}'s", viewer.login);
        examined.push(Examined::new(Group::Forge, "account", State::Works, found));
    }
    let scopes = client.scopes().await.ok().flatten();
    if let Some(scopes) = &scopes {
        examined.extend(of_scopes(scopes, uses));
    }
    if let Some(member) = member {
        examined.extend(of_member(client, member, scopes.is_none()).await);
    }
    examined
}

fn not_answered(address: &str, error: &ForgeError) -> Examined {
    let examined = |found: String| Examined::new(Group::Forge, "forge", State::Fails, found);
    match error.kind {
        ForgeErrorKind::Unauthorized => {
            examined(format!("{address} does not know the token: {}", error.said))
                .hint("it has expired or was withdrawn: make a new one")
        }
        _ => examined(format!("{address} did not answer: {error}"))
            .hint("is the address right, and does this machine reach it? A proxy is taken from HTTPS_PROXY"),
    }
}

/// What is left of the hour.
fn left(budgets: &Budgets, now: f64) -> Examined {
    let say =
        |name: &str, budget: &Budget| format!("{} of {} {name}", budget.remaining, budget.limit);
    let mut found = say("requests", &budgets.core);
    if budgets.graphql.limit > 0 {
        found.push_str(&format!(", {}", say("points of GraphQL", &budgets.graphql)));
    }
    let scarce = |budget: &Budget| budget.limit > 0 && budget.remaining * LOW < budget.limit;
    let empty = |budget: &Budget| budget.limit > 0 && budget.remaining == 0;
    let both = [&budgets.core, &budgets.graphql];
    let reset = both.iter().filter(|it| scarce(it)).map(|it| it.reset).max().unwrap_or_default();
    let wait = reset.saturating_sub(now as u64);
    let state = if both.iter().any(|it| empty(it)) {
        State::Fails
    } else if both.iter().any(|it| scarce(it)) {
        State::Limited
    } else {
        State::Works
    };
    let examined = Examined::new(Group::Forge, "budget", state, found + " are left of this hour");
    if state == State::Works {
        examined
    } else {
        examined.hint(format!("it is full again in {}; commands wait for it", span(wait)))
    }
}

/// What the scopes of a classic token let one do.
fn of_scopes(scopes: &[String], uses: Uses) -> Vec<Examined> {
    let has = |name: &str| scopes.iter().any(|scope| scope == name);
    let mut examined: Vec<Examined> = SCOPES
        .iter()
        .filter(|scope| uses.images || scope.name != PACKAGES)
        .map(|scope| {
            let name = format!("scope {}", scope.name);
            let includes = scope.within.iter().find(|wider| has(wider));
            let (state, found) = match includes {
                _ if has(scope.name) => (State::Works, "there".to_owned()),
                Some(wider) => (State::Works, format!("within `{wider}`")),
                None if scope.name == "repo" && has("public_repo") => {
                    (State::Limited, "only `public_repo`".to_owned())
                }
                None => (State::Missing, "not there".to_owned()),
            };
            let examined = Examined::new(Group::Forge, name, state, found).needed_for(scope.lets);
            if state == State::Works {
                examined
            } else {
                examined.hint(format!("`gh auth refresh --scopes {}` adds it", scope.name))
            }
        })
        .collect();
    let needless: Vec<&str> = TOO_MUCH.into_iter().filter(|scope| has(scope)).collect();
    if !needless.is_empty() {
        let found = format!("{}, which no command needs", needless.join(", "));
        let hint = "a token without them does less harm in wrong hands";
        examined.push(Examined::new(Group::Forge, "scopes", State::Limited, found).hint(hint));
    }
    examined
}

/// What the token may do in a member's repository; each permission is tried where scopes do not tell.
async fn of_member(client: &Client, member: &RepositoryName, probe: bool) -> Vec<Examined> {
    let repository = match client.repository(member).await {
        Ok(repository) => repository,
        Err(error) => {
            let found = format!("`{member}` cannot be seen: {error}");
            let hint = "is the name right, and was the token given this organisation (its owners may have to approve it, or to authorise it for single sign-on)?";
            return vec![Examined::new(Group::Forge, "members", State::Fails, found).hint(hint)];
        }
    };
    let mut examined = Vec::new();
    let permissions = repository.permissions.unwrap_or_default();
    let (state, found) = match (permissions.admin, permissions.push) {
        (true, _) => (State::Works, format!("`{member}` can be read, written to and set up")),
        (false, true) => (State::Works, format!("`{member}` can be read and written to")),
        (false, false) => (State::Limited, format!("`{member}` can only be read")),
    };
    let lets = "writing: `new`, pull requests; setting up (admin): archiving in `fleet retire`";
    let mut members = Examined::new(Group::Forge, "members", state, found).needed_for(lets);
    if state == State::Limited {
        members = members.hint("ask for write access where commands are to open pull requests");
    }
    examined.push(members);
    if !probe {
        return examined;
    }
    for (permission, probe) in PROBES {
        let name = format!("permission {permission}");
        let thing = match client.may_read(member, probe).await {
            Ok(None) => Examined::new(Group::Forge, name, State::Works, "read, at least"),
            Ok(Some(error)) => Examined::new(Group::Forge, name, State::Missing, error.said)
                .hint(format!("give the token `{permission}: read`")),
            Err(error) => Examined::new(Group::Forge, name, State::Limited, error.to_string())
                .hint("try again: the forge did not say"),
        };
        examined.push(thing.needed_for(commands_with(permission)));
    }
    examined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::Token;

    fn states(scopes: &[&str]) -> String {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let uses = Uses::of(None);
        of_scopes(&scopes, uses).iter().map(|it| format!("{} {:?}\n", it.name, it.state)).collect()
    }

    #[test]
    fn scopes_include_others_and_some_are_too_much() {
        assert_eq!(
            states(&["repo", "workflow", "admin:org", "write:packages", "delete_repo"]),
            "scope repo Works\nscope workflow Works\nscope read:org Works\nscope read:packages Works\nscopes Limited\n"
        );
        assert_eq!(
            states(&["public_repo"]),
            "scope repo Limited\nscope workflow Missing\nscope read:org Missing\nscope read:packages Missing\n"
        );
    }

    #[test]
    fn every_permission_that_is_tried_is_one_that_some_command_needs() {
        for (permission, _) in PROBES {
            assert!(!commands_with(permission).is_empty(), "{permission}");
        }
        assert!(commands_with("contents").contains("; to write in "));
        assert!(
            commands_with("secrets").contains("`drift --settings`"),
            "{}",
            commands_with("secrets")
        );
    }

    #[test]
    fn a_budget_is_low_before_it_is_empty() {
        let budgets = |remaining| Budgets {
            core: Budget { limit: 5000, remaining, reset: 160 },
            ..Budgets::default()
        };
        assert_eq!(left(&budgets(4000), 100.0).state, State::Works);
        let low = left(&budgets(100), 100.0);
        assert_eq!(
            (low.state, low.hint.as_deref()),
            (State::Limited, Some("it is full again in 1 min; commands wait for it"))
        );
        assert_eq!(left(&budgets(0), 100.0).state, State::Fails);
    }

    #[test]
    fn where_a_token_was_found_is_told_and_never_the_token() {
        let address = ForgeAddress::parse("https://github.com").expect("an address");
        let token = Token::new("ghp_hunter2").expect("a token");
        let found = Found { credential: Credential::Token(token), place: "GH_TOKEN".to_owned() };
        let examined = credential(&address, &found);
        assert_eq!(examined.found, "personal access token (classic), from GH_TOKEN");
        let none = Found { credential: Credential::Anonymous, place: "nowhere".to_owned() };
        assert_eq!(credential(&address, &none).state, State::Fails);
    }
}
