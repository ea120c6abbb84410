use schemars::JsonSchema;

use super::*;
use crate::source::Text;
use crate::source::typed::outline;

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct Example {
    /// Name of it.
    name: String,
    count: Option<u32>,
    level: Option<crate::checks::Severity>,
    origin: Option<Origin>,
    #[serde(default)]
    list: Vec<String>,
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
enum Origin {
    Word(String),
    Folder(Folder),
    Repository(Repository),
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct Folder {
    folder: String,
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct Repository {
    repository: String,
    path: Option<String>,
}

fn problems(content: &str) -> Vec<String> {
    let text = Text::new(content);
    let root = outline::read(&text).expect("YAML");
    let schema = schemars::schema_for!(Example).to_value();
    judge(&schema, &root)
        .into_iter()
        .map(|problem| {
            let hint = problem.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{} {}{hint}", text.position(problem.span.start), problem.message)
        })
        .collect()
}

#[test]
fn a_sound_file_has_no_problems() {
    assert!(problems("name: x\ncount: 2\nlevel: error\nlist: [a]\norigin: {folder: x}").is_empty());
    assert!(problems("name: x\ncount:\norigin: word\n").is_empty());
}

#[test]
fn every_problem_is_told_at_its_place() {
    assert_eq!(
        problems("nme: x\nlevel: eror\ncount: -1\nlist:\n  - 1.0\n  - [a]\n"),
        [
            "1:1 unknown key `nme` (did you mean `name`?)",
            "2:8 `level` must be one of `info`, `warning`, `error`, not `eror` (did you mean `error`?)",
            "3:8 `count` must be at least 0",
            "5:5 an item of `list` must be text, not a number (write it in quotes: \"1.0\")",
            "6:5 an item of `list` must be text, not a list",
        ]
    );
    assert_eq!(problems("count: 2"), ["1:1 `name` is missing (`name`: Name of it.)"]);
}

#[test]
fn of_alternatives_the_one_that_was_begun_is_judged() {
    assert_eq!(
        problems("name: x\norigin: {repository: a, pth: b}"),
        ["2:25 unknown key `pth` (did you mean `path`?)"]
    );
    assert_eq!(
        problems("name: x\norigin: [a]"),
        ["2:9 `origin` must be text or a mapping, not a list"]
    );
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
enum Kind {
    Restore(Folder),
    Remove(Folder),
}

#[test]
fn of_kinds_that_a_key_names_only_the_wrong_key_is_told() {
    let told = |content: &str| -> Vec<String> {
        let text = Text::new(content);
        let root = outline::read(&text).expect("YAML");
        let problems = judge(&schemars::schema_for!(Kind).to_value(), &root).into_iter();
        problems.map(|it| format!("{} ({})", it.message, it.hint.unwrap_or_default())).collect()
    };
    assert_eq!(told("restroe: {}"), ["unknown key `restroe` (did you mean `restore`?)"]);
    assert_eq!(told("x: {}"), ["unknown key `x` (known here: restore, remove)"]);
    assert_eq!(told("{}"), ["a key is missing (known here: restore, remove)"]);
    assert_eq!(told("remove: { folder: x }"), Vec::<String>::new());
}

#[test]
fn a_key_given_twice_is_told_at_the_second() {
    assert_eq!(
        problems("name: x\nname: y\n"),
        ["2:1 `name` is given twice (remove one of the two)"]
    );
}
