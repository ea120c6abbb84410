//! Modules: syntax, imports, names, dependencies.

use super::*;
use crate::checks::distribution::Provided;
use crate::snapshot::RepoPath;

/// What is said of a wheel with these modules more.
fn with(files: &[(&str, &str)]) -> Vec<String> {
    shown(&of_wheel(&changed(|wheel| {
        for (path, source) in files {
            wheel.put(path, source);
        }
    })))
}

#[track_caller]
fn says(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(with(files), expected);
}

#[test]
fn modules_parse_and_are_read_by_the_oldest_python() {
    let broken = with(&[("acme/broken.py", "def f(:\n")]);
    assert!(
        broken[0]
            .starts_with("acme/broken.py:1 module-unparsable error: the module does not parse: ")
    );
    assert_eq!(broken.len(), 1);
    assert!(
        with(&[("acme/tests/broken.py", "def f(:\n")])[0].contains("module-unparsable warning")
    );
    let bytes = changed(|wheel| wheel.put("acme/bytes.py", b"x = '\xe9'\n"));
    only(&of_wheel(&bytes), "module-unparsable", Severity::Error);
    let coded = changed(|wheel| wheel.put("acme/bytes.py", b"# coding: latin-1\nx = '\xe9'\n"));
    assert_eq!(shown(&of_wheel(&coded)), Vec::<String>::new());
    says(
        &[("acme/new.py", "type A = int\ntype B = int\n")],
        &[
            "acme/new.py:1 module-too-new error: a `type` statement needs Python 3.12, but 3.11 is admitted",
        ],
    );
    let optional = [
        ("acme/new.py", "type A = int\n"),
        (
            "acme/pick.py",
            "import sys\nif sys.version_info >= (3, 12):\n    from acme.new import A\n",
        ),
    ];
    says(
        &optional,
        &[
            "acme/new.py:1 module-too-new warning: a `type` statement needs Python 3.12, but 3.11 is admitted",
        ],
    );
    assert!(with(&[("acme/fine.py", "match x:\n    case 1: ...\n")]).is_empty());
}

#[test]
fn imports_of_modules_that_are_not_there() {
    let source = "from .gone import a, b\nfrom ... import far\nimport acme.lost\n\
                  try:\n    from acme.perhaps import c\nexcept ImportError:\n    c = None\n\
                  def later():\n    from . import tools\n    from .later import d\n\
                  if TYPE_CHECKING:\n    from .types import T\n\
                  import importlib\nimportlib.import_module('acme.named')\nimportlib.util.find_spec('acme.asked')\n";
    says(
        &[("acme/x.py", source)],
        &[
            "acme/x.py:1 import-unresolved error: `acme.gone` is not in the package",
            "acme/x.py:2 import-unresolved error: this relative import leaves the package",
            "acme/x.py:3 import-unresolved error: `acme.lost` is not in the package",
            "acme/x.py:5 import-unresolved warning: `acme.perhaps` is not in the package",
            "acme/x.py:10 import-unresolved error: `acme.later` is not in the package",
            "acme/x.py:14 import-unresolved warning: `acme.named` is not in the package",
        ],
    );
}

#[test]
fn names_that_are_not_there() {
    let source = "from acme.tools import run, walk\nimport acme.tools as t\nt.run\nt.jump\n\
                  def later():\n    from acme.tools import swim\n\
                  try:\n    from acme.tools import fly\nexcept ImportError: pass\n\
                  from acme import tools, gone\n";
    says(
        &[("acme/x.py", source)],
        &[
            "acme/x.py:1 symbol-absent error: `acme.tools` has no `walk`",
            "acme/x.py:4 symbol-absent warning: `acme.tools` has no `jump`",
            "acme/x.py:6 symbol-absent error: `acme.tools` has no `swim`, when the function is called",
            "acme/x.py:8 symbol-absent warning: `acme.tools` has no `fly`",
            "acme/x.py:10 symbol-absent error: `acme` has no `gone`",
        ],
    );
}

#[test]
fn open_modules_are_informations_with_their_reason() {
    says(
        &[
            ("acme/lazy.py", "\n\ndef __getattr__(name): ...\n"),
            ("acme/x.py", "from acme.lazy import a, b\nfrom acme.lazy import c\n"),
        ],
        &[
            "acme/lazy.py:3 symbol-absent info: not proven that `acme.lazy` has `a`, `b`, `c`: `acme.lazy` is \
             open: it has a module `__getattr__`",
        ],
    );
    let binary = changed(|wheel| {
        wheel.file_name = "acme-1.0-cp311-cp311-win_amd64.whl".into();
        wheel.replace("WHEEL", "Tag: py3-none-any", "Tag: cp311-cp311-win_amd64");
        wheel.put("acme/_fast.cp311-win_amd64.pyd", b"MZ");
        wheel.put("acme/x.py", "from acme._fast import go\nfrom ._fast.inner import stop\n");
    });
    assert_eq!(
        shown(&of_wheel(&binary)),
        [
            "symbol-absent info: not proven that `acme._fast` has `go`: `acme._fast` is open: it is an extension module"
        ],
    );
}

#[test]
fn dependencies_that_are_not_declared() {
    let source = "import os.path\nimport httpx\nimport acme_tools\n\
                  try:\n    import tomli\nexcept ModuleNotFoundError:\n    tomli = None\n\
                  def later():\n    import rich.console\nfrom yaml import load\nimport distutils\n";
    says(
        &[
            ("acme/x.py", source),
            ("acme/y.py", "import httpx\n"),
            ("acme/tests/test_x.py", "import pytest\n"),
        ],
        &[
            "acme/tests/test_x.py:1 dependency-undeclared info: no declared dependency provides `pytest`",
            "acme/x.py:2 dependency-undeclared error: no declared dependency provides `httpx` (once more in the package)",
            "acme/x.py:3 dependency-undeclared error: no declared dependency provides `acme_tools`",
            "acme/x.py:5 dependency-undeclared info: no declared dependency provides `tomli`",
            "acme/x.py:9 dependency-undeclared warning: no declared dependency provides `rich`",
        ],
    );
    says(
        &[("acme/integrations/httpx.py", "import httpx\n")],
        &[
            "acme/integrations/httpx.py:1 dependency-undeclared warning: no declared dependency provides `httpx`",
        ],
    );
}

#[test]
fn what_importing_the_package_does_not_load_is_milder() {
    let files = [
        ("acme/__init__.py", "from .tools import run\nfrom . import core\n"),
        ("acme/core.py", "import httpx\n"),
        ("acme/extra.py", "import fastapi\n"),
        ("acme/_examples/loose.py", "import numba\n"),
    ];
    says(
        &files,
        &[
            "acme/_examples/loose.py:1 dependency-undeclared warning: no declared dependency provides `numba`",
            "acme/core.py:1 dependency-undeclared error: no declared dependency provides `httpx`",
            "acme/extra.py:1 dependency-undeclared warning: no declared dependency provides `fastapi`",
        ],
    );
    assert!(
        with(&[("acme/x.py", "try:\n    import urllib2\nexcept ImportError: pass\n")]).is_empty()
    );
    assert!(with(&[("acme/to-other.py", "from . import tools\n")]).is_empty());
}

#[test]
fn a_dependency_of_unknown_content_makes_it_milder() {
    let wheel = changed(|wheel| {
        wheel.metadata("PyYAML>=6", "PyYAML>=6\nRequires-Dist: acme-parts");
        wheel.put("acme/x.py", "import gears\n");
    });
    assert_eq!(
        shown(&of_wheel(&wheel)),
        [
            "acme/x.py:1 dependency-undeclared warning: no declared dependency is known to provide `gears`"
        ],
    );
    let mut parts = Wheel::good();
    parts.file_name = "acme_parts-1.0-py3-none-any.whl".into();
    parts.put("gears/__init__.py", "");
    let mut provided = Provided::default();
    provided.add(&distribution::of_bytes(&parts.file_name, &parts.bytes()).expect("a wheel"));
    let around = Surroundings { workspace: None, provided: Some(&provided) };
    assert_eq!(shown(&found(&wheel.file_name, &wheel.bytes(), around)), Vec::<String>::new());
}

#[test]
fn bare_and_vendored_names() {
    says(
        &[("acme/x.py", "import tools\n")],
        &[
            "acme/x.py:1 dependency-undeclared error: `tools` is imported by its bare name, but the package has it as `acme.tools`",
        ],
    );
    says(
        &[("acme/_vendor/gears/__init__.py", ""), ("acme/x.py", "import gears\n")],
        &[
            "acme/x.py:1 dependency-undeclared info: `gears` is not declared; the package contains a copy of it",
        ],
    );
}

#[test]
fn what_the_workspace_has_and_the_package_leaves_out() {
    let paths =
        ["tools.py", "main.py", "lib/__init__.py", "lib/stop.py", "beat.py"].map(RepoPath::new);
    let workspace = Workspace::of(&paths);
    let around = Surroundings { workspace: Some(&workspace), provided: None };
    let wheel = changed(|wheel| {
        let source = "from acme import tools\nimport importlib\n\
                      try:\n    from lib.stop import save\nexcept ImportError: pass\n\
                      from acme.beat import beat\nfrom . import lib\nimportlib.import_module('lib.stop')\nimport acme.other\n";
        wheel.put("acme/x.py", source);
    });
    assert_eq!(
        shown(&found(&wheel.file_name, &wheel.bytes(), around)),
        [
            "acme/x.py:4 import-excluded error: `lib.stop` is in the workspace but not in the package",
            "acme/x.py:6 import-excluded error: `beat` is in the workspace but not in the package",
            "acme/x.py:7 import-excluded error: `lib` is in the workspace but not in the package",
            "acme/x.py:8 import-excluded error: `lib.stop` is in the workspace but not in the package",
            "acme/x.py:9 import-unresolved error: `acme.other` is not in the package",
        ],
    );
}
