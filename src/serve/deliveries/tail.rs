//! What another process took in: the end of its file, as it grows.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Line, lines};
use crate::edge::whole_file;
use crate::error::Result;

/// The most that is read at once: what is left is read the next time.
const MOST_BYTES: u64 = 8 << 20;

/// How far a file of deliveries was read.
#[derive(Debug)]
pub(in crate::serve) struct Tail {
    file: PathBuf,
    offset: u64,
    /// The number of the next line that is new.
    next: u64,
}

impl Tail {
    /// From a line on.
    pub(in crate::serve) fn from(file: &Path, next: u64) -> Self {
        Self { file: file.to_owned(), offset: 0, next }
    }

    /// From the end on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(in crate::serve) fn from_end(file: &Path) -> io::Result<Self> {
        let mut tail = Self::from(file, 0);
        while !tail.read()?.is_empty() {}
        Ok(tail)
    }

    /// The number of the next line.
    pub(in crate::serve) fn position(&self) -> u64 {
        self.next
    }

    /// What came since the last time.
    ///
    /// # Errors
    /// When the file cannot be read; there being none is no error.
    pub(in crate::serve) fn read(&mut self) -> io::Result<Vec<Line>> {
        let mut file = match File::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        if length < self.offset {
            // It was shortened: what is known of it is in the numbers of its lines.
            self.offset = 0;
        }
        if length == self.offset {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut bytes)?;
        // A line that is being written is read when it is whole.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.offset += whole as u64;
        let next = self.next;
        let new: Vec<Line> = lines(bytes.get(..whole).unwrap_or_default())
            .filter(|line| line.number >= next)
            .collect();
        if let Some(last) = new.iter().map(|line| line.number).max() {
            self.next = last + 1;
        }
        Ok(new)
    }
}

/// How many deliveries' wishes for images were fulfilled, on disk: what a killed server was at is done by the
/// next one.
#[derive(Debug)]
pub(in crate::serve) struct Handled(PathBuf);

impl Handled {
    /// Beside the file of the deliveries.
    pub(in crate::serve) fn beside(deliveries: &Path) -> Self {
        Self(deliveries.with_extension("refreshed"))
    }

    /// The next line that is not fulfilled; `None` where nothing was ever noted.
    pub(in crate::serve) fn next(&self) -> Result<Option<u64>> {
        let bytes = whole_file::read(&self.0)?;
        let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
        Ok(text.and_then(|text| text.parse().ok()))
    }

    /// Notes that all lines before this one are fulfilled.
    pub(in crate::serve) fn note(&self, next: u64) -> Result<()> {
        whole_file::replace(&self.0, format!("{next}\n").as_bytes())
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
    fn what_was_fulfilled_is_known_the_next_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let handled = Handled::beside(&folder.path().join("d.jsonl"));
        assert_eq!(handled.next().expect("readable"), None);
        handled.note(7).expect("writable");
        assert_eq!(handled.next().expect("readable"), Some(7));
    }
}
