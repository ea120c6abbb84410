//! Commands that a sentence proposes are pasted into a shell: what is put into one is quoted, or cannot hold shell code.
//!
//! Sources are read as text: a command is what stands in backticks in a format string, and begins with a program.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Names whose values cannot hold shell code, each with the reason.
const HARMLESS: &[(&str, &str)] = &[
    ("slug", "a slug has letters, digits, `.`, `_` and `-` only"),
    ("runtime", "a runtime is named by its slug"),
    ("kind", "an option with the name of a kind, which is shaped like a slug"),
    ("version", "a version is printed as PEP 440 has it, from its parts"),
    ("newest", "a version"),
    ("bad", "an option with a version"),
    ("scope", "a scope is one of ours"),
    ("out", "a new folder that we name: `shape`, and a number"),
    ("of_one", "a command of ours"),
];

/// Places where `{}` is such a value, each with what it is.
const HARMLESS_PLACES: &[(&str, &str)] = &[
    ("campaign/changes/pin.rs", "a version"),
    ("doctor/forge.rs", "the name of a repository"),
    ("cli/shape/promote.rs", "the id of a rule"),
    ("cli/images/refresh.rs", "a slug"),
];

static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    let programs = "shipshape|git|docker|podman|gh|pip|uv|curl|chmod|rm|cd|cp|mv|python3?";
    Regex::new(&format!("`((?:{programs}) [^`\"\n]*)`")).expect("sound")
});

static PLACEHOLDER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[^{])\{(\w*)\}").expect("sound"));

/// A string that goes on in the next line.
static CONTINUED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\\n\s*").expect("sound"));

/// What is put into proposed commands without being quoted: `file: {name} in command`.
fn unquoted(place: &str, source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let text = CONTINUED.replace_all(code, "");
    let mut found = Vec::new();
    for command in COMMAND.captures_iter(&text) {
        let (whole, words) = (command.get(0).expect("it"), &command[1]);
        let line = text[..whole.start()].rsplit('\n').next().unwrap_or_default();
        if line.trim_start().starts_with("//") {
            continue;
        }
        // The arguments of the format string follow it.
        let behind: String = text[whole.end()..].chars().take(400).collect();
        for placeholder in PLACEHOLDER.captures_iter(words) {
            let name = &placeholder[1];
            let is_fine = if name.is_empty() {
                behind.contains("quoted")
                    || HARMLESS_PLACES.iter().any(|(known, _)| *known == place)
            } else {
                let made = Regex::new(&format!(r"\b{name}\b[^;]{{0,200}}(?:quoted|together)"));
                HARMLESS.iter().any(|(known, _)| *known == name)
                    || made.expect("sound").is_match(&text)
            };
            if !is_fine {
                found.push(format!("src/{place}: {{{name}}} in `{words}`"));
            }
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn what_is_put_into_a_proposed_command_is_quoted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let (mut wrong, mut commands) = (Vec::new(), 0);
    for file in files {
        let place = file.strip_prefix(&root).expect("below").to_string_lossy().replace('\\', "/");
        if place.contains("tests") || place.ends_with("testing.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("readable");
        commands += COMMAND.captures_iter(&text).filter(|it| it[1].contains('{')).count();
        wrong.extend(unquoted(&place, &text));
    }
    assert!(commands > 20, "only {commands} commands were found");
    assert!(
        wrong.is_empty(),
        "quote it with `source::shell::quoted`, or say why it needs no quotes:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn what_is_not_quoted_is_found() {
    let bare = |source: &str| unquoted("x.rs", source);
    assert_eq!(
        bare(r#"format!("`git add {file}` adds it")"#),
        ["src/x.rs: {file} in `git add {file}`"]
    );
    assert_eq!(bare(r#"format!("`git add {}` adds it", file)"#).len(), 1);
    assert!(bare(r#"let file = quoted(&file); format!("`git add {file}` adds it")"#).is_empty());
    assert!(bare(r#"format!("`git add {}` adds it", quoted(&file))"#).is_empty());
    assert!(bare(r#"format!("`git add {{file}}` adds `{file}`")"#).is_empty());
}
