//! What a person has to know of a proposal besides its text: where it comes from, and what is imported by another name.

use std::collections::BTreeMap;

use super::{Declared, Proposal, is_dependency};
use crate::package::name::in_file_names;

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
        for (kind, astray) in self.astray() {
            told.push(format!(
                "{kind} of modules that the package `{}` does not have: {}; name in package.yaml what they run",
                self.package,
                astray.join(", ")
            ));
        }
        told
    }

    /// Which dependencies are left out, one line each: a build goes without them.
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
        for (key, what) in
            [("dependencies", "a dependency"), ("optional-dependencies", "an optional dependency")]
        {
            open.extend(self.refused(key).map(|(file, why)| {
                format!(
                    "{what} cannot be taken from {file} as it is: {why}; add it to `{key}`, or remove the comment on it"
                )
            }));
        }
        open
    }

    /// Items of a list of dependencies that are left out because a description refuses them: the file and the reason of
    /// each.
    pub(super) fn refused(&self, key: &str) -> impl Iterator<Item = (&str, &str)> {
        self.declared.iter().flat_map(move |declared| {
            let reasons = declared.refused.get(key).into_iter().flatten();
            reasons.map(|why| (declared.file.as_str(), why.as_str()))
        })
    }

    /// The declared commands and entry points whose module is neither in the package nor a dependency's, by their kind: each
    /// with what it runs. They name modules as they were before.
    #[must_use]
    pub fn astray(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut astray: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for one in self.declared.iter().flat_map(Declared::references) {
            let first = one.module.split('.').next().unwrap_or_default();
            if !self.has_module(one.module) && !is_dependency(first, &self.dependencies) {
                astray.entry(one.kind).or_default().push(format!("{} (`{}`)", one.name, one.runs));
            }
        }
        astray
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
            return Some(match declared.dynamic.contains("dependencies") {
                true => format!(
                    "the dependencies are dynamic in {file}, and are read from {path} by each build"
                ),
                false => format!(
                    "the dependencies are read from {path} by each build, since `[project]` of {file} has none, and \
                     may be another package's"
                ),
            });
        }
        let path = self.left_requirements.as_ref().filter(|_| !declared.lists_dependencies())?;
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
        let found = match &self.own_name {
            Some(own) => format!(
                "the package in `{named}` is `{source}`, which becomes the source, so that `import {own}` remains"
            ),
            None => format!("the modules in `{named}` are in `{source}`, which becomes the source"),
        };
        if self.left_out.is_empty() {
            return Some(found);
        }
        let left_out = self.left_out.join("`, `");
        Some(format!("{found}; what is beside `src` is left out: `{left_out}`"))
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
            None if self.declared.is_none()
                && !self.is_project
                && *package == in_file_names(&self.distribution) =>
            {
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
