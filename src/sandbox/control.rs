//! `/_sandbox/`: the interface through which tests and rehearsals control the sandbox.
//!
//! Nothing here counts against a limit, is logged, or meets a fault. There is no token: requests
//! are accepted from the user who started the sandbox, and other users of the machine get no
//! response at all.

mod routes;
mod state;

use serde_json::{Map, Value, json};

use super::faults::Faults;
use super::index::IndexSeed;
use super::refusal::{Answer, Refusal};
use super::reply::Reply;
use super::seed;
use super::server::{Incoming, Shared};

/// Answers a request to the control interface.
pub(super) async fn answer(shared: &Shared, incoming: &Incoming) -> Reply {
    let answered = match (incoming.method.as_str(), incoming.path.as_str()) {
        ("POST", "/_sandbox/clock/sleep") => sleep(shared, incoming).await,
        _ => at_once(shared, incoming),
    };
    answered.unwrap_or_else(|refusal| refusal.reply())
}

fn at_once(shared: &Shared, incoming: &Incoming) -> Answer {
    let now = shared.clock.now();
    match (incoming.method.as_str(), incoming.path.as_str()) {
        ("GET", "/_sandbox/requests") => {
            let bodies = incoming.asked("bodies").is_some_and(|value| value != "false");
            Ok(Reply::ok(shared.with(|world| world.log.shown(bodies))))
        }
        ("DELETE", "/_sandbox/requests") => {
            shared.with(|world| world.log.clear());
            Ok(Reply::nothing())
        }
        ("POST", "/_sandbox/faults") => {
            // Deserializing directly would also accept an array, by position.
            let faults = serde_json::from_slice::<Map<String, Value>>(&incoming.body)
                .and_then(|fields| serde_json::from_value::<Faults>(Value::Object(fields)))
                .map_err(|error| Refusal::new(422, format!("these are not faults: {error}")))?;
            routes::must_be_there(&faults)?;
            shared.with(|world| world.faults = faults);
            Ok(Reply::nothing())
        }
        ("DELETE", "/_sandbox/faults") => {
            shared.with(|world| world.faults = Faults::default());
            Ok(Reply::nothing())
        }
        ("GET", "/_sandbox/clock") => {
            Ok(Reply::ok(json!({"now": now, "virtual": shared.clock.is_virtual()})))
        }
        ("POST", "/_sandbox/clock/clients") => {
            shared.clock.register(&client(incoming)?);
            Ok(Reply::nothing())
        }
        ("POST", "/_sandbox/seed") => {
            let document = seed::read_sent(&incoming.body);
            let applied = document.and_then(|document| {
                shared.with(|world| {
                    world.settle(now);
                    let before = world.checkpoint();
                    let applied = seed::apply(world, &document, std::path::Path::new("."));
                    if applied.is_err() {
                        world.restore(before);
                    }
                    applied
                })
            });
            applied.map_err(|errors| {
                let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
                let mut refusal = Refusal::new(422, "the seed cannot be applied");
                refusal.errors = texts.into_iter().map(Value::from).collect();
                refusal
            })?;
            Ok(Reply::nothing())
        }
        ("POST", "/_sandbox/index") => {
            let wishes = serde_json::from_slice::<Map<String, Value>>(&incoming.body)
                .and_then(|fields| serde_json::from_value::<IndexSeed>(Value::Object(fields)))
                .map_err(|error| {
                    Refusal::new(422, format!("these are not instructions for the index: {error}"))
                })?;
            shared.with(|world| world.index.wish(&wishes));
            Ok(Reply::nothing())
        }
        ("GET", "/_sandbox/state") => shared.with(|world| {
            world.settle(now);
            Ok(Reply::ok(state::shown(world)?))
        }),
        ("DELETE", path) => {
            let client = path.strip_prefix("/_sandbox/clock/clients/");
            shared.clock.deregister(client.ok_or_else(Refusal::not_found)?);
            Ok(Reply::nothing())
        }
        _ => Err(Refusal::not_found()),
    }
}

fn body(incoming: &Incoming) -> Answer<Value> {
    serde_json::from_slice(&incoming.body).map_err(|_| Refusal::new(400, "Problems parsing JSON"))
}

fn client(incoming: &Incoming) -> Answer<String> {
    Ok(super::call::required(&body(incoming)?, "client")?.to_owned())
}

async fn sleep(shared: &Shared, incoming: &Incoming) -> Answer {
    let client = client(incoming)?;
    let seconds = body(incoming)?.get("seconds").and_then(Value::as_f64);
    let seconds = seconds.ok_or_else(|| Refusal::invalid("\"seconds\" wasn't supplied."))?;
    shared.clock.sleep(&client, seconds).await;
    Ok(Reply::ok(json!({"now": shared.clock.now()})))
}
