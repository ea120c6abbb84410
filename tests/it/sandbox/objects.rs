//! Git's objects: blobs, trees, commits.

use serde_json::{Value, json};

use super::Forge;

const GIT: &str = "/repos/acme/one/git";
const NOWHERE: &str = "1234567890123456789012345678901234567890";

fn blob(forge: &Forge, body: &Value) -> String {
    let made = forge.send("POST", &format!("{GIT}/blobs"), body).is(201).json();
    made["sha"].as_str().expect("an id").to_owned()
}

#[test]
fn a_blob_is_what_git_makes_of_its_bytes() {
    let forge = Forge::new();
    // `git hash-object`: the ids are git's.
    assert_eq!(
        blob(&forge, &json!({ "content": "hello\n" })),
        "ce013625030ba8dba906f756967f9e9ca394464a"
    );
    let base64 = json!({ "content": "aGVs\nbG8K\n", "encoding": "base64" });
    let id = blob(&forge, &base64);
    assert_eq!(id, "ce013625030ba8dba906f756967f9e9ca394464a");
    let shown = forge.get(&format!("{GIT}/blobs/{id}")).is(200).json();
    assert_eq!((&shown["content"], &shown["size"]), (&json!("aGVsbG8K\n"), &json!(6)));
    let raw = [("accept", "application/vnd.github.raw+json")];
    assert_eq!(forge.get_with(&format!("{GIT}/blobs/{id}"), &raw).is(200).body, b"hello\n");
    let post = |body: Value| forge.send("POST", &format!("{GIT}/blobs"), &body);
    post(json!({ "content": "%%", "encoding": "base64" })).is(422);
    post(json!({ "content": "x", "encoding": "latin-1" })).is(422);
    post(json!({})).is(422);
    forge.get(&format!("{GIT}/blobs/{NOWHERE}")).is(404);
    forge.get(&format!("{GIT}/blobs/ce0136")).is(422);
    forge.send("POST", "/repos/acme/empty/git/blobs", &json!({ "content": "x" })).is(409);
}

#[test]
fn a_tree_goes_on_top_of_another_and_keeps_modes() {
    let forge = Forge::new();
    let base = forge.get(&format!("{GIT}/trees/main")).is(200).json()["sha"].clone();
    let tree = json!([
        { "path": "src/main.py", "mode": "100644", "type": "blob", "content": "print(1)\n" },
        { "path": "run.sh", "mode": "100644", "type": "blob", "sha": null },
        { "path": "deep/er/x", "mode": "100755", "type": "blob", "content": "x" },
    ]);
    let body = json!({ "base_tree": base, "tree": tree });
    let made = forge.send("POST", &format!("{GIT}/trees"), &body).is(201).json();
    let id = made["sha"].as_str().expect("an id");
    let shown = forge.get(&format!("{GIT}/trees/{id}?recursive=1")).is(200).json();
    let entry = |entry: &Value| format!("{} {}", entry["mode"], entry["path"]).replace('"', "");
    let entries: Vec<String> =
        shown["tree"].as_array().expect("a list").iter().map(entry).collect();
    assert_eq!(
        entries,
        [
            "100644 README.md",
            "040000 deep",
            "040000 deep/er",
            "100755 deep/er/x",
            "120000 link",
            "040000 src",
            "100644 src/main.py",
        ]
    );
    // The whole folder by its id, and the very same tree again.
    assert_eq!(forge.send("POST", &format!("{GIT}/trees"), &body).is(201).json()["sha"], id);
}

#[test]
fn a_path_that_leads_elsewhere_never_gets_into_a_tree() {
    let forge = Forge::new();
    let before = forge.state();
    let long = "x/".repeat(3000);
    for path in [
        "",
        "/",
        "/etc/passwd",
        "a//b",
        "a/",
        ".",
        "..",
        "../x",
        "a/../b",
        "a/./b",
        ".git",
        ".GIT/config",
        "a/.git/hooks/x",
        "a\0b",
        "git~1/config",
        "GIT~1",
        ".git /config",
        ".git.",
        ".g\u{200c}it/config",
        ".git::$INDEX_ALLOCATION/config",
        ".git\\config",
        "..\\x",
        &long,
    ] {
        let tree = json!([{ "path": path, "mode": "100644", "type": "blob", "content": "x" }]);
        let refused = forge.send("POST", &format!("{GIT}/trees"), &json!({ "tree": tree })).is(422);
        assert!(refused.said().contains("path"), "{path:?}: {}", refused.said());
    }
    assert_eq!(forge.state(), before);
}

#[test]
fn an_entry_of_a_tree_is_refused_when_it_cannot_be() {
    let forge = Forge::new();
    let hello = blob(&forge, &json!({ "content": "hello\n" }));
    let post =
        |entries: Value| forge.send("POST", &format!("{GIT}/trees"), &json!({ "tree": entries }));
    let entry = |change: Value| {
        let mut entry = json!({ "path": "x", "mode": "100644", "type": "blob", "sha": hello });
        for (name, value) in change.as_object().expect("fields") {
            entry[name] = value.clone();
        }
        json!([entry])
    };
    for change in [
        json!({ "mode": "100666" }),
        json!({ "mode": "040000" }),
        json!({ "sha": NOWHERE }),
        json!({ "sha": "ce01" }),
        json!({ "content": "both" }),
        json!({ "path": 1 }),
    ] {
        post(entry(change)).is(422);
    }
    let both = json!([
        { "path": "a", "mode": "100644", "type": "blob", "sha": hello },
        { "path": "a/b", "mode": "100644", "type": "blob", "sha": hello },
    ]);
    post(both).is(422);
    for tree in [json!([]), json!("x"), json!([1]), Value::Null] {
        post(tree).is(422);
    }
    let based = json!({ "base_tree": NOWHERE, "tree": entry(json!({})) });
    forge.send("POST", &format!("{GIT}/trees"), &based).is(422);
    let head = forge.head("main");
    let removing = |path: &str| {
        let entry = json!({ "path": path, "mode": "100644", "type": "blob", "sha": null });
        let body = json!({ "base_tree": head, "tree": [entry] });
        forge.send("POST", &format!("{GIT}/trees"), &body)
    };
    removing("gone").is(422);
    removing("README.md").is(201);
    post(entry(json!({}))).is(201);
}

#[test]
fn a_commit_has_a_tree_its_parents_and_people_that_git_can_write() {
    let forge = Forge::new();
    let head = forge.head("main");
    let tree = forge.get(&format!("{GIT}/commits/{head}")).is(200).json()["tree"]["sha"].clone();
    let post = |change: Value| {
        let mut body = json!({ "message": "Change it", "tree": tree, "parents": [head] });
        for (name, value) in change.as_object().expect("fields") {
            body[name] = value.clone();
        }
        forge.send("POST", &format!("{GIT}/commits"), &body)
    };
    let person = |name: &str| json!({ "author": { "name": name, "email": "a@b", "date": "2026-01-02T03:04:05+01:00" } });
    let made = post(person("A Person")).is(201).json();
    assert_eq!(made["parents"][0]["sha"], head.as_str());
    assert_eq!(made["author"]["date"], "2026-01-02T02:04:05Z");
    for change in [
        json!({ "tree": NOWHERE }),
        json!({ "tree": head }),
        json!({ "parents": [NOWHERE] }),
        json!({ "parents": [tree] }),
        json!({ "parents": "x" }),
        json!({ "message": "a\u{0}b" }),
        json!({ "message": "" }),
        json!({ "message": null }),
        person("A <Person>"),
        person("two\nlines"),
        person(" "),
        json!({ "author": { "name": "A", "email": "a@b", "date": "yesterday" } }),
        json!({ "author": { "name": "A" } }),
    ] {
        let said = change.to_string();
        let refused = post(change);
        assert_eq!(refused.status, 422, "{said}: {}", refused.said());
    }
}

#[test]
fn a_listing_that_is_too_long_says_that_it_was_cut() {
    let forge = Forge::with(
        "limits: { tree_entries: 2, blob_bytes: 10 }\ntokens: [{ name: all }]\nrepositories:\n\
         - { name: acme/one, files: { a: x, b: x, c: more than ten bytes } }",
    );
    let whole = forge.get(&format!("{GIT}/trees/main?recursive=0")).is(200).json();
    assert_eq!(whole["truncated"], true, "any value of `recursive` counts");
    assert_eq!(whole["tree"].as_array().map(Vec::len), Some(2));
    let flat = forge.get(&format!("{GIT}/trees/main")).is(200).json();
    assert_eq!(
        (&flat["truncated"], flat["tree"].as_array().map(Vec::len)),
        (&json!(false), Some(3))
    );
    let large = forge.get("/repos/acme/one/contents/c").is(403);
    assert!(large.said().contains("too_large"), "{}", large.said());
    forge.send("POST", &format!("{GIT}/blobs"), &json!({ "content": "more than ten" })).is(403);
}
