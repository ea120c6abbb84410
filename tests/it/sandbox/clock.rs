//! The virtual clock.

use serde_json::{Value, json};

use super::Forge;

fn now(forge: &Forge) -> f64 {
    forge.control("GET", "clock", &Value::Null).is(200).json()["now"].as_f64().expect("a number")
}

#[test]
fn an_hour_passes_at_once_when_all_that_are_there_sleep() {
    let forge = Forge::new();
    let start = now(&forge);
    assert_eq!(forge.control("GET", "clock", &Value::Null).json()["virtual"], true);
    let body = json!({ "client": "a", "seconds": 3600 });
    let woken = forge.control("POST", "clock/sleep", &body).is(200).json();
    assert!((woken["now"].as_f64().expect("a number") - start - 3600.0).abs() < 1e-6);
    // What is made has the time of the clock.
    let made = forge.send("POST", "/orgs/acme/repos", &json!({ "name": "new" })).is(201).json();
    assert_eq!(made["created_at"], "2026-11-22T13:00:00Z");
}

#[test]
fn time_stands_still_while_somebody_that_registered_is_awake() {
    let forge = Forge::new();
    let start = now(&forge);
    forge.control("POST", "clock/clients", &json!({ "client": "b" })).is(204);
    let sleeper = std::thread::scope(|scope| {
        let url = forge.rehearsal.url();
        let sleeping = scope.spawn(move || {
            let address = url.replace("http://", "");
            let body = "{\"client\":\"a\",\"seconds\":100}";
            let mut stream = std::net::TcpStream::connect(&address).expect("a connection");
            let head = format!("POST /_sandbox/clock/sleep HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            std::io::Write::write_all(&mut stream, head.as_bytes()).expect("sent");
            let mut answer = String::new();
            std::io::Read::read_to_string(&mut stream, &mut answer).expect("an answer");
            answer
        });
        let short = forge.control("POST", "clock/sleep", &json!({ "client": "b", "seconds": 1 }));
        assert!(short.is(200).json()["now"].as_f64().expect("a number") < start + 100.5);
        forge.control("DELETE", "clock/clients/b", &Value::Null).is(204);
        sleeping.join().expect("woken")
    });
    assert!(sleeper.starts_with("HTTP/1.1 200"), "{sleeper}");
    assert!(now(&forge) >= start + 100.0);
}

#[test]
fn what_is_no_time_is_refused_or_takes_none() {
    let forge = Forge::new();
    let start = now(&forge);
    let sleep = |body: Value| forge.control("POST", "clock/sleep", &body);
    sleep(json!({ "client": "a" })).is(422);
    sleep(json!({ "seconds": 5 })).is(422);
    sleep(json!({ "client": "a", "seconds": "long" })).is(422);
    sleep(json!({ "client": "a", "seconds": -5 })).is(200);
    assert!((now(&forge) - start).abs() < 1e-6);
    // A year at most, so that no time is out of bounds.
    sleep(json!({ "client": "a", "seconds": 1e300 })).is(200);
    assert!((now(&forge) - start - 31_536_000.0).abs() < 1.0);
    forge.get("/user").is(200);
}
