//! Follows a file of deliveries that another process appends to.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Line, lines};
use crate::edge::whole_file;
use crate::error::Result;

/// The most that is read at once; the rest is read the next time.
const MOST_BYTES: u64 = 8 << 20;

/// A position in a file of deliveries.
#[derive(Debug)]
pub(in crate::serve) struct Tail {
    file: PathBuf,
    offset: u64,
    /// Identifies the file that was read: a rewritten file replaces it, and may be longer than what was read.
    identity: Option<Identity>,
    /// The number of the next new line.
    next: u64,
}

/// The device and inode number, on systems that have them.
type Identity = (u64, u64);

fn identity(data: &Metadata) -> Option<Identity> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some((data.dev(), data.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = data;
        None
    }
}

impl Tail {
    /// Starts at a line number.
    pub(in crate::serve) fn from(file: &Path, next: u64) -> Self {
        Self { file: file.to_owned(), offset: 0, identity: None, next }
    }

    /// Starts at the end of the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(in crate::serve) fn from_end(file: &Path) -> io::Result<Self> {
        let mut tail = Self::from(file, 0);
        while !tail.read()?.is_empty() {}
        Ok(tail)
    }

    /// The number of the next new line.
    pub(in crate::serve) fn position(&self) -> u64 {
        self.next
    }

    /// Reads the lines added since the last time.
    ///
    /// # Errors
    /// When the file cannot be read. A missing file is not an error.
    pub(in crate::serve) fn read(&mut self) -> io::Result<Vec<Line>> {
        let mut file = match File::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // The next file may be given the inode number of this one.
                self.offset = 0;
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let data = file.metadata()?;
        let (length, identity) = (data.len(), identity(&data));
        if length < self.offset || identity != self.identity {
            // The file was rewritten: start over, and recognise old lines by their numbers.
            self.offset = 0;
        }
        let was_read = self.identity.is_some();
        let anew = self.offset == 0 && was_read;
        self.identity = identity;
        if length == self.offset {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut bytes)?;
        // An incomplete line is read once it is complete.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.offset += whole as u64;
        let mut new: Vec<Line> = lines(bytes.get(..whole).unwrap_or_default()).collect();
        // A rewritten file never begins with delivery 0. So the file was deleted and its numbering started over.
        if anew && new.first().is_some_and(|line| line.number == 0) {
            self.next = 0;
        }
        let next = self.next;
        new.retain(|line| line.number >= next);
        if let Some(last) = new.iter().map(|line| line.number).max() {
            self.next = last + 1;
        }
        Ok(new)
    }
}

/// How far the requested image refreshes were carried out, on disk. What a killed server left unfinished is done by the
/// next one.
#[derive(Debug)]
pub(in crate::serve) struct Handled(PathBuf);

impl Handled {
    /// Its file next to the file of deliveries.
    pub(in crate::serve) fn beside(deliveries: &Path) -> Self {
        Self(deliveries.with_extension("refreshed"))
    }

    /// The first line that has not been handled; `None` if nothing was ever recorded.
    pub(in crate::serve) fn next(&self) -> Result<Option<u64>> {
        let bytes = whole_file::read(&self.0)?;
        let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
        Ok(text.and_then(|text| text.parse().ok()))
    }

    /// Records that all lines before this one were handled.
    pub(in crate::serve) fn note(&self, next: u64) -> Result<()> {
        whole_file::replace_private(&self.0, format!("{next}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Inbox, Taken, Wish};
    use super::*;

    #[test]
    fn another_process_sees_what_was_taken_once_and_across_a_shortening() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("d.jsonl");
        let mut tail = Tail::from(&file, 0);
        assert!(tail.read().expect("no file is no error").is_empty());
        let mut inbox = Inbox::open(&file).expect("an inbox");
        let mut take = |number: u64| {
            let wish = Wish::Refresh(Some(format!("r{number}")));
            let id = number.to_string();
            let taken = inbox.take((&id, id.as_bytes()), ("now", "release"), &wish);
            assert_eq!(taken.expect("writable"), Taken::New(number));
        };
        (0..3).for_each(&mut take);
        let numbers = |tail: &mut Tail| -> Vec<u64> {
            tail.read().expect("readable").iter().map(|line| line.number).collect()
        };
        assert_eq!(numbers(&mut tail), [0, 1, 2]);
        assert_eq!(numbers(&mut tail), [0; 0]);
        take(3);
        // Shortened and longer lines gone: only numbers tell what is new.
        let text = std::fs::read_to_string(&file).expect("there");
        let last = text.lines().last().expect("a line").to_owned();
        std::fs::write(&file, format!("{last}\n{{\"num")).expect("writable");
        assert_eq!(numbers(&mut tail), [3]);
        assert_eq!(tail.position(), 4);
        let mut late = Tail::from_end(&file).expect("readable");
        assert_eq!(numbers(&mut late), [0; 0]);
        assert_eq!(late.position(), 4);
    }

    #[test]
    fn a_file_that_takes_the_place_of_another_is_read_from_its_beginning() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("d.jsonl");
        let line = |number: u64| {
            let known = [String::new(), String::new()];
            let wish = Wish::Judge(format!("acme/{number}"));
            let line = Line { number, at: "now".to_owned(), known, event: "push".to_owned(), wish };
            serde_json::to_string(&line).expect("JSON") + "\n"
        };
        let of = |numbers: std::ops::Range<u64>| numbers.map(line).collect::<String>();
        let numbers = |tail: &mut Tail| -> Vec<u64> {
            tail.read().expect("readable").iter().map(|line| line.number).collect()
        };
        std::fs::write(&file, of(0..3)).expect("writable");
        let mut tail = Tail::from(&file, 0);
        assert_eq!(numbers(&mut tail), [0, 1, 2]);
        // Shortened while nobody looked, and longer again than what was read of it.
        whole_file::replace(&file, of(4..9).as_bytes()).expect("writable");
        assert_eq!(numbers(&mut tail), [4, 5, 6, 7, 8]);
        // Taken away, so that deliveries are counted anew.
        std::fs::remove_file(&file).expect("there");
        assert!(numbers(&mut tail).is_empty());
        std::fs::write(&file, of(0..2)).expect("writable");
        assert_eq!(numbers(&mut tail), [0, 1]);
        assert_eq!(tail.position(), 2);
    }

    #[test]
    fn what_was_fulfilled_is_known_the_next_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let handled = Handled::beside(&folder.path().join("d.jsonl"));
        assert_eq!(handled.next().expect("readable"), None);
        handled.note(7).expect("writable");
        assert_eq!(handled.next().expect("readable"), Some(7));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let written = std::fs::metadata(folder.path().join("d.refreshed")).expect("there");
            assert_eq!(written.permissions().mode() & 0o777, 0o600);
        }
    }
}
