//! The values that the pack's files are rendered with, and the origin of each.

use std::collections::BTreeMap;

use super::manifest::{Extract, Variable};
use super::render::{RenderError, Templates};

/// Values that every repository has, whatever the shape declares.
pub const GIVEN: [&str; 3] = ["slug", "repository", "owner"];

/// The variable that says whether the starter itself is rendered.
pub const STARTER: &str = "starter";

/// The origin of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Given by shipshape: `slug`, `repository`, `owner`.
    Given,
    /// Set in fleet.yaml.
    Fleet,
    /// Extracted from the repository.
    Extracted,
    /// The pack's default.
    Default,
    /// The placeholder, for rendering the starter itself.
    Placeholder,
}

/// Values by name, in the order in which they were resolved.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    values: Vec<(String, String, Origin)>,
    /// Variables of which the repository has a value, but not known which: they have default values, and whatever follows
    /// from these is uncertain.
    pub uncertain: Vec<Uncertain>,
    /// Whether the values are for the starter itself.
    pub starter: bool,
}

/// A variable whose value in the repository is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncertain {
    /// The variable.
    pub variable: String,
    /// The path of the file that gives it.
    pub source: String,
    /// Why that file does not say which it is, as the rest of a sentence about it.
    pub why: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// The result of extracting a value from a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extracted {
    /// The value.
    Value(String),
    /// The repository does not say.
    Nothing,
    /// The source exists but cannot be read.
    Unreadable,
    /// The source has several, any of which may be meant.
    Several,
}

impl Extracted {
    /// Why the value is not known although the repository has one, and what to do about it.
    fn doubt(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Value(_) | Self::Nothing => None,
            Self::Unreadable => {
                Some(("cannot be read", "repair that file first, or give the value in fleet.yaml"))
            }
            Self::Several => Some((
                "has several classes that may be meant",
                "give the value in fleet.yaml, or bind the name that the runtime looks up to one of them",
            )),
        }
    }
}

/// Two sources that disagree about a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The variable.
    pub variable: String,
    /// The value found, in the repository or a source with precedence.
    pub found: String,
    /// The origin of that value.
    pub from: Origin,
    /// The value that the other source wants.
    pub wanted: String,
    /// The other source.
    pub by: Authority,
}

/// What a value has to agree with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// `variables` of fleet.yaml.
    Fleet,
    /// The repository's slug, or what the shape makes of it.
    Slug,
    /// Another expression of the shape.
    Shape,
}

impl std::fmt::Display for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fleet => "fleet.yaml",
            Self::Slug => "the repository's slug",
            Self::Shape => "the shape",
        })
    }
}

/// What is known about a repository before reading it.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// Its slug.
    pub slug: &'a str,
    /// Its name.
    pub repository: &'a str,
    /// Its owner; empty if unknown.
    pub owner: &'a str,
    /// `variables` of fleet.yaml.
    pub fleet: &'a BTreeMap<String, String>,
}

impl Variables {
    /// Resolves every variable: from fleet.yaml, then the repository, then the default.
    ///
    /// `extract` returns what the repository says. Also returns where sources disagree; the first in the order above
    /// wins.
    ///
    /// # Errors
    /// When a default does not render.
    pub fn resolve(
        definitions: &[(String, Variable)],
        templates: &Templates,
        given: &Given<'_>,
        extract: impl Fn(&Extract) -> Extracted,
    ) -> Result<(Self, Vec<Disagreement>), RenderError> {
        let mut values = Self::of(given);
        let mut disagreements = Vec::new();
        for (name, definition) in definitions {
            let fleet = given.fleet.get(name).cloned();
            let extracted = definition.extract.as_ref().map(|source| (source, extract(source)));
            if let Some((source, extracted)) = &extracted
                && let Some((why, remedy)) = extracted.doubt().filter(|_| fleet.is_none())
            {
                let (variable, source) = (name.clone(), source.path().to_owned());
                values.uncertain.push(Uncertain { variable, source, why, remedy });
            }
            let found = match extracted {
                Some((_, Extracted::Value(found))) => Some(found),
                _ => None,
            };
            if let (Some(fleet), Some(found)) = (&fleet, &found)
                && fleet != found
            {
                disagreements.push(Disagreement {
                    variable: name.clone(),
                    found: found.clone(),
                    from: Origin::Extracted,
                    wanted: fleet.clone(),
                    by: Authority::Fleet,
                });
            }
            let (value, origin) = match (fleet, found) {
                (Some(fleet), _) => (fleet, Origin::Fleet),
                (None, Some(found)) => (found, Origin::Extracted),
                (None, None) if definition.default.is_some() => {
                    (templates.render(&default_template(name), &values)?, Origin::Default)
                }
                (None, None) => continue,
            };
            if let Some(source) = &definition.must_equal {
                let wanted = templates.render(&equal_template(name), &values)?;
                if wanted != value {
                    let is_of_slug = source.contains("slug");
                    let by = if is_of_slug { Authority::Slug } else { Authority::Shape };
                    let (variable, found) = (name.clone(), value.clone());
                    disagreements.push(Disagreement { variable, found, from: origin, wanted, by });
                }
            }
            values.values.push((name.clone(), value, origin));
        }
        Ok((values, disagreements))
    }

    /// Resolves the values for rendering the starter itself: placeholders, then defaults, then fleet.yaml or an
    /// interview's answers.
    ///
    /// # Errors
    /// When a default does not render.
    pub fn placeholders(
        definitions: &[(String, Variable)],
        templates: &Templates,
        given: &Given<'_>,
    ) -> Result<Self, RenderError> {
        let mut values = Self::of(given);
        values.starter = true;
        for (name, definition) in definitions {
            let (value, origin) = match &definition.placeholder {
                Some(placeholder) => (placeholder.clone(), Origin::Placeholder),
                None if definition.default.is_some() => {
                    (templates.render(&default_template(name), &values)?, Origin::Default)
                }
                None => match given.fleet.get(name) {
                    Some(value) => (value.clone(), Origin::Fleet),
                    None => continue,
                },
            };
            values.values.push((name.clone(), value, origin));
        }
        Ok(values)
    }

    fn of(given: &Given<'_>) -> Self {
        let mut values = Self::default();
        for (name, value) in GIVEN.into_iter().zip([given.slug, given.repository, given.owner]) {
            values.values.push((name.to_owned(), value.to_owned(), Origin::Given));
        }
        values
    }

    /// Sets a value.
    pub fn insert(&mut self, name: &str, value: &str) {
        self.values.retain(|(known, ..)| known != name);
        self.values.push((name.to_owned(), value.to_owned(), Origin::Given));
    }

    /// Returns the value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Returns names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value, _)| (name.as_str(), value.as_str()))
    }

    /// Returns names, values and their origins.
    pub fn origins(&self) -> impl Iterator<Item = (&str, &str, Origin)> {
        self.values.iter().map(|(name, value, origin)| (name.as_str(), value.as_str(), *origin))
    }
}

/// The names of the compiled expressions of `variables` and demands. With a NUL, they cannot clash with file names.
pub(super) fn default_template(variable: &str) -> String {
    format!("\0default/{variable}")
}

pub(super) fn equal_template(variable: &str) -> String {
    format!("\0must_equal/{variable}")
}

/// Describes the expression with such a name in words; `None` for a file.
pub(super) fn expression_of(template: &str) -> Option<String> {
    let (sort, of) = template.strip_prefix('\0')?.split_once('/')?;
    Some(match sort {
        "default" => format!("the default of `{of}`"),
        "must_equal" => format!("`must_equal` of `{of}`"),
        _ => format!("the expression `{of}`"),
    })
}

pub(super) fn demand_template(source: &str) -> String {
    format!("\0demand/{source}")
}
