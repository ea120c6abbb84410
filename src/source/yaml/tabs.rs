//! Tabs that `PyYAML` refuses: those between two parts of a text, where YAML 1.2 takes them for blanks.

use super::{Content, Document, Style};
use crate::source::text::{Span, SyntaxError};

/// The quoted texts, blocks and comments of a document: tabs in them are text.
struct Texts {
    /// Quoted texts and comments.
    spans: Vec<Span>,
    blocks: Vec<Span>,
}

impl Document {
    /// The first tab between two parts of the text. Of a line that has nothing else it is told where it is certain that
    /// it belongs to no block.
    pub(super) fn separating_tab(&self) -> Option<SyntaxError> {
        let content = self.text.as_str();
        if !content.contains('\t') {
            return None;
        }
        let texts = Texts::of(self);
        let mut at = 0;
        for line in content.split_inclusive('\n') {
            let mut tabs = line.match_indices('\t').map(|(index, _)| at + index);
            let separating = if line.starts_with('%') {
                None
            } else if line.trim().is_empty() {
                tabs.next().filter(|tab| !texts.may_have(content, at, *tab))
            } else {
                tabs.find(|tab| !is_in(&texts.spans, *tab) && !is_in(&texts.blocks, *tab))
            };
            if let Some(tab) = separating {
                let message = "there is a tab where it takes spaces only";
                return Some(SyntaxError::new(Span::new(tab, tab + 1), message));
            }
            at += line.len();
        }
        None
    }
}

impl Texts {
    fn of(document: &Document) -> Self {
        let (mut spans, mut blocks) = (Vec::new(), Vec::new());
        for record in &document.nodes {
            match record.content {
                Content::Scalar { style: Style::Literal | Style::Folded, .. } => {
                    blocks.push(record.body);
                }
                Content::Scalar { style: Style::SingleQuoted | Style::DoubleQuoted, .. } => {
                    spans.push(record.body);
                }
                _ => {}
            }
        }
        spans.extend(document.comments.iter().map(|comment| comment.span));
        spans.sort_unstable();
        blocks.sort_unstable();
        Self { spans, blocks }
    }

    /// Whether the first tab of a line without words, which begins at an offset, may be of a quoted text or of the block
    /// before it. Only what is indented less than a block is certainly not of it.
    fn may_have(&self, content: &str, line: usize, tab: usize) -> bool {
        if is_in(&self.spans, tab) {
            return true;
        }
        let Some(block) = last_before(&self.blocks, line) else { return false };
        let between = content.get(block.end..line).unwrap_or_default();
        if !between.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
            return false;
        }
        tab - line >= indentation(content.get(block.start..block.end).unwrap_or_default())
    }
}

/// The least indentation that a block may have, from its header on. Every block is indented by a space at least.
fn indentation(block: &str) -> usize {
    let mut lines = block.split_inclusive('\n');
    let has_number = lines.next().is_some_and(|header| {
        header.chars().take_while(|c| !matches!(c, '#')).any(|c| c.is_ascii_digit())
    });
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    for line in lines {
        // `PyYAML` may take the indentation from a tab that stands alone before the first words.
        if line.trim().is_empty() && !line.contains('\t') {
            continue;
        }
        let is_certain = !has_number && !line.trim().is_empty();
        return if is_certain { spaces(line).max(1) } else { 1 };
    }
    1
}

fn is_in(spans: &[Span], at: usize) -> bool {
    last_before(spans, at).is_some_and(|span| at < span.end)
}

fn last_before(spans: &[Span], at: usize) -> Option<Span> {
    let behind = spans.partition_point(|span| span.start <= at);
    behind.checked_sub(1).and_then(|index| spans.get(index)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Text;
    use crate::source::yaml::Dialect;

    fn tab(yaml: &str) -> Option<usize> {
        let document = Document::parse(&Text::new(yaml), Dialect::Yaml11).expect(yaml);
        document.separating_tab().map(|problem| problem.span.start)
    }

    /// As `PyYAML` 6.0.3 does: each was given to `safe_load`.
    #[test]
    fn a_line_of_tabs_is_no_blank_line() {
        for (yaml, at) in [
            ("a: 1\n\t\nb: 2\n", 5),
            ("a: 1\n \t\nb: 2\n", 6),
            ("a: 1\n\t", 5),
            ("a:\n  b: 1\n  \t\n  c: 2\n", 12),
            ("- a\n\t\n- b\n", 4),
            ("# c\n\t\na: 1\n", 4),
            ("a: [1]\n\t\nb: 1\n", 7),
            ("a: |\n  x\n\t\nb: 1\n", 9),
            ("a: |\n  x\n \t\nb: 1\n", 10),
            ("a: |\n  x\n\t\n", 9),
            ("a: 1\r\n\t\r\nb: 2\r\n", 6),
        ] {
            assert_eq!(tab(yaml), Some(at), "{yaml:?}");
        }
    }

    #[test]
    fn a_tab_may_be_text() {
        for yaml in [
            "a: |\n  x\n  \t\n  y\n",
            "a: |\n  x\n  \t\nb: 1\n",
            "a: |2\n    x\n  \t\n    y\n",
            "a: \"b\n  \t\n  c\"\n",
            "a: 'b\n  \t\n  c'\n",
            "a: 1\n   \nb: 2\n",
        ] {
            assert_eq!(tab(yaml), None, "{yaml:?}");
        }
    }
}
