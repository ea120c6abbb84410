//! `shipshape fix`: applies the repairs that rules offer.

use std::path::PathBuf;

use clap::Args;

use crate::change::FileDiff;
use crate::checks::repository::Repository;
use crate::checks::{Finding, Safety, Severity, Waived, still_named};
use crate::cli::shared::known_words::{KnownWords, rules};
use crate::cli::shared::line_ends;
use crate::cli::shared::options::SubjectOptions;
use crate::cli::shared::other_kinds::Strangers;
use crate::cli::shared::targets::{self, Targets};
use crate::cli::shared::{decisions, registrations};
use crate::cli::{Context, Exit, counted};
use crate::drift::fix::{self, Choice, Mended};
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{self, Target, unknown_profile};
use crate::drift::{RepositoryVerdict, Settings, judge};
use crate::edge::fs::write_change_set;
use crate::edge::terminal::{visible, visible_line};
use crate::error::{Error, Result};
use crate::snapshot::{self, BlobStore, Snapshot, SourceKind};
use crate::source::secrets::masked;

/// Apply the safe repairs of what `validate` finds. Preview them with --diff.
///
/// A safe repair never removes what git does not have at HEAD. Credentials are masked in the output of --diff.
/// Edits are byte-exact: comments, key order and line endings are kept. The repaired tree is checked before
/// anything is written, and a repair that would add a finding is left out. Findings that only become visible
/// once others are fixed are named. A second run changes nothing. If one of several repositories cannot be
/// repaired (a bare one, for example), the others are repaired all the same, and the exit code is 3.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape fix --diff                   what would change, as a unified diff
  shipshape fix                          apply the safe repairs in this folder
  shipshape fix --rule path-stale repo/  only repairs of that rule
  shipshape fix --registrations --diff   the other lists of members, beside fleet.yaml
  shipshape fix --unsafe-fixes --diff    also repairs that a person should review")]
pub(crate) struct Arguments {
    /// Folders or git work trees; with --registrations, those of the repositories with registrations.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Only print what would change, as a unified diff with paths from the root of the checkout.
    #[arg(long, visible_alias = "dry-run")]
    diff: bool,

    /// Also apply repairs that may lose an edit or change behaviour.
    #[arg(long)]
    unsafe_fixes: bool,

    /// Only this rule's repairs, by id or code; may be given several times.
    #[arg(long = "rule", value_name = "RULE", hide_possible_values = true, value_parser = KnownWords(rules))]
    rules: Vec<String>,

    /// Also repair what the baseline covers; such findings then count here.
    #[arg(long, conflicts_with = "registrations")]
    include_baseline: bool,

    /// Repair the fleet's registrations instead: the other lists of its members.
    #[arg(long)]
    registrations: bool,

    #[command(flatten)]
    subject: SubjectOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    if arguments.subject.reference.is_some() && !arguments.diff {
        return Err(Error::usage("a commit cannot be repaired in place")
            .hint("leave --ref out, or look at what would change with --diff"));
    }
    decisions::known_rules(&arguments.rules)?;
    if arguments.registrations {
        let fleet = context.fleet(None)?.ok_or_else(|| {
            Error::usage("registrations belong to a fleet, but there is no fleet.yaml here")
                .hint("name it with --fleet FILE")
        })?;
        return registrations::mend(context, &fleet, &arguments.paths, arguments.diff);
    }
    let targets = targets::resolve_some(context, &arguments.subject.of(&arguments.paths))?;
    let mut exit = Exit::Clean;
    for (_, error) in &targets.unplaced {
        context.terminal.error(error);
        exit = Exit::Unchecked;
    }
    let is_alone = targets.targets.len() + targets.unplaced.len() == 1;
    for target in &targets.targets {
        let ended = match repair(arguments, context, &targets, target) {
            Ok(Repair::Refused(error)) if is_alone => Err(error),
            // One of several that cannot be repaired does not stop the others, but prevents success.
            Ok(Repair::Refused(error)) => {
                context.terminal.error(&error);
                Ok(Exit::Unchecked)
            }
            Ok(Repair::Ended(exit)) => Ok(exit),
            Err(error) => Err(error),
        };
        exit = exit.worse(context.told(ended)?);
    }
    Ok(exit)
}

/// The outcome for one repository.
enum Repair {
    /// It was repaired as far as possible.
    Ended(Exit),
    /// It cannot be repaired, for this reason.
    Refused(Error),
}

fn repair(
    arguments: &Arguments,
    context: &Context,
    targets: &Targets,
    target: &Target,
) -> Result<Repair> {
    if let Err(error) = targets.must_be_chosen(target) {
        return Ok(Repair::Refused(error));
    }
    if !arguments.diff && snapshot::kind_of(target.origin.local()?)? == SourceKind::GitDirectory {
        let error = Error::usage("a bare repository has no files to repair")
            .in_file(target.origin.to_string())
            .hint("to see what would change: --diff; to repair it, clone it first");
        return Ok(Repair::Refused(error));
    }
    let origin = target.origin.local()?;
    let read = || survey::tree_here(target).and_then(|tree| survey::in_folder(&tree, target));
    let tree = read()?;
    let mut strangers = Strangers::default();
    strangers.look(target, &|path| tree.entry(path).is_some());
    let is_chosen = targets.fleet.is_some() || arguments.subject.shape.is_some();
    if let Err(error) = strangers.must_be_chosen(context, target, is_chosen) {
        return Ok(Repair::Refused(error));
    }
    let root =
        target.folder.as_ref().map_or_else(|| origin.to_owned(), |folder| origin.join(folder));
    let recoverable = survey::recoverable(target);
    let choice = Choice {
        risky: arguments.unsafe_fixes,
        rules: &arguments.rules,
        recoverable: &recoverable,
    };
    let profile = target.shape.profile(target.identity.profile.as_deref());
    let profile = profile.ok_or_else(|| unknown_profile(target))?;
    let store = BlobStore::default();
    let mend = |tree: &Snapshot| {
        let problem = std::cell::RefCell::new(None);
        let judge = |tree: &Snapshot| {
            let judged = findings(arguments, context, targets, target, tree);
            judged.unwrap_or_else(|error| {
                problem.borrow_mut().get_or_insert(error);
                Vec::new()
            })
        };
        let mended = fix::mend(tree, &choice, judge, &|tree, going| {
            let (identity, shape) = (&target.identity, &target.shape);
            still_named(&Repository::new(identity, tree, shape, &profile, &store), going)
        });
        problem.into_inner().map_or(Ok(mended), Err)
    };
    let mut mended = mend(&tree)?;
    let unsettled = mended.changes.unsettled(&tree, &recoverable);
    if arguments.diff {
        let folder = survey::tree_of(target).folder;
        show_diff(context, targets, target, &mended.changes.diff_from_root(&tree, &folder))?;
    } else {
        write_change_set(&root, &mended.changes.clone().on_disk(&tree)?)?;
        // Other attributes can change what git keeps of files that nobody changed.
        if mended.changes.changes_attributes() {
            let tree = read()?;
            let next = mend(&tree)?;
            write_change_set(&root, &next.changes.clone().on_disk(&tree)?)?;
            mended.followed_by(next);
        }
    }
    tell(arguments, context, target, &mended);
    if arguments.diff && mended.changes.changes_attributes() && !mended.remaining.is_empty() {
        context.terminal.note(&format!(
            "{}: fewer findings may be left: after writing `.gitattributes`, `fix` reads the files again as git then keeps them",
            visible_line(&target.label)
        ));
    }
    line_ends::tell(context, &target.label, &root, &unsettled);
    Ok(Repair::Ended(ending(&mended)))
}

/// Prints what would change, with invisible characters made visible. With several repositories, each gets a heading,
/// which `git apply` ignores.
fn show_diff(
    context: &Context,
    targets: &Targets,
    target: &Target,
    diffs: &[FileDiff],
) -> Result<()> {
    if diffs.is_empty() {
        return Ok(());
    }
    let mut text = String::new();
    if targets.targets.len() > 1 {
        text.push_str(&format!(
            "# {} ({})\n",
            visible_line(&target.label),
            visible_line(&target.origin.to_string())
        ));
    }
    for diff in diffs {
        let masked = masked(&diff.text);
        if context.terminal.shows_output() {
            text.push_str(&visible(&masked));
        } else {
            text.push_str(&as_patch(&masked));
        }
    }
    context.terminal.output(&text)
}

/// A diff for `git apply`, which keeps line endings and a byte order mark. Control characters are escaped nevertheless,
/// since the next program in a pipe may display them; git rejects the patch for such a file.
fn as_patch(diff: &str) -> String {
    let mut patch = String::with_capacity(diff.len());
    for line in diff.split_inclusive('\n') {
        let (body, end) = match line.strip_suffix("\r\n") {
            Some(body) => (body, "\r\n"),
            None => (line, ""),
        };
        let (sign, rest) = body.split_at_checked(1).unwrap_or((body, ""));
        let (mark, rest) = match rest.strip_prefix('\u{feff}') {
            Some(rest) => ("\u{feff}", rest),
            None => ("", rest),
        };
        patch.extend([visible(sign).as_str(), mark, visible(rest).as_str(), end]);
    }
    patch
}

fn findings(
    arguments: &Arguments,
    context: &Context,
    targets: &Targets,
    target: &Target,
    tree: &Snapshot,
) -> Result<Vec<Finding>> {
    let profile = target.shape.profile(target.identity.profile.as_deref());
    let profile = profile.ok_or_else(|| unknown_profile(target))?;
    let store = BlobStore::default();
    let repository = Repository::new(&target.identity, tree, &target.shape, &profile, &store);
    let judgement = judge::judge(&repository, &Settings::default());
    let report = RepositoryReport {
        name: target.label.clone(),
        origin: target.origin.to_string(),
        commit: None,
        tree: None,
        profile: target.identity.profile.clone(),
        owner: target.identity.owner.clone(),
        shape: target.shape.manifest.name.clone(),
        is_archived: false,
        verdict: RepositoryVerdict::Unchecked,
        error: None,
        paths: judgement.paths,
        findings: judgement.findings,
    };
    let mut reports = [report];
    // The tree may be one that a repair has changed: what is gone there is not gone on disk yet.
    decisions::apply_without_note(context, targets.fleet.as_ref(), &[target], &mut reports)?;
    let [mut report] = reports;
    if arguments.include_baseline {
        report.findings.iter_mut().for_each(Finding::leave_baseline);
    }
    Ok(report.findings)
}

fn tell(arguments: &Arguments, context: &Context, target: &Target, mended: &Mended) {
    let name = visible_line(&target.label);
    for (rule, title) in &mended.done {
        context.terminal.note(&format!("{name}: {} ({rule})", visible_line(title)));
    }
    for (rule, why) in &mended.refused {
        context.terminal.note(&format!("{name}: left out {} ({rule})", visible_line(why)));
    }
    let verb = if arguments.diff { "would change" } else { "changed" };
    let files = mended.changes.changes.len();
    let left = mended.remaining.iter().filter(|finding| finding.waived.is_none()).count();
    context.terminal.note(&format!(
        "{name}: {verb} {}, {}; {} left",
        counted(files, "file"),
        counted(mended.done.len(), "repair"),
        counted(left, "finding"),
    ));
    let choice = Choice {
        risky: arguments.unsafe_fixes,
        rules: &arguments.rules,
        recoverable: &|_, _| true,
    };
    let is_known = |it: &&Finding| it.waived.as_ref().is_some_and(Waived::is_baseline);
    let known = mended.remaining.iter().filter(is_known).filter(|it| choice.wants(it)).count();
    if known > 0 {
        context.terminal.note(&format!(
            "{name}: {} in the baseline {} not repaired: the same command with `--include-baseline` repairs {}",
            counted(known, "finding"),
            if known == 1 { "is" } else { "are" },
            if known == 1 { "it" } else { "them" },
        ));
    }
    for finding in &mended.uncovered {
        let place = finding.location.as_ref().map(|it| match &it.region {
            Some(region) => format!("{}:{}: ", it.path, region.start),
            None => format!("{}: ", it.path),
        });
        let said = format!("{}{}", place.unwrap_or_default(), masked(&finding.message));
        context.terminal.note(&format!(
            "{name}: hidden until now: {} ({})",
            visible_line(&said),
            finding.rule.id
        ));
    }
    let is_gone = if arguments.diff { "would be gone" } else { "is gone" };
    for path in &mended.lost {
        context.terminal.note(&format!(
            "{name}: HEAD does not have what was in `{}`: the previous content {is_gone}",
            visible_line(path.as_str())
        ));
    }
    for path in &mended.credentials {
        context.terminal.note(&format!(
            "{name}: revoke the credential in {}: it stays in git's history",
            visible_line(path.as_str())
        ));
    }
    let wants_a_look = |finding: &&Finding| {
        let choice = Choice { risky: true, rules: &arguments.rules, recoverable: &|_, _| true };
        finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Unsafe)
            && choice.takes(finding)
    };
    let looks = mended.remaining.iter().filter(wants_a_look).count();
    if looks > 0 && !arguments.unsafe_fixes {
        context.terminal.note(&format!(
            "{name}: {looks} of them {} a repair that needs review: the same command with `--diff --unsafe-fixes` shows it",
            if looks == 1 { "has" } else { "have" },
        ));
    }
}

fn ending(mended: &Mended) -> Exit {
    let open = || mended.remaining.iter().filter(|finding| finding.waived.is_none());
    if open().any(|finding| finding.unchecked) {
        Exit::Unchecked
    } else if open().any(|finding| finding.severity >= Severity::Warning) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}
