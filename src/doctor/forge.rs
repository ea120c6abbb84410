//! The forge: whether it responds, which credential is used, what it permits, and the rest of the rate limit.

mod app;
mod dispatch;
mod failed;

pub use dispatch::{DispatchToken, Reach, dispatch_token};
use failed::{of_forge, what_to_do};

use super::{Examined, Group, State, Uses};
use crate::counted::counted;
use crate::fleet::RepositoryName;
use crate::forge::account::span;
use crate::forge::calls::owners::{Budget, Budgets};
use crate::forge::credential::{Found, variables_for};
use crate::forge::permissions::{Access, COMMANDS};
use crate::forge::scan::{Place, Scan};
use crate::forge::{Client, Credential, ForgeAddress, ForgeErrorKind};
use crate::source::shell::quoted;

/// A scope of a classic token: scopes that include it, and what it permits.
struct Scope {
    name: &'static str,
    within: &'static [&'static str],
    lets: &'static str,
}

/// The scope that is needed only for images.
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
        lets: "finding all of an organisation's repositories, in `fleet discover` and `init --owner`; asking teams for \
               reviews, in campaigns",
    },
    Scope {
        name: PACKAGES,
        within: &["write:packages"],
        lets: "seeing private images, in `fleet status` and `fleet retire`",
    },
];

/// Scopes that no command needs and that would do the most damage in the wrong hands.
const TOO_MUCH: [&str; 4] = ["delete_repo", "admin:org", "admin:enterprise", "site_admin"];

/// Requests that show whether a fine-grained token or an App has a permission. What it is good for is in the table of
/// permissions.
const PROBES: [(&str, &str); 6] = [
    ("contents", "branches?per_page=1"),
    ("pull_requests", "pulls?per_page=1"),
    ("actions", "actions/runs?per_page=1"),
    ("administration", "actions/permissions"),
    ("secrets", "actions/secrets?per_page=1"),
    ("variables", "actions/variables?per_page=1"),
];

/// What anybody may read of a public repository, whatever the token permits.
const OF_ANYBODY: [&str; 3] = ["contents", "pull_requests", "actions"];

/// Maximum number of commands to name for a permission; `doctor --permissions` names all.
const NAMED: usize = 6;

/// The commands that need a permission: those that need it for reading, then those for writing. It follows "needed for".
fn commands_with(permission: &str) -> String {
    let with = |access: Access| {
        let needs = COMMANDS.iter().filter(move |needs| {
            needs.permissions.iter().any(|it| it.name == permission && it.access == access)
        });
        let names: Vec<String> = needs.map(|needs| format!("`{}`", needs.command)).collect();
        match names.get(..NAMED) {
            Some(first) if names.len() > NAMED + 1 => {
                format!("{} and {} more", first.join(", "), names.len() - NAMED)
            }
            _ => names.join(", "),
        }
    };
    let (reading, writing) = (with(Access::Read), with(Access::Write));
    let writing = if writing.is_empty() { writing } else { format!("writing in {writing}") };
    let parts: Vec<String> = [reading, writing].into_iter().filter(|it| !it.is_empty()).collect();
    parts.join("; ")
}

/// Permissions that cannot be tested without side effects.
const UNTOLD: [&str; 4] = ["workflows", "checks", "statuses", "packages"];

/// A budget is reported as low once less than a tenth of it is left.
const LOW: u64 = 10;

/// The credential, without any request.
#[must_use]
pub fn credential(address: &ForgeAddress, found: &Found) -> Examined {
    let name = "credential";
    let examined = match &found.credential {
        Credential::Anonymous => {
            let [first, second] = variables_for(address);
            let but = found.but.as_ref().map(|but| format!("; {but}")).unwrap_or_default();
            let said = format!("no token was found{but}");
            let examined = Examined::new(Group::Forge, name, State::Fails, said);
            if address.is_this_machine() {
                // `gh` is not used for a forge on this machine.
                examined.hint(format!("put one in {first} or {second}"))
            } else {
                let gh = format!("gh auth login --hostname {}", quoted(&address.host()));
                examined.hint(format!("`{gh}`, or put one in {first} or {second}"))
            }
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
    examined.needed_for("every command that uses the forge")
}

/// What the forge says of the credential that was found: `members` are the repositories that it should see.
pub async fn examine(
    client: &Client,
    members: &[RepositoryName],
    found: &Found,
    uses: Uses,
) -> Vec<Examined> {
    let address = client.address().to_string();
    let budgets = match client.budgets().await {
        Ok(budgets) => budgets,
        Err(error) => return vec![of_forge(&address, &error)],
    };
    let mut examined =
        vec![Examined::new(Group::Forge, "forge", State::Works, format!("{address} answers"))];
    examined.push(left(&budgets, client.time().now()));
    if client.is_anonymous() {
        return examined;
    }
    if let Ok(viewer) = client.viewer().await {
        let account = format!("the token is {}'s", viewer.login);
        examined.push(Examined::new(Group::Forge, "account", State::Works, account));
    }
    let scopes = client.scopes().await.ok().flatten();
    if let Some(scopes) = &scopes {
        examined.extend(of_scopes(scopes, uses, &|scope| added(scope, found, client.address())));
    }
    let granted = client.granted();
    if !granted.is_empty() {
        examined.extend(app::permitted(&granted, uses));
    }
    if !members.is_empty() {
        examined.extend(of_members(client, members, scopes.as_deref()).await);
    }
    examined
}

/// How a token gets a scope: only `gh` can add one to its own.
fn added(scope: &str, found: &Found, address: &ForgeAddress) -> String {
    if !found.is_from_gh() {
        let place = &found.place;
        return format!(
            "add the scope `{scope}` to the token in {place}, in its settings on the forge"
        );
    }
    let host = match address.is_of_github() {
        true => String::new(),
        false => format!(" --hostname {}", quoted(&address.host())),
    };
    format!("`gh auth refresh{host} --scopes {scope}` adds it")
}

/// Which members the token sees, and what it may do in one of them.
async fn of_members(
    client: &Client,
    members: &[RepositoryName],
    scopes: Option<&[String]>,
) -> Vec<Examined> {
    let places: Vec<Place> =
        members.iter().map(|name| Place { name: name.clone(), reference: None }).collect();
    let heads = Scan::new(client, []).heads(&places, &|_| {}).await;
    let mut unseen: Vec<(&RepositoryName, String)> = Vec::new();
    let (mut archived, mut shut, mut empty) = (Vec::new(), Vec::new(), Vec::new());
    let (mut usable, mut first_seen) = (None, None);
    for (member, head) in members.iter().zip(heads) {
        match head {
            Ok(head) if head.is_disabled => shut.push(member),
            Ok(head) if head.tree.is_none() => empty.push(member),
            Ok(head) => {
                let takes_writes = usable.is_none() && !head.is_archived;
                usable = if takes_writes { Some(member) } else { usable };
                archived.extend(head.is_archived.then_some(member));
                first_seen = first_seen.or(Some(member));
            }
            Err(error) if error.kind == ForgeErrorKind::Disabled => shut.push(member),
            Err(error) if error.kind == ForgeErrorKind::Conflict => empty.push(member),
            Err(error) => unseen.push((member, error.said)),
        }
    }
    let readable = members.len() - unseen.len() - shut.len() - empty.len();
    let shown = members.len() - shut.len();
    let mut examined = vec![seen(readable, members.len(), shown, &unseen)];
    examined
        .extend(ALL_APART.iter().zip([archived, shut, empty]).filter_map(|(it, of)| it.of(&of)));
    if let Some(member) = usable.or(first_seen) {
        examined.extend(of_member(client, member, members.len(), scopes).await);
    }
    examined
}

/// How many of the members can be read, and why others cannot. It fails if the token sees none of those that the forge
/// shows to anyone: not the disabled ones.
fn seen(
    readable: usize,
    all: usize,
    shown: usize,
    unseen: &[(&RepositoryName, String)],
) -> Examined {
    let examined = |state, found: String| Examined::new(Group::Forge, "members", state, found);
    let can_be_read = format!("{readable} of {all} can be read");
    // Shows the most common reason, since the others may have different ones.
    let alike = |why: &str| unseen.iter().filter(|(_, other)| other == why).count();
    let commonest = unseen.iter().rev().max_by_key(|(_, why)| alike(why));
    let Some((name, why)) = commonest else {
        return examined(State::Works, can_be_read);
    };
    let others = match unseen.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    let found = format!("{can_be_read}; not `{name}`{others}: {why}");
    let state = if unseen.len() == shown { State::Fails } else { State::Limited };
    examined(state, found)
        .needed_for("every command that concerns them: what cannot be read ends with exit code 3")
        .hint("is the name right, has the token `contents: read`, and does it have access to this organisation and \
               repository (its owners may have to approve it, or to authorise it for single sign-on)? If the \
               repository was never created, `shipshape new SLUG` creates it")
}

/// Members that are visible but limited in what commands can do with them.
struct Apart {
    word: &'static str,
    needed_for: &'static str,
    hint: fn(&RepositoryName) -> String,
}

/// Archived, disabled and empty members.
const ALL_APART: [Apart; 3] = [
    Apart {
        word: "archived",
        needed_for: "campaigns, pins and cascades: they leave these out",
        hint: |first| {
            format!(
                "`shipshape fleet retire {} --apply` records that in fleet.yaml; or unarchive it",
                first.name
            )
        },
    },
    Apart {
        word: "shut",
        needed_for: "every command that reads them",
        hint: |_| {
            "the forge has disabled it: its owners can ask the forge why; until then set `retired` in fleet.yaml".to_owned()
        },
    },
    Apart {
        word: "empty",
        needed_for: "every command that reads them: they have no commit",
        hint: |_| "push a first commit, set `retired`, or remove it from fleet.yaml".to_owned(),
    },
];

impl Apart {
    fn of(&self, members: &[&RepositoryName]) -> Option<Examined> {
        let (first, others) = members.split_first()?;
        let others = match others.len() {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        let Self { word, needed_for, hint } = self;
        let found = format!("{} {word}: `{first}`{others}", counted(members.len(), "member"));
        let examined =
            Examined::new(Group::Forge, format!("{word} members"), State::Limited, found);
        Some(examined.needed_for(*needed_for).hint(hint(first)))
    }
}

/// What is left of the hourly rate limit.
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
        examined.hint(format!("the limit is reset in {}; commands wait for it", span(wait)))
    }
}

/// What the scopes of a classic token let one do.
fn of_scopes(scopes: &[String], uses: Uses, added: &dyn Fn(&str) -> String) -> Vec<Examined> {
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
            if state == State::Works { examined } else { examined.hint(added(scope.name)) }
        })
        .collect();
    let needless: Vec<&str> = TOO_MUCH.into_iter().filter(|scope| has(scope)).collect();
    if !needless.is_empty() {
        let found = format!("{}, which no command needs", needless.join(", "));
        let hint = "a token without them does less harm in the wrong hands";
        examined.push(Examined::new(Group::Forge, "scopes", State::Limited, found).hint(hint));
    }
    examined
}

/// What the token may do in one member's repository, of so many; each permission is tried where no scopes tell.
async fn of_member(
    client: &Client,
    member: &RepositoryName,
    all: usize,
    scopes: Option<&[String]>,
) -> Vec<Examined> {
    let asked = format!("asked of `{member}`, 1 of {all}");
    let name = "access";
    let lets = "writing: `new`, pull requests; setting up (admin): archiving in `fleet retire`";
    let repository = match client.repository(member).await {
        Ok(repository) => repository,
        Err(error) => {
            let found = format!("{asked}: {error}");
            let thing = Examined::new(Group::Forge, name, State::Limited, found);
            return vec![thing.needed_for(lets).hint(what_to_do(&error))];
        }
    };
    let mut examined = Vec::new();
    let permissions = repository.permissions.unwrap_or_default();
    let may = match (permissions.admin, permissions.push) {
        (true, _) => "be written to and set up",
        (false, true) => "be written to",
        (false, false) => "only be read",
    };
    let is_public = repository.visibility.as_deref() == Some("public");
    let can_write = permissions.admin || permissions.push;
    // The forge tells what the account may do. A classic token may do as much, within its scopes. That another one may
    // not write can as well be due to what it was permitted.
    let lacks_scope = scopes.is_some_and(|scopes| {
        let has = |name: &str| scopes.iter().any(|scope| scope == name);
        !(has("repo") || is_public && has("public_repo"))
    });
    let found = match scopes {
        None if !can_write => {
            format!("{asked}: by its account, or by what it permits, it can {may}")
        }
        None => format!("{asked}: by its account it can {may}"),
        Some(_) if lacks_scope && can_write => {
            format!("{asked}: by its account it can {may}, but the token lacks the scope `repo`")
        }
        Some(_) => format!("{asked}: it can {may}"),
    };
    let state = if can_write && !lacks_scope { State::Works } else { State::Limited };
    let mut access = Examined::new(Group::Forge, name, state, found).needed_for(lets);
    if !can_write {
        access = access.hint(match scopes {
            None => {
                "where commands are to open pull requests, check both: the account needs write access, and the token \
                 `contents: write`"
            }
            Some(_) => "ask for write access where commands are to open pull requests",
        });
    }
    examined.push(access);
    // Of an App, the forge has said it with the token.
    if scopes.is_some() || !client.granted().is_empty() {
        return examined;
    }
    for (permission, probe) in PROBES {
        let name = format!("permission {permission}");
        let thing = match client.may_read(member, probe).await {
            Ok(None) => {
                let found = match is_public && OF_ANYBODY.contains(&permission) {
                    true => "read, as by anybody: the repository is public",
                    false => "read, at least",
                };
                Examined::new(Group::Forge, name, State::Works, found)
            }
            Ok(Some(error)) => Examined::new(Group::Forge, name, State::Missing, error.said)
                .hint(format!("give the token `{permission}: read`")),
            Err(error) => Examined::new(Group::Forge, name, State::Limited, error.to_string())
                .hint(what_to_do(&error)),
        };
        examined.push(thing.needed_for(commands_with(permission)));
    }
    examined.push(untold());
    examined
}

/// Permissions of such a token that no forge reveals without a write.
fn untold() -> Examined {
    let found = format!(
        "whether it may write, and {}: the forge shows this only when it is tried",
        UNTOLD.map(|name| format!("`{name}`")).join(", ")
    );
    Examined::new(Group::Forge, "not known", State::Limited, found)
        .needed_for("commands that write; `campaign status`; private images")
        .hint("compare the token's settings with `shipshape doctor --permissions COMMAND`")
}

#[cfg(test)]
mod tests;
