//! Which of the recorded chains still matter. Pure.

use pep440_rs::Version;

use crate::journal::OperationName;
use crate::package::version;

/// A chain that a command may be proposed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its operation.
    pub name: OperationName,
    /// The normalized distribution.
    pub distribution: String,
    /// The version.
    pub version: Version,
}

/// The chains that no other one has overtaken: that of the highest version of each distribution, and those of lower
/// versions that were begun after every higher one, such as a patch of an older line. They are ordered by distribution,
/// the highest version first. `chains` are ordered by when they were begun, the last one first.
#[must_use]
pub fn lines(chains: Vec<OperationName>) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    for name in chains.into_iter().rev() {
        let Some((distribution, text)) = name.key.split_once('@') else { continue };
        let Ok(version) = version::read(text) else { continue };
        let distribution = distribution.to_owned();
        // A higher version that was begun later supersedes a lower one.
        found.retain(|known| known.distribution != distribution || known.version > version);
        found.push(Line { name, distribution, version });
    }
    found.sort_by(|one, other| {
        one.distribution.cmp(&other.distribution).then(other.version.cmp(&one.version))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::chain::KIND;

    fn of(begun: &[&str]) -> Vec<String> {
        let chains = begun.iter().rev().map(|key| OperationName::new(KIND, (*key).to_owned()));
        lines(chains.collect()).into_iter().map(|line| line.name.key).collect()
    }

    #[test]
    fn a_lower_version_matters_only_if_it_was_begun_after_the_higher_one() {
        assert_eq!(of(&["a@1.0", "a@2.0"]), ["a@2.0"]);
        assert_eq!(of(&["a@1.4.2", "a@2.0", "a@1.4.3"]), ["a@2.0", "a@1.4.3"]);
        assert_eq!(of(&["a@2.0", "a@1.4.3", "a@1.4.4"]), ["a@2.0", "a@1.4.4"]);
        assert_eq!(of(&["a@2.0", "a@1.4.3", "a@2.1"]), ["a@2.1"]);
        assert_eq!(of(&["b@1.10", "a@1.0", "b@1.9", "nonsense"]), ["a@1.0", "b@1.10", "b@1.9"]);
    }
}
