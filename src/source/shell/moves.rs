//! Where the commands of a script run: `cd` moves a shell, and one in `( … )` moves only that.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::own_file::OwnFile;
use super::programs::script_given_to;
use super::reach::{By, Called, ScriptSource};
use super::{Command, Joint, Script, Word};
use crate::source::text::Span;

/// The most places that are kept for one command: each `cd` that may be skipped doubles them.
const MAX_PLACES: usize = 4;

/// The longest path that Linux takes.
const MAX_PATH_BYTES: usize = 4096;

/// How deep scripts in `sh -c` are followed.
const MAX_DEPTH: usize = 8;

/// Where a shell is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Where it was started.
    #[default]
    Start,
    /// In this folder, relative to where it was started unless it is absolute. It is not normalised.
    In(String),
    /// Where, is known only when it runs.
    Unknown,
}

impl Place {
    /// The path of a file that is named here; `None` if it depends on a place that is not known.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<String> {
        match self {
            _ if name.starts_with('/') => Some(name.to_owned()),
            Self::Start => Some(name.to_owned()),
            Self::In(folder) => Some(format!("{}/{name}", folder.trim_end_matches('/'))),
            Self::Unknown => None,
        }
    }

    /// What is run under a path or name here.
    pub(super) fn called(&self, scripts: &ScriptSource<'_>, (path, by): (&str, By)) -> Called {
        let is_on_path = by == By::Itself && !path.contains('/');
        if is_on_path || *self == Self::Start {
            return scripts(path, by);
        }
        match self.path(path).map(|path| scripts(&path, by)) {
            // A `cd` that is skipped leaves the shell where it was, and some search on `PATH` as well.
            Some(Called::Nothing) if scripts(path, by) == Called::Nothing => Called::Nothing,
            Some(Called::Nothing) | None => {
                Called::Unknown(format!("the folder in which `{path}` is run is not known"))
            }
            Some(called) => called,
        }
    }

    /// Where a shell is after a command of a script; `None` if that does not move it.
    pub(super) fn after(&self, words: &[Word], own: &OwnFile) -> Option<Self> {
        let (program, arguments) = words.split_first()?;
        match program.as_str() {
            "cd" => {}
            "pushd" | "popd" => return Some(Self::Unknown),
            _ => return None,
        }
        let is_option = |word: &&Word| matches!(word.as_str(), "-P" | "-L" | "-e" | "--");
        let mut operands = arguments.iter().skip_while(is_option);
        // Without an operand that is the home of a user; `-` is where it was before.
        let target = operands.next().and_then(|word| own.value(word));
        let target = target.filter(|it| !it.is_empty() && !it.starts_with(['-', '~']));
        let path = target.and_then(|target| self.path(&target));
        Some(path.filter(|path| path.len() <= MAX_PATH_BYTES).map_or(Self::Unknown, Self::In))
    }
}

/// Where each command of a script may run, those in `sh -c` and `sh <<EOF` among them, and which file the script is.
#[derive(Clone, Debug)]
pub struct Places {
    own: OwnFile,
    start: Rc<[Place]>,
    /// By the span of the command.
    known: BTreeMap<Span, Rc<[Place]>>,
}

impl Places {
    /// Reads a script that is started in one of these places.
    #[must_use]
    pub fn of(script: &Script, start: &[Place], own: OwnFile) -> Self {
        let mut places = Self { own, start: start.into(), known: BTreeMap::new() };
        places.read(script, &start.into(), 0);
        places
    }

    /// The file that the script is.
    #[must_use]
    pub fn own(&self) -> &OwnFile {
        &self.own
    }

    /// Where the command with this span may run, the likeliest first. It is more than one place where a `cd` before it may
    /// be skipped, or where it is not clear whether both are in the same `( … )`.
    #[must_use]
    pub fn at(&self, command: Span) -> &[Place] {
        self.known.get(&command).unwrap_or(&self.start)
    }

    fn read(&mut self, script: &Script, start: &Rc<[Place]>, depth: usize) {
        // Where the shell itself is, and where the one in `( … )`.
        let (mut own, mut inner): (Rc<[Place]>, Option<Rc<[Place]>>) = (start.clone(), None);
        // What is given to another shell has another `$0`.
        let file = if depth == 0 { self.own.clone() } else { OwnFile::default() };
        // Where the rest of an `&&` chain runs: it is only run if its `cd` was.
        let mut chained: Option<Rc<[Place]>> = None;
        for command in &script.commands {
            if !command.subshell {
                inner = None;
            }
            let shell = inner.as_ref().filter(|_| command.subshell).unwrap_or(&own);
            let here = chained.as_ref().unwrap_or(shell).clone();
            if let Some(given) = script_given_to(command).filter(|_| depth < MAX_DEPTH) {
                self.read(&Script::parse(&given), &here, depth + 1);
            }
            if let Some(moved) = moved(&here, command, &file) {
                let shell = if is_certain(command) { moved.clone() } else { both(&moved, shell) };
                match command.subshell {
                    true => inner = Some(shell),
                    false => own = shell,
                }
                chained = Some(moved);
            }
            chained = chained.filter(|_| command.joint == Joint::And);
            self.known.insert(command.span, here);
        }
    }
}

/// Whether a `cd` moves all that follows: it is not skipped, and not in a shell or function of its own.
fn is_certain(command: &Command) -> bool {
    !command.conditional && !command.subshell && command.function.is_none()
}

/// Where a shell may be after a command that moves it.
fn moved(here: &[Place], command: &Command, file: &OwnFile) -> Option<Rc<[Place]>> {
    here.iter().map(|place| place.after(&command.words, file)).collect()
}

fn both(first: &[Place], second: &[Place]) -> Rc<[Place]> {
    let mut all = first.to_vec();
    all.extend(second.iter().filter(|place| !first.contains(place)).cloned());
    if all.len() > MAX_PLACES { Rc::new([Place::Unknown]) } else { all.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::shell::programs_of;
    use crate::source::text::Text;

    /// Where the last program of a script may run; `.` is where it was started, `?` is not known.
    fn last(script: &str) -> Vec<String> {
        let script = Script::of_text(&Text::new(script));
        let program = programs_of(&script).pop().expect("a program");
        let shown = |place: &Place| match place {
            Place::Start => ".".to_owned(),
            Place::In(folder) => folder.clone(),
            Place::Unknown => "?".to_owned(),
        };
        let own = OwnFile::default().run_by("bash", "/own/x.sh", &Text::new(""));
        Places::of(&script, &[Place::Start], own).at(program.span).iter().map(shown).collect()
    }

    #[test]
    fn a_shell_is_where_its_last_cd_led() {
        for (script, places) in [
            ("x", &["."][..]),
            ("cd /a && x", &["/a"]),
            ("cd /a; x", &["/a"]),
            ("cd -P -- /a/\ncd b\nx", &["/a/b"]),
            ("cd a && cd ../b && x", &["a/../b"]),
            ("(cd /a && x)", &["/a"]),
            ("sh -c 'cd /a && x'", &["/a"]),
            ("cd /a; sh <<E\ncd b\nx\nE\n", &["/a/b"]),
            ("sh -c 'cd /a'; x", &["."]),
            ("(cd /a && y); x", &["."]),
            ("cd /a | y; x", &["."]),
            ("if y; then cd /a && x; fi", &["/a"]),
            (r#"cd "$(dirname "$0")"; x"#, &["/own"]),
            ("cd -- \"${BASH_SOURCE%/*}/..\" || exit 1; x", &["/own/.."]),
        ] {
            assert_eq!(last(script), places, "{script}");
        }
    }

    #[test]
    fn what_may_be_skipped_leaves_both() {
        for (script, places) in [
            ("y && cd /a; x", &["/a", "."][..]),
            ("(cd /a; x)", &["/a", "."]),
            ("if y; then cd /a; fi; x", &["/a", "."]),
            ("cd; x", &["?"]),
            ("cd -; x", &["?"]),
            ("cd ~/a; x", &["?"]),
            ("cd $A; x", &["?"]),
            ("sh -c 'cd $(dirname $0); x'", &["?"]),
            ("pushd /a; x", &["?"]),
            ("cd $A; cd /b; x", &["/b"]),
            ("a && cd 1; a && cd 2; a && cd 3; x", &["?"]),
        ] {
            assert_eq!(last(script), places, "{script}");
        }
    }
}
