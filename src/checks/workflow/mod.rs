//! The workflows of a repository, and what several of their rules share.

mod condition;
pub mod gitea_cross_repository;
mod value_origin;
pub mod workflow_call_key;
pub mod workflow_forwarding;
pub mod workflow_permissions;
pub mod workflow_publishes_untrusted;
pub mod workflow_receiver;
pub mod workflow_template_injection;
pub mod workflow_undeclared_input;
pub mod workflow_unknown_job;
pub mod workflow_unpinned;

use std::sync::Arc;

use super::{Check, Repository};
use crate::snapshot::RepoPath;
use crate::source::Text;
use crate::source::workflow::{Composite, Job, Trigger, Workflow, is_run_from, used_folders};
use crate::source::yaml::{Dialect, Path};

/// The checks of this folder, in the order in which they run. A new one needs a `pub mod` above and a line here.
pub(super) const CHECKS: &[&dyn Check] = &[
    &workflow_receiver::WorkflowReceiver,
    &workflow_forwarding::WorkflowForwarding,
    &workflow_publishes_untrusted::WorkflowPublishesUntrusted,
    &workflow_unpinned::WorkflowUnpinned,
    &workflow_undeclared_input::WorkflowUndeclaredInput,
    &workflow_permissions::WorkflowPermissions,
    &workflow_template_injection::WorkflowTemplateInjection,
    &workflow_unknown_job::WorkflowUnknownJob,
    &gitea_cross_repository::GiteaCrossRepository,
    &workflow_call_key::WorkflowCallKey,
];

/// One workflow that could be read, with its path.
pub(super) struct Located<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) workflow: Arc<Workflow>,
}

impl Located<'_> {
    /// The text that its spans refer to.
    pub(super) fn text(&self) -> &Text {
        self.workflow.document().text()
    }

    /// Whether it is in Gitea's folder.
    pub(super) fn is_for_gitea(&self) -> bool {
        self.path.as_str().starts_with(".gitea/")
    }
}

/// Every workflow in the folders that the pack names. Forges do not read subfolders of these.
pub(super) fn workflows<'a>(repository: &'a Repository<'_>) -> Vec<Located<'a>> {
    let folders = &repository.pack.manifest.demands.workflows.folders;
    let paths = folders.iter().flat_map(|folder| {
        let folder = folder.trim_end_matches('/');
        repository.paths_below(folder).filter(move |path| path.parent() == folder)
    });
    let is_workflow =
        |path: &&RepoPath| path.as_str().ends_with(".yml") || path.as_str().ends_with(".yaml");
    paths
        .filter(is_workflow)
        .filter_map(|path| Some(Located { path, workflow: repository.workflow(path.as_str())? }))
        .collect()
}

/// One composite action, with its path.
pub(super) struct LocatedAction<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) action: Composite,
}

impl LocatedAction<'_> {
    /// The text that its spans refer to.
    pub(super) fn text(&self) -> &Text {
        self.action.document().text()
    }
}

/// The composite actions: the repository's own one at its root, those in the usual folders of a forge, and those that
/// its workflows use. An `action.yml` elsewhere may be an example or test data.
pub(super) fn actions<'a>(repository: &'a Repository<'_>) -> Vec<LocatedAction<'a>> {
    let is_named_so = |path: &RepoPath| matches!(path.file_name(), "action.yml" | "action.yaml");
    let mut paths = repository.snapshot.entries.keys().filter(|path| is_named_so(path)).peekable();
    if paths.peek().is_none() {
        return Vec::new();
    }
    let workflows = workflows(repository);
    let used = workflows.iter().flat_map(|located| used_folders(&located.workflow)).collect();
    paths
        .filter(|path| is_run_from(path.as_str(), &used))
        .filter_map(|path| {
            let document = repository.yaml(path.as_str(), Dialect::Yaml12)?;
            Some(LocatedAction { path, action: Composite::of(document)? })
        })
        .collect()
}

/// The trigger by which a workflow starts on an event of this type. A trigger without types takes all of them.
pub(super) fn starts_on<'w>(
    workflow: &'w Workflow,
    event: &str,
    event_type: Option<&str>,
) -> Option<&'w Trigger> {
    let trigger = workflow.trigger(event)?;
    let takes = |wanted| {
        // `types` is also empty when it could not be read, which has been reported as a problem.
        trigger.types.is_empty() || trigger.types.iter().any(|given| given.text == wanted)
    };
    event_type.is_none_or(takes).then_some(trigger)
}

/// The path of a part of a job in its document: `jobs.<id>` and the keys below it.
pub(super) fn path_in_job<'k>(job: &'k Job, keys: impl IntoIterator<Item = &'k str>) -> Path {
    Path::keys(["jobs", job.id.text.as_str()].into_iter().chain(keys))
}
