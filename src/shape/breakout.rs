//! Values that break out of the place which a template gives them in a document.
//!
//! A template that writes a value without the filter of its language may render another document than was meant, or none:
//! a value may end its string and begin a key. A content that does not parse is no canon ([`Pack::canon`] refuses it). One
//! whose structure a value changes is never written to a repository that exists; a new one gets it, since its values were
//! given for that, and it is reported as left to a person.
//!
//! How a content is meant is known from the same template with harmless values.

use std::fmt;

use crate::source::yaml::{Dialect, Document, Kind, Node};
use crate::source::{SyntaxError, Text, json};

use super::manifest::ValueForm;
use super::pack::{CanonSource, HeldPath, Pack};
use super::quoting;
use super::variables::Variables;

/// The longest nesting that is compared; the parser allows less.
const MAX_DEPTH: usize = 200;

/// What to do about a value that is more than its place in a template takes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Advice {
    /// The template.
    template: String,
    /// The filter that quotes for its language.
    filter: &'static str,
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { template, filter } = self;
        write!(
            f,
            "in `{template}` of the shape, write values as `{{{{ NAME | {filter} }}}}`, or correct the value"
        )
    }
}

/// Why a content is no document of its language, which it is with other values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    line: u32,
    why: String,
    advice: Advice,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (why, advice) = (self.why(), &self.advice);
        write!(f, "its content for this repository does not parse: {why}; {advice}")
    }
}

/// What a value does to the document that is rendered with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakout {
    effect: Effect,
    advice: Advice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// It has other keys or items than with a plain value.
    Changed,
    /// A reader gets another text than the value: a part of it is a comment, a tag or an escape, or blanks are cut.
    Misread,
    /// A filter makes something of the value, so that it is not known whether a reader gets what is meant.
    Untraced,
}

impl fmt::Display for Breakout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let does = match self.effect {
            Effect::Changed => "changes the structure of its content",
            Effect::Misread => "is read as another text in its content",
            Effect::Untraced => "passes a filter, and may be read as another text in its content",
        };
        write!(f, "a value of this repository {does}; {}", self.advice)
    }
}

impl Breakout {
    /// Returns how values change what the canon of a path says; `None` if they do not, or if the language of the path is
    /// not known.
    #[must_use]
    pub fn of(pack: &Pack, held: &HeldPath, values: &Variables) -> Option<Self> {
        let document = Rendered::of(pack, held)?;
        let read = document.outline(values)?.ok()?;
        // What a filter quotes stays in its place, whatever else a template does with it.
        let unquoted = pack.templates().unquoted(document.template);
        let written = values.iter().filter(|(name, value)| {
            unquoted.names.contains(*name) && !value.is_empty() && is_more_than_text(value)
        });
        let names: Vec<&str> = written.map(|(name, _)| name).collect();
        if names.is_empty() {
            return None;
        }
        let plain = document.plain(values, &names, Reach::Part);
        let is_as_meant = |(meant, _): &(Outline, Words)| read.has_the_form_of(meant);
        let Some(plain) = plain.filter(is_as_meant) else {
            return Some(document.breakout(Effect::Changed));
        };
        let is_filtered = |name: &&str| unquoted.filtered.contains(*name);
        let (filtered, known): (Vec<&str>, Vec<&str>) =
            names.iter().copied().partition(is_filtered);
        // Most filters leave the words that stand for a value as they are: `split`, `trim`, `upper`.
        if read.is_read_as(&plain, !filtered.is_empty()) {
            return None;
        }
        // What another one makes of a value is not known: such a value stays as it is.
        let others = document.plain(values, &known, Reach::Part).filter(is_as_meant);
        if others.is_some_and(|others| !read.is_read_as(&others, false)) || filtered.is_empty() {
            return Some(document.breakout(Effect::Misread));
        }
        let may_mean_more = |name: &&str| values.get(name).is_some_and(|value| !is_plain(value));
        filtered.iter().any(may_mean_more).then(|| document.breakout(Effect::Untraced))
    }
}

impl Broken {
    /// Returns how values keep what was rendered for a path from being a document of its language.
    ///
    /// A file that does not parse whatever the values are, such as a template of another tool, is of another language than
    /// its name says.
    #[must_use]
    pub(super) fn of(
        pack: &Pack,
        held: &HeldPath,
        values: &Variables,
        rendered: &[u8],
    ) -> Option<Self> {
        let document = Rendered::of(pack, held)?;
        let text = Text::decode(rendered).ok()?;
        let error = outline(document.path, &text).err()?;
        let all: Vec<&str> = values.iter().map(|(name, _)| name).collect();
        // Of `1 2` or `1,2` no part stands where a number belongs.
        let mut reaches = [Reach::Whole, Reach::Part].into_iter();
        let parses = reaches.any(|reach| document.plain(values, &all, reach).is_some());
        let line = text.position(error.span.start).line;
        parses.then(|| Self { line, why: error.message, advice: document.advice() })
    }

    /// Why the content does not parse.
    #[must_use]
    pub fn why(&self) -> String {
        format!("{} in line {}", self.why, self.line)
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> String {
        self.advice.to_string()
    }
}

/// Returns why a content is no document of its language, although the canon of its path is one.
#[must_use]
pub fn ceases_to_parse(
    pack: &Pack,
    held: &HeldPath,
    values: &Variables,
    content: &Text,
) -> Option<SyntaxError> {
    let path = held.rule.path.as_str();
    document_filter(path)?;
    let error = outline(path, content).err()?;
    let canon = pack.rendered(held, values).ok()??;
    outline(path, &Text::decode(&canon.bytes).ok()?).is_ok().then_some(error)
}

/// A document that a template renders.
struct Rendered<'p> {
    pack: &'p Pack,
    template: &'p str,
    path: &'p str,
    /// The filter that quotes for its language.
    filter: &'static str,
}

impl<'p> Rendered<'p> {
    fn of(pack: &'p Pack, held: &'p HeldPath) -> Option<Self> {
        let Some(CanonSource::Template { name, .. }) = &held.canon else { return None };
        let path = held.rule.path.as_str();
        Some(Self { pack, template: name, path, filter: document_filter(path)? })
    }

    fn advice(&self) -> Advice {
        Advice { template: self.template.to_owned(), filter: self.filter }
    }

    fn breakout(&self, effect: Effect) -> Breakout {
        Breakout { effect, advice: self.advice() }
    }

    /// The outline with these values, or why it has none; `None` if the template does not render with them.
    fn outline(&self, values: &Variables) -> Option<Result<Outline, SyntaxError>> {
        let text = self.pack.templates().render(self.template, values).ok()?;
        Some(outline(self.path, &Text::decode(text.as_bytes()).ok()?))
    }

    /// The outline with something harmless in place of each of these values, of the first kind with which the document
    /// parses.
    fn plain(&self, values: &Variables, names: &[&str], reach: Reach) -> Option<(Outline, Words)> {
        Stand::ALL.into_iter().find_map(|stand| {
            let (plain, words) = self.replaced(values, names, Words::of(stand, reach));
            if let Some(outline) = self.outline(&plain) {
                return Some((outline.ok()?, words));
            }
            // A loop may have too many turns with a number, say; that is no reason to leave the other values as they are.
            let renders = |name: &&str| {
                self.outline(&self.replaced(values, &[*name], Words::of(stand, reach)).0).is_some()
            };
            let names: Vec<&str> = names.iter().copied().filter(renders).collect();
            let (plain, words) = self.replaced(values, &names, Words::of(stand, reach));
            Some((self.outline(&plain)?.ok()?, words))
        })
    }

    fn replaced(&self, values: &Variables, names: &[&str], mut words: Words) -> (Variables, Words) {
        let mut plain = values.clone();
        for (name, value) in values.iter().filter(|(name, _)| names.contains(name)) {
            let form = self.pack.variable(name).map(|(_, definition)| definition.form);
            plain.insert(name, &words.instead_of(value, form.unwrap_or_default()));
        }
        (plain, words)
    }
}

/// The filter that quotes every value for the language of a document.
fn document_filter(path: &str) -> Option<&'static str> {
    match quoting::double_quoting(path)? {
        "py" => None,
        _ if path.ends_with(".yml") || path.ends_with(".yaml") => Some("yaml"),
        filter => Some(filter),
    }
}

/// Whether a language may read something else than a word in a value: `123`, `- a`, `a: b`.
fn is_more_than_text(value: &str) -> bool {
    let means_nothing = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ' ');
    !value.starts_with(char::is_alphabetic) || !value.chars().all(means_nothing)
}

/// Whether a value is of characters that mean nothing in any language, whatever a filter makes of them.
fn is_plain(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-'))
}

/// What stands for the parts of values. A document may not parse with a word where it wants a number, and the reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// A word.
    Word,
    /// A number for what begins like one, a string for a string, else a word.
    Own,
    /// A number.
    Number,
}

impl Stand {
    /// In the order in which they are tried.
    const ALL: [Self; 3] = [Self::Word, Self::Own, Self::Number];
}

/// How much of a value one word or number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// All of it.
    Whole,
    /// What is between commas, semicolons, blanks and line ends: a template may make a list of a value.
    Part,
}

/// Words and numbers that stand for values or their parts, each for one, and mean nothing in any language.
struct Words {
    stand: Stand,
    reach: Reach,
    parts: Vec<String>,
}

impl Words {
    fn of(stand: Stand, reach: Reach) -> Self {
        Self { stand, reach, parts: Vec::new() }
    }

    /// A value of as many words, of which none means anything.
    fn instead_of(&mut self, value: &str, form: ValueForm) -> String {
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
    fn in_place(&self, text: &str) -> String {
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

/// The collections of a document, and the texts of its scalars in order.
#[derive(Debug, Default)]
struct Outline {
    form: String,
    scalars: Vec<String>,
}

impl Outline {
    fn has_the_form_of(&self, other: &Self) -> bool {
        self.form == other.form
    }

    /// Whether a reader gets the texts that are meant, where words stand for values; in whatever case, if a filter may change
    /// it.
    fn is_read_as(&self, (meant, words): &(Self, Words), in_any_case: bool) -> bool {
        let mut scalars = self.scalars.iter().zip(&meant.scalars);
        scalars.all(|(read, meant)| {
            let is_same = *read == words.in_place(meant);
            let folded = || words.in_place(&meant.to_lowercase()).to_lowercase();
            is_same || in_any_case && read.to_lowercase() == folded()
        })
    }
}

/// The outline of a document, or why it does not parse.
fn outline(path: &str, text: &Text) -> Result<Outline, SyntaxError> {
    if let Some(error) = json::is_strict(path).then(|| json::error(text)).flatten() {
        return Err(error);
    }
    let dialect = Dialect::of_file(path, Dialect::Yaml12);
    let document = Document::parse(text, dialect)?;
    let is_yaml = [".yaml", ".yml"].iter().any(|ending| path.ends_with(ending));
    if let Some(error) = is_yaml.then(|| document.unprintable()).flatten() {
        return Err(error);
    }
    let mut outline = Outline::default();
    add(document.root(), MAX_DEPTH, &mut outline);
    outline.form.push_str(&";".repeat(document.further_documents().len()));
    Ok(outline)
}

fn add(node: Node<'_>, depth: usize, outline: &mut Outline) {
    if depth == 0 {
        return;
    }
    match node.kind() {
        Kind::Mapping => {
            outline.form.push('{');
            for entry in node.entries() {
                add(entry.key, depth - 1, outline);
                add(entry.value, depth - 1, outline);
            }
            outline.form.push('}');
        }
        Kind::Sequence => {
            outline.form.push('[');
            node.items().for_each(|item| add(item, depth - 1, outline));
            outline.form.push(']');
        }
        Kind::Scalar => {
            outline.form.push('.');
            outline.scalars.push(node.spelled().unwrap_or_default().to_owned());
        }
        Kind::Alias => outline.form.push('*'),
    }
}

#[cfg(test)]
mod tests;
