//! Credentials in files, by their shapes.
//!
//! In: the bytes of one file. Out: where credentials stand in it and what kind they are, never what they
//! say. Whether one matters (a documented example, a waived one) is for `checks` to decide. Shapes are those
//! that the issuers publish, each with a prefix of its own; words like `password` are not looked for.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::text::Span;

/// How many characters of a credential may be shown.
pub const SHOWN_BYTES: usize = 4;

/// A credential in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it is: `GitHub personal access token`.
    pub kind: &'static str,
    /// Where it stands, as offsets into the text without its byte order mark. Of a private key the line
    /// that begins it.
    pub span: Span,
    /// The part of its line that must not be shown to anybody.
    pub hidden: Span,
    /// Whether the checksum within fits; absent where the kind has none.
    pub checksum: Option<bool>,
}

/// Which characters follow a prefix.
#[derive(Clone, Copy)]
enum Alphabet {
    /// `A-Z a-z 0-9`
    Alphanumeric,
    /// and `_`
    Underscore,
    /// and `-`
    Dash,
    /// and both
    Both,
    /// `A-Z 2-7`
    Base32,
}

impl Alphabet {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Underscore => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Dash => byte.is_ascii_alphanumeric() || byte == b'-',
            Self::Both => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Base32 => byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'),
        }
    }
}

/// The shape of a kind of token.
struct Shape {
    kind: &'static str,
    prefix: &'static str,
    alphabet: Alphabet,
    /// How many characters follow the prefix: at least, at most.
    length: (usize, usize),
}

const fn shape(
    kind: &'static str,
    prefix: &'static str,
    alphabet: Alphabet,
    least: usize,
    most: usize,
) -> Shape {
    Shape { kind, prefix, alphabet, length: (least, most) }
}

/// Longer prefixes come before those that they begin with.
///
/// Sources: <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>,
/// <https://docs.gitlab.com/security/tokens/#token-prefixes>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>,
/// <https://docs.slack.dev/authentication/tokens>, and tokens that the issuers revoked.
const SHAPES: &[Shape] = &[
    shape("GitHub personal access token", "ghp_", Alphabet::Alphanumeric, 36, 36),
    shape("GitHub OAuth token", "gho_", Alphabet::Alphanumeric, 36, 36),
    shape("GitHub user token", "ghu_", Alphabet::Alphanumeric, 36, 36),
    shape("GitHub installation token", "ghs_", Alphabet::Alphanumeric, 36, 36),
    shape("GitHub refresh token", "ghr_", Alphabet::Alphanumeric, 36, 76),
    shape("GitHub fine-grained token", "github_pat_", Alphabet::Underscore, 82, 82),
    shape("GitLab token", "glpat-", Alphabet::Both, 20, 300),
    shape("Slack token", "xoxa-", Alphabet::Dash, 20, 255),
    shape("Slack token", "xoxb-", Alphabet::Dash, 20, 255),
    shape("Slack token", "xoxe-", Alphabet::Dash, 20, 255),
    shape("Slack token", "xoxp-", Alphabet::Dash, 20, 255),
    shape("Slack token", "xoxr-", Alphabet::Dash, 20, 255),
    shape("Slack token", "xoxs-", Alphabet::Dash, 20, 255),
    shape("AWS access key id", "AKIA", Alphabet::Base32, 16, 16),
    shape("AWS temporary access key id", "ASIA", Alphabet::Base32, 16, 16),
    shape("Anthropic API key", "sk-ant-", Alphabet::Both, 40, 300),
    shape("OpenAI API key", "sk-proj-", Alphabet::Both, 40, 300),
    shape("OpenAI API key", "sk-svcacct-", Alphabet::Both, 40, 300),
    shape("OpenAI API key", "sk-admin-", Alphabet::Both, 40, 300),
    shape("OpenRouter API key", "sk-or-v1-", Alphabet::Alphanumeric, 64, 64),
    shape("OpenAI API key", "sk-", Alphabet::Alphanumeric, 48, 48),
    shape("Google API key", "AIza", Alphabet::Both, 35, 35),
    shape("Hugging Face token", "hf_", Alphabet::Alphanumeric, 34, 40),
    shape("npm token", "npm_", Alphabet::Alphanumeric, 36, 36),
    shape("PyPI token", "pypi-AgEI", Alphabet::Both, 50, 1_000),
    shape("Stripe secret key", "sk_live_", Alphabet::Alphanumeric, 24, 200),
    shape("Stripe restricted key", "rk_live_", Alphabet::Alphanumeric, 24, 200),
];

/// Any prefix, the line that begins a private key, and the name of a key that has no prefix. One pass over
/// literals; what follows each hit is looked at by hand.
static CANDIDATES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let mut pattern: Vec<&str> = SHAPES.iter().map(|shape| shape.prefix).collect();
    pattern.extend([KEY_BLOCK, "(?i:secret_?access_?key)"]);
    Regex::new(&format!("(?-u){}", pattern.join("|"))).ok()
});

const KEY_BLOCK: &str = "-----BEGIN ";

const PRIVATE_KEY: &str = "private key";

/// A line that begins a private key has its second dashes within so many bytes.
const MAX_KEY_LABEL: usize = 256;

/// The credentials in a file, in their order. Binary files (a NUL in the first 8,000 bytes, as git has it)
/// have none.
#[must_use]
pub fn secrets_in(bytes: &[u8]) -> Vec<Secret> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().take(8_000).any(|byte| *byte == 0) {
        return Vec::new();
    }
    let Some(candidates) = &*CANDIDATES else { return Vec::new() };
    let mut found: Vec<Secret> = Vec::new();
    // Looked for once a line: a hostile one holds a beginning of a key at every eleventh byte.
    let mut line_end = 0;
    for hit in candidates.find_iter(bytes) {
        if found.last().is_some_and(|last| hit.start() < last.span.end) {
            continue;
        }
        let before = hit.start().checked_sub(1).and_then(|at| bytes.get(at));
        found.extend(match hit.as_bytes() {
            b"-----BEGIN " => {
                if line_end <= hit.start() {
                    let rest = bytes.get(hit.start()..).unwrap_or_default();
                    let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                    line_end = length.map_or(bytes.len(), |length| hit.start() + length);
                }
                private_key(bytes, hit.start(), line_end)
            }
            _ if hit.as_bytes().eq_ignore_ascii_case(b"secretaccesskey")
                || hit.as_bytes().to_ascii_lowercase().starts_with(b"secret") =>
            {
                named_key(bytes, hit.end())
            }
            // A part of a longer word.
            prefix if before.is_some_and(|byte| is_in_word(*byte, prefix)) => None,
            _ => token(bytes, hit.start()),
        });
    }
    found
}

/// Whether a prefix behind this byte is in the middle of a word. URLs and base64 share `/`, `-` and `+`:
/// `https://ghp_…@host` holds a token, `task-…` does not, and short prefixes cannot tell the two apart.
fn is_in_word(before: u8, prefix: &[u8]) -> bool {
    const TELLING_BYTES: usize = 4;
    let joins = matches!(before, b'-' | b'/' | b'+');
    before.is_ascii_alphanumeric() || before == b'_' || joins && prefix.len() < TELLING_BYTES
}

/// A token that begins here. Several prefixes may fit: the first that the rest fits as well.
fn token(bytes: &[u8], start: usize) -> Option<Secret> {
    let rest = bytes.get(start..)?;
    SHAPES.iter().filter(|shape| rest.starts_with(shape.prefix.as_bytes())).find_map(|shape| {
        let body = rest.get(shape.prefix.len()..)?;
        let length = body.iter().take_while(|byte| shape.alphabet.has(**byte)).count();
        let (least, most) = shape.length;
        let body = body.get(..length)?;
        // What runs on is another thing: a longer identifier.
        let runs_on = rest
            .get(shape.prefix.len() + length)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if length < least || length > most || runs_on || is_made_up(body) {
            return None;
        }
        let span = Span::new(start, start + shape.prefix.len() + length);
        let checksum = github_checksum(shape.prefix, body);
        Some(Secret { kind: shape.kind, span, hidden: behind_the_first(span), checksum })
    })
}

/// `-----BEGIN … PRIVATE KEY-----` with a key behind it, not a placeholder.
fn private_key(bytes: &[u8], start: usize, line_end: usize) -> Option<Secret> {
    let rest = bytes.get(start..)?;
    let label = bytes.get(start + KEY_BLOCK.len()..line_end.min(start + MAX_KEY_LABEL))?;
    let end = label.windows(5).position(|part| part == b"-----")?;
    let label = std::str::from_utf8(label.get(..end)?).ok()?;
    if !matches!(label.strip_suffix("PRIVATE KEY"), Some(kind) if kind.bytes().all(|b| b.is_ascii_uppercase() || b == b' '))
    {
        return None;
    }
    let head = KEY_BLOCK.len() + end + "-----".len();
    // The body may stand in one string with `\n` written out, in quotes, or be indented.
    let body = rest.get(head..)?;
    let body = body.get(..body.len().min(1_000))?;
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let has_key = body
        .split(|byte| !is_digit(byte))
        // A written-out `\n` leaves its `n` in front of the next piece.
        .any(|piece| piece.len() >= 40 && !is_made_up(piece));
    if !has_key {
        return None;
    }
    let span = Span::new(start, start + head);
    let hidden = Span::new(span.end, line_end);
    Some(Secret { kind: PRIVATE_KEY, span, hidden, checksum: None })
}

/// The forty characters behind `aws_secret_access_key = `.
fn named_key(bytes: &[u8], behind: usize) -> Option<Secret> {
    let is_between = |byte: &u8| matches!(byte, b' ' | b'\t' | b'=' | b':' | b'"' | b'\'' | b'`');
    let rest = bytes.get(behind..)?;
    let gap = rest.iter().take(12).take_while(|byte| is_between(byte)).count();
    let body = rest.get(gap..)?;
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let length = body.iter().take(41).take_while(|byte| is_digit(byte)).count();
    let body = body.get(..length)?;
    if gap == 0 || length != 40 || is_made_up(body) {
        return None;
    }
    let start = behind + gap;
    let span = Span::new(start, start + 40);
    let kind = "AWS secret access key";
    Some(Secret { kind, span, hidden: behind_the_first(span), checksum: None })
}

/// All but as many characters as tell a person which credential is meant.
fn behind_the_first(span: Span) -> Span {
    Span::new(span.start + SHOWN_BYTES, span.end)
}

/// Whether somebody wrote this to stand for a credential: a word that says so, one character again and
/// again, the alphabet, or too few different characters.
fn is_made_up(body: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"example",
        b"xxxx",
        b"fake",
        b"dummy",
        b"your",
        b"placeholder",
        b"redacted",
        b"changeme",
        b"sample",
        b"test",
        b"here",
        b"token",
        b"secret",
        b"abcdef",
        b"123456",
        b"0000",
    ];
    let lower = body.to_ascii_lowercase();
    let says_so = WORDS.iter().any(|word| lower.windows(word.len()).any(|part| part == *word));
    let mut counts = [0_u32; 256];
    for byte in body {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    says_so || entropy(&counts, body.len()) < 2.8
}

/// Shannon's entropy in bits a character. Sixteen random characters of base 32 have 3.5 and nearly never
/// less than 2.8.
fn entropy(counts: &[u32; 256], length: usize) -> f64 {
    let length = f64::from(u32::try_from(length).unwrap_or(u32::MAX)).max(1.0);
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

/// GitHub's tokens end in six digits, base 62, of the CRC-32 of the thirty characters before.
fn github_checksum(prefix: &str, body: &[u8]) -> Option<bool> {
    if !matches!(prefix, "ghp_" | "gho_" | "ghu_" | "ghs_") {
        return None;
    }
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let (random, written) = body.split_at_checked(body.len().checked_sub(6)?)?;
    let mut rest = crc32(random);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = *DIGITS.get((rest % 62) as usize)?;
        rest /= 62;
    }
    Some(written == digits)
}

/// CRC-32 as in zlib (ISO-HDLC), bit by bit: thirty bytes now and then.
fn crc32(bytes: &[u8]) -> u32 {
    let mut state = u32::MAX;
    for byte in bytes {
        state ^= u32::from(*byte);
        for _ in 0..8 {
            state = (state >> 1) ^ if state & 1 == 1 { 0xEDB8_8320 } else { 0 };
        }
    }
    !state
}

/// A text with every credential in it made unreadable: what is shown of a repository's files passes
/// through this. Each hidden character becomes a `*`, so that carets below a line stay where they point.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    // Both are looked for in the text as it is: what one hides may be how the other is known.
    let mut parts = tokens(text);
    parts.extend(user_info(text));
    if parts.is_empty() {
        return Cow::Borrowed(text);
    }
    parts.sort_by_key(|part| part.span.start);
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for Hidden { mut span, is_key } in parts {
        if span.end <= done {
            continue;
        }
        if is_key {
            // Its digits stand on the lines that follow; a key without an end has no end.
            let rest = text.get(span.start..).unwrap_or_default();
            let digits = rest.find("-----END").unwrap_or(rest.len());
            span.end = span.end.max(span.start + digits);
        }
        masked.push_str(text.get(done..span.start.max(done)).unwrap_or_default());
        let shown = text.get(span.start.max(done)..span.end).unwrap_or_default();
        masked.extend(shown.chars().map(|character| match character {
            '\n' | '\r' => character,
            _ => '*',
        }));
        done = done.max(span.end);
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(masked)
}

/// A part of a text that must not be shown.
struct Hidden {
    span: Span,
    /// Whether a private key begins there, so that lines behind it belong to it.
    is_key: bool,
}

fn tokens(text: &str) -> Vec<Hidden> {
    // Places do not count a byte order mark; here it is a character like any other.
    let mark = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let hidden = |secret: Secret| Hidden {
        span: Span::new(secret.hidden.start + mark, secret.hidden.end + mark),
        is_key: secret.kind == PRIVATE_KEY,
    };
    secrets_in(text.as_bytes()).into_iter().map(hidden).collect()
}

/// The user and password of addresses; references to variables stay, which are no secrets.
fn user_info(text: &str) -> Vec<Hidden> {
    static USER_INFO: LazyLock<Option<regex::Regex>> =
        LazyLock::new(|| regex::Regex::new(r#"://[^\s/?#@"'<>${}]+@"#).ok());
    let Some(pattern) = &*USER_INFO else { return Vec::new() };
    if !text.contains("://") {
        return Vec::new();
    }
    let between = |found: regex::Match<'_>| Hidden {
        span: Span::new(found.start() + "://".len(), found.end() - "@".len()),
        is_key: false,
    };
    pattern.find_iter(text).map(between).collect()
}

/// The private keys of a text, from the line that begins each to the one that ends it: an excerpt that
/// begins inside one shows no sign of it.
#[must_use]
pub fn private_keys(text: &str) -> Vec<Span> {
    const BEGIN: &str = "-----BEGIN ";
    let mut keys: Vec<Span> = Vec::new();
    for (start, _) in text.match_indices(BEGIN) {
        if keys.last().is_some_and(|key| start < key.end) {
            continue;
        }
        let rest = text.get(start + BEGIN.len()..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let Some((label, _)) = line.split_once("-----") else { continue };
        if label.ends_with("PRIVATE KEY") {
            let end = rest.find("-----END").map_or(text.len(), |at| start + BEGIN.len() + at);
            keys.push(Span::new(start, end));
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tokens are put together here, so that no scanner takes this file for a leak.
    fn joined(parts: &[&str]) -> String {
        parts.concat()
    }

    fn kinds(text: &str) -> Vec<&'static str> {
        secrets_in(text.as_bytes()).into_iter().map(|secret| secret.kind).collect()
    }

    const BODY: &str = "q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6ZoM1tXwVkBhnD0yCgJuSpEl7F";

    fn body(length: usize) -> &'static str {
        &BODY[..length]
    }

    #[test]
    fn each_kind_is_known() {
        for (prefix, length, kind) in [
            ("github_pat_", 0, "GitHub fine-grained token"),
            ("glpat-", 20, "GitLab token"),
            ("xoxb-", 24, "Slack token"),
            ("sk-ant-api03-", 50, "Anthropic API key"),
            ("sk-proj-", 50, "OpenAI API key"),
            ("sk-", 48, "OpenAI API key"),
            ("AIza", 35, "Google API key"),
            ("npm_", 36, "npm token"),
            ("pypi-AgEI", 55, "PyPI token"),
            ("sk_live_", 24, "Stripe secret key"),
            ("hf_", 34, "Hugging Face token"),
        ] {
            let body =
                if length == 0 { joined(&[body(60), body(22)]) } else { body(length).to_owned() };
            let token = joined(&[prefix, &body]);
            for text in [token.clone(), format!("A=\"{token}\"\n"), format!("x: {token}, y")] {
                assert_eq!(kinds(&text), [kind], "{text}");
            }
            assert_eq!(kinds(&format!("x{token}")), Vec::<&str>::new());
        }
        assert_eq!(kinds(&joined(&["AKIA", "Q3EGRZ7WJN5TKXMB"])), ["AWS access key id"]);
        assert_eq!(
            kinds(&joined(&["aws_secret_access_key = '", body(40), "'"])),
            ["AWS secret access key"]
        );
        assert_eq!(
            kinds(&joined(&["\"SecretAccessKey\": \"", body(40), "\""])),
            ["AWS secret access key"]
        );
    }

    #[test]
    fn the_checksum_of_github_is_known() {
        // The token by which GitHub documents the format.
        let documented = joined(&["gh", "p_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"]);
        let secrets = secrets_in(documented.as_bytes());
        assert_eq!(secrets[0].checksum, Some(true));
        assert_eq!(secrets[0].span, Span::new(0, 40));
        let other = documented.replace("mLq17", "mLq18");
        assert_eq!(secrets_in(other.as_bytes())[0].checksum, Some(false));
        assert_eq!(kinds(&format!("{documented}x")), Vec::<&str>::new(), "37 characters");
    }

    #[test]
    fn private_keys_are_found_and_public_ones_are_not() {
        let block = |label: &str, body: &str| {
            format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
        };
        let body = joined(&["MIIE", body(60)]);
        for label in
            ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]
        {
            assert_eq!(kinds(&block(label, &body)), ["private key"], "{label}");
        }
        assert_eq!(kinds(&block("PUBLIC KEY", &body)), Vec::<&str>::new());
        assert_eq!(kinds(&block("CERTIFICATE", &body)), Vec::<&str>::new());
        assert_eq!(kinds(&block("PRIVATE KEY", "...")), Vec::<&str>::new());
        let inline = format!("key = \"-----BEGIN PRIVATE KEY-----\\n{body}\\n\"");
        let found = secrets_in(inline.as_bytes());
        assert_eq!(&inline[found[0].span.range()], "-----BEGIN PRIVATE KEY-----");
    }

    #[test]
    fn made_up_ones_are_none() {
        for text in [
            joined(&["AKIA", "IOSFODNN7EXAMPLE"]),
            joined(&["ghp_", &"x".repeat(36)]),
            joined(&["ghp_", "abcdefghijklmnopqrstuvwxyz0123456789"]),
            joined(&["sk-ant-", "your-key-goes-in-this-place-right-about-now"]),
            joined(&["AIza", &"Ab".repeat(17), "A"]),
            "sk-fake-smoke-key and task-sk-1 and ghp_[a-zA-Z0-9]{36,}".to_owned(),
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            "aws_secret_access_key = ${{ secrets.AWS_SECRET_ACCESS_KEY }}".to_owned(),
        ] {
            assert_eq!(kinds(&text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn spans_are_those_of_the_text_without_its_mark() {
        let token = joined(&["npm_", body(36)]);
        let marked = format!("\u{feff}a {token}");
        assert_eq!(secrets_in(marked.as_bytes())[0].span, Span::new(2, 42));
        assert!(secrets_in(format!("\0{token}").as_bytes()).is_empty(), "binary");
        let mut latin = token.into_bytes();
        latin.extend(b" \xe9");
        assert_eq!(secrets_in(&latin).len(), 1);
    }

    #[test]
    fn a_mark_in_front_moves_no_mask() {
        let token = joined(&["npm_", body(36)]);
        let hidden = format!("npm_{}", "*".repeat(36));
        assert_eq!(masked(&format!("a {token}é\n")), format!("a {hidden}é\n"));
        assert_eq!(masked(&format!("\u{feff}a {token}é\n")), format!("\u{feff}a {hidden}é\n"));
    }

    #[test]
    fn all_lines_of_a_private_key_are_masked() {
        let digits = joined(&["MIIE", body(44)]);
        let key = |digits: &str| {
            format!(
                "a\n-----BEGIN PRIVATE KEY-----\n{digits}\n{digits}\n-----END PRIVATE KEY-----\nb\n"
            )
        };
        assert_eq!(masked(&key(&digits)), key(&"*".repeat(48)));
        let endless = format!("-----BEGIN PRIVATE KEY-----\n{digits}\nb\n");
        let wanted = format!("-----BEGIN PRIVATE KEY-----\n{}\n*\n", "*".repeat(48));
        assert_eq!(masked(&endless), wanted);
    }

    #[test]
    fn a_line_of_beginnings_costs_no_look_at_the_line_for_each() {
        let beginnings = "-----BEGIN ".repeat(90_000);
        assert_eq!(secrets_in(beginnings.as_bytes()), []);
        let keys = joined(&["-----BEGIN PRIVATE KEY-----", body(44), " "]).repeat(2_000);
        assert_eq!(secrets_in(keys.as_bytes()).len(), 2_000);
        assert!(masked(&keys).ends_with('*'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_are_looked_at(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            prefix in 0..SHAPES.len(),
            tail in "[A-Za-z0-9_+/=\\n-]{0,120}",
        ) {
            let mut bytes = bytes;
            bytes.extend(SHAPES[prefix].prefix.as_bytes());
            bytes.extend(tail.as_bytes());
            bytes.extend(b"-----BEGIN PRIVATE KEY-----");
            for secret in secrets_in(&bytes) {
                prop_assert!(secret.span.end <= bytes.len());
            }
        }
    }

    #[test]
    fn the_lines_of_private_keys_are_known() {
        let text = joined(&["a\n-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE\n-----END x\nb"]);
        let at = |word: &str| text.find(word).expect("there");
        assert_eq!(private_keys(&text), [Span::new(at("-----BEGIN"), at("-----END"))]);
        let endless = &text[..at("-----END")];
        assert_eq!(private_keys(endless), [Span::new(2, endless.len())]);
        assert_eq!(private_keys(&text.replace("PRIVATE", "PUBLIC")), []);
        assert_eq!(private_keys(&text.repeat(2)).len(), 2);
    }

    #[test]
    fn passwords_in_addresses_are_masked_in_their_places() {
        for (text, wanted) in [
            ("x @ https://bob:s3cret@e.x/a", "x @ https://**********@e.x/a"),
            ("git+ssh://t0ken@e.x/a b", "git+ssh://*****@e.x/a b"),
            ("https://bób:é@e.x", "https://*****@e.x"),
            ("https://e.x/a@b c@d", "https://e.x/a@b c@d"),
            ("see a://b, c@d", "see a://b, c@d"),
            ("https://${USER}:${PASS}@e.x", "https://${USER}:${PASS}@e.x"),
        ] {
            assert_eq!(masked(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_password_inside_a_private_key_gives_away_nothing_of_the_key() {
        let line = joined(&["-----BEGIN ", "PRIVATE KEY-----a://", body(44), "@", "more"]);
        let head = "-----BEGIN PRIVATE KEY-----";
        let hidden = "*".repeat(line.len() - head.len());
        assert_eq!(masked(&line), format!("{head}{hidden}"));
    }
}
