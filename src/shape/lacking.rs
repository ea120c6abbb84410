//! Contents that the pack lacks: those that its rules require, without which it does not load, and those that new
//! repositories would start with.

use std::collections::BTreeMap;

use crate::source::Text;

use super::manifest::PathRule;
use super::pack::{MANIFEST, PackFiles, TEMPLATE_SUFFIX, read_manifest};

/// Returns these files, by the path of the rule.
#[must_use]
pub fn all(files: &PackFiles) -> BTreeMap<String, String> {
    rules(files).map(|rule| (rule.path.clone(), rule.canon_file())).collect()
}

/// Returns the first path in shape.yaml that the pack lacks content for.
#[must_use]
pub fn first(files: &PackFiles) -> Option<String> {
    rules(files).next().map(|rule| rule.path)
}

/// Returns the file for the content of a path that is required to exist and compared with nothing, if the pack has none: it
/// loads without.
#[must_use]
pub fn start(files: &PackFiles, path: &str) -> Option<String> {
    let is_it = |rule: &PathRule| {
        rule.path == path && rule.policy.is_wanted() && !rule.policy.is_compared()
    };
    without_content(files).find(is_it).map(|rule| rule.canon_file())
}

fn rules(files: &PackFiles) -> impl Iterator<Item = PathRule> {
    without_content(files).filter(|rule| rule.policy.is_compared())
}

fn without_content(files: &PackFiles) -> impl Iterator<Item = PathRule> {
    let text = files.get(MANIFEST).and_then(|manifest| Text::decode(&manifest.bytes).ok());
    let manifest = text.and_then(|text| read_manifest(&text, MANIFEST).ok());
    let rules = manifest.into_iter().flat_map(|manifest| manifest.paths);
    let is_there = |file: &String| {
        files.contains_key(file) || files.contains_key(&format!("{file}{TEMPLATE_SUFFIX}"))
    };
    rules.filter(move |rule| !is_there(&rule.canon_file()))
}
