//! `shipshape package check`: finished distributions, what package.yaml describes, waivers, formats.

use crate::wheels::{SDIST, Wheel, sdist};
use crate::world::{World, report_formats};

const DESCRIPTION: &str = "\
schema: 1
distribution: acme
package: acme
source: workspace
modules: [main, tools]
exclude: [lib]
metadata:
  description: An agent
  requires-python: '>=3.11'
  license: MIT
  dependencies: [PyYAML]
  scripts: {acme: 'acme.main:main'}
";

const MAIN: &str = "import yaml\nfrom tools import run\n\n\ndef main():\n    run(yaml)\n";

fn project() -> World {
    let world = World::new();
    world.write("package.yaml", DESCRIPTION);
    world.write("workspace/main.py", MAIN);
    world.write("workspace/tools.py", "def run(given):\n    return given\n");
    world.write("workspace/lib/stop.py", "def save():\n    return None\n");
    world
}

fn broken() -> Wheel {
    let mut wheel = Wheel::good();
    wheel.put(
        "acme/main.py",
        "import yaml\nfrom acme.tools import walk\n\n\ndef main():\n    walk(yaml)\n",
    );
    wheel
}

#[test]
fn good_distributions_are_clean_in_every_format() {
    let world = World::new();
    let wheel = Wheel::good();
    world.write(&format!("dist/{}", wheel.file_name), wheel.bytes());
    world.write("dist/acme-1.0.tar.gz", sdist(&SDIST));
    for format in report_formats() {
        world.run(&["package", "check", "dist", "--format", &format, "--fail-on", "info"]).exits(0);
    }
}

#[test]
fn findings_have_a_code_a_place_and_an_explanation() {
    let world = World::new();
    let wheel = broken();
    world.write(&wheel.file_name, wheel.bytes());
    let ran = world.run(&["package", "check", &wheel.file_name]).exits(1);
    assert!(ran.stdout.contains("SHP878"), "{}", ran.stdout);
    assert!(ran.stdout.contains("acme/main.py:2:24"), "{}", ran.stdout);
    assert!(ran.stdout.contains("shipshape explain symbol-absent"), "{}", ran.stdout);
    let ran = world.run(&["package", "check", &wheel.file_name, "--format", "json"]).exits(1);
    let report = ran.json();
    assert_eq!(report["repositories"][0]["name"], wheel.file_name.as_str());
    assert_eq!(report["repositories"][0]["findings"][0]["rule"], "symbol-absent");
    let log =
        world.run(&["package", "check", &wheel.file_name, "--format", "sarif"]).exits(1).json();
    assert!(!crate::validate::is_taken_by_code_scanning(&log).is_empty());
    let explained = world.run(&["explain", "SHP878"]).exits(0);
    assert!(explained.stdout.starts_with("# SHP878 symbol-absent"));
}

#[test]
fn a_file_that_is_no_archive_is_never_green_and_stops_no_other() {
    let world = World::new();
    let wheel = Wheel::good();
    world.write(&wheel.file_name, wheel.bytes());
    world.write("page-1.0-py3-none-any.whl", "<html>not found</html>");
    let ran =
        world.run(&["package", "check", &wheel.file_name, "page-1.0-py3-none-any.whl"]).exits(3);
    assert!(ran.stdout.contains("not a zip archive"), "{}", ran.stdout);
    world.run(&["package", "check", "gone.whl"]).exits(2);
    world.write("empty/README", "");
    world.run(&["package", "check", "empty"]).exits(2);
    world.write("a.egg", "PK");
    world.run(&["package", "check", "a.egg"]).exits(3);
}

#[test]
fn two_sdists_of_a_release_are_told() {
    let world = World::new();
    world.write("dist/acme-1.0.tar.gz", sdist(&SDIST));
    world.write("more/acme-1.0.tar.gz", sdist(&SDIST));
    let ran = world.run(&["package", "check", "dist", "more"]).exits(1);
    assert!(ran.stdout.contains("SHP873"), "{}", ran.stdout);
}

#[test]
fn what_package_yaml_describes_is_judged_before_it_is_built() {
    let world = project();
    world.run(&["package", "check", "--fail-on", "info"]).exits(0);
    let lazily = format!(
        "{MAIN}\n\ndef stop():\n    try:\n        from lib.stop import save\n    except ImportError:\n        return\n    save()\n"
    );
    world.write("workspace/main.py", lazily);
    let ran = world.run(&["package", "check"]).exits(1);
    assert!(ran.stdout.contains("SHP877") && ran.stdout.contains("`lib.stop`"), "{}", ran.stdout);
    world.write("workspace/main.py", MAIN.replace("def main", "def run_forever"));
    let ran = world.run(&["package", "check"]).exits(1);
    assert!(ran.stdout.contains("SHP871"), "{}", ran.stdout);
}

#[test]
fn findings_of_a_folder_stand_where_a_person_edits() {
    let world = project();
    world.write(
        "workspace/main.py",
        "\u{feff}import tools; from tools import walk\n\n\ndef run():\n    walk(tools)\n",
    );
    let below = std::fs::create_dir(world.path("below")).map(|()| world.path("below"));
    let below = below.expect("a folder");
    let places = |ran: crate::world::Ran| -> Vec<(String, u64, u64)> {
        let report = ran.exits(1).json();
        let findings = report["repositories"][0]["findings"].as_array().cloned().expect("findings");
        let place = |finding: &serde_json::Value| {
            let number = |key: &str| finding[key].as_u64().expect("a place");
            (finding["path"].as_str().expect("a path").to_owned(), number("line"), number("column"))
        };
        findings.iter().filter(|finding| finding["severity"] == "error").map(place).collect()
    };
    let wanted = |folder: &str| {
        vec![
            (format!("{folder}package.yaml"), 12, 19),
            (format!("{folder}workspace/main.py"), 1, 33),
        ]
    };
    assert_eq!(places(world.run(&["package", "check", "--format", "json"])), wanted(""));
    // In a folder of a repository, paths are those of the current folder.
    world.write("kit/package.yaml", world.read("package.yaml"));
    for file in ["main.py", "tools.py", "lib/stop.py"] {
        world.write(&format!("kit/workspace/{file}"), world.read(&format!("workspace/{file}")));
    }
    let there = ["package", "check", "--format", "json", "--package", "kit/package.yaml"];
    assert_eq!(places(world.run(&there)), wanted("kit/"));
    // Where no path below the current folder leads there, those of the description's folder.
    let above = ["package", "check", "--format", "json", "--package", "../package.yaml"];
    assert_eq!(places(world.run_in(&below, &above, &[])), wanted(""));
}

#[test]
fn each_of_many_entry_points_is_told_at_its_own_line() {
    let world = project();
    let points: String = (0..300).map(|it| format!("      p{it}: acme.main:gone{it}\n")).collect();
    let section =
        format!("  scripts: {{acme: 'acme.main:main'}}\n  entry-points:\n    g:\n{points}");
    world.replace("package.yaml", "  scripts: {acme: 'acme.main:main'}\n", &section);
    let report = world.run(&["package", "check", "--format", "json"]).exits(1).json();
    let findings = report["repositories"][0]["findings"].as_array().expect("findings");
    let lines = world.read("package.yaml");
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(findings.len(), 300);
    for finding in findings {
        let line = finding["line"].as_u64().expect("a line") as usize;
        let named =
            finding["message"].as_str().and_then(|it| it.split('`').nth(1)).expect("a name");
        assert!(lines[line - 1].starts_with(&format!("      {named}: ")), "{finding}");
    }
}

#[test]
fn a_text_that_names_a_moved_module_is_told_once() {
    let world = project();
    let looked_up = format!(
        "import importlib\n{MAIN}\n\ndef late():\n    importlib.import_module(\"tools\")\n"
    );
    world.write("workspace/main.py", looked_up);
    let report = world.run(&["package", "check", "--format", "json"]).exits(1).json();
    let findings = report["repositories"][0]["findings"].as_array().expect("findings");
    let told: Vec<_> =
        findings.iter().map(|finding| (&finding["code"], &finding["line"])).collect();
    assert_eq!(told, [(&"SHP820".into(), &11.into())], "{report:#}");
}

#[test]
fn a_source_folder_tells_what_a_finished_wheel_left_out() {
    let world = World::new();
    let mut wheel = Wheel::good();
    wheel.put(
        "acme/main.py",
        "import yaml\n\n\ndef main():\n    from lib.stop import save\n    save(yaml)\n",
    );
    world.write(&wheel.file_name, wheel.bytes());
    world.write("source/lib/stop.py", "def save(given):\n    return given\n");
    let ran = world.run(&["package", "check", &wheel.file_name, "--source", "source"]).exits(1);
    assert!(ran.stdout.contains("SHP877"), "{}", ran.stdout);
}

#[test]
fn waivers_beside_package_yaml_hold_until_their_day() {
    let world = project();
    let wheel = broken();
    world.write(&wheel.file_name, wheel.bytes());
    let check = ["package", "check", &wheel.file_name, "--format", "json"];
    let waivers = |expires: &str, hash: &str| {
        format!(
            "schema: 1\nwaivers:\n  - repository: acme\n    rule: symbol-absent\n    path: acme/main.py\n    \
             reason: walk is on its way\n    owner: platform\n    expires: {expires}\n    hash: \"{hash}\"\n"
        )
    };
    // How a waiver is written: with any hash first; the check then says the right one.
    world.write("waivers.yaml", waivers("2026-12-31", "0123456789abcdef"));
    let ran = world.run(&["package", "check", &wheel.file_name]).exits(1);
    assert!(ran.stdout.contains("waiver-reopened"), "{}", ran.stdout);
    let said = ran.stdout.split("set `hash: \"").nth(1).expect("the right hash");
    let hash = said.get(..16).expect("sixteen digits");
    world.write("waivers.yaml", waivers("2026-12-31", hash));
    let report = world.run(&check).exits(0).json();
    assert!(!report["repositories"][0]["findings"][0]["waived"].is_null(), "{report:#}");
    world.write("waivers.yaml", waivers("2026-11-21", hash));
    let ran = world.run(&["package", "check", &wheel.file_name]).exits(1);
    assert!(ran.stdout.contains("waiver-expired"), "{}", ran.stdout);
    world.write(
        "waivers.yaml",
        waivers("2026-12-31", hash).replace("symbol-absent", "symbol-abscent"),
    );
    world.run(&["package", "check", &wheel.file_name]).exits(2);
}

#[test]
fn waive_writes_waivers_of_a_package_that_hold_for_its_wheel_too() {
    let world = project();
    world.replace("package.yaml", "dependencies: [PyYAML]", "dependencies: []");
    let wheel = broken();
    world.write(&wheel.file_name, wheel.bytes());
    world.run(&["package", "check"]).exits(1);
    let waive = |named: &str, rule: &str, path: &str, code: i32| {
        let by = ["--reason", "optional", "--owner", "platform"];
        let arguments = ["waive", named, "--rule", rule, "--path", path];
        world.run(&[&arguments[..], &by[..]].concat()).exits(code).stderr
    };
    // The path of the folder, as the report shows it.
    let undeclared = "dependency-undeclared";
    let said = waive("package.yaml", undeclared, "workspace/main.py", 0);
    assert!(said.contains("waived 1 finding of acme until 2027-02-20"), "{said}");
    let written = world.read("waivers.yaml");
    assert!(written.contains("repository: acme\n"), "{written}");
    assert!(written.contains("path: acme/main.py\n"), "{written}");
    world.run(&["package", "check"]).exits(0);
    let said = waive("package.yaml", undeclared, "workspace/main.py", 2);
    assert!(said.contains("there is no such finding to waive"), "{said}");
    // Of a wheel, by the path in it.
    waive(&wheel.file_name, "symbol-absent", "acme/main.py", 0);
    world.run(&["package", "check", &wheel.file_name]).exits(0);
    // Nothing says where the waivers of another distribution stand.
    world.remove("package.yaml");
    let said = waive(&wheel.file_name, "symbol-absent", "acme/main.py", 2);
    assert!(said.contains("nothing says where the waivers"), "{said}");
    let said = waive("package.yaml", "symbol-absent", "acme/main.py", 2);
    assert!(said.contains("there is no such description or distribution"), "{said}");
}

#[test]
fn a_module_that_does_not_parse_is_a_finding_beside_the_others() {
    let world = project();
    world.write("workspace/main.py", MAIN.replace("def main", "def run_forever"));
    world.replace("package.yaml", "modules: [main, tools]", "modules: [broken, main, tools]");
    world.write("workspace/broken.py", "def broken(:\n    pass\n");
    let ran = world.run(&["package", "check"]).exits(1);
    assert!(ran.stdout.contains("SHP874") && ran.stdout.contains("broken.py:1"), "{}", ran.stdout);
    assert!(ran.stdout.contains("SHP871"), "{}", ran.stdout);
    let report = world.run(&["package", "check", "--format", "json"]).exits(1).json();
    let findings = report["repositories"][0]["findings"].as_array().expect("a list");
    assert!(findings.iter().any(|it| it["rule"] == "module-unparsable"), "{report}");
}
