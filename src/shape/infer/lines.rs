//! The lines that files of lines have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::nearly_all;

/// The lines that nearly all texts have, as the first text writes and comments them. `None` when no
/// line that says something is among them.
pub(super) fn common_core(model: &str, texts: &[&str]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts {
        let lines: BTreeSet<&str> = text.lines().map(str::trim_end).collect();
        for line in lines.into_iter().filter(|line| is_managed(line)) {
            *counts.entry(line).or_default() += 1;
        }
    }
    let common = |line: &str| counts.get(line).is_some_and(|count| nearly_all(*count, texts.len()));
    let mut core: Vec<&str> = Vec::new();
    // Comments and blank lines wait until a line that they introduce is kept.
    let mut waiting: Vec<&str> = Vec::new();
    let mut managed = 0;
    for line in model.lines().map(str::trim_end) {
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

/// Whether a line says something: neither empty nor a comment.
fn is_managed(line: &str) -> bool {
    !line.is_empty() && !line.trim_start().starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nearly_all_have_is_kept_with_its_comment() {
        let model = "# Build\ntarget/\nown/\n\n# Editors\n.idea/\n\n# Mine\nsecret\n";
        let core = common_core(model, &[model, ".idea/\ntarget/\n", "target/\n.idea/\nx\n"]);
        assert_eq!(core.as_deref(), Some("# Build\ntarget/\n\n# Editors\n.idea/\n"));
    }

    #[test]
    fn comments_alone_are_no_core() {
        assert_eq!(common_core("# a\nx\n", &["# a\nx\n", "# a\ny\n"]), None);
    }
}
