//! Who is asked: a person at a terminal, or whoever writes lines to standard input.

use std::io::{self, BufRead as _, IsTerminal as _};

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Input, Select, console};

use crate::edge::terminal::{Terminal, visible, visible_line};
use crate::error::{Error, Result};
use crate::scaffold::interview::{Asker, Prompt, Reply};
use crate::shape::manifest::ValueForm;

/// Typed alone, it leads back to the question before.
const BACK: &str = "<";

/// Typed alone, it stands for nothing at all.
const NOTHING: &str = "-";

fn gone(cause: impl std::fmt::Display) -> Error {
    Error::failed("the questions were broken off").caused_by(cause).hint("nothing was made")
}

/// Ends the process at Ctrl-C as it ends by itself, but with the cursor back, which a list hides.
fn mind_the_cursor() {
    // Without the thread Ctrl-C works as ever, and hides the cursor at worst.
    let _ = std::thread::Builder::new().spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            let _ = console::Term::stderr().show_cursor();
            std::process::exit(INTERRUPTED);
        }
    });
}

/// What a shell says of a process that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// What ended a question that was not answered.
fn broken_off(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(cause) = &error;
    if cause.kind() == io::ErrorKind::Interrupted {
        // The process is about to end; one that minds no cursor goes on to say so.
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    let _ = console::Term::stderr().show_cursor();
    gone(error)
}

/// Who is asked.
pub(super) enum Somebody<'a> {
    /// A person at a terminal.
    Person(Person<'a>),
    /// Whoever writes lines to standard input.
    Lines(Lines<'a>),
}

impl Asker for Somebody<'_> {
    fn ask(&mut self, prompt: &Prompt<'_>) -> Result<Reply> {
        match self {
            Self::Person(person) => person.ask(prompt),
            Self::Lines(lines) => lines.ask(prompt),
        }
    }

    fn show(&mut self, text: &str) {
        match self {
            Self::Person(person) => person.show(text),
            Self::Lines(lines) => lines.show(text),
        }
    }
}

/// What was typed, as a reply.
fn reply(typed: &str, prompt: &Prompt<'_>) -> Reply {
    match typed.trim() {
        BACK if prompt.can_go_back => Reply::Back,
        "" => match prompt.default {
            Some(_) => Reply::Default,
            None => Reply::Value(String::new()),
        },
        NOTHING => Reply::Value(String::new()),
        text => Reply::Value(text.to_owned()),
    }
}

fn is_long(form: ValueForm) -> bool {
    matches!(form, ValueForm::Lines | ValueForm::Text)
}

/// What helps to answer, below the words.
fn hints(prompt: &Prompt<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    if let Some(problem) = prompt.problem {
        hints.push(format!("! {}; {}", problem.message, problem.hint));
    }
    if let Some(example) = prompt.example {
        hints.push(format!("such as {example}"));
    }
    if is_long(prompt.form) {
        hints.push("a line at a time; an empty one ends it".to_owned());
    }
    hints
}

/// A person at a terminal.
pub(super) struct Person<'a> {
    terminal: &'a Terminal,
    theme: Box<dyn Theme>,
    told: bool,
}

impl<'a> Person<'a> {
    pub(super) fn new(terminal: &'a Terminal) -> Self {
        mind_the_cursor();
        let theme: Box<dyn Theme> = if terminal.colors_output() && terminal.unicode() {
            Box::new(ColorfulTheme::default())
        } else {
            Box::new(SimpleTheme)
        };
        Self { terminal, theme, told: false }
    }

    fn choose(&self, prompt: &Prompt<'_>) -> Result<Reply> {
        let items: Vec<String> = prompt
            .choices
            .iter()
            .map(|choice| {
                let value = if choice.value.is_empty() { "(none)" } else { &choice.value };
                visible_line(&format!("{value:<18}  {}", choice.meaning))
            })
            .collect();
        let at = prompt.choices.iter().position(|it| Some(it.value.as_str()) == prompt.default);
        let chosen = Select::with_theme(&*self.theme)
            .with_prompt(visible_line(prompt.words))
            .items(&items)
            .default(at.unwrap_or(0))
            .max_length(16)
            .interact_opt();
        let chosen = chosen.map_err(broken_off)?;
        Ok(match chosen.and_then(|index| prompt.choices.get(index)) {
            None => Reply::Back,
            Some(choice) if Some(choice.value.as_str()) == prompt.default => Reply::Default,
            Some(choice) => Reply::Value(choice.value.clone()),
        })
    }

    fn line(&self, words: &str, default: Option<&str>) -> Result<String> {
        let mut input = Input::<String>::with_theme(&*self.theme)
            .with_prompt(visible_line(words))
            .allow_empty(true);
        if let Some(default) = default.filter(|default| !default.is_empty()) {
            input = input.default(visible_line(default)).show_default(true);
        }
        input.interact_text().map_err(broken_off)
    }
}

impl Asker for Person<'_> {
    fn ask(&mut self, prompt: &Prompt<'_>) -> Result<Reply> {
        if !self.told {
            self.told = true;
            self.terminal.note(
                "Enter takes what is in brackets, `<` goes back a question, `-` stands for nothing.\n",
            );
        }
        if !prompt.choices.is_empty() {
            return self.choose(prompt);
        }
        for hint in hints(prompt) {
            self.terminal.note(&format!("  {}", visible_line(&hint)));
        }
        let default = prompt.default.filter(|default| !default.contains('\n'));
        let first = self.line(prompt.words, default)?;
        // The input gives its default back as if it had been typed.
        if default.is_some_and(|default| !default.is_empty() && visible_line(default) == first) {
            return Ok(Reply::Default);
        }
        let mut lines = vec![first];
        let goes_on = |line: &str| !matches!(line.trim(), "" | BACK | NOTHING);
        if is_long(prompt.form) && lines.first().is_some_and(|line| goes_on(line)) {
            loop {
                let line = self.line("…", None)?;
                if line.trim().is_empty() {
                    break;
                }
                lines.push(line);
            }
        }
        Ok(reply(&lines.join("\n"), prompt))
    }

    fn show(&mut self, text: &str) {
        self.terminal.note(&visible(text));
    }
}

/// Whoever writes lines to standard input: another program, or a person whose terminal is none.
pub(super) struct Lines<'a> {
    terminal: &'a Terminal,
}

impl<'a> Lines<'a> {
    pub(super) fn new(terminal: &'a Terminal) -> Self {
        Self { terminal }
    }

    fn read(&self, prompt: &Prompt<'_>) -> Result<String> {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).map_err(gone)?;
        if read == 0 {
            self.terminal.prompt("\n");
            return Err(Error::usage("standard input ended before all was answered").hint(
                format!("answer it with {}, or take what is derived with --defaults", prompt.flag),
            ));
        }
        let line = line.trim_end_matches(['\n', '\r']);
        if !io::stdin().is_terminal() {
            // What a terminal would have shown while it was typed.
            self.terminal.prompt(&format!("{}\n", visible_line(line)));
        }
        Ok(line.to_owned())
    }
}

impl Asker for Lines<'_> {
    fn ask(&mut self, prompt: &Prompt<'_>) -> Result<Reply> {
        let mut words = String::new();
        for hint in hints(prompt) {
            words.push_str(&format!("  {hint}\n"));
        }
        for choice in prompt.choices {
            let value = if choice.value.is_empty() { NOTHING } else { &choice.value };
            words.push_str(&format!("  {value}: {}\n", choice.meaning));
        }
        let default = prompt.default.map(|default| match default {
            "" => " []".to_owned(),
            default => format!(" [{}]", default.replace('\n', " / ")),
        });
        words.push_str(&format!("{}{}: ", prompt.words, default.unwrap_or_default()));
        self.terminal.prompt(&visible(&words));
        let mut text = self.read(prompt)?;
        if is_long(prompt.form) && !matches!(text.trim(), "" | BACK | NOTHING) {
            loop {
                let line = self.read(prompt)?;
                if line.trim().is_empty() {
                    break;
                }
                text.push('\n');
                text.push_str(&line);
            }
        }
        Ok(reply(&text, prompt))
    }

    fn show(&mut self, text: &str) {
        self.terminal.note(&visible(text));
    }
}
