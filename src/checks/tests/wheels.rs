//! Examples of parts of a distribution.

use super::framed;
use crate::checks::Finding;
use crate::checks::distribution::testing::{METADATA, SDIST, Wheel, sdist};
use crate::checks::distribution::{Subject, Surroundings, Workspace, judge, of_release};
use crate::package::distribution;
use crate::snapshot::RepoPath;

/// Which part of a distribution an example is.
#[derive(Clone, Copy)]
enum Part {
    /// Lines of METADATA, in the place of those of the same fields; or what a wheel does not have.
    Fields,
    /// A whole file of the `.dist-info` folder.
    Document(&'static str),
    /// Lines of RECORD, in the place of those of the same files.
    Record,
    /// A module of the package.
    Module,
    /// The file name of a wheel, and a line of one of its files.
    NameAndLine,
    /// The file name alone, of a wheel or an sdist.
    FileName,
    /// File names of a release.
    Release,
    /// Paths in a wheel, besides its own.
    Paths,
    /// An sdist, and the paths in it.
    Sdist,
}

fn part(rule: &str) -> Option<Part> {
    Some(match rule {
        "metadata-missing"
        | "record-missing"
        | "wheel-file-missing"
        | "licence-file-missing"
        | "classifier-unknown"
        | "description-type"
        | "licence-expression"
        | "licence-fields"
        | "metadata-dynamic"
        | "metadata-email"
        | "metadata-name"
        | "metadata-text"
        | "metadata-url"
        | "metadata-version"
        | "requirement-invalid"
        | "requirement-url"
        | "requires-python-invalid"
        | "version-invalid"
        | "version-local" => Part::Fields,
        "metadata-malformed" | "metadata-field" => Part::Document("METADATA"),
        "entry-points-malformed" | "entry-point-absent" => Part::Document("entry_points.txt"),
        "wheel-file-malformed" => Part::Document("WHEEL"),
        "record-absent-file"
        | "record-malformed"
        | "record-unlisted-file"
        | "record-weak-hash"
        | "record-wrong-hash"
        | "record-wrong-size" => Part::Record,
        "dependency-undeclared"
        | "import-excluded"
        | "import-unresolved"
        | "module-too-new"
        | "module-unparsable"
        | "symbol-absent"
        | "unrewritten-module-name" => Part::Module,
        "file-name-disagrees" | "wheel-tags" => Part::NameAndLine,
        "file-name-invalid" | "file-name-not-normalised" => Part::FileName,
        "release-duplicate" => Part::Release,
        "stray-file" | "dist-info-folder" => Part::Paths,
        "sdist-layout" => Part::Sdist,
        _ => return None,
    })
}

pub(super) fn judged(rule: &str, example: &str) -> Option<Vec<Finding>> {
    let mut wheel = Wheel::good();
    // The examples say of it that it defines main; the one of other tests has more names.
    wheel.put("acme/main.py", "def main(): ...\n");
    match part(rule)? {
        Part::Fields => {
            let mut fields = Vec::new();
            for line in example.lines() {
                if let Some(absent) = absent(line) {
                    wheel.files.retain(|path, _| !path.ends_with(&format!("/{absent}")));
                    wheel.has_record &= absent != "RECORD";
                } else if !line.starts_with("acme-1.0.dist-info/") {
                    fields.push(line);
                }
            }
            set_fields(&mut wheel, "METADATA", &fields);
        }
        Part::Document(name) => {
            let lines: Vec<&str> = example.lines().map(|line| halves(line).0).collect();
            wheel.info(name, &(lines.join("\n") + "\n"));
        }
        Part::Record => set_record(&mut wheel, example),
        Part::Module => return Some(of_module(wheel, example)),
        Part::NameAndLine => {
            let (name, line) = halves(example);
            let (file, field) = line.split_once(": ")?;
            wheel.file_name = name.to_owned();
            set_fields(&mut wheel, file, &[field]);
        }
        Part::FileName if example.ends_with(".whl") => wheel.file_name = example.to_owned(),
        Part::FileName => return Some(found(example, &sdist(&SDIST), Surroundings::default())),
        Part::Release => return Some(of_names(example)),
        Part::Paths => {
            for path in example.lines().map(str::trim).filter(|path| path.contains('/')) {
                let text = if path.ends_with("/METADATA") { METADATA } else { "" };
                wheel.put(path, text);
            }
        }
        Part::Sdist => {
            let mut lines = example.lines().map(str::trim);
            let name = lines.next()?;
            let files: Vec<(&str, &str)> = lines.map(|path| (path, "")).collect();
            return Some(found(name, &sdist(&files), Surroundings::default()));
        }
    }
    Some(found(&wheel.file_name, &wheel.bytes(), Surroundings::default()))
}

fn found(file_name: &str, bytes: &[u8], around: Surroundings<'_>) -> Vec<Finding> {
    let distribution = distribution::of_bytes(file_name, bytes).expect("an archive");
    judge(&Subject::of(&distribution, around))
}

/// A line of an example and the note behind it, which begins after three spaces.
fn halves(line: &str) -> (&str, &str) {
    let (line, note) = line.split_once("   ").unwrap_or((line, ""));
    (line, note.trim_start())
}

/// The file that an example says is not there: "the wheel has no acme/main.py".
fn absent(text: &str) -> Option<&str> {
    text.split_once(" has no ").map(|(_, path)| path.trim())
}

/// Sets fields of a file of headers, each in the place of every one of its name.
fn set_fields(wheel: &mut Wheel, file: &str, fields: &[&str]) {
    let path = format!("{}/{file}", wheel.info);
    let Some(bytes) = wheel.files.get(&path) else { return };
    let text = String::from_utf8(bytes.clone()).expect("UTF-8");
    let (headers, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let name = |line: &str| line.split_once(':').map(|(name, _)| name.to_owned());
    let names: Vec<String> = fields.iter().filter_map(|field| name(field)).collect();
    let kept = headers.lines().filter(|line| name(line).is_none_or(|it| !names.contains(&it)));
    let lines: Vec<&str> = kept.chain(fields.iter().copied()).collect();
    wheel.put(&path, format!("{}\n\n{body}", lines.join("\n")));
}

/// Sets lines of RECORD. The notes behind them say what is in the files.
fn set_record(wheel: &mut Wheel, example: &str) {
    // The hash of an empty file, which examples abbreviate.
    const EMPTY: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let mut lines = String::new();
    for line in example.lines() {
        let (line, note) = halves(line);
        if note.contains("is not empty") {
            wheel.put("acme/main.py", "x = 1\n");
        } else if note.contains("is empty") {
            wheel.put("acme/main.py", "");
        }
        if let Some((_, path)) = note.split_once("the wheel has ")
            && !note.contains("no such file")
        {
            wheel.put(path.trim_end_matches(" too"), "");
        }
        lines.push_str(&line.replace("47DEQ...", EMPTY));
        lines.push('\n');
    }
    let is_other = |line: &&str| {
        let path = line.split(',').next().unwrap_or_default();
        !lines.contains(path) && path != "acme/added.py"
    };
    let record = wheel.true_record();
    let others: Vec<&str> = record.lines().filter(is_other).collect();
    wheel.record = Some(format!("{lines}{}\n", others.join("\n")));
}

/// What is found with an example as a module, in a wheel that was built from the files of a workspace.
fn of_module(mut wheel: Wheel, example: &str) -> Vec<Finding> {
    for (path, text) in [
        ("acme/heartbeat.py", "def beat(): ...\n"),
        ("acme/pre_stop.py", "def save(): ...\n"),
        ("acme/plugins/__init__.py", ""),
        ("acme/plugins/registry.py", ""),
    ] {
        wheel.put(path, text);
    }
    if let Some((_, note)) = example.split_once("  # ") {
        if let Some(absent) = absent(note) {
            wheel.files.remove(absent);
        }
        if let Some(at) = note.find("Requires-") {
            set_fields(&mut wheel, "METADATA", &[&note[at..]]);
        }
    }
    let frame = "import importlib\n\nEXAMPLE\n";
    wheel.put("acme/example.py", framed(frame, example));
    let paths =
        ["main.py", "lib/__init__.py", "lib/pre_stop.py", "plugins/registry.py"].map(RepoPath::new);
    let workspace = Workspace::of(&paths);
    let around = Surroundings { workspace: Some(&workspace), provided: None };
    found(&wheel.file_name, &wheel.bytes(), around)
}

/// What is found in a release of distributions with these file names.
fn of_names(example: &str) -> Vec<Finding> {
    let distributions: Vec<_> = example
        .lines()
        .map(|line| {
            let name = line.trim_start_matches("dist/");
            let bytes = if name.ends_with(".whl") { Wheel::good().bytes() } else { sdist(&SDIST) };
            distribution::of_bytes(name, &bytes).expect("an archive")
        })
        .collect();
    let all: Vec<_> = distributions.iter().collect();
    of_release(&all).into_iter().map(|(_, finding)| finding).collect()
}
