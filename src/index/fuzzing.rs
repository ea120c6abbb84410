//! The properties that a fuzz target checks on an index's pages.

use url::Url;

use super::project::{Availability, Project};
use super::{legacy, simple_html, simple_json};

/// Checks a page, whose first byte chooses the form.
///
/// The page is parsed or refused with a message; every file has an address without a fragment and, on HTML pages, a
/// name; the latest version can be installed.
pub fn page(input: &[u8]) {
    let Some((form, page)) = input.split_first() else { return };
    let at = Url::parse("https://index.example/simple/acme/").expect("a URL");
    let read = match form % 3 {
        0 => simple_html::read(&String::from_utf8_lossy(page), &at),
        1 => simple_json::read(page, &at),
        _ => legacy::read(page, &at),
    };
    match read {
        Ok(project) => sound(&project, form % 3),
        Err(why) => assert!(!why.is_empty()),
    }
}

fn sound(project: &Project, form: u8) {
    for file in &project.files {
        assert!(form != 0 || !file.file_name.is_empty());
        let _ = (file.kind(), file.metadata_url());
        if form < 2 {
            assert!(file.url.fragment().is_none(), "{}", file.url);
            for (name, digest) in &file.hashes {
                assert_eq!([&name.to_lowercase(), &digest.to_lowercase()], [name, digest]);
            }
        }
    }
    // Each lookup scans all files.
    for file in project.files.iter().take(20) {
        let Some(version) = file.version() else { continue };
        assert_ne!(project.availability(&version), Availability::Missing, "{}", file.file_name);
        let wheel = project.wheel(&version);
        assert!(wheel.is_none_or(|wheel| wheel.version().as_ref() == Some(&version)));
    }
    let (newest, latest) = (project.latest(true), project.latest(false));
    assert!(latest <= newest);
    for version in newest.iter().chain(&latest) {
        assert!(matches!(project.availability(version), Availability::Offered(_)), "{version}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::network::fuzzing::every_seed;

    #[test]
    fn seeds_hold() {
        every_seed("index", page);
    }
}
