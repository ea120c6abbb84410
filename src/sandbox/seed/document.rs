//! What a seed may say.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::sandbox::index::IndexSeed;
use crate::source::typed::Step;

/// The number of the `schema` key that is known.
pub const SCHEMA: u32 = 1;

/// A seed: what is in the sandbox at first. Everything may be left out.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of this format.
    #[serde(default = "current")]
    #[expect(dead_code, reason = "read by the reader of all our files")]
    schema: u32,
    /// Users and organisations by login. Those that only a repository or a token names are made too:
    /// the owner of a repository as an organisation, the user of a token as a user.
    #[serde(default)]
    pub(crate) owners: BTreeMap<String, OwnerSeed>,
    /// Tokens. Without any there is one, `default`, that may do everything.
    #[serde(default)]
    pub(crate) tokens: Vec<TokenSeed>,
    /// Repositories.
    #[serde(default)]
    pub(crate) repositories: Vec<RepositorySeed>,
    /// A GitHub App that is installed.
    #[serde(default)]
    pub(crate) app: Option<AppSeed>,
    /// When the content of a generated repository is there.
    #[serde(default)]
    pub(crate) generate: Option<GenerateSeed>,
    /// Limits that are not GitHub's.
    #[serde(default)]
    pub(crate) limits: LimitsSeed,
    /// The package index beside the forge.
    #[serde(default)]
    pub(crate) index: IndexSeed,
}

fn current() -> u32 {
    SCHEMA
}

/// What an owner is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OwnerType {
    /// A person.
    User,
    /// An organisation.
    #[default]
    Organization,
}

/// A user or an organisation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnerSeed {
    /// What it is; an organisation when it is not said.
    #[serde(default, rename = "type")]
    pub(crate) kind: OwnerType,
    /// The name people read; the login when it is not said.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Short names of an organisation's teams.
    #[serde(default)]
    pub(crate) teams: Vec<String>,
    /// Images in its container registry.
    #[serde(default)]
    pub(crate) packages: Vec<ImageSeed>,
}

/// How far a permission goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AccessSeed {
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
    /// Everything.
    #[default]
    Admin,
}

/// A token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenSeed {
    /// What the log calls it.
    pub(crate) name: String,
    /// What a client sends; made from the name when it is not said.
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// Whose it is; `octo` when it is not said.
    #[serde(default)]
    pub(crate) user: Option<String>,
    /// What its user may do in the repositories.
    #[serde(default)]
    pub(crate) role: AccessSeed,
    /// Scopes of a classic token: `repo`, `workflow`, `read:org`, `read:packages`.
    #[serde(default)]
    pub(crate) scopes: Option<Vec<String>>,
    /// Permissions of a fine-grained token: `contents: write`.
    #[serde(default)]
    pub(crate) permissions: Option<BTreeMap<String, AccessSeed>>,
    /// The repositories of a fine-grained token: `owner/name` or `owner/*`; all when it is not said.
    #[serde(default)]
    pub(crate) repositories: Option<Vec<String>>,
    /// Seconds after which it ends.
    #[serde(default)]
    pub(crate) expires_after: Option<f64>,
}

/// Who may see a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VisibilitySeed {
    /// Everybody.
    #[default]
    Public,
    /// Who is let in.
    Private,
    /// The enterprise.
    Internal,
}

/// A repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RepositorySeed {
    /// `owner/name`.
    pub(crate) name: String,
    /// Files by path; they become the first commit, or one on top of `from`.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, FileSeed>,
    /// A folder whose files are the first commit, or a git directory whose branches are taken over.
    #[serde(default)]
    pub(crate) from: Option<String>,
    /// Other branches with the files in which they differ from the default branch.
    #[serde(default)]
    pub(crate) branches: BTreeMap<String, BTreeMap<String, FileSeed>>,
    /// The default branch; `main` when it is not said.
    #[serde(default)]
    pub(crate) default_branch: Option<String>,
    /// What it is.
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Who may see it.
    #[serde(default)]
    pub(crate) visibility: VisibilitySeed,
    /// Whether it is read-only.
    #[serde(default)]
    pub(crate) archived: bool,
    /// Whether GitHub closed it.
    #[serde(default)]
    pub(crate) disabled: bool,
    /// Whether it is locked while it is migrated.
    #[serde(default)]
    pub(crate) locked: bool,
    /// Whether others are generated from it.
    #[serde(default)]
    pub(crate) template: bool,
    /// Whether it is a fork.
    #[serde(default)]
    pub(crate) fork: bool,
    /// Topics.
    #[serde(default)]
    pub(crate) topics: Vec<String>,
    /// Whether it has no commit.
    #[serde(default)]
    pub(crate) empty: bool,
    /// Names that it had before, without the owner.
    #[serde(default)]
    pub(crate) renamed_from: Vec<String>,
    /// Labels.
    #[serde(default)]
    pub(crate) labels: Vec<LabelSeed>,
    /// Pull requests.
    #[serde(default)]
    pub(crate) pulls: Vec<PullSeed>,
    /// How runs of its workflows go; those of repositories that are generated from it go the same way.
    #[serde(default)]
    pub(crate) runs: Vec<RunSeed>,
    /// How checks of its commits go, beside the jobs of its runs; repositories that are generated from it
    /// have the same.
    #[serde(default)]
    pub(crate) checks: Vec<CheckSeed>,
    /// What its owners set up.
    #[serde(default)]
    pub(crate) settings: SettingsSeed,
}

/// A file: its text, or what else is to be said of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum FileSeed {
    /// Its text.
    Text(String),
    /// Its content with its mode.
    Full(FullFileSeed),
}

/// A file in full.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FullFileSeed {
    /// Its text.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// Its bytes in Base64.
    #[serde(default)]
    pub(crate) base64: Option<String>,
    /// Whether it may be executed.
    #[serde(default)]
    pub(crate) executable: bool,
    /// Where a symbolic link leads.
    #[serde(default)]
    pub(crate) link: Option<String>,
    /// Whether it is removed from what `from` or the default branch has.
    #[serde(default)]
    pub(crate) removed: bool,
}

/// A label.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelSeed {
    /// Its name.
    pub(crate) name: String,
    /// Six hexadecimal digits.
    #[serde(default)]
    pub(crate) color: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub(crate) description: Option<String>,
}

/// A pull request.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PullSeed {
    /// Its title.
    pub(crate) title: String,
    /// Its text.
    #[serde(default)]
    pub(crate) body: Option<String>,
    /// The branch that it proposes.
    pub(crate) head: String,
    /// The branch that it is proposed to; the default branch when it is not said.
    #[serde(default)]
    pub(crate) base: Option<String>,
    /// Whether it is a draft.
    #[serde(default)]
    pub(crate) draft: bool,
    /// Whether it is closed.
    #[serde(default)]
    pub(crate) closed: bool,
    /// Labels of the repository.
    #[serde(default)]
    pub(crate) labels: Vec<String>,
}

/// What starts a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventSeed {
    /// A branch moved.
    #[default]
    Push,
    /// A pull request is new or has new commits.
    PullRequest,
    /// A dispatch.
    RepositoryDispatch,
}

/// How a run of a workflow goes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunSeed {
    /// The workflow's file: `ci.yml`.
    pub(crate) workflow: String,
    /// What starts it.
    #[serde(default)]
    pub(crate) on: EventSeed,
    /// The type of the dispatch that starts it; any when it is not said.
    #[serde(default)]
    pub(crate) event_type: Option<String>,
    /// How many runs go like this, before the next script of the workflow and event counts.
    #[serde(default)]
    pub(crate) times: Option<u32>,
    /// How it ends: `success`, `failure`, …
    #[serde(default)]
    pub(crate) conclusion: Option<String>,
    /// Seconds from its start to its end; 0 when it is not said.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// All its statuses, when `seconds` and `conclusion` say too little.
    #[serde(default)]
    pub(crate) statuses: Vec<StatusSeed>,
    /// Names of its jobs.
    #[serde(default)]
    pub(crate) jobs: Vec<String>,
    /// How a rerun of its failed jobs ends; `success` when it is not said.
    #[serde(default)]
    pub(crate) rerun: Option<String>,
    /// An image that is there once it has succeeded.
    #[serde(default)]
    pub(crate) publishes: Option<ImageSeed>,
    /// Whether it has run before the sandbox began.
    #[serde(default)]
    pub(crate) happened: bool,
}

/// How a check goes that every new head of a branch gets.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckSeed {
    /// Its name.
    pub(crate) name: String,
    /// How it ends: `success`, `failure`, …; `never` for one that does not end. `success` when it is not said.
    #[serde(default)]
    pub(crate) conclusion: Option<String>,
    /// How it ends on the default branch; `success` when it is not said.
    #[serde(default)]
    pub(crate) base: Option<String>,
    /// Seconds from when the commit is there to its end; 0 when it is not said. What the default branch has
    /// at first has ended.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// Whether it is a status of the commit (`success`, `failure`, `error`), and no check of an App.
    #[serde(default)]
    pub(crate) status: bool,
}

/// A status of a run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusSeed {
    /// Seconds after the start.
    #[serde(default)]
    pub(crate) after: f64,
    /// `queued`, `in_progress`, `completed`, …
    pub(crate) status: String,
    /// How it ended, when it is completed.
    #[serde(default)]
    pub(crate) conclusion: Option<String>,
}

/// An image.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageSeed {
    /// The package's name, without the owner; `{repository}` stands for the repository that publishes it.
    pub(crate) name: String,
    /// Its tags; `latest` when none is said.
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// Whether everybody may pull it: a new package is private.
    #[serde(default)]
    pub(crate) public: bool,
}

/// What the owners of a repository set up.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsSeed {
    /// Names of checks that branch protection requires, by branch.
    #[serde(default)]
    pub(crate) required_checks: BTreeMap<String, Vec<String>>,
    /// Names of checks that a ruleset requires, by branch.
    #[serde(default)]
    pub(crate) ruleset_checks: BTreeMap<String, Vec<String>>,
    /// Names of secrets.
    #[serde(default)]
    pub(crate) secrets: Vec<String>,
    /// Names of the organisation's secrets that it may use.
    #[serde(default)]
    pub(crate) organization_secrets: Vec<String>,
    /// Variables with their values.
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    /// The organisation's variables that it may use, with their values.
    #[serde(default)]
    pub(crate) organization_variables: BTreeMap<String, String>,
    /// Whether workflows run; they do when it is not said.
    #[serde(default)]
    pub(crate) actions_enabled: Option<bool>,
    /// Which actions workflows may use: `all`, `local_only` or `selected`.
    #[serde(default)]
    pub(crate) allowed_actions: Option<String>,
    /// Which actions are selected, when `allowed_actions` is `selected`.
    #[serde(default)]
    pub(crate) selected_actions: SelectedActionsSeed,
    /// What workflows may do by default: `read` or `write`.
    #[serde(default)]
    pub(crate) workflow_permissions: Option<String>,
    /// Whether workflows may approve pull requests.
    #[serde(default)]
    pub(crate) can_approve_pull_requests: bool,
    /// Whether pull requests may be merged as soon as they can be.
    #[serde(default)]
    pub(crate) allow_auto_merge: bool,
    /// How pull requests may be merged: `merge`, `squash`, `rebase`; all when it is not said.
    #[serde(default)]
    pub(crate) merge_methods: Option<Vec<MethodSeed>>,
    /// Whether a branch goes once it is merged.
    #[serde(default)]
    pub(crate) delete_branch_on_merge: bool,
    /// How many approvals branch protection requires, by branch.
    #[serde(default)]
    pub(crate) required_approvals: BTreeMap<String, u64>,
    /// How many approvals a ruleset requires, by branch.
    #[serde(default)]
    pub(crate) ruleset_approvals: BTreeMap<String, u64>,
    /// Whether a push takes approvals back.
    #[serde(default)]
    pub(crate) dismiss_stale_reviews: bool,
    /// Whether what is merged must be up to date with its base.
    #[serde(default)]
    pub(crate) strict_checks: bool,
    /// Branches that a ruleset lets nobody make; `*` stands for any text.
    #[serde(default)]
    pub(crate) restricted_branches: Vec<String>,
    /// Users who may be asked for a review; every user when it is not said.
    #[serde(default)]
    pub(crate) collaborators: Option<Vec<String>>,
    /// Seconds for which nobody knows whether a pull request can be merged, after its head or its base
    /// moved: GitHub looks when it has time.
    #[serde(default)]
    pub(crate) mergeable_after: f64,
}

/// How a pull request may be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MethodSeed {
    /// By a merge commit.
    Merge,
    /// By one commit that holds it all.
    Squash,
    /// By its commits on top of the base.
    Rebase,
}

/// Actions that are selected.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelectedActionsSeed {
    /// Whether those of GitHub may be used.
    #[serde(default)]
    pub(crate) github_owned: bool,
    /// Whether those of verified creators may be used.
    #[serde(default)]
    pub(crate) verified: bool,
    /// Others: `acme/*`, `acme/lint@v1`.
    #[serde(default)]
    pub(crate) patterns: Vec<String>,
}

/// A GitHub App.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSeed {
    /// Its number.
    pub(crate) id: u64,
    /// Its name in addresses.
    pub(crate) slug: String,
    /// The owner that it is installed on.
    pub(crate) account: String,
    /// The number of the installation.
    pub(crate) installation: u64,
    /// What it may do: `contents: write`.
    #[serde(default)]
    pub(crate) permissions: BTreeMap<String, AccessSeed>,
    /// Where it may do so; everywhere in the account when it is not said.
    #[serde(default)]
    pub(crate) repositories: Option<Vec<String>>,
    /// The public half of its key, PEM of `-----BEGIN PUBLIC KEY-----` or `BEGIN RSA PUBLIC KEY`;
    /// without it no signature is checked.
    #[serde(default)]
    pub(crate) public_key: Option<String>,
}

/// When the content of a generated repository is there.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerateSeed {
    /// After the repository was read this many times.
    #[serde(default)]
    pub(crate) polls: Option<u32>,
    /// After this many seconds.
    #[serde(default)]
    pub(crate) seconds: Option<f64>,
}

/// Limits that are not GitHub's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsSeed {
    /// REST requests an hour.
    #[serde(default)]
    pub(crate) rest: Option<u64>,
    /// GraphQL points an hour.
    #[serde(default)]
    pub(crate) graphql: Option<u64>,
    /// Searches a minute.
    #[serde(default)]
    pub(crate) search: Option<u64>,
    /// Points of REST a minute: 1 for a read, 5 for a write.
    #[serde(default)]
    pub(crate) rest_points: Option<u64>,
    /// Points of GraphQL a minute.
    #[serde(default)]
    pub(crate) graphql_points: Option<u64>,
    /// Requests at a time.
    #[serde(default)]
    pub(crate) concurrent: Option<usize>,
    /// Requests a minute that make content.
    #[serde(default)]
    pub(crate) content_per_minute: Option<usize>,
    /// Requests an hour that make content.
    #[serde(default)]
    pub(crate) content_per_hour: Option<usize>,
    /// Pull requests a minute before they were submitted too quickly.
    #[serde(default)]
    pub(crate) pulls_per_minute: Option<usize>,
    /// Nodes of one GraphQL document.
    #[serde(default)]
    pub(crate) nodes: Option<u64>,
    /// What a refusal of a secondary limit says to wait, in seconds.
    #[serde(default)]
    pub(crate) retry_after: Option<u64>,
    /// Entries of a recursive listing before it is truncated.
    #[serde(default)]
    pub(crate) tree_entries: Option<usize>,
    /// Bytes of a blob before it is too large.
    #[serde(default)]
    pub(crate) blob_bytes: Option<usize>,
}

/// Whether an owner or a repository can be called so: it is a part of paths and of addresses.
fn is_name(text: &str) -> bool {
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !matches!(text, "" | "." | "..") && text.len() <= 100 && text.bytes().all(permitted)
}

impl Document {
    /// What contradicts itself, with the place of it.
    pub(super) fn contradictions(&self) -> Vec<(Vec<Step>, String)> {
        let mut found = Vec::new();
        let step = |name: &str| Step::Key(name.to_owned());
        for login in self.owners.keys().filter(|login| !is_name(login)) {
            let message = format!("`{login}` is no login");
            found.push((vec![step("owners"), step(login)], message));
        }
        if let Some(app) = &self.app {
            for (name, text) in [("slug", &app.slug), ("account", &app.account)] {
                if !is_name(text) {
                    found.push((vec![step("app"), step(name)], format!("`{text}` is no login")));
                }
            }
        }
        for (index, token) in self.tokens.iter().enumerate() {
            if let Some(user) = token.user.as_ref().filter(|user| !is_name(user)) {
                let at = vec![step("tokens"), Step::Index(index), step("user")];
                found.push((at, format!("`{user}` is no login")));
            }
            let at = vec![step("tokens"), Step::Index(index)];
            if token.scopes.is_some() && token.permissions.is_some() {
                let message = "a token has `scopes` (classic) or `permissions` (fine-grained)";
                found.push((at.clone(), message.to_owned()));
            }
            let earlier = self.tokens.iter().take(index);
            if earlier.clone().any(|other| other.name == token.name) {
                found.push((at.clone(), format!("`{}` is given twice", token.name)));
            }
            let same = |other: &TokenSeed| other.value.is_some() && other.value == token.value;
            if token.value.as_ref().is_some_and(|value| value.trim().is_empty()) {
                found.push((at, "a token's value cannot be empty".to_owned()));
            } else if earlier.clone().any(same) {
                found.push((at, "another token has the same value".to_owned()));
            }
        }
        for (index, repository) in self.repositories.iter().enumerate() {
            let at = |name: &str| vec![step("repositories"), Step::Index(index), step(name)];
            let parts: Vec<&str> = repository.name.split('/').collect();
            for earlier in repository.renamed_from.iter().filter(|earlier| !is_name(earlier)) {
                found.push((at("renamed_from"), format!("`{earlier}` is no name")));
            }
            if parts.len() != 2 || !parts.iter().all(|part| is_name(part)) {
                let message = format!("`{}` is not `owner/name`", repository.name);
                found.push((at("name"), message));
            }
            let same = |other: &&RepositorySeed| other.name.eq_ignore_ascii_case(&repository.name);
            if self.repositories.iter().take(index).any(|other| same(&other)) {
                found.push((at("name"), format!("`{}` is given twice", repository.name)));
            }
            if repository.empty && !(repository.files.is_empty() && repository.from.is_none()) {
                found.push((at("empty"), "an empty repository has no files".to_owned()));
            }
            for path in repository.files.keys() {
                if path.split('/').any(|part| matches!(part, "" | "." | ".." | ".git")) {
                    let mut place = at("files");
                    place.push(step(path));
                    found.push((place, format!("`{path}` cannot stand in a tree")));
                }
            }
        }
        if let Some(GenerateSeed { polls: Some(_), seconds: Some(_) }) = self.generate {
            found.push((vec![step("generate")], "give `polls` or `seconds`".to_owned()));
        }
        found
    }
}
