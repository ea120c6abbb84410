//! Demands on Dockerfiles.

use schemars::JsonSchema;
use serde::Deserialize;

use super::fault::{self, Fault};
use super::several;
use crate::source::yaml::Path;

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

impl Demand {
    /// What no Dockerfile could meet. `place` is where shape.yaml has the demand.
    pub(super) fn fault(&self, place: &Path) -> Option<Fault> {
        // Destructured so that a new field has to be considered here: which of its values would mean nothing?
        let Self {
            path: _,
            base_image,
            cache_key,
            installs,
            user,
            environment,
            entrypoint,
            labels,
        } = self;
        let image = base_image.as_deref().map(|it| (it, place.clone().key("base_image")));
        let arg = cache_key
            .as_ref()
            .map(|it| (it.arg.as_str(), place.clone().key("cache_key").key("arg")));
        let name =
            user.as_ref().map(|it| (it.name.as_str(), place.clone().key("user").key("name")));
        let program = entrypoint.as_deref().map(|it| (it, place.clone().key("entrypoint")));
        let variables = environment.iter().enumerate().map(|(index, it)| {
            (it.name.as_str(), place.clone().key("environment").index(index).key("name"))
        });
        let labels = labels.iter().enumerate().map(|(index, it)| {
            (it.name.as_str(), place.clone().key("labels").index(index).key("name"))
        });
        let words = [image.clone(), arg, name, program].into_iter().flatten();
        fault::of_blank(words.chain(variables.clone()).chain(labels))
            .or_else(|| fault::of_spaced(image.into_iter().chain(variables)))
            .or_else(|| fault::of_distribution(installs.as_deref()?, place.clone().key("installs")))
    }

    /// Its line in a listing of what a pack demands.
    #[must_use]
    pub fn in_words(&self) -> String {
        // Destructured so that a new field has to be shown here.
        let Self { path, base_image, cache_key, installs, user, environment, entrypoint, labels } =
            self;
        let mut parts = vec![format!("from {}", base_image.as_deref().unwrap_or("any image"))];
        parts.extend(installs.iter().map(|it| format!("installs {it}")));
        parts.extend(cache_key.iter().map(|it| format!("its cache depends on {}", it.arg)));
        parts.extend(user.iter().map(|it| format!("user {} ({})", it.name, it.uid)));
        parts.extend(entrypoint.iter().map(|it| format!("runs {it}")));
        let counts = [(environment.len(), "environment variable"), (labels.len(), "label")];
        parts.extend(several(&counts));
        format!("{path}  {}", parts.join(", "))
    }
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
