//! The JSON output of `package build` and `package list`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Built, Kind};
use crate::digest::hexadecimal;
use crate::package::rewrite::RewriteReport;

/// Name and version of the format.
pub const SCHEMA: &str = "shipshape/build/1";

/// What was built, or would be.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Document {
    /// Name and version of the format.
    pub schema: &'static str,
    /// The distribution's name.
    pub distribution: String,
    /// The name that Python imports; of a wheel that was built from an sdist as well.
    pub package: String,
    /// The version in its one spelling.
    pub version: String,
    /// The folder of the build; nothing was written when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// The artefacts.
    pub artefacts: Vec<ArtefactDocument>,
    /// What was rewritten, when that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewrites: Option<RewriteReport>,
}

/// One artefact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ArtefactDocument {
    /// What it is.
    pub kind: Kind,
    /// Its path below the folder of the build; empty for the tree, which is that folder.
    pub path: String,
    /// Bytes; of the tree, of all its files.
    pub size: u64,
    /// The file's SHA-256 in hexadecimal digits; the tree has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What is in it, in the order of the archive; `package list` and `--verbose` tell it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberDocument>,
}

/// One file of an artefact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MemberDocument {
    /// Its path in the archive.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Whether it may be executed.
    pub executable: bool,
}

/// Data about a build besides its artefacts.
#[derive(Clone, Debug)]
pub struct About {
    /// The distribution's name.
    pub distribution: String,
    /// The name that Python imports.
    pub package: String,
    /// The version.
    pub version: String,
    /// The folder it was written to.
    pub out: Option<String>,
}

impl Document {
    /// The document of a build.
    #[must_use]
    pub fn of(about: About, built: &Built, members: bool) -> Self {
        let artefacts = built.artefacts.iter().map(|artefact| ArtefactDocument {
            kind: artefact.kind,
            path: artefact.path.clone(),
            size: artefact.size,
            sha256: artefact.sha256.map(|hash| hexadecimal(&hash)),
            members: artefact
                .members
                .iter()
                .filter(|_| members)
                .map(|member| MemberDocument {
                    path: member.path.clone(),
                    size: member.size,
                    sha256: hexadecimal(&member.sha256),
                    executable: member.executable,
                })
                .collect(),
        });
        Self {
            schema: SCHEMA,
            distribution: about.distribution,
            package: about.package,
            version: about.version,
            out: about.out,
            artefacts: artefacts.collect(),
            rewrites: built.rewrites.clone(),
        }
    }
}
