//! What each writing command changes on the forge, and how to undo it.
//!
//! Each writing command in the permissions table refers to one of these; there is no other list.

use super::COMMANDS;

/// What a command changes on the forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is sent.
    pub sends: &'static str,
    /// How a person undoes it.
    pub taken_back: &'static str,
}

pub(super) const NEW: Change = Change {
    sends: "creates a repository, once; a commit on top; branches and pull requests for lists and fleet.yaml. It \
    sets who sees the repository only when it creates it, and never makes an existing one more visible",
    taken_back: "close the pull requests; delete the repository in its settings",
};

pub(super) const RETIRE: Change = Change {
    sends: "branches and pull requests for lists; closes the member's open pull requests, and those that add it to a \
    list; archives it",
    taken_back: "unarchive it in its settings; reopen the pull requests; remove `retired` from fleet.yaml",
};

pub(super) const REGISTRATIONS: Change =
    Change { sends: "a branch and a pull request each", taken_back: "close it" };

pub(super) const RERUN: Change = Change {
    sends: "runs failed jobs again",
    taken_back: "nothing to revert; what the jobs do, they do",
};

pub(super) const APPLY: Change = Change {
    sends: "a branch of its own, a commit, a pull request with labels and reviewers; puts that branch, and no \
    other, on another commit, from where it was seen; with `--watch` merges what is approved and green, and \
    removes those branches; where the campaign says `unneeded: close`, closes its own",
    taken_back: "`campaign close`; of what was merged: `campaign revert`",
};

pub(super) const OFFER: Change = Change {
    sends: "a branch of its own, a commit, a pull request with labels and reviewers; puts that branch, and no other, \
            on another commit, from where it was seen",
    taken_back: "`campaign close`, or close the pull request",
};

pub(super) const STARTER: Change = Change {
    sends: "a branch of its own, a commit, a pull request; closes its earlier one and removes that branch, unless a person \
            pushed to it",
    taken_back: "close the pull request, and reopen the earlier one once its branch is restored on its page",
};

pub(super) const MERGE: Change = Change {
    sends: "merges, or has the forge merge; removes the merged branch",
    taken_back: "`campaign revert` offers the inverse",
};

pub(super) const CLOSE: Change = Change {
    sends: "a comment; closes the pull request; removes its branch, unless a person pushed to it or changed the base branch",
    taken_back: "restore its branch on its page, and reopen it",
};

pub(super) const COMMENT: Change = Change {
    sends: "one comment, its own, which it creates, changes or removes",
    taken_back: "delete the comment",
};

pub(super) const TAG: Change = Change {
    sends: "a tag, once; never moved",
    taken_back: "of `release freeze`: `release thaw`; of `release tag`: delete the tag, unless it is published",
};

pub(super) const THAW: Change = Change {
    sends: "removes the tag of `release freeze`, and no other",
    taken_back: "`release freeze`",
};

pub(super) const MIRROR: Change =
    Change { sends: "commits on top; tags", taken_back: "revert the commit in the mirror" };

pub(super) const CASCADE: Change = Change {
    sends: "a dispatch to each member, which starts a workflow",
    taken_back: "not possible: what the workflows did is theirs; `images rollback` puts images back",
};

pub(super) const BACK: Change =
    Change { sends: "what `release freeze` and `release cascade` send", taken_back: "like these" };

pub(super) const RUN: Change = Change {
    sends: "what `release tag`, `release publish`, `release mirror` and `release cascade` send. A version that \
    an index has accepted cannot be unpublished, only withdrawn (yanked) there",
    taken_back: "like these",
};

/// Renders the table of changes, one row per change with the commands that make it.
pub(super) fn section() -> String {
    let mut rows: Vec<(&Change, Vec<String>)> = Vec::new();
    for needs in COMMANDS {
        let Some(change) = needs.change else { continue };
        let command = format!("`{}`", needs.command);
        match rows.iter_mut().find(|(known, _)| *known == change) {
            Some((_, commands)) => commands.push(command),
            None => rows.push((change, vec![command])),
        }
    }
    let mut page = ABOUT.to_owned();
    for (Change { sends, taken_back }, commands) in rows {
        let commands = commands.join(", ");
        page.push_str(&format!("| {commands} | {sends} | {taken_back} |\n"));
    }
    page
}

/// The text above that table.
const ABOUT: &str = "
## What each command changes

This table lists what is sent, and how a person reverts it. `administration: write` would also let
a token delete a repository: no command does. No command deletes a repository, a release or a package, changes a rule or a secret, makes anything
private public, or force-pushes to a branch that shipshape did not make.

| command | what it sends | reverted by |
|---|---|---|
";

#[cfg(test)]
mod tests {
    /// Every call that takes something away, as the sources have it.
    #[test]
    fn nothing_but_comments_branches_and_tags_of_ours_is_taken_away() {
        let calls = [
            ("branches", include_str!("../calls/branches.rs")),
            ("comments", include_str!("../calls/comments.rs")),
            ("contents", include_str!("../calls/contents.rs")),
            ("git", include_str!("../calls/git.rs")),
            ("merging", include_str!("../calls/merging.rs")),
            ("pulls", include_str!("../calls/pulls.rs")),
            ("repositories", include_str!("../calls/repositories.rs")),
            ("tags", include_str!("../calls/tags.rs")),
        ];
        let with = |word: &str| -> Vec<&str> {
            calls.iter().filter(|(_, text)| text.contains(word)).map(|(name, _)| *name).collect()
        };
        assert_eq!(with("Method::DELETE"), ["comments", "git", "tags"]);
        assert_eq!(with("\"force\": true"), ["branches"]);
    }
}
