//! Campaigns with a file here, by name: the one that is continued, and names that are free for another.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::Context;
use super::campaigns_here::{campaigns, files_in, is_campaign, names_of_files};
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
    let campaign = all(context, fleet, address).into_iter().find(|it| it.name == name)?;
    let next = guide::of_campaign(&campaign, context.clock.seconds());
    let says = Campaign::load(Path::new(&campaign.file)).ok();
    let is_of_some = says.is_some_and(|campaign| campaign.says.select.is_of_some());
    Some(Continued { file: campaign.file, next, is_of_some })
}

/// The campaigns that have a file here.
pub(in crate::cli) fn all(
    context: &Context,
    fleet: &Fleet,
    address: &ForgeAddress,
) -> Vec<facts::Campaign> {
    let mut seen = facts::Fleet::default();
    campaigns(&mut seen, fleet, address, remembered(context, fleet, address).as_ref(), &here());
    seen.campaigns
}

/// The names of the campaigns, and of their reverts, of which there is anything here or beside `file`: a file, a plan, or what the
/// journal knows.
pub(in crate::cli) fn names_here(
    context: &Context,
    fleet: &Fleet,
    address: &ForgeAddress,
    file: &Path,
) -> BTreeSet<String> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut names = names_of_files(fleet, &here(), folder);
    let begun = remembered(context, fleet, address);
    let begun = begun.and_then(|journal| journal.running("campaign").ok()).unwrap_or_default();
    names.extend(begun.into_iter().map(|name| name.key));
    names
}

fn here() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// The fleet's journal, if there is one.
fn remembered(context: &Context, fleet: &Fleet, address: &ForgeAddress) -> Option<Journal> {
    let file = journal::file_at(None, context, fleet, address).ok()?;
    Journal::look(&file).ok().flatten()
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
