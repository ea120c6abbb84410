//! In a fleet: unfinished operations, expiring waivers, outdated results.

use super::facts::{self, Back, Begun, Fleet, History, ReleaseHalt, Sandbox, WithoutShape};
use super::words::{ago, days, lasting, since_then};
use super::{Suggestion, Urgency, Word, campaigns, repairs, suggest};
use crate::counted::counted_as;
use crate::forge::credential::DISPATCH_VARIABLE;
use crate::release::Stage;
use crate::release::chain::{OF_ONE_VERSION, withdrawing};

/// The age in days from which a recorded run is outdated.
const OLD: i64 = 7;

/// A sentence on what is here.
pub(super) fn here(fleet: &Fleet) -> String {
    let members = counted_as(fleet.members, "member", "members");
    let running = match &fleet.sandbox {
        Some(Sandbox::Running(exports)) => {
            format!("; a sandbox of it is running, and `. {exports}` points commands to it")
        }
        _ => String::new(),
    };
    let unknown = match fleet.is_owner_unknown {
        true => "; that owner is a placeholder: correct `owner` in the file first",
        false => "",
    };
    let Fleet { name, file, owner, .. } = fleet;
    format!("Fleet `{name}` ({file}): {members} of {owner}{unknown}{running}")
}

/// What to do next.
pub(super) fn next(fleet: &Fleet, now: i64) -> Vec<(Urgency, Suggestion)> {
    let mut next = Vec::new();
    next.extend(back(fleet, now));
    next.extend(releases(fleet));
    next.extend(begun(fleet, now));
    next.extend(unreadable(fleet));
    next.extend(inside(fleet));
    next.extend(shapes(fleet));
    next.extend(sandbox(fleet));
    next.extend(fleet.campaigns.iter().filter_map(|campaign| campaigns::next(campaign, now)));
    next.extend(waivers(fleet));
    if fleet.without_shape.is_empty() {
        next.push(repairs::next(fleet, now).unwrap_or_else(|| drift(fleet, now)));
    }
    next.extend(held(fleet, now));
    next.extend(useful(fleet));
    for (_, suggestion) in &mut next {
        if let (Some(file), false) = (&fleet.named, suggestion.is_of_no_fleet()) {
            suggestion.command.extend(["--fleet", file].map(|word| Word::Plain(word.to_owned())));
        }
    }
    next
}

impl Suggestion {
    fn is_of_no_fleet(&self) -> bool {
        matches!(self.command.first(), Some(Word::Plain(first)) if ["demo", "sandbox"].contains(&first.as_str()))
    }
}

fn releases(fleet: &Fleet) -> impl Iterator<Item = (Urgency, Suggestion)> {
    fleet.releases.iter().flat_map(|release| {
        let facts::Release { distribution, version, stage, .. } = release;
        if let Some(process) = &release.at_it {
            let what = format!("the release of {distribution} {version}");
            return vec![running(&what, process)];
        }
        if let Some(to) = &release.went_back {
            return gone_back(release, to, fleet.back.is_some());
        }
        if let Some(later) = &release.superseded {
            let why = format!(
                "the release of {distribution} {version} is not finished, and {later} is published and supersedes it"
            );
            let suggestion = suggest("release run --version", why).with(later);
            return vec![(Urgency::HalfDone, of_another(suggestion, &release.options))];
        }
        if release.is_withdrawn {
            let why = format!(
                "the release of {distribution} {version} is not finished, and it is withdrawn; once a fix is merged: \
                 this releases it as the next version"
            );
            let suggestion = suggest("release run", why);
            return vec![(Urgency::HalfDone, of_another(suggestion, &release.options))];
        }
        let how = match release.halt {
            ReleaseHalt::Before => "stopped before",
            ReleaseHalt::Within => "stopped in",
            ReleaseHalt::Failed
            | ReleaseHalt::Frozen
            | ReleaseHalt::TakenBack
            | ReleaseHalt::MembersAhead
            | ReleaseHalt::NamesTaken => "failed at",
            ReleaseHalt::Unchecked => "could not check",
            ReleaseHalt::Untold => "skipped",
        };
        let stopped = format!("the release of {distribution} {version} {how} its stage `{stage}`");
        let goes_on = |why: String| {
            let suggestion = suggest("release run --version", why).with(version);
            let (suggestion, options) = match release.newer {
                Some(_) => {
                    (suggestion.with("--until").with("wait"), without(&release.options, &["until"]))
                }
                None => (suggestion, release.options.clone()),
            };
            (Urgency::HalfDone, given_again(suggestion, &options))
        };
        let continues = match &release.newer {
            Some(newer) => format!(
                "this publishes it, and notifies no member, since {newer} is newer"
            ),
            None => "this continues there".to_owned(),
        };
        match release.halt {
            ReleaseHalt::Frozen => {
                // It may be frozen because of this version, and members may have it by then.
                let may_be_there = [Stage::Cascade, Stage::Images].map(Stage::as_str);
                let back = match may_be_there.contains(&stage.as_str()) {
                    true => format!(" (if {version} itself is bad: `shipshape release back VERSION`)"),
                    false => String::new(),
                };
                let why = format!("{stopped}: releases are frozen{back}; when the reason is gone");
                let thaw = (Urgency::HalfDone, suggest("release thaw", why));
                vec![thaw, goes_on(format!("then: continues the release of {version}"))]
            }
            ReleaseHalt::TakenBack => {
                let why = format!(
                    "{stopped}: members were taken back to an earlier version since; this shows how they go forward again"
                );
                vec![(Urgency::HalfDone, suggest("release status", why).with(version))]
            }
            ReleaseHalt::MembersAhead => {
                let why = format!(
                    "{stopped}: members have a later version, which the index does not list; this shows which"
                );
                vec![(Urgency::HalfDone, suggest("release status", why).with(version))]
            }
            _ => match recorded(release, &stopped) {
                Some(suggestion) => vec![(Urgency::HalfDone, suggestion)],
                None => vec![goes_on(format!("{stopped}; {continues}"))],
            },
        }
    })
}

/// What is next if members went back from a version. Where only some were taken to an earlier version on purpose, this one
/// is not over, and needs no other version. A return in progress is continued first, which concerns only its members.
fn gone_back(
    release: &facts::Release,
    to: &str,
    is_going_back: bool,
) -> Vec<(Urgency, Suggestion)> {
    let facts::Release { distribution, version, to_withdraw, .. } = release;
    let bad = to_withdraw.join(", ");
    let remaining = release.remaining.iter().map(|remaining| {
        let why = remaining.in_words();
        match remaining.goes_back() {
            Some(command) => suggest(command.trim_start_matches("shipshape "), why),
            None => suggest("release status", why),
        }
    });
    let yank = format!("{}, unless that is done", withdrawing(&bad));
    // Of several, members may have gone back past some, which none had.
    let from = |from: &str| match to_withdraw.len() {
        0 | 1 => format!(" from {distribution} {from}"),
        _ => String::new(),
    };
    let last = match (release.is_over, bad.is_empty()) {
        _ if is_going_back => None,
        (false, true) => None,
        (false, false) => {
            let why = format!("members went back{} to {to}: {yank}", from(&bad));
            Some(suggest("release status", why))
        }
        (true, is_done) => {
            let (from, yank) = match is_done {
                true => (from(version), String::new()),
                false => (from(&bad), format!("{yank}, and ")),
            };
            let why = format!(
                "members went back{from} to {to}: {yank}release the next version once a fix is merged; this shows what it \
                 would be",
            );
            Some(suggest("release plan", why))
        }
    };
    remaining.chain(last).map(|suggestion| (Urgency::HalfDone, suggestion)).collect()
}

/// The next step that the stage recorded, where that is not to continue the same version with `release run`: notifying
/// some members again, or releasing the next version. A look fixes nothing, so after one the same run continues.
fn recorded(release: &facts::Release, stopped: &str) -> Option<Suggestion> {
    let command = release.next.as_deref().filter(|_| release.newer.is_none())?;
    let arguments = command.strip_prefix("shipshape release ")?;
    let (name, arguments) = arguments.split_once(' ').unwrap_or((arguments, ""));
    let is_of_the_next = name == "run" && !arguments.contains("--version ");
    let why = match (name, is_of_the_next) {
        ("run", false) => return None,
        ("run", true) if release.halt == ReleaseHalt::NamesTaken => {
            "this releases the next version: the index never replaces a file"
        }
        ("run", true) => "once a fix is merged: this releases it as the next version",
        _ => "this continues there",
    };
    let why = match release.halt {
        ReleaseHalt::Untold => format!(
            "the release of {} {} notified no member, since {DISPATCH_VARIABLE} was not set; with it set, this does",
            release.distribution, release.version
        ),
        _ => format!("{stopped}; {why}"),
    };
    let suggestion = suggest(&format!("release {name}"), why);
    Some(if arguments.is_empty() { suggestion } else { suggestion.about(arguments) })
}

/// What a process is already running is not proposed again: its progress can be shown.
fn running(what: &str, process: &str) -> (Urgency, Suggestion) {
    let why = format!("{what} is running ({process}): this shows its progress");
    (Urgency::HalfDone, suggest("release status", why))
}

/// Continues a return to an earlier version.
fn back(fleet: &Fleet, now: i64) -> Option<(Urgency, Suggestion)> {
    let back = fleet.back.as_ref()?;
    let at = back.at.map_or_else(String::new, |at| format!(", started {},", ago(now, at)));
    let how = match back.ended {
        None => "was cut off".to_owned(),
        Some((through, of)) => format!("ended with {through} of {of} repositories back"),
    };
    let Back { distribution, version, .. } = back;
    if let Some(process) = &back.at_it {
        let what = format!("`release back` to {distribution} {version}{at}");
        return Some(running(&what, process));
    }
    // Another machine may have finished it, and released a later version since: only a look at the images shows that.
    let why = format!(
        "`release back` to {distribution} {version}{at} {how}; this shows which members it would take back"
    );
    let suggestion = given_again(suggest("release back", why).with(version), &back.options);
    Some((Urgency::HalfDone, suggestion.with("--dry-run")))
}

/// Adds the options that the release of another version was given before, but for those that let only that one through.
fn of_another(suggestion: Suggestion, options: &[String]) -> Suggestion {
    given_again(suggestion, &without(options, &OF_ONE_VERSION))
}

/// The options without some, by their long names.
fn without(options: &[String], longs: &[&str]) -> Vec<String> {
    let is_one_of = |option: &&String| {
        let long = option.split(' ').next().and_then(|first| first.strip_prefix("--"));
        long.is_some_and(|long| longs.contains(&long))
    };
    options.iter().filter(|option| !is_one_of(option)).cloned().collect()
}

/// Adds the options that the command was given before.
fn given_again(suggestion: Suggestion, options: &[String]) -> Suggestion {
    match options.is_empty() {
        true => suggestion,
        false => suggestion.about(&options.join(" ")),
    }
}

/// Most unfinished runs of `new` that are suggested: of more, the last suggestion is the list of all.
const MOST_NEW: usize = 3;

fn begun(fleet: &Fleet, now: i64) -> Vec<(Urgency, Suggestion)> {
    let (new, others): (Vec<&Begun>, Vec<&Begun>) =
        fleet.begun.iter().partition(|begun| begun.command == "new" && !begun.waits_for_entry);
    let shown = if new.len() > MOST_NEW { MOST_NEW - 1 } else { new.len() };
    let mut next: Vec<_> = new.iter().take(shown).map(|begun| continued(begun, now)).collect();
    if let more @ 1.. = new.len() - shown {
        let why = format!("{more} more runs of `new` are not finished; this lists all");
        next.push((Urgency::HalfDone, suggest("new --unfinished", why)));
    }
    next.extend(others.into_iter().map(|begun| continued(begun, now)));
    next
}

/// Continues what was begun.
fn continued(begun: &Begun, now: i64) -> (Urgency, Suggestion) {
    let at = begun.at.map_or_else(String::new, |at| format!(" {}", ago(now, at)));
    if begun.waits_for_entry {
        let why = format!(
            "started{at}; fleet.yaml here does not list it yet: this shows what became of the pull request for that"
        );
        return (Urgency::UnderWay, suggest(&begun.command, why).with(&begun.subject));
    }
    let shown = match begun.command.as_str() {
        "new" => "; `shipshape new --unfinished` shows what it created",
        _ => "",
    };
    let why = format!("started{at} and not finished; this continues where it stopped{shown}");
    (Urgency::HalfDone, suggest(&begun.command, why).with(&begun.subject))
}

fn unreadable(fleet: &Fleet) -> impl Iterator<Item = (Urgency, Suggestion)> {
    fleet.unreadable.iter().map(|unreadable| {
        let command = unreadable.command.iter().cloned().map(Word::Plain).collect();
        (Urgency::Unreadable, Suggestion { command, why: unreadable.why.clone() })
    })
}

fn inside(fleet: &Fleet) -> Vec<(Urgency, Suggestion)> {
    let Some(facts::Inside { name, path }) = &fleet.inside else { return Vec::new() };
    let judge = format!("judge `{name}`, the repository of this folder");
    let repair = "what can be repaired in it without a review, shown but not written";
    [suggest("validate", judge), suggest("fix --diff", repair)]
        .map(|suggestion| (Urgency::Inside, suggestion.in_repository(path)))
        .into()
}

fn waivers(fleet: &Fleet) -> Option<(Urgency, Suggestion)> {
    let waivers = &fleet.waivers;
    if waivers.expired + waivers.soon == 0 {
        return None;
    }
    let expired = counted_as(waivers.expired, "waiver has expired", "waivers have expired");
    let soon = counted_as(waivers.soon, "waiver ends soon", "waivers end soon");
    let first = waivers
        .first
        .as_ref()
        .map_or_else(String::new, |(what, day)| format!(", first {what} on {day}"));
    let why = match (waivers.expired, waivers.soon) {
        (1, 0) => format!("{expired}: fix what it covered, or extend it"),
        (_, 0) => format!("{expired}: fix what they covered, or extend them"),
        (0, _) => format!("{soon}{first}"),
        (_, _) => format!("{expired}, {soon}{first}"),
    };
    Some((Urgency::Expiring, suggest("waivers", why)))
}

/// Starts the sandbox, without which a rehearsed fleet would use GitHub.
fn sandbox(fleet: &Fleet) -> Option<(Urgency, Suggestion)> {
    let Some(Sandbox::Seed { seed, exports }) = &fleet.sandbox else { return None };
    let why = format!(
        "the forge of this fleet, on this machine: in another terminal, then `. {exports}` in this one. Without \
        it, commands without --local ask GitHub"
    );
    let start = suggest("sandbox --seed", why).with(seed);
    // With a virtual clock, waits take no time.
    let start = ["--clock", "virtual", "--exports"].into_iter().fold(start, Suggestion::with);
    Some((Urgency::Inside, start.about(exports)))
}

/// Creates missing shapes, without which nothing can be judged.
fn shapes(fleet: &Fleet) -> impl Iterator<Item = (Urgency, Suggestion)> {
    fleet.without_shape.iter().map(|WithoutShape { folder, repositories }| {
        let why = format!(
            "{} names the shape `{folder}`, which does not exist: this makes a first one from existing repositories",
            fleet.file
        );
        let from = suggest("shape init --from", why);
        let from = match repositories {
            Some(places) => from.about(places),
            None => from.with("CLONES"),
        };
        (Urgency::Unreadable, from.with("--out").with(folder))
    })
}

/// Checks the whole fleet, which is always worthwhile.
fn drift(fleet: &Fleet, now: i64) -> (Urgency, Suggestion) {
    // Only runs over all members are recorded, the local folders may be fewer, and one record a day is enough.
    let is_recorded = matches!(fleet.history, History::Last { at, .. } if days(now, at) < 1);
    let command = match (&fleet.history, &fleet.local) {
        (History::NotKept, _) | (_, Some(_)) => "drift",
        (_, None) if is_recorded => "drift",
        (_, None) => "drift --record",
    };
    let why = match fleet.history {
        History::Empty if fleet.local.is_none() => {
            "no run is recorded yet: the trend starts with the first".to_owned()
        }
        History::NotKept | History::Empty => {
            "which members differ from the shape, what can be fixed, and with which command"
                .to_owned()
        }
        History::Last { at, repositories, conformant, .. } => {
            let of = counted_as(repositories as usize, "repository", "repositories");
            let stood = format!("{conformant} of {of} conformant");
            match days(now, at) {
                OLD.. => format!("the last recorded run is {} old: {stood}", lasting(now, at)),
                _ => format!("the last recorded run, {}: {stood}", ago(now, at)),
            }
        }
    };
    let mut suggestion = suggest(command, why);
    if let Some(repositories) = &fleet.local {
        suggestion = suggestion.with("--local").about(repositories);
    }
    (Urgency::Look, suggestion)
}

fn held(fleet: &Fleet, now: i64) -> Option<(Urgency, Suggestion)> {
    let first = fleet.held.first()?;
    let since =
        first.since.map_or_else(String::new, |since| format!(" {}", since_then(now, since)));
    let reason = first.reason.as_ref().map_or_else(String::new, |why| format!(": {why}"));
    let others = match fleet.held.len() - 1 {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let why = format!("`{}` is held{since}{reason}{others}", first.image);
    Some((Urgency::Held, suggest("images status", why)))
}

fn useful(fleet: &Fleet) -> Vec<(Urgency, Suggestion)> {
    let mut useful = Vec::new();
    if let Some(variables) = &fleet.without_token {
        let why = format!("{variables} are not set: shows whether this machine can use the forge");
        useful.push((Urgency::Useful, suggest("doctor", why)));
    }
    let releases = if fleet.has_runtime { ", releases" } else { "" };
    let images = if fleet.has_images { ", images" } else { "" };
    let why = format!("one line per member: drift, pull requests{releases}{images}");
    useful.push((Urgency::Useful, suggest("fleet status", why)));
    useful
}
