//! The module of a file, by its path, and the targets of its relative imports.

use crate::snapshot::RepoPath;
use crate::source::python::is_identifier;

/// A module's position among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its dotted name: `acme.tools.memory`.
    pub dotted: String,
    /// Whether it is a package (`__init__`), so that one dot refers to itself.
    pub is_package: bool,
    /// Whether the file is an extension module or a compiled one, instead of Python source.
    pub is_binary: bool,
}

impl Place {
    /// The place of a file, whose path is relative to the folder that Python searches; `None` if no import statement
    /// can reach it.
    #[must_use]
    pub fn of(path: &RepoPath) -> Option<Self> {
        let (folder, file) = match path.as_str().rsplit_once('/') {
            Some((folder, file)) => (Some(folder), file),
            None => (None, path.as_str()),
        };
        let (stem, is_binary) = stem(file)?;
        let folders = folder.into_iter().flat_map(|folder| folder.split('/'));
        let is_package = stem == "__init__";
        let mut parts: Vec<&str> = folders.collect();
        if parts.contains(&"__pycache__") {
            return None;
        }
        if !is_package {
            parts.push(stem);
        }
        let reachable = !parts.is_empty() && parts.iter().all(|part| is_identifier(part));
        reachable.then(|| Self { dotted: parts.join("."), is_package, is_binary })
    }

    /// The module that `from <level dots><module> import …` names here; `None` if the dots lead out of the outermost
    /// package.
    #[must_use]
    pub fn relative(&self, level: u32, module: &str) -> Option<String> {
        let mut parts: Vec<&str> = self.dotted.split('.').collect();
        let up = (level as usize).saturating_sub(usize::from(self.is_package));
        if up >= parts.len() {
            return None;
        }
        parts.truncate(parts.len() - up);
        if !module.is_empty() {
            parts.push(module);
        }
        Some(parts.join("."))
    }
}

/// The module's name within a file's name, and whether the file is binary.
fn stem(file: &str) -> Option<(&str, bool)> {
    if let Some(stem) = file.strip_suffix(".py") {
        return Some((stem, false));
    }
    let binary = [".so", ".pyd", ".pyc"].into_iter().find_map(|end| file.strip_suffix(end))?;
    // `name.cpython-311-x86_64-linux-gnu.so`: tags follow the first dot.
    Some((binary.split('.').next().unwrap_or(binary), true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dotted(path: &str) -> Option<(String, bool, bool)> {
        let place = Place::of(&RepoPath::new(path))?;
        Some((place.dotted, place.is_package, place.is_binary))
    }

    #[test]
    fn files_are_modules_by_their_paths() {
        let some = |name: &str, package, binary| Some((name.to_owned(), package, binary));
        assert_eq!(dotted("six.py"), some("six", false, false));
        assert_eq!(dotted("a/__init__.py"), some("a", true, false));
        assert_eq!(dotted("a/b/c.py"), some("a.b.c", false, false));
        assert_eq!(dotted("a/_b.cpython-311-x86_64-linux-gnu.so"), some("a._b", false, true));
        assert_eq!(dotted("a/_b.abi3.so"), some("a._b", false, true));
        assert_eq!(dotted("a/b.cp311-win_amd64.pyd"), some("a.b", false, true));
        for path in [
            "__init__.py",
            "a/b-c.py",
            "a-1.0.dist-info/x.py",
            "a/b.txt",
            "a/lib.so.1",
            "a/__pycache__/b.cpython-311.pyc",
            "1a.py",
        ] {
            assert_eq!(dotted(path), None, "{path}");
        }
    }

    #[test]
    fn dots_lead_upwards_and_not_out() {
        let module = Place::of(&RepoPath::new("a/b/c.py")).expect("a module");
        let package = Place::of(&RepoPath::new("a/b/__init__.py")).expect("a package");
        assert_eq!(module.relative(1, "d").as_deref(), Some("a.b.d"));
        assert_eq!(package.relative(1, "d").as_deref(), Some("a.b.d"));
        assert_eq!(module.relative(2, "").as_deref(), Some("a"));
        assert_eq!(package.relative(2, "").as_deref(), Some("a"));
        assert_eq!(module.relative(3, "d"), None);
        assert_eq!(package.relative(u32::MAX, "d"), None);
    }
}
