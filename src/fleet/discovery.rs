//! Compares the repositories on a forge with the manifest: which are of a kind but not listed, and which members are
//! absent.
//!
//! Archived repositories and forks are marked, since they may be left out on purpose. The caller queries the forge.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::manifest::{Kind, Select};
use super::{Fleet, Member, RepositoryName, is_slug, kin};
use crate::source::yaml::quote_scalar;

/// Name and version of the document; see `schemas/discovery.schema.json`.
pub const SCHEMA: &str = "shipshape/discovery/1";

/// What matters here of a repository on the forge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its name.
    pub name: RepositoryName,
    /// Its topics.
    pub topics: Vec<String>,
    /// Whether it is archived, and so read-only.
    pub is_archived: bool,
    /// Whether it is a fork.
    pub is_fork: bool,
    /// Whether it has no commits.
    pub is_empty: bool,
}

/// A repository that is of a kind of the fleet but not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// Its name.
    pub name: RepositoryName,
    /// The kind.
    pub kind: String,
    /// The slug that it would have.
    pub slug: String,
    /// The slug that follows from its name, and the repository that has it, if that is another one.
    pub taken: Option<(String, RepositoryName)>,
    /// Reasons not to list it: `archived`, `fork`, `empty`, [`BEGUN`].
    pub apart: Vec<&'static str>,
}

/// The reason not to list a repository that a run of `new` is creating.
pub const BEGUN: &str = "unfinished";

/// The differences between forge and manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Repositories of a kind on the forge that are not in the manifest.
    pub unlisted: Vec<Unlisted>,
    /// Members that are not on the forge, or not visible to this token.
    pub absent: Vec<RepositoryName>,
    /// Members with another name on the forge, with that name.
    pub moved: Vec<(RepositoryName, RepositoryName)>,
    /// Members that are archived on the forge but not retired in the manifest.
    pub archived: Vec<RepositoryName>,
    /// Members of other owners, which were not looked for.
    pub elsewhere: Vec<RepositoryName>,
    /// Kinds whose repositories were not looked for: nothing in the manifest says how to recognise one.
    pub not_looked_for: Vec<String>,
    /// Number of members found on the forge.
    pub present: usize,
}

/// The result of `shipshape fleet discover`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Document {
    /// Name and version of this form.
    pub schema: &'static str,
    /// The owner whose repositories were listed.
    pub owner: String,
    /// Number of members among them.
    pub present: usize,
    /// Repositories of a kind of the fleet that are not in the manifest.
    pub unlisted: Vec<UnlistedDocument>,
    /// Members that are not on the forge, or not visible to this token.
    pub absent: Vec<String>,
    /// Members with another name on the forge: `from` is the name in the manifest, `to` the name on the forge.
    pub moved: Vec<MovedDocument>,
    /// Members that are archived, but not retired in the manifest.
    pub archived: Vec<String>,
    /// Members of other owners, which were not looked for.
    pub elsewhere: Vec<String>,
    /// Kinds without `prefix` and `select`, whose repositories were not looked for.
    pub not_looked_for: Vec<String>,
}

/// A repository of a kind of the fleet that is not in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnlistedDocument {
    /// Its name, with its owner.
    pub repository: String,
    /// Its kind.
    pub kind: String,
    /// The slug that it would have.
    pub slug: String,
    /// What speaks against listing it: `archived`, `fork`, `empty`, or `unfinished` for one that a run of `new` is creating.
    pub apart: Vec<&'static str>,
}

/// A member with another name on the forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MovedDocument {
    /// The name in the manifest.
    pub from: String,
    /// The name on the forge.
    pub to: String,
}

impl Discovery {
    /// Records which repositories, as `owner/name`, runs of `new` are creating: these list them themselves.
    pub fn are_begun(&mut self, begun: &[String]) {
        for unlisted in &mut self.unlisted {
            let name = unlisted.name.to_string();
            if begun.iter().any(|begun| begun.eq_ignore_ascii_case(&name)) {
                unlisted.apart.push(BEGUN);
            }
        }
    }

    /// Records that a member which seemed absent was renamed: it is not gone, and its new name is not an unlisted
    /// repository.
    pub fn has_moved(&mut self, from: RepositoryName, to: RepositoryName) {
        self.absent.retain(|name| !name.same(&from));
        self.unlisted.retain(|it| !it.name.same(&to));
        self.present += 1;
        self.moved.push((from, to));
    }
}

impl Document {
    /// Creates the document of a discovery among an owner's repositories.
    #[must_use]
    pub fn of(discovery: &Discovery, owner: &str) -> Self {
        let names = |names: &[RepositoryName]| names.iter().map(ToString::to_string).collect();
        let unlisted = discovery.unlisted.iter().map(|it| UnlistedDocument {
            repository: it.name.to_string(),
            kind: it.kind.clone(),
            slug: it.slug.clone(),
            apart: it.apart.clone(),
        });
        Self {
            schema: SCHEMA,
            owner: owner.to_owned(),
            present: discovery.present,
            unlisted: unlisted.collect(),
            absent: names(&discovery.absent),
            moved: discovery
                .moved
                .iter()
                .map(|(from, to)| MovedDocument { from: from.to_string(), to: to.to_string() })
                .collect(),
            archived: names(&discovery.archived),
            elsewhere: names(&discovery.elsewhere),
            not_looked_for: discovery.not_looked_for.clone(),
        }
    }
}

/// Compares the repositories with the manifest. `wanted` selects the repositories of a kind in place of the kinds'
/// prefixes and selections.
#[must_use]
pub fn compare(fleet: &Fleet, seen: &[Seen], wanted: Option<&dyn Fn(&Seen) -> bool>) -> Discovery {
    let not_looked_for = if wanted.is_none() { unrecognisable(fleet) } else { Vec::new() };
    let mut discovery = Discovery { not_looked_for, ..Discovery::default() };
    let owner = &fleet.manifest.forge.owner;
    for repository in seen {
        if fleet.members.iter().any(|member| member.repository.same(&repository.name)) {
            continue;
        }
        let Some((kind, slug)) = kind_of(fleet, repository, wanted) else { continue };
        if is_starter(fleet, &repository.name) {
            continue;
        }
        let marks = [
            (repository.is_archived, "archived"),
            (repository.is_fork, "fork"),
            (repository.is_empty, "empty"),
        ];
        let apart = marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word).collect();
        let name = repository.name.clone();
        discovery.unlisted.push(Unlisted { name, kind, slug, taken: None, apart });
    }
    for member in fleet.active() {
        // The forge was not asked for repositories of other owners.
        if !member.repository.owner.eq_ignore_ascii_case(owner) {
            push_once(&mut discovery.elsewhere, member);
            continue;
        }
        match seen.iter().find(|repository| repository.name.same(&member.repository)) {
            Some(repository) => {
                discovery.present += 1;
                if repository.is_archived {
                    push_once(&mut discovery.archived, member);
                }
            }
            None => push_once(&mut discovery.absent, member),
        }
    }
    discovery.unlisted.sort_by(|one, other| {
        (!one.apart.is_empty(), &one.name).cmp(&(!other.apart.is_empty(), &other.name))
    });
    with_free_slugs(fleet, &mut discovery.unlisted);
    discovery
}

/// The kinds of which no repository can be recognised: they list their members one by one.
fn unrecognisable(fleet: &Fleet) -> Vec<String> {
    let kinds = fleet.manifest.kinds.iter();
    kinds
        .filter(|(_, kind)| kind.prefix.is_none() && kind.select.is_none())
        .map(|(key, _)| key.clone())
        .collect()
}

/// Gives each repository a slug that no member of its kind has, nor one before it: fleet.yaml refuses the same name twice.
fn with_free_slugs(fleet: &Fleet, unlisted: &mut [Unlisted]) {
    let mut holders: BTreeMap<(String, String), RepositoryName> = BTreeMap::new();
    for member in &fleet.members {
        for name in member.aliases.iter().chain([&member.slug]) {
            let key = (member.kind.clone(), name.to_lowercase());
            holders.insert(key, member.repository.clone());
        }
    }
    for repository in unlisted {
        let key = |slug: &str| (repository.kind.clone(), slug.to_lowercase());
        if let Some(holder) = holders.get(&key(&repository.slug)) {
            repository.taken = Some((repository.slug.clone(), holder.clone()));
            let mut numbered = (2..).map(|number| format!("{}-{number}", repository.slug));
            let free = numbered.find(|slug| !holders.contains_key(&key(slug)));
            repository.slug = free.unwrap_or_default();
        }
        let key = (repository.kind.clone(), repository.slug.to_lowercase());
        holders.insert(key, repository.name.clone());
    }
}

/// Returns the shortest possible entry of `members` for an unlisted repository.
#[must_use]
pub fn entry(fleet: &Fleet, unlisted: &Unlisted) -> String {
    let Unlisted { name, kind, slug, .. } = unlisted;
    let kinds = &fleet.manifest.kinds;
    let by_name = kin::of_name(kinds, &name.name);
    let prefix = kinds.get(kind).and_then(|kind| kind.prefix.as_deref()).unwrap_or_default();
    let follows = match by_name {
        Some((said, _)) => said == kind,
        // A word that matches no kind is read as a slug, and the repository's name as prefix and slug.
        None => kinds.len() == 1 && prefix.is_empty(),
    };
    let derived = name.name.strip_prefix(prefix).unwrap_or(&name.name);
    if follows && name.name.starts_with(prefix) && derived == slug && is_slug(slug) {
        return quote_scalar(&name.name).into_owned();
    }
    let mut parts = vec![format!("repository: {}", quote_scalar(&name.name))];
    if derived != slug || !is_slug(derived) || !name.name.starts_with(prefix) {
        parts.push(format!("slug: {}", quote_scalar(slug)));
    }
    if kinds.len() > 1 {
        parts.push(format!("kind: {}", quote_scalar(kind)));
    }
    format!("{{ {} }}", parts.join(", "))
}

/// Adds a member's repository once, since several members may share it.
fn push_once(names: &mut Vec<RepositoryName>, member: &Member) {
    if !names.iter().any(|name| name.same(&member.repository)) {
        names.push(member.repository.clone());
    }
}

/// Returns the kind of a repository, and its slug.
fn kind_of(
    fleet: &Fleet,
    repository: &Seen,
    wanted: Option<&dyn Fn(&Seen) -> bool>,
) -> Option<(String, String)> {
    let name = &repository.name.name;
    let prefix_of = |kind: &Kind| {
        kind.prefix
            .clone()
            .filter(|prefix| name.len() > prefix.len() && name.starts_with(prefix.as_str()))
    };
    let slug = |kind: &Kind| {
        let prefix = prefix_of(kind).unwrap_or_default();
        name.strip_prefix(prefix.as_str())
            .unwrap_or(name)
            .to_ascii_lowercase()
            .replace(['_', '.'], "-")
    };
    let kinds = &fleet.manifest.kinds;
    if let Some(wanted) = wanted {
        if !wanted(repository) {
            return None;
        }
        let by_prefix = kinds.iter().filter(|(_, kind)| prefix_of(kind).is_some());
        let kind = by_prefix.max_by_key(|(_, kind)| kind.prefix.as_ref().map_or(0, String::len));
        let (key, kind) = kind.or_else(|| kinds.iter().next())?;
        return Some((key.clone(), slug(kind)));
    }
    kinds
        .iter()
        .filter(|(_, kind)| prefix_of(kind).is_some() || selects(kind, repository))
        // The longest prefix is the most specific.
        .max_by_key(|(_, kind)| prefix_of(kind).map_or(0, |prefix| prefix.len()))
        .map(|(key, kind)| (key.clone(), slug(kind)))
}

fn selects(kind: &Kind, repository: &Seen) -> bool {
    match &kind.select {
        Some(Select::Topic(topic)) => repository.topics.iter().any(|has| has == topic),
        Some(Select::Glob(_)) => kin::fits_glob(kind, &repository.name.name),
        None => false,
    }
}

/// Whether a repository is a starter.
fn is_starter(fleet: &Fleet, name: &RepositoryName) -> bool {
    let owner = &fleet.manifest.forge.owner;
    let mut starters = fleet.manifest.kinds.values().filter_map(|kind| kind.starter_in(owner));
    starters.any(|starter| starter.same(name))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn fleet() -> Fleet {
        let text = "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  t: { prefix: template-, starter: \
                    template-starter }\n  p: { prefix: plugin-, select: { topic: plugin } }\nmembers: [template-a, \
                    template-gone, { repository: template-old, retired: 2026-01-01 }, plugin-x, other/template-z]\n";
        Fleet::parse(Path::new("fleet.yaml"), text.as_bytes()).expect("a fleet")
    }

    fn seen(name: &str) -> Seen {
        Seen { name: RepositoryName::new("Acme", name), ..Seen::default() }
    }

    #[test]
    fn both_ways_are_told() {
        let found = [
            seen("template-a"),
            seen("Template-Starter"),
            seen("template-new"),
            seen("template-old"),
            seen("unrelated"),
            Seen { is_archived: true, ..seen("plugin-x") },
            Seen { topics: vec!["plugin".into()], is_fork: true, ..seen("odd_one") },
        ];
        let discovery = compare(&fleet(), &found, None);
        let unlisted: Vec<(&str, &str, &str)> = discovery
            .unlisted
            .iter()
            .map(|it| (it.name.name.as_str(), it.kind.as_str(), it.slug.as_str()))
            .collect();
        assert_eq!(unlisted, [("template-new", "t", "new"), ("odd_one", "p", "odd-one")]);
        assert_eq!(discovery.unlisted.last().map(|it| it.apart.clone()), Some(vec!["fork"]));
        assert_eq!(discovery.absent, [RepositoryName::new("acme", "template-gone")]);
        assert_eq!(discovery.archived, [RepositoryName::new("acme", "plugin-x")]);
        assert_eq!(discovery.elsewhere, [RepositoryName::new("other", "template-z")]);
        assert_eq!(discovery.present, 2);
    }

    #[test]
    fn a_slug_that_is_taken_is_not_proposed() {
        let before = "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\n\
            members:\n  - { repository: legacy, slug: new }\n  - { repository: t-b, aliases: [c] }\n";
        let fleet = Fleet::parse(Path::new("fleet.yaml"), before.as_bytes()).expect("a fleet");
        let found = ["legacy", "t-b", "t-c", "t-new", "t-x.y", "t-x_y"].map(seen);
        let discovery = compare(&fleet, &found, None);
        let slugs: Vec<String> = discovery
            .unlisted
            .iter()
            .map(|it| {
                let holder =
                    it.taken.as_ref().map(|(slug, of)| format!(" ({slug} of {})", of.name));
                format!("{}: {}{}", it.name.name, it.slug, holder.unwrap_or_default())
            })
            .collect();
        assert_eq!(
            slugs,
            [
                "t-c: c-2 (c of t-b)",
                "t-new: new-2 (new of legacy)",
                "t-x.y: x-y",
                "t-x_y: x-y-2 (x-y of t-x.y)"
            ]
        );
        let entries: Vec<String> =
            discovery.unlisted.iter().map(|it| format!("  - {}\n", entry(&fleet, it))).collect();
        let pasted = format!("{before}{}", entries.concat());
        let after = Fleet::parse(Path::new("fleet.yaml"), pasted.as_bytes()).expect(&pasted);
        let slugs: Vec<&str> = after.members.iter().map(|member| member.slug.as_str()).collect();
        assert_eq!(slugs, ["new", "b", "c-2", "new-2", "x-y", "x-y-2"]);
    }

    #[test]
    fn a_selection_of_ones_own_counts_instead() {
        let found = [seen("template-new"), seen("service-b")];
        let services = |seen: &Seen| seen.name.name.starts_with("service-");
        let discovery = compare(&fleet(), &found, Some(&services));
        let names: Vec<&str> = discovery.unlisted.iter().map(|it| it.name.name.as_str()).collect();
        assert_eq!(names, ["service-b"]);
    }

    #[test]
    fn a_kind_that_says_nothing_of_names_is_not_looked_for() {
        let text = "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { a: {}, t: { prefix: t- } }\nmembers: [t-x]\n";
        let fleet = Fleet::parse(Path::new("fleet.yaml"), text.as_bytes()).expect("a fleet");
        assert_eq!(compare(&fleet, &[seen("t-x")], None).not_looked_for, ["a"]);
        let all = |_: &Seen| true;
        assert!(compare(&fleet, &[seen("t-x")], Some(&all)).not_looked_for.is_empty());
    }

    #[test]
    fn what_is_to_be_pasted_is_taken_and_says_the_same() {
        let before = "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  \
            service: { select: { glob: '*-api' } }\n  site: { select: { glob: '*-site' } }\n  \
            job: { select: { topic: job } }\n  tool: { prefix: tool-, select: { glob: '*-tool' } }\nmembers:\n  - a-api\n";
        let fleet = Fleet::parse(Path::new("fleet.yaml"), before.as_bytes()).expect("a fleet");
        let found = [
            seen("a-api"),
            seen("other-api"),
            seen("docs-site"),
            seen("Old.Site-site"),
            seen("tool-x"),
            seen("my-tool"),
            Seen { topics: vec!["job".into()], ..seen("nightly") },
        ];
        let discovery = compare(&fleet, &found, None);
        let entries: Vec<String> =
            discovery.unlisted.iter().map(|it| format!("  - {}\n", entry(&fleet, it))).collect();
        let pasted = format!("{before}{}", entries.concat());
        let after = Fleet::parse(Path::new("fleet.yaml"), pasted.as_bytes()).expect(&pasted);
        for (member, wanted) in after.members.iter().skip(1).zip(&discovery.unlisted) {
            assert_eq!((&member.kind, &member.slug), (&wanted.kind, &wanted.slug), "{pasted}");
            assert!(member.repository.same(&RepositoryName::new("acme", &wanted.name.name)));
        }
        assert_eq!(after.members.len(), 7);
        assert!(entries.contains(&"  - other-api\n".to_owned()), "{entries:?}");
    }
}
