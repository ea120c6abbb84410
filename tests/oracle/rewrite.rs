//! Rewrites many files at once, for the oracle suite and for measuring; see `tests/oracle/README.md`.
//!
//! `rewrite_files JOBS` reads lines of JSON, `{"package", "roots", "folder", "output", "files"}`, writes each
//! file's outcome below `output` under its own path, and prints a line of JSON for each file.
//! `rewrite_files --measure RUNS PACKAGE FOLDER` reads a folder's modules once, rewrites them over and over
//! on one thread, and prints the fastest and the median time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use shipshape::package::rewrite::{MAX_MODULE_BYTES, Namespace, rewrite};
use shipshape::snapshot::RepoPath;
use shipshape::source::Text;
use shipshape::source::python::{Module, PythonVersion};

#[derive(Deserialize)]
struct Job {
    package: String,
    roots: BTreeSet<String>,
    folder: PathBuf,
    output: PathBuf,
    files: Vec<String>,
    /// The version of Python that is compared with.
    python: (u8, u8),
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["--measure", runs, package, folder] => measure(runs, package, Path::new(folder)),
        [jobs] => run(Path::new(jobs)),
        _ => Err("usage: rewrite_files JOBS | rewrite_files --measure RUNS PACKAGE FOLDER".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) -> Outcome {
    use std::io::Write;
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(())
}

fn run(jobs: &Path) -> Outcome {
    for line in std::fs::read_to_string(jobs)?.lines() {
        let job: Job = serde_json::from_str(line)?;
        let namespace = Namespace { package: job.package, roots: job.roots };
        for file in &job.files {
            let bytes = std::fs::read(job.folder.join(file))?;
            let said = match rewrite(&RepoPath::new(file), &bytes, &namespace) {
                Ok(found) => {
                    let output = job.output.join(file);
                    std::fs::create_dir_all(output.parent().unwrap_or(Path::new("")))?;
                    std::fs::write(&output, &found.bytes)?;
                    let edits = found.edits.iter().map(|edit| json!([edit.offset, edit.inserted]));
                    let edits: Vec<_> = edits.collect();
                    let newer = needs_newer(&bytes, job.python);
                    json!({
                        "file": file,
                        "edits": edits,
                        "mentions": found.mentions.len(),
                        "newer": newer,
                    })
                }
                Err(refusal) => json!({ "file": file, "refused": refusal.reason.to_string() }),
            };
            say(&said.to_string())?;
        }
    }
    Ok(())
}

/// Whether a file has syntax that a version of Python does not have yet.
fn needs_newer(bytes: &[u8], (major, minor): (u8, u8)) -> bool {
    let text = Text::new(&String::from_utf8_lossy(bytes));
    let module = Module::parse_within(&text, MAX_MODULE_BYTES);
    let version = PythonVersion::new(major, minor);
    module.is_ok_and(|module| module.newer_than(version).next().is_some())
}

fn modules(folder: &Path, found: &mut Vec<(RepoPath, Vec<u8>)>) -> Outcome {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            modules(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push((RepoPath::new(&path.to_string_lossy()), std::fs::read(&path)?));
        }
    }
    Ok(())
}

fn measure(runs: &str, package: &str, folder: &Path) -> Outcome {
    let mut files = Vec::new();
    modules(folder, &mut files)?;
    let stem = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.ok()?.path();
        Some(path.file_stem()?.to_string_lossy().into_owned())
    };
    let roots = std::fs::read_dir(folder)?.filter_map(stem).collect();
    let namespace = Namespace { package: package.to_owned(), roots };
    let mut times: Vec<Duration> = Vec::new();
    let mut edits = 0;
    for _ in 0..runs.parse::<usize>()?.max(1) {
        let begin = Instant::now();
        let done = files.iter().filter_map(|(path, bytes)| rewrite(path, bytes, &namespace).ok());
        edits = done.map(|found| found.edits.len()).sum();
        times.push(begin.elapsed());
    }
    times.sort();
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let rate = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    let (fastest, median) = (times[0], times[times.len() / 2]);
    say(&format!(
        "{} modules, {bytes} bytes, {edits} insertions: fastest {:.2} ms ({:.0} MB/s), median {:.2} ms ({:.0} MB/s)",
        files.len(),
        fastest.as_secs_f64() * 1e3,
        rate(fastest),
        median.as_secs_f64() * 1e3,
        rate(median),
    ))
}
