//! Reviews of pull requests, and requests for them.

use serde_json::{Value, json};

use super::pages::listed;
use super::render::{self, Addresses};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{
    OwnerKind, Pull, Repository, Review, ReviewState, Token, World, rfc3339,
};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    POST "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", Repository(&[PullRequests], Write) => request;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", Repository(&[PullRequests], Read) => requested;
    GET "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", Repository(&[PullRequests], Read) => list;
    POST "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", Repository(&[PullRequests], Write) => create;
    POST "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/events", Repository(&[PullRequests], Write) => submit;
};

fn pull_of<'a>(world: &'a World, call: &Call) -> Answer<(&'a Repository, &'a Pull)> {
    let owner = call.repository(world)?;
    let pull = owner.pull(call.number("pull_number")?).ok_or_else(Refusal::not_found)?;
    Ok((owner, pull))
}

fn shown(world: &World, call: &Call, pull: &Pull, review: &Review) -> Answer<Value> {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let page = at.page(&format!(
        "/{}/pull/{}#pullrequestreview-{}",
        owner.full_name(),
        pull.number,
        review.id
    ));
    let api = at.repository(owner, &format!("/pulls/{}", pull.number));
    let mut value = json!({
        "id": review.id,
        "node_id": format!("PRR_{}", review.id),
        "user": render::user(world, at, &review.by),
        "body": review.body,
        "state": review.state.name(),
        "html_url": page,
        "pull_request_url": api,
        "author_association": "MEMBER",
        "_links": { "html": { "href": page }, "pull_request": { "href": api } },
        "commit_id": review.sha,
    });
    if let (Some(fields), Some(time)) = (value.as_object_mut(), review.submitted) {
        fields.insert("submitted_at".to_owned(), rfc3339(time).into());
    }
    Ok(value)
}

fn list(world: &mut World, call: &Call) -> Answer {
    let me = call.token(world).ok().map(|token| token.user.clone());
    let (_, pull) = pull_of(world, call)?;
    // A pending review is only visible to its author.
    let seen =
        |review: &&Review| review.state != ReviewState::Pending || me.as_ref() == Some(&review.by);
    let reviews = pull.reviews.iter().filter(seen);
    listed(call, reviews.map(|review| shown(world, call, pull, review)).collect::<Answer<_>>()?)
}

fn event(call: &Call) -> Answer<Option<ReviewState>> {
    Ok(match call.text("event")? {
        None => None,
        Some("APPROVE") => Some(ReviewState::Approved),
        Some("REQUEST_CHANGES") => Some(ReviewState::ChangesRequested),
        Some("COMMENT") => Some(ReviewState::Commented),
        Some(other) => {
            let message = format!("For 'properties/event', {other} is not a review event.");
            return Err(Refusal::invalid(message));
        }
    })
}

fn create(world: &mut World, call: &Call) -> Answer {
    let number = call.number("pull_number")?;
    let (state, body) = (event(call)?, call.text("body")?.unwrap_or_default().to_owned());
    let (id, by, now) = (world.next_id(), call.identity(world)?.login, world.seconds());
    let (_, pull) = pull_of(world, call)?;
    let sha = call.text("commit_id")?.unwrap_or(&pull.head_sha).to_owned();
    let pending = |review: &Review| review.by == by && review.state == ReviewState::Pending;
    if pull.reviews.iter().any(pending) {
        let message = "User can only have one pending review per pull request";
        return Err(Refusal::custom("PullRequestReview", None, message));
    }
    let owner = call.repository_mut(world)?;
    let pull = owner.pull_mut(number).ok_or_else(Refusal::not_found)?;
    let mut review = Review { id, by, state: ReviewState::Pending, body, sha, submitted: None };
    match state {
        Some(state) => review = World::submit(pull, review, state, now)?,
        None => pull.reviews.push(review.clone()),
    }
    world.merge_what_waits();
    let (_, pull) = pull_of(world, call)?;
    Ok(Reply::ok(shown(world, call, pull, &review)?))
}

fn submit(world: &mut World, call: &Call) -> Answer {
    let (number, id) = (call.number("pull_number")?, call.number("review_id")?);
    let state = event(call)?.ok_or_else(|| Refusal::invalid("\"event\" wasn't supplied."))?;
    let body = call.text("body")?.map(str::to_owned);
    let (by, now) = (call.identity(world)?.login, world.seconds());
    let owner = call.repository_mut(world)?;
    let pull = owner.pull_mut(number).ok_or_else(Refusal::not_found)?;
    let found = pull.reviews.iter().find(|review| review.id == id && review.by == by);
    let mut review = found.ok_or_else(Refusal::not_found)?.clone();
    if review.state != ReviewState::Pending {
        return Err(Refusal::unprocessable("Can not submit a review that was submitted"));
    }
    review.body = body.unwrap_or(review.body);
    let review = World::submit(pull, review, state, now)?;
    world.merge_what_waits();
    let (_, pull) = pull_of(world, call)?;
    Ok(Reply::ok(shown(world, call, pull, &review)?))
}

fn requested(world: &mut World, call: &Call) -> Answer {
    let (owner, pull) = pull_of(world, call)?;
    let at = Addresses(&call.base);
    let users = pull.reviewers.iter().map(|login| render::user(world, at, login));
    let teams = pull.team_reviewers.iter().map(|slug| render::team(at, owner, slug));
    Ok(Reply::ok(json!({
        "users": users.collect::<Vec<_>>(),
        "teams": teams.collect::<Vec<_>>(),
    })))
}

fn request(world: &mut World, call: &Call) -> Answer {
    let number = call.number("pull_number")?;
    let reviewers = call.texts("reviewers")?.unwrap_or_default();
    let teams = call.texts("team_reviewers")?.unwrap_or_default();
    let (owner, pull) = pull_of(world, call)?;
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    if reviewers.iter().any(|login| same(login, &pull.author)) {
        return Err(Refusal::unprocessable("Review cannot be requested from pull request author."));
    }
    let collaborators = owner.settings.collaborators.as_ref();
    let is_one = |login: &String| {
        let user = world.owner(login).is_some_and(|owner| owner.kind == OwnerKind::User);
        user && collaborators.is_none_or(|all| all.iter().any(|one| same(one, login)))
    };
    let known = world.owner(&owner.owner).map(|owner| owner.teams.as_slice()).unwrap_or_default();
    let is_team = |slug: &String| known.iter().any(|one| same(one, slug));
    if !reviewers.iter().all(is_one) || !teams.iter().all(is_team) {
        let message = "Reviews may only be requested from collaborators. One or more of the users or teams you \
                       specified is not a collaborator of the repository.";
        return Err(Refusal::unprocessable(message));
    }
    // What GitHub answers where the token may not read the organisation's teams (github/docs#35057).
    if let Some(slug) = teams.first().filter(|_| !call.token(world).is_ok_and(Token::sees_teams)) {
        let what = format!("Could not resolve to a node with the global id of 'T_{slug}'.");
        return Err(Refusal::not_valid(what));
    }
    let (now, by) = (world.seconds(), call.identity(world)?.login);
    let names = reviewers
        .iter()
        .map(|login| world.owner(login).map_or_else(|| login.clone(), |owner| owner.login.clone()));
    let reviewers: Vec<String> = names.collect();
    let owner = call.repository_mut(world)?;
    let pull = owner.pull_mut(number).ok_or_else(Refusal::not_found)?;
    for login in reviewers {
        if !pull.reviewers.contains(&login) {
            pull.reviewers.push(login);
        }
    }
    for slug in teams {
        if !pull.team_reviewers.contains(&slug) {
            pull.team_reviewers.push(slug);
        }
    }
    pull.note("review_requested", &by, now);
    let (owner, pull) = pull_of(world, call)?;
    Ok(Reply::created(render::pull(world, Addresses(&call.base), owner, pull)))
}
