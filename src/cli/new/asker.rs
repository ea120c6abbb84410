//! The sources of answers: a person at a terminal, or lines on standard input.

mod several;

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead as _, IsTerminal as _};

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Completion, Input, Select, console};
use unicode_width::UnicodeWidthStr as _;

use crate::edge::terminal::{Terminal, typed_ahead, visible, visible_line};
use crate::error::{Error, Result};
use crate::scaffold::interview::{Asker, Prompt, Reply};
use crate::shape::manifest::ValueForm;
use crate::source::secrets::masked;

use self::several::Reading;
use super::show::{cut, wrapped};

/// Typed alone, it returns to the previous question.
const BACK: &str = "<";

/// Typed alone, it is an empty answer.
const NOTHING: &str = "-";

fn gone(cause: impl std::fmt::Display) -> Error {
    Error::failed("the questions were interrupted").caused_by(cause).hint("nothing was created")
}

/// The error for a prompt that was interrupted.
fn broken_off(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(cause) = &error;
    if cause.kind() == io::ErrorKind::Interrupted {
        // On Ctrl-C, the process is about to end with its message; if it does not, this error is reported.
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    let terminal = console::Term::stderr();
    if terminal.is_term() {
        let _ = terminal.show_cursor();
    }
    gone(error)
}

/// The source of answers.
pub(super) enum Somebody<'a> {
    /// A person at a terminal.
    Person(Person<'a>),
    /// Lines on standard input.
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

/// Interprets typed text as a reply.
fn reply(typed: &str, prompt: &Prompt<'_>) -> Reply {
    match typed.trim() {
        BACK => Reply::Back,
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

/// The hints below a question.
fn hints(prompt: &Prompt<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    if let Some(problem) = prompt.problem {
        hints.push(format!("! {}; {}", problem.message, problem.hint));
    }
    let is_shown = |example: &&str| prompt.problem.is_some_and(|it| it.hint.contains(*example));
    if let Some(example) = prompt.example.filter(|example| !is_shown(example)) {
        hints.push(format!("such as {example}"));
    }
    if let Some(left) = prompt.variable.and_then(|(_, variable)| variable.when_empty.as_ref()) {
        hints.push(format!("an empty answer leaves this to you: {}", left.in_words()));
    }
    if is_long(prompt.form) {
        hints.push(
            "one line at a time; an empty line ends it; `@FILE` as the first line inserts the text of a file"
                .to_owned(),
        );
    }
    hints
}

/// The default in one short line, without what is secret in it.
fn proposed(default: &str) -> String {
    let default = masked(default);
    let lines: Vec<&str> = default.lines().filter(|line| !line.trim().is_empty()).collect();
    match &lines[..] {
        [] => "nothing".to_owned(),
        [first, second, _, ..] => format!("{first} / {second} … ({} lines)", lines.len()),
        few => few.join(" / "),
    }
}

/// How many rows a text of this width takes, not counting the last one.
fn rows_above(width: usize, columns: usize) -> usize {
    width.saturating_sub(1).checked_div(columns).unwrap_or(0)
}

/// Takes a tab for a blank: a paste may have one between two words, and it would be lost without a word. The arrow to the
/// right does the same at the end of a line, where it adds no second blank.
struct TabIsBlank;

impl Completion for TabIsBlank {
    fn get(&self, input: &str) -> Option<String> {
        let has_one = input.ends_with(' ') && !input.trim().is_empty();
        (!has_one).then(|| format!("{input} "))
    }
}

/// A person at a terminal.
pub(super) struct Person<'a> {
    terminal: &'a Terminal,
    theme: Box<dyn Theme>,
    /// The theme of refused answers; `None` if the other one does not mark accepted answers.
    refusing: Option<Box<dyn Theme>>,
    told: bool,
    /// Whether it was said how to go back in a menu, which takes no typed `<`.
    told_of_menus: Cell<bool>,
    /// The answer in the last line on the screen.
    last: RefCell<Option<Kept>>,
}

/// An answer that was left on the screen.
struct Kept {
    label: String,
    answer: String,
}

impl Kept {
    fn line(&self, theme: &dyn Theme) -> Result<String> {
        let mut line = String::new();
        theme.format_input_prompt_selection(&mut line, &self.label, &self.answer).map_err(gone)?;
        Ok(line)
    }
}

impl<'a> Person<'a> {
    pub(super) fn new(terminal: &'a Terminal) -> Self {
        let (theme, refusing): (Box<dyn Theme>, Option<Box<dyn Theme>>) =
            if terminal.colors_output() && terminal.unicode() {
                let theme = ColorfulTheme::default();
                let success_prefix = theme.error_prefix.clone();
                let refusing = ColorfulTheme { success_prefix, ..ColorfulTheme::default() };
                (Box::new(theme), Some(Box::new(refusing)))
            } else {
                (Box::new(SimpleTheme), None)
            };
        let (told, told_of_menus) = (false, Cell::new(false));
        Self { terminal, theme, refusing, told, told_of_menus, last: RefCell::default() }
    }

    /// The rows and columns of the terminal.
    fn size() -> (usize, usize) {
        let (rows, columns) = console::Term::stderr().size();
        (rows.into(), columns.into())
    }

    /// Prints words, wrapped to the terminal's width.
    fn say(&self, words: &str, lead: &str) {
        self.terminal.note(&wrapped(&visible_line(words), lead, Self::size().1));
    }

    /// Leaves an answer on the screen.
    fn keep(&self, label: &str, answer: &str) -> Result<()> {
        let kept = Kept { label: visible_line(label), answer: visible_line(answer) };
        console::Term::stderr().write_line(&kept.line(&*self.theme)?).map_err(gone)?;
        self.last.replace(Some(kept));
        Ok(())
    }

    /// Marks the answer in the last line as refused.
    fn refuse_last(&self) -> Result<()> {
        let (Some(kept), Some(theme)) = (self.last.take(), &self.refusing) else { return Ok(()) };
        let line = kept.line(&**theme)?;
        let rows = 1 + rows_above(console::measure_text_width(&line), Self::size().1);
        let terminal = console::Term::stderr();
        terminal.clear_last_lines(rows).map_err(gone)?;
        terminal.write_line(&line).map_err(gone)
    }

    fn choose(&self, prompt: &Prompt<'_>) -> Result<Reply> {
        for hint in hints(prompt) {
            self.say(&hint, "  ");
        }
        // A menu that is no question of the interview has nothing before it.
        if prompt.place.is_some() && !self.told_of_menus.replace(true) {
            self.say("in a menu, Esc goes back one question", "  ");
        }
        let (rows, columns) = Self::size();
        let items: Vec<String> = prompt
            .choices
            .iter()
            .map(|choice| {
                let value = if choice.value.is_empty() { "(none)" } else { &choice.value };
                // Four columns for the selection mark and a blank. A line that is too wide would be drawn twice.
                let row = format!("{value:<18}  {}", choice.meaning);
                cut(&visible_line(row.trim_end()), columns.max(20) - 4)
            })
            .collect();
        let at = prompt.choices.iter().position(|it| Some(it.value.as_str()) == prompt.default);
        let words = visible_line(prompt.words);
        // A question that is too wide for the menu's first line stands above it.
        let is_wide = words.width() + 4 > columns.max(20) && !prompt.label.is_empty();
        let head = if is_wide { prompt.label } else { words.as_str() };
        if is_wide {
            self.say(&words, "");
        }
        let chosen = Select::with_theme(&*self.theme)
            .with_prompt(head)
            .items(&items)
            .default(at.unwrap_or(0))
            .max_length(rows.saturating_sub(3).clamp(5, 30))
            .report(false)
            .interact_opt();
        let chosen = chosen.map_err(broken_off)?;
        Ok(match chosen.and_then(|index| prompt.choices.get(index)) {
            None => Reply::Back,
            Some(choice) => {
                self.keep(head, &choice.value)?;
                if Some(choice.value.as_str()) == prompt.default {
                    Reply::Default
                } else {
                    Reply::Value(choice.value.clone())
                }
            }
        })
    }

    /// Asks for one of the choices by its word.
    fn typed(&self, prompt: &Prompt<'_>) -> Result<Reply> {
        for hint in hints(prompt) {
            self.say(&hint, "  ");
        }
        let widths = prompt.choices.iter().map(|choice| choice.value.width());
        let width = widths.max().unwrap_or_default();
        for choice in prompt.choices {
            let row = format!("{:width$}  {}", choice.value, choice.meaning);
            self.say(&cut(&row, Self::size().1.saturating_sub(2)), "  ");
        }
        let enter = prompt.default.map(|it| format!("; Enter: {it}")).unwrap_or_default();
        self.say(&format!("type one of these words{enter}"), "  ");
        Ok(reply(&self.line(prompt.words, prompt.default)?, prompt))
    }

    /// Reads a line with a label, and leaves both on the screen once: what was shown during input is cleared first,
    /// however many rows it took. If nothing was typed, shows the default instead.
    fn line(&self, label: &str, default: Option<&str>) -> Result<String> {
        let label = visible_line(label);
        let input = Input::<String>::with_theme(&*self.theme)
            .with_prompt(&label)
            .allow_empty(true)
            .completion_with(&TabIsBlank)
            .report(false);
        let typed = input.interact_text().map_err(broken_off)?;
        let mut before = String::new();
        self.theme.format_input_prompt(&mut before, &label, None).map_err(gone)?;
        let width = console::measure_text_width(&before) + typed.width();
        // The input has already cleared its last row.
        let above = rows_above(width, Self::size().1);
        console::Term::stderr().clear_last_lines(above).map_err(gone)?;
        match default.filter(|_| typed.trim().is_empty()) {
            Some(default) => self.keep(&label, &proposed(default))?,
            None => self.keep(&label, &typed)?,
        }
        Ok(typed)
    }
}

impl Asker for Person<'_> {
    fn ask(&mut self, prompt: &Prompt<'_>) -> Result<Reply> {
        if typed_ahead::discarded() {
            self.say(
                "What was typed or pasted before this question was asked does not answer it.",
                "",
            );
        }
        if !self.told {
            self.told = true;
            self.say(
                "Enter accepts the proposed value, `<` goes back one question, `-` is an empty answer.",
                "",
            );
        }
        let label = if prompt.is_typed { prompt.words } else { prompt.label };
        let is_asked_again =
            self.last.borrow().as_ref().is_some_and(|kept| kept.label == visible_line(label));
        match prompt.problem.is_some() && is_asked_again {
            true => self.refuse_last()?,
            false => _ = self.last.take(),
        }
        if prompt.is_typed {
            return self.typed(prompt);
        }
        if !prompt.choices.is_empty() {
            return self.choose(prompt);
        }
        let place = prompt.place.filter(|(_, all)| *all > 1);
        let place = place.map(|(this, all)| format!("{this} of {all}: ")).unwrap_or_default();
        let below = " ".repeat(place.width());
        let words = wrapped(&visible_line(prompt.words), &below, Self::size().1);
        self.terminal.note(&format!("{place}{}", words.trim_start()));
        for hint in hints(prompt) {
            self.say(&hint, "  ");
        }
        if let Some(default) = prompt.default {
            self.say(&format!("Enter: {}", proposed(default)), "  ");
        }
        let first = self.line(label, prompt.default)?;
        let told = |problem: &str| {
            // There is nowhere left to report that standard error is gone.
            let _ = self.refuse_last();
            self.say(problem, "  ");
        };
        let mut read = || self.line("…", None);
        several::whole(
            first,
            prompt,
            Reading { read: &mut read, told: &told, waits: &typed_ahead::waits },
        )
    }

    fn show(&mut self, text: &str) {
        self.last.take();
        text.lines().for_each(|line| self.say(line, ""));
    }
}

/// Lines on standard input, from another program or from a person without a terminal.
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
            return Err(Error::usage("standard input ended before all questions were answered")
                .hint(format!(
                    "answer it with {}, or accept the derived values with --defaults",
                    prompt.flag
                )));
        }
        let line = line.trim_end_matches(['\n', '\r']);
        if !io::stdin().is_terminal() {
            // Echo the line, as a terminal would have done.
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
            let meaning = Some(&choice.meaning).filter(|meaning| !meaning.is_empty());
            let meaning = meaning.map(|meaning| format!(": {meaning}")).unwrap_or_default();
            words.push_str(&format!("  {value}{meaning}\n"));
        }
        let default = prompt.default.map(|default| match default {
            "" => " []".to_owned(),
            default => format!(" [{}]", masked(default).replace('\n', " / ")),
        });
        words.push_str(&format!("{}{}: ", prompt.words, default.unwrap_or_default()));
        self.terminal.prompt(&visible(&words));
        let first = self.read(prompt)?;
        let told = |problem: &str| self.terminal.prompt(&visible(&format!("  {problem}\n")));
        let mut read = || self.read(prompt);
        // Another program writes all its lines at once.
        several::whole(first, prompt, Reading { read: &mut read, told: &told, waits: &|| false })
    }

    fn show(&mut self, text: &str) {
        self.terminal.note(&visible(text));
    }
}

#[cfg(test)]
mod tests {
    use super::{Completion as _, TabIsBlank, proposed, rows_above};

    #[test]
    fn a_tab_between_words_is_one_blank_and_an_indentation_stays() {
        let tabbed = |input: &str| TabIsBlank.get(input);
        assert_eq!(tabbed("name").as_deref(), Some("name "));
        assert_eq!(tabbed("name "), None);
        assert_eq!((tabbed("").as_deref(), tabbed(" ").as_deref()), (Some(" "), Some("  ")));
    }

    #[test]
    fn no_row_is_forgotten() {
        assert_eq!([0, 1, 80, 81, 161].map(|width| rows_above(width, 80)), [0, 0, 0, 1, 2]);
        assert_eq!(rows_above(5, 0), 0);
    }

    #[test]
    fn what_enter_takes_is_told_in_one_line() {
        assert_eq!(proposed(" \n"), "nothing");
        assert_eq!(proposed("a:b\nc:d"), "a:b / c:d");
        assert_eq!(proposed("a\nb\nc\nd"), "a / b … (4 lines)");
    }
}
