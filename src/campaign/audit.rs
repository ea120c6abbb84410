//! The audit log: who did what with which plan, one JSON object per line, append-only.

use std::fs::OpenOptions;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::private_files;
use crate::error::{Error, Result};
use crate::source::secrets::masked;

/// Name and version of the format of an entry.
pub const SCHEMA: &str = "shipshape/audit/1";

/// The outcome of an effect that this run achieved.
pub const DONE: &str = "done";

/// The outcome of an effect that an earlier run achieved before it died without recording that.
pub const CUT_OFF: &str = "done, by a run that was cut off";

/// The outcome of an effect that another run achieved before this one could.
pub const FOUND: &str = "found, done by another run";

/// One action of a campaign, successful or not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Entry<'a> {
    /// Name and version of this format.
    pub schema: &'static str,
    /// When it was done, RFC 3339 in UTC.
    pub at: String,
    /// The login of the token's user on the forge.
    pub by: &'a str,
    /// The campaign.
    pub campaign: &'a str,
    /// SHA-256 of the plan. Empty for an action without one.
    pub plan: &'a str,
    /// The action: `open`, `update`, `labels`, `close`, `merge`, `delete` (of a branch), …
    pub action: &'a str,
    /// The repository, `owner/name`.
    pub repository: &'a str,
    /// The pull request.
    pub pull: Option<u64>,
    /// `done`; `done, by a run that was cut off`; `found, done by another run`; or why it failed.
    pub outcome: &'a str,
}

/// The audit log of one fleet.
#[derive(Clone, Debug)]
pub struct Audit {
    file: PathBuf,
}

impl Audit {
    /// The log beside a journal.
    #[must_use]
    pub fn beside(journal: &Path) -> Self {
        Self { file: journal.with_file_name("audit.jsonl") }
    }

    /// The path of the log.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Appends an entry in a single write, so that lines of concurrent processes do not mix.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&self, entry: &Entry<'_>) -> Result<()> {
        let failed = |cause: &dyn std::fmt::Display| {
            Error::failed("cannot write the audit log").in_file(&self.file).caused_by(cause)
        };
        let line = serde_json::to_string(entry).map_err(|error| failed(&error))?;
        let mut options = OpenOptions::new();
        options.append(true).create(true).read(true);
        let mut file =
            private_files::open(&self.file, &mut options).map_err(|error| failed(&error))?;
        // A full disk may have cut off the previous line.
        let cut = if is_whole(&mut file).map_err(|error| failed(&error))? { "" } else { "\n" };
        let line = format!("{cut}{}\n", masked(&line));
        file.write_all(line.as_bytes()).map_err(|error| failed(&error))
    }
}

/// Whether a file is empty or ends with a newline.
fn is_whole(file: &mut std::fs::File) -> std::io::Result<bool> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if let Some(before) = length.checked_sub(1) {
        file.seek(SeekFrom::Start(before))?;
        file.read_exact(&mut last)?;
    }
    Ok(last == *b"\n")
}
