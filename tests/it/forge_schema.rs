//! What the client sends and what the sandbox answers, held against GitHub's own description.
//!
//! In: the log of both after a broad set of commands, and `tests/forge/openapi/github.json`.
//! GraphQL is validated by the sandbox itself, against GitHub's schema.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::rehearsal::Rehearsal;
use crate::world::World;
use crate::{fleet_commands, new_forge, release, reviews};

/// A silent skip fails: fewer requests, routes or GraphQL documents than these are too few.
const REQUESTS: usize = 120;
const ROUTES: usize = 36;
const DOCUMENTS: usize = 20;

/// What any route may answer, though GitHub's description says it of few: what cannot be read, who is not known,
/// what may not be done or seen, what is too large, and limits.
const OF_ANY_ROUTE: [u64; 6] = [400, 401, 403, 404, 413, 429];

/// GitHub's description, and what was found to differ from it.
pub(crate) struct Description {
    whole: Value,
    validators: BTreeMap<String, jsonschema::Validator>,
    pub(crate) differences: BTreeSet<String>,
}

impl Description {
    pub(crate) fn new() -> Self {
        let text = include_str!("../forge/openapi/github.json");
        Self {
            whole: serde_json::from_str(text).expect("JSON"),
            validators: BTreeMap::new(),
            differences: BTreeSet::new(),
        }
    }

    fn differs(&mut self, what: String) {
        self.differences.insert(what);
    }

    /// Holds a value against a schema of the description, which is compiled once.
    fn hold(&mut self, name: &str, schema: &Value, value: &Value) {
        if !self.validators.contains_key(name) {
            let whole = json!({ "components": self.whole["components"], "allOf": [schema] });
            let validator = jsonschema::validator_for(&whole).expect("a sound schema");
            self.validators.insert(name.to_owned(), validator);
        }
        let found: Vec<String> = self.validators[name]
            .iter_errors(value)
            .map(|error| {
                let said: String = error.to_string().chars().take(300).collect();
                format!("{name}: {}: {said}", error.instance_path())
            })
            .collect();
        self.differences.extend(found);
    }

    /// One REST request and its answer; whether the answer's body was held against a schema.
    pub(crate) fn examine(&mut self, exchange: &Value) -> bool {
        let text = |name: &str| exchange[name].as_str().unwrap_or_default().to_owned();
        let route = text("route");
        let Some(description) = self.whole["routes"].get(&route).cloned() else {
            self.differs(format!("{} {}: no route of GitHub's", text("method"), text("path")));
            return false;
        };
        for pair in text("query").split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split('=').next().unwrap_or_default();
            if !description["query"].as_array().expect("names").contains(&name.into()) {
                self.differs(format!("{route}: no query parameter `{name}`"));
            }
        }
        let sent = &exchange["request"];
        let status = exchange["status"].as_u64().unwrap_or_default();
        // What was refused may have been wrong.
        if !sent.is_null() && status < 400 {
            match &description["body"] {
                Value::Null => self.differs(format!("{route}: takes no body")),
                schema => self.hold(&format!("{route} request"), schema, sent),
            }
        }
        // A fault is no answer of the route.
        if exchange.get("fault").is_some() {
            return false;
        }
        if status >= 400 {
            return self.examine_refusal(&route, status, &description["responses"], exchange);
        }
        if !(200..300).contains(&status) {
            return false;
        }
        match description["responses"].get(status.to_string()) {
            None => self.differs(format!("{route}: GitHub does not answer {status}")),
            Some(Value::Null) => {}
            // The log has no body that is not JSON, and none that holds a secret.
            Some(_) if exchange["response"].is_null() && exchange["bytes"] != 0 => {}
            Some(schema) => {
                self.hold(&format!("{route} {status}"), schema, &exchange["response"]);
                return true;
            }
        }
        false
    }

    /// A refusal: of a status that the route has, and in the form that GitHub gives it.
    fn examine_refusal(
        &mut self,
        route: &str,
        status: u64,
        responses: &Value,
        exchange: &Value,
    ) -> bool {
        if status >= 500 {
            self.differs(format!("{route}: a failure of the server, {status}"));
            return false;
        }
        let answer = &exchange["response"];
        for name in ["message", "documentation_url"] {
            if !answer[name].is_string() {
                self.differs(format!("{route} {status}: no `{name}` in {answer}"));
            }
        }
        if answer["status"] != status.to_string().as_str() {
            self.differs(format!("{route} {status}: its `status` is {}", answer["status"]));
        }
        let documents_some = |responses: &Value| {
            let responses = responses.as_object().expect("an object");
            responses.keys().any(|status| status.starts_with('4'))
        };
        let basic = json!({ "$ref": "#/components/schemas/basic-error" });
        let schema = match responses.get(status.to_string()) {
            Some(Value::Null) => basic,
            // GitHub says that one of several fits; a sentence alone fits all of them.
            Some(schema) => match schema.get("oneOf") {
                Some(several) => json!({ "anyOf": several }),
                None => schema.clone(),
            },
            None => {
                // Of some routes GitHub describes no refusal at all.
                if !OF_ANY_ROUTE.contains(&status) && documents_some(responses) {
                    self.differs(format!(
                        "{route}: GitHub does not refuse with {status}: {answer}"
                    ));
                }
                basic
            }
        };
        self.hold(&format!("{route} {status}"), &schema, answer);
        true
    }
}

/// What the fleet's commands and `new` ask of a forge.
fn exchanges() -> Vec<Value> {
    let world = World::new();
    world.write("fleet.yaml", fleet_commands::FLEET);
    world.write_readme_shape();
    let forge = Rehearsal::new(&world, fleet_commands::SEED);
    for arguments in [
        &["doctor"][..],
        &["drift"],
        &["drift", "--settings"],
        &["fleet", "status", "--rerun-failed"],
        &["fleet", "discover"],
        &["fleet", "discover", "--search"],
        &["fleet", "registrations"],
        &["fleet", "registrations", "--pull-requests"],
        &["fleet", "retire", "hermes", "--apply", "--anyway"],
        &["init", "--owner", "acme"],
    ] {
        forge.run(&world, arguments).ends();
    }
    let mut all = forge.exchanges();
    let world = World::new();
    world.run(&["shape", "show", "--render", "starter", "--starter"]).exits(0);
    world.run(&["shape", "show", "--export", "starter/.shipshape"]).exits(0);
    world.write("starter/LICENSE", "Do what you like.\n");
    world.write("fleet.yaml", new_forge::FLEET).write("list.txt", "alpha\n");
    let seed = new_forge::SEED.replace("FLEET", &new_forge::FLEET.replace('\n', "\\n"));
    let forge = Rehearsal::new(&world, &seed);
    forge.run(&world, &["new", "beta", "--defaults"]).exits(0);
    forge.run(&world, &["starter", "sync"]).ends();
    all.extend(forge.exchanges());
    all.extend(reviews::exchanges());
    all.extend(release::exchanges());
    all
}

#[test]
#[expect(clippy::print_stdout, reason = "`--nocapture` shows how much was held to the description")]
fn client_and_sandbox_speak_as_github_describes() {
    let mut description = Description::new();
    let (mut requests, mut bodies, mut answers, mut documents) = (0, 0, 0, 0);
    let mut routes = BTreeSet::new();
    for exchange in exchanges() {
        if exchange["route"] == "POST /graphql" {
            documents += 1;
            let errors = exchange["response"]["errors"].to_string();
            assert!(!errors.contains("undefinedField"), "{exchange:#}");
            assert_eq!(exchange["status"], 200, "{exchange:#}");
            let answered = exchange["response"].get("data").is_some_and(|data| !data.is_null());
            assert!(answered, "a document was not accepted: {exchange:#}");
            continue;
        }
        requests += 1;
        bodies += usize::from(!exchange["request"].is_null());
        answers += usize::from(description.examine(&exchange));
        routes.insert(exchange["route"].as_str().unwrap_or_default().to_owned());
    }
    println!(
        "{requests} requests ({bodies} with a body) over {} routes, {answers} answers, {documents} GraphQL documents",
        routes.len()
    );
    let differences: Vec<String> = description.differences.into_iter().collect();
    assert!(differences.is_empty(), "{}\n{}", differences.len(), differences.join("\n"));
    assert!(requests >= REQUESTS && routes.len() >= ROUTES, "too few were examined");
    assert!(bodies >= 10, "too few bodies were examined");
    assert!(documents >= DOCUMENTS && answers * 2 > requests, "too few were examined");
}
