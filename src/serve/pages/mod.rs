//! The dashboard's pages, rendered when something changes rather than per request.
//!
//! Each page is kept in pieces, which are joined with the session's form token when it is served. So no template is
//! evaluated for a request, and a thousand readers cost little more than one.

mod view;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use http::HeaderValue;
use sha2::Digest as _;

use super::known::Known;
use super::secret::{hex, random};
use crate::drift::model::Report;
use crate::error::{Error, Result};
use crate::report::{self, Format, Style};

/// Seconds between two updates of an open page.
const REFRESHES: u32 = 15;

const STYLE: &str = concat!(
    include_str!("../../../templates/report/report.css"),
    include_str!("../../../templates/report/campaign.css"),
    include_str!("../../../templates/serve/serve.css")
);
const SCRIPT: &str = concat!(
    include_str!("../../../templates/report/theme.js"),
    include_str!("../../../templates/serve/serve.js")
);
const TEMPLATES: &[(&str, &str)] = &[
    ("shell.html", include_str!("../../../templates/serve/shell.html")),
    ("state.html", include_str!("../../../templates/serve/state.html")),
    ("fleet.html", include_str!("../../../templates/serve/fleet.html")),
    ("campaigns.html", include_str!("../../../templates/serve/campaigns.html")),
    ("releases.html", include_str!("../../../templates/serve/releases.html")),
    ("images.html", include_str!("../../../templates/serve/images.html")),
    ("login.html", include_str!("../../../templates/serve/login.html")),
];

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Page {
    Fleet,
    Campaigns,
    Releases,
    Images,
    Login,
    /// The sign-in page after a wrong token.
    LoginAgain,
}

impl Page {
    const ALL: [Self; 6] =
        [Self::Fleet, Self::Campaigns, Self::Releases, Self::Images, Self::Login, Self::LoginAgain];
    /// The pages in the navigation, with their paths and names.
    const NAMED: [(Self, &'static str, &'static str); 4] = [
        (Self::Fleet, "/", "Fleet"),
        (Self::Campaigns, "/campaigns", "Campaigns"),
        (Self::Releases, "/releases", "Releases"),
        (Self::Images, "/images", "Images"),
    ];

    fn template(self) -> &'static str {
        match self {
            Self::Fleet => "fleet.html",
            Self::Campaigns => "campaigns.html",
            Self::Releases => "releases.html",
            Self::Images => "images.html",
            Self::Login | Self::LoginAgain => "login.html",
        }
    }
}

/// Properties of the server that its pages show.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    /// Whether people sign in.
    pub(super) signs_in: bool,
    /// Whether it refreshes images.
    pub(super) refreshes_images: bool,
    /// How many refreshes are in progress.
    pub(super) refreshing: usize,
}

/// All pages in their present state.
pub(super) struct Pages {
    templates: tera::Tera,
    /// The placeholder for form tokens. It is random, so that no text from a repository can contain it.
    marker: String,
    /// Distinguishes this process's ETags from those of another.
    instance: String,
    style: Asset,
    script: Asset,
    made: RwLock<Arc<Made>>,
}

/// A file that never changes under its name.
#[derive(Clone, Debug)]
pub(super) struct Asset {
    pub(super) path: String,
    pub(super) text: &'static str,
    pub(super) kind: &'static str,
}

/// The pages as of one moment.
#[derive(Default)]
pub(super) struct Made {
    /// The process that rendered them, since every process numbers them from the beginning.
    instance: String,
    number: u64,
    pages: BTreeMap<Page, Pieces>,
    report: Option<Arc<Report>>,
    /// The whole report as a page, rendered on first use.
    whole: Mutex<Option<axum::body::Bytes>>,
}

/// A page, split at the form tokens.
#[derive(Debug)]
struct Pieces(Vec<String>);

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pages")
    }
}

impl Pages {
    /// Parses the templates.
    pub(super) fn new() -> Result<Self> {
        let mut templates = tera::Tera::default();
        let shared = report::html::PARTS.iter().chain([&report::campaign_page::PART]);
        templates.add_raw_templates(TEMPLATES.iter().chain(shared).copied()).map_err(failed)?;
        let asset = |text: &'static str, extension, kind| {
            let hash = hex(&sha2::Sha256::digest(text).as_slice()[..8]);
            Asset { path: format!("/assets/{hash}.{extension}"), text, kind }
        };
        Ok(Self {
            templates,
            marker: hex(&random::<32>()?),
            instance: hex(&random::<8>()?),
            style: asset(STYLE, "css", "text/css; charset=utf-8"),
            script: asset(SCRIPT, "js", "text/javascript; charset=utf-8"),
            made: RwLock::default(),
        })
    }

    /// Renders all pages again.
    pub(super) fn renew(&self, known: &Known, standing: Standing) -> Result<()> {
        let mut pages = BTreeMap::new();
        for page in Page::ALL {
            let context = self.context(page, known, standing);
            let text = self.templates.render(page.template(), &context).map_err(failed)?;
            pages.insert(page, Pieces(text.split(&self.marker).map(str::to_owned).collect()));
        }
        let before = self.now();
        let same = match (&before.report, &known.report) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        let whole = if same { before.whole().clone() } else { None };
        let (number, report) = (before.number + 1, known.report.clone());
        let instance = self.instance.clone();
        let made = Made { instance, number, pages, report, whole: Mutex::new(whole) };
        *self.made.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(made);
        Ok(())
    }

    /// The present pages.
    pub(super) fn now(&self) -> Arc<Made> {
        Arc::clone(&self.made.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The asset at a path below `/assets/`.
    pub(super) fn asset(&self, path: &str) -> Option<&Asset> {
        [&self.style, &self.script].into_iter().find(|asset| asset.path == path)
    }

    fn context(&self, page: Page, known: &Known, standing: Standing) -> tera::Context {
        let mut context = tera::Context::new();
        let named = Page::NAMED.iter().find(|(named, ..)| *named == page);
        context.insert("title", named.map_or("Sign in", |(_, _, name)| name));
        context.insert("style", &self.style.path);
        context.insert("script", &self.script.path);
        context.insert("form_token", &self.marker);
        context.insert("report_page", "/report");
        let fleet = known.members.as_ref().map(|members| members.fleet.as_str());
        match page {
            Page::Login | Page::LoginAgain => {
                // Show nothing before signing in, not even the fleet's name.
                context.insert("fleet", "shipshape");
                context.insert("wrong", &(page == Page::LoginAgain));
                return context;
            }
            Page::Fleet => view::fleet(&mut context, known),
            Page::Campaigns => view::campaigns(&mut context, known),
            Page::Releases => view::releases(&mut context, known),
            Page::Images => view::images(&mut context, known, standing),
        }
        context.insert("fleet", &view::shown(fleet.filter(|it| !it.is_empty()).unwrap_or("fleet")));
        context.insert("refreshes", &REFRESHES);
        context.insert("signed_in", &standing.signs_in);
        // Hide pages for things that the fleet is known not to have.
        let has = |page: Page| match (&known.members, page) {
            (Some(members), Page::Releases) => members.releases,
            (Some(members), Page::Images) => !members.runtimes().is_empty(),
            _ => true,
        };
        let nav: Vec<_> = Page::NAMED
            .iter()
            .filter(|(named, ..)| has(*named) || *named == page)
            .map(|(named, path, name)| {
                serde_json::json!({ "path": path, "name": name, "here": *named == page })
            })
            .collect();
        context.insert("nav", &nav);
        context
    }
}

impl Made {
    /// A page with a session's form token, and its ETag.
    pub(super) fn page(&self, page: Page, form_token: &str) -> Option<(String, HeaderValue)> {
        let text = self.pages.get(&page)?.0.join(form_token);
        let session = sha2::Sha256::digest(form_token);
        let session = hex(&session.as_slice()[..4]);
        let tag = format!("\"{}-{}-{session}\"", self.instance, self.number);
        Some((text, HeaderValue::from_str(&tag).ok()?))
    }

    /// Whether they show a judgement.
    pub(super) fn is_judged(&self) -> bool {
        self.report.is_some()
    }

    /// The whole report as a page. Rendering takes long, so it must not run on threads that serve requests.
    pub(super) fn whole_report(&self) -> Option<axum::body::Bytes> {
        let report = self.report.as_ref()?;
        let mut whole = self.whole();
        if whole.is_none() {
            let mut text = Vec::new();
            report::html::render_below(report, Some("/"), &mut text).ok()?;
            *whole = Some(text.into());
        }
        whole.clone()
    }

    /// The report as JSON.
    pub(super) fn json(&self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        report::render(self.report.as_ref()?, Format::Json, &Style::default(), &mut text).ok()?;
        Some(text)
    }

    fn whole(&self) -> std::sync::MutexGuard<'_, Option<axum::body::Bytes>> {
        self.whole.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(error: tera::Error) -> Error {
    use std::error::Error as _;
    let why = error.source().map(ToString::to_string).unwrap_or_default();
    Error::failed("cannot make a page").caused_by(error).caused_by(why)
}

#[cfg(test)]
mod tests;
