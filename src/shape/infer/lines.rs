//! Finds the lines that line-based files have in common.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::snapshot::{Blob, BlobId};
use crate::source::ignore_lines::{Lines, without_blanks};

use super::demands::Files;
use super::{most, nearly_all};

/// Returns the lines of `model` that nearly all of the `of` repositories have, with their comments; a repository
/// without the file has no lines. `None` if none of them is managed.
fn common_core(model: &str, texts: &[Lines<'_>], of: usize) -> Option<String> {
    let common = |line: &str| nearly_all(count(line, texts), of);
    let mut core: Vec<&str> = Vec::new();
    // Comments and blank lines wait until a line that they introduce is kept.
    let mut waiting: Vec<&str> = Vec::new();
    let mut managed = 0;
    for line in model.lines().map(without_blanks) {
        if !is_managed(line) {
            if line.is_empty() {
                waiting.clear();
            }
            waiting.push(line);
        } else if common(line) {
            core.append(&mut waiting);
            core.push(line);
            managed += 1;
        }
    }
    if managed == 0 {
        return None;
    }
    let mut text = core.join("\n").trim_start_matches('\n').to_owned();
    text.push('\n');
    Some(text)
}

/// Returns how many managed lines of a text more than half of the `of` repositories have.
pub(super) fn shared(model: &str, texts: &[Lines<'_>], of: usize) -> usize {
    let lines: BTreeSet<&str> =
        model.lines().map(without_blanks).filter(|line| is_managed(line)).collect();
    lines.into_iter().filter(|line| most(count(line, texts), of)).count()
}

fn count(line: &str, texts: &[Lines<'_>]) -> usize {
    texts.iter().filter(|text| text.have(line)).count()
}

/// Whether a line is neither blank nor a comment.
fn is_managed(line: &str) -> bool {
    !line.is_empty() && !line.trim_start().starts_with('#')
}

/// What nearly all line-based files at a path have in common.
pub(super) struct Core {
    /// The common lines with their comments.
    pub(super) text: String,
    /// Number of managed lines.
    pub(super) lines: usize,
    /// Indices of the repositories that have all of them.
    pub(super) conforming: Vec<usize>,
}

/// Returns the lines that nearly all of the `of` repositories have, as the most frequent content writes them.
pub(super) fn core(path: &str, files: &Files, first: BlobId, of: usize) -> Option<Core> {
    fn read<'b>(path: &str, (member, blob): &'b (usize, Arc<Blob>)) -> Option<(usize, Lines<'b>)> {
        Some((*member, Lines::of(path, blob.documents.text().ok()?.as_str())))
    }
    let (members, texts): (Vec<usize>, Vec<Lines<'_>>) =
        files.iter().filter_map(|it| read(path, it)).unzip();
    let (_, model) = files.iter().find(|(_, blob)| blob.id == first)?;
    let text = common_core(model.documents.text().ok()?.as_str(), &texts, of)?;
    let wanted: Vec<&str> = text.lines().filter(|line| is_managed(line)).collect();
    let has_all = |text: &Lines<'_>| wanted.iter().all(|line| text.have(line));
    let holders = members.into_iter().zip(&texts);
    let conforming = holders.filter(|(_, text)| has_all(text)).map(|(member, _)| member).collect();
    let lines = wanted.len();
    Some(Core { text, lines, conforming })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'t>(texts: &[&'t str]) -> Vec<Lines<'t>> {
        texts.iter().map(|text| Lines::of(".gitignore", text)).collect()
    }

    #[test]
    fn what_nearly_all_have_is_kept_with_its_comment() {
        let model = "# Build\ntarget/\nown/\n\n# Editors\n.idea/\n\n# Mine\nsecret\n";
        let texts = read(&[model, ".idea/\ntarget/\n", "target/\n.idea/\nx\n"]);
        let core = common_core(model, &texts, 3);
        assert_eq!(core.as_deref(), Some("# Build\ntarget/\n\n# Editors\n.idea/\n"));
        // One that has no such file has none of the lines.
        assert_eq!(common_core(model, &texts, 5), None);
        assert_eq!(shared(model, &texts, 5), 2);
    }

    #[test]
    fn a_line_counts_where_a_broader_one_says_it() {
        let texts = read(&["/target/\n", "/target\n", "target\n"]);
        assert_eq!(common_core("/target/\n", &texts, 3).as_deref(), Some("/target/\n"));
    }

    #[test]
    fn comments_alone_are_no_core() {
        assert_eq!(common_core("# a\nx\n", &read(&["# a\nx\n", "# a\ny\n"]), 2), None);
    }
}
