//! The incidents that a check of the package would have stopped, one test each. What needs templates or an
//! index is `checks::compatibility`'s.

use super::*;
use crate::snapshot::RepoPath;

/// A module was added to the workspace and not to the list: its import was not rewritten, every start
/// crashed.
#[test]
fn a_module_that_is_missing_from_the_list() {
    let wheel = changed(|wheel| {
        wheel.put(
            "acme/main.py",
            "from transcript_auth import verify\n\n\ndef main():\n    verify()\n",
        );
        wheel.metadata("Requires-Dist: PyYAML>=6\n", "");
    });
    assert_eq!(
        shown(&of_wheel(&wheel)),
        [
            "acme/main.py:1 dependency-undeclared error: no declared dependency provides `transcript_auth`"
        ],
    );
    let paths = ["main.py", "tools.py", "transcript_auth.py"].map(RepoPath::new);
    let workspace = Workspace::of(&paths);
    let around = Surroundings { workspace: Some(&workspace), provided: None };
    assert_eq!(
        shown(&found(&wheel.file_name, &wheel.bytes(), around)),
        [
            "acme/main.py:1 import-excluded error: `transcript_auth` is in the workspace but not in the package"
        ],
    );
}

/// The function of an entry point was renamed; three releases were installed and did not start.
#[test]
fn an_entry_point_whose_function_is_gone() {
    let wheel = changed(|wheel| {
        wheel.put("acme/main.py", "import yaml\n\n\ndef run():\n    yaml\n");
    });
    assert_eq!(
        shown(&of_wheel(&wheel)),
        [
            "acme-1.0.dist-info/entry_points.txt:2 entry-point-absent error: `acme` refers to `main`, which \
             `acme.main` does not have",
        ],
    );
}

/// `main` imported from a folder that the build excludes, in a function and with a guard: nothing was saved
/// at the stop.
#[test]
fn an_import_from_an_excluded_folder() {
    let source = "import yaml\n\n\ndef main():\n    try:\n        from lib.pre_stop import save\n        save(yaml)\n    \
                  except ImportError:\n        pass\n";
    let wheel = changed(|wheel| wheel.put("acme/main.py", source));
    let paths = ["main.py", "lib/__init__.py", "lib/pre_stop.py"].map(RepoPath::new);
    let workspace = Workspace::of(&paths);
    let around = Surroundings { workspace: Some(&workspace), provided: None };
    assert_eq!(
        shown(&found(&wheel.file_name, &wheel.bytes(), around)),
        [
            "acme/main.py:6 import-excluded error: `lib.pre_stop` is in the workspace but not in the package"
        ],
    );
}
