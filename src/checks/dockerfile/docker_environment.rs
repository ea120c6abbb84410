//! SHP104: the image sets the demanded environment variables, and a module that one of them names exists.

use crate::checks::dockerfile::build_context::BuildContext;
use crate::checks::dockerfile::image_files::ImageFiles;
use crate::checks::dockerfile::modules::{Placed, brought_by_distribution, files_of};
use crate::checks::dockerfile::{Judged, judged};
use crate::checks::{Check, Finding, Location, Repository, Rule, Severity};
use crate::shape::demands::dockerfile::Environment;
use crate::source::dockerfile::{Action, Pair};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP104",
    id: "docker-environment",
    severity: Severity::Error,
    summary: "The image sets the environment variables that the shape demands, and a module that one of them names is \
              where Python finds it.",
    protects: "whoever runs the image: its program imports the module that the variable names, cannot find it in any \
               other way, and ends without it.",
    details: "Demanded by `environment` of a Dockerfile in the shape pack. The last ENV of the image counts; ARG \
              and `RUN export` do not reach a container. With `module: true` the value is a dotted module: its \
              `a/b.py` or `a/b/__init__.py` must be copied below the last WORKDIR or a folder of PYTHONPATH. \
              That the working directory is searched is the template contract's word: Python itself searches \
              it for `python -m` and not for a console script, so PYTHONPATH is the safer of the two. \
              `COPY . .` counts, and what `.dockerignore` leaves out does not. Files that come from another \
              stage, that a RUN moves, or that an installed distribution provides are unchecked.",
    fails: (
        "dockerfile",
        "FROM python:3.11-slim\nWORKDIR /app\nCOPY adapter.py /srv/\nENV ADAPTER_MODULE=adapter",
    ),
    passes: (
        "dockerfile",
        "FROM python:3.11-slim\nWORKDIR /app\nCOPY adapter.py .\nENV PYTHONPATH=/app ADAPTER_MODULE=adapter",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DockerEnvironment;

impl Check for DockerEnvironment {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for judged in judged(repository) {
            if judged.demand.environment.is_empty() {
                continue;
            }
            let context = judged.context(repository);
            for wanted in &judged.demand.environment {
                findings.extend(decide(repository, &judged, &context, wanted));
            }
        }
    }
}

fn decide(
    repository: &Repository<'_>,
    judged: &Judged<'_>,
    context: &BuildContext<'_, '_>,
    wanted: &Environment,
) -> Option<Finding> {
    let name = &wanted.name;
    let Some(pair) = judged.view().environment().get(name.as_str()).copied() else {
        return Some(unset(judged, wanted));
    };
    let span = pair.value.span;
    let Some(value) = pair.value.text.as_deref() else {
        let message = format!(
            "what `{name}` is cannot be determined: it depends on `{}`",
            pair.value.unresolved.join("`, `")
        );
        let help = "write the value, or give the ARG a default";
        return Some(judged.at(&RULE, span, message).unchecked().help(help));
    };
    if let Some(demanded) = wanted.value.as_deref().filter(|demanded| *demanded != value) {
        let message = format!("`{name}` is `{value}`, but `{demanded}` is required");
        let finding = judged.at(&RULE, span, message).help(format!("set `{name}={demanded}`"));
        return Some(pointing_at_overridden(judged, finding, pair, demanded));
    }
    if !wanted.module {
        return None;
    }
    if value.is_empty() || value.contains(['/', '\\']) || has_extension(value) {
        let shown = if value.is_empty() { "nothing".to_owned() } else { format!("`{value}`") };
        let message = format!("`{name}` is {shown}, which is not the name of a Python module");
        let help = "write the module's dotted name: `app` for app.py";
        return Some(judged.at(&RULE, span, message).help(help));
    }
    let files = ImageFiles { view: judged.view(), context };
    Module { repository, judged, files, name, value, pair }.decide()
}

/// Whether the value ends in `.py`: Python would import `adapter.py` as the module `py` of the package `adapter`.
fn has_extension(value: &str) -> bool {
    value.rsplit_once('.').is_some_and(|(_, end)| end == "py")
}

fn unset(judged: &Judged<'_>, wanted: &Environment) -> Finding {
    let name = &wanted.name;
    let message = format!("the image does not set `{name}`");
    let value = wanted.value.as_deref().unwrap_or("…");
    let finding = judged
        .at(&RULE, judged.last_from(), message)
        .help(format!("add `ENV {name}={value}` to the last stage"));
    for (stage, instruction) in judged.elsewhere() {
        if matches!(&instruction.action, Action::Env(pairs) if pairs.iter().any(|pair| pair.name == *name))
        {
            let why = format!("stage `{stage}` sets it, but is not part of the image");
            return finding.related(judged.place(instruction.span), why);
        }
    }
    for instruction in judged.view().instructions() {
        let why = match &instruction.action {
            Action::Arg(arguments) if arguments.iter().any(|argument| argument.name == *name) => {
                "an ARG is gone when a container starts"
            }
            Action::Run(run) if run_sets(run, name) => "what a RUN sets is gone with that RUN",
            _ => continue,
        };
        return finding.related(judged.place(instruction.span), why);
    }
    judged.pointing_at_comment(finding, &["ENV", name])
}

fn run_sets(run: &crate::source::dockerfile::Run, name: &str) -> bool {
    run.script().commands.iter().any(|command| {
        let exported = command.words.first().is_some_and(|word| word.as_str() == "export")
            && command.words.iter().any(|word| {
                word.as_str().strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
            });
        exported || command.assignments.iter().any(|assignment| assignment.name == name)
    })
}

fn pointing_at_overridden(
    judged: &Judged<'_>,
    finding: Finding,
    last: &Pair,
    demanded: &str,
) -> Finding {
    let pairs = judged.view().instructions().filter_map(|instruction| match &instruction.action {
        Action::Env(pairs) => Some(pairs),
        _ => None,
    });
    let earlier = pairs
        .flatten()
        .find(|pair| pair.name == last.name && pair.value.text.as_deref() == Some(demanded));
    match earlier {
        Some(pair) => finding.related(judged.place(pair.value.span), "this one is overridden"),
        None => finding,
    }
}

/// A module that a variable names.
struct Module<'m, 'r, 'a> {
    repository: &'m Repository<'a>,
    judged: &'m Judged<'a>,
    files: ImageFiles<'m, 'm, 'r, 'a>,
    name: &'m str,
    value: &'m str,
    pair: &'m Pair,
}

impl Module<'_, '_, '_> {
    fn decide(&self) -> Option<Finding> {
        let Self { judged, name, value, .. } = self;
        let unchecked = |because: String| {
            let message = format!(
                "whether Python finds the module `{value}` that `{name}` names cannot be determined: {because}"
            );
            Some(judged.at(&RULE, self.pair.value.span, message).unchecked())
        };
        let (placed, folders) = self.files.module(value);
        match placed {
            Placed::There => return None,
            Placed::Unknown(because) => return unchecked(because),
            Placed::Excluded(file) => return Some(self.left_out(&file)),
            Placed::Absent => {}
        }
        let candidates = files_of(value);
        let own = candidates.iter().find(|candidate| self.repository.has(candidate));
        let Some(own) = own.cloned().or_else(|| self.elsewhere_in_repository(&candidates)) else {
            if let Some(because) = brought_by_distribution(self.repository, value) {
                return unchecked(because);
            }
            let [module, _] = &candidates;
            let message = format!(
                "`{name}` names the module `{value}`, but the repository has no `{module}`"
            );
            let help = format!("add `{module}` and copy it, or name the module that exists");
            return Some(judged.at(&RULE, self.pair.value.span, message).help(help));
        };
        Some(self.not_found(&own, &folders))
    }

    /// A file of that name in any folder of the repository.
    fn elsewhere_in_repository(&self, [module, package]: &[String; 2]) -> Option<String> {
        let ends = [format!("/{module}"), format!("/{package}")];
        let mut paths = self.repository.snapshot.entries.keys();
        let found = paths.find(|path| ends.iter().any(|end| path.as_str().ends_with(end)));
        found.map(|path| path.as_str().to_owned())
    }

    fn left_out(&self, file: &str) -> Finding {
        let Self { judged, name, value, .. } = self;
        let message =
            format!("`{name}` names the module `{value}`, but .dockerignore excludes `{file}`");
        let mut finding = judged.at(&RULE, self.pair.value.span, message);
        if let Some(exclusion) = self.files.context.excluded(file) {
            let location = Location::span(exclusion.path, exclusion.text, exclusion.span);
            finding = finding.related(location, "this line excludes it");
        }
        finding.help(format!("add the line `!{file}` to the ignore file"))
    }

    fn not_found(&self, file: &str, folders: &[String]) -> Finding {
        let Self { judged, name, value, .. } = self;
        let searched = folders.join("` and `");
        let destinations = self.files.destinations_of(file);
        let Some((destination, span)) = destinations.last() else {
            let message = format!(
                "`{name}` names the module `{value}`, but `{file}` is not copied into the image"
            );
            let folder = folders.last().map_or("/", String::as_str);
            return judged
                .at(&RULE, self.pair.value.span, message)
                .help(format!("add `COPY {file} {}/`", folder.trim_end_matches('/')));
        };
        let message = format!(
            "`{name}` names the module `{value}`, but `{file}` is copied to `{destination}`: Python looks in `{searched}`"
        );
        judged
            .at(&RULE, self.pair.value.span, message)
            .help("copy it there under its own name, or add its folder to `ENV PYTHONPATH`")
            .related(judged.place(*span), "it is copied here")
    }
}

#[cfg(test)]
mod tests;
