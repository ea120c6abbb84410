//! One wave: leaves out the members whose images are through, notifies the others, and follows the runs of these.

use super::Job;
use super::aim::Contains;
use super::before::heard;
use super::dispatch::Dispatch;
use super::document::{Row, State};
use super::follow::{self, Ended, Pace};
use super::image::{Fault, Held, Images, Wanted};
use super::items::Item;
use super::refusal::Refusal;
use super::seen::{RUNS, Seen, look};
use super::send::{self, Sent, Unsent};
use super::since::Since;
use crate::counted::counted;
use crate::error::Result;

/// After so many members in a row without an answer of the forge, the others are not tried.
const UNANSWERED: usize = 2;

/// Why a member was not tried.
const NO_ANSWER: &str = "the forge did not answer for the members before";

/// The rows of a cascade, one for each of its items, in the same order.
pub(super) struct Rows<'a> {
    pub(super) rows: Vec<Row>,
    /// Called with all rows whenever one of them changed.
    pub(super) noted: &'a dyn Fn(&[Row]),
}

impl Rows<'_> {
    /// Changes the row at this place.
    fn change(&mut self, place: usize, change: impl FnOnce(&mut Row)) {
        if let Some(row) = self.rows.get_mut(place) {
            change(row);
        }
    }

    pub(super) fn set(&mut self, place: usize, state: State, reason: Option<String>) {
        self.change(place, |row| {
            row.state = state;
            row.reason = reason;
        });
    }

    /// Passes on what the rows are now.
    fn note(&self) {
        (self.noted)(&self.rows);
    }
}

/// A member whose images do not show that it is through.
struct Behind<'a> {
    place: usize,
    item: &'a Item,
    contains: Contains,
}

/// A member that was notified, by this run or an earlier one.
pub(super) struct Notified<'a> {
    pub(super) place: usize,
    pub(super) item: &'a Item,
    pub(super) dispatch: Dispatch,
    /// Whether this run notified it.
    is_new: bool,
}

/// Brings the items at these places as far as they come.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) async fn run(
    job: &Job<'_>,
    images: &Images<'_>,
    rows: &mut Rows<'_>,
    places: &[usize],
) -> Result<()> {
    let behind = leave_out(job, images, rows, places).await;
    let notified = notify_all(job, rows, behind).await?;
    let Some(pace) = job.follow else { return Ok(()) };
    let open = leave_contained(job, images, rows, notified).await?;
    conclude_all(job, images, rows, open, pace).await
}

/// Concludes on the members that an earlier run notified and whose images contain the version by now, whatever their
/// runs say. A member that goes back is followed in any case: a run that is under way may bring the later version.
async fn leave_contained<'a>(
    job: &Job<'_>,
    images: &Images<'_>,
    rows: &mut Rows<'_>,
    notified: Vec<Notified<'a>>,
) -> Result<Vec<Notified<'a>>> {
    if job.aim.goes_back {
        return Ok(notified);
    }
    let (mut open, earlier): (Vec<_>, Vec<_>) = notified.into_iter().partition(|it| it.is_new);
    let held = images.of_each(earlier.iter().map(|it| it.item).collect()).await;
    for (notified, held) in earlier.into_iter().zip(held) {
        if images.wanted.verdict(&held).is_err() {
            open.push(notified);
            continue;
        }
        let state = State::Contained;
        (job.say)(&format!("{}: {}", notified.item.repository, state.as_str()));
        if notified.dispatch.unheard {
            heard(job, notified.item, &notified.dispatch, true).await?;
        }
        rows.set(notified.place, state, None);
        rows.change(notified.place, |row| {
            note_images(row, &held);
            is_there(row);
        });
        rows.note();
    }
    open.sort_by_key(|notified| notified.place);
    Ok(open)
}

/// Leaves out the members whose images alone show that they are through, if images are read first.
async fn leave_out<'a>(
    job: &Job<'a>,
    images: &Images<'_>,
    rows: &mut Rows<'_>,
    places: &[usize],
) -> Vec<Behind<'a>> {
    let all: Vec<(usize, &'a Item)> =
        places.iter().filter_map(|place| Some((*place, job.items.get(*place)?))).collect();
    if !job.aim.looks_into_images() {
        let behind = |(place, item)| Behind { place, item, contains: Contains::Unread };
        return all.into_iter().map(behind).collect();
    }
    let held = images.of_each(all.iter().map(|(_, item)| *item).collect()).await;
    let mut behind = Vec::new();
    for ((place, item), held) in all.into_iter().zip(held) {
        let contains = job.aim.contains(images.wanted, &held);
        rows.change(place, |row| {
            note_images(row, &held);
            row.images_before.clone_from(&row.images);
        });
        match job.aim.is_through(contains) {
            true => rows.set(place, State::Current, None),
            false => behind.push(Behind { place, item, contains }),
        }
    }
    behind
}

/// Notifies members one after another.
async fn notify_all<'a>(
    job: &Job<'_>,
    rows: &mut Rows<'_>,
    behind: Vec<Behind<'a>>,
) -> Result<Vec<Notified<'a>>> {
    let names = behind.iter().map(|behind| behind.item.repository.clone()).collect();
    let seen = look(job.client, names).await;
    let mut notified = Vec::new();
    // How many members in a row the forge gave no answer for: each costs half a minute of retries.
    let mut unanswered = 0;
    let mut limit: Option<String> = None;
    for (Behind { place, item, contains }, seen) in behind.into_iter().zip(seen) {
        let repository = &item.repository;
        let Some(row) = rows.rows.get_mut(place) else { continue };
        let fate = job.aim.fate(contains, seen.as_ref().ok());
        let Some(goes_back) = fate.of_row(row) else { continue };
        if let Some(why) = not_asked(unanswered, limit.as_deref()) {
            rows.set(place, State::Held, Some(format!("not asked: {why}")));
            continue;
        }
        let renamed = seen.as_ref().ok().and_then(|seen| seen.renamed.clone());
        let version = job.release.version;
        let since = seen.as_ref().ok().and_then(|seen| Since::of(seen, item, version, job.aim));
        // What its image contains then shows nothing, or is not looked at.
        let is_unproven = job.follow.is_none() || seen.as_ref().is_ok_and(Seen::is_building);
        let held = since.as_ref().filter(|since| !since.goes_forward);
        let is_taken_forward = since.is_some() && held.is_none();
        let sent = match held {
            Some(held) if item.is_again() => Err(Unsent::from(Refusal::passing(&held.words))),
            _ => notify(job, item, seen, goes_back || is_taken_forward).await,
        };
        let sent = match (sent, held) {
            (Ok(Sent::Before(_)), Some(held)) if is_unproven => {
                Err(Unsent::from(Refusal::passing(&held.words)))
            }
            (sent, _) => sent,
        };
        match sent {
            Ok(sent) => {
                unanswered = 0;
                let (is_new, dispatch) = match sent {
                    Sent::Now(dispatch) => (true, dispatch),
                    Sent::Before(dispatch) => (false, dispatch),
                };
                (job.say)(&match is_new {
                    true => format!("notified {repository}"),
                    false => format!("{repository} was notified already"),
                });
                rows.set(place, State::Dispatched, None);
                let is_unread = is_new && goes_back && contains == Contains::Unread;
                rows.change(place, |row| {
                    row.id = Some(dispatch.id.clone());
                    row.is_told_now = is_new;
                    let since = since.filter(|_| !is_new);
                    let (words, earlier) = since.map(|it| (it.words, it.earlier)).unzip();
                    row.remark = remark(renamed, is_unread).or(words);
                    row.earlier_since = earlier;
                });
                notified.push(Notified { place, item, dispatch, is_new });
                rows.note();
            }
            Err(Unsent::Journal(error)) => return Err(error),
            Err(Unsent::Member { refusal, .. }) => {
                let Refusal { why, lasts, is_outage, limit: lasting } = refusal;
                unanswered = if is_outage { unanswered + 1 } else { 0 };
                limit = lasting;
                (job.say)(&format!("{repository} was not notified: {why}"));
                rows.set(place, State::Failed, Some(why));
                rows.change(place, |row| {
                    row.cannot_be_told = lasts;
                    row.earlier_since = since.map(|since| since.earlier);
                });
                rows.note();
                if let Some(why) = not_asked(unanswered, limit.as_deref()) {
                    (job.say)(&format!("the other members were not tried: {why}"));
                }
            }
        }
    }
    rows.note();
    Ok(notified)
}

/// Why the members that follow are not asked: so many in a row went unanswered, or a limit lasts.
fn not_asked(unanswered: usize, limit: Option<&str>) -> Option<&str> {
    limit.or((unanswered >= UNANSWERED).then_some(NO_ANSWER))
}

/// The remark on a member that was notified; `renamed` is its current name, if it was renamed.
fn remark(renamed: Option<String>, is_unread: bool) -> Option<String> {
    match renamed {
        Some(name) => Some(format!("it is now called `{name}`: correct the name in fleet.yaml")),
        None => is_unread.then(|| {
            "the image cannot be read, so the version was dispatched in case the image contains a later one"
                .to_owned()
        }),
    }
}

/// Notifies one repository if it can receive events. With `goes_back`, an earlier notification whose run is over does
/// not count.
async fn notify(
    job: &Job<'_>,
    item: &Item,
    seen: std::result::Result<Seen, Refusal>,
    goes_back: bool,
) -> std::result::Result<Sent, Unsent> {
    let seen = seen?;
    match &seen.deaf {
        Some(why) => Err(Refusal { lasts: true, ..Refusal::passing(why) }.into()),
        None => send::send(job, item, &seen, goes_back).await,
    }
}

/// Follows the runs of the notified members, and concludes from their images.
async fn conclude_all(
    job: &Job<'_>,
    images: &Images<'_>,
    rows: &mut Rows<'_>,
    notified: Vec<Notified<'_>>,
    pace: Pace,
) -> Result<()> {
    if !notified.is_empty() {
        let minutes = pace.patience / 60;
        let runs = counted(notified.len(), "run");
        (job.say)(&format!("following {runs}, for {minutes} min at most"));
    }
    let runs = follow::follow(job, &notified, pace, &mut |place, ended| {
        rows.change(place, |row| row.run = ended.seen());
        rows.note();
    })
    .await;
    let first = images.of_each(notified.iter().map(|it| it.item).collect()).await;
    for ((Notified { place, item, dispatch, .. }, run), held) in
        notified.into_iter().zip(runs).zip(first)
    {
        let held = images.after(item, held, pace, &run).await;
        if run.is_nothing() {
            // A run may have started after all, late or by itself: the image shows it.
            let contains = images.wanted.verdict(&held).is_ok();
            heard(job, item, &dispatch, contains).await?;
        }
        let (state, reason) = conclude(&run, &held, images.wanted);
        if state == State::Failed {
            note_since(job, rows, (place, item), run.bound(&dispatch)).await;
        }
        (job.say)(&match &reason {
            Some(why) => {
                let since = rows.rows.get(place).filter(|row| row.earlier_since.is_some());
                let since = since.and_then(|row| row.remark.as_ref()).map(|it| format!("; {it}"));
                format!(
                    "{}: {}: {why}{}",
                    item.repository,
                    state.as_str(),
                    since.unwrap_or_default()
                )
            }
            None => format!("{}: {}", item.repository, state.as_str()),
        });
        rows.set(place, state, reason);
        rows.change(place, |row| {
            note_images(row, &held);
            row.run = run.seen();
            if state == State::Contained {
                is_there(row);
            }
        });
        rows.note();
    }
    Ok(())
}

/// Notes in a row that another machine has notified it of an earlier version while this run followed it, after this one of its
/// runs. A way back before it says nothing, nor does what cannot be read.
async fn note_since(
    job: &Job<'_>,
    rows: &mut Rows<'_>,
    (place, item): (usize, &Item),
    after: Option<u64>,
) {
    if rows.rows.get(place).is_none_or(|row| row.earlier_since.is_some()) {
        return;
    }
    let Some(after) = after else { return };
    let Ok(runs) = job.client.dispatched_runs(&item.repository, RUNS).await else { return };
    if let Some(since) = Since::after(&runs, after, item, (job.release.version, job.aim)) {
        rows.change(place, |row| {
            row.remark = Some(since.words);
            row.earlier_since = Some(since.earlier);
        });
    }
}

/// Takes from a row that it was notified of an earlier version since: its images say more than that.
fn is_there(row: &mut Row) {
    if row.earlier_since.take().is_some() {
        row.remark = None;
    }
}

/// Notes in a row what its images contain.
pub(super) fn note_images(row: &mut Row, held: &[(String, Held)]) {
    row.images = held.iter().map(|(name, held)| held.seen(name)).collect();
}

/// The state of a member: its image decides, whatever its run says.
fn conclude(run: &Ended, held: &[(String, Held)], wanted: Wanted<'_>) -> (State, Option<String>) {
    let image = wanted.verdict(held);
    match (image, run.failure()) {
        (Ok(()), _) => (State::Contained, None),
        // A run that is not over has not failed.
        (Err(_), Some(why)) if run.is_late() => (State::Unchecked, Some(why)),
        (Err(_), Some(why)) => (State::Failed, Some(why)),
        (Err(Fault::Old(why) | Fault::Later(why) | Fault::Unknown(why)), None)
            if let Some(unseen) = run.unseen() =>
        {
            (State::Unchecked, Some(format!("its runs cannot be seen, and {why}; {unseen}")))
        }
        (Err(Fault::Old(why) | Fault::Later(why)), None) => (State::Failed, Some(why)),
        (Err(Fault::Unknown(why)), None) => (State::Unchecked, Some(why)),
    }
}
