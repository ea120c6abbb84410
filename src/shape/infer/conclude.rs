//! Completes a proposal once every path is decided: the paths that stay free, the open questions, and the pack's files.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::counted::counted_as;
use crate::shape::lineage::{LOG, LOG_FOLDER, LogEntry};
use crate::shape::manifest::Extract;
use crate::shape::pack::{FILES, MANIFEST, PackFile, PackFiles, TEMPLATE_SUFFIX};
use crate::snapshot::{Blob, BlobId, EntryKind};
use crate::source::languages::is_unfollowed_source;
use crate::source::workflow::{Composite, is_run_from, used_folders};
use crate::source::yaml::Dialect;

use super::census::PathCensus;
use super::decide::{Context, Deciding, GLOB_CHARACTERS};
use super::demands::workflow::Automation;
use super::kind::FileKind;
use super::questions::{Place, of_spellings};
use super::{
    Member, Proposal, ProposedMember, ProposedPath, ProposedProfile, ProposedVariable, Unheld,
    UnheldPath, called, demands, kind, write,
};

/// The most paths that one question names.
const NAMED: usize = 5;

impl Deciding<'_> {
    /// Returns the proposal that results from the decisions.
    pub(super) fn finish(self, context: &Context<'_>) -> Proposal {
        let profiles = self.profiles();
        let demands = self.demands.clone().into_value(self.workflow_demands());
        let mut proposal = Proposal {
            files: PackFiles::new(),
            demands: demands.clone(),
            members: self.proposed_members(&context.slugs),
            unheld: context.free.iter().map(|path| self.unheld(path, &context.extras)).collect(),
            extras: context.extras.clone(),
            variables: self.used_variables(),
            questions: self.all_questions(&profiles, &context.slugs),
            kinds: context.kinds.iter().map(|kind| called(self.members, kind)).collect(),
            profiles,
            paths: self.paths,
        };
        let name = context.name.map(str::to_owned);
        let head = write::Head {
            name: name
                .or_else(|| common_name(context.pattern.as_deref()))
                .unwrap_or_else(|| "fleet".to_owned()),
            pattern: context.pattern.as_deref(),
        };
        let manifest = write::manifest(&head, &proposal, &demands);
        let plain = |text: String| PackFile { bytes: text.into_bytes().into(), executable: false };
        proposal.files = self.files;
        proposal.files.insert(MANIFEST.to_owned(), plain(manifest));
        if !self.log.is_empty() {
            let log = with_shape(self.log, &mut proposal.files);
            proposal.files.insert(LOG.to_owned(), plain(write::log(&log)));
        }
        proposal
    }

    /// Returns the demands common to all workflows.
    fn workflow_demands(&self) -> Map<String, Value> {
        let read: Vec<Automation> = self.members.iter().map(automation).collect();
        demands::workflow::of_all(&read)
    }

    fn proposed_members(&self, slugs: &[&str]) -> Vec<ProposedMember> {
        let profile_of = |index: usize| {
            let found = self.variations.iter().find(|found| found.members.contains(&index));
            found.map(|found| found.name.clone())
        };
        let members = self.members.iter().zip(slugs).enumerate();
        members
            .map(|(index, (member, slug))| ProposedMember {
                name: member.name.clone(),
                slug: (*slug).to_owned(),
                profile: profile_of(index),
            })
            .collect()
    }

    fn profiles(&self) -> Vec<ProposedProfile> {
        // What is not held needs no exception.
        let is_held = |glob: &&String| {
            glob.contains(GLOB_CHARACTERS) || self.paths.iter().any(|held| held.path == **glob)
        };
        self.variations
            .iter()
            .map(|found| ProposedProfile {
                name: found.name.clone(),
                members: called(self.members, &found.members),
                permits: found.permits.clone(),
                without: found.without.iter().filter(is_held).cloned().collect(),
                expects: found.expects.clone(),
            })
            .collect()
    }

    fn unheld(&self, path: &PathCensus, extras: &[String]) -> UnheldPath {
        let mut holders = path.holders();
        holders.extend(&path.others);
        let name = path.path.as_str();
        UnheldPath {
            path: name.to_owned(),
            present_in: called(self.members, &holders),
            because: if self.credentials.contains(name) {
                Unheld::Credential
            } else if self.unkept.contains(name) {
                Unheld::Converted
            } else if path.groups.is_empty() {
                Unheld::Link
            } else {
                Unheld::Uncommon
            },
            expected: extras.iter().any(|glob| covers(glob, name))
                || self.variations.iter().any(|found| found.owns(name)),
        }
    }

    /// Returns the variables that a template uses or that must equal something in each repository.
    fn used_variables(&self) -> Vec<ProposedVariable> {
        let wanted = |proposed: &&ProposedVariable| {
            let name = format!("{{{{ {} ", proposed.name);
            let uses = |file: &PackFile| String::from_utf8_lossy(&file.bytes).contains(&name);
            proposed.definition.must_equal.is_some() || self.files.values().any(uses)
        };
        let proposed = self.variables.iter().map(|found| &found.proposed);
        proposed.filter(wanted).cloned().collect()
    }

    /// Says which required paths the pack has no content for: a new repository would lack them at once.
    fn without_content(&self) -> Option<String> {
        let has_content = |path: &ProposedPath| {
            let file = format!("{FILES}{}", path.source.as_ref().unwrap_or(&path.path));
            self.files.contains_key(&file)
                || self.files.contains_key(&format!("{file}{TEMPLATE_SUFFIX}"))
        };
        let required = self.paths.iter().filter(|path| !path.optional);
        let names: Vec<String> = required
            .filter(|path| !has_content(path))
            .map(|path| format!("`{}`", path.path))
            .collect();
        let are = counted_as(names.len(), "required path has", "required paths have");
        let them = if names.len() == 1 { "it" } else { "them" };
        let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!names.is_empty()).then(|| {
            format!(
                "{are} no content in the pack: {shown}{more}; a new repository lacks {them} until \
                 you add one below `{FILES}`, or make {them} optional"
            )
        })
    }

    /// Asks about spellings of the slug in variables and templates. A class is spelled in one way only.
    fn of_spellings(&self, slugs: &[&str]) -> Option<String> {
        let mut places: Vec<Place> = Vec::new();
        for ProposedVariable { name, definition, .. } in self.used_variables() {
            if let (Some(Extract::Yaml { .. }), Some(default)) =
                (definition.extract, definition.default)
            {
                places.push((format!("variable `{name}`"), default));
            }
        }
        let templates = self.files.iter().filter(|(file, _)| file.ends_with(TEMPLATE_SUFFIX));
        places.extend(templates.map(|(file, template)| {
            (format!("`{file}`"), String::from_utf8_lossy(&template.bytes).into_owned())
        }));
        let names: Vec<&str> = self.members.iter().map(|member| member.name.as_str()).collect();
        of_spellings(&places, slugs, &names)
    }

    fn all_questions(&self, profiles: &[ProposedProfile], slugs: &[&str]) -> Vec<String> {
        let mut questions = self.questions.clone();
        questions.extend(profiles.iter().map(|profile| {
            format!(
                "profile `{}`: give it to {} in fleet.yaml, or call it drift and remove it",
                profile.name,
                profile.members.join(", ")
            )
        }));
        questions.extend(self.without_content());
        questions.extend(self.of_spellings(slugs));
        let shallow = self
            .members
            .iter()
            .filter(|member| member.history.as_ref().is_some_and(|history| !history.complete));
        questions.extend(shallow.map(|member| {
            format!(
                "`{}`: its history is shallow, so earlier contents may be missing from the lineage; fetch all of it \
                 and run the command again",
                member.name
            )
        }));
        questions
    }
}

/// Says of each earlier template that this shape.yaml defines its variables, and keeps a copy of it: they are found in
/// repositories of today, with the values of today.
fn with_shape(mut log: Vec<LogEntry>, files: &mut PackFiles) -> Vec<LogEntry> {
    let Some(manifest) = files.get(MANIFEST).cloned() else { return log };
    let id = BlobId::of(&manifest.bytes).to_string();
    let mut templates = log.iter_mut().filter(|entry| entry.template).peekable();
    if templates.peek().is_some() {
        files.insert(format!("{LOG_FOLDER}{id}"), manifest);
    }
    templates.for_each(|entry| entry.shape = Some(id.clone()));
    log
}

/// Returns globs of paths that may exist without being held: files and links that several repositories have, and the
/// top-level folders and file types of which several have files of their own.
pub(super) fn extras(
    free: &[&PathCensus],
    held: &[ProposedPath],
    census: &[PathCensus],
) -> Vec<String> {
    let seeded: BTreeSet<&str> =
        held.iter().filter(|path| path.policy.is_free()).map(|path| path.path.as_str()).collect();
    let own = census.iter().filter(|path| seeded.contains(path.path.as_str()));
    let own = own.chain(free.iter().copied());
    let mut globs: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for path in own {
        let name = path.path.as_str();
        let glob = match name.split_once('/') {
            // Folders with workflows are never free as a whole.
            Some((top, _))
                if !kind::WORKFLOW_FOLDERS
                    .iter()
                    .any(|folder| folder.starts_with(&format!("{top}/"))) =>
            {
                format!("{top}/**")
            }
            None if name.ends_with(".md") => "*.md".to_owned(),
            // Whether anything uses such a file cannot be determined.
            None if is_unfollowed_source(name) => {
                let ending = name.rsplit_once('.').map_or(name, |(_, ending)| ending);
                format!("*.{ending}")
            }
            _ => name.to_owned(),
        };
        let members = globs.entry(glob).or_default();
        members.extend(path.holders());
        members.extend(&path.others);
    }
    // Lock files count even if only one repository has any dependencies.
    let shared =
        globs.into_iter().filter(|(glob, members)| members.len() >= 2 || kind::is_lock(glob));
    let shared = shared.filter(|(glob, _)| {
        !glob.trim_end_matches("/**").trim_start_matches('*').contains(GLOB_CHARACTERS)
    });
    let shared = shared.filter(|(glob, _)| !held.iter().any(|held| held.path == *glob));
    shared.map(|(glob, _)| glob).collect()
}

/// Whether a glob of [`extras`] covers a path.
pub(super) fn covers(glob: &str, path: &str) -> bool {
    match (glob.strip_suffix("**"), glob.strip_prefix('*')) {
        (Some(folder), _) => path.starts_with(folder),
        (None, Some(ending)) => path.ends_with(ending) && !path.contains('/'),
        _ => glob == path,
    }
}

/// Returns what the repositories' names have in common, if anything.
pub(super) fn common_name(pattern: Option<&str>) -> Option<String> {
    let (before, after) = pattern?.split_once("{slug}")?;
    let separators = ['-', '_', '.'];
    let (before, after) = (before.trim_matches(separators), after.trim_matches(separators));
    let parts: Vec<&str> = [before, after].into_iter().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("-"))
}

/// Reads the workflows and composite actions of a repository.
fn automation(member: &Member) -> Automation {
    let files = || {
        let entries = member.snapshot.entries.iter();
        entries.filter(|(_, it)| matches!(it.kind, EntryKind::File | EntryKind::Executable))
    };
    let blob = |id| Some(Blob::new(id, member.snapshot.read(id).ok()?));
    let workflows = files().filter(|(path, _)| kind::of(path.as_str()) == FileKind::Workflow);
    let workflows: Vec<_> =
        workflows.filter_map(|(_, it)| blob(it.id)?.documents.workflow().ok()).collect();
    let used = workflows.iter().flat_map(|workflow| used_folders(workflow)).collect();
    let actions = files().filter(|(path, _)| is_run_from(path.as_str(), &used));
    let actions = actions
        .filter_map(|(_, it)| Composite::of(blob(it.id)?.documents.yaml(Dialect::Yaml12).ok()?));
    Automation { actions: actions.collect(), workflows }
}
