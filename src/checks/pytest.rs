//! Which files of a repository are tests.

/// Whether a path is a test by pytest's default naming, or is in a `tests` folder.
pub(super) fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let in_folder = path.split('/').rev().skip(1).any(|folder| folder == "tests");
    let named = name.starts_with("test_") || name.ends_with("_test.py") || name == "conftest.py";
    in_folder || named
}
