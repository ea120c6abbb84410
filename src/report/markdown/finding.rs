//! A finding as a table row.

use std::fmt::Write as _;

use super::escape::{code, text};
use crate::checks::{Finding, Safety, Severity};
use crate::report::words;

/// The head of a table of findings.
pub(super) const TABLE_HEAD: &str =
    "\n| Severity | Rule | Where | What | Fix |\n|:--|:--|:--|:--|:--|\n";

/// The table row of a finding.
pub(super) fn row(finding: &Finding) -> String {
    let place =
        finding.location.as_ref().map_or_else(String::new, |location| match &location.region {
            Some(region) => format!("{}:{}", location.path, region.start),
            None => location.path.to_string(),
        });
    format!(
        "| {} | {} {} | {} | {} | {} |\n",
        severity(finding),
        finding.rule.code,
        text(finding.rule.id),
        code(&place),
        what(finding),
        finding.fix.as_ref().map_or("", |fix| match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        }),
    )
}

fn severity(finding: &Finding) -> &'static str {
    match (&finding.waived, finding.unchecked, finding.severity) {
        (Some(_), ..) => "waived",
        (None, true, _) => "❔ unchecked",
        (None, false, Severity::Error) => "❌ error",
        (None, false, Severity::Warning) => "⚠️ warning",
        (None, false, Severity::Info) => "ℹ️ info",
    }
}

fn what(finding: &Finding) -> String {
    let mut what = text(&finding.message);
    if let Some(help) = &finding.help {
        let _ = write!(what, "<br>→ {}", text(help));
    }
    if let Some(waived) = &finding.waived {
        let _ = write!(what, "<br>{}", text(&words::waived(waived)));
    }
    what
}
