//! Files that are no document of the language which their names say, and are not meant to be: templates of other tools, and
//! what tests read.

use crate::source::yaml::{Dialect, Document};
use crate::source::{Text, json};

/// Folders of files that another tool renders, or that do not parse on purpose.
const FOLDERS: [&str; 6] = ["fixtures", "template", "templates", "test", "testdata", "tests"];

/// How the tags of other tools begin: of Helm and Jinja, of ERB, of Terraform.
const TAGS: [&str; 5] = ["{{", "{%", "<%", "%{ ", "%{~"];

/// Whether a content that does not parse was meant to: nothing says that its readers are other ones than those of the
/// language of its path.
pub(super) fn is_mistake(path: &str, text: &Text) -> bool {
    let content = text.as_str();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_elsewhere = folder.split('/').any(|folder| FOLDERS.contains(&folder));
    // `${{ … }}` is an expression of a workflow, which is YAML all the same.
    let begins = |tag: &str, at: usize| {
        let before = content.get(..at).unwrap_or_default();
        !(tag == "{{" && before.ends_with('$'))
    };
    let mut tags = TAGS.into_iter();
    let has_tags = tags.any(|tag| content.match_indices(tag).any(|(at, _)| begins(tag, at)));
    let is_empty = content.trim().is_empty();
    !(is_empty || is_elsewhere || has_tags || path.contains("{{") || is_read(path, text))
}

/// Whether a reader takes it that is less strict than most: of JSON with comments, JSON5, JSON in each line, or YAML.
fn is_read(path: &str, text: &Text) -> bool {
    json::Reading::of(text.as_str()).is_some()
        || path.ends_with(".json") && is_json_in_each_line(text.as_str())
        || Document::parse(text, Dialect::of_file(path, Dialect::Yaml12)).is_ok()
}

fn is_json_in_each_line(content: &str) -> bool {
    let mut lines = content.lines().filter(|line| !line.trim().is_empty());
    lines.all(|line| json::error(&Text::new(line)).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nothing_speaks_for_is_a_mistake() {
        for (path, content, wanted) in [
            ("clippy.toml", "a = \"setup", true),
            ("renovate.json", "{ \"a\": \"b\" ", true),
            (".golangci.yml", "enable: [govet, errcheck", true),
            (".github/workflows/ci.yml", "on: [push\nrun: ${{ github.token }}\n", true),
            ("tsconfig.json", "// ours\n{ \"a\": 1, }\n", false),
            ("a.json", "{ a: 1, }", false),
            ("lines.json", "{\"a\": 1}\n\n{\"a\": 2}\n", false),
            ("lines.json", "{\"a\": 1}\n{\"a\": \n", true),
            ("lines.toml", "{\"a\": 1}\n{\"a\": 2}\n", true),
            ("a.toml", "a = 1\n", false),
            ("a.toml", "", false),
            ("chart/templates/service.yaml", "a: [b\n", false),
            ("tests/broken.yaml", "a: [b\n", false),
            (".goreleaser.yaml", "{{ if .A }}\na: b\n{{ end }}\n", false),
            ("a.yaml", "{% if a %}\na: [b\n{% endif %}\n", false),
            ("{{cookiecutter.name}}/a.toml", "a = b\n", false),
        ] {
            assert_eq!(is_mistake(path, &Text::new(content)), wanted, "{path}: {content}");
        }
    }
}
