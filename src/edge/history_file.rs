//! Appends lines to a file that other processes append to as well.

use std::fs::OpenOptions;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::error::Error;

/// Appends a line to a file, which is created if missing.
///
/// The line is written in one call to a file opened for appending, so that lines of two processes do not interleave
/// (POSIX `write` with `O_APPEND`; NFS does not guarantee it). An unterminated last line, left by a killed process, is
/// terminated first. Nothing is ever rewritten.
///
/// # Errors
/// When the file cannot be opened, read or written, or only part of the line was written.
pub fn append_line(path: &Path, line: &str) -> Result<(), Error> {
    append(path, line).map_err(|error| {
        Error::failed("cannot append to the history").in_file(path).caused_by(error)
    })
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let torn = file.seek(SeekFrom::End(0))? > 0 && {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        last != [b'\n']
    };
    let lead = if torn { "\n" } else { "" };
    let bytes = format!("{lead}{}\n", line.trim_end_matches('\n')).into_bytes();
    let written = file.write(&bytes)?;
    if written == bytes.len() {
        return Ok(());
    }
    Err(std::io::Error::new(
        std::io::ErrorKind::WriteZero,
        format!("only {written} of {} bytes were written", bytes.len()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_and_a_torn_one_is_ended() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("history.jsonl");
        append_line(&path, "one").expect("written");
        append_line(&path, "two\n").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "one\ntwo\n");
        std::fs::write(&path, "one\ntor").expect("written");
        append_line(&path, "two").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "one\ntor\ntwo\n");
    }

    #[test]
    fn lines_of_many_writers_do_not_mix() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("history.jsonl");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..50 {
                        append_line(path, &writer.to_string().repeat(300)).expect("written");
                    }
                });
            }
        });
        let content = std::fs::read_to_string(&path).expect("there");
        let lines: Vec<&str> = content.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.len(), 200);
        for line in lines {
            assert!(line.len() == 300 && line.chars().all(|c| line.starts_with(c)), "{line}");
        }
    }

    #[test]
    fn a_folder_is_no_history() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let error = append_line(folder.path(), "one").expect_err("a folder");
        assert!(error.to_string().starts_with("cannot append to the history ("));
    }
}
