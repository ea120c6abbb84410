//! What must hold of a pack as a whole, past each of its paths: managed keys exist, and profiles hold paths
//! only as the pack has content for.

use super::{CanonSource, HeldPath};
use crate::error::{Error, Result};
use crate::shape::manifest::{Extract, Manifest, Profile};
use crate::shape::{HeldBy, Policy};
use crate::source::{Text, yaml};

/// Keys are paths of a YAML document, and a managed key has a value in a canon that is no template.
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
    for held in rules {
        let document = match &held.canon {
            Some(CanonSource::Literal { bytes, .. }) if !held.rule.keys.is_empty() => {
                let text = Text::decode(bytes).ok();
                text.and_then(|text| yaml::Document::parse(&text, yaml::Dialect::Yaml12).ok())
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

/// A profile may hold a path otherwise, but only one that is wanted, and only in a way that the pack has
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
        let needs_canon = policy.held_by() == HeldBy::Text;
        match (held.rule.policy, policy, &held.canon) {
            (Policy::Forbidden, ..) => return wrong("the shape forbids it; use `permits`"),
            (_, Policy::Forbidden, _) => return wrong("a profile does `without` a path instead"),
            (_, _, None) if needs_canon => return wrong("the pack has no content for it"),
            _ => {}
        }
    }
    Ok(())
}
