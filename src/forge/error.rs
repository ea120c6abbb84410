//! Why a request to the forge did not do what it was for.

use std::fmt;

use crate::error::Error;

/// What sort of failure it is: what callers decide by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgeErrorKind {
    /// Not there, or not for this token: forges do not say which (404).
    NotFound,
    /// The token is none, or no longer one (401).
    Unauthorized,
    /// The token may not (403), or the request was to write where this run may not.
    Forbidden,
    /// The repository is archived and takes no writes.
    Archived,
    /// The repository cannot be read at all: disabled, or taken down (451).
    Disabled,
    /// Somebody was faster, or the repository is empty (409).
    Conflict,
    /// The forge does not take what was sent (422).
    Invalid,
    /// Rules of the repository keep it from being done, or from being done now (405).
    Blocked,
    /// A limit that would take longer to wait for than this run may.
    Limited,
    /// It cannot be reached: nothing that was asked ever left.
    Unreachable,
    /// It did not answer, or not in a way that means anything, however often it was asked.
    Unavailable,
    /// It answered what cannot be understood.
    Unintelligible,
}

/// How GitHub refuses what a permission of a fine-grained token or of an App would allow.
const NOT_ACCESSIBLE: &str = "Resource not accessible";

/// How GitHub says in GraphQL that a repository is not there, or not for this token.
const NO_REPOSITORY: &str = "Could not resolve to a Repository";

/// What [`ForgeError::unreadable`] begins with.
pub const UNREADABLE: &str = "cannot be read: ";

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeError {
    /// What sort of failure it is.
    pub kind: ForgeErrorKind,
    /// What was asked: `POST /repos/acme/api/pulls`; no secret can stand in it. Empty where it was answered, and the answer
    /// is why.
    pub request: String,
    /// The status that came back, when one did.
    pub status: Option<u16>,
    /// What the forge said, one line.
    pub said: String,
    /// The permissions that would do, as the forge names them: `contents=read, checks=read` is both, and `;` stands between
    /// ways of which one is enough.
    pub accepted: Option<String>,
    /// What to do about it, when more is known than the kind tells.
    pub hint: Option<String>,
}

impl ForgeError {
    /// A failure of a request.
    #[must_use]
    pub fn new(kind: ForgeErrorKind, request: impl Into<String>, said: impl Into<String>) -> Self {
        let (request, said) = (request.into(), said.into());
        Self { kind, request, status: None, said, accepted: None, hint: None }
    }

    /// What is wrong with a repository, as an answer about it shows: nothing that was asked failed.
    #[must_use]
    pub fn of_answer(kind: ForgeErrorKind, said: impl Into<String>) -> Self {
        Self::new(kind, "", said)
    }

    /// Why the token's permissions do not do, where that is why it failed: the same words for each repository that it is so
    /// of. They name what it needs, as far as that is known.
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

    /// What is said in a list of repositories where one cannot be read: the same of all of which it is so for one reason.
    #[must_use]
    pub fn unreadable(&self) -> Option<String> {
        self.of_permission().map(|why| format!("{UNREADABLE}{why}"))
    }

    /// The same where the repository itself is out of the token's sight too.
    #[must_use]
    pub fn out_of_sight(&self) -> Option<String> {
        let is_hidden = self.is_not_found() && self.said.starts_with(NO_REPOSITORY);
        let hidden = || format!("{UNREADABLE}it is not there, or the token may not see it");
        self.unreadable().or_else(|| is_hidden.then(hidden))
    }

    /// Which request failed, or what the answer to it shows; and what the forge said beside that.
    fn head(&self) -> (String, Option<String>) {
        let said = Some(self.said.clone()).filter(|said| !said.is_empty());
        let said = self.of_permission().or(said);
        match self.status {
            Some(status) => (format!("the forge answered {status} to `{}`", self.request), said),
            None if self.request.is_empty() => (self.said.clone(), None),
            None => (format!("`{}` failed", self.request), said),
        }
    }

    /// Whether what was asked for is not there, or not for this token.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind == ForgeErrorKind::NotFound
    }

    /// Whether everything else that is asked in this run will fail in the same way.
    #[must_use]
    pub fn is_of_the_run(&self) -> bool {
        let kinds =
            [ForgeErrorKind::Unreachable, ForgeErrorKind::Unauthorized, ForgeErrorKind::Limited];
        kinds.contains(&self.kind)
    }

    /// Adds what to do.
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
            ForgeErrorKind::NotFound => {
                "it is not there, or the token may not see it: the forge answers the same to both"
            }
            ForgeErrorKind::Unauthorized => {
                "give a token that is valid: `gh auth login`, or the variable that `shipshape doctor` names"
            }
            // Why it failed says so already.
            ForgeErrorKind::Forbidden
                if self.of_permission().is_some() && self.accepted.is_none() =>
            {
                return None;
            }
            ForgeErrorKind::Forbidden => {
                "`shipshape doctor --permissions` lists what each command needs of a token"
            }
            ForgeErrorKind::Archived => "unarchive the repository, or set `retired` in fleet.yaml",
            ForgeErrorKind::Limited | ForgeErrorKind::Unavailable | ForgeErrorKind::Unreachable => {
                "run the same command again later: it goes on where it stopped"
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

/// Permissions as the forge names them, in the words of its settings: `` `contents: read` and `checks: read` ``.
fn in_our_words(accepted: &str) -> String {
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
        let unknown = refused(None);
        assert!(
            unknown.to_string().contains("`shipshape doctor --permissions` lists"),
            "{unknown}"
        );
        assert!(Error::from(unknown).hints().is_empty());
        let absent =
            ForgeError { kind: ForgeErrorKind::NotFound, ..refused(Some("a=read; b=write")) };
        assert_eq!(absent.of_permission(), None);
        let hints = Error::from(absent).hints().to_vec();
        assert_eq!(hints[0], "for this a token needs `a: read`, or `b: write`");
    }
}
