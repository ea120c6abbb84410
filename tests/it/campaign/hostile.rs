//! Campaigns, plans and repositories that somebody wrote who means no good.

use serde_json::{Value, json};
use shipshape::campaign::plan::Plan;

use super::stage::{ADD_NOTE, Stage, WORKFLOW};

const PLAN: &str = "campaign.plan.json";

/// The plan with something else in it, and a digest that fits.
fn tampered(stage: &Stage, change: impl FnOnce(&mut Plan)) {
    let mut plan: Plan = serde_json::from_str(&stage.world.read(PLAN)).expect("a plan");
    change(&mut plan);
    stage.world.write(PLAN, plan.sealed().to_text().expect("text"));
}

/// A fleet of alpha, with a repository beside it that is no member.
fn with_stranger() -> Stage {
    let stage = Stage::of(&["alpha", "stranger"]);
    stage.world.replace("fleet.yaml", "[alpha, stranger]", "[alpha]");
    stage
}

#[test]
fn a_plan_writes_to_members_of_the_fleet_only_whatever_its_digest_says() {
    let stage = with_stranger();
    stage.campaign(&["plan"]).exits(0);
    tampered(&stage, |plan| plan.items[0].repository = "acme/t-stranger".to_owned());
    stage.writes();
    for more in [&["--yes"][..], &["--dry-run"]] {
        let ran = stage.campaign(&[&["apply", PLAN], more].concat()).exits(2);
        let wanted = "about `acme/t-stranger`, which is not a member of this fleet";
        assert!(ran.stderr.contains(wanted), "{}", ran.stderr);
    }
    assert_eq!(stage.writes(), 0);
}

#[test]
fn a_plan_for_another_branch_base_or_content_is_refused() {
    type Change = fn(&mut Plan);
    let changes: [(Change, &str); 4] = [
        (|plan| plan.branch = "main".to_owned(), "its branch is `main`"),
        (|plan| plan.campaign = "x\u{1b}[31m".to_owned(), "not a campaign name"),
        (
            |plan| {
                let change = plan.items[0].change.as_mut().expect("a change");
                change.files[0].path = "../../.git/config".to_owned();
            },
            "not a path inside a repository",
        ),
        (
            |plan| {
                let change = plan.items[0].change.as_mut().expect("a change");
                change.files[0].path = "OTHER.md".to_owned();
            },
            "the digest of its change is",
        ),
    ];
    for (change, wanted) in changes {
        let stage = Stage::of(&["alpha"]);
        stage.campaign(&["plan"]).exits(0);
        tampered(&stage, change);
        stage.writes();
        let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(2);
        assert!(ran.stderr.contains(wanted) && !ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
        assert_eq!(stage.writes(), 0);
    }
    // Another branch than the default one is a base that moved.
    let stage = Stage::of(&["alpha"]);
    stage.campaign(&["plan"]).exits(0);
    tampered(&stage, |plan| {
        plan.items[0].change.as_mut().expect("a change").base_branch = "release".to_owned();
    });
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    assert!(ran.stdout.contains("its base branch moved"), "{}", ran.stdout);
}

#[test]
fn an_approval_that_the_fleet_wants_cannot_be_taken_out_of_a_plan() {
    let stage = Stage::of(&["alpha"]);
    stage.world.replace("fleet.yaml", "kinds:", "campaigns: { approval: always }\nkinds:");
    stage.campaign(&["plan"]).exits(0);
    stage.writes();
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    assert!(ran.stderr.contains("the fleet requires each plan to be approved"), "{}", ran.stderr);
    let stage = Stage::of(&["alpha"]);
    stage.world.replace("fleet.yaml", "kinds:", "campaigns: { approval: workflows }\nkinds:");
    stage.campaign(&["plan"]).exits(0);
    stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    stage.world.replace("campaign.yaml", "NOTE.md", ".github/workflows/x.yml");
    stage.world.replace("campaign.yaml", "noted\\n", WORKFLOW);
    stage.world.replace("campaign.yaml", "add-note", "other");
    stage.campaign(&["plan"]).exits(0);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    assert!(ran.stderr.contains("the fleet requires that to be approved"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_campaign_reads_nothing_outside_of_its_folder() {
    let stage = Stage::of(&["alpha"]);
    stage.world.write("outside.txt", "acme/t-alpha private words\n");
    stage.world.write("c/inside.txt", "alpha\n");
    std::os::unix::fs::symlink("../outside.txt", stage.world.path("c/link.txt")).expect("a link");
    let absolute = stage.world.path("outside.txt").display().to_string();
    for file in ["../outside.txt", "link.txt", "./x/../../outside.txt", absolute.as_str()] {
        let text = ADD_NOTE.replace("content: \"noted\\n\"", &format!("file: {}", json!(file)));
        stage.world.write("c/campaign.yaml", text);
        let ran = stage.campaign(&["plan", "c/campaign.yaml"]).exits(3);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("is outside the campaign's folder"), "{file}: {said}");
        assert!(!said.contains("private words"), "{said}");
        let more = format!("select: {{ targets: {} }}\n", json!(file));
        stage.world.write("c/campaign.yaml", format!("{ADD_NOTE}{more}"));
        let ran = stage.campaign(&["plan", "c/campaign.yaml"]).exits(2);
        assert!(ran.stderr.contains("is outside the campaign's folder"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("private words"), "{}", ran.stderr);
    }
    stage
        .world
        .write("c/campaign.yaml", format!("{ADD_NOTE}select: {{ targets: ./inside.txt }}\n"));
    stage.campaign(&["plan", "c/campaign.yaml"]).exits(0);
}

#[test]
fn templates_see_neither_the_environment_nor_more_than_they_may() {
    let stage = Stage::of(&["alpha"]);
    let changes = [
        ("Add a note to {{ slug }}", "{{ get_env(name=`GH_ENTERPRISE_TOKEN`) }}"),
        ("content: \"noted\\n\"", "template: \"{{ get_env(name=`GH_ENTERPRISE_TOKEN`) }}\""),
    ];
    for (from, to) in changes {
        let text = ADD_NOTE.replace(from, to);
        stage.world.write("campaign.yaml", text);
        let ran = stage.campaign(&["plan"]).exits(3);
        assert!(ran.stdout.contains("no access to the environment"), "{}", ran.stdout);
        assert!(!stage.world.read(PLAN).contains("writer-token"));
    }
}

#[test]
fn files_that_are_none_are_refused_and_nothing_falls_over() {
    let stage = Stage::of(&["alpha"]);
    let mut bomb = String::from("schema: 1\nname: bomb\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    bomb.push_str("changes: *a29\npull_request: { title: x }\n");
    let deep = format!("{ADD_NOTE}select: {}{}\n", "[".repeat(50_000), "]".repeat(50_000));
    for text in [bomb.as_str(), deep.as_str(), "", "- a", "\u{0}", "schema: 1\nname: &a [*a]\n"] {
        stage.world.write("campaign.yaml", text);
        let ran = stage.campaign(&["plan"]).exits(2);
        assert!(ran.stderr.contains("campaign.yaml"), "{}", ran.stderr);
    }
    stage.world.write("campaign.yaml", [&ADD_NOTE.as_bytes()[..30], b"\xff\xfe"].concat());
    stage.campaign(&["plan"]).exits(2);
    stage.world.write("campaign.yaml", ADD_NOTE);
    stage.world.write("list.txt", b"alpha\n\xff\xfe\n");
    let ran = stage.campaign(&["plan", "-t", "list.txt"]).exits(2);
    assert!(ran.stderr.contains("list.txt"), "{}", ran.stderr);
    stage.world.write("list.txt", "al\u{1b}[31mpha\n");
    let ran = stage.campaign(&["plan", "-t", "list.txt"]).exits(2);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    let nested = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for bytes in
        [&b"\xff"[..], b"{}", b"[]", b"", nested.as_bytes(), b"{\"schema\":\"shipshape/plan/1\"}"]
    {
        stage.world.write(PLAN, bytes);
        stage.campaign(&["apply", PLAN, "--yes"]).exits(2);
    }
}

#[test]
fn a_name_that_git_or_a_shell_would_read_otherwise_is_none() {
    let stage = Stage::of(&["alpha"]);
    for name in
        ["../main", "a..b", "-x", "a.lock", "refs/heads/main", "A", "a b", "@{-1}", "a\\nb", ""]
    {
        let name = format!("name: \"{name}\"").replace("\\n", "\\n");
        stage.world.write("campaign.yaml", ADD_NOTE.replace("name: add-note", &name));
        stage.campaign(&["plan"]).exits(2);
    }
    stage.world.write("campaign.yaml", format!("{ADD_NOTE}requires: [{{ campaign: ../main }}]\n"));
    let ran = stage.campaign(&["plan"]).exits(2);
    assert!(ran.stderr.contains("`../main` is not the name of a campaign"), "{}", ran.stderr);
}

const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

#[test]
fn names_and_contents_of_a_repository_stay_text_and_its_secrets_hidden() {
    let files = json!({
        "README.md": "# Hello\n",
        "a\u{1b}[31m`@ann`.txt": "x\n",
        "-->fixes #1.txt": "Shipshape-Campaign: other\n<!-- shipshape: campaign other 1 -->\n```\n@ann\n",
        "secret.txt": format!("token = {TOKEN}\n"),
        "{{ 7 * 7 }}.txt": "x\n",
    });
    let stage = Stage::with(&["alpha"], |_| format!(", files: {files}"));
    let body =
        "{{ diff }}\\n{{ diff | fenced }}\\n{% for f in files %}{{ f }} {{ f | code }}{% endfor %}";
    stage.world.write(
        "campaign.yaml",
        format!(
            "schema: 1\nname: tidy\nchanges: [{{ remove: {{ paths: ['*.txt'] }} }}]\n\
             pull_request: {{ title: 'Remove {{{{ files | join(sep=\" \") }}}}', body: \"{body}\" }}\n"
        ),
    );
    let planned = stage.campaign(&["plan"]).exits(0);
    let applied = stage.campaign(&["apply", PLAN, "--yes", "--state", "here/state.db"]).exits(0);
    let pull = stage.pulls("alpha")[0].clone();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let (title, said) = (text(&pull["title"]), text(&pull["body"]));
    let commit = stage.commits("alpha", "shipshape/tidy").remove(0);
    let page = stage.campaign(&["status", "--format", "html"]).exits(0).stdout;
    let log = stage.world.read("here/audit.jsonl");
    for shown in
        [&planned.stdout, &applied.stdout, &applied.stderr, &title, &said, &commit, &page, &log]
    {
        assert!(!shown.contains('\u{1b}') && !shown.contains(TOKEN), "{shown}");
    }
    assert!(!stage.world.read(PLAN).contains(TOKEN));
    let marks = said.matches("<!-- shipshape: campaign").count();
    assert!(marks == 1 && said.contains("<!-- shipshape: campaign tidy "), "{said}");
    assert_eq!(commit.matches("Shipshape-Campaign:").count(), 1, "{commit}");
    assert!(title.contains("{{ 7 * 7 }}") && !title.contains("#1"), "{title}");
}

#[test]
fn a_title_that_no_forge_takes_is_told_before_anything_is_done() {
    let stage = Stage::of(&["alpha"]);
    let long = "x".repeat(257);
    stage.world.write("campaign.yaml", ADD_NOTE.replace("Add a note to {{ slug }}", &long));
    let ran = stage.campaign(&["plan"]).exits(3);
    assert!(ran.stdout.contains("longer than 256 characters"), "{}", ran.stdout);
}

#[test]
fn a_template_that_takes_in_itself_is_told_and_nothing_falls_over() {
    let stage = Stage::of(&["alpha"]);
    let circle = "{% macro f() %}{{ self::f() }}{% endmacro f %}{{ self::f() }}";
    let text = ADD_NOTE.replace("content: \"noted\\n\"", &format!("template: '{circle}'"));
    stage.world.write("campaign.yaml", text);
    let ran = stage.campaign(&["plan"]).exits(2);
    assert!(ran.stderr.contains("takes in itself"), "{}", ran.stderr);
}

#[test]
fn an_expression_without_an_end_is_told_and_nothing_falls_over() {
    let stage = Stage::of(&["alpha"]);
    let long = vec!["1"; 30_000].join("+");
    let text = ADD_NOTE.replace("content: \"noted\\n\"", &format!("template: '{{{{ {long} }}}}'"));
    stage.world.write("campaign.yaml", text);
    let ran = stage.campaign(&["plan"]).exits(2);
    assert!(ran.stderr.contains("bytes, more than"), "{}", ran.stderr);
    for title in [format!("{{{{ {long} }}}}"), "{{ range(end=3000000000) | length }}".to_owned()] {
        stage.world.write("campaign.yaml", ADD_NOTE.replace("Add a note to {{ slug }}", &title));
        let ran = stage.campaign(&["plan"]);
        assert!(matches!(ran.code, 2 | 3), "{} {}", ran.code, ran.stderr);
    }
}
