//! A registry, and what can be asked of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use super::asking::Asking;
use super::document::{Image, Platform};
use super::layers::Installed;
use super::reference::Reference;
use super::refusal::Refusal;
use crate::edge::network::{Authorization, Limits, Transport};

/// A name and a password or token for a registry.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub(super) username: String,
    pub(super) password: String,
}

impl Credentials {
    /// Credentials of these two.
    #[must_use]
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: username.into(), password: password.into() }
    }

    /// The name.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The password or token: for who pulls, and for nobody's eyes.
    pub(crate) fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// How registries are asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// Credentials, each for one registry's host (`ghcr.io`) or a part of it (`ghcr.io/acme`); the longest that
    /// fits counts. Without any a registry is asked as anybody may.
    pub credentials: BTreeMap<String, Credentials>,
    /// What images are to run on.
    pub platform: Platform,
    /// How long and how much.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            credentials: BTreeMap::new(),
            platform: Platform::new("linux", "amd64"),
            limits: Limits::default(),
        }
    }
}

/// Registries that are asked. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) options: Options,
    /// One for each server, since each leads elsewhere.
    pub(super) transports: Mutex<BTreeMap<String, Arc<Transport>>>,
    /// What each server wanted to see last, by image.
    pub(super) authorizations: Mutex<BTreeMap<(String, String), Arc<Authorization>>>,
}

/// What a tag leads to, as a registry says it without sending it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The digest of the manifest, or of the index where there is one.
    pub digest: String,
    /// The mark to ask with next time.
    pub etag: Option<String>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

impl Registry {
    /// Registries; nothing is asked yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let (transports, authorizations) = Default::default();
        Self { inner: Arc::new(Inner { options, transports, authorizations }) }
    }

    /// An image as its registry has it now.
    ///
    /// # Errors
    /// When it is not there, may not be seen, or is not what it says.
    pub async fn image(&self, reference: &Reference) -> Result<Image, Refusal> {
        let asking = Asking { inner: &self.inner, reference };
        let (found, _) = asking.image().await?;
        Ok(found)
    }

    /// What a tag leads to now: nothing of the image is sent. `None` when it leads where it led when `etag` was told.
    ///
    /// # Errors
    /// When it is not there, may not be seen, or the registry says what no digest is.
    pub async fn head(
        &self,
        reference: &Reference,
        etag: Option<&str>,
    ) -> Result<Option<Head>, Refusal> {
        Asking { inner: &self.inner, reference }.head(etag).await
    }

    /// The version of a Python distribution that an image has installed: what its layers hold, the newest first,
    /// as far as a newer layer does not hide it. `None` when no layer has it.
    ///
    /// # Errors
    /// When a layer cannot be had, is not what its digest says, or is packed in a way that is not read: then
    /// nobody can say that it is not there.
    pub async fn installed(
        &self,
        reference: &Reference,
        distribution: &str,
    ) -> Result<Option<Installed>, Refusal> {
        let asking = Asking { inner: &self.inner, reference };
        let (_, layers) = asking.image().await?;
        asking.installed(&layers, distribution).await
    }

    /// The credentials that are there for an image.
    #[must_use]
    pub fn credentials(&self, reference: &Reference) -> Option<&Credentials> {
        self.inner.credentials(reference)
    }
}

impl Inner {
    /// Those of the longest part of an image's name.
    pub(super) fn credentials(&self, reference: &Reference) -> Option<&Credentials> {
        let name = format!("{}/{}", reference.registry(), reference.repository());
        let fits = |part: &str| name.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'));
        let all = self.options.credentials.iter();
        all.filter(|(part, _)| fits(part))
            .max_by_key(|(part, _)| part.len())
            .map(|(_, found)| found)
    }
}
