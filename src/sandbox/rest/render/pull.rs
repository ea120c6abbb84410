//! Renders pull requests as JSON.

use serde_json::{Value, json};

use super::{
    Addresses, Label, OwnerKind, Pull, PullState, Repository, World, label, repository, rfc3339,
    user,
};
use crate::sandbox::world::{AutoMerge, MergeState, told};

/// Renders a pull request as in lists.
pub(in crate::sandbox) fn pull(
    world: &World,
    at: Addresses<'_>,
    owner: &Repository,
    pull: &Pull,
) -> Value {
    let number = pull.number;
    let api = |path: &str| at.repository(owner, &format!("/pulls/{number}{path}"));
    let page = at.page(&format!("/{}/pull/{number}", owner.full_name()));
    let issue = at.repository(owner, &format!("/issues/{number}"));
    let comments = format!("{issue}/comments");
    let statuses = at.repository(owner, &format!("/statuses/{}", pull.head_sha));
    let review_comment = at.repository(owner, "/pulls/comments{/number}");
    let labels = pull.labels.iter().filter_map(|name| owner.label(name));
    let head = world.repositories.get(&pull.head_repository);
    let users =
        |names: &[String]| names.iter().map(|name| user(world, at, name)).collect::<Vec<_>>();
    let mut value = json!({
        "id": pull.id,
        "node_id": pull.node_id(),
        "number": number,
        "url": api(""),
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "issue_url": issue,
        "commits_url": api("/commits"),
        "review_comments_url": api("/comments"),
        "review_comment_url": review_comment,
        "comments_url": comments,
        "statuses_url": statuses,
        "state": if pull.state == PullState::Open { "open" } else { "closed" },
        "locked": false,
        "title": pull.title,
        "user": user(world, at, &pull.author),
        "body": pull.body,
        "labels": labels.map(|found| pull_label(at, owner, found)).collect::<Vec<_>>(),
        "milestone": null,
        "active_lock_reason": null,
        "created_at": rfc3339(pull.created),
        "updated_at": rfc3339(pull.updated),
        "closed_at": pull.closed.map(rfc3339),
        "merged_at": pull.merged.map(rfc3339),
        "merge_commit_sha": pull.merge_commit,
        "assignee": null,
        "assignees": [],
        "requested_reviewers": users(&pull.reviewers),
        "requested_teams": pull.team_reviewers.iter().map(|slug| team(at, owner, slug)).collect::<Vec<_>>(),
        "head": end(world, at, head, &pull.head, &pull.head_sha),
        "base": end(world, at, Some(owner), &pull.base, &pull.base_sha),
        "author_association": association(world, owner, &pull.author),
        "auto_merge": pull.auto_merge.as_ref().map(|waits| auto_merge(world, at, waits)),
        "draft": pull.draft,
    });
    let links = json!({
            "self": {"href": api("")},
            "html": {"href": page},
            "issue": {"href": issue},
            "comments": {"href": comments},
            "review_comments": {"href": api("/comments")},
            "review_comment": {"href": review_comment},
            "commits": {"href": api("/commits")},
            "statuses": {"href": statuses},
    });
    if let Some(fields) = value.as_object_mut() {
        fields.insert("_links".to_owned(), links);
    }
    value
}

/// Returns the association of an author with a repository. In an organisation, all authors are
/// members here.
fn association(world: &World, owner: &Repository, author: &str) -> &'static str {
    let organization = world.owner(&owner.owner).map(|owner| owner.kind);
    match organization {
        _ if owner.owner.eq_ignore_ascii_case(author) => "OWNER",
        Some(OwnerKind::Organization) => "MEMBER",
        _ => "COLLABORATOR",
    }
}

fn auto_merge(world: &World, at: Addresses<'_>, waits: &AutoMerge) -> Value {
    json!({
        "enabled_by": user(world, at, &waits.by.login),
        "merge_method": waits.how.method.name().to_lowercase(),
        "commit_title": waits.how.title.clone().unwrap_or_default(),
        "commit_message": waits.how.message.clone().unwrap_or_default(),
    })
}

/// In this place, GitHub's schema requires a label's description to be a string; elsewhere it may
/// be `null`.
fn pull_label(at: Addresses<'_>, owner: &Repository, found: &Label) -> Value {
    let mut value = label(at, owner, found);
    if let Some(fields) = value.as_object_mut()
        && found.description.is_none()
    {
        fields.insert("description".to_owned(), "".into());
    }
    value
}

fn end(
    world: &World,
    at: Addresses<'_>,
    owner: Option<&Repository>,
    branch: &str,
    sha: &str,
) -> Value {
    let login = owner.map_or("unknown", |owner| owner.owner.as_str());
    json!({
        "label": format!("{login}:{branch}"),
        "ref": branch,
        "sha": sha,
        "user": owner.map(|owner| user(world, at, &owner.owner)),
        "repo": owner.map(|owner| repository(world, at, owner, None)),
    })
}

pub(in crate::sandbox) fn team(at: Addresses<'_>, owner: &Repository, slug: &str) -> Value {
    let url = at.api(&format!("/organizations/0/team/{slug}"));
    json!({
        "id": 1,
        "node_id": format!("T_{slug}"),
        "url": url,
        "html_url": at.page(&format!("/orgs/{}/teams/{slug}", owner.owner)),
        "name": slug,
        "slug": slug,
        "description": null,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "members_url": format!("{url}/members{{/member}}"),
        "repositories_url": format!("{url}/repos"),
        "parent": null,
        "type": "organization",
    })
}

/// The size of a pull request.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::sandbox) struct Size {
    pub(in crate::sandbox) commits: usize,
    pub(in crate::sandbox) additions: usize,
    pub(in crate::sandbox) deletions: usize,
    pub(in crate::sandbox) files: usize,
}

/// Renders a single pull request in full.
pub(in crate::sandbox) fn full_pull(
    world: &World,
    at: Addresses<'_>,
    owner: &Repository,
    shown: &Pull,
    size: Size,
) -> Value {
    let mut value = pull(world, at, owner, shown);
    let merged = shown.state == PullState::Merged;
    let merger = shown.last("merged").map(|event| user(world, at, &event.by));
    let state = owner
        .store()
        .and_then(|store| told(owner, &store, shown, world.now))
        .unwrap_or(MergeState::Unknown);
    let mergeable = (state != MergeState::Unknown).then_some(state != MergeState::Dirty);
    if let (Some(fields), Value::Object(more)) = (
        value.as_object_mut(),
        json!({
            "merged": merged,
            "mergeable": mergeable,
            "rebaseable": mergeable,
            "mergeable_state": state.name().to_lowercase(),
            "merged_by": merger,
            "comments": shown.comments.len(),
            "review_comments": 0,
            "maintainer_can_modify": shown.maintainer_can_modify,
            "commits": size.commits,
            "additions": size.additions,
            "deletions": size.deletions,
            "changed_files": size.files,
        }),
    ) {
        fields.extend(more);
    }
    value
}
