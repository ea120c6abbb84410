//! Which files of a version an index has.

use std::collections::BTreeMap;

use super::{Around, Indexes, KeptFile};
use crate::error::{Error, Result};
use crate::index::served::{Form, Served};
use crate::index::{Availability, Project};
use crate::package::distribution::MAX_ARCHIVE_BYTES;
use crate::release::ReleaseId;

/// How often a page that cannot be read is requested.
const ATTEMPTS: u32 = 5;

/// The state of one file on an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnIndex {
    /// There is no file of this name.
    Absent,
    /// The file is there.
    Same,
    /// A different file of this name is there, with this hash.
    Different(String),
    /// The file is there, but was withdrawn for this reason.
    Withdrawn(String),
}

/// What an index shows of a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The state of each of our files, by name.
    pub files: BTreeMap<String, OnIndex>,
    /// Files of the version that are not ours.
    pub others: Vec<String>,
    /// Why the whole version was withdrawn, if it was.
    pub withdrawn: Option<String>,
}

impl Seen {
    /// The state of a file.
    #[must_use]
    pub fn on_index(&self, name: &str) -> &OnIndex {
        self.files.get(name).unwrap_or(&OnIndex::Absent)
    }

    /// Refuses what can never be published: a withdrawn version or file, or a file whose name is taken by different
    /// bytes.
    ///
    /// # Errors
    /// When that is the case.
    pub fn possible(&self, indexes: &Indexes, what: &str) -> Result<()> {
        let served = &indexes.served;
        if let Some(reason) = &self.withdrawn {
            return Err(withdrawn(served, what, reason));
        }
        self.files.iter().try_for_each(|(name, on_index)| refuse(served, name, on_index))
    }

    /// Whether it has a file, not withdrawn.
    #[must_use]
    pub fn is_there(&self, name: &str) -> bool {
        *self.on_index(name) == OnIndex::Same
    }

    /// Whether it has a file of the same name as one of ours, and with other bytes.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.files.values().any(|on_index| matches!(on_index, OnIndex::Different(_)))
    }

    /// Whether it has all of our files.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.files.values().all(|on_index| *on_index == OnIndex::Same)
    }
}

/// Reads from an index whether the version is still available, and which of its files are there.
///
/// # Errors
/// When the index cannot be read.
pub async fn look(
    indexes: &Indexes,
    release: ReleaseId<'_>,
    files: &[KeptFile],
    around: &Around<'_>,
) -> Result<Seen> {
    let ReleaseId { distribution, version } = release;
    let served = &indexes.served;
    let page =
        around.insist(ATTEMPTS, async || served.page(distribution, Form::Json).await).await?;
    let project = page.map(|page| page.project).unwrap_or_default();
    let mut seen = Seen::default();
    if let Availability::Withdrawn(yanked) = project.availability(version) {
        seen.withdrawn = Some(yanked.reason.clone());
    }
    for file in files {
        let on_index = of_file(served, &project, file).await?;
        seen.files.insert(file.name.clone(), on_index);
    }
    let of_version = project.files.iter().filter(|file| file.version().as_ref() == Some(version));
    let others = of_version.filter(|other| files.iter().all(|file| file.name != other.file_name));
    seen.others = others.map(|other| other.file_name.clone()).collect();
    Ok(seen)
}

/// Compares a file with a page. If the index gives no SHA-256, the file itself is downloaded and hashed.
pub(super) async fn of_file(
    served: &Served,
    project: &Project,
    file: &KeptFile,
) -> Result<OnIndex> {
    let Some(listed) = project.files.iter().find(|listed| listed.file_name == file.name) else {
        return Ok(OnIndex::Absent);
    };
    let found = match listed.hashes.get("sha256") {
        Some(found) => found.clone(),
        None => served.sha256(&listed.url, bound(file)).await?,
    };
    Ok(match &listed.yanked {
        _ if found != file.sha256 => OnIndex::Different(found),
        Some(yanked) => OnIndex::Withdrawn(yanked.reason.clone()),
        None => OnIndex::Same,
    })
}

/// The most bytes to read of a file on an index: one that is larger than ours is different, and reading a little more
/// shows that.
pub(super) fn bound(ours: &KeptFile) -> u64 {
    (ours.size + 1).clamp(1 << 20, MAX_ARCHIVE_BYTES)
}

/// Returns an error for a file that can never be published as it is.
pub(super) fn refuse(served: &Served, name: &str, on_index: &OnIndex) -> Result<()> {
    match on_index {
        OnIndex::Absent | OnIndex::Same => Ok(()),
        OnIndex::Different(found) => Err(Error::failed(format!(
            "the index has another file called `{name}`"
        ))
        .caused_by(format!(
            "{}: its sha256 is {}",
            served.address().shown(),
            found.escape_debug()
        ))
        .hint("a file of an index is never replaced: publish the next version")
        .hint("was this version built twice, from different sources? `release publish` builds once and keeps the files")),
        OnIndex::Withdrawn(reason) => Err(withdrawn(served, name, reason)),
    }
}

fn withdrawn(served: &Served, what: &str, reason: &str) -> Error {
    let reason = match reason {
        "" => "no reason is given".to_owned(),
        reason => format!("because: {}", reason.escape_debug()),
    };
    Error::failed(format!("{what} was withdrawn from the index"))
        .caused_by(format!("{}: {reason}", served.address().shown()))
        .hint("publish the next version; or undo the withdrawal on the index if it was a mistake")
        .hint("the same commit as another version: `shipshape release run --version VERSION --commit COMMIT --force`")
}
