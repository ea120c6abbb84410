//! Whether the adapter has the methods that the runtime calls.

use super::adapter::ancestry::Member;
use super::adapter::{Adapter, AdapterClass, adapters};
use super::{Check, Finding, Location, Repository, Rule, Severity};
use crate::source::python::{Body, Value};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP303",
    id: "adapter-methods",
    severity: Severity::Error,
    summary: "The adapter has every method that the runtime calls.",
    protects: "the container: Python refuses to construct a class that leaves an abstract method open.",
    details: "Own methods count, and inherited ones as far as their classes stand in the repository, in Python's \
              own order: a mixin behind the abstract base does not supply what the base leaves open. A \
              method that is still abstract, that only raises `NotImplementedError`, or whose name is bound to \
              something that cannot be called, is missing. What a class from outside the repository may \
              supply is reported as unchecked. Source: `required` methods in \
              `demands.python.adapters[].methods` of the shape.",
    fails: ("python", "class AcmeAdapter(BaseAdapter):\n    async def setup(self, config): ..."),
    passes: (
        "python",
        "class AcmeAdapter(BaseAdapter):\n    async def setup(self, config): ...\n    async def create_executor(self, config): ...",
    ),
};

/// The check.
#[derive(Debug)]
pub struct AdapterMethods;

impl Check for AdapterMethods {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for adapter in adapters(repository) {
            for class in adapter.classes() {
                judge(&adapter, &class, findings);
            }
        }
    }
}

#[derive(Default)]
struct Sorted<'a> {
    missing: Vec<&'a str>,
    open: Vec<(&'a str, &'static str, Location)>,
    unknown: Vec<&'a str>,
}

fn judge(adapter: &Adapter<'_>, found: &AdapterClass, findings: &mut Vec<Finding>) {
    let Some(class) = found.class() else { return };
    let mut sorted = Sorted::default();
    for method in adapter.demand.methods.iter().filter(|method| method.required) {
        sort(found, &method.name, &mut sorted);
    }
    let at = |finding: Finding| {
        finding.at(found.sibling.path.as_str(), &found.sibling.text, class.name_span)
    };
    let name = &class.name;
    if !sorted.missing.is_empty() || !sorted.open.is_empty() {
        let open = sorted.open.iter().map(|(method, why, _)| format!("`{method}` ({why})"));
        let missing = sorted.missing.iter().map(|method| format!("`{method}`"));
        let all: Vec<String> = missing.chain(open).collect();
        let message = format!("`{name}` lacks {}", all.join(", "));
        let mut finding = at(Finding::new(&RULE, message))
            .help("write them: the runtime calls each before it answers the first message");
        for (_, why, place) in sorted.open {
            finding = finding.related(place, why);
        }
        findings.push(finding);
    }
    if !sorted.unknown.is_empty() {
        let all: Vec<String> = sorted.unknown.iter().map(|method| format!("`{method}`")).collect();
        let why = match found.ancestry.foreign() {
            Some(foreign) => format!("its base `{foreign}` is not in the repository"),
            None => "it is defined only under a condition".to_owned(),
        };
        let message = format!("whether `{name}` has {} is not known: {why}", all.join(", "));
        findings.push(at(Finding::new(&RULE, message)).unchecked());
    }
}

fn sort<'a>(found: &'a AdapterClass, name: &'a str, sorted: &mut Sorted<'a>) {
    match found.ancestry.member(name) {
        Member::OfDemanded | Member::Nobody => sorted.missing.push(name),
        Member::Unknown(_) => sorted.unknown.push(name),
        Member::Method(sibling, class, method) => {
            let place = || Location::span(sibling.path.as_str(), &sibling.text, method.name_span);
            let defined = class.methods.iter().filter(|other| other.name == name);
            if method.is_abstract() {
                sorted.open.push((name, "still abstract", place()));
            } else if method.body == Body::NotImplemented {
                sorted.open.push((name, "only raises `NotImplementedError`", place()));
            } else if defined.clone().all(|definition| definition.conditional)
                && defined.count() == 1
            {
                sorted.unknown.push(name);
            }
        }
        Member::Attribute(sibling, attribute) => {
            let is_inert = matches!(
                attribute.value,
                Value::None | Value::Str(_) | Value::Int | Value::Bool(_)
            );
            if is_inert {
                let place = Location::span(sibling.path.as_str(), &sibling.text, attribute.span);
                sorted.open.push((name, "cannot be called", place));
            }
        }
    }
}
