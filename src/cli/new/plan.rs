//! The plan: everything that would be created, as data.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::asker::Somebody;
use super::given::{self, AnswersRead, Said};
use super::refusal::Refusal;
use super::register::{self, Joining, ManifestChange};
use super::within::Within;
use super::{Arguments, prepare, preview, repeated, show};
use crate::cli::shared::decisions;
use crate::cli::shared::interruption::LastWords;
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit, counted};
use crate::drift::judge;
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{self, Target};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Kind, Result};
use crate::fleet::manifest::Visibility;
use crate::scaffold::derive::{Answer, derive};
use crate::scaffold::draft::{Draft, draft};
use crate::scaffold::hindrance::Hindrances;
use crate::scaffold::interview::{self, Asker, Next, Prompt, Reply, Taken};
use crate::scaffold::slug::Problem;
use crate::scaffold::{ChosenKind, Subject, Typed};
use crate::source::secrets::masked;

/// Everything that would be created.
pub(super) struct Plan {
    pub(super) answers: Vec<Answer>,
    pub(super) draft: Draft,
    pub(super) joining: Option<Joining>,
    /// Further lines about what is done on the forge.
    pub(super) remarks: Vec<String>,
    /// The visibility; `None` if an earlier run created the repository and no visibility was given now.
    pub(super) visibility: Option<Visibility>,
    /// The state that earlier runs left.
    pub(super) stage: Stage,
    /// Whether its files are there already, from an earlier run.
    pub(super) has_files: bool,
    /// Whether fleet.yaml listed the member before the first run.
    pub(super) was_listed: bool,
}

impl Plan {
    /// What values change beside their own places, in files that are to be created: for a person to look at. What an
    /// earlier run created is judged as it is by now.
    pub(super) fn broken_out(&self) -> impl Iterator<Item = String> {
        let is_new = self.stage == Stage::New;
        self.draft.broken_out.iter().filter(move |_| is_new).map(|said| masked(said).into_owned())
    }

    /// The errors that would be there from now on: none, once the files are there.
    pub(super) fn hindrances(&self) -> Hindrances {
        if self.has_files { Hindrances::default() } else { Hindrances::of(&self.draft) }
    }

    /// What empty answers leave to a person.
    pub(super) fn unwritten(&self, chosen: &ChosenKind) -> Vec<String> {
        self.draft.unwritten(&chosen.pack, &self.answers)
    }

    /// Whether nothing needs work, neither what this report about the files says nor what values change in them.
    pub(super) fn is_clean(&self, report: &RepositoryReport) -> bool {
        show::is_clean(report) && self.broken_out().next().is_none()
    }
}

/// The state that earlier runs of the same command left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// There was no earlier run.
    New,
    /// A run asked all questions, showed the plan, and was interrupted.
    Begun,
    /// A run created the repository, and its answers are not recorded: what exists counts.
    Made,
}

/// The request for a plan, and its circumstances.
pub(super) struct Wish<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) context: &'a Context,
    pub(super) chosen: &'a ChosenKind,
    /// The answers file; empty if there is none.
    pub(super) file: &'a AnswersRead,
    /// The final question: `Make x?`.
    pub(super) question: &'a str,
    /// The forge's address, unless a folder is made.
    pub(super) forge: Option<String>,
    /// The state that earlier runs left.
    pub(super) stage: Stage,
    /// Checks whether a name is available, if it can still be changed.
    pub(super) taken: Option<Taken<'a>>,
    /// The default of the final question, which never creates anything that others see.
    pub(super) enter: Next,
    /// The message for an interruption.
    pub(super) last_words: &'a LastWords,
}

impl Wish<'_> {
    /// Says that nothing was created, and how to create it from the same answers.
    fn left(&self, said: &Said) -> String {
        let command = repeated::command(self.arguments, self.context, self.chosen, said);
        format!("Nothing was created. To create it from the same answers:\n  {command}")
    }

    /// Says that nothing was created, and how to continue with the answers so far.
    fn so_far(&self, said: &Said) -> String {
        let command = repeated::asking(self.arguments, self.context, self.chosen, said);
        format!("Nothing was created. To be asked only for the rest:\n  {command}")
    }

    /// The last question about a plan, the ways that it offers, and the default. What nobody can want is not created, and
    /// what has other errors only by the word that says so.
    fn last_question(&self, plan: &Plan) -> (String, &'static [Next], Next) {
        let Hindrances { certain, others } = plan.hindrances();
        if !certain.is_empty() {
            let errors = counted(certain.len(), "error");
            let words = format!("It cannot be created with {errors}. What now?");
            (words, &Next::WITHOUT_MAKING, Next::Change)
        } else if !others.is_empty() {
            let errors = counted(others.len(), "error");
            let question = self.question.trim_end_matches('?');
            let words = format!("It would have {errors}. {question} all the same?");
            (words, &Next::ALL, Next::Change)
        } else {
            (self.question.to_owned(), &Next::ALL, self.enter)
        }
    }

    /// If nobody can be asked, requires that creating what others will see was confirmed by an option.
    fn agreed(&self, asks: bool, said: &Said) -> Result<()> {
        let is_seen_by_others = self.enter != Next::Make;
        let is_agreed = self.arguments.defaults || self.stage != Stage::New;
        if !asks || is_agreed || !is_seen_by_others {
            return Ok(());
        }
        let again = repeated::command(self.arguments, self.context, self.chosen, said);
        let unasked = self.arguments.unasked();
        Err(Error::usage(format!("confirmation is required, but {unasked}"))
            .hint("add --yes to create it as shown")
            .hint(format!("or run the command that asks no questions: {}", visible_line(&again))))
    }
}

/// A source of answers that keeps the interruption message up to date with the answers so far.
struct Remembered<'a> {
    asker: &'a mut dyn Asker,
    wish: &'a Wish<'a>,
    aliases: &'a [String],
}

impl Asker for Remembered<'_> {
    /// Interprets the value of a variable as `--set` does: `@FILE` stands for the file's text. If the file does not
    /// exist, asks again.
    fn ask(&mut self, prompt: &Prompt<'_>) -> Result<Reply> {
        let mut reply = self.asker.ask(prompt)?;
        let Some((name, _)) = prompt.variable else { return Ok(reply) };
        loop {
            let (Reply::Value(value) | Reply::BackFrom(value)) = &reply else { return Ok(reply) };
            let is_back = matches!(reply, Reply::BackFrom(_));
            let error = match given::value_of(name, value, self.wish.chosen) {
                Ok(value) if is_back => return Ok(Reply::BackFrom(value)),
                Ok(value) => return Ok(Reply::Value(value)),
                Err(_) if is_back => return Ok(Reply::Back),
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
        let aliases = self.aliases.to_vec();
        let said = Said { typed: typed.clone(), aliases, ..Said::default() };
        self.wish.last_words.are(match said == Said::default() {
            true => "Nothing was created.".to_owned(),
            false => self.wish.so_far(&said),
        });
    }
}

/// Asks the open questions, shows the plan, and repeats until it is confirmed; breaks off when nothing is to be created.
/// `look` examines each plan before it is shown, and may reject it.
pub(super) fn settle(
    wish: &Wish<'_>,
    said: &mut Said,
    mut asker: Option<Somebody<'_>>,
    look: &dyn Fn(Plan) -> Result<Plan>,
) -> Result<ControlFlow<Exit, Plan>> {
    let Wish { arguments, context, chosen, .. } = wish;
    wish.file.check_aliases(arguments, chosen, said)?;
    match &mut asker {
        Some(asker) => {
            let asker = &mut Remembered { asker, wish, aliases: &said.aliases };
            interview::interview(chosen, &mut said.typed, asker, wish.taken)?;
        }
        None => {
            let defaults = arguments.defaults || wish.stage != Stage::New;
            prepare::answered(arguments, defaults, &derive(chosen, &said.typed))
                .map_err(|wanting| wish.file.placed(arguments, chosen, &wanting))?;
        }
    }
    loop {
        let is_asked = asker.is_some();
        let plan = look(plan(wish, said)?).map_err(|error| match is_asked {
            // Nothing else has the answers that were typed.
            true => {
                // As they are they would be refused again.
                let again = match error.kind() {
                    Kind::Usage => "your answers, for when what is refused has changed",
                    _ => "to give the same answers again, run",
                };
                let command = repeated::asking(arguments, context, chosen, said);
                error.hint(format!("{again}: {}", visible_line(&command)))
            }
            false => error,
        })?;
        if arguments.format == Form::Human {
            preview::tell(wish, &plan)?;
        }
        let asks = !arguments.yes && !arguments.dry_run && !arguments.forge.read_only;
        let refusal = Refusal::of(&plan);
        let Some(asker) = asker.as_mut().filter(|_| asks) else {
            if let Some(refusal) = refusal.filter(|it| it.is_certain || !said.anyway) {
                return Ok(ControlFlow::Break(refusal.told(wish, &plan, said, is_asked)?));
            }
            wish.agreed(asks, said)?;
            return Ok(ControlFlow::Continue(plan));
        };
        if let Some(refusal) = refusal.filter(|it| it.is_certain) {
            context.terminal.error(&refusal.error);
        }
        let (question, ways, enter) = wish.last_question(&plan);
        wish.last_words.are(wish.left(said));
        loop {
            match interview::decide(&question, ways, enter, asker)? {
                Next::Make => {
                    said.anyway |= !plan.hindrances().is_empty();
                    return Ok(ControlFlow::Continue(plan));
                }
                Next::Look => context.terminal.output(&preview::in_full(wish, &plan))?,
                Next::Change => {
                    let asker = &mut Remembered { asker, wish, aliases: &said.aliases };
                    interview::change(chosen, &mut said.typed, asker, wish.taken)?;
                    break;
                }
                Next::Leave => {
                    context.terminal.note(&wish.left(said));
                    return Ok(ControlFlow::Break(Exit::Clean));
                }
            }
        }
    }
}

fn plan(wish: &Wish<'_>, said: &Said) -> Result<Plan> {
    let Wish { arguments, context, chosen, .. } = wish;
    let answers = derive(chosen, &said.typed);
    let mut draft = draft(chosen, &answers, &said.aliases)?;
    let is_named = said.typed.contains_key(&Subject::Repository);
    let within = Within::of(arguments, chosen).filter(|_| !is_named);
    draft.member.path = within.map(|within| within.path);
    if wish.stage == Stage::New && !draft.unkept.is_empty() {
        return Err(unlisted(wish, said, &draft));
    }
    let joining = match &chosen.fleet {
        Some(fleet) => {
            // A folder is announced nowhere, so its member joins the manifest that is here.
            let manifest = match arguments.local {
                Some(_) => ManifestChange::Here,
                None => ManifestChange::AtHome,
            };
            Some(context.all(register::joining(fleet, &draft.member, manifest))?)
        }
        None => None,
    };
    draft.report = settled(context, chosen, &draft, draft.report.clone())?;
    let visibility = Some(draft.visibility);
    let plan = Plan {
        answers,
        draft,
        joining,
        remarks: Vec::new(),
        visibility,
        stage: wish.stage,
        has_files: false,
        was_listed: chosen.listed.is_some(),
    };
    plan.broken_out().for_each(|said| context.terminal.note(&visible_line(&said)));
    Ok(plan)
}

/// The error for answers that the member's entry in fleet.yaml would have to have: its files would later be compared with
/// other text.
fn unlisted(wish: &Wish<'_>, said: &Said, draft: &Draft) -> Error {
    let (slug, names) = (&draft.identity.slug, draft.unkept.join("`, `"));
    let error = Error::usage(format!("the entry of `{slug}` in fleet.yaml has no `{names}`"));
    let error = match &wish.chosen.fleet {
        Some(fleet) => error.in_file(&fleet.file),
        None => error,
    };
    // Without the entry, its answers are nowhere else.
    let listed = wish.chosen.listed.iter().flat_map(|listed| listed.answers.clone());
    let typed = listed.chain(said.typed.clone()).collect();
    let said = Said { typed, ..said.clone() };
    let command = repeated::command(wish.arguments, wish.context, wish.chosen, &said);
    error
        .hint("the files would later be compared with another value: add it to `variables` of the entry")
        .hint(format!("or remove the entry, which is then written with it: {}", visible_line(&command)))
}

/// Applies the decisions of the fleet's owners to a report.
pub(super) fn settled(
    context: &Context,
    chosen: &ChosenKind,
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
        shape: Arc::clone(&chosen.pack),
    };
    let mut reports = [report];
    decisions::apply_to_some(context, chosen.fleet.as_deref(), &[&target], &mut reports)?;
    let [mut report] = reports;
    judge::settle(&mut report);
    Ok(report)
}
