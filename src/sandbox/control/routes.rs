//! Faults name routes: one that is not there would never strike, and whoever waits for it would believe that it had.

use crate::sandbox::faults::Faults;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::server::titles;

/// Routes that are named to somebody who named none.
const NAMED: usize = 5;

/// Refuses faults of a route that is not there, and names those that begin most like it.
pub(super) fn must_be_there(faults: &Faults) -> Result<(), Refusal> {
    let known = titles();
    let mut wanted = faults.faults.iter().filter_map(|fault| fault.route.as_ref());
    let Some(unknown) = wanted.find(|route| !known.contains(route)) else { return Ok(()) };
    let alike =
        |route: &str| route.chars().zip(unknown.chars()).take_while(|(a, b)| a == b).count();
    let most = known.iter().map(|route| alike(route)).max().unwrap_or_default();
    let near = known.iter().filter(|route| most > 0 && alike(route) == most).take(NAMED);
    let near: Vec<String> = near.map(|route| format!("`{route}`")).collect();
    let there = match near.is_empty() {
        true => "a route is a method and a path with its parameters in braces".to_owned(),
        false => format!("there is {}", near.join(", ")),
    };
    let why = format!(
        "no faults: there is no route `{unknown}`, as GET /_sandbox/requests has it; {there}"
    );
    Err(Refusal::new(422, why))
}
