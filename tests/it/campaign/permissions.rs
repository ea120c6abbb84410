//! What docs/permissions.md says of campaigns and pins is enough, and none of it is too much.

use serde_json::{Value, json};
use shipshape::forge::permissions::{Access, COMMANDS, CommandNeeds};

use super::stage::Stage;
use crate::pin::shelf::Shelf;
use crate::rehearsal::Rehearsal;
use crate::world::{Ran, World};

const CAMPAIGN: &str = "schema: 1
name: add-note
waves: { sizes: [1], advance: green }
changes:
  - add: { path: NOTE.md, content: \"noted\\n\" }
  - add: { path: .github/workflows/note.yml, content: \"on: workflow_dispatch\\njobs: {}\\n\" }
pull_request: { title: Add a note, labels: [note], reviewers: { teams: [platform] } }
";

const FILES: &str = "README.md: hello, requirements.txt: \"acme-runtime>=0.1.0\\n\", \
    .github/workflows/ci.yml: \"on: workflow_dispatch\\njobs: { a: { runs-on: x, steps: [{ uses: acme/action@v1 }] } }\\n\"";

type Given = Vec<(&'static str, Access)>;

/// Two private members with a check and a status each, and a token of these permissions.
fn stage(given: &[(&str, Access)]) -> Stage {
    let world = World::new();
    let permitted: Vec<String> =
        given.iter().map(|(name, access)| format!("{name}: {access}")).collect();
    let member = |slug: &str| {
        format!(
            "- {{ name: acme/t-{slug}, visibility: private, files: {{ {FILES} }}, \
             checks: [{{ name: ci }}, {{ name: lint, status: true }}] }}\n"
        )
    };
    let seed = format!(
        "owners: {{ acme: {{ type: organization, teams: [platform] }} }}\ntokens:\n\
         - {{ name: writer, user: robot, value: writer-token, scopes: [repo, workflow] }}\n\
         - {{ name: ann, user: ann, value: ann-token, scopes: [repo, workflow] }}\n\
         - {{ name: exact, user: robot, permissions: {{ {} }}, repositories: ['acme/*'] }}\n\
         repositories:\n{}{}\
         - {{ name: acme/action, visibility: private, files: {{ action.yml: x }}, branches: {{ v2: {{ action.yml: y }} }} }}\n",
        permitted.join(", "),
        member("alpha"),
        member("beta"),
    );
    world.write(
        "fleet.yaml",
        "schema: 1\nname: test\nforge: { owner: acme }\nkinds: { t: { prefix: t-, shape: { folder: shape } } }\n\
         members: [alpha, beta]\nruntime_package: { distribution: acme-runtime, import: acme_runtime }\n",
    );
    let shape = "schema: 1\nname: small\npaths:\n  - { path: README.md, policy: seeded }\n";
    world.write("shape/shape.yaml", shape);
    world.write("shape/files/README.md", "# Hello\n");
    world.write("campaign.yaml", CAMPAIGN);
    Stage { forge: Rehearsal::new(&world, &seed), world }
}

/// Everything until the command: what the writer and ann have done.
fn prepare(stage: &Stage, command: &str) {
    if matches!(command, "campaign plan" | "pin" | "pin --uses") {
        return;
    }
    if command != "campaign apply" {
        stage.world.replace("campaign.yaml", "advance: green", "advance: opened");
    }
    stage.campaign(&["apply", "--yes"]).exits(0);
    for slug in ["alpha", "beta"] {
        match command {
            "campaign merge" => stage.review("ann", slug, "APPROVE"),
            "campaign revert" => {
                let path = format!("/repos/acme/t-{slug}/pulls/1/merge");
                stage.ask("ann", "PUT", &path, json!({ "merge_method": "squash" }));
            }
            _ => {}
        }
    }
}

fn arguments(command: &str, stage: &Stage) -> Option<Vec<String>> {
    let words = match command {
        "campaign plan" => "campaign plan",
        "campaign status" => "campaign status",
        "campaign apply" => "campaign apply --yes",
        "campaign merge" => "campaign merge",
        "campaign close" => "campaign close --yes --because enough",
        "campaign revert" => "campaign revert --yes",
        "campaign revert --watch" => "campaign revert --yes --watch",
        "pin --uses --watch" => "pin --uses acme/action@v2 --yes --watch",
        "pin --uses" => "pin --uses acme/action@v2 --yes",
        "pin" | "pin --watch" => {
            let mut shelf = Shelf::default();
            let files = [("acme_runtime/__init__.py", "")];
            let wheel = stage.world.wheel("index", ("acme_runtime", "0.2.0"), &[], &files);
            shelf.wheel(&stage.world.path(&wheel), None);
            let address = format!("http://{}/simple/", shelf.serve());
            let words = match command {
                "pin" => "pin 0.2.0 --no-compat --yes --index-url",
                _ => "pin 0.2.0 --no-compat --yes --watch --index-url",
            };
            let words = words.split(' ').map(str::to_owned);
            return Some(words.chain([address]).collect());
        }
        _ => return None,
    };
    Some(words.split(' ').map(str::to_owned).collect())
}

/// What the forge holds afterwards.
fn left(stage: &Stage) -> Value {
    let of = |slug: &str| {
        let pull = |it: Value| {
            json!([it["title"], it["state"], it["merged_at"].is_null(), it["labels"][0]["name"]])
        };
        let pulls: Vec<Value> = stage.pulls(slug).into_iter().map(pull).collect();
        let path = format!("/repos/acme/t-{slug}/branches");
        let branches = stage.ask("ann", "GET", &path, Value::Null);
        let names: Vec<&Value> =
            branches.as_array().expect("a list").iter().map(|it| &it["name"]).collect();
        json!([pulls, names])
    };
    json!([of("alpha"), of("beta")])
}

fn run(needs: &CommandNeeds, token: &str, given: &[(&str, Access)]) -> Option<(Ran, Value, Stage)> {
    run_as(needs.command, needs, token, given)
}

/// The same, by a command that is a form of the one of the table.
fn run_as(
    command: &str,
    needs: &CommandNeeds,
    token: &str,
    given: &[(&str, Access)],
) -> Option<(Ran, Value, Stage)> {
    let stage = stage(given);
    let arguments = arguments(command, &stage)?;
    prepare(&stage, needs.command);
    stage.forge.requests();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = stage.forge.run_as(&stage.world, token, &arguments);
    let after = left(&stage);
    Some((ran, after, stage))
}

fn given(needs: &CommandNeeds) -> Given {
    needs.permissions.iter().map(|permission| (permission.name, permission.access)).collect()
}

fn is_of_campaigns(needs: &CommandNeeds) -> bool {
    needs.command.starts_with("campaign ") || matches!(needs.command, "pin" | "pin --uses")
}

#[test]
fn what_the_table_says_of_campaigns_is_enough() {
    for needs in COMMANDS.iter().filter(|needs| is_of_campaigns(needs)) {
        let (wanted, wanted_after, _) = run(needs, "writer", &[]).expect("it is tried");
        let (exact, after, _) = run(needs, "exact", &given(needs)).expect("it is tried");
        let said = format!("{}: {}{}", needs.command, exact.stdout, exact.stderr);
        assert_eq!(wanted.code, 0, "{}: {}{}", needs.command, wanted.stdout, wanted.stderr);
        assert_eq!(exact.code, 0, "{said}");
        assert_eq!(exact.stdout, wanted.stdout, "{said}");
        assert_eq!(after, wanted_after, "{said}");
    }
}

#[test]
fn too_little_of_any_of_it_is_told_and_never_green() {
    for needs in COMMANDS.iter().filter(|needs| is_of_campaigns(needs)) {
        for missing in needs.permissions {
            let mut less = given(needs);
            match missing.access {
                Access::Read => less.retain(|(name, _)| *name != missing.name),
                Access::Write => {
                    let of_it = less.iter_mut().filter(|it| it.0 == missing.name);
                    of_it.for_each(|it| it.1 = Access::Read);
                }
            }
            // These read checks only to merge what is green.
            let of_checks = matches!(missing.name, "checks" | "statuses");
            let is_offer = needs.command == "campaign revert" || needs.command.starts_with("pin");
            let command = match of_checks && is_offer {
                true => format!("{} --watch", needs.command),
                false => needs.command.to_owned(),
            };
            let (ran, ..) = run_as(&command, needs, "exact", &less).expect("it is tried");
            let said = format!("{} with {less:?}: {}{}", needs.command, ran.stdout, ran.stderr);
            assert!(matches!(ran.code, 1 | 3), "{}: {said}", ran.code);
            if of_checks {
                assert!(ran.stdout.contains("its checks cannot be read"), "{said}");
            }
            if (needs.command, missing.name) == ("campaign close", "contents") {
                let closed = "closed; its branch stays: `GraphQL remove` failed";
                assert!(ran.stdout.contains("2 closed\n") && ran.stdout.contains(closed), "{said}");
                assert_eq!(ran.code, 3, "{said}");
            }
            if matches!(
                (needs.command, missing.name),
                ("campaign apply" | "campaign merge", "workflows")
            ) {
                assert!(ran.stdout.contains("the token needs `workflows: write`"), "{said}");
            }
        }
    }
}

#[test]
fn plans_and_looks_send_no_write() {
    for needs in COMMANDS.iter().filter(|needs| is_of_campaigns(needs) && !needs.writes()) {
        let (_, _, stage) = run(needs, "exact", &given(needs)).expect("it is tried");
        assert_eq!(stage.writes(), 0, "{}", needs.command);
    }
}
