//! `shipshape validate`, and what its reports promise to those who read them by program.

use crate::world::{World, report_formats};

#[test]
fn a_conformant_repository_is_clean_in_every_form() {
    let world = World::new();
    let name = world.conformant("acme");
    let ran = world.run(&["validate", &name]).exits(0);
    assert!(ran.stdout.contains("1 conformant"), "{}", ran.stdout);
    // Nobody chose the shape, and no fleet.yaml names it.
    let judged_by = "judged by `workspace-template`, the shape inside shipshape";
    assert!(ran.stderr.contains(judged_by), "{}", ran.stderr);
    for format in report_formats() {
        world.run(&["validate", &name, "--format", &format]).exits(0);
    }
}

#[test]
fn the_json_report_has_the_promised_fields() {
    let world = World::new();
    let name = world.conformant("acme");
    world.replace(&format!("{name}/adapter.py"), "\nAdapter = AcmeAdapter\n", "\n");
    let ran = world.run(&["validate", &name, "--format", "json"]).exits(1);
    let report = ran.json();
    assert_eq!(report["schema"], "shipshape/report/1");
    let repository = &report["repositories"][0];
    assert_eq!(repository["name"], name.as_str());
    assert_eq!(repository["verdict"], "broken");
    assert!(repository["error"].is_null());
    let finding = &repository["findings"][0];
    assert_eq!(finding["code"], "SHP301");
    assert_eq!(finding["rule"], "adapter-name");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["path"], "adapter.py");
    assert_eq!(finding["fix"], "safe");
    assert!(finding["waived"].is_null());
    let path = repository["paths"]
        .as_array()
        .expect("paths")
        .iter()
        .find(|path| path["path"] == "adapter.py");
    let path = path.expect("adapter.py is a path of the shape");
    assert_eq!(path["policy"], "contract");
    assert_eq!(path["verdict"], "modified");
    assert!(path["behind"].is_null());
}

#[test]
fn the_json_report_is_valid_against_its_schema() {
    let world = World::new();
    let name = world.conformant("acme");
    world
        .remove(&format!("{name}/.gitattributes"))
        .write(&format!("{name}/stray.py"), "import os\n");
    let report = world.run(&["validate", &name, "--format", "json"]).exits(1).json();
    let schema: serde_json::Value =
        serde_json::from_str(&world.run(&["schema", "report"]).exits(0).stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn what_could_not_be_checked_is_never_green() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write(&format!("{name}/adapter.py"), b"\xff\xfe not text".as_slice());
    let ran = world.run(&["validate", &name, "--fail-on", "error"]).exits(3);
    assert!(ran.stdout.contains("is not UTF-8"), "{}", ran.stdout);
}

#[test]
fn the_threshold_decides_between_clean_and_findings() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write(&format!("{name}/stray.py"), "import os\n");
    world.run(&["validate", &name]).exits(0);
    world.run(&["validate", &name, "--fail-on", "info"]).exits(1);
    world.remove(&format!("{name}/.gitattributes"));
    world.run(&["validate", &name, "--fail-on", "error"]).exits(0);
    world.run(&["validate", &name]).exits(1);
}

#[test]
fn hostile_text_is_shown_and_never_obeyed() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write(&format!("{name}/\u{1b}]0;owned\u{7}.py"), "import os\n");
    let ran = world.run(&["validate", &name, "--fail-on", "error", "-v"]).exits(0);
    assert!(!ran.stdout.contains('\u{7}'), "{:?}", ran.stdout);
    assert!(ran.stdout.contains("owned"), "{}", ran.stdout);
}

#[test]
fn credentials_are_found_behind_a_slash_and_shown_nowhere() {
    let world = World::new();
    let name = world.conformant("acme");
    let body = "q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z";
    world.write(
        &format!("{name}/docs/notes.md"),
        format!("clone https://ghp_{body}@github.com/x/y\n"),
    );
    let key = format!("-----BEGIN PRIVATE KEY-----\n{body}{body}\n-----END PRIVATE KEY-----\n");
    let init = world.read(&format!("{name}/__init__.py"));
    world.write(&format!("{name}/__init__.py"), format!("{init}KEY = \"\"\"{key}\"\"\"\n"));
    for format in report_formats() {
        let ran = world.run(&["validate", &name, "--format", &format, "-v"]).exits(1);
        assert!(!ran.stdout.contains(body), "{format} shows it");
        if format == "json" {
            assert!(
                ran.stdout.contains("docs/notes.md") && ran.stdout.contains("SHP602"),
                "{}",
                ran.stdout
            );
        }
    }
    let ran = world.run(&["fix", "--diff", "--unsafe-fixes", &name]);
    assert!(!ran.stdout.contains(body), "{}", ran.stdout);
}

const SMALL: &str = "schema: 1\nname: small\npaths: [{ path: README.md, policy: exact }]\n";

/// A repository with two members in folders of it, both drifted.
fn folders() -> World {
    let world = World::new();
    world.write("shape/shape.yaml", SMALL).write("shape/files/README.md", "hello\n");
    world.write("all/packages/one/README.md", "1\n").write("all/packages/two/README.md", "2\n");
    world.commit("all");
    world
}

#[test]
fn annotations_and_code_scanning_have_paths_from_the_root_of_the_repository() {
    let world = folders();
    let judged = |paths: &[&str], format: &str| {
        let arguments = [&["validate", "--shape", "shape", "--format", format], paths].concat();
        world.run(&arguments).exits(1).stdout
    };
    let (one, two) = ("all/packages/one", "all/packages/two");
    let said = judged(&[one], "github");
    assert!(said.contains("file=packages/one/README.md"), "{said}");
    assert!(judged(&[one], "sarif").contains("\"uri\": \"packages/one/README.md\""));
    let said = judged(&[one, two], "github");
    assert!(
        said.contains("file=packages/one/README.md")
            && said.contains("file=packages/two/README.md"),
        "{said}"
    );
    // Of several repositories each begins with its name.
    world.write("other/README.md", "3\n");
    world.commit("other");
    let said = judged(&[one, "other"], "github");
    assert!(said.contains("file=one/README.md") && said.contains("file=other/README.md"), "{said}");
}

#[test]
fn one_run_writes_as_many_forms_as_are_wanted() {
    let world = folders();
    let also =
        ["--also", "markdown=summary.md", "--also", "json=report.json", "--also", "html=page.html"];
    let base = [
        "validate",
        "--shape",
        "shape",
        "all/packages/one",
        "--format",
        "github",
        "-o",
        "annotations",
    ];
    world.run(&[&base[..], &also].concat()).exits(1);
    assert!(world.read("annotations").starts_with("::warning file="));
    assert!(world.read("summary.md").starts_with("## shipshape validate"));
    assert!(world.read("report.json").starts_with("{"));
    // A page shows differences, whatever the main form is.
    let page = world.read("page.html");
    assert!(page.contains("hello") && page.starts_with("<!"), "no difference in the page");
    for wrong in ["sarif", "pdf=x", "sarif="] {
        let ran = world.run(&[&base[..], &["--also", wrong]].concat()).exits(2);
        assert!(ran.stderr.contains("--also"), "{wrong}: {}", ran.stderr);
    }
    let ran =
        world.run(&["drift", "all/packages/one", "all/packages/two", "--also", "json=x"]).exits(2);
    assert!(ran.stderr.contains("leave out --also"), "{}", ran.stderr);
}

#[test]
fn a_name_that_nothing_binds_is_a_broken_adapter() {
    let world = World::new();
    let name = world.conformant("acme");
    let adapter = format!("{name}/adapter.py");
    world.replace(&adapter, "\nAdapter = AcmeAdapter\n", "\nAdapter = AcmeeAdapter\n");
    let ran = world.run(&["validate", &name]).exits(1);
    assert!(ran.stdout.contains("nothing binds `AcmeeAdapter`"), "{}", ran.stdout);
    assert!(ran.stdout.contains("did you mean `AcmeAdapter`"), "{}", ran.stdout);
}

/// Fails for a log of which GitHub's code scanning takes nothing: one result without a place is enough.
pub(crate) fn is_taken_by_code_scanning(log: &serde_json::Value) -> &Vec<serde_json::Value> {
    let results = log["runs"][0]["results"].as_array().expect("results");
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap_or_default();
        assert!(!uri.is_empty() && !uri.ends_with('/'), "{result}");
        assert!(place["region"]["startLine"].as_u64().is_some_and(|line| line > 0), "{result}");
    }
    results
}

#[test]
fn what_is_about_a_whole_repository_is_taken_by_code_scanning() {
    let world = World::new();
    world
        .write("ns/main.go", "package main\n")
        .write("ns/a.txt", format!("ghp_{}\n", "aB3dE6gH9j".repeat(4).get(..36).expect("letters")));
    world.commit("ns");
    let log = world.run(&["validate", "ns", "--format", "sarif"]).exits(3).json();
    let results = is_taken_by_code_scanning(&log);
    let of = |code: &str| results.iter().find(|it| it["ruleId"] == code).expect(code);
    let place = &of("SHP010")["locations"][0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "README.md");
    assert_eq!(place["logicalLocations"][0]["name"], "ns");
    // A rule's texts are sentences of their own.
    let text = log["runs"][0]["tool"]["driver"]["rules"][0]["fullDescription"]["text"].as_str();
    assert!(text.is_some_and(|text| text.starts_with("Protects: ")), "{text:?}");
}

#[test]
fn two_reports_do_not_go_to_one_file() {
    let world = World::new();
    let name = world.conformant("acme");
    for more in [&["-o", "a", "--also", "json=./a"][..], &["--also", "json=a", "--also", "json=a"]]
    {
        let ran = world.run(&[&["validate", &name, "--format", "sarif"], more].concat()).exits(2);
        assert!(ran.stderr.contains("two reports are to be written to `"), "{}", ran.stderr);
        assert!(!world.path("a").exists());
    }
    // What a program reads stands alone on standard output too; what people read need not.
    for (format, also) in [("sarif", "json=-"), ("human", "json=-"), ("json", "markdown=-")] {
        let ran = world.run(&["validate", &name, "--format", format, "--also", also]).exits(2);
        assert!(ran.stderr.contains("to be written to standard output"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    // Links to a file lead to that file, whether it exists or not.
    std::os::unix::fs::symlink("real", world.path("link")).expect("a link");
    let both = ["validate", &name, "-o", "real", "--also", "json=link"];
    let ran = world.run(&both).exits(2);
    assert!(ran.stderr.contains("two reports are to be written to `link`"), "{}", ran.stderr);
    world.write("real", "").write("sub/x", "");
    world.run(&both).exits(2);
    world.run(&["validate", &name, "-o", "sub/../b", "--also", "json=b"]).exits(2);
    std::fs::hard_link(world.path("real"), world.path("hard")).expect("a link");
    world.run(&["validate", &name, "-o", "real", "--also", "json=hard"]).exits(2);
    assert_eq!(world.read("real"), "");
    world.run(&["validate", &name, "-o", "a", "--also", "json=b"]).exits(0);
}

/// What lies in a folder that could not be seen may be there.
#[test]
fn what_cannot_be_seen_is_unchecked_and_not_missing() {
    let world = World::new();
    let name = world.conformant("acme");
    // A repository of its own is not looked into.
    git2::Repository::init(world.path(&format!("{name}/.github"))).expect("a repository");
    let ran = world.run(&["validate", &name]).exits(3);
    assert!(ran.stdout.contains("`.github` is a separate repository"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("path-missing"), "{}", ran.stdout);
    let diff = world.run(&["fix", "--diff", &name]);
    assert!(!diff.stdout.contains("+++"), "{}", diff.stdout);
}
