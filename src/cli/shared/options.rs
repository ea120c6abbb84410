//! Options that several commands share.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::builder::{PathBufValueParser, PossibleValue, TypedValueParser};
use clap::parser::ValueSource;
use clap::{Arg, Args, Command, ValueEnum};

use crate::edge::terminal::Color;
use crate::report::{Fails, Format};
use crate::severity::Severity;
use crate::snapshot::RepoPath;

/// An output format of commands that have just these two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Form {
    /// Text for a terminal.
    #[default]
    Human,
    /// One JSON document.
    Json,
}

/// Parses `NAME=VALUE`.
///
/// # Errors
/// When there is no `=`.
pub(in crate::cli) fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Parses a path in a repository, which may be typed as `./a//b`.
///
/// # Errors
/// Never: whether there is such a path is for the command to find out.
pub(in crate::cli) fn path_inside(text: &str) -> Result<String, Infallible> {
    Ok(RepoPath::typed(text).as_str().to_owned())
}

/// Parses the slug of a repository. A slug of fleet.yaml is stricter; without one, a repository's name is its slug.
///
/// # Errors
/// When it is empty, or has another character than such names have.
pub(in crate::cli) fn slug(text: &str) -> Result<String, String> {
    let permitted = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    match !text.is_empty() && text.chars().all(permitted) {
        true => Ok(text.to_owned()),
        false => Err("a slug has letters, digits, `-`, `_` and `.` only".to_owned()),
    }
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct GlobalOptions {
    /// The fleet's manifest (default: fleet.yaml here or in a folder above).
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "SHIPSHAPE_FLEET",
        hide_env_values = true,
        value_parser = ManifestFile,
        help_heading = "Shared options"
    )]
    pub fleet: Option<PathBuf>,

    /// When to use colour.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = "Shared options"
    )]
    pub color: Color,

    /// Print only the result.
    #[arg(long, short, global = true, help_heading = "Shared options")]
    pub quiet: bool,

    /// Print more.
    #[arg(long, short, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet", help_heading = "Shared options")]
    pub verbose: u8,

    /// Number of worker threads (default: one per processor).
    #[arg(long, global = true, value_name = "N", value_parser = positive, help_heading = "Shared options")]
    pub jobs: Option<usize>,
}

/// Parses a file name. Accepts an empty one from the environment only, where it counts as absent.
#[derive(Clone)]
struct ManifestFile;

impl TypedValueParser for ManifestFile {
    type Value = PathBuf;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<PathBuf, clap::Error> {
        PathBufValueParser::new().parse_ref(command, argument, value)
    }

    fn parse_ref_(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<PathBuf, clap::Error> {
        let is_blank = value.to_str().is_some_and(|text| text.trim().is_empty());
        if source == ValueSource::EnvVariable && is_blank {
            return Ok(PathBuf::new());
        }
        self.parse_ref(command, argument, value)
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number of threads is 1 or more".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// Options of every command that prints a report.
#[derive(Debug, Args)]
pub(crate) struct ReportOptions {
    /// The output format.
    #[arg(
        long,
        value_enum,
        default_value = "human",
        value_name = "FORMAT",
        help_heading = "Report"
    )]
    pub(crate) format: Format,

    /// The file to write the report to, instead of standard output. It is written atomically.
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    pub(crate) output: Option<PathBuf>,

    /// Also write the report in another format: `sarif=report.sarif`. May be given several times; the
    /// repositories are checked once.
    #[arg(
        long,
        value_name = "FORMAT=FILE",
        value_parser = AlsoFile,
        hide_possible_values = true,
        help_heading = "Report"
    )]
    pub(crate) also: Vec<(Format, PathBuf)>,

    /// What makes the exit code 1: findings of this severity or above, or any drift.
    #[arg(long, value_enum, default_value_t, value_name = "WHAT", help_heading = "Report")]
    pub(crate) fail_on: FailOn,
}

impl ReportOptions {
    /// Options for a report that is judged but not printed.
    pub(crate) fn unshown() -> Self {
        Self { format: Format::Human, output: None, also: Vec::new(), fail_on: FailOn::default() }
    }

    /// Refuses to write two reports to one file, since the second would replace the first. Standard output may take
    /// several that people read.
    pub(crate) fn each_has_its_file(&self) -> crate::error::Result<()> {
        let is_printed = |file: &Path| file.as_os_str() == "-";
        let first = self.output.as_deref().is_none_or(is_printed).then_some(self.format);
        let others = self.also.iter().filter(|(_, file)| is_printed(file));
        let printed: Vec<Format> =
            first.into_iter().chain(others.map(|(format, _)| *format)).collect();
        if printed.len() > 1 && printed.iter().any(|format| format.is_one_document()) {
            let message =
                "two reports are to be written to standard output, and one of them is a document";
            return Err(crate::error::Error::usage(message).hint(
                "choose it with `--format` alone, or give it a file: `--also json=report.json`",
            ));
        }
        let files = self.output.iter().chain(self.also.iter().map(|(_, file)| file));
        let mut seen = BTreeSet::new();
        for file in files.filter(|file| file.as_os_str() != "-") {
            if !seen.insert(place_of(file)) {
                let message = format!("two reports are to be written to `{}`", file.display());
                return Err(crate::error::Error::usage(message)
                    .hint("give each `--also` and `--output` a file of its own"));
            }
        }
        Ok(())
    }

    /// All formats of the report.
    pub(crate) fn formats(&self) -> impl Iterator<Item = Format> {
        std::iter::once(self.format).chain(self.also.iter().map(|(format, _)| *format))
    }
}

/// What identifies the file at a path.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// An existing file: its device and its inode, which all links to it share.
    File(u64, u64),
    /// A file that does not exist yet, or something other than a file, such as a terminal.
    Path(PathBuf),
}

/// The most symbolic links to follow to a file that does not exist yet.
const MAX_LINKS: usize = 8;

/// The place that a path leads to, through links and `..`.
fn place_of(file: &Path) -> Place {
    let mut path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    match path.metadata() {
        Ok(found) if found.is_file() => return Place::File(found.dev(), found.ino()),
        Ok(_) => return Place::Path(path),
        Err(_) => {}
    }
    for _ in 0..MAX_LINKS {
        let Ok(target) = path.read_link() else { break };
        path = match path.parent() {
            Some(folder) => folder.join(target),
            None => target,
        };
    }
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    let there = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
    Place::Path(there.unwrap_or(path))
}

/// How the values of `--also` begin.
static ALSO: LazyLock<Vec<String>> = LazyLock::new(|| {
    let formats = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    formats.map(|format| format!("{}=", format.get_name())).collect()
});

/// Parses `FORMAT=FILE`, and offers the formats for completion.
#[derive(Clone)]
struct AlsoFile;

impl TypedValueParser for AlsoFile {
    type Value = (Format, PathBuf);

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<(Format, PathBuf), clap::Error> {
        TypedValueParser::parse_ref(&also, command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(ALSO.iter().map(|begin| PossibleValue::new(begin.as_str()))))
    }
}

/// Parses `FORMAT=FILE`.
fn also(text: &str) -> Result<(Format, PathBuf), String> {
    let formats = || {
        Format::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect::<Vec<_>>()
    };
    let (format, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or_else(|| "write a form and a file: `sarif=report.sarif`".to_owned())?;
    Format::from_str(format, false).map(|format| (format, PathBuf::from(file))).map_err(|_| {
        let known: Vec<String> =
            formats().iter().map(|format| format.get_name().to_owned()).collect();
        format!("there is no form `{format}`; there are: {}", known.join(", "))
    })
}

/// The option of a command that can look beyond what is there now.
#[derive(Debug, Args)]
pub(crate) struct HistoryOptions {
    /// Also look for credentials in every commit that branches and tags reach.
    #[arg(long, help_heading = "Report")]
    pub(crate) history: bool,
}

impl HistoryOptions {
    /// Refuses `--history` for repositories on the forge, since histories are read from clones only.
    pub(crate) fn only_here(&self) -> crate::error::Result<()> {
        if !self.history {
            return Ok(());
        }
        Err(crate::error::Error::usage(
            "`--history` reads clones, and these repositories are on the forge",
        )
        .hint("name the clones: `--local repos/*`"))
    }
}

/// What makes a run fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FailOn {
    /// Findings that are errors.
    Error,
    /// Errors and warnings.
    #[default]
    Warning,
    /// Any finding.
    Info,
    /// Any repository that is not conformant.
    Drift,
}

impl From<FailOn> for Fails {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Error => Self::From(Severity::Error),
            FailOn::Warning => Self::From(Severity::Warning),
            FailOn::Info => Self::From(Severity::Info),
            FailOn::Drift => Self::Drift,
        }
    }
}

/// Selects what is checked, and the shape to check it against.
#[derive(Debug, Args)]
pub(crate) struct SubjectOptions {
    /// A branch, tag or commit to check instead of what is on disk.
    #[arg(long = "ref", value_name = "REF", help_heading = "Subject")]
    pub(crate) reference: Option<String>,

    /// A folder with a shape pack, instead of the fleet's or the embedded one.
    #[arg(long, value_name = "FOLDER", help_heading = "Subject")]
    pub(crate) shape: Option<PathBuf>,

    /// The profile, instead of the one in fleet.yaml.
    #[arg(long, value_name = "NAME", help_heading = "Subject")]
    pub(crate) profile: Option<String>,

    /// The slug, instead of the one derived from the repository's name.
    #[arg(long, value_name = "SLUG", value_parser = slug, help_heading = "Subject")]
    pub(crate) slug: Option<String>,
}
