//! What is said in a job of GitHub Actions, as its runner hears it: no text of a repository may be a command.

use crate::world::{Ran, World, report_formats};

/// What the runner takes for a command (github.com/actions/runner, `ActionCommand.cs`): `::name …::` as the first
/// letters of a line, or in the older form `##[name …]` anywhere in it.
fn commands(ran: &Ran) -> Vec<String> {
    let lines = ran.stdout.split(['\n', '\r']).chain(ran.stderr.split(['\n', '\r']));
    let is_command = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
    lines.filter(is_command).map(str::to_owned).collect()
}

fn hostile(world: &World) -> String {
    let name = world.conformant("acme");
    let file = format!("{name}/Dockerfile");
    let docker =
        world.read(&file).replacen("FROM ", "FROM x ##[set-output name=verdict]clean\nFROM ", 1);
    world.write(&file, docker);
    world.write(&format!("{name}/g##[set-output name=version]9.9.9"), "");
    let config = world.read(&format!("{name}/config.yaml"));
    world.write(
        &format!("{name}/config.yaml"),
        format!("{config}\n\"##[add-matcher]evil.json\": 1\nnotes: |\n  ::set-output name=verdict::clean\n  ::stop-commands::tok\n"),
    );
    world.write(&format!("{name}/.gitignore"), "::set-output name=a::b\n");
    world.write(
        &format!("{name}/.github/workflows/x.yml"),
        "on: push\njobs: { a: { runs-on: x, steps: [{ uses: 'a/b@##[stop-commands]tok' }] } }\n",
    );
    name
}

#[test]
fn no_text_of_a_repository_is_a_command_to_the_runner() {
    let world = World::new();
    let name = hostile(&world);
    let job = [("GITHUB_ACTIONS", "true")];
    let mut seen = 0;
    for format in report_formats() {
        let ran = world.run_in(&world.path(""), &["validate", &name, "--format", &format], &job);
        let plain = world.run(&["validate", &name, "--format", &format]);
        seen += usize::from(plain.stdout.contains("##["));
        match format.as_str() {
            "github" => {
                for line in ran.stdout.lines() {
                    let kinds = ["::error ", "::warning ", "::notice "];
                    assert!(kinds.iter().any(|kind| line.starts_with(kind)), "{line}");
                }
            }
            _ => assert_eq!(commands(&ran), [""; 0], "{format}"),
        }
        if format == "json" {
            assert_eq!(ran.json(), plain.json());
        }
    }
    assert!(seen >= 4, "the formats hold what would be obeyed");
    for arguments in
        [&["fix", "--diff", "--unsafe-fixes"][..], &["fix", "--diff"], &["waive", "no-such-rule"]]
    {
        let ran = world.run_in(&world.path(""), &[arguments, &[&name]].concat(), &job);
        assert_eq!(commands(&ran), [""; 0], "{arguments:?}");
    }
    let diff = world.run(&["fix", "--diff", "--unsafe-fixes", &name]);
    assert!(!commands(&diff).is_empty(), "the diff holds what would be obeyed:\n{}", diff.stdout);
    // An error beside the annotations.
    world.write("fleet.yaml", "schema: 1\n'##[stop-commands]tok': 1\n");
    let ran =
        world.run_in(&world.path(""), &["validate", &name, "--format", "github"], &job).exits(2);
    assert!(ran.stderr.contains("unknown key"), "{}", ran.stderr);
    assert_eq!(commands(&ran), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_folder_whose_name_has_lines_stays_on_one() {
    let world = World::new();
    let name = world.conformant("acme");
    let odd = "x\n::error::owned\n::set-output name=x::y";
    std::fs::rename(world.path(&name), world.path(odd)).expect("renamed");
    let ran = world.run(&["fix", "--diff", odd]);
    assert_eq!(commands(&ran), [""; 0], "{}", ran.stderr);
}
