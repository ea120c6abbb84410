//! The final state of a stage, including the stages it is built from.

mod copied;

use std::collections::BTreeMap;

use super::{
    Action, Argument, Base, CommandLine, Copy, Dockerfile, From, ImageReference, Instruction, Pair,
    Run, Stage, Value,
};
use crate::source::shell::{self, By, Called, Entry, Reach, Script};
use crate::source::text::{Span, Text};
pub use copied::Copied;
use copied::is_pattern;

/// The search path of Linux images without `ENV PATH`.
const PATH: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The most context paths that are considered for one path of the image.
const MAX_CANDIDATES: usize = 64;

/// The most directories of `PATH` that are searched for a program; each means a walk through all
/// copies.
const MAX_PROGRAM_FOLDERS: usize = 32;

/// A stage together with the stages it is built from.
#[derive(Clone, Copy, Debug)]
pub struct StageView<'d> {
    file: &'d Dockerfile,
    index: usize,
}

impl<'d> StageView<'d> {
    pub(super) fn new(file: &'d Dockerfile, index: usize) -> Self {
        Self { file, index }
    }

    /// Returns the zero-based index of the stage.
    #[must_use]
    pub fn index(self) -> usize {
        self.index
    }

    /// Returns the stages from the first one it is built from up to itself.
    #[must_use]
    pub fn chain(self) -> Vec<&'d Stage> {
        let mut chain = Vec::new();
        let mut stage = self.file.stages.get(self.index);
        // A base always precedes its stage, so this terminates.
        while let Some(current) = stage {
            chain.push(current);
            stage = match current.from.base {
                Base::Stage(index) if index < current.index => self.file.stages.get(index),
                _ => None,
            };
        }
        chain.reverse();
        chain
    }

    /// Returns the `FROM` that names the external image.
    #[must_use]
    pub fn from(self) -> Option<&'d From> {
        self.chain().first().map(|stage| &stage.from)
    }

    /// Returns the external image; `None` for `scratch` or if unknown.
    #[must_use]
    pub fn base_image(self) -> Option<&'d ImageReference> {
        match &self.from()?.base {
            Base::Image(image) => Some(image),
            _ => None,
        }
    }

    /// Returns all instructions of this stage and its bases, in order.
    pub fn instructions(self) -> impl DoubleEndedIterator<Item = &'d Instruction> {
        self.chain().into_iter().flat_map(Stage::all_instructions)
    }

    /// Returns its `RUN` instructions.
    pub fn runs(self) -> impl Iterator<Item = (&'d Instruction, &'d Run)> {
        self.instructions().filter_map(|instruction| match &instruction.action {
            Action::Run(run) => Some((instruction, run)),
            _ => None,
        })
    }

    /// Returns its `COPY` and `ADD` instructions.
    pub fn copies(self) -> impl Iterator<Item = (&'d Instruction, &'d Copy)> {
        self.instructions().filter_map(|instruction| match &instruction.action {
            Action::Copy(copy) => Some((instruction, copy.as_ref())),
            _ => None,
        })
    }

    /// Returns the final environment variables, each with the pair that last set it.
    #[must_use]
    pub fn environment(self) -> BTreeMap<&'d str, &'d Pair> {
        self.pairs(|action| match action {
            Action::Env(pairs) => Some(pairs),
            _ => None,
        })
    }

    /// Returns the final labels, each with the pair that last set it.
    #[must_use]
    pub fn labels(self) -> BTreeMap<&'d str, &'d Pair> {
        self.pairs(|action| match action {
            Action::Label(pairs) => Some(pairs),
            _ => None,
        })
    }

    fn pairs(
        self,
        select: impl Fn(&'d Action) -> Option<&'d Vec<Pair>>,
    ) -> BTreeMap<&'d str, &'d Pair> {
        self.instructions()
            .filter_map(|instruction| select(&instruction.action))
            .flatten()
            .map(|pair| (pair.name.as_str(), pair))
            .collect()
    }

    /// Returns the final working directory: `/` if none is set, `None` if unknown.
    #[must_use]
    pub fn workdir(self) -> Option<&'d str> {
        let last = self.instructions().rev().find_map(|instruction| match &instruction.action {
            Action::Workdir(_, absolute) => Some(absolute.as_deref()),
            _ => None,
        });
        last.unwrap_or(Some("/"))
    }

    /// Returns the last `USER`.
    #[must_use]
    pub fn user(self) -> Option<&'d Value> {
        self.instructions().rev().find_map(|instruction| match &instruction.action {
            Action::User(value) => Some(value),
            _ => None,
        })
    }

    /// Returns the effective `ENTRYPOINT`; `None` if the external image decides.
    #[must_use]
    pub fn entrypoint(self) -> Option<(&'d Instruction, &'d CommandLine)> {
        self.instructions().rev().find_map(|instruction| match &instruction.action {
            Action::Entrypoint(command) => Some((instruction, command)),
            _ => None,
        })
    }

    /// Returns the effective `CMD`. An `ENTRYPOINT` resets the `CMD` of the stages below it.
    #[must_use]
    pub fn cmd(self) -> Option<(&'d Instruction, &'d CommandLine)> {
        for stage in self.chain().into_iter().rev() {
            let mut resets = false;
            for instruction in stage.all_instructions().rev() {
                match &instruction.action {
                    Action::Cmd(command) => return Some((instruction, command)),
                    Action::Entrypoint(_) => resets = true,
                    _ => {}
                }
            }
            if resets {
                return None;
            }
        }
        None
    }

    /// Returns the build arguments visible to an instruction of this stage: those declared before
    /// it, in this stage or a base stage, from which Docker inherits them. The latest declaration
    /// of a name comes last.
    #[must_use]
    pub fn arguments_visible_at(self, place: Span) -> Vec<&'d Argument> {
        self.instructions()
            .filter_map(|instruction| match &instruction.action {
                Action::Arg(arguments) => Some(arguments),
                _ => None,
            })
            .flatten()
            .filter(|argument| argument.span.end <= place.start)
            .collect()
    }

    /// Returns what is copied from the build context, in order, except for unknown sources.
    #[must_use]
    pub fn copied(self) -> Vec<Copied<'d>> {
        let mut copied = Vec::new();
        for (instruction, copy) in self.copies().filter(|(_, copy)| copy.from.is_none()) {
            let Some(destination) = &copy.absolute else { continue };
            for source in &copy.sources {
                let Some(text) = source.text.as_deref() else { continue };
                if copy.add && (text.contains("://") || text.starts_with("git@")) {
                    continue;
                }
                let normal = join_path(Some("/"), text).unwrap_or_default();
                copied.push(Copied {
                    source: normal.trim_start_matches('/').to_owned(),
                    source_span: source.span,
                    destination,
                    into_folder: copy.into_folder || is_pattern(text),
                    span: instruction.span,
                });
            }
        }
        copied
    }

    /// Returns the context paths that may end up at a path of the image, the last copied first.
    /// Only the context knows whether they exist and which are directories.
    #[must_use]
    pub fn context_paths_of(self, image_path: &str) -> Vec<String> {
        let Some(path) = join_path(self.workdir(), image_path) else { return Vec::new() };
        let mut found: Vec<String> = Vec::new();
        for copied in self.copied().iter().rev() {
            for candidate in copied.candidates(&path) {
                if found.len() < MAX_CANDIDATES && !found.contains(&candidate) {
                    found.push(candidate);
                }
            }
        }
        found
    }

    /// Whether a file of the build context may end up at a path of the image.
    #[must_use]
    pub fn lands_at(self, context_path: &str, image_path: &str) -> bool {
        let wanted = join_path(Some("/"), context_path).unwrap_or_default();
        let wanted = wanted.trim_start_matches('/');
        self.context_paths_of(image_path).iter().any(|path| path == wanted)
    }

    /// Returns the content that a `COPY` here-document writes to a path of the image.
    #[must_use]
    pub fn inline_file(self, image_path: &str) -> Option<Text> {
        let path = join_path(self.workdir(), image_path)?;
        let mut found = None;
        for (_, copy) in self.copies() {
            let Some(destination) = &copy.absolute else { continue };
            for heredoc in &copy.heredocs {
                let into = format!("{}/{}", destination.trim_end_matches('/'), heredoc.name);
                if (!copy.into_folder && *destination == path) || into == path {
                    found = Some(Text::new(heredoc.body.as_str()));
                }
            }
        }
        found
    }

    /// Returns what a container starts: the entrypoint followed by the command; `None` if neither
    /// is set here.
    #[must_use]
    pub fn entry(self) -> Option<Entry> {
        let words = |command: &CommandLine| match command {
            CommandLine::Exec(words) => words.iter().map(|word| word.value.clone()).collect(),
            CommandLine::Shell(text) => {
                vec!["/bin/sh".to_owned(), "-c".to_owned(), text.as_str().to_owned()]
            }
        };
        let cmd = self.cmd().map(|(_, command)| command);
        match self.entrypoint().map(|(_, command)| command) {
            // With an entrypoint in shell form, CMD is ignored.
            Some(CommandLine::Shell(text)) => Some(Entry::Shell(text.as_str().to_owned())),
            Some(entrypoint) => {
                let mut all: Vec<String> = words(entrypoint);
                all.extend(cmd.map(words).unwrap_or_default());
                Some(Entry::Exec(all))
            }
            None => cmd.map(|command| Entry::Exec(words(command))),
        }
    }

    /// Whether a container of this image eventually runs `program`, directly or through scripts of
    /// the build context, whose texts `context_file` returns. At most `limit` scripts are read.
    #[must_use]
    pub fn reaches(
        self,
        context_file: &dyn Fn(&str) -> Option<Text>,
        program: &str,
        limit: usize,
    ) -> Reach {
        let Some(entry) = self.entry() else {
            let because = "neither ENTRYPOINT nor CMD is set".to_owned();
            return Reach::No { because };
        };
        let scripts = |path: &str, _: By| {
            self.script_at(path, context_file).map_or(Called::Nothing, Called::Script)
        };
        shell::reaches(&entry, &scripts, program, limit)
    }

    fn script_at(self, path: &str, context_file: &dyn Fn(&str) -> Option<Text>) -> Option<Text> {
        let mut places = Vec::new();
        if path.contains('/') {
            places.push(path.to_owned());
        } else {
            let set = self.environment().get("PATH").map(|pair| pair.value.raw.clone());
            let set = set.unwrap_or_default();
            let folders = set.split(':').filter(|folder| folder.starts_with('/'));
            let folders = folders.take(MAX_PROGRAM_FOLDERS).chain(PATH);
            places.extend(folders.map(|folder| format!("{folder}/{path}")));
            // `sh script` also looks in the working directory.
            places.push(format!("./{path}"));
        }
        places.iter().find_map(|place| {
            self.inline_file(place)
                .or_else(|| self.context_paths_of(place).iter().find_map(|file| context_file(file)))
        })
    }

    /// Returns the scripts of all `RUN` instructions, in order.
    #[must_use]
    pub fn scripts(self) -> Vec<(&'d Instruction, Script)> {
        self.runs().map(|(instruction, run)| (instruction, run.script())).collect()
    }
}

/// Joins `path` to `folder` and normalizes it: absolute, without `.`, `..` or a trailing slash.
/// Returns `None` if `path` is relative and `folder` unknown.
pub(super) fn join_path(folder: Option<&str>, path: &str) -> Option<String> {
    let folder = if path.starts_with('/') { "" } else { folder? };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}
