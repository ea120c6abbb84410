//! `shipshape package compat`: the incidents that it would have stopped, each as a case.

use serde_json::Value;

use crate::wheels::Wheel;
use crate::world::World;

const SHAPE: &str = "\
schema: 1
name: acme
paths: []
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
        "runtime-symbol-missing more.py:12 `hermes` does without: `acme_runtime.plugins` has no `newer`",
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
        let start =
            "compatibility-unread helper.py:0 what `helper.py` takes of others is not known";
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
        "compatibility-unread requirements.txt:1 which version is asked for is not known:",
        "compatibility-unread requirements.txt:2 what `gone.txt` asks for is not known: it is not in the repository",
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
fn a_new_abstract_method_breaks_the_template_and_the_shape_is_behind() {
    let world = world();
    let base = format!("{BASE}\n    @abstractmethod\n    async def teardown(self): ...\n");
    world.write("mono/workspace/adapter_base.py", base);
    let report = compat(&world, &[], 1);
    let found = said(&report);
    assert!(
        found[0].starts_with(
            "runtime-contract adapter.py:5 breaks `hermes`: `HermesAdapter` lacks `teardown`"
        ),
        "{found:?}"
    );
    let fleet = report["findings"].to_string();
    assert!(
        fleet.contains("does not require `teardown`, which is abstract in `BaseAdapter`"),
        "{fleet}"
    );
}

#[test]
fn a_method_that_became_synchronous_or_takes_more_is_found() {
    let world = world();
    let base = BASE.replace(
        "async def setup(self, config: AdapterConfig)",
        "def setup(self, config: AdapterConfig, tools)",
    );
    world.write("mono/workspace/adapter_base.py", base);
    let report = compat(&world, &[], 1);
    let found = said(&report);
    assert!(
        found[0].contains("`setup` is asynchronous, and the runtime does not await it"),
        "{found:?}"
    );
    let fleet = report["findings"].to_string();
    assert!(
        fleet.contains("demands `setup` to be asynchronous, and `BaseAdapter` has it plain"),
        "{fleet}"
    );
    assert!(
        fleet.contains("gives `setup` `config`, and `BaseAdapter` `config`, `tools`"),
        "{fleet}"
    );
}

#[test]
fn a_field_that_the_configuration_lost_is_found_where_it_is_used() {
    let world = world();
    world.replace("mono/workspace/adapter_base.py", "    model: str\n", "    model_name: str\n");
    let found = said(&compat(&world, &[], 1));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("runtime-config-field adapter.py:11 breaks `hermes` when `setup` is called: `acme_runtime.adapter_base.AdapterConfig`"),
        "{found:?}"
    );
}

#[test]
fn a_shape_that_demands_what_the_base_no_longer_has_is_behind() {
    let world = world();
    world.replace(
        "pack/shape.yaml",
        "- { name: name, kind: static",
        "- { name: gone, kind: static",
    );
    world.replace(
        "hermes/adapter.py",
        "def name",
        "def gone():\n        ...\n\n    @staticmethod\n    def name",
    );
    let report = compat(&world, &[], 1);
    let fleet = report["findings"].to_string();
    assert!(fleet.contains("demands `gone`, which `BaseAdapter` does not have"), "{fleet}");
    assert!(fleet.contains("does not require `name`"), "{fleet}");
}

#[test]
fn a_base_class_that_is_gone_leaves_the_contract_unchecked() {
    let world = world();
    world.replace("mono/workspace/adapter_base.py", "class BaseAdapter(ABC)", "class Base(ABC)");
    let report = compat(&world, &[], 3);
    assert!(report["findings"].to_string().contains("has no class `BaseAdapter`"));
}

/// Wheels 0.1.0 to 0.1.2 of the runtime; `load_plugins` came with 0.1.1.
fn older(world: &World) {
    for (version, plugins) in [
        ("0.1.0", ""),
        ("0.1.1", "def load_plugins(): ...\n"),
        ("0.1.2", "def load_plugins(): ...\n"),
    ] {
        let files = [
            ("acme_runtime/__init__.py", ""),
            ("acme_runtime/adapter_base.py", BASE),
            ("acme_runtime/plugins.py", plugins),
        ];
        world.wheel("old", ("acme_runtime", version), &[], &files);
    }
}

#[test]
fn a_range_that_admits_versions_without_a_symbol_is_told_with_its_lower_bound() {
    let world = world();
    older(&world);
    // Endings count whatever their case, and a folder is no wheel.
    let wheel = |end: &str| world.path(&format!("old/acme_runtime-0.1.0-py3-none-any.{end}"));
    std::fs::rename(wheel("whl"), wheel("WHL")).expect("ours");
    world.write("old/unpacked.whl/note.txt", "");
    let report = compat(&world, &["--wheels", "old"], 1);
    let found = said(&report);
    assert_eq!(
        found,
        [
            "pin-admits-too-old requirements.txt:1 `acme-runtime>=0.1.0` admits acme-runtime 0.1.0, in which \
          `acme_runtime.plugins` has no `load_plugins`: `hermes` breaks when `adapter.py` is imported"
        ]
    );
    let finding = &report["repositories"][0]["findings"][0];
    assert_eq!(finding["help"], "set the lower bound: `acme-runtime>=0.1.1`");
    world
        .write("hermes/requirements.txt", "-r base.txt\n")
        .write("hermes/base.txt", "acme_runtime>=0.1.1\n");
    assert!(said(&compat(&world, &["--wheels", "old"], 0)).is_empty());
    world.write("hermes/base.txt", "acme_runtime>=0.1.0,<0.1.1\n");
    let found = said(&compat(&world, &["--wheels", "old"], 1));
    assert!(found[0].starts_with("pin-admits-too-old base.txt:1"), "{found:?}");
}

#[test]
fn a_pin_that_excludes_the_new_version_is_told_in_files_and_in_the_dockerfile() {
    let world = world();
    world
        .write("hermes/requirements.txt", "acme-runtime==0.1.4\n")
        .write("hermes/Dockerfile", "FROM python\nRUN pip install acme_runtime==0.1.3\n");
    let found = said(&compat(&world, &["--version", "0.2.0"], 1));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|line| line.starts_with(
        "pin-excludes-runtime requirements.txt:1 `hermes` stays without acme-runtime 0.2.0"
    )));
    assert!(found.iter().any(|line| line.starts_with("pin-excludes-runtime Dockerfile:2")));
    // The place is that of the instruction, not of a comment above it that says the same.
    world.write(
        "hermes/Dockerfile",
        "FROM python\n# once acme_runtime==0.1.3\nRUN true && \\\n    pip install acme_runtime==0.1.3\n",
    );
    let found = said(&compat(&world, &["--version", "0.2.0"], 1));
    assert!(
        found.iter().any(|line| line.starts_with("pin-excludes-runtime Dockerfile:4")),
        "{found:?}"
    );
    // A tag is no version; the hint says what was meant.
    let arguments = ["package", "compat", "mono", "--local", "hermes", "--shape", "pack"];
    let ran = world.run(&[&arguments[..], &["--version", "runtime-v0.2.0"]].concat()).exits(2);
    assert!(ran.stderr.contains("write `0.2.0`"), "{}", ran.stderr);
    // Of a version that is not known, nothing is said.
    assert!(said(&compat(&world, &[], 0)).is_empty());
}

#[test]
fn ranges_that_leave_no_room_break_the_build() {
    let world = world();
    world.write("hermes/requirements.txt", "acme-runtime\nHTTPX<0.25\n");
    let found = said(&compat(&world, &[], 1));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with(
            "dependency-ranges-disjoint requirements.txt:2 breaks the build of `hermes`: "
        ),
        "{found:?}"
    );
    assert!(
        found[0].contains("requires `httpx>=0.27`, and no version of it is also `HTTPX<0.25`"),
        "{found:?}"
    );
    world.write("hermes/requirements.txt", "acme-runtime\nhttpx>=0.25,<0.28\n");
    assert!(said(&compat(&world, &[], 0)).is_empty());
}

#[test]
fn third_party_symbols_are_looked_up_in_the_wheels_that_are_at_hand() {
    let world = world();
    world
        .write("hermes/more.py", "from agents import Runner\n")
        .write("hermes/requirements.txt", "acme-runtime\nopen-agents<2\n");
    world.wheel(
        "third",
        ("open_agents", "1.0"),
        &[],
        &[("agents/__init__.py", "class Runner: ...\n")],
    );
    world.wheel(
        "third",
        ("open_agents", "1.5"),
        &[],
        &[("agents/__init__.py", "class Crew: ...\n")],
    );
    world.wheel("third", ("open_agents", "2.0"), &[], &[("agents/__init__.py", "")]);
    let found = said(&compat(&world, &["--wheels", "third"], 1));
    assert_eq!(
        found,
        [
            "third-party-symbol-missing more.py:1 breaks `hermes` when `more.py` is imported: `agents` has no \
          `Runner` in open-agents 1.5, which `open-agents<2` admits"
        ]
    );
    world.write("hermes/requirements.txt", "acme-runtime\nopen-agents<1.5\n");
    assert!(said(&compat(&world, &["--wheels", "third"], 0)).is_empty());
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
    assert!(found[0].ends_with("is used at import time; nothing catches its failure"), "{found:?}");
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
        ("acme_runtme.plugins", "`acme_runtme` is no module of acme-runtime", "`acme_runtime`"),
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

#[test]
fn a_wheel_and_a_source_folder_are_runtimes_too() {
    let world = world();
    let files = [
        ("acme_runtime/__init__.py", ""),
        ("acme_runtime/adapter_base.py", BASE),
        ("acme_runtime/plugins.py", ""),
    ];
    let wheel =
        world.wheel("dist", ("acme_runtime", "0.2.0"), &["httpx>=0.27 ; extra == 'http'"], &files);
    let run = |runtime: &str, code: i32| {
        let arguments = [
            "package", "compat", runtime, "--local", "hermes", "--shape", "pack", "--format",
            "json",
        ];
        world.run(&arguments).exits(code).json()
    };
    let found = said(&run(&wheel, 1));
    assert!(
        found[0].ends_with("`acme_runtime.plugins` has no `load_plugins` in acme-runtime 0.2.0"),
        "{found:?}"
    );
    assert!(said(&run("mono/workspace", 0)).is_empty());
}

#[test]
fn what_is_no_runtime_is_refused() {
    let world = world();
    for (runtime, code, why) in [
        ("nowhere", 2, "no such folder or wheel"),
        ("0.1.9", 2, "nothing says which distribution"),
        ("hermes/adapter.py", 2, "neither a wheel nor an sdist"),
    ] {
        let ran = world
            .run(&["package", "compat", runtime, "--local", "hermes", "--shape", "pack"])
            .exits(code);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    world.write("dist/acme_runtime-1.0-py3-none-any.whl", "no zip");
    let arguments = [
        "package",
        "compat",
        "dist/acme_runtime-1.0-py3-none-any.whl",
        "--local",
        "hermes",
        "--shape",
        "pack",
    ];
    assert!(world.run(&arguments).exits(3).stderr.contains("acme_runtime-1.0"));
    world.write("mono/workspace/plugins.py", "def broken(:\n");
    let ran = world.run(&["package", "compat", "mono", "--local", "hermes", "--shape", "pack"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("plugins.py"), "{}", ran.stderr);
}

#[test]
fn the_fleet_decides_how_much_a_rule_counts() {
    let world = world();
    world.replace("mono/workspace/plugins.py", "def load_plugins", "def load_all");
    let fleet = "schema: 1\nname: acme\nforge: { owner: acme }\nkinds: { template: { shape: { folder: pack } } }\n\
                 runtime_package: { distribution: acme-runtime, import: acme_runtime }\nmembers: [acme/hermes]\n";
    let arguments = ["package", "compat", "mono", "--local", "hermes", "--format", "json"];
    world.write("fleet.yaml", fleet);
    assert_eq!(said(&world.run(&arguments).exits(1).json()).len(), 1);
    world.write(
        "fleet.yaml",
        format!("{fleet}rules: {{ runtime-symbol-missing: {{ severity: \"off\" }} }}\n"),
    );
    assert!(said(&world.run(&arguments).exits(0).json()).is_empty());
}

#[test]
fn a_repository_that_cannot_be_read_stops_nobody_else() {
    let world = world();
    let report = compat(&world, &["--local", "nowhere"], 3);
    assert_eq!(report["repositories"][0]["verdict"], "conformant");
    assert_eq!(report["repositories"][1]["verdict"], "unchecked");
}

#[test]
fn a_wheel_that_installers_may_read_in_another_way_proves_nothing() {
    let world = world();
    let mut wheel = Wheel::good();
    wheel.put("../evil.py", "x = 1\n");
    world.write(&format!("dist/{}", wheel.file_name), wheel.bytes());
    let path = format!("dist/{}", wheel.file_name);
    let compat = ["package", "compat", &path, "--local", "hermes", "--shape", "pack"];
    let smoke = ["package", "smoke", &path, "--python", "nowhere"];
    for arguments in [&compat[..], &smoke[..]] {
        let said = world.run(arguments).exits(3).stderr;
        assert!(said.contains("what an installer makes of this archive is not known"), "{said}");
        assert!(said.contains("evil.py` leads out of its folder"), "{said}");
        assert!(said.contains("`shipshape package check`"), "{said}");
    }
}

/// A server that knows nothing and remembers what it was asked for.
fn empty_index() -> (String, std::sync::mpsc::Receiver<String>) {
    use std::io::{BufRead as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            let mut reader = std::io::BufReader::new(stream.try_clone().expect("a stream"));
            let _ = reader.read_line(&mut line);
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            if sender.send(path).is_err() {
                return;
            }
        }
    });
    (format!("http://{address}/simple/"), asked)
}

#[test]
fn a_version_is_one_of_the_distribution_that_package_yaml_names() {
    let world = world();
    let (index, asked) = empty_index();
    let hermes = world.path("hermes").to_string_lossy().into_owned();
    let pack = world.path("pack").to_string_lossy().into_owned();
    let arguments =
        ["package", "compat", "0.1.9", "--local", &hermes, "--shape", &pack, "--index-url", &index];
    let ran = world.run_in(&world.path("mono"), &arguments, &[]).exits(3);
    assert!(
        ran.stderr.contains("cannot read `acme-runtime` from the package index"),
        "{}",
        ran.stderr
    );
    assert_eq!(asked.recv().expect("it asked"), "/simple/acme-runtime/");
    let ran = world.run_in(&world.path(""), &arguments, &[]).exits(2);
    assert!(ran.stderr.contains("nothing says which distribution 0.1.9"), "{}", ran.stderr);
}

#[test]
fn what_is_not_there_is_a_slip_of_the_command_line_everywhere() {
    let world = world();
    let of_hermes = ["--local", "hermes", "--shape", "pack"];
    let compat = |more: &[&'static str]| [&["package", "compat"], more, &of_hermes[..]].concat();
    let sdist = ["package", "build", "--from-sdist", "gone.tar.gz", "--out", "out"];
    let build = ["package", "build", "--version", "1", "--out", "out", "--package", "mono"];
    for (arguments, said) in [
        (vec!["package", "check", "gone.whl"], "there is no such distribution"),
        (
            vec!["package", "check", "--wheels", "gone", "--package", "mono/package.yaml"],
            "there is no such folder of wheels",
        ),
        (vec!["package", "smoke", "gone.whl"], "there is no such wheel"),
        (compat(&["gone"]), "there is no such folder or wheel"),
        (compat(&["mono", "--wheels", "gone"]), "there is no such folder of wheels"),
        (sdist.to_vec(), "there is no such sdist"),
        ([&build[..], &["--source", "gone"]].concat(), "there is no such source folder"),
    ] {
        let ran = world.run(&arguments).exits(2);
        assert!(ran.stderr.contains(said), "{arguments:?}\n{}", ran.stderr);
        assert!(!ran.stderr.contains("pattern"), "{}", ran.stderr);
    }
    let pattern = "no file fits this pattern";
    for arguments in [
        vec!["package", "check", "dist/*"],
        vec!["package", "smoke", "d?.whl"],
        compat(&["dist/*.whl"]),
    ] {
        let ran = world.run(&arguments).exits(2);
        assert!(ran.stderr.contains(pattern), "{arguments:?}\n{}", ran.stderr);
    }
    for command in ["compat", "smoke"] {
        let mut arguments = vec!["package", command, "a.whl", "b.whl"];
        if command == "compat" {
            arguments.extend(of_hermes);
        }
        let ran = world.run(&arguments).exits(2);
        assert!(ran.stderr.contains("too many") && ran.stderr.contains("b.whl"), "{}", ran.stderr);
    }
}
