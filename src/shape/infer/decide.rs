//! Decides by counting how each path is held.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::counted::counted_as;
use crate::shape::Policy;
use crate::shape::pack::{FILES, PackFile, PackFiles, TEMPLATE_SUFFIX, value_in_path};
use crate::shape::variables::{GIVEN, STARTER, Variables};

use super::abstraction::{self, Instance, Names};
use super::census::{self, PathCensus};
use super::collections::{self, Collections};
use super::decision::{Canon, Decision, holds_credential, own, start_of, structured};
use super::demands::{Demands, Files};
use super::kind::{self, FileKind};
use super::profiles::{self, Variation};
use super::{
    Member, Proposal, ProposedPath, called, conclude, groups, most, naming, nearly_all, questions,
    variables,
};

/// Characters with a meaning in globs.
pub(super) const GLOB_CHARACTERS: [char; 5] = ['*', '?', '[', '{', '\\'];

pub(super) fn propose(
    members: &[Member],
    name: Option<&str>,
    known: &BTreeMap<String, String>,
) -> Proposal {
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let known = |name: &str| known.get(name).map(String::as_str);
    let pattern = naming::pattern(&names).filter(|pattern| {
        let agrees =
            |name: &&&str| known(name).is_none_or(|it| it == naming::slug_of(name, Some(pattern)));
        nearly_all(names.iter().filter(agrees).count(), names.len())
    });
    let slugs: Vec<&str> = names
        .iter()
        .map(|name| known(name).unwrap_or_else(|| naming::slug_of(name, pattern.as_deref())))
        .collect();
    let census = census::take(members);
    let found = variables::find(members, &slugs, &census);
    let values: Vec<Variables> = names
        .iter()
        .zip(&slugs)
        .enumerate()
        .map(|(index, (name, slug))| {
            variables::values_of(index, name, slug, &found).unwrap_or_default()
        })
        .collect();
    let collections = collections::find(&census, members.len());
    let shaped = census.iter().filter(|path| !collections.hold(path.path.as_str()));
    let shaped: Vec<PathCensus> = shaped.cloned().collect();
    let mut deciding = Deciding {
        members,
        names: values.iter().map(|values| Names::of(values, &[])).collect(),
        values,
        variables: found,
        variations: profiles::find(&shaped, members.len()),
        collections,
        demands: Demands::default(),
        files: PackFiles::new(),
        log: Vec::new(),
        paths: Vec::new(),
        questions: Vec::new(),
        of_unheld: Vec::new(),
        credentials: BTreeSet::new(),
        unkept: BTreeSet::new(),
    };
    let mut free = Vec::new();
    // Requirements files come first, since Dockerfiles that install the distributions in them depend on the result.
    let mut order: Vec<&PathCensus> = census.iter().collect();
    order.sort_by_key(|path| kind::of(path.path.as_str()) != FileKind::Requirements);
    for path in order {
        if !deciding.path(path) {
            free.push(path);
        }
    }
    deciding.paths.sort_by(|one, other| one.path.cmp(&other.path));
    deciding.leave_to_folders(&census);
    free.sort_by(|one, other| one.path.cmp(&other.path));
    // A file with a credential is not made an extra.
    let is_open = |path: &&&PathCensus| !deciding.credentials.contains(path.path.as_str());
    let open: Vec<&PathCensus> = free.iter().filter(is_open).copied().collect();
    let extras = conclude::extras(&open, &deciding.paths, &census);
    deciding.ask_of_own_folders(&open, &extras, &census);
    // Paths in a free folder need no question of their own.
    let is_free = |path: &str| {
        extras.iter().any(|glob| glob.strip_suffix("**").is_some_and(|it| path.starts_with(it)))
    };
    let open = std::mem::take(&mut deciding.of_unheld).into_iter();
    let open = open.filter(|(path, _)| !is_free(path)).map(|(_, question)| question);
    deciding.questions.extend(open);
    let groups = groups::find(&census, members.len());
    let kinds = groups.kinds.clone();
    deciding.ask_of_strangers(&groups, &census);
    deciding.finish(&Context { pattern, slugs, name, free, extras, kinds })
}

/// The decisions made so far.
pub(super) struct Deciding<'a> {
    pub(super) members: &'a [Member],
    pub(super) values: Vec<Variables>,
    pub(super) names: Vec<Names>,
    pub(super) variables: Vec<variables::Found>,
    pub(super) variations: Vec<Variation>,
    pub(super) collections: Collections,
    pub(super) demands: Demands,
    pub(super) files: PackFiles,
    pub(super) log: Vec<crate::shape::lineage::LogEntry>,
    pub(super) paths: Vec<ProposedPath>,
    pub(super) questions: Vec<String>,
    /// Questions about paths that are not held, with the path.
    pub(super) of_unheld: Vec<(String, String)>,
    /// Paths that are not held because that would copy a credential into the pack.
    pub(super) credentials: BTreeSet<String>,
    /// Paths that are not held because git keeps something else than their content.
    pub(super) unkept: BTreeSet<String>,
}

/// What is known once all paths are decided.
pub(super) struct Context<'a> {
    pub(super) pattern: Option<String>,
    pub(super) slugs: Vec<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) free: Vec<&'a PathCensus>,
    pub(super) extras: Vec<String>,
    pub(super) kinds: Vec<Vec<usize>>,
}

impl Deciding<'_> {
    /// Decides how a path is held; returns false if it is not.
    fn path(&mut self, path: &PathCensus) -> bool {
        let name = path.path.as_str();
        // The path of a rule may contain brackets, but neither stars nor the placeholders for non-UTF-8 bytes.
        if name.contains(['*', '?', '\\']) {
            return false;
        }
        // Another repository has other dependencies.
        if kind::is_of_a_dependency(name) {
            return false;
        }
        // A tag of another tool may name what a variable is called.
        let is_value = |word: &str| {
            let mut found = self.variables.iter();
            GIVEN.contains(&word)
                || word == STARTER
                || found.any(|found| found.proposed.name == word)
        };
        if value_in_path(name, is_value).is_some() {
            return false;
        }
        let excused = self.variations.iter().filter(|variation| variation.lacks(name));
        let excused: usize = excused.map(|variation| variation.members.len()).sum();
        let of = self.members.len().saturating_sub(excused);
        let present = path.present();
        if present < 2 || self.variations.iter().any(|variation| variation.owns(name)) {
            return false;
        }
        // In a folder of data, only what all repositories have is significant.
        if present < of && self.collections.hold(name) {
            return false;
        }
        let blobs = path.blobs(self.members);
        if !nearly_all(present - path.unkept(self.members, &blobs), present) {
            self.unkept.insert(name.to_owned());
            return false;
        }
        let decision = self.decide(path, &blobs, of);
        if self.copies_credential(path, decision.as_ref()) {
            self.credentials.insert(name.to_owned());
            return false;
        }
        let Some(decision) = decision else {
            self.ask_of_unheld(path, of);
            return false;
        };
        // A path is demanded if nearly all repositories have it. If its content is about the repository alone, or
        // differs in each, all have to have it.
        let is_in_folder = name.contains('/');
        let is_each_its_own = path.groups.len() == present
            && (decision.policy.is_free() || is_in_folder && decision.canon.is_none());
        let wanted = if is_each_its_own || kind::own_by_nature(name).is_some() {
            present == of
        } else {
            nearly_all(present, of)
        };
        // Below the root, a path that only some have, with contents of their own, is not held.
        let is_theirs = !nearly_all(present, of) || kind::own_by_nature(name).is_some();
        if !wanted && is_in_folder && is_theirs && decision.policy.is_free() {
            return false;
        }
        self.hold(path, decision, wanted, of);
        true
    }

    /// Whether holding a path would copy a credential into the pack, be it as decided or as a question would suggest.
    fn copies_credential(&self, path: &PathCensus, decision: Option<&Decision>) -> bool {
        match decision {
            Some(decision) => decision.canon.as_ref().is_some_and(|it| holds_credential(&it.bytes)),
            None => {
                let first = path.groups.first().filter(|group| group.members.len() >= 2);
                first.is_some_and(|group| group.holds_credential(self.members))
            }
        }
    }

    fn decide(&mut self, path: &PathCensus, blobs: &Files, of: usize) -> Option<Decision> {
        let name = path.path.as_str();
        let present = path.present();
        let first = path.groups.first()?;
        let equal = first.members.len();
        if let Some(why) = kind::own_by_nature(name) {
            let decision = most(present, of).then(|| own(path, why, self.members))?;
            return Some(decision.asking(questions::of_own(path, of)));
        }
        let exact = |why: String| {
            let bytes = Arc::clone(first.read(self.members)?.documents.bytes());
            let canon = Canon { bytes, template: false, conforming: first.members.clone() };
            Some(Decision::new(Policy::Exact, Some(canon), why))
        };
        if equal == present
            && nearly_all(equal, of)
            && let Some(decision) = exact("the same in all that have it".to_owned())
        {
            return Some(decision);
        }
        if kind::of(name) == FileKind::Lines
            && most(present, of)
            && let Some(decision) = structured(name, blobs, first.id, of)
        {
            return Some(decision);
        }
        let templated = self
            .templated(name, blobs)
            .filter(|found| nearly_all(found.renders.len(), of) && found.renders.len() > equal);
        let is_manifest = kind::is_manifest(name);
        if let Some(found) = templated.as_ref().filter(|_| !is_manifest) {
            let why = format!("the same except for names in {} of {present}", found.renders.len());
            return Some(Decision::new(Policy::Templated, Some(Canon::of(found)), why));
        }
        if nearly_all(equal, of)
            && let Some(decision) =
                exact(format!("the same in {equal} of the {present} that have it"))
        {
            return Some(decision);
        }
        if !most(present, of) {
            // What only some have, with contents of their own, needs no rule.
            return None;
        }
        let kind = kind::of(name);
        let policy = if kind == FileKind::Dockerfile { Policy::Facts } else { Policy::Contract };
        match self.demands.infer(kind, name, blobs, self.members) {
            Some(why) => {
                let start = templated.as_ref().filter(|_| is_manifest).map(Canon::of);
                Some(Decision::new(policy, start, why))
            }
            // A package manifest is only a starting point, since each repository has its own dependencies.
            None if is_manifest && templated.is_some() => {
                let why =
                    "the same except for names: its dependencies are specific to each repository";
                let canon = templated.as_ref().map(Canon::of);
                Some(Decision::new(Policy::Seeded, canon, why))
            }
            None if path.groups.len() == 1 && !nearly_all(present, of) => None,
            None => {
                let question = self.of_some(path, of).or_else(|| {
                    (kind == FileKind::Lines).then(|| questions::of_lines(path, blobs, of))?
                });
                let why = match equal {
                    1 => counted_as(path.groups.len(), "content", "different contents"),
                    _ if equal == of => {
                        format!("the same in all, but {}", first.unheld(self.members))
                    }
                    _ => format!("the same in {equal} of {of} only"),
                };
                // A content that several have, or a list of lines, is a useful starting point.
                let start = equal >= 2 || kind == FileKind::Lines;
                let canon = start.then(|| start_of(path, self.members)).flatten();
                Some(Decision::new(Policy::Seeded, canon, why).asking(question))
            }
        }
    }

    /// The values of a repository, and its names as they are written in a path: not what is extracted from that path.
    pub(super) fn names_in(
        &self,
        path: &str,
        member: usize,
    ) -> Option<(&Variables, Cow<'_, Names>)> {
        let of_this_path = |found: &&variables::Found| {
            let extract = found.proposed.definition.extract.as_ref();
            extract.is_some_and(|extract| extract.path() == path)
        };
        let of_this_path = self.variables.iter().filter(of_this_path);
        let without: Vec<&str> = of_this_path.map(|it| it.proposed.name.as_str()).collect();
        let values = self.values.get(member)?;
        let names = if without.is_empty() {
            Cow::Borrowed(self.names.get(member)?)
        } else {
            Cow::Owned(Names::of(values, &without))
        };
        let is_titled = self.is_titled(path);
        Some((values, if is_titled { Cow::Owned(names.into_owned().titled()) } else { names }))
    }

    /// Whether a name that is spelled as a title and as a class alike is taken for a title in a path: as the variables that
    /// are extracted from it say, which it would contradict otherwise.
    fn is_titled(&self, path: &str) -> bool {
        let definitions = self.variables.iter().map(|found| &found.proposed.definition);
        let own = definitions.filter(|it| it.extract.as_ref().is_some_and(|it| it.path() == path));
        let defaults: Vec<&str> = own.filter_map(|it| it.default.as_deref()).collect();
        let is_spelled = |filter: &str| defaults.iter().any(|it| it.contains(filter));
        is_spelled("title_case") || !is_spelled("pascal_case") && kind::is_of_titles(path)
    }

    fn templated(&self, path: &str, blobs: &Files) -> Option<abstraction::Abstraction> {
        let instance = |(member, blob): &(usize, Arc<crate::snapshot::Blob>)| {
            let (values, names) = self.names_in(path, *member)?;
            let text = std::str::from_utf8(blob.documents.bytes()).ok()?;
            blob.documents.text().ok()?;
            Some((*member, text.to_owned(), values, names))
        };
        let read: Vec<_> = blobs.iter().filter_map(instance).collect();
        let instances: Vec<Instance<'_>> = read
            .iter()
            .map(|(member, text, values, names)| Instance {
                member: *member,
                text,
                values,
                names: names.clone().into_owned(),
            })
            .collect();
        abstraction::best(&instances)
    }

    /// Returns the name of [`apart`] that no file of a repository has, nor a folder.
    fn source_apart(&self, path: &str) -> Option<String> {
        let apart = apart(path)?;
        let is_taken = |name: &String| {
            let template = format!("{name}{TEMPLATE_SUFFIX}");
            let folder = format!("{name}/");
            let mut paths = self.members.iter().flat_map(|it| it.snapshot.entries.keys());
            paths.any(|it| {
                it.as_str() == name || it.as_str() == template || it.as_str().starts_with(&folder)
            })
        };
        let others = (2..).map(|number| format!("{apart}-{number}"));
        std::iter::once(apart.clone()).chain(others).find(|name| !is_taken(name))
    }

    fn hold(&mut self, path: &PathCensus, decision: Decision, wanted: bool, of: usize) {
        let name = path.path.as_str().to_owned();
        let present = path.present();
        let executable = path.executable * 2 > present;
        let holders = path.holders();
        let Decision { policy, canon, why, questions } = decision;
        self.questions.extend(questions);
        let mut source = None;
        let called = |indices: &[usize]| called(self.members, indices);
        let (mut conforming, mut outliers, mut earlier) = (Vec::new(), Vec::new(), 0);
        if let Some(canon) = canon {
            let others: Vec<usize> = holders
                .iter()
                .copied()
                .filter(|holder| !canon.conforming.contains(holder))
                .collect();
            if policy.is_compared() {
                conforming = called(&canon.conforming);
                outliers = called(&others);
            }
            let suffix = if canon.template { TEMPLATE_SUFFIX } else { "" };
            let (kept, known) = self.keep_earlier(path, policy, &canon, &others);
            earlier = kept;
            if policy.is_compared_whole() {
                self.ask_of_shared(path, &canon.conforming, &known);
            }
            source = (!canon.template).then(|| self.source_apart(&name)).flatten();
            let file = format!("{FILES}{}{suffix}", source.as_ref().unwrap_or(&name));
            self.files.insert(file, PackFile { bytes: canon.bytes, executable });
        }
        if !wanted {
            self.questions.push(format!(
                "`{name}`: {present} of {of} have it; it is optional until you say otherwise"
            ));
        }
        // A single repository that lacks what the others have in canonical form has drifted; a free content may simply
        // not be needed.
        let is_free = policy.is_free() && path.groups.len() > 1 && present < of;
        if wanted && (of >= present + 2 || is_free) {
            self.questions.push(format!(
                "`{name}`: {} without it: is it to be added there, optional, or on its way out (`forbidden`)?",
                counted_as(of - present, "repository does", "repositories do")
            ));
        }
        self.paths.push(ProposedPath {
            path: name,
            policy,
            source,
            optional: !wanted,
            executable: executable && policy.is_compared_whole(),
            present,
            of,
            contents: path.groups.len(),
            conforming,
            outliers,
            earlier,
            why,
        });
    }
}

/// Another name in the pack for a file that git would heed there: it would ignore or convert other canons.
fn apart(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let apart = match name {
        ".gitignore" => "dot-gitignore",
        ".gitattributes" => "dot-gitattributes",
        _ => return None,
    };
    Some(if folder.is_empty() { apart.to_owned() } else { format!("{folder}/{apart}") })
}
