//! `shipshape fleet discover`: compares the forge's repositories with fleet.yaml.

use clap::Args;

use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::journal;
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit, counted, json_text};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::fleet::discovery::{self, BEGUN, Discovery, Document, Seen, Unlisted};
use crate::forge::calls::repositories_of_owner::{Listed, MAX_FOUND};
use crate::forge::{Client, ForgeErrorKind, WriteScope};
use crate::journal::Journal;
use crate::scaffold::publish;

/// Find repositories that are missing from fleet.yaml, and members that no longer exist.
///
/// By default a repository belongs to the fleet when its name has the prefix of a kind, or when it matches the
/// kind's `select`. Archived repositories, forks and empty ones are listed separately. The lines at the end can
/// be pasted into `members` as they are.
///
/// Exit codes: 1 when fleet.yaml and the forge differ; 3 when a kind has neither `prefix` nor `select`, so that its
/// repositories cannot be looked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape fleet discover                       by the kinds of fleet.yaml
  shipshape fleet discover --topic plugin        those of a topic
  shipshape fleet discover --search 'billing in:readme'
  shipshape fleet discover --format json")]
pub(crate) struct Arguments {
    /// Select repositories whose name starts with this, instead of by the kinds in fleet.yaml.
    #[arg(long, value_name = "PREFIX", conflicts_with_all = ["topic", "search"])]
    prefix: Option<String>,

    /// Select repositories that have this topic.
    #[arg(long, value_name = "TOPIC", conflicts_with = "search")]
    topic: Option<String>,

    /// Select repositories that a search on the forge finds, in the forge's search syntax.
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = context.required_fleet_to_fill()?;
    let session = arguments.forge.session(context, Some(&fleet), WriteScope::none())?;
    let owner = fleet.manifest.forge.owner.clone();
    let bar = context.terminal.counter("listing repositories");
    let step = |count| bar.inc(count);
    let (seen, found) = session.run(look(session.client(), &owner, arguments, &step))?;
    bar.finish_and_clear();
    if session.client().is_anonymous() {
        context.terminal.note(
            "without a token only public repositories are visible; `shipshape doctor` shows where a token is taken from",
        );
    }
    let chosen = |repository: &Seen| {
        let prefixed = arguments
            .prefix
            .as_ref()
            .is_none_or(|prefix| repository.name.name.starts_with(prefix.as_str()));
        let of_topic =
            arguments.topic.as_ref().is_none_or(|topic| repository.topics.contains(topic));
        let is_found =
            found.as_ref().is_none_or(|found| found.iter().any(|name| name.same(&repository.name)));
        prefixed && of_topic && is_found
    };
    let own = arguments.prefix.is_some() || arguments.topic.is_some() || found.is_some();
    let wanted: Option<&dyn Fn(&Seen) -> bool> = if own { Some(&chosen) } else { None };
    let mut discovery = discovery::compare(&fleet, &seen, wanted);
    discovery.are_begun(&begun(context, &fleet, &session)?);
    session.run(follow(session.client(), &mut discovery))?;
    let text = match arguments.format {
        Form::Human => human(&fleet, &discovery, &owner),
        Form::Json => json_text(&Document::of(&discovery, &owner))?,
    };
    context.terminal.output(&text)?;
    if !discovery.not_looked_for.is_empty() {
        context.terminal.note(
            "give each kind a `prefix` or a `select` in fleet.yaml, or look for its repositories with --prefix, --topic or \
             --search",
        );
        return Ok(Exit::Unchecked);
    }
    Ok(if discovery.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// The repositories of runs of `new` that are not finished: what lists them is still to come.
fn begun(context: &Context, fleet: &Fleet, session: &Session) -> Result<Vec<String>> {
    // Without a place for records there are none.
    let Ok(file) = journal::file(None, context, fleet, session) else { return Ok(Vec::new()) };
    let Some(journal) = Journal::look(&file)? else { return Ok(Vec::new()) };
    let runs = publish::recorded(&journal, fleet)?;
    Ok(runs.into_iter().map(|run| run.repository).collect())
}

type Looked = (Vec<Seen>, Option<Vec<crate::fleet::RepositoryName>>);

async fn look(
    client: &Client,
    owner: &str,
    arguments: &Arguments,
    step: &(dyn Fn(u64) + Sync),
) -> Result<Looked> {
    let listed = client.repositories_of(owner, step).await.map_err(Error::from)?;
    let found = match &arguments.search {
        None => None,
        Some(words) => {
            let found =
                client.search_repositories(owner, words, step).await.map_err(Error::from)?;
            if found.len() >= MAX_FOUND {
                return Err(Error::failed(format!(
                    "the search finds more than {MAX_FOUND} repositories"
                ))
                .hint("the forge returns no more results: narrow the search"));
            }
            Some(found.into_iter().map(|listed| listed.name).collect())
        }
    };
    Ok((listed.into_iter().map(seen).collect(), found))
}

/// Looks up members that seem to be gone: the forge answers for a renamed repository under its new name.
async fn follow(client: &Client, discovery: &mut Discovery) -> Result<()> {
    for from in discovery.absent.clone() {
        let found = match client.find_repository(&from).await {
            // A disabled or inaccessible repository has no new name.
            Err(error)
                if matches!(error.kind, ForgeErrorKind::Disabled | ForgeErrorKind::Forbidden) =>
            {
                None
            }
            found => found.map_err(Error::from)?,
        };
        if let Some(to) = found.map(|it| it.name()).filter(|to| !to.same(&from)) {
            discovery.has_moved(from, to);
        }
    }
    Ok(())
}

fn seen(listed: Listed) -> Seen {
    let Listed { name, topics, is_archived, is_fork, is_empty, .. } = listed;
    Seen { name, topics, is_archived, is_fork, is_empty }
}

fn human(fleet: &Fleet, discovery: &Discovery, owner: &str) -> String {
    let mut text = String::new();
    let (apart, unlisted): (Vec<&Unlisted>, Vec<&Unlisted>) =
        discovery.unlisted.iter().partition(|repository| !repository.apart.is_empty());
    let mut section = |title: String, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("{title}\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
            text.push('\n');
        }
    };
    let (begun, apart): (Vec<&Unlisted>, Vec<&Unlisted>) =
        apart.into_iter().partition(|repository| repository.apart.contains(&BEGUN));
    let line = |it: &&Unlisted| {
        let apart = if it.apart.is_empty() {
            String::new()
        } else {
            format!("  ({})", it.apart.join(", "))
        };
        let taken = it.taken.as_ref();
        let taken = taken.map(|(slug, holder)| format!(", since `{slug}` is that of {holder}"));
        let slug = visible_line(&format!("{}{}", it.slug, taken.unwrap_or_default()));
        format!("{}  kind {}, slug {slug}{apart}", visible_line(&it.name.name), it.kind)
    };
    section(format!("On {owner} and not in fleet.yaml:"), unlisted.iter().map(line).collect());
    section(
        "Not in fleet.yaml yet, since a run of `new` has not finished (`shipshape new --unfinished`):"
            .to_owned(),
        begun.iter().map(line).collect(),
    );
    section(
        "Not in fleet.yaml, and archived, a fork or empty:".to_owned(),
        apart.iter().map(line).collect(),
    );
    section(
        "In fleet.yaml, and missing or hidden from this token:".to_owned(),
        discovery.absent.iter().map(ToString::to_string).collect(),
    );
    let moved = discovery.moved.iter().map(|(from, to)| {
        format!("{}: now {}", visible_line(&from.to_string()), visible_line(&to.to_string()))
    });
    section("Members that have moved; correct the name in fleet.yaml:".to_owned(), moved.collect());
    section(
        "Members that are archived and not `retired` in fleet.yaml:".to_owned(),
        discovery.archived.iter().map(ToString::to_string).collect(),
    );
    section(
        "Members of other owners, which were not checked:".to_owned(),
        discovery.elsewhere.iter().map(ToString::to_string).collect(),
    );
    let kinds = discovery.not_looked_for.iter();
    section(
        "Kinds with neither `prefix` nor `select` in fleet.yaml, which were not looked for:"
            .to_owned(),
        kinds.map(|kind| visible_line(kind)).collect(),
    );
    let present = counted(discovery.present, "member");
    text.push_str(&if discovery.is_empty() && discovery.not_looked_for.is_empty() {
        format!("{present} of fleet.yaml on {owner}; nothing is missing on either side.\n")
    } else {
        format!("{present} of fleet.yaml on {owner}.\n")
    });
    if !unlisted.is_empty() {
        text.push_str("\nAdd those that belong to the fleet to `members`:\n");
        for it in unlisted {
            text.push_str(&format!("  - {}\n", visible_line(&discovery::entry(fleet, it))));
        }
    }
    text
}

impl Discovery {
    /// Whether the manifest and the forge agree. Archived repositories, forks and empty ones are no disagreement.
    fn is_empty(&self) -> bool {
        self.absent.is_empty()
            && self.moved.is_empty()
            && self.archived.is_empty()
            && self.unlisted.iter().all(|repository| !repository.apart.is_empty())
    }
}
