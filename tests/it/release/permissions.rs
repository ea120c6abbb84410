//! What docs/permissions.md says of releases is enough, and none of it is too much.

use shipshape::forge::permissions::{Access, COMMANDS, CommandNeeds};

use super::stage::Stage;
use crate::world::Ran;

fn arguments(command: &str) -> &'static [&'static str] {
    match command {
        "release plan" => &["plan", "--format", "json"],
        "release tag" => &["tag"],
        "release run" => &["run", "--until", "tag", "--format", "json"],
        "release freeze" => &["freeze", "--reason", "wait"],
        "release thaw" => &["thaw"],
        "release cascade" => &["cascade", "0.1.5", "--watch", "--format", "json"],
        other => panic!("no test runs `{other}`"),
    }
}

/// Runs a command with a token of these permissions.
fn ran(needs: &CommandNeeds, given: &[(&str, Access)]) -> (Ran, Vec<String>) {
    let permitted: Vec<String> =
        given.iter().map(|(name, access)| format!("{name}: {access}")).collect();
    let stage = Stage::private(&permitted.join(", "));
    stage.merge("workspace/one.py", "ONE = 1\n", &["release:minor"]);
    if needs.command == "release thaw" {
        stage.release(&["freeze", "--reason", "wait"]).exits(0);
    }
    let exact =
        [("GH_ENTERPRISE_TOKEN", "exact-token"), ("TEMPLATE_DISPATCH_TOKEN", "exact-token")];
    let ran = stage.release_with(arguments(needs.command), &exact);
    (ran, stage.tags())
}

fn all() -> impl Iterator<Item = &'static CommandNeeds> {
    let is_here = |needs: &&CommandNeeds| {
        // `mirror.rs` and `release_publish.rs` try these, beside a mirror and an index.
        needs.command.starts_with("release ")
            && !matches!(needs.command, "release mirror" | "release publish")
    };
    COMMANDS.iter().filter(is_here)
}

fn given(needs: &CommandNeeds) -> Vec<(&'static str, Access)> {
    needs.permissions.iter().map(|permission| (permission.name, permission.access)).collect()
}

#[test]
fn what_the_table_says_is_enough() {
    for needs in all() {
        let (ran, tags) = ran(needs, &given(needs));
        assert_eq!(ran.code, 0, "{}: {}{}", needs.command, ran.stdout, ran.stderr);
        let wanted: &[&str] = match needs.command {
            "release tag" | "release run" => &["runtime-v0.1.5", "runtime-v0.2.0"],
            "release freeze" => &["runtime-freeze", "runtime-v0.1.5"],
            _ => &["runtime-v0.1.5"],
        };
        assert_eq!(tags, wanted, "{}", needs.command);
    }
}

#[test]
fn without_any_one_of_it_nothing_is_green() {
    for needs in all() {
        for missing in needs.permissions {
            // Of runs that cannot be seen `cascade.rs` tells: here the image contains the version, which is proof enough.
            if (needs.command, missing.name) == ("release cascade", "actions") {
                continue;
            }
            let mut less = given(needs);
            match missing.access {
                Access::Read => less.retain(|(name, _)| *name != missing.name),
                Access::Write => {
                    for it in less.iter_mut().filter(|it| it.0 == missing.name) {
                        it.1 = Access::Read;
                    }
                }
            }
            let (ran, _) = ran(needs, &less);
            assert_ne!(
                ran.code, 0,
                "{} with {less:?}: {}{}",
                needs.command, ran.stdout, ran.stderr
            );
        }
    }
}
