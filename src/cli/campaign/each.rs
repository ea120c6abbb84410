//! What `merge` and `close` share: one open pull request after the other, each told, none stopping the others.

use std::path::PathBuf;

use clap::Args;

use super::show;
use crate::campaign::audit::Audit;
use crate::campaign::desk::{Desk, Tried};
use crate::campaign::file::Campaign;
use crate::campaign::look::{Sight, look};
use crate::cli::forge::ForgeOptions;
use crate::cli::{Context, Exit, journal};
use crate::edge::interrupt::Interrupt;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, Selection};
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
}

impl Which {
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
        work: impl AsyncFn(&Desk<'_>, &Candidate<'_>, &W) -> Result<(u64, String)>,
    ) -> Result<Exit> {
        let fleet = context.fleet(self.file.parent())?.ok_or_else(|| {
            Error::usage("a campaign is about a fleet, and there is no fleet.yaml here")
                .hint("name it with --fleet FILE")
        })?;
        let names = repositories(&fleet, &self.members)?;
        let writes = self.forge.writes(names.iter().map(|(name, _)| name));
        let session = self.forge.session(context, Some(&fleet), writes)?;
        let sights = session.run(look(session.client(), &campaign.says.name, &names));
        let file = journal::file(self.state.as_deref(), context, &fleet, &session)?;
        let is_dry = self.dry_run || self.forge.read_only;
        let operation = if is_dry {
            None
        } else {
            let name = OperationName::new("campaign", &campaign.says.name);
            let input = serde_json::json!({ "campaign": campaign.says.name });
            Some(Journal::open(&file)?.begin(&name, &input, &context.clock.rfc3339())?)
        };
        let audit = Audit::beside(&file);
        let terminal = context.terminal.clone();
        let stopping = move || terminal.note("Stopping after this one.");
        let interrupt = session.run(async { Interrupt::listening(stopping) });
        let now = || context.clock.rfc3339();
        let told = |line: &str| context.terminal.note(&visible_line(line));
        let mut rows: Vec<(String, String)> = Vec::new();
        let (mut done, mut exit, mut stopped) = (0_usize, Exit::Clean, None);
        for ((name, _), sight) in names.iter().zip(&sights) {
            let repository = name.to_string();
            let offer = match &sight.offer {
                Ok(offer) => offer,
                Err(error) => {
                    rows.push((repository, error.to_string()));
                    exit = Exit::Unchecked;
                    continue;
                }
            };
            let Some(pull) = offer.open_pull() else { continue };
            let title = format!("{repository} #{}", pull.number);
            let candidate = Candidate { repository, offer, sight };
            let wish = match judge(&candidate) {
                Verdict::Do(wish) => wish,
                Verdict::Refuse(why) => {
                    rows.push((title, format!("not {}: {why}", verb.done)));
                    exit = exit.worse(Exit::Findings);
                    continue;
                }
            };
            if stopped.is_none() && interrupt.is_asked() {
                stopped = Some("stopped by Ctrl-C".to_owned());
            }
            let operation = match (&operation, &stopped) {
                (None, _) => {
                    rows.push((title, format!("would be {}", verb.done)));
                    continue;
                }
                (_, Some(why)) => {
                    rows.push((title, format!("not {}: {why}", verb.done)));
                    exit = Exit::Unchecked;
                    continue;
                }
                (Some(operation), None) => operation,
            };
            let desk = Desk::new(
                (&campaign.says.name, ""),
                session.client(),
                (operation, &audit),
                (&now, &told),
                &interrupt,
            );
            let tried = desk.tried(
                verb.name,
                (&candidate.repository, &offer.viewer),
                |(number, _): &(u64, String)| Some(*number),
                work(&desk, &candidate, &wish),
            );
            match session.run(tried)? {
                Tried::Done(_) => done += 1,
                Tried::Failed(why) => {
                    rows.push((title, format!("not {}: {why}", verb.done)));
                    exit = Exit::Unchecked;
                }
                Tried::Stops(why) => {
                    rows.push((title, format!("not {}: {why}", verb.done)));
                    exit = Exit::Unchecked;
                    stopped = Some(why);
                }
            }
        }
        context.terminal.output(&show::each(&campaign.says.name, verb.done, done, &rows))?;
        Ok(exit)
    }
}

/// The repositories of the members that are meant, each once; retired ones too.
fn repositories(
    fleet: &Fleet,
    members: &[String],
) -> Result<Vec<(crate::fleet::RepositoryName, Option<String>)>> {
    let meant: Vec<&Member> = if members.is_empty() {
        fleet.members.iter().collect()
    } else {
        Selection::parse(members)?.of(fleet)?
    };
    let mut names: Vec<(crate::fleet::RepositoryName, Option<String>)> = Vec::new();
    for member in meant {
        if !names.iter().any(|(name, _)| name.same(&member.repository)) {
            names.push((member.repository.clone(), None));
        }
    }
    Ok(names)
}
