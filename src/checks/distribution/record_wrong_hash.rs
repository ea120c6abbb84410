//! A file whose hash differs from the one in RECORD.

use rayon::prelude::*;

use super::{Few, Subject, digest::digest};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP845",
    id: "record-wrong-hash",
    severity: Severity::Error,
    summary: "Every file has the hash that RECORD says.",
    protects: "users: the file was changed after the wheel was built. Most tools install it without a warning.",
    details: "sha256, sha384 and sha512, as urlsafe base64 without padding (PEP 376, PEP 427). Another algorithm \
              cannot be compared and counts as unchecked; weak ones have a rule of their own.",
    fails: ("text", "acme/main.py,sha256=47DEQ...,0   and the file is not empty"),
    passes: ("text", "acme/main.py,sha256=47DEQ...,0   and the file is empty"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    let Some(record) = &distribution.record else { return };
    let judged: Vec<_> = record
        .value
        .rows
        .par_iter()
        .filter_map(|row| {
            let (algorithm, stated) = row.hash.as_ref()?;
            let bytes = distribution.file(&row.path)?;
            Some((row, algorithm, stated, digest(algorithm, bytes)))
        })
        .collect();
    let mut few = Few::new(findings);
    for (row, algorithm, stated, actual) in judged {
        let finding = |message: String| {
            Finding::new(&RULE, message).at(record.path.clone(), &record.text, row.span)
        };
        match actual {
            Some(actual) if actual == stated.trim_end_matches('=') => {}
            Some(actual) => {
                few.tell(|| {
                    let path = &row.path;
                    let message =
                        format!("`{path}` does not match RECORD: its {algorithm} is {actual}");
                    finding(message).help("do not install it; build it again")
                });
            }
            None if matches!(algorithm.as_str(), "md5" | "sha1" | "sha224") => {}
            None => {
                few.tell(|| {
                    let path = &row.path;
                    let message =
                        format!("`{path}` has a hash with `{algorithm}`, which is not supported");
                    finding(message).help("use sha256").unchecked()
                });
            }
        }
    }
    few.end();
}
