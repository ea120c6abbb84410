//! The weight of a document before it is executed. Like GitHub, it counts what the document may
//! return, not what it does return.
//!
//! The number of nodes is the product of the page sizes down to each connection; the cost is a
//! hundredth of the requests that GitHub would need for them.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::ast::Value as Ast;
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use serde_json::{Map, Value, json};

use crate::sandbox::limits::Numbers;

/// The longest page that GitHub returns.
const PAGE: u64 = 100;

/// A weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    pub(super) nodes: u64,
    pub(super) cost: u64,
}

struct Scale<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Map<String, Value>,
    nodes: u64,
    requests: u64,
    errors: Vec<Value>,
}

/// Weighs an operation.
///
/// # Errors
/// When a connection has no page size or one that is too large, or when there are too many nodes.
pub(super) fn weigh(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &Map<String, Value>,
    numbers: &Numbers,
) -> Result<Weight, Vec<Value>> {
    let mut scale = Scale { document, variables, nodes: 0, requests: 0, errors: Vec::new() };
    scale.put(&operation.selection_set, 1);
    if scale.nodes > numbers.nodes {
        let message = format!(
            "This query requests up to {} possible nodes which exceeds the maximum limit of {}.",
            scale.nodes, numbers.nodes
        );
        scale.errors.push(json!({"type": "MAX_NODE_LIMIT_EXCEEDED", "message": message}));
    }
    if scale.errors.is_empty() {
        Ok(Weight { nodes: scale.nodes, cost: (scale.requests / 100).max(1) })
    } else {
        Err(scale.errors)
    }
}

impl Scale<'_> {
    /// Adds the selections, `times` over.
    fn put(&mut self, set: &SelectionSet, times: u64) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => self.put_field(field, times),
                Selection::InlineFragment(fragment) => self.put(&fragment.selection_set, times),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = spread.fragment_def(self.document) {
                        self.put(&fragment.selection_set, times);
                    }
                }
            }
        }
    }

    fn put_field(&mut self, field: &Field, times: u64) {
        let Some(set) = &field.selection_set else { return };
        let mut inside = times;
        if field.definition.ty.inner_named_type().ends_with("Connection") {
            let page = self.page(field);
            self.requests = self.requests.saturating_add(times);
            inside = times.saturating_mul(page);
            self.nodes = self.nodes.saturating_add(inside);
        } else if field.name == "nodes" && field.argument_by_name("ids").is_ok() {
            let ids = field.specified_argument_by_name("ids");
            let count = ids.map(|ids| self.value(ids)).and_then(|ids| ids.as_array().map(Vec::len));
            let count = count.unwrap_or(1) as u64;
            if count > PAGE {
                let message =
                    format!("You may not provide more than 100 node ids; you provided {count}.");
                self.error(field, "ARGUMENT_LIMIT", &message);
            }
            inside = times.saturating_mul(count.max(1));
            self.nodes = self.nodes.saturating_add(inside);
            self.requests = self.requests.saturating_add(1);
        }
        self.put(set, inside);
    }

    /// Returns the page size of a connection.
    fn page(&mut self, field: &Field) -> u64 {
        let bound =
            |name: &str| field.specified_argument_by_name(name).map(|value| self.value(value));
        let (first, last) = (bound("first"), bound("last"));
        let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_i64);
        let name = field.name.as_str();
        match (number(&first), number(&last)) {
            (None, None) => {
                let message = format!(
                    "You must provide a `first` or `last` value to properly paginate the `{name}` connection."
                );
                self.error(field, "MISSING_PAGINATION_BOUNDARIES", &message);
                1
            }
            (Some(_), Some(_)) => {
                let message = format!(
                    "Passing both `first` and `last` to paginate the `{name}` connection is not supported."
                );
                self.error(field, "INVALID_PAGINATION_BOUNDARIES", &message);
                1
            }
            (Some(count), None) | (None, Some(count)) => match u64::try_from(count) {
                Ok(count) if (1..=PAGE).contains(&count) => count,
                Ok(0) | Err(_) => {
                    let message = format!("`first` on the `{name}` connection must be at least 1.");
                    self.error(field, "INVALID_PAGINATION_BOUNDARIES", &message);
                    1
                }
                Ok(count) => {
                    let bound = if first.is_some() { "first" } else { "last" };
                    let message = format!(
                        "Requesting {count} records on the `{name}` connection exceeds the `{bound}` limit of {PAGE} records."
                    );
                    self.error(field, "EXCESSIVE_PAGINATION", &message);
                    PAGE
                }
            },
        }
    }

    /// Evaluates a value, substituting variables.
    fn value(&self, value: &Ast) -> Value {
        super::execute::plain(value, self.variables)
    }

    fn error(&mut self, field: &Field, kind: &str, message: &str) {
        let path = field.response_name().as_str();
        self.errors.push(json!({"type": kind, "path": [path], "message": message}));
    }
}
