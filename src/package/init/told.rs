//! What a person has to know of a proposal besides its text: where it comes from, and what is imported by another name.

use super::Proposal;
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
        told
    }

    /// The file with a `[project]` table whose dependencies its build backend computes, if there are no others.
    #[must_use]
    pub fn computed_dependencies(&self) -> Option<&str> {
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
