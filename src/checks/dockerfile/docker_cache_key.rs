//! SHP102: the layer that installs the runtime changes with the build argument that names its version.

use std::collections::BTreeSet;

use crate::change::FileEdit;
use crate::checks::dockerfile::image_files::ImageFiles;
use crate::checks::dockerfile::installation::{Installation, installation};
use crate::checks::dockerfile::{Commands, Judged, commands_of, judged};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::source::dockerfile::{Action, CommandLine, Instruction, Known, Pair};
use crate::source::requirements::normalize;
use crate::source::shell::{PipInstall, Word, pip_installs};
use crate::source::{Span, TextEdit};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP102",
    id: "docker-cache-key",
    severity: Severity::Error,
    summary: "The build argument that names the runtime's version is declared before, and expanded in, the RUN that installs it.",
    protects: "releases: without it the build takes the runtime that pip picks or that a cached layer holds, not the \
               one that it was given, and reports success.",
    details: "Demanded by `cache_key.arg` and `installs` of a Dockerfile in the shape pack. A RUN that installs the \
              distribution (rule docker-runtime-install) must expand the argument where a shell sees it, and an ARG \
              of the same stage, or of a stage it is built from, must precede that RUN: one before the first FROM is \
              not seen in a stage. An ENV made of the argument counts as the argument; an ENV of the same name that \
              is not made of it hides it. To declare it is not enough: each value then makes the layer anew (“Impact \
              on build caching” in Docker's reference of ARG), but with the version that pip picks. Where several \
              RUNs install it, one of them is enough. Silent where nothing installs the distribution. The fix \
              declares the ARG; where the RUN does not depend on it, the fix (unsafe) also adds the distribution at \
              that version to the one `pip install` that installs it.",
    fails: (
        "dockerfile",
        "ARG RUNTIME_VERSION\nFROM python:3.11-slim\nRUN pip install \"molecule-ai-workspace-runtime==${RUNTIME_VERSION}\"",
    ),
    passes: (
        "dockerfile",
        "FROM python:3.11-slim\nARG RUNTIME_VERSION\nRUN pip install \"molecule-ai-workspace-runtime==${RUNTIME_VERSION}\"",
    ),
};

/// The check behind [`RULE`].
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
                "whether the layer with `{wanted}` changes with `{argument}` cannot be determined: {because}"
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
    /// Names of the ENVs that hold the argument's value at a position.
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

    /// Whether a shell started by this RUN expands the argument.
    fn expands(&self, command: &Commands<'_>) -> bool {
        let names = self.environment_of_it(command.instruction.span);
        let scripts = command.scripts.iter();
        scripts
            .flat_map(crate::source::shell::Script::all_expansions)
            .any(|it| it.name == self.argument || names.contains(it.name.as_str()))
    }

    /// The ENV of the same name that hides the argument from a RUN.
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

    /// The finding for a RUN that expands the argument without receiving its value.
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
            (Some(_), None) => "its ARG is before FROM, where no stage sees it".to_owned(),
            (None, None) => "the stage declares no such ARG".to_owned(),
        };
        let message = format!(
            "`{argument}` is expanded in the RUN that installs `{}`, but is empty there: {why}",
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
        // What an ONBUILD holds is carried out after FROM, where it is not written.
        if place.is_empty() {
            return finding;
        }
        let line = judged.text.whole_lines(place).start;
        let edit = TextEdit::insert(line, format!("ARG {argument}{}", judged.text.line_end()));
        let edits = vec![FileEdit::text(judged.path(), vec![edit])];
        let title = format!("declare `ARG {argument}` before the RUN");
        // A default before FROM would take effect and change what is installed.
        let fix = match global.and_then(|known| known.default.as_ref()) {
            Some(default) if default.text.as_deref() != Some("") => Fix::risky(title, edits),
            _ => Fix::safe(title, edits),
        };
        finding.fix(fix)
    }

    /// A declaration that the RUN cannot see, and why.
    fn other_declaration(&self, place: Span) -> (Option<Span>, Option<String>) {
        let declares = |instruction: &&Instruction| match &instruction.action {
            Action::Arg(arguments) => arguments.iter().any(|known| known.name == self.argument),
            _ => false,
        };
        let mut later = self.judged.view().instructions().filter(declares);
        if let Some(later) = later.find(|instruction| instruction.span.start >= place.start) {
            return (Some(later.span), Some("its ARG follows the RUN".to_owned()));
        }
        let mut others = self.judged.elsewhere();
        match others.find(|(_, instruction)| declares(instruction)) {
            Some((stage, instruction)) => {
                let why = format!("its ARG is in stage `{stage}`, which is not part of the image");
                (Some(instruction.span), Some(why))
            }
            None => (None, None),
        }
    }

    /// The finding for when no RUN that installs the distribution expands the argument.
    fn not_expanded(&self, command: &Commands<'_>, all: &[Commands<'_>]) -> Finding {
        let Self { judged, argument, wanted } = self;
        let span = command.instruction.span;
        let help = format!(
            "install `\"{wanted}${{{argument}:+==${{{argument}}}}}\"` in this RUN, beside what it installs"
        );
        let at = |message: String| judged.at(&RULE, span, message).help(help.clone());
        if let Some(other) = all.iter().find(|other| self.expands(other)) {
            let message = format!(
                "the RUN that installs `{wanted}` does not expand `{argument}`; another RUN does"
            );
            return at(message)
                .related(judged.place(other.instruction.span), "it is expanded here");
        }
        if self.is_written_in(command) {
            return at(format!(
                "`{argument}` is in the RUN that installs `{wanted}` where no shell expands it: in single quotes, \
                 after a backslash, in a comment or in a JSON array"
            ));
        }
        let mended = |finding: Finding| match self.install_by_argument(command) {
            Some(fix) => finding.fix(fix),
            None => finding,
        };
        if self.is_declared(span) {
            return mended(at(format!(
                "`{argument}` is declared, but the RUN that installs `{wanted}` does not expand it"
            )));
        }
        let finding = at(format!(
            "the RUN that installs `{wanted}` does not depend on `{argument}`: its layer is reused from the cache \
             with an old version"
        ));
        mended(judged.pointing_at_comment(finding, &[argument]))
    }

    /// Adds a requirement for the version that the build passes to the RUN that installs the distribution.
    fn install_by_argument(&self, command: &Commands<'_>) -> Option<Fix> {
        let Self { judged, argument, wanted } = self;
        let CommandLine::Shell(_) = &command.run.command else { return None };
        if self.hiding(command.instruction.span).is_some() {
            return None;
        }
        let is_it = |word: &Word| {
            let text = word.as_str();
            let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
            let (name, rest) = text.split_at(end.unwrap_or(text.len()));
            // Next to `==1`, any other version would fail the build.
            (normalize(name) == normalize(wanted)).then(|| !word.dynamic && !rest.contains("=="))
        };
        let installs = pip_installs(command.scripts.first()?);
        let by_name =
            |install: &&PipInstall| install.requirements.iter().any(|word| is_it(word).is_some());
        let by_file = |install: &&PipInstall| !install.requirement_files.is_empty();
        let named: Vec<&PipInstall> = installs.iter().filter(by_name).collect();
        let listed: Vec<&PipInstall> = installs.iter().filter(by_file).collect();
        let install = match (named.as_slice(), listed.as_slice()) {
            ([install], _) | ([], [install]) => *install,
            // Which of several installs the distribution is for a person to decide.
            _ => return None,
        };
        if install.requirements.iter().any(|word| is_it(word) == Some(false)) {
            return None;
        }
        let end = install.span.end;
        let requirement = format!(" \"{wanted}${{{argument}:+==${{{argument}}}}}\"");
        let mut edits = vec![TextEdit::insert(end, requirement)];
        let place = command.instruction.span;
        if !self.is_declared(place) {
            if place.is_empty() {
                return None;
            }
            let line = judged.text.whole_lines(place).start;
            edits.push(TextEdit::insert(line, format!("ARG {argument}{}", judged.text.line_end())));
        }
        let title = format!("install `{wanted}` at the version that `{argument}` holds");
        Some(Fix::risky(title, vec![FileEdit::text(judged.path(), edits)]))
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

/// Where the RUN's own script expands a name.
fn expansion_of(command: &Commands<'_>, name: &str) -> Option<Span> {
    let expansions = command.scripts.first()?.all_expansions();
    expansions.iter().find(|expansion| expansion.name == name).map(|expansion| expansion.span)
}

#[cfg(test)]
mod tests;
