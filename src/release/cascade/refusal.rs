//! Why a repository was not looked at, or not told, in one line; and whether that lasts.

use crate::error::Error;
use crate::forge::{ForgeError, ForgeErrorKind};

/// Why a repository was not looked at, or not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// In one line.
    pub(super) why: String,
    /// Whether it will be refused tomorrow too, before somebody changes something there.
    pub(super) lasts: bool,
}

impl Refusal {
    pub(super) fn of(error: &ForgeError) -> Self {
        Self { why: in_words(error), lasts: is_lasting(error) }
    }

    /// One that may pass.
    pub(super) fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), lasts: false }
    }
}

/// Whether one repository refuses, and no other.
pub(super) fn is_lasting(error: &ForgeError) -> bool {
    let kinds = [ForgeErrorKind::Forbidden, ForgeErrorKind::NotFound, ForgeErrorKind::Archived];
    kinds.contains(&error.kind)
}

/// Whether a token may not see something, today or tomorrow.
pub(super) fn is_refusal(error: &ForgeError) -> bool {
    let kinds = [ForgeErrorKind::Forbidden, ForgeErrorKind::NotFound, ForgeErrorKind::Unauthorized];
    kinds.contains(&error.kind)
}

/// Why a member was not told, in one line.
pub(super) fn in_words(error: &ForgeError) -> String {
    match error.kind {
        ForgeErrorKind::NotFound => format!(
            "it is not there, or the token may not see it; the forge answered {}",
            error.status.unwrap_or(404)
        ),
        ForgeErrorKind::Forbidden => {
            let wants = || error.accepted.as_deref().map(|it| format!(" (it wants {it})"));
            let said = || format!("{}{}", error.said, wants().unwrap_or_default());
            format!("the token may not: {}", error.of_permission().unwrap_or_else(said))
        }
        ForgeErrorKind::Archived => format!("it is archived: {}", error.said),
        _ => error.to_string(),
    }
}

/// The most telling line of an error.
pub(super) fn last_words(error: &Error) -> String {
    let hint = error.hints().first().map(|hint| format!("; {hint}")).unwrap_or_default();
    match error.causes().last() {
        Some(cause) => format!("{cause}{hint}"),
        None => format!("{}{hint}", error.message()),
    }
}
