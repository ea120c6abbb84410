//! One file's bytes and all that can be read from them, each reading done on demand and once.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::{Text, Undecodable};

/// The readings of one file. Shared by every repository that has the same blob.
pub struct Documents {
    bytes: Arc<[u8]>,
    text: OnceLock<Result<Text, Undecodable>>,
}

impl Documents {
    /// Readings of these bytes; none is made yet.
    #[must_use]
    pub fn new(bytes: Arc<[u8]>) -> Self {
        Self { bytes, text: OnceLock::new() }
    }

    /// The bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The file as text.
    ///
    /// # Errors
    /// When it is binary, not UTF-8 or too large.
    pub fn text(&self) -> Result<&Text, &Undecodable> {
        self.text.get_or_init(|| Text::decode(&self.bytes)).as_ref()
    }
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Documents({} bytes)", self.bytes.len())
    }
}
