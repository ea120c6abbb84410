//! Checks the routes named by faults: one that does not exist would never strike, and a test
//! waiting for it would pass.

use crate::sandbox::faults::Faults;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::server::titles;

/// The most routes that are suggested.
const NAMED: usize = 5;

/// Refuses faults on a route that does not exist, and suggests those with the longest common
/// prefix.
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
        "these are not faults: there is no route `{unknown}`, as GET /_sandbox/requests has it; {there}"
    );
    Err(Refusal::new(422, why))
}
