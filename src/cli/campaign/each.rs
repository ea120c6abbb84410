//! What `merge` and `close` share: one open pull request after the other, each told, none stopping the others.

use std::path::PathBuf;

use clap::Args;

use super::show;
use crate::campaign::audit::Audit;
use crate::campaign::desk::{Desk, Tried};
use crate::campaign::ended::{Ending, tidy};
use crate::campaign::file::Campaign;
use crate::campaign::look::{Sight, again, failure, look};
use crate::campaign::memory::Memory;
use crate::cli::forge::ForgeOptions;
use crate::cli::next::{self, quoted};
use crate::cli::{Context, Exit, journal};
use crate::edge::interrupt::Interrupt;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName, Selection};
use crate::forge::calls::offers::Offer;
use crate::journal::{Journal, OperationName};

/// Which of a campaign's pull requests are meant.
#[derive(Clone, Debug, Args)]
pub(super) struct Which {
    /// The campaign's file.
    #[arg(value_name = "FILE", default_value = "campaign.yaml")]
    file: PathBuf,

    /// Only these members: slugs, aliases or repositories; `*` stands for any text.
    #[arg(long = "member", short = 'm', value_name = "MEMBER")]
    members: Vec<String>,

    /// Those that take the campaign back, made by `campaign revert`.
    #[arg(long)]
    reverted: bool,

    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,

    /// The file that remembers what was begun; by default the fleet's own in the folder for state.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    #[command(flatten)]
    forge: ForgeOptions,
}

/// One open pull request of a campaign.
pub(super) struct Candidate<'a> {
    pub(super) repository: String,
    pub(super) offer: &'a Offer,
    pub(super) sight: &'a Sight,
}

/// What to do with one: something, or nothing for a reason.
pub(super) enum Verdict<W> {
    Do(W),
    Refuse(String),
}

/// A verb with its forms.
#[derive(Clone, Copy)]
pub(super) struct Verb {
    pub(super) name: &'static str,
    /// `merged`
    pub(super) done: &'static str,
    /// What it makes of a pull request.
    pub(super) ending: Ending,
}

impl Which {
    /// Whether it is only told what would be done.
    pub(super) fn is_dry(&self) -> bool {
        self.dry_run || self.forge.read_only
    }

    pub(super) fn campaign(&self, context: &Context) -> Result<Campaign> {
        let campaign = context.all(Campaign::load(&self.file))?;
        Ok(if self.reverted { campaign.inverse() } else { campaign })
    }

    /// Goes through the open pull requests of the campaign.
    pub(super) fn each<W>(
        &self,
        context: &Context,
        campaign: &Campaign,
        verb: Verb,
        judge: impl Fn(&Candidate<'_>) -> Verdict<W>,
        work: &impl AsyncFn(&Desk<'_>, &Candidate<'_>, &W) -> Result<(u64, String)>,
    ) -> Result<Exit> {
        let fleet = context.fleet(self.file.parent())?.ok_or_else(|| {
            Error::usage("a campaign is about a fleet, and there is no fleet.yaml here")
                .hint("name it with --fleet FILE")
        })?;
        let names = repositories(&fleet, &self.members)?;
        let writes = self.forge.writes(names.iter().map(|(name, _)| name));
        let session = self.forge.session(context, Some(&fleet), writes)?;
        let sights = session.run(look(session.client(), &campaign.says.name, &names));
        if let Some(error) = failure(&sights) {
            return Err(error.clone().into());
        }
        let file = journal::file(self.state.as_deref(), context, &fleet, &session)?;
        let operation = if self.is_dry() {
            None
        } else {
            let name = OperationName::new("campaign", &campaign.says.name);
            let input = serde_json::json!({ "campaign": campaign.says.name });
            Some(Journal::open(&file)?.begin(&name, &input, &context.clock.rfc3339())?)
        };
        let memory = operation.as_ref().map(Memory::of).transpose()?.unwrap_or_default();
        let audit = Audit::beside(&file);
        let terminal = context.terminal.clone();
        let stopping = move || terminal.note("Stopping after this one.");
        let interrupt = session.run(async { Interrupt::listening(stopping) });
        let now = || context.clock.rfc3339();
        let told = |line: &str| context.terminal.note(&visible_line(line));
        let desk = |operation| {
            Desk::new(
                (&campaign.says.name, ""),
                session.client(),
                (operation, &memory, &audit),
                (&now, &told),
                &interrupt,
            )
        };
        let mut run = Run::new(verb);
        for (name, sight) in names.iter().zip(&sights) {
            let repository = name.0.to_string();
            // Who goes slowly may meet what people have done meanwhile.
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
                    run.rows.push((repository, error.to_string()));
                    run.exit = Exit::Unchecked;
                    continue;
                }
            };
            let candidate = Candidate { repository, offer, sight };
            let by = (candidate.repository.as_str(), offer.viewer.as_str());
            let Some(pull) = offer.open_pull() else {
                let ended = verb.ending.of(offer, &campaign.says.name);
                let (Some(pull), Some(operation), None) = (ended, &operation, &run.stopped) else {
                    continue;
                };
                let (desk, repository) = (desk(operation), &candidate.repository);
                let work = tidy(&desk, repository, offer, &sight.held, pull);
                let tidied = session.run(desk.tried("tidy", by, work))?;
                run.note(format!("{repository} #{}", pull.number), &tidied);
                continue;
            };
            let title = format!("{} #{}", candidate.repository, pull.number);
            let wish = match judge(&candidate) {
                Verdict::Do(wish) => wish,
                Verdict::Refuse(why) => {
                    run.refuse(title, &why, Exit::Findings);
                    continue;
                }
            };
            if run.stopped.is_none() && interrupt.is_asked() {
                run.stopped = Some("stopped by Ctrl-C".to_owned());
            }
            match (&operation, run.stopped.clone()) {
                (None, _) => run.rows.push((title, format!("would be {}", verb.done))),
                (_, Some(why)) => run.refuse(title, &why, Exit::Unchecked),
                (Some(operation), None) => {
                    let desk = desk(operation);
                    let work = work(&desk, &candidate, &wish);
                    let tried = session.run(desk.tried(verb.name, by, work))?;
                    run.done += usize::from(matches!(tried, Tried::Done(_)));
                    run.note(title, &tried);
                }
            }
        }
        self.tell(context, &campaign.says.name, &run)?;
        Ok(run.exit)
    }

    /// Says what came of it, and where to look when something was left.
    fn tell(&self, context: &Context, campaign: &str, run: &Run) -> Result<()> {
        let counts = (run.done, run.refused);
        context.terminal.output(&show::each(campaign, run.verb.done, counts, &run.rows))?;
        if run.refused > 0 {
            let reverted = if self.reverted { " --reverted" } else { "" };
            let file = quoted(&self.file.display().to_string());
            next::note(context, [format!("shipshape campaign status {file}{reverted}")]);
        }
        Ok(())
    }
}

/// What came of it so far.
struct Run {
    verb: Verb,
    rows: Vec<(String, String)>,
    done: usize,
    refused: usize,
    exit: Exit,
    stopped: Option<String>,
}

impl Run {
    fn new(verb: Verb) -> Self {
        Self { verb, rows: Vec::new(), done: 0, refused: 0, exit: Exit::Clean, stopped: None }
    }

    fn refuse(&mut self, title: String, why: &str, exit: Exit) {
        self.rows.push((title, format!("not {}: {why}", self.verb.done)));
        self.refused += 1;
        self.exit = self.exit.worse(exit);
    }

    /// Notes what did not work.
    fn note<T>(&mut self, title: String, tried: &Tried<T>) {
        match tried {
            Tried::Done(_) => {}
            Tried::Failed(why) => self.refuse(title, why, Exit::Unchecked),
            Tried::Stops(why) => {
                self.refuse(title, why, Exit::Unchecked);
                self.stopped = Some(why.clone());
            }
        }
    }
}

/// The repositories of the members that are meant, each once; retired ones too.
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
