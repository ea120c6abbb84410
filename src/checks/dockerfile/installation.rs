//! How a Python distribution gets into an image: by name or through a requirements file, and in which `RUN`.
//!
//! Files are followed as pip reads them: from the working directory, taking `cd` and bind mounts into account, and
//! with their includes. What other installers do is not known.

use std::sync::Arc;

use crate::checks::Repository;
use crate::checks::dockerfile::Commands;
use crate::checks::dockerfile::image_files::{Held, ImageFiles, absolute, join};
use crate::source::Span;
use crate::source::dockerfile::{Instruction, Run};
use crate::source::requirements::{Requirements, normalize};
use crate::source::shell::{PipInstall, Script, basename, pip_installs, programs_of};

/// How many requirements files one `-r` is followed through.
const MAX_FILES: usize = 64;

/// Programs that install from their own kinds of files.
const OTHER_INSTALLERS: [&str; 6] = ["poetry", "pdm", "pipenv", "conda", "mamba", "micromamba"];

/// How a distribution gets into an image.
pub(in crate::checks) enum Installation {
    /// Through these commands, by index.
    By(Vec<usize>),
    /// Not at all; where that is best reported, and why.
    Nothing { at: Option<Span>, because: String },
    /// Unknown.
    Unknown { at: Span, because: String },
}

/// The result of one `pip install`.
enum Answer {
    Installs,
    /// Does not install it, for a reason worth reporting.
    Misses(String),
    Unknown(String),
    Not,
}

/// Looks for the distribution among the commands of a stage.
pub(in crate::checks) fn installation(
    repository: &Repository<'_>,
    files: &ImageFiles<'_, '_, '_, '_>,
    commands: &[Commands<'_>],
    distribution: &str,
) -> Installation {
    let search = Search { repository, files, distribution };
    let (mut by, mut missed, mut unknown) = (Vec::new(), None, None);
    for (index, command) in commands.iter().enumerate() {
        for script in &command.scripts {
            let installs = pip_installs(script);
            let answers = installs.iter().map(|install| search.pip(command, script, install));
            for answer in answers.chain([other_installer(script)]) {
                match answer {
                    Answer::Installs if by.last() != Some(&index) => by.push(index),
                    Answer::Misses(because) => {
                        missed.get_or_insert((command.instruction.span, because));
                    }
                    Answer::Unknown(because) => {
                        unknown.get_or_insert((command.instruction.span, because));
                    }
                    Answer::Installs | Answer::Not => {}
                }
            }
        }
    }
    if !by.is_empty() {
        return Installation::By(by);
    }
    if let Some((at, because)) = unknown {
        return Installation::Unknown { at, because };
    }
    match missed {
        Some((at, because)) => Installation::Nothing { at: Some(at), because },
        None => Installation::Nothing {
            at: None,
            because: "no RUN of the image installs it".to_owned(),
        },
    }
}

fn other_installer(script: &Script) -> Answer {
    for program in programs_of(script) {
        let name = program.name();
        let first = program.arguments.first().map(|word| word.as_str()).unwrap_or_default();
        let other = OTHER_INSTALLERS.contains(&name)
            || (name == "uv" && matches!(first, "sync" | "add" | "tool"));
        if other {
            return Answer::Unknown(format!("what `{name} {first}` installs is not known"));
        }
    }
    Answer::Not
}

struct Search<'s, 'd, 'c, 'r, 'a> {
    repository: &'s Repository<'a>,
    files: &'s ImageFiles<'d, 'c, 'r, 'a>,
    distribution: &'s str,
}

impl Search<'_, '_, '_, '_, '_> {
    fn pip(&self, command: &Commands<'_>, script: &Script, install: &PipInstall) -> Answer {
        let mut answer = Answer::Not;
        for word in &install.requirements {
            match self.by_name(word.as_str(), word.dynamic) {
                Answer::Installs => return Answer::Installs,
                Answer::Not => {}
                other => answer = other,
            }
        }
        for word in &install.requirement_files {
            let found = if word.dynamic {
                Answer::Unknown(format!("which file `-r {}` names is not known", word.as_str()))
            } else {
                self.by_file(command, script, install, word.as_str())
            };
            match found {
                Answer::Installs => return Answer::Installs,
                Answer::Not => {}
                other => answer = other,
            }
        }
        answer
    }

    fn by_name(&self, requirement: &str, dynamic: bool) -> Answer {
        let end = requirement
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
            .unwrap_or(requirement.len());
        let (name, rest) = requirement.split_at(end);
        let location = name.starts_with('.') || rest.starts_with(['/', ':', '+']);
        if location || name.is_empty() {
            let egg = requirement.split_once("#egg=").map(|(_, egg)| egg);
            if egg.is_some_and(|egg| normalize(egg) == normalize(self.distribution)) {
                return Answer::Installs;
            }
            let shown = if dynamic { "names is" } else { "brings is" };
            return Answer::Unknown(format!("what `{requirement}` {shown} not known"));
        }
        if normalize(name) == normalize(self.distribution) { Answer::Installs } else { Answer::Not }
    }

    fn by_file(
        &self,
        command: &Commands<'_>,
        script: &Script,
        install: &PipInstall,
        named: &str,
    ) -> Answer {
        let place = command.instruction;
        let workdir = self.files.workdir_at(place.span.start).map(str::to_owned);
        let folder = folder_of(script, install.span, workdir);
        let Some(first) = absolute(folder.as_deref(), named) else {
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
            let requirements = match self.read(command.run, place, &path) {
                Ok(requirements) => requirements,
                Err(other) => {
                    let by = included_by.map(|by| format!(", which `{by}` includes,"));
                    let by = by.unwrap_or_default();
                    answer = match other {
                        Answer::Misses(why) => Answer::Misses(format!("`{path}`{by} {why}")),
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
        if let Some(file) = mounted(run, workdir, path) {
            let listed = self.repository.requirements(&file);
            return listed
                .ok_or_else(|| Answer::Misses("is mounted but does not exist".to_owned()));
        }
        match self.files.at(path, place.span.start) {
            Held::File(file) => self
                .repository
                .requirements(&file)
                .ok_or_else(|| Answer::Unknown(format!("is `{file}`, which cannot be read"))),
            Held::Inline(text) => Ok(Arc::new(Requirements::parse(&text))),
            Held::Excluded(file) => {
                Err(Answer::Misses(format!("is `{file}`, which .dockerignore excludes")))
            }
            Held::Nothing => Err(Answer::Misses("is not copied before the RUN".to_owned())),
            Held::Unknown(why) => Err(Answer::Unknown(format!("cannot be read: {why}"))),
        }
    }
}

/// The folder in which a command of a script runs: the working directory, changed by each earlier `cd`.
fn folder_of(script: &Script, command: Span, mut folder: Option<String>) -> Option<String> {
    for earlier in script.commands.iter().filter(|earlier| earlier.span.end <= command.start) {
        let [program, target] = earlier.words.as_slice() else { continue };
        if basename(program.as_str()) == "cd" {
            folder = match target.dynamic {
                true => None,
                false => absolute(folder.as_deref(), target.as_str()),
            };
        }
    }
    folder
}

/// The file of the context that a bind mount of a `RUN` puts at a path.
fn mounted(run: &Run, workdir: Option<&str>, path: &str) -> Option<String> {
    let mounts = run.flags.iter().filter(|flag| flag.name == "mount");
    mounts.filter_map(|flag| flag.value.as_ref()).find_map(|value| {
        let field = |names: &[&str]| {
            value.as_str().split(',').find_map(|field| {
                let (name, value) = field.split_once('=')?;
                names.contains(&name).then_some(value)
            })
        };
        // A mount without a type is a `bind` mount.
        if field(&["type"]).unwrap_or("bind") != "bind" || field(&["from"]).is_some() {
            return None;
        }
        let source = field(&["source", "src"]).unwrap_or_default();
        let target = absolute(workdir, field(&["target", "dst", "destination"])?)?;
        if target == path {
            return Some(crate::checks::dockerfile::build_context::normal(source));
        }
        let inside = path.strip_prefix(target.trim_end_matches('/'))?.strip_prefix('/')?;
        Some(crate::checks::dockerfile::build_context::normal(&join(source, inside)))
    })
}
