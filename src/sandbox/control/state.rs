//! The whole state as one document in a stable order, so that two end states can be compared.

use serde_json::{Map, Value, json};

use crate::sandbox::refusal::Answer;
use crate::sandbox::world::{Pull, PullState, Repository, World};

pub(super) fn shown(world: &World) -> Answer<Value> {
    let mut repositories: Vec<&Repository> = world.repositories.values().collect();
    repositories.sort_by_key(|repository| repository.full_name().to_lowercase());
    let mut shown = Map::new();
    for repository in repositories {
        shown.insert(repository.full_name(), shown_repository(world, repository)?);
    }
    let packages = world.owners.values().flat_map(|owner| {
        owner.packages.iter().map(|package| {
            json!({
                "owner": owner.login,
                "name": package.name,
                "public": package.public,
                "tags": package.versions.iter().map(|version| &version.tags).collect::<Vec<_>>(),
            })
        })
    });
    let packages: Vec<Value> = packages.collect();
    let index = world.index.shown();
    Ok(json!({"repositories": shown, "packages": packages, "index": index}))
}

fn shown_repository(world: &World, repository: &Repository) -> Answer<Value> {
    let store = repository.store()?;
    let mut references = Map::new();
    for (name, id) in store.references("refs/")? {
        // A commit's id depends on its time; show its tree and message instead.
        let commit = store.commit(id).ok();
        let value = commit.map(|commit| {
            json!({
                "commit": id.to_string(),
                "tree": commit.tree.to_string(),
                "message": commit.message,
                "parents": commit.parents.len(),
                "history": store.history(id, 100_000).map_or(0, |history| history.len()),
            })
        });
        references.insert(name, value.unwrap_or_else(|| json!({"object": id.to_string()})));
    }
    let names = repository.labels.iter().map(|label| label.name.as_str());
    let runs = repository.runs.iter().map(|run| {
        json!({
            "workflow": run.workflow.path,
            "event": run.started.on.event(),
            "branch": run.started.branch,
            "status": run.status,
            "conclusion": run.conclusion,
            "attempt": run.attempt,
        })
    });
    Ok(json!({
        "description": repository.description,
        "visibility": repository.visibility.name(),
        "archived": repository.archived,
        "disabled": repository.disabled,
        "template": repository.template,
        "topics": repository.topics,
        "default_branch": repository.default_branch,
        "populating": repository.population.is_some(),
        "references": references,
        "labels": names.collect::<Vec<_>>(),
        "pulls": repository.pulls.iter().map(|pull| shown_pull(world, pull)).collect::<Vec<_>>(),
        "runs": runs.collect::<Vec<_>>(),
    }))
}

fn shown_pull(world: &World, pull: &Pull) -> Value {
    let head = world.repositories.get(&pull.head_repository).map(Repository::full_name);
    json!({
        "number": pull.number,
        "title": pull.title,
        "body": pull.body,
        "state": match pull.state {
            PullState::Open => "open",
            PullState::Closed => "closed",
            PullState::Merged => "merged",
        },
        "draft": pull.draft,
        "head_repository": head,
        "head": pull.head,
        "base": pull.base,
        "labels": pull.labels,
        "reviewers": pull.reviewers,
        "reviews": pull.reviews.iter().map(|it| json!([it.by, it.state.name()])).collect::<Vec<_>>(),
        "comments": pull.comments.iter().map(|it| json!([it.by, it.body])).collect::<Vec<_>>(),
        "auto_merge": pull.auto_merge.is_some(),
        "events": pull.events.iter().map(|it| json!([it.what, it.by])).collect::<Vec<_>>(),
    })
}
