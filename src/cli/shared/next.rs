//! What is useful next, said in one way by all commands: lines that can be pasted, each by itself.

use std::path::Path;

use crate::campaign::file::Campaign;
use crate::cli::shared::context::Context;
use crate::edge::terminal::visible_line;

/// One thing to do: a command, or a deed in words, and what it is for where that is not plain.
#[derive(Clone)]
pub(in crate::cli) struct Step {
    pub(in crate::cli) what: String,
    why: Option<String>,
}

impl Step {
    /// With what it is for, which stands above it as a comment: all of it can be pasted.
    pub(in crate::cli) fn because(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: Some(why.into()) }
    }
}

impl From<String> for Step {
    fn from(what: String) -> Self {
        Self { what, why: None }
    }
}

impl From<&String> for Step {
    fn from(what: &String) -> Self {
        what.clone().into()
    }
}

/// The steps below `head`, after an empty line; nothing when there is none.
pub(in crate::cli) fn below<T: Into<Step>>(
    head: &str,
    steps: impl IntoIterator<Item = T>,
) -> String {
    let mut text = String::new();
    for step in steps {
        let Step { what, why } = step.into();
        if let Some(why) = why {
            text.push_str(&format!("  # {}\n", visible_line(&why)));
        }
        text.push_str(&format!("  {}\n", visible_line(&what)));
    }
    if text.is_empty() { text } else { format!("\n{}\n{text}", visible_line(head)) }
}

/// The end of a report.
pub(in crate::cli) fn text<T: Into<Step>>(steps: impl IntoIterator<Item = T>) -> String {
    below("Next:", steps)
}

/// Beside a report, which may be for a machine. A command is about the fleet that this one was told of.
pub(in crate::cli) fn note<T: Into<Step>>(context: &Context, steps: impl IntoIterator<Item = T>) {
    let text = text(steps.into_iter().map(|step| {
        let Step { what, why } = step.into();
        let what = match what.strip_prefix("shipshape ") {
            Some(rest) => context.command(rest),
            None => what,
        };
        Step { what, why }
    }));
    if !text.is_empty() {
        context.terminal.note(text.trim_end_matches('\n'));
    }
}

/// A path as a word that no command takes for an option.
pub(in crate::cli) fn quoted_path(path: &str) -> String {
    quoted(&unlike_an_option(path))
}

/// A place on this machine as such a word. A name that is not UTF-8 is spelled out by its bytes: any other one is another name.
pub(in crate::cli) fn quoted_place(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;

    let Some(text) = path.to_str() else {
        let bytes = path.as_os_str().as_bytes();
        let start = if bytes.starts_with(b"-") { "./" } else { "" };
        let spelled = bytes.iter().map(|byte| match byte {
            b'\'' | b'\\' => format!(r"\{}", char::from(*byte)),
            b' '..=b'~' => char::from(*byte).to_string(),
            byte => format!(r"\{byte:03o}"),
        });
        return format!("$'{start}{}'", spelled.collect::<String>());
    };
    quoted_path(text)
}

/// A path that does not begin as options do: whoever names a folder could choose what a pasted line does.
pub(in crate::cli) fn unlike_an_option(path: &str) -> String {
    if path.starts_with('-') { format!("./{path}") } else { path.to_owned() }
}

/// How the repairs that need no look come to a whole fleet: the ready-made campaign, or the one of it that is in this folder.
pub(in crate::cli) fn repairs() -> String {
    const NAME: &str = "safe-repairs";
    let own = format!("{NAME}.yaml");
    let is_it = |file: &&str| {
        let campaign = Campaign::load(Path::new(file));
        campaign.is_ok_and(|campaign| campaign.says.name == NAME)
    };
    if let Some(file) = ["campaign.yaml", &own].iter().find(|file| is_it(file)) {
        return format!("shipshape campaign status {file}");
    }
    // What stands there and is another's, or cannot be read, is not overwritten.
    let mut others = (2..).map(|number| format!("{NAME}-{number}.yaml"));
    let is_free = |file: &String| !Path::new(file).exists();
    match (is_free(&"campaign.yaml".to_owned()), is_free(&own)) {
        (true, _) => format!("shipshape campaign init {NAME}"),
        (false, true) => format!("shipshape campaign init {NAME} --output {own}"),
        (false, false) => {
            let free = others.find(is_free).unwrap_or(own);
            format!("shipshape campaign init {NAME} --output {free}")
        }
    }
}

/// A word as a POSIX shell takes it.
pub(in crate::cli) fn quoted(word: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '/' | '.' | '_' | '-' | '=' | ':' | ',' | '@' | '+')
    };
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.chars().any(char::is_control) {
        // Spelled out, it is shown as it is pasted. bash, zsh, ksh and POSIX of 2024 read it so.
        let escaped: String = word.chars().map(spelled).collect();
        format!("$'{escaped}'")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn spelled(character: char) -> String {
    match character {
        '\n' => r"\n".to_owned(),
        '\t' => r"\t".to_owned(),
        '\'' | '\\' => format!(r"\{character}"),
        c if c.is_control() => {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().map(|byte| format!(r"\{byte:03o}")).collect()
        }
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_can_be_pasted_into_a_shell_and_is_one_line() {
        assert_eq!(quoted("a:b/c"), "a:b/c");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("models=a:b\nit's \\"), r"$'models=a:b\nit\'s \\'");
        assert_eq!(quoted("\u{1b}[0m"), r"$'\033[0m'");
    }

    #[test]
    fn no_path_is_an_option() {
        assert_eq!(quoted_path("--force"), "./--force");
        assert_eq!(quoted_path("-x y"), "'./-x y'");
        assert_eq!(quoted_path("repos/--force"), "repos/--force");
        assert_eq!(quoted_path("/a b"), "'/a b'");
    }

    #[test]
    fn a_name_that_is_not_utf8_is_spelled_by_its_bytes() {
        use std::os::unix::ffi::OsStrExt as _;

        let place = |bytes| quoted_place(Path::new(std::ffi::OsStr::from_bytes(bytes)));
        assert_eq!(place(b"./rep\xe9"), r"$'./rep\351'");
        assert_eq!(place(b"-it's\xe9 \x1b"), r"$'./-it\'s\351 \033'");
        assert_eq!(place("é".as_bytes()), "'é'");
    }
}
