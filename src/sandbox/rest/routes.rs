//! Every route that is served. A caller asks for a route before it is added here.

use super::Need::{App, Nothing, Repository, Token};
use super::{
    Route, actions, app, checks, commits, contents, issues, merging, objects, owners, packages,
    pulls, references, repositories, reviews, settings, tags,
};
use crate::sandbox::world::Access::{Read, Write};
use crate::sandbox::world::Permission::{
    Actions, Administration, Checks, Contents, Issues, Metadata, PullRequests, Secrets, Statuses,
    Variables,
};

macro_rules! routes {
    ($($method:ident $template:literal, $need:expr => $answer:path;)*) => {
        &[$(Route { method: stringify!($method), template: $template, need: $need, answer: $answer }),*]
    };
}

/// The table, more special templates before more general ones.
pub(in crate::sandbox) static ROUTES: &[Route] = routes! {
    GET "/meta", Nothing => owners::meta;
    GET "/rate_limit", Nothing => owners::rate_limit;
    GET "/user", Token => owners::viewer;
    GET "/users/{username}", Nothing => owners::user;
    GET "/orgs/{org}", Nothing => owners::organization;
    GET "/orgs/{org}/repos", Nothing => repositories::of_organization;
    GET "/users/{username}/repos", Nothing => repositories::of_user;
    GET "/search/repositories", Nothing => repositories::search;
    POST "/orgs/{org}/repos", Token => repositories::create_for_organization;
    POST "/user/repos", Token => repositories::create_for_user;
    GET "/orgs/{org}/packages/{package_type}/{package_name}", Token => packages::package;
    GET "/orgs/{org}/packages/{package_type}/{package_name}/versions", Token => packages::versions;
    GET "/app/installations", App => app::installations;
    POST "/app/installations/{installation_id}/access_tokens", App => app::access_token;

    GET "/repos/{owner}/{repo}", Repository(&[Metadata], Read) => repositories::get;
    PATCH "/repos/{owner}/{repo}", Repository(&[Administration], Write) => repositories::update;
    POST "/repos/{template_owner}/{template_repo}/generate", Repository(&[Metadata], Read) => repositories::generate;
    GET "/repos/{owner}/{repo}/topics", Repository(&[Metadata], Read) => repositories::topics;
    PUT "/repos/{owner}/{repo}/topics", Repository(&[Administration], Write) => repositories::replace_topics;

    GET "/repos/{owner}/{repo}/branches", Repository(&[Contents], Read) => references::branches;
    GET "/repos/{owner}/{repo}/branches/{branch*}/protection", Repository(&[Administration], Read) => settings::protection;
    GET "/repos/{owner}/{repo}/branches/{branch*}", Repository(&[Contents], Read) => references::branch;
    GET "/repos/{owner}/{repo}/rules/branches/{branch*}", Repository(&[Metadata], Read) => settings::rules;
    GET "/repos/{owner}/{repo}/git/ref/{ref*}", Repository(&[Contents], Read) => references::get;
    GET "/repos/{owner}/{repo}/git/matching-refs/{ref*}", Repository(&[Contents], Read) => references::matching;
    POST "/repos/{owner}/{repo}/git/refs", Repository(&[Contents], Write) => references::create;
    PATCH "/repos/{owner}/{repo}/git/refs/{ref*}", Repository(&[Contents], Write) => references::update;
    DELETE "/repos/{owner}/{repo}/git/refs/{ref*}", Repository(&[Contents], Write) => references::delete;
    GET "/repos/{owner}/{repo}/git/trees/{tree_sha*}", Repository(&[Contents], Read) => objects::tree;
    POST "/repos/{owner}/{repo}/git/trees", Repository(&[Contents], Write) => objects::create_tree;
    GET "/repos/{owner}/{repo}/git/blobs/{file_sha}", Repository(&[Contents], Read) => objects::blob;
    POST "/repos/{owner}/{repo}/git/blobs", Repository(&[Contents], Write) => objects::create_blob;
    GET "/repos/{owner}/{repo}/git/commits/{commit_sha}", Repository(&[Contents], Read) => objects::commit;
    POST "/repos/{owner}/{repo}/git/tags", Repository(&[Contents], Write) => tags::create;
    POST "/repos/{owner}/{repo}/git/commits", Repository(&[Contents], Write) => objects::create_commit;

    GET "/repos/{owner}/{repo}/commits", Repository(&[Contents], Read) => commits::list;
    GET "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", Repository(&[PullRequests, Contents], Read) => commits::pulls;
    GET "/repos/{owner}/{repo}/commits/{ref*}/check-runs", Repository(&[Checks], Read) => checks::runs;
    GET "/repos/{owner}/{repo}/commits/{ref*}/statuses", Repository(&[Statuses], Read) => checks::statuses;
    GET "/repos/{owner}/{repo}/commits/{ref*}/status", Repository(&[Statuses], Read) => checks::combined;
    POST "/repos/{owner}/{repo}/check-runs", Repository(&[Checks], Write) => checks::create_run;
    POST "/repos/{owner}/{repo}/statuses/{sha}", Repository(&[Statuses], Write) => checks::create_status;
    GET "/repos/{owner}/{repo}/commits/{ref*}", Repository(&[Contents], Read) => commits::get;
    GET "/repos/{owner}/{repo}/contents", Repository(&[Contents], Read) => contents::get;
    GET "/repos/{owner}/{repo}/contents/{path*}", Repository(&[Contents], Read) => contents::get;
    PUT "/repos/{owner}/{repo}/contents/{path*}", Repository(&[Contents], Write) => contents::put;
    DELETE "/repos/{owner}/{repo}/contents/{path*}", Repository(&[Contents], Write) => contents::delete;

    GET "/repos/{owner}/{repo}/pulls", Repository(&[PullRequests], Read) => pulls::list;
    POST "/repos/{owner}/{repo}/pulls", Repository(&[PullRequests], Write) => pulls::create;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}", Repository(&[PullRequests], Read) => pulls::get;
    PATCH "/repos/{owner}/{repo}/pulls/{pull_number}", Repository(&[PullRequests], Write) => pulls::update;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}/files", Repository(&[PullRequests], Read) => pulls::files;
    POST "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", Repository(&[PullRequests], Write) => reviews::request;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", Repository(&[PullRequests], Read) => reviews::requested;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", Repository(&[PullRequests], Read) => reviews::list;
    POST "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", Repository(&[PullRequests], Write) => reviews::create;
    POST "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/events", Repository(&[PullRequests], Write) => reviews::submit;
    PUT "/repos/{owner}/{repo}/pulls/{pull_number}/merge", Repository(&[Contents], Write) => merging::merge;
    GET "/repos/{owner}/{repo}/issues/{issue_number}/comments", Repository(&[Issues, PullRequests], Read) => issues::comments;
    POST "/repos/{owner}/{repo}/issues/{issue_number}/comments", Repository(&[Issues, PullRequests], Write) => issues::comment;
    GET "/repos/{owner}/{repo}/issues/comments/{comment_id}", Repository(&[Issues, PullRequests], Read) => issues::one_comment;
    PATCH "/repos/{owner}/{repo}/issues/comments/{comment_id}", Repository(&[Issues, PullRequests], Write) => issues::update_comment;
    DELETE "/repos/{owner}/{repo}/issues/comments/{comment_id}", Repository(&[Issues, PullRequests], Write) => issues::delete_comment;
    GET "/repos/{owner}/{repo}/labels", Repository(&[Issues, PullRequests], Read) => issues::labels;
    POST "/repos/{owner}/{repo}/labels", Repository(&[Issues, PullRequests], Write) => issues::create_label;
    POST "/repos/{owner}/{repo}/issues/{issue_number}/labels", Repository(&[Issues, PullRequests], Write) => issues::add_labels;

    GET "/repos/{owner}/{repo}/actions/workflows", Repository(&[Actions], Read) => actions::workflows;
    GET "/repos/{owner}/{repo}/actions/runs", Repository(&[Actions], Read) => actions::runs;
    GET "/repos/{owner}/{repo}/actions/runs/{run_id}", Repository(&[Actions], Read) => actions::run;
    GET "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs", Repository(&[Actions], Read) => actions::jobs;
    POST "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs", Repository(&[Actions], Write) => actions::rerun_failed;
    POST "/repos/{owner}/{repo}/dispatches", Repository(&[Contents], Write) => actions::dispatch;
    GET "/repos/{owner}/{repo}/actions/secrets", Repository(&[Secrets], Read) => settings::secrets;
    GET "/repos/{owner}/{repo}/actions/organization-secrets", Repository(&[Secrets], Read) => settings::organization_secrets;
    GET "/repos/{owner}/{repo}/actions/variables", Repository(&[Variables], Read) => settings::variables;
    GET "/repos/{owner}/{repo}/actions/organization-variables", Repository(&[Variables], Read) => settings::organization_variables;
    GET "/repos/{owner}/{repo}/actions/permissions", Repository(&[Administration], Read) => settings::actions_permissions;
    GET "/repos/{owner}/{repo}/actions/permissions/workflow", Repository(&[Administration], Read) => settings::workflow_permissions;
    GET "/repos/{owner}/{repo}/actions/permissions/selected-actions", Repository(&[Administration], Read) => settings::selected_actions;
};
