//! Checks a pack as a whole: keys and their formats, managed keys, and the policies of profiles.

use super::{CanonSource, HeldPath};
use crate::error::{Error, Result};
use crate::shape::Policy;
use crate::shape::manifest::{Extract, Manifest, PathRule, Profile};
use crate::source::{Text, yaml};

/// Checks that keys are valid paths of documents in a supported format, and that the canon has each managed key.
pub(super) fn check_keys(manifest: &Manifest, rules: &[HeldPath], place: &str) -> Result<()> {
    let wrong = |message: String| Error::usage(message).in_file(place);
    for (name, variable) in &manifest.variables {
        variable.whole_pattern().map_err(|error| {
            wrong(format!("the pattern of the variable `{name}` is none")).caused_by(error)
        })?;
        if let Some(Extract::Yaml { key, .. }) = &variable.extract {
            key.parse::<yaml::Path>().map_err(|error| {
                wrong(format!("the variable `{name}` is looked for at no key")).caused_by(error)
            })?;
        }
    }
    let documents = manifest.demands.documents.iter().map(|demand| demand.path.as_str());
    let keyed = rules.iter().filter(|held| !held.rule.keys.is_empty());
    for path in documents.chain(keyed.map(|held| held.rule.path.as_str())) {
        if let Some(format) = unread(path) {
            return Err(wrong(format!("`{path}`: {format} is not read, so that its keys cannot be held"))
                .hint("documents are YAML, JSON or TOML; hold this one as a whole (`exact`, `templated`) or as `seeded`"));
        }
    }
    let lines =
        rules.iter().filter(|it| it.rule.policy == Policy::Structured && it.rule.keys.is_empty());
    for held in lines {
        let path = &held.rule.path;
        if let Some(format) = nested(path) {
            return Err(wrong(format!(
                "`{path}`: what is missing in {format} cannot be put at its end, so that its lines cannot be held"
            ))
            .hint("name the `keys` to hold, where it is JSON or TOML; else hold it as a whole (`exact`, `templated`) or as `seeded`"));
        }
    }
    let is_so_in_a_profile = |path: &String| {
        let mut profiles = manifest.profiles.values();
        profiles.any(|profile| profile.policies.get(path) == Some(&Policy::Structured))
    };
    for held in rules.iter().filter(|held| !held.rule.keys.is_empty()) {
        let PathRule { path, policy, .. } = &held.rule;
        if *policy != Policy::Structured && !is_so_in_a_profile(path) {
            return Err(wrong(format!("`{path}` is held {policy}, which takes no `keys`"))
                .hint("hold it `structured` to manage these keys alone, or leave out `keys`"));
        }
    }
    for held in rules {
        let document = match &held.canon {
            Some(CanonSource::Literal { bytes, .. }) if !held.rule.keys.is_empty() => {
                let text = Text::decode(bytes).ok();
                let dialect = yaml::Dialect::of_file(&held.rule.path, yaml::Dialect::Yaml12);
                text.and_then(|text| yaml::Document::parse(&text, dialect).ok())
            }
            _ => None,
        };
        for key in &held.rule.keys {
            let path = &held.rule.path;
            let key_path: yaml::Path = key.parse().map_err(|error| {
                wrong(format!("a managed key of `{path}` is none")).caused_by(error)
            })?;
            if document.as_ref().is_some_and(|document| document.at(&key_path).is_none()) {
                return Err(wrong(format!("the pack's `{path}` has no key `{key}` to manage")));
            }
        }
    }
    Ok(())
}

/// Returns the format of a file by its extension, if it has keys that shipshape cannot read.
fn unread(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, ending) = name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "ini" | "cfg" | "conf" | "properties" | "editorconfig" | "npmrc" => {
            Some("a file of settings")
        }
        "xml" | "csproj" | "props" => Some("XML"),
        "hcl" | "tf" | "tfvars" => Some("HCL"),
        "jsonc" | "json5" => Some("JSON with comments"),
        "md" | "txt" => Some("prose"),
        _ => None,
    }
}

/// Returns the format of a file by its extension, if lines cannot simply be appended to it.
fn nested(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, ending) = name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "json" | "jsonc" | "json5" => Some("JSON"),
        "toml" => Some("TOML"),
        "xml" | "csproj" | "props" => Some("XML"),
        "hcl" | "tf" | "tfvars" => Some("HCL"),
        _ => None,
    }
}

/// Checks the policies of a profile: it may change only that of a wanted path, and only to one that the pack has
/// content for.
pub(super) fn check_policies(
    name: &str,
    profile: &Profile,
    rules: &[HeldPath],
    place: &str,
) -> Result<()> {
    for (path, policy) in &profile.policies {
        let wrong = |why: &str| {
            Err(Error::usage(format!(
                "the profile `{name}` cannot hold `{path}` as {policy}: {why}"
            ))
            .in_file(place))
        };
        let Some(held) = rules.iter().find(|held| held.rule.path == *path) else {
            return wrong("the shape does not hold that path");
        };
        let needs_canon = policy.is_compared();
        match (held.rule.policy, policy, &held.canon) {
            (Policy::Forbidden, ..) => return wrong("the shape forbids it; use `permits`"),
            (_, Policy::Forbidden, _) => return wrong("a profile does `without` a path instead"),
            (_, _, None) if needs_canon => return wrong("the pack has no content for it"),
            _ => {}
        }
    }
    Ok(())
}
