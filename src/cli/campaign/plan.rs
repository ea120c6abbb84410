//! `shipshape campaign plan`: shows everything that would be done.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use clap::Args;

use super::conditions::{NoWorkflows, home};
use super::{Subject, remote_shapes, required, resolve, revert, show, survey};
use crate::campaign::approval::is_needed;
use crate::campaign::changes::ChangeSpec;
use crate::campaign::file::Campaign;
use crate::campaign::plan::assemble::{Assembled, Circumstances, Extent, assemble};
use crate::campaign::plan::{Action, Content, Item, Pace, Plan, ReasonKind, forecast, gate};
use crate::campaign::targets;
use crate::campaign::wording::Wording;
use crate::cli::shared::fold::some;
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::next::{self, Step, quoted};
use crate::cli::shared::options::Form;
use crate::cli::shared::{campaigns_by_name, decisions};
use crate::cli::{Context, Exit, counted, json_text};
use crate::counted::counted_as;
use crate::edge::terminal::visible_line;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::forge::{ForgeAddress, WriteScope};
use crate::guide;
use crate::guide::facts::Mends;
use crate::source::secrets::masked;

/// Compute what a campaign would change, without changing any repository.
///
/// Each change is made in memory and the resulting tree is checked. A change that adds a finding or leaves a
/// file unparsable is refused for that repository. The output shows each different change once, which
/// repositories are left out and why, and how long applying it takes. Members with findings that the campaign's
/// `select` does not cover are named at the end. The plan is written to a file and bound to the commits that it
/// was computed from; `apply` does exactly what it says.
///
/// Exit codes: 0 when every selected repository can be offered the change, has it, or is skipped (archived,
/// disabled by the forge); 3 when one cannot, or when enough failures stopped the campaign (`stop_at_failures`).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign plan                        plan campaign.yaml in this folder
  shipshape campaign plan fix.yaml -t first.txt  only the members in a list
  shipshape campaign plan --format json          print the plan itself, for programs
  shipshape campaign plan --pace documented      how long it takes at the limits that the forge documents")]
pub(super) struct Arguments {
    #[command(flatten)]
    subject: Subject,

    /// The plan file to write (default: `campaign.plan.json` beside the campaign file).
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,

    /// How fast to create pull requests and other content.
    #[arg(long, value_enum, default_value_t, value_name = "PACE")]
    pace: Pace,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,

    /// How many lines of each different change to show.
    #[arg(long, value_name = "N", default_value_t = show::LINES)]
    lines: usize,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let loaded = arguments.subject.load(context)?;
    check_files(context, &loaded.campaign)?;
    let session = arguments.forge.session(context, Some(&loaded.fleet), WriteScope::none())?;
    let Assembled { plan, clusters, left_out, may_push, .. } = made(&loaded, context, &session)?;
    match arguments.format {
        Form::Json => context.terminal.output(&json_text(&plan)?)?,
        Form::Human => {
            let forecast = forecast(&plan, arguments.pace);
            let within = show::Within { lines: arguments.lines, room: show::Room::of(context) };
            let shown = show::plan(within, &plan, &clusters, (forecast, arguments.pace));
            context.terminal.output(&shown)?;
        }
    }
    note_remarks(context, &plan);
    note_mending(context, session.client().address(), &loaded, &plan);
    let file = arguments
        .output
        .clone()
        .unwrap_or_else(|| arguments.subject.file.with_extension("plan.json"));
    let mut applied = applied(&plan, &loaded.fleet, &file, Approved::NotYet);
    if !may_push {
        applied.notes.push(WITH_ANOTHER_TOKEN.to_owned());
    } else if let Some(lack) = NoWorkflows::of(&session, &plan) {
        applied.notes.push(lack.note());
    }
    let is_in_baseline = |item: &Item| item.is_unselected() && item.is(ReasonKind::InBaseline);
    let in_baseline = plan.items.iter().filter(|item| is_in_baseline(item)).count();
    if in_baseline > 0 {
        context.terminal.note(&format!(
            "{} left out because of the baseline: to repair what is in it too, add `include_baseline: true` to `select` of the \
             campaign",
            counted_as(in_baseline, "repository is", "repositories are")
        ));
    }
    let left_out: Vec<String> = left_out.iter().map(|it| loaded.fleet.called(it)).collect();
    keep_beside(context, &plan, &file, Beside { applied, left_out: look_at(&left_out) })
}

/// Fails if a file is missing that the campaign adds: it would be blocked in every repository, once each was read.
pub(super) fn check_files(context: &Context, campaign: &Campaign) -> Result<()> {
    let brought = campaign.says.changes.iter().filter_map(ChangeSpec::brings);
    let is_missing = |name: &str| {
        let file = campaign.beside(name).ok()?;
        let is_there = file.try_exists().unwrap_or(true);
        (!is_there).then(|| {
            Error::usage(format!("there is no file `{name}` to add")).in_file(&campaign.file).hint(
                format!(
                    "create {}, or correct its name: it is sought beside the campaign",
                    file.display()
                ),
            )
        })
    };
    let missing: Vec<Error> = brought.filter_map(is_missing).collect();
    context.all(if missing.is_empty() { Ok(()) } else { Err(missing) })
}

/// Says what is worth knowing of the campaign as a whole.
pub(super) fn note_remarks(context: &Context, plan: &Plan) {
    for remark in &plan.remarks {
        context.terminal.note(&visible_line(&format!("worth knowing: {remark}")));
    }
}

/// Names the campaigns here that mend what is found as well, and have still to open pull requests in repositories of this plan
/// that change the same files: it leaves out only what is open there.
fn note_mending(context: &Context, address: &ForgeAddress, loaded: &super::Loaded, plan: &Plan) {
    let super::Loaded { campaign, fleet, .. } = loaded;
    if loaded.reverted || !campaign.says.changes.iter().any(ChangeSpec::keeps_to_waivers) {
        return;
    }
    let others = campaigns_by_name::all(context, fleet, address).into_iter();
    for other in others.filter(|it| it.mends != Mends::Nothing && it.name != plan.campaign) {
        let left = guide::left_of_campaign(&other);
        if left.is_empty() {
            continue;
        }
        let kept = other.plan.as_ref().and_then(|kept| Plan::load(Path::new(&kept.file)).ok());
        let Some(kept) = kept else { continue };
        let left: HashSet<String> = left.into_iter().map(str::to_lowercase).collect();
        let is_left = |item: &&Item| left.contains(&item.repository.to_lowercase());
        let theirs: HashMap<String, HashSet<&str>> = kept
            .items
            .iter()
            .filter(is_left)
            .map(|item| (item.repository.to_lowercase(), changed(item)))
            .collect();
        let (mut both, mut is_the_same) = (0, true);
        for item in plan.items.iter().filter(|item| item.offers()) {
            let ours = changed(item);
            let Some(theirs) = theirs.get(&item.repository.to_lowercase()) else { continue };
            if !ours.is_disjoint(theirs) {
                both += 1;
                is_the_same &= ours == *theirs;
            }
        }
        if both > 0 {
            let then = match is_the_same {
                true => "choose one of the two",
                false => "some of the files are the same",
            };
            context.terminal.note(&visible_line(&format!(
                "worth knowing: the campaign `{}` ({}) mends what is found too, and has still to open pull requests in {both} of \
                 these repositories: {then}",
                other.name, other.file
            )));
        }
    }
}

/// The paths of the files that a plan changes in a repository.
fn changed(item: &Item) -> HashSet<&str> {
    item.change.iter().flat_map(|change| &change.files).map(|file| file.path.as_str()).collect()
}

/// The note for a plan that was made with a read-only token.
const WITH_ANOTHER_TOKEN: &str =
    "with another token: yours may not push to any of these repositories (`contents: write`)";

/// How to apply a plan.
pub(super) struct Applied {
    pub(super) command: String,
    /// What else that needs.
    pub(super) notes: Vec<String>,
}

impl Applied {
    /// The suggestion to do so.
    pub(super) fn step(self) -> Step {
        match self.notes.is_empty() {
            true => Step::from(self.command),
            false => Step::because(self.command, self.notes.join("; ")),
        }
    }

    /// The same, with its purpose.
    pub(super) fn because(mut self, why: String) -> Step {
        self.notes.insert(0, why);
        self.step()
    }
}

/// Whether a plan may be approved already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Approved {
    /// It was made just now.
    NotYet,
    /// Its campaign has begun.
    Perhaps,
}

/// The command that applies a plan, and what it needs first: what the campaign requires, and an approval.
pub(super) fn applied(plan: &Plan, fleet: &Fleet, file: &Path, approved: Approved) -> Applied {
    let file = quoted(&file.display().to_string());
    let command = format!("shipshape campaign apply {file}");
    let requires = plan.terms.requires.iter();
    let mut notes: Vec<String> = requires.map(|it| format!("once {}", it.said())).collect();
    let Some(why) = is_needed(plan, fleet.manifest.campaigns.approval) else {
        return Applied { command, notes };
    };
    let note = match home(fleet) {
        Some(home) if approved == Approved::Perhaps => {
            format!(
                "{why}: NUMBER is the pull request in {home} that holds this plan (if there is none, \
                 offer {file} as one), which the token that applies the plan has to read \
                 (`pull_requests: read`)"
            )
        }
        Some(home) => {
            format!(
                "{why}: offer {file} as a pull request in {home}; NUMBER is that pull request, \
                 which the token that applies the plan has to read (`pull_requests: read`)"
            )
        }
        None => format!(
            "{why}, in the fleet's home repository: name it in fleet.yaml (`home: {{ repository: NAME }}`), \
             then offer {file} there as a pull request; NUMBER is that pull request"
        ),
    };
    notes.push(note);
    notes.extend(exposed(plan));
    Applied { command: format!("{command} --approved-in NUMBER"), notes }
}

/// What everybody reads who reads a plan that is offered: a credential in a file that it changes.
fn exposed(plan: &Plan) -> Option<String> {
    let holds = |id: &String| match plan.contents.get(id) {
        Some(Content::Text(text)) => masked(text) != text.as_str(),
        _ => false,
    };
    let of_item = |item: &Item| {
        let file = item.change.as_ref()?.files.iter().find(|it| it.content.iter().any(holds))?;
        Some(format!("`{}` of {}", file.path, item.repository))
    };
    let exposed: Vec<String> = plan.items.iter().filter_map(of_item).collect();
    (!exposed.is_empty()).then(|| {
        format!(
            "this plan holds what looks like a credential, for all to read, in {}",
            some(&exposed)
        )
    })
}

/// What to suggest next to a written plan.
struct Beside {
    /// How to apply it.
    applied: Applied,
    /// How to see what the campaign leaves out.
    left_out: Option<Step>,
}

/// The command that shows findings in members that the campaign leaves out, by name if they are few.
fn look_at(left_out: &[String]) -> Option<Step> {
    const NAMED: usize = 5;
    let names = || left_out.iter().map(|name| format!(" {}", quoted(name))).collect::<String>();
    let (have, command) = match left_out.len() {
        0 => return None,
        1 => ("has", format!("shipshape drift --repository{}", names())),
        2..=NAMED => ("have", format!("shipshape drift --repository{}", names())),
        _ => ("have", "shipshape drift".to_owned()),
    };
    let members = counted(left_out.len(), "member");
    let why =
        format!("{members} {have} findings that this campaign does not select: {}", some(left_out));
    Some(Step::because(command, why))
}

/// Writes a plan to a file, and suggests what is next.
pub(crate) fn keep(context: &Context, plan: &Plan, fleet: &Fleet, file: &Path) -> Result<Exit> {
    let applied = applied(plan, fleet, file, Approved::NotYet);
    keep_beside(context, plan, file, Beside { applied, left_out: None })
}

/// Writes a plan to its file, and says which one it replaces there. One for which nothing could be read says nothing of the
/// repositories: it takes the place of no other of its campaign. Returns whether it is written.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn written(context: &Context, plan: &Plan, file: &Path) -> Result<Written> {
    let before = kept_before(plan, file);
    let shown = file.display();
    if let Some(before) = before.as_ref().filter(|it| it.campaign == plan.campaign)
        && plan.is_unread()
    {
        context.terminal.note(&visible_line(&format!(
            "{shown} stays as it was ({}), since no repository could be read now",
            in_words(before)
        )));
        return Ok(Written::NotAtAll);
    }
    whole_file::replace_private(file, plan.to_text()?.as_bytes())?;
    Ok(match before {
        Some(before) => {
            context.terminal.note(&visible_line(&format!(
                "wrote the plan to {shown} (it replaces {})",
                in_words(&before)
            )));
            Written::Replacing
        }
        None => Written::Anew,
    })
}

/// What became of a plan that is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It is in its file.
    Anew,
    /// It is in its file in the place of another one, which was said.
    Replacing,
    /// The file stays as it was, which was said.
    NotAtAll,
}

/// Another plan in the file of this one. What is no file, such as a pipe, is not read.
fn kept_before(plan: &Plan, file: &Path) -> Option<Plan> {
    let before = file.is_file().then(|| Plan::load(file).ok()).flatten();
    before.filter(|before| before.digest != plan.digest)
}

/// A plan that was kept: when it was made, and how much is to be done by it.
fn in_words(plan: &Plan) -> String {
    let time = plan.made_at.get(..16).unwrap_or_default().replace('T', " ");
    format!("the one of {time} UTC, {}", counted(plan.to_do().count(), "repository"))
}

/// [`keep`], with these suggestions.
fn keep_beside(context: &Context, plan: &Plan, file: &Path, beside: Beside) -> Result<Exit> {
    if written(context, plan, file)? == Written::Anew {
        let shown = file.display().to_string();
        context.terminal.note(&format!("wrote the plan to {}", visible_line(&shown)));
    }
    let stopped = gate::stopped(plan);
    if let Some(why) = &stopped {
        context.terminal.note(why);
    }
    // A stopped campaign opens nothing, but what is open goes on.
    let goes_on = |item: &&Item| stopped.is_none() || !item.offers();
    let apply = plan.to_do().find(goes_on).map(|_| beside.applied.step());
    next::note_at_same_place(context, apply.into_iter().chain(beside.left_out));
    Ok(exit(plan))
}

/// Reads the fleet and makes a plan.
pub(crate) fn made(
    loaded: &super::Loaded,
    context: &Context,
    session: &Session,
) -> Result<Assembled> {
    if loaded.reverted {
        return Ok(revert::made(loaded, context, session)?.assembled);
    }
    // Before anything is read: an invalid template is invalid for all repositories.
    let said = &loaded.campaign;
    Wording::compile(&said.says).map_err(|error| error.in_file(&said.file))?;
    let campaign = resolve::resolved(context, session, &loaded.fleet, &loaded.campaign)?;
    let question = survey::Question { campaign: &campaign, ..loaded.question() };
    let rests_on_decisions = campaign.rests_on_decisions();
    let repositories = survey::survey(context, session, &question, &loaded.noted)?;
    let mut remarks = survey::nowhere(&question, &repositories);
    remarks.extend(required::remarks(context, session, &loaded.fleet, &campaign));
    let viewer = repositories.iter().find_map(|surveyed| surveyed.offer.as_ref().ok());
    let circumstances = Circumstances {
        made_at: context.clock.again().rfc3339(),
        made_by: viewer.map(|offer| offer.viewer.clone()).unwrap_or_default(),
        forge: session.client().address().to_string(),
        decisions_digest: match rests_on_decisions {
            true => Some(decisions::digest(&loaded.fleet)?),
            false => None,
        },
        shapes_digest: match rests_on_decisions {
            true => remote_shapes::digest(session, &loaded.fleet)?,
            false => None,
        },
        extent: match loaded.list {
            Some(_) => Extent::Named,
            None => Extent::All,
        },
        has_file: campaign.file.is_file(),
        remarks,
    };
    let mut made = assemble(&campaign, &repositories, circumstances)?;
    // What the command does not name is not left out by the campaign.
    if let Some((file, bytes)) = &loaded.list {
        let listed = context.all(targets::read(file, bytes, &loaded.fleet))?;
        let listed: HashSet<String> = listed.iter().map(|it| it.repository.key()).collect();
        made.unselected.retain(|item| listed.contains(&item.name().key()));
    }
    Ok(made)
}

/// The exit code of a plan: anything that could not be read, or cannot be done, is never clean.
pub(crate) fn exit(plan: &Plan) -> Exit {
    // What an open pull request lacks is not what is in its way.
    let is_left = |item: &Item| matches!(item.action, Action::Leave | Action::Complete);
    let hindered = |item: &Item| item.state.is_hindered() && is_left(item);
    let hindered = plan.items.iter().any(hindered);
    let unread = plan.items.iter().any(|item| !item.unread.is_empty());
    if hindered || unread || gate::stopped(plan).is_some() { Exit::Unchecked } else { Exit::Clean }
}
