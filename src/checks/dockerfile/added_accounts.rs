//! The accounts that an image's RUNs add, and which of them one before leaves no room for.

use crate::checks::dockerfile::{Commands, Values, accounts};
use crate::shape::demands::dockerfile::User;
use crate::source::Span;
use crate::source::shell::{Account, accounts_added, required_commands};

/// An account that a RUN adds.
#[derive(Clone)]
pub(super) struct Added {
    pub(super) account: Account,
    /// `None` if it is known only when it runs.
    pub(super) name: Option<String>,
    pub(super) uid: Uid,
    /// The number of the RUN that adds it.
    pub(super) run: usize,
    /// The script of the RUN that adds it. Only spans of the first one are positions in the Dockerfile.
    pub(super) script: usize,
    /// The RUN that adds it.
    instruction: Span,
}

/// The uid of an account.
#[derive(Clone)]
pub(super) enum Uid {
    /// The one that is written.
    Is(String),
    /// The system chooses it.
    Chosen,
    /// It is known only when it runs.
    Unknown,
}

impl Added {
    /// Whether it is the demanded account.
    pub(super) fn is(&self, wanted: &User) -> bool {
        self.has_name(wanted) && self.has_uid(wanted)
    }

    pub(super) fn has_name(&self, wanted: &User) -> bool {
        self.name.as_ref() == Some(&wanted.name)
    }

    pub(super) fn has_uid(&self, wanted: &User) -> bool {
        matches!(&self.uid, Uid::Is(uid) if *uid == wanted.uid.to_string())
    }

    /// A span of its command in the Dockerfile; that of its RUN if the command is in a script of the repository.
    pub(super) fn place(&self, span: Span) -> Span {
        if self.script == 0 { span } else { self.instruction }
    }
}

/// The accounts that the RUN of this number adds, in order.
pub(super) fn added(
    values: &Values<'_>,
    command: &Commands<'_>,
    run: usize,
) -> impl Iterator<Item = Added> {
    let instruction = command.instruction.span;
    let resolve = move |word: &str| {
        let value = values.of_word(instruction, word)?;
        (!value.contains(['$', '`'])).then(|| value.to_owned())
    };
    let scripts = command.scripts.iter().enumerate();
    let accounts = scripts.flat_map(|(index, script)| {
        accounts_added(script).into_iter().map(move |account| (index, account))
    });
    accounts.filter_map(move |(script, account)| {
        // What holds options is no name: that is a later word.
        let name = resolve(&account.name).filter(|name| !name.starts_with('-'));
        if account.may_exist && name.is_some() {
            return None;
        }
        let uid = match account.uid.as_deref() {
            Some(uid) => resolve(uid).map_or(Uid::Unknown, Uid::Is),
            None => Uid::Chosen,
        };
        Some(Added { account, name, uid, run, script, instruction })
    })
}

/// Two accounts of which an image can have only one, where the demanded account is one of them.
pub(super) struct Twice {
    pub(super) first: Added,
    pub(super) second: Added,
    pub(super) outcome: Outcome,
}

/// What becomes of the second of two such accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The build fails.
    Fails,
    /// It depends on the base or on the run which of them the image has, if it is built at all.
    Depends,
}

/// An account that nothing has taken away yet, and whether the build fails without it.
struct Standing {
    added: Added,
    required: bool,
}

/// The uid that a system without other accounts chooses for the first one.
const FIRST_CHOSEN: u32 = 1000;

/// The first two such accounts of which the build fails; without any, the first of which it depends.
pub(super) fn added_twice(
    values: &Values<'_>,
    commands: &[Commands<'_>],
    wanted: &User,
) -> Option<Twice> {
    let mut standing: Option<Standing> = None;
    let mut depends: Option<Twice> = None;
    for (run, command) in commands.iter().enumerate() {
        // Which account that is, and before which other one, is not followed.
        if accounts::may_free(command) {
            standing = None;
            continue;
        }
        let rivals = added(values, command, run)
            .filter(|added| added.has_name(wanted) || added.has_uid(wanted));
        let mut required: Option<Vec<Span>> = None;
        for added in rivals {
            let required = required.get_or_insert_with(|| {
                command.scripts.first().map(required_commands).unwrap_or_default()
            });
            let is_required =
                added.script == 0 && required.binary_search(&added.account.span).is_ok();
            let second = Standing { added, required: is_required };
            if let Some(first) = standing.take() {
                match outcome(&first, &second, wanted) {
                    Some(outcome @ Outcome::Fails) => {
                        return Some(Twice { first: first.added, second: second.added, outcome });
                    }
                    Some(outcome @ Outcome::Depends) if depends.is_none() => {
                        let second = second.added.clone();
                        depends = Some(Twice { first: first.added, second, outcome });
                    }
                    _ => {}
                }
            }
            standing = Some(second);
        }
    }
    depends.or_else(|| chosen_before(values, commands, wanted))
}

/// The demanded account, after one for which a system without other accounts may have chosen its uid.
fn chosen_before(values: &Values<'_>, commands: &[Commands<'_>], wanted: &User) -> Option<Twice> {
    // The uids that may be chosen are as many as the accounts.
    let mut next = FIRST_CHOSEN;
    let mut chosen: Option<Added> = None;
    for (run, command) in commands.iter().enumerate() {
        if accounts::may_free(command) {
            chosen = None;
            continue;
        }
        for added in added(values, command, run) {
            if added.has_uid(wanted) {
                // Once that uid is given, the system chooses another.
                let first = chosen.filter(|_| added.is(wanted) && !added.account.shares_uid)?;
                return Some(Twice { first, second: added, outcome: Outcome::Depends });
            }
            if added.account.is_system {
                continue;
            }
            let is_other = added.name.is_some() && !added.has_name(wanted);
            let may_be_it = (FIRST_CHOSEN..=next).contains(&wanted.uid);
            if chosen.is_none() && is_other && may_be_it && matches!(added.uid, Uid::Chosen) {
                chosen = Some(added);
            }
            next = next.saturating_add(1);
        }
    }
    None
}

fn outcome(first: &Standing, second: &Standing, wanted: &User) -> Option<Outcome> {
    let (one, other) = (&first.added, &second.added);
    let same_name = one.has_name(wanted) && other.has_name(wanted);
    let same_uid = one.has_uid(wanted) && other.has_uid(wanted) && !other.account.shares_uid;
    if !(same_name || same_uid) || !(one.is(wanted) || other.is(wanted)) {
        return None;
    }
    // It does not fail where it keeps the first.
    let required = second.required && !(same_name && other.account.keeps_existing);
    if first.required && required {
        return Some(Outcome::Fails);
    }
    // Two of one RUN that it can do without are taken for alternatives: `useradd … || adduser …`.
    let alternatives = one.run == other.run && !first.required;
    let too_late = other.is(wanted) && !one.is(wanted) && !alternatives;
    (required || too_late).then_some(Outcome::Depends)
}
