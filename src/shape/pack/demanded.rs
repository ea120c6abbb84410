//! Checks that the demands of a pack apply to something: files that its paths hold, versions that documents can reach,
//! values that mean something ([`meaning`], [`keys`]), folders that contain workflows ([`folders`]).
//!
//! A demand on a misspelled path would apply to no file, and every repository would pass.

mod folders;
mod keys;
mod meaning;

use super::HeldPath;
use crate::error::{Error, Result};
use crate::shape::demands::document::Version;
use crate::shape::demands::{Demands, python, workflow};
use crate::shape::manifest::Manifest;
use crate::shape::migration::Step;
use crate::source::typed::nearest;
use crate::source::{Text, yaml};

/// A path named by a demand, and its location in shape.yaml as keys.
struct Demanded<'a> {
    path: &'a str,
    keys: Vec<String>,
}

/// Rejects a pack with a demand that nothing can meet or fail.
pub(super) fn check(
    manifest: &Manifest,
    rules: &[HeldPath],
    text: &Text,
    place: &str,
) -> Result<()> {
    let wanted = || rules.iter().filter(|held| held.rule.policy.is_wanted());
    let expected = |path: &str| {
        let globs = manifest.profiles.values().flat_map(|profile| &profile.expects);
        globs
            .filter_map(|glob| globset::Glob::new(glob).ok())
            .any(|glob| glob.compile_matcher().is_match(path))
    };
    let is_held = |path: &str| wanted().any(|held| held.matches(path)) || expected(path);
    for Demanded { path, keys } in paths(&manifest.demands, &is_held) {
        if is_held(path) {
            continue;
        }
        let error = at(
            Error::usage(format!("a demand is about `{path}`, which no entry of `paths` holds")),
            text,
            place,
            &keys,
        );
        return Err(match nearest(path, wanted().map(|held| held.rule.path.as_str())) {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None => error.hint(format!(
                "add it to `paths`: `- {{ path: {path}, policy: contract }}`, with `optional: true` where a \
                 repository may lack it"
            )),
        });
    }
    for (index, demand) in manifest.demands.documents.iter().enumerate() {
        let keys = |rest: &str| {
            ["demands", "documents", &index.to_string(), rest].map(str::to_owned).to_vec()
        };
        if let Some(version) = &demand.version
            && let Some((fault, hint)) = fault_of(version)
        {
            let message = format!("`version` of `{}`: {fault}", demand.path);
            return Err(at(Error::usage(message), text, place, &keys("version")).hint(hint));
        }
    }
    let fault = meaning::fault(&manifest.demands).or_else(|| {
        let held: Vec<&str> = wanted().map(|held| held.rule.path.as_str()).collect();
        folders::fault(&manifest.demands.workflows.folders, &held)
    });
    let Some(fault) = fault else { return Ok(()) };
    let error = Error::usage(fault.message).hint(fault.hint);
    let document = yaml::Document::parse(text, yaml::Dialect::Yaml12).ok();
    Err(match document.as_ref().and_then(|document| document.at(&fault.place)) {
        Some(node) => error.at(place, text, node.span()),
        None => error.in_file(place),
    })
}

/// Returns the paths that demands expect to be held. Optional adapters may have another path, and version files may be
/// absent.
fn paths<'a>(demands: &'a Demands, is_held: &dyn Fn(&str) -> bool) -> Vec<Demanded<'a>> {
    // Destructured so that a new demand has to be considered here: does it name a path?
    let Demands {
        dockerfiles,
        python,
        documents,
        requirements,
        version_files: _,
        workflows,
        markers: _,
        marker_exclusions: _,
        secrets: _,
        forwarders,
    } = demands;
    let python::Demand { version: _, package: _, modules: _, environment: _, adapters } = python;
    let workflow::Demand {
        folders: _,
        receivers,
        publishes,
        pinned: _,
        permissions: _,
        interfaces: _,
    } = workflows;
    let mut paths = Vec::new();
    let mut add = |path: &'a str, list: &str, index: usize, key: &str| {
        let list = list.split('.').map(str::to_owned);
        let keys = ["demands".to_owned()].into_iter().chain(list);
        let keys = keys.chain([index.to_string(), key.to_owned()]).collect();
        paths.push(Demanded { path, keys });
    };
    for (index, demand) in dockerfiles.iter().enumerate() {
        add(demand.path.as_str(), "dockerfiles", index, "path");
    }
    let adapters = adapters.iter().enumerate();
    for (index, adapter) in adapters.filter(|(_, adapter)| !adapter.optional) {
        add(&adapter.path, "python.adapters", index, "path");
    }
    for (index, demand) in documents.iter().enumerate() {
        add(&demand.path, "documents", index, "path");
    }
    for (index, demand) in requirements.iter().enumerate() {
        add(&demand.path, "requirements", index, "path");
    }
    for (index, demand) in receivers.iter().enumerate() {
        add(&demand.path, "workflows.receivers", index, "path");
    }
    for (index, demand) in publishes.iter().enumerate() {
        add(&demand.path, "workflows.publishes", index, "path");
    }
    // A repository may lack both scripts, unless the pack holds one of them.
    for (index, pair) in forwarders.iter().enumerate() {
        if is_held(&pair.install) || is_held(&pair.start) {
            add(&pair.install, "forwarders", index, "install");
            add(&pair.start, "forwarders", index, "start");
        }
    }
    paths
}

/// Adds the location in shape.yaml to an error, if it can be determined.
pub(super) fn at(error: Error, text: &Text, place: &str, keys: &[String]) -> Error {
    let document = yaml::Document::parse(text, yaml::Dialect::Yaml12).ok();
    let path = keys.iter().fold(yaml::Path::root(), |path, key| match key.parse::<usize>() {
        Ok(index) => path.index(index),
        Err(_) => path.key(key),
    });
    match document.as_ref().and_then(|document| document.at(&path)) {
        Some(node) => error.at(place, text, node.span()),
        None => error.in_file(place),
    }
}

/// Returns a contradiction in the versions of a document, and how to resolve it.
fn fault_of(version: &Version) -> Option<(String, &'static str)> {
    let Version { current, deprecated, migrations, .. } = version;
    if deprecated.contains(current) {
        return Some((
            format!("{current} is both the current version and a deprecated one"),
            "remove it from `deprecated`",
        ));
    }
    for migration in migrations {
        let (from, to) = (migration.from, migration.to);
        if from == to {
            return Some((
                format!("a migration goes from version {from} to the same version"),
                "a migration must change the version",
            ));
        }
        if from > *current
            && !version.knows(from)
            && !migrations.iter().any(|other| other.to == from)
        {
            return Some((
                format!(
                    "a migration goes from version {from}, which is later than the current version, {current}"
                ),
                "set `from` to a version that documents may have, or list it in `opt_in`",
            ));
        }
        if !version.knows(to) && !migrations.iter().any(|other| other.from == to) {
            return Some((
                format!(
                    "a migration goes from version {from} to {to}, which is not a version that documents may have"
                ),
                "`current`, `deprecated` or `opt_in` lists each version that documents may have",
            ));
        }
        if let Some(fault) = migration.steps.iter().find_map(Step::fault) {
            return Some(fault);
        }
    }
    None
}
