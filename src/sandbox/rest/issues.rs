//! Labels and comments of pull requests.

use serde_json::{Value, json};

use super::pages::listed;
use super::render::{self, Addresses};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{Comment, Label, Pull, RepositoryId, World, rfc3339};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/repos/{owner}/{repo}/issues/{issue_number}/comments", Repository(&[Issues, PullRequests], Read) => comments;
    POST "/repos/{owner}/{repo}/issues/{issue_number}/comments", Repository(&[Issues, PullRequests], Write) => comment;
    GET "/repos/{owner}/{repo}/issues/comments/{comment_id}", Repository(&[Issues, PullRequests], Read) => one_comment;
    PATCH "/repos/{owner}/{repo}/issues/comments/{comment_id}", Repository(&[Issues, PullRequests], Write) => update_comment;
    DELETE "/repos/{owner}/{repo}/issues/comments/{comment_id}", Repository(&[Issues, PullRequests], Write) => delete_comment;
    GET "/repos/{owner}/{repo}/labels", Repository(&[Issues, PullRequests], Read) => labels;
    POST "/repos/{owner}/{repo}/labels", Repository(&[Issues, PullRequests], Write) => create_label;
    POST "/repos/{owner}/{repo}/issues/{issue_number}/labels", Repository(&[Issues, PullRequests], Write) => add_labels;
};

/// The longest name of a label that GitHub accepts, in characters.
const MAX_NAME: usize = 50;

/// The longest comment that GitHub accepts, in characters.
const MAX_BODY: usize = 65_536;

/// The default colour of a label.
const COLOR: &str = "ededed";

fn labels(world: &mut World, call: &Call) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    listed(call, owner.labels.iter().map(|label| render::label(at, owner, label)).collect())
}

/// Whether a label can have this name.
fn is_sound(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.contains(char::is_control)
}

fn create_label(world: &mut World, call: &Call) -> Answer {
    let name = call.required("name")?;
    let color = call.text("color")?.unwrap_or(COLOR);
    let description = call.text("description")?.map(str::to_owned);
    let owner = call.repository(world)?;
    if owner.label(name).is_some() {
        return Err(Refusal::validation("Label", "name", "already_exists"));
    }
    if !is_sound(name) {
        return Err(Refusal::validation("Label", "name", "invalid"));
    }
    if color.len() != 6 || !color.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Refusal::validation("Label", "color", "invalid"));
    }
    if description.as_ref().is_some_and(|text| text.chars().count() > 100) {
        return Err(Refusal::validation("Label", "description", "too_long"));
    }
    let id = world.next_id();
    let label = Label { id, name: name.to_owned(), color: color.to_lowercase(), description };
    let owner = call.repository_mut(world)?;
    owner.labels.push(label.clone());
    Ok(Reply::created(render::label(Addresses(&call.base), owner, &label)))
}

fn add_labels(world: &mut World, call: &Call) -> Answer {
    let number = call.number("issue_number")?;
    let names =
        call.texts("labels")?.ok_or_else(|| Refusal::invalid("\"labels\" wasn't supplied."))?;
    if call.repository(world)?.pull(number).is_none() {
        return Err(Refusal::not_found());
    }
    if names.is_empty() {
        return Err(Refusal::invalid("For 'properties/labels', [] has fewer than 1 items."));
    }
    if !names.iter().all(|name| is_sound(name)) {
        return Err(Refusal::validation("Label", "name", "invalid"));
    }
    let id = call.id()?;
    for name in &names {
        put_label(world, id, number, name)?;
    }
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let pull = owner.pull(number).ok_or_else(Refusal::not_found)?;
    let found = pull.labels.iter().filter_map(|name| owner.label(name));
    Ok(Reply::ok(found.map(|label| render::label(at, owner, label)).collect()))
}

/// Puts a label on a pull request, creating it in the repository if necessary.
fn put_label(world: &mut World, id: RepositoryId, number: u64, name: &str) -> Answer<()> {
    let known = world.repository(id)?.label(name).map(|label| label.name.clone());
    let name = match known {
        Some(name) => name,
        None => {
            let label = Label {
                id: world.next_id(),
                name: name.to_owned(),
                color: COLOR.to_owned(),
                description: None,
            };
            world.repository_mut(id)?.labels.push(label);
            name.to_owned()
        }
    };
    let now = world.seconds();
    if let Some(pull) = world.repository_mut(id)?.pull_mut(number)
        && !pull.labels.contains(&name)
    {
        pull.labels.push(name);
        pull.updated = now;
    }
    Ok(())
}

fn comment_shown(world: &World, call: &Call, pull: &Pull, comment: &Comment) -> Answer<Value> {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let (id, number) = (comment.id, pull.number);
    Ok(json!({
        "id": id,
        "node_id": format!("IC_{id}"),
        "url": at.repository(owner, &format!("/issues/comments/{id}")),
        "html_url": at.page(&format!("/{}/pull/{number}#issuecomment-{id}", owner.full_name())),
        "issue_url": at.repository(owner, &format!("/issues/{number}")),
        "body": comment.body,
        "user": render::user(world, at, &comment.by),
        "created_at": rfc3339(comment.created),
        "updated_at": rfc3339(comment.updated),
        "author_association": "MEMBER",
    }))
}

fn comments(world: &mut World, call: &Call) -> Answer {
    let since = match call.asked("since") {
        None => i64::MIN,
        Some(text) => match text.parse::<jiff::Timestamp>() {
            Ok(time) => time.as_second(),
            Err(_) => return Err(Refusal::invalid("\"since\" is not a timestamp.")),
        },
    };
    let owner = call.repository(world)?;
    let pull = owner.pull(call.number("issue_number")?).ok_or_else(Refusal::not_found)?;
    let found = pull.comments.iter().filter(|comment| comment.updated >= since);
    listed(call, found.map(|it| comment_shown(world, call, pull, it)).collect::<Answer<_>>()?)
}

/// Returns the validated text of a comment.
fn worded(call: &Call) -> Answer<String> {
    let body = call.required("body")?;
    if body.trim().is_empty() {
        return Err(Refusal::validation("IssueComment", "body", "missing_field"));
    }
    if body.chars().count() > MAX_BODY {
        let message = format!("body is too long (maximum is {MAX_BODY} characters)");
        return Err(Refusal::custom("IssueComment", Some("body"), message));
    }
    Ok(body.to_owned())
}

fn comment(world: &mut World, call: &Call) -> Answer {
    let number = call.number("issue_number")?;
    let body = worded(call)?;
    let (id, by, created) = (world.next_id(), call.identity(world)?.login, world.seconds());
    let comment = Comment { id, by: by.clone(), body, created, updated: created };
    let owner = call.repository_mut(world)?;
    let pull = owner.pull_mut(number).ok_or_else(Refusal::not_found)?;
    pull.comments.push(comment.clone());
    pull.note("commented", &by, created);
    let owner = call.repository(world)?;
    let pull = owner.pull(number).ok_or_else(Refusal::not_found)?;
    Ok(Reply::created(comment_shown(world, call, pull, &comment)?))
}

/// Returns the comment with this number and its pull request.
fn commented<'w>(world: &'w World, call: &Call) -> Answer<(&'w Pull, &'w Comment)> {
    let id = call.number("comment_id")?;
    let mut all = call.repository(world)?.pulls.iter();
    let found = all.find_map(|pull| Some((pull, pull.comments.iter().find(|it| it.id == id)?)));
    found.ok_or_else(Refusal::not_found)
}

fn one_comment(world: &mut World, call: &Call) -> Answer {
    let (pull, comment) = commented(world, call)?;
    Ok(Reply::ok(comment_shown(world, call, pull, comment)?))
}

/// Updates a comment. Anybody with write access may change comments by others.
fn update_comment(world: &mut World, call: &Call) -> Answer {
    let (number, id) = commented(world, call).map(|(pull, comment)| (pull.number, comment.id))?;
    let (body, now) = (worded(call)?, world.seconds());
    let owner = call.repository_mut(world)?;
    let pull = owner.pull_mut(number).ok_or_else(Refusal::not_found)?;
    if let Some(comment) = pull.comments.iter_mut().find(|comment| comment.id == id) {
        comment.body = body;
        comment.updated = now;
    }
    one_comment(world, call)
}

fn delete_comment(world: &mut World, call: &Call) -> Answer {
    let (number, id) = commented(world, call).map(|(pull, comment)| (pull.number, comment.id))?;
    let owner = call.repository_mut(world)?;
    let pull = owner.pull_mut(number).ok_or_else(Refusal::not_found)?;
    pull.comments.retain(|comment| comment.id != id);
    Ok(Reply::nothing())
}
