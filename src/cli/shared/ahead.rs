//! Repositories that are ahead of the canon: they had it and changed it further. Restoring the canon would revert that
//! work.
//!
//! Only a git history shows this, so it is known for local repositories but not for those on a forge.

use std::path::Path;

use jiff::Timestamp;

use crate::change::FileEdit;
use crate::checks::{Finding, Safety, path_rules};
use crate::cli::shared::next::{quoted, quoted_place};
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{Origin, Target};
use crate::shape::embedded;
use crate::snapshot::{BlobId, RepoPath, git, history, work_tree_around};

/// The most versions of one path that are examined.
const MAX_VERSIONS: usize = 1_000;

/// A path whose content was once today's canon and was changed since.
pub(super) struct Ahead {
    /// The name of the repository in reports.
    label: String,
    path: RepoPath,
}

/// Adds to each finding about such an edit the date of the edit. Returns the first such path of each repository.
pub(super) fn look(targets: &[Target], reports: &mut [RepositoryReport]) -> Vec<Ahead> {
    let mut all = Vec::new();
    for (target, report) in targets.iter().zip(reports) {
        let mut first = None;
        for finding in &mut report.findings {
            let Some((path, canon)) = replaced(finding) else { continue };
            let Some(date) = went_on(target, &path, canon) else { continue };
            finding.message.push_str(&format!("; it went on from today's canon on {date}"));
            finding.help = Some(
                "if the fleet goes there too, make it canon (`shape promote`); else waive it, or restore the \
                canon (`fix --unsafe-fixes`), which reverts the change"
                    .to_owned(),
            );
            first.get_or_insert(path);
        }
        all.extend(first.map(|path| Ahead { label: report.name.clone(), path }));
    }
    all
}

impl Ahead {
    /// The command that previews promoting the repository's content to canon; `None` unless it is a whole local repository
    /// with a shape other than the embedded one.
    pub(super) fn promote(&self, target: &Target, has_fleet: bool) -> Option<String> {
        if target.shape.source == embedded::NAME || target.folder.is_some() {
            return None;
        }
        let Origin::Local(place) = &target.origin else { return None };
        let pack = match has_fleet {
            true => String::new(),
            false => format!(" --pack {}", quoted_place(Path::new(&target.shape.source))),
        };
        let (place, path) = (quoted_place(place), quoted(self.path.as_str()));
        Some(format!("shipshape shape promote --dry-run {place} {path}{pack}"))
    }

    /// The name of the repository in reports.
    pub(super) fn label(&self) -> &str {
        &self.label
    }
}

/// The path of an edited file, and the id of the canon that could be restored there.
fn replaced(finding: &Finding) -> Option<(RepoPath, BlobId)> {
    let code = finding.rule.code;
    let is_edit = [path_rules::PATH_MODIFIED.code, path_rules::PATH_DIVERGED.code].contains(&code);
    let fix = finding.fix.as_ref().filter(|fix| is_edit && fix.safety == Safety::Unsafe)?;
    match fix.edits.as_slice() {
        [FileEdit::Write { path, bytes, .. }] => Some((path.clone(), BlobId::of(bytes))),
        _ => None,
    }
}

/// The date of the commit that replaced this canon in the repository with other content.
fn went_on(target: &Target, path: &RepoPath, canon: BlobId) -> Option<String> {
    let Origin::Local(place) = &target.origin else { return None };
    let (root, inside) = work_tree_around(place).unwrap_or_else(|| (place.clone(), "".into()));
    let folders = [inside.to_str()?, target.folder.as_deref().unwrap_or_default()];
    let folders = folders.into_iter().filter(|folder| !folder.is_empty());
    let whole = folders.chain([path.as_str()]).collect::<Vec<_>>().join("/");
    let repository = git::open(&root).ok()?;
    let commit = target.reference.as_deref().unwrap_or("HEAD");
    let history =
        history::of_path(&repository, commit, &RepoPath::new(&whole), MAX_VERSIONS).ok()?;
    let today = history.versions.iter().position(|version| version.blob == canon)?;
    // If the canon is the newest version, nothing replaced it.
    let next = history.versions.get(today.checked_sub(1)?)?;
    let time = Timestamp::from_second(next.time).ok()?;
    Some(time.strftime("%Y-%m-%d").to_string())
}
