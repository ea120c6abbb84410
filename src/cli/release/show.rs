//! A plan for people, on a terminal and in a comment.

use std::fmt::Write as _;

use crate::cli::shared::columns;
use crate::cli::shared::next::{self, Step, quoted};
use crate::cli::{Context, counted};
use crate::edge::terminal::visible_line;
use crate::release::Change;
use crate::release::chain::Run;
use crate::release::plan::{Plan, Suits, Verdict};
use crate::source::requirements::normalize;
use crate::source::secrets::masked;

/// The most changes that are shown.
const CHANGES: usize = 20;

/// The most breaking places that are shown for each member, and the most warnings.
const SHOWN: usize = 3;

/// Untrusted text as one line, without terminal control characters and credentials.
pub(super) fn safe(text: &str) -> String {
    visible_line(&masked(text))
}

/// A plan for the terminal.
pub(super) fn human(plan: &Plan, columns: Option<usize>) -> String {
    let mut text = format!("{}\n", heading(plan));
    for why in &plan.why {
        let _ = writeln!(text, "  {}", safe(why));
    }
    for warning in plan.lost.iter().chain(&plan.objection) {
        let _ = writeln!(text, "  WARNING: {}", safe(warning));
    }
    if !plan.changes.is_empty() {
        let since = plan.last.as_ref().map(|last| format!(" since {}", last.version));
        let _ = writeln!(text, "\nWhat changed{}", since.unwrap_or_default());
        let rows: Vec<Vec<String>> = plan.changes.iter().take(CHANGES).map(row).collect();
        text.push_str(&columns::fitted(&rows, columns));
        text.push_str(&rest(plan));
    }
    if let Some(compat) = &plan.compat {
        let _ = writeln!(text, "\n{}", verdict_of(compat));
        for line in breaks_of(compat) {
            let _ = writeln!(text, "{line}");
        }
    }
    if !plan.steps.is_empty() {
        text.push_str("\nWhat would be done\n");
        let rows: Vec<Vec<String>> = plan
            .steps
            .iter()
            .map(|step| vec![format!("  {}", step.stage), safe(&step.what)])
            .collect();
        text.push_str(&columns::fitted(&rows, columns));
    }
    if let Some(freeze) = &plan.freeze {
        let _ = writeln!(text, "\nReleases are {}", safe(&freeze.in_words()));
    }
    for why in &plan.unchecked {
        let _ = writeln!(text, "not checked: {}", safe(why));
    }
    text
}

fn heading(plan: &Plan) -> String {
    let short = plan.commit.get(..12).unwrap_or(&plan.commit);
    let at = match plan.is_named {
        true => format!("{short} of {}", plan.repository),
        false => format!("{short} of {}, {}", plan.repository, plan.branch),
    };
    let at = safe(&at);
    let what = match plan.verdict {
        Verdict::Release => "is next",
        Verdict::Already if plan.objection.is_some() => "has its tag here",
        Verdict::Already => "is there already",
        Verdict::Nothing => "nothing to release",
        Verdict::Skipped => "is not to be released",
    };
    match &plan.version {
        Some(version) => format!("{} {version} {what}: {at}", plan.distribution),
        None => format!("{}: {what}: {at}", plan.distribution),
    }
}

fn row(change: &Change) -> Vec<String> {
    let pulls: Vec<String> = change.pulls.iter().map(|pull| format!("#{pull}")).collect();
    vec![
        format!("  {}", change.commit.get(..7).unwrap_or(&change.commit)),
        safe(&change.subject),
        pulls.join(" "),
        safe(&change.labels.join(", ")),
    ]
}

fn rest(plan: &Plan) -> String {
    let hidden = plan.changes.len().saturating_sub(CHANGES);
    match (hidden, plan.more_changes) {
        (0, false) => String::new(),
        (hidden, true) => format!("  … more than {hidden} more\n"),
        (hidden, false) => format!("  … {hidden} more\n"),
    }
}

/// How many members it breaks, in one line.
pub(super) fn verdict_of(compat: &[Suits]) -> String {
    let broken = compat.iter().filter(|suits| !suits.breaks.is_empty()).count();
    let unseen = compat.iter().filter(|suits| !suits.unchecked.is_empty()).count();
    let mut text = match broken {
        0 if unseen > 0 => format!(
            "It breaks no member that could be checked: {} of {} checked",
            compat.len() - unseen,
            counted(compat.len(), "member")
        ),
        0 => format!("It breaks no member: {} checked", counted(compat.len(), "member")),
        _ => format!("It breaks {broken} of {}", counted(compat.len(), "member")),
    };
    let warnings: usize = compat.iter().map(|suits| suits.warnings.len()).sum();
    if warnings > 0 {
        let _ = write!(text, "; {}", counted(warnings, "warning"));
    }
    if unseen > 0 {
        let _ = write!(text, "; {unseen} not checked completely");
    }
    text
}

/// What breaks, one line each and a few for each member, followed by warnings.
pub(super) fn breaks_of(compat: &[Suits]) -> Vec<String> {
    let breaks = compat.iter().flat_map(|suits| {
        let line = |why: &str| why.to_owned();
        few(&suits.member, &suits.breaks, ("more place", &line))
    });
    let warnings = compat.iter().flat_map(|suits| {
        let line = |why: &str| format!("warning: {why}");
        few(&suits.member, &suits.warnings, ("more warning", &line))
    });
    breaks.chain(warnings).collect()
}

/// The first few lines of a member, and how many more there are.
fn few(member: &str, all: &[String], (more, line): (&str, &dyn Fn(&str) -> String)) -> Vec<String> {
    let member = safe(member);
    let shown = all.iter().take(SHOWN).map(|why| format!("  {member}: {}", line(&safe(why))));
    let rest = all.len().saturating_sub(SHOWN);
    let rest = (rest > 0).then(|| format!("  {member}: {}", counted(rest, more)));
    shown.chain(rest).collect()
}

/// A plan for a comment. Untrusted text is put in code spans, where Markdown does not interpret it.
pub(super) fn markdown(plan: &Plan) -> String {
    let code = |text: &str| {
        let text = safe(text).replace('`', "'").replace('|', "\\|");
        format!("`{text}`")
    };
    let mut text = match &plan.version {
        Some(version) => format!("### {} {version}\n\n", code(&plan.distribution)),
        None => format!("### {}: no release\n\n", code(&plan.distribution)),
    };
    for why in &plan.why {
        let _ = writeln!(text, "- {}", code(why));
    }
    for blocker in &plan.blockers {
        let _ = writeln!(text, "- **in the way:** {}", code(blocker));
    }
    for why in &plan.unchecked {
        let _ = writeln!(text, "- **not checked:** {}", code(why));
    }
    if !plan.changes.is_empty() {
        text.push_str("\n| commit | what | pull requests | labels |\n|---|---|---|---|\n");
        for change in plan.changes.iter().take(CHANGES) {
            let pulls: Vec<String> = change.pulls.iter().map(|pull| format!("#{pull}")).collect();
            let labels: Vec<String> = change.labels.iter().map(|label| code(label)).collect();
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                code(change.commit.get(..7).unwrap_or(&change.commit)),
                code(&change.subject),
                pulls.join(" "),
                labels.join(" ")
            );
        }
        text.push_str(&rest(plan));
    }
    if let Some(compat) = &plan.compat {
        let _ = writeln!(text, "\n{}.", verdict_of(compat));
        let lines = breaks_of(compat);
        if !lines.is_empty() {
            text.push('\n');
        }
        for line in lines {
            let _ = writeln!(text, "- {}", code(line.trim()));
        }
    }
    if !plan.steps.is_empty() {
        text.push_str("\n| stage | what would be done |\n|---|---|\n");
        for step in &plan.steps {
            let _ = writeln!(text, "| {} | {} |", step.stage, code(&step.what));
        }
    }
    text
}

/// Suggests the next command: to reserve the version if nothing blocks it, to publish one that is only reserved, or to
/// end the freeze. Nothing is to be reserved while the answer of the index `is_doubted`. `runs` are those that are remembered.
pub(super) fn next(
    context: &Context,
    (plan, runs): (&Plan, &[Run]),
    wanted: Option<&str>,
    is_doubted: bool,
) {
    match plan.verdict {
        Verdict::Release if plan.blockers.is_empty() && !is_doubted => {
            let commit = plan.commit.get(..12).unwrap_or(&plan.commit);
            let wanted = wanted.map(|version| format!(" --version {}", quoted(version)));
            let tag = format!("release tag --commit {commit}{}", wanted.unwrap_or_default());
            let command = context.command(&context.given.carried_to(&tag));
            let is_unseen = plan.compat.iter().flatten().any(|suits| !suits.unchecked.is_empty());
            let why = "reserves the version although not every member was checked";
            next::note(
                context,
                [match is_unseen {
                    true => Step::because(command, why),
                    false => Step::from(command),
                }],
            );
        }
        Verdict::Release if plan.freeze.is_some() => {
            let command = context.command("release thaw");
            next::note(context, [Step::because(command, "when the reason is gone")]);
        }
        Verdict::Already if plan.is_unpublished => {
            let Some(version) = &plan.version else { return };
            let command = format!("shipshape release run --version {}", safe(version));
            // That the plan did not check the members must not close the gate of the release.
            let distribution = normalize(&plan.distribution);
            let is_its = |run: &&Run| {
                run.version.as_ref() == Some(version) && run.distribution == distribution
            };
            let known = runs.iter().find(is_its);
            let known = known.map(|run| run.options.as_slice()).unwrap_or_default();
            let given = context.given.without("no-compat").before(known);
            let command = context.command(&given.carried_to(&command));
            let thaw = plan.freeze.is_some().then(|| context.command("release thaw"));
            let thaw = thaw.map(|thaw| Step::because(thaw, "when the reason is gone"));
            next::note(context, thaw.into_iter().chain([Step::from(command)]));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_could_not_be_checked_do_not_count_as_checked() {
        let suits = |unchecked: &[&str]| Suits {
            member: "alpha".to_owned(),
            breaks: Vec::new(),
            warnings: Vec::new(),
            unchecked: unchecked.iter().map(|&why| why.to_owned()).collect(),
            is_archived: false,
        };
        assert_eq!(verdict_of(&[suits(&[])]), "It breaks no member: 1 member checked");
        assert_eq!(
            verdict_of(&[suits(&[]), suits(&["cannot be read"])]),
            "It breaks no member that could be checked: 1 of 2 members checked; 1 not checked completely"
        );
    }
}
