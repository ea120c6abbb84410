//! The seed: a document that describes the initial state.
//!
//! [`read`] parses YAML (or JSON, its subset) into a [`Document`], and [`apply()`] puts it into a
//! world. Every problem is reported with its line and column.

mod apply;
mod document;

pub use document::{Document, SCHEMA};

pub(super) use apply::apply;

use std::path::Path;

use crate::error::{Error, Result};
use crate::source::typed;

/// Reads a seed. `file` is only used in errors.
///
/// # Errors
/// Everything that is wrong with the seed.
pub fn read(file: &Path, bytes: &[u8]) -> Result<Document, Vec<Error>> {
    let reading = typed::read::<Document>(file, bytes, SCHEMA)?;
    let mut problems = reading.problems.clone();
    for (path, message) in reading.value.contradictions() {
        problems.push(reading.problem(file, &path, message));
    }
    if problems.is_empty() { Ok(reading.value) } else { Err(problems) }
}

/// Reads a seed that was sent in a request. It may not name a directory: clients must not be able
/// to read what the user who runs the server can.
///
/// # Errors
/// Everything that is wrong with the seed.
pub(super) fn read_sent(bytes: &[u8]) -> Result<Document, Vec<Error>> {
    let document = read(Path::new("seed"), bytes)?;
    let reads = document.repositories.iter().filter(|repository| repository.from.is_some());
    let problems: Vec<Error> = reads
        .map(|repository| {
            Error::usage(format!(
                "`{}`: a seed that is sent to a running sandbox cannot take anything `from` a folder",
                repository.name
            ))
            .hint("put its files in the seed, or give the seed at the start: `--seed FILE`")
        })
        .collect();
    if problems.is_empty() { Ok(document) } else { Err(problems) }
}

#[cfg(test)]
mod tests;
