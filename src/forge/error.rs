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
    /// The permissions that would do, as the forge names them.
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

    /// Which request failed, or what the answer to it shows; and what the forge said beside that.
    fn head(&self) -> (String, Option<&str>) {
        let said = Some(self.said.as_str()).filter(|said| !said.is_empty());
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
        if let Some(accepted) = &failure.accepted {
            error = error.hint(format!("one of these permissions would do: {accepted}"));
        }
        match failure.what_to_do() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}
