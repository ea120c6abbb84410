//! The file of a script, as the script names it itself: `$(dirname "$0")`, `${BASH_SOURCE%/*}`.

use super::{Joint, Script, Word, basename, is_shell};
use crate::source::spliced::Spliced;
use crate::source::text::Text;

/// The longest word in which the folder of a script is looked for.
const MAX_WORD_BYTES: usize = 512;

/// What `$0` is written as.
const CALLED: [&str; 2] = ["$0", "${0}"];

/// What `BASH_SOURCE` is written as.
const SOURCE: [&str; 3] = ["$BASH_SOURCE", "${BASH_SOURCE}", "${BASH_SOURCE[0]}"];

/// By what a script knows its own file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnFile {
    /// Its `$0`, if that is known and a path.
    called: Option<String>,
    /// Its `BASH_SOURCE`, if bash reads it: other shells have none.
    source: Option<String>,
    is_bash: bool,
}

impl OwnFile {
    /// The file that a script runs under a path: by `sh PATH`, by `. PATH`, or by itself. Of a name without a slash that
    /// is run by itself, the folder is not known.
    #[must_use]
    pub fn run_by(&self, program: &str, path: &str, text: &Text) -> Self {
        let name = basename(program);
        if matches!(program, "." | "source") {
            let source = self.is_bash.then(|| path.to_owned());
            return Self { called: self.called.clone(), source, is_bash: self.is_bash };
        }
        let (is_bash, is_found) = match is_shell(name) {
            true => (name == "bash", true),
            false => (begins_with_bash(text), path.contains('/')),
        };
        let known = || is_found.then(|| path.to_owned());
        Self { called: known(), source: known().filter(|_| is_bash), is_bash }
    }

    /// What a word is, where that is certain: the word itself, or a path that begins with the script's own folder.
    #[must_use]
    pub fn value(&self, word: &Word) -> Option<String> {
        if word.dynamic { self.expanded(word.as_str()) } else { Some(word.as_str().to_owned()) }
    }

    /// A path that begins with the script's own folder, from the text of a word that a shell expands.
    pub(super) fn expanded(&self, text: &str) -> Option<String> {
        if text.len() > MAX_WORD_BYTES {
            return None;
        }
        let (folder, rest) = self.folder_before(text)?;
        let is_plain = rest.is_empty() || rest.starts_with('/');
        let path = format!("{folder}{rest}");
        (is_plain && !path.is_empty() && !rest.contains(['$', '`', '*', '?', '['])).then_some(path)
    }

    /// The folder that the beginning of a word names, and the rest of the word.
    fn folder_before<'t>(&self, text: &'t str) -> Option<(String, &'t str)> {
        if let Some(inner) = text.strip_prefix("$(") {
            // What ends earlier leaves a parenthesis open in between.
            let (inner, rest) = inner.rsplit_once(')')?;
            return Some((self.printed(inner)?, rest));
        }
        if let Some(inner) = text.strip_prefix('`') {
            let (inner, rest) = inner.rsplit_once('`')?;
            return Some((self.printed(inner)?, rest));
        }
        let (name, rest) = text.split_once("%/*}")?;
        let path = self.path(&format!("{name}}}"))?;
        // Without a slash nothing is taken away, and what remains is the file.
        path.rsplit_once('/').map(|(folder, _)| (folder.to_owned(), rest))
    }

    /// The folder that commands print: `dirname "$0"`, or `cd "$(dirname "$0")" && pwd`.
    fn printed(&self, commands: &str) -> Option<String> {
        let script = Script::parse(&Spliced::new(commands, 0));
        if script.unterminated {
            return None;
        }
        let words = |number: usize| {
            let command = script.commands.get(number)?;
            let words = command.words.iter().filter(|word| word.as_str() != "--");
            command.assignments.is_empty().then(|| words.collect::<Vec<_>>())
        };
        match (script.commands.len(), words(0)?.as_slice()) {
            (1, [program, file]) if basename(program.as_str()) == "dirname" => {
                let path = self.path(file.as_str()).filter(|_| file.dynamic)?;
                Some(match path.rsplit_once('/') {
                    Some(("", _)) => "/".to_owned(),
                    Some((folder, _)) => folder.to_owned(),
                    None => ".".to_owned(),
                })
            }
            (2, [program, folder]) if program.as_str() == "cd" => {
                // To go to its own folder never fails.
                let joint = script.commands.first().map(|cd| cd.joint);
                let is_chained = matches!(joint, Some(Joint::And | Joint::Sequence));
                let is_pwd = match words(1)?.as_slice() {
                    [pwd] => pwd.as_str() == "pwd",
                    [pwd, option] => {
                        pwd.as_str() == "pwd" && matches!(option.as_str(), "-P" | "-L")
                    }
                    _ => false,
                };
                self.expanded(folder.as_str()).filter(|_| folder.dynamic && is_chained && is_pwd)
            }
            _ => None,
        }
    }

    /// The path that a variable names.
    fn path(&self, variable: &str) -> Option<&str> {
        let named = match variable {
            it if CALLED.contains(&it) => &self.called,
            it if SOURCE.contains(&it) => &self.source,
            _ => return None,
        };
        named.as_deref()
    }
}

/// Whether a script names bash as what reads it.
fn begins_with_bash(text: &Text) -> bool {
    let first = text.as_str().lines().next().unwrap_or_default();
    first
        .strip_prefix("#!")
        .is_some_and(|named| named.split_whitespace().any(|word| basename(word) == "bash"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `word` is in a script that `program` runs under `path`.
    fn value(program: &str, path: &str, word: &str) -> Option<String> {
        let own = OwnFile::default().run_by(program, path, &Text::new("#!/usr/bin/env bash\n"));
        let script = Script::of_text(&Text::new(&format!("cd {word}")));
        own.value(script.commands.first().expect("a command").words.get(1).expect("a word"))
    }

    #[test]
    fn a_script_knows_its_own_folder() {
        for word in [
            r#""$(dirname "$0")""#,
            "$(dirname $0)",
            r#""$(dirname -- "${0}")""#,
            r#""$( dirname -- "${BASH_SOURCE[0]}" )""#,
            "`dirname $0`",
            r#""${0%/*}""#,
            "${BASH_SOURCE%/*}",
            r#""${BASH_SOURCE[0]%/*}""#,
            r#""$(cd "$(dirname "$0")" && pwd)""#,
            r#""$(cd "$(dirname "$0")"; pwd)""#,
            r#""$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" &>/dev/null && pwd -P)""#,
        ] {
            assert_eq!(value("/app/go.sh", "/app/go.sh", word).as_deref(), Some("/app"), "{word}");
            assert_eq!(value("bash", "bin/go.sh", word).as_deref(), Some("bin"), "{word}");
        }
        for (word, path) in [
            (r#""$(dirname "$0")/..""#, "/app/.."),
            (r#""$(dirname "$0")"/lib.sh"#, "/app/lib.sh"),
            (r#""$(cd "$(dirname "$0")/.." && pwd)/run.sh""#, "/app/../run.sh"),
        ] {
            assert_eq!(value("/app/go.sh", "/app/go.sh", word).as_deref(), Some(path), "{word}");
        }
        assert_eq!(value("/go.sh", "/go.sh", r#""$(dirname "$0")""#).as_deref(), Some("/"));
        assert_eq!(value("/go.sh", "/go.sh", "${0%/*}/a").as_deref(), Some("/a"));
        assert_eq!(value("bash", "go.sh", "$(dirname $0)").as_deref(), Some("."));
    }

    #[test]
    fn what_is_not_certain_is_not_known() {
        for word in [
            "$HERE",
            "$(dirname $1)",
            "$(dirname a/b)",
            "$(basename $0)",
            r#""$(dirname "$(readlink -f "$0")")""#,
            r#""$(dirname "$0")-x""#,
            r#""$(dirname "$0")/$X""#,
            r#""$(dirname "$0")$(dirname "$0")""#,
            "$(dirname $0; pwd)",
            r#""$(cd "$(dirname "$0")" || pwd)""#,
            "$0",
        ] {
            assert_eq!(value("/app/go.sh", "/app/go.sh", word), None, "{word}");
        }
        // `$0` is the path at which it was found on `PATH`.
        assert_eq!(value("go.sh", "go.sh", "$(dirname $0)"), None);
        assert_eq!(value("bash", "go.sh", "${0%/*}"), None);
        assert_eq!(value("/go.sh", "/go.sh", "${0%/*}"), None);
        assert_eq!(value("sh", "/app/go.sh", "${BASH_SOURCE%/*}"), None);
    }

    #[test]
    fn what_is_sourced_has_the_name_of_what_sources_it() {
        let (text, cd) = (Text::new("x"), |word: &str| Script::of_text(&Text::new(word)));
        let outer = OwnFile::default().run_by("bash", "/app/go.sh", &text);
        let inner = outer.run_by(".", "/lib/a.sh", &text);
        let of = |own: &OwnFile, word: &str| own.value(&cd(word).commands[0].words[0]);
        assert_eq!(of(&inner, "$(dirname $0)").as_deref(), Some("/app"));
        assert_eq!(of(&inner, "${BASH_SOURCE%/*}").as_deref(), Some("/lib"));
        let plain = OwnFile::default().run_by("sh", "/app/go.sh", &text);
        assert_eq!(of(&plain.run_by(".", "/lib/a.sh", &text), "${BASH_SOURCE%/*}"), None);
    }
}
