//! What the installation of a GitHub App may do: the forge says it with each token, so nothing is tried.

use std::collections::{BTreeMap, BTreeSet};

use super::commands_with;
use crate::doctor::permissions::is_wanted;
use crate::doctor::{Examined, Group, State, Uses};
use crate::forge::permissions::{Access, COMMANDS};

/// The most permissions that a line names.
const NAMED: usize = 8;

/// One line for each permission that a command needs, and one for those that no command needs.
pub(super) fn permitted(granted: &BTreeMap<String, String>, uses: Uses) -> Vec<Examined> {
    let mut needed: BTreeMap<&str, BTreeSet<Access>> = BTreeMap::new();
    for it in COMMANDS.iter().flat_map(|needs| needs.permissions).filter(|it| is_wanted(it, uses)) {
        needed.entry(it.name).or_default().insert(it.access);
    }
    let mut examined: Vec<Examined> = needed
        .iter()
        .map(|(name, levels)| {
            let access = granted.get(*name).map(String::as_str);
            let is_for_writing = levels.contains(&Access::Write);
            let (state, found) = match access {
                None => (State::Missing, "not permitted"),
                Some("read") if is_for_writing => (State::Limited, "read, not write"),
                Some("read") => (State::Works, "read"),
                Some(_) if is_for_writing => (State::Works, "write"),
                Some(_) => (State::Limited, "write, where reading would do"),
            };
            let examined =
                Examined::new(Group::Forge, format!("permission {name}"), state, found)
                    .needed_for(commands_with(name));
            match state {
                State::Works => examined,
                _ => examined.hint("change it in the App's settings if such a command is to run with it, and approve \
                                    that for the installation"),
            }
        })
        .collect();
    let is_known = |name: &str| name == "metadata" || needed.contains_key(name);
    let needless: Vec<String> = granted
        .iter()
        .filter(|(name, _)| !is_known(name))
        .map(|(name, access)| format!("{name}: {access}"))
        .collect();
    if !needless.is_empty() {
        let more = match needless.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named: Vec<&str> = needless.iter().take(NAMED).map(String::as_str).collect();
        let found = format!("{}{more}, which no command needs", named.join(", "));
        examined.push(
            Examined::new(Group::Forge, "permissions", State::Limited, found)
                .hint("an App without them does less harm in the wrong hands"),
        );
    }
    examined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_forge_permits_is_compared_with_what_commands_need() {
        let granted = [("contents", "read"), ("actions", "write"), ("issues", "write")];
        let granted = granted.map(|(name, access)| (name.to_owned(), access.to_owned())).into();
        let examined = permitted(&granted, Uses::of(None));
        let of = |name: &str| {
            let found = examined.iter().find(|it| it.name == name).expect("a line");
            (found.state, found.found.as_str())
        };
        assert_eq!(of("permission contents"), (State::Limited, "read, not write"));
        assert_eq!(of("permission actions"), (State::Works, "write"));
        assert_eq!(of("permission checks"), (State::Missing, "not permitted"));
        assert_eq!(of("permissions"), (State::Limited, "issues: write, which no command needs"));
        let uses = Uses { images: false, package: true };
        let without = permitted(&granted, uses);
        assert!(!without.iter().any(|it| it.name == "permission packages"));
    }
}
