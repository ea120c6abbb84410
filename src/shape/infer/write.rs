//! Writes the pack as text: a shape.yaml with the reason for each line, and the lineage's log.

use serde_json::{Map, Value};

use crate::counted::counted_as;
use crate::shape::lineage::LogEntry;
use crate::shape::manifest::{Extract, Variable};
use crate::source::yaml::quote_scalar;

use super::{Proposal, ProposedPath};

/// The head of shape.yaml.
pub(super) struct Head<'a> {
    pub(super) name: String,
    pub(super) pattern: Option<&'a str>,
}

/// Returns the text of shape.yaml.
pub(super) fn manifest(
    head: &Head<'_>,
    proposal: &Proposal,
    demands: &Map<String, Value>,
) -> String {
    let count = proposal.members.len();
    let mut text = format!(
        "# A first draft of the canonical shape of {}, inferred by `shipshape shape init`.\n\
         # Each line says what it was inferred from. Read it, correct it, and commit it: from then on it is yours.\n\
         schema: 1\n\
         name: {}\n\
         description: {}\n",
        counted_as(count, "repository", "repositories"),
        quote_scalar(&head.name),
        quote_scalar(&format!(
            "What {} have in common",
            counted_as(count, "repository", "repositories")
        )),
    );
    if let Some(pattern) = head.pattern {
        text.push_str("\n# How repositories are named; the slug is the part that varies.\n");
        text.push_str(&format!("repository_names: [{}]\n", quoted(pattern)));
    }
    variables(&mut text, proposal);
    profiles(&mut text, proposal);
    if proposal.paths.is_empty() {
        text.push_str("\n# No path is in two of the repositories.\npaths: []\n");
    } else {
        text.push_str("\npaths:\n");
        proposal.paths.iter().for_each(|path| path_rule(&mut text, path));
    }
    if !proposal.extras.is_empty() {
        text.push_str("\n# Paths in which repositories keep their own files. Any other path that is not held is \
                       reported.\nextras:\n");
        for glob in &proposal.extras {
            text.push_str(&format!("  - {}\n", quoted(glob)));
        }
    }
    if !demands.is_empty() {
        text.push_str("\n# What nearly all files of a kind do, whatever their text.\ndemands:\n");
        block_entries(&mut text, demands, 1);
    }
    text
}

/// Returns the log of earlier contents, one line each.
pub(super) fn log(entries: &[LogEntry]) -> String {
    let line = |entry: &LogEntry| serde_json::to_string(entry).map(|line| line + "\n").ok();
    entries.iter().filter_map(line).collect()
}

fn variables(text: &mut String, proposal: &Proposal) {
    if proposal.variables.is_empty() {
        return;
    }
    text.push_str("\nvariables:\n");
    for variable in &proposal.variables {
        let Variable { description, extract, default, must_equal, .. } = &variable.definition;
        text.push_str(&format!("  # {}\n", comment(&variable.why)));
        text.push_str(&format!(
            "  {}:\n    description: {}\n",
            quoted(&variable.name),
            quoted(description)
        ));
        match extract {
            Some(Extract::Yaml { path, key }) => text.push_str(&format!(
                "    extract: {{ yaml: {{ path: {}, key: {} }} }}\n",
                quoted(path),
                quoted(key)
            )),
            Some(Extract::Subclass { path, of }) => text.push_str(&format!(
                "    extract: {{ subclass: {{ path: {}, of: {} }} }}\n",
                quoted(path),
                quoted(of)
            )),
            None => {}
        }
        for (key, value) in [("default", default), ("must_equal", must_equal)] {
            if let Some(value) = value {
                text.push_str(&format!("    {key}: {}\n", quoted(value)));
            }
        }
    }
}

fn profiles(text: &mut String, proposal: &Proposal) {
    if proposal.profiles.is_empty() {
        return;
    }
    text.push_str("\nprofiles:\n");
    for profile in &proposal.profiles {
        text.push_str(&format!("  # {}\n", comment(&profile.members.join(", "))));
        text.push_str(&format!("  {}:\n", quoted(&profile.name)));
        let description = format!("A variation that {} repositories share", profile.members.len());
        text.push_str(&format!("    description: {}\n", quoted(&description)));
        for (key, globs) in [
            ("permits", &profile.permits),
            ("without", &profile.without),
            ("expects", &profile.expects),
        ] {
            if !globs.is_empty() {
                let globs = globs.iter().map(|glob| {
                    // Brackets in a path are literal.
                    let path = glob.strip_suffix("**").unwrap_or(glob);
                    let rest = glob.get(path.len()..).unwrap_or_default();
                    format!("{}{rest}", path.replace('[', "[[]").replace('{', "[{]"))
                });
                let globs: Vec<String> = globs.map(|glob| quoted(&glob)).collect();
                text.push_str(&format!("    {key}: [{}]\n", globs.join(", ")));
            }
        }
    }
}

fn path_rule(text: &mut String, path: &ProposedPath) {
    let mut note = format!("{} of {} have it: {}", path.present, path.of, path.why);
    if !path.outliers.is_empty() {
        note.push_str(&format!("; not so in {}", path.outliers.join(", ")));
    }
    text.push_str(&format!("  # {}\n", comment(&note)));
    let policy = path.policy;
    let source = path.source.as_deref();
    let source = source.map_or_else(String::new, |it| format!(", source: {}", quoted(it)));
    let optional = if path.optional { ", optional: true" } else { "" };
    let executable = if path.executable { ", executable: true" } else { "" };
    text.push_str(&format!(
        "  - {{ path: {}, policy: {policy}{source}{optional}{executable} }}\n",
        quoted(&path.path)
    ));
}

/// Makes a text safe for a one-line comment.
fn comment(text: &str) -> String {
    let plain =
        |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    text.chars().map(plain).collect()
}

/// Quotes a scalar so that it is valid in a flow collection too.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let quoted = quote_scalar(text);
    if quoted != text || text.chars().all(plain) {
        return quoted.into_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// Writes the entries of a mapping in block style; short values go on one line.
fn block_entries(text: &mut String, map: &Map<String, Value>, depth: usize) {
    for (key, value) in map {
        let indent = "  ".repeat(depth);
        text.push_str(&format!("{indent}{}:", quoted(key)));
        block_value(text, value, depth);
    }
}

fn block_value(text: &mut String, value: &Value, depth: usize) {
    const WIDTH: usize = 90;
    let line = flow(value);
    if line.len() + depth * 2 < WIDTH || !value.is_object() && !value.is_array() {
        text.push_str(&format!(" {line}\n"));
        return;
    }
    text.push('\n');
    match value {
        Value::Object(map) => block_entries(text, map, depth + 1),
        Value::Array(items) => {
            let indent = "  ".repeat(depth + 1);
            for item in items {
                let line = flow(item);
                match item {
                    Value::Object(map) if line.len() + depth * 2 >= WIDTH => {
                        let mut entry = String::new();
                        block_entries(&mut entry, map, depth + 2);
                        // The first entry follows the dash, aligned with the others.
                        text.push_str(&format!("{indent}- {}", entry.trim_start()));
                    }
                    _ => text.push_str(&format!("{indent}- {line}\n")),
                }
            }
        }
        _ => {}
    }
}

/// Writes a value on one line. The inference bounds how deep demands nest.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), flow(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}
