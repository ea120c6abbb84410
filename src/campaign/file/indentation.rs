//! The commonest mistake of indentation in a campaign: what belongs below a change stands beside it.

use crate::error::Error;
use crate::source::text::MAX_OWN_BYTES;
use crate::source::typed::{Content, Node, outline};
use crate::source::{Position, Text};

/// The problems of a file that could not be read. Of a key in a list without a value, with further keys at the same depth, the
/// reader only says that it is empty and that the others are unknown.
pub(super) fn with_indentation(problems: Vec<Error>, bytes: &[u8]) -> Vec<Error> {
    let Ok(text) = Text::decode_within(bytes, MAX_OWN_BYTES) else { return problems };
    let Ok(root) = outline::read(&text) else { return problems };
    let mut found = Vec::new();
    collect(&root, &text, &mut found);
    let with_hint = |problem: Error| {
        let at = problem.place().and_then(|place| place.position);
        let is_of_it = |(position, _): &&(Position, String)| at == Some(*position);
        match found.iter().find(is_of_it).filter(|_| problem.message().ends_with("not empty")) {
            Some((_, hint)) => problem.hint(hint.clone()),
            None => problem,
        }
    };
    problems.into_iter().map(with_hint).collect()
}

/// The places of such values, each with what to do.
fn collect(node: &Node, text: &Text, found: &mut Vec<(Position, String)>) {
    match &node.content {
        Content::Sequence(items) => {
            for item in items {
                found.extend(misplaced(item, text));
                collect(item, text, found);
            }
        }
        Content::Mapping(entries) => {
            entries.iter().for_each(|(_, value)| collect(value, text, found));
        }
        Content::Scalar { .. } | Content::Alias => {}
    }
}

fn misplaced(item: &Node, text: &Text) -> Option<(Position, String)> {
    let Content::Mapping(entries) = &item.content else { return None };
    let [(first, empty), others @ ..] = entries.as_slice() else { return None };
    let is_empty =
        matches!(&empty.content, Content::Scalar { value, plain: true } if value.is_empty());
    let others: Vec<String> =
        others.iter().filter_map(|(key, _)| Some(format!("`{}`", key.as_str()?))).collect();
    if !is_empty || others.is_empty() {
        return None;
    }
    let hint = format!("indent the lines of {} below `{}`", others.join(", "), first.as_str()?);
    Some((text.position(empty.span.start), hint))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::campaign::file::Campaign;

    #[test]
    fn what_stands_beside_a_change_is_to_be_indented() {
        let hints = |changes: &str| -> Vec<String> {
            let text =
                format!("schema: 1\nname: x\nchanges:\n{changes}pull_request: {{ title: T }}\n");
            let problems = Campaign::parse(Path::new("x.yaml"), text.as_bytes());
            let problems = problems.expect_err("problems").into_iter();
            let hints = problems.flat_map(|problem| problem.hints().to_vec());
            hints.filter(|hint| hint.starts_with("indent")).collect()
        };
        let beside = "  - yaml:\n    paths: [a.yaml]\n    edits: []\n";
        assert_eq!(hints(beside), ["indent the lines of `paths`, `edits` below `yaml`"]);
        let edit = "  - yaml:\n      paths: [a.yaml]\n      edits:\n        - set:\n          at: a\n          value: 2\n";
        assert_eq!(hints(edit), ["indent the lines of `at`, `value` below `set`"]);
        assert!(hints("  - yaml:\n").is_empty());
    }
}
