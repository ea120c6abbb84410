//! Every page is in the table of contents, and every link leads somewhere, in the repository and in the book.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::{pages, root, text};

const CONTENTS: &str = "docs/SUMMARY.md";

/// Links of a page, without those in code: their line and their target.
fn links(page: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (index, line) in prose(page) {
        let mut rest = line.as_str();
        while let Some((_, behind)) = rest.split_once("](") {
            let (target, more) = behind.split_once(')').unwrap_or((behind, ""));
            links.push((index, target.to_owned()));
            rest = more;
        }
    }
    links
}

/// Lines that are no block of code, without the code in them.
fn prose(page: &str) -> Vec<(usize, String)> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for (index, line) in page.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            let text: String = line.split('`').step_by(2).collect::<Vec<_>>().join("``");
            lines.push((index + 1, text));
        }
    }
    lines
}

/// What a page can be asked for behind `#`, as GitHub and mdBook name it.
fn anchors(page: &str) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut is_code = false;
    let mut anchors = Vec::new();
    for line in page.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let title = line.trim_start_matches('#');
        if is_code || title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let name: String = title
            .trim()
            .to_lowercase()
            .chars()
            .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect();
        let count = seen.entry(name.clone()).or_default();
        anchors.push(if *count == 0 { name } else { format!("{name}-{count}") });
        *count += 1;
    }
    anchors
}

/// A path without `.` and `..`.
fn straight(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                straight.pop();
            }
            Component::CurDir => {}
            part => straight.push(part),
        }
    }
    straight
}

#[test]
fn the_contents_name_every_page() {
    let contents: Vec<String> =
        links(&text(CONTENTS)).into_iter().map(|(_, target)| format!("docs/{target}")).collect();
    let wanted = pages().into_iter().filter(|page| page.starts_with("docs/") && page != CONTENTS);
    let forgotten: Vec<String> = wanted.filter(|page| !contents.contains(page)).collect();
    assert!(forgotten.is_empty(), "{CONTENTS} does not name {forgotten:?}");
    for (index, page) in contents.iter().enumerate() {
        assert!(root().join(page).is_file(), "{CONTENTS} names {page}, which is not there");
        assert!(!contents[..index].contains(page), "{CONTENTS} names {page} twice");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let folder = Path::new(&page).parent().expect("a folder").to_owned();
        for (line, link) in links(&text(&page)) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = straight(&folder.join(path));
            let target = if path.is_empty() { PathBuf::from(&page) } else { target };
            if !root().join(&target).exists() {
                wrong.push(format!("{page}:{line}: {link} is not there"));
            } else if page.starts_with("docs/") && !target.starts_with("docs") {
                wrong.push(format!(
                    "{page}:{line}: {link} leads out of the book: name the file, as code"
                ));
            } else if !anchor.is_empty()
                && !anchors(&text(&target.to_string_lossy())).iter().any(|it| it == anchor)
            {
                wrong.push(format!("{page}:{line}: {link}: that page has no such heading"));
            }
        }
        for (_, include) in text(&page).match_indices("{{#include ").map(|(at, it)| (it, at)) {
            let rest = &text(&page)[include + "{{#include ".len()..];
            let path = rest.split_once("}}").expect("an end").0;
            if !root().join(straight(&folder.join(path))).is_file() {
                wrong.push(format!("{page}: {path} is not there"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Pages that the program, the embedded pack and the tests name are there.
#[test]
fn pages_that_are_named_elsewhere_are_there() {
    let mut wrong = Vec::new();
    let mut folders =
        ["src", "templates", "tests", "benches", "fuzz", ".ci"].map(PathBuf::from).to_vec();
    let ours = pages();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).into_iter().flatten() {
            let path = folder.join(entry.expect("readable").file_name());
            let is_made =
                ["target", "corpus", "node_modules", "lineage"].iter().any(|it| path.ends_with(it));
            if root().join(&path).is_dir() && !is_made {
                folders.push(path);
                continue;
            }
            let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
            for word in
                text.split(|letter: char| !letter.is_alphanumeric() && !"/-_.".contains(letter))
            {
                let word = word.trim_end_matches('.').trim_start_matches("../");
                // Examples speak of pages that no repository of ours has; ours have names of more than two letters.
                let is_ours = word.starts_with("docs/")
                    && word.ends_with(".md")
                    && word.len() > "docs/it.md".len();
                if is_ours && !ours.iter().any(|page| page == word) && !EXAMPLES.contains(&word) {
                    wrong.push(format!("{}: {word} is not there", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Pages of repositories that tests make up.
const EXAMPLES: [&str; 3] = ["docs/a/b.md", "docs/notes.md", "docs/spec.md"];

#[test]
fn links_and_headings_are_read() {
    let page = "# One `two`\n[a](b.md#c) and [d](e) `[no](no)`\n```sh\n# no\n[no](no)\n```\n## Where, and who?\n## One two\n";
    let found: Vec<String> = links(page).into_iter().map(|(_, link)| link).collect();
    assert_eq!(found, ["b.md#c", "e"]);
    assert_eq!(anchors(page), ["one-two", "where-and-who", "one-two-1"]);
}
