//! Git data: trees, blobs and commits by id.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git2::{ObjectType, Oid};
use serde_json::{Value, json};

use super::references::object_id;
use super::render::{self, Addresses};
use super::routes::{Route, routes};
use super::workflow_files;
use crate::sandbox::call::{Call, required, text};
use crate::sandbox::git::{Changes, Entry, Store, TreeEdit, Who};
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{Repository, World};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/repos/{owner}/{repo}/git/trees/{tree_sha*}", Repository(&[Contents], Read) => tree;
    POST "/repos/{owner}/{repo}/git/trees", Repository(&[Contents], Write) => create_tree;
    GET "/repos/{owner}/{repo}/git/blobs/{file_sha}", Repository(&[Contents], Read) => blob;
    POST "/repos/{owner}/{repo}/git/blobs", Repository(&[Contents], Write) => create_blob;
    GET "/repos/{owner}/{repo}/git/commits/{commit_sha}", Repository(&[Contents], Read) => commit;
    POST "/repos/{owner}/{repo}/git/commits", Repository(&[Contents], Write) => create_commit;
};

/// The entries after which GitHub truncates a recursive listing.
const MAX_ENTRIES: usize = 100_000;

/// The largest blob that GitHub accepts and returns, in bytes.
const MAX_BLOB: usize = 100 * 1024 * 1024;

fn tree(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let name = call.parameter("tree_sha");
    let id = match Oid::from_str(name).ok().filter(|_| name.len() == 40) {
        Some(id) if store.kind(id) == Some(ObjectType::Tree) => id,
        _ => {
            let commit = store.resolve(name, &owner.default_branch)?;
            store.commit(commit.ok_or_else(Refusal::not_found)?)?.tree
        }
    };
    // Any value counts, even `0`, as GitHub documents.
    let recursive = call.query.iter().any(|(name, _)| name == "recursive");
    let mut entries = store.entries(id, recursive)?;
    let limit = world.limits.max_tree_entries.unwrap_or(MAX_ENTRIES);
    let truncated = recursive && entries.len() > limit;
    entries.truncate(if recursive { limit } else { usize::MAX });
    Ok(Reply::ok(shown_tree(Addresses(&call.base), owner, id, &entries, truncated)))
}

fn shown_tree(
    at: Addresses<'_>,
    owner: &Repository,
    id: Oid,
    entries: &[Entry],
    truncated: bool,
) -> Value {
    let entries = entries.iter().map(|entry| {
        let mut value = json!({
            "path": entry.path,
            "mode": format!("{:06o}", entry.mode),
            "type": entry.kind,
            "sha": entry.id.to_string(),
        });
        if let Some(fields) = value.as_object_mut() {
            if let Some(size) = entry.size {
                fields.insert("size".to_owned(), size.into());
            }
            if entry.kind != "commit" {
                let url = at.repository(owner, &format!("/git/{}s/{}", entry.kind, entry.id));
                fields.insert("url".to_owned(), url.into());
            }
        }
        value
    });
    json!({
        "sha": id.to_string(),
        "url": at.repository(owner, &format!("/git/trees/{id}")),
        "tree": entries.collect::<Vec<_>>(),
        "truncated": truncated,
    })
}

fn create_tree(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let base = match call.text("base_tree")? {
        None => None,
        Some(text) => {
            let missing = || Refusal::unprocessable("base_tree is not a valid tree oid");
            let id = object_id(text).map_err(|_| missing())?;
            match store.kind(id) {
                Some(ObjectType::Tree) => Some(id),
                Some(ObjectType::Commit) => Some(store.commit(id)?.tree),
                _ => return Err(missing()),
            }
        }
    };
    let items = call.field("tree").ok_or_else(|| Refusal::invalid("\"tree\" wasn't supplied."))?;
    let wrong = || Refusal::invalid(format!("For 'properties/tree', {items} is not an array."));
    let items = items.as_array().ok_or_else(wrong)?;
    if items.is_empty() {
        return Err(Refusal::unprocessable("Invalid tree info"));
    }
    let mut edits = BTreeMap::new();
    for item in items {
        let (path, edit) = tree_item(&store, item)?;
        workflow_files::path_permitted(world, call, &path)?;
        edits.insert(path, edit);
    }
    refuse_file_and_folder(&edits)?;
    refuse_removing_nothing(&store, base, &edits)?;
    let id = store.edited(base, &edits)?;
    let entries = store.entries(id, false)?;
    Ok(Reply::created(shown_tree(Addresses(&call.base), owner, id, &entries, false)))
}

/// Refuses a path that is both a file and a directory.
pub(in crate::sandbox) fn refuse_file_and_folder(edits: &BTreeMap<String, TreeEdit>) -> Answer<()> {
    for (path, edit) in edits {
        if matches!(edit, TreeEdit::Remove) {
            continue;
        }
        let inside = format!("{path}/");
        let below = edits.range(inside.clone()..).next();
        if below.is_some_and(|(other, edit)| {
            other.starts_with(&inside) && matches!(edit, TreeEdit::Put(..))
        }) {
            return Err(Refusal::unprocessable("tree.path contains a malformed path component"));
        }
    }
    Ok(())
}

/// Refuses to remove a path that does not exist, in GitHub's undocumented words.
fn refuse_removing_nothing(
    store: &Store,
    base: Option<Oid>,
    edits: &BTreeMap<String, TreeEdit>,
) -> Answer<()> {
    for path in edits.iter().filter(|(_, edit)| **edit == TreeEdit::Remove).map(|(path, _)| path) {
        let found = match base {
            Some(tree) => store.at(tree, path)?,
            None => None,
        };
        if found.is_none() {
            return Err(Refusal::unprocessable("GitRPC::BadObjectState"));
        }
    }
    Ok(())
}

/// Whether a path is valid in a tree and can be checked out on any file system.
pub(in crate::sandbox) fn is_sound_path(path: &str) -> bool {
    let part = |part: &str| !matches!(part, "" | "." | "..") && !is_git_folder(part);
    path.len() <= 4096 && !path.contains(['\0', '\\']) && path.split('/').all(part)
}

/// Whether some file system would treat a name as git's own directory: NTFS has short names,
/// streams, and ignored endings, HFS+ has ignored characters.
fn is_git_folder(name: &str) -> bool {
    let ignored = |letter: char| matches!(letter, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let counted: String = name.chars().filter(|letter| !ignored(*letter)).collect();
    let counted = counted.split(':').next().unwrap_or_default().trim_end_matches([' ', '.']);
    counted.eq_ignore_ascii_case(".git") || counted.eq_ignore_ascii_case("git~1")
}

/// Refuses an empty message, and one that git cannot store.
pub(in crate::sandbox) fn check_message(message: &str) -> Answer<()> {
    if message.trim().is_empty() {
        return Err(Refusal::validation("Commit", "message", "missing_field"));
    }
    if message.contains('\0') {
        return Err(Refusal::custom("Commit", Some("message"), "message cannot hold a NUL"));
    }
    Ok(())
}

fn tree_item(store: &Store, item: &Value) -> Answer<(String, TreeEdit)> {
    let path = required(item, "path")?;
    if !is_sound_path(path) {
        return Err(Refusal::unprocessable("tree.path contains a malformed path component"));
    }
    let (sha, content) = (text(item, "sha")?, text(item, "content")?);
    if item.get("sha").is_some_and(Value::is_null) && content.is_none() {
        return Ok((path.to_owned(), TreeEdit::Remove));
    }
    let mode = match required(item, "mode")? {
        "100644" => 0o100_644,
        "100755" => 0o100_755,
        "120000" => 0o120_000,
        "040000" => 0o040_000,
        "160000" => 0o160_000,
        other => {
            return Err(Refusal::unprocessable(format!(
                "tree.mode {other} is not one of 100644, 100755, 040000, 160000, 120000"
            )));
        }
    };
    let id = match (sha, content) {
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refusal::unprocessable("Must supply either tree.sha or tree.content"));
        }
        (None, Some(content)) => store.create_blob(content.as_bytes())?,
        (Some(sha), None) => {
            object_id(sha).map_err(|_| Refusal::unprocessable("tree.sha is not a valid object"))?
        }
    };
    let wanted = match mode {
        0o040_000 => ObjectType::Tree,
        0o160_000 => ObjectType::Commit,
        _ => ObjectType::Blob,
    };
    // A submodule's commit is in another repository.
    if wanted != ObjectType::Commit && store.kind(id) != Some(wanted) {
        return Err(Refusal::unprocessable(format!("tree.sha {id} is not a valid {wanted}")));
    }
    Ok((path.to_owned(), TreeEdit::Put(id, mode)))
}

fn blob(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let id = object_id(call.parameter("file_sha"))?;
    if store.kind(id) != Some(ObjectType::Blob) {
        return Err(Refusal::not_found());
    }
    let bytes = store.blob(id)?.ok_or_else(Refusal::not_found)?;
    if bytes.len() > world.limits.max_blob.unwrap_or(MAX_BLOB) {
        return Err(too_large());
    }
    if call.accept.contains("raw") {
        let body =
            crate::sandbox::reply::Body::Bytes(bytes, "application/vnd.github.raw; charset=utf-8");
        return Ok(Reply { status: 200, headers: Vec::new(), body });
    }
    Ok(Reply::ok(json!({
        "sha": id.to_string(),
        "node_id": format!("B_{}_{id}", owner.id),
        "size": bytes.len(),
        "url": Addresses(&call.base).repository(owner, &format!("/git/blobs/{id}")),
        "content": base64_lines(&bytes),
        "encoding": "base64",
    })))
}

/// Builds GitHub's response for a blob that is too large for the API.
pub(super) fn too_large() -> Refusal {
    let mut refusal = Refusal::forbidden(
        "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API, but you \
         can always clone the repository via Git in order to obtain it.",
    );
    refusal.errors = vec![json!({"resource": "Blob", "field": "data", "code": "too_large"})];
    refusal
}

/// Encodes Base64 in lines of 60 like GitHub: clients must strip the line ends.
pub(super) fn base64_lines(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / 60 + 1);
    for (index, character) in encoded.chars().enumerate() {
        if index > 0 && index % 60 == 0 {
            lines.push('\n');
        }
        lines.push(character);
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines
}

/// Decodes the Base64 content of a field.
pub(in crate::sandbox) fn decoded(content: &str) -> Answer<Vec<u8>> {
    let plain: String = content.chars().filter(|character| !character.is_whitespace()).collect();
    STANDARD.decode(plain).map_err(|_| Refusal::unprocessable("content is not valid Base64"))
}

fn create_blob(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let content = call.required("content")?;
    let bytes = match call.text("encoding")?.unwrap_or("utf-8") {
        "utf-8" => content.as_bytes().to_vec(),
        "base64" => decoded(content)?,
        _ => return Err(Refusal::validation("Blob", "encoding", "invalid")),
    };
    if bytes.len() > world.limits.max_blob.unwrap_or(MAX_BLOB) {
        return Err(too_large());
    }
    let id = store.create_blob(&bytes)?;
    let url = Addresses(&call.base).repository(owner, &format!("/git/blobs/{id}"));
    Ok(Reply::created(json!({"sha": id.to_string(), "url": url})).header("location", url))
}

fn commit(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let id = object_id(call.parameter("commit_sha"))?;
    if store.kind(id) != Some(ObjectType::Commit) {
        return Err(Refusal::not_found());
    }
    Ok(Reply::ok(render::git_commit(Addresses(&call.base), owner, &store.commit(id)?)))
}

fn create_commit(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let message = call.required("message")?.to_owned();
    check_message(&message)?;
    let tree = object_id(call.required("tree")?)?;
    if store.kind(tree) != Some(ObjectType::Tree) {
        return Err(Refusal::unprocessable("Tree SHA does not exist"));
    }
    let mut parents = Vec::new();
    for parent in call.texts("parents")?.unwrap_or_default() {
        let id = object_id(&parent)?;
        if store.kind(id) != Some(ObjectType::Commit) {
            return Err(Refusal::unprocessable(format!(
                "Parent SHA does not exist or is not a commit object: {parent}"
            )));
        }
        parents.push(id);
    }
    let itself = call.identity(world)?.at(world.seconds());
    let author = person(call.field("author"), &itself)?.unwrap_or_else(|| itself.clone());
    let committer = person(call.field("committer"), &author)?.unwrap_or_else(|| author.clone());
    let id = store.create_commit(&Changes { tree, parents, message, author, committer })?;
    let shown = render::git_commit(Addresses(&call.base), owner, &store.commit(id)?);
    let url = shown.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Reply::created(shown).header("location", url))
}

/// Parses the author or committer of a commit; the default fills in what is missing.
pub(in crate::sandbox) fn person(field: Option<&Value>, default: &Who) -> Answer<Option<Who>> {
    let Some(field) = field else { return Ok(None) };
    let (name, email) = (required(field, "name")?, required(field, "email")?);
    let unsound = |text: &str| text.trim().is_empty() || text.contains(['<', '>', '\n', '\0']);
    if unsound(name) || unsound(email) {
        return Err(Refusal::invalid(
            "author name and email cannot be empty or hold < > or a line end.",
        ));
    }
    let (mut seconds, mut offset) = (default.seconds, 0);
    if let Some(date) = text(field, "date")? {
        let wrong = || Refusal::invalid(format!("\"{date}\" is not a valid date-time."));
        let pieces = jiff::fmt::temporal::DateTimeParser::new();
        seconds = pieces.parse_timestamp(date).map_err(|_| wrong())?.as_second();
        let parsed = pieces.parse_pieces(date).map_err(|_| wrong())?;
        offset = parsed.to_numeric_offset().map_or(0, |offset| offset.seconds() / 60);
    }
    Ok(Some(Who { name: name.to_owned(), email: email.to_owned(), seconds, offset }))
}
