//! Pages of the reference that are made from the program, or held against it.

use std::collections::BTreeSet;

use clap::Command;
use serde_json::Value;

use super::{root, text};
use crate::generated::holds;

/// Every command, the first of them shipshape itself.
fn commands() -> Vec<Command> {
    let mut found = Vec::new();
    let mut waiting = vec![shipshape::cli::tree()];
    while let Some(mut command) = waiting.pop() {
        command.build();
        let children = command.get_subcommands().filter(|child| child.get_name() != "help");
        let mut children: Vec<Command> = children.cloned().collect();
        children.reverse();
        waiting.extend(children);
        found.push(command);
    }
    found
}

#[test]
fn generated_reference_of_exit_codes() {
    let mut page = String::from(
        "# Exit codes\n\n\
         Made from what `--help` of each command says.\n\n\
         | code | meaning |\n|---|---|\n\
         | 0 | clean, or all done |\n\
         | 1 | findings at or above `--fail-on`, or something that has to be looked at |\n\
         | 2 | the command, or a file of ours (fleet.yaml, the shape, a campaign) is wrong; nothing was done |\n\
         | 3 | something could not be checked or done, whatever the threshold: it is [never green](explanation/unchecked.md) |\n\n\
         Of several endings the one counts that a user must know of: 3 before 1 before 0. A run that is ended by a signal ends with that signal.\n\n\
         ## What a command says beyond that\n\n\
         | command | its own words |\n|---|---|\n",
    );
    let mut count = 0;
    for command in commands() {
        let name = command.get_bin_name().unwrap_or_default().to_owned();
        let about = command.get_long_about().map(ToString::to_string).unwrap_or_default();
        for paragraph in about.split("\n\n") {
            let paragraph = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
            let Some(at) = paragraph.find("Exit code") else { continue };
            let words = paragraph[at..].replace('|', "\\|");
            page.push_str(&format!(
                "| [`{name}`](cli.md#{}) | {words} |\n",
                name.replace(' ', "-")
            ));
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
    holds("docs/exit-codes.md", &page);
}

/// Files and reports by their schemas: what they hold, field by field.
#[test]
fn generated_reference_of_fields() {
    let mut page = String::from(
        "# Fields of files and reports\n\n\
         Made from the schemas, which `shipshape schema NAME` prints and `schemas/` of the repository holds. Files that people write \
         name their version by a number (`schema: 1`), reports by a text (`\"schema\": \"shipshape/report/1\"`). A field with `?` may be left out.\n",
    );
    let mut names: Vec<String> = std::fs::read_dir(root().join("schemas"))
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for file in names {
        let schema: Value = serde_json::from_str(&text(&format!("schemas/{file}"))).expect("JSON");
        let name = file.trim_end_matches(".schema.json");
        let title = schema["title"].as_str().unwrap_or(name).trim_start_matches("shipshape: ");
        page.push_str(&format!("\n## {name}\n\n{}.\n", sentence(title)));
        page.push_str(&fields(&schema));
        for (definition, schema) in schema["$defs"].as_object().into_iter().flatten() {
            let (table, words) = (fields(schema), allowed(schema));
            if !table.is_empty() || !words.is_empty() {
                page.push_str(&format!(
                    "\n**{definition}**: {}\n{words}{table}",
                    described(schema)
                ));
            }
        }
    }
    holds("docs/json.md", &page);
}

/// The table of an object's fields; nothing when it has none.
fn fields(schema: &Value) -> String {
    let Some(properties) = schema["properties"].as_object().filter(|them| !them.is_empty()) else {
        return String::new();
    };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let mut table = "\n| field | holds | |\n|---|---|---|\n".to_owned();
    for (name, field) in properties {
        let may_lack = if required.contains(&Value::from(name.as_str())) { "" } else { "?" };
        let (kind, words) = (kind(field), described(field));
        table.push_str(&format!("| `{name}`{may_lack} | {kind} | {words} |\n"));
    }
    table
}

/// The words that a text may be one of; nothing when it is none.
fn allowed(schema: &Value) -> String {
    let mut words: Vec<&Value> = schema["enum"].as_array().into_iter().flatten().collect();
    for one in schema["oneOf"].as_array().into_iter().flatten() {
        words.extend(one.get("const"));
        words.extend(one["enum"].as_array().into_iter().flatten());
    }
    if words.is_empty() {
        return String::new();
    }
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    format!("\nOne of {}.\n", words.join(", "))
}

/// What a field holds, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or(name).to_owned();
    }
    if let Some(value) = schema.get("const") {
        return format!("`{value}`");
    }
    let several = |list: &Value| {
        let kinds: Vec<String> = list.as_array().into_iter().flatten().map(kind).collect();
        kinds.join(" or ")
    };
    for of in ["anyOf", "oneOf", "allOf"] {
        if schema.get(of).is_some() {
            return several(&schema[of]);
        }
    }
    match &schema["type"] {
        Value::Array(types) => {
            types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
        }
        Value::String(name) if name == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(name) if name == "object" && schema["additionalProperties"].is_object() => {
            format!("map of {}", kind(&schema["additionalProperties"]))
        }
        Value::String(name) => name.clone(),
        _ => "anything".to_owned(),
    }
}

fn described(schema: &Value) -> String {
    let words = schema["description"].as_str().unwrap_or_default();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace('|', "\\|").replace('<', "\\<")
}

/// A text that begins with a capital.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

/// The page of environment variables names every one that the program may look at, and no other.
#[test]
fn the_page_of_environment_variables_is_whole() {
    // What the program sees is on closed lists in this file; the others are read by clap, or before the lists are.
    let source = text("src/edge/environment.rs");
    let lists = source.split_once("impl Environment").expect("the lists stand first").0;
    let mut wanted: BTreeSet<String> = lists
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",").map(str::to_owned))
        .collect();
    assert!(wanted.len() > 50, "{wanted:?}");
    for command in commands() {
        for variable in command.get_arguments().filter_map(|argument| argument.get_env()) {
            wanted.insert(variable.to_string_lossy().into_owned());
        }
    }
    let context = text("src/cli/shared/context.rs");
    let read_there = context.split("set(\"").skip(1).filter_map(|rest| rest.split_once('"'));
    wanted.extend(read_there.map(|(name, _)| name.to_owned()));
    wanted.extend(["SHIPSHAPE_NOW", "NO_COLOR"].map(str::to_owned));
    let page = text("docs/environment.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let named: BTreeSet<String> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap_or_default().split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    let lacking: Vec<_> = wanted.difference(&named).collect();
    let unknown: Vec<_> = named.difference(&wanted).collect();
    assert!(lacking.is_empty() && unknown.is_empty(), "lacking: {lacking:?}, unknown: {unknown:?}");
}
