//! The token that notifies members: another than the usual one, and the one that is forgotten when it expires.

use super::failed::what_to_do;
use crate::doctor::{Examined, Group, State};
use crate::forge::credential::DISPATCH_VARIABLE;
use crate::forge::{ForgeError, ForgeErrorKind};

/// What is known of the token.
#[derive(Clone, Debug)]
pub enum DispatchToken {
    /// It is not set.
    Unset,
    /// It is set, and the forge was not asked.
    Set,
    /// The forge was asked with it.
    Asked(Result<Reach, ForgeError>),
}

/// The members that an accepted token reaches, as far as reading their repositories shows.
#[derive(Clone, Debug)]
pub enum Reach {
    /// Probably one at least. Nothing is sent, so more is not known.
    Some,
    /// Not known: those that were asked about are archived or disabled.
    Shut,
    /// None of the repositories that were asked about.
    None {
        /// How many these are.
        asked: usize,
        /// How many repositories members are in.
        of: usize,
        /// Why one of them is not reached.
        why: String,
    },
}

/// Whether the forge accepts the token, and whether it reaches any member.
#[must_use]
pub fn dispatch_token(token: DispatchToken) -> Examined {
    let (state, found, hint) = match token {
        DispatchToken::Unset => (
            State::Missing,
            format!("{DISPATCH_VARIABLE} is not set"),
            Some("`shipshape doctor --permissions \"release cascade\"` lists what it needs"),
        ),
        DispatchToken::Set => (State::Works, format!("{DISPATCH_VARIABLE} is set"), None),
        DispatchToken::Asked(Ok(Reach::Some)) => {
            (State::Works, format!("the forge accepts {DISPATCH_VARIABLE}"), None)
        }
        DispatchToken::Asked(Ok(Reach::Shut)) => (
            State::Limited,
            format!(
                "the forge accepts {DISPATCH_VARIABLE}; members that were asked about are archived or disabled"
            ),
            None,
        ),
        DispatchToken::Asked(Ok(Reach::None { asked, of, why })) => (
            if asked == of { State::Fails } else { State::Limited },
            format!(
                "{DISPATCH_VARIABLE} cannot notify {}: {why}",
                if asked == of {
                    "any member".to_owned()
                } else {
                    format!("the first {asked} of {of} repositories of members")
                }
            ),
            Some(
                "permit it `contents: write` in the repositories of the members, and approve it there",
            ),
        ),
        DispatchToken::Asked(Err(error)) if error.kind == ForgeErrorKind::Unauthorized => (
            State::Fails,
            format!("the forge does not accept {DISPATCH_VARIABLE}: {}", error.said),
            Some("it has expired or was revoked: create a new one"),
        ),
        DispatchToken::Asked(Err(error)) => (
            State::Limited,
            format!("whether the forge accepts {DISPATCH_VARIABLE} is not known: {error}"),
            Some(what_to_do(&error)),
        ),
    };
    let examined = Examined::new(Group::Forge, "dispatch token", state, found).needed_for(
        "notifying members: `release cascade`, `release back`, the cascade of `release run`",
    );
    match hint {
        Some(hint) => examined.hint(hint),
        None => examined,
    }
}
