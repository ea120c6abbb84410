//! Hashes in RECORD whose algorithms are broken or too weak.

use super::Subject;
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP844",
    id: "record-weak-hash",
    severity: Severity::Error,
    summary: "RECORD uses sha256 or better.",
    protects: "users: two files with one MD5 or SHA-1 can be made, so such a hash vouches for nothing.",
    details: "PEP 427 forbids md5, sha1 and sha224. One finding names the first such line.",
    fails: ("text", "acme/main.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,0"),
    passes: ("text", "acme/main.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(record) = &subject.distribution.record else { return };
    let weak = |algorithm: &str| matches!(algorithm, "md5" | "sha1" | "sha224");
    let mut rows = record.value.rows.iter().filter_map(|row| {
        let (algorithm, _) = row.hash.as_ref()?;
        weak(algorithm).then_some((row, algorithm))
    });
    let Some((row, algorithm)) = rows.next() else { return };
    let more = rows.count();
    let also = if more > 0 { format!(", and so do {more} others") } else { String::new() };
    let message = format!("`{}` has a hash with {algorithm}{also}", row.path);
    let finding = Finding::new(&RULE, message).at(record.path.clone(), &record.text, row.span);
    findings.push(finding.help("build it again with a builder that writes sha256"));
}
