//! Pull requests.

use git2::Oid;
use serde_json::{Value, json};

use super::pages::listed;
use super::render::{self, Addresses};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::git::Store;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{
    Access, Decision, Found, Permission, Pull, PullState, Repository, RepositoryId, World,
};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/repos/{owner}/{repo}/pulls", Repository(&[PullRequests], Read) => list;
    POST "/repos/{owner}/{repo}/pulls", Repository(&[PullRequests], Write) => create;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}", Repository(&[PullRequests], Read) => get;
    PATCH "/repos/{owner}/{repo}/pulls/{pull_number}", Repository(&[PullRequests], Write) => update;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}/files", Repository(&[PullRequests], Read) => files;
};

/// The longest texts that GitHub accepts, in characters.
const MAX_TITLE: usize = 256;
const MAX_BODY: usize = 65_536;

/// The most files of a pull request that GitHub lists.
const MAX_FILES: usize = 3000;

fn list(world: &mut World, call: &Call) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let state = call.one_of("state", &["open", "closed", "all"])?.unwrap_or("open");
    let sort = call.one_of("sort", &["created", "updated", "popularity", "long-running"])?;
    let direction = call.one_of("direction", &["asc", "desc"])?;
    let label = |pull: &Pull| {
        let login = world.repositories.get(&pull.head_repository);
        format!("{}:{}", login.map_or("", |found| found.owner.as_str()), pull.head)
    };
    let mut found: Vec<&Pull> = owner
        .pulls
        .iter()
        .filter(|pull| match state {
            "all" => true,
            "closed" => !pull.is_open(),
            _ => pull.is_open(),
        })
        // Like GitHub, ignore a head without an owner; this is a trap for clients.
        .filter(|pull| {
            let head = call.asked("head").filter(|head| head.contains(':'));
            head.is_none_or(|head| label(pull).eq_ignore_ascii_case(head))
        })
        .filter(|pull| call.asked("base").is_none_or(|base| pull.base == base))
        .collect();
    let updated = sort == Some("updated");
    found.sort_by_key(|pull| if updated { pull.updated } else { pull.created });
    if direction != Some("asc") {
        found.reverse();
    }
    listed(call, found.iter().map(|pull| render::pull(world, at, owner, pull)).collect())
}

fn get(world: &mut World, call: &Call) -> Answer {
    shown(world, call, call.number("pull_number")?, 200)
}

fn shown(world: &World, call: &Call, number: u64, status: u16) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let pull = owner.pull(number).ok_or_else(Refusal::not_found)?;
    let store = owner.store()?;
    let files = files_of(at, owner, &store, pull).unwrap_or_default();
    let sum = |name: &str| -> usize {
        let counts = files.iter().filter_map(|file| file.get(name)?.as_u64());
        usize::try_from(counts.sum::<u64>()).unwrap_or(usize::MAX)
    };
    let (base, head) = (Oid::from_str(&pull.base_sha)?, Oid::from_str(&pull.head_sha)?);
    let size = render::Size {
        commits: store.ahead(base, head).map_or(0, |commits| commits.len()),
        additions: sum("additions"),
        deletions: sum("deletions"),
        files: files.len(),
    };
    Ok(Reply::json(status, render::full_pull(world, at, owner, pull, size)))
}

/// A pull request to open.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Proposal {
    pub(in crate::sandbox) title: String,
    /// `branch` or `owner:branch`.
    pub(in crate::sandbox) head: String,
    pub(in crate::sandbox) base: String,
    pub(in crate::sandbox) body: Option<String>,
    pub(in crate::sandbox) draft: bool,
    pub(in crate::sandbox) maintainer_can_modify: bool,
}

fn create(world: &mut World, call: &Call) -> Answer {
    if call.field("issue").is_some() && call.field("title").is_none() {
        return Err(Refusal::custom(
            "PullRequest",
            Some("issue"),
            "issues cannot be turned into pull requests here",
        ));
    }
    let proposal = Proposal {
        title: call.required("title")?.to_owned(),
        head: call.required("head")?.to_owned(),
        base: call.required("base")?.to_owned(),
        body: call.text("body")?.map(str::to_owned),
        draft: call.flag("draft")?.unwrap_or(false),
        maintainer_can_modify: call.flag("maintainer_can_modify")?.unwrap_or(false),
    };
    let number = open(world, call, proposal)?;
    shown(world, call, number, 201)
}

/// Opens a pull request, for both REST and GraphQL.
pub(in crate::sandbox) fn open(world: &mut World, call: &Call, proposal: Proposal) -> Answer<u64> {
    let owner = call.repository(world)?;
    let invalid = |field: &str| Refusal::validation("PullRequest", field, "invalid");
    check_texts(Some(&proposal.title), proposal.body.as_deref())?;
    let (head_repository, head) = head_of(world, call, owner, &proposal.head)?;
    let store = owner.store()?;
    let base_id = store.branch(&proposal.base)?.ok_or_else(|| invalid("base"))?;
    let source = world.repository(head_repository)?;
    let head_id = source.store()?.branch(&head)?.ok_or_else(|| invalid("head"))?;
    let duplicate = owner.pulls.iter().any(|pull| {
        pull.is_open()
            && pull.head_repository == head_repository
            && pull.head == head
            && pull.base == proposal.base
    });
    if duplicate {
        let message = format!("A pull request already exists for {}:{head}.", source.owner);
        return Err(Refusal::custom("PullRequest", None, message));
    }
    let base = &proposal.base;
    if store.kind(head_id).is_none() || store.merge_base(base_id, head_id).is_none() {
        let message = format!("The {head} branch has no history in common with {base}");
        return Err(Refusal::custom("PullRequest", None, message));
    }
    if store.ahead(base_id, head_id)?.is_empty() {
        let message = format!("No commits between {base} and {head}");
        return Err(Refusal::custom("PullRequest", None, message));
    }
    let (id, now) = (world.next_id(), world.seconds());
    let author = call.identity(world)?.login;
    let owner = call.repository_mut(world)?;
    let number = owner.next_number();
    let ends = ((head_repository, head.as_str(), head_id), (proposal.base.as_str(), base_id));
    owner.pulls.push(Pull {
        title: proposal.title,
        body: proposal.body.filter(|body| !body.is_empty()),
        draft: proposal.draft,
        maintainer_can_modify: proposal.maintainer_can_modify,
        ..Pull::opened((id, number), &author, ends.0, ends.1, now)
    });
    world.pull_changed(call.id()?, number, &author);
    Ok(number)
}

/// Resolves a head to its repository and branch.
fn head_of(
    world: &World,
    call: &Call,
    owner: &Repository,
    head: &str,
) -> Answer<(RepositoryId, String)> {
    let Some((login, branch)) = head.split_once(':') else {
        return Ok((owner.id, head.to_owned()));
    };
    if login.eq_ignore_ascii_case(&owner.owner) {
        return Ok((owner.id, branch.to_owned()));
    }
    let invalid = || Refusal::validation("PullRequest", "head", "invalid");
    let Some(Found::Here(id)) = world.find(login, &owner.name) else { return Err(invalid()) };
    let fork = world.repository(id)?;
    let visible = call.decide(world, fork, Permission::Contents, Access::Read) == Decision::Allowed;
    if visible && fork.fork { Ok((id, branch.to_owned())) } else { Err(invalid()) }
}

fn check_texts(title: Option<&str>, body: Option<&str>) -> Answer<()> {
    if let Some(title) = title {
        if title.trim().is_empty() {
            return Err(Refusal::validation("PullRequest", "title", "missing_field"));
        }
        if title.chars().count() > MAX_TITLE {
            let message = format!("title is too long (maximum is {MAX_TITLE} characters)");
            return Err(Refusal::custom("PullRequest", Some("title"), message));
        }
    }
    if body.is_some_and(|body| body.chars().count() > MAX_BODY) {
        let message = format!("body is too long (maximum is {MAX_BODY} characters)");
        return Err(Refusal::custom("PullRequest", Some("body"), message));
    }
    Ok(())
}

/// Changes to a pull request.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Amendment {
    pub(in crate::sandbox) title: Option<String>,
    pub(in crate::sandbox) body: Option<String>,
    pub(in crate::sandbox) base: Option<String>,
    /// Whether it should be open.
    pub(in crate::sandbox) open: Option<bool>,
}

fn update(world: &mut World, call: &Call) -> Answer {
    let number = call.number("pull_number")?;
    let state = match call.text("state")? {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(Refusal::validation("PullRequest", "state", "invalid")),
    };
    let amendment = Amendment {
        title: call.text("title")?.map(str::to_owned),
        body: call.text("body")?.map(str::to_owned),
        base: call.text("base")?.map(str::to_owned),
        open: state,
    };
    amend(world, call, number, amendment)?;
    shown(world, call, number, 200)
}

/// Changes a pull request, for both REST and GraphQL.
pub(in crate::sandbox) fn amend(
    world: &mut World,
    call: &Call,
    number: u64,
    amendment: Amendment,
) -> Answer<()> {
    let owner = call.repository(world)?;
    let pull = owner.pull(number).ok_or_else(Refusal::not_found)?;
    check_texts(amendment.title.as_deref(), amendment.body.as_deref())?;
    let store = owner.store()?;
    let base = match &amendment.base {
        Some(base) if *base != pull.base => {
            let invalid = || Refusal::validation("PullRequest", "base", "invalid");
            let id = store.branch(base)?.ok_or_else(invalid)?;
            Some((base.clone(), id.to_string()))
        }
        _ => None,
    };
    if amendment.open == Some(true) && !pull.is_open() {
        if pull.state == PullState::Merged {
            let message = "state cannot be changed. The pull request is merged.";
            return Err(Refusal::custom("PullRequest", Some("state"), message));
        }
        let source = world.repository(pull.head_repository)?;
        if source.store()?.branch(&pull.head)?.is_none() {
            let message =
                format!("state cannot be changed. The {} branch has been deleted.", pull.head);
            return Err(Refusal::custom("PullRequest", Some("state"), message));
        }
        reopenable(owner, source, pull)?;
    }
    let (now, actor) = (world.seconds(), call.identity(world)?.login);
    // If the branch moved while the pull request was closed, reopening picks up its new head.
    let head = world.repository(pull.head_repository)?.store()?.branch(&pull.head)?;
    let base_now = store.branch(&pull.base)?;
    let owner = call.repository_mut(world)?;
    let pull = owner.pull_mut(number).ok_or_else(Refusal::not_found)?;
    if let Some(title) = amendment.title {
        pull.title = title;
    }
    if let Some(body) = amendment.body {
        pull.body = Some(body).filter(|body| !body.is_empty());
    }
    if let Some((base, id)) = base {
        pull.base = base;
        pull.base_sha = id;
    }
    match amendment.open {
        Some(false) if pull.is_open() => pull.close(&actor, now),
        Some(true) if !pull.is_open() => {
            pull.state = PullState::Open;
            pull.closed = None;
            if let Some(head) = head.map(|head| head.to_string()).filter(|it| *it != pull.head_sha)
            {
                pull.head_sha = head;
                if let Some(base) = base_now {
                    pull.base_sha = base.to_string();
                }
            }
            pull.note("reopened", &actor, now);
        }
        _ => {}
    }
    pull.updated = now;
    Ok(())
}

/// Refuses to reopen a pull request that cannot be.
fn reopenable(owner: &Repository, source: &Repository, pull: &Pull) -> Answer<()> {
    let not = |why: String| {
        let message = format!("state cannot be changed. {why}");
        Err(Refusal::custom("PullRequest", Some("state"), message))
    };
    let same = |other: &&Pull| {
        other.is_open()
            && other.head_repository == pull.head_repository
            && (&other.head, &other.base) == (&pull.head, &pull.base)
    };
    if owner.pulls.iter().any(|other| same(&other)) {
        let (from, to) = (&source.owner, &owner.owner);
        return not(format!(
            "There is already an open pull request from {from}:{} to {to}:{}.",
            pull.head, pull.base
        ));
    }
    let store = source.store()?;
    let old = Oid::from_str(&pull.head_sha)?;
    let now = store.branch(&pull.head)?;
    if !now.is_some_and(|now| store.is_fast_forward(old, now).unwrap_or(false)) {
        return not(format!("The {} branch was force-pushed or recreated.", pull.head));
    }
    Ok(())
}

fn files(world: &mut World, call: &Call) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let pull = owner.pull(call.number("pull_number")?).ok_or_else(Refusal::not_found)?;
    let mut files = files_of(at, owner, &owner.store()?, pull)?;
    files.truncate(MAX_FILES);
    listed(call, files)
}

fn files_of(
    at: Addresses<'_>,
    owner: &Repository,
    store: &Store,
    pull: &Pull,
) -> Answer<Vec<Value>> {
    let (base, head) = (Oid::from_str(&pull.base_sha)?, Oid::from_str(&pull.head_sha)?);
    let from = store.merge_base(base, head).unwrap_or(base);
    let (from, to) = (store.commit(from)?.tree, store.commit(head)?.tree);
    changed_files(at, owner, store, Some(from), to, &pull.head_sha)
}

/// Returns the files in which two trees differ.
pub(super) fn changed_files(
    at: Addresses<'_>,
    owner: &Repository,
    store: &Store,
    from: Option<Oid>,
    to: Oid,
    sha: &str,
) -> Answer<Vec<Value>> {
    let files = store.changed(from, to)?;
    let full_name = owner.full_name();
    let shown = files.into_iter().map(|file| {
        let path = file.path.split('/').map(render::path_segment).collect::<Vec<_>>().join("/");
        let mut value = json!({
            "sha": file.id.map(|id| id.to_string()),
            "filename": file.path,
            "status": file.status,
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
            "blob_url": at.page(&format!("/{full_name}/blob/{sha}/{path}")),
            "raw_url": at.page(&format!("/{full_name}/raw/{sha}/{path}")),
            "contents_url": at.repository(owner, &format!("/contents/{path}?ref={sha}")),
        });
        if let (Some(fields), Some(patch)) = (value.as_object_mut(), file.patch) {
            fields.insert("patch".to_owned(), patch.into());
        }
        value
    });
    Ok(shown.collect())
}
