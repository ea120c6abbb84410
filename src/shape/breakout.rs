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
        let found = |effect| Some(Self { template: name.clone(), filter, effect });
        let render = |values: &Variables| {
            let canon = pack.canon(held, values).ok().flatten()?;
            Text::decode(&canon.bytes).ok()
        };
        let mut plain = values.clone();
        for (name, value) in values.iter().filter(|(_, value)| is_more_than_text(value)) {
            let form = pack.variable(name).map(|(_, definition)| definition.form);
            plain.insert(name, &harmless(value, form.unwrap_or_default()));
        }
        let text = render(values)?;
        // A file that never parses, such as a template of another tool, is of another language than its name says.
        let meant = outline(path, &render(&plain)?).ok()?;
        match outline(path, &text) {
            Err((line, why)) => found(Effect::Broken { line, why }),
            Ok(outline) if outline != meant => found(Effect::Changed),
            Ok(_) => None,
        }
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

/// A value of as many words, of which none means anything: a template may make a list of them.
fn harmless(value: &str, form: ValueForm) -> String {
    let has_lines = matches!(form, ValueForm::Lines | ValueForm::Text);
    let is_between = |c: char| matches!(c, ',' | ' ') || has_lines && c == '\n';
    let mut harmless = String::new();
    for character in value.chars() {
        if is_between(character) {
            harmless.push(character);
        } else if !harmless.ends_with('x') {
            harmless.push('x');
        }
    }
    harmless
}

/// The collections of a document, without what is in its scalars. Otherwise the line that does not parse, and why.
fn outline(path: &str, text: &Text) -> Result<String, (u32, String)> {
    let at =
        |error: crate::source::SyntaxError| (text.position(error.span.start).line, error.message);
    if let Some(error) = json::is_strict(path).then(|| json::error(text)).flatten() {
        return Err(at(error));
    }
    let dialect = Dialect::of_file(path, Dialect::Yaml12);
    let document = Document::parse(text, dialect).map_err(at)?;
    let mut outline = String::new();
    add(document.root(), MAX_DEPTH, &mut outline);
    outline.push_str(&";".repeat(document.further_documents().len()));
    Ok(outline)
}

fn add(node: Node<'_>, depth: usize, outline: &mut String) {
    if depth == 0 {
        return;
    }
    match node.kind() {
        Kind::Mapping => {
            outline.push('{');
            for entry in node.entries() {
                add(entry.key, depth - 1, outline);
                add(entry.value, depth - 1, outline);
            }
            outline.push('}');
        }
        Kind::Sequence => {
            outline.push('[');
            node.items().for_each(|item| add(item, depth - 1, outline));
            outline.push(']');
        }
        Kind::Scalar => outline.push('.'),
        Kind::Alias => outline.push('*'),
    }
}
