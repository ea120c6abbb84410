//! Harmless words and numbers in place of values, by which one sees how a document is meant.

use crate::shape::manifest::ValueForm;

/// What stands for the parts of values. A document may not parse with a word where it wants a number, and the reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// A word.
    Word,
    /// A number for what begins like one, a string for a string, else a word.
    Own,
    /// A number.
    Number,
}

impl Stand {
    /// In the order in which they are tried.
    pub(super) const ALL: [Self; 3] = [Self::Word, Self::Own, Self::Number];
}

/// How much of a value one word or number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of it.
    Whole,
    /// What is between commas, semicolons, blanks and line ends: a template may make a list of a value.
    Part,
}

/// Words and numbers that stand for values or their parts, each for one, and mean nothing in any language.
pub(super) struct Words {
    stand: Stand,
    reach: Reach,
    parts: Vec<String>,
}

impl Words {
    pub(super) fn of(stand: Stand, reach: Reach) -> Self {
        Self { stand, reach, parts: Vec::new() }
    }

    /// A value of as many words, of which none means anything.
    pub(super) fn instead_of(&mut self, value: &str, form: ValueForm) -> String {
        if self.reach == Reach::Whole {
            return self.instead_of_part(value);
        }
        let has_lines = matches!(form, ValueForm::Lines | ValueForm::Text);
        let is_between = |c: char| matches!(c, ',' | ' ' | ';') || has_lines && c == '\n';
        let core = value.trim_matches([' ', '\t']);
        // Blanks at the ends are of the words there: without quotes, they are cut.
        let (lead, behind) = value.split_once(core).unwrap_or_default();
        let mut harmless = String::new();
        let mut part = lead.to_owned();
        for character in core.chars() {
            if is_between(character) {
                self.add(&mut part, &mut harmless);
                harmless.push(character);
            } else {
                part.push(character);
            }
        }
        part.push_str(behind);
        self.add(&mut part, &mut harmless);
        harmless
    }

    fn add(&mut self, part: &mut String, harmless: &mut String) {
        if !part.is_empty() {
            harmless.push_str(&self.instead_of_part(part));
            part.clear();
        }
    }

    fn instead_of_part(&mut self, part: &str) -> String {
        let number = self.parts.len();
        let string = ['"', '\''].into_iter().find_map(|quote| {
            part.strip_prefix(quote)?.strip_suffix(quote).filter(|_| self.stand == Stand::Own)
        });
        let is_number = match self.stand {
            Stand::Word => false,
            Stand::Own => part.starts_with(|c: char| matches!(c, '0'..='9' | '+' | '-' | '.')),
            Stand::Number => true,
        };
        self.parts.push(string.unwrap_or(part).to_owned());
        if is_number {
            return format!("{NUMBER_BEGINS}{number:0width$}", width = NUMBER_DIGITS);
        }
        let word = format!("{BEGINS}{number}{ENDS}");
        if string.is_some() { format!("\"{word}\"") } else { word }
    }

    /// A text with the parts in place of what stands for them.
    pub(super) fn in_place(&self, text: &str) -> String {
        let mut whole = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if let Some((part, behind)) = self.stood_for(rest) {
                whole.push_str(part);
                rest = behind;
            } else {
                whole.push(character);
                rest = rest.get(character.len_utf8()..).unwrap_or_default();
            }
        }
        whole
    }

    /// The part for which the beginning of a text stands, and what is behind it.
    fn stood_for<'t>(&self, text: &'t str) -> Option<(&str, &'t str)> {
        let (number, behind) = match text.strip_prefix(BEGINS) {
            Some(word) => word.split_once(ENDS)?,
            None => text.strip_prefix(NUMBER_BEGINS)?.split_at_checked(NUMBER_DIGITS)?,
        };
        Some((self.parts.get(number.parse::<usize>().ok()?)?, behind))
    }
}

/// How a word begins, before the number of its part.
const BEGINS: &str = "xq";

/// How a word ends.
const ENDS: char = 'z';

/// How a number begins, before that of its part. Two of them side by side fit into the 64 bits of an integer of TOML.
const NUMBER_BEGINS: &str = "59603";

/// The digits of the number of a part within a number.
const NUMBER_DIGITS: usize = 3;
