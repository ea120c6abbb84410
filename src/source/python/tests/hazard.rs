use super::*;

fn facts(source: &str) -> Vec<(Hazard, bool, bool)> {
    let facts = module(source).boot_facts.into_iter();
    facts.map(|fact| (fact.hazard, fact.conditional, fact.guarded)).collect()
}

#[test]
fn exits_are_found_however_they_are_spelled() {
    let cases = [
        ("import sys\nsys.exit(0)\n", "sys.exit"),
        ("import sys as s\ns.exit(0)\n", "sys.exit"),
        ("from sys import exit as leave\nleave()\n", "sys.exit"),
        ("exit()\n", "exit"),
        ("import os\nos._exit(1)\n", "os._exit"),
        ("raise SystemExit(0)\n", "SystemExit"),
        ("raise SystemExit\n", "SystemExit"),
    ];
    for (source, how) in cases {
        assert_eq!(facts(source), [(Hazard::Exit(how.into()), false, false)], "{source}");
    }
    assert_eq!(facts("def exit(): ...\nexit()\n"), []);
}

#[test]
fn what_stands_in_functions_or_behind_the_main_guard_does_not_happen() {
    assert_eq!(facts("def f():\n    raise E\n"), []);
    assert_eq!(facts("x = lambda: exit()\n"), []);
    assert_eq!(facts("if __name__ == '__main__':\n    exit()\n"), []);
    assert_eq!(facts("if TYPE_CHECKING:\n    raise E\n"), []);
    assert_eq!(facts("class A:\n    raise E\n"), [(Hazard::Raise(Some("E".into())), false, false)]);
}

#[test]
fn environment_reads_know_their_name_and_whether_they_are_caught() {
    let read = || Hazard::EnvironmentRead(Some("X".into()));
    assert_eq!(facts("import os\nos.environ['X']\n"), [(read(), false, false)]);
    assert_eq!(facts("from os import environ as e\ny = e['X']\n"), [(read(), false, false)]);
    assert_eq!(facts("import os\nos.environ['X'] = '1'\n"), []);
    assert_eq!(facts("import os\nos.environ.get('X')\n"), []);
    let caught = "import os\ntry:\n    os.environ['X']\nexcept KeyError:\n    pass\n";
    assert_eq!(facts(caught), [(read(), false, true)]);
    let not_caught = "import os\ntry:\n    os.environ['X']\nexcept ImportError:\n    pass\n";
    assert_eq!(facts(not_caught), [(read(), false, false)]);
    let choice = "import os\nx = os.environ['X'] if 'X' in os.environ else None\n";
    assert_eq!(facts(choice), [(read(), true, false)]);
    let name = "import os, n\nos.environ[n]\n";
    assert_eq!(facts(name), [(Hazard::EnvironmentRead(None), false, false)]);
}

#[test]
fn an_exit_is_not_caught_by_except_exception() {
    let with = |caught: &str| facts(&format!("try:\n    exit()\nexcept {caught}:\n    pass\n"));
    assert!(!with("Exception")[0].2);
    assert!(with("BaseException")[0].2);
    assert!(with("(KeyError, SystemExit)")[0].2);
    assert!(facts("try:\n    exit()\nexcept:\n    pass\n")[0].2);
    assert!(!facts("try:\n    exit()\nexcept:\n    raise\n")[0].2);
}

#[test]
fn constant_assertions_and_endless_loops_are_found() {
    assert_eq!(facts("assert False, 'no'\n"), [(Hazard::AssertFalse, false, false)]);
    assert_eq!(facts("assert x\n"), []);
    assert_eq!(facts("while True:\n    x()\n"), [(Hazard::EndlessLoop, false, false)]);
    assert_eq!(facts("while True:\n    if x:\n        break\n"), []);
    let inner = "while 1:\n    for x in y:\n        break\n";
    assert_eq!(facts(inner), [(Hazard::EndlessLoop, false, false)]);
}

#[test]
fn names_that_nothing_binds_are_found_where_they_are_certainly_read() {
    let unbound = |name: &str| (Hazard::UnboundName(name.into()), false, false);
    assert_eq!(facts("DEBUG = settings.DEBUG\n"), [unbound("settings")]);
    assert_eq!(facts("x: int = f(a)[b] or c\n"), [unbound("f"), unbound("a"), unbound("b")]);
    assert_eq!(facts("import sys\nx(1)\nsys.exit()\n")[0], unbound("x"));
    for source in [
        "x = len(__file__)\n",
        "x = y\ny = 1\n",
        "def f():\n    global a\n    a = 1\n\n\nf()\nb = a\n",
        "for i in range(3):\n    pass\nx = i\n",
        "try:\n    import a\nexcept ImportError as e:\n    b = str(e)\nx = a, b\n",
        "with open('x') as f:\n    y = 1\nx = f, y\n",
        "if (n := 1):\n    pass\nx = n\n",
        "match 1:\n    case [a, *b]:\n        pass\n    case {'k': c, **d}:\n        pass\n    case e:\n        pass\nx = a, b, c, d, e\n",
        "x = lambda y: y + z\n",
        "x = [i for i in range(3)]\n",
        "x = True or y\n",
        "x = 1 if True else y\n",
        "x = 1 < 2 < y\n",
        "def f(a=b, *, c: d): ...\n",
        "class A(b):\n    c = d\n",
        "x: y\n",
        "from a import *\nx = y\n",
        "globals()['y'] = 1\nx = y\n",
        "from enum import IntEnum\nIntEnum._convert_('Y', __name__, str)\nx = Y\n",
        "x = _('text')\n",
        "import builtins\nbuiltins.T = 1\nx = T\n",
        "import builtins as b\nvars(b).update(T=1)\nx = T\n",
        "from six.moves import builtins\nsetattr(builtins, 'T', 1)\nx = T\n",
    ] {
        assert_eq!(facts(source), [], "{source}");
    }
    let logger = "import logging\nlog = logging.getLogger(__name__)\nx = y\n";
    assert_eq!(facts(logger), [unbound("y")]);
    assert_eq!(facts("from builtins import open\nx = y\n"), [unbound("y")]);
}

#[test]
fn calls_on_import_are_counted() {
    assert_eq!(module("a(b())\n@c()\ndef f(x=d()):\n    e()\n").import_time_calls, 4);
}
