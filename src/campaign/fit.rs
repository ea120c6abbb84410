//! Whether merging an open pull request into today's base gives what the campaign wants there.
//!
//! A base moves while pull requests wait. One whose change was computed on an earlier base is as good as a new one if the
//! merge has the wanted result, and must not be merged if it has another one, whatever the digests of the changes say.
//! Deciding is pure; [`fits`] reads the few texts that trees alone cannot decide.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::held::Held;
use super::identity::{digest_of_lines, mode_in_words};
use super::look::Sight;
use super::plan::Wanted;
use crate::change::merge::three_way;
use crate::change::{Change, ChangeSet, Mode};
use crate::fleet::RepositoryName;
use crate::forge::Client;
use crate::forge::scan::{Place, Scan};
use crate::snapshot::{BlobId, Entry, EntryKind, RepoPath, Snapshot, Unreadable};

/// What merging an open pull request would give, compared with what is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// Exactly what is wanted, or there is no pull request to compare.
    #[default]
    AsWanted,
    /// Something else: it offers an earlier form of the change, since the campaign changed.
    EarlierForm,
    /// Something else in this file, which the base changed since, while the campaign wants there what it wanted before.
    BaseChanged(RepoPath),
    /// A part of what is wanted: not this file.
    Part(RepoPath),
}

impl Fit {
    /// Why the pull request has to be renewed; `None` if it need not be.
    #[must_use]
    pub fn why_renewed(&self) -> Option<String> {
        match self {
            Self::AsWanted => None,
            Self::EarlierForm => Some(super::plan::reason::EARLIER_FORM.to_owned()),
            Self::Part(path) => {
                Some(format!("it offers only a part of the change: not that of `{path}`"))
            }
            Self::BaseChanged(path) => Some(format!(
                "the base changed `{path}` since, and merging it would not give what the campaign wants there"
            )),
        }
    }
}

/// What a pull request's commit changes, without contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// What is at each changed path before and after the commit.
    paths: BTreeMap<RepoPath, Step>,
    /// The commit, and the one below it.
    commits: Option<Commits>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Commits {
    parent: String,
    head: String,
}

/// What is at a path before and after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    before: Option<Entry>,
    after: Option<Entry>,
}

impl Offered {
    /// The difference between the trees of a commit and its parent.
    #[must_use]
    pub fn between(before: &Snapshot, after: &Snapshot) -> Self {
        let mut paths = BTreeMap::new();
        for path in before.entries.keys().chain(after.entries.keys()) {
            let step =
                Step { before: before.entry(path.as_str()), after: after.entry(path.as_str()) };
            if step.before != step.after {
                paths.insert(path.clone(), step);
            }
        }
        let commits = before.commit.clone().zip(after.commit.clone());
        let commits = commits.map(|(parent, head)| Commits { parent, head });
        Self { paths, commits }
    }

    /// Whether it changes this file, or one in this folder.
    #[must_use]
    pub fn changes(&self, path: &RepoPath) -> bool {
        let is_below = |changed: &RepoPath| {
            changed.as_str().strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        self.paths.contains_key(path.as_str()) || self.paths.keys().any(is_below)
    }

    /// A member's tree with the files that it changes as they were before its commit, and as that leaves them. Their contents
    /// are read by id, from the same repository.
    #[must_use]
    pub fn around(&self, tree: &Snapshot, folder: Option<&str>) -> [Snapshot; 2] {
        let in_member = |path: &RepoPath| match folder {
            None => Some(path.clone()),
            Some(folder) => {
                let below = path.as_str().strip_prefix(folder)?.strip_prefix('/')?;
                Some(RepoPath::new(below))
            }
        };
        let with = |side: fn(&Step) -> Option<Entry>| {
            let mut entries = BTreeMap::clone(&tree.entries);
            for (path, step) in &self.paths {
                let Some(path) = in_member(path) else { continue };
                match side(step) {
                    Some(entry) => entries.insert(path, entry),
                    None => entries.remove(&path),
                };
            }
            let mut of_side = tree.clone();
            (of_side.commit, of_side.entries) = (None, Arc::new(entries));
            of_side
        };
        [with(|step| step.before), with(|step| step.after)]
    }

    /// Its [`change_digest`](super::identity::change_digest), without reading contents.
    #[must_use]
    pub fn digest(&self) -> String {
        let mode = |kind: EntryKind| match kind {
            EntryKind::File => mode_in_words(Mode::File),
            EntryKind::Executable => mode_in_words(Mode::Executable),
            EntryKind::Link => mode_in_words(Mode::Link),
            EntryKind::Submodule => "160000",
        };
        digest_of_lines(self.paths.iter().map(|(path, step)| match step.after {
            None => format!("delete\0{path}\n"),
            Some(Entry { kind, id }) => format!("{}\0{id}\0{path}\n", mode(kind)),
        }))
    }
}

/// An open pull request, and what is wanted of its repository.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    repository: &'a RepositoryName,
    offered: &'a Offered,
    base: &'a Snapshot,
    wanted: &'a ChangeSet,
}

impl<'a> Asked<'a> {
    /// The comparison for a repository, if a change is wanted there and the campaign's own pull request is open.
    #[must_use]
    pub fn of(
        sight: &'a Sight,
        wanted: &Wanted,
        changes: &'a ChangeSet,
        base: Option<&'a Snapshot>,
    ) -> Option<Self> {
        let offer = sight.offer.as_ref().ok().filter(|offer| offer.open_pull().is_some())?;
        let is_ours = matches!(sight.held, Held::Ours { .. });
        let is_meant = is_ours && matches!(wanted, Wanted::Change(_));
        let offered = sight.offered().filter(|_| is_meant)?;
        Some(Self { repository: &offer.name, offered, base: base?, wanted: changes })
    }

    /// What is wanted at a path.
    fn wanted_at(&self, path: &RepoPath) -> Option<Entry> {
        let change = self.wanted.changes.get(path.as_str());
        change.map_or_else(|| self.base.entry(path.as_str()), result)
    }

    /// Decides by the trees, as far as they can: each file is merged as git does it.
    fn by_trees(&self) -> ByTrees {
        let paths: BTreeSet<&RepoPath> =
            self.offered.paths.keys().chain(self.wanted.changes.keys()).collect();
        let (mut texts, mut changed, mut lacking) = (Vec::new(), None, None);
        for path in paths {
            let base = self.base.entry(path.as_str());
            let wanted = self.wanted_at(path);
            let Some(step) = self.offered.paths.get(path.as_str()) else {
                if wanted != base {
                    lacking.get_or_insert_with(|| path.clone());
                }
                continue;
            };
            match merged(*step, base) {
                At::Entry(entry) if entry == wanted => {}
                At::Entry(_) if base == step.before => return ByTrees::Decided(Fit::EarlierForm),
                _ if wants_another(*step, base, wanted) => {
                    return ByTrees::Decided(Fit::EarlierForm);
                }
                At::Text { kind, sides } if wanted.is_some_and(|entry| entry.kind == kind) => {
                    let wanted = self.wanted.changes.get(path.as_str()).and_then(written);
                    texts.push(Text { path: path.clone(), sides, wanted });
                }
                At::Entry(_) | At::Text { .. } | At::Conflict => {
                    changed.get_or_insert_with(|| path.clone());
                }
            }
        }
        let fit = lacking.map_or(Fit::AsWanted, Fit::Part);
        match changed {
            Some(path) => ByTrees::Decided(Fit::BaseChanged(path)),
            None if texts.is_empty() => ByTrees::Decided(fit),
            None => ByTrees::Depends(Texts { texts, fit }),
        }
    }

    /// The trees in which the texts are: of the commit below, of the commit, and today's.
    fn places(&self) -> Option<[Place; 3]> {
        let Commits { parent, head } = self.offered.commits.as_ref()?;
        let place = |commit: &String| Place {
            name: self.repository.clone(),
            reference: Some(commit.clone()),
        };
        Some([place(parent), place(head), place(self.base.commit.as_ref()?)])
    }
}

/// What trees say of a pull request.
enum ByTrees {
    Decided(Fit),
    /// It depends on how these texts are merged.
    Depends(Texts),
}

/// Texts that decide, since both sides changed them.
struct Texts {
    texts: Vec<Text>,
    /// What holds if all of them are merged as wanted.
    fit: Fit,
}

/// What is at a path after a merge.
enum At {
    Entry(Option<Entry>),
    /// A text that both sides changed.
    Text {
        kind: EntryKind,
        sides: Sides,
    },
    /// Only a person can merge it.
    Conflict,
}

/// A text before and after a commit, and on the base.
#[derive(Clone, Copy, Debug)]
struct Sides {
    before: BlobId,
    after: BlobId,
    base: BlobId,
}

/// A text that both sides changed, and what is wanted of it.
struct Text {
    path: RepoPath,
    sides: Sides,
    /// `None` if it is wanted as it is on the base.
    wanted: Option<Arc<[u8]>>,
}

impl Text {
    /// Whether the merge has the wanted result, and who is to blame if not. Files that are not text are not merged.
    fn fit(&self, trees: [&Snapshot; 3]) -> Result<Fit, Unreadable> {
        let [before, after, base] = trees;
        let Sides { before: was, after: becomes, base: is } = self.sides;
        // All three are asked for before one is missed: what is missing is fetched at once.
        let read = [before.read(was), after.read(becomes), base.read(is)];
        let [was, becomes, is] = read;
        let (was, becomes, is) = (was?, becomes?, is?);
        let wanted = self.wanted.as_ref().unwrap_or(&is);
        let texts = [&was, &becomes, &is, wanted].map(|bytes| std::str::from_utf8(bytes));
        let base_changed = Fit::BaseChanged(self.path.clone());
        let [Ok(was), Ok(becomes), Ok(is), Ok(wanted)] = texts else { return Ok(base_changed) };
        let merged = three_way(was, is, becomes);
        if merged.is_clean() && merged.text == wanted {
            return Ok(Fit::AsWanted);
        }
        // What the campaign wants today, as it would have been on the base of that time.
        let earlier = three_way(is, was, wanted);
        let wants_another = wanted != is && earlier.is_clean() && earlier.text != becomes;
        Ok(if wants_another { Fit::EarlierForm } else { base_changed })
    }
}

/// Whether the trees show that the campaign wants another change today than a commit makes: the base has that change by now,
/// or today's change has another result without what the base changed since.
fn wants_another(step: Step, base: Option<Entry>, wanted: Option<Entry>) -> bool {
    // Where nothing is wanted any more, the base may have what was wanted in another form.
    if wanted == base {
        return false;
    }
    base == step.after
        || match merged(Step { before: base, after: wanted }, step.before) {
            At::Entry(earlier) => earlier != step.after,
            At::Text { kind, .. } => step.after.is_none_or(|after| after.kind != kind),
            At::Conflict => false,
        }
}

/// Merges what a commit does to a path into a base.
fn merged(step: Step, base: Option<Entry>) -> At {
    let Step { before, after } = step;
    if base == before || base == after {
        return At::Entry(after);
    }
    let (Some(before), Some(after), Some(base)) = (before, after, base) else {
        return At::Conflict;
    };
    let Some(kind) = of_one(before.kind, after.kind, base.kind) else { return At::Conflict };
    if let Some(id) = of_one(before.id, after.id, base.id) {
        return At::Entry(Some(Entry { kind, id }));
    }
    let is_file = |entry: Entry| matches!(entry.kind, EntryKind::File | EntryKind::Executable);
    match [before, after, base].into_iter().all(is_file) {
        true => {
            At::Text { kind, sides: Sides { before: before.id, after: after.id, base: base.id } }
        }
        false => At::Conflict,
    }
}

/// The value that only one side changed, or both alike.
fn of_one<T: Copy + PartialEq>(before: T, after: T, base: T) -> Option<T> {
    if after == before { Some(base) } else { (base == before || base == after).then_some(after) }
}

/// What is at a path after its change.
pub(in crate::campaign) fn result(change: &Change) -> Option<Entry> {
    let Change::Write { bytes, mode, .. } = change else { return None };
    let kind = match mode {
        Mode::File => EntryKind::File,
        Mode::Executable => EntryKind::Executable,
        Mode::Link => EntryKind::Link,
    };
    Some(Entry { kind, id: BlobId::of(bytes) })
}

/// What a change writes.
fn written(change: &Change) -> Option<Arc<[u8]>> {
    match change {
        Change::Write { bytes, .. } => Some(bytes.clone()),
        Change::Delete { .. } => None,
    }
}

/// Compares pull requests with what is wanted, in order; where there is nothing to compare, it is as wanted. Texts are read
/// only where both sides changed one. An error says why what decides cannot be read: then nothing is known.
pub async fn fits(client: &Client, asked: &[Option<Asked<'_>>]) -> Vec<Result<Fit, String>> {
    let mut fits = vec![Ok(Fit::AsWanted); asked.len()];
    let (mut open, mut places) = (Vec::new(), Vec::new());
    for (fit, asked) in fits.iter_mut().zip(asked) {
        let Some(asked) = asked else { continue };
        match (asked.by_trees(), asked.places()) {
            (ByTrees::Decided(decided), _) => *fit = Ok(decided),
            (ByTrees::Depends(texts), Some(of_texts)) => {
                places.extend(of_texts);
                open.push((fit, texts));
            }
            (ByTrees::Depends(_), None) => *fit = Err("its commits are not known".to_owned()),
        }
    }
    if open.is_empty() {
        return fits;
    }
    let mut scan = Scan::new(client, []);
    let trees = scan.snapshots_of_commits(&places).await;
    // The first round asks for all texts, and the second one has them.
    for _ in 0..2 {
        for ((fit, texts), trees) in open.iter_mut().zip(trees.chunks(3)) {
            **fit = match trees {
                [Ok(before), Ok(after), Ok(base)] => by_texts(texts, [before, after, base]),
                trees => {
                    let error = trees.iter().find_map(|tree| tree.as_ref().err());
                    Err(error.map(ToString::to_string).unwrap_or_default())
                }
            };
        }
        if scan.fetch_wanted().await.is_empty() {
            break;
        }
    }
    drop(open);
    fits
}

/// What these texts decide. One that differs decides alone; otherwise all have to be read.
fn by_texts(Texts { texts, fit }: &Texts, trees: [&Snapshot; 3]) -> Result<Fit, String> {
    // Each is read, so that all of them are fetched at once.
    let read: Vec<(&Text, Result<Fit, Unreadable>)> =
        texts.iter().map(|text| (text, text.fit(trees))).collect();
    let others = || {
        read.iter().filter_map(|(_, fit)| fit.as_ref().ok().filter(|fit| **fit != Fit::AsWanted))
    };
    let earlier = others().find(|fit| **fit == Fit::EarlierForm);
    if let Some(fit) = earlier.or_else(|| others().next()) {
        return Ok(fit.clone());
    }
    match read.iter().find_map(|(text, read)| Some((text, read.as_ref().err()?))) {
        Some((text, why)) => Err(format!("`{}`: {why}", text.path)),
        None => Ok(fit.clone()),
    }
}

#[cfg(test)]
mod tests;
