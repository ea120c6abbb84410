//! Campaigns with a file here, by name: the one that is continued, and names that are free for another.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::Context;
use super::campaigns_here::{campaigns, files_in, is_campaign};
use super::journal;
use crate::campaign::file::Campaign;
use crate::fleet::Fleet;
use crate::forge::ForgeAddress;
use crate::guide::{self, Suggestion, facts};
use crate::journal::Journal;

/// A campaign with a file here, and the command that continues it.
pub(in crate::cli) struct Continued {
    /// Its file.
    pub(in crate::cli) file: String,
    /// The command that `shipshape` alone suggests; `None` if it has ended as far as is known here.
    pub(in crate::cli) next: Option<Suggestion>,
    /// Whether it is about some members only, for what they are.
    pub(in crate::cli) is_of_some: bool,
}

/// The campaign of this name, if it has a file here.
pub(in crate::cli) fn continued(
    context: &Context,
    fleet: &Fleet,
    address: &ForgeAddress,
    name: &str,
) -> Option<Continued> {
    let here = std::env::current_dir().unwrap_or_default();
    let remembered = journal::file_at(None, context, fleet, address).ok();
    let journal = remembered.and_then(|file| Journal::look(&file).ok().flatten());
    let mut seen = facts::Fleet::default();
    campaigns(&mut seen, fleet, address, journal.as_ref(), &here);
    let campaign = seen.campaigns.into_iter().find(|campaign| campaign.name == name)?;
    let next = guide::of_campaign(&campaign, context.clock.seconds());
    let says = Campaign::load(Path::new(&campaign.file)).ok();
    let is_of_some = says.is_some_and(|campaign| campaign.says.select.is_of_some());
    Some(Continued { file: campaign.file, next, is_of_some })
}

/// The first of `NAME`, `NAME-2` and so on that no campaign with a file here, beside `output` or beside fleet.yaml has.
pub(in crate::cli) fn free_name(name: &str, output: &Path, fleet: Option<&Fleet>) -> String {
    let beside = output.parent().map(Path::to_owned).unwrap_or_default();
    let mut folders = vec![PathBuf::from("."), Path::new(".").join(beside)];
    if let Some(fleet) = fleet {
        folders.extend([fleet.beside(""), fleet.beside("campaigns")]);
    }
    let files = folders.iter().flat_map(|folder| files_in(folder, &["yaml", "yml"]));
    let campaigns = files.filter(|file| is_campaign(file));
    let taken: BTreeSet<String> =
        campaigns.filter_map(|file| Some(Campaign::load(&file).ok()?.says.name)).collect();
    numbered(name).find(|name| !taken.contains(name)).unwrap_or_else(|| name.to_owned())
}

/// `NAME`, `NAME-2` and so on: what copies of a ready-made campaign are called.
pub(in crate::cli) fn numbered(name: &str) -> impl Iterator<Item = String> {
    let others = (2_usize..).map(move |number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(others)
}
