//! Applies the rules, runs and checks in a repository's seed.

use crate::sandbox::seed::document::{
    CheckSeed, EventSeed, ImageSeed, MethodSeed, RunSeed, SettingsSeed,
};
use crate::sandbox::world::{
    CheckScript, Image, Installs, Script, SelectedActions, Settings, Stage, Trigger,
};

pub(super) fn settings(seed: &SettingsSeed) -> Settings {
    let default = Settings::default();
    let allows = |method| seed.merge_methods.as_ref().is_none_or(|all| all.contains(&method));
    Settings {
        required_checks: seed.required_checks.clone(),
        ruleset_checks: seed.ruleset_checks.clone(),
        secrets: seed.secrets.clone(),
        organization_secrets: seed.organization_secrets.clone(),
        variables: seed.variables.clone(),
        organization_variables: seed.organization_variables.clone(),
        actions_enabled: seed.actions_enabled.unwrap_or(default.actions_enabled),
        allowed_actions: seed.allowed_actions.clone().unwrap_or(default.allowed_actions),
        selected_actions: SelectedActions {
            github_owned: seed.selected_actions.github_owned,
            verified: seed.selected_actions.verified,
            patterns: seed.selected_actions.patterns.clone(),
        },
        workflow_permissions: seed
            .workflow_permissions
            .clone()
            .unwrap_or(default.workflow_permissions),
        can_approve_pull_requests: seed.can_approve_pull_requests,
        allow_auto_merge: seed.allow_auto_merge,
        delete_branch_on_merge: seed.delete_branch_on_merge,
        allow_merge_commit: allows(MethodSeed::Merge),
        allow_squash_merge: allows(MethodSeed::Squash),
        allow_rebase_merge: allows(MethodSeed::Rebase),
        required_approvals: seed.required_approvals.clone(),
        ruleset_approvals: seed.ruleset_approvals.clone(),
        dismiss_stale_reviews: seed.dismiss_stale_reviews,
        strict_checks: seed.strict_checks,
        restricted_branches: seed.restricted_branches.clone(),
        collaborators: seed.collaborators.clone(),
        mergeable_after: seed.mergeable_after,
    }
}

pub(super) fn image(seed: &ImageSeed) -> Image {
    let tags = if seed.tags.is_empty() { vec!["latest".to_owned()] } else { seed.tags.clone() };
    let installs = seed.installs.as_ref().map(|seed| Installs {
        distribution: seed.distribution.clone(),
        payload: seed.payload.clone(),
        label: seed.label.clone(),
    });
    let labels = seed.labels.clone();
    Image { package: seed.name.clone(), tags, public: seed.public, labels, installs }
}

pub(super) fn script(seed: &RunSeed) -> Script {
    let stage = |after: f64, status: &str, conclusion: Option<String>| Stage {
        after,
        status: status.to_owned(),
        conclusion,
    };
    let conclusion = seed.conclusion.clone().unwrap_or_else(|| "success".to_owned());
    let stages = if seed.statuses.is_empty() {
        vec![
            stage(0.0, "queued", None),
            stage(seed.seconds / 4.0, "in_progress", None),
            stage(seed.seconds, "completed", Some(conclusion)),
        ]
    } else {
        seed.statuses
            .iter()
            .map(|status| stage(status.after, &status.status, status.conclusion.clone()))
            .collect()
    };
    let jobs = if seed.jobs.is_empty() { vec!["build".to_owned()] } else { seed.jobs.clone() };
    Script {
        workflow: seed.workflow.clone(),
        on: match seed.on {
            EventSeed::Push => Trigger::Push,
            EventSeed::PullRequest => Trigger::PullRequest,
            EventSeed::RepositoryDispatch => Trigger::Dispatch(seed.event_type.clone()),
        },
        times: seed.times,
        stages,
        jobs,
        rerun: seed.rerun.clone().unwrap_or_else(|| "success".to_owned()),
        publishes: seed.publishes.as_ref().map(image),
    }
}

pub(super) fn check_script(seed: &CheckSeed) -> CheckScript {
    let end = |said: &Option<String>| match said.as_deref() {
        Some("never") => None,
        Some(end) => Some(end.to_owned()),
        None => Some("success".to_owned()),
    };
    CheckScript {
        name: seed.name.clone(),
        conclusion: end(&seed.conclusion),
        base: end(&seed.base),
        seconds: seed.seconds,
        is_status: seed.status,
    }
}
