//! A container to try an image: without a network, never with one of the platform's names, and removed afterwards.
//! Created by `images::smoke` only.

/// The name prefix of these containers, so that one left behind by a killed run can be recognized.
pub const PREFIX: &str = "shipshape-smoke-";

/// A container to create.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// The engine's id of the image.
    pub image: String,
    /// The user to run as; by default the image's own.
    pub user: Option<String>,
    /// Environment variables in addition to the image's own.
    pub environment: Vec<(String, String)>,
    /// Folders to mount empty.
    pub empty: Vec<String>,
    /// The command to run in place of the image's own.
    pub command: Option<Vec<String>>,
    /// The files to copy in, as a tar archive relative to the root.
    pub files: Vec<u8>,
}

/// The state of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It is still running.
    Running,
    /// It has ended, with this exit code.
    Ended(i64),
}
