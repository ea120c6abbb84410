//! The data of each page, as plain values for its template. Templates do the escaping.

use serde::Serialize;
use serde_json::{Value, json};
use tera::Context;

use super::Standing;
use crate::digest::short;
use crate::drift::model::Report;
use crate::error::Error;
use crate::images::status::Verdict;
use crate::release::chain::{Run, State};
use crate::report::visible::visible;
use crate::report::{campaign_page, html};
use crate::serve::facts::{CampaignSight, ImageSight, Which};
use crate::serve::known::Known;

/// The most unjudged repositories that are listed; the report lists all.
const NAMED: usize = 50;

/// Untrusted text, with invisible characters made visible.
pub(super) fn shown(text: &str) -> String {
    visible(text).into_owned()
}

/// An error and its causes as one sentence.
fn sentence(error: &Error) -> String {
    shown(&error.to_string())
}

/// The hints of an error.
fn hints(error: &Error) -> Vec<String> {
    error.hints().iter().map(|hint| shown(hint)).collect()
}

pub(super) fn fleet(context: &mut Context, known: &Known) {
    let failure = known
        .failure
        .as_ref()
        .map(|(at, error)| json!({ "at": at, "why": sentence(error), "hints": hints(error) }));
    let counted = |count: usize| match count {
        1 => "1 repository".to_owned(),
        count => format!("{count} repositories"),
    };
    let judging = known.judging.as_ref().map(|(_, which)| match which {
        Which::All => "the whole fleet".to_owned(),
        Which::Some(names) => counted(names.len()),
    });
    let state = json!({
        "judging": judging,
        "judging_since": known.judging.as_ref().map(|(at, _)| at),
        "whole_at": known.whole_at,
        "part_at": known.part_at.as_ref().map(|(at, _)| at),
        "part": known.part_at.as_ref().map(|(_, count)| counted(*count)),
        "failure": failure,
    });
    context.insert("state", &state);
    context.insert("unjudged", &known.report.as_deref().map(unjudged).unwrap_or_default());
    match &known.report {
        Some(report) => context.insert("page", &html::overview(report)),
        None => context.insert("page", &Value::Null),
    }
}

#[derive(Serialize)]
struct Unjudged {
    name: String,
    why: String,
}

/// What the last judgement could not decide, whole repositories first.
fn unjudged(report: &Report) -> Vec<Unjudged> {
    let mut rows: Vec<Unjudged> = Vec::new();
    for repository in &report.repositories {
        if let Some(why) = &repository.error {
            rows.push(Unjudged { name: shown(&repository.name), why: shown(why) });
        }
    }
    for repository in report.repositories.iter().filter(|it| it.error.is_none()) {
        let open = repository.findings.iter().filter(|it| it.unchecked && it.waived.is_none());
        let count = open.count();
        if count > 0 {
            let noun = if count == 1 { "finding" } else { "findings" };
            let why = format!("{count} {noun} could not be decided");
            rows.push(Unjudged { name: shown(&repository.name), why });
        }
    }
    if rows.len() > NAMED {
        let why = format!("and {} more, which the report names", rows.len() - NAMED);
        rows.truncate(NAMED);
        rows.push(Unjudged { name: String::new(), why });
    }
    rows
}

pub(super) fn campaigns(context: &mut Context, known: &Known) {
    let (at, sights) = match &known.campaigns {
        Some((at, sights)) => (Some(at), &sights[..]),
        None => (None, &[][..]),
    };
    let one = |sight: &CampaignSight| {
        let file = shown(&sight.file);
        match &sight.status {
            Ok(status) => json!({
                "name": shown(&status.campaign),
                "file": file,
                "page": serde_json::to_value(campaign_page::shown(status)).unwrap_or_default(),
            }),
            Err(error) => {
                json!({ "name": file, "file": "", "error": sentence(error), "hints": hints(error) })
            }
        }
    };
    context.insert("looked_at", &at);
    context.insert("campaigns", &sights.iter().map(one).collect::<Vec<_>>());
}

pub(super) fn releases(context: &mut Context, known: &Known) {
    let (releases, error) = match &known.releases {
        Some((_, Ok(sight))) => (&sight.runs[..], None),
        Some((_, Err(error))) => (&[][..], Some(sentence(error))),
        None => (&[][..], None),
    };
    let back = match &known.releases {
        Some((_, Ok(sight))) => sight.back.as_ref(),
        _ => None,
    };
    let one = |run: &Run| {
        let stages = run.stages.iter().map(|row| {
            let (state, tone, glyph) = told(row.state);
            json!({ "name": row.stage.as_str(), "says": shown(&row.what.replace('`', "")), "state": state,
                "tone": tone, "glyph": glyph })
        });
        let version = run.version.as_deref().unwrap_or("nothing to release");
        json!({ "version": shown(&format!("{} {version}", run.distribution)),
            "begun": shown(run.begun_at.as_deref().unwrap_or_default()),
            "stages": stages.collect::<Vec<_>>() })
    };
    let has_releases = known.members.as_ref().is_none_or(|members| members.releases);
    context.insert("has_releases", &has_releases);
    context.insert("error", &error);
    context.insert("read_at", &known.releases.as_ref().map(|(at, _)| at));
    context.insert("back", &back.map(|back| shown(&back.in_words().replace('`', ""))));
    context.insert("releases", &releases.iter().map(one).collect::<Vec<_>>());
}

fn told(state: State) -> (&'static str, &'static str, &'static str) {
    match state {
        State::Done => ("done", "conformant", "✓"),
        State::Unchecked => ("unchecked", "unchecked", "?"),
        State::Back => ("back", "", "↩"),
        State::Skipped => ("skipped", "", "–"),
        State::Failed => ("failed", "broken", "✗"),
        State::Waiting => ("to come", "", "·"),
    }
}

pub(super) fn images(context: &mut Context, known: &Known, standing: Standing) {
    let members = known.members.as_deref().map(|members| &members.members[..]).unwrap_or_default();
    let seen = match &known.images {
        Some((_, Ok(seen))) => &seen[..],
        _ => &[],
    };
    let images = members.iter().filter_map(|member| {
        let last = known.refreshed.get(&member.slug).map(|last| {
            json!({ "at": last.at, "failure": last.failure.as_deref().map(shown), "held": last.held,
                "recreated": last.recreated })
        });
        let image = shown(member.image.as_ref()?);
        let here = seen.iter().find(|sight| sight.runtime == member.slug).map(here);
        Some(json!({ "runtime": shown(&member.slug), "image": image, "last": last, "here": here }))
    });
    context.insert("images", &images.collect::<Vec<_>>());
    context.insert("role", &standing.refreshes_images);
    let running = (standing.refreshing > 0).then(|| match standing.refreshing {
        1 => "Images are".to_owned(),
        count => format!("Images are, in {count} runs,"),
    });
    context.insert("running", &running);
    let unseen = known.images.as_ref().and_then(|(_, images)| images.as_ref().err());
    context.insert("unseen", &unseen.map(sentence));
    context.insert("seen_at", &known.images.as_ref().map(|(at, _)| at));
    let failure = known.refresh_failure.as_ref().map(|(at, why)| (at, shown(why)));
    context.insert("failure", &failure);
}

/// An image on this host.
fn here(sight: &ImageSight) -> Value {
    let (word, tone) = match sight.standing {
        _ if sight.held.is_some() => ("held", "drifted"),
        Verdict::Current => ("current", "conformant"),
        Verdict::Behind => ("behind", "drifted"),
        Verdict::Absent => ("not here", "unchecked"),
        Verdict::Unknown => ("not seen", "unchecked"),
    };
    let digest = sight.digest.as_deref().map(|digest| shown(&short(digest)));
    let containers = match (sight.containers, sight.behind) {
        (0, _) => String::new(),
        (1, 0) => "1 container".to_owned(),
        (count, 0) => format!("{count} containers"),
        (count, behind) => format!("{behind} of {count} containers behind"),
    };
    let mut notes: Vec<String> = sight.held.iter().map(|why| shown(why)).collect();
    if sight.held.is_some() {
        notes.push(shown(&format!("shipshape images unhold {} ends the hold", sight.runtime)));
    }
    notes.extend(sight.unread.iter().map(|line| shown(line)));
    json!({ "word": word, "tone": tone, "digest": digest, "containers": containers,
        "version": sight.version.as_deref().map(shown), "notes": notes })
}
