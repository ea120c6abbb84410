//! Words and what is in them: quotes, expansions, arrays, here-documents.

use super::{Block, Pending, Position, Reader, Reading, Stop};

impl Reader<'_> {
    /// Skips blanks and continued line ends.
    pub(super) fn blanks(&mut self) {
        loop {
            match (self.byte(0), self.byte(1)) {
                (Some(b' ' | b'\t'), _) => self.at += 1,
                (Some(b'\\'), Some(b'\n')) => self.at += 2,
                _ => return,
            }
        }
    }

    /// Skips blanks, line ends and comments.
    pub(super) fn blanks_and_lines(&mut self) -> Reading<()> {
        loop {
            self.blanks();
            match self.byte(0) {
                Some(b'\n') => self.newline()?,
                Some(b'#') => self.comment(),
                _ => return Ok(()),
            }
        }
    }

    pub(super) fn comment(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.find('\n').unwrap_or(rest.len());
    }

    /// Reads a line end and the here-documents behind it.
    pub(super) fn newline(&mut self) -> Reading<()> {
        self.at += 1;
        for Pending { delimiter, strip_tabs } in std::mem::take(&mut self.pending) {
            loop {
                let rest = self.text.get(self.at..).unwrap_or_default();
                if rest.is_empty() {
                    return Err(Stop::Unsure);
                }
                let line = rest.split('\n').next().unwrap_or_default();
                self.at = (self.at + line.len() + 1).min(self.text.len());
                let shown = if strip_tabs { line.trim_start_matches('\t') } else { line };
                if shown == delimiter {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Reads a redirection and its target; for `<<`, the delimiter.
    pub(super) fn redirection(&mut self, position: &mut Position) -> Reading<()> {
        const OPERATORS: [&str; 12] =
            ["&>>", "<<<", "<<-", "&>", "<<", "<&", "<>", ">>", ">&", ">|", "<", ">"];
        position.begins = false;
        let Some(operator) = OPERATORS.into_iter().find(|operator| self.follows(operator)) else {
            return Err(Stop::Unsure);
        };
        self.at += operator.len();
        self.blanks();
        let from = self.at;
        self.word()?;
        if matches!(operator, "<<" | "<<-") {
            let delimiter = unquoted(self.slice(from));
            self.pending.push(Pending { delimiter, strip_tabs: operator == "<<-" });
        }
        Ok(())
    }

    /// Reads a word; nothing where none begins.
    pub(super) fn word(&mut self) -> Reading<()> {
        let start = self.at;
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'|' | b'&' | b')' => break,
                b'<' | b'>' if self.byte(1) == Some(b'(') => {
                    let from = self.at;
                    self.at += 2;
                    let opener = if byte == b'<' { "<(" } else { ">(" };
                    self.commands(Block { opener, from, closers: &[")"] })?;
                }
                b'<' | b'>' => break,
                b'(' => match self.slice(start).as_bytes().last() {
                    Some(b'=') => self.array()?,
                    Some(b'@' | b'!' | b'+' | b'*' | b'?') => self.pattern()?,
                    _ => break,
                },
                _ => self.piece(byte, false)?,
            }
        }
        Ok(())
    }

    /// Reads one piece of a word: a quoted text, an expansion or a character.
    fn piece(&mut self, byte: u8, in_quotes: bool) -> Reading<()> {
        match byte {
            b'\\' => self.skip(2),
            b'\'' if !in_quotes => self.until_quote(b'\'', false)?,
            b'"' => self.double_quoted()?,
            b'`' => self.until_quote(b'`', true)?,
            b'$' => self.expansion(in_quotes)?,
            _ => self.skip(1),
        }
        Ok(())
    }

    fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.text.len());
    }

    /// Reads a text up to the same quote that opens it.
    fn until_quote(&mut self, quote: u8, escapes: bool) -> Reading<()> {
        let from = self.at;
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\\' if escapes => self.skip(2),
                _ => self.skip(1),
            }
            if byte == quote {
                return Ok(());
            }
        }
        self.open_quote(from, char::from(quote))
    }

    fn open_quote(&mut self, from: usize, quote: char) -> Reading<()> {
        self.at = from + 1;
        self.refused(from, format!("the quote {quote} that is opened here is never closed"))
    }

    fn double_quoted(&mut self) -> Reading<()> {
        let from = self.at;
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            if byte == b'"' {
                self.at += 1;
                return Ok(());
            }
            self.piece(byte, true)?;
        }
        self.open_quote(from, '"')
    }

    /// Reads what a `$` begins.
    fn expansion(&mut self, in_quotes: bool) -> Reading<()> {
        let from = self.at;
        match (self.byte(1), self.byte(2)) {
            (Some(b'\''), _) if !in_quotes => {
                self.at += 1;
                self.until_quote(b'\'', true)
            }
            (Some(b'('), Some(b'(')) if self.is_arithmetic(3)? => Ok(()),
            (Some(b'('), _) => {
                self.at += 2;
                self.commands(Block { opener: "$(", from, closers: &[")"] })?;
                Ok(())
            }
            // Commands in braces, which only new shells run.
            (Some(b'{'), Some(b' ' | b'\t' | b'\n' | b'|')) => Err(Stop::Unsure),
            (Some(b'{'), _) => {
                self.at += 2;
                self.parameter(from, in_quotes)
            }
            // `$$` is a parameter: what follows it is not expanded.
            (second, _) => {
                self.skip(if second == Some(b'$') { 2 } else { 1 });
                Ok(())
            }
        }
    }

    /// Reads `${…}` up to its first brace that is not quoted.
    fn parameter(&mut self, from: usize, in_quotes: bool) -> Reading<()> {
        self.deeper()?;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'}' => {
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(());
                }
                // Whether it quotes depends on the operator, the shell and its mode.
                b'\'' if in_quotes => return Err(Stop::Unsure),
                _ => self.piece(byte, false)?,
            }
        }
        self.never_closed(Block { opener: "${", from, closers: &["}"] })
    }

    /// Reads arithmetic up to its `))`; returns whether it is arithmetic at all.
    pub(super) fn arithmetic(&mut self) -> Reading<bool> {
        let mut open = 1_usize;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'(' => open += 1,
                b')' => open -= 1,
                // It may be a part of commands whose comments or patterns hold the quote.
                b'\'' | b'"' | b'`' | b'$' => match self.piece(byte, false) {
                    Err(Stop::Refused { .. }) => return Ok(false),
                    read => {
                        read?;
                        continue;
                    }
                },
                b'\\' => self.skip(1),
                _ => {}
            }
            self.skip(1);
            if open == 0 {
                let closes = self.byte(0) == Some(b')');
                self.at += usize::from(closes);
                return Ok(closes);
            }
        }
        Ok(false)
    }

    /// Reads the elements of `NAME=( … )`.
    fn array(&mut self) -> Reading<()> {
        self.deeper()?;
        let from = self.at;
        self.at += 1;
        loop {
            self.blanks_and_lines()?;
            let before = self.at;
            match self.byte(0) {
                None => {
                    return self.never_closed(Block { opener: "(", from, closers: &[")"] });
                }
                Some(b')') => {
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(());
                }
                Some(_) => self.word()?,
            }
            if self.at == before {
                return Err(Stop::Unsure);
            }
        }
    }

    /// Reads one of bash's extended patterns, as in `@(a|b)`.
    fn pattern(&mut self) -> Reading<()> {
        let mut open = 0_usize;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'(' => open += 1,
                b')' => open -= 1,
                b'\n' => return Err(Stop::Unsure),
                _ => {
                    self.piece(byte, false)?;
                    continue;
                }
            }
            self.at += 1;
            if open == 0 {
                return Ok(());
            }
        }
        Err(Stop::Unsure)
    }

    /// Reads `[[ … ]]`.
    pub(super) fn test(&mut self) -> Reading<()> {
        loop {
            self.blanks();
            let from = self.at;
            match self.byte(0) {
                None | Some(b'#') => return Err(Stop::Unsure),
                Some(b'\n') => self.newline()?,
                Some(_) => {
                    self.word()?;
                    if self.slice(from) == "]]" {
                        return Ok(());
                    }
                    if self.at == from {
                        self.at += 1;
                    }
                }
            }
        }
    }
}

/// The delimiter of a here-document without its quotes.
fn unquoted(word: &str) -> String {
    let mut plain = String::new();
    let mut quote = None;
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), character) if open == character => quote = None,
            (None | Some('"'), '\\') => plain.extend(characters.next()),
            _ => plain.push(character),
        }
    }
    plain
}
