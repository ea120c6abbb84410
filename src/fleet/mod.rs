//! The fleet: its manifest, its members, and what its owners decided about findings.
//!
//! A [`Fleet`] is parsed from `fleet.yaml`, with members resolved (slug, repository, kind and defaults) or every error
//! in the file with its position. `waivers.yaml` and the baseline mark findings as waived, and registrations compare
//! other lists of members with the manifest. Whether repositories exist, and their content, is up to `snapshot`; names
//! of profiles and rules are validated against those that the caller passes.

pub mod baseline;
mod by_name;
mod date;
pub mod discovery;
pub mod draft;
pub mod enrol;
pub mod kin;
pub mod listing;
pub mod manifest;
mod member;
mod one;
mod pattern;
pub mod registration;
pub mod registrations;
mod resolve;
pub mod retiring;
mod rules;
pub mod selection;
pub mod vitality;
pub mod waivers;

pub use by_name::ByName;
pub use date::Date;
pub use manifest::Manifest;
pub use member::{Member, RepositoryName, is_slug};
pub use one::name_one;
pub use pattern::Pattern;
pub use selection::Selection;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::edge::whole_file;
use crate::error::Error;
use crate::shape::manifest::Variable;
use crate::source::Text;
use crate::source::typed::{self, Node, Step, nearest};

/// A parsed manifest, with its members resolved.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// The file it was read from.
    pub file: PathBuf,
    /// The manifest as written, with what [its defaults](manifest::Defaults) give filled in.
    pub manifest: Manifest,
    /// The members in the file's order, including retired ones.
    pub members: Vec<Member>,
    text: Text,
    root: Node,
}

impl Fleet {
    /// Parses a manifest. `file` is only used in errors.
    ///
    /// # Errors
    /// Everything that is wrong with it, in line order.
    pub fn parse(file: &Path, bytes: &[u8]) -> Result<Self, Vec<Error>> {
        let mut reading = typed::read::<Manifest>(file, bytes, manifest::SCHEMA)?;
        reading.value.fill_kinds();
        let (members, found) = resolve::resolve(&reading.value);
        let mut problems = reading.problems.clone();
        let of_types = problems.len();
        for problem in found {
            let error = reading.problem(file, &problem.path, problem.message);
            // A value of a wrong type has been reported already, and must not be reported as missing too.
            if problems.iter().take(of_types).any(|known| known.place() == error.place()) {
                continue;
            }
            problems.push(match problem.hint {
                Some(hint) => error.hint(hint),
                None => error,
            });
        }
        if !problems.is_empty() {
            problems.sort_by_key(|error| error.place().and_then(|place| place.position));
            return Err(problems);
        }
        let typed::Reading { value: manifest, text, root, .. } = reading;
        Ok(Self { file: file.to_owned(), manifest, members, text, root })
    }

    /// Loads a manifest from a file.
    ///
    /// # Errors
    /// When the file cannot be read, or everything that is wrong with it.
    pub fn load(file: &Path) -> Result<Self, Vec<Error>> {
        let wrong = |error: Error| vec![error];
        let bytes = whole_file::read(file).map_err(wrong)?.ok_or_else(|| {
            wrong(Error::usage("there is no such manifest of a fleet").in_file(file).hint(
                "docs/fleet-manifest.md has one to start from; name yours with `--fleet FILE`",
            ))
        })?;
        Self::parse(file, &bytes)
    }

    /// Returns the members that are not retired.
    pub fn active(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.retired.is_none())
    }

    /// Groups members by repository, in order of first occurrence.
    #[must_use]
    pub fn by_repository<'a>(
        members: impl IntoIterator<Item = &'a Member>,
    ) -> Vec<(&'a RepositoryName, Vec<&'a Member>)> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut found: Vec<(&RepositoryName, Vec<&Member>)> = Vec::new();
        for member in members {
            let place = *places.entry(member.repository.key()).or_insert(found.len());
            match found.get_mut(place) {
                Some((_, members)) => members.push(member),
                None => found.push((&member.repository, vec![member])),
            }
        }
        found
    }

    /// Returns the members with a name: a slug, an alias or a repository, with or without its owner.
    pub fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Member> {
        self.members.iter().filter(move |member| member.is_called(name))
    }

    /// Returns the members that a person means by a name: those that [have it](Self::named), or else all in
    /// folders of the repository that has it, except retired ones.
    pub fn meant<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Member> {
        let is_of_members = self.named(name).next().is_some();
        self.members.iter().filter(move |member| match is_of_members {
            true => member.is_called(name),
            false => member.is_in_repository(name),
        })
    }

    /// Returns the name that stands for one member only: its slug, or its name in reports if another member has that
    /// slug.
    #[must_use]
    pub fn called(&self, member: &Member) -> String {
        let has_slug = |other: &&Member| other.slug == member.slug;
        match self.members.iter().filter(has_slug).nth(1) {
            Some(_) => member.name(),
            None => member.slug.clone(),
        }
    }

    /// Returns the prefixes of its kinds' repositories.
    #[must_use]
    pub fn prefixes(&self) -> Vec<String> {
        self.manifest.kinds.values().filter_map(|kind| kind.prefix.clone()).collect()
    }

    /// Returns the slug that was probably meant: the only one that ends in the given text, as tables abbreviate it, or
    /// a similar one.
    #[must_use]
    pub fn meant_by(&self, given: &str) -> Option<&str> {
        let slugs = || self.members.iter().map(|member| member.slug.as_str());
        let cut = |slug: &&str| {
            let before = slug.to_ascii_lowercase();
            let before = before.strip_suffix(&given.to_ascii_lowercase()).map(str::to_owned);
            before.is_some_and(|before| before.ends_with(['-', '_', '/', '.']))
        };
        let mut ending = slugs().filter(cut);
        match (ending.next(), ending.next()) {
            (Some(only), None) => Some(only),
            _ => nearest(given, slugs()),
        }
    }

    /// Resolves a path of the manifest, which is relative to the manifest's folder.
    #[must_use]
    pub fn beside(&self, relative: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(relative)
    }

    /// Returns the name of a member's image, without a tag; `None` if it has no image.
    ///
    /// In lower case, as the OCI distribution specification requires of names, unlike forges of owners.
    #[must_use]
    pub fn image(&self, member: &Member) -> Option<String> {
        let images = self.manifest.images.as_ref()?;
        if images.of.as_ref().is_some_and(|kind| *kind != member.kind) {
            return None;
        }
        Some(images.name.render(member, None).to_lowercase())
    }

    /// Whether a member is notified of releases: it is not retired, and builds an image if `images.of` limits that to a
    /// kind.
    #[must_use]
    pub fn takes_part(&self, member: &Member) -> bool {
        let of = self.manifest.images.as_ref().and_then(|images| images.of.as_ref());
        member.retired.is_none() && of.is_none_or(|kind| *kind == member.kind)
    }

    /// Returns the member whose image a consumer runs.
    #[must_use]
    pub fn consumed<'a>(&'a self, runtime: &'a str) -> Option<&'a Member> {
        self.named(runtime).find(|member| self.image(member).is_some())
    }

    /// Returns a member's image with the tag that is run; `None` if it has no image.
    #[must_use]
    pub fn tagged_image(&self, member: &Member) -> Option<String> {
        let tag = &self.manifest.images.as_ref()?.tag;
        Some(format!("{}:{tag}", self.image(member)?))
    }

    /// Reports the profiles used for a kind that its shape does not have, each at its position in the manifest.
    #[must_use]
    pub fn unknown_profiles(&self, kind: &str, known: &[&str]) -> Vec<Error> {
        let unknown = |profile: &Option<String>| {
            profile.clone().filter(|profile| !known.contains(&profile.as_str()))
        };
        let mut problems = Vec::new();
        let declared = self.manifest.kinds.get(kind);
        if let Some(profile) = declared.and_then(|kind| unknown(&kind.profile)) {
            let path = ["kinds".into(), kind.into(), "profile".into()];
            problems.push(self.unknown_name(&path, "profile", &profile, known));
        }
        for (index, member) in self.members.iter().enumerate() {
            // The kind's own profile has been reported above.
            let inherited = declared.is_some_and(|kind| kind.profile == member.profile);
            if member.kind == kind
                && !inherited
                && let Some(profile) = unknown(&member.profile)
            {
                let path = ["members".into(), index.into(), "profile".into()];
                problems.push(self.unknown_name(&path, "profile", &profile, known));
            }
        }
        problems
    }

    /// Reports the variables set for a kind that its shape does not have, each at its position in the manifest.
    #[must_use]
    pub fn unknown_variables(&self, kind: &str, known: &[&str]) -> Vec<Error> {
        let set = self.variables_of(kind).into_iter();
        set.filter(|it| !known.contains(&it.name))
            .map(|it| self.unknown_name(&it.path, "variable", it.name, known))
            .collect()
    }

    /// Reports the values set for a kind that its shape does not permit, each at its position in the manifest. Those of
    /// retired members count for nothing.
    #[must_use]
    pub fn unfit_values(&self, kind: &str, variables: &[(String, Variable)]) -> Vec<Error> {
        let unfit = |it: SetVariable<'_>| {
            let (_, variable) = variables.iter().find(|(name, _)| name == it.name)?;
            let message = match variable.misfit(it.value).filter(|_| !it.is_retired)? {
                "" => format!("`{}` may not be empty", it.name),
                wrong => format!("`{wrong}` cannot be `{}`", it.name),
            };
            Some(self.problem(&it.path, message).hint(variable.advice()))
        };
        self.variables_of(kind).into_iter().filter_map(unfit).collect()
    }

    /// Returns the variables that the manifest sets for a kind: its own, and those that its members have besides or
    /// otherwise.
    fn variables_of<'a>(&'a self, kind: &'a str) -> Vec<SetVariable<'a>> {
        let declared = self.manifest.kinds.get(kind).map(|kind| &kind.variables);
        let of_kind = declared.into_iter().flatten().map(|(name, value)| SetVariable {
            path: vec!["kinds".into(), kind.into(), "variables".into(), name.as_str().into()],
            name,
            value,
            is_retired: false,
        });
        let members = self.members.iter().enumerate().filter(|(_, member)| member.kind == kind);
        let of_members = members.flat_map(|(index, member)| {
            let inherited = move |name: &String| {
                declared.and_then(|it| it.get(name)) == member.variables.get(name)
            };
            let own = member.variables.iter().filter(move |(name, _)| !inherited(name));
            own.map(move |(name, value)| SetVariable {
                path: vec![
                    "members".into(),
                    index.into(),
                    "variables".into(),
                    name.as_str().into(),
                ],
                name,
                value,
                is_retired: member.retired.is_some(),
            })
        });
        of_kind.chain(of_members).collect()
    }

    fn unknown_name(&self, path: &[Step], what: &str, name: &str, known: &[&str]) -> Error {
        self.problem(path, format!("unknown {what} `{name}`")).hint(
            match nearest(name, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if known.is_empty() => format!("the shape has no {what}s"),
                None => format!("the shape has {}", known.join(", ")),
            },
        )
    }

    /// Creates an error about the value at `path` in the manifest.
    #[must_use]
    pub fn problem(&self, path: &[Step], message: impl Into<String>) -> Error {
        Error::usage(message).at(&self.file, &self.text, self.root.span_of(path))
    }

    /// Creates an error about the key that `path` ends in.
    #[must_use]
    pub fn key_problem(&self, path: &[Step], message: impl Into<String>) -> Error {
        Error::usage(message).at(&self.file, &self.text, self.root.key_span_of(path))
    }
}

/// A variable that the manifest sets.
struct SetVariable<'a> {
    /// Its place in the manifest.
    path: Vec<Step>,
    name: &'a str,
    value: &'a str,
    /// Whether it is one of a retired member.
    is_retired: bool,
}

#[cfg(test)]
mod tests;
