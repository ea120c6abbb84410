//! A campaign's status as one self-contained page, in the style of the report.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use sha2::Digest as _;

use super::visible::visible;
use crate::campaign::state::{State, Tone};
use crate::campaign::status::{Row, Status, is_web_page};
use crate::error::{Error, Result};

const PAGE: &str = include_str!("../../templates/report/campaign.html");
/// The table of a campaign, which the dashboard also includes.
pub(crate) const PART: (&str, &str) =
    ("standings.html", include_str!("../../templates/report/standings.html"));
const STYLE: &str = concat!(
    include_str!("../../templates/report/report.css"),
    include_str!("../../templates/report/campaign.css")
);

/// Renders the page.
///
/// # Errors
/// None in practice: the template is part of the program.
pub fn page(status: &Status) -> Result<String> {
    let failed = |error: tera::Error| Error::failed("cannot render the page").caused_by(error);
    let mut templates = tera::Tera::default();
    // Autoescaping is enabled by the `.html` suffix of the name.
    templates.add_raw_templates([("page.html", PAGE), PART]).map_err(failed)?;
    let mut context = tera::Context::new();
    let hash = BASE64.encode(sha2::Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    context.insert("policy", &policy);
    context.insert("style", STYLE);
    context.insert("page", &Page::of(status));
    templates.render("page.html", &context).map_err(failed)
}

/// The data for [`PART`], as the value `page` of a template.
pub(crate) fn shown(status: &Status) -> impl Serialize + use<> {
    Page::of(status)
}

#[derive(Serialize)]
struct Page {
    campaign: String,
    forge: String,
    at: String,
    total: usize,
    counts: Vec<Count>,
    pieces: Vec<Piece>,
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Count {
    state: &'static str,
    tone: &'static str,
    count: usize,
}

/// A segment of the bar, in thousandths.
#[derive(Serialize)]
struct Piece {
    tone: &'static str,
    start: usize,
    length: usize,
}

#[derive(Serialize)]
struct Group {
    owner: String,
    rows: Vec<Line>,
    /// Repositories that the campaign does not select, which have no row.
    unselected: usize,
}

#[derive(Serialize)]
struct Line {
    repository: String,
    state: &'static str,
    tone: &'static str,
    /// `None` for a repository that has no place in a wave.
    wave: Option<u32>,
    pull: Option<u64>,
    page: Option<String>,
    reason: String,
    unread: Vec<String>,
}

impl Page {
    fn of(status: &Status) -> Self {
        let total = status.repositories.len();
        let mut counts: Vec<Count> = status
            .counts
            .iter()
            .map(|(state, count)| Count {
                state: state.as_str(),
                tone: tone(*state),
                count: *count,
            })
            .collect();
        if status.not_selected > 0 {
            let (state, tone) = ("not selected", "unselected");
            counts.push(Count { state, tone, count: status.not_selected });
        }
        let mut start = 0;
        let pieces = counts
            .iter()
            .map(|count| {
                let length = count.count * 1000 / total.max(1);
                let piece = Piece { tone: count.tone, start, length };
                start += length;
                piece
            })
            .collect();
        let groups = status
            .by_owner()
            .into_iter()
            .map(|(owner, rows)| {
                let (unselected, rows): (Vec<&Row>, Vec<&Row>) =
                    rows.into_iter().partition(|row| row.is_unselected());
                Group {
                    owner: visible(owner.unwrap_or("without an owner")).into_owned(),
                    rows: rows.into_iter().map(line).collect(),
                    unselected: unselected.len(),
                }
            })
            .collect();
        Self {
            campaign: visible(&status.campaign).into_owned(),
            forge: visible(&status.forge).into_owned(),
            at: status.at.clone(),
            total,
            counts,
            pieces,
            groups,
        }
    }
}

fn line(row: &Row) -> Line {
    let page = row.page.clone().filter(|page| is_web_page(page));
    Line {
        repository: visible(&row.repository).into_owned(),
        state: row.state.as_str(),
        tone: tone(row.state),
        wave: row.wave,
        pull: row.pull,
        page,
        reason: visible(&row.said()).into_owned(),
        unread: row.unread.iter().map(|line| visible(line).into_owned()).collect(),
    }
}

/// The colour class of a state.
fn tone(state: State) -> &'static str {
    match state.tone() {
        Tone::Good => "conformant",
        Tone::Moving => "drifted",
        Tone::Bad => "broken",
        Tone::Aside => "unchecked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::status::SCHEMA;

    fn status() -> Status {
        let row = |name: &str, state, reason: &str, page: &str| Row {
            owner: Some("@acme/<b>agents".to_owned()),
            reason: reason.to_owned(),
            page: Some(page.to_owned()),
            unread: if state == State::Open { vec!["checks: <i>".to_owned()] } else { Vec::new() },
            ..Row::sample(name, state)
        };
        Status {
            schema: SCHEMA,
            campaign: "fix".to_owned(),
            at: "2026-01-01T00:00:00Z".to_owned(),
            forge: "https://forge.example".to_owned(),
            counts: [(State::Open, 1), (State::Merged, 1)].into(),
            not_selected: 0,
            repositories: vec![
                row("acme/a", State::Open, "<script>alert(1)</script>", "javascript:alert(1)"),
                row(
                    "acme/b",
                    State::Merged,
                    "merged\u{202e}",
                    "https://forge.example/acme/b/pull/7",
                ),
            ],
        }
    }

    #[test]
    fn text_stays_text_and_only_pages_are_links() {
        let page = page(&status()).expect("a page");
        assert!(!page.contains("<script") && !page.contains("javascript:"), "{page}");
        assert!(page.contains("&lt;script&gt;") && page.contains("\\u{202e}"));
        assert!(page.contains("not seen: checks: &lt;i&gt;"), "{page}");
        assert_eq!(page.matches("<a href=\"http").count(), 1);
        assert!(page.contains("@acme&#x2F;&lt;b&gt;agents"));
    }

    #[test]
    fn what_a_campaign_does_not_select_is_not_coloured_as_what_is_unchecked() {
        let page = page(&Status { not_selected: 3, ..status() }).expect("a page");
        let count = "<div class=\"unselected\"><dt>not selected</dt><dd>3</dd></div>";
        assert!(page.contains(count), "{page}");
    }

    #[test]
    fn the_policy_names_the_style() {
        let page = page(&status()).expect("a page");
        let style = page.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
        assert_eq!(style.map(|(style, _)| style), Some(STYLE));
    }
}
