//! What `new` creates, as a document for programs. Pure.

use schemars::JsonSchema;
use serde::Serialize;
use sha2::Digest as _;

use super::draft::Draft;
use super::publish::{FirstRuns, NewImage, Offered, Published};
use crate::checks::Finding;
use crate::digest::hexadecimal;
use crate::severity::Severity;
use crate::snapshot::{EntryKind, RepoPath};

/// Name and version of the document; see `schemas/new.schema.json`.
pub const SCHEMA: &str = "shipshape/new/1";

/// A new repository: what was created, or would be.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Creation {
    /// Name and version of this format: `shipshape/new/1`.
    pub schema: &'static str,
    /// How far the run got: `planned`, if nothing was created or changed; `unfinished`, if something is missing, such as
    /// the image (exit code 3); otherwise `created`.
    pub state: State,
    /// The short name.
    pub slug: String,
    /// The kind. Absent without a fleet.
    pub kind: Option<String>,
    /// The repository, `owner/name`; without a fleet, only the name.
    pub repository: String,
    /// The folder of `--local`. Absent if the repository is created on the forge.
    pub folder: Option<String>,
    /// The files that the shape and the answers give, by path, as the repository has them if it exists. A starter may
    /// add more.
    pub files: Vec<NewFile>,
    /// The files on this machine that the member was added to, or would be: fleet.yaml and other lists of members.
    pub lists: Vec<String>,
    /// What was done on the forge, or would be. Absent with `--local`.
    pub forge: Option<OnForge>,
    /// The findings that are not waived: those of the new repository, or of the plan where nothing was created.
    pub findings: Vec<Found>,
    /// What is left to a person, in words. In a plan as far as it is known: pull requests are among the steps.
    pub left: Vec<String>,
    /// Suggested next commands, most useful first.
    pub next: Vec<String>,
}

/// How far a run of `new` got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing was created or changed: with `--dry-run` or `--read-only`, or because it would begin with errors.
    Planned,
    /// It exists as wanted.
    Created,
    /// Something is missing, such as the image. `left` and `failed` say what, and the same command continues.
    Unfinished,
}

/// A file of the new repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NewFile {
    /// Its path in the repository.
    pub path: String,
    /// Size in bytes.
    pub size: usize,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Whether it is executable.
    pub executable: bool,
}

/// The repository on the forge.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OnForge {
    /// The forge's address.
    pub address: String,
    /// What is done, in words and in order.
    pub steps: Vec<String>,
    /// The web page. Absent in a plan.
    pub url: Option<String>,
    /// The default branch. Absent in a plan.
    pub branch: Option<String>,
    /// The commit with the files. Absent in a plan.
    pub commit: Option<String>,
    /// The visibility: `public`, `private` or `internal`. Absent if an earlier run created the repository and this one
    /// is only a plan.
    pub visibility: Option<String>,
    /// The pull requests that list the new member.
    pub pull_requests: Vec<Announcement>,
    /// The first workflow runs, as last seen.
    pub runs: Vec<FirstRun>,
    /// The image that the repository publishes. Absent in a plan, and if the fleet has no images.
    pub image: Option<FirstImage>,
    /// The pull requests that could not be opened or made ready.
    pub failed: Vec<Failure>,
}

/// A pull request that lists the new member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Announcement {
    /// What it changes: the name of a list, or `fleet.yaml`.
    pub what: String,
    /// Its state.
    pub state: AnnouncementState,
    /// The repository of the pull request, while it is open.
    pub repository: Option<String>,
    /// Its number, while it is open.
    pub number: Option<u64>,
    /// Its web page. Absent where none was needed.
    pub url: Option<String>,
}

/// The state of a pull request that lists the new member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnnouncementState {
    /// It waits for a review.
    Open,
    /// It is a draft until the image exists.
    Draft,
    /// It is open, but cannot be merged: it conflicts with its base.
    Conflict,
    /// It was merged.
    Merged,
    /// It was closed without being merged.
    Closed,
    /// The list has the member already, so that no pull request is needed.
    Listed,
}

/// A workflow run of the new commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FirstRun {
    /// The workflow's name, or else its file.
    pub workflow: String,
    /// Its conclusion; before it has one, its status.
    pub state: String,
    /// Its web page.
    pub url: String,
}

/// The image that the new repository publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FirstImage {
    /// Its name, without a tag.
    pub name: String,
    /// Whether it exists; `null` if that is not known.
    pub exists: Option<bool>,
    /// Its visibility according to the forge, if known.
    pub visibility: Option<String>,
    /// Its web page, if known.
    pub url: Option<String>,
}

/// Something that could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failure {
    /// What could not be done.
    pub what: String,
    /// Why.
    pub error: String,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Found {
    /// The rule's id.
    pub rule: String,
    /// The rule's code.
    pub code: String,
    /// Its severity.
    pub severity: Severity,
    /// Whether the rule could not be decided.
    pub unchecked: bool,
    /// Its file, if it is about one.
    pub path: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl NewFile {
    /// Returns the files that a draft creates, as they are in its tree: that of the repository, once that exists.
    #[must_use]
    pub fn of(draft: &Draft) -> Vec<Self> {
        let there = |path: &RepoPath| {
            let entry = draft.tree.entry(path.as_str())?;
            let bytes = draft.tree.read(entry.id).ok()?;
            Some(Self {
                path: path.to_string(),
                size: bytes.len(),
                sha256: hexadecimal(&sha2::Sha256::digest(&bytes)),
                executable: entry.kind == EntryKind::Executable,
            })
        };
        draft.files.changes.keys().filter_map(there).collect()
    }
}

impl Found {
    /// Returns what programs read of a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.id.to_owned(),
            code: finding.rule.code.to_owned(),
            severity: finding.severity,
            unchecked: finding.unchecked,
            path: finding.path().map(ToString::to_string),
            message: finding.message.clone(),
            help: finding.help.clone(),
        }
    }
}

impl OnForge {
    /// Returns what is going to be done on a forge.
    #[must_use]
    pub fn planned(address: String, steps: Vec<String>, visibility: Option<String>) -> Self {
        Self {
            address,
            steps,
            url: None,
            branch: None,
            commit: None,
            visibility,
            pull_requests: Vec::new(),
            runs: Vec::new(),
            image: None,
            failed: Vec::new(),
        }
    }

    /// Adds what was done.
    #[must_use]
    pub fn done(self, published: &Published, image: Option<&NewImage>) -> Self {
        let made = &published.made;
        let failed = published
            .left
            .iter()
            .map(|(what, error)| Failure { what: what.clone(), error: error.to_string() });
        Self {
            url: Some(made.page.clone()),
            branch: Some(made.branch.clone()),
            commit: Some(made.commit.clone()),
            visibility: Some(made.visibility.clone()),
            pull_requests: published.offered.iter().map(Announcement::of).collect(),
            runs: runs(&published.first),
            image: image.map(|image| FirstImage::of(image, &published.first)),
            failed: failed.collect(),
            ..self
        }
    }
}

impl Announcement {
    fn of((what, offered): &(String, Offered)) -> Self {
        use AnnouncementState as State;
        let bare =
            |state, url| Self { what: what.clone(), state, repository: None, number: None, url };
        match offered {
            Offered::Open { repository, number, page, draft, .. } => {
                let state = match draft {
                    _ if offered.is_conflicting() => State::Conflict,
                    true => State::Draft,
                    false => State::Open,
                };
                let (repository, number) = (Some(repository.clone()), Some(*number));
                Self { repository, number, ..bare(state, Some(page.clone())) }
            }
            Offered::Merged { page } => bare(State::Merged, Some(page.clone())),
            Offered::Closed { page } => bare(State::Closed, Some(page.clone())),
            Offered::There => bare(State::Listed, None),
        }
    }
}

fn runs(first: &FirstRuns) -> Vec<FirstRun> {
    let run = |run: &crate::forge::calls::actions::Run| FirstRun {
        workflow: run.workflow().to_owned(),
        state: run.state().to_owned(),
        url: run.html_url.clone(),
    };
    first.runs.iter().map(run).collect()
}

impl FirstImage {
    fn of(image: &NewImage, first: &FirstRuns) -> Self {
        Self {
            name: image.name.clone(),
            exists: first.unknown.is_none().then_some(first.image_is_there),
            visibility: first.image_visibility.clone(),
            url: first.image_page.clone(),
        }
    }
}
