//! Workflow expressions as trees: what is compared, and what they evaluate to.
//!
//! The grammar is that of
//! <https://docs.github.com/en/actions/writing-workflows/choosing-what-your-workflow-does/evaluate-expressions-in-workflows-and-actions>.

use std::iter::Peekable;
use std::str::CharIndices;

/// The deepest nesting that is parsed.
const MAX_DEPTH: usize = 40;

/// The most values and operators in one expression.
const MAX_TERMS: usize = 500;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A string without its quotes, or a number, `true`, `false` or `null` as written.
    Literal(String),
    /// A context value, as its names in lower case: `github.event['x']` is `github`, `event`, `x`.
    /// A name that is only known at run time (`[matrix.i]`) is `*`.
    Reference(Vec<String>),
    /// A call of this function, with its name in lower case.
    Call(String, Vec<Term>),
    /// `!a`
    Not(Box<Term>),
    /// `a && b`
    And(Box<Term>, Box<Term>),
    /// `a || b`
    Or(Box<Term>, Box<Term>),
    /// `a == b`, and `!=`, `<`, `<=`, `>`, `>=`.
    Compare(&'static str, Box<Term>, Box<Term>),
}

impl Term {
    /// Parses an expression, without its braces. Returns `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { text, rest: text.char_indices().peekable(), depth: 0, terms: 0 };
        let term = parser.either()?;
        parser.blanks();
        parser.rest.peek().is_none().then_some(term)
    }

    /// Returns the context values that it may evaluate to. A value that is only compared, or passed
    /// to `contains()` and the like, can only yield true or false; `a && b` yields `b`.
    #[must_use]
    pub fn yields(&self) -> Vec<&[String]> {
        let mut found = Vec::new();
        let mut waiting = vec![self];
        while let Some(term) = waiting.pop() {
            match term {
                Self::Reference(names) => found.push(names.as_slice()),
                Self::Or(left, right) => waiting.extend([&**right, &**left]),
                Self::And(_, right) => waiting.push(right),
                Self::Call(name, arguments) if !is_digest(name) => {
                    waiting.extend(arguments.iter().rev());
                }
                Self::Literal(_) | Self::Call(..) | Self::Not(_) | Self::Compare(..) => {}
            }
        }
        found
    }
}

/// Whether a function returns a boolean or a digest, and never its arguments.
fn is_digest(function: &str) -> bool {
    const DIGESTS: &[&str] = &[
        "contains",
        "startswith",
        "endswith",
        "hashfiles",
        "success",
        "failure",
        "always",
        "cancelled",
    ];
    DIGESTS.contains(&function)
}

struct Parser<'t> {
    text: &'t str,
    rest: Peekable<CharIndices<'t>>,
    depth: usize,
    terms: usize,
}

impl Parser<'_> {
    fn blanks(&mut self) {
        while self.rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
    }

    /// Consumes these characters if they come next.
    fn sign(&mut self, sign: &str) -> bool {
        self.blanks();
        let at = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        let comes = self.text.get(at..).is_some_and(|rest| rest.starts_with(sign));
        if comes {
            for _ in sign.chars() {
                self.rest.next();
            }
        }
        comes
    }

    fn either(&mut self) -> Option<Term> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut left = self.both()?;
        while self.sign("||") {
            left = Term::Or(Box::new(left), Box::new(self.both()?));
        }
        self.depth -= 1;
        Some(left)
    }

    fn both(&mut self) -> Option<Term> {
        let mut left = self.comparison()?;
        while self.sign("&&") {
            left = Term::And(Box::new(left), Box::new(self.comparison()?));
        }
        Some(left)
    }

    fn comparison(&mut self) -> Option<Term> {
        let mut left = self.single()?;
        while let Some(operator) =
            ["==", "!=", "<=", ">=", "<", ">"].into_iter().find(|sign| self.sign(sign))
        {
            left = Term::Compare(operator, Box::new(left), Box::new(self.single()?));
        }
        Some(left)
    }

    fn single(&mut self) -> Option<Term> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return None;
        }
        let mut negations = 0;
        while self.sign("!") {
            negations += 1;
        }
        let mut term = if self.sign("(") {
            let inner = self.either()?;
            self.sign(")").then_some(inner)?
        } else if self.sign("'") {
            Term::Literal(self.string()?)
        } else {
            self.named()?
        };
        // Two negations convert a value to a boolean, so one pair is kept.
        if negations > 2 {
            negations = 2 - negations % 2;
        }
        for _ in 0..negations {
            term = Term::Not(Box::new(term));
        }
        Some(term)
    }

    /// Reads the rest of a string after its opening quote; `''` is an escaped quote.
    fn string(&mut self) -> Option<String> {
        let mut value = String::new();
        loop {
            let (_, character) = self.rest.next()?;
            if character == '\'' && self.rest.next_if(|(_, c)| *c == '\'').is_none() {
                return Some(value);
            }
            value.push(character);
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        while let Some((_, character)) = self.rest.next_if(|(_, c)| part(*c)) {
            word.push(character);
        }
        word
    }

    fn named(&mut self) -> Option<Term> {
        self.blanks();
        let first = self.rest.peek()?.1;
        if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') {
            let mut number = String::new();
            let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
            while let Some((_, character)) = self.rest.next_if(|(_, c)| part(*c)) {
                number.push(character);
            }
            return Some(Term::Literal(number));
        }
        let name = self.word();
        if name.is_empty() {
            return None;
        }
        if matches!(&*name, "true" | "false" | "null") {
            return Some(Term::Literal(name));
        }
        let name = name.to_ascii_lowercase();
        if self.sign("(") {
            let arguments = self.arguments()?;
            let call = Term::Call(name, arguments);
            // `fromJSON(x).key`: members of a result are not tracked.
            self.members()?;
            return Some(call);
        }
        let mut names = vec![name];
        names.extend(self.members()?);
        Some(Term::Reference(names))
    }

    fn arguments(&mut self) -> Option<Vec<Term>> {
        let mut arguments = Vec::new();
        if self.sign(")") {
            return Some(arguments);
        }
        loop {
            arguments.push(self.either()?);
            if self.sign(")") {
                return Some(arguments);
            }
            self.sign(",").then_some(())?;
        }
    }

    fn members(&mut self) -> Option<Vec<String>> {
        let mut names = Vec::new();
        loop {
            if self.sign(".") {
                if self.sign("*") {
                    names.push("*".to_owned());
                    continue;
                }
                let name = self.word().to_ascii_lowercase();
                names.push((!name.is_empty()).then_some(name)?);
            } else if self.sign("[") {
                let index = self.either()?;
                self.sign("]").then_some(())?;
                names.push(match index {
                    Term::Literal(name) => name.to_ascii_lowercase(),
                    _ => "*".to_owned(),
                });
            } else {
                return Some(names);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn yields(text: &str) -> Vec<String> {
        let term = Term::parse(text).expect("an expression");
        term.yields().into_iter().map(|names| names.join(".")).collect()
    }

    #[test]
    fn what_is_compared_does_not_come_out() {
        assert_eq!(
            yields("github.event.x || Inputs['Y z'] || ''"),
            ["github.event.x", "inputs.y z"]
        );
        assert_eq!(yields("github.event_name == 'push' && env.A || env.B"), ["env.a", "env.b"]);
        assert_eq!(yields("contains(github.head_ref, 'x')"), Vec::<String>::new());
        assert_eq!(yields("format('{0}', github.head_ref)"), ["github.head_ref"]);
        assert_eq!(yields("!github.head_ref"), Vec::<String>::new());
        assert_eq!(yields("a.*.b[c.d].e"), ["a.*.b.*.e"]);
    }

    #[test]
    fn precedence_is_that_of_the_forge() {
        let read = |text| Term::parse(text).expect("an expression");
        assert_eq!(read("a || b && !c == 'x'"), read("a || (b && ((!c) == 'x'))"));
        assert_eq!(read("'it''s'"), Term::Literal("it's".to_owned()));
        assert_eq!(read("-1.5e3"), Term::Literal("-1.5e3".to_owned()));
        assert_eq!(read("!!!!a"), read("!!a"));
        assert_eq!(read("!!!a"), read("!a"));
    }

    #[test]
    fn what_is_no_expression_is_nothing() {
        for text in ["", "a b", "a ||", "(a", "'a", "a.", "a[1", "f(a,", "a = b", "&& a"] {
            assert_eq!(Term::parse(text), None, "{text}");
        }
        assert_eq!(Term::parse(&"(".repeat(100_000)), None);
        assert!(Term::parse(&"!".repeat(100_000)).is_none());
        assert!(Term::parse(&"a||".repeat(20_000)).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_is_read_or_refused(text in "([a-c'.()!=&|<>\\[\\]* é,1-]|&&|==|'x'){0,40}") {
            if let Some(term) = Term::parse(&text) {
                let _ = term.yields();
            }
        }
    }
}
