//! What a cascade would do: which members are through, which were already notified, and which would be. Changes
//! nothing.

use pep440_rs::Version;

use super::aim::{Aim, Contains};
use super::before::{Before, before};
use super::document::{Row, State};
use super::follow::run_seen;
use super::image::Images;
use super::items::Item;
use super::seen::{Seen, look};
use super::since::Since;
use super::wave::note_images;
use crate::journal::EffectRecord;

/// Why a member would be notified whose image contains the version already.
const BUILDING: &str = "a run is under way there that may bring another version";

/// The same where the title of the run says the version.
fn brings(version: &Version) -> String {
    format!("a run is under way there that brings {version}")
}

/// The input of a preview.
pub struct Foresight<'a> {
    /// The repositories that would be notified, in order.
    pub items: &'a [Item],
    /// Which members are left alone.
    pub aim: Aim,
    /// How their images are read.
    pub images: &'a Images<'a>,
    /// The file name of the workflow that receives the event.
    pub workflow: &'a str,
    /// The journal's effects of earlier runs.
    pub effects: &'a [EffectRecord],
}

impl std::fmt::Debug for Foresight<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Foresight").field("aim", &self.aim).finish_non_exhaustive()
    }
}

/// Returns the state of each repository, and what would be done about it.
pub async fn foresee(foresight: &Foresight<'_>) -> Vec<Row> {
    let Foresight { items, aim, images, .. } = *foresight;
    let mut rows: Vec<Row> = items.iter().map(Item::row).collect();
    let mut contains = vec![Contains::Unread; items.len()];
    if aim.looks_into_images() {
        let held = images.of_each(items.iter().collect()).await;
        for ((row, held), contains) in rows.iter_mut().zip(&held).zip(&mut contains) {
            note_images(row, held);
            *contains = aim.contains(images.wanted, held);
        }
    }
    let all = rows.iter_mut().zip(items).zip(contains);
    let (through, open): (Vec<_>, Vec<_>) =
        all.partition(|(_, contains)| aim.is_through(*contains));
    for ((row, _), _) in through {
        row.state = State::Current;
    }
    let names = open.iter().map(|((_, item), _)| item.repository.clone()).collect();
    let seen = look(images.client, names).await;
    for (((row, item), contains), seen) in open.into_iter().zip(seen) {
        let (seen, unseen) = match seen {
            Ok(seen) => (seen, None),
            Err(unseen) => (Seen::default(), Some(unseen)),
        };
        row.brings = seen.brings();
        row.new_since = seen.new_since(images.wanted.version);
        let Some(goes_back) = aim.fate(contains, Some(&seen)).of_row(row) else { continue };
        let never = unseen.as_ref().filter(|unseen| unseen.lasts).map(|unseen| &unseen.why);
        if let Some(why) = seen.deaf.as_ref().or(never) {
            row.state = State::Failed;
            row.reason = Some(why.clone());
            row.cannot_be_told = true;
            continue;
        }
        row.remark = unseen.map(|unseen| format!("its runs cannot be seen: {}", unseen.why));
        foresight.of_notified(row, item, &seen, goes_back);
        if row.state == State::Planned && contains == Contains::It {
            let other = row.brings.iter().rfind(|it| *it != images.wanted.version);
            row.remark = Some(other.map_or_else(|| BUILDING.to_owned(), brings));
        }
    }
    rows
}

impl Foresight<'_> {
    /// Fills in the row of a repository that would be notified.
    fn of_notified(&self, row: &mut Row, item: &Item, seen: &Seen, goes_back: bool) {
        let version = self.images.wanted.version;
        let since = Since::of(seen, item, version, self.aim);
        let is_taken_forward = since.as_ref().is_some_and(|since| since.goes_forward);
        let held = since.filter(|since| !since.goes_forward);
        if let Some(held) = held.as_ref().filter(|_| item.is_again()) {
            row.state = State::Failed;
            row.reason = Some(held.words.clone());
            row.earlier_since = Some(held.earlier.clone());
            return;
        }
        let goes_back = goes_back || is_taken_forward;
        let remark = match before(item, self.effects, seen, self.workflow, goes_back) {
            Before::Notified(known) => {
                let run = seen.caused(&known.dispatch, self.workflow);
                row.state = State::Dispatched;
                row.id = Some(known.dispatch.id.clone());
                row.run = run.map(run_seen);
                if let Some(held) = held {
                    row.earlier_since = Some(held.earlier);
                    row.remark = Some(held.words);
                    return;
                }
                match run {
                    Some(run) if run.is_over() => {
                        "the version was dispatched already, and the run is over"
                    }
                    Some(_) => "the version was dispatched already, and the run is under way",
                    None => "the version was dispatched already, and the run has not appeared yet",
                }
            }
            Before::Spent(known) if seen.caused(&known.dispatch, self.workflow).is_none() => {
                "the version was dispatched before, and no run appeared: it would be dispatched again"
            }
            Before::Spent(_) => {
                "the version was dispatched before, and that run is over: it would be dispatched again"
            }
            Before::Tried { cut_off: true, .. } => {
                "an earlier run was cut off while it notified this member: whether it did is checked first"
            }
            Before::Tried { .. } | Before::Unnotified => return,
        };
        row.remark.get_or_insert_with(|| remark.to_owned());
    }
}
