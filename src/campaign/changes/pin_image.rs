//! The change `pin_image`: sets the digests of base images.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pin::dockerfiles;
use super::spec::Say;
use super::{Hindrance, Step, Surroundings};
use crate::change::{ChangeSet, FileEdit};
use crate::checks::Found;
use crate::registry::Reference;
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::dockerfile::{Base, Dockerfile, ImageReference, Value};
use crate::source::{Span, Text, TextEdit, typed};

/// Sets the digests of base images in the `FROM` lines of every stage. The tag and the spelling of the name are
/// kept. Other tags of the same image are not changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinImage {
    /// Images by name and tag, such as `python:3.11-slim`.
    pub images: Vec<String>,
    /// Digests, `sha256:…`, by the entries of `images`. Default: looked up in the registry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
}

impl PinImage {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        if self.images.is_empty() {
            say(&[typed::Step::from("images")], "no image is named".to_owned());
        }
        for (index, image) in self.images.iter().enumerate() {
            let at = [typed::Step::from("images"), typed::Step::from(index)];
            if Reference::parse(image).is_err() {
                say(&at, format!("`{image}` is not an image"));
            } else if image.contains('@') {
                let why = "names a digest already: digests belong under `digests`";
                say(&at, format!("`{image}` {why}"));
            }
        }
        for (image, digest) in &self.digests {
            let at = [typed::Step::from("digests"), typed::Step::from(image.as_str())];
            if !self.images.contains(image) {
                say(&at, format!("`{image}` is not one of `images`"));
            } else if Reference::parse(&format!("{image}@{digest}")).is_err() {
                say(
                    &at,
                    format!("`{digest}` is not a digest: write it as `sha256:` and 64 digits"),
                );
            }
        }
    }

    /// The images whose digests are not known yet.
    pub fn unresolved(&self) -> impl Iterator<Item = &str> {
        self.images.iter().filter(|image| !self.digests.contains_key(*image)).map(String::as_str)
    }

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        let mut wanted = Vec::new();
        for image in &self.images {
            let Some(digest) = self.digests.get(image) else {
                return Err(Hindrance::new(format!("the digest of `{image}` was not looked up")));
            };
            wanted.push((ImageReference::parse(image), digest.as_str()));
        }
        let repository = surroundings.repository(tree);
        let (mut edits, mut remarks) = (Vec::new(), Vec::new());
        for path in dockerfiles(&repository) {
            let text = match repository.find(&path) {
                Found::Nothing => continue,
                Found::Unusable(why) => return Err(unread(&path, &why)),
                Found::File(blob) => {
                    blob.documents.text().cloned().map_err(|why| unread(&path, &why))?
                }
            };
            let Some(file) = repository.dockerfile(&path) else {
                return Err(unread(&path, &"does not parse"));
            };
            let mut made = Vec::new();
            for (image, digest) in &wanted {
                let of_file = InFile { path: &path, text: &text, file: &file };
                of_file.set(image, digest, &mut made, &mut remarks)?;
            }
            if !made.is_empty() {
                edits.push(FileEdit::text(path.as_str(), made));
            }
        }
        Ok(Step { changes: ChangeSet::compose(tree, &edits)?, remarks })
    }
}

fn unread(path: &str, why: &dyn fmt::Display) -> Hindrance {
    let hindrance = Hindrance::new(format!("`{path}` {why}")).in_file(&RepoPath::new(path));
    hindrance.hint("repair the file first")
}

struct InFile<'f> {
    path: &'f str,
    text: &'f Text,
    file: &'f Dockerfile,
}

impl InFile<'_> {
    fn set(
        &self,
        image: &ImageReference,
        digest: &str,
        edits: &mut Vec<TextEdit>,
        remarks: &mut Vec<String>,
    ) -> Result<(), Hindrance> {
        for from in self.file.stages.iter().map(|stage| &stage.from) {
            let Base::Image(base) = &from.base else { continue };
            if base.repository != image.repository || base.digest.as_deref() == Some(digest) {
                continue;
            }
            if base.tag != image.tag {
                if base.tag.is_none() {
                    let line = self.text.position(from.span.start).line;
                    remarks.push(format!(
                        "`{}`, line {line}, stays as it is: it names no tag, so its digest may belong to another tag",
                        self.path
                    ));
                }
                continue;
            }
            let value = self.written(&from.image);
            let place = value.and_then(|value| self.place(value)).ok_or_else(|| {
                let why = "the image is composed of several parts, so no digest can be set";
                Hindrance::new(why)
                    .at(&RepoPath::new(self.path), self.text, from.image.span)
                    .hint("write it in one word, or as the default of one ARG")
            })?;
            let (span, said) = place;
            let name = said.split_once('@').map_or(said, |(name, _)| name);
            let edit = TextEdit::replace(span, format!("{name}@{digest}"));
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
        Ok(())
    }

    /// The value that contains the image: that of `FROM`, or the default of the single argument that `FROM` consists
    /// of.
    fn written<'v>(&'v self, image: &'v Value) -> Option<&'v Value> {
        let [mention] = image.mentions.as_slice() else {
            return image.mentions.is_empty().then_some(image);
        };
        let alone = [format!("${}", mention.name), format!("${{{}}}", mention.name)];
        if !alone.contains(&image.raw) {
            return None;
        }
        let mut arguments = self.file.global_arguments.iter().rev();
        let argument = arguments.find(|argument| argument.name == mention.name)?;
        argument.default.as_ref().filter(|default| default.mentions.is_empty())
    }

    /// The span of a value's text without quotes, and the text.
    fn place<'v>(&self, value: &'v Value) -> Option<(Span, &'v str)> {
        let said = value.text.as_deref()?;
        let raw = self.text.slice(value.span);
        if raw == said {
            return Some((value.span, said));
        }
        let quoted = [format!("\"{said}\""), format!("'{said}'")];
        let inner = Span::new(value.span.start + 1, value.span.end.saturating_sub(1));
        quoted.iter().any(|quoted| quoted == raw).then_some((inner, said))
    }
}

#[cfg(test)]
mod tests;
