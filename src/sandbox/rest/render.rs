//! Renders the state as the JSON that GitHub documents.

use serde_json::{Value, json};

use crate::sandbox::git::{Commit, Who};
use crate::sandbox::world::{
    Access, Label, Owner, OwnerKind, Permission, Pull, PullState, Repository, Token, World, rfc3339,
};

/// Builds URLs from the base URL of the server.
#[derive(Clone, Copy, Debug)]
pub(in crate::sandbox) struct Addresses<'a>(pub(in crate::sandbox) &'a str);

impl Addresses<'_> {
    pub(in crate::sandbox) fn api(self, path: &str) -> String {
        format!("{}/api/v3{path}", self.0)
    }

    pub(in crate::sandbox) fn page(self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    pub(in crate::sandbox) fn repository(self, repository: &Repository, path: &str) -> String {
        self.api(&format!("/repos/{}{path}", repository.full_name()))
    }
}

/// Renders an owner, or a user of whom only the login is known.
pub(in crate::sandbox) fn user(world: &World, at: Addresses<'_>, login: &str) -> Value {
    let unknown = Owner {
        id: 0,
        login: login.to_owned(),
        kind: OwnerKind::User,
        name: login.to_owned(),
        created: 0,
        teams: Vec::new(),
        packages: Vec::new(),
        scripts: Vec::new(),
    };
    let owner = world.owner(login).unwrap_or(&unknown);
    let (login, id) = (&owner.login, owner.id);
    let url = |path: &str| at.api(&format!("/users/{login}{path}"));
    json!({
        "login": login,
        "id": id,
        "node_id": owner.node_id(),
        "avatar_url": at.page(&format!("/avatars/{id}")),
        "gravatar_id": "",
        "url": url(""),
        "html_url": at.page(&format!("/{login}")),
        "followers_url": url("/followers"),
        "following_url": url("/following{/other_user}"),
        "gists_url": url("/gists{/gist_id}"),
        "starred_url": url("/starred{/owner}{/repo}"),
        "subscriptions_url": url("/subscriptions"),
        "organizations_url": url("/orgs"),
        "repos_url": url("/repos"),
        "events_url": url("/events{/privacy}"),
        "received_events_url": url("/received_events"),
        "type": match owner.kind { OwnerKind::User => "User", OwnerKind::Organization => "Organization" },
        "site_admin": false,
        "user_view_type": "public",
    })
}

/// The URLs of a repository, each with its path.
const LINKS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// Renders a repository as in lists.
pub(in crate::sandbox) fn repository(
    world: &World,
    at: Addresses<'_>,
    repository: &Repository,
    token: Option<&Token>,
) -> Value {
    let full_name = repository.full_name();
    let page = at.page(&format!("/{full_name}"));
    let open = repository.pulls.iter().filter(|pull| pull.is_open()).count();
    let mut value = json!({
        "id": repository.id,
        "node_id": repository.node_id(),
        "name": repository.name,
        "full_name": full_name,
        "private": repository.is_private(),
        "owner": user(world, at, &repository.owner),
        "html_url": page,
        "description": repository.description,
        "fork": repository.fork,
        "url": at.repository(repository, ""),
        "created_at": rfc3339(repository.created),
        "updated_at": rfc3339(repository.updated),
        "pushed_at": rfc3339(repository.pushed),
        "git_url": format!("git:{}.git", page.trim_start_matches("http:")),
        "ssh_url": format!("git@localhost:{full_name}.git"),
        "clone_url": format!("{page}.git"),
        "svn_url": page,
        "homepage": repository.homepage,
    });
    if let Some(fields) = value.as_object_mut() {
        if let Value::Object(figures) = figures(repository, open) {
            fields.extend(figures);
        }
        for (name, path) in LINKS {
            fields.insert((*name).to_owned(), at.repository(repository, path).into());
        }
        if let Some(token) = token {
            fields.insert("permissions".to_owned(), permissions(token, repository));
        }
    }
    value
}

/// Renders the counts and settings of a repository.
fn figures(repository: &Repository, open: usize) -> Value {
    json!({
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": null,
        "has_issues": true,
        "has_projects": true,
        "has_downloads": true,
        "has_wiki": true,
        "has_pages": false,
        "has_discussions": false,
        "forks_count": 0,
        "mirror_url": null,
        "archived": repository.archived,
        "disabled": repository.disabled,
        "open_issues_count": open,
        "license": null,
        "allow_forking": true,
        "is_template": repository.template,
        "web_commit_signoff_required": false,
        "topics": repository.topics,
        "visibility": repository.visibility.name(),
        "forks": 0,
        "open_issues": open,
        "watchers": 0,
        "default_branch": repository.default_branch,
    })
}

fn permissions(token: &Token, repository: &Repository) -> Value {
    use crate::sandbox::world::Authority;
    let allowed = |permission, access| {
        token.decide(repository, permission, access) == crate::sandbox::world::Decision::Allowed
    };
    // For personal tokens, GitHub reports the role of the user, not what the token may do.
    let role = |wanted: Access| match &token.authority {
        Authority::Classic { .. } => token.role >= wanted,
        _ if wanted == Access::Admin => allowed(Permission::Administration, Access::Write),
        _ => allowed(Permission::Contents, wanted),
    };
    let (admin, push) = (role(Access::Admin), role(Access::Write));
    json!({"admin": admin, "maintain": admin, "push": push, "triage": push, "pull": true})
}

/// Renders a single repository in full.
pub(in crate::sandbox) fn full_repository(
    world: &World,
    at: Addresses<'_>,
    shown: &Repository,
    token: Option<&Token>,
) -> Value {
    let mut value = repository(world, at, shown, token);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("network_count".to_owned(), 0.into());
        fields.insert("subscribers_count".to_owned(), 0.into());
        fields.insert("temp_clone_token".to_owned(), "".into());
        let settings = &shown.settings;
        for (name, allowed) in [
            ("allow_squash_merge", settings.allow_squash_merge),
            ("allow_merge_commit", settings.allow_merge_commit),
            ("allow_rebase_merge", settings.allow_rebase_merge),
        ] {
            fields.insert(name.to_owned(), allowed.into());
        }
        fields.insert("allow_auto_merge".to_owned(), shown.settings.allow_auto_merge.into());
        let delete = shown.settings.delete_branch_on_merge;
        fields.insert("delete_branch_on_merge".to_owned(), delete.into());
        let template = shown.generated_from.and_then(|id| world.repositories.get(&id));
        if let Some(template) = template {
            fields.insert("template_repository".to_owned(), repository(world, at, template, None));
        }
    }
    value
}

pub(in crate::sandbox) fn label(at: Addresses<'_>, owner: &Repository, label: &Label) -> Value {
    let name = path_segment(&label.name);
    json!({
        "id": label.id,
        "node_id": label.node_id(),
        "url": at.repository(owner, &format!("/labels/{name}")),
        "name": label.name,
        "color": label.color,
        "default": false,
        "description": label.description,
    })
}

/// Encodes a text as one segment of a URL.
pub(in crate::sandbox) fn path_segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Renders the author or committer of a commit.
pub(in crate::sandbox) fn who(who: &Who) -> Value {
    json!({"name": who.name, "email": who.email, "date": rfc3339(who.seconds)})
}

/// Renders the verification of an unsigned object.
pub(in crate::sandbox) fn verification() -> Value {
    json!({
        "verified": false,
        "reason": "unsigned",
        "signature": null,
        "payload": null,
        "verified_at": null,
    })
}

/// Renders a commit of the git data API.
pub(in crate::sandbox) fn git_commit(
    at: Addresses<'_>,
    owner: &Repository,
    commit: &Commit,
) -> Value {
    let (id, page) = (commit.id, at.page(&format!("/{}", owner.full_name())));
    let parents = commit.parents.iter().map(|parent| {
        json!({
            "sha": parent.to_string(),
            "url": at.repository(owner, &format!("/git/commits/{parent}")),
            "html_url": format!("{page}/commit/{parent}"),
        })
    });
    json!({
        "sha": id.to_string(),
        "node_id": format!("C_{}_{id}", owner.id),
        "url": at.repository(owner, &format!("/git/commits/{id}")),
        "html_url": format!("{page}/commit/{id}"),
        "author": who(&commit.author),
        "committer": who(&commit.committer),
        "tree": {
            "sha": commit.tree.to_string(),
            "url": at.repository(owner, &format!("/git/trees/{}", commit.tree)),
        },
        "message": commit.message,
        "parents": parents.collect::<Vec<_>>(),
        "verification": verification(),
    })
}

/// Renders a commit of the repositories API.
pub(in crate::sandbox) fn commit(
    world: &World,
    at: Addresses<'_>,
    owner: &Repository,
    commit: &Commit,
) -> Value {
    let (id, page) = (commit.id, at.page(&format!("/{}", owner.full_name())));
    let person = |who: &Who| {
        // GitHub identifies users by their email addresses.
        let login = who.email.strip_suffix("@users.noreply.github.com");
        let login = login.and_then(|text| text.split_once('+')).map(|(_, login)| login);
        login.filter(|login| world.owner(login).is_some()).map(|login| user(world, at, login))
    };
    let parents = commit.parents.iter().map(|parent| {
        json!({
            "sha": parent.to_string(),
            "url": at.repository(owner, &format!("/commits/{parent}")),
            "html_url": format!("{page}/commit/{parent}"),
        })
    });
    json!({
        "sha": id.to_string(),
        "node_id": format!("C_{}_{id}", owner.id),
        "commit": {
            "author": who(&commit.author),
            "committer": who(&commit.committer),
            "message": commit.message,
            "tree": {
                "sha": commit.tree.to_string(),
                "url": at.repository(owner, &format!("/git/trees/{}", commit.tree)),
            },
            "url": at.repository(owner, &format!("/git/commits/{id}")),
            "comment_count": 0,
            "verification": verification(),
        },
        "url": at.repository(owner, &format!("/commits/{id}")),
        "html_url": format!("{page}/commit/{id}"),
        "comments_url": at.repository(owner, &format!("/commits/{id}/comments")),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "parents": parents.collect::<Vec<_>>(),
    })
}

mod pull;

pub(in crate::sandbox) use pull::{Size, full_pull, pull, team};
