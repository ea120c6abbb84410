//! Carries out a retirement step by step through the journal: if interrupted and run again, it ends the same.
//!
//! Each run makes the plan again from the present state. The journal adds what the forge does not know: that no other
//! run is in progress, and which pull requests were opened, whatever became of them.

use serde_json::json;

use super::{Announcement, Arguments, Edit, Plan, REPAIR};
use crate::cli::fleet::holders::{self, Holder, Occasion};
use crate::cli::shared::forge::Session;
use crate::cli::shared::journal;
use crate::cli::shared::retirement::ANYWAY;
use crate::cli::{Context, Exit, counted};
use crate::edge::terminal::visible_line;
use crate::edge::turn::Turn;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName};
use crate::forge::Client;
use crate::forge::calls::pulls::{PullRequest, PullState, PullStatus};
use crate::forge::calls::repositories::RepositoryChange;
use crate::journal::{Caution, Operation, OperationName, Settled};
use crate::scaffold::publish::{self, Offered, in_words};

/// Carries out the plan in order. Steps that were done before are not in it.
pub(super) fn apply(
    arguments: &Arguments,
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    member: &Member,
    plan: &Plan,
) -> Result<Exit> {
    let journal = journal::open(arguments.state.as_deref(), context, fleet, session)?;
    let what = json!({ "repository": member.repository.to_string(), "path": member.path });
    let name = OperationName::new("retire", key(member));
    let operation = journal.begin(&name, &what, &context.clock.rfc3339())?;
    let steps = operation.effects()?.len();
    if steps > 0 {
        let steps = counted(steps, "step");
        context.terminal.note(&format!("Continuing an earlier run: {steps} so far."));
    }
    let (client, anyway) = (session.client(), arguments.anyway);
    let mut exit = Exit::Clean;
    for Announcement { repository, pull } in &plan.announcements {
        let key = format!("close {repository}#{}", pull.number);
        session.run(close(client, (&operation, anyway), repository, &key, pull))?;
        context.terminal.note(&visible_line(&format!("closed {}", pull.html_url)));
    }
    for holder in &plan.holders {
        let offered = session.run(offer(client, (&operation, anyway), holder, member))?;
        let line = format!("{}: {}", holder.name, in_words(&offered));
        context.terminal.note(&visible_line(&line));
        // Somebody rejected it, so the list still contains the retired member.
        if matches!(offered, Offered::Closed { .. }) {
            exit = Exit::Findings;
        }
    }
    if plan.changes_manifest {
        // Read the manifest again: opening pull requests takes time, and somebody may have edited it meanwhile.
        let turn = Turn::at(&fleet.file)?;
        let Edit { before, retired } = Edit::of(context, fleet, member)?;
        if retired.bytes != before {
            turn.replace(&retired.bytes)?;
        }
        context.terminal.note(&format!("set `retired` in {}", fleet.file.display()));
    }
    let name: &RepositoryName = &member.repository;
    for pull in &plan.pulls {
        let key = format!("close {}", pull.number);
        session.run(close(client, (&operation, anyway), name, &key, pull))?;
        context.terminal.note(&visible_line(&format!("closed {}", pull.html_url)));
    }
    if plan.archives {
        session.run(archive(client, (&operation, anyway), name))?;
        context.terminal.note(&format!("archived {name}"));
    }
    // What it announced is closed, so nothing of an unfinished run that created the member can go on.
    let creating = publish::operation(&member.repository);
    if member.path.is_none() && journal.unfinished(&creating)?.is_some() {
        journal.abandon(&creating, &context.clock.rfc3339())?;
    }
    operation.finish()?;
    if plan.changes_manifest {
        match &fleet.manifest.home {
            Some(home) => context.terminal.note(&visible_line(&format!(
                "left to you: commit fleet.yaml and offer it to `{}` as a pull request: until that is merged, other \
                 clones still have the member",
                home.repository
            ))),
            None => context.terminal.note("left to you: commit fleet.yaml"),
        }
    }
    if !plan.lists.is_empty() {
        let lists = plan.lists.join(", ");
        let line = format!("left to you: remove it from {lists}: `{}`", context.command(REPAIR));
        context.terminal.note(&visible_line(&line));
    }
    if fleet.image(member).is_some() {
        context
            .terminal
            .note("left to you: its image stays where it is, and keeps running where it runs");
    }
    Ok(exit)
}

/// The key of the operation: the repository, with the folder if the member is one.
fn key(member: &Member) -> String {
    let path = member.path.as_ref().map(|path| format!("/{path}")).unwrap_or_default();
    format!("{}{path}", member.repository.to_string().to_lowercase())
}

/// Proposes to remove the member from one repository's lists.
async fn offer(
    client: &Client,
    (operation, anyway): (&Operation, bool),
    holder: &Holder,
    member: &Member,
) -> Result<Offered> {
    let title = format!("Remove {} from the list of members", member.slug);
    let marker = format!("<!-- shipshape: retire {} -->", key(member));
    let occasion = Occasion { title: &title, why: "It is retired.", marker: &marker };
    let proposal = holders::proposal(holder, &occasion);
    let (repository, branch) = (&holder.name, &proposal.branch);
    let is_ours = |pull: &&PullRequest| {
        pull.head.branch.starts_with(holders::BRANCH)
            && pull.body.as_deref().is_some_and(|body| body.contains(&marker))
    };
    let look_up = async || {
        // The list may have changed since, and with it the name of the branch.
        let same = client.pulls(repository, Some(branch), PullState::All).await?;
        let found = match same.iter().find(is_ours) {
            Some(found) => Some(found.clone()),
            None => {
                let open = client.pulls(repository, None, PullState::Open).await?;
                open.iter().find(is_ours).cloned()
            }
        };
        Ok(found.map(|pull| Offered::of(repository, &pull)))
    };
    let act = async || {
        let pull = client.propose(repository, &proposal).await.map_err(|error| {
            Error::from(error).within(format!("cannot offer the repair to `{repository}`"))
        })?;
        Ok(Offered::of(repository, &pull))
    };
    let intent =
        json!({ "repository": repository.to_string(), "branch": branch, (ANYWAY): anyway });
    let key = format!("list {}", repository.to_string().to_lowercase());
    match operation.effect(&key, &intent, Caution::Always, look_up, act).await? {
        Settled::Before(offered) => offered.now(client).await,
        Settled::Found(offered) | Settled::Now(offered) => Ok(offered),
    }
}

/// Closes a pull request that was seen open, as the effect of this key.
async fn close(
    client: &Client,
    (operation, anyway): (&Operation, bool),
    repository: &RepositoryName,
    key: &str,
    pull: &PullRequest,
) -> Result<()> {
    let number = pull.number;
    let look_up = async || {
        let found = client.pull(repository, number).await?;
        Ok((found.state == PullStatus::Closed).then_some(()))
    };
    let act = async || Ok(client.close_pull(repository, number).await.map(drop)?);
    let intent = json!({ "number": number, (ANYWAY): anyway });
    let settled = operation.effect(key, &intent, Caution::WhenInDoubt, look_up, act).await?;
    // The journal says it was closed, but it was seen open: trust the forge.
    if matches!(settled, Settled::Before(())) {
        client.close_pull(repository, number).await?;
    }
    Ok(())
}

/// Archives a repository that was seen unarchived.
async fn archive(
    client: &Client,
    (operation, anyway): (&Operation, bool),
    repository: &RepositoryName,
) -> Result<()> {
    let change = RepositoryChange { archived: Some(true), ..RepositoryChange::default() };
    let look_up = async || {
        let found = client.repository(repository).await?;
        Ok(found.archived.then_some(()))
    };
    let act = async || Ok(client.change_repository(repository, &change).await.map(drop)?);
    let intent = json!({ "repository": repository.to_string(), (ANYWAY): anyway });
    let settled = operation.effect("archive", &intent, Caution::WhenInDoubt, look_up, act).await?;
    if matches!(settled, Settled::Before(())) {
        client.change_repository(repository, &change).await?;
    }
    Ok(())
}
