//! Applying fixes until none is left: every round is judged again, and no round may add a finding.
//!
//! Pure: works on snapshots in memory and returns the change set from the first tree to the last.

use std::collections::BTreeMap;

use crate::change::{ChangeSet, FileEdit};
use crate::checks::hygiene::relieved_of_credentials;
use crate::checks::{Finding, Fix, Safety};
use crate::snapshot::{BlobId, RepoPath, Snapshot};

/// Fixes that uncover further fixes are rare, and chains of them short. Rounds that make one fix at a
/// time are more; beyond this something is fixing its own fix.
const MAX_ROUNDS: usize = 100;

/// Which fixes may be made.
pub struct Choice<'a> {
    /// Whether fixes that a person should look at may be made.
    pub risky: bool,
    /// Rules (codes or ids) whose fixes are made; all when empty.
    pub rules: &'a [String],
    /// Whether a content can be had back once it is gone, since git has it at this path.
    pub recoverable: &'a dyn Fn(&RepoPath, BlobId) -> bool,
}

impl Choice<'_> {
    /// Whether a finding's fix is made.
    #[must_use]
    pub fn takes(&self, finding: &Finding) -> bool {
        let chosen = self.rules.is_empty()
            || self.rules.iter().any(|name| {
                name.eq_ignore_ascii_case(finding.rule.code)
                    || name.eq_ignore_ascii_case(finding.rule.id)
            });
        let permitted =
            finding.fix.as_ref().is_some_and(|fix| self.risky || fix.safety == Safety::Safe);
        chosen && permitted && finding.waived.is_none()
    }
}

impl std::fmt::Debug for Choice<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Choice").field("risky", &self.risky).finish_non_exhaustive()
    }
}

/// A file that a fix would take away for good.
fn lost<'f>(fix: &'f Fix, tree: &Snapshot, choice: &Choice<'_>) -> Option<&'f RepoPath> {
    if choice.risky {
        return None;
    }
    fix.edits.iter().find_map(|edit| {
        let path = match edit {
            FileEdit::Delete { path } | FileEdit::Write { path, .. } => path,
            FileEdit::Text { .. } => return None,
        };
        let entry = tree.entry(path.as_str())?;
        (!(choice.recoverable)(path, entry.id)).then_some(path)
    })
}

/// What applying fixes came to.
#[derive(Clone, Debug, Default)]
pub struct Mended {
    /// From the tree as it was to the tree as it should be.
    pub changes: ChangeSet,
    /// What was done: the rule's id and the fix's title, in order.
    pub done: Vec<(&'static str, String)>,
    /// Fixes that were left out, with the reason.
    pub refused: Vec<(&'static str, String)>,
    /// Files that credentials are taken out of: to revoke those is left for a person.
    pub credentials: Vec<RepoPath>,
    /// What is still found afterwards.
    pub remaining: Vec<Finding>,
}

/// Applies fixes to a tree. `judge` says what is found in a tree.
pub fn mend(
    base: &Snapshot,
    choice: &Choice<'_>,
    judge: impl Fn(&Snapshot) -> Vec<Finding>,
) -> Mended {
    let mut mended = Mended::default();
    let mut tree = base.clone();
    let mut findings = judge(&tree);
    let before = findings.clone();
    for _ in 0..MAX_ROUNDS {
        let mut progressed = false;
        let mut edits: Vec<FileEdit> = Vec::new();
        let mut titles = Vec::new();
        for finding in findings.iter().filter(|finding| choice.takes(finding)) {
            let Some(fix) = &finding.fix else { continue };
            let refused = |(rule, title): &(&'static str, String)| {
                *rule == finding.rule.id && title.starts_with(&fix.title)
            };
            if mended.refused.iter().any(refused) {
                continue;
            }
            if let Some(path) = lost(fix, &tree, choice) {
                let why = format!(
                    "{}: git does not have what is in `{path}`; commit it, or say --unsafe-fixes",
                    fix.title
                );
                mended.refused.push((finding.rule.id, why));
                continue;
            }
            let mut tried = edits.clone();
            tried.extend(fix.edits.iter().cloned());
            // A fix that conflicts with one of this round is tried again in the next.
            match ChangeSet::compose(&tree, &tried) {
                Ok(_) => {
                    edits = tried;
                    titles.push((finding.rule.id, fix.title.clone()));
                }
                Err(conflict) if edits.is_empty() => {
                    mended.refused.push((finding.rule.id, format!("{}: {conflict}", fix.title)));
                }
                Err(_) => {}
            }
        }
        if let Ok(changes) = ChangeSet::compose(&tree, &edits)
            && !changes.is_empty()
        {
            let next = changes.apply_to(&tree);
            let after = judge(&next);
            match added(&tree, &changes, &findings, &after) {
                None => {
                    progressed = true;
                    mended.done.extend(titles);
                    (tree, findings) = (next, after);
                }
                Some(finding) => {
                    let why = format!("it would add {}: {}", finding.rule.id, finding.message);
                    if let [(rule, title)] = titles.as_slice() {
                        mended.refused.push((rule, format!("{title}: {why}")));
                        progressed = true;
                    } else {
                        progressed =
                            one_by_one(&mut mended, &mut tree, &mut findings, choice, &judge);
                    }
                }
            }
        }
        if !progressed {
            break;
        }
    }
    mended.changes = ChangeSet::between(base, &tree);
    mended.credentials = relieved_of_credentials(&before, &findings);
    mended.remaining = findings;
    mended
}

/// When a round as a whole adds a finding, its fixes are tried one at a time until one holds; those
/// before it are at fault and left out. One at a time, since every fix knows only the tree that it was
/// found in.
fn one_by_one(
    mended: &mut Mended,
    tree: &mut Snapshot,
    findings: &mut Vec<Finding>,
    choice: &Choice<'_>,
    judge: &impl Fn(&Snapshot) -> Vec<Finding>,
) -> bool {
    for finding in findings.clone().iter().filter(|finding| choice.takes(finding)) {
        let Some(fix) = &finding.fix else { continue };
        if lost(fix, tree, choice).is_some() {
            continue;
        }
        let Ok(changes) = ChangeSet::compose(tree, &fix.edits) else { continue };
        if changes.is_empty() {
            continue;
        }
        let next = changes.apply_to(tree);
        let after = judge(&next);
        match added(tree, &changes, findings, &after) {
            None => {
                mended.done.push((finding.rule.id, fix.title.clone()));
                (*tree, *findings) = (next, after);
                return true;
            }
            Some(worse) => {
                let why = format!("it would add {}: {}", worse.rule.id, worse.message);
                mended.refused.push((finding.rule.id, format!("{}: {why}", fix.title)));
            }
        }
    }
    false
}

/// A finding at warning or above that the changes brought. Findings are told apart by rule, path and
/// identity, else message, since lines move; those about a whole content by rule and path. One that stands in an edited file on lines that the edit left alone was
/// there all the time and hidden behind what is mended now: that is no reason against the repair.
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
        !region.excerpt.trim().is_empty()
            && changes.changes.contains_key(path.as_str())
            && text().is_some_and(old_lines)
    };
    // What is said of a whole content counts its lines, which a repair of one of them changes.
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
    weighty.filter(is_new).find(|finding| !uncovered(finding))
}
