//! Whether the name that the runtime looks up refers to a class.

use std::rc::Rc;

use crate::checks::python::adapter::meaning::{Meaning, What};
use crate::checks::python::adapter::sibling::{Sibling, Siblings};
use crate::checks::python::adapter::{Adapter, adapters};
use crate::checks::python::adapter_name::only_adapter_class;
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::Span;
use crate::source::python::{Binding, Bound, Certainty, Value};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP302",
    id: "adapter-class",
    severity: Severity::Error,
    summary: "What the runtime takes from the adapter's module is a class.",
    protects: "the container, which stops while it boots when it cannot construct the adapter.",
    details: "The runtime calls what it finds to construct the adapter, and calls static methods on it. An instance, \
              a text, `None`, a function and a module are errors. What comes from an installed package, or from a \
              call whose result is not known, is reported as unchecked as long as the shape demands a base or methods \
              of it. A name that nothing in its module binds, or only further below, is an error. Source: `demands.python.adapters` of the \
              shape.",
    fails: ("python", "Adapter = AcmeAdapter()"),
    passes: ("python", "Adapter = AcmeAdapter"),
};

/// The check.
#[derive(Debug)]
pub struct AdapterClass;

impl Check for AdapterClass {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for adapter in adapters(repository) {
            let name = &adapter.demand.name;
            let mut seen: Vec<(Span, String)> = Vec::new();
            for meaning in adapter.siblings.meanings(&adapter.module, name, None) {
                let Some(judged) = judge(&adapter, &meaning) else { continue };
                let span =
                    if meaning.span.is_empty() { last_binding(&adapter) } else { meaning.span };
                let itself = || format!("bind `{name}` to the adapter's class itself");
                let unknown =
                    |why: &str| format!("whether `{name}` is a suitable class is not known: {why}");
                let (message, help, unchecked) = match judged {
                    Judged::Wrong(what) => {
                        (format!("`{name}` is {what}, not a class"), itself(), false)
                    }
                    Judged::Unknown(why) => (unknown(&why), itself(), true),
                    // `import-time-failure` may say so, too: where it is off or waived, this still does.
                    Judged::Undefined { why, help } => {
                        (format!("{why}: importing it fails"), help, false)
                    }
                };
                if seen.contains(&(span, message.clone())) {
                    continue;
                }
                seen.push((span, message.clone()));
                let (path, text) = (adapter.module.path.as_str(), &adapter.module.text);
                let mut finding = Finding::new(&RULE, message).at(path, text, span);
                finding.unchecked = unchecked;
                findings.push(finding.help(help));
            }
        }
    }
}

enum Judged {
    Wrong(String),
    Unknown(String),
    /// It is assigned from a name that nothing binds, or only further below.
    Undefined {
        why: String,
        help: String,
    },
}

fn last_binding(adapter: &Adapter<'_>) -> Span {
    let bindings = adapter.module.module.bindings_of(&adapter.demand.name);
    bindings.last().map(|binding| binding.span).unwrap_or_default()
}

fn judge(adapter: &Adapter<'_>, meaning: &Meaning) -> Option<Judged> {
    let is_demanding = adapter.demand.base.is_some() || !adapter.demand.methods.is_empty();
    let wrong = |what: &str| Some(Judged::Wrong(what.to_owned()));
    match &meaning.what {
        What::Class(..) | What::Unreadable => None,
        What::Function(..) => wrong("a function"),
        What::Module(module) => Some(Judged::Wrong(format!("the module `{module}`"))),
        What::Foreign { module, name } => is_demanding.then(|| {
            let from = if module.is_empty() { String::new() } else { format!(" of `{module}`") };
            Judged::Unknown(format!("`{name}`{from} is not in the repository"))
        }),
        What::Value(sibling, value) => match value {
            Value::Str(_) => wrong("a text"),
            Value::Int => wrong("a number"),
            Value::Bool(_) => wrong("a truth value"),
            Value::None => wrong("`None`"),
            Value::Lambda => wrong("a function"),
            Value::Call(Some(callee)) => {
                let before = Some(meaning.span.start);
                let at_home = sibling.path == adapter.module.path;
                let before = if at_home { before } else { None };
                Some(called(&adapter.siblings, sibling, callee, before))
            }
            Value::Call(None) => Some(Judged::Unknown("it is the result of a call".to_owned())),
            Value::Name(name) | Value::Attribute(name) => {
                let unknown = || Judged::Unknown(format!("`{name}` is not bound in the module"));
                Some(undefined(adapter, sibling, value, name).unwrap_or_else(unknown))
            }
            Value::Other => Some(Judged::Unknown("it is the result of an expression".to_owned())),
        },
    }
}

/// The case of a value that begins with a name that nothing in its module binds by then.
fn undefined(
    adapter: &Adapter<'_>,
    sibling: &Sibling,
    value: &Value,
    name: &str,
) -> Option<Judged> {
    let read = name.split('.').next().unwrap_or(name);
    let own = bound_to(sibling, value)?;
    let (path, at) = (&sibling.path, own.span.start);
    if let Some(below) = adapter.siblings.bound_only_behind(sibling, read, at) {
        let line = sibling.text.position(below).line;
        let why = format!("`{read}` is bound only below, on line {line} of {path}");
        return Some(Judged::Undefined { why, help: "move this below it".to_owned() });
    }
    if !adapter.siblings.is_undefined(sibling, read) {
        return None;
    }
    // In the adapter's own module, its class is most likely what was meant.
    let is_plain = sibling.path == adapter.module.path && read == name;
    let class = only_adapter_class(adapter).filter(|_| is_plain);
    let meant = class.map(|class| class.name.as_str());
    Some(Judged::Undefined {
        why: format!("`{read}` is not defined in {path}"),
        help: sibling.remedy_for_undefined(read, at, &own.name, meant),
    })
}

/// The binding by which a module certainly has a value. In a `try` or a branch, the failure may be caught or the code
/// never reached.
fn bound_to<'s>(sibling: &'s Sibling, value: &Value) -> Option<&'s Binding> {
    let mut bindings = sibling.module.bindings.iter();
    bindings.find(|binding| {
        binding.certainty == Certainty::Certain
            && matches!(&binding.bound, Bound::Assigned(assigned) if assigned == value)
    })
}

/// What calling this returns: an instance if it is a class, otherwise unknown.
fn called(
    siblings: &Siblings<'_>,
    sibling: &Rc<Sibling>,
    callee: &str,
    before: Option<usize>,
) -> Judged {
    let meanings = siblings.meanings(sibling, callee, before);
    let is_class = |meaning: &Meaning| matches!(meaning.what, What::Class(..));
    if !meanings.is_empty() && meanings.iter().all(is_class) {
        Judged::Wrong(format!("an instance of `{callee}`"))
    } else {
        Judged::Unknown(format!("it is the result of a call of `{callee}`"))
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(ending: &str) -> String {
        Case::conformant()
            .replace("adapter.py", "Adapter = AcmeAgentAdapter\n", ending)
            .said("adapter-class")
    }

    #[test]
    fn a_class_is_silent_through_any_alias() {
        for ending in [
            "Adapter = AcmeAgentAdapter\n",
            "X = AcmeAgentAdapter\nAdapter = X\n",
            "class Adapter(AcmeAgentAdapter): ...\n",
        ] {
            assert_eq!(said(ending), "", "{ending}");
        }
    }

    #[test]
    fn what_is_no_class_is_named() {
        for (ending, what) in [
            ("Adapter = AcmeAgentAdapter()\n", "an instance of `AcmeAgentAdapter`"),
            ("Adapter = 'AcmeAgentAdapter'\n", "a text"),
            ("Adapter = None\n", "`None`"),
            ("Adapter = lambda: None\n", "a function"),
            ("Adapter = 1\n", "a number"),
            ("def Adapter(): ...\n", "a function"),
            ("import json as Adapter\n", "the module `json`"),
        ] {
            let said = said(ending);
            assert!(said.ends_with(&format!("`Adapter` is {what}, not a class\n")), "{said}");
        }
    }

    #[test]
    fn each_thing_that_it_may_be_is_judged() {
        let said =
            said("try:\n    Adapter = AcmeAgentAdapter\nexcept Exception:\n    Adapter = None\n");
        assert!(said.ends_with("`Adapter` is `None`, not a class\n"), "{said}");
        assert_eq!(said.lines().count(), 1);
    }

    #[test]
    fn what_comes_from_elsewhere_is_unchecked() {
        for ending in [
            "from acme_sdk import Adapter\n",
            "Adapter = register(AcmeAgentAdapter)\n",
            "import os\nAdapter = os.path\n",
            "try:\n    Adapter = x\nexcept NameError:\n    Adapter = AcmeAgentAdapter\n",
            "from acme_sdk import *\nAdapter = x\n",
            "globals().update(y)\nAdapter = x\n",
        ] {
            let said = said(ending);
            assert!(said.ends_with("(unchecked)\n"), "{ending}: {said}");
        }
    }

    #[test]
    fn a_name_that_nothing_binds_is_an_error() {
        for (value, name, help) in [
            ("AcmeAdapter", "AcmeAdapter", "did you mean `AcmeAgentAdapter`"),
            ("mistral.Adapter", "mistral", "import `mistral`"),
        ] {
            let found = |ending: &str| {
                let case = Case::conformant();
                let case = case.replace("adapter.py", "Adapter = AcmeAgentAdapter\n", ending);
                let found = case.findings("adapter-class").remove(0);
                assert!(found.help.is_some_and(|it| it.starts_with(help)), "{ending}");
                assert_eq!(found.severity, crate::checks::Severity::Error);
                (found.message, found.unchecked)
            };
            let (message, unchecked) = found(&format!("with open('x'):\n    Adapter = {value}\n"));
            let why = format!("`{name}` is not defined in adapter.py");
            assert_eq!((message, unchecked), (format!("{why}: importing it fails"), false));
            // Also where `import-time-failure` says so.
            let (message, unchecked) = found(&format!("Adapter = {value}\n"));
            assert_eq!((message, unchecked), (format!("{why}: importing it fails"), false));
        }
    }

    #[test]
    fn a_class_below_is_an_error() {
        let said = |source: &str| {
            let source = format!("from r import BaseAdapter\n{source}class A(BaseAdapter): ...\n");
            Case::conformant().file("adapter.py", source).said("adapter-class")
        };
        insta::assert_snapshot!(
            said("with open('x'):\n    Adapter = A\n\n\n"),
            @"adapter.py:3:5: `A` is bound only below, on line 6 of adapter.py: importing it fails"
        );
        insta::assert_snapshot!(
            said("Adapter = A\n\n\n"),
            @"adapter.py:2:1: `A` is bound only below, on line 5 of adapter.py: importing it fails"
        );
    }

    #[test]
    fn a_submodule_may_be_bound_by_its_import() {
        let shape = "demands:\n  python:\n    adapters: [{ path: adapter/__init__.py, name: Adapter, base: Base }]\n";
        let case = |source: &str| {
            Case::with_shape(shape)
                .file("adapter/__init__.py", source)
                .file("adapter/impl.py", "class A: ...\n\n\ndef helper(): ...\n")
                .said("adapter-class")
        };
        let below = case("from .impl import helper\nAdapter = impl.A\nfrom . import impl\n");
        assert!(below.ends_with("(unchecked)\n"), "{below}");
        let nowhere = case("from .impl import helper\nAdapter = impl.A\n");
        assert!(nowhere.ends_with("(unchecked)\n"), "{nowhere}");
    }

    #[test]
    fn without_further_demands_a_foreign_class_is_fine() {
        let shape = "demands:\n  python:\n    adapters: [{ path: a.py, name: Adapter }]\n";
        let case = Case::with_shape(shape).file("a.py", "from x import Adapter\n");
        assert_eq!(case.said("adapter-class"), "");
        assert_ne!(case.file("a.py", "Adapter = 1\n").said("adapter-class"), "");
    }

    #[test]
    fn siblings_are_followed() {
        let case = |executor: &str| {
            Case::conformant()
                .file("adapter.py", "from executor import Adapter\n")
                .file("executor.py", executor)
                .said("adapter-class")
        };
        assert_eq!(case("class Adapter: ...\n"), "");
        assert!(case("Adapter = 1\n").contains("is a number"));
        assert_eq!(case("def f(:\n"), "", "another rule speaks of what does not parse");
    }

    #[test]
    fn circles_end() {
        let case = Case::conformant()
            .file("adapter.py", "from executor import Adapter\n")
            .file("executor.py", "from adapter import Adapter\n");
        assert!(case.said("adapter-class").ends_with("(unchecked)\n"));
    }
}
