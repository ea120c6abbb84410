use super::*;
use crate::package::symbols::Presence;

fn offer(files: &[(&str, &str)]) -> Offer {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, content) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        std::fs::write(path, content).expect("writable");
    }
    Offer::of_source(folder.path(), "acme").unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn has(offer: &Offer, module: &str, name: &str) -> bool {
    matches!(offer.table.lookup(module, name), Presence::Present)
}

#[test]
fn a_package_is_found_in_its_folder_and_below_src() {
    let plain = offer(&[("acme/__init__.py", "A = 1\n"), ("acme/tools.py", "def walk(): ...\n")]);
    let below =
        offer(&[("src/acme/__init__.py", "A = 1\n"), ("src/acme/tools.py", "def walk(): ...\n")]);
    for offer in [plain, below] {
        assert!(has(&offer, "acme", "A"));
        assert!(has(&offer, "acme.tools", "walk"));
        assert!(!has(&offer, "acme.tools", "run"));
    }
}

#[test]
fn the_package_in_its_folder_counts_and_not_another_below_src() {
    let offer = offer(&[("acme/__init__.py", "A = 1\n"), ("src/acme/__init__.py", "B = 1\n")]);
    assert!(has(&offer, "acme", "A"));
    assert!(!has(&offer, "acme", "B"));
}

#[test]
fn modules_of_a_folder_are_moved_into_the_package() {
    let offer = offer(&[
        ("tools.py", "from helpers import walk\n"),
        ("helpers/__init__.py", "def walk(): ...\n"),
    ]);
    assert!(has(&offer, "acme.tools", "walk"));
    assert!(has(&offer, "acme.helpers", "walk"));
}
