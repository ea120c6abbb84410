//! GitHub App authentication: a private key signs a JSON Web Token, which is exchanged for an installation token.
//!
//! The JWT is signed with RS256 and may live at most ten minutes; the installation token lives an hour
//! (docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App"). A run can take longer than that, so the
//! client renews the token in time.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use crate::error::{Error, Result};

/// Seconds by which the JWT's issue time is backdated, to tolerate a local clock that is ahead.
const BACKDATED: u64 = 60;
/// The JWT's lifetime in seconds, counted from now; GitHub refuses more than 600.
const LIFETIME: u64 = 540;

/// A GitHub App's key, and the installation that it acts for.
#[derive(Clone)]
pub struct AppCredential {
    app: String,
    installation: u64,
    key: Arc<RsaKeyPair>,
}

impl fmt::Debug for AppCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppCredential")
            .field("app", &self.app)
            .field("installation", &self.installation)
            .finish_non_exhaustive()
    }
}

impl AppCredential {
    /// Reads the key from a file.
    ///
    /// # Errors
    /// When the app or installation number is malformed, or the file holds no RSA key. The message does not repeat the
    /// file's content.
    pub fn read(app: &str, installation: &str, key_file: &Path) -> Result<Self> {
        let pem = crate::edge::whole_file::read(key_file)?.ok_or_else(|| missing(key_file))?;
        Self::new(app, installation, &pem).map_err(|error| error.in_file(key_file))
    }

    /// Creates a credential from an App's number or client id, its installation's number and its key in PEM.
    ///
    /// # Errors
    /// As for [`AppCredential::read`].
    pub fn new(app: &str, installation: &str, pem: &[u8]) -> Result<Self> {
        let app = app.trim();
        if app.is_empty() || !app.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
            return Err(Error::usage("the id of a GitHub App is neither a number nor a client id"));
        }
        let installation = installation.trim().parse().map_err(|_| {
            Error::usage("the installation of a GitHub App is not a number")
                .hint("it is the end of the address of the installation's settings page")
        })?;
        let wrong = || {
            Error::usage("this is not the private key of a GitHub App").hint(
                "give the .pem file as the App's settings page made it (RSA, 2048 bits or more)",
            )
        };
        let (kind, der) = decode(pem).ok_or_else(wrong)?;
        let key = match kind {
            KeyKind::Pkcs1 => RsaKeyPair::from_der(&der),
            KeyKind::Pkcs8 => RsaKeyPair::from_pkcs8(&der),
        };
        let key = Arc::new(key.map_err(|_| wrong())?);
        Ok(Self { app: app.to_owned(), installation, key })
    }

    /// The name under which this credential's limits are counted.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("app-{}-{}", self.app, self.installation)
    }

    /// The installation that it acts for.
    pub(super) fn installation(&self) -> u64 {
        self.installation
    }

    /// Signs a JWT that is valid for nine minutes from `now`, which is in seconds since 1970.
    pub(super) fn proof(&self, now: u64) -> Result<String> {
        let issued = now.saturating_sub(BACKDATED);
        let header = BASE64_URL_SAFE_NO_PAD.encode(br#"{"alg":"RS256","typ":"JWT"}"#);
        let claims = serde_json::json!({ "iat": issued, "exp": now + LIFETIME, "iss": self.app });
        let claims = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
        let signed = format!("{header}.{claims}");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| Error::failed("cannot sign with the key of the GitHub App"))?;
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The error for a key file that does not exist.
fn missing(key_file: &Path) -> Error {
    let error = Error::usage("the key file of the GitHub App does not exist").in_file(key_file);
    match key_file.starts_with("~") {
        true => error.hint("only shells expand `~`, and not inside quotes: write the whole path"),
        false => error.hint("give the path of the .pem file that the App's settings page made"),
    }
}

enum KeyKind {
    Pkcs1,
    Pkcs8,
}

/// Decodes the body of a PEM file (RFC 7468).
fn decode(pem: &[u8]) -> Option<(KeyKind, Vec<u8>)> {
    let text = std::str::from_utf8(pem).ok()?;
    let mut lines = text.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN "));
    let kind = match lines.next()? {
        "-----BEGIN RSA PRIVATE KEY-----" => KeyKind::Pkcs1,
        "-----BEGIN PRIVATE KEY-----" => KeyKind::Pkcs8,
        _ => return None,
    };
    let body: String = lines.take_while(|line| !line.starts_with("-----END ")).collect();
    Some((kind, BASE64_STANDARD.decode(body).ok()?))
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    /// Made for this test with `openssl genrsa -traditional 2048`; it opens nothing.
    const KEY: &[u8] = include_bytes!("app/test-key.pem");

    #[test]
    fn a_proof_says_who_and_until_when_and_is_signed() {
        let app = AppCredential::new("12345", "678", KEY).expect("a key");
        let proof = app.proof(1_763_800_000).expect("signed");
        let parts: Vec<&str> = proof.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else { panic!("{proof}") };
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64");
        let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
        assert_eq!(claims["iss"], "12345");
        assert_eq!(claims["iat"], 1_763_799_940);
        assert_eq!(claims["exp"], 1_763_800_540);
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).expect("base64");
        let public = app.key.public().as_ref();
        let signed = format!("{header}.{}", parts.get(1).expect("claims"));
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(signed.as_bytes(), &signature)
            .expect("a signature of this key");
    }

    #[test]
    fn what_is_no_key_is_told_without_repeating_it() {
        for pem in [
            &b"hunter2"[..],
            b"-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n",
            b"-----BEGIN RSA PRIVATE KEY-----\naHVudGVyMg==\n-----END RSA PRIVATE KEY-----\n",
            b"-----BEGIN PUBLIC KEY-----\naHVudGVyMg==\n-----END PUBLIC KEY-----\n",
            b"\xff\xfe",
        ] {
            let error = AppCredential::new("1", "2", pem).expect_err("no key");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
        assert!(AppCredential::new("1\r\n", "x", KEY).is_err());
        let app = AppCredential::new("1", "2", KEY).expect("a key");
        assert_eq!(format!("{app:?}"), "AppCredential { app: \"1\", installation: 2, .. }");
    }
}
