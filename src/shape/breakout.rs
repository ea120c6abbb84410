//! Values that break out of the place which a template gives them in a document.
//!
//! A template that writes a value without the filter of its language may render another document than was meant, or none:
//! a value may end its string and begin a key. A content that does not parse is no canon ([`Pack::canon`] refuses it). One
//! whose structure a value changes is never written to a repository that exists; a new one gets it, since its values were
//! given for that, and it is reported as left to a person.
//!
//! How a content is meant is known from the same template with harmless values.

mod foreign;
mod words;

use std::fmt;

use crate::source::yaml::{Dialect, Document, Kind, Node};
use crate::source::{SyntaxError, Text, json};

use super::pack::{CanonSource, HeldPath, Pack};
use super::quoting;
use super::variables::Variables;
use words::{Reach, Stand, Words};

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

/// Why a content is no document of its language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    line: u32,
    why: String,
    /// Whether it is one with other values.
    by_values: bool,
    advice: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (why, whose, advice) = (self.why(), self.whose(), &self.advice);
        write!(f, "its content{whose} does not parse: {why}; {advice}")
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
    /// Returns how values, or a mistake in the template, keep what was rendered for a path from being a document of its
    /// language.
    ///
    /// A file that does not parse whatever the values are may be of another language than its name says, such as a template
    /// of another tool.
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
        let by_values = reaches.any(|reach| document.plain(values, &all, reach).is_some());
        let advice = match by_values {
            true => document.advice().to_string(),
            false if foreign::is_mistake(document.path, &text) => corrected(document.template),
            false => return None,
        };
        let line = text.position(error.span.start).line;
        Some(Self { line, why: error.message, by_values, advice })
    }

    /// Returns how a mistake keeps a file of the pack from being a document of the language of its path.
    #[must_use]
    pub(super) fn of_file(path: &str, file: &str, content: &[u8]) -> Option<Self> {
        document_filter(path)?;
        let text = Text::decode(content).ok()?;
        let error = outline(path, &text).err().filter(|_| foreign::is_mistake(path, &text))?;
        let line = text.position(error.span.start).line;
        Some(Self { line, why: error.message, by_values: false, advice: corrected(file) })
    }

    /// Why the content does not parse.
    #[must_use]
    pub fn why(&self) -> String {
        format!("{} in line {}", self.why, self.line)
    }

    /// Whose content does not parse, as a part of a sentence about it; empty if that of every repository.
    #[must_use]
    pub fn whose(&self) -> &'static str {
        if self.by_values { " for this repository" } else { "" }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &str {
        &self.advice
    }
}

fn corrected(file: &str) -> String {
    format!("correct `{file}` in the shape")
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
