//! Whether the adapter derives from the base that the runtime offers.

use super::adapter::adapters;
use super::{Check, Finding, Repository, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP309",
    id: "adapter-base",
    severity: Severity::Warning,
    summary: "The adapter derives from the runtime's base class.",
    protects: "the adapter's owner: what a later runtime adds to the base, the runtime will call.",
    details: "Bases are followed through the modules of the repository, in which the base counts by its last \
              component (`adapters.base.BaseAdapter` is `BaseAdapter`). When another class from outside the \
              repository stands in between, it may derive from the base, which is reported as unchecked. \
              Source: `demands.python.adapters[].base` of the shape.",
    fails: ("python", "class AcmeAdapter:\n    ..."),
    passes: (
        "python",
        "from runtime.adapters.base import BaseAdapter\n\nclass AcmeAdapter(BaseAdapter):\n    ...",
    ),
};

/// The check.
#[derive(Debug)]
pub struct AdapterBase;

impl Check for AdapterBase {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for adapter in adapters(repository) {
            let Some(base) = adapter.demand.base.as_deref() else { continue };
            for found in adapter.classes() {
                let Some(class) = found.class() else { continue };
                let name = &class.name;
                let finding = match found.ancestry.derives_from(base) {
                    Some(true) => continue,
                    Some(false) => {
                        Finding::new(&RULE, format!("`{name}` does not derive from `{base}`"))
                            .help(format!("derive `{name}` from `{base}`"))
                    }
                    None => {
                        let foreign = found.ancestry.foreign().unwrap_or_default();
                        let message = format!(
                            "whether `{name}` derives from `{base}` is not known: its base `{foreign}` is \
                             not in the repository"
                        );
                        Finding::new(&RULE, message).unchecked()
                    }
                };
                let (path, text) = (found.sibling.path.as_str(), &found.sibling.text);
                findings.push(finding.at(path, text, class.name_span));
            }
        }
    }
}
