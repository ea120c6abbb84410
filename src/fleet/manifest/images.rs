//! `images`: the container images of the members, and their containers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::fleet::Pattern;

/// Container images of the members.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// Host of the registry, `ghcr.io`.
    pub registry: String,
    /// Full name of an image without a tag, `ghcr.io/acme/template-{slug}`.
    pub name: Pattern,
    /// The tag that every build moves.
    #[serde(default = "latest")]
    pub tag: String,
    /// The image label that holds the version of the runtime package. Default: the label that the shape
    /// demands.
    pub version_label: Option<String>,
    /// The kind whose members have images. Default: every kind.
    pub of: Option<String>,
    /// The containers that run the images. Without this, no containers are looked for or removed.
    pub containers: Option<Containers>,
    /// What `images smoke` tries in containers that it creates.
    #[serde(default)]
    pub smoke: ImageSmoke,
    /// Further paths where `serve` accepts the requests of `/admin/images/refresh`, for clients of another
    /// server: `/admin/runtimes/refresh`.
    #[serde(default)]
    pub refresh_paths: Vec<String>,
}

fn latest() -> String {
    "latest".to_owned()
}

/// The containers that a platform creates from the members' images.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Containers {
    /// Prefix of the containers' names.
    pub prefix: String,
    /// The user that they run as, `agent` or `1000:1000`. Default: the image's own user.
    pub user: Option<String>,
    /// Environment variables that the platform sets, with values for trying an image. Do not put secrets here.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// What the platform mounts, by path in the container: `empty`, or a folder relative to this file whose
    /// content is used when an image is tried.
    #[serde(default)]
    pub mounts: BTreeMap<String, String>,
}

/// What is tried with an image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ImageSmoke {
    /// How an image starts with its own command.
    pub boot: Boot,
    /// Packages and modules to import, each with all its submodules. `$NAME` is the value of a variable of the
    /// container. Default: the runtime package.
    pub imports: Option<Vec<String>>,
    /// Modules to skip, each with the reason.
    pub skip: BTreeMap<String, String>,
    /// A Python program that uses the image once for its purpose. `stub(NAME)` replaces what it needs from
    /// other services.
    pub execute: Option<String>,
    /// The Python interpreter in the image.
    pub python: String,
    /// Timeout of each import and of the program, in seconds.
    #[schemars(range(min = 1, max = 3600))]
    pub seconds: u32,
}

impl Default for ImageSmoke {
    fn default() -> Self {
        Self {
            boot: Boot::default(),
            imports: None,
            skip: BTreeMap::new(),
            execute: None,
            python: "python3".to_owned(),
            seconds: 60,
        }
    }
}

/// How an image starts with its own command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Boot {
    /// Seconds that it must keep running or, with `ends`, must end within.
    #[schemars(range(min = 1, max = 600))]
    pub seconds: u32,
    /// Whether it ends by itself with exit code 0. Otherwise it must keep running.
    pub ends: bool,
}

impl Default for Boot {
    fn default() -> Self {
        Self { seconds: 10, ends: false }
    }
}
