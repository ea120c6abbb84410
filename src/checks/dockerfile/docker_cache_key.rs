//! SHP102: the layer that installs the runtime changes with the build argument that names its version.

use std::collections::BTreeSet;

use crate::change::FileEdit;
use crate::checks::dockerfile::image_files::ImageFiles;
use crate::checks::dockerfile::installation::{Installation, installation};
use crate::checks::dockerfile::{Commands, Judged, commands_of, judged};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::source::dockerfile::{Action, CommandLine, Instruction, Known, Pair};
use crate::source::{Span, TextEdit};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP102",
    id: "docker-cache-key",
    severity: Severity::Error,
    summary: "The build argument that names the runtime's version is declared before, and expanded in, the RUN that installs it.",
    protects: "releases: without it the build replays the layer with the runtime of yesterday, and reports success.",
    details: "Demanded by `cache_key.arg` and `installs` of a Dockerfile in the shape pack. A RUN that installs \
              the distribution (rule docker-runtime-install) must expand the argument where a shell sees it, and \
              an ARG of the same stage, or of a stage it is built from, must stand before that RUN: one before \
              the first FROM is not seen in a stage. An ENV made of the argument counts as the argument; an ENV \
              of the same name that is not made of it hides it. Where several RUNs install it, one of them \
              is enough. Silent where nothing installs the distribution. See “Impact on build caching” in \
              Docker's reference of ARG.",
    fails: (
        "dockerfile",
        "ARG RUNTIME_VERSION\nFROM python:3.11-slim\nRUN pip install \"molecule-ai-workspace-runtime==${RUNTIME_VERSION}\"",
    ),
    passes: (
        "dockerfile",
        "FROM python:3.11-slim\nARG RUNTIME_VERSION\nRUN pip install \"molecule-ai-workspace-runtime==${RUNTIME_VERSION}\"",
    ),
};

/// Decides SHP102.
#[derive(Debug)]
pub struct DockerCacheKey;

impl Check for DockerCacheKey {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for judged in judged(repository) {
            if let (Some(key), Some(wanted)) = (&judged.demand.cache_key, &judged.demand.installs) {
                findings.extend(decide(repository, &judged, &key.arg, wanted));
            }
        }
    }
}

fn decide(
    repository: &Repository<'_>,
    judged: &Judged<'_>,
    argument: &str,
    wanted: &str,
) -> Option<Finding> {
    let context = judged.context(repository);
    let files = ImageFiles { view: judged.view(), context: &context };
    let commands = commands_of(&files);
    let installing: Vec<&Commands<'_>> = match installation(repository, &files, &commands, wanted) {
        Installation::By(by) => by.iter().filter_map(|index| commands.get(*index)).collect(),
        Installation::Nothing { .. } => return None,
        Installation::Unknown { at, because } => {
            let message = format!(
                "whether the layer with `{wanted}` changes with `{argument}` cannot be told: {because}"
            );
            return Some(judged.at(&RULE, at, message).unchecked());
        }
    };
    let key = Key { judged, argument, wanted };
    let first = installing.iter().find(|command| key.expands(command));
    match first {
        Some(_) if installing.iter().any(|command| key.expands(command) && key.is_fed(command)) => {
            None
        }
        Some(command) => Some(key.not_fed(command)),
        None => installing.first().map(|command| key.not_expanded(command, &commands)),
    }
}

struct Key<'k, 'a> {
    judged: &'k Judged<'a>,
    argument: &'k str,
    wanted: &'k str,
}

impl Key<'_, '_> {
    /// Names of ENVs that hold the argument's value before a place.
    fn environment_of_it(&self, place: Span) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for pair in self.environment_before(place) {
            let made_of_it = pair.value.mentions.iter().any(|mention| {
                let name = mention.name.as_str();
                names.contains(name)
                    || (name == self.argument && mention.known == Some(Known::Argument))
            });
            if made_of_it {
                names.insert(pair.name.as_str());
            } else {
                names.remove(pair.name.as_str());
            }
        }
        names
    }

    fn environment_before(&self, place: Span) -> impl Iterator<Item = &Pair> {
        let instructions = self.judged.view().instructions();
        instructions
            .filter(move |instruction| instruction.span.end <= place.start)
            .filter_map(|instruction| match &instruction.action {
                Action::Env(pairs) => Some(pairs),
                _ => None,
            })
            .flatten()
    }

    /// Whether a shell that this RUN starts expands the argument.
    fn expands(&self, command: &Commands<'_>) -> bool {
        let names = self.environment_of_it(command.instruction.span);
        let scripts = command.scripts.iter();
        scripts
            .flat_map(crate::source::shell::Script::all_expansions)
            .any(|it| it.name == self.argument || names.contains(it.name.as_str()))
    }

    /// The ENV of the argument's own name that hides it from a RUN.
    fn hiding(&self, place: Span) -> Option<&Pair> {
        let own =
            self.environment_before(place).filter(|pair| pair.name == self.argument).last()?;
        (!self.environment_of_it(place).contains(self.argument)).then_some(own)
    }

    fn is_declared(&self, place: Span) -> bool {
        let visible = self.judged.view().arguments_visible_at(place);
        visible.iter().any(|declared| declared.name == self.argument)
    }

    fn is_fed(&self, command: &Commands<'_>) -> bool {
        let place = command.instruction.span;
        self.is_declared(place) && self.hiding(place).is_none()
    }

    /// The RUN expands the argument, and nothing gives it one.
    fn not_fed(&self, command: &Commands<'_>) -> Finding {
        let Self { judged, argument, .. } = self;
        let place = command.instruction.span;
        let span = expansion_of(command, argument).unwrap_or(command.instruction.keyword_span);
        if self.is_declared(place) {
            let message =
                format!("`{argument}` is always what an ENV sets, whatever the build passes");
            let finding = judged
                .at(&RULE, span, message)
                .help(format!("remove the ENV, or write `ENV {argument}=${{{argument}}}`"));
            return match self.hiding(place) {
                Some(pair) => {
                    finding.related(judged.place(pair.name_span), "this ENV hides the ARG")
                }
                None => finding,
            };
        }
        let global = judged.file.global_arguments.iter().find(|known| known.name == *argument);
        let (other, why) = self.other_declaration(place);
        let why = match (global, why) {
            (_, Some(why)) => why,
            (Some(_), None) => "its ARG stands before FROM, where no stage sees it".to_owned(),
            (None, None) => "the stage declares no such ARG".to_owned(),
        };
        let message = format!(
            "`{argument}` is expanded in the RUN that installs `{}` and is empty there: {why}",
            self.wanted
        );
        let mut finding = judged
            .at(&RULE, span, message)
            .help(format!("declare `ARG {argument}` in the stage, before this RUN"));
        if let Some(known) = other.or(global.map(|known| known.span)) {
            finding = finding.related(judged.place(known), "it is declared here");
        } else {
            finding = judged.pointing_at_comment(finding, &["ARG", argument]);
        }
        let line = judged.text.whole_lines(place).start;
        let edit = TextEdit::insert(line, format!("ARG {argument}{}", judged.text.line_end()));
        let edits = vec![FileEdit::text(judged.path(), vec![edit])];
        let title = format!("declare `ARG {argument}` before the RUN");
        // A default before FROM would come into force, and change what is installed.
        let fix = match global.and_then(|known| known.default.as_ref()) {
            Some(default) if default.text.as_deref() != Some("") => Fix::risky(title, edits),
            _ => Fix::safe(title, edits),
        };
        finding.fix(fix)
    }

    /// A declaration that the RUN does not see, and why.
    fn other_declaration(&self, place: Span) -> (Option<Span>, Option<String>) {
        let declares = |instruction: &&Instruction| match &instruction.action {
            Action::Arg(arguments) => arguments.iter().any(|known| known.name == self.argument),
            _ => false,
        };
        let mut later = self.judged.view().instructions().filter(declares);
        if let Some(later) = later.find(|instruction| instruction.span.start >= place.start) {
            return (Some(later.span), Some("its ARG stands behind the RUN".to_owned()));
        }
        let mut others = self.judged.elsewhere();
        match others.find(|(_, instruction)| declares(instruction)) {
            Some((stage, instruction)) => {
                let why =
                    format!("its ARG stands in stage `{stage}`, which is no part of the image");
                (Some(instruction.span), Some(why))
            }
            None => (None, None),
        }
    }

    /// No RUN that installs the distribution expands the argument.
    fn not_expanded(&self, command: &Commands<'_>, all: &[Commands<'_>]) -> Finding {
        let Self { judged, argument, wanted } = self;
        let span = command.instruction.span;
        let help = format!(
            "install `\"{wanted}${{{argument}:+==${{{argument}}}}}\"` in this RUN, beside what it installs"
        );
        let at = |message: String| judged.at(&RULE, span, message).help(help.clone());
        if let Some(other) = all.iter().find(|other| self.expands(other)) {
            let message = format!(
                "the RUN that installs `{wanted}` does not expand `{argument}`, which another RUN does"
            );
            return at(message)
                .related(judged.place(other.instruction.span), "it is expanded here");
        }
        if self.is_written_in(command) {
            return at(format!(
                "`{argument}` stands in the RUN that installs `{wanted}` where no shell expands it: in single quotes, behind a backslash, in a comment or in a JSON array"
            ));
        }
        if self.is_declared(span) {
            return at(format!(
                "`{argument}` is declared, and the RUN that installs `{wanted}` does not expand it"
            ));
        }
        let finding = at(format!(
            "the RUN that installs `{wanted}` does not depend on `{argument}`: its layer is replayed with an old version"
        ));
        judged.pointing_at_comment(finding, &[argument])
    }

    fn is_written_in(&self, command: &Commands<'_>) -> bool {
        let bare = format!("${}", self.argument);
        let braced = format!("${{{}", self.argument);
        let holds = |text: &str| text.contains(&bare) || text.contains(&braced);
        match &command.run.command {
            CommandLine::Exec(words) => words.iter().any(|word| holds(&word.value)),
            CommandLine::Shell(text) => {
                holds(text.as_str())
                    || command.run.heredocs.iter().any(|heredoc| holds(heredoc.body.as_str()))
            }
        }
    }
}

/// Where the RUN itself expands a name.
fn expansion_of(command: &Commands<'_>, name: &str) -> Option<Span> {
    let expansions = command.scripts.first()?.all_expansions();
    expansions.iter().find(|expansion| expansion.name == name).map(|expansion| expansion.span)
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const KEYED: &str = "RUN pip install -r requirements.txt \"molecule-ai-workspace-runtime${RUNTIME_VERSION:+==${RUNTIME_VERSION}}\"";

    fn case(dockerfile: &str) -> Case {
        let dockerfile = dockerfile.replace("KEYED", KEYED);
        Case::conformant().file("Dockerfile", format!("{dockerfile}\n"))
    }

    fn said(dockerfile: &str) -> String {
        case(dockerfile).said("docker-cache-key")
    }

    #[test]
    fn declared_before_and_expanded_inside_passes() {
        assert_eq!(Case::conformant().said("docker-cache-key"), "");
        for dockerfile in [
            "FROM a\nARG RUNTIME_VERSION=\nCOPY requirements.txt .\nKEYED",
            "FROM a\nARG RUNTIME_VERSION\nCOPY requirements.txt .\nRUN pip install -r requirements.txt && \\\n if [ -n \"$RUNTIME_VERSION\" ]; then pip install x==$RUNTIME_VERSION; fi",
            "FROM a AS b\nARG RUNTIME_VERSION\nFROM b\nKEYED",
            "ARG RUNTIME_VERSION=1\nFROM a\nARG RUNTIME_VERSION\nKEYED",
            "FROM a\nARG RUNTIME_VERSION\nENV RUNTIME_VERSION=${RUNTIME_VERSION}\nKEYED",
            "FROM a\nARG RUNTIME_VERSION\nENV V=$RUNTIME_VERSION\nRUN pip install molecule-ai-workspace-runtime==$V",
            "FROM a\nARG RUNTIME_VERSION\nRUN sh -c 'pip install molecule-ai-workspace-runtime==$RUNTIME_VERSION'",
            "FROM a\nRUN pip install molecule-ai-workspace-runtime\nARG RUNTIME_VERSION\nKEYED",
        ] {
            assert_eq!(said(dockerfile), "", "{dockerfile}");
        }
    }

    #[test]
    fn each_way_to_miss_the_declaration_has_its_words() {
        let not = "`RUNTIME_VERSION` is expanded in the RUN that installs `molecule-ai-workspace-runtime` and is empty there:";
        assert_eq!(
            said("ARG RUNTIME_VERSION\nFROM a\nKEYED"),
            format!("Dockerfile:3:67: {not} its ARG stands before FROM, where no stage sees it\n")
        );
        assert_eq!(
            said("FROM a\nKEYED\nARG RUNTIME_VERSION"),
            format!("Dockerfile:2:67: {not} its ARG stands behind the RUN\n")
        );
        assert_eq!(
            said("FROM a AS b\nARG RUNTIME_VERSION\nFROM a\nKEYED"),
            format!(
                "Dockerfile:4:67: {not} its ARG stands in stage `b`, which is no part of the image\n"
            )
        );
        assert_eq!(
            said("FROM a\n# ARG RUNTIME_VERSION\nKEYED"),
            format!("Dockerfile:3:67: {not} the stage declares no such ARG\n")
        );
        assert_eq!(
            said("FROM a\nARG RUNTIME_VERSION\nENV RUNTIME_VERSION=1\nKEYED"),
            "Dockerfile:4:67: `RUNTIME_VERSION` is always what an ENV sets, whatever the build passes\n"
        );
    }

    #[test]
    fn each_way_to_miss_the_expansion_has_its_words() {
        let name = "molecule-ai-workspace-runtime";
        assert_eq!(
            said("FROM a\nARG RUNTIME_VERSION\nRUN pip install molecule-ai-workspace-runtime"),
            format!(
                "Dockerfile:3:1: `RUNTIME_VERSION` is declared, and the RUN that installs `{name}` does not expand it\n"
            )
        );
        assert!(
            said("FROM a\nARG RUNTIME_VERSION\nRUN pip install molecule-ai-workspace-runtime '$RUNTIME_VERSION'")
                .contains("where no shell expands it")
        );
        assert!(
            said("FROM a\nARG RUNTIME_VERSION\nRUN [\"pip\", \"install\", \"molecule-ai-workspace-runtime\", \"$RUNTIME_VERSION\"]")
                .contains("where no shell expands it")
        );
        assert_eq!(
            said(
                "FROM a\nARG RUNTIME_VERSION\nRUN echo $RUNTIME_VERSION\nRUN pip install molecule-ai-workspace-runtime"
            ),
            format!(
                "Dockerfile:4:1: the RUN that installs `{name}` does not expand `RUNTIME_VERSION`, which another RUN does\n"
            )
        );
        let replayed = format!(
            "the RUN that installs `{name}` does not depend on `RUNTIME_VERSION`: its layer is replayed with an old version\n"
        );
        assert_eq!(
            said("FROM a\nCOPY requirements.txt .\nRUN pip install -r requirements.txt"),
            format!("Dockerfile:3:1: {replayed}")
        );
        assert_eq!(
            said(
                "FROM a\n# RUNTIME_VERSION\nRUN pip install \\\n # $RUNTIME_VERSION\n molecule-ai-workspace-runtime"
            ),
            format!("Dockerfile:3:1: {replayed}")
        );
    }

    #[test]
    fn the_declaration_is_inserted_and_no_other_byte_is_touched() {
        let fixed = case("FROM a\r\nKEYED\r\nARG RUNTIME_VERSION\r")
            .fixed("docker-cache-key", "Dockerfile");
        assert_eq!(
            fixed,
            format!("FROM a\r\nARG RUNTIME_VERSION\r\n{KEYED}\r\nARG RUNTIME_VERSION\r\n")
        );
    }

    #[test]
    fn a_default_before_from_makes_the_fix_risky() {
        use crate::checks::Safety;
        let safety = |dockerfile: &str| {
            let findings = case(dockerfile).findings("docker-cache-key");
            findings[0].fix.as_ref().map(|fix| fix.safety)
        };
        assert_eq!(safety("ARG RUNTIME_VERSION=1\nFROM a\nKEYED"), Some(Safety::Unsafe));
        assert_eq!(safety("ARG RUNTIME_VERSION=\nFROM a\nKEYED"), Some(Safety::Safe));
        assert_eq!(safety("FROM a\nARG RUNTIME_VERSION\nENV RUNTIME_VERSION=1\nKEYED"), None);
    }

    #[test]
    fn what_installs_nothing_is_silent_and_what_is_not_known_is_unchecked() {
        assert_eq!(said("FROM a\nRUN true"), "");
        assert!(said("FROM a\nRUN uv sync").ends_with("(unchecked)\n"));
    }
}
