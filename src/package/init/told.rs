//! What a person has to know of a proposal besides its text: where it comes from, and what is imported by another name.

use serde_json::Value as Json;

use super::Proposal;
use crate::package::name::{in_file_names, object_reference};

impl Proposal {
    /// What was decided without being asked for, one line each.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        told.extend(self.found_below());
        told.extend(self.names());
        if let Some(declared) = &self.declared {
            let name = declared.distribution.as_ref().filter(|name| **name == self.distribution);
            let name = name.map(|_| "name");
            let keys: Vec<&str> =
                name.into_iter().chain(declared.metadata.keys().copied()).collect();
            let file = &declared.file;
            if !keys.is_empty() {
                told.push(format!(
                    "taken from `[project]` of {file}, which builds do not read: {}",
                    keys.join(", ")
                ));
            }
            if !declared.left.is_empty() {
                told.push(format!("not taken from {file}: {}", declared.left.join(", ")));
            }
        }
        told.extend(self.requirements());
        let astray = self.astray_commands();
        if !astray.is_empty() {
            told.push(format!(
                "commands of modules that the package `{}` does not have: {}; name in package.yaml what they run",
                self.package,
                astray.join(", ")
            ));
        }
        told
    }

    /// What a person has to decide about the dependencies, one line each.
    #[must_use]
    pub fn open_dependencies(&self) -> Vec<String> {
        let mut open = Vec::new();
        if let Some(file) = self.computed_dependencies() {
            open.push(format!(
                "the dependencies are dynamic in {file}; list them in `dependencies`, or name a file of them in \
                 `dependencies-from`"
            ));
        }
        if let Some((file, why)) = &self.refused_requirements {
            open.push(format!(
                "dependencies cannot be taken from {file} as it is: {why}; list them in `dependencies`, \
                 or in one file that `dependencies-from` names"
            ));
        }
        open.extend(self.refused_dependencies().map(|(file, why)| {
            format!(
                "a dependency cannot be taken from {file} as it is: {why}; add it to `dependencies`, or remove the \
                 comment on it"
            )
        }));
        open
    }

    /// Dependencies that are left out because a description refuses them: the file and the reason of each.
    pub(super) fn refused_dependencies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.declared.iter().flat_map(|declared| {
            let reasons = declared.refused_dependencies.iter();
            reasons.map(|why| (declared.file.as_str(), why.as_str()))
        })
    }

    /// The declared commands whose module is not in the package, each with what it runs. They name modules as they were
    /// before.
    #[must_use]
    pub fn astray_commands(&self) -> Vec<String> {
        let metadata = self.declared.iter().map(|declared| &declared.metadata);
        let tables = metadata.flat_map(|all| [all.get("scripts"), all.get("gui-scripts")]);
        let commands = tables.flatten().filter_map(Json::as_object).flatten();
        let commands = commands.filter_map(|(name, run)| Some((name, run.as_str()?)));
        let astray = commands.filter(|(_, run)| {
            object_reference(run).is_some_and(|(module, _)| !self.has_module(module))
        });
        astray.map(|(name, run)| format!("`{name}` (`{run}`)")).collect()
    }

    /// Whether the package has the part by which a module is found. Only a package that was one has something itself.
    fn has_module(&self, module: &str) -> bool {
        let mut parts = module.split('.');
        if parts.next() != Some(self.package.as_str()) {
            return false;
        }
        let is_listed = |part: &str| {
            let mut listed = self.modules.iter().chain(&self.subpackages);
            listed.any(|listed| listed == part)
        };
        parts.next().map_or(self.own_name.is_some(), is_listed)
    }

    /// Which requirements file is used, or not, beside a `[project]` table without dependencies.
    fn requirements(&self) -> Option<String> {
        let declared = self.declared.as_ref()?;
        let file = &declared.file;
        if let Some(path) = &self.dependencies_from {
            return Some(format!(
                "the dependencies are dynamic in {file}, and are read from {path} by each build"
            ));
        }
        let is_listed = declared.metadata.contains_key("dependencies")
            || !declared.refused_dependencies.is_empty();
        let path = self.left_requirements.as_ref().filter(|_| !is_listed)?;
        Some(format!("not taken from {path}: dependencies, since `[project]` of {file} has none"))
    }

    /// The file with a `[project]` table whose dependencies its build backend computes, if there are no others.
    pub(super) fn computed_dependencies(&self) -> Option<&str> {
        let declared = self.declared.as_ref()?;
        let is_open = declared.dynamic.contains("dependencies") && self.dependencies_from.is_none();
        is_open.then_some(declared.file.as_str())
    }

    fn found_below(&self) -> Option<String> {
        let (named, source) = (self.named.as_ref()?, &self.source);
        Some(match &self.own_name {
            Some(own) => format!(
                "the package in `{named}` is `{source}`, which becomes the source, so that `import {own}` remains"
            ),
            None => format!("the modules in `{named}` are in `{source}`, which becomes the source"),
        })
    }

    /// Names that Python imports other than before, or other than the distribution's.
    fn names(&self) -> Option<String> {
        let package = &self.package;
        if self.is_named {
            return None;
        }
        let another = "`--import NAME` gives it another name";
        match &self.own_name {
            Some(own) if own != package => Some(format!(
                "a package cannot be named `{own}` like its folder: it is imported as `{package}`; {another}"
            )),
            Some(_) if *package == in_file_names(&self.distribution) => None,
            Some(own) => Some(format!(
                "the source is a package by its `__init__.py`, and remains `{own}` for imports; {another}"
            )),
            // Modules that are beside each other get a package, which is what the command is for; but a project had
            // names before.
            None if self.declared.is_none() && *package == in_file_names(&self.distribution) => {
                None
            }
            None => {
                let module = self.modules.first().or(self.subpackages.first())?;
                Some(format!(
                    "`{module}` is imported as `{package}.{module}` from the package, and no longer as `{module}`; {another}"
                ))
            }
        }
    }
}
