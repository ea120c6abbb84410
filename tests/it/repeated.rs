//! A server, or a proxy before it, that repeats what it was sent: a credential gets into no output and into no file.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::campaign::stage::Stage as Campaigns;
use crate::fleet_commands::FLEET;
use crate::rehearsal::Rehearsal;
use crate::release::stage::{ALPHA, Stage as Releases};
use crate::world::{Ran, World};

const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/forge/app/test-key.pem");

/// A token without a shape by which it would be known.
const TOKEN: &str = "hunter2hunter2hunter2";

/// Stands before a forge, and answers some requests by repeating their authorization.
struct Parrot {
    url: String,
}

impl Parrot {
    /// Answers what is so, with this status; passes everything else on to the forge.
    fn before(
        forge: &str,
        status: u16,
        is_so: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (forge, is_so) = (forge.replace("http://", ""), Arc::new(is_so));
        std::thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let (forge, is_so) = (forge.clone(), Arc::clone(&is_so));
                std::thread::spawn(move || {
                    let request = request(&mut client);
                    let answer = match is_so(&String::from_utf8_lossy(&request)) {
                        true => repeated(&request, status),
                        false => passed_on(&request, &forge),
                    };
                    let _ = client.write_all(&answer);
                });
            }
        });
        Self { url }
    }

    /// Answers everything but what the time is.
    fn of(forge: &str, status: u16) -> Self {
        Self::before(forge, status, |request| !asks_the_time(request))
    }
}

fn asks_the_time(request: &str) -> bool {
    request.lines().next().is_some_and(|line| line.contains(" /_sandbox/clock"))
}

/// One whole request.
fn request(client: &mut TcpStream) -> Vec<u8> {
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").and_then(|length| length.parse().ok());
            if bytes.len() >= head.len() + 4 + length.unwrap_or(0) {
                return bytes;
            }
        }
        match client.read(&mut piece) {
            Ok(count @ 1..) => bytes.extend_from_slice(&piece[..count]),
            _ => return bytes,
        }
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let named =
        |line: &'h str| line.split_once(": ").filter(|(it, _)| it.eq_ignore_ascii_case(name));
    head.lines().find_map(named).map(|(_, value)| value)
}

/// The refusal of a request, with all that came in its `Authorization`, also as Base64 and beyond what is shown.
fn repeated(request: &[u8], status: u16) -> Vec<u8> {
    let text = String::from_utf8_lossy(request);
    let sent = header(&text, "authorization").unwrap_or("nothing");
    let encoded = BASE64_STANDARD.encode(sent);
    let told = format!("you sent {sent}, which is {encoded} {} {sent}", "x".repeat(500));
    let message = serde_json::Value::from(told);
    let is_document = text.contains("/graphql ");
    let (status, body) = match is_document {
        true => (200, format!(r#"{{"errors":[{{"type":"FORBIDDEN","message":{message}}}]}}"#)),
        false => (status, format!(r#"{{"message":{message}}}"#)),
    };
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nX-OAuth-Scopes: {sent}\r\n\
         X-Accepted-OAuth-Scopes: repo\r\nX-Accepted-GitHub-Permissions: {sent}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// What the forge answers.
fn passed_on(request: &[u8], forge: &str) -> Vec<u8> {
    let mut server = TcpStream::connect(forge).expect("the forge");
    let end = request.windows(2).position(|pair| pair == b"\r\n").expect("a line");
    let (line, rest) = request.split_at(end);
    server.write_all(&[line, b"\r\nConnection: close", rest].concat()).expect("sent");
    let mut answer = Vec::new();
    let _ = server.read_to_end(&mut answer);
    answer
}

/// A part of what is in Base64 of `Bearer …`, wherever it begins.
fn in_base64(secret: &str) -> Option<String> {
    let encoded = BASE64_STANDARD.encode(format!("Bearer {secret}"));
    (secret.len() > 10).then(|| encoded[12..24].to_owned())
}

/// Nothing that was said and nothing that was written holds one of these.
#[track_caller]
fn holds_nothing(world: &World, ran: &Ran, secrets: &[&str]) {
    let mut texts = vec![(PathBuf::from("output"), format!("{}{}", ran.stdout, ran.stderr))];
    let mut waiting = vec![world.path("")];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("readable").flatten() {
            match entry.file_type().expect("a type").is_dir() {
                true => waiting.push(entry.path()),
                false => {
                    let bytes = std::fs::read(entry.path()).unwrap_or_default();
                    texts.push((entry.path(), String::from_utf8_lossy(&bytes).into_owned()));
                }
            }
        }
    }
    for (place, text) in &texts {
        for secret in secrets {
            for form in [Some((*secret).to_owned()), in_base64(secret)].into_iter().flatten() {
                assert!(!text.contains(&form), "{} holds {form}:\n{text}", place.display());
            }
        }
    }
}

fn fleet() -> World {
    let world = World::new();
    world.write("fleet.yaml", FLEET);
    world.write("shape/shape.yaml", "schema: 1\nname: t\npaths: []\nextras: ['**']\n");
    world.write(
        "campaign.yaml",
        "schema: 1\nname: tidy\nchanges: [{ add: { path: LICENSE, content: x } }]\npull_request: { title: Tidy }\n",
    );
    world
}

const COMMANDS: &[&[&str]] = &[
    &["drift", "-v"],
    &["drift", "--format", "json"],
    &["drift", "--format", "html"],
    &["fleet", "status"],
    &["fleet", "status", "--format", "json"],
    &["fleet", "discover"],
    &["init", "--owner", "acme", "--output", "new.yaml"],
    &["doctor"],
    &["doctor", "--format", "json"],
    &["campaign", "plan"],
];

fn run(world: &World, parrot: &Parrot, words: &[&str], credential: &[(&str, &str)]) -> Ran {
    let forge = [("SHIPSHAPE_FORGE", parrot.url.as_str()), ("SHIPSHAPE_FORGE_CLOCK", "sandbox")];
    world.run_in(&world.path(""), words, &[&forge[..], credential].concat())
}

#[test]
fn a_token_that_the_forge_repeats_is_shown_nowhere() {
    let forge = Rehearsal::new(&fleet(), "tokens: [{ name: all }]\n");
    for status in [401, 403, 404, 422, 500] {
        let parrot = Parrot::of(&forge.url(), status);
        for command in COMMANDS {
            let world = fleet();
            let ran = run(&world, &parrot, command, &[("GH_ENTERPRISE_TOKEN", TOKEN)]);
            let said = format!("{}{}", ran.stdout, ran.stderr);
            // What shows nothing of the answer proves nothing.
            assert!(status != 403 || said.contains("***"), "{command:?}: {said}");
            holds_nothing(&world, &ran, &[TOKEN]);
        }
    }
}

#[test]
fn neither_is_the_proof_of_an_app_nor_its_token() {
    let app = [
        ("SHIPSHAPE_APP_ID", "7"),
        ("SHIPSHAPE_APP_INSTALLATION", "8"),
        ("SHIPSHAPE_APP_KEY_FILE", KEY),
    ];
    let world = fleet();
    let seed = "tokens: [{ name: all, scopes: [repo], user: octo }]\n\
        app: { id: 7, slug: keeper, account: acme, installation: 8, permissions: { contents: read, metadata: read } }\n";
    let forge = Rehearsal::new(&world, seed);
    let parrot = Parrot::of(&forge.url(), 403);
    let ran = run(&world, &parrot, &["drift"], &app).exits(3);
    assert!(ran.stderr.contains("you sent Bearer ***"), "{}", ran.stderr);
    // A proof begins with `{"alg":`, whatever it proves.
    holds_nothing(&world, &ran, &["eyJhbGciOi"]);
    let parrot = Parrot::before(&forge.url(), 403, |request| {
        !asks_the_time(request) && !request.contains("/access_tokens ")
    });
    let ran = run(&world, &parrot, &["drift"], &app);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("you sent Bearer ***"), "{said}");
    holds_nothing(&world, &ran, &["ghs_sandbox_"]);
}

#[test]
fn a_campaign_writes_no_token_into_its_log_and_its_journal() {
    let stage = Campaigns::of(&["alpha"]);
    let parrot = Parrot::before(&stage.forge.url(), 403, |request| request.contains("mutation"));
    let [_, (name, token), _] = stage.forge.variables();
    let apply = ["campaign", "apply", "campaign.plan.json", "--yes"];
    run(&stage.world, &parrot, &["campaign", "plan"], &[(name, token.as_str())]).exits(0);
    let ran = run(&stage.world, &parrot, &apply, &[(name, token.as_str())]);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("you sent Bearer ***"), "{said}");
    let log = stage.journal().with_file_name("audit.jsonl");
    assert!(std::fs::read_to_string(&log).expect("a log").contains("***"), "{}", log.display());
    holds_nothing(&stage.world, &ran, &[&token]);
}

#[test]
fn a_cascade_shows_no_token_of_its_own() {
    let stage = Releases::with(&[ALPHA], &[("0.1.5", None), ("0.1.6", None)], "");
    let parrot =
        Parrot::before(&stage.forge.url(), 403, |request| request.contains("/dispatches "));
    let variables = [("SHIPSHAPE_FORGE", parrot.url.as_str())];
    let ran = stage.release_with(&["cascade", "0.1.6"], &variables);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("you sent Bearer ***"), "{said}");
    holds_nothing(&stage.world, &ran, &["dispatcher-token"]);
}

#[test]
fn an_index_that_repeats_its_password_is_not_repeated() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let text = String::from_utf8_lossy(&request(&mut client)).into_owned();
            let sent = header(&text, "authorization").unwrap_or("nothing");
            let path = sent.replace(' ', "/");
            let answer = match text.contains("/redirects/") {
                true => format!("HTTP/1.1 302 X\r\nLocation: https://127.0.0.1:1/{path}\r\n"),
                false => format!("HTTP/1.1 200 X\r\nContent-Type: x/{sent}\r\n"),
            };
            let end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = client.write_all(format!("{answer}{end}").as_bytes());
        }
    });
    world.write(
        "fleet.yaml",
        "schema: 1\nname: acme\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers: [t-a]\n\
         runtime_package: { distribution: acme-runtime, import: acme_runtime }\n",
    );
    world.write("t-a/x.py", "import acme_runtime\n");
    for path in ["simple", "redirects"] {
        let url = format!("http://{address}/{path}/");
        let variables = [
            ("SHIPSHAPE_INDEX_URL", url.as_str()),
            ("SHIPSHAPE_INDEX_USERNAME", "me"),
            ("SHIPSHAPE_INDEX_PASSWORD", TOKEN),
        ];
        let words = ["package", "compat", "1.0", "--local", "t-a"];
        let ran = world.run_in(&world.path(""), &words, &variables);
        assert!(ran.stderr.contains("***"), "{}{}", ran.stdout, ran.stderr);
        let encoded = &BASE64_STANDARD.encode(format!("me:{TOKEN}"))[8..20];
        assert!(!ran.stderr.contains(encoded), "{}", ran.stderr);
        holds_nothing(&world, &ran, &[TOKEN]);
    }
}
