//! Renders core metadata and entry points, and names artefacts.
//!
//! Renders `METADATA` and the identical `PKG-INFO` in version 2.4, including PEP 639's licence fields, as well as
//! `entry_points.txt` and `WHEEL`. Fields have the order in which the sdist's own build backend writes them, so that
//! its wheel of the sdist contains the same bytes.

use pep440_rs::Version;

use super::description::{Description, Person, content_type};
use super::{dependencies, name};

/// The metadata of a package.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The distribution's name as in the description.
    pub name: String,
    /// The version.
    pub version: Version,
    /// The dependencies in canonical spelling.
    pub dependencies: Vec<String>,
    /// The readme: its file name, and its text with `\n` line ends.
    pub readme: Option<(String, String)>,
    /// The description, for everything else.
    pub declared: Description,
}

impl Metadata {
    /// The start of artefact names: `acme_runtime-0.1.6`.
    #[must_use]
    pub fn stem(&self) -> String {
        stem(&self.name, &self.version)
    }

    /// The text of `METADATA` and `PKG-INFO`.
    #[must_use]
    pub fn core(&self) -> String {
        let declared = &self.declared.metadata;
        let mut text = Headers(String::new());
        text.add("Metadata-Version", "2.4");
        text.add("Name", &self.name);
        text.add("Version", &self.version.to_string());
        if !declared.description.is_empty() {
            text.add("Summary", &declared.description);
        }
        for (label, url) in &declared.urls {
            text.add("Project-URL", &format!("{label}, {url}"));
        }
        for (field, all) in [("Author", &declared.authors), ("Maintainer", &declared.maintainers)] {
            let (names, addresses) = people(all);
            if !names.is_empty() {
                text.add(field, &names.join(", "));
            }
            if !addresses.is_empty() {
                text.add(&format!("{field}-email"), &addresses.join(", "));
            }
        }
        if let Some(license) = &declared.license {
            text.add("License-Expression", license);
        }
        for file in sorted(&declared.license_files) {
            text.add("License-File", &file);
        }
        if !declared.keywords.is_empty() {
            text.add("Keywords", &sorted(&declared.keywords).join(","));
        }
        for classifier in sorted(&declared.classifiers) {
            text.add("Classifier", &classifier);
        }
        if let Some(python) = self.requires_python() {
            text.add("Requires-Python", &python);
        }
        for dependency in &self.dependencies {
            text.add("Requires-Dist", dependency);
        }
        self.extras(&mut text);
        if let Some((file, readme)) = &self.readme {
            text.add("Description-Content-Type", content_type(file).unwrap_or("text/plain"));
            text.0.push('\n');
            text.0.push_str(readme);
        }
        text.0
    }

    /// The supported versions of Python, as specifiers in byte order.
    #[must_use]
    pub fn requires_python(&self) -> Option<String> {
        let written = self.declared.metadata.requires_python.as_deref()?;
        let mut parts: Vec<String> =
            written.split(',').map(|part| part.split_whitespace().collect()).collect();
        parts.sort();
        Some(parts.join(","))
    }

    fn extras(&self, text: &mut Headers) {
        for (extra, needed) in &self.declared.metadata.optional_dependencies {
            let extra = crate::source::requirements::normalize(extra);
            text.add("Provides-Extra", &extra);
            for dependency in dependencies::of_extra(&extra, needed) {
                text.add("Requires-Dist", &dependency);
            }
        }
    }

    /// The text of `entry_points.txt`; `None` if there are no entry points.
    #[must_use]
    pub fn entry_points(&self) -> Option<String> {
        let declared = &self.declared.metadata;
        let mut text = String::new();
        let commands =
            [("console_scripts", &declared.scripts), ("gui_scripts", &declared.gui_scripts)];
        let others = declared.entry_points.iter().map(|(group, entries)| (group.as_str(), entries));
        for (group, entries) in commands.into_iter().chain(others) {
            if entries.is_empty() {
                continue;
            }
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&format!("[{group}]\n"));
            for (name, reference) in entries {
                text.push_str(&format!("{name} = {reference}\n"));
            }
        }
        (!text.is_empty()).then_some(text)
    }
}

/// The start of artefact names: `acme_runtime-0.1.6`.
#[must_use]
pub fn stem(distribution: &str, version: &Version) -> String {
    format!("{}-{version}", name::in_file_names(distribution))
}

/// The text of `WHEEL` for a pure Python wheel.
#[must_use]
pub fn wheel_file() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "Wheel-Version: 1.0\nGenerator: shipshape {version}\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
}

struct Headers(String);

impl Headers {
    fn add(&mut self, name: &str, value: &str) {
        self.0.push_str(name);
        self.0.push_str(": ");
        self.0.push_str(value);
        self.0.push('\n');
    }
}

/// A list in byte order without duplicates.
pub(super) fn sorted(values: &[String]) -> Vec<String> {
    let mut values = values.to_vec();
    values.sort();
    values.dedup();
    values
}

/// The names of people without an address, and the addresses of the others with their names.
fn people(people: &[Person]) -> (Vec<String>, Vec<String>) {
    let mut names = Vec::new();
    let mut addresses = Vec::new();
    for person in people {
        match (&person.name, &person.email) {
            (Some(name), None) => names.push(name.clone()),
            (None, Some(email)) => addresses.push(email.clone()),
            (Some(name), Some(email)) => {
                addresses.push(format!("{} <{email}>", display_name(name)))
            }
            (None, None) => {}
        }
    }
    (names, addresses)
}

/// A display name before an address, quoted if RFC 5322 demands it.
fn display_name(name: &str) -> String {
    if name.contains(|c| "()<>@,:;.\\\"[]".contains(c)) {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn an_extra_is_provided_with_what_it_needs() {
        let yaml = "schema: 1\ndistribution: acme\npackage: acme\nmetadata:\n  optional-dependencies:\n    \
            All.Of_It: ['httpx; python_version < \"3.13\"', 'anyio>=4']\n    none: []\n";
        let document = Description::parse(Path::new("package.yaml"), yaml.as_bytes())
            .unwrap_or_else(|errors| panic!("{errors:?}"));
        let metadata = Metadata {
            name: "acme".to_owned(),
            version: Version::new([1, 0]),
            dependencies: vec!["click".to_owned()],
            readme: None,
            declared: document.description,
        };
        let expected = "Metadata-Version: 2.4\nName: acme\nVersion: 1.0\nRequires-Dist: click\n\
            Provides-Extra: all-of-it\n\
            Requires-Dist: anyio>=4; extra == 'all-of-it'\n\
            Requires-Dist: httpx; (python_version < '3.13') and extra == 'all-of-it'\n\
            Provides-Extra: none\n";
        assert_eq!(metadata.core(), expected);
    }
}
