//! A registry and a container engine on loopback, both as scripted as a test wants them: what each has, what each
//! refuses, and what moves while something else is asked. Real ones are told the same things by the suite
//! `images_on_podman_and_a_registry`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::world::{Ran, World};

/// What both have.
#[derive(Default)]
pub(crate) struct Shelf {
    /// Bytes by digest: manifests, configurations and layers.
    blobs: BTreeMap<String, Vec<u8>>,
    /// Where tags lead in the registry, by repository.
    pub(crate) tags: BTreeMap<String, String>,
    /// Manifests that each repository has.
    manifests: BTreeMap<String, BTreeSet<String>>,
    /// What the registry answers instead, by repository.
    pub(crate) refused: BTreeMap<String, u16>,
    /// A name and a password that the registry wants to see.
    pub(crate) password: Option<&'static str>,
    /// Digests to which a tag moves, one with each pull of the repository.
    pub(crate) moves: BTreeMap<String, Vec<String>>,
    /// Whether a manifest is gone once its tag leads elsewhere.
    pub(crate) forgets: bool,
    /// Images that are here: their names with tags, by content.
    pub(crate) here: BTreeMap<String, BTreeSet<String>>,
    /// Under which digests images are here.
    names: BTreeMap<String, BTreeSet<String>>,
    /// Containers that are here: image as written, and content, by name.
    pub(crate) containers: BTreeMap<String, (String, String)>,
    /// Containers that will not go.
    pub(crate) stuck: BTreeSet<String>,
    /// How often containers are called `stopped` when they are looked at.
    pub(crate) stopped: BTreeMap<String, u32>,
    /// Whether the engine lists no containers.
    pub(crate) unlisted: bool,
    /// Repositories that the engine cannot pull.
    pub(crate) unpullable: BTreeSet<String>,
    /// The engine closes connections from its request of this number on.
    pub(crate) gone_at: Option<usize>,
    /// The engine does what its request of this number asks, and does not answer it.
    pub(crate) hangs_at: Option<usize>,
    /// A file that somebody else writes while the next image is pulled.
    pub(crate) written_meanwhile: Option<(PathBuf, String)>,
    /// Containers that are made to try an image.
    pub(crate) trials: BTreeMap<String, Trial>,
    /// All that were made, also those that are gone: what the engine was asked for.
    pub(crate) made: Vec<Value>,
    /// The engine starts none of them, and says so.
    pub(crate) unstartable: Option<&'static str>,
    /// With what an image's own command ends; it goes on when absent.
    pub(crate) ends_with: Option<i64>,
    /// What containers leave in a file, by its name.
    pub(crate) left: BTreeMap<&'static str, String>,
    /// What containers write.
    pub(crate) wrote: &'static str,
    /// What was asked for, of each.
    pub(crate) asked: Vec<String>,
    pub(crate) told: Vec<String>,
}

/// A container that was made to try an image.
#[derive(Default)]
pub(crate) struct Trial {
    command: Option<String>,
    started: bool,
    /// What was put into it, by path.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

pub(crate) struct Stand {
    pub(crate) world: World,
    shelf: Arc<Mutex<Shelf>>,
    pub(crate) registry: String,
    engine: String,
    /// Both end when this goes.
    _life: tokio::sync::oneshot::Sender<()>,
}

pub(crate) fn digest_of(bytes: &[u8]) -> String {
    let digits: String =
        sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// Serves a registry and an engine until the end; their addresses.
fn serve(shelf: &Arc<Mutex<Shelf>>, end: tokio::sync::oneshot::Receiver<()>) -> (String, String) {
    let listener = || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("set");
        let address = listener.local_addr().expect("an address").to_string();
        (listener, address)
    };
    let ((registry, registry_address), (engine, engine_address)) = (listener(), listener());
    let shelf = Arc::clone(shelf);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let of_registry = |State(shelf): State<Arc<Mutex<Shelf>>>, request: Request| async move {
                asked(&shelf, &request)
            };
            let of_engine = |State(shelf): State<Arc<Mutex<Shelf>>>, request: Request| async move {
                told(&shelf, request).await
            };
            let registry = tokio::net::TcpListener::from_std(registry).expect("a listener");
            let engine = tokio::net::TcpListener::from_std(engine).expect("a listener");
            let serve_registry = Router::new().fallback(of_registry).with_state(Arc::clone(&shelf));
            let serve_engine = Router::new().fallback(of_engine).with_state(shelf);
            tokio::spawn(async move { axum::serve(registry, serve_registry).await });
            tokio::spawn(async move { axum::serve(engine, serve_engine).await });
            let _ = end.await;
        });
    });
    (registry_address, engine_address)
}

impl Stand {
    /// A fleet of these runtimes, with nothing in the registry and nothing here.
    pub(crate) fn new(runtimes: &[&str]) -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let (life, end) = tokio::sync::oneshot::channel();
        let (registry, engine) = serve(&shelf, end);
        let world = World::new();
        let members: Vec<String> = runtimes.iter().map(|name| format!("template-{name}")).collect();
        world.write(
            "fleet.yaml",
            format!(
                "schema: 1\nname: acme\nforge: {{ owner: acme }}\nkinds: {{ template: {{ prefix: template- }} }}\n\
                 runtime_package: {{ distribution: acme-runtime, import: acme_runtime }}\n\
                 images: {{ registry: '{registry}', name: '{registry}/acme/{{slug}}', version_label: org.acme.runtime, containers: {{ prefix: ws- }} }}\n\
                 members: [{}]\n",
                members.join(", ")
            ),
        );
        Self { world, shelf, registry, engine, _life: life }
    }

    pub(crate) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().expect("no panic")
    }

    /// The image of a runtime with its tag.
    pub(crate) fn image(&self, runtime: &str) -> String {
        format!("{}/acme/{runtime}:latest", self.registry)
    }

    /// Puts an image of a version into the registry, without letting the tag lead to it; its digest.
    pub(crate) fn put(&self, runtime: &str, version: &str, label: Option<&str>) -> String {
        let mut shelf = self.shelf();
        let layer = layer(version);
        let configuration = json!({
            "architecture": "amd64", "os": "linux",
            "config": {"Labels": label.map(|label| json!({"org.acme.runtime": label})), "Cmd": [runtime, version]},
            "rootfs": {"type": "layers", "diff_ids": []}
        });
        let configuration = configuration.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": digest_of(&configuration), "size": configuration.len()},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar",
                "digest": digest_of(&layer), "size": layer.len()}]
        });
        let manifest = manifest.to_string().into_bytes();
        let digest = digest_of(&manifest);
        for bytes in [layer, configuration, manifest] {
            shelf.blobs.insert(digest_of(&bytes), bytes);
        }
        let repository = format!("acme/{runtime}");
        shelf.manifests.entry(repository).or_default().insert(digest.clone());
        digest
    }

    /// Publishes an image of a version: its tag leads to it. Its digest.
    pub(crate) fn publish(&self, runtime: &str, version: &str) -> String {
        let digest = self.put(runtime, version, Some(version));
        self.shelf().tags.insert(format!("acme/{runtime}"), digest.clone());
        digest
    }

    /// Lets fleet.yaml say more of images than it does.
    pub(crate) fn say_of_images(&self, from: &str, to: &str) {
        let text = self.world.read("fleet.yaml");
        assert!(text.contains(from), "{text}");
        self.world.write("fleet.yaml", text.replace(from, to));
    }

    /// Brings what the tag leads to here, as a person would have, and makes a container of it.
    pub(crate) fn provision(&self, runtime: &str, container: &str) {
        let mut shelf = self.shelf();
        let digest = shelf.tags[&format!("acme/{runtime}")].clone();
        let (registry, image) = (&self.registry, self.image(runtime));
        let content =
            shelf.pull(registry, &format!("acme/{runtime}"), &digest).expect("it is there");
        shelf.tag(&content, &image);
        shelf.containers.insert(container.to_owned(), (image, content));
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    /// Where the engine is, as DOCKER_HOST says it.
    pub(crate) fn docker_host(&self) -> String {
        format!("tcp://{}", self.engine)
    }

    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let host = self.docker_host();
        let variables = [&[("DOCKER_HOST", host.as_str())], variables].concat();
        let arguments = [&["images"], arguments].concat();
        self.world.run_in(&self.world.path(""), &arguments, &variables)
    }

    /// Begins a run that can be killed.
    pub(crate) fn start(&self, arguments: &[&str]) -> std::process::Child {
        let arguments = [&["images"], arguments].concat();
        let mut command = self.world.command(&self.world.path(""), &arguments);
        command.env("DOCKER_HOST", self.docker_host());
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command.spawn().expect("the binary runs")
    }

    /// The version that a runtime's tag leads to here.
    pub(crate) fn version_here(&self, runtime: &str) -> Option<String> {
        let image = self.image(runtime);
        let shelf = self.shelf();
        let (content, _) = shelf.here.iter().find(|(_, tags)| tags.contains(&image))?;
        let found: Value = serde_json::from_slice(&shelf.blobs[content]).expect("JSON");
        Some(found["config"]["Cmd"][1].as_str().expect("a version").to_owned())
    }

    /// The names of the containers that are here.
    pub(crate) fn containers(&self) -> Vec<String> {
        self.shelf().containers.keys().cloned().collect()
    }
}

impl Shelf {
    /// Brings an image here; its content's name, which is the digest of its configuration.
    fn pull(&mut self, registry: &str, repository: &str, digest: &str) -> Option<String> {
        self.manifests.get(repository).filter(|all| all.contains(digest))?;
        let manifest: Value = serde_json::from_slice(&self.blobs[digest]).expect("JSON");
        let content = manifest["config"]["digest"].as_str().expect("a digest").to_owned();
        self.here.entry(content.clone()).or_default();
        let names = self.names.entry(content.clone()).or_default();
        names.insert(format!("{registry}/{repository}@{digest}"));
        Some(content)
    }

    fn tag(&mut self, content: &str, image: &str) {
        for tags in self.here.values_mut() {
            tags.remove(image);
        }
        self.here.entry(content.to_owned()).or_default().insert(image.to_owned());
    }

    /// The content that a name, a digest or the content's own name leads to.
    fn content(&self, name: &str) -> Option<String> {
        let id = format!("sha256:{}", name.trim_start_matches("sha256:"));
        let is_it = |content: &&String| {
            **content == id
                || self.here[*content].contains(name)
                || self.names.get(*content).is_some_and(|names| names.contains(name))
        };
        self.here.keys().find(is_it).cloned()
    }

    fn lead(&mut self, repository: &str, digest: &str) {
        let before = self.tags.insert(repository.to_owned(), digest.to_owned());
        if self.forgets
            && let (Some(before), Some(all)) = (before, self.manifests.get_mut(repository))
        {
            all.remove(&before);
        }
    }
}

/// A layer in which a version is installed, as plain tar.
fn layer(version: &str) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let metadata = format!("Metadata-Version: 2.4\nName: acme-runtime\nVersion: {version}\n");
    let mut header = tar::Header::new_gnu();
    header.set_size(metadata.len() as u64);
    let path = format!("site-packages/acme_runtime-{version}.dist-info/METADATA");
    archive.append_data(&mut header, path, metadata.as_bytes()).expect("a file");
    archive.into_inner().expect("an archive")
}

/// The registry.
fn asked(shelf: &Arc<Mutex<Shelf>>, request: &Request) -> Response {
    let mut shelf = shelf.lock().expect("no panic");
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let condition = request.headers().get(header::IF_NONE_MATCH);
    let condition = condition.and_then(|mark| mark.to_str().ok()).unwrap_or_default().to_owned();
    shelf.asked.push(format!("{method} {path} {condition}").trim_end().to_owned());
    let Some(rest) = path.strip_prefix("/v2/") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let parts: Vec<&str> = rest.rsplitn(3, '/').collect();
    let [name, what, repository] = parts[..] else { return StatusCode::NOT_FOUND.into_response() };
    if let Some(code) = shelf.refused.get(repository) {
        return StatusCode::from_u16(*code).expect("a code").into_response();
    }
    if let Some(password) = shelf.password {
        let wanted = base64::engine::general_purpose::STANDARD.encode(password);
        let shown = request.headers().get(header::AUTHORIZATION);
        if shown.and_then(|it| it.to_str().ok()) != Some(&format!("Basic {wanted}")) {
            let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"test\"")];
            return (StatusCode::UNAUTHORIZED, challenge).into_response();
        }
    }
    let digest = if what == "manifests" && !name.starts_with("sha256:") {
        shelf.tags.get(repository).cloned()
    } else {
        Some(name.to_owned())
    };
    let is_there = |digest: &String| {
        what == "blobs" || shelf.manifests.get(repository).is_some_and(|all| all.contains(digest))
    };
    let Some(digest) = digest.filter(is_there) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Some(bytes) = shelf.blobs.get(&digest) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mark = format!("\"{digest}\"");
    if condition == mark {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let mut headers = HeaderMap::new();
    headers.insert("docker-content-digest", digest.parse().expect("a header"));
    headers.insert(header::ETAG, mark.parse().expect("a header"));
    let body = if method == Method::HEAD { Vec::new() } else { bytes.clone() };
    (headers, body).into_response()
}

/// The engine.
async fn told(shelf: &Arc<Mutex<Shelf>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap_or_default();
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let path = parts.uri.path().to_owned();
    let (answer, hangs) = {
        let mut shelf = shelf.lock().expect("no panic");
        let number = shelf.told.len() + 1;
        let credentials = parts.headers.get("x-registry-auth");
        let credentials = credentials.map(|it| it.to_str().expect("text").to_owned());
        shelf.told.push(
            format!("{} {path} {}", parts.method, credentials.unwrap_or_default())
                .trim_end()
                .to_owned(),
        );
        if shelf.gone_at.is_some_and(|at| number >= at) {
            drop(shelf);
            // The task that serves this connection ends, and the connection with it.
            std::panic::resume_unwind(Box::new("gone"));
        }
        let waits = path.ends_with("/wait") && shelf.goes_on(&path);
        let hangs = shelf.hangs_at == Some(number) || waits;
        let answer = match path.strip_prefix("/containers/shipshape-smoke-") {
            Some(rest) => shelf.obey_trial(&parts.method, rest, &query, &body),
            None if path == "/containers/create" => shelf.make(&query["name"], &body),
            None => shelf.obey(&parts.method, &path, &query),
        };
        (answer, hangs)
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    answer
}

impl Shelf {
    /// Makes a container to try an image.
    fn make(&mut self, name: &str, body: &[u8]) -> Response {
        let body: Value = serde_json::from_slice(body).expect("JSON");
        let name = name.strip_prefix("shipshape-smoke-").expect("a name of its own");
        let command = body["Cmd"].as_array().and_then(|words| words.last()?.as_str());
        let trial = Trial { command: command.map(str::to_owned), ..Trial::default() };
        self.trials.insert(name.to_owned(), trial);
        self.made.push(body);
        (StatusCode::CREATED, json!({"Id": name, "Warnings": []}).to_string()).into_response()
    }

    /// Whether a container that is waited for does not end.
    fn goes_on(&self, path: &str) -> bool {
        let name = path.trim_start_matches("/containers/shipshape-smoke-");
        let trial = self.trials.get(name.trim_end_matches("/wait"));
        trial.is_some_and(|trial| trial.command.is_none()) && self.ends_with.is_none()
    }

    fn obey_trial(
        &mut self,
        method: &Method,
        rest: &str,
        query: &BTreeMap<String, String>,
        body: &[u8],
    ) -> Response {
        let absent = (StatusCode::NOT_FOUND, json!({"message": "no such thing"}).to_string());
        let (name, what) = rest.split_once('/').unwrap_or((rest, ""));
        let Some(trial) = self.trials.get_mut(name) else { return absent.into_response() };
        let ended = match trial.command {
            None => self.ends_with,
            Some(_) => Some(0),
        };
        match (method.as_str(), what) {
            ("PUT", "archive") => {
                assert_eq!(query["path"], "/");
                let mut archive = tar::Archive::new(body);
                for entry in archive.entries().expect("an archive") {
                    let mut entry = entry.expect("an entry");
                    let path = entry.path().expect("a path").display().to_string();
                    let mut bytes = Vec::new();
                    std::io::Read::read_to_end(&mut entry, &mut bytes).expect("readable");
                    trial.files.insert(path, bytes);
                }
                StatusCode::OK.into_response()
            }
            ("POST", "start") => match self.unstartable {
                Some(why) => {
                    let why = json!({ "message": why }).to_string();
                    (StatusCode::INTERNAL_SERVER_ERROR, why).into_response()
                }
                None => {
                    trial.started = true;
                    StatusCode::NO_CONTENT.into_response()
                }
            },
            ("POST", "wait") => {
                assert!(trial.started, "what was not started does not end");
                json!({ "StatusCode": ended.unwrap_or(0) }).to_string().into_response()
            }
            ("GET", "logs") => {
                let length = u32::try_from(self.wrote.len()).expect("short").to_be_bytes();
                [&[1, 0, 0, 0], &length[..], self.wrote.as_bytes()].concat().into_response()
            }
            ("GET", "archive") => {
                let file = query["path"].rsplit('/').next().unwrap_or_default();
                let Some(text) = self.left.get(file) else { return absent.into_response() };
                let mut archive = tar::Builder::new(Vec::new());
                let mut header = tar::Header::new_gnu();
                header.set_size(text.len() as u64);
                archive.append_data(&mut header, file, text.as_bytes()).expect("a file");
                archive.into_inner().expect("an archive").into_response()
            }
            ("DELETE", "") => {
                self.trials.remove(name);
                StatusCode::NO_CONTENT.into_response()
            }
            _ => absent.into_response(),
        }
    }

    fn obey(&mut self, method: &Method, path: &str, query: &BTreeMap<String, String>) -> Response {
        let absent = || {
            (StatusCode::NOT_FOUND, json!({"message": "no such thing"}).to_string()).into_response()
        };
        let says = |value: &Value| value.to_string().into_response();
        match (method.as_str(), path) {
            ("GET", "/version") => says(
                &json!({"Components": [{"Name": "Scripted Engine", "Version": "1"}], "Version": "1", "ApiVersion": "1.41"}),
            ),
            ("POST", "/images/create") => self.create(&query["fromImage"], &query["tag"]),
            ("GET", "/containers/json") if self.unlisted => {
                let why = json!({"message": "the list is not to be had"}).to_string();
                (StatusCode::INTERNAL_SERVER_ERROR, why).into_response()
            }
            ("GET", "/containers/json") => {
                let listed = self.containers.iter().map(|(name, (_, content))| {
                    json!({"Id": format!("id-of-{name}"), "Names": [format!("/{name}")], "Image": content, "ImageID": content, "State": "created"})
                });
                says(&listed.collect())
            }
            (method, path) if path.starts_with("/containers/id-of-") => {
                let name = path
                    .trim_start_matches("/containers/id-of-")
                    .trim_end_matches("/json")
                    .to_owned();
                let Some((image, content)) = self.containers.get(&name).cloned() else {
                    return absent();
                };
                if method == "GET" {
                    // Podman 4 says this for a moment, and the API does not know it.
                    if let Some(left) = self.stopped.get_mut(&name).filter(|left| **left > 0) {
                        *left -= 1;
                        return says(
                            &json!({"Id": format!("id-of-{name}"), "Image": content, "State": {"Status": "stopped"}}),
                        );
                    }
                    return says(
                        &json!({"Id": format!("id-of-{name}"), "Image": content, "Config": {"Image": image}}),
                    );
                }
                if self.stuck.contains(&name) {
                    let why = json!({"message": "device or resource busy\n\u{1b}[31m"}).to_string();
                    return (StatusCode::INTERNAL_SERVER_ERROR, why).into_response();
                }
                assert_eq!(query.get("force").map(String::as_str), Some("true"));
                self.containers.remove(&name);
                StatusCode::NO_CONTENT.into_response()
            }
            ("GET", path) => {
                let name = path.trim_start_matches("/images/").trim_end_matches("/json");
                let Some(content) = self.content(name) else { return absent() };
                let found: Value = serde_json::from_slice(&self.blobs[&content]).expect("JSON");
                says(
                    &json!({"Id": content, "RepoTags": self.here[&content], "RepoDigests": self.names.get(&content),
                    "Config": {"Labels": found["config"]["Labels"]}}),
                )
            }
            ("POST", path) => {
                let name = path.trim_start_matches("/images/").trim_end_matches("/tag");
                let Some(content) = self.content(name) else { return absent() };
                let image = format!("{}:{}", query["repo"], query["tag"]);
                self.tag(&content, &image);
                StatusCode::CREATED.into_response()
            }
            _ => absent(),
        }
    }

    fn create(&mut self, image: &str, digest: &str) -> Response {
        let (registry, repository) = image.split_once('/').expect("a repository");
        let pulled = if self.unpullable.contains(repository) {
            None
        } else {
            self.pull(registry, repository, digest)
        };
        if let Some((file, text)) = self.written_meanwhile.take() {
            std::fs::write(file, text).expect("written");
        }
        let moves = self.moves.get_mut(repository).filter(|moves| !moves.is_empty());
        if let Some(next) = moves.map(|moves| moves.remove(0)) {
            self.lead(repository, &next);
        }
        let last = match pulled {
            Some(_) => json!({"status": "Download complete", "progressDetail": {}, "id": "1"}),
            None => {
                json!({"errorDetail": {"message": "manifest unknown"}, "error": "manifest unknown"})
            }
        };
        let first = json!({"status": "Downloading", "progressDetail": {"current": 1, "total": 2}, "id": "1"});
        format!("{first}\r\n{last}\r\n").into_response()
    }
}
