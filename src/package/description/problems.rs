//! Problems of a description, each at the place of its value.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use pep440_rs::VersionSpecifiers;

use super::{Description, Person, values};
use crate::error::Error;
use crate::package::build::{ARTEFACTS, is_artefacts};
use crate::package::{dependencies, licence, name};
use crate::source::Text;
use crate::source::requirements::{Entry, Requirements};
use crate::source::typed::{Reading, Step};

/// Every problem that the types do not rule out.
pub(super) fn of(reading: &Reading<Description>, file: &Path) -> Vec<Error> {
    let mut problems = Problems { reading, file, found: Vec::new() };
    problems.names();
    problems.paths();
    problems.metadata();
    problems.dependencies();
    problems.entry_points();
    problems.smoke();
    problems.found
}

struct Problems<'a> {
    reading: &'a Reading<Description>,
    file: &'a Path,
    found: Vec<Error>,
}

impl<'a> Problems<'a> {
    fn add(&mut self, path: &[Step], message: impl Into<String>, hint: impl Into<String>) {
        self.found.push(self.reading.problem(self.file, path, message).hint(hint));
    }

    fn add_key(&mut self, path: &[Step], message: impl Into<String>, hint: impl Into<String>) {
        self.found.push(self.reading.key_problem(self.file, path, message).hint(hint));
    }

    fn names(&mut self) {
        let description = &self.reading.value;
        if !name::is_distribution(&description.distribution) {
            let message = format!("`{}` cannot be a distribution's name", description.distribution);
            let hint = "letters, digits, `-`, `_` and `.`, a letter or digit at both ends";
            self.add(&["distribution".into()], message, hint);
        }
        if !name::is_importable(&description.package) {
            let message = format!("Python cannot import `{}`", description.package);
            let hint = "letters, digits and `_`, no digit first, and no keyword";
            self.add(&["package".into()], message, hint);
        } else if name::shadows_standard_library(&description.package) {
            let message = format!("`{}` is a module of the standard library", description.package);
            self.add(&["package".into()], message, "choose another name");
        }
        if is_artefacts(&description.package) {
            let message = format!("a build puts wheels and sdists into `{ARTEFACTS}`");
            self.add(&["package".into()], message, "choose another name for the package");
        }
        let roots = description.modules.iter().chain(&description.subpackages);
        if roots.into_iter().any(|root| *root == description.package) {
            let message =
                format!("the package `{}` has the name of one of its modules", description.package);
            self.add(&["package".into()], message, "rename one of them");
        }
        let mut seen: BTreeMap<String, (&str, usize)> = BTreeMap::new();
        let lists = [("modules", &description.modules), ("subpackages", &description.subpackages)];
        for (list, names) in lists {
            for (index, name) in names.iter().enumerate() {
                let at = [list.into(), index.into()];
                self.listed_name(&at, list, name);
                if let Some((other, first)) = seen.insert(name.to_lowercase(), (list, index)) {
                    let message =
                        format!("`{name}` is already in `{other}`, as item {}", first + 1);
                    self.add(
                        &at,
                        message,
                        "remove one of the two; names that differ by case count as one",
                    );
                }
            }
        }
    }

    fn listed_name(&mut self, at: &[Step], list: &str, name: &str) {
        if matches!(name, "__init__") {
            let message = "`__init__` is part of every package";
            self.add(
                at,
                message,
                "remove it: an `__init__.py` in the folder is used without being listed",
            );
        } else if let Some(stem) = name.strip_suffix(".py").filter(|stem| name::is_importable(stem))
        {
            self.add(
                at,
                format!("`{name}` is a file; the list has modules"),
                format!("write `{stem}`"),
            );
        } else if let Some(stem) = name.strip_suffix('/').filter(|stem| name::is_importable(stem)) {
            self.add(
                at,
                format!("`{name}` is a path; the list has names"),
                format!("write `{stem}`"),
            );
        } else if !name::is_importable(name) {
            let message = format!("Python cannot import `{name}`");
            self.add(
                at,
                message,
                "rename it: letters, digits and `_`, no digit first, and no keyword",
            );
        } else if name::shadows_standard_library(name) {
            let what = if list == "modules" { "module" } else { "subpackage" };
            let message = format!("the {what} `{name}` shadows the standard library's");
            let hint = "rename it: in its folder every `import` of that name gets this one instead";
            self.add(at, message, hint);
        }
    }

    fn paths(&mut self) {
        let description = &self.reading.value;
        let source = super::plain(&description.source);
        if source != "." {
            self.path(&["source".into()], source);
        }
        self.path(&["waivers".into()], &description.waivers);
        let metadata = &description.metadata;
        if let Some(readme) = &metadata.readme {
            let at: [Step; 2] = ["metadata".into(), "readme".into()];
            self.path(&at, readme);
            if super::content_type(readme).is_none() {
                let message = format!("the format of `{readme}` is not known");
                self.add(&at, message, "an index accepts `.md`, `.rst` and `.txt`");
            }
        }
        if let Some(file) = &metadata.dependencies_from {
            self.path(&["metadata".into(), "dependencies-from".into()], file);
        }
        for (index, file) in metadata.license_files.iter().enumerate() {
            self.path(&["metadata".into(), "license-files".into(), index.into()], file);
        }
        for (key, patterns) in [("data", &description.data), ("exclude", &description.exclude)] {
            for (index, pattern) in patterns.iter().enumerate() {
                let at = [key.into(), index.into()];
                if let Err(error) = globset::Glob::new(pattern) {
                    let message = format!("`{pattern}` is not a pattern: {}", error.kind());
                    self.add(&at, message, "`*`, `?`, `[a-z]`, `{a,b}` and `**` have a meaning");
                }
                self.path(&at, pattern);
            }
        }
    }

    fn path(&mut self, at: &[Step], path: &str) {
        if let Err(reason) = relative(path) {
            self.add(
                at,
                format!("`{path}` {reason}"),
                "give a path within the folder of this file",
            );
        }
    }

    fn metadata(&mut self) {
        let metadata = &self.reading.value.metadata;
        let at = |key: &str| -> [Step; 2] { ["metadata".into(), key.into()] };
        if metadata.description.contains(['\n', '\r']) {
            self.add(
                &at("description"),
                "the description must be one line",
                "put the rest in the readme",
            );
        }
        if let Some(python) = &metadata.requires_python
            && let Err(error) = VersionSpecifiers::from_str(python)
        {
            let message = format!("`{python}` is not a range of Python versions");
            let problem = self.reading.problem(self.file, &at("requires-python"), message);
            let cause = error.to_string().lines().next().unwrap_or_default().to_owned();
            self.found.push(problem.caused_by(cause).hint("write `>=3.11`, or `>=3.11,<4`"));
        }
        if let Some(expression) = &metadata.license
            && let Some(fault) = licence::fault(expression)
        {
            let message = format!(
                "`{}` is not an SPDX licence expression: {}",
                expression.escape_debug(),
                fault.reason
            );
            self.add(&at("license"), message, fault.hint);
        }
        for (index, classifier) in metadata.classifiers.iter().enumerate() {
            let at = ["metadata".into(), "classifiers".into(), index.into()];
            let parts: Vec<&str> = classifier.split(" :: ").collect();
            if parts.len() < 2 || parts.iter().any(|part| part.trim() != *part || part.is_empty()) {
                let message = format!("`{classifier}` is not a classifier");
                self.add(
                    &at,
                    message,
                    "use one from the index's list, such as `Topic :: Software Development`",
                );
            } else if parts.first() == Some(&"License") && metadata.license.is_some() {
                let message = format!("`{classifier}` repeats what `license` says");
                self.add(&at, message, "remove it: an index refuses both (PEP 639)");
            }
        }
        for (label, url) in &metadata.urls {
            let at = ["metadata".into(), "urls".into(), label.as_str().into()];
            if label.chars().count() > 32 || label.is_empty() || label.contains(',') {
                self.add_key(
                    &at,
                    format!("`{label}` cannot be a label"),
                    "at most 32 characters, no comma",
                );
            }
            if dependencies::holds_credentials(url) {
                let [message, hint] = dependencies::CREDENTIALS;
                self.add(&at, message, hint);
            } else if url::Url::parse(url).is_err() {
                self.add(&at, format!("`{url}` is not a URL"), "write it with `https://`");
            }
        }
        let people = [
            ("authors", "an author", &metadata.authors),
            ("maintainers", "a maintainer", &metadata.maintainers),
        ];
        for (list, who, people) in people {
            let is_nobody = |person: &Person| person.name.is_none() && person.email.is_none();
            for (index, _) in people.iter().enumerate().filter(|(_, person)| is_nobody(person)) {
                self.add(
                    &["metadata".into(), list.into(), index.into()],
                    format!("{who} has neither a name nor an address"),
                    "give `name`, `email` or both",
                );
            }
        }
        self.one_line_values();
    }

    fn one_line_values(&mut self) {
        let description = &self.reading.value;
        for value in values::of(description) {
            // Line ends in the description have a more specific message already.
            let is_told =
                value.text == description.metadata.description && value.text.contains(['\n', '\r']);
            // So have credentials, which must not be repeated.
            let is_told = is_told || dependencies::names_credentials(value.text);
            if !value.text.chars().any(char::is_control) || is_told {
                continue;
            }
            let message = format!("`{}` contains a control character", value.text.escape_debug());
            if value.is_key {
                self.add_key(&value.at, message, "write it on one line");
            } else {
                self.add(&value.at, message, "write it on one line");
            }
        }
        let metadata = &description.metadata;
        if let Some(keyword) = metadata.keywords.iter().find(|keyword| keyword.contains(',')) {
            let message = format!("`{keyword}` is more than one keyword");
            self.add(&["metadata".into(), "keywords".into()], message, "give each its own item");
        }
    }

    fn dependencies(&mut self) {
        let metadata = &self.reading.value.metadata;
        if metadata.dependencies_from.is_some() && !metadata.dependencies.is_empty() {
            let at = ["metadata".into(), "dependencies-from".into()];
            let message = "`dependencies` and `dependencies-from` cannot be used together";
            self.add_key(&at, message, "keep one of them");
        }
        for (index, dependency) in metadata.dependencies.iter().enumerate() {
            let at: [Step; 3] = ["metadata".into(), "dependencies".into(), index.into()];
            self.dependency(&at, dependency);
        }
        for (extra, dependencies) in &metadata.optional_dependencies {
            let at: [Step; 3] =
                ["metadata".into(), "optional-dependencies".into(), extra.as_str().into()];
            if !name::is_distribution(extra) {
                self.add_key(
                    &at,
                    format!("`{extra}` cannot be an extra"),
                    "letters, digits and `-`",
                );
            }
            for (index, dependency) in dependencies.iter().enumerate() {
                let at = [at.as_slice(), &[index.into()]].concat();
                self.dependency(&at, dependency);
            }
        }
    }

    fn dependency(&mut self, at: &[Step], dependency: &str) {
        if dependencies::names_credentials(dependency) {
            let [message, hint] = dependencies::CREDENTIALS;
            return self.add(at, message, hint);
        }
        let read = Requirements::parse(&Text::new(dependency));
        let sound = match read.entries.as_slice() {
            [Entry::Requirement(one)] => {
                one.hashes.is_empty() && one.variables.is_empty() && one.comment.is_none()
            }
            _ => false,
        };
        if !sound || !read.problems.is_empty() {
            let message = format!("`{}` is not a PEP 508 dependency", dependency.escape_debug());
            let problem = self.reading.problem(self.file, at, message);
            let problem = match read.problems.first() {
                Some(cause) => problem.caused_by(&cause.message),
                None => problem,
            };
            self.found.push(problem.hint("write `name>=1.2,<2; python_version < \"3.13\"`"));
        }
    }

    fn entry_points(&mut self) {
        let metadata = &self.reading.value.metadata;
        let commands = [("scripts", &metadata.scripts), ("gui-scripts", &metadata.gui_scripts)];
        let commands = commands.into_iter().flat_map(|(table, all)| {
            all.iter().map(move |(script, reference)| (table, script, reference))
        });
        for (table, script, reference) in commands {
            let at: [Step; 3] = ["metadata".into(), table.into(), script.as_str().into()];
            if !name::is_script(script) {
                self.add_key(
                    &at,
                    format!("`{script}` cannot be a command"),
                    "letters, digits, `-`, `_`, `.`",
                );
            }
            if !matches!(name::object_reference(reference), Some((_, Some(_)))) {
                let message = format!("`{reference}` does not name a function");
                self.add(&at, message, "write `package.module:function`");
            }
        }
        for (group, entries) in &metadata.entry_points {
            let at: [Step; 3] = ["metadata".into(), "entry-points".into(), group.as_str().into()];
            if matches!(group.as_str(), "console_scripts" | "gui_scripts") {
                self.add_key(
                    &at,
                    format!("`{group}` has a key of its own"),
                    "put commands into `scripts`, or `gui-scripts`",
                );
            } else if !name::is_group(group) {
                self.add_key(&at, format!("`{group}` cannot be a group"), "words joined by dots");
            }
            for (entry, reference) in entries {
                let at = [at.as_slice(), &[entry.as_str().into()]].concat();
                if entry.trim() != entry
                    || entry.is_empty()
                    || entry.contains(['=', '['])
                    // In entry_points.txt, the line would be a comment.
                    || entry.starts_with(['#', ';'])
                {
                    self.add_key(
                        &at,
                        format!("`{entry}` cannot be an entry point"),
                        "no `=`, no `[`, and no `#` or `;` in front",
                    );
                }
                if name::object_reference(reference).is_none() {
                    let message = format!("`{reference}` names no module or object");
                    self.add(&at, message, "write `package.module` or `package.module:object`");
                }
            }
        }
    }

    fn smoke(&mut self) {
        for module in self.reading.value.smoke.skip.keys() {
            if !name::is_dotted(module) {
                let at = ["smoke".into(), "skip".into(), module.as_str().into()];
                self.add_key(&at, format!("`{module}` is not a module"), "write its dotted name");
            }
        }
    }
}

/// Checks that a path stays in the folder that it is relative to.
fn relative(path: &str) -> Result<(), &'static str> {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    if trimmed.trim().is_empty() {
        return Err("is not a path");
    }
    if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        return Err("is an absolute path");
    }
    if path.contains('\\') {
        return Err("has a backslash");
    }
    if path.chars().any(char::is_control) {
        return Err("contains a control character");
    }
    if trimmed.split('/').any(|part| part == "..") {
        return Err("leaves the folder of this file");
    }
    if trimmed.split('/').any(|part| part.is_empty() || part == ".") {
        return Err("has an empty part");
    }
    Ok(())
}
