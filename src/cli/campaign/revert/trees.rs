//! Computes reverts from the trees before and after merged changes.

use super::{Back, MergedCommit, Repository};
use crate::campaign::inverse;
use crate::change::ChangeSet;
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::{observing, targets};
use crate::drift::survey::Target;
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, Member};
use crate::forge::ForgeError;
use crate::forge::calls::branch_pulls::Offer;
use crate::forge::scan::{Place, Scan};
use crate::snapshot::Snapshot;

/// The most rounds in which missing blobs are fetched; the first one requests all of them.
const ROUNDS: usize = 4;

/// The changes that revert what was merged, or why that is impossible; and today's tree.
pub(super) type Inverse = (std::result::Result<ChangeSet, String>, Option<Snapshot>);

/// The revert of the merged changes in each repository.
pub(super) fn trees(
    session: &Session,
    merged: &[(Repository<'_>, Offer)],
    backs: &[Back],
    examples: &dyn Fn(&[&Member]) -> Vec<String>,
) -> Vec<Inverse> {
    let mut scan = Scan::new(session.client(), []);
    let (mut places, mut counts) = (Vec::new(), Vec::new());
    for ((_, offer), back) in merged.iter().zip(backs) {
        let known = places.len();
        if let Ok(commits) = &back.commits {
            // An empty repository has no head; no commit has the all-zero id.
            let now = offer.head.clone().unwrap_or_else(|| "0".repeat(40));
            let pairs = commits.iter().flat_map(|commit| [&commit.before, &commit.after]);
            let place = |commit: &String| Place {
                name: offer.name.clone(),
                reference: Some(commit.clone()),
            };
            places.push(place(&now));
            places.extend(pairs.map(place));
        }
        counts.push(places.len() - known);
    }
    let snapshots = session.run(scan.snapshots_of_commits(&places));
    let mut made = Vec::new();
    for _ in 0..ROUNDS {
        let mut rest = snapshots.as_slice();
        made.clear();
        for (((merged, _), back), count) in merged.iter().zip(backs).zip(&counts) {
            let (own, others) = rest.split_at_checked(*count).unwrap_or((rest, &[]));
            rest = others;
            made.push(match &back.commits {
                Ok(commits) => taken_back(own, commits, &|| examples(&merged.members)),
                Err(why) => (Err(why.clone()), None),
            });
        }
        if session.run(scan.fetch_wanted()).is_empty() {
            break;
        }
    }
    made
}

/// The credentials that the shapes of members document as examples. A shape that cannot be read documents none, so that
/// no possible credential returns.
pub(super) fn examples(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    members: &[&Member],
) -> Vec<String> {
    let owner = &fleet.manifest.forge.owner;
    let remote = |shape: &ShapeRepository| observing::remote_pack(session, owner, shape);
    let named = targets::Named::default();
    let targets = targets::of_members(context, fleet, members, &named, &remote);
    let examples = |target: Target| target.shape.manifest.demands.secrets.examples.clone();
    targets.unwrap_or_default().into_iter().flat_map(examples).collect()
}

/// The revert of these commits. `trees` are today's tree, followed by those before and after each commit. `examples` is
/// called only if a credential would return: nothing else in a revert depends on the shape.
fn taken_back(
    trees: &[std::result::Result<Snapshot, ForgeError>],
    commits: &[MergedCommit],
    examples: &dyn Fn() -> Vec<String>,
) -> Inverse {
    let read: std::result::Result<Vec<&Snapshot>, &ForgeError> =
        trees.iter().map(std::result::Result::as_ref).collect();
    let read = match read {
        Ok(read) => read,
        Err(error) => return (Err(error.to_string()), None),
    };
    let Some((now, pairs)) = read.split_first() else {
        return (Err("it has no commit".to_owned()), None);
    };
    let merged: Vec<inverse::Merged<'_>> = pairs
        .chunks_exact(2)
        .zip(commits)
        .filter_map(|(pair, commit)| match pair {
            [before, after] => Some(inverse::Merged { before, after, pull: commit.pull }),
            _ => None,
        })
        .collect();
    let changes = inverse::inverse(&merged, now).and_then(|changes| {
        let returned = |examples: &[String]| inverse::returned_credential(&changes, now, examples);
        match returned(&[]).and_then(|_| returned(&examples())) {
            None => Ok(changes),
            Some((path, kind)) => Err(format!(
                "`{path}` would hold a credential again ({kind}): revert it by hand, without the credential"
            )),
        }
    });
    (changes, Some((*now).clone()))
}
