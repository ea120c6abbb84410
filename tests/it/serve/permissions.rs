//! What docs/permissions.md says of the server is enough, and none of it is too much.

use shipshape::forge::permissions::{Access, COMMANDS, CommandNeeds, Permission};

use super::Serving;
use crate::rehearsal::Rehearsal;
use crate::world::World;

const CAMPAIGN: &str = "schema: 1
name: add-note
changes:
  - add: { path: NOTE.md, content: \"noted\\n\" }
pull_request: { title: Add a note }
";

/// A private member with a check and a status, an open pull request of a campaign in it, and a token of these permissions.
fn stage(permissions: &[Permission], campaign: bool) -> (World, Rehearsal) {
    let world = World::new();
    let permitted: Vec<String> = permissions
        .iter()
        .map(|permission| format!("{}: {}", permission.name, permission.access))
        .collect();
    let seed = format!(
        "owners: {{ acme: {{ type: organization }} }}\n\
         tokens:\n- {{ name: writer, user: robot, value: writer-token, scopes: [repo, workflow] }}\n\
         - {{ name: exact, user: robot, permissions: {{ {} }}, repositories: ['acme/*'] }}\n\
         repositories:\n- {{ name: acme/t-hermes, visibility: private, files: {{ README.md: \"hello\\n\" }}, \
         checks: [{{ name: ci }}, {{ name: lint, status: true }}] }}\n",
        permitted.join(", ")
    );
    world.write(
        "fleet.yaml",
        "schema: 1\nname: acme\nforge: { owner: acme }\n\
         kinds: { t: { prefix: t-, shape: { folder: shape } } }\nmembers: [t-hermes]\n",
    );
    world.write_readme_shape();
    world.write("campaign.yaml", CAMPAIGN);
    let forge = Rehearsal::new(&world, &seed);
    if campaign {
        forge.run(&world, &["campaign", "apply", "--yes"]).exits(0);
    }
    (world, forge)
}

/// What a server shows that may do what is given: the verdict of the member, and the page of campaigns.
fn seen(needs: &CommandNeeds, token: &str, permissions: &[Permission]) -> (String, String) {
    let campaign = needs.command.ends_with("--campaign");
    let (world, forge) = stage(permissions, campaign);
    let before = forge.count();
    let mut arguments = vec!["--role", "dashboard", "--every", "3600"];
    if campaign {
        arguments.extend(["--campaign", "campaign.yaml"]);
    }
    let secret = forge.secret(token).to_owned();
    let serving =
        Serving::start(&world, Some(&forge), &arguments, &[("GH_ENTERPRISE_TOKEN", &secret)]);
    let judgings = |outcome: &str| {
        serving.metric(&format!("shipshape_judgings_total{{outcome=\"{outcome}\"}}"))
    };
    serving.until("it was judged", || judgings("judged") + judgings("failed") > 0);
    let failed = judgings("judged") == 0;
    if !failed {
        serving.until("it is ready", || serving.get("/readyz").status == 200);
    }
    let verdict = if failed { "not judged".to_owned() } else { serving.verdict("t-hermes") };
    let page = || serving.get_with_token("/campaigns").body;
    if !failed {
        serving.until("campaigns were looked at", || page().contains("with the whole fleet"));
    }
    for entry in &forge.requests()[before..] {
        let is_read = entry["method"] == "GET"
            || entry["path"].as_str().is_some_and(|path| path.ends_with("/graphql"));
        assert!(is_read, "{}: {entry}", needs.command);
    }
    let page = page();
    let (_, live) = page.split_once("<main").unwrap_or(("", &page));
    (verdict, live.replace(&forge.url(), ""))
}

fn of_the_server() -> impl Iterator<Item = &'static CommandNeeds> {
    COMMANDS.iter().filter(|needs| needs.command.starts_with("serve "))
}

#[test]
fn what_the_table_says_of_the_server_is_enough() {
    assert_eq!(of_the_server().count(), 2);
    for needs in of_the_server() {
        let wanted = seen(needs, "writer", &[]);
        assert_eq!(wanted.0, "conformant");
        assert_eq!(seen(needs, "exact", needs.permissions), wanted, "{}", needs.command);
    }
}

#[test]
fn without_any_one_of_it_the_server_shows_less_and_nothing_greener() {
    for needs in of_the_server() {
        let wanted = seen(needs, "writer", &[]);
        for missing in needs.permissions {
            let fewer: Vec<Permission> =
                needs.permissions.iter().filter(|it| it.name != missing.name).copied().collect();
            let found = seen(needs, "exact", &fewer);
            assert_ne!(found, wanted, "{} without {}", needs.command, missing.name);
            if missing.name == "contents" {
                assert_ne!(found.0, "conformant", "{}", needs.command);
            } else {
                let says = ["cannot be read", "Could not be checked", "Resource not accessible"];
                assert!(says.iter().any(|word| found.1.contains(word)), "{}", found.1);
            }
        }
    }
}

#[test]
fn the_log_says_that_repositories_of_a_campaign_cannot_be_read() {
    let contents = Permission { name: "contents", access: Access::Read, purpose: "" };
    let (world, forge) = stage(&[contents], true);
    let secret = forge.secret("exact").to_owned();
    let arguments = ["--role", "dashboard", "--every", "3600", "--campaign", "campaign.yaml"];
    let variables = [("GH_ENTERPRISE_TOKEN", &*secret)];
    let serving = Serving::start(&world, Some(&forge), &arguments, &variables);
    let page = || serving.get_with_token("/campaigns").body;
    serving.until("campaigns were looked at", || page().contains("with the whole fleet"));
    assert!(page().contains("the token needs `pull_requests: read`"), "{}", page());
    let (_, told) = serving.end(rustix::process::Signal::TERM);
    let line = "the token may not read 1 repository of the campaign `add-note`: \
                `shipshape doctor --permissions campaign status` lists what it needs";
    assert!(told.contains(line), "{told}");
}
