//! Finds the earlier templates of a path whose canon is a template.
//!
//! No two repositories have the same bytes there, so their contents are compared by what is the same but for names: each
//! is abstracted with the names of its own repository. Contents with the same template count as the same, and then the
//! same counts as of contents that are equal. Whether a repository had what a template says is decided by rendering it,
//! as it will be judged.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::shape::infer::Member;
use crate::shape::infer::abstraction::{Names, abstracted};
use crate::shape::lineage::LogEntry;
use crate::shape::quoting::Piece;
use crate::shape::render::Templates;
use crate::shape::variables::Variables;
use crate::snapshot::BlobId;
use crate::snapshot::history::{Version, distinct};

use super::{Agreed, Earlier, Found, MAX_VERSIONS, Past, agreed, day, pasts, read};

/// The values and the names of a repository, by its index.
type NamesOf<'n> = dyn Fn(usize) -> Option<(&'n Variables, Cow<'n, Names>)> + 'n;

/// Finds the earlier templates of a path whose current one is `canon`.
pub(super) fn of(path: &str, canon: &str, members: &[Member], names: &NamesOf<'_>) -> Earlier {
    let mut named = Vec::new();
    for past in pasts(path, members) {
        named.extend(names(past.member).map(|(values, names)| (past, values, names)));
    }
    let own = named.iter().map(|(past, values, names)| Own {
        past,
        repository: members.get(past.member),
        values,
        names,
        written: BTreeMap::new(),
    });
    let mut owns: Vec<Own<'_>> = own.collect();
    let today = BlobId::of(canon.as_bytes());
    let compiled = template_of(canon);
    owns.iter_mut().for_each(|own| own.write(today, compiled.as_ref()));
    let mut sources: BTreeMap<BlobId, String> = BTreeMap::new();
    for candidate in candidates(&owns, today) {
        let source = owns.get(candidate.own).and_then(|own| own.source(candidate.content));
        let Some(source) = source else { continue };
        let compiled = template_of(&source);
        owns.iter_mut().for_each(|own| own.write(candidate.template, compiled.as_ref()));
        sources.insert(candidate.template, source);
    }
    let pasts: Vec<Past<'_>> = owns.iter().map(Own::of_templates).collect();
    let content = |id: BlobId, _: &[usize]| Some(Arc::from(sources.get(&id)?.as_bytes()));
    let Agreed { found, ahead, newer } = agreed(today, &pasts, &content);
    let known: BTreeSet<BlobId> = found.iter().map(|found| found.id).collect();
    let written = owns.iter().flat_map(|own| &own.written);
    let ids = written.filter(|(_, template)| known.contains(template)).map(|(id, _)| *id);
    let ids = ids.collect();
    let entry = |Found { time, id, bytes }: Found| {
        let entry = LogEntry::of_literal(path.to_owned(), id.to_string(), day(time));
        (LogEntry { template: true, ..entry }, bytes)
    };
    Earlier { entries: found.into_iter().map(entry).collect(), ids, ahead, newer }
}

/// The past of a path in one repository, with what abstracts it.
struct Own<'p> {
    past: &'p Past<'p>,
    repository: Option<&'p Member>,
    values: &'p Variables,
    names: &'p Names,
    /// The ids of the templates that its contents are written with, by the ids of these.
    written: BTreeMap<BlobId, BlobId>,
}

impl Own<'_> {
    /// Notes which content a template writes here, if that is not another one's already.
    fn write(&mut self, template: BlobId, compiled: Option<&Templates>) {
        let text = compiled.and_then(|it| it.render("it", self.values).ok());
        let Some(content) = text.map(|text| BlobId::of(text.as_bytes())) else { return };
        if self.past.versions.iter().any(|version| version.blob == content) {
            self.written.entry(content).or_insert(template);
        }
    }

    /// Abstracts a content; `None` if it is no text, or none that a template can have.
    fn source(&self, content: BlobId) -> Option<String> {
        let bytes = read(self.repository?, content)?;
        abstracted(&Piece::alone(std::str::from_utf8(&bytes).ok()?), self.names)
    }

    /// The past with templates in place of the contents that they write.
    fn of_templates(&self) -> Past<'static> {
        let versions = self.past.versions.iter().map(|version| {
            let blob = self.written.get(&version.blob).copied().unwrap_or(version.blob);
            Version { blob, ..version.clone() }
        });
        Past { member: self.past.member, versions: Cow::Owned(distinct(versions.collect())) }
    }
}

/// A template that repositories may have had in common.
struct Candidate {
    template: BlobId,
    /// Where it is found: a content, and the place of its repository.
    content: BlobId,
    own: usize,
    /// The places of the repositories that it comes from.
    of: BTreeSet<usize>,
    /// Whether a commit that introduced it is in another repository too.
    is_copied: bool,
    /// When it was introduced last.
    time: i64,
}

/// Abstracts the contents of the repositories that had today's template. Returns the newest templates of two of them, or
/// of a commit that two repositories have, the most frequent first.
fn candidates(owns: &[Own<'_>], today: BlobId) -> Vec<Candidate> {
    let mut commits: BTreeMap<&str, usize> = BTreeMap::new();
    for version in owns.iter().flat_map(|own| own.past.versions.iter()) {
        *commits.entry(&version.commit).or_default() += 1;
    }
    let mut found: BTreeMap<BlobId, Candidate> = BTreeMap::new();
    for (place, own) in owns.iter().enumerate() {
        if !own.written.values().any(|template| *template == today) {
            continue;
        }
        let versions = own.past.versions.iter().take(MAX_VERSIONS);
        for version in versions.filter(|version| !own.written.contains_key(&version.blob)) {
            let Some(source) = own.source(version.blob) else { continue };
            let template = BlobId::of(source.as_bytes());
            let candidate = found.entry(template).or_insert_with(|| Candidate {
                template,
                content: version.blob,
                own: place,
                of: BTreeSet::new(),
                is_copied: false,
                time: version.time,
            });
            candidate.of.insert(place);
            candidate.is_copied |= commits.get(&*version.commit).is_some_and(|count| *count > 1);
            candidate.time = candidate.time.max(version.time);
        }
    }
    let mut found: Vec<Candidate> =
        found.into_values().filter(|it| it.of.len() >= 2 || it.is_copied).collect();
    found.sort_by_key(|candidate| Reverse(candidate.time));
    found.truncate(MAX_VERSIONS);
    found.sort_by_key(|candidate| Reverse(candidate.of.len()));
    found
}

/// Compiles a template; `None` if it cannot be.
fn template_of(source: &str) -> Option<Templates> {
    Templates::compile([("it", source)]).ok()
}
