//! `shipshape shape history`: the earlier versions of a path's canon.

use std::sync::Arc;

use clap::Args;

use super::PackOptions;
use super::files::Place;
use crate::cli::{Context, Exit};
use crate::counted::counted;
use crate::edge::terminal::visible;
use crate::error::{Error, Result};
use crate::shape::Policy;
use crate::shape::lineage::{EarlierContent, EarlierOrigin};
use crate::shape::pack::{CanonSource, Pack};
use crate::snapshot::BlobId;

/// List the versions of a path's canon, newest first; without a path, how many each path has had.
///
/// The versions of a template are those of the template, not of the rendered file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape shape history                     each path, and how many versions it has had
  shipshape shape history .gitignore          its versions
  shipshape shape history .gitignore --diff   what changed from each to the next")]
pub(crate) struct Arguments {
    /// A path of the shape. Without one, the versions of all paths are counted.
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
        Error::usage(format!("the shape does not hold `{path}`"))
            .hint("`shipshape shape show` lists what it holds")
    })?;
    let today = match &held.canon {
        Some(CanonSource::Literal { bytes, .. }) => Some(Arc::clone(bytes)),
        Some(CanonSource::Template { name, .. }) => template_of(&place, name)?,
        None => {
            return Err(Error::usage(format!(
                "the shape requires no particular content at `{path}`"
            ))
            .hint(format!("only {} paths have a canon", Policy::with_canon())));
        }
    };
    let mut versions =
        vec![Shown { label: "today".to_owned(), bytes: today, origin: EarlierOrigin::Pack }];
    for earlier in pack.lineage.of(path) {
        let bytes = match &earlier.content {
            EarlierContent::Literal(bytes) => Some(Arc::clone(bytes)),
            EarlierContent::Template { source, .. } => Some(Arc::from(source.as_bytes())),
        };
        versions.push(Shown { label: earlier.label.clone(), bytes, origin: earlier.origin });
    }
    let mut text = String::new();
    for (index, version) in versions.iter().enumerate() {
        let older = versions.get(index + 1).and_then(|older| older.bytes.as_deref());
        text.push_str(&line(version, older));
        if let (true, Some(bytes), Some(older)) = (arguments.diff, &version.bytes, older) {
            text.push_str(&difference(older, bytes));
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

fn template_of(place: &Place, name: &str) -> Result<Option<Arc<[u8]>>> {
    let files = match place {
        Place::Embedded => crate::shape::embedded::files(),
        Place::Folder(folder) => crate::shape::load::files_of_folder(folder)?,
        Place::Repository { .. } => return Ok(None),
    };
    Ok(files.get(name).map(|file| Arc::clone(&file.bytes)))
}

/// A version as it is listed.
struct Shown {
    label: String,
    bytes: Option<Arc<[u8]>>,
    origin: EarlierOrigin,
}

fn line(version: &Shown, older: Option<&[u8]>) -> String {
    let Shown { label, bytes, origin } = version;
    let Some(bytes) = bytes else { return format!("{label:<14}  only its id is known\n") };
    let id = BlobId::of(bytes).to_string();
    let id = id.get(..12).unwrap_or(&id).to_owned();
    let change = older.map(|older| {
        let (older, newer) = (String::from_utf8_lossy(older), String::from_utf8_lossy(bytes));
        let diff = similar::TextDiff::from_lines(&*older, &*newer);
        let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
        format!("  +{} -{}", count(similar::ChangeTag::Insert), count(similar::ChangeTag::Delete))
    });
    let change = change.unwrap_or_else(|| "  first known".to_owned());
    let origin = match origin {
        EarlierOrigin::Pack => "",
        EarlierOrigin::Starter => "  from the starter's own history",
        EarlierOrigin::Log => "  from lineage/",
    };
    format!("{label:<14}  {id}{change}{origin}\n")
}

fn difference(older: &[u8], newer: &[u8]) -> String {
    let (older, newer) = (String::from_utf8_lossy(older), String::from_utf8_lossy(newer));
    similar::TextDiff::from_lines(&*older, &*newer).unified_diff().to_string()
}
