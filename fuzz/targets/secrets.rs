//! Credentials: their places, and that nothing of what must be hidden survives the mask.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::source::Text;
use shipshape::source::secrets::{masked, secrets_in};
use shipshape_fuzz::{assert_sound, text_of};

fuzz_target!(|bytes: &[u8]| {
    for secret in secrets_in(bytes) {
        assert!(secret.span.end <= bytes.len() && secret.hidden.end <= bytes.len(), "{secret:?}");
    }
    let text = text_of(bytes);
    let content = text.as_str();
    let hidden = masked(content);
    assert_eq!(hidden.chars().count(), content.chars().count());
    assert_eq!(hidden.lines().count(), content.lines().count());
    let bare = Text::new(content);
    let shown = Text::new(&hidden);
    for secret in secrets_in(content.as_bytes()) {
        assert_sound(&bare, secret.span, secret.kind);
        assert_sound(&bare, secret.hidden, secret.kind);
        // Characters keep their places among characters, not among bytes.
        let before = bare.as_str()[..secret.hidden.start].chars().count();
        let length = bare.slice(secret.hidden).chars().count();
        let left: String = shown.as_str().chars().skip(before).take(length).collect();
        assert!(left.chars().all(|character| character == '*'), "{secret:?}");
    }
});
