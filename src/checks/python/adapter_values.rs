//! Whether the literals that the adapter's methods return have the demanded values.

use std::collections::BTreeSet;

use crate::checks::python::adapter::ancestry::{Ancestor, Member};
use crate::checks::python::adapter::sibling::Sibling;
use crate::checks::python::adapter::{Adapter, AdapterClass, adapters};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::shape::demands::python::Method;
use crate::shape::variables::Extracted;
use crate::source::Span;
use crate::source::python::attributes::is_stored;
use crate::source::python::{
    Body, Bound, Certainty, Class, Function, MethodKind, TextInMap, Value,
};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP305",
    id: "adapter-values",
    severity: Severity::Error,
    summary: "What the adapter says of itself as a literal is not empty and agrees with the repository.",
    protects: "the container, whose preflight refuses an adapter without a name, and the platform, which looks the \
               runtime up by it.",
    details: "Only bodies that return a literal, or nothing at all, are judged, and those that return a constant of the \
              module or of the class (`NAME`, `AcmeAdapter.NAME`) that is bound once, to a text: what a method computes \
              is not known without running it. An empty text is an error, and so is a number, a truth value or `None`, \
              which a body without a `return` returns too. A text that differs from what the shape says it must equal \
              is a warning, since a preflight only warns of it, and so is no text at all where nothing else demands one. \
              Source: `not_empty`, `equals` and `entries` in `demands.python.adapters[].methods` of the shape; `equals` is an expression over \
              the shape's variables, and `entries` are such for the texts of a map, which are judged where a file of the \
              repository says what the variable is.",
    fails: ("python", "    @staticmethod\n    def name() -> str:\n        return \"\""),
    passes: ("python", "    @staticmethod\n    def name() -> str:\n        return \"acme\""),
};

/// The check.
#[derive(Debug)]
pub struct AdapterValues;

impl Check for AdapterValues {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for adapter in adapters(repository) {
            for class in adapter.classes() {
                for demanded in &adapter.demand.methods {
                    if let Member::Method(sibling, _, function) =
                        class.ancestry.member(&demanded.name)
                        && !function.is_abstract()
                    {
                        let about = Judged { adapter: &adapter, class: &class, sibling, function };
                        findings.extend(judge(repository, &about, demanded));
                        judge_map(repository, sibling, function, demanded, findings);
                    }
                }
            }
        }
    }
}

/// A method, with the module that defines it, of a class that may be the adapter.
struct Judged<'a> {
    adapter: &'a Adapter<'a>,
    class: &'a AdapterClass,
    sibling: &'a Sibling,
    function: &'a Function,
}

fn judge(repository: &Repository<'_>, about: &Judged<'_>, demanded: &Method) -> Option<Finding> {
    let Judged { adapter, class, sibling, function } = *about;
    let name = &demanded.name;
    let at = |message: String, span: Span| {
        Finding::new(&RULE, message).at(sibling.path.as_str(), &sibling.text, span)
    };
    let no_text = |what: String, span: Span| {
        let finding = at(format!("`{name}` returns {what}"), span).severity(demand(demanded)?);
        Some(finding.help("return a text that is not empty"))
    };
    let (value, span) = match &function.body {
        Body::ReturnsText { value, span } => (value.as_str(), *span),
        Body::ReturnsName { name, .. } => {
            let (value, home, span) = constant(class, sibling, function, name)?;
            if home.is_some_and(|attribute| is_changed(adapter, class, attribute)) {
                return None;
            }
            (value, span)
        }
        Body::ReturnsNoText { what, span } => return no_text(format!("{what}, not a text"), *span),
        Body::Empty => return no_text("nothing".to_owned(), function.name_span),
        _ => return None,
    };
    if demanded.not_empty && value.trim().is_empty() {
        let message = format!("`{name}` returns an empty text");
        return Some(at(message, span).help("return a text that is not empty"));
    }
    let expression = demanded.equals.as_deref()?;
    let text = Text { value, span, said: format!("`{name}` returns `{value}`") };
    differs(repository, sibling, &text, expression)
}

/// How severe it is if a method returns no text; `None` if it need not return one. To differ from what it must equal is
/// never more than a warning.
fn demand(demanded: &Method) -> Option<Severity> {
    if demanded.not_empty || demanded.returns.as_deref() == Some("str") {
        return Some(Severity::Error);
    }
    demanded.equals.is_some().then_some(Severity::Warning)
}

/// Whether one of the modules that an adapter's class is from, or its own module, stores such an attribute after the
/// body of its class has run.
fn is_changed(adapter: &Adapter<'_>, class: &AdapterClass, attribute: &str) -> bool {
    let ancestors = class.ancestry.order.iter().filter_map(|ancestor| match ancestor {
        Ancestor::Class(home, _) => Some(home),
        Ancestor::Demanded | Ancestor::Foreign(_) => None,
    });
    let mut read = BTreeSet::new();
    ancestors
        .chain([&adapter.module])
        .any(|home| read.insert(&home.path) && is_stored(&home.text, attribute))
}

/// The text that a name stands for in a method, and where it is bound: a constant of the method's module that is bound
/// once, to a literal, or such an attribute of a class in that module, whose name is between them.
fn constant<'a>(
    class: &'a AdapterClass,
    sibling: &'a Sibling,
    function: &Function,
    name: &'a str,
) -> Option<(&'a str, Option<&'a str>, Span)> {
    let module = &sibling.module;
    let is_open = |name: &str| sibling.may_bind(name) || !module.star_imports.is_empty();
    let is_parameter = |name: &str| function.parameters.iter().any(|it| it.name == name);
    let Some((owner, attribute)) = name.split_once('.') else {
        let mut bindings = module.bindings_of(name);
        let (Some(only), None) = (bindings.next(), bindings.next()) else { return None };
        let is_certain = only.certainty == Certainty::Certain && !is_open(name);
        return match &only.bound {
            Bound::Assigned(Value::Str(value)) if is_certain && !is_parameter(name) => {
                Some((value, None, only.span))
            }
            _ => None,
        };
    };
    // Each class has names of its own for these: `__x` is `_A__x` in `A`.
    if attribute.starts_with("__") {
        return None;
    }
    let has = |class: &Class| {
        class.method(attribute).is_some() || class.attributes.iter().any(|it| it.name == attribute)
    };
    let is_receiver = function.kind() == MethodKind::Class
        && function.parameters.first().is_some_and(|first| first.name == owner);
    let is_named = |class: &Class| {
        class.name == owner
            && !is_parameter(owner)
            && !is_open(owner)
            && module.bindings_of(owner).count() == 1
    };
    let mut classes = class.ancestry.order.iter().map_while(|ancestor| match ancestor {
        Ancestor::Class(home, id) => Some((home, home.module.class(*id)?)),
        Ancestor::Demanded | Ancestor::Foreign(_) => None,
    });
    let (home, holder) = classes.find(|(home, class)| match is_receiver {
        true => has(class),
        false => home.path == sibling.path && is_named(class),
    })?;
    let mut attributes = holder.attributes.iter().filter(|it| it.name == attribute);
    let (Some(only), None) = (attributes.next(), attributes.next()) else { return None };
    let is_certain = !only.conditional && holder.method(attribute).is_none();
    match &only.value {
        Value::Str(value) if is_certain && home.path == sibling.path => {
            Some((value, Some(attribute), only.span))
        }
        _ => None,
    }
}

/// Reports texts that differ in a mapping that a method returns.
fn judge_map(
    repository: &Repository<'_>,
    sibling: &Sibling,
    function: &Function,
    demanded: &Method,
    findings: &mut Vec<Finding>,
) {
    let Body::ReturnsMap { texts } = &function.body else { return };
    for (path, expression) in &demanded.entries {
        let Some(TextInMap { value, span, .. }) = texts.iter().find(|it| it.path == *path) else {
            continue;
        };
        // If no file gives the value, it is only a default of the shape and is not enforced.
        let is_said = variable_of(expression)
            .and_then(|variable| repository.pack.variable(variable))
            .and_then(|(_, definition)| definition.extract.as_ref())
            .is_some_and(|it| matches!(repository.extract(it, None), Extracted::Value(_)));
        if is_said {
            let said = format!("`{path}` of `{}` is `{value}`", demanded.name);
            let text = Text { value, span: *span, said };
            findings.extend(differs(repository, sibling, &text, expression));
        }
    }
}

/// A literal text, with the beginning of a message about it.
struct Text<'a> {
    value: &'a str,
    span: Span,
    said: String,
}

/// The finding for a text that differs from what an expression yields.
fn differs(
    repository: &Repository<'_>,
    sibling: &Sibling,
    text: &Text<'_>,
    expression: &str,
) -> Option<Finding> {
    let Text { value, span, said } = text;
    let at = |message: String| {
        Finding::new(&RULE, message)
            .at(sibling.path.as_str(), &sibling.text, *span)
            .severity(Severity::Warning)
    };
    let resolved = repository.variables(Some(&sibling.path));
    let resolved = resolved.and_then(|(values, disagreements)| {
        let wanted = repository.pack.expression(expression, &values)?;
        Ok((wanted, disagreements))
    });
    let (wanted, disagreements) = match resolved {
        Ok((wanted, _)) if wanted == **value => return None,
        Ok(resolved) => resolved,
        Err(error) => {
            return Some(
                at(format!("{said}, but the required value is not known: {error}")).unchecked(),
            );
        }
    };
    let variable = variable_of(expression);
    let disagrees = disagreements.iter().find(|it| Some(it.variable.as_str()) == variable);
    if disagrees.is_some_and(|disagreement| disagreement.wanted == **value) {
        // This text is right: `variable-disagreement` points at the one that is wrong.
        return None;
    }
    let extract = variable
        .and_then(|variable| repository.pack.variable(variable))
        .and_then(|(_, definition)| definition.extract.as_ref())
        .filter(|extract| repository.extract(extract, None) == Extracted::Value(wanted.clone()));
    let finding = match (extract, variable) {
        (Some(extract), Some(variable)) => {
            let place = repository.place_of(extract);
            let line = place.region.as_ref().map(|region| format!(":{}", region.start.line));
            let from = format!("{}{}", place.path, line.unwrap_or_default());
            at(format!("{said}, but `{variable}` in {from} is `{wanted}`"))
                .related(place, "the value that it must equal")
        }
        _ => at(format!("{said}, but the repository is `{wanted}`")),
    };
    let help = if disagrees.is_some() {
        "correct the wrong one".to_owned()
    } else {
        format!("return `{wanted}`, or correct the other value")
    };
    Some(finding.help(help))
}

/// The variable that an expression consists of: `{{ runtime }}`.
fn variable_of(expression: &str) -> Option<&str> {
    let inside = expression.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!inside.is_empty() && inside.chars().all(is_name)).then_some(inside)
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn returning(value: &str) -> String {
        Case::conformant()
            .replace("adapter.py", "return \"acme-agent\"", value)
            .said("adapter-values")
    }

    #[test]
    fn the_repositorys_own_name_is_silent() {
        assert_eq!(Case::conformant().said("adapter-values"), "");
        assert_eq!(returning("return 'acme-agent'"), "");
    }

    #[test]
    fn an_empty_name_is_an_error() {
        for value in ["return ''", "return '  '"] {
            assert!(returning(value).ends_with("`name` returns an empty text\n"));
        }
        assert!(returning("pass").ends_with("`name` returns nothing\n"));
    }

    #[test]
    fn another_name_is_a_warning() {
        let case =
            Case::conformant().replace("adapter.py", "return \"acme-agent\"", "return \"acme\"");
        let findings = case.findings("adapter-values");
        assert_eq!(findings[0].severity, crate::checks::Severity::Warning);
        assert_eq!(
            findings[0].message,
            "`name` returns `acme`, but `runtime` in config.yaml:12 is `acme-agent`"
        );
    }

    #[test]
    fn the_name_is_compared_with_what_the_configuration_says() {
        let case =
            Case::conformant().replace("config.yaml", "runtime: acme-agent", "runtime: other");
        // The adapter says what the repository is called: config.yaml is what is wrong.
        assert_eq!(case.said("adapter-values"), "");
        let case = case.replace("adapter.py", "return \"acme-agent\"", "return \"acme\"");
        let said = case.said("adapter-values");
        assert!(said.contains("but `runtime` in config.yaml:"), "{said}");
        assert_eq!(
            case.findings("adapter-values")[0].help.as_deref(),
            Some("correct the wrong one")
        );
    }

    #[test]
    fn a_text_of_a_map_is_what_the_configuration_says() {
        let config = |of: &str, to: &str| Case::conformant().replace("config.yaml", of, to);
        let model = "\n  model: openai:gpt-4.1-mini\n";
        let case = config(model, "\n  model: openai:other\n");
        let said = case.said("adapter-values");
        let wanted = "`model.default` of `get_config_schema` is `openai:gpt-4.1-mini`, but `model` in config.yaml:";
        assert!(said.contains(wanted) && said.ends_with(" is `openai:other`\n"), "{said}");
        // A default of the shape is nothing to be held to.
        assert_eq!(config(model, "\n").said("adapter-values"), "");
        let computed = case.replace(
            "adapter.py",
            "\"default\": \"openai:gpt-4.1-mini\"",
            "\"default\": MODEL",
        );
        assert_eq!(computed.said("adapter-values"), "");
    }

    #[test]
    fn what_is_computed_is_not_judged() {
        assert_eq!(returning("return os.environ.get('NAME', '')"), "");
        assert_eq!(returning("return f'{os.name}'"), "");
    }

    #[test]
    fn an_f_string_without_fields_is_a_text() {
        assert_eq!(returning("return f'acme-agent'"), "");
        assert!(returning("return f'acme' '-agnt'").contains("`name` returns `acme-agnt`"));
    }

    #[test]
    fn what_is_no_text_is_an_error() {
        for (value, what) in
            [("5", "a number"), ("True", "a truth value"), ("b'x'", "bytes"), ("None", "`None`")]
        {
            let said = returning(&format!("return {value}"));
            assert!(said.ends_with(&format!("`name` returns {what}, not a text\n")), "{said}");
        }
    }

    /// What is said where `name` returns this, and adapter.py begins with these lines.
    fn said(value: &str, lines: &str) -> String {
        Case::conformant()
            .replace("adapter.py", "return \"acme-agent\"", value)
            .replace("adapter.py", "import os\n", lines)
            .said("adapter-values")
    }

    #[test]
    fn a_constant_is_what_it_is_bound_to_once() {
        let named = |lines: &str| said("return NAME", &format!("import os\n{lines}\n"));
        assert_eq!(named("NAME = 'acme-agent'"), "");
        assert!(named("NAME = 'acme'").contains("`name` returns `acme`, but"));
        assert!(named("NAME: str = ''").ends_with("`name` returns an empty text\n"));
        for open in [
            "NAME = 'acme'\nNAME = 'acme-agent'",
            "NAME = 'acme'\nNAME += '-agent'",
            "if os.name:\n    NAME = 'acme'",
            "NAME = 'acme'\nfrom names import *",
            "NAME = os.name",
            "def f():\n    global NAME\n    NAME = 'acme-agent'\n\n\nNAME = 'acme'",
        ] {
            assert_eq!(named(open), "", "{open}");
        }
    }

    #[test]
    fn a_constant_of_the_class_is_what_it_is_bound_to_once() {
        let name = "    @staticmethod\n    def name() -> str:\n";
        let case = |value: &str, attribute: &str| {
            Case::conformant()
                .replace("adapter.py", "return \"acme-agent\"", &format!("return {value}"))
                .replace("adapter.py", name, &format!("    {attribute}\n\n{name}"))
                .said("adapter-values")
        };
        assert!(case("AcmeAgentAdapter.SLUG", "SLUG = 'acme'").contains("returns `acme`, but"));
        assert_eq!(case("AcmeAgentAdapter.SLUG", "SLUG = 'acme-agent'"), "");
        assert_eq!(case("AcmeAgentAdapter.SLUG", "SLUG = 'a'; SLUG = 'acme-agent'"), "");
        assert_eq!(case("Other.SLUG", "SLUG = 'acme'"), "");
        for open in [
            "if os.name:\n        SLUG = 'acme'",
            "SLUG = 'acme'\n\n    def __init__(self):\n        type(self).SLUG = 'acme-agent'",
            "SLUG = 'acme'\n\n    def __init__(self):\n        setattr(AcmeAgentAdapter, 'SLUG', 'x')",
        ] {
            assert_eq!(case("AcmeAgentAdapter.SLUG", open), "", "{open}");
        }
        assert_eq!(case("AcmeAgentAdapter.__SLUG", "__SLUG = 'acme'"), "");
    }

    #[test]
    fn no_text_is_as_severe_as_what_demands_one() {
        let said = |demands: &str, body: &str| {
            let shape = format!(
                "demands:\n  python:\n    adapters:\n      - path: a.py\n        name: Adapter\n        methods: \
                 [{{ name: name, kind: static, {demands} }}]\n"
            );
            let source =
                format!("class Adapter:\n    @staticmethod\n    def name():\n        {body}\n");
            let found = Case::with_shape(&shape).file("a.py", source).findings("adapter-values");
            found.iter().map(|it| it.severity.to_string()).collect::<Vec<_>>().join(" ")
        };
        for body in ["pass", "return", "return None", "return 5"] {
            assert_eq!(said("returns: str", body), "error", "{body}");
            assert_eq!(said("not_empty: true", body), "error", "{body}");
            assert_eq!(said("equals: acme", body), "warning", "{body}");
            assert_eq!(said("returns: dict", body), "", "{body}");
        }
    }
}
