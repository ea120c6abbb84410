//! Whether the adapter's methods can be called as the runtime calls them.

use crate::change::FileEdit;
use crate::checks::python::adapter::ancestry::Member;
use crate::checks::python::adapter::sibling::Sibling;
use crate::checks::python::adapter::{Adapter, AdapterClass, adapters};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::shape::demands::python::{Method, MethodKind as Wanted};
use crate::source::TextEdit;
use crate::source::python::{Decorator, Function, MethodKind, Parameter, ParameterKind};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP304",
    id: "adapter-signatures",
    severity: Severity::Error,
    summary: "The adapter's methods can be called as the runtime calls them.",
    protects: "the container: an `await` of a plain method's result, or a call with an argument too many, stops it.",
    details: "A static method is called on the class and on an instance, so it must be `@staticmethod` or \
              `@classmethod`; an asynchronous one is awaited, so it must be `async def`, or return what an asynchronous \
              method or function of its own returns. Arguments are passed by \
              position, so parameters may have other names; further ones need defaults, and `*args` takes whatever \
              comes. Inherited methods are judged if they are in the repository. A method under a decorator that is \
              not known is reported as unchecked where it does not fit by itself. A return annotation that \
              contradicts the shape's is a warning; one that cannot be compared is not judged. Source: \
              `demands.python.adapters[].methods` and `init_without_arguments` of the shape.",
    fails: ("python", "class AcmeAdapter(BaseAdapter):\n    def setup(self, config):\n        ..."),
    passes: (
        "python",
        "class AcmeAdapter(BaseAdapter):\n    async def setup(self, config):\n        ...",
    ),
};

/// Decorators whose effect on how a function is called is known, or that have none.
const KNOWN_DECORATORS: [&str; 12] = [
    "staticmethod",
    "classmethod",
    "abstractmethod",
    "abstractstaticmethod",
    "abstractclassmethod",
    "abstractproperty",
    "property",
    "cached_property",
    "override",
    "final",
    "overload",
    "no_type_check",
];

/// Functions of `asyncio` whose results are awaited.
const AWAITABLES: [&str; 7] =
    ["create_task", "ensure_future", "gather", "shield", "sleep", "to_thread", "wait_for"];

/// The check.
#[derive(Debug)]
pub struct AdapterSignatures;

impl Check for AdapterSignatures {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for adapter in adapters(repository) {
            for class in adapter.classes() {
                for demanded in &adapter.demand.methods {
                    method(&class, demanded, findings);
                }
                if adapter.demand.init_without_arguments {
                    findings.extend(construction(&adapter, &class));
                }
            }
        }
    }
}

fn at(finding: Finding, sibling: &Sibling, span: crate::source::Span) -> Finding {
    finding.at(sibling.path.as_str(), &sibling.text, span)
}

/// Reports how a method of a class differs from what is demanded of it.
pub(in crate::checks) fn method(
    class: &AdapterClass,
    demanded: &Method,
    findings: &mut Vec<Finding>,
) {
    let name = &demanded.name;
    match class.ancestry.member(name) {
        Member::Method(sibling, _, function) => {
            if function.is_abstract() {
                return;
            }
            let is_awaitable = is_awaitable(class, sibling, function);
            if let Some(fault) = fault(function, demanded, is_awaitable) {
                let unknown = unknown_decorator(function);
                let mut finding =
                    at(Finding::new(&RULE, fault.message), sibling, function.name_span)
                        .help(fault.help);
                match unknown {
                    Some(decorator) => {
                        finding.message = format!(
                            "{}, and the effect of `@{}` is not known",
                            finding.message,
                            sibling.text.slice(decorator.span)
                        );
                        finding.unchecked = true;
                    }
                    None => finding.fix = repair(sibling, function, demanded),
                }
                findings.push(finding);
            }
            // Where it returns an awaitable, its annotation names that.
            if let (Some(wanted), Some(written)) = (&demanded.returns, &function.returns)
                && !is_awaitable
                && contradicts(written, wanted)
            {
                let message =
                    format!("`{name}` is annotated to return `{written}`, not `{wanted}`");
                let finding = Finding::new(&RULE, message).severity(Severity::Warning);
                findings.push(
                    at(finding, sibling, function.name_span).help(format!("return `{wanted}`")),
                );
            }
        }
        Member::Attribute(sibling, attribute) => {
            use crate::source::python::Value;
            // Attributes that cannot be called are reported by `adapter-methods`.
            let is_inert = matches!(
                attribute.value,
                Value::None | Value::Str(_) | Value::Int | Value::Bool(_)
            );
            if !is_inert {
                let message =
                    format!("how `{name}` can be called is not known: it is assigned, not defined");
                let finding = Finding::new(&RULE, message).unchecked();
                findings.push(at(finding, sibling, attribute.span).help("define it with `def`"));
            }
        }
        Member::OfDemanded | Member::Nobody | Member::Unknown(_) => {}
    }
}

struct Fault {
    message: String,
    help: String,
}

/// Whether what a plain method returns can be awaited all the same: what an asynchronous function has returned to it.
fn is_awaitable(class: &AdapterClass, sibling: &Sibling, function: &Function) -> bool {
    let Some(called) = &function.hands_on else { return false };
    let receiver = function.parameters.first().map_or("self", |first| first.name.as_str());
    match called.rsplit_once('.') {
        None => {
            let mut named = sibling.module.functions.iter().filter(|it| it.name == *called);
            named.next_back().is_some_and(|it| it.is_async)
        }
        // The same method of the base, of which the runtime demands the same.
        Some(("super()", method)) => method == function.name,
        Some(("asyncio", name)) => AWAITABLES.contains(&name),
        Some((object, method)) if object == receiver => match class.ancestry.member(method) {
            Member::Method(_, _, own) => own.is_async,
            _ => false,
        },
        Some(_) => false,
    }
}

fn fault(function: &Function, demanded: &Method, is_awaitable: bool) -> Option<Fault> {
    let name = &function.name;
    let fault = |message: String, help: String| Some(Fault { message, help });
    let kind = function.kind();
    if kind == MethodKind::Property {
        let message = format!("`{name}` is a property, but the runtime calls it");
        return fault(message, "remove the decorator".to_owned());
    }
    if demanded.kind == Wanted::Async && !function.is_async && !is_awaitable {
        let message = format!("`{name}` is not asynchronous, but the runtime awaits it");
        let help = "and `await` in front of each call in it that is asynchronous";
        return fault(message, format!("write `async def {name}`, {help}"));
    }
    if demanded.kind != Wanted::Async && function.is_async {
        let message = format!("`{name}` is asynchronous, but the runtime does not await it");
        return fault(message, format!("write `def {name}`, without `await` in it"));
    }
    if demanded.kind == Wanted::Static && kind == MethodKind::Instance {
        let message = match function.parameters.first() {
            Some(first) if first.kind != ParameterKind::VariadicPositional => {
                format!("`{name}` is not static: called on the class, it lacks `{}`", first.name)
            }
            _ => format!("`{name}` is not static: called on an instance, it is passed `self`"),
        };
        return fault(message, "decorate it with `@staticmethod`".to_owned());
    }
    let parameters = function.parameters.as_slice();
    let given = demanded.parameters.len();
    let own = match kind {
        MethodKind::Static => Some(parameters),
        _ => without_receiver(parameters),
    };
    let Some(own) = own else {
        return fault(
            format!("`{name}` takes no `self`"),
            "add it as the first parameter".to_owned(),
        );
    };
    let room = own.iter().filter(|parameter| is_positional(parameter)).count();
    let any = own.iter().any(|parameter| parameter.kind == ParameterKind::VariadicPositional);
    let by_name: Vec<String> = own
        .iter()
        .filter(|it| it.kind == ParameterKind::KeywordOnly && it.is_required())
        .map(|it| format!("`{}`", it.name))
        .collect();
    if !any && !by_name.is_empty() && room + by_name.len() == given {
        let by_name = by_name.join(", ");
        let message =
            format!("`{name}` takes {by_name} by name only, but the runtime passes it by position");
        return fault(message, "remove the `*` before it".to_owned());
    }
    let excess: Vec<String> = excess(own, given).map(|name| format!("`{name}`")).collect();
    if !excess.is_empty() {
        let message =
            format!("`{name}` requires {}, which the runtime does not pass", excess.join(", "));
        return fault(message, "give it a default".to_owned());
    }
    let refused = demanded.parameters.get(room..).filter(|_| !any).unwrap_or_default();
    if !refused.is_empty() {
        let refused: Vec<String> = refused.iter().map(|name| format!("`{name}`")).collect();
        let message =
            format!("`{name}` does not take {}, which the runtime passes", refused.join(", "));
        return fault(message, "add the parameter".to_owned());
    }
    None
}

fn is_positional(parameter: &Parameter) -> bool {
    matches!(parameter.kind, ParameterKind::PositionalOnly | ParameterKind::PositionalOrKeyword)
}

/// The parameters after `self`; `None` if there is no parameter for it.
fn without_receiver(parameters: &[Parameter]) -> Option<&[Parameter]> {
    match parameters.split_first() {
        Some((first, rest)) if is_positional(first) => Some(rest),
        Some((first, _)) if first.kind == ParameterKind::VariadicPositional => Some(parameters),
        _ => None,
    }
}

/// Required parameters that a call with this many positional arguments does not supply.
fn excess(parameters: &[Parameter], given: usize) -> impl Iterator<Item = &str> {
    let mut position = 0;
    parameters.iter().filter_map(move |parameter| {
        let is_given = is_positional(parameter) && position < given;
        position += usize::from(is_positional(parameter));
        (parameter.is_required() && !is_given).then_some(parameter.name.as_str())
    })
}

fn unknown_decorator(function: &Function) -> Option<&Decorator> {
    let is_known = |decorator: &&Decorator| KNOWN_DECORATORS.iter().any(|name| decorator.is(name));
    function.decorators.iter().find(|decorator| !is_known(decorator))
}

/// The fix for a method of the wrong kind. Adding `@staticmethod` to a method without parameters does not affect
/// calls on the class and fixes those on an instance. Adding `async` changes what other callers get, so a person
/// should review it.
fn repair(sibling: &Sibling, function: &Function, demanded: &Method) -> Option<Fix> {
    let text = &sibling.text;
    let start = function.span.start;
    let edit = |insert: String| {
        vec![FileEdit::text(sibling.path.as_str(), vec![TextEdit::insert(start, insert)])]
    };
    match demanded.kind {
        Wanted::Static
            if function.kind() == MethodKind::Instance
                && function.parameters.is_empty()
                && !function.is_async
                && function.decorators.is_empty() =>
        {
            let line = text.whole_lines(crate::source::Span::at(start));
            let indent = text.as_str().get(line.start..start)?;
            if !indent.chars().all(|character| matches!(character, ' ' | '\t')) {
                return None;
            }
            let insert = format!("@staticmethod{}{indent}", text.line_end());
            Some(Fix::safe("decorate it with `@staticmethod`", edit(insert)))
        }
        Wanted::Async if !function.is_async && function.kind() != MethodKind::Property => {
            Some(Fix::risky("make it `async def`", edit("async ".to_owned())))
        }
        _ => None,
    }
}

/// Whether an annotation rules out the demanded type: both are built-in types, and they differ.
fn contradicts(written: &str, wanted: &str) -> bool {
    const BUILT_IN: [&str; 10] =
        ["str", "bytes", "int", "float", "bool", "dict", "list", "tuple", "set", "none"];
    let unquoted = written.trim().trim_matches(['"', '\'']);
    let wanted = wanted.to_lowercase();
    // A `|` within brackets belongs to an argument of a generic and is dropped with it.
    let head = |part: &str| {
        let name = part.split('[').next().unwrap_or_default().trim();
        name.rsplit('.').next().unwrap_or_default().to_lowercase()
    };
    let outer = unquoted.split('[').next().unwrap_or_default();
    let parts: Vec<String> = match outer.contains('|') || !unquoted.contains('[') {
        true => unquoted.split('|').map(head).collect(),
        false => vec![head(unquoted)],
    };
    parts.iter().all(|part| *part != wanted && BUILT_IN.contains(&part.as_str()))
}

/// Reports a class that cannot be constructed without arguments.
fn construction(adapter: &Adapter<'_>, class: &AdapterClass) -> Option<Finding> {
    let name = &class.class()?.name;
    for special in ["__new__", "__init__"] {
        let Member::Method(sibling, _, function) = class.ancestry.member(special) else { continue };
        if unknown_decorator(function).is_some() {
            continue;
        }
        let message = match without_receiver(&function.parameters) {
            None => format!("`{special}` takes no `self`"),
            Some(own) => {
                let wanted: Vec<String> = excess(own, 0).map(|name| format!("`{name}`")).collect();
                if wanted.is_empty() {
                    continue;
                }
                format!(
                    "`{special}` requires {}, but the runtime constructs `{}` without arguments",
                    wanted.join(", "),
                    adapter.demand.name
                )
            }
        };
        let finding = Finding::new(&RULE, message);
        return Some(
            at(finding, sibling, function.name_span).help("give every argument a default"),
        );
    }
    let is_data = |decorator: &Decorator| {
        ["dataclass", "define", "attrs", "s"].iter().any(|name| decorator.is(name))
    };
    let generated = class.class()?.decorators.iter().find(|decorator| is_data(decorator))?;
    if matches!(class.ancestry.member("__init__"), Member::Method(owner, _, _) if owner.path == class.sibling.path)
    {
        return None;
    }
    let message = format!(
        "whether `{name}` can be constructed without arguments is not known: `@{}` generates its `__init__`",
        class.sibling.text.slice(generated.span)
    );
    Some(at(Finding::new(&RULE, message), &class.sibling, class.name_span()).unchecked())
}

#[cfg(test)]
mod tests;
