//! The permissions that a token needs, before there is one.
//!
//! From the table of [`crate::forge::permissions`] and the commands that the user wants to run, lists what each needs,
//! and all of it together. No forge is contacted and no token is needed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::Uses;
use crate::forge::permissions::{Access, COMMANDS, CommandNeeds, Permission, SIGNS_OF_LIFE};

/// Name and version of the document, see `schemas/permissions.schema.json`.
pub const SCHEMA: &str = "shipshape/permissions/1";

/// The permissions that commands need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Wanted {
    /// Name and version of this form.
    pub schema: &'static str,
    /// The commands, those that only read first.
    pub commands: Vec<Command>,
    /// What they need together of the usual token: the permission with the furthest access, `read` or `write`.
    pub together: BTreeMap<&'static str, &'static str>,
    /// What `TEMPLATE_DISPATCH_TOKEN`, which notifies members and does nothing else, needs for them.
    pub together_by_dispatch_token: BTreeMap<&'static str, &'static str>,
    /// The scopes of a classic token that do as well.
    pub scopes: Vec<&'static str>,
    /// The same commands with options that need something else: they are not counted.
    pub not_counted: Vec<&'static str>,
}

/// The permissions that a command needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Command {
    /// As it is typed, with the options that change its needs.
    pub command: &'static str,
    /// Whether it changes anything on the forge.
    pub writes: bool,
    /// The repositories in which the token has to be valid, in words.
    pub repositories: &'static str,
    /// The permissions on these repositories. `metadata: read` comes with every token.
    pub permissions: Vec<Needed>,
    /// What `TEMPLATE_DISPATCH_TOKEN` needs in the members, which are notified with no other token.
    pub by_dispatch_token: Vec<Needed>,
}

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Needed {
    /// Its name, as a token's settings show it in lower case: `contents`, `pull_requests`.
    pub name: &'static str,
    /// `read` or `write`.
    pub access: &'static str,
    /// What is done with it.
    pub purpose: &'static str,
}

impl Wanted {
    /// Whether the words name a command that uses a forge, or are a prefix of several.
    #[must_use]
    pub fn knows(words: &str) -> bool {
        let asked = Words::of(words);
        COMMANDS.iter().any(|needs| asked.begins(&Words::of(needs.command)))
    }

    /// The commands that use a forge and end in these words, without options: `campaign apply` for `apply`.
    #[must_use]
    pub fn ending_in(words: &str) -> Vec<String> {
        let asked = Words::of(words).name;
        let names = COMMANDS.iter().map(|needs| Words::of(needs.command).name);
        let is_meant = |name: &Vec<&str>| !asked.is_empty() && name.ends_with(&asked);
        let mut meant: Vec<String> = names.filter(is_meant).map(|name| name.join(" ")).collect();
        meant.sort_unstable();
        meant.dedup();
        meant
    }

    /// The distinct words of the commands that use a forge.
    #[must_use]
    pub fn words() -> Vec<&'static str> {
        let words = COMMANDS.iter().flat_map(|needs| needs.command.split(' '));
        let mut words: Vec<&str> = words.filter(|word| !word.starts_with('-')).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// What these commands need. They are given as they are typed, with options and values; a common prefix such as
    /// `campaign` stands for all of its commands, and no words for all that the fleet has a use for. Needs that concern
    /// only images or a released package are left out if the fleet has none.
    ///
    /// # Errors
    /// The words that do not name a command that uses a forge.
    pub fn of(words: &[String], uses: Uses) -> Result<Self, String> {
        if let Some(unknown) = words.iter().find(|words| !Self::knows(words)) {
            return Err(unknown.clone());
        }
        let asked: Vec<Words<'_>> = words.iter().map(|words| Words::of(words)).collect();
        let meant: Vec<&CommandNeeds> = match asked.is_empty() {
            true => COMMANDS.iter().filter(|needs| is_of_use(needs, uses)).collect(),
            false => asked.iter().flat_map(Words::meant).collect(),
        };
        let is_meant =
            |needs: &CommandNeeds| meant.iter().any(|known| known.command == needs.command);
        let related = |needs: &&CommandNeeds| {
            !is_meant(needs) && asked.iter().any(|it| it.begins(&Words::of(needs.command)))
        };
        let not_counted = COMMANDS.iter().filter(related).map(|needs| needs.command).collect();
        let (mut reading, mut writing) = (Vec::new(), Vec::new());
        let mut together = BTreeMap::new();
        let mut notifying = BTreeMap::new();
        let mut scopes = Vec::new();
        for needs in COMMANDS.iter().filter(|needs| is_meant(needs)) {
            let permissions = needs.permissions.iter().filter(|it| is_wanted(it, uses));
            permissions.clone().for_each(|it| count(it, &mut together));
            needs.by_dispatch_token.iter().for_each(|it| count(it, &mut notifying));
            scopes.extend(
                needs.scopes.iter().filter(|scope| uses.images || **scope != READ_PACKAGES),
            );
            let list = if needs.writes() { &mut writing } else { &mut reading };
            list.push(Command::of(needs, permissions));
        }
        scopes.sort_unstable();
        scopes.dedup();
        reading.append(&mut writing);
        Ok(Self {
            schema: SCHEMA,
            commands: reading,
            together: in_words(together),
            together_by_dispatch_token: in_words(notifying),
            scopes,
            not_counted,
        })
    }

    /// The empty list: no command.
    #[must_use]
    pub fn nothing() -> Self {
        let (commands, scopes, not_counted) = (Vec::new(), Vec::new(), Vec::new());
        let (together, together_by_dispatch_token) = (BTreeMap::new(), BTreeMap::new());
        Self { schema: SCHEMA, commands, together, together_by_dispatch_token, scopes, not_counted }
    }
}

/// Counts a permission: the furthest access is what is needed.
fn count(permission: &Permission, counted: &mut BTreeMap<&'static str, Access>) {
    let known = counted.entry(permission.name).or_insert(permission.access);
    *known = (*known).max(permission.access);
}

fn in_words(counted: BTreeMap<&'static str, Access>) -> BTreeMap<&'static str, &'static str> {
    counted.into_iter().map(|(name, access)| (name, word(access))).collect()
}

/// The scope of a classic token that is needed for images.
const READ_PACKAGES: &str = "read:packages";

/// Whether a fleet with these features has a use for a command.
fn is_of_use(needs: &CommandNeeds, uses: Uses) -> bool {
    let of = Words::of(needs.command);
    let is_of = |group: &str| Words::of(group).begins(&of);
    (uses.package || !(is_of("release") || is_of("package"))) && (uses.images || !is_of("images"))
}

/// Whether a permission is needed: only images need access to packages, and only a released package the dispatches
/// of its members.
pub(super) fn is_wanted(permission: &Permission, uses: Uses) -> bool {
    (uses.images || permission.name != "packages")
        && (uses.package || permission.purpose != SIGNS_OF_LIFE.purpose)
}

/// A command as it is typed: its name, followed by options with their values.
#[derive(Debug, PartialEq, Eq)]
struct Words<'a> {
    name: Vec<&'a str>,
    options: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn of(words: &'a str) -> Self {
        let mut parts = words.split_whitespace().flat_map(|word| word.split('=')).peekable();
        let mut name = Vec::new();
        while let Some(word) = parts.next_if(|word| !word.starts_with('-')) {
            name.push(word);
        }
        Self { name, options: parts.collect() }
    }

    /// Whether another command's name starts with this one.
    fn begins(&self, other: &Words<'_>) -> bool {
        !self.name.is_empty() && other.name.starts_with(&self.name)
    }

    /// Whether another command is this one with the same or fewer relevant options.
    fn is_more_than(&self, other: &Words<'_>) -> bool {
        self.name == other.name && other.options.iter().all(|it| self.options.contains(it))
    }

    /// The table's rows for this command: those that match the most of its options, or else all that start with its
    /// name.
    fn meant(&self) -> Vec<&'static CommandNeeds> {
        let of = |needs: &&CommandNeeds| self.is_more_than(&Words::of(needs.command));
        let fitting: Vec<&CommandNeeds> = COMMANDS.iter().filter(of).collect();
        if fitting.is_empty() {
            let begins = |needs: &&CommandNeeds| self.begins(&Words::of(needs.command));
            return COMMANDS.iter().filter(begins).collect();
        }
        let is_within = |needs: &CommandNeeds, other: &CommandNeeds| {
            let (inner, outer) = (Words::of(needs.command), Words::of(other.command));
            inner != outer && outer.is_more_than(&inner)
        };
        let is_nearest =
            |needs: &&CommandNeeds| !fitting.iter().any(|other| is_within(needs, other));
        fitting.iter().copied().filter(is_nearest).collect()
    }
}

impl Command {
    fn of<'p>(needs: &CommandNeeds, permissions: impl Iterator<Item = &'p Permission>) -> Self {
        let needed = |it: &Permission| Needed {
            name: it.name,
            access: word(it.access),
            purpose: it.purpose,
        };
        Self {
            command: needs.command,
            writes: needs.writes(),
            repositories: needs.repositories,
            permissions: permissions.map(needed).collect(),
            by_dispatch_token: needs.by_dispatch_token.iter().map(needed).collect(),
        }
    }
}

fn word(access: Access) -> &'static str {
    match access {
        Access::Read => "read",
        Access::Write => "write",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(words: &[&str]) -> Result<Wanted, String> {
        Wanted::of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), Uses::of(None))
    }

    #[test]
    fn a_command_is_meant_as_it_is_typed_and_a_group_with_all_of_its_own() {
        let names = |words: &[&str]| -> Vec<&str> {
            wanted(words).expect("known").commands.iter().map(|it| it.command).collect()
        };
        // Who only drifts needs nothing that `drift --comment` writes with.
        assert_eq!(names(&["drift"]), ["drift"]);
        let not_counted = wanted(&["drift"]).expect("known").not_counted;
        assert_eq!(not_counted, ["drift --settings", "drift --comment"]);
        assert!(names(&["campaign"]).len() > 4);
        assert_eq!(names(&["drift --settings"]), ["drift --settings"]);
        assert_eq!(names(&[]).len(), COMMANDS.len());
        // Options that change no need, and their values, are no other command.
        assert_eq!(names(&["validate --repository hermes"]), ["validate --repository"]);
        assert_eq!(names(&["validate --comment=acme/hermes#7"]), ["validate --comment"]);
        assert_eq!(names(&["campaign  apply --watch"]), ["campaign apply"]);
        let both = ["drift --settings", "drift --comment"];
        assert_eq!(names(&["drift --settings --comment"]), both);
        let dashboard = "serve --role dashboard --campaign";
        assert_eq!(names(&["serve --role=dashboard --campaign x.yaml"]), [dashboard]);
        // `pin` is not `pint`, and half a word is no command.
        assert_eq!(wanted(&["pi"]).expect_err("none"), "pi");
    }

    #[test]
    fn what_a_fleet_without_images_and_package_has_no_use_for_is_left_out() {
        let uses = Uses { images: false, package: false };
        let status = Wanted::of(&["fleet status".to_owned()], uses).expect("known");
        assert!(!status.together.contains_key("packages"));
        assert_eq!(status.scopes, ["repo"]);
        let all = Wanted::of(&[], uses).expect("known").commands;
        let is_of = |command: &str| all.iter().any(|it| it.command.starts_with(command));
        assert!(is_of("campaign") && !is_of("release") && !is_of("package"));
        // What is named is told all the same.
        assert_eq!(
            Wanted::of(&["release plan".to_owned()], uses).expect("known").commands.len(),
            1
        );
    }

    #[test]
    fn together_the_furthest_access_counts() {
        let both = wanted(&["drift --settings", "campaign close"]).expect("known");
        assert_eq!(both.together.get("contents"), Some(&"write"));
        assert_eq!(both.together.get("secrets"), Some(&"read"));
        assert_eq!(both.scopes, ["repo"]);
        assert!(!both.commands[0].writes && both.commands[1].writes);
        let read = wanted(&["release plan"]).expect("known");
        assert!(read.together.values().all(|access| *access == "read"));
    }

    #[test]
    fn what_notifies_members_is_counted_for_the_token_that_does() {
        let both = wanted(&["drift", "release cascade"]).expect("known");
        assert_eq!(both.together.get("contents"), Some(&"read"));
        let notifying = BTreeMap::from([("actions", "read"), ("contents", "write")]);
        assert_eq!(both.together_by_dispatch_token, notifying);
        assert!(wanted(&["drift"]).expect("known").together_by_dispatch_token.is_empty());
    }
}
