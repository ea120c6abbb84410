//! Container images in the forge's own registry.

use serde::Deserialize;

use super::segment;
use crate::forge::{Client, ForgeError};

/// A container image, across all its versions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ImagePackage {
    /// The name, without its owner.
    pub name: String,
    /// `public`, `private` or `internal`; a new one is private.
    #[serde(default)]
    pub visibility: Option<String>,
    /// The address of its web page.
    #[serde(default)]
    pub html_url: String,
}

impl Client {
    /// An organisation's image; `None` when it does not exist or may not be read.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn image_package(
        &self,
        organization: &str,
        name: &str,
    ) -> Result<Option<ImagePackage>, ForgeError> {
        let (organization, name) = (segment(organization), segment(name));
        self.find(&format!("/orgs/{organization}/packages/container/{name}")).await
    }
}
