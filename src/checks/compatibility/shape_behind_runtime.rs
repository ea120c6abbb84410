//! SHP887: the shape demands of adapters what the runtime requires.

use super::Question;
use super::contract::Contract;
use crate::checks::{Finding, Rule, Severity};
use crate::shape::Pack;
use crate::shape::demands::python::{Adapter, Demand};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP887",
    id: "shape-behind-runtime",
    severity: Severity::Warning,
    summary: "The shape demands of adapters exactly what the runtime's base class requires.",
    protects: "the fleet: `validate` would pass an adapter that cannot be constructed, or refuse one that works.",
    details: "The methods of `demands.python.adapters` are compared with the base class in the runtime: a required one \
              that the base no longer has, an abstract one that is not required, one of another kind or with other \
              parameters. Top-level modules of the package are compared with `demands.python.modules`, by which bare \
              imports are found.",
    fails: (
        "yaml",
        "methods:\n  - { name: setup, kind: plain, required: true }  # the base's is `async def`",
    ),
    passes: ("yaml", "methods:\n  - { name: setup, kind: async, required: true }"),
};

/// Help for when the shape names something that the runtime lacks: without a fleet, the embedded shape may belong to
/// another runtime.
const OWN_SHAPE: &str = "compare it with the shape of its own fleet: `--shape FOLDER`, or `shape` of a kind in \
                         fleet.yaml; `demands.python` there names the package and the base class";

pub(super) fn judge(pack: &Pack, question: &Question) -> Vec<Finding> {
    let mut findings = Vec::new();
    let demand = &pack.manifest.demands.python;
    let name = &pack.manifest.name;
    for adapter in &demand.adapters {
        let contract = adapter.base.as_deref().and_then(|base| question.contracts.get(base));
        let Some(contract) = contract else { continue };
        if let Some(why) = &contract.unknown {
            let message =
                format!("whether the shape `{name}` fits the runtime is not known: {why}");
            findings.push(Finding::new(&RULE, message).help(OWN_SHAPE).unchecked());
            continue;
        }
        for difference in differences(adapter, contract) {
            let message = format!("the shape `{name}` {difference} in {}", question.runtime.label);
            findings.push(
                Finding::new(&RULE, message).help("change shape.yaml together with the runtime"),
            );
        }
    }
    findings.extend(modules(demand, question, name));
    findings
}

fn differences(adapter: &Adapter, contract: &Contract) -> Vec<String> {
    let mut found = Vec::new();
    let base = adapter.base.as_deref().unwrap_or_default();
    for demanded in &adapter.methods {
        let name = &demanded.name;
        let Some(asked) = contract.method(name) else {
            if demanded.required {
                found.push(format!("demands `{name}`, which `{base}` does not have"));
            }
            continue;
        };
        if demanded.kind != asked.method.kind {
            found.push(format!(
                "demands that `{name}` is {}, but in `{base}` it is {}",
                in_words(demanded.kind),
                in_words(asked.method.kind)
            ));
        }
        if !asked.is_open && demanded.parameters.len() != asked.method.parameters.len() {
            found.push(format!(
                "gives `{name}` {}, but `{base}` gives it {}",
                listed(&demanded.parameters),
                listed(&asked.method.parameters)
            ));
        }
    }
    for asked in contract.methods.iter().filter(|asked| asked.method.required) {
        let name = &asked.method.name;
        if !adapter.methods.iter().any(|demanded| demanded.name == *name && demanded.required) {
            found.push(format!("does not require `{name}`, which is abstract in `{base}`"));
        }
    }
    found
}

fn in_words(kind: crate::shape::demands::python::MethodKind) -> &'static str {
    use crate::shape::demands::python::MethodKind;
    match kind {
        MethodKind::Static => "static",
        MethodKind::Plain => "plain",
        MethodKind::Async => "asynchronous",
    }
}

fn listed(parameters: &[String]) -> String {
    if parameters.is_empty() {
        return "no parameters".to_owned();
    }
    let names: Vec<String> = parameters.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Compares the modules by which bare imports are recognised with those of the package.
fn modules(demand: &Demand, question: &Question, name: &str) -> Vec<Finding> {
    let Some(package) = &demand.package else { return Vec::new() };
    let Some(root) = question.runtime.table.module(package) else {
        let message = format!(
            "{} has no package `{package}`, which the shape `{name}` names",
            question.runtime.label
        );
        return vec![Finding::new(&RULE, message).help(OWN_SHAPE).severity(Severity::Error)];
    };
    if demand.modules.is_empty() {
        return Vec::new();
    }
    let is_listed = |module: &String| demand.modules.contains(module) || module.starts_with('_');
    let unlisted: Vec<&str> =
        root.submodules.iter().filter(|module| !is_listed(module)).map(String::as_str).collect();
    let gone: Vec<&str> = demand
        .modules
        .iter()
        .filter(|module| !root.submodules.contains(*module))
        .map(String::as_str)
        .collect();
    let told = |names: &[&str], what: &str| {
        let message = format!(
            "the shape `{name}` {what} in {}: {}",
            question.runtime.label,
            names.join(", ")
        );
        Finding::new(&RULE, message)
            .severity(Severity::Info)
            .help("change `demands.python.modules` of shape.yaml")
    };
    let mut findings = Vec::new();
    if !unlisted.is_empty() {
        findings.push(told(&unlisted, "does not list modules that are"));
    }
    if !gone.is_empty() {
        findings.push(told(&gone, "lists modules that are not"));
    }
    findings
}
