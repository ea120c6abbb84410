//! The change `add`: a file or a link at a path.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths;
use super::spec::Say;
use super::{Hindrance, Step, Surroundings};
use crate::change::{ChangeSet, FileEdit, Mode};
use crate::shape::manifest::Manifest;
use crate::shape::pack::TEMPLATE_SUFFIX;
use crate::shape::render::{RenderError, Templates};
use crate::shape::template_names::Sort;
use crate::shape::variables::{GIVEN, STARTER, given_where_lacking};
use crate::snapshot::{EntryKind, LinkTarget, RepoPath, Snapshot, link_target};
use crate::source::typed::{self, nearest};

/// Adds a file or a symbolic link at a path. Give exactly one of `content`, `template`, `file` and `link`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// The path in the repository.
    pub path: String,
    /// The content, written verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The content as a Tera template, with the variables of the shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// A file with the content, relative to campaign.yaml. A name that ends in `.tera` makes it a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The target of a symbolic link. It must stay inside the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Whether the file is executable. By default, an existing file keeps its executable bit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<bool>,
    /// What to do if the path already holds something else.
    #[serde(default, skip_serializing_if = "Existing::is_default")]
    pub existing: Existing,
}

/// What to do if the path already holds something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Existing {
    /// Keep what is there.
    #[default]
    Keep,
    /// Replace it.
    Replace,
    /// Refuse the change for this repository.
    Refuse,
}

impl Existing {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
    pub(super) fn is_default(&self) -> bool {
        *self == Self::Keep
    }
}

impl Add {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        paths::check_path("path", &self.path, say);
        let sources = [&self.content, &self.template, &self.file, &self.link];
        if sources.into_iter().flatten().count() != 1 {
            let what = "give exactly one of `content`, `template`, `file` and `link`";
            say(&[], what.to_owned());
        }
        if let Some(template) = &self.template
            && let Err(error) = Templates::compile([("it", template.as_str())])
        {
            // The last of several lines says what is expected instead.
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches([' ', '=']);
            let message = format!("the template does not compile: {why}");
            say(&[typed::Step::from("template")], message);
        }
        if let Some(target) = &self.link {
            let link = [typed::Step::from("link")];
            if !matches!(link_target(&RepoPath::new(&self.path), target), LinkTarget::Inside(_)) {
                say(&link, format!("the link to `{target}` would point outside the repository"));
            }
            if self.executable == Some(true) {
                say(
                    &[typed::Step::from("executable")],
                    "`executable` does not apply to a link".to_owned(),
                );
            }
        }
    }

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        let path = RepoPath::new(&self.path);
        let entry = tree.entry(path.as_str());
        if entry.is_some() && self.existing == Existing::Keep {
            return Ok(Step::default());
        }
        let bytes = self.bytes(surroundings, tree)?;
        let was_executable = entry.is_some_and(|entry| entry.kind == EntryKind::Executable);
        let mode = match (&self.link, self.executable.unwrap_or(was_executable)) {
            (Some(_), _) => Mode::Link,
            (None, true) => Mode::Executable,
            (None, false) => Mode::File,
        };
        let edit = FileEdit::Write { path: path.clone(), bytes, mode };
        let changes = ChangeSet::compose(tree, &[edit])?;
        if entry.is_some() && !changes.is_empty() && self.existing == Existing::Refuse {
            return Err(Hindrance::new(format!("`{path}` exists already and differs"))
                .hint("check it, then set `existing: keep` or `existing: replace`"));
        }
        Ok(Step { changes, remarks: Vec::new() })
    }

    fn bytes(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Arc<[u8]>, Hindrance> {
        if let Some(text) = self.content.as_ref().or(self.link.as_ref()) {
            return Ok(text.as_bytes().into());
        }
        if let Some(template) = &self.template {
            return self.rendered(surroundings, tree, template);
        }
        let name = self.file.as_deref().unwrap_or_default();
        let bytes = surroundings.file(name)?;
        if !name.ends_with(TEMPLATE_SUFFIX) {
            return Ok(bytes);
        }
        let template = std::str::from_utf8(&bytes).map_err(|error| {
            Hindrance::new(format!("the template `{name}` is not UTF-8: {error}"))
        })?;
        self.rendered(surroundings, tree, template)
    }

    fn rendered(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
        template: &str,
    ) -> Result<Arc<[u8]>, Hindrance> {
        let values = surroundings.variables(tree)?;
        let hindered = |error: &RenderError| {
            Hindrance::new(format!("the template for `{}` does not render: {error}", self.path))
        };
        let templates = Templates::compile([("it", template)]).map_err(|error| hindered(&error))?;
        let text = templates.render("it", &values).map_err(|error| {
            let shape = &surroundings.pack.manifest;
            match given_where_lacking(&error) {
                Some(why) => hindered(&error).hint(why),
                None => hindered(&error).hint(advice(&templates, template, shape)),
            }
        })?;
        Ok(text.into_bytes().into())
    }
}

/// What to do about a template that does not render. Only a variable of the shape takes a value from fleet.yaml.
fn advice(templates: &Templates, template: &str, shape: &Manifest) -> String {
    let declared = || shape.variables.iter().map(|(name, _)| name.as_str());
    let known = || declared().chain(GIVEN).chain([STARTER]);
    let unknown = templates.unknown_names(&|name| known().any(|known| known == name));
    let Some(unknown) = unknown.iter().find(|it| it.sort == Sort::Variable) else {
        return "set the value in fleet.yaml under `variables`".to_owned();
    };
    let name = unknown.name.as_str();
    if name == OF_TITLES {
        let is_named = |it: &&str| template.contains(&format!("{OF_TITLES}.{it}"));
        return match declared().filter(is_named).max_by_key(|it| it.len()) {
            Some(meant) => format!("did you mean `{meant}`? A file names a variable alone"),
            None => format!("a file names a variable alone, without `{OF_TITLES}.`"),
        };
    }
    let shape = &shape.name;
    let leave_out = "leave out the kind with `select.kinds`";
    match nearest(name, known()) {
        Some(meant) => format!(
            "did you mean `{meant}`? The shape `{shape}` has no variable `{name}`; if other kinds have it, {leave_out}"
        ),
        None => format!("the shape `{shape}` has no variable `{name}`: {leave_out}"),
    }
}

/// Where texts of pull requests have the variables of the shape.
const OF_TITLES: &str = "variables";
