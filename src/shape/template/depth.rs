//! How deep templates go once they take in each other: includes, macros, and blocks of templates that extend others.
//!
//! Each level takes stack while rendering, and nothing ends a circle. Tera itself only notices a template that extends
//! itself.

use std::collections::HashMap;

use tera::Tera;
// Tera exposes its templates and their syntax trees without a stability promise; Cargo.lock pins the version.
use tera::Template;
use tera::ast::{Expr, ExprVal, FunctionCall, MacroCall, Node};

use super::{MAX_DEPTH, shown};

/// Checks that each template reaches one that extends none, before Tera follows them.
pub(super) fn check_parents(tera: &Tera) -> Result<(), String> {
    for template in tera.templates.values() {
        let mut parent = template;
        for _ in 0..MAX_DEPTH {
            match parent.parent.as_ref().and_then(|name| tera.templates.get(name)) {
                Some(next) => parent = next,
                None => break,
            }
        }
        // Tera says so if the parent is missing.
        if parent.parent.as_ref().is_some_and(|name| tera.templates.contains_key(name)) {
            let name = shown(&template.name);
            return Err(format!(
                "{name} extends templates in a circle, or more than the limit of {MAX_DEPTH}"
            ));
        }
    }
    Ok(())
}

/// Checks that no template takes in itself, and that none goes deeper than the limit by way of others. Tera has to know
/// their parents.
pub(super) fn check(tera: &Tera) -> Result<(), String> {
    let mut names: Vec<&str> = tera.get_template_names().collect();
    names.sort_unstable();
    let mut depths = Depths { tera, known: HashMap::new(), open: Vec::new() };
    for name in names {
        let Some(template) = tera.templates.get(name) else { continue };
        let macros = template.macros.keys().map(|it| Part::Macro(name, it));
        let blocks = template.blocks.keys().map(|it| Part::Block(name, it));
        for part in
            [Part::Template(name), Part::Imports(name)].into_iter().chain(macros).chain(blocks)
        {
            depths.of(part)?;
        }
    }
    Ok(())
}

/// A part of a template that is rendered, or loaded, by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part<'t> {
    /// What is outside macros.
    Template(&'t str),
    /// The imports, which Tera follows before it renders anything.
    Imports(&'t str),
    /// A macro of a template.
    Macro(&'t str, &'t str),
    /// A block of a template.
    Block(&'t str, &'t str),
}

impl Part<'_> {
    fn shown(self) -> String {
        match self {
            Self::Template(name) => shown(name),
            Self::Imports(name) => format!("the imports of {}", shown(name)),
            Self::Macro(name, it) => format!("the macro `{it}` of {}", shown(name)),
            Self::Block(name, it) => format!("the block `{it}` of {}", shown(name)),
        }
    }
}

struct Depths<'t> {
    tera: &'t Tera,
    known: HashMap<Part<'t>, usize>,
    /// The parts that are being followed, each of which takes in the next one.
    open: Vec<Part<'t>>,
}

impl<'t> Depths<'t> {
    /// Returns how many levels a part has, those of what it takes in included.
    fn of(&mut self, part: Part<'t>) -> Result<usize, String> {
        if let Some(known) = self.known.get(&part) {
            return Ok(*known);
        }
        if let Some(at) = self.open.iter().position(|open| *open == part) {
            return Err(circle(self.open.get(at..).unwrap_or_default()));
        }
        if self.open.len() >= MAX_DEPTH {
            let first = self.open.first().copied().unwrap_or(part).shown();
            return Err(format!(
                "{first} goes more than {MAX_DEPTH} levels deep, with what it takes in"
            ));
        }
        let taken = self.taken_by(part)?;
        self.open.push(part);
        let mut deepest = taken.deepest;
        for (level, part) in taken.parts {
            deepest = deepest.max(level + 1 + self.of(part)?);
        }
        if deepest > MAX_DEPTH {
            return Err(format!(
                "{} goes {deepest} levels deep with what it takes in, more than the limit of {MAX_DEPTH}",
                part.shown()
            ));
        }
        self.open.pop();
        self.known.insert(part, deepest);
        Ok(deepest)
    }

    /// Returns what a part takes in.
    fn taken_by(&self, part: Part<'t>) -> Result<Taken<'t>, String> {
        let (Part::Template(name)
        | Part::Imports(name)
        | Part::Macro(name, _)
        | Part::Block(name, _)) = part;
        let mut taken = Taken::default();
        let Some(template) = self.tera.templates.get(name) else { return Ok(taken) };
        match part {
            Part::Template(_) => match template.parents.last() {
                // What such a template has outside blocks is never rendered.
                Some(root) => taken.parts.push((0, Part::Template(root))),
                None => self.nodes(template, None, &template.ast, 0, &mut taken)?,
            },
            Part::Imports(_) => {
                let files = template.imported_macro_files.iter();
                taken.parts.extend(files.map(|(file, _)| (0, Part::Imports(file))));
            }
            Part::Macro(_, it) => {
                let body = template.macros.get(it).map_or(&[][..], |it| &it.body);
                self.nodes(template, None, body, 0, &mut taken)?;
            }
            Part::Block(_, it) => {
                let body = template.blocks.get(it).map_or(&[][..], |it| &it.body);
                self.nodes(template, Some(it), body, 0, &mut taken)?;
            }
        }
        Ok(taken)
    }

    fn nodes(
        &self,
        template: &'t Template,
        block: Option<&'t str>,
        nodes: &'t [Node],
        level: usize,
        taken: &mut Taken<'t>,
    ) -> Result<(), String> {
        taken.deepest = taken.deepest.max(level);
        let call = |expression: &'t Expr, taken: &mut Taken<'t>| {
            let calls = calls_in(expression);
            let macros = calls.into_iter().flat_map(|call| self.macros_meant(template, call));
            taken.parts.extend(macros.map(|part| (level, part)));
        };
        for node in nodes {
            match node {
                Node::VariableBlock(_, expression) => call(expression, taken),
                Node::Set(_, set) => call(&set.value, taken),
                Node::FilterSection(_, section, _) => {
                    section.filter.args.values().for_each(|it| call(it, taken));
                    self.nodes(template, block, &section.body, level + 1, taken)?;
                }
                Node::Forloop(_, forloop, _) => {
                    call(&forloop.container, taken);
                    // A `super()` in a loop comes again.
                    let had = std::mem::replace(&mut taken.has_lost_block, true);
                    self.nodes(template, block, &forloop.body, level + 1, taken)?;
                    taken.has_lost_block = had;
                    let empty = forloop.empty_body.as_deref().unwrap_or_default();
                    self.nodes(template, block, empty, level + 1, taken)?;
                }
                Node::If(branches, _) => {
                    for (_, condition, body) in &branches.conditions {
                        call(condition, taken);
                        self.nodes(template, block, body, level + 1, taken)?;
                    }
                    let otherwise = branches.otherwise.as_ref().map_or(&[][..], |(_, it)| it);
                    self.nodes(template, block, otherwise, level + 1, taken)?;
                }
                Node::Include(_, names, _) => {
                    let there = names.iter().find(|it| self.tera.templates.contains_key(*it));
                    taken.parts.extend(there.map(|it| (level, Part::Template(it))));
                }
                Node::Block(_, inner, _) => {
                    let family =
                        self.tera.templates.values().filter(|it| root(it) == root(template));
                    let having = family.filter_map(|it| {
                        it.blocks.get_key_value(&inner.name).map(|(name, _)| (it, name))
                    });
                    taken
                        .parts
                        .extend(having.map(|(it, name)| (level, Part::Block(&it.name, name))));
                    taken.has_lost_block = true;
                }
                Node::Super => self.parent_block(template, block, level, taken)?,
                Node::Text(_)
                | Node::MacroDefinition(..)
                | Node::Extends(..)
                | Node::ImportMacro(..)
                | Node::Raw(..)
                | Node::Break(_)
                | Node::Continue(_)
                | Node::Comment(..) => {}
            }
        }
        Ok(())
    }

    /// Notes what `super()` stands for: the block as the templates have it that this one extends.
    fn parent_block(
        &self,
        template: &'t Template,
        block: Option<&'t str>,
        level: usize,
        taken: &mut Taken<'t>,
    ) -> Result<(), String> {
        // Tera 1.20 then renders another block, or panics.
        if std::mem::replace(&mut taken.has_lost_block, true) {
            return Err(format!(
                "{} uses `super()` in a loop, or after another block or `super()`, where Tera no longer knows which \
                 block is meant",
                shown(&template.name)
            ));
        }
        let Some(block) = block else { return Ok(()) };
        let parents = template.parents.iter().filter(|it| {
            self.tera.templates.get(*it).is_some_and(|it| it.blocks.contains_key(block))
        });
        taken.parts.extend(parents.map(|it| (level, Part::Block(it, block))));
        Ok(())
    }

    /// Returns the macros that a call may mean. Where templates extend others, Tera looks a name up in the template of a
    /// block rendered before, so that it may be any template's.
    fn macros_meant(&self, template: &'t Template, call: &'t MacroCall) -> Vec<Part<'t>> {
        let templates = || self.tera.templates.values();
        let own = named_by(template, &call.namespace);
        let files = match templates().any(|it| it.parent.is_some() || !it.blocks.is_empty()) {
            false if !own.is_empty() => own,
            _ => templates().flat_map(|it| named_by(it, &call.namespace)).collect(),
        };
        let macros = files.into_iter().filter(|file| {
            self.tera.templates.get(*file).is_some_and(|it| it.macros.contains_key(&call.name))
        });
        macros.map(|file| Part::Macro(file, &call.name)).collect()
    }
}

/// What a part takes in.
#[derive(Default)]
struct Taken<'t> {
    /// The deepest level of its own.
    deepest: usize,
    /// Each part, with the level that it is taken in at.
    parts: Vec<(usize, Part<'t>)>,
    /// Whether Tera may be wrong by now about the block that it is in.
    has_lost_block: bool,
}

/// Returns the templates whose macros a template calls by a namespace.
fn named_by<'t>(template: &'t Template, namespace: &str) -> Vec<&'t str> {
    let own =
        (namespace == "self" && !template.macros.is_empty()).then_some(template.name.as_str());
    let imported = template.imported_macro_files.iter().filter(|(_, name)| name == namespace);
    own.into_iter().chain(imported.map(|(file, _)| file.as_str())).collect()
}

/// Returns the name of the template that a template extends in the end, be it itself.
fn root(template: &Template) -> &str {
    template.parents.last().unwrap_or(&template.name)
}

/// Returns the calls of macros in an expression.
fn calls_in(expression: &Expr) -> Vec<&MacroCall> {
    let mut calls = Vec::new();
    let mut expressions = vec![expression];
    while let Some(expression) = expressions.pop() {
        expressions.extend(expression.filters.iter().flat_map(|it| it.args.values()));
        let mut values = vec![&expression.val];
        while let Some(value) = values.pop() {
            match value {
                ExprVal::MacroCall(call) => {
                    calls.push(call);
                    expressions.extend(call.args.values());
                }
                ExprVal::FunctionCall(FunctionCall { args, .. }) => {
                    expressions.extend(args.values())
                }
                ExprVal::Math(math) => expressions.extend([&*math.lhs, &*math.rhs]),
                ExprVal::Logic(logic) => expressions.extend([&*logic.lhs, &*logic.rhs]),
                ExprVal::In(within) => expressions.extend([&*within.lhs, &*within.rhs]),
                ExprVal::Test(test) => expressions.extend(&test.args),
                ExprVal::Array(items) => expressions.extend(items),
                ExprVal::StringConcat(parts) => values.extend(&parts.values),
                ExprVal::String(_)
                | ExprVal::Int(_)
                | ExprVal::Float(_)
                | ExprVal::Bool(_)
                | ExprVal::Ident(_) => {}
            }
        }
    }
    calls
}

/// Says which parts take in each other.
fn circle(parts: &[Part<'_>]) -> String {
    let names: Vec<String> = parts.iter().map(|part| part.shown()).collect();
    let Some((first, others)) = names.split_first() else { return String::new() };
    if others.is_empty() {
        return format!("{first} takes in itself, which never ends");
    }
    let others: String = others.iter().map(|name| format!(" takes in {name}, which")).collect();
    format!("{first}{others} takes in the first again: that never ends")
}

#[cfg(test)]
mod tests {
    use super::super::{add, engine};

    fn added(sources: &[(&str, &str)]) -> Result<(), String> {
        add(&mut engine(), sources.iter().copied()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_never_ends_is_refused() {
        let x = |text| added(&[("x", text)]);
        let itself = "{% include \"x\" %}";
        assert_eq!(x(itself), Err("`x` takes in itself, which never ends".to_owned()));
        let call = "{% macro f() %}{{ self::f() }}{% endmacro f %}{{ self::f() }}";
        assert!(x(call).is_err_and(|why| why.contains("the macro `f` of `x` takes in itself")));
        for sources in [
            &[
                ("x", "{% include \"y\" %}"),
                ("y", "{% if a %}{% include [\"z\", \"x\"] %}{% endif %}"),
            ][..],
            &[("x", "{% include \"x\" ignore missing %}")],
            &[("x", "{% import \"x\" as m %}")],
            &[("x", "{% import \"y\" as m %}"), ("y", "{% import \"x\" as m %}")],
            &[("x", "{% extends \"y\" %}"), ("y", "{% extends \"y\" %}")],
            &[(
                "x",
                "{% macro f() %}{{ 1 + self::g() }}{% endmacro %}{% macro g() %}{% set a = self::f() | upper %}{% endmacro %}",
            )],
            &[
                ("x", "{% macro f() %}{% include \"y\" %}{% endmacro %}"),
                ("y", "{% import \"x\" as m %}{{ m::f() }}"),
            ],
            &[
                (
                    "x",
                    "{% extends \"y\" %}{% block a %}{% block b %}{{ super() }}{% endblock %}{% endblock %}",
                ),
                ("y", "{% block b %}{% block a %}{% endblock %}{% endblock %}"),
            ],
            &[
                ("x", "{% extends \"y\" %}{% block a %}{{ super() }}{{ super() }}{% endblock %}"),
                ("y", "{% block a %}{% endblock %}"),
            ],
        ] {
            assert!(added(sources).is_err(), "{sources:?}");
        }
    }

    #[test]
    fn many_levels_are_refused_wherever_they_are() {
        let nested = |levels: usize| {
            format!("{}x{}", "{% if a %}".repeat(levels), "{% endif %}".repeat(levels))
        };
        for levels in [65, 800, 100_000] {
            assert!(added(&[("x", &nested(levels))]).is_err_and(|why| why.contains("levels deep")));
        }
        assert_eq!(added(&[("x", &nested(60))]), Ok(()));
        let half = nested(40);
        let x = half.replace('x', "{% include \"y\" %}");
        assert_eq!(added(&[("x", &x), ("y", "y")]), Ok(()));
        assert!(added(&[("x", &x), ("y", &half)]).is_err_and(|why| why.contains("levels deep")));
        let names: Vec<String> = (0..1000).map(|it| format!("{it:04}")).collect();
        let texts: Vec<String> =
            (1..=1000).map(|it| format!("{{% include \"{it:04}\" %}}")).collect();
        let chain: Vec<_> =
            names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
        assert!(added(&chain).is_err_and(|why| why.contains("levels deep")));
    }

    #[test]
    fn what_is_taken_in_again_and_again_is_not_a_circle() {
        for sources in [
            &[
                ("x", "{% include \"y\" %}{% include \"y\" %}"),
                ("y", "{% include \"z\" ignore missing %}"),
            ][..],
            &[
                (
                    "x",
                    "{% import \"y\" as m %}{% macro f() %}{{ m::f() }}{% endmacro %}{{ self::f() }}",
                ),
                ("y", "{% macro f() %}{% endmacro %}"),
            ],
            &[("x", "{% macro f(a) %}{{ a }}{% endmacro %}{{ self::f(a=self::f(a=1)) }}")],
            &[
                ("x", "{% extends \"y\" %}{% block a %}{{ super() }}x{% endblock %}"),
                ("y", "{% block page %}{% block a %}{% endblock %}{% endblock %}"),
            ],
        ] {
            assert_eq!(added(sources), Ok(()), "{sources:?}");
        }
    }
}
