//! Finds the earlier canons of a pack in the git history around it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::shape::lineage::parts;
use crate::shape::lineage::{
    EarlierCanon, EarlierContent, EarlierOrigin, EarlierVariables, LOG, Lineage, Logged,
    STARTER_FOLDER,
};
use crate::shape::manifest::{Manifest, PathRule};
use crate::shape::pack::{FILES, MANIFEST, PackFiles, TEMPLATE_SUFFIX, read_manifest};
use crate::snapshot::git::GitDirectory;
use crate::snapshot::history::{self, FolderHistory, FolderId, Merge, Trees, Version, inside};
use crate::snapshot::{BlobId, Snapshot};
use crate::source::Text;

/// Returns the earlier contents of a pack's paths: from the history of the pack, interleaved with its log, then, for a
/// pack in [`STARTER_FOLDER`], from the repository's root, where the starter had these files before it had a pack.
pub(super) fn lineage(
    repository: &GitDirectory,
    commit: Option<&str>,
    folder: &str,
    files: &PackFiles,
    source: &str,
) -> Result<Lineage> {
    let Some(manifest) = files.get(MANIFEST) else { return Ok(Lineage::default()) };
    let text = Text::decode(&manifest.bytes).map_err(|error| {
        Error::usage("cannot read the shape pack").in_file(source).caused_by(error)
    })?;
    let manifest = read_manifest(&text, &format!("{source}/{MANIFEST}"))?;
    let history = history::of_folder(repository, commit.unwrap_or("HEAD"), "")?;
    let snapshot = repository.snapshot(commit)?;
    let trees = Trees::of(repository)?;
    Ok(Reader {
        folders: history::folders(&history, &trees, folder.trim_matches('/'), MANIFEST),
        history: &history,
        trees,
        snapshot: &snapshot,
        logged: Logged::read(files, source)?,
        committed: OnceCell::new(),
        shapes: RefCell::default(),
        named: RefCell::default(),
        merges: OnceCell::new(),
        unread: Cell::new(false),
    }
    .lineage(&manifest))
}

/// A moment at which a canon of a path may have become another one.
#[derive(Clone, Copy)]
struct Moment<'a> {
    commit: &'a str,
    place: usize,
}

/// The file of a pack that holds the canon of a path.
struct CanonFile {
    /// Its name where it is literal.
    literal: String,
    /// Its name where it is a template.
    template: String,
}

impl CanonFile {
    /// The files in which the canon of a path may be, today's first: before it had a `source`, it was named as the path.
    fn of(rule: &PathRule) -> Vec<Self> {
        let mut names = vec![rule.canon_file(), format!("{FILES}{}", rule.path)];
        names.dedup();
        let file = |literal| Self { template: format!("{literal}{TEMPLATE_SUFFIX}"), literal };
        names.into_iter().map(file).collect()
    }
}

/// What was wanted at a path in a commit.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Wanted {
    Literal(BlobId),
    Template { source: BlobId, parts: BTreeMap<String, BlobId>, shape: Option<BlobId> },
}

/// All that a canon depends on in a folder that a pack may be in.
#[derive(PartialEq, Eq)]
struct Base {
    files: Option<FolderId>,
    shape: Option<BlobId>,
}

/// A content that a path had in the pack, and the place in the history of the commit that brought it.
struct InPack {
    place: usize,
    canon: EarlierCanon,
}

struct Reader<'a> {
    history: &'a FolderHistory,
    trees: Trees,
    snapshot: &'a Snapshot,
    /// The folders that the pack has been in, today's first.
    folders: Vec<String>,
    /// The pack's log, oldest first.
    logged: Vec<Logged>,
    /// For each line of the log, the place of the commit that added it; `None` if uncommitted.
    committed: OnceCell<Vec<Option<usize>>>,
    /// The variables of each shape.yaml: many templates share one.
    shapes: RefCell<BTreeMap<BlobId, EarlierVariables>>,
    /// The names of the templates that each template takes in itself.
    named: RefCell<BTreeMap<BlobId, Rc<[String]>>>,
    /// The merges that may have brought a template and variables together, for all paths.
    merges: OnceCell<Vec<Moment<'a>>>,
    /// Set when a content could not be read, as in a partial clone.
    unread: Cell<bool>,
}

impl<'a> Reader<'a> {
    fn lineage(&self, manifest: &Manifest) -> Lineage {
        let mut lineage = Lineage::default();
        if !self.history.complete {
            lineage.incomplete = Some("the shape's repository is a shallow clone".to_owned());
        }
        let is_in_starter = self.folders.first().is_some_and(|folder| folder == STARTER_FOLDER);
        for rule in manifest.paths.iter().filter(|rule| rule.policy.is_wanted()) {
            lineage.add_older(&rule.path, self.with_logged(rule, self.in_pack(rule)));
            if rule.policy.has_literal_lineage() && is_in_starter {
                lineage.add_older(&rule.path, self.literals(&rule.path));
            }
        }
        if self.unread.get() {
            let why = "the shape's repository lacks contents of its history";
            lineage.incomplete.get_or_insert_with(|| why.to_owned());
        }
        lineage
    }

    /// Interleaves versions with the log: contents that were promoted, and replaced again before a commit. Log entries
    /// older than all versions are left out here; loading the pack appends its log.
    fn with_logged(&self, rule: &PathRule, versions: Vec<InPack>) -> Vec<EarlierCanon> {
        let logged = self.logged.iter().rev().filter(|logged| logged.path == rule.path);
        let place = |logged: &'_ Logged| (self.newer_than(logged, &versions), logged.canon.clone());
        let logged: Vec<(usize, EarlierCanon)> = logged.map(place).collect();
        let mut logged = logged.into_iter().peekable();
        let mut canons: Vec<EarlierCanon> = Vec::with_capacity(versions.len());
        for (index, version) in versions.into_iter().enumerate() {
            while let Some((_, canon)) = logged.next_if(|(newer, _)| *newer <= index) {
                canons.push(canon);
            }
            canons.push(version.canon);
        }
        canons
    }

    /// Returns how many of a path's versions are newer than a line of the log: those up to the commit that added the
    /// line, or none if it is uncommitted.
    fn newer_than(&self, logged: &Logged, versions: &[InPack]) -> usize {
        let committed = self.committed.get_or_init(|| {
            let mut committed: Vec<Option<usize>> = vec![None; self.logged.len()];
            // Moments are newest first, so that the oldest one with a line is assigned last.
            for moment in self.moments(&[LOG]) {
                let log = self
                    .folders_at(moment.commit)
                    .find_map(|folder| self.trees.file(moment.commit, &inside(folder, LOG)));
                let Some(Ok(log)) = log.map(|log| self.snapshot.read(log)) else { continue };
                let lines = String::from_utf8_lossy(&log).lines().count();
                committed.iter_mut().take(lines).for_each(|line| *line = Some(moment.place));
            }
            committed
        });
        let Some(by) = committed.get(logged.line).copied().flatten() else { return 0 };
        versions.iter().take_while(|version| version.place <= by).count()
    }

    /// Returns the contents of a path, newest first. A version of a template is the template with the shape.yaml of its
    /// commit, which defines its variables.
    fn in_pack(&self, rule: &PathRule) -> Vec<InPack> {
        let files = CanonFile::of(rule);
        let has_versions = |name: &str| {
            self.folders.iter().any(|folder| !self.versions(&inside(folder, name)).is_empty())
        };
        let mut names: Vec<&str> = files.iter().map(|file| file.literal.as_str()).collect();
        let templates = self.with_parts(files.iter().map(|file| file.template.clone()).collect());
        if files.iter().any(|file| has_versions(&file.template)) {
            names.extend(templates.iter().map(String::as_str).chain([MANIFEST]));
        }
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for moment in self.moments(&names) {
            let Some(wanted) = self.wanted(&files, moment.commit) else { continue };
            // A move brings its files to other paths, but no content: that is older, of the commit that brought it first.
            let parents = self.trees.parents(moment.commit);
            let is_of_a_parent =
                parents.iter().any(|parent| self.wanted(&files, parent).as_ref() == Some(&wanted));
            if is_of_a_parent || !seen.insert(wanted.clone()) {
                continue;
            }
            let Some(content) = self.content(&wanted) else { continue };
            let canon =
                EarlierCanon { content, label: short(moment.commit), origin: EarlierOrigin::Pack };
            found.push(InPack { place: moment.place, canon });
        }
        found
    }

    /// Returns the commits that changed one of these files of the pack, newest first, and if one of them is shape.yaml,
    /// the merges that brought changes together.
    fn moments(&self, names: &[&str]) -> Vec<Moment<'a>> {
        let mut moments = Vec::new();
        for folder in &self.folders {
            for name in names {
                let versions = self.versions(&inside(folder, name)).iter();
                moments.extend(
                    versions
                        .map(|version| Moment { commit: &version.commit, place: version.place }),
                );
            }
        }
        if names.contains(&MANIFEST) {
            moments.extend(self.merges.get_or_init(|| self.merges()));
        }
        moments.sort_by_key(|moment| moment.place);
        moments.dedup_by_key(|moment| moment.place);
        moments
    }

    /// Returns the merges in which all that canons depend on is together as in no parent. A pack at the root of a
    /// repository is in every merge of it, and most say nothing of the pack.
    fn merges(&self) -> Vec<Moment<'a>> {
        let history = self.history;
        let merges = self.folders.iter().filter_map(|folder| history.merges.get(folder.as_str()));
        let is_new = |merge: &&'a Merge| {
            let here = self.bases(&merge.commit);
            let parents = self.trees.parents(&merge.commit);
            parents.iter().all(|parent| self.bases(parent) != here)
        };
        let moment = |merge: &'a Merge| Moment { commit: &merge.commit, place: merge.place };
        merges.flatten().filter(is_new).map(moment).collect()
    }

    fn bases(&self, commit: &str) -> Vec<Base> {
        let base = |folder: &str| Base {
            files: self.trees.folder(commit, &inside(folder, FILES)),
            shape: self.trees.file(commit, &inside(folder, MANIFEST)),
        };
        self.folders_at(commit).map(base).collect()
    }

    /// Returns the folder of the pack in a commit first, then where it may have been before it had a shape.yaml.
    fn folders_at(&self, commit: &str) -> impl Iterator<Item = &str> {
        let folders = || self.folders.iter().map(String::as_str);
        let is_pack = |folder: &&str| self.trees.file(commit, &inside(folder, MANIFEST)).is_some();
        let of_pack = folders().find(|folder| self.folders.len() == 1 || is_pack(folder));
        let others = folders().filter(move |_| of_pack.is_none());
        of_pack.into_iter().chain(others)
    }

    fn wanted(&self, files: &[CanonFile], commit: &str) -> Option<Wanted> {
        self.folders_at(commit).find_map(|folder| {
            let at = |name: &str| self.trees.file(commit, &inside(folder, name));
            files.iter().find_map(|file| {
                let literal = at(&file.literal).map(Wanted::Literal);
                literal.or_else(|| {
                    let source = at(&file.template)?;
                    let parts = self.parts(source, &at);
                    Some(Wanted::Template { source, parts, shape: at(MANIFEST) })
                })
            })
        })
    }

    /// Returns these templates, and all that any version of them took in.
    fn with_parts(&self, mut names: Vec<String>) -> Vec<String> {
        let mut next = 0;
        while let Some(name) = names.get(next).cloned() {
            next += 1;
            for version in self.folders.iter().flat_map(|it| self.versions(&inside(it, &name))) {
                for part in &*self.named_in(version.blob) {
                    if !names.contains(part) {
                        names.push(part.clone());
                    }
                }
            }
        }
        names
    }

    /// Returns what a template takes in, itself or through others; `at` finds the files of its pack.
    fn parts(
        &self,
        template: BlobId,
        at: &dyn Fn(&str) -> Option<BlobId>,
    ) -> BTreeMap<String, BlobId> {
        let mut parts = BTreeMap::new();
        let mut waiting = self.named_in(template).to_vec();
        while let Some(name) = waiting.pop() {
            if let Some(part) = at(&name).filter(|_| !parts.contains_key(&name)) {
                waiting.extend_from_slice(&self.named_in(part));
                parts.insert(name, part);
            }
        }
        parts
    }

    fn named_in(&self, template: BlobId) -> Rc<[String]> {
        let names = || {
            let source = self.text(template).unwrap_or_default();
            parts::named_in(&source).map(str::to_owned).collect()
        };
        Rc::clone(self.named.borrow_mut().entry(template).or_insert_with(names))
    }

    fn content(&self, wanted: &Wanted) -> Option<EarlierContent> {
        match wanted {
            Wanted::Literal(blob) => Some(EarlierContent::Literal(self.read(*blob)?)),
            Wanted::Template { source, parts, shape } => {
                let part = |(name, id): (&String, &BlobId)| Some((name.clone(), self.text(*id)?));
                let parts = parts.iter().map(part).collect::<Option<_>>()?;
                let variables = shape.map(|shape| self.variables(shape)).unwrap_or_default();
                Some(EarlierContent::Template { source: self.text(*source)?, parts, variables })
            }
        }
    }

    fn text(&self, blob: BlobId) -> Option<Arc<str>> {
        Some(String::from_utf8_lossy(&self.read(blob)?).into_owned().into())
    }

    fn variables(&self, shape: BlobId) -> EarlierVariables {
        let read = || EarlierVariables::of(self.read(shape));
        self.shapes.borrow_mut().entry(shape).or_insert_with(read).clone()
    }

    fn literals(&self, path: &str) -> Vec<EarlierCanon> {
        let literal = |version: Version| {
            let content = EarlierContent::Literal(self.read(version.blob)?);
            let label = short(&version.commit);
            Some(EarlierCanon { content, label, origin: EarlierOrigin::Starter })
        };
        history::distinct(self.versions(path).to_vec()).into_iter().filter_map(literal).collect()
    }

    fn versions(&self, path: &str) -> &'a [Version] {
        self.history.versions(path)
    }

    fn read(&self, blob: BlobId) -> Option<Arc<[u8]>> {
        let read = self.snapshot.read(blob).ok();
        self.unread.set(self.unread.get() || read.is_none());
        read
    }
}

fn short(commit: &str) -> String {
    commit.get(..12).unwrap_or(commit).to_owned()
}
