//! Judges files of which only lines or keys are managed: the verdict, the findings and their fixes.

use super::Judge;
use super::structured::{self, Differs, Missing};
use crate::change::FileEdit;
use crate::checks::{Finding, Fix, path_rules as rules};
use crate::drift::model::PathReport;
use crate::shape::PathVerdict;
use crate::shape::pack::{Canon, HeldPath};
use crate::snapshot::Blob;

impl Judge<'_, '_> {
    pub(super) fn structured(
        &mut self,
        held: &HeldPath,
        canon: &Canon,
        actual: &Blob,
        report: &mut PathReport,
    ) {
        let path = held.rule.path.as_str();
        let earlier = self.canons.earlier(path, canon);
        let dialect = self.repository.dialect_of(path);
        // Of a file whose lines are managed, any may be written.
        let breakout = match held.rule.keys.is_empty() {
            true => self.canons.breakout(held),
            false => self.canons.breakout_of_keys(held),
        };
        let outcome = structured::compare(&structured::Sides {
            path,
            canon: &canon.bytes,
            actual: &actual.documents,
            earlier: &earlier,
            keys: &held.rule.keys,
            dialect,
            tree: self.repository.snapshot,
            complete: self.repository.pack.lineage.incomplete.is_none(),
        });
        let parts = match outcome {
            structured::Outcome::Conformant => return,
            structured::Outcome::Unreadable(structured::Unreadable { why, at }) => {
                report.verdict = PathVerdict::Unchecked;
                let message = format!("`{path}` {why}");
                let mut finding = Finding::new(&rules::PATH_UNCHECKED, message).in_file(path);
                if let (Some(span), Ok(text)) = (at, actual.documents.text()) {
                    finding = finding.at(path, text, span);
                }
                self.judged.findings.push(finding.help("repair the file").unchecked());
                return;
            }
            structured::Outcome::Differs(parts) => parts,
        };
        let breakout = breakout.map(|it| it.to_string());
        // A file is as its worst part is.
        if let Some(worst) =
            parts.iter().map(|it| &it.standing).max_by_key(|it| gravity(it.verdict))
        {
            report.verdict = worst.verdict;
            report.behind = worst.behind;
        }
        for differs in parts {
            let mut finding = finding(path, actual, differs, breakout.as_deref());
            finding.evidence = report.actual;
            self.judged.findings.push(finding);
        }
    }
}

/// How little is known to be right about a part of a file.
fn gravity(verdict: PathVerdict) -> u8 {
    match verdict {
        PathVerdict::Unchecked => 2,
        PathVerdict::Stale => 0,
        _ => 1,
    }
}

fn finding(path: &str, actual: &Blob, differs: Differs, breakout: Option<&str>) -> Finding {
    let verdict = differs.standing.verdict;
    let rule = match verdict {
        PathVerdict::Stale => &rules::PATH_STALE,
        PathVerdict::Unchecked => &rules::PATH_UNCHECKED,
        _ => &rules::PATH_MODIFIED,
    };
    let mut finding = Finding::new(rule, message(path, &differs)).in_file(path);
    let unlike = differs.unlike.iter().find_map(|unlike| unlike.span);
    let first = differs.overruled.first().map(|overruled| overruled.span).or(unlike);
    if let (Some(span), Ok(text)) = (first, actual.documents.text()) {
        finding = finding.at(path, text, span);
    }
    let breakout = breakout.filter(|_| differs.edits.is_some());
    finding = finding.help(breakout.map_or_else(|| help(path, &differs), str::to_owned));
    if let Some(edits) = differs.edits {
        let title = match differs.unlike.is_empty() {
            true => format!("add what is missing to `{path}`"),
            false => format!("set managed keys of `{path}` to the canon's values"),
        };
        let edits = vec![FileEdit::text(path, edits)];
        let is_safe = differs.safe && breakout.is_none();
        let fix = if is_safe { Fix::safe(title, edits) } else { Fix::risky(title, edits) };
        finding = finding.fix(fix);
    }
    finding.unchecked = verdict == PathVerdict::Unchecked;
    finding
}

/// What to do about a difference.
fn help(path: &str, differs: &Differs) -> String {
    let said = if !differs.overruled.is_empty() {
        "remove the later line, make it canon (`shape promote`), or waive it"
    } else if differs.edits.is_none() && differs.by_place {
        "add it manually: in this file the meaning of a line depends on its position"
    } else if let (None, Some(added)) = (&differs.edits, added_by_a_campaign(path, differs)) {
        return added;
    } else if differs.edits.is_none() {
        "set it manually: its position or value cannot be derived from the file"
    } else if differs.safe && !differs.unlike.is_empty() {
        "`shipshape fix` sets the canon's value and leaves the rest alone"
    } else if differs.safe {
        "`shipshape fix` adds what is missing and leaves the rest alone"
    } else if let Some(touched) = &differs.touches {
        return format!(
            "{touched}: if that is right, `shipshape fix --unsafe-fixes` adds what is missing"
        );
    } else if differs.by_place {
        "`shipshape fix --unsafe-fixes` puts it at the end of the file: check whether it means the same there"
    } else if differs.unlike.is_empty() {
        "`shipshape fix --unsafe-fixes` puts it before the repository's own lines, which match the same paths: check both"
    } else {
        "the repository sets another value: make that canon (`shape promote`), waive it, or set the canon's value \
         (`fix --unsafe-fixes`)"
    };
    said.to_owned()
}

/// Where a key of a YAML file is missing: the edit of a campaign that adds it to every repository that lacks it.
fn added_by_a_campaign(path: &str, differs: &Differs) -> Option<String> {
    let first = differs.missing.first().filter(|it| it.wanted.is_some())?;
    let ending = path.rsplit('.').next().unwrap_or_default();
    matches!(ending, "yaml" | "yml").then(|| {
        format!(
            "set it manually: its position cannot be derived from the file; in many repositories, a campaign with \
             `yaml: {{ paths: [{path}], edits: [{{ set: {{ at: {}, value: …, only: absent }} }}] }}` adds it \
             (docs/campaigns.md)",
            first.entry
        )
    })
}

/// Maximum number of lines or keys that a message names.
const NAMED: usize = 4;

/// Describes the managed lines or keys that differ.
fn message(path: &str, differs: &Differs) -> String {
    let missing = differs.missing.iter().map(|Missing { entry, wanted }| match wanted {
        Some(wanted) => format!("`{entry}` ({wanted})"),
        None => format!("`{entry}`"),
    });
    let missing = some_of(&missing.collect::<Vec<_>>());
    let lacks = missing.map(|them| format!("lacks what the shape manages in it: {them}"));
    let unlike = differs.unlike.iter().map(|it| match &it.values {
        Some((is, wanted)) => format!("`{}` is {is}, but the shape requires {wanted}", it.key),
        None => format!("`{}` is not what the shape requires", it.key),
    });
    let overruled = differs
        .overruled
        .iter()
        .map(|found| format!("`{}` has no effect, because `{}` follows it", found.line, found.by));
    let inside: Vec<String> = unlike.chain(overruled).collect();
    let inside = some_of(&inside);
    match (lacks, inside) {
        (Some(lacks), Some(inside)) => format!("`{path}` {lacks}; and {inside}"),
        (Some(lacks), None) => format!("`{path}` {lacks}"),
        (None, inside) => format!("in `{path}` {}", inside.unwrap_or_default()),
    }
}

/// Joins the first of them, followed by how many more there are.
fn some_of(all: &[String]) -> Option<String> {
    let shown = all.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match all.len() {
        0 => None,
        number if number > NAMED => Some(format!("{shown} and {} more", number - NAMED)),
        _ => Some(shown),
    }
}
