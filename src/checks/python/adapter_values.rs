//! Whether the literals that the adapter's methods return have the demanded values.

use crate::checks::python::adapter::ancestry::{Ancestor, Member};
use crate::checks::python::adapter::sibling::Sibling;
use crate::checks::python::adapter::{AdapterClass, adapters};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::shape::demands::python::Method;
use crate::shape::variables::Extracted;
use crate::source::Span;
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
              is not known without running it. An empty text is an error, and so is a number, a truth value or `None`. A text that differs from what the shape \
              says it must equal is a warning, since a preflight only warns of it. Source: `not_empty`, \
              `equals` and `entries` in `demands.python.adapters[].methods` of the shape; `equals` is an expression over \
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
                        findings.extend(judge(repository, &class, sibling, function, demanded));
                        judge_map(repository, sibling, function, demanded, findings);
                    }
                }
            }
        }
    }
}

fn judge(
    repository: &Repository<'_>,
    class: &AdapterClass,
    sibling: &Sibling,
    function: &Function,
    demanded: &Method,
) -> Option<Finding> {
    let name = &demanded.name;
    let at = |message: String, span: Span| {
        Finding::new(&RULE, message).at(sibling.path.as_str(), &sibling.text, span)
    };
    let (value, span) = match &function.body {
        Body::ReturnsText { value, span } => (value.as_str(), *span),
        Body::ReturnsName { name, .. } => constant(class, sibling, function, name)?,
        Body::ReturnsNoText { what, span } if is_text(demanded) => {
            let message = format!("`{name}` returns {what}, not a text");
            return Some(at(message, *span).help("return a text that is not empty"));
        }
        Body::Empty if demanded.not_empty => {
            let message = format!("`{name}` returns nothing");
            return Some(at(message, function.name_span).help("return a text that is not empty"));
        }
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

/// Whether what a method returns must be a text.
fn is_text(demanded: &Method) -> bool {
    demanded.not_empty || demanded.equals.is_some() || demanded.returns.as_deref() == Some("str")
}

/// The text that a name stands for in a method, and where it is bound: a constant of the method's module that is bound
/// once, to a literal, or such an attribute of a class in that module.
fn constant<'a>(
    class: &'a AdapterClass,
    sibling: &'a Sibling,
    function: &Function,
    name: &str,
) -> Option<(&'a str, Span)> {
    let module = &sibling.module;
    let is_open = |name: &str| sibling.may_bind(name) || !module.star_imports.is_empty();
    let is_parameter = |name: &str| function.parameters.iter().any(|it| it.name == name);
    let Some((owner, attribute)) = name.split_once('.') else {
        let mut bindings = module.bindings_of(name);
        let (Some(only), None) = (bindings.next(), bindings.next()) else { return None };
        let is_certain = only.certainty == Certainty::Certain && !is_open(name);
        return match &only.bound {
            Bound::Assigned(Value::Str(value)) if is_certain && !is_parameter(name) => {
                Some((value, only.span))
            }
            _ => None,
        };
    };
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
    match &only.value {
        Value::Str(value) if holder.method(attribute).is_none() && home.path == sibling.path => {
            Some((value, only.span))
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
    }
}
