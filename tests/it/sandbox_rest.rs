//! What the sandbox's REST does in places where it once did otherwise than GitHub.

use serde_json::{Value, json};

use crate::rehearsal::Rehearsal;
use crate::world::World;

const SEED: &str = "
repositories:
  - name: acme/plain
    files:
      README.md: \"hello\\n\"
      docs/readme: { link: ../README.md }
      docs/out: { link: ../../README.md }
    branches: { topic: { README.md: \"other\\n\" } }
    pulls: [{ title: Topic, head: topic }]
tokens: [{ name: writer, user: octo }]
";

const BASE: &str = "/repos/acme/plain";

#[test]
fn links_are_followed_inside_the_repository() {
    let world = World::new();
    let forge = Rehearsal::new(&world, SEED);
    let (_, file) = forge.rest("GET", &format!("{BASE}/contents/docs/readme"), None);
    assert_eq!([&file["type"], &file["path"]], ["file", "docs/readme"]);
    assert_eq!(file["size"], 6);
    assert_eq!(file["content"], "aGVsbG8K\n");
    let (_, link) = forge.rest("GET", &format!("{BASE}/contents/docs/out"), None);
    assert_eq!([&link["type"], &link["target"]], ["symlink", "../../README.md"]);
}

#[test]
fn nothing_is_written_below_a_file_or_removed_where_nothing_is() {
    let world = World::new();
    let forge = Rehearsal::new(&world, SEED);
    let body = json!({ "message": "x", "content": "eA==" });
    let (status, _) = forge.rest("PUT", &format!("{BASE}/contents/README.md/x"), Some(body));
    assert_eq!(status, 422);
    let entry = json!({ "path": "nothing", "mode": "100644", "type": "blob", "sha": null });
    let (_, commit) = forge.rest("GET", &format!("{BASE}/commits/main"), None);
    let tree = &commit["commit"]["tree"]["sha"];
    for (base, status) in [(tree, 422), (&Value::from("1".repeat(40)), 422)] {
        let body = json!({ "base_tree": base, "tree": [entry] });
        assert_eq!(forge.rest("POST", &format!("{BASE}/git/trees"), Some(body)).0, status);
    }
    let entry = json!({ "path": "README.md", "mode": "100644", "type": "blob", "sha": null });
    let body = json!({ "base_tree": tree, "tree": [entry] });
    assert_eq!(forge.rest("POST", &format!("{BASE}/git/trees"), Some(body)).0, 201);
}

#[test]
fn a_pull_request_says_who_its_author_is_and_ends_patches_as_github_does() {
    let world = World::new();
    let forge = Rehearsal::new(&world, SEED);
    let (_, pull) = forge.rest("GET", &format!("{BASE}/pulls/1"), None);
    assert_eq!(pull["author_association"], "MEMBER");
    let (_, files) = forge.rest("GET", &format!("{BASE}/pulls/1/files"), None);
    assert_eq!(files[0]["patch"], "@@ -1 +1 @@\n-hello\n+other");
}
