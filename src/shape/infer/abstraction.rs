//! Derives a template from contents that differ only in names derived from the repository.
//!
//! A content is abstracted by replacing the repository's names with variables. The result is then tested: the template
//! counts for those repositories whose exact bytes it renders.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::shape::quoting::{self, Piece};
use crate::shape::render::Templates;
use crate::shape::variables::{GIVEN, Variables};

/// Maximum number of contents of a path to try as the source of a template.
const MAX_CANDIDATES: usize = 12;

/// Minimum length of a name in bytes; shorter ones are too likely to occur by chance.
const MIN_NAME: usize = 2;

/// The given values that are looked for in a text, in the order in which they are preferred. The owner on the forge is not:
/// its name may be in any text of all its repositories.
const SOUGHT: [&str; 3] = ["repository", "owner", "slug"];

/// The spellings of a name, as Tera filters.
const FORMS: [&str; 7] = [
    "",
    " | snake_case",
    " | pascal_case",
    " | title_case",
    " | snake_case | upper",
    " | pascal_case | lower",
    " | upper",
];

/// The names of one repository: each text, with the expressions that render it.
#[derive(Clone, Debug)]
pub struct Names {
    /// Sorted by length, longest first.
    forms: Vec<Form>,
}

/// A name as it is written in the repository.
#[derive(Clone, Debug)]
struct Form {
    text: String,
    /// What renders it, the preferred one first.
    expressions: Vec<Expression>,
}

/// A Tera expression that renders a name.
#[derive(Clone, Debug)]
struct Expression {
    source: String,
    /// Whether it is a variable that the shape declares.
    declared: bool,
}

impl Expression {
    fn is(&self, other: &Self) -> bool {
        without_blanks(&self.source) == without_blanks(&other.source)
    }

    /// The expression between the braces.
    fn inner(&self) -> &str {
        self.source.trim_matches(['{', '}', ' '])
    }

    /// Whether it may render this part of a text: one that quotes its value only renders what is whole.
    fn fits(&self, piece: &Piece<'_>, part: &Range<usize>) -> bool {
        quoting::filter_of(self.inner()).is_none_or(|filter| piece.is_whole(part, filter))
    }

    /// The name of its variable.
    fn variable(&self) -> &str {
        let inner = self.inner();
        inner.split(['|', ' ']).next().unwrap_or(inner)
    }
}

/// A name that an expression replaces in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitution {
    /// The name.
    pub text: String,
    /// The expression that was chosen.
    pub chosen: String,
    /// The others that render it too, in this repository.
    pub others: Vec<String>,
}

impl Names {
    /// Returns the names derived from a repository's values, except the variables in `without`, which are extracted
    /// from the path being abstracted.
    pub(super) fn of(values: &Variables, without: &[&str]) -> Self {
        let mut forms: Vec<Form> = Vec::new();
        let declared: Vec<&str> =
            values.iter().map(|(name, _)| name).filter(|name| !GIVEN.contains(name)).collect();
        let names = SOUGHT.iter().chain(&declared).filter(|name| !without.contains(name));
        for name in names {
            let given = GIVEN.contains(name);
            let written = if given { &FORMS[..] } else { &FORMS[..1] };
            for filter in written {
                let source = format!("{{{{ {name}{filter} }}}}");
                let Some(text) = rendered(&source, values) else { continue };
                if text.len() < MIN_NAME {
                    continue;
                }
                let expression = Expression { source, declared: !given };
                add(&mut forms, text, expression);
            }
        }
        let mut names = Self { forms };
        names.sort();
        names
    }

    /// Adds what a template writes of a value in another spelling than [`FORMS`], such as `{{ team | upper }}`; of an
    /// expression that quotes its value also the bare one.
    fn add_written_in(&mut self, template: &str, values: &Variables) {
        for expression in expressions_in(template) {
            let bare = quoting::bare(expression);
            let is_name = self.add_expression(bare, values);
            if is_name && bare != expression {
                self.add_expression(expression, values);
            }
        }
        self.sort();
    }

    /// Adds each name in the quotes of a language, with the expression that puts it in them.
    fn add_quoted(&mut self, filter: &str, values: &Variables) {
        let all = self.forms.iter().flat_map(|form| &form.expressions);
        let bare = all.filter(|expression| quoting::filter_of(expression.inner()).is_none());
        let quoted: Vec<String> =
            bare.map(|expression| format!("{} | {filter}", expression.inner())).collect();
        for expression in quoted {
            self.add_expression(&expression, values);
        }
        self.sort();
    }

    /// Adds an expression of a value. Returns whether it renders a name.
    fn add_expression(&mut self, expression: &str, values: &Variables) -> bool {
        let name = expression.split(['|', ' ']).next().unwrap_or_default();
        let source = format!("{{{{ {expression} }}}}");
        let is_of_a_value = values.iter().any(|(known, _)| known == name);
        let text = is_of_a_value.then(|| rendered(&source, values)).flatten();
        let Some(text) = text.filter(|text| text.len() >= MIN_NAME) else { return false };
        add(&mut self.forms, text, Expression { source, declared: !GIVEN.contains(&name) });
        true
    }

    /// Prefers the spelling of a title to that of a class, where both are the same.
    pub(super) fn titled(mut self) -> Self {
        for form in &mut self.forms {
            let order: Vec<String> =
                form.expressions.iter().map(|it| it.variable().to_owned()).collect();
            // Which variable is preferred stays as it is.
            form.expressions.sort_by_cached_key(|it| {
                let place = order.iter().position(|name| name == it.variable());
                (place, it.inner().ends_with("| pascal_case"))
            });
        }
        self
    }

    fn sort(&mut self) {
        self.forms.sort_by_key(|form| std::cmp::Reverse(form.text.len()));
    }

    /// Returns the names of a repository, each as a template for all would write it: as this one does, else with a
    /// variable that the shape declares, since fleet.yaml may give that another value. `path` says in which language.
    #[must_use]
    pub fn as_in(template: &str, path: &str, values: &Variables) -> Self {
        let mut names = Self::of(values, &[]);
        names.add_written_in(template, values);
        if let Some(filter) = quoting::double_quoting(path) {
            names.add_quoted(filter, values);
        }
        // In which quotes a template writes a value does not matter.
        let written: BTreeSet<String> = expressions_in(template)
            .map(|expression| without_blanks(quoting::bare(expression)))
            .collect();
        for form in &mut names.forms {
            form.expressions.sort_by_key(|expression| {
                let bare = without_blanks(quoting::bare(expression.inner()));
                let is_bare = quoting::filter_of(expression.inner()).is_none();
                (!written.contains(&bare), !expression.declared, is_bare)
            });
        }
        names
    }

    /// Replaces the names in a text with expressions. `None` if the text cannot be escaped for a template.
    #[must_use]
    pub fn abstracted(&self, piece: &Piece<'_>) -> Option<String> {
        abstracted(piece, self)
    }

    /// Leaves out what renders variables that are not allowed here.
    #[must_use]
    pub fn only(mut self, is_allowed: &dyn Fn(&str) -> bool) -> Self {
        for form in &mut self.forms {
            form.expressions.retain(|expression| is_allowed(expression.variable()));
        }
        self.forms.retain(|form| !form.expressions.is_empty());
        self
    }

    /// Leaves out names that are written like this.
    #[must_use]
    pub fn without(mut self, is_left_out: &dyn Fn(&str) -> bool) -> Self {
        self.forms.retain(|form| !is_left_out(&form.text));
        self
    }

    /// The names that are replaced in this part of a template.
    #[must_use]
    pub fn written_in(&self, source: &str) -> Vec<Substitution> {
        let bare = |expression: &Expression| quoting::bare(expression.inner()).to_owned();
        let substitution = |form: &Form| {
            let chosen = form.expressions.iter().find(|it| source.contains(&it.source))?;
            let mut others: Vec<String> = form.expressions.iter().map(bare).collect();
            others.retain(|other| *other != bare(chosen));
            others.dedup();
            let chosen = chosen.inner().to_owned();
            Some(Substitution { text: form.text.clone(), chosen, others })
        };
        self.forms.iter().filter_map(substitution).collect()
    }

    /// The number of distinct names; the more, the less ambiguous a text is.
    fn variety(&self) -> usize {
        self.forms.len()
    }
}

/// The expressions that a template writes.
fn expressions_in(template: &str) -> impl Iterator<Item = &str> {
    let tags = template.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
    tags.map(|(expression, _)| expression.trim_matches(['-', ' ', '\t', '\n', '\r']))
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Adds an expression that renders a text, once.
fn add(forms: &mut Vec<Form>, text: String, expression: Expression) {
    match forms.iter_mut().find(|form| form.text == text) {
        Some(form) if form.expressions.iter().any(|it| it.is(&expression)) => {}
        Some(form) => form.expressions.push(expression),
        None => forms.push(Form { text, expressions: vec![expression] }),
    }
}

/// A template, and the repositories whose bytes it renders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Abstraction {
    pub(super) source: String,
    /// Indices of those repositories.
    pub(super) renders: Vec<usize>,
}

/// One content, with the values and names of its repository.
#[derive(Clone, Debug)]
pub(super) struct Instance<'a> {
    pub(super) member: usize,
    pub(super) text: &'a str,
    pub(super) values: &'a Variables,
    pub(super) names: Names,
}

/// Returns the template that renders the most of these contents; `None` if none renders at least two.
pub(super) fn best(instances: &[Instance<'_>]) -> Option<Abstraction> {
    let mut order: Vec<&Instance<'_>> = instances.iter().collect();
    order.sort_by_key(|instance| std::cmp::Reverse(instance.names.variety()));
    let mut sources: Vec<String> = Vec::new();
    for instance in order.into_iter().take(MAX_CANDIDATES) {
        if let Some(source) = abstracted(&Piece::alone(instance.text), &instance.names)
            && !sources.contains(&source)
        {
            sources.push(source);
        }
    }
    let mut best: Option<Abstraction> = None;
    for source in sources {
        let renders = rendering(&source, instances);
        if renders.len() >= 2 && best.as_ref().is_none_or(|best| renders.len() > best.renders.len())
        {
            best = Some(Abstraction { source, renders });
        }
    }
    best
}

/// Returns the indices of the repositories whose bytes a template renders.
pub(super) fn rendering(source: &str, instances: &[Instance<'_>]) -> Vec<usize> {
    let Ok(templates) = Templates::compile([("it", source)]) else { return Vec::new() };
    let equal = |instance: &&Instance<'_>| {
        templates.render("it", instance.values).is_ok_and(|text| text == instance.text)
    };
    instances.iter().filter(equal).map(|instance| instance.member).collect()
}

/// Replaces names in a text with variables. `None` if the text cannot be escaped for a template.
pub(super) fn abstracted(piece: &Piece<'_>, names: &Names) -> Option<String> {
    let text = piece.text;
    let mut source = String::with_capacity(text.len());
    let mut literal = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = rest.chars().next() else { break };
        let found = names.forms.iter().find_map(|form| {
            let part = at..at + form.text.len();
            let is_here = rest.starts_with(&form.text) && stands_alone(text, at, &form.text);
            let mut fitting = form.expressions.iter().filter(|it| it.fits(piece, &part));
            is_here.then(|| fitting.next()).flatten().map(|expression| (part, expression))
        });
        match found {
            Some((part, expression)) => {
                source.push_str(&escaped(text.get(literal..at)?, true)?);
                source.push_str(&expression.source);
                at = part.end;
                literal = at;
            }
            None => at += next.len_utf8(),
        }
    }
    source.push_str(&escaped(text.get(literal..)?, false)?);
    Some(source)
}

/// Whether a name at a position is a whole word, or a part of a compound one such as `HttpAdapter`.
fn stands_alone(text: &str, at: usize, name: &str) -> bool {
    let before = text.get(..at).and_then(|text| text.chars().next_back());
    let after = text.get(at + name.len()..).and_then(|text| text.chars().next());
    let starts_capital = name.chars().next().is_some_and(char::is_uppercase);
    let ends_small = name.chars().next_back().is_some_and(|last| !last.is_uppercase());
    let free_before = before
        .is_none_or(|before| !before.is_alphanumeric() || starts_capital && !before.is_uppercase());
    let free_after =
        after.is_none_or(|after| !after.is_alphanumeric() || ends_small && after.is_uppercase());
    free_before && free_after
}

/// Escapes literal text for a template with a `raw` block where Tera would interpret it, including a brace directly
/// before a variable. `None` if the text itself ends a `raw` block.
pub(super) fn escaped(literal: &str, before_variable: bool) -> Option<String> {
    const OPENERS: [&str; 3] = ["{{", "{%", "{#"];
    const CLOSERS: [&str; 3] = ["}}", "%}", "#}"];
    let start = OPENERS.iter().filter_map(|opener| literal.find(opener)).min();
    let open_end = before_variable && literal.ends_with('{');
    let Some(start) = start.or_else(|| open_end.then(|| literal.len() - 1)) else {
        return Some(literal.to_owned());
    };
    let opened = OPENERS.iter().filter_map(|opener| Some(literal.rfind(opener)? + opener.len()));
    let closed = CLOSERS.iter().filter_map(|closer| Some(literal.rfind(closer)? + closer.len()));
    let end = opened.chain(closed).max().unwrap_or(start);
    let end = if open_end { literal.len() } else { end };
    let raw = literal.get(start..end)?;
    let ends_block =
        raw.match_indices("{%").any(|(at, _)| raw.get(at + 2..).is_some_and(is_end_of_raw));
    if ends_block {
        return None;
    }
    let (before, after) = (literal.get(..start)?, literal.get(end..)?);
    Some(format!("{before}{{% raw %}}{raw}{{% endraw %}}{after}"))
}

fn is_end_of_raw(behind_opener: &str) -> bool {
    behind_opener.trim_start_matches('-').trim_start().starts_with("endraw")
}

/// Renders an expression for a repository.
fn rendered(expression: &str, values: &Variables) -> Option<String> {
    Templates::compile([("it", expression)]).ok()?.render("it", values).ok()
}

#[cfg(test)]
mod tests;
