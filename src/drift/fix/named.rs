//! Removals of forbidden files that another one still names which stays after all.
//!
//! Whether something names a file is asked when it is judged, with all forbidden files as gone. Some of them stay here: they are
//! waived, git does not have their content, or their removal was refused.

use std::collections::{BTreeMap, BTreeSet};

use super::{Mending, Offer, refuse};
use crate::change::FileEdit;
use crate::checks::{Finding, StillNamed, path_rules};
use crate::snapshot::Snapshot;

/// Which files that are to go are still named in a tree; see [`still_named`](crate::checks::still_named).
pub type Naming<'a> =
    dyn for<'p> Fn(&Snapshot, &BTreeSet<&'p str>) -> BTreeMap<&'p str, StillNamed> + 'a;

impl<J> Mending<'_, J> {
    /// Returns the fixes without those that remove what is still named; these are refused.
    pub(super) fn unnamed(&mut self, offers: Vec<Offer>, naming: &Naming<'_>) -> Vec<Offer> {
        let is_offered = |finding: &Finding| {
            let fix = finding.fix.as_ref();
            fix.is_some_and(|fix| offers.iter().any(|offer| offer.fix.edits == fix.edits))
        };
        let mut forbidden =
            self.findings.iter().filter(|it| it.rule.id == path_rules::PATH_FORBIDDEN.id);
        if forbidden.all(is_offered) {
            return offers;
        }
        let going: BTreeSet<&str> = offers.iter().filter_map(removed).collect();
        let named = naming(&self.tree, &going);
        let why: Vec<Option<String>> = offers
            .iter()
            .map(|offer| {
                let StillNamed { by, line, named } = named.get(removed(offer)?)?;
                Some(format!("`{by}:{line}` stays, and still names `{named}`"))
            })
            .collect();
        let mut left = Vec::new();
        for (offer, why) in offers.into_iter().zip(why) {
            match why {
                Some(why) => {
                    let said = offer.refused(&why);
                    refuse(&mut self.mended, &mut self.refused, &offer, said);
                }
                None => left.push(offer),
            }
        }
        left
    }
}

/// The forbidden file that a fix removes.
fn removed(offer: &Offer) -> Option<&str> {
    match offer.fix.edits.as_slice() {
        [FileEdit::Delete { path }] if offer.rule == path_rules::PATH_FORBIDDEN.id => {
            Some(path.as_str())
        }
        _ => None,
    }
}
