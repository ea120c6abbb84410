//! Renders the sdist's `pyproject.toml`, and reads one of ours back.
//!
//! All metadata in it is static. The backend is hatchling, since no other common one builds a wheel with the same files
//! and metadata: setuptools adds `top_level.txt`, and flit_core writes its newest metadata version. For hatchling, the
//! version can be set (`core-metadata-version`), and it packs the tree's files unchanged, including executable bits.

use std::collections::BTreeMap;

use super::metadata::{Metadata, sorted};
use crate::error::{Error, Result};

/// The oldest hatchling that supports metadata 2.4 and PEP 639.
const BACKEND: &str = "hatchling>=1.27";

const FIRST_LINE: &str = "# Written by shipshape; a change here is lost with the next build.";

/// Renders `pyproject.toml`.
#[must_use]
pub fn render(metadata: &Metadata, package: &str) -> String {
    let declared = &metadata.declared.metadata;
    let mut text = format!(
        "{FIRST_LINE}\n[build-system]\nrequires = [{}]\nbuild-backend = \"hatchling.build\"\n\n[project]\n",
        quoted(BACKEND)
    );
    let mut line = |key: &str, value: String| text.push_str(&format!("{key} = {value}\n"));
    line("name", quoted(&metadata.name));
    line("version", quoted(&metadata.version.to_string()));
    if !declared.description.is_empty() {
        line("description", quoted(&declared.description));
    }
    if let Some((file, _)) = &metadata.readme {
        let kind = super::description::content_type(file).unwrap_or("text/plain");
        line("readme", format!("{{ file = {}, content-type = {} }}", quoted(file), quoted(kind)));
    }
    if let Some(python) = metadata.requires_python() {
        line("requires-python", quoted(&python));
    }
    if let Some(license) = &declared.license {
        line("license", quoted(license));
    }
    line("license-files", list(&sorted(&declared.license_files)));
    for (key, all) in [("authors", &declared.authors), ("maintainers", &declared.maintainers)] {
        let people: Vec<String> = all.iter().map(person).collect();
        if !people.is_empty() {
            line(key, format!("[{}]", people.join(", ")));
        }
    }
    if !declared.keywords.is_empty() {
        line("keywords", list(&sorted(&declared.keywords)));
    }
    if !declared.classifiers.is_empty() {
        line("classifiers", list(&sorted(&declared.classifiers)));
    }
    if !metadata.dependencies.is_empty() {
        line("dependencies", list(&metadata.dependencies));
    }
    tables(&mut text, metadata);
    backend(&mut text, metadata, package);
    text
}

fn person(person: &super::description::Person) -> String {
    let name = person.name.iter().map(|name| format!("name = {}", quoted(name)));
    let email = person.email.iter().map(|email| format!("email = {}", quoted(email)));
    format!("{{ {} }}", name.chain(email).collect::<Vec<_>>().join(", "))
}

fn tables(text: &mut String, metadata: &Metadata) {
    let declared = &metadata.declared.metadata;
    table(text, "project.urls", &declared.urls);
    if !declared.optional_dependencies.is_empty() {
        text.push_str("\n[project.optional-dependencies]\n");
        for (extra, needed) in &declared.optional_dependencies {
            let needed = super::dependencies::of_list(needed);
            text.push_str(&format!("{} = {}\n", quoted(extra), list(&needed)));
        }
    }
    table(text, "project.scripts", &declared.scripts);
    table(text, "project.gui-scripts", &declared.gui_scripts);
    for (group, entries) in &declared.entry_points {
        table(text, &format!("project.entry-points.{}", quoted(group)), entries);
    }
}

fn table(text: &mut String, name: &str, entries: &BTreeMap<String, String>) {
    if entries.is_empty() {
        return;
    }
    text.push_str(&format!("\n[{name}]\n"));
    for (key, value) in entries {
        text.push_str(&format!("{} = {}\n", quoted(key), quoted(value)));
    }
}

fn backend(text: &mut String, metadata: &Metadata, package: &str) {
    let declared = &metadata.declared.metadata;
    let all = metadata.dependencies.iter().chain(declared.optional_dependencies.values().flatten());
    if all.into_iter().any(|dependency| dependency.contains('@')) {
        text.push_str("\n[tool.hatch.metadata]\nallow-direct-references = true\n");
    }
    let readme = metadata.readme.iter().map(|(file, _)| file.clone());
    let files: Vec<String> = std::iter::once(package.to_owned())
        .chain(readme)
        .chain(sorted(&declared.license_files))
        .collect();
    text.push_str(&format!(
        "\n[tool.hatch.build]\nignore-vcs = true\n\
         \n[tool.hatch.build.targets.wheel]\ncore-metadata-version = \"2.4\"\npackages = [{}]\n\
         \n[tool.hatch.build.targets.sdist]\ncore-metadata-version = \"2.4\"\nonly-include = {}\n",
        quoted(package),
        list(&files),
    ));
}

/// A basic string of TOML. JSON's escapes are valid in TOML; control characters were refused before.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    format!("[{}]", values.join(", "))
}

/// What a wheel needs from our `pyproject.toml` that is not in `PKG-INFO`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadBack {
    /// The package.
    pub package: String,
    /// The commands.
    pub scripts: BTreeMap<String, String>,
    /// The commands without a console.
    pub gui_scripts: BTreeMap<String, String>,
    /// Other entry points, by group.
    pub entry_points: BTreeMap<String, BTreeMap<String, String>>,
}

impl ReadBack {
    /// Parses the output of [`render`], and nothing else: this is not a TOML parser.
    ///
    /// # Errors
    /// When it was not written by us.
    pub fn parse(text: &str) -> Result<Self> {
        let foreign = || {
            Error::usage("the sdist was not made by shipshape")
                .hint("`python -m build` and `pip wheel` build wheels from sdists of other tools")
        };
        if text.lines().next() != Some(FIRST_LINE) {
            return Err(foreign());
        }
        let mut read = Self::default();
        let mut table = String::new();
        for line in text.lines().skip(1) {
            if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
                table = name.to_owned();
                continue;
            }
            let entries = match table.strip_prefix("project.entry-points.") {
                Some(group) => {
                    let group: String = serde_json::from_str(group).map_err(|_| foreign())?;
                    read.entry_points.entry(group).or_default()
                }
                None if table == "project.scripts" => &mut read.scripts,
                None if table == "project.gui-scripts" => &mut read.gui_scripts,
                None => {
                    if table == "tool.hatch.build.targets.wheel"
                        && let Some(list) = line.strip_prefix("packages = ")
                    {
                        let list: Vec<String> =
                            serde_json::from_str(list).map_err(|_| foreign())?;
                        read.package = list.into_iter().next().ok_or_else(foreign)?;
                    }
                    continue;
                }
            };
            if line.is_empty() {
                continue;
            }
            let mut parts = serde_json::Deserializer::from_str(line).into_iter::<String>();
            let key = parts.next().and_then(Result::ok).ok_or_else(foreign)?;
            let rest = line.get(parts.byte_offset()..).unwrap_or_default();
            let value = rest.strip_prefix(" = ").ok_or_else(foreign)?;
            entries.insert(key, serde_json::from_str(value).map_err(|_| foreign())?);
        }
        if read.package.is_empty() { Err(foreign()) } else { Ok(read) }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::package::Description;

    #[test]
    fn it_names_what_the_backend_packs() {
        let yaml = "schema: 1\ndistribution: acme\npackage: acme_runtime\nmetadata:\n  \
            license-files: [NOTICE, LICENSE]\n  keywords: [b, a]\n  \
            optional-dependencies: { all: [anyio>=4] }\n";
        let document = Description::parse(Path::new("package.yaml"), yaml.as_bytes())
            .unwrap_or_else(|errors| panic!("{errors:?}"));
        let metadata = Metadata {
            name: "acme".to_owned(),
            version: pep440_rs::Version::new([1, 0]),
            dependencies: vec!["click".to_owned(), "httpx>=1,<2".to_owned()],
            readme: Some(("README.md".to_owned(), "hello\n".to_owned())),
            declared: document.description,
        };
        let text = render(&metadata, "acme_runtime");
        for line in [
            "license-files = [\"LICENSE\", \"NOTICE\"]",
            "keywords = [\"a\", \"b\"]",
            "dependencies = [\"click\", \"httpx>=1,<2\"]",
            "\"all\" = [\"anyio>=4\"]",
            "packages = [\"acme_runtime\"]",
            "only-include = [\"acme_runtime\", \"README.md\", \"LICENSE\", \"NOTICE\"]",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
        assert_eq!(ReadBack::parse(&text).expect("ours").package, "acme_runtime");
    }
}
