//! What each way to write an import becomes: P is the package, X, Z and sub are its modules.

use super::*;

/// What is written and what it becomes; where the two are one, nothing happens.
#[rustfmt::skip]
const CASES: &[(&str, &str)] = &[
    // import X
    ("import X\n", "import P.X as X\n"),
    ("import X as Y\n", "import P.X as Y\n"),
    ("import X as X\n", "import P.X as X\n"),
    ("import X.s as Y\n", "import P.X.s as Y\n"),
    ("import X.s\n", "import P.X.s as X, P.X as X\n"),
    ("import X.s.t\n", "import P.X.s.t as X, P.X as X\n"),
    ("import X . s\n", "import P.X . s as X, P.X as X\n"),
    ("import os, X, Z\n", "import os, P.X as X, P.Z as Z\n"),
    ("import X.s, os.path, Z as z, X\n", "import P.X.s as X, P.X as X, os.path, P.Z as z, P.X as X\n"),
    ("import X,Z\n", "import P.X as X,P.Z as Z\n"),
    ("import  X  ,  Z  as  z\n", "import  P.X as X  ,  P.Z  as  z\n"),
    ("import\tX\n", "import\tP.X as X\n"),
    ("import \\\n    X\n", "import \\\n    P.X as X\n"),
    ("import X, \\\n    Z\n", "import P.X as X, \\\n    P.Z as Z\n"),
    ("import X \\\n  . s\n", "import P.X \\\n  . s as X, P.X as X\n"),
    ("import X\\\n\n", "import P.X as X\\\n\n"),
    // from X import …
    ("from X import a\n", "from P.X import a\n"),
    ("from X import a as b, c\n", "from P.X import a as b, c\n"),
    ("from X import *\n", "from P.X import *\n"),
    ("from X.s import a\n", "from P.X.s import a\n"),
    ("from X.s.t import (a, b)\n", "from P.X.s.t import (a, b)\n"),
    ("from X . s import a\n", "from P.X . s import a\n"),
    ("from X import(a)\n", "from P.X import(a)\n"),
    ("from X import (\n    a,  # import Z\n    b,\n)\n", "from P.X import (\n    a,  # import Z\n    b,\n)\n"),
    ("from X import a, \\\n    b\n", "from P.X import a, \\\n    b\n"),
    ("from \\\n  X \\\n  import a\n", "from \\\n  P.X \\\n  import a\n"),
    ("from\tX\timport\ta\n", "from\tP.X\timport\ta\n"),
    ("from\x0cX import a\n", "from\x0cP.X import a\n"),
    ("from sub import X\n", "from P.sub import X\n"),
    ("from os import X\n", "from os import X\n"),
    // Where a statement may stand
    ("a = 1; import X; b = 2\n", "a = 1; import P.X as X; b = 2\n"),
    ("import X;import Z;\n", "import P.X as X;import P.Z as Z;\n"),
    ("if a: import X\n", "if a: import P.X as X\n"),
    ("if a: import X\nelif b: import Z\nelse: from X import s\n", "if a: import P.X as X\nelif b: import P.Z as Z\nelse: from P.X import s\n"),
    ("try: import X\nexcept ImportError: X = None\n", "try: import P.X as X\nexcept ImportError: X = None\n"),
    ("try:\n    import X\nexcept ImportError:\n    import Z\nelse:\n    import X.s\nfinally:\n    import Z\n",
     "try:\n    import P.X as X\nexcept ImportError:\n    import P.Z as Z\nelse:\n    import P.X.s as X, P.X as X\nfinally:\n    import P.Z as Z\n"),
    ("try: pass\nexcept* OSError: import X\n", "try: pass\nexcept* OSError: import P.X as X\n"),
    ("match a:\n    case 1: import X\n    case _:\n        from Z import b\n", "match a:\n    case 1: import P.X as X\n    case _:\n        from P.Z import b\n"),
    ("while a: import X\nelse: import Z\n", "while a: import P.X as X\nelse: import P.Z as Z\n"),
    ("for a in b: import X\n", "for a in b: import P.X as X\n"),
    ("with a as b: import X\n", "with a as b: import P.X as X\n"),
    ("def f():\n    import X\n    return X.a\n", "def f():\n    import P.X as X\n    return X.a\n"),
    ("async def f():\n    async with a: import X\n    async for b in c: from Z import d\n", "async def f():\n    async with a: import P.X as X\n    async for b in c: from P.Z import d\n"),
    ("class A:\n    import X\n    from Z import a\n", "class A:\n    import P.X as X\n    from P.Z import a\n"),
    ("class A:\n    def f(self):\n        global X\n        import X\n", "class A:\n    def f(self):\n        global X\n        import P.X as X\n"),
    ("if TYPE_CHECKING:\n    from X import A\ndef f(a: 'X.A') -> \"A\": ...\n", "if TYPE_CHECKING:\n    from P.X import A\ndef f(a: 'X.A') -> \"A\": ...\n"),
    ("def f():\n\timport X\n", "def f():\n\timport P.X as X\n"),
    ("import X # import X\n", "import P.X as X # import X\n"),
    ("import X# c\n", "import P.X as X# c\n"),
    // Names that only look alike
    ("import Xutils, a2a.X, XX\nfrom Xutils import X\nfrom os.X import a\n", "import Xutils, a2a.X, XX\nfrom Xutils import X\nfrom os.X import a\n"),
    ("import P.X as X\nimport P.X.s as X, P.X as X\nfrom P.X import a\nfrom P import X\nimport P\n", "import P.X as X\nimport P.X.s as X, P.X as X\nfrom P.X import a\nfrom P import X\nimport P\n"),
    ("import x\nfrom z import a\n", "import x\nfrom z import a\n"),
    ("import os as X\nX.a\n", "import os as X\nX.a\n"),
    // Relative imports and the compiler's own
    ("from . import X\nfrom .X import a\nfrom ..X import a\nfrom ... import X\nfrom . X import a\n", "from . import X\nfrom .X import a\nfrom ..X import a\nfrom ... import X\nfrom . X import a\n"),
    ("from __future__ import annotations\nimport X\n", "from __future__ import annotations\nimport P.X as X\n"),
    // Texts
    ("\"\"\"import X\n\n>>> from X import a\n\"\"\"\nimport X\n", "\"\"\"import X\n\n>>> from X import a\n\"\"\"\nimport P.X as X\n"),
    ("a = 'import X'\nb = f'import X {X}'\nc = b'from X import a'\n# import X\n", "a = 'import X'\nb = f'import X {X}'\nc = b'from X import a'\n# import X\n"),
    ("a = '''\nimport X\n'''\nb = r'\\\nimport X'\n", "a = '''\nimport X\n'''\nb = r'\\\nimport X'\n"),
    ("a = X.import_me\nX = 1\nprint(X)\n", "a = X.import_me\nX = 1\nprint(X)\n"),
    // Lines and marks
    ("import X", "import P.X as X"),
    ("from X import a", "from P.X import a"),
    ("import X\r\nimport Z\r\n", "import P.X as X\r\nimport P.Z as Z\r\n"),
    ("import X\rimport Z\r", "import P.X as X\rimport P.Z as Z\r"),
    ("import X\r\nimport Z\nimport X\r", "import P.X as X\r\nimport P.Z as Z\nimport P.X as X\r"),
    ("import \\\r\n  X\r\n", "import \\\r\n  P.X as X\r\n"),
    ("\u{feff}import X\n", "\u{feff}import P.X as X\n"),
    ("\u{feff}# coding: utf-8\r\nfrom X import a", "\u{feff}# coding: utf-8\r\nfrom P.X import a"),
    ("\x0cimport X\n\x0c\nimport Z\n", "\x0cimport P.X as X\n\x0c\nimport P.Z as Z\n"),
    ("def f():\n\x0c  import X\n", "def f():\n\x0c  import P.X as X\n"),
    ("é = 'ü'; import X; ö = 1\n", "é = 'ü'; import P.X as X; ö = 1\n"),
    ("import \u{ff38}\n", "import P.\u{ff38} as X\n"),
    ("", ""),
    ("\n\n", "\n\n"),
    // PEP 810
    ("lazy import X\n", "lazy import P.X as X\n"),
    ("lazy import X as Y, X.s as Z\n", "lazy import P.X as Y, P.X.s as Z\n"),
    ("lazy from X import a\n", "lazy from P.X import a\n"),
    ("lazy = 1\nimport lazy\nfrom lazy import X\n", "lazy = 1\nimport lazy\nfrom lazy import X\n"),
];

#[test]
fn every_case_becomes_what_the_table_says() {
    assert!(CASES.len() >= 60);
    for (before, after) in CASES {
        let found = rewritten(before.as_bytes()).expect(before);
        assert_eq!(String::from_utf8_lossy(&found.bytes), *after, "{before:?}");
        assert_eq!(found.edits.is_empty(), before == after, "{before:?}");
    }
}

#[test]
fn a_second_run_changes_nothing() {
    for (_, after) in CASES {
        let again = rewritten(after.as_bytes()).expect(after);
        assert_eq!((again.edits, String::from_utf8_lossy(&again.bytes)), (vec![], (*after).into()));
    }
}

#[test]
fn edits_stand_where_they_say() {
    for (before, after) in CASES {
        let found = rewritten(before.as_bytes()).expect(before);
        let text = crate::source::Text::new(before);
        let mark = before.len() - text.as_str().len();
        let mut output = before.as_bytes().to_vec();
        for edit in found.edits.iter().rev() {
            assert_eq!(edit.position, text.position(edit.offset - mark), "{before:?}");
            output.splice(edit.offset..edit.offset, edit.inserted.bytes());
        }
        assert_eq!(String::from_utf8_lossy(&output), *after);
    }
}

/// A file and the mention in it: its kind, the text that is named, and whether it breaks.
#[rustfmt::skip]
const MENTIONS: &[(&str, MentionKind, &str)] = &[
    ("import importlib\nimportlib.import_module('X')\n", MentionKind::ImportModule, "X"),
    ("import importlib as il\nil.import_module(name='X.s')\n", MentionKind::ImportModule, "X.s"),
    ("from importlib import import_module\nimport_module(f'X.{a}')\n", MentionKind::ImportModule, "X.…"),
    ("from importlib import import_module as load\nload('X.' + a)\n", MentionKind::ImportModule, "X.…"),
    ("def f():\n    import_module('X')\nfrom importlib import import_module\n", MentionKind::ImportModule, "X"),
    ("import pkgutil\npkgutil.resolve_name('X:a')\n", MentionKind::ImportModule, "X:a"),
    ("a = __import__('X', fromlist=['b'])\n", MentionKind::DunderImport, "X"),
    ("import importlib.util\nif importlib.util.find_spec('X'): pass\n", MentionKind::FindSpec, "X"),
    ("import runpy\nrunpy.run_module('X', run_name='__main__')\n", MentionKind::RunModule, "X"),
    ("from importlib import resources\nresources.files('sub').joinpath('a')\n", MentionKind::Resource, "sub"),
    ("import pkgutil\npkgutil.get_data('sub', 'a.txt')\n", MentionKind::Resource, "sub"),
    ("import sys\nsys.modules['X'].a = 1\n", MentionKind::SysModules, "X"),
    ("from sys import modules\ndel modules['X']\n", MentionKind::SysModules, "X"),
    ("import sys\nmonkeypatch.setitem(sys.modules, 'X', a)\n", MentionKind::SysModules, "X"),
    ("import sys\nwith patch.dict(sys.modules, {'X': None}): pass\n", MentionKind::SysModules, "X"),
    ("import sys\nsys.modules.get('X')\n", MentionKind::SysModulesQuery, "X"),
    ("import sys\nassert 'X.s' not in sys.modules\n", MentionKind::SysModulesQuery, "X.s"),
    ("from unittest.mock import patch\n@patch('X.a')\ndef f(b): ...\n", MentionKind::Patch, "X.a"),
    ("from unittest import mock\nwith mock.patch('X.a', new=1): pass\n", MentionKind::Patch, "X.a"),
    ("mocker.patch(target='X.a.b')\n", MentionKind::Patch, "X.a.b"),
    ("patch.dict('X.a', {})\n", MentionKind::Patch, "X.a"),
    ("monkeypatch.setattr('X.a', 1)\n", MentionKind::Patch, "X.a"),
    ("run([sys.executable, '-m', 'X', '--port', '1'])\n", MentionKind::Command, "X"),
    ("create('python3', '-m', 'sub.a')\n", MentionKind::Command, "sub.a"),
    ("run('/usr/bin/python3 -u -m X --port 1')\n", MentionKind::Command, "X"),
    ("run(['python', '/app/X.py'])\n", MentionKind::Path, "/app/X.py"),
    ("\"\"\"Text.\n\n    >>> import X\n\"\"\"\n", MentionKind::Doctest, "X"),
];

#[test]
fn texts_that_name_a_module_are_mentioned_and_stay() {
    for (source, kind, name) in MENTIONS {
        let found = rewritten(source.as_bytes()).expect(source);
        let said: Vec<_> = found.mentions.iter().map(|one| (one.kind, one.name.as_str())).collect();
        assert_eq!(said, [(*kind, *name)], "{source:?}");
        assert_eq!(found.bytes, source.as_bytes());
        let mention = &found.mentions[0];
        assert_eq!(mention.breaks(), *kind != MentionKind::Doctest);
        let raw = &source[mention.span.range()];
        assert!(raw.contains(mention.root.as_str()), "{raw:?} in {source:?}");
        assert_eq!(mention.position, crate::source::Text::new(source).position(mention.span.start));
    }
}

#[test]
fn texts_that_name_no_module_of_the_package_are_passed_over() {
    for source in [
        "import logging\nlogging.getLogger('X')\n",
        "import importlib\nimportlib.import_module('os')\nimportlib.import_module(X)\n",
        "import importlib\nimportlib.import_module('.X', package='P')\nimportlib.import_module('P.X')\n",
        "import importlib\nimportlib.import_module('Xutils')\nimportlib.import_module(f'X{a}')\n",
        "import_module('X')\n",
        "a = 'X'\nb = {'X': 1}['X']\nc = 'X' in b\nb.get('X')\n",
        "patch('X')\nsetattr(X, 'X.a', 1)\npatch.object(X, 'a')\n",
        "run(['-m', 'pytest'])\nrun('pip -m X')\nrun('python -m pytest X')\n",
        "a = 'see /app/X.py'\nb = 'X.py'\nc = '/app/other.py'\n",
        "def f() -> 'X.A': ...\n",
    ] {
        assert_eq!(rewritten(source.as_bytes()).expect(source).mentions, [], "{source:?}");
    }
}
