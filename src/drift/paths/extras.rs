//! Reports the paths that neither the shape, the profile nor another file accounts for.
//!
//! That nothing uses a file is only said where it is known; else the finding says what may use it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::checks::reach::{self, Mention};
use crate::checks::{Finding, Found, Repository, path_rules as rules};
use crate::drift::model::PathReport;
use crate::shape::PathVerdict;
use crate::source::languages::{is_found_by_name, is_unfollowed_source};
use crate::source::yaml::Dialect;

/// Adds the paths that neither the shape, the profile nor another file accounts for.
pub(in crate::drift) fn extras(
    repository: &Repository<'_>,
    paths: &mut Vec<PathReport>,
    findings: &mut Vec<Finding>,
) {
    let profile = repository.profile;
    let candidates = repository.snapshot.entries.iter().filter(|(path, _)| {
        let path = path.as_str();
        repository.pack.rule_for(path).is_none()
            && !repository.identity.is_ours(path)
            && !repository.pack.expects_extra(path)
            && !profile.permits(path)
            && !profile.profile.expects.iter().any(|expected| expected == path)
    });
    let mut candidates = candidates.peekable();
    if candidates.peek().is_none() {
        return;
    }
    let uses = Uses::of(repository);
    for (path, entry) in candidates.filter(|(path, _)| !uses.reached.contains(path.as_str())) {
        let (unused, help) = uses.said(path.as_str());
        let message = format!("`{path}` is unknown to the shape{unused}");
        let mut finding =
            Finding::new(&rules::PATH_EXTRA, message).in_file(path.clone()).help(help);
        finding.evidence = Some(entry.id);
        findings.push(finding);
        paths.push(PathReport {
            path: path.clone(),
            policy: None,
            verdict: PathVerdict::Extra,
            behind: None,
            actual: Some(entry.id),
            difference: None,
        });
    }
}

/// What is known of the use of a repository's files.
struct Uses<'r, 'a> {
    repository: &'r Repository<'a>,
    reached: BTreeSet<String>,
    /// What files that are not reached refer to, once it is asked for.
    mentions: OnceCell<BTreeMap<String, Mention>>,
    has_code: bool,
    has_python: bool,
    has_unfollowed: bool,
}

impl<'r, 'a> Uses<'r, 'a> {
    fn of(repository: &'r Repository<'a>) -> Self {
        let paths = || repository.snapshot.entries.keys().map(|path| path.as_str());
        let has_python = paths().any(|path| path.ends_with(".py"));
        let is_dockerfile =
            |path: &str| path.rsplit('/').next().is_some_and(|name| name.starts_with("Dockerfile"));
        Self {
            repository,
            reached: reach::reached(repository),
            mentions: OnceCell::new(),
            // "Nothing copies, imports or runs it" is only meaningful in a repository with a Dockerfile or Python.
            has_code: has_python || paths().any(is_dockerfile),
            has_python,
            has_unfollowed: paths().any(is_unfollowed_source),
        }
    }

    /// What is said of a file that is not reached: the end of the message, and the help.
    fn said(&self, path: &str) -> (&'static str, String) {
        const ACCEPT: &str = "list it under `extras` of the shape, or waive it";
        let unknown = |why: &str| {
            ("", format!("{ACCEPT}; whether anything uses it is not known, because {why}"))
        };
        if is_found_by_name(path) {
            return ("", format!("{ACCEPT}; tools look for a file of this name"));
        }
        // Only Python imports Python; other files may be used by sources whose imports are not followed.
        let is_followed = self.has_code && (!self.has_unfollowed || path.ends_with(".py"));
        if is_followed {
            let mentions =
                self.mentions.get_or_init(|| reach::mentions(self.repository, &self.reached));
            if let Some(mention) = mentions.get(path) {
                let use_of_that = match is_found_by_name(mention.by()) {
                    true => "tools look for that by its name",
                    false => "nothing is known to use that",
                };
                return ("", format!("{ACCEPT}; {mention}, and {use_of_that}"));
            }
            if let Some(why) = self.may_be_loaded(path) {
                return unknown(&why);
            }
            let help = "list it under `extras` of the shape, waive it, or remove it";
            return (", and nothing copies, imports or runs it", help.to_owned());
        }
        if !is_unfollowed_source(path) {
            // A picture or a licence is not what imports are about.
            ("", ACCEPT.to_owned())
        } else if self.has_python {
            unknown("only Python's imports are followed")
        } else {
            unknown("the imports of this repository's code are not followed")
        }
    }

    /// What may use a Python module, or a file in a package, without naming it: a build packages whole folders, and Django
    /// loads modules and templates by their names.
    fn may_be_loaded(&self, path: &str) -> Option<String> {
        let has = |folder: &str, name: &str| {
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            self.repository.has(&path).then_some(path)
        };
        let folders = || path.rmatch_indices('/').filter_map(|(at, _)| path.get(..at));
        let is_python = path.ends_with(".py") || path.ends_with(".pyi");
        if !is_python && !folders().any(|folder| has(folder, "__init__.py").is_some()) {
            return None;
        }
        folders().chain([""]).find_map(|folder| {
            let project = || {
                has(folder, "setup.py")
                    .or_else(|| has(folder, "pyproject.toml").filter(|path| self.packages(path)))
            };
            let packaged = || Some(format!("`{}` may package it", project()?));
            let loaded =
                || Some(format!("`{}` may load it by its name", has(folder, "manage.py")?));
            packaged().or_else(loaded)
        })
    }

    /// Whether a pyproject.toml describes a package, as one with settings of tools alone does not.
    fn packages(&self, path: &str) -> bool {
        // What cannot be read may.
        let Found::File(blob) = self.repository.find(path) else { return true };
        let Ok(document) = blob.documents.yaml(Dialect::Toml) else { return true };
        let root = document.root();
        ["project", "build-system"].into_iter().any(|table| root.get(table).is_some())
            || root.get("tool").is_some_and(|tools| tools.get("poetry").is_some())
    }
}
