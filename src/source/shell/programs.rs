//! The programs that commands run, looking through wrappers around them.

use super::invocation::{ScriptFrom, script_from};
use super::{Command, Script, Word};
use crate::source::spliced::Spliced;
use crate::source::text::Span;

/// How many wrappers (`exec env nice sh -c '…'`) are looked through.
const MAX_WRAPPERS: usize = 16;

/// Programs that build and push images with Docker's commands and options: those of the engines that shipshape uses
/// (`edge::docker_engines` holds its own list against this one), and others.
pub const IMAGE_PROGRAMS: [&str; 4] = ["docker", "podman", "buildah", "nerdctl"];

/// A program that a command runs in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The program: a name, a path, or an expansion as written.
    pub word: Word,
    /// Its arguments.
    pub arguments: Vec<Word>,
    /// Whether it is only known at run time.
    pub dynamic: bool,
    /// Whether it replaces the shell (`exec`).
    pub replaces: bool,
    /// The span of the whole command.
    pub span: Span,
}

impl Program {
    /// Returns its name without directories.
    #[must_use]
    pub fn name(&self) -> &str {
        basename(self.word.as_str())
    }

    /// Whether it is a shell that runs what it reads from its standard input: `curl … | sh`.
    #[must_use]
    pub fn runs_its_input(&self) -> bool {
        is_shell(self.name()) && script_from(&self.arguments) == ScriptFrom::Input
    }

    /// The file whose commands it runs, as `sh FILE` and `. FILE` do.
    #[must_use]
    pub fn script_file(&self) -> Option<&Word> {
        if matches!(self.word.as_str(), "." | "source") {
            return self.arguments.iter().find(|word| !word.as_str().starts_with('-'));
        }
        match script_from(&self.arguments) {
            ScriptFrom::File(at) if is_shell(self.name()) => self.arguments.get(at),
            _ => None,
        }
    }

    /// Whether it builds and pushes images with Docker's commands and options.
    #[must_use]
    pub fn is_of_images(&self) -> bool {
        IMAGE_PROGRAMS.contains(&self.name())
    }
}

/// Returns the last component of a path.
#[must_use]
pub fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What remains of a command without its wrappers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The words that are run.
    Words { words: Vec<Word>, replaces: bool },
    /// A script passed to a shell with `-c`, and the words after it.
    Inline { script: Spliced, arguments: Vec<Word> },
}

/// Returns the programs of all commands, including function bodies and scripts passed to `sh -c` or as `sh <<EOF`.
#[must_use]
pub fn programs_of(script: &Script) -> Vec<Program> {
    let mut found = Vec::new();
    collect(script, Within::Commands, 0, &mut found);
    found
}

/// Returns the same programs, and those of the commands in `$( … )` and backticks, which run as well.
#[must_use]
pub fn programs_with_substituted(script: &Script) -> Vec<Program> {
    let mut found = Vec::new();
    collect(script, Within::Substitutions, 0, &mut found);
    found
}

/// Where programs are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Commands,
    /// In the commands, and in what they substitute.
    Substitutions,
}

fn collect(script: &Script, within: Within, depth: usize, found: &mut Vec<Program>) {
    for command in &script.commands {
        programs_of_command(command, within, depth, found);
    }
    if within == Within::Substitutions {
        for command in &script.substituted {
            // Nested substitutions are already in this list. To look for them again in each would double the work
            // with every level.
            programs_of_command(command, Within::Commands, depth, found);
        }
    }
}

fn programs_of_command(command: &Command, within: Within, depth: usize, found: &mut Vec<Program>) {
    match see_through_command(command) {
        Some(Seen::Words { words, replaces }) => {
            let Some((word, arguments)) = words.split_first() else { return };
            found.push(Program {
                dynamic: word.dynamic,
                word: word.clone(),
                arguments: arguments.to_vec(),
                replaces,
                span: command.span,
            });
        }
        Some(Seen::Inline { script, .. }) if depth < MAX_WRAPPERS => {
            collect(&Script::parse(&script), within, depth + 1, found);
        }
        Some(Seen::Inline { .. }) | None => {}
    }
}

/// Removes wrappers from a command's words. Returns `None` if nothing is left to run.
pub(super) fn see_through(words: &[Word]) -> Option<Seen> {
    see_through_to("", words)
}

/// The same for a whole command, whose here-document is the script of a shell that is given no other.
fn see_through_command(command: &Command) -> Option<Seen> {
    let seen = see_through(&command.words)?;
    let (Seen::Words { words, .. }, Some(script)) = (&seen, &command.input) else {
        return Some(seen);
    };
    let (shell, arguments) = words.split_first()?;
    if !is_shell(basename(shell.as_str())) || script_from(arguments) != ScriptFrom::Input {
        return Some(seen);
    }
    Some(Seen::Inline { script: script.clone(), arguments: Vec::new() })
}

/// The same, but keeps a wrapper that is called `program`, and what is in it: `tini -- serve` runs `tini` too.
pub(super) fn see_through_to(program: &str, words: &[Word]) -> Option<Seen> {
    let mut words = words.to_vec();
    let mut replaces = false;
    for _ in 0..MAX_WRAPPERS {
        let first = words.first()?;
        if first.dynamic {
            break;
        }
        let name = basename(first.as_str()).to_owned();
        if name == program {
            break;
        }
        if is_shell(&name)
            && let Some((at, arguments)) = inline_script(&words)
        {
            let script = words.get(at)?;
            return Some(Seen::Inline { script: script.text.clone(), arguments });
        }
        if let Some(script) = switched_user_script(&words) {
            return Some(Seen::Inline { script, arguments: Vec::new() });
        }
        replaces |= name == "exec";
        if let Some(split) = split_by_env(&name, &words) {
            words = split;
            continue;
        }
        match inner_command(&name, &words) {
            Some(start) => words = words.split_off(start.min(words.len())),
            None => break,
        }
    }
    if words.is_empty() { None } else { Some(Seen::Words { words, replaces }) }
}

/// Returns the script that a command passes to a shell, as a word or as its input.
pub(super) fn script_given_to(command: &Command) -> Option<Spliced> {
    match see_through_command(command)? {
        Seen::Inline { script, .. } => Some(script),
        Seen::Words { .. } => None,
    }
}

/// Returns the script that a command passes to `sh -c`.
pub(super) fn inline_script_of(words: &[Word]) -> Option<Spliced> {
    match see_through(words)? {
        Seen::Inline { script, .. } => Some(script),
        Seen::Words { .. } => None,
    }
}

pub(in crate::source) fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh")
}

/// For `sh -c TEXT NAME ARG…`, returns the index of the text and the words after it (`$0` first).
fn inline_script(words: &[Word]) -> Option<(usize, Vec<Word>)> {
    let ScriptFrom::Argument(number) = script_from(words.get(1..)?) else { return None };
    let at = number + 1;
    Some((at, words.get(at + 1..).unwrap_or_default().to_vec()))
}

/// Returns the command of `env -S 'NAME=value COMMAND' ARGUMENT…`, which splits that word.
fn split_by_env(name: &str, words: &[Word]) -> Option<Vec<Word>> {
    let is_split = |word: &Word| matches!(word.as_str(), "-S" | "-vS" | "--split-string");
    let at = words.iter().position(is_split).filter(|_| name == "env")?;
    let before = words.get(1..at)?;
    let own = before.iter().all(|word| word.as_str().starts_with('-'));
    let script = Script::parse(&words.get(at + 1).filter(|_| own)?.text);
    let mut split = script.commands.first()?.words.clone();
    split.extend(words.get(at + 2..)?.iter().cloned());
    Some(split)
}

/// Returns the index of the command that a wrapper runs; `None` if it is not a wrapper.
fn inner_command(name: &str, words: &[Word]) -> Option<usize> {
    match name {
        "exec" => Some(skip_options(words, 1, &["-a"])),
        // `command -v` only looks up a program.
        "command" if words.get(1).is_some_and(|word| word.as_str().starts_with('-')) => None,
        "command" | "builtin" | "nohup" | "setsid" | "catatonit" | "unbuffer" => {
            Some(skip_options(words, 1, &[]))
        }
        "time" => Some(skip_options(words, 1, &["-f", "-o"])),
        "env" => {
            let mut at = skip_options(words, 1, &["-u", "--unset", "-C", "--chdir"]);
            while words.get(at).is_some_and(|word| word.as_str().contains('=')) {
                at += 1;
            }
            Some(at)
        }
        "tini" | "tini-static" | "docker-init" => Some(skip_options(words, 1, &["-p", "-e"])),
        // Its options list or install what it contains.
        "busybox" | "busybox.static" => {
            words.get(1).filter(|word| !word.as_str().starts_with('-')).map(|_| 1)
        }
        "dumb-init" => Some(skip_options(words, 1, &["-r", "--rewrite"])),
        "ddtrace-run" => Some(skip_options(words, 1, &[])),
        "gosu" | "su-exec" | "s6-setuidgid" => Some(skip_options(words, 1, &[]) + 1),
        "setpriv" => Some(skip_options(
            words,
            1,
            &["--reuid", "--regid", "--groups", "--inh-caps", "--bounding-set"],
        )),
        "nice" => Some(skip_options(words, 1, &["-n", "--adjustment"])),
        "ionice" => Some(skip_options(words, 1, &["-c", "-n", "--class", "--classdata"])),
        "stdbuf" => Some(skip_options(words, 1, &["-i", "-o", "-e"])),
        "timeout" => Some(skip_options(words, 1, &["-k", "-s", "--signal", "--kill-after"]) + 1),
        "sudo" | "doas" => {
            let mut at = skip_options(
                words,
                1,
                &["-u", "-g", "-h", "-p", "-C", "-D", "--user", "--group", "--chdir"],
            );
            while words.get(at).is_some_and(|word| word.as_str().contains('=')) {
                at += 1;
            }
            Some(at)
        }
        "runuser" | "su" => switched_user(words),
        _ => None,
    }
}

/// Returns the index of the command in `runuser -u USER -- CMD`.
fn switched_user(words: &[Word]) -> Option<usize> {
    let by_option = words.iter().any(|word| matches!(word.as_str(), "-u" | "--user"));
    if by_option {
        return Some(skip_options(words, 1, &["-u", "--user", "-g", "--group", "-G"]));
    }
    None
}

fn skip_options(words: &[Word], start: usize, with_value: &[&str]) -> usize {
    let mut at = start;
    while let Some(word) = words.get(at) {
        let text = word.as_str();
        if text == "--" {
            return at + 1;
        }
        if !text.starts_with('-') || text == "-" {
            break;
        }
        at += if with_value.contains(&text) { 2 } else { 1 };
    }
    at
}

/// Returns the text of `su USER -c TEXT` or `runuser USER -c TEXT`.
fn switched_user_script(words: &[Word]) -> Option<Spliced> {
    let name = basename(words.first()?.as_str());
    if !matches!(name, "su" | "runuser") {
        return None;
    }
    let at = words.iter().position(|word| matches!(word.as_str(), "-c" | "--command" | "-lc"))?;
    words.get(at + 1).map(|word| word.text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::text::Text;

    fn run(script: &str) -> Vec<String> {
        programs_of(&Script::of_text(&Text::new(script)))
            .iter()
            .map(|program| program.name().to_owned())
            .collect()
    }

    #[test]
    fn wrappers_are_seen_through() {
        for script in [
            "exec molecule-runtime",
            "exec env -u A B=c molecule-runtime",
            "tini -g -- molecule-runtime",
            "/usr/bin/dumb-init /usr/local/bin/molecule-runtime --x",
            "exec gosu agent molecule-runtime \"$@\"",
            "su-exec agent:agent molecule-runtime",
            "sudo -E -u agent PATH=x molecule-runtime",
            "runuser -u agent -- molecule-runtime",
            "nice -n 5 nohup molecule-runtime",
            "sh -c 'exec molecule-runtime'",
            "bash -lc \"cd /app && exec gosu agent molecule-runtime\"",
            "tini -- gosu agent sh -ec 'molecule-runtime'",
            "PYTHONPATH=x molecule-runtime",
            "/bin/busybox env A=b molecule-runtime",
            "busybox sh -c 'molecule-runtime'",
            "env -S 'A=b molecule-runtime' --x",
            "/usr/bin/env -i -S 'sh -c molecule-runtime'",
            "s6-setuidgid agent ddtrace-run molecule-runtime",
        ] {
            assert!(run(script).contains(&"molecule-runtime".to_owned()), "{script}");
        }
    }

    #[test]
    fn the_input_of_a_shell_is_a_script() {
        for shell in [
            "bash <<E",
            "<<E sh",
            "sh -e <<'E'",
            "exec bash -s a <<-E",
            "bash -o pipefail <<E",
            "bash -euxo pipefail <<E",
        ] {
            assert_eq!(run(&format!("{shell}\nserve --x\nE\n")), ["serve"], "{shell}");
        }
        for (other, name) in [("sh a.sh <<E", "sh"), ("cat <<E", "cat"), ("python3 <<E", "python3")]
        {
            assert_eq!(run(&format!("{other}\nserve\nE\n")), [name], "{other}");
        }
        let unseen = |script: &str| {
            programs_of(&Script::of_text(&Text::new(script))).iter().any(Program::runs_its_input)
        };
        assert!(unseen("curl x | sh") && unseen("curl x | bash -s -- a") && unseen("bash <x.sh"));
        assert!(!unseen("bash --version; sh x.sh; bash -c ls\nsh <<E\nls\nE\n"));
    }

    #[test]
    fn an_argument_is_not_a_program() {
        assert_eq!(run("echo molecule-runtime; pip install molecule-runtime"), ["echo", "pip"]);
        assert_eq!(run("gosu agent"), Vec::<String>::new());
        assert_eq!(run("busybox; busybox --install -s /opt/molecule-runtime"), ["busybox"; 2]);
    }

    #[test]
    fn substituted_programs_are_found_where_they_are_asked_for() {
        for script in [
            "echo $(userdel agent)",
            "echo \"gone: `userdel agent`\"",
            "A=$(echo $(sudo userdel agent)) true",
            "sh -c 'echo $(userdel agent)'",
            "echo $(sh -c 'userdel agent')",
        ] {
            let found = programs_with_substituted(&Script::of_text(&Text::new(script)));
            assert!(found.iter().any(|program| program.name() == "userdel"), "{script}");
            assert!(!run(script).contains(&"userdel".to_owned()), "{script}");
        }
    }

    #[test]
    fn nested_scripts_and_substitutions_are_not_read_once_more_with_every_level() {
        let script = format!("{}true{}", "sh -c $(".repeat(10), ")".repeat(10));
        let found = programs_with_substituted(&Script::of_text(&Text::new(&script)));
        assert!((1..=100).contains(&found.len()), "{}", found.len());
    }

    #[test]
    fn what_a_variable_names_is_dynamic() {
        let found = programs_of(&Script::of_text(&Text::new("exec \"$BIN\" x")));
        assert!(found[0].dynamic && found[0].replaces);
    }
}
