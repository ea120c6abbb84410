//! The campaign to begin for what can be fixed without a review.

use super::campaigns;
use super::facts::{Campaign, Fleet, History, Mends, Unreadable};
use super::words::{ago, days};
use super::{Suggestion, Urgency, suggest};
use crate::counted::counted_as;

/// The built-in campaign for all fixes that need no review.
const REPAIRS: &str = "safe-repairs";

/// The campaign for all fixes that need no review, if a recent recorded run found some and the campaign does not exist.
pub(super) fn next(fleet: &Fleet, now: i64) -> Option<(Urgency, Suggestion)> {
    let History::Last { at, repositories, automatic: Some(automatic), .. } = fleet.history else {
        return None;
    };
    let is_begun = fleet.campaigns.iter().any(|campaign| campaign.name == REPAIRS);
    if days(now, at) > 0 || automatic == 0 || is_begun || fleet.local.is_some() {
        return None;
    }
    // Beside one that mends the same, it would offer much of that once more.
    let mending = mending(fleet, now);
    if mending.iter().any(|campaign| is_about_all(campaign)) {
        return None;
    }
    let beside = match mending.first() {
        Some(campaign) => format!("; `{}` mends some of them", campaign.file),
        None => String::new(),
    };
    let of = counted_as(repositories as usize, "repository", "repositories");
    let why = format!(
        "{automatic} of {of} had findings that can be fixed without a review {}: offers the fixes as pull requests{beside}",
        ago(now, at)
    );
    // Existing files are never overwritten, and unreadable ones have a suggestion of their own.
    let is_taken = |file: &str| {
        let is_unreadable = |it: &Unreadable| it.command.last().is_some_and(|word| word == file);
        fleet.campaigns.iter().any(|campaign| campaign.file == file)
            || fleet.unreadable.iter().any(is_unreadable)
    };
    let own = format!("{REPAIRS}.yaml");
    let suggestion = suggest("campaign init", why).with(REPAIRS);
    match (is_taken("campaign.yaml"), is_taken(&own)) {
        (false, _) => Some((Urgency::Look, suggestion)),
        (true, false) => Some((Urgency::Look, suggestion.with("--output").with(&own))),
        (true, true) => None,
    }
}

/// The campaigns here that mend what is found, and have something left to do.
fn mending(fleet: &Fleet, now: i64) -> Vec<&Campaign> {
    let mends = |it: &&Campaign| it.mends != Mends::Nothing && campaigns::next(it, now).is_some();
    fleet.campaigns.iter().filter(mends).collect()
}

/// Whether a campaign mends whatever it can in all members, and no run of it was limited to some.
fn is_about_all(campaign: &Campaign) -> bool {
    let is_limited = campaign.plan.as_ref().is_some_and(|plan| !plan.only.is_empty())
        || campaign.done.as_ref().is_some_and(|done| !done.only.is_empty());
    campaign.mends == Mends::Whatever && !is_limited
}

#[cfg(test)]
mod tests {
    use super::super::facts::Done;
    use super::*;

    #[test]
    fn beside_a_campaign_that_mends_what_was_found_no_other_is_begun() {
        let why = |mends: Mends, opened: &[&str], ended: &[&str], only: &[&str]| {
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let (opened, ended, only) = (names(opened), names(ended), names(only));
            let done = Some(Done { opened, ended, only, ..Done::default() });
            let [name, file] = ["restore-shape", "campaign.yaml"].map(str::to_owned);
            let campaigns = vec![Campaign { name, file, mends, done, ..Campaign::default() }];
            let automatic = Some(26);
            let history = History::Last { at: 0, repositories: 40, conformant: 14, automatic };
            let fleet = Fleet { history, campaigns, ..Fleet::default() };
            super::next(&fleet, 60).map(|(_, suggestion)| suggestion.why)
        };
        let open: &[&str] = &["acme/a"];
        assert_eq!(why(Mends::Whatever, open, &[], &[]), None);
        // It makes other changes, or it is through.
        let plainly = why(Mends::Nothing, open, &[], &[]).expect("a proposal");
        assert_eq!(why(Mends::Whatever, open, open, &[]).as_ref(), Some(&plainly));
        // It is about some of them.
        let beside = Some(format!("{plainly}; `campaign.yaml` mends some of them"));
        assert_eq!(why(Mends::Some, open, &[], &[]), beside);
        assert_eq!(why(Mends::Whatever, open, &[], &["a"]), beside);
    }
}
