//! Writes a whole lineage as the log of a pack, so that a copy of the pack without its git history judges as it does.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::shape::pack::{PackFile, PackFiles};
use crate::snapshot::BlobId;

use super::{EarlierContent, EarlierOrigin, LOG, LOG_FOLDER, Lineage, LogEntry};

impl Lineage {
    /// Returns how many earlier contents are in git alone, and so would be missing from a copy of the pack's files.
    #[must_use]
    pub fn only_in_git(&self) -> usize {
        let canons = self.earlier.keys().flat_map(|path| self.of(path));
        canons.filter(|canon| canon.origin != EarlierOrigin::Log).count()
    }

    /// Returns the files of a pack with a log of all earlier contents. A log that has them all is left as it is.
    ///
    /// # Errors
    /// When a line of the log cannot be written.
    pub fn written_to(&self, mut files: PackFiles) -> Result<PackFiles> {
        if self.only_in_git() == 0 {
            return Ok(files);
        }
        files.retain(|name, _| !is_of_log(name));
        let mut log = String::new();
        let mut kept = |bytes: &Arc<[u8]>| {
            let id = BlobId::of(bytes).to_string();
            let file = PackFile { bytes: Arc::clone(bytes), executable: false };
            files.insert(format!("{LOG_FOLDER}{id}"), file);
            id
        };
        for path in self.earlier.keys() {
            for canon in self.of(path).iter().rev() {
                let (path, label) = (path.clone(), canon.label.clone());
                let entry = match &canon.content {
                    EarlierContent::Literal(bytes) => {
                        LogEntry::of_literal(path, kept(bytes), label)
                    }
                    EarlierContent::Template { source, parts, variables } => LogEntry {
                        content: kept(&source.as_bytes().into()),
                        shape: variables.shape().map(&mut kept),
                        parts: parts
                            .iter()
                            .map(|(name, part)| (name.clone(), kept(&part.as_bytes().into())))
                            .collect(),
                        template: true,
                        path,
                        label,
                    },
                };
                let line = serde_json::to_string(&entry)
                    .map_err(|error| Error::failed("cannot write the lineage").caused_by(error))?;
                log.push_str(&line);
                log.push('\n');
            }
        }
        files
            .insert(LOG.to_owned(), PackFile { bytes: log.into_bytes().into(), executable: false });
        Ok(files)
    }
}

/// Whether a file of a pack is its log, or a content that the log names.
#[must_use]
pub fn is_of_log(name: &str) -> bool {
    let content = name.strip_prefix(LOG_FOLDER);
    name == LOG || content.is_some_and(|name| BlobId::parse(name).is_some())
}
