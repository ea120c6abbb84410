//! How an image's accounts are changed, apart from adding one: by other programs, and by writing to `/etc/passwd`.

use crate::checks::dockerfile::{Commands, Values};
use crate::source::Span;
use crate::source::dockerfile::StageView;
use crate::source::shell::{Program, Script, Word, basename, programs_with_substituted};

/// The file that holds the accounts.
const PASSWD: &str = "/etc/passwd";

/// Programs that change accounts, apart from those that add one.
const CHANGING: [&str; 5] = ["usermod", "userdel", "deluser", "newusers", "vipw"];

/// Programs that only read the files that they name. Any other may write them.
const READING: [&str; 17] = [
    "[", "[[", "awk", "cat", "cut", "diff", "echo", "egrep", "getent", "grep", "head", "id", "ls",
    "printf", "stat", "tail", "test",
];

/// The first instruction that may change accounts in a way that is not understood.
pub(super) fn changed_otherwise(view: StageView<'_>, commands: &[Commands<'_>]) -> Option<Span> {
    let mut runs = commands.iter().filter(|run| run.scripts.iter().any(changes_accounts));
    let by_run = runs.next().map(|run| run.instruction.span);
    let mut copies = view.copies().filter(|(_, copy)| {
        let named = |source: &str| basename(source.trim_matches(['"', '\''])) == basename(PASSWD);
        match copy.absolute.as_deref() {
            Some(PASSWD) => true,
            Some("/etc" | "/etc/") => copy.sources.iter().any(|source| named(&source.raw)),
            _ => false,
        }
    });
    let by_copy = copies.next().map(|(instruction, _)| instruction.span);
    by_run.into_iter().chain(by_copy).min_by_key(|place| place.start)
}

fn changes_accounts(script: &Script) -> bool {
    let is_program = |program: &Program| CHANGING.contains(&program.name());
    may_write(script) || programs_with_substituted(script).iter().any(is_program)
}

/// Whether a RUN may take away an account, its name or its uid, whichever account that is.
pub(super) fn may_free(run: &Commands<'_>) -> bool {
    let frees = |program: &Program| match program.name() {
        "usermod" => program.arguments.iter().any(replaces_identity),
        name => CHANGING.contains(&name),
    };
    run.scripts
        .iter()
        .any(|script| may_write(script) || programs_with_substituted(script).iter().any(frees))
}

/// Whether a script may write the file of accounts.
fn may_write(script: &Script) -> bool {
    let is_passwd = |word: &Word| word.as_str().ends_with(PASSWD);
    // `sh -c` has the file in a word of its own script.
    let by_program = script.commands.iter().chain(&script.substituted).any(|command| {
        let Some((program, arguments)) = command.words.split_first() else { return false };
        arguments.iter().any(|word| word.as_str().contains(PASSWD))
            && !only_reads(basename(program.as_str()), arguments)
    });
    by_program || script.written.iter().any(is_passwd)
}

fn only_reads(program: &str, arguments: &[Word]) -> bool {
    let edits_in_place = |word: &Word| {
        let text = word.as_str();
        text.starts_with("--in-place") || (is_short(text) && text.contains('i'))
    };
    match program {
        "sed" => !arguments.iter().any(edits_in_place),
        _ => READING.contains(&program),
    }
}

fn is_short(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--")
}

/// Where an account was added: in the first of these RUNs, in the script of this number, up to an offset in it.
pub(super) struct Since<'r, 'd> {
    pub(super) runs: &'r [Commands<'d>],
    pub(super) script: usize,
    pub(super) offset: usize,
}

/// The instruction that deletes an account after it was added, or gives it another name or uid.
pub(super) fn undone(values: &Values<'_>, since: &Since<'_, '_>, account: &str) -> Option<Span> {
    let place = |run: &Commands<'_>| run.instruction.span;
    let undoes = |run: &Commands<'_>, program: &Program| {
        // A word that is known only when it runs may be the account.
        let is_it =
            |word: &Word| values.of_word(place(run), word.as_str()).is_none_or(|it| it == account);
        match program.name() {
            "userdel" | "deluser" => program.arguments.iter().any(is_it),
            "usermod" => {
                program.arguments.iter().any(replaces_identity)
                    && program.arguments.iter().any(is_it)
            }
            _ => false,
        }
    };
    let undone_in = |(index, run): (usize, &Commands<'_>)| {
        let first = if index == 0 { since.script } else { 0 };
        let mut scripts = run.scripts.iter().enumerate().skip(first);
        let found = scripts.any(|(number, script)| {
            let offset = if (index, number) == (0, since.script) { since.offset } else { 0 };
            let programs = programs_with_substituted(script);
            let mut later = programs.iter().filter(|program| program.span.start >= offset);
            later.any(|program| undoes(run, program))
        });
        found.then(|| place(run))
    };
    since.runs.iter().enumerate().find_map(undone_in)
}

/// Whether an option of `usermod` sets the name or the uid.
fn replaces_identity(word: &Word) -> bool {
    let text = word.as_str();
    text.starts_with("--uid")
        || text.starts_with("--login")
        || (is_short(text) && text.contains(['u', 'l']))
}
