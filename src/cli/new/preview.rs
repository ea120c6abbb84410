//! What a plan shows before anything is created: the answers, the files, the lists, the steps on the forge, and what the
//! rules find.

use super::plan::{Plan, Stage, Wish};
use super::show;
use crate::cli::counted;
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::scaffold::derive::Answer;

/// Prints everything that would be created.
pub(super) fn tell(wish: &Wish<'_>, plan: &Plan) -> Result<()> {
    let Wish { arguments, context, chosen, .. } = wish;
    let terminal = &context.terminal;
    let draft = &plan.draft;
    let name = draft.repository.to_string();
    let mut text = format!("{}\n", visible_line(name.trim_start_matches('/')));
    let of_forge = |it: &Answer| it.question.subject.is_of_the_forge();
    let relevant = plan.answers.iter().filter(|it| arguments.local.is_none() || !of_forge(it));
    if wish.stage != Stage::Made {
        text.push('\n');
        text.push_str(&show::answers(&relevant.collect::<Vec<_>>(), terminal));
    }
    if wish.stage == Stage::New {
        text.push_str(&contents(wish, plan));
    }
    text.push_str(&joined(wish, plan));
    if !plan.remarks.is_empty() {
        text.push_str("\nOn the forge\n");
        text.extend(plan.remarks.iter().map(|it| show::line("  ", it, terminal)));
    }
    text.push_str(&show::left(&plan.unwritten(chosen), terminal));
    // An existing repository is judged at the end, as it is on the forge.
    if wish.stage != Stage::Made {
        let shape = format!("{} ({})", chosen.pack.manifest.name, chosen.pack.source);
        text.push_str(&format!("\n{}", show::judgement(&draft.report, &shape, terminal)));
    }
    terminal.output(&text)
}

/// The files: as a summary, or with every differing line.
fn contents(wish: &Wish<'_>, plan: &Plan) -> String {
    let Wish { arguments, context, .. } = wish;
    let (terminal, draft) = (&context.terminal, &plan.draft);
    let mut text = format!("\n{}", counted(draft.files.changes.len(), "file"));
    text.push_str(&match arguments.diff {
        true => "\n".to_owned(),
        false => {
            format!("; + and - are lines that differ from {} (--diff shows them)\n", source(wish))
        }
    });
    text.push_str(&show::tree(draft, terminal));
    text.push_str(&show::kept(draft, terminal));
    if arguments.diff {
        text.push_str(&files_in_full(wish, plan));
    }
    text
}

/// The changes for joining the fleet, whatever an earlier run has done of the rest: as a summary, or with every differing
/// line.
fn joined(wish: &Wish<'_>, plan: &Plan) -> String {
    let Wish { arguments, context, .. } = wish;
    let (terminal, draft) = (&context.terminal, &plan.draft);
    let Some(joining) = &plan.joining else { return String::new() };
    let mut text = match arguments.diff {
        true => joining_in_full(wish, plan),
        false => String::new(),
    };
    let left = joining.left.iter().filter(|_| arguments.local.is_some());
    let left =
        left.map(|(name, why)| show::line("  by hand: ", &format!("{name}: {why}"), terminal));
    let left: String = left.collect();
    if !arguments.diff && !joining.changes.is_empty() || !left.is_empty() {
        text.push_str(match arguments.local.is_some() && !arguments.register {
            true => "\nChanges for joining the fleet, which --register makes\n",
            false => "\nChanges for joining the fleet\n",
        });
    }
    if !arguments.diff {
        text.push_str(&show::joining(&joining.changes, &draft.identity.slug, terminal));
    }
    text + &left
}

/// What the files are compared with.
fn source(wish: &Wish<'_>) -> &'static str {
    match wish.chosen.kind.starter {
        Some(_) => "the starter",
        None => "the shape with its placeholders",
    }
}

/// Every line of the starter, and of the lists that the member joins, that will differ.
pub(super) fn in_full(wish: &Wish<'_>, plan: &Plan) -> String {
    files_in_full(wish, plan) + &joining_in_full(wish, plan)
}

/// Every line of the starter that will differ.
fn files_in_full(wish: &Wish<'_>, plan: &Plan) -> String {
    let difference = show::painted(&show::difference(&plan.draft), &wish.context.terminal);
    format!("\nWhat the answers change in {}\n{difference}", source(wish))
}

/// Every line of the lists that the member joins that will differ.
fn joining_in_full(wish: &Wish<'_>, plan: &Plan) -> String {
    let (terminal, mut text) = (&wish.context.terminal, String::new());
    let changes = plan.joining.iter().flat_map(|joining| &joining.changes);
    let mut changes =
        changes.map(|change| show::painted(&change.difference(), terminal)).peekable();
    if changes.peek().is_some() {
        text.push_str("\nWhat joining the fleet changes\n");
    }
    text.extend(changes);
    text
}
