//! The sandbox's package index, asked as any client would ask: what it refuses, what it shows, what counts once.

use std::io::Write as _;

use serde_json::{Value, json};
use sha2::Digest as _;

use crate::rehearsal::{Asked, Heard, Rehearsal};
use crate::world::World;

const INDEX: &str = "index: { publishers: [{ project: acme, repository: acme/platform, workflow: publish.yml }] }\n";

const NAME: &str = "acme-1.0.tar.gz";

const PKG_INFO: &str =
    "Metadata-Version: 2.4\nName: acme\nVersion: 1.0\nSummary: a thing\nRequires-Dist: x>=1\n";

/// An sdist of one file, named after its folder.
fn sdist(folder: &str, metadata: &str) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(
        Vec::new(),
        flate2::Compression::default(),
    ));
    let mut header = tar::Header::new_gnu();
    header.set_size(metadata.len() as u64);
    header.set_mode(0o644);
    archive
        .append_data(&mut header, format!("{folder}/PKG-INFO"), metadata.as_bytes())
        .expect("a file");
    archive.into_inner().expect("an archive").finish().expect("an archive")
}

/// A form of an upload.
struct Form {
    fields: Vec<(String, String)>,
    name: String,
    bytes: Vec<u8>,
}

impl Form {
    fn new() -> Self {
        let bytes = sdist("acme-1.0", PKG_INFO);
        let digest = sha2::Sha256::digest(&bytes);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let fields = [
            (":action", "file_upload"),
            ("protocol_version", "1"),
            ("metadata_version", "2.4"),
            ("name", "acme"),
            ("version", "1.0"),
            ("summary", "a thing"),
            ("requires_dist", "x>=1"),
            ("filetype", "sdist"),
            ("pyversion", "source"),
            ("sha256_digest", &digest),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { fields, name: NAME.to_owned(), bytes }
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    /// Another file with the right digest.
    fn of(mut self, name: &str, bytes: Vec<u8>) -> Self {
        let digest = sha2::Sha256::digest(&bytes);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.bytes = bytes;
        name.clone_into(&mut self.name);
        self.set("sha256_digest", &digest)
    }

    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            write!(
                body,
                "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .expect("written");
        }
        let name = &self.name;
        write!(
            body,
            "--x\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{name}\"\r\n\r\n"
        )
        .expect("written");
        body.extend_from_slice(&self.bytes);
        body.extend_from_slice(b"\r\n--x--\r\n");
        body
    }
}

fn basic(name: &str, password: &str) -> String {
    use base64::Engine as _;
    let text = base64::prelude::BASE64_STANDARD.encode(format!("{name}:{password}"));
    format!("Basic {text}")
}

fn upload_as(forge: &Rehearsal, form: &Form, authorization: &str) -> Heard {
    let headers = [
        ("authorization", authorization),
        ("content-type", "multipart/form-data; boundary=x"),
        ("accept", "text/plain"),
    ];
    forge.ask(
        "",
        &Asked { method: "POST", path: "/_index/legacy/", headers: &headers, body: form.body() },
    )
}

fn upload(forge: &Rehearsal, form: &Form) -> Heard {
    upload_as(forge, form, &basic("__token__", "pypi-sandbox-index"))
}

fn get(forge: &Rehearsal, path: &str, accept: &str) -> Heard {
    let headers = [("accept", accept)];
    forge.ask("", &Asked { method: "GET", path, headers: &headers, body: Vec::new() })
}

fn text(heard: &Heard) -> String {
    String::from_utf8_lossy(&heard.body).into_owned()
}

#[test]
fn what_an_index_refuses_is_refused_and_leaves_nothing() {
    let wheel = "acme-1.0-py3-none-any.whl";
    let local = sdist("acme-1.0+here", &PKG_INFO.replace("1.0", "1.0+here"));
    let direct = PKG_INFO.replace("x>=1", "x @ https://example.com/x.whl");
    let both = format!("{PKG_INFO}License: MIT\nLicense-Expression: MIT\n");
    let cases: Vec<(&str, Form)> = vec![
        ("Unknown action", Form::new().set(":action", "submit")),
        ("Unknown protocol version", Form::new().set("protocol_version", "2")),
        ("metadata_version", Form::new().set("metadata_version", "9.9")),
        ("This field is required", Form::new().without("version")),
        ("does not match a digest", Form::new().set("sha256_digest", &"0".repeat(64))),
        ("Invalid value for summary", Form::new().set("summary", "another")),
        ("Invalid value for requires_dist", Form::new().without("requires_dist")),
        ("Invalid filename", Form::new().set("version", "1.1")),
        ("Use 'source'", Form::new().set("pyversion", "py3")),
        ("not a tarfile", Form::new().of(NAME, b"nothing".to_vec())),
        ("PKG-INFO not found", Form::new().of(NAME, sdist("other", PKG_INFO))),
        (
            "not a zipfile",
            Form::new()
                .set("filetype", "bdist_wheel")
                .set("pyversion", "py3")
                .of(wheel, b"no".to_vec()),
        ),
        (
            "local versions",
            Form::new().set("version", "1.0+here").of("acme-1.0+here.tar.gz", local),
        ),
        (
            "direct dependency",
            Form::new()
                .set("requires_dist", "x @ https://example.com/x.whl")
                .of(NAME, sdist("acme-1.0", &direct)),
        ),
        (
            "License is deprecated",
            Form::new()
                .set("license", "MIT")
                .set("license_expression", "MIT")
                .of(NAME, sdist("acme-1.0", &both)),
        ),
        ("Malformed attestations", Form::new().set("attestations", "[]")),
        (
            "only supported when using Trusted Publishing",
            Form::new().set("attestations", "[{\"version\": 1}]"),
        ),
    ];
    let world = World::new();
    let forge = Rehearsal::new(&world, INDEX);
    for (words, form) in cases {
        let heard = upload(&forge, &form);
        assert_eq!(heard.status, 400, "{words}: {}", text(&heard));
        assert!(text(&heard).contains(words), "no {words:?} in {}", text(&heard));
    }
    for authorization in [
        basic("__token__", "pypi-other"),
        basic("ann", "pypi-sandbox-index"),
        "Bearer pypi-sandbox-index".to_owned(),
    ] {
        let heard = upload_as(&forge, &Form::new(), &authorization);
        assert_eq!(heard.status, 403, "{}", text(&heard));
    }
    let broken = Asked {
        method: "POST",
        path: "/_index/legacy/",
        headers: &[
            ("authorization", &basic("__token__", "pypi-sandbox-index")),
            ("content-type", "multipart/form-data; boundary=y"),
        ],
        body: Form::new().body(),
    };
    forge.ask("", &broken).is(400);
    assert_eq!(forge.state()["index"]["projects"], json!({}));
}

#[test]
fn the_same_file_is_taken_twice_and_another_one_never() {
    let world = World::new();
    let forge = Rehearsal::new(&world, INDEX);
    upload(&forge, &Form::new()).is(200);
    upload(&forge, &Form::new()).is(200);
    assert_eq!(forge.state()["index"]["projects"]["acme"]["files"][0]["repeats"], 1);
    let other = sdist("acme-1.0", &format!("{PKG_INFO}Keywords: a\n"));
    let heard = upload(&forge, &Form::new().set("keywords", "a").of(NAME, other));
    assert_eq!((heard.status, text(&heard).contains("File already exists")), (400, true));
    forge.wish(&json!({ "delete": ["acme==1.0"] }));
    let heard = upload(&forge, &Form::new());
    assert!(text(&heard).contains("has already been used"), "{}", text(&heard));
}

#[test]
fn a_withdrawn_release_takes_no_more_files_and_pages_say_why() {
    let world = World::new();
    let forge = Rehearsal::new(&world, INDEX);
    upload(&forge, &Form::new()).is(200);
    forge.wish(&json!({ "yank": { "Acme==1.0": "a \"bad\" <b>day</b>" } }));
    let html = text(&get(&forge, "/_index/simple/acme/", "text/html").is(200));
    assert!(html.contains("data-yanked=\"a &quot;bad&quot; &lt;b&gt;day&lt;/b&gt;\""), "{html}");
    let json_type = "application/vnd.pypi.simple.v1+json";
    let page = get(&forge, "/_index/simple/acme/", json_type).is(200);
    assert_eq!(page.header("content-type"), json_type);
    assert_eq!(page.json()["files"][0]["yanked"], "a \"bad\" <b>day</b>");
    assert_eq!(page.json()["meta"]["api-version"], "1.1");
    let legacy = get(&forge, "/_index/pypi/acme/json", "*/*").is(200).json();
    assert_eq!(legacy["releases"]["1.0"][0]["yanked"], true);
    get(&forge, "/_index/simple/acme/", "image/png").is(406);
    assert!(
        get(&forge, "/_index/simple/Acme", "*/*")
            .is(301)
            .header("location")
            .ends_with("/_index/simple/acme/")
    );
    get(&forge, "/_index/simple/other/", "*/*").is(404);
    let url =
        page.json()["files"][0]["url"].as_str().expect("an address").replace(&forge.url(), "");
    assert_eq!(get(&forge, &url, "*/*").is(200).body, Form::new().bytes);
}

#[test]
fn a_page_lags_behind_for_as_many_readings_as_is_said() {
    let world = World::new();
    let forge = Rehearsal::new(&world, "index: { lag: 2 }\n");
    upload(&forge, &Form::new()).is(200);
    for status in [404, 404, 200] {
        get(&forge, "/_index/simple/acme/", "*/*").is(status);
    }
}

fn proof(forge: &Rehearsal) -> String {
    let headers = [("authorization", "Bearer sandbox-request-token")];
    let path = "/_oidc/token?audience=sandbox";
    let heard =
        forge.ask("", &Asked { method: "GET", path, headers: &headers, body: Vec::new() }).is(200);
    heard.json()["value"].as_str().expect("a proof").to_owned()
}

fn mint(forge: &Rehearsal, body: &Value) -> Heard {
    let body = body.to_string().into_bytes();
    forge.ask("", &Asked { method: "POST", path: "/_/oidc/mint-token", body, ..Asked::default() })
}

fn code(heard: &Heard) -> String {
    heard.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_proof_counts_once_and_what_it_gave_lasts_its_minutes() {
    let world = World::new();
    let forge = Rehearsal::new(&world, INDEX);
    assert_eq!(get(&forge, "/_/oidc/audience", "*/*").is(200).json()["audience"], "sandbox");
    let known = proof(&forge);
    let minted = mint(&forge, &json!({ "token": known })).is(200).json();
    let token = minted["token"].as_str().expect("a token");
    assert_eq!(minted["success"], true);
    assert_eq!(code(&mint(&forge, &json!({ "token": known })).is(422)), "invalid-reuse-token");
    upload_as(&forge, &Form::new(), &basic("__token__", token)).is(200);
    let pass = |seconds: u64| {
        let body = json!({ "client": "a", "seconds": seconds }).to_string().into_bytes();
        forge
            .ask(
                "",
                &Asked { method: "POST", path: "/_sandbox/clock/sleep", body, ..Asked::default() },
            )
            .is(200);
    };
    pass(899);
    upload_as(&forge, &Form::new(), &basic("__token__", token)).is(200);
    let late = proof(&forge);
    pass(301);
    let heard = upload_as(&forge, &Form::new(), &basic("__token__", token)).is(403);
    assert!(text(&heard).contains("token is expired"), "{}", text(&heard));
    assert_eq!(code(&mint(&forge, &json!({ "token": late })).is(422)), "invalid-token");
    assert_eq!(code(&mint(&forge, &json!({ "proof": "x" })).is(422)), "invalid-payload");
    assert_eq!(code(&mint(&forge, &json!({ "token": "a.b.c" })).is(422)), "invalid-payload");
    let forged = format!("{}AA", proof(&forge));
    assert_eq!(code(&mint(&forge, &json!({ "token": forged })).is(422)), "invalid-token");
    // No proof, no token and nothing else that is secret stands in the log.
    let log = forge.exchanges();
    assert!(!Value::from(log).to_string().contains("eyJ"));
}
