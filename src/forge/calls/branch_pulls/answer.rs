//! One repository of the forge's answer, in the forge's schema, each part below the fragment that asks for it: a new field goes
//! into both.

use serde::Deserialize;

/// The fragments, which do not depend on the repository. `COMMITS` and `CONTEXTS` stand for numbers.
pub(super) const FRAGMENTS: [&str; 8] =
    [REPOSITORY, BRANCH, PULL, RULES, CHECKS, CHANGE, WHO, ACTOR];

const REPOSITORY: &str = "
fragment repository on Repository { id nameWithOwner isArchived isDisabled isEmpty isPrivate viewerPermission \
  mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed autoMergeAllowed deleteBranchOnMerge \
  defaultBranchRef { name ...rules target { oid ... on Commit { tree { oid } statusCheckRollup { ...checks } } } } }";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Repository {
    pub(super) id: String,
    pub(super) name_with_owner: String,
    pub(super) is_archived: bool,
    pub(super) is_disabled: bool,
    pub(super) is_empty: bool,
    pub(super) is_private: bool,
    pub(super) viewer_permission: Option<String>,
    pub(super) merge_commit_allowed: bool,
    pub(super) squash_merge_allowed: bool,
    pub(super) rebase_merge_allowed: bool,
    pub(super) auto_merge_allowed: bool,
    pub(super) delete_branch_on_merge: bool,
    pub(super) default_branch_ref: Option<DefaultBranch>,
    #[serde(rename = "ref")]
    pub(super) branch: Option<Branch>,
    pub(super) pull_requests: Page<Pull>,
}

/// A list of nodes. GraphQL may return `null` for the list or a node that failed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Page<T> {
    pub(super) total_count: u64,
    #[serde(deserialize_with = "some")]
    pub(super) nodes: Vec<T>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { total_count: 0, nodes: Vec::new() }
    }
}

/// The nodes that are not null.
fn some<'a, T: Deserialize<'a>, D: serde::Deserializer<'a>>(from: D) -> Result<Vec<T>, D::Error> {
    let nodes = Option::<Vec<Option<T>>>::deserialize(from)?;
    Ok(nodes.into_iter().flatten().flatten().collect())
}

const RULES: &str = "
fragment rules on Ref { refUpdateRule { requiredStatusCheckContexts requiredApprovingReviewCount } \
  rules(first: 30) { nodes { parameters { \
    ... on RequiredStatusChecksParameters { requiredStatusChecks { context } } \
    ... on PullRequestParameters { requiredApprovingReviewCount } } } } }";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DefaultBranch {
    pub(super) name: String,
    pub(super) ref_update_rule: Option<UpdateRule>,
    pub(super) rules: Option<Page<Rule>>,
    pub(super) target: Option<Target>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct UpdateRule {
    pub(super) required_status_check_contexts: Option<Vec<Option<String>>>,
    pub(super) required_approving_review_count: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Rule {
    pub(super) parameters: Option<Parameters>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Parameters {
    pub(super) required_status_checks: Vec<Configuration>,
    pub(super) required_approving_review_count: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Configuration {
    pub(super) context: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Target {
    pub(super) oid: String,
    pub(super) tree: Option<Object>,
    pub(super) status_check_rollup: Option<Rollup>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Object {
    pub(super) oid: String,
}

const CHECKS: &str = "
fragment checks on StatusCheckRollup { state contexts(first: CONTEXTS) { nodes { __typename \
  ... on CheckRun { name status conclusion } ... on StatusContext { context state } } } }";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Rollup {
    pub(super) state: String,
    pub(super) contexts: Option<Page<Context>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Context {
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    pub(super) conclusion: Option<String>,
    pub(super) context: Option<String>,
    pub(super) state: Option<String>,
}

const BRANCH: &str = "
fragment branch on Ref { target { oid ... on Commit { history(first: COMMITS) { nodes { ...change } } } } }";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Branch {
    pub(super) target: Option<Head>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    pub(super) oid: String,
    pub(super) history: Option<Page<Commit>>,
}

const CHANGE: &str = "
fragment change on Commit { oid message author { ...who } committer { ...who } parents(first: 3) { nodes { oid } } }";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Commit {
    pub(super) oid: String,
    pub(super) message: String,
    pub(super) author: Option<Who>,
    pub(super) committer: Option<Who>,
    pub(super) parents: Option<Page<Object>>,
}

const WHO: &str = "
fragment who on GitActor { name email user { login } }";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Who {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) user: Option<Actor>,
}

const ACTOR: &str = "
fragment actor on Actor { __typename login }";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::forge::calls) struct Actor {
    #[serde(rename = "__typename")]
    pub(super) kind: String,
    pub(super) login: String,
}

const PULL: &str = "
fragment pull on PullRequest { number id url state isDraft title body isCrossRepository createdAt mergedAt closedAt \
  author { ...actor } headRefName headRefOid baseRefName mergedBy { ...actor } \
  mergeCommit { oid parents(first: 1) { nodes { oid } } } \
  mergeable mergeStateStatus reviewDecision autoMergeRequest { enabledAt } \
  labels(first: 30) { nodes { name } } \
  latestOpinionatedReviews(first: 20, writersOnly: true) { nodes { state author { ...actor } } } \
  reviewRequests(first: 20) { nodes { requestedReviewer { __typename \
    ... on User { login } ... on Bot { login } ... on Mannequin { login } ... on Team { combinedSlug } } } } \
  timelineItems(itemTypes: [CLOSED_EVENT], last: 1) { nodes { ... on ClosedEvent { actor { ...actor } } } } \
  statusCheckRollup { ...checks } \
  commits(last: COMMITS) { totalCount nodes { commit { ...change } } } }";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) id: String,
    pub(super) url: String,
    pub(super) state: String,
    pub(super) is_draft: bool,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) is_cross_repository: bool,
    pub(super) created_at: String,
    pub(super) merged_at: Option<String>,
    pub(super) closed_at: Option<String>,
    pub(super) author: Option<Actor>,
    pub(super) head_ref_name: String,
    pub(super) head_ref_oid: String,
    pub(super) base_ref_name: String,
    pub(super) merge_commit: Option<MergeCommit>,
    pub(super) merged_by: Option<Actor>,
    pub(super) mergeable: String,
    pub(super) merge_state_status: String,
    pub(super) review_decision: Option<String>,
    pub(super) auto_merge_request: Option<serde_json::Value>,
    pub(super) labels: Option<Page<Label>>,
    pub(super) latest_opinionated_reviews: Option<Page<Review>>,
    pub(super) review_requests: Option<Page<ReviewRequest>>,
    pub(super) timeline_items: Option<Page<Closing>>,
    pub(super) status_check_rollup: Option<Rollup>,
    pub(super) commits: Page<PullCommit>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MergeCommit {
    pub(super) oid: String,
    pub(super) parents: Option<Page<Object>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Label {
    pub(super) name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Review {
    pub(super) state: String,
    pub(super) author: Option<Actor>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ReviewRequest {
    pub(super) requested_reviewer: Option<Reviewer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Reviewer {
    pub(super) login: Option<String>,
    pub(super) combined_slug: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Closing {
    pub(super) actor: Option<Actor>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PullCommit {
    pub(super) commit: Commit,
}
