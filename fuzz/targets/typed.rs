//! Our own YAML files: the manifest, waivers with their edits, and a pack's `shape.yaml`.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use shipshape::fleet::Fleet;
use shipshape::fleet::waivers::{Waiver, Waivers, edit};
use shipshape::shape::lineage::Lineage;
use shipshape::shape::pack::{PackFile, PackFiles};
use shipshape::shape::{Pack, embedded};
use shipshape::source::typed::outline::{self, Content, Node};
use shipshape_fuzz::{assert_sound, text_of};

/// The embedded pack with two of its templates: compiling all of them takes most of the time.
static FILES: LazyLock<PackFiles> = LazyLock::new(|| {
    let mut files = embedded::files();
    files.retain(|path, _| {
        matches!(path.as_str(), "files/requirements.txt.tera" | "files/known-issues.md")
    });
    files
});

fuzz_target!(|bytes: &[u8]| {
    let text = text_of(bytes);
    match outline::read(&text) {
        Ok(root) => outline_is_sound(&text, &root),
        Err(error) => assert_sound(&text, error.span, "syntax error"),
    }
    let bytes = text.to_bytes();
    if let Ok(fleet) = Fleet::parse(Path::new("fleet.yaml"), &bytes) {
        for member in fleet.active() {
            let _ = fleet.image(member);
        }
    }
    waivers_are_edited(&bytes);
    let mut files = FILES.clone();
    files.insert("shape.yaml".to_owned(), PackFile { bytes: bytes.into(), executable: false });
    if let Ok(pack) = Pack::load(&files, "fuzzed", Lineage::default()) {
        let _ = pack.rule_for("adapter.py");
        let _ = pack.profile(None);
    }
});

fn outline_is_sound(text: &shipshape::source::Text, root: &Node) {
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        assert_sound(text, node.span, "node");
        match &node.content {
            Content::Sequence(items) => pending.extend(items),
            Content::Mapping(entries) => {
                pending.extend(entries.iter().flat_map(|(key, value)| [key, value]));
            }
            _ => {}
        }
    }
}

fn waivers_are_edited(bytes: &[u8]) {
    let file = Path::new("waivers.yaml");
    let Ok(before) = Waivers::parse(file, bytes) else { return };
    let Some(expires) = shipshape::fleet::Date::parse("2030-01-31") else { return };
    let waiver = Waiver {
        repository: "acme/api".to_owned(),
        rule: "drift".to_owned(),
        path: Some("a: # b".to_owned()),
        reason: "because\n- of 'this'".to_owned(),
        owner: "platform".to_owned(),
        expires,
        created: None,
        hash: "0123456789abcdef".to_owned(),
    };
    if let Ok(after) = edit::append(file, Some(bytes), &waiver, &["acme/api".to_owned()]) {
        match Waivers::parse(file, &after) {
            Ok(read) => assert!(read.entries.contains(&waiver)),
            Err(errors) => panic!("{errors:?}"),
        }
    }
    if let Ok(after) = edit::prune(file, bytes, &[0]) {
        match Waivers::parse(file, &after) {
            Ok(read) => assert_eq!(read.entries.len(), before.entries.len().saturating_sub(1)),
            Err(errors) => panic!("{errors:?}"),
        }
    }
}
