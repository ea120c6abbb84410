//! Consequences of a change: pull requests get new commits, runs start.

use super::actions::{Image, Run, Script, Started, Trigger, Workflow, take_script};
use super::owner::{Package, PackageVersion};
use super::workflow_file::WorkflowFile;
use super::{RepositoryId, World, rfc3339};
use crate::sandbox::git::{Changes, Identity};
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::registry::{Content, Holds};

/// The directory of workflows.
const WORKFLOWS: &str = ".github/workflows";

impl World {
    /// Handles a branch that was moved or created.
    pub(in crate::sandbox) fn branch_moved(
        &mut self,
        id: RepositoryId,
        branch: &str,
        sha: &str,
        actor: &str,
    ) {
        let (now, moment) = (self.seconds(), self.now);
        let Some(repository) = self.repositories.get_mut(&id) else { return };
        repository.pushed = now;
        repository.updated = now;
        repository.became_head(branch, sha, moment);
        let changed = self.pulls_moved(id, branch, sha, actor);
        self.pulls_contained(id, branch, sha, actor);
        self.start_runs(
            id,
            &Started {
                on: Trigger::Push,
                branch: branch.to_owned(),
                sha: sha.to_owned(),
                actor: actor.to_owned(),
                title: String::new(),
                pull: None,
                payload: None,
            },
        );
        for (owner, number) in changed {
            self.pull_changed(owner, number, actor);
        }
    }

    /// Handles the first content of a repository.
    pub(in crate::sandbox) fn push_happened(&mut self, id: RepositoryId, actor: &str) {
        let Some(repository) = self.repositories.get(&id) else { return };
        let branch = repository.default_branch.clone();
        let head = repository.store().and_then(|store| store.branch(&branch)).ok().flatten();
        if let Some(head) = head {
            self.branch_moved(id, &branch, &head.to_string(), actor);
        }
    }

    /// Creates the first commit that GitHub makes on request: a README with the name.
    pub(in crate::sandbox) fn initialize(
        &mut self,
        id: RepositoryId,
        author: &Identity,
    ) -> Answer<()> {
        let (seconds, repository) = (self.seconds(), self.repository(id)?);
        let store = repository.store()?;
        let branch = repository.default_branch.clone();
        let mut readme = format!("# {}\n", repository.name);
        if let Some(description) = &repository.description {
            readme.push_str(description);
            readme.push('\n');
        }
        let blob = store.create_blob(readme.as_bytes())?;
        let put = crate::sandbox::git::TreeEdit::Put(blob, 0o100_644);
        let tree = store.edited(None, &crate::sandbox::git::edit("README.md", put))?;
        let commit = store.create_commit(&Changes {
            tree,
            parents: Vec::new(),
            message: "Initial commit".to_owned(),
            author: author.at(seconds),
            committer: author.at(seconds),
        })?;
        store.set_reference(&format!("refs/heads/{branch}"), commit)?;
        self.branch_moved(id, &branch, &commit.to_string(), &author.login);
        Ok(())
    }

    /// Returns the workflow files at a commit, or at the head of the default branch.
    pub(in crate::sandbox) fn workflows(
        &self,
        id: RepositoryId,
        sha: Option<&str>,
    ) -> Answer<Vec<Workflow>> {
        let repository = self.repository(id)?;
        let store = repository.store()?;
        let commit = match sha {
            Some(sha) => git2::Oid::from_str(sha).ok(),
            None => store.branch(&repository.default_branch)?,
        };
        let Some(commit) = commit else { return Ok(Vec::new()) };
        let folder = store.at(store.commit(commit)?.tree, WORKFLOWS)?;
        let Some(folder) = folder.filter(|folder| folder.kind == "tree") else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for entry in store.entries(folder.id, false)? {
            if !entry.path.ends_with(".yml") && !entry.path.ends_with(".yaml") {
                continue;
            }
            let path = format!("{WORKFLOWS}/{}", entry.path);
            let text = store.blob(entry.id)?.unwrap_or_default();
            let file = WorkflowFile::read(&text);
            let name = file.name.clone().unwrap_or_else(|| path.clone());
            found.push(Workflow { id: workflow_id(id, &path), path, name, file });
        }
        Ok(found)
    }

    /// Starts a run of each workflow that has a script for this event.
    pub(in crate::sandbox) fn start_runs(&mut self, id: RepositoryId, started: &Started) {
        // Repository dispatches run the workflows of the default branch.
        let at = match started.on {
            Trigger::Dispatch(_) => None,
            _ => Some(started.sha.as_str()),
        };
        let workflows = self.workflows(id, at).unwrap_or_default();
        for workflow in workflows {
            if let Trigger::Dispatch(event) = &started.on
                && !workflow.file.hears(event.as_deref().unwrap_or_default())
            {
                continue;
            }
            let Some(script) = self.script(id, &workflow.path, &started.on) else { continue };
            let jobs = script.jobs.iter().map(|name| (self.next_id(), name.clone())).collect();
            let (run, now) = (self.next_id(), self.now);
            let title = match (&started.on, &started.payload) {
                (Trigger::Dispatch(Some(event)), Some(payload)) => {
                    workflow.file.dispatched_name(event, payload)
                }
                _ => None,
            };
            let title = title.unwrap_or_else(|| match started.title.is_empty() {
                true => workflow.name.clone(),
                false => started.title.clone(),
            });
            let Some(repository) = self.repositories.get_mut(&id) else { return };
            let same = repository.runs.iter().filter(|run| run.workflow.path == workflow.path);
            let number = same.count() as u64 + 1;
            repository.runs.push(Run {
                id: run,
                number,
                attempt: 1,
                workflow,
                started: Started { title, ..started.clone() },
                created: now,
                began: now,
                stages: script.stages,
                jobs,
                rerun: script.rerun,
                status: "queued".to_owned(),
                conclusion: None,
                updated: now,
                publishes: script.publishes,
                published: false,
            });
            repository.advance_runs(now);
        }
        self.publish_images();
    }

    /// Returns the script of a repository for a workflow and an event, or else its owner's.
    fn script(&mut self, id: RepositoryId, path: &str, on: &Trigger) -> Option<Script> {
        let repository = self.repositories.get_mut(&id)?;
        if !repository.settings.actions_enabled {
            return None;
        }
        if let Some(script) = take_script(&mut repository.scripts, path, on) {
            return Some(script);
        }
        let owner = self.owners.get_mut(&repository.owner.to_lowercase())?;
        let mut script = take_script(&mut owner.scripts, path, on)?;
        if let Some(image) = &mut script.publishes {
            image.package = image.package.replace("{repository}", &repository.name);
        }
        Some(script)
    }

    /// Publishes the images of runs that have succeeded. A run whose image cannot be built fails.
    pub(super) fn publish_images(&mut self) {
        let mut images = Vec::new();
        for repository in self.repositories.values_mut() {
            let (id, login) = (repository.id, repository.owner.clone());
            for run in &mut repository.runs {
                let succeeded = run.conclusion.as_deref() == Some("success");
                let image = run.publishes.clone().filter(|_| succeeded && !run.published);
                let Some(image) = image else { continue };
                match image.built(&self.index, run.dispatched_version()) {
                    Some(holds) => {
                        run.published = true;
                        images.push((login.clone(), id, image, holds));
                    }
                    None => run.fail(),
                }
            }
        }
        for (login, id, image, holds) in images {
            // A missing owner has no packages.
            let _ = self.add_image(&login, Some(id), &image, &holds);
        }
    }

    /// Adds an image to a package, creating the package if necessary.
    pub(in crate::sandbox) fn add_image(
        &mut self,
        login: &str,
        repository: Option<RepositoryId>,
        image: &Image,
        holds: &Holds,
    ) -> Answer<()> {
        let (package, version, now) = (self.next_id(), self.next_id(), self.seconds());
        let owner = self.owners.get_mut(&login.to_lowercase()).ok_or_else(Refusal::not_found)?;
        let name = format!("{}/{}", owner.login, image.package);
        let content = Content::of(holds, &name, &rfc3339(now));
        let known = owner.packages.iter().position(|package| package.name == image.package);
        let index = known.unwrap_or_else(|| {
            owner.packages.push(Package {
                id: package,
                name: image.package.clone(),
                public: image.public,
                repository,
                created: now,
                updated: now,
                versions: Vec::new(),
            });
            owner.packages.len() - 1
        });
        if let Some(package) = owner.packages.get_mut(index) {
            package.updated = now;
            // Tags move from the image that had them.
            for version in &mut package.versions {
                version.tags.retain(|tag| !image.tags.contains(tag));
            }
            let (digest, tags) = (content.digest(), image.tags.clone());
            // An image that already exists gets the tags and becomes the newest.
            package.versions.retain(|known| known.digest != digest);
            let made = PackageVersion { id: version, digest, tags, created: now, content };
            package.versions.push(made);
        }
        Ok(())
    }
}

/// Returns a number that is the same for a file in every sandbox.
fn workflow_id(repository: RepositoryId, path: &str) -> u64 {
    let hash = sha1_smol::Sha1::from(format!("{repository}/{path}")).digest().bytes();
    let [a, b, c, d, ..] = hash;
    u64::from(u32::from_be_bytes([a, b, c, d]))
}
