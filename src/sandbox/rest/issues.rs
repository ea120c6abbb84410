//! Labels, and putting them on pull requests.

use super::pages::listed;
use super::render::{self, Addresses};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{Label, RepositoryId, World};

/// GitHub takes no longer name of a label.
const MAX_NAME: usize = 50;

/// The colour of a label that was given none.
const COLOR: &str = "ededed";

pub(super) fn labels(world: &mut World, call: &Call) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    listed(call, owner.labels.iter().map(|label| render::label(at, owner, label)).collect())
}

/// Whether a label can be called so.
fn is_sound(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.contains(char::is_control)
}

pub(super) fn create_label(world: &mut World, call: &Call) -> Answer {
    let name = call.required("name")?;
    let color = call.text("color")?.unwrap_or(COLOR);
    let description = call.text("description")?.map(str::to_owned);
    let owner = call.repository(world)?;
    if owner.label(name).is_some() {
        return Err(Refusal::validation("Label", "name", "already_exists"));
    }
    if !is_sound(name) {
        return Err(Refusal::validation("Label", "name", "invalid"));
    }
    if color.len() != 6 || !color.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Refusal::validation("Label", "color", "invalid"));
    }
    if description.as_ref().is_some_and(|text| text.chars().count() > 100) {
        return Err(Refusal::validation("Label", "description", "too_long"));
    }
    let id = world.next_id();
    let label = Label { id, name: name.to_owned(), color: color.to_lowercase(), description };
    let owner = call.repository_mut(world)?;
    owner.labels.push(label.clone());
    Ok(Reply::created(render::label(Addresses(&call.base), owner, &label)))
}

pub(super) fn add_labels(world: &mut World, call: &Call) -> Answer {
    let number = call.number("issue_number")?;
    let names =
        call.texts("labels")?.ok_or_else(|| Refusal::invalid("\"labels\" wasn't supplied."))?;
    if call.repository(world)?.pull(number).is_none() {
        return Err(Refusal::not_found());
    }
    if names.is_empty() {
        return Err(Refusal::invalid("For 'properties/labels', [] has fewer than 1 items."));
    }
    if !names.iter().all(|name| is_sound(name)) {
        return Err(Refusal::validation("Label", "name", "invalid"));
    }
    let id = call.id()?;
    for name in &names {
        put_label(world, id, number, name)?;
    }
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let pull = owner.pull(number).ok_or_else(Refusal::not_found)?;
    let found = pull.labels.iter().filter_map(|name| owner.label(name));
    Ok(Reply::ok(found.map(|label| render::label(at, owner, label)).collect()))
}

/// Puts a label on a pull request; one that the repository does not have is made.
fn put_label(world: &mut World, id: RepositoryId, number: u64, name: &str) -> Answer<()> {
    let known = world.repository(id)?.label(name).map(|label| label.name.clone());
    let name = match known {
        Some(name) => name,
        None => {
            let label = Label {
                id: world.next_id(),
                name: name.to_owned(),
                color: COLOR.to_owned(),
                description: None,
            };
            world.repository_mut(id)?.labels.push(label);
            name.to_owned()
        }
    };
    let now = world.seconds();
    if let Some(pull) = world.repository_mut(id)?.pull_mut(number)
        && !pull.labels.contains(&name)
    {
        pull.labels.push(name);
        pull.updated = now;
    }
    Ok(())
}
