//! The JSON output of `package build` and `package list`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Built, Kind};
use crate::digest::hexadecimal;
use crate::package::rewrite::RewriteReport;

/// Name and version of the format.
pub const SCHEMA: &str = "shipshape/build/1";

/// The result of a build, or of a dry run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Document {
    /// Name and version of the format.
    pub schema: &'static str,
    /// The distribution's name.
    pub distribution: String,
    /// The name that Python imports, also for a wheel that was built from an sdist.
    pub package: String,
    /// The normalised version.
    pub version: String,
    /// The folder of the build. Absent if nothing was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// The artefacts.
    pub artefacts: Vec<ArtefactDocument>,
    /// What was rewritten, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewrites: Option<RewriteReport>,
}

/// One artefact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ArtefactDocument {
    /// Its kind.
    pub kind: Kind,
    /// Its path in the folder of the build. Empty for the tree, which is that folder.
    pub path: String,
    /// Size in bytes; for the tree, of all its files.
    pub size: u64,
    /// SHA-256 of the file in hexadecimal digits. Absent for the tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its files, in the order of the archive. Only with `package list` or `--verbose`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberDocument>,
}

/// One file of an artefact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MemberDocument {
    /// Its path in the archive.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Whether it is executable.
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
