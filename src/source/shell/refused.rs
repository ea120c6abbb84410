//! What bash surely refuses to read: quotes and blocks that never end, and words that end no block.
//!
//! Reads a script as bash does: reserved words count where a command begins, here-documents begin behind their line, and
//! `)` ends a pattern of `case`. Whatever is not surely refused passes: where a here-document never ends, which bash
//! takes up to the end of the file; behind an `exit`, where an archive may follow; and where this reader does not know
//! what bash would make of it.

mod words;

use crate::source::spliced::Spliced;
use crate::source::text::SyntaxError;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 100;

/// How often `((` may turn out to be no arithmetic, each time read again.
const MAX_REREAD: usize = 32;

/// Why reading ends early.
enum Stop {
    /// Bash refuses it: where, and why.
    Refused { from: usize, to: usize, why: String },
    /// It is not known what bash makes of it.
    Unsure,
}

type Reading<T> = Result<T, Stop>;

/// A block that is open: what opened it, where, and what ends the commands that are read.
#[derive(Clone, Copy)]
struct Block {
    opener: &'static str,
    from: usize,
    /// Any of them; none at the top of a script.
    closers: &'static [&'static str],
}

/// A here-document whose line has not ended yet.
struct Pending {
    delimiter: String,
    strip_tabs: bool,
}

struct Reader<'s> {
    text: &'s str,
    at: usize,
    depth: usize,
    reread: usize,
    pending: Vec<Pending>,
    /// Whether the script has ended by itself: what follows need not be one.
    has_exited: bool,
}

/// The words that only end or divide blocks.
const DIVIDERS: [&str; 8] = ["then", "elif", "else", "fi", "do", "done", "esac", "}"];

/// Returns the first thing that bash surely refuses in a script; `None` where there is none, or where that is not known.
#[must_use]
pub fn refused(source: &Spliced) -> Option<SyntaxError> {
    let text = source.as_str();
    // What a carriage return is a part of depends on where it is.
    if text.contains(['\r', '\0']) {
        return None;
    }
    let (depth, reread, pending) = (0, 0, Vec::new());
    let mut reader = Reader { text, at: 0, depth, reread, pending, has_exited: false };
    let top = Block { opener: "", from: 0, closers: &[] };
    match reader.commands(top) {
        Err(Stop::Refused { from, to, why }) if !reader.has_exited => {
            Some(SyntaxError::new(source.span(from..to), why))
        }
        _ => None,
    }
}

/// Where in a command the reader is.
struct Position {
    /// Whether reserved words count: a command begins, or a block has just ended.
    begins: bool,
    /// Words so far.
    words: usize,
    /// Whether it may be skipped: it follows `&&`, `||` or `|`.
    conditional: bool,
    /// Whether its first word is `exec`.
    is_exec: bool,
}

impl Position {
    fn start(conditional: bool) -> Self {
        Self { begins: true, words: 0, conditional, is_exec: false }
    }
}

impl<'s> Reader<'s> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn follows(&self, operator: &str) -> bool {
        self.text
            .as_bytes()
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(operator.as_bytes()))
    }

    fn slice(&self, from: usize) -> &'s str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn refused<T>(&self, from: usize, why: String) -> Reading<T> {
        Err(Stop::Refused { from, to: self.at.min(self.text.len()).max(from), why })
    }

    fn never_closed<T>(&self, block: Block) -> Reading<T> {
        let Block { opener, from, closers } = block;
        let closer = closers.last().copied().unwrap_or_default();
        let to = from + opener.len();
        Err(Stop::Refused { from, to, why: format!("`{opener}` has no `{closer}`") })
    }

    /// Enters something that may hold itself; whoever calls this leaves it by lowering the depth again.
    fn deeper(&mut self) -> Reading<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Stop::Unsure) } else { Ok(()) }
    }

    /// Reads commands up to one of the words that end them, which is returned; at the top, up to the end.
    fn commands(&mut self, block: Block) -> Reading<&'static str> {
        self.deeper()?;
        let mut position = Position::start(false);
        loop {
            self.blanks();
            let Some(byte) = self.byte(0) else {
                return if block.closers.is_empty() { Ok("") } else { self.never_closed(block) };
            };
            if let Some(closer) = self.operator(byte, block, &mut position)? {
                self.depth -= 1;
                return Ok(closer);
            }
        }
    }

    /// Reads an operator, a word or a block. Returns what ends the commands, if that does.
    fn operator(
        &mut self,
        byte: u8,
        block: Block,
        position: &mut Position,
    ) -> Reading<Option<&'static str>> {
        match byte {
            b'\n' => {
                self.newline()?;
                // A line end behind `&&` ends nothing.
                let goes_on = position.begins && position.conditional;
                *position = Position::start(goes_on);
            }
            b'#' => self.comment(),
            b';' if self.byte(1) == Some(b';') || self.byte(1) == Some(b'&') => {
                let from = self.at;
                self.at += if self.follows(";;&") { 3 } else { 2 };
                if !block.closers.contains(&";;") {
                    let why = format!("`{}` is outside of a `case`", self.slice(from));
                    return self.refused(from, why);
                }
                return Ok(Some(";;"));
            }
            b';' => {
                self.at += 1;
                *position = Position::start(false);
            }
            b'&' if self.byte(1) == Some(b'>') => self.redirection(position)?,
            b'&' | b'|' => {
                let conditional = byte == b'|' || self.byte(1) == Some(b'&');
                self.at += 1;
                if matches!(self.byte(0), Some(b'&' | b'|')) {
                    self.at += 1;
                }
                *position = Position::start(conditional);
            }
            b'(' => self.parenthesis(position)?,
            b')' => {
                let from = self.at;
                self.at += 1;
                if block.closers.contains(&")") {
                    return Ok(Some(")"));
                }
                return self.refused(from, unexpected(")", block));
            }
            b'<' | b'>' if self.byte(1) != Some(b'(') => self.redirection(position)?,
            _ => return self.any_word(block, position),
        }
        Ok(None)
    }

    /// Reads a word, and what it opens if it is reserved.
    fn any_word(&mut self, block: Block, position: &mut Position) -> Reading<Option<&'static str>> {
        let from = self.at;
        self.word()?;
        if self.at == from {
            return Err(Stop::Unsure);
        }
        let word = self.slice(from);
        if !position.begins {
            position.words += 1;
            let ends_here = block.closers.is_empty() && !position.conditional;
            self.has_exited |= ends_here && position.is_exec;
            return Ok(None);
        }
        if let Some(closer) = block.closers.iter().find(|closer| **closer == word) {
            return Ok(Some(closer));
        }
        if DIVIDERS.contains(&word) {
            let why = unexpected(word, block);
            return self.refused(from, why);
        }
        match word {
            "!" => return Ok(None),
            "time" => {
                self.blanks();
                if self.follows("-p") {
                    self.at += 2;
                }
                return Ok(None);
            }
            "coproc" => return Err(Stop::Unsure),
            "function" => {
                self.blanks();
                self.word()?;
                self.blanks();
                if self.byte(0) == Some(b'(') {
                    self.at += 1;
                    self.blanks();
                    if self.byte(0) != Some(b')') {
                        return Err(Stop::Unsure);
                    }
                    self.at += 1;
                }
                return Ok(None);
            }
            "exit" if block.closers.is_empty() && !position.conditional => self.has_exited = true,
            "exec" => position.is_exec = true,
            _ if self.block(from)? => {
                *position = Position::start(position.conditional);
                return Ok(None);
            }
            _ => {}
        }
        // What follows an assignment is no `()` of a function.
        let is_assignment = self.slice(from).contains('=');
        position.begins = false;
        position.words = if is_assignment { 2 } else { 1 };
        Ok(None)
    }

    /// Reads the block that the word behind the reader opens; returns whether it opens one.
    fn block(&mut self, from: usize) -> Reading<bool> {
        let open = |opener, closers| Block { opener, from, closers };
        match self.slice(from) {
            "if" => {
                self.commands(open("if", &["then"]))?;
                loop {
                    match self.commands(open("if", &["elif", "else", "fi"]))? {
                        "elif" => self.commands(open("elif", &["then"]))?,
                        "else" => {
                            self.commands(open("if", &["fi"]))?;
                            return Ok(true);
                        }
                        _ => return Ok(true),
                    };
                }
            }
            "while" => self.looped(open("while", &["do"]))?,
            "until" => self.looped(open("until", &["do"]))?,
            "for" => self.each(open("for", &["done"]))?,
            "select" => self.each(open("select", &["done"]))?,
            "case" => self.case(open("case", &["esac"]))?,
            "{" => {
                self.commands(open("{", &["}"]))?;
            }
            "[[" => self.test()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn looped(&mut self, condition: Block) -> Reading<()> {
        self.commands(condition)?;
        self.commands(Block { closers: &["done"], ..condition })?;
        Ok(())
    }

    /// Reads what follows `for` or `select`.
    fn each(&mut self, block: Block) -> Reading<()> {
        self.blanks();
        if self.follows("((") {
            self.at += 2;
            if !self.arithmetic()? {
                return Err(Stop::Unsure);
            }
        } else {
            self.word()?;
            self.blanks_and_lines()?;
            let from = self.at;
            self.word()?;
            if self.slice(from) == "in" {
                self.words_of_line()?;
            } else {
                self.at = from;
            }
        }
        self.blanks();
        if self.byte(0) == Some(b';') {
            self.at += 1;
        }
        self.blanks_and_lines()?;
        let from = self.at;
        self.word()?;
        match self.slice(from) {
            "do" => self.commands(block)?,
            "{" => self.commands(Block { opener: "{", from, closers: &["}"] })?,
            _ => return self.never_closed(Block { closers: &["do"], ..block }),
        };
        Ok(())
    }

    fn words_of_line(&mut self) -> Reading<()> {
        loop {
            self.blanks();
            let from = self.at;
            match self.byte(0) {
                None | Some(b';' | b'\n') => return Ok(()),
                Some(b'#') => self.comment(),
                Some(_) => self.word()?,
            }
            if self.at == from {
                return Err(Stop::Unsure);
            }
        }
    }

    fn case(&mut self, block: Block) -> Reading<()> {
        self.blanks();
        self.word()?;
        self.blanks_and_lines()?;
        let from = self.at;
        self.word()?;
        if self.slice(from) != "in" {
            return Err(Stop::Unsure);
        }
        loop {
            self.blanks_and_lines()?;
            let from = self.at;
            if self.byte(0) == Some(b'(') {
                self.at += 1;
            } else {
                self.word()?;
                if self.slice(from) == "esac" {
                    return Ok(());
                }
            }
            loop {
                self.blanks();
                match self.byte(0) {
                    None => return self.never_closed(block),
                    Some(b')') => break,
                    Some(b'|') => self.at += 1,
                    Some(b'\n' | b';' | b'&' | b'(') => return Err(Stop::Unsure),
                    Some(_) => {
                        let from = self.at;
                        self.word()?;
                        if self.at == from {
                            return Err(Stop::Unsure);
                        }
                    }
                }
            }
            self.at += 1;
            if self.commands(Block { closers: &[";;", "esac"], ..block })? == "esac" {
                return Ok(());
            }
        }
    }

    /// Reads `(`: arithmetic, a subshell, or the `()` of a function.
    fn parenthesis(&mut self, position: &mut Position) -> Reading<()> {
        let from = self.at;
        if position.begins {
            let conditional = position.conditional;
            if !(self.follows("((") && self.is_arithmetic(2)?) {
                self.at = from + 1;
                self.commands(Block { opener: "(", from, closers: &[")"] })?;
            }
            *position = Position::start(conditional);
            return Ok(());
        }
        self.at += 1;
        self.blanks();
        if position.words != 1 || self.byte(0) != Some(b')') {
            return Err(Stop::Unsure);
        }
        self.at += 1;
        *position = Position::start(false);
        Ok(())
    }

    /// Reads arithmetic behind so many bytes. If it is none, the reader stays where it is.
    fn is_arithmetic(&mut self, behind: usize) -> Reading<bool> {
        let (from, depth, pending) = (self.at, self.depth, self.pending.len());
        self.deeper()?;
        self.at += behind;
        let read = self.arithmetic()?;
        self.depth = depth;
        if read {
            return Ok(true);
        }
        self.reread += 1;
        if self.reread > MAX_REREAD {
            return Err(Stop::Unsure);
        }
        self.at = from;
        self.pending.truncate(pending);
        Ok(false)
    }
}

/// Why a word is refused where it is.
fn unexpected(word: &str, block: Block) -> String {
    match (block.opener, block.closers.last()) {
        ("", _) | (_, None) => format!("`{word}` ends nothing that is open"),
        (opener, Some(closer)) => {
            format!("`{word}` comes before the `{closer}` of the `{opener}` above")
        }
    }
}

#[cfg(test)]
mod tests;
