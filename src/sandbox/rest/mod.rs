//! The REST interface: the table of routes, what each needs, and how a path finds its own.

mod actions;
mod app;
mod checks;
mod commits;
mod contents;
mod issues;
mod merging;
pub(super) mod objects;
mod owners;
mod packages;
mod pages;
pub(super) mod pulls;
pub(super) mod references;
pub(super) mod render;
pub(super) mod repositories;
mod reviews;
mod routes;
mod settings;
mod tags;
pub(super) mod workflow_files;

pub(super) use routes::ROUTES;

use super::call::Call;
use super::refusal::{Answer, Refusal};
use super::reply::Reply;
use super::world::{Access, Decision, Found, Permission, World};

/// What a request must be permitted to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    /// Nothing: anybody may ask.
    Nothing,
    /// A token of any kind.
    Token,
    /// The proof that a GitHub App signed.
    App,
    /// One of these permissions, in the repository that the path names.
    Repository(&'static [Permission], Access),
}

/// A route.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// `{name}` stands for one segment, `{name*}` for one or more.
    pub(super) template: &'static str,
    pub(super) need: Need,
    pub(super) answer: fn(&mut World, &Call) -> Answer,
}

impl Route {
    /// `GET /repos/{owner}/{repo}`, as GitHub's documents write it.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.method, self.template.replace("*}", "}"))
    }
}

/// A route with the parameters of a path.
type Matched = (&'static Route, Vec<(&'static str, String)>);

/// The route of a request. A path that is known by other methods only is still none: GitHub says 404.
pub(super) fn find(method: &str, path: &str) -> Option<Matched> {
    let segments: Vec<String> = path.strip_prefix('/')?.split('/').map(decoded).collect();
    let method = if method == "HEAD" { "GET" } else { method };
    ROUTES.iter().filter(|route| route.method == method).find_map(|route| {
        let template: Vec<&'static str> = route.template.trim_matches('/').split('/').collect();
        let mut parameters = Vec::new();
        matches(&template, &segments, &mut parameters).then_some((route, parameters))
    })
}

fn matches(
    template: &[&'static str],
    segments: &[String],
    found: &mut Vec<(&'static str, String)>,
) -> bool {
    let (Some((first, rest)), Some((segment, others))) =
        (template.split_first(), segments.split_first())
    else {
        return template.is_empty() && segments.is_empty();
    };
    let Some(name) = first.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
        return *first == segment && matches(rest, others, found);
    };
    let known = found.len();
    let longest = if name.ends_with('*') { segments.len() } else { 1 };
    // The longest first: a branch's name may have slashes.
    for length in (1..=longest).rev() {
        let (taken, others) = segments.split_at(length);
        found.push((name.trim_end_matches('*'), taken.join("/")));
        if matches(rest, others, found) {
            return true;
        }
        found.truncate(known);
    }
    false
}

fn decoded(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        let escaped = segment.get(position + 1..position + 3);
        let escaped = escaped.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match escaped.filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                decoded.push(value);
                position += 3;
            }
            None => {
                decoded.push(*byte);
                position += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Answers a request that was matched, when it may be.
pub(super) fn answer(world: &mut World, route: &Route, call: &mut Call) -> Answer {
    match route.need {
        Need::Nothing | Need::App => {}
        Need::Token => {
            call.token(world)?;
        }
        Need::Repository(permissions, access) => {
            if let Some(moved) = resolve(world, call)? {
                return Ok(moved);
            }
            permit(world, call, permissions, access)?;
            usable(world, route, call, access)?;
        }
    }
    (route.answer)(world, call)
}

/// Finds the repository that a path names; an earlier name is answered by where it is now.
fn resolve(world: &mut World, call: &mut Call) -> Answer<Option<Reply>> {
    // GitHub's documents name the template's parameters apart.
    let either = |name: &str, other: &str| {
        let value = call.parameter(name);
        if value.is_empty() { call.parameter(other).to_owned() } else { value.to_owned() }
    };
    let (owner, name) = (either("owner", "template_owner"), either("repo", "template_repo"));
    match world.find(&owner, &name) {
        None => Err(Refusal::not_found()),
        Some(Found::Here(id)) => {
            call.repository = Some(id);
            if call.method == "GET" {
                world.poll(id);
                world.settle(world.now);
            }
            Ok(None)
        }
        Some(Found::Renamed(id)) => {
            let repository = world.repository(id)?;
            let decision = call.decide(world, repository, Permission::Metadata, Access::Read);
            if decision != Decision::Allowed {
                return Err(Refusal::not_found());
            }
            let rest = call.path.trim_start_matches('/').splitn(4, '/').nth(3);
            let rest = rest.map(|rest| format!("/{rest}")).unwrap_or_default();
            let mut url = format!("{}/api/v3/repositories/{id}{rest}", call.base);
            if !call.query.is_empty() {
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&call.query)
                    .finish();
                url.push_str(&format!("?{query}"));
            }
            Ok(Some(redirect(&call.method, &url)))
        }
    }
}

/// 301 for what may be asked again as GET, 307 for what must keep its method.
pub(super) fn redirect(method: &str, url: &str) -> Reply {
    let (status, message) = match method {
        "GET" | "HEAD" => (301, "Moved Permanently"),
        _ => (307, "Temporary Redirect"),
    };
    let body = serde_json::json!({
        "message": message,
        "url": url,
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    });
    Reply::json(status, body).header("location", url)
}

fn permit(world: &World, call: &Call, permissions: &[Permission], access: Access) -> Answer<()> {
    let repository = call.repository(world)?;
    let decisions: Vec<Decision> = permissions
        .iter()
        .map(|permission| call.decide(world, repository, *permission, access))
        .collect();
    if decisions.contains(&Decision::Allowed) {
        return Ok(());
    }
    // What may not be seen is not denied either.
    if !decisions.contains(&Decision::Denied) {
        return Err(Refusal::not_found());
    }
    let message = match call.token(world) {
        Ok(token) if token.is_installation() => "Resource not accessible by integration",
        Ok(token) if matches!(token.authority, super::world::Authority::FineGrained(_)) => {
            "Resource not accessible by personal access token"
        }
        _ => "Must have admin rights to Repository.",
    };
    Err(Refusal::forbidden(message))
}

/// Refuses what a disabled or archived repository does not take.
fn usable(world: &World, route: &Route, call: &Call, access: Access) -> Answer<()> {
    let repository = call.repository(world)?;
    let itself = route.template == "/repos/{owner}/{repo}";
    if repository.disabled && !itself {
        return Err(Refusal::forbidden("Repository access blocked"));
    }
    if access >= Access::Write && repository.archived && !itself {
        return Err(Refusal::forbidden("Repository was archived so is read-only."));
    }
    if access >= Access::Write && repository.locked {
        return Err(Refusal::forbidden("Repository has been locked for migration."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, path: &str) -> Option<(String, Vec<(&'static str, String)>)> {
        find(method, path).map(|(route, parameters)| (route.title(), parameters))
    }

    #[test]
    fn names_with_slashes_are_found_bare_and_escaped() {
        for path in ["/repos/a/b/branches/x/y/protection", "/repos/a/b/branches/x%2Fy/protection"] {
            let (title, parameters) = route("GET", path).expect("known");
            assert_eq!(title, "GET /repos/{owner}/{repo}/branches/{branch}/protection");
            assert_eq!(parameters.last(), Some(&("branch", "x/y".to_owned())));
        }
    }

    #[test]
    fn another_method_is_another_route() {
        assert_eq!(route("DELETE", "/user"), None);
        assert_eq!(route("HEAD", "/user").map(|found| found.0).as_deref(), Some("GET /user"));
        assert_eq!(route("GET", "/nothing"), None);
    }
}
