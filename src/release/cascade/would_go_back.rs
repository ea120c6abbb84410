//! Which members would go back if they were notified of a version, by what their images contain. Pure.
//!
//! An index does not say that: members keep a version that was withdrawn, and need not have taken up one that is offered.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use pep440_rs::Version;

use super::document::{ImageSeen, Row};
use crate::counted::counted;

/// The repositories that would go back to a version, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WouldGoBack {
    to: Version,
    /// How many repositories have each later version in an image.
    from: BTreeMap<Version, usize>,
    /// How many others have an image whose version is not known, or none that could be looked into.
    unread: usize,
}

impl WouldGoBack {
    /// Sums up rows whose images were read; `None` if all images are known to contain no later version.
    #[must_use]
    pub fn of(rows: &[Row], to: &Version) -> Option<Self> {
        let version =
            |image: &ImageSeen| image.version.as_deref().and_then(|it| Version::from_str(it).ok());
        let mut found = Self { to: to.clone(), from: BTreeMap::new(), unread: 0 };
        for row in rows {
            let versions: Vec<Option<Version>> = row.images.iter().map(version).collect();
            let later = versions.iter().flatten().filter(|it| *it > to).max();
            match later {
                Some(later) => *found.from.entry(later.clone()).or_default() += 1,
                None if versions.is_empty() || versions.contains(&None) => found.unread += 1,
                None => {}
            }
        }
        (found.is_certain() || found.unread > 0).then_some(found)
    }

    /// Whether a later version was seen in an image.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        !self.from.is_empty()
    }

    /// In one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { to, from, unread } = self;
        let unknown = |others: &str| {
            let whose = counted(*unread, "repository");
            format!("what the images of {whose}{others} contain is not known")
        };
        if !self.is_certain() {
            return format!("{}: they may go back to {to}", unknown(""));
        }
        let all = counted(from.values().sum(), "repository");
        let known = match from.keys().next() {
            Some(only) if from.len() == 1 => format!("{all} would go back from {only} to {to}"),
            _ => {
                let parts: Vec<String> =
                    from.iter().map(|(version, count)| format!("{version} ({count})")).collect();
                format!("{all} would go back to {to}, from {}", parts.join(", "))
            }
        };
        match unread {
            0 => known,
            _ => format!("{known}; {}", unknown(" more")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(versions: &[Option<&str>]) -> Row {
        let image = |version: &Option<&str>| ImageSeen {
            name: "x".to_owned(),
            digest: None,
            version: version.map(str::to_owned),
            unread: None,
        };
        Row { images: versions.iter().map(image).collect(), ..Row::default() }
    }

    fn says(rows: &[Row]) -> Option<String> {
        let to = Version::from_str("0.1.2").expect("a version");
        WouldGoBack::of(rows, &to).map(|back| back.in_words())
    }

    #[test]
    fn what_images_contain_says_who_would_go_back() {
        let later = || row(&[Some("0.2.0")]);
        assert_eq!(says(&[row(&[Some("0.1.2")]), row(&[Some("0.1.1")])]), None);
        let says = |rows: &[Row]| says(rows).expect("some would, or may");
        assert_eq!(says(&[later()]), "1 repository would go back from 0.2.0 to 0.1.2");
        // One image of a repository with several is enough, whatever is known of the others.
        let several = row(&[Some("0.1.2"), Some("0.2.1"), None]);
        assert_eq!(
            says(&[later(), later(), several]),
            "3 repositories would go back to 0.1.2, from 0.2.0 (2), 0.2.1 (1)"
        );
        assert_eq!(
            says(&[later(), row(&[None])]),
            "1 repository would go back from 0.2.0 to 0.1.2; what the images of 1 repository more contain is not known"
        );
        assert_eq!(
            says(&[row(&[]), row(&[Some("0.1.2"), None])]),
            "what the images of 2 repositories contain is not known: they may go back to 0.1.2"
        );
    }
}
