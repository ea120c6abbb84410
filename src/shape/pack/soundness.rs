//! Checks a pack as a whole: keys and their formats, managed keys, and the policies of profiles.

use std::sync::Arc;

use super::globs::is_glob;
use super::{CanonSource, HeldPath, demanded};
use crate::error::{Error, Result};
use crate::shape::manifest::{Manifest, PathRule, Profile};
use crate::source::ignore_lines::is_ignore_file;
use crate::source::typed::nearest;
use crate::source::{SyntaxError, Text, json, yaml};

/// Checks that keys are valid paths of documents in a supported format, and that the canon has each managed key.
pub(super) fn check_keys(
    manifest: &Manifest,
    rules: &[HeldPath],
    source: &Source<'_>,
) -> Result<()> {
    let wrong = |message: String| Error::usage(message).in_file(source.place);
    let documents = manifest.demands.documents.iter().map(|demand| demand.path.as_str());
    let keyed = rules.iter().filter(|held| !held.rule.keys.is_empty());
    for path in documents.chain(keyed.map(|held| held.rule.path.as_str())) {
        if let Some(format) = unread(path) {
            return Err(wrong(format!("`{path}`: {format} is not supported, so its keys cannot be held"))
                .hint("documents are YAML, JSON or TOML; hold this one as a whole (`exact`, `templated`) or as `seeded`"));
        }
    }
    let lines = rules.iter().filter(|it| it.rule.policy.takes_keys() && it.rule.keys.is_empty());
    for held in lines {
        let path = &held.rule.path;
        if let Some((why, hint)) = without_lines(path) {
            return Err(wrong(format!("`{path}`: {why}")).hint(hint));
        }
    }
    let is_so_in_a_profile = |path: &String| {
        let mut profiles = manifest.profiles.values();
        profiles.any(|profile| profile.policies.get(path).is_some_and(|it| it.takes_keys()))
    };
    for held in rules.iter().filter(|held| !held.rule.keys.is_empty()) {
        let PathRule { path, policy, .. } = &held.rule;
        if !policy.takes_keys() && !is_so_in_a_profile(path) {
            return Err(wrong(format!("`{path}` is held {policy}, which takes no `keys`"))
                .hint("hold it `structured` to manage these keys alone, or leave out `keys`"));
        }
    }
    for (index, held) in rules.iter().enumerate() {
        let path = &held.rule.path;
        let document = match &held.canon {
            Some(CanonSource::Literal { bytes, .. }) if !held.rule.keys.is_empty() => {
                Some(document(path, bytes).map_err(|error| {
                    wrong(format!("the pack's `{path}` cannot be read, so its keys cannot be held"))
                        .caused_by(error)
                })?)
            }
            _ => None,
        };
        for (number, key) in held.rule.keys.iter().enumerate() {
            let wrong = |message: String| {
                let keys =
                    ["paths", &index.to_string(), "keys", &number.to_string()].map(str::to_owned);
                source.at(Error::usage(message), &keys)
            };
            let key_path: yaml::Path = key.parse().map_err(|error| {
                wrong(format!("a managed key of `{path}` is not a key")).caused_by(error)
            })?;
            if let Some(document) = document.as_ref().filter(|it| it.at(&key_path).is_none()) {
                let error = wrong(format!("the pack's `{path}` has no key `{key}` to manage"));
                return Err(match like(document, key) {
                    Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                    None => error
                        .hint(format!("add it to the pack's `{path}`, or leave it out of `keys`")),
                });
            }
        }
    }
    Ok(())
}

/// Checks that a slug can be found in names: a pattern without a place for it fits none.
pub(super) fn check_repository_names(manifest: &Manifest, source: &Source<'_>) -> Result<()> {
    let mut patterns = manifest.repository_names.iter().enumerate();
    let Some((index, pattern)) = patterns.find(|(_, pattern)| !pattern.contains("{slug}")) else {
        return Ok(());
    };
    let keys = ["repository_names".to_owned(), index.to_string()];
    let message = format!("the pattern `{pattern}` of `repository_names` fits no name");
    let error = source.at(Error::usage(message), &keys);
    Err(error.hint(format!("say where the slug is: `{pattern}{{slug}}`, `*-{{slug}}`")))
}

/// The key of a document that was probably meant by a missing one, as plain keys are written: one that differs in a single
/// part.
fn like(document: &yaml::Document, missing: &str) -> Option<String> {
    let (mut node, mut known, mut rest) = (document.root(), String::new(), missing);
    loop {
        let (name, behind) = rest.split_once('.').map_or((rest, ""), |(name, rest)| (name, rest));
        let Some(next) = node.get(name) else {
            let names = node.entries().filter_map(|entry| entry.key.scalar_text());
            let meant = nearest(name, names)?;
            let meant = format!("{known}{meant}{}", missing.get(known.len() + name.len()..)?);
            return document.at(&meant.parse().ok()?).map(|_| meant);
        };
        if behind.is_empty() {
            return None;
        }
        known.push_str(&format!("{name}."));
        (node, rest) = (next, behind);
    }
}

/// Parses a canon as the readers of its path do: `*.json` as JSON, which the YAML parser would accept with more in it.
fn document(path: &str, bytes: &Arc<[u8]>) -> std::result::Result<yaml::Document, String> {
    let text = Text::decode(bytes).map_err(|error| error.to_string())?;
    let at = |error: SyntaxError| {
        let line = text.position(error.span.start).line;
        format!("line {line} does not parse: {}", error.message)
    };
    if let Some(error) = json::is_strict(path).then(|| json::error(&text)).flatten() {
        return Err(at(error));
    }
    let dialect = yaml::Dialect::of_file(path, yaml::Dialect::Yaml12);
    yaml::Document::parse(&text, dialect).map_err(at)
}

/// Returns the format of a file by its name, if it is known to be no document that shipshape can read.
fn unread(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    match name.as_str() {
        "go.mod" | "go.sum" | "go.work" | "go.work.sum" => return Some("a file of Go modules"),
        "dockerfile" | "containerfile" => return Some("a Dockerfile"),
        "makefile" | "procfile" | ".env" | ".tool-versions" | ".nvmrc" | ".node-version"
        | ".python-version" | ".ruby-version" | ".gitattributes" | "codeowners" => {
            return Some("a file of lines");
        }
        _ if name.starts_with(".env.") || is_ignore_file(&name) => return Some("a file of lines"),
        _ => {}
    }
    let (_, ending) = name.rsplit_once('.')?;
    match ending {
        "env" => Some("a file of lines"),
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

/// Why the lines of a file cannot be held, and what to do instead, if so.
fn without_lines(path: &str) -> Option<(String, &'static str)> {
    let format = nested(path)?;
    let hint = match format {
        "JSON" | "TOML" | "YAML" => {
            "name the `keys` to hold, or hold it as a whole (`exact`, `templated`) or as `seeded`"
        }
        _ => "hold it as a whole (`exact`, `templated`) or as `seeded`",
    };
    let why =
        format!("a single line of {format} has no meaning by itself, so its lines cannot be held");
    Some((why, hint))
}

/// Returns the format of a file by its extension, if what a line means depends on the lines around it.
fn nested(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, ending) = name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "json" => Some("JSON"),
        "jsonc" | "json5" => Some("JSON with comments"),
        "toml" => Some("TOML"),
        "yaml" | "yml" | "cff" => Some("YAML"),
        "xml" | "csproj" | "props" => Some("XML"),
        "hcl" | "tf" | "tfvars" => Some("HCL"),
        _ => None,
    }
}

/// Checks the name of a profile, by which fleet.yaml and `--profile` give it to repositories.
pub(in crate::shape) fn check_profile_name(name: &str, text: &Text, place: &str) -> Result<()> {
    let is_typed_as_it_is = name == name.trim() && !name.chars().any(char::is_control);
    if is_typed_as_it_is && !name.is_empty() {
        return Ok(());
    }
    let message = match name.trim().is_empty() {
        true => "a profile has no name".to_owned(),
        false => format!("`{}` is not the name of a profile", name.escape_debug()),
    };
    let keys = ["profiles".to_owned(), name.to_owned()];
    let error = demanded::at(Error::usage(message), text, place, &keys);
    Err(error.hint(
        "a name has one or more characters, none of them a control character, and no blank at either end",
    ))
}

/// The text of shape.yaml, and the file that errors about it name.
pub(super) struct Source<'a> {
    pub(super) text: &'a Text,
    pub(super) place: &'a str,
}

impl Source<'_> {
    fn at(&self, error: Error, keys: &[String]) -> Error {
        demanded::at(error, self.text, self.place, keys)
    }
}

/// Checks that a profile does without paths that the shape holds: one that resembles a held path is misspelled. Globs, and
/// paths of which none is near, may be about what the shape no longer holds.
fn check_without(
    name: &str,
    profile: &Profile,
    rules: &[HeldPath],
    source: &Source<'_>,
) -> Result<()> {
    for (index, path) in profile.without.iter().enumerate() {
        if is_glob(path) || rules.iter().any(|held| held.rule.path == *path) {
            continue;
        }
        let Some(meant) = meant(path, rules) else { continue };
        let keys = ["profiles", name, "without", &index.to_string()].map(str::to_owned);
        let message =
            format!("the profile `{name}` is without `{path}`, which no entry of `paths` holds");
        let error = source.at(Error::usage(message), &keys);
        return Err(
            error.hint(format!("did you mean `{meant}`? Otherwise remove it from `without`"))
        );
    }
    Ok(())
}

/// The held path that was probably meant.
fn meant<'r>(path: &str, rules: &'r [HeldPath]) -> Option<&'r str> {
    nearest(path, rules.iter().map(|held| held.rule.path.as_str()))
}

/// Checks the policies of a profile: it may change only that of a wanted path, and only to one that the pack has
/// content for.
pub(super) fn check_policies(
    name: &str,
    profile: &Profile,
    rules: &[HeldPath],
    source: &Source<'_>,
) -> Result<()> {
    check_without(name, profile, rules, source)?;
    for (path, policy) in &profile.policies {
        let wrong = |why: &str| {
            let keys = ["profiles", name, "policies", path].map(str::to_owned);
            let message = format!("the profile `{name}` cannot hold `{path}` as {policy}: {why}");
            Err(source.at(Error::usage(message), &keys))
        };
        let Some(held) = rules.iter().find(|held| held.rule.path == *path) else {
            let hint = meant(path, rules).map(|meant| format!("did you mean `{meant}`?"));
            let found = wrong("the shape does not hold that path");
            return found.map_err(|error: Error| match hint {
                Some(hint) => error.hint(hint),
                None => error,
            });
        };
        let needs_canon = policy.is_compared();
        if !held.rule.policy.is_wanted() {
            return wrong("the shape forbids it; use `permits`");
        }
        if !policy.is_wanted() {
            return wrong("a profile lists a path under `without` instead");
        }
        if needs_canon && held.canon.is_none() {
            return wrong("the pack has no content for it");
        }
        if policy.takes_keys()
            && held.rule.keys.is_empty()
            && let Some((why, hint)) = without_lines(path)
        {
            return wrong(&why).map_err(|error: Error| error.hint(hint));
        }
    }
    Ok(())
}
