//! `shipshape schema`: the JSON Schemas of shipshape's files and reports.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, Exit};
use crate::cli::shared::known_words::KnownWords;
use crate::cli::shared::next::{self, Step, quoted};
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::schema::{self, editor};
use crate::source::typed::nearest;

/// Print the JSON Schema of a file or report, or list them without a name.
///
/// With --into, the schemas of the files that people write are written to a folder, for editors. With --wire as
/// well, each of these files gets a line that names its schema for editors, and is otherwise unchanged.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape schema                        their names
  shipshape schema report                 what `--format json` writes
  shipshape schema --into .schemas        for editors: completion, hover, and errors as you type
  shipshape schema --into .schemas --wire fleet.yaml shape/shape.yaml
                                          and tells editors so, in the first line of these files")]
pub(crate) struct Arguments {
    /// The name: `fleet`, `shape`, `report`, …
    #[arg(conflicts_with = "into", hide_possible_values = true, value_parser = KnownWords(names))]
    name: Option<String>,

    /// The folder for the schemas of the files that people write. Created if it does not exist.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,

    /// Files that get their schema's name in the first line, recognised by file name: fleet.yaml, shape.yaml,
    /// campaign.yaml, …
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "into")]
    wire: Vec<PathBuf>,
}

fn names() -> Vec<&'static str> {
    schema::names().collect()
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    if let Some(folder) = &arguments.into {
        return for_editors(context, folder, &arguments.wire);
    }
    let Some(name) = &arguments.name else {
        let names: Vec<String> = schema::names().map(|name| format!("{name}\n")).collect();
        context.terminal.output(&names.concat())?;
        return Ok(Exit::Clean);
    };
    let schema = schema::print(name).ok_or_else(|| unknown(name))?;
    context.terminal.output(&schema)?;
    Ok(Exit::Clean)
}

/// The error for an unknown schema name, with a suggestion if it resembles a schema or a file that has one.
fn unknown(name: &str) -> Error {
    let lower = name.to_lowercase();
    let error = Error::usage(format!("`{name}` is not a schema"));
    match editor::of_file(Path::new(&lower)).or_else(|| nearest(&lower, schema::names())) {
        Some(meant) => error.hint(format!("did you mean `{meant}`?")),
        None => error
            .hint(format!("the schemas are {}", schema::names().collect::<Vec<_>>().join(", "))),
    }
}

/// Writes the schemas, and the lines that refer to them.
fn for_editors(context: &Context, folder: &Path, wire: &[PathBuf]) -> Result<Exit> {
    // Report files that cannot be wired before anything is written.
    let wired: Vec<(&Path, &str, String)> =
        wire.iter().map(|file| read(file)).collect::<Result<_>>()?;
    std::fs::create_dir_all(folder).map_err(|error| {
        Error::failed("cannot make the folder").in_file(folder).caused_by(error)
    })?;
    for (_, name) in editor::FILES {
        let text = schema::print(name).unwrap_or_default();
        whole_file::replace(&place(folder, name), text.as_bytes())?;
    }
    let mut told = format!("wrote {} schemas to {}\n", editor::FILES.len(), folder.display());
    for (file, name, text) in &wired {
        let address = editor::address(file, &place(folder, name))?;
        let with_line = editor::with_line(text, &address);
        let does = if with_line == *text { "names it already" } else { "now names it" };
        if with_line != *text {
            whole_file::replace(file, with_line.as_bytes())?;
        }
        told.push_str(&format!("{}: {does}: {address}\n", file.display()));
    }
    if wire.is_empty() {
        let wire =
            format!("shipshape schema --into {} --wire FILE…", quoted(&folder.to_string_lossy()));
        told.push_str(&next::text([Step::because(wire, "has files name their schema")]));
    }
    context.terminal.output(&told)?;
    Ok(Exit::Clean)
}

fn place(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.schema.json"))
}

/// Reads a file that is to refer to its schema. Returns it with the schema's name and its text.
fn read(file: &Path) -> Result<(&Path, &'static str, String)> {
    let name = editor::of_file(file).ok_or_else(|| {
        let usual: Vec<&str> = editor::FILES.iter().map(|(usual, _)| *usual).collect();
        Error::usage("its name does not say which schema it has")
            .in_file(file)
            .hint(format!("known names are {}, or names that end in one of them", usual.join(", ")))
    })?;
    let bytes = whole_file::read(file)?
        .ok_or_else(|| Error::usage("the file does not exist").in_file(file))?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Error::usage("the file is not UTF-8").in_file(file).caused_by(error))?;
    Ok((file, name, text))
}
