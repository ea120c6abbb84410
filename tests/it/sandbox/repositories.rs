//! Repositories: names, renames, templates, topics, pages, searches.

use serde_json::{Value, json};

use super::Forge;

#[test]
fn a_name_leads_to_one_repository_whatever_its_case_and_so_does_a_number() {
    let forge = Forge::new();
    let one = forge.get("/repos/acme/one").is(200).json();
    assert_eq!(forge.get("/repos/ACME/One").is(200).json()["id"], one["id"]);
    assert_eq!(forge.get(&format!("/repositories/{}", one["id"])).is(200).json(), one);
    assert_eq!(one["full_name"], "acme/one");
    forge.get("/repos/acme/two").is(404);
    forge.get("/repositories/99999999").is(404);
}

#[test]
fn a_name_that_github_would_refuse_or_change_is_refused() {
    let forge = Forge::new();
    let before = forge.state();
    let long = "x".repeat(101);
    for name in [
        "", ".", "..", "../up", "a/b", "a b", "a.git", "a.GIT", "a.wiki", "ä", "a\n", "a\0b",
        &long, "one", "ONE",
    ] {
        let refused = forge.send("POST", "/orgs/acme/repos", &json!({ "name": name })).is(422);
        assert!(refused.said().contains("name"), "{name:?}: {}", refused.said());
    }
    forge.send("POST", "/orgs/acme/repos", &json!({ "name": 1 })).is(422);
    forge.send("POST", "/orgs/acme/repos", &json!({})).is(422);
    forge.send("POST", "/orgs/nobody/repos", &json!({ "name": "new" })).is(404);
    let described = json!({ "name": "new", "description": "a\u{1b}[31m" });
    forge.send("POST", "/orgs/acme/repos", &described).is(422);
    assert_eq!(forge.state(), before);
    let made = forge.send("POST", "/orgs/acme/repos", &json!({ "name": "new", "private": true }));
    assert_eq!(made.is(201).json()["visibility"], "private");
}

#[test]
fn an_earlier_name_leads_on_until_another_takes_it() {
    let forge = Forge::new();
    let id = forge.get("/repos/acme/one").is(200).json()["id"].clone();
    let renamed = forge.send("PATCH", "/repos/acme/one", &json!({ "name": "uno" })).is(200);
    assert_eq!(renamed.json()["full_name"], "acme/uno");
    let moved = forge.get("/repos/acme/one/branches?per_page=1").is(301);
    let target = moved.header("location").to_owned();
    assert!(target.ends_with(&format!("/repositories/{id}/branches?per_page=1")), "{target}");
    let path = target.split_once("/api/v3").expect("REST").1;
    assert_eq!(forge.get(path).is(200).json().as_array().map(Vec::len), Some(1));
    // What writes must keep its method.
    let label = json!({ "name": "new" });
    forge.send("POST", "/repos/acme/one/labels", &label).is(307);
    // Who may not see it hears of no rename either.
    forge.send("PATCH", "/repos/acme/private", &json!({ "name": "hidden" })).is(200);
    forge.send_as("stranger", "GET", "/repos/acme/private", &Value::Null).is(404);
    forge.send("POST", "/orgs/acme/repos", &json!({ "name": "one" })).is(201);
    assert_ne!(forge.get("/repos/acme/one").is(200).json()["id"], id);
}

#[test]
fn what_is_archived_takes_nothing_until_it_is_no_longer() {
    let forge = Forge::new();
    let label = json!({ "name": "new" });
    let refused = forge.send("POST", "/repos/acme/old/labels", &label).is(403);
    assert!(refused.said().contains("archived"), "{}", refused.said());
    forge.send("PATCH", "/repos/acme/old", &json!({ "description": "x" })).is(403);
    forge.send("PATCH", "/repos/acme/old", &json!({ "archived": false })).is(200);
    forge.send("POST", "/repos/acme/old/labels", &label).is(201);
    let seed = "repositories: [{ name: acme/shut, disabled: true }, { name: acme/held, locked: true }]\n\
         tokens: [{ name: all }]";
    let forge = Forge::with(seed);
    forge.get("/repos/acme/shut/branches").is(403);
    forge.get("/repos/acme/held/branches").is(200);
    forge.send("POST", "/repos/acme/held/labels", &label).is(403);
}

#[test]
fn a_generated_repository_is_empty_at_first_and_filled_once_it_was_asked_for() {
    let seed = "generate: { polls: 2 }\ntokens: [{ name: all }]\nowners: { octo: { type: user } }\n\
        repositories:\n- { name: acme/starter, template: true, files: { README.md: hello } }\n\
        - { name: acme/plain, files: { README.md: hello } }\n- { name: acme/bare, template: true, empty: true }";
    let forge = Forge::with(seed);
    let generate = |template: &str, name: &str| {
        let body = json!({ "owner": "acme", "name": name });
        forge.send("POST", &format!("/repos/acme/{template}/generate"), &body)
    };
    generate("plain", "new").is(422);
    generate("bare", "new").is(409);
    generate("starter", "plain").is(422);
    generate("starter", "..").is(422);
    let made = generate("starter", "new").is(201).json();
    assert_eq!(made["template_repository"]["full_name"], "acme/starter");
    forge.get("/repos/acme/new/git/ref/heads/main").is(409);
    forge.get("/repos/acme/new/git/ref/heads/main").is(200);
    let commits = forge.get("/repos/acme/new/commits").is(200).json();
    assert_eq!(commits.as_array().map(Vec::len), Some(1), "one commit, without its history");
    generate("starter", "new").is(422);
}

#[test]
fn topics_are_lower_case_words_each_of_them_once() {
    let forge = Forge::new();
    let put =
        |names: &[&str]| forge.send("PUT", "/repos/acme/one/topics", &json!({ "names": names }));
    assert_eq!(put(&["a", "b", "a"]).is(200).json(), json!({ "names": ["a", "b"] }));
    let long = "x".repeat(51);
    for wrong in ["A", "a b", "-a", "", &long, "ä"] {
        put(&[wrong]).is(422);
    }
    put(&["x"; 21]).is(422);
    assert_eq!(forge.get("/repos/acme/one/topics").is(200).json()["names"], json!(["a", "b"]));
}

#[test]
fn a_list_comes_in_pages_that_lead_to_each_other() {
    let names = (0..5).map(|n| format!("- {{ name: acme/r{n} }}\n")).collect::<String>();
    let forge = Forge::with(&format!("tokens: [{{ name: all }}]\nrepositories:\n{names}"));
    let page = |query: &str| forge.get(&format!("/orgs/acme/repos?sort=full_name&{query}"));
    let second = page("per_page=2&page=2").is(200);
    let shown: Vec<Value> = second.json().as_array().expect("a list").clone();
    assert_eq!(shown.iter().map(|it| it["name"].clone()).collect::<Vec<_>>(), ["r2", "r3"]);
    let link = second.header("link");
    for relation in ["prev", "next", "last", "first"] {
        assert!(link.contains(&format!("rel=\"{relation}\"")), "{link}");
    }
    assert!(page("per_page=5").headers.get("link").is_none());
    assert_eq!(page(&format!("page={}", usize::MAX)).is(200).json(), json!([]));
    page("page=-1").is(422);
    page("per_page=x").is(422);
}

#[test]
fn a_search_finds_what_may_be_seen_and_refuses_what_it_does_not_know() {
    let forge = Forge::new();
    let found = |token: &str, query: &str| {
        let path = format!("/search/repositories?q={query}");
        let found = forge.send_as(token, "GET", &path, &Value::Null).is(200).json();
        assert_eq!(found["total_count"], found["items"].as_array().map_or(0, Vec::len));
        found["total_count"].clone()
    };
    assert_eq!(found("all", "org:acme"), 4);
    assert_eq!(found("stranger", "org:acme"), 3, "the private one is not there");
    assert_eq!(found("all", "org:acme+archived:true"), 1);
    forge.get("/search/repositories?q=org:nobody").is(422);
    forge.get("/search/repositories?q=stars:%3E5").is(422);
    forge.get("/search/repositories").is(422);
}
