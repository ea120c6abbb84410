//! `images`: the container images of the members, and their containers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::fleet::Pattern;

/// The container images of the members.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// The registry's host, `ghcr.io`.
    pub registry: String,
    /// An image's whole name without a tag, `ghcr.io/acme/template-{slug}`.
    pub name: Pattern,
    /// The tag that members move with every build.
    #[serde(default = "latest")]
    pub tag: String,
    /// The label of an image that says which version of the runtime package is in it; the one that the shape
    /// demands, when absent.
    pub version_label: Option<String>,
    /// The kind whose members have images; the members of every kind, when absent.
    pub of: Option<String>,
    /// The containers that are made from the images. When absent none are looked for, and none can be removed.
    pub containers: Option<Containers>,
    /// What is tried of an image in containers that are made for it (`images smoke`).
    #[serde(default)]
    pub smoke: ImageSmoke,
    /// Further paths at which `serve` takes what it takes at `/admin/images/refresh`: for programs that know another
    /// server, `/admin/runtimes/refresh`.
    #[serde(default)]
    pub refresh_paths: Vec<String>,
}

fn latest() -> String {
    "latest".to_owned()
}

/// The containers that a platform makes from the members' images.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Containers {
    /// What their names begin with.
    pub prefix: String,
    /// Whom they run as, `agent` or `1000:1000`; the image's own user, when absent.
    pub user: Option<String>,
    /// The variables that the platform sets, with values to try an image with. They are no place for secrets.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// What the platform mounts, by its path in the container: `empty`, or a folder relative to this file whose
    /// content stands for it when an image is tried.
    #[serde(default)]
    pub mounts: BTreeMap<String, String>,
}

/// What is tried of an image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ImageSmoke {
    /// How an image begins by its own command.
    pub boot: Boot,
    /// Packages and modules every module of which is imported; `$NAME` is what a variable of the container says. The runtime
    /// package, when absent.
    pub imports: Option<Vec<String>>,
    /// Modules that are not imported, each with the reason.
    pub skip: BTreeMap<String, String>,
    /// A program in Python that does once what the image is for. `stub(NAME)` stands for whatever it needs of others.
    pub execute: Option<String>,
    /// The Python of the image.
    pub python: String,
    /// Seconds that one import, or the program, may take.
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

/// How an image begins by its own command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Boot {
    /// Seconds that it has to go on for, or to end within.
    #[schemars(range(min = 1, max = 600))]
    pub seconds: u32,
    /// Whether it ends by itself, with 0; else it has to go on.
    pub ends: bool,
}

impl Default for Boot {
    fn default() -> Self {
        Self { seconds: 10, ends: false }
    }
}
