//! Renders a proposed description.

use serde_json::Value as Json;

use super::Proposal;
use crate::source::yaml::{quote_scalar, write_value, write_value_inline};

/// The line above what a person has to decide about. An update knows it again.
pub(super) const NOT_DECIDED: &str =
    "# Not decided: a build refuses the folder until each is listed or excluded.";

impl Proposal {
    /// The text of `package.yaml`.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::from(
            "# What the package is, and what belongs to it. `shipshape schema package` has every key.\nschema: 1\n\n",
        );
        let mut line = |key: &str, value: &str, comment: &str| {
            let value = quote_scalar(value);
            text.push_str(&format!("{key}: {value} # {comment}\n"));
        };
        line("distribution", &self.distribution, "its name on the package index");
        line("package", &self.package, "the name that Python imports");
        line("source", &self.source, "the folder with the modules, relative to this file");
        section(
            &mut text,
            "modules",
            &[
                "Top-level modules. The list is closed: a build refuses a folder that holds another one.",
            ],
            &self.modules,
        );
        section(
            &mut text,
            "subpackages",
            &["Folders of modules, with all that is in them."],
            &self.subpackages,
        );
        if !self.undecided.is_empty() {
            text.push_str(&format!("\n{NOT_DECIDED}\n"));
            for (name, why) in &self.undecided {
                let name: String = name.chars().filter(|c| !c.is_control()).collect();
                text.push_str(&format!("#   {name}: {why}\n"));
            }
        }
        section(
            &mut text,
            "exclude",
            &[
                "What stays out. A pattern without `/` meets a name at any depth, also in subpackages.",
                "Bytecode, caches and .git are always out.",
            ],
            &self.exclude,
        );
        self.metadata(&mut text);
        text.push_str(
            "\n# What must hold of the installed package: `shipshape package smoke` looks.\n\
             # smoke:\n#   invariants:\n#     it says its version: bool(",
        );
        text.push_str(&format!("{}.__name__)\n", self.package));
        text
    }

    fn metadata(&self, text: &mut String) {
        text.push_str("\n# What an index and an installer are told, by the names that pyproject.toml has for it.\nmetadata:\n");
        if !self.declared_entry(text, "description") {
            text.push_str("  # description: One line on what it is\n");
        }
        match &self.readme {
            _ if self.declared_entry(text, "readme") => {}
            Some(file) => text.push_str(&format!("  readme: {}\n", quote_scalar(file))),
            None => text.push_str("  # readme: README.md\n"),
        }
        if !self.declared_entry(text, "requires-python") {
            // A project that names no versions of Python supports them all.
            let mark = if self.declared.is_some() { "# " } else { "" };
            text.push_str(&format!("  {mark}requires-python: \">=3.11\"\n"));
        }
        if !self.declared_entry(text, "license") {
            text.push_str("  # license: an SPDX expression, such as MIT or BUSL-1.1\n");
        }
        if !self.declared_entry(text, "license-files") {
            list(text, "license-files", &self.license_files);
        }
        for key in ["authors", "maintainers", "keywords", "classifiers", "urls"] {
            self.declared_entry(text, key);
        }
        self.dependencies(text);
        self.refusals(text, "optional-dependencies", "an optional dependency");
        self.declared_entry(text, "optional-dependencies");
        match &self.script {
            _ if self.declared_entry(text, "scripts") => {}
            Some((name, reference)) => {
                text.push_str(&format!("  scripts:\n    {}: {reference}\n", quote_scalar(name)));
            }
            None => text.push_str(&format!(
                "  # scripts:\n  #   {}: {}.module:function\n",
                quote_scalar(&self.distribution),
                self.package
            )),
        }
        self.declared_entry(text, "gui-scripts");
        self.declared_entry(text, "entry-points");
    }

    fn dependencies(&self, text: &mut String) {
        self.refusals(text, "dependencies", "a dependency");
        if let Some(file) = &self.dependencies_from {
            return text.push_str(&format!("  dependencies-from: {}\n", quote_scalar(file)));
        }
        if self.declared_entry(text, "dependencies") {
            return;
        }
        if let Some((file, why)) = &self.refused_requirements {
            let line: String = why.chars().filter(|c| !c.is_control()).collect();
            text.push_str(&format!(
                "  # Left out: dependencies cannot be taken from {file} as it is:\n  # {line}\n"
            ));
        } else if let Some(file) = self.computed_dependencies() {
            text.push_str(&format!("  # Left out: they are dynamic in {file}.\n"));
        }
        text.push_str("  dependencies: []\n");
    }

    /// Notes the items of a list of dependencies that it cannot hold.
    fn refusals(&self, text: &mut String, key: &str, what: &str) {
        for (file, why) in self.refused(key) {
            let line: String = why.chars().filter(|c| !c.is_control()).collect();
            text.push_str(&format!(
                "  # Left out: {what} cannot be taken from {file} as it is:\n  # {line}\n"
            ));
        }
    }

    /// Writes a value of the `[project]` table, if it has one.
    fn declared_entry(&self, text: &mut String, key: &str) -> bool {
        let declared = self.declared.as_ref();
        let Some(value) = declared.and_then(|declared| declared.metadata.get(key)) else {
            return false;
        };
        let is_block = match value {
            Json::Object(entries) => !entries.is_empty(),
            Json::Array(items) => !items.is_empty(),
            _ => false,
        };
        if is_block {
            text.push_str(&format!("  {key}:\n"));
            for line in write_value(value).lines() {
                text.push_str(&format!("    {line}\n"));
            }
        } else {
            text.push_str(&format!("  {key}: {}\n", write_value_inline(value)));
        }
        true
    }
}

fn section(text: &mut String, key: &str, comments: &[&str], items: &[String]) {
    text.push('\n');
    for comment in comments {
        text.push_str(&format!("# {comment}\n"));
    }
    if items.is_empty() {
        text.push_str(&format!("{key}: []\n"));
        return;
    }
    text.push_str(&format!("{key}:\n"));
    for item in items {
        text.push_str(&format!("  - {}\n", quote_scalar(item)));
    }
}

fn list(text: &mut String, key: &str, items: &[String]) {
    if !items.is_empty() {
        let items: Vec<_> = items.iter().map(|item| quote_scalar(item)).collect();
        text.push_str(&format!("  {key}: [{}]\n", items.join(", ")));
    }
}
