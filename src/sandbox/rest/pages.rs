//! Paginated lists, with links between the pages.

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::refusal::Answer;
use crate::sandbox::reply::Reply;

/// Returns the requested page of a list.
pub(super) fn listed(call: &Call, items: Vec<Value>) -> Answer {
    let (items, link) = paged(call, items)?;
    let reply = Reply::ok(Value::Array(items));
    Ok(match link {
        Some(link) => reply.header("link", link),
        None => reply,
    })
}

/// Returns the requested page in an object with the total count.
pub(super) fn counted(call: &Call, key: &str, items: Vec<Value>) -> Answer {
    let total = items.len();
    let (items, link) = paged(call, items)?;
    let reply = Reply::ok(json!({"total_count": total, key: items}));
    Ok(match link {
        Some(link) => reply.header("link", link),
        None => reply,
    })
}

/// Returns a page, and the `Link` header if there are others.
pub(super) fn paged<T>(call: &Call, items: Vec<T>) -> Answer<(Vec<T>, Option<String>)> {
    let (page, size) = call.page()?;
    let last = items.len().div_ceil(size).max(1);
    let taken: Vec<T> =
        items.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    let mut links = Vec::new();
    let mut link = |relation: &str, number: usize| {
        links.push(format!("<{}>; rel=\"{relation}\"", address(call, number)));
    };
    if page > 1 {
        link("prev", (page - 1).min(last));
    }
    if page < last {
        link("next", page + 1);
        link("last", last);
    }
    if page > 1 {
        link("first", 1);
    }
    let link = Some(links.join(", ")).filter(|link| !link.is_empty());
    Ok((taken, link))
}

fn address(call: &Call, page: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(call.query.iter().filter(|(name, _)| name != "page"));
    query.append_pair("page", &page.to_string());
    format!("{}/api/v3{}?{}", call.base, call.path, query.finish())
}
