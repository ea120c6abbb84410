//! A container that is made to try an image: never with a network, never with a name of the platform's, gone afterwards.
//!
//! Only `images::smoke` makes some.

/// What containers are called that are made here, so that whoever finds one that a killed run left behind knows it.
pub const PREFIX: &str = "shipshape-smoke-";

/// A container that is to be made.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// The engine's name for the image.
    pub image: String,
    /// Whom it runs as; the image's own user when absent.
    pub user: Option<String>,
    /// Variables, beside the image's own.
    pub environment: Vec<(String, String)>,
    /// Folders that are mounted with nothing in them.
    pub empty: Vec<String>,
    /// What is run instead of the image's own command.
    pub command: Option<Vec<String>>,
    /// What is put into it from its root on, as a tar archive.
    pub files: Vec<u8>,
}

/// How a container stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It goes on.
    Running,
    /// It has ended, with this number.
    Ended(i64),
}
