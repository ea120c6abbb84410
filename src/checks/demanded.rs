//! The files that the pack's demands are about, with the format each is read as.
//!
//! Whether a file can be read is for `unreadable-file` and `syntax-error` to report.

use std::collections::BTreeMap;

use super::{DocumentKind, Repository, Severity, requirements};
use crate::shape::demands::{Demands, workflow};
use crate::shape::pack::HeldPath;
use crate::snapshot::EntryKind;
use crate::source::yaml::Dialect;

/// The files that a demand is about and that exist, in byte order.
pub(super) fn files(repository: &Repository<'_>) -> BTreeMap<String, DocumentKind> {
    // Destructured so that a new demand has to be considered here: is it about a file of some format?
    let Demands {
        dockerfiles,
        python,
        documents,
        requirements: lists,
        version_files: _,
        workflows,
        markers: _,
        marker_exclusions: _,
        secrets: _,
        forwarders,
    } = &repository.pack.manifest.demands;
    let workflow::Demand {
        folders,
        receivers,
        publishes,
        pinned: _,
        permissions: _,
        interfaces: _,
    } = workflows;
    let mut files: BTreeMap<String, DocumentKind> = BTreeMap::new();
    if python.is_any() {
        let modules = repository.snapshot.entries.keys().map(|path| path.as_str());
        let modules = modules.filter(|path| path.ends_with(".py"));
        files.extend(modules.map(|path| (path.to_owned(), DocumentKind::Python)));
    }
    let mut add = |path: &str, kind| {
        if repository.has(path) {
            files.insert(path.to_owned(), kind);
        }
    };
    for pair in forwarders {
        add(&pair.install, DocumentKind::Text);
        add(&pair.start, DocumentKind::Text);
    }
    for demand in dockerfiles {
        add(&demand.path, DocumentKind::Dockerfile);
    }
    for demand in documents {
        add(&demand.path, DocumentKind::Yaml(demand.read_as()));
    }
    for adapter in &python.adapters {
        add(&adapter.path, DocumentKind::Python);
    }
    for demand in lists {
        for path in requirements::paths(repository, &demand.path) {
            add(&path, DocumentKind::Requirements);
        }
    }
    for receiver in receivers {
        add(&receiver.path, DocumentKind::Workflow);
    }
    for publishes in publishes {
        add(&publishes.path, DocumentKind::Workflow);
    }
    for folder in folders {
        for path in repository.paths_below(folder) {
            let yaml = path.as_str().ends_with(".yml") || path.as_str().ends_with(".yaml");
            if yaml && path.parent() == folder.trim_end_matches('/') {
                add(path.as_str(), DocumentKind::Workflow);
            }
        }
    }
    files
}

/// Documents of which the shape manages keys and that no demand is about, with their dialects. The comparison with the
/// canon reports those that cannot be read.
pub(super) fn managed(repository: &Repository<'_>) -> BTreeMap<String, Dialect> {
    let demanded = files(repository);
    let profile = repository.profile;
    let is_managed = |held: &&HeldPath| {
        let path = held.rule.path.as_str();
        profile.policy_of(&held.rule).takes_keys()
            && !held.rule.keys.is_empty()
            && !profile.does_without(path)
            && repository.has(path)
            && !demanded.contains_key(path)
    };
    let managed = repository.pack.rules().iter().filter(is_managed);
    let document =
        |held: &HeldPath| (held.rule.path.clone(), repository.dialect_of(&held.rule.path));
    managed.map(document).collect()
}

/// Documents that tools look for under these names, relative to the root of a repository.
const KNOWN_DOCUMENTS: [&str; 11] = [
    ".github/dependabot.yml",
    ".pre-commit-config.yaml",
    "Cargo.toml",
    "action.yaml",
    "action.yml",
    "compose.yaml",
    "compose.yml",
    "composer.json",
    "docker-compose.yml",
    "package.json",
    "pyproject.toml",
];

/// Files that no demand is about but whose names imply a format, so that they must parse under any shape. A submodule
/// is a folder, whatever its name.
pub(super) fn of_any_shape(repository: &Repository<'_>) -> BTreeMap<String, DocumentKind> {
    let demanded = files(repository);
    let kind_of = |path: &str| {
        if path.ends_with(".py") {
            Some(DocumentKind::Python)
        } else if KNOWN_DOCUMENTS.contains(&path) {
            Some(DocumentKind::Yaml(Dialect::of_file(path, Dialect::Yaml12)))
        } else {
            None
        }
    };
    let entries = repository.snapshot.entries.iter();
    let files = entries.filter(|(_, entry)| entry.kind != EntryKind::Submodule);
    let paths = files.map(|(path, _)| path.as_str());
    let known = paths.filter(|path| !demanded.contains_key(*path));
    known.filter_map(|path| Some((path.to_owned(), kind_of(path)?))).collect()
}

/// How severe it is that such a file cannot be read or does not parse. A Python module may be an intentional example
/// of one that does not.
pub(super) fn severity_of_any_shape(kind: DocumentKind) -> Severity {
    match kind {
        DocumentKind::Python => Severity::Warning,
        _ => Severity::Error,
    }
}

/// What messages call a file of this kind.
pub(super) fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Text => "script",
        DocumentKind::Yaml(_) => "document",
        DocumentKind::Dockerfile => "Dockerfile",
        DocumentKind::Python => "Python module",
        DocumentKind::Requirements => "requirements file",
        DocumentKind::Workflow => "workflow",
    }
}
