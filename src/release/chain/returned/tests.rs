use serde_json::json;

use super::*;
use crate::release::cascade::{ImageSeen, RunSeen};

fn row(repository: &str, is_told_now: bool) -> Row {
    let id = is_told_now.then(|| "x".to_owned());
    Row { repository: repository.to_owned(), is_told_now, id, ..Row::default() }
}

fn back(rows: &[Row], progress: Progress) -> Returned {
    taken(None, rows, (Purpose::Leave, progress))
}

fn taken(
    before: Option<Returned>,
    rows: &[Row],
    (purpose, progress): (Purpose, Progress),
) -> Returned {
    let to = "0.1.2".parse().expect("a version");
    let from = "0.1.3".parse().expect("a version");
    Returned::with(before, rows, WayBack { from: &from, to: &to, purpose, progress })
}

#[test]
fn for_each_repository_it_is_kept_whether_it_left_a_bad_version() {
    let (leave, choose) = ((Purpose::Leave, Progress::Over), (Purpose::Choose, Progress::Over));
    let chosen = taken(None, &[row("acme/a", true)], choose);
    assert!(!chosen.is_blamed() && chosen.is_chosen());
    let written = serde_json::to_value(&chosen).expect("JSON");
    assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), chosen);
    let mut left = taken(Some(chosen), &[row("acme/b", true)], leave);
    left.know_besides(["0.1.4rc1".to_owned()].into());
    let written = serde_json::to_value(&left).expect("JSON");
    assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), left);
    assert!(left.is_blamed());
    let both = taken(Some(left), &[row("acme/c", true)], choose);
    assert_eq!((both.is_blamed(), both.repositories.len()), (true, 3));
    // The one that left it goes forward again; the others are at the earlier version on purpose.
    let rest = both.without(&[row("acme/b", true)], Reach::Some).expect("two");
    assert_eq!((rest.is_blamed(), rest.repositories.len()), (false, 2));
}

#[test]
fn what_goes_back_past_a_version_says_nothing_against_it() {
    let leave = (Purpose::Leave, Progress::Over);
    let image = |version: Option<&str>| ImageSeen {
        name: "x".to_owned(),
        digest: None,
        version: version.map(str::to_owned),
        unread: None,
    };
    let had = |versions: &[Option<&str>]| {
        let images_before = versions.iter().map(|version| image(*version)).collect();
        Row { images_before, ..row("acme/a", true) }
    };
    let past = taken(None, &[had(&[Some("0.1.4")])], leave);
    assert!(!past.is_blamed() && !past.is_chosen());
    // What is not known may be so.
    for versions in [&[][..], &[None], &[Some("0.1.4"), None], &[Some("0.1.3"), Some("0.1.2")]] {
        assert!(taken(None, &[had(versions)], leave).is_blamed(), "{versions:?}");
    }
    // Asked again when it is back already, it is still one that left the version.
    let left = taken(None, &[had(&[Some("0.1.3")])], leave);
    assert!(taken(Some(left), &[had(&[Some("0.1.2")])], leave).is_blamed());
    // One that was only meant to go back is judged again, unless it is there by now.
    let unread = Row { id: None, ..had(&[None]) };
    let meant = taken(None, &[unread], (Purpose::Leave, Progress::UnderWay));
    assert!(meant.is_blamed());
    assert!(!taken(Some(meant.clone()), &[had(&[Some("0.1.4")])], leave).is_blamed());
    assert!(taken(Some(meant), &[had(&[Some("0.1.2")])], leave).is_blamed());
}

#[test]
fn an_earlier_build_recorded_one_purpose_for_all() {
    let mut before = json!({ "to": "0.1.2", "repositories": { "acme/a": "0.1.2" } });
    let read = |before: &serde_json::Value| {
        serde_json::from_value::<Returned>(before.clone()).expect("read")
    };
    assert!(read(&before).is_blamed());
    before["purpose"] = json!("choose");
    assert!(!read(&before).is_blamed() && read(&before).is_chosen());
}

#[test]
fn a_repository_goes_forward_alone() {
    let rows = ["acme/a", "Acme/b", "acme/c"].map(|name| row(name, true));
    let all = back(&rows, Progress::Over);
    let says = "3 repositories were notified to go back to 0.1.2";
    assert_eq!(all.in_words().as_deref(), Some(says));
    let left = all.clone().without(&[row("acme/B", true)], Reach::Some).expect("two");
    assert_eq!(left.repositories.keys().collect::<Vec<_>>(), ["acme/a", "acme/c"]);
    let left = left.without(&[row("acme/a", true), row("acme/c", false)], Reach::All);
    let left = left.expect("one");
    let says =
        "1 repository was notified of it again; 1 repository was notified to go back to 0.1.2";
    assert_eq!(left.in_words().as_deref(), Some(says));
    // The others have left the fleet.
    assert_eq!(left.without(&[row("acme/a", true)], Reach::All), None);
    let shut = Row { cannot_be_told: true, ..row("acme/a", false) };
    assert_eq!(all.without(&[shut], Reach::All), None);
}

#[test]
fn while_it_is_under_way_all_are_meant_to_go_back() {
    let rows = [row("acme/a", true), row("acme/b", false)];
    assert_eq!(back(&rows, Progress::UnderWay).repositories.len(), 2);
    assert_eq!(back(&rows, Progress::Over).repositories.len(), 1);
    let cut_off = back(&rows, Progress::UnderWay);
    let says = "at least one repository was notified to go back to 0.1.2";
    assert_eq!(cut_off.in_words().as_deref(), Some(says));
    assert!(!cut_off.is_seen());
    let left = cut_off.without(&rows[..1], Reach::Some).and_then(|left| left.places());
    assert_eq!(left.as_deref(), Some("1 repository was to go back to 0.1.2"));
}

/// A row whose image contains a version.
fn seen(repository: &str, version: &str) -> Row {
    let image = ImageSeen {
        name: "x".to_owned(),
        digest: None,
        version: Some(version.to_owned()),
        unread: None,
    };
    Row { images: vec![image], ..row(repository, false) }
}

#[test]
fn one_that_was_meant_to_go_back_and_is_left_alone_is_not_back() {
    let cut_off = back(&[row("acme/a", true), row("acme/b", false)], Progress::UnderWay);
    let earlier = Row { state: State::Earlier, ..row("acme/b", false) };
    let rows = [seen("acme/a", "0.1.2"), earlier];
    let ended = taken(Some(cut_off), &rows, (Purpose::Leave, Progress::Over));
    assert_eq!(ended.repositories.keys().collect::<Vec<_>>(), ["acme/a"]);
    assert!(ended.is_seen());
    // One that was notified stays.
    let told = back(&[row("acme/a", true), row("acme/b", true)], Progress::Over);
    let stays = taken(Some(told), &rows, (Purpose::Leave, Progress::Over));
    assert_eq!(stays.repositories.len(), 2);
}

#[test]
fn one_that_is_left_alone_with_an_earlier_version_is_there_until_it_goes_forward() {
    let earlier = Row { state: State::Earlier, ..seen("acme/b", "0.1.1") };
    let told = back(&[row("acme/a", true)], Progress::Over);
    let known = told.with_earlier(std::slice::from_ref(&earlier)).expect("news");
    assert_eq!((known.place_of("acme/b"), known.repositories.len()), (Some("0.1.1"), 1));
    assert_eq!(known.with_earlier(&[earlier]), None);
    let written = serde_json::to_value(&known).expect("JSON");
    assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), known);
    let forward = known.without(&[row("acme/b", true)], Reach::Some).expect("one");
    assert_eq!((forward.place_of("acme/b"), forward.place_of("acme/a")), (None, Some("0.1.2")));
}

#[test]
fn one_that_was_notified_without_effect_and_has_a_later_version_is_not_back() {
    let leave = (Purpose::Leave, Progress::Over);
    let run = |conclusion: Option<&str>| RunSeen {
        id: 1,
        page: String::new(),
        conclusion: conclusion.map(str::to_owned),
    };
    let told = |version: &str, run: Option<RunSeen>, state: State| {
        let id = Some("x".to_owned());
        Row { is_told_now: true, id, run, state, ..seen("acme/b", version) }
    };
    let of = |row: Row| taken(None, &[seen("acme/a", "0.1.2"), row], leave);
    let still = of(told("0.1.3", None, State::Failed));
    assert!(still.still_has_it("acme/b") && still.place_of("acme/b").is_none());
    assert_eq!(still.gone().keys().collect::<Vec<_>>(), ["acme/a"]);
    assert_eq!(still.meant_for("0.1.2").collect::<Vec<_>>(), ["acme/b"]);
    let says =
        "1 repository was at 0.1.2; 1 repository was notified to go back to 0.1.2 without effect";
    assert_eq!(still.in_words().as_deref(), Some(says));
    let states = |back: &Returned, is_announced| {
        let stages = back.stages(is_announced, "now");
        stages.iter().map(|row| row.state.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(states(&still, false), ["failed", "unchecked"]);
    let written = serde_json::to_value(&still).expect("JSON");
    assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), still);
    let failed = told("0.1.3", Some(run(Some("failure"))), State::Failed);
    assert!(of(failed).still_has_it("acme/b"));
    // It has another version than this one.
    let other = of(told("0.1.4", None, State::Failed));
    assert_eq!((other.still_has_it("acme/b"), other.place_of("acme/b")), (false, Some("0.1.4")));
    // Something may come of it yet, or has.
    for row in [
        told("0.1.3", Some(run(None)), State::Unchecked),
        told("0.1.3", Some(run(Some("success"))), State::Failed),
        told("0.1.3", None, State::Unchecked),
    ] {
        let notified = of(row);
        assert_eq!(notified.place_of("acme/b"), Some("0.1.2"));
        assert_eq!(states(&notified, true), ["unchecked"]);
    }
    let back = taken(Some(still), &[seen("acme/b", "0.1.2")], leave);
    assert_eq!((back.place_of("acme/b"), back.gone().len()), (Some("0.1.2"), 2));
    assert_eq!(states(&back, true), ["back"]);
}

#[test]
fn several_ways_back_are_counted_together_and_versions_apart() {
    let leave = (Purpose::Leave, Progress::Over);
    let first = taken(None, &[seen("acme/a", "0.1.2"), row("acme/b", true)], leave);
    let says = "1 repository was at 0.1.2, and 1 repository was notified to go back to it";
    assert_eq!((first.in_words().as_deref(), first.is_seen()), (Some(says), false));
    let second = taken(Some(first.clone()), &[seen("acme/b", "0.1.2")], leave);
    let says = "2 repositories were at 0.1.2";
    assert_eq!((second.in_words().as_deref(), second.is_seen()), (Some(says), true));
    // One of them goes further back.
    let further = WayBack {
        from: &"0.1.13".parse().expect("a version"),
        to: &"0.1.10".parse().expect("a version"),
        purpose: Purpose::Leave,
        progress: Progress::Over,
    };
    let split = Returned::with(Some(second), &[seen("acme/b", "0.1.10")], further);
    let says = "1 repository was at 0.1.10; 1 repository was at 0.1.2";
    assert_eq!((split.in_words().as_deref(), split.to.as_str()), (Some(says), "0.1.10"));
    assert_eq!((split.all_targets().as_str(), split.all_chosen()), ("0.1.2, 0.1.10", None));
    let written = serde_json::to_value(&first).expect("JSON");
    assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), first);
}

#[test]
fn those_that_went_forward_again_are_counted_while_others_are_back() {
    let names = ["acme/a", "acme/b", "acme/c"];
    let rows = names.map(|name| seen(name, "0.1.2"));
    let all = back(&rows, Progress::Over);
    let contained = |name| Row { state: State::Contained, ..row(name, true) };
    let first = all.without(&[contained("acme/a")], Reach::Some).expect("two");
    let second = first.forward(&[row("acme/b", true)], Reach::Some);
    assert_eq!((second.containing(&[]).len(), second.concerned(&[]).len()), (1, 3));
    let says = "2 repositories were notified of it again; 1 repository was at 0.1.2";
    assert_eq!(second.in_words().as_deref(), Some(says));
    let last = second.forward(&[contained("acme/b"), contained("acme/c")], Reach::Some);
    assert_eq!((last.containing(&[]).len(), last.places()), (3, None));
    // One that goes back once more is one of those that are back.
    let again = taken(Some(last), &rows[..1], (Purpose::Leave, Progress::Over));
    assert_eq!((again.containing(&[]).len(), again.repositories.len()), (2, 1));
}

#[test]
fn others_do_not_go_back_to_a_version_that_was_withdrawn_since() {
    let [target, other] = ["0.1.2", "0.1.1"].map(|text| text.parse::<Version>().expect("one"));
    let left = back(&[row("acme/a", true)], Progress::Over);
    assert_eq!(left.open_targets().collect::<Vec<_>>(), ["0.1.2"]);
    let known = [other.clone(), target];
    assert_eq!(left.as_on_index(&known, &[other]), None, "none went to it");
    let withdrawn = left.as_on_index(&known, &known[1..]).expect("news");
    assert_eq!(withdrawn.open_targets().next(), None);
    // The version that it left is as bad as before.
    assert!(withdrawn.is_blamed());
    assert_eq!(withdrawn.as_on_index(&known, &known[1..]), None);
    assert_eq!(withdrawn.as_on_index(&[], &[]), None, "the index does not know it any more");
    assert_eq!(withdrawn.as_on_index(&known, &[]), Some(left), "it is offered again");
    let written = serde_json::to_value(&withdrawn).expect("JSON");
    assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), withdrawn);
    let again = taken(Some(withdrawn), &[row("acme/b", true)], (Purpose::Leave, Progress::Over));
    assert_eq!(again.open_targets().count(), 2);
}

#[test]
fn of_those_that_come_back_to_it_only_those_count_that_had_left_it() {
    let left = back(&[seen("acme/a", "0.1.2")], Progress::Over);
    let says = "1 repository was at 0.1.2";
    // The others come from a later version.
    let others = [row("acme/b", true), row("acme/c", true)];
    let still = left.clone().without_brought_back(&others).expect("one");
    assert_eq!((&still, still.in_words().as_deref()), (&left, Some(says)));
    assert_eq!(left.without_brought_back(&[row("acme/a", true)]), None);
    let old: Returned = serde_json::from_value(json!("0.1.2")).expect("read");
    assert_eq!(old.without_brought_back(&others), None);
    // Nobody went back from this one.
    let first = Returned::default().forward(&others, Reach::Some);
    assert_eq!(first.in_words().as_deref(), Some("2 repositories were notified of it"));
}

#[test]
fn a_record_without_repositories_is_undone_by_any_that_is_notified() {
    let old: Returned = serde_json::from_value(json!("0.1.2")).expect("read");
    assert_eq!((old.to.as_str(), old.in_words()), ("0.1.2", None));
    assert_eq!(old.clone().without(&[row("acme/a", false)], Reach::Some), Some(old.clone()));
    assert_eq!(old.without(&[row("acme/a", true)], Reach::Some), None);
    let new = back(&[row("acme/a", true)], Progress::Over);
    let written = serde_json::to_value(&new).expect("JSON");
    assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), new);
}

#[test]
fn one_that_was_seen_with_only_later_versions_does_not_have_this_one() {
    let ours = "0.1.3".parse().expect("a version");
    let told = back(&[row("acme/a", true)], Progress::Over);
    for (version, is_news) in [("0.1.4", true), ("0.1.3", false), ("0.1.2", false)] {
        let rows = [seen("acme/a", version), seen("acme/B", version), row("acme/c", false)];
        let known = told.with_later(&ours, &rows);
        let place =
            known.as_ref().map(|known| (known.place_of("acme/b"), known.place_of("acme/c")));
        assert_eq!(place, is_news.then_some((Some(version), None)), "{version}");
        assert!(known.is_none_or(|known| known.place_of("acme/a") == Some("0.1.2")));
    }
    // What was cut off before it was sent has not gone: a later version that is there came since.
    let cut_off = back(&[row("acme/a", true), row("acme/b", false)], Progress::UnderWay);
    let rows = [seen("acme/a", "0.1.4"), seen("acme/b", "0.1.4")];
    let known = cut_off.with_later(&ours, &rows).expect("news");
    assert_eq!(known.place_of("acme/b"), Some("0.1.4"));
    assert_eq!(known.place_of("acme/a"), Some("0.1.2"));
    let meant = back(&[row("acme/b", false)], Progress::UnderWay);
    assert_eq!(meant.with_later(&ours, &rows), None, "it would name no repositories");
}

#[test]
fn what_release_back_knew_it_left_whoever_had_it() {
    let [to, other] = ["0.1.2", "0.1.1"].map(|text| text.parse::<Version>().expect("one"));
    let before =
        [seen("acme/a", "0.1.2")].map(|row| Row { images_before: row.images.clone(), ..row });
    let of = |purpose| taken(None, &before, (purpose, Progress::Over));
    let left = of(Purpose::Leave);
    assert!(!left.is_blamed() && left.was_left_for(&to) && !left.was_left_for(&other));
    assert!(!of(Purpose::Choose).was_left_for(&to));
    let written = serde_json::to_value(&left).expect("JSON");
    assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), left);
    // An earlier build recorded only where each repository went.
    for old in [json!("0.1.2"), json!({ "to": "0.1.2", "repositories": { "acme/a": "0.1.2" } })] {
        let old: Returned = serde_json::from_value(old).expect("read");
        assert!(old.was_left_for(&to) && !old.was_left_for(&other));
    }
    let cut_off = back(&[row("acme/a", true), row("acme/b", false)], Progress::UnderWay);
    assert_eq!(cut_off.meant_for("0.1.2").collect::<Vec<_>>(), ["acme/b"]);
    assert_eq!(cut_off.meant_for("0.1.1").next(), None);
}
