//! Demands on Dockerfiles.

use schemars::JsonSchema;
use serde::Deserialize;

/// Requirements on one Dockerfile. Each says which stages it is about; the image is the last stage and the stages that
/// it is built from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Path of the Dockerfile.
    pub path: String,
    /// The base image of the last stage, in any equivalent spelling.
    pub base_image: Option<String>,
    /// A build argument that must invalidate the cache of the layer of the image that installs
    /// `installs`.
    pub cache_key: Option<CacheKey>,
    /// A Python distribution that must be installed in the image, from a requirements file or by name.
    pub installs: Option<String>,
    /// A user that must be created in the image.
    pub user: Option<User>,
    /// Environment variables that must be set in the image.
    #[serde(default)]
    pub environment: Vec<Environment>,
    /// The program that the image's entrypoint must run, directly or through a script.
    pub entrypoint: Option<String>,
    /// Labels that the image must have.
    #[serde(default)]
    pub labels: Vec<Label>,
}

/// A build argument that a layer's cache key must depend on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheKey {
    /// Its name.
    pub arg: String,
}

/// A user of the image.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its numeric id.
    pub uid: u32,
}

/// An environment variable of the image.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Its value. Default: any.
    pub value: Option<String>,
    /// Whether its value is the name of a Python module, whose file must be copied to where Python finds it.
    #[serde(default)]
    pub module: bool,
}

/// A label of the image.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Its key.
    pub name: String,
    /// The build argument that its value must use.
    pub from_arg: Option<String>,
}
