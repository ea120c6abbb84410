//! The reasons that an image was not read, by what a caller can do about them.

use crate::error::Error;

/// The kind of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// There is no such image or tag, or access is denied: many registries do not distinguish the two.
    Absent,
    /// Access is denied with these credentials, or without any.
    Denied,
    /// The registry's rate limit is reached.
    Limited,
    /// The registry has trouble or cannot be reached; a later request may succeed.
    Unreachable,
    /// A part was not read: it is too large, or packed in an unsupported way.
    Unread,
    /// The response is invalid: a wrong digest, another format, too large.
    Unsound,
}

/// The refusal to read an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind.
    pub kind: RefusalKind,
    /// The image.
    pub image: String,
    /// The reason, in one line without secrets.
    pub why: String,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let Refusal { kind, image, why } = refusal;
        let hint = match kind {
            RefusalKind::Absent => {
                "was it ever published, and is the image's name right in fleet.yaml?"
            }
            RefusalKind::Denied => {
                "a new package is private by default: make it public, or give credentials with read access"
            }
            RefusalKind::Limited => {
                "try again later; registries allow more requests with credentials"
            }
            RefusalKind::Unread => {
                "the version that an image contains is known from its label: set one in its Dockerfile"
            }
            RefusalKind::Unreachable => "can this machine reach the registry? Try again later",
            RefusalKind::Unsound => {
                "do not use this image: the registry sent something else than it names"
            }
        };
        Self::failed(format!("cannot read the image `{image}`")).caused_by(why).hint(hint)
    }
}
