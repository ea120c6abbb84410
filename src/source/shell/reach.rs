//! Whether a command eventually runs a program, directly or through scripts.

use std::collections::VecDeque;

use super::invocation::{ScriptFrom, script_from};
use super::moves::Place;
use super::programs::{self, Seen};
use super::{Command, Joint, Script, Word, basename};
use crate::source::spliced::Spliced;
use crate::source::text::{Span, Text};

/// How deep nested scripts, functions and `sh -c` are followed.
const MAX_DEPTH: usize = 24;

/// How many function calls of a script are followed.
const MAX_CALLS: usize = 256;

/// How many alternative argument lists a script may have, from conditional `set --`.
const MAX_POSSIBILITIES: usize = 4;

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

fn literal(text: &str) -> Word {
    let text = Spliced::new(text, 0);
    Word { span: Span::default(), text, dynamic: false, quoted: true }
}

/// The values of `$0` and `$@`. A conditional `set --` leaves more than one possibility.
#[derive(Clone, Default)]
struct Frame {
    name: Option<String>,
    arguments: Vec<VecDeque<Word>>,
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
}

/// Programs that often take a program's name as argument without running it.
const BYSTANDERS: [&str; 34] = [
    "echo", "printf", "pip", "pip3", "uv", "which", "type", "hash", "test", "[", "[[", "chmod",
    "chown", "ls", "cp", "mv", "ln", "rm", "mkdir", "grep", "pgrep", "pkill", "killall", "sed",
    "awk", "cat", "touch", "install", "apt-get", "apk", "export", "set", "cd", "command",
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
                let inner = Frame { name, arguments: vec![arguments.collect()] };
                let place = self.place.clone();
                let found = self.script(&Script::parse(&script), inner, depth + 1);
                self.place = place;
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
            let followed = self.file((file.as_str(), By::Shell), given, depth);
            // What is sourced moves the shell that sources it.
            if !sourced {
                self.place = place;
            }
            return followed == Followed::Reaches;
        }
        let given = vec![arguments.iter().cloned().collect()];
        let place = self.place.clone();
        let followed = self.file((text, By::Itself), given, depth);
        self.place = place;
        match followed {
            Followed::Reaches => return true,
            Followed::Ends => return false,
            Followed::Goes => {}
        }
        let passed = arguments.iter().any(|word| basename(word.as_str()) == self.program);
        let stands_by = BYSTANDERS.contains(&name) && !is_launcher(name, arguments);
        if passed && !stands_by {
            let program = self.program;
            self.unknown
                .get_or_insert_with(|| format!("whether `{name}` runs `{program}` is not known"));
        }
        if !stands_by {
            self.ended = Some(format!("it ends in `{name}`"));
        }
        false
    }

    fn file(
        &mut self,
        (path, by): (&str, By),
        arguments: Vec<VecDeque<Word>>,
        depth: usize,
    ) -> Followed {
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
        let frame = Frame { name: Some(path.to_owned()), arguments };
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
                    let inner = Frame { name: frame.name.clone(), arguments: vec![arguments] };
                    if self.body(script, Some(name), inner, depth + 1, called) {
                        return true;
                    }
                }
            } else if let Some(place) = self.place.after(&command.words) {
                self.place = place;
            } else if self.command_words(&command.words, &frame, depth + 1) {
                return true;
            }
            if ends(command) {
                let shown: Vec<&str> = command.words.iter().map(Word::as_str).take(4).collect();
                self.ended = Some(format!("it ends with `{}`", shown.join(" ")));
                break;
            }
        }
        self.place = own.unwrap_or_else(|| std::mem::take(&mut self.place));
        false
    }

    /// Handles `set -- a b`, which replaces `$@`; in a branch it may.
    fn reset_arguments(&mut self, command: &Command, frame: &mut Frame) {
        let Some(at) = command.words.iter().position(|word| word.as_str() == "--") else { return };
        let words = command.words.get(at + 1..).unwrap_or_default();
        let replaced = self.substituted(words, frame, 0).into();
        if !command.conditional {
            frame.arguments.clear();
        } else if frame.arguments.is_empty() {
            frame.arguments.push(VecDeque::new());
        }
        if frame.arguments.len() < MAX_POSSIBILITIES {
            frame.arguments.push(replaced);
        }
    }

    /// Substitutes an argument list for `"$@"`, `$*`, `$0`, `$1` … where they are whole words.
    fn substituted(&mut self, words: &[Word], frame: &Frame, index: usize) -> Vec<Word> {
        let arguments = frame.arguments.get(index);
        let mut output = Vec::with_capacity(words.len());
        for word in words {
            if !word.dynamic {
                output.push(word.clone());
                continue;
            }
            let inner = word.as_str().strip_prefix('$').unwrap_or_default();
            let braced = inner.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            let inner = braced.unwrap_or(inner);
            match (inner, inner.parse::<usize>(), &frame.name) {
                ("@" | "*", _, _) => {
                    let all = arguments.into_iter().flatten();
                    output.extend(all.take_while(|passed| self.can_pass(passed)).cloned());
                }
                ("0", _, Some(name)) => output.push(literal(name)),
                (_, Ok(number), _) if number > 0 => {
                    let passed = arguments.and_then(|list| list.get(number - 1)).unwrap_or(word);
                    if self.can_pass(passed) {
                        output.push(passed.clone());
                    }
                }
                _ => output.push(word.clone()),
            }
        }
        output
    }

    /// Whether there is room for another copy of a word.
    fn can_pass(&mut self, word: &Word) -> bool {
        let bytes = size_of::<Word>() + word.as_str().len();
        let left = self.passable.checked_sub(bytes);
        if left.is_none() {
            self.unknown.get_or_insert_with(|| "it passes on too many arguments".to_owned());
        }
        self.passable = left.unwrap_or(0);
        left.is_some()
    }
}

/// Whether a program that also installs is told to run another: `uv run`.
fn is_launcher(name: &str, arguments: &[Word]) -> bool {
    name == "uv" && arguments.iter().any(|word| matches!(word.as_str(), "run" | "tool"))
}

/// Whether no command after this one is run.
fn ends(command: &Command) -> bool {
    let leaves = match command.words.first().map(Word::as_str) {
        Some("exec") => command.words.len() > 1,
        Some("exit") => true,
        _ => false,
    };
    leaves && !command.conditional && !command.subshell && command.joint != Joint::Or
}

#[cfg(test)]
mod tests;
