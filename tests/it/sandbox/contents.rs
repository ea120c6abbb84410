//! Files by their paths.

use serde_json::{Value, json};

use super::Forge;

const CONTENTS: &str = "/repos/acme/one/contents";
const HELLO: &str = "aGVsbG8K";

#[test]
fn a_file_is_shown_with_its_content_and_a_folder_with_its_files() {
    let forge = Forge::new();
    let file = forge.get(&format!("{CONTENTS}/README.md")).is(200).json();
    assert_eq!((&file["type"], &file["content"]), (&json!("file"), &json!("aGVsbG8K\n")));
    let other = forge.get(&format!("{CONTENTS}/README.md?ref=fix")).is(200).json();
    assert_ne!(other["sha"], file["sha"]);
    let folder = forge.get(&format!("{CONTENTS}/src")).is(200).json();
    assert_eq!(folder[0]["path"], "src/main.py");
    assert_eq!(forge.get(CONTENTS).is(200).json().as_array().map(Vec::len), Some(4));
    let link = forge.get(&format!("{CONTENTS}/link")).is(200).json();
    assert_eq!((&link["type"], &link["path"]), (&json!("file"), &json!("link")));
    assert_eq!((&link["content"], &link["size"]), (&json!("aGVsbG8K\n"), &json!(6)));
    let raw = [("accept", "application/vnd.github.raw+json")];
    assert_eq!(forge.get_with(&format!("{CONTENTS}/README.md"), &raw).is(200).body, b"hello\n");
    forge.get(&format!("{CONTENTS}/gone")).is(404);
    forge.get(&format!("{CONTENTS}/README.md?ref=gone")).is(404);
    forge.get("/repos/acme/empty/contents/README.md").is(404);
}

#[test]
fn links_are_followed_to_files_of_the_repository_only() {
    let forge = Forge::with(
        "repositories:\n  - name: acme/one\n    files: { a/up: { link: ../b }, a/out: { link: ../../b }, \
         a/root: { link: /b }, a/folder: { link: ../a }, a/again: { link: up }, b: x }\n\
         tokens: [{ name: all }]\n",
    );
    assert_eq!(forge.get(&format!("{CONTENTS}/a/up")).is(200).json()["content"], "eA==\n");
    for link in ["out", "root", "folder", "again"] {
        let link = forge.get(&format!("{CONTENTS}/a/{link}")).is(200).json();
        assert_eq!(link["type"], "symlink", "{link}");
    }
}

#[test]
fn nothing_is_written_below_a_file() {
    let forge = Forge::new();
    let body = json!({ "message": "Below it", "content": HELLO });
    for path in ["README.md/x", "src/main.py/x/y", "link/x"] {
        forge.send("PUT", &format!("{CONTENTS}/{path}"), &body).is(422);
    }
}

#[test]
fn a_file_is_replaced_by_whoever_knows_what_stands_there() {
    let forge = Forge::new();
    let put = |path: &str, change: Value| {
        let mut body = json!({ "message": "Change it", "content": HELLO });
        for (name, value) in change.as_object().expect("fields") {
            body[name] = value.clone();
        }
        forge.send("PUT", &format!("{CONTENTS}/{path}"), &body)
    };
    let made = put("new/file", json!({})).is(201).json();
    let sha = made["content"]["sha"].clone();
    put("new/file", json!({})).is(422);
    put("new/file", json!({ "sha": "1".repeat(40) })).is(409);
    put("another", json!({ "sha": sha })).is(409);
    put("new/file", json!({ "sha": sha, "content": "Ynll" })).is(200);
    put("src", json!({})).is(422);
    put("x", json!({ "content": "%" })).is(422);
    put("x", json!({ "message": null })).is(422);
    put("x", json!({ "message": "a\u{0}b" })).is(422);
    put("x", json!({ "branch": "gone" })).is(404);
    put("x", json!({ "branch": "fix" })).is(201);
    // An executable stays one.
    let sha = forge.get(&format!("{CONTENTS}/run.sh")).is(200).json()["sha"].clone();
    put("run.sh", json!({ "sha": sha })).is(200);
    let tree = forge.get("/repos/acme/one/git/trees/main").is(200).json();
    let run = tree["tree"].as_array().into_iter().flatten().find(|entry| entry["path"] == "run.sh");
    assert_eq!(run.map(|entry| entry["mode"].clone()), Some(json!("100755")));
}

#[test]
fn a_file_is_removed_by_whoever_knows_what_stands_there() {
    let forge = Forge::new();
    let sha = forge.get(&format!("{CONTENTS}/README.md")).is(200).json()["sha"].clone();
    let delete =
        |path: &str, body: Value| forge.send("DELETE", &format!("{CONTENTS}/{path}"), &body);
    delete("README.md", json!({ "message": "x" })).is(422);
    delete("README.md", json!({ "message": "x", "sha": "1".repeat(40) })).is(409);
    delete("src", json!({ "message": "x", "sha": sha })).is(404);
    delete("gone", json!({ "message": "x", "sha": sha })).is(404);
    assert_eq!(
        delete("README.md", json!({ "message": "x", "sha": sha })).is(200).json()["content"],
        Value::Null
    );
    forge.get(&format!("{CONTENTS}/README.md")).is(404);
}

#[test]
fn a_path_never_leads_out_of_the_tree() {
    let forge = Forge::new();
    let before = forge.state();
    let body = json!({ "message": "x", "content": HELLO });
    for path in [
        "%2e%2e/x",
        "..%2fx",
        "a/%2E%2E/b",
        "%2fetc%2fpasswd",
        ".git/config",
        "a/.GIT",
        "a%00b",
        "%2e",
        "a%2f%2fb",
    ] {
        let path = format!("{CONTENTS}/{path}");
        assert_eq!(forge.send_plainly("PUT", &path, &body), 422, "{path}");
        assert_eq!(forge.send_plainly("GET", &path, &Value::Null), 404, "{path}");
    }
    assert_eq!(forge.state(), before);
}

#[test]
fn the_first_file_of_an_empty_repository_makes_its_branch() {
    let forge = Forge::new();
    let put = |branch: &str| {
        let body = json!({ "message": "x", "content": HELLO, "branch": branch });
        forge.send("PUT", "/repos/acme/empty/contents/README.md", &body)
    };
    put("other").is(404);
    put("main").is(201);
    let commits = forge.get("/repos/acme/empty/commits").is(200).json();
    assert_eq!(commits[0]["parents"], json!([]));
}
