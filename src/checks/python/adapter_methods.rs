//! Whether the adapter has the methods that the runtime calls.

use crate::checks::python::adapter::ancestry::Member;
use crate::checks::python::adapter::{AdapterClass, adapters};
use crate::checks::{Check, Finding, Location, Repository, Rule, Severity};
use crate::shape::demands::python::Method;
use crate::source::python::{Body, Value};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP303",
    id: "adapter-methods",
    severity: Severity::Error,
    summary: "The adapter has every method that the runtime calls.",
    protects: "the container: Python refuses to construct a class that has an abstract method.",
    details: "Own methods count, and so do inherited ones whose classes are in the repository, in Python's method \
              resolution order: a mixin after the abstract base does not supply what the base leaves abstract. A \
              method that is still abstract, that only raises `NotImplementedError`, or whose name is bound to \
              something that cannot be called, is missing. What a class from outside the repository may supply is \
              reported as unchecked. Source: `required` methods in `demands.python.adapters[].methods` of the shape.",
    fails: ("python", "class AcmeAdapter(BaseAdapter):\n    async def setup(self, config): ..."),
    passes: (
        "python",
        "class AcmeAdapter(BaseAdapter):\n    async def setup(self, config): ...\n    async def create_executor(self, \
         config): ...",
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
                judge(&class, &adapter.demand.methods, findings);
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

/// Reports which of these methods a class lacks.
pub(in crate::checks) fn judge(
    found: &AdapterClass,
    methods: &[Method],
    findings: &mut Vec<Finding>,
) {
    let Some(class) = found.class() else { return };
    let mut sorted = Sorted::default();
    for method in methods.iter().filter(|method| method.required) {
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
            .help("add them: the runtime calls each of them before it answers the first message");
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

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const SHAPE: &str = "demands:\n  python:\n    adapters:\n      - path: a.py\n        name: Adapter\n        base: \
                         Base\n        methods:\n          - { name: one, kind: plain, required: true }\n          - \
                         { name: two, kind: plain, required: true }\n          - { name: three, kind: plain }\n";

    fn case(source: &str) -> Case {
        Case::with_shape(SHAPE).file("a.py", format!("from r import Base\n{source}"))
    }

    fn said(source: &str) -> String {
        case(source).said("adapter-methods")
    }

    const BOTH: &str = "    def one(self): return 1\n    def two(self): return 2\n";

    #[test]
    fn own_and_inherited_methods_count() {
        assert_eq!(said(&format!("class Adapter(Base):\n{BOTH}")), "");
        assert_eq!(said(&format!("class M(Base):\n{BOTH}class Adapter(M): ...\n")), "");
        let sibling = case("from m import M\nclass Adapter(M): ...\n");
        let sibling = sibling.file("m.py", format!("from r import Base\nclass M(Base):\n{BOTH}"));
        assert_eq!(sibling.said("adapter-methods"), "");
        assert_eq!(Case::conformant().said("adapter-methods"), "");
    }

    #[test]
    fn all_that_is_missing_is_said_at_once() {
        assert_eq!(said("class Adapter(Base): ...\n"), "a.py:2:7: `Adapter` lacks `one`, `two`\n");
    }

    #[test]
    fn what_cannot_be_called_or_is_left_open_is_missing() {
        let source = "from abc import abstractmethod\nclass Adapter(Base):\n    one = None\n    \
                      @abstractmethod\n    def two(self): ...\n";
        let line = "a.py:3:7: `Adapter` lacks `one` (cannot be called), `two` (still abstract)\n";
        assert_eq!(said(source), line);
        let source = "class Adapter(Base):\n    def one(self):\n        raise NotImplementedError\n    two = make\n";
        assert!(said(source).ends_with("`one` (only raises `NotImplementedError`)\n"));
    }

    #[test]
    fn a_mixin_counts_before_the_base_and_not_behind_it() {
        let mixin = format!("class Mixin:\n{BOTH}");
        assert_eq!(said(&format!("{mixin}class Adapter(Mixin, Base): ...\n")), "");
        let said_behind = said(&format!("{mixin}class Adapter(Base, Mixin): ...\n"));
        assert!(said_behind.ends_with("lacks `one`, `two`\n"), "{said_behind}");
        // The base comes behind all that derive from it.
        let both = format!("class A(Base): ...\nclass B(Base):\n{BOTH}class Adapter(A, B): ...\n");
        assert_eq!(said(&both), "");
    }

    #[test]
    fn what_a_foreign_class_may_have_is_unchecked() {
        let source = "from s import Other\nclass Adapter(Other):\n    def one(self): ...\n";
        assert_eq!(
            said(source),
            "a.py:3:7: whether `Adapter` has `two` is not known: its base `Other` is not in the \
             repository (unchecked)\n"
        );
        let conditional =
            "class Adapter(Base):\n    def one(self): ...\n    if x:\n        def two(self): ...\n";
        assert!(said(conditional).ends_with("only under a condition (unchecked)\n"));
    }

    #[test]
    fn deep_and_circular_hierarchies_end() {
        let mut deep = String::from("class C0(Base): ...\n");
        for depth in 1..100 {
            deep.push_str(&format!("class C{depth}(C{}): ...\n", depth - 1));
        }
        assert!(said(&format!("{deep}Adapter = C99\n")).ends_with("(unchecked)\n"));
        let circular = case("from m import M\nclass Adapter(M): ...\n");
        let circular = circular.file("m.py", "from a import Adapter\nclass M(Adapter): ...\n");
        assert_ne!(circular.said("adapter-methods"), "");
    }
}
