//! Campaigns with a file here, by name: the one that is continued, and names that are free for another.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::Context;
use super::campaigns_here::{
    all_files_in, campaign_of_plan, campaigns, files_in, is_campaign, text_of,
};
use super::journal;
use crate::campaign::file::{Campaign, inverse_name};
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

/// Where else a campaign is sought that another one names.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Near<'a> {
    /// The files that it may be beside.
    pub(in crate::cli) files: &'a [&'a Path],
    /// The journal that is named instead of the fleet's own.
    pub(in crate::cli) state: Option<&'a Path>,
}

/// The names of the campaigns, and of their reverts, of which there is anything here or near: a file, a plan, or what a journal
/// knows.
pub(in crate::cli) fn names_here(
    context: &Context,
    fleet: &Fleet,
    address: &ForgeAddress,
    near: Near<'_>,
) -> BTreeSet<String> {
    let beside = near.files.iter().map(|file| file.parent().unwrap_or(Path::new("")));
    let mut names = names_of_files(fleet, &here(), beside);
    let named = near.state.and_then(|file| Journal::look(file).ok().flatten());
    for journal in remembered(context, fleet, address).into_iter().chain(named) {
        let begun = journal.running("campaign").unwrap_or_default();
        names.extend(begun.into_iter().map(|name| name.key));
    }
    names
}

/// The names of the campaigns, and of their reverts, that have a file or a plan where [`campaigns`] seeks them, or in these
/// folders. However many files there are, all are read, since what is not found is said not to be there.
fn names_of_files<'p>(
    fleet: &Fleet,
    here: &Path,
    folders: impl Iterator<Item = &'p Path>,
) -> BTreeSet<String> {
    let usual = [here.to_owned(), fleet.beside(""), fleet.beside("campaigns")];
    let folders: BTreeSet<PathBuf> =
        usual.into_iter().chain(folders.map(|folder| here.join(folder))).collect();
    let mut names = BTreeSet::new();
    for folder in &folders {
        let campaigns = all_files_in(folder, &["yaml", "yml"]).into_iter();
        for name in campaigns.filter_map(|file| name_of(&file)) {
            names.extend([inverse_name(&name), name]);
        }
        let plans = all_files_in(folder, &["json"]).into_iter();
        names.extend(plans.filter_map(|file| campaign_of_plan(&file)));
    }
    names
}

/// The name of the campaign in a file, if it is one. One that cannot be loaded today has a name all the same.
fn name_of(file: &Path) -> Option<String> {
    if let Ok(campaign) = Campaign::load(file) {
        return Some(campaign.says.name);
    }
    // Other files have a name as well.
    let text = is_campaign(file).then(|| text_of(file))?;
    let name = text.lines().find_map(|line| line.strip_prefix("name:"))?;
    let name = name.split(" #").next().unwrap_or(name).trim();
    Some(name.trim_matches(['"', '\'']).to_owned())
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
