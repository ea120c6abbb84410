//! The JSON Schemas of the files that people and programs exchange with us.
//!
//! Each is generated from the types that read or write the file. `schemas/` has copies for editors; a test fails if one
//! of them is outdated. To update them, run the test with `SHIPSHAPE_BLESS=1`.

pub mod editor;

use schemars::Schema;
use schemars::generate::SchemaSettings;

/// A schema and the function that generates it.
struct Named {
    name: &'static str,
    version: u32,
    title: &'static str,
    make: fn() -> Schema,
}

fn of<T: schemars::JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}

fn of_output<T: schemars::JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

const SCHEMAS: &[Named] = &[
    Named {
        name: "answers",
        version: 1,
        title: "shipshape: answers to the questions of new",
        make: of::<crate::scaffold::AnswersFile>,
    },
    Named {
        name: "baseline",
        version: 1,
        title: "shipshape: baseline file",
        make: of::<crate::fleet::baseline::Baseline>,
    },
    Named {
        name: "build",
        version: 1,
        title: "shipshape: what package build and list say",
        make: of_output::<crate::package::build::document::Document>,
    },
    Named {
        name: "campaign",
        version: 1,
        title: "shipshape: campaign.yaml",
        make: of::<crate::campaign::file::CampaignFile>,
    },
    Named {
        name: "campaign-status",
        version: 1,
        title: "shipshape: where a campaign stands",
        make: of_output::<crate::campaign::status::Status>,
    },
    Named {
        name: "discovery",
        version: 1,
        title: "shipshape: what a forge has and a fleet does not, and the reverse",
        make: of_output::<crate::fleet::discovery::Document>,
    },
    Named {
        name: "doctor",
        version: 1,
        title: "shipshape: what doctor found",
        make: of_output::<crate::doctor::Checkup>,
    },
    Named {
        name: "fleet",
        version: 1,
        title: "shipshape: fleet.yaml",
        make: of::<crate::fleet::Manifest>,
    },
    Named {
        name: "history",
        version: 1,
        title: "shipshape: a line of the history file",
        make: of::<crate::drift::history::Record>,
    },
    Named {
        name: "members",
        version: 1,
        title: "shipshape: the members of a fleet",
        make: of_output::<crate::fleet::listing::Listing>,
    },
    Named {
        name: "images-refresh",
        version: 1,
        title: "shipshape: what came of bringing images up to date",
        make: of_output::<crate::images::outcome::Report>,
    },
    Named {
        name: "images-smoke",
        version: 1,
        title: "shipshape: what came of trying an image",
        make: of_output::<crate::images::smoke::Smoked>,
    },
    Named {
        name: "images-status",
        version: 1,
        title: "shipshape: how the members' images stand on a host",
        make: of_output::<crate::images::status::Standing>,
    },
    Named {
        name: "new",
        version: 1,
        title: "shipshape: a new repository: what was created, or would be",
        make: of_output::<crate::scaffold::creation::Creation>,
    },
    Named {
        name: "package",
        version: 1,
        title: "shipshape: package.yaml",
        make: of::<crate::package::Description>,
    },
    Named {
        name: "permissions",
        version: 1,
        title: "shipshape: what a token has to be permitted",
        make: of_output::<crate::doctor::permissions::Wanted>,
    },
    Named {
        name: "pins",
        version: 1,
        title: "shipshape: what the members of a fleet ask of a distribution",
        make: of_output::<crate::campaign::version_spread::Spread>,
    },
    Named {
        name: "plan",
        version: 1,
        title: "shipshape: the plan of a campaign",
        make: of_output::<crate::campaign::plan::Plan>,
    },
    Named {
        name: "release-cascade",
        version: 1,
        title: "shipshape: what came of telling members of a release",
        make: of_output::<crate::release::cascade::Cascade>,
    },
    Named {
        name: "release-consumers",
        version: 1,
        title: "shipshape: what really runs, and how far it is behind the release",
        make: of_output::<crate::release::consumers::Consumers>,
    },
    Named {
        name: "release-mirror",
        version: 1,
        title: "shipshape: what came of showing a release in the mirror",
        make: of_output::<crate::release::mirror::Mirror>,
    },
    Named {
        name: "refresh-answer",
        version: 1,
        title: "shipshape: what the server answers when images are to be refreshed",
        make: of_output::<crate::serve::Answer>,
    },
    Named {
        name: "release-plan",
        version: 1,
        title: "shipshape: what would be released",
        make: of_output::<crate::release::plan::Plan>,
    },
    Named {
        name: "release-publish",
        version: 1,
        title: "shipshape: what release publish did",
        make: of_output::<crate::release::publish::document::Document>,
    },
    Named {
        name: "release-run",
        version: 1,
        title: "shipshape: what came of the stages of a release",
        make: of_output::<crate::release::chain::RunDocument>,
    },
    Named {
        name: "release-status",
        version: 1,
        title: "shipshape: how the last releases stand",
        make: of_output::<crate::release::chain::StatusDocument>,
    },
    Named {
        name: "report",
        version: 1,
        title: "shipshape: report of validate, drift and demo",
        make: crate::report::json::schema,
    },
    Named {
        name: "rewrite-report",
        version: 1,
        title: "shipshape: what `package build` did to each module",
        make: of_output::<crate::package::rewrite::RewriteReport>,
    },
    Named {
        name: "rules",
        version: 1,
        title: "shipshape: rules with their documentation",
        make: of_output::<crate::checks::listing::Listing>,
    },
    Named {
        name: "sandbox-seed",
        version: 1,
        title: "shipshape: what a sandbox has at first",
        make: of::<crate::sandbox::seed::Document>,
    },
    Named {
        name: "shape",
        version: 1,
        title: "shipshape: shape.yaml",
        make: of::<crate::shape::manifest::Manifest>,
    },
    Named {
        name: "status",
        version: 1,
        title: "shipshape: how the members of a fleet stand",
        make: of_output::<crate::status::Status>,
    },
    Named {
        name: "trees",
        version: 1,
        title: "shipshape: two trees compared",
        make: of_output::<crate::drift::trees::Document>,
    },
    Named {
        name: "waivers",
        version: 1,
        title: "shipshape: waivers.yaml",
        make: of::<crate::fleet::waivers::Document>,
    },
    Named {
        name: "waivers-list",
        version: 1,
        title: "shipshape: waivers as a list",
        make: of_output::<crate::fleet::waivers::list::Listing>,
    },
];

/// The names of all schemas, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|schema| schema.name)
}

/// The text of `schemas/NAME.schema.json`; `None` if there is no such schema.
#[must_use]
pub fn print(name: &str) -> Option<String> {
    let named = SCHEMAS.iter().find(|schema| schema.name == name)?;
    let made = (named.make)().to_value();
    let mut schema = serde_json::Map::new();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    let id = format!("urn:shipshape:schema:{name}:{}", named.version);
    schema.insert("$id".to_owned(), id.into());
    schema.insert("title".to_owned(), named.title.into());
    for (key, value) in made.as_object()? {
        schema.entry(key.clone()).or_insert_with(|| value.clone());
    }
    schema.values_mut().for_each(without_null_defaults);
    let mut text = serde_json::to_string_pretty(&schema).ok()?;
    text.push('\n');
    Some(text)
}

/// Removes `"default": null`, which says nothing: yaml-language-server 1.25 offers no completions for an object that
/// contains one.
fn without_null_defaults(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|key, value| key != "default" || !value.is_null());
            map.values_mut().for_each(without_null_defaults);
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(without_null_defaults),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use schemars::JsonSchema;
    use serde_json::Value;

    use super::*;
    use crate::drift::RepositoryVerdict;
    use crate::shape::PathVerdict;
    use crate::source::typed;

    fn root(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
    }

    fn validator(name: &str) -> jsonschema::Validator {
        let schema: Value = serde_json::from_str(&print(name).expect("known")).expect("JSON");
        jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
    }

    fn yaml(bytes: &[u8]) -> Value {
        serde_yaml::from_slice(bytes).expect("YAML")
    }

    /// The places at which a document is not what its schema says.
    fn faults(name: &str, document: &Value) -> Vec<String> {
        let faults = validator(name);
        faults.iter_errors(document).map(|fault| fault.instance_path().to_string()).collect()
    }

    #[test]
    fn committed_schemas_are_those_of_the_types() {
        let bless = std::env::var_os("SHIPSHAPE_BLESS").is_some();
        for name in names() {
            let path = root(&format!("schemas/{name}.schema.json"));
            let wanted = print(name).expect("known");
            if bless {
                std::fs::write(&path, &wanted).expect("written");
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            // Without the two texts: each is longer than a terminal remembers, and git shows what differs.
            assert!(
                committed == wanted,
                "{} is stale: run `SHIPSHAPE_BLESS=1 cargo test --lib committed_schemas`",
                path.display()
            );
        }
        assert_eq!(print("none"), None);
    }

    #[test]
    fn every_key_of_the_schemas_is_described() {
        fn undescribed(at: &str, schema: &Value, found: &mut Vec<String>) {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (key, property) in properties.into_iter().flatten() {
                if key != "schema" && property.get("description").is_none() {
                    found.push(format!("{at}.{key}"));
                }
            }
        }
        for name in ["fleet", "waivers", "baseline", "history", "package", "sandbox-seed"] {
            let schema: Value = serde_json::from_str(&print(name).expect("known")).expect("JSON");
            let mut found = Vec::new();
            undescribed(name, &schema, &mut found);
            for (definition, schema) in
                schema.get("$defs").and_then(Value::as_object).into_iter().flatten()
            {
                undescribed(definition, schema, &mut found);
            }
            assert!(found.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn lists_of_verdicts_are_whole_and_in_words_that_are_written() {
        fn words<T: JsonSchema>() -> Vec<Value> {
            let schema = schemars::schema_for!(T).to_value();
            let variants = schema["oneOf"].as_array().cloned().unwrap_or_default();
            variants.iter().map(|variant| variant["const"].clone()).collect()
        }
        fn sorted<const N: usize>(listed: [&str; N]) -> Vec<Value> {
            let mut listed: Vec<Value> = listed.iter().map(|word| Value::from(*word)).collect();
            listed.sort_by_key(Value::to_string);
            listed
        }
        let mut paths = words::<PathVerdict>();
        paths.sort_by_key(Value::to_string);
        assert_eq!(paths, sorted(PathVerdict::ALL.map(PathVerdict::as_str)));
        let mut repositories = words::<RepositoryVerdict>();
        repositories.sort_by_key(Value::to_string);
        assert_eq!(repositories, sorted(RepositoryVerdict::ALL.map(RepositoryVerdict::as_str)));
    }

    #[test]
    fn the_examples_are_what_their_schemas_say_and_can_be_read() {
        let fleet = std::fs::read(root("docs/examples/fleet.yaml")).expect("there");
        assert_eq!(faults("fleet", &yaml(&fleet)), Vec::<String>::new());
        let read = crate::fleet::Fleet::parse(Path::new("fleet.yaml"), &fleet);
        assert_eq!(read.map(|fleet| fleet.members.len() > 4), Ok(true));
        let waivers = std::fs::read(root("docs/examples/waivers.yaml")).expect("there");
        assert_eq!(faults("waivers", &yaml(&waivers)), Vec::<String>::new());
        let read = crate::fleet::waivers::Waivers::parse(Path::new("waivers.yaml"), &waivers);
        assert_eq!(read.map(|waivers| waivers.entries.len()), Ok(2));
        let package = std::fs::read(root("docs/examples/package.yaml")).expect("there");
        assert_eq!(faults("package", &yaml(&package)), Vec::<String>::new());
        let read = crate::package::Description::parse(Path::new("package.yaml"), &package);
        assert_eq!(read.map(|read| read.description.modules.len() > 2), Ok(true));
        let campaign = std::fs::read(root("docs/examples/campaign.yaml")).expect("there");
        assert_eq!(faults("campaign", &yaml(&campaign)), Vec::<String>::new());
        let read = crate::campaign::file::Campaign::parse(Path::new("campaign.yaml"), &campaign);
        assert_eq!(read.map(|read| read.says.changes.len() > 2), Ok(true));
    }

    #[test]
    fn the_embedded_shape_is_what_its_schema_says_and_can_be_read() {
        let path = Path::new("templates/starter/shape.yaml");
        let shape = std::fs::read(root("templates/starter/shape.yaml")).expect("there");
        assert_eq!(faults("shape", &yaml(&shape)), Vec::<String>::new());
        let read = typed::read::<crate::shape::manifest::Manifest>(path, &shape, 1);
        assert_eq!(read.map(|reading| reading.problems), Ok(Vec::new()));
    }

    #[test]
    fn the_schemas_refuse_what_the_reader_refuses() {
        for (content, at) in [
            ("{schema: 2, name: a, forge: {owner: a}, kinds: {a: {}}, members: [x]}", "/schema"),
            ("{schema: 1, name: a, forge: {owner: a}, kinds: {a: {}}, members: [1]}", "/members/0"),
            (
                "{schema: 1, name: a, forge: {owner: a}, kinds: {a: {shap: x}}, members: [x]}",
                "/kinds/a",
            ),
            (
                "{schema: 1, name: a, forge: {owner: a}, kinds: {a: {}}, members: [x], rules: {r: {enforce_from: 2027-02-30}}}",
                "/rules/r/enforce_from",
            ),
        ] {
            assert_eq!(faults("fleet", &yaml(content.as_bytes())), [at], "{content}");
            let read = crate::fleet::Fleet::parse(Path::new("fleet.yaml"), content.as_bytes());
            assert!(read.is_err(), "{content}");
        }
    }

    #[test]
    fn what_is_written_is_what_the_schemas_say() {
        use crate::checks::{Finding, fleet::waiver_unused};
        let findings = [Finding::new(&waiver_unused::RULE, "m").in_file("a")];
        let baseline = crate::fleet::baseline::Baseline::of([("one", findings.as_slice())]);
        let baseline: Value = serde_json::from_str(&baseline.render()).expect("JSON");
        assert_eq!(faults("baseline", &baseline), Vec::<String>::new());
        let line = r#"{"schema":"shipshape/history/1","at":"2026-11-22T10:00:00Z","repositories":1,"conformant":1,"drifted":0,"broken":0,"unchecked":0,"findings":0,"verdicts":{"a":"conformant"}}"#;
        let record: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(faults("history", &record), Vec::<String>::new());
        let records = crate::drift::history::History::parse(line.as_bytes()).records;
        assert_eq!(records.first().and_then(|record| record.to_line().ok()).as_deref(), Some(line));
    }
}
