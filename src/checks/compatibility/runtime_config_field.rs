//! SHP886: what an adapter uses of the runtime's configuration exists.

use std::collections::BTreeSet;

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::source::python::attributes::parameter_uses;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP886",
    id: "runtime-config-field",
    severity: Severity::Error,
    summary: "Every field that an adapter uses of the runtime's configuration exists.",
    protects: "the templates: an absent field is an AttributeError while the adapter is set up.",
    details: "Where a method of the runtime's base class annotates a parameter with a class of the runtime, the \
              fields of that class are read: annotations, assignments and methods in its body, `self.x` in its \
              methods, and those of its bases. An attribute that an adapter's method of that name uses of the \
              parameter in that position must be one of them. Nothing is reported where the class is not fully known \
              (a base from elsewhere, a decorator other than `dataclass`, `__getattr__`), where the adapter asks \
              first (`hasattr`, `getattr`, an `AttributeError` that is caught), and where it rebinds the parameter.",
    fails: (
        "python",
        "async def setup(self, config):\n    self.tools = config.tool_list  # AdapterConfig has `tools`",
    ),
    passes: ("python", "async def setup(self, config):\n    self.tools = config.tools"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for (adapter, classes) in &subject.adapters {
        let base = adapter.demand.base.as_deref();
        let Some(contract) = base.and_then(|base| subject.question.contracts.get(base)) else {
            continue;
        };
        if contract.fields.is_empty() {
            continue;
        }
        for class in classes {
            let Some(named) = class.class() else { continue };
            let sibling = &class.sibling;
            if !seen.insert((sibling.path.clone(), named.name.clone())) {
                continue;
            }
            for used in parameter_uses(&sibling.text, &named.name) {
                let key = (used.method.clone(), used.position);
                let Some((owner, fields)) = contract.fields.get(&key) else { continue };
                if used.stored || used.name.starts_with("__") || fields.contains(&used.name) {
                    continue;
                }
                let message = format!(
                    "breaks `{}` when `{}` is called: `{owner}` of {} has no `{}`",
                    subject.called(),
                    used.method,
                    subject.question.runtime.label,
                    used.name
                );
                let mut finding = Finding::new(&RULE, message).at(
                    sibling.path.as_str(),
                    &sibling.text,
                    used.span,
                );
                let near =
                    crate::source::typed::nearest(&used.name, fields.iter().map(String::as_str));
                finding.help = near.map(|near| format!("was it renamed to `{near}`?"));
                findings.push(finding);
            }
        }
    }
}
