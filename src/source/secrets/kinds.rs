//! The known kinds of tokens, each with the prefix assigned by its issuer.
//!
//! A new kind is a new row of [`SHAPES`]. Kinds without a prefix (private keys, AWS secret keys)
//! have their own code in the parent module.

/// The characters that may follow a prefix.
#[derive(Clone, Copy)]
pub(super) enum Alphabet {
    /// `A-Z a-z 0-9`.
    Alphanumeric,
    /// Alphanumeric and `_`.
    Underscore,
    /// Alphanumeric and `-`.
    Dash,
    /// Alphanumeric, `_` and `-`.
    Both,
    /// `A-Z 2-7`.
    Base32,
    /// Alphanumeric, `_`, `-` and `.`: a JSON Web Token with something in front of it.
    Jwt,
}

impl Alphabet {
    pub(super) fn has(self, byte: u8) -> bool {
        match self {
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Underscore => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Dash => byte.is_ascii_alphanumeric() || byte == b'-',
            Self::Both => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Base32 => byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'),
            Self::Jwt => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
        }
    }

    /// The part of a token that is random; `None` where the characters do not have the form that goes with the alphabet:
    /// a JSON Web Token has three parts, the first is JSON and the last a signature. Names with dots have the same
    /// characters.
    pub(super) fn random(self, body: &[u8]) -> Option<&[u8]> {
        let Self::Jwt = self else { return Some(body) };
        let start = body.windows(4).position(|part| part == b"_eyJ")?;
        let mut parts = body.get(start + 1..)?.split(|byte| *byte == b'.');
        let [_, _, signature] = [parts.next()?, parts.next()?, parts.next()?];
        // A full stop may end the sentence.
        (parts.all(<[u8]>::is_empty) && signature.len() >= 20).then_some(signature)
    }
}

/// The shape of a kind of token.
pub(super) struct Shape {
    pub(super) kind: &'static str,
    pub(super) prefix: &'static str,
    pub(super) alphabet: Alphabet,
    /// The minimum and maximum number of characters after the prefix.
    pub(super) length: (usize, usize),
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

/// Longer prefixes come before the prefixes they start with.
///
/// Sources: <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>,
/// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app>
/// (`ghs_APPID_JWT`),
/// <https://docs.gitlab.com/security/tokens/#token-prefixes>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>,
/// <https://docs.slack.dev/authentication/tokens>, and tokens that the issuers revoked.
pub(super) const SHAPES: &[Shape] = &[
    shape("GitHub personal access token", "ghp_", Alphabet::Alphanumeric, 36, 36),
    shape("GitHub OAuth token", "gho_", Alphabet::Alphanumeric, 36, 36),
    shape("GitHub user token", "ghu_", Alphabet::Alphanumeric, 36, 36),
    shape("GitHub installation token", "ghs_", Alphabet::Alphanumeric, 36, 36),
    shape("GitHub installation token", "ghs_", Alphabet::Jwt, 36, 4_096),
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
