//! Demands on Dockerfiles.

use schemars::JsonSchema;
use serde::Deserialize;

/// What one Dockerfile must amount to. Everything is judged on its last stage.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// The Dockerfile.
    pub path: String,
    /// The image that the last stage is built from, whatever its spelling.
    pub base_image: Option<String>,
    /// The build argument that must change the layer which installs `installs`.
    pub cache_key: Option<CacheKey>,
    /// The Python distribution that must be installed, from a requirements file or by name.
    pub installs: Option<String>,
    /// The user that must be created.
    pub user: Option<User>,
    /// Environment variables that must be set.
    #[serde(default)]
    pub environment: Vec<Environment>,
    /// The program that the effective entrypoint must reach, directly or through a script.
    pub entrypoint: Option<String>,
    /// Labels that must be stamped into the image.
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
    /// The value that it must have; any when absent.
    pub value: Option<String>,
    /// Whether it names a Python module whose file must be copied to where Python finds it.
    #[serde(default)]
    pub module: bool,
}

/// A label of the image.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Its key.
    pub name: String,
    /// The build argument that its value must be made of.
    pub from_arg: Option<String>,
}
