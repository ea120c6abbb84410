//! What a fleet's files and this machine's state show about the fleet.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::ToSpan as _;

use super::bad;
use super::look::{folders_in, name_of, repository_around, upwards};
use crate::cli::Context;
use crate::cli::shared::campaigns_here::{called, campaigns, seconds, unreadable};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::missing_paths::is_repository;
use crate::cli::shared::pasted_paths::together;
use crate::cli::shared::placing::member_at;
use crate::cli::shared::releases::{Remembered, newest_offered};
use crate::cli::shared::retirement::to_go_on;
use crate::cli::shared::{journal, next};
use crate::drift::history::History;
use crate::edge::whole_file;
use crate::error::Result;
use crate::fleet::draft::UNKNOWN_OWNER;
use crate::fleet::manifest::Shape;
use crate::fleet::waivers::Waivers;
use crate::fleet::{Date, Fleet, Member};
use crate::forge::{ForgeAddress, credential};
use crate::guide::facts::{self, ReleaseHalt};
use crate::images::memory::Memory;
use crate::journal::{Journal, Unfinished};
use crate::release::chain::{self, Line, Record, Returned, State};
use crate::release::{Stage, back};
use crate::sandbox::seed;
use crate::scaffold::publish::{self, is_finished};

/// How many bytes at the end of a history are read. A line for ten thousand repositories has about 500,000.
const END_OF_HISTORY: u64 = 2 << 20;

/// Waivers that expire within this many days are reported.
const SOON: i64 = 14;

/// Collects all facts.
pub(super) fn seen(context: &Context, fleet: &Fleet) -> facts::Fleet {
    let here = std::env::current_dir().unwrap_or_default();
    let called = |file: &Path| called(file, &here);
    let named = context.fleet_file.as_ref().map(|file| file.display().to_string());
    let mut seen = facts::Fleet {
        name: fleet.manifest.name.clone(),
        file: named.clone().unwrap_or_else(|| called(&fleet.file)),
        named,
        members: fleet.active().count(),
        has_runtime: fleet.manifest.runtime_package.is_some(),
        has_images: fleet.manifest.images.is_some(),
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
    seen.is_owner_unknown = owner == UNKNOWN_OWNER;
    seen.without_token = without_token(context, &address);
    seen.sandbox = seen.without_token.as_ref().and_then(|_| sandbox(fleet, &address, &here));
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
    campaigns(&mut seen, fleet, &address, journal.as_ref(), &here);
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

/// The member whose repository contains the current folder.
fn inside(fleet: &Fleet, here: &Path) -> Option<facts::Inside> {
    let root = repository_around(here)?;
    let member = member_at(fleet, &root)?;
    let is_it = |active: &Member| active.repository == member.repository;
    fleet
        .active()
        .any(is_it)
        .then(|| facts::Inside { name: member.repository.name.clone(), path: upwards(&root, here) })
}

/// The names that the manual and the demo use for a sandbox's seed and its exports.
const SANDBOX: [&str; 2] = ["forge.yaml", "sandbox.env"];

/// The sandbox next to a fleet's manifest; `None` if the configured forge is not github.com.
fn sandbox(fleet: &Fleet, address: &ForgeAddress, here: &Path) -> Option<facts::Sandbox> {
    let [seed, exports] = SANDBOX.map(|name| fleet.beside(name));
    let bytes = whole_file::read(&seed).ok()??;
    if !address.is_public() || seed::read(&seed, &bytes).is_err() {
        return None;
    }
    let is_running = exports.is_file();
    let [seed, exports] = [seed, exports].map(|file| called(&file, here));
    // A shell would search PATH for a bare name.
    let begin = if exports.contains('/') { "" } else { "./" };
    let exports = next::quoted(&format!("{begin}{exports}"));
    Some(match is_running {
        true => facts::Sandbox::Running(exports),
        false => facts::Sandbox::Seed { seed, exports },
    })
}

/// The local repositories, as words for a shell, if most members' repositories are in folders next to the manifest or
/// next to the manifest itself.
fn local(fleet: &Fleet, here: &Path) -> Option<String> {
    let names: HashSet<String> =
        fleet.active().map(|member| member.repository.name.to_lowercase()).collect();
    let members_in = |folder: &Path| -> Vec<PathBuf> {
        folders_in(folder).into_iter().filter(|path| is_named(path, &names)).collect()
    };
    let are_most = |found: usize| found * 2 >= names.len() && (found >= 2 || found == names.len());
    let home = home(fleet, here);
    let folders = folders_in(&home).into_iter();
    let mut folders: Vec<(PathBuf, Vec<PathBuf>)> =
        folders.map(|folder| (folder.clone(), members_in(&folder))).collect();
    folders.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    let mut missing = names.clone();
    let mut words = Vec::new();
    // Each folder that has members which no larger one has: members of one kind may be in a folder of their own.
    for (folder, mut members) in folders {
        if !words.is_empty() {
            members.retain(|path| is_repository(path));
        }
        let before = missing.len();
        for path in &members {
            missing.remove(&repository_name(path));
        }
        if missing.len() == before {
            continue;
        }
        words.push(if words.is_empty() {
            format!("{}/*", next::quoted_path(&called(&folder, here)))
        } else {
            let called = members.iter().map(|path| PathBuf::from(called(path, here)));
            together(&called.collect::<Vec<_>>(), "")
        });
    }
    if are_most(names.len() - missing.len()) && !words.is_empty() {
        return Some(words.join(" "));
    }
    let found = members_in(&home).into_iter().filter(|path| is_repository(path));
    let found: Vec<PathBuf> = found.map(|path| PathBuf::from(called(&path, here))).collect();
    (!found.is_empty() && are_most(found.len())).then(|| together(&found, ""))
}

/// Shapes that kinds refer to but that do not exist, each with the local repositories of these kinds.
fn without_shape(fleet: &Fleet, here: &Path) -> Vec<facts::WithoutShape> {
    let mut missing: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (name, kind) in &fleet.manifest.kinds {
        if let Shape::Folder(folder) = &kind.shape {
            let place = fleet.beside(&folder.folder);
            if !place.is_dir() {
                missing.entry(called(&place, here)).or_default().insert(name);
            }
        }
    }
    let described = |(folder, kinds): (String, BTreeSet<&str>)| {
        let repositories = clones(fleet, here, &kinds);
        facts::WithoutShape { folder, repositories }
    };
    missing.into_iter().map(described).collect()
}

/// The repositories of some kinds in the manifest's folder or one of its subfolders, as words for a shell.
fn clones(fleet: &Fleet, here: &Path, kinds: &BTreeSet<&str>) -> Option<String> {
    let members = fleet.active().filter(|member| kinds.contains(member.kind.as_str()));
    let names: HashSet<String> =
        members.map(|member| member.repository.name.to_lowercase()).collect();
    let home = home(fleet, here);
    let is_one = |path: &PathBuf| is_named(path, &names);
    let among = |folder: &Path| -> Vec<PathBuf> {
        let found = folders_in(folder).into_iter().filter(is_one);
        found.map(|path| PathBuf::from(called(&path, here))).collect()
    };
    let folders = std::iter::once(home.clone()).chain(folders_in(&home));
    let found = folders.map(|folder| among(&folder)).max_by_key(Vec::len)?;
    // It takes two repositories to have something in common.
    (found.len() > 1).then(|| together(&found, ""))
}

/// The manifest's folder.
fn home(fleet: &Fleet, here: &Path) -> PathBuf {
    match fleet.file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => here.to_owned(),
    }
}

/// Whether a folder has the name of one of these repositories, which are in lower case.
fn is_named(path: &Path, names: &HashSet<String>) -> bool {
    names.contains(&repository_name(path))
}

/// The name of the repository in a folder, in lower case.
fn repository_name(path: &Path) -> String {
    let name = name_of(path).to_lowercase();
    name.strip_suffix(".git").unwrap_or(&name).to_owned()
}

/// The variables that could hold a token, if none is set and there is no other source of one.
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

/// Releases, new repositories and retirements that were begun and not finished.
fn begun(seen: &mut facts::Fleet, fleet: &Fleet, journal: &Journal) -> Result<()> {
    let Remembered { runs, back } = Remembered::of(journal, fleet)?;
    // Also one of which no chain matters any more: members are still notified of that one.
    let newest = newest_offered(&runs);
    for line in chain::lines(journal.running(chain::KIND)?) {
        let Some(begun) = journal.unfinished(&line.name)? else { continue };
        let record = Record::of_effects(&begun.effects);
        let at_it = journal.at_it(&line.name)?;
        let newer = newest.get(&line.distribution).filter(|newest| **newest > line.version);
        let newer = newer.map(ToString::to_string);
        let version = line.version.to_string();
        let is_it = |run: &&chain::Run| {
            run.distribution == line.distribution && run.version.as_ref() == Some(&version)
        };
        // Of one that ended in between, or of which nothing is recorded, nothing is to be said.
        let Some(run) = runs.iter().find(is_it) else { continue };
        let is_left_alone = run.is_left_alone()
            || run.is_to_be_left
            || (run.went_back.is_some() && newer.is_some());
        if at_it.is_some() || !is_left_alone {
            let release = release(&line, &record, at_it, newer.as_deref());
            seen.releases.extend(release.map(|release| facts::Release {
                is_over: run.is_over(),
                to_withdraw: run.to_withdraw.clone(),
                remaining: run.remaining.clone(),
                ..release
            }));
        }
    }
    seen.releases.extend(bad::left_over(&runs, &seen.releases));
    seen.back = back.filter(back::Back::is_open).map(|back| facts::Back {
        at: seconds(&back.begun_at),
        ended: back.ended.map(|ended| (ended.back, ended.of)),
        distribution: back.distribution,
        version: back.version,
        options: back.options,
        at_it: back.at_it,
    });
    for kind in ["new", "retire"] {
        for name in journal.running(kind)? {
            let Some(begun) = journal.unfinished(&name)?.filter(|begun| !begun.effects.is_empty())
            else {
                continue;
            };
            let is_new = kind == "new";
            if is_new && (is_retired(fleet, &name.key) || is_finished(&begun, &name, fleet)) {
                continue;
            }
            let waits_for_entry = is_new && publish::waits_for_entry(&begun);
            let command = if is_new { "new" } else { to_go_on(&begun) };
            let subject = slug(fleet, kind, &name.key, &begun);
            let at = seconds(&begun.begun_at);
            let command = command.to_owned();
            seen.begun.push(facts::Begun { command, subject, at, waits_for_entry });
        }
    }
    Ok(())
}

/// Where a release stopped; `None` when it came to its end, or nothing of it was done. `newer` is a published version
/// above this one: members are notified of that one, so this one is only published.
fn release(
    line: &Line,
    record: &Record,
    at_it: Option<String>,
    newer: Option<&str>,
) -> Option<facts::Release> {
    let mut rows = record.table(record.row(Stage::Mirror).is_some());
    if newer.is_some() {
        rows.retain(|row| row.stage <= Stage::Wait);
    }
    if at_it.is_none() && !rows.iter().any(|row| row.state == State::Done) {
        return None;
    }
    let stopped = rows.iter().find(|row| {
        let is_open = match row.state {
            State::Failed | State::Waiting => true,
            // Images that were not seen, but not a gate that was left out.
            State::Unchecked | State::Back => !record.is_settled(row.stage),
            // Without the token for members, it notified none; with it, the recorded command does.
            State::Skipped => row.stage == Stage::Cascade && row.next.is_some(),
            State::Done => false,
        };
        is_open && row.stage != Stage::Consumers
    });
    // For a release that members went back from, it does not matter where it stopped.
    let went_back = record.went_back.as_ref().map(Returned::all_targets);
    let went_back = went_back.filter(|_| newer.is_none());
    let is_of_interest = went_back.is_some() || at_it.is_some();
    let stopped = stopped.or_else(|| rows.last().filter(|_| is_of_interest))?;
    // The index never accepts it, and a later version is published.
    if newer.is_some() && at_it.is_none() && (stopped.is_taken() || stopped.is_deleted()) {
        return None;
    }
    let is_frozen = |next: &String| next.starts_with("shipshape release thaw");
    Some(facts::Release {
        distribution: line.distribution.clone(),
        version: line.version.to_string(),
        stage: stopped.stage.as_str().to_owned(),
        halt: match stopped.state {
            State::Failed if stopped.next.as_ref().is_some_and(is_frozen) => ReleaseHalt::Frozen,
            State::Failed if stopped.is_taken_back() => ReleaseHalt::TakenBack,
            State::Failed if stopped.is_behind_members() => ReleaseHalt::MembersAhead,
            State::Failed if stopped.is_taken() => ReleaseHalt::NamesTaken,
            State::Failed => ReleaseHalt::Failed,
            State::Unchecked | State::Back => ReleaseHalt::Unchecked,
            State::Skipped => ReleaseHalt::Untold,
            _ if stopped.at.is_some() => ReleaseHalt::Within,
            _ => ReleaseHalt::Before,
        },
        next: stopped.next.clone().filter(|next| !is_frozen(next)),
        options: record.options.clone(),
        is_withdrawn: record.is_withdrawn,
        superseded: record.superseded.clone().filter(|_| newer.is_none()),
        newer: newer.map(str::to_owned),
        went_back,
        at_it,
        ..facts::Release::default()
    })
}

/// Whether a repository is that of a retired member, which `new` refuses to continue.
fn is_retired(fleet: &Fleet, repository: &str) -> bool {
    let is_it = |member: &Member| member.repository.to_string().eq_ignore_ascii_case(repository);
    fleet.members.iter().any(|member| member.retired.is_some() && is_it(member))
}

/// The subject of an operation as a command names it: the slug that it was begun with, else the member's, else the key.
fn slug(fleet: &Fleet, kind: &str, key: &str, begun: &Unfinished) -> String {
    let answered = begun.input.get("answers").and_then(|answers| answers.get("slug")?.as_str());
    if let (Some(slug), "new") = (answered, kind) {
        return slug.to_owned();
    }
    let is_it = |member: &&Member| member.repository.to_string().eq_ignore_ascii_case(key);
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
        let crate::drift::model::TrendPoint { repositories, conformant, automatic, .. } =
            last.point;
        seen.history = facts::History::Last { at, repositories, conformant, automatic };
    }
}

/// Reads the end of a file. A partial first line does not parse, so readers skip it.
fn end_of(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = whole_file::open(file)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END_OF_HISTORY)))?;
    let mut bytes = Vec::new();
    file.take(END_OF_HISTORY).read_to_end(&mut bytes)?;
    Ok(bytes)
}
