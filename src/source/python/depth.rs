//! Estimates the depth of a statement's tree from its tokens, before there is a tree.
//!
//! The estimate is never too low and seldom much too high: `a*b + c*d + …` nests once for each `+`
//! and once for the longest product. So operators are counted by precedence, a looser one ends the
//! runs of tighter ones, and the content of a closed bracket still hangs below the operators around
//! it.

use ruff_python_ast::token::TokenKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opener {
    Line,
    Parenthesis,
    Bracket,
    Brace,
    FString,
}

/// Precedence, from loose to tight: `lambda`, `if` and everything not distinguished · `or` · `and`
/// · `not` · comparisons · `|` · `^` · `&` · shifts · sums · products · signs · powers · calls,
/// attributes, brackets.
const CLASSES: usize = 14;
const LOOSEST: usize = 0;
const NOT: usize = 3;
const COMPARISON: usize = 4;
const SIGN: usize = 11;
const TIGHTEST: usize = 13;

/// The part between two brackets, or between a bracket and a comma: one operand with its operators.
#[derive(Clone, Copy)]
struct Level {
    opener: Opener,
    /// The number of operators of each class since a looser one.
    runs: [u32; CLASSES],
    /// The longest such run of each class.
    longest: [u32; CLASSES],
    /// The sum of the longest runs.
    own: usize,
    /// The depth of the deepest bracket closed among these operators.
    inner: usize,
    /// The depth of the deepest element before the last comma.
    finished: usize,
    /// The number of open lambdas, whose parameters contain commas that separate nothing.
    open_lambdas: usize,
    /// Whether commas are ignored altogether: outside brackets, and after `yield`.
    sticky: bool,
    /// Whether the previous token ended a value, so that a sign is a binary operator.
    behind_operand: bool,
}

impl Level {
    fn new(opener: Opener) -> Self {
        Self {
            opener,
            runs: [0; CLASSES],
            longest: [0; CLASSES],
            own: 0,
            inner: 0,
            finished: 0,
            open_lambdas: 0,
            sticky: opener == Opener::Line,
            behind_operand: false,
        }
    }
}

/// The depth of the current statement so far.
pub(super) struct Depth {
    outer: Vec<Level>,
    current: Level,
    /// The sum of `own` over all open levels.
    own: usize,
    pub(super) brackets: usize,
    pub(super) f_strings: usize,
}

impl Depth {
    pub(super) fn new() -> Self {
        let current = Level::new(Opener::Line);
        Self { outer: Vec::new(), current, own: 0, brackets: 0, f_strings: 0 }
    }

    /// Begins a new statement.
    pub(super) fn reset(&mut self) {
        self.outer.clear();
        self.current = Level::new(Opener::Line);
        (self.own, self.brackets, self.f_strings) = (0, 0, 0);
    }

    pub(super) fn is_outermost(&self) -> bool {
        self.outer.is_empty()
    }

    /// Returns how deep the tree may be.
    pub(super) fn depth(&self) -> usize {
        self.own + self.current.inner + self.outer.len()
    }

    pub(super) fn operand(&mut self) {
        self.current.behind_operand = true;
    }

    pub(super) fn open(&mut self, opener: Opener) {
        if self.current.opener != Opener::FString {
            self.count(TIGHTEST);
        }
        match opener {
            Opener::FString => self.f_strings += 1,
            Opener::Line => {}
            _ => self.brackets += 1,
        }
        self.outer.push(std::mem::replace(&mut self.current, Level::new(opener)));
    }

    pub(super) fn close(&mut self, opener: Opener) {
        if self.current.opener != opener {
            return;
        }
        let Some(parent) = self.outer.pop() else { return };
        let closed = std::mem::replace(&mut self.current, parent);
        self.own -= closed.own;
        let below = closed.finished.max(closed.own + closed.inner) + 1;
        self.current.inner = self.current.inner.max(below);
        self.current.behind_operand = true;
        match opener {
            Opener::FString => self.f_strings -= 1,
            Opener::Line => {}
            _ => self.brackets -= 1,
        }
    }

    /// Handles a comma.
    pub(super) fn separate(&mut self) {
        let level = &mut self.current;
        level.behind_operand = false;
        if level.open_lambdas > 0 || level.sticky {
            return;
        }
        level.finished = level.finished.max(level.own + level.inner);
        self.own -= level.own;
        (level.own, level.inner) = (0, 0);
        level.runs = [0; CLASSES];
        level.longest = [0; CLASSES];
    }

    /// Handles any other token: an operator or a keyword.
    pub(super) fn operator(&mut self, token: TokenKind) {
        match token {
            TokenKind::Lambda => self.current.open_lambdas += 1,
            TokenKind::Colon => {
                self.current.open_lambdas = self.current.open_lambdas.saturating_sub(1);
            }
            TokenKind::Yield => self.current.sticky = true,
            _ => {}
        }
        if self.current.opener == Opener::FString {
            return;
        }
        let class = match class(token) {
            // An operator that does not follow a value is a prefix and ends nothing.
            Some(class) if self.current.behind_operand => {
                self.count(class);
                if let Some(tighter) = self.current.runs.get_mut(class + 1..) {
                    tighter.fill(0);
                }
                self.current.behind_operand = false;
                return;
            }
            Some(COMPARISON) if token == TokenKind::Not => NOT,
            Some(_) if matches!(token, TokenKind::Plus | TokenKind::Minus) => SIGN,
            _ if matches!(token, TokenKind::Tilde | TokenKind::Await) => SIGN,
            _ => LOOSEST,
        };
        self.count(class);
        self.current.behind_operand = false;
    }

    fn count(&mut self, class: usize) {
        let level = &mut self.current;
        let (Some(run), Some(longest)) = (level.runs.get_mut(class), level.longest.get_mut(class))
        else {
            return;
        };
        *run += 1;
        if *run > *longest {
            *longest = *run;
            level.own += 1;
            self.own += 1;
        }
    }
}

/// Returns the class of a token that may be between two values.
fn class(token: TokenKind) -> Option<usize> {
    Some(match token {
        TokenKind::Or => 1,
        TokenKind::And => 2,
        TokenKind::In
        | TokenKind::Is
        | TokenKind::Not
        | TokenKind::EqEqual
        | TokenKind::NotEqual
        | TokenKind::Less
        | TokenKind::LessEqual
        | TokenKind::Greater
        | TokenKind::GreaterEqual => COMPARISON,
        TokenKind::Vbar => 5,
        TokenKind::CircumFlex => 6,
        TokenKind::Amper => 7,
        TokenKind::LeftShift | TokenKind::RightShift => 8,
        TokenKind::Plus | TokenKind::Minus => 9,
        TokenKind::Star
        | TokenKind::Slash
        | TokenKind::DoubleSlash
        | TokenKind::Percent
        | TokenKind::At => 10,
        TokenKind::DoubleStar => 12,
        TokenKind::Dot => TIGHTEST,
        _ => return None,
    })
}
