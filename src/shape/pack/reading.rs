//! Reads the parts of a [`Pack`](super::Pack) from its files: parses shape.yaml, finds the content of each path, and
//! compiles the templates.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::globs::{glob, is_glob};
use super::names::value_in_path;
use super::{
    CanonSource, FILES, HeldPath, MANIFEST, PackFiles, TEMPLATE_SUFFIX, demanded, expressions,
};
use crate::error::{Error, Obstacle, Result};
use crate::shape::breakout::Broken;
use crate::shape::lineage::parts::{self, Parts};
use crate::shape::lineage::{EarlierContent, EarlierVariables};
use crate::shape::manifest::{Manifest, PathRule};
use crate::shape::render::Templates;
use crate::shape::template::forge;
use crate::shape::variables::{GIVEN, STARTER};
use crate::shape::variables::{default_template, demand_template, equal_template, expression_of};
use crate::snapshot::{BlobId, RepoPath, is_lfs_pointer};
use crate::source::Text;
use crate::source::typed::{self, outline};

/// Reads shape.yaml.
///
/// # Errors
/// When it is not YAML, has unknown keys or the wrong version; the error has the location.
pub fn read_manifest(text: &Text, place: &str) -> Result<Manifest> {
    let wrong = || Error::usage("cannot read the shape pack");
    // serde_yaml takes minutes for a megabyte of `[`; this fails at the first one nested too deep.
    let root = outline::read(text).map_err(|error| {
        let hint = "look at this line and the one above it: a bracket, a quote or the indentation";
        wrong().at(place, text, error.span).caused_by(error).hint(hint)
    })?;
    // Of demands that are given twice, serde would keep the last, and no repository would miss the first.
    if let Some(error) = typed::repetition(&root, text, Path::new(place)) {
        return Err(error);
    }
    let manifest: Manifest = serde_yaml::from_str(text.as_str()).map_err(|error| {
        // The schema can suggest the intended key, and lists everything that a value may be.
        if let Some(better) = by_schema(text, place) {
            return better;
        }
        let wrong = wrong();
        let wrong = match error.location() {
            Some(at) => wrong.at_position(place, position_of(&at)),
            None => wrong.in_file(place),
        };
        wrong.caused_by(error).hint("`shipshape schema shape` prints what it may hold")
    })?;
    if manifest.schema != 1 {
        return Err(Error::usage(format!(
            "version {} of shape.yaml is not supported",
            manifest.schema
        ))
        .in_file(place)
        .hint("this version of shipshape reads version 1: `schema: 1`"));
    }
    Ok(manifest)
}

/// Returns the first error found by validating against the schema.
fn by_schema(text: &Text, place: &str) -> Option<Error> {
    match typed::read::<Manifest>(Path::new(place), text.as_str().as_bytes(), 1) {
        Ok(read) => read.problems.into_iter().next(),
        Err(problems) => problems.into_iter().next(),
    }
}

fn position_of(location: &serde_yaml::Location) -> crate::source::Position {
    let saturate = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    crate::source::Position { line: saturate(location.line()), column: saturate(location.column()) }
}

/// The error of a rule without its content.
fn lacking(rule: &PathRule) -> Error {
    let PathRule { path, policy, .. } = rule;
    let files: Vec<String> = rule.canon_files().iter().map(|file| format!("`{file}`")).collect();
    let without = match files.as_slice() {
        [one, other] => format!("neither {one} nor {other}"),
        _ => format!("no {}", files.concat()),
    };
    Error::usage(format!("`{path}` is held {policy}, but the pack has {without}"))
        .stopped_by(Obstacle::NoCanon)
        .hint("create it in the pack")
}

pub(super) fn held(
    rule: &PathRule,
    manifest: &Manifest,
    files: &PackFiles,
    place: &str,
) -> Result<HeldPath> {
    let is_value = |word: &str| {
        let mut declared = manifest.variables.iter();
        GIVEN.contains(&word) || word == STARTER || declared.any(|(name, _)| name == word)
    };
    if let Some(value) = value_in_path(&rule.path, is_value) {
        let message = format!("`{}` has `{value}` in a tag, but paths are no templates", rule.path);
        return Err(Error::usage(message).in_file(place).hint(
            "name one path; a file whose path is another one in each repository cannot be held",
        ));
    }
    let is_pattern = !rule.policy.is_wanted() && is_glob(&rule.path);
    if !is_pattern && !RepoPath::new(&rule.path).is_sound() {
        return Err(Error::usage(format!("`{}` is not a path inside a repository", rule.path))
            .in_file(place)
            .hint("write it relative to the root, with `/`, without `..` and without `.git`"));
    }
    let literal = rule.canon_file();
    let template = format!("{literal}{TEMPLATE_SUFFIX}");
    let pointer = [&literal, &template]
        .into_iter()
        .find(|name| files.get(name.as_str()).is_some_and(|file| is_lfs_pointer(&file.bytes)));
    if let Some(name) = pointer {
        let folder = place.strip_suffix(MANIFEST).unwrap_or_default();
        return Err(Error::usage(format!(
            "`{name}` is a Git LFS pointer, so the wanted content of `{}` is not in the pack",
            rule.path
        ))
        .in_file(format!("{folder}{name}"))
        .hint("keep the file in git itself: `git lfs untrack` it and commit it again"));
    }
    let canon = match (files.get(&literal), files.get(&template)) {
        (Some(_), Some(_)) => {
            return Err(Error::usage(format!("`{literal}` and `{template}` are both in the pack"))
                .in_file(place)
                .hint("keep one of them"));
        }
        (Some(file), None) => {
            let executable = file.executable || rule.must_be_executable();
            Some(CanonSource::Literal {
                bytes: Arc::clone(&file.bytes),
                id: BlobId::of(&file.bytes),
                executable,
            })
        }
        (None, Some(file)) => {
            let executable = file.executable || rule.must_be_executable();
            Some(CanonSource::Template { name: template.clone(), executable })
        }
        (None, None) => None,
    };
    let fault = match (rule.policy, &canon) {
        (policy, Some(CanonSource::Template { .. })) if !policy.takes_template() => {
            Some(format!("`{}` is held {policy}, so `{template}` cannot be a template", rule.path))
        }
        (policy, None) if policy.is_compared() => {
            return Err(lacking(rule).in_file(place));
        }
        // File names may contain brackets and braces, as in `app/[slug]/page.tsx`, but hardly ever stars.
        (policy, _) if policy.is_wanted() && rule.path.contains(['*', '?']) => {
            Some(format!("`{}` is a glob, and only forbidden paths may be globs", rule.path))
        }
        (policy, Some(_)) if !policy.is_wanted() => {
            Some(format!("`{}` is forbidden but is in the pack", rule.path))
        }
        _ => None,
    };
    if let Some(fault) = fault {
        return Err(Error::usage(fault).in_file(place));
    }
    let matcher = is_pattern.then(|| glob(&rule.path, place)).transpose()?;
    let matcher = matcher.map(|glob| glob.compile_matcher());
    let broken = match &canon {
        Some(CanonSource::Literal { bytes, .. }) => Broken::of_file(&rule.path, &literal, bytes),
        _ => None,
    };
    Ok(HeldPath { rule: rule.clone(), canon, broken, matcher })
}

/// Returns the content that a path has today, as its lineage keeps it.
pub(super) fn today(
    canon: &CanonSource,
    files: &PackFiles,
    variables: &EarlierVariables,
) -> Option<EarlierContent> {
    match canon {
        CanonSource::Literal { bytes, .. } => Some(EarlierContent::Literal(Arc::clone(bytes))),
        CanonSource::Template { name, .. } => {
            let bytes = &files.get(name)?.bytes;
            let source = String::from_utf8_lossy(bytes).into_owned().into();
            let (parts, variables) = (parts_in(files, bytes), variables.clone());
            Some(EarlierContent::Template { source, parts, variables })
        }
    }
}

/// Returns the templates of a pack that a template of it takes in.
pub(in crate::shape) fn parts_in(files: &PackFiles, template: &[u8]) -> Parts {
    parts::of(&String::from_utf8_lossy(template), |name| {
        Some(String::from_utf8_lossy(&files.get(name)?.bytes).into_owned().into())
    })
}

/// Returns the files of the pack that no path uses, because of a typo or an oversight. Templates are left out, since
/// others may include them.
pub(super) fn unnamed(manifest: &Manifest, files: &PackFiles) -> Vec<String> {
    let named: BTreeSet<String> = manifest.paths.iter().map(PathRule::canon_file).collect();
    let below = files.keys().filter(|name| name.starts_with(FILES));
    let unnamed =
        below.filter(|name| !name.ends_with(TEMPLATE_SUFFIX) && !named.contains(name.as_str()));
    unnamed.cloned().collect()
}

pub(super) fn compile(
    manifest: &Manifest,
    files: &PackFiles,
    text: &Text,
    place: &str,
) -> Result<Templates> {
    // A repository may have templates of its own: a canon that is taken as it is may look like anything.
    let literal: BTreeSet<String> = manifest.paths.iter().map(PathRule::canon_file).collect();
    let is_template = |path: &str| path.ends_with(TEMPLATE_SUFFIX) && !literal.contains(path);
    let mut sources: Vec<(String, &str)> = Vec::new();
    for (path, file) in files.iter().filter(|(path, _)| is_template(path)) {
        let source = std::str::from_utf8(&file.bytes).map_err(|error| {
            Error::usage(format!("the template `{path}` is not UTF-8"))
                .in_file(place)
                .caused_by(error)
        })?;
        sources.push((path.clone(), source));
    }
    for (name, variable) in &manifest.variables {
        sources.extend(expressions(name, variable));
    }
    let demanded = manifest.demands.expressions();
    sources.extend(demanded.map(|source| (demand_template(source), source)));
    Templates::compile(sources.iter().map(|(name, source)| (name.as_str(), *source))).map_err(
        |error| {
            // Tera's message often has a line but no file. A template is at fault if the message names it, or if the
            // others compile without it; with several at fault, one that does not compile alone.
            let named = sources
                .iter()
                .filter_map(|source| Some((error.0.find(&format!("`{}`", source.0))?, source)));
            let named = named.min_by_key(|(at, _)| *at).map(|(_, source)| source);
            let without = |(name, _): &&(String, &str)| {
                let others = sources.iter().filter(|(other, _)| other != name);
                Templates::compile(others.map(|(name, source)| (name.as_str(), *source))).is_ok()
            };
            let alone = |(name, source): &&(String, &str)| {
                Templates::compile([(name.as_str(), *source)]).is_err()
            };
            let at_fault = named
                .or_else(|| sources.iter().find(without))
                .or_else(|| sources.iter().find(alone));
            let at_fault = at_fault.map(|(name, _)| name.as_str());
            let folder = place.strip_suffix(MANIFEST).unwrap_or_default();
            let expression = at_fault.and_then(expression_of);
            let wrong = Error::usage(match &expression {
                Some(expression) => format!("{expression} does not compile"),
                None => "a template of the shape pack does not compile".to_owned(),
            });
            let file = at_fault.filter(|name| files.contains_key(*name));
            let wrong = match (file, at_fault.and_then(|name| place_of(manifest, name))) {
                (Some(file), _) => wrong.in_file(format!("{folder}{file}")),
                (None, Some(keys)) => demanded::at(wrong, text, place, &keys),
                (None, None) => wrong.in_file(place),
            };
            let wrong = wrong.caused_by(error);
            let source = sources.iter().find(|(name, _)| Some(name.as_str()) == at_fault);
            match source.is_some_and(|(_, text)| !forge::expressions(text).is_empty()) {
                true => wrong.hint(forge::HINT),
                false => wrong,
            }
        },
    )
}

/// Returns the keys in shape.yaml that lead to the expression of a variable with this name among the templates.
pub(super) fn place_of(manifest: &Manifest, template: &str) -> Option<[String; 3]> {
    let (name, key) = manifest.variables.iter().find_map(|(name, _)| {
        let default = (default_template(name) == template).then_some("default");
        let equal = || (equal_template(name) == template).then_some("must_equal");
        Some((name, default.or_else(equal)?))
    })?;
    Some(["variables", name, key].map(str::to_owned))
}
