//! Entry points for fuzzing the handling of requests.

use std::net::SocketAddr;

use http::header::{AUTHORIZATION, ORIGIN};
use ring::hmac;

use super::guard::{self, Names};
use super::sign_in::Form;
use super::webhooks::{LONGEST_ID, is_json, named};
use super::{answer, app, refresh};
use crate::edge::network::fuzzing::{first_line, message};
use crate::fleet::RepositoryName;
use crate::serve::deliveries::{Asked, Wish, asked};
use crate::serve::secret::hex;
use crate::serve::{MemberSight, Members, SigningSecret};

const SECRET: &str = "the secret of a fuzz target";
const NAME: &str = "fleet.example";

fn members() -> Members {
    let name = |text: &str| RepositoryName::parse(text, "acme").expect("a name");
    let member = |slug: &str, repository: &str, image: Option<&str>| MemberSight {
        slug: slug.to_owned(),
        repository: name(repository),
        image: image.map(str::to_owned),
    };
    Members {
        fleet: "acme".to_owned(),
        members: vec![
            member("hermes", "acme/t-hermes", Some("ghcr.io/acme/t-hermes")),
            member("one", "acme/both", Some("ghcr.io/acme/one")),
            member("two", "acme/both", Some("ghcr.io/acme/two")),
            member("bare", "acme/bare", None),
        ],
        source: Some(name("acme/platform")),
        releases: true,
    }
}

/// Checks a delivery, given as headers, an empty line and a body.
///
/// Asserts that exactly the signature of the body is accepted, and that wishes concern members only.
pub fn delivery(input: &[u8]) {
    let (headers, body) = message(input);
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let digits = hex(hmac::sign(&key, body).as_ref());
    let secret = SigningSecret::new(SECRET, "the secret").expect("long enough");
    assert!(secret.signed(format!("sha256={digits}").as_bytes(), body));
    if let Some(claimed) = headers.get("x-hub-signature-256") {
        let claimed = claimed.as_bytes();
        let expected = claimed
            .strip_prefix(b"sha256=")
            .is_some_and(|claimed| claimed.eq_ignore_ascii_case(digits.as_bytes()));
        assert_eq!(secret.signed(claimed, body), expected, "{claimed:?}");
    }
    let _ = (is_json(&headers), answer::announced(&headers));
    let event = match named(&headers) {
        Some((id, event)) => {
            assert!(
                (1..=LONGEST_ID).contains(&id.len()) && (1..=LONGEST_ID).contains(&event.len())
            );
            event
        }
        None => "push",
    };
    let members = members();
    let Some(Asked::Wish(wish)) = asked(event, body, &members) else { return };
    let has_image = |slug: &str| members.runtimes().iter().any(|known| known == slug);
    match wish {
        Wish::Judge(repository) => {
            assert!(members.of_repository(&repository).next().is_some(), "{repository}");
        }
        Wish::Refresh(Some(slug)) => assert!(has_image(&slug), "{slug}"),
        Wish::Refresh(None) => {}
    }
}

/// Checks a request, given as headers, an empty line, a query and a form body.
///
/// Asserts that on loopback only names of this server are answered, that only its own pages may send forms, that
/// repeated fields are ignored, and that only known runtimes are refreshed.
pub fn request(input: &[u8]) {
    let (headers, rest) = message(input);
    let address = SocketAddr::from(([127, 0, 0, 1], 4848));
    let names = Names::new(address, &[NAME.to_owned()]);
    if let Some(host) = guard::host(&headers)
        && names.has(host)
    {
        let host = host.to_ascii_lowercase();
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ => (&*host, ""),
        };
        assert!(port.bytes().all(|byte| byte.is_ascii_digit()), "{host}");
        let is_here = ["localhost", "127.0.0.1", "[::1]", "[127.0.0.1]"].contains(&name);
        assert!(name == NAME || (is_here && port.trim_start_matches('0') == "4848"), "{host}");
    }
    if guard::is_of_ours(&headers)
        && let Some(origin) = headers.get(ORIGIN)
    {
        let origin = origin.to_str().expect("readable").to_ascii_lowercase();
        let host = guard::host(&headers).expect("one host").to_ascii_lowercase();
        assert!([format!("http://{host}"), format!("https://{host}")].contains(&origin));
    }
    if let Some(id) = app::cookie(&headers, "shipshape") {
        assert!(!id.contains(';'));
    }
    let _ = headers.get(AUTHORIZATION).and_then(|value| app::bearer(value.as_bytes()));
    let (query, form) = first_line(rest);
    let known = members().runtimes();
    match refresh::wanted(&String::from_utf8_lossy(query), &known) {
        Ok(wanted) => assert!(wanted.runtime.is_none_or(|runtime| known.contains(&runtime))),
        Err(refusal) => assert!(refusal["error"].is_string(), "{refusal}"),
    }
    let fields: Vec<String> =
        url::form_urlencoded::parse(form).map(|(name, _)| name.into_owned()).collect();
    let form = Form::of(form);
    for name in &fields {
        let once = fields.iter().filter(|other| *other == name).count() == 1;
        assert_eq!(form.get(name).is_some(), once, "{name}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::network::fuzzing::every_seed;

    #[test]
    fn seeds_hold() {
        every_seed("delivery", delivery);
        every_seed("request", request);
    }
}
