//! What each command that writes changes on the forge, where, and how a person takes it back.

/// What a command changes on the forge.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The commands, as they are typed.
    pub commands: &'static [&'static str],
    /// In which repositories: those that the token has to be for.
    pub repositories: &'static str,
    /// What it sends.
    pub sends: &'static str,
    /// How a person takes it back.
    pub taken_back: &'static str,
}

const MEMBERS: &str = "members";

/// What each command that writes changes; a test holds it to the table of permissions.
pub const CHANGES: &[Change] = &[
    Change {
        commands: &["new"],
        repositories: "one that is not there yet: *all repositories* of the owner; those of lists, `home`, the starter to read",
        sends: "makes a repository, once; a commit on top; branches and pull requests for lists and fleet.yaml. It sets who sees the repository only as it makes it, and never opens one that is there",
        taken_back: "close the pull requests; delete the repository in its settings",
    },
    Change {
        commands: &["fleet retire --apply"],
        repositories: "the member, those of lists",
        sends: "branches and pull requests for lists; closes the member's open pull requests; archives it",
        taken_back: "unarchive it in its settings; reopen the pull requests; take `retired` out of fleet.yaml",
    },
    Change {
        commands: &["fleet registrations --pull-requests"],
        repositories: "those of lists",
        sends: "a branch and a pull request each",
        taken_back: "close it",
    },
    Change {
        commands: &["fleet status --rerun-failed"],
        repositories: MEMBERS,
        sends: "runs failed jobs again",
        taken_back: "nothing to take back; what the jobs do, they do",
    },
    Change {
        commands: &["campaign apply"],
        repositories: MEMBERS,
        sends: "a branch of its own, a commit, a pull request with labels and reviewers; puts that branch, and no other, on another commit, from where it was seen; with `--watch` merges what is approved and green, and takes those branches away; where the campaign says `unneeded: close`, closes its own",
        taken_back: "`campaign close`; of what was merged: `campaign revert`",
    },
    Change {
        commands: &["campaign revert", "pin", "pin --uses", "starter sync"],
        repositories: "members; for `starter sync` the starter",
        sends: "a branch of its own, a commit, a pull request with labels and reviewers; puts that branch, and no other, on another commit, from where it was seen",
        taken_back: "`campaign close`, or close the pull request",
    },
    Change {
        commands: &["campaign merge"],
        repositories: MEMBERS,
        sends: "merges, or has the forge merge; takes away the merged branch",
        taken_back: "`campaign revert` offers the inverse",
    },
    Change {
        commands: &["campaign close"],
        repositories: MEMBERS,
        sends: "a comment; closes the pull request; takes away its branch, if nobody else pushed to it",
        taken_back: "reopen it: the forge restores the branch",
    },
    Change {
        commands: &["validate --comment", "drift --comment"],
        repositories: "the pull request's",
        sends: "one comment, which it makes, changes, or takes away: its own",
        taken_back: "delete the comment",
    },
    Change {
        commands: &["release tag", "release freeze"],
        repositories: "the platform's",
        sends: "a tag, once; never moved",
        taken_back: "of `release freeze`: `release thaw`; of `release tag`: delete the tag, unless it is published",
    },
    Change {
        commands: &["release thaw"],
        repositories: "the platform's",
        sends: "takes away the tag of `release freeze`, and no other",
        taken_back: "`release freeze`",
    },
    Change {
        commands: &["release mirror"],
        repositories: "the mirror",
        sends: "commits on top; tags",
        taken_back: "revert the commit in the mirror",
    },
    Change {
        commands: &["release cascade"],
        repositories: "members, by `TEMPLATE_DISPATCH_TOKEN` and no other token",
        sends: "a dispatch to each, which starts a workflow",
        taken_back: "cannot be: what the workflows did is theirs; `images rollback` puts images back",
    },
    Change {
        commands: &["release back"],
        repositories: "the platform's; members, by `TEMPLATE_DISPATCH_TOKEN` and no other token",
        sends: "what `release freeze` and `release cascade` send",
        taken_back: "as these",
    },
    Change {
        commands: &["release run"],
        repositories: "the platform's, the mirror; for the cascade, members by `TEMPLATE_DISPATCH_TOKEN`, with what `release cascade` needs",
        sends: "what `release tag`, `release publish`, `release mirror` and `release cascade` send. A version that an index has taken cannot be taken back, only yanked there",
        taken_back: "as these",
    },
];

/// The part of the page for people.
pub(super) fn section() -> String {
    let mut page = ABOUT.to_owned();
    for change in CHANGES {
        let commands: Vec<String> =
            change.commands.iter().map(|command| format!("`{command}`")).collect();
        page.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            commands.join(", "),
            change.repositories,
            change.sends,
            change.taken_back
        ));
    }
    page
}

/// What stands above the table of what is changed.
const ABOUT: &str = "
## What each command changes

This table lists the repositories in which the token must be valid, what is sent, and how a person reverts it. `administration: write` would also let
a token delete a repository: no command does. No command deletes a repository, a release or a package, changes a rule or a secret, makes anything
private public, or force-pushes to a branch that shipshape did not make.

| command | repositories | what it sends | taken back by |
|---|---|---|---|
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::permissions::COMMANDS;

    #[test]
    fn every_command_that_writes_says_what_it_changes_and_how_that_is_taken_back() {
        let mut writing: Vec<&str> =
            COMMANDS.iter().filter(|needs| needs.writes).map(|needs| needs.command).collect();
        let mut said: Vec<&str> =
            CHANGES.iter().flat_map(|change| change.commands).copied().collect();
        writing.sort_unstable();
        said.sort_unstable();
        assert_eq!(said, writing);
    }

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
