//! What a fleet's own files and this machine's memory show of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

use super::look::{folders_in, name_of, repository_around};
use crate::campaign::file::{Advance, Campaign};
use crate::campaign::plan::{Action, SCHEMA};
use crate::cli::forge::ForgeOptions;
use crate::cli::{Context, journal, next};
use crate::drift::history::History;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::manifest::Shape;
use crate::fleet::waivers::Waivers;
use crate::fleet::{Date, Fleet};
use crate::forge::{ForgeAddress, credential};
use crate::guide::facts::{self, Halt, Verb};
use crate::images::memory::Memory;
use crate::journal::{Journal, OperationName, Standing, Unfinished};
use crate::release::chain::{self, Record, State};

/// Files that may be campaigns, of each folder.
const MOST_CAMPAIGNS: usize = 20;

/// Campaigns larger than this are told by their names only, in bytes.
const LARGEST_CAMPAIGN: u64 = 256 << 10;

/// Plans larger than this are not looked into, in bytes: reading one takes longer than a glance.
const LARGEST_PLAN: u64 = 8 << 20;

/// How much of a history's end is looked at, in bytes: a line of ten thousand repositories has some 500,000.
const END_OF_HISTORY: u64 = 2 << 20;

/// A waiver that ends within so many days is told.
const SOON: i64 = 14;

/// All that can be seen.
pub(super) fn seen(context: &Context, fleet: &Fleet) -> facts::Fleet {
    let here = std::env::current_dir().unwrap_or_default();
    let called = |file: &Path| called(file, &here);
    let named = context.fleet_file.as_ref().map(|file| file.display().to_string());
    let mut seen = facts::Fleet {
        name: fleet.manifest.name.clone(),
        file: named.clone().unwrap_or_else(|| called(&fleet.file)),
        named,
        members: fleet.active().count(),
        inside: inside(fleet, &here),
        ..facts::Fleet::default()
    };
    let forge = ForgeOptions {
        forge: context.environment.get("SHIPSHAPE_FORGE").map(str::to_owned),
        read_only: true,
    };
    let owner = &fleet.manifest.forge.owner;
    let address = match forge.address(Some(fleet)) {
        Ok(address) => address,
        Err(error) => {
            seen.owner = owner.clone();
            seen.unreadable.push(unreadable(&["doctor"], &error));
            return seen;
        }
    };
    seen.owner = format!("{owner} on {address}");
    seen.without_token = without_token(context, &address);
    seen.without_shape = without_shape(fleet, &here);
    if seen.without_token.is_some() || !seen.without_shape.is_empty() {
        seen.local = local(fleet, &here);
    }
    let remembered = journal::file_at(None, context, fleet, &address);
    let journal = match &remembered {
        Ok(file) => Journal::look(file).unwrap_or_else(|error| {
            seen.unreadable.push(unreadable(&["doctor"], &error));
            None
        }),
        Err(_) => None,
    };
    campaigns(&mut seen, fleet, (&address, journal.as_ref()), &here);
    if let Some(journal) = &journal
        && let Err(error) = begun(&mut seen, fleet, journal)
    {
        seen.unreadable.push(unreadable(&["doctor"], &error));
    }
    if let Ok(file) = &remembered {
        held(&mut seen, &file.with_file_name("images.json"));
    }
    waivers(&mut seen, context, fleet);
    history(&mut seen, fleet);
    seen
}

/// A path as short as it may be called from a folder.
fn called(file: &Path, here: &Path) -> String {
    let below = file.strip_prefix(here).ok().filter(|path| !path.as_os_str().is_empty());
    next::unlike_an_option(&below.unwrap_or(file).display().to_string())
}

fn unreadable(command: &[&str], error: &Error) -> facts::Unreadable {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    facts::Unreadable { command, why: error.in_one_line() }
}

fn seconds(rfc3339: &str) -> Option<i64> {
    rfc3339.parse::<Timestamp>().ok().map(|at| at.as_second())
}

/// The member whose repository the current folder is in.
fn inside(fleet: &Fleet, here: &Path) -> Option<String> {
    let root = repository_around(here)?;
    let name = name_of(&root);
    let name = name.strip_suffix(".git").unwrap_or(&name);
    let is_it = |known: &String| known.eq_ignore_ascii_case(name);
    let member = fleet.active().find(|member| {
        member.names().iter().any(is_it) || member.repository.name.eq_ignore_ascii_case(name)
    })?;
    Some(member.repository.name.clone())
}

/// A folder beside the manifest that holds most of the members' repositories.
fn local(fleet: &Fleet, here: &Path) -> Option<String> {
    let names: HashSet<String> =
        fleet.active().map(|member| member.repository.name.to_lowercase()).collect();
    let folder = match fleet.file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => here.to_owned(),
    };
    let is_member = |path: &PathBuf| {
        let name = name_of(path).to_lowercase();
        names.contains(name.strip_suffix(".git").unwrap_or(&name))
    };
    let found = folders_in(&folder).into_iter().find(|folder| {
        let members = folders_in(folder).iter().filter(|path| is_member(path)).count();
        members >= 2 && members * 2 >= names.len()
    })?;
    Some(called(&found, here))
}

/// Folders of shapes that kinds name and that are not there.
fn without_shape(fleet: &Fleet, here: &Path) -> Vec<String> {
    let mut missing: BTreeSet<String> = BTreeSet::new();
    for kind in fleet.manifest.kinds.values() {
        if let Shape::Folder(folder) = &kind.shape {
            let place = fleet.beside(&folder.folder);
            if !place.is_dir() {
                missing.insert(called(&place, here));
            }
        }
    }
    missing.into_iter().collect()
}

/// The variables that would hold a token, when there is none and no other way to one.
fn without_token(context: &Context, address: &ForgeAddress) -> Option<String> {
    let environment = &context.environment;
    let variables = credential::variables_for(address);
    let is_set = |name: &str| environment.get(name).is_some();
    let of_gh = environment
        .get("GH_CONFIG_DIR")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(environment.get("HOME")?).join(".config/gh")));
    let gh_may = of_gh.is_some_and(|folder| folder.join("hosts.yml").is_file());
    if variables.iter().any(|name| is_set(name)) || is_set(credential::APP_VARIABLE) || gh_may {
        return None;
    }
    Some(variables.join(" and "))
}

/// Campaigns that have a file: in the current folder, beside the manifest, and in `campaigns/` beside it. What takes one
/// back follows it, where that was begun or planned.
fn campaigns(
    seen: &mut facts::Fleet,
    fleet: &Fleet,
    (address, journal): (&ForgeAddress, Option<&Journal>),
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
            let kept = files_in(&folder, &["json"]);
            plans.extend(kept.iter().filter_map(|file| glance(file, called(file, here))));
        }
    }
    plans.retain(|plan| plan.forge == address.to_string());
    for file in files.into_values() {
        let campaign = match Campaign::load(Path::new(&file)) {
            Ok(campaign) => campaign,
            Err(errors) => {
                if let Some(error) = errors.first() {
                    seen.unreadable.push(unreadable(&["campaign", "plan", &file], error));
                }
                continue;
            }
        };
        let fact = |campaign: &Campaign, is_reverted: bool| {
            let name = OperationName::new("campaign", &campaign.says.name);
            let begun = journal.and_then(|journal| journal.unfinished(&name).ok().flatten());
            facts::Campaign {
                name: campaign.says.name.clone(),
                is_reverted,
                plan: plan(campaign, &plans),
                done: begun.map(|begun| done(&begun)),
                file: file.clone(),
            }
        };
        let back = fact(&campaign.inverse(), true);
        // Who takes it back is not told to go on with it.
        match back.plan.is_some() || back.done.is_some() {
            true => seen.campaigns.push(back),
            false => seen.campaigns.push(fact(&campaign, false)),
        }
    }
}

fn is_named_campaign(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("campaign")
}

/// Whether a file begins like a campaign: it has a name, and says what changes.
fn is_campaign(file: &Path) -> bool {
    let bytes = whole_file::read_up_to(file, LARGEST_CAMPAIGN).ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    ["name:", "changes:", "pull_request:"]
        .iter()
        .all(|key| text.lines().any(|line| line.starts_with(key)))
}

/// Files of a folder with one of these endings, in the order of their names.
fn files_in(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_one = |path: &PathBuf| {
        path.extension().is_some_and(|ending| endings.iter().any(|it| ending == *it))
    };
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| is_one(path) && path.is_file()).collect();
    // Those that are called as usual are among those that are looked at, however many others there are.
    files.sort_by_key(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (!(name.ends_with(".plan.json") || name.starts_with("campaign")), name)
    });
    files.truncate(MOST_CAMPAIGNS);
    files
}

/// What a plan says of itself, as far as a glance needs it.
#[derive(Deserialize)]
struct Glance {
    #[serde(skip)]
    kept: String,
    campaign: String,
    forge: String,
    file_digest: String,
    made_at: String,
    terms: GlanceTerms,
    items: Vec<GlanceItem>,
}

#[derive(Deserialize)]
struct GlanceTerms {
    advance: Advance,
}

#[derive(Deserialize)]
struct GlanceItem {
    repository: String,
    action: Action,
    wave: u32,
}

/// What a file says, when it is a plan.
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

/// The plan of a campaign that is kept here: of several the newest of today's wording, else the newest; none when there is none
/// for this forge.
fn plan(campaign: &Campaign, plans: &[Glance]) -> Option<facts::Plan> {
    let is_current = |plan: &Glance| plan.file_digest == campaign.digest;
    let of_it = plans.iter().filter(|plan| plan.campaign == campaign.says.name);
    let glance = of_it.max_by_key(|plan| (is_current(plan), plan.made_at.clone()))?;
    let meant = glance.items.iter().filter(|item| item.action != Action::Leave);
    Some(facts::Plan {
        file: glance.kept.clone(),
        made_at: seconds(&glance.made_at),
        is_current: is_current(glance),
        repositories: meant.map(|item| (item.repository.clone(), item.wave)).collect(),
        until: match glance.terms.advance {
            Advance::Merged => Some("merged".to_owned()),
            Advance::Green => Some("green".to_owned()),
            Advance::Opened => None,
        },
    })
}

/// What the journal says was done. Keys of effects are made in `campaign`: what is done, to which repository, and how.
fn done(begun: &Unfinished) -> facts::Done {
    let mut opened: BTreeSet<&str> = BTreeSet::new();
    let mut ended: BTreeSet<&str> = BTreeSet::new();
    let mut last: BTreeMap<&str, (Verb, &Standing)> = BTreeMap::new();
    for effect in &begun.effects {
        let mut words = effect.key.split(' ');
        let (Some(verb), Some(repository)) = (words.next(), words.next()) else { continue };
        let is_done = matches!(effect.standing, Standing::Done(_));
        let gives_up = effect.intent.get("given_up").is_some_and(|it| it == true);
        let command = match (verb, last.get(repository)) {
            ("merge", _) => Verb::Merge,
            ("say" | "close", _) if gives_up => Verb::Close,
            // A branch goes after its pull request.
            ("delete", Some((before, _))) => *before,
            _ => Verb::Apply,
        };
        last.insert(repository, (command, &effect.standing));
        match verb {
            "open" if is_done => _ = opened.insert(repository),
            "merge" | "close" if is_done => _ = ended.insert(repository),
            _ => {}
        }
    }
    facts::Done {
        begun_at: seconds(&begun.begun_at),
        ended: ended.intersection(&opened).map(|name| (*name).to_owned()).collect(),
        opened: opened.into_iter().map(str::to_owned).collect(),
        halt: halt(&last),
    }
}

/// What did not come to its end: what was cut off comes before what failed.
fn halt(last: &BTreeMap<&str, (Verb, &Standing)>) -> Option<Halt> {
    let is_cut = |standing: &Standing| matches!(standing, Standing::Intended);
    let undone = || last.iter().filter(|(_, (_, standing))| !matches!(standing, Standing::Done(_)));
    let cut = undone().any(|(_, (_, standing))| is_cut(standing));
    let of_it = || undone().filter(|(_, (_, standing))| is_cut(standing) == cut);
    let verb = of_it().map(|(_, (verb, _))| *verb).next()?;
    let same = of_it().filter(|(_, (other, _))| *other == verb);
    let repositories = same.map(|(name, _)| (*name).to_owned()).collect();
    Some(Halt { verb, repositories, is_cut: cut })
}

/// Releases, new repositories and retirements that were begun and did not come to their end.
fn begun(seen: &mut facts::Fleet, fleet: &Fleet, journal: &Journal) -> Result<()> {
    let mut told: BTreeSet<String> = BTreeSet::new();
    for name in journal.running(chain::KIND)? {
        let Some((distribution, version)) = name.key.split_once('@') else { continue };
        // An earlier version is no longer worth finishing.
        if !told.insert(distribution.to_owned()) {
            continue;
        }
        let Some(begun) = journal.unfinished(&name)? else { continue };
        seen.releases.extend(release(distribution, version, &Record::of_effects(&begun.effects)));
    }
    for kind in ["new", "retire"] {
        for name in journal.running(kind)? {
            let Some(begun) = journal.unfinished(&name)?.filter(|begun| !begun.effects.is_empty())
            else {
                continue;
            };
            let command = if kind == "new" { "new" } else { "fleet retire --apply" };
            let subject = slug(fleet, kind, &name.key, &begun);
            let at = seconds(&begun.begun_at);
            seen.begun.push(facts::Begun { command: command.to_owned(), subject, at });
        }
    }
    Ok(())
}

/// Where a release stopped; `None` when it came to its end, or nothing of it was done.
fn release(distribution: &str, version: &str, record: &Record) -> Option<facts::Release> {
    let rows = record.table(false);
    if !rows.iter().any(|row| row.state == State::Done) {
        return None;
    }
    let stopped = rows.iter().find(|row| {
        matches!(row.state, State::Failed | State::Waiting) && row.stage != chain::Stage::Consumers
    })?;
    Some(facts::Release {
        distribution: distribution.to_owned(),
        version: version.to_owned(),
        stage: stopped.stage.as_str().to_owned(),
        has_failed: stopped.state == State::Failed,
    })
}

/// How a command calls what an operation is about: the slug that it was begun with, else the member's, else the key.
fn slug(fleet: &Fleet, kind: &str, key: &str, begun: &Unfinished) -> String {
    let answered = begun.input.get("answers").and_then(|answers| answers.get("slug")?.as_str());
    if let (Some(slug), "new") = (answered, kind) {
        return slug.to_owned();
    }
    let is_it =
        |member: &&crate::fleet::Member| member.repository.to_string().eq_ignore_ascii_case(key);
    fleet.members.iter().find(is_it).map_or_else(|| key.to_owned(), |member| member.slug.clone())
}

fn held(seen: &mut facts::Fleet, file: &Path) {
    match Memory::new(file.to_owned()).read() {
        Ok(known) => {
            seen.held = known
                .held()
                .map(|(image, hold)| facts::Held {
                    image: image.to_owned(),
                    reason: hold.reason.clone(),
                    since: seconds(&hold.since),
                })
                .collect();
        }
        Err(error) => seen.unreadable.push(unreadable(&["images", "status"], &error)),
    }
}

fn waivers(seen: &mut facts::Fleet, context: &Context, fleet: &Fleet) {
    let file = fleet.beside(&fleet.manifest.waivers);
    let read = whole_file::read(&file).map_err(|error| vec![error]);
    let read = read.and_then(|bytes| match bytes {
        Some(bytes) => Waivers::parse(&file, &bytes),
        None => Ok(Waivers::none()),
    });
    let waivers = match read {
        Ok(waivers) => waivers,
        Err(errors) => {
            seen.unreadable.extend(errors.first().map(|error| unreadable(&["waivers"], error)));
            return;
        }
    };
    let today = Date(context.clock.today());
    let limit = today.0.checked_add(SOON.days()).map_or(today, Date);
    seen.waivers.expired = waivers.entries.iter().filter(|waiver| waiver.expires < today).count();
    let mut soon: Vec<_> = waivers
        .entries
        .iter()
        .filter(|waiver| waiver.expires >= today && waiver.expires <= limit)
        .collect();
    soon.sort_by_key(|waiver| waiver.expires);
    seen.waivers.soon = soon.len();
    seen.waivers.first = soon.first().map(|waiver| {
        let what = format!("`{}` of `{}`", waiver.rule, waiver.repository);
        (what, waiver.expires.to_string())
    });
}

fn history(seen: &mut facts::Fleet, fleet: &Fleet) {
    let Some(file) = &fleet.manifest.history else { return };
    seen.history = facts::History::Empty;
    let Ok(bytes) = end_of(&fleet.beside(file)) else { return };
    if let Some(last) = History::parse(&bytes).records.last()
        && let Some(at) = seconds(&last.point.at)
    {
        let (repositories, conformant) = (last.point.repositories, last.point.conformant);
        seen.history = facts::History::Last { at, repositories, conformant };
    }
}

/// The last part of a file. Where it begins in the middle of a line, that line is none and is left aside by whoever reads it.
fn end_of(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = whole_file::open(file)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END_OF_HISTORY)))?;
    let mut bytes = Vec::new();
    file.take(END_OF_HISTORY).read_to_end(&mut bytes)?;
    Ok(bytes)
}
