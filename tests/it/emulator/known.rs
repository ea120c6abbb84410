//! Which differences are known: the table of `tests/forge/README.md`.

use std::cell::Cell;

use serde_json::Value;

use super::difference::{Difference, shown};

/// A row of the table.
#[derive(Debug)]
struct Row {
    call: String,
    place: String,
    ours: String,
    theirs: String,
    used: Cell<bool>,
}

/// The table of known differences.
#[derive(Debug)]
pub(super) struct Known(Vec<Row>);

impl Known {
    /// Reads the table below `## Known differences`.
    pub(super) fn read(readme: &str) -> Self {
        let (_, table) = readme.split_once("## Known differences").expect("the heading");
        let rows = table.lines().filter(|line| line.starts_with("| `")).map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [call, place, ours, theirs, reason] = cells[..] else {
                panic!("five cells: {line}")
            };
            assert!(!reason.is_empty(), "no reason: {line}");
            let text = |cell: &str| cell.trim_matches('`').to_owned();
            Row {
                call: text(call),
                place: text(place),
                ours: ours.to_owned(),
                theirs: theirs.to_owned(),
                used: Cell::new(false),
            }
        });
        Self(rows.collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a row speaks of this difference.
    pub(super) fn explains(&self, difference: &Difference) -> bool {
        let cell = |cell: &str, value: Option<&Value>| cell == "any" || cell == shown(value);
        let row = self.0.iter().find(|row| {
            matches(&row.call, &difference.call)
                && matches(&row.place, &difference.place)
                && cell(&row.ours, difference.ours.as_ref())
                && cell(&row.theirs, difference.theirs.as_ref())
        });
        row.inspect(|row| row.used.set(true)).is_some()
    }

    /// Rows that spoke of nothing.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.0.iter().filter(|row| !row.used.get());
        unused.map(|row| format!("`{}` at `{}`", row.call, row.place)).collect()
    }
}

/// Whether a text is what a pattern says; `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| matches(rest, text)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_used_or_told() {
        let known = Known::read(
            "## Known differences\n| call |\n| `a*` | `status` | `404` | any | why |\n| `b` | `*` | any | any | why |\n",
        );
        let difference = |call: &str| Difference {
            call: call.to_owned(),
            place: "status".to_owned(),
            ours: Some(404.into()),
            theirs: Some(422.into()),
        };
        assert!(known.explains(&difference("a call")));
        assert!(!known.explains(&difference("no row's call")));
        assert_eq!(known.unused(), ["`b` at `*`"]);
    }
}
