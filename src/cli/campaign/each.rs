//! What `merge` and `close` share: working through open pull requests, each of them reported, none stopping the others.

mod run;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use clap::Args;

use run::Run;

use super::conditions::Hours;
use super::show;
use super::still_wanted::Unwanted;
use crate::campaign::audit::Audit;
use crate::campaign::failed::Failed;
use crate::campaign::file::{Approval, Campaign, Window};
use crate::campaign::leftovers::{Ended, Ending, tidy};
use crate::campaign::look::{Sight, again, failure, look};
use crate::campaign::memory::Memory;
use crate::campaign::merge::Lenience;
use crate::campaign::plan::Plan;
use crate::campaign::recorder::{Heard, Recorder};
use crate::campaign::standing::says;
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::journal;
use crate::cli::shared::next::{self, Step, quoted};
use crate::cli::{Context, Exit};
use crate::edge::interrupt::Interrupt;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName, Selection};
use crate::forge::calls::branch_pulls::Offer;
use crate::journal::{Journal, Operation, OperationName};

/// Selects pull requests of a campaign.
#[derive(Clone, Debug, Args)]
pub(super) struct Which {
    /// The campaign file.
    #[arg(value_name = "FILE", default_value = "campaign.yaml")]
    file: PathBuf,

    /// Only these members: slugs, aliases or repositories; `*` matches any text.
    #[arg(long = "member", short = 'm', value_name = "MEMBER")]
    members: Vec<String>,

    /// Select the pull requests that revert the campaign, made by `campaign revert`.
    #[arg(long)]
    reverted: bool,

    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,

    /// The journal file (default: the fleet's journal in the state folder).
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    #[command(flatten)]
    forge: ForgeOptions,
}

/// An open pull request of a campaign.
pub(super) struct Candidate<'a> {
    pub(super) repository: String,
    pub(super) offer: &'a Offer,
    pub(super) sight: &'a Sight,
}

/// What to do with a pull request: something, or nothing for a reason.
pub(super) enum Verdict<W> {
    Do(W),
    Refuse(Refusal),
}

/// Why nothing is done with a pull request.
#[derive(Clone)]
pub(super) struct Refusal {
    pub(super) why: String,
    /// The leniency that would allow it, for the next command to suggest.
    pub(super) unless: Option<Lenience>,
    /// Whether it is only unknown if it may be done.
    pub(super) is_unknown: bool,
}

impl Refusal {
    /// A refusal for this reason, whatever the options.
    pub(super) fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), unless: None, is_unknown: false }
    }
}

impl<W> Verdict<W> {
    /// Refuses instead if the campaign itself no longer wants the pull request.
    fn unless_left(self, left: Option<&Refusal>) -> Self {
        match (self, left) {
            (Self::Do(_), Some(why)) => Self::Refuse(why.clone()),
            (verdict, _) => verdict,
        }
    }
}

/// Determines which of several open pull requests the campaign no longer wants, by repository.
pub(super) type Still<'s> =
    dyn Fn(&Session, &Fleet, &[(&RepositoryName, Candidate<'_>)]) -> Result<Unwanted> + 's;

/// A verb with its forms.
#[derive(Clone, Copy)]
pub(super) struct Verb<'v> {
    pub(super) name: &'static str,
    /// The past participle: `merged`.
    pub(super) done: &'static str,
    /// How it ends a pull request.
    pub(super) ending: Ending,
    /// The options for how it is done, as typed, each after a space.
    pub(super) said: &'v str,
    /// The windows that it has to keep to.
    pub(super) windows: &'v [Window],
    /// Determines which open pull requests the campaign no longer wants; `None` if that does not matter.
    pub(super) still: Option<&'v Still<'v>>,
    /// Asks for confirmation, given the number of pull requests; an error unless the answer is yes.
    pub(super) asks: Option<&'v dyn Fn(usize) -> Result<()>>,
}

impl Which {
    /// Whether it is about the revert of the campaign.
    pub(super) fn is_reverted(&self) -> bool {
        self.reverted
    }

    /// Whether to only show what would be done.
    pub(super) fn is_dry(&self) -> bool {
        self.dry_run || self.forge.read_only
    }

    pub(super) fn campaign(&self, context: &Context) -> Result<Campaign> {
        if let Some(slug) = self.members.last().and_then(|_| self.meant_as_member()) {
            return Err(Error::usage(format!("`{slug}` is not a campaign file"))
                .hint(format!("give each member its own option: -m {}", quoted(slug))));
        }
        let campaign = context.all(Campaign::load(&self.file))?;
        Ok(if self.reverted { campaign.inverse() } else { campaign })
    }

    /// The word after `-m alpha` that was meant as another member, although it is parsed as the campaign file.
    fn meant_as_member(&self) -> Option<&str> {
        let word = self.file.to_str()?;
        let is_file = self.file.extension().is_some() || self.file.exists();
        (!is_file && !word.contains(std::path::MAIN_SEPARATOR)).then_some(word)
    }

    /// Starts the operation that records effects; `None` in a dry run.
    fn begun(
        &self,
        journal: &Path,
        campaign: &str,
        context: &Context,
    ) -> Result<Option<Operation>> {
        if self.is_dry() {
            return Ok(None);
        }
        let name = OperationName::new("campaign", campaign);
        let input = serde_json::json!({ "campaign": campaign });
        Journal::open(journal)?.begin(&name, &input, &context.clock.rfc3339()).map(Some)
    }

    /// Works through the open pull requests of the campaign.
    pub(super) fn each<W>(
        &self,
        context: &Context,
        campaign: &Campaign,
        verb: Verb<'_>,
        judge: impl Fn(&Candidate<'_>) -> Verdict<W>,
        work: &impl AsyncFn(&Recorder<'_>, &Candidate<'_>, &W) -> Result<Ended, Failed>,
    ) -> Result<Exit> {
        let fleet = context.fleet(self.file.parent())?.ok_or_else(|| {
            Error::usage("a campaign is about a fleet, but there is no fleet.yaml here")
                .hint("name it with --fleet FILE")
        })?;
        let names = repositories(&fleet, &self.members)?;
        let writes = self.forge.writes(names.iter().map(|(name, _)| name));
        let session = self.forge.session(context, Some(&fleet), writes)?;
        let sights = session.run(look(session.client(), &campaign.says.name, &names));
        if let Some(error) = failure(&sights) {
            return Err(error.clone().into());
        }
        let unwanted = self.asked((&session, &fleet), verb, &open(&names, &sights), &judge)?;
        let file = journal::file(self.state.as_deref(), context, &fleet, &session)?;
        let operation = self.begun(&file, &campaign.says.name, context)?;
        let memory = operation.as_ref().map(Memory::of).transpose()?.unwrap_or_default();
        let audit = Audit::beside(&file);
        let terminal = context.terminal.clone();
        let stopping = move || terminal.note("Stopping after this one.");
        let interrupt = session.run(async { Interrupt::listening(stopping) });
        session.client().stop_waits_by(interrupt.clone());
        let now = || context.clock.again().rfc3339();
        let told = |line: &str| context.terminal.note(&visible_line(line));
        let recorder = |operation| Recorder {
            campaign: &campaign.says.name,
            plan: None,
            client: session.client(),
            operation,
            memory: &memory,
            audit: &audit,
            now: &now,
            told: &told,
            interrupt: &interrupt,
            heard: Heard::default(),
        };
        let hours = Hours::of(verb.windows, context, session.client());
        let mut run = Run::new(verb);
        run.needs_approval = needs_approval(campaign, &fleet);
        for (name, sight) in names.iter().zip(&sights) {
            let repository = name.0.to_string();
            if run.stopped.is_none() && operation.is_some() {
                run.stopped = hours.shut();
            }
            // In a slow run, people may have changed something since the first look.
            let (client, is_over) = (session.client(), run.stopped.is_some());
            let newer = match &sight.offer {
                Ok(offer) if !is_over && operation.is_some() && offer.open_pull().is_some() => {
                    session.run(again(client, &campaign.says.name, name, sight))
                }
                _ => None,
            };
            let sight = newer.as_ref().unwrap_or(sight);
            let offer = match &sight.offer {
                Ok(offer) => offer,
                Err(error) => {
                    run.unseen(repository, error);
                    continue;
                }
            };
            let candidate = Candidate { repository, offer, sight };
            let by = (candidate.repository.as_str(), offer.viewer.as_str());
            let Some(pull) = offer.open_pull() else {
                let repository = &candidate.repository;
                let ended = verb.ending.of(offer, &campaign.says.name);
                if let (Some(pull), Some(operation), None) = (ended, &operation, &run.stopped) {
                    let recorder = recorder(operation);
                    let work = tidy(&recorder, repository, offer, &sight.held, pull);
                    let tidied = session.run(recorder.tried("tidy", by, work))?;
                    if run.left(&format!("{repository} #{}", pull.number), &tidied) {
                        continue;
                    }
                }
                if !self.members.is_empty() {
                    run.over(repository, offer, &campaign.says.name);
                }
                continue;
            };
            let title = format!("{} #{}", candidate.repository, pull.number);
            let left = unwanted.get(&name.0.key());
            let wish = match judge(&candidate).unless_left(left) {
                Verdict::Do(wish) => wish,
                Verdict::Refuse(refusal) => {
                    run.judged(title, &refusal);
                    continue;
                }
            };
            if run.stopped.is_none() && interrupt.is_asked() {
                run.stopped = Some("stopped by Ctrl-C".to_owned());
            }
            match (&operation, run.stopped.clone()) {
                (None, _) => run.would(title),
                (_, Some(why)) => run.refuse(title, &why, Exit::Unchecked),
                (Some(operation), None) => {
                    let recorder = recorder(operation);
                    let work = work(&recorder, &candidate, &wish);
                    let tried = session.run(recorder.tried(verb.name, by, work))?;
                    run.note(title, &tried);
                }
            }
        }
        self.tell(context, &campaign.says.name, &run, self.waiting(campaign, &names, &sights))?;
        Ok(run.exit)
    }

    /// Asks for confirmation, and determines which open pull requests are no longer wanted.
    fn asked<W>(
        &self,
        (session, fleet): (&Session, &Fleet),
        verb: Verb<'_>,
        open: &[(&RepositoryName, Candidate<'_>)],
        judge: &impl Fn(&Candidate<'_>) -> Verdict<W>,
    ) -> Result<Unwanted> {
        if let Some(asks) = verb.asks.filter(|_| !self.is_dry()) {
            let is_meant = |candidate| matches!(judge(candidate), Verdict::Do(_));
            asks(open.iter().filter(|(_, candidate)| is_meant(candidate)).count())?;
        }
        verb.still.map_or_else(|| Ok(Unwanted::new()), |still| still(session, fleet, open))
    }

    /// Shows the result, and where to look if something was left.
    fn tell(
        &self,
        context: &Context,
        campaign: &str,
        run: &Run<'_>,
        waiting: Option<(usize, String)>,
    ) -> Result<()> {
        let counts = show::Counts { done: run.done, would: run.would, refused: run.refused };
        context.terminal.output(&show::each(campaign, run.verb.done, counts, &run.rows))?;
        if run.rows.is_empty() && run.done + run.refused + run.would == 0 {
            context.terminal.note("No pull request of this campaign is open.");
        }
        let file = quoted(&self.file.display().to_string());
        let mut next: Vec<Step> = Vec::new();
        let reverted = if self.reverted { " --reverted" } else { "" };
        let mut unless: BTreeMap<Lenience, usize> = BTreeMap::new();
        for lenience in &run.unless {
            *unless.entry(*lenience).or_default() += 1;
        }
        for (lenience, count) in unless {
            let option = lenience.option();
            let Verb { name, said, .. } = run.verb;
            let members: String =
                self.members.iter().map(|member| format!(" -m {}", quoted(member))).collect();
            let command =
                format!("shipshape campaign {name}{reverted} {file}{members}{said} {option}");
            next.push(Step::because(command, format!("{count} {}", lenience.about())));
        }
        if run.unreadable > 0 {
            let name = run.verb.name;
            let command = format!("shipshape doctor --permissions campaign {name}");
            next.push(Step::because(command, format!("{} that cannot be read", run.unreadable)));
        }
        if run.branches > 0 {
            let name = run.verb.name;
            let command = format!("shipshape doctor --permissions campaign {name}");
            let branches = if run.branches == 1 { "branch" } else { "branches" };
            next.push(Step::because(command, format!("{} {branches} left", run.branches)));
        }
        if run.forbidden > 0 {
            let name = run.verb.name;
            let command = format!("shipshape doctor --permissions campaign {name}");
            let why = format!("{} that the token may not {name}", run.forbidden);
            next.push(Step::because(command, why));
        }
        if run.refused + run.unseen > run.unless.len() + run.unreadable + run.forbidden {
            next.push(format!("shipshape campaign status{reverted} {file}").into());
        }
        match run.verb.ending {
            Ending::Merged if run.done > 0 => {
                next.extend(waiting.map(|(count, plan)| {
                    let command = format!("shipshape campaign apply {}", quoted(&plan));
                    Step::because(command, format!("{count} not offered yet"))
                }));
            }
            Ending::Closed if run.done > 0 && !self.reverted => {
                // Where a plan has to be approved first, `apply` plans nothing.
                let (verb, does) = match run.needs_approval {
                    true => ("plan", "plans"),
                    false => ("apply", "offers"),
                };
                context.terminal.note(&format!(
                    "Given up: `shipshape campaign {verb} {file} --reopen` {does} the change there again; nothing else does."
                ));
            }
            Ending::Closed if run.done > 0 => context.terminal.note(&format!(
                "Given up: `shipshape campaign revert {file} --reopen` offers the inverse there again; nothing else does."
            )),
            Ending::Merged | Ending::Closed => {}
        }
        next::note(context, next);
        Ok(())
    }

    /// How many repositories without a pull request the plan beside the campaign would offer the change to, and the
    /// file of that plan.
    fn waiting(
        &self,
        campaign: &Campaign,
        names: &[(RepositoryName, Option<String>)],
        sights: &[Sight],
    ) -> Option<(usize, String)> {
        let file = self.file.with_extension("plan.json");
        let plan = Plan::load(&file).ok().filter(|plan| {
            plan.campaign == campaign.says.name && plan.file_digest == campaign.digest
        })?;
        let meant: HashSet<String> =
            plan.items.iter().filter(|item| item.offers()).map(|item| item.name().key()).collect();
        let has_none = |sight: &Sight| {
            let offer = sight.offer.as_ref();
            offer.is_ok_and(|offer| !offer.pulls.iter().any(|pull| says(pull, &plan.campaign)))
        };
        let waiting = names
            .iter()
            .zip(sights)
            .filter(|((name, _), sight)| meant.contains(&name.key()) && has_none(sight));
        match waiting.count() {
            0 => None,
            count => Some((count, file.display().to_string())),
        }
    }
}

/// The open pull requests, each with its repository.
fn open<'s>(
    names: &'s [(RepositoryName, Option<String>)],
    sights: &'s [Sight],
) -> Vec<(&'s RepositoryName, Candidate<'s>)> {
    let candidate = |((name, _), sight): (&'s (RepositoryName, Option<String>), &'s Sight)| {
        let offer = sight.offer.as_ref().ok().filter(|offer| offer.open_pull().is_some())?;
        Some((name, Candidate { repository: name.to_string(), offer, sight }))
    };
    names.iter().zip(sights).filter_map(candidate).collect()
}

/// The repositories of the selected members, each once; retired ones too.
pub(super) fn repositories(
    fleet: &Fleet,
    members: &[String],
) -> Result<Vec<(RepositoryName, Option<String>)>> {
    let meant: Vec<&Member> = if members.is_empty() {
        fleet.members.iter().collect()
    } else {
        Selection::parse(members)?.of(fleet)?
    };
    let names = Fleet::by_repository(meant).into_iter();
    Ok(names.map(|(repository, _)| (repository.clone(), None)).collect())
}

/// Whether somebody has to approve a plan of the campaign before it is applied.
fn needs_approval(campaign: &Campaign, fleet: &Fleet) -> bool {
    campaign.says.approval.max(fleet.manifest.campaigns.approval) != Approval::Never
}
