//! A repository, apart from its objects.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::actions::{Run, Script};
use super::checks::Checks;
use super::{Population, Pull, RepositoryId};
use crate::sandbox::git::Store;
use crate::sandbox::refusal::Answer;

/// The visibility of a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum Visibility {
    #[default]
    Public,
    Private,
    Internal,
}

impl Visibility {
    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Internal => "internal",
        }
    }
}

/// A label of a repository.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Label {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) color: String,
    pub(in crate::sandbox) description: Option<String>,
}

impl Label {
    pub(in crate::sandbox) fn node_id(&self) -> String {
        format!("LA_{}", self.id)
    }
}

/// The actions that workflows may use, if restricted to selected ones.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct SelectedActions {
    pub(in crate::sandbox) github_owned: bool,
    pub(in crate::sandbox) verified: bool,
    /// Patterns such as `acme/*` or `acme/lint@v1`.
    pub(in crate::sandbox) patterns: Vec<String>,
}

/// The settings of a repository.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Settings {
    /// The names of checks required by branch protection, by branch.
    pub(in crate::sandbox) required_checks: BTreeMap<String, Vec<String>>,
    /// The names of checks required by a ruleset, by branch.
    pub(in crate::sandbox) ruleset_checks: BTreeMap<String, Vec<String>>,
    pub(in crate::sandbox) secrets: Vec<String>,
    pub(in crate::sandbox) organization_secrets: Vec<String>,
    pub(in crate::sandbox) variables: BTreeMap<String, String>,
    pub(in crate::sandbox) organization_variables: BTreeMap<String, String>,
    pub(in crate::sandbox) actions_enabled: bool,
    /// `all`, `local_only` or `selected`.
    pub(in crate::sandbox) allowed_actions: String,
    pub(in crate::sandbox) selected_actions: SelectedActions,
    /// `read` or `write`.
    pub(in crate::sandbox) workflow_permissions: String,
    pub(in crate::sandbox) can_approve_pull_requests: bool,
    pub(in crate::sandbox) delete_branch_on_merge: bool,
    pub(in crate::sandbox) allow_auto_merge: bool,
    pub(in crate::sandbox) allow_merge_commit: bool,
    pub(in crate::sandbox) allow_squash_merge: bool,
    pub(in crate::sandbox) allow_rebase_merge: bool,
    /// The number of approvals required by branch protection, by branch.
    pub(in crate::sandbox) required_approvals: BTreeMap<String, u64>,
    /// The number of approvals required by a ruleset, by branch.
    pub(in crate::sandbox) ruleset_approvals: BTreeMap<String, u64>,
    /// Whether a push dismisses approvals.
    pub(in crate::sandbox) dismiss_stale_reviews: bool,
    /// Whether a branch must be up to date with its base to be merged.
    pub(in crate::sandbox) strict_checks: bool,
    /// Branches that nobody can create because of a ruleset; `*` matches any text.
    pub(in crate::sandbox) restricted_branches: Vec<String>,
    /// The users whose review may be requested; all users if `None`.
    pub(in crate::sandbox) collaborators: Option<Vec<String>>,
    /// For how many seconds it is unknown whether a pull request can be merged.
    pub(in crate::sandbox) mergeable_after: f64,
}

impl Settings {
    /// Returns the checks required by a branch.
    pub(in crate::sandbox) fn checks_of(&self, branch: &str) -> Vec<&str> {
        let lists = [&self.required_checks, &self.ruleset_checks];
        let names = lists.into_iter().filter_map(|list| list.get(branch)).flatten();
        let mut names: Vec<&str> = names.map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the number of approvals required by a branch.
    pub(in crate::sandbox) fn approvals_of(&self, branch: &str) -> u64 {
        let lists = [&self.required_approvals, &self.ruleset_approvals];
        lists.into_iter().filter_map(|list| list.get(branch)).copied().max().unwrap_or_default()
    }

    /// Whether a ruleset prevents the creation of a branch.
    pub(in crate::sandbox) fn restricts(&self, branch: &str) -> bool {
        self.restricted_branches.iter().any(|pattern| match pattern.split_once('*') {
            Some((start, end)) => {
                let rest = branch.strip_prefix(start);
                rest.is_some_and(|rest| rest.ends_with(end))
            }
            None => branch == pattern,
        })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            required_checks: BTreeMap::new(),
            ruleset_checks: BTreeMap::new(),
            secrets: Vec::new(),
            organization_secrets: Vec::new(),
            variables: BTreeMap::new(),
            organization_variables: BTreeMap::new(),
            actions_enabled: true,
            allowed_actions: "all".to_owned(),
            selected_actions: SelectedActions::default(),
            workflow_permissions: "read".to_owned(),
            can_approve_pull_requests: false,
            delete_branch_on_merge: false,
            allow_auto_merge: false,
            allow_merge_commit: true,
            allow_squash_merge: true,
            allow_rebase_merge: true,
            required_approvals: BTreeMap::new(),
            ruleset_approvals: BTreeMap::new(),
            dismiss_stale_reviews: false,
            strict_checks: false,
            restricted_branches: Vec::new(),
            collaborators: None,
            mergeable_after: 0.0,
        }
    }
}

/// A repository.
#[derive(Debug)]
pub(in crate::sandbox) struct Repository {
    pub(in crate::sandbox) id: RepositoryId,
    pub(in crate::sandbox) owner: String,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) description: Option<String>,
    pub(in crate::sandbox) homepage: Option<String>,
    pub(in crate::sandbox) visibility: Visibility,
    pub(in crate::sandbox) archived: bool,
    pub(in crate::sandbox) disabled: bool,
    pub(in crate::sandbox) locked: bool,
    pub(in crate::sandbox) template: bool,
    pub(in crate::sandbox) fork: bool,
    /// The template from which it was generated.
    pub(in crate::sandbox) generated_from: Option<RepositoryId>,
    pub(in crate::sandbox) topics: Vec<String>,
    pub(in crate::sandbox) default_branch: String,
    pub(in crate::sandbox) created: i64,
    pub(in crate::sandbox) updated: i64,
    pub(in crate::sandbox) pushed: i64,
    pub(in crate::sandbox) labels: Vec<Label>,
    pub(in crate::sandbox) pulls: Vec<Pull>,
    pub(in crate::sandbox) runs: Vec<Run>,
    pub(in crate::sandbox) scripts: Vec<Script>,
    pub(in crate::sandbox) checks: Checks,
    pub(in crate::sandbox) settings: Settings,
    pub(in crate::sandbox) population: Option<Population>,
    /// The bare directory.
    pub(in crate::sandbox) git: PathBuf,
    last_number: u64,
}

impl Repository {
    /// Creates the bare directory and the repository's record.
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
            checks: Checks::default(),
            settings: Settings::default(),
            population: None,
            git: git.to_owned(),
            last_number: 0,
        })
    }

    pub(in crate::sandbox) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    pub(in crate::sandbox) fn node_id(&self) -> String {
        format!("R_{}", self.id)
    }

    pub(in crate::sandbox) fn is_private(&self) -> bool {
        self.visibility != Visibility::Public
    }

    /// Returns the number of the next issue or pull request.
    pub(in crate::sandbox) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(in crate::sandbox) fn pull(&self, number: u64) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.number == number)
    }

    pub(in crate::sandbox) fn pull_mut(&mut self, number: u64) -> Option<&mut Pull> {
        self.pulls.iter_mut().find(|pull| pull.number == number)
    }

    /// Returns a label by name, ignoring case.
    pub(in crate::sandbox) fn label(&self, name: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn is_due(&self, now: f64) -> bool {
        self.population.as_ref().is_some_and(|population| population.is_due(now))
    }

    pub(in crate::sandbox) fn store(&self) -> Answer<Store> {
        Store::open(&self.git)
    }
}
