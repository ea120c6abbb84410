//! The checks of commits, and the rules that require some of them.

use serde_json::Value;

use super::connection::page;
use super::execute::{Arguments, Execution, Failure, Resolved};
use super::node::{Node, Payload};
use crate::sandbox::world::{Access, Context, Outcome, Permission, RepositoryId, rfc3339, rollup};

fn state(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pending => "PENDING",
        Outcome::Success => "SUCCESS",
        Outcome::Failure => "FAILURE",
    }
}

/// Builds a scalar field of a payload.
pub(super) fn leaf(name: &'static str, value: impl Into<Value>) -> (&'static str, Payload) {
    (name, Payload::Leaf(value.into()))
}

impl Execution<'_> {
    /// Returns the combined checks of a commit; null if there are none.
    pub(super) fn rollup_of(&mut self, id: RepositoryId, sha: &str) -> Result<Resolved, Failure> {
        self.permit(id, &[Permission::Checks, Permission::Statuses], Access::Read)?;
        let contexts = self.world.repository(id)?.contexts(sha, self.world.now);
        // GitHub omits checks that the token may not see. Here that is an error, so that no client
        // relies on an incomplete list.
        for (permission, is_status) in [(Permission::Checks, false), (Permission::Statuses, true)] {
            if contexts.iter().any(|context| context.is_status == is_status) {
                self.permit(id, &[permission], Access::Read)?;
            }
        }
        let some = rollup(&contexts).map(|_| Node::Rollup(id, sha.to_owned()));
        Ok(Resolved::object(some))
    }

    pub(super) fn rollup(
        &mut self,
        id: RepositoryId,
        sha: &str,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let contexts = self.world.repository(id)?.contexts(sha, self.world.now);
        Ok(match field {
            "id" => Resolved::Leaf(format!("SCR_{id}_{sha}").into()),
            "state" => Resolved::Leaf(rollup(&contexts).map(state).into()),
            "commit" => Resolved::Object(Node::Commit(id, git2::Oid::from_str(sha)?)),
            _ => {
                let nodes = contexts.iter().map(shown).collect();
                return page("StatusCheckRollupContext", nodes, arguments);
            }
        })
    }

    /// Returns what branch protection requires of a branch, which anybody with read access may see.
    pub(super) fn protection_of(&self, id: RepositoryId, name: &str) -> Result<Resolved, Failure> {
        let settings = &self.world.repository(id)?.settings;
        let branch = name.strip_prefix("refs/heads/").unwrap_or_default();
        let checks = settings.required_checks.get(branch);
        let approvals = settings.required_approvals.get(branch).copied();
        let rule = (checks.is_some() || approvals.is_some()).then(|| {
            Node::Payload(
                "RefUpdateRule",
                vec![
                    leaf("pattern", branch),
                    leaf("requiredStatusCheckContexts", checks.cloned().unwrap_or_default()),
                    leaf("requiredApprovingReviewCount", approvals),
                ],
            )
        });
        Ok(Resolved::object(rule))
    }

    /// Returns the ruleset rules that apply to a branch.
    pub(super) fn rules_of(
        &self,
        id: RepositoryId,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let settings = &self.world.repository(id)?.settings;
        let branch = name.strip_prefix("refs/heads/").unwrap_or_default();
        let rule = |kind: &'static str, parameters: Node| {
            let fields = vec![
                leaf("id", format!("RR_{id}_{kind}")),
                leaf("type", kind),
                ("parameters", Payload::Node(parameters)),
            ];
            Node::Payload("RepositoryRule", fields)
        };
        let mut rules = Vec::new();
        if let Some(names) = settings.ruleset_checks.get(branch) {
            let check = |name: &String| {
                Node::Payload("StatusCheckConfiguration", vec![leaf("context", name.as_str())])
            };
            let fields = vec![
                ("requiredStatusChecks", Payload::List(names.iter().map(check).collect())),
                leaf("strictRequiredStatusChecksPolicy", settings.strict_checks),
            ];
            let parameters = Node::Payload("RequiredStatusChecksParameters", fields);
            rules.push(rule("REQUIRED_STATUS_CHECKS", parameters));
        }
        if let Some(count) = settings.ruleset_approvals.get(branch) {
            let fields = vec![
                leaf("requiredApprovingReviewCount", *count),
                leaf("dismissStaleReviewsOnPush", settings.dismiss_stale_reviews),
            ];
            rules.push(rule("PULL_REQUEST", Node::Payload("PullRequestParameters", fields)));
        }
        page("RepositoryRule", rules, arguments)
    }
}

fn shown(context: &Context) -> Node {
    let id = context.id;
    if context.is_status {
        let fields = vec![
            leaf("id", format!("SC_{id}")),
            leaf("context", context.name.as_str()),
            leaf("state", context.status.to_uppercase()),
            leaf("description", context.description.clone()),
            leaf("targetUrl", context.target.clone()),
            leaf("createdAt", rfc3339(context.started)),
        ];
        return Node::Payload("StatusContext", fields);
    }
    let fields = vec![
        leaf("id", format!("CR_{id}")),
        leaf("databaseId", id),
        leaf("name", context.name.as_str()),
        leaf("status", context.status.to_uppercase()),
        leaf("conclusion", context.conclusion.as_ref().map(|end| end.to_uppercase())),
        leaf("detailsUrl", context.target.clone()),
    ];
    Node::Payload("CheckRun", fields)
}
