//! The size of a document after expanding its fragments.
//!
//! Ten lines can name a million fields if each fragment spreads the next one twice. Expanding them
//! might never end, so the count is computed first.

use std::collections::HashMap;

use apollo_compiler::Name;
use apollo_compiler::ast::{Definition, Document, Selection};

/// The most selections; no document written by hand has more.
pub(super) const MOST: u64 = 20_000;

/// The deepest nesting of fragments, which is also the limit of validation.
const DEEPEST: usize = 200;

type Fragments<'a> = HashMap<&'a Name, &'a [Selection]>;

/// Counts the selections; returns more than [`MOST`] if fragments are cyclic.
pub(super) fn selections(document: &Document) -> u64 {
    let mut fragments = Fragments::new();
    for definition in &document.definitions {
        if let Definition::FragmentDefinition(fragment) = definition {
            fragments.insert(&fragment.name, &fragment.selection_set);
        }
    }
    let mut known = HashMap::new();
    let mut total: u64 = 0;
    for definition in &document.definitions {
        let set = match definition {
            Definition::OperationDefinition(operation) => &operation.selection_set,
            Definition::FragmentDefinition(fragment) => &fragment.selection_set,
            _ => continue,
        };
        total = total.saturating_add(count(set, &fragments, &mut known, 0));
    }
    total
}

fn count<'a>(
    set: &'a [Selection],
    fragments: &Fragments<'a>,
    known: &mut HashMap<&'a Name, u64>,
    depth: usize,
) -> u64 {
    if depth > DEEPEST {
        return MOST + 1;
    }
    let mut total: u64 = 0;
    for selection in set {
        let inside = match selection {
            Selection::Field(field) => {
                let set = field.selection_set.as_deref().unwrap_or_default();
                count(set, fragments, known, depth + 1)
            }
            Selection::InlineFragment(fragment) => {
                count(&fragment.selection_set, fragments, known, depth + 1)
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.fragment_name;
                match (known.get(name), fragments.get(name)) {
                    (Some(size), _) => *size,
                    // Validation reports the missing fragment.
                    (None, None) => 0,
                    (None, Some(set)) => {
                        let size = count(set, fragments, known, depth + 1);
                        known.insert(name, size);
                        size
                    }
                }
            }
        };
        total = total.saturating_add(1).saturating_add(inside);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str) -> u64 {
        selections(&Document::parse(text, "document").expect("a document"))
    }

    #[test]
    fn a_fragment_counts_wherever_it_is_named() {
        assert_eq!(size("{ a b { c } }"), 3);
        assert_eq!(size("{ ...f ...f } fragment f on T { a b }"), 8);
        assert_eq!(size("{ ...gone ... on T { a } }"), 3);
    }

    #[test]
    fn what_has_no_end_is_too_much() {
        assert!(size("{ ...f } fragment f on T { a ...f }") > MOST);
        let mut doubled = "{ ...f0 }".to_owned();
        for n in 0..60 {
            doubled.push_str(&format!(" fragment f{n} on T {{ ...f{0} ...f{0} }}", n + 1));
        }
        assert!(size(&doubled) > MOST);
    }
}
