//! Every path of one repository against the shape.
//!
//! Pure: reads through the repository, decides, and returns verdicts and findings.

mod structured;

use std::sync::Arc;

use crate::change::{FileEdit, Mode};
use crate::checks::{Finding, Fix, Found, Repository, Rule, reach};
use crate::drift::canon::Canons;
use crate::drift::model::{Difference, PathReport};
use crate::shape::pack::{Canon, HeldPath};
use crate::shape::render::RenderError;
use crate::shape::stand::{Standing, standing};
use crate::shape::variables::Disagreement;
use crate::shape::{PathVerdict, Policy};
use crate::snapshot::{BlobId, EntryKind};
use crate::source::secrets;

use crate::checks::path_rules as rules;

/// Sides of a difference larger than this are not kept for showing.
const MAX_SHOWN_BYTES: usize = 64 << 10;

/// What judging the paths of a repository came to.
#[derive(Debug, Default)]
pub(super) struct JudgedPaths {
    /// One for each path that the shape holds or that is there without a reason.
    pub(super) paths: Vec<PathReport>,
    /// What is to be said of them.
    pub(super) findings: Vec<Finding>,
}

/// Adds the paths that are there without a reason.
pub(super) fn extras(
    repository: &Repository<'_>,
    paths: &mut Vec<PathReport>,
    findings: &mut Vec<Finding>,
) {
    let profile = repository.profile;
    let candidates = repository.snapshot.entries.iter().filter(|(path, _)| {
        let path = path.as_str();
        repository.pack.rule_for(path).is_none()
            && !repository.pack.expects_extra(path)
            && !profile.permits(path)
            && !profile.profile.expects.iter().any(|expected| expected == path)
    });
    let mut candidates = candidates.peekable();
    if candidates.peek().is_none() {
        return;
    }
    let reached = reach::reached(repository);
    for (path, entry) in candidates.filter(|(path, _)| !reached.contains(path.as_str())) {
        let message =
            format!("`{path}` is unknown to the shape, and nothing copies, imports or runs it");
        let mut finding = Finding::new(&rules::PATH_EXTRA, message)
            .in_file(path.clone())
            .help("remove it, list it under `extras` of the shape, or waive it");
        finding.evidence = Some(entry.id);
        findings.push(finding);
        paths.push(PathReport {
            path: path.clone(),
            policy: None,
            verdict: PathVerdict::Extra,
            behind: None,
            actual: Some(entry.id),
            difference: None,
        });
    }
}

/// Judges every path.
pub(super) fn judge(repository: &Repository<'_>, keep_differences: bool) -> JudgedPaths {
    let mut judge = Judge {
        repository,
        keep_differences,
        canons: Canons::of(repository),
        judged: JudgedPaths::default(),
    };
    judge.disagreements();
    for held in repository.pack.rules() {
        if held.rule.policy == Policy::Forbidden {
            judge.forbidden(held);
        } else if !repository.profile.does_without(&held.rule.path) {
            judge.wanted(held);
        }
    }
    judge.expected_by_profile();
    judge.judged
}

struct Judge<'r, 'a> {
    repository: &'r Repository<'a>,
    keep_differences: bool,
    canons: Canons<'r, 'a>,
    judged: JudgedPaths,
}

impl Judge<'_, '_> {
    fn disagreements(&mut self) {
        for Disagreement { variable, found, wanted, by } in self.canons.disagreements() {
            let message =
                format!("`{variable}` is `{found}` in the repository and `{wanted}` by {by}");
            let mut finding = Finding::new(&rules::VARIABLE_DISAGREEMENT, message).help(format!(
                "correct one of the two; until then `{found}` or fleet.yaml's value counts"
            ));
            if let Some(path) = self.path_of_variable(variable) {
                finding = finding.in_file(path.as_str());
            }
            self.judged.findings.push(finding);
        }
    }

    fn path_of_variable(&self, name: &str) -> Option<String> {
        let variables = &self.repository.pack.manifest.variables;
        let (_, variable) = variables.iter().find(|(known, _)| known == name)?;
        variable.extract.as_ref().map(|extract| extract.path().to_owned())
    }

    fn forbidden(&mut self, held: &HeldPath) {
        let repository = self.repository;
        for (path, entry) in repository.snapshot.entries.iter() {
            let wanted = |path: &str| {
                let rule = repository.pack.rule_for(path);
                rule.is_some_and(|rule| rule.rule.policy != Policy::Forbidden)
            };
            let path_text = path.as_str();
            // A link or a submodule in the place of a forbidden folder hides what it holds.
            let hides = matches!(entry.kind, EntryKind::Link | EntryKind::Submodule)
                && held.matches(&format!("{path_text}/any"));
            if !(held.matches(path_text) || hides)
                || repository.profile.permits(path_text)
                || wanted(path_text)
            {
                continue;
            }
            let why = held.rule.because.as_deref().map(|because| format!(": {because}"));
            let message = format!("`{path}` must not be here{}", why.unwrap_or_default());
            let fix = Fix::safe(
                format!("remove `{path}`"),
                vec![FileEdit::Delete { path: path.clone() }],
            );
            let mut finding = Finding::new(&rules::PATH_FORBIDDEN, message)
                .in_file(path.clone())
                .help("remove it, or give the repository a profile that permits it")
                .fix(fix);
            finding.evidence = Some(entry.id);
            self.judged.findings.push(finding);
            self.judged.paths.push(PathReport {
                path: path.clone(),
                policy: Some(Policy::Forbidden),
                verdict: PathVerdict::Forbidden,
                behind: None,
                actual: Some(entry.id),
                difference: None,
            });
        }
    }

    fn wanted(&mut self, held: &HeldPath) {
        let path = held.rule.path.as_str();
        let policy =
            self.repository.profile.profile.policies.get(path).copied().unwrap_or(held.rule.policy);
        let Some(entry) = self.repository.snapshot.entry(path) else {
            // What stands there could not be seen, which the snapshot's problem says.
            let problems = &self.repository.snapshot.problems;
            let unseen = problems.iter().any(|problem| problem.path.as_str() == path);
            if !held.rule.optional && !unseen {
                self.missing(held, policy);
            }
            return;
        };
        let mut report = PathReport {
            path: path.into(),
            policy: Some(policy),
            verdict: PathVerdict::Conformant,
            behind: None,
            actual: Some(entry.id),
            difference: None,
        };
        if matches!(policy, Policy::Exact | Policy::Templated | Policy::Structured) {
            self.compared(held, policy, entry.kind, &mut report);
        } else if policy == Policy::Seeded {
            self.seeded(path, &mut report);
        }
        self.judged.paths.push(report);
    }

    /// A seeded path is free, but it has to be there: a link must lead somewhere, and a submodule's content
    /// is not known.
    fn seeded(&mut self, path: &str, report: &mut PathReport) {
        let why = match self.repository.find(path) {
            Found::File(_) => return,
            Found::Nothing => "is a symbolic link that leads to nothing".to_owned(),
            Found::Unusable(why) => why,
        };
        report.verdict = PathVerdict::Unchecked;
        self.unchecked(path, format!("`{path}` {why}"), "put a file there");
    }

    fn missing(&mut self, held: &HeldPath, policy: Policy) {
        let path = held.rule.path.as_str();
        let why = held.rule.because.as_deref().map(|because| format!(": {because}"));
        let message = format!("`{path}` is not here{}", why.unwrap_or_default());
        let mut finding = Finding::new(&rules::PATH_MISSING, message).in_file(path);
        if self.canons.guessed(held).is_some() {
            finding = finding.help(
                "add it; what it should hold cannot be derived while a file that says so is broken",
            );
        } else if let Ok(Some(canon)) = self.canons.canon(held) {
            let edit = write_canon(path, &canon);
            let title = format!("add the canonical `{path}`");
            let whole = matches!(policy, Policy::Exact | Policy::Templated | Policy::Structured);
            let (fix, help) = if whole {
                (Fix::safe(title, vec![edit]), "`shipshape fix` adds the canonical one")
            } else {
                let help = "`shipshape fix --unsafe-fixes` adds one to start from";
                (Fix::risky(title, vec![edit]), help)
            };
            finding = finding.fix(fix).help(help);
        } else {
            finding = finding.help("add it; the shape has no content for it");
        }
        self.judged.findings.push(finding);
        self.judged.paths.push(PathReport {
            path: path.into(),
            policy: Some(policy),
            verdict: PathVerdict::Missing,
            behind: None,
            actual: None,
            difference: None,
        });
    }

    fn expected_by_profile(&mut self) {
        for path in &self.repository.profile.profile.expects {
            let known = self.judged.paths.iter().any(|report| report.path.as_str() == path);
            if known || self.repository.has(path) {
                continue;
            }
            let message = format!("`{path}` is not here, and the repository's profile expects it");
            let finding = Finding::new(&rules::PATH_MISSING, message)
                .in_file(path.as_str())
                .help("add it, or give the repository another profile");
            self.judged.findings.push(finding);
            self.judged.paths.push(PathReport {
                path: path.as_str().into(),
                policy: Some(Policy::Seeded),
                verdict: PathVerdict::Missing,
                behind: None,
                actual: None,
                difference: None,
            });
        }
    }

    fn compared(
        &mut self,
        held: &HeldPath,
        policy: Policy,
        kind: EntryKind,
        report: &mut PathReport,
    ) {
        let path = held.rule.path.as_str();
        let canon = match self.canons.canon(held) {
            Ok(Some(canon)) => canon,
            Ok(None) => return,
            Err(RenderError(message)) => {
                report.verdict = PathVerdict::Unchecked;
                let message =
                    format!("the canon of `{path}` does not render for this repository: {message}");
                self.unchecked(path, message, "give the value in fleet.yaml under `variables`");
                return;
            }
        };
        if !matches!(kind, EntryKind::File | EntryKind::Executable) {
            let what = if kind == EntryKind::Link { "a symbolic link" } else { "a submodule" };
            report.verdict = PathVerdict::Diverged;
            let message = format!("`{path}` is {what}, and the shape wants a file");
            self.replaceable(&rules::PATH_DIVERGED, message, held, &canon, report.actual, false);
            return;
        }
        if policy != Policy::Structured && report.actual == Some(canon.id) {
            self.mode(held, &canon, kind, report);
            return;
        }
        let actual = match self.repository.find(path) {
            Found::File(blob) => blob,
            Found::Nothing => return,
            Found::Unusable(why) => {
                report.verdict = PathVerdict::Unchecked;
                self.unchecked(
                    path,
                    format!("`{path}` {why}"),
                    "make the content available and run again",
                );
                return;
            }
        };
        if let Some((variable, source)) = self.canons.guessed(held) {
            report.verdict = PathVerdict::Unchecked;
            let message = format!(
                "`{path}` cannot be compared: `{source}`, which says what `{variable}` is, cannot be read"
            );
            let help = "repair that file first, or give the value in fleet.yaml";
            self.unchecked(path, message, help);
            return;
        }
        if policy == Policy::Structured {
            self.structured(held, &canon, &actual, report);
            return;
        }
        let actual = Arc::clone(actual.documents.bytes());
        self.unlike(held, &canon, &actual, report);
    }

    /// A content that is not today's canon, held to the canon as a whole.
    fn unlike(&mut self, held: &HeldPath, canon: &Canon, actual: &[u8], report: &mut PathReport) {
        let path = held.rule.path.as_str();
        let earlier = self.canons.earlier(path);
        let complete = self.repository.pack.lineage.incomplete.is_none();
        let Standing { verdict, behind } = standing(actual, &canon.bytes, &earlier, complete);
        report.verdict = verdict;
        report.behind = behind;
        if self.keep_differences {
            report.difference = difference(&canon.bytes, actual);
        }
        match verdict {
            PathVerdict::Stale => {
                let message = format!("`{path}` is {} behind the canon", versions(behind));
                self.replaceable(&rules::PATH_STALE, message, held, canon, report.actual, true);
            }
            PathVerdict::Modified => {
                let since = match behind {
                    Some(0) | None => "the canon".to_owned(),
                    behind => format!("a canon that is {} old", versions(behind)),
                };
                let message =
                    format!("`{path}` was edited since {since}{}", line_ends(&canon.bytes, actual));
                self.replaceable(&rules::PATH_MODIFIED, message, held, canon, report.actual, false);
            }
            PathVerdict::Diverged => {
                let message = format!("`{path}` is like no version of the canon");
                self.replaceable(&rules::PATH_DIVERGED, message, held, canon, report.actual, false);
            }
            PathVerdict::Unchecked => {
                let why = self.repository.pack.lineage.incomplete.clone().unwrap_or_default();
                let message = format!(
                    "`{path}` is like no known canon, and the canon's history is not whole: {why}"
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
            format!("`{path}` is not executable, and the canon is")
        } else {
            format!("`{path}` is executable, and the canon is not")
        };
        self.replaceable(&rules::PATH_MODIFIED, message, held, canon, report.actual, true);
    }

    fn structured(
        &mut self,
        held: &HeldPath,
        canon: &Canon,
        actual: &crate::snapshot::Blob,
        report: &mut PathReport,
    ) {
        let path = held.rule.path.as_str();
        let earlier = self.canons.earlier(path);
        let dialect = self.repository.dialect_of(path);
        let outcome = structured::compare(&structured::Sides {
            canon: &canon.bytes,
            actual: &actual.documents,
            earlier: &earlier,
            keys: &held.rule.keys,
            dialect,
            complete: self.repository.pack.lineage.incomplete.is_none(),
        });
        let (standing, wrong, edits) = match outcome {
            structured::Outcome::Conformant => return,
            structured::Outcome::Unreadable(why) => {
                report.verdict = PathVerdict::Unchecked;
                self.unchecked(path, format!("`{path}` {why}"), "repair the file");
                return;
            }
            structured::Outcome::Differs { standing, wrong, edits } => (standing, wrong, edits),
        };
        report.verdict = standing.verdict;
        report.behind = standing.behind;
        let rule = match standing.verdict {
            PathVerdict::Stale => &rules::PATH_STALE,
            PathVerdict::Unchecked => &rules::PATH_UNCHECKED,
            _ => &rules::PATH_MODIFIED,
        };
        let shown =
            wrong.iter().take(4).map(|entry| format!("`{entry}`")).collect::<Vec<_>>().join(", ");
        let more = wrong.len().saturating_sub(4);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let mut finding = Finding::new(
            rule,
            format!("`{path}` lacks what the shape manages in it: {shown}{more}"),
        )
        .in_file(path)
        .help("`shipshape fix` adds what is missing and leaves the rest alone");
        if let Some(edits) = edits {
            let edit = FileEdit::text(path, edits);
            finding =
                finding.fix(Fix::safe(format!("add what is missing to `{path}`"), vec![edit]));
        }
        finding.evidence = report.actual;
        finding.unchecked = standing.verdict == PathVerdict::Unchecked;
        self.judged.findings.push(finding);
    }

    fn replaceable(
        &mut self,
        rule: &'static Rule,
        message: String,
        held: &HeldPath,
        canon: &Canon,
        actual: Option<BlobId>,
        safe: bool,
    ) {
        let path = held.rule.path.as_str();
        let edits = vec![write_canon(path, canon)];
        let title = format!("restore the canonical `{path}`");
        let (fix, help) = if safe {
            (Fix::safe(title, edits), "`shipshape fix` replaces it")
        } else {
            let help = "make the edit canon (`shape promote`), waive it, or restore the canon (`fix --unsafe-fixes`)";
            (Fix::risky(title, edits), help)
        };
        let mut finding = Finding::new(rule, message).in_file(path).help(help).fix(fix);
        finding.evidence = actual;
        self.judged.findings.push(finding);
    }

    fn unchecked(&mut self, path: &str, message: String, help: &str) {
        let finding =
            Finding::new(&rules::PATH_UNCHECKED, message).in_file(path).help(help).unchecked();
        self.judged.findings.push(finding);
    }
}

fn write_canon(path: &str, canon: &Canon) -> FileEdit {
    let mode = if canon.executable { Mode::Executable } else { Mode::File };
    FileEdit::Write { path: path.into(), bytes: Arc::clone(&canon.bytes), mode }
}

fn versions(behind: Option<u32>) -> String {
    match behind {
        Some(1) => "1 version".to_owned(),
        Some(count) => format!("{count} versions"),
        None => "some versions".to_owned(),
    }
}

fn line_ends(canon: &[u8], actual: &[u8]) -> &'static str {
    let without_returns =
        |bytes: &[u8]| bytes.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<_>>();
    if without_returns(canon) == without_returns(actual) { ", in its line ends only" } else { "" }
}

fn difference(canon: &[u8], actual: &[u8]) -> Option<Box<Difference>> {
    if canon.len().max(actual.len()) > MAX_SHOWN_BYTES {
        return None;
    }
    let shown = |bytes| Some(secrets::masked(std::str::from_utf8(bytes).ok()?).into_owned());
    let (canonical, actual) = (shown(canon)?, shown(actual)?);
    Some(Box::new(Difference { canonical, actual }))
}
