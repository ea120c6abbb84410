//! The accounts that an image's RUNs add, and which of them one before leaves no room for.

use crate::checks::dockerfile::base_accounts::OfBase;
use crate::checks::dockerfile::{Commands, Values, changed_accounts};
use crate::shape::demands::dockerfile::User;
use crate::source::Span;
use crate::source::shell::{Account, accounts_added, required_commands, skipped_commands};

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
    /// Whether a constant before it keeps its command from running: `false && useradd …`.
    pub(super) is_skipped: bool,
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
        !self.is_skipped && self.has_name(wanted) && self.has_uid(wanted)
    }

    pub(super) fn has_name(&self, wanted: &User) -> bool {
        self.name.as_ref() == Some(&wanted.name)
    }

    pub(super) fn has_uid(&self, wanted: &User) -> bool {
        matches!(&self.uid, Uid::Is(uid) if *uid == wanted.uid.to_string())
    }

    /// Whether its command is among these of the RUN's own script.
    fn is_among(&self, spans: &[Span]) -> bool {
        self.script == 0 && spans.binary_search(&self.account.span).is_ok()
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
        let skipped = skipped_commands(script);
        accounts_added(script).into_iter().map(move |account| {
            let is_skipped = skipped.iter().any(|span| span.contains(account.span));
            (index, account, is_skipped)
        })
    });
    accounts.filter_map(move |(script, account, is_skipped)| {
        // What holds options is no name: that is a later word.
        let name = resolve(&account.name).filter(|name| !name.starts_with('-'));
        if account.may_exist && name.is_some() {
            return None;
        }
        let uid = match account.uid.as_deref() {
            Some(uid) => resolve(uid).map_or(Uid::Unknown, Uid::Is),
            None => Uid::Chosen,
        };
        Some(Added { account, name, uid, run, script, is_skipped, instruction })
    })
}

/// Two accounts of which an image can have only one, where the demanded account is one of them.
pub(super) struct Twice {
    pub(super) first: First,
    pub(super) second: Added,
    pub(super) outcome: Outcome,
}

/// The account that leaves no room for another.
pub(super) enum First {
    /// The base image comes with it.
    OfBase(OfBase),
    Added(Added),
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

/// The first two such accounts of which the build fails; without any, the first of which it depends. The account of the
/// base counts as added before all others, up to the instruction that may have `changed` it.
pub(super) fn added_twice(
    values: &Values<'_>,
    commands: &[Commands<'_>],
    wanted: &User,
    (base, changed): (Option<OfBase>, Option<Span>),
) -> Option<Twice> {
    let mut of_base = base;
    let mut standing: Option<Standing> = None;
    let mut depends: Option<Twice> = None;
    for (run, command) in commands.iter().enumerate() {
        // Which account that is, and before which other one, is not followed.
        if changed_accounts::may_free(command) {
            (of_base, standing) = (None, None);
            continue;
        }
        let start = command.instruction.span.start;
        of_base = of_base.filter(|_| changed.is_none_or(|changed| start < changed.start));
        let rivals = added(values, command, run)
            .filter(|added| added.has_name(wanted) || added.has_uid(wanted))
            .filter(|added| !added.is_skipped);
        let mut required: Option<Vec<Span>> = None;
        for added in rivals {
            let required = required.get_or_insert_with(|| required_of(command));
            let is_required = added.is_among(required);
            let second = Standing { added, required: is_required };
            let after_base = of_base
                .and_then(|base| Some((First::OfBase(base), of_base_too(base, &second, wanted)?)));
            let after_added = standing.take().and_then(|first| {
                let outcome = outcome(&first, &second, wanted)?;
                Some((First::Added(first.added), outcome))
            });
            for (first, outcome) in after_base.into_iter().chain(after_added) {
                let twice = || Twice { first, second: second.added.clone(), outcome };
                if outcome == Outcome::Fails {
                    return Some(twice());
                }
                depends = depends.or_else(|| Some(twice()));
            }
            standing = Some(second);
        }
    }
    depends.or_else(|| chosen_before(values, commands, wanted, base))
}

/// The spans of the commands of a RUN's own script without which it fails.
fn required_of(command: &Commands<'_>) -> Vec<Span> {
    command.scripts.first().map(required_commands).unwrap_or_default()
}

/// The demanded account, after one for which the system may have chosen its uid.
fn chosen_before(
    values: &Values<'_>,
    commands: &[Commands<'_>],
    wanted: &User,
    base: Option<OfBase>,
) -> Option<Twice> {
    let has_first = base.is_some_and(|base| base.uid == FIRST_CHOSEN);
    let mut first = if has_first { FIRST_CHOSEN + 1 } else { FIRST_CHOSEN };
    // The uids that may be chosen are as many as the accounts.
    let mut next = first;
    let mut chosen: Option<Added> = None;
    for (run, command) in commands.iter().enumerate() {
        if changed_accounts::may_free(command) {
            chosen = None;
            first = FIRST_CHOSEN;
            continue;
        }
        for added in added(values, command, run).filter(|added| !added.is_skipped) {
            if added.has_uid(wanted) {
                // Once that uid is given, the system chooses another.
                let before = chosen.filter(|_| added.is(wanted) && !added.account.shares_uid)?;
                let outcome = Outcome::Depends;
                return Some(Twice { first: First::Added(before), second: added, outcome });
            }
            if added.account.is_system {
                continue;
            }
            let is_other = added.name.is_some() && !added.has_name(wanted);
            let may_be_it = (first..=next).contains(&wanted.uid);
            if chosen.is_none() && is_other && may_be_it && matches!(added.uid, Uid::Chosen) {
                chosen = Some(added);
            }
            next = next.saturating_add(1);
        }
    }
    None
}

/// What becomes of an account with the name or the uid of one that the base has.
fn of_base_too(base: OfBase, second: &Standing, wanted: &User) -> Option<Outcome> {
    let added = &second.added;
    let same_name = added.name.as_deref() == Some(base.name);
    let same_uid = base.uid == wanted.uid && added.has_uid(wanted) && !added.account.shares_uid;
    if !(same_name || same_uid) {
        return None;
    }
    if second.required && !(same_name && added.account.keeps_existing) {
        return Some(Outcome::Fails);
    }
    (added.is(wanted) && !base.is(wanted)).then_some(Outcome::Depends)
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
