//! The values that the pack's files are rendered with, and the origin of each.

use std::collections::BTreeMap;

use super::manifest::{Extract, Variable};
use super::render::{RenderError, Templates};

/// Values that a repository has whatever the shape declares: its slug, its name, who is responsible for it, and to whom it
/// belongs on the forge. Of the last two it may have none.
pub const GIVEN: [&str; 4] = ["slug", "repository", "owner", "forge_owner"];

/// The variable that says whether the starter itself is rendered.
pub const STARTER: &str = "starter";

/// The origin of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Given by shipshape: one of [`GIVEN`].
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
    /// Who is responsible for it; empty if unknown.
    pub owner: &'a str,
    /// The organisation or person whose repository it is on the forge; empty if unknown.
    pub forge_owner: &'a str,
    /// `variables` of fleet.yaml.
    pub fleet: &'a BTreeMap<String, String>,
}

impl Variables {
    /// Resolves every variable: from fleet.yaml, then the repository, then the default.
    ///
    /// `extract` returns what the repository says. Also returns where sources disagree; the first in the order above
    /// wins. A variable whose default is written with a value that there is not has none either, whether a given one or that
    /// of another variable.
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
        let mut lacking: Vec<&str> = values.lacking();
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
                    match values.written(templates, &default_template(name), &lacking)? {
                        Some(default) => (default, Origin::Default),
                        None => {
                            lacking.push(name);
                            continue;
                        }
                    }
                }
                (None, None) => {
                    lacking.push(name);
                    continue;
                }
            };
            if let Some(source) = &definition.must_equal {
                let wanted = values.written(templates, &equal_template(name), &lacking)?;
                if let Some(wanted) = wanted.filter(|wanted| *wanted != value) {
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
        if given.owner.is_empty() {
            // Nobody is responsible for what is only copied.
            values.insert("owner", "");
        }
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
        let Given { slug, repository, owner, forge_owner, fleet: _ } = *given;
        let mut values = Self::default();
        for (name, value) in GIVEN.into_iter().zip([slug, repository, owner, forge_owner]) {
            // A text with a gap in it would pass for the canon.
            if !value.is_empty() {
                values.values.push((name.to_owned(), value.to_owned(), Origin::Given));
            }
        }
        values
    }

    /// The given values that the repository does not have.
    fn lacking(&self) -> Vec<&'static str> {
        GIVEN.into_iter().filter(|name| self.get(name).is_none()).collect()
    }

    /// Renders an expression of a variable; `None` if it does not render, and is written with a value that is lacking.
    fn written(
        &self,
        templates: &Templates,
        name: &str,
        lacking: &[&str],
    ) -> Result<Option<String>, RenderError> {
        let is_lacking = || {
            let used = templates.values_of(name);
            used.is_some_and(|used| lacking.iter().any(|it| used.contains(*it)))
        };
        match templates.render(name, self) {
            Err(_) if is_lacking() => Ok(None),
            rendered => rendered.map(Some),
        }
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

/// What to do about a value that is given, which a template uses and a repository does not have; `None` if a template does
/// not render for another reason.
#[must_use]
pub fn given_where_lacking(error: &RenderError) -> Option<&'static str> {
    let is_lacking = |name: &str| is_without(error, name);
    if is_lacking("owner") {
        return Some(
            "`owner` is who is responsible for the repository: give it one in fleet.yaml, by its entry, its kind or \
             `defaults` (the organisation on the forge is `forge_owner`)",
        );
    }
    is_lacking("forge_owner").then_some(
        "`forge_owner` is `owner` of `forge` in fleet.yaml, else that of the remote `origin`, and there is neither",
    )
}

/// Whether a template does not render because this value is lacking.
#[must_use]
pub fn is_without(error: &RenderError, name: &str) -> bool {
    error.0.starts_with(&format!("Variable `{name}`")) && error.0.contains("not found")
}

pub(super) fn demand_template(source: &str) -> String {
    format!("\0demand/{source}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(owner: &str, forge_owner: &str) -> Variables {
        let variable = |name: &str, default: &str| {
            (name.to_owned(), Variable { default: Some(default.to_owned()), ..Variable::default() })
        };
        let definitions = [
            variable("team", "{{ owner }}"),
            variable("of_team", "{{ team }}!"),
            variable("module", "github.com/{{ forge_owner }}/{{ repository }}"),
            variable("guarded", "{% if owner %}{{ owner }}{% else %}nobody{% endif %}"),
            ("unsaid".to_owned(), Variable::default()),
            variable("of_unsaid", "{{ unsaid }}!"),
            variable("of_both", "{{ of_unsaid }}{{ slug }}"),
        ];
        let sources: Vec<(String, &str)> = definitions
            .iter()
            .map(|(name, it)| (default_template(name), it.default.as_deref().unwrap_or_default()))
            .collect();
        let sources = sources.iter().map(|(name, source)| (name.as_str(), *source));
        let templates = Templates::compile(sources).expect("they compile");
        let fleet = BTreeMap::new();
        let given = Given { slug: "a", repository: "svc-a", owner, forge_owner, fleet: &fleet };
        let resolved = Variables::resolve(&definitions, &templates, &given, |_| Extracted::Nothing);
        resolved.expect("they resolve").0
    }

    #[test]
    fn who_is_responsible_is_not_whose_repository_it_is() {
        let values = values("@acme/go", "acme");
        assert_eq!(values.get("team"), Some("@acme/go"));
        assert_eq!(values.get("of_team"), Some("@acme/go!"));
        assert_eq!(values.get("module"), Some("github.com/acme/svc-a"));
        assert_eq!(values.get("guarded"), Some("@acme/go"));
    }

    #[test]
    fn what_is_written_with_nothing_has_no_value() {
        let values = values("", "");
        let of_nothing = ["owner", "forge_owner", "team", "of_team", "module"];
        for name in of_nothing.into_iter().chain(["unsaid", "of_unsaid", "of_both"]) {
            assert_eq!(values.get(name), None, "{name}");
        }
        assert_eq!(values.get("guarded"), Some("nobody"));
        let error = |name: &str| RenderError(format!("Variable `{name}` not found in context"));
        assert!(given_where_lacking(&error("owner")).is_some_and(|it| it.contains("responsible")));
        assert!(given_where_lacking(&error("forge_owner")).is_some());
        assert_eq!(given_where_lacking(&error("team")), None);
    }
}
