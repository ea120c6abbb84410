//! The report as one self-contained page: matrix, filters, findings and differences.
//!
//! The page is an embedded template with autoescaping. The content security policy allows its one style and one
//! script by their hashes, so that nothing written by a repository can run even if it escaped. Without scripts it is
//! a plain but complete page.

mod difference;
mod finding;
mod trend;
mod view;

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::Digest as _;

use crate::drift::model::Report;

const PAGE: &str = include_str!("../../templates/report/page.html");
/// Parts of the page that the dashboard also includes, by the names under which templates include them.
pub(crate) const PARTS: &[(&str, &str)] = &[
    ("matrix.html", include_str!("../../templates/report/matrix.html")),
    ("next.html", include_str!("../../templates/report/next.html")),
    ("trend.html", include_str!("../../templates/report/trend.html")),
    ("triage.html", include_str!("../../templates/report/triage.html")),
];
/// The style of every page.
pub(crate) const STYLE: &str = include_str!("../../templates/report/report.css");
const SCRIPT: &str = concat!(
    include_str!("../../templates/report/theme.js"),
    include_str!("../../templates/report/report.js")
);

/// Writes the page.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    render_below(report, None, out)
}

/// Writes the page with a link to the page that it belongs to.
pub(crate) fn render_below(
    report: &Report,
    home: Option<&str>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut templates = tera::Tera::default();
    // Autoescaping is enabled by the `.html` suffix of the name.
    let page = [("page.html", PAGE)];
    let all = page.iter().chain(PARTS).copied();
    templates.add_raw_templates(all).map_err(io::Error::other)?;
    let mut context = tera::Context::new();
    context.insert("policy", &policy());
    context.insert("style", STYLE);
    context.insert("script", SCRIPT);
    context.insert("report_page", "");
    context.insert("home", &home);
    context.insert("page", &view::Page::of(report));
    templates.render_to("page.html", &context, out).map_err(io::Error::other)
}

/// The data for [`PARTS`], as the value `page` of a template.
pub(crate) fn overview(report: &Report) -> impl serde::Serialize + use<> {
    view::Page::overview(report)
}

/// The content security policy: allows this style and this script, and nothing else.
pub(crate) fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        BASE64.encode(sha2::Sha256::digest(STYLE)),
        BASE64.encode(sha2::Sha256::digest(SCRIPT)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::rendered;
    use super::super::{Format, sample};
    use super::*;

    #[test]
    fn the_page_holds_one_script_one_style_and_no_address() {
        let page = rendered(&sample::fleet(), Format::Html);
        assert_eq!(page.matches("<script").count(), 1);
        assert_eq!(page.matches("<style").count(), 1);
        for reaching_out in ["src=", "@import", "url(", "<link", "<img", "<iframe", " style=\""] {
            assert!(!page.contains(reaching_out), "{reaching_out}");
        }
        // A namespace is a name and is not fetched.
        let addresses = page.replace("http://www.w3.org/2000/svg", "").matches("://").count();
        let hostile = page.matches("https:&#x2F;&#x2F;evil.example").count();
        assert!(hostile > 0 && addresses == 0, "{addresses}");
    }

    #[test]
    fn what_nobody_could_read_is_not_conformant() {
        let mut report = sample::large(3);
        for repository in &mut report.repositories {
            repository.paths.clear();
            repository.verdict = crate::drift::RepositoryVerdict::Unchecked;
        }
        let page = rendered(&report, Format::Html);
        assert!(!page.contains("Every path is conformant"));
        assert!(page.contains("3 of 3 could not be checked whole"));
    }

    #[test]
    fn what_matters_most_is_named_by_repository() {
        let report = sample::large(28);
        let triage = crate::drift::triage::Triage::of_report(&report);
        let names =
            triage.pressing.iter().find(|it| it.repositories.len() > 3).map(|it| it.names(3));
        let names = names.expect("a rule of many repositories").replace('/', "&#x2F;");
        assert!(names.ends_with(" more"), "{names}");
        let page = rendered(&report, Format::Html);
        assert!(page.contains(&format!(": {names}</td>")), "{names}");
    }

    #[test]
    fn text_of_a_repository_stays_text() {
        let page = rendered(&sample::fleet(), Format::Html);
        assert!(!page.contains("<script>alert"));
        assert!(page.contains("&lt;script&gt;alert(1)&lt;&#x2F;script&gt;"));
    }

    #[test]
    fn the_policy_names_what_the_page_holds() {
        let page = rendered(&sample::fleet(), Format::Html);
        let style = page.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
        assert_eq!(style.map(|(style, _)| style), Some(STYLE));
        let script = page.split_once("<script>").and_then(|(_, rest)| rest.split_once("</script>"));
        assert_eq!(script.map(|(script, _)| script), Some(SCRIPT));
    }

    #[test]
    fn a_thousand_repositories_make_a_page_that_a_browser_opens() {
        let page = rendered(&sample::large(1_000), Format::Html);
        assert!(page.len() < 8_000_000, "{} bytes", page.len());
        assert_eq!(page.matches("class=\"repository ").count(), 1_000);
    }

    /// Writes samples for the browser's test and for a person's eyes.
    #[test]
    fn samples_are_written_when_asked_for() {
        let Some(path) = std::env::var_os("SHIPSHAPE_SAMPLE_HTML") else { return };
        let many = std::env::var("SHIPSHAPE_SAMPLE_SIZE").ok().and_then(|size| size.parse().ok());
        let report = many.map_or_else(sample::fleet, sample::large);
        std::fs::write(path, rendered(&report, Format::Html)).expect("a writable path");
    }
}
