//! Validates a YAML tree against the JSON Schema of its type and reports every problem at once.
//!
//! Deserializing stops at the first error and, for an untagged enum, cannot say what is wrong. The
//! schema that editors use has all of it. Only the keywords that `schemars` generates are
//! supported; anything beyond them (patterns) is left to the owner of the type.

use std::collections::HashSet;

use serde_json::Value;

use super::nearest::nearest;
use super::outline::{Content, Node, Step};
use crate::source::Span;

/// Something that the schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The position.
    pub(super) span: Span,
    /// The problem, one line.
    pub(super) message: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
    /// The key whose removal would fix it; `None` if that would not be enough.
    pub(super) unknown_key: Option<Vec<Step>>,
}

/// Returns everything that is wrong with a tree.
#[must_use]
pub(super) fn judge(schema: &Value, root: &Node) -> Vec<Problem> {
    let mut judge = Judge { schema, path: Vec::new(), problems: Vec::new() };
    judge.node(schema, root, "the file");
    let mut problems = judge.problems;
    let repeated: Vec<Problem> = root.repeated_keys().into_iter().map(repetition).collect();
    if !repeated.is_empty() {
        problems.extend(repeated);
        problems.sort_by_key(|problem| problem.span.start);
    }
    problems
}

/// The problem of a key that its mapping has already.
pub(super) fn repetition(key: &Node) -> Problem {
    Problem {
        span: key.span,
        message: format!("`{}` is given twice", key.as_str().unwrap_or_default()),
        hint: Some("remove one of the two".to_owned()),
        unknown_key: None,
    }
}

/// The most keys of a mapping that are named to whoever wrote something else.
const MOST_NAMED: usize = 8;

struct Judge<'a> {
    schema: &'a Value,
    path: Vec<Step>,
    problems: Vec<Problem>,
}

impl<'a> Judge<'a> {
    fn node(&mut self, schema: &'a Value, node: &Node, name: &str) {
        if matches!(node.content, Content::Alias) {
            // An alias is validated at its anchor.
            return;
        }
        let alternatives = self.alternatives(schema);
        let fitting: Vec<&Value> =
            alternatives.iter().copied().filter(|schema| admits_kind(schema, node)).collect();
        let Some(schema) = best(&fitting, node) else {
            self.wrong_kind(&alternatives, node, name);
            return;
        };
        match &node.content {
            Content::Scalar { value, .. } => {
                let forms = forms(&alternatives);
                self.scalar((&fitting, &forms), schema, node, value, name);
            }
            Content::Sequence(items) => {
                if let Some(wanted) = schema.get("items") {
                    for (index, item) in items.iter().enumerate() {
                        self.path.push(Step::Index(index));
                        self.node(wanted, item, &format!("an item of `{}`", bare(name)));
                        self.path.pop();
                    }
                }
            }
            Content::Mapping(entries) => match tags(&fitting) {
                Some(known) if !entries.iter().any(|(key, _)| is_one_of(&known, key)) => {
                    self.untagged(&known, node, entries);
                }
                _ => self.mapping(schema, node, entries),
            },
            Content::Alias => {}
        }
    }

    fn mapping(&mut self, schema: &'a Value, node: &Node, entries: &[(Node, Node)]) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let required = schema.get("required").and_then(Value::as_array);
        let required: Vec<&str> =
            required.into_iter().flatten().filter_map(Value::as_str).collect();
        let given = |name: &str| entries.iter().any(|(key, _)| key.as_str() == Some(name));
        let mut seen: HashSet<&str> = HashSet::new();
        // Required keys that are present under another name.
        let mut meant: HashSet<&str> = HashSet::new();
        for (key, value) in entries {
            let Some(name) = key.as_str() else {
                self.report(key.span, "a key must be a word".to_owned(), None);
                continue;
            };
            // Keys that are given twice are reported for the whole tree, whatever the schema says of it.
            if !seen.insert(name) {
                continue;
            }
            self.path.push(Step::from(name));
            match (properties.and_then(|known| known.get(name)), others) {
                (Some(wanted), _) => self.node(wanted, value, name),
                (None, Some(Value::Bool(false))) => {
                    let known = properties.into_iter().flat_map(|known| known.keys());
                    let known: Vec<&str> = known.map(String::as_str).collect();
                    let near = nearest(name, known.iter().copied());
                    let misspelt = near.filter(|near| required.contains(near) && !given(near));
                    meant.extend(misspelt);
                    let hint = match near {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => format!("known here: {}", known.join(", ")),
                    };
                    self.problems.push(Problem {
                        span: key.span,
                        message: format!("unknown key `{name}`"),
                        hint: Some(hint),
                        unknown_key: misspelt.is_none().then(|| self.path.clone()),
                    });
                }
                (None, Some(wanted)) => self.node(wanted, value, name),
                (None, None) => {}
            }
            self.path.pop();
        }
        for name in required {
            if !seen.contains(name) && !meant.contains(name) {
                let meaning = properties
                    .and_then(|known| known.get(name))
                    .and_then(|schema| self.description(schema));
                // The description is wrapped in the schema.
                let meaning = meaning.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "));
                let hint = meaning.map(|meaning| format!("`{name}`: {meaning}"));
                self.report(Span::at(node.span.start), format!("`{name}` is missing"), hint);
            }
        }
    }

    /// Reports on a mapping that must have one of some keys and has none of them.
    fn untagged(&mut self, known: &[&str], node: &Node, entries: &[(Node, Node)]) {
        let all = || format!("known here: {}", known.join(", "));
        if entries.is_empty() {
            self.report(node.span, "a key is missing".to_owned(), Some(all()));
        }
        for (key, _) in entries {
            let Some(name) = key.as_str() else {
                self.report(key.span, "a key must be a word".to_owned(), None);
                continue;
            };
            let hint = match nearest(name, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => all(),
            };
            self.report(key.span, format!("unknown key `{name}`"), Some(hint));
        }
    }

    /// Reports on a value that is neither a list nor a mapping. `forms` are the mappings that it might be instead.
    fn scalar(
        &mut self,
        (fitting, forms): (&[&'a Value], &[String]),
        schema: &'a Value,
        node: &Node,
        value: &str,
        name: &str,
    ) {
        let free = fitting.iter().any(|schema| choices(schema).is_empty());
        if !free {
            let known: Vec<String> = fitting.iter().flat_map(|schema| choices(schema)).collect();
            if !known.iter().any(|choice| choice == value) {
                let hint = nearest(value, known.iter().map(String::as_str))
                    .map(|meant| format!("did you mean `{meant}`?"))
                    .or_else(|| (!forms.is_empty()).then(|| format!("or: {}", forms.join(", "))));
                let wanted = known.join("`, `");
                let one_of = if known.len() == 1 { "" } else { "one of " };
                let or = if forms.is_empty() { "" } else { " or a mapping" };
                self.report(
                    node.span,
                    format!("{} must be {one_of}`{wanted}`{or}, not `{value}`", quoted(name)),
                    hint,
                );
            }
        } else if schema.get("format").and_then(Value::as_str) == Some("date")
            && value.parse::<jiff::civil::Date>().map_or(true, |date| date.to_string() != value)
        {
            self.report(
                node.span,
                format!("{} must be a date, not `{value}`", quoted(name)),
                Some("write it as YYYY-MM-DD, for example 2027-01-31".to_owned()),
            );
        } else if let Some(minimum) = schema.get("minimum").and_then(Value::as_f64)
            && value.parse::<f64>().is_ok_and(|number| number < minimum)
        {
            self.report(node.span, format!("{} must be at least {minimum}", quoted(name)), None);
        }
    }

    fn wrong_kind(&mut self, alternatives: &[&Value], node: &Node, name: &str) {
        let mut wanted: Vec<&str> = Vec::new();
        for kind in alternatives.iter().flat_map(|schema| kinds(schema)) {
            let words = match kind {
                "object" => "a mapping",
                "array" => "a list",
                "string" => "text",
                "integer" => "a whole number",
                "number" => "a number",
                "boolean" => "true or false",
                _ => continue,
            };
            if !wanted.contains(&words) {
                wanted.push(words);
            }
        }
        let found = kind_of(node);
        let text_wanted = wanted.contains(&"text");
        let words = match found {
            "object" => "a mapping",
            "array" => "a list",
            "null" => "empty",
            "boolean" => "true or false",
            "integer" | "number" => "a number",
            _ => "text",
        };
        let hint = match found {
            "boolean" | "integer" | "number" if text_wanted => {
                Some(format!("write it in quotes: \"{}\"", node.as_str().unwrap_or_default()))
            }
            "array" if text_wanted && self.is_variable() => {
                Some(format!("write several lines as a block: `{name}: |`"))
            }
            _ if wanted == ["a mapping"] => keys_of(alternatives),
            _ => None,
        };
        let message = format!("{} must be {}, not {words}", quoted(name), wanted.join(" or "));
        self.report(node.span, message, hint);
    }

    /// Whether the place is a value of `variables`, which are texts.
    fn is_variable(&self) -> bool {
        matches!(&self.path[..], [.., Step::Key(map), Step::Key(_)] if map == "variables")
    }

    fn report(&mut self, span: Span, message: String, hint: Option<String>) {
        self.problems.push(Problem { span, message, hint, unknown_key: None });
    }

    /// Returns the alternatives of a schema, with references followed and nested alternatives
    /// flattened.
    fn alternatives(&self, schema: &'a Value) -> Vec<&'a Value> {
        let mut found = Vec::new();
        let mut left = vec![schema];
        // Our schemas have a handful of alternatives; the bound guards against a schema that refers
        // to itself.
        for _ in 0..256 {
            let Some(schema) = left.pop() else { break };
            let of = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
            if let Some(alternatives) = of {
                left.extend(alternatives.iter().rev());
            } else if let Some(target) = self.target(schema) {
                left.push(target);
            } else {
                found.push(schema);
            }
        }
        found
    }

    fn target(&self, schema: &Value) -> Option<&'a Value> {
        let name = schema.get("$ref")?.as_str()?;
        self.schema.pointer(name.strip_prefix('#')?)
    }

    fn description(&self, schema: &'a Value) -> Option<&'a str> {
        let own = schema.get("description").and_then(Value::as_str);
        own.or_else(|| self.target(schema)?.get("description")?.as_str())
    }
}

/// Returns the keys of the only mapping that fits, in words.
fn keys_of(alternatives: &[&Value]) -> Option<String> {
    let [only] = alternatives else { return None };
    let properties = only.get("properties")?.as_object()?;
    let keys: Vec<String> = properties.keys().map(|key| format!("`{key}`")).collect();
    (!keys.is_empty() && keys.len() <= MOST_NAMED)
        .then(|| format!("its keys are {}", keys.join(", ")))
}

/// Returns the schema that knows most of a mapping's keys; the first one if there is a tie.
fn best<'a>(fitting: &[&'a Value], node: &Node) -> Option<&'a Value> {
    let score = |schema: &Value| {
        let Content::Mapping(entries) = &node.content else { return 0 };
        let properties = schema.get("properties").and_then(Value::as_object);
        let known = |(key, _): &&(Node, Node)| {
            key.as_str().is_some_and(|key| properties.is_some_and(|known| known.contains_key(key)))
        };
        entries.iter().filter(known).count()
    };
    let mut best: Option<(usize, &Value)> = None;
    for schema in fitting {
        let score = score(schema);
        if best.is_none_or(|(so_far, _)| score > so_far) {
            best = Some((score, schema));
        }
    }
    best.map(|(_, schema)| schema)
}

/// Returns the keys of alternatives that are all mappings with a single key, which is how an enum
/// is written.
fn tags<'a>(fitting: &[&'a Value]) -> Option<Vec<&'a str>> {
    let tag = |schema: &&'a Value| {
        let required = schema.get("required")?.as_array()?;
        let properties = schema.get("properties")?.as_object()?;
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        match (required.as_slice(), properties.len()) {
            ([key], 1) if closed => key.as_str(),
            _ => None,
        }
    };
    if fitting.len() < 2 { None } else { fitting.iter().map(tag).collect() }
}

/// Returns the alternatives that are mappings, each with the keys that it needs: `{ folder: … }`.
fn forms(alternatives: &[&Value]) -> Vec<String> {
    let form = |schema: &&Value| {
        let required = schema.get("required")?.as_array()?.iter().filter_map(Value::as_str);
        let keys: Vec<String> = required.map(|key| format!("{key}: …")).collect();
        (!keys.is_empty()).then(|| format!("`{{ {} }}`", keys.join(", ")))
    };
    alternatives.iter().filter_map(form).collect()
}

fn is_one_of(known: &[&str], key: &Node) -> bool {
    key.as_str().is_some_and(|key| known.contains(&key))
}

fn admits_kind(schema: &Value, node: &Node) -> bool {
    let found = kind_of(node);
    let wanted = kinds(schema);
    if wanted.is_empty() {
        return true;
    }
    wanted.iter().any(|kind| *kind == found || (*kind == "number" && found == "integer"))
}

/// Returns the types that a schema names, or those of its constants.
fn kinds(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => match schema.get("const") {
            Some(Value::String(_)) => vec!["string"],
            Some(Value::Number(_)) => vec!["integer"],
            Some(Value::Bool(_)) => vec!["boolean"],
            _ => Vec::new(),
        },
    }
}

fn choices(schema: &Value) -> Vec<String> {
    let constant = schema.get("const").into_iter();
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    constant
        .chain(listed)
        .filter_map(|choice| match choice {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        })
        .collect()
}

/// Returns the JSON type of a node; plain scalars follow the core schema of YAML 1.2.
fn kind_of(node: &Node) -> &'static str {
    match &node.content {
        Content::Mapping(_) => "object",
        Content::Sequence(_) => "array",
        Content::Scalar { value, plain: true } => match value.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => "null",
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => "boolean",
            text if text.parse::<i64>().is_ok() => "integer",
            text if is_float(text) => "number",
            _ => "string",
        },
        _ => "string",
    }
}

/// Unlike YAML, Rust also parses the words `inf` and `nan`.
fn is_float(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

fn quoted(name: &str) -> String {
    if name.contains(' ') { name.to_owned() } else { format!("`{name}`") }
}

fn bare(name: &str) -> &str {
    name.rsplit_once("of `").map_or(name, |(_, rest)| rest.trim_end_matches('`'))
}

#[cfg(test)]
mod tests;
