//! The jobs that a matrix expands to.
//!
//! The rules are those of
//! <https://docs.github.com/en/actions/writing-workflows/choosing-what-your-workflow-does/running-variations-of-jobs-in-a-workflow>.

use crate::source::yaml::Node;

/// One job of a matrix: its keys in order, with their values.
pub(super) type Combination = Vec<(String, String)>;

/// The most jobs that the forge creates from one matrix.
const MOST_JOBS: usize = 256;

/// What is known of a matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matrix {
    /// There is none.
    Absent,
    /// These jobs.
    Known(Vec<Combination>),
    /// Some of it is known only at run time.
    Computed,
}

/// Reads `strategy.matrix` of a job.
pub(super) fn read(job: Node<'_>) -> Matrix {
    let Some(matrix) = job.get("strategy").and_then(|strategy| strategy.get("matrix")) else {
        return Matrix::Absent;
    };
    known(matrix.resolved()).map_or(Matrix::Computed, Matrix::Known)
}

fn known(matrix: Node<'_>) -> Option<Vec<Combination>> {
    if !matrix.is_mapping() {
        return None;
    }
    let mut combinations: Vec<Combination> = vec![Vec::new()];
    let mut keys: Vec<String> = Vec::new();
    for entry in matrix.entries() {
        let key = entry.key.scalar_text()?;
        if matches!(key, "include" | "exclude") {
            continue;
        }
        let values = entry.value.resolved();
        if !values.is_sequence() {
            return None;
        }
        let values: Vec<String> = values.items().map(value).collect::<Option<_>>()?;
        if combinations.len().saturating_mul(values.len()) > MOST_JOBS {
            return None;
        }
        combinations = combinations
            .iter()
            .flat_map(|combination| {
                values.iter().map(|value| {
                    let mut longer = combination.clone();
                    longer.push((key.to_owned(), value.clone()));
                    longer
                })
            })
            .collect();
        keys.push(key.to_owned());
    }
    if keys.is_empty() {
        combinations.clear();
    }
    for excluded in objects(matrix, "exclude")? {
        combinations.retain(|combination| !excluded.iter().all(|pair| combination.contains(pair)));
    }
    include(&mut combinations, &keys, objects(matrix, "include")?);
    Some(combinations)
}

/// Applies `include`: each entry is merged into every job whose matrix keys it does not contradict, and becomes a job
/// of its own if there is none.
fn include(combinations: &mut Vec<Combination>, keys: &[String], included: Vec<Combination>) {
    let original = combinations.clone();
    for addition in included {
        let of_matrix = |pair: &&(String, String)| keys.contains(&pair.0);
        let mut fits = false;
        for (combination, first) in combinations.iter_mut().zip(&original) {
            if !keys.is_empty()
                && addition.iter().filter(of_matrix).all(|pair| first.contains(pair))
            {
                fits = true;
                for (key, value) in &addition {
                    match combination.iter_mut().find(|(known, _)| known == key) {
                        Some(known) => known.1.clone_from(value),
                        None => combination.push((key.clone(), value.clone())),
                    }
                }
            }
        }
        if !fits && combinations.len() < MOST_JOBS {
            combinations.push(addition);
        }
    }
}

/// A list of mappings; empty if there is none, `None` if it is computed.
fn objects(matrix: Node<'_>, key: &str) -> Option<Vec<Combination>> {
    let Some(list) = matrix.get(key).map(Node::resolved) else { return Some(Vec::new()) };
    if !list.is_sequence() {
        return None;
    }
    let object = |item: Node<'_>| -> Option<Combination> {
        let item = item.resolved();
        if !item.is_mapping() {
            return None;
        }
        let pair = |entry: crate::source::yaml::EntryNode<'_>| {
            Some((entry.key.scalar_text()?.to_owned(), value(entry.value)?))
        };
        item.entries().map(pair).collect()
    };
    list.items().map(object).collect()
}

/// A scalar value that is not an expression.
fn value(node: Node<'_>) -> Option<String> {
    let text = node.resolved().scalar_text()?;
    (!text.contains("${{")).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Text;
    use crate::source::yaml::{Dialect, Document};

    fn said(matrix: &str) -> String {
        let text = Text::new(&format!("strategy: {{matrix: {matrix}}}\n"));
        let document = Document::parse(&text, Dialect::Yaml12).expect("YAML");
        match read(document.root()) {
            Matrix::Absent => "absent".to_owned(),
            Matrix::Computed => "computed".to_owned(),
            Matrix::Known(combinations) => combinations
                .iter()
                .map(|it| it.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(","))
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    #[test]
    fn matrices_as_the_documentation_has_them() {
        assert_eq!(said("{os: [u, w], node: [12, 14]}"), "u,12 u,14 w,12 w,14");
        assert_eq!(
            said("{os: [u, w], node: [12, 14], exclude: [{os: w, node: 12}]}"),
            "u,12 u,14 w,14"
        );
        assert_eq!(said("{include: [{a: 1}, {a: 2, b: 3}]}"), "1 2,3");
        // The example of the documentation.
        assert_eq!(
            said(
                "{fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, \
                 {fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}"
            ),
            "apple,cat,pink,circle apple,dog,green,circle pear,cat,pink pear,dog,green banana banana,cat"
        );
    }

    #[test]
    fn what_is_computed_says_so() {
        for matrix in [
            "'${{ fromJSON(x) }}'",
            "{a: '${{ x }}'}",
            "{a: ['${{ x }}']}",
            "{a: [{b: 1}]}",
            "{a: [1], include: 3}",
        ] {
            assert_eq!(said(matrix), "computed", "{matrix}");
        }
    }
}
