//! Refreshing images, asked over HTTP, with an engine that does as it is told.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;
use shipshape::drift::model::Report;
use shipshape::fleet::RepositoryName;
use shipshape::images::by_runtime::{ByRuntime, RefreshedRuntime, Unfinished};
use shipshape::serve::{
    CampaignSight, Facts, Limits, MemberSight, Members, Options, RefreshRequest, Refresher, Role,
    Server, SigningSecret, Token, Which,
};
use shipshape::{Error, Result};
use tokio::sync::{Semaphore, oneshot};

use super::{Reply, SECRET, TOKEN, ask, until};

/// A fleet of two.
struct TwoRuntimes;

impl Facts for TwoRuntimes {
    fn now(&self) -> String {
        "2026-11-22T12:00:00Z".to_owned()
    }

    fn members(&self) -> Result<Members> {
        let member = |slug: &str| MemberSight {
            slug: slug.to_owned(),
            repository: RepositoryName::parse(&format!("acme/t-{slug}"), "acme").expect("a name"),
            image: Some(format!("ghcr.io/acme/t-{slug}")),
        };
        let members = vec![member("hermes"), member("codex")];
        Ok(Members { fleet: "acme".to_owned(), members, source: None, releases: false })
    }

    fn judge(&self, _: &Which) -> Result<Report> {
        Err(Error::failed("nobody judges here"))
    }

    fn campaigns(&self) -> Vec<CampaignSight> {
        Vec::new()
    }
}

/// Refreshes when it is let.
struct Engine {
    begun: AtomicUsize,
    let_through: Semaphore,
    lists: bool,
}

impl Refresher for Engine {
    fn refresh<'a>(
        &'a self,
        request: &'a RefreshRequest,
    ) -> Pin<Box<dyn Future<Output = ByRuntime> + Send + 'a>> {
        Box::pin(async move {
            self.begun.fetch_add(1, Ordering::SeqCst);
            self.let_through.acquire().await.expect("open").forget();
            let asked = request.runtime.as_deref();
            let one = |runtime: &str| RefreshedRuntime {
                runtime: runtime.to_owned(),
                pulled: runtime == "hermes",
                held: false,
                failure: (runtime == "codex").then(|| "not logged in to ghcr.io".to_owned()),
                recreated: match request.recreate && runtime == "hermes" && self.lists {
                    true => vec!["ws-1".to_owned()],
                    false => Vec::new(),
                },
            };
            let all = ["hermes", "codex"].into_iter();
            ByRuntime {
                runtimes: all
                    .filter(|it| asked.is_none_or(|asked| asked == *it))
                    .map(one)
                    .collect(),
                failure: (!self.lists).then(|| Unfinished {
                    why: "containers cannot be listed".to_owned(),
                    hint: Some("is the engine there?".to_owned()),
                }),
            }
        })
    }
}

/// The server on a thread of its own.
struct Host {
    address: String,
    engine: Arc<Engine>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
}

impl Host {
    fn new(lists: bool) -> Self {
        Self::within(lists, Limits::default())
    }

    fn within(lists: bool, limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let engine =
            Arc::new(Engine { begun: AtomicUsize::new(0), let_through: Semaphore::new(0), lists });
        let options = Options {
            listen: "127.0.0.1:0".parse().expect("an address"),
            roles: [Role::Images, Role::Webhooks, Role::Dashboard].into(),
            hosts: Vec::new(),
            https: false,
            token: Some(Token::new(TOKEN, "the token").expect("long enough")),
            tokenless: false,
            webhook_secret: Some(SigningSecret::new(SECRET, "the secret").expect("long enough")),
            refresh_paths: vec!["/admin/runtimes/refresh".to_owned()],
            deliveries: Some(folder.path().join("deliveries.jsonl")),
            every: Duration::from_secs(3_600),
            limits,
        };
        let (end, ended) = oneshot::channel();
        let (tell_address, address) = std::sync::mpsc::channel();
        let refresher: Arc<dyn Refresher> = Arc::clone(&engine) as Arc<dyn Refresher>;
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let server =
                    Server::bind(options, Arc::new(TwoRuntimes), Some(refresher), Arc::new(|_| {}));
                let server = server.await.expect("a server");
                tell_address.send(server.url()).expect("heard");
                server.run(async { drop(ended.await) }).await.expect("an end");
            });
        });
        let url = address.recv().expect("an address");
        let address = url.strip_prefix("http://").expect("an address").to_owned();
        Self { address, engine, end: Some(end), thread: Some(thread), folder }
    }

    fn refresh(&self, query: &str) -> Reply {
        refresh(&self.address, query)
    }

    fn begun(&self) -> usize {
        self.engine.begun.load(Ordering::SeqCst)
    }
}

fn refresh(address: &str, query: &str) -> Reply {
    let bearer = format!("Bearer {TOKEN}");
    let path = format!("/admin/images/refresh{query}");
    ask(address, "POST", &path, &[("Authorization", &bearer)], b"")
}

impl Drop for Host {
    fn drop(&mut self) {
        self.engine.let_through.add_permits(1_000);
        self.end.take().map(|end| end.send(()));
        self.thread.take().map(JoinHandle::join);
    }
}

#[test]
fn a_refresh_says_what_was_pulled_what_failed_and_what_was_recreated() {
    let host = Host::new(true);
    host.engine.let_through.add_permits(9);
    let answer = host.refresh("").is(200).json();
    assert_eq!(answer["pulled"], json!(["hermes"]));
    assert_eq!(answer["failed"], json!(["codex"]));
    assert_eq!(answer["recreated"], json!(["ws-1"]));
    assert_eq!(answer["reasons"], json!({ "codex": "not logged in to ghcr.io" }));
    let kept = host.refresh("?runtime=hermes&recreate=false").is(200).json();
    assert_eq!((&kept["pulled"], &kept["recreated"]), (&json!(["hermes"]), &json!([])));
    let unknown = host.refresh("?runtime=other").is(400).json();
    assert_eq!(unknown["known_runtimes"], json!(["hermes", "codex"]));
    host.refresh("?recrate=false").is(400);
    host.refresh("?recreate=perhaps").is(400);
    assert_eq!(host.begun(), 2, "what is refused begins nothing");
    let schema = shipshape::schema::print("refresh-answer").expect("a schema");
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON"));
    assert!(schema.expect("a schema").is_valid(&answer), "{answer}");
}

#[test]
fn programs_that_know_another_server_ask_at_the_paths_of_the_manifest() {
    let host = Host::new(true);
    host.engine.let_through.add_permits(2);
    let bearer = format!("Bearer {TOKEN}");
    let ask_at =
        |path: &str| ask(&host.address, "POST", path, &[("Authorization", &bearer)], b"").status;
    assert_eq!(ask_at("/admin/runtimes/refresh?runtime=hermes"), 200);
    assert_eq!(ask_at("/admin/other/refresh?runtime=hermes"), 404);
    ask(&host.address, "POST", "/admin/runtimes/refresh", &[], b"").is(401);
}

#[test]
fn what_could_be_done_is_told_where_containers_cannot_be_listed() {
    let host = Host::new(false);
    host.engine.let_through.add_permits(1);
    let answer = host.refresh("").is(500).json();
    assert_eq!(answer["pulled"], json!(["hermes"]));
    assert_eq!(answer["error"], "containers cannot be listed");
    assert_eq!(answer["hint"], "is the engine there?");
}

#[test]
fn it_is_for_those_who_present_the_token() {
    let host = Host::new(true);
    let path = "/admin/images/refresh";
    ask(&host.address, "POST", path, &[], b"").is(401);
    ask(&host.address, "POST", path, &[("Authorization", "Bearer another-token-altogether")], b"")
        .is(401);
    ask(&host.address, "GET", path, &[], b"").is(405);
    // A cookie speaks for its browser on whatever page that is.
    let login =
        ask(&host.address, "POST", "/login", &[], format!("token={TOKEN}").as_bytes()).is(303);
    let cookie = login.header("set-cookie").and_then(|it| it.split(';').next()).expect("a cookie");
    ask(&host.address, "POST", path, &[("Cookie", cookie)], b"").is(403);
    ask(&host.address, "POST", "/images/refresh", &[("Cookie", cookie)], b"runtime=hermes").is(403);
    assert_eq!(host.begun(), 0);
    let page = ask(&host.address, "GET", "/images", &[("Cookie", cookie)], b"").is(200).body;
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").expect("a form");
    let token = rest.split('"').next().expect("a value");
    let form = format!("form_token={token}&runtime=hermes");
    let sent =
        ask(&host.address, "POST", "/images/refresh", &[("Cookie", cookie)], form.as_bytes());
    assert_eq!(sent.is(303).header("location"), Some("/images"));
    host.engine.let_through.add_permits(1);
    until("the page shows it", || {
        ask(&host.address, "GET", "/images", &[("Cookie", cookie)], b"")
            .body
            .contains("1 recreated")
    });
}

#[test]
fn the_second_caller_gets_the_result_of_the_run_that_is_under_way() {
    let host = Host::new(true);
    let answers = std::thread::scope(|scope| {
        let first = scope.spawn(|| host.refresh("").is(200).json());
        until("it has begun", || host.begun() == 1);
        let more: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| host.refresh("?runtime=hermes").is(200).json()))
            .collect();
        // Somebody who asks and goes away ends nothing.
        drop(std::net::TcpStream::connect(&host.address));
        until("they wait", || {
            let bearer = format!("Bearer {TOKEN}");
            let metrics = ask(&host.address, "GET", "/metrics", &[("Authorization", &bearer)], b"");
            metrics.body.contains("shipshape_requests_in_flight 5")
        });
        host.engine.let_through.add_permits(1);
        let mut answers = vec![first.join().expect("an answer")];
        answers.extend(more.into_iter().map(|one| one.join().expect("an answer")));
        answers
    });
    assert_eq!(host.begun(), 1);
    assert_eq!(answers[0]["joined"], false);
    for answer in &answers[1..] {
        assert_eq!((&answer["joined"], &answer["pulled"]), (&json!(true), &json!(["hermes"])));
    }
}

#[test]
fn what_came_of_it_is_known_though_whoever_asked_went_away() {
    let host = Host::new(true);
    let mut stream = std::net::TcpStream::connect(&host.address).expect("it listens");
    let head = format!(
        "POST /admin/images/refresh?runtime=hermes HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n",
        host.address
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).expect("sent");
    until("it has begun", || host.begun() == 1);
    drop(stream);
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("Authorization", bearer.as_str())];
    let metrics = || ask(&host.address, "GET", "/metrics", &headers, b"").is(200).body;
    until("the server knows that they went", || {
        metrics().contains("shipshape_requests_in_flight 1\n")
    });
    host.engine.let_through.add_permits(1);
    until("it is counted", || {
        metrics().contains("shipshape_refreshes_total{outcome=\"whole\"} 1\n")
    });
    until("the page shows it", || {
        ask(&host.address, "GET", "/images", &headers, b"").body.contains("1 recreated")
    });
}

#[test]
fn one_address_cannot_take_all_connections() {
    let host = Host::within(true, Limits { connections: 4, ..Limits::default() });
    let connect = || std::net::TcpStream::connect(&host.address).expect("it listens");
    let is_open = |stream: &mut std::net::TcpStream| {
        let head = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", host.address);
        // One that was closed may say so only when it is read.
        let _ = std::io::Write::write_all(stream, head.as_bytes());
        matches!(std::io::Read::read(stream, &mut [0; 64]), Ok(count) if count > 0)
    };
    let (mut one, mut two) = (connect(), connect());
    assert!(is_open(&mut one) && is_open(&mut two));
    assert!(!is_open(&mut connect()), "more than half of them");
    drop(one);
    until("there is room again", || is_open(&mut connect()));
}

#[test]
fn a_release_refreshes_and_what_came_meanwhile_is_done_together() {
    let host = Host::new(true);
    let deliver = |id: u32| {
        let body = json!({ "action": "published", "release": { "id": id },
            "repository": { "full_name": "acme/t-hermes" } })
        .to_string();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
        let tag = ring::hmac::sign(&key, body.as_bytes());
        let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let (id, signature) = (id.to_string(), format!("sha256={digits}"));
        let headers = [
            ("Content-Type", "application/json"),
            ("X-GitHub-Delivery", id.as_str()),
            ("X-GitHub-Event", "release"),
            ("X-Hub-Signature-256", signature.as_str()),
        ];
        ask(&host.address, "POST", "/webhooks/github", &headers, body.as_bytes()).is(202).json()
    };
    assert_eq!(deliver(1)["wants"], json!({ "refresh": "hermes" }));
    until("it has begun", || host.begun() == 1);
    (2..10).for_each(|id| drop(deliver(id)));
    host.engine.let_through.add_permits(2);
    // One run for the eight: they came after the first had begun, and may be news to it.
    until("what came meanwhile is done", || host.begun() == 2);
    let noted = host.folder.path().join("deliveries.refreshed");
    until("it is noted", || std::fs::read_to_string(&noted).is_ok_and(|text| text.trim() == "9"));
    assert_eq!(host.begun(), 2);
}

#[test]
fn a_refresh_that_runs_is_finished_before_the_end() {
    let mut host = Host::new(true);
    let (address, engine) = (host.address.clone(), Arc::clone(&host.engine));
    let asked = std::thread::spawn({
        let address = address.clone();
        move || refresh(&address, "").is(200).json()
    });
    until("it has begun", || host.begun() == 1);
    host.end.take().expect("not yet").send(()).expect("it runs");
    until("nobody is let in any more", || std::net::TcpStream::connect(&address).is_err());
    engine.let_through.add_permits(1);
    let answer = asked.join().expect("an answer");
    assert_eq!(answer["pulled"], json!(["hermes"]));
    assert!(host.thread.take().expect("not yet").join().is_ok());
}

#[test]
fn without_an_engine_nothing_is_done_and_it_is_said() {
    let (world, forge) = super::fleet();
    let nowhere = ("DOCKER_HOST", "unix:///nowhere/at/all.sock");
    let roles = ["--role", "images", "--role", "dashboard"];
    let serving = super::Serving::start(&world, Some(&forge), &roles, &[nowhere]);
    let failed = || serving.get_with_token("/images").body.matches(">failed</span>").count();
    refresh(&serving.address, "?runtime=hermes").is(500);
    until("one has failed", || failed() == 1);
    let answer = refresh(&serving.address, "").is(500).json();
    assert_eq!((&answer["pulled"], &answer["recreated"]), (&json!([]), &json!([])));
    assert!(
        answer["error"].as_str().is_some_and(|error| error.contains("/nowhere/at/all.sock")),
        "{answer}"
    );
    refresh(&serving.address, "?runtime=nobody").is(400);
    // That is the outcome of the last refresh of each runtime that was asked for.
    until("both have failed", || failed() == 2);
    // A fleet without images has nothing to refresh.
    world.write("fleet.yaml", super::FLEET.replace("images:", "# images:"));
    let arguments = ["serve", "--role", "images", "--listen", "127.0.0.1:0"];
    forge.run_with(&world, &arguments, &[("SHIPSHAPE_SERVE_TOKEN", TOKEN)]).exits(2);
}
