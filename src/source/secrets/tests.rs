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
fn a_secret_key_is_one_of_aws_where_something_around_it_says_so() {
    let key = joined(&["secret_key = \"", body(40), "\"\n"]);
    for text in [
        format!("provider \"aws\" {{\n  region = \"eu-west-1\"\n  {key}}}\n"),
        format!("  {key}  access_key = var.id\n"),
        format!("aws_{key}"),
    ] {
        assert_eq!(kinds(&text), ["AWS secret access key"], "{text}");
    }
    assert_eq!(kinds(&key), Vec::<&str>::new());
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
fn an_installation_token_with_a_jwt_in_it_is_known() {
    let jwt = joined(&["eyJ", body(40), ".", "eyJ", body(60), "-_.", body(43)]);
    let token = joined(&["gh", "s_1234567_", &jwt]);
    for text in [token.clone(), format!("A = \"{token}\"\n"), format!("it is {token}.\n")] {
        assert_eq!(kinds(&text), ["GitHub installation token"], "{text}");
        assert!(!masked(&text).contains(body(40)), "{text}");
    }
    let secret = secrets_in(token.as_bytes()).remove(0);
    assert_eq!(secret.span, Span::new(0, token.len()));
    assert_eq!(secret.checksum, None);
    for other in [
        joined(&["gh", "s_of.a.module.with.a.name.that.is.rather.long"]),
        joined(&["gh", "s_APPID_JWT"]),
        token.replace(body(43), "x"),
    ] {
        assert_eq!(kinds(&other), Vec::<&str>::new(), "{other}");
    }
}

#[test]
fn private_keys_are_found_and_public_ones_are_not() {
    let block = |label: &str, body: &str| {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    };
    let body = joined(&["MIIE", body(60)]);
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]
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
