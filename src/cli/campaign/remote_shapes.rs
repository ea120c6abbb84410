//! Shapes in repositories of their own, as they are now: a campaign that rests on findings makes another change where one has
//! changed since.

use crate::campaign::identity::digest_of;
use crate::cli::shared::forge::Session;
use crate::error::{Error, Result};
use crate::fleet::manifest::{Kind, Shape, ShapeRepository};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::scan::{Place, Scan};
use crate::snapshot::Snapshot;

/// The digest of all files of these shapes; `None` if no kind of the fleet has such a shape. Only their names and ids are read.
///
/// # Errors
/// When one cannot be read.
pub(super) fn digest(session: &Session, fleet: &Fleet) -> Result<Option<String>> {
    let shapes = shapes(fleet);
    if shapes.is_empty() {
        return Ok(None);
    }
    let owner = &fleet.manifest.forge.owner;
    let place = |shape: &&ShapeRepository| {
        let name = RepositoryName::parse(&shape.repository, owner).ok_or_else(|| {
            let what = format!("`{}` is not the name of a repository", shape.repository);
            Error::usage(what).in_file(&fleet.file)
        })?;
        Ok(Place { name, reference: shape.reference.clone() })
    };
    let places = shapes.iter().map(place).collect::<Result<Vec<Place>>>()?;
    let mut scan = Scan::new(session.client(), []);
    let trees = session.run(scan.snapshots(&places, &|_| {}));
    let mut digest = String::new();
    for (shape, tree) in shapes.iter().zip(trees) {
        digest = with_files(&digest, &tree?.below(&shape.path));
    }
    Ok(Some(digest))
}

/// The shapes in repositories, each once.
fn shapes(fleet: &Fleet) -> Vec<&ShapeRepository> {
    fn remote(kind: &Kind) -> Option<&ShapeRepository> {
        match &kind.shape {
            Shape::Repository(shape) => Some(shape),
            Shape::Named(_) | Shape::Folder(_) => None,
        }
    }
    let mut found: Vec<&ShapeRepository> = Vec::new();
    for shape in fleet.manifest.kinds.values().filter_map(remote) {
        if !found.contains(&shape) {
            found.push(shape);
        }
    }
    found
}

/// A digest that goes on from another one with the files of a tree.
fn with_files(before: &str, tree: &Snapshot) -> String {
    let mut said = before.to_owned();
    for (path, entry) in tree.entries.iter() {
        said.push_str(&format!("\0{path}\0{:?}\0{}", entry.kind, entry.id));
    }
    digest_of(said.as_bytes())
}
