//! The change `restore`: brings paths back to the shape.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths::{self, Chosen};
use super::spec::Say;
use super::{Hindrance, Step, Surroundings};
use crate::change::merge::{MergeConflict, three_way};
use crate::change::{ChangeSet, FileEdit, Mode};
use crate::checks::{Finding, Repository, Safety, StillNamed, path_rules, still_named};
use crate::drift::canon::Canons;
use crate::drift::model::PathReport;
use crate::shape::{PathVerdict, Policy};
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::{Span, Text, TextEdit};

/// Restores paths to the shape. Stale files are replaced, missing ones added, forbidden ones removed unless a
/// workflow, Dockerfile, script or import still names them, and edits of an earlier canon merged line by line with today's
/// canon. A merge with conflicts is reported and never committed. Waived paths are not changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// Globs of paths. Default: every path of the shape.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The verdicts of the paths to restore. Default: all except `diverged`.
    #[serde(default = "usual", skip_serializing_if = "is_usual")]
    pub verdicts: Vec<Restorable>,
}

/// A verdict of paths that can be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Restorable {
    /// The file equals an earlier canon. It is replaced.
    Stale,
    /// The file is missing. It is added.
    Missing,
    /// The file is forbidden. It is removed.
    Forbidden,
    /// The file was edited since a canon. The edits are merged with today's canon.
    Modified,
    /// The file never was canon. It is replaced, and its content is lost.
    Diverged,
}

fn usual() -> Vec<Restorable> {
    use Restorable::{Forbidden, Missing, Modified, Stale};
    vec![Stale, Missing, Forbidden, Modified]
}

fn is_usual(verdicts: &[Restorable]) -> bool {
    verdicts == usual()
}

impl Restorable {
    fn of(verdict: PathVerdict) -> Option<Self> {
        Some(match verdict {
            PathVerdict::Stale => Self::Stale,
            PathVerdict::Missing => Self::Missing,
            PathVerdict::Forbidden => Self::Forbidden,
            PathVerdict::Modified => Self::Modified,
            PathVerdict::Diverged => Self::Diverged,
            PathVerdict::Conformant
            | PathVerdict::Extra
            | PathVerdict::Waived
            | PathVerdict::Unchecked => return None,
        })
    }
}

impl Default for Restore {
    fn default() -> Self {
        Self { paths: Vec::new(), verdicts: usual() }
    }
}

impl Restore {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        paths::check_globs("paths", &self.paths, say);
    }

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        let chosen = Chosen::of(&self.paths)?;
        let judgement = surroundings.judgement(tree);
        let repository = surroundings.repository(tree);
        let mut restoration = Restoration {
            repository: &repository,
            canons: Canons::of(&repository),
            findings: &judgement.findings,
            edits: Vec::new(),
            removed: BTreeSet::new(),
            remarks: Vec::new(),
            conflicts: Vec::new(),
        };
        let mut unnamed = Vec::new();
        for report in judgement.paths.iter().filter(|it| chosen.takes(it.path.as_str())) {
            match Restorable::of(report.verdict) {
                Some(verdict) if self.verdicts.contains(&verdict) => {
                    restoration.restore(report, verdict)?;
                }
                Some(_) => unnamed.push(report),
                None => {}
            }
        }
        let Restoration { mut edits, removed, mut remarks, conflicts, .. } = restoration;
        if !removed.is_empty() {
            // What is restored here may be what still named them. A conflict is told below, with all edits.
            let restored = ChangeSet::compose(tree, &edits).unwrap_or_default().apply_to(tree);
            let named = still_named(&surroundings.repository(&restored), &removed);
            remarks.extend(named.iter().map(|(path, StillNamed { by, line, named })| {
                let it = if named == path { "it".to_owned() } else { format!("`{named}`") };
                format!("`{path}` stays: `{by}:{line}` still names {it}")
            }));
            let removed = removed.into_iter().filter(|path| !named.contains_key(path));
            edits.extend(removed.map(|path| FileEdit::Delete { path: path.into() }));
        }
        // Where nothing is restored, a reader has to be shown why.
        if edits.is_empty() && remarks.is_empty() {
            remarks.extend(unnamed.into_iter().map(|PathReport { path, verdict, .. }| {
                let verdict = verdict.as_str();
                format!("`{path}` is {verdict}, which `verdicts` of `restore` does not name")
            }));
        }
        if !conflicts.is_empty() {
            return Err(in_conflict(&conflicts));
        }
        Ok(Step { changes: ChangeSet::compose(tree, &edits)?, remarks })
    }
}

/// What is collected while going through the paths of one repository.
struct Restoration<'r, 'a> {
    repository: &'r Repository<'a>,
    canons: Canons<'r, 'a>,
    findings: &'r [Finding],
    edits: Vec<FileEdit>,
    /// Forbidden files, which go unless something that stays names them.
    removed: BTreeSet<&'r str>,
    remarks: Vec<String>,
    conflicts: Vec<InConflict>,
}

/// A file whose edits conflict with today's canon.
struct InConflict {
    path: RepoPath,
    ours: Text,
    conflicts: Vec<MergeConflict>,
}

impl<'r> Restoration<'r, '_> {
    fn restore(&mut self, report: &'r PathReport, verdict: Restorable) -> Result<(), Hindrance> {
        let path = &report.path;
        let policy = report.policy;
        if policy.is_some_and(Policy::is_held_by_checks) && verdict != Restorable::Missing {
            let why = "is held by its meaning, not by its text";
            self.remarks.push(format!("`{path}` {why}: fix the findings about it with `fix`"));
            return Ok(());
        }
        let held = self.repository.pack.rule_for(path.as_str());
        // What is missing, or no file, is written as a whole.
        let is_file = !matches!(verdict, Restorable::Missing | Restorable::Diverged);
        let of_keys = is_file && held.is_some_and(|held| !held.rule.keys.is_empty());
        let written = held.filter(|_| verdict != Restorable::Forbidden);
        let breakout = written.and_then(|held| match of_keys {
            true => self.canons.breakout_of_keys(held),
            false => self.canons.breakout(held),
        });
        if let Some(breakout) = breakout {
            self.remarks.push(format!("`{path}` is left for a person: {breakout}"));
            return Ok(());
        }
        let by_text = policy.is_some_and(Policy::merges_by_lines);
        let rule = match verdict {
            Restorable::Stale => &path_rules::PATH_STALE,
            Restorable::Missing => &path_rules::PATH_MISSING,
            Restorable::Forbidden => &path_rules::PATH_FORBIDDEN,
            Restorable::Modified => &path_rules::PATH_MODIFIED,
            Restorable::Diverged => &path_rules::PATH_DIVERGED,
        };
        let findings = self.findings;
        let mut about = findings
            .iter()
            .filter(|finding| finding.path() == Some(path) && std::ptr::eq(finding.rule, rule));
        let fix = about.find_map(|finding| finding.fix.as_ref());
        // Where only line ends or the end of the file differ, no edit is lost, and there is nothing to merge.
        let loses_nothing = fix.is_some_and(|fix| fix.safety == Safety::Safe);
        let merges = verdict == Restorable::Modified && by_text && !loses_nothing;
        if merges && self.merge(report)? {
            return Ok(());
        }
        match fix {
            Some(_) if verdict == Restorable::Forbidden => {
                self.removed.insert(path.as_str());
            }
            // Keys cannot be merged: a value that somebody set stays, just as drift reports it.
            Some(fix) if of_keys && fix.safety == Safety::Unsafe => {
                let why = "has managed keys that were set there, which stay";
                self.remarks.push(format!("`{path}` {why}"));
            }
            // For a path that is free once it exists, the shape only has a starting point, which is not restored.
            Some(fix) if verdict != Restorable::Missing || fix.safety == Safety::Safe => {
                self.edits.extend(fix.edits.iter().cloned());
            }
            Some(_) => self.remarks.push(format!(
                "`{path}` is missing, and its content is specific to the repository"
            )),
            None => self.remarks.push(format!("`{path}` is left for a person")),
        }
        Ok(())
    }

    /// Merges an edited file with today's canon, based on the canon that it came from. Returns whether the path is
    /// finished.
    fn merge(&mut self, report: &PathReport) -> Result<bool, Hindrance> {
        let path = &report.path;
        let Some(held) = self.repository.pack.rule_for(path.as_str()) else { return Ok(false) };
        let canon = self.canons.canon(held).map_err(|error| {
            let why = format!("there is no canon of `{path}` for this repository: {error}");
            Hindrance::new(why).in_file(path)
        })?;
        let Some(canon) = canon else { return Ok(false) };
        if report.actual == Some(canon.id) {
            // Only the mode differs.
            return Ok(false);
        }
        let earlier = self.canons.earlier(path.as_str(), &canon);
        let behind = report.behind.unwrap_or_default() as usize;
        let origin = behind.checked_sub(1).and_then(|index| earlier.get(index).cloned().flatten());
        let Some(origin) = origin else {
            let why = "is today's canon with an edit, which stays: make it canon (`shape promote`), or waive it";
            self.remarks.push(format!("`{path}` {why}"));
            return Ok(true);
        };
        let unread = |why: String| Hindrance::new(format!("`{path}` {why}")).in_file(path);
        let entry = self.repository.snapshot.entry(path.as_str());
        let Some(entry) = entry else { return Ok(false) };
        let bytes = self.repository.snapshot.read(entry.id);
        let bytes = bytes.map_err(|error| unread(error.to_string()))?;
        let ours = Text::decode(&bytes).map_err(|error| unread(error.to_string()))?;
        let alike = |bytes: &[u8]| with_line_ends(&String::from_utf8_lossy(bytes), &ours);
        let merged = three_way(&alike(&origin), ours.as_str(), &alike(&canon.bytes));
        if !merged.is_clean() {
            let conflicts = merged.conflicts;
            self.conflicts.push(InConflict { path: path.clone(), ours, conflicts });
            return Ok(true);
        }
        let whole = TextEdit::replace(Span::new(0, ours.as_str().len()), merged.text);
        let text = ours.edited(&[whole]).map_err(|_| unread("cannot be edited".to_owned()))?;
        let mode = if canon.executable { Mode::Executable } else { Mode::File };
        let bytes = text.to_bytes().into();
        self.edits.push(FileEdit::Write { path: path.clone(), bytes, mode });
        Ok(true)
    }
}

/// A canon with the line endings of the text that it is merged into.
fn with_line_ends(canon: &str, text: &Text) -> String {
    let canon = canon.strip_prefix('\u{feff}').unwrap_or(canon);
    match text.line_end() {
        "\r\n" if !canon.contains('\r') => canon.replace('\n', "\r\n"),
        _ => canon.to_owned(),
    }
}

fn in_conflict(files: &[InConflict]) -> Hindrance {
    let mut detail = String::new();
    for InConflict { path, conflicts, .. } in files {
        for conflict in conflicts {
            let MergeConflict { ours_lines, base, ours, theirs, .. } = conflict;
            let lines = [("-", base), ("<", ours), (">", theirs)];
            detail.push_str(&format!("{path}, line {}:\n", ours_lines.start + 1));
            for (mark, text) in lines {
                let lines = text.lines().map(|line| format!("  {mark} {}\n", line.trim_end()));
                detail.extend(lines);
            }
        }
    }
    let names: Vec<String> = files.iter().map(|file| format!("`{}`", file.path)).collect();
    let why = match names.as_slice() {
        [name] => format!("{name} was edited where the canon has changed since"),
        names => format!("{} were edited where the canon has changed since", names.join(" and ")),
    };
    let hindrance = Hindrance::new(why).detail(&detail).hint(
        "merge it by hand (`-` the canon it came from, `<` the file, `>` today's canon), make the edit canon (`shape \
         promote`), or waive it",
    );
    match files.first() {
        Some(InConflict { path, ours, conflicts }) => {
            let line = conflicts.first().map_or(0, |conflict| conflict.ours_lines.start);
            let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
            hindrance.at(path, ours, ours.line_span(line))
        }
        None => hindrance,
    }
}

#[cfg(test)]
mod tests;
