//! Recognizes fake credentials: examples, placeholders, runs of one character.

/// Whether a credential is fake: it contains a word that says so, one character over and over, the
/// alphabet, or too few different characters.
pub(super) fn is_made_up(body: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"example",
        b"xxxx",
        b"fake",
        b"dummy",
        b"your",
        b"placeholder",
        b"redacted",
        b"changeme",
        b"sample",
        b"test",
        b"here",
        b"token",
        b"secret",
        b"abcdef",
        b"123456",
        b"0000",
    ];
    let lower = body.to_ascii_lowercase();
    let says_so = WORDS.iter().any(|word| lower.windows(word.len()).any(|part| part == *word));
    let mut counts = [0_u32; 256];
    for byte in body {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    says_so || entropy(&counts, body.len()) < 2.8
}

/// The Shannon entropy in bits per character. Sixteen random base-32 characters have 3.5 and hardly
/// ever less than 2.8.
fn entropy(counts: &[u32; 256], length: usize) -> f64 {
    let length = f64::from(u32::try_from(length).unwrap_or(u32::MAX)).max(1.0);
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}
