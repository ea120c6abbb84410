use super::*;

fn cookie_of(bytes: &[u8]) -> Option<String> {
    cookie(bytes).map(|(name, _)| name)
}

#[test]
fn a_cookie_is_found_where_cpython_finds_it() {
    for (bytes, name) in [
        (&b"# coding: latin-1"[..], Some("latin-1")),
        (b"# -*- coding: latin-1 -*-\n", Some("latin-1")),
        (b"# vim: set fileencoding=cp1252 :\n", Some("cp1252")),
        (b"#!/usr/bin/python\n# coding=latin-1\n", Some("latin-1")),
        (b"\n# coding: latin-1\n", Some("latin-1")),
        (b" \t\x0c# coding: latin-1\n", Some("latin-1")),
        (b"# codingcoding: latin-1\n", Some("latin-1")),
        (b"# coding:\n# coding: latin-1\n", Some("latin-1")),
        (b"# coding: utf-8\n# coding: latin-1\n", Some("utf-8")),
        (b"#a\r# coding: latin-1\r", Some("latin-1")),
        (b"\n\n# coding: latin-1\n", None),
        (b"x = 1\n# coding: latin-1\n", None),
        (b"x = 1 # coding: latin-1\n", None),
        (b"\"\"\"a\"\"\"\n# coding: latin-1\n", None),
        (b"\\\n# coding: latin-1\n", None),
        (b"# coding : latin-1\n", None),
        (b"# Coding: latin-1\n", None),
        (b"# coding\n", None),
        (b"", None),
    ] {
        assert_eq!(cookie_of(bytes).as_deref(), name, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn utf8_may_be_declared_in_every_spelling_but_beside_a_mark() {
    for name in ["utf-8", "UTF_8", "utf8", "U8", "utf-8-sig"] {
        assert!(decode(format!("# coding: {name}\n'é'\n").as_bytes()).is_ok(), "{name}");
    }
    assert!(decode("\u{feff}# coding: utf-8\n".as_bytes()).is_ok());
    assert!(decode("\u{feff}# coding: utf8\n".as_bytes()).is_err(), "nor does CPython");
}

#[test]
fn places_are_found_in_one_pass() {
    let text = decode(b"# coding: latin-1\r\n'\xe9\xe9'\r'\xe9'\n").expect("text");
    let mut places = text.places();
    let content = text.as_str();
    let second = content.rfind('\'').expect("there");
    assert_eq!(places.position(19), Position { line: 2, column: 1 });
    assert_eq!(places.offset(second), 26);
    assert_eq!(places.position(second), Position { line: 3, column: 3 });
}
