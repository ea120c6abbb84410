//! `shipshape package compat`: the incidents that it would have stopped, each as a case.

mod contracts;
mod ranges;
mod runtimes;

use serde_json::Value;

use crate::world::World;

const SHAPE: &str = "\
schema: 1
name: acme
paths:
  - { path: requirements.txt, policy: contract, optional: true }
  - { path: adapter.py, policy: contract, optional: true }
demands:
  requirements:
    - { path: requirements.txt, distribution: acme-runtime }
  python:
    package: acme_runtime
    modules: [adapter_base, plugins]
    adapters:
      - path: adapter.py
        name: Adapter
        base: BaseAdapter
        methods:
          - { name: name, kind: static, required: true }
          - { name: setup, kind: async, parameters: [config], required: true }
";

const BASE: &str = "\
from abc import ABC, abstractmethod
from dataclasses import dataclass, field


@dataclass
class AdapterConfig:
    model: str
    tools: list = field(default_factory=list)


class BaseAdapter(ABC):
    @staticmethod
    @abstractmethod
    def name() -> str: ...

    @abstractmethod
    async def setup(self, config: AdapterConfig) -> None: ...

    def idle_timeout_override(self):
        return None
";

const PACKAGE: &str = "\
schema: 1
distribution: acme-runtime
package: acme_runtime
source: workspace
modules: [adapter_base, plugins]
metadata:
  description: the runtime
  dependencies: [\"httpx>=0.27\"]
";

const ADAPTER: &str = "\
from acme_runtime.adapter_base import BaseAdapter
from acme_runtime.plugins import load_plugins


class HermesAdapter(BaseAdapter):
    @staticmethod
    def name():
        return \"hermes\"

    async def setup(self, config):
        self.model = config.model
        load_plugins()


Adapter = HermesAdapter
";

/// A runtime in a monorepo, and one template that suits it.
fn world() -> World {
    let world = World::new();
    world
        .write("pack/shape.yaml", SHAPE)
        .write("mono/package.yaml", PACKAGE)
        .write("mono/workspace/adapter_base.py", BASE)
        .write(
            "mono/workspace/plugins.py",
            "from adapter_base import *\n\n\ndef load_plugins(): ...\n",
        )
        .write("hermes/adapter.py", ADAPTER)
        .write("hermes/requirements.txt", "acme-runtime>=0.1.0\n");
    world
}

fn compat(world: &World, more: &[&str], code: i32) -> Value {
    let mut arguments = vec!["package", "compat", "mono", "--local", "hermes", "--shape", "pack"];
    arguments.extend(["--format", "json"]);
    arguments.extend(more);
    world.run(&arguments).exits(code).json()
}

/// `rule path:line message` of every finding of the template.
fn said(report: &Value) -> Vec<String> {
    let findings = report["repositories"][0]["findings"].as_array().expect("findings");
    let line = |finding: &Value| {
        format!(
            "{} {}:{} {}",
            finding["rule"].as_str().expect("a rule"),
            finding["path"].as_str().unwrap_or_default(),
            finding["line"].as_u64().unwrap_or_default(),
            finding["message"].as_str().expect("a message")
        )
    };
    findings.iter().map(line).collect()
}

#[test]
fn a_template_that_suits_the_runtime_is_silent() {
    let world = world();
    let report = compat(&world, &[], 0);
    assert!(said(&report).is_empty(), "{report:#}");
    assert_eq!(report["repositories"][0]["verdict"], "conformant");
}

#[test]
fn a_symbol_that_the_runtime_does_not_export_breaks_the_template_by_file_and_line() {
    let world = world();
    world.replace("mono/workspace/plugins.py", "def load_plugins", "def load_all_plugins");
    let report = compat(&world, &[], 1);
    let [one] = said(&report).try_into().expect("one finding");
    assert_eq!(
        one,
        "runtime-symbol-missing adapter.py:2 breaks `hermes` when `adapter.py` is imported: \
         `acme_runtime.plugins` has no `load_plugins` in acme-runtime of mono/workspace"
    );
    // The same by annotations on the pull request.
    let arguments =
        ["package", "compat", "mono", "--local", "hermes", "--shape", "pack", "--format", "github"];
    let text = world.run(&arguments).exits(1).stdout;
    assert!(
        text.contains("::error ") && text.contains("adapter.py") && text.contains("line=2"),
        "{text}"
    );
}

#[test]
fn lazy_guarded_and_dotted_uses_count_each_in_its_way() {
    let world = world();
    world.write(
        "hermes/more.py",
        "import acme_runtime.plugins as plugins\nimport importlib\n\n\ndef later():\n    \
         from acme_runtime.gone import a, b\n    plugins.unload()\n    importlib.import_module('acme_runtime.also_gone')\n\n\n\
         try:\n    from acme_runtime.plugins import newer\nexcept ImportError:\n    newer = None\nif hasattr(plugins, 'newest'):\n    plugins.newest()\n",
    );
    let report = compat(&world, &[], 1);
    let severities: Vec<&Value> = report["repositories"][0]["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| &finding["severity"])
        .collect();
    assert_eq!(severities, ["error", "error", "error", "info"]);
    let found = said(&report);
    let starts = [
        "runtime-symbol-missing more.py:6 breaks `hermes` when the function is called: there is no module `acme_runtime.gone`",
        "runtime-symbol-missing more.py:7 breaks `hermes` when the function is called: `acme_runtime.plugins` has no `unload`",
        "runtime-symbol-missing more.py:8 breaks `hermes` when the function is called: there is no module `acme_runtime.also_gone`",
        "runtime-symbol-missing more.py:12 `hermes` works without it: `acme_runtime.plugins` has no `newer`",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}\n{start}");
    }
}

#[test]
fn names_that_may_be_there_are_not_called_missing() {
    let world = world();
    world.write("mono/workspace/plugins.py", "def __getattr__(name): ...\n");
    world.write("hermes/more.py", "from acme_runtime.plugins import other\n");
    let report = compat(&world, &[], 0);
    assert_eq!(
        said(&report),
        ["compatibility-unread adapter.py:2 whether acme-runtime of mono/workspace has \
             `acme_runtime.plugins.load_plugins` (and one other use) is not known: \
             `acme_runtime.plugins` is open: it has a module `__getattr__`"]
    );
    assert_eq!(report["repositories"][0]["findings"][0]["severity"], "info");
}

#[test]
fn a_runtime_module_that_does_not_parse_leaves_its_names_unchecked() {
    let world = world();
    let files = [
        ("acme_runtime/__init__.py", ""),
        ("acme_runtime/adapter_base.py", BASE),
        ("acme_runtime/loading.py", "x = (\n"),
        ("acme_runtime/plugins.py", "from .loading import *\n"),
    ];
    let wheel = world.wheel("dist", ("acme_runtime", "0.2.0"), &[], &files);
    let arguments = ["package", "compat", &wheel, "--local", "hermes", "--shape", "pack"];
    let report = world.run(&[&arguments[..], &["--format", "json"]].concat()).exits(3).json();
    let found = said(&report);
    assert!(
        found.len() == 1 && found[0].starts_with("compatibility-unread adapter.py:2 whether"),
        "{found:?}"
    );
}

#[test]
fn python_files_that_cannot_be_read_are_not_green() {
    let broken = "from acme_runtime.plugins import gone\nx = (\n".as_bytes().to_vec();
    let long = format!("from acme_runtime.plugins import gone\n{}", "#\n".repeat(600_000));
    for bytes in [broken, b"from acme_runtime.plugins import gone  # \xff\n".to_vec(), long.into()]
    {
        let world = world();
        world.write("hermes/helper.py", bytes);
        let report = compat(&world, &[], 3);
        let found = said(&report);
        let start = "compatibility-unread helper.py:0 what `helper.py` uses from other modules is not known";
        assert!(found.len() == 1 && found[0].starts_with(start), "{found:?}");
        // Who uses a symbol is not known either.
        compat(&world, &["--uses", "acme_runtime.plugins.load_plugins"], 3);
    }
}

#[test]
fn requirements_that_cannot_be_read_are_not_green() {
    let world = world();
    let requirements = "acme-runtime==0.1.x.!!\n-r gone.txt\nother==1.x.!!\n";
    world.write("hermes/requirements.txt", requirements);
    let found = said(&compat(&world, &["--version", "0.2.0"], 3));
    let starts = [
        "compatibility-unread requirements.txt:1 which version is required is not known:",
        "compatibility-unread requirements.txt:2 what `gone.txt` requires is not known: it is not in the repository",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}\n{start}");
    }
    // What stands elsewhere is missed only where nothing here asks for the runtime.
    let elsewhere = "-c https://packages.example/limits.txt\n";
    world.write("hermes/requirements.txt", format!("{elsewhere}acme-runtime\n"));
    assert!(said(&compat(&world, &[], 0)).is_empty());
    world.write("hermes/requirements.txt", elsewhere);
    assert_eq!(said(&compat(&world, &[], 3)).len(), 1);
    world.write("hermes/requirements.txt", b"acme-runtime\xff\n");
    assert_eq!(said(&compat(&world, &[], 3)).len(), 1);
}

#[test]
fn who_uses_a_symbol_is_listed_and_nothing_is_judged() {
    let world = world();
    world.write(
        "hermes/more.py",
        "def f():\n    from acme_runtime import plugins\n    plugins.load_plugins()\n",
    );
    let arguments = ["package", "compat", "mono", "--uses", "acme_runtime.plugins.load_plugins"];
    let more = ["--local", "hermes", "--shape", "pack", "--format", "json"];
    let report = world.run(&[&arguments[..], &more[..]].concat()).exits(0).json();
    let found = said(&report);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("symbol-in-use adapter.py:2"), "{found:?}");
    assert!(found[0].ends_with("is used at import time; its failure is not caught"), "{found:?}");
    assert!(found[1].starts_with("symbol-in-use more.py:3"), "{found:?}");
    assert!(found[1].contains("is used lazily"), "{found:?}");
}

#[test]
fn a_symbol_that_the_runtime_does_not_have_cannot_be_asked_about() {
    let world = world();
    let ask = |symbol: &str| {
        let arguments = ["package", "compat", "mono", "--uses", symbol, "--local", "hermes"];
        world.run(&[&arguments[..], &["--shape", "pack"]].concat()).exits(2).stderr
    };
    for (symbol, why, near) in [
        (
            "acme_runtime.plugins.load_plugin",
            "has no `load_plugin`",
            "`acme_runtime.plugins.load_plugins`",
        ),
        ("acme_runtime.plugin.load_plugins", "has no `plugin`", "`acme_runtime.plugins`"),
        ("acme_runtme.plugins", "`acme_runtme` is not a module of acme-runtime", "`acme_runtime`"),
    ] {
        let said = ask(symbol);
        assert!(said.contains(&format!("there is no `{symbol}`")), "{said}");
        assert!(said.contains(why) && said.contains(&format!("did you mean {near}?")), "{said}");
    }
    assert!(ask("acme_runtime.plugins.zzz").contains("compat RUNTIME --uses SYMBOL"));
    // A module, a class and what stands below one are symbols.
    for symbol in ["acme_runtime", "acme_runtime.adapter_base.BaseAdapter.setup"] {
        compat(&world, &["--uses", symbol], 0);
    }
}

#[test]
fn a_module_that_is_gone_is_pointed_at_once_and_not_each_of_its_names() {
    let world = world();
    world.write("hermes/more.py", "from acme_runtime.gone import (\n    a,\n    b,\n)\n");
    let report = compat(&world, &[], 1);
    let [one] = report["repositories"][0]["findings"].as_array().expect("findings").as_slice()
    else {
        panic!("{report:#}");
    };
    assert_eq!((one["line"].as_u64(), one["column"].as_u64()), (Some(1), Some(6)), "{one:#}");
}

#[test]
fn modules_behind_other_names_are_followed_to_what_is_missing() {
    let world = world();
    world
        .write("mono/workspace/helpers/__init__.py", "from . import text\n")
        .write("mono/workspace/helpers/text.py", "def upper(): ...\n")
        .replace("mono/package.yaml", "plugins]", "plugins]\nsubpackages: [helpers]")
        .write(
            "hermes/more.py",
            "import importlib\nfrom acme_runtime import helpers\n\n\ndef f():\n    helpers.text.up()\n    \
             late = importlib.import_module(\"acme_runtime.plugins\")\n    return late.unload\n",
        );
    let found = said(&compat(&world, &[], 1));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("runtime-symbol-missing more.py:6"), "{found:#?}");
    assert!(found[0].contains("`acme_runtime.helpers.text` has no `up`"), "{found:#?}");
    assert!(found[1].starts_with("runtime-symbol-missing more.py:8"), "{found:#?}");
    assert!(found[1].contains("`acme_runtime.plugins` has no `unload`"), "{found:#?}");
}
