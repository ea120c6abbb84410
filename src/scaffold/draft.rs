//! The repository that the answers describe: rendered, compared with the starter, and judged. Writes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::change::{Change, ChangeSet, Mode};
use crate::checks::repository::{Identity, Repository};
use crate::drift::model::RepositoryReport;
use crate::drift::{RepositoryVerdict, Settings, judge};
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::fleet::manifest::{FullMember, Kind, Visibility};
use crate::shape::breakout::Breakout;
use crate::shape::manifest::Variable;
use crate::shape::pack::{Canon, CanonSource, HeldPath, NoCanon, ProfileGlobs};
use crate::shape::render::RenderError;
use crate::shape::variables::{Extracted, Given, given_where_lacking};
use crate::shape::{Pack, Variables};
use crate::snapshot::{BlobId, BlobStore, ReadBlob, RepoPath, Snapshot, Unreadable};

use super::derive::{Answer, answer, visibility};
use super::{ChosenKind, Listed, Subject};

/// A repository that does not exist yet.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its identity.
    pub identity: Identity,
    /// Its name on the forge; without an owner outside of a fleet.
    pub repository: RepositoryName,
    /// Who will be able to see it.
    pub visibility: Visibility,
    /// Its description on the forge.
    pub description: String,
    /// Its entry in the manifest.
    pub member: FullMember,
    /// The variables that its entry in the manifest would need to have beside those that it has; empty if the entry is
    /// yet to be written.
    pub unkept: Vec<String>,
    /// Its files.
    pub tree: Snapshot,
    /// The starter's files: the same pack, with markers of what is still to be filled in.
    pub starter: Snapshot,
    /// The changes that create its files.
    pub files: ChangeSet,
    /// The files that say something else than their template with plain values would.
    pub broken_out: Vec<String>,
    /// The findings of all rules, before waivers and the verdict.
    pub report: RepositoryReport,
}

/// Creates a draft from answers without problems.
///
/// # Errors
/// When the pack does not render with them, or does not have the profile.
pub fn draft(chosen: &ChosenKind, answers: &[Answer], aliases: &[String]) -> Result<Draft> {
    let said = |subject: &Subject| answer(answers, subject).to_owned();
    let filled = |subject: &Subject| Some(said(subject)).filter(|value| !value.is_empty());
    let slug = said(&Subject::Slug);
    let repository = chosen.repository(&said(&Subject::Repository)).unwrap_or_default();
    let owner = filled(&Subject::Owner);
    let profile_name = filled(&Subject::Profile);
    let profile = chosen.pack.profile(profile_name.as_deref()).ok_or_else(|| {
        let name = profile_name.as_deref().unwrap_or_default();
        Error::usage(format!("the shape has no profile `{name}`"))
    })?;
    let mut all = BTreeMap::new();
    for answer in answers {
        if let (Subject::Variable(name), Some(value)) = (&answer.question.subject, &answer.value) {
            all.insert(name.clone(), value.clone());
        }
    }
    let mut identity = Identity {
        name: repository.name.clone(),
        slug: slug.clone(),
        owner: owner.clone(),
        forge_owner: Some(repository.owner.clone()).filter(|owner| !owner.is_empty()),
        profile: profile_name.clone(),
        variables: all,
        ..Identity::default()
    };
    let values = rendered_with(chosen, &identity)?;
    let starter = starter(chosen, &identity)?;
    let files = render(&chosen.pack, &profile, &values)?;
    let broken_out = broken_out(&chosen.pack, &profile, &values);
    let tree = files.apply_to(&nothing());
    let needed = kept(chosen, &identity, &tree, &profile, &values)?;
    let (kept, unkept) = match &chosen.listed {
        // Later judgements go by the entry, so this one does as well.
        Some(listed) => (listed.variables.clone(), needed.into_keys().collect()),
        None => (needed, Vec::new()),
    };
    identity.variables = chosen.kind.variables.clone();
    identity.variables.extend(kept.clone());
    let report = judged(&identity, &tree, &chosen.pack, &profile);
    let usual = chosen.repository(&chosen.repository_name(&slug)).unwrap_or_default();
    let member = FullMember {
        slug: Some(slug),
        repository: (repository != usual).then(|| repository.to_string()),
        kind: Some(chosen.kind_name.clone()).filter(|kind| !kind.is_empty()),
        owner: owner.filter(|owner| chosen.kind.owner.as_ref() != Some(owner)),
        profile: profile_name.filter(|profile| chosen.kind.profile.as_ref() != Some(profile)),
        aliases: aliases.to_vec(),
        variables: kept,
        ..FullMember::default()
    };
    Ok(Draft {
        starter,
        visibility: visibility(answers),
        description: said(&Subject::Description),
        identity,
        repository,
        member,
        unkept,
        tree,
        files,
        broken_out,
        report,
    })
}

impl Draft {
    /// Puts the draft on top of a starter's tree, compares it with that starter, and judges the whole.
    ///
    /// # Errors
    /// When the shape no longer has the draft's profile.
    pub fn over(mut self, pack: &Pack, starter: Snapshot) -> Result<Self> {
        self.tree = self.files.apply_to(&starter);
        self.starter = starter;
        self.report = self.judge(pack, &self.tree)?;
        Ok(self)
    }

    /// Goes by what the manifest says of the member now: the repository is judged by that.
    pub fn is_listed_as(&mut self, entry: &Listed, kind: &Kind) {
        let said = |subject: &Subject| entry.answers.get(subject).filter(|it| !it.is_empty());
        self.identity.owner = said(&Subject::Owner).cloned();
        self.identity.profile = said(&Subject::Profile).cloned();
        self.identity.variables = kind.variables.clone();
        self.identity.variables.extend(entry.variables.clone());
    }

    /// Takes the tree of a repository that exists in place of its own, and judges that: it counts, whatever the answers
    /// would give.
    ///
    /// # Errors
    /// When the shape no longer has the draft's profile.
    pub fn found(mut self, pack: &Pack, there: Snapshot) -> Result<Self> {
        self.report = self.judge(pack, &there)?;
        self.tree = there;
        Ok(self)
    }

    /// Returns what empty answers leave to a person, in files that are still as these answers give them.
    #[must_use]
    pub fn unwritten(&self, pack: &Pack, answers: &[Answer]) -> Vec<String> {
        let left = |(name, variable): &(String, Variable)| {
            let left = variable.when_empty.as_ref()?;
            let is_empty = answer(answers, &Subject::Variable(name.clone())).trim().is_empty();
            (is_empty && self.is_as_rendered(&left.path)).then(|| left.in_words())
        };
        pack.manifest.variables.iter().filter_map(left).collect()
    }

    /// Whether the repository has a file as it was rendered.
    fn is_as_rendered(&self, path: &str) -> bool {
        match (self.files.changes.get(&RepoPath::new(path)), self.tree.entry(path)) {
            (Some(Change::Write { bytes, .. }), Some(entry)) => entry.id == BlobId::of(bytes),
            _ => false,
        }
    }

    /// Judges a tree as this draft.
    ///
    /// # Errors
    /// When the shape no longer has the draft's profile.
    pub fn judge(&self, pack: &Pack, tree: &Snapshot) -> Result<RepositoryReport> {
        let profile = pack.profile(self.identity.profile.as_deref());
        let profile =
            profile.ok_or_else(|| Error::failed("the shape no longer has the profile"))?;
        Ok(judged(&self.identity, tree, pack, &profile))
    }
}

/// The slug of a starter, and its name where it is not known.
const STARTER: &str = "starter";

/// Renders the pack with its placeholders, or with the answers where it has none.
fn starter(chosen: &ChosenKind, identity: &Identity) -> Result<Snapshot> {
    let named = chosen.kind.starter_in(chosen.forge_owner());
    let beside = || RepositoryName::new(identity.forge_owner.clone().unwrap_or_default(), STARTER);
    let repository = named.unwrap_or_else(beside);
    Ok(starter_with(&chosen.pack, &repository, &identity.variables)?.apply_to(&nothing()))
}

/// Returns the changes that create the starter in the repository of this name.
///
/// # Errors
/// When the pack does not render with its placeholders.
pub fn starter_files(pack: &Pack, repository: &RepositoryName) -> Result<ChangeSet> {
    starter_with(pack, repository, &BTreeMap::new()).map_err(|error| {
        let variables = pack.manifest.variables.iter();
        let mut without =
            variables.filter(|(_, it)| it.placeholder.is_none() && it.default.is_none());
        match without.next() {
            Some((name, _)) => error.hint(format!(
                "the starter is rendered with placeholders: give `{name}` a `placeholder` in shape.yaml"
            )),
            None => error,
        }
    })
}

fn starter_with(
    pack: &Pack,
    repository: &RepositoryName,
    fleet: &BTreeMap<String, String>,
) -> Result<ChangeSet> {
    let RepositoryName { owner: forge_owner, name: repository } = repository;
    let given = Given { slug: STARTER, repository, owner: "", forge_owner, fleet };
    let definitions = &pack.manifest.variables;
    let values = Variables::placeholders(definitions, pack.templates(), &given)
        .map_err(|error| unrendered(pack, &error))?;
    let all = pack.profile(None).ok_or_else(|| Error::failed("the shape has no plain profile"))?;
    render(pack, &all, &values)
}

fn rendered_with(chosen: &ChosenKind, identity: &Identity) -> Result<Variables> {
    let given = Given {
        slug: &identity.slug,
        repository: &identity.name,
        owner: identity.owner.as_deref().unwrap_or_default(),
        forge_owner: identity.forge_owner.as_deref().unwrap_or_default(),
        fleet: &identity.variables,
    };
    let (definitions, templates) = (&chosen.pack.manifest.variables, chosen.pack.templates());
    let resolved = Variables::resolve(definitions, templates, &given, |_| Extracted::Nothing);
    Ok(resolved.map_err(|error| unrendered(&chosen.pack, &error))?.0)
}

fn render(pack: &Pack, profile: &ProfileGlobs, values: &Variables) -> Result<ChangeSet> {
    let rendered = pack.render(values).map_err(|error| unrendered(pack, &error))?;
    let wanted = rendered.into_iter().filter(|(path, _)| !profile.does_without(path));
    let write = |(path, canon): (String, Canon)| {
        let mode = if canon.executable { Mode::Executable } else { Mode::File };
        (RepoPath::new(&path), Change::Write { bytes: canon.bytes, mode, base: None })
    };
    Ok(ChangeSet { changes: wanted.map(write).collect() })
}

/// The files in which a value changes more than its own place, each with what it does there.
fn broken_out(pack: &Pack, profile: &ProfileGlobs, values: &Variables) -> Vec<String> {
    let wanted = pack
        .rules()
        .iter()
        .filter(|held| held.rule.policy.is_wanted() && !profile.does_without(&held.rule.path));
    let said = |held: &HeldPath| {
        Some(format!("`{}`: {}", held.rule.path, Breakout::of(pack, held, values)?))
    };
    wanted.filter_map(said).collect()
}

fn unrendered(pack: &Pack, error: &RenderError) -> Error {
    let hint =
        given_where_lacking(error).unwrap_or("`shipshape shape show` prints the shape's variables");
    Error::usage("the shape does not render with these answers")
        .in_file(&pack.source)
        .caused_by(error)
        .hint(hint)
}

/// Returns the variables to keep in the manifest: those without which a path would later be compared with another text
/// than was rendered. What the repository itself says, and what only seeded paths were rendered with, is not duplicated
/// there.
fn kept(
    chosen: &ChosenKind,
    identity: &Identity,
    tree: &Snapshot,
    profile: &ProfileGlobs,
    values: &Variables,
) -> Result<BTreeMap<String, String>> {
    let mut known = chosen.kind.variables.clone();
    known.extend(chosen.listed.iter().flat_map(|listed| listed.variables.clone()));
    let bare = Identity { variables: known, ..identity.clone() };
    let store = BlobStore::default();
    let repository = Repository::new(&bare, tree, &chosen.pack, profile, &store);
    let unrendered = |error: RenderError| unrendered(&chosen.pack, &error);
    let without_canon = |why: NoCanon| unrendered(RenderError(why.to_string()));
    let mut kept = BTreeMap::new();
    for held in chosen.pack.rules() {
        let is_compared = held.rule.policy.is_compared();
        let is_template = matches!(held.canon, Some(CanonSource::Template { .. }));
        if !is_compared || !is_template || profile.does_without(&held.rule.path) {
            continue;
        }
        let (found, _) = repository.variables(Some(&held.rule.path)).map_err(unrendered)?;
        let wanted = chosen.pack.canon(held, values).map_err(without_canon)?;
        for (name, value) in &identity.variables {
            let without = found.get(name);
            if without == Some(value.as_str()) || kept.contains_key(name) {
                continue;
            }
            let mut otherwise = values.clone();
            otherwise.insert(name, without.unwrap_or_default());
            if chosen.pack.canon(held, &otherwise).ok() != Some(wanted.clone()) {
                kept.insert(name.clone(), value.clone());
            }
        }
    }
    Ok(kept)
}

fn judged(
    identity: &Identity,
    tree: &Snapshot,
    pack: &Pack,
    profile: &ProfileGlobs,
) -> RepositoryReport {
    let store = BlobStore::default();
    let repository = Repository::new(identity, tree, pack, profile, &store);
    let judgement = judge::judge(&repository, &Settings::default());
    RepositoryReport {
        name: identity.name.clone(),
        origin: identity.name.clone(),
        commit: None,
        tree: None,
        profile: identity.profile.clone(),
        owner: identity.owner.clone(),
        shape: String::new(),
        is_archived: false,
        verdict: RepositoryVerdict::Unchecked,
        error: None,
        paths: judgement.paths,
        findings: judgement.findings,
    }
}

/// Returns a snapshot without files.
#[must_use]
pub fn nothing() -> Snapshot {
    struct Nothing;
    impl ReadBlob for Nothing {
        fn read(&self, _: BlobId) -> Result<Arc<[u8]>, Unreadable> {
            Err(Unreadable::Refused("the repository is empty".to_owned()))
        }
    }
    Snapshot::new(None, BTreeMap::new(), Arc::new(Nothing))
}

#[cfg(test)]
mod tests;
