//! `shipshape fix`: apply the repairs that rules offer.

use std::path::PathBuf;

use clap::Args;

use super::options::SubjectOptions;
use super::strangers::Strangers;
use super::targets::{self, Targets};
use super::{Context, Exit, counted, decisions, registrations};
use crate::checks::Severity;
use crate::checks::repository::Repository;
use crate::drift::mend::{self, Choice, Mended};
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{self, Target, unknown_profile};
use crate::drift::{RepositoryVerdict, Settings, judge};
use crate::edge::fs::write_change_set;
use crate::edge::terminal::{visible, visible_line};
use crate::error::{Error, Result};
use crate::snapshot::{self, BlobId, BlobStore, RepoPath, Snapshot, SourceKind};
use crate::source::secrets::masked;

/// Apply the safe repairs of what validate finds; look first with --diff.
///
/// What git does not have at HEAD is never taken away by a safe repair. Credentials are masked in what
/// --diff prints. Edits are byte-exact: comments, key order and line ends stay. The tree that the repairs lead to is
/// judged before anything is written, and a repair that would add a finding is left out. A second run
/// changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape fix --diff                   what would change, as a unified diff
  shipshape fix                          make the safe repairs in this folder
  shipshape fix --rule path-stale repo/  only that rule's
  shipshape fix --registrations --diff   the other lists of members, beside fleet.yaml
  shipshape fix --unsafe-fixes --diff    also those that a person should look at")]
pub(crate) struct Arguments {
    /// Folders or git work trees; with --registrations, those that hold them.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Only print what would change.
    #[arg(long, visible_alias = "dry-run")]
    diff: bool,

    /// Also make repairs that may lose an edit or change behaviour.
    #[arg(long)]
    unsafe_fixes: bool,

    /// Only this rule's repairs, by id or code; may be given again.
    #[arg(long = "rule", value_name = "RULE")]
    rules: Vec<String>,

    /// Mend the fleet's registrations instead: the other places that keep the list of members.
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
            Error::usage("registrations belong to a fleet, and there is no fleet.yaml here")
                .hint("name it with --fleet FILE")
        })?;
        return registrations::mend(context, &fleet, &arguments.paths, arguments.diff);
    }
    let targets = targets::resolve(context, &arguments.subject.of(&arguments.paths))?;
    let mut exit = Exit::Clean;
    for target in &targets.targets {
        exit = exit.worse(context.told(repair(arguments, context, &targets, target))?);
    }
    Ok(exit)
}

fn repair(
    arguments: &Arguments,
    context: &Context,
    targets: &Targets,
    target: &Target,
) -> Result<Exit> {
    if !arguments.diff && snapshot::kind_of(target.origin.local()?)? == SourceKind::GitDirectory {
        return Err(Error::usage("a bare repository has no files to repair")
            .in_file(target.origin.to_string())
            .hint("look at what would change with --diff"));
    }
    let origin = target.origin.local()?;
    let tree = snapshot::open(origin, target.reference.as_deref())?;
    let tree = survey::in_folder(&tree, target)?;
    let mut strangers = Strangers::default();
    strangers.look(target, &|path| tree.entry(path).is_some());
    strangers.tell(context);
    if !arguments.diff
        && strangers.has(&target.label)
        && targets.fleet.is_none()
        && arguments.subject.shape.is_none()
    {
        return Err(Error::usage("nobody chose this shape, and the repository is of another kind")
            .in_file(target.origin.to_string())
            .hint("name the shape that it is to have, `--shape FOLDER`, or look at what this one would do with --diff"));
    }
    let root =
        target.folder.as_ref().map_or_else(|| origin.to_owned(), |folder| origin.join(folder));
    let committed = committed(target);
    let recoverable = |path: &RepoPath, id: BlobId| {
        let entry = committed.as_ref().and_then(|tree| tree.entry(path.as_str()));
        entry.is_some_and(|entry| entry.id == id)
    };
    let choice = Choice {
        risky: arguments.unsafe_fixes,
        rules: &arguments.rules,
        recoverable: &recoverable,
    };
    let problem = std::cell::RefCell::new(None);
    let mended = mend::mend(&tree, &choice, |tree| {
        let judged = findings(context, targets, target, tree);
        judged.unwrap_or_else(|error| {
            problem.borrow_mut().get_or_insert(error);
            Vec::new()
        })
    });
    if let Some(error) = problem.into_inner() {
        return Err(error);
    }
    if arguments.diff {
        let diffs = mended.changes.diff(&tree);
        context
            .terminal
            .output(&diffs.iter().map(|diff| visible(&masked(&diff.text))).collect::<String>())?;
    } else {
        write_change_set(&root, &mended.changes)?;
    }
    tell(arguments, context, target, &mended);
    Ok(ending(&mended))
}

/// What git has at HEAD: only that can be had back.
fn committed(target: &Target) -> Option<Snapshot> {
    let reference = target.reference.as_deref().unwrap_or("HEAD");
    let tree = snapshot::open(target.origin.local().ok()?, Some(reference)).ok()?;
    survey::in_folder(&tree, target).ok()
}

fn findings(
    context: &Context,
    targets: &Targets,
    target: &Target,
    tree: &Snapshot,
) -> Result<Vec<crate::checks::Finding>> {
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
        verdict: RepositoryVerdict::Unchecked,
        error: None,
        paths: judgement.paths,
        findings: judgement.findings,
    };
    let mut reports = [report];
    decisions::apply(context, targets.fleet.as_ref(), &[target], &mut reports)?;
    let [report] = reports;
    Ok(report.findings)
}

fn tell(arguments: &Arguments, context: &Context, target: &Target, mended: &Mended) {
    let name = visible_line(&target.identity.name);
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
