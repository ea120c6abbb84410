//! What the underlying parser refuses, although the readers of a dialect take it: it is given the text with other blanks.

use std::borrow::Cow;

use super::gap::{line_start, quoted_end};
use super::{Dialect, surrogates};
use crate::source::text::SyntaxError;

/// The most tabs after a `:`, or lines at the margin, that are read as what they are; the text is parsed again for each.
const MOST: usize = 32;

/// The blanks that indent a line at the margin: more than any collection around it.
const INDENTATION: usize = 256;

/// A text as it is given to the parser.
pub(super) struct Parsed<'text> {
    original: &'text str,
    /// Of the same length as the original, in characters and in bytes.
    content: Cow<'text, str>,
    /// With blanks before some lines.
    indented: Option<String>,
    /// The offsets in the original of the lines that are indented, in order.
    lines: Vec<usize>,
    mended: usize,
}

/// Where a text has more blanks than its original: the indexes of characters at which they begin, in order.
#[derive(Default)]
pub(super) struct Blanks(Vec<usize>);

impl Blanks {
    /// Returns the index of a character in the original.
    pub(super) fn without(&self, index: usize) -> usize {
        let before = self.0.partition_point(|start| *start < index);
        let last = before.checked_sub(1).and_then(|last| self.0.get(last).map(|it| (last, *it)));
        last.map_or(index, |(whole, start)| {
            index - whole * INDENTATION - (index - start).min(INDENTATION)
        })
    }
}

impl<'text> Parsed<'text> {
    pub(super) fn of(original: &'text str) -> Self {
        let replaced = surrogates::replaced(original);
        let content = replaced.map_or(Cow::Borrowed(original), Cow::Owned);
        Self { original, content, indented: None, lines: Vec::new(), mended: 0 }
    }

    pub(super) fn text(&self) -> &str {
        self.indented.as_deref().unwrap_or(&self.content)
    }

    /// The blanks that it has in excess of its original.
    pub(super) fn blanks(&self) -> Blanks {
        let (mut blanks, mut index, mut at) = (Vec::new(), 0, 0);
        for line in &self.lines {
            index += self.original.get(at..*line).unwrap_or_default().chars().count();
            blanks.push(index);
            index += INDENTATION;
            at = *line;
        }
        Blanks(blanks)
    }

    /// Changes the blanks that an error is about, which has a place in the original; `false` if it is right.
    pub(super) fn mend(&mut self, dialect: Dialect, error: &SyntaxError) -> bool {
        self.mended += 1;
        match dialect {
            _ if self.mended > MOST => false,
            // PyYAML refuses tabs between tokens.
            Dialect::Yaml12 => self.replace_tab(error),
            Dialect::Yaml11 => self.indent(error),
            Dialect::Toml => false,
        }
    }

    /// The parser refuses a tab between `:` and a word or a `-`, while YAML 1.2 only does so where it would be an
    /// indentation, which the parser still refuses when it is a space.
    fn replace_tab(&mut self, error: &SyntaxError) -> bool {
        if error.message != "':' must be followed by a valid YAML whitespace" {
            return false;
        }
        let before = self.content.get(..error.span.start).unwrap_or_default();
        let before = before.trim_end_matches([' ', '\t']);
        let (at, is_value) = (before.len(), before.ends_with(':'));
        let is_tab = self.content.as_bytes().get(at) == Some(&b'\t');
        if is_value && is_tab {
            self.content.to_mut().replace_range(at..=at, " ");
        }
        is_value && is_tab
    }

    /// `PyYAML` heeds no indentation inside of brackets and quotes, and takes a `]` at the margin.
    fn indent(&mut self, error: &SyntaxError) -> bool {
        let at = error.span.start;
        let found = match error.message.as_str() {
            // The parser says the last one of lines in quotes alone.
            "invalid indentation"
            | "invalid indentation in flow construct"
            | "tab cannot be used as indentation" => {
                vec![line_start(self.original, at)]
            }
            "invalid indentation in quoted scalar" => {
                let end = quoted_end(self.original, at).unwrap_or(at);
                let inside = self.original.get(at..end).unwrap_or_default();
                inside.match_indices('\n').map(|(newline, _)| at + newline + 1).collect()
            }
            _ => Vec::new(),
        };
        let known = self.lines.len();
        // It ends a document in quotes and brackets too.
        let is_marker = |line: &usize| {
            let rest = self.original.get(*line..).unwrap_or_default();
            rest.starts_with("---") || rest.starts_with("...")
        };
        self.lines.extend(found.into_iter().filter(|line| !is_marker(line)));
        self.lines.sort_unstable();
        self.lines.dedup();
        let mut indented = String::new();
        let mut from = 0;
        for line in &self.lines {
            indented.push_str(self.content.get(from..*line).unwrap_or_default());
            indented.push_str(&" ".repeat(INDENTATION));
            from = *line;
        }
        indented.push_str(self.content.get(from..).unwrap_or_default());
        self.indented = Some(indented);
        self.lines.len() > known
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::source::Text;
    use crate::source::yaml::{Dialect, Document};

    /// As `PyYAML` 6.0.3 does: each was given to `safe_load`.
    #[test]
    fn pyyaml_heeds_no_indentation_in_brackets_and_quotes() {
        for (yaml, value) in [
            ("a: [\nx\n]\n", json!({"a": ["x"]})),
            ("é: [x, # ü\ny,\n]\nb: 2\n", json!({"é": ["x", "y"], "b": 2})),
            ("a:\n  b: {\nc: 1,\nd: [\n2]}\n", json!({"a": {"b": {"c": 1, "d": [2]}}})),
            ("a: \"é\n\nö\" # c\nb: 1\n", json!({"a": "é\nö", "b": 1})),
            ("a: 'x\ny'\n", json!({"a": "x y"})),
            ("- [\na\n]\n", json!([["a"]])),
            ("a: \"x\n\t\ny\"\n", json!({"a": "x\ny"})),
            ("a: 'x\n\ty'\n", json!({"a": "x y"})),
            ("k:\n  a: \"é\n\t\n\t\n    y\" # c\nb: z\n", json!({"k": {"a": "é\n\ny"}, "b": "z"})),
            ("a: [\"x\n\t\n  y\"]\n", json!({"a": ["x\ny"]})),
            ("k:\n - \"x\n\t# y\"\n", json!({"k": ["x # y"]})),
        ] {
            let text = Text::new(yaml);
            let document = Document::parse(&text, Dialect::Yaml11).expect(yaml);
            assert_eq!(document.root().to_json(100), Ok(value), "{yaml}");
            assert!(Document::parse(&text, Dialect::Yaml12).is_err(), "{yaml}");
        }
    }

    #[test]
    fn spans_and_comments_are_those_of_the_text() {
        let text = Text::new("é: [x, # ü\ny,\n]\nb: \"ä\nc\" # d\n");
        let document = Document::parse(&text, Dialect::Yaml11).expect("YAML");
        let spans = document.root().entries().map(|entry| text.slice(entry.value.span()));
        assert_eq!(spans.collect::<Vec<_>>(), ["[x, # ü\ny,\n]", "\"ä\nc\""]);
        let list = document.root().get("é").expect("a list");
        let items: Vec<&str> = list.items().map(|item| text.slice(item.span())).collect();
        assert_eq!(items, ["x", "y"]);
        let comments = document.comments().iter().map(|comment| text.slice(comment.span));
        assert_eq!(comments.collect::<Vec<_>>(), ["# ü", "# d"]);
    }

    #[test]
    fn what_pyyaml_refuses_stays_refused() {
        for yaml in [
            "a: [\n- x\n]\n",
            "a: \"x\n--- y\"\n",
            "a: [x,\n---\ny]\n",
            "a:\n  - x\n - y\n",
            "a: [\n\tx]\n",
        ] {
            assert!(Document::parse(&Text::new(yaml), Dialect::Yaml11).is_err(), "{yaml}");
        }
    }
}
