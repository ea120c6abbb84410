//! The answers as a command again: one that continues, one that asks only for the rest, and one that asks nothing. A
//! credential in an answer is not repeated.

use super::Arguments;
use super::given::{Said, file_of, takes};
use crate::cli::Context;
use crate::cli::shared::next;
use crate::cli::shared::options::Form;
use crate::scaffold::{ChosenKind, Subject};
use crate::source::secrets::{masked, secrets_in};

/// The variable with the forge's address.
const FORGE: &str = "SHIPSHAPE_FORGE";

/// What stands for an answer that is not repeated.
const LEFT_OUT: &str = "…";

/// The command that continues an earlier run: the answers are in the journal, so it only names the journal and the
/// repository.
pub(super) fn going_on(
    arguments: &Arguments,
    context: &Context,
    chosen: &ChosenKind,
    said: &Said,
) -> String {
    asking(arguments, context, chosen, &said.names())
}

/// The command that repeats these answers and asks for the rest.
pub(super) fn asking(
    arguments: &Arguments,
    context: &Context,
    chosen: &ChosenKind,
    said: &Said,
) -> String {
    line(arguments, context, chosen, said, Where::AsGiven, &[])
}

/// The command that creates what is in a folder on the forge, from the same answers.
pub(super) fn on_forge(
    arguments: &Arguments,
    context: &Context,
    chosen: &ChosenKind,
    said: &Said,
) -> String {
    line(arguments, context, chosen, said, Where::Forge, &[])
}

/// The command that creates the same without questions.
pub(super) fn command(
    arguments: &Arguments,
    context: &Context,
    chosen: &ChosenKind,
    said: &Said,
) -> String {
    line(arguments, context, chosen, said, Where::AsGiven, &["--defaults"])
}

/// Where a command creates the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    /// Where this command does.
    AsGiven,
    /// On the forge, with questions.
    Forge,
}

/// A command with the same answers, quoted for a shell. A comment at its end names the answers that it does not repeat.
fn line(
    arguments: &Arguments,
    context: &Context,
    chosen: &ChosenKind,
    said: &Said,
    place: Where,
    flags: &[&str],
) -> String {
    let mut words = words(arguments, context, chosen, said, place);
    words.extend(flags.iter().map(|flag| (*flag).to_owned()));
    let is_left_out = |(_, value): &(&Subject, &String)| is_credential(value);
    let left_out = said.typed.iter().filter(is_left_out).map(|(subject, _)| subject.label());
    let left_out: Vec<&str> = left_out.collect();
    if !left_out.is_empty() {
        words.push(format!("# {LEFT_OUT} is the credential in {}", left_out.join(", ")));
    }
    words.join(" ")
}

/// Whether a value holds a credential, or a URL with a password. The user of a URL alone is none.
fn is_credential(value: &str) -> bool {
    let has_password = |rest: &str| {
        let authority = rest.split(|c: char| c.is_whitespace() || "/?#".contains(c)).next();
        let user = authority.and_then(|authority| authority.rsplit_once('@'));
        user.is_some_and(|(user, _)| user.contains(':'))
    };
    !secrets_in(value.as_bytes()).is_empty()
        || masked(value) != value && value.split("://").skip(1).any(has_password)
}

/// The words of a command with the same answers, each quoted for a shell.
fn words(
    arguments: &Arguments,
    context: &Context,
    chosen: &ChosenKind,
    said: &Said,
    place: Where,
) -> Vec<String> {
    let as_given = place == Where::AsGiven;
    let mut words = vec!["shipshape".to_owned(), "new".to_owned()];
    let mut say = |option: &str, value: &str| {
        words.push(option.to_owned());
        words.push(next::quoted(value));
    };
    if let Some(file) = &context.fleet_file {
        say("--fleet", &file.display().to_string());
    }
    // Variables also apply to the next run.
    let forge = arguments.forge.forge.as_deref().filter(|url| !url.trim().is_empty());
    if let Some(url) = forge.filter(|url| context.environment.get(FORGE) != Some(*url)) {
        say("--forge", url);
    }
    if let Some(file) = &arguments.state {
        say("--state", &file.display().to_string());
    }
    if let Some(folder) = arguments.local.as_ref().filter(|_| as_given) {
        say("--local", &folder.display().to_string());
    }
    if let Some(shape) = &arguments.shape {
        say("--shape", &shape.display().to_string());
    }
    let several = chosen.fleet.as_ref().is_some_and(|fleet| fleet.manifest.kinds.len() > 1);
    if several {
        say("--kind", &chosen.kind_name);
    }
    for (subject, value) in said.typed.iter().filter(|(subject, _)| **subject != Subject::Slug) {
        let again = match is_credential(value) {
            true => left_out(subject),
            false => said_again(subject, value, chosen),
        };
        let [option, value] = subject.words(&again);
        say(&option, &value);
    }
    for alias in &said.aliases {
        say("--alias", alias);
    }
    if arguments.wait != super::WAIT {
        say("--wait", &arguments.wait.to_string());
    }
    if arguments.format == Form::Json && as_given {
        say("--format", "json");
    }
    let flags = [
        ("--git", arguments.git && as_given),
        ("--register", arguments.register && as_given),
        ("--anyway", said.anyway),
    ];
    words.extend(flags.iter().filter(|(_, given)| *given).map(|(flag, _)| (*flag).to_owned()));
    if let Some(slug) = said.typed.get(&Subject::Slug) {
        words.insert(2, next::quoted(slug));
    }
    words
}

/// What is put in the place of a credential. That of a variable names no file, so that the command is refused until
/// somebody has replaced it.
fn left_out(subject: &Subject) -> String {
    match subject {
        Subject::Variable(_) => format!("@{LEFT_OUT}"),
        _ => LEFT_OUT.to_owned(),
    }
}

/// Escapes a value such that `--set` yields it unchanged.
fn said_again(subject: &Subject, value: &str, chosen: &ChosenKind) -> String {
    let Subject::Variable(name) = subject else { return value.to_owned() };
    // A leading `@@` would be taken for an escaped `@`.
    let is_plain = !value.starts_with("@@")
        && (value.contains('\n') || file_of(value).is_none() && takes(name, value, chosen));
    let is_itself = !value.starts_with('@') || is_plain;
    if is_itself { value.to_owned() } else { format!("@{value}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_secret_is_left_out() {
        let key = format!("key {}QYLPMN5HHHFPZAM2", "AKIA");
        for secret in [key.as_str(), "https://user:hunter2@index.example/simple"] {
            assert!(is_credential(secret), "{secret}");
        }
        for plain in ["a:b", "git+ssh://git@forge.example/a/b", "https://${USER}:${PASS}@x/"] {
            assert!(!is_credential(plain), "{plain}");
        }
    }
}
