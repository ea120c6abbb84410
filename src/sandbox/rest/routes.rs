//! Every route that is served. A caller asks for a route before it is added here.

use super::Need::{App, Nothing, Repository, Token};
use super::{
    Route, actions, app, checks, commits, contents, issues, merging, objects, owners, packages,
    pulls, references, repositories, reviews, settings, tags,
};
use crate::sandbox::world::Access::{Read, Write};

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

    GET "/repos/{owner}/{repo}", Repository(&["metadata"], Read) => repositories::get;
    PATCH "/repos/{owner}/{repo}", Repository(&["administration"], Write) => repositories::update;
    POST "/repos/{template_owner}/{template_repo}/generate", Repository(&["metadata"], Read) => repositories::generate;
    GET "/repos/{owner}/{repo}/topics", Repository(&["metadata"], Read) => repositories::topics;
    PUT "/repos/{owner}/{repo}/topics", Repository(&["administration"], Write) => repositories::replace_topics;

    GET "/repos/{owner}/{repo}/branches", Repository(&["contents"], Read) => references::branches;
    GET "/repos/{owner}/{repo}/branches/{branch*}/protection", Repository(&["administration"], Read) => settings::protection;
    GET "/repos/{owner}/{repo}/branches/{branch*}", Repository(&["contents"], Read) => references::branch;
    GET "/repos/{owner}/{repo}/rules/branches/{branch*}", Repository(&["metadata"], Read) => settings::rules;
    GET "/repos/{owner}/{repo}/git/ref/{ref*}", Repository(&["contents"], Read) => references::get;
    GET "/repos/{owner}/{repo}/git/matching-refs/{ref*}", Repository(&["contents"], Read) => references::matching;
    POST "/repos/{owner}/{repo}/git/refs", Repository(&["contents"], Write) => references::create;
    PATCH "/repos/{owner}/{repo}/git/refs/{ref*}", Repository(&["contents"], Write) => references::update;
    DELETE "/repos/{owner}/{repo}/git/refs/{ref*}", Repository(&["contents"], Write) => references::delete;
    GET "/repos/{owner}/{repo}/git/trees/{tree_sha*}", Repository(&["contents"], Read) => objects::tree;
    POST "/repos/{owner}/{repo}/git/trees", Repository(&["contents"], Write) => objects::create_tree;
    GET "/repos/{owner}/{repo}/git/blobs/{file_sha}", Repository(&["contents"], Read) => objects::blob;
    POST "/repos/{owner}/{repo}/git/blobs", Repository(&["contents"], Write) => objects::create_blob;
    GET "/repos/{owner}/{repo}/git/commits/{commit_sha}", Repository(&["contents"], Read) => objects::commit;
    POST "/repos/{owner}/{repo}/git/tags", Repository(&["contents"], Write) => tags::create;
    POST "/repos/{owner}/{repo}/git/commits", Repository(&["contents"], Write) => objects::create_commit;

    GET "/repos/{owner}/{repo}/commits", Repository(&["contents"], Read) => commits::list;
    GET "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", Repository(&["pull_requests", "contents"], Read) => commits::pulls;
    GET "/repos/{owner}/{repo}/commits/{ref*}/check-runs", Repository(&["checks"], Read) => checks::runs;
    GET "/repos/{owner}/{repo}/commits/{ref*}/statuses", Repository(&["statuses"], Read) => checks::statuses;
    GET "/repos/{owner}/{repo}/commits/{ref*}/status", Repository(&["statuses"], Read) => checks::combined;
    POST "/repos/{owner}/{repo}/check-runs", Repository(&["checks"], Write) => checks::create_run;
    POST "/repos/{owner}/{repo}/statuses/{sha}", Repository(&["statuses"], Write) => checks::create_status;
    GET "/repos/{owner}/{repo}/commits/{ref*}", Repository(&["contents"], Read) => commits::get;
    GET "/repos/{owner}/{repo}/contents", Repository(&["contents"], Read) => contents::get;
    GET "/repos/{owner}/{repo}/contents/{path*}", Repository(&["contents"], Read) => contents::get;
    PUT "/repos/{owner}/{repo}/contents/{path*}", Repository(&["contents"], Write) => contents::put;
    DELETE "/repos/{owner}/{repo}/contents/{path*}", Repository(&["contents"], Write) => contents::delete;

    GET "/repos/{owner}/{repo}/pulls", Repository(&["pull_requests"], Read) => pulls::list;
    POST "/repos/{owner}/{repo}/pulls", Repository(&["pull_requests"], Write) => pulls::create;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}", Repository(&["pull_requests"], Read) => pulls::get;
    PATCH "/repos/{owner}/{repo}/pulls/{pull_number}", Repository(&["pull_requests"], Write) => pulls::update;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}/files", Repository(&["pull_requests"], Read) => pulls::files;
    POST "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", Repository(&["pull_requests"], Write) => reviews::request;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", Repository(&["pull_requests"], Read) => reviews::requested;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", Repository(&["pull_requests"], Read) => reviews::list;
    POST "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", Repository(&["pull_requests"], Write) => reviews::create;
    POST "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/events", Repository(&["pull_requests"], Write) => reviews::submit;
    PUT "/repos/{owner}/{repo}/pulls/{pull_number}/merge", Repository(&["contents"], Write) => merging::merge;
    GET "/repos/{owner}/{repo}/issues/{issue_number}/comments", Repository(&["issues", "pull_requests"], Read) => issues::comments;
    POST "/repos/{owner}/{repo}/issues/{issue_number}/comments", Repository(&["issues", "pull_requests"], Write) => issues::comment;
    GET "/repos/{owner}/{repo}/issues/comments/{comment_id}", Repository(&["issues", "pull_requests"], Read) => issues::one_comment;
    PATCH "/repos/{owner}/{repo}/issues/comments/{comment_id}", Repository(&["issues", "pull_requests"], Write) => issues::update_comment;
    DELETE "/repos/{owner}/{repo}/issues/comments/{comment_id}", Repository(&["issues", "pull_requests"], Write) => issues::delete_comment;
    GET "/repos/{owner}/{repo}/labels", Repository(&["issues", "pull_requests"], Read) => issues::labels;
    POST "/repos/{owner}/{repo}/labels", Repository(&["issues", "pull_requests"], Write) => issues::create_label;
    POST "/repos/{owner}/{repo}/issues/{issue_number}/labels", Repository(&["issues", "pull_requests"], Write) => issues::add_labels;

    GET "/repos/{owner}/{repo}/actions/workflows", Repository(&["actions"], Read) => actions::workflows;
    GET "/repos/{owner}/{repo}/actions/runs", Repository(&["actions"], Read) => actions::runs;
    GET "/repos/{owner}/{repo}/actions/runs/{run_id}", Repository(&["actions"], Read) => actions::run;
    GET "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs", Repository(&["actions"], Read) => actions::jobs;
    POST "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs", Repository(&["actions"], Write) => actions::rerun_failed;
    POST "/repos/{owner}/{repo}/dispatches", Repository(&["contents"], Write) => actions::dispatch;
    GET "/repos/{owner}/{repo}/actions/secrets", Repository(&["secrets"], Read) => settings::secrets;
    GET "/repos/{owner}/{repo}/actions/organization-secrets", Repository(&["secrets"], Read) => settings::organization_secrets;
    GET "/repos/{owner}/{repo}/actions/variables", Repository(&["variables"], Read) => settings::variables;
    GET "/repos/{owner}/{repo}/actions/organization-variables", Repository(&["variables"], Read) => settings::organization_variables;
    GET "/repos/{owner}/{repo}/actions/permissions", Repository(&["administration"], Read) => settings::actions_permissions;
    GET "/repos/{owner}/{repo}/actions/permissions/workflow", Repository(&["administration"], Read) => settings::workflow_permissions;
    GET "/repos/{owner}/{repo}/actions/permissions/selected-actions", Repository(&["administration"], Read) => settings::selected_actions;
};
