use super::*;
use crate::source::{Span, Text};

fn table(files: &[(&str, &str)]) -> SymbolTable {
    let files = files.iter().map(|(path, source)| {
        let module = Module::parse(&Text::new(source)).expect("parses");
        (RepoPath::new(path), Arc::new(module))
    });
    SymbolTable::of(files, [])
}

fn said(presence: &Presence) -> String {
    match presence {
        Presence::Present => "present".to_owned(),
        Presence::Maybe(doubt) => format!("maybe: {doubt}"),
        Presence::Absent => "absent".to_owned(),
        Presence::NoModule => "no module".to_owned(),
    }
}

#[test]
fn names_are_present_absent_or_in_doubt() {
    let source = "import os\nX = 1\nif os.name: Y = 2\ntry:\n    import z as Z\nexcept ImportError:\n    Z = None\n\
                  del_me = 1\ndel del_me\ndef f():\n    global G\n    G = 1\nif TYPE_CHECKING:\n    from t import T\n";
    let table = table(&[("p/__init__.py", ""), ("p/m.py", source)]);
    for name in ["os", "X", "Z", "f", "__name__", "__file__"] {
        assert_eq!(table.lookup("p.m", name), Presence::Present, "{name}");
    }
    assert_eq!(table.lookup("p.m", "Y"), Presence::Maybe(Doubt::Conditional));
    assert_eq!(table.lookup("p.m", "G"), Presence::Maybe(Doubt::Global));
    for name in ["del_me", "T", "Other"] {
        assert_eq!(table.lookup("p.m", name), Presence::Absent, "{name}");
    }
    assert_eq!(table.lookup("p.n", "X"), Presence::NoModule);
    assert_eq!(table.lookup("p", "m"), Presence::Present);
    assert_eq!(table.lookup("p", "n"), Presence::Absent);
    assert!(table.owns("p.n.o") && !table.owns("q"));
}

#[test]
fn what_may_happen_to_a_name_later_leaves_it_in_doubt_only_if_it_may_be_deleted() {
    let source = "X = 1\nif a: X = 2\nY = 1\nif a: del Y\nZ = 1\nif a: del Z\nif a: Z = 3\n";
    let table = table(&[("p/__init__.py", ""), ("p/m.py", source)]);
    assert_eq!(table.lookup("p.m", "X"), Presence::Present);
    for name in ["Y", "Z"] {
        assert_eq!(table.lookup("p.m", name), Presence::Maybe(Doubt::Conditional), "{name}");
    }
}

#[test]
fn stars_are_followed_with_cycles_and_all_limits_them_only() {
    let table = table(&[
        ("p/__init__.py", "from .a import *\nfrom .b import *\n"),
        ("p/a.py", "from .b import *\nA = 1\n_A = 2\n"),
        ("p/b.py", "from .a import *\n__all__ = ['B', 'A']\nB = 1\nC = 2\n"),
    ]);
    for name in ["A", "B"] {
        assert_eq!(table.lookup("p", name), Presence::Present, "{name}");
    }
    assert_eq!(table.lookup("p.b", "C"), Presence::Present);
    for name in ["C", "_A"] {
        assert_eq!(table.lookup("p", name), Presence::Absent, "{name}");
    }
    assert_eq!(table.lookup("p.b", "A"), Presence::Present);
}

#[test]
fn open_modules_say_why() {
    let table = table(&[
        ("p/__init__.py", "def __getattr__(name): ...\n"),
        ("p/star.py", "from numpy import *\n"),
        ("p/through.py", "from .star import *\n"),
        ("p/escape.py", "globals().update(x)\n"),
        ("p/itself.py", "import sys\nsetattr(sys.modules[__name__], 'a', 1)\n"),
        ("p/listed.py", "from .dynamic import *\n"),
        ("p/dynamic.py", "__all__ = []\n__all__ += q.__all__\nfrom .star import *\nX = 1\n"),
    ]);
    let doubts = [
        ("p", "maybe: `p` is open: it has a module `__getattr__`"),
        ("p.star", "maybe: `p.star` is open: it imports all names of `numpy`, which are not known"),
        (
            "p.through",
            "maybe: `p.through` is open: it imports all names of `p.star`, which are not known",
        ),
        (
            "p.escape",
            "maybe: `p.escape` is open: it accesses its own names through `globals()` or a similar way",
        ),
        (
            "p.itself",
            "maybe: `p.itself` is open: it accesses its own names through `globals()` or a similar way",
        ),
        (
            "p.listed",
            "maybe: `p.listed` is open: it imports what `__all__` of `p.dynamic` lists, which is computed when it runs",
        ),
    ];
    for (module, doubt) in doubts {
        assert_eq!(said(&table.lookup(module, "nothing")), doubt);
        assert!(table.module(module).is_some_and(ModuleSymbols::is_open), "{module}");
    }
    // A module `__getattr__` makes no modules.
    assert_eq!(table.lookup("p.nothing", "x"), Presence::NoModule);
}

#[test]
fn binaries_and_broken_files_are_open_and_what_they_register_may_be() {
    let files = [(RepoPath::new("p/__init__.py"), Arc::new(Module::default()))];
    let unread = [
        (RepoPath::new("p/_c.cpython-311-x86_64-linux-gnu.so"), Unread::Binary),
        (RepoPath::new("p/bad.py"), Unread::Unparsable),
    ];
    let table = SymbolTable::of(files, unread);
    assert_eq!(
        said(&table.lookup("p._c", "x")),
        "maybe: `p._c` is open: it is an extension module"
    );
    assert_eq!(
        said(&table.lookup("p._c.sub", "x")),
        "maybe: `p._c` is open: it is an extension module"
    );
    assert_eq!(said(&table.lookup("p.bad", "x")), "maybe: `p.bad` is open: it cannot be read");
    assert_eq!(table.lookup("p", "_c"), Presence::Present);
}

#[test]
fn finders_and_namespaces_leave_modules_in_doubt() {
    let table = table(&[
        ("six.py", "import sys\nsys.meta_path.append(x)\n"),
        ("space/one/__init__.py", ""),
        ("p/__init__.py", ""),
        ("p/inner/m.py", ""),
    ]);
    assert_eq!(
        said(&table.find("six.moves.urllib")),
        "maybe: `six` is open: it changes where modules are imported from"
    );
    assert_eq!(
        table.lookup("six", "PY3"),
        Presence::Maybe(Doubt::Open(
            "six".into(),
            Opening { why: Why::Reroute, span: Some(Span::new(11, 31)) }
        ))
    );
    assert_eq!(table.find("space.two"), Presence::Maybe(Doubt::Namespace("space".into())));
    assert_eq!(table.find("space.one.two"), Presence::NoModule);
    assert_eq!(table.find("p.inner.n"), Presence::NoModule);
    assert_eq!(table.find("p.inner"), Presence::Present);
}

#[test]
fn references_are_resolved_and_dotted_uses_walk_down() {
    let source = "import p.a as a\nfrom . import b\nfrom .b import B as C, D\nfrom p.c import *\nimport os.path\n\
                  a.X\nb.Y\nb.inner.Z\nos.path.join\nb.set_here = 1\nfrom ... import far\n";
    let module = Module::parse(&Text::new(source)).expect("parses");
    let place = Place::of(&RepoPath::new("p/m.py"));
    let found = references(&module, place.as_ref());
    let shown: Vec<String> = found
        .iter()
        .map(|found| {
            let module = found.module.as_deref().unwrap_or("?");
            format!("{module}:{}", found.name.as_deref().unwrap_or("-"))
        })
        .collect();
    let expected = [
        "p.a:-",
        "p:b",
        "p.b:B",
        "p.b:D",
        "p.c:-",
        "os.path:-",
        "p.a:X",
        "p.b:Y",
        "p.b:inner.Z",
        "os:path.join",
        "p.b:set_here",
        "?:far",
    ];
    assert_eq!(shown, expected);
    let table = table(&[
        ("p/__init__.py", ""),
        ("p/a.py", "X = 1\n"),
        ("p/b/__init__.py", "B = 1\n"),
        ("p/b/inner.py", "\n"),
        ("p/m.py", source),
    ]);
    let uses: Vec<String> = found
        .iter()
        .filter_map(|found| table.attribute(found))
        .map(|(module, name, presence)| format!("{}.{name} {}", module.dotted, said(&presence)))
        .collect();
    let expected = [
        "p.a.X present",
        "p.b.Y absent",
        "p.b.inner.Z absent",
        "p.b.set_here maybe: `p.m` sets it from outside",
    ];
    assert_eq!(uses, expected);
}

#[test]
fn modules_that_others_pass_on_are_followed() {
    let source = "from p import helpers, other, shadowed, loud\nhelpers.text.up\nhelpers.text.upper\n\
                  other.text.up\nshadowed.text.up\nloud.up\nhelpers.missing.up\n";
    let table = table(&[
        (
            "p/__init__.py",
            "from . import helpers, impl as other\nfrom .helpers import text as loud\nimport p.shadowed\nshadowed = 1\n",
        ),
        ("p/helpers/__init__.py", "from . import text\n"),
        ("p/helpers/text.py", "def upper(): ...\n"),
        ("p/impl.py", "import p.helpers.text as text\n"),
        ("p/shadowed/__init__.py", "from . import text\n"),
        ("p/shadowed/text.py", ""),
    ]);
    let module = Module::parse(&Text::new(source)).expect("parses");
    let uses: Vec<String> = references(&module, None)
        .iter()
        .filter_map(|found| table.attribute(found))
        .map(|(module, name, presence)| format!("{}.{name} {}", module.dotted, said(&presence)))
        .collect();
    let expected = [
        "p.helpers.text.up absent",
        "p.helpers.text.upper present",
        "p.helpers.text.up absent",
        "p.helpers.text.up absent",
        "p.helpers.missing absent",
    ];
    assert_eq!(uses, expected);
}

#[test]
fn modules_that_pass_each_other_on_end() {
    let table = table(&[
        ("p/__init__.py", ""),
        ("p/a.py", "from .b import m\n"),
        ("p/b.py", "from .a import m\n"),
    ]);
    let module = Module::parse(&Text::new("from p.a import m\nm.x.y\n")).expect("parses");
    assert!(references(&module, None).iter().all(|found| table.attribute(found).is_none()));
}

#[test]
fn a_module_that_is_looked_up_is_held_to_its_names() {
    let source = "import importlib\nm = importlib.import_module('p.x')\nm.gone\nm.there\n\
                  try:\n    o = importlib.import_module('p.x')\nexcept ImportError:\n    o = None\no.gone\n";
    let table = table(&[("p/__init__.py", ""), ("p/x.py", "there = 1\n")]);
    let module = Module::parse(&Text::new(source)).expect("parses");
    let uses: Vec<String> = references(&module, None)
        .iter()
        .filter_map(|found| table.attribute(found))
        .map(|(module, name, presence)| format!("{}.{name} {}", module.dotted, said(&presence)))
        .collect();
    assert_eq!(uses, ["p.x.gone absent", "p.x.there present"]);
}

#[test]
fn an_imported_name_that_may_be_something_else_is_no_root() {
    let source = "try:\n    import p.a as a\nexcept ImportError:\n    a = None\na.X\n\
                  from p import b\nb.Y\n";
    let table = table(&[("p/__init__.py", "b = object()\n"), ("p/a.py", ""), ("p/b.py", "")]);
    let module = Module::parse(&Text::new(source)).expect("parses");
    let found = references(&module, None);
    assert!(found.iter().all(|reference| table.attribute(reference).is_none()));
}

#[test]
fn names_for_type_checkers_are_no_absent_attributes() {
    let types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    A = int\n    def f(): ...\n    class C: ...\n";
    let source = "from __future__ import annotations\nfrom p import types as t\ndef g(a: t.A, b: t.C, c: t.D): ...\n";
    let table = table(&[("p/__init__.py", ""), ("p/types.py", types), ("p/m.py", source)]);
    let module = Module::parse(&Text::new(source)).expect("parses");
    let uses = references(&module, Place::of(&RepoPath::new("p/m.py")).as_ref());
    let names: Vec<String> =
        uses.iter().filter_map(|used| table.attribute(used)).map(|(_, name, _)| name).collect();
    assert_eq!(names, ["D"]);
    assert_eq!(table.lookup("p.types", "A"), Presence::Absent);
}

#[test]
fn names_that_are_set_from_outside_are_in_doubt() {
    let table = table(&[
        ("p/__init__.py", ""),
        ("p/any.py", ""),
        ("p/one.py", "if TYPE_CHECKING:\n    B = 1\n"),
        (
            "p/setter.py",
            "def f(name):\n    from p import any\n    setattr(any, name, 1)\nfrom p import one\nsetattr(one, 'A', 1)\none.B = 2\n",
        ),
    ]);
    for (module, name) in [("p.any", "anything"), ("p.one", "A"), ("p.one", "B")] {
        assert_eq!(
            table.lookup(module, name),
            Presence::Maybe(Doubt::SetBy("p.setter".into())),
            "{name}"
        );
    }
    assert_eq!(table.lookup("p.one", "C"), Presence::Absent);
}

#[test]
fn a_tower_of_stars_ends() {
    let names: String = (0..2_000).map(|index| format!("n{index} = 1\n")).collect();
    let mut files: Vec<(String, String)> = (0..60)
        .map(|index| (format!("p/m{index}.py"), format!("from .m{} import *\n", index + 1)))
        .collect();
    files.push(("p/m60.py".to_owned(), names));
    files.push(("p/__init__.py".to_owned(), String::new()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let table = table(&files);
    assert_ne!(table.lookup("p.m0", "n1999"), Presence::Absent);
}
