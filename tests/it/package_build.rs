//! `package init`, `build` and `list`: what is made, that it is always the same, and what is refused.

mod descriptions;
mod leftovers;
mod refused;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::world::{Ran, World};

const DESCRIPTION: &str = "\
schema: 1
distribution: acme-workspace-runtime
package: acme_runtime
source: workspace
modules: [a2a_client, main]
subpackages: [builtin_tools]
exclude: [tests, Dockerfile, '*.sh', pytest.ini, requirements.txt]
metadata:
  description: A runtime
  readme: README.md
  requires-python: '>=3.11'
  license: BUSL-1.1
  license-files: [LICENSE]
  dependencies-from: workspace/requirements.txt
  scripts:
    acme-runtime: acme_runtime.main:main
";

/// The workspace of the document that this all began with, in small.
fn runtime() -> World {
    let world = World::new();
    world
        .write("package.yaml", DESCRIPTION)
        .write("README.md", "# Acme\r\n\r\nA runtime.\r\n")
        .write("LICENSE", "Business Source License 1.1\n")
        .write("workspace/requirements.txt", "Pydantic>=2, <3\nhttpx\n")
        .write("workspace/main.py", "from a2a_client import discover_peer\nfrom builtin_tools.memory import store\n\n\ndef main():\n    return discover_peer(store)\n")
        .write("workspace/a2a_client.py", "def discover_peer(x):\n    return x\n")
        .write("workspace/builtin_tools/__init__.py", "")
        .write("workspace/builtin_tools/memory.py", "import a2a_client\n\nstore = a2a_client.discover_peer(1)\n")
        .write("workspace/builtin_tools/prompt.md", "Be kind.\n")
        .write("workspace/tests/test_main.py", "import main\n")
        .write("workspace/Dockerfile", "FROM scratch\n")
        .write("workspace/entrypoint.sh", "exec true\n")
        .write("workspace/pytest.ini", "[pytest]\n");
    world
}

fn build(world: &World, more: &[&str]) -> Ran {
    world.run(&[&["package", "build", "--version", "0.1.6", "--out", "out"], more].concat())
}

const WHEEL: &str = "out/dist/acme_workspace_runtime-0.1.6-py3-none-any.whl";
const SDIST: &str = "out/dist/acme_workspace_runtime-0.1.6.tar.gz";

fn bytes(world: &World, path: &str) -> Vec<u8> {
    std::fs::read(world.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn wheel(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).expect("an entry");
            let name = entry.name().expect("UTF-8").into_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("sound");
            (name, content)
        })
        .collect()
}

fn sdist(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let entries = archive.entries().expect("entries").map(|entry| {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a path").to_string_lossy().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("sound");
        (name, content)
    });
    entries.collect()
}

/// Every file below a folder, hidden ones included.
fn files(world: &World, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let root = world.path(folder);
    let (mut found, mut waiting) = (BTreeMap::new(), vec![root.clone()]);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).expect("readable"));
            }
        }
    }
    found
}

fn text(files: &BTreeMap<String, Vec<u8>>, path: &str) -> String {
    let bytes = files.get(path).unwrap_or_else(|| panic!("{path} in {:?}", files.keys()));
    String::from_utf8(bytes.clone()).expect("UTF-8")
}

#[test]
fn a_workspace_becomes_a_package_with_its_imports_moved() {
    let world = runtime();
    let ran = build(&world, &[]).exits(0);
    assert!(ran.stdout.starts_with("acme-workspace-runtime 0.1.6\n"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("pip install out/dist/acme_workspace_runtime-0.1.6-py3-none-any.whl")
    );
    let files = wheel(&bytes(&world, WHEEL));
    let info = "acme_workspace_runtime-0.1.6.dist-info";
    let names: Vec<String> = files.keys().map(|name| name.replace(info, "[info]")).collect();
    assert_eq!(
        names,
        [
            "acme_runtime/__init__.py",
            "acme_runtime/_runtime_modules.json",
            "acme_runtime/a2a_client.py",
            "acme_runtime/builtin_tools/__init__.py",
            "acme_runtime/builtin_tools/memory.py",
            "acme_runtime/builtin_tools/prompt.md",
            "acme_runtime/main.py",
            "acme_runtime/py.typed",
            "[info]/METADATA",
            "[info]/RECORD",
            "[info]/WHEEL",
            "[info]/entry_points.txt",
            "[info]/licenses/LICENSE",
        ]
    );
    assert!(text(&files, "acme_runtime/main.py").starts_with(
        "from acme_runtime.a2a_client import discover_peer\nfrom acme_runtime.builtin_tools.memory import store\n"
    ));
    assert_eq!(
        text(&files, "acme_runtime/builtin_tools/memory.py"),
        "import acme_runtime.a2a_client as a2a_client\n\nstore = a2a_client.discover_peer(1)\n"
    );
    assert_eq!(
        text(&files, &format!("{info}/METADATA")),
        "Metadata-Version: 2.4\nName: acme-workspace-runtime\nVersion: 0.1.6\nSummary: A runtime\n\
         License-Expression: BUSL-1.1\nLicense-File: LICENSE\nRequires-Python: >=3.11\n\
         Requires-Dist: httpx\nRequires-Dist: pydantic<3,>=2\nDescription-Content-Type: text/markdown\n\n\
         # Acme\n\nA runtime.\n"
    );
    assert_eq!(
        text(&files, &format!("{info}/entry_points.txt")),
        "[console_scripts]\nacme-runtime = acme_runtime.main:main\n"
    );
    let modules: serde_json::Value =
        serde_json::from_str(&text(&files, "acme_runtime/_runtime_modules.json")).expect("JSON");
    assert_eq!(
        modules,
        serde_json::json!({
            "schema": "shipshape/runtime-modules/1",
            "package": "acme_runtime",
            "modules": ["a2a_client", "main"],
            "subpackages": ["builtin_tools"],
        })
    );
    let record = text(&files, &format!("{info}/RECORD"));
    assert_eq!(record.lines().count(), files.len());
    assert!(
        record.contains(
            "acme_runtime/py.typed,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"
        )
    );
    assert!(record.ends_with(&format!("{info}/RECORD,,\n")));
}

#[test]
fn the_tree_is_the_content_of_the_sdist() {
    let world = runtime();
    build(&world, &[]).exits(0);
    let prefix = "acme_workspace_runtime-0.1.6/";
    let packed: BTreeMap<String, Vec<u8>> = sdist(&bytes(&world, SDIST))
        .into_iter()
        .map(|(path, content)| (path.strip_prefix(prefix).expect("below").to_owned(), content))
        .collect();
    let mut tree = files(&world, "out");
    tree.retain(|path, _| !path.starts_with("dist/") && path != ".shipshape-made.json");
    assert_eq!(tree, packed);
    assert_eq!(
        packed["PKG-INFO"],
        wheel(&bytes(&world, WHEEL))["acme_workspace_runtime-0.1.6.dist-info/METADATA"]
    );
    assert_eq!(packed["LICENSE"], b"Business Source License 1.1\n");
}

#[test]
fn artefacts_are_the_same_to_the_byte_wherever_and_whenever_they_are_built() {
    let one = runtime();
    build(&one, &[]).exits(0);
    let other = runtime();
    // Another folder, order of writing, time zone, number of threads, mask, time of the files; via git.
    other.commit(".");
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file =
        std::fs::File::options().write(true).open(other.path("workspace/main.py")).expect("there");
    file.set_modified(old).expect("set");
    let command = format!(
        "umask 077; cd workspace; exec {} package build --version 0.1.6 --out ../out --jobs 1",
        env!("CARGO_BIN_EXE_shipshape")
    );
    let status = Command::new("/bin/sh")
        .args(["-c", &command])
        .current_dir(other.path("."))
        .envs([("TZ", "Pacific/Kiritimati"), ("LANG", "tr_TR.UTF-8")])
        .output()
        .expect("sh runs");
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    let third = runtime();
    third.commit(".");
    third.write("workspace/main.py", "not Python at all (");
    build(&third, &["--ref", "HEAD"]).exits(0);
    for path in [WHEEL, SDIST] {
        assert!(bytes(&one, path) == bytes(&other, path), "{path}");
        assert!(bytes(&one, path) == bytes(&third, path), "{path}");
    }
}

#[test]
fn the_time_of_archives_is_that_of_source_date_epoch() {
    let world = runtime();
    build(&world, &[]).exits(0);
    let constant = bytes(&world, WHEEL);
    let at = |epoch: &str| {
        let arguments = ["package", "build", "--version", "0.1.6", "--out", "out"];
        world.run_in(&world.path("."), &arguments, &[("SOURCE_DATE_EPOCH", epoch)])
    };
    at("1700000000").exits(0);
    let later = bytes(&world, WHEEL);
    assert!(later != constant && wheel(&later) == wheel(&constant));
    at("0").exits(0);
    assert!(bytes(&world, WHEEL) == constant, "times before 1980 are 1980");
    let ran = at("yesterday").exits(2);
    assert!(ran.stderr.contains("SOURCE_DATE_EPOCH is `yesterday`"), "{}", ran.stderr);
}

#[test]
fn a_wheel_built_through_the_sdist_is_the_same() {
    let world = runtime();
    build(&world, &[]).exits(0);
    let direct = bytes(&world, WHEEL);
    world.run(&["package", "build", "--from-sdist", SDIST, "--out", "through"]).exits(0);
    assert!(bytes(&world, &WHEEL.replace("out/", "through/")) == direct);
    world
        .write("foreign/PKG-INFO", "Name: x\nVersion: 1\n")
        .write("foreign/pyproject.toml", "[project]\n");
    let file = std::fs::File::create(world.path("foreign-1.tar.gz")).expect("writable");
    let mut tar =
        tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    tar.append_dir_all("foreign-1", world.path("foreign")).expect("written");
    tar.into_inner().and_then(flate2::write::GzEncoder::finish).expect("written");
    let ran = world
        .run(&["package", "build", "--from-sdist", "foreign-1.tar.gz", "--out", "no"])
        .exits(2);
    assert!(ran.stderr.contains("the sdist was not made by shipshape"), "{}", ran.stderr);
    assert!(!world.path("no").exists());
}

#[test]
fn a_listing_is_what_a_build_makes() {
    let world = runtime();
    let listed =
        world.run(&["package", "list", "--version", "0.1.6", "--format", "json"]).exits(0).json();
    assert!(files(&world, "out").is_empty());
    build(&world, &[]).exits(0);
    for (artefact, path) in
        listed["artefacts"].as_array().expect("a list").iter().zip([WHEEL, SDIST])
    {
        let built = bytes(&world, path);
        assert_eq!(artefact["size"], built.len());
        let hash = |bytes: &[u8]| {
            Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        assert_eq!(artefact["sha256"], hash(&built));
        let content = if path == WHEEL { wheel(&built) } else { sdist(&built) };
        let members = artefact["members"].as_array().expect("a list");
        assert_eq!(members.len(), content.len());
        for member in members {
            let bytes = &content[member["path"].as_str().expect("text")];
            assert_eq!(member["size"], bytes.len());
            assert_eq!(member["sha256"], hash(bytes));
        }
    }
    let human = world.run(&["package", "list", "--version", "0.1.6"]).exits(0).stdout;
    assert!(human.contains(" acme_runtime/builtin_tools/prompt.md\n"), "{human}");
    assert!(human.contains(" acme_workspace_runtime-0.1.6/pyproject.toml\n"), "{human}");
}

#[test]
fn a_dry_run_makes_everything_and_writes_nothing() {
    let world = runtime();
    let said = build(&world, &["--dry-run", "--format", "json"]).exits(0).json();
    assert!(!world.path("out").exists());
    let made = build(&world, &["--format", "json"]).exits(0).json();
    for index in 0..3 {
        assert_eq!(said["artefacts"][index]["sha256"], made["artefacts"][index]["sha256"]);
        assert_eq!(said["artefacts"][index]["size"], made["artefacts"][index]["size"]);
    }
    assert_eq!(made["schema"], "shipshape/build/1");
    assert_eq!(made["out"], "out");
}

#[test]
fn only_what_is_named_is_made() {
    let world = runtime();
    build(&world, &["--wheel"]).exits(0);
    let names: Vec<String> = files(&world, "out").into_keys().collect();
    assert_eq!(names, [".shipshape-made.json", WHEEL.strip_prefix("out/").expect("below")]);
    build(&world, &["--tree"]).exits(0);
    assert!(world.path("out/acme_runtime/main.py").exists() && !world.path("out/dist").exists());
}

#[test]
fn the_rewrite_report_tells_each_edit() {
    let world = runtime();
    world.write("workspace/a2a_client.py", "import importlib\n\n\ndef discover_peer(x):\n    return importlib.import_module(\"main\")\n");
    let said = build(&world, &["--rewrite-report"]).exits(0).stdout;
    assert!(said.starts_with("rewrote 4 places in 2 files for `acme_runtime`\n"), "{said}");
    assert!(said.contains("main.py\n  1:6\n    - from a2a_client import discover_peer\n    + from acme_runtime.a2a_client import discover_peer\n"), "{said}");
    assert!(said.contains("a2a_client.py\n  5:"), "{said}");
    assert!(said.contains("left, and breaks: `main` (import-module)"), "{said}");
    build(&world, &["--rewrite-report", "report.json"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&world.read("report.json")).expect("JSON");
    assert_eq!(report["schema"], "shipshape/rewrite-report/1");
    let whole = build(&world, &["--rewrite-report", "--format", "json"]).exits(0).json();
    assert_eq!(whole["rewrites"], report);
}

#[cfg(unix)]
#[test]
fn links_are_followed_in_a_commit_as_on_disk() {
    let world = runtime();
    world.write("docs/R.md", "# The readme\n").remove("README.md");
    let link = |target: &str, at: &str| {
        std::os::unix::fs::symlink(target, world.path(at)).expect("linked");
    };
    link("docs/R.md", "README.md");
    world.commit(".");
    build(&world, &["--ref", "HEAD", "--wheel"]).exits(0);
    let metadata = "acme_workspace_runtime-0.1.6.dist-info/METADATA";
    let said = text(&wheel(&bytes(&world, WHEEL)), metadata);
    assert!(said.ends_with("\n\n# The readme\n"), "{said}");
    for (target, message) in [
        ("../elsewhere.md", "the link points outside the folder, to `../elsewhere.md`"),
        ("docs", "the link points to `docs`, which is not a file"),
        ("README.md", "the link is circular"),
    ] {
        world.remove("README.md");
        link(target, "README.md");
        world.commit(".");
        let ran = build(&world, &["--ref", "HEAD", "--wheel"]).exits(2);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
}
