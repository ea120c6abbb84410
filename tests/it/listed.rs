//! Pages that list what the program has, written by hand: each list is whole.

use std::path::Path;

use regex::Regex;
use serde_json::Value;
use shipshape::checks::distribution;

use crate::world::report_formats;

fn text(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn schema(name: &str) -> Value {
    serde_json::from_str(&text(&format!("schemas/{name}.schema.json"))).expect("JSON")
}

/// The names of all properties in a schema.
fn keys(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(entries) => {
            if let Some(Value::Object(properties)) = entries.get("properties") {
                found.extend(properties.keys().cloned());
            }
            entries.values().for_each(|value| keys(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

#[test]
fn examples_have_every_key_or_name_it_in_a_comment() {
    for name in ["fleet", "package", "waivers"] {
        let example = text(&format!("docs/examples/{name}.yaml"));
        let mut wanted = Vec::new();
        keys(&schema(name), &mut wanted);
        assert!(wanted.len() > 5, "{wanted:?}");
        for key in wanted {
            let at =
                Regex::new(&format!(r"(?m)(^|[\s{{`]){}:", regex::escape(&key))).expect("sound");
            assert!(at.is_match(&example), "docs/examples/{name}.yaml does not show `{key}`");
        }
    }
}

#[test]
fn everything_that_a_pack_may_demand_is_in_the_table_of_demands() {
    /// The names of properties in a part of the schema, and in what it refers to.
    fn properties<'s>(
        part: &'s Value,
        all: &'s Value,
        seen: &mut Vec<&'s str>,
        found: &mut Vec<&'s str>,
    ) {
        if let Some(entries) = part.get("properties").and_then(Value::as_object) {
            found.extend(entries.keys().map(String::as_str));
        }
        if let Some(place) = part.get("$ref").and_then(Value::as_str)
            && !seen.contains(&place)
        {
            seen.push(place);
            let named = all.pointer(place.trim_start_matches('#')).expect("a definition");
            properties(named, all, seen, found);
        }
        match part {
            Value::Object(entries) => {
                entries.values().for_each(|part| properties(part, all, seen, found));
            }
            Value::Array(items) => items.iter().for_each(|part| properties(part, all, seen, found)),
            _ => {}
        }
    }
    let schema = schema("shape");
    let demands = schema.pointer("/properties/demands").expect("demands");
    let mut found = Vec::new();
    properties(demands, &schema, &mut Vec::new(), &mut found);
    assert!(found.contains(&"named_in") && found.len() > 60, "{found:?}");
    let page = text("docs/shape-packs.md");
    let (_, table) = page.split_once("### `demands`").expect("the table");
    let (table, _) = table.split_once("Packs demand only what").expect("its end");
    for name in found {
        let named = Regex::new(&format!(r"[`{{\s(]{}\b", regex::escape(name))).expect("sound");
        assert!(
            named.is_match(table),
            "the table of demands in docs/shape-packs.md lacks `{name}`"
        );
    }
}

#[test]
fn report_formats_are_named_where_formats_are_listed() {
    let (readme, page) = (text("README.md").to_lowercase(), text("docs/reports.md"));
    for format in report_formats() {
        assert!(page.contains(&format!("| `{format}` |")), "docs/reports.md lacks {format}");
        // Readers know the format of a terminal as text.
        let name = if format == "human" { "text" } else { &format };
        assert!(readme.contains(name), "README.md lacks {format}");
    }
}

#[test]
fn steps_of_migrations_and_policies_are_explained() {
    let shape = schema("shape");
    let named = |of: &str| shape["$defs"][of]["oneOf"].as_array().cloned().unwrap_or_default();
    let page = text("docs/shape-packs.md");
    let steps = named("Step");
    assert!(steps.len() > 3);
    for step in &steps {
        let (step, _) =
            step["properties"].as_object().and_then(|it| it.iter().next()).expect("one");
        assert!(page.contains(&format!("`{step}: {{")), "docs/shape-packs.md lacks {step}");
    }
    let policies = named("Policy");
    assert!(policies.len() > 5);
    for page in ["docs/shape-packs.md", "docs/guides/your-own-shape.md"] {
        let page = (page, text(page));
        for policy in &policies {
            let policy = policy["const"].as_str().expect("a word");
            assert!(page.1.contains(&format!("`{policy}`")), "{} lacks {policy}", page.0);
        }
    }
}

#[test]
fn each_rule_about_packages_has_its_place_among_the_subjects() {
    let page = text("docs/package-check.md");
    let range = Regex::new(r"SHP(\d{3})(?:–SHP(\d{3}))?").expect("sound");
    let number = |text: &str| text.parse::<u16>().expect("digits");
    let ranges: Vec<_> = range
        .captures_iter(&page)
        .map(|found| {
            let first = number(&found[1]);
            first..=found.get(2).map_or(first, |last| number(last.as_str()))
        })
        .collect();
    for rule in distribution::rules() {
        let code = number(rule.code.trim_start_matches("SHP"));
        let is_listed = ranges.iter().any(|range| range.contains(&code));
        assert!(is_listed, "docs/package-check.md has no subject for {} {}", rule.code, rule.id);
    }
}
