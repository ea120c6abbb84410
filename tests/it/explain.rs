//! `shipshape explain`: one rule, the rules that a word is about, all of them.

use crate::world::World;

#[test]
fn a_word_lists_the_rules_that_it_is_about() {
    let world = World::new();
    let ids = |arguments: &[&str]| -> Vec<String> {
        let text = world.run(arguments).exits(0).stdout;
        text.lines().filter_map(|it| it.split_whitespace().nth(2).map(str::to_owned)).collect()
    };
    let all = ids(&["explain"]);
    let docker = ids(&["explain", "docker"]);
    assert!(all.len() > 100 && docker.len() > 5, "{all:?} {docker:?}");
    assert!(docker.iter().all(|id| id.starts_with("docker-")), "{docker:?}");
    assert!(ids(&["explain", "shp1"]).contains(&"script-mode".to_owned()));
    assert_eq!(ids(&["rules"]), all);
    let one = world.run(&["explain", "103"]).exits(0);
    assert!(one.stdout.starts_with("# SHP103 docker-user\n"), "{}", one.stdout);
    assert!(world.run(&["explain", "user"]).exits(0).stdout.contains("docker-user"));
    assert!(ids(&["explain", "twice"]).contains(&"document-duplicate-key".to_owned()));
    let ran = world.run(&["explain", "xyzzy"]).exits(2);
    assert!(ran.stderr.contains("`shipshape explain` lists all rules"), "{}", ran.stderr);
    assert!(world.run(&["--help"]).exits(0).stdout.contains("[alias: rules]"));
}

#[test]
fn programs_get_rules_with_their_documentation() {
    let world = World::new();
    let all = world.run(&["explain", "--format", "json"]).exits(0).json();
    assert_eq!(all["schema"], "shipshape/rules/1");
    assert!(all["rules"].as_array().is_some_and(|rules| rules.len() > 100));
    let one = world.run(&["explain", "docker-user", "--format", "json"]).exits(0).json();
    let rule = &one["rules"][0];
    assert_eq!((&rule["code"], &rule["severity"]), (&"SHP103".into(), &"error".into()));
    assert_eq!(rule["fails"]["language"], "dockerfile");
}
