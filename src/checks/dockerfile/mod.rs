//! The Dockerfiles that the pack makes demands of, and what several of their rules share.

mod added_accounts;
mod base_accounts;
pub(in crate::checks) mod build_context;
mod changed_accounts;
pub mod docker_base_image;
pub mod docker_cache_key;
pub mod docker_copy_missing;
pub mod docker_entrypoint;
pub mod docker_environment;
pub mod docker_label;
pub mod docker_runtime_install;
pub mod docker_user;
pub(in crate::checks) mod image_files;
mod install_doubts;
mod installation;
mod made_files;
pub(in crate::checks) mod modules;
mod mounts;
pub mod script_forwarders;
pub mod script_mode;
pub mod script_syntax;
mod search_path;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Check, Finding, Location, Repository, Rule};
use crate::shape::demands::dockerfile::Demand;
use crate::source::dockerfile::{Action, Dockerfile, Instruction, Run, StageView};
use crate::source::shell::{
    Called, OwnFile, Place, Places, Program, Script, Word, basename, programs_of,
};
use crate::source::{Span, Text};
use build_context::BuildContext;
use image_files::{ImageFiles, absolute};
use mounts::{Mounted, mounted};

/// The checks of this folder, in the order in which they run. A new one needs a `pub mod` above and a line here.
pub(super) const CHECKS: &[&dyn Check] = &[
    &docker_base_image::DockerBaseImage,
    &docker_cache_key::DockerCacheKey,
    &docker_user::DockerUser,
    &docker_environment::DockerEnvironment,
    &docker_entrypoint::DockerEntrypoint,
    &docker_runtime_install::DockerRuntimeInstall,
    &docker_copy_missing::DockerCopyMissing,
    &docker_label::DockerLabel,
    &script_forwarders::ScriptForwarders,
    &script_mode::ScriptMode,
    &script_syntax::ScriptSyntax,
];

/// The most scripts of the repository that are followed from one `RUN`.
const MAX_SCRIPTS: usize = 8;

/// A Dockerfile, with what is demanded of it.
pub(super) struct Judged<'a> {
    pub(super) demand: &'a Demand,
    pub(super) text: Text,
    pub(super) file: Arc<Dockerfile>,
}

/// The Dockerfiles that the pack makes demands of and that can be read.
pub(super) fn judged<'a>(repository: &Repository<'a>) -> Vec<Judged<'a>> {
    let demands = &repository.pack.manifest.demands.dockerfiles;
    let read = |demand: &'a Demand| {
        let text = repository.text(&demand.path)?;
        let file = repository.dockerfile(&demand.path)?;
        Some(Judged { demand, text, file })
    };
    demands.iter().filter_map(read).collect()
}

impl<'a> Judged<'a> {
    pub(super) fn path(&self) -> &'a str {
        &self.demand.path
    }

    /// The stage that is judged: the final one.
    pub(super) fn view(&self) -> StageView<'_> {
        self.file.final_stage()
    }

    /// The build context of this Dockerfile.
    pub(super) fn context<'r>(&self, repository: &'r Repository<'a>) -> BuildContext<'r, 'a> {
        BuildContext::of(repository, self.path())
    }

    /// A finding at a span of the Dockerfile.
    pub(super) fn at(
        &self,
        rule: &'static Rule,
        span: Span,
        message: impl Into<String>,
    ) -> Finding {
        Finding::new(rule, message).at(self.path(), &self.text, span)
    }

    /// A location in the Dockerfile.
    pub(super) fn place(&self, span: Span) -> Location {
        Location::span(self.path(), &self.text, span)
    }

    /// The line of a span in the Dockerfile, from 1.
    pub(super) fn line_of(&self, span: Span) -> u32 {
        self.text.position(span.start).line
    }

    /// The last `FROM`, which is where something missing from the image is reported.
    pub(super) fn last_from(&self) -> Span {
        self.file.stages.last().map_or(Span::at(0), |stage| stage.from.span)
    }

    /// Instructions of stages that are not part of the image, each with its stage's name or number.
    pub(super) fn elsewhere(&self) -> impl Iterator<Item = (String, &Instruction)> {
        let part: Vec<usize> = self.view().chain().iter().map(|stage| stage.index).collect();
        let others = self.file.stages.iter().filter(move |stage| !part.contains(&stage.index));
        others.flat_map(|stage| {
            let name = stage.name.as_ref().map(|name| name.value.clone());
            let name = name.unwrap_or_else(|| stage.index.to_string());
            stage.instructions.iter().map(move |instruction| (name.clone(), instruction))
        })
    }

    /// Adds a pointer to the first comment that contains all of these words.
    pub(super) fn pointing_at_comment(&self, finding: Finding, words: &[&str]) -> Finding {
        match comment_with(&self.text, words) {
            Some(span) => finding.related(self.place(span), "only a comment mentions it"),
            None => finding,
        }
    }
}

/// The first comment line that contains all of these words.
pub(super) fn comment_with(text: &Text, words: &[&str]) -> Option<Span> {
    let mut at = 0;
    for line in text.as_str().split_inclusive('\n') {
        let start = at;
        at += line.len();
        let comment = line.trim();
        if comment.starts_with('#') && words.iter().all(|word| has_word(comment, word)) {
            let leading = line.len() - line.trim_start().len();
            return Some(Span::new(start + leading, start + leading + comment.len()));
        }
    }
    None
}

/// Whether a word occurs in a text on its own, rather than as part of a longer name.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
    })
}

/// One `RUN`, with the scripts it passes to shells: its own, and those of the repository that it runs.
pub(super) struct Commands<'d> {
    pub(super) instruction: &'d Instruction,
    pub(super) run: &'d Run,
    /// Its own script first. Only that script's spans are positions in the Dockerfile.
    pub(super) scripts: Vec<Script>,
    /// Where the commands of each of these scripts run, from the working directory of the RUN.
    pub(super) places: Vec<Places>,
    /// Why what it runs is not all known, if it is not.
    pub(super) unseen: Option<String>,
}

/// Every `RUN` of a stage, in order.
pub(super) fn commands_of<'d>(files: &ImageFiles<'d, '_, '_, '_>) -> Vec<Commands<'d>> {
    let read = |(instruction, run): (&'d Instruction, &'d Run)| {
        let mut scripts = vec![run.script()];
        let mut places: Vec<Places> = scripts
            .iter()
            .map(|script| Places::of(script, &[Place::Start], OwnFile::default()))
            .collect();
        let mut seen: Vec<(String, Vec<Option<String>>)> = Vec::new();
        let unread = run.interpreter.as_ref().filter(|_| scripts == [Script::default()]);
        let mut unseen = unread.map(|interpreter| {
            format!("what `{interpreter}` runs, which SHELL names, is not known")
        });
        let mut next = 0;
        while next < scripts.len() && scripts.len() <= MAX_SCRIPTS {
            let called: Vec<CalledScript> = scripts
                .get(next)
                .zip(places.get(next))
                .map(|(script, places)| called_scripts(script, places))
                .unwrap_or_default();
            for CalledScript { program, name, here, outer } in called {
                let key = (name.clone(), here.iter().map(|place| place.path(&name)).collect());
                if seen.contains(&key) {
                    continue;
                }
                match script_of_run(files, (instruction, run), (&name, &here)) {
                    Called::Script(text) => {
                        let script = Script::of_text(&text);
                        let own = outer.run_by(&program, &name, &text);
                        places.push(Places::of(&script, &here, own));
                        scripts.push(script);
                    }
                    Called::Unknown(why) => {
                        unseen.get_or_insert(why);
                    }
                    Called::NotOnPath(_) | Called::Nothing => {}
                }
                seen.push(key);
            }
            next += 1;
        }
        let unseen = unseen.or_else(|| scripts.iter().find_map(unseen_input));
        Commands { instruction, run, scripts, places, unseen }
    };
    files.view.runs().map(read).collect()
}

/// The script that a RUN runs under a name or path, from one of these places: of a file that it mounts, or of one in the
/// image.
fn script_of_run(
    files: &ImageFiles<'_, '_, '_, '_>,
    run: (&Instruction, &Run),
    (name, places): (&str, &[Place]),
) -> Called {
    let mut otherwise = Called::Nothing;
    for place in places {
        match script_from(files, run, (name, place)) {
            Called::Script(text) => return Called::Script(text),
            found @ Called::Unknown(_) => otherwise = found,
            Called::NotOnPath(_) | Called::Nothing => {}
        }
    }
    otherwise
}

fn script_from(
    files: &ImageFiles<'_, '_, '_, '_>,
    (instruction, run): (&Instruction, &Run),
    (name, place): (&str, &Place),
) -> Called {
    let before = instruction.span.start;
    let workdir = files.workdir_at(before);
    let Some(path) = place.path(name).and_then(|path| absolute(workdir, &path)) else {
        return Called::Unknown(format!("the folder in which `{name}` is run is not known"));
    };
    match mounted(run, workdir, &path) {
        Mounted::File(file) => files.script_of(&file),
        Mounted::Unknown(why) => Called::Unknown(format!("`{name}` {why}")),
        Mounted::Nothing => files.script(name, &path, before),
    }
}

/// Why it is not known what a script runs: a shell reads it from a file or from another program.
fn unseen_input(script: &Script) -> Option<String> {
    let shell = programs_of(script).into_iter().find(Program::runs_its_input)?;
    Some(format!("what `{}` reads from its standard input is not known", shell.name()))
}

/// A script that another runs.
struct CalledScript {
    /// What runs it: a shell, `.`, or the script itself.
    program: String,
    name: String,
    here: Vec<Place>,
    /// The script that runs it.
    outer: OwnFile,
}

/// The scripts that a script runs, directly or as `sh FILE`.
fn called_scripts(script: &Script, places: &Places) -> Vec<CalledScript> {
    let called = programs_of(script).into_iter().filter_map(|program| {
        let here = places.at(program.span).to_vec();
        let outer = places.own().clone();
        let file = program.script_file().map(|word| outer.value(word));
        let name = match file {
            Some(file) => file?,
            None => outer.value(&program.word).filter(|path| path.contains('/'))?,
        };
        Some(CalledScript { program: program.word.as_str().to_owned(), name, here, outer })
    });
    called.collect()
}

impl Commands<'_> {
    /// Whether a name occurs anywhere among the words of its commands.
    pub(super) fn mentions(&self, name: &str) -> bool {
        let mentions = |word: &Word| basename(word.as_str()) == name;
        self.scripts
            .iter()
            .flat_map(|script| &script.commands)
            .any(|command| command.words.iter().any(mentions))
    }
}

/// The values of a stage's variables, each with the end of what sets it. Collected once: to look through all
/// instructions for each word is quadratic in a long file.
pub(super) struct Values<'d> {
    environment: Assigned<'d>,
    arguments: Assigned<'d>,
}

/// What is assigned to each name, in order; `None` if it is not known.
type Assigned<'d> = BTreeMap<&'d str, Vec<(usize, Option<&'d str>)>>;

impl<'d> Values<'d> {
    pub(super) fn of(view: StageView<'d>) -> Self {
        let (mut environment, mut arguments) = (Assigned::new(), Assigned::new());
        for instruction in view.instructions() {
            match &instruction.action {
                Action::Env(pairs) => {
                    for pair in pairs {
                        let assigned = (instruction.span.end, pair.value.text.as_deref());
                        environment.entry(&pair.name).or_default().push(assigned);
                    }
                }
                Action::Arg(declared) => {
                    for argument in declared {
                        let assigned = (argument.span.end, argument.value.as_deref());
                        arguments.entry(&argument.name).or_default().push(assigned);
                    }
                }
                _ => {}
            }
        }
        Self { environment, arguments }
    }

    /// What a shell substitutes at a place for a word that is a single variable, if the Dockerfile defines it: `$UID`
    /// after `ARG UID=1000`. A word without expansions stands for itself.
    pub(super) fn of_word<'w>(&'w self, place: Span, word: &'w str) -> Option<&'w str> {
        let Some(name) = word.strip_prefix('$') else { return Some(word) };
        let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
        let latest = |assigned: &Assigned<'d>| {
            let all = assigned.get(name)?;
            let earlier = all.partition_point(|(end, _)| *end <= place.start);
            all.get(earlier.checked_sub(1)?).map(|(_, value)| *value)
        };
        latest(&self.environment).or_else(|| latest(&self.arguments))?
    }
}

/// Paths of all Dockerfiles, recognised by name or because something is demanded of them.
pub(super) fn dockerfiles<'r>(repository: &'r Repository<'_>) -> Vec<&'r str> {
    let demands = &repository.pack.manifest.demands.dockerfiles;
    let paths = repository.snapshot.entries.keys().filter(|path| {
        let name = path.file_name();
        // An ignore file may be named after its Dockerfile.
        let named = name == "Dockerfile"
            || (name.starts_with("Dockerfile.") && !name.ends_with(".dockerignore"))
            || name.ends_with(".Dockerfile")
            || name.ends_with(".dockerfile");
        named || demands.iter().any(|demand| demand.path == path.as_str())
    });
    paths.map(|path| path.as_str()).collect()
}
