//! Variables that the modules of an adapter find in their environment.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::checks::Repository;
use crate::checks::dockerfile::build_context::BuildContext;
use crate::checks::dockerfile::image_files::ImageFiles;
use crate::checks::python::adapter::Adapter;
use crate::source::shell::{By, Called, Entry, Script, reaches};
use crate::source::{Span, Text};

/// Variables that Docker sets in every container: <https://docs.docker.com/reference/cli/docker/container/run/#env>.
const BY_DOCKER: [&str; 3] = ["HOME", "HOSTNAME", "PATH"];

/// How many scripts are read of those that a container starts with.
const MAX_SCRIPTS: usize = 16;

/// No program has this name, so that every script is looked through.
const NO_PROGRAM: &str = "\0";

/// Variables that every container of the image has when it imports the adapter.
pub(super) fn guaranteed(repository: &Repository<'_>, adapter: &Adapter<'_>) -> BTreeSet<String> {
    let demands = &repository.pack.manifest.demands;
    let mut names: BTreeSet<String> = BY_DOCKER.iter().map(|name| (*name).to_owned()).collect();
    names.extend(demands.python.environment.iter().cloned());
    match &adapter.demand.named_by {
        Some(named) => {
            names.insert(named.environment.clone());
            add_those_of(repository, &named.dockerfile, &mut names);
        }
        // Which image it is for is not said.
        None => {
            for demand in &demands.dockerfiles {
                add_those_of(repository, &demand.path, &mut names);
            }
        }
    }
    names
}

/// Adds what a Dockerfile sets, and the scripts that its containers start with.
fn add_those_of(repository: &Repository<'_>, path: &str, names: &mut BTreeSet<String>) {
    let Some(dockerfile) = repository.dockerfile(path) else { return };
    let view = dockerfile.final_stage();
    names.extend(view.environment().keys().map(|name| (*name).to_owned()));
    let Some(entry) = view.entry() else { return };
    let context = BuildContext::of(repository, path);
    let files = ImageFiles { view, context: &context };
    let read: RefCell<Vec<Text>> = RefCell::default();
    let scripts = |called: &str, by: By| {
        let called = files.called(called, by);
        if let Called::Script(text) = &called {
            read.borrow_mut().push(text.clone());
        }
        called
    };
    // It asks for every script that runs.
    let _ = reaches(&entry, &scripts, NO_PROGRAM, MAX_SCRIPTS);
    let started = match &entry {
        Entry::Exec(words) => {
            Script::of_words(words.iter().map(|word| (word.as_str(), Span::at(0))))
        }
        Entry::Shell(text) => Script::of_text(&Text::new(text)),
    };
    names.extend(set_by(&started));
    for text in read.into_inner() {
        names.extend(set_by(&Script::of_text(&text)));
    }
}

/// The variables that a script sets, exported or not: which of them a program gets is not followed.
fn set_by(script: &Script) -> impl Iterator<Item = String> {
    script.commands.iter().flat_map(|command| {
        let assigned = command.assignments.iter().map(|assignment| assignment.name.clone());
        let words = command.words.iter().filter_map(|word| word.as_str().split_once('='));
        assigned.chain(words.map(|(name, _)| name.to_owned()))
    })
}
