//! The last stages of a publication: sending the files, and waiting for them.

use super::place::Place;
use super::run::Run;
use crate::error::Result;
use crate::journal::Operation;
use crate::release::Stage;
use crate::release::publish::document::{Outcome, Published, StageReport};
use crate::release::publish::{Access, Around, Kept, KeptFile, Seen, Sending, Sent, State, wait};

impl Run<'_> {
    pub(super) async fn upload(
        &mut self,
        kept: &Kept,
        seen: &Seen,
        operation: &Operation,
        around: &Around<'_>,
    ) -> Result<()> {
        let (sent, ended) = match &self.place.access {
            Ok(access) => self.send(access, kept, seen, operation, around).await,
            // Nothing is left to upload.
            Err(_) => (present(kept), Ok(())),
        };
        let count = |state| sent.iter().filter(|sent| sent.state == state).count();
        let detail = format!(
            "{} uploaded, {} already published",
            count(State::Uploaded),
            count(State::AlreadyPublished)
        );
        self.document.files = sent.iter().map(published).collect();
        match ended {
            Ok(()) => {
                self.stage(StageReport::new(Stage::Publish, Outcome::Done, detail));
                Ok(())
            }
            Err(error) => {
                let detail = format!("{detail}; {}", error.message());
                self.stage(StageReport::new(Stage::Publish, Outcome::Failed, detail));
                Err(error)
            }
        }
    }

    async fn send(
        &self,
        access: &Access,
        kept: &Kept,
        seen: &Seen,
        operation: &Operation,
        around: &Around<'_>,
    ) -> (Vec<Sent>, Result<()>) {
        let mut sending =
            Sending::new(&self.place.indexes, access, around, &self.place.distribution);
        sending.send(kept, seen, operation).await
    }

    pub(super) async fn wait(&mut self, kept: &Kept, around: &Around<'_>) -> Result<()> {
        if self.wish.wait == 0 {
            self.stage(StageReport::new(Stage::Wait, Outcome::Unchecked, "--wait 0"));
            return Ok(());
        }
        let Place { indexes, distribution, version, .. } = self.place;
        match wait(indexes, distribution, &kept.files, around).await {
            Ok(waited) => {
                let forms = waited.forms.join(" and ");
                let detail = format!("served as {forms} after {:.0} s", waited.seconds);
                self.stage(StageReport::new(Stage::Wait, Outcome::Done, detail));
                self.document.next.push(format!("shipshape pin {version} --check"));
                Ok(())
            }
            Err(error) => self.failed(Stage::Wait, error),
        }
    }
}

/// All files, as already published.
fn present(kept: &Kept) -> Vec<Sent> {
    let there = |file: &KeptFile| Sent {
        file: file.clone(),
        state: State::AlreadyPublished,
        attestations: 0,
    };
    kept.files.iter().map(there).collect()
}

fn published(sent: &Sent) -> Published {
    Published {
        name: sent.file.name.clone(),
        size: sent.file.size,
        sha256: sent.file.sha256.clone(),
        state: sent.state,
        attestations: sent.attestations,
    }
}
