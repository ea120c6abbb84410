//! What is wrong with a demand whose values mean nothing, and how to tell it of values that several formats have.
//!
//! A check could only skip such a demand, and every repository would pass.

use std::collections::BTreeSet;

use crate::source::requirements::is_distribution_name;
use crate::source::yaml::Path;

/// What is wrong with a demand, where in shape.yaml, and how to correct it.
pub(in crate::shape) struct Fault {
    pub(in crate::shape) message: String,
    pub(in crate::shape) place: Path,
    pub(in crate::shape) hint: String,
}

impl Fault {
    pub(in crate::shape) fn new(
        place: Path,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { message: message.into(), place, hint: hint.into() }
    }
}

/// Returns the second of two entries of a list that are for one path.
pub(super) fn of_pairs<'a>(paths: impl Iterator<Item = &'a str>, place: &Path) -> Option<Fault> {
    let mut known = BTreeSet::new();
    let (index, path) = paths.enumerate().find(|(_, path)| !known.insert(*path))?;
    Some(Fault::new(
        place.clone().index(index).key("path"),
        format!("`{place}` has two entries for `{path}`"),
        "put the demands of both into one entry",
    ))
}

/// Returns a name that has a space, which no name of its kind can have.
pub(super) fn of_spaced<'a>(mut names: impl Iterator<Item = (&'a str, Path)>) -> Option<Fault> {
    let (name, place) = names.find(|(name, _)| name.contains(char::is_whitespace))?;
    Some(Fault::new(
        place.clone(),
        format!("`{place}` is `{name}`, which has a space"),
        "write the name alone, without spaces",
    ))
}

/// Returns a word that is empty or blank.
pub(super) fn of_blank<'a>(mut words: impl Iterator<Item = (&'a str, Path)>) -> Option<Fault> {
    let (_, place) = words.find(|(word, _)| word.trim().is_empty())?;
    Some(Fault::new(
        place.clone(),
        format!("`{place}` is empty"),
        "write the wanted text, or remove the key",
    ))
}

/// Returns an empty item of a list of words.
pub(super) fn of_words(words: &[String], place: &Path) -> Option<Fault> {
    let index = words.iter().position(|word| word.trim().is_empty())?;
    Some(Fault::new(
        place.clone().index(index),
        format!("an item of `{place}` is empty"),
        "write the word, or remove the item",
    ))
}

/// A name that no distribution can have.
pub(super) fn of_distribution(name: &str, place: Path) -> Option<Fault> {
    (!is_distribution_name(name)).then(|| {
        Fault::new(
            place,
            format!("`{name}` is not the name of a Python distribution"),
            "write the name alone, of ASCII letters, digits, `-`, `_` and `.`, as in `my-package`",
        )
    })
}

/// Returns the first glob that is none.
pub(super) fn of_globs(globs: &[String], place: &Path) -> Option<Fault> {
    let mut globs = globs.iter().enumerate();
    globs.find_map(|(index, glob)| {
        let error = globset::Glob::new(glob).err()?;
        let message = format!("`{glob}` is not a glob: {}", error.kind());
        Some(Fault::new(place.clone().index(index), message, "correct the glob"))
    })
}
