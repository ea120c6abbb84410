//! A client for registries.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use super::asking::Asking;
use super::document::{Image, Platform};
use super::layers::Installed;
use super::reference::Reference;
use super::refusal::Refusal;
use crate::edge::network::{Authorization, Limits, Transport};
use crate::source::secrets::SentSecrets;

/// A user name and a password or token for a registry.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub(super) username: String,
    pub(super) password: String,
}

impl Credentials {
    /// Creates credentials.
    #[must_use]
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: username.into(), password: password.into() }
    }

    /// The user name.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The password or token, which must never be shown.
    pub(crate) fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// Options for requests to registries.
#[derive(Clone, Debug)]
pub struct Options {
    /// Credentials by registry host (`ghcr.io`) or a prefix of an image's name (`ghcr.io/acme`); the longest match
    /// counts. Without a match, requests are anonymous.
    pub credentials: BTreeMap<String, Credentials>,
    /// The platform that images are to run on.
    pub platform: Platform,
    /// Limits on time and size.
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

/// A client for registries. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) options: Options,
    /// One for each server, since a transport is tied to the server it was created for.
    pub(super) transports: Mutex<BTreeMap<String, Arc<Transport>>>,
    /// What was sent as a credential so far, to mask in what registries answer.
    pub(super) sent: Mutex<SentSecrets>,
    /// The authorizations last obtained, by server and repository.
    pub(super) authorizations: Mutex<BTreeMap<(String, String), Arc<Authorization>>>,
}

/// What a tag points to, from a HEAD request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The digest of the manifest, or of the index if there is one.
    pub digest: String,
    /// The etag for the next request.
    pub etag: Option<String>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

impl Registry {
    /// Creates a client; sends no request yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let (transports, authorizations, sent) = Default::default();
        Self { inner: Arc::new(Inner { options, transports, authorizations, sent }) }
    }

    /// Reads the current image.
    ///
    /// # Errors
    /// When it is absent, access is denied, or its content does not match its digests.
    pub async fn image(&self, reference: &Reference) -> Result<Image, Refusal> {
        let asking = Asking { inner: &self.inner, reference };
        let (found, _) = asking.image().await?;
        Ok(found)
    }

    /// What a tag points to now, without fetching the image. `None` if it has not changed since `etag` was returned.
    ///
    /// # Errors
    /// When it is absent, access is denied, or the registry sends an invalid digest.
    pub async fn head(
        &self,
        reference: &Reference,
        etag: Option<&str>,
    ) -> Result<Option<Head>, Refusal> {
        Asking { inner: &self.inner, reference }.head(etag).await
    }

    /// The version of a Python distribution installed in an image, searching its layers from the newest and honouring
    /// whiteouts. `None` if no layer has it.
    ///
    /// # Errors
    /// When a layer cannot be fetched, does not match its digest, or is packed in an unsupported way: its absence could
    /// not be proven then.
    pub async fn installed(
        &self,
        reference: &Reference,
        distribution: &str,
    ) -> Result<Option<Installed>, Refusal> {
        let asking = Asking { inner: &self.inner, reference };
        let (_, layers) = asking.image().await?;
        asking.installed(&layers, distribution).await
    }

    /// The credentials for an image, if there are any.
    #[must_use]
    pub fn credentials(&self, reference: &Reference) -> Option<&Credentials> {
        self.inner.credentials(reference)
    }
}

impl Inner {
    /// The credentials for the longest matching part of an image's name.
    pub(super) fn credentials(&self, reference: &Reference) -> Option<&Credentials> {
        let name = format!("{}/{}", reference.registry(), reference.repository());
        let fits = |part: &str| name.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'));
        let all = self.options.credentials.iter();
        all.filter(|(part, _)| fits(part))
            .max_by_key(|(part, _)| part.len())
            .map(|(_, found)| found)
    }
}
