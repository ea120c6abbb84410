//! What a repository asks for by name and version: its requirements files, and its Dockerfile.

use crate::checks::{Finding, Location, Repository, requirements};
use crate::source::Text;
use crate::source::requirements::{Requirement, Requirements};
use crate::source::shell::pip_installs;

/// Where requirements are when the shape does not say.
const USUAL: &str = "requirements.txt";

/// One requirement, and where it stands.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// What is asked for.
    pub requirement: Requirement,
    /// Where.
    pub location: Location,
    /// Whether it is installed, rather than only bounded.
    pub installs: bool,
    /// Whether it stands in a file of requirements, where it can be edited.
    pub editable: bool,
}

impl Pinned {
    /// A finding at its place.
    pub(super) fn at(&self, mut finding: Finding) -> Finding {
        finding.location = Some(self.location.clone());
        finding
    }

    /// What is asked for, as written: `acme>=1,<2`.
    #[must_use]
    pub fn written(&self) -> String {
        let specifiers = self.requirement.specifiers.as_ref();
        let specifiers = specifiers.map(ToString::to_string).unwrap_or_default();
        format!("{}{}", self.requirement.name, specifiers.replace(' ', ""))
    }
}

/// All of a repository.
pub(super) fn of(repository: &Repository<'_>) -> Vec<Pinned> {
    let demands = &repository.pack.manifest.demands;
    let mut paths: Vec<&str> = demands.requirements.iter().map(|it| it.path.as_str()).collect();
    if paths.is_empty() {
        paths.push(USUAL);
    }
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
    let dockerfiles = demands.dockerfiles.iter().map(|it| it.path.as_str());
    let dockerfiles: Vec<&str> =
        dockerfiles.chain(demands.dockerfiles.is_empty().then_some("Dockerfile")).collect();
    for path in dockerfiles {
        found.extend(of_dockerfile(repository, path));
    }
    found
}

/// Requirements that a `RUN` names in words that are known.
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
