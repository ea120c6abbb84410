//! Evaluates instructions in order, each with what the earlier ones declared.

mod flags;
mod known;

use std::collections::HashSet;

use super::expand::{Lookup, expand, open_quote};
use super::scan::{RawInstruction, Scanned};
use super::{
    Action, Argument, Base, CommandLine, Copy, Dockerfile, Flag, Foreign, From, ImageReference,
    Instruction, Known, Pair, Stage, Value, Word, words,
};
use crate::source::spliced::Spliced;
use crate::source::text::{Span, SyntaxError};
use crate::source::typed::nearest;
use known::Scope;

/// The most stages that are read: each is looked up through the stages it is built from.
const MAX_STAGES: usize = 200;

/// The most instructions of `ONBUILD`s that are carried out: each is, in every stage that is built from its own.
const MAX_TRIGGERED: usize = 1000;

struct Evaluator {
    file: Dockerfile,
    /// The frontend that reads the file, if it is not Docker's: it may take other flags.
    frontend: Option<String>,
    /// What Docker refuses of the values of the instruction being read.
    refused: Option<SyntaxError>,
    substituted: usize,
    /// What the `ONBUILD`s of each stage hold, in order.
    triggers: Vec<Vec<RawInstruction>>,
    /// How many of them were carried out.
    triggered: usize,
    /// The scopes of the global arguments and of each stage, in order.
    scope: Vec<Scope>,
}

pub(super) fn evaluate(scanned: Scanned) -> Result<Dockerfile, SyntaxError> {
    let file = Dockerfile {
        global_arguments: Vec::new(),
        stages: Vec::new(),
        escape: scanned.escape,
        foreign: None,
    };
    let mut evaluator = Evaluator {
        file,
        frontend: scanned.frontend,
        refused: None,
        substituted: 0,
        triggers: Vec::new(),
        triggered: 0,
        scope: vec![Scope::default()],
    };
    for raw in scanned.instructions {
        evaluator.instruction(raw)?;
    }
    if evaluator.file.stages.is_empty() {
        return Err(SyntaxError::new(Span::at(0), "has no FROM instruction"));
    }
    Ok(evaluator.file)
}

fn missing(raw: &RawInstruction, what: &str) -> SyntaxError {
    SyntaxError::new(raw.span, format!("{} needs {what}", raw.keyword))
}

impl Evaluator {
    fn instruction(&mut self, raw: RawInstruction) -> Result<(), SyntaxError> {
        if raw.keyword == "FROM" {
            return self.from(&raw);
        }
        if self.file.stages.is_empty() && raw.keyword != "ARG" && is_known(&raw.keyword) {
            let message = format!("{} is before the first FROM", raw.keyword);
            return Err(SyntaxError::new(raw.keyword_span, message));
        }
        let action = self.accepted(&raw)?;
        if let (Action::Onbuild(_), Some(triggers)) = (&action, self.triggers.last_mut()) {
            triggers.push(raw.held());
        }
        if self.file.stages.is_empty() {
            if let Action::Arg(arguments) = action {
                self.file.global_arguments.extend(arguments);
            }
            return Ok(());
        }
        let RawInstruction { keyword, keyword_span, span, .. } = raw;
        if let Some(stage) = self.file.stages.last_mut() {
            stage.instructions.push(Instruction { keyword, keyword_span, span, action });
        }
        Ok(())
    }

    /// What an instruction does, unless Docker refuses one of its values.
    fn accepted(&mut self, raw: &RawInstruction) -> Result<Action, SyntaxError> {
        let action = self.action(raw)?;
        self.refused.take().map_or(Ok(action), Err)
    }

    /// Carries out what the `ONBUILD`s of a stage hold in the stage that was just begun, which is built from it. Docker
    /// does so once: not in those that are built from that one.
    fn trigger(&mut self, base: usize, from: Span) -> Result<(), SyntaxError> {
        for raw in self.triggers.get(base).cloned().unwrap_or_default() {
            self.triggered += 1;
            if self.triggered > MAX_TRIGGERED {
                let message = format!("carries out more than {MAX_TRIGGERED} of ONBUILD");
                return Err(SyntaxError::new(from, message));
            }
            let action = self.accepted(&raw)?;
            let RawInstruction { keyword, keyword_span, .. } = raw;
            let span = Span::at(from.end);
            if let Some(stage) = self.file.stages.last_mut() {
                stage.triggered.push(Instruction { keyword, keyword_span, span, action });
            }
        }
        Ok(())
    }

    fn from(&mut self, raw: &RawInstruction) -> Result<(), SyntaxError> {
        let index = self.file.stages.len();
        if index >= MAX_STAGES {
            let message = format!("has more than the {MAX_STAGES} stages that are read");
            return Err(SyntaxError::new(raw.span, message));
        }
        let (flags, rest) = self.flags(raw)?;
        let words = words::plain_words(&rest);
        let (image, name) = match words.as_slice() {
            [image] => (image, None),
            [image, keyword, name] if keyword.as_str().eq_ignore_ascii_case("as") => {
                let word = Word { value: name.as_str().to_owned(), span: name.whole_span() };
                (image, Some(word))
            }
            _ => return Err(missing(raw, "an image and at most `AS name`")),
        };
        let global = |name: &str| match self.scope.first().and_then(|s| s.arguments.get(name)) {
            Some(Some(value)) => Lookup::Is(value.clone(), Known::Argument),
            Some(None) => Lookup::Unset(Known::Argument),
            None => Lookup::Unknown,
        };
        let image = expand(image, self.file.escape, &global);
        let platform = flags
            .iter()
            .find(|flag| flag.name == "platform")
            .and_then(|flag| flag.value.as_ref())
            .map(|value| expand(value, self.file.escape, &global));
        let earlier = |text: &str| self.file.stage(text).map(|view| view.index());
        let base = match image.text.as_deref() {
            None | Some("") => Base::Unresolved,
            Some("scratch") => Base::Scratch,
            Some(text) => match earlier(text) {
                Some(stage) => Base::Stage(stage),
                None => Base::Image(ImageReference::parse(text)),
            },
        };
        let built_from = match base {
            Base::Stage(stage) => Some(stage),
            Base::Image(_) | Base::Scratch | Base::Unresolved => None,
        };
        let from = From { image, platform, base, span: raw.span };
        self.scope.push(Scope::default());
        self.triggers.push(Vec::new());
        let (triggered, instructions) = (Vec::new(), Vec::new());
        self.file.stages.push(Stage { index, name, from, triggered, instructions });
        built_from.map_or(Ok(()), |stage| self.trigger(stage, raw.span))
    }

    /// The flags of an instruction, and what follows them.
    fn flags(&mut self, raw: &RawInstruction) -> Result<(Vec<Flag>, Spliced), SyntaxError> {
        let (flags, rest) = words::flags(&raw.arguments, self.file.escape);
        match (flags::check(&raw.keyword, &flags), &self.frontend) {
            (Err(refused), None) => return Err(refused),
            (Err(refused), Some(frontend)) => {
                let foreign = Foreign { frontend: frontend.clone(), span: refused.span };
                self.file.foreign.get_or_insert(foreign);
            }
            (Ok(()), _) => {}
        }
        Ok((flags, rest))
    }

    fn value(&mut self, source: &Spliced) -> Value {
        if let Some(quote) = open_quote(source.as_str(), self.file.escape) {
            let message = format!("the quote that {quote} opens is never closed");
            self.refused.get_or_insert_with(|| SyntaxError::new(source.whole_span(), message));
        }
        let value = expand(source, self.file.escape, &|name| self.lookup(name));
        self.substituted += value.text.as_ref().map_or(0, String::len);
        value
    }

    fn action(&mut self, raw: &RawInstruction) -> Result<Action, SyntaxError> {
        let arguments = &raw.arguments;
        if arguments.as_str().is_empty() && is_known(&raw.keyword) && raw.keyword != "CMD" {
            return Err(missing(raw, "an argument"));
        }
        Ok(match raw.keyword.as_str() {
            "ARG" => Action::Arg(self.arguments(raw)?),
            "RUN" => {
                let (flags, rest) = self.flags(raw)?;
                Action::Run(super::Run {
                    flags,
                    command: command_line(&rest),
                    heredocs: raw.heredocs.clone(),
                    interpreter: self.interpreter(),
                })
            }
            "COPY" | "ADD" => Action::Copy(Box::new(self.copy(raw)?)),
            "ENV" => {
                let pairs = self.pairs(raw)?;
                if let Some(scope) = self.scope.last_mut() {
                    for pair in &pairs {
                        scope.environment.insert(pair.name.clone(), pair.value.text.clone());
                    }
                }
                Action::Env(pairs)
            }
            "LABEL" => Action::Label(self.pairs(raw)?),
            "USER" => Action::User(self.value(arguments)),
            "WORKDIR" => {
                let value = self.value(arguments);
                let absolute = value.text.as_deref().and_then(|path| self.absolute(path));
                if let Some(path) = &absolute {
                    self.note_folder(path);
                }
                if let Some(scope) = self.scope.last_mut() {
                    scope.workdir = Some(absolute.clone());
                }
                Action::Workdir(value, absolute)
            }
            "ENTRYPOINT" => Action::Entrypoint(command_line(arguments)),
            "CMD" => Action::Cmd(command_line(arguments)),
            "SHELL" => match words::json_array(arguments) {
                Some(words) if !words.is_empty() => {
                    if let Some(scope) = self.scope.last_mut() {
                        scope.shell = words.first().map(|word| word.value.clone());
                    }
                    Action::Shell(words)
                }
                _ => return Err(missing(raw, "a JSON array of strings")),
            },
            "HEALTHCHECK" => healthcheck(raw, self.flags(raw)?)?,
            "ONBUILD" => {
                let held = raw.held();
                if matches!(held.keyword.as_str(), "FROM" | "MAINTAINER" | "ONBUILD") {
                    let message = format!("ONBUILD takes no {}", held.keyword);
                    return Err(SyntaxError::new(held.keyword_span, message));
                }
                Action::Onbuild(arguments.clone())
            }
            "EXPOSE" => {
                let words = words::plain_words(arguments);
                if let Some(word) = words.iter().find(|word| flags::is_no_port(word.as_str())) {
                    let message = format!("`{}` is not a port", shortened(word.as_str()));
                    return Err(SyntaxError::new(word.whole_span(), message));
                }
                Action::Other(arguments.clone())
            }
            "VOLUME" | "STOPSIGNAL" | "MAINTAINER" => Action::Other(arguments.clone()),
            _ => {
                let mut message = format!("unknown instruction `{}`", shortened(&raw.keyword));
                if let Some(meant) = nearest(&raw.keyword.to_uppercase(), INSTRUCTIONS) {
                    message.push_str(&format!(", did you mean `{meant}`?"));
                }
                return Err(SyntaxError::new(raw.keyword_span, message));
            }
        })
    }

    fn arguments(&mut self, raw: &RawInstruction) -> Result<Vec<Argument>, SyntaxError> {
        let mut declared = Vec::new();
        for range in words::quoted_words(raw.arguments.as_str(), self.file.escape) {
            let word = raw.arguments.part(range);
            let equals = word.as_str().find('=');
            let name = word.part(0..equals.unwrap_or(word.as_str().len()));
            if name.as_str().is_empty() {
                return Err(missing(raw, "a name before `=`"));
            }
            let default = equals.map(|at| self.value(&word.part(at + 1..word.as_str().len())));
            let name_text = name.as_str().to_owned();
            let value = match &default {
                Some(default) => default.text.clone(),
                None if self.file.stages.is_empty() => None,
                None => {
                    self.scope.first().and_then(|s| s.arguments.get(&name_text)).cloned().flatten()
                }
            };
            if let Some(scope) = self.scope.last_mut() {
                scope.arguments.insert(name_text.clone(), value.clone());
            }
            declared.push(Argument {
                name: name_text,
                name_span: name.whole_span(),
                default,
                value,
                span: raw.span,
            });
        }
        Ok(declared)
    }

    /// `NAME=value …`, or the older `NAME value`.
    fn pairs(&mut self, raw: &RawInstruction) -> Result<Vec<Pair>, SyntaxError> {
        let arguments = &raw.arguments;
        let ranges = words::quoted_words(arguments.as_str(), self.file.escape);
        let first = ranges.first().and_then(|range| arguments.as_str().get(range.clone()));
        if first.is_some_and(|first| !first.contains('=')) {
            let (Some(name), Some(second)) = (ranges.first(), ranges.get(1)) else {
                return Err(missing(raw, "a name and a value"));
            };
            let rest = arguments.part(second.start..arguments.as_str().len());
            return Ok(vec![self.pair(&arguments.part(name.clone()), &rest)]);
        }
        // All values of an instruction see the variables as they were before it.
        let mut pairs = Vec::new();
        for range in ranges {
            let word = arguments.part(range);
            match word.as_str().find('=') {
                Some(at) if at > 0 => {
                    let value = word.part(at + 1..word.as_str().len());
                    pairs.push(self.pair(&word.part(0..at), &value));
                }
                _ => {
                    let shown = shortened(word.as_str());
                    let message = format!("`{shown}` is not NAME=value");
                    return Err(SyntaxError::new(word.whole_span(), message));
                }
            }
        }
        Ok(pairs)
    }

    fn pair(&mut self, name: &Spliced, value: &Spliced) -> Pair {
        let name_value = self.value(name);
        let text = name_value.text.unwrap_or_else(|| name.as_str().to_owned());
        Pair { name: text, name_span: name.whole_span(), value: self.value(value) }
    }

    fn copy(&mut self, raw: &RawInstruction) -> Result<Copy, SyntaxError> {
        let (flags, rest) = self.flags(raw)?;
        let mut paths = match words::json_array(&rest) {
            // One byte after the opening quote; exact unless the string contains escapes.
            Some(words) => words.iter().map(|w| Spliced::new(&w.value, w.span.start + 1)).collect(),
            None => words::plain_words(&rest),
        };
        let destination = paths.pop().filter(|_| !paths.is_empty());
        let Some(destination) = destination else {
            return Err(missing(raw, "a source and a destination"));
        };
        let marks: HashSet<Span> = raw.heredocs.iter().map(|heredoc| heredoc.mark).collect();
        let several = paths.len() > 1;
        let sources: Vec<Value> = paths
            .iter()
            .filter(|path| !marks.contains(&path.whole_span()))
            .map(|path| self.value(path))
            .collect();
        let destination = self.value(&destination);
        let text = destination.text.as_deref();
        let absolute = text.and_then(|path| self.absolute(path));
        let into_folder = several
            || text.is_some_and(|path| path.ends_with('/') || path == "." || path.ends_with("/."))
            || absolute.as_deref().is_some_and(|path| self.is_folder(path));
        if into_folder && let Some(path) = &absolute {
            self.note_folder(path);
        }
        let from = self.flag_value(&flags, "from");
        let chown = self.flag_value(&flags, "chown");
        let heredocs = raw.heredocs.clone();
        let add = raw.keyword == "ADD";
        Ok(Copy { add, flags, from, chown, sources, heredocs, destination, absolute, into_folder })
    }

    fn flag_value(&mut self, flags: &[Flag], name: &str) -> Option<Value> {
        let value = flags.iter().find(|flag| flag.name == name)?.value.as_ref()?;
        Some(self.value(value))
    }
}

fn command_line(arguments: &Spliced) -> CommandLine {
    match words::json_array(arguments) {
        Some(words) => CommandLine::Exec(words),
        None => CommandLine::Shell(arguments.clone()),
    }
}

fn healthcheck(
    raw: &RawInstruction,
    (flags, rest): (Vec<Flag>, Spliced),
) -> Result<Action, SyntaxError> {
    let content = rest.as_str();
    let length = content.find(char::is_whitespace).unwrap_or(content.len());
    let kind = content.get(..length).unwrap_or_default().to_ascii_uppercase();
    match kind.as_str() {
        "NONE" => Ok(Action::Healthcheck(flags, None)),
        "CMD" => {
            let command = command_line(&rest.part(length..content.len()).trimmed());
            Ok(Action::Healthcheck(flags, Some(command)))
        }
        _ => Err(missing(raw, "NONE or CMD")),
    }
}

/// The instructions of a Dockerfile.
pub(super) const INSTRUCTIONS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

fn is_known(keyword: &str) -> bool {
    INSTRUCTIONS.contains(&keyword)
}

/// Cuts text to forty characters and replaces control characters.
fn shortened(text: &str) -> String {
    text.chars().take(40).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
