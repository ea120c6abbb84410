//! Listing, searching, creating and changing repositories.

use serde_json::{Value, json};

use super::pages::{listed, paged};
use super::render::{self, Addresses};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{
    Access, Decision, OwnerKind, Permission, Population, Repository, Visibility, World,
};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/orgs/{org}/repos", Nothing => of_organization;
    GET "/users/{username}/repos", Nothing => of_user;
    GET "/search/repositories", Nothing => search;
    POST "/orgs/{org}/repos", Token => create_for_organization;
    POST "/user/repos", Token => create_for_user;
    GET "/repos/{owner}/{repo}", Repository(&[Metadata], Read) => get;
    PATCH "/repos/{owner}/{repo}", Repository(&[Administration], Write) => update;
    POST "/repos/{template_owner}/{template_repo}/generate", Repository(&[Metadata], Read) => generate;
    GET "/repos/{owner}/{repo}/topics", Repository(&[Metadata], Read) => topics;
    PUT "/repos/{owner}/{repo}/topics", Repository(&[Administration], Write) => replace_topics;
};

/// The most results of a search that GitHub returns.
const MAX_RESULTS: usize = 1000;

/// GitHub's limits on names, descriptions and lists of topics.
const MAX_NAME: usize = 100;
const MAX_DESCRIPTION: usize = 350;
const MAX_TOPICS: usize = 20;

fn get(world: &mut World, call: &Call) -> Answer {
    shown(world, call, 200)
}

fn shown(world: &World, call: &Call, status: u16) -> Answer {
    let (found, at) = (call.repository(world)?, Addresses(&call.base));
    let token = call.token(world).ok();
    Ok(Reply::json(status, render::full_repository(world, at, found, token)))
}

/// Returns the repositories of an owner that the token may see, sorted by name.
pub(in crate::sandbox) fn visible<'a>(
    world: &'a World,
    call: &Call,
    owner: Option<&str>,
) -> Vec<&'a Repository> {
    let mut found: Vec<&Repository> = world
        .repositories
        .values()
        .filter(|found| owner.is_none_or(|owner| found.owner.eq_ignore_ascii_case(owner)))
        .filter(|found| {
            call.decide(world, found, Permission::Metadata, Access::Read) == Decision::Allowed
        })
        .collect();
    found.sort_by_key(|found| found.full_name().to_lowercase());
    found
}

fn of_organization(world: &mut World, call: &Call) -> Answer {
    of_owner(world, call, call.parameter("org"), OwnerKind::Organization)
}

fn of_user(world: &mut World, call: &Call) -> Answer {
    of_owner(world, call, call.parameter("username"), OwnerKind::User)
}

fn of_owner(world: &World, call: &Call, login: &str, kind: OwnerKind) -> Answer {
    let owner = world.owner(login).filter(|owner| owner.kind == kind);
    let owner = owner.ok_or_else(Refusal::not_found)?;
    let types: &[&str] = match kind {
        OwnerKind::Organization => &["all", "public", "private", "forks", "sources", "member"],
        OwnerKind::User => &["all", "owner", "member"],
    };
    let wanted = call.one_of("type", types)?;
    let sort = call.one_of("sort", &["created", "updated", "pushed", "full_name"])?;
    let direction = call.one_of("direction", &["asc", "desc"])?;
    let mut found = visible(world, call, Some(&owner.login));
    match wanted {
        Some("public") => found.retain(|found| !found.is_private()),
        Some("private") => found.retain(|found| found.is_private()),
        Some("forks") => found.retain(|found| found.fork),
        Some("sources") => found.retain(|found| !found.fork),
        _ => {}
    }
    match sort {
        Some("full_name") => {}
        Some("updated") => found.sort_by_key(|found| std::cmp::Reverse(found.updated)),
        Some("pushed") => found.sort_by_key(|found| std::cmp::Reverse(found.pushed)),
        // GitHub's default order is newest first.
        _ if kind == OwnerKind::Organization => {
            found.sort_by_key(|found| std::cmp::Reverse(found.id))
        }
        _ => {}
    }
    if direction == Some("desc") && sort == Some("full_name") {
        found.reverse();
    }
    let (at, token) = (Addresses(&call.base), call.token(world).ok());
    listed(call, found.iter().map(|found| render::repository(world, at, found, token)).collect())
}

fn search(world: &mut World, call: &Call) -> Answer {
    let query = call.asked("q").ok_or_else(|| Refusal::validation("Search", "q", "missing"))?;
    let found = searched(world, call, query)?;
    let total = found.len();
    let found: Vec<&Repository> = found.into_iter().take(MAX_RESULTS).collect();
    let (at, token) = (Addresses(&call.base), call.token(world).ok());
    let (page, link) = paged(call, found)?;
    let items = page.into_iter().map(|found| {
        let mut value = render::repository(world, at, found, token);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("score".to_owned(), 1.0.into());
        }
        value
    });
    let items: Vec<Value> = items.collect();
    let reply =
        Reply::ok(json!({"total_count": total, "incomplete_results": false, "items": items}));
    Ok(match link {
        Some(link) => reply.header("link", link),
        None => reply,
    })
}

/// Searches by words of the name or description, and by the qualifiers used to discover a fleet.
pub(in crate::sandbox) fn searched<'a>(
    world: &'a World,
    call: &Call,
    query: &str,
) -> Answer<Vec<&'a Repository>> {
    let mut found = visible(world, call, None);
    for term in query.split_whitespace() {
        let (name, value) = term.split_once(':').unwrap_or(("", term));
        let value = value.trim_matches('"');
        match name {
            "org" | "user" => {
                if world.owner(value).is_none() {
                    let message = "The listed users and repositories cannot be searched either because the resources \
                                   do not exist or you do not have permission to view them.";
                    return Err(Refusal::custom("Search", Some("q"), message));
                }
                found.retain(|found| found.owner.eq_ignore_ascii_case(value));
            }
            "topic" => found.retain(|found| found.topics.iter().any(|topic| topic == value)),
            "archived" => found.retain(|found| found.archived == (value == "true")),
            "template" => found.retain(|found| found.template == (value == "true")),
            "is" => found.retain(|found| found.visibility.name() == value),
            "fork" => match value {
                "true" => {}
                "only" => found.retain(|found| found.fork),
                _ => found.retain(|found| !found.fork),
            },
            "in" => {}
            "" => found.retain(|found| {
                let description = found.description.as_deref().unwrap_or_default();
                let text = format!("{} {description}", found.name).to_lowercase();
                text.contains(&value.to_lowercase())
            }),
            _ => return Err(Refusal::validation("Search", "q", "invalid")),
        }
    }
    // Forks are only found on request.
    if !query.contains("fork:") {
        found.retain(|found| !found.fork);
    }
    Ok(found)
}

fn create_for_organization(world: &mut World, call: &Call) -> Answer {
    let owner = world.owner(call.parameter("org"));
    let owner = owner.filter(|owner| owner.kind == OwnerKind::Organization);
    let owner = owner.ok_or_else(Refusal::not_found)?.login.clone();
    create(world, call, &owner)
}

fn create_for_user(world: &mut World, call: &Call) -> Answer {
    let owner = call.token(world)?.user.clone();
    create(world, call, &owner)
}

fn create(world: &mut World, call: &Call, owner: &str) -> Answer {
    let made = Made::read(world, call, owner)?;
    let initialize = call.flag("auto_init")?.unwrap_or(false);
    let id = world.add_repository(owner, &made.name, "main")?;
    made.describe(world.repository_mut(id)?);
    if initialize {
        world.initialize(id, &call.identity(world)?)?;
    }
    let call = call.about(id);
    shown(world, &call, 201)
}

/// The properties of every new repository.
struct Made {
    name: String,
    description: Option<String>,
    visibility: Visibility,
}

impl Made {
    fn read(world: &World, call: &Call, owner: &str) -> Answer<Self> {
        let name = call.required("name")?;
        let token = call.token(world)?;
        if !token.creates_for(owner) {
            return Err(if token.is_installation() {
                Refusal::forbidden("Resource not accessible by integration")
            } else if matches!(token.authority, crate::sandbox::world::Authority::Classic { .. }) {
                Refusal::not_found()
            } else {
                Refusal::forbidden("Resource not accessible by personal access token")
            });
        }
        check_name(name)?;
        // An earlier name is available: the redirect ends.
        if let Some(crate::sandbox::world::Found::Here(_)) = world.find(owner, name) {
            let message = "name already exists on this account";
            let mut refusal = Refusal::custom("Repository", Some("name"), message);
            refusal.message = "Repository creation failed.".to_owned();
            return Err(refusal);
        }
        let description = call.text("description")?.map(str::to_owned);
        check_description(description.as_deref())?;
        let private = call.flag("private")?.unwrap_or(false);
        let visibility = match call.text("visibility")? {
            None if private => Visibility::Private,
            None => Visibility::Public,
            Some(text) => visibility(text)?,
        };
        Ok(Self { name: name.to_owned(), description, visibility })
    }

    fn describe(&self, repository: &mut Repository) {
        repository.description.clone_from(&self.description);
        repository.visibility = self.visibility;
    }
}

fn visibility(text: &str) -> Answer<Visibility> {
    match text {
        "public" => Ok(Visibility::Public),
        "private" => Ok(Visibility::Private),
        "internal" => Ok(Visibility::Internal),
        _ => Err(Refusal::validation("Repository", "visibility", "invalid")),
    }
}

fn check_name(name: &str) -> Answer<()> {
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let sound = !name.is_empty()
        && name.len() <= MAX_NAME
        && name.bytes().all(permitted)
        && !matches!(name, "." | "..")
        && !name.to_lowercase().ends_with(".git")
        && !name.to_lowercase().ends_with(".wiki");
    // GitHub replaces other characters by hyphens; refuse them, so that no caller relies on that.
    if sound { Ok(()) } else { Err(Refusal::custom("Repository", Some("name"), "name is invalid")) }
}

fn check_description(description: Option<&str>) -> Answer<()> {
    let Some(text) = description else { return Ok(()) };
    if text.chars().count() > MAX_DESCRIPTION {
        return Err(Refusal::custom(
            "Repository",
            Some("description"),
            "description cannot be more than 350 characters",
        ));
    }
    if text.contains(char::is_control) {
        return Err(Refusal::custom(
            "Repository",
            Some("description"),
            "description control characters are not allowed",
        ));
    }
    Ok(())
}

fn generate(world: &mut World, call: &Call) -> Answer {
    let template = call.repository(world)?;
    let (id, full_name) = (template.id, template.full_name());
    if !template.template {
        let message = format!("{full_name} is not a template repository");
        return Err(Refusal::custom("Repository", None, message));
    }
    if template.store()?.branch(&template.default_branch)?.is_none() {
        return Err(Refusal::new(
            409,
            "Repository is empty. Cannot create a repository from an empty template.",
        ));
    }
    let default_branch = template.default_branch.clone();
    let owner = match call.text("owner")? {
        Some(login) => world.owner(login).ok_or_else(Refusal::not_found)?.login.clone(),
        None => call.token(world)?.user.clone(),
    };
    let all_branches = call.flag("include_all_branches")?.unwrap_or(false);
    let made = Made::read(world, call, &owner)?;
    let author = call.identity(world)?;
    let (since, due) = (world.now, world.population);
    let new = world.add_repository(&owner, &made.name, &default_branch)?;
    let repository = world.repository_mut(new)?;
    made.describe(repository);
    repository.generated_from = Some(id);
    repository.population = Some(Population { template: id, all_branches, author, since, due });
    shown(world, &call.about(new), 201)
}

fn update(world: &mut World, call: &Call) -> Answer {
    let id = call.id()?;
    let repository = call.repository(world)?;
    let unarchive = call.flag("archived")? == Some(false);
    if repository.archived && !unarchive {
        return Err(Refusal::forbidden("Repository was archived so is read-only."));
    }
    let name = call.text("name")?.map(str::to_owned);
    if let Some(name) = name.as_deref().filter(|name| *name != repository.name) {
        check_name(name)?;
        let taken = world.find(&repository.owner, name);
        if matches!(taken, Some(crate::sandbox::world::Found::Here(other)) if other != id) {
            let message = "name already exists on this account";
            return Err(Refusal::custom("Repository", Some("name"), message));
        }
    }
    let branch = call.text("default_branch")?.map(str::to_owned);
    if let Some(branch) = &branch
        && repository.store()?.branch(branch)?.is_none()
    {
        let message = format!(
            "The branch {branch} was not found. Please push that ref first or create it via the Git Data API."
        );
        return Err(Refusal::custom("Repository", Some("default_branch"), message));
    }
    let described = call.text("description")?.map(str::to_owned);
    check_description(described.as_deref())?;
    let homepage = call.text("homepage")?.map(str::to_owned);
    let visible = match (call.text("visibility")?, call.flag("private")?) {
        (Some(text), _) => Some(visibility(text)?),
        (None, Some(true)) => Some(Visibility::Private),
        (None, Some(false)) => Some(Visibility::Public),
        (None, None) => None,
    };
    let (archived, template) = (call.flag("archived")?, call.flag("is_template")?);
    let (delete, merge) = (call.flag("delete_branch_on_merge")?, call.flag("allow_auto_merge")?);
    if let Some(branch) = &branch {
        repository.store()?.set_head(branch)?;
    }
    let now = world.seconds();
    let repository = world.repository_mut(id)?;
    // `null` and an empty string both remove the description.
    if call.body.get("description").is_some() {
        repository.description = described.filter(|text| !text.is_empty());
    }
    if call.body.get("homepage").is_some() {
        repository.homepage = homepage.filter(|text| !text.is_empty());
    }
    if let Some(branch) = branch {
        repository.default_branch = branch;
    }
    repository.visibility = visible.unwrap_or(repository.visibility);
    repository.archived = archived.unwrap_or(repository.archived);
    repository.template = template.unwrap_or(repository.template);
    repository.settings.delete_branch_on_merge =
        delete.unwrap_or(repository.settings.delete_branch_on_merge);
    repository.settings.allow_auto_merge = merge.unwrap_or(repository.settings.allow_auto_merge);
    repository.updated = now;
    if let Some(name) = name.filter(|name| *name != repository.name) {
        world.rename(id, &name)?;
    }
    shown(world, call, 200)
}

fn topics(world: &mut World, call: &Call) -> Answer {
    Ok(Reply::ok(json!({"names": call.repository(world)?.topics})))
}

fn replace_topics(world: &mut World, call: &Call) -> Answer {
    let missing = || Refusal::invalid("\"names\" wasn't supplied.");
    let names = call.texts("names")?.ok_or_else(missing)?;
    let sound = |name: &String| {
        let permitted =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        name.len() <= 50
            && !name.starts_with('-')
            && !name.is_empty()
            && name.bytes().all(permitted)
    };
    if names.len() > MAX_TOPICS || !names.iter().all(sound) {
        let message = "Topics must start with a lowercase letter or number, consist of 50 characters or less, and can \
                       include hyphens.";
        return Err(Refusal::unprocessable(message));
    }
    let repository = call.repository_mut(world)?;
    repository.topics.clear();
    for name in names {
        if !repository.topics.contains(&name) {
            repository.topics.push(name);
        }
    }
    Ok(Reply::ok(json!({"names": repository.topics})))
}
