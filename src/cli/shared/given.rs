//! The options given on the command line, to repeat them in suggested commands.

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::cli::shared::next::quoted;
use crate::source::secrets::masked;

/// Options that only concern one run and are not repeated, each with the command it belongs to, or `""` for any. For
/// example, a stage to begin at only concerns one run, but a folder to take files from does not.
const OF_ONE_RUN: &[(&str, &str)] = &[
    ("", "also"),
    ("", "color"),
    ("", "comment"),
    ("", "dry-run"),
    ("", "fail-on"),
    ("", "fleet"),
    ("", "format"),
    ("", "jobs"),
    ("", "only-behind"),
    ("", "output"),
    ("", "quiet"),
    ("", "read-only"),
    ("", "runtime"),
    ("", "again"),
    ("", "start-over"),
    ("", "until"),
    ("", "verbose"),
    ("", "version"),
    ("", "commit"),
    ("", "watch"),
    ("", "yes"),
    // A switch of `fix`, but a folder here.
    ("drift", "registrations"),
    ("release run", "from"),
];

/// An option that closes a gate, and must be repeated for commands with gates: without it, a resumed release would pass
/// a gate that was closed. For other commands it only concerns the report.
const GATE: &str = "fail-on";

/// The commands that have such gates.
const WITH_GATES: &[&str] = &["release publish", "release run"];

/// An option as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Typed {
    /// Its long name.
    long: String,
    /// The option and its value, quoted for a shell.
    text: String,
    /// Whether it only concerns this run.
    is_once: bool,
}

/// The options that were typed. Values from the environment are excluded, since later commands get them anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given(Vec<Typed>);

impl Given {
    /// The typed options of a command line.
    #[must_use]
    pub fn of(matches: &ArgMatches) -> Self {
        let mut given = Vec::new();
        let (mut command, mut matches, mut called) = (crate::cli::tree(), matches, Vec::new());
        loop {
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                let is_typed = matches.try_contains_id(id).unwrap_or_default()
                    && matches.value_source(id) == Some(ValueSource::CommandLine);
                let Some(long) = argument.get_long().filter(|_| is_typed) else { continue };
                let path = called.join(" ");
                let is_listed =
                    |(of, name): &(&str, &str)| *name == long && (of.is_empty() || *of == path);
                let is_of_gates = long == GATE && WITH_GATES.contains(&path.as_str());
                let is_once = !is_of_gates && OF_ONE_RUN.iter().any(is_listed);
                let mut text = format!("--{long}");
                if argument.get_action().takes_values() {
                    let raw = matches.get_raw(id).into_iter().flatten();
                    let values: Vec<String> =
                        raw.map(|value| value.to_string_lossy().into_owned()).collect();
                    let values = match argument.get_value_delimiter() {
                        Some(delimiter) => vec![values.join(&delimiter.to_string())],
                        None => values,
                    };
                    for value in values {
                        text.push_str(&format!(" {}", quoted(&value)));
                    }
                }
                given.push(Typed { long: long.to_owned(), text, is_once });
            }
            let Some((name, below)) = matches.subcommand() else { break };
            let Some(next) = command.find_subcommand(name).cloned() else { break };
            called.push(name.to_owned());
            (command, matches) = (next, below);
        }
        Self(given)
    }

    /// The options to record for resuming the command later. Those that contain a credential are excluded, since the
    /// record is stored and displayed.
    #[must_use]
    pub fn kept(&self) -> Vec<String> {
        let texts = self.0.iter().filter(|typed| !typed.is_once).map(|typed| &typed.text);
        texts.filter(|text| masked(text) == text.as_str()).cloned().collect()
    }

    /// Those of the [kept](Self::kept) options that say where the index is.
    #[must_use]
    pub fn of_index(&self) -> Vec<String> {
        let mut kept = self.kept();
        kept.retain(|text| text.starts_with("--index-url "));
        kept
    }

    /// The recorded options, with those that were typed now in their place or after them.
    #[must_use]
    pub fn added_to(&self, recorded: &[String]) -> Vec<String> {
        let long = |text: &String| text.split(' ').next().unwrap_or_default().to_owned();
        let new = self.kept();
        let current =
            |text: &String| new.iter().find(|new| long(new) == long(text)).unwrap_or(text).clone();
        let mut all: Vec<String> = recorded.iter().map(current).collect();
        let added: Vec<String> = new.iter().filter(|text| !all.contains(text)).cloned().collect();
        all.extend(added);
        all
    }

    /// The typed options without one of them.
    #[must_use]
    pub fn without(&self, long: &str) -> Self {
        Self(self.0.iter().filter(|typed| typed.long != long).cloned().collect())
    }

    /// Only the options that say where the commands of one campaign work: on which forge, and with which journal.
    #[must_use]
    pub fn of_place(&self) -> Self {
        let is_place = |typed: &&Typed| ["forge", "state"].contains(&typed.long.as_str());
        Self(self.0.iter().filter(is_place).cloned().collect())
    }

    /// The recorded options, followed by those of this command line that have other names.
    #[must_use]
    pub fn before(&self, kept: &[String]) -> Self {
        let typed = |text: &String| {
            let long = text.split(' ').next()?.strip_prefix("--")?.to_owned();
            Some(Typed { long, text: text.clone(), is_once: false })
        };
        let mut all: Vec<Typed> = kept.iter().filter_map(typed).collect();
        let is_new = |new: &&Typed| all.iter().all(|known| known.long != new.long);
        let new: Vec<Typed> = self.0.iter().filter(is_new).cloned().collect();
        all.extend(new);
        Self(all)
    }

    /// The same command line for a real run after a preview: without the options that made it a preview, and those in
    /// `without`.
    #[must_use]
    pub fn in_earnest(&self, command: &str, without: &[&str]) -> String {
        let only_looks = ["dry-run", "read-only", "fleet"];
        let stays = |typed: &&Typed| {
            let long = typed.long.as_str();
            !only_looks.contains(&long) && !without.contains(&long)
        };
        let all = self.0.iter().filter(stays);
        Self(all.map(|typed| Typed { is_once: false, ..typed.clone() }).collect())
            .carried_to(command)
    }

    /// A shipshape command with the options that it accepts and does not have yet added.
    #[must_use]
    pub fn carried_to(&self, command: &str) -> String {
        if self.0.is_empty() {
            return command.to_owned();
        }
        let (mut of, mut called) = (crate::cli::tree(), Vec::new());
        for word in command.split(' ').filter(|word| *word != "shipshape") {
            let Some(next) = of.find_subcommand(word).cloned() else { break };
            of = next;
            called.push(word);
        }
        let has_gates = WITH_GATES.contains(&called.join(" ").as_str());
        let knows = |long: &str| {
            (long != GATE || has_gates) && of.get_arguments().any(|it| it.get_long() == Some(long))
        };
        let mut text = command.to_owned();
        for Typed { long, text: typed, .. } in self.0.iter().filter(|typed| !typed.is_once) {
            let is_told = command.split(' ').any(|word| word.strip_prefix("--") == Some(long));
            if knows(long) && !is_told {
                text.push_str(&format!(" {typed}"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(line: &str) -> Given {
        let words = line.split(' ').map(str::to_owned);
        Given::of(&crate::cli::tree().try_get_matches_from(words).expect("a command"))
    }

    #[test]
    fn the_command_that_goes_on_is_given_the_same_again() {
        let run = given(
            "shipshape release run --dry-run --no-deps --soft --package core/package.yaml --waves 1,25 --first a b \
             --from wait --fleet x.yaml -v",
        );
        let again = run.carried_to("shipshape release run --version 0.1.6");
        assert!(again.starts_with("shipshape release run --version 0.1.6 --"), "{again}");
        for kept in
            ["--no-deps", "--soft", "--package core/package.yaml", "--waves 1,25", "--first a,b"]
        {
            assert!(again.contains(&format!(" {kept}")), "{again}");
        }
        for once in ["--dry-run", "--from", "--fleet", "-v", "--patience"] {
            assert!(!again.contains(&format!(" {once}")), "{again}");
        }
        assert!(crate::cli::tree().try_get_matches_from(again.split(' ')).is_ok(), "{again}");
        let plan = given("shipshape release plan --version 0.1.6 --force --no-compat");
        let tag = plan.carried_to("shipshape release tag --version 0.1.6");
        assert_eq!(tag, "shipshape release tag --version 0.1.6 --force");
        let published = given("shipshape release publish 0.1.6 --from dist --dry-run");
        let again = published.carried_to("shipshape release publish 0.1.6");
        assert_eq!(again, "shipshape release publish 0.1.6 --from dist");
    }
    #[test]
    fn each_option_of_a_look_is_carried_to_what_it_proposes_or_is_of_one_run() {
        let tree = crate::cli::tree();
        let of = |name: &str| tree.find_subcommand(name).expect("a command").clone();
        for (asked, proposed) in
            [("drift", "validate"), ("drift", "fix"), ("validate", "validate"), ("validate", "fix")]
        {
            let (from, to) = (of(asked), of(proposed));
            for option in from.get_arguments().chain(tree.get_arguments()) {
                let Some(long) = option.get_long() else { continue };
                let known = to.get_arguments().find(|it| it.get_long() == Some(long));
                let is_once = OF_ONE_RUN
                    .iter()
                    .any(|(of, name)| *name == long && (of.is_empty() || *of == asked));
                let Some(known) = known.filter(|_| !is_once) else { continue };
                let takes = |it: &clap::Arg| (it.get_action().takes_values(), it.get_num_args());
                assert_eq!(
                    takes(known),
                    takes(option),
                    "--{long} of {asked} means another thing to {proposed}"
                );
                let value = if option.get_action().takes_values() { " 1" } else { "" };
                let again = given(&format!("shipshape {asked} --{long}{value}"))
                    .carried_to(&format!("shipshape {proposed}"));
                let is_of_a_forge = proposed == "fix" && known.is_global_set();
                assert!(
                    again.ends_with(&format!("--{long}{value}")) || is_of_a_forge,
                    "{asked} --{long}: {again}"
                );
            }
        }
    }

    #[test]
    fn after_a_look_it_is_the_very_command_line_without_what_made_it_look() {
        let look = given(
            "shipshape release run --version 0.2.0 --commit main --until publish --waves 1,25% --dry-run --fleet x.yaml",
        );
        assert_eq!(
            look.in_earnest("shipshape release run", &[]),
            "shipshape release run --until publish --version 0.2.0 --commit main --waves '1,25%'"
        );
        let plan = look.in_earnest("shipshape release run", &["until"]);
        assert!(!plan.contains("--until"), "{plan}");
    }

    #[test]
    fn what_closes_a_gate_is_carried_to_the_gate_and_to_no_report() {
        let run = given("shipshape release run --fail-on warning --no-deps");
        assert_eq!(run.kept(), ["--no-deps", "--fail-on warning"]);
        for (command, is_carried) in [
            ("release run --version 0.1.6", true),
            ("release publish 0.1.6", true),
            ("drift", false),
        ] {
            let again = run.carried_to(&format!("shipshape {command}"));
            assert_eq!(again.contains("--fail-on warning"), is_carried, "{again}");
        }
        let drift = given("shipshape drift --fail-on warning");
        assert_eq!(drift.carried_to("shipshape validate"), "shipshape validate");
        assert!(drift.kept().is_empty());
    }

    #[test]
    fn what_was_remembered_goes_before_what_was_typed() {
        let run = given("shipshape release run --no-deps --waves 1,25% --first a --yes");
        let kept = run.kept();
        assert_eq!(kept, ["--no-deps", "--waves '1,25%'", "--first a"]);
        let secret =
            given("shipshape release run --index-url https://ann:s3cret@index.test/ --soft");
        assert_eq!(secret.kept(), ["--soft"]);
        let later = given("shipshape release status --forge http://localhost:1 --state s.db");
        assert_eq!(
            later.before(&kept).carried_to("shipshape release run --version 0.1.6"),
            "shipshape release run --version 0.1.6 --no-deps --waves '1,25%' --first a --state s.db --forge http://localhost:1"
        );
        assert_eq!(later.before(&[]), later);
    }
}
