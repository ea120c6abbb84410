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
    assert_eq!(facts("from t import TYPE_CHECKING\nif TYPE_CHECKING:\n    raise E\n"), []);
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

/// Whether the last statement, which reads `X` from the environment, is reported behind the others.
fn reads_what_is_not_set(before: &str) -> bool {
    let source = format!("import os\nfrom os import environ\n{before}\ny = os.environ['X']\n");
    !facts(&source).iter().all(|(hazard, ..)| !matches!(hazard, Hazard::EnvironmentRead(_)))
}

#[test]
fn a_variable_that_the_module_sets_before_is_there() {
    for before in [
        "os.environ['X'] = '1'",
        "environ['X'] = '1'",
        "os.environ['A'], os.environ['X'] = pair",
        "os.environ.setdefault('X', '1')",
        "environ.setdefault('X', '1')",
        "os.environ.update(X='1')",
        "os.environ.update({'A': '1', 'X': '2'})",
        "os.environ.update(dict(X='1'))",
        "os.environ.update(load())",
        "os.environ.update(**values)",
        "os.environ |= {'X': '1'}",
        "environ |= values",
        "if not os.getenv('X'):\n    os.environ['X'] = '1'",
        "if 'X' not in os.environ:\n    raise RuntimeError('X is not set')",
        "if not os.getenv('X'):\n    raise SystemExit(1)",
        "assert os.environ.get('X')",
        "assert 'X' in os.environ and ready",
        "assert os.environ.get('X') is not None",
        "assert not os.environ.get('X') is None",
        "if os.getenv('X') is None:\n    raise RuntimeError",
        "if 'X' not in os.environ or 'A' not in os.environ:\n    raise RuntimeError",
        "if not (x := os.getenv('X')):\n    raise RuntimeError",
        "if len(os.getenv('X', '')) == 0:\n    raise RuntimeError",
        "import operator\noperator.setitem(os.environ, 'X', '1')",
        "from unittest import mock\nmock.patch.dict(os.environ, values).start()",
        "import copy\nenv = copy.copy(os.environ)\nenv['X'] = '1'",
        "from contextlib import nullcontext\nwith nullcontext(os.environ) as env:\n    env['X'] = '1'",
        "for name in names:\n    os.environ[name] = ''",
        "from dotenv import load_dotenv\nload_dotenv()",
        "import dotenv\ndotenv.load_dotenv('.env', override=True)",
        "Env().read_env()",
        "fill(os.environ)",
        "parser.fill(os.environ)",
        "env = os.environ\nenv['X'] = '1'",
        "def prepare():\n    os.environ['X'] = '1'\nprepare()",
        "class A:\n    os.environ['X'] = '1'",
    ] {
        assert!(!reads_what_is_not_set(before), "{before}");
    }
}

#[test]
fn a_variable_that_is_set_elsewhere_or_later_is_not_there() {
    for before in [
        "os.environ['A'] = '1'",
        "os.environ.setdefault('A', '1')",
        "os.environ.update(A='1')",
        "os.environ.get('X')",
        "env = dict(os.environ)",
        "import copy\nenv = copy.deepcopy(os.environ)",
        "logger.debug('%s', os.environ)",
        "if 'X' in os.environ:\n    raise SystemExit(1)",
        "if os.getenv('X'):\n    raise SystemExit(1)",
        "if os.getenv('X') is not None:\n    raise SystemExit(1)",
        "if not ('X' not in os.environ):\n    raise SystemExit(1)",
        "assert 'X' not in os.environ",
        "assert not os.getenv('X')",
        "other['X'] = '1'",
        "if os.getenv('X'):\n    pass",
        "if 'X' not in os.environ:\n    print('X is not set')",
        "class A:\n    def setup(self):\n        os.environ['X'] = '1'",
        "if __name__ == '__main__':\n    os.environ['X'] = '1'",
    ] {
        assert!(reads_what_is_not_set(before), "{before}");
    }
    let itself = "import os\nos.environ['X'] = os.environ['X'].strip()\nos.environ['X']\n";
    assert_eq!(facts(itself).len(), 1);
    assert_eq!(facts("import os\nos.environ['X']\nos.environ['X'] = '1'\n").len(), 1);
    let lengthened = "import os\nos.environ['X'] += ':/x'\nos.environ['X']\n";
    assert_eq!(facts(lengthened), [(Hazard::EnvironmentRead(Some("X".into())), false, false)]);
    let begun = "import os\nos.environ.setdefault('X', '')\nos.environ['X'] += ':/x'\n";
    assert_eq!(facts(begun), []);
}

#[test]
fn conditions_on_the_version_say_which_pythons_run_a_statement() {
    let runs = |test: &str, minor: u8| {
        let source = format!(
            "import sys\nfrom sys import version_info\nx = least = 1\nif {test}:\n    raise E\n"
        );
        module(&source).boot_facts[0].versions.contains(PythonVersion::new(3, minor))
    };
    for (test, minors) in [
        ("sys.version_info < (3, 10)", [true, false, false]),
        ("version_info <= (3, 10)", [true, false, false]),
        ("sys.version_info >= (3, 10)", [false, true, true]),
        ("not sys.version_info >= (3, 10)", [true, false, false]),
        ("sys.version_info[:2] <= (3, 10)", [true, true, false]),
        ("sys.version_info[:2] > (3, 10)", [false, false, true]),
        ("sys.version_info < (3, 10, 2)", [true, true, false]),
        ("sys.version_info >= (3, 10, 2)", [false, true, true]),
        ("sys.version_info < (3, 10, 0)", [true, false, false]),
        ("sys.version_info >= (3, 10, 0)", [false, true, true]),
        ("sys.version_info < (3,)", [false, false, false]),
        ("sys.version_info[0] < 3", [false, false, false]),
        ("sys.version_info.major > 2", [true, true, true]),
        ("sys.version_info[0] == 2", [false, false, false]),
        ("sys.version_info.major == 3", [true, true, true]),
        ("sys.version_info.major != 2", [true, true, true]),
        ("version_info[0] != 3", [false, false, false]),
        ("not sys.version_info.major == 3", [false, false, false]),
        ("x and sys.version_info < (3, 10)", [true, false, false]),
        // What is not known may be any.
        ("x or sys.version_info < (3, 10)", [true, true, true]),
        ("sys.version_info == (3, 10)", [true, true, true]),
        ("sys.version_info[1] < 10", [true, true, true]),
        ("sys.version_info < least", [true, true, true]),
    ] {
        assert_eq!([9, 10, 11].map(|minor| runs(test, minor)), minors, "{test}");
    }
    let chain = "import sys\nif sys.version_info < (3, 10):\n    raise A\nelif sys.version_info < (3, 11):\n    \
                 raise B\nelse:\n    raise C\nraise D\n";
    let facts = module(chain).boot_facts;
    let run = |minor| {
        let of_it = facts.iter().filter(|it| it.versions.contains(PythonVersion::new(3, minor)));
        of_it.count()
    };
    assert_eq!([9, 10, 11].map(run), [2, 2, 2], "one of the branches, and what follows them");
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
    assert_eq!(facts("assert input()\n"), []);
    assert_eq!(facts("while True:\n    x()\n"), [(Hazard::EndlessLoop, false, false)]);
    assert_eq!(facts("while True:\n    if x:\n        break\n"), []);
    let inner = "while 1:\n    for x in y:\n        break\n";
    assert_eq!(facts(inner), [(Hazard::EndlessLoop, false, false)]);
}

/// The names of a module that nothing has bound where they are read; `?` marks those that a provider may bind, `:` those in
/// annotations, and `<` those that are bound below.
fn unbound(source: &str) -> Vec<String> {
    let facts = module(source).boot_facts.into_iter();
    let found = facts.filter_map(|fact| match fact.hazard {
        Hazard::UnboundName(unbound) => {
            let mark = |is_it: bool, mark: &'static str| if is_it { mark } else { "" };
            let provided = mark(!unbound.providers.is_empty(), "?");
            let below = mark(unbound.bound_below.is_some(), "<");
            Some(format!("{}{provided}{}{below}", unbound.name, mark(unbound.in_annotation, ":")))
        }
        _ => None,
    });
    found.collect()
}

#[test]
fn names_that_nothing_binds_are_found_where_they_are_certainly_read() {
    for (source, names) in [
        ("DEBUG = settings.DEBUG\n", "settings"),
        ("x: int = f(a)[b] or c\n", "f a b"),
        ("x(1)\nexit()\ny(1)\n", "x"),
        ("class A(b, metaclass=c.D, key=e): ...\n", "b c e"),
        ("@a.b\n@c(d)\nclass E: ...\n", "a c d"),
        ("@a\ndef f(x=b, *, y=c): return z\n", "a b c"),
        ("x = lambda y=a: y + z\n", "a"),
        ("x = [i for i in a if b]\ny = {c: d for c, d in e}\nz = list(i for i in f)\n", "a e f"),
        ("with a(b) as c, d: ...\n", "a b"),
        ("for x in a: b\n", "a"),
        ("while a: b\n", "a"),
        ("if a and b: c\nelif d: ...\n", "a"),
        ("match a:\n    case b.c: ...\n", "a"),
        ("x = 1\nx += a\ny += 1\n", "a y<"),
        ("del a[b], c\n", "a b c"),
        ("assert a, b\n", "a"),
        ("a.b = c[d] = 1\n", "a c d"),
        ("try: a\nfinally: b\n", "a b"),
        ("try: a\nexcept KeyError: b\nelse: c\nfinally: d\n", "d"),
        ("class A:\n    x = a\n    def f(self, y=b): c\n    class B(d): e\n", "a b d e?"),
        ("class A:\n    x = 1\n    class B:\n        y = x\n", "x"),
        ("class A(object): x = a\nclass B(A): x = b\n", "a b"),
        (
            "from enum import Enum\nimport abc\nclass A(Enum): x = a\nclass B(abc.ABC): x = b\n",
            "a b",
        ),
        ("from builtins import open\nx = y\n", "y"),
        (
            "import gettext, tools\ngettext.install('t')\ntools.run()\ninstall()\nx = y\n",
            "install y",
        ),
        ("from .tools import install\ninstall()\nx = y\n", "y"),
        ("class A: ...\nclass A(A): x = a\nclass B(A): x = b\n", "a? b?"),
        ("import logging\nlog = logging.getLogger(__name__)\nx = y\n", "y"),
    ] {
        assert_eq!(unbound(source).join(" "), names, "{source}");
    }
}

#[test]
fn names_that_are_bound_only_below_are_found() {
    for (source, names) in [
        ("x = y\ny = 1\n", "y<"),
        ("Adapter = A\nclass A: ...\n", "A<"),
        ("x = x + 1\n", "x<"),
        ("for x in x: ...\n", "x<"),
        ("class A(B): ...\nif input():\n    from b import B\n", "B<"),
        ("y = (x := 1) + x\n", ""),
        ("a = [0]\na[i] = (i := 0)\n", ""),
        ("if (x := 1) == x: ...\n", ""),
        ("class A:\n    x = y\n    y = 1\n", ""),
        ("def f(): return y\ny = 1\n", ""),
    ] {
        assert_eq!(unbound(source).join(" "), names, "{source}");
    }
}

#[test]
fn names_in_annotations_are_told_apart() {
    for (source, names) in [
        ("x: a\ny: b = c\n", "a: b: c"),
        ("def f(x: a, *y: b, **z: c) -> d: ...\n", "a: b: c: d:"),
        ("def f(x: 'a', y: int): ...\n", ""),
        ("class A:\n    x: a\n    def f(self) -> b: ...\n", "a: b:"),
        ("def f[T](x: T) -> T: ...\nclass A[T]:\n    def g(self, x: T, y: U): ...\n", "U:"),
        ("from __future__ import annotations\nx: a = b\ndef f(x: c): ...\n", "b"),
    ] {
        assert_eq!(unbound(source).join(" "), names, "{source}");
    }
}

#[test]
fn what_a_metaclass_from_elsewhere_may_provide_is_told_apart() {
    for (source, names) in [
        ("from sly import Lexer\nclass A(Lexer):\n    @_(a)\n    def f(self, x=b): ...\n", "a? b?"),
        ("from x import M\nclass A(metaclass=M): x = a\nclass B(A): x = b\n", "a? b?"),
        ("from x import B\nclass A(B, c):\n    class D(e): x = f\n", "c e? f?"),
        ("class M(type): ...\nclass A(metaclass=M): x = a\n", "a?"),
        ("from x import base\nclass A(base()): x = a\n", ""),
        ("class A:\n    locals()['a'] = 1\n    x = a\n", ""),
    ] {
        assert_eq!(unbound(source).join(" "), names, "{source}");
    }
}

#[test]
fn names_that_something_may_have_bound_are_silent() {
    for source in [
        "x = len(__file__)\n",
        "def f():\n    global a\n    a = 1\n\n\nf()\nb = a\n",
        "for i in range(3):\n    pass\nx = i\n",
        "try:\n    import a\nexcept ImportError as e:\n    b = str(e)\nx = a, b\n",
        "with open('x') as f:\n    y = 1\nx = f, y\n",
        "if (n := 1):\n    pass\nx = n\n",
        "x = [y := 1 for i in range(3)]\nz = y\n",
        "match 1:\n    case [a, *b]:\n        pass\n    case {'k': c, **d}:\n        pass\n    case e:\n        pass\nx = a, b, c, d, e\n",
        "x = lambda y: y + z\n",
        "x = [i for i in range(3)]\n",
        "x = True or y\n",
        "x = 1 if True else y\n",
        "x = 1 < 2 < y\n",
        "class A:\n    x = 1\n    y = [i for i in (x, __module__, __qualname__)]\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import B\nx: B\n",
        "from a import *\nx = y\n",
        "globals()['y'] = 1\nx = y\n",
        "from enum import IntEnum\nIntEnum._convert_('Y', __name__, str)\nx = Y\n",
        "x = _('text')\n",
        "import builtins\nbuiltins.T = 1\nx = T\n",
        "import builtins as b\nvars(b).update(T=1)\nx = T\n",
        "from six.moves import builtins\nsetattr(builtins, 'T', 1)\nx = T\n",
        "__builtins__['T'] = 1\nx = T\n",
        "__builtins__.T = 1\nx = T\n",
        "__import__('builtins').T = 1\nx = T\n",
        "import importlib\nimportlib.import_module('builtins').T = 1\nx = T\n",
        "import sys\nsys.modules['builtins'].T = 1\nx = T\n",
        "import sys\nsys.modules.get('builtins').T = 1\nx = T\n",
        "import sys\nsys._getframe().f_globals['T'] = 1\nx = T\n",
        "import enum\n@enum.global_enum\nclass C(enum.Enum): T = 1\nx = T\n",
        "from enum import Enum, global_enum as spread\n@spread\nclass C(Enum): T = 1\nx = T\n",
        "from icecream import install\ninstall()\nx = ic(1)\n",
        "import sympy as s\ns.var('q')\nx = q\n",
    ] {
        assert_eq!(unbound(source), [""; 0], "{source}");
    }
}

#[test]
fn calls_on_import_are_counted() {
    assert_eq!(module("a(b())\n@c()\ndef f(x=d()):\n    e()\n").import_time_calls, 4);
}
