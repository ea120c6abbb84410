//! The summary at the end of a fleet's report, which is what a terminal shows last.

use std::io;

use super::Page;
use super::paint::{Ink, width};
use crate::checks::Severity;
use crate::counted::counted_as;
use crate::drift::model::Report;
use crate::drift::triage::{Mender, Pressing, Triage, UNREAD};
use crate::drift::worst;
use crate::report::visible::visible;
use crate::report::words::Words;

/// How many rows of rules are shown, unless verbose.
const RULES: usize = 6;

/// The minimum width of the column that says how to fix it.
const WHO: usize = 22;

impl Page<'_> {
    /// Writes what matters most, and who can fix what.
    pub(super) fn triage(&mut self, report: &Report) -> io::Result<()> {
        let triage = Triage::of_report(report);
        if triage.is_empty() {
            return Ok(());
        }
        let words = Words::of(report);
        if !triage.pressing.is_empty() {
            self.heading("What matters most")?;
            let shown = self.limit(RULES);
            let rules: Vec<&Pressing<'_>> = triage.pressing.iter().take(shown).collect();
            let columns = rules.iter().map(|rule| rule.rule.len()).max().unwrap_or(0);
            let who = rules.iter().map(|rule| rule.menders().len() + 1).max().unwrap_or(0).max(WHO);
            for rule in rules {
                self.pressing(rule, columns, who, words)?;
            }
            let left_out = triage.pressing.len().saturating_sub(shown);
            self.hidden(left_out, "row is", "rows are")?;
            writeln!(self.out)?;
        }
        self.worst(report)?;
        self.heading("How it is fixed")?;
        for mender in Mender::ALL {
            let share = triage.share(mender);
            if share.findings == 0 {
                continue;
            }
            let findings = share.in_words(words.one, words.many);
            let then = match (mender, triage.mended_unseen) {
                (Mender::Machine, 1) => "; 1 needs nothing else".to_owned(),
                (Mender::Machine, some) if some > 1 => format!("; {some} need nothing else"),
                _ => String::new(),
            };
            let counts = format!("  {:<WHO$} {findings}{then}", mender.as_str());
            // For fixes by machine, it does not matter which repositories they are in.
            let line = if mender == Mender::Machine || share.repositories.is_empty() {
                self.counted(&counts, self.style.width)
            } else {
                let names: Vec<&str> = share.repositories.iter().map(String::as_str).collect();
                self.counted_before(&format!("{counts}: "), &names, self.style.width)
            };
            writeln!(self.out, "{line}")?;
        }
        if triage.unread > 0 {
            let unread = counted_as(triage.unread, words.one, words.many);
            let line = format!("  {UNREAD:<WHO$} {unread}");
            writeln!(self.out, "{}", self.counted(&line, self.style.width))?;
        }
        writeln!(self.out)
    }

    /// Writes which of many repositories most need a person.
    fn worst(&mut self, report: &Report) -> io::Result<()> {
        let worst = worst::listed(&report.repositories);
        if worst.is_empty() {
            return Ok(());
        }
        self.heading(&format!("Worst {}", Words::of(report).many))?;
        let names: Vec<_> = worst.iter().map(|it| visible(self.short(it.name))).collect();
        let columns = names.iter().map(|name| width(name)).max().unwrap_or(0);
        let verdicts = worst.iter().map(|it| it.need.verdict.as_str().len()).max().unwrap_or(0);
        let of_verdicts = verdicts.max("drifted ".len());
        for (worst, name) in worst.iter().zip(names) {
            let verdict = format!("{:<of_verdicts$} ", worst.need.verdict.as_str());
            let ink = Ink::of(worst.need.verdict);
            let room = self.style.width.saturating_sub(2 + width(&verdict));
            let left = worst.need.in_words();
            let line =
                self.counted(&format!("{}  {left}", self.paint.padded(&name, columns)), room);
            writeln!(self.out, "  {}{line}", self.paint.ink(ink, &verdict))?;
        }
        writeln!(self.out)
    }

    fn pressing(
        &mut self,
        rule: &Pressing<'_>,
        columns: usize,
        who: usize,
        words: Words,
    ) -> io::Result<()> {
        let severity = format!("{:<9}", rule.severity.to_string());
        let ink = match rule.severity {
            Severity::Error => Ink::Bad,
            Severity::Warning => Ink::Behind,
            Severity::Info => Ink::Quiet,
        };
        let many = rule.places(words.one, words.many);
        let before = format!("{:<columns$}  {:<who$}", rule.rule, rule.menders());
        let room = self.style.width.saturating_sub(2 + width(&severity));
        let severity = self.paint.ink(ink, &severity).into_owned();
        if rule.repositories.is_empty() {
            let line = self.counted(&format!("{before} {many}"), room);
            return writeln!(self.out, "  {severity}{line}");
        }
        let before_names = format!("{before} {many}: ");
        let first = rule.repositories.first().copied().unwrap_or_default();
        let first = self.short(first);
        let others = if rule.repositories.len() > 1 { " and 99 more".len() } else { 0 };
        let named = width(first) + others;
        let below = format!("    {many}: ");
        let has_room_below = width(&below) + named <= self.style.width;
        if self.style.verbose || width(&before_names) + named <= room || !has_room_below {
            let line = self.counted_before(&before_names, &rule.repositories, room);
            return writeln!(self.out, "  {severity}{line}");
        }
        // On a narrow screen the names get a line of their own, since they say where to look.
        let line = self.counted(before.trim_end(), room);
        writeln!(self.out, "  {severity}{line}")?;
        let line = self.listed(&below, &rule.repositories);
        writeln!(self.out, "{line}")
    }
}
