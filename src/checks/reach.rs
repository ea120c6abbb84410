//! Which files of a repository are reachable.
//!
//! The search starts from what the shape knows and from Dockerfiles, workflows and tests. It follows COPY and ADD,
//! imports of sibling modules, words of scripts and workflows that name a file, includes of requirements files, and
//! document keys that name files. It errs on the side of "reached": `COPY . .` reaches everything in the build
//! context, and a word that merely looks like a file's name reaches that file.

mod mentions;
mod naming;
mod still_named;

pub use mentions::{Mention, mentions};
pub use still_named::{StillNamed, still_named};

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::ops::Bound;

use super::dockerfile::build_context::{BuildContext, Presence, is_pattern, normal};
use super::dockerfile::dockerfiles;
use super::{Found, Repository};
use crate::snapshot::{EntryKind, LinkTarget, RepoPath, link_target};
use crate::source::dockerfile::{Action, Dockerfile, Run};
use crate::source::named_files::path_words;
use crate::source::python::{DynamicImport, Import, Imported, Module};
use crate::source::requirements::Entry;

/// The paths that a COPY, an import, a script or a test reaches.
#[must_use]
pub fn reached(repository: &Repository<'_>) -> BTreeSet<String> {
    let mut walk = Walk::of(repository);
    for path in repository.snapshot.entries.keys() {
        if walk.is_known(path) {
            walk.reach(path.as_str());
        }
    }
    walk.modules_that_are_named();
    while let Some(path) = walk.waiting.pop_front() {
        walk.follow(&path);
    }
    walk.reached
}

/// The line of an import, and the files that it may mean.
type ImportOf = (u32, BTreeSet<String>);

/// The modules among these files, each with its imports.
fn imports<'p>(
    repository: &Repository<'_>,
    paths: impl Iterator<Item = &'p RepoPath>,
) -> Vec<(&'p RepoPath, Vec<ImportOf>)> {
    let mut walk = Walk::of(repository);
    let modules = paths.filter(|path| is_module(path.as_str()));
    modules.map(|path| (path, walk.imports_of(path))).collect()
}

/// Whether a file is one of Python.
fn is_module(path: &str) -> bool {
    path.ends_with(".py") || path.ends_with(".pyi")
}

struct Walk<'r, 'a> {
    repository: &'r Repository<'a>,
    reached: BTreeSet<String>,
    waiting: VecDeque<String>,
    dockerfiles: BTreeSet<&'r str>,
    /// Names of all files and folders: a word whose last part is not among them does not name anything here.
    names: HashSet<&'r str>,
    /// Whether files are read past the repository, which notes those that do not parse for the rule that reads them.
    is_silent: bool,
}

impl<'r, 'a> Walk<'r, 'a> {
    fn of(repository: &'r Repository<'a>) -> Self {
        let dockerfiles: BTreeSet<&str> = dockerfiles(repository).into_iter().collect();
        let paths = repository.snapshot.entries.keys();
        let names = paths.flat_map(|path| path.as_str().split('/')).collect();
        let (reached, waiting) = (BTreeSet::new(), VecDeque::new());
        Self { repository, reached, waiting, dockerfiles, names, is_silent: false }
    }

    /// Whether a path counts as reached without anything else referring to it.
    fn is_known(&self, path: &RepoPath) -> bool {
        let Repository { pack, profile, .. } = self.repository;
        let name = path.as_str();
        let workflows = &pack.manifest.demands.workflows.folders;
        pack.rule_for(name).is_some()
            || pack.expects_extra(name)
            || profile.permits(name)
            || profile.profile.expects.iter().any(|expected| expected == name)
            || self.dockerfiles.contains(name)
            || workflows.iter().any(|folder| is_below(folder, name))
            || may_be_a_test(path)
    }

    fn reach(&mut self, path: &str) {
        if self.repository.has(path) && self.reached.insert(path.to_owned()) {
            self.waiting.push_back(path.to_owned());
        }
    }

    /// Reaches a file, or everything below a folder, following links.
    fn reach_all(&mut self, context: &BuildContext<'_, '_>, path: &str) {
        self.reach_links(path);
        match context.find(path) {
            Presence::File(real) => self.reach(&real),
            Presence::Folder(real) => {
                for file in context.below(&real) {
                    if context.excluded(file.as_str()).is_none() {
                        self.reach(file.as_str());
                    }
                }
            }
            Presence::Nothing | Presence::Unknown(_) => {}
        }
    }

    /// Reaches the links that a path passes through.
    fn reach_links(&mut self, path: &str) {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            let prefix = path.get(..end).unwrap_or_default();
            let entry = self.repository.snapshot.entry(prefix);
            if entry.is_some_and(|entry| entry.kind == EntryKind::Link) {
                self.reach(prefix);
            }
        }
    }

    /// Reaches the modules that the shape or a variable of a Dockerfile names.
    fn modules_that_are_named(&mut self) {
        for adapter in &self.repository.pack.manifest.demands.python.adapters {
            self.reach(&adapter.path);
            let Some(named_by) = &adapter.named_by else { continue };
            let Some(file) = self.repository.dockerfile(&named_by.dockerfile) else { continue };
            let environment = file.final_stage().environment();
            let value = environment.get(named_by.environment.as_str());
            if let Some(module) = value.and_then(|pair| pair.value.text.as_deref()) {
                self.reach_module("", module);
            }
        }
    }

    fn follow(&mut self, path: &str) {
        let repo_path = RepoPath::new(path);
        let Some(entry) = self.repository.snapshot.entry(path) else { return };
        if entry.kind == EntryKind::Link {
            return self.follow_link(&repo_path, entry.id);
        }
        let name = repo_path.file_name();
        if self.dockerfiles.contains(path) {
            if let Some(file) = self.repository.dockerfile(path) {
                self.follow_dockerfile(path, &file);
            }
        } else if is_module(name) {
            if let Some(module) = self.repository.python(path) {
                self.follow_imports(&repo_path, &module);
            }
        } else if name.ends_with(".txt") || name.ends_with(".in") {
            self.follow_requirements(&repo_path);
        } else if naming::names_files(self.repository, &repo_path) {
            self.follow_words_of(&repo_path);
        }
        self.follow_documents(&repo_path);
    }

    fn follow_link(&mut self, path: &RepoPath, id: crate::snapshot::BlobId) {
        let Ok(bytes) = self.repository.snapshot.read(id) else { return };
        if let LinkTarget::Inside(target) = link_target(path, &String::from_utf8_lossy(&bytes)) {
            self.reach_folder_or_file(target.as_str());
        }
    }

    fn follow_dockerfile(&mut self, path: &str, file: &Dockerfile) {
        let context = BuildContext::of(self.repository, path);
        let folder = RepoPath::new(path).parent().to_owned();
        let instructions = file.stages.iter().flat_map(|stage| &stage.instructions);
        for instruction in instructions {
            match &instruction.action {
                Action::Copy(copy) if copy.from.is_none() => {
                    for source in copy.sources.iter().filter_map(|source| source.text.as_deref()) {
                        let own = (!folder.is_empty()).then(|| format!("{folder}/{source}"));
                        for source in own.iter().map(String::as_str).chain([source]) {
                            if is_pattern(source) {
                                for named in context.matching(source) {
                                    self.reach_all(&context, &named);
                                }
                            } else {
                                self.reach_all(&context, &normal(source));
                            }
                        }
                    }
                }
                // Bind mounts.
                Action::Run(run) => {
                    for value in run.flags.iter().filter_map(|flag| flag.value.as_ref()) {
                        self.follow_words(&folder, &path_words(value.as_str()));
                    }
                    if mounts_the_context(run) {
                        self.reach_all(&context, "");
                    }
                }
                _ => {}
            }
        }
    }

    fn follow_imports(&mut self, path: &RepoPath, module: &Module) {
        self.reach_packages_of(path);
        for import in &module.imports {
            self.follow_import(path.parent(), import);
        }
        for lookup in &module.dynamic_imports {
            self.follow_lookup(path.parent(), lookup);
        }
    }

    /// What each import of a module reaches, with its line. The module is read past the repository.
    fn imports_of(&mut self, path: &RepoPath) -> Vec<ImportOf> {
        let Found::File(blob) = self.repository.find(path.as_str()) else { return Vec::new() };
        let (Ok(module), Ok(text)) = (blob.documents.python(), blob.documents.text()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for import in &module.imports {
            self.follow_import(path.parent(), import);
            found.push((text.position(import.span.start).line, self.take_reached()));
        }
        for lookup in &module.dynamic_imports {
            self.follow_lookup(path.parent(), lookup);
            found.push((text.position(lookup.span.start).line, self.take_reached()));
        }
        found
    }

    /// What was reached since the last call, without following it.
    fn take_reached(&mut self) -> BTreeSet<String> {
        self.waiting.clear();
        std::mem::take(&mut self.reached)
    }

    fn follow_import(&mut self, folder: &str, import: &Import) {
        match &import.imported {
            Imported::Modules(names) => {
                for name in names {
                    self.reach_module(folder, &name.name);
                }
            }
            Imported::From { module, level, names, .. } => {
                let base = ancestor(folder, level.saturating_sub(1));
                let Some(base) = base else { return };
                if !module.is_empty() {
                    self.reach_module(base, module);
                }
                for name in names {
                    let dotted = match module.as_str() {
                        "" => name.name.clone(),
                        module => format!("{module}.{}", name.name),
                    };
                    self.reach_module(base, &dotted);
                }
                if module.is_empty() {
                    self.reach(&joined(base, "__init__.py"));
                }
            }
        }
    }

    fn follow_lookup(&mut self, folder: &str, lookup: &DynamicImport) {
        self.reach_module(folder, lookup.module.trim_start_matches('.'));
    }

    /// Reaches the `__init__.py` of each package that contains a module, since Python imports those first.
    fn reach_packages_of(&mut self, path: &RepoPath) {
        let mut folder = path.parent();
        while !folder.is_empty() {
            let init = joined(folder, "__init__.py");
            if !self.repository.has(&init) {
                break;
            }
            self.reach(&init);
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }

    /// Reaches a dotted module, relative to a folder, to the root and to `src`.
    fn reach_module(&mut self, folder: &str, dotted: &str) {
        let path = dotted.replace('.', "/");
        // Packages are often below `src`, from where they are installed.
        let bases = [folder, "", "src"];
        for base in bases.into_iter().skip(usize::from(folder.is_empty())) {
            let whole = joined(base, &path);
            for candidate in
                [format!("{whole}.py"), format!("{whole}/__init__.py"), format!("{whole}.pyi")]
            {
                self.reach(&candidate);
            }
            // `import a.b` imports `a` first.
            let mut parent = path.as_str();
            while let Some((above, _)) = parent.rsplit_once('/') {
                self.reach(&joined(base, &format!("{above}/__init__.py")));
                self.reach(&joined(base, &format!("{above}.py")));
                parent = above;
            }
        }
    }

    fn follow_requirements(&mut self, path: &RepoPath) {
        let read = match self.is_silent {
            false => self.repository.requirements(path.as_str()),
            true => {
                self.repository.file(path.as_str()).and_then(|it| it.documents.requirements().ok())
            }
        };
        let Some(requirements) = read else { return };
        for entry in &requirements.entries {
            if let Entry::Include(named)
            | Entry::Constraint(named)
            | Entry::Editable(named)
            | Entry::Location(named) = entry
            {
                let value = named.value.strip_prefix("file:").unwrap_or(&named.value);
                let target = normal(&joined(path.parent(), value));
                if !target.is_empty() {
                    self.reach_folder_or_file(&target);
                }
            }
        }
    }

    fn follow_words_of(&mut self, path: &RepoPath) {
        if let Some(file) = self.repository.file(path.as_str()) {
            self.follow_words(path.parent(), file.documents.path_words());
        }
    }

    /// Reaches what the words name, relative to the root or to a folder.
    fn follow_words(&mut self, folder: &str, words: &[Box<str>]) {
        for word in words {
            self.follow_word(folder, word);
        }
    }

    fn follow_word(&mut self, folder: &str, word: &str) {
        let word = word.trim_end_matches(['.', ',']);
        let last = word.rsplit('/').next().unwrap_or_default();
        if !matches!(last, "" | "." | "..") && !self.names.contains(last) {
            return;
        }
        // `$(dirname "$0")/lib.sh` and `/app/lib.sh` refer to the file that their last parts name. A lone `/` is the root,
        // which names none.
        let mut rest = Some(word.trim_start_matches("./"));
        while let Some(name) = rest.filter(|name| name.contains(|c| !matches!(c, '/' | '.'))) {
            for base in [folder, ""] {
                let candidate = normal(&joined(base, name));
                if self.repository.has(&candidate) {
                    self.reach(&candidate);
                } else if name.contains('/') && name == word.trim_start_matches("./")
                    || word.starts_with("./")
                {
                    self.reach_folder_or_file(&candidate);
                }
            }
            rest = name.split_once('/').map(|(_, rest)| rest);
        }
    }

    fn reach_folder_or_file(&mut self, path: &str) {
        let path = normal(path);
        if path.is_empty() {
            return;
        }
        self.reach(&path);
        let prefix = format!("{path}/");
        let repository = self.repository;
        let below = repository
            .snapshot
            .entries
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .take_while(|(path, _)| path.as_str().starts_with(&prefix));
        for (file, _) in below {
            self.reach(file.as_str());
        }
    }

    fn follow_documents(&mut self, path: &RepoPath) {
        let demands = &self.repository.pack.manifest.demands.documents;
        for demand in demands.iter().filter(|demand| demand.path == path.as_str()) {
            let dialect = demand.read_as();
            let read = match self.is_silent {
                false => self.repository.yaml(path.as_str(), dialect),
                true => self
                    .repository
                    .file(path.as_str())
                    .and_then(|it| it.documents.yaml(dialect).ok()),
            };
            let Some(document) = read else { continue };
            for key in &demand.files {
                let Ok(key) = key.key.parse() else { continue };
                for node in document.root().all(&key) {
                    if let Some(value) = node.as_str() {
                        self.reach(&normal(&joined(path.parent(), value)));
                        self.reach(&normal(value));
                    }
                }
            }
        }
    }
}

/// Whether a path may be a test. Tests are run by people who work on the repository, so they need no other reason to
/// exist; this errs on the side of "reached".
fn may_be_a_test(path: &RepoPath) -> bool {
    let name = path.file_name();
    let test = name.starts_with("test_") || name.ends_with("_test.py");
    (test && name.ends_with(".py"))
        || name == "conftest.py"
        || path.as_str().split('/').any(|folder| matches!(folder, "tests" | "test"))
}

/// Whether a RUN has the whole build context in a mount, which it may install from.
fn mounts_the_context(run: &Run) -> bool {
    run.mounts().any(|mount| {
        mount.kind() == "bind"
            && mount.origin().is_none()
            && mount.source().is_none_or(|source| normal(source).is_empty())
    })
}

fn is_below(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folder this many levels up; `None` if that is outside the repository.
fn ancestor(folder: &str, levels: u32) -> Option<&str> {
    let mut folder = folder;
    for _ in 0..levels {
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    Some(folder)
}

#[cfg(test)]
mod tests;
