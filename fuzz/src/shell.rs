//! What is asked of every shell script, wherever it stands.

use shipshape::source::Span;
use shipshape::source::shell::{Command, Script, Word, accounts_added, pip_installs, programs_of};

/// Gives every place in a script and in what is read out of it to `check`.
pub fn script_is_sound(script: &Script, check: &dyn Fn(Span, &str)) {
    let words = |words: &[Word]| {
        for word in words {
            check(word.span, "word");
            check(word.text.whole_span(), "text of a word");
        }
    };
    let commands = |commands: &[Command]| {
        for command in commands {
            check(command.span, "command");
            words(&command.words);
            for assignment in &command.assignments {
                words(std::slice::from_ref(&assignment.value));
            }
        }
    };
    commands(&script.commands);
    commands(&script.substituted);
    for array in &script.arrays {
        check(array.name_span, "name of an array");
        check(array.inner, "array");
        words(&array.elements);
    }
    for expansion in script.expansions.iter().chain(&script.all_expansions()) {
        check(expansion.span, "expansion");
        check(expansion.argument.whole_span(), "argument of an expansion");
    }
    for forwarder in script.forwarders() {
        check(forwarder.span, "forwarder");
    }
    for program in programs_of(script) {
        words(&[program.word]);
        words(&program.arguments);
    }
    for account in accounts_added(script) {
        check(account.span, "account");
        check(account.name_span, "name of an account");
        if let Some(span) = account.uid_span {
            check(span, "number of an account");
        }
    }
    for install in pip_installs(script) {
        check(install.span, "pip install");
        words(&install.requirement_files);
        words(&install.constraint_files);
        words(&install.requirements);
    }
}
