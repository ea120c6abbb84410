//! Compares the content of a path with its canon: the verdict, the finding and its fix.

use std::sync::Arc;

use super::{Judge, edit, write_canon};
use crate::checks::{Finding, Fix, Found, Rule, path_rules as rules};
use crate::drift::model::{Difference, PathReport};
use crate::shape::canon_match::{Standing, standing};
use crate::shape::pack::{Canon, CanonSource, HeldPath, NoCanon};
use crate::shape::variables::{Uncertain, given_where_lacking, is_without};
use crate::shape::{Comparison, PathVerdict};
use crate::snapshot::{BlobId, EntryKind};
use crate::source::secrets;

/// Differences with a side larger than this are not kept for display.
const MAX_SHOWN_BYTES: usize = 64 << 10;

impl Judge<'_, '_> {
    /// Compares the entry at a path with its canon.
    pub(super) fn compared(
        &mut self,
        held: &HeldPath,
        comparison: Comparison,
        kind: EntryKind,
        report: &mut PathReport,
    ) {
        let path = held.rule.path.as_str();
        // To whoever has the same bytes, it does not matter whether they are a document.
        let same = held
            .literal()
            .filter(|canon| comparison == Comparison::Whole && report.actual == Some(canon.id));
        let canon = match same.map_or_else(|| self.canons.canon(held), |same| Ok(Some(same))) {
            Ok(Some(canon)) => canon,
            Ok(None) => return,
            Err(error) => {
                report.verdict = PathVerdict::Unchecked;
                self.without_canon(held, &error);
                return;
            }
        };
        if !matches!(kind, EntryKind::File | EntryKind::Executable) {
            let what = if kind == EntryKind::Link { "a symbolic link" } else { "a submodule" };
            report.verdict = PathVerdict::Diverged;
            let message = format!("`{path}` is {what}, but the shape requires a file");
            self.replaceable(&rules::PATH_DIVERGED, message, held, &canon, report.actual, false);
            return;
        }
        if comparison == Comparison::Whole && report.actual == Some(canon.id) {
            self.mode(held, &canon, kind, report);
            return;
        }
        let actual = match self.repository.find(path) {
            Found::File(blob) => blob,
            Found::Nothing => return,
            Found::Unusable(why) => {
                report.verdict = PathVerdict::Unchecked;
                self.unchecked(path, format!("`{path}` {why}"), why.remedy());
                return;
            }
        };
        if let Some(Uncertain { variable, source, why, remedy }) = self.canons.guessed(held) {
            report.verdict = PathVerdict::Unchecked;
            let message = format!(
                "`{path}` cannot be compared: `{source}`, which gives the value of `{variable}`, {why}"
            );
            let remedy = *remedy;
            self.unchecked(path, message, remedy);
            return;
        }
        match comparison {
            Comparison::Managed => self.structured(held, &canon, &actual, report),
            Comparison::Whole => {
                let bytes = Arc::clone(actual.documents.bytes());
                self.unlike(held, &canon, &bytes, report);
            }
        }
    }

    /// Reports a canon that does not exist for the values of this repository: a declared variable has no value, the
    /// template fails on it, or what it renders to does not parse.
    pub(super) fn without_canon(&mut self, held: &HeldPath, error: &NoCanon) {
        let path = held.rule.path.as_str();
        let error = match error {
            NoCanon::Unrendered(error) => error,
            NoCanon::Broken(broken) => {
                let (why, whose) = (broken.why(), broken.whose());
                let message = format!("the canon of `{path}` does not parse{whose}: {why}");
                self.unchecked(path, message, broken.advice());
                return;
            }
        };
        let variables = &self.repository.pack.manifest.variables;
        let mut names = variables.iter().map(|(name, _)| name);
        let missing = names.find(|name| is_without(error, name));
        let is_of_itself = |name: &&String| {
            let variable = self.repository.pack.variable(name);
            let extract = variable.and_then(|(_, variable)| variable.extract.as_ref());
            extract.is_some_and(|extract| extract.path() == path)
        };
        let of_itself = missing.filter(is_of_itself);
        let why = match of_itself {
            Some(name) => {
                format!("the value of `{name}` comes from this very file, and it has no default")
            }
            None => error.to_string(),
        };
        let message = format!("the canon of `{path}` does not render for this repository: {why}");
        let given = given_where_lacking(error);
        let help = match (missing, &held.canon) {
            (None, _) if given.is_some() => given.unwrap_or_default().to_owned(),
            (Some(name), _) if of_itself.is_some() => format!(
                "give `{name}` a `default` in shape.yaml, or a value under `variables` in fleet.yaml"
            ),
            (Some(name), _) => format!("give `{name}` a value under `variables` in fleet.yaml"),
            (None, Some(CanonSource::Template { name, .. })) => {
                format!("correct `{name}` in the shape")
            }
            (None, _) => "correct the shape's variables in shape.yaml".to_owned(),
        };
        self.unchecked(path, message, &help);
    }

    /// Reports a content that is not the current canon, compared as a whole.
    fn unlike(&mut self, held: &HeldPath, canon: &Canon, actual: &[u8], report: &mut PathReport) {
        let path = held.rule.path.as_str();
        let earlier = self.canons.earlier(path, canon);
        let complete = self.repository.pack.lineage.incomplete.is_none();
        let Standing { verdict, behind } = standing(actual, &canon.bytes, &earlier, complete);
        report.verdict = verdict;
        report.behind = behind;
        if self.keep_differences {
            report.difference = difference(&canon.bytes, actual);
        }
        match verdict {
            PathVerdict::Stale => {
                let behind = versions(behind, complete);
                let message = format!("`{path}` is {behind} behind the canon");
                self.replaceable(&rules::PATH_STALE, message, held, canon, report.actual, true);
            }
            PathVerdict::Modified => {
                let (since, base) = match behind {
                    Some(index @ 1..) => {
                        let base = earlier.get(index as usize - 1).and_then(Clone::clone);
                        (format!("a canon that is {} old", versions(behind, complete)), base)
                    }
                    Some(0) | None => ("the canon".to_owned(), None),
                };
                let edit = edit::of(path, base.as_deref().unwrap_or(&canon.bytes), actual);
                let message = format!("`{path}` was edited since {since}{}", edit.words);
                let safe = edit.form_only;
                let finding = self.replaceable(
                    &rules::PATH_MODIFIED,
                    message,
                    held,
                    canon,
                    report.actual,
                    safe,
                );
                // The same edit keeps its identity as the canon it is based on falls further behind.
                finding.identity = Some("edited");
                if let Some(first) = edit.first {
                    finding.location = Some(first);
                }
            }
            PathVerdict::Diverged => {
                let other = self.canons.other_value(held, actual);
                let message = match &other {
                    Some(other) => format!("`{path}` is the canon with {other}"),
                    None => format!("`{path}` does not resemble any version of the canon"),
                };
                let rule = &rules::PATH_DIVERGED;
                let finding = self.replaceable(rule, message, held, canon, report.actual, false);
                if let Some(other) = other {
                    finding.help = Some(format!(
                        "correct the wrong one; `fix --unsafe-fixes` restores the canon with `{}`",
                        other.today
                    ));
                }
            }
            PathVerdict::Unchecked => {
                let why = self.repository.pack.lineage.incomplete.clone().unwrap_or_default();
                let message = format!(
                    "`{path}` does not resemble any known canon, and the canon's history is incomplete: {why}"
                );
                self.unchecked(path, message, "fetch the whole history of the shape's repository");
            }
            _ => {}
        }
    }

    fn mode(&mut self, held: &HeldPath, canon: &Canon, kind: EntryKind, report: &mut PathReport) {
        let executable = kind == EntryKind::Executable;
        if executable == canon.executable {
            return;
        }
        let path = held.rule.path.as_str();
        report.verdict = PathVerdict::Modified;
        report.behind = Some(0);
        let message = if canon.executable {
            format!("`{path}` is not executable, but the canon is")
        } else {
            format!("`{path}` is executable, but the canon is not")
        };
        self.replaceable(&rules::PATH_MODIFIED, message, held, canon, report.actual, true);
    }

    fn replaceable(
        &mut self,
        rule: &'static Rule,
        message: String,
        held: &HeldPath,
        canon: &Canon,
        actual: Option<BlobId>,
        safe: bool,
    ) -> &mut Finding {
        let path = held.rule.path.as_str();
        let edits = vec![write_canon(path, canon)];
        let title = format!("restore the canonical `{path}`");
        let finding = Finding::new(rule, message).in_file(path);
        let mut finding = if let Some(breakout) = self.canons.breakout(held) {
            finding.help(breakout.to_string()).fix(Fix::risky(title, edits))
        } else if safe {
            finding.help("`shipshape fix` replaces it").fix(Fix::safe(title, edits))
        } else {
            let help = "`fix --diff --unsafe-fixes` of the repository shows the difference; make the edit canon \
                        (`shape promote`), waive it, or restore the canon (`fix --unsafe-fixes`)";
            finding.help(help).fix(Fix::risky(title, edits))
        };
        finding.evidence = actual;
        self.judged.findings.push_mut(finding)
    }
}

/// The number of versions in words; with an incomplete history there may be more of them.
fn versions(behind: Option<u32>, complete: bool) -> String {
    let least = if complete { "" } else { "at least " };
    match behind {
        Some(1) => format!("{least}1 version"),
        Some(count) => format!("{least}{count} versions"),
        None => "some versions".to_owned(),
    }
}

fn difference(canon: &[u8], actual: &[u8]) -> Option<Box<Difference>> {
    if canon.len().max(actual.len()) > MAX_SHOWN_BYTES {
        return None;
    }
    let shown = |bytes| Some(secrets::masked(std::str::from_utf8(bytes).ok()?).into_owned());
    let (canonical, actual) = (shown(canon)?, shown(actual)?);
    Some(Box::new(Difference { canonical, actual }))
}
