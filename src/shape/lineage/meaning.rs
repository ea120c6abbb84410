//! What an earlier content means: its bytes, or a template together with the definitions of the variables that it uses.
//!
//! A changed default changes what a template renders, so it makes a version as a changed template does; a change of
//! anything else in shape.yaml does not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::shape::manifest::{Extract, Variable};
use crate::shape::render::Templates;

use super::parts::Parts;
use super::{EarlierCanon, EarlierContent, EarlierOrigin};

/// A variable that two versions use and define differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedVariable {
    /// The name.
    pub name: String,
    /// How the older version defines it.
    pub older: String,
    /// How the newer version defines it.
    pub newer: String,
}

impl EarlierContent {
    /// Whether two contents mean the same: the same bytes, or the same template with the same definitions of the
    /// variables that it uses.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let mut names = Names::default();
        names.meaning(self) == names.meaning(other)
    }

    /// Returns the templates that two versions of a template take in differently, by their files in the pack.
    #[must_use]
    pub fn changed_parts<'c>(&'c self, older: &'c Self) -> Vec<&'c str> {
        let (Self::Template { parts: newer, .. }, Self::Template { parts: older, .. }) =
            (self, older)
        else {
            return Vec::new();
        };
        let all: BTreeSet<&String> = newer.keys().chain(older.keys()).collect();
        let differ = |name: &&String| newer.get(*name) != older.get(*name);
        all.into_iter().filter(differ).map(String::as_str).collect()
    }

    /// Returns the variables that two versions of a template define differently, by name. One that only one of them uses
    /// did not change: the templates differ.
    #[must_use]
    pub fn changed_variables(&self, older: &Self) -> Vec<ChangedVariable> {
        let mut names = Names::default();
        let (Meaning::Template { uses: newer, .. }, Meaning::Template { uses: older, .. }) =
            (names.meaning(self), names.meaning(older))
        else {
            return Vec::new();
        };
        let both = newer.iter().filter_map(|(name, newer)| Some((name, older.get(name)?, newer)));
        let changed = both.filter(|(_, older, newer)| older != newer);
        let changed = changed.map(|(name, older, newer)| ChangedVariable {
            name: (*name).to_owned(),
            older: older.in_words(),
            newer: newer.in_words(),
        });
        changed.collect()
    }
}

/// Leaves each meaning once, newest first, without today's. Each template keeps only the definitions that it uses.
pub(super) fn distinct(
    known: &[EarlierCanon],
    today: Option<&EarlierContent>,
) -> Vec<EarlierCanon> {
    let mut names = Names::default();
    let today = today.map(|today| names.meaning(today));
    let mut found: Vec<(Meaning<'_>, EarlierCanon)> = Vec::new();
    let mut is_next = false;
    for canon in known {
        let meaning = names.meaning(&canon.content);
        if today.as_ref() == Some(&meaning) {
            is_next = false;
            continue;
        }
        let place = found.iter().position(|(earlier, _)| *earlier == meaning);
        match place {
            None => {
                let content = names.with_uses(&canon.content);
                let (label, origin) = (canon.label.clone(), canon.origin);
                found.push((meaning, EarlierCanon { content, label, origin }));
                is_next = true;
            }
            Some(place) if is_next && place + 1 == found.len() => {
                // The older of the two commits introduced it, and git's label says more than that of the log.
                if let Some((_, kept)) =
                    found.last_mut().filter(|_| canon.origin == EarlierOrigin::Pack)
                {
                    kept.label.clone_from(&canon.label);
                    kept.origin = canon.origin;
                }
            }
            Some(_) => is_next = false,
        }
    }
    found.into_iter().map(|(_, canon)| canon).collect()
}

#[derive(PartialEq)]
enum Meaning<'c> {
    Literal(&'c [u8]),
    Template { source: &'c str, parts: &'c Parts, uses: BTreeMap<&'c str, Uses<'c>> },
}

/// What a template uses of a variable. Nothing else of its definition bears on what is rendered for a repository.
#[derive(PartialEq)]
struct Uses<'c> {
    extract: Option<&'c Extract>,
    default: Option<&'c str>,
}

impl Uses<'_> {
    fn in_words(&self) -> String {
        match (self.default, self.extract) {
            (Some(default), _) => default.to_owned(),
            (None, Some(extract)) => format!("(from {})", extract.path()),
            (None, None) => "(no default)".to_owned(),
        }
    }
}

/// The names in the templates that were compiled, so that each is compiled once.
#[derive(Default)]
struct Names<'c>(BTreeMap<Text<'c>, Option<BTreeSet<String>>>);

/// A template with those that it takes in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Text<'c> {
    source: &'c str,
    parts: &'c Parts,
}

/// The parts of an expression, which takes in no template.
static ALONE: Parts = Parts::new();

impl<'c> Names<'c> {
    fn meaning(&mut self, content: &'c EarlierContent) -> Meaning<'c> {
        match content {
            EarlierContent::Literal(bytes) => Meaning::Literal(bytes),
            EarlierContent::Template { source, parts, variables } => {
                let used = self.used(Text { source, parts }, variables.get());
                let uses = used.into_iter().map(|(name, variable)| {
                    let (extract, default) =
                        (variable.extract.as_ref(), variable.default.as_deref());
                    (name.as_str(), Uses { extract, default })
                });
                Meaning::Template { source, parts, uses: uses.collect() }
            }
        }
    }

    /// The content with only the definitions that it uses: a variable that it does not use cannot keep it from being
    /// rendered.
    fn with_uses(&mut self, content: &'c EarlierContent) -> EarlierContent {
        let EarlierContent::Template { source, parts, variables } = content else {
            return content.clone();
        };
        let used = self.used(Text { source, parts }, variables.get());
        // Whether a value equals what it must is judged by today's shape.
        let definition = |variable: &Variable| Variable { must_equal: None, ..variable.clone() };
        let used = used.into_iter().map(|(name, variable)| (name.clone(), definition(variable)));
        let variables = variables.narrowed(used.collect());
        let (source, parts) = (Arc::clone(source), parts.clone());
        EarlierContent::Template { source, parts, variables }
    }

    /// The definitions that a template uses, itself or through the defaults of others, in their order.
    fn used(
        &mut self,
        text: Text<'c>,
        definitions: &'c [(String, Variable)],
    ) -> Vec<&'c (String, Variable)> {
        let Some(mut wanted) = self.of(text).clone() else { return definitions.iter().collect() };
        let mut used = Vec::new();
        // A default uses earlier variables only.
        for definition in definitions.iter().rev() {
            let (name, variable) = definition;
            if !wanted.contains(name) {
                continue;
            }
            used.push(definition);
            if let Some(default) = variable.default.as_deref() {
                match self.of(Text { source: default, parts: &ALONE }) {
                    Some(names) => wanted.extend(names.iter().cloned()),
                    None => wanted.extend(definitions.iter().map(|(name, _)| name.clone())),
                }
            }
        }
        used.reverse();
        used
    }

    /// The names of the values in a template; `None` if it may use any.
    fn of(&mut self, text: Text<'c>) -> &Option<BTreeSet<String>> {
        let parts = text.parts.iter().map(|(name, part)| (name.as_str(), &**part));
        let names = || {
            Templates::compile([("it", text.source)].into_iter().chain(parts)).ok()?.values_of("it")
        };
        self.0.entry(text).or_insert_with(names)
    }
}
