//! Repositories on the forge that hold registrations: reading them at one commit, and proposing repairs.

use std::collections::BTreeMap;

use crate::cli::shared::forge::Session;
use crate::error::{Error, Result};
use crate::fleet::registration::Registration;
use crate::fleet::registrations::{Aim, Mended, mend};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::calls::git::TreeEntry;
use crate::forge::calls::pull_opening::{FileChange, FileContent, NewCommit, Proposal};
use crate::forge::calls::pulls::{PullRequest, PullState};
use crate::forge::{Client, ForgeError};
use crate::scaffold::publish::{Offered, OurPull, announced_by, is_announcing};
use crate::source::Text;

/// The prefix of repair branches, which is followed by the identity of the repair.
pub(super) const BRANCH: &str = "shipshape/registrations-";

/// A repository with registrations, at the head of its default branch.
pub(super) struct Holder {
    pub(super) name: RepositoryName,
    branch: String,
    commit: String,
    entries: BTreeMap<String, TreeEntry>,
    pub(super) mended: Mended,
}

/// The purpose of a repair, in words.
pub(super) struct Occasion<'a> {
    pub(super) title: &'a str,
    pub(super) why: &'a str,
    /// The marker in the pull request's text that identifies it, which people do not see.
    pub(super) marker: &'a str,
}

/// The repositories that hold a fleet's registrations, in the manifest's order.
pub(super) fn names(fleet: &Fleet) -> Vec<RepositoryName> {
    let mut names: Vec<RepositoryName> = Vec::new();
    for registration in &fleet.manifest.registrations {
        let name = registration.repository.as_deref();
        let name = name.and_then(|it| RepositoryName::parse(it, &fleet.manifest.forge.owner));
        if let Some(name) = name.filter(|name| !names.iter().any(|known| known.same(name))) {
            names.push(name);
        }
    }
    names
}

fn registrations_in<'f>(fleet: &'f Fleet, holder: &RepositoryName) -> Vec<&'f Registration> {
    let owner = &fleet.manifest.forge.owner;
    let is_here = |registration: &&Registration| {
        let name = registration.repository.as_deref();
        let name = name.and_then(|it| RepositoryName::parse(it, owner));
        name.is_some_and(|name| name.same(holder))
    };
    fleet.manifest.registrations.iter().filter(is_here).collect()
}

/// Reads one holder's lists, and computes their repairs.
pub(super) fn read(
    session: &Session,
    fleet: &Fleet,
    name: &RepositoryName,
    aim: Aim<'_>,
) -> Result<Holder> {
    let failed = |error: ForgeError| {
        Error::from(error).within(format!("cannot read the registrations in `{name}`"))
    };
    session.run(observe(session.client(), fleet, name, aim)).map_err(failed)
}

async fn observe(
    client: &Client,
    fleet: &Fleet,
    name: &RepositoryName,
    aim: Aim<'_>,
) -> std::result::Result<Holder, ForgeError> {
    let repository = client.repository(name).await?;
    // A renamed repository is written to under its new name.
    let name = if repository.name().name.is_empty() { name.clone() } else { repository.name() };
    let branch = repository.default_branch;
    let commit = client.branch_head(&name, &branch).await?.unwrap_or_default();
    let tree = client.commit(&name, &commit).await?.tree.sha;
    let registrations = registrations_in(fleet, &name);
    let mut entries = BTreeMap::new();
    let mut texts = BTreeMap::new();
    for registration in &registrations {
        let path = &registration.path;
        if texts.contains_key(path) {
            continue;
        }
        let text = match client.entry(&name, &tree, path).await? {
            None => Err("is not there".to_owned()),
            Some(entry) if entry.mode == "120000" => Err("is a symbolic link".to_owned()),
            Some(entry) if entry.kind != "blob" => Err("is not a file".to_owned()),
            Some(entry) => {
                let bytes = client.blob(&name, &entry.sha).await?;
                entries.insert(path.clone(), entry);
                Text::decode(&bytes).map_err(|error| error.to_string())
            }
        };
        texts.insert(path.clone(), text);
    }
    let mended = mend(fleet, &registrations, &texts, aim);
    Ok(Holder { name, branch, commit, entries, mended })
}

/// Proposes the repair as a pull request. One that proposes the same is left as it is, and one that a person closed
/// stays closed.
pub(super) fn propose(
    session: &Session,
    holder: &Holder,
    occasion: &Occasion<'_>,
) -> Result<Offered> {
    let proposal = proposal(holder, occasion);
    let (client, name) = (session.client(), &holder.name);
    let proposed = session.run(async {
        let ours = OurPull { branch: &proposal.branch, marker: occasion.marker };
        if let Some(declined) = Offered::declined(client, name, &ours).await? {
            return Ok(declined);
        }
        let pull = client.propose(name, &proposal).await?;
        Ok::<_, Error>(Offered::of(name, &pull))
    });
    proposed.map_err(|error| error.within(format!("cannot offer the repair to `{name}`")))
}

/// Open pull requests of earlier repairs, which this one replaces.
pub(super) fn superseded(session: &Session, holder: &Holder, number: u64) -> Vec<PullRequest> {
    let open = session.run(session.client().pulls(&holder.name, None, PullState::Open));
    let is_earlier =
        |pull: &PullRequest| pull.head.branch.starts_with(BRANCH) && pull.number != number;
    open.unwrap_or_default().into_iter().filter(is_earlier).collect()
}

/// Open pull requests of `new` for members of the fleet: the slug of each, and its page. Drafts that wait for an image
/// offer what a repair does.
pub(super) fn announcing(
    session: &Session,
    holder: &Holder,
    fleet: &Fleet,
) -> Vec<(String, String)> {
    let open = session.run(session.client().pulls(&holder.name, None, PullState::Open));
    let announced = |pull: PullRequest| {
        let name = announced_by(pull.body.as_deref()?).filter(|_| is_announcing(&pull.head.branch));
        let name = RepositoryName::parse(name?, &fleet.manifest.forge.owner)?;
        let member = fleet.members.iter().find(|member| member.repository.same(&name))?;
        Some((member.slug.clone(), pull.html_url.clone()))
    };
    open.unwrap_or_default().into_iter().filter_map(announced).collect()
}

/// The pull request that proposes a repair.
pub(super) fn proposal(holder: &Holder, occasion: &Occasion<'_>) -> Proposal {
    let change = |(path, (_, after)): (&String, &(Text, Text))| {
        let mode = match holder.entries.get(path).map(|entry| entry.mode.as_str()) {
            Some("100755") => "100755",
            _ => "100644",
        };
        let content = Some(FileContent { mode, bytes: after.to_bytes() });
        FileChange { path: path.clone(), content }
    };
    let changes: Vec<FileChange> = holder.mended.files.iter().map(change).collect();
    let mut body = format!("{}\n\nWhat is repaired:\n", occasion.why);
    for name in &holder.mended.names {
        body.push_str(&format!("- {}\n", markdown(name)));
    }
    if !holder.mended.left.is_empty() {
        body.push_str("\nWhat is left to a person:\n");
        for (name, why) in &holder.mended.left {
            body.push_str(&format!("- {}: {}\n", markdown(name), markdown(why)));
        }
    }
    body.push_str(&format!("\n{}\n", occasion.marker));
    Proposal {
        branch: format!("{BRANCH}{}", holder.mended.identity()),
        onto: holder.branch.clone(),
        commit: NewCommit {
            base: holder.commit.clone(),
            message: format!("{}\n\n{}\n", occasion.title, occasion.why),
            keeps_modes: changes
                .iter()
                .filter_map(|it| it.content.as_ref())
                .any(|it| it.mode != "100644"),
            changes,
        },
        title: occasion.title.to_owned(),
        body,
        draft: false,
        labels: Vec::new(),
    }
}

/// Untrusted text in a pull request, quoted so that it mentions nobody and links nowhere.
fn markdown(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control() && *c != '`').collect();
    format!("`{plain}`")
}
