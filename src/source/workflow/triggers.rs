//! The triggers of a workflow (`on`), with their inputs and secrets.

use super::{Reader, Spanned};
use crate::source::text::Span;
use crate::source::yaml::Node;

/// An event that triggers a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The name of the event.
    pub event: Spanned,
    /// The activity types; for `repository_dispatch` the event types that are received.
    pub types: Vec<Spanned>,
    /// Filters that include or exclude: `branches`, `tags`, `paths` and their `-ignore` forms,
    /// `workflows`.
    pub filters: Vec<(Spanned, Vec<Spanned>)>,
    /// The cron expressions of `schedule`.
    pub crons: Vec<Spanned>,
    /// The declared inputs of `workflow_dispatch` and `workflow_call`.
    pub inputs: Vec<DeclaredInput>,
    /// The declared secrets of `workflow_call`.
    pub secrets: Vec<DeclaredSecret>,
}

/// An input declared by a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredInput {
    /// Its name.
    pub name: Spanned,
    /// Whether the caller must pass it.
    pub required: bool,
    /// `string`, `boolean`, `number`, `choice` or `environment`.
    pub kind: Option<Spanned>,
    /// The value if the caller passes none.
    pub default: Option<Spanned>,
}

/// A secret declared by a reusable workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredSecret {
    /// Its name.
    pub name: Spanned,
    /// Whether the caller must pass it.
    pub required: bool,
}

impl Trigger {
    fn new(event: Spanned) -> Self {
        Self {
            event,
            types: Vec::new(),
            filters: Vec::new(),
            crons: Vec::new(),
            inputs: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// Returns the patterns of a filter; `None` if there is no such filter.
    #[must_use]
    pub fn filter(&self, name: &str) -> Option<&[Spanned]> {
        let found = self.filters.iter().find(|(filter, _)| filter.text == name);
        found.map(|(_, patterns)| patterns.as_slice())
    }

    /// Returns a declared input by name. Like the forge, it ignores the case of names.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&DeclaredInput> {
        self.inputs.iter().find(|input| input.name.text.eq_ignore_ascii_case(name))
    }
}

pub(super) fn read(on: Node<'_>, reader: &mut Reader) -> Vec<Trigger> {
    if !on.is_mapping() {
        return reader.texts(on, "on").into_iter().map(Trigger::new).collect();
    }
    let mut triggers = Vec::new();
    for entry in on.entries() {
        let Some(event) = reader.text(entry.key, "on") else { continue };
        triggers.push(read_one(event, entry.value, reader));
    }
    triggers
}

fn read_one(event: Spanned, node: Node<'_>, reader: &mut Reader) -> Trigger {
    let mut trigger = Trigger::new(event);
    if trigger.event.text == "schedule" {
        for item in node.items() {
            match item.get("cron") {
                Some(cron) => trigger.crons.extend(reader.text(cron, "cron")),
                None => reader.problem(item.span(), "a schedule has a `cron`"),
            }
        }
        return trigger;
    }
    if !node.is_mapping() && !node.is_null() {
        let message = format!("`{}` is a mapping, not {}", trigger.event.text, node.type_name());
        reader.problem(node.span(), message);
    }
    for entry in node.entries() {
        let Some(key) = reader.text(entry.key, &trigger.event.text) else { continue };
        match key.text.as_str() {
            "types" => trigger.types = reader.texts(entry.value, "types"),
            "inputs" => trigger.inputs = inputs(entry.value, reader),
            "secrets" => {
                trigger.secrets = declarations(entry.value, "secrets", reader)
                    .map(|(name, node)| DeclaredSecret { name, required: is_required(node) })
                    .collect();
            }
            "branches" | "branches-ignore" | "tags" | "tags-ignore" | "paths" | "paths-ignore"
            | "workflows" => {
                let patterns = reader.texts(entry.value, &key.text);
                trigger.filters.push((key, patterns));
            }
            // Outputs of reusable workflows, and future additions of a forge.
            _ => {}
        }
    }
    trigger
}

fn inputs(node: Node<'_>, reader: &mut Reader) -> Vec<DeclaredInput> {
    let declared: Vec<_> = declarations(node, "inputs", reader).collect();
    let read = |(name, node): (Spanned, Node<'_>)| DeclaredInput {
        name,
        required: is_required(node),
        kind: node.get("type").and_then(super::spanned),
        default: node.get("default").and_then(super::spanned),
    };
    declared.into_iter().map(read).collect()
}

fn declarations<'doc>(
    node: Node<'doc>,
    what: &str,
    reader: &mut Reader,
) -> impl Iterator<Item = (Spanned, Node<'doc>)> {
    if !node.is_mapping() && !node.is_null() {
        reader.problem(node.span(), format!("`{what}` is a mapping, not {}", node.type_name()));
    }
    node.entries().filter_map(|entry| {
        let name = entry.key.scalar_text()?.to_owned();
        let span: Span = entry.key.span();
        Some((Spanned { text: name, span }, entry.value))
    })
}

fn is_required(node: Node<'_>) -> bool {
    node.get("required").and_then(Node::scalar_text) == Some("true")
}
