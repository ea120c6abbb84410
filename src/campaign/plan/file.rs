//! The plan as it is kept: one JSON document, bound to a digest over all of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize as _;
use serde_json::Value;

use super::{Content, Plan, PlannedFile, Proposed, SCHEMA, sound};
use crate::campaign::identity::{digest_of, mode_in_words};
use crate::change::{Change, ChangeSet};
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::forge::calls::pull_opening::{FileChange, FileContent};
use crate::snapshot::BlobId;

/// Plans larger than this are not read: 1 GiB. One of a thousand repositories has some megabytes.
const MAX_BYTES: u64 = 1 << 30;

/// What to do about a plan that this version cannot read.
const NEWER: &str = "update shipshape, or plan again with this version: `shipshape campaign plan`";

impl Plan {
    /// Computes the digest over all the rest, and enters it.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.digest = self.computed_digest();
        self
    }

    fn computed_digest(&self) -> String {
        let bare = Self { digest: String::new(), ..self.clone() };
        // A plan holds texts, numbers and lists: it can always be written.
        digest_of(&serde_json::to_vec(&bare).unwrap_or_default())
    }

    /// As it is written to a file.
    ///
    /// # Errors
    /// Never for a plan that was made here.
    pub fn to_text(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Error::failed("cannot write the plan").caused_by(error))?;
        Ok(text + "\n")
    }

    /// Whether a file is a plan rather than a campaign, by its name or by how it begins.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_kept_in(file: &Path) -> Result<bool> {
        if file.extension().is_some_and(|extension| extension == "json") {
            return Ok(true);
        }
        let bytes = whole_file::read_up_to(file, MAX_BYTES)?.unwrap_or_default();
        Ok(is_plan(&bytes))
    }

    /// What is wrong where this is given as a campaign; `None` when it is no plan.
    #[must_use]
    pub fn instead_of_campaign(file: &Path, bytes: &[u8]) -> Option<Error> {
        if !is_plan(bytes) {
            return None;
        }
        let plan: Option<Value> = serde_json::from_slice(bytes).ok();
        let campaign = plan.as_ref().and_then(|plan| plan.get("file")?.as_str());
        let error = Error::usage("this is a plan, not a campaign").in_file(file);
        Some(match campaign {
            Some(campaign) => {
                let campaign = campaign.escape_debug();
                error
                    .hint(format!("its campaign is {campaign}: name that file instead"))
                    .hint("only `shipshape campaign apply` takes a plan")
            }
            None => error.hint("name the campaign file that it was made from"),
        })
    }

    /// Reads a plan, and holds it to its digest and to the ids of its contents.
    ///
    /// # Errors
    /// When it is not a plan, another version of shipshape wrote it, or it was changed by hand.
    pub fn load(file: &Path) -> Result<Self> {
        let bytes = whole_file::read_up_to(file, MAX_BYTES)?
            .ok_or_else(|| Error::usage("this plan does not exist").in_file(file))?;
        let again = "plan again: `shipshape campaign plan`";
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
            Error::usage("this is not a campaign plan").in_file(file).caused_by(error).hint(again)
        })?;
        let schema = value.get("schema").and_then(Value::as_str).unwrap_or("nothing");
        if schema != SCHEMA {
            let error =
                Error::usage(format!("its schema is `{schema}`, but only `{SCHEMA}` is supported"));
            let is_newer = schema.starts_with("shipshape/plan/");
            return Err(error.in_file(file).hint(if is_newer { NEWER } else { again }));
        }
        let plan = match Self::deserialize(&value) {
            Ok(plan) => plan,
            Err(error) => {
                // Older plans can be read: fields that were added since are optional.
                let (said, hint) = match is_as_sealed(value) {
                    true => ("a newer version of shipshape wrote this plan", NEWER),
                    false => ("this is not a campaign plan", again),
                };
                return Err(Error::usage(said).in_file(file).caused_by(error).hint(hint));
            }
        };
        if plan.digest != plan.computed_digest() {
            return Err(match is_as_sealed(value) {
                true => Error::usage("an earlier version of shipshape wrote this plan")
                    .in_file(file)
                    .hint(again),
                false => Error::usage("the plan was changed after it was made")
                    .in_file(file)
                    .hint(format!("only a plan that was shown is applied: {again}")),
            });
        }
        match sound::flaw(&plan) {
            None => Ok(plan),
            Some(why) => {
                Err(Error::usage(format!("the plan was changed after it was made: {why}"))
                    .in_file(file)
                    .hint(again))
            }
        }
    }

    /// The files of a change, with their contents.
    ///
    /// # Errors
    /// When the plan lacks one.
    pub fn files(&self, change: &Proposed) -> Result<Vec<FileChange>> {
        change
            .files
            .iter()
            .map(|file| {
                let lacking =
                    || Error::failed(format!("the plan has no content for `{}`", file.path));
                let content = match &file.content {
                    None => None,
                    Some(id) => Some(FileContent {
                        mode: written_mode(&file.mode).ok_or_else(lacking)?,
                        bytes: self
                            .contents
                            .get(id)
                            .and_then(Content::bytes)
                            .ok_or_else(lacking)?,
                    }),
                };
                Ok(FileChange { path: file.path.clone(), content })
            })
            .collect()
    }
}

/// Whether a plan's document is as it was made, whatever it consists of: its digest is over its other fields, in their
/// order.
fn is_as_sealed(mut document: Value) -> bool {
    let Some(place) = document.get_mut("digest") else { return false };
    let digest = std::mem::replace(place, Value::String(String::new()));
    let computed = digest_of(&serde_json::to_vec(&document).unwrap_or_default());
    digest.as_str() == Some(computed.as_str())
}

/// Whether a text begins as a plan does.
fn is_plan(bytes: &[u8]) -> bool {
    let begins = bytes.get(..200).unwrap_or(bytes).trim_ascii_start();
    let schema = SCHEMA.as_bytes();
    begins.starts_with(b"{") && begins.windows(schema.len()).any(|word| word == schema)
}

/// Git's mode of a file or a link.
pub(super) fn written_mode(written: &str) -> Option<&'static str> {
    ["100644", "100755", "120000"].into_iter().find(|mode| *mode == written)
}

impl Content {
    /// The content of a file, as text when it is one.
    #[must_use]
    pub fn of(bytes: &Arc<[u8]>) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(BASE64_STANDARD.encode(bytes)),
        }
    }

    /// Its bytes; `None` when it is no base 64.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Base64(text) => BASE64_STANDARD.decode(text).ok(),
        }
    }
}

/// The files of a change set; their contents are added to those of the plan.
#[must_use]
pub fn planned_files(
    changes: &ChangeSet,
    contents: &mut BTreeMap<String, Content>,
) -> Vec<PlannedFile> {
    changes
        .changes
        .iter()
        .map(|(path, change)| match change {
            Change::Delete { base } => PlannedFile {
                path: path.as_str().to_owned(),
                mode: "100644".to_owned(),
                content: None,
                base: Some(base.to_string()),
            },
            Change::Write { bytes, mode, base } => {
                let id = BlobId::of(bytes).to_string();
                contents.entry(id.clone()).or_insert_with(|| Content::of(bytes));
                PlannedFile {
                    path: path.as_str().to_owned(),
                    mode: mode_in_words(*mode).to_owned(),
                    content: Some(id),
                    base: base.map(|base| base.to_string()),
                }
            }
        })
        .collect()
}
