//! Reads our own YAML files (`fleet.yaml`, `waivers.yaml`, …) into types, with a span for every
//! problem.
//!
//! The type must have a JSON Schema. [`read`] returns the value and the tree it was read from, or
//! all problems, each with line, column and a hint. Semantic checks are up to the owner of the
//! type, which can locate its own problems with [`Reading::problem`].

mod judge;
mod nearest;
pub mod outline;

pub use nearest::nearest;
pub use outline::{Content, Node, Step};

use std::path::Path;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::source::text::MAX_OWN_BYTES;
use crate::source::{Position, Text};

/// One of our files, read into its type.
#[derive(Debug)]
pub struct Reading<T> {
    /// The deserialized value.
    pub value: T,
    /// Problems that did not prevent reading: unknown keys.
    pub problems: Vec<Error>,
    /// The text of the file.
    pub text: Text,
    /// The tree, for the position of each value.
    pub root: Node,
}

impl<T> Reading<T> {
    /// Creates an error about the value at `path`.
    #[must_use]
    pub fn problem(&self, file: &Path, path: &[Step], message: impl Into<String>) -> Error {
        Error::usage(message).at(file, &self.text, self.root.span_of(path))
    }

    /// Creates an error about the key at the end of `path`.
    #[must_use]
    pub fn key_problem(&self, file: &Path, path: &[Step], message: impl Into<String>) -> Error {
        Error::usage(message).at(file, &self.text, self.root.key_span_of(path))
    }
}

/// Reads one of our files. `newest` is the highest known value of its `schema` key.
///
/// # Errors
/// Everything that prevents the file from being read: undecodable bytes, invalid YAML, an
/// unsupported schema, unknown, missing or duplicate keys, and values of the wrong type.
pub fn read<T>(file: &Path, bytes: &[u8], newest: u32) -> Result<Reading<T>, Vec<Error>>
where
    T: DeserializeOwned + JsonSchema,
{
    let text = Text::decode_within(bytes, MAX_OWN_BYTES)
        .map_err(|error| vec![Error::usage(format!("the file {error}")).in_file(file)])?;
    let holds_something = |line: &str| !line.trim().is_empty() && !line.trim().starts_with('#');
    if !text.as_str().lines().any(holds_something) {
        let error = Error::usage("the file is empty, or holds only comments").in_file(file);
        return Err(vec![error.hint(format!("start it with `schema: {newest}`"))]);
    }
    let root = outline::read_if_any(&text).map_err(|error| {
        let problem = Error::usage("this is not valid YAML").at(file, &text, error.span);
        let hint = "look at this line and the one above it: a bracket, a quote or the indentation";
        vec![problem.caused_by(error.message).hint(hint)]
    })?;
    let Some(root) = root else {
        let empty = Error::usage("the file is empty").in_file(file);
        return Err(vec![empty.hint("`shipshape schema` lists what files of shipshape may hold")]);
    };
    let version = root.entry("schema").map(|(_, value)| value);
    if let Some(version) = version
        && let Some(number) = version.as_str().and_then(|text| text.parse::<u32>().ok())
        && number != newest
    {
        let error = Error::usage(format!("schema {number} is not supported; only {newest} is"))
            .at(file, &text, version.span)
            .hint(if number > newest {
                "a newer version of shipshape wrote this file: update shipshape".to_owned()
            } else {
                format!("write `schema: {newest}`")
            });
        return Err(vec![error]);
    }
    let schema = schemars::schema_for!(T).to_value();
    let found = judge::judge(&schema, &root);
    let mut problems: Vec<Error> = found
        .iter()
        .map(|problem| {
            let error = Error::usage(&problem.message).at(file, &text, problem.span);
            match &problem.hint {
                Some(hint) => error.hint(hint),
                None => error,
            }
        })
        .collect();
    let unknown: Vec<&[Step]> =
        found.iter().filter_map(|problem| problem.unknown_key.as_deref()).collect();
    match deserialize::<T>(&text, &unknown) {
        Ok(value) => Ok(Reading { value, problems, text, root }),
        Err(error) => {
            // The schema's messages are better; the deserializer's is used only if there are none.
            if problems.is_empty() {
                problems.push(of_deserializer(file, &error));
            }
            Err(problems)
        }
    }
}

/// Deserializes the text without the unknown keys, so that other problems can be found as well.
fn deserialize<T: DeserializeOwned>(text: &Text, unknown: &[&[Step]]) -> serde_yaml::Result<T> {
    // On its own, serde_yaml expects `!tag` for an enum variant. JSON's form, a mapping with one
    // key, is what the schema describes and people write.
    use serde_yaml::with::singleton_map_recursive;
    if unknown.is_empty() {
        let deserializer = serde_yaml::Deserializer::from_str(text.as_str());
        return singleton_map_recursive::deserialize(deserializer);
    }
    let mut value: serde_yaml::Value = serde_yaml::from_str(text.as_str())?;
    for path in unknown {
        let Some((Step::Key(name), parents)) = path.split_last() else { continue };
        let parent = parents.iter().try_fold(&mut value, |value, step| match step {
            Step::Key(name) => value.get_mut(name.as_str()),
            Step::Index(index) => value.get_mut(*index),
        });
        if let Some(serde_yaml::Value::Mapping(mapping)) = parent {
            mapping.remove(name.as_str());
        }
    }
    singleton_map_recursive::deserialize(value)
}

/// Returns the error about the first key of a text that its mapping has already, for readers that do not use [`read`].
#[must_use]
pub fn repetition(root: &Node, text: &Text, file: &Path) -> Option<Error> {
    let problem = judge::repetition(root.repeated_keys().first()?);
    let error = Error::usage(problem.message).at(file, text, problem.span);
    Some(match problem.hint {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

fn of_deserializer(file: &Path, error: &serde_yaml::Error) -> Error {
    let message = error.to_string();
    // The position is reported separately; serde_yaml also puts it into its message.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(words, _)| words);
    let problem = Error::usage(message.to_owned());
    match error.location() {
        Some(location) => {
            let saturate = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let position =
                Position { line: saturate(location.line()), column: saturate(location.column()) };
            problem.at_position(file, position)
        }
        None => problem.in_file(file),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Example {
        #[allow(dead_code, reason = "read by the tests' errors only")]
        schema: u32,
        name: String,
    }

    fn errors(content: &[u8]) -> Vec<String> {
        let file = Path::new("x.yaml");
        match read::<Example>(file, content, 1) {
            Ok(reading) => reading.problems.iter().map(ToString::to_string).collect(),
            Err(errors) => errors.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_value_is_read_beside_unknown_keys() {
        let reading =
            read::<Example>(Path::new("x.yaml"), b"schema: 1\nnam: y\nname: x\n", 1).expect("read");
        assert_eq!(reading.value.name, "x");
        assert_eq!(reading.problems.len(), 1);
    }

    #[test]
    fn every_kind_of_damage_has_a_place() {
        assert_eq!(errors(b"\xff"), ["the file is not UTF-8 (line 1, byte offset 0) (x.yaml)"]);
        assert_eq!(errors(b"schema: 7\n"), ["schema 7 is not supported; only 1 is (x.yaml:1:9)"]);
        assert!(
            errors(b"a: [\n")
                .first()
                .is_some_and(|e| e.starts_with("this is not valid YAML (x.yaml:2:1)"))
        );
        assert_eq!(
            errors(b"schema: 1\nname: x\nname: y\n"),
            ["`name` is given twice (x.yaml:3:1)"]
        );
        assert!(errors(b"\xef\xbb\xbfschema: 1\r\nname: x\r\n").is_empty());
    }

    #[test]
    fn an_alias_is_left_to_the_deserializer() {
        assert!(errors(b"schema: &a 1\nname: *a\n").is_empty());
        assert_eq!(errors(b"schema: &a 1\nname: *b\n").len(), 1);
    }
}
