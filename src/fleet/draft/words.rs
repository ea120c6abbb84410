//! Matches words of lists to the repositories that were seen.
//!
//! A list of `claude_code` and `hermes` says which members exist but not where. If repositories were seen, each word is
//! one of them in some spelling, or left out. Without any repositories, the words are taken as names.

use super::kinds::{by_prefixes, guessed};
use super::sort::prefixes_of_shape;
use super::{List, Observed, Seen, Wishes};

/// Returns the repositories and lists with every word replaced by its repository, and the words without one.
pub(super) fn resolve(observed: &Observed, wishes: &Wishes) -> (Vec<Seen>, Vec<List>, Vec<String>) {
    let (words, named): (Vec<&Seen>, Vec<&Seen>) =
        observed.repositories.iter().partition(|seen| seen.is_word);
    if words.is_empty() || named.is_empty() {
        return (observed.repositories.clone(), observed.lists.clone(), Vec::new());
    }
    let names: Vec<&str> = named.iter().map(|seen| seen.name.as_str()).collect();
    let (groups, _) = if wishes.prefixes.is_empty() {
        guessed(&names, &prefixes_of_shape(&named))
    } else {
        by_prefixes(&names, &wishes.prefixes)
    };
    let stands_for = |word: &str| -> Option<&str> {
        let wanted = plain(word);
        let fits = |name: &&&str| {
            let prefix = groups.iter().find(|group| group.names.contains(name));
            let prefix = prefix.map_or("", |group| group.prefix.as_str());
            let slug = plain(name.strip_prefix(prefix).unwrap_or(name));
            [plain(name), slug.clone(), format!("{slug}-default")].contains(&wanted)
        };
        names.iter().find(fits).copied()
    };
    let mut left = Vec::new();
    for word in &words {
        if stands_for(&word.name).is_none() {
            left.push(word.name.clone());
        }
    }
    let lists = observed.lists.iter().map(|list| {
        let entry = |(written, name): &(String, String)| {
            let is_word = words.iter().any(|word| word.name == *name);
            let name = stands_for(name).filter(|_| is_word).unwrap_or(name);
            (written.clone(), name.to_owned())
        };
        List { entries: list.entries.iter().map(entry).collect(), ..list.clone() }
    });
    (named.into_iter().cloned().collect(), lists.collect(), left)
}

/// Normalizes a name for comparing words.
fn plain(text: &str) -> String {
    text.to_lowercase().replace(['_', '.'], "-")
}
