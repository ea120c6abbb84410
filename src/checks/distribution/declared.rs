//! Where a module that is not in the package comes from, according to the declared dependencies.

use std::collections::{BTreeMap, BTreeSet};

use super::{Subject, known_modules};
use crate::package::distribution::Distribution;
use crate::package::modules::Modules;
use crate::source::Text;
use crate::source::python::is_standard;
use crate::source::requirements::marker::is_marker;
use crate::source::requirements::{Entry, Requirement, Requirements, normalize};

/// Parses a requirement from the metadata.
///
/// # Errors
/// When it is not a valid requirement; the string says why.
pub(super) fn requirement(text: &str) -> Result<Requirement, String> {
    let read = Requirements::parse(&Text::new(text));
    if let Some(problem) = read.problems.first() {
        return Err(problem.message.clone());
    }
    let [Entry::Requirement(requirement)] = read.entries.as_slice() else {
        return Err("it is not a name with a version".to_owned());
    };
    let has_options = text.split_whitespace().any(|word| word.starts_with('-'));
    if has_options || requirement.comment.is_some() || text.contains('\n') {
        return Err("it is a line of a requirements file".to_owned());
    }
    // In a requirements file pip first expands `${NAME}`; in metadata nothing does.
    if let Some((marker, _)) = &requirement.marker
        && !is_marker(marker)
    {
        return Err(format!("`{marker}` is not an environment marker"));
    }
    Ok((**requirement).clone())
}

/// The normalised name of the distribution that a requirement names, even if the rest of it cannot be parsed.
fn named(requirement: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = requirement.find(|c| !is_name(c)).unwrap_or(requirement.len());
    normalize(requirement.get(..end).unwrap_or_default())
}

/// Which modules distributions provide, read from available wheels.
#[derive(Clone, Debug, Default)]
pub struct Provided {
    by_module: BTreeMap<String, BTreeSet<String>>,
    distributions: BTreeSet<String>,
}

impl Provided {
    /// Adds the modules that a wheel provides.
    pub fn add(&mut self, distribution: &Distribution) {
        let Ok(name) = distribution.name() else { return };
        let name = normalize(name.distribution());
        let symbols = Modules::of(distribution).symbols();
        for module in symbols.top_level() {
            self.by_module.entry(module.to_owned()).or_default().insert(name.clone());
        }
        self.distributions.insert(name);
    }
}

/// Where a module comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From the standard library or a declared dependency, or the dependencies are not known at all.
    Declared,
    /// Possibly from one of these dependencies, whose modules are not known.
    Perhaps(Vec<String>),
    /// Not from anything that is declared; with the distribution that provides it, if known.
    Undeclared(Option<String>),
}

/// The normalised names of a distribution's dependencies, and those among them whose modules are not known.
#[derive(Debug)]
pub(super) struct Dependencies {
    declared: Option<BTreeSet<String>>,
    unexplained: Vec<String>,
}

impl Dependencies {
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let Some(metadata) = &subject.distribution.metadata else {
            return Self { declared: None, unexplained: Vec::new() };
        };
        let fields = metadata.value.all("Requires-Dist");
        let declared: BTreeSet<String> = fields.map(|field| named(&field.value)).collect();
        let imported: BTreeSet<String> = subject
            .references
            .values()
            .flatten()
            .filter_map(|reference| reference.module.as_deref())
            .map(|module| normalize(module.split('.').next().unwrap_or_default()))
            .collect();
        let provided = subject.around.provided;
        let unexplained = declared.iter().filter(|name| {
            let seen = provided.is_some_and(|provided| provided.distributions.contains(*name));
            !imported.contains(*name) && !known_modules::is_distribution(name) && !seen
        });
        Self { unexplained: unexplained.cloned().collect(), declared: Some(declared) }
    }

    /// Where a module that is not in the package comes from.
    pub(super) fn origin(&self, subject: &Subject<'_>, dotted: &str) -> Origin {
        let top = dotted.split('.').next().unwrap_or_default();
        let Some(declared) = &self.declared else { return Origin::Declared };
        if is_standard(top) || self.is_named(declared, dotted, top) {
            return Origin::Declared;
        }
        let seen = subject.around.provided.and_then(|provided| provided.by_module.get(top));
        let seen: Vec<&str> = seen.into_iter().flatten().map(String::as_str).collect();
        let brought_by = if seen.is_empty() { known_modules::distributions(top) } else { &seen };
        if brought_by.iter().any(|name| declared.contains(*name)) {
            return Origin::Declared;
        }
        match brought_by.first() {
            Some(name) => Origin::Undeclared(Some((*name).to_owned())),
            None if self.unexplained.is_empty() => Origin::Undeclared(None),
            None => Origin::Perhaps(self.unexplained.clone()),
        }
    }

    /// Whether a dependency is named after the module.
    fn is_named(&self, declared: &BTreeSet<String>, dotted: &str, top: &str) -> bool {
        let name = normalize(top.trim_matches('_'));
        let prefixes = ["python-", "py-", "py", "python3-"];
        let ends = ["-python", "-py", "-sdk", "-client", "-binary", "-lib", "3"];
        // Distributions that share a namespace usually begin with its name.
        let in_namespace = dotted.contains('.')
            && declared.iter().any(|other| other.starts_with(&format!("{name}-")));
        declared.contains(&name)
            || in_namespace
            || prefixes.iter().any(|prefix| declared.contains(&format!("{prefix}{name}")))
            || ends.iter().any(|end| declared.contains(&format!("{name}{end}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_has_no_options_of_requirements_files() {
        assert_eq!(requirement("foo>=1; extra == 'x'").map(|it| it.name), Ok("foo".to_owned()));
        for options in ["-C a=b", "-i https://x", "--pre", "--hash=sha256:aa"] {
            let read = requirement(&format!("foo>=1 {options}"));
            assert_eq!(read, Err("it is a line of a requirements file".to_owned()), "{options}");
        }
    }
}
