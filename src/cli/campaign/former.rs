//! What the journal knows of a campaign, and what only it knows: pull requests of the campaign in repositories that are no
//! longer members.

use std::collections::HashSet;
use std::path::Path;

use crate::campaign::look::look;
use crate::campaign::memory::Memory;
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::journal;
use crate::cli::shared::next::{at_same_place, quoted};
use crate::edge::terminal::visible_line;
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::ForgeAddress;
use crate::journal::{Journal, OperationName};

/// A fleet with its journal.
#[derive(Clone, Copy)]
pub(super) struct Kept<'k> {
    pub(super) fleet: &'k Fleet,
    pub(super) forge: &'k ForgeAddress,
    /// The journal file, if another one than the fleet's is meant.
    pub(super) journal: Option<&'k Path>,
}

/// How commands refer to the campaign.
#[derive(Clone, Copy)]
pub(super) struct Named<'n> {
    pub(super) campaign: &'n str,
    pub(super) file: &'n Path,
    pub(super) is_reverted: bool,
}

impl Kept<'_> {
    /// What the journal knows of the campaign; nothing if there is no journal, or it cannot be read.
    pub(super) fn memory(self, context: &Context, campaign: &str) -> Memory {
        let file = journal::file_at(self.journal, context, self.fleet, self.forge).ok();
        let journal = file.and_then(|file| Journal::look(&file).ok().flatten());
        let name = OperationName::new("campaign", campaign);
        let begun = journal.and_then(|journal| journal.unfinished(&name).ok().flatten());
        Memory::of_effects(begun.map(|begun| begun.effects).unwrap_or_default())
    }

    /// The repositories that are no longer members, in which the campaign has left a pull request open.
    pub(super) fn former(self, memory: &Memory) -> Vec<RepositoryName> {
        let members = self.members();
        let names = memory.left_open().filter_map(|name| RepositoryName::parse(name, ""));
        names.filter(|name| !members.contains(&name.key())).collect()
    }

    fn members(self) -> HashSet<String> {
        self.fleet.members.iter().map(|member| member.repository.key()).collect()
    }

    /// Notes which of these repositories have an open pull request of the campaign, and how to close it. One that was renamed
    /// may be a member under its new name.
    pub(super) fn note(
        self,
        context: &Context,
        session: &Session,
        former: &[RepositoryName],
        named: Named<'_>,
    ) {
        if former.is_empty() {
            return;
        }
        let places: Vec<_> = former.iter().map(|name| (name.clone(), None)).collect();
        for name in former {
            session.client().account().expects_rename(&name.to_string());
        }
        let members = self.members();
        let reverted = if named.is_reverted { " --reverted" } else { "" };
        let file = quoted(&named.file.display().to_string());
        let sights = session.run(look(session.client(), named.campaign, &places));
        for (name, sight) in former.iter().zip(sights) {
            let Ok(offer) = sight.offer else { continue };
            let Some(pull) = offer.open_pull() else { continue };
            if members.contains(&offer.name.key()) {
                continue;
            }
            let close = format!("shipshape campaign close{reverted} {file} -m {name}");
            context.terminal.note(&visible_line(&format!(
                "worth knowing: {name} #{} is open, and {name} is no longer a member of the fleet; to close: {}",
                pull.number,
                at_same_place(context, &close)
            )));
        }
    }
}
