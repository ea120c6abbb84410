//! Maps GraphQL fields to permissions. REST names the missing permission in a header; GraphQL only names the refused
//! field.

use serde_json::Value;

/// The permission for the field at a path, in REST's notation; `None` if unknown.
///
/// The deepest known field decides: a pull request's checks need another permission than the pull request itself.
pub(in crate::forge) fn of_field(path: &[Value]) -> Option<&'static str> {
    let mut steps = path.iter().filter_map(Value::as_str);
    let mutated = steps.clone().next().and_then(of_mutation);
    mutated.or_else(|| steps.rfind(|step| read(step).is_some()).and_then(read))
}

fn of_mutation(name: &str) -> Option<&'static str> {
    match name {
        "createRef" | "updateRefs" | "createCommitOnBranch" => Some("contents=write"),
        "createPullRequest" | "markPullRequestReadyForReview" => Some("pull_requests=write"),
        "enablePullRequestAutoMerge" | "disablePullRequestAutoMerge" => {
            Some("contents=write, pull_requests=write")
        }
        _ => None,
    }
}

fn read(field: &str) -> Option<&'static str> {
    match field {
        // A commit with checks of only one sort needs only one of the two, but that is not known beforehand.
        "statusCheckRollup" => Some("checks=read, statuses=read"),
        "pullRequests" | "pullRequest" | "associatedPullRequests" => Some("pull_requests=read"),
        "defaultBranchRef" | "ref" | "refs" | "object" | "target" | "history" => {
            Some("contents=read")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_deepest_field_that_is_known_says_it() {
        let of = |path: Value| of_field(path.as_array().expect("a list"));
        assert_eq!(of(json!(["r0", "pullRequests"])), Some("pull_requests=read"));
        let checks = json!(["r3", "pullRequests", "nodes", 0, "statusCheckRollup"]);
        assert_eq!(of(checks), Some("checks=read, statuses=read"));
        assert_eq!(of(json!(["r0", "defaultBranchRef"])), Some("contents=read"));
        let opened = json!(["createPullRequest", "pullRequest"]);
        assert_eq!(of(opened), Some("pull_requests=write"));
        assert_eq!(of(json!(["r0"])), None);
    }
}
