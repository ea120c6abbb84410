//! How a Python distribution gets into an image: by name or through a requirements file, and in which `RUN`.
//!
//! Files are followed as pip reads them: from the working directory, taking `cd` and bind mounts into account, and
//! with their includes. What other installers do is not known.

use std::sync::Arc;

use crate::checks::Repository;
use crate::checks::dockerfile::Commands;
use crate::checks::dockerfile::image_files::{Held, ImageFiles, absolute, is_of_docker};
use crate::checks::dockerfile::install_doubts::doubt;
use crate::checks::dockerfile::mounts::{Mounted, mounted};
use crate::source::Span;
use crate::source::dockerfile::{Instruction, Run};
use crate::source::requirements::{Requirements, normalize};
use crate::source::shell::{
    PipInstall, PipUninstall, Place, Places, Program, Script, Word, basename, pip_installs,
    pip_uninstalls, programs_of, programs_with_substituted, required_commands, skipped_commands,
};

/// How many requirements files one `-r` is followed through.
const MAX_FILES: usize = 64;

/// Programs that install from their own kinds of files.
const OTHER_INSTALLERS: [&str; 12] = [
    "poetry",
    "pdm",
    "pipenv",
    "conda",
    "mamba",
    "micromamba",
    "make",
    "pip-sync",
    "pipx",
    "pixi",
    "rye",
    "hatch",
];

/// Programs that make no file that pip could read.
const MAKING_NONE: [&str; 20] = [
    ":", "addgroup", "adduser", "apk", "apt", "apt-get", "cd", "chmod", "chown", "echo", "export",
    "false", "groupadd", "mkdir", "printf", "rm", "set", "true", "useradd", "usermod",
];

/// How a distribution gets into an image.
pub(in crate::checks) enum Installation {
    /// Through these commands, by index.
    By(Vec<usize>),
    /// Not at all; where that is best reported, and why.
    Nothing { at: Option<Span>, because: String, cause: Cause },
    /// Unknown.
    Unknown { at: Span, because: String },
}

/// What keeps a distribution from being installed, which decides what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::checks) enum Cause {
    /// Nothing names it.
    Unnamed,
    /// A file is not there.
    Absent,
    /// It would be installed, but `--dry-run` keeps pip from it.
    Dry,
    /// It is installed, and removed.
    Removed,
}

/// The result of one `pip install`.
enum Answer {
    Installs,
    /// Does not install it, for a reason worth reporting.
    Misses(String),
    /// Does not install it, for a file is not there.
    Absent(String),
    /// Would install it, but a file is not there, at which pip stops, and the build with it.
    Stops(String),
    /// Only tells that it would install it.
    Dry(String),
    Unknown(String),
    Not,
}

/// A removal of the distribution, after which nothing installs it.
struct Removed {
    at: Span,
    is_certain: bool,
}

/// Looks for the distribution among the commands of a stage.
pub(in crate::checks) fn installation(
    repository: &Repository<'_>,
    files: &ImageFiles<'_, '_, '_, '_>,
    commands: &[Commands<'_>],
    distribution: &str,
) -> Installation {
    let search = Search { repository, files, commands, distribution };
    let (mut by, mut missed, mut unknown) = (Vec::new(), None, None);
    let mut removed: Option<Removed> = None;
    let nothing = |(at, because, cause): (Span, String, Cause)| Installation::Nothing {
        at: Some(at),
        because,
        cause,
    };
    for (index, command) in commands.iter().enumerate() {
        let at = command.instruction.span;
        for (script, places) in command.scripts.iter().zip(&command.places) {
            let installs = pip_installs(script);
            let mut removals = search.removals(script).into_iter().peekable();
            let answers = installs
                .iter()
                .map(|install| (Some(install), search.pip(index, (script, places), install)));
            for (install, answer) in answers.chain([(None, other_installer(script))]) {
                let is_before = |removal: &PipUninstall| {
                    install.is_none_or(|install| removal.span.start < install.span.start)
                };
                while let Some(removal) = removals.next_if(is_before) {
                    let is_certain = removes(command, script, (&installs, &removal));
                    removed = (!by.is_empty()).then_some(Removed { at, is_certain });
                }
                match answer {
                    Answer::Installs => {
                        removed = None;
                        if by.last() != Some(&index) {
                            by.push(index);
                        }
                    }
                    Answer::Misses(because) => {
                        missed.get_or_insert((at, because, Cause::Unnamed));
                    }
                    Answer::Absent(because) => {
                        missed.get_or_insert((at, because, Cause::Absent));
                    }
                    Answer::Dry(because) => {
                        missed.get_or_insert((at, because, Cause::Dry));
                    }
                    Answer::Stops(because) => return nothing((at, because, Cause::Absent)),
                    Answer::Unknown(because) => {
                        unknown.get_or_insert((at, because));
                    }
                    Answer::Not => {}
                }
            }
        }
    }
    let unseen = commands.iter().find_map(|run| Some((run.instruction.span, run.unseen.clone()?)));
    match removed {
        // What is not known may install it again.
        Some(Removed { at, is_certain: true }) if unknown.is_none() && unseen.is_none() => {
            return nothing((at, "it is removed here".to_owned(), Cause::Removed));
        }
        Some(Removed { at, .. }) => {
            let because = "it may be removed here".to_owned();
            return Installation::Unknown { at, because };
        }
        None if !by.is_empty() => return Installation::By(by),
        None => {}
    }
    if let Some((at, because)) = unknown {
        return Installation::Unknown { at, because };
    }
    if let Some(missed) = missed {
        return nothing(missed);
    }
    match unseen {
        Some((at, because)) => Installation::Unknown { at, because },
        None => Installation::Nothing {
            at: None,
            because: "no RUN of the image installs it".to_owned(),
            cause: Cause::Unnamed,
        },
    }
}

/// Whether a removal takes away what a RUN's own script installs before, in any run that does not fail.
fn removes(
    command: &Commands<'_>,
    script: &Script,
    (installs, removal): (&[PipInstall], &PipUninstall),
) -> bool {
    let own = command.scripts.first().is_some_and(|first| std::ptr::eq(first, script));
    // Another pip may be that of another environment.
    let is_same = |install: &PipInstall| install.program.as_str() == removal.program.as_str();
    own && removal.asks_no_one
        && !removal.program.dynamic
        && !installs.is_empty()
        && installs.iter().all(is_same)
        && required_commands(script).contains(&removal.span)
        && !skipped_commands(script).contains(&removal.span)
}

fn other_installer(script: &Script) -> Answer {
    for program in programs_of(script) {
        let name = program.name();
        let first = program.arguments.first().map(|word| word.as_str()).unwrap_or_default();
        let other = OTHER_INSTALLERS.contains(&name)
            || (name == "uv" && matches!(first, "sync" | "add" | "tool"))
            || (program.dynamic && first == "install")
            || (name == "xargs" && program.arguments.iter().any(|word| is_pip(word.as_str())));
        if other {
            return Answer::Unknown(format!("what `{name} {first}` installs is not known"));
        }
    }
    Answer::Not
}

/// Whether a word names what installs distributions.
fn is_pip(word: &str) -> bool {
    matches!(basename(word), "pip" | "pip3" | "uv")
}

struct Search<'s, 'd, 'c, 'r, 'a> {
    repository: &'s Repository<'a>,
    files: &'s ImageFiles<'d, 'c, 'r, 'a>,
    commands: &'s [Commands<'s>],
    distribution: &'s str,
}

impl Search<'_, '_, '_, '_, '_> {
    /// What an install of the RUN of this number does.
    fn pip(
        &self,
        run: usize,
        (script, places): (&Script, &Places),
        install: &PipInstall,
    ) -> Answer {
        let Some(command) = self.commands.get(run) else { return Answer::Not };
        let here = places.at(install.span);
        let mut answer = Answer::Not;
        let mut installs = false;
        let mut absent = None;
        for word in &install.requirements {
            match self.by_name(word.as_str(), word.dynamic) {
                Answer::Installs => installs = true,
                Answer::Not => {}
                other => answer = other,
            }
        }
        for word in &install.requirement_files {
            let found = match places.own().value(word) {
                Some(file) => self.by_file_in(command, here, &file),
                None => {
                    Answer::Unknown(format!("which file `-r {}` names is not known", word.as_str()))
                }
            };
            match found {
                Answer::Installs => installs = true,
                Answer::Not => {}
                Answer::Absent(because) => {
                    absent = Some((word, because.clone()));
                    answer = Answer::Absent(because);
                }
                other => answer = other,
            }
        }
        if !installs {
            return answer;
        }
        if install.is_dry {
            return Answer::Dry("`--dry-run` keeps pip from installing it".to_owned());
        }
        let of_run = (command, script, places);
        if let Some(why) = doubt(self.files, self.commands, of_run, install) {
            return Answer::Unknown(why);
        }
        match absent.filter(|(file, _)| self.lacks(run, script, file.as_str())) {
            Some((_, because)) if required_commands(script).contains(&install.span) => {
                Answer::Stops(because)
            }
            Some((_, because)) => Answer::Unknown(format!(
                "{because}, at which pip stops; but the RUN may go on without it"
            )),
            None => Answer::Installs,
        }
    }

    /// The commands of a script that remove the distribution.
    fn removals(&self, script: &Script) -> Vec<PipUninstall> {
        let wanted = normalize(self.distribution);
        let is_it = |word: &Word| !word.dynamic && normalize(word.as_str()) == wanted;
        let removals = pip_uninstalls(script).into_iter();
        removals.filter(|removal| removal.names.iter().any(is_it)).collect()
    }

    /// Whether the pip of a RUN certainly does not find a file: nothing before it can have made that file.
    fn lacks(&self, run: usize, script: &Script, file: &str) -> bool {
        let Some((command, before)) =
            self.commands.get(..=run).and_then(|commands| commands.split_last())
        else {
            return false;
        };
        let own = command.scripts.first().is_some_and(|first| std::ptr::eq(first, script));
        let writes = |script: &Script| {
            let installs = pip_installs(script);
            let makes = |program: &Program| {
                !MAKING_NONE.contains(&program.name())
                    && !installs.iter().any(|install| install.span == program.span)
            };
            programs_with_substituted(script).iter().any(makes)
                || script
                    .written
                    .iter()
                    .any(|word| word.dynamic || basename(word.as_str()) == basename(file))
        };
        let may_make =
            |command: &Commands<'_>| command.unseen.is_some() || command.scripts.iter().any(writes);
        own && is_of_docker(self.files.view) && !before.iter().chain([command]).any(may_make)
    }

    fn by_name(&self, requirement: &str, dynamic: bool) -> Answer {
        let Some(name) = name_in_index(requirement) else {
            let egg = requirement.split_once("#egg=").map(|(_, egg)| egg);
            if egg.is_some_and(|egg| normalize(egg) == normalize(self.distribution)) {
                return Answer::Installs;
            }
            let shown = if dynamic { "names is" } else { "brings is" };
            return Answer::Unknown(format!("what `{requirement}` {shown} not known"));
        };
        if normalize(name) == normalize(self.distribution) { Answer::Installs } else { Answer::Not }
    }

    /// What a file brings that pip searches for in one of these places.
    fn by_file_in(&self, command: &Commands<'_>, places: &[Place], named: &str) -> Answer {
        let mut answers = places.iter().map(|place| self.by_file(command, place, named));
        let Some(mut found) = answers.next() else { return Answer::Not };
        // Where it is only in one of them, that is where pip finds it, or the build would fail.
        let rank = |answer: &Answer| match answer {
            Answer::Installs => 0,
            Answer::Unknown(_) => 1,
            Answer::Misses(_) => 2,
            _ => 3,
        };
        for answer in answers {
            if rank(&answer) < rank(&found) {
                found = answer;
            }
        }
        found
    }

    fn by_file(&self, command: &Commands<'_>, place: &Place, named: &str) -> Answer {
        let run = command.instruction;
        let workdir = self.files.workdir_at(run.span.start);
        let Some(first) = place.path(named).and_then(|path| absolute(workdir, &path)) else {
            return Answer::Unknown(format!("where `{named}` is searched for is not known"));
        };
        let mut waiting = vec![(first, None::<String>)];
        let mut seen: Vec<String> = Vec::new();
        let mut answer = Answer::Not;
        while let Some((path, included_by)) = waiting.pop() {
            if seen.contains(&path) || seen.len() >= MAX_FILES {
                continue;
            }
            seen.push(path.clone());
            let requirements = match self.read(command.run, run, &path) {
                Ok(requirements) => requirements,
                Err(other) => {
                    let by = included_by.map(|by| format!(", which `{by}` includes,"));
                    let by = by.unwrap_or_default();
                    answer = match other {
                        Answer::Absent(why) => Answer::Absent(format!("`{path}`{by} {why}")),
                        Answer::Unknown(why) => Answer::Unknown(format!("`{path}`{by} {why}")),
                        other => other,
                    };
                    continue;
                }
            };
            if requirements.named(self.distribution).next().is_some() {
                return Answer::Installs;
            }
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
            for include in requirements.includes() {
                let next = absolute(Some(&format!("{parent}/")), &include.value);
                waiting.extend(next.map(|next| (next, Some(path.clone()))));
            }
        }
        match answer {
            Answer::Not => Answer::Misses(format!("`{named}` does not list it")),
            answer => answer,
        }
    }

    /// The requirements at a path of the image, or why there are none.
    fn read(
        &self,
        run: &Run,
        place: &Instruction,
        path: &str,
    ) -> Result<Arc<Requirements>, Answer> {
        let workdir = self.files.workdir_at(place.span.start);
        match mounted(run, workdir, path) {
            Mounted::File(file) => {
                let listed = self.repository.requirements(&file);
                return listed
                    .ok_or_else(|| Answer::Absent("is mounted but does not exist".to_owned()));
            }
            Mounted::Unknown(why) => return Err(Answer::Unknown(why)),
            Mounted::Nothing => {}
        }
        match self.files.at(path, place.span.start) {
            Held::File(file) => self
                .repository
                .requirements(&file)
                .ok_or_else(|| Answer::Unknown(format!("is `{file}`, which cannot be read"))),
            Held::Inline(text) => Ok(Arc::new(Requirements::parse(&text))),
            Held::Excluded(file) => {
                Err(Answer::Absent(format!("is `{file}`, which .dockerignore excludes")))
            }
            Held::Nothing => Err(Answer::Absent("is not copied before the RUN".to_owned())),
            Held::Unknown(why) => Err(Answer::Unknown(format!("cannot be read: {why}"))),
        }
    }
}

/// The name under which a requirement is searched for in an index; `None` if it is a place, or known only when it runs.
pub(super) fn name_in_index(requirement: &str) -> Option<&str> {
    let end = requirement
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(requirement.len());
    let (name, rest) = requirement.split_at(end);
    let is_place = name.starts_with('.') || rest.starts_with(['/', ':', '+']);
    (!is_place && !name.is_empty()).then_some(name)
}
