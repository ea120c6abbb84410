//! Values that break out of the place which a template gives them in a document.
//!
//! A template that writes a value without the filter of its language may render another document than was meant, or none:
//! a value may end its string and begin a key. Such a content is never written unattended.

use std::fmt;

use crate::source::yaml::{Dialect, Document, Kind, Node};
use crate::source::{Text, json};

use super::manifest::ValueForm;
use super::pack::{CanonSource, HeldPath, Pack};
use super::quoting;
use super::variables::Variables;

/// The longest nesting that is compared; the parser allows less.
const MAX_DEPTH: usize = 200;

/// What a value does to the document that is rendered with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakout {
    /// The template.
    template: String,
    /// The filter that quotes for its language.
    filter: &'static str,
    effect: Effect,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Effect {
    /// The content does not parse.
    Broken { line: u32, why: String },
    /// It has other keys or items than with a plain value.
    Changed,
    /// A reader gets another text than the value: a part of it is a comment, a tag or an escape, or blanks are cut.
    Misread,
}

impl fmt::Display for Breakout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.effect {
            Effect::Broken { line, why } => {
                write!(f, "its content for this repository does not parse: {why} in line {line}")?;
            }
            Effect::Changed => {
                f.write_str("a value of this repository changes the structure of its content")?;
            }
            Effect::Misread => {
                f.write_str("a value of this repository is read as another text in its content")?;
            }
        }
        let Self { template, filter, .. } = self;
        write!(f, "; in `{template}` of the shape, write values as `{{{{ NAME | {filter} }}}}`")
    }
}

impl Breakout {
    /// Returns how values break out of the content of a path that a template renders; `None` if they do not, or if the
    /// language of the path is not known.
    #[must_use]
    pub fn of(pack: &Pack, held: &HeldPath, values: &Variables) -> Option<Self> {
        let Some(CanonSource::Template { name, .. }) = &held.canon else { return None };
        let path = held.rule.path.as_str();
        let filter = document_filter(path)?;
        let by = |effect| Self { template: name.clone(), filter, effect };
        let render = |values: &Variables| {
            let canon = pack.canon(held, values).ok().flatten()?;
            Text::decode(&canon.bytes).ok()
        };
        let instead = |is_meant: &dyn Fn(&str) -> bool| {
            let (mut plain, mut words) = (values.clone(), Words::default());
            for (name, value) in values.iter().filter(|(name, _)| is_meant(name)) {
                if is_more_than_text(value) {
                    let form = pack.variable(name).map(|(_, definition)| definition.form);
                    plain.insert(name, &words.instead_of(value, form.unwrap_or_default()));
                }
            }
            (plain, words)
        };
        let read = match outline(path, &render(values)?) {
            Ok(read) => read,
            Err((line, why)) => {
                // A file that never parses, such as a template of another tool, is of another language than its name says.
                let (plain, _) = instead(&|_| true);
                let parses = outline(path, &render(&plain)?).is_ok();
                return parses.then(|| by(Effect::Broken { line, why }));
            }
        };
        // What a filter quotes stays in its place, whatever else a template does with it.
        let unquoted = pack.templates().unquoted(name);
        let (plain, words) = instead(&|name| unquoted.names.contains(name));
        if words.0.is_empty() {
            return None;
        }
        let meant = outline(path, &render(&plain)?).ok()?;
        if !read.has_the_form_of(&meant) {
            return Some(by(Effect::Changed));
        }
        // What another filter makes of a value is not known.
        let mut scalars = read.scalars.iter().zip(&meant.scalars);
        let is_misread = |(read, meant): (&String, &String)| *read != words.in_place(meant);
        let is_known = unquoted.filtered.is_empty();
        (is_known && scalars.any(is_misread)).then(|| by(Effect::Misread))
    }

    /// Whether the content does not parse.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.effect, Effect::Broken { .. })
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

/// Words that stand for parts of values, each for one, and mean nothing in any language.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    /// A value of as many words, of which none means anything: a template may make a list of them.
    fn instead_of(&mut self, value: &str, form: ValueForm) -> String {
        let has_lines = matches!(form, ValueForm::Lines | ValueForm::Text);
        let is_between = |c: char| matches!(c, ',' | ' ') || has_lines && c == '\n';
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
            harmless.push_str(&format!("{BEGINS}{}{ENDS}", self.0.len()));
            self.0.push(std::mem::take(part));
        }
    }

    /// A text with the parts in place of their words.
    fn in_place(&self, text: &str) -> String {
        let mut whole = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once(BEGINS) {
            whole.push_str(before);
            let part = behind.split_once(ENDS).and_then(|(number, after)| {
                Some((self.0.get(number.parse::<usize>().ok()?)?, after))
            });
            match part {
                Some((part, after)) => {
                    whole.push_str(part);
                    rest = after;
                }
                None => {
                    whole.push_str(BEGINS);
                    rest = behind;
                }
            }
        }
        whole.push_str(rest);
        whole
    }
}

/// How a word begins, before its number.
const BEGINS: &str = "xq";

/// How a word ends.
const ENDS: char = 'z';

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
}

/// The outline of a document. Otherwise the line that does not parse, and why.
fn outline(path: &str, text: &Text) -> Result<Outline, (u32, String)> {
    let at =
        |error: crate::source::SyntaxError| (text.position(error.span.start).line, error.message);
    if let Some(error) = json::is_strict(path).then(|| json::error(text)).flatten() {
        return Err(at(error));
    }
    let dialect = Dialect::of_file(path, Dialect::Yaml12);
    let document = Document::parse(text, dialect).map_err(at)?;
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
            outline.scalars.push(node.scalar_text().unwrap_or_default().to_owned());
        }
        Kind::Alias => outline.form.push('*'),
    }
}
