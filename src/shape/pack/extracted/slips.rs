//! Words that differ by one slip of the fingers.
//!
//! Suggestions beside an error may be far from what was written. Here the slip is the error, so that words which resemble
//! each other by chance (`host` and `port`, `api` and `app`) have to be told apart.

/// The fewest characters of a word in which one wrong character is taken for a slip.
const MIN_WORD: usize = 4;

/// Returns the only key that a missing one is one slip away from.
pub(super) fn key_meant<'k>(
    missing: &str,
    keys: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    only(keys.into_iter().filter(|key| is_slip(missing, key)))
}

/// Returns the only path that another one is one slip away from: in one word of it, or in the extension of YAML.
pub(super) fn path_meant<'p>(
    path: &str,
    known: impl IntoIterator<Item = &'p str>,
) -> Option<&'p str> {
    only(known.into_iter().filter(|known| are_near(path, known)))
}

fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}

fn are_near(one: &str, other: &str) -> bool {
    let words = |path: &str| -> Vec<String> {
        path.split(['/', '.', '-', '_']).map(str::to_owned).collect()
    };
    let (one, other) = (words(one), words(other));
    if one.len() != other.len() {
        return false;
    }
    let mut different = one.iter().zip(&other).filter(|(one, other)| one != other);
    let Some((one, other)) = only(&mut different) else { return false };
    let is_yaml = |word: &str| ["yaml", "yml"].contains(&word);
    is_slip(one, other) || is_yaml(one) && is_yaml(other)
}

/// Whether a word is another one but for one character more, less or other, two that are exchanged, or the case. Numbers
/// are no words: `port1` is not meant to be `port2`. Nor is a plural a slip: `service` and `services` are two things.
fn is_slip(one: &str, other: &str) -> bool {
    let fold = |word: &str| -> Vec<char> {
        word.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
    };
    let (one, other) = (fold(one), fold(other));
    if one == other {
        return true;
    }
    if one.len().min(other.len()) < MIN_WORD {
        return false;
    }
    let start = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let (one, other) = (rest(&one, start), rest(&other, start));
    let ends = one.iter().rev().zip(other.iter().rev());
    let end = ends.take_while(|(one, other)| one == other).count();
    let (one, other) = (without_end(one, end), without_end(other, end));
    let is_number = |word: &[char]| word.iter().any(char::is_ascii_digit);
    if is_number(one) || is_number(other) {
        return false;
    }
    match (one, other) {
        ([], ['s']) | (['s'], []) if end == 0 => false,
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([a, b], [c, d]) => (a, b) == (d, c),
        _ => false,
    }
}

fn rest(word: &[char], start: usize) -> &[char] {
    word.get(start..).unwrap_or_default()
}

fn without_end(word: &[char], end: usize) -> &[char] {
    word.get(..word.len().saturating_sub(end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_character_is_a_slip_and_two_are_another_word() {
        for (missing, known, meant) in [
            ("titel", &["title", "team"][..], Some("title")),
            ("tytle", &["title"], Some("title")),
            ("enviroment", &["environment"], Some("environment")),
            ("hosst", &["host"], Some("host")),
            ("hosts", &["host"], None),
            ("host", &["hosts"], None),
            ("Host", &["hosts", "host"], Some("host")),
            ("addres", &["address"], None),
            ("display-name", &["display_name"], Some("display_name")),
            ("Name", &["name"], Some("name")),
            ("host", &["port"], None),
            ("cpu", &["gpu"], None),
            ("port1", &["port2"], None),
            ("2021", &["2018", "2024"], None),
            ("name", &["namee", "nams"], None),
            ("runtime", &["runtime_version"], None),
            ("title", &[], None),
        ] {
            assert_eq!(key_meant(missing, known.iter().copied()), meant, "{missing}");
        }
    }

    #[test]
    fn one_word_of_a_path_may_be_a_slip() {
        for (path, known, meant) in [
            ("d.yml", "d.yaml", true),
            ("settnigs.yaml", "settings.yaml", true),
            ("confg/settings.yaml", "config/settings.yaml", true),
            ("Settings.yaml", "settings.yaml", true),
            ("s.yaml", "a.yaml", false),
            ("service.yaml", "services.yaml", false),
            ("services/a.yaml", "service/a.yaml", false),
            ("api/settings.yaml", "app/settings.yaml", false),
            ("config.dev.yaml", "config.prod.yaml", false),
            ("settings.json", "settings.yaml", false),
            ("node18.yaml", "node20.yaml", false),
            ("deploy/settings.yaml", "settings.yaml", false),
        ] {
            assert_eq!(path_meant(path, [known]).is_some(), meant, "{path}");
        }
        assert_eq!(
            path_meant("settnigs.yaml", ["settings.yaml", "settings.yml"]),
            Some("settings.yaml")
        );
    }
}
