//! Derives a template from contents that differ only in names derived from the repository.
//!
//! A content is abstracted by replacing the repository's names with variables. The result is then tested: the template
//! counts for those repositories whose exact bytes it renders.

use crate::shape::render::Templates;
use crate::shape::variables::Variables;

/// Maximum number of contents of a path to try as the source of a template.
const MAX_CANDIDATES: usize = 12;

/// Minimum length of a name in bytes; shorter ones are too likely to occur by chance.
const MIN_NAME: usize = 2;

/// The values that every repository has, in the order in which they are preferred.
const GIVEN: [&str; 3] = ["repository", "owner", "slug"];

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

    /// The name of its variable.
    fn variable(&self) -> &str {
        let inner = self.source.trim_matches(['{', '}', ' ']);
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
        let names = GIVEN.iter().chain(&declared).filter(|name| !without.contains(name));
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

    /// Adds what a template writes of a value in another spelling than [`FORMS`], such as `{{ team | upper }}`.
    fn add_written_in(&mut self, template: &str, values: &Variables) {
        let tags = template.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
        for (expression, _) in tags {
            let expression = expression.trim();
            let name = expression.split(['|', ' ']).next().unwrap_or_default();
            let source = format!("{{{{ {expression} }}}}");
            let is_of_a_value = values.iter().any(|(known, _)| known == name);
            let Some(text) = is_of_a_value.then(|| rendered(&source, values)).flatten() else {
                continue;
            };
            if text.len() >= MIN_NAME {
                let declared = !GIVEN.contains(&name);
                add(&mut self.forms, text, Expression { source, declared });
            }
        }
        self.sort();
    }

    fn sort(&mut self) {
        self.forms.sort_by_key(|form| std::cmp::Reverse(form.text.len()));
    }

    /// Returns the names of a repository, each as a template for all would write it: as this one does, else with a
    /// variable that the shape declares, since fleet.yaml may give that another value.
    #[must_use]
    pub fn as_in(template: &str, values: &Variables) -> Self {
        let mut names = Self::of(values, &[]);
        names.add_written_in(template, values);
        let template = without_blanks(template);
        for form in &mut names.forms {
            form.expressions.sort_by_key(|expression| {
                (!template.contains(&without_blanks(&expression.source)), !expression.declared)
            });
        }
        names
    }

    /// Replaces the names in a text with expressions. `None` if the text cannot be escaped for a template.
    #[must_use]
    pub fn abstracted(&self, text: &str) -> Option<String> {
        abstracted(text, self)
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

    /// The names that are replaced in this part of a template.
    #[must_use]
    pub fn written_in(&self, source: &str) -> Vec<Substitution> {
        let shown =
            |expression: &Expression| expression.source.trim_matches(['{', '}', ' ']).to_owned();
        let substitution = |form: &Form| {
            let (chosen, others) = form.expressions.split_first()?;
            source.contains(&chosen.source).then(|| Substitution {
                text: form.text.clone(),
                chosen: shown(chosen),
                others: others.iter().map(shown).collect(),
            })
        };
        self.forms.iter().filter_map(substitution).collect()
    }

    /// The number of distinct names; the more, the less ambiguous a text is.
    fn variety(&self) -> usize {
        self.forms.len()
    }
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
        if let Some(source) = abstracted(instance.text, &instance.names)
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
pub(super) fn abstracted(text: &str, names: &Names) -> Option<String> {
    let mut source = String::with_capacity(text.len());
    let mut literal = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = rest.chars().next() else { break };
        let found = names
            .forms
            .iter()
            .find(|form| rest.starts_with(&form.text) && stands_alone(text, at, &form.text));
        match found {
            Some(Form { text: name, expressions }) => {
                source.push_str(&escaped(text.get(literal..at)?, true)?);
                source.push_str(&expressions.first()?.source);
                at += name.len();
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(slug: &str) -> Variables {
        let mut values = Variables::default();
        values.insert("slug", slug);
        values.insert("repository", &format!("tpl-{slug}"));
        values.insert("owner", "");
        values
    }

    fn best_of(contents: &[(&str, &str)]) -> Option<Abstraction> {
        let values: Vec<Variables> = contents.iter().map(|(slug, _)| values(slug)).collect();
        let instances: Vec<Instance<'_>> = contents
            .iter()
            .zip(&values)
            .enumerate()
            .map(|(member, ((_, text), values))| Instance {
                member,
                text,
                values,
                names: Names::of(values, &[]),
            })
            .collect();
        best(&instances)
    }

    #[test]
    fn every_spelling_of_a_slug_is_found() {
        let text = |kebab: &str, snake: &str, pascal: &str, title: &str, capital: &str| {
            format!(
                "# {title}\nimport {snake}_core\nclass {pascal}Adapter: '{kebab}' ${capital}_KEY tpl-{kebab}\n"
            )
        };
        let one = text("claude-code", "claude_code", "ClaudeCode", "Claude Code", "CLAUDE_CODE");
        let other = text("codex", "codex", "Codex", "Codex", "CODEX");
        let found = best_of(&[("codex", &other), ("claude-code", &one)]).expect("a template");
        assert_eq!(found.renders, [0, 1]);
        assert_eq!(
            found.source,
            "# {{ slug | title_case }}\nimport {{ slug | snake_case }}_core\n\
             class {{ slug | pascal_case }}Adapter: '{{ slug }}' ${{ slug | snake_case | upper }}_KEY {{ repository }}\n"
        );
    }

    #[test]
    fn workflow_expressions_and_shell_lengths_stay_what_they_are() {
        let text = |slug: &str| {
            format!("a: ${{{{ secrets.X }}}}-{slug}\nb: ${{#a[@]}} {{% x %}} {{{slug}}}\n")
        };
        let found = best_of(&[("api", &text("api")), ("web", &text("web"))]).expect("a template");
        assert_eq!(found.renders, [0, 1]);
        assert!(found.source.contains("{% raw %}"), "{}", found.source);
    }

    #[test]
    fn a_name_that_stands_everywhere_is_no_variable() {
        let text = |slug: &str| format!("the api is {slug}\n");
        let found = best_of(&[("api", &text("api")), ("web", &text("web")), ("db", &text("db"))]);
        assert_eq!(found.expect("a template").source, "the api is {{ slug }}\n");
    }

    #[test]
    fn parts_of_words_are_left_alone() {
        let names = Names::of(&values("go"), &[]);
        assert_eq!(abstracted("going go cargo", &names).as_deref(), Some("going {{ slug }} cargo"));
    }

    #[test]
    fn contents_that_say_different_things_have_no_template() {
        assert_eq!(best_of(&[("api", "one\n"), ("web", "two\n")]), None);
    }

    #[test]
    fn a_text_that_ends_raw_blocks_is_not_abstracted() {
        assert_eq!(escaped("{{ a }} {%- endraw %}", false), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever a file holds, abstracting it loses nothing: its own repository gets its bytes back.
        #[test]
        fn what_is_abstracted_renders_to_itself(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just("my-tool".to_owned()), Just("MyTool".to_owned()), Just("{{".to_owned()),
                    Just("}}".to_owned()), Just("{%".to_owned()), Just("%}".to_owned()),
                    Just("{#".to_owned()), Just("{".to_owned()), Just("}".to_owned()),
                    Just("{% raw %}".to_owned()), Just("\n".to_owned()), Just("$".to_owned()),
                    "[a-zé -]{0,4}",
                ],
                0..24,
            ),
        ) {
            let text = pieces.concat();
            let values = values("my-tool");
            let names = Names::of(&values, &[]);
            if let Some(source) = abstracted(&text, &names) {
                let templates = Templates::compile([("it", source.as_str())])
                    .unwrap_or_else(|error| panic!("{source:?}: {error}"));
                prop_assert_eq!(templates.render("it", &values), Ok(text));
            }
        }
    }
}
