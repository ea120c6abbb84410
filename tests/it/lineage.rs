//! Which contents were the canon, in which order, as the history of the shape says it.

use git2::{Oid, Repository, Signature, Time};

use crate::world::World;

/// Commits all of `pack` at a second, with these parents, and makes it the head.
fn commit_at(world: &World, second: i64, parents: &[Oid]) -> Oid {
    let path = world.path("pack");
    let repository = Repository::open(&path).unwrap_or_else(|_| {
        let mut options = git2::RepositoryInitOptions::new();
        options.initial_head("main").external_template(false);
        Repository::init_opts(&path, &options).expect("a repository")
    });
    let mut index = git2::Index::new().expect("an index");
    repository.set_index(&mut index).expect("set");
    index.add_all(["*"], git2::IndexAddOption::FORCE, None).expect("added");
    let tree = repository.find_tree(index.write_tree_to(&repository).expect("a tree"));
    let who = Signature::new("A Person", "person@example.com", &Time::new(second, 0));
    let who = who.expect("a person");
    let parents: Vec<_> =
        parents.iter().map(|id| repository.find_commit(*id).expect("a parent")).collect();
    let parents: Vec<_> = parents.iter().collect();
    let tree = tree.expect("a tree");
    let id = repository.commit(None, &who, &who, "a change", &tree, &parents).expect("committed");
    repository.reference("refs/heads/main", id, true, "a test").expect("moved");
    id
}

/// A pack of one template, with this default of its variable.
fn template(world: &World, team: &str, text: &str) {
    world.write(
        "pack/shape.yaml",
        format!(
            "schema: 1\nname: own\nvariables:\n  team: {{ default: {team} }}\n\
             paths: [{{ path: H.md, policy: templated }}]\nextras: ['**']\n"
        ),
    );
    world.write("pack/files/H.md.tera", text);
}

/// What `validate` says of a repository with this file.
fn said_of(world: &World, path: &str, content: &str) -> String {
    world.write(&format!("repo/{path}"), content);
    world.run(&["validate", "--shape", "pack", "repo"]).exits(1).stdout
}

#[track_caller]
fn assert_behind(world: &World, path: &str, content: &str, versions: &str) {
    let said = said_of(world, path, content);
    assert!(said.contains(&format!("is {versions} behind the canon")), "{content}: {said}");
}

#[test]
fn versions_are_in_the_order_of_their_commits_whatever_the_clocks_say() {
    for times in [[7, 8, 9], [7, 7, 7], [9, 8, 7], [8, 9, 7]] {
        let world = World::new();
        let mut parent: Vec<Oid> = Vec::new();
        for ((team, text), time) in
            [("red", "A"), ("blue", "AA"), ("green", "AAA")].iter().zip(times)
        {
            template(&world, team, &format!("Team {{{{ team }}}}.\n{text}\nB\n"));
            parent = vec![commit_at(&world, 1_700_000_000 + time, &parent)];
        }
        assert_behind(&world, "H.md", "Team red.\nA\nB\n", "2 versions");
        assert_behind(&world, "H.md", "Team blue.\nAA\nB\n", "1 version");
        // No commit had these together.
        let said = said_of(&world, "H.md", "Team red.\nAA\nB\n");
        assert!(said.contains("was edited since a canon that is 1 version old"), "{said}");
    }
}

#[test]
fn a_merge_has_a_version_of_its_own_where_it_brings_a_template_and_a_default_together() {
    for times in [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [1, 1, 1, 1, 1]] {
        let [base, left, right, merge, last] = times;
        let world = World::new();
        template(&world, "red", "Team {{ team }}.\nA\nB\n");
        let base = commit_at(&world, base, &[]);
        template(&world, "red", "Team {{ team }}.\nAA\nB\n");
        let left = commit_at(&world, left, &[base]);
        template(&world, "blue", "Team {{ team }}.\nA\nB\n");
        let right = commit_at(&world, right, &[base]);
        template(&world, "blue", "Team {{ team }}.\nAA\nB\n");
        let merge = commit_at(&world, merge, &[left, right]);
        template(&world, "blue", "Team {{ team }}.\nAAA\nB\n");
        commit_at(&world, last, &[merge]);
        assert_behind(&world, "H.md", "Team blue.\nAA\nB\n", "1 version");
        assert_behind(&world, "H.md", "Team red.\nA\nB\n", "4 versions");
        for side in ["Team red.\nAA\nB\n", "Team blue.\nA\nB\n"] {
            let said = said_of(&world, "H.md", side);
            assert!(said.contains(" versions behind the canon"), "{said}");
        }
    }
}

#[test]
fn a_changed_default_is_a_version_and_any_other_change_of_the_shape_is_none() {
    let world = World::new();
    let text = "Team {{ team }}.\nB\n";
    template(&world, "red", text);
    world.commit("pack");
    template(&world, "blue", text);
    let blue = world.commit("pack");
    world.replace("pack/shape.yaml", "name: own", "name: own\ndescription: of ours");
    world.commit("pack");
    world.replace("pack/shape.yaml", "variables:", "variables:\n  other: { default: x }");
    world.commit("pack");
    template(&world, "green", text);
    world.commit("pack");
    assert_behind(&world, "H.md", "Team red.\nB\n", "2 versions");
    assert_behind(&world, "H.md", "Team blue.\nB\n", "1 version");
    let history = |more: &[&str]| {
        let arguments = [&["shape", "history", "H.md", "--pack", "pack"], more].concat();
        world.run(&arguments).exits(0).stdout
    };
    let said = history(&[]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines[0].ends_with("  +0 -0  variables changed: team"), "{said}");
    assert!(lines[1].starts_with(&blue[..12]), "{said}");
    assert!(lines[2].ends_with("  first known"), "{said}");
    let said = history(&["--diff"]);
    assert!(said.contains("\n-variable team: blue\n+variable team: green\n"), "{said}");
    world.write("repo/H.md", "Team red.\nB\n");
    world.commit("repo");
    world.run(&["fix", "--shape", "pack", "repo"]).exits(0);
    assert_eq!(world.read("repo/H.md"), "Team green.\nB\n");
    // A variable that a template ceases to use did not change.
    template(&world, "green", "Our team.\nB\n");
    world.commit("pack");
    let said = history(&[]);
    assert!(said.lines().next().is_some_and(|line| line.ends_with("  +1 -1")), "{said}");
}

#[test]
fn a_default_that_a_repository_does_not_use_makes_it_no_further_behind() {
    let world = World::new();
    template(&world, "red", "Old {{ team }}.\nB\n");
    world.commit("pack");
    for team in ["red", "blue", "green"] {
        template(&world, team, "New {{ team }}.\nB\n");
        world.commit("pack");
    }
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  t: { shape: { folder: pack } }\n\
         members: [{ repository: one, kind: t, variables: { team: own } }, { repository: two, kind: t }]\n",
    );
    world.write("one/H.md", "Old own.\nB\n").write("two/H.md", "Old red.\nB\n");
    let report = world.run(&["drift", "--local", "one", "two", "--format", "json"]).exits(1).json();
    let behind = |index: usize| {
        let paths = report["repositories"][index]["paths"].as_array().expect("paths");
        let path = paths.iter().find(|path| path["path"] == "H.md").expect("the path");
        (path["verdict"].as_str().unwrap_or_default().to_owned(), path["behind"].as_u64())
    };
    assert_eq!(behind(0), ("stale".to_owned(), Some(1)));
    assert_eq!(behind(1), ("stale".to_owned(), Some(3)));
}

#[test]
fn a_moved_pack_keeps_its_history() {
    let world = World::new();
    let shape = "schema: 1\nname: own\nvariables: { team: { default: red } }\npaths:\n\
         - { path: ci.yml, policy: exact }\n- { path: H.md, policy: templated }\nextras: ['**']\n";
    let file = |folder: &str, name: &str, content: &str| {
        world.write(&format!("starter/{folder}/{name}"), content);
    };
    let moved = |from: &str, to: &str| {
        let to = world.path(&format!("starter/{to}"));
        std::fs::create_dir_all(to.parent().expect("a parent")).expect("made");
        std::fs::rename(world.path(&format!("starter/{from}")), to).expect("moved");
        world.commit("starter");
    };
    file("shape", "shape.yaml", shape);
    file("shape", "files/ci.yml", "one: 1\ntwo: 1\n");
    file("shape", "files/H.md.tera", "Team {{ team }}.\nA\n");
    world.commit("starter");
    file("shape", "files/ci.yml", "one: 1\ntwo: 2\n");
    file("shape", "files/H.md.tera", "Team {{ team }}.\nAA\n");
    world.commit("starter");
    moved("shape", "packs/repository");
    file("packs/repository", "files/ci.yml", "one: 1\ntwo: 3\n");
    world.commit("starter");
    // Another pack is there since, whose contents never were the canon of this one.
    file("shape", "shape.yaml", &shape.replace("own", "another"));
    file("shape", "files/ci.yml", "one: 1\ntwo: another\n");
    file("shape", "files/H.md.tera", "Another {{ team }}.\n");
    world.commit("starter");
    // A move with another change of the same commit: its shape.yaml says that it is the same pack.
    file("packs/repository", "files/H.md.tera", "Team {{ team }}.\nAAA\n");
    moved("packs/repository", "packs/service");
    let validated = |content: &str, team: &str| {
        world.write("repo/ci.yml", content).write("repo/H.md", team);
        let ran = world.run(&["validate", "--shape", "starter/packs/service", "repo"]).exits(1);
        ran.stdout
    };
    let said = validated("one: 1\ntwo: 1\n", "Team red.\nA\n");
    for path in ["ci.yml", "H.md"] {
        assert!(said.contains(&format!("`{path}` is 2 versions behind the canon")), "{said}");
    }
    let said = validated("one: 1\ntwo: 2\n", "Team red.\nAA\n");
    for path in ["ci.yml", "H.md"] {
        assert!(said.contains(&format!("`{path}` is 1 version behind the canon")), "{said}");
    }
    let said = validated("one: 1\ntwo: another\n", "Another red.\n");
    assert!(said.contains("`ci.yml` was edited since"), "{said}");
    assert!(said.contains("`H.md` does not resemble any version"), "{said}");
}

#[test]
fn a_stale_path_is_listed_as_safe_only_where_its_repair_is() {
    let world = World::new();
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: own\npaths: [{ path: .gitignore, policy: structured }]\nextras: ['**']\n",
    );
    for canon in ["*.tmp\n", "*.tmp\n*.bak\n"] {
        world.write("pack/files/.gitignore", canon);
        world.commit("pack");
    }
    for name in ["a", "b"] {
        world.write(&format!("{name}/.gitignore"), "*.tmp\n");
        world.write(&format!("{name}/x.{}", if name == "a" { "bak" } else { "txt" }), "");
        world.commit(name);
    }
    let said = world.run(&["drift", "--shape", "pack", "--local", "a", "b"]).exits(1).stdout;
    let line = "  1 version behind   .gitignore  in ";
    assert!(said.contains(&format!("Stale, safe to replace\n{line}b\n")), "{said}");
    assert!(said.contains(&format!("Stale, to be reviewed\n{line}a\n")), "{said}");
}

/// Leaves one pack in the repository, in this folder (empty for the root), with this content of its one path.
fn only_pack(world: &World, folder: &str, content: &str) {
    for former in ["", "s/", "t/"] {
        let files = world.path(&format!("pack/{former}files"));
        if files.exists() {
            std::fs::remove_dir_all(files).expect("removed");
            world.remove(&format!("pack/{former}shape.yaml"));
        }
    }
    let shape = "schema: 1\nname: own\npaths: [{ path: ci.yml, policy: exact }]\nextras: ['**']\n";
    world.write(&format!("pack/{folder}shape.yaml"), shape);
    world.write(&format!("pack/{folder}files/ci.yml"), format!("one: 1\ntwo: {content}\n"));
}

#[track_caller]
fn assert_versions(world: &World, pack: &str, earlier: &[Oid]) {
    let ran = world.run(&["shape", "history", "ci.yml", "--pack", pack]).exits(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), earlier.len() + 1, "{}", ran.stdout);
    for (line, commit) in lines[1..].iter().zip(earlier) {
        assert!(line.starts_with(&commit.to_string()[..12]), "{commit}: {}", ran.stdout);
    }
}

#[test]
fn a_move_beside_a_branch_makes_no_version_of_what_it_moves() {
    let world = World::new();
    only_pack(&world, "s/", "1");
    let base = commit_at(&world, 1, &[]);
    only_pack(&world, "s/", "4");
    let fourth = commit_at(&world, 2, &[base]);
    only_pack(&world, "s/", "5");
    let fifth = commit_at(&world, 3, &[fourth]);
    only_pack(&world, "t/", "1");
    let moved = commit_at(&world, 4, &[base]);
    only_pack(&world, "t/", "5");
    commit_at(&world, 5, &[moved, fifth]);
    assert_versions(&world, "pack/t", &[fourth, base]);
    world.write("repo/ci.yml", "one: 1\ntwo: 1\n");
    let ran = world.run(&["validate", "--shape", "pack/t", "repo"]).exits(1);
    assert!(ran.stdout.contains("is 2 versions behind the canon"), "{}", ran.stdout);
}

#[test]
fn a_version_is_of_the_commit_that_brought_it_and_not_of_a_later_move() {
    let world = World::new();
    let mut commits: Vec<Oid> = Vec::new();
    for (folder, content) in [("", "1"), ("", "2"), ("s/", "2"), ("s/", "3"), ("", "3"), ("", "4")]
    {
        only_pack(&world, folder, content);
        let second = i64::try_from(commits.len()).expect("few");
        commits.push(commit_at(&world, second, commits.last().map_or(&[], std::slice::from_ref)));
    }
    assert_versions(&world, "pack", &[commits[3], commits[1], commits[0]]);
}

/// What `validate` says of the repository by a pack, which it names `PACK`.
fn judged_by(world: &World, pack: &str) -> String {
    world.run(&["validate", "--shape", pack, "repo"]).exits(1).stdout.replace(pack, "PACK")
}

#[test]
fn an_exported_pack_judges_as_the_one_in_git_does() {
    let world = World::new();
    let versions = [("red", "A", "one\n"), ("blue", "A", "two\n"), ("blue", "AA", "two\n")];
    for (team, text, literal) in versions {
        world.write(
            "origin/shape.yaml",
            format!(
                "schema: 1\nname: own\nvariables:\n  team: {{ default: {team} }}\n\
                 paths: [{{ path: H.md, policy: templated }}, {{ path: L, policy: exact }}]\nextras: ['**']\n"
            ),
        );
        world.write("origin/files/H.md.tera", format!("Team {{{{ team }}}}.\n{text}\nB\n"));
        world.write("origin/files/L", literal);
        world.commit("origin");
    }
    world.write("repo/H.md", "Team red.\nA\nB\n").write("repo/L", "one\n");
    let said = judged_by(&world, "origin");
    assert!(said.contains("`H.md` is 2 versions behind the canon"), "{said}");
    assert!(said.contains("`L` is 1 version behind the canon"), "{said}");
    let ran = world.run(&["shape", "show", "--pack", "origin", "--export", "copy"]).exits(0);
    let noted = "3 earlier versions are in copy/lineage/log.jsonl, out of the pack's git history";
    assert!(ran.stderr.contains(noted), "{}", ran.stderr);
    assert_eq!(judged_by(&world, "copy"), said);
    // A log that has everything is copied as it is.
    let ran = world.run(&["shape", "show", "--pack", "copy", "--export", "again"]).exits(0);
    assert!(!ran.stderr.contains("earlier version"), "{}", ran.stderr);
    assert_eq!(world.read("again/lineage/log.jsonl"), world.read("copy/lineage/log.jsonl"));
    // What was promoted before a commit is in its place among what git has.
    world.write("repo/L", "three\n");
    world.run(&["shape", "promote", "repo", "L", "--pack", "origin"]).exits(0);
    world.run(&["shape", "show", "--pack", "origin", "--export", "promoted"]).exits(0);
    world.write("repo/L", "one\n");
    let said = judged_by(&world, "origin");
    assert!(said.contains("`L` is 2 versions behind the canon"), "{said}");
    assert_eq!(judged_by(&world, "promoted"), said);
}

#[test]
fn a_template_has_a_version_for_each_one_of_what_it_includes() {
    let world = World::new();
    template(&world, "red", "# H\n{% include \"files/foot.tera\" %}\nB\n");
    world.write("pack/files/foot.tera", "{% import 'files/line.tera' as line %}{{ team }} A\n");
    world.write("pack/files/line.tera", "{% macro of(text) %}{{ text }}{% endmacro %}");
    world.commit("pack");
    world.write("pack/files/foot.tera", "{{ team }} AA\n");
    world.commit("pack");
    world.replace("pack/shape.yaml", "name: own", "name: own\ndescription: of ours");
    world.commit("pack");
    template(&world, "red", "# H\n{% include \"files/foot.tera\" %}\nBB\n");
    world.commit("pack");
    let (first, second) = ("# H\nred A\n\nB\n", "# H\nred AA\n\nB\n");
    assert_behind(&world, "H.md", first, "2 versions");
    assert_behind(&world, "H.md", second, "1 version");
    let shown = ["shape", "history", "H.md", "--diff", "--pack", "pack"];
    let ran = world.run(&shown).exits(0);
    let changed = "templates changed: files/foot.tera, files/line.tera";
    assert!(ran.stdout.contains(changed), "{}", ran.stdout);
    assert!(ran.stdout.contains("+{{ team }} AA\n"), "{}", ran.stdout);
    // The log has them as well.
    world.run(&["shape", "show", "--pack", "pack", "--export", "copy"]).exits(0);
    world.write("repo/H.md", first);
    assert_eq!(judged_by(&world, "copy"), judged_by(&world, "pack"));
    world.write("repo/H.md", "# H\nred AA\n\nBBB\n");
    world.run(&["shape", "promote", "repo", "H.md", "--pack", "copy"]).exits(0);
    world.write("repo/H.md", "# H\nred AA\n\nBB\n");
    let said = judged_by(&world, "copy");
    assert!(said.contains("`H.md` is 1 version behind the canon"), "{said}");
}
