//! Shared parts of fuzz targets: HTTP messages parsed from bytes, and the committed seeds of a target.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers and the body of an input: lines `name: value`, an empty line, the body. Invalid header lines are left
/// out.
pub(crate) fn message(input: &[u8]) -> (HeaderMap, &[u8]) {
    let (mut headers, mut rest) = (HeaderMap::new(), input);
    loop {
        let (line, behind) = first_line(rest);
        rest = behind;
        if line.is_empty() {
            return (headers, rest);
        }
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = parts.next().and_then(|name| HeaderName::from_bytes(name).ok());
        let value = parts.next().map(<[u8]>::trim_ascii);
        let value = value.and_then(|value| HeaderValue::from_bytes(value).ok());
        if let (Some(name), Some(value)) = (name, value) {
            // Headers beyond the capacity of the map are left out too.
            let _ = headers.try_append(name, value);
        }
    }
}

/// The first line without its end, and the rest.
pub(crate) fn first_line(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (line, behind) = input.split_at(end);
    (line, behind.get(1..).unwrap_or_default())
}

/// Runs a target's entry point on each committed seed, so that seeds are tested in every build: whole, truncated at
/// each byte, and randomly damaged. `FUZZ_ROUNDS` sets the number of rounds, for longer runs than tests have time for.
#[cfg(test)]
pub(crate) fn every_seed(target: &str, door: impl Fn(&[u8])) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let folder = root.join("seeds").join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let seeds: Vec<Vec<u8>> =
        files.map(|file| std::fs::read(file.expect("an entry").path()).expect("a seed")).collect();
    assert!(seeds.len() > 1, "{folder:?} has no seeds");
    for seed in &seeds {
        (0..=seed.len()).for_each(|end| door(&seed[..end]));
    }
    let words = std::fs::read_to_string(root.join(format!("dictionaries/{target}.dict")));
    let words = words.expect("a dictionary").replace("\\\"", "\"");
    let words: Vec<&str> = words.lines().map(|word| word.trim_matches('"')).collect();
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for _ in 0..rounds.unwrap_or(2_000_usize) {
        let mut input = seeds[chance.below(seeds.len())].clone();
        for _ in 0..=chance.below(6) {
            damage(&mut input, &seeds, &words, &mut chance);
        }
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| door(&input)));
        assert!(caught.is_ok(), "on \"{}\"", input.escape_ascii());
    }
}

/// A deterministic pseudo-random generator (Marsaglia's xorshift).
#[cfg(test)]
struct Chance(u64);

#[cfg(test)]
impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap_or_default()
    }
}

/// Makes one change: a byte, a word of the dictionary, or a part that is removed, repeated or taken from another seed.
#[cfg(test)]
fn damage(input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    let end = (at + chance.below(24)).min(input.len());
    match chance.below(6) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = u8::try_from(chance.below(256)).unwrap_or_default();
            }
        }
        1 => drop(input.splice(at..at, words[chance.below(words.len())].bytes())),
        2 => drop(input.splice(at..end, words[chance.below(words.len())].bytes())),
        3 => drop(input.drain(at..end)),
        4 => {
            let part = input[at..end].to_vec();
            drop(input.splice(at..at, part));
        }
        _ => {
            let other = &seeds[chance.below(seeds.len())];
            let from = chance.below(other.len() + 1);
            drop(input.splice(at.., other[from..].iter().copied()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_headers_and_a_body() {
        let (headers, body) = message(b"host: a\nno header\nx-y:1 \nX-Y:2\n\nbody\n\nmore");
        assert_eq!(headers.get("host").map(HeaderValue::as_bytes), Some(&b"a"[..]));
        assert_eq!(headers.get_all("x-y").iter().count(), 2);
        assert_eq!(body, b"body\n\nmore");
        assert_eq!(message(b"host: a").1, b"");
    }
}
