//! An index against servers on loopback, those that misbehave included.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha2::Digest as _;

use super::{Credentials, Index, IndexAddress, Limits, Listener, Options};
use crate::error::Error;

/// What a server does with a connection, after the request's head was read.
type Act = Box<dyn Fn(&Server, &Request, &mut TcpStream) + Send + Sync>;

struct Request {
    path: String,
    headers: BTreeMap<String, String>,
}

/// A server whose answers a test decides; it remembers what it was asked.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(act: impl Fn(&Self, &Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (server, act): (Self, Act) =
            (Self { address: address.clone(), asked: Arc::clone(&asked) }, Box::new(act));
        let shared = Arc::new((server, act));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.0.serve(stream, &shared.1));
            }
        });
        Self { address, asked }
    }

    fn serve(&self, mut stream: TcpStream, act: &Act) {
        let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = BTreeMap::new();
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.insert(name.to_lowercase(), value.trim().to_owned());
            }
        }
        self.asked.lock().expect("no panic").push(path.clone());
        act(self, &Request { path, headers }, &mut stream);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }

    fn options(&self) -> Options {
        Options {
            address: IndexAddress::parse(&format!("{}/simple/", self.address)).expect("sound"),
            credentials: None,
            cache: None,
            limits: Limits {
                connect: Duration::from_secs(10),
                silence: Duration::from_millis(400),
                whole: Duration::from_secs(10),
                total: Duration::from_secs(30),
                patience: Duration::from_secs(30),
                page_bytes: 100_000,
                file_bytes: 100_000,
                redirects: 3,
                attempts: 3,
                pause: Duration::from_millis(1),
                longest_pause: Duration::from_millis(1500),
            },
            listener: Listener::default(),
        }
    }

    fn index(&self) -> Index {
        Index::new(self.options()).expect("an index")
    }

    fn error(&self) -> Error {
        self.index().project("acme").expect_err("a fault")
    }
}

/// An answer with a right length. Writing fails when the other side has had enough, as it should.
fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

const JSON: &str = "Content-Type: application/vnd.pypi.simple.v1+json\r\n";
const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";

fn sha256(bytes: &[u8]) -> String {
    crate::digest::hexadecimal(&sha2::Sha256::digest(bytes))
}

fn page() -> String {
    format!(
        r#"{{"meta": {{"api-version": "1.1"}}, "name": "Acme", "versions": ["1.0", "1.1", "2.0rc1"], "files": [
          {{"filename": "acme-1.0-py3-none-any.whl", "url": "../../files/acme-1.0-py3-none-any.whl",
            "hashes": {{"sha256": "{}"}}, "size": 5, "requires-python": ">=3.11", "upload-time": "2026-01-02T03:04:05Z",
            "core-metadata": {{"sha256": "{}"}}, "yanked": "breaks"}},
          {{"filename": "acme-1.1.tar.gz", "url": "acme-1.1.tar.gz", "hashes": {{}}, "yanked": true}}]}}"#,
        sha256(b"wheel"),
        sha256(b"Name: acme\n"),
    )
}

/// A server that is in order.
fn sound() -> Server {
    Server::new(|_, request, stream| match request.path.as_str() {
        "/simple/acme/" => answer(stream, "200 OK", JSON, page().as_bytes()),
        "/files/acme-1.0-py3-none-any.whl" => answer(stream, "200 OK", "", b"wheel"),
        "/files/acme-1.0-py3-none-any.whl.metadata" => {
            answer(stream, "200 OK", "", b"Name: acme\n");
        }
        _ => answer(stream, "404 Not Found", "", b""),
    })
}

#[test]
fn a_page_of_json_tells_all_there_is() {
    let server = sound();
    let project = server.index().project("ACME").expect("a page");
    let versions: Vec<String> = project.releases().keys().map(ToString::to_string).collect();
    assert_eq!(versions, ["1.0", "1.1", "2.0rc1"]);
    let [wheel, sdist] = project.files.as_slice() else { panic!("{:?}", project.files) };
    assert_eq!(wheel.url.as_str(), format!("{}/files/acme-1.0-py3-none-any.whl", server.address));
    assert_eq!(wheel.requires_python.as_deref(), Some(">=3.11"));
    assert_eq!(wheel.yanked.as_ref().map(|it| it.reason.as_str()), Some("breaks"));
    assert_eq!(wheel.size, Some(5));
    assert_eq!(wheel.uploaded.as_deref(), Some("2026-01-02T03:04:05Z"));
    assert!(sdist.yanked.is_some() && sdist.metadata.is_none());
    let metadata = server.index().metadata(wheel).expect("there");
    assert_eq!(metadata.as_deref(), Some(b"Name: acme\n".as_slice()));
}

#[test]
fn a_page_of_html_will_do() {
    let server = Server::new(|_, request, stream| {
        assert!(request.headers["accept"].contains("text/html"));
        let body = "<!DOCTYPE html><a href=\"/packages/acme-1.0-py3-none-any.whl#sha256=ab\">x</a>";
        answer(stream, "200 OK", HTML, body.as_bytes());
    });
    let project = server.index().project("acme").expect("a page");
    assert_eq!(project.files[0].hashes["sha256"], "ab");
    assert_eq!(project.files[0].version().map(|it| it.to_string()).as_deref(), Some("1.0"));
}

#[test]
fn the_older_api_knows_releases_without_files() {
    let server = Server::new(|_, request, stream| {
        assert_eq!(request.path, "/pypi/acme/json");
        let body = r#"{"info": {"name": "acme"}, "releases": {"1.0": [], "0.9": [{"filename": "acme-0.9.tar.gz",
            "url": "https://files.example/acme-0.9.tar.gz", "yanked": true, "yanked_reason": null}]}}"#;
        answer(stream, "200 OK", "Content-Type: application/json\r\n", body.as_bytes());
    });
    let project = server.index().legacy_project("acme").expect("a page");
    let versions: Vec<String> = project.versions.iter().map(ToString::to_string).collect();
    assert_eq!(versions, ["0.9", "1.0"]);
    assert!(project.files[0].yanked.is_some());
}

#[test]
fn a_file_is_had_once_and_verified_each_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = sound();
    let index = Index::new(Options { cache: Some(folder.path().to_owned()), ..server.options() });
    let index = index.expect("an index");
    let project = index.project("acme").expect("a page");
    let first = index.download(&project.files[0]).expect("a file");
    assert_eq!(std::fs::read(&first.path).expect("readable"), b"wheel");
    index.download(&project.files[0]).expect("a file");
    let downloads =
        |server: &Server| server.asked().iter().filter(|path| path.ends_with(".whl")).count();
    assert_eq!(downloads(&server), 1);
    std::fs::write(&first.path, "wheal").expect("writable");
    index.download(&project.files[0]).expect("a file");
    assert_eq!(std::fs::read(&first.path).expect("readable"), b"wheel");
    assert_eq!(downloads(&server), 2);
    let error = index.download(&project.files[1]).expect_err("no hash");
    assert!(error.to_string().contains("no sha256"), "{error}");
}

#[test]
fn a_file_that_is_another_is_not_kept() {
    let server = Server::new(|_, request, stream| match request.path.as_str() {
        "/simple/acme/" => answer(stream, "200 OK", JSON, page().as_bytes()),
        _ => answer(stream, "200 OK", "", b"wheal"),
    });
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::new(Options { cache: Some(folder.path().to_owned()), ..server.options() });
    let index = index.expect("an index");
    let project = index.project("acme").expect("a page");
    let error = index.download(&project.files[0]).expect_err("another file");
    assert!(error.to_string().contains("is not the file that the index lists"), "{error}");
    let error = index.metadata(&project.files[0]).expect_err("another file");
    assert!(error.to_string().contains("is not the file that the index lists"), "{error}");
    let kept = folder.path().join("index-v1/files");
    let left = walk(&kept).filter(|path| path.is_file()).count();
    assert_eq!(left, 0);
}

fn walk(folder: &std::path::Path) -> Box<dyn Iterator<Item = std::path::PathBuf>> {
    let Ok(listing) = std::fs::read_dir(folder) else { return Box::new(std::iter::empty()) };
    Box::new(listing.flatten().flat_map(|entry| {
        let path = entry.path();
        let inner = walk(&path);
        std::iter::once(path).chain(inner)
    }))
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let server = sound();
    let index = server.index();
    let project = index.project("acme").expect("a page");
    for name in ["../x.whl", "/x.whl", "..", ".x.whl", "a b.whl", "x\\y.whl", ""] {
        let file = super::File { file_name: name.to_owned(), ..project.files[0].clone() };
        assert!(index.download(&file).is_err(), "{name}");
    }
}

#[test]
fn an_unchanged_page_is_not_sent_again() {
    let server = Server::new(|_, request, stream| {
        if request.headers.get("if-none-match").is_some_and(|etag| etag == "\"7\"") {
            return answer(stream, "304 Not Modified", "ETag: \"7\"\r\n", b"");
        }
        answer(stream, "200 OK", &format!("{JSON}ETag: \"7\"\r\n"), page().as_bytes());
    });
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { cache: Some(folder.path().to_owned()), ..server.options() };
    let first = Index::new(options.clone()).expect("an index").project("acme").expect("a page");
    let again = Index::new(options).expect("an index").project("acme").expect("a page");
    assert_eq!(first, again);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn trouble_that_passes_is_waited_for_and_told() {
    let server = Server::new(|server, _, stream| match server.asked().len() {
        1 => answer(stream, "500 Internal Server Error", "", b""),
        2 => answer(stream, "429 Too Many Requests", "Retry-After: 1\r\n", b""),
        _ => answer(stream, "200 OK", JSON, page().as_bytes()),
    });
    let begun = std::time::Instant::now();
    let (mut options, told) = (server.options(), Arc::new(Mutex::new(String::new())));
    let sink = Arc::clone(&told);
    options.listener = Listener::new(move |line| *sink.lock().expect("no panic") += line);
    Index::new(options).expect("an index").project("acme").expect("a page");
    let told = told.lock().expect("no panic").clone();
    assert!(told.contains("it answered 429; retrying in 1.0 s (attempt 3 of 3)"), "{told}");
    assert!(begun.elapsed() >= Duration::from_secs(1), "the server asked for a second");
    let server = Server::new(|_, _, stream| {
        answer(stream, "503 Service Unavailable", "Retry-After: 3600\r\n", b"");
    });
    assert!(server.error().to_string().contains("answered 503"));
    assert_eq!(server.asked().len(), 1, "an hour is not waited for");
}

#[test]
fn an_index_that_takes_its_time_is_spoken_of_and_not_waited_for_without_end() {
    // A byte now and then is no silence.
    let server = Server::new(|_, _, stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n";
        let mut going = stream.write_all(head.as_bytes()).is_ok();
        while going {
            std::thread::sleep(Duration::from_millis(20));
            going = stream.write_all(b" ").is_ok();
        }
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut options = server.options();
    options.limits.total = Duration::from_millis(300);
    options.limits.patience = Duration::from_millis(30);
    let sink = Arc::clone(&told);
    options.listener =
        Listener::new(move |line| sink.lock().expect("no panic").push(line.to_owned()));
    let error = Index::new(options).expect("an index").project("acme").expect_err("too late");
    assert!(error.to_string().contains("it did not answer within 0 seconds"), "{error}");
    let told = told.lock().expect("no panic").clone();
    assert_eq!(told, [format!("waiting for {}/simple/acme/ …", server.address)]);
}

#[test]
fn what_does_not_pass_is_asked_for_once() {
    let server = Server::new(|_, _, stream| answer(stream, "404 Not Found", "", b""));
    let error = server.error();
    assert!(error.to_string().contains("answered 404"), "{error}");
    assert!(error.hints()[0].contains("is the name right"), "{error:?}");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn servers_that_misbehave() {
    let slow = Server::new(|_, _, stream| {
        let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{JSON}\r\n{{").as_bytes());
        std::thread::sleep(Duration::from_secs(3));
    });
    let said = slow.error().to_string();
    assert!(said.contains("did not answer in time"), "{said}");
    let cut = Server::new(|_, _, stream| {
        let head = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 1000\r\n\r\n{{");
        let _ = stream.write_all(head.as_bytes());
    });
    let said = cut.error().to_string();
    assert!(said.contains("broke off"), "{said}");
    assert_eq!(cut.asked().len(), 3);
    let boastful = Server::new(|_, _, stream| {
        let head = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 999999999\r\n\r\n");
        let _ = stream.write_all(head.as_bytes());
    });
    assert!(boastful.error().to_string().contains("more than 100000 bytes"));
    let endless = Server::new(|_, _, stream| {
        let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{JSON}\r\n").as_bytes());
        while stream.write_all(&[b' '; 4096]).is_ok() {}
    });
    assert!(endless.error().to_string().contains("more than 100000 bytes"));
    let malformed = Server::new(|_, _, stream| answer(stream, "200 OK", JSON, b"{\"files\": 1}"));
    assert!(malformed.error().to_string().contains("could not be parsed"));
    let no_page = Server::new(|_, _, stream| answer(stream, "200 OK", HTML, b"hello"));
    assert!(no_page.error().to_string().contains("is not HTML"));
    let other = Server::new(|_, _, stream| {
        answer(stream, "200 OK", "Content-Type: image/png\r\n", b"hello");
    });
    assert!(other.error().to_string().contains("image/png"));
    let unasked = Server::new(|_, _, stream| answer(stream, "304 Not Modified", "", b""));
    assert!(unasked.error().to_string().contains("without being asked"));
    let gone = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let index = Server { address: format!("http://{gone}"), asked: Arc::default() };
    assert!(index.error().hints()[0].contains("reach it"), "{:?}", index.error());
}

#[test]
fn redirects_are_followed_a_few_times_and_not_anywhere() {
    let to = |location: &'static str| {
        Server::new(move |_, request, stream| {
            if request.path == "/there/" {
                return answer(stream, "200 OK", JSON, page().as_bytes());
            }
            answer(stream, "302 Found", &format!("Location: {location}\r\n"), b"");
        })
    };
    let moved = to("/there/");
    let project = moved.index().project("acme").expect("a page");
    let expected = format!("{}/there/acme-1.1.tar.gz", moved.address);
    assert_eq!(project.files[1].url.as_str(), expected, "links are relative to where it came from");
    let round = to("/simple/acme/");
    assert!(round.error().to_string().contains("more than 3 times"));
    assert_eq!(round.asked().len(), 4);
    for (location, why) in [
        ("https://127.0.0.1/", "a different scheme"),
        ("file:///etc/passwd", "a different scheme"),
        ("http://a.example/", "this machine only"),
        ("http://[", "without an address"),
    ] {
        let server = to(location);
        assert!(server.error().to_string().contains(why), "{location}: {}", server.error());
    }
}

#[test]
fn credentials_go_home_only() {
    let other = Server::new(|_, request, stream| {
        assert!(!request.headers.contains_key("authorization"));
        answer(stream, "200 OK", "", b"wheel");
    });
    let files = other.address.clone();
    let server = Server::new(move |_, request, stream| {
        if request.headers.get("authorization").map(String::as_str)
            != Some("Basic bWU6aHVudGVyMg==")
        {
            return answer(stream, "401 Unauthorized", "", b"");
        }
        let page = page().replace("../../files", &format!("{files}/files"));
        answer(stream, "200 OK", JSON, page.as_bytes());
    });
    let error = server.error();
    assert!(error.hints()[0].contains("SHIPSHAPE_INDEX_PASSWORD"), "{error:?}");
    let credentials = Credentials::of(|name| {
        Some(if name.ends_with("PASSWORD") { "hunter2" } else { "me" }.to_owned())
    });
    assert!(!format!("{credentials:?}").contains("hunter2"));
    let index = Index::new(Options { credentials, ..server.options() }).expect("an index");
    let project = index.project("acme").expect("a page");
    index.download(&project.files[0]).expect("a file");
    assert_eq!(other.asked().len(), 1);
}
