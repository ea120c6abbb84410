//! Pull requests of other campaigns about the same files: offered, or declined, though with another change. Pure.

use super::super::closed_pull::Refusal;
use super::super::identity::{Mark, branch};
use crate::forge::calls::unmerged_pulls::UnmergedPull;

/// A pull request of another campaign whose text names a file that this campaign changes too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfSameFile {
    /// The other campaign.
    pub campaign: String,
    /// The pull request in words: `#1 is open`, `ann closed #1`.
    pub said: String,
    /// The first file that both change.
    pub path: String,
}

/// Finds them in a repository where this campaign changes these paths. Campaigns list the files that they change in the
/// text of their pull requests, each in backquotes; a text that does not is not recognised.
#[must_use]
pub fn of_same_files(campaign: &str, pulls: &[UnmergedPull], paths: &[String]) -> Vec<OfSameFile> {
    let of = |pull: &UnmergedPull| {
        let mark = Mark::of_text(&pull.body)?;
        if mark.campaign == campaign || pull.branch != branch(&mark.campaign) {
            return None;
        }
        let path = paths.iter().find(|path| pull.body.contains(&format!("`{path}`")))?;
        let said = if pull.is_open {
            format!("#{} is open", pull.number)
        } else {
            Refusal::of(&pull.body, pull.closed_by.as_deref())?.said_of(pull.number)
        };
        Some(OfSameFile { campaign: mark.campaign, said, path: path.clone() })
    };
    pulls.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_the_same_file_is_found_and_what_does_not_is_not() {
        let pull = |number: u64, of: &str, path: &str, is_open: bool| UnmergedPull {
            number,
            branch: branch(of),
            body: format!("- `{path}`\n\n{}\n", Mark::new(of, "1").marker()),
            is_open,
            closed_by: (!is_open).then(|| "ann".to_owned()),
        };
        let pulls = [
            pull(1, "other", "ci.yml", true),
            pull(2, "third", "ci.yml", false),
            pull(3, "fourth", "README.md", true),
            pull(4, "this", "ci.yml", true),
        ];
        let found = of_same_files("this", &pulls, &["a".to_owned(), "ci.yml".to_owned()]);
        let found: Vec<_> = found.iter().map(|it| (&*it.campaign, &*it.said, &*it.path)).collect();
        let wanted = [("other", "#1 is open", "ci.yml"), ("third", "ann closed #2", "ci.yml")];
        assert_eq!(found, wanted);
    }
}
