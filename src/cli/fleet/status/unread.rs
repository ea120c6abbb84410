//! What `fleet status` could not read, in as few lines as possible.

use std::collections::BTreeMap;

use crate::cli::shared::fold::{folded, some};
use crate::cli::{Context, Exit};
use crate::counted::counted;
use crate::edge::terminal::visible_line;
use crate::forge::UNREADABLE;
use crate::registry::Reference;
use crate::status::Status;

/// The prefix of a message about undecided rules.
pub(super) const UNDECIDED: &str = "not decided: ";

/// Why images could not be read, without their names, by what a row says of it.
pub(super) type Causes = BTreeMap<String, String>;

/// Says what could not be read. Many members with the same cause are named in one line.
pub(super) fn tell(context: &Context, status: &Status, causes: &Causes) -> Exit {
    let mut exit = Exit::Clean;
    let unread = status.members.iter().flat_map(|row| row.unread.iter().map(move |why| (row, why)));
    for group in folded(unread, |(_, why)| causes.get(*why).unwrap_or(why).clone()) {
        let Some((row, why)) = group.first() else { continue };
        exit = Exit::Unchecked;
        if let (Some(cause), 2..) = (causes.get(*why), group.len()) {
            let members = counted(group.len(), "member");
            let line = format!(
                "the images of {members} could not be read: {cause}; `--no-images` leaves them out"
            );
            context.terminal.note(&visible_line(&line));
            continue;
        }
        // These messages say themselves that something is undecided or unreadable.
        let is_said = [UNDECIDED, UNREADABLE].iter().any(|start| why.starts_with(start));
        let how = if is_said { "" } else { "not read: " };
        let who = match group.len() {
            1 => row.name.clone(),
            many => {
                let names: Vec<String> = group.iter().map(|(row, _)| row.name.clone()).collect();
                format!("{} ({})", counted(many, "member"), some(&names))
            }
        };
        context.terminal.note(&visible_line(&format!("{who}: {how}{why}")));
    }
    exit
}

/// Why an image could not be read, in the words that are the same for all images of its registry.
pub(super) fn cause(image: &str, why: &str) -> String {
    match Reference::parse(image) {
        Ok(reference) => why.replace(reference.repository(), "…"),
        Err(_) => why.to_owned(),
    }
}
