//! The gates that the kept files of a version have passed, so that they are not run again.
//!
//! For a gate that depends on more than the files (`compat`), the record says that it was passed before the upload. The
//! record lies beside the files and is removed with them. It counts for exactly these bytes, for the same question, and
//! for this version of the program: another one may know more rules.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Kept;
use crate::digest::hexadecimal;
use crate::edge::whole_file;
use crate::error::{Error, Result};

/// The file that records them.
const FILE: &str = "gates.json";

/// A passed gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The gate: `check`, `smoke`, `compat`.
    pub gate: String,
    /// What was asked of the files; equal strings mean equal questions.
    pub asked: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// What was checked, in one line.
    pub detail: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Remembered {
    /// A digest of the files that passed.
    files: String,
    /// The version of the program that judged them.
    program: String,
    gates: Vec<Passed>,
}

impl Kept {
    /// The gates that exactly these files have passed. A record that cannot be parsed counts as absent.
    #[must_use]
    pub fn passed(&self) -> Vec<Passed> {
        let bytes = whole_file::read(&self.folder().join(FILE)).ok().flatten().unwrap_or_default();
        let read: Remembered = serde_json::from_slice(&bytes).unwrap_or_default();
        match read.files == self.digest() && read.program == env!("CARGO_PKG_VERSION") {
            true => read.gates,
            false => Vec::new(),
        }
    }

    /// Records that these files have passed a gate.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub fn pass(&self, passed: Passed) -> Result<()> {
        let mut gates = self.passed();
        gates.retain(|known| (&known.gate, &known.asked) != (&passed.gate, &passed.asked));
        gates.push(passed);
        self.remember(gates)
    }

    /// Forgets that these files passed a gate, whatever was asked: it has failed since.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub fn forget(&self, gate: &str) -> Result<()> {
        let mut gates = self.passed();
        let count = gates.len();
        gates.retain(|known| known.gate != gate);
        if gates.len() == count { Ok(()) } else { self.remember(gates) }
    }

    fn remember(&self, gates: Vec<Passed>) -> Result<()> {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let text = serde_json::to_vec_pretty(&Remembered { files: self.digest(), program, gates })
            .map_err(|error| Error::failed("cannot write JSON").caused_by(error))?;
        whole_file::replace(&self.folder().join(FILE), &text)
    }

    fn digest(&self) -> String {
        let lines = self.files.iter().map(|file| format!("{} {}\n", file.sha256, file.name));
        hexadecimal(&Sha256::digest(lines.collect::<String>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::publish::Origin;

    fn kept(folder: &std::path::Path, text: &str) -> Kept {
        let made = tempfile::tempdir().expect("a folder");
        std::fs::write(made.path().join("acme-1.0.tar.gz"), text).expect("writable");
        Kept::keep(&folder.join("1.0"), made.path(), Origin::default()).expect("kept")
    }

    fn passed(gate: &str, asked: &str) -> Passed {
        let word = str::to_owned;
        Passed { gate: word(gate), asked: word(asked), at: word("now"), detail: word("1 file") }
    }

    #[test]
    fn a_gate_that_was_passed_counts_for_the_same_bytes_and_for_no_others() {
        let world = tempfile::tempdir().expect("a folder");
        let one = kept(world.path(), "one");
        assert_eq!(one.passed(), []);
        one.pass(passed("check", "errors")).expect("writable");
        one.pass(passed("check", "errors")).expect("writable");
        one.pass(passed("compat", "errors")).expect("writable");
        assert_eq!(one.passed(), [passed("check", "errors"), passed("compat", "errors")]);
        one.forget("smoke").expect("writable");
        one.forget("compat").expect("writable");
        assert_eq!(one.passed(), [passed("check", "errors")]);
        // Made anew: they go with the files.
        assert_eq!(kept(world.path(), "one").passed(), []);
        one.pass(passed("check", "errors")).expect("writable");
        let text = std::fs::read(one.folder().join(FILE)).expect("readable");
        let other = kept(world.path(), "other");
        std::fs::write(other.folder().join(FILE), text).expect("writable");
        assert_eq!(other.passed(), []);
        std::fs::write(other.folder().join(FILE), "{").expect("writable");
        assert_eq!(other.passed(), []);
    }
}
