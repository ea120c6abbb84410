//! The freeze: a tag that stops releases while it exists, and records who created it, when and why.
//!
//! It lives in the source repository rather than on a machine, so it stops everyone: people, workflows and servers.

use schemars::JsonSchema;
use serde::Serialize;

use super::subject::Subject;
use crate::error::{Error, Obstacle, Result};
use crate::forge::calls::tags::Tag;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// A freeze.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Freeze {
    /// The tag.
    pub tag: String,
    /// The reason.
    pub reason: String,
    /// Who froze releases, as they named themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it began, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

impl Freeze {
    /// The freeze in one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        self.after("frozen")
    }

    /// A phrase that says that releases are frozen, with who froze them, since when and why.
    #[must_use]
    pub fn after(&self, phrase: &str) -> String {
        let by = self.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
        let since = self.since.as_deref().map(|at| format!(" since {at}")).unwrap_or_default();
        format!("{phrase}{by}{since}: {}", self.reason)
    }

    /// The error of a step that this freeze stops.
    #[must_use]
    pub fn stops(&self, what: &str) -> Error {
        Error::failed(format!("releases are frozen, so {what}"))
            .stopped_by(Obstacle::Freeze)
            .caused_by(self.in_words())
            .hint("when the reason is gone: `shipshape release thaw`; or insist with --force")
    }
}

/// Reads the freeze from its tag.
#[must_use]
pub fn of_tag(tag: &Tag) -> Freeze {
    let note = tag.note.clone().unwrap_or_default();
    let reason = note.message.lines().next().unwrap_or_default().trim().to_owned();
    let reason = if reason.is_empty() { "no reason is given".to_owned() } else { reason };
    Freeze { tag: tag.name.clone(), reason, by: note.by, since: note.at }
}

/// The freeze that is in effect.
///
/// # Errors
/// When the forge cannot be read.
pub async fn find(client: &Client, subject: &Subject) -> Result<Option<Freeze>, ForgeError> {
    let name = subject.release.freeze_tag();
    let tags = client.tags(&subject.repository, &name).await?;
    Ok(tags.iter().find(|tag| tag.name == name).map(of_tag))
}

/// Stops releases. Returns the existing freeze if there already is one.
///
/// # Errors
/// When the token may not do so, or the repository has no commit to tag.
pub async fn set(client: &Client, subject: &Subject, reason: &str) -> Result<Result<(), Freeze>> {
    if let Some(freeze) = find(client, subject).await? {
        return Ok(Err(freeze));
    }
    let Subject { repository, release, .. } = subject;
    let name = release.freeze_tag();
    let named = client.named(repository, release.branch.as_deref()).await?.ok_or_else(|| {
        Error::failed(format!("`{repository}` has no commit that a tag could be at"))
    })?;
    let object = client.create_tag_object(repository, &name, reason, &named.sha).await?;
    match client.create_tag_reference(repository, &name, &object).await {
        Ok(()) => Ok(Ok(())),
        Err(error) if error.kind == ForgeErrorKind::Conflict => {
            match find(client, subject).await? {
                Some(freeze) => Ok(Err(freeze)),
                None => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Lets releases go on, and returns the freeze that was lifted.
///
/// # Errors
/// When the token may not do so.
pub async fn lift(client: &Client, subject: &Subject) -> Result<Option<Freeze>> {
    let freeze = find(client, subject).await?;
    if freeze.is_some() {
        client.delete_tag(&subject.repository, &subject.release.freeze_tag()).await?;
    }
    Ok(freeze)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::calls::tags::Note;

    #[test]
    fn a_freeze_says_who_since_when_and_why() {
        let note = Note {
            message: "it loses data\n".to_owned(),
            by: Some("Ann".to_owned()),
            at: Some("2026-11-22T12:00:00Z".to_owned()),
        };
        let tag = Tag {
            name: "runtime-freeze".to_owned(),
            object: "t".to_owned(),
            commit: Some("c".to_owned()),
            note: Some(note),
        };
        let freeze = of_tag(&tag);
        let said = "frozen by Ann since 2026-11-22T12:00:00Z: it loses data";
        assert_eq!(freeze.in_words(), said);
        let already = "frozen already by Ann since 2026-11-22T12:00:00Z: it loses data";
        assert_eq!(freeze.after("frozen already"), already);
        let stops = freeze.stops("nothing was tagged");
        assert_eq!(stops.obstacle(), Some(Obstacle::Freeze));
        assert_eq!(
            stops.in_one_line(),
            format!("releases are frozen, so nothing was tagged: {said}")
        );
        // Somebody made it by hand, with `git tag`.
        assert_eq!(of_tag(&Tag { note: None, ..tag }).in_words(), "frozen: no reason is given");
    }
}
