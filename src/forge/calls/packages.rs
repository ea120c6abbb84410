//! Images in the forge's own container registry.

use serde::Deserialize;

use super::segment;
use crate::forge::{Client, ForgeError};

/// An image by its name, whatever its versions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ImagePackage {
    /// The name, without its owner.
    pub name: String,
    /// `public`, `private` or `internal`; a new one is private.
    #[serde(default)]
    pub visibility: Option<String>,
    /// The page for people.
    #[serde(default)]
    pub html_url: String,
}

impl Client {
    /// An image of an organisation; `None` when none was published, or it may not be seen.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub async fn image_package(
        &self,
        organization: &str,
        name: &str,
    ) -> Result<Option<ImagePackage>, ForgeError> {
        let (organization, name) = (segment(organization), segment(name));
        self.find(&format!("/orgs/{organization}/packages/container/{name}")).await
    }
}
