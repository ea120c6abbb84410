//! `shipshape shape history`: the earlier versions of a path's canon.

use std::sync::Arc;

use clap::Args;

use super::PackOptions;
use super::files::Place;
use crate::cli::shared::options;
use crate::cli::{Context, Exit};
use crate::counted::counted;
use crate::edge::terminal::visible;
use crate::error::{Error, Result};
use crate::shape::Policy;
use crate::shape::lineage::{EarlierContent, EarlierOrigin};
use crate::shape::pack::Pack;
use crate::snapshot::BlobId;
use crate::source::typed::nearest;

/// List the versions of a path's canon, newest first; without a path, how many each path has had.
///
/// The versions of a template are those of the template, not of the rendered file. A changed default of a variable that
/// the template uses is a version as well.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape shape history                     each path, and how many versions it has had
  shipshape shape history .gitignore          its versions
  shipshape shape history .gitignore --diff   what changed from each to the next")]
pub(crate) struct Arguments {
    /// A path of the shape. Without one, the versions of all paths are counted.
    #[arg(value_parser = options::path_inside)]
    path: Option<String>,

    /// Show what changed from each version to the next.
    #[arg(long, requires = "path")]
    diff: bool,

    #[command(flatten)]
    pack: PackOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let place = Place::find(&arguments.pack, context, None)?;
    let pack = place.load()?;
    let Some(path) = arguments.path.as_deref() else {
        context.terminal.output(&visible(&all(&pack)))?;
        return Ok(Exit::Clean);
    };
    let held = pack.rules().iter().find(|held| held.rule.path == path).ok_or_else(|| {
        let error = Error::usage(format!("the shape does not hold `{path}`"));
        let known = pack.rules().iter().map(|held| held.rule.path.as_str());
        match nearest(path, known) {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None => error.hint("`shipshape shape show` lists what it holds"),
        }
    })?;
    let today = pack.lineage.today(path).filter(|_| held.canon.is_some()).ok_or_else(|| {
        Error::usage(format!("the shape requires no particular content at `{path}`"))
            .hint(format!("only {} paths have a canon", Policy::with_canon()))
    })?;
    let mut versions = vec![Shown { label: "today", content: today, origin: EarlierOrigin::Pack }];
    versions.extend(pack.lineage.of(path).iter().map(|earlier| Shown {
        label: &earlier.label,
        content: &earlier.content,
        origin: earlier.origin,
    }));
    let mut text = String::new();
    for (index, version) in versions.iter().enumerate() {
        let older = versions.get(index + 1).map(|older| older.content);
        text.push_str(&line(version, older));
        if let (true, Some(older)) = (arguments.diff, older) {
            text.push_str(&difference(older, version.content));
        }
    }
    text.push_str(&incomplete(&pack));
    context.terminal.output(&visible(&text))?;
    Ok(Exit::Clean)
}

/// Each path that has a canon, with its number of versions.
fn all(pack: &Pack) -> String {
    let held: Vec<&str> = pack
        .rules()
        .iter()
        .filter(|held| held.canon.is_some())
        .map(|held| held.rule.path.as_str())
        .collect();
    let width = held.iter().map(|path| path.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for path in held {
        let versions = counted(1 + pack.lineage.of(path).len(), "version");
        text.push_str(&format!("{path:<width$}  {versions}\n"));
    }
    text.push_str(&incomplete(pack));
    text
}

fn incomplete(pack: &Pack) -> String {
    let why = pack.lineage.incomplete.as_ref();
    why.map_or_else(String::new, |why| format!("older versions may be missing: {why}\n"))
}

/// A version as it is listed.
struct Shown<'a> {
    label: &'a str,
    content: &'a EarlierContent,
    origin: EarlierOrigin,
}

/// The bytes of a version in the pack: of a template those of the template.
fn bytes_of(content: &EarlierContent) -> &[u8] {
    match content {
        EarlierContent::Literal(bytes) => bytes,
        EarlierContent::Template { source, .. } => source.as_bytes(),
    }
}

fn line(version: &Shown<'_>, older: Option<&EarlierContent>) -> String {
    let Shown { label, content, origin } = version;
    let bytes = bytes_of(content);
    let id = BlobId::of(bytes).to_string();
    let id = id.get(..12).unwrap_or(&id).to_owned();
    let change = older.map(|older| {
        let (older_text, newer_text) =
            (String::from_utf8_lossy(bytes_of(older)), String::from_utf8_lossy(bytes));
        let diff = similar::TextDiff::from_lines(&*older_text, &*newer_text);
        let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
        let lines = format!(
            "  +{} -{}",
            count(similar::ChangeTag::Insert),
            count(similar::ChangeTag::Delete)
        );
        let changed = content.changed_variables(older);
        let variables: Vec<&str> = changed.iter().map(|variable| variable.name.as_str()).collect();
        let kinds = [("variables", variables), ("templates", content.changed_parts(older))];
        let changed = kinds.iter().filter(|(_, names)| !names.is_empty());
        let changed =
            changed.map(|(kind, names)| format!("  {kind} changed: {}", names.join(", ")));
        lines + &changed.collect::<String>()
    });
    let change = change.unwrap_or_else(|| "  first known".to_owned());
    let origin = match origin {
        EarlierOrigin::Pack => "",
        EarlierOrigin::Starter => "  from the starter's own history",
        EarlierOrigin::Log => "  from lineage/",
    };
    format!("{label:<14}  {id}{change}{origin}\n")
}

fn difference(older: &EarlierContent, newer: &EarlierContent) -> String {
    let (older_text, newer_text) =
        (String::from_utf8_lossy(bytes_of(older)), String::from_utf8_lossy(bytes_of(newer)));
    let mut text =
        similar::TextDiff::from_lines(&*older_text, &*newer_text).unified_diff().to_string();
    for name in newer.changed_parts(older) {
        let part = |content: &EarlierContent| match content {
            EarlierContent::Template { parts, .. } => parts.get(name).cloned().unwrap_or_default(),
            EarlierContent::Literal(_) => Arc::default(),
        };
        let (older, newer) = (part(older), part(newer));
        let diff = similar::TextDiff::from_lines(&*older, &*newer);
        text.push_str(&diff.unified_diff().header(name, name).to_string());
    }
    for variable in newer.changed_variables(older) {
        for (sign, definition) in [('-', &variable.older), ('+', &variable.newer)] {
            text.push_str(&format!("{sign}variable {}: {definition}\n", variable.name));
        }
    }
    text
}
