use std::io::Read as _;

use super::*;

fn members(count: usize) -> Vec<Member> {
    (0..count)
        .map(|number| {
            let line = format!("value_{number} = {number}\n");
            let mut member =
                Member::new(format!("p/m{number:03}.py"), line.repeat(number * 40).into_bytes());
            member.executable = number % 7 == 0;
            member
        })
        .collect()
}

fn written(
    members: &[Member],
    each: usize,
    writer: impl Fn(Output) -> Box<dyn ArchiveWriter>,
) -> (Vec<u8>, Sum) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("archive");
    let mut writer = writer(Output::to(std::fs::File::create(&path).expect("writable")));
    members.chunks(each).for_each(|some| writer.add(some).expect("written"));
    let sum = writer.finish().expect("written").expect("a sum");
    (std::fs::read(&path).expect("readable"), sum)
}

fn zip(members: &[Member], each: usize) -> (Vec<u8>, Sum) {
    written(members, each, |output| Box::new(ZipWriter::new(output, EPOCH)))
}

fn tar(members: &[Member], each: usize) -> (Vec<u8>, Sum) {
    written(members, each, |output| Box::new(TarGzWriter::new(output, "d-1", EPOCH)))
}

#[test]
fn a_zip_is_read_back_and_has_nothing_but_its_members() {
    let mut given = members(60);
    given.push(Member::new("p/é.txt", b"x".to_vec()));
    given.push(Member::new("p/empty", Vec::new()));
    let (bytes, sum) = zip(&given, 9);
    assert_eq!(sum.size, bytes.len() as u64);
    assert_eq!(sum.sha256, <[u8; 32]>::from(sha2::Sha256::digest(&bytes)));
    let mut archive = ::zip::ZipArchive::new(io::Cursor::new(&bytes)).expect("a zip");
    assert_eq!(archive.len(), given.len());
    for (index, member) in given.iter().enumerate() {
        let mut entry = archive.by_index(index).expect("an entry");
        assert_eq!(entry.name().expect("UTF-8"), member.path);
        assert_eq!(entry.unix_mode(), Some(0o100_000 | member.mode()));
        assert!(
            entry.extra_data().is_none_or(|data| data.is_empty()) && entry.comment().is_empty()
        );
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("sound");
        assert_eq!(content, &*member.bytes);
    }
}

#[test]
fn a_tar_is_read_back_with_paths_of_any_length() {
    let mut given = members(80);
    let long = format!("p/{}/x.py", "deep/".repeat(60).trim_end_matches('/'));
    given.push(Member::new(long, b"x = 1\n".to_vec()));
    let (bytes, sum) = tar(&given, 7);
    assert_eq!(sum.size, bytes.len() as u64);
    assert_eq!(&bytes[..10], &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    let mut archive = ::tar::Archive::new(flate2::read::GzDecoder::new(&*bytes));
    let mut read = 0;
    for (entry, member) in archive.entries().expect("entries").zip(&given) {
        let mut entry = entry.expect("an entry");
        assert_eq!(entry.path().expect("a path").to_string_lossy(), format!("d-1/{}", member.path));
        let header = entry.header();
        assert_eq!(header.mode().expect("a mode"), member.mode());
        assert_eq!(header.mtime().expect("a time"), EPOCH);
        assert_eq!((header.uid().ok(), header.gid().ok()), (Some(0), Some(0)));
        assert_eq!(header.username(), Ok(Some("")));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("sound");
        assert_eq!(content, &*member.bytes);
        read += 1;
    }
    assert_eq!(read, given.len());
}

#[test]
fn bytes_depend_neither_on_threads_nor_on_batches() {
    let given = members(120);
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    assert!(given.iter().map(|it| it.bytes.len()).sum::<usize>() > 3 << 20);
    for make in [zip, tar] {
        let whole = make(&given, given.len());
        assert!(whole == make(&given, 1) && whole == make(&given, 13));
        assert!(whole == alone.install(|| make(&given, 50)));
    }
}

#[test]
fn a_listing_and_a_folder_have_the_same_members() {
    let given = members(20);
    let folder = tempfile::tempdir().expect("a folder");
    let mut listing = ListingWriter::default();
    let mut files = FolderWriter::new(folder.path().to_owned());
    for writer in [&mut listing as &mut dyn ArchiveWriter, &mut files] {
        writer.add(&given).expect("written");
        assert_eq!(writer.finish().expect("written"), None);
    }
    for (listed, member) in listing.members.iter().zip(&given) {
        assert_eq!((&listed.path, listed.sha256), (&member.path, member.sha256));
        let content = std::fs::read(folder.path().join(&listed.path)).expect("there");
        assert_eq!(content, &*member.bytes);
    }
    assert_eq!(listing.members.len(), given.len());
}

#[test]
fn times_are_those_that_every_archive_can_hold() {
    assert_eq!(clamped(0), EPOCH);
    assert_eq!(clamped(1_700_000_001), 1_700_000_000);
    assert_eq!(clamped(u64::MAX), LAST);
}
