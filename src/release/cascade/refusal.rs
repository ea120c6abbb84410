//! Why a repository was not read or not notified, and whether that is permanent.

use crate::error::Error;
use crate::forge::{ForgeError, ForgeErrorKind};

/// Why a repository was not read or not notified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The reason in one line.
    pub(super) why: String,
    /// Whether it will be refused again until something is changed there.
    pub(super) lasts: bool,
    /// Whether the forge gave no answer, in spite of retries.
    pub(super) is_outage: bool,
    /// The limit of the forge that lasts longer than this run waits: it concerns the other members as well.
    pub(super) limit: Option<String>,
}

impl Refusal {
    pub(super) fn of(error: &ForgeError) -> Self {
        Self {
            why: in_words(error),
            lasts: is_lasting(error),
            is_outage: is_outage(error),
            limit: (error.kind == ForgeErrorKind::Limited).then(|| error.said.clone()),
        }
    }

    /// A refusal that may pass.
    pub(super) fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), lasts: false, is_outage: false, limit: None }
    }
}

/// Whether the repository itself refuses, until something is changed there.
fn is_lasting(error: &ForgeError) -> bool {
    let kinds = [ForgeErrorKind::Forbidden, ForgeErrorKind::NotFound, ForgeErrorKind::Archived];
    kinds.contains(&error.kind)
}

/// Whether the forge gave no answer, in spite of retries.
fn is_outage(error: &ForgeError) -> bool {
    matches!(error.kind, ForgeErrorKind::Unreachable | ForgeErrorKind::Unavailable)
}

/// Whether the token may not read something, now or later.
pub(super) fn is_refusal(error: &ForgeError) -> bool {
    let kinds = [ForgeErrorKind::Forbidden, ForgeErrorKind::NotFound, ForgeErrorKind::Unauthorized];
    kinds.contains(&error.kind)
}

/// Why a member was not notified, in one line.
fn in_words(error: &ForgeError) -> String {
    match error.kind {
        ForgeErrorKind::NotFound => format!(
            "it is not there, or the token may not see it; the forge answered {}",
            error.status.unwrap_or(404)
        ),
        ForgeErrorKind::Forbidden => {
            let wants = || error.accepted.as_deref().map(|it| format!(" (it requires {it})"));
            let said = || format!("{}{}", error.said, wants().unwrap_or_default());
            format!("the token may not: {}", error.of_permission().unwrap_or_else(said))
        }
        ForgeErrorKind::Archived => format!("it is archived: {}", error.said),
        _ => error.to_string(),
    }
}

/// Why runs cannot be seen; where the token may not read them, also what it needs for that.
pub(super) fn unseen_runs(error: &ForgeError) -> String {
    const NEEDS: &str = "the token needs `actions: read`";
    if !is_refusal(error) {
        return in_words(error);
    }
    let why = match error.kind {
        // Otherwise it would point to all permissions of all commands.
        ForgeErrorKind::Forbidden if error.accepted.is_none() => {
            format!("the token may not: {}", error.said)
        }
        _ => in_words(error),
    };
    let needs = if why.contains(NEEDS) { String::new() } else { format!("; to see runs, {NEEDS}") };
    format!("{why}{needs} (`shipshape doctor --permissions release cascade`)")
}

/// The most specific line of an error: its last cause and its first hint.
pub(super) fn last_words(error: &Error) -> String {
    let hint = error.hints().first().map(|hint| format!("; {hint}")).unwrap_or_default();
    match error.causes().last() {
        Some(cause) => format!("{cause}{hint}"),
        None => format!("{}{hint}", error.message()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_the_token_may_not_see_name_the_permission_once() {
        let refused = |accepted: Option<&str>| {
            let said = "Resource not accessible by personal access token";
            let error = ForgeError::new(ForgeErrorKind::Forbidden, "GET /x", said);
            unseen_runs(&ForgeError { accepted: accepted.map(str::to_owned), ..error })
        };
        for why in [refused(None), refused(Some("actions=read"))] {
            assert_eq!(why.matches("the token needs `actions: read`").count(), 1, "{why}");
            assert_eq!(
                why.matches("shipshape doctor --permissions release cascade").count(),
                1,
                "{why}"
            );
        }
        let hidden =
            ForgeError { status: Some(404), ..ForgeError::new(ForgeErrorKind::NotFound, "", "") };
        assert!(unseen_runs(&hidden).contains("; to see runs, the token needs `actions: read`"));
        let down = ForgeError::new(ForgeErrorKind::Unavailable, "GET /x", "it did not answer");
        assert!(!unseen_runs(&down).contains("actions"));
    }
}
