//! What a file is read as, by its path: the conventions of the formats, not of any fleet.

/// What a file is read as.
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
    /// A YAML document.
    Yaml,
    /// Anything else.
    Other,
}

/// Folders in which forges look for workflows.
pub(super) const WORKFLOW_FOLDERS: [&str; 3] =
    [".github/workflows", ".gitea/workflows", ".forgejo/workflows"];

/// What the file at a path is read as.
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
    } else if yaml {
        FileKind::Yaml
    } else {
        FileKind::Other
    }
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
            ("requirements-dev.txt", FileKind::Requirements),
            ("src/a.py", FileKind::Python),
            ("LICENSE", FileKind::Other),
        ] {
            assert_eq!(of(path), kind, "{path}");
        }
    }
}
