//! Retires a member in the manifest by adding the key `retired`, preserving every other byte. The result is parsed
//! again, and rejected if anything else changed.

use std::path::Path;

use super::{Date, Fleet, Member};
use crate::error::Error;
use crate::source::yaml::edit::{Placement, insert_entry};
use crate::source::yaml::{self, Dialect, Document};
use crate::source::{Text, TextEdit};

/// The manifest with one member retired.
#[derive(Clone, Debug)]
pub struct Retired {
    /// The file's new content.
    pub bytes: Vec<u8>,
    /// The fleet described by it.
    pub fleet: Fleet,
}

/// Retires a member as of a day. Changes nothing if it is retired already.
///
/// # Errors
/// When the manifest is invalid, or the member is written in a way that does not allow adding to it.
pub fn retire(
    file: &Path,
    bytes: &[u8],
    member: &Member,
    day: Date,
) -> Result<Retired, Vec<Error>> {
    let before = Fleet::parse(file, bytes)?;
    let by_hand = |why: String| {
        let error = Error::usage("cannot retire the member without changing more").in_file(file);
        vec![
            error
                .caused_by(why)
                .hint(format!("add `retired: {day}` to `{}` by hand", member.name())),
        ]
    };
    let is_meant = |known: &Member| {
        known.repository.same(&member.repository)
            && known.path == member.path
            && known.slug == member.slug
    };
    let index = before.members.iter().position(is_meant);
    let index = index.ok_or_else(|| by_hand("it is not listed there".to_owned()))?;
    if before.members.get(index).is_some_and(|member| member.retired.is_some()) {
        return Ok(Retired { bytes: bytes.to_vec(), fleet: before });
    }
    let text = Text::decode(bytes).map_err(|why| by_hand(why.to_string()))?;
    let document = Document::parse(&text, Dialect::Yaml12).map_err(|why| by_hand(why.message))?;
    // Each entry corresponds to a member, so the indices of both lists agree.
    let path = yaml::Path::keys(["members"]).index(index);
    let entry = document.at(&path).ok_or_else(|| by_hand("it is not found there".to_owned()))?;
    let edits = if entry.is_mapping() {
        insert_entry(&document, &path, "retired", &day.to_string(), Placement::End)
            .map_err(|refused| by_hand(refused.message))?
    } else {
        let word = entry.as_str().unwrap_or_default();
        let is_repository =
            word.eq_ignore_ascii_case(&member.repository.name) || word.contains('/');
        let key = if is_repository { "repository" } else { "slug" };
        let written = text.slice(entry.body());
        let mapping = format!("{{ {key}: {written}, retired: {day} }}");
        vec![TextEdit::replace(entry.body(), mapping)]
    };
    let edited = text.edited(&edits).map_err(|_| by_hand("the edits overlap".to_owned()))?;
    let bytes = edited.to_bytes();
    let after = Fleet::parse(file, &bytes)?;
    let mut wanted = before.members.clone();
    if let Some(member) = wanted.get_mut(index) {
        member.retired = Some(day);
    }
    if after.members == wanted {
        Ok(Retired { bytes, fleet: after })
    } else {
        Err(by_hand("other members would change".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLEET: &str = "\
schema: 1
name: f
forge: { owner: acme }
kinds: { t: { prefix: t- } }
members:
  - t-a # first
  - b
  - \"t-c\"
  - { slug: d, owner: me } # flow
  - slug: e
    owner: me # block
  - { slug: f, retired: 2020-01-01 }
";

    fn retired(slug: &str) -> String {
        let fleet = Fleet::parse(Path::new("f"), FLEET.as_bytes()).expect("a fleet");
        let member = fleet.members.iter().find(|member| member.slug == slug).expect("a member");
        let day = Date::parse("2026-11-22").expect("a day");
        let retired = retire(Path::new("f"), FLEET.as_bytes(), member, day).expect("retired");
        let text = String::from_utf8(retired.bytes).expect("text");
        let changed = text.lines().filter(|line| !FLEET.contains(*line));
        changed.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn one_entry_changes_and_keeps_its_comment() {
        assert_eq!(retired("a"), "  - { repository: t-a, retired: 2026-11-22 } # first");
        assert_eq!(retired("b"), "  - { slug: b, retired: 2026-11-22 }");
        assert_eq!(retired("c"), "  - { repository: \"t-c\", retired: 2026-11-22 }");
        assert_eq!(retired("d"), "  - { slug: d, owner: me, retired: 2026-11-22 } # flow");
        assert_eq!(retired("e"), "    retired: 2026-11-22");
        assert_eq!(retired("f"), "");
    }
}
