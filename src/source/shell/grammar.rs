//! Turns words and operators into simple commands.

use std::sync::Arc;

use super::lexer::{self, Lexed, Token};
use super::{Array, Assignment, Command, Joint, Script, Word};
use crate::source::spliced::Spliced;
use crate::source::text::Span;

/// The most enclosing blocks that a command looks at, so that hostile nesting takes linear time.
const MAX_BLOCKS: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// `if`, `while`, `for`: commands inside may be skipped.
    Branch,
    /// `case`, while its patterns are being read.
    Case,
    /// `{ … }`.
    Group,
    /// `( … )`.
    Subshell,
    /// The body of a function.
    Function,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Commands,
    /// After `for x`, `select x` or `case x`: words that are not a command.
    Header,
    /// Between `in` or `;;` and the `)` of a case.
    Pattern,
    /// Inside `[[ … ]]`.
    Test,
}

struct Grammar {
    script: Script,
    /// Open blocks, outermost first.
    blocks: Vec<Block>,
    functions: Vec<Arc<str>>,
    awaiting_function: Option<String>,
    words: Vec<Word>,
    assignments: Vec<Assignment>,
    /// The here-document that the command being read gets.
    input: Option<Spliced>,
    mode: Mode,
    /// Whether a `!` stands before the pipeline being read.
    negated: bool,
    previous: Joint,
    /// What the next word is the target of, if it is one.
    target: Option<Target>,
}

#[derive(Clone, Copy)]
enum Target {
    /// It is read from.
    Input,
    /// It is written to.
    Output,
}

pub(super) fn parse(source: &Spliced) -> Script {
    let mut lexed = lexer::lex(source);
    let mut script = read(&mut lexed);
    script.expansions = lexed.expansions;
    script.unterminated = lexed.unterminated;
    for substitution in &lexed.substitutions {
        // Deeper ones are already among the substitutions.
        let inner = read(&mut lexer::lex_shallow(substitution));
        script.substituted.extend(inner.commands);
        script.written.extend(inner.written);
    }
    script
}

fn read(lexed: &mut Lexed) -> Script {
    let mut grammar = Grammar {
        script: Script::default(),
        blocks: Vec::new(),
        functions: Vec::new(),
        awaiting_function: None,
        words: Vec::new(),
        assignments: Vec::new(),
        input: None,
        mode: Mode::Commands,
        negated: false,
        previous: Joint::Sequence,
        target: None,
    };
    for token in std::mem::take(&mut lexed.tokens) {
        match token {
            Token::Heredoc(number) => {
                grammar.input = lexed.heredocs.get_mut(number).map(std::mem::take);
            }
            token => grammar.token(token),
        }
    }
    grammar.finish(Joint::Sequence);
    grammar.script.functions.sort_unstable();
    grammar.script.functions.dedup();
    grammar.script
}

impl Grammar {
    fn token(&mut self, token: Token) {
        match token {
            Token::Redirection { writes } => {
                self.target = Some(if writes { Target::Output } else { Target::Input });
            }
            Token::Word(word) => match self.target.take() {
                Some(Target::Input) => {}
                Some(Target::Output) => self.script.written.push(word),
                None => self.word(word),
            },
            Token::Array { name, elements, inner, appended, closed } => {
                self.script.unterminated |= !closed;
                self.script.arrays.push(Array {
                    name: name.as_str().to_owned(),
                    name_span: name.text.whole_span(),
                    elements,
                    inner: inner.whole_span(),
                    appended,
                });
            }
            Token::Heredoc(_) => {}
            Token::Operator(operator) => {
                self.target = None;
                self.operator(operator);
            }
        }
    }

    fn word(&mut self, word: Word) {
        match self.mode {
            Mode::Pattern => {
                if !word.quoted && word.as_str() == "esac" {
                    self.close(Block::Case);
                    self.mode = Mode::Commands;
                }
            }
            Mode::Header => {
                if !word.quoted && word.as_str() == "in" && self.blocks.last() == Some(&Block::Case)
                {
                    self.mode = Mode::Pattern;
                } else if !word.quoted && word.as_str() == "do" {
                    self.mode = Mode::Commands;
                }
            }
            Mode::Test => {
                let closes = word.as_str() == "]]";
                self.words.push(word);
                if closes {
                    self.mode = Mode::Commands;
                }
            }
            Mode::Commands if self.words.is_empty() => self.first_word(word),
            Mode::Commands => self.words.push(word),
        }
    }

    fn first_word(&mut self, word: Word) {
        if word.quoted {
            return self.program_or_assignment(word);
        }
        // The `!` of a block is that of none of its commands.
        let negated = std::mem::take(&mut self.negated);
        match word.as_str() {
            "!" => self.negated = !negated,
            "if" | "while" | "until" => self.blocks.push(Block::Branch),
            "for" | "select" => {
                self.blocks.push(Block::Branch);
                self.mode = Mode::Header;
            }
            "case" => {
                self.blocks.push(Block::Case);
                self.mode = Mode::Header;
            }
            "then" | "else" | "elif" | "do" => {}
            "time" => self.negated = negated,
            "fi" | "done" => self.close(Block::Branch),
            "esac" => self.close(Block::Case),
            "{" => match self.awaiting_function.take() {
                Some(name) => self.enter_function(name),
                None => self.blocks.push(Block::Group),
            },
            "}" => {
                if self.blocks.last() == Some(&Block::Function) {
                    self.functions.pop();
                }
                if matches!(self.blocks.last(), Some(Block::Group | Block::Function)) {
                    self.blocks.pop();
                }
            }
            "[[" => {
                self.mode = Mode::Test;
                self.negated = negated;
                self.words.push(word);
            }
            _ => {
                self.negated = negated;
                self.program_or_assignment(word);
            }
        }
    }

    fn enter_function(&mut self, name: String) {
        self.functions.push(name.as_str().into());
        self.script.functions.push(name);
        self.blocks.push(Block::Function);
    }

    fn program_or_assignment(&mut self, word: Word) {
        let text = word.as_str();
        let equals = text.find('=').filter(|at| {
            let name = text.get(..*at).unwrap_or_default();
            lexer::is_name(name.strip_suffix('+').unwrap_or(name))
        });
        let Some(equals) = equals else {
            self.words.push(word);
            return;
        };
        let name = text.get(..equals).unwrap_or_default().trim_end_matches('+').to_owned();
        let value_text = word.text.part(equals + 1..text.len());
        let span = Span::new(word.text.offset(equals) + 1, word.span.end);
        let value = Word { text: value_text, span, dynamic: word.dynamic, quoted: word.quoted };
        self.assignments.push(Assignment { name, value });
    }

    fn operator(&mut self, operator: &'static str) {
        match self.mode {
            Mode::Test => return,
            Mode::Pattern => {
                if operator == ")" {
                    self.mode = Mode::Commands;
                }
                return;
            }
            Mode::Header if matches!(operator, ";" | "\n") => {
                if self.blocks.last() != Some(&Block::Case) {
                    self.mode = Mode::Commands;
                }
                return;
            }
            Mode::Header => return,
            Mode::Commands => {}
        }
        match operator {
            "&&" => self.finish(Joint::And),
            "||" => self.finish(Joint::Or),
            "|" | "|&" => self.finish(Joint::Pipe),
            "&" => self.finish(Joint::Background),
            ";;" | ";&" | ";;&" => {
                self.finish(Joint::Sequence);
                if self.blocks.last() == Some(&Block::Case) {
                    self.mode = Mode::Pattern;
                }
            }
            "(" => self.open_parenthesis(),
            ")" => {
                self.finish(Joint::Sequence);
                self.close(Block::Subshell);
            }
            // The here-document of a block, as in `done <<EOF`, is not that of the next command.
            "\n" if self.words.is_empty() && self.assignments.is_empty() => self.input = None,
            _ => self.finish(Joint::Sequence),
        }
    }

    /// Handles `(`: after a single word it begins the `()` of a function, elsewhere a subshell.
    fn open_parenthesis(&mut self) {
        if let [name] = self.words.as_slice()
            && self.assignments.is_empty()
        {
            self.awaiting_function = Some(name.as_str().to_owned());
            self.words.clear();
            return;
        }
        self.finish(Joint::Sequence);
        self.negated = false;
        self.blocks.push(Block::Subshell);
    }

    fn close(&mut self, block: Block) {
        if self.blocks.last() == Some(&block) {
            self.blocks.pop();
        }
    }

    fn finish(&mut self, joint: Joint) {
        let words = std::mem::take(&mut self.words);
        let assignments = std::mem::take(&mut self.assignments);
        let input = self.input.take();
        if let [keyword, name] = words.as_slice()
            && keyword.as_str() == "function"
        {
            self.awaiting_function = Some(name.as_str().to_owned());
            return;
        }
        // `function name {` arrives as one command, because `{` is a word.
        if let [keyword, name, brace, rest @ ..] = words.as_slice()
            && keyword.as_str() == "function"
            && brace.as_str() == "{"
        {
            self.enter_function(name.as_str().to_owned());
            if !rest.is_empty() {
                self.push(Vec::new(), rest.to_vec(), input, joint);
            }
            return;
        }
        if words.is_empty() && assignments.is_empty() {
            // `}` and `fi` end a command of their own, so a following joint counts.
            self.previous = joint;
            return;
        }
        self.push(assignments, words, input, joint);
    }

    fn push(
        &mut self,
        assignments: Vec<Assignment>,
        words: Vec<Word>,
        input: Option<Spliced>,
        joint: Joint,
    ) {
        let spans = assignments.iter().map(|a| a.value.span).chain(words.iter().map(|w| w.span));
        let Some(span) = spans.reduce(Span::to) else { return };
        let near = self.blocks.len().saturating_sub(MAX_BLOCKS);
        let blocks = self.blocks.get(near..).unwrap_or_default();
        let branches = blocks.iter().any(|block| matches!(block, Block::Branch | Block::Case));
        let piped = self.previous == Joint::Pipe || joint == Joint::Pipe;
        self.script.commands.push(Command {
            assignments,
            words,
            input,
            span,
            negated: self.negated,
            conditional: branches || matches!(self.previous, Joint::And | Joint::Or),
            subshell: piped || blocks.contains(&Block::Subshell) || joint == Joint::Background,
            function: self.functions.last().cloned(),
            joint,
        });
        self.negated &= joint == Joint::Pipe;
        self.previous = joint;
    }
}
