//! Where a shell takes its script from, by the arguments that it is given.

use super::Word;

/// Where the script of a shell comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScriptFrom {
    /// The argument of this number is the script: `sh -c SCRIPT`.
    Argument(usize),
    /// The argument of this number is the file that holds it: `sh FILE`.
    File(usize),
    /// Its standard input.
    Input,
    /// There is none that it runs: it only tells its version, reads without running (`-n`), or lacks the argument.
    Nowhere,
}

/// Options of bash with a long name and no value. It takes them after one dash as well, where they are no letters.
const LONG: [&str; 7] =
    ["login", "noediting", "noprofile", "norc", "posix", "restricted", "verbose"];

/// Those whose value is the next argument.
const LONG_WITH_VALUE: [&str; 2] = ["rcfile", "init-file"];

/// Returns where a shell with these arguments, its own name not among them, takes its script from.
pub(super) fn script_from(arguments: &[Word]) -> ScriptFrom {
    let (mut by_argument, mut by_input, mut only_reads) = (false, false, false);
    let mut at = 0;
    while let Some(text) = arguments.get(at).map(Word::as_str) {
        if !text.starts_with(['-', '+']) {
            break;
        }
        at += 1;
        if matches!(text, "-" | "--") {
            break;
        }
        match text.trim_start_matches('-') {
            "version" | "help" => return ScriptFrom::Nowhere,
            long if LONG_WITH_VALUE.contains(&long) => at += 1,
            long if LONG.contains(&long) || text.starts_with("--") => {}
            _ => {
                let letters = || text.chars().skip(1).take_while(char::is_ascii_alphabetic);
                by_argument |= text.starts_with('-') && letters().any(|letter| letter == 'c');
                by_input |= text.starts_with('-') && letters().any(|letter| letter == 's');
                only_reads |= text.starts_with('-') && letters().any(|letter| letter == 'n');
                // Each names an option of `set` or `shopt` in an argument of its own: `-euo pipefail`.
                let named = letters().filter(|letter| matches!(letter, 'o' | 'O')).count();
                let mut options = arguments.iter().skip(at).take(named);
                only_reads |= text.starts_with('-') && options.any(|it| it.as_str() == "noexec");
                at += named;
            }
        }
    }
    match (by_argument, at < arguments.len()) {
        _ if only_reads => ScriptFrom::Nowhere,
        (true, true) => ScriptFrom::Argument(at),
        (true, false) => ScriptFrom::Nowhere,
        // What follows `-s` are arguments of that script.
        (false, true) if !by_input => ScriptFrom::File(at),
        (false, _) => ScriptFrom::Input,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::shell::Script;
    use crate::source::text::Text;

    #[test]
    fn options_are_told_from_the_script() {
        use ScriptFrom::{Argument, File, Input, Nowhere};
        for (command, from) in [
            ("sh", Input),
            ("sh -", Input),
            ("sh -e", Input),
            ("bash -s a b", Input),
            ("bash -o pipefail", Input),
            ("bash -euxo pipefail", Input),
            ("bash -eu +o posix", Input),
            ("bash --rcfile x", Input),
            ("bash --init-file x --posix", Input),
            ("bash -norc", Input),
            ("sh x.sh", File(0)),
            ("sh -- -x.sh", File(1)),
            ("bash -e x.sh -c", File(1)),
            ("bash -euo pipefail x.sh", File(2)),
            ("bash -O extglob --rcfile y x.sh", File(4)),
            ("bash -norc x.sh", File(1)),
            ("sh -c x", Argument(1)),
            ("bash -lc x y", Argument(1)),
            ("bash -c -e x", Argument(2)),
            ("bash -ceuo pipefail x", Argument(2)),
            ("bash -euo pipefail -c x", Argument(3)),
            ("bash --rcfile y -c -- x", Argument(4)),
            ("sh -c", Nowhere),
            ("bash --version", Nowhere),
            ("bash -n x.sh", Nowhere),
            ("sh -en x.sh", Nowhere),
            ("bash -o noexec -c x", Nowhere),
            ("bash +n x.sh", File(1)),
            ("bash --norc x.sh -n", File(1)),
        ] {
            let script = Script::of_text(&Text::new(command));
            assert_eq!(script_from(&script.commands[0].words[1..]), from, "{command}");
        }
    }
}
