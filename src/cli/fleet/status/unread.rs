//! What `fleet status` could not read, in as few lines as possible.

use std::collections::BTreeMap;

use crate::cli::shared::fold::{folded, some};
use crate::cli::{Context, Exit};
use crate::counted::counted;
use crate::edge::terminal::visible_line;
use crate::registry::Reference;
use crate::status::{Status, Unread};

/// Why images could not be read, without their names, by what a row says of it.
pub(super) type Causes = BTreeMap<String, String>;

/// Says what could not be read. Many members with the same cause are named in one line.
pub(super) fn tell(context: &Context, status: &Status, causes: &Causes) -> Exit {
    let mut exit = Exit::Clean;
    let unread = status.members.iter().flat_map(|row| row.unread.iter().map(move |why| (row, why)));
    for group in folded(unread, |(_, why)| {
        causes.get(why.text()).map_or(why.text(), String::as_str).to_owned()
    }) {
        let Some((row, why)) = group.first() else { continue };
        exit = Exit::Unchecked;
        if let (Some(cause), 2..) = (causes.get(why.text()), group.len()) {
            let members = counted(group.len(), "member");
            let line = format!(
                "the images of {members} could not be read: {cause}; `--no-images` leaves them out"
            );
            context.terminal.note(&visible_line(&line));
            continue;
        }
        let line = match why {
            Unread::Image(thing) | Unread::Thing(thing) => format!("not read: {thing}"),
            Unread::Sentence(sentence) => sentence.clone(),
        };
        let who = match group.len() {
            1 => row.name.clone(),
            many => {
                let names: Vec<String> = group.iter().map(|(row, _)| row.name.clone()).collect();
                format!("{} ({})", counted(many, "member"), some(&names))
            }
        };
        context.terminal.note(&visible_line(&format!("{who}: {line}")));
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
