//! Which repositories are worst and what is next: every command gives the same answer.

use crate::rehearsal::Rehearsal;
use crate::world::World;

/// Ten members: three lack a file that a campaign adds, two have conflict markers that a person has to resolve.
fn ten() -> (World, Rehearsal) {
    ten_with("")
}

fn ten_with(more: &str) -> (World, Rehearsal) {
    let world = World::new();
    world.write_readme_shape();
    let conflict = |file: &str| format!("{file}: \"<<<<<<< ours\\n=======\\n>>>>>>> theirs\\n\"");
    let repository = |number: usize| {
        let readme = "README.md: \"hello\\n\"".to_owned();
        let files = match number {
            3 => vec![readme, conflict("a.txt")],
            4 => vec![readme, conflict("a.txt"), conflict("b.txt")],
            7.. => vec!["other.txt: \"x\\n\"".to_owned()],
            _ => vec![readme],
        };
        format!("  - {{ name: acme/t-{number:02}, files: {{ {} }} }}\n", files.join(", "))
    };
    let members: Vec<String> = (1..=10).map(|number| format!("t-{number:02}")).collect();
    let repositories: String = (1..=10).map(repository).collect();
    world.write(
        "fleet.yaml",
        format!(
            "schema: 1\nname: acme\nforge: {{ owner: acme }}\n{more}\
             kinds: {{ t: {{ prefix: t-, shape: {{ folder: shape }} }} }}\nmembers: [{}]\n",
            members.join(", ")
        ),
    );
    let seed = format!(
        "tokens: [{{ name: all, scopes: [repo, workflow, 'read:org'], user: octo }}]\nrepositories:\n{repositories}"
    );
    let forge = Rehearsal::new(&world, &seed);
    (world, forge)
}

#[test]
fn which_repositories_are_worst_has_one_answer() {
    let (world, forge) = ten();
    let run = |words: &[&str], code: i32| forge.run(&world, words).exits(code).stdout;
    let drift = run(&["drift"], 1);
    let list = "\nWorst repositories\n  broken   t-04  2 by hand\n  broken   t-03  1 by hand\n\nHow it is fixed\n";
    assert!(drift.contains(list), "{drift}");
    assert!(drift.contains("\n  shipshape validate --repository acme/t-04\n"), "{drift}");
    let page = run(&["drift", "--format", "markdown"], 1);
    let table = "| Worst repositories | Verdict | What is left for a person |\n|:--|:--|:--|\n| <code>t-04</code> | ✗ broken | 2 by hand |\n";
    assert!(page.replace('\\', "").contains(table), "{page}");
    let html = run(&["drift", "--format", "html"], 1);
    assert!(html.contains("Worst repositories") && html.contains("<td>2 by hand</td>"), "{html}");
    let json = forge.run(&world, &["drift", "--format", "json"]).exits(1).json();
    assert_eq!(json["worst"][0]["name"], "t-04");
    assert_eq!(json["worst"][0]["by_hand"], 2);
    assert_eq!(json["worst"].as_array().map(Vec::len), Some(2));
    // The status of members names the same, and puts it first if asked to.
    let status = run(&["fleet", "status"], 0);
    assert!(status.contains("\n  shipshape drift --repository t-04\n"), "{status}");
    let sorted = run(&["fleet", "status", "--sort", "drift"], 0);
    let first: Vec<&str> =
        sorted.lines().skip(1).take(3).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(first[..2], ["t-04", "t-03"], "{sorted}");
}

#[test]
fn a_report_continues_a_campaign_as_shipshape_alone_does() {
    let (world, forge) = ten();
    let next = |words: &[&str]| {
        let ran = forge.run(&world, words).exits(i32::from(!words.is_empty()));
        let (_, next) = ran.stdout.split_once("Next:\n").expect("commands to try");
        let mut lines = next.lines().map(|line| line.trim().to_owned());
        lines.find(|line| line.starts_with("shipshape campaign")).unwrap_or_default()
    };
    assert_eq!(next(&["drift"]), "shipshape campaign init safe-repairs");
    forge.run(&world, &["campaign", "init", "safe-repairs"]).exits(0);
    let same = |wanted: &str| {
        assert_eq!(next(&["drift"]), wanted);
        assert_eq!(next(&[]), wanted);
    };
    same("shipshape campaign plan campaign.yaml");
    forge.run(&world, &["campaign", "plan", "campaign.yaml"]).exits(0);
    same("shipshape campaign apply campaign.plan.json");
    forge.run(&world, &["campaign", "apply", "campaign.plan.json", "--yes"]).exits(0);
    same("shipshape campaign status campaign.yaml");
}

/// Journals and branches know a campaign by its name.
#[test]
fn a_second_copy_of_a_ready_made_campaign_has_a_name_of_its_own() {
    let (world, forge) = ten();
    forge.run(&world, &["campaign", "init", "safe-repairs"]).exits(0);
    world.replace("campaign.yaml", "\nselect:\n", "\nselect:\n  members: [t-07]\n");
    let other = ["campaign", "init", "safe-repairs", "--output", "safe-repairs.yaml"];
    let said = forge.run(&world, &other).exits(0).stderr;
    assert!(said.contains("as `safe-repairs-2`"), "{said}");
    assert!(world.read("safe-repairs.yaml").contains("\nname: safe-repairs-2\n"));
}

#[test]
fn the_rule_to_explain_is_the_first_of_what_matters_most() {
    let world = World::new();
    let (broken, sound) = (world.conformant("acme"), world.conformant("other"));
    // Several rules find equally severe faults in it.
    world.write(&format!("{broken}/Dockerfile"), "FROM scratch\n");
    let ran = world.run(&["drift", "--local", &broken, &sound]).exits(1);
    let most = ran.stdout.lines().skip_while(|line| !line.starts_with("What matters most"));
    let most: Vec<&str> = most.skip(1).take_while(|line| !line.is_empty()).collect();
    let errors =
        most.iter().filter(|line| line.starts_with("  error ") && line.contains("by hand"));
    let rules: Vec<&str> = errors.filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert!(rules.len() > 1, "{}", ran.stdout);
    let next = format!("  shipshape explain {}\n", rules[0]);
    assert!(ran.stdout.ends_with(&next), "{}", ran.stdout);
}

#[test]
fn images_that_one_cause_keeps_from_being_read_are_one_line() {
    let images = "images: { registry: '127.0.0.1:1', name: '127.0.0.1:1/acme/t-{slug}' }\n";
    let (world, forge) = ten_with(images);
    let ran = forge.run(&world, &["fleet", "status"]).exits(3);
    let said: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("image")).collect();
    assert_eq!(said.len(), 1, "{}", ran.stderr);
    assert!(said[0].starts_with("the images of 10 members could not be read: "), "{}", said[0]);
    assert!(said[0].ends_with("; `--no-images` leaves them out"), "{}", said[0]);
    let json = forge.run(&world, &["fleet", "status", "--format", "json"]).exits(3).json();
    let unread = json["members"][3]["unread"][0].as_str().expect("a line").to_owned();
    assert!(unread.starts_with("the image `127.0.0.1:1/acme/t-04"), "{unread}");
}

#[test]
fn a_star_is_proposed_only_where_all_in_the_folder_were_judged() {
    let (world, _forge) = ten();
    let folders: Vec<String> = (1..=6).map(|number| format!("repos/t-{number:02}")).collect();
    for folder in &folders {
        world.write(&format!("{folder}/other.txt"), "x\n");
    }
    let drift = |count: usize| {
        let some: Vec<&str> = folders.iter().take(count).map(String::as_str).collect();
        world.run(&[&["drift", "--local"][..], &some].concat()).exits(1).stdout
    };
    let some = drift(4);
    let named = "shipshape fix --diff repos/t-01 repos/t-02 repos/t-03 repos/t-04\n";
    assert!(some.contains(named), "{some}");
    let all = drift(6);
    assert!(all.contains("shipshape fix --diff repos/*\n"), "{all}");
}
