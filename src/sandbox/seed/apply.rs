//! Applies a seed to a world.

use std::collections::BTreeMap;
use std::path::Path;

use super::document::{
    AccessSeed, AppSeed, BOT, Document, LimitsSeed, OwnerType, RepositorySeed, TokenSeed,
    VisibilitySeed,
};
use crate::error::Error;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::world::{
    Access, App, Authority, Due, Grant, Label, Owner, OwnerKind, Pull, Repository, RepositoryId,
    Script, Started, Token, Visibility, World,
};

mod content;
mod settings;

use settings::{check_script, image, script, settings};

/// The default user of tokens.
const USER: &str = "octo";

/// Adds the content of a seed to a world. Relative paths start at `folder`.
///
/// # Errors
/// When a repository already exists, content cannot be read, or git refuses it.
pub(in crate::sandbox) fn apply(
    world: &mut World,
    document: &Document,
    folder: &Path,
) -> Result<(), Vec<Error>> {
    for (login, owner) in &document.owners {
        let kind = match owner.kind {
            OwnerType::User => OwnerKind::User,
            OwnerType::Organization => OwnerKind::Organization,
        };
        add_owner(world, login, kind, owner.name.as_deref());
        if let Some(known) = world.owners.get_mut(&login.to_lowercase()) {
            known.teams.extend(owner.teams.iter().cloned());
            known.scripts.extend(owner.runs.iter().map(script));
        }
    }
    add_tokens(world, &document.tokens);
    if let Some(app) = &document.app {
        add_app(world, app).map_err(|error| vec![error])?;
    }
    if let Some(generate) = document.generate {
        world.population = match (generate.polls, generate.seconds) {
            (_, Some(seconds)) => Due::Seconds(seconds),
            (Some(polls), None) => Due::Polls(polls),
            (None, None) => Due::default(),
        };
    }
    limit(world, &document.limits);
    let mut problems = Vec::new();
    for seed in &document.repositories {
        if let Err(error) = add_repository(world, seed, folder) {
            problems.push(error);
        }
    }
    for (login, owner) in &document.owners {
        for seed in &owner.packages {
            let image = image(seed);
            let added = match image.built(&world.index, None) {
                Some(holds) => world.add_image(login, None, &image, &holds),
                None => Err(Refusal::new(422, "the index has nothing of what an image installs")),
            };
            if let Err(refusal) = added {
                problems.push(failure(login, &refusal));
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    world.index.wish(&document.index);
    Ok(())
}

fn failure(name: &str, refusal: &Refusal) -> Error {
    Error::failed(format!("cannot put `{name}` into the sandbox")).caused_by(&refusal.message)
}

fn add_owner(world: &mut World, login: &str, kind: OwnerKind, name: Option<&str>) {
    if world.owner(login).is_some() {
        return;
    }
    let owner = Owner {
        id: world.next_id(),
        login: login.to_owned(),
        kind,
        name: name.unwrap_or(login).to_owned(),
        created: world.seconds(),
        teams: Vec::new(),
        packages: Vec::new(),
        scripts: Vec::new(),
    };
    world.owners.insert(login.to_lowercase(), owner);
}

fn access(seed: AccessSeed) -> Access {
    match seed {
        AccessSeed::Read => Access::Read,
        AccessSeed::Write => Access::Write,
        AccessSeed::Admin => Access::Admin,
    }
}

fn grant(
    permissions: &BTreeMap<String, AccessSeed>,
    repositories: Option<&Vec<String>>,
    all: &str,
) -> Grant {
    Grant {
        permissions: permissions.iter().map(|(name, seed)| (name.clone(), access(*seed))).collect(),
        repositories: repositories.cloned().unwrap_or_else(|| vec![all.to_owned()]),
    }
}

fn add_tokens(world: &mut World, seeds: &[TokenSeed]) {
    for seed in seeds {
        let user = seed.user.clone().unwrap_or_else(|| USER.to_owned());
        add_owner(world, &user, OwnerKind::User, None);
        let authority = match &seed.permissions {
            Some(permissions) => {
                let grant = grant(permissions, seed.repositories.as_ref(), "*");
                if user.ends_with(BOT) {
                    Authority::Installation(grant)
                } else {
                    Authority::FineGrained(grant)
                }
            }
            None => Authority::Classic {
                scopes: match &seed.scopes {
                    Some(scopes) => scopes.iter().cloned().collect(),
                    None => all_scopes(),
                },
            },
        };
        let made = format!("sandbox-{}", seed.name);
        let token = Token {
            name: seed.name.clone(),
            secret: seed.value.clone().unwrap_or(made),
            user,
            role: access(seed.role),
            authority,
            expires: seed.expires_after.map(|seconds| world.now + seconds),
        };
        world.tokens.retain(|known| known.name != token.name);
        world.tokens.push(token);
    }
    if world.tokens.is_empty() {
        add_owner(world, USER, OwnerKind::User, None);
        world.tokens.push(Token {
            name: "default".to_owned(),
            secret: "sandbox-default".to_owned(),
            user: USER.to_owned(),
            role: Access::Admin,
            authority: Authority::Classic { scopes: all_scopes() },
            expires: None,
        });
    }
}

fn all_scopes() -> std::collections::BTreeSet<String> {
    ["read:org", "read:packages", "repo", "workflow"].map(str::to_owned).into()
}

fn add_app(world: &mut World, seed: &AppSeed) -> Result<(), Error> {
    add_owner(world, &seed.account, OwnerKind::Organization, None);
    let public_key = match &seed.public_key {
        None => None,
        Some(pem) => {
            let wrong = || Error::usage("the app's `public_key` is not an RSA public key in PEM");
            Some(content::public_key(pem).ok_or_else(wrong)?)
        }
    };
    world.app = Some(App {
        id: seed.id,
        slug: seed.slug.clone(),
        account: seed.account.clone(),
        installation: seed.installation,
        grant: grant(&seed.permissions, seed.repositories.as_ref(), &format!("{}/*", seed.account)),
        public_key,
    });
    Ok(())
}

fn limit(world: &mut World, seed: &LimitsSeed) {
    let limits = &mut world.limits;
    let numbers = &mut limits.numbers;
    let set = |number: &mut u64, seed: Option<u64>| *number = seed.unwrap_or(*number);
    set(&mut numbers.rest, seed.rest);
    set(&mut numbers.graphql, seed.graphql);
    set(&mut numbers.search, seed.search);
    set(&mut numbers.rest_points, seed.rest_points);
    set(&mut numbers.graphql_points, seed.graphql_points);
    set(&mut numbers.nodes, seed.nodes);
    set(&mut numbers.retry_after, seed.retry_after);
    let set = |number: &mut usize, seed: Option<usize>| *number = seed.unwrap_or(*number);
    set(&mut numbers.concurrent, seed.concurrent);
    set(&mut numbers.content_per_minute, seed.content_per_minute);
    set(&mut numbers.content_per_hour, seed.content_per_hour);
    set(&mut numbers.pulls_per_minute, seed.pulls_per_minute);
    limits.max_tree_entries = seed.tree_entries.or(limits.max_tree_entries);
    limits.max_blob = seed.blob_bytes.or(limits.max_blob);
}

fn add_repository(world: &mut World, seed: &RepositorySeed, folder: &Path) -> Result<(), Error> {
    let failed = |refusal: Refusal| failure(&seed.name, &refusal);
    let Some((login, name)) = seed.name.split_once('/') else { return Ok(()) };
    add_owner(world, login, OwnerKind::Organization, None);
    let login = world.owner(login).map_or(login, |owner| &owner.login).to_owned();
    let now = world.now;
    if world.find(&login, name).is_some() {
        return Err(Error::usage(format!("`{}` is in the sandbox already", seed.name)));
    }
    let branch = seed.default_branch.as_deref().unwrap_or("main");
    let id = world.add_repository(&login, name, branch).map_err(failed)?;
    for earlier in &seed.renamed_from {
        world.add_earlier_name(&login, earlier, id);
    }
    let labels = seed
        .labels
        .iter()
        .map(|label| Label {
            id: world.next_id(),
            name: label.name.clone(),
            color: label.color.clone().unwrap_or_else(|| "ededed".to_owned()),
            description: label.description.clone(),
        })
        .collect();
    let repository = world.repository_mut(id).map_err(failed)?;
    describe(repository, seed);
    repository.labels = labels;
    if !seed.empty {
        content::fill(world, id, seed, folder)?;
    }
    let repository = world.repository_mut(id).map_err(failed)?;
    let started_before = seed.runs.iter().filter(|run| run.happened);
    repository.scripts =
        started_before.map(|run| Script { times: Some(1), ..script(run) }).collect();
    play_earlier(world, id, seed).map_err(failed)?;
    let repository = world.repository_mut(id).map_err(failed)?;
    let to_come = seed.runs.iter().filter(|run| !run.happened);
    repository.scripts = to_come.map(script).collect();
    repository.checks.scripts = seed.checks.iter().map(check_script).collect();
    let store = repository.store().map_err(failed)?;
    for (branch, head) in store.branches().map_err(failed)? {
        // The initial head of the default branch counts as old.
        let since = if branch == repository.default_branch { 0.0 } else { now };
        repository.became_head(&branch, &head.to_string(), since);
    }
    for pull in &seed.pulls {
        add_pull(world, id, pull).map_err(failed)?;
    }
    // Last, since an archived repository accepts no changes.
    let repository = world.repository_mut(id).map_err(failed)?;
    repository.archived = seed.archived;
    repository.disabled = seed.disabled;
    repository.locked = seed.locked;
    Ok(())
}

fn describe(repository: &mut Repository, seed: &RepositorySeed) {
    repository.description.clone_from(&seed.description);
    repository.visibility = match seed.visibility {
        VisibilitySeed::Public => Visibility::Public,
        VisibilitySeed::Private => Visibility::Private,
        VisibilitySeed::Internal => Visibility::Internal,
    };
    repository.template = seed.template;
    repository.fork = seed.fork;
    repository.topics.clone_from(&seed.topics);
    repository.settings = settings(&seed.settings);
}

/// Starts the runs that the seed declares as past.
fn play_earlier(world: &mut World, id: RepositoryId, seed: &RepositorySeed) -> Result<(), Refusal> {
    let repository = world.repository(id)?;
    let branch = repository.default_branch.clone();
    let Some(head) = repository.store()?.branch(&branch)? else { return Ok(()) };
    for run in seed.runs.iter().filter(|run| run.happened) {
        let started = Started {
            on: script(run).on,
            branch: branch.clone(),
            sha: head.to_string(),
            actor: USER.to_owned(),
            title: String::new(),
            pull: None,
            payload: None,
        };
        world.start_runs(id, &started);
    }
    Ok(())
}

fn add_pull(
    world: &mut World,
    id: RepositoryId,
    seed: &super::document::PullSeed,
) -> Result<(), Refusal> {
    let (pull_id, now) = (world.next_id(), world.seconds());
    let author = world.tokens.first().map_or(USER, |token| token.user.as_str()).to_owned();
    let repository = world.repository_mut(id)?;
    let base = seed.base.clone().unwrap_or_else(|| repository.default_branch.clone());
    let store = repository.store()?;
    let branch = |name: &str| -> Result<git2::Oid, Refusal> {
        let missing = || Refusal::new(422, format!("there is no branch `{name}`"));
        store.branch(name)?.ok_or_else(missing)
    };
    let ends = ((id, seed.head.as_str(), branch(&seed.head)?), (base.as_str(), branch(&base)?));
    let number = repository.next_number();
    let mut pull = Pull {
        title: seed.title.clone(),
        body: seed.body.clone(),
        draft: seed.draft,
        labels: seed.labels.clone(),
        ..Pull::opened((pull_id, number), &author, ends.0, ends.1, now)
    };
    if seed.closed {
        pull.close(&author, now);
    }
    repository.pulls.push(pull);
    world.pull_changed(id, number, USER);
    Ok(())
}
