//! One repository: what is known of it beside its objects.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::actions::{Run, Script};
use super::{Population, Pull, RepositoryId};
use crate::sandbox::git::Store;
use crate::sandbox::refusal::Answer;

/// Who may see a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Visibility {
    #[default]
    Public,
    Private,
    Internal,
}

impl Visibility {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Internal => "internal",
        }
    }
}

/// A label of a repository.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) description: Option<String>,
}

impl Label {
    pub(crate) fn node_id(&self) -> String {
        format!("LA_{}", self.id)
    }
}

/// What its owners set up.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Names of checks that a branch requires, by branch.
    pub(crate) required_checks: BTreeMap<String, Vec<String>>,
    /// The same, demanded by a ruleset.
    pub(crate) ruleset_checks: BTreeMap<String, Vec<String>>,
    pub(crate) secrets: Vec<String>,
    pub(crate) organization_secrets: Vec<String>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) actions_enabled: bool,
    /// `all`, `local_only` or `selected`.
    pub(crate) allowed_actions: String,
    /// `read` or `write`.
    pub(crate) workflow_permissions: String,
    pub(crate) can_approve_pull_requests: bool,
    pub(crate) delete_branch_on_merge: bool,
    pub(crate) allow_auto_merge: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            required_checks: BTreeMap::new(),
            ruleset_checks: BTreeMap::new(),
            secrets: Vec::new(),
            organization_secrets: Vec::new(),
            variables: BTreeMap::new(),
            actions_enabled: true,
            allowed_actions: "all".to_owned(),
            workflow_permissions: "read".to_owned(),
            can_approve_pull_requests: false,
            delete_branch_on_merge: false,
            allow_auto_merge: false,
        }
    }
}

/// A repository.
#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) id: RepositoryId,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) homepage: Option<String>,
    pub(crate) visibility: Visibility,
    pub(crate) archived: bool,
    pub(crate) disabled: bool,
    pub(crate) locked: bool,
    pub(crate) template: bool,
    pub(crate) fork: bool,
    /// The template that it was generated from.
    pub(crate) generated_from: Option<RepositoryId>,
    pub(crate) topics: Vec<String>,
    pub(crate) default_branch: String,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) pushed: i64,
    pub(crate) labels: Vec<Label>,
    pub(crate) pulls: Vec<Pull>,
    pub(crate) runs: Vec<Run>,
    pub(crate) scripts: Vec<Script>,
    pub(crate) settings: Settings,
    pub(crate) population: Option<Population>,
    /// The bare directory.
    pub(crate) git: PathBuf,
    last_number: u64,
}

impl Repository {
    /// Makes the bare directory, and the record of it.
    pub(super) fn make(
        id: RepositoryId,
        owner: &str,
        name: &str,
        default_branch: &str,
        git: &Path,
        now: i64,
    ) -> Answer<Self> {
        Store::make(git, default_branch)?;
        Ok(Self {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            description: None,
            homepage: None,
            visibility: Visibility::Public,
            archived: false,
            disabled: false,
            locked: false,
            template: false,
            fork: false,
            generated_from: None,
            topics: Vec::new(),
            default_branch: default_branch.to_owned(),
            created: now,
            updated: now,
            pushed: now,
            labels: Vec::new(),
            pulls: Vec::new(),
            runs: Vec::new(),
            scripts: Vec::new(),
            settings: Settings::default(),
            population: None,
            git: git.to_owned(),
            last_number: 0,
        })
    }

    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    pub(crate) fn node_id(&self) -> String {
        format!("R_{}", self.id)
    }

    pub(crate) fn is_private(&self) -> bool {
        self.visibility != Visibility::Public
    }

    /// The number of the next issue or pull request.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(crate) fn pull(&self, number: u64) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.number == number)
    }

    pub(crate) fn pull_mut(&mut self, number: u64) -> Option<&mut Pull> {
        self.pulls.iter_mut().find(|pull| pull.number == number)
    }

    /// A label by its name, whatever its case.
    pub(crate) fn label(&self, name: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn is_due(&self, now: f64) -> bool {
        self.population.as_ref().is_some_and(|population| population.is_due(now))
    }

    pub(crate) fn store(&self) -> Answer<Store> {
        Store::open(&self.git)
    }
}
