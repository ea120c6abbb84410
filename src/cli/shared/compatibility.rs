//! Whether members suit a version of what they run on: the question, and members that are judged from the forge.

use crate::checks::compatibility::Question;
use crate::checks::{Finding, Repository, Severity};
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::observing::{self, Rounds};
use crate::cli::shared::{decisions, targets};
use crate::drift::Judgement;
use crate::drift::survey::Target;
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, Member};
use crate::release::plan::Suits;
use crate::shape::Pack;
use crate::source::requirements::normalize;

/// Adds to a question the name by which the fleet's runtime is imported, and tells if the version does not have it.
pub(in crate::cli) fn of_fleet(
    context: &Context,
    fleet: Option<&Fleet>,
    question: Question,
) -> Question {
    let asked = &question.runtime.distribution;
    let package = fleet.and_then(|fleet| fleet.manifest.runtime_package.as_ref());
    // That of a source folder without package.yaml is not known, but only the runtime's is asked about then.
    let package = package.filter(|it| asked.is_empty() || normalize(&it.distribution) == *asked);
    let question = question.imported_as(package.map(|package| package.import.as_str()));
    if let Some(why) = question.misnamed() {
        context.terminal.note(&visible_line(&why));
    }
    question
}

/// Judges members. `question` is built from the shapes that they follow; `judge` applies it to one member.
pub(in crate::cli) fn ask(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    members: &[&Member],
    question: impl FnOnce(&[&Pack]) -> Result<Question>,
    judge: impl Fn(&Repository<'_>, &Question) -> Vec<Finding> + Sync,
) -> Result<Vec<Suits>> {
    let owner = &fleet.manifest.forge.owner;
    let remote = |shape: &ShapeRepository| observing::remote_pack(session, owner, shape);
    let named = targets::Named::default();
    let targets = targets::of_members(context, fleet, members, &named, &remote)?;
    let question = of_fleet(context, Some(fleet), question(&targets::packs(&targets))?);
    let judge = |repository: &Repository<'_>| Judgement {
        findings: judge(repository, &question),
        ..Judgement::default()
    };
    let mut rounds = Rounds::read(context, session, &targets)?;
    let mut reports = rounds.judge(context, session, &judge)?;
    let judged: Vec<&Target> = targets.iter().collect();
    decisions::apply_to_some(context, Some(fleet), &judged, &mut reports)?;
    let suits = targets.iter().zip(&reports).map(|(target, report)| {
        let open = || report.findings.iter().filter(|finding| finding.waived.is_none());
        let breaks = open().filter(|it| !it.unchecked && it.severity == Severity::Error);
        let is_warning = |it: &&Finding| !it.unchecked && it.severity == Severity::Warning;
        let unchecked = open().filter(|it| it.unchecked).map(told);
        Suits {
            member: target.identity.slug.clone(),
            breaks: breaks.map(told).collect(),
            warnings: open().filter(is_warning).map(warned).collect(),
            is_archived: report.is_archived,
            unchecked: report.error.iter().cloned().chain(unchecked).collect(),
        }
    });
    Ok(suits.collect())
}

fn warned(finding: &Finding) -> String {
    format!("{} ({})", told(finding), finding.rule.id)
}

fn told(finding: &Finding) -> String {
    let place = finding.location.as_ref().map(|location| match &location.region {
        Some(region) => format!("{}:{}: ", location.path, region.start),
        None => format!("{}: ", location.path),
    });
    format!("{}{}", place.unwrap_or_default(), finding.message)
}
