//! Files that are not rewritten, and files whose bytes are not UTF-8.

use super::*;
use crate::error::{Error, Kind};

fn refused(bytes: &[u8]) -> String {
    rewritten(bytes).expect_err("refused").to_string()
}

#[test]
fn a_refusal_says_file_line_column_and_why() {
    for (bytes, said) in [
        (&b"a = 1\nif:\n"[..], "m.py:2:3: does not parse: Expected an expression"),
        (b"a = 1\n\n\nx = \xe9\n", "m.py:4:5: is not UTF-8, and has no coding cookie"),
        (b"\xef\xbb\xbfa = '\xe9'\n", "m.py:1:6: is not UTF-8, and has no coding cookie"),
        (b"# coding: utf-8\na = '\xe9'\n", "m.py:2:6: is not UTF-8, and has no coding cookie"),
        (b"a = 1\rb = 2\r\nc\0", "m.py:3:2: contains a NUL byte"),
        (
            b"#!x\n# coding: shift_jis\n",
            "m.py:2:1: is written in `shift_jis`, an encoding in which modules are not rewritten",
        ),
        (
            b"# coding: utf-16\n",
            "m.py:1:1: is written in `utf-16`, an encoding in which modules are not rewritten",
        ),
        (
            b"# coding: gbk\n",
            "m.py:1:1: is written in `gbk`, an encoding in which modules are not rewritten",
        ),
        (
            b"# coding: nonsense\n",
            "m.py:1:1: is written in `nonsense`, an encoding in which modules are not rewritten",
        ),
        (
            b"# coding: cp037\n",
            "m.py:1:1: is written in `cp037`, an encoding in which modules are not rewritten",
        ),
        (
            b"\xef\xbb\xbf# coding: latin-1\n",
            "m.py:1:1: begins with a UTF-8 byte order mark, but declares `latin-1`",
        ),
        (
            b"\xef\xbb\xbf# coding: gbk\n",
            "m.py:1:1: begins with a UTF-8 byte order mark, but declares `gbk`",
        ),
        (
            b"# coding: ascii\na = '\xe9'\n",
            "m.py:2:6: contains byte 0xe9, which is not a character of `ascii`",
        ),
        (
            b"# coding: cp1252\n# \x81\n",
            "m.py:2:3: contains byte 0x81, which is not a character of `cp1252`",
        ),
        (
            b"# coding: latin-1\n\xe9 = 1\n",
            "m.py:2:1: has a name or bytes that are not ASCII, and is written in `latin-1`",
        ),
        (
            b"# coding: latin-1\na\xe9 = 1\n",
            "m.py:2:2: has a name or bytes that are not ASCII, and is written in `latin-1`",
        ),
        (
            b"import os\nlazy import X.s\n",
            "m.py:2:1: `lazy import X.s` cannot be moved under a package and stay lazy",
        ),
    ] {
        assert_eq!(refused(bytes), said);
    }
}

#[test]
fn what_nests_too_deeply_is_refused_as_cpython_does() {
    let brackets = format!("import X\na = {}{}\n", "(".repeat(201), ")".repeat(201));
    assert_eq!(
        refused(brackets.as_bytes()),
        "m.py:2:205: does not parse: too many nested parentheses"
    );
    let blocks: String = (0..101).map(|level| format!("{}if a:\n", " ".repeat(level))).collect();
    let source = format!("{blocks}{}import X\n", " ".repeat(101));
    assert!(refused(source.as_bytes()).ends_with("too many levels of indentation"));
}

#[test]
fn a_large_generated_module_is_rewritten_and_an_endless_one_is_not() {
    let large = format!("import X\n{}", "a = 'some text of a generated module'\n".repeat(40_000));
    assert!(large.len() > crate::source::text::MAX_DOCUMENT_BYTES);
    assert_eq!(rewritten(large.as_bytes()).map(|found| found.edits.len()), Ok(2));
    let endless = vec![b'\n'; MAX_MODULE_BYTES + 1];
    assert_eq!(
        refused(&endless),
        "m.py: has 16777217 bytes, more than the limit of 16777216 for a module that is rewritten"
    );
}

#[test]
fn single_byte_files_keep_their_bytes() {
    for cookie in ["latin-1", "ISO-8859-15", "koi8_r", "cp1252", "iso-latin-1-unix", "windows-1251"]
    {
        let before = [
            format!("# -*- coding: {cookie} -*-\n").as_bytes(),
            b"'\xe9\xe9'; import X  # \xe9\n\"\"\"\xe9\"\"\"; __import__('X')\n",
        ]
        .concat();
        let after = [
            format!("# -*- coding: {cookie} -*-\n").as_bytes(),
            b"'\xe9\xe9'; import P.X as X  # \xe9\n\"\"\"\xe9\"\"\"; __import__('X')\n",
        ]
        .concat();
        let found = rewritten(&before).expect(cookie);
        assert_eq!(found.bytes, after, "{cookie}");
        assert_eq!(found.edits[0].position, Position { line: 2, column: 14 });
        let mention = &found.mentions[0];
        assert_eq!(&before[mention.span.range()], b"'X'");
        assert_eq!(mention.position, Position { line: 3, column: 21 });
    }
}

#[test]
fn a_package_of_a_modules_name_is_refused() {
    for package in ["X", "X.inner", "a-b", "", "é", "1a"] {
        let namespace = Namespace { package: package.to_owned(), ..namespace() };
        let refused = rewrite(&RepoPath::new("m.py"), b"import X\n", &namespace);
        assert!(matches!(refused, Err(Refusal { reason: Reason::Namespace(_), .. })), "{package}");
    }
    let dotted = Namespace { package: "acme.runtime".to_owned(), ..namespace() };
    let found = rewrite(&RepoPath::new("m.py"), b"import X\n", &dotted).expect("rewritten");
    assert_eq!(found.bytes, b"import acme.runtime.X as X\n");
}

#[test]
fn a_refusal_becomes_an_error_with_a_next_step() {
    let error = Error::from(rewritten(b"\n# \xe9\n").expect_err("refused"));
    assert_eq!(error.kind(), Kind::Failed);
    assert_eq!(
        error.to_string(),
        "cannot rewrite the imports of `m.py` (m.py:2:3): is not UTF-8, and has no coding cookie"
    );
    assert_eq!(error.hints().len(), 1);
}

#[test]
fn the_report_shows_lines_before_and_after() {
    let before =
        b"import os\r\nimport X, Z; X.a\r\nif a:\r\n    from X import b\r\n__import__('Z')";
    let found = rewritten(before).expect("rewritten");
    let mut report = RewriteReport::new(&namespace());
    report.add(&RepoPath::new("m.py"), before, &found);
    report.add(&RepoPath::new("n.py"), b"", &rewritten(b"").expect("rewritten"));
    report.refuse(&rewritten(b"(").expect_err("refused"));
    let said = serde_json::to_value(&report).expect("JSON");
    assert_eq!(
        said,
        serde_json::json!({
            "schema": "shipshape/rewrite-report/1",
            "package": "P",
            "modules": ["X", "Z", "sub"],
            "files": [{
                "path": "m.py",
                "insertions": 5,
                "lines": [
                    {
                        "line": 2,
                        "column": 8,
                        "before": "import X, Z; X.a",
                        "after": "import P.X as X, P.Z as Z; X.a",
                    },
                    {
                        "line": 4,
                        "column": 10,
                        "before": "    from X import b",
                        "after": "    from P.X import b",
                    },
                ],
                "mentions": [{
                    "line": 5,
                    "column": 12,
                    "kind": "dunder-import",
                    "name": "Z",
                    "breaks": true,
                }],
            }],
            "refused": [{
                "path": "m.py",
                "line": 1,
                "column": 2,
                "reason": "does not parse: unexpected EOF while parsing",
            }],
        })
    );
}

#[test]
fn a_report_of_an_endless_line_stays_small() {
    let before = format!("a = '{}'; {}", "é".repeat(9_000), "import X; ".repeat(9_000));
    let found = rewritten(before.as_bytes()).expect("rewritten");
    let mut report = RewriteReport::new(&namespace());
    report.add(&RepoPath::new("m.py"), before.as_bytes(), &found);
    assert_eq!(report.files[0].insertions, 18_000);
    assert!(serde_json::to_string(&report).expect("JSON").len() < 3_000);
}
