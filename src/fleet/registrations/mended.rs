//! Repairs all lists in one repository together, for a pull request.

use std::collections::BTreeMap;

use sha2::Digest as _;

use super::repair::{Scope, remove, repair};
use crate::fleet::registration::Registration;
use crate::fleet::{Fleet, Member};
use crate::source::Text;

/// What is repaired in a list.
#[derive(Clone, Copy, Debug)]
pub enum Aim<'m> {
    /// All disagreements with the fleet.
    All,
    /// Only that it has this retired member.
    Without(&'m Member),
}

/// The lists of a repository, as far as they could be repaired.
#[derive(Clone, Debug, Default)]
pub struct Mended {
    /// Changed files by path, with the text before and after.
    pub files: BTreeMap<String, (Text, Text)>,
    /// Names of the repaired registrations.
    pub names: Vec<String>,
    /// What was not repaired: the registration's name, and the reason.
    pub left: Vec<(String, String)>,
}

impl Mended {
    /// Returns an identifier of this repair: the beginning of a digest of the files.
    #[must_use]
    pub fn identity(&self) -> String {
        let mut hasher = sha2::Sha256::new();
        for (path, (_, after)) in &self.files {
            hasher.update(path.as_bytes());
            hasher.update([0]);
            hasher.update(after.to_bytes());
            hasher.update([0]);
        }
        hasher.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Repairs lists of a repository, of which several may be in the same file. `texts` are the files by path, or why they
/// could not be read.
#[must_use]
pub fn mend(
    fleet: &Fleet,
    registrations: &[&Registration],
    texts: &BTreeMap<String, Result<Text, String>>,
    aim: Aim<'_>,
) -> Mended {
    let mut mended = Mended::default();
    for registration in registrations {
        let name = &registration.name;
        let mut left = |why: String| mended.left.push((name.clone(), why));
        let before = match texts.get(&registration.path) {
            Some(Ok(text)) => text,
            Some(Err(why)) => {
                left(format!("the file {why}"));
                continue;
            }
            None => {
                left("the file was not read".to_owned());
                continue;
            }
        };
        let current = mended.files.get(&registration.path).map_or(before, |(_, after)| after);
        let repaired = match aim {
            Aim::All => repair(fleet, registration, current, Scope::Removals),
            Aim::Without(member) => remove(fleet, registration, current, member),
        };
        match repaired {
            Ok(repaired) => {
                repaired.left.iter().for_each(|it| left(it.to_string()));
                if !repaired.edits.is_empty() {
                    let pair = (before.clone(), repaired.text);
                    mended.files.insert(registration.path.clone(), pair);
                    mended.names.push(name.clone());
                }
            }
            Err(why) => left(why),
        }
    }
    mended
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const FLEET: &str = "\
schema: 1
name: f
forge: { owner: acme }
kinds: { t: { prefix: t- } }
members: [t-a, t-b]
registrations:
  - { name: one, repository: core, path: list.py, language: python, symbol: ONE, form: array }
  - { name: two, repository: core, path: list.py, language: python, symbol: TWO, form: set }
  - { name: lost, repository: core, path: gone.py, language: python, symbol: X, form: set }
";

    #[test]
    fn two_lists_of_one_file_are_one_change() {
        let fleet = Fleet::parse(Path::new("fleet.yaml"), FLEET.as_bytes()).expect("a fleet");
        let registrations: Vec<&Registration> = fleet.manifest.registrations.iter().collect();
        let texts = BTreeMap::from([
            ("list.py".to_owned(), Ok(Text::new("ONE = [\"a\"]\nTWO = {\"b\", \"x\"}\n"))),
            ("gone.py".to_owned(), Err("is not there".to_owned())),
        ]);
        let mended = mend(&fleet, &registrations, &texts, Aim::All);
        let (before, after) = mended.files.get("list.py").expect("changed");
        assert_eq!(before.as_str(), "ONE = [\"a\"]\nTWO = {\"b\", \"x\"}\n");
        assert_eq!(after.as_str(), "ONE = [\"a\", \"b\"]\nTWO = {\"a\", \"b\", \"x\"}\n");
        assert_eq!(mended.names, ["one", "two"]);
        assert_eq!(mended.left.len(), 2, "{:?}", mended.left);
        assert_eq!(mended.identity().len(), 8);
        let again = texts.into_iter().map(|(path, text)| {
            let text = if path == "list.py" { Ok(after.clone()) } else { text };
            (path, text)
        });
        assert!(mend(&fleet, &registrations, &again.collect(), Aim::All).files.is_empty());
    }
}
