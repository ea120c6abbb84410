//! Which repositories are notified, and in which wave. Pure.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize as _;
use sha2::Digest as _;

use super::dispatch::Dispatch;
use super::document::{Row, State};
use crate::campaign::file::Waves;
use crate::campaign::plan::waves::{self, Candidate, Counts};
use crate::digest::hexadecimal;
use crate::error::Error;
use crate::fleet::{Member, RepositoryName};
use crate::journal::EffectRecord;
use crate::release::ReleaseId;
use crate::source::requirements::normalize;

/// A repository to notify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The repository.
    pub repository: RepositoryName,
    /// The slugs of the members in it.
    pub members: Vec<String>,
    /// Its wave, starting at 1.
    pub wave: u32,
    /// The id of its dispatch.
    pub id: String,
    /// The id that earlier versions of this program gave it, where that differs: it came from the distribution's name as
    /// fleet.yaml spells it.
    pub(super) former_id: Option<String>,
    /// Distinguishes a dispatch from an earlier one of the same version; empty for the first.
    pub round: String,
    /// The dispatches of earlier versions that this machine has sent to the repository.
    pub(super) earlier: Vec<Dispatch>,
}

impl Item {
    /// Its initial row.
    #[must_use]
    pub fn row(&self) -> Row {
        Row {
            repository: self.repository.to_string(),
            members: self.members.clone(),
            wave: self.wave,
            state: State::Planned,
            ..Row::default()
        }
    }

    /// The same repository, to be notified once more under another id.
    pub(super) fn anew(&self, release: ReleaseId<'_>, round: &str) -> Self {
        let (id, round) = (id(release, &self.repository, round), round.to_owned());
        Self { id, former_id: None, round, ..self.clone() }
    }

    /// The version in the id of its dispatch.
    pub(super) fn version(&self) -> &str {
        self.id.rsplit_once('-').map_or("", |(version, _)| version)
    }

    /// Whether it is notified although it was before.
    pub(super) fn is_again(&self) -> bool {
        !self.round.is_empty()
    }

    /// The key of its effect in the journal.
    pub(super) fn key(&self) -> String {
        let first = self.first_key();
        match self.round.as_str() {
            "" => first,
            round => format!("{first} again {round}"),
        }
    }

    /// Whether a key belongs to this dispatch. Without a round, any dispatch to this repository matches.
    pub(super) fn is_of(&self, key: &str) -> bool {
        match self.round.is_empty() {
            true => self.is_to(key),
            false => key == self.key(),
        }
    }

    /// Whether a key belongs to any dispatch to this repository.
    pub(super) fn is_to(&self, key: &str) -> bool {
        recipient(key).is_some_and(|to| self.repository.is_called(to))
    }

    /// Whether the repository was notified of an earlier version after this dispatch: what came of it says nothing of the
    /// image any more.
    pub(super) fn went_back_since(&self, dispatch: &Dispatch) -> bool {
        self.earlier.iter().any(|earlier| earlier.is_after(dispatch))
    }

    fn first_key(&self) -> String {
        format!("{DISPATCH}{}", self.repository.key())
    }
}

/// How the key of a dispatch begins, before the name of its repository.
const DISPATCH: &str = "dispatch ";

/// The repository that the dispatch of a key went to; `None` if the key is not one of a dispatch.
#[must_use]
pub fn recipient(key: &str) -> Option<&str> {
    key.strip_prefix(DISPATCH)?.split(' ').next()
}

/// The repositories, in lower case, that were notified without any run starting, and whose images were not seen to contain the
/// version, as the effects of cascades of one version say.
#[must_use]
pub fn unheard(effects: &[EffectRecord]) -> BTreeSet<String> {
    let mut unheard = BTreeSet::new();
    for effect in effects {
        let sent = effect.state.outcome().and_then(|sent| Dispatch::deserialize(sent).ok());
        let Some((to, sent)) = recipient(&effect.key).zip(sent) else { continue };
        let to = to.to_ascii_lowercase();
        // Of several dispatches, the last one counts.
        match sent.unheard {
            true => unheard.insert(to),
            false => unheard.remove(&to),
        };
    }
    unheard
}

/// Which cascade members are grouped for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grouping<'a> {
    /// Its round.
    pub round: &'a str,
    /// Whether it is limited to some members: then those that go first need not be among them.
    pub is_narrowed: bool,
}

/// Groups members by repository, in the order in which they go. The `round` distinguishes a cascade from an earlier one of
/// the same version, and is empty for the first.
///
/// # Errors
/// When `waves` names a member which does not take part.
pub fn items(
    members: &[&Member],
    release: ReleaseId<'_>,
    waves: &Waves,
    grouping: Grouping<'_>,
) -> Result<Vec<Item>, Error> {
    let Grouping { round, is_narrowed } = grouping;
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut repositories: Vec<Vec<&Member>> = Vec::new();
    for member in members {
        let name = member.repository.to_string().to_lowercase();
        let place = *places.entry(name).or_insert(repositories.len());
        match repositories.get_mut(place) {
            Some(inside) => inside.push(member),
            None => repositories.push(vec![member]),
        }
    }
    let told: Vec<Candidate<'_>> =
        repositories.iter().map(|members| Candidate { members, counts: Counts::Yes }).collect();
    let order = waves::assign(waves, &told, is_narrowed)?;
    let item = |(index, wave): (usize, u32)| {
        let inside = repositories.get(index)?;
        let repository = inside.first()?.repository.clone();
        Some(Item {
            members: inside.iter().map(|member| member.slug.clone()).collect(),
            id: id(release, &repository, round),
            former_id: former_id(release, &repository, round),
            repository,
            wave,
            round: round.to_owned(),
            earlier: Vec::new(),
        })
    };
    Ok(order.into_iter().filter_map(item).collect())
}

/// An id that is the same whichever run notifies the repository, and that no other dispatch has.
fn id(release: ReleaseId<'_>, repository: &RepositoryName, round: &str) -> String {
    // However fleet.yaml spells the distribution, it is the same one.
    let distribution = normalize(release.distribution);
    id_as_spelled(ReleaseId { distribution: &distribution, ..release }, repository, round)
}

/// The id that earlier versions of this program gave; `None` if it is the same.
fn former_id(release: ReleaseId<'_>, repository: &RepositoryName, round: &str) -> Option<String> {
    let former = id_as_spelled(release, repository, round);
    (former != id(release, repository, round)).then_some(former)
}

fn id_as_spelled(release: ReleaseId<'_>, repository: &RepositoryName, round: &str) -> String {
    let ReleaseId { distribution, version } = release;
    let of = format!("{distribution}\0{version}\0{repository}\0{round}").to_lowercase();
    let digest = hexadecimal(&sha2::Sha256::digest(of));
    format!("{version}-{}", digest.get(..16).unwrap_or(&digest))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use pep440_rs::Version;

    use super::*;
    use crate::campaign::file::Size;
    use crate::journal::EffectState;

    #[test]
    fn who_was_notified_without_a_run_is_unheard_until_a_run_starts() {
        let effect = |key: &str, unheard: bool| {
            let sent =
                serde_json::json!({ "id": "0.1.6-0", "after": 5, "run": null, "unheard": unheard });
            let (key, state) = (key.to_owned(), EffectState::Done(sent));
            let intent = serde_json::Value::Null;
            EffectRecord { key, intent, state, tries: 1, failed_before: None }
        };
        let [a, again] = ["dispatch Acme/a", "dispatch acme/a again 1f"];
        let b = effect("dispatch acme/b", false);
        let names = |effects: &[EffectRecord]| unheard(effects).into_iter().collect::<Vec<_>>();
        assert_eq!(names(&[effect(a, true), b.clone()]), ["acme/a"]);
        assert_eq!(names(&[effect(a, true), effect(again, false), b]), [""; 0]);
    }

    fn member(slug: &str, repository: &str) -> Member {
        let repository = RepositoryName::new("acme", repository);
        Member { slug: slug.to_owned(), repository, ..Member::default() }
    }

    #[test]
    fn a_repository_is_told_once_with_all_its_members() {
        let members = [member("a", "mono"), member("b", "Mono"), member("c", "c")];
        let members: Vec<&Member> = members.iter().collect();
        let version = Version::from_str("0.1.6").expect("a version");
        let release = ReleaseId { distribution: "acme-runtime", version: &version };
        let waves = Waves { sizes: vec![Size::Count(1)], ..Waves::default() };
        let made = items(&members, release, &waves, Grouping::default()).expect("items");
        let seen: Vec<(u32, String)> =
            made.iter().map(|item| (item.wave, item.members.join("+"))).collect();
        assert_eq!(seen, [(1, "a+b".to_owned()), (2, "c".to_owned())]);
        let again = items(&members, release, &waves, Grouping::default()).expect("items");
        assert_eq!(made, again);
        let other = items(&members, release, &waves, Grouping { round: "x", is_narrowed: false })
            .expect("items");
        assert_ne!(made[0].id, other[0].id);
        assert_ne!(made[0].id, made[1].id);
        assert!(made[0].id.starts_with("0.1.6-"), "{}", made[0].id);
        // Who asks for the first asks for the last that there was.
        assert!(made[1].is_of(&made[1].key()) && made[1].is_of(&other[1].key()));
        assert!(other[1].is_of(&other[1].key()) && !other[1].is_of(&made[1].key()));
        assert!(!made[1].is_of("dispatch acme/cc") && !made[1].is_of(&made[0].key()));
        // Told by themselves, the others have nobody that is to go before them.
        let first = Waves { first: vec!["c".to_owned()], ..waves };
        assert!(items(&members[..1], release, &first, Grouping::default()).is_err());
        assert_eq!(
            items(&members[..1], release, &first, Grouping { round: "", is_narrowed: true })
                .map(|it| it.len()),
            Ok(1)
        );
    }
}
