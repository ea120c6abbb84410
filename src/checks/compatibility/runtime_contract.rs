//! SHP885: every adapter has what the runtime's own base class asks for.

use super::Subject;
use super::contract::Contract;
use crate::checks::python::adapter::AdapterClass;
use crate::checks::python::adapter::ancestry::Member;
use crate::checks::python::{adapter_methods, adapter_signatures};
use crate::checks::{Finding, Rule, Severity};
use crate::package::interface::Offer;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP885",
    id: "runtime-contract",
    severity: Severity::Error,
    summary: "Every adapter fits the base class that the runtime has: abstract methods, and how methods are called.",
    protects: "the templates: Python refuses to construct a class that has an abstract method.",
    details: "The base class that the shape names (`demands.python.adapters[].base`) is looked up in the runtime, \
              with what it inherits there. Its abstract methods must be in each adapter, and methods that an adapter \
              has must be static, plain or asynchronous as the base's are, with parameters that take what the base's \
              take. This is judged as `adapter-methods` and `adapter-signatures` judge it, by the runtime instead of \
              the shape. What another class of the runtime supplies between the two counts. Methods whose names begin \
              with `_` and properties are ignored.",
    fails: (
        "python",
        "class AcmeAdapter(BaseAdapter):  # BaseAdapter has a new abstract method `teardown`\n    ...",
    ),
    passes: ("python", "class AcmeAdapter(BaseAdapter):\n    async def teardown(self): ..."),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (adapter, classes) in &subject.adapters {
        let base = adapter.demand.base.as_deref();
        let Some(contract) = base.and_then(|base| subject.question.contracts.get(base)) else {
            continue;
        };
        for class in classes {
            judge(subject, class, contract, findings);
        }
    }
}

/// Whether a class of the runtime other than the base implements a method for the adapter; `None` if the method does
/// not come from such a class.
fn supplied(class: &AdapterClass, runtime: &Offer, method: &str) -> Option<bool> {
    let Member::Unknown(foreign) = class.ancestry.member(method) else { return None };
    let offered = Contract::of(runtime, foreign.rsplit('.').next()?);
    offered.class.as_ref()?;
    offered.method(method).map(|asked| !asked.method.required)
}

fn judge(
    subject: &Subject<'_>,
    class: &AdapterClass,
    contract: &Contract,
    findings: &mut Vec<Finding>,
) {
    let runtime = &subject.question.runtime;
    let mut found = Vec::new();
    let mut open = Vec::new();
    let mut required = Vec::new();
    for asked in contract.methods.iter().filter(|asked| asked.method.required) {
        match supplied(class, runtime, &asked.method.name) {
            Some(true) => {}
            Some(false) => open.push(format!("`{}`", asked.method.name)),
            None => required.push(asked.method.clone()),
        }
    }
    if let (Some(named), false) = (class.class(), open.is_empty()) {
        let message = format!("`{}` lacks {}", named.name, open.join(", "));
        let finding =
            Finding::new(&RULE, message).help("add them, or derive from a class that has them");
        let sibling = &class.sibling;
        found.push(finding.at(sibling.path.as_str(), &sibling.text, named.name_span));
    }
    adapter_methods::judge(class, &required, &mut found);
    for asked in &contract.methods {
        let before = found.len();
        adapter_signatures::method(class, &asked.method, &mut found);
        if asked.is_open && !asked.method.parameters.is_empty() {
            // A signature with `*args` or `**kwargs` in the base cannot be compared with names.
            found.truncate(before);
        }
    }
    let (name, label) = (subject.called(), &runtime.label);
    for mut finding in found {
        finding.rule = &RULE;
        finding.message = if finding.unchecked {
            format!("{} ({label} requires it)", finding.message)
        } else {
            format!("breaks `{name}`: {} ({label} requires it)", finding.message)
        };
        findings.push(finding);
    }
}
