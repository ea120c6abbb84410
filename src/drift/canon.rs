//! The canonical contents, current and earlier, of the paths of one repository, rendered with its variables.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::checks::Repository;
use crate::shape::HeldBy;
use crate::shape::breakout::Breakout;
use crate::shape::lineage::EarlierContent;
use crate::shape::pack::{Canon, CanonSource, HeldPath, NoCanon};
use crate::shape::render::RenderError;
use crate::shape::variables::{Disagreement, Origin, Uncertain, Variables};
use crate::source::Text;
use crate::source::yaml::{Dialect, Document, Path, same_for_every_reader};

/// What a variable is while its places in a canon are looked for. No repository contains it.
const PROBE: &str = "ShipshapeLooksForThisValue";

/// A longer text is not the value of a name, so it is not shown.
const MAX_VALUE_BYTES: usize = 100;

/// A value of a variable that a content has in place of today's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherValue {
    /// The variable.
    pub variable: String,
    /// Its value in the content.
    pub value: String,
    /// What says today's value, with its verb: `adapter.py` has.
    source: String,
    /// Today's value.
    pub today: String,
}

impl std::fmt::Display for OtherValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { variable, value, source, today } = self;
        write!(f, "`{value}` as `{variable}`, but {source} `{today}`")
    }
}

/// A value that the shape does not permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit<'v> {
    /// The variable.
    pub variable: &'v str,
    /// Its value.
    pub value: &'v str,
    /// What is not permitted: the value, or the first of its words or lines that is not.
    pub part: &'v str,
    /// The origin of the value.
    pub from: Origin,
    /// What is permitted.
    pub advice: String,
}

/// The text that `actual` has wherever `canon` has [`PROBE`], if they are otherwise equal.
fn value_in<'t>(canon: &str, actual: &'t str) -> Option<&'t str> {
    let places = canon.matches(PROBE).count();
    let kept = canon.len() - places * PROBE.len();
    let length = actual.len().checked_sub(kept)?.checked_div(places)?;
    let start = canon.find(PROBE)?;
    let value = actual.get(start..start.checked_add(length)?)?;
    let is_name = (1..=MAX_VALUE_BYTES).contains(&length) && !value.contains(['\n', '\r']);
    (is_name && canon.replace(PROBE, value) == actual).then_some(value)
}

/// Whether two documents have the same values at these keys, or lack them both.
fn have_the_same_keys(one: &[u8], other: &[u8], keys: &[String], dialect: Dialect) -> bool {
    let read = |bytes| Document::parse(&Text::decode(bytes).ok()?, dialect).ok();
    let (Some(one), Some(other)) = (read(one), read(other)) else { return false };
    keys.iter().all(|key| {
        let Ok(path) = key.parse::<Path>() else { return false };
        match (one.at(&path), other.at(&path)) {
            (Some(one), Some(other)) => same_for_every_reader(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    })
}

/// The canons of one repository.
#[derive(Debug)]
pub struct Canons<'r, 'a> {
    repository: &'r Repository<'a>,
    values: Result<(Variables, Vec<Disagreement>), RenderError>,
}

impl<'r, 'a> Canons<'r, 'a> {
    /// Creates the canons of a repository.
    #[must_use]
    pub fn of(repository: &'r Repository<'a>) -> Self {
        Self { repository, values: repository.variables(None) }
    }

    /// The variables whose sources disagree about their value.
    #[must_use]
    pub fn disagreements(&self) -> &[Disagreement] {
        self.values.as_ref().map_or(&[], |(_, disagreements)| disagreements)
    }

    /// Returns the values of fleet.yaml, of the repository and of derived defaults that the shape does not permit. A `pattern`
    /// is asked only of those that a compared content is written with: elsewhere it says how a person writes a value, no more.
    #[must_use]
    pub fn unfit(&self) -> Vec<Unfit<'_>> {
        let Ok((values, _)) = &self.values else { return Vec::new() };
        let is_derived = |name: &str| {
            let variable = self.repository.pack.variable(name);
            variable.is_some_and(|(_, definition)| definition.plain_default().is_none())
        };
        let given = values.origins().filter(|(name, value, origin)| match origin {
            Origin::Fleet | Origin::Extracted => true,
            // The pack itself is held to its plain defaults. What follows from a value that is not known is not known. One
            // that comes out empty leaves the value out, as an empty default does.
            Origin::Default => !value.is_empty() && values.uncertain.is_empty() && is_derived(name),
            Origin::Given | Origin::Placeholder => false,
        });
        let unfit = given.filter_map(|(name, value, from)| {
            let (_, definition) = self.repository.pack.variable(name)?;
            let part = definition.misfit(value)?;
            let counts = definition.choices.is_some() || self.is_compared(name, values);
            counts.then(|| Unfit { variable: name, value, part, from, advice: definition.advice() })
        });
        unfit.collect()
    }

    /// Whether a content that this repository's files are compared with is written with a value.
    fn is_compared(&self, variable: &str, values: &Variables) -> bool {
        let Repository { pack, profile, .. } = self.repository;
        pack.rules().iter().any(|held| {
            let is_compared = matches!(profile.policy_of(&held.rule).held_by(), HeldBy::Text(_))
                && !profile.does_without(&held.rule.path);
            is_compared && pack.is_written_with(held, variable, values)
        })
    }

    /// Returns a variable of which the repository does not say which value it has, if the canon at `held` is written with it.
    #[must_use]
    pub fn guessed(&self, held: &HeldPath) -> Option<&Uncertain> {
        let (values, _) = self.values.as_ref().ok()?;
        let pack = self.repository.pack;
        values.uncertain.iter().find(|it| pack.is_written_with(held, &it.variable, values))
    }

    /// Returns the canon of a path, or `None` if the shape has no content for it.
    ///
    /// If a variable is extracted from this very path, its value is found without looking there.
    ///
    /// # Errors
    /// When the template does not render with the variables, or not to a document of its language.
    pub fn canon(&self, held: &HeldPath) -> Result<Option<Canon>, NoCanon> {
        self.repository.pack.canon(held, &*self.values(held)?)
    }

    /// Returns how values of this repository break out of the canon of a path, if they do.
    #[must_use]
    pub fn breakout(&self, held: &HeldPath) -> Option<Breakout> {
        Breakout::of(self.repository.pack, held, &*self.values(held).ok()?)
    }

    /// Returns how values of this repository may break out of the managed keys of a path, if they may. What they do to the
    /// rest of the canon is never written where only the keys are.
    #[must_use]
    pub fn breakout_of_keys(&self, held: &HeldPath) -> Option<Breakout> {
        let breakout = self.breakout(held)?;
        (!self.keys_are_the_same_for_any_values(held)).then_some(breakout)
    }

    /// Whether the managed keys have the same values with a word in place of every value. Then no value is in them.
    fn keys_are_the_same_for_any_values(&self, held: &HeldPath) -> bool {
        let Ok(values) = self.values(held) else { return false };
        let mut words = (*values).clone();
        for (name, _) in values.iter() {
            words.insert(name, PROBE);
        }
        let rendered =
            |values: &Variables| self.repository.pack.rendered(held, values).ok().flatten();
        let (Some(canon), Some(plain)) = (rendered(&values), rendered(&words)) else {
            return false;
        };
        let dialect = self.repository.dialect_of(held.rule.path.as_str());
        have_the_same_keys(&canon.bytes, &plain.bytes, &held.rule.keys, dialect)
    }

    /// The values that the canon of a path is rendered with.
    fn values(&self, held: &HeldPath) -> Result<Cow<'_, Variables>, RenderError> {
        let path = held.rule.path.as_str();
        let variables = &self.repository.pack.manifest.variables;
        let speaks_of_itself = variables.iter().any(|(_, variable)| {
            variable.extract.as_ref().is_some_and(|extract| extract.path() == path)
        });
        if speaks_of_itself {
            return self.repository.variables(Some(path)).map(|(values, _)| Cow::Owned(values));
        }
        let (values, _) = self.values.as_ref().map_err(Clone::clone)?;
        Ok(Cow::Borrowed(values))
    }

    /// Returns the value of a variable with which the canon of a path would be this content, if it is another one than
    /// today's. Only found where the template writes the value as it is.
    #[must_use]
    pub fn other_value(&self, held: &HeldPath, actual: &[u8]) -> Option<OtherValue> {
        let (values, _) = self.values.as_ref().ok()?;
        let actual = std::str::from_utf8(actual).ok()?;
        if !matches!(held.canon, Some(CanonSource::Template { .. })) {
            return None;
        }
        values.origins().find_map(|(variable, today, origin)| {
            let mut others = values.clone();
            others.insert(variable, PROBE);
            // A word may not be what the document wants there.
            let canon = self.repository.pack.rendered(held, &others).ok()??;
            let value = value_in(std::str::from_utf8(&canon.bytes).ok()?, actual)?;
            let definition = self.repository.pack.variable(variable);
            let extract = definition.and_then(|(_, definition)| definition.extract.as_ref());
            let source = match (origin, extract) {
                (Origin::Extracted, Some(extract)) => format!("`{}` has", extract.path()),
                (Origin::Fleet, _) => "fleet.yaml has".to_owned(),
                _ => "the value is".to_owned(),
            };
            let (variable, today) = (variable.to_owned(), today.to_owned());
            (value != today).then(|| OtherValue {
                variable,
                value: value.to_owned(),
                source,
                today,
            })
        })
    }

    /// Returns the earlier canons of a path as rendered for this repository, newest first; `None` where one no longer
    /// renders. Each content occurs once, and today's not at all: a default that this repository does not use makes no
    /// version of its own here.
    #[must_use]
    pub fn earlier(&self, path: &str, today: &Canon) -> Vec<Option<Arc<[u8]>>> {
        let earlier = self.repository.pack.lineage.of(path);
        let mut rendered = Vec::with_capacity(earlier.len());
        let mut seen: HashSet<Arc<[u8]>> = HashSet::from([Arc::clone(&today.bytes)]);
        for canon in earlier {
            let bytes = match &canon.content {
                EarlierContent::Literal(bytes) => Some(Arc::clone(bytes)),
                content => content.bytes(|definitions, templates| {
                    let given = self.repository.given();
                    let extract = |extract: &_| self.repository.extract(extract, Some(path));
                    Variables::resolve(definitions, templates, &given, extract)
                        .ok()
                        .map(|(values, _)| values)
                }),
            };
            let is_new = bytes.as_ref().is_none_or(|bytes| seen.insert(Arc::clone(bytes)));
            if is_new {
                rendered.push(bytes);
            }
        }
        rendered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_same_wherever_the_canon_has_it() {
        let canon = format!("from a import {PROBE}\n\nx = {PROBE}\n");
        let value = |actual| value_in(&canon, actual);
        assert_eq!(value("from a import Old\n\nx = Old\n"), Some("Old"));
        assert_eq!(value("from a import ä\n\nx = ä\n"), Some("ä"));
        for other in ["from a import Old\n\nx = New\n", "from a import \n\nx = \n", "", "x = Old\n"]
        {
            assert_eq!(value(other), None, "{other}");
        }
        assert_eq!(value_in("no place", "no place"), None);
    }

    #[test]
    fn keys_are_the_same_whatever_is_beside_them() {
        let keys = ["limit".to_owned(), "deep.key".to_owned()];
        let same = |one: &str, other: &str| {
            have_the_same_keys(one.as_bytes(), other.as_bytes(), &keys, Dialect::Yaml12)
        };
        assert!(same("name: a\nlimit: 1\n", "name: b\nextra: c\nlimit: 1\n"));
        assert!(!same("limit: 1\n", "limit: 2\n"));
        assert!(!same("limit: 1\n", "limit: 1\ndeep: { key: 1 }\n"));
        assert!(!same("limit: 1\n", "limit: [\n"));
    }
}
