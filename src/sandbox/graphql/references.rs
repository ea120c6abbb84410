//! Creating, moving and deleting references.

use git2::Oid;
use serde_json::Value;

use super::execute::{Execution, Failure};
use super::node::{Node, Payload};
use crate::sandbox::call::{required, text};
use crate::sandbox::rest::references::{
    create_reference, delete_reference, move_reference, object_id,
};
use crate::sandbox::world::{Permission, Push, RepositoryId};

impl Execution<'_> {
    fn ref_named(&mut self, input: &Value) -> Result<(RepositoryId, String), Failure> {
        match self.object_named(input, "refId", "a Ref")? {
            Node::Ref(id, name) => Ok((id, name)),
            _ => Err(Failure::not_found("a Ref")),
        }
    }

    pub(super) fn create_ref(
        &mut self,
        input: &Value,
    ) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let id = self.repository_named(input)?;
        let call = self.writable(id, &[Permission::Contents])?;
        let (name, oid) = (required(input, "name")?, object_id(required(input, "oid")?)?);
        create_reference(self.world, &call, name, oid)?;
        Ok(vec![("ref", Payload::Node(Node::Ref(id, name.to_owned())))])
    }

    pub(super) fn update_ref(
        &mut self,
        input: &Value,
    ) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let (id, name) = self.ref_named(input)?;
        let call = self.writable(id, &[Permission::Contents])?;
        let oid = object_id(required(input, "oid")?)?;
        let force = input.get("force").and_then(Value::as_bool).unwrap_or(false);
        move_reference(self.world, &call, &name, oid, force)?;
        Ok(vec![("ref", Payload::Node(Node::Ref(id, name)))])
    }

    pub(super) fn delete_ref(
        &mut self,
        input: &Value,
    ) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let (id, name) = self.ref_named(input)?;
        let call = self.writable(id, &[Permission::Contents])?;
        delete_reference(self.world, &call, &name)?;
        Ok(Vec::new())
    }

    /// Moves several references, or none at all.
    pub(super) fn update_refs(
        &mut self,
        input: &Value,
    ) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let id = self.repository_named(input)?;
        let call = self.writable(id, &[Permission::Contents])?;
        let store = self.store(id)?;
        let updates = input.get("refUpdates").and_then(Value::as_array).cloned();
        let mut wanted = Vec::new();
        for update in updates.unwrap_or_default() {
            let name = required(&update, "name")?.to_owned();
            let now = store.reference(&name)?.unwrap_or(Oid::ZERO_SHA1);
            if let Some(before) = text(&update, "beforeOid")?
                && Oid::from_str(before)? != now
            {
                let message =
                    format!("Expected {name} to point to {before}, but it points to {now}.");
                return Err(Failure::new("UNPROCESSABLE", message));
            }
            let after_text = required(&update, "afterOid")?;
            let after = Oid::from_str(after_text)?;
            let force = update.get("force").and_then(Value::as_bool).unwrap_or(false);
            if !force && !after.is_zero() && !now.is_zero() && !store.is_fast_forward(now, after)? {
                return Err(Failure::new("UNPROCESSABLE", "Update is not a fast forward"));
            }
            let push = if after.is_zero() {
                Push::Away
            } else if now.is_zero() || store.is_fast_forward(now, after).unwrap_or(false) {
                Push::On(after_text)
            } else {
                Push::Elsewhere(after_text)
            };
            let repository = self.world.repository(id)?;
            if let Some(branch) = name.strip_prefix("refs/heads/").filter(|_| !now.is_zero())
                && let Some(why) = call.refused_push(self.world, repository, (branch, push))
            {
                return Err(Failure::new("UNPROCESSABLE", why));
            }
            wanted.push((name, now, after, force));
        }
        for (name, now, after, force) in wanted {
            if after.is_zero() {
                delete_reference(self.world, &call, &name)?;
            } else if now.is_zero() {
                create_reference(self.world, &call, &name, after)?;
            } else {
                move_reference(self.world, &call, &name, after, force)?;
            }
        }
        Ok(Vec::new())
    }
}
