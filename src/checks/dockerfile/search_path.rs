//! Where a stage of a Dockerfile searches for programs, and what its RUNs may put there.

use crate::checks::dockerfile::build_context::normal;
use crate::checks::dockerfile::image_files::{Held, ImageFiles, absolute, is_of_docker};
use crate::checks::dockerfile::installation::name_in_index;
use crate::source::dockerfile::{Action, Run, StageView};
use crate::source::requirements::{Entry, Requirements};
use crate::source::shell::{
    PipInstall, Program, Script, Word, basename, pip_installs, programs_with_substituted,
};

/// Where Linux images look for programs unless `PATH` says otherwise.
pub(super) const PROGRAM_FOLDERS: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// A program that many of Docker's own images have on `PATH`: those of databases, of `node`, and others.
const OF_BASES: &str = "docker-entrypoint.sh";

/// Programs that put no program anywhere, apart from what the shell writes for them.
const PLACING_NONE: [&str; 38] = [
    ":", "[", "[[", "addgroup", "adduser", "cat", "cd", "chgrp", "chmod", "chown", "command",
    "deluser", "dos2unix", "echo", "exit", "export", "false", "grep", "groupadd", "groupmod", "id",
    "ldconfig", "ls", "mkdir", "printf", "pwd", "rm", "rmdir", "sed", "set", "test", "true",
    "umask", "unset", "useradd", "userdel", "usermod", "which",
];

/// Of these, those that leave a program as it is even where they name it.
const KEEPING: [&str; 8] = ["chmod", "chown", "cat", "ls", "test", "[", "sed", "dos2unix"];

/// Programs that install what a system packs. Its programs have no name with an ending, such as `start.sh`.
const OF_SYSTEMS: [&str; 7] = ["apk", "apt", "apt-get", "dnf", "microdnf", "tdnf", "yum"];

/// The folders in which programs are searched for.
pub(super) struct SearchPath {
    /// Those that are known, not in order.
    pub(super) folders: Vec<String>,
    /// Whether these are all.
    pub(super) is_known: bool,
}

impl SearchPath {
    /// What the ENVs of a stage make of `PATH`. An image that is not one of Docker's own may have set it before.
    pub(super) fn of(view: StageView<'_>) -> Self {
        let mut folders: Vec<String> = PROGRAM_FOLDERS.map(str::to_owned).to_vec();
        let mut is_known = is_of_docker(view);
        let pairs = view.instructions().filter_map(|instruction| match &instruction.action {
            Action::Env(pairs) => Some(pairs),
            _ => None,
        });
        for pair in pairs.flatten().filter(|pair| pair.name == "PATH") {
            let written = pair.value.text.as_deref().unwrap_or(&pair.value.raw);
            let parts: Vec<&str> = written.trim_matches(['"', '\'']).split(':').collect();
            let is_former = |part: &&str| matches!(*part, "$PATH" | "${PATH}");
            if !parts.iter().any(is_former) {
                folders.clear();
                is_known = true;
            }
            for part in parts.into_iter().filter(|part| !is_former(part)) {
                is_known &= part.starts_with('/') && !part.contains('$');
                folders.push(format!("/{}", normal(part)));
            }
        }
        Self { folders, is_known }
    }

    /// Whether a RUN may put a program of this name into one of the folders. Certain is only what is known to put none
    /// there: what else a program does, such as `make install`, is not seen.
    pub(super) fn may_get(&self, files: &ImageFiles<'_, '_, '_, '_>, name: &str) -> bool {
        let mut runs = files.view.runs();
        name == OF_BASES
            || runs.any(|(instruction, run)| {
                let workdir = files.workdir_at(instruction.span.start);
                let at = RunAt { files, workdir, before: instruction.span.start };
                self.may_get_from(&at, run, name)
            })
    }

    fn may_get_from(&self, at: &RunAt<'_, '_, '_, '_, '_>, run: &Run, name: &str) -> bool {
        let script = run.script();
        let is_unread = run.interpreter.is_some() && script == Script::default();
        if is_unread || script.unterminated {
            return true;
        }
        let installs = pip_installs(&script);
        let may_place = |program: &Program| {
            let install = installs.iter().find(|install| install.span == program.span);
            match (install, program.name()) {
                // A script of the repository may do anything.
                _ if program.dynamic || program.word.as_str().contains('/') => true,
                (Some(install), _) => !name.contains('.') || !at.is_of_index(install),
                (None, program_name) if OF_SYSTEMS.contains(&program_name) => {
                    !name.contains('.') || program.arguments.iter().any(is_place)
                }
                (None, program_name) => !PLACING_NONE.contains(&program_name),
            }
        };
        self.is_named(&script, name) || programs_with_substituted(&script).iter().any(may_place)
    }

    /// Whether a command names the program or one of the folders in a way in which it may put the program there.
    fn is_named(&self, script: &Script, name: &str) -> bool {
        let places = |text: &str| {
            basename(text) == name || self.folders.iter().any(|folder| text.starts_with(folder))
        };
        let by_command = script.commands.iter().chain(&script.substituted).any(|command| {
            let Some((program, arguments)) = command.words.split_first() else { return false };
            !KEEPING.contains(&program.as_str())
                && arguments.iter().any(|word| {
                    let text = word.as_str();
                    places(text) || text.contains(name)
                })
        });
        by_command || script.written.iter().any(|word| word.dynamic || places(word.as_str()))
    }
}

/// What a RUN finds in the image.
struct RunAt<'f, 'd, 'c, 'r, 'a> {
    files: &'f ImageFiles<'d, 'c, 'r, 'a>,
    workdir: Option<&'d str>,
    /// Where it begins in the Dockerfile.
    before: usize,
}

impl RunAt<'_, '_, '_, '_, '_> {
    /// Whether an install takes nothing but distributions of an index: a local project may have any program.
    fn is_of_index(&self, install: &PipInstall) -> bool {
        install.requirements.iter().all(|word| is_in_index(word.as_str()))
            && install.requirement_files.iter().all(|file| self.lists_index_only(file))
    }

    fn lists_index_only(&self, file: &Word) -> bool {
        let path = absolute(self.workdir, file.as_str()).filter(|_| !file.dynamic);
        let text = match path.map(|path| self.files.at(&path, self.before)) {
            Some(Held::File(file)) => self.files.context.text(&file),
            Some(Held::Inline(text)) => Some(text),
            _ => None,
        };
        let of_index = |entry: &Entry| match entry {
            Entry::Requirement(requirement) => requirement.url.is_none(),
            Entry::Constraint(_) | Entry::Option(_) => true,
            Entry::Include(_) | Entry::Editable(_) | Entry::Location(_) => false,
        };
        text.is_some_and(|text| Requirements::parse(&text).entries.iter().all(of_index))
    }
}

/// Whether a requirement is searched for in an index only: it is no place, no URL and no file of a distribution.
fn is_in_index(requirement: &str) -> bool {
    let is_file = [".whl", ".zip", ".gz"].iter().any(|end| requirement.ends_with(end));
    name_in_index(requirement).is_some() && !is_file && !requirement.contains('@')
}

/// Whether an argument is a file or a URL rather than an option or the name of a package.
fn is_place(word: &Word) -> bool {
    !word.as_str().starts_with('-') && word.as_str().contains('/')
}
