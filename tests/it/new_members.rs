//! `shipshape new` and what fleet.yaml keeps of a member: its kind beside its slug, its variables.

use crate::work_trees::git;
use crate::world::{Ran, World};

/// A fleet of two kinds, each with a pack of one templated file.
fn two_kinds(members: &str) -> World {
    let world = World::new();
    let pack = "schema: 1\nname: crate\nvariables:\n  port: { default: \"8080\", pattern: \"[0-9]+\" }\n\
                paths:\n- { path: README.md, policy: templated }\nextras: ['**']\n";
    for shape in ["api", "job"] {
        world
            .write(&format!("shapes/{shape}/shape.yaml"), pack)
            .write(&format!("shapes/{shape}/files/README.md.tera"), "port {{ port }}\n");
    }
    world.write(
        "fleet.yaml",
        format!(
            "schema: 1\nname: f\nforge: {{ owner: acme }}\nkinds:\n\
             \x20 api: {{ prefix: api-, shape: {{ folder: shapes/api }} }}\n\
             \x20 job: {{ prefix: job-, shape: {{ folder: shapes/job }} }}\nmembers: [{members}]\n"
        ),
    );
    world
}

/// Runs the `validate` that a command proposed.
fn proposed(world: &World, ran: &Ran) -> Ran {
    let lines = ran.stderr.lines();
    let line = lines.map(str::trim).find(|line| line.starts_with("shipshape validate "));
    let here = world.path("fleet.yaml").parent().expect("a folder").display().to_string();
    let line = line.expect("a command to judge it").replace("[world]", &here);
    world.run(&line.split(' ').skip(1).collect::<Vec<_>>())
}

#[test]
fn what_was_answered_is_no_edit_once_fleet_yaml_has_it() {
    let world = two_kinds("api-first");
    let words = ["new", "billing", "--kind", "api", "--set", "port=9090", "--defaults", "--local"];
    let ran = world.run(&[&words[..], &["b1", "--register"]].concat()).exits(0);
    assert!(world.read("fleet.yaml").contains("port: \"9090\""), "{}", world.read("fleet.yaml"));
    let judged = proposed(&world, &ran).exits(0);
    assert!(judged.stdout.contains("1 conformant"), "{}", judged.stdout);
    // Without a place for the value every judgement would be wrong: none is proposed.
    let words =
        ["new", "pay", "--kind", "api", "--set", "port=7000", "--defaults", "--local", "p1"];
    let ran = world.run(&words).exits(0);
    assert!(ran.stderr.contains("not in the fleet yet"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("shipshape validate"), "{}", ran.stderr);
    // Without a value of its own a folder is judged as it is.
    let words = ["new", "mail", "--kind", "api", "--defaults", "--local", "m1"];
    proposed(&world, &world.run(&words).exits(0)).exits(0);
}

#[test]
fn a_folder_of_another_name_is_judged_with_the_repository_of_its_slug() {
    let world = two_kinds("api-first");
    let template = "# {{ repository }}\nport {{ port }}\n";
    world.write("shapes/api/files/README.md.tera", template);
    for (slug, folder, more) in
        [("orders", "tmp", &[][..]), ("billing", "other", &["--register"][..])]
    {
        let words = ["new", slug, "--kind", "api", "--defaults", "--local", folder];
        let ran = world.run(&[&words[..], more].concat()).exits(0);
        let readme = format!("# api-{slug}\nport 8080\n");
        assert_eq!(world.read(&format!("{folder}/README.md")), readme);
        proposed(&world, &ran).exits(0);
    }
    // With the prefix, both the kind and the slug are said.
    let ran = world.run(&["new", "job-mail", "--local", "m", "--defaults"]).exits(2);
    assert!(ran.stderr.contains("`shipshape new mail --kind job`"), "{}", ran.stderr);
}

#[test]
fn a_slug_that_another_kind_has_is_no_member_of_this_one() {
    let world = two_kinds("api-orders");
    let words = ["new", "orders", "--kind", "job", "--set", "port=1", "--defaults"];
    let ran = world.run(&[&words[..], &["--local", "o1", "--register"]].concat()).exits(0);
    let fleet = world.read("fleet.yaml");
    assert!(fleet.contains("slug: orders, kind: job"), "{fleet}");
    // The slug alone would be that of two members.
    proposed(&world, &ran).exits(0);
    let ran = world.run(&["validate", "o1", "--slug", "orders"]).exits(2);
    assert!(ran.stderr.contains("`orders` is the name of several members"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`api-orders`, `job-orders`"), "{}", ran.stderr);
    let again = world.run(&[&words[..], &["--local", "o2", "--register"]].concat()).exits(2);
    assert!(again.stderr.contains("`orders` is already a member"), "{}", again.stderr);
}

#[test]
fn a_path_at_which_nothing_is_is_told_as_such() {
    let world = two_kinds("api-orders");
    for path in ["nowhere", "nowhere/*"] {
        let ran = world.run(&["validate", path]).exits(2);
        assert!(ran.stderr.contains("there is no such folder"), "{path}: {}", ran.stderr);
        assert!(!ran.stderr.contains("is not a member"), "{path}: {}", ran.stderr);
    }
}

#[test]
fn members_of_two_kinds_with_one_slug_are_each_in_a_list_of_all() {
    let world = two_kinds("api-mail, api-orders, job-mail");
    let list = "registrations:\n  - { name: everything, path: all.txt, language: text, form: array, spelling: \"{repository}\" }\n";
    let manifest = world.read("fleet.yaml");
    world.write("fleet.yaml", format!("{manifest}{list}"));
    world.write("all.txt", "api-mail\napi-orders\n");
    let ran = world.run(&["fleet", "registrations"]).exits(1);
    assert!(ran.stdout.contains("`everything` lacks `job-mail`"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("lacks `api-mail`"), "{}", ran.stdout);
    // The slug alone does not say which of the two is meant.
    world.write("all.txt", "api-mail\napi-orders\nmail\n");
    let ran = world.run(&["fleet", "registrations"]).exits(1);
    let which =
        "`everything` has `mail`, which is the slug of several members: `api-mail`, `job-mail`";
    assert!(ran.stdout.contains(which), "{}", ran.stdout);
    world.write("all.txt", "api-mail\napi-orders\n");
    world.run(&["fleet", "registrations", "--write"]).exits(0);
    assert_eq!(world.read("all.txt"), "api-mail\napi-orders\njob-mail\n");
    // A new member is added to the list although another one has its slug.
    let words = ["new", "orders", "--kind", "job", "--set", "port=1", "--defaults"];
    world.run(&[&words[..], &["--local", "o1", "--register"]].concat()).exits(0);
    assert_eq!(world.read("all.txt"), "api-mail\napi-orders\njob-mail\njob-orders\n");
    world.run(&["fleet", "registrations"]).exits(0);
    // One of the two may be excused by its repository's name.
    world.write("all.txt", "api-mail\napi-orders\njob-orders\n");
    world.replace("fleet.yaml", "form: array,", "form: array, without: [job-mail],");
    world.run(&["fleet", "registrations"]).exits(0);
}

#[test]
fn a_name_of_several_members_is_not_waived_for_one_of_them() {
    let world = two_kinds("api-mail, job-mail");
    let words = ["--rule", "path-missing", "--reason", "x", "--owner", "@me"];
    let ran = world.run(&[&["waive", "--repository", "mail"][..], &words].concat()).exits(2);
    assert!(ran.stderr.contains("several members are called `mail`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("name the repository: `api-mail`, `job-mail`"), "{}", ran.stderr);
    assert!(!world.path("waivers.yaml").exists());
}

#[test]
fn there_is_no_way_back_to_the_kind_and_it_is_said() {
    let world = two_kinds("api-first");
    let words = ["new", "--local", "o1", "--ask", "--dry-run"];
    let ran = world.run_typing(&words, &["job", "<", "orders", "", "", "", ""]);
    let said = "This is the first question about a new `job`. For another kind, press Ctrl-C";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    // A member in a folder of another name is judged with its slug.
    world.write("other/README.md", "port 8080\n");
    let ran = world.run(&["validate", "other"]).exits(2);
    assert!(ran.stderr.contains("name that alone: `--slug MEMBER`"), "{}", ran.stderr);
}

#[test]
fn an_alias_that_another_member_has_is_refused_where_it_was_given() {
    let world = two_kinds("api-orders, { slug: pay, kind: api, aliases: [money] }");
    let new = ["new", "billing", "--kind", "api", "--defaults", "--local", "b"];
    let ran = world.run(&[&new[..], &["--alias", "Orders"]].concat()).exits(2);
    assert!(ran.stderr.contains("`Orders` is already a member: acme/api-orders"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("-->"), "{}", ran.stderr);
    let ran = world.run(&[&new[..], &["--alias", "billing"]].concat()).exits(2);
    assert!(ran.stderr.contains("is the slug of the new member itself"), "{}", ran.stderr);
    world.write("a.yaml", "schema: 1\naliases:\n  - fine\n  - money\n");
    let ran = world.run(&[&new[..], &["--answers", "a.yaml"]].concat()).exits(2);
    assert!(
        ran.stderr.contains("`money` is already an alias of the member `pay`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("a.yaml:4:5"), "{}", ran.stderr);
    // Another kind may use the name.
    let other = ["new", "billing", "--kind", "job", "--defaults", "--local", "b"];
    world.run(&[&other[..], &["--alias", "orders"]].concat()).exits(0);
    // A proposed slug that is taken is no help.
    let misspelled = ["new", "Orders", "--kind", "api", "--defaults", "--local", "b2"];
    let ran = world.run(&misspelled).exits(2);
    let said = "`orders` is a member: `shipshape new orders --kind api` creates its repository";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn a_slug_that_is_proposed_would_not_be_refused_itself() {
    let world = two_kinds("api-orders, { slug: pay, kind: api, retired: 2026-01-01 }");
    for (given, said) in [
        ("Api-Mail", "`mail` would be a slug\n"),
        ("Api-Orders", "`orders` is a member: `shipshape new orders --kind api` creates"),
        ("Api-Pay", "`pay` would be a slug, but it is taken: use another"),
        ("api-latest", "`latest-app` would be a slug; to keep `api-latest` as the slug, name"),
        ("api-api-mail", "`mail` would be a slug; to keep `api-api-mail` as the slug"),
        ("api-orders", "shows it otherwise; to keep `api-orders`"),
        ("Latest", "`latest-app` would be a slug"),
    ] {
        let new = ["new", given, "--kind", "api", "--defaults", "--local", "b", "--dry-run"];
        let ran = world.run(&new).exits(2);
        assert!(ran.stderr.contains(said), "{given}: {}", ran.stderr);
    }
}

#[test]
fn an_alias_is_one_word() {
    let world = two_kinds("api-orders");
    let words = ["new", "mail", "--kind", "api", "--defaults", "--local", "m1", "--alias"];
    let ran = world.run(&[&words[..], &["Bad Name"]].concat()).exits(2);
    assert!(ran.stderr.contains("`Bad Name` cannot be an alias"), "{}", ran.stderr);
    assert!(!world.path("m1").exists());
    world.run(&[&words[..], &["post"]].concat()).exits(0);
}

/// A fleet whose charts are folders of a repository, which is at `hc`.
fn charts() -> World {
    let world = World::new();
    let pack = "schema: 1\nname: chart\nvariables: { module: { default: '{{ forge_owner }}/{{ repository }}' } }\n\
                paths:\n- { path: README.md, policy: templated }\nextras: ['**']\n";
    world
        .write("shapes/chart/shape.yaml", pack)
        .write("shapes/chart/files/README.md.tera", "{{ slug }} of {{ module }}\n")
        .write(
            "fleet.yaml",
            "schema: 1\nname: f\nforge: { owner: acme }\n\
             kinds: { chart: { prefix: chart-, shape: { folder: shapes/chart } } }\n\
             members:\n  - { slug: a, repository: helm-charts, path: charts/a }\n",
        )
        .write("hc/charts/a/README.md", "a of acme/helm-charts\n");
    world.commit("hc");
    world
}

#[test]
fn a_folder_beside_members_of_a_repository_is_another_one_of_it() {
    let world = charts();
    let address = "git@github.com:acme/helm-charts.git";
    git(&world, &["-C", "hc", "remote", "add", "origin", address]);
    let words = ["new", "b", "--defaults", "--local", "hc/charts/b", "--register"];
    let ran = world.run(&words).exits(0);
    let fleet = world.read("fleet.yaml");
    assert!(fleet.contains("{ slug: b, repository: helm-charts, path: charts/b }"), "{fleet}");
    assert_eq!(world.read("hc/charts/b/README.md"), "b of acme/helm-charts\n");
    // Nothing is to be created on the forge: only the command itself is told again.
    assert_eq!(ran.stderr.matches("shipshape new b").count(), 1, "{}", ran.stderr);
}

#[test]
fn a_folder_in_another_repository_is_one_of_its_own_though_its_neighbours_are_called_the_same() {
    let world = charts();
    let mut words = ["new", "b", "--defaults", "--dry-run", "--local", "hc/charts/b"];
    for address in ["", "https://github.com/acme/ops.git", "https://github.com/x/helm-charts.git"] {
        if !address.is_empty() {
            git(&world, &["-C", "hc", "config", "remote.origin.url", address]);
        }
        let ran = world.run(&words).exits(0);
        assert!(ran.stdout.contains("acme/chart-b"), "{address}: {}", ran.stdout);
        assert!(!ran.stdout.contains("path:"), "{address}: {}", ran.stdout);
    }
    words[3] = "--register";
    world.run(&words).exits(0);
    let fleet = world.read("fleet.yaml");
    assert!(!fleet.contains("charts/b"), "{fleet}");
}

#[test]
fn what_an_owner_is_written_in_is_asked_for_where_there_is_none() {
    let world = World::new();
    let pack = "schema: 1\nname: svc\nvariables: { team: { default: '{{ owner }}/x' } }\n\
                paths:\n- { path: CODEOWNERS, policy: templated }\nextras: ['**']\n";
    world
        .write("shapes/svc/shape.yaml", pack)
        .write("shapes/svc/files/CODEOWNERS.tera", "* {{ team }}\n")
        .write(
            "fleet.yaml",
            "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { svc: { shape: { folder: shapes/svc } } }\n\
             members: [a]\n",
        );
    let words = ["new", "b", "--defaults", "--local", "b"];
    let ran = world.run(&words).exits(2);
    assert!(ran.stderr.contains("answer with --set team=VALUE"), "{}", ran.stderr);
    assert!(!world.path("b").exists());
    world.run(&[&words[..], &["--owner", "@acme"]].concat()).exits(0);
    assert_eq!(world.read("b/CODEOWNERS"), "* @acme/x\n");
}
