//! `shipshape shape show`: shows the content of a pack.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::demands::Detail;
use super::files::{self, Place};
use super::{PackOptions, demands};
use crate::cli::shared::shapes::ignored_pack;
use crate::cli::shared::{next, options};
use crate::cli::{Context, Exit};
use crate::counted::counted_as;
use crate::edge::terminal::{visible, visible_line};
use crate::error::{Error, Result};
use crate::shape::lineage::{LOG, Lineage};
use crate::shape::manifest::{Extract, Variable};
use crate::shape::pack::{CanonSource, HeldPath, MANIFEST, NoCanon, PackFile, PackFiles};
use crate::shape::variables::{Extracted, Given, Variables};
use crate::shape::{Pack, embedded, load};
use crate::snapshot;

/// Print what a shape pack requires, render it, or export it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape shape show                                what the fleet's shape requires
  shipshape shape show --verbose                      and what it demands of keys
  shipshape shape show --path .gitignore --slug api   the canon of one path
  shipshape shape show --render new-api --slug api    every file, into a folder
  shipshape shape show --export shape                 a copy of the pack, to edit")]
pub(crate) struct Arguments {
    /// Print the canon of this path.
    #[arg(
        long,
        value_name = "PATH",
        value_parser = options::path_inside,
        conflicts_with_all = ["render", "export"]
    )]
    path: Option<String>,

    /// Write every canonical file into this folder; no file is replaced.
    #[arg(long, value_name = "DIR", conflicts_with = "export")]
    render: Option<PathBuf>,

    /// Write the pack itself into this folder; no file is replaced.
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,

    /// The slug to render with.
    #[arg(long, value_name = "SLUG", value_parser = options::slug, conflicts_with = "starter")]
    slug: Option<String>,

    /// A variable to render with; may be given several times.
    #[arg(long, value_name = "NAME=VALUE", value_parser = options::assignment)]
    set: Vec<(String, String)>,

    /// Render the starter itself, with placeholders.
    #[arg(long)]
    starter: bool,

    #[command(flatten)]
    pack: PackOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let place = Place::find(&arguments.pack, context, None)?;
    if let Some(folder) = &arguments.export {
        let (files, lineage) = match &place {
            Place::Embedded => (embedded::files(), Lineage::default()),
            Place::Folder(from) => {
                let lineage = load::from_folder(from)?.lineage;
                (lineage.written_to(load::files_of_folder(from)?)?, lineage)
            }
            Place::Repository { .. } => {
                return Err(Error::usage("this pack is in a repository")
                    .hint("clone the repository: the pack is a folder of it"));
            }
        };
        let writing = files::write_new_pack(folder, &files)?;
        context.terminal.note(&format!("wrote the pack to {}", folder.display()));
        tell_lineage(context, &lineage, folder);
        next::note(context, writing.tell(context, folder));
        return Ok(Exit::Clean);
    }
    let folder = match &place {
        Place::Folder(folder) => Some(folder.clone()),
        Place::Embedded | Place::Repository { .. } => None,
    };
    let pack = place.load()?;
    if let Some(folder) = folder.filter(|folder| snapshot::is_ignored(folder)) {
        context.terminal.note(&ignored_pack(&folder));
    }
    if let Some(path) = &arguments.path {
        return show_path(arguments, context, &pack, path);
    }
    if let Some(folder) = &arguments.render {
        let rendered = pack.render(&values(arguments, &pack)?).map_err(|error| {
            Error::usage("the shape does not render")
                .caused_by(error)
                .hint("give a value: `--set NAME=VALUE`")
        })?;
        let file = |(path, canon): (String, crate::shape::pack::Canon)| {
            (path, PackFile { bytes: canon.bytes, executable: canon.executable })
        };
        let files: PackFiles = rendered.into_iter().map(file).collect();
        files::write_new(folder, &files)?;
        context.terminal.note(&format!("wrote {} files to {}", files.len(), folder.display()));
        return Ok(Exit::Clean);
    }
    if arguments.starter || arguments.slug.is_some() || !arguments.set.is_empty() {
        context.terminal.note("`--slug`, `--set` and `--starter` have an effect only with `--path PATH` or `--render DIR`");
    }
    let detail = if context.terminal.verbose() { Detail::Keys } else { Detail::Counts };
    context.terminal.output(&visible(&listing(&pack, detail)))?;
    Ok(Exit::Clean)
}

/// Says what a copy of a pack has of its lineage.
fn tell_lineage(context: &Context, lineage: &Lineage, copy: &Path) {
    let count = lineage.only_in_git();
    if count > 0 {
        context.terminal.note(&format!(
            "{} in {}, out of the pack's git history, so that the copy judges as the pack does",
            counted_as(count, "earlier version is", "earlier versions are"),
            copy.join(LOG).display()
        ));
    }
    if let Some(why) = &lineage.incomplete {
        context.terminal.warning(&format!(
            "the lineage of the pack is incomplete: {why}. The copy lacks those versions too, and takes their content for edits"
        ));
    }
}

fn show_path(arguments: &Arguments, context: &Context, pack: &Pack, path: &str) -> Result<Exit> {
    let held = pack.rule_for(path).ok_or_else(|| {
        Error::usage(format!("the shape does not hold `{path}`"))
            .hint("`shipshape shape show` lists what it holds")
    })?;
    let bytes: Arc<[u8]> = match &held.canon {
        None => {
            let policy = held.rule.policy.as_str();
            return Err(Error::usage(format!(
                "`{path}` is held {policy}, which requires no particular content"
            )));
        }
        Some(CanonSource::Literal { bytes, .. }) => Arc::clone(bytes),
        Some(CanonSource::Template { .. }) => {
            let canon = pack.canon(held, &values(arguments, pack)?).map_err(|error| {
                let (what, hint) = match &error {
                    NoCanon::Unrendered(_) => {
                        ("does not render", "give a value: `--set NAME=VALUE`")
                    }
                    NoCanon::Broken(_) => (
                        "is no document of its language with these values",
                        "`--set NAME=VALUE` gives another value",
                    ),
                };
                Error::usage(format!("`{path}` {what}")).caused_by(error).hint(hint)
            })?;
            canon.map(|canon| canon.bytes).unwrap_or_default()
        }
    };
    context.terminal.output(&String::from_utf8_lossy(&bytes))?;
    Ok(Exit::Clean)
}

/// The values for rendering: the given ones, then defaults.
fn values(arguments: &Arguments, pack: &Pack) -> Result<Variables> {
    let fleet: BTreeMap<String, String> = arguments.set.iter().cloned().collect();
    let slug = arguments.slug.as_deref().unwrap_or("example");
    let repository = pack.repository_called(slug);
    let set = |name: &str| fleet.get(name).map(String::as_str).unwrap_or_default();
    let (owner, forge_owner) = (set("owner"), set("forge_owner"));
    let given = Given { slug, repository: &repository, owner, forge_owner, fleet: &fleet };
    let definitions = &pack.manifest.variables;
    let values = if arguments.starter {
        Variables::placeholders(definitions, pack.templates(), &given)
    } else {
        Variables::resolve(definitions, pack.templates(), &given, |_| Extracted::Nothing)
            .map(|(values, _)| values)
    };
    values.map_err(|error| {
        Error::usage("the shape's variables do not render")
            .caused_by(error)
            .hint("give a value: `--set NAME=VALUE`")
    })
}

fn listing(pack: &Pack, detail: Detail) -> String {
    let manifest = &pack.manifest;
    let mut text = format!("{}\n", visible_line(&format!("{} ({})", manifest.name, pack.source)));
    if !manifest.description.is_empty() {
        text.push_str(&format!("{}\n", manifest.description));
    }
    let column = pack.rules().iter().map(|held| held.rule.path.chars().count()).max().unwrap_or(4);
    text.push_str("\nPaths\n");
    for held in pack.rules() {
        text.push_str(&line(pack, held, column));
    }
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  {}\n", visible_line(line))));
        }
    };
    let profiles = manifest.profiles.iter();
    section(
        "Profiles",
        profiles.map(|(name, profile)| format!("{name}  {}", profile.description)).collect(),
    );
    let variables = manifest.variables.iter().map(|(name, variable)| {
        let default =
            variable.default.as_deref().map(|default| format!("  = {default}")).unwrap_or_default();
        let from = match &variable.extract {
            Some(Extract::Yaml { path, key }) => format!("  from {path}: {key}"),
            Some(Extract::Subclass { path, of }) => format!("  from {path}: the subclass of {of}"),
            None => String::new(),
        };
        let held = held_to(variable, detail);
        format!("{name}  {}{held}{from}{default}", variable.description)
    });
    section("Variables", variables.collect());
    section(demands::title(&manifest.demands, detail), demands::lines(&manifest.demands, detail));
    section("Files that belong to no path: is one named differently?", pack.unnamed.clone());
    section("Templates that may write something else than is meant", pack.slips.clone());
    let unused = pack.unused.iter().map(|it| format!("{}  {MANIFEST}:{}", it.variable, it.line));
    section("Variables that no template and no rule uses: is one left over?", unused.collect());
    text
}

/// The most characters of a pattern that are shown without `--verbose`.
const MAX_PATTERN: usize = 60;

/// What the values of a variable are held to.
fn held_to(variable: &Variable, detail: Detail) -> String {
    let Variable { choices, pattern, wants, must_equal, .. } = variable;
    let choices = choices.as_ref().map(|it| format!("  one of {}", it.join(", ")));
    let is_whole =
        |pattern: &str| matches!(detail, Detail::Keys) || pattern.chars().count() <= MAX_PATTERN;
    let pattern = pattern.as_ref().map(|pattern| match (wants, detail) {
        (Some(wants), Detail::Counts) => format!("  {wants}"),
        (Some(wants), Detail::Keys) => format!("  {wants} (matches {pattern})"),
        (None, _) if is_whole(pattern) => format!("  matches {pattern}"),
        (None, _) => {
            format!("  matches {}…", pattern.chars().take(MAX_PATTERN).collect::<String>())
        }
    });
    let equal = must_equal.as_ref().map(|it| format!("  must equal {it}"));
    [choices, pattern, equal].into_iter().flatten().collect()
}

fn line(pack: &Pack, held: &HeldPath, column: usize) -> String {
    let rule = &held.rule;
    let policy = rule.policy.as_str();
    let canon = match &held.canon {
        None => "",
        Some(CanonSource::Literal { .. }) => "literal",
        Some(CanonSource::Template { .. }) => "template",
    };
    let earlier = match pack.lineage.of(&rule.path).len() {
        0 => String::new(),
        1 => "1 earlier version".to_owned(),
        count => format!("{count} earlier versions"),
    };
    let optional = if rule.optional { "optional" } else { "" };
    let because = rule.because.as_deref().unwrap_or_default();
    let notes: Vec<&str> =
        [optional, &earlier, because].into_iter().filter(|note| !note.is_empty()).collect();
    let line = format!("  {:<column$}  {policy:<10}  {canon:<8}  {}", rule.path, notes.join("; "));
    format!("{}\n", visible_line(line.trim_end()))
}
