//! The package that the members run on: a small workspace, and a description that cannot be built.
//!
//! `package.yaml` has two mistakes of real releases: a module is missing from the list, and an entry point names a
//! wrong function. `mended.yaml` has them fixed.

use include_dir::{Dir, include_dir};

use crate::shape::pack::{PackFile, PackFiles};

use super::{MENDED, RUNTIME, put};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/demo/runtime");

/// The mistakes in `package.yaml`, each with its fix.
const MISTAKES: [(&str, &str); 3] = [
    ("  - plugins\n\n", "  - plugins\n  - transcript\n\n"),
    (":main\n", ":main_sync\n"),
    (
        "# The package that every repository of the demo's fleet installs. As it is, it cannot be built:\n# \
         `shipshape package check` says why.\n",
        "# package.yaml, fixed.\n",
    ),
];

/// Adds the workspace and both descriptions.
pub(super) fn add(files: &mut PackFiles) {
    for (path, file) in workspace() {
        files.insert(format!("{RUNTIME}/{path}"), file);
    }
    put(files, &format!("{RUNTIME}/{MENDED}"), &mended());
}

/// Every file of the workspace, unchanged.
pub(super) fn workspace() -> PackFiles {
    let mut files = PackFiles::new();
    let mut waiting = vec![&FILES];
    while let Some(folder) = waiting.pop() {
        waiting.extend(folder.dirs());
        for file in folder.files() {
            let path = file.path().display().to_string();
            let executable = path.ends_with(".sh");
            files.insert(path, PackFile { bytes: file.contents().into(), executable });
        }
    }
    files
}

/// The description with the mistakes fixed.
pub(super) fn mended() -> String {
    let description = FILES.get_file("package.yaml").and_then(|file| file.contents_utf8());
    MISTAKES.iter().fold(description.unwrap_or_default().to_owned(), |text, (wrong, right)| {
        text.replacen(wrong, right, 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_stands_in_the_description_once() {
        let text = FILES.get_file("package.yaml").and_then(|file| file.contents_utf8());
        let text = text.expect("a description");
        for (wrong, _) in MISTAKES {
            assert_eq!(text.matches(wrong).count(), 1, "{wrong:?}");
        }
    }

    #[test]
    fn no_file_of_the_workspace_is_left_out() {
        let mut files = PackFiles::new();
        add(&mut files);
        for path in [
            "package.yaml",
            MENDED,
            "README.md",
            "workspace/adapters/base.py",
            "workspace/tests/test_config.py",
        ] {
            assert!(files.contains_key(&format!("{RUNTIME}/{path}")), "{path}");
        }
        assert!(files[&format!("{RUNTIME}/workspace/start.sh")].executable);
    }
}
