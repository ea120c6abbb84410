//! What is known where an instruction stands: variables, the working directory, and which paths are folders.
//!
//! Each stage declares its own, and sees those of the stages that it is built from.

use std::collections::{HashMap, HashSet};

use super::Evaluator;
use crate::source::dockerfile::expand::Lookup;
use crate::source::dockerfile::stage::join_path;
use crate::source::dockerfile::{Base, Known};

/// What all substituted values of a file may hold together.
const MAX_SUBSTITUTED_BYTES: usize = 1 << 22;

/// Longer paths than Linux has are not known; relative ones grow with every `WORKDIR`.
const MAX_PATH_BYTES: usize = 4096;

/// Folders above a path that are remembered; paths that are deeper are no paths of people.
const MAX_FOLDER_DEPTH: usize = 64;

/// Variables that a stage itself declared.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) environment: HashMap<String, Option<String>>,
    pub(super) arguments: HashMap<String, Option<String>>,
    /// The last `WORKDIR`, inside: whether it is known.
    pub(super) workdir: Option<Option<String>>,
    /// Paths known to be folders.
    folders: HashSet<String>,
}

impl Evaluator {
    /// What a stage knows of a variable: `ENV` of it and its bases before `ARG`, as Docker has it.
    pub(super) fn lookup(&self, name: &str) -> Lookup {
        if self.substituted > MAX_SUBSTITUTED_BYTES {
            return Lookup::Unknown;
        }
        let chain = self.chain();
        for scope in &chain {
            match scope.environment.get(name) {
                Some(Some(value)) => return Lookup::Is(value.clone(), Known::Environment),
                // Set, to something unknown: not unset, so defaults do not apply.
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

    /// Scopes of the stage being read and the stages it is built from, nearest first; the global
    /// scope while no stage has begun.
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

    /// The working directory so far, `/` before any is set.
    fn workdir(&self) -> Option<String> {
        let set = self.chain().into_iter().find_map(|scope| scope.workdir.clone());
        set.unwrap_or_else(|| Some("/".to_owned()))
    }

    /// A path from the root; none when it is not known.
    pub(super) fn absolute(&self, path: &str) -> Option<String> {
        let joined = join_path(self.workdir().as_deref(), path);
        joined.filter(|path| path.len() <= MAX_PATH_BYTES)
    }

    pub(super) fn is_folder(&self, path: &str) -> bool {
        path == "/" || self.chain().into_iter().any(|scope| scope.folders.contains(path))
    }

    /// Notes that a path and what is above it are folders.
    pub(super) fn note_folder(&mut self, path: &str) {
        let Some(scope) = self.scope.last_mut() else { return };
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends.filter(|end| *end > 0).take(MAX_FOLDER_DEPTH) {
            scope.folders.insert(path.get(..end).unwrap_or_default().to_owned());
        }
    }
}
