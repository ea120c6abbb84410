//! Dependencies in the canonical spelling of the package's metadata.
//!
//! From the description, or the requirements file that it names, derives PEP 508 dependencies: names and extras
//! normalised, versions in byte order, markers in one spelling, sorted. Metadata cannot express an index, a hash or
//! another file, so those are refused where they occur.

mod marker;

use std::path::Path;

use crate::error::{Error, Result};
use crate::source::requirements::{Entry, Requirement, Requirements, normalize};
use crate::source::{Span, Text};

/// The dependencies of a list that was validated together with the description.
#[must_use]
pub fn of_list(dependencies: &[String]) -> Vec<String> {
    let mut spelled: Vec<String> = dependencies
        .iter()
        .flat_map(|dependency| {
            let text = Text::new(dependency);
            let read = Requirements::parse(&text);
            read.requirements().map(|one| spell(one, &text)).collect::<Vec<_>>()
        })
        .collect();
    spelled.sort();
    spelled.dedup();
    spelled
}

/// The dependencies of a requirements file.
///
/// # Errors
/// One for everything that metadata cannot express.
pub fn of_file(file: &Path, text: &Text) -> Result<Vec<String>, Vec<Error>> {
    let read = Requirements::parse(text);
    let mut errors = Vec::new();
    let mut refuse = |span: Span, message: String, hint: &str| {
        errors.push(Error::usage(message).at(file, text, span).hint(hint));
    };
    let mut spelled = Vec::new();
    for entry in &read.entries {
        let (span, url) = match entry {
            Entry::Requirement(one) => (one.span, one.url.as_deref().unwrap_or_default()),
            Entry::Include(named)
            | Entry::Constraint(named)
            | Entry::Editable(named)
            | Entry::Location(named) => (named.span, named.value.as_str()),
            Entry::Option(_) => (Span::default(), ""),
        };
        if url_holds_credentials(url) {
            let [message, hint] = CREDENTIALS;
            refuse(span, message.to_owned(), hint);
            continue;
        }
        match entry {
            Entry::Requirement(one) if !one.variables.is_empty() => {
                let message = format!("`{}` depends on a variable of the environment", one.name);
                refuse(one.span, message, "write the value: metadata has no variables");
            }
            Entry::Requirement(one) => spelled.push(spell(one, text)),
            Entry::Include(named) | Entry::Constraint(named) => {
                let message = format!("metadata cannot refer to `{}`", named.value);
                refuse(
                    named.span,
                    message,
                    "list them all in one file, and name that file in `dependencies-from`",
                );
            }
            Entry::Editable(named) | Entry::Location(named) => {
                let message = format!("`{}` has no name", named.value);
                refuse(named.span, message, "write `name @ URL`, or depend on a release");
            }
            // Options say where to install from, which is not a dependency.
            Entry::Option(_) => {}
        }
    }
    for problem in &read.problems {
        let message = format!("this is not a requirement: {}", problem.message);
        refuse(problem.span, message, "write `name>=1.2,<2`");
    }
    if errors.is_empty() {
        spelled.sort();
        spelled.dedup();
        Ok(spelled)
    } else {
        Err(errors)
    }
}

/// Whether a URL, or a text with one, contains a user name or a password. The user of `ssh` does not count: it is the
/// same for everyone, and the key is elsewhere.
#[must_use]
pub fn holds_credentials(text: &str) -> bool {
    let in_authority = |(at, _): (usize, &str)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + 3..).unwrap_or_default();
        let ends = |c: char| matches!(c, '/' | '?' | '#' | '\\') || c.is_whitespace();
        let authority = after.split(ends).next().unwrap_or_default();
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        !user.is_empty() && (user.contains(':') || !before.ends_with("ssh"))
    };
    text.match_indices("://").any(in_authority)
}

/// Like [`holds_credentials`] for a whole URL, some forms of which only a URL parser decodes.
fn url_holds_credentials(url: &str) -> bool {
    holds_credentials(url)
        || match url::Url::parse(url) {
            Ok(read) => {
                let names_user = !read.username().is_empty() && !read.scheme().ends_with("ssh");
                names_user || read.password().is_some()
            }
            // Where a password would end in it is unclear.
            Err(_) => url.contains("://") && url.contains('@'),
        }
}

/// Whether a dependency contains credentials, which anyone could read in the metadata.
#[must_use]
pub fn names_credentials(dependency: &str) -> bool {
    let read = Requirements::parse(&Text::new(dependency));
    let mut urls = read.requirements().filter_map(|one| one.url.as_deref());
    urls.any(url_holds_credentials) || holds_credentials(dependency)
}

/// The message and hint about credentials, which do not repeat them.
pub const CREDENTIALS: [&str; 2] = [
    "the URL contains a user name or a password, and everyone can read what is written here",
    "remove it, and give it to the installer in a keyring or a `.netrc`",
];

/// The dependencies of an extra, each with a marker for the extra. The list was validated too.
#[must_use]
pub fn of_extra(extra: &str, dependencies: &[String]) -> Vec<String> {
    let mut spelled: Vec<(String, String)> = dependencies
        .iter()
        .flat_map(|dependency| {
            let text = Text::new(dependency);
            let read = Requirements::parse(&text);
            let conditional = |one: &Requirement| {
                // A URL ends at a space: otherwise the `;` would be part of it.
                let space = if one.url.is_some() { " " } else { "" };
                let needed = needed(one, &text);
                let marker = match &one.marker {
                    Some((marker, _)) => {
                        format!("({}) and extra == '{extra}'", marker::spell(marker))
                    }
                    None => format!("extra == '{extra}'"),
                };
                (spell(one, &text), format!("{needed}{space}; {marker}"))
            };
            read.requirements().map(conditional).collect::<Vec<_>>()
        })
        .collect();
    spelled.sort();
    spelled.dedup();
    spelled.into_iter().map(|(_, conditional)| conditional).collect()
}

fn spell(one: &Requirement, text: &Text) -> String {
    let mut spelled = needed(one, text);
    if let Some((marker, _)) = &one.marker {
        let space = if one.url.is_some() { " " } else { "" };
        spelled.push_str(&format!("{space}; {}", marker::spell(marker)));
    }
    spelled
}

/// A requirement without its marker.
fn needed(one: &Requirement, text: &Text) -> String {
    let mut spelled = one.normalized.clone();
    if !one.extras.is_empty() {
        let mut extras: Vec<String> = one.extras.iter().map(|extra| normalize(extra)).collect();
        extras.sort();
        extras.dedup();
        spelled.push_str(&format!("[{}]", extras.join(",")));
    }
    if let Some(url) = &one.url {
        spelled.push_str(&format!(" @ {url}"));
    } else {
        let written = text.slice(one.specifier_span).trim_matches(['(', ')', ' ']);
        let mut versions: Vec<String> = written
            .split(',')
            .map(|version| version.split_whitespace().collect::<String>())
            .filter(|version| !version.is_empty())
            .collect();
        versions.sort();
        spelled.push_str(&versions.join(","));
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(dependencies: &[&str]) -> Vec<String> {
        of_list(&dependencies.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_dependency_has_one_spelling() {
        assert_eq!(
            list(&[
                "Zope.Interface >= 1, <2",
                "a[Y_z, x]",
                "b (>=1.0) ; python_version < \"3.13\"",
                "c @ https://e.x/c.whl"
            ]),
            [
                "a[x,y-z]",
                "b>=1.0; python_version < '3.13'",
                "c @ https://e.x/c.whl",
                "zope-interface<2,>=1"
            ]
        );
    }

    #[test]
    fn an_extra_is_a_condition_of_what_it_needs() {
        let list = ["x @ https://e.x/a;b/c.whl ; python_version < '3'", "b>=1; os_name == 'nt'"]
            .map(str::to_owned);
        assert_eq!(
            of_extra("all", &list),
            [
                "b>=1; (os_name == 'nt') and extra == 'all'",
                "x @ https://e.x/a;b/c.whl ; (python_version < '3') and extra == 'all'",
            ]
        );
        let list = ["x @ https://e.x/a;b/@/c.whl", "a"].map(str::to_owned);
        assert_eq!(
            of_extra("all", &list),
            ["a; extra == 'all'", "x @ https://e.x/a;b/@/c.whl ; extra == 'all'"]
        );
    }

    #[test]
    fn credentials_are_found_in_urls_and_nowhere_else() {
        for held in [
            "x @ https://bob:pw@e.x/c.whl",
            "x @ https://token@e.x/c.whl",
            "x @ git+https://bob:pw@e.x/r.git@v1",
            "x @ git+ssh://bob:pw@e.x/r.git",
            "x @ https:/bob:pw@e.x/c.whl",
            "x @ https://bob:my pass@e.x/c.whl",
            "x @ https://bob:pa/ss@e.x/c.whl",
            "x @ https://bob:${PW}@e.x/c.whl",
            "x @ https://bob:pw@e.x/c.whl # why",
            "https://bob:pw@e.x/c.whl",
        ] {
            assert!(names_credentials(held), "{held}");
        }
        for sound in [
            "x>=1",
            "x @ https://e.x/c.whl",
            "x @ git+https://e.x/r.git@v1",
            "x @ git+ssh://git@e.x/r.git@v1",
            "x @ https://e.x/c.whl ; extra == 'a@b'",
        ] {
            assert!(!names_credentials(sound), "{sound}");
        }
    }

    #[test]
    fn credentials_of_a_file_are_refused_at_their_place_and_not_repeated() {
        let text = "a\nx @ https://bob:S3cr3t@e.x/c.whl\nhttps://bob:S3cr3t@e.x/d.whl\n-e git+https://S3cr3t@e.x/r\n";
        let errors = of_file(Path::new("r.txt"), &Text::new(text)).expect_err("refused");
        let told: Vec<String> = errors.iter().map(|error| format!("{error:?} {error}")).collect();
        assert_eq!(told.len(), 3, "{told:#?}");
        for (index, told) in told.iter().enumerate() {
            assert!(told.contains(&format!("(r.txt:{}:1)", index + 2)), "{told}");
            assert!(told.contains(CREDENTIALS[0]) && !told.contains("S3cr3t"), "{told}");
        }
    }

    #[test]
    fn a_file_is_read_and_what_metadata_cannot_say_is_refused_at_its_place() {
        let read = |text: &str| of_file(Path::new("r.txt"), &Text::new(text));
        assert_eq!(
            read("# all\nb>=1 # why\n\n--index-url https://x.y/simple\na==1 --hash=sha256:00\n"),
            Ok(vec!["a==1".to_owned(), "b>=1".to_owned()])
        );
        let errors = read("-r other.txt\na>=${V}\n./local\n-e .\n???\n").expect_err("refused");
        let places: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors.len(), 5, "{places:#?}");
        assert!(
            places[0].contains("(r.txt:1:1)") && places[1].contains("(r.txt:2:"),
            "{places:#?}"
        );
    }
}
