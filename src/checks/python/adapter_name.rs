//! Whether the module that the runtime imports has the name that the runtime looks up.

use std::rc::Rc;

use crate::change::FileEdit;
use crate::checks::python::adapter::sibling::{Sibling, Siblings, Target};
use crate::checks::python::adapter::{Adapter, Located, located};
use crate::checks::{Check, Finding, Fix, Location, Repository, Rule, Severity};
use crate::source::Span;
use crate::source::python::{
    Binding, Bound, Certainty, Class, ClassId, Imported, When, append_alias,
};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP301",
    id: "adapter-name",
    severity: Severity::Error,
    summary: "The adapter's module binds the name that the runtime looks up.",
    protects: "the container, which stops while it boots when the name is not there.",
    details: "The runtime does `importlib.import_module(module)` and takes one attribute of the result. The \
              module is the one that `named_by` names (an `ENV` of the Dockerfile's last stage), else the one at \
              `path`. No class is searched for, and a package's `__init__.py` is not used. Aliases, imports and \
              branches are followed; a name that is bound in some branches only, or that may come with \
              `import *` from elsewhere, `globals()` or a module's `__getattr__`, is reported as unchecked. \
              The fix appends an alias when exactly one class of the module derives from the demanded base. \
              Source: `demands.python.adapters[].name` of the shape.",
    fails: ("python", "class AcmeAdapter(BaseAdapter):\n    ..."),
    passes: ("python", "class AcmeAdapter(BaseAdapter):\n    ...\n\n\nAdapter = AcmeAdapter"),
};

/// The check.
#[derive(Debug)]
pub struct AdapterName;

impl Check for AdapterName {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for located in located(repository) {
            match located {
                Located::Here(adapter) => findings.extend(judge(&adapter, repository)),
                Located::Undecided(named_by, place) => {
                    let variable = &named_by.environment;
                    let mut finding = Finding::new(
                        &RULE,
                        format!(
                            "which module `{variable}` names is known only when the image is built"
                        ),
                    )
                    .help(format!("give `{variable}` a value that needs no build argument"))
                    .unchecked();
                    finding.location = Some(place);
                    findings.push(finding);
                }
                Located::Nowhere => {}
            }
        }
    }
}

fn judge(adapter: &Adapter<'_>, repository: &Repository<'_>) -> Option<Finding> {
    let (sibling, name) = (&adapter.module, adapter.demand.name.as_str());
    let resolution = sibling.module.resolve(name);
    let at = |message: String, span: Span| {
        Finding::new(&RULE, message).at(sibling.path.as_str(), &sibling.text, span)
    };
    if resolution.certain {
        return None;
    }
    if let Some(found) = resolution.candidates.first() {
        // What an alias stands for may be certain: `if x: Adapter = Known`.
        let is_conditional = |binding: &&Binding| binding.certainty == Certainty::Conditional;
        let own = sibling.module.bindings_of(name).filter(is_conditional).last();
        let place = own.unwrap_or(found).span;
        return Some(
            at(format!("`{name}` is bound only under a condition"), place)
                .severity(Severity::Warning)
                .help(format!("bind `{name}` on every path through the module"))
                .unchecked(),
        );
    }
    if let Some(doubt) = doubt(adapter) {
        let message = format!("whether the module has `{name}` is not known: {}", doubt.0);
        return Some(
            at(message, doubt.1).help(format!("bind `{name}` by an assignment")).unchecked(),
        );
    }
    if offered_by_star(adapter) {
        return None;
    }
    let module = &sibling.module;
    let lasting = |binding: &&_| is_lasting_deletion(binding);
    let finding = if let Some(deleted) = module.bindings_of(name).filter(lasting).last() {
        at(format!("`{name}` is deleted again"), deleted.span)
    } else if let Some(span) = for_type_checkers(sibling, name) {
        at(format!("`{name}` is imported for type checkers only"), span)
    } else {
        let message = format!("the module has no `{name}`, which the runtime looks up in it");
        Finding::new(&RULE, message).in_file(sibling.path.as_str())
    };
    Some(mended(finding, adapter, repository))
}

fn is_lasting_deletion(binding: &Binding) -> bool {
    binding.bound == Bound::Deleted && binding.certainty != Certainty::Abandoned
}

/// Why the name may exist although nothing is seen to bind it.
fn doubt(adapter: &Adapter<'_>) -> Option<(String, Span)> {
    let (sibling, name) = (&adapter.module, adapter.demand.name.as_str());
    for star in &sibling.module.star_imports {
        if star.context.when != When::ImportTime {
            continue;
        }
        let dotted = Siblings::absolute(sibling, &star.module, star.level);
        match dotted.map(|dotted| adapter.siblings.find(&dotted)) {
            Some(Target::Inside(target)) if !target.may_bind(name) => {}
            _ => {
                let dots = ".".repeat(usize::try_from(star.level).unwrap_or_default());
                let module = format!("{dots}{}", star.module);
                return Some((format!("`{module}` may provide it, through `import *`"), star.span));
            }
        }
    }
    if let Some(span) = sibling.module.escapes.first() {
        return Some(("names are bound in the module in other ways".to_owned(), *span));
    }
    if let Some(binding) = sibling.module.bindings_of("__getattr__").next() {
        return Some(("the module's `__getattr__` may provide it".to_owned(), binding.span));
    }
    sibling.may_bind(name).then(|| ("a function declares it `global`".to_owned(), Span::default()))
}

fn offered_by_star(adapter: &Adapter<'_>) -> bool {
    !adapter.siblings.meanings(&adapter.module, &adapter.demand.name, None).is_empty()
}

fn for_type_checkers(sibling: &Sibling, name: &str) -> Option<Span> {
    let imports = sibling.module.imports.iter();
    let mut imports = imports.filter(|import| import.context.when == When::TypeChecking);
    imports.find_map(|import| {
        let (Imported::Modules(names) | Imported::From { names, .. }) = &import.imported;
        names.iter().find(|imported| imported.bound() == name).map(|imported| imported.span)
    })
}

/// Adds the fix, or other help.
fn mended(finding: Finding, adapter: &Adapter<'_>, repository: &Repository<'_>) -> Finding {
    let (sibling, name) = (&adapter.module, adapter.demand.name.as_str());
    let finding = match exported_by_package(adapter, repository) {
        Some(place) => finding
            .related(place, format!("`{name}` is bound here, where the runtime does not look")),
        None => finding,
    };
    let Some(class) = only_adapter_class(adapter) else {
        return finding
            .help(format!("bind `{name}` to the adapter's class at the end of the module"));
    };
    let finding = finding.help(format!("add `{name} = {}` at the end of the module", class.name));
    match append_alias(&sibling.text, &sibling.module, name, &class.name) {
        Ok(edits) => {
            let edit = FileEdit::text(sibling.path.as_str(), edits);
            finding.fix(Fix::safe(format!("add `{name} = {}`", class.name), vec![edit]))
        }
        Err(_) => finding,
    }
}

/// Where an `__init__.py` next to the module binds the name.
fn exported_by_package(adapter: &Adapter<'_>, repository: &Repository<'_>) -> Option<Location> {
    let folder = adapter.module.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = match folder {
        "" => "__init__.py".to_owned(),
        folder => format!("{folder}/__init__.py"),
    };
    if path == adapter.module.path {
        return None;
    }
    let (text, module) = (repository.text(&path)?, repository.python(&path)?);
    let span = module.bindings_of(&adapter.demand.name).last()?.span;
    Some(Location::span(path.as_str(), &text, span))
}

/// The only class of the module that derives from the demanded base.
pub(super) fn only_adapter_class<'a>(adapter: &'a Adapter<'_>) -> Option<&'a Class> {
    let base = adapter.demand.base.as_deref()?;
    let module = &adapter.module.module;
    let derives = |id: &ClassId| {
        let class = adapter.class(Rc::clone(&adapter.module), *id);
        class.ancestry.derives_from(base) == Some(true)
    };
    let mut found = (0..module.classes.len()).map(ClassId).filter(derives);
    let id = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let class = module.class(id)?;
    let resolution = module.resolve(&class.name);
    let is_it = |binding: &&_| is_class(binding, id);
    (resolution.certain && resolution.candidates.iter().all(is_it)).then_some(class)
}

fn is_class(binding: &Binding, id: ClassId) -> bool {
    binding.bound == Bound::Class(id)
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const BOUND: &str = "Adapter = AcmeAgentAdapter\n";

    fn case(ending: &str) -> Case {
        Case::conformant().replace("adapter.py", BOUND, ending)
    }

    fn module(source: &str) -> Case {
        Case::conformant().file("adapter.py", source)
    }

    fn said(ending: &str) -> String {
        case(ending).said("adapter-name")
    }

    #[test]
    fn a_bound_name_is_silent_however_it_is_bound() {
        for source in [
            "class Adapter: ...\n",
            "from executor import Adapter\n",
            "from elsewhere import X as Adapter\n",
            "class X: ...\nif flag:\n    Adapter = X\nelse:\n    Adapter = X\n",
            "try:\n    from a import Adapter\nexcept ImportError:\n    raise\n",
            "Adapter: type = make()\n",
        ] {
            assert_eq!(module(source).said("adapter-name"), "", "{source}");
        }
        assert_eq!(Case::conformant().said("adapter-name"), "");
    }

    #[test]
    fn a_missing_name_is_an_error_although_the_package_exports_it() {
        let findings = case("").findings("adapter-name");
        assert_eq!(findings.len(), 1);
        assert_eq!(
            findings[0].message,
            "the module has no `Adapter`, which the runtime looks up in it"
        );
        assert_eq!(findings[0].related.len(), 1, "`__init__.py` binds it");
        assert!(!findings[0].unchecked);
    }

    #[test]
    fn the_fix_binds_the_one_subclass() {
        let fixed = case("").fixed("adapter-name", "adapter.py");
        assert!(fixed.ends_with("\n\n\nAdapter = AcmeAgentAdapter\n"), "{fixed}");
    }

    #[test]
    fn no_fix_where_several_classes_or_none_could_be_meant() {
        let two =
            "from r import BaseAdapter\nclass A(BaseAdapter): ...\nclass B(BaseAdapter): ...\n";
        let conditional = "from r import BaseAdapter\nif x:\n    class A(BaseAdapter): ...\n";
        for source in [two, conditional, "class A: ...\n"] {
            let findings = module(source).findings("adapter-name");
            assert_eq!(findings.len(), 1, "{source}");
            assert!(findings[0].fix.is_none(), "{source}");
        }
    }

    #[test]
    fn a_subclass_of_a_siblings_class_is_the_one() {
        let fixed = module("from shared import Shared\nclass Mine(Shared): ...\n")
            .file("shared.py", "from r.base import BaseAdapter\nclass Shared(BaseAdapter): ...\n")
            .fixed("adapter-name", "adapter.py");
        assert!(fixed.ends_with("Adapter = Mine\n"), "{fixed}");
    }

    #[test]
    fn names_that_do_not_last_are_named_so() {
        assert!(said("Adapter = AcmeAgentAdapter\ndel Adapter\n").contains("is deleted again"));
        let types =
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from x import Adapter\n";
        assert!(said(types).contains("is imported for type checkers only"));
    }

    #[test]
    fn what_cannot_be_decided_is_said() {
        for (ending, why) in [
            (
                "if flag:\n    Adapter = AcmeAgentAdapter\n",
                "bound only under a condition (unchecked)",
            ),
            (
                "from elsewhere import *\n",
                "`elsewhere` may provide it, through `import *` (unchecked)",
            ),
            ("globals()['Adapter'] = AcmeAgentAdapter\n", "in other ways (unchecked)"),
            ("def __getattr__(name): ...\n", "`__getattr__` may provide it (unchecked)"),
            (
                "def f():\n    global Adapter\n    Adapter = 1\nf()\n",
                "declares it `global` (unchecked)",
            ),
        ] {
            let said = said(ending);
            assert!(said.trim_end().ends_with(why), "{said}");
        }
    }

    #[test]
    fn the_condition_is_pointed_at_and_not_the_class() {
        for (source, place) in [
            ("class A: ...\nif x:\n    Adapter = A\n", "3:5"),
            ("class A: ...\nAdapter = A\nif x:\n    del Adapter\n", "4:9"),
            ("if x:\n    class A: ...\nAdapter = A\n", "2:11"),
        ] {
            let said = module(source).said("adapter-name");
            let expected = format!("adapter.py:{place}: `Adapter` is bound only under a condition");
            assert!(said.starts_with(&expected), "{source}: {said}");
        }
    }

    #[test]
    fn a_star_of_a_sibling_is_followed() {
        let star = case("from shared import *\n");
        let with = star.file("shared.py", "class Adapter: ...\n");
        assert_eq!(with.said("adapter-name"), "");
        let without = with.file("shared.py", "__all__ = ['other']\nclass Adapter: ...\n");
        assert!(without.said("adapter-name").contains("has no `Adapter`"));
    }

    #[test]
    fn the_dockerfile_names_the_module() {
        let renamed = Case::conformant()
            .replace("Dockerfile", "ENV ADAPTER_MODULE=adapter", "ENV ADAPTER_MODULE=agent.main")
            .file("agent/__init__.py", "")
            .file("agent/main.py", "x = 1\n");
        assert!(renamed.said("adapter-name").starts_with("agent/main.py: "));
        let package =
            Case::conformant().without("adapter.py").file("adapter/__init__.py", "x = 1\n");
        assert!(package.said("adapter-name").starts_with("adapter/__init__.py: "));
    }

    #[test]
    fn a_module_that_is_copied_from_a_folder_is_found_there() {
        let moved = Case::conformant()
            .without("adapter.py")
            .replace("Dockerfile", "COPY adapter.py __init__.py ./", "COPY src/ ./")
            .file("src/adapter.py", "x = 1\n");
        assert!(moved.said("adapter-name").starts_with("src/adapter.py: "));
    }

    #[test]
    fn a_linked_module_is_read_where_it_leads() {
        let linked = Case::conformant().link("adapter.py", "agent.py");
        assert_ne!(linked.file("agent.py", "x = 1\n").said("adapter-name"), "");
        let linked = Case::conformant().link("adapter.py", "agent.py");
        assert_eq!(linked.file("agent.py", "class Adapter: ...\n").said("adapter-name"), "");
    }

    #[test]
    fn a_module_that_the_build_names_is_unchecked() {
        let open = Case::conformant().replace(
            "Dockerfile",
            "ENV ADAPTER_MODULE=adapter",
            "ARG MODULE\nENV ADAPTER_MODULE=$MODULE",
        );
        let said = open.said("adapter-name");
        assert!(said.starts_with("Dockerfile:") && said.ends_with("(unchecked)\n"), "{said}");
    }

    #[test]
    fn an_absent_or_broken_module_is_for_others_to_report() {
        assert_eq!(Case::conformant().without("adapter.py").said("adapter-name"), "");
        assert_eq!(module("def f(:\n").said("adapter-name"), "");
        assert_eq!(Case::with_shape("").file("adapter.py", "").said("adapter-name"), "");
    }
}
