//! Checks that the demands of a pack apply to something: files that its paths hold, folders that contain workflows
//! ([`folders`]), and values that mean something, which each demand says of itself ([`Demands::fault`]).
//!
//! A demand on a misspelled path would apply to no file, and every repository would pass.

mod folders;

use super::HeldPath;
use crate::error::{Error, Result};
use crate::shape::demands::Demands;
use crate::shape::manifest::Manifest;
use crate::source::typed::nearest;
use crate::source::yaml::Path;
use crate::source::{Text, yaml};

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
    for (path, keys) in paths(&manifest.demands, &is_held) {
        if is_held(path) {
            continue;
        }
        let error = located(
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
    let fault = manifest.demands.fault().or_else(|| {
        let held: Vec<&str> = wanted().map(|held| held.rule.path.as_str()).collect();
        folders::fault(&manifest.demands.workflows.folders, &held)
    });
    let Some(fault) = fault else { return Ok(()) };
    let error = Error::usage(fault.message).hint(fault.hint);
    Err(located(error, text, place, &fault.place))
}

/// Returns the paths that demands expect to be held, each with its location in shape.yaml. Version files may be absent.
fn paths<'a>(demands: &'a Demands, is_held: &dyn Fn(&str) -> bool) -> Vec<(&'a str, Path)> {
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
    let at = |name: &str| Path::keys(["demands", name]);
    let mut paths = Vec::new();
    let mut add = |path: &'a str, list: &str, index: usize, key: &str| {
        paths.push((path, at(list).index(index).key(key)));
    };
    for (index, demand) in dockerfiles.iter().enumerate() {
        add(&demand.path, "dockerfiles", index, "path");
    }
    for (index, demand) in documents.iter().enumerate() {
        add(&demand.path, "documents", index, "path");
    }
    for (index, demand) in requirements.iter().enumerate() {
        add(&demand.path, "requirements", index, "path");
    }
    // A repository may lack both scripts, unless the pack holds one of them.
    for (index, pair) in forwarders.iter().enumerate() {
        if is_held(&pair.install) || is_held(&pair.start) {
            add(&pair.install, "forwarders", index, "install");
            add(&pair.start, "forwarders", index, "start");
        }
    }
    paths.extend(python.paths(&at("python")));
    paths.extend(workflows.paths(&at("workflows")));
    paths
}

/// Adds the location in shape.yaml to an error, if it can be determined.
pub(super) fn at(error: Error, text: &Text, place: &str, keys: &[String]) -> Error {
    let path = keys.iter().fold(Path::root(), |path, key| match key.parse::<usize>() {
        Ok(index) => path.index(index),
        Err(_) => path.key(key),
    });
    located(error, text, place, &path)
}

fn located(error: Error, text: &Text, place: &str, path: &Path) -> Error {
    let document = yaml::Document::parse(text, yaml::Dialect::Yaml12).ok();
    match document.as_ref().and_then(|document| document.at(path)) {
        Some(node) => error.at(place, text, node.span()),
        None => error.in_file(place),
    }
}
