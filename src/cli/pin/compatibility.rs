//! Whether members suit a version, judged like `package compat` before it is pinned.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::version::Found;
use crate::checks::compatibility::{
    self, Question, compatibility_unread, dependency_ranges_disjoint, pin_admits_too_old,
    pin_excludes_runtime, runtime_contract,
};
use crate::checks::{Finding, Repository};
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::{self, index};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member};
use crate::shape::Pack;

/// What to judge.
pub(super) struct Asked<'a> {
    pub(super) found: &'a Found,
    /// Whether it is the fleet's runtime, so that adapters are compared with its base class.
    pub(super) is_runtime: bool,
    /// How many older versions are read.
    pub(super) earlier: usize,
}

/// The members that do not suit the version, and what each needs.
#[derive(Default)]
pub(super) struct Suits {
    /// The lowest version that a member works with, by slug.
    pub(super) bounds: BTreeMap<String, String>,
    /// What breaks, by slug.
    pub(super) breaks: BTreeMap<String, String>,
    /// Why a member could not be judged, by slug. Nothing is known to break.
    pub(super) unchecked: BTreeMap<String, String>,
}

/// Judges all members.
pub(super) fn ask(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    members: &[&Member],
    asked: &Asked<'_>,
) -> Result<Suits> {
    let bounds: Mutex<BTreeMap<String, String>> = Mutex::default();
    let judge = |repository: &Repository<'_>, question: &Question| {
        let slug = &repository.identity.slug;
        if let Some(bound) = compatibility::lowest(repository, question) {
            let mut bounds = bounds.lock().unwrap_or_else(PoisonError::into_inner);
            bounds.insert(slug.clone(), bound.to_string());
        }
        let mut findings = compatibility::judge(repository, question);
        findings.retain(|finding| matters(finding, asked.is_runtime));
        findings
    };
    let question = |packs: &[&Pack]| question(context, asked, packs);
    let told = shared::compatibility::ask(context, session, fleet, members, question, judge)?;
    let mut suits = Suits::default();
    for member in told {
        if let Some(why) = first(&member.breaks) {
            suits.breaks.insert(member.member, why);
        } else if let Some(why) = first(&member.unchecked) {
            suits.unchecked.insert(member.member, why);
        }
    }
    suits.bounds = bounds.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(suits)
}

/// The first problem, and how many more there are.
fn first(all: &[String]) -> Option<String> {
    let (first, more) = all.split_first()?;
    Some(match more.len() {
        0 => first.clone(),
        more => format!("{first} (and {more} more)"),
    })
}

/// Whether a finding matters here. Findings about present pins do not, since those are about to be replaced.
fn matters(finding: &Finding, is_runtime: bool) -> bool {
    let is = |rule: &crate::checks::Rule| finding.rule.code == rule.code;
    let of_pins = is(&pin_admits_too_old::RULE) || is(&pin_excludes_runtime::RULE);
    // For a module whose names are not all known, this is only information.
    let vague = is(&compatibility_unread::RULE) && !finding.unchecked;
    let of_runtimes = is(&runtime_contract::RULE) || is(&compatibility_unread::RULE);
    !of_pins && !vague && (is_runtime || !of_runtimes || is(&dependency_ranges_disjoint::RULE))
}

/// The version, with older ones for comparison, read from their wheels.
fn question(context: &Context, asked: &Asked<'_>, packs: &[&Pack]) -> Result<Question> {
    let Found { index, project, version } = asked.found;
    let runtime = index::wheel(context, index, project, version)?.ok_or_else(|| {
        Error::failed(format!("the package index has no wheel of {} {version}", project.name))
            .caused_by("what is in the wheel says whether members suit it")
            .hint(
                "or skip this check, and let the checks of each pull request find it: --no-compat",
            )
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
