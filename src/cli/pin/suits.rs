//! Whether members suit a version: what `package compat` says of it, before it is pinned.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::version::Found;
use crate::checks::compatibility::{
    self, Question, compatibility_unread, dependency_ranges_disjoint, pin_admits_too_old,
    pin_excludes_runtime, runtime_contract,
};
use crate::checks::{Finding, Repository, Severity};
use crate::cli::forge::Session;
use crate::cli::index;
use crate::cli::observing::{self, Rounds};
use crate::cli::{Context, decisions, targets};
use crate::drift::Judgement;
use crate::drift::survey::Target;
use crate::error::{Error, Result};
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, Member};
use crate::shape::Pack;

/// What is asked.
pub(super) struct Asked<'a> {
    pub(super) found: &'a Found,
    /// Whether it is what the fleet runs on, so that adapters are held to its base class.
    pub(super) is_runtime: bool,
    /// How many older versions are read.
    pub(super) earlier: usize,
}

/// Who does not suit it, and what each needs.
#[derive(Default)]
pub(super) struct Suits {
    /// The lowest version that a member works with, by its slug.
    pub(super) bounds: BTreeMap<String, String>,
    /// What breaks, by the slug of the member.
    pub(super) breaks: BTreeMap<String, String>,
}

/// Asks every member.
pub(super) fn ask(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    members: &[&Member],
    asked: &Asked<'_>,
) -> Result<Suits> {
    let owner = &fleet.manifest.forge.owner;
    let remote = |shape: &ShapeRepository| observing::remote_pack(session, owner, shape);
    let named = targets::Named::default();
    let targets = targets::of_members(context, fleet, members, &named, &remote)?;
    let packs = targets::packs(&targets);
    let question = question(context, asked, &packs)?;
    let bounds: Mutex<BTreeMap<String, String>> = Mutex::default();
    let judge = |repository: &Repository<'_>| {
        let slug = &repository.identity.slug;
        if let Some(bound) = compatibility::lowest(repository, &question) {
            let mut bounds = bounds.lock().unwrap_or_else(PoisonError::into_inner);
            bounds.insert(slug.clone(), bound.to_string());
        }
        let mut findings = compatibility::judge(repository, &question);
        findings.retain(|finding| matters(finding, asked.is_runtime));
        Judgement { findings, ..Judgement::default() }
    };
    let mut rounds = Rounds::read(context, session, &targets)?;
    let mut reports = rounds.judge(context, session, &judge)?;
    let judged: Vec<&Target> = targets.iter().collect();
    decisions::apply_to_some(context, Some(fleet), &judged, &mut reports)?;
    let mut breaks = BTreeMap::new();
    for (target, report) in targets.iter().zip(&reports) {
        let breaking = |finding: &&Finding| {
            finding.waived.is_none() && (finding.unchecked || finding.severity == Severity::Error)
        };
        let found: Vec<&Finding> = report.findings.iter().filter(breaking).collect();
        if let Some(first) = found.first() {
            breaks.insert(target.identity.slug.clone(), told(first, found.len()));
        }
    }
    let bounds = bounds.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Suits { bounds, breaks })
}

/// Pins are about to be set, so that what is wrong with those of today does not count.
fn matters(finding: &Finding, is_runtime: bool) -> bool {
    let is = |rule: &crate::checks::Rule| finding.rule.code == rule.code;
    let of_pins = is(&pin_admits_too_old::RULE) || is(&pin_excludes_runtime::RULE);
    // Of a module whose names are not all known, information is all there is.
    let vague = is(&compatibility_unread::RULE) && !finding.unchecked;
    let of_runtimes = is(&runtime_contract::RULE) || is(&compatibility_unread::RULE);
    !of_pins && !vague && (is_runtime || !of_runtimes || is(&dependency_ranges_disjoint::RULE))
}

fn told(finding: &Finding, count: usize) -> String {
    let place = finding.location.as_ref().map(|location| match &location.region {
        Some(region) => format!("{}:{}: ", location.path, region.start),
        None => format!("{}: ", location.path),
    });
    let more = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
    format!("{}{}{more}", place.unwrap_or_default(), finding.message)
}

/// The version and older ones beside it, read from their wheels.
fn question(context: &Context, asked: &Asked<'_>, packs: &[&Pack]) -> Result<Question> {
    let Found { index, project, version } = asked.found;
    let runtime = index::wheel(context, index, project, version)?.ok_or_else(|| {
        Error::failed(format!("the package index has no wheel of {} {version}", project.name))
            .caused_by("whether members suit it is told by what is in the wheel")
            .hint("leave that out, and let the checks of each pull request find it: --no-compat")
    })?;
    let mut beside = Vec::new();
    for (older, files) in project.releases().range(..version.clone()).rev() {
        if beside.len() >= asked.earlier {
            break;
        }
        if files.iter().any(|file| file.yanked.is_none()) {
            beside.extend(index::wheel(context, index, project, older)?);
        }
    }
    Ok(Question::new(runtime, beside, packs))
}
