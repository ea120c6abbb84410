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
/// text of their pull requests, each as inline code; a text that does not is not recognised.
#[must_use]
pub fn of_same_files(campaign: &str, pulls: &[UnmergedPull], paths: &[String]) -> Vec<OfSameFile> {
    let of = |pull: &UnmergedPull| {
        let mark = Mark::of_text(&pull.body)?;
        if mark.campaign == campaign || pull.branch != branch(&mark.campaign) {
            return None;
        }
        let path = paths.iter().find(|path| names(&pull.body, path))?;
        let said = if pull.is_open {
            format!("#{} is open", pull.number)
        } else {
            Refusal::of(&pull.body, pull.closed_by.as_deref())?.said_of(pull.number)
        };
        Some(OfSameFile { campaign: mark.campaign, said, path: path.clone() })
    };
    pulls.iter().filter_map(of).collect()
}

/// Whether a text has a piece of inline code that is this path and nothing else: a remark about a file that stays as it is
/// quotes the path within a longer piece.
fn names(text: &str, path: &str) -> bool {
    text.lines().any(|line| inline_code(line).contains(&path))
}

/// The pieces of inline code in a line. Each ends at the next run of as many backquotes as began it.
fn inline_code(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((_, after)) = rest.split_once('`') {
        let inner = after.trim_start_matches('`');
        let fence = 1 + after.len() - inner.len();
        rest = inner;
        let Some(end) = run_of(inner, fence) else { continue };
        let (piece, behind) = inner.split_at(end);
        pieces.push(piece.trim());
        rest = behind.trim_start_matches('`');
    }
    pieces
}

/// Where the first run of exactly so many backquotes begins.
fn run_of(text: &str, length: usize) -> Option<usize> {
    let mut at = 0;
    loop {
        let (_, behind) = text.split_at(at);
        let begin = at + behind.find('`')?;
        let (_, run) = text.split_at(begin);
        let found = run.len() - run.trim_start_matches('`').len();
        if found == length {
            return Some(begin);
        }
        at = begin + found;
    }
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

    #[test]
    fn a_remark_about_a_file_does_not_name_it_as_changed() {
        let text = "- `.editorconfig`\n\nLeft as it is:\n\n- `` `README.md` is edited, and `ci.yml` too ``\n";
        assert!(names(text, ".editorconfig"));
        assert!(!names(text, "README.md"));
        assert!(!names(text, "ci.yml"));
        assert!(names("It changes `a` and `` b`c ``.", "b`c"));
        assert!(names("A ``` that ends nothing, and `a`", "a"));
    }
}
