//! Of which version a repository was notified last, as the titles of its runs say, and what follows for a cascade and its
//! preview. Pure.
//!
//! The journal knows only what this machine sent; the forge knows what any did.

use std::str::FromStr as _;

use pep440_rs::Version;

use super::aim::Aim;
use super::items::Item;
use super::tell::Seen;
use crate::forge::calls::actions::Run;
use crate::source::shell::quoted;

/// That a repository was notified of an earlier version since: somebody took it back, and nobody here knows why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Since {
    /// The earlier version.
    pub(super) earlier: Version,
    /// What to say of it.
    pub(super) words: String,
    /// Whether the cascade takes it forward again all the same.
    pub(super) goes_forward: bool,
}

impl Since {
    /// `None` if it was not.
    pub(super) fn of(seen: &Seen, item: &Item, version: &Version, aim: Aim) -> Option<Self> {
        let earlier = seen.earlier_since(version)?;
        let words = in_words(&earlier, version, &item.members);
        Some(Self { earlier, words, goes_forward: aim.takes_forward })
    }
}

/// The version in an id of ours in the title of a run: `<version>-<16 hexadecimal digits>`.
pub(super) fn version_in(run: &Run) -> Option<&str> {
    let mut words = run.display_title.split(|c: char| c.is_whitespace() || "()[],:".contains(c));
    words.find_map(|word| {
        let (version, digits) = word.rsplit_once('-')?;
        let is_id = digits.len() == 16
            && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
            && version.starts_with(|c: char| c.is_ascii_digit());
        is_id.then_some(version)
    })
}

/// The earlier version that a repository was notified of since it was notified of `version`: whoever did that took it back.
/// `None` also if it was never notified of `version`, or its runs do not say of what they are.
pub(super) fn earlier_since(runs: &[Run], version: &Version) -> Option<Version> {
    let of = |run: &Run| Some((run.id, Version::from_str(version_in(run)?).ok()?));
    let all: Vec<(u64, Version)> = runs.iter().filter_map(of).collect();
    let (_, last) = all.iter().max_by_key(|(id, _)| *id)?;
    let was_notified = all.iter().any(|(_, known)| known == version);
    (last < version && was_notified).then(|| last.clone())
}

/// What to say of a member that was notified of an earlier version since.
fn in_words(earlier: &Version, version: &Version, members: &[String]) -> String {
    format!(
        "it was notified of {earlier} since, so it was taken back; to take it forward again: `shipshape release \
         cascade {version} --runtime {} --force`",
        members.first().map_or_else(|| "MEMBER".to_owned(), |name| quoted(name))
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(id: u64, title: &str) -> Run {
        let run = json!({ "id": id, "display_title": title, "path": "publish-image.yml" });
        serde_json::from_value(run).expect("a run")
    }

    #[test]
    fn only_who_was_notified_of_an_earlier_version_since_went_back() {
        let version = Version::from_str("0.2.0").expect("a version");
        let since = |runs: &[Run]| earlier_since(runs, &version).map(|it| it.to_string());
        let of = |id, version: &str| run(id, &format!("runtime ({version}-0123456789abcdef)"));
        assert_eq!(since(&[of(9, "0.1.1"), of(8, "0.2.0")]).as_deref(), Some("0.1.1"));
        assert_eq!(since(&[of(8, "0.2.0"), of(7, "0.1.1")]), None, "it went forward");
        assert_eq!(since(&[of(10, "0.2.0"), of(9, "0.1.1"), of(8, "0.2.0")]), None, "again");
        assert_eq!(since(&[of(9, "0.1.1")]), None, "it was never notified of it");
        assert_eq!(since(&[of(9, "0.2.1"), of(8, "0.2.0")]), None, "it went further");
        // A run that does not show an id says nothing.
        assert_eq!(since(&[run(9, "runtime-published"), of(8, "0.2.0")]), None);
    }
}
