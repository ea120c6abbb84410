//! Versions in Dockerfiles: requirements of `pip install`, and the `ARG` and `ENV` variables that they use.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use pep440_rs::Version;

use super::places::{Bare, How, Place, asked};
use crate::checks::Repository;
use crate::source::dockerfile::{Action, CommandLine, Dockerfile, Run, Value};
use crate::source::requirements::{Requirements, normalize};
use crate::source::shell::{Script, Word, pip_installs};
use crate::source::{Span, Text};

/// The Dockerfiles of a repository: those that the shape names, and those named like one.
pub(in crate::campaign::changes) fn files(repository: &Repository<'_>) -> Vec<String> {
    let demanded = &repository.pack.manifest.demands.dockerfiles;
    let mut files: Vec<String> = demanded.iter().map(|demand| demand.path.clone()).collect();
    for path in repository.snapshot.entries.keys() {
        let name = path.file_name().to_ascii_lowercase();
        let is_one = name == "dockerfile"
            || name.starts_with("dockerfile.") && !name.ends_with(".dockerignore")
            || name.ends_with(".dockerfile");
        if is_one && !files.iter().any(|known| known == path.as_str()) {
            files.push(path.as_str().to_owned());
        }
    }
    files.retain(|path| repository.snapshot.entry(path).is_some());
    files
}

/// The files of the repository that `pip install` reads requirements or constraints from, found by the path in the
/// command or by the file name alone.
pub(super) fn listed(repository: &Repository<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for path in files(repository) {
        let Some(file) = repository.dockerfile(&path) else { continue };
        for instruction in file.stages.iter().flat_map(|stage| &stage.instructions) {
            let Action::Run(run) = &instruction.action else { continue };
            for install in pip_installs(&run.script()) {
                let named = install.requirement_files.iter().chain(&install.constraint_files);
                for word in named.filter(|word| !word.dynamic) {
                    let said = word.as_str().trim_start_matches("./");
                    let own = said.rsplit('/').next().unwrap_or_default();
                    let there = [said, own].into_iter().find(|path| repository.has(path));
                    found.extend(there.map(str::to_owned));
                }
            }
        }
    }
    found
}

/// The places in all Dockerfiles.
pub(super) fn places(
    repository: &Repository<'_>,
    distribution: &str,
    is_runtime: bool,
) -> Vec<Place> {
    let mut found = Vec::new();
    for path in files(repository) {
        let (Some(text), Some(file)) = (repository.text(&path), repository.dockerfile(&path))
        else {
            continue;
        };
        let reading = Reading { path: &path, text: &text, wanted: normalize(distribution) };
        let demands = &repository.pack.manifest.demands.dockerfiles;
        let mut names: BTreeSet<String> = demands
            .iter()
            .filter(|demand| demand.path == path)
            .filter(|demand| match &demand.installs {
                Some(installs) => normalize(installs) == reading.wanted,
                None => is_runtime,
            })
            .filter_map(|demand| demand.cache_key.as_ref().map(|key| key.arg.clone()))
            .collect();
        reading.installs(&file, &mut names, &mut found);
        reading.given(&file, &names, &mut found);
    }
    found
}

/// Whether a word of a RUN is in a script that is itself in quotes.
fn is_in_quotes(run: &Run, script: &Script, word: Span) -> bool {
    match &run.command {
        CommandLine::Exec(words) => words.iter().any(|outer| outer.span.contains(word)),
        CommandLine::Shell(_) => {
            let mut outer = script.commands.iter().flat_map(|command| &command.words);
            outer.any(|outer| outer.quoted && outer.span != word && outer.span.contains(word))
        }
    }
}

struct Reading<'r> {
    path: &'r str,
    text: &'r Text,
    wanted: String,
}

impl Reading<'_> {
    fn unset(&self, span: Span, why: impl Into<String>) -> Place {
        Place::unset(self.path, self.text, span, why)
    }

    /// The arguments of `pip install` that name the distribution; the variables that they expand are added to `names`.
    fn installs(&self, file: &Dockerfile, names: &mut BTreeSet<String>, found: &mut Vec<Place>) {
        let instructions = file.stages.iter().flat_map(|stage| &stage.instructions);
        for instruction in instructions {
            let Action::Run(run) = &instruction.action else { continue };
            let script = run.script();
            for word in pip_installs(&script).into_iter().flat_map(|install| install.requirements) {
                if normalize(name_of(word.as_str())) != self.wanted {
                    continue;
                }
                if word.dynamic {
                    names.extend(expanded(&script, word.span));
                } else {
                    found.push(self.of_word(&word, is_in_quotes(run, &script, word.span)));
                }
            }
        }
    }

    fn of_word(&self, word: &Word, is_in_quotes: bool) -> Place {
        let said = word.as_str();
        let raw = self.text.slice(word.span);
        let (base, bare) = if raw == said {
            (word.span.start, Some(Bare { span: word.span, is_in_quotes }))
        } else if [format!("\"{said}\""), format!("'{said}'")].iter().any(|it| it == raw) {
            (word.span.start + 1, None)
        } else {
            return self.unset(word.span, "it is written in pieces");
        };
        let read = Requirements::parse(&Text::new(said));
        let Some(requirement) = read.requirements().next() else {
            return self.unset(word.span, format!("`{said}` is not a requirement"));
        };
        if requirement.url.is_some() {
            return self.unset(word.span, "it is installed from a URL");
        }
        let asks = asked(requirement);
        let requirement = Box::new(requirement.clone());
        let how = How::Requirement { requirement, base, bare };
        Place::new(self.path, self.text, word.span, asks, how)
    }

    /// The values that `ARG` and `ENV` give to variables of these names.
    fn given(&self, file: &Dockerfile, names: &BTreeSet<String>, found: &mut Vec<Place>) {
        let mut value = |name: &str, value: &Value| {
            if names.contains(name) {
                found.extend(self.of_value(value));
            }
        };
        let arguments = file.global_arguments.iter();
        for argument in arguments {
            argument.default.iter().for_each(|default| value(&argument.name, default));
        }
        for instruction in file.stages.iter().flat_map(|stage| &stage.instructions) {
            match &instruction.action {
                Action::Arg(arguments) => {
                    for argument in arguments {
                        argument.default.iter().for_each(|default| value(&argument.name, default));
                    }
                }
                Action::Env(pairs) => pairs.iter().for_each(|pair| value(&pair.name, &pair.value)),
                _ => {}
            }
        }
    }

    /// A version written there literally. Values that come from the build or from other variables are set elsewhere.
    fn of_value(&self, value: &Value) -> Option<Place> {
        let said = value.text.as_deref().filter(|_| value.mentions.is_empty())?;
        if said.is_empty() {
            return None;
        }
        let Ok(version) = Version::from_str(said) else {
            return Some(self.unset(value.span, format!("`{said}` is not a version")));
        };
        let raw = self.text.slice(value.span);
        let span = if raw == said {
            value.span
        } else if [format!("\"{said}\""), format!("'{said}'")].iter().any(|it| it == raw) {
            Span::new(value.span.start + 1, value.span.end - 1)
        } else {
            return Some(self.unset(value.span, "it is written in pieces"));
        };
        let sign = if said.starts_with('v') { "v" } else { "" };
        let how = How::Version { version: version.clone(), span, sign };
        Some(Place::new(self.path, self.text, span, format!("=={version}"), how))
    }
}

fn name_of(requirement: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = requirement.find(|c| !is_name(c)).unwrap_or(requirement.len());
    requirement.get(..end).unwrap_or_default()
}

/// The names of the variables that a word expands.
fn expanded(script: &Script, word: Span) -> impl Iterator<Item = String> {
    let all = script.all_expansions().into_iter();
    all.filter(move |expansion| word.contains(expansion.span)).map(|expansion| expansion.name)
}
