//! Wheels and sdists of anybody's: whatever the bytes, an answer, with places that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::checks::distribution::{Subject, Surroundings, judge};
use shipshape::package::Distribution;
use shipshape::package::distribution::of_bytes;
use shipshape_fuzz::{assert_sound, text_of};

// The first byte says as what the others are read: an archive, or one of the documents in it.
fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    match kind % 4 {
        0 => archive("acme-1.0-py3-none-any.whl", rest),
        1 => archive("acme-1.0.tar.gz", rest),
        2 => described(rest, b""),
        _ => described(b"Metadata-Version: 2.4\nName: acme\nVersion: 1.0\n", rest),
    }
});

fn archive(name: &str, bytes: &[u8]) {
    if let Ok(distribution) = of_bytes(name, bytes) {
        answers(&distribution);
    }
}

fn described(metadata: &[u8], entry_points: &[u8]) {
    let (metadata, entry_points) = (text_of(metadata), text_of(entry_points));
    let tree =
        Distribution::of_tree("acme", [], metadata.as_str(), Some(entry_points.as_str()));
    answers(&tree);
}

fn answers(distribution: &Distribution) {
    if let Some(document) = &distribution.metadata {
        for field in &document.value.fields {
            assert_sound(&document.text, field.name_span, "name of a field");
            assert_sound(&document.text, field.span, "field");
        }
        for problem in &document.value.problems {
            assert_sound(&document.text, problem.span, "line");
        }
    }
    if let Some(document) = &distribution.record {
        for row in &document.value.rows {
            assert_sound(&document.text, row.span, "row");
        }
    }
    if let Some(document) = &distribution.entry_points {
        for entry in &document.value.entries {
            assert_sound(&document.text, entry.name_span, "name");
            assert_sound(&document.text, entry.value_span, "value");
        }
    }
    let _ = judge(&Subject::of(distribution, Surroundings::default()));
}
