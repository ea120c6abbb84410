//! A package index and a registry on loopback, with what a test puts there.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;

use serde_json::json;
use sha2::Digest as _;

/// What a server answers: by path, a type and bytes.
#[derive(Default)]
pub(crate) struct Shelf {
    answers: BTreeMap<String, (String, Vec<u8>)>,
    files: Vec<serde_json::Value>,
}

fn digest(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Shelf {
    /// Puts a wheel on the index; one with a reason was withdrawn.
    pub(crate) fn wheel(&mut self, path: &Path, withdrawn: Option<&str>) {
        let bytes = std::fs::read(path).expect("a wheel");
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let yanked = withdrawn.map_or(json!(false), |why| json!(why));
        self.files.push(json!({
            "filename": name, "url": format!("../../files/{name}"), "yanked": yanked,
            "hashes": { "sha256": digest(&bytes) }, "requires-python": ">=3.11",
        }));
        let kind = "application/octet-stream".to_owned();
        self.answers.insert(format!("/files/{name}"), (kind, bytes));
    }

    /// Lists a file on the index that nobody can have.
    pub(crate) fn listed(&mut self, name: &str) {
        let hashes = json!({ "sha256": "0".repeat(64) });
        self.files.push(json!({ "filename": name, "url": "../../files/none", "hashes": hashes }));
    }

    /// Puts an image in the registry; its digest.
    pub(crate) fn image(&mut self, name: &str, tag: &str) -> String {
        self.labelled(name, tag, &[])
    }

    /// The same, with labels.
    pub(crate) fn labelled(&mut self, name: &str, tag: &str, labels: &[(&str, &str)]) -> String {
        let labels: BTreeMap<_, _> = labels.iter().copied().collect();
        let configuration =
            json!({ "architecture": "amd64", "os": "linux", "config": { "Labels": labels } });
        let configuration = configuration.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": { "digest": format!("sha256:{}", digest(&configuration)), "size": configuration.len(),
                "mediaType": "application/vnd.oci.image.config.v1+json" },
            "layers": [],
        });
        let manifest = manifest.to_string().into_bytes();
        let named = format!("sha256:{}", digest(&manifest));
        let kind = "application/vnd.oci.image.manifest.v1+json".to_owned();
        let blob = format!("/v2/{name}/blobs/sha256:{}", digest(&configuration));
        self.answers.insert(blob, ("application/octet-stream".to_owned(), configuration));
        self.answers.insert(format!("/v2/{name}/manifests/{tag}"), (kind, manifest));
        named
    }

    /// Serves it until the test ends; host and port.
    pub(crate) fn serve(mut self) -> String {
        let page = json!({
            "meta": { "api-version": "1.0" }, "name": "acme-runtime", "files": self.files,
        });
        let kind = "application/vnd.pypi.simple.v1+json".to_owned();
        let page = page.to_string().into_bytes();
        self.answers.insert("/simple/acme-runtime/".to_owned(), (kind, page));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
                let first = lines.next().and_then(Result::ok).unwrap_or_default();
                while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
                let path = first.split(' ').nth(1).unwrap_or_default();
                let (status, kind, body) = match self.answers.get(path) {
                    Some((kind, body)) => ("200 OK", kind.as_str(), body.as_slice()),
                    None => ("404 Not Found", "text/plain", b"nothing".as_slice()),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
            }
        });
        address.to_string()
    }
}
