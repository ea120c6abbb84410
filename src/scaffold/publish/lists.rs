//! Pull requests for the lists that name members, and for the manifest.

use super::obstacle::Obstacle;
use super::offered::{Offered, in_words};
use super::renewal::{Conflict, Outdated};
use super::{Announce, Publication};
use crate::error::{Error, Result};
use crate::fleet::enrol::enrol;
use crate::fleet::registration::Registration;
use crate::fleet::{Fleet, Member, RepositoryName, registrations};
use crate::forge::calls::pull_opening::{FileChange, FileContent, NewCommit, Proposal};
use crate::forge::calls::pulls::{PullRequest, PullState, PullStatus};
use crate::forge::{Client, ForgeError};
use crate::journal::{Caution, Operation, Settled};
use crate::source::Text;

/// What the names of branches that announce new members begin with.
const BRANCHES: &str = "shipshape/new-";

/// What the key of the effect that offers a list begins with.
pub(super) const LIST: &str = "list ";

/// What the offer for the manifest changes.
pub const MANIFEST: &str = "fleet.yaml";

/// What the key of the one that marks this offer as ready begins with.
pub(super) const READY: &str = "ready ";

/// A change to propose as a pull request.
#[derive(Clone, Debug)]
pub(super) struct Offer<'a> {
    /// What it changes: the registration's name, or `fleet.yaml`.
    pub(super) what: String,
    pub(super) repository: RepositoryName,
    pub(super) path: String,
    change: What<'a>,
}

#[derive(Clone, Debug)]
enum What<'a> {
    List(&'a Fleet, &'a Registration, &'a Member),
    Manifest,
}

/// The file that an offer changes, as its default branch has it.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) onto: String,
    commit: String,
    mode: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Base {
    /// Whether it was read at this commit.
    pub(super) fn is_at(&self, commit: &str) -> bool {
        self.commit == commit
    }
}

/// Returns all changes to propose: the registrations in other repositories in the manifest's order, then the manifest
/// if it is on the forge.
pub(super) fn offers<'a>(wanted: &Publication<'a>) -> Vec<Offer<'a>> {
    let Some(fleet) = wanted.fleet else { return Vec::new() };
    let owner = &fleet.manifest.forge.owner;
    let is_it =
        |member: &&Member| member.slug == wanted.slug && member.repository.same(&wanted.repository);
    let member = fleet.members.iter().find(is_it);
    let list = |registration: &'a Registration| {
        let is_its = |member: &&Member| registration.is_of(member) && !registration.excuses(member);
        let member = member.filter(is_its)?;
        let repository = RepositoryName::parse(registration.repository.as_deref()?, owner)?;
        let (what, path) = (registration.name.clone(), registration.path.clone());
        Some(Offer { what, repository, path, change: What::List(fleet, registration, member) })
    };
    let mut offers: Vec<Offer<'a>> = fleet.manifest.registrations.iter().filter_map(list).collect();
    if let Some((repository, path)) = &wanted.home {
        let (repository, path) = (repository.clone(), path.clone());
        offers.push(Offer { what: MANIFEST.to_owned(), repository, path, change: What::Manifest });
    }
    offers
}

impl Offer<'_> {
    /// Describes it in words, before it is made: as far as it is known, or as what is going to be done.
    pub(super) fn in_words(&self, known: Option<&Offered>, next: Option<&str>) -> String {
        let Self { repository, what, path, .. } = self;
        match (known, next) {
            (Some(Offered::Open { page, .. }), Some(next)) => {
                format!("{what} ({path}) in {repository}: {next}: {page}")
            }
            (Some(offered), _) => format!("{what} ({path}) in {repository}: {}", in_words(offered)),
            (None, Some(obstacle)) => format!("{what} ({path}) in {repository}: {obstacle}"),
            (None, None) => format!("open a pull request in {repository}: {what} ({path})"),
        }
    }

    /// Returns its state, if an earlier run has opened it or the file has the member already. A pull request that was
    /// closed without merging does not matter where somebody brought the member in by hand.
    pub(super) async fn known(
        &self,
        wanted: &Publication<'_>,
        client: &Client,
    ) -> Result<Option<Offered>> {
        match self.opened(wanted, client).await? {
            Some(offered) if !offered.is_closed() => Ok(Some(offered)),
            closed => Ok(self.there(wanted, client).await?.or(closed)),
        }
    }

    /// Whether it is about the manifest, without which nothing should be created.
    pub(super) fn is_manifest(&self) -> bool {
        matches!(self.change, What::Manifest)
    }

    /// Returns the pull request that an earlier run has opened.
    async fn opened(
        &self,
        wanted: &Publication<'_>,
        client: &Client,
    ) -> Result<Option<Offered>, ForgeError> {
        let branch = self.branch(&wanted.slug);
        let found = client.pulls(&self.repository, Some(&branch), PullState::All).await?;
        let is_ours = |pull: &&PullRequest| {
            pull.head.branch == branch
                && pull.body.as_deref().is_some_and(|body| body.contains(&wanted.marker()))
        };
        Ok(found.iter().find(is_ours).map(|pull| Offered::of(&self.repository, pull)))
    }

    /// Returns whether the file has the member already.
    pub(super) async fn there(
        &self,
        wanted: &Publication<'_>,
        client: &Client,
    ) -> Result<Option<Offered>> {
        let base = self.base(client).await?;
        Ok(self.changed(wanted, &base.bytes)?.is_none().then_some(Offered::There))
    }

    /// Whether the file has the member at a commit.
    pub(super) async fn has_member_at(
        &self,
        wanted: &Publication<'_>,
        commit: &str,
        client: &Client,
    ) -> Result<bool> {
        let tree = client.commit(&self.repository, commit).await?.tree.sha;
        let Some(entry) = client.entry(&self.repository, &tree, &self.path).await? else {
            return Ok(false);
        };
        let bytes = client.blob(&self.repository, &entry.sha).await?;
        Ok(self.changed(wanted, &bytes).is_ok_and(|changed| changed.is_none()))
    }

    /// Reads the file on the default branch.
    pub(super) async fn base(&self, client: &Client) -> Result<Base> {
        self.found(client).await?.ok_or_else(|| self.missing())
    }

    /// The same; `None` if there is no such file.
    pub(super) async fn found(&self, client: &Client) -> Result<Option<Base>> {
        let Self { repository, path, .. } = self;
        let onto = client.repository(repository).await?.default_branch;
        let Some(commit) = client.branch_head(repository, &onto).await? else { return Ok(None) };
        let tree = client.commit(repository, &commit).await?.tree.sha;
        let Some(entry) = client.entry(repository, &tree, path).await? else { return Ok(None) };
        let mode = match entry.mode.as_str() {
            "100644" => "100644",
            "100755" => "100755",
            _ => return Err(self.missing().caused_by("it is not a regular file there")),
        };
        let bytes = client.blob(repository, &entry.sha).await?;
        Ok(Some(Base { onto, commit, mode, bytes }))
    }

    /// The error for a file that does not exist.
    pub(super) fn missing(&self) -> Error {
        let Self { repository, path, .. } = self;
        Error::failed(format!("`{repository}` has no file `{path}`"))
            .hint("correct `path` in fleet.yaml")
    }

    pub(super) fn branch(&self, slug: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let name: String = self.what.chars().map(plain).collect();
        let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
        format!("{BRANCHES}{slug}-{}", words.join("-"))
    }

    fn title(&self, wanted: &Publication<'_>) -> String {
        format!("Add {} to {}", wanted.slug, self.what)
    }

    /// Returns the one commit of its pull request: the changed file, on top of what was read.
    pub(super) fn commit(
        &self,
        wanted: &Publication<'_>,
        base: &Base,
        bytes: Vec<u8>,
    ) -> NewCommit {
        let content = Some(FileContent { mode: base.mode, bytes });
        NewCommit {
            base: base.commit.clone(),
            message: format!("{}\n\n{}\n", self.title(wanted), wanted.trailer()),
            changes: vec![FileChange { path: self.path.clone(), content }],
            keeps_modes: base.mode != "100644",
        }
    }

    /// Returns the file with the new member; `None` if it is listed already.
    pub(super) fn changed(
        &self,
        wanted: &Publication<'_>,
        before: &[u8],
    ) -> Result<Option<Vec<u8>>> {
        let failed = |why: String| {
            Error::failed(format!("`{}` cannot be changed", self.what))
                .in_file(format!("{}:{}", self.repository, self.path))
                .caused_by(why)
                .hint("add the member to it manually")
        };
        match &self.change {
            What::List(fleet, registration, member) => {
                let text = Text::decode(before).map_err(|why| failed(why.to_string()))?;
                let added = registrations::add(fleet, registration, &text, member);
                let added = added.map_err(failed)?;
                match added.left.into_iter().next() {
                    Some(left) => Err(failed(left.to_string())),
                    None if added.edits.is_empty() => Ok(None),
                    None => Ok(Some(added.text.to_bytes())),
                }
            }
            What::Manifest => {
                let file = std::path::Path::new(&self.path);
                let one = |errors: Vec<Error>| {
                    failed(errors.first().map(ToString::to_string).unwrap_or_default())
                };
                let there = Fleet::parse(file, before).map_err(one)?;
                if there.members.iter().any(|member| member.repository.same(&wanted.repository)) {
                    return Ok(None);
                }
                Ok(Some(enrol(file, before, &wanted.draft.member).map_err(one)?.bytes))
            }
        }
    }
}

pub(super) async fn offer(
    wanted: &Publication<'_>,
    offer: &Offer<'_>,
    client: &Client,
    operation: &Operation,
    told: Announce<'_>,
) -> Result<Offered> {
    let branch = offer.branch(&wanted.slug);
    let repository = &offer.repository;
    let look_up = async || Ok(offer.opened(wanted, client).await?);
    let act = async || propose(wanted, offer, &branch, client).await;
    let intent = serde_json::json!({ "repository": repository.to_string(), "branch": branch });
    let key = format!("{LIST}{}", offer.what);
    let settled = operation.effect(&key, &intent, Caution::Always, look_up, act).await?;
    let offered = match settled {
        Settled::Before(before) => {
            let now = before.clone().now(client).await?;
            // What became of it is what a list of unfinished runs says later.
            if now != before {
                operation.found(&key, &now).await?;
            }
            now
        }
        // An earlier run opened it, be it one of other answers.
        Settled::Found(offered) => {
            if let Some(outdated) = Outdated::of(wanted, offer, &offered, client).await? {
                outdated.renewed(wanted, offer, client, told).await?;
            }
            offered
        }
        Settled::Now(offered) => {
            told(&format!("{}: {}", offer.what, in_words(&offered)));
            return Ok(offered);
        }
    };
    if let Some(conflict) = Conflict::of(wanted, offer, &offered, client).await? {
        return conflict.resolved(wanted, offer, offered, client, told).await;
    }
    if !offered.is_closed() {
        return Ok(offered);
    }
    // Since it was closed, it may have been opened again, or the member brought in by hand.
    match offer.known(wanted, client).await? {
        Some(known) if known != offered => {
            operation.found(&key, &known).await?;
            Ok(known)
        }
        _ => Ok(offered),
    }
}

/// Whether a branch is named as those that announce new members are.
#[must_use]
pub fn is_announcing(branch: &str) -> bool {
    branch.starts_with(BRANCHES)
}

async fn propose(
    wanted: &Publication<'_>,
    offer: &Offer<'_>,
    branch: &str,
    client: &Client,
) -> Result<Offered> {
    let repository = &offer.repository;
    let base = offer.base(client).await?;
    let Some(bytes) = offer.changed(wanted, &base.bytes)? else { return Ok(Offered::There) };
    if let Some(obstacle) = Obstacle::of(wanted, offer, client).await? {
        return Err(obstacle.error(&offer.what, Error::failed));
    }
    let waits = wanted.image.is_some() && matches!(offer.change, What::List(..));
    let body = format!(
        "{}\n\n`{}` is a new member of the fleet: {}.\n{}",
        wanted.marker(),
        wanted.slug,
        client.address().page(&wanted.repository),
        // True of one that is ready, too: nobody rewrites it then.
        if waits {
            "It was opened as a draft, and is marked ready once the first image exists.\n"
        } else {
            ""
        },
    );
    let proposal = Proposal {
        branch: branch.to_owned(),
        onto: base.onto.clone(),
        commit: offer.commit(wanted, &base, bytes),
        title: offer.title(wanted),
        body,
        draft: waits,
        labels: Vec::new(),
    };
    let pull = client.propose(repository, &proposal).await?;
    Ok(Offered::of(repository, &pull))
}

/// Marks a draft pull request as ready.
pub(super) async fn make_ready(
    what: &str,
    offered: &mut Offered,
    client: &Client,
    operation: &Operation,
    told: Announce<'_>,
) -> Result<()> {
    let Offered::Open { repository, number, page, draft: draft @ true, .. } = offered else {
        return Ok(());
    };
    let name = RepositoryName::parse(repository, "").unwrap_or_default();
    let number = *number;
    let look_up = async || {
        let pull = client.pull(&name, number).await?;
        Ok((!pull.draft || pull.state == PullStatus::Closed).then_some(()))
    };
    let act = async || {
        let pull = client.pull(&name, number).await?;
        Ok(client.ready_pull(&name, &pull).await?)
    };
    let key = format!("{READY}{what}");
    let settled = operation.effect(&key, &number, Caution::Always, look_up, act).await?;
    *draft = false;
    if settled.is_new() {
        told(&format!("{what}: ready for review: {page}"));
    }
    Ok(())
}
