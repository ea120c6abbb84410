//! Where Python finds a module in an image, as far as the Dockerfile and repository show.
//!
//! That the working directory is searched comes from the template contract; Python itself searches it only for
//! `python -m`.

use crate::checks::Repository;
use crate::checks::dockerfile::commands_of;
use crate::checks::dockerfile::image_files::{Held, ImageFiles, absolute, join};
use crate::source::requirements::normalize;
use crate::source::shell::{basename, pip_installs};

/// Where a module is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::checks) enum Placed {
    /// In a folder that Python searches.
    There,
    /// It would be in one, but `.dockerignore` excludes this file.
    Excluded(String),
    /// Unknown, and why.
    Unknown(String),
    /// Not in a folder that Python searches.
    Absent,
}

/// The files that a dotted name may refer to: a module and a package.
pub(in crate::checks) fn files_of(dotted: &str) -> [String; 2] {
    let path = dotted.replace('.', "/");
    [format!("{path}.py"), format!("{path}/__init__.py")]
}

impl ImageFiles<'_, '_, '_, '_> {
    /// Where a dotted module is, and the folders that were searched.
    pub(in crate::checks) fn module(&self, dotted: &str) -> (Placed, Vec<String>) {
        let candidates = files_of(dotted);
        let (folders, certain) = self.search_folders();
        let mut excluded = None;
        let mut unknown = (!certain).then(|| "not all folders of PYTHONPATH are known".to_owned());
        for folder in &folders {
            for candidate in &candidates {
                match self.at(&join(folder, candidate), usize::MAX) {
                    Held::File(_) | Held::Inline(_) => return (Placed::There, folders),
                    Held::Excluded(file) => {
                        excluded.get_or_insert(file);
                    }
                    Held::Unknown(why) => {
                        unknown.get_or_insert(why);
                    }
                    Held::Nothing => {}
                }
            }
        }
        let [module, _] = &candidates;
        let placed = match unknown.or_else(|| self.moved(basename(module))) {
            Some(because) => Placed::Unknown(because),
            None => excluded.map_or(Placed::Absent, Placed::Excluded),
        };
        (placed, folders)
    }

    /// The folders that Python searches, and whether the list is complete.
    fn search_folders(&self) -> (Vec<String>, bool) {
        let workdir = self.view.workdir();
        let mut folders: Vec<String> = workdir.map(str::to_owned).into_iter().collect();
        let mut certain = workdir.is_some();
        if let Some(pair) = self.view.environment().get("PYTHONPATH") {
            let value = match &pair.value.text {
                Some(text) => text.clone(),
                None => pair.value.raw.trim_matches(['"', '\'']).to_owned(),
            };
            for entry in value.split(':').filter(|entry| !entry.is_empty()) {
                match absolute(workdir, entry).filter(|_| !entry.contains('$')) {
                    Some(folder) if folders.contains(&folder) => {}
                    Some(folder) => folders.push(folder),
                    None => certain = false,
                }
            }
        }
        (folders, certain)
    }

    /// Why a RUN that mentions the file may have moved it.
    fn moved(&self, name: &str) -> Option<String> {
        let commands = commands_of(self);
        let command = commands.iter().find(|command| command.mentions(name))?;
        let line = self.line_of(command.instruction.span)?;
        Some(format!("the RUN of line {line} may change its file"))
    }

    /// Why the repository's content may have been installed regardless of where it was copied: by `pip install .`, or
    /// in a stage that is copied from.
    pub(in crate::checks) fn installed_from_here(&self) -> Option<String> {
        let is_place = |word: &str| word.starts_with(['.', '/']);
        let installs = |script| {
            let words = pip_installs(script).into_iter().flat_map(|install| install.requirements);
            words.into_iter().any(|word| is_place(word.as_str()))
        };
        let commands = commands_of(self);
        if let Some(command) = commands.iter().find(|it| it.scripts.iter().any(installs)) {
            let line = self.line_of(command.instruction.span)?;
            return Some(format!("the RUN of line {line} installs from a folder"));
        }
        let libraries = ["site-packages", "dist-packages", "venv"];
        let brings = |destination: &str| {
            ["/", "/usr", "/usr/local"].contains(&destination)
                || libraries.iter().any(|name| destination.contains(name))
        };
        let from_others = self.view.copies().filter_map(|(_, copy)| {
            copy.from.as_ref().filter(|_| copy.absolute.as_deref().is_none_or(brings))
        });
        from_others.map(|from| format!("it may come from `{}`", from.raw)).next()
    }

    fn line_of(&self, span: crate::source::Span) -> Option<u32> {
        Some(self.context.dockerfile()?.position(span.start).line)
    }
}

/// Why a required distribution may provide a module.
pub(in crate::checks) fn brought_by_distribution(
    repository: &Repository<'_>,
    dotted: &str,
) -> Option<String> {
    let top = dotted.split('.').next().unwrap_or(dotted);
    let demands = &repository.pack.manifest.demands;
    if demands.python.package.as_deref() == Some(top) {
        return Some(format!("`{top}` is a package that is installed"));
    }
    let lists = |path: &str| {
        let listed = repository.requirements(path);
        listed.is_some_and(|listed| listed.named(&normalize(top)).next().is_some())
    };
    let files = repository.snapshot.entries.keys();
    let mut files = files.filter(|path| path.file_name().starts_with("requirements"));
    let file = files.find(|path| lists(path.as_str()))?;
    Some(format!("`{file}` installs a distribution of that name"))
}
