//! What a repository requires by name and version, in its requirements files and its Dockerfile.

use crate::checks::{Finding, Location, Repository, requirements};
use crate::source::Text;
use crate::source::requirements::{Requirement, Requirements};
use crate::source::shell::pip_installs;

/// Where requirements are if the shape does not say.
const USUAL: &str = "requirements.txt";

/// One requirement, and where it is.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// What is required.
    pub requirement: Requirement,
    /// Where.
    pub location: Location,
    /// Whether it is installed, rather than only constrained.
    pub installs: bool,
    /// Whether it is in a requirements file, where it can be edited.
    pub editable: bool,
}

impl Pinned {
    /// A finding at its place.
    pub(super) fn at(&self, mut finding: Finding) -> Finding {
        finding.location = Some(self.location.clone());
        finding
    }

    /// The requirement without spaces: `acme>=1,<2`.
    #[must_use]
    pub fn written(&self) -> String {
        let specifiers = self.requirement.specifiers.as_ref();
        let specifiers = specifiers.map(ToString::to_string).unwrap_or_default();
        format!("{}{}", self.requirement.name, specifiers.replace(' ', ""))
    }
}

/// All requirements of a repository.
pub(super) fn of(repository: &Repository<'_>) -> Vec<Pinned> {
    let paths = files(repository);
    let mut found: Vec<Pinned> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for file in paths.iter().flat_map(|path| requirements::read(repository, path)) {
        if seen.contains(&file.path) {
            continue;
        }
        for requirement in file.read.requirements() {
            found.push(Pinned {
                requirement: requirement.clone(),
                location: file.location(requirement.span),
                installs: file.installs,
                editable: true,
            });
        }
        seen.push(file.path);
    }
    for path in dockerfiles(repository) {
        found.extend(of_dockerfile(repository, path));
    }
    found
}

/// The requirements files that are read first.
pub(super) fn files(repository: &Repository<'_>) -> Vec<String> {
    let demanded = &repository.pack.manifest.demands.requirements;
    let paths = demanded.iter().map(|it| it.path.clone());
    paths.chain(demanded.is_empty().then(|| USUAL.to_owned())).collect()
}

/// The Dockerfiles that are read.
pub(super) fn dockerfiles<'r>(repository: &Repository<'r>) -> Vec<&'r str> {
    let demanded = &repository.pack.manifest.demands.dockerfiles;
    let paths = demanded.iter().map(|it| it.path.as_str());
    paths.chain(demanded.is_empty().then_some("Dockerfile")).collect()
}

/// The requirements that a `RUN` names literally.
fn of_dockerfile(repository: &Repository<'_>, path: &str) -> Vec<Pinned> {
    let (Some(dockerfile), Some(text)) = (repository.dockerfile(path), repository.text(path))
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (_, script) in dockerfile.final_stage().scripts() {
        for word in pip_installs(&script).into_iter().flat_map(|install| install.requirements) {
            let read = Requirements::parse(&Text::new(word.as_str()));
            for requirement in read.requirements() {
                let location = Location::span(path, &text, word.text.whole_span());
                let requirement = requirement.clone();
                found.push(Pinned { requirement, location, installs: true, editable: false });
            }
        }
    }
    found
}
