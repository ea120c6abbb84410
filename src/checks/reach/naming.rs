//! Of which files the words may name other files.

use super::is_below;
use crate::checks::Repository;
use crate::snapshot::RepoPath;

/// Whether the words of a file may name other files. Errs on the side of "yes", since what is named counts as used.
pub(super) fn names_files(repository: &Repository<'_>, path: &RepoPath) -> bool {
    matches!(extension(path.file_name()), "toml" | "cfg" | "ini")
        || path.as_str().starts_with(".github/")
        || is_of_workflows(repository, path)
        || is_run(repository, path)
}

/// Whether a file other than a Dockerfile is run, or says what is, so that what it names has to be there. Other settings
/// and what people read may name what is not there any more.
pub(in crate::checks) fn is_run(repository: &Repository<'_>, path: &RepoPath) -> bool {
    const NAMES: [&str; 8] = [
        ".pre-commit-config.yaml",
        "GNUmakefile",
        "Justfile",
        "Makefile",
        "justfile",
        "makefile",
        "package.json",
        "tox.ini",
    ];
    let (whole, name) = (path.as_str(), path.file_name());
    let of_forge = whole.starts_with(".github/") || whole.starts_with(".gitea/");
    matches!(extension(name), "sh" | "bash" | "mk")
        || NAMES.contains(&name)
        || name.starts_with("docker-compose")
        || name.starts_with("compose.")
        || (of_forge || is_of_workflows(repository, path))
            && matches!(extension(name), "yml" | "yaml")
        || is_script(repository, path)
}

/// Whether a file is in a folder of workflows.
fn is_of_workflows(repository: &Repository<'_>, path: &RepoPath) -> bool {
    let folders = &repository.pack.manifest.demands.workflows.folders;
    folders.iter().any(|folder| is_below(folder, path.as_str()))
}

/// Whether a file has no extension and begins with `#!`.
fn is_script(repository: &Repository<'_>, path: &RepoPath) -> bool {
    !path.file_name().contains('.')
        && repository.text(path.as_str()).is_some_and(|text| text.as_str().starts_with("#!"))
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}
