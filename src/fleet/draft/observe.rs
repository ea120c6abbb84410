//! Reads what matters for a manifest from a repository's files.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::repository::{Identity, Repository};
use crate::fleet::member::is_forge_name;
use crate::shape::Kinship;
use crate::shape::embedded;
use crate::shape::lineage::SHAPE_FOLDERS;
use crate::shape::manifest::Manifest;
use crate::shape::pack::MANIFEST;
use crate::shape::variables::Extracted;
use crate::snapshot::{BlobStore, EntryKind, RepoPath, Snapshot, is_lfs_pointer};
use crate::source::Documents;
use crate::source::dockerfile::{Action, Dockerfile};
use crate::source::python::{Imported, Module, is_standard};
use crate::source::requirements::{Requirements, normalize};
use crate::source::shell::pip_installs;
use crate::source::workflow::Workflow;
use crate::source::yaml::Node;

use super::Contents;

/// Maximum number of Python files to read.
const MOST_MODULES: usize = 40;

/// Folders of workflows.
const WORKFLOWS: [&str; 2] = [".github/workflows", ".gitea/workflows"];

/// Reads what matters from a snapshot. Unreadable files are ignored.
#[must_use]
pub fn observe(snapshot: &Snapshot) -> Contents {
    let mut contents = Contents {
        has_pack: snapshot.entry(".shipshape/shape.yaml").is_some(),
        shape: SHAPE_FOLDERS.into_iter().find(|folder| {
            let manifest = format!("{folder}/shape.yaml");
            snapshot.entry(&manifest).is_some()
        }),
        wanted: document(snapshot, MANIFEST).and_then(|pack| wanted(&pack)),
        is_stranger: embedded::kinship(&|path| snapshot.entry(path).is_some()).is_stranger(),
        paths: files(snapshot).cloned().collect(),
        ..Contents::default()
    };
    if !contents.is_stranger {
        contents.slug = slug_in(snapshot);
    }
    if let Some(requirements) = document(snapshot, "requirements.txt")
        && let Ok(requirements) = requirements.requirements()
    {
        contents.distributions.extend(distributions(&requirements));
    }
    if let Some(dockerfile) = document(snapshot, "Dockerfile")
        && let Ok(dockerfile) = dockerfile.dockerfile()
    {
        contents.by_dockerfile = installed(&dockerfile);
        contents.distributions.extend(contents.by_dockerfile.iter().cloned());
    }
    contents.imports = imports(snapshot);
    for path in snapshot.entries.keys() {
        let is_workflow = WORKFLOWS.contains(&path.parent())
            && (path.as_str().ends_with(".yml") || path.as_str().ends_with(".yaml"));
        if is_workflow
            && let Some(workflow) = document(snapshot, path.as_str())
            && let Ok(workflow) = workflow.workflow()
        {
            contents.images.extend(images(&workflow));
        }
    }
    contents
}

/// Returns what the files say where the embedded shape demands the slug.
fn slug_in(snapshot: &Snapshot) -> Option<String> {
    let pack = embedded::loaded()?;
    let profile = pack.profile(None)?;
    let (identity, store) = (Identity::default(), BlobStore::default());
    let repository = Repository::new(&identity, snapshot, pack, &profile, &store);
    let mut variables = pack.manifest.variables.iter().map(|(_, variable)| variable);
    variables.find_map(|variable| {
        let extract = variable.extract.as_ref().filter(|_| variable.must_be_slug())?;
        match repository.extract(extract, None) {
            Extracted::Value(slug) => Some(slug),
            Extracted::Nothing | Extracted::Unreadable | Extracted::Several => None,
        }
    })
}

fn files(snapshot: &Snapshot) -> impl Iterator<Item = &RepoPath> {
    let is_file = |kind: EntryKind| matches!(kind, EntryKind::File | EntryKind::Executable);
    let entries = snapshot.entries.iter().filter(move |(_, entry)| is_file(entry.kind));
    entries.map(|(path, _)| path).filter(|path| path.is_sound())
}

fn document(snapshot: &Snapshot, path: &str) -> Option<Documents> {
    let entry = snapshot.entry(path)?;
    if !matches!(entry.kind, EntryKind::File | EntryKind::Executable) {
        return None;
    }
    let bytes = snapshot.read(entry.id).ok()?;
    (!is_lfs_pointer(&bytes)).then(|| Documents::new(bytes))
}

/// The paths that a shape.yaml wants; `None` if it is none of ours.
fn wanted(pack: &Documents) -> Option<Vec<String>> {
    let manifest = Manifest::of_a_pack(pack.text().ok()?.as_str())?;
    Some(Kinship::wanted(&manifest).map(str::to_owned).collect())
}

fn distributions(requirements: &Requirements) -> impl Iterator<Item = String> {
    requirements.requirements().map(|requirement| requirement.normalized.clone())
}

/// Returns the distributions that a Dockerfile installs by name: `pip install name==…`.
fn installed(dockerfile: &Dockerfile) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for instruction in dockerfile.stages.iter().flat_map(|stage| &stage.instructions) {
        let Action::Run(run) = &instruction.action else { continue };
        for word in pip_installs(&run.script()).iter().flat_map(|install| &install.requirements) {
            let permitted = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            let word = word.as_str();
            let end = word.find(|c| !permitted(c)).unwrap_or(word.len());
            let (name, rest) = word.split_at(end);
            // A path or a URL is not a name.
            if !name.is_empty() && !name.starts_with('.') && !rest.starts_with(['/', ':']) {
                names.insert(normalize(name));
            }
        }
    }
    names
}

fn imports(snapshot: &Snapshot) -> BTreeSet<String> {
    let modules = snapshot.entries.keys().filter(|path| path.as_str().ends_with(".py"));
    let own: BTreeSet<&str> = snapshot
        .entries
        .keys()
        .filter_map(|path| {
            let top = path.as_str().split('/').next()?;
            Some(top.strip_suffix(".py").unwrap_or(top))
        })
        .collect();
    let mut imports = BTreeSet::new();
    // The shallowest first, since files near the root are most likely the repository's own code.
    let mut modules: Vec<_> = modules.collect();
    modules.sort_by_key(|path| path.as_str().matches('/').count());
    for path in modules.into_iter().take(MOST_MODULES) {
        let Some(module) = document(snapshot, path.as_str()).and_then(|it| it.python().ok()) else {
            continue;
        };
        imports.extend(top_modules(&module).filter(|name| !is_standard(name)));
    }
    imports.retain(|name| !own.contains(name.as_str()));
    imports
}

fn top_modules(module: &Module) -> impl Iterator<Item = String> {
    let named = module.imports.iter().flat_map(|import| match &import.imported {
        Imported::Modules(names) => names.iter().map(|name| name.name.as_str()).collect(),
        Imported::From { module, level: 0, .. } => vec![module.as_str()],
        Imported::From { .. } => Vec::new(),
    });
    named.filter_map(|name| Some(name.split('.').next()?.to_owned()))
}

/// Returns the images named anywhere in a workflow: in inputs, variables and scripts.
fn images(workflow: &Workflow) -> BTreeSet<String> {
    let job_variables = workflow.jobs.iter().flat_map(|job| &job.env);
    let variables: BTreeMap<&str, &str> = workflow
        .env
        .iter()
        .chain(job_variables)
        .filter_map(|setting| Some((setting.key.text.as_str(), setting.value.as_deref()?)))
        .collect();
    let mut images = BTreeSet::new();
    let mut waiting = vec![workflow.document().root()];
    while let Some(node) = waiting.pop() {
        if let Some(text) = scalar(node) {
            images.extend(images_in(&with_values(text, &variables, MOST_STEPS)));
        }
        waiting.extend(node.items());
        waiting.extend(node.entries().map(|entry| entry.value));
    }
    images
}

/// Returns the text of a scalar that may name an image; aliases are read at their anchors.
fn scalar(node: Node<'_>) -> Option<&str> {
    node.as_str().filter(|text| text.contains('/') || text.contains("${{"))
}

/// Maximum depth of variables that refer to others.
const MOST_STEPS: usize = 3;

/// Expands the expressions in a text; unknown ones become `*`.
fn with_values(text: &str, variables: &BTreeMap<&str, &str>, steps: usize) -> String {
    let mut output = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        output.push_str(before);
        let Some((expression, after)) = after.split_once("}}") else { break };
        rest = after;
        let expression = expression.trim();
        let value = match expression {
            "github.repository" => "{owner}/{repository}".to_owned(),
            "github.repository_owner" => "{owner}".to_owned(),
            "github.event.repository.name" => "{repository}".to_owned(),
            _ => match expression.strip_prefix("env.").and_then(|name| variables.get(name)) {
                Some(value) if steps > 0 => with_values(value, variables, steps - 1),
                _ => "*".to_owned(),
            },
        };
        output.push_str(&value);
        if output.len() > MOST_BYTES {
            return output;
        }
    }
    output + rest
}

/// Maximum length of a text, since variables that refer to each other can grow; longer ones are not names anyway.
const MOST_BYTES: usize = 64 << 10;

/// Returns the image names in a text, without tags and digests.
fn images_in(text: &str) -> impl Iterator<Item = String> {
    let apart = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '=' | '`');
    text.split(apart).filter_map(image_name).collect::<Vec<_>>().into_iter()
}

/// Returns the name of an image, if it includes the registry.
pub(super) fn image_name(word: &str) -> Option<String> {
    if word.contains("://") {
        return None;
    }
    let word = word.split('@').next()?;
    let (registry, path) = word.split_once('/')?;
    let path = path.split(':').next()?;
    let host = registry.split(':').next()?;
    let is_host = (host.contains('.') || registry.contains(':') || host == "localhost")
        && is_forge_name(host)
        && host.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_part = |part: &str| {
        let bare = part.replace("{owner}", "o").replace("{repository}", "r");
        is_forge_name(&bare)
    };
    (is_host && path.split('/').all(is_part)).then(|| format!("{registry}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::testing::TestRepository;

    fn observed(files: &[(&str, &str)]) -> Contents {
        let mut repository = TestRepository::bare();
        repository.commit(files, &[]);
        observe(&crate::snapshot::open(repository.path(), None).expect("a snapshot"))
    }

    fn words(set: &BTreeSet<String>) -> String {
        set.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn requirements_dockerfile_and_imports_are_read() {
        let contents = observed(&[
            ("requirements.txt", "Acme_Runtime>=1\nhttpx # x\n-r more.txt\n"),
            (
                "Dockerfile",
                "FROM python:3.11\nRUN pip install uvicorn[standard]==1 ./local https://x/y.whl\n",
            ),
            (
                "adapter.py",
                "import os, httpx.x\nfrom acme_runtime.base import B\nfrom . import c\nimport helper\n",
            ),
            ("helper.py", "def f():\n    import lazy_one\n"),
            (".shipshape/shape.yaml", "schema: 1\n"),
        ]);
        assert_eq!(words(&contents.distributions), "acme-runtime httpx uvicorn");
        assert_eq!(words(&contents.by_dockerfile), "uvicorn");
        assert_eq!(words(&contents.imports), "acme_runtime httpx lazy_one");
        assert!(contents.has_pack);
    }

    #[test]
    fn images_are_found_where_workflows_name_them() {
        let workflow = "\
on: push
env: {REGISTRY: ghcr.io, NAME: '${{ github.repository }}', LOOP: '${{ env.LOOP }}'}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with: {tags: '${{ env.REGISTRY }}/${{ env.NAME }}:latest,ghcr.io/acme/tpl-x:sha-${{ github.sha }}'}
      - run: |
          docker pull registry.example:5000/base/x@sha256:00
          curl https://ghcr.io/token ${{ env.LOOP }} ${{ inputs.x }}/y
";
        let contents = observed(&[(".github/workflows/p.yml", workflow)]);
        assert_eq!(
            words(&contents.images),
            "ghcr.io/acme/tpl-x ghcr.io/{owner}/{repository} registry.example:5000/base/x"
        );
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        let contents = observed(&[
            ("requirements.txt", "\u{0}"),
            ("x.py", "import ("),
            ("@Dockerfile", "/etc/passwd"),
            (".github/workflows/x.yml", "a: [\n"),
        ]);
        let paths = contents.paths.clone();
        assert_eq!(contents, Contents { is_stranger: true, paths, ..Contents::default() });
    }
}
