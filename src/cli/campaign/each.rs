//! What `merge` and `close` share: going through the open pull requests of a campaign. A failure of one does not stop the
//! others.
//!
//! | file | what it owns |
//! |---|---|
//! | `chosen` | which repositories, and what the forge shows of them |
//! | `verdict` | what is to be done with a pull request, and what a command gives for that |
//! | `round` | going through the repositories, one turn each |
//! | `run` | the results so far |
//! | `report` | the results, and the next steps |
//! | `given_up` | what is said after pull requests were closed, and of what was not offered yet |

mod chosen;
mod given_up;
mod report;
mod round;
mod run;
mod verdict;

use std::path::{Path, PathBuf};

use clap::Args;

use chosen::Chosen;
use round::Round;
use run::Run;

use super::conditions::Hours;
use super::still_wanted::Unwanted;
use crate::campaign::audit::Audit;
use crate::campaign::failed::Failed;
use crate::campaign::file::Campaign;
use crate::campaign::leftovers::{Ended, Ending};
use crate::campaign::memory::Memory;
use crate::campaign::notes;
use crate::campaign::recorder::Recorder;
use crate::campaign::state_of_open_pull::of_out_of_reach;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::journal;
use crate::cli::shared::next::quoted;
use crate::cli::{Context, Exit};
use crate::edge::interrupt::Interrupt;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::journal::{Journal, Operation, OperationName};

pub(super) use verdict::{Candidate, Refusal, Still, Verb, Verdict};

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

    /// Goes through the open pull requests of the campaign.
    pub(super) fn each<W>(
        &self,
        context: &Context,
        campaign: &Campaign,
        verb: Verb<'_>,
        judge: impl Fn(&Candidate<'_>) -> Verdict<W>,
        work: &impl AsyncFn(&Recorder<'_>, &Candidate<'_>, &W) -> Result<Ended, Failed>,
    ) -> Result<Exit> {
        let chosen = Chosen::of(self, context, campaign)?;
        chosen.note_others(context, &self.members);
        let unwanted = self.asked(&chosen, verb, &judge)?;
        let mut run = Run::new(verb);
        self.go_through(context, campaign, &chosen, &mut run, &|round, run| {
            for (spot, sight) in chosen.each() {
                round.turn(run, (spot, sight), unwanted.get(&spot.name.key()), &judge, work)?;
            }
            Ok(())
        })?;
        self.report(context, campaign, &chosen, &run)?;
        Ok(run.exit)
    }

    /// Asks for confirmation, and determines which open pull requests are no longer wanted.
    fn asked<W>(
        &self,
        chosen: &Chosen,
        verb: Verb<'_>,
        judge: &impl Fn(&Candidate<'_>) -> Verdict<W>,
    ) -> Result<Unwanted> {
        let open = chosen.open();
        if let Some(asks) = verb.asks.filter(|_| !self.is_dry()) {
            let is_meant = |candidate: &Candidate<'_>| {
                of_out_of_reach(candidate.offer).is_none()
                    && matches!(judge(candidate), Verdict::Do(_))
            };
            asks(open.iter().filter(|(_, candidate)| is_meant(candidate)).count())?;
        }
        let still = |still: &Still<'_>| still(&chosen.session, &chosen.fleet, &open);
        verb.still.map_or_else(|| Ok(Unwanted::new()), still)
    }

    /// Prepares what effects need (journal, log, interruption, windows), and goes through the repositories.
    fn go_through(
        &self,
        context: &Context,
        campaign: &Campaign,
        chosen: &Chosen,
        run: &mut Run<'_>,
        turns: &dyn Fn(&Round<'_>, &mut Run<'_>) -> Result<()>,
    ) -> Result<()> {
        let Chosen { fleet, session, .. } = chosen;
        let file = journal::file(self.state.as_deref(), context, fleet, session)?;
        let operation = self.begun(&file, &campaign.says.name, context)?;
        let memory = operation.as_ref().map(Memory::of).transpose()?.unwrap_or_default();
        let terminal = context.terminal.clone();
        let stopping = move || terminal.note("Stopping after this one.");
        let interrupt = session.run(async { Interrupt::listening(stopping) });
        session.client().stop_waits_by(interrupt.clone());
        let round = Round {
            campaign: &campaign.says.name,
            session,
            operation: operation.as_ref(),
            memory: &memory,
            audit: &Audit::beside(&file),
            hours: Hours::of(run.verb.windows, context, session.client()),
            interrupt: &interrupt,
            names_members: !self.members.is_empty(),
            now: &|| context.clock.again().rfc3339(),
            told: &|line: &str| context.terminal.note(&visible_line(line)),
        };
        if let Some(operation) = &operation {
            notes::giving_up(operation, self.gives_up_all(run))?;
        }
        turns(&round, run)?;
        match &operation {
            Some(operation) if self.gives_up_all(run) && run.stopped.is_none() => {
                notes::give_up(operation, &context.clock.again().rfc3339())
            }
            _ => Ok(()),
        }
    }

    /// Whether it gives up all of the campaign: `shipshape` alone does not propose its plan any more then.
    fn gives_up_all(&self, run: &Run<'_>) -> bool {
        run.verb.ending == Ending::Closed && self.members.is_empty()
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
}
