//! Asks the forge with the token that notifies members, in a fleet that has releases.

use super::{Arguments, failed};
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::doctor::Examined;
use crate::doctor::forge::{DispatchToken, dispatch_token};
use crate::fleet::Fleet;
use crate::forge::WriteScope;
use crate::forge::credential::DISPATCH_VARIABLE;

/// The token without any request; nothing in a fleet without releases.
pub(super) fn found(context: &Context, fleet: Option<&Fleet>) -> Option<Examined> {
    fleet?.manifest.runtime_package.as_ref()?;
    Some(dispatch_token(match context.environment.get(DISPATCH_VARIABLE) {
        Some(_) => DispatchToken::Set,
        None => DispatchToken::Unset,
    }))
}

/// Whether the forge accepts the token. Nothing is dispatched.
pub(super) fn asked(
    arguments: &Arguments,
    context: &Context,
    fleet: Option<&Fleet>,
    usual: &Session,
) -> Option<Examined> {
    let fleet = fleet.filter(|fleet| fleet.manifest.runtime_package.is_some())?;
    let scope = WriteScope::read_only();
    let session = arguments.forge.session_by(context, Some(fleet), scope, DISPATCH_VARIABLE);
    Some(match session {
        Ok(Some(mut session)) => {
            usual.tell_for(&mut session);
            let answer = session.run(session.client().budgets()).map(drop);
            dispatch_token(DispatchToken::Asked(answer))
        }
        Ok(None) => dispatch_token(DispatchToken::Unset),
        Err(error) => failed("dispatch token", &error),
    })
}
