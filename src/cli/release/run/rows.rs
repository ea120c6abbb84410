//! The rows of the chain for the documents of its steps. Pure.

use std::collections::BTreeSet;

use crate::cli::counted;
use crate::cli::release::show_cascade;
use crate::cli::shared::given::Given;
use crate::cli::shared::next::quoted;
use crate::error::Error;
use crate::release::Stage;
use crate::release::cascade::{Cascade, Row as Member, StageState, State as Told, only_taken_back};
use crate::release::chain::{Hindrance, Row, State};
use crate::release::mirror::{Mirror, State as Shown};
use crate::release::publish::document::{Document, Outcome, StageReport};

/// What is said of images of which none was checked yet.
pub(super) const NONE_CHECKED: &str = "no image was checked yet";

/// Why the mirror is not set to a version that was withdrawn.
pub(super) const NOT_MIRRORED: &str = "the version was withdrawn from the index";

/// What went wrong, in one line.
pub(in crate::cli::release) fn told(error: &Error) -> String {
    let causes: Vec<&str> = error.causes().iter().map(String::as_str).collect();
    match causes.is_empty() {
        true => error.message().to_owned(),
        false => format!("{}: {}", error.message(), causes.join(": ")),
    }
}

/// The stages of a publication that were reached.
pub(super) fn of_document(document: &Document) -> Vec<Row> {
    document.stages.iter().filter_map(of_part).collect()
}

pub(super) fn of_part(part: &StageReport) -> Option<Row> {
    let state = match part.outcome {
        Outcome::Done => State::Done,
        Outcome::Unchecked => State::Unchecked,
        Outcome::Planned => State::Waiting,
        Outcome::Failed => State::Failed,
        Outcome::NotReached => return None,
    };
    let mut what = part.detail.clone();
    let is_judged = matches!(state, State::Failed | State::Done);
    if let (true, [first, more @ ..]) = (is_judged, part.findings.as_slice()) {
        let place = first.place.as_deref().map(|place| format!(" {place}")).unwrap_or_default();
        what.push_str(&format!("; {}{place}: {}", first.of, first.message));
        if !more.is_empty() {
            what.push_str(&format!(", and {} more", more.len()));
        }
    }
    let hindrance = match (part.is_undecided, part.is_taken) {
        (true, _) => Some(Hindrance::Undecided),
        (false, true) => Some(Hindrance::NamesTaken),
        (false, false) => None,
    };
    Some(Row { hindrance, ..Row::new(part.name, state, what) })
}

/// The two stages of a cascade.
pub(in crate::cli::release) fn of_cascade(document: &Cascade, follows: bool) -> Vec<Row> {
    let version = &document.version;
    if document.state == StageState::Skipped {
        let why = document.reason.clone().unwrap_or_default();
        let cascade = Row {
            next: Some(format!("shipshape release cascade {version} --watch")),
            ..Row::new(Stage::Cascade, State::Skipped, why)
        };
        let mut rows = vec![cascade];
        if follows {
            let what = "no member was notified: each picks it up with its next build";
            rows.push(Row::new(Stage::Images, State::Skipped, what));
        }
        return rows;
    }
    let rows = &document.repositories;
    let count = |wanted: &dyn Fn(&Member) -> bool| rows.iter().filter(|row| wanted(row)).count();
    let all = counted(rows.len(), "repository");
    let mut cascade = of_telling(rows, false);
    // To only look again, the chain itself is continued.
    let is_deaf = rows.iter().any(Member::is_deaf);
    let is_over = is_deaf || rows.iter().any(Member::wants_another);
    let mut commands = show_cascade::next(document).into_iter().map(|next| next.command);
    let again = commands.next().filter(|_| is_over && document.freeze.is_none());
    // Members whose workflow did not start hear it from the same run once it can; the others need another dispatch.
    let is_other = |command: &String| command.contains(" --again ") && again.is_some();
    let also: Vec<String> = commands.filter(is_other).skip(usize::from(is_deaf)).collect();
    let hindered = only_taken_back(rows).then_some(Hindrance::TakenBack);
    if cascade.state == State::Failed {
        (cascade.next, cascade.also) = (again.clone(), also.clone());
        // A freeze is lifted first.
        let hindered = hindered.filter(|_| document.freeze.is_none());
        cascade.hindrance = hindered.or(cascade.hindrance);
    }
    if let Some(freeze) = &document.freeze {
        cascade.what = format!("{}; {}", cascade.what, freeze.in_words());
        cascade.next = Some("shipshape release thaw".to_owned());
    }
    let mut stages = vec![cascade];
    if follows {
        let contained = count(&|row| matches!(row.state, Told::Contained | Told::Current));
        let failed = count(&|row| row.state == Told::Failed);
        let state = match (contained == rows.len(), failed) {
            (true, _) => State::Done,
            (false, 0) => State::Unchecked,
            (false, _) => State::Failed,
        };
        let what = format!(
            "{contained} of {all} contain it{}{}{}",
            lacking(rows),
            taken_back(rows, version),
            unseen(rows)
        );
        let next = again.filter(|_| state != State::Done);
        let also = if next.is_some() { also } else { Vec::new() };
        let hindrance = hindered.filter(|_| state == State::Failed);
        stages.push(Row { next, also, hindrance, ..Row::new(Stage::Images, state, what) });
    }
    stages
}

/// The most members that a row names.
const NAMED: usize = 3;

/// The members whose images were seen to lack the version: `, not openclaw`. A refused dispatch says nothing of images.
pub(in crate::cli::release) fn lacking(rows: &[Member]) -> String {
    let lacks =
        |row: &&Member| row.state == Told::Failed && (row.id.is_some() || !row.images.is_empty());
    let lacking: Vec<&Member> = rows.iter().filter(lacks).collect();
    if lacking.is_empty() { String::new() } else { format!(", not {}", names(&lacking)) }
}

/// The members that were notified of an earlier version since, and how they go forward again. No command repeats the
/// `--force` of that, so it is said here.
pub(in crate::cli::release) fn taken_back(rows: &[Member], version: &str) -> String {
    let is_back = |row: &&Member| row.state == Told::Failed && row.earlier_since.is_some();
    let back: Vec<&Member> = rows.iter().filter(is_back).collect();
    let versions: BTreeSet<_> = back.iter().filter_map(|row| row.earlier_since.as_ref()).collect();
    let versions: Vec<String> = versions.into_iter().map(ToString::to_string).collect();
    let were = if back.len() == 1 { "was" } else { "were" };
    match back.as_slice() {
        [] => String::new(),
        back => {
            let members = back.iter().filter_map(|row| row.members.first());
            let members = members.map(|name| quoted(name)).collect::<Vec<_>>().join(" ");
            format!(
                "; {} {were} notified of {} since; to take them forward again: `shipshape release cascade {version} \
                 --runtime {members} --force`",
                names(back),
                versions.join(", "),
            )
        }
    }
}

/// The members whose images could not be seen, with the reason, or that of the first if they differ.
fn unseen(rows: &[Member]) -> String {
    let unseen: Vec<&Member> = rows.iter().filter(|row| row.state == Told::Unchecked).collect();
    let Some(first) = unseen.first() else { return String::new() };
    let why = |row: &Member| row.reason.as_deref().map(show_cascade::unnamed).map(str::to_owned);
    let text = format!("; {} could not be seen", names(&unseen));
    match why(first) {
        None => text,
        Some(reason) if unseen.iter().all(|row| why(row).as_ref() == Some(&reason)) => {
            format!("{text}: {reason}")
        }
        Some(reason) => format!("{text}; {}: {reason}", names(&[*first])),
    }
}

/// Repositories by their members: `a, b, c and 2 more`.
fn names(rows: &[&Member]) -> String {
    let name = |row: &&Member| match row.members.is_empty() {
        true => row.repository.clone(),
        false => row.members.join("+"),
    };
    let named: Vec<String> = rows.iter().take(NAMED).map(name).collect();
    let more = rows.get(NAMED..).unwrap_or_default();
    format!("{}{}", named.join(", "), and_more(more))
}

/// The stage of notifying members; with `goes_on`, more are to follow.
pub(in crate::cli::release) fn of_telling(rows: &[Member], goes_on: bool) -> Row {
    let is_told = |row: &&Member| row.id.is_some() || row.state.is_left_alone();
    let told = rows.iter().filter(is_told).count();
    let all = counted(rows.len(), "repository");
    if told == rows.len() {
        return Row::new(Stage::Cascade, State::Done, format!("{all} notified"));
    }
    let is_over = !goes_on || rows.iter().all(|row| row.state != Told::Planned);
    let state = if is_over { State::Failed } else { State::Waiting };
    let mut what = format!("{told} of {all} notified");
    let is_refused = |row: &&Member| row.state == Told::Failed && row.id.is_none();
    let (never, refused): (Vec<&Member>, Vec<&Member>) =
        rows.iter().filter(is_refused).partition(|row| row.cannot_be_told);
    if let [first, more @ ..] = never.as_slice() {
        what.push_str(&format!("; {}{} cannot be notified", first.repository, and_more(more)));
    }
    if let [first, more @ ..] = refused.as_slice() {
        let why = first.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        let were = if more.is_empty() { "was" } else { "were" };
        what.push_str(&format!(
            "; {}{} {were} not notified{why}",
            first.repository,
            and_more(more)
        ));
    }
    let is_out_of_reach = state == State::Failed && !never.is_empty();
    let hindrance = is_out_of_reach.then_some(Hindrance::OutOfReach);
    Row { hindrance, ..Row::new(Stage::Cascade, state, what) }
}

fn and_more(others: &[&Member]) -> String {
    match others.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

/// Whether rows say something new of images: one was checked, or a run is over.
pub(in crate::cli::release) fn is_news(rows: &[Member]) -> bool {
    rows.iter().any(|row| row.is_checked() || row.is_over())
}

/// The stage of images while they are followed.
pub(in crate::cli::release) fn looked_at(rows: &[Member]) -> Row {
    let is_through = |row: &&Member| matches!(row.state, Told::Contained | Told::Current);
    let through = rows.iter().filter(is_through).count();
    let all = counted(rows.len(), "repository");
    let what = match rows.iter().any(Member::is_checked) {
        true => format!("{through} of {all} contained it when this was last checked"),
        false => NONE_CHECKED.to_owned(),
    };
    let followed = rows.iter().filter(|row| row.state == Told::Dispatched).count();
    let what = match rows.iter().filter(|row| row.is_over()).count() {
        0 => what,
        over => format!("{what}; {over} of {} over", counted(followed, "run")),
    };
    Row::new(Stage::Images, State::Waiting, what)
}

/// The stage of the mirror. The suggested command has the options that the run was given.
pub(in crate::cli::release) fn of_mirror(document: &Mirror, given: &Given) -> Row {
    let repository = &document.repository;
    match document.state {
        Shown::Refused => {
            let paths = counted(document.edits.len(), "path");
            let what = format!("{repository} has manual changes in {paths}");
            let next = format!("shipshape release mirror {}", document.version);
            let next = Some(given.carried_to(&next));
            Row { next, ..Row::new(Stage::Mirror, State::Failed, what) }
        }
        Shown::Already => {
            Row::new(Stage::Mirror, State::Done, format!("{repository} shows it already"))
        }
        Shown::Written | Shown::Planned => {
            Row::new(Stage::Mirror, State::Done, format!("{repository} shows it"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pep440_rs::Version;

    use crate::release::ReleaseId;
    use crate::release::cascade::RunSeen;
    use crate::release::freeze::Freeze;

    const EVENT: &str = "runtime-published";

    fn of(version: &Version) -> ReleaseId<'_> {
        ReleaseId { distribution: "acme-runtime", version }
    }

    fn run(conclusion: Option<&str>) -> RunSeen {
        RunSeen { id: 1, page: String::new(), conclusion: conclusion.map(str::to_owned) }
    }

    #[test]
    fn a_member_that_cannot_be_notified_is_named_and_counts_as_not_told() {
        let told = Member { state: Told::Contained, id: Some("x".to_owned()), ..Member::default() };
        let shut = Member {
            repository: "acme/old".to_owned(),
            state: Told::Failed,
            cannot_be_told: true,
            ..Member::default()
        };
        let version = "0.1.7".parse().expect("a version");
        let document =
            Cascade::of(of(&version), EVENT, (vec![told, shut], None), false, String::new());
        let [cascade, images] = of_cascade(&document, true).try_into().expect("two rows");
        let hindrance = Some(Hindrance::OutOfReach);
        assert_eq!((cascade.state, cascade.hindrance), (State::Failed, hindrance));
        assert_eq!(cascade.what, "1 of 2 repositories notified; acme/old cannot be notified");
        assert_eq!(images.state, State::Failed);
    }

    #[test]
    fn members_that_lack_the_version_or_were_not_seen_are_named_up_to_three() {
        let row = |slug: &str, state, reason: Option<&str>| Member {
            members: vec![slug.to_owned()],
            state,
            id: Some("x".to_owned()),
            reason: reason.map(str::to_owned),
            ..Member::default()
        };
        let lacks = |count: usize| -> Vec<Member> {
            let slugs = ["a", "b", "c", "d", "e"].into_iter().take(count);
            slugs.map(|slug| row(slug, Told::Failed, None)).collect()
        };
        assert_eq!(lacking(&lacks(0)), "");
        assert_eq!(lacking(&lacks(3)), ", not a, b, c");
        assert_eq!(lacking(&lacks(5)), ", not a, b, c and 2 more");
        let mut seen = vec![row("a", Told::Unchecked, Some("`x/a:latest`: gone"))];
        assert_eq!(unseen(&seen), "; a could not be seen: gone");
        seen.push(row("b", Told::Unchecked, Some("`x/b:latest`: gone")));
        assert_eq!(unseen(&seen), "; a, b could not be seen: gone");
        seen.push(row("c", Told::Unchecked, Some("away")));
        assert_eq!(unseen(&seen), "; a, b, c could not be seen; a: gone");
    }

    #[test]
    fn a_refused_dispatch_says_nothing_of_images_and_is_named() {
        let refused = Member {
            repository: "acme/a".to_owned(),
            state: Told::Failed,
            reason: Some("502".to_owned()),
            ..Member::default()
        };
        let rows = [refused, Member::default()];
        let cascade = of_telling(&rows, true);
        assert_eq!(cascade.state, State::Waiting);
        assert_eq!(cascade.what, "0 of 2 repositories notified; acme/a was not notified: 502");
        assert_eq!(looked_at(&rows).what, "no image was checked yet");
    }

    #[test]
    fn beside_the_images_the_row_counts_the_runs_that_are_over() {
        let row = |run| Member {
            state: Told::Dispatched,
            id: Some("x".to_owned()),
            run,
            ..Member::default()
        };
        let rows = [row(Some(run(Some("success")))), row(None)];
        assert!(is_news(&rows));
        assert_eq!(looked_at(&rows).what, "no image was checked yet; 1 of 2 runs over");
        assert!(!is_news(&rows[1..]));
    }

    #[test]
    fn beside_a_look_at_who_heard_nothing_those_are_named_that_want_another_dispatch() {
        let row = |slug: &str, run| Member {
            members: vec![slug.to_owned()],
            state: Told::Failed,
            id: Some("x".to_owned()),
            run,
            ..Member::default()
        };
        let rows = vec![row("deaf", None), row("back", Some(run(Some("success"))))];
        let version = "0.1.7".parse().expect("a version");
        let document = Cascade::of(of(&version), EVENT, (rows, None), false, String::new());
        let [_, images] = of_cascade(&document, true).try_into().expect("two rows");
        assert_eq!(images.what, "0 of 2 repositories contain it, not deaf, back");
        assert_eq!(images.next.as_deref(), Some("shipshape drift --repository deaf"));
        let again = "shipshape release cascade 0.1.7 --watch --again --runtime back";
        assert_eq!(images.also, [again]);
    }

    #[test]
    fn a_member_that_was_taken_back_is_named_and_not_to_be_notified_again() {
        let version: Version = "0.1.7".parse().expect("a version");
        let row = |earlier_since: Option<&str>| Member {
            members: vec!["a".to_owned()],
            state: Told::Failed,
            id: Some("x".to_owned()),
            run: Some(run(Some("success"))),
            earlier_since: earlier_since.map(|it| it.parse().expect("a version")),
            ..Member::default()
        };
        let images = |rows| {
            let rows = (rows, None);
            let document = Cascade::of(of(&version), EVENT, rows, false, String::new());
            let [_, images] = of_cascade(&document, true).try_into().expect("two rows");
            (images.what, images.next, images.hindrance)
        };
        let (what, next, hindrance) = images(vec![row(Some("0.1.6"))]);
        let says = "0 of 1 repository contain it, not a; a was notified of 0.1.6 since; to take them forward again: \
                    `shipshape release cascade 0.1.7 --runtime a --force`";
        let taken_back = Some(Hindrance::TakenBack);
        assert_eq!((what.as_str(), next, hindrance), (says, None, taken_back));
        let again = "shipshape release cascade 0.1.7 --watch --again --runtime a";
        let (_, next, hindrance) = images(vec![row(None)]);
        assert_eq!((next.as_deref(), hindrance), (Some(again), None));
        // The next wave waits for it, however often the same is run again.
        let held = Member { state: Told::Held, ..Member::default() };
        let (_, next, hindrance) = images(vec![row(Some("0.1.6")), held]);
        assert_eq!((next, hindrance), (None, taken_back));
    }

    #[test]
    fn a_freeze_between_waves_is_said_in_the_table_with_the_thaw() {
        let row = |state, id: Option<&str>| Member {
            state,
            id: id.map(str::to_owned),
            ..Member::default()
        };
        let rows = vec![row(Told::Contained, Some("x")), row(Told::Held, None)];
        let freeze = Freeze { reason: "it is bad".to_owned(), ..Freeze::default() };
        let version = "0.1.6".parse().expect("a version");
        let document = Cascade::of(
            of(&version),
            EVENT,
            (rows, Some(crate::release::cascade::Halt::Frozen(freeze))),
            false,
            String::new(),
        );
        let [cascade, images] = of_cascade(&document, true).try_into().expect("two rows");
        assert_eq!(cascade.state, State::Failed);
        assert_eq!(cascade.what, "1 of 2 repositories notified; frozen: it is bad");
        assert_eq!(cascade.next.as_deref(), Some("shipshape release thaw"));
        assert_eq!((images.state, images.next), (State::Unchecked, None));
    }
}
