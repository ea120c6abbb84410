//! A Dockerfile as what it amounts to: stages, variables, files, users and what is started.
//!
//! In: the text of a Dockerfile. Out: [`Dockerfile`], in which every instruction is understood as
//! Docker would with no build arguments given, or the first error that Docker would stop at.
//! Nothing is guessed: what a build argument or the base image decides is `unresolved`. What is
//! wanted of a Dockerfile is decided elsewhere.

mod evaluate;
mod expand;
mod image;
mod scan;
mod stage;
mod words;

pub use image::ImageReference;
pub use stage::{Copied, StageView};

use super::shell::{self, Script};
use super::spliced::Spliced;
use super::text::{Span, SyntaxError, Text};

/// A word with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it says.
    pub value: String,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// What a mentioned variable is declared as.
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
    /// The whole expansion.
    pub span: Span,
    /// What it is; none when this file declares no such variable there.
    pub known: Option<Known>,
}

/// A value before and after substitution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// As written, without continuations.
    pub raw: String,
    /// Where it stands.
    pub span: Span,
    /// Variables substituted and quotes removed; none when that takes something unknown.
    pub text: Option<String>,
    /// Variables that it mentions.
    pub mentions: Vec<Mention>,
    /// What is unknown in it.
    pub unresolved: Vec<String>,
}

/// `--name` or `--name=value` in front of the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Without the dashes.
    pub name: String,
    /// As written.
    pub value: Option<Spliced>,
    /// The whole flag.
    pub span: Span,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it.
    pub name: String,
    /// Whether variables in it are expanded: its name is not quoted.
    pub expand: bool,
    /// `<<-`: tabs in front of its lines are dropped.
    pub strip_tabs: bool,
    /// The `<<NAME`.
    pub mark: Span,
    /// Its lines.
    pub body: Spliced,
    /// Its lines and the one that ends it.
    pub span: Span,
}

/// What is run: by itself or by a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandLine {
    /// A JSON array.
    Exec(Vec<Word>),
    /// Text for the shell.
    Shell(Spliced),
}

/// `RUN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// `--mount` and others.
    pub flags: Vec<Flag>,
    /// What is run.
    pub command: CommandLine,
    /// Here-documents in the order of their marks.
    pub heredocs: Vec<Heredoc>,
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
    /// Sources, here-documents apart.
    pub sources: Vec<Value>,
    /// Files written in place; their names are the marks' names.
    pub heredocs: Vec<Heredoc>,
    /// The destination.
    pub destination: Value,
    /// The destination from the root, without a slash at its end; none when it is not known.
    pub absolute: Option<String>,
    /// Whether the destination is a folder: a slash at its end, several sources, or a folder that
    /// `WORKDIR` made before.
    pub into_folder: bool,
}

/// `NAME=value` of `ENV` and `LABEL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name, quotes removed.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub value: Value,
}

/// One declaration of a build argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Its default as written here.
    pub default: Option<Value>,
    /// What it holds when the build gives none: its default, or that of a global one.
    pub value: Option<String>,
    /// The whole instruction.
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
    /// `WORKDIR`; the path from the root, when it is known.
    Workdir(Value, Option<String>),
    /// `ENTRYPOINT`.
    Entrypoint(CommandLine),
    /// `CMD`.
    Cmd(CommandLine),
    /// `SHELL`.
    Shell(Vec<Word>),
    /// `HEALTHCHECK`; nothing for `NONE`.
    Healthcheck(Vec<Flag>, Option<CommandLine>),
    /// `ONBUILD`: what images built from this one will do.
    Onbuild(Spliced),
    /// `EXPOSE`, `VOLUME`, `STOPSIGNAL`, `MAINTAINER`.
    Other(Spliced),
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// In capitals.
    pub keyword: String,
    /// Where the keyword stands.
    pub keyword_span: Span,
    /// All of it, here-documents included.
    pub span: Span,
    /// What it does.
    pub action: Action,
}

/// What a stage starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// An earlier stage, by its index.
    Stage(usize),
    /// An image from elsewhere.
    Image(ImageReference),
    /// Nothing.
    Scratch,
    /// It depends on a build argument.
    Unresolved,
}

/// `FROM`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// The image.
    pub image: Value,
    /// `--platform`.
    pub platform: Option<Value>,
    /// What it comes to.
    pub base: Base,
    /// The whole instruction.
    pub span: Span,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its place among the stages, from 0.
    pub index: usize,
    /// Its name.
    pub name: Option<Word>,
    /// What it starts from.
    pub from: From,
    /// Instructions behind the `FROM`, in order.
    pub instructions: Vec<Instruction>,
}

/// A Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// `ARG` before the first `FROM`.
    pub global_arguments: Vec<Argument>,
    /// At least one.
    pub stages: Vec<Stage>,
    /// The escape character: `\` or a backtick.
    pub escape: char,
}

impl Dockerfile {
    /// Reads a Dockerfile.
    ///
    /// # Errors
    /// What Docker would refuse to build: an unknown instruction, no `FROM`, a here-document
    /// without end, arguments that are missing or malformed.
    pub fn parse(text: &Text) -> Result<Self, SyntaxError> {
        evaluate::evaluate(scan::scan(text)?)
    }

    /// The stage that is built when no other is asked for.
    #[must_use]
    pub fn final_stage(&self) -> StageView<'_> {
        StageView::new(self, self.stages.len().saturating_sub(1))
    }

    /// A stage by its name, as `COPY --from` and `FROM` find it.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<StageView<'_>> {
        let found = self.stages.iter().rposition(|stage| {
            stage.name.as_ref().is_some_and(|own| own.value.eq_ignore_ascii_case(name))
        });
        found.map(|index| StageView::new(self, index))
    }
}

impl Run {
    /// What a shell is given, read; for a JSON array its one command. Empty for a here-document
    /// that names another interpreter in its first line.
    #[must_use]
    pub fn script(&self) -> Script {
        let text = match &self.command {
            CommandLine::Exec(words) => {
                return Script::of_words(words.iter().map(|word| (word.value.as_str(), word.span)));
            }
            CommandLine::Shell(text) => text,
        };
        if let [heredoc] = self.heredocs.as_slice()
            && heredoc.mark == text.whole_span()
        {
            let first = heredoc.body.as_str().lines().next().unwrap_or_default();
            let foreign = first.strip_prefix("#!").is_some_and(|interpreter| {
                !interpreter.split_whitespace().any(|word| shell::basename(word).ends_with("sh"))
            });
            return if foreign { Script::default() } else { Script::parse(&heredoc.body) };
        }
        let mut whole = text.clone();
        for heredoc in &self.heredocs {
            // Line end and terminator are written anew: tabs and returns may have been dropped.
            whole.push("\n", whole.whole_span().end);
            whole.push_part(&heredoc.body, 0..heredoc.body.as_str().len());
            whole.push(&heredoc.name, heredoc.body.whole_span().end);
        }
        Script::parse(&whole)
    }
}

#[cfg(test)]
mod tests;
