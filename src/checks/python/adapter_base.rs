//! Whether the adapter derives from the runtime's base class.

use crate::checks::python::adapter::adapters;
use crate::checks::python::adapter::ancestry::{Ancestor, Ancestry};
use crate::checks::python::adapter::sibling::{Sibling, Siblings};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::python::{Base, Class};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP309",
    id: "adapter-base",
    severity: Severity::Warning,
    summary: "The adapter derives from the runtime's base class.",
    protects: "the adapter's owner: what a later runtime adds to the base, the runtime will call.",
    details: "Bases are followed through the modules of the repository, where the base is recognised by its last \
              component (`adapters.base.BaseAdapter` is `BaseAdapter`). When another class from outside the \
              repository is in between, it may derive from the base; this is reported as unchecked. A base that \
              nothing in its module binds is an error. Source: `demands.python.adapters[].base` of the shape.",
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
                // `import-time-failure` may say so, too: where it is off or waived, this still does.
                let undefined = undefined(&adapter.siblings, &found.ancestry);
                if let Some((sibling, class, written, read)) = undefined {
                    findings.push(undefined_base(sibling, class, written, read));
                    continue;
                }
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

/// A base that nothing in its module binds, so that Python raises a `NameError`: with the module and the class, and the
/// name that is read.
fn undefined<'a>(
    siblings: &Siblings<'_>,
    ancestry: &'a Ancestry,
) -> Option<(&'a Sibling, &'a Class, &'a Base, &'a str)> {
    ancestry.order.iter().find_map(|ancestor| {
        let Ancestor::Class(sibling, id) = ancestor else { return None };
        let class = sibling.module.class(*id)?;
        class.bases.iter().find_map(|base| {
            let dotted = base.name.as_deref()?;
            let name = dotted.split('.').next()?;
            let name = siblings.is_undefined(sibling, name).then_some(name)?;
            Some((&**sibling, class, base, name))
        })
    })
}

fn undefined_base(sibling: &Sibling, class: &Class, base: &Base, name: &str) -> Finding {
    let path = sibling.path.as_str();
    let message = format!("`{name}` is not defined in {path}: importing it fails");
    let finding = Finding::new(&RULE, message).at(path, &sibling.text, base.span);
    let help = sibling.remedy_for_undefined(name, base.span.start, &class.name, None);
    finding.severity(Severity::Error).help(help)
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(source: &str) -> String {
        Case::conformant().file("adapter.py", source).said("adapter-base")
    }

    #[test]
    fn the_base_counts_under_any_name() {
        for source in [
            "from r.base import BaseAdapter\nclass Adapter(BaseAdapter): ...\n",
            "from r.base import BaseAdapter as Root\nclass Adapter(Root): ...\n",
            "import r.base\nclass Adapter(r.base.BaseAdapter): ...\n",
            "import r.base as b\nclass M(b.BaseAdapter): ...\nclass Adapter(object, M): ...\n",
            "try:\n    from r import BaseAdapter\nexcept ImportError:\n    BaseAdapter = object\n\
             class Adapter(BaseAdapter): ...\n",
        ] {
            assert_eq!(said(source), "", "{source}");
        }
        assert_eq!(Case::conformant().said("adapter-base"), "");
    }

    #[test]
    fn another_class_is_a_warning() {
        for source in ["class Adapter: ...\n", "from abc import ABC\nclass Adapter(ABC): ...\n"] {
            assert!(said(source).ends_with("`Adapter` does not derive from `BaseAdapter`\n"));
        }
    }

    #[test]
    fn a_base_that_nothing_binds_is_an_error() {
        let source = "import os\nfrom r import BaseAdaptr\nif os.name:\n    class Adapter(BaseAdapter): ...\n";
        let case = Case::conformant().file("adapter.py", source);
        let found = case.findings("adapter-base").remove(0);
        assert_eq!(found.severity, crate::checks::Severity::Error);
        let help = "did you mean `BaseAdaptr`, or is an import of `BaseAdapter` missing?";
        assert_eq!(found.help.as_deref(), Some(help));
        insta::assert_snapshot!(
            case.said("adapter-base"),
            @"adapter.py:4:19: `BaseAdapter` is not defined in adapter.py: importing it fails"
        );
        let certain = "class A(BaseAdapter): ...\nAdapter = A\n";
        insta::assert_snapshot!(
            said(certain),
            @"adapter.py:1:9: `BaseAdapter` is not defined in adapter.py: importing it fails"
        );
        for open in ["from r import *\n", "globals().update(x)\n"] {
            let said = said(&format!("{open}class Adapter(Other): ...\n"));
            assert!(said.ends_with("(unchecked)\n"), "{open}: {said}");
        }
    }

    #[test]
    fn a_submodule_that_another_import_may_have_bound_is_unchecked() {
        let case = Case::conformant()
            .file("adapter.py", "from pkg import A as Adapter\n")
            .file("pkg/__init__.py", "class A(base.BaseAdapter): ...\n")
            .file("pkg/base.py", "class BaseAdapter: ...\n");
        let said = case.said("adapter-base");
        assert!(said.ends_with("(unchecked)\n"), "{said}");
    }

    #[test]
    fn a_foreign_base_is_unchecked() {
        for source in [
            "from acme import Other\nclass Adapter(Other): ...\n",
            "class Adapter(make()): ...\n",
            "class Adapter(dict): ...\n",
        ] {
            assert!(said(source).ends_with("is not in the repository (unchecked)\n"), "{source}");
        }
    }
}
