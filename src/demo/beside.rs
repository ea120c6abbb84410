//! Files beside the repositories: the manifest, the history of runs, the other registrations of members.

use std::collections::BTreeMap;

use jiff::{Span, ToSpan as _};

use crate::checks::{Finding, Fingerprint};
use crate::drift::RepositoryVerdict::{self, Broken, Conformant, Drifted, Unchecked};
use crate::drift::history::Record;
use crate::drift::model::TrendPoint;
use crate::fleet::Date;
use crate::fleet::waivers::Waiver;
use crate::shape::pack::PackFiles;

use super::{PREFIX, put};

/// All files, with this history.
pub(super) fn files(history: &str) -> PackFiles {
    let mut files = PackFiles::new();
    put(&mut files, "fleet.yaml", include_str!("../../templates/demo/beside/fleet.yaml"));
    put(&mut files, "campaign.yaml", include_str!("../../templates/demo/beside/campaign.yaml"));
    put(&mut files, "history.jsonl", history);
    put(&mut files, "platform/images.go", include_str!("../../templates/demo/beside/images.go"));
    put(&mut files, "platform/refresh.sh", include_str!("../../templates/demo/beside/refresh.sh"));
    put(
        &mut files,
        "platform/manifest.json",
        include_str!("../../templates/demo/beside/manifest.json"),
    );
    files
}

/// The slugs, in the order of the columns below.
const SLUGS: [&str; 8] = [
    "autogen",
    "claude-code",
    "crewai",
    "deepagents",
    "gemini-cli",
    "hermes",
    "langgraph",
    "openclaw",
];

/// Past runs: how many days ago, the number of findings, and the verdict on each repository.
const RUNS: [(i64, u32, [RepositoryVerdict; 8]); 4] = [
    (
        28,
        9,
        [Conformant, Conformant, Conformant, Drifted, Drifted, Conformant, Conformant, Drifted],
    ),
    (21, 12, [Conformant, Drifted, Conformant, Drifted, Drifted, Conformant, Conformant, Drifted]),
    (14, 17, [Conformant, Drifted, Broken, Drifted, Drifted, Conformant, Conformant, Drifted]),
    (7, 21, [Unchecked, Drifted, Broken, Drifted, Drifted, Drifted, Conformant, Drifted]),
];

/// The history, one run per line, ending before today.
pub(super) fn history(today: Date) -> serde_json::Result<String> {
    let mut lines = String::new();
    for (days, findings, verdicts) in RUNS {
        let count = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
        let count = |wanted| u32::try_from(count(wanted)).unwrap_or(u32::MAX);
        let point = TrendPoint {
            at: format!("{}T06:00:00Z", before(today, days.days())),
            repositories: 8,
            conformant: count(Conformant),
            drifted: count(Drifted),
            broken: count(Broken),
            unchecked: count(Unchecked),
            unread: 0,
            findings,
            waived: 0,
            baseline: 0,
            automatic: None,
        };
        let names = SLUGS.iter().map(|slug| format!("{PREFIX}{slug}"));
        let verdicts: BTreeMap<String, RepositoryVerdict> = names.zip(verdicts).collect();
        lines.push_str(&Record::new(point, verdicts).to_line()?);
        lines.push('\n');
    }
    Ok(lines)
}

/// The waiver of a finding, granted two weeks ago and valid for ten more.
#[must_use]
pub fn waiver(repository: &str, finding: &Finding, today: Date) -> Waiver {
    Waiver {
        repository: repository.to_owned(),
        rule: finding.rule.id.to_owned(),
        path: finding.path().map(ToString::to_string),
        reason: "its agent needs Python 3.12; back on the fleet's image when that moves".to_owned(),
        owner: "@acme/agents".to_owned(),
        created: Some(Date(before(today, 2.weeks()))),
        expires: Date(today.0.saturating_add(10.weeks())),
        hash: Fingerprint::of(finding).short(),
    }
}

fn before(today: Date, span: Span) -> jiff::civil::Date {
    today.0.saturating_sub(span)
}
