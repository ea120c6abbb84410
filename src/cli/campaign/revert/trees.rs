//! What takes merged changes back, out of the trees before and after them.

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
use crate::forge::calls::offers::Offer;
use crate::forge::scan::{Place, Scan};
use crate::snapshot::Snapshot;

/// Texts are fetched in this many rounds at most; all are asked for in the first.
const ROUNDS: usize = 4;

/// What takes the merged change back, or why that cannot be; and the tree of today.
pub(super) type Inverse = (std::result::Result<ChangeSet, String>, Option<Snapshot>);

/// What takes the merged changes back in each repository.
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
            // An empty repository has no commit, and a commit without an id is none.
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
    let snapshots = session.run(scan.snapshots(&places, &|_| {}));
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

/// Credentials that the shapes of members document as examples. A shape that cannot be read documents none, so that what may
/// be a credential does not return.
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

/// What takes these commits back: the trees are that of today, then what was before and after each of them. `examples` are asked
/// for only where a credential would return: nothing else of a revert rests on the shape.
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
