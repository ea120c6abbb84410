//! Decides what a webhook event asks for, given its name and its verified body.
//!
//! Only the fields declared here are read from the body (GitHub, "Webhook events and payloads").

use serde::Deserialize;

use super::Wish;
use crate::serve::facts::{MemberSight, Members};

/// How to respond to a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::serve) enum Asked {
    /// It is a test of the webhook.
    Pong,
    /// It asks for something to be done.
    Wish(Wish),
    /// It asks for nothing, for this reason.
    Nothing(&'static str),
}

#[derive(Deserialize)]
struct Body {
    action: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    repository: Option<Repository>,
    pull_request: Option<Pull>,
    #[serde(alias = "package")]
    registry_package: Option<Package>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct Pull {
    merged: Option<bool>,
    base: Option<Base>,
}

#[derive(Deserialize)]
struct Base {
    #[serde(rename = "ref")]
    reference: String,
}

#[derive(Deserialize)]
struct Package {
    name: Option<String>,
    package_type: Option<String>,
}

/// Decides what a delivery asks for; `None` when its body is not JSON or does not fit its event.
pub(in crate::serve) fn asked(event: &str, body: &[u8], members: &Members) -> Option<Asked> {
    if event == "ping" {
        return Some(Asked::Pong);
    }
    let body: Body = serde_json::from_slice(body).ok()?;
    let action = body.action.as_deref();
    Some(match event {
        "push" => pushed(&body, members)?,
        "pull_request" if action == Some("closed") => merged(&body, members)?,
        "release" if action == Some("published") => released(&body, members)?,
        "registry_package" | "package" if matches!(action, Some("published" | "updated")) => {
            packaged(&body, members)?
        }
        "pull_request" | "release" | "registry_package" | "package" => {
            Asked::Nothing("this action changes nothing here")
        }
        _ => Asked::Nothing("this event changes nothing here"),
    })
}

const NO_MEMBER: Asked = Asked::Nothing("no member of the fleet is in this repository");
const OTHER_BRANCH: Asked = Asked::Nothing("only the default branch is judged");

fn pushed(body: &Body, members: &Members) -> Option<Asked> {
    let repository = body.repository.as_ref()?;
    let branch = body.reference.as_ref()?.strip_prefix("refs/heads/");
    Some(judge(repository, branch, members))
}

fn merged(body: &Body, members: &Members) -> Option<Asked> {
    let (repository, pull) = (body.repository.as_ref()?, body.pull_request.as_ref()?);
    if pull.merged != Some(true) {
        return Some(Asked::Nothing("it was closed without being merged"));
    }
    let base = pull.base.as_ref().map(|base| base.reference.as_str());
    Some(judge(repository, base, members))
}

fn judge(repository: &Repository, branch: Option<&str>, members: &Members) -> Asked {
    if members.of_repository(&repository.full_name).next().is_none() {
        return NO_MEMBER;
    }
    if branch.is_none() || repository.default_branch.as_deref().is_some_and(|it| branch != Some(it))
    {
        return OTHER_BRANCH;
    }
    Asked::Wish(Wish::Judge(repository.full_name.to_ascii_lowercase()))
}

/// A release of the runtime's source affects every image; a release of a member affects its own.
fn released(body: &Body, members: &Members) -> Option<Asked> {
    let name = body.repository.as_ref()?.full_name.as_str();
    let is_source =
        |source: &crate::fleet::RepositoryName| source.to_string().eq_ignore_ascii_case(name);
    if members.source.as_ref().is_some_and(is_source) {
        return Some(Asked::Wish(Wish::Refresh(None)));
    }
    Some(refresh(&members.of_repository(name).collect::<Vec<_>>()))
}

fn packaged(body: &Body, members: &Members) -> Option<Asked> {
    let package = body.registry_package.as_ref()?;
    let kind = package.package_type.as_deref().unwrap_or_default();
    if !["container", "docker"].iter().any(|image| kind.eq_ignore_ascii_case(image)) {
        return Some(Asked::Nothing("this package is not an image"));
    }
    let of_repository: Vec<&MemberSight> = match &body.repository {
        Some(repository) => members.of_repository(&repository.full_name).collect(),
        None => Vec::new(),
    };
    if !of_repository.is_empty() {
        return Some(refresh(&of_repository));
    }
    // An image that is not linked to a repository can only be recognised by its name.
    let name = package.name.as_deref().unwrap_or_default().to_lowercase();
    let named = |member: &&MemberSight| {
        let image = member.image.as_deref().and_then(|image| image.rsplit('/').next());
        image.is_some_and(|image| image == name)
    };
    Some(refresh(&members.members.iter().filter(named).collect::<Vec<_>>()))
}

fn refresh(members: &[&MemberSight]) -> Asked {
    let with_image = members.iter().filter(|member| member.image.is_some());
    match with_image.collect::<Vec<_>>()[..] {
        [] if members.is_empty() => NO_MEMBER,
        [] => Asked::Nothing("this member has no image"),
        [member] => Asked::Wish(Wish::Refresh(Some(member.slug.clone()))),
        _ => Asked::Wish(Wish::Refresh(None)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::fleet::RepositoryName;

    fn name(text: &str) -> RepositoryName {
        RepositoryName::parse(text, "acme").expect("a name")
    }

    fn members() -> Members {
        let member = |slug: &str, repository: &str| MemberSight {
            slug: slug.to_owned(),
            repository: name(repository),
            image: Some(format!("ghcr.io/acme/t-{slug}")),
        };
        Members {
            fleet: "acme".to_owned(),
            members: vec![
                member("hermes", "acme/t-hermes"),
                member("one", "acme/both"),
                member("two", "acme/both"),
            ],
            source: Some(name("acme/platform")),
            releases: true,
        }
    }

    fn ask(event: &str, body: &Value) -> Option<Asked> {
        asked(event, body.to_string().as_bytes(), &members())
    }

    fn repository(name: &str) -> Value {
        json!({ "full_name": name, "default_branch": "trunk" })
    }

    #[test]
    fn a_push_to_the_default_branch_of_a_member_is_judged() {
        let push = |name, reference| {
            ask("push", &json!({ "ref": reference, "repository": repository(name) }))
        };
        let judged = Some(Asked::Wish(Wish::Judge("acme/t-hermes".to_owned())));
        assert_eq!(push("Acme/T-Hermes", "refs/heads/trunk"), judged);
        assert_eq!(push("acme/t-hermes", "refs/heads/other"), Some(OTHER_BRANCH));
        assert_eq!(push("acme/t-hermes", "refs/tags/trunk"), Some(OTHER_BRANCH));
        assert_eq!(push("acme/stranger", "refs/heads/trunk"), Some(NO_MEMBER));
    }

    #[test]
    fn a_merge_is_judged_and_a_closing_is_not() {
        let closed = |merged, base| {
            let pull = json!({ "merged": merged, "base": { "ref": base } });
            let body = json!({ "action": "closed", "pull_request": pull, "repository": repository("acme/t-hermes") });
            ask("pull_request", &body)
        };
        assert!(matches!(closed(true, "trunk"), Some(Asked::Wish(Wish::Judge(_)))));
        assert!(matches!(closed(false, "trunk"), Some(Asked::Nothing(_))));
        assert_eq!(closed(true, "other"), Some(OTHER_BRANCH));
        assert!(matches!(
            ask("pull_request", &json!({ "action": "opened" })),
            Some(Asked::Nothing(_))
        ));
    }

    #[test]
    fn a_release_refreshes_what_it_concerns() {
        let released = |name| {
            ask("release", &json!({ "action": "published", "repository": repository(name) }))
        };
        let one = Some(Asked::Wish(Wish::Refresh(Some("hermes".to_owned()))));
        let all = Some(Asked::Wish(Wish::Refresh(None)));
        assert_eq!(released("acme/t-hermes"), one);
        assert_eq!(released("acme/platform"), all);
        assert_eq!(released("acme/both"), all);
        assert_eq!(released("acme/stranger"), Some(NO_MEMBER));
        let drafted = ask(
            "release",
            &json!({ "action": "created", "repository": repository("acme/platform") }),
        );
        assert!(matches!(drafted, Some(Asked::Nothing(_))));
    }

    #[test]
    fn an_image_is_known_by_its_repository_or_its_name() {
        let package = |name: &str, kind: &str, repository: Value| {
            let body = json!({ "action": "published", "repository": repository,
                "registry_package": { "name": name, "package_type": kind } });
            ask("registry_package", &body)
        };
        let one = Some(Asked::Wish(Wish::Refresh(Some("hermes".to_owned()))));
        assert_eq!(package("x", "CONTAINER", repository("acme/t-hermes")), one);
        assert_eq!(package("T-Hermes", "container", Value::Null), one);
        assert_eq!(package("other", "container", Value::Null), Some(NO_MEMBER));
        assert!(matches!(
            package("x", "npm", repository("acme/t-hermes")),
            Some(Asked::Nothing(_))
        ));
    }

    #[test]
    fn what_is_not_of_its_form_is_said_to_be() {
        assert_eq!(asked("ping", b"no json", &members()), Some(Asked::Pong));
        assert_eq!(asked("push", b"no json", &members()), None);
        assert_eq!(ask("push", &json!({})), None);
        assert_eq!(ask("push", &json!({ "ref": "refs/heads/trunk", "repository": 7 })), None);
        assert_eq!(ask("push", &json!([])), None);
        assert!(matches!(ask("star", &json!({})), Some(Asked::Nothing(_))));
    }
}
