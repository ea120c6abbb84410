use crate::checks::Severity;
use crate::checks::testing::Case;

/// A repository that its image holds as a whole.
fn copied() -> Case {
    Case::conformant().replace("Dockerfile", "COPY adapter.py __init__.py ./", "COPY . .")
}

fn said(source: &str) -> String {
    Case::conformant().file("adapter.py", source).said("import-time-failure")
}

#[test]
fn a_failure_is_an_error_whatever_it_is() {
    for (source, what) in [
        (
            "raise SystemExit(0)\n",
            "adapter.py:1:1: the module ends the process (`SystemExit`) while it is imported\n",
        ),
        (
            "import sys\nsys.exit()\n",
            "adapter.py:2:1: the module ends the process (`sys.exit`) while it is imported\n",
        ),
        (
            "raise RuntimeError('x')\nraise ValueError\n",
            "adapter.py:1:1: the module raises `RuntimeError` while it is imported\n",
        ),
        ("assert False\n", "adapter.py:1:1: the module fails an assertion while it is imported\n"),
        (
            "DEBUG = settings.DEBUG\n",
            "adapter.py:1:9: the module raises a `NameError` while it is imported: nothing binds `settings`\n",
        ),
        ("while True: ...\n", "adapter.py:1:1: the module loops endlessly while it is imported\n"),
    ] {
        assert_eq!(said(source), what);
    }
}

#[test]
fn what_is_caught_lazy_or_for_programs_only_is_silent() {
    for source in [
        "def f():\n    raise SystemExit(0)\n",
        "try:\n    raise ValueError\nexcept ValueError:\n    pass\n",
        "import sys\nif __name__ == '__main__':\n    sys.exit(1)\n",
        "import os\nX = os.environ.get('X')\n",
        "import os\nX = os.environ['HOME'] + os.environ['ADAPTER_MODULE'] + os.environ['WORKSPACE_ID']\n",
        "import os\nX = os.environ['X'] if 'X' in os.environ else ''\n",
    ] {
        assert_eq!(said(source), "", "{source}");
    }
    assert_eq!(Case::conformant().said("import-time-failure"), "");
}

#[test]
fn a_failure_in_a_branch_is_a_warning() {
    let case =
        Case::conformant().file("adapter.py", "import os\nif os.name:\n    raise ValueError\n");
    let findings = case.findings("import-time-failure");
    assert_eq!(findings[0].severity, Severity::Warning);
    assert!(findings[0].message.contains("may raise `ValueError`"));
}

#[test]
fn variables_that_nobody_sets_are_named_once() {
    let source = "import os\nA = os.environ['TOKEN']\nB = os.environ['TOKEN']\n";
    assert_eq!(
        said(source),
        "adapter.py:2:5: the import fails with a `KeyError` where the variable `TOKEN` is not set\n"
    );
    let set = Case::conformant().file("adapter.py", source).replace(
        "Dockerfile",
        "ENV PYTHONPATH=/app",
        "ENV PYTHONPATH=/app TOKEN=x",
    );
    assert_eq!(set.said("import-time-failure"), "");
    assert!(
        said("import os, name\nA = os.environ[name]\n").ends_with("is not known (unchecked)\n")
    );
}

#[test]
fn variables_that_something_sets_before_are_silent() {
    let reads = "import os\nA = os.environ['TOKEN']\n";
    let set = "import os\nos.environ.setdefault('TOKEN', 'x')\nA = os.environ['TOKEN']\n";
    assert_eq!(said(set), "");
    let by_another = copied()
        .file("adapter.py", format!("import boot\n{reads}"))
        .file("boot.py", "from dotenv import load_dotenv\nload_dotenv()\n");
    assert_eq!(by_another.said("import-time-failure"), "");
    let started = |script: &str| {
        copied()
            .file("adapter.py", reads)
            .program("start.sh", script)
            .replace(
                "Dockerfile",
                "ENTRYPOINT [\"molecule-runtime\"]",
                "ENTRYPOINT [\"/app/start.sh\"]",
            )
            .said("import-time-failure")
    };
    assert_eq!(started("#!/bin/sh\nexport TOKEN=x\nexec molecule-runtime\n"), "");
    assert!(started("#!/bin/sh\nexec molecule-runtime\n").contains("`TOKEN` is not set"));
}

#[test]
fn what_the_version_keeps_from_the_image_is_silent() {
    let source = |test: &str| format!("import sys\nif {test}:\n    raise RuntimeError\n");
    assert_eq!(said(&source("sys.version_info < (3, 10)")), "");
    assert!(said(&source("sys.version_info < (3, 12)")).contains("may raise `RuntimeError`"));
    let base = |base: &str| {
        Case::conformant()
            .file("adapter.py", source("sys.version_info < (3, 12)"))
            .replace("Dockerfile", "FROM python:3.11-slim", base)
            .said("import-time-failure")
    };
    assert_eq!(base("FROM python:3.12-slim"), "");
}

#[test]
fn what_the_version_keeps_from_the_image_is_not_imported() {
    let said = |test: &str, import: &str| {
        let adapter = format!("import sys\nif {test}:\n    {import}\n");
        copied()
            .file("adapter.py", adapter)
            .file("compat.py", "raise RuntimeError\n")
            .file(".dockerignore", "absent.py\n")
            .file("absent.py", "")
            .said("import-time-failure")
    };
    for import in
        ["import compat", "from compat import x", "import absent", "from .compat import x"]
    {
        assert_eq!(said("sys.version_info < (3, 9)", import), "", "{import}");
        assert_ne!(said("sys.version_info >= (3, 9)", import), "", "{import}");
    }
    assert_eq!(said("sys.version_info < (3, 11, 0)", "import compat"), "");
    assert_eq!(said("sys.version_info[0] == 2", "import compat"), "");
}

#[test]
fn what_only_some_pythons_of_the_image_run_is_unchecked() {
    // The shape demands 3.11.
    let with = |base: &str, adapter: &str| {
        let case = copied().replace("Dockerfile", "FROM python:3.11-slim", base);
        case.file("adapter.py", format!("import os, sys\n{adapter}"))
            .file("compat.py", "raise RuntimeError\n")
            .file("settings.py", "import os\nos.environ['X'] = '1'\n")
            .findings("import-time-failure")
    };
    let found = |statements: &str| {
        let adapter = format!("if sys.version_info < (3, 12):\n    {statements}\n");
        with("FROM python:3.12-slim\nRUN uv sync", &adapter)
    };
    for statement in ["raise RuntimeError", "import compat", "from compat import x"] {
        let found = found(statement);
        assert!(!found.is_empty() && found.iter().all(|it| it.unchecked), "{found:?}");
    }
    assert!(found("import settings\nX = os.environ['X']").is_empty(), "it may be set");
    assert!(!found("import compat\nimport compat")[0].unchecked, "another import is certain");
    assert!(!found("import compat\nif os.name:\n    import compat")[0].unchecked);
    let annotated = with("FROM python:3.14-slim\nRUN uv sync", "def f(x: Any): ...\n");
    assert!(annotated[0].unchecked, "3.14 does not evaluate it");
}

#[test]
fn modules_of_the_repository_fail_along() {
    let case = |adapter: &str| {
        copied()
            .file("adapter.py", adapter)
            .file("executor.py", "import deeper\n")
            .file("deeper.py", "raise SystemExit(0)\n")
            .findings("import-time-failure")
    };
    let found = case("import executor\n");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Error);
    assert!(found[0].message.ends_with("along with `adapter`"), "{}", found[0].message);
    let open = case("try:\n    import executor\nexcept ImportError:\n    pass\n");
    assert_eq!(open[0].severity, Severity::Warning);
    assert!(case("def f():\n    import executor\n").is_empty());
}

#[test]
fn a_relative_import_has_nowhere_to_go_in_a_top_level_module() {
    let source = "from .executor import X\n";
    let said_bare = Case::conformant()
        .file("adapter.py", source)
        .file("executor.py", "X = 1\n")
        .said("import-time-failure");
    assert!(said_bare.ends_with("`adapter` is imported as a top-level module\n"), "{said_bare}");
    let packaged = Case::conformant()
        .replace("Dockerfile", "ENV ADAPTER_MODULE=adapter", "ENV ADAPTER_MODULE=acme.adapter")
        .file("acme/__init__.py", "")
        .file("acme/adapter.py", source)
        .file("acme/executor.py", "X = 1\n");
    assert_eq!(packaged.said("import-time-failure"), "");
}

#[test]
fn a_name_that_a_module_of_the_repository_lacks_is_found() {
    let case = |executor: &str| {
        copied()
            .file("adapter.py", "from executor import Missing\n")
            .file("executor.py", executor)
            .said("import-time-failure")
    };
    assert_eq!(case("x = 1\n"), "adapter.py:1:22: `executor.py` has no `Missing` to import\n");
    for executor in ["class Missing: ...\n", "from x import *\n", "def __getattr__(n): ...\n"] {
        assert_eq!(case(executor), "", "{executor}");
    }
}

#[test]
fn modules_that_import_each_other_end() {
    let case =
        copied().file("adapter.py", "import executor\n").file("executor.py", "import adapter\n");
    assert_eq!(case.said("import-time-failure"), "");
}

#[test]
fn a_package_has_its_submodules_as_names() {
    let said = |init: &str| {
        copied()
            .file("adapter.py", "from agent import X\n")
            .file("agent/__init__.py", init)
            .file("agent/core.py", "X = 1\n__all__ = ['X']\n")
            .said("import-time-failure")
    };
    assert_eq!(said("from .core import X\n__all__ = core.__all__\n"), "");
    let gone = said("from .core import X\n__all__ = gone.__all__\n");
    assert!(gone.contains("nothing binds `gone`"), "{gone}");
}

#[test]
fn a_name_that_is_not_bound_by_then_is_an_error() {
    for (source, why) in [
        ("class Executor(AgentExecutor): ...\n", "1:16: nothing binds `AgentExecutor`"),
        ("Adapter = A\n\n\nclass A: ...\n", "1:11: `A` is bound only below, on line 4"),
        ("x = x + 1\n", "1:5: nothing binds `x` before"),
        // The shape demands the base, which is an ordinary class, and Python 3.11, which evaluates annotations.
        (
            "from r import BaseAdapter\nclass A(BaseAdapter):\n    def f(self, x: Any): ...\n",
            "3:20: nothing binds `Any`",
        ),
    ] {
        let (place, why) = why.split_once(": ").expect("a place");
        let raises = "the module raises a `NameError` while it is imported";
        assert_eq!(said(source), format!("adapter.py:{place}: {raises}: {why}\n"), "{source}");
    }
    let help = |source: &str| {
        let found = Case::conformant().file("adapter.py", source).findings("import-time-failure");
        found[0].help.clone().unwrap_or_default()
    };
    let base = "class AcmeAdapter(BaseAdapter): ...\nAdapter = AcmeAdapter\n";
    assert_eq!(help(base), "import `BaseAdapter`", "what is bound later is not meant");
    let near = help(&format!("from r import BaseAdaptr\n{base}"));
    assert_eq!(near, "did you mean `BaseAdaptr`, or is an import of `BaseAdapter` missing?");
    let annotated = "def f(x: Any): ...\n";
    assert!(said(annotated).ends_with("nothing binds `Any`\n"));
    let shape = "demands:\n  python:\n    adapters: [{ path: adapter.py, name: Adapter }]\n";
    let case = |version: &str| {
        let shape = format!("{shape}{version}");
        Case::with_shape(&shape).file("adapter.py", annotated).said("import-time-failure")
    };
    assert_eq!(case(""), "", "which Python it is is not known");
    assert_eq!(case("    version: '3.14'\n"), "");
    assert_ne!(case("    version: '3.13'\n"), "");
}

#[test]
fn a_name_that_a_metaclass_may_provide_is_unchecked() {
    let source = "from sly import Lexer\nclass L(Lexer):\n    tokens = { ID }\n    ID = ID\n    x = OTHER\n    y = OTHER\n";
    insta::assert_snapshot!(said(source), @"
    adapter.py:5:9: whether the import fails with a `NameError` is not known: nothing binds `OTHER`, unless the metaclass of `Lexer` provides it (unchecked)
    ");
    let own = "class Meta(type):\n    def __prepare__(name, bases): ...\nclass A(metaclass=Meta):\n    x = OTHER\n";
    assert!(said(own).ends_with("unless the metaclass `Meta` provides it (unchecked)\n"));
}

#[test]
fn a_name_that_another_module_may_make_a_builtin_of_is_unchecked() {
    let case = |boot: &str| {
        copied()
            .file("adapter.py", "import boot\n\n\n@trace\ndef f(): ...\n")
            .file("boot.py", boot)
            .said("import-time-failure")
    };
    insta::assert_snapshot!(case("import builtins\nbuiltins.trace = print\n"), @"
    adapter.py:4:2: whether the import fails with a `NameError` is not known: nothing binds `trace`, unless `boot.py` makes a builtin of it (unchecked)
    ");
    assert!(case("").ends_with("nothing binds `trace`\n"));
}

#[test]
fn members_that_an_enumeration_spreads_are_names_of_its_module() {
    let said = copied()
        .file("adapter.py", "from flags import RED\n")
        .file("flags.py", "import enum\n\n\n@enum.global_enum\nclass C(enum.Enum):\n    RED = 1\n")
        .said("import-time-failure");
    assert_eq!(said, "");
}

#[test]
fn what_is_imported_along_is_in_the_image() {
    let case = |adapter: &str| {
        Case::conformant()
            .file("adapter.py", adapter)
            .file("executor.py", "import deeper\n")
            .file("deeper.py", "")
            .file("pack/__init__.py", "")
            .file("pack/inner.py", "")
    };
    insta::assert_snapshot!(case("import executor\n").said("import-time-failure"), @r"
    adapter.py:1:8: the import fails: `executor.py` is not copied into the image
    executor.py:1:8: the import fails: `deeper.py` is not copied into the image, along with `adapter`
    ");
    let finding = |adapter: &str| {
        let mut found = case(adapter).findings("import-time-failure");
        assert_eq!(found.len(), 1, "{adapter}: {found:?}");
        found.remove(0)
    };
    let found = finding("from pack import inner\n");
    assert_eq!(found.severity, Severity::Error);
    assert_eq!(found.help.as_deref(), Some("add `COPY pack/ /app/pack/` to the Dockerfile"));
    // What runs later fails later; the one that certainly fails speaks.
    let lazy = finding("def f():\n    import deeper\n");
    assert_eq!(lazy.severity, Severity::Warning);
    assert!(lazy.message.starts_with("the import fails, when it runs: "), "{}", lazy.message);
    let both = finding("def f():\n    import deeper\nimport deeper\n");
    assert_eq!(both.severity, Severity::Error);
    assert_eq!(both.help.as_deref(), Some("add `COPY deeper.py /app/` to the Dockerfile"));
    for caught in [
        "try:\n    import deeper\nexcept ImportError:\n    pass\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import deeper\n",
    ] {
        assert_eq!(case(caught).said("import-time-failure"), "", "{caught}");
    }
}

#[test]
fn how_a_file_comes_into_the_image_is_seen_or_said_to_be_unknown() {
    let said = |dockerfile: &str| {
        Case::conformant()
            .file("adapter.py", "import helper\n")
            .file("helper.py", "")
            .file(".dockerignore", "docs\n")
            .replace("Dockerfile", "COPY adapter.py __init__.py ./", dockerfile)
    };
    for fine in ["COPY . .", "COPY *.py ./", "COPY adapter.py helper.py /app/"] {
        assert_eq!(said(fine).said("import-time-failure"), "", "{fine}");
    }
    for open in [
        "COPY adapter.py ./\nCOPY helper.py /opt/",
        "COPY adapter.py ./\nCOPY . /src\nRUN pip install /src",
        "COPY adapter.py ./\nRUN curl -o helper.py https://x.test/helper.py",
        "COPY --from=x /usr/lib/python3/site-packages /usr/lib/python3/site-packages\nCOPY adapter.py ./",
    ] {
        let found = said(open).findings("import-time-failure");
        assert!(found.len() == 1 && found[0].unchecked, "{open}: {found:?}");
    }
    let ignored = said("COPY . .").file(".dockerignore", "helper.py\n");
    assert_eq!(
        ignored.said("import-time-failure"),
        "adapter.py:1:8: the import fails: .dockerignore excludes `helper.py` from the image\n"
    );
    // Whether the adapter itself is there is told elsewhere, and by itself.
    assert_eq!(said("COPY __init__.py ./").said("import-time-failure"), "");
}

const EXECUTOR: &str = "from adapter import Adapter\n\n\nclass Executor:\n    pass\n";

/// What is said where adapter.py begins so, and then defines `Adapter`; executor.py imports that from it.
fn circular(adapter: &str, executor: &str) -> String {
    let adapter = format!("{adapter}\n\n\nclass Adapter:\n    pass\n");
    let case = copied().file("adapter.py", adapter).file("executor.py", executor);
    case.said("import-time-failure")
}

#[test]
fn a_name_that_is_bound_only_behind_the_import_that_needs_it_is_an_error() {
    let said = circular("from executor import Executor", EXECUTOR);
    assert_eq!(
        said,
        "executor.py:1:21: circular import: `adapter.py` imports `executor.py` before it binds `Adapter`, which \
         `executor.py` imports from it, along with `adapter`\n"
    );
    let case = copied()
        .file("adapter.py", "import a\n\n\nclass Adapter:\n    pass\n")
        .file("a.py", "from b import B\n")
        .file("b.py", "import os, adapter\nfrom adapter import Adapter\nB = 1\n");
    let said = case.said("import-time-failure");
    assert!(
        said.contains(
            "`adapter.py` imports `a.py`, which imports `b.py` before it binds `Adapter`"
        ),
        "{said}"
    );
    assert_eq!(case.findings("import-time-failure")[0].severity, Severity::Error);
}

#[test]
fn a_circle_that_python_can_go_through_is_silent() {
    for (adapter, executor) in [
        ("import executor", "import adapter\n"),
        ("from executor import Executor", "import adapter\n\n\nclass Executor:\n    pass\n"),
        (
            "from executor import Executor",
            "class Executor:\n    def f(self):\n        from adapter import Adapter\n",
        ),
        (
            "from executor import Executor",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from adapter import Adapter\n\n\nclass \
             Executor:\n    pass\n",
        ),
        (
            "from executor import Executor",
            "try:\n    from adapter import Adapter\nexcept ImportError:\n    Adapter = None\nExecutor = 1\n",
        ),
        ("Other = 1\nimport executor", "from adapter import Other\n"),
        ("try:\n    import executor\nexcept ImportError:\n    pass", EXECUTOR),
        ("def f():\n    from executor import Executor", EXECUTOR),
    ] {
        assert_eq!(circular(adapter, executor), "", "{adapter} {executor}");
    }
}

#[test]
fn a_package_whose_contents_alone_are_copied_is_an_error() {
    let case = Case::conformant()
        .file("adapter.py", "import toolsx\n")
        .file("toolsx/__init__.py", "")
        .replace(
            "Dockerfile",
            "COPY adapter.py __init__.py ./",
            "COPY adapter.py ./\nCOPY toolsx ./",
        );
    assert_eq!(
        case.said("import-time-failure"),
        "adapter.py:1:8: the import fails: COPY of a folder copies what is in it, so `toolsx` is not in `/app`\n"
    );
    let finding = case.findings("import-time-failure").remove(0);
    assert_eq!(
        finding.help.as_deref(),
        Some("write `COPY toolsx/ /app/toolsx/` in the Dockerfile")
    );
    assert_eq!(finding.severity, Severity::Error);
    let placed = case.replace("Dockerfile", "COPY toolsx ./", "COPY toolsx ./toolsx");
    assert_eq!(placed.said("import-time-failure"), "");
}
