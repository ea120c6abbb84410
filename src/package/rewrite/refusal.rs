//! The reasons that a file is not rewritten, and their errors.

use crate::error::Error;
use crate::snapshot::RepoPath;
use crate::source::Position;

/// Why a file is not rewritten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The package's name is invalid, or is that of one of its modules.
    #[error("{0}")]
    Namespace(String),
    /// It exceeds the limit for parsing.
    #[error("has {0} bytes, more than the limit of {most} for a module that is rewritten", most = super::MAX_MODULE_BYTES)]
    TooLarge(usize),
    /// It contains a NUL byte.
    #[error("contains a NUL byte")]
    Nul,
    /// It is not UTF-8, and no comment declares another encoding.
    #[error("is not UTF-8, and has no coding cookie")]
    NotUtf8,
    /// A byte is undefined in the declared encoding.
    #[error("contains byte 0x{byte:02x}, which is not a character of `{cookie}`")]
    NotInCharset {
        /// The byte.
        byte: u8,
        /// The encoding as the file spells it.
        cookie: String,
    },
    /// Bytes cannot be inserted safely in this encoding, or Python does not know it.
    #[error("is written in `{0}`, an encoding in which modules are not rewritten")]
    Encoding(String),
    /// The byte order mark says UTF-8, but the coding cookie something else.
    #[error("begins with a UTF-8 byte order mark, but declares `{0}`")]
    CookieAgainstMark(String),
    /// A name or a bytes literal is not ASCII in a file that is not UTF-8. CPython refuses the latter too.
    #[error("has a name or bytes that are not ASCII, and is written in `{0}`")]
    NotAsciiCode(String),
    /// It does not parse.
    #[error("does not parse: {0}")]
    Syntax(String),
    /// `lazy import X.s`: binding `X` would load what should stay unloaded.
    #[error("`lazy import {0}` cannot be moved under a package and stay lazy")]
    LazySubmodule(String),
}

impl Reason {
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Namespace(_) => Some("rename the package or the module"),
            Self::TooLarge(_) => Some("ship it as data, or split it"),
            Self::NotUtf8 | Self::NotInCharset { .. } => Some(
                "save it as UTF-8, or declare the encoding in its first line: `# coding: latin-1`",
            ),
            Self::Encoding(_) | Self::NotAsciiCode(_) => {
                Some("save it as UTF-8 and remove the coding cookie")
            }
            Self::CookieAgainstMark(_) => Some("remove the coding cookie, or the mark"),
            Self::LazySubmodule(_) => {
                Some("write `lazy from X import s`, or `lazy import X.s as name`")
            }
            Self::Nul | Self::Syntax(_) => None,
        }
    }
}

/// The refusal to rewrite a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}{}: {reason}", .position.map(|at| format!(":{at}")).unwrap_or_default())]
pub struct Refusal {
    /// The file.
    pub path: RepoPath,
    /// The position, if it is about one.
    pub position: Option<Position>,
    /// The reason.
    pub reason: Reason,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let Refusal { path, position, reason } = refusal;
        let error = Self::failed(format!("cannot rewrite the imports of `{path}`"));
        let error = match position {
            Some(position) => error.at_position(path.as_str(), position),
            None => error.in_file(path.as_str()),
        };
        let error = error.caused_by(&reason);
        match reason.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}
