//! No bytes stop the reader, and changed ones never pass for others.

use proptest::prelude::*;

use super::*;

fn archive() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (path, content) in [
        ("acme/__init__.py", "from .main import run\n"),
        ("acme/main.py", "def run():\n    return 1\n"),
        ("acme-1.0.dist-info/METADATA", "Metadata-Version: 2.4\nName: acme\nVersion: 1.0\n"),
        ("acme-1.0.dist-info/RECORD", "acme/main.py,sha256=x,1\n"),
    ] {
        writer.start_file(path, options).expect("a vector takes all");
        std::io::Write::write_all(&mut writer, content.as_bytes()).expect("a vector takes all");
    }
    writer.finish().expect("a vector takes all").into_inner()
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = of_bytes("a-1-py3-none-any.whl", &bytes);
        let _ = of_bytes("a-1.tar.gz", &[&[0x1f, 0x8b][..], &bytes].concat());
        let text = String::from_utf8_lossy(&bytes);
        let _ = Distribution::of_tree("a", [], &text, Some(&text));
        let _ = Record::parse(&Text::new(&text));
    }

    /// A changed byte is told, or changes nothing that is read.
    #[test]
    fn no_changed_byte_goes_unnoticed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let whole = archive();
        let sound = of_bytes("acme-1.0-py3-none-any.whl", &whole).expect("a wheel");
        let mut bytes = whole.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(read) = of_bytes("acme-1.0-py3-none-any.whl", &bytes) {
            for (path, content) in &read.files {
                // The name of an entry may be another one; its content may not.
                if let Some(known) = sound.files.get(path) {
                    prop_assert_eq!(known, content);
                }
            }
            prop_assert!(read.files.len() == sound.files.len() || !read.problems.is_empty());
        }
    }

    #[test]
    fn no_cut_goes_unnoticed(length in any::<prop::sample::Index>()) {
        let whole = archive();
        let length = length.index(whole.len());
        if let Ok(read) = of_bytes("acme-1.0-py3-none-any.whl", &whole[..length]) {
            prop_assert!(!read.problems.is_empty());
        }
    }
}

/// An sdist with a file of zeros that is said to have so many bytes.
fn sdist_of_zeros((bytes, said): (u64, u64), mode: u32) -> Distribution {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut archive = tar::Builder::new(gzip);
    for (path, size, said) in [("a-1/PKG-INFO", 0, 0), ("a-1/zeros", bytes, said)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(said);
        header.set_mode(mode);
        header.set_cksum();
        let zeros = std::io::Read::take(std::io::repeat(0), size);
        archive.append_data(&mut header, path, zeros).expect("a vector takes all");
    }
    let gzip = archive.into_inner().expect("a vector takes all");
    of_bytes("a-1.tar.gz", &gzip.finish().expect("a vector takes all")).expect("an archive")
}

#[test]
fn what_takes_an_sdist_past_its_bounds_is_not_read() {
    let small = sdist_of_zeros((1 << 20, 1 << 20), 0o644);
    assert!(small.problems.is_empty() && !small.incomplete, "{:?}", small.problems);
    assert_eq!(small.file("a-1/zeros").map(|bytes| bytes.len()), Some(1 << 20));
    let huge = sdist_of_zeros((0, MAX_SDIST_BYTES + 1), 0o644);
    assert!(huge.incomplete && huge.file("a-1/zeros").is_none());
    assert!(huge.problems.iter().any(|it| it.kind == ProblemKind::TooMuch), "{:?}", huge.problems);
}

#[test]
fn what_would_run_as_its_owner_is_told() {
    let odd = sdist_of_zeros((1, 1), 0o4755);
    let told = odd.problems.iter().filter(|it| it.detail.contains("setuid")).count();
    assert_eq!(told, 2, "{:?}", odd.problems);
}

/// What is behind the end of the tar archive is no entry, but has to be expanded as well.
#[test]
fn what_is_behind_the_last_entry_of_an_sdist_counts_for_its_bounds() {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.set_mode(0o644);
    header.set_cksum();
    archive.append_data(&mut header, "a-1/x", &b"x"[..]).expect("a vector takes all");
    let archive = archive.into_inner().expect("a vector takes all");
    let read = |length: u64| {
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let mut gzip = std::io::BufWriter::new(gzip);
        std::io::Write::write_all(&mut gzip, &archive).expect("a vector takes all");
        let more = length - archive.len() as u64;
        let mut zeros = std::io::Read::take(std::io::repeat(0), more);
        std::io::copy(&mut zeros, &mut gzip).expect("a vector takes all");
        let gzip = gzip.into_inner().expect("a vector takes all");
        of_bytes("a-1.tar.gz", &gzip.finish().expect("a vector takes all")).expect("an archive")
    };
    let whole = read(MAX_DENSE_BYTES);
    assert!(whole.problems.is_empty() && !whole.incomplete, "{:?}", whole.problems);
    let beyond = read(MAX_DENSE_BYTES + 1);
    let told: Vec<_> = beyond.problems.iter().map(|it| (it.kind, it.detail.as_str())).collect();
    let detail = "expands to more than 16777216 bytes, the limit";
    assert_eq!(told, [(ProblemKind::TooMuch, detail)]);
    assert!(beyond.incomplete && beyond.file("a-1/x").is_some());
}
