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

/// What stands for an answer to a variable that is not repeated.
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
    let unsaid = Unsaid::of(said);
    // Without a question, the command would create something else.
    let flags = flags.iter().filter(|_| unsaid.without.is_empty());
    words.extend(flags.map(|flag| (*flag).to_owned()));
    words.extend(unsaid.in_words().map(|unsaid| format!("# {unsaid}")));
    words.join(" ")
}

/// The answers that are not repeated, by their names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Unsaid<'a> {
    /// Those of variables, for which something stands that is refused.
    replaced: Vec<&'a str>,
    /// All others, for which any text would be taken: their options are left out.
    without: Vec<&'a str>,
}

impl<'a> Unsaid<'a> {
    fn of(said: &'a Said) -> Self {
        let mut unsaid = Self::default();
        for (subject, _) in said.typed.iter().filter(|(_, value)| is_credential(value)) {
            match subject {
                Subject::Variable(name) => unsaid.replaced.push(name),
                other => unsaid.without.push(other.label()),
            }
        }
        if said.aliases.iter().any(|alias| is_credential(alias)) {
            unsaid.without.push("alias");
        }
        unsaid
    }

    fn in_words(&self) -> Option<String> {
        let named = |what: &str, names: &[&str]| {
            (!names.is_empty()).then(|| format!("{what} the credential in {}", names.join(", ")))
        };
        let replaced = named(&format!("{LEFT_OUT} is"), &self.replaced);
        let all: Vec<String> =
            replaced.into_iter().chain(named("without", &self.without)).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
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
        let again = match (is_credential(value), subject) {
            (false, _) => said_again(subject, value, chosen),
            // It names no file, so that the command is refused until somebody has replaced it.
            (true, Subject::Variable(_)) => format!("@{LEFT_OUT}"),
            (true, _) => continue,
        };
        let [option, value] = subject.words(&again);
        say(&option, &value);
    }
    for alias in said.aliases.iter().filter(|alias| !is_credential(alias)) {
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
    if let Some(slug) = said.typed.get(&Subject::Slug).filter(|slug| !is_credential(slug)) {
        words.insert(2, next::quoted(slug));
    }
    words
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

    #[test]
    fn only_a_variable_has_something_in_the_place_of_a_credential() {
        let secret = "https://user:hunter2@index.example/".to_owned();
        let mut said = Said::default();
        assert_eq!(Unsaid::of(&said).in_words(), None);
        said.typed.insert(Subject::Slug, "beta".to_owned());
        said.typed.insert(Subject::Variable("prompt".to_owned()), secret.clone());
        let replaced = "… is the credential in prompt";
        assert_eq!(Unsaid::of(&said).in_words().as_deref(), Some(replaced));
        said.typed.insert(Subject::Description, secret.clone());
        said.aliases = vec!["b".to_owned(), secret];
        let all = format!("{replaced}; without the credential in description, alias");
        assert_eq!(Unsaid::of(&said).in_words(), Some(all));
    }
}
