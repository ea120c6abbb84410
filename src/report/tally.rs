//! Counts of repositories by verdict and of findings by severity.

use serde::Serialize;

use super::words::Words;
use crate::checks::{Finding, Severity};
use crate::counted::counted_as;
use crate::drift::RepositoryVerdict;
use crate::drift::model::Report;

/// Counts over a whole report. A finding that a waiver or the baseline covers is counted only there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Summary")]
pub(super) struct Tally {
    /// Repositories in this report.
    pub(super) repositories: usize,
    /// Repositories that conform to the shape.
    pub(super) conformant: usize,
    /// Repositories that work, but differ from the shape.
    pub(super) drifted: usize,
    /// Repositories with an error that keeps them from working.
    pub(super) broken: usize,
    /// Repositories that could not be checked, or only in part.
    pub(super) unchecked: usize,
    /// Findings of severity `error`.
    pub(super) errors: usize,
    /// Findings of severity `warning`.
    pub(super) warnings: usize,
    /// Findings of severity `info`.
    pub(super) infos: usize,
    /// Findings that a waiver covers.
    pub(super) waived: usize,
    /// Findings that the baseline covers.
    pub(super) baseline: usize,
    /// Findings for rules that could not be decided.
    pub(super) undecided: usize,
}

impl Tally {
    /// Counts everything in a report, including the findings about the fleet.
    pub(super) fn of(report: &Report) -> Self {
        let mut tally = Self { repositories: report.repositories.len(), ..Self::default() };
        tally.add_all(&report.fleet_findings);
        for repository in &report.repositories {
            *match repository.verdict {
                RepositoryVerdict::Conformant => &mut tally.conformant,
                RepositoryVerdict::Drifted => &mut tally.drifted,
                RepositoryVerdict::Broken => &mut tally.broken,
                RepositoryVerdict::Unchecked => &mut tally.unchecked,
            } += 1;
            tally.add_all(&repository.findings);
        }
        tally
    }

    /// Counts findings only.
    pub(super) fn of_findings(findings: &[Finding]) -> Self {
        let mut tally = Self::default();
        tally.add_all(findings);
        tally
    }

    fn add_all(&mut self, findings: &[Finding]) {
        for finding in findings {
            if let Some(waived) = &finding.waived {
                *(if waived.is_baseline() { &mut self.baseline } else { &mut self.waived }) += 1;
                continue;
            }
            self.undecided += usize::from(finding.unchecked);
            *match finding.severity {
                Severity::Error => &mut self.errors,
                Severity::Warning => &mut self.warnings,
                Severity::Info => &mut self.infos,
            } += 1;
        }
    }

    /// `8 repositories: 2 conformant, 4 drifted · 12 errors, 9 warnings (3 waived)`.
    pub(super) fn sentence(&self, words: Words) -> String {
        // A report about the fleet itself.
        if self.repositories == 0 {
            return self.findings();
        }
        let verdicts = [
            (self.conformant, "conformant"),
            (self.drifted, "drifted"),
            (self.broken, "broken"),
            (self.unchecked, "unchecked"),
        ]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, verdict)| format!("{number} {verdict}"))
        .collect::<Vec<_>>();
        let mut sentence = counted_as(self.repositories, words.one, words.many);
        if !verdicts.is_empty() {
            sentence = format!("{sentence}: {}", verdicts.join(", "));
        }
        let findings = self.findings();
        // "No findings" would be misleading if nothing could be checked.
        if self.unchecked == self.repositories && findings == NO_FINDINGS {
            return sentence;
        }
        format!("{sentence} · {findings}")
    }

    /// `12 errors, 9 warnings (3 waived)`; `no findings` when there are none.
    pub(super) fn findings(&self) -> String {
        let severities = [
            (self.errors, "error", "errors"),
            (self.warnings, "warning", "warnings"),
            (self.infos, "info", "infos"),
        ]
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| counted_as(number, one, many))
        .collect::<Vec<_>>();
        let mut text =
            if severities.is_empty() { NO_FINDINGS.to_owned() } else { severities.join(", ") };
        let aside = [
            (self.waived, "waived"),
            (self.baseline, "in the baseline"),
            (self.undecided, "undecided"),
        ]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect::<Vec<_>>();
        if !aside.is_empty() {
            text = format!("{text} ({})", aside.join(", "));
        }
        text
    }
}

/// The text for no findings.
const NO_FINDINGS: &str = "no findings";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_leaves_out_what_there_is_none_of() {
        let tally = Tally { repositories: 1, broken: 1, errors: 1, waived: 3, ..Tally::default() };
        let mut report = crate::report::sample::fleet();
        let sentence = |tally: Tally, report: &Report| tally.sentence(Words::of(report));
        assert_eq!(sentence(tally, &report), "1 repository: 1 broken · 1 error (3 waived)");
        // A report about the fleet itself has no repositories.
        assert_eq!(sentence(Tally::default(), &report), "no findings");
        report.command = "package check";
        assert_eq!(sentence(tally, &report), "1 distribution: 1 broken · 1 error (3 waived)");
    }

    #[test]
    fn waived_findings_count_once() {
        let tally = Tally::of(&super::super::sample::fleet());
        assert_eq!(tally.repositories, 8);
        let verdicts = tally.conformant + tally.drifted + tally.broken + tally.unchecked;
        assert_eq!(verdicts, 8);
        assert_eq!((tally.waived, tally.undecided), (1, 1));
    }
}
