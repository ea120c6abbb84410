//! Applies fixes until none is left. The tree is judged again each round, and no round may add a finding.
//!
//! Pure: works on snapshots in memory and returns the change set between the first and the last tree.

mod choice;
mod kept;
mod named;
mod remaining;

pub use choice::Choice;
pub use kept::{Recoverable, mark_kept};
use kept::{lost, why_kept};
pub use named::Naming;
use remaining::{Trace, any_remains};

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{ChangeSet, Conflict, FileEdit};
use crate::checks::dockerfile::script_mode;
use crate::checks::hygiene::relieved_of_credentials;
use crate::checks::{Finding, Fix, path_rules, syntax_error};
use crate::snapshot::{RepoPath, Snapshot};

/// Maximum number of rounds.
///
/// Fixes that uncover further fixes are rare, and chains of them short. Where fixes compete for the same lines, each
/// round makes one of them. With more rounds than this, a fix is probably undoing another.
const MAX_ROUNDS: usize = 100;

/// Returns the file that a fix would delete although a sparse checkout leaves it out of the work tree.
fn outside_the_work_tree<'f>(fix: &'f Fix, tree: &Snapshot) -> Option<&'f RepoPath> {
    let deleted = fix.edits.iter().filter(|edit| matches!(edit, FileEdit::Delete { .. }));
    deleted.map(FileEdit::path).find(|path| tree.left_out.contains(path.as_str()))
}

/// The result of applying fixes.
#[derive(Clone, Debug, Default)]
pub struct Mended {
    /// The changes from the original tree to the fixed one.
    pub changes: ChangeSet,
    /// The fixes that were made, in order: the rule's id, and the fix with its file.
    pub done: Vec<(&'static str, String)>,
    /// The fixes that were not made: the rule's id and the reason.
    pub refused: Vec<(&'static str, String)>,
    /// Files that were replaced or deleted although git does not have their content. Only with `risky`.
    pub lost: Vec<RepoPath>,
    /// Files from which credentials were removed. Revoking those is up to a person.
    pub credentials: Vec<RepoPath>,
    /// Findings that the fixed problems had hidden before; they are among `remaining` as well.
    pub uncovered: Vec<Finding>,
    /// The findings that remain.
    pub remaining: Vec<Finding>,
}

impl Mended {
    /// Adds what was made in the tree that resulted, after it was read again.
    pub fn followed_by(&mut self, next: Self) {
        self.changes.changes.extend(next.changes.changes);
        self.done.extend(next.done);
        self.lost.extend(next.lost);
        self.credentials.extend(next.credentials);
        let is_left = |finding: &Finding| {
            let key = (finding.rule.code, finding.path(), &finding.message);
            next.remaining.iter().any(|it| (it.rule.code, it.path(), &it.message) == key)
        };
        self.uncovered.retain(is_left);
        self.uncovered.extend(next.uncovered);
        (self.refused, self.remaining) = (next.refused, next.remaining);
    }
}

/// A fix that may be made, and the rule that offers it.
#[derive(Clone)]
struct Offer {
    rule: &'static str,
    /// Of the finding that it removes.
    trace: Trace,
    fix: Fix,
}

impl Offer {
    fn paths(&self) -> impl Iterator<Item = &RepoPath> {
        self.fix.edits.iter().map(FileEdit::path)
    }

    /// The fix and its file.
    fn described(&self) -> String {
        let title = &self.fix.title;
        match self.paths().next() {
            Some(path) if !title.contains(path.as_str()) => format!("{title} in `{path}`"),
            _ => title.clone(),
        }
    }

    /// Describes a refusal: the fix, its file, and the reason.
    fn refused(&self, why: &str) -> (&'static str, String) {
        (self.rule, format!("{}: {why}", self.described()))
    }
}

/// The tree as fixed so far, and the outcome of the fixes.
struct Mending<'a, J> {
    tree: Snapshot,
    findings: Vec<Finding>,
    judge: &'a J,
    /// Refused edits. Titles do not identify a fix, since fixes elsewhere may have the same one.
    refused: Vec<(&'static str, Vec<FileEdit>)>,
    /// Files with unrecoverable content that a fix of any round so far would delete or replace.
    lost: BTreeSet<RepoPath>,
    mended: Mended,
}

/// Applies fixes to a tree. `judge` returns the findings of a tree, `naming` what is still named in one.
pub fn mend(
    base: &Snapshot,
    choice: &Choice<'_>,
    judge: impl Fn(&Snapshot) -> Vec<Finding>,
    naming: &Naming<'_>,
) -> Mended {
    let findings = judge(base);
    let before = findings.clone();
    let mut mending = Mending {
        tree: base.clone(),
        findings,
        judge: &judge,
        refused: Vec::new(),
        lost: BTreeSet::new(),
        mended: Mended::default(),
    };
    for _ in 0..MAX_ROUNDS {
        let mut offers = mending.offers(choice);
        if !choice.risky {
            offers = mending.unnamed(offers, naming);
        }
        let fitting = mending.fitting(offers);
        if !mending.make(&fitting, &mut BTreeSet::new()) {
            break;
        }
    }
    let Mending { tree, findings, lost, mut mended, .. } = mending;
    mended.changes = ChangeSet::between(base, &tree);
    // Only content of the original tree can be lost, not what an earlier fix wrote.
    mended.lost.extend(lost.into_iter().filter(|path| {
        let entry = base.entry(path.as_str());
        entry.is_some_and(|entry| {
            tree.entry(path.as_str()).is_none_or(|now| now.id != entry.id)
                && !(choice.recoverable)(path, entry.id)
        })
    }));
    mended.credentials = relieved_of_credentials(&before, &findings);
    mended.uncovered = unknown(&before, &findings).into_iter().cloned().collect();
    mended.remaining = findings;
    mended
}

impl<J: Fn(&Snapshot) -> Vec<Finding>> Mending<'_, J> {
    /// Returns the fixes of this round: those that may be made and were not refused.
    fn offers(&mut self, choice: &Choice<'_>) -> Vec<Offer> {
        let mut offers = Vec::new();
        for finding in self.findings.iter().filter(|finding| choice.takes(finding)) {
            let Some(fix) = finding.fix.clone() else { continue };
            let offer = Offer { rule: finding.rule.id, trace: Trace::of(finding), fix };
            let is_refused = |(rule, edits): &(&'static str, Vec<FileEdit>)| {
                *rule == offer.rule && *edits == offer.fix.edits
            };
            if self.refused.iter().any(is_refused) {
                continue;
            }
            if let Some(path) = outside_the_work_tree(&offer.fix, &self.tree) {
                let said = offer.refused(&format!(
                    "a sparse checkout leaves `{path}` out of the work tree, so it cannot be removed there; \
                     `git sparse-checkout disable` writes all files to the work tree"
                ));
                refuse(&mut self.mended, &mut self.refused, &offer, said);
                continue;
            }
            let lost = lost(&offer.fix, &self.tree, choice.recoverable);
            if let Some(edit) = lost.filter(|_| choice.risky) {
                self.lost.insert(edit.path().clone());
            } else if let Some(edit) = lost {
                let why = why_kept(edit, &self.findings);
                let said = (offer.rule, format!("{}: {why}", offer.fix.title));
                refuse(&mut self.mended, &mut self.refused, &offer, said);
                continue;
            }
            offers.push(offer);
        }
        offers
    }

    /// Returns the fixes that can be made together. One that conflicts with an earlier one is tried again in the next
    /// round; one that cannot be applied at all is refused.
    fn fitting(&mut self, offers: Vec<Offer>) -> Vec<Offer> {
        if composed(&self.tree, &offers).is_ok() {
            return offers;
        }
        // Only edits of the same path can conflict.
        let mut by_path: BTreeMap<RepoPath, Vec<FileEdit>> = BTreeMap::new();
        let mut fitting = Vec::new();
        for offer in offers {
            let paths: BTreeSet<&RepoPath> = offer.paths().collect();
            let known = paths.iter().filter_map(|path| by_path.get(*path)).flatten();
            let mut tried: Vec<FileEdit> = known.cloned().collect();
            let is_alone = tried.is_empty();
            tried.extend(offer.fix.edits.iter().cloned());
            match ChangeSet::compose(&self.tree, &tried) {
                Ok(_) => {
                    for edit in &offer.fix.edits {
                        by_path.entry(edit.path().clone()).or_default().push(edit.clone());
                    }
                    fitting.push(offer);
                }
                Err(conflict) if is_alone => {
                    let said = offer.refused(&conflict.to_string());
                    refuse(&mut self.mended, &mut self.refused, &offer, said);
                }
                Err(_) => {}
            }
        }
        fitting
    }

    /// Makes these fixes if that adds no finding and leaves none of theirs; otherwise tries each half, down to the fix at
    /// fault, which is refused.
    ///
    /// A fix only knows the tree in which it was found, so fixes of files changed since (`touched`) wait for the next
    /// round. Returns whether anything was made or refused.
    fn make(&mut self, offers: &[Offer], touched: &mut BTreeSet<RepoPath>) -> bool {
        let open = offers.iter().filter(|offer| !offer.paths().any(|it| touched.contains(it)));
        let open: Vec<Offer> = open.cloned().collect();
        let why = match composed(&self.tree, &open) {
            Ok(changes) if changes.is_empty() => return false,
            Ok(changes) => {
                let next = changes.apply_to(&self.tree);
                let after = (self.judge)(&next);
                match added(&self.tree, &changes, &self.findings, &after) {
                    None if any_remains(&open, &self.findings, &after) => {
                        "its finding would still be there".to_owned()
                    }
                    None => {
                        touched.extend(open.iter().flat_map(Offer::paths).cloned());
                        let done = open.iter().map(|offer| (offer.rule, offer.described()));
                        self.mended.done.extend(done);
                        (self.tree, self.findings) = (next, after);
                        return true;
                    }
                    Some(worse) => {
                        format!("it would add {}: {}", worse.rule.id, worse.message)
                    }
                }
            }
            Err(conflict) => conflict.to_string(),
        };
        if let [offer] = open.as_slice() {
            let said = offer.refused(&why);
            refuse(&mut self.mended, &mut self.refused, offer, said);
            return true;
        }
        let (one, other) = open.split_at(open.len() / 2);
        let (one, other) = (self.make(one, touched), self.make(other, touched));
        one || other
    }
}

/// Records a refusal. If other fixes move its lines, the same fix is offered and refused again, but reported only once.
fn refuse(
    mended: &mut Mended,
    refused: &mut Vec<(&'static str, Vec<FileEdit>)>,
    offer: &Offer,
    said: (&'static str, String),
) {
    refused.push((offer.rule, offer.fix.edits.clone()));
    if !mended.refused.contains(&said) {
        mended.refused.push(said);
    }
}

fn composed(tree: &Snapshot, offers: &[Offer]) -> Result<ChangeSet, Conflict> {
    let edits = offers.iter().flat_map(|offer| offer.fix.edits.iter().cloned());
    ChangeSet::compose(tree, &edits.collect::<Vec<_>>())
}

/// Returns a finding at warning or above that the changes introduced.
///
/// Findings are compared by rule, path and identity, or message if they have no identity, since lines move; findings
/// about a file's whole content by rule and path only. A finding on lines that the edit of its file left alone was
/// there before, hidden by what is fixed now, so it does not count.
pub fn added<'f>(
    tree: &Snapshot,
    changes: &ChangeSet,
    before: &[Finding],
    after: &'f [Finding],
) -> Option<&'f Finding> {
    let uncovered = |finding: &&Finding| {
        let region = finding.location.as_ref().and_then(|location| location.region.as_ref());
        let (Some(path), Some(region)) = (finding.path(), region) else { return false };
        let text = || {
            let bytes = tree.read(tree.entry(path.as_str())?.id).ok()?;
            String::from_utf8(bytes.to_vec()).ok()
        };
        let old_lines = |text: String| text.replace('\r', "").contains(region.excerpt.trim_end());
        // A file without a syntax error hid no other syntax error.
        let was_broken =
            || before.iter().any(|it| it.rule == finding.rule && it.path() == finding.path());
        (finding.rule.id != syntax_error::RULE.id || was_broken())
            && !region.excerpt.trim().is_empty()
            && changes.changes.contains_key(path.as_str())
            && text().is_some_and(old_lines)
    };
    // What a new file or content lacks is the executable bit, which cannot be given to it: its finding says how to.
    let is_of_mode = |finding: &&Finding| {
        !tree.heeds_modes()
            && [&path_rules::PATH_MODIFIED, &script_mode::RULE].contains(&finding.rule)
            && finding.fix.is_none()
            && finding.path().is_some_and(|path| changes.changes.contains_key(path.as_str()))
    };
    unknown(before, after).into_iter().find(|finding| !uncovered(finding) && !is_of_mode(finding))
}

/// Findings at warning or above that are not among the earlier ones.
fn unknown<'f>(before: &[Finding], after: &'f [Finding]) -> Vec<&'f Finding> {
    // Messages about a whole content include line counts, which change when one of the lines is fixed.
    let key = |finding: &Finding| {
        let what = match (finding.identity, &finding.evidence) {
            (Some(identity), _) => Some(identity.to_owned()),
            (None, Some(_)) => None,
            (None, None) => Some(finding.message.clone()),
        };
        (finding.rule.code, finding.path().map(ToString::to_string), what)
    };
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for finding in before {
        *known.entry(key(finding)).or_default() += 1;
    }
    let is_new = |finding: &&Finding| match known.get_mut(&key(finding)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    let weighty = after.iter().filter(|finding| finding.severity > crate::checks::Severity::Info);
    weighty.filter(is_new).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::*;
    use crate::checks::path_rules::{PATH_EXTRA, PATH_MODIFIED};
    use crate::snapshot::{BlobId, Entry, EntryKind, ReadBlob, Unreadable};
    use crate::source::{Span, Text, TextEdit};

    struct Memory(Vec<(BlobId, Arc<[u8]>)>);

    impl ReadBlob for Memory {
        fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
            let found = self.0.iter().find(|(known, _)| *known == id);
            let absent = || Unreadable::Absent("in a test".to_owned());
            found.map(|(_, bytes)| Arc::clone(bytes)).ok_or_else(absent)
        }
    }

    fn tree(files: &[(&str, &str)]) -> Snapshot {
        let blob = |text: &str| (BlobId::of(text.as_bytes()), Arc::from(text.as_bytes()));
        let entry = |(path, text): &(&str, &str)| {
            let id = BlobId::of(text.as_bytes());
            (RepoPath::new(path), Entry { kind: EntryKind::File, id })
        };
        let contents = files.iter().map(|(_, text)| blob(text)).collect();
        Snapshot::new(None, files.iter().map(entry).collect(), Arc::new(Memory(contents)))
    }

    /// Every `old` should be `new`, and in `bad` that is worse.
    fn judged(tree: &Snapshot) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (path, entry) in tree.entries.iter() {
            let bytes = tree.read(entry.id).expect("in memory");
            let text = Text::decode(&bytes).expect("a text");
            for (at, _) in text.as_str().match_indices("old") {
                let span = Span::new(at, at + 3);
                let edit = TextEdit { span, replacement: "new".into() };
                let edits = vec![FileEdit::text(path.clone(), vec![edit])];
                let finding = Finding::new(&PATH_MODIFIED, "old").at(path.as_str(), &text, span);
                findings.push(finding.fix(Fix::safe("say `new`", edits)));
            }
            // What this fix adds does not concern the finding.
            if let Some(at) = text.as_str().find("vain") {
                let edit = TextEdit::insert(text.as_str().len(), "new\n".to_owned());
                let edits = vec![FileEdit::text(path.clone(), vec![edit])];
                let span = Span::new(at, at + 4);
                let finding = Finding::new(&PATH_MODIFIED, "vain").at(path.as_str(), &text, span);
                findings.push(finding.fix(Fix::safe("add `new`", edits)));
            }
            if path.as_str() == "bad" && text.as_str().contains("new") {
                let worse = Finding::new(&PATH_EXTRA, "worse").in_file(path.as_str());
                findings.push(worse.severity(crate::checks::Severity::Warning));
            }
        }
        findings
    }

    const CHOICE: Choice<'_> = Choice { risky: false, rules: &[], recoverable: &|_, _| true };
    const UNNAMED: &Naming<'_> = &|_, _| BTreeMap::new();

    #[test]
    fn a_refused_fix_leaves_those_of_the_same_title_elsewhere() {
        let base = tree(&[("a", "old\n"), ("bad", "old\n"), ("c", "old\n"), ("d", "old\n")]);
        let mended = mend(&base, &CHOICE, judged, UNNAMED);
        let changed: Vec<&str> = mended.changes.changes.keys().map(RepoPath::as_str).collect();
        assert_eq!(changed, ["a", "c", "d"]);
        assert_eq!(mended.done.len(), 3);
        let [(_, why)] = &mended.refused[..] else { panic!("{:?}", mended.refused) };
        assert_eq!(why, "say `new` in `bad`: it would add path-extra: worse");
        let again = mend(&mended.changes.apply_to(&base), &CHOICE, judged, UNNAMED);
        assert!(again.changes.is_empty() && again.refused.len() == 1);
    }

    #[test]
    fn a_fix_that_leaves_its_finding_is_refused() {
        let base = tree(&[("a", "old\n"), ("v", "old\nvain\n")]);
        let mended = mend(&base, &CHOICE, judged, UNNAMED);
        assert_eq!(mended.done.len(), 2);
        let [(_, why)] = &mended.refused[..] else { panic!("{:?}", mended.refused) };
        assert_eq!(why, "add `new` in `v`: its finding would still be there");
        let changed = mended.changes.apply_to(&base);
        assert_eq!(changed.entry("v").map(|it| it.id), Some(BlobId::of(b"new\nvain\n")));
    }

    #[test]
    fn many_fixes_are_made_together_and_one_at_fault_is_soon_found() {
        let many = "old\n".repeat(2_000);
        let looks = Cell::new(0);
        let judge = |tree: &Snapshot| {
            looks.set(looks.get() + 1);
            judged(tree)
        };
        let mended = mend(&tree(&[("a", &many)]), &CHOICE, judge, UNNAMED);
        assert_eq!((mended.done.len(), looks.get()), (2_000, 2));
        let files: Vec<String> = (0..200).map(|number| format!("f{number:03}")).collect();
        let mut files: Vec<(&str, &str)> = files.iter().map(|it| (it.as_str(), "old\n")).collect();
        files.push(("bad", "old\n"));
        looks.set(0);
        let mended = mend(&tree(&files), &CHOICE, judge, UNNAMED);
        assert_eq!((mended.done.len(), mended.refused.len()), (200, 1));
        assert!(looks.get() < 25, "{}", looks.get());
    }
}
