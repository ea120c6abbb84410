//! package.yaml: found, written once, kept up to date.

use super::{SDIST, WHEEL, build, bytes, runtime, text, wheel};
use crate::world::World;

#[test]
fn a_description_is_written_once_and_kept_up_to_date() {
    let world = runtime();
    world.remove("package.yaml");
    let shown = world.run(&["package", "init", "workspace", "--dry-run"]).exits(0).stdout;
    assert!(!world.path("package.yaml").exists());
    let given = [
        "package",
        "init",
        "workspace",
        "--distribution",
        "acme-workspace-runtime",
        "--import",
        "acme_runtime",
    ];
    world.run(&given).exits(0);
    assert!(
        shown.contains("  - a2a_client\n  - main\n") && shown.contains("source: workspace #"),
        "{shown}"
    );
    build(&world, &[]).exits(0);
    let ran = world.run(&given).exits(2);
    assert!(ran.stderr.contains("and is not overwritten"), "{}", ran.stderr);
    world.write("workspace/heartbeat.py", "import main\n").remove("workspace/a2a_client.py");
    world.replace("package.yaml", "  - main\n", "  - main # the program\n");
    let difference = world.run(&["package", "init", "--update", "--dry-run"]).exits(0).stdout;
    assert!(
        difference.contains("-  - a2a_client\n") && difference.contains("+  - heartbeat\n"),
        "{difference}"
    );
    let done = world.run(&["package", "init", "--update"]).exits(0).stdout;
    assert_eq!(done, "removed `a2a_client` from `modules`\nadded `heartbeat` to `modules`\n");
    assert!(
        world.read("package.yaml").contains("modules:\n  - main # the program\n  - heartbeat\n")
    );
    build(&world, &[]).exits(0);
    assert_eq!(
        world.run(&["package", "init", "--update"]).exits(0).stdout,
        "the lists are up to date\n"
    );
}

#[test]
fn a_package_is_found_from_below_and_by_name() {
    let world = runtime();
    let below = world.path("workspace/builtin_tools");
    let out = world.path("out");
    let arguments =
        ["package", "build", "--version", "0.1.6", "--out", &out.to_string_lossy(), "--wheel"];
    world.run_in(&below, &arguments, &[]).exits(0);
    let direct = bytes(&world, WHEEL);
    std::fs::rename(world.path("workspace"), world.path("elsewhere")).expect("moved");
    std::fs::create_dir(world.path("workspace")).expect("made");
    std::fs::rename(
        world.path("elsewhere/requirements.txt"),
        world.path("workspace/requirements.txt"),
    )
    .expect("moved");
    build(&world, &["--package", "package.yaml", "--source", "elsewhere", "--wheel"]).exits(0);
    assert!(bytes(&world, WHEEL) == direct);
    let nothing = World::new();
    let ran = nothing.run(&["package", "build", "--version", "1", "--out", "out"]).exits(2);
    assert!(
        ran.stderr.contains("there is no package.yaml in this folder or above it"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_check_tells_the_same_differences_as_findings() {
    let world = runtime();
    world.write("workspace/heartbeat.py", "").remove("workspace/a2a_client.py");
    let ran = world.run(&["package", "check", "--format", "json"]);
    let report = ran.json();
    let findings = report["repositories"][0]["findings"].as_array().expect("a list");
    let drift: Vec<_> =
        findings.iter().filter(|finding| finding["rule"] == "package-list-drift").collect();
    let places: Vec<_> = drift.iter().map(|finding| finding["path"].clone()).collect();
    assert_eq!(places, ["package.yaml", "workspace/heartbeat.py"], "{findings:#?}");
    let whole = runtime().run(&["package", "check", "--format", "json"]).stdout;
    assert!(!whole.contains("package-list-drift"), "{whole}");
}

#[test]
fn patterns_of_licences_are_the_files_that_they_mean_and_every_person_is_named() {
    let world = runtime();
    world.write("LICENSES/MIT.txt", "MIT\n");
    world.replace(
        "package.yaml",
        "license-files: [LICENSE]",
        "license-files: ['LICEN[CS]E*', 'LICENSES/*']\n  maintainers: [{ name: Ann, email: ann@e.x }]\n  \
         gui-scripts: { acme-window: acme_runtime.main:main }",
    );
    build(&world, &[]).exits(0);
    let files = wheel(&bytes(&world, WHEEL));
    let info = "acme_workspace_runtime-0.1.6.dist-info";
    let core = text(&files, &format!("{info}/METADATA"));
    let expected = "Maintainer-email: Ann <ann@e.x>\nLicense-Expression: BUSL-1.1\n\
                    License-File: LICENSE\nLicense-File: LICENSES/MIT.txt\n";
    assert!(core.contains(expected), "{core}");
    assert_eq!(text(&files, &format!("{info}/licenses/LICENSES/MIT.txt")), "MIT\n");
    let entry_points = text(&files, &format!("{info}/entry_points.txt"));
    assert_eq!(
        entry_points,
        "[console_scripts]\nacme-runtime = acme_runtime.main:main\n\n\
         [gui_scripts]\nacme-window = acme_runtime.main:main\n"
    );
    let before = bytes(&world, WHEEL);
    let from = ["package", "build", "--from-sdist", SDIST, "--out", "again"];
    world.run(&from).exits(0);
    assert!(bytes(&world, &WHEEL.replace("out/", "again/")) == before);
    world.replace("package.yaml", "'LICENSES/*'", "'NOTICE*'");
    let ran = build(&world, &[]).exits(2);
    assert!(ran.stderr.contains("error: no file matches `NOTICE*`"), "{}", ran.stderr);
}

#[test]
fn a_pattern_of_licences_does_not_take_those_of_an_earlier_build() {
    let world = runtime();
    world.write("vendor/a/LICENSE", "BSD\n").write(".venv/x/LICENSE", "other\n");
    world.replace("package.yaml", "license-files: [LICENSE]", "license-files: ['**/LICENSE']");
    build(&world, &[]).exits(0);
    let before = bytes(&world, WHEEL);
    build(&world, &[]).exits(0);
    assert!(bytes(&world, WHEEL) == before);
    let files = wheel(&before);
    let core = text(&files, "acme_workspace_runtime-0.1.6.dist-info/METADATA");
    let named: Vec<&str> = core.lines().filter(|line| line.starts_with("License-File:")).collect();
    assert_eq!(named, ["License-File: LICENSE", "License-File: vendor/a/LICENSE"]);
}

#[test]
fn a_licence_that_git_ignores_is_named_when_a_pattern_finds_no_other() {
    let world = runtime();
    world.write(".gitignore", "third/*\n").commit(".");
    world.write("third/a/LICENSE", "BSD\n");
    world.replace(
        "package.yaml",
        "license-files: [LICENSE]",
        "license-files: ['third/**/LICENSE']",
    );
    let ran = build(&world, &[]).exits(2);
    assert!(ran.stderr.contains("error: no file matches `third/**/LICENSE`"), "{}", ran.stderr);
    let hint = "hint: git ignores `third/a/LICENSE`: give that path, or a pattern that begins with its folder";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    world.replace("package.yaml", "third/**/LICENSE", "third/a/*");
    build(&world, &[]).exits(0);
}
