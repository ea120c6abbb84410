//! The files that a requirements file takes in with `-r`.

use std::collections::VecDeque;

use super::Requirements;
use crate::source::Text;

/// More files than this are not read through `-r`.
const MAX_FILES: usize = 64;

/// Reads a file and what it includes with `-r`, each once, in the order of first mention; names
/// are relative to the file that includes them. A file that is not there is left out.
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
            // What leaves the repository is kept, and found by nobody.
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
