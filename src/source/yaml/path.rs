//! Paths in a document, such as `runtime_config.models[].id`.

use std::fmt;
use std::str::FromStr;

/// A step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into the item with this zero-based index.
    Index(usize),
    /// Into every item (`[]`).
    Each,
}

/// A path in a document, from its root.
///
/// Written as keys joined by dots, with `[2]` for an item and `[]` for every item. A key with
/// characters other than letters, digits, `_`, `-` and `/` is in double quotes, with `\"` and `\\`.
/// The empty path is the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    steps: Vec<Step>,
}

/// A text that is not a valid path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a path: {reason} at byte {offset}")]
pub struct InvalidPath {
    /// The text.
    pub text: String,
    /// The byte offset of the error.
    pub offset: usize,
    /// The reason.
    pub reason: &'static str,
}

impl Path {
    /// Returns the path of the root.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Creates a path of keys only.
    #[must_use]
    pub fn keys<'key>(keys: impl IntoIterator<Item = &'key str>) -> Self {
        Self { steps: keys.into_iter().map(|key| Step::Key(key.to_owned())).collect() }
    }

    /// Returns the steps, outermost first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Appends a key.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.steps.push(Step::Key(key.to_owned()));
        self
    }

    /// Appends an index.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.steps.push(Step::Index(index));
        self
    }

    /// Splits off the last step; `None` for the root.
    #[must_use]
    pub fn split_last(&self) -> Option<(Self, &Step)> {
        let (last, before) = self.steps.split_last()?;
        Some((Self { steps: before.to_vec() }, last))
    }

    /// Whether `other` is this path or below it.
    #[must_use]
    pub fn is_prefix_of(&self, other: &Self) -> bool {
        other.steps.starts_with(&self.steps)
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self { steps: steps.into_iter().collect() }
    }
}

fn is_bare(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '/')
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(key) => {
                    if index > 0 {
                        f.write_str(".")?;
                    }
                    if !key.is_empty() && key.chars().all(is_bare) {
                        f.write_str(key)?;
                    } else {
                        let escaped = key.replace('\\', "\\\\").replace('"', "\\\"");
                        write!(f, "\"{escaped}\"")?;
                    }
                }
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Each => f.write_str("[]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = |offset, reason| InvalidPath { text: text.to_owned(), offset, reason };
        let mut steps = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if let Some(inside) = rest.strip_prefix('[') {
                let close = inside.find(']').ok_or_else(|| fault(at, "`[` is not closed"))?;
                let number = inside.get(..close).unwrap_or_default();
                steps.push(match number {
                    "" => Step::Each,
                    _ if number.bytes().all(|byte| byte.is_ascii_digit()) => Step::Index(
                        number.parse().map_err(|_| fault(at, "the index is too large"))?,
                    ),
                    _ => return Err(fault(at + 1, "an index is a number")),
                });
                at += close + 2;
                continue;
            }
            let rest = if steps.is_empty() {
                rest
            } else {
                at += 1;
                rest.strip_prefix('.').ok_or_else(|| fault(at - 1, "a `.` is missing"))?
            };
            let (key, length) = if rest.starts_with('"') {
                quoted_key(rest).ok_or_else(|| fault(at, "the quote is not closed"))?
            } else {
                let length = rest.find(|other: char| !is_bare(other)).unwrap_or(rest.len());
                (rest.get(..length).unwrap_or_default().to_owned(), length)
            };
            if length == 0 {
                return Err(fault(at, "a key is missing"));
            }
            steps.push(Step::Key(key));
            at += length;
        }
        Ok(Self { steps })
    }
}

/// Parses the quoted key at the start of a text; returns it and its length in bytes.
fn quoted_key(text: &str) -> Option<(String, usize)> {
    let mut key = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((offset, character)) = characters.next() {
        match character {
            '"' => return Some((key, offset + 1)),
            '\\' => key.push(characters.next()?.1),
            other => key.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn steps_are_read() {
        let path: Path = "runtime_config.models[].id".parse().expect("a path");
        let expected = Path::keys(["runtime_config", "models"]).steps.into_iter();
        let expected: Path = expected.chain([Step::Each, Step::Key("id".into())]).collect();
        assert_eq!(path, expected);
        assert_eq!("a.b[2]".parse(), Ok(Path::keys(["a", "b"]).index(2)));
        assert_eq!("".parse(), Ok(Path::root()));
        assert_eq!("[0]".parse(), Ok(Path::root().index(0)));
        assert_eq!(r#"on."a.b\"c""#.parse(), Ok(Path::keys(["on", "a.b\"c"])));
    }

    #[test]
    fn nonsense_says_where() {
        for (text, offset) in
            [("a..b", 2), ("a[", 1), ("a[x]", 2), ("a[0]b", 4), ("a b", 1), ("\"", 0)]
        {
            let fault = text.parse::<Path>().expect_err(text);
            assert_eq!(fault.offset, offset, "{fault}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_printed_is_read_back(keys in prop::collection::vec(any::<String>(), 0..4), index in 0_usize..9) {
            let mut path = Path::keys(keys.iter().map(String::as_str)).index(index);
            path.steps.push(Step::Each);
            prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
        }

        #[test]
        fn any_text_is_a_path_or_an_error(text in any::<String>()) {
            let _ = text.parse::<Path>();
        }
    }
}
