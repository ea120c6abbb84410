//! A loaded shape pack: what is wanted at each path, ready for comparison.
//!
//! A [`Pack`] is loaded from its files (`shape.yaml` and `files/**`), whatever their source, with templates compiled
//! and globs built. `fleet` decides which pack a repository is compared with.

mod called;
mod declared;
mod demanded;
mod extracted;
mod globs;
mod names;
mod reading;
mod soundness;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use globset::{GlobMatcher, GlobSet};

use crate::error::{Error, Result};
use crate::snapshot::BlobId;
use crate::source::Text;

use super::breakout;
use super::lineage::{EarlierVariables, Lineage};
use super::manifest::{Manifest, PathRule, Profile, Variable};
use super::render::{RenderError, Templates};
use super::variables::{Variables, default_template, demand_template, equal_template};
use extracted::Known;
pub use globs::ProfileGlobs;
use globs::glob_set;
pub use names::Unused;
pub(super) use names::value_in_path;
use names::{check_names, taken_from_the_forge, unused};
pub(super) use reading::parts_in;
pub use reading::read_manifest;
use reading::{compile, held, today, unnamed};
pub(super) use soundness::check_profile_name;
use soundness::{Source, check_keys, check_policies, check_repository_names};

/// The file that describes a pack.
pub const MANIFEST: &str = "shape.yaml";

/// The folder of a pack that holds its files.
pub const FILES: &str = "files/";

/// The suffix of files that are templates.
pub const TEMPLATE_SUFFIX: &str = ".tera";

/// The files of a pack, by path.
pub type PackFiles = BTreeMap<String, PackFile>;

/// One file of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFile {
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// Whether it has the executable bit.
    pub executable: bool,
}

/// A loaded shape pack.
#[derive(Debug)]
pub struct Pack {
    /// The parsed shape.yaml.
    pub manifest: Manifest,
    /// `embedded`, a folder, or a repository and commit.
    pub source: String,
    /// The earlier contents of its paths.
    pub lineage: Lineage,
    /// Files of the pack that no path uses.
    pub unnamed: Vec<String>,
    /// Variables that nothing uses.
    pub unused: Vec<Unused>,
    /// Places of templates that probably write something else than is meant, in words.
    pub slips: Vec<String>,
    rules: Vec<HeldPath>,
    templates: Templates,
    extras: GlobSet,
    marker_exclusions: GlobSet,
}

/// A path that the pack holds, and what is wanted there.
#[derive(Debug)]
pub struct HeldPath {
    /// The rule as written.
    pub rule: PathRule,
    /// The wanted content; `None` for a policy without a particular content.
    pub canon: Option<CanonSource>,
    /// Why that is no document of its language, whatever the values of a repository are, as far as it has none in it.
    broken: Option<breakout::Broken>,
    /// The glob of a forbidden path; `None` if it is literal.
    matcher: Option<GlobMatcher>,
}

/// The source of a path's canonical content.
#[derive(Clone, Debug)]
pub enum CanonSource {
    /// Literal bytes.
    Literal {
        /// The content.
        bytes: Arc<[u8]>,
        /// Git's id of the content.
        id: BlobId,
        /// Whether the file is executable.
        executable: bool,
    },
    /// A template to render.
    Template {
        /// Its name among the compiled templates.
        name: String,
        /// Whether the file is executable.
        executable: bool,
    },
}

impl PathRule {
    /// Whether the file must be executable, whatever the mode of the pack's file. Reading a pack puts that into its
    /// [`Canon`]s, and adopting a file heeds it.
    #[must_use]
    pub fn must_be_executable(&self) -> bool {
        self.executable
    }

    /// Returns the file of its canon in the pack, without the suffix of a template.
    #[must_use]
    pub fn canon_file(&self) -> String {
        let name = match &self.source {
            // The file of a template may be named with its suffix.
            Some(source) if self.policy.takes_template() => {
                source.strip_suffix(TEMPLATE_SUFFIX).unwrap_or(source)
            }
            Some(source) => source,
            None => &self.path,
        };
        format!("{FILES}{}", name.strip_prefix(FILES).unwrap_or(name))
    }

    /// Returns the files of the pack that its canon may be in: one, or both the literal and the template where `source`
    /// does not say which.
    #[must_use]
    pub fn canon_files(&self) -> Vec<String> {
        let literal = self.canon_file();
        let template = format!("{literal}{TEMPLATE_SUFFIX}");
        let names_template =
            self.source.as_ref().is_some_and(|source| source.ends_with(TEMPLATE_SUFFIX));
        match (self.policy.takes_template(), names_template) {
            (false, _) => vec![literal],
            (true, true) => vec![template],
            (true, false) => vec![literal, template],
        }
    }
}

impl HeldPath {
    /// Whether the rule applies to this path.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        match &self.matcher {
            Some(matcher) => matcher.is_match(path),
            None => self.rule.path == path,
        }
    }

    /// Returns the content that is wanted of every repository alike, be it a document of its language or not.
    #[must_use]
    pub fn literal(&self) -> Option<Canon> {
        let Some(CanonSource::Literal { bytes, id, executable }) = &self.canon else { return None };
        Some(Canon { bytes: Arc::clone(bytes), id: *id, executable: *executable })
    }

    /// Whether only keys of the document are compared with the canon. What a profile says of the path is not looked at.
    #[must_use]
    pub fn manages_keys(&self) -> bool {
        self.rule.policy.takes_keys() && !self.rule.keys.is_empty()
    }

    /// Whether the rule wants no file at this path.
    #[must_use]
    pub fn keeps_out(&self, path: &str) -> bool {
        !self.rule.policy.is_wanted() && self.matches(path)
    }
}

impl Pack {
    /// Returns every literal content that the pack wants or once wanted, as far as the bytes are known.
    pub fn contents(&self) -> impl Iterator<Item = (BlobId, Arc<[u8]>)> {
        let wanted = self.rules.iter().filter_map(|held| match &held.canon {
            Some(CanonSource::Literal { bytes, id, .. }) => Some((*id, Arc::clone(bytes))),
            _ => None,
        });
        let earlier = self.lineage.literals();
        wanted.chain(earlier.map(|bytes| (BlobId::of(bytes), Arc::clone(bytes))))
    }

    /// Loads a pack.
    ///
    /// # Errors
    /// When shape.yaml is invalid or names missing files, when a demand or profile contradicts it, or when a template
    /// does not compile or uses an unknown name.
    pub fn load(files: &PackFiles, source: &str, mut lineage: Lineage) -> Result<Self> {
        let manifest_file = files.get(MANIFEST).ok_or_else(|| {
            Error::usage(format!("the shape pack `{source}` has no {MANIFEST}"))
                .hint("make one from repositories that exist: `shipshape shape init --from DIR…`")
        })?;
        let place = format!("{source}/{MANIFEST}");
        let text = Text::decode(&manifest_file.bytes).map_err(|error| {
            Error::usage("cannot read the shape pack").in_file(&place).caused_by(error)
        })?;
        let manifest = read_manifest(&text, &place)?;
        declared::check(&manifest, &text, &place)?;
        let templates = compile(&manifest, files, &text, &place)?;
        check_names(&templates, &manifest, files, &place)?;
        declared::check_order(&templates, &manifest, &text, &place)?;
        let mut rules = Vec::with_capacity(manifest.paths.len());
        let mut known = BTreeSet::new();
        for (index, rule) in manifest.paths.iter().enumerate() {
            let entry = ["paths".to_owned(), index.to_string()];
            let at_entry = |error| demanded::at(error, &text, &place, &entry);
            if !known.insert(rule.path.as_str()) {
                return Err(at_entry(Error::usage(format!("`{}` is held twice", rule.path))));
            }
            rules.push(held(rule, &manifest, files, &place).map_err(at_entry)?);
        }
        lineage.extend_with_older(Lineage::from_log(files, source)?);
        let variables = EarlierVariables::of(Some(Arc::clone(&manifest_file.bytes)));
        for held in &rules {
            let today = held.canon.as_ref().and_then(|canon| today(canon, files, &variables));
            if let Some(today) = today {
                lineage.settle(&held.rule.path, today);
            }
        }
        check_repository_names(&manifest, &Source { text: &text, place: &place })?;
        check_keys(&manifest, &rules, &Source { text: &text, place: &place })?;
        demanded::check(&manifest, &rules, &text, &place)?;
        let known = Known { manifest: &manifest, rules: &rules, templates: &templates, files };
        extracted::check(&known, &text, &place)?;
        let extras = glob_set(&manifest.extras, &place)?;
        let marker_exclusions = glob_set(&manifest.demands.marker_exclusions, &place)?;
        for (name, profile) in &manifest.profiles {
            check_profile_name(name, &text, &place)?;
            check_policies(name, profile, &rules, &Source { text: &text, place: &place })?;
            ProfileGlobs::check(profile, &place)?;
        }
        let source = source.to_owned();
        let unnamed = unnamed(&manifest, files);
        let unused = unused(&templates, &manifest, &text);
        let slips = taken_from_the_forge(&manifest, &rules, files);
        Ok(Self {
            manifest,
            source,
            lineage,
            unnamed,
            unused,
            slips,
            rules,
            templates,
            extras,
            marker_exclusions,
        })
    }

    /// Returns the held paths, in the pack's order.
    #[must_use]
    pub fn rules(&self) -> &[HeldPath] {
        &self.rules
    }

    /// Returns the rule for a path: the one with that path, else the first whose glob matches.
    #[must_use]
    pub fn rule_for(&self, path: &str) -> Option<&HeldPath> {
        let named = self.rules.iter().find(|rule| rule.rule.path == path);
        named.or_else(|| self.rules.iter().find(|rule| rule.matches(path)))
    }

    /// Whether a path is covered by the shape's `extras`.
    #[must_use]
    pub fn expects_extra(&self, path: &str) -> bool {
        self.extras.is_match(path)
    }

    /// Renders an expression of the demands.
    ///
    /// # Errors
    /// When it uses a name without a value, or is not among the demands.
    pub fn expression(&self, source: &str, values: &Variables) -> Result<String, RenderError> {
        self.templates.render(&demand_template(source), values)
    }

    /// Renders the default of a variable; `None` if it has none.
    ///
    /// # Errors
    /// When it uses a name without a value.
    pub fn default_of(
        &self,
        variable: &str,
        values: &Variables,
    ) -> Option<Result<String, RenderError>> {
        let (_, definition) = self.variable(variable)?;
        definition.default.as_ref()?;
        Some(self.templates.render(&default_template(variable), values))
    }

    /// Renders what a variable's value must equal; `None` if it is free.
    ///
    /// # Errors
    /// When the expression uses a name without a value.
    pub fn must_equal(
        &self,
        variable: &str,
        values: &Variables,
    ) -> Option<Result<String, RenderError>> {
        let (_, definition) = self.variable(variable)?;
        definition.must_equal.as_ref()?;
        Some(self.templates.render(&equal_template(variable), values))
    }

    /// Returns a variable of the shape with its name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&(String, Variable)> {
        self.manifest.variables.iter().find(|(known, _)| known == name)
    }

    /// Whether a file may contain markers of unfinished work.
    #[must_use]
    pub fn may_hold_markers(&self, path: &str) -> bool {
        self.marker_exclusions.is_match(path)
    }

    /// Returns the profile of this name; no name means a profile that changes nothing.
    #[must_use]
    pub fn profile(&self, name: Option<&str>) -> Option<ProfileGlobs> {
        let profile = match name {
            None => Profile::default(),
            Some(name) => self.manifest.profiles.get(name)?.clone(),
        };
        Some(ProfileGlobs::of(profile))
    }

    /// The compiled templates of files and expressions.
    #[must_use]
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// Returns the canonical content of a path.
    ///
    /// # Errors
    /// When its template does not render with these values, or not to a document of its language. A starter may not be
    /// one yet: a placeholder can be a word where a number belongs.
    pub fn canon(&self, held: &HeldPath, values: &Variables) -> Result<Option<Canon>, NoCanon> {
        if let Some(broken) = &held.broken {
            return Err(NoCanon::Broken(broken.clone()));
        }
        let canon = self.rendered(held, values)?;
        let rendered = canon.as_ref().filter(|_| !values.starter);
        match rendered.and_then(|canon| breakout::Broken::of(self, held, values, &canon.bytes)) {
            Some(broken) => Err(NoCanon::Broken(broken)),
            None => Ok(canon),
        }
    }

    /// Returns what a path's template renders to, be it a document or not.
    ///
    /// # Errors
    /// When it does not render with these values.
    pub fn rendered(
        &self,
        held: &HeldPath,
        values: &Variables,
    ) -> Result<Option<Canon>, RenderError> {
        Ok(match &held.canon {
            None => None,
            Some(CanonSource::Literal { .. }) => held.literal(),
            Some(CanonSource::Template { name, executable }) => {
                let bytes: Arc<[u8]> = self.templates.render(name, values)?.into_bytes().into();
                Some(Canon { id: BlobId::of(&bytes), bytes, executable: *executable })
            }
        })
    }

    /// Renders every canonical file, by path.
    ///
    /// # Errors
    /// When a template does not render with these values; the message names the path.
    pub fn render(&self, values: &Variables) -> Result<BTreeMap<String, Canon>, RenderError> {
        let mut files = BTreeMap::new();
        for held in self.rules.iter().filter(|held| held.rule.policy.is_wanted()) {
            let canon = self
                .canon(held, values)
                .map_err(|why| RenderError(format!("{}: {why}", held.rule.path)))?;
            if let Some(canon) = canon {
                files.insert(held.rule.path.clone(), canon);
            }
        }
        Ok(files)
    }
}

/// Why a path has no canon for a repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCanon {
    /// Its template does not render.
    #[error(transparent)]
    Unrendered(#[from] RenderError),
    /// A value, or a mistake in the pack, keeps it from being a document of its language.
    #[error("{0}")]
    Broken(breakout::Broken),
}

/// The canonical content of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canon {
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// Git's id of the bytes.
    pub id: BlobId,
    /// Whether the file is executable.
    pub executable: bool,
}

/// Returns the expressions of a variable, with the names of their templates.
pub(super) fn expressions<'a>(
    name: &str,
    variable: &'a Variable,
) -> impl Iterator<Item = (String, &'a str)> {
    let default = variable.default.as_deref().map(|source| (default_template(name), source));
    let equal = variable.must_equal.as_deref().map(|source| (equal_template(name), source));
    default.into_iter().chain(equal)
}
