//! Errors of requests to the forge.

use std::fmt;

use crate::error::{Error, Obstacle};

/// The kind of a failure, which callers act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgeErrorKind {
    /// It does not exist, or the token may not see it: forges do not distinguish the two (404).
    NotFound,
    /// The token is invalid or has expired (401).
    Unauthorized,
    /// The token lacks the permission (403), or this run may not write there.
    Forbidden,
    /// The repository is archived and read-only.
    Archived,
    /// The repository cannot be read at all: disabled or taken down (451).
    Disabled,
    /// Something else changed meanwhile, or the repository is empty (409).
    Conflict,
    /// The forge rejects the content of the request (422).
    Invalid,
    /// Rules of the repository prevent it, or prevent it for now (405).
    Blocked,
    /// A rate limit that would take longer to wait for than this run may wait.
    Limited,
    /// The forge cannot be reached: the request was never sent.
    Unreachable,
    /// The forge did not answer, or only with server errors, in spite of retries.
    Unavailable,
    /// The answer cannot be parsed.
    Unintelligible,
    /// The user ended the wait before the request: it was never sent.
    Interrupted,
}

impl ForgeErrorKind {
    /// Whether the answer may be for want of a permission: forges say as well that a thing is not there.
    #[must_use]
    pub fn may_lack_permission(self) -> bool {
        matches!(self, Self::NotFound | Self::Forbidden)
    }

    /// Whether an answer of this kind is a refusal without any effect. Not asked of [`Self::may_be_of_token`], which may widen;
    /// a kind that is new has to be placed here.
    fn is_refusal(self) -> bool {
        match self {
            Self::NotFound | Self::Unauthorized | Self::Forbidden | Self::Invalid => true,
            Self::Archived
            | Self::Disabled
            | Self::Conflict
            | Self::Blocked
            | Self::Limited
            | Self::Unreachable
            | Self::Unavailable
            | Self::Unintelligible
            | Self::Interrupted => false,
        }
    }

    /// Whether another token may get another answer.
    #[must_use]
    pub fn may_be_of_token(self) -> bool {
        self == Self::Unauthorized || self.may_lack_permission()
    }
}

/// How GitHub phrases the lack of a permission of a fine-grained token or an App.
const NOT_ACCESSIBLE: &str = "Resource not accessible";

/// How GitHub phrases in GraphQL that a repository does not exist or may not be seen.
const NO_REPOSITORY: &str = "Could not resolve to a Repository";

/// What is said of a reference that a repository does not have: forges only answer with nothing.
const NO_REFERENCE: &str = "it has no branch, tag or commit";

/// The prefix of [`ForgeError::unreadable`].
pub const UNREADABLE: &str = "cannot be read: ";

/// A failed request, or an answer that amounts to a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeError {
    /// The kind of failure.
    pub kind: ForgeErrorKind,
    /// The request, such as `POST /repos/acme/api/pulls`; contains no secrets. Empty when no request failed but an
    /// answer showed the problem.
    pub request: String,
    /// The HTTP status, if an answer arrived.
    pub status: Option<u16>,
    /// The forge's message, on one line.
    pub said: String,
    /// The permissions that would suffice, in the forge's notation: `contents=read, checks=read` requires both, and `;`
    /// separates alternatives.
    pub accepted: Option<String>,
    /// What to do about it, if more is known than the kind implies.
    pub hint: Option<String>,
    /// Whether the forge answers, but not to so much at once: a smaller document may be answered.
    pub is_too_much: bool,
}

impl ForgeError {
    /// Creates the failure of a request.
    #[must_use]
    pub fn new(kind: ForgeErrorKind, request: impl Into<String>, said: impl Into<String>) -> Self {
        let (request, said) = (request.into(), said.into());
        Self { kind, request, status: None, said, accepted: None, hint: None, is_too_much: false }
    }

    /// Creates a failure found in an answer about a repository, where the request itself succeeded.
    #[must_use]
    pub fn of_answer(kind: ForgeErrorKind, said: impl Into<String>) -> Self {
        Self::new(kind, "", said)
    }

    /// Creates the failure of a request about a reference that the repository does not have.
    #[must_use]
    pub(super) fn of_reference(request: impl Into<String>, reference: &str) -> Self {
        let said = format!("{NO_REFERENCE} `{reference}`");
        Self::new(ForgeErrorKind::NotFound, request, said)
            .hint("`--ref` names a branch, a tag or a commit that the repository has")
    }

    /// Names the missing permission, if that is the cause, in place of what the forge names.
    #[must_use]
    pub(super) fn for_want_of(mut self, permission: &str) -> Self {
        if self.kind == ForgeErrorKind::Forbidden && self.said.starts_with(NOT_ACCESSIBLE) {
            self.accepted = Some(permission.to_owned());
        }
        self
    }

    /// A message about the missing permission, if that is the cause, naming the permission if it is known. The message
    /// is the same for every repository with this cause.
    #[must_use]
    pub fn of_permission(&self) -> Option<String> {
        let is_it = self.kind == ForgeErrorKind::Forbidden && self.said.starts_with(NOT_ACCESSIBLE);
        is_it.then(|| match &self.accepted {
            Some(accepted) => {
                let needs = in_our_words(accepted);
                // No person can give such a token what is missing.
                let of_person = self.said.contains("personal access token");
                let but = match of_person && needs.contains("`checks: ") {
                    true => "; `checks` is not available for a person's fine-grained token",
                    false => "",
                };
                format!("{}: the token needs {needs}{but}", self.said)
            }
            None => format!(
                "{}: `shipshape doctor --permissions` lists what each command needs of a token",
                self.said
            ),
        })
    }

    /// The message for a list of repositories, if one cannot be read for lack of a permission. The same for every
    /// repository with this cause.
    #[must_use]
    pub fn unreadable(&self) -> Option<String> {
        self.of_permission().map(|why| format!("{UNREADABLE}{why}"))
    }

    /// Like [`Self::unreadable`], but also covers a repository that the token may not see at all.
    #[must_use]
    pub fn out_of_sight(&self) -> Option<String> {
        let is_hidden = self.is_missing_repository();
        let hidden = || format!("{UNREADABLE}it is not there, or the token may not see it");
        self.unreadable().or_else(|| is_hidden.then(hidden))
    }

    /// Whether the repository that was asked for does not exist, or the token may not see it.
    fn is_missing_repository(&self) -> bool {
        self.is_not_found() && self.said.starts_with(NO_REPOSITORY)
    }

    /// Whether the repository is there and has no such reference.
    #[must_use]
    pub fn is_missing_reference(&self) -> bool {
        self.is_not_found() && self.said.starts_with(NO_REFERENCE)
    }

    /// The headline (which request failed, or what its answer shows), and the forge's message if it adds to that.
    fn head(&self) -> (String, Option<String>) {
        // An answer without words is described by its status, which the headline has already.
        let bare = self.status.map(|status| format!("it answered {status}"));
        let said = Some(self.said.clone());
        let said = said.filter(|said| !said.is_empty() && Some(said) != bare.as_ref());
        let said = self.of_permission().or(said);
        match self.status {
            Some(status) => (format!("the forge answered {status} to `{}`", self.request), said),
            None if self.request.is_empty() => (self.said.clone(), None),
            None => (format!("`{}` failed", self.request), said),
        }
    }

    /// Whether the requested object does not exist, or the token may not see it.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind == ForgeErrorKind::NotFound
    }

    /// Whether the forge answered and refused, so that the request had no effect.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.status.is_some() && self.kind.is_refusal()
    }

    /// Whether the failed request would have changed something.
    fn is_of_write(&self) -> bool {
        let method = self.request.split(' ').next().unwrap_or_default();
        ["POST", "PUT", "PATCH", "DELETE"].contains(&method)
    }

    /// Whether all further requests of this run will fail for the same reason.
    #[must_use]
    pub fn is_of_the_run(&self) -> bool {
        let kinds = [
            ForgeErrorKind::Unreachable,
            ForgeErrorKind::Unauthorized,
            ForgeErrorKind::Limited,
            ForgeErrorKind::Interrupted,
        ];
        kinds.contains(&self.kind)
    }

    /// Sets the hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn what_to_do(&self) -> Option<String> {
        if let Some(hint) = &self.hint {
            return Some(hint.clone());
        }
        let general = match self.kind {
            ForgeErrorKind::NotFound if self.is_of_write() => {
                "the forge answers this as well if the token may not write there: `shipshape doctor --permissions` \
                 lists what each command needs of a token"
            }
            ForgeErrorKind::NotFound => {
                "it is not there, or the token may not see it: the forge answers the same to both"
            }
            ForgeErrorKind::Unauthorized => {
                "give a token that is valid: `gh auth login`, or the variable that `shipshape doctor` names"
            }
            // The message itself already says so.
            ForgeErrorKind::Forbidden
                if self.of_permission().is_some() && self.accepted.is_none() =>
            {
                return None;
            }
            ForgeErrorKind::Forbidden => {
                "`shipshape doctor --permissions` lists what each command needs of a token"
            }
            ForgeErrorKind::Archived => "unarchive the repository, or set `retired` in fleet.yaml",
            // Of what is only switched off in a repository, forges say that it is disabled, too.
            ForgeErrorKind::Disabled
                if self.status == Some(451) || self.said.contains("access blocked") =>
            {
                "the forge has disabled the repository: its owners can ask the forge why; until then set `retired` in \
                 fleet.yaml by hand"
            }
            ForgeErrorKind::Interrupted => {
                "run the same command again: it continues where it stopped"
            }
            ForgeErrorKind::Limited | ForgeErrorKind::Unavailable | ForgeErrorKind::Unreachable => {
                "run the same command again later: it continues where it stopped"
            }
            ForgeErrorKind::Disabled
            | ForgeErrorKind::Conflict
            | ForgeErrorKind::Blocked
            | ForgeErrorKind::Invalid
            | ForgeErrorKind::Unintelligible => return None,
        };
        Some(general.to_owned())
    }
}

/// Formats permissions like GitHub's settings pages: `` `contents: read` and `checks: read` ``.
pub(super) fn in_our_words(accepted: &str) -> String {
    let one = |it: &str| format!("`{}`", it.trim().replace('=', ": "));
    let way = |way: &str| way.split(',').map(one).collect::<Vec<_>>().join(" and ");
    accepted.split(';').map(way).collect::<Vec<_>>().join(", or ")
}

impl fmt::Display for ForgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, said) = self.head();
        f.write_str(&head)?;
        said.map_or(Ok(()), |said| write!(f, ": {said}"))
    }
}

impl std::error::Error for ForgeError {}

impl From<ForgeError> for Error {
    fn from(failure: ForgeError) -> Self {
        let (head, said) = failure.head();
        let mut error = Self::failed(head);
        if failure.kind == ForgeErrorKind::Unauthorized {
            error = error.stopped_by(Obstacle::Credential);
        }
        if let Some(said) = said {
            error = error.caused_by(said);
        }
        if let Some(accepted) =
            failure.accepted.as_deref().filter(|_| failure.of_permission().is_none())
        {
            let accepted = in_our_words(accepted);
            error = error.hint(format!("for this a token needs {accepted}"));
        }
        match failure.what_to_do() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(accepted: Option<&str>) -> ForgeError {
        let said = "Resource not accessible by integration";
        let error = ForgeError::new(ForgeErrorKind::Forbidden, "GraphQL tags of acme/api", said);
        ForgeError { accepted: accepted.map(str::to_owned), ..error }
    }

    #[test]
    fn a_refusal_for_want_of_a_permission_names_it_and_no_repository() {
        let error = refused(Some("checks=read, statuses=read"));
        let why = "Resource not accessible by integration: the token needs `checks: read` and `statuses: read`";
        assert_eq!(error.of_permission().as_deref(), Some(why));
        assert_eq!(error.unreadable(), Some(format!("cannot be read: {why}")));
        assert_eq!(error.to_string(), format!("`GraphQL tags of acme/api` failed: {why}"));
        let shown = Error::from(error);
        assert_eq!(shown.causes(), [why]);
        assert_eq!(shown.hints().len(), 1, "{shown:?}");
        for told in [None, Some("metadata=read")] {
            let named = refused(told).for_want_of("administration=write");
            assert_eq!(named.accepted.as_deref(), Some("administration=write"));
        }
        let unknown = refused(None);
        assert!(
            unknown.to_string().contains("`shipshape doctor --permissions` lists"),
            "{unknown}"
        );
        assert!(Error::from(unknown).hints().is_empty());
        let written = ForgeError {
            kind: ForgeErrorKind::NotFound,
            request: "POST /orgs/acme/repos".to_owned(),
            ..refused(None)
        };
        let hints = Error::from(written).hints().to_vec();
        assert!(hints[0].contains("`shipshape doctor --permissions`"), "{hints:?}");
        let absent =
            ForgeError { kind: ForgeErrorKind::NotFound, ..refused(Some("a=read; b=write")) };
        assert_eq!(absent.of_permission(), None);
        let hints = Error::from(absent).hints().to_vec();
        assert_eq!(hints[0], "for this a token needs `a: read`, or `b: write`");
    }

    #[test]
    fn of_a_disabled_repository_it_is_said_who_can_do_something() {
        let error = ForgeError::new(
            ForgeErrorKind::Disabled,
            "GET /repos/acme/x",
            "Repository access blocked",
        );
        let hints = Error::from(error).hints().to_vec();
        assert!(hints[0].contains("set `retired` in fleet.yaml by hand"), "{hints:?}");
    }

    #[test]
    fn what_another_token_may_change_is_more_than_what_a_permission_may() {
        let [gone, invalid] = [ForgeErrorKind::NotFound, ForgeErrorKind::Invalid];
        assert!(gone.may_lack_permission() && gone.may_be_of_token());
        assert!(!ForgeErrorKind::Unauthorized.may_lack_permission());
        assert!(ForgeErrorKind::Unauthorized.may_be_of_token() && !invalid.may_be_of_token());
    }
}
