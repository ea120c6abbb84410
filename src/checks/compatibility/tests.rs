//! Runtimes and templates in memory.

use super::{Question, judge, judge_shapes, users};
use crate::checks::testing::Case;
use crate::package::interface::Offer;
use crate::package::version::read as version;

const SHAPE: &str = "demands:
  requirements: [{ path: requirements.txt, distribution: acme }]
  python:
    package: acme
    adapters:
      - { path: adapter.py, name: Adapter, base: Base, methods: [{ name: setup, kind: async, parameters: [config], required: true }] }
";

const BASE: &str = "\
from abc import ABC, abstractmethod
from .settings import Settings as Config

class Base(ABC):
    @abstractmethod
    async def setup(self, config: Config): ...
    def stop(self, *a, **k): ...
    @property
    def size(self): ...
    def _own(self): ...
";

fn runtime(more: &[(&str, &str)]) -> Offer {
    let mut texts = vec![
        ("acme/__init__.py", "from .base import Base\n"),
        ("acme/base.py", BASE),
        (
            "acme/settings.py",
            "class Settings:\n    model: str\n    def __init__(self):\n        self.late = 1\n",
        ),
    ];
    texts.retain(|(path, _)| !more.iter().any(|(other, _)| other == path));
    texts.extend_from_slice(more);
    Offer::of_texts("acme", &texts)
}

fn case(adapter: &str) -> Case {
    Case::with_shape(SHAPE).file("adapter.py", adapter).file("requirements.txt", "acme>=1\n")
}

/// `rule line: message` of each finding.
fn said(case: &Case, runtime: Offer, beside: Vec<Offer>) -> Vec<String> {
    case.judged(|repository| {
        let question = Question::new(runtime, beside, &[repository.pack]);
        let shown = |finding: crate::checks::Finding| {
            let region = finding.location.and_then(|location| location.region);
            let line = region.map_or(0, |region| region.start.line);
            let unchecked = if finding.unchecked { " (unchecked)" } else { "" };
            format!("{} {line}: {}{unchecked}", finding.rule.id, finding.message)
        };
        let mut found = judge(repository, &question);
        found.extend(judge_shapes(&[repository.pack], &question));
        found.into_iter().map(shown).collect()
    })
}

const FITS: &str = "from acme import Base\nclass Adapter(Base):\n    async def setup(self, config):\n        return config.model, config.late\n    def stop(self): ...\n    size = 3\n    async def _own(self): ...\n";

#[test]
fn an_adapter_that_fits_is_silent() {
    assert!(said(&case(FITS), runtime(&[]), Vec::new()).is_empty());
}

#[test]
fn fields_are_followed_through_imports_and_unknown_bases_end_the_search() {
    let adapter = FITS.replace("config.late", "config.later");
    let found = said(&case(&adapter), runtime(&[]), Vec::new());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("runtime-config-field 4: breaks `acme-agent` when `setup` is called: `acme.settings.Settings`"), "{found:?}");
    for settings in [
        "from pydantic import BaseModel\nclass Settings(BaseModel):\n    model: str\n",
        "@wrapped\nclass Settings:\n    model: str\n",
        "class Settings:\n    def __getattr__(self, name): ...\n",
        "Settings = make()\n",
    ] {
        let runtime = runtime(&[("acme/settings.py", settings)]);
        assert!(said(&case(&adapter), runtime, Vec::new()).is_empty(), "{settings}");
    }
}

#[test]
fn what_a_class_between_supplies_counts() {
    let between =
        "from .base import Base\nclass Cli(Base):\n    async def setup(self, config): ...\n";
    let adapter = "from acme.cli import Cli\nclass Adapter(Cli): ...\n";
    assert!(said(&case(adapter), runtime(&[("acme/cli.py", between)]), Vec::new()).is_empty());
    let open = "from .base import Base\nclass Cli(Base): ...\n";
    let found = said(&case(adapter), runtime(&[("acme/cli.py", open)]), Vec::new());
    assert_eq!(
        found,
        ["runtime-contract 2: breaks `acme-agent`: `Adapter` lacks `setup` (acme requires it)"]
    );
    let elsewhere = "from other import Cli\nclass Adapter(Cli): ...\n";
    let found = said(&case(elsewhere), runtime(&[]), Vec::new());
    assert!(found.len() == 1 && found[0].ends_with("(unchecked)"), "{found:?}");
}

#[test]
fn a_base_that_stands_twice_is_not_guessed() {
    let found = said(&case(FITS), runtime(&[("acme/other.py", "class Base: ...\n")]), Vec::new());
    assert_eq!(
        found,
        [
            "shape-behind-runtime 0: whether the shape `test` fits the runtime is not known: acme has several classes `Base`: in `acme.base` and in `acme.other` (unchecked)"
        ]
    );
}

#[test]
fn a_name_that_moved_is_pointed_at() {
    let adapter = format!("from acme.base import helper\n{FITS}");
    let runtime = runtime(&[("acme/tools.py", "def helper(): ...\n")]);
    case(&adapter).judged(|repository| {
        let found = judge(repository, &Question::new(runtime, Vec::new(), &[repository.pack]));
        assert_eq!(found[0].help.as_deref(), Some("`acme.tools` has it"));
    });
}

#[test]
fn the_lower_bound_is_the_lowest_version_from_which_all_is_there() {
    let at = |number: &str, more: &[(&str, &str)]| {
        runtime(more).at_version(version(number).expect("a version"))
    };
    let with: &[(&str, &str)] = &[("acme/tools.py", "def helper(): ...\n")];
    let case = case(&format!("from acme.tools import helper\n{FITS}"));
    // It was there, was lost, and came back.
    let beside = vec![at("1.0", with), at("1.1", &[]), at("1.2", with), at("0.9", &[])];
    case.judged(|repository| {
        let found = judge(repository, &Question::new(at("2.0", with), beside, &[repository.pack]));
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert!(
            one.message
                .starts_with("`acme>=1` admits acme 1.1, in which there is no module `acme.tools`"),
            "{}",
            one.message
        );
        assert_eq!(one.help.as_deref(), Some("set the lower bound: `acme>=1.2`"));
        assert!(one.fix.is_some());
    });
}

#[test]
fn users_are_found_below_a_symbol_and_by_stars() {
    let case = case(
        "import acme.tools as t\nfrom acme.tools import *\nt.helper.inner()\nfrom acme.toolshed import helper\n",
    );
    case.judged(|repository| {
        let lines = |symbol: &str| -> Vec<u32> {
            let found = users(repository, symbol);
            found
                .iter()
                .filter_map(|it| Some(it.location.as_ref()?.region.as_ref()?.start.line))
                .collect()
        };
        assert_eq!(lines("acme.tools.helper"), [2, 3]);
        assert_eq!(lines("acme.tools"), [1, 2, 3]);
        assert!(lines("acme.too").is_empty());
    });
}
