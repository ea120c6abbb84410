use super::*;

const SOUND: &str = "\
schema: 1
distribution: acme-runtime
package: acme_runtime
modules: [main, a2a_client]
subpackages: [adapters]
metadata: {}
";

fn problems(content: &str) -> Vec<String> {
    match Description::parse(Path::new("package.yaml"), content.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(errors) => {
            errors.iter().map(|error| format!("{error} [{}]", error.hints().join("; "))).collect()
        }
    }
}

#[track_caller]
fn refuses(from: &str, to: &str, message: &str) {
    assert!(SOUND.contains(from), "{from}");
    let problems = problems(&SOUND.replace(from, to));
    assert!(problems.len() == 1 && problems[0].starts_with(message), "{problems:#?}");
}

#[test]
fn a_short_description_is_sound() {
    assert_eq!(problems(SOUND), Vec::<String>::new());
    let read = Description::parse(Path::new("x/package.yaml"), SOUND.as_bytes()).expect("sound");
    assert_eq!(read.description.source, ".");
    assert_eq!(read.description.waivers, "waivers.yaml");
    assert_eq!(read.folder(), Path::new("x"));
    assert_eq!(read.text.slice(read.span(&["modules".into(), 1.into()])), "a2a_client");
}

#[test]
fn the_source_may_be_written_as_a_path_from_here() {
    for (written, source) in [("./", "."), (".", "."), ("./src", "src"), ("src/", "src/")] {
        let text = SOUND.replace("metadata", &format!("source: {written}\nmetadata"));
        let read = Description::parse(Path::new("package.yaml"), text.as_bytes()).expect("sound");
        assert_eq!(read.description.source, source, "{written}");
    }
    refuses("metadata", "source: \"\"\nmetadata", "`` is not a path (package.yaml:6:9)");
}

#[test]
fn names_are_told_at_their_place() {
    refuses(
        "acme-runtime",
        "acme runtime",
        "`acme runtime` cannot be a distribution's name (package.yaml:2:15)",
    );
    refuses(
        "package: acme_runtime",
        "package: acme-runtime",
        "Python cannot import `acme-runtime` (package.yaml:3:10)",
    );
    for name in ["dist", "Dist"] {
        let package = format!("package: {name}");
        refuses(
            "package: acme_runtime",
            &package,
            "a build puts wheels and sdists into `dist` (package.yaml:3:10)",
        );
    }
    refuses("package: acme_runtime", "package: json", "`json` is a module of the standard library");
    refuses("[main, ", "[class, ", "Python cannot import `class` (package.yaml:4:11)");
    refuses("[main, ", "[a2a_client.py, ", "`a2a_client.py` is a file; the list has modules");
    refuses("[main, ", "[__init__, ", "`__init__` is part of every package");
    refuses(
        "[main, ",
        "[queue, ",
        "the module `queue` shadows the standard library's (package.yaml:4:11)",
    );
    refuses(
        "[main, ",
        "[a2a_client, ",
        "`a2a_client` is already in `modules`, as item 1 (package.yaml:4:23)",
    );
    refuses("[adapters]", "[Main]", "`Main` is already in `modules`");
    refuses("[adapters]", "[logging]", "the subpackage `logging` shadows");
}

#[test]
fn paths_stay_in_the_folder() {
    for (path, reason) in [
        ("/etc", "is an absolute path"),
        ("../x", "leaves the folder of this file"),
        ("a//b", "has an empty part"),
        ("a\\\\b", "has a backslash"),
        ("C:/x", "is an absolute path"),
    ] {
        let shown = path.replace("\\\\", "\\");
        refuses(
            "metadata",
            &format!("source: \"{path}\"\nmetadata"),
            &format!("`{shown}` {reason} (package.yaml:6:9)"),
        );
    }
    refuses("metadata: {}", "metadata: {license-files: [../LICENSE]}", "`../LICENSE` leaves");
    refuses("metadata: {}", "metadata: {readme: README}", "the format of `README` is not known");
    refuses("metadata", "exclude: [\"[\"]\nmetadata", "`[` is not a pattern");
}

#[test]
fn metadata_is_what_an_index_takes() {
    for (metadata, message) in [
        ("requires-python: three", "`three` is not a range of Python versions (package.yaml:6:"),
        ("license: BSL-1.1", "`BSL-1.1` is not an SPDX licence expression"),
        ("classifiers: [Nonsense]", "`Nonsense` is not a classifier"),
        (
            "license: MIT, classifiers: ['License :: OSI Approved :: MIT License']",
            "`License :: OSI Approved",
        ),
        ("dependencies: ['a b']", "`a b` is not a PEP 508 dependency"),
        ("dependencies: ['-r x.txt']", "`-r x.txt` is not a PEP 508 dependency"),
        ("dependencies: ['a # why']", "`a # why` is not a PEP 508 dependency"),
        (
            "dependencies: ['a==1 --hash=sha256:0a0a']",
            "`a==1 --hash=sha256:0a0a` is not a PEP 508 dependency",
        ),
        ("dependencies: ['a @ https://e.x/${A}.whl']", "`a @ https://e.x/${A}.whl` is not a PEP"),
        ("dependencies: ['']", "`` is not a PEP 508 dependency"),
        ("optional-dependencies: {x: ['==1']}", "`==1` is not a PEP 508 dependency"),
        (
            "dependencies: [a], dependencies-from: requirements.txt",
            "`dependencies` and `dependencies-from` cannot",
        ),
        ("scripts: {run: acme_runtime.main}", "`acme_runtime.main` does not name a function"),
        ("scripts: {'a b': 'x:y'}", "`a b` cannot be a command"),
        ("entry-points: {console_scripts: {a: 'x:y'}}", "`console_scripts` has a key of its own"),
        ("entry-points: {acme.plugins: {a: 'x y'}}", "`x y` names no module or object"),
        ("urls: {Home: nowhere}", "`nowhere` is not a URL"),
        ("authors: [{}]", "an author has neither"),
        ("maintainers: [{}]", "a maintainer has neither"),
        ("gui-scripts: {run: acme_runtime.main}", "`acme_runtime.main` does not name a function"),
        ("keywords: ['a,b']", "`a,b` is more than one keyword"),
        ("keywords: [\"a\\nName: evil\"]", "`a\\nName: evil` contains a control character"),
        ("description: \"a\\nb\"", "the description must be one line"),
        (
            "description: \"a\\x7fb\"",
            "`a\\u{7f}b` contains a control character (package.yaml:6:25)",
        ),
        ("scripts: {a: \"x\\x0b:y\"}", "`x\\u{b}:y` contains a control character"),
        ("entry-points: {acme.x: {\"a\\x0bb\": x}}", "`a\\u{b}b` contains a control character"),
        ("entry-points: {acme.x: {a: \"x\\n:y\"}}", "`x\\n:y` contains a control character"),
        ("entry-points: {acme.x: {'#x': x}}", "`#x` cannot be an entry point"),
        ("entry-points: {acme.x: {';y': x}}", "`;y` cannot be an entry point"),
        ("entry-points: {acme.x: {'[z': x}}", "`[z` cannot be an entry point"),
        ("entry-points: {acme.x: {'a=b': x}}", "`a=b` cannot be an entry point"),
    ] {
        refuses("metadata: {}", &format!("metadata: {{{metadata}}}"), message);
    }
}

#[test]
fn everything_is_told_at_once() {
    let told =
        problems("schema: 1\ndistribution: '-'\npackage: 1x\nmodules: [a, a]\nmetadata: {}\n");
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(problems("").len() == 1 && problems("schema: 9\n").len() == 1);
}

#[test]
fn credentials_are_refused_and_not_repeated() {
    for metadata in [
        "dependencies: ['x @ https://bob:S3cr3t@e.x/c.whl']",
        "dependencies: ['x @ https://bob:S3cr3t@e.x/c.whl # why']",
        "dependencies: [\"x @ https://bob:S3cr3t\\x7f@e.x/c.whl\"]",
        "optional-dependencies: {all: ['x @ https://S3cr3t@e.x/c.whl']}",
        "urls: {Home: 'https://bob:S3cr3t@e.x/'}",
    ] {
        let told = problems(&SOUND.replace("metadata: {}", &format!("metadata: {{{metadata}}}")));
        let [told] = told.as_slice() else { panic!("{told:#?}") };
        assert!(told.starts_with("the URL contains a user name or a password"), "{told}");
        assert!(told.contains("(package.yaml:6:") && !told.contains("S3cr3t"), "{told}");
    }
}
