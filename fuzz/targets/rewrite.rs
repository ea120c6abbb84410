//! Imports moved under a package: output that parses, insertions alone, and nothing left to do.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::package::rewrite::{Namespace, RewriteReport, Rewritten, rewrite};
use shipshape::snapshot::RepoPath;

fuzz_target!(|bytes: &[u8]| {
    let roots = ["X", "Z", "sub", "é"].map(str::to_owned).into();
    let namespace = Namespace { package: "P".to_owned(), roots };
    let path = RepoPath::new("m.py");
    let mut report = RewriteReport::new(&namespace);
    let found = match rewrite(&path, bytes, &namespace) {
        Ok(found) => found,
        Err(refusal) => return report.refuse(&refusal),
    };
    insertions_are_sound(bytes, &found);
    report.add(&path, bytes, &found);
    let again = match rewrite(&path, &found.bytes, &namespace) {
        Ok(again) => again,
        Err(refusal) => panic!("the output is refused: {refusal}"),
    };
    assert_eq!(again.edits, [], "a second run changes it");
    assert_eq!(again.bytes, found.bytes);
    assert_eq!(again.mentions.len(), found.mentions.len());
});

/// The edits, and nothing else, make the output of the input; mentions lie in the input.
fn insertions_are_sound(bytes: &[u8], found: &Rewritten) {
    let mut output = Vec::new();
    let mut done = 0;
    for edit in &found.edits {
        assert!(edit.offset >= done && !edit.inserted.is_empty(), "{edit:?}");
        assert!(edit.position.line > 0 && edit.position.column > 0);
        output.extend_from_slice(&bytes[done..edit.offset]);
        output.extend_from_slice(edit.inserted.as_bytes());
        done = edit.offset;
    }
    output.extend_from_slice(&bytes[done..]);
    assert_eq!(output, found.bytes);
    for mention in &found.mentions {
        assert!(mention.span.end <= bytes.len() && !mention.span.is_empty(), "{mention:?}");
        assert!(["X", "Z", "sub", "é"].contains(&mention.root.as_str()));
    }
}
