//! Whether a command eventually runs a program, directly or through scripts.

mod arguments;

use std::collections::VecDeque;

use super::invocation::{ScriptFrom, script_from};
use super::moves::Place;
use super::programs::{self, Seen};
use super::{Command, Joint, Script, Word, basename};
use crate::source::text::Text;
use arguments::{Frame, MAX_POSSIBILITIES, literal};

/// How deep nested scripts, functions and `sh -c` are followed.
const MAX_DEPTH: usize = 24;

/// How many function calls of a script are followed.
const MAX_CALLS: usize = 256;

/// The most memory for all copies of arguments: `set -- "$@" "$@"` doubles them on each line.
const MAX_PASSED_BYTES: usize = 1 << 24;

/// Returns what is run under a path or name.
pub type ScriptSource<'a> = dyn Fn(&str, By) -> Called + 'a;

/// How something is run, which decides where its name is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// As a program: a name without a slash is searched for on `PATH` only.
    Itself,
    /// By a shell, as `sh NAME` or `. NAME`: also searched for in the working directory.
    Shell,
}

/// What is run under a path or name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// A script with this text.
    Script(Text),
    /// Something that cannot be followed, and why: one sentence without a full stop.
    Unknown(String),
    /// Nothing on `PATH`; but in the working directory is a file of that name, with this path.
    NotOnPath(String),
    /// Nothing that is known.
    Nothing,
}

/// What a container or command starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A program and its arguments.
    Exec(Vec<String>),
    /// Text for `/bin/sh -c`.
    Shell(String),
}

/// The result, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The program is run, through these scripts, outermost first.
    Yes {
        /// Paths of those scripts.
        via: Vec<String>,
    },
    /// The program is not run.
    No {
        /// The reason, one sentence without a full stop.
        because: String,
    },
    /// It depends on something that is only known at run time.
    Unknown {
        /// The reason, one sentence without a full stop.
        because: String,
    },
}

/// Follows an entry to `program`, compared by its last path component. At most `limit` scripts are
/// read. Branches count as taken; commands after an unconditional `exec` or `exit` do not count.
#[must_use]
pub fn reaches(entry: &Entry, scripts: &ScriptSource<'_>, program: &str, limit: usize) -> Reach {
    let mut walk = Walk {
        scripts,
        program,
        left: limit,
        passable: MAX_PASSED_BYTES,
        via: Vec::new(),
        seen: Vec::new(),
        changes_path: false,
        place: Place::Start,
        not_on_path: None,
        unknown: None,
        ended: None,
        exited: false,
    };
    let found = match entry {
        Entry::Exec(words) => {
            let words: Vec<Word> = words.iter().map(|word| literal(word)).collect();
            walk.command_words(&words, &Frame::default(), 0)
        }
        Entry::Shell(text) => walk.script(&Script::of_text(&Text::new(text)), Frame::default(), 0),
    };
    if found {
        return Reach::Yes { via: walk.via };
    }
    if let Some(because) = walk.unknown {
        return Reach::Unknown { because };
    }
    let because = walk.not_on_path.or(walk.ended);
    let because = because.unwrap_or_else(|| "nothing is started".to_owned());
    Reach::No { because }
}

/// How a file is run.
#[derive(Clone, Copy)]
struct Call<'c> {
    /// What runs it: a shell, `.`, or the file itself.
    program: &'c str,
    path: &'c str,
    by: By,
}

/// What follows from running a file.
#[derive(PartialEq, Eq)]
enum Followed {
    /// It runs the program.
    Reaches,
    /// It is not run, or not known, and that is noted.
    Ends,
    /// It does not run the program, or nothing is known of it.
    Goes,
}

struct Walk<'w> {
    scripts: &'w ScriptSource<'w>,
    program: &'w str,
    left: usize,
    /// The number of bytes of arguments that may still be copied.
    passable: usize,
    via: Vec<String>,
    seen: Vec<(String, Vec<String>)>,
    /// Whether something so far may have changed `PATH`.
    changes_path: bool,
    /// Where the shell is.
    place: Place,
    /// What is not found because of how it is called: of all that ends, that is worth saying.
    not_on_path: Option<String>,
    unknown: Option<String>,
    ended: Option<String>,
    /// Whether what was run last ended the shell that ran it: a function or a sourced script that exits.
    exited: bool,
}

/// Programs that often take a program's name as argument without running it.
const BYSTANDERS: [&str; 34] = [
    "echo", "printf", "pip", "pip3", "uv", "which", "type", "hash", "test", "[", "[[", "chmod",
    "chown", "ls", "cp", "mv", "ln", "rm", "mkdir", "grep", "pgrep", "pkill", "killall", "sed",
    "awk", "cat", "touch", "install", "apt-get", "apk", "export", "set", "cd", "command",
];

/// Programs that start what files of theirs name.
const MANAGERS: [&str; 16] = [
    "supervisord",
    "s6-svscan",
    "s6-rc-init",
    "runsvdir",
    "runit",
    "circusd",
    "honcho",
    "foreman",
    "goreman",
    "hivemind",
    "overmind",
    "pm2",
    "pm2-runtime",
    "systemd",
    "monit",
    "my_init",
];

impl Walk<'_> {
    fn command_words(&mut self, words: &[Word], frame: &Frame, depth: usize) -> bool {
        let possibilities = frame.arguments.len().clamp(1, MAX_POSSIBILITIES);
        (0..possibilities).any(|index| {
            let words = self.substituted(words, frame, index);
            self.one(&words, frame, depth)
        })
    }

    fn one(&mut self, words: &[Word], frame: &Frame, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            self.unknown.get_or_insert_with(|| "scripts call one another too deeply".to_owned());
            return false;
        }
        self.changes_path |= words.iter().any(|word| word.as_str().starts_with("PATH="));
        match programs::see_through_to(self.program, words) {
            None => false,
            Some(Seen::Inline { script, arguments }) => {
                let mut arguments = arguments.into_iter();
                let name = arguments.next().map(|word| word.as_str().to_owned());
                let arguments = vec![arguments.collect()];
                let inner = Frame { name, arguments, ..Frame::default() };
                let place = self.place.clone();
                let found = self.script(&Script::parse(&script), inner, depth + 1);
                (self.place, self.exited) = (place, false);
                found
            }
            Some(Seen::Words { words, .. }) => self.run(&words, frame, depth),
        }
    }

    fn run(&mut self, words: &[Word], frame: &Frame, depth: usize) -> bool {
        let Some((first, arguments)) = words.split_first() else { return false };
        let text = first.as_str();
        if first.dynamic {
            self.unknown.get_or_insert_with(|| format!("`{text}` is known only when it runs"));
            return false;
        }
        let name = basename(text);
        if name == self.program {
            return true;
        }
        let sourced = matches!(text, "." | "source");
        self.changes_path |= sourced;
        if sourced || programs::is_shell(name) {
            let at = match script_from(arguments) {
                _ if sourced => arguments.iter().position(|word| !word.as_str().starts_with('-')),
                ScriptFrom::File(at) => Some(at),
                _ => None,
            };
            let Some((at, file)) = at.and_then(|at| Some((at, arguments.get(at)?))) else {
                return false;
            };
            if file.dynamic {
                let shown = file.as_str();
                self.unknown.get_or_insert_with(|| format!("`{shown}` is known only when it runs"));
                return false;
            }
            let rest = arguments.get(at + 1..).unwrap_or_default();
            let given = if sourced && rest.is_empty() {
                if !frame.arguments.iter().flatten().all(|word| self.can_pass(word)) {
                    return false;
                }
                frame.arguments.clone()
            } else {
                vec![rest.iter().cloned().collect()]
            };
            let place = self.place.clone();
            let call = Call { program: text, path: file.as_str(), by: By::Shell };
            let followed = self.file(&call, frame, given, depth);
            // What is sourced moves the shell that sources it, and ends it.
            if !sourced {
                (self.place, self.exited) = (place, false);
            }
            return followed == Followed::Reaches;
        }
        let given = vec![arguments.iter().cloned().collect()];
        let place = self.place.clone();
        let call = Call { program: text, path: text, by: By::Itself };
        let followed = self.file(&call, frame, given, depth);
        (self.place, self.exited) = (place, false);
        match followed {
            Followed::Reaches => return true,
            Followed::Ends => return false,
            Followed::Goes => {}
        }
        let passed = arguments.iter().any(|word| basename(word.as_str()) == self.program)
            || is_module(self.program, name, arguments);
        let stands_by = BYSTANDERS.contains(&name) && !is_launcher(name, arguments);
        if passed && !stands_by {
            let program = self.program;
            self.unknown
                .get_or_insert_with(|| format!("whether `{name}` runs `{program}` is not known"));
        }
        if MANAGERS.contains(&name) {
            self.unknown.get_or_insert_with(|| format!("what `{name}` starts is not known"));
        }
        if !stands_by {
            self.ended = Some(format!("it ends in `{name}`"));
        }
        false
    }

    /// Runs a file from a script with this frame.
    fn file(
        &mut self,
        call: &Call<'_>,
        outer: &Frame,
        arguments: Vec<VecDeque<Word>>,
        depth: usize,
    ) -> Followed {
        let Call { program, path, by } = *call;
        let flat = arguments.iter().flatten().map(|word| word.as_str().to_owned()).collect();
        let key = (self.place.path(path).unwrap_or_else(|| path.to_owned()), flat);
        if self.seen.contains(&key) {
            return Followed::Goes;
        }
        if self.left == 0 {
            self.unknown.get_or_insert_with(|| "it goes through too many scripts".to_owned());
            return Followed::Goes;
        }
        let text = match self.place.called(self.scripts, (path, by)) {
            Called::Script(text) => text,
            Called::Nothing => return Followed::Goes,
            Called::NotOnPath(at) if !self.changes_path => {
                let because =
                    format!("`{path}` is searched for on PATH, but is at `{at}`: write `{at}`");
                self.not_on_path.get_or_insert(because);
                return Followed::Ends;
            }
            Called::NotOnPath(at) => {
                let because = format!("whether `{at}` is on PATH is known only when it runs");
                self.unknown.get_or_insert(because);
                return Followed::Ends;
            }
            Called::Unknown(because) => {
                self.unknown.get_or_insert(because);
                return Followed::Ends;
            }
        };
        self.left -= 1;
        self.seen.push(key);
        let first = text.as_str().lines().next().unwrap_or_default();
        if let Some(interpreter) = first.strip_prefix("#!")
            && !interpreter.split_whitespace().any(|word| programs::is_shell(basename(word)))
        {
            if text.as_str().contains(self.program) {
                self.unknown.get_or_insert_with(|| format!("`{path}` is not a shell script"));
            }
            self.ended = Some(format!("it ends in `{path}`"));
            return Followed::Goes;
        }
        self.via.push(path.to_owned());
        let is_sourced = matches!(program, "." | "source");
        let name = if is_sourced { outer.name.clone() } else { Some(path.to_owned()) };
        let frame =
            Frame { name, own: outer.own.run_by(program, path, &text), is_sourced, arguments };
        if self.script(&Script::of_text(&text), frame, depth + 1) {
            return Followed::Reaches;
        }
        self.via.pop();
        Followed::Goes
    }

    fn script(&mut self, script: &Script, frame: Frame, depth: usize) -> bool {
        self.body(script, None, frame, depth, &mut Vec::new())
    }

    /// Walks the commands of a function, or those outside any function.
    fn body(
        &mut self,
        script: &Script,
        function: Option<&str>,
        mut frame: Frame,
        depth: usize,
        called: &mut Vec<String>,
    ) -> bool {
        // Where the shell itself is, while what it runs in `( … )` moves only that.
        let mut own: Option<Place> = None;
        let mut exits = false;
        for command in script.commands.iter().filter(|c| c.function.as_deref() == function) {
            if !command.subshell {
                self.place = own.take().unwrap_or_else(|| std::mem::take(&mut self.place));
            } else if own.is_none() {
                own = Some(self.place.clone());
            }
            self.changes_path |= command.assignments.iter().any(|it| it.name == "PATH");
            let Some(first) = command.words.first() else { continue };
            let name = first.as_str();
            if name == "set" {
                self.reset_arguments(command, &mut frame);
            } else if name == "shift" && !command.conditional {
                for list in &mut frame.arguments {
                    list.pop_front();
                }
            } else if script.functions.binary_search_by(|known| known.as_str().cmp(name)).is_ok() {
                if depth <= MAX_DEPTH
                    && called.len() < MAX_CALLS
                    && !called.iter().any(|known| known == name)
                {
                    called.push(name.to_owned());
                    let arguments = command.words.iter().skip(1).cloned().collect();
                    let inner = Frame { arguments: vec![arguments], ..frame.of_function() };
                    if self.body(script, Some(name), inner, depth + 1, called) {
                        return true;
                    }
                }
            } else if let Some(place) = self.place.after(&command.words, &frame.own) {
                self.place = place;
            } else if self.command_words(&command.words, &frame, depth + 1) {
                return true;
            }
            exits = std::mem::take(&mut self.exited) && is_certain(command);
            if ends(command) {
                let shown: Vec<&str> = command.words.iter().map(Word::as_str).take(4).collect();
                self.ended = Some(format!("it ends with `{}`", shown.join(" ")));
                exits = true;
            }
            let returns = name == "return" && (function.is_some() || frame.is_sourced);
            if exits || (returns && is_certain(command)) {
                break;
            }
        }
        self.exited = exits;
        self.place = own.unwrap_or_else(|| std::mem::take(&mut self.place));
        false
    }
}

/// Whether a program that also installs is told to run another: `uv run`.
fn is_launcher(name: &str, arguments: &[Word]) -> bool {
    name == "uv" && arguments.iter().any(|word| matches!(word.as_str(), "run" | "tool"))
}

/// Whether Python is told to run a module with the name of a program, which may be that program: `python -m serve`.
fn is_module(program: &str, name: &str, arguments: &[Word]) -> bool {
    let mut behind = arguments.iter().skip_while(|word| word.as_str() != "-m").skip(1);
    let is_it = |module: &Word| {
        let package = module.as_str().split('.').next().unwrap_or_default();
        package.replace('_', "-") == program.replace('_', "-")
    };
    name.starts_with("python") && behind.next().is_some_and(is_it)
}

/// Whether no command after this one is run.
fn ends(command: &Command) -> bool {
    let leaves = match command.words.first().map(Word::as_str) {
        Some("exec") => command.words.len() > 1,
        Some("exit") => true,
        _ => false,
    };
    leaves && is_certain(command) && command.joint != Joint::Or
}

/// Whether a command is run, in the shell of its script.
fn is_certain(command: &Command) -> bool {
    !command.conditional && !command.subshell
}

#[cfg(test)]
mod tests;
