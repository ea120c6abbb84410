//! Generated repositories before their content exists: GitHub responds at once and copies later.

use super::{RepositoryId, World};
use crate::sandbox::git::{Changes, Identity, Store};
use crate::sandbox::refusal::{Answer, Refusal};

/// When promised content exists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::sandbox) enum Due {
    /// After this many seconds.
    Seconds(f64),
    /// After the repository has been read this many times.
    Polls(u32),
}

impl Default for Due {
    fn default() -> Self {
        Self::Polls(2)
    }
}

/// Content that is pending for a repository.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Population {
    /// The template of the content.
    pub(in crate::sandbox) template: RepositoryId,
    pub(in crate::sandbox) all_branches: bool,
    pub(in crate::sandbox) author: Identity,
    /// The time of the request, from which [`Due`] counts.
    pub(in crate::sandbox) since: f64,
    pub(in crate::sandbox) due: Due,
}

impl Population {
    pub(in crate::sandbox) fn is_due(&self, now: f64) -> bool {
        match self.due {
            Due::Seconds(seconds) => now >= self.since + seconds,
            Due::Polls(polls) => polls == 0,
        }
    }
}

impl World {
    /// Counts a read of a repository that waits for its content.
    pub(in crate::sandbox) fn poll(&mut self, id: RepositoryId) {
        let Some(repository) = self.repositories.get_mut(&id) else { return };
        if let Some(Population { due: Due::Polls(polls), .. }) = &mut repository.population {
            *polls = polls.saturating_sub(1);
        }
    }

    /// Puts the content into a repository that waits for it.
    pub(in crate::sandbox) fn populate(&mut self, id: RepositoryId) {
        let Some(repository) = self.repositories.get_mut(&id) else { return };
        let Some(population) = repository.population.take() else { return };
        // If the template was deleted meanwhile, the new repository stays empty, as on GitHub.
        let _ = self.copy_template(id, &population);
        self.push_happened(id, &population.author.login);
    }

    fn copy_template(&mut self, id: RepositoryId, population: &Population) -> Answer<()> {
        let template = self.repository(population.template)?;
        let source = Store::open(&template.git)?;
        let default_branch = template.default_branch.clone();
        let branches = if population.all_branches {
            source.branches()?.into_iter().map(|(name, _)| name).collect()
        } else {
            vec![default_branch.clone()]
        };
        let seconds = self.seconds();
        // The template's scripts also apply to the copies of its workflows.
        let mut scripts = template.scripts.clone();
        let checks = template.checks.scripts.clone();
        let repository = self.repository_mut(id)?;
        for image in scripts.iter_mut().filter_map(|script| script.publishes.as_mut()) {
            image.package = image.package.replace("{repository}", &repository.name);
        }
        repository.scripts = scripts;
        repository.checks.scripts = checks;
        let target = Store::open(&repository.git)?;
        for branch in branches {
            let name = format!("refs/heads/{branch}");
            let head = source.reference(&name)?.ok_or_else(Refusal::empty)?;
            let tree = source.commit(head)?.tree;
            source.copy_tree_to(tree, &target)?;
            let changes = Changes {
                tree,
                parents: Vec::new(),
                message: "Initial commit".to_owned(),
                author: population.author.at(seconds),
                committer: population.author.at(seconds),
            };
            let commit = target.create_commit(&changes)?;
            target.set_reference(&name, commit)?;
        }
        repository.default_branch.clone_from(&default_branch);
        target.set_head(&default_branch)?;
        repository.pushed = seconds;
        Ok(())
    }
}
