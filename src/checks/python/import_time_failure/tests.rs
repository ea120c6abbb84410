use crate::checks::Severity;
use crate::checks::testing::Case;

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
            "while True: ...\n",
            "adapter.py:1:1: the module loops without end while it is imported\n",
        ),
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
    let case = Case::conformant().file("adapter.py", "if x:\n    raise ValueError\n");
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
    assert!(said("import os\nA = os.environ[name]\n").ends_with("is not known (unchecked)\n"));
}

#[test]
fn modules_of_the_repository_fail_along() {
    let case = |adapter: &str| {
        Case::conformant()
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
        Case::conformant()
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
    let case = Case::conformant()
        .file("adapter.py", "import executor\n")
        .file("executor.py", "import adapter\n");
    assert_eq!(case.said("import-time-failure"), "");
}
