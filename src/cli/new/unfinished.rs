//! `shipshape new --unfinished` and `--forget`: the runs that the journal still has open. The forge is not asked.

use super::Arguments;
use crate::cli::shared::forge::READ_ONLY;
use crate::cli::shared::journal;
use crate::cli::shared::next::{self, Step, quoted};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member};
use crate::journal::Journal;
use crate::scaffold::publish::{Recorded, recorded};

/// Lists the unfinished runs, or those of the named repository.
pub(super) fn list(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = context.required_fleet_to_fill()?;
    let (_, runs) = named(arguments, context, &fleet)?;
    if runs.is_empty() {
        context.terminal.note(&match &arguments.said.slug {
            None => "No unfinished run of `new` is recorded here.".to_owned(),
            Some(slug) => format!(
                "No unfinished run of `new` is recorded for `{}`; `{}` lists those that are.",
                visible_line(slug),
                context.command("new --unfinished")
            ),
        });
        return Ok(Exit::Clean);
    }
    let texts: Vec<String> = runs.iter().map(shown).collect();
    context.terminal.output(&texts.join("\n"))?;
    let steps = runs.iter().flat_map(|run| {
        let command = command(arguments, &fleet, run);
        let forget = Step::because(
            format!("{command} --forget"),
            format!("or forget {}; what was created stays", run.slug),
        );
        // `new` refuses a member that has been retired.
        let is_retired = member(&fleet, run).is_some_and(|member| member.retired.is_some());
        let shown = Step::because(
            format!("{command} --dry-run"),
            "shows what the forge has of it by now, and which files are not as its answers give them",
        );
        let goes_on = (!is_retired).then(|| Step::from(command));
        let shown = (!is_retired && !run.made.is_empty()).then_some(shown);
        goes_on.into_iter().chain(shown).chain([forget])
    });
    next::note(context, steps);
    Ok(Exit::Clean)
}

/// Forgets the unfinished run of the named repository. What it created stays.
pub(super) fn forget(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = context.required_fleet_to_fill()?;
    let (journal, runs) = named(arguments, context, &fleet)?;
    let asked = arguments.said.slug.as_deref().unwrap_or_default();
    let (run, journal) = match (&runs[..], journal) {
        ([run], Some(journal)) => (run, journal),
        ([], _) | (_, None) => {
            let what = format!("no unfinished run of `new` is recorded for `{asked}`");
            let list = context.command("new --unfinished");
            return Err(Error::usage(what).hint(format!("`{list}` lists those that are")));
        }
        (several, _) => {
            let what = format!("several unfinished runs of `new` are recorded for `{asked}`");
            let names: Vec<&str> = several.iter().map(|run| run.repository.as_str()).collect();
            let hint = format!("name the repository instead: {}", names.join(", "));
            return Err(Error::usage(what).hint(hint));
        }
    };
    context.terminal.output(&shown(run))?;
    if arguments.dry_run || arguments.forge.read_only {
        if arguments.forge.read_only {
            context.terminal.note(READ_ONLY);
        }
        context.terminal.note("Nothing was forgotten. To forget it:");
        let command = context.command(&format!("{} --forget", command(arguments, &fleet, run)));
        context.terminal.note(&format!("  {}", visible_line(&command)));
        return Ok(Exit::Clean);
    }
    journal.abandon(&run.operation, &context.clock.rfc3339())?;
    let forgotten = format!("forgot the run for {}", run.repository);
    context.terminal.note(&visible_line(&match run.made.is_empty() {
        true => forgotten,
        false => format!("{forgotten}; what it created stays on the forge"),
    }));
    match member(&fleet, run).filter(|member| member.retired.is_none()) {
        Some(member) => {
            let retire = format!("shipshape fleet retire {}", quoted(&member.name()));
            let why = "fleet.yaml lists it: shows what retiring it would close and archive";
            next::note(context, [Step::because(retire, why)]);
        }
        None if run.made.is_empty() => {}
        None => {
            context.terminal.note(match run.has_pulls {
                false if run.has_branches => {
                    "left to you: delete the branches of the pull requests listed above, and archive or delete the \
                     repository, unless they are wanted"
                }
                true => {
                    "left to you: close the pull requests listed above, delete their branches, and archive or \
                     delete the repository, unless they are wanted"
                }
                false => "left to you: archive or delete the repository, unless it is wanted",
            });
            // A list beside fleet.yaml may have it, committed or not.
            let registrations = &fleet.manifest.registrations;
            let step = Step::because("shipshape fleet registrations", "shows which lists have it");
            next::note(context, (!registrations.is_empty()).then_some(step));
        }
    }
    Ok(Exit::Clean)
}

/// The journal, if there is one, and its unfinished runs: all, or those that the arguments name.
fn named(
    arguments: &Arguments,
    context: &Context,
    fleet: &Fleet,
) -> Result<(Option<Journal>, Vec<Recorded>)> {
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let Some(journal) = Journal::look(&file)? else { return Ok((None, Vec::new())) };
    let mut runs = recorded(&journal, fleet)?;
    let names = [&arguments.said.slug, &arguments.said.repository];
    runs.retain(|run| names.into_iter().flatten().all(|name| run.is_called(name)));
    // Looking opens it for reading only.
    let journal = if arguments.forget { Journal::open(&file)? } else { journal };
    Ok((Some(journal), runs))
}

/// The member that fleet.yaml has for a run.
fn member<'f>(fleet: &'f Fleet, run: &Recorded) -> Option<&'f Member> {
    let is_it =
        |member: &&Member| member.repository.to_string().eq_ignore_ascii_case(&run.repository);
    fleet.members.iter().find(is_it)
}

/// The command that continues a run, as far as it names it.
fn command(arguments: &Arguments, fleet: &Fleet, run: &Recorded) -> String {
    let mut words: Vec<String> = run.words(fleet).iter().map(|word| quoted(word)).collect();
    if let Some(file) = &arguments.state {
        words.extend(["--state".to_owned(), quoted(&file.display().to_string())]);
    }
    format!("shipshape new {}", words.join(" "))
}

fn shown(run: &Recorded) -> String {
    let mut lines = vec![format!("{}, started at {}", run.repository, run.begun_at)];
    lines.push(match &run.at_it {
        Some(process) => format!("  running: {process}"),
        None if run.waits_for_entry => format!("  state:   {}", run.stopped),
        None => format!("  stopped: {}", run.stopped),
    });
    let nothing = ["nothing that is known of".to_owned()];
    let made = if run.made.is_empty() { &nothing[..] } else { &run.made[..] };
    for (number, what) in made.iter().enumerate() {
        let head = if number == 0 { "created:" } else { "" };
        lines.push(format!("  {head:8} {what}"));
    }
    lines.iter().map(|line| visible_line(line) + "\n").collect()
}
