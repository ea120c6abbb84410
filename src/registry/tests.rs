//! Registries on loopback, with real documents and those that lie.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use sha2::Digest as _;

use super::{Credentials, Options, Reference, Refusal, RefusalKind, Registry};
use crate::edge::network::Limits;

fn digest_of(bytes: &[u8]) -> String {
    let digest = sha2::Sha256::digest(bytes);
    format!("sha256:{}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// A registry: what it has by path, and what it was asked.
#[derive(Default)]
struct Shelf {
    answers: BTreeMap<String, Vec<u8>>,
    /// The token that it wants to see; it gives that out to whoever has the password, or to anybody.
    token: Option<&'static str>,
    password: Option<&'static str>,
    asked: Mutex<Vec<String>>,
}

impl Shelf {
    /// Puts an image of two platforms there, and answers the digest of its index.
    fn image(&mut self, name: &str, tag: &str, labels: &serde_json::Value) -> String {
        let configuration = json!({
            "architecture": "amd64", "os": "linux", "created": "2026-11-20T10:00:00Z",
            "config": {"Labels": labels}, "rootfs": {"type": "layers", "diff_ids": []}
        });
        let configuration = configuration.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": digest_of(&configuration), "size": configuration.len()},
            "layers": [{"digest": digest_of(b"a"), "size": 1000}, {"digest": digest_of(b"b"), "size": 24}]
        });
        let manifest = manifest.to_string().into_bytes();
        let index = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [
                {"digest": digest_of(b"arm"), "size": 3, "platform": {"os": "linux", "architecture": "arm64"}},
                {"digest": digest_of(&manifest), "size": manifest.len(),
                 "platform": {"os": "linux", "architecture": "amd64"}},
                {"digest": digest_of(b"att"), "size": 3, "platform": {"os": "unknown", "architecture": "unknown"}}
            ]
        });
        let index = index.to_string().into_bytes();
        let digest = digest_of(&index);
        self.put(&format!("/v2/{name}/blobs/{}", digest_of(&configuration)), configuration);
        self.put(&format!("/v2/{name}/manifests/{}", digest_of(&manifest)), manifest);
        self.put(&format!("/v2/{name}/manifests/{tag}"), index);
        digest
    }

    fn put(&mut self, path: &str, bytes: Vec<u8>) {
        self.answers.insert(path.to_owned(), bytes);
    }

    /// The path of the one thing of a sort that is there.
    fn path(&self, part: &str) -> String {
        self.answers.keys().find(|path| path.contains(part)).expect("it is there").clone()
    }

    fn answer(&self, request: &Request) -> Response {
        let uri = request.uri();
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        self.asked.lock().expect("no panic").push(format!("{}{query}", uri.path()));
        let authorization = request.headers().get(header::AUTHORIZATION);
        let shown = authorization.and_then(|value| value.to_str().ok()).unwrap_or_default();
        if uri.path() == "/token" {
            return match self.password {
                Some(password) if shown != password => StatusCode::UNAUTHORIZED.into_response(),
                _ => json!({"token": self.token}).to_string().into_response(),
            };
        }
        if let Some(token) = self.token
            && shown != format!("Bearer {token}")
        {
            let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
            let challenge = format!(
                "Bearer realm=\"http://{}/token\",service=\"registry\",scope=\"repository:x:pull\"",
                host.unwrap_or_default()
            );
            let mut headers = HeaderMap::new();
            headers.insert(header::WWW_AUTHENTICATE, challenge.parse().expect("a header"));
            return (StatusCode::UNAUTHORIZED, headers).into_response();
        }
        match self.answers.get(uri.path()) {
            Some(bytes) => bytes.clone().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// Asks a registry for `NAME:TAG` twice; what it answered last, and what it was asked.
fn asked(
    shelf: Shelf,
    image: &str,
    credentials: Option<Credentials>,
) -> (Result<super::Image, Refusal>, Vec<String>) {
    let shelf = Arc::new(shelf);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let answered = runtime.expect("a runtime").block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let serve = |State(shelf): State<Arc<Shelf>>, request: Request| async move {
            shelf.answer(&request)
        };
        let router = Router::new().fallback(serve).with_state(Arc::clone(&shelf));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let limits = Limits { attempts: 1, whole: Duration::from_secs(10), ..Limits::default() };
        let credentials = credentials.map(|it| (host.clone(), it)).into_iter().collect();
        let registry = Registry::new(Options { credentials, limits, ..Options::default() });
        let reference = Reference::parse(&format!("{host}/{image}")).expect("a reference");
        let _ = registry.image(&reference).await;
        let answered = registry.image(&reference).await;
        server.abort();
        answered
    });
    let asked = shelf.asked.lock().expect("no panic").clone();
    (answered, asked)
}

#[test]
fn an_image_is_read_through_its_index() {
    let mut shelf = Shelf::default();
    let digest = shelf.image("acme/x", "latest", &json!({"runtime.version": "1.2.3"}));
    let (answered, asked) = asked(shelf, "acme/x", None);
    let image = answered.expect("an image");
    assert_eq!(image.digest, digest);
    assert_eq!(image.platform.to_string(), "linux/amd64");
    assert_eq!(image.created.as_deref(), Some("2026-11-20T10:00:00Z"));
    assert_eq!(image.labels.get("runtime.version").map(String::as_str), Some("1.2.3"));
    assert_eq!(image.size, 1024);
    assert_eq!(asked.len(), 6, "three requests for each reading");
}

#[test]
fn anybodys_token_is_fetched_once_for_an_image() {
    let mut shelf = Shelf { token: Some("t0ken"), ..Shelf::default() };
    shelf.image("acme/x", "v1", &json!(null));
    let (answered, asked) = asked(shelf, "acme/x:v1", None);
    assert!(answered.is_ok(), "{answered:?}");
    let tokens: Vec<&String> = asked.iter().filter(|path| path.starts_with("/token")).collect();
    // What is asked for is to read this image, whatever the challenge says.
    assert_eq!(tokens, ["/token?service=registry&scope=repository%3Aacme%2Fx%3Apull"]);
}

#[test]
fn credentials_get_the_token_that_nobody_else_gets() {
    let with = |password: &'static str| {
        let mut shelf = Shelf {
            token: Some("t0ken"),
            // me:hunter2
            password: Some("Basic bWU6aHVudGVyMg=="),
            ..Shelf::default()
        };
        shelf.image("acme/x", "latest", &json!({}));
        asked(shelf, "acme/x", Some(Credentials::new("me", password))).0
    };
    assert!(with("hunter2").is_ok());
    let refusal = with("hunter3").expect_err("refused");
    assert_eq!(refusal.kind, RefusalKind::Denied);
    assert!(!format!("{refusal:?}").contains("hunter3"));
}

#[test]
fn what_is_not_what_its_digest_says_is_unsound() {
    for part in ["/blobs/", "/manifests/sha256:"] {
        let mut shelf = Shelf::default();
        shelf.image("acme/x", "latest", &json!({}));
        let path = shelf.path(part);
        let mut bytes = shelf.answers.get(&path).expect("there").clone();
        bytes.push(b' ');
        shelf.put(&path, bytes);
        let refusal = asked(shelf, "acme/x", None).0.expect_err("changed");
        assert_eq!(refusal.kind, RefusalKind::Unsound, "{part}");
        assert!(refusal.why.contains(" is not sha256:"), "{}", refusal.why);
    }
}

#[test]
fn refusals_are_told_apart() {
    let kind = |shelf: Shelf| asked(shelf, "acme/x", None).0.expect_err("refused").kind;
    assert_eq!(kind(Shelf::default()), RefusalKind::Absent);
    let mut strange = Shelf::default();
    strange.put("/v2/acme/x/manifests/latest", b"<html>".to_vec());
    assert_eq!(kind(strange), RefusalKind::Unsound);
    let mut circle = Shelf::default();
    let index = json!({"manifests": []}).to_string().into_bytes();
    circle.put("/v2/acme/x/manifests/latest", index);
    assert_eq!(kind(circle), RefusalKind::Unsound);
    let mut large = Shelf::default();
    large.put("/v2/acme/x/manifests/latest", vec![b' '; (4 << 20) + 1]);
    assert_eq!(kind(large), RefusalKind::Unsound);
    let closed = Reference::parse("127.0.0.1:1/acme/x").expect("a reference");
    let limits = Limits { attempts: 1, ..Limits::default() };
    let registry = Registry::new(Options { limits, ..Options::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let refusal = runtime.expect("a runtime").block_on(registry.image(&closed));
    assert_eq!(refusal.expect_err("closed").kind, RefusalKind::Unreachable);
}
