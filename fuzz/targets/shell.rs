//! Shell scripts: their places, what they run, install and add, and what they lead to.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::source::shell::{By, Called, Entry, Script, reaches};
use shipshape_fuzz::shell::script_is_sound;
use shipshape_fuzz::{assert_sound, text_of};

/// Scripts that a walk may read.
const MAX_SCRIPTS: usize = 8;

fuzz_target!(|bytes: &[u8]| {
    let text = text_of(bytes);
    let script = Script::of_text(&text);
    script_is_sound(&script, &|span, what| assert_sound(&text, span, what));
    let itself = |_: &str, _: By| Called::Script(text.clone());
    let nothing = |_: &str, _: By| Called::Nothing;
    let exec = Entry::Exec(vec!["/entrypoint.sh".to_owned(), "run".to_owned()]);
    let shell = Entry::Shell(text.as_str().to_owned());
    for entry in [&exec, &shell] {
        let _ = reaches(entry, &itself, "molecule-runtime", MAX_SCRIPTS);
        let _ = reaches(entry, &nothing, "molecule-runtime", MAX_SCRIPTS);
    }
});
