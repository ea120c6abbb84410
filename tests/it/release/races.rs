//! Several who make a tag at once: one wins, and the others look again, or stop.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use super::stage::Stage;

/// A way to the forge that holds one request back until it is let through.
struct Gate {
    url: String,
    reached: Receiver<()>,
    open: Sender<()>,
}

impl Gate {
    /// Holds back the first request that begins like this.
    fn before(forge: &str, request: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let forge = forge.replace("http://", "");
        let (tell, reached) = channel();
        let (open, opened) = channel::<()>();
        let hold = Arc::new(Mutex::new(Some((tell, opened))));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&forge).expect("the forge");
                let back =
                    (server.try_clone().expect("a stream"), client.try_clone().expect("one"));
                std::thread::spawn(move || copy(back.0, back.1, &mut |_| ()));
                let hold = Arc::clone(&hold);
                std::thread::spawn(move || {
                    copy(client, server, &mut |bytes| {
                        if !bytes.starts_with(request.as_bytes()) {
                            return;
                        }
                        let held = hold.lock().expect("no panic").take();
                        if let Some((tell, opened)) = held {
                            tell.send(()).expect("somebody waits");
                            opened.recv().expect("somebody opens");
                        }
                    });
                });
            }
        });
        Self { url, reached, open }
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, seen: &mut dyn FnMut(&[u8])) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        seen(&bytes[..count]);
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Runs `release tag` and, just before it makes its tag, does something else.
fn raced(stage: &Stage, arguments: &[&str], meanwhile: impl FnOnce()) -> crate::world::Ran {
    let words = [&["tag"], arguments].concat();
    halted(stage, "POST /api/v3/repos/acme/core/git/refs", &words, &[], meanwhile)
}

/// Runs `shipshape release …` and, just before it asks this of the forge, does something else.
pub(super) fn halted(
    stage: &Stage,
    request: &'static str,
    arguments: &[&str],
    more: &[(&str, String)],
    meanwhile: impl FnOnce(),
) -> crate::world::Ran {
    let gate = Gate::before(&stage.forge.url(), request);
    let words = [&["release"], arguments].concat();
    let mut command = stage.world.command(&stage.world.path(""), &words);
    command
        .envs(stage.forge.variables())
        .envs(more.iter().cloned())
        .env("SHIPSHAPE_FORGE", &gate.url)
        .env("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token");
    let child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    gate.reached.recv().expect("it gets there");
    meanwhile();
    gate.open.send(()).expect("it waits");
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    crate::world::Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

#[test]
fn who_loses_takes_the_next_version() {
    let stage = Stage::new();
    let commit = stage.push("workspace/x.py", "X = 1\n", "Push it");
    let first = stage.head();
    let ran = raced(&stage, &[], || {
        // Somebody tags a commit that does not have this one.
        let old = "/repos/acme/core/git/ref/tags/runtime-v0.1.5";
        let old = stage.ask("ann", "GET", old, serde_json::Value::Null);
        stage.tag_by_hand("runtime-v0.1.6", old["object"]["sha"].as_str().expect("a commit"));
    })
    .exits(0);
    assert_eq!(commit, first);
    assert_eq!(ran.stdout, "runtime-v0.1.7\n");
    assert!(ran.stderr.contains("another run has just created `runtime-v0.1.6`"), "{}", ran.stderr);
    assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6", "runtime-v0.1.7"]);
}

#[test]
fn who_loses_over_the_same_commit_has_nothing_to_do() {
    let stage = Stage::new();
    let commit = stage.push("workspace/x.py", "X = 1\n", "Push it");
    let ran = raced(&stage, &[], || stage.tag_by_hand("runtime-v0.1.6", &commit)).exits(0);
    assert_eq!(ran.stdout, "runtime-v0.1.6\n");
    assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6"]);
}

#[test]
fn who_loses_to_a_later_commit_that_has_this_one_has_nothing_to_do_either() {
    let stage = Stage::new();
    let commit = stage.push("workspace/x.py", "X = 1\n", "Push it");
    let later = stage.push("workspace/y.py", "Y = 1\n", "More");
    let ran = raced(&stage, &["--commit", &commit], || stage.tag_by_hand("runtime-v0.1.6", &later));
    let ran = ran.exits(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("nothing changed in `workspace` since 0.1.6"), "{}", ran.stderr);
    assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6"]);
}

#[test]
fn who_loses_stops_when_that_is_asked() {
    let stage = Stage::new();
    let commit = stage.push("workspace/x.py", "X = 1\n", "Push it");
    let ran =
        raced(&stage, &["--on-race", "stop"], || stage.tag_by_hand("runtime-v0.1.6", &commit));
    let ran = ran.exits(3);
    assert!(ran.stderr.contains("another run has just created `runtime-v0.1.6`"), "{}", ran.stderr);
    // A version of somebody's choice is not replaced by another.
    let stage = Stage::new();
    stage.push("workspace/x.py", "X = 1\n", "Push it");
    let first = stage.ask(
        "ann",
        "GET",
        "/repos/acme/core/git/ref/tags/runtime-v0.1.5",
        serde_json::Value::Null,
    );
    let first = first["object"]["sha"].as_str().expect("a commit").to_owned();
    let ran =
        raced(&stage, &["--version", "0.1.6"], || stage.tag_by_hand("runtime-v0.1.6", &first));
    assert!(ran.exits(2).stderr.contains("`runtime-v0.1.6` is at another commit"));
}

#[test]
fn of_many_at_once_over_one_commit_one_makes_the_tag() {
    let stage = Stage::new();
    stage.push("workspace/x.py", "X = 1\n", "Push it");
    let start = || {
        let mut command = stage.world.command(&stage.world.path(""), &["release", "tag"]);
        command.envs(stage.forge.variables()).stderr(std::process::Stdio::null());
        command.stdout(std::process::Stdio::piped()).spawn().expect("the binary runs")
    };
    let children: Vec<_> = (0..4).map(|_| start()).collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success());
        assert_eq!(output.stdout, b"runtime-v0.1.6\n");
    }
    assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6"]);
}
