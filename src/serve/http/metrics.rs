//! Metrics in the text format of Prometheus (version 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::campaign::state::State;
use crate::campaign::status::Status;
use crate::drift::RepositoryVerdict;
use crate::serve::known::Known;

/// The counters. Labels come from closed lists, so that no request can add one.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    events: Mutex<BTreeMap<(Event, &'static str), u64>>,
    in_flight: AtomicI64,
    connections: AtomicI64,
    judging_milliseconds: AtomicU64,
}

/// Counts something as in progress until it is dropped.
pub(super) struct Underway<'m>(&'m AtomicI64);

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An event that is counted by its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    Deliveries,
    Judgings,
    Refreshes,
    Refused,
}

impl Event {
    const ALL: [Self; 4] = [Self::Deliveries, Self::Judgings, Self::Refreshes, Self::Refused];

    /// The name and the help text of the counter.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Deliveries => ("deliveries", "Deliveries of webhooks, by what became of them."),
            Self::Judgings => ("judgings", "Judgings of the fleet or of a part of it."),
            Self::Refreshes => ("refreshes", "Refreshes of images."),
            Self::Refused => ("refused", "Requests that were refused before they were processed."),
        }
    }
}

/// What the server holds at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gauge {
    InFlight,
    Connections,
    Sessions,
}

impl Gauge {
    const ALL: [Self; 3] = [Self::InFlight, Self::Connections, Self::Sessions];

    /// The name and the help text of the gauge.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::InFlight => ("requests_in_flight", "Requests that are being answered."),
            Self::Connections => ("connections", "Connections that are open."),
            Self::Sessions => ("sessions", "People who are signed in."),
        }
    }
}

impl Metrics {
    /// Counts an answer. `route` is a declared route, not the requested path.
    pub(super) fn answered(&self, route: &str, status: u16) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((route.to_owned(), status)).or_default() += 1;
    }

    /// Counts an event.
    pub(super) fn count(&self, event: Event, outcome: &'static str) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        *events.entry((event, outcome)).or_default() += 1;
    }

    pub(super) fn judged_in(&self, took: Duration) {
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.judging_milliseconds.fetch_add(took, Ordering::Relaxed);
    }

    pub(super) fn request(&self) -> Underway<'_> {
        begin(&self.in_flight)
    }

    pub(super) fn connection(&self) -> Underway<'_> {
        begin(&self.connections)
    }

    /// Renders all metrics.
    pub(super) fn text(&self, known: &Known, sessions: usize) -> String {
        let mut text = String::new();
        let told = &mut text;
        head(told, "requests_total", "counter", "Requests, by route and status.");
        for ((route, status), count) in
            &*self.requests.lock().unwrap_or_else(PoisonError::into_inner)
        {
            line(
                told,
                "requests_total",
                &[("route", route), ("status", &status.to_string())],
                *count,
            );
        }
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for event in Event::ALL {
            let (name, about) = event.words();
            let name = format!("{name}_total");
            head(told, &name, "counter", about);
            for ((_, outcome), count) in events.iter().filter(|((of, _), _)| *of == event) {
                line(told, &name, &[("outcome", outcome)], *count);
            }
        }
        let judging = self.judging_milliseconds.load(Ordering::Relaxed);
        head(told, "judging_milliseconds_total", "counter", "Time that judging took.");
        line(told, "judging_milliseconds_total", &[], judging);
        let now = |count: &AtomicI64| u64::try_from(count.load(Ordering::Relaxed)).unwrap_or(0);
        for gauge in Gauge::ALL {
            let value = match gauge {
                Gauge::InFlight => now(&self.in_flight),
                Gauge::Connections => now(&self.connections),
                Gauge::Sessions => sessions as u64,
            };
            let (name, about) = gauge.words();
            head(told, name, "gauge", about);
            line(told, name, &[], value);
        }
        of_the_fleet(told, known);
        if let Some(bytes) = resident() {
            let _ =
                writeln!(told, "# HELP process_resident_memory_bytes Memory that the process has.");
            let _ = writeln!(told, "# TYPE process_resident_memory_bytes gauge");
            let _ = writeln!(told, "process_resident_memory_bytes {bytes}");
        }
        text
    }
}

fn begin(count: &AtomicI64) -> Underway<'_> {
    count.fetch_add(1, Ordering::Relaxed);
    Underway(count)
}

fn of_the_fleet(told: &mut String, known: &Known) {
    let seconds = |at: &str| at.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    if let Some(at) = known.whole_at.as_deref().and_then(seconds) {
        head(told, "judged_timestamp_seconds", "gauge", "When the whole fleet was last judged.");
        line(told, "judged_timestamp_seconds", &[], u64::try_from(at).unwrap_or(0));
    }
    if let Some(report) = &known.report {
        head(told, "repositories", "gauge", "Repositories, by verdict.");
        for verdict in RepositoryVerdict::ALL {
            let count = report.repositories.iter().filter(|one| one.verdict == verdict).count();
            line(told, "repositories", &[("verdict", verdict.as_str())], count as u64);
        }
    }
    if let Some((_, campaigns)) = &known.campaigns {
        // One that could not be read has no number, which is not the same as 0.
        let read: Vec<&Status> =
            campaigns.iter().filter_map(|sight| sight.status.as_ref().ok()).collect();
        of_campaigns(told, &read);
    }
}

/// Campaigns of one name count together, since a series may be told only once. A state without a repository is told,
/// too: a series that ends says nothing of what became of it.
fn of_campaigns(told: &mut String, campaigns: &[&Status]) {
    let mut by_name: BTreeMap<&str, Vec<&Status>> = BTreeMap::new();
    for status in campaigns {
        by_name.entry(status.campaign.as_str()).or_default().push(status);
    }
    head(told, "campaign_repositories", "gauge", "Repositories of campaigns, by state.");
    for (name, named) in &by_name {
        for state in State::ALL {
            let count: usize = named.iter().filter_map(|status| status.counts.get(&state)).sum();
            let labels = [("campaign", *name), ("state", state.as_str())];
            line(told, "campaign_repositories", &labels, count as u64);
        }
    }
    head(told, "campaign_open_pull_requests", "gauge", "Open pull requests of campaigns.");
    for (name, named) in &by_name {
        let rows = named.iter().flat_map(|status| &status.repositories);
        let open = rows.filter(|row| row.has_open_pull).count();
        line(told, "campaign_open_pull_requests", &[("campaign", *name)], open as u64);
    }
}

fn head(told: &mut String, name: &str, kind: &str, about: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(told, "# HELP shipshape_{name} {about}\n# TYPE shipshape_{name} {kind}");
}

fn line(told: &mut String, name: &str, labels: &[(&str, &str)], value: u64) {
    let labels: Vec<String> =
        labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
    let labels =
        if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let _ = writeln!(told, "shipshape_{name}{labels} {value}");
}

/// A label's value as the text format wants it:
/// <https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information>.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

/// The resident memory of this process, if the system reports it: `VmRSS` of `/proc/self/status`, in KiB.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::campaign::status::{self, Row};
    use crate::error::Error;
    use crate::serve::CampaignSight;

    /// A campaign of two repositories, both with an open pull request; one is blocked.
    fn campaign() -> CampaignSight {
        let blocked = Row { has_open_pull: true, ..Row::sample("acme/two", State::Blocked) };
        let status = Status {
            schema: status::SCHEMA,
            campaign: r#"a "b" \"#.to_owned(),
            at: "2026-01-02T03:04:05Z".to_owned(),
            forge: String::new(),
            counts: BTreeMap::from([(State::Open, 1), (State::Blocked, 1)]),
            not_selected: 0,
            repositories: vec![Row::sample("acme/one", State::Open), blocked],
        };
        CampaignSight { file: "campaign.yaml".to_owned(), status: Ok(status) }
    }

    #[test]
    fn campaigns_count_open_pull_requests_and_one_that_is_unread_has_no_number() {
        let unread = CampaignSight {
            file: "other.yaml".to_owned(),
            status: Err(Error::failed("no answer")),
        };
        let campaigns: Arc<[CampaignSight]> = Arc::new([campaign(), campaign(), unread]);
        let known = Known { campaigns: Some((String::new(), campaigns)), ..Known::default() };
        let text = Metrics::default().text(&known, 0);
        for told in [
            r#"shipshape_campaign_repositories{campaign="a \"b\" \\",state="open"} 2"#,
            r#"shipshape_campaign_repositories{campaign="a \"b\" \\",state="blocked"} 2"#,
            r#"shipshape_campaign_repositories{campaign="a \"b\" \\",state="merged"} 0"#,
            r#"shipshape_campaign_open_pull_requests{campaign="a \"b\" \\"} 4"#,
        ] {
            assert_eq!(text.lines().filter(|line| *line == told).count(), 1, "{told}: {text}");
        }
        let all = text.lines().filter(|line| line.starts_with("shipshape_campaign")).count();
        assert_eq!(all, State::ALL.len() + 1, "{text}");
    }

    #[test]
    fn the_page_about_the_server_names_every_metric() {
        let page = include_str!("../../../docs/serve.md");
        let known = Known {
            whole_at: Some("2026-01-02T03:04:05Z".to_owned()),
            report: Some(Arc::new(crate::report::sample::fleet())),
            campaigns: Some(("2026-01-02T03:04:05Z".to_owned(), Arc::new([campaign()]))),
            ..Known::default()
        };
        let text = Metrics::default().text(&known, 0);
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
            .collect();
        assert!(names.len() > Event::ALL.len() + Gauge::ALL.len() + 3, "{names:?}");
        for name in names {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn every_name_is_told_once_with_its_kind() {
        let metrics = Metrics::default();
        metrics.answered("/", 200);
        metrics.answered("/", 200);
        metrics.answered("other", 404);
        metrics.count(Event::Deliveries, "accepted");
        let _one = metrics.request();
        let text = metrics.text(&Known::default(), 3);
        for wanted in [
            "shipshape_requests_total{route=\"/\",status=\"200\"} 2",
            "shipshape_requests_total{route=\"other\",status=\"404\"} 1",
            "shipshape_deliveries_total{outcome=\"accepted\"} 1",
            "shipshape_requests_in_flight 1",
            "shipshape_sessions 3",
        ] {
            assert!(text.lines().any(|line| line == wanted), "{wanted}:\n{text}");
        }
        let kinds: Vec<&str> = text.lines().filter(|line| line.starts_with("# TYPE")).collect();
        let mut names: Vec<&str> = kinds.iter().filter_map(|line| line.split(' ').nth(2)).collect();
        names.dedup();
        assert_eq!(names.len(), kinds.len(), "{text}");
    }
}
