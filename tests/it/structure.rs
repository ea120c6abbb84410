//! The rooms of the crate hold to what `src/lib.rs` says of them: arrows run one way, what decides has no
//! effect, and rooms beside each other know of each other only where a reason is given.
//!
//! Sources are read as text. Tests are left out: they may set up what they like.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Arrows that run up, each with the reason why it stays.
const UPWARDS: &[(&str, &str, &str)] = &[(
    "error",
    "source",
    "an error names the place in a text where it happened, and `source::typed` reports such errors",
)];

/// Rooms that decide: they take values and return values.
const DECIDING: &[&str] = &["guide", "drift", "checks", "change", "shape", "source"];

/// Files of rooms that decide which read what is decided about, each with the reason why it is there.
const READING: &[(&str, &str)] = &[
    ("drift/survey.rs", "it reads the trees of many repositories and judges them side by side"),
    (
        "shape/load.rs",
        "a pack comes from a folder or a repository, and its lineage from the history",
    ),
    ("shape/infer/read.rs", "a proposal compares repositories and their histories"),
    ("checks/hygiene/secret_in_history.rs", "a history is too large to be passed as a value"),
];

/// Commands, and rooms of rules, that use another one of their kind, each with the reason.
const SIDEWAYS: &[(&str, &str, &str, &str)] = &[
    (
        "checks",
        "compatibility",
        "python",
        "what a runtime asks of an adapter is what the adapter's rules read",
    ),
    ("checks", "acceptance", "hygiene", "a credential is accepted one at a time"),
    ("checks", "compatibility", "requirements", "a runtime is asked for in requirements files"),
    ("checks", "python", "dockerfile", "what a module imports has to be in the image"),
    (
        "checks",
        "python",
        "reach",
        "how bad newer syntax is depends on whether anything runs the module",
    ),
    ("checks", "reach", "dockerfile", "a build context reaches files"),
    ("checks", "settings", "workflow", "names of required checks are names of jobs"),
    ("cli", "release", "package", "a release packages: its gates are the commands of `package`"),
    ("cli", "pin", "campaign", "a pin is a campaign that is written for the user"),
    ("cli", "waive", "package", "findings of packages are waived as well"),
    ("cli", "serve", "campaign", "the dashboard shows what `campaign status` says"),
    ("cli", "serve", "images", "the server refreshes images as `images watch` does"),
    ("cli", "serve", "release", "the dashboard shows what `release status` says"),
];

/// `crate::a::b`, `super::b`, `crate::{`.
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(crate|super)((?:::super)*)((?:::\w+)*)(::\{)?").expect("sound")
});

/// The files below `src`.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(sources);

/// A file of `src` without its tests and comments.
struct Source {
    /// Relative to `src`, with `/`.
    path: String,
    lines: Vec<(usize, String)>,
}

impl Source {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The names of its module from the crate's root on.
    fn module(&self) -> Vec<&str> {
        let path = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        path.strip_suffix("/mod").unwrap_or(path).split('/').collect()
    }

    /// The modules of the crate that it names, each with the number of its line: `crate::a::b`, and `super::b`.
    fn named(&self) -> Vec<(usize, Vec<String>)> {
        let mut named = Vec::new();
        let names_one = |line: &str| line.contains("crate") || line.contains("super");
        for (number, line) in self.lines.iter().filter(|(_, line)| names_one(line)) {
            for found in PATH.captures_iter(line) {
                let mut at: Vec<String> = Vec::new();
                if &found[1] == "super" {
                    let up = 1 + found[2].matches("super").count();
                    let module = self.module();
                    let kept = module.len().saturating_sub(up);
                    at.extend(module.iter().take(kept).map(|name| (*name).to_owned()));
                }
                at.extend(found[3].split("::").filter(|name| !name.is_empty()).map(str::to_owned));
                let is_group = found.get(4).is_some();
                let place = format!("src/{}:{number}", self.path);
                assert!(
                    !(is_group && at.is_empty()),
                    "{place} takes several rooms at once: name each by itself"
                );
                // The error and its result stand at the root as well.
                if let Some(first) =
                    at.first_mut().filter(|first| matches!(&***first, "Error" | "Result"))
                {
                    "error".clone_into(first);
                }
                named.push((*number, at));
            }
        }
        named
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut waiting, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path: PathBuf = entry.expect("readable").path();
            let relative =
                path.strip_prefix(&root).expect("below").to_string_lossy().replace('\\', "/");
            let is_test = relative
                .split('/')
                .any(|part| part == "tests" || part == "testing.rs" || part.ends_with("tests.rs"));
            if path.is_dir() {
                waiting.push(path);
            } else if relative.ends_with(".rs")
                && !is_test
                && !matches!(&*relative, "lib.rs" | "main.rs")
            {
                let text = std::fs::read_to_string(&path).expect("readable");
                found.push(Source { path: relative, lines: without_tests(&text) });
            }
        }
    }
    assert!(found.len() > 500, "only {} files were found", found.len());
    found
}

/// The numbered lines of a text, comments and what is built for tests alone left out.
fn without_tests(text: &str) -> Vec<(usize, String)> {
    let mut kept = Vec::new();
    // The indentation of an item that is left out, while it lasts.
    let mut out: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let indentation = &line[..line.len() - line.trim_start().len()];
        if let Some(of) = out {
            let is_attribute = line.trim_start().starts_with("#[");
            let ends = line.strip_prefix(of).is_some_and(|rest| {
                rest.starts_with('}')
                    || (!rest.starts_with([' ', '#']) && rest.ends_with([';', '}']))
            });
            if ends && !is_attribute {
                out = None;
            }
            continue;
        }
        if line.trim_start().starts_with("#[cfg(test)]")
            || line.trim_start().starts_with("#[cfg(all(test")
        {
            out = Some(indentation);
            continue;
        }
        let code = line.trim_start();
        let code =
            if code.starts_with("//") { "" } else { line.split(" // ").next().unwrap_or(line) };
        kept.push((index + 1, code.to_owned()));
    }
    kept
}

/// The rooms of the map in `src/lib.rs`, from the user inwards.
fn map() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = std::fs::read_to_string(file).expect("readable");
    let row = |line: &str| Some(line.strip_prefix("//! | [`")?.split_once("`]")?.0.to_owned());
    text.lines().filter_map(row).collect()
}

#[test]
fn a_list_of_all_variants_names_each() {
    let list = Regex::new(r"const (?:ALL|FIXED): (?:\[Self; \d+\]|&(?:'static )?\[Self\])")
        .expect("sound");
    let (of, named) =
        (Regex::new(r"^impl (\w+)").expect("sound"), Regex::new(r"Self::(\w+)").expect("sound"));
    // One with fields stands for many values, and is in no list.
    let variant = Regex::new(r"^    (\w+)(?: = .*)?,$").expect("sound");
    let mut seen = 0;
    for source in SOURCES.iter() {
        let lines: Vec<&str> = source.lines.iter().map(|(_, line)| line.as_str()).collect();
        for at in (0..lines.len()).filter(|at| list.is_match(lines[*at])) {
            let before = lines[..at].iter().rev().find_map(|line| of.captures(line));
            let name = before.expect("an impl")[1].to_owned();
            let opens = Regex::new(&format!(r"\benum {name} \{{$")).expect("sound");
            let Some(begin) = lines.iter().position(|line| opens.is_match(line)) else {
                panic!("src/{}: `{name}` has a list of all, and is defined elsewhere", source.path);
            };
            let body = lines[begin..].iter().take_while(|line| **line != "}");
            let variants: Vec<String> =
                body.filter_map(|line| Some(variant.captures(line)?[1].to_owned())).collect();
            let mut text = String::new();
            for line in &lines[at..] {
                text.push_str(line);
                if line.ends_with(';') {
                    break;
                }
            }
            let named: BTreeSet<&str> =
                named.captures_iter(&text).filter_map(|it| Some(it.get(1)?.as_str())).collect();
            let absent: Vec<&String> =
                variants.iter().filter(|it| !named.contains(it.as_str())).collect();
            assert!(
                absent.is_empty(),
                "src/{}: the list of all of `{name}` lacks {absent:?}",
                source.path
            );
            assert!(variants.len() > 1, "src/{}: no variants of `{name}` were found", source.path);
            seen += 1;
        }
    }
    assert!(seen >= 12, "only {seen} lists were found");
}

/// Lines that one file may have, tests apart: what is read in a sitting.
const SITTING: usize = 450;

#[test]
fn no_file_is_longer_than_one_reads_in_a_sitting() {
    let long = |source: &&Source| {
        let last = source.lines.last().map_or(0, |(number, _)| *number);
        !source.path.ends_with("tests.rs") && last > SITTING
    };
    let long: Vec<&str> = SOURCES.iter().filter(long).map(|source| source.path.as_str()).collect();
    assert_eq!(long, Vec::<&str>::new(), "more than {SITTING} lines: part them by what they own");
}

#[test]
fn the_map_names_every_room_and_nothing_else() {
    let rooms: BTreeSet<String> = SOURCES.iter().map(|source| source.room().to_owned()).collect();
    let map = map();
    assert_eq!(map.iter().cloned().collect::<BTreeSet<_>>(), rooms);
    assert_eq!(map.len(), rooms.len(), "a room is named twice");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let page = std::fs::read_to_string(file).expect("readable");
    for room in rooms {
        assert!(
            page.contains(&format!("| `{room}` |")),
            "docs/architecture.md does not know `{room}`"
        );
    }
}

#[test]
fn every_path_that_a_change_is_sent_to_exists() {
    static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new("`([^`]+)`").expect("sound"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/where-a-change-goes.md"));
    let page = page.expect("readable");
    // What stands for a name, as in `checks/<room>/<id>.rs`, is left to the reader.
    let known = |path: &str| match path.split_once('<') {
        Some((before, _)) => before.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned(),
        None => path.to_owned(),
    };
    let is_there = |path: &String| ["src", ""].iter().any(|at| root.join(at).join(path).exists());
    let named = CODE.captures_iter(&page).map(|found| found[1].to_owned());
    let paths: BTreeSet<String> =
        named.filter(|it| it.contains('/') && !it.contains(' ')).map(|it| known(&it)).collect();
    assert!(paths.len() > 80, "{paths:?}");
    let gone: Vec<String> = paths.into_iter().filter(|path| !is_there(path)).collect();
    assert_eq!(gone, Vec::<String>::new(), "docs/where-a-change-goes.md");
}

#[test]
fn arrows_run_one_way() {
    let map = map();
    let level = |room: &str| map.iter().position(|known| known == room);
    let mut unused: BTreeSet<(&str, &str)> =
        UPWARDS.iter().map(|(from, to, _)| (*from, *to)).collect();
    let mut wrong = Vec::new();
    for source in SOURCES.iter() {
        for (number, named) in source.named() {
            let Some(to) = named.first().filter(|to| *to != source.room()) else { continue };
            let from = source.room();
            let place = format!("src/{}:{number}", source.path);
            match (level(from), level(to)) {
                (Some(own), Some(other)) if other < own => {
                    let reason = UPWARDS.iter().find(|(one, two, _)| *one == from && two == to);
                    match reason {
                        Some((one, two, _)) => drop(unused.remove(&(*one, *two))),
                        None => wrong.push(format!(
                            "{place}: `{from}` takes from `{to}`, which stands above it"
                        )),
                    }
                }
                (Some(_), Some(_)) => {}
                _ => wrong.push(format!("{place}: `{to}` is no room of the map")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unused.is_empty(), "no longer an arrow: {unused:?}");
}

#[test]
fn what_decides_has_no_effect() {
    let effect = Regex::new(
        r"\bstd::(fs|process|net|env|thread|time)\b|\btokio::|\breqwest::|\bcrate::edge\b|::now\(",
    );
    let effect = effect.expect("sound");
    // Calls by which a path or a repository on a disk is looked at.
    let reads = Regex::new(
        r"\b(snapshot|git)::(open|origin|origin_name|work_tree_around)\(|\.(exists|try_exists|is_file|is_dir|is_symlink|metadata|symlink_metadata|canonicalize|read_dir|read_link)\(\)|\bpath::absolute\b|\b(File|OpenOptions)::(open|create|new)\b",
    );
    let reads = reads.expect("sound");
    let mut unused: BTreeSet<&str> = READING.iter().map(|(path, _)| *path).collect();
    let deciding = |source: &&Source| DECIDING.contains(&source.room());
    for source in SOURCES.iter().filter(deciding) {
        let is_reading = READING.iter().any(|(path, _)| *path == source.path);
        for (number, line) in &source.lines {
            let place = format!("src/{}:{number}", source.path);
            assert!(!effect.is_match(line), "{place} has an effect: {line}");
            if reads.is_match(line) {
                assert!(is_reading, "{place} reads a disk: {line}");
                unused.remove(source.path.as_str());
            }
        }
    }
    assert!(unused.is_empty(), "no longer reads a disk: {unused:?}");
}

/// The client refuses a mutation that is sent as a query. Here it is seen before it runs, over all documents.
#[test]
fn mutations_are_sent_as_writes() {
    let begins = Regex::new(r#"const (\w+): &str\s*=\s*"mutation\b"#).expect("sound");
    let mut seen = 0;
    for source in SOURCES.iter().filter(|source| source.path.starts_with("forge/calls/")) {
        let text: String = source.lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        let documents: Vec<&str> =
            begins.captures_iter(&text).filter_map(|it| Some(it.get(1)?.as_str())).collect();
        let written = text.matches("\"mutation ").count();
        assert_eq!(written, documents.len(), "src/{}: a mutation without a name", source.path);
        for document in documents {
            let queried = Regex::new(&format!(r"\bquery(?:_once)?\([^;]*\b{document}\b"));
            let queried = queried.expect("sound").is_match(&text);
            assert!(!queried, "src/{}: `{document}` is sent as a query", source.path);
            let named = Regex::new(&format!(r"\.document\([^;]*\b{document}\b")).expect("sound");
            assert!(named.is_match(&text), "src/{}: `{document}` is not sent", source.path);
        }
        seen += written;
    }
    assert!(seen >= 7, "only {seen} mutations were found");
}

#[test]
fn the_library_for_docker_is_known_in_one_folder() {
    let folder = "images/engine/docker/";
    let uses = |source: &&Source| source.lines.iter().any(|(_, line)| line.contains("bollard::"));
    let users: Vec<&str> = SOURCES.iter().filter(uses).map(|source| source.path.as_str()).collect();
    assert!(users.len() > 3, "only {users:?} use it");
    assert!(users.iter().all(|path| path.starts_with(folder)), "{users:?}");
}

#[test]
fn rooms_beside_each_other_give_a_reason() {
    let mut unused: BTreeSet<(&str, &str, &str)> =
        SIDEWAYS.iter().map(|(room, from, to, _)| (*room, *from, *to)).collect();
    let mut wrong = Vec::new();
    for room in ["cli", "checks"] {
        let parts = |source: &Source| -> Option<String> {
            let (part, _) = source.path.strip_prefix(room)?.strip_prefix('/')?.split_once('/')?;
            Some(part.to_owned())
        };
        let folders: BTreeSet<String> = SOURCES.iter().filter_map(parts).collect();
        for source in SOURCES.iter().filter(|source| source.room() == room) {
            let module = source.module();
            // The lists of all commands and of all rules name each.
            let Some(from) = module.get(1).filter(|from| **from != "catalogue") else { continue };
            for (number, named) in source.named() {
                let [first, to, ..] = named.as_slice() else { continue };
                let is_shared = room == "cli" && to == "shared";
                if first != room || to == from || is_shared || !folders.contains(to) {
                    continue;
                }
                let reason = SIDEWAYS
                    .iter()
                    .find(|(of, one, two, _)| *of == room && one == from && two == to);
                match reason {
                    Some((of, one, two, _)) => drop(unused.remove(&(*of, *one, *two))),
                    None => wrong
                        .push(format!("src/{}:{number}: `{from}` takes from `{to}`", source.path)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unused.is_empty(), "no longer taken: {unused:?}");
}

#[test]
fn what_is_built_for_tests_alone_is_left_out() {
    let text = "use crate::a;\n#[cfg(test)]\npub(crate) mod testing;\nuse crate::b; // crate::c\n\n#[cfg(test)]\nmod tests {\n    use crate::d;\n\n    fn x() {\n    }\n}\nuse crate::e;\n";
    let kept: Vec<String> = without_tests(text).into_iter().map(|(_, line)| line).collect();
    assert_eq!(kept.concat(), "use crate::a;use crate::b;use crate::e;");
    let source = Source {
        path: "x/y/z.rs".to_owned(),
        lines: vec![(1, "super::super::q crate::Error super::{k}".to_owned())],
    };
    let named: Vec<String> = source.named().into_iter().map(|(_, path)| path.join("::")).collect();
    assert_eq!(named, ["x::q", "error", "x::y"]);
}
