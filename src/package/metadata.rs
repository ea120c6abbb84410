//! Core metadata, entry points and the names of artefacts.
//!
//! In: a description, a version, dependencies and a readme. Out: the bytes of `METADATA` (and `PKG-INFO`,
//! which are the same) in version 2.4, PEP 639's licence fields included, of `entry_points.txt` and of
//! `WHEEL`. Fields stand in the order in which the sdist's own build backend writes them, so that a wheel
//! built by it from the sdist has the same bytes here.

use pep440_rs::Version;

use super::description::{Description, Person, content_type};
use super::{dependencies, name};

/// What a package says about itself, ready to be written.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The distribution's name as the description has it.
    pub name: String,
    /// The version, in its one spelling.
    pub version: Version,
    /// What it needs, in its one spelling.
    pub dependencies: Vec<String>,
    /// The readme: its file name, and its text with `\n` at line ends.
    pub readme: Option<(String, String)>,
    /// Everything else.
    pub declared: Description,
}

impl Metadata {
    /// The name and version that artefacts begin with: `acme_runtime-0.1.6`.
    #[must_use]
    pub fn stem(&self) -> String {
        stem(&self.name, &self.version)
    }

    /// `METADATA`, and `PKG-INFO`.
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
        let (names, addresses) = people(&declared.authors);
        if !names.is_empty() {
            text.add("Author", &names.join(", "));
        }
        if !addresses.is_empty() {
            text.add("Author-email", &addresses.join(", "));
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

    /// The versions of Python that run it, in byte order.
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

    /// `entry_points.txt`; nothing when there are none.
    #[must_use]
    pub fn entry_points(&self) -> Option<String> {
        let declared = &self.declared.metadata;
        let mut text = String::new();
        let console = Some(("console_scripts", &declared.scripts));
        let others = declared.entry_points.iter().map(|(group, entries)| (group.as_str(), entries));
        for (group, entries) in console.into_iter().chain(others) {
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

/// The name and version that artefacts begin with.
#[must_use]
pub fn stem(distribution: &str, version: &Version) -> String {
    format!("{}-{version}", name::in_file_names(distribution))
}

/// `WHEEL`, of a wheel that is pure Python.
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

/// A list in byte order, each item once.
pub(super) fn sorted(values: &[String]) -> Vec<String> {
    let mut values = values.to_vec();
    values.sort();
    values.dedup();
    values
}

/// Names of those without an address; addresses of the others, with their names.
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

/// A name in front of an address, quoted when RFC 5322 wants it so.
fn display_name(name: &str) -> String {
    if name.contains(|c| "()<>@,:;.\\\"[]".contains(c)) {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        name.to_owned()
    }
}
