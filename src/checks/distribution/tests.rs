//! Every rule has something that it finds, by its own code and no other, and good distributions are silent.

mod archives;
mod incidents;
mod metadata;
mod modules;

use std::collections::BTreeSet;

use super::testing::{SDIST, Wheel, sdist};
use super::{Subject, Surroundings, Workspace, judge};
use crate::checks::{Finding, Severity};
use crate::package::distribution;

/// What is found in a distribution.
fn found(file_name: &str, bytes: &[u8], around: Surroundings<'_>) -> Vec<Finding> {
    let distribution = distribution::of_bytes(file_name, bytes).expect("an archive");
    judge(&Subject::of(&distribution, around))
}

fn of_wheel(wheel: &Wheel) -> Vec<Finding> {
    found(&wheel.file_name, &wheel.bytes(), Surroundings::default())
}

/// Findings as `id severity: message`, or with `path:line` in front where they have one.
fn shown(findings: &[Finding]) -> Vec<String> {
    let show = |finding: &Finding| {
        let line = finding.location.as_ref().and_then(|location| location.region.as_ref());
        let line = line.map(|region| format!(":{}", region.start.line)).unwrap_or_default();
        let path = finding.path().map(|path| format!("{path}{line} ")).unwrap_or_default();
        let unchecked = if finding.unchecked { " unchecked" } else { "" };
        format!("{path}{} {}{unchecked}: {}", finding.rule.id, finding.severity, finding.message)
    };
    findings.iter().map(show).collect()
}

/// Asserts that these are findings of one rule, all of the severity that is expected of the gravest.
#[track_caller]
fn only(findings: &[Finding], rule: &str, severity: Severity) {
    let rules: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(rules, BTreeSet::from([rule]), "{:#?}", shown(findings));
    let gravest = findings.iter().map(|finding| finding.severity).max();
    assert_eq!(gravest, Some(severity), "{:#?}", shown(findings));
}

/// A good wheel with one change.
fn changed(change: impl FnOnce(&mut Wheel)) -> Wheel {
    let mut wheel = Wheel::good();
    change(&mut wheel);
    wheel
}

#[test]
fn a_good_wheel_and_a_good_sdist_are_silent() {
    assert_eq!(shown(&of_wheel(&Wheel::good())), Vec::<String>::new());
    let findings = found("acme-1.0.tar.gz", &sdist(&SDIST), Surroundings::default());
    assert_eq!(shown(&findings), Vec::<String>::new());
}

#[test]
fn the_zip_that_tests_write_is_one_to_a_library_too() {
    let wheel = Wheel::good();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel.bytes())).expect("a zip");
    let ours = distribution::of_bytes(&wheel.file_name, &wheel.bytes()).expect("a wheel");
    assert_eq!(archive.len(), ours.files.len());
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).expect("readable");
        let name = entry.name().expect("UTF-8").into_owned();
        assert_eq!(ours.file(&name).map(|bytes| bytes.to_vec()), Some(bytes));
    }
}
