//! Output to the user: standard output and error, colour, width, progress.

mod job_log;
mod lines;
pub mod typed_ahead;

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

pub use lines::lines_of;

use super::whole_file;
use crate::error::{Error, Result};
use crate::source::is_hidden;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set (no-color.org).
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The terminal, with the preferences of this run.
#[derive(Clone, Debug)]
pub struct Terminal {
    color: Color,
    quiet: bool,
    /// Whether waits are told although it is quiet otherwise.
    tells_waits: bool,
    verbose: u8,
    columns: Option<usize>,
    unicode: bool,
    in_job: bool,
}

/// The width of reports that are not written to a terminal.
pub const PLAIN_WIDTH: usize = 100;

impl Terminal {
    /// Creates a terminal with these preferences; `columns` overrides the terminal's own width.
    #[must_use]
    pub fn new(color: Color, quiet: bool, verbose: u8, columns: Option<usize>) -> Self {
        let own = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0.into());
        let columns = columns.or_else(own).map(|columns| columns.clamp(40, 400));
        Self { color, quiet, tells_waits: !quiet, verbose, columns, unicode: true, in_job: false }
    }

    /// Sets the locale (`LC_ALL`, `LC_CTYPE` or `LANG`).
    #[must_use]
    pub fn in_locale(mut self, locale: Option<&str>) -> Self {
        let plain = |locale: &str| matches!(locale, "C" | "POSIX");
        self.unicode = !locale.is_some_and(plain);
        self
    }

    /// Sets whether this is a job of GitHub Actions (`GITHUB_ACTIONS`): its runner executes lines that look like
    /// commands, which must not come from untrusted text.
    #[must_use]
    pub fn in_job_of_github(mut self, variable: Option<&str>) -> Self {
        self.in_job = variable.is_some();
        self
    }

    /// Makes the terminal suitable for background work: only errors and waits are shown, unless it is verbose.
    #[must_use]
    pub fn in_background(mut self) -> Self {
        self.quiet = self.quiet || self.verbose == 0;
        self
    }

    /// The width for running text.
    #[must_use]
    pub fn width(&self) -> usize {
        self.columns.unwrap_or(PLAIN_WIDTH)
    }

    /// The width of the terminal; `None` if output goes to a file or another program, which take lines of any length.
    #[must_use]
    pub fn columns(&self) -> Option<usize> {
        self.columns
    }

    /// Whether output may contain more than ASCII, according to the locale; UTF-8 is the default.
    #[must_use]
    pub fn unicode(&self) -> bool {
        self.unicode
    }

    /// Whether details were requested.
    #[must_use]
    pub fn verbose(&self) -> bool {
        self.verbose > 0
    }

    /// Whether only results may be printed.
    #[must_use]
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether standard output is a terminal.
    #[must_use]
    pub fn shows_output(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether standard output is coloured.
    #[must_use]
    pub fn colors_output(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        }
    }

    /// Writes a result to standard output. It is not an error if the reader has gone away (`| head`).
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn output(&self, text: &str) -> Result<()> {
        // A runner does not read a regular file, so a patch in one stays intact.
        if goes_into_a_file() {
            return self.output_as_it_is(text);
        }
        self.output_as_it_is(&self.last_step(text))
    }

    /// Writes a report to a file, or to standard output for the runner of GitHub Actions: each line is a command whose
    /// text has been escaped.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn output_commands_to(&self, file: Option<&PathBuf>, text: &str) -> Result<()> {
        match file.filter(|file| file.as_os_str() != "-") {
            Some(_) => self.output_to(file, text),
            None => self.output_as_it_is(text),
        }
    }

    /// The text to print, made harmless if a runner may read it.
    fn last_step<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.in_job { Cow::Owned(job_log::harmless(text)) } else { Cow::Borrowed(text) }
    }

    fn output_as_it_is(&self, text: &str) -> Result<()> {
        let written = if self.colors_output() {
            let mut stream = io::stdout().lock();
            stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
        } else {
            let mut stream = anstream::StripStream::new(io::stdout().lock());
            stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
        };
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::failed("cannot write to standard output").caused_by(error))
            }
            _ => Ok(()),
        }
    }

    /// Writes a report atomically to a file, or to standard output.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn output_to(&self, file: Option<&PathBuf>, text: &str) -> Result<()> {
        let Some(file) = file.filter(|file| file.as_os_str() != "-") else {
            return self.output(text);
        };
        let plain = anstream::adapter::strip_str(text).to_string();
        whole_file::replace(file, plain.as_bytes())
    }

    /// Prints a note to standard error, unless the terminal is quiet.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.write_error(text);
        }
    }

    /// Prints that the run waits for something, and why, which would otherwise look as if it hung: even in background work.
    pub fn waiting(&self, text: &str) {
        if self.tells_waits {
            self.write_error(text);
        }
    }

    /// Prints a warning to standard error, even if the terminal is quiet.
    pub fn warning(&self, text: &str) {
        self.write_error(text);
    }

    /// Asks the runner of GitHub Actions to mask a secret in its log from now on. The line contains the secret, which
    /// the runner removes, so this is only for jobs of that runner.
    pub fn mask(&self, secret: &str) {
        let mut stream = io::stderr().lock();
        for line in secret.lines().filter(|line| !line.trim().is_empty()) {
            // There is nowhere left to report that standard error is gone.
            let _ = writeln!(stream, "::add-mask::{line}");
        }
    }

    /// Prints a detail to standard error, if the terminal is verbose.
    pub fn detail(&self, text: &str) {
        if self.verbose() && !self.quiet {
            self.write_error(text);
        }
    }

    /// Prints a prompt to standard error, with the cursor left after it.
    pub fn prompt(&self, words: &str) {
        let mut stream = AutoStream::new(io::stderr(), ColorChoice::Never).lock();
        // There is nowhere left to report that standard error is gone.
        let _ = write!(stream, "{}", self.last_step(words)).and_then(|()| stream.flush());
    }

    /// Whether the user can be asked: standard input and standard error are a terminal.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether a user is present but would not see a question, since standard error is redirected.
    #[must_use]
    pub fn hides_questions(&self) -> bool {
        io::stdin().is_terminal() && !io::stderr().is_terminal()
    }

    /// Prints an error: what, where, why, and what to do next.
    pub fn error(&self, error: &Error) {
        self.write_error(&rendered(error));
    }

    /// A progress bar for `total` steps; drawn only on a terminal, and only for more than one step.
    #[must_use]
    pub fn progress(&self, total: usize, what: &str) -> ProgressBar {
        let hidden = self.quiet || !io::stderr().is_terminal() || total < 2;
        let target =
            if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.with_message(what.to_owned())
    }

    /// A counter for work of unknown size; drawn only on a terminal.
    #[must_use]
    pub fn counter(&self, what: &str) -> ProgressBar {
        let hidden = self.quiet || !io::stderr().is_terminal();
        let target =
            if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg} {pos}") {
            bar.set_style(style);
        }
        bar.with_message(what.to_owned())
    }

    fn write_error(&self, text: &str) {
        let choice = match self.color {
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Never => ColorChoice::Never,
            Color::Auto => AutoStream::choice(&io::stderr()),
        };
        let mut stream = AutoStream::new(io::stderr(), choice).lock();
        // There is nowhere left to report that standard error is gone.
        let _ = writeln!(stream, "{}", self.last_step(text.trim_end_matches('\n')));
    }
}

fn rendered(error: &Error) -> String {
    let bold_red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let blue = Style::new().bold().fg_color(Some(AnsiColor::Blue.into()));
    let green = Style::new().bold().fg_color(Some(AnsiColor::Green.into()));
    let mut text = format!("{bold_red}error{bold_red:#}: {}\n", visible_line(error.message()));
    if let Some(place) = error.place() {
        let file = visible_line(&place.file.display().to_string());
        let position = place.position.map(|position| format!(":{position}")).unwrap_or_default();
        text.push_str(&format!("  {blue}-->{blue:#} {file}{position}\n"));
    }
    for cause in error.causes() {
        // A program's message may have several lines; none may start like a command to a CI runner.
        let lines: Vec<String> = cause.lines().map(visible_line).collect();
        text.push_str(&format!("caused by: {}\n", lines.join("\n         | ")));
    }
    for hint in error.hints() {
        text.push_str(&format!("{green}hint{green:#}: {}\n", visible_line(hint)));
    }
    text
}

/// Like [`visible`], but on one line: a path may contain a line end, and CI runners interpret lines.
#[must_use]
pub fn visible_line(text: &str) -> String {
    visible(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// Untrusted text with control and invisible characters escaped.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\t' => character.to_string(),
            hidden if is_hidden(hidden) => hidden.escape_unicode().to_string(),
            plain => plain.to_string(),
        })
        .collect()
}

/// Whether standard output is a regular file.
#[cfg(unix)]
fn goes_into_a_file() -> bool {
    use std::os::fd::AsFd as _;
    let output = io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
    output.and_then(|it| it.metadata()).is_ok_and(|it| it.is_file())
}

#[cfg(not(unix))]
fn goes_into_a_file() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_its_four_parts_and_obeys_nobody() {
        let error = Error::usage("cannot read \u{1b}[31mit")
            .in_file("fleet.yaml")
            .caused_by("no such file")
            .hint("run `shipshape demo`");
        let plain = anstream::adapter::strip_str(&rendered(&error)).to_string();
        assert_eq!(
            plain,
            "error: cannot read \\u{1b}[31mit\n  --> fleet.yaml\ncaused by: no such file\nhint: run `shipshape demo`\n"
        );
    }

    #[test]
    fn no_line_of_an_error_begins_as_its_parts_like() {
        let error = Error::failed("a\n::error::b")
            .in_file("n\n::error::forged.py")
            .caused_by("one\n::error::two")
            .hint("c\n::error::d");
        let plain = anstream::adapter::strip_str(&rendered(&error)).to_string();
        assert_eq!(
            plain,
            "error: a\\n::error::b\n  --> n\\n::error::forged.py\ncaused by: one\n         | ::error::two\nhint: c\\n::error::d\n"
        );
    }
}
