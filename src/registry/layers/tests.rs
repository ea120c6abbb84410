//! Layers as builders make them, and as somebody who means harm does.

use std::io::Write as _;

use super::*;

/// A layer of files (or of links, where the content is `-> …`), as plain tar.
fn layer(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        if let Some(target) = content.strip_prefix("-> ") {
            header.set_entry_type(EntryType::Symlink);
            header.set_size(0);
            archive.append_link(&mut header, path, target).expect("a link");
            continue;
        }
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, path, content.as_bytes()).expect("a file");
    }
    archive.into_inner().expect("an archive")
}

fn metadata(version: &str) -> String {
    format!("Metadata-Version: 2.4\nName: Acme_Runtime\nVersion: {version}\n\nVersion: 9\n")
}

/// What a search of `acme.runtime` says of layers, the newest first.
fn search(layers: &[Vec<u8>]) -> String {
    let mut search = Search::new("acme.runtime");
    for layer in layers {
        match search.layer(layer.as_slice()) {
            Ok(Some(found)) => return format!("{} in {}", found.version, found.path),
            Ok(None) => {}
            Err(fault) => return fault.to_string(),
        }
    }
    "none".to_owned()
}

const SITE: &str = "usr/local/lib/python3.11/site-packages";

fn installed(version: &str) -> Vec<u8> {
    let path = format!("{SITE}/acme_runtime-{version}.dist-info/METADATA");
    layer(&[("etc/passwd", "root"), (&path, &metadata(version))])
}

#[test]
fn the_newest_layer_counts_however_it_is_packed() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&installed("1.2.3rc1")).expect("packed");
    let packed = packed.finish().expect("packed");
    let said = format!("1.2.3rc1 in {SITE}/acme_runtime-1.2.3rc1.dist-info/METADATA");
    assert_eq!(search(&[layer(&[("a", "b")]), packed, installed("0.9")]), said);
    let other = format!("{SITE}/acme_runtime_extras-7.dist-info/METADATA");
    assert_eq!(search(&[layer(&[(&other, &metadata("7"))])]), "none");
    assert_eq!(search(&[Vec::new(), layer(&[])]), "none");
}

#[test]
fn what_a_newer_layer_took_away_is_not_installed() {
    for (path, content) in [
        (format!("{SITE}/.wh.acme_runtime-1.0.dist-info"), ""),
        (format!("{SITE}/acme_runtime-1.0.dist-info/.wh.METADATA"), ""),
        (format!("{SITE}/.wh..wh..opq"), ""),
        ("usr/.wh.local".to_owned(), ""),
        (".wh..wh..opq".to_owned(), ""),
        ("usr/local/lib/python3.11".to_owned(), "-> /opt/python"),
        (format!("{SITE}/acme_runtime-1.0.dist-info"), "a file"),
    ] {
        let newer = layer(&[(&path, content)]);
        assert_eq!(search(&[newer.clone(), installed("1.0")]), "none", "{path}");
        // An older layer takes nothing from a newer one, nor does a layer from itself.
        assert!(search(&[installed("1.0"), newer]).starts_with("1.0 "), "{path}");
    }
    let kin = layer(&[(&format!("{SITE}/.wh.acme_runtime-1.0"), ""), ("usr/.wh..wh.plnk", "")]);
    assert!(search(&[kin, installed("1.0")]).starts_with("1.0 "));
    let own = format!("{SITE}/acme_runtime-2.0.dist-info/METADATA");
    let both = layer(&[(&format!("{SITE}/.wh..wh..opq"), ""), (&own, &metadata("2.0"))]);
    assert!(search(&[both, installed("1.0")]).starts_with("2.0 "));
}

#[test]
fn long_paths_are_put_together() {
    let path =
        format!("{}/acme_runtime-3.dist-info/METADATA", "deep/".repeat(60).trim_end_matches('/'));
    assert_eq!(search(&[layer(&[(&path, &metadata("3"))])]), format!("3 in {path}"));
    let mut archive = tar::Builder::new(Vec::new());
    let words = [("path", path.as_bytes())];
    archive.append_pax_extensions(words).expect("words");
    let mut header = tar::Header::new_ustar();
    header.set_path("short").expect("a path");
    let content = metadata("4");
    header.set_size(content.len() as u64);
    header.set_cksum();
    archive.append(&header, content.as_bytes()).expect("a file");
    assert_eq!(search(&[archive.into_inner().expect("an archive")]), format!("4 in {path}"));
}

#[test]
fn what_cannot_be_read_is_told_and_is_never_none() {
    let path = format!("{SITE}/acme_runtime-1.0.dist-info/METADATA");
    for (bytes, said) in [
        (vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0], "zstd"),
        (vec![0x1f, 0x8b, 8, 0, 1, 2, 3], "end of file"),
        (installed("1.0")[..700].to_vec(), ""),
        (vec![b'x'; 1024], "numeric field"),
        (layer(&[(&path, "Name: acme-runtime\n\nVersion: 1\n")]), "does not say its version"),
        (layer(&[(&path, "Version: \u{1b}[31m\n")]), "does not say its version"),
        (layer(&[(&path, "-> elsewhere")]), "does not say its version"),
    ] {
        let found = search(&[bytes]);
        assert!(found.contains(said), "{said}: {found}");
        assert!(found != "none" && !found.contains(" in "), "{found}");
    }
    let mut huge = tar::Header::new_gnu();
    huge.set_path("././@LongLink").expect("a path");
    huge.set_entry_type(EntryType::GNULongName);
    huge.set_size(1 << 40);
    huge.set_cksum();
    assert!(search(&[huge.as_bytes().to_vec()]).contains("has more to say of an entry"));
    assert!(matches!(path_of(b"a/../../etc"), Err(LayerFault::Path)));
}

/// A layer that packs well could otherwise keep whoever looks into it busy for hours, or fill their memory.
#[test]
fn paths_without_end_and_deletions_without_end_are_told() {
    let mut archive = tar::Builder::new(Vec::new());
    let path = "a/".repeat(4_000);
    archive.append_pax_extensions([("path", path.as_bytes())]).expect("words");
    let mut header = tar::Header::new_ustar();
    header.set_path("short").expect("a path");
    header.set_size(0);
    header.set_cksum();
    archive.append(&header, &b""[..]).expect("a file");
    let said = search(&[archive.into_inner().expect("an archive")]);
    assert!(said.contains("more letters in a path"), "{said}");
    let mut hidden = Hidden::default();
    let kept = (0..20_000).map(|number| hidden.remember(Mark::Gone(format!("{number:04000}"))));
    let kept = kept.take_while(Result::is_ok).count();
    assert_eq!(kept, MOST_MARK_BYTES / 4_000);
}

#[test]
fn layers_that_are_not_read_are_known_by_their_type() {
    assert_eq!(unread("application/vnd.oci.image.layer.v1.tar+zstd"), Some("compressed with zstd"));
    assert_eq!(unread("application/vnd.oci.image.layer.v1.tar+gzip"), None);
    assert_eq!(unread(""), None);
}
