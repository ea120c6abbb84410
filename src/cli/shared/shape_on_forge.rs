//! The shape in a repository on the forge. A clone of that repository beside fleet.yaml gives the history of its canons, and no
//! other content: which commit is the shape, the forge says.

use std::path::Path;

use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::next::quoted_place;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Obstacle, Result};
use crate::fleet::RepositoryName;
use crate::fleet::manifest::ShapeRepository;
use crate::forge::scan::{Place, Scan};
use crate::forge::{ForgeError, ForgeErrorKind};
use crate::shape::{Pack, load};
use crate::snapshot::{Snapshot, git};

/// A shape in a repository on the forge, which is not read yet.
pub(in crate::cli) struct ShapeOnForge<'s> {
    session: &'s Session,
    place: Place,
    /// The pack's folder.
    path: String,
}

/// The shape pack in a repository on the forge.
pub(in crate::cli) fn remote_pack<'s>(
    session: &'s Session,
    owner: &str,
    shape: &ShapeRepository,
) -> Result<ShapeOnForge<'s>> {
    let name = RepositoryName::parse(&shape.repository, owner).ok_or_else(|| {
        Error::usage(format!("the shape's `{}` is not the name of a repository", shape.repository))
    })?;
    let place = Place { name, reference: shape.reference.clone() };
    Ok(ShapeOnForge { session, place, path: shape.path.clone() })
}

impl ShapeOnForge<'_> {
    /// The pack as the forge has it, without its history.
    pub(in crate::cli) fn read(&self) -> Result<Pack> {
        self.read_at(&self.place)
    }

    fn read_at(&self, place: &Place) -> Result<Pack> {
        let mut scan = Scan::new(self.session.client(), []);
        let snapshots = self.session.run(scan.snapshots(std::slice::from_ref(place), &|_| {}));
        let snapshot: Snapshot = self.only(snapshots)?;
        // Want the whole pack at once, so that it is fetched in few documents.
        for entry in snapshot.below(&self.path).entries.values() {
            let _ = snapshot.read(entry.id);
        }
        self.session.run(scan.fetch_wanted());
        let commit = snapshot.commit.clone().unwrap_or_default();
        let source = format!("{} at {}", place.name, short(&commit));
        load::from_snapshot(&snapshot, &self.path, &source)
    }

    /// The only answer, with a hint where it is an error.
    fn only<T>(&self, answers: Vec<Result<T, ForgeError>>) -> Result<T> {
        self.hinted(answers.into_iter().next().unwrap_or_else(|| {
            let name = self.place.name.to_string();
            Err(ForgeError::new(ForgeErrorKind::NotFound, name, ""))
        }))
    }

    fn hinted<T>(&self, answer: Result<T, ForgeError>) -> Result<T> {
        answer.map_err(|error| {
            let Place { name, reference } = &self.place;
            match reference {
                Some(reference) if error.is_missing_reference() => {
                    let what = format!("`{name}` has no branch, tag or commit `{reference}`");
                    Error::failed(what).stopped_by(Obstacle::NoReference)
                }
                _ => Error::from(error).hint(format!("the shape of the fleet is in `{name}`")),
            }
        })
    }

    /// The commit; `None` where the forge does not show it to whoever asks.
    fn commit(&self) -> Result<Option<String>> {
        let client = self.session.client();
        let scan = Scan::new(client, []);
        let places = std::slice::from_ref(&self.place);
        match self.session.run(scan.heads(places, &|_| {})).pop() {
            Some(Ok(head)) => Ok(Some(head.commit)),
            Some(Err(error)) if client.is_anonymous() || error.out_of_sight().is_some() => Ok(None),
            Some(Err(error)) => self.hinted(Err(error)),
            None => Ok(None),
        }
    }

    /// The pack at the commit that the forge names: from the clone with its history if that has the commit, else as the
    /// forge has it. Where the forge does not say, it is that of the clone, and this is said.
    pub(in crate::cli) fn read_with(&self, clone: &Path, context: &Context) -> Result<Pack> {
        let Place { name, reference } = &self.place;
        let git = git::open(clone);
        let here = git.as_ref().ok().and_then(|it| it.resolve(reference.as_deref()).ok());
        let there = self.commit()?;
        if there.as_deref() == Some("") {
            // An empty repository: reading it says so.
            return self.read();
        }
        let has = |commit: &str| git.as_ref().is_ok_and(|it| it.resolve(Some(commit)).is_ok());
        let is_in_clone = there.as_deref().is_some_and(has);
        let seen =
            Seen { name: name.to_string(), clone, there: there.as_deref(), here, is_in_clone };
        if let Some(said) = seen.in_words() {
            context.note_once(&visible_line(&said));
        }
        match there {
            Some(commit) if !is_in_clone => {
                self.read_at(&Place { reference: Some(commit), ..self.place.clone() })
            }
            Some(commit) => load::from_repository(clone, Some(&commit), &self.path),
            None => load::from_repository(clone, reference.as_deref(), &self.path),
        }
    }
}

/// What forge and clone have of a shape.
struct Seen<'a> {
    name: String,
    clone: &'a Path,
    /// The commit on the forge, if that says so.
    there: Option<&'a str>,
    /// The commit that the clone has under the same reference.
    here: Option<String>,
    /// Whether the clone has the forge's commit.
    is_in_clone: bool,
}

impl Seen<'_> {
    /// What somebody should know who sees only the clone; `None` where both agree.
    fn in_words(&self) -> Option<String> {
        let Self { name, clone, there, here, is_in_clone } = self;
        let (place, here) = (clone.display(), here.as_deref());
        let Some(there) = there else {
            let at = here.map(|here| format!(" at {}", short(here))).unwrap_or_default();
            return Some(format!(
                "the forge does not show `{name}`: the shape is read from the clone in {place}{at}, which may be another one"
            ));
        };
        let short_there = short(there);
        if !is_in_clone {
            return Some(format!(
                "the shape is read from `{name}` on the forge at {short_there}, without its history: the clone in {place} \
                 does not have that commit yet: `git -C {} fetch`",
                quoted_place(clone)
            ));
        }
        let other = here.filter(|here| here != there)?;
        Some(format!(
            "the shape is that of `{name}` on the forge at {short_there}; the clone in {place} is at {}",
            short(other)
        ))
    }
}

/// The beginning of a commit's id.
fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(there: Option<&str>, here: &str, is_in_clone: bool) -> Option<String> {
        let (name, here) = ("acme/starter".to_owned(), Some(here.to_owned()));
        Seen { name, clone: Path::new("starter"), there, here, is_in_clone }.in_words()
    }

    #[test]
    fn what_a_clone_has_otherwise_than_the_forge_is_said() {
        assert_eq!(said(Some("a1"), "a1", true), None);
        let ahead = said(Some("a1"), "b2", true).expect("said");
        assert!(ahead.ends_with("on the forge at a1; the clone in starter is at b2"), "{ahead}");
        let stale = said(Some("b2"), "a1", false).expect("said");
        assert!(stale.contains("on the forge at b2, without its history"), "{stale}");
        assert!(stale.ends_with("`git -C starter fetch`"), "{stale}");
        let unseen = said(None, "a1", false).expect("said");
        assert!(unseen.contains("read from the clone in starter at a1"), "{unseen}");
    }
}
