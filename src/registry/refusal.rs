//! Why an image was not read, told apart by what a caller does about it.

use crate::error::Error;

/// Of what sort a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// There is no such image or tag; or it may not be seen, which many registries say alike.
    Absent,
    /// It may not be seen with these credentials, or without any.
    Denied,
    /// The registry has answered often enough for a while.
    Limited,
    /// The registry has trouble, or cannot be reached; later it may answer.
    Unreachable,
    /// A part of it was not looked into: too large, or packed in a way that is not read.
    Unread,
    /// What it sent is not what it should be: a wrong digest, another format, too much.
    Unsound,
}

/// Why an image was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Of what sort.
    pub kind: RefusalKind,
    /// The image.
    pub image: String,
    /// Why, in one line that holds nothing secret.
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
                "a new package is private by default: make it public, or give credentials that may read it"
            }
            RefusalKind::Limited => {
                "run it again later; a registry lets more through for those who give credentials"
            }
            RefusalKind::Unread => {
                "what an image holds is known from its label: let its Dockerfile stamp one"
            }
            RefusalKind::Unreachable => "can this machine reach the registry? Run it again later",
            RefusalKind::Unsound => {
                "do not use this image: what the registry sent is not what it names"
            }
        };
        Self::failed(format!("cannot read the image `{image}`")).caused_by(why).hint(hint)
    }
}
