//! Downloads and searches the layers of an image, one after the other.
//!
//! A layer is kept in an anonymous file, and unpacked only after its digest has been verified.

use std::io;

use sha2::Digest as _;

use super::asking::{Asking, Way, named};
use super::document::Layer;
use super::layers::{self, Installed, Search};
use super::refusal::{Refusal, RefusalKind};
use crate::edge::network::Sink;

/// Maximum size of a compressed layer, in bytes.
const MAX_LAYER: u64 = 2 << 30;

impl Asking<'_> {
    /// Searches layers for a distribution, newest first.
    pub(super) async fn installed(
        &self,
        layers: &[Layer],
        distribution: &str,
    ) -> Result<Option<Installed>, Refusal> {
        let unread = |why: String| self.refusal(RefusalKind::Unread, why);
        let mut search = Search::new(distribution);
        for layer in layers.iter().rev() {
            let file = self.layer(layer).await?;
            let looked = tokio::task::spawn_blocking(move || {
                let found = search.layer(file);
                (search, found)
            });
            let (searched, found) = looked
                .await
                .map_err(|error| unread(format!("the search was interrupted: {error}")))?;
            search = searched;
            match found {
                Ok(Some(installed)) => return Ok(Some(installed)),
                Ok(None) => {}
                Err(fault) => {
                    let why = format!("its layer {} was not read: {fault}", layer.blob.digest);
                    return Err(unread(why));
                }
            }
        }
        Ok(None)
    }

    /// Downloads a layer, still compressed, into an anonymous file.
    async fn layer(&self, layer: &Layer) -> Result<std::fs::File, Refusal> {
        let unread = |why: String| self.refusal(RefusalKind::Unread, why);
        if let Some(way) = layers::unread(&layer.media_type) {
            return Err(unread(format!(
                "its layer {} is {way}, which is not supported",
                layer.blob.digest
            )));
        }
        if layer.blob.size > MAX_LAYER {
            let size = layer.blob.size;
            return Err(unread(format!(
                "its layer {} has {size} bytes, more than the limit of {MAX_LAYER}",
                layer.blob.digest
            )));
        }
        let file = tempfile::tempfile()
            .map_err(|error| unread(format!("its layers cannot be stored temporarily: {error}")))?;
        let mut kept = Kept { file, hash: sha2::Sha256::new() };
        self.ask("blobs", &layer.blob.digest, ("*/*", MAX_LAYER), Way::Whole(&mut kept)).await?;
        let found = named(&kept.hash.finalize());
        if found != layer.blob.digest {
            return Err(self.unsound(format!("its layer is not {} but {found}", layer.blob.digest)));
        }
        io::Seek::rewind(&mut kept.file)
            .map_err(|error| unread(format!("its layers cannot be read again: {error}")))?;
        Ok(kept.file)
    }
}

/// A body in a file, and its digest.
struct Kept {
    file: std::fs::File,
    hash: sha2::Sha256,
}

impl Sink for Kept {
    fn begin(&mut self) -> io::Result<()> {
        io::Seek::rewind(&mut self.file)?;
        self.file.set_len(0)?;
        self.hash = sha2::Sha256::new();
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        io::Write::write_all(&mut self.file, bytes)
    }
}
