//! What is said of a branch that is still there although its pull request has ended. Pure.

use super::super::identity::branch;
use crate::forge::calls::branch_pulls::{PullSeen, PullStanding};

/// Why the branch of an ended pull request still exists: forges keep branches unless a request deletes them.
pub(super) fn left_by(pull: &PullSeen) -> String {
    let number = pull.number;
    match pull.state {
        PullStanding::Merged => format!("#{number} was merged, and its branch is still there"),
        PullStanding::Closed | PullStanding::Open => {
            format!("#{number} was closed, and its branch is still there")
        }
    }
}

/// Why nothing is offered again where a person changed the branch of an ended pull request, and what to do: the campaign
/// neither writes to such a branch nor deletes it, so that no option helps.
pub(super) fn in_the_way(pull: &PullSeen, why: &str, campaign: &str) -> String {
    let branch = branch(campaign);
    format!(
        "{why}: {}; delete the branch `{branch}` to have the change offered again",
        left_by(pull)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_in_the_way_is_named_with_the_way_out() {
        let pull = PullSeen { number: 3, state: PullStanding::Merged, ..PullSeen::default() };
        let said = "ann changed its branch: #3 was merged, and its branch is still there; delete the branch \
                    `shipshape/fix` to have the change offered again";
        assert_eq!(in_the_way(&pull, "ann changed its branch", "fix"), said);
    }
}
