//! What a file name says about its use: its language, and whether tools find it by that name.

/// Whether a file is source code of a language whose imports are not followed here, so that neither
/// what it reaches nor what reaches it is known.
#[must_use]
pub fn is_unfollowed_source(path: &str) -> bool {
    const ENDINGS: [&str; 45] = [
        "c", "cc", "cjs", "clj", "cpp", "cs", "cts", "cxx", "dart", "el", "erl", "ex", "exs", "fs",
        "go", "h", "hcl", "hh", "hpp", "hs", "java", "jl", "js", "jsx", "kt", "kts", "lua", "m",
        "mjs", "ml", "mts", "nix", "php", "pl", "pm", "proto", "rb", "rs", "scala", "svelte",
        "swift", "tf", "ts", "tsx", "vue",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// Whether tools find a file by its name alone, so that no other file needs to mention it: build
/// files, manifests, settings, and anything that starts with a dot or is in such a directory.
#[must_use]
pub fn is_found_by_name(path: &str) -> bool {
    const NAMES: [&str; 40] = [
        "BUILD",
        "BUILD.bazel",
        "CMakeLists.txt",
        "Cargo.lock",
        "Cargo.toml",
        "Dockerfile",
        "Gemfile",
        "GNUmakefile",
        "Justfile",
        "MANIFEST.in",
        "Makefile",
        "Procfile",
        "Rakefile",
        "SConstruct",
        "Taskfile.yml",
        "Vagrantfile",
        "__main__.py",
        "action.yaml",
        "action.yml",
        "asgi.py",
        "compose.yaml",
        "compose.yml",
        "composer.json",
        "conanfile.py",
        "docker-compose.yml",
        "dodo.py",
        "fabfile.py",
        "go.mod",
        "go.sum",
        "justfile",
        "makefile",
        "manage.py",
        "noxfile.py",
        "package.json",
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "tasks.py",
        "tox.ini",
        "wsgi.py",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    path.split('/').any(|part| part.starts_with('.')) || NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_is_followed_and_go_is_not() {
        assert!(is_unfollowed_source("cmd/main.go") && is_unfollowed_source("index.mjs"));
        assert!(is_unfollowed_source("main.tf"));
        for path in ["a.py", "go", "src.rs/data.txt", "Makefile"] {
            assert!(!is_unfollowed_source(path), "{path}");
        }
    }

    #[test]
    fn what_tools_look_for_needs_nobody_to_name_it() {
        for path in ["setup.py", "a/package.json", ".gitmodules", ".vscode/settings.json"] {
            assert!(is_found_by_name(path), "{path}");
        }
        for path in ["old.py", "setup.py.txt", "docs/notes.md"] {
            assert!(!is_found_by_name(path), "{path}");
        }
    }
}
