//! What becomes of an offer, as far as it is known before anything is created: a list that cannot be read or changed is named
//! then, and not once the repository exists.

use super::Publication;
use super::lists::{Base, Offer};
use crate::change::diff_of_file;
use crate::error::Result;
use crate::forge::Client;
use crate::snapshot::RepoPath;

/// The longest line that is shown.
const WIDEST: usize = 90;

/// What is known of an offer that nobody has made yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Foreseen {
    /// Nothing: without a token, nothing private can be read.
    Unknown,
    /// The file has the member already.
    There,
    /// What the pull request adds, in words.
    Adds(String),
    /// Why it cannot be offered, so that it is left to a person.
    Impossible(String),
}

impl Foreseen {
    /// Looks at the file of an offer.
    ///
    /// # Errors
    /// When the file does not exist, or the manifest cannot be read or changed: nothing should be created then.
    pub(super) async fn of(
        wanted: &Publication<'_>,
        offer: &Offer<'_>,
        client: &Client,
    ) -> Result<Self> {
        if client.is_anonymous() {
            return Ok(Self::Unknown);
        }
        let base = match offer.found(client).await {
            Ok(Some(base)) => base,
            Ok(None) => return Err(offer.missing()),
            Err(error) if offer.is_manifest() => return Err(error),
            Err(error) => return Ok(Self::Impossible(error.in_one_line())),
        };
        match offer.changed(wanted, &base.bytes) {
            Ok(None) => Ok(Self::There),
            Ok(Some(bytes)) => Ok(Self::Adds(added(offer, &base, &bytes))),
            Err(error) if offer.is_manifest() => Err(error),
            Err(error) => Ok(Self::Impossible(error.in_one_line())),
        }
    }
}

/// The line that is added, or how many lines are added and removed.
fn added(offer: &Offer<'_>, base: &Base, bytes: &[u8]) -> String {
    in_words(&diff_of_file(&RepoPath::new(&offer.path), &base.bytes, bytes))
}

fn in_words(diff: &str) -> String {
    // Before the first hunk there are names of files.
    let hunks = diff.lines().skip_while(|line| !line.starts_with("@@"));
    let (mut plus, mut minus) = (Vec::new(), 0);
    for line in hunks {
        match line.strip_prefix('+') {
            Some(line) => plus.push(line.trim()),
            None => minus += usize::from(line.starts_with('-')),
        }
    }
    match &plus[..] {
        [one] if minus == 0 && one.chars().count() <= WIDEST => format!("+ {one}"),
        _ if minus == 0 => format!("+{}", plus.len()),
        _ => format!("+{} -{minus}", plus.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(before: &str, after: &str) -> String {
        in_words(&diff_of_file(&RepoPath::new("list"), before.as_bytes(), after.as_bytes()))
    }

    #[test]
    fn one_line_that_is_added_is_shown_and_more_are_counted() {
        assert_eq!(said("a:\n  - x\n", "a:\n  - x\n  - y\n"), "+ - y");
        assert_eq!(said("[\"x\"]\n", "[\"x\", \"y\"]\n"), "+1 -1");
        assert_eq!(said("a\n", "a\nb\nc\n"), "+2");
        assert_eq!(said("", &format!("{}\n", "x".repeat(WIDEST + 1))), "+1");
    }
}
