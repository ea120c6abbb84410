//! The pages of an index: simple pages as HTML (PEP 503, 592) and JSON (PEP 691, 700), the older
//! JSON, the files.

use serde_json::{Value, json};

use super::store::{Project, Store, Stored, normal};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::reply::{Body, Reply};
use crate::sandbox::server::Incoming;
use crate::sandbox::world::rfc3339;

const JSON: &str = "application/vnd.pypi.simple.v1+json";
const HTML: &str = "application/vnd.pypi.simple.v1+html";

fn absent() -> Reply {
    Refusal::not_found().reply()
}

/// Returns the page of a project. Each read brings lagging files closer to being visible.
pub(super) fn project(store: &mut Store, incoming: &Incoming) -> Reply {
    let named = incoming.path.trim_start_matches("/_index/simple/");
    let name = normal(named.trim_end_matches('/'));
    if named != format!("{name}/") {
        let there = format!("{}/_index/simple/{name}/", incoming.base);
        return Reply { status: 301, ..Reply::nothing() }.header("location", there);
    }
    let base = incoming.base.clone();
    let Some((project, files)) = seen(store, &name) else { return absent() };
    match wanted(&incoming.accept) {
        Some(JSON) => {
            let body = as_json(&base, &name, project, &files);
            let bytes = serde_json::to_vec(&body).unwrap_or_default();
            Reply { status: 200, headers: Vec::new(), body: Body::Bytes(bytes, JSON) }
        }
        Some(kind) => {
            let bytes = as_html(&base, &name, project, &files).into_bytes();
            let kind = if kind == HTML { HTML } else { "text/html; charset=utf-8" };
            Reply { status: 200, headers: Vec::new(), body: Body::Bytes(bytes, kind) }
        }
        None => Refusal::new(406, "Not Acceptable").reply(),
    }
}

/// Returns a project with its visible files, and counts the read.
fn seen<'s>(store: &'s mut Store, name: &str) -> Option<(&'s Project, Vec<&'s Stored>)> {
    let project = store.projects.get_mut(name)?;
    let hidden: Vec<bool> = project.files.iter().map(|file| file.unseen > 0).collect();
    for file in &mut project.files {
        file.unseen = file.unseen.saturating_sub(1);
    }
    let project = &*project;
    let files: Vec<&Stored> = project
        .files
        .iter()
        .zip(hidden)
        .filter(|(_, hidden)| !hidden)
        .map(|(file, _)| file)
        .collect();
    (!files.is_empty()).then_some((project, files))
}

/// Returns the preferred media type; HTML if none is given.
fn wanted(accept: &str) -> Option<&'static str> {
    if accept.trim().is_empty() {
        return Some("text/html");
    }
    let mut best: Option<(f64, &'static str)> = None;
    for part in accept.split(',') {
        let mut words = part.split(';').map(str::trim);
        let kind = match words.next().unwrap_or_default() {
            JSON => JSON,
            HTML => HTML,
            "text/html" | "*/*" => "text/html",
            _ => continue,
        };
        let weight = words.find_map(|word| word.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        if best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, kind));
        }
    }
    best.filter(|(weight, _)| *weight > 0.0).map(|(_, kind)| kind)
}

fn address(base: &str, file: &Stored) -> String {
    format!("{base}/_index/files/{}/{}", file.sha256, file.name)
}

fn as_json(base: &str, name: &str, project: &Project, files: &[&Stored]) -> Value {
    let mut versions: Vec<&str> = files.iter().map(|file| file.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    let listed = files.iter().map(|file| {
        json!({
            "filename": file.name,
            "url": address(base, file),
            "hashes": { "sha256": file.sha256 },
            "requires-python": file.field("requires_python"),
            "size": file.bytes.len(),
            "upload-time": rfc3339(file.uploaded),
            "yanked": project.yanked.get(&file.version).map_or(json!(false), |reason| match reason.as_str() {
                "" => json!(true),
                reason => json!(reason),
            }),
            "core-metadata": false,
        })
    });
    json!({
        "meta": { "api-version": "1.1" },
        "name": name,
        "versions": versions,
        "files": listed.collect::<Vec<_>>(),
    })
}

fn as_html(base: &str, name: &str, project: &Project, files: &[&Stored]) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html>\n  <head>\n    <meta name=\"pypi:repository-version\" content=\"1.1\">\n    \
         <title>Links for {name}</title>\n  </head>\n  <body>\n"
    );
    for file in files {
        let python = file
            .field("requires_python")
            .map(|it| format!(" data-requires-python=\"{}\"", escaped(it)));
        let yanked = project
            .yanked
            .get(&file.version)
            .map(|why| format!(" data-yanked=\"{}\"", escaped(why)));
        page.push_str(&format!(
            "    <a href=\"{}#sha256={}\"{}{}>{}</a><br />\n",
            address(base, file),
            file.sha256,
            python.unwrap_or_default(),
            yanked.unwrap_or_default(),
            file.name
        ));
    }
    page.push_str("  </body>\n</html>\n");
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Returns the bytes of a file. Files that are not yet visible on their page can already be
/// downloaded.
pub(super) fn file(store: &Store, incoming: &Incoming) -> Reply {
    let path = incoming.path.trim_start_matches("/_index/files/");
    let found = path.split_once('/').and_then(|(sha256, name)| {
        let mut files = store.projects.values().flat_map(|project| &project.files);
        files.find(|file| file.sha256 == sha256 && file.name == name)
    });
    match found {
        Some(file) => Reply {
            status: 200,
            headers: Vec::new(),
            body: Body::Bytes(file.bytes.clone(), "application/octet-stream"),
        },
        None => absent(),
    }
}

/// Returns a project as the older JSON.
pub(super) fn legacy(store: &mut Store, incoming: &Incoming) -> Reply {
    let path = incoming.path.trim_start_matches("/_index/pypi/");
    let Some(name) = path.strip_suffix("/json").map(normal) else { return absent() };
    let base = incoming.base.clone();
    let Some((project, files)) = seen(store, &name) else { return absent() };
    let mut releases: serde_json::Map<String, Value> = serde_json::Map::new();
    for file in files {
        let entry = json!({
            "filename": file.name,
            "url": address(&base, file),
            "digests": { "sha256": file.sha256 },
            "size": file.bytes.len(),
            "requires_python": file.field("requires_python"),
            "upload_time_iso_8601": rfc3339(file.uploaded),
            "yanked": project.yanked.contains_key(&file.version),
            "yanked_reason": project.yanked.get(&file.version),
        });
        let release = releases.entry(file.version.clone()).or_insert_with(|| json!([]));
        if let Some(entries) = release.as_array_mut() {
            entries.push(entry);
        }
    }
    Reply::ok(json!({ "info": { "name": project.name }, "releases": releases }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_is_liked_best_is_given() {
        assert_eq!(wanted(""), Some("text/html"));
        assert_eq!(wanted(&format!("{JSON}, {HTML};q=0.2, text/html;q=0.1")), Some(JSON));
        assert_eq!(wanted(&format!("{HTML}, text/html;q=0.9")), Some(HTML));
        assert_eq!(wanted("image/png"), None);
    }
}
