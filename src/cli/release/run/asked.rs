//! The row of consumers in the chain, for a run that asks them and for `release consumers`, which asks them again. Pure.

use crate::cli::counted;
use crate::release::Stage;
use crate::release::chain::{Record, Row, State};
use crate::release::consumers::{Row as Consumer, State as ConsumerState};

/// The command that lifts a freeze.
pub(super) const THAW: &str = "shipshape release thaw";

/// The stage of consumers, beside what else is recorded of the release. `again` is the command that continues its run.
pub(in crate::cli::release) fn of_consumers(
    consumers: &[Consumer],
    record: &Record,
    again: &str,
) -> Row {
    let count = |wanted: ConsumerState| consumers.iter().filter(|row| row.state == wanted).count();
    let (current, behind) = (count(ConsumerState::Current), count(ConsumerState::Behind));
    let unchecked = count(ConsumerState::Unchecked);
    let mut what = format!("{current} of {} run it", counted(consumers.len(), "consumer"));
    if behind > 0 {
        what.push_str(&format!(", {behind} behind"));
    }
    if unchecked > 0 {
        what.push_str(&format!(", {unchecked} unchecked"));
    }
    let state = match (unchecked, behind) {
        (0, 0) => State::Done,
        (0, _) => State::Waiting,
        _ => State::Unchecked,
    };
    // A freeze that stopped this release may be there because of what the registry has.
    let thaws = |row: &Row| row.next.as_ref().is_some_and(|next| next.starts_with(THAW));
    let is_frozen =
        [Stage::Cascade, Stage::Images].into_iter().filter_map(|it| record.row(it)).any(thaws);
    let next = match state {
        State::Waiting if is_frozen => None,
        State::Waiting => Some("shipshape images refresh".to_owned()),
        // Commands are run only on request, so the same question would get the same answer.
        State::Unchecked if consumers.iter().any(Consumer::needs_trust) => {
            Some(format!("{again} --trust"))
        }
        State::Unchecked => Some("shipshape release consumers".to_owned()),
        _ => None,
    };
    Row { next, ..Row::new(Stage::Consumers, state, what) }
}

/// Whether an answer of consumers takes the place of the one that is recorded: a run has asked them, and not more of them
/// are unchecked than then, such as those whose commands were not run this time.
pub(in crate::cli::release) fn is_newer_answer(record: &Record, consumers: &[Consumer]) -> bool {
    let is_unchecked = |row: &&Consumer| row.state == ConsumerState::Unchecked;
    let unchecked = |rows: &[Consumer]| rows.iter().filter(is_unchecked).count();
    let was_asked = record.row(Stage::Consumers).is_some_and(|row| row.state != State::Skipped);
    was_asked && unchecked(consumers) <= unchecked(&record.consumers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consumer(state: ConsumerState) -> Consumer {
        let json = serde_json::json!({ "name": "a", "runtime": "a", "place": "pins.json", "state": state });
        serde_json::from_value(json).expect("a consumer")
    }

    #[test]
    fn what_was_seen_later_counts_unless_less_was_seen() {
        use ConsumerState::{Behind, Current, Unchecked};

        let mut record = Record::default();
        assert!(!is_newer_answer(&record, &[consumer(Current)]), "no run has asked them");
        record.consumers = vec![consumer(Behind), consumer(Current)];
        record.set(of_consumers(&record.consumers, &record, "again"));
        assert!(is_newer_answer(&record, &[consumer(Current), consumer(Current)]));
        assert!(!is_newer_answer(&record, &[consumer(Current), consumer(Unchecked)]));
    }

    #[test]
    fn while_a_freeze_stops_the_release_nobody_is_sent_to_pull_it() {
        let mut record = Record::default();
        let behind = [consumer(ConsumerState::Behind)];
        let next = |record: &Record| of_consumers(&behind, record, "again").next;
        assert_eq!(next(&record).as_deref(), Some("shipshape images refresh"));
        let failed = Row::new(Stage::Images, State::Failed, "0 of 1");
        record.set(Row { next: Some(THAW.to_owned()), ..failed });
        assert_eq!(next(&record), None);
    }
}
