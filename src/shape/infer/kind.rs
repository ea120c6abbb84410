//! Classifies files by path, following the conventions of the formats and not of any fleet.

/// How to read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// A set of lines whose order hardly matters: `.gitignore`, `.gitattributes`.
    Lines,
    /// A Dockerfile.
    Dockerfile,
    /// A workflow of a forge.
    Workflow,
    /// A Python module.
    Python,
    /// A list of Python requirements.
    Requirements,
    /// A YAML document, including JSON.
    Yaml,
    /// A TOML document.
    Toml,
    /// Anything else.
    Other,
}

/// Folders in which forges look for workflows.
pub(super) const WORKFLOW_FOLDERS: [&str; 3] = crate::shape::demands::workflow::FOLDERS;

/// Returns how to read the file at a path.
pub(super) fn of(path: &str) -> FileKind {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let yaml = lower.ends_with(".yaml") || lower.ends_with(".yml");
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    if yaml && WORKFLOW_FOLDERS.contains(&folder) {
        FileKind::Workflow
    } else if name.starts_with('.') && name.ends_with("ignore") || name == ".gitattributes" {
        FileKind::Lines
    } else if matches!(name, "Dockerfile" | "Containerfile")
        || name.starts_with("Dockerfile.")
        || lower.ends_with(".dockerfile")
    {
        FileKind::Dockerfile
    } else if lower.starts_with("requirements") && lower.ends_with(".txt") {
        FileKind::Requirements
    } else if lower.ends_with(".py") {
        FileKind::Python
    } else if yaml || lower.ends_with(".json") {
        FileKind::Yaml
    } else if lower.ends_with(".toml") {
        FileKind::Toml
    } else {
        FileKind::Other
    }
}

/// Why a file is about its own repository alone, so that another's content must not replace it; `None` if it is not.
pub(super) fn own_by_nature(path: &str) -> Option<&'static str> {
    let is_code = [".sh", ".js", ".ts", ".rb", ".go", ".rs"].iter().any(|end| path.ends_with(end));
    if is_code || matches!(of(path), FileKind::Workflow | FileKind::Python | FileKind::Dockerfile) {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_called = |word: &str| is_called(&name, word);
    let any = |words: &[&str]| words.iter().any(|word| is_called(word));
    if any(&LICENCES) {
        Some("it may name the authors of the work, so existing text is never replaced")
    } else if is_called("funding") {
        Some("it says who is paid, which is specific to each repository")
    } else if is_called("codeowners") {
        Some("it names those responsible for this repository")
    } else if is_prose(&name) && any(&["changelog", "changes", "history", "news"]) {
        Some("it records the history of this repository")
    } else if is_lock(&name) {
        Some("it follows from the dependencies of this repository")
    } else if is_of_a_dependency(&name) {
        Some("it gives the licence of a dependency of this repository")
    } else {
        None
    }
}

/// Whether a file is a package manifest, whose version and dependencies are each repository's own.
pub(super) fn is_manifest(path: &str) -> bool {
    const NAMES: [&str; 12] = [
        "package.json",
        "Cargo.toml",
        "go.mod",
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "composer.json",
        "Gemfile",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "pubspec.yaml",
    ];
    path.rsplit('/').next().is_some_and(|name| NAMES.contains(&name))
}

/// Whether a name with a capital in a file is rather a title, whose words are apart, than the name of a class.
pub(super) fn is_of_titles(path: &str) -> bool {
    let name = path.to_ascii_lowercase();
    let is_text = || [".md", ".rst", ".adoc", ".txt"].iter().any(|end| name.ends_with(end));
    matches!(of(path), FileKind::Yaml | FileKind::Toml | FileKind::Workflow) || is_text()
}

/// Whether repositories of any kind have a file of this name, such as a README or what their forge reads.
pub(super) fn is_of_any_kind(path: &str) -> bool {
    let is_text = |name: &str| [".md", ".rst", ".adoc"].iter().any(|end| name.ends_with(end));
    let name = path.to_ascii_lowercase();
    let is_licence = || LICENCES.iter().any(|word| is_called(&name, word));
    path.starts_with('.') || !path.contains('/') && (is_text(&name) || is_licence())
}

/// What files are called that say whose work it is and who may use it.
const LICENCES: [&str; 7] =
    ["license", "licence", "licenses", "copying", "copyright", "unlicense", "notice"];

/// Whether a name is a word, whatever stands behind it: `license-mit.txt`, but not `licensed.rb`.
fn is_called(name: &str, word: &str) -> bool {
    name.strip_prefix(word)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

fn is_prose(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_none_or(|ending| ["md", "rst", "txt", "adoc"].contains(&ending))
}

/// Whether a content that repositories share may serve as the starting point for another.
pub(super) fn can_be_started_from(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    !(is_lock(&name) || name.starts_with("funding") || is_of_a_dependency(&name))
}

/// Whether a file is about one dependency, as `licensed` writes one for each.
pub(super) fn is_of_a_dependency(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".dep.yml")
}

/// Whether a file is a package manager's lock file.
pub(super) fn is_lock(name: &str) -> bool {
    let words = ["npm-shrinkwrap.json", "package-lock.json", "pnpm-lock.yaml", "go.sum"];
    words.contains(&name)
        || [".lock", ".lockb", ".lock.json", ".lock.hcl"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_what_a_file_is() {
        for (path, kind) in [
            (".gitignore", FileKind::Lines),
            ("docs/.dockerignore", FileKind::Lines),
            (".gitattributes", FileKind::Lines),
            ("Dockerfile", FileKind::Dockerfile),
            ("images/Dockerfile.slim", FileKind::Dockerfile),
            (".github/workflows/ci.yml", FileKind::Workflow),
            (".gitea/workflows/ci.yaml", FileKind::Workflow),
            (".github/dependabot.yml", FileKind::Yaml),
            ("Cargo.toml", FileKind::Toml),
            ("package.json", FileKind::Yaml),
            ("requirements-dev.txt", FileKind::Requirements),
            ("src/a.py", FileKind::Python),
            ("LICENSE", FileKind::Other),
        ] {
            assert_eq!(of(path), kind, "{path}");
        }
    }

    #[test]
    fn documents_and_prose_have_titles_and_code_has_classes() {
        for path in ["service.yaml", "Cargo.toml", ".github/workflows/ci.yml", "README.md"] {
            assert!(is_of_titles(path), "{path}");
        }
        for path in ["src/app.py", "src/App.java", "Makefile", "Dockerfile"] {
            assert!(!is_of_titles(path), "{path}");
        }
    }

    #[test]
    fn what_speaks_for_one_repository_alone_is_known_by_its_name() {
        for path in [
            "LICENSE",
            "LICENSE-MIT",
            "docs/licence.txt",
            "COPYING.LESSER",
            "NOTICE",
            ".github/FUNDING.yml",
            ".github/CODEOWNERS",
            "Cargo.lock",
            "package-lock.json",
            ".terraform.lock.hcl",
            ".licenses/npm/@actions/core.dep.yml",
            "CHANGELOG.md",
            "CHANGES",
            "HISTORY.rst",
        ] {
            assert!(own_by_nature(path).is_some(), "{path}");
        }
        for path in
            ["licensed.rb", "noticeboard.py", "Makefile", ".gitignore", "lock", "copy", "news.css"]
        {
            assert_eq!(own_by_nature(path), None, "{path}");
        }
    }
}
