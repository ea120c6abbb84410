//! The container registry beside the forge: what runs publish is what is pulled.

use serde_json::{Value, json};
use sha2::Digest as _;

use super::Forge;
use crate::rehearsal::{Asked, Heard};
use crate::world::World;

const SEED: &str = r#"
owners:
  acme:
    packages:
      - { name: open, public: true, labels: { version: "0.1.0" } }
      - { name: closed }
    runs:
      - workflow: image.yml
        on: repository_dispatch
        seconds: 60
        publishes: { name: "{repository}", public: true, installs: { distribution: acme-runtime, payload: core_version, label: version } }
tokens:
  - { name: all, user: octo }
  - { name: narrow, user: octo, scopes: [repo] }
repositories:
  - { name: acme/one, files: { .github/workflows/image.yml: "on: repository_dispatch\n" } }
"#;

impl Forge {
    /// Asks the registry.
    fn pull(&self, token: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Heard {
        self.rehearsal.ask(token, &Asked { method, path, headers, ..Asked::default() })
    }

    /// A token of the registry for an image.
    fn pull_token(&self, name: &str) -> String {
        let path = format!("/_registry/token?service=x&scope=repository:{name}:pull");
        let given = self.pull("", "GET", &path, &[]).is(200).json();
        format!("Bearer {}", given["token"].as_str().expect("a token"))
    }
}

fn digest(bytes: &[u8]) -> String {
    let digits: String = sha2::Sha256::digest(bytes).iter().map(|it| format!("{it:02x}")).collect();
    format!("sha256:{digits}")
}

#[test]
fn an_image_is_shown_to_who_has_a_token_for_it_and_is_what_its_digests_say() {
    let forge = Forge::with(SEED);
    let at = "/v2/acme/open/manifests/latest";
    let refused = forge.pull("", "GET", at, &[]).is(401);
    let wanted = format!(
        "Bearer realm=\"{0}/_registry/token\",service=\"{1}\",scope=\"repository:acme/open:pull\"",
        forge.rehearsal.url(),
        forge.rehearsal.url().replace("http://", "")
    );
    assert_eq!(refused.header("www-authenticate"), wanted);
    assert_eq!(refused.json()["errors"][0]["code"], "UNAUTHORIZED");
    let token = forge.pull_token("acme/open");
    let shown = [("authorization", token.as_str())];
    let manifest = forge.pull("", "GET", at, &shown).is(200);
    let named = manifest.header("docker-content-digest").to_owned();
    assert_eq!(digest(&manifest.body), named);
    let by_digest = format!("/v2/acme/open/manifests/{named}");
    assert_eq!(forge.pull("", "GET", &by_digest, &shown).is(200).body, manifest.body);
    let head = forge.pull("", "HEAD", at, &shown).is(200);
    assert_eq!(head.header("content-length"), manifest.body.len().to_string());
    let mark = manifest.header("etag");
    forge.pull("", "HEAD", at, &[shown[0], ("if-none-match", mark)]).is(304);
    let manifest = manifest.json();
    for part in [&manifest["config"], &manifest["layers"][0]] {
        let named = part["digest"].as_str().expect("a digest");
        let blob = forge.pull("", "GET", &format!("/v2/acme/open/blobs/{named}"), &shown).is(200);
        assert_eq!(
            (digest(&blob.body), json!(blob.body.len())),
            (named.to_owned(), part["size"].clone())
        );
    }
    // It is good for this one, and a token of the forge is none.
    forge.pull("", "GET", "/v2/acme/closed/manifests/latest", &shown).is(401);
    forge.pull("all", "GET", at, &[]).is(401);
    forge.pull("", "GET", "/v2/acme/open/manifests/old", &shown).is(404);
    forge.pull("", "GET", "/v2/acme/open/blobs/sha256:0", &shown).is(404);
    forge.pull("", "PUT", at, &shown).is(405);
}

#[test]
fn who_may_not_read_packages_sees_only_what_is_public() {
    let forge = Forge::with(SEED);
    let path = "/_registry/token?scope=repository:acme/closed:pull";
    for token in ["", "narrow"] {
        let denied = forge.pull(token, "GET", path, &[]).is(403).json();
        assert_eq!(denied["errors"][0]["code"], "DENIED", "{token}");
    }
    let given = forge.pull("all", "GET", path, &[]).is(200).json();
    let bearer = format!("Bearer {}", given["token"].as_str().expect("a token"));
    let shown = [("authorization", bearer.as_str())];
    forge.pull("", "GET", "/v2/acme/closed/manifests/latest", &shown).is(200);
    // What is not there is denied as well, to who would not see it.
    forge.pull("", "GET", "/_registry/token?scope=repository:acme/none:pull", &[]).is(403);
    let greeting = forge.pull("", "GET", "/_registry/token", &[]).is(200).json();
    let bearer = format!("Bearer {}", greeting["token"].as_str().expect("a token"));
    forge.pull("", "GET", "/v2/", &[("authorization", &bearer)]).is(200);
    forge.pull("", "GET", "/v2/", &[]).is(401);
    // The log tells no token.
    let log = Value::from(forge.rehearsal.exchanges()).to_string();
    assert!(!log.contains(given["token"].as_str().expect("a token")), "{log}");
}

/// Tells `acme/one` of a version, and lets its run end; how it ended.
fn built(forge: &Forge, version: &str) -> Value {
    let body = json!({ "event_type": "x", "client_payload": { "core_version": version } });
    forge.send("POST", "/repos/acme/one/dispatches", &body).is(204);
    forge.control("POST", "clock/clients", &json!({ "client": "test" })).is(204);
    forge.control("POST", "clock/sleep", &json!({ "client": "test", "seconds": 90 })).is(200);
    forge.control("DELETE", "clock/clients/test", &Value::Null).is(204);
    let runs = forge.get("/repos/acme/one/actions/runs").is(200).json();
    runs["workflow_runs"][0]["conclusion"].clone()
}

/// Puts a wheel on the index.
fn publish(forge: &Forge, version: &str) {
    let world: &World = &forge.world;
    let description = "schema: 1\ndistribution: acme-runtime\npackage: acme_runtime\nsource: w\nmodules: [main]\n\
        metadata: { description: A runtime, readme: README.md, requires-python: '>=3.11', license: MIT }\n";
    world.write("package.yaml", description).write("README.md", "x\n");
    world.write("w/main.py", "def main(): ...\n");
    let variables = forge.rehearsal.index_variables();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let words =
        ["release", "publish", version, "--no-smoke", "--no-compat", "--package", "package.yaml"];
    forge.rehearsal.run_with(world, &words, &variables).exits(0);
}

#[test]
fn a_build_installs_what_the_index_has_and_fails_without_it() {
    let forge = Forge::with(SEED);
    assert_eq!(built(&forge, "0.2.0"), "failure");
    forge.pull("", "GET", "/_registry/token?scope=repository:acme/one:pull", &[]).is(403);
    publish(&forge, "0.2.0");
    assert_eq!(built(&forge, "0.2.1"), "failure");
    assert_eq!(built(&forge, "0.2.0"), "success");
    let token = forge.pull_token("acme/one");
    let shown = [("authorization", token.as_str())];
    let manifest = forge.pull("", "GET", "/v2/acme/one/manifests/latest", &shown).is(200).json();
    let part = |part: &Value| {
        let named = part["digest"].as_str().expect("a digest");
        forge.pull("", "GET", &format!("/v2/acme/one/blobs/{named}"), &shown).is(200).body
    };
    let configuration: Value =
        serde_json::from_slice(&part(&manifest["config"])).expect("a configuration");
    assert_eq!(configuration["config"]["Labels"]["version"], "0.2.0");
    let layer = part(&manifest["layers"][0]);
    let mut archive = tar::Archive::new(layer.as_slice());
    let paths: Vec<String> = archive
        .entries()
        .expect("a layer")
        .map(|entry| entry.expect("a file").path().expect("a path").display().to_string())
        .collect();
    let packages = "usr/local/lib/python3.11/site-packages";
    for path in ["acme_runtime/main.py", "acme_runtime-0.2.0.dist-info/METADATA"] {
        assert!(paths.contains(&format!("{packages}/{path}")), "{paths:?}");
    }
}
