//! Creates a container to try an image, watches it, and reads its results. Output of the engine and the container is
//! bounded.

use std::collections::HashMap;
use std::io::Read as _;
use std::time::Duration;

use bollard::body_full;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, DownloadFromContainerOptionsBuilder, LogsOptionsBuilder,
    UploadToContainerOptionsBuilder,
};
use futures_util::StreamExt as _;

use super::Engine;
use crate::images::engine::trial::{Course, Trial};
use crate::images::engine::{EngineFault, EngineFaultKind};

/// Time to wait for an engine that is itself waiting for a container.
const GLANCE: Duration = Duration::from_secs(60);

/// Time to wait for a container's logs, which some engines never end.
const WORDS: Duration = Duration::from_secs(5);

/// Maximum size of the logs in bytes, and number of lines to request.
const MOST_WORDS: usize = 16 << 10;
const LAST_LINES: &str = "20";

impl Engine {
    /// Creates a container with this name and copies its files into it, without starting it.
    ///
    /// # Errors
    /// When the engine refuses; nothing is left behind then.
    pub async fn make(&self, name: &str, trial: &Trial) -> Result<(), EngineFault> {
        let mounts = trial.empty.iter().map(|place| (place.clone(), "mode=1777".to_owned()));
        let variables = trial.environment.iter().map(|(name, value)| format!("{name}={value}"));
        let entrypoint = trial.command.as_ref();
        let body = ContainerCreateBody {
            image: Some(trial.image.clone()),
            user: trial.user.clone(),
            env: Some(variables.collect()),
            entrypoint: entrypoint.map(|words| words.iter().take(1).cloned().collect()),
            cmd: entrypoint.map(|words| words.iter().skip(1).cloned().collect()),
            labels: Some(HashMap::from([("shipshape.smoke".to_owned(), "yes".to_owned())])),
            host_config: Some(HostConfig {
                network_mode: Some("none".to_owned()),
                tmpfs: Some(mounts.collect()),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(name).build();
        self.docker.create_container(Some(options), body).await?;
        if trial.files.is_empty() {
            return Ok(());
        }
        let options = UploadToContainerOptionsBuilder::default().path("/").build();
        let files = body_full(trial.files.clone().into());
        let put = self.docker.upload_to_container(name, Some(options), files).await;
        if let Err(error) = put {
            let _ = self.remove(name).await;
            return Err(error.into());
        }
        Ok(())
    }

    /// Starts a container.
    ///
    /// # Errors
    /// When the engine cannot, with its message.
    pub async fn start(&self, name: &str) -> Result<(), EngineFault> {
        Ok(self.docker.start_container(name, None).await?)
    }

    /// Returns the state of a container after the time limit, or as soon as it has ended.
    ///
    /// # Errors
    /// When the engine cannot be queried.
    pub async fn course(&self, name: &str, limit: Duration) -> Result<Course, EngineFault> {
        let end = tokio::time::Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            // An engine may send nothing until the container has ended, so it is asked again before giving up.
            let mut waited = std::pin::pin!(self.docker.wait_container(name, None));
            match tokio::time::timeout(left.min(GLANCE), waited.next()).await {
                Ok(Some(Ok(ended))) => return Ok(Course::Ended(ended.status_code)),
                Ok(Some(Err(bollard::errors::Error::DockerContainerWaitError {
                    code, ..
                }))) => {
                    return Ok(Course::Ended(code));
                }
                Ok(Some(Err(error))) => return Err(error.into()),
                Ok(None) => {
                    let why = "it does not report how the container ended";
                    return Err(EngineFault::new(EngineFaultKind::Unreachable, why));
                }
                Err(_) if left <= GLANCE => return Ok(Course::Running),
                Err(_) => {}
            }
        }
    }

    /// Returns the last lines of a container's logs; none if the engine keeps none.
    pub async fn words(&self, name: &str) -> Vec<String> {
        let options =
            LogsOptionsBuilder::default().stdout(true).stderr(true).tail(LAST_LINES).build();
        let mut said = Vec::new();
        let mut lines = std::pin::pin!(self.docker.logs(name, Some(options)));
        let heard = async {
            while let Some(Ok(piece)) = lines.next().await {
                said.extend_from_slice(&piece.into_bytes());
                if said.len() >= MOST_WORDS {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(WORDS, heard).await;
        said.truncate(MOST_WORDS);
        let text = String::from_utf8_lossy(&said);
        text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// Reads a file of a container, up to `most` bytes; `None` if it does not exist.
    ///
    /// # Errors
    /// When the engine refuses, or the file is larger or not a regular file.
    pub async fn file(
        &self,
        name: &str,
        path: &str,
        most: usize,
    ) -> Result<Option<Vec<u8>>, EngineFault> {
        let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
        let mut pieces = std::pin::pin!(self.docker.download_from_container(name, Some(options)));
        let refused = |why: &str| EngineFault::new(EngineFaultKind::Refused, why);
        let mut archive = Vec::new();
        while let Some(piece) = pieces.next().await {
            match piece.map_err(EngineFault::from) {
                Ok(piece) => archive.extend_from_slice(&piece),
                Err(fault) if fault.kind == EngineFaultKind::Absent => return Ok(None),
                Err(fault) => return Err(fault),
            }
            // Allows for the archive's headers and padding.
            if archive.len() > most.saturating_add(64 << 10) {
                return Err(refused(&format!("`{path}` has more than {most} bytes")));
            }
        }
        let unreadable = |_| refused(&format!("`{path}` was not sent as an archive"));
        let mut archive = tar::Archive::new(archive.as_slice());
        let Some(entry) = archive.entries().map_err(unreadable)?.next() else { return Ok(None) };
        let entry = entry.map_err(unreadable)?;
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(refused(&format!("`{path}` is not a regular file")));
        }
        let mut bytes = Vec::new();
        let bound = u64::try_from(most).unwrap_or(u64::MAX);
        entry.take(bound).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(Some(bytes))
    }
}
