//! The latest results: the judgement of the fleet, its campaigns, releases and images.
//!
//! A failed request keeps the previous result and records the failure next to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::facts::{CampaignSight, ImageSight, Members, ReleaseSight, Which};
use super::refresh::{Answer, RefreshRequest};
use crate::drift::model::Report;
use crate::drift::outliers;
use crate::error::{Error, Obstacle};
use crate::images::by_runtime::ByRuntime;

/// What was read, or why it could not be.
pub(super) type Seen<T> = Result<Arc<[T]>, Error>;

/// Everything that is known. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The members of the fleet, as last read from fleet.yaml.
    pub(super) members: Option<Arc<Members>>,
    /// The latest report on the fleet.
    pub(super) report: Option<Arc<Report>>,
    /// When the whole fleet was last judged.
    pub(super) whole_at: Option<String>,
    /// When a part was judged after that, and how many repositories.
    pub(super) part_at: Option<(String, usize)>,
    /// What is being judged, and since when.
    pub(super) judging: Option<(String, Which)>,
    /// When and why the last judgement failed.
    pub(super) failure: Option<(String, Error)>,
    /// The campaigns, and when they were read.
    pub(super) campaigns: Option<(String, Arc<[CampaignSight]>)>,
    /// The last releases, and when they were read.
    pub(super) releases: Option<(String, Result<Arc<ReleaseSight>, Error>)>,
    /// The images on this host, and when they were read.
    pub(super) images: Option<(String, Seen<ImageSight>)>,
    /// The last refresh of each runtime.
    pub(super) refreshed: BTreeMap<String, LastRefresh>,
    /// When and why the last refresh as a whole failed.
    pub(super) refresh_failure: Option<(String, String)>,
}

/// The outcome of refreshing a runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LastRefresh {
    pub(super) at: String,
    pub(super) failure: Option<String>,
    pub(super) held: bool,
    pub(super) recreated: usize,
}

impl Known {
    /// Records a judgement.
    pub(super) fn judged(&mut self, which: &Which, report: Report) {
        let at = report.generated_at.clone();
        self.judging = None;
        self.failure = None;
        match (which, self.report.take()) {
            (Which::Some(_), Some(before)) => {
                self.part_at = Some((at, report.repositories.len()));
                self.report = Some(Arc::new(merged(&before, report)));
            }
            (Which::Some(_), None) => {
                self.part_at = Some((at, report.repositories.len()));
                self.report = Some(Arc::new(report));
            }
            (Which::All, _) => {
                self.part_at = None;
                self.whole_at = Some(at);
                self.report = Some(Arc::new(report));
            }
        }
    }

    /// Records a failed judgement. The previous results stay.
    pub(super) fn failed(&mut self, at: String, error: Error) {
        self.judging = None;
        self.failure = Some((at, error));
    }

    /// Whether the last judgement failed because the forge does not accept the credential.
    pub(super) fn is_refused(&self) -> bool {
        let obstacle = self.failure.as_ref().and_then(|(_, error)| error.obstacle());
        obstacle == Some(Obstacle::Credential)
    }

    /// Records the outcome of a refresh. If it failed before it tried a runtime, that is the failure of each runtime
    /// that was asked for.
    pub(super) fn was_refreshed(
        &mut self,
        at: &str,
        request: &RefreshRequest,
        outcome: &ByRuntime,
    ) {
        let answer = Answer::of(outcome, request.runtime.as_deref(), false);
        self.refresh_failure = answer.error.map(|why| (at.to_owned(), why));
        for one in &outcome.runtimes {
            let last = LastRefresh {
                at: at.to_owned(),
                failure: one.failure.clone(),
                held: one.held,
                recreated: one.recreated.len(),
            };
            self.refreshed.insert(one.runtime.clone(), last);
        }
        let Some(failure) = &outcome.failure else { return };
        let asked_for = match &request.runtime {
            Some(runtime) => vec![runtime.clone()],
            None => self.members.as_ref().map(|members| members.runtimes()).unwrap_or_default(),
        };
        let is_tried = |runtime: &str| outcome.runtimes.iter().any(|one| one.runtime == runtime);
        for runtime in asked_for.into_iter().filter(|runtime| !is_tried(runtime)) {
            let failure = Some(failure.why.clone());
            let last = LastRefresh { at: at.to_owned(), failure, held: false, recreated: 0 };
            self.refreshed.insert(runtime, last);
        }
    }
}

/// Merges newly judged repositories into the report on the whole fleet. Findings about the fleet itself, such as unused
/// waivers, are only updated by judging all of it.
fn merged(before: &Report, part: Report) -> Report {
    let mut report = before.clone();
    for repository in part.repositories {
        match report.repositories.iter_mut().find(|known| known.name == repository.name) {
            Some(known) => *known = repository,
            None => report.repositories.push(repository),
        }
    }
    report.repositories.sort_by(|one, other| one.name.cmp(&other.name));
    report.outliers = outliers::of(&report.repositories);
    report.generated_at = part.generated_at;
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::RepositoryVerdict;
    use crate::drift::model::{RepositoryReport, ShapeName};

    fn report(at: &str, repositories: &[(&str, RepositoryVerdict)]) -> Report {
        let one = |(name, verdict): &(&str, RepositoryVerdict)| RepositoryReport {
            is_archived: false,
            name: (*name).to_owned(),
            origin: (*name).to_owned(),
            commit: None,
            tree: None,
            profile: None,
            owner: None,
            shape: String::new(),
            verdict: *verdict,
            error: None,
            paths: Vec::new(),
            findings: Vec::new(),
        };
        Report {
            command: "drift",
            generated_at: at.to_owned(),
            shape: ShapeName { name: "s".to_owned(), source: "embedded".to_owned() },
            repositories: repositories.iter().map(one).collect(),
            fleet_findings: Vec::new(),
            fleet: None,
            outliers: Vec::new(),
            trend: Vec::new(),
            notes: Vec::new(),
            next: Vec::new(),
        }
    }

    #[test]
    fn a_part_changes_its_repositories_and_no_other() {
        use RepositoryVerdict::{Broken, Conformant, Drifted};
        let mut known = Known::default();
        known.judged(&Which::All, report("1", &[("a", Drifted), ("c", Drifted)]));
        let part = Which::Some(["acme/c".to_owned()].into());
        known.judged(&part, report("2", &[("b", Broken), ("c", Conformant)]));
        let after = known.report.clone().expect("a report");
        let stand: Vec<_> =
            after.repositories.iter().map(|one| (one.name.as_str(), one.verdict)).collect();
        assert_eq!(stand, [("a", Drifted), ("b", Broken), ("c", Conformant)]);
        assert_eq!((known.whole_at.as_deref(), after.generated_at.as_str()), (Some("1"), "2"));
        assert_eq!(known.part_at, Some(("2".to_owned(), 2)));
        known.judged(&Which::All, report("3", &[("a", Drifted)]));
        assert_eq!(known.report.as_ref().map(|report| report.repositories.len()), Some(1));
        assert_eq!(known.part_at, None);
    }

    #[test]
    fn what_failed_leaves_what_was_known() {
        let mut known = Known::default();
        known.judged(&Which::All, report("1", &[]));
        known.failed("2".to_owned(), Error::failed("the forge is away"));
        assert!(known.report.is_some() && known.failure.is_some());
        known.judged(&Which::All, report("3", &[]));
        assert!(known.failure.is_none());
    }
}
