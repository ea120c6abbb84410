//! Values that the pack's files are rendered with, and where each came from.

use std::collections::BTreeMap;

use super::manifest::{Extract, Variable};
use super::render::{RenderError, Templates};

/// The values that every repository has, whatever the shape declares.
pub const GIVEN: [&str; 3] = ["slug", "repository", "owner"];

/// Whether the starter itself is rendered.
pub const STARTER: &str = "starter";

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Given by the product: `slug`, `repository`, `owner`.
    Given,
    /// Written in fleet.yaml.
    Fleet,
    /// Said by the repository itself.
    Extracted,
    /// The pack's default.
    Default,
    /// What the starter is rendered with.
    Placeholder,
}

/// Values by name, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    values: Vec<(String, String, Origin)>,
    /// Variables whose source in the repository is there and cannot be read, with that file's path:
    /// their values are defaults, and what follows from them is not certain.
    pub uncertain: Vec<(String, String)>,
    /// Whether this renders the starter itself.
    pub starter: bool,
}

/// What a repository says a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extracted {
    /// This.
    Value(String),
    /// Nothing.
    Nothing,
    /// The file that would say it cannot be read.
    Unreadable,
}

/// Two sources of one value that do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The variable.
    pub variable: String,
    /// What one of them says: the repository, or what counts before it.
    pub found: String,
    /// Which that is.
    pub from: Origin,
    /// What the other says it is.
    pub wanted: String,
    /// Who says so: `fleet.yaml`, `the repository's slug` or `the shape`.
    pub by: &'static str,
}

/// What is known of a repository before anything in it is read.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// Its slug.
    pub slug: &'a str,
    /// Its name.
    pub repository: &'a str,
    /// Who owns it; empty when unknown.
    pub owner: &'a str,
    /// `variables` of fleet.yaml.
    pub fleet: &'a BTreeMap<String, String>,
}

impl Variables {
    /// Finds a value for every variable: fleet.yaml, then the repository, then the default.
    ///
    /// `extract` answers what the repository says. The second value lists where sources disagree;
    /// the one that comes first in the order above is the one that counts.
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
            let found = match definition.extract.as_ref() {
                Some(source) => match extract(source) {
                    Extracted::Value(found) => Some(found),
                    Extracted::Nothing => None,
                    Extracted::Unreadable => {
                        if fleet.is_none() {
                            values.uncertain.push((name.clone(), source.path().to_owned()));
                        }
                        None
                    }
                },
                None => None,
            };
            if let (Some(fleet), Some(found)) = (&fleet, &found)
                && fleet != found
            {
                disagreements.push(Disagreement {
                    variable: name.clone(),
                    found: found.clone(),
                    from: Origin::Extracted,
                    wanted: fleet.clone(),
                    by: "fleet.yaml",
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
                    let by =
                        if source.contains("slug") { "the repository's slug" } else { "the shape" };
                    let (variable, found) = (name.clone(), value.clone());
                    disagreements.push(Disagreement { variable, found, from: origin, wanted, by });
                }
            }
            values.values.push((name.clone(), value, origin));
        }
        Ok((values, disagreements))
    }

    /// The values that the starter itself is rendered with. What has neither a placeholder nor a default is as fleet.yaml
    /// or somebody's answers say.
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

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value, _)| (name.as_str(), value.as_str()))
    }

    /// Names, values and where each came from.
    pub fn origins(&self) -> impl Iterator<Item = (&str, &str, Origin)> {
        self.values.iter().map(|(name, value, origin)| (name.as_str(), value.as_str(), *origin))
    }
}

/// Names under which the expressions of `variables` and of demands are compiled. No file can have such a name.
pub(super) fn default_template(variable: &str) -> String {
    format!("\0default/{variable}")
}

pub(super) fn equal_template(variable: &str) -> String {
    format!("\0must_equal/{variable}")
}

/// What the expression of such a name is called in a sentence; `None` for a file.
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
