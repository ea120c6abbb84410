//! What a reader of a pack should know of it, although it is no error: files that none of its paths uses, and templates that
//! probably write something else than is meant.

use std::collections::BTreeMap;

use crate::cli::Context;
use crate::cli::shared::targets::Targets;
use crate::counted::counted_as;
use crate::edge::terminal::visible_line;

/// How many files are named for each pack; `shape show` lists all.
const MOST_NAMED: usize = 3;

impl Targets {
    /// Notes once for each pack which of its files no path uses, because of a typo or an oversight, so that nothing is compared
    /// with them; and what its templates probably write by mistake.
    pub(in crate::cli) fn tell_unnamed(&self, context: &Context) {
        let packs = self.targets.iter().map(|target| (target.shape.source.as_str(), &target.shape));
        let packs: BTreeMap<&str, _> = packs.collect();
        for (source, slip) in
            packs.iter().flat_map(|(source, pack)| pack.slips.iter().map(move |it| (source, it)))
        {
            context.terminal.note(&visible_line(&format!("the shape pack `{source}`: {slip}")));
        }
        for (source, pack) in packs.into_iter().filter(|(_, pack)| !pack.unnamed.is_empty()) {
            let count = pack.unnamed.len();
            let files =
                counted_as(count, "file is not used by any path", "files are not used by any path");
            let mut named: Vec<String> =
                pack.unnamed.iter().take(MOST_NAMED).map(|file| format!("`{file}`")).collect();
            if count > MOST_NAMED {
                named.push(format!("{} more", count - MOST_NAMED));
            }
            context.terminal.note(&visible_line(&format!(
                "the shape pack `{source}`: {files}: {}; add an entry to `paths`, or remove the file",
                named.join(", ")
            )));
        }
    }
}
