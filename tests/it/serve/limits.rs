//! Clients that are slow, many, or odd; and the end.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Signal;

use super::{Serving, TOKEN, fleet, read_reply};

/// Whether the server ends a connection by itself.
fn is_cut(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
    let mut bytes = [0; 4096];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

#[test]
fn clients_that_are_slow_are_cut() {
    let (world, forge) = fleet();
    let serving = Serving::dashboard(&world, &forge, &["--patience", "1"]);
    let connect = || TcpStream::connect(&serving.address).expect("it listens");
    // One that says nothing, one that does not end its head, one that came and stays.
    let mut silent = connect();
    assert!(is_cut(&mut silent));
    let mut slow = connect();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-").expect("sent");
    assert!(is_cut(&mut slow));
    let mut idle = connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    assert!(is_cut(&mut idle));
    // One whose body does not come.
    let mut body = connect();
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {}\r\nContent-Length: 9\r\n\r\ntok",
        serving.address
    );
    body.write_all(head.as_bytes()).expect("sent");
    read_reply(&mut body).is(408);
    // One that asks and asks, and takes no answer.
    let mut greedy = connect();
    greedy.set_write_timeout(Some(Duration::from_secs(1))).expect("set");
    let asked = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n",
        serving.address
    );
    let mut asked_for = 0;
    while asked_for < 20_000 && greedy.write_all(asked.as_bytes()).is_ok() {
        asked_for += 1;
    }
    serving.until("nobody is left but who asks", || serving.metric("shipshape_connections") == 1);
}

#[test]
fn heads_paths_and_bodies_have_bounds() {
    let (world, forge) = fleet();
    let serving = Serving::dashboard(&world, &forge, &[]);
    serving.get(&format!("/{}", "a".repeat(3_000))).is(414);
    let long = "a".repeat(40_000);
    serving.ask("GET", "/", &[("X-Long", &long)], b"").is(431);
    let many: Vec<(&str, &str)> = (0..100).map(|_| ("X-Many", "1")).collect();
    serving.ask("GET", "/", &many, b"").is(431);
    serving.ask("POST", "/login", &[], &vec![b'a'; 9_000]).is(413);
    // What is no HTTP is no reason to fall over.
    let mut odd = TcpStream::connect(&serving.address).expect("it listens");
    odd.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").expect("sent");
    read_reply(&mut odd).is(400);
    serving.get("/healthz").is(200);
}

#[test]
fn one_address_may_ask_so_often() {
    let (world, forge) = fleet();
    let serving = Serving::start(
        &world,
        Some(&forge),
        &["--role", "dashboard", "--every", "3600", "--rate", "1"],
        &[],
    );
    let statuses: Vec<u16> = (0..4).map(|_| serving.get("/healthz").status).collect();
    assert_eq!(statuses[..2], [200, 200]);
    assert!(statuses[2..].contains(&429), "{statuses:?}");
}

#[test]
fn asked_to_end_it_ends() {
    let (world, forge) = fleet();
    for signal in [Signal::TERM, Signal::INT] {
        let serving = Serving::dashboard(&world, &forge, &[]);
        // Somebody who is connected and asks for nothing holds nobody up.
        let mut idle = TcpStream::connect(&serving.address).expect("it listens");
        idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
        let address = serving.address.clone();
        let (code, told) = serving.end(signal);
        assert_eq!(code, 0, "{told}");
        assert!(told.contains("Stopping when running work is done"), "{told}");
        assert!(TcpStream::connect(address).is_err());
        assert!(is_cut(&mut idle));
    }
}
