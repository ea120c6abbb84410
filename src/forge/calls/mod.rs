//! The typed calls, one file per subject.
//!
//! The types hold only what shipshape reads: a forge may add fields, omit optional ones, and answer `null` where it has
//! nothing. Every write says how to look up its result if the answer is lost.
//!
//! A call also needs an answer of the sandbox, which serves only what it knows: its path a line in `ROUTES` of
//! `sandbox/rest/`, its GraphQL what `sandbox/graphql/schema.graphql` and the code beside it serve. `sandbox::rest::routes`
//! has the test `every_path_of_a_call_has_a_route`; `tests/it/forge_schema.rs` holds the calls that commands make, and the
//! sandbox's answers, against GitHub's own description. docs/where-a-change-goes.md names the other files.
//!
//! Calls about pull requests are spread over several files:
//!
//! | file | contents |
//! |---|---|
//! | `pulls` | a single one: find, open, change, close |
//! | `pull_opening` | a new one together with its branch and commit, in one mutation |
//! | `branch_pulls` | for many repositories, the pull requests from one branch, with their checks and reviews |
//! | `unmerged_pulls` | for many repositories, those that are open or were closed without being merged |
//! | `reviews`, `reviewers`, `comments`, `merging` | reviews and changed files, review requests, comments, merging |

pub mod actions;
pub mod branch_pulls;
pub mod branches;
pub mod comments;
pub mod commits;
pub mod contents;
pub mod dispatches;
pub mod git;
pub mod history;
pub mod merging;
mod of_each;
pub mod owners;
pub mod packages;
pub mod pull_opening;
pub mod pulls;
pub mod repositories;
pub mod repositories_of_owner;
pub mod reviewers;
pub mod reviews;
pub mod revisions;
pub mod settings;
pub mod standing;
pub mod tags;
pub mod token_access;
pub mod unmerged_pulls;

/// Percent-encodes text for one segment of a path.
pub(in crate::forge) fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// Percent-encodes the segments of a path.
pub(in crate::forge) fn segments(path: &str) -> String {
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// `/repos/OWNER/NAME`.
pub(in crate::forge) fn base(repository: &crate::fleet::RepositoryName) -> String {
    format!("/repos/{}/{}", segment(&repository.owner), segment(&repository.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_segment() {
        assert_eq!(segment("a/../b?c#d e"), "a%2F..%2Fb%3Fc%23d%20e");
        assert_eq!(segments("heads/fix/a b"), "heads/fix/a%20b");
    }
}
