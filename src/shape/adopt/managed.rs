//! What of a member's content becomes canon where the shape manages only a part of the file.
//!
//! Keys are set in the old canon, as a repair sets them in a repository: what else the member has there is its own, such as
//! its name. Which of its lines are meant cannot be told from those that are its own, so a file of lines is taken as a
//! whole, and how many lines that is has to be said.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::shape::pack::{HeldPath, Pack, PackFile};
use crate::source::ignore_lines::{Lines, without_blanks};
use crate::source::yaml::edit::{EditRefused, Edits, copy_scalar, replace_value};
use crate::source::yaml::{Dialect, Document, Node, Path, same_for_every_reader};
use crate::source::{Text, TextEdit};

use super::Promotion;

/// What of a content became canon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Values of managed keys.
    Keys {
        /// The keys whose values are now the member's.
        set: Vec<String>,
        /// The keys that only the member has, which the canon still lacks.
        beyond: Vec<String>,
        /// The keys that only the canon has, which it keeps.
        lacking: Vec<String>,
        /// The keys whose values cannot be set in the canon, with the reasons.
        refused: Vec<(String, String)>,
    },
    /// All managed lines of a file.
    Lines {
        /// Number of lines that were not managed before.
        new: usize,
        /// Number of lines that are no longer managed.
        gone: usize,
    },
}

/// Returns what is to be promoted of a content, and what that is if only a part of the file is managed.
///
/// # Errors
/// When values of keys differ, and none of them can be set in the canon.
pub(super) fn of<'p>(
    pack: &Pack,
    held: &HeldPath,
    old: &PackFile,
    promotion: &Promotion<'p>,
) -> Result<(Promotion<'p>, Option<Taken>)> {
    let whole = promotion.clone();
    // Of a member whose profile compares nothing there, no more becomes canon for the others than they are held to.
    let of_profile = promotion.profile.policy_of(&held.rule);
    let policy = if of_profile.is_compared() { of_profile } else { held.rule.policy };
    if !policy.takes_keys() {
        return Ok((whole, None));
    }
    // Why a template does not render is said where it is changed.
    let Some(canon) = pack.rendered(held, promotion.values).ok().flatten() else {
        return Ok((whole, None));
    };
    let keys = &held.rule.keys;
    if keys.is_empty() {
        let taken = lines(promotion.path, &canon.bytes, &promotion.bytes);
        return Ok((whole, taken));
    }
    let demands = &pack.manifest.demands.documents;
    let demand = demands.iter().find(|demand| demand.path == promotion.path);
    let dialect = demand.map_or_else(
        || Dialect::of_file(promotion.path, Dialect::Yaml12),
        |demand| demand.read_as(),
    );
    // In a canon that does not parse, no key is managed.
    let both = read(&canon.bytes, dialect).zip(read(&promotion.bytes, dialect));
    let Some((canon, member)) = both else { return Ok((whole, None)) };
    let (canon, taken) = with_keys(canon, &member, keys);
    if let Taken::Keys { set, refused, .. } = &taken
        && set.is_empty()
        && let Some((key, why)) = refused.first()
    {
        let message =
            format!("the value of `{key}` cannot be set in the canon of `{}`", promotion.path);
        return Err(Error::failed(message)
            .caused_by(why)
            .hint("set it in the pack yourself: only managed keys become canon"));
    }
    // What shape.yaml requires of the mode is asked of the member.
    let is_required = held.rule.must_be_executable();
    let executable = if is_required { promotion.executable } else { old.executable };
    let bytes = Arc::from(canon.text().to_bytes());
    Ok((Promotion { bytes, executable, ..whole }, Some(taken)))
}

fn read(bytes: &[u8], dialect: Dialect) -> Option<Document> {
    Document::parse(&Text::decode(bytes).ok()?, dialect).ok()
}

/// Sets these keys of a canon to the member's values, as far as they can be set.
fn with_keys(mut canon: Document, member: &Document, keys: &[String]) -> (Document, Taken) {
    let (mut set, mut beyond, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
    let mut refused = Vec::new();
    for key in keys {
        let Ok(path) = key.parse::<Path>() else { continue };
        let places = match (canon.at(&path), member.at(&path)) {
            (Some(old), Some(new)) => places_that_differ(old, new, &path),
            (None, Some(_)) => {
                beyond.push(key.clone());
                continue;
            }
            (Some(_), None) => {
                lacking.push(key.clone());
                continue;
            }
            (None, None) => continue,
        };
        if places.is_empty() {
            continue;
        }
        match with_places(&canon, member, &places) {
            Ok(edited) => {
                canon = edited;
                set.push(key.clone());
            }
            Err(why) => refused.push((key.clone(), why.message)),
        }
    }
    (canon, Taken::Keys { set, beyond, lacking, refused })
}

/// The canon with the member's values at all these places.
fn with_places(
    canon: &Document,
    member: &Document,
    places: &[Path],
) -> std::result::Result<Document, EditRefused> {
    let mut edited = canon.clone();
    for place in places {
        let new = member.at(place);
        let edits = new.map_or(Ok(Vec::new()), |new| set_to(&edited, place, new))?;
        edited = with(&edited, &edits, place, new)?;
    }
    Ok(edited)
}

/// The places below a key whose values differ: of tables with the same keys, those of their entries, so that the canon
/// keeps its comments.
fn places_that_differ(old: Node<'_>, new: Node<'_>, path: &Path) -> Vec<Path> {
    if same_for_every_reader(old, new) {
        return Vec::new();
    }
    let has_keys_of = |one: Node<'_>, other: Node<'_>| {
        let mut entries = one.entries();
        entries.all(|it| it.key.scalar_text().is_some_and(|key| other.get(key).is_some()))
    };
    let is_alike =
        old.is_mapping() && new.is_mapping() && has_keys_of(old, new) && has_keys_of(new, old);
    if !is_alike {
        return vec![path.clone()];
    }
    let below = old.entries().filter_map(|it| {
        let key = it.key.scalar_text()?;
        Some(places_that_differ(it.value, new.get(key)?, &path.clone().key(key)))
    });
    below.flatten().collect()
}

/// The edits that give a place of the canon the member's value: as it is spelled there, if it is a scalar.
fn set_to(canon: &Document, place: &Path, new: Node<'_>) -> Edits {
    let new = new.resolved();
    let is_scalar = |node: Node<'_>| node.resolved().value().is_some();
    match canon.at(place) {
        Some(old) if is_scalar(old) && is_scalar(new) => copy_scalar(canon, place, new),
        _ => replace_value(canon, place, &written(new)),
    }
}

/// A value as if it stood alone at the left margin.
fn written(node: Node<'_>) -> String {
    let text = node.document().text();
    let span = if node.anchor().is_some() { node.body() } else { node.span() };
    let before = text.as_str().get(..span.start).unwrap_or_default();
    let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
    let outdented = |line: &str| {
        let blanks = line.bytes().take(column).take_while(|byte| *byte == b' ').count();
        line.get(blanks..).unwrap_or_default().to_owned()
    };
    let mut lines = text.slice(span).split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    let lines: Vec<String> = std::iter::once(first).chain(lines.map(outdented)).collect();
    lines.join("\n")
}

/// The canon with these edits, if the place then has the member's value to every reader.
fn with(
    canon: &Document,
    edits: &[TextEdit],
    place: &Path,
    new: Option<Node<'_>>,
) -> std::result::Result<Document, EditRefused> {
    let span = canon.root().span();
    let refused = || EditRefused { span, message: "its spelling cannot be kept there".to_owned() };
    let text = canon.text().edited(edits).map_err(|_| refused())?;
    let edited = Document::parse(&text, canon.dialect()).map_err(|_| refused())?;
    let is_same = edited.at(place).zip(new).is_some_and(|(is, new)| same_for_every_reader(is, new));
    if is_same { Ok(edited) } else { Err(refused()) }
}

/// How many lines become managed, and how many no longer are.
fn lines(path: &str, canon: &[u8], content: &[u8]) -> Option<Taken> {
    let (old, new) = (String::from_utf8_lossy(canon), String::from_utf8_lossy(content));
    let beyond = |one: &str, other: &str| {
        let known = Lines::of(path, other);
        managed_lines(one).filter(|line| !known.have(line)).count()
    };
    let (gone, new) = (beyond(&old, &new), beyond(&new, &old));
    (new + gone > 0).then_some(Taken::Lines { new, gone })
}

/// Lines that are neither blank nor comments.
fn managed_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(without_blanks)
        .filter(|line| !line.is_empty() && !line.trim_start().starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn taken(dialect: Dialect, canon: &str, member: &str, keys: &[&str]) -> (String, Taken) {
        let read = |text: &str| read(text.as_bytes(), dialect).expect(text);
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let (canon, taken) = with_keys(read(canon), &read(member), &keys);
        (canon.text().as_str().to_owned(), taken)
    }

    fn keys(set: &[&str], beyond: &[&str], lacking: &[&str]) -> Taken {
        let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        let refused = Vec::new();
        Taken::Keys { set: owned(set), beyond: owned(beyond), lacking: owned(lacking), refused }
    }

    #[test]
    fn only_managed_keys_are_taken() {
        let (canon, said) = taken(
            Dialect::Toml,
            "[package]\nedition = \"2021\" # ours\n",
            "[package]\nname = \"lib-b\"\nedition = \"2024\"\n\n[dependencies]\nserde = \"1\"\n",
            &["package.edition", "package.license", "package.name"],
        );
        assert_eq!(canon, "[package]\nedition = \"2024\" # ours\n");
        assert_eq!(said, keys(&["package.edition"], &["package.name"], &[]));
        let (canon, said) = taken(
            Dialect::Yaml12,
            "# ours\nservice:\n  port: 0644\n  tier: 2\nlabels:\n  - a\n",
            "name: b\nservice:\n  tier: 2\n  port: 0600\nlabels:\n- a\n- b\n",
            &["service", "labels"],
        );
        assert!(canon.starts_with("# ours\nservice:\n  port: 0600\n  tier: 2\n"), "{canon}");
        assert!(canon.contains("- a\n") && canon.contains("- b"), "{canon}");
        assert!(!canon.contains("name"), "{canon}");
        assert_eq!(said, keys(&["service", "labels"], &[], &[]));
        let (canon, _) = taken(
            Dialect::Yaml12,
            "{\n  \"a\": {\"b\": 1},\n  \"c\": true\n}\n",
            "{\"name\": \"x\", \"a\": {\"b\": 2}, \"c\": true}\n",
            &["a", "c"],
        );
        assert_eq!(canon, "{\n  \"a\": {\"b\": 2},\n  \"c\": true\n}\n");
    }

    #[test]
    fn what_is_the_same_is_not_set() {
        let canon = "[a]\nb = 1\nd = 1\n";
        let (after, said) = taken(Dialect::Toml, canon, "[a]\nb   = 1\nc = 2\n", &["a.b", "a.d"]);
        assert_eq!((after.as_str(), said), (canon, keys(&[], &[], &["a.d"])));
    }

    #[test]
    fn a_key_that_cannot_be_set_does_not_keep_the_others_from_it() {
        let (canon, said) = taken(
            Dialect::Toml,
            "edition = \"2021\"\n\n[lints.rust]\nunsafe_code = \"forbid\"\n",
            "edition = \"2024\"\n\n[lints.rust]\nunsafe_code = \"forbid\"\nunused = \"warn\"\n",
            &["lints.rust", "edition"],
        );
        let before = "edition = \"2024\"\n\n[lints.rust]\nunsafe_code = \"forbid\"\n";
        assert_eq!(canon, before);
        let Taken::Keys { set, refused, .. } = said else { panic!("{said:?}") };
        assert_eq!(set, ["edition"]);
        assert_eq!(refused.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["lints.rust"]);
    }

    #[test]
    fn lines_are_counted_on_both_sides() {
        let canon = b"# ours\ntarget/\ndist\n";
        let counted = |content: &str| lines(".gitignore", canon, content.as_bytes());
        assert_eq!(counted("dist\ntarget\n"), Some(Taken::Lines { new: 1, gone: 0 }));
        assert_eq!(counted("dist/\n\n# x\n"), Some(Taken::Lines { new: 0, gone: 2 }));
        assert_eq!(counted("dist\n\ntarget/\n"), None);
    }
}
