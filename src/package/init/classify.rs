//! Classifies a top-level file or folder by its name.

use globset::Glob;

use crate::package::name::is_importable;

/// The class of a file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Belongs {
    /// It is included in the package.
    In,
    /// It is excluded by this pattern.
    Out(String),
    /// It need not be mentioned.
    Nowhere,
    /// A person has to decide, for this reason.
    Undecided(&'static str),
}

/// Patterns of what the source folder of a service usually contains besides its modules.
const OUT: [&str; 41] = [
    "Dockerfile*",
    "*.Dockerfile",
    "docker-compose*",
    "compose.y*ml",
    "*.sh",
    "*.md",
    "*.rst",
    "*.toml",
    "*.cfg",
    "*.ini",
    "*.lock",
    "requirements*.txt",
    "constraints*.txt",
    "Makefile",
    "justfile",
    "Procfile",
    "LICENSE*",
    "LICENCE*",
    "NOTICE*",
    "COPYING*",
    ".*",
    "package.yaml",
    "conftest.py",
    "setup.py",
    "noxfile.py",
    "fabfile.py",
    "test_*.py",
    "*_test.py",
    "tests",
    "test",
    "docs",
    "doc",
    "scripts",
    "bin",
    "lib",
    "examples",
    "benches",
    "benchmarks",
    "build",
    "dist",
    "*.egg-info",
];

/// Classifies a name; `has_modules` is for folders.
pub(super) fn belongs(name: &str, is_folder: bool, has_modules: bool) -> Belongs {
    let is_module = !is_folder && name.ends_with(".py");
    if !is_folder && matches!(name, "__init__.py" | "py.typed")
        || matches!(name, ".gitignore" | ".gitattributes" | ".git")
    {
        return Belongs::Nowhere;
    }
    if name == "__pycache__" || name.ends_with(".pyc") {
        return Belongs::Nowhere;
    }
    let is_out = |pattern: &&&str| {
        Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
    };
    if let Some(pattern) = OUT.iter().find(is_out) {
        // Hidden files are excluded one by one: a pattern for all would hide the next one.
        return Belongs::Out(if *pattern == ".*" {
            name.to_owned()
        } else {
            (*pattern).to_owned()
        });
    }
    if is_module && is_importable(name.trim_end_matches(".py"))
        || is_folder && has_modules && is_importable(name)
    {
        return Belongs::In;
    }
    Belongs::Undecided(match (is_module, is_folder) {
        (true, _) if !name.is_ascii() => "a module whose name is not ASCII cannot be packaged",
        (_, true) if has_modules && !name.is_ascii() => {
            "a folder of modules whose name is not ASCII cannot be packaged"
        }
        (true, _) => "Python cannot import it by this name",
        (_, true) if has_modules => "Python cannot import it by this name",
        (_, true) => "a folder without modules: `data` or `exclude`",
        _ if name.ends_with(".pyi") => "stubs go with the module of their name",
        _ => "not a module: `data` or `exclude`",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_where_things_belong() {
        let out = |pattern: &str| Belongs::Out(pattern.to_owned());
        assert_eq!(belongs("main.py", false, true), Belongs::In);
        assert_eq!(belongs("adapters", true, true), Belongs::In);
        assert_eq!(belongs("entrypoint.sh", false, true), out("*.sh"));
        assert_eq!(belongs("requirements-dev.txt", false, true), out("requirements*.txt"));
        assert_eq!(belongs("lib", true, true), out("lib"));
        assert_eq!(belongs(".dockerignore", false, true), out(".dockerignore"));
        assert_eq!(belongs("test_main.py", false, true), out("test_*.py"));
        assert_eq!(belongs("__init__.py", false, true), Belongs::Nowhere);
        assert!(matches!(belongs("prompts", true, false), Belongs::Undecided(_)));
        assert!(matches!(belongs("my-script.py", false, true), Belongs::Undecided(_)));
        // Python could import it.
        let why = "a module whose name is not ASCII cannot be packaged";
        assert_eq!(belongs("größe.py", false, true), Belongs::Undecided(why));
    }
}
