//! Asks the forge with the token that notifies members, in a fleet that has releases.

use std::collections::BTreeSet;

use super::{Arguments, failed};
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::notifying;
use crate::doctor::Examined;
use crate::doctor::forge::{DispatchToken, Reach, dispatch_token};
use crate::fleet::Fleet;

use crate::forge::credential::DISPATCH_VARIABLE;
use crate::forge::{ForgeError, WriteScope};

/// The token without any request; nothing in a fleet without releases.
pub(super) fn found(context: &Context, fleet: Option<&Fleet>) -> Option<Examined> {
    fleet?.manifest.runtime_package.as_ref()?;
    Some(dispatch_token(match context.environment.get(DISPATCH_VARIABLE) {
        Some(_) => DispatchToken::Set,
        None => DispatchToken::Unset,
    }))
}

/// How many members at most are asked about: one that can be notified ends it, and a release asks about all.
const ASKED: usize = 8;

/// Whether the forge accepts the token, and lets it notify a member. Nothing is dispatched.
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
            let answer = session.run(session.client().budgets());
            dispatch_token(DispatchToken::Asked(answer.and_then(|_| reach(&session, fleet))))
        }
        Ok(None) => dispatch_token(DispatchToken::Unset),
        Err(error) => failed("dispatch token", &error),
    })
}

fn reach(session: &Session, fleet: &Fleet) -> Result<Reach, ForgeError> {
    let members = fleet.active().filter(|member| notifying::builds(fleet, member));
    let names: BTreeSet<_> = members.map(|member| &member.repository).collect();
    let of = names.len();
    Ok(match notifying::reach(session, names, ASKED)? {
        notifying::Reach::Some => Reach::Some,
        // Where there is nobody to notify, nothing is wrong with the token.
        notifying::Reach::Shut if of == 0 => Reach::Some,
        notifying::Reach::Shut => Reach::Shut,
        notifying::Reach::None { asked, why } => Reach::None { asked, of, why },
    })
}
