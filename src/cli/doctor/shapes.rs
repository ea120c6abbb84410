//! Loads the shape of each kind, as the commands do that judge by it.

use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::observing::remote_pack;
use crate::cli::shared::shapes;
use crate::doctor::{Examined, Group, State};
use crate::error::Result;
use crate::fleet::Fleet;
use crate::fleet::manifest::{NamedShape, Shape, ShapeRepository};

/// The shape of each kind: one in a repository as the forge has it, if there is a session that it answers.
pub(super) fn examined(
    context: &Context,
    fleet: &Fleet,
    session: Option<&Session>,
) -> Vec<Examined> {
    let kinds = fleet.manifest.kinds.iter();
    kinds.map(|(kind, says)| of_kind(context, fleet, (kind, &says.shape), session)).collect()
}

fn of_kind(
    context: &Context,
    fleet: &Fleet,
    (kind, shape): (&str, &Shape),
    session: Option<&Session>,
) -> Examined {
    let owner = &fleet.manifest.forge.owner;
    let (found, session) = match shape {
        Shape::Named(NamedShape::Embedded) => ("the one inside shipshape".to_owned(), None),
        Shape::Folder(folder) => (format!("`{}`", folder.folder), None),
        Shape::Repository(shape) => {
            let found = in_words(shape);
            let Some(session) = session else {
                return thing(kind, State::Limited, format!("{found}, which was not asked for"))
                    .needed_for(NEEDED_FOR);
            };
            (found, Some(session))
        }
    };
    let loaded = match session {
        None => shapes::shape(context, Some(fleet), kind, None, None),
        Some(session) => {
            let remote = |shape: &ShapeRepository| remote_pack(session, owner, shape);
            shapes::shape(context, Some(fleet), kind, None, Some(&remote))
        }
    };
    of_loaded(kind, found, loaded.map(drop))
}

/// What judges repositories by a shape.
const NEEDED_FOR: &str = "every command that judges repositories of this kind";

fn of_loaded(kind: &str, found: String, loaded: Result<()>) -> Examined {
    let Err(error) = loaded else { return thing(kind, State::Works, found) };
    let failed = thing(kind, State::Fails, error.to_string()).needed_for(NEEDED_FOR);
    match error.hints().first() {
        Some(hint) => failed.hint(hint),
        None => failed,
    }
}

fn thing(kind: &str, state: State, found: String) -> Examined {
    Examined::new(Group::Fleet, format!("shape {kind}"), state, found)
}

/// The place of a shape in a repository.
fn in_words(shape: &ShapeRepository) -> String {
    let at = shape.reference.as_ref().map(|reference| format!(" at `{reference}`"));
    format!("`{}` in `{}`{}", shape.path, shape.repository, at.unwrap_or_default())
}
