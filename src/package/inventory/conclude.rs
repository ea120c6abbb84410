//! Conclusions about the whole folder: what is missing, and which names collide.

use std::collections::{BTreeMap, BTreeSet};

use super::collect::{Collector, python_stem};
use super::{Drift, DriftKind, Inventory, Listed};
use crate::package::name::{is_importable, shadows_standard_library};
use crate::snapshot::RepoPath;

impl Collector<'_> {
    pub(super) fn conclude(mut self) -> Inventory {
        // For an empty folder, only that is reported.
        let is_bare = self.source.entries.is_empty() && self.drift.is_empty();
        let mut listed = if is_bare { Vec::new() } else { self.missing() };
        self.stray_folders();
        self.twins();
        self.collisions();
        if self.files.is_empty() && listed.is_empty() && self.drift.is_empty() {
            let message = "the source folder contains nothing to package";
            let help = "give the folder with the modules in `source` or with --source";
            self.add(DriftKind::Empty, ".", message, help);
        }
        listed.append(&mut self.drift);
        Inventory { files: self.files, drift: listed }
    }

    /// Items that are listed but missing.
    fn missing(&self) -> Vec<Drift> {
        let mut found = Vec::new();
        let modules = self.description.modules.iter().enumerate();
        for (index, name) in modules.filter(|(_, name)| !self.seen.contains(name.as_str())) {
            let path = format!("{name}.py");
            found.push(self.absent("modules", index, name, &path, DriftKind::ModuleMissing));
        }
        let folders = self.description.subpackages.iter().enumerate();
        for (index, name) in folders.filter(|(_, name)| !self.entered.contains(name.as_str())) {
            found.push(self.absent("subpackages", index, name, name, DriftKind::SubpackageMissing));
        }
        found
    }

    fn absent(
        &self,
        list: &'static str,
        index: usize,
        name: &str,
        path: &str,
        kind: DriftKind,
    ) -> Drift {
        let what = if list == "modules" { "module" } else { "subpackage" };
        let (kind, message, help) = if self.shut_out.contains(name) {
            let message = format!("the {what} `{name}` is both listed and excluded");
            (DriftKind::ListedAndExcluded, message, "remove it from one of the two".to_owned())
        } else {
            let message = match list {
                "modules" => {
                    format!("the module `{name}` is listed, but there is no `{path}` in the folder")
                }
                _ => format!(
                    "the subpackage `{name}` is listed, but there are no modules in `{path}/`"
                ),
            };
            let help = format!(
                "remove it from `{list}` (`shipshape package init --update` does), or restore it"
            );
            (kind, message, help)
        };
        Drift {
            kind,
            path: RepoPath::new(path),
            listed: Some(Listed { list, index }),
            message,
            help,
        }
    }

    fn stray_folders(&mut self) {
        for (folder, has_modules) in std::mem::take(&mut self.strays) {
            if has_modules && is_importable(folder) {
                let message =
                    format!("the folder `{folder}` contains modules but is not in the list");
                let help = if shadows_standard_library(folder) {
                    "rename it, because it shadows a standard library module; or add it to `exclude`"
                } else {
                    "add it to `subpackages` (`shipshape package init --update` does), or to `exclude`"
                };
                self.add(DriftKind::SubpackageUnlisted, folder, message, help);
            } else {
                let message = format!("the folder `{folder}` is neither listed nor excluded");
                self.add(DriftKind::StrayFolder, folder, message, "add it to `data` or `exclude`");
            }
        }
    }

    /// Unlisted items that cannot be listed because their name collides with an included one's.
    fn twins(&mut self) {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let mut note = |name: &str, path: String| {
            known.entry(name.to_lowercase()).or_insert(path);
        };
        self.seen.iter().for_each(|name| note(name, format!("{name}.py")));
        self.entered.iter().for_each(|name| note(name, (*name).to_owned()));
        // Folders first, since Python prefers them.
        for kind in [DriftKind::SubpackageUnlisted, DriftKind::ModuleUnlisted] {
            for drift in self.drift.iter_mut().filter(|drift| drift.kind == kind) {
                let path = drift.path.as_str().to_owned();
                let stem = python_stem(&path);
                let name = stem.unwrap_or(&path);
                let Some(other) = known.get(&name.to_lowercase()) else {
                    known.insert(name.to_lowercase(), path);
                    continue;
                };
                if stem.is_some() && stem == python_stem(other) {
                    // The stub of a module that is already reported.
                    continue;
                }
                let is_same = name == python_stem(other).unwrap_or(other);
                drift.kind = match is_same {
                    true => DriftKind::ModuleAndFolder,
                    false => DriftKind::CaseCollision,
                };
                drift.message = match is_same {
                    true => one_name(name),
                    false => by_case_only(other, &path),
                };
                drift.help = "rename one of them, or add one to `exclude`".to_owned();
            }
        }
    }

    /// Names that a file system or Python cannot distinguish.
    fn collisions(&mut self) {
        let mut known: BTreeMap<String, &str> = BTreeMap::new();
        let mut found = Vec::new();
        for planned in &self.files {
            let path = planned.path.as_str();
            let above = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
            for part in above.chain([path]) {
                match known.get(&part.to_lowercase()) {
                    Some(other) if *other != part => {
                        found.push(((*other).to_owned(), part.to_owned()))
                    }
                    Some(_) => {}
                    None => drop(known.insert(part.to_lowercase(), part)),
                }
            }
        }
        found.dedup();
        let folders: BTreeSet<&str> = self
            .files
            .iter()
            .filter(|planned| planned.is_python)
            .map(|planned| planned.path.parent())
            .collect();
        let twofold: Vec<String> = self
            .files
            .iter()
            .filter_map(|planned| planned.path.as_str().strip_suffix(".py"))
            .filter(|stem| folders.contains(stem))
            .map(str::to_owned)
            .collect();
        for (one, other) in found {
            let message = by_case_only(&one, &other);
            self.add(DriftKind::CaseCollision, &other, message, "rename one of them");
        }
        for stem in twofold {
            let message = one_name(&stem);
            let path = format!("{stem}.py");
            self.add(
                DriftKind::ModuleAndFolder,
                &path,
                message,
                "rename one of them, or exclude it",
            );
        }
    }
}

fn one_name(stem: &str) -> String {
    format!("`{stem}.py` and the folder `{stem}` have the same name; Python imports the folder")
}

fn by_case_only(one: &str, other: &str) -> String {
    format!("`{one}` and `{other}` differ only in case, and are one file on many systems")
}
