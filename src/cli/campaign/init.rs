//! `shipshape campaign init`: writes a campaign file to start from.

use std::path::PathBuf;

use clap::Args;

use super::super::{Context, Exit};
use crate::campaign::file::Campaign;
use crate::campaign::ready_made::{self, ReadyMade};
use crate::cli::shared::campaigns_by_name;
use crate::cli::shared::next::quoted_place;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::fleet::manifest::{NamedShape, Shape};
use crate::source::typed::nearest;

/// Write a ready-made campaign file, or list them without a name.
///
/// Each campaign changes only the repositories that need it. Read the file, adapt it, and plan it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign init                            list the ready-made campaigns
  shipshape campaign init restore-shape              write campaign.yaml
  shipshape campaign init safe-repairs -o c.yaml")]
pub(super) struct Arguments {
    /// The ready-made campaign.
    name: Option<String>,

    /// The file to write; an existing file is not overwritten.
    #[arg(long, short = 'o', value_name = "FILE", default_value = "campaign.yaml")]
    output: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let every = ready_made::every();
    // Other commands report a fleet.yaml that cannot be read.
    let fleet = context.fleet(None);
    let is_without_fleet = matches!(fleet, Ok(None));
    let fleet = fleet.ok().flatten();
    let has_special = fleet.as_ref().is_none_or(is_of_embedded);
    let fits = |it: &ReadyMade| has_special || !it.is_of_embedded();
    let Some(name) = &arguments.name else {
        let fitting: Vec<&ReadyMade> = every.iter().filter(|it| fits(it)).collect();
        let width = every.iter().map(|it| it.name.len()).max().unwrap_or_default();
        let line = |it: &ReadyMade| format!("{:width$}  {}\n", it.name, it.summary());
        let (special, common): (Vec<_>, Vec<_>) =
            fitting.into_iter().partition(|it| it.is_of_embedded());
        let [mut text, special] =
            [common, special].map(|them| them.into_iter().map(line).collect::<String>());
        if !special.is_empty() {
            text.push_str(&format!("\nFor the shape inside shipshape\n{special}"));
        }
        context.terminal.output(&text)?;
        return Ok(Exit::Clean);
    };
    let found = ready_made::find(name).ok_or_else(|| {
        let fitting = every.iter().filter(|it| fits(it));
        let names: Vec<&str> = fitting.map(|it| it.name).collect();
        let hint = match nearest(name, every.iter().map(|it| it.name)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("the ready-made campaigns are {}", names.join(", ")),
        };
        Error::usage(format!("there is no ready-made campaign `{name}`")).hint(hint)
    })?;
    if arguments.output.symlink_metadata().is_ok() {
        let error = Error::usage("the file already exists").in_file(&arguments.output);
        let there = Campaign::load(&arguments.output);
        return Err(match there.is_ok_and(|campaign| campaign.says.name == found.name) {
            true => error.hint(format!(
                "it already contains the campaign `{}`: `shipshape campaign plan {}`",
                found.name,
                quoted_place(&arguments.output)
            )),
            false => error.hint("name another with --output FILE"),
        });
    }
    // Journals and branches know a campaign by its name.
    let name = campaigns_by_name::free_name(found.name, &arguments.output, fleet.as_ref());
    let text = found.called(&name);
    whole_file::replace(&arguments.output, text.as_bytes())?;
    let file = arguments.output.display().to_string();
    let file = crate::edge::terminal::visible(&file);
    if is_without_fleet {
        context.terminal.note(&format!(
            "wrote {file}; a plan of it needs a fleet.yaml, and there is none here: `shipshape init` writes one, or name yours \
             with --fleet FILE"
        ));
        return Ok(Exit::Clean);
    }
    let other = match name == found.name {
        true => String::new(),
        false => format!(" as `{name}`, since `{}` has a file here already", found.name),
    };
    context
        .terminal
        .note(&format!("wrote {file}{other}; read it, then: shipshape campaign plan {file}"));
    if let Some(fleet) = fleet.filter(|_| !fits(&found)) {
        let name = crate::edge::terminal::visible(&fleet.manifest.name);
        context.terminal.note(&format!(
            "`{}` changes files of the shape inside shipshape, and the fleet `{name}` has shapes of its own: \
             its plan may contain no changes",
            found.name
        ));
    }
    Ok(Exit::Clean)
}

/// Whether the fleet uses the embedded shape, or has what it is for: such a fleet may keep a copy of the shape.
fn is_of_embedded(fleet: &Fleet) -> bool {
    let manifest = &fleet.manifest;
    let is_it = |shape: &Shape| matches!(shape, Shape::Named(NamedShape::Embedded));
    manifest.runtime_package.is_some()
        || manifest.images.is_some()
        || manifest.kinds.values().any(|kind| is_it(&kind.shape))
}
