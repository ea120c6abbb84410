//! Infers what Dockerfiles have in common: base image, user, environment, entrypoint, cache key.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::shape::infer::{Member, nearly_all};
use crate::source::Text;
use crate::source::dockerfile::{Dockerfile, ImageReference, StageView};
use crate::source::requirements::normalize;
use crate::source::shell::{Entry, Reach, accounts_added, pip_installs};

use super::{Files, Summary, most_frequent};

/// Maximum number of scripts to follow to find the program that a container runs.
const MAX_SCRIPTS: usize = 8;

struct Read<'a> {
    member: &'a Member,
    file: std::sync::Arc<Dockerfile>,
}

impl Read<'_> {
    fn stage(&self) -> StageView<'_> {
        self.file.final_stage()
    }

    fn context_file(&self, path: &str) -> Option<Text> {
        let entry = self.member.snapshot.entry(path)?;
        Text::decode(&self.member.snapshot.read(entry.id).ok()?).ok()
    }
}

pub(super) fn infer(
    path: &str,
    files: &Files,
    members: &[Member],
    distributions: &[String],
) -> Option<(Value, Summary)> {
    let read = |(member, blob): &(usize, std::sync::Arc<crate::snapshot::Blob>)| {
        Some(Read { member: members.get(*member)?, file: blob.documents.dockerfile().ok()? })
    };
    let read: Vec<Read<'_>> = files.iter().filter_map(read).collect();
    let common = |count: usize| nearly_all(count, files.len());
    let mut demand = Map::new();
    let mut said = Vec::new();
    demand.insert("path".to_owned(), json!(path));
    let bases = read.iter().filter_map(|read| read.stage().base_image().map(familiar));
    if let Some((base, _)) = most_frequent(bases).filter(|(_, count)| common(*count)) {
        said.push(format!("from {base}"));
        demand.insert("base_image".to_owned(), json!(base));
    }
    if let [distribution] = distributions {
        if let Some(arg) = cache_key(&read, distribution, files.len()) {
            said.push(format!("cache key {arg}"));
            demand.insert("cache_key".to_owned(), json!({ "arg": arg }));
        }
        if common(read.iter().filter(|read| installs(read, distribution)).count()) {
            demand.insert("installs".to_owned(), json!(distribution));
        }
    }
    let users = read.iter().flat_map(|read| users(read));
    if let Some(((name, uid), _)) = most_frequent(users).filter(|(_, count)| common(*count)) {
        said.push(format!("user {name} ({uid})"));
        demand.insert("user".to_owned(), json!({ "name": name, "uid": uid }));
    }
    let environment = environment(&read, files.len());
    if !environment.is_empty() {
        said.push(format!("{} ENV", environment.len()));
        demand.insert("environment".to_owned(), Value::Array(environment));
    }
    if let Some(program) = entrypoint(&read, files.len()) {
        said.push(format!("runs {program}"));
        demand.insert("entrypoint".to_owned(), json!(program));
    }
    let labels: Vec<Value> =
        names_in(&read, files.len(), |stage| stage.labels().into_keys().collect())
            .into_iter()
            .map(|name| json!({ "name": name }))
            .collect();
    if !labels.is_empty() {
        demand.insert("labels".to_owned(), Value::Array(labels));
    }
    let found = demand.len() > 1;
    found.then(|| (Value::Object(demand), said.join(", ")))
}

/// The shortest spelling of an image reference for Docker.
fn familiar(image: &ImageReference) -> String {
    let repository = image.repository.as_str();
    let short = repository
        .strip_prefix("docker.io/library/")
        .or_else(|| repository.strip_prefix("docker.io/"))
        .unwrap_or(repository);
    let tag = image.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
    // A digest changes with each build, unlike the tag.
    let digest = image.digest.as_ref().filter(|_| tag.is_empty());
    let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
    format!("{short}{tag}{digest}")
}

/// Returns the build argument that nearly all expand in an instruction that installs the distribution.
fn cache_key(read: &[Read<'_>], distribution: &str, of: usize) -> Option<String> {
    let mut names = Vec::new();
    for read in read {
        let stage = read.stage();
        let mut own: BTreeSet<String> = BTreeSet::new();
        for (instruction, script) in stage.scripts() {
            let installs = pip_installs(&script);
            let about = installs.iter().any(|install| {
                !install.requirement_files.is_empty()
                    || install.requirements.iter().any(|word| is_for(word.as_str(), distribution))
            });
            if !about {
                continue;
            }
            let visible = stage.arguments_visible_at(instruction.span);
            let expanded = script.all_expansions();
            own.extend(
                visible
                    .into_iter()
                    .filter(|argument| expanded.iter().any(|found| found.name == argument.name))
                    .map(|argument| argument.name.clone()),
            );
        }
        names.extend(own);
    }
    let frequent = most_frequent(names).filter(|(_, count)| nearly_all(*count, of));
    frequent.map(|(name, _)| name)
}

/// Whether an argument of `pip install` names a distribution.
fn is_for(requirement: &str, distribution: &str) -> bool {
    let end = requirement
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        .unwrap_or(requirement.len());
    requirement.get(..end).is_some_and(|name| normalize(name) == distribution)
}

/// Whether the image installs a requirements file, or the distribution by name.
fn installs(read: &Read<'_>, distribution: &str) -> bool {
    read.stage().scripts().iter().flat_map(|(_, script)| pip_installs(script)).any(|install| {
        !install.requirement_files.is_empty()
            || install.requirements.iter().any(|word| is_for(word.as_str(), distribution))
    })
}

fn users(read: &Read<'_>) -> BTreeSet<(String, u32)> {
    let scripts = read.stage().scripts();
    let accounts = scripts.iter().flat_map(|(_, script)| accounts_added(script));
    accounts.filter_map(|account| Some((account.name, account.uid?.parse().ok()?))).collect()
}

fn names_in<'r>(
    read: &'r [Read<'_>],
    of: usize,
    names: impl Fn(StageView<'r>) -> Vec<&'r str>,
) -> Vec<&'r str> {
    let mut all: Vec<&str> = read.iter().flat_map(|read| names(read.stage())).collect();
    all.sort_unstable();
    let mut common = Vec::new();
    for run in all.chunk_by(|one, other| one == other) {
        common.extend(run.first().filter(|_| nearly_all(run.len(), of)));
    }
    common
}

fn environment(read: &[Read<'_>], of: usize) -> Vec<Value> {
    let names = names_in(read, of, |stage| stage.environment().into_keys().collect());
    let demand = |name: &str| {
        let value_of = |read: &Read<'_>| {
            read.stage().environment().get(name).and_then(|pair| pair.value.text.clone())
        };
        let values: Vec<(String, &Read<'_>)> =
            read.iter().filter_map(|read| Some((value_of(read)?, read))).collect();
        let names_module = |(value, read): &&(String, &Read<'_>)| {
            let is_word = value.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
            let file = format!("{}.py", value.replace('.', "/"));
            is_word && !value.is_empty() && read.member.snapshot.entry(&file).is_some()
        };
        if nearly_all(values.iter().filter(names_module).count(), of) {
            return json!({ "name": name, "module": true });
        }
        let values = values.into_iter().map(|(value, _)| value);
        match most_frequent(values).filter(|(_, count)| nearly_all(*count, of)) {
            Some((value, _)) => json!({ "name": name, "value": value }),
            None => json!({ "name": name }),
        }
    };
    names.into_iter().map(demand).collect()
}

/// Returns the program that nearly all run, directly or through their scripts.
fn entrypoint(read: &[Read<'_>], of: usize) -> Option<String> {
    let first = |read: &Read<'_>| match read.stage().entry()? {
        Entry::Exec(words) => words.first().cloned(),
        Entry::Shell(text) => {
            text.split_whitespace().find(|word| *word != "exec").map(str::to_owned)
        }
    };
    let programs = read.iter().filter_map(first).filter_map(|word| {
        let name = word.rsplit('/').next()?.to_owned();
        (!name.is_empty() && !name.ends_with(".sh")).then_some(name)
    });
    let (program, _) = most_frequent(programs)?;
    let reaches = |read: &&Read<'_>| {
        let file = |path: &str| read.context_file(path);
        matches!(read.stage().reaches(&file, &program, MAX_SCRIPTS), Reach::Yes { .. })
    };
    nearly_all(read.iter().filter(reaches).count(), of).then_some(program)
}
