//! What a campaign requires before it starts: that another campaign is through, or a version on the package index.

use std::path::Path;

use crate::campaign::file::{Campaign, Requirement};
use crate::campaign::identity::branch;
use crate::campaign::plan::{Item, Plan};
use crate::campaign::state_of_open_pull::is_open_within_reach;
use crate::cli::shared::campaigns_by_name::{Near, continued, names_here};
use crate::cli::shared::fold::some;
use crate::cli::shared::forge::Session;
use crate::cli::shared::index::{self, IndexOptions};
use crate::cli::shared::next::{at_same_place, quoted};
use crate::cli::{Context, counted};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::ForgeError;
use crate::forge::calls::branch_pulls::{Offer, OfferQuery};
use crate::index::Availability;
use crate::package::version;
use crate::source::typed::nearest;

/// Checks what the campaign requires. The plan is kept in this file, if it is, and the journal is in the one that is named.
pub(super) fn check(
    (context, fleet): (&Context, &Fleet),
    session: &Session,
    plan: &Plan,
    (kept, state): (Option<&Path>, Option<&Path>),
) -> Result<()> {
    let files: Vec<&Path> = kept.into_iter().chain([Path::new(&plan.file)]).collect();
    let near = Near { files: &files, state };
    for requirement in &plan.terms.requires {
        match requirement {
            Requirement::Campaign(name) => {
                no_open_pull((context, fleet), session, (plan, near), name)?;
            }
            Requirement::Runtime(wanted) => published(context, fleet, wanted)?,
        }
    }
    Ok(())
}

fn no_open_pull(
    (context, fleet): (&Context, &Fleet),
    session: &Session,
    (plan, near): (&Plan, Near<'_>),
    name: &str,
) -> Result<()> {
    let offers = offers(session, name, plan.items.iter().map(Item::name));
    let (mut open, mut unread) = (Vec::new(), Vec::new());
    for (item, offer) in plan.items.iter().zip(&offers) {
        match offer {
            // One that is out of reach can be neither merged nor closed, so nothing waits for it.
            Ok(offer) if is_open_within_reach(offer) => {
                open.push(item.repository.clone());
            }
            Ok(_) => {}
            // The plan has no change for this repository, so it does not matter.
            Err(_) if item.change.is_none() => {}
            Err(_) => unread.push(item.repository.clone()),
        }
    }
    let waits = if open.is_empty() { &unread } else { &open };
    if waits.is_empty() {
        let is_known = offers.iter().flatten().any(is_of_it);
        let unknown = || Unknown::of((context, fleet), session, near, name);
        // Where some could not be read, it may be there: that is no reason to hold anything.
        let Some(unknown) = (!is_known).then(unknown).flatten().filter(|it| it.unread == 0) else {
            return Ok(());
        };
        let error = Error::failed(format!("it waits for {}", unknown.in_words()));
        let error = match &unknown.meant {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None => error,
        };
        return Err(error.hint(CORRECT));
    }
    let status = match continued(context, fleet, session.client().address(), name) {
        Some(campaign) => format!("shipshape campaign status {}", quoted(&campaign.file)),
        None => "shipshape campaign status FILE".to_owned(),
    };
    let status = at_same_place(context, &status);
    let (is, hint) = match open.is_empty() {
        true => ("cannot be checked", format!("`{status}` shows why")),
        false => (
            "is open",
            format!("merge or close its pull requests first: `{status}` lists all of them"),
        ),
    };
    let places = counted(waits.len(), "repository");
    let what =
        format!("it waits for the campaign `{name}`, which {is} in {places}: {}", some(waits));
    Err(Error::failed(what).hint(hint))
}

fn published(context: &Context, fleet: &Fleet, wanted: &str) -> Result<()> {
    let package = fleet.manifest.runtime_package.as_ref().ok_or_else(|| {
        Error::usage(
            "the campaign requires a version of the runtime, but the fleet has no runtime package",
        )
        .in_file(&fleet.file)
        .hint("describe it under `runtime_package`")
    })?;
    let version = version::read(wanted)?;
    let address = context.environment.get("SHIPSHAPE_INDEX_URL").map(str::to_owned);
    let options = IndexOptions { index_url: address, index_cache: None };
    let index = index::of_fleet(context, &options, package)?;
    let project = index.project(&package.distribution)?;
    match project.availability(&version) {
        Availability::Offered(_) => Ok(()),
        Availability::Withdrawn(_) | Availability::Missing => Err(Error::failed(format!(
            "it waits for {} {version}, which is not on the package index",
            package.distribution
        ))
        .hint("publish it first; the index may take a few minutes to show it")),
    }
}

/// What the branch of a campaign is in these repositories, and the pull requests from it.
fn offers(
    session: &Session,
    campaign: &str,
    repositories: impl Iterator<Item = RepositoryName>,
) -> Vec<Result<Offer, ForgeError>> {
    let query = |repository| OfferQuery { repository, branch: branch(campaign) };
    let queries: Vec<OfferQuery> = repositories.map(query).collect();
    session.run(session.client().offers(&queries))
}

/// How to go on where a campaign is required of which nothing is known.
const CORRECT: &str = "correct its name under `requires`, or take it out there, and plan again; if it has found nothing to do, run this in the \
                       folder of its file";

/// Whether a campaign shows in a repository: it has a branch or a pull request there.
fn is_of_it(offer: &Offer) -> bool {
    offer.branch.is_some() || !offer.pulls.is_empty()
}

/// A campaign that is required, and of which nothing is known: its name may be misspelt, and then nothing would ever be waited
/// for.
struct Unknown<'n> {
    name: &'n str,
    /// The campaign that may be meant.
    meant: Option<String>,
    /// How many members could not be read: it may be in one of them.
    unread: usize,
}

impl<'n> Unknown<'n> {
    /// The campaign of this name, if no file, plan or journal here or near is of it, and no member that can be read shows a pull
    /// request or a branch of it: one that was never begun on this machine may have been merged long ago, and by now only in
    /// members that are retired.
    fn of(
        (context, fleet): (&Context, &Fleet),
        session: &Session,
        near: Near<'_>,
        name: &'n str,
    ) -> Option<Self> {
        let here = names_here(context, fleet, session.client().address(), near);
        if here.contains(name) {
            return None;
        }
        let members = Fleet::by_repository(&fleet.members).into_iter();
        let offers = offers(session, name, members.map(|(repository, _)| repository.clone()));
        let mut unread = 0;
        for offer in &offers {
            match offer {
                Ok(offer) if is_of_it(offer) => return None,
                Ok(_) => {}
                // Nobody can be told then what is there.
                Err(error) if error.is_of_the_run() => return None,
                Err(_) => unread += 1,
            }
        }
        let meant = nearest(name, here.iter().map(String::as_str)).map(str::to_owned);
        Some(Self { name, meant, unread })
    }

    fn in_words(&self) -> String {
        let members = match self.unread {
            0 => "no member has a pull request of it".to_owned(),
            unread => format!(
                "no member that could be read has a pull request of it ({unread} could not be)"
            ),
        };
        format!(
            "the campaign `{}`, of which nothing is known: no file, plan or journal here is of it, and {members}",
            self.name
        )
    }
}

/// What is said in a plan of required campaigns of which nothing is known.
pub(super) fn remarks(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    Campaign { file, says, .. }: &Campaign,
) -> Vec<String> {
    let named = says.requires.iter().filter_map(|requirement| match requirement {
        Requirement::Campaign(name) => Some(name),
        Requirement::Runtime(_) => None,
    });
    let remark = |name: &String| {
        let near = Near { files: &[file], state: None };
        let unknown = Unknown::of((context, fleet), session, near, name)?;
        let meant = match &unknown.meant {
            Some(meant) => format!("did you mean `{meant}`? "),
            None => String::new(),
        };
        let then = match unknown.unread {
            0 => "`apply` opens nothing before that is corrected",
            _ => "it is not waited for if its name is wrong",
        };
        Some(format!("`requires` names {}; {meant}{then}", unknown.in_words()))
    };
    named.filter_map(remark).collect()
}
