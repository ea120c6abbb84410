//! The accepted deliveries: an append-only file, which is rewritten when half of it is old.
//!
//! A delivery is recognised by its id and by its body. The signature covers only the body, so somebody who intercepted
//! a delivery could send it again under another id.

use std::collections::{HashSet, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::Digest as _;

use super::{Handled, Line, Wish, lines};
use crate::edge::{private_files, whole_file};
use crate::error::{Error, Result};
use crate::serve::secret::hex;

/// How many deliveries are remembered: a month at one per minute.
const KEPT: usize = 50_000;
/// The largest file that is read, in bytes: more than twice [`KEPT`] lines.
const MAX_BYTES: u64 = 128 << 20;

type Digest = [u8; 16];

/// The accepted deliveries.
#[derive(Debug)]
pub(in crate::serve) struct Inbox {
    file: PathBuf,
    /// The locked lock file, so that no other process accepts deliveries into the same file.
    _turn: File,
    next: u64,
    seen: HashSet<Digest>,
    /// The remembered deliveries, in order of arrival.
    order: VecDeque<[Digest; 2]>,
    /// The number of lines in the file.
    length: usize,
    kept: usize,
}

/// The result of accepting a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::serve) enum Taken {
    /// It is new and has this line number.
    New(u64),
    /// It was accepted before.
    Seen,
}

impl Inbox {
    /// Opens the inbox in a file, which is created if needed.
    ///
    /// # Errors
    /// When the file cannot be read, or another process accepts deliveries into it.
    pub(in crate::serve) fn open(file: &Path) -> Result<Self> {
        Self::keeping(file, KEPT)
    }

    fn keeping(file: &Path, kept: usize) -> Result<Self> {
        let mut inbox = Self {
            file: file.to_owned(),
            _turn: turn(file)?,
            next: 0,
            seen: HashSet::new(),
            order: VecDeque::new(),
            length: 0,
            kept,
        };
        // If the file was deleted, numbers continue after the last handled delivery: a reused number would be skipped.
        inbox.next = Handled::beside(file).next()?.unwrap_or_default();
        let bytes = whole_file::read_up_to(file, MAX_BYTES)?.unwrap_or_default();
        inbox.length = bytes.iter().filter(|byte| **byte == b'\n').count();
        for line in lines(&bytes) {
            inbox.next = inbox.next.max(line.number + 1);
            inbox.remember(line.known.map(|text| digest_of(&text)));
        }
        Ok(inbox)
    }

    /// Accepts a delivery, unless it was accepted before. A new one is on disk before this returns.
    pub(in crate::serve) fn take(
        &mut self,
        (id, body): (&str, &[u8]),
        (at, event): (&str, &str),
        wish: &Wish,
    ) -> io::Result<Taken> {
        let written = [digest(id.as_bytes()), digest(body)].map(|digest| hex(&digest));
        let known = written.clone().map(|text| digest_of(&text));
        if known.iter().any(|digest| self.seen.contains(digest)) {
            return Ok(Taken::Seen);
        }
        let number = self.next;
        let (at, event, wish) = (at.to_owned(), event.to_owned(), wish.clone());
        let line = Line { number, at, known: written, event, wish };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        append(&self.file, &bytes)?;
        self.length += 1;
        self.next += 1;
        self.remember(known);
        self.shorten()?;
        Ok(Taken::New(number))
    }

    fn remember(&mut self, known: [Digest; 2]) {
        self.seen.extend(known);
        self.order.push_back(known);
        while self.order.len() > self.kept {
            for old in self.order.pop_front().into_iter().flatten() {
                self.seen.remove(&old);
            }
        }
    }

    /// Rewrites the file to hold only what is remembered, once it is twice as long.
    fn shorten(&mut self) -> io::Result<()> {
        if self.length < 2 * self.kept {
            return Ok(());
        }
        let bytes = std::fs::read(&self.file)?;
        let all: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let late = all.get(all.len().saturating_sub(self.kept)..).unwrap_or_default();
        whole_file::replace(&self.file, &late.concat()).map_err(io::Error::other)?;
        self.length = late.len();
        Ok(())
    }
}

/// Creates the private file, and takes the lock for writing to it.
fn turn(file: &Path) -> Result<File> {
    let failed = |cause: io::Error| {
        Error::failed("cannot keep what GitHub delivers").in_file(file).caused_by(cause)
    };
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_files::folder(folder).map_err(failed)?;
    }
    // A separate lock file, since the file itself is replaced when it is shortened.
    let beside = file.with_extension("lock");
    let lock = open(&beside).map_err(failed)?;
    open(file).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Error::failed("another server receives the deliveries of this fleet")
                .in_file(file)
                .hint("stop that one, or start this one without the role `webhooks`"))
        }
        Err(std::fs::TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

fn open(file: &Path) -> io::Result<File> {
    private_files::open(file, OpenOptions::new().create(true).append(true))
}

fn append(file: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut file = OpenOptions::new().read(true).append(true).open(file)?;
    // A process that was killed may have left an incomplete line.
    let torn = file.seek(SeekFrom::End(0))? > 0 && {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        last != [b'\n']
    };
    let lead: &[u8] = if torn { b"\n" } else { b"" };
    file.write_all(&[lead, bytes].concat())?;
    // GitHub is told *accepted* next and will not deliver it again, so it must survive even a power failure.
    file.sync_data()
}

fn digest(bytes: &[u8]) -> Digest {
    let mut digest = Digest::default();
    digest.iter_mut().zip(sha2::Sha256::digest(bytes)).for_each(|(to, from)| *to = from);
    digest
}

/// Parses a digest from the file. Text that is not a digest is hashed, which yields a value that matches nothing.
fn digest_of(text: &str) -> Digest {
    let mut read = Digest::default();
    let pairs = text.as_bytes().chunks(2);
    for (byte, pair) in read.iter_mut().zip(pairs) {
        let digits = std::str::from_utf8(pair).unwrap_or_default();
        let Ok(value) = u8::from_str_radix(digits, 16) else { return digest(text.as_bytes()) };
        *byte = value;
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(inbox: &mut Inbox, id: &str, body: &str) -> Taken {
        let wish = Wish::Judge("acme/x".to_owned());
        inbox
            .take((id, body.as_bytes()), ("2026-01-01T00:00:00Z", "push"), &wish)
            .expect("writable")
    }

    #[test]
    fn a_delivery_is_taken_once_by_its_id_and_by_its_body() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deep/deliveries.jsonl");
        let mut inbox = Inbox::open(&file).expect("an inbox");
        assert_eq!(take(&mut inbox, "1", "one"), Taken::New(0));
        assert_eq!(take(&mut inbox, "1", "other"), Taken::Seen);
        assert_eq!(take(&mut inbox, "2", "one"), Taken::Seen);
        assert!(Inbox::open(&file).is_err(), "one server at a time");
        drop(inbox);
        let mut again = Inbox::open(&file).expect("an inbox");
        assert_eq!(take(&mut again, "1", "x"), Taken::Seen);
        assert_eq!(take(&mut again, "3", "one"), Taken::Seen);
        assert_eq!(take(&mut again, "3", "three"), Taken::New(1));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
            assert_eq!(mode(&file), 0o600);
            assert_eq!(mode(file.parent().expect("a folder")), 0o700);
        }
    }

    #[test]
    fn a_line_that_was_not_finished_costs_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("d.jsonl");
        let mut inbox = Inbox::open(&file).expect("an inbox");
        take(&mut inbox, "1", "one");
        take(&mut inbox, "2", "two");
        drop(inbox);
        let text = std::fs::read(&file).expect("there");
        std::fs::write(&file, &text[..text.len() - 20]).expect("writable");
        let mut inbox = Inbox::open(&file).expect("an inbox");
        assert_eq!(take(&mut inbox, "3", "three"), Taken::New(1));
        drop(inbox);
        let mut inbox = Inbox::open(&file).expect("an inbox");
        assert_eq!(take(&mut inbox, "1", ""), Taken::Seen);
        assert_eq!(take(&mut inbox, "3", ""), Taken::Seen);
        assert_eq!(take(&mut inbox, "2", "two"), Taken::New(2), "its line was lost");
    }

    #[test]
    fn a_file_that_was_taken_away_does_not_make_numbers_come_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("d.jsonl");
        Handled::beside(&file).note(7).expect("writable");
        let mut inbox = Inbox::open(&file).expect("an inbox");
        assert_eq!(take(&mut inbox, "1", "one"), Taken::New(7));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_so_is_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("d.jsonl");
        let mut inbox = Inbox::keeping(&file, 10).expect("an inbox");
        for number in 0..100_u64 {
            let id = number.to_string();
            assert_eq!(take(&mut inbox, &id, &format!("body {id}")), Taken::New(number));
        }
        assert_eq!((inbox.order.len(), inbox.seen.len()), (10, 20));
        let length = std::fs::read_to_string(&file).expect("there").lines().count();
        assert!((10..20).contains(&length), "{length}");
        drop(inbox);
        let mut inbox = Inbox::keeping(&file, 10).expect("an inbox");
        assert_eq!(take(&mut inbox, "95", ""), Taken::Seen);
        assert_eq!(take(&mut inbox, "5", ""), Taken::New(100));
    }
}
