//! Tag objects, as opposed to the references that point to them.

use serde_json::{Value, json};

use super::objects::{check_message, person};
use super::references::object_id;
use super::render::Addresses;
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::git::{NewTag, Store};
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{Repository, World, rfc3339};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    POST "/repos/{owner}/{repo}/git/tags", Repository(&[Contents], Write) => create;
};

fn shown(at: Addresses<'_>, owner: &Repository, store: &Store, id: git2::Oid) -> Answer<Value> {
    let tag = store.tag(id)?;
    let kind = store.kind(tag.target).map_or("commit", |kind| kind.str());
    let tagger = tag
        .tagger
        .map(|who| json!({ "name": who.name, "email": who.email, "date": rfc3339(who.seconds) }));
    let target = tag.target;
    Ok(json!({
        "node_id": format!("TA_{}_{id}", owner.id),
        "tag": tag.name,
        "sha": id.to_string(),
        "url": at.repository(owner, &format!("/git/tags/{id}")),
        "message": tag.message.unwrap_or_default(),
        "tagger": tagger.unwrap_or_else(|| json!({ "name": "", "email": "", "date": "" })),
        "object": {
            "sha": target.to_string(),
            "type": kind,
            "url": at.repository(owner, &format!("/git/{kind}s/{target}")),
        },
        "verification": {
            "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null,
        },
    }))
}

fn create(world: &mut World, call: &Call) -> Answer {
    let (name, message) = (call.required("tag")?, call.required("message")?);
    let (object, kind) = (object_id(call.required("object")?)?, call.required("type")?);
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    if !git2::Reference::is_valid_name(&format!("refs/tags/{name}")) {
        return Err(Refusal::unprocessable(format!("{name} is not a valid tag name.")));
    }
    check_message(message)?;
    if !["commit", "tree", "blob"].contains(&kind) {
        return Err(Refusal::validation("Tag", "type", "invalid"));
    }
    if store.kind(object).map(|found| found.str()) != Some(kind) {
        return Err(Refusal::unprocessable("Object does not exist"));
    }
    let itself = call.identity(world)?.at(world.seconds());
    let tagger = person(call.field("tagger"), &itself)?.unwrap_or(itself);
    let id = store.create_tag(&NewTag { name, message, object, tagger })?;
    let shown = shown(Addresses(&call.base), owner, &store, id)?;
    let url = shown.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Reply::created(shown).header("location", url))
}
