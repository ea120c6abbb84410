//! The commands that a script cannot do without: where one of them fails, the script fails; and those that it never runs.

use super::{Command, Joint, Script, Word};
use crate::source::text::Span;

/// Commands after which the rest of a script may never run.
const LEAVING: [&str; 3] = ["exec", "exit", "return"];

/// Returns the spans of the commands without which the script fails, in source order: those of the `&&` chain that ends
/// it, and after a first `set -e` the last of every chain, unless a `set +e` follows. A command is left out where that is
/// not certain: in branches, functions, subshells and pipelines, beside `||`, and in a script that may end early.
#[must_use]
pub fn required_commands(script: &Script) -> Vec<Span> {
    let first_word = |command: &Command| command.words.first().map(|word| word.as_str().to_owned());
    let leaves = |command: &Command| {
        first_word(command).is_some_and(|word| LEAVING.contains(&word.as_str()))
    };
    if script.unterminated || script.commands.iter().any(leaves) {
        return Vec::new();
    }
    let chains: Vec<&[Command]> =
        script.commands.chunk_by(|before, _| before.joint == Joint::And).collect();
    let Some((ending, others)) = chains.split_last() else { return Vec::new() };
    let mut required = Vec::new();
    // A shell forgives a failure in a chain, apart from that of its last command; after `set +e`, in every chain.
    if script.commands.first().is_some_and(|first| sets_errexit(first, '-'))
        && !script.commands.iter().any(|command| sets_errexit(command, '+'))
        && chains.iter().all(|chain| always_runs(chain))
    {
        required.extend(others.iter().filter_map(|chain| chain.last()).map(|command| command.span));
    }
    if always_runs(ending) {
        required.extend(ending.iter().map(|command| command.span));
    }
    required
}

/// Returns the spans of the commands that what is before them keeps from running: `a` of `false && a`, of `true || a`,
/// and of `exit 0; a`.
#[must_use]
pub fn skipped_commands(script: &Script) -> Vec<Span> {
    let mut skipped = Vec::new();
    // Whether what was run last succeeds, where that is certain.
    let mut succeeds: Option<bool> = None;
    let mut before = Joint::Sequence;
    let mut is_left = false;
    for command in &script.commands {
        let is_skipped = match before {
            _ if is_left => true,
            Joint::And => succeeds == Some(false),
            Joint::Or => succeeds == Some(true),
            Joint::Sequence | Joint::Pipe | Joint::Background => false,
        };
        if is_skipped {
            skipped.push(command.span);
        } else {
            let constant = match command.words.as_slice() {
                [word, ..] if word.as_str() == "false" => Some(false),
                [word, ..] if matches!(word.as_str(), "true" | ":") => Some(true),
                _ => None,
            };
            succeeds = constant.map(|succeeds| succeeds != command.negated);
            is_left = always_leaves(command);
        }
        before = command.joint;
    }
    skipped
}

/// Whether a script ends with a command, whenever it comes to it.
fn always_leaves(command: &Command) -> bool {
    let leaves = match command.words.first().map(Word::as_str) {
        Some("exit") => true,
        // Without a program it only redirects.
        Some("exec") => command.words.len() > 1,
        _ => false,
    };
    let is_certain = !command.conditional && !command.subshell && command.function.is_none();
    leaves && is_certain && command.joint != Joint::Or
}

/// Whether a chain begins whatever came before it, in the script's own shell, and fails where one of its programs does.
fn always_runs(chain: &[Command]) -> bool {
    // What is negated does not fail where its program does.
    let own =
        |command: &Command| !command.subshell && !command.negated && command.function.is_none();
    chain.first().is_some_and(|first| !first.conditional)
        && chain.iter().all(own)
        && chain.last().is_some_and(|last| matches!(last.joint, Joint::Sequence))
}

/// Whether a command is `set -e`, in any spelling, or `set +e` with the other sign.
fn sets_errexit(command: &Command, sign: char) -> bool {
    let words: Vec<&str> = command.words.iter().map(Word::as_str).collect();
    let Some((&"set", options)) = words.split_first() else { return false };
    let named = |pair: &[&str]| match pair {
        [option, "errexit"] => letters(option, sign).is_some_and(|it| it.ends_with('o')),
        _ => false,
    };
    options.iter().any(|option| letters(option, sign).is_some_and(|it| it.contains('e')))
        || options.windows(2).any(named)
}

/// The letters of options that begin with one sign.
fn letters(option: &str, sign: char) -> Option<&str> {
    option.strip_prefix(sign).filter(|letters| !letters.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::text::Text;

    #[test]
    fn it_fails_with_its_last_chain_and_after_set_e_with_the_end_of_each() {
        for (script, required) in [
            ("a", &["a"][..]),
            ("a && b", &["a", "b"]),
            ("a; b && c", &["b", "c"]),
            ("a\nb\n", &["b"]),
            ("set -e; a; b && c; d", &["set -e", "a", "c", "d"]),
            ("set -eux && a && b", &["set -eux", "a", "b"]),
            ("set -o errexit\na\nb", &["set -o errexit", "a", "b"]),
            ("set -euo pipefail; a; b", &["set -euo pipefail", "a", "b"]),
            ("set -e; a; set +u; b", &["set -e", "a", "set +u", "b"]),
            ("set -e; a; set +e; b; c", &["c"]),
            ("set -e; a; set +xe; b; c", &["c"]),
            ("set -e; a; set +o errexit; b; c", &["c"]),
            ("set -u; a; b", &["b"]),
            ("(a); b", &["b"]),
            ("if a; then b; fi; c", &["c"]),
        ] {
            let text = Text::new(script);
            let spans = required_commands(&Script::of_text(&text));
            let found: Vec<&str> = spans.into_iter().map(|span| text.slice(span)).collect();
            assert_eq!(found, required, "{script}");
        }
    }

    #[test]
    fn what_follows_a_constant_may_never_run() {
        for (script, skipped) in [
            ("false && a", &["a"][..]),
            ("true || a; b", &["a"]),
            (": || a || b && c", &["a", "b"]),
            ("false && a && b || c", &["a", "b"]),
            ("true && a || b", &[]),
            ("false || a && b", &[]),
            ("false; a && b", &[]),
            ("true x || a", &["a"]),
            ("! true && a || b", &["a"]),
            ("! false || a", &["a"]),
            ("! false && a", &[]),
            ("! ! false && a", &["a"]),
            ("! x | false && a", &[]),
            ("! x; false && a", &["a"]),
            ("! { true && a; }", &[]),
            ("! (true && a)", &[]),
            ("if ! true; then a; fi; false && b", &["b"]),
            ("a; exit 0; b; c", &["b", "c"]),
            ("exec a\nb", &["b"]),
            ("exec >log; b", &[]),
            ("a || exit 1; b", &[]),
            ("if a; then exit 0; fi; b", &[]),
            ("(exit 0); f() { exit 0; }; b", &[]),
        ] {
            let text = Text::new(script);
            let spans = skipped_commands(&Script::of_text(&text));
            let found: Vec<&str> = spans.into_iter().map(|span| text.slice(span)).collect();
            assert_eq!(found, skipped, "{script}");
        }
    }

    #[test]
    fn what_may_be_skipped_or_forgiven_is_not_required() {
        for script in [
            "",
            "a || true",
            "a && b || true",
            "a || b && c",
            "{ a; b; } || true",
            "set -e; { a; b; } || true",
            "set -e; a || b",
            "if a; then b; fi",
            "if a; then b && c; fi",
            "f() { a; }",
            "( a )",
            "a | b",
            "a &",
            "[ -e x ] && exit 0; a",
            "exec a",
            "! a",
            "a && ! b",
            "a 'b",
        ] {
            assert_eq!(required_commands(&Script::of_text(&Text::new(script))), [], "{script}");
        }
    }
}
