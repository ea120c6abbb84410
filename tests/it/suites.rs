//! Suites that need more than a Rust toolchain and a C compiler. `cargo test` shows them as ignored, by
//! name; `.ci/run` installs what they need and runs them with `cargo test -- --ignored`.

use std::process::Command;

use crate::images::stand::Stand;
use crate::rehearsal::Rehearsal;
use crate::serve::{Serving, TOKEN, until};
use crate::world::World;

/// Without what cargo tells the tests about this package: build scripts of dependencies look at it, so that a script that
/// calls cargo would build half of all anew, and so would whoever comes after it.
fn passes(script: &str, arguments: &[&str]) {
    let of_this_package = |name: &str| {
        name == "OUT_DIR" || name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")
    };
    let mut bash = Command::new("bash");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(of_this_package) {
            bash.env_remove(name);
        }
    }
    let status = bash
        .arg(format!("{}/tests/{script}", env!("CARGO_MANIFEST_DIR")))
        .args(arguments)
        .status()
        .expect("bash runs");
    assert!(status.success(), "tests/{script} failed");
}

#[test]
#[ignore = "needs Python, git and curl; .ci/run installs them and runs it"]
fn commands_of_the_book() {
    crate::book::the_rest_runs();
}

#[test]
#[ignore = "needs Chromium and Node.js; .ci/run installs them and runs it"]
fn browser() {
    let world = World::new();
    world.run(&["demo", "--into", "fleet", "--quiet"]).exits(0);
    passes("browser/run.sh", &[&world.path("fleet/report.html").to_string_lossy()]);
}

#[test]
#[ignore = "needs Valgrind, and takes a minute; .ci/run installs it and runs it"]
fn instructions_of_the_hot_paths() {
    passes("guards/run.sh", &[]);
}

#[test]
#[ignore = "needs Python, git, curl and the package registries; .ci/run installs them and runs it"]
fn benchmarks_at_their_smallest() {
    passes("../benches/smallest.sh", &[]);
}

#[test]
#[ignore = "needs Chromium and Node.js; .ci/run installs them and runs it"]
fn dashboard_in_a_browser() {
    let world = World::new();
    world.run(&["demo", "--into", "fleet", "--quiet"]).exits(0);
    let repositories = std::fs::read_dir(world.path("fleet/repositories")).expect("a fleet");
    let repositories: Vec<String> = repositories
        .map(|entry| entry.expect("an entry").path().to_string_lossy().into_owned())
        .collect();
    // Images are looked at where no engine is, and a campaign's file is gone later: their pages say so.
    let nowhere = ("DOCKER_HOST", "unix:///nowhere/at/all.sock");
    let arguments = [
        "--fleet",
        "fleet/fleet.yaml",
        "--role",
        "dashboard",
        "--role",
        "images",
        "--campaign",
        "none.yaml",
        "--local",
    ];
    let arguments: Vec<&str> =
        arguments.into_iter().chain(repositories.iter().map(String::as_str)).collect();
    world.write(
        "none.yaml",
        "schema: 1\nname: greet\nchanges:\n  - restore: { paths: [README.md] }\n\
         pull_request: { title: Say hello, body: Hello. }\n",
    );
    let serving = Serving::start(&world, None, &arguments, &[nowhere]);
    std::fs::remove_file(world.path("none.yaml")).expect("removed");
    until("it is ready", || serving.get("/readyz").status == 200);
    passes("browser/dashboard.sh", &[&format!("http://{}", serving.address), TOKEN]);
}

/// The same pages with everything on them: a campaign that is under way, a release that has come half its way, images and
/// containers of which some are behind, one is held and one cannot be had.
#[test]
#[ignore = "needs Chromium and Node.js; .ci/run installs them and runs it"]
fn dashboard_with_content_in_a_browser() {
    let stand = Stand::new(&["hermes", "crewai", "codex", "claude-code"]);
    let world = &stand.world;
    stand.say_of_images(
        "kinds: { template: { prefix: template- } }",
        "kinds: { template: { prefix: template-, shape: { folder: shape }, owner: '@acme/agents' } }\nhistory: history.jsonl",
    );
    stand.say_of_images(
        "import: acme_runtime }",
        "import: acme_runtime, source: { repository: core, path: workspace } }",
    );
    let shape = "schema: 1\nname: small\npaths:\n  - { path: README.md, policy: exact }\n  - { path: LICENSE, policy: seeded }\nextras: ['**']\n";
    world.write("shape/shape.yaml", shape).write("shape/files/README.md", "hello\n");
    world.write("shape/files/LICENSE", "MIT\n");
    world.write(
        "campaign.yaml",
        "schema: 1\nname: add-note\nchanges:\n  - add: { path: NOTE.md, content: \"noted\\n\" }\npull_request: { title: Add a note }\n",
    );
    let seed = "owners: { acme: { type: organization } }
tokens:
  - { name: writer, user: robot, value: writer-token, scopes: [repo, workflow] }
repositories:
  - { name: acme/template-hermes, files: { README.md: \"hello\\n\", LICENSE: MIT } }
  - { name: acme/template-crewai, files: { README.md: \"<script>alert(1)</script>\\n\", LICENSE: MIT } }
  - { name: acme/template-codex, files: { README.md: \"hello\\n\" }, checks: [{ name: ci }] }
  - { name: acme/template-claude-code, files: { README.md: \"hello\\n\", LICENSE: MIT } }
  - name: acme/core
    files:
      package.yaml: \"schema: 1\\ndistribution: acme-runtime\\npackage: acme_runtime\\nsource: workspace\\nmodules: [main]\\nmetadata: { description: A runtime, requires-python: '>=3.11' }\\n\"
      workspace/main.py: \"x = 1\\n\"
";
    let forge = Rehearsal::new(world, seed);
    // What drifted is a finding, and so are pull requests that wait.
    assert!(forge.run(world, &["drift", "--record"]).code < 2);
    forge.run(world, &["campaign", "apply", "--yes"]).ends();
    let variables = forge.index_variables();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let released = ["release", "run", "--no-smoke", "--until", "tag", "--format", "json"];
    forge.run_with(world, &released, &variables).ends();
    for (runtime, container) in [("hermes", "ws-1"), ("crewai", "ws-2"), ("codex", "ws-3")] {
        stand.publish(runtime, "1.0.0");
        stand.provision(runtime, container);
    }
    // One whose tag has moved here already, and whose container is behind it.
    stand.publish("crewai", "1.1.0");
    let only = ["images", "refresh", "--runtime", "crewai", "--no-recreate"];
    forge.run_with(world, &only, &[("DOCKER_HOST", &stand.docker_host())]).exits(0);
    stand.publish("hermes", "1.1.0");
    let host = stand.docker_host();
    let hold = ["images", "hold", "codex", "--reason", "a demonstration on Friday"];
    forge.run_with(world, &hold, &[("DOCKER_HOST", &host)]).exits(0);
    let arguments = [
        "--role",
        "dashboard",
        "--role",
        "images",
        "--campaign",
        "campaign.yaml",
        "--every",
        "3600",
    ];
    let serving = Serving::start(world, Some(&forge), &arguments, &[("DOCKER_HOST", &host)]);
    until("it is ready", || serving.get("/readyz").status == 200);
    passes("browser/dashboard.sh", &[&format!("http://{}", serving.address), TOKEN]);
}

#[test]
#[ignore = "needs Python, Node.js and the package registries; .ci/run installs them and runs it"]
fn embedded_pack_under_actionlint_zizmor_and_cpython() {
    let world = World::new();
    world.run(&["shape", "show", "--render", "rendered/starter", "--starter"]).exits(0);
    world.run(&["shape", "show", "--render", "rendered/plain", "--slug", "acme-agent"]).exits(0);
    let hostile = "display_name=a\"b'c\\d$(e)${f}`g`: #x {{ y }} \u{202e}";
    world
        .run(&["shape", "show", "--render", "rendered/hostile", "--slug", "acme", "--set", hostile])
        .exits(0);
    // The workflows of a release, of a fleet that says little and of one that says much.
    for (name, more) in [("release-plain", ""), ("release-full", FULL_RELEASE)] {
        let file = format!("{name}.yaml");
        world
            .write(&file, format!("{RELEASE}{more}"))
            .write(&format!("rendered/{name}/README.md"), "x");
        let folder = format!("rendered/{name}");
        let install = "cargo install --locked --git https://code.example/shipshape shipshape";
        let write = ["release", "workflows", "--fleet", &file, "--fleet-path", "fleet.yaml"];
        world.run(&[&write[..], &["--into", &folder, "--install", install]].concat()).exits(0);
    }
    passes("pack/run.sh", &[&world.path("rendered").to_string_lossy()]);
}

/// A fleet whose runtime is released.
const RELEASE: &str = "\
schema: 1
name: f
forge: { owner: acme }
kinds: { t: {} }
members: [x]
runtime_package:
  distribution: acme-runtime
  import: acme_runtime
  source: { repository: platform, path: workspace }
";

/// What else it may say.
const FULL_RELEASE: &str = "  \
  release:
    branch: release/next+1
    tag: core-{version}-out
    publisher: { repository: platform, workflow: out.yml, environment: 'pypi: publish' }
home: { repository: fleet, path: 'all of it/fleet.yaml' }
";

#[test]
#[ignore = "needs Python and a package index; .ci/run installs what it needs and runs it"]
fn smoke_with_a_real_python_and_a_real_index() {
    passes("smoke/run.sh", &[env!("CARGO_BIN_EXE_shipshape")]);
}

#[test]
#[ignore = "needs Python and a package index; .ci/run installs what it needs and runs it"]
fn publish_to_pypiserver() {
    passes("publishing/run.sh", &[env!("CARGO_BIN_EXE_shipshape")]);
}

#[test]
#[ignore = "needs Podman and docker-registry; .ci/run installs them and runs it"]
fn images_on_podman_and_a_registry() {
    passes("images/run.sh", &[env!("CARGO_BIN_EXE_shipshape")]);
}

#[test]
#[ignore = "needs Podman, docker-registry, Python and a package index; .ci/run installs them and runs it"]
fn chain_with_real_parts() {
    passes("chain/run.sh", &[env!("CARGO_BIN_EXE_shipshape")]);
}

#[test]
#[ignore = "needs Python and the package registries; .ci/run installs them and runs it"]
fn oracle_of_the_rewriter() {
    passes("oracle/run.sh", &[]);
}

#[test]
#[ignore = "needs Node.js and npm's registry; .ci/run runs it"]
fn sandbox_and_an_independent_emulator() {
    crate::emulator::compare();
}

#[test]
#[ignore = "needs Bash, curl and GNU tar; .ci/run installs what is missing and runs it"]
fn action_as_a_runner_runs_it() {
    crate::action::as_a_runner_runs_it();
}

#[test]
#[ignore = "needs Python, Node.js and the package registries; .ci/run installs them and runs it"]
fn action_and_hook_under_actionlint_zizmor_and_pre_commit() {
    passes("ci/run.sh", &[env!("CARGO_BIN_EXE_shipshape")]);
}

#[test]
#[ignore = "needs Node.js and npm's registry; .ci/run runs it"]
fn schemas_in_an_editor() {
    passes("editors/run.sh", &[env!("CARGO_BIN_EXE_shipshape")]);
}

#[test]
#[ignore = "needs Python and a package index; .ci/run installs the tools and runs it"]
fn packages_under_pip_uv_twine_and_build() {
    let world = World::new();
    let deep = "a_folder_with_a_long_name/".repeat(6);
    world
        .write("package.yaml", EVERYTHING)
        .write("README.md", "# Café\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
        .write("LICENSE", "Business Source License 1.1\n")
        .write("licenses/third/MIT.txt", "MIT\n")
        .write(
            "workspace/main.py",
            "import client\nfrom tools import memory\n\n\ndef main():\n    return memory, client\n",
        )
        .write(
            "workspace/client.py",
            "# -*- coding: latin-1 -*-\nimport tools.memory\nNAME = tools.memory.NAME\n",
        )
        .write("workspace/tools/__init__.py", "")
        .write("workspace/tools/memory.py", "NAME = 'm'\n")
        .write(&format!("workspace/tools/{deep}data.json"), "{}")
        .write("workspace/tools/start", "#!/bin/sh\n");
    let start = world.path("workspace/tools/start");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(start, mode).expect("set");
    world.run(&["package", "build", "--version", "1.2.0rc1", "--out", "out"]).exits(0);
    let out = world.path("out").to_string_lossy().into_owned();
    let modules = ["acme_runtime.main", "acme_runtime.client", "acme_runtime.tools.memory"];
    passes("packaging/run.sh", &[&[out.as_str()], modules.as_slice()].concat());
}

/// A description with every key of metadata.
const EVERYTHING: &str = r#"
schema: 1
distribution: Acme.Runtime
package: acme_runtime
source: workspace
modules: [client, main]
subpackages: [tools]
metadata:
  description: A runtime, "quoted" and naïve
  readme: README.md
  requires-python: '>=3.11, <4'
  license: BUSL-1.1 OR MIT
  license-files: [LICENSE, licenses/third/MIT.txt]
  authors: [{name: A. Person, email: person@example.com}, {name: Nobody}, {email: team@example.com}]
  keywords: [zeta, alpha]
  classifiers: ['Programming Language :: Python :: 3.12', 'Programming Language :: Python :: 3']
  urls: {Source: 'https://example.com/x', Home: 'https://example.com'}
  dependencies: ['Idna >=3, <4', "tomli>=2; python_version < '3.11'"]
  optional-dependencies:
    Extra_One: ['packaging', "certifi>=2024; sys_platform == 'linux'"]
  scripts: {acme-runtime: 'acme_runtime.main:main'}
  entry-points:
    acme.plugins: {memory: acme_runtime.tools.memory, name: 'acme_runtime.tools.memory:NAME'}
"#;
