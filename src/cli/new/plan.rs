//! Everything that would be made, as a value, and as a person sees it.

use std::path::PathBuf;
use std::sync::Arc;

use super::asker::Somebody;
use super::register::{self, Joining};
use super::said::{self, AnswersRead, Said};
use super::{Arguments, prepare, show};
use crate::cli::shared::decisions;
use crate::cli::shared::interruption::LastWords;
use crate::cli::{Context, counted};
use crate::drift::judge;
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{self, Target};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::manifest::Visibility;
use crate::scaffold::derive::{Answer, derive};
use crate::scaffold::draft::{Draft, draft};
use crate::scaffold::interview::{self, Asker, Next, Prompt, Reply, Taken};
use crate::scaffold::slug::Problem;
use crate::scaffold::{Ground, Typed};

/// Everything that would be made.
pub(super) struct Plan {
    pub(super) answers: Vec<Answer>,
    pub(super) draft: Draft,
    pub(super) joining: Option<Joining>,
    /// Further lines for a person: what is done on the forge.
    pub(super) remarks: Vec<String>,
    /// Who is to see it, where that was answered for this repository; `None` for one that an earlier run made.
    pub(super) visibility: Option<Visibility>,
    /// What earlier runs came to.
    pub(super) stage: Stage,
}

/// What earlier runs of the same command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// There was none.
    New,
    /// One asked all this, showed what comes of it, and was cut off.
    Begun,
    /// One made it, with answers that nobody remembers: what is there counts.
    Made,
}

/// What is known of the one who asks for a plan.
pub(super) struct Wish<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) context: &'a Context,
    pub(super) ground: &'a Ground,
    /// The file of answers, where there is one.
    pub(super) file: &'a AnswersRead,
    /// The question at the end: `Make x?`.
    pub(super) question: &'a str,
    /// What earlier runs came to.
    pub(super) stage: Stage,
    /// What keeps a name from being taken, where somebody can be asked.
    pub(super) taken: Option<Taken<'a>>,
    /// What Enter stands for at the end: nothing that others see is made by it.
    pub(super) enter: Next,
    /// What is said should it be broken off.
    pub(super) last_words: &'a LastWords,
}

impl Wish<'_> {
    /// That nothing was made, and how to make it of the same answers.
    fn left(&self, said: &Said) -> String {
        let command = said::command(self.arguments, self.context, self.ground, said);
        format!("Nothing was made. To make it of the same answers:\n  {command}")
    }

    /// That nothing was made, and how to go on with the answers so far.
    fn so_far(&self, said: &Said) -> String {
        let command = said::asking(self.arguments, self.context, self.ground, said);
        format!("Nothing was made. It asks only for the rest with:\n  {command}")
    }

    /// Requires that somebody has said yes to what others will see, where nobody is asked.
    fn agreed(&self, asks: bool, said: &Said) -> Result<()> {
        let is_seen_by_others = self.enter != Next::Make;
        let is_agreed = self.arguments.defaults || self.stage != Stage::New;
        if !asks || is_agreed || !is_seen_by_others {
            return Ok(());
        }
        let again = said::command(self.arguments, self.context, self.ground, said);
        Err(Error::usage("confirmation is required, but there is no terminal to ask on")
            .hint("add --yes to make it as shown")
            .hint(format!("or run the command that asks nothing: {}", visible_line(&again))))
    }
}

/// Who is asked, with the last words kept to what was answered so far.
struct Remembered<'a> {
    asker: &'a mut dyn Asker,
    wish: &'a Wish<'a>,
    aliases: &'a [String],
}

impl Asker for Remembered<'_> {
    /// A value of a variable is taken as `--set` takes it: `@FILE` stands for the file's text. What no file has is asked
    /// for again.
    fn ask(&mut self, prompt: &Prompt<'_>) -> Result<Reply> {
        let mut reply = self.asker.ask(prompt)?;
        let Some((name, _)) = prompt.variable else { return Ok(reply) };
        loop {
            let Reply::Value(value) = &reply else { return Ok(reply) };
            let error = match said::value_of(name, value, self.wish.ground) {
                Ok(value) => return Ok(Reply::Value(value)),
                Err(error) => error,
            };
            let file = error.place().map(|place| format!("{}: ", place.file.display()));
            let problem = Problem {
                message: format!("{}{}", file.unwrap_or_default(), error.message()),
                hint: error.hints().join("; "),
            };
            reply = self.asker.ask(&Prompt { problem: Some(&problem), ..prompt.clone() })?;
        }
    }

    fn show(&mut self, text: &str) {
        self.asker.show(text);
    }

    fn answered(&mut self, typed: &Typed) {
        let said = Said { typed: typed.clone(), aliases: self.aliases.to_vec() };
        self.wish.last_words.are(match said == Said::default() {
            true => "Nothing was made.".to_owned(),
            false => self.wish.so_far(&said),
        });
    }
}

/// Asks what is open, shows what comes of it, and goes on until it is right; `None` when nothing is to be
/// made. `look` sees each plan before it is shown, and may refuse it.
pub(super) fn settle(
    wish: &Wish<'_>,
    said: &mut Said,
    mut asker: Option<Somebody<'_>>,
    look: &dyn Fn(Plan) -> Result<Plan>,
) -> Result<Option<Plan>> {
    let Wish { arguments, context, ground, .. } = wish;
    match &mut asker {
        Some(asker) => {
            let asker = &mut Remembered { asker, wish, aliases: &said.aliases };
            interview::interview(ground, &mut said.typed, asker, wish.taken)?;
        }
        None => {
            let defaults = arguments.defaults || wish.stage != Stage::New;
            prepare::answered(defaults, &derive(ground, &said.typed))
                .map_err(|wanting| wish.file.placed(arguments, ground, &wanting))?;
        }
    }
    loop {
        let plan = look(plan(wish, said)?)?;
        tell(wish, &plan)?;
        let asks = !arguments.yes && !arguments.dry_run && !arguments.forge.read_only;
        let Some(asker) = asker.as_mut().filter(|_| asks) else {
            wish.agreed(asks, said)?;
            return Ok(Some(plan));
        };
        wish.last_words.are(wish.left(said));
        loop {
            match interview::decide(wish.question, wish.enter, asker)? {
                Next::Make => return Ok(Some(plan)),
                Next::Look => context.terminal.output(&in_full(wish, &plan))?,
                Next::Change => {
                    let asker = &mut Remembered { asker, wish, aliases: &said.aliases };
                    interview::change(ground, &mut said.typed, asker, wish.taken)?;
                    break;
                }
                Next::Leave => {
                    context.terminal.note(&wish.left(said));
                    return Ok(None);
                }
            }
        }
    }
}

fn plan(wish: &Wish<'_>, said: &Said) -> Result<Plan> {
    let Wish { context, ground, .. } = wish;
    let answers = derive(ground, &said.typed);
    let mut draft = draft(ground, &answers, &said.aliases)?;
    let joining = match &ground.fleet {
        Some(fleet) => Some(context.all(register::joining(fleet, &draft.member))?),
        None => None,
    };
    draft.report = settled(context, ground, &draft, draft.report.clone())?;
    let visibility = Some(draft.visibility);
    Ok(Plan { answers, draft, joining, remarks: Vec::new(), visibility, stage: wish.stage })
}

/// A report with the decisions of the fleet's owners applied.
pub(super) fn settled(
    context: &Context,
    ground: &Ground,
    draft: &Draft,
    report: RepositoryReport,
) -> Result<RepositoryReport> {
    let names = [draft.identity.name.clone(), draft.identity.slug.clone()];
    let target = Target {
        label: draft.identity.name.clone(),
        names: names.into_iter().chain(draft.member.aliases.iter().cloned()).collect(),
        identity: draft.identity.clone(),
        origin: survey::Origin::Local(PathBuf::from(&draft.identity.name)),
        reference: None,
        folder: None,
        shape: Arc::clone(&ground.pack),
    };
    let mut reports = [report];
    decisions::apply_to_some(context, ground.fleet.as_deref(), &[&target], &mut reports)?;
    let [mut report] = reports;
    judge::settle(&mut report);
    Ok(report)
}

/// Shows everything that would be made.
fn tell(wish: &Wish<'_>, plan: &Plan) -> Result<()> {
    let Wish { arguments, context, ground, .. } = wish;
    let terminal = &context.terminal;
    let draft = &plan.draft;
    let name = draft.repository.to_string();
    let mut text = format!("{}\n", visible_line(name.trim_start_matches('/')));
    let of_forge = |it: &Answer| it.question.subject.is_of_the_forge();
    let relevant = plan.answers.iter().filter(|it| arguments.local.is_none() || !of_forge(it));
    if wish.stage != Stage::Made {
        text.push('\n');
        text.push_str(&show::answers(&relevant.collect::<Vec<_>>(), terminal.width()));
    }
    if wish.stage == Stage::New {
        text.push_str(&contents(wish, plan));
    }
    if !plan.remarks.is_empty() {
        text.push_str("\nOn the forge\n");
        plan.remarks.iter().for_each(|it| text.push_str(&format!("  {}\n", visible_line(it))));
    }
    // What was made is judged as the forge has it, in the end.
    if wish.stage != Stage::Made {
        let shape = format!("{} ({})", ground.pack.manifest.name, ground.pack.source);
        text.push_str(&format!("\n{}", show::judgement(&draft.report, &shape)));
    }
    terminal.output(&text)
}

/// The files, and what joining the fleet changes: in short, or with every line that differs.
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
    if arguments.diff {
        text.push_str(&in_full(wish, plan));
    }
    let Some(joining) = &plan.joining else { return text };
    let left = joining.left.iter().filter(|_| arguments.local.is_some());
    let left =
        left.map(|(name, why)| format!("  by hand: {}\n", visible_line(&format!("{name}: {why}"))));
    let left: String = left.collect();
    if !arguments.diff && !joining.changes.is_empty() || !left.is_empty() {
        text.push_str("\nWhat joining the fleet takes\n");
    }
    if !arguments.diff {
        text.push_str(&show::joining(&joining.changes, &draft.identity.slug, terminal));
    }
    text + &left
}

/// What the files are compared with.
fn source(wish: &Wish<'_>) -> &'static str {
    let Ground { fleet, kind, .. } = wish.ground;
    let has_none = fleet.is_some() && kind.starter.is_none();
    if has_none { "the shape with its placeholders" } else { "the starter" }
}

/// Every line of the starter, and of the lists that the member joins, which will be another.
fn in_full(wish: &Wish<'_>, plan: &Plan) -> String {
    let terminal = &wish.context.terminal;
    let mut text = format!("\nWhat the answers make of {}\n", source(wish));
    text.push_str(&show::painted(&show::difference(&plan.draft), terminal));
    let changes = plan.joining.iter().flat_map(|joining| &joining.changes);
    let mut changes =
        changes.map(|change| show::painted(&change.difference(), terminal)).peekable();
    if changes.peek().is_some() {
        text.push_str("\nWhat joining the fleet changes\n");
    }
    text.extend(changes);
    text
}
