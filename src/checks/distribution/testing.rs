//! Wheels and sdists for tests, in which single things can be broken.
//!
//! Zips are written byte by byte here, because a library would refuse to write the faults that the rules look for.
//! `tests/it` includes this file as a module of its own, so it uses nothing of the crate.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use sha2::Digest as _;

/// One entry of a zip, as its local header and the central directory state it.
#[derive(Clone, Debug)]
pub(crate) struct ZipEntry {
    pub(crate) name: Vec<u8>,
    pub(crate) content: Vec<u8>,
    /// The name in the local header, if it differs.
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    /// Unix mode.
    pub(crate) mode: u32,
    pub(crate) comment: Vec<u8>,
    /// The size and the checksum that the headers state, if not the true ones.
    pub(crate) stated_size: Option<u32>,
    pub(crate) stated_checksum: Option<u32>,
    /// Whether the sizes after its data have 64 bits.
    pub(crate) wide_descriptor: bool,
    /// Bytes between this entry and the next.
    pub(crate) behind: Vec<u8>,
    /// Whether the entry has no bytes of its own and the directory points at the entry before it.
    pub(crate) at_the_one_before: bool,
    /// Whether the content is written as it is, whatever the method says.
    pub(crate) raw: bool,
}

impl ZipEntry {
    pub(crate) fn new(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            content: content.to_vec(),
            local_name: None,
            flags: 0,
            method: 8,
            mode: 0o100_644,
            comment: Vec::new(),
            stated_size: None,
            stated_checksum: None,
            wide_descriptor: false,
            behind: Vec::new(),
            at_the_one_before: false,
            raw: false,
        }
    }
}

/// A zip with everything that can be odd about one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zip {
    pub(crate) entries: Vec<ZipEntry>,
    pub(crate) leading: Vec<u8>,
    pub(crate) trailing: Vec<u8>,
    pub(crate) comment: Vec<u8>,
    /// How many entries the end record states, if not the true number.
    pub(crate) stated_count: Option<u16>,
    pub(crate) wide_end: bool,
}

impl Zip {
    /// The bytes of the archive.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = self.leading.clone();
        let mut directory = Vec::new();
        let mut before = 0;
        for entry in &self.entries {
            let start = out.len() - self.leading.len();
            let data = match entry.method {
                8 if !entry.raw => deflated(&entry.content),
                _ => entry.content.clone(),
            };
            let checksum = entry.stated_checksum.unwrap_or_else(|| crc(&entry.content));
            let size = entry.stated_size.unwrap_or(entry.content.len() as u32);
            let descriptor = entry.flags & 8 != 0;
            let mut shared = Vec::new();
            for field in [20, entry.flags, entry.method, 0, 0x21] {
                shared.extend(u16::to_le_bytes(field));
            }
            let sizes: Vec<u8> = [checksum, data.len() as u32, size]
                .into_iter()
                .flat_map(u32::to_le_bytes)
                .collect();
            let local = entry.local_name.as_ref().unwrap_or(&entry.name);
            if !entry.at_the_one_before {
                out.extend(b"PK\x03\x04");
                out.extend(&shared);
                out.extend(if descriptor { vec![0; 12] } else { sizes.clone() });
                out.extend(u16::to_le_bytes(local.len() as u16));
                out.extend(u16::to_le_bytes(0));
                out.extend(local);
                out.extend(&data);
                if descriptor {
                    out.extend(b"PK\x07\x08");
                    out.extend(if entry.wide_descriptor {
                        let sizes = [data.len() as u64, u64::from(size)].map(u64::to_le_bytes);
                        [&checksum.to_le_bytes()[..], sizes.as_flattened()].concat()
                    } else {
                        sizes.clone()
                    });
                }
                out.extend(&entry.behind);
            }
            directory.extend(b"PK\x01\x02");
            directory.extend(u16::to_le_bytes(3 << 8 | 20));
            directory.extend(&shared);
            directory.extend(&sizes);
            directory.extend(u16::to_le_bytes(entry.name.len() as u16));
            directory.extend(u16::to_le_bytes(0));
            directory.extend(u16::to_le_bytes(entry.comment.len() as u16));
            directory.extend([0; 4]);
            directory.extend(u32::to_le_bytes(entry.mode << 16));
            let place = if entry.at_the_one_before { before } else { start };
            directory.extend(u32::to_le_bytes(place as u32));
            directory.extend(&entry.name);
            directory.extend(&entry.comment);
            before = start;
        }
        let start = out.len() - self.leading.len();
        let count = self.stated_count.unwrap_or(self.entries.len() as u16);
        out.extend(&directory);
        if self.wide_end {
            let end = out.len() - self.leading.len();
            out.extend(b"PK\x06\x06");
            out.extend(u64::to_le_bytes(44));
            out.extend([45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for field in [u64::from(count), u64::from(count), directory.len() as u64, start as u64]
            {
                out.extend(u64::to_le_bytes(field));
            }
            out.extend(b"PK\x06\x07\0\0\0\0");
            out.extend(u64::to_le_bytes(end as u64));
            out.extend(u32::to_le_bytes(1));
        }
        out.extend(b"PK\x05\x06\0\0\0\0");
        out.extend(u16::to_le_bytes(count));
        out.extend(u16::to_le_bytes(count));
        out.extend(u32::to_le_bytes(directory.len() as u32));
        out.extend(u32::to_le_bytes(start as u32));
        out.extend(u16::to_le_bytes(self.comment.len() as u16));
        out.extend(&self.comment);
        out.extend(&self.trailing);
        out
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A SHA-256 digest in the form that RECORD uses.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digest = sha2::Sha256::digest(bytes);
    let mut text = String::new();
    let mut held = (0_u32, 0);
    for byte in digest.iter().chain([&0]) {
        held = (held.0 << 8 | u32::from(*byte), held.1 + 8);
        while held.1 >= 6 && text.len() < 43 {
            held.1 -= 6;
            text.push(char::from(DIGITS[(held.0 >> held.1 & 63) as usize]));
        }
    }
    text
}

/// A valid wheel, to be changed before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Wheel {
    pub(crate) file_name: String,
    /// The name of the `.dist-info` folder.
    pub(crate) info: String,
    /// Files by path, without RECORD.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// RECORD, if not the true one.
    pub(crate) record: Option<String>,
    /// Whether there is a RECORD.
    pub(crate) has_record: bool,
}

/// Metadata that an index accepts.
pub(crate) const METADATA: &str = "\
Metadata-Version: 2.4
Name: acme
Version: 1.0
Summary: An agent
Author-email: Acme Team <team@acme.example>
License-Expression: MIT
License-File: LICENSE
Keywords: agent, acme
Classifier: Programming Language :: Python :: 3.11
Project-URL: Homepage, https://acme.example/
Requires-Python: >=3.11
Requires-Dist: PyYAML>=6
Description-Content-Type: text/markdown

# Acme
";

impl Wheel {
    pub(crate) fn good() -> Self {
        let info = "acme-1.0.dist-info";
        let mut wheel = Self {
            file_name: "acme-1.0-py3-none-any.whl".to_owned(),
            info: info.to_owned(),
            files: BTreeMap::new(),
            record: None,
            has_record: true,
        };
        wheel.put("acme/__init__.py", "");
        wheel.put("acme/main.py", "import os\nimport yaml\nfrom acme.tools import run\n\n\ndef main():\n    run(os.sep, yaml)\n");
        wheel.put("acme/tools.py", "def run(*given):\n    return given\n");
        wheel.info("METADATA", METADATA);
        wheel.info(
            "WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        );
        wheel.info("entry_points.txt", "[console_scripts]\nacme = acme.main:main\n");
        wheel.info("licenses/LICENSE", "Do as you like.\n");
        wheel
    }

    pub(crate) fn put(&mut self, path: &str, content: impl AsRef<[u8]>) {
        self.files.insert(path.to_owned(), content.as_ref().to_vec());
    }

    /// Adds a file to the `.dist-info` folder.
    pub(crate) fn info(&mut self, file: &str, content: &str) {
        self.put(&format!("{}/{file}", self.info), content);
    }

    /// Replaces a text that occurs once in the metadata.
    pub(crate) fn metadata(&mut self, from: &str, to: &str) {
        self.replace("METADATA", from, to);
    }

    pub(crate) fn replace(&mut self, file: &str, from: &str, to: &str) {
        let path = format!("{}/{file}", self.info);
        let text = String::from_utf8(self.files[&path].clone()).expect("UTF-8");
        assert_eq!(text.matches(from).count(), 1, "`{from}` once in {file}");
        self.put(&path, text.replace(from, to));
    }

    /// A correct RECORD.
    pub(crate) fn true_record(&self) -> String {
        let mut record = String::new();
        for (path, content) in &self.files {
            record.push_str(&format!("{path},sha256={},{}\n", sha256(content), content.len()));
        }
        record + &format!("{}/RECORD,,\n", self.info)
    }

    pub(crate) fn zip(&self) -> Zip {
        let mut entries: Vec<ZipEntry> =
            self.files.iter().map(|(path, content)| ZipEntry::new(path, content)).collect();
        if self.has_record {
            let record = self.record.clone().unwrap_or_else(|| self.true_record());
            entries.push(ZipEntry::new(&format!("{}/RECORD", self.info), record.as_bytes()));
        }
        Zip { entries, ..Zip::default() }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.zip().bytes()
    }
}

/// A gzipped tar archive of these files.
pub(crate) fn sdist(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::new(6)));
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // Set by hand, because the library rejects the paths that the rules look for.
        let name = &mut header.as_old_mut().name;
        name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        builder.append(&header, content.as_bytes()).expect("a vector takes all");
    }
    builder.into_inner().and_then(GzEncoder::finish).expect("a vector takes all")
}

/// The files of a valid sdist.
pub(crate) const SDIST: [(&str, &str); 4] = [
    ("acme-1.0/PKG-INFO", METADATA),
    ("acme-1.0/LICENSE", "Do as you like.\n"),
    ("acme-1.0/pyproject.toml", "[build-system]\nrequires = [\"setuptools\"]\n"),
    ("acme-1.0/acme/__init__.py", ""),
];
