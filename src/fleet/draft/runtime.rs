//! Guesses the Python package that the members run on from what they install and import.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::requirements::normalize;

use super::{Contents, nearly_all};

/// A guess, and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Runtime {
    pub(super) distribution: String,
    pub(super) import: String,
    pub(super) why: String,
}

/// Returns the package that the members seem to run on, or else the candidates; no candidates if the fleet only
/// installs ordinary libraries.
///
/// Fleets share ordinary libraries as well. The runtime package differs from those in its name: it has a word in common
/// with the owner or the repositories, or contains "runtime".
pub(super) fn guess(members: &[&Contents], names: &[&str]) -> Result<Runtime, Vec<String>> {
    let installing = members.iter().filter(|it| !it.distributions.is_empty()).count();
    let mut installs: BTreeMap<&str, usize> = BTreeMap::new();
    let mut imports: BTreeMap<&str, usize> = BTreeMap::new();
    for contents in members {
        for name in &contents.distributions {
            *installs.entry(name).or_default() += 1;
        }
        for name in &contents.imports {
            *imports.entry(name).or_default() += 1;
        }
    }
    let common =
        |(name, count): (&&str, &usize)| nearly_all(*count, installing).then(|| (*name).to_owned());
    let candidates: Vec<String> = installs.iter().filter_map(common).collect();
    let own: BTreeSet<String> = names.iter().flat_map(|name| words(name)).collect();
    let scored = candidates.iter().map(|name| (score(name, &own, members), name));
    let named = scored.filter(|(score, _)| *score >= SURE);
    let best = named.clone().map(|(score, _)| score).max().unwrap_or_default();
    let mut leading = named.clone().filter(|(score, _)| *score == best);
    let (Some((_, distribution)), None) = (leading.next(), leading.next()) else {
        return Err(named.map(|(_, name)| name.clone()).collect());
    };
    let installed = installs.get(distribution.as_str()).copied().unwrap_or_default();
    let mut why = format!("{installed} of {} members install it", members.len());
    let import = match import_of(distribution, &imports) {
        Some((name, count)) => {
            why.push_str(&format!(", {count} import `{name}`"));
            name.to_owned()
        }
        None => {
            why.push_str("; none imports it, so `import` is only its name");
            distribution.replace(['-', '.'], "_")
        }
    };
    Ok(Runtime { distribution: distribution.clone(), import, why })
}

/// Minimum score of a candidate.
const SURE: usize = 2;

fn score(distribution: &str, own: &BTreeSet<String>, members: &[&Contents]) -> usize {
    let words = words(distribution);
    let is_related = words.iter().any(|word| own.contains(word));
    let is_runtime = words.contains("runtime");
    let by_dockerfile = members.iter().any(|it| it.by_dockerfile.contains(distribution));
    let named = usize::from(is_related) * 2 + usize::from(is_runtime) * 2;
    if named == 0 { 0 } else { named + usize::from(by_dockerfile) }
}

/// Returns the import name of a distribution: the same name, or one made of several of its words.
fn import_of<'i>(
    distribution: &str,
    imports: &BTreeMap<&'i str, usize>,
) -> Option<(&'i str, usize)> {
    let wanted = words(distribution);
    let fits = |name: &str| {
        let words = words(name);
        normalize(name) == distribution || (words.len() > 1 && words.is_subset(&wanted))
    };
    let found = imports.iter().filter(|(name, _)| fits(name));
    found
        .max_by_key(|(name, count)| (normalize(name) == distribution, **count))
        .map(|(n, c)| (*n, *c))
}

/// Returns the significant words of a name.
fn words(name: &str) -> BTreeSet<String> {
    let separated = name.split(|c: char| !c.is_ascii_alphanumeric());
    separated.filter(|word| word.len() > 2).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(distributions: &[&str], imports: &[&str]) -> Contents {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Contents { distributions: set(distributions), imports: set(imports), ..Contents::default() }
    }

    fn said(members: &[Contents], names: &[&str]) -> String {
        match guess(&members.iter().collect::<Vec<_>>(), names) {
            Ok(it) => format!("{} as {}: {}", it.distribution, it.import, it.why),
            Err(candidates) => format!("one of {}", candidates.join(", ")),
        }
    }

    #[test]
    fn the_runtime_is_told_from_shared_libraries() {
        let one = contents(&["acme-ai-runtime", "httpx"], &["acme_runtime", "httpx"]);
        let two = contents(&["acme-ai-runtime", "httpx"], &["httpx"]);
        assert_eq!(
            said(&[one, two], &["acme", "tpl-a"]),
            "acme-ai-runtime as acme_runtime: 2 of 2 members install it, 1 import `acme_runtime`"
        );
    }

    #[test]
    fn nothing_is_guessed_of_libraries_alone() {
        let one = contents(&["httpx", "pydantic"], &["httpx"]);
        assert_eq!(said(&[one.clone(), one], &["acme"]), "one of ");
        assert_eq!(said(&[Contents::default()], &["acme"]), "one of ");
    }

    #[test]
    fn of_two_that_are_alike_none_is_taken() {
        let one = contents(&["acme-core", "acme-tools"], &[]);
        assert_eq!(said(&[one], &["acme"]), "one of acme-core, acme-tools");
    }

    #[test]
    fn without_an_import_the_name_serves() {
        let one = contents(&["agent-runtime"], &[]);
        assert!(said(&[one], &[]).starts_with("agent-runtime as agent_runtime: "));
    }
}
