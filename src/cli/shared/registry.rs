//! An image registry client with the available credentials.

use crate::cli::Context;
use crate::edge::network::Limits;
use crate::edge::terminal::visible_line;
use crate::fleet::Fleet;
use crate::registry::{Options, Registry, credentials};

/// The registry of a fleet. Notes unusable credentials, and with `-v` where the used ones come from.
pub(in crate::cli) fn of_fleet(context: &Context, fleet: &Fleet, limits: Limits) -> Registry {
    let Some(images) = &fleet.manifest.images else {
        return Registry::new(Options { limits, ..Options::default() });
    };
    let host = images.registry.as_str();
    let found = credentials::find(host, context.manifest_named_by(), &context.environment);
    for trouble in &found.troubles {
        context.terminal.note(&visible_line(&format!("credentials: {trouble}")));
    }
    context.terminal.detail(&format!("asking {host}; credentials: {}", found.place));
    Registry::new(Options { credentials: found.credentials, limits, ..Options::default() })
}
