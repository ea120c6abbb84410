//! Whether files contain credentials.

use crate::checks::hygiene::text_files::{files, unreadable};
use crate::checks::repository::Unusable;
use crate::checks::{Check, Finding, Location, Repository, Rule, Severity};
use crate::snapshot::{Blob, RepoPath, Unreadable};
use crate::source::secrets::{SHOWN_BYTES, Secret};
use crate::source::{Span, Undecodable};

/// A file contains a credential.
pub static RULE: Rule = Rule {
    code: "SHP602",
    id: "secret",
    severity: Severity::Error,
    summary: "No file holds a credential.",
    protects: "the owner of the credential: everyone who can read the repository, or ever cloned it, has it.",
    details: "Searches every file except binary ones for the patterns of tokens of GitHub, GitLab, Slack, AWS, \
              OpenAI, Anthropic, OpenRouter, Google, Hugging Face, npm, PyPI and Stripe, for private keys, and for \
              the value of an AWS secret access key. Ignored are parts of longer words, values that are obviously \
              made up (`EXAMPLE`, `xxxx`, `your`, one character again and again, the alphabet), and the pack's \
              `demands.secrets.examples`. A GitHub token with a wrong checksum is reported, with a note. Passwords \
              without a shape of their own are not found. The finding shows the first four characters and never more. \
              Files in UTF-16 count as binary. A file of more than 64 MiB is left out where its first bytes are \
              binary, and unchecked where they are not. In a bare repository, and on a forge beyond 16 MiB, a part of \
              a file cannot be read alone: a larger file is unchecked. What only the past holds is found with \
              `--history`.",
    fails: ("python", "API_KEY = \"npm_…\"  # thirty-six characters"),
    passes: ("python", "API_KEY = os.environ[\"API_KEY\"]"),
};

/// How many credentials of one file are listed.
const LISTED: usize = 20;

/// How many files are named when several cannot be read.
const NAMED: usize = 3;

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct SecretInFile;

impl Check for SecretInFile {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        let examples = &repository.pack.manifest.demands.secrets.examples;
        for (path, blob) in files(repository) {
            for secret in secrets_of(&blob, examples).take(LISTED) {
                findings.push(finding(&RULE, path, &blob, secret));
            }
            let more = secrets_of(&blob, examples).skip(LISTED).count();
            if more > 0 {
                let message = format!("{more} more credentials in this file are not listed");
                findings.push(Finding::new(&RULE, message).in_file(path.as_str()));
            }
        }
        let unread: Vec<_> = unreadable(repository).collect();
        let Some((_, reason)) = unread.first() else { return };
        let names: Vec<String> =
            unread.iter().take(NAMED).map(|(path, _)| format!("`{path}`")).collect();
        let more = match unread.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let reason = reason.to_string();
        let is_predicate = ["is ", "has "].iter().any(|verb| reason.starts_with(verb));
        let what = if is_predicate { "the content " } else { "" };
        let message = format!(
            "{}{more} could not be searched for credentials: {what}{reason}",
            names.join(", ")
        );
        let finding = Finding::new(&RULE, message).unchecked();
        let large = unread.iter().any(|(_, why)| matches!(why, Unreadable::TooLarge(_)));
        let mut reasons = unread.into_iter().map(|(_, why)| why);
        let converted = reasons.find(|why| matches!(why, Unreadable::Converted(_)));
        findings.push(match converted.map(Unusable::from) {
            _ if large => finding.help(
                "judge a checkout instead: there, a binary file is recognised by its first bytes",
            ),
            Some(converted) => finding.help(converted.remedy()),
            None => finding,
        });
    }
}

/// The credentials of a file, without documented examples.
pub(in crate::checks) fn secrets_of<'b>(
    blob: &'b Blob,
    examples: &'b [String],
) -> impl Iterator<Item = &'b Secret> {
    blob.documents.secrets().iter().filter(|secret| {
        let said = said(blob, secret.span);
        !examples.iter().any(|example| example.as_bytes() == said)
    })
}

/// The bytes of a span, whose offsets do not count a byte order mark.
pub(in crate::checks) fn said(blob: &Blob, span: Span) -> &[u8] {
    let bytes: &[u8] = blob.documents.bytes();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.get(span.start..span.end.min(bytes.len())).unwrap_or_default()
}

/// The finding for a credential, whichever rule reports it.
pub(in crate::checks) fn finding(
    rule: &'static Rule,
    path: &RepoPath,
    blob: &Blob,
    secret: &Secret,
) -> Finding {
    let mut message = secret.kind.to_owned();
    if secret.kind != "private key" {
        let shown = said(blob, secret.span);
        let shown = String::from_utf8_lossy(shown.get(..SHOWN_BYTES).unwrap_or_default());
        message = format!("{message} `{shown}…` of {} characters", secret.span.len());
    }
    if secret.checksum == Some(false) {
        message.push_str(", whose checksum does not fit: it may be made up");
    }
    let finding = Finding::new(rule, message).help(
        "revoke it first: removing it from the file does not make it secret again; then read it from the environment",
    );
    match blob.documents.text() {
        Ok(text) => {
            let hidden: Vec<Span> =
                blob.documents.secrets().iter().map(|secret| secret.hidden).collect();
            Finding {
                location: Some(Location::redacted(path.as_str(), text, secret.span, &hidden)),
                ..finding
            }
        }
        Err(
            Undecodable::Binary(_) | Undecodable::NotUtf8 { .. } | Undecodable::TooLarge { .. },
        ) => finding.in_file(path.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const RULE: &str = "secret";

    /// Put together here, so that no scanner takes this file for a leak.
    fn token() -> String {
        ["np", "m_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat()
    }

    fn case(path: &str, content: impl AsRef<[u8]>) -> Case {
        Case::with_shape("").file(path, content)
    }

    #[test]
    fn the_embedded_shape_has_none() {
        assert_eq!(Case::conformant().said(RULE), "");
    }

    #[test]
    fn a_token_is_found_and_never_shown() {
        let (one, two) = (token(), token().replace("q8Z", "w5K"));
        let case = case("a/config.yaml", format!("x: 1\nkeys: [{one}, {two}]\n"));
        assert_eq!(
            case.said(RULE),
            "a/config.yaml:2:8: npm token `npm_…` of 40 characters\n\
             a/config.yaml:2:50: npm token `npm_…` of 40 characters\n"
        );
        for finding in case.findings(RULE) {
            let said = format!("{finding:?}");
            assert!(!said.contains("q8Z") && !said.contains("w5K"), "{said}");
            let excerpt = finding.location.expect("a place").region.expect("a region").excerpt;
            let stars = "*".repeat(36);
            assert_eq!(&*excerpt, format!("keys: [npm_{stars}, npm_{stars}]\n"));
        }
    }

    #[test]
    fn a_key_on_one_line_is_not_shown() {
        let body = "MIIEq8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6ZoM1tXwVk";
        let begin = ["-----BEGIN ", "PRIVATE KEY-----"].concat();
        let case = case("key.json", format!("{{\"k\": \"{begin}\\n{body}\\n\"}}"));
        assert_eq!(case.said(RULE), "key.json:1:8: private key\n");
        assert!(!format!("{:?}", case.findings(RULE)).contains("MIIE"));
    }

    #[test]
    fn examples_of_the_pack_are_excepted() {
        let shape = format!("demands: {{secrets: {{examples: [{}]}}}}", token());
        let case = Case::with_shape(&shape).file("a", format!("{} {}x", token(), token()));
        assert_eq!(case.said(RULE), "");
    }

    #[test]
    fn files_that_are_no_utf8_are_looked_into_and_large_ones_too() {
        let latin = [token().as_bytes(), b" \xe9"].concat();
        assert_eq!(case("a", latin).said(RULE), "a: npm token `npm_…` of 40 characters\n");
        let large = format!("{}\n{}", "x y ".repeat(300_000), token());
        assert_eq!(case("a", large).said(RULE), "a: npm token `npm_…` of 40 characters\n");
    }

    #[test]
    fn a_checksum_that_does_not_fit_is_mentioned() {
        let text = ["gh", "p_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat();
        assert!(case("a", text).said(RULE).ends_with("it may be made up\n"));
    }

    #[test]
    fn links_and_submodules_hold_nothing_of_their_own() {
        let case = case("a", token()).link("b", "a").link("c", "nowhere");
        assert_eq!(case.said(RULE).lines().count(), 1);
    }
}
