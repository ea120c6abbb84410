//! What is known at an instruction: variables, the working directory, and which paths are
//! directories.
//!
//! Each stage has its own scope, and sees those of the stages it is built from.

use std::collections::{HashMap, HashSet};

use super::Evaluator;
use crate::source::dockerfile::expand::Lookup;
use crate::source::dockerfile::stage::join_path;
use crate::source::dockerfile::{Base, Known};
use crate::source::shell::{basename, is_shell};

/// The most bytes that all substituted values of a file may add up to.
const MAX_SUBSTITUTED_BYTES: usize = 1 << 22;

/// `PATH_MAX` of Linux; longer paths count as unknown, since relative ones grow with every
/// `WORKDIR`.
const MAX_PATH_BYTES: usize = 4096;

/// How many parent directories of a path are remembered.
const MAX_FOLDER_DEPTH: usize = 64;

/// What a stage itself declared.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) environment: HashMap<String, Option<String>>,
    pub(super) arguments: HashMap<String, Option<String>>,
    /// The last `WORKDIR`; the inner option is `None` if its path is unknown.
    pub(super) workdir: Option<Option<String>>,
    /// The program of the last `SHELL`.
    pub(super) shell: Option<String>,
    /// Paths known to be directories.
    folders: HashSet<String>,
}

impl Evaluator {
    /// Looks up a variable. `ENV` of the stage and its bases takes precedence over `ARG`, as in
    /// Docker.
    pub(super) fn lookup(&self, name: &str) -> Lookup {
        if self.substituted > MAX_SUBSTITUTED_BYTES {
            return Lookup::Unknown;
        }
        let chain = self.chain();
        for scope in &chain {
            match scope.environment.get(name) {
                Some(Some(value)) => return Lookup::Is(value.clone(), Known::Environment),
                // Set, but to an unknown value, so defaults do not apply.
                Some(None) => return Lookup::Unknown,
                None => {}
            }
        }
        for scope in &chain {
            match scope.arguments.get(name) {
                Some(Some(value)) => return Lookup::Is(value.clone(), Known::Argument),
                Some(None) => return Lookup::Unset(Known::Argument),
                None => {}
            }
        }
        Lookup::Unknown
    }

    /// Returns the scopes of the current stage and the stages it is built from, nearest first, or
    /// the global scope before the first stage.
    fn chain(&self) -> Vec<&Scope> {
        let Some(last) = self.file.stages.last() else {
            return self.scope.first().into_iter().collect();
        };
        let mut chain = Vec::new();
        let mut stage = Some(last);
        while let Some(current) = stage {
            chain.extend(self.scope.get(current.index + 1));
            stage = match current.from.base {
                Base::Stage(index) => self.file.stages.get(index),
                _ => None,
            };
        }
        chain
    }

    /// The working directory so far; `/` before any is set.
    fn workdir(&self) -> Option<String> {
        let set = self.chain().into_iter().find_map(|scope| scope.workdir.clone());
        set.unwrap_or_else(|| Some("/".to_owned()))
    }

    /// The program of the `SHELL` so far, if it is no shell of Unix.
    pub(super) fn interpreter(&self) -> Option<String> {
        let set = self.chain().into_iter().find_map(|scope| scope.shell.clone());
        set.filter(|program| !is_shell(basename(program)))
    }

    /// Makes a path absolute; `None` if the result is unknown.
    pub(super) fn absolute(&self, path: &str) -> Option<String> {
        let joined = join_path(self.workdir().as_deref(), path);
        joined.filter(|path| path.len() <= MAX_PATH_BYTES)
    }

    pub(super) fn is_folder(&self, path: &str) -> bool {
        path == "/" || self.chain().into_iter().any(|scope| scope.folders.contains(path))
    }

    /// Records a path and its parents as directories.
    pub(super) fn note_folder(&mut self, path: &str) {
        let Some(scope) = self.scope.last_mut() else { return };
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends.filter(|end| *end > 0).take(MAX_FOLDER_DEPTH) {
            scope.folders.insert(path.get(..end).unwrap_or_default().to_owned());
        }
    }
}
