use std::sync::Arc;

use super::*;
use crate::images::status::Verdict;
use crate::release::Stage;
use crate::release::back::Back;
use crate::release::chain::{Row, Run, State};
use crate::report::sample;
use crate::serve::facts::{CampaignSight, ImageSight, MemberSight, Members, ReleaseSight, Which};

const HOSTILE: &str = "<script>alert(1)</script>\u{202e}";

fn made(known: &Known) -> Arc<Made> {
    let pages = Pages::new().expect("templates");
    let standing = Standing { signs_in: true, refreshes_images: true, refreshing: 1 };
    pages.renew(known, standing).expect("pages");
    pages.now()
}

fn text(made: &Made, page: Page) -> String {
    made.page(page, "0123abcd").expect("a page").0
}

fn everything() -> Known {
    let hostile = |name: &str| format!("{name} {HOSTILE}");
    let member = MemberSight {
        slug: hostile("slug"),
        repository: crate::fleet::RepositoryName::parse("acme/x", "acme").expect("a name"),
        image: Some(hostile("image")),
    };
    let release = Run {
        distribution: hostile("acme"),
        version: Some(hostile("1.0")),
        tag: Some(hostile("tag")),
        commit: None,
        begun_at: Some(hostile("then")),
        stages: vec![Row::new(Stage::Plan, State::Failed, hostile("why"))],
        consumers: Vec::new(),
        went_back: Some(hostile("0.9")),
        repositories_back: [(hostile("acme/x"), hostile("0.9"))].into(),
        returned: None,
        is_given_up: true,
        unheard: std::collections::BTreeSet::new(),
        is_withdrawn: false,
        to_withdraw: vec![hostile("1.0")],
        remaining: Vec::new(),
        superseded: None,
        is_going_back: false,
        is_to_be_left: false,
        at_it: Some(hostile("process 8")),
        options: vec![hostile("--waves")],
    };
    let back = Back {
        distribution: hostile("acme"),
        version: hostile("0.9"),
        begun_at: hostile("then"),
        options: vec![hostile("--waves")],
        knew: Vec::new(),
        is_overtaken: false,
        ended: None,
        at_it: Some(hostile("process 7")),
    };
    let releases = ReleaseSight { back: Some(back), runs: vec![release] };
    let error = Error::failed(hostile("failed")).hint(hostile("hint"));
    let sight = CampaignSight { file: hostile("file"), status: Err(error.clone()) };
    let image = ImageSight {
        runtime: hostile("slug"),
        standing: Verdict::Behind,
        digest: Some("sha256:<b>".to_owned()),
        version: Some(hostile("1.0")),
        containers: 2,
        behind: 1,
        held: Some(hostile("held")),
        unread: vec![hostile("unread")],
    };
    let mut known = Known {
        images: Some(("2026-01-01T00:00:00Z".to_owned(), Ok(vec![image].into()))),
        members: Some(Arc::new(Members {
            fleet: hostile("fleet"),
            members: vec![member],
            source: None,
            releases: true,
        })),
        campaigns: Some(("2026-01-01T00:00:00Z".to_owned(), vec![sight].into())),
        releases: Some(("2026-01-01T00:00:00Z".to_owned(), Ok(releases.into()))),
        ..Known::default()
    };
    known.judged(&Which::All, sample::fleet());
    known.failure = Some(("2026-01-01T00:00:00Z".to_owned(), error));
    known
}

#[test]
fn text_of_strangers_stays_text_on_every_page() {
    let made = made(&everything());
    for page in Page::ALL {
        let text = text(&made, page);
        assert!(!text.contains("<script>") && !text.contains('\u{202e}'), "{page:?}:\n{text}");
        if !matches!(page, Page::Login | Page::LoginAgain) {
            assert!(text.contains("&lt;script&gt;"), "{page:?} shows none of it");
        }
        assert_eq!(text.matches("<script").count(), 1, "{page:?}");
        assert_eq!(text.matches(" style=").count() + text.matches("<style").count(), 0, "{page:?}");
        let addresses = text.replace("http://www.w3.org/2000/svg", "").matches("://").count();
        assert_eq!(addresses, 0, "{page:?} leads elsewhere");
    }
}

#[test]
fn images_stand_with_their_containers() {
    let text = text(&made(&everything()), Page::Images);
    assert!(text.contains("1 of 2 containers behind") && text.contains("<code>&lt;b&gt;</code>"));
}

#[test]
fn forms_carry_the_token_of_their_session() {
    let made = made(&everything());
    for page in [Page::Fleet, Page::Campaigns, Page::Releases, Page::Images] {
        let text = text(&made, page);
        let forms = text.matches("<form method=\"post\"").count();
        assert!(forms > 0, "{page:?}");
        assert_eq!(
            text.matches("name=\"form_token\" value=\"0123abcd\"").count(),
            forms,
            "{page:?}"
        );
    }
    let tag = |token| made.page(Page::Fleet, token).expect("a page").1;
    assert_ne!(tag("one"), tag("two"));
    let another = self::made(&everything()).page(Page::Fleet, "one").expect("a page").1;
    assert_ne!(tag("one"), another, "another process has pages of its own");
}

#[test]
fn before_anything_is_known_every_page_says_so() {
    let made = made(&Known::default());
    for page in Page::ALL {
        let text = text(&made, page);
        assert!(text.contains("class=\"empty\"") || text.contains("type=\"password\""), "{page:?}");
    }
    assert!(made.whole_report().is_none() && made.json().is_none());
}

#[test]
fn whoever_is_not_signed_in_learns_nothing() {
    let made = made(&everything());
    for page in [Page::Login, Page::LoginAgain] {
        let text = text(&made, page);
        assert!(!text.contains("fleet") && !text.contains("<nav"), "{text}");
    }
}

#[test]
fn what_could_not_be_judged_stands_on_the_page() {
    let text = text(&made(&everything()), Page::Fleet);
    assert!(text.contains("Could not be judged") && text.contains("object database is damaged"));
    assert!(text.contains(", failed:</strong>"));
    assert!(text.contains("/report#repository-0") || text.contains("&#x2F;report#repository-0"));
}

#[test]
fn the_report_is_made_once_for_all_who_ask() {
    let pages = Pages::new().expect("templates");
    let known = everything();
    pages.renew(&known, Standing::default()).expect("pages");
    let first = pages.now().whole_report().expect("a report");
    pages.renew(&known, Standing::default()).expect("pages");
    assert_eq!(first.as_ptr(), pages.now().whole_report().expect("a report").as_ptr());
    let text = String::from_utf8(first.to_vec()).expect("UTF-8");
    assert!(text.contains("id=\"repository-0\""));
}
