//! Campaigns with a file here: their plans, and what was done so far.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::campaign::approval::is_demanded;
use crate::campaign::changes::ChangeSpec;
use crate::campaign::effect_kind::EffectKind;
use crate::campaign::file::{Advance, Approval, Campaign};
use crate::campaign::notes::{Idle, Limit, Notes};
use crate::campaign::plan::{Action, SCHEMA, is_workflow};
use crate::cli::shared::next;
use crate::edge::whole_file;
use crate::error::Error;
use crate::fleet::{Fleet, Member};
use crate::forge::ForgeAddress;
use crate::guide::facts::{self, Halt, Mends, Verb};
use crate::journal::{EffectRecord, EffectState, Journal, OperationName, Unfinished};

/// The most campaign files that are read per folder.
const MOST_CAMPAIGNS: usize = 20;

/// The largest file in bytes that is read to see whether it is a campaign.
const LARGEST_CAMPAIGN: u64 = 256 << 10;

/// The largest plan in bytes that is read: reading a larger one takes too long for a glance.
const LARGEST_PLAN: u64 = 8 << 20;

/// Finds campaigns with a file: in the current folder, next to the manifest, in `campaigns/` next to it, and where the
/// journal says that it was when a pull request was opened. If a campaign's revert was begun or planned, reports that
/// instead, or as well where it is limited to some members: the others go on.
pub(in crate::cli) fn campaigns(
    seen: &mut facts::Fleet,
    fleet: &Fleet,
    address: &ForgeAddress,
    journal: Option<&Journal>,
    here: &Path,
) {
    let home = fleet.beside("");
    let (mut files, mut plans): (BTreeMap<PathBuf, String>, Vec<Glance>) = Default::default();
    let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
    for (folder, all) in
        [(here.to_owned(), false), (home.clone(), false), (home.join("campaigns"), true)]
    {
        let is_one = |file: &PathBuf| all || is_named_campaign(file) || is_campaign(file);
        for file in files_in(&folder, &["yaml", "yml"]).into_iter().filter(is_one) {
            let once = file.canonicalize().unwrap_or_else(|_| file.clone());
            files.entry(once).or_insert_with(|| called(&file, here));
        }
        if folders.insert(folder.canonicalize().unwrap_or_else(|_| folder.clone())) {
            plans.extend(plans_in(&folder, here));
        }
    }
    // What is in another folder may have become something else since.
    let mut only_remembered: BTreeSet<String> = BTreeSet::new();
    for file in journal.map(begun_from).unwrap_or_default() {
        let Ok(once) = file.canonicalize() else { continue };
        if !files.contains_key(&once) {
            only_remembered.insert(called(&file, here));
        }
        let folder = once.parent().map(Path::to_owned).unwrap_or_default();
        files.entry(once).or_insert_with(|| called(&file, here));
        if folders.insert(folder.clone()) {
            plans.extend(plans_in(&folder, here));
        }
    }
    // A plan is for the forge that it was made on, and for the fleet whose members it is about.
    let members: BTreeSet<String> =
        fleet.members.iter().map(|member| member.repository.to_string().to_lowercase()).collect();
    let is_ours = |plan: &Glance| {
        let is_member = |item: &GlanceItem| members.contains(&item.repository.to_lowercase());
        plan.forge == address.to_string() && plan.items.iter().all(is_member)
    };
    let (plans, elsewhere): (Vec<Glance>, Vec<Glance>) = plans.into_iter().partition(is_ours);
    for file in files.into_values() {
        let campaign = match Campaign::load(Path::new(&file)) {
            Ok(campaign) => campaign,
            Err(errors) => {
                if let Some(error) = errors.first().filter(|_| !only_remembered.contains(&file)) {
                    seen.unreadable.push(unreadable(&["campaign", "plan", &file], error));
                }
                continue;
            }
        };
        let own = campaign.says.name.clone();
        let at_it = |name: &_| journal.and_then(|journal| journal.at_it(name).ok().flatten());
        let fact = |campaign: &Campaign, is_reverted: bool| {
            let name = OperationName::new("campaign", &campaign.says.name);
            let begun = journal.and_then(|journal| journal.unfinished(&name).ok().flatten());
            facts::Campaign {
                name: own.clone(),
                unusable_plan: unusable_plan(campaign, &elsewhere, (address, &members)),
                is_reverted,
                mends: if is_reverted { Mends::Nothing } else { mends(campaign) },
                plan: plan((campaign, fleet), &plans, begun.as_ref()),
                done: begun.map(|begun| facts::Done {
                    at_it: at_it(&name),
                    ..done(&begun, fleet, &members)
                }),
                file: file.clone(),
            }
        };
        let back = fact(&campaign.inverse(), true);
        let is_begun = back.plan.is_some() || back.done.is_some();
        // Do not suggest continuing a campaign that is being reverted.
        let goes_on = !is_begun || is_of_some(&back);
        seen.campaigns.extend(is_begun.then_some(back));
        seen.campaigns.extend(goes_on.then(|| fact(&campaign, false)));
    }
    once(&mut seen.campaigns);
}

/// How much of what `drift` finds a campaign mends.
fn mends(campaign: &Campaign) -> Mends {
    if campaign.says.mends_whatever() {
        Mends::Whatever
    } else if campaign.says.changes.iter().any(ChangeSpec::keeps_to_waivers) {
        Mends::Some
    } else {
        Mends::Nothing
    }
}

/// Whether all that was planned and done of a revert was limited to named members.
fn is_of_some(back: &facts::Campaign) -> bool {
    let is_planned_so = back.plan.as_ref().is_none_or(|plan| !plan.only.is_empty());
    let is_done_so = back.done.as_ref().is_none_or(|done| !done.only.is_empty());
    is_planned_so && is_done_so
}

/// The files of the campaigns that have begun, where they were when a pull request was opened.
fn begun_from(journal: &Journal) -> BTreeSet<PathBuf> {
    let of_one = |name: &OperationName| {
        let effects = journal.unfinished(name).ok().flatten()?.effects;
        let files = effects.iter().rev().filter_map(|effect| effect.intent.get(EffectKind::FILE));
        files.filter_map(Value::as_str).next().map(PathBuf::from)
    };
    let names = journal.running("campaign").unwrap_or_default();
    names.iter().filter_map(of_one).take(MOST_CAMPAIGNS).collect()
}

fn is_named_campaign(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("campaign")
}

/// Whether a file looks like a campaign: it has a name, changes and a pull request.
pub(super) fn is_campaign(file: &Path) -> bool {
    let text = text_of(file);
    ["name:", "changes:", "pull_request:"]
        .iter()
        .all(|key| text.lines().any(|line| line.starts_with(key)))
}

/// The plans in a folder.
fn plans_in(folder: &Path, here: &Path) -> Vec<Glance> {
    let kept = files_in(folder, &["json"]);
    kept.iter().filter_map(|file| glance(file, called(file, here))).collect()
}

/// The name of the campaign whose plan is in a file.
pub(super) fn campaign_of_plan(file: &Path) -> Option<String> {
    Some(glance(file, String::new())?.campaign)
}

/// The text of a file that is small enough to be read to see whether it is one.
pub(super) fn text_of(file: &Path) -> String {
    let bytes = whole_file::read_up_to(file, LARGEST_CAMPAIGN).ok().flatten().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The first files in a folder with one of these extensions, sorted by name.
pub(super) fn files_in(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut files = all_files_in(folder, endings);
    files.truncate(MOST_CAMPAIGNS);
    files
}

/// All of them.
pub(super) fn all_files_in(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_one = |path: &PathBuf| {
        path.extension().is_some_and(|ending| endings.iter().any(|it| ending == *it))
    };
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| is_one(path) && path.is_file()).collect();
    // Files with the usual names come first, so that they are read however many others there are.
    files.sort_by_key(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (!(name.ends_with(".plan.json") || name.starts_with("campaign")), name)
    });
    files
}

/// If several files contain the same campaign, keeps the one that the plan was made from, else the one with the usual
/// name.
fn once(campaigns: &mut Vec<facts::Campaign>) {
    let weight = |campaign: &facts::Campaign| {
        let is_planned = campaign.plan.as_ref().is_some_and(|plan| plan.is_current);
        (is_planned, is_named_campaign(Path::new(&campaign.file)))
    };
    // A campaign and its revert share a name.
    let key = |campaign: &facts::Campaign| (campaign.name.clone(), campaign.is_reverted);
    let mut best: BTreeMap<(String, bool), (bool, bool)> = BTreeMap::new();
    for campaign in campaigns.iter() {
        let known = best.entry(key(campaign)).or_default();
        *known = weight(campaign).max(*known);
    }
    campaigns.retain(|campaign| {
        let is_best = best.get(&key(campaign)) == Some(&weight(campaign));
        if is_best {
            // Keep only the first of equals.
            best.remove(&key(campaign));
        }
        is_best
    });
}

/// The fields of a plan that a glance needs.
#[derive(Deserialize)]
struct Glance {
    #[serde(skip)]
    kept: String,
    campaign: String,
    forge: String,
    file_digest: String,
    digest: String,
    made_at: String,
    #[serde(default)]
    is_limited: bool,
    terms: GlanceTerms,
    items: Vec<GlanceItem>,
}

#[derive(Deserialize)]
struct GlanceTerms {
    advance: Advance,
    approval: Approval,
}

#[derive(Deserialize)]
struct GlanceItem {
    repository: String,
    action: Action,
    wave: u32,
    change: Option<GlanceChange>,
}

#[derive(Deserialize)]
struct GlanceChange {
    files: Vec<GlanceFile>,
}

#[derive(Deserialize)]
struct GlanceFile {
    path: String,
}

/// Reads a file if it is a plan.
fn glance(file: &Path, kept: String) -> Option<Glance> {
    let bytes = whole_file::read_up_to(file, LARGEST_PLAN).ok()??;
    let begin = bytes.get(..200).unwrap_or(&bytes);
    let schema = SCHEMA.as_bytes();
    if !begin.windows(schema.len()).any(|word| word == schema) {
        return None;
    }
    let glance: Glance = serde_json::from_slice(&bytes).ok()?;
    Some(Glance { kept, ..glance })
}

/// Why the newest plan of a campaign is of no use here, of plans for other forges than the one that is asked here, or with
/// repositories that are not `members` (in lower case).
fn unusable_plan(
    campaign: &Campaign,
    elsewhere: &[Glance],
    (address, members): (&ForgeAddress, &BTreeSet<String>),
) -> Option<String> {
    let of_it = elsewhere.iter().filter(|plan| plan.campaign == campaign.says.name);
    let newest = of_it.max_by_key(|plan| &plan.made_at)?;
    let is_other = |item: &&GlanceItem| !members.contains(&item.repository.to_lowercase());
    Some(match newest.items.iter().find(is_other) {
        Some(other) if newest.forge == address.to_string() => {
            format!("its plan names {}, which is not a member of this fleet", other.repository)
        }
        _ => format!("it is planned for {} only", newest.forge),
    })
}

/// The campaign's plan for this forge: the newest one made from the present file, else the newest; `None` if there is
/// none.
fn plan(
    (campaign, fleet): (&Campaign, &Fleet),
    plans: &[Glance],
    begun: Option<&Unfinished>,
) -> Option<facts::Plan> {
    let is_current = |plan: &Glance| plan.file_digest == campaign.digest;
    let of_it = plans.iter().filter(|plan| plan.campaign == campaign.says.name);
    let glance = of_it.max_by_key(|plan| (is_current(plan), plan.made_at.clone()))?;
    let notes = begun.map(|begun| Notes::of(&begun.effects));
    let idle = |item: &GlanceItem| notes.as_ref()?.idle(&item.repository, &glance.digest);
    let planned = || glance.items.iter().filter(|item| item.action != Action::Leave);
    let meant = || planned().filter(|item| idle(item) != Some(Idle::Over));
    let for_which = |why| {
        let those = planned().filter(|item| idle(item) == Some(why));
        those.map(|item| item.repository.clone()).collect()
    };
    let touches_workflows = || {
        let files = planned().flat_map(|item| &item.change).flat_map(|change| &change.files);
        files.into_iter().any(|file| is_workflow(&file.path))
    };
    let by_fleet = fleet.manifest.campaigns.approval;
    Some(facts::Plan {
        file: glance.kept.clone(),
        made_at: seconds(&glance.made_at),
        is_current: is_current(glance),
        moved: for_which(Idle::BaseMoved),
        changed: for_which(Idle::AnotherChange),
        needs_approval: is_demanded(glance.terms.approval, by_fleet, touches_workflows),
        repositories: meant().map(|item| (item.repository.clone(), item.wave)).collect(),
        only: only(glance, fleet),
        waits: glance.terms.advance != Advance::Opened,
    })
}

/// The names of the members that a plan was limited to.
fn only(plan: &Glance, fleet: &Fleet) -> Vec<String> {
    if !plan.is_limited {
        return Vec::new();
    }
    called_in(fleet, plan.items.iter().map(|item| item.repository.as_str()))
}

/// The names of the members in these repositories.
fn called_in<'r>(fleet: &Fleet, repositories: impl Iterator<Item = &'r str>) -> Vec<String> {
    let meant: BTreeSet<String> = repositories.map(str::to_lowercase).collect();
    let is_meant = |member: &&Member| meant.contains(&member.repository.to_string().to_lowercase());
    fleet.members.iter().filter(is_meant).map(|member| fleet.called(member)).collect()
}

/// What was done, according to the journal. `members` are the repositories of the fleet, in lower case.
fn done(begun: &Unfinished, fleet: &Fleet, members: &BTreeSet<String>) -> facts::Done {
    let mut opened: BTreeSet<&str> = BTreeSet::new();
    let mut ended: BTreeSet<&str> = BTreeSet::new();
    // The commits of the campaign's pull requests: a repository that was renamed since has another name when one is ended.
    let mut offered: BTreeMap<&str, &str> = BTreeMap::new();
    let mut last: BTreeMap<&str, (Verb, &EffectState)> = BTreeMap::new();
    for effect in &begun.effects {
        let Some((kind, repository)) = EffectKind::of_key(&effect.key) else { continue };
        if !kind.is_tried() {
            continue;
        }
        let is_done = matches!(effect.state, EffectState::Done(_));
        let gives_up = effect.intent.get("given_up").is_some_and(|it| it == true);
        let command = match (kind, last.get(repository)) {
            (EffectKind::Merge, _) => Verb::Merge,
            (EffectKind::Say | EffectKind::Close, _) if gives_up => Verb::Close,
            // A branch is deleted after its pull request is handled, so this belongs to the same command.
            (EffectKind::Delete, Some((before, _))) => *before,
            _ => Verb::Apply,
        };
        last.insert(repository, (command, &effect.state));
        if let Some(commit) = commit_of(effect) {
            offered.insert(commit, repository);
        }
        match kind {
            // What is opened after an earlier pull request ended, as with `--again`, has not ended.
            kind if kind.offers() && is_done => {
                opened.insert(repository);
                ended.remove(repository);
            }
            EffectKind::Merge | EffectKind::Close if is_done => {
                let head = effect.intent.get(EffectKind::HEAD).and_then(Value::as_str);
                let opened_as = head.and_then(|head| offered.get(head).copied());
                ended.extend([Some(repository), opened_as].into_iter().flatten());
            }
            _ => {}
        }
    }
    // What failed under a name that no member has any more, because it was corrected in fleet.yaml, no command tries again.
    last.retain(|repository, _| members.contains(&repository.to_lowercase()));
    let halt = halt(&last);
    let notes = Notes::of(&begun.effects);
    let limit = notes.limit().filter(|limit| {
        let open = opened.difference(&ended).copied();
        let halted = halt.iter().flat_map(|halt| &halt.repositories).map(String::as_str);
        // Others are left of an earlier run, which was about all members.
        open.chain(halted).all(|repository| limit.named.contains(repository))
    });
    let Limit { named, to_offer } = limit.unwrap_or_default();
    let is_waiting = |repository: &String| {
        members.contains(&repository.to_lowercase()) && !opened.contains(repository.as_str())
    };
    facts::Done {
        begun_at: seconds(&begun.begun_at),
        only: called_in(fleet, named.iter().map(String::as_str)),
        waiting: to_offer.into_iter().filter(is_waiting).collect(),
        given_up_at: notes.given_up_at().and_then(|at| seconds(&at)),
        gives_up_all: notes.is_giving_up(),
        ended: ended.intersection(&opened).map(|name| (*name).to_owned()).collect(),
        opened: opened.iter().map(|name| (*name).to_owned()).collect(),
        halt,
        at_it: None,
    }
}

/// The commit of the pull request that an effect opened or updated.
fn commit_of(effect: &EffectRecord) -> Option<&str> {
    effect.state.outcome()?.get("commit")?.as_str()
}

/// What did not finish: interrupted steps take precedence over failed ones.
fn halt(last: &BTreeMap<&str, (Verb, &EffectState)>) -> Option<Halt> {
    let is_cut = |state: &EffectState| matches!(state, EffectState::Intended);
    let undone = || last.iter().filter(|(_, (_, state))| !matches!(state, EffectState::Done(_)));
    let cut = undone().any(|(_, (_, state))| is_cut(state));
    let of_it = || undone().filter(|(_, (_, state))| is_cut(state) == cut);
    let verb = of_it().map(|(_, (verb, _))| *verb).next()?;
    let same = of_it().filter(|(_, (other, _))| *other == verb);
    let repositories = same.map(|(name, _)| (*name).to_owned()).collect();
    Some(Halt { verb, repositories, is_cut: cut })
}

/// The shortest path by which a file can be named from a folder.
pub(in crate::cli) fn called(file: &Path, here: &Path) -> String {
    let below = file.strip_prefix(here).ok().filter(|path| !path.as_os_str().is_empty());
    next::unlike_an_option(&below.unwrap_or(file).display().to_string())
}

pub(in crate::cli) fn unreadable(command: &[&str], error: &Error) -> facts::Unreadable {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    facts::Unreadable { command, why: error.in_one_line() }
}

pub(in crate::cli) fn seconds(rfc3339: &str) -> Option<i64> {
    rfc3339.parse::<Timestamp>().ok().map(|at| at.as_second())
}
