//! Whether the history of a repository contains credentials.
//!
//! There is one finding for each credential, at the commit that first brought it in. This has to be requested, since
//! it reads every version of every file.

use std::collections::HashSet;
use std::path::Path;

use rayon::prelude::*;

use crate::checks::hygiene::secret::{finding, said, secrets_of};
use crate::checks::{Finding, Rule, Severity};
use crate::error::Result;
use crate::snapshot::git::{self, GitDirectory};
use crate::snapshot::history::{ReachableBlob, all_blobs};
use crate::snapshot::{Blob, BlobId, ReadBlob as _, Unreadable};
use crate::source::Span;

/// A credential is in the history.
pub static RULE: Rule = Rule {
    code: "SHP603",
    id: "secret-in-history",
    severity: Severity::Error,
    summary: "No version of a file that the history reaches holds a credential.",
    protects: "the owner of the credential: every clone has all versions, also those of files that are gone.",
    details: "Decided with `--history` only. Every blob that a branch or a tag reaches is searched as `secret` \
              searches current files, with the same patterns and exceptions. Each credential is reported once, at the \
              oldest commit that has it, also when it is still in a current file. An incomplete history (a shallow \
              clone, missing objects, too many commits) is unchecked, in addition to what is found in it. What no \
              branch or tag reaches any more is not searched, though a forge may still serve it.",
    fails: ("text", "4f1c9d2: .env   npm token, removed in the next commit and never revoked"),
    passes: (
        "text",
        "a history without credentials, or one whose credentials are revoked and waived",
    ),
};

/// How many bytes of a private key are compared to distinguish it from others.
const KEY_BYTES: usize = 200;

/// How many digits of a commit's id are shown.
const SHORT: usize = 12;

/// Looks for credentials in everything that is reachable from the branches and tags of a repository. A history that
/// cannot be searched, because there is none or it is damaged, is reported as a finding.
#[must_use]
pub fn of_repository(path: &Path, examples: &[String]) -> Vec<Finding> {
    let searched = git::open(path).and_then(|repository| {
        let tips = repository.tips();
        let tips: Vec<&str> = tips.iter().map(String::as_str).collect();
        in_history(&repository, &tips, examples)
    });
    searched.unwrap_or_else(|error| {
        let message = format!("its history cannot be searched: {error}");
        let help = "give a git repository, or omit --history";
        vec![Finding::new(&RULE, message).help(help).unchecked()]
    })
}

/// Looks for credentials in everything that is reachable from these branches, tags or commits (see
/// [`GitDirectory::tips`]), leaving out the documented `examples`.
///
/// # Errors
/// When one of them does not exist or its history cannot be walked.
pub fn in_history(
    repository: &GitDirectory,
    tips: &[&str],
    examples: &[String],
) -> Result<Vec<Finding>> {
    let reachable = all_blobs(repository, tips)?;
    let looked: Vec<Looked> =
        reachable.blobs.par_iter().map(|blob| look(repository, blob, examples)).collect();
    let mut findings = Vec::new();
    let mut known = HashSet::new();
    let mut unread = Vec::new();
    for (looked, blob) in looked.into_iter().zip(&reachable.blobs) {
        match looked {
            Looked::Unreadable(reason) => unread.push((blob, reason)),
            Looked::Into(found) => {
                let new = found.into_iter().filter(|(secret, _)| known.insert(*secret));
                findings.extend(new.map(|(_, finding)| finding));
            }
        }
    }
    if let Some((first, reason)) = unread.first() {
        let message = format!(
            "{} versions of files could not be searched for credentials, the first of them `{}` of commit {}, which {reason}",
            unread.len(),
            first.path,
            short(&first.commit),
        );
        findings.push(Finding::new(&RULE, message).unchecked());
    }
    if !reachable.complete {
        let message =
            "the history is shallow, so earlier commits could not be searched for credentials";
        let finding = Finding::new(&RULE, message).help("fetch all of it: `git fetch --unshallow`");
        findings.push(finding.unchecked());
    }
    Ok(findings)
}

/// The result of searching one version of a file.
enum Looked {
    Unreadable(Unreadable),
    /// Its credentials, each with an id by which it is recognised in other versions.
    Into(Vec<(BlobId, Finding)>),
}

fn look(repository: &GitDirectory, reachable: &ReachableBlob, examples: &[String]) -> Looked {
    let bytes = match repository.read(reachable.blob) {
        Ok(bytes) => bytes,
        Err(reason) => return Looked::Unreadable(reason),
    };
    let blob = Blob::new(reachable.blob, bytes);
    let commit = short(&reachable.commit);
    let found = secrets_of(&blob, examples).map(|secret| {
        let mut finding = finding(&RULE, &reachable.path, &blob, secret);
        finding.message.push_str(&format!(", since commit {commit}"));
        // Every private key begins with the same line, so some of what follows is compared as well.
        let length = match secret.kind {
            "private key" => {
                KEY_BYTES.min(blob.documents.bytes().len().saturating_sub(secret.span.start))
            }
            _ => secret.span.len(),
        };
        let place = Span::new(secret.span.start, secret.span.start + length);
        let identity = BlobId::of(said(&blob, place));
        (identity, finding)
    });
    Looked::Into(found.collect())
}

fn short(commit: &str) -> &str {
    commit.get(..SHORT).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::git;
    use crate::snapshot::testing::TestRepository;

    fn token() -> String {
        ["np", "m_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat()
    }

    fn said_of(repository: &TestRepository, examples: &[String]) -> Vec<String> {
        let directory = git::open(repository.path()).expect("a repository");
        let findings = in_history(&directory, &["HEAD"], examples).expect("a history");
        let path = |finding: &Finding| finding.path().map(ToString::to_string).unwrap_or_default();
        findings.iter().map(|finding| format!("{} {}", path(finding), finding.message)).collect()
    }

    #[test]
    fn a_credential_that_is_gone_is_found_where_it_came_in() {
        let mut repository = TestRepository::bare();
        let clean = repository.commit(&[("a", "1")], &[]);
        let first =
            repository.commit(&[("a", "1"), (".env", &format!("K={}\n", token()))], &[clean]);
        let again =
            repository.commit(&[("a", "2"), (".env", &format!("K={}\nX=1\n", token()))], &[first]);
        repository.commit(&[("a", "3")], &[again]);
        let commit = first.to_string();
        let expected =
            format!(".env npm token `npm_…` of 40 characters, since commit {}", &commit[..12]);
        assert_eq!(said_of(&repository, &[]), [expected]);
        assert_eq!(said_of(&repository, &[token()]), Vec::<String>::new());
    }

    #[test]
    fn a_history_that_is_cut_off_is_unchecked() {
        let mut repository = TestRepository::bare();
        let first = repository.commit(&[("a", "1")], &[]);
        let second = repository.commit(&[("a", "2")], &[first]);
        std::fs::write(repository.git.path().join("shallow"), format!("{second}\n"))
            .expect("written");
        let directory = git::open(repository.path()).expect("a repository");
        let findings = in_history(&directory, &["HEAD"], &[]).expect("a history");
        assert_eq!(findings.len(), 1);
        assert!(findings[0].unchecked && findings[0].message.contains("is shallow"));
    }

    #[test]
    fn a_version_that_is_missing_is_unchecked() {
        let mut repository = TestRepository::bare();
        repository.commit(&[("a", "1")], &[]);
        let blob = repository.blob(b"1");
        std::fs::remove_file(repository.loose(blob)).expect("removed");
        let directory = git::open(repository.path()).expect("a repository");
        let findings = in_history(&directory, &["HEAD"], &[]).expect("a history");
        assert!(
            findings
                .iter()
                .any(|finding| finding.unchecked && finding.message.starts_with("1 version"))
        );
    }
}
