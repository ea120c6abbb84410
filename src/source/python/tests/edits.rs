use super::*;

fn prefixed(source: &str) -> String {
    let text = Text::new(source);
    let found = module(source);
    let internal = |name: &str| ["X", "Z"].contains(&name);
    let edits: Vec<_> = found
        .imports
        .iter()
        .flat_map(|import| prefix_import(import, "P", internal).expect("can be prefixed"))
        .collect();
    let (edited, _) = apply(&text, &edits).expect("still parses");
    edited.as_str().to_owned()
}

#[test]
fn imports_move_under_the_package() {
    let cases = [
        ("import X\n", "import P.X as X\n"),
        ("import X as Y\n", "import P.X as Y\n"),
        ("import X.s as Y\n", "import P.X.s as Y\n"),
        ("import X.s\n", "import P.X.s as X, P.X as X\n"),
        ("import os, X, Z\n", "import os, P.X as X, P.Z as Z\n"),
        ("from X import a\n", "from P.X import a\n"),
        ("from X . s import (\n  a,\n)\n", "from P.X . s import (\n  a,\n)\n"),
        ("from X import *\n", "from P.X import *\n"),
        ("from \\\n  X import a # X\n", "from \\\n  P.X import a # X\n"),
        ("a; import X; b\n", "a; import P.X as X; b\n"),
        ("if a: import X # c\n", "if a: import P.X as X # c\n"),
        ("def f():\n\timport X\n", "def f():\n\timport P.X as X\n"),
        ("from .X import a\nfrom . import X\n", "from .X import a\nfrom . import X\n"),
        ("import Xutils, a2a.X\nfrom P.X import a\n", "import Xutils, a2a.X\nfrom P.X import a\n"),
        ("'import X'\r\nimport X", "'import X'\r\nimport P.X as X"),
        ("lazy from X import a\n", "lazy from P.X import a\n"),
    ];
    for (before, after) in cases {
        assert_eq!(prefixed(before), after);
        assert_eq!(prefixed(after), after, "a second run changes nothing");
    }
}

#[test]
fn a_lazy_submodule_is_refused() {
    let import = &module("lazy import X.s\n").imports[0];
    let refused = prefix_import(import, "P", |_| true);
    assert!(matches!(refused, Err(EditError::LazySubmodule { .. })));
}

#[test]
fn an_alias_is_appended_in_the_files_own_way() {
    let appended = |source: &str| {
        let text = Text::new(source);
        let edits = append_alias(&text, &module(source), "Adapter", "Mine").expect("can be added");
        apply(&text, &edits).expect("parses").0.to_bytes()
    };
    assert_eq!(appended("Mine = 1"), b"Mine = 1\nAdapter = Mine\n");
    assert_eq!(appended("Mine = 1\r\n"), b"Mine = 1\r\nAdapter = Mine\r\n");
    assert_eq!(appended("class Mine: ...\n"), b"class Mine: ...\n\n\nAdapter = Mine\n");
    assert_eq!(
        appended("class Mine:\n    x = 1\n    "),
        b"class Mine:\n    x = 1\n    \n\n\nAdapter = Mine\n"
    );
    assert_eq!(appended("\u{feff}Mine = 1\r"), "\u{feff}Mine = 1\rAdapter = Mine\r".as_bytes());
    assert_eq!(appended(""), b"Adapter = Mine\n");
}

#[test]
fn what_is_not_a_name_is_refused() {
    let text = Text::new("x = 1\n");
    let found = module("x = 1\n");
    for name in ["a b", "", "1a", "a.b", "a\nb"] {
        let refused = append_alias(&text, &found, name, "x");
        assert_eq!(refused, Err(EditError::NotAName(name.into())));
    }
    assert!(matches!(append_alias(&text, &found, "A", "class"), Err(EditError::Unparsable(_))));
    assert!(append_alias(&text, &found, "A", "x.y").is_ok());
}
