//! Parses a Dockerfile and evaluates it: stages, variables, copied files, users and the entry
//! point.
//!
//! [`Dockerfile::parse`] interprets every instruction as Docker would with no build arguments
//! given, or returns the first error that Docker would stop at. Nothing is guessed: values that
//! depend on a build argument or on the base image are `unresolved`.

mod evaluate;
mod expand;
mod image;
mod mount;
mod scan;
mod stage;
mod swallowed;
mod words;

pub use image::ImageReference;
pub use mount::Mount;
pub use stage::{Copied, StageView};

use super::shell::{self, Script};
use super::spliced::Spliced;
use super::text::{Span, SyntaxError, Text};

/// A word with its span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text of the word.
    pub value: String,
    /// Its span, quotes included.
    pub span: Span,
}

/// How a variable is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// A build argument.
    Argument,
    /// An environment variable.
    Environment,
}

/// A variable that a value mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its name.
    pub name: String,
    /// The span of the whole expansion.
    pub span: Span,
    /// How the file declares it; `None` when no such variable is declared at this point.
    pub known: Option<Known>,
}

/// A value before and after substitution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// As written, without continuations.
    pub raw: String,
    /// Its span.
    pub span: Span,
    /// The value with variables substituted and quotes removed; `None` if a variable is unknown.
    pub text: Option<String>,
    /// The variables mentioned in the value.
    pub mentions: Vec<Mention>,
    /// What could not be resolved.
    pub unresolved: Vec<String>,
}

/// `--name` or `--name=value` in front of the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The name without the dashes.
    pub name: String,
    /// The value as written.
    pub value: Option<Spliced>,
    /// The span of the whole flag.
    pub span: Span,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends the document.
    pub name: String,
    /// Whether variables in the body are expanded, which is so unless the name is quoted.
    pub expand: bool,
    /// Whether leading tabs are stripped from the lines (`<<-`).
    pub strip_tabs: bool,
    /// The span of `<<NAME`.
    pub mark: Span,
    /// The lines of the document.
    pub body: Spliced,
    /// The span of the lines, including the terminator.
    pub span: Span,
}

/// A command, in exec or shell form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandLine {
    /// Exec form: a JSON array.
    Exec(Vec<Word>),
    /// Shell form.
    Shell(Spliced),
}

/// `RUN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// `--mount` and others.
    pub flags: Vec<Flag>,
    /// The command.
    pub command: CommandLine,
    /// Here-documents, in the order of their marks.
    pub heredocs: Vec<Heredoc>,
    /// The program that reads the shell form, if a `SHELL` names one that is no shell of Unix.
    pub interpreter: Option<String>,
}

/// `COPY` or `ADD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// `ADD` rather than `COPY`.
    pub add: bool,
    /// All flags.
    pub flags: Vec<Flag>,
    /// `--from`: a stage or an image rather than the build context.
    pub from: Option<Value>,
    /// `--chown`.
    pub chown: Option<Value>,
    /// The sources, except for here-documents.
    pub sources: Vec<Value>,
    /// Files written inline; each is named after its mark.
    pub heredocs: Vec<Heredoc>,
    /// The destination.
    pub destination: Value,
    /// The absolute destination path, without a trailing slash; `None` when unknown.
    pub absolute: Option<String>,
    /// Whether the destination is a directory: it ends in a slash, there are several sources, or an
    /// earlier instruction made it one.
    pub into_folder: bool,
}

/// A `NAME=value` pair of `ENV` or `LABEL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name, without quotes.
    pub name: String,
    /// The span of the name.
    pub name_span: Span,
    /// The value.
    pub value: Value,
}

/// A declaration of a build argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// The span of the name.
    pub name_span: Span,
    /// The default given in this declaration.
    pub default: Option<Value>,
    /// The value when the build passes none: the default, or the value of the global argument.
    pub value: Option<String>,
    /// The span of the whole instruction.
    pub span: Span,
}

/// What an instruction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `ARG`.
    Arg(Vec<Argument>),
    /// `RUN`.
    Run(Run),
    /// `COPY` and `ADD`.
    Copy(Box<Copy>),
    /// `ENV`.
    Env(Vec<Pair>),
    /// `LABEL`.
    Label(Vec<Pair>),
    /// `USER`.
    User(Value),
    /// `WORKDIR`, with its absolute path if known.
    Workdir(Value, Option<String>),
    /// `ENTRYPOINT`.
    Entrypoint(CommandLine),
    /// `CMD`.
    Cmd(CommandLine),
    /// `SHELL`.
    Shell(Vec<Word>),
    /// `HEALTHCHECK`; the command is `None` for `HEALTHCHECK NONE`.
    Healthcheck(Vec<Flag>, Option<CommandLine>),
    /// `ONBUILD`: an instruction for images and stages that are built from this one.
    Onbuild(Spliced),
    /// `EXPOSE`, `VOLUME`, `STOPSIGNAL`, `MAINTAINER`.
    Other(Spliced),
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The keyword, in upper case.
    pub keyword: String,
    /// The span of the keyword.
    pub keyword_span: Span,
    /// The whole instruction, including here-documents.
    pub span: Span,
    /// What it does.
    pub action: Action,
}

/// The base of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// An earlier stage, by its index.
    Stage(usize),
    /// An external image.
    Image(ImageReference),
    /// `scratch`, the empty image.
    Scratch,
    /// The base depends on a build argument.
    Unresolved,
}

/// `FROM`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// The image.
    pub image: Value,
    /// `--platform`.
    pub platform: Option<Value>,
    /// What the image resolves to.
    pub base: Base,
    /// The span of the whole instruction.
    pub span: Span,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The zero-based index of the stage.
    pub index: usize,
    /// The name given with `AS`.
    pub name: Option<Word>,
    /// The `FROM` instruction.
    pub from: From,
    /// What the `ONBUILD`s of the stage that it is built from do, before its own instructions. Each is at the end of
    /// `FROM`, with an empty span; what it is made of is where it is written.
    pub triggered: Vec<Instruction>,
    /// The instructions after `FROM`, in order.
    pub instructions: Vec<Instruction>,
}

impl Stage {
    /// Everything that is done in the stage, in order.
    pub fn all_instructions(&self) -> impl DoubleEndedIterator<Item = &Instruction> {
        self.triggered.iter().chain(&self.instructions)
    }
}

/// A Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// The `ARG` instructions before the first `FROM`.
    pub global_arguments: Vec<Argument>,
    /// The stages; never empty.
    pub stages: Vec<Stage>,
    /// The escape character: `\` or a backtick.
    pub escape: char,
    /// The first flag that Docker's frontend refuses, in a file for another one.
    pub foreign: Option<Foreign>,
}

/// A flag that is not judged, since another frontend than Docker's reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The image of the frontend.
    pub frontend: String,
    /// The span of the flag.
    pub span: Span,
}

impl Dockerfile {
    /// Parses a Dockerfile.
    ///
    /// # Errors
    /// Whatever Docker would refuse to build: an unknown instruction, a missing `FROM`, an
    /// unterminated here-document, or missing or malformed arguments.
    pub fn parse(text: &Text) -> Result<Self, SyntaxError> {
        evaluate::evaluate(scan::scan(text)?)
    }

    /// Returns the last stage, which is built when no target is given.
    #[must_use]
    pub fn final_stage(&self) -> StageView<'_> {
        StageView::new(self, self.stages.len().saturating_sub(1))
    }

    /// Returns the stage with this name, as `COPY --from` and `FROM` would resolve it.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<StageView<'_>> {
        let found = self.stages.iter().rposition(|stage| {
            stage.name.as_ref().is_some_and(|own| own.value.eq_ignore_ascii_case(name))
        });
        found.map(|index| StageView::new(self, index))
    }

    /// Returns the stage with this zero-based index, by which `COPY --from` may name one, too.
    #[must_use]
    pub fn stage_at(&self, index: usize) -> Option<StageView<'_>> {
        (index < self.stages.len()).then(|| StageView::new(self, index))
    }
}

impl Run {
    /// Returns the parsed shell script; for exec form, its single command. Empty if `SHELL`, or a
    /// here-document in its first line, names an interpreter other than a shell.
    #[must_use]
    pub fn script(&self) -> Script {
        if let CommandLine::Exec(words) = &self.command {
            return Script::of_words(words.iter().map(|word| (word.value.as_str(), word.span)));
        }
        self.shell_text().map(|text| Script::parse(&text)).unwrap_or_default()
    }

    /// Returns the text that a shell reads; `None` for exec form, and where another interpreter reads it.
    #[must_use]
    pub fn shell_text(&self) -> Option<Spliced> {
        let CommandLine::Shell(text) = &self.command else { return None };
        if let [heredoc] = self.heredocs.as_slice()
            && heredoc.mark == text.whole_span()
        {
            let first = heredoc.body.as_str().lines().next().unwrap_or_default();
            let foreign = match first.strip_prefix("#!") {
                Some(interpreter) => !interpreter
                    .split_whitespace()
                    .any(|word| shell::basename(word).ends_with("sh")),
                None => self.interpreter.is_some(),
            };
            return (!foreign).then(|| heredoc.body.clone());
        }
        if self.interpreter.is_some() {
            return None;
        }
        let mut whole = text.clone();
        for heredoc in &self.heredocs {
            // Write the line end and the terminator again: tabs and carriage returns may have been
            // dropped.
            whole.push("\n", whole.whole_span().end);
            whole.push_part(&heredoc.body, 0..heredoc.body.as_str().len());
            whole.push(&heredoc.name, heredoc.body.whole_span().end);
        }
        Some(whole)
    }
}

#[cfg(test)]
mod tests;
