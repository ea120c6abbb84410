//! The files that a requirements file includes with `-r`.

use std::collections::VecDeque;

use super::Requirements;
use crate::source::Text;

/// The most files that are read through `-r`.
const MAX_FILES: usize = 64;

/// Reads a file and its `-r` includes, each once, in order of first mention. Names are relative to
/// the including file. Missing files are skipped.
#[must_use]
pub fn read_with_includes(
    path: &str,
    files: &dyn Fn(&str) -> Option<Text>,
) -> Vec<(String, Requirements)> {
    let mut read: Vec<(String, Requirements)> = Vec::new();
    let mut waiting = VecDeque::from([path.to_owned()]);
    while let Some(path) = waiting.pop_front() {
        if read.len() >= MAX_FILES {
            break;
        }
        if read.iter().any(|(known, _)| *known == path) {
            continue;
        }
        let Some(text) = files(&path) else { continue };
        let requirements = Requirements::parse(&text);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        waiting.extend(requirements.includes().map(|named| relative(folder, &named.value)));
        read.push((path, requirements));
    }
    read
}

fn relative(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            // A path that leaves the repository keeps its `..` and matches no file.
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
