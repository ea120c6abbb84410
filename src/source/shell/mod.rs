//! Analyses shell scripts without running them.
//!
//! A [`Script`] holds the simple commands of a script in order, with quotes removed from their
//! words, and its expansions, all with spans. Parsing is tolerant: for a script that a shell would
//! reject, the commands before the error are still returned. The value of a variable is never
//! guessed: words that depend on one are marked `dynamic`.

mod accounts;
mod expansions;
mod grammar;
mod invocation;
mod lexer;
mod moves;
mod own_file;
mod pip;
mod programs;
mod quoted;
mod reach;
mod refused;
mod required;

pub use accounts::{Account, accounts_added};
pub use moves::{Place, Places};
pub use own_file::OwnFile;
pub use pip::{PipInstall, PipUninstall, pip_installs, pip_uninstalls};
pub(super) use programs::is_shell;
pub use programs::{IMAGE_PROGRAMS, Program, basename, programs_of, programs_with_substituted};
pub use quoted::quoted;
pub use reach::{By, Called, Entry, Reach, ScriptSource, reaches};
pub use refused::refused;
pub use required::{required_commands, skipped_commands};

use std::sync::Arc;

use super::spliced::Spliced;
use super::text::{Span, Text};

/// A word with its quotes removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text of the word; expansions are kept as written.
    pub text: Spliced,
    /// Its span, quotes included.
    pub span: Span,
    /// Whether a shell would expand something in it: a variable, a command or a pattern.
    pub dynamic: bool,
    /// Whether part of it was quoted.
    pub quoted: bool,
}

impl Word {
    /// Returns the text of the word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }
}

/// `NAME=value` before a command, or on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The assigned value.
    pub value: Word,
}

/// `NAME=( … )`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// The variable.
    pub name: String,
    /// The span of the name.
    pub name_span: Span,
    /// Its elements.
    pub elements: Vec<Word>,
    /// The span between the parentheses.
    pub inner: Span,
    /// `+=` rather than `=`.
    pub appended: bool,
}

/// One expansion of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// The variable.
    pub name: String,
    /// The span of the whole expansion, `$X` or `${…}`.
    pub span: Span,
    /// The operator, such as `:-` or `:+`; empty if there is none.
    pub operator: &'static str,
    /// The text after the operator.
    pub argument: Spliced,
}

/// How a command is joined to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// `;`, a line end, or the end of a block.
    Sequence,
    /// `&&`.
    And,
    /// `||`.
    Or,
    /// `|`.
    Pipe,
    /// `&`.
    Background,
}

/// One simple command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Assignments before its words.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments; empty if there are only assignments.
    pub words: Vec<Word>,
    /// The here-document that it reads as its standard input.
    pub input: Option<Spliced>,
    /// From its first word to its last.
    pub span: Span,
    /// Whether it succeeds where its program fails: `! PROGRAM`, or part of such a pipeline.
    pub negated: bool,
    /// Whether it may be skipped: it is in a branch or loop, or after `&&` or `||`.
    pub conditional: bool,
    /// Whether it runs in a process of its own: in `( … )` or as part of a pipeline.
    pub subshell: bool,
    /// The function whose body contains it.
    pub function: Option<Arc<str>>,
    /// How it is joined to the next command.
    pub joint: Joint,
}

/// A forwarder, `${VAR:+VAR=${VAR}}`, which passes on a variable if it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarder {
    /// The variable that is tested and expanded.
    pub variable: String,
    /// The name under which it is passed on.
    pub target: String,
    /// The whole expansion.
    pub span: Span,
}

/// A script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Its simple commands, in source order.
    pub commands: Vec<Command>,
    /// The commands in `$( … )` and backticks.
    pub substituted: Vec<Command>,
    /// What output is redirected to, in source order: files, and numbers of descriptors.
    pub written: Vec<Word>,
    /// Array assignments.
    pub arrays: Vec<Array>,
    /// Every expansion of a variable outside single quotes, here-documents included.
    pub expansions: Vec<Expansion>,
    /// Names of the functions it defines, sorted.
    pub functions: Vec<String>,
    /// Whether a quote, a brace or a here-document never ends.
    pub unterminated: bool,
}

impl Script {
    /// Parses a script that is part of another text.
    #[must_use]
    pub fn parse(source: &Spliced) -> Self {
        grammar::parse(source)
    }

    /// Parses a script file.
    #[must_use]
    pub fn of_text(text: &Text) -> Self {
        Self::parse(&Spliced::new(text.as_str(), 0))
    }

    /// Builds the single command of words that no shell splits, each with its span. An argument of
    /// `sh -c` among them is parsed as a script.
    pub fn of_words<'w>(words: impl Iterator<Item = (&'w str, Span)>) -> Self {
        let words: Vec<Word> = words
            .map(|(text, span)| {
                // One byte after the opening quote; exact unless the string contains escapes.
                let text = Spliced::new(text, span.start + 1);
                Word { text, span, dynamic: false, quoted: true }
            })
            .collect();
        if let Some(script) = programs::inline_script_of(&words) {
            return Self::parse(&script);
        }
        let Some(span) = words.iter().map(|word| word.span).reduce(Span::to) else {
            return Self::default();
        };
        let command = Command {
            assignments: Vec::new(),
            words,
            input: None,
            span,
            negated: false,
            conditional: false,
            subshell: false,
            function: None,
            joint: Joint::Sequence,
        };
        Self { commands: vec![command], ..Self::default() }
    }

    /// Returns every expansion in the script and in the scripts that it passes to `sh -c` or as
    /// `sh <<EOF`, in source order.
    #[must_use]
    pub fn all_expansions(&self) -> Vec<Expansion> {
        let mut found = self.expansions.clone();
        let commands = self.commands.iter().chain(&self.substituted);
        for script in commands.filter_map(programs::script_given_to) {
            found.extend(lexer::lex(&script).expansions);
        }
        found.sort_by_key(|expansion| expansion.span);
        found.dedup_by_key(|expansion| expansion.span);
        found
    }

    /// Returns the forwarders `${VAR:+VAR=${VAR}}`, in order, including those with options before
    /// the name (`${VAR:+-e VAR="$VAR"}`).
    #[must_use]
    pub fn forwarders(&self) -> Vec<Forwarder> {
        self.expansions.iter().filter_map(forwarder).collect()
    }
}

fn forwarder(expansion: &Expansion) -> Option<Forwarder> {
    if !matches!(expansion.operator, ":+" | "+") {
        return None;
    }
    let inner = lexer::expansions_in(&expansion.argument);
    if !inner.iter().any(|nested| nested.name == expansion.name) {
        return None;
    }
    let argument = expansion.argument.as_str();
    let equals = argument.find('=')?;
    let before = argument.get(..equals)?;
    let start = before.rfind([' ', '"', '\'', '\t']).map_or(0, |at| at + 1);
    let target = before.get(start..).filter(|name| lexer::is_name(name))?;
    Some(Forwarder {
        variable: expansion.name.clone(),
        target: target.to_owned(),
        span: expansion.span,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(script: &str) -> Vec<Vec<String>> {
        Script::of_text(&Text::new(script))
            .commands
            .iter()
            .map(|command| command.words.iter().map(|word| word.as_str().to_owned()).collect())
            .collect()
    }

    #[test]
    fn commands_are_split_at_every_kind_of_joint() {
        let found = words("a 1 && b '2 ;' || c\nd|e &\n(f; g) ; { h; }");
        let programs: Vec<&str> = found.iter().map(|words| words[0].as_str()).collect();
        assert_eq!(programs, ["a", "b", "c", "d", "e", "f", "g", "h"]);
        assert_eq!(found[1], ["b", "2 ;"]);
    }

    #[test]
    fn keywords_are_not_commands() {
        let script = "if [ -n \"$X\" ]; then a; elif b; then c; else d; fi\n\
            for x in 1 2; do e $x; done\nwhile f; do g; done\n\
            case \"$1\" in start|go) h ;; (*) i;; esac; j";
        let found = words(script);
        let programs: Vec<&str> = found.iter().map(|words| words[0].as_str()).collect();
        assert_eq!(programs, ["[", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
        let read = Script::of_text(&Text::new(script));
        assert!(
            read.commands
                .iter()
                .filter(|c| c.words[0].as_str() != "j")
                .all(|c| c.conditional || c.words[0].as_str() == "[")
        );
        assert!(!read.commands.last().expect("j").conditional);
    }

    #[test]
    fn comments_redirections_and_heredocs_are_no_words() {
        let found = words(
            "a >out 2>&1 b # c\ncat <<'EOF' >/x\nexec nothing\nEOF\nd <<-E\n\tx\n\tE\ne <<< f g",
        );
        assert_eq!(found, [vec!["a", "b"], vec!["cat"], vec!["d"], vec!["e", "g"]]);
        let script = "{ a >b; } >>\"/c\" 2>&1 <d\ne $(f >g)\ncat <<E >|h\n>i\nE";
        let read = Script::of_text(&Text::new(script));
        let written: Vec<&str> = read.written.iter().map(Word::as_str).collect();
        assert_eq!(written, ["b", "/c", "1", "h", "g"]);
    }

    #[test]
    fn a_heredoc_belongs_to_its_command() {
        let script = "a <<E | b <<-'F' 2>&1; c\nx $Y\nE\n\tz\nF\nd <<G && e";
        let read = Script::of_text(&Text::new(script));
        let inputs: Vec<_> = read
            .commands
            .iter()
            .map(|command| (command.words[0].as_str(), command.input.as_ref().map(Spliced::as_str)))
            .collect();
        assert_eq!(
            inputs,
            [("a", Some("x $Y\n")), ("b", Some("z\n")), ("c", None), ("d", None), ("e", None)]
        );
        let block = "while a; do b; done <<E\nx\nE\nc";
        let read = Script::of_text(&Text::new(block));
        assert!(read.commands.iter().all(|command| command.input.is_none()));
    }

    #[test]
    fn a_hash_inside_a_word_is_no_comment() {
        assert_eq!(words("a b#c ${#x} # d"), [vec!["a", "b#c", "${#x}"]]);
    }

    #[test]
    fn expansions_are_found_everywhere_but_in_single_quotes() {
        let script =
            "a $A '$B' \"${C:-$D}\" `e $E` $(f \"$F\") \\$G\ncat <<X\n$H\nX\ncat <<'Y'\n$I\nY\n";
        let read = Script::of_text(&Text::new(script));
        let mut names: Vec<&str> = read.expansions.iter().map(|e| e.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["A", "C", "D", "E", "F", "H"]);
        assert_eq!(read.substituted.len(), 2);
    }

    #[test]
    fn arrays_and_forwarders() {
        let text = Text::new(
            "X=(a \"b\" # c\n 'd')\nX+=(e)\nY=$(id)\nrun ${K:+K=${K}} \"${L:+-e L=\"$L\"}\" ${M:+N=${O}}",
        );
        let read = Script::of_text(&text);
        let elements: Vec<&str> = read.arrays[0].elements.iter().map(Word::as_str).collect();
        assert_eq!(elements, ["a", "b", "d"]);
        assert!(read.arrays[1].appended);
        let found: Vec<_> = read.forwarders().into_iter().map(|f| (f.variable, f.target)).collect();
        assert_eq!(found, [("K".into(), "K".into()), ("L".into(), "L".into())]);
        assert_eq!(text.slice(read.forwarders()[0].span), "${K:+K=${K}}");
    }

    #[test]
    fn functions_hold_their_commands() {
        let read = Script::of_text(&Text::new("f() {\n exec a\n}\nfunction g { b; }\nc"));
        let owners: Vec<Option<&str>> =
            read.commands.iter().map(|command| command.function.as_deref()).collect();
        assert_eq!(owners, [Some("f"), Some("g"), None]);
    }

    #[test]
    fn a_long_name_is_not_copied_for_every_command() {
        let (name, body) = ("f".repeat(200_000), "a\n".repeat(200_000));
        let read = Script::of_text(&Text::new(&format!("{name}() {{\n{body}}}\n")));
        let owners = read.commands.iter().filter_map(|command| command.function.as_deref());
        // Forty gigabytes of it.
        assert_eq!(owners.filter(|owner| *owner == name).count(), 200_000);
    }

    #[test]
    fn double_brackets_keep_their_operators() {
        assert_eq!(words("[[ a && b < c || (d) ]] && e").last().expect("two"), &["e"]);
    }

    #[test]
    fn deep_nesting_ends() {
        let deep = "$(".repeat(50_000);
        assert!(Script::of_text(&Text::new(&deep)).unterminated);
        let _ = Script::of_text(&Text::new(&"${X:-".repeat(50_000)));
        let _ = Script::of_text(&Text::new(&"( { if ".repeat(50_000)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_is_read_with_spans_inside_it(
            script in "([a-z$'\"`(){}<>|&;#=\\\\\n\té -]|EOF|<<|\\$\\(|\\$\\{|if |fi|case |esac|X=\\(){0,60}"
        ) {
            let text = Text::new(&script);
            let read = Script::of_text(&text);
            for command in read.commands.iter().chain(&read.substituted) {
                prop_assert!(command.span.end <= script.len());
                for word in &command.words {
                    prop_assert!(script.is_char_boundary(word.span.start));
                    prop_assert!(word.span.end <= script.len());
                }
            }
            let _ = (read.forwarders(), programs_of(&read), pip_installs(&read), accounts_added(&read));
        }
    }
}
