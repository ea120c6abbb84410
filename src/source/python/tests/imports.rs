use std::ops::Range;

use super::*;

fn only(source: &str) -> Import {
    let mut imports = module(source).imports;
    assert_eq!(imports.len(), 1, "{source}");
    imports.remove(0)
}

#[test]
fn names_and_spans_are_exact() {
    let source = "from . pkg . sub import (a as b,\n  c)\n";
    let Imported::From { module, module_span, level, names, star } = only(source).imported else {
        panic!("is a from import")
    };
    let text = Text::new(source);
    assert_eq!((module.as_str(), level, star), ("pkg.sub", 1, None));
    assert_eq!(text.slice(module_span), "pkg . sub");
    assert_eq!((names[0].bound(), text.slice(names[0].span)), ("b", "a as b"));
    assert_eq!(text.slice(names[1].name_span), "c");
    let bare = "from . . import x\n";
    let Imported::From { module_span, level, .. } = only(bare).imported else { panic!("from") };
    assert_eq!((module_span, level), (Span::at(8), 2));
}

#[test]
fn contexts_are_told_apart() {
    let cases = [
        ("import a\n", When::ImportTime, false, false),
        ("def f():\n    import a\n", When::Lazy, false, false),
        ("class A:\n    import a\n", When::ImportTime, false, false),
        ("if TYPE_CHECKING:\n    import a\n", When::TypeChecking, false, false),
        ("if __name__ == '__main__':\n    import a\n", When::Main, false, false),
        ("if x:\n    import a\n", When::ImportTime, false, true),
        ("try:\n    import a\nexcept ImportError:\n    a = 1\n", When::ImportTime, true, false),
        (
            "try:\n    import a\nexcept ImportError as e:\n    raise X from e\n",
            When::ImportTime,
            false,
            false,
        ),
        (
            "try:\n    import a\nexcept (KeyError, ModuleNotFoundError): ...\n",
            When::ImportTime,
            true,
            false,
        ),
        ("try:\n    import a\nexcept: ...\n", When::ImportTime, true, false),
        ("try:\n    import a\nexcept KeyError: ...\n", When::ImportTime, false, false),
        (
            "try:\n    import a\nexcept ImportError: raise\nexcept Exception: ...\n",
            When::ImportTime,
            false,
            false,
        ),
        ("try: ...\nexcept ImportError:\n    import a\n", When::ImportTime, false, true),
        ("with contextlib.suppress(ImportError):\n    import a\n", When::ImportTime, true, false),
        (
            "try:\n    def f():\n        import a\nexcept ImportError: ...\n",
            When::Lazy,
            false,
            false,
        ),
    ];
    for (source, when, guarded, conditional) in cases {
        let context = only(source).context;
        let versions = Versions::default();
        assert_eq!(context, ImportContext { when, guarded, conditional, versions }, "{source}");
    }
}

#[test]
fn an_import_knows_which_pythons_run_it() {
    for import in ["import a", "from a import b", "def f():\n        import a"] {
        let source = format!("import sys\nif sys.version_info < (3, 9):\n    {import}\n");
        let context = module(&source).imports[1].context;
        let runs = [8, 9].map(|minor| context.versions.contains(PythonVersion::new(3, minor)));
        assert_eq!(runs, [true, false], "{import}");
    }
    assert_eq!(module("import a\n").imports[0].context.versions, Versions::default());
}

#[test]
fn a_fallback_knows_what_was_tried_before_it() {
    let tried = |source: &str| -> Vec<Range<usize>> {
        module(source).imports.into_iter().map(|import| import.instead_of).collect()
    };
    for handler in
        ["except ImportError:", "except (KeyError, ModuleNotFoundError) as e:", "except:"]
    {
        let source =
            format!("import z\ntry:\n    import a, b\n{handler}\n    import c\nimport d\n");
        assert_eq!(tried(&source), [0..0, 0..0, 1..2, 0..0], "{handler}");
    }
    assert_eq!(tried("try:\n    import a\nexcept KeyError:\n    import c\n"), [0..0, 0..0]);
    let chain = "try:\n    import a\nexcept ImportError:\n    try:\n        import b\n    except ImportError:\n        import c\n";
    assert_eq!(tried(chain), [0..0, 0..1, 0..2]);
    let apart = "try:\n    import a\nexcept ImportError:\n    import b\nelse:\n    import c\n";
    // In the order of the walk: the `else` is before the handler.
    assert_eq!(tried(apart), [0..0, 0..0, 0..1]);
}

#[test]
fn look_ups_by_literal_names_are_found() {
    let source = "import importlib, importlib.util as u\nfrom importlib import import_module as load\n\
                  importlib.import_module('a')\nload(name='b')\n__import__('c')\n\
                  def f():\n    return u.find_spec('d')\nload(x)\nimport_module('e')\n";
    let found = module(source).dynamic_imports;
    let text = Text::new(source);
    let seen: Vec<_> = found
        .iter()
        .map(|found| {
            (found.lookup, found.module.as_str(), text.slice(found.span), found.context.when)
        })
        .collect();
    let expected = [
        (Lookup::ImportModule, "a", "'a'", When::ImportTime),
        (Lookup::ImportModule, "b", "'b'", When::ImportTime),
        (Lookup::DunderImport, "c", "'c'", When::ImportTime),
        (Lookup::FindSpec, "d", "'d'", When::Lazy),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_module_that_is_looked_up_and_named_is_imported_under_that_name() {
    let source = "import importlib\nm = importlib.import_module('p.x')\nm.a\n\
                  def f():\n    n: object = importlib.import_module(name='p.y')\n    return n.b\n\
                  def g():\n    o = importlib.import_module('p.z')\n    o = wrapped(o)\n    return o.hidden\n\
                  q = wrapped(importlib.import_module('p.w'))\nr = importlib.import_module('.v', 'p')\nq.hidden, r.hidden\n";
    let read = module(source);
    let names = read.dynamic_imports.iter().map(|found| found.bound.as_ref().map(|it| &*it.0));
    assert_eq!(names.collect::<Vec<_>>(), [Some("m"), Some("n"), Some("o"), None, None]);
    let uses: Vec<_> = read
        .attribute_uses
        .iter()
        .filter(|used| used.root != "importlib")
        .map(|used| (used.root.as_str(), used.path.as_str(), used.when))
        .collect();
    assert_eq!(uses, [("m", "a", When::ImportTime), ("n", "b", When::Lazy)]);
}

#[test]
fn uses_of_imported_modules_are_found_unless_hidden() {
    let source = "import p.x as m\nm.a.b(m.c)\ndef f(m): m.hidden\ndef g():\n    m = 1\n    m.hidden\n\
                  def h():\n    return m.d\nn.e\ndef i():\n    if (m := f()): m.hidden\n";
    let found = module(source).attribute_uses;
    let text = Text::new(source);
    let seen: Vec<_> =
        found.iter().map(|used| (used.path.as_str(), text.slice(used.span), used.when)).collect();
    let expected =
        [("a.b", "a.b", When::ImportTime), ("c", "c", When::ImportTime), ("d", "d", When::Lazy)];
    assert_eq!(seen, expected);
}
