//! Archives that are odd, names, RECORD and WHEEL.

use super::*;
use crate::checks::distribution::testing::{METADATA, Zip, ZipEntry};

/// Whether the wheel with one change of its zip has findings of one rule only, errors.
#[track_caller]
fn zip_is(rule: &str, severity: Severity, change: impl FnOnce(&mut Zip)) {
    let wheel = Wheel::good();
    let mut zip = wheel.zip();
    change(&mut zip);
    let findings = found(&wheel.file_name, &zip.bytes(), Surroundings::default());
    only(&findings, rule, severity);
}

#[track_caller]
fn wheel_is(rule: &str, severity: Severity, change: impl FnOnce(&mut Wheel)) {
    only(&of_wheel(&changed(change)), rule, severity);
}

/// The wheel with one more entry that RECORD lists.
fn with_entry(entry: ZipEntry) -> impl FnOnce(&mut Zip) {
    move |zip: &mut Zip| {
        let mut wheel = Wheel::good();
        wheel.put(&String::from_utf8_lossy(&entry.name), &entry.content);
        *zip = wheel.zip();
        zip.entries.retain(|known| known.name != entry.name);
        zip.entries.insert(1, entry);
    }
}

fn at(zip: &mut Zip, name: &str) -> usize {
    zip.entries.iter().position(|entry| entry.name == name.as_bytes()).expect("an entry")
}

#[test]
fn damaged() {
    let wheel = Wheel::good();
    let bytes = wheel.bytes();
    for cut in [bytes.len() - 1, bytes.len() - 30, bytes.len() / 2, 40] {
        let findings = found(&wheel.file_name, &bytes[..cut], Surroundings::default());
        only(&findings, "archive-damaged", Severity::Error);
    }
    zip_is("archive-damaged", Severity::Error, |zip| {
        let at = at(zip, "acme/tools.py");
        zip.entries[at].stated_checksum = Some(7);
    });
    zip_is("archive-damaged", Severity::Error, |zip| {
        let at = at(zip, "acme/tools.py");
        zip.entries[at].stated_size = Some(3);
    });
    zip_is("archive-damaged", Severity::Error, |zip| {
        let at = at(zip, "acme/tools.py");
        zip.entries[at].raw = true;
    });
}

#[test]
fn disagreement() {
    zip_is("archive-disagreement", Severity::Error, |zip| {
        let at = at(zip, "acme/tools.py");
        zip.entries[at].local_name = Some(b"acme/evil.py".to_vec());
    });
    zip_is("archive-disagreement", Severity::Error, |zip| zip.stated_count = Some(3));
}

#[test]
fn overlap_comment_stray_bytes_and_wide_records() {
    zip_is("archive-overlap", Severity::Error, |zip| {
        let at = at(zip, "acme/tools.py");
        let name = zip.entries[at].name.clone();
        let at_the_one_before = true;
        zip.entries[at] = ZipEntry { at_the_one_before, name, ..zip.entries[at - 1].clone() };
    });
    zip_is("archive-comment", Severity::Error, |zip| zip.comment = b"by me".to_vec());
    // Where the archive ends is not decided by what its comment contains.
    zip_is("archive-comment", Severity::Error, |zip| {
        zip.comment = [&b"PK\x05\x06"[..], &[b'x'; 40]].concat();
    });
    zip_is("archive-comment", Severity::Error, |zip| zip.entries[0].comment = b"x".to_vec());
    zip_is("archive-stray-bytes", Severity::Error, |zip| zip.leading = b"#!/bin/sh\n".to_vec());
    zip_is("archive-stray-bytes", Severity::Error, |zip| zip.trailing = b"more".to_vec());
    zip_is("archive-stray-bytes", Severity::Error, |zip| zip.entries[1].behind = b"gap".to_vec());
    zip_is("archive-stray-bytes", Severity::Error, |zip| {
        let last = zip.entries.len() - 1;
        zip.entries[last].behind = b"gap".to_vec();
    });
    zip_is("archive-zip64", Severity::Info, |zip| zip.wide_end = true);
}

#[test]
fn entries_that_are_not_read() {
    for path in [
        "../evil.py",
        "/etc/evil.py",
        "C:/evil.py",
        "acme\\evil.py",
        "acme//evil.py",
        "acme/\u{1}.py",
        &format!("{}x.py", "a/".repeat(200)),
        &format!("acme/{}.py", "a".repeat(2_048)),
    ] {
        zip_is("archive-unsafe-path", Severity::Error, with_entry(ZipEntry::new(path, b"x = 1\n")));
    }
    zip_is("archive-name-encoding", Severity::Error, |zip| {
        zip.entries.push(ZipEntry { name: b"acme/caf\xe9.txt".to_vec(), ..ZipEntry::new("", b"") });
    });
    zip_is(
        "archive-name-encoding",
        Severity::Error,
        with_entry(ZipEntry::new("acme/caf\u{e9}.txt", b"x")),
    );
    let link = ZipEntry { mode: 0o120_777, method: 0, ..ZipEntry::new("acme/link.py", b"main.py") };
    zip_is("archive-special-file", Severity::Error, with_entry(link));
    // The traditional encryption, the strong one, and a hidden header.
    for flags in [1, 1 << 6, 1 << 13] {
        let locked = ZipEntry { flags, ..ZipEntry::new("acme/locked.py", b"x = 1\n") };
        zip_is("archive-encrypted", Severity::Error, with_entry(locked));
    }
    let packed = ZipEntry { method: 12, ..ZipEntry::new("acme/packed.bin", b"BZh9") };
    zip_is("archive-compression", Severity::Error, with_entry(packed));
    // Its sizes have 32 or 64 bits, and no byte of either belongs to nothing.
    for wide_descriptor in [false, true] {
        let streamed = ZipEntry::new("acme/streamed.py", b"x = 1\n");
        let streamed = ZipEntry { flags: 8, wide_descriptor, ..streamed };
        zip_is("archive-data-descriptor", Severity::Error, with_entry(streamed));
    }
}

#[test]
fn a_declared_name_outside_ascii_is_sound() {
    let wheel = Wheel::good();
    let mut zip = wheel.zip();
    let named = ZipEntry { flags: 1 << 11, ..ZipEntry::new("acme/caf\u{e9}.txt", b"x") };
    with_entry(named)(&mut zip);
    assert_eq!(
        shown(&found(&wheel.file_name, &zip.bytes(), Surroundings::default())),
        Vec::<String>::new()
    );
}

#[test]
fn duplicates() {
    zip_is("archive-duplicate", Severity::Error, |zip| {
        let at = at(zip, "acme/tools.py");
        let twice = zip.entries[at].clone();
        zip.entries.push(twice);
    });
    wheel_is("archive-duplicate", Severity::Warning, |wheel| wheel.put("acme/Tools.py", "x = 1\n"));
}

#[test]
fn bombs_are_not_unpacked_and_not_green() {
    let bomb = vec![0; 40 << 20];
    let wheel = changed(|wheel| wheel.put("acme/bomb.bin", &bomb));
    let findings = of_wheel(&wheel);
    only(&findings, "archive-too-large", Severity::Error);
    assert!(findings.iter().all(|finding| finding.unchecked));
}

#[test]
fn file_names() {
    wheel_is("file-name-invalid", Severity::Error, |wheel| {
        wheel.file_name = "acme-1.0-any.whl".into()
    });
    wheel_is("file-name-not-normalised", Severity::Warning, |wheel| {
        wheel.file_name = "Acme-1.0-py3-none-any.whl".into();
    });
    let files: Vec<(String, &str)> =
        SDIST.iter().map(|(path, text)| (path.replace("acme-1.0/", "Acme-1.0/"), *text)).collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let findings = found("Acme-1.0.tar.gz", &sdist(&files), Surroundings::default());
    only(&findings, "file-name-not-normalised", Severity::Error);
    wheel_is("file-name-disagrees", Severity::Error, |wheel| {
        wheel.metadata("Version: 1.0\n", "Version: 1.1\n")
    });
    wheel_is("file-name-disagrees", Severity::Error, |wheel| {
        wheel.metadata("Name: acme", "Name: other")
    });
}

#[test]
fn the_folder_that_describes_a_wheel() {
    wheel_is("dist-info-folder", Severity::Error, |wheel| {
        wheel.put("other-2.0.dist-info/METADATA", METADATA)
    });
    wheel_is("dist-info-folder", Severity::Error, |wheel| {
        let info = std::mem::replace(&mut wheel.info, "other-1.0.dist-info".into());
        let moved = |path: String| path.replace(&info, "other-1.0.dist-info");
        let files = std::mem::take(&mut wheel.files);
        wheel.files = files.into_iter().map(|(path, content)| (moved(path), content)).collect();
    });
    let none = changed(|wheel| {
        wheel.files.retain(|path, _| !path.contains("dist-info"));
        wheel.has_record = false;
    });
    only(&of_wheel(&none), "dist-info-folder", Severity::Error);
    wheel_is("metadata-missing", Severity::Error, |wheel| {
        wheel.files.remove("acme-1.0.dist-info/METADATA");
    });
    wheel_is("wheel-file-missing", Severity::Error, |wheel| {
        wheel.files.remove("acme-1.0.dist-info/WHEEL");
    });
    wheel_is("record-missing", Severity::Error, |wheel| wheel.has_record = false);
}

#[test]
fn records() {
    let with = |change: fn(String) -> String| {
        move |wheel: &mut Wheel| wheel.record = Some(change(wheel.true_record()))
    };
    let malformed: [fn(String) -> String; 5] = [
        |record| record.replacen(',', ";", 2),
        |record| record + "\"open,,\n",
        |record| {
            record.lines().next().map(|line| format!("{line}\n")).unwrap_or_default() + &record
        },
        |record| record.replacen("sha256=", "sha256", 1),
        |record| record + "acme/tools.py,,\n",
    ];
    for change in malformed {
        wheel_is("record-malformed", Severity::Error, with(change));
    }
    wheel_is(
        "record-weak-hash",
        Severity::Error,
        with(|record| record.replacen("sha256=", "md5=", 1)),
    );
    wheel_is(
        "record-wrong-hash",
        Severity::Error,
        with(|record| {
            let (first, rest) = record.split_once("sha256=").expect("a hash");
            format!("{first}sha256=AAAA{}", &rest[4..])
        }),
    );
    let unknown = changed(with(|record| record.replacen("sha256=", "blake3=", 1)));
    assert!(of_wheel(&unknown).iter().all(|finding| finding.unchecked));
    only(&of_wheel(&unknown), "record-wrong-hash", Severity::Error);
    wheel_is(
        "record-wrong-size",
        Severity::Error,
        with(|record| record.replacen(",0\n", ",9\n", 1)),
    );
    wheel_is(
        "record-unlisted-file",
        Severity::Error,
        with(|record| {
            record
                .lines()
                .filter(|line| !line.starts_with("acme/tools.py"))
                .map(|line| format!("{line}\n"))
                .collect()
        }),
    );
    wheel_is(
        "record-absent-file",
        Severity::Error,
        with(|record| record + "acme/gone.py,sha256=AAAA,1\n"),
    );
}

#[test]
fn the_wheel_file_and_tags() {
    let cases = [
        ("Wheel-Version: 1.0", "Wheel-Version: 2.0", Severity::Error),
        ("Wheel-Version: 1.0", "Wheel-Version: 1.9", Severity::Warning),
        ("Wheel-Version: 1.0", "Wheel-Version: one", Severity::Error),
        ("Wheel-Version: 1.0\n", "", Severity::Error),
        ("Root-Is-Purelib: true", "Root-Is-Purelib: yes", Severity::Error),
        ("Tag: py3-none-any\n", "", Severity::Error),
        ("Generator: test", "Generator test", Severity::Error),
    ];
    for (from, to, severity) in cases {
        wheel_is("wheel-file-malformed", severity, |wheel| wheel.replace("WHEEL", from, to));
    }
    wheel_is("wheel-tags", Severity::Error, |wheel| {
        wheel.replace("WHEEL", "Tag: py3-none-any", "Tag: cp311-cp311-win_amd64");
    });
    wheel_is("wheel-tags", Severity::Error, |wheel| {
        wheel.replace("WHEEL", "Tag: py3-none-any", "Tag: py3-none-linux_x86_64");
        wheel.file_name = "acme-1.0-py3-none-linux_x86_64.whl".into();
    });
    wheel_is("wheel-tags", Severity::Error, |wheel| wheel.put("acme/_fast.abi3.so", b"\x7fELF"));
}

#[test]
fn tags_may_be_stated_as_a_set() {
    let stated = |tag: &str| {
        let wheel = changed(|wheel| {
            wheel.file_name = "acme-1.0-py2.py3-none-any.whl".into();
            wheel.replace("WHEEL", "Tag: py3-none-any", tag);
        });
        of_wheel(&wheel).iter().map(|finding| finding.rule.id).collect::<Vec<_>>()
    };
    assert_eq!(stated("Tag: py2.py3-none-any"), Vec::<&str>::new());
    assert_eq!(stated("Tag: py2-none-any\nTag: py3-none-any"), Vec::<&str>::new());
    assert_eq!(stated("Tag: py3-none-any"), ["wheel-tags"]);
}

#[test]
fn a_record_of_a_million_lines_is_told_in_ten() {
    let endless = changed(|wheel| {
        let lines: String = (0..200_000).map(|line| format!("a{line},,\n")).collect();
        wheel.record = Some(wheel.true_record() + &lines);
    });
    let findings = of_wheel(&endless);
    assert_eq!(findings.len(), 20, "ten without a hash, ten that are not there");
    let last = findings.iter().filter(|finding| finding.message.contains("199990 times more"));
    assert_eq!(last.count(), 2);
}

#[test]
fn what_is_wrong_many_times_is_told_ten_times_and_counted() {
    for (many, more) in
        [(10, None), (11, Some("; and so on, 1 times more")), (25, Some(" 15 times"))]
    {
        let record = changed(|wheel| {
            let lines: String = (0..many).map(|line| format!("a{line},,\n")).collect();
            wheel.record = Some(wheel.true_record() + &lines);
        });
        let findings = of_wheel(&record);
        assert_eq!(findings.len(), 20, "{many}");
        let counted = |finding: &&Finding| finding.message.contains("times more");
        let told: Vec<&Finding> = findings.iter().filter(counted).collect();
        assert_eq!(told.len(), if more.is_some() { 2 } else { 0 }, "{many}");
        assert!(
            told.iter().all(|it| more.is_some_and(|more| it.message.contains(more))),
            "{told:?}"
        );
    }
}

#[test]
fn stray_files() {
    for path in
        ["tests/test_acme.py", "README.md", "setup.py", "acme/__pycache__/main.cpython-311.pyc"]
    {
        wheel_is("stray-file", Severity::Warning, |wheel| wheel.put(path, "\n"));
    }
    for folders in ["\n", "# import os\nlib\nimportant\n"] {
        wheel_is("stray-file", Severity::Info, |wheel| wheel.put("acme.pth", folders));
    }
    let code = "lib\nimport os; os.system('x')\n";
    wheel_is("stray-file", Severity::Warning, |wheel| wheel.put("acme.pth", code));
    for path in ["other/__init__.py", "other/deep/x.py", "other.py"] {
        let found = of_wheel(&changed(|wheel| wheel.put(path, "\n")));
        only(&found, "stray-file", Severity::Info);
        let message = "the wheel also installs `other` beside its own `acme`";
        assert_eq!(shown(&found), [format!("{path} stray-file info: {message}")]);
    }
}

#[test]
fn sdists() {
    let said =
        |name: &str, files: &[(&str, &str)]| found(name, &sdist(files), Surroundings::default());
    let [info, licence, project, module] = SDIST;
    only(
        &said("acme-1.0.tar.gz", &[licence, project, module]),
        "metadata-missing",
        Severity::Error,
    );
    only(&said("acme-1.0.tar.gz", &[info, licence, module]), "sdist-layout", Severity::Error);
    only(
        &said("acme-1.0.tar.gz", &[info, licence, project, module, ("README", "x")]),
        "sdist-layout",
        Severity::Error,
    );
    only(
        &said("acme-1.0.tar.gz", &[info, project, module]),
        "licence-file-missing",
        Severity::Error,
    );
    let old = [info, licence, module, ("acme-1.0/setup.py", "\n")];
    only(&said("acme-1.0.tar.gz", &old), "sdist-layout", Severity::Info);
    for path in ["../evil", "/etc/evil", "acme-1.0/../../evil"] {
        let findings = said("acme-1.0.tar.gz", &[info, licence, project, module, (path, "x")]);
        assert!(findings.iter().any(|finding| finding.rule.id == "archive-unsafe-path"), "{path}");
    }
    only(
        &said("acme-1.0.tar.gz", &[info, licence, project, module, module]),
        "archive-duplicate",
        Severity::Error,
    );
    let bytes = sdist(&SDIST);
    let cut = found("acme-1.0.tar.gz", &bytes[..bytes.len() / 2], Surroundings::default());
    only(&cut, "archive-damaged", Severity::Error);
    let longer = [bytes.as_slice(), b"more"].concat();
    only(
        &found("acme-1.0.tar.gz", &longer, Surroundings::default()),
        "archive-stray-bytes",
        Severity::Error,
    );
}

#[test]
fn releases_have_one_sdist() {
    let open = |name: &str| distribution::of_bytes(name, &sdist(&SDIST)).expect("an archive");
    let (first, second) = (open("acme-1.0.tar.gz"), open("Acme-1.0.tar.gz"));
    let wheel = distribution::of_bytes("acme-1.0-py3-none-any.whl", &Wheel::good().bytes())
        .expect("a wheel");
    let findings = super::super::of_release(&[&first, &wheel, &second]);
    assert_eq!(findings.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [2]);
    assert_eq!(findings[0].1.rule.id, "release-duplicate");
    let (zeros, later) = (open("acme-1.0.0.tar.gz"), open("acme-1.0.1.tar.gz"));
    assert_eq!(super::super::of_release(&[&first, &zeros, &later]).len(), 1);
    assert!(super::super::of_release(&[&first, &wheel]).is_empty());
}

#[test]
fn no_archive_at_all_is_an_error() {
    for (name, bytes) in
        [("a-1-py3-none-any.whl", &b"<html>"[..]), ("a-1.tar.gz", b""), ("a.egg", b"PK\x03\x04")]
    {
        assert!(distribution::of_bytes(name, bytes).is_err(), "{name}");
    }
}
