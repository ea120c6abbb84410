//! The token permissions that each command needs.
//!
//! This one table generates docs/permissions.md. A test runs each command against the sandbox with exactly the
//! permissions listed here, and without each one of them. The names are GitHub's (docs.github.com, "Permissions
//! required for fine-grained personal access tokens"); a classic token needs the scope instead.

mod changes;
mod fields;
mod page;

use std::fmt;

pub use changes::Change;
pub(in crate::forge) use fields::of_field;
pub use page::page;

/// The level of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// May read.
    Read,
    /// May read and write.
    Write,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}

/// A permission, and what a command uses it for.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// Its name as in a token's settings, in lower case: `contents`, `pull_requests`.
    pub name: &'static str,
    /// Its level.
    pub access: Access,
    /// What it is used for.
    pub purpose: &'static str,
}

/// The permissions that a command needs.
#[derive(Clone, Copy, Debug)]
pub struct CommandNeeds {
    /// The command as typed, including options that change what it needs.
    pub command: &'static str,
    /// The permissions on the repositories that it uses. Every token has `metadata: read`.
    pub permissions: &'static [Permission],
    /// The scopes with which a classic token suffices.
    pub scopes: &'static [&'static str],
    /// What it changes on the forge; `None` if it only reads.
    pub change: Option<&'static Change>,
}

impl CommandNeeds {
    /// Whether it changes anything on the forge.
    #[must_use]
    pub const fn writes(&self) -> bool {
        self.change.is_some()
    }
}

const fn read(name: &'static str, purpose: &'static str) -> Permission {
    Permission { name, access: Access::Read, purpose }
}

const fn write(name: &'static str, purpose: &'static str) -> Permission {
    Permission { name, access: Access::Write, purpose }
}

const CONTENTS: Permission = read("contents", "branches, trees and files");

const PULLS: Permission = read("pull_requests", "what is open, merged and closed");

/// A user's fine-grained token cannot have this permission, only an App's or a classic one.
const CHECKS: Permission =
    read("checks", "checks of pull requests; not on offer for a person's fine-grained token");

/// Likewise.
const PACKAGES: Permission =
    read("packages", "private images on ghcr.io; not on offer for a person's fine-grained token");

/// For an App and a fine-grained token; GitHub's table of permissions does not say so (github/docs#35057,
/// peter-evans/create-pull-request#986, cli/cli#7978).
const MEMBERS: Permission = read(
    "members",
    "if `reviewers` names teams, to ask them; a permission of the organisation (a classic token: `read:org`)",
);

/// Which dispatches a member ran; they notify it of releases of the fleet's package.
pub const SIGNS_OF_LIFE: Permission =
    read("actions", "signs of life, in a fleet with `runtime_package`");

const STATUSES: Permission = read("statuses", "statuses of pull requests");

/// A command that opens pull requests reads the checks only of those already open.
const CHECKS_IF_OPEN: Permission = read(
    "checks",
    "once its pull requests are open, for `advance: green`, `stop_at_failures`, `pending_checks`, --watch; \
     not on offer for a person's fine-grained token",
);

const STATUSES_IF_OPEN: Permission =
    read("statuses", "once its pull requests are open, for the same");

/// `pin` has no waves of its own, so that it reads checks for this alone.
const CHECKS_TO_WATCH: Permission = read(
    "checks",
    "for --watch, which merges what is green; not on offer for a person's fine-grained token",
);

const STATUSES_TO_WATCH: Permission = read("statuses", "for --watch, which merges what is green");

/// Every command that uses a forge.
pub const COMMANDS: &[CommandNeeds] = &[
    reads("drift", &[CONTENTS]),
    reads(
        "drift --settings",
        &[
            CONTENTS,
            read("administration", "which checks are required, what workflows may do"),
            read("secrets", "names of secrets, never their values"),
            read("variables", "names of variables"),
        ],
    ),
    reads("validate --repository", &[CONTENTS]),
    changes(
        "validate --comment",
        &changes::COMMENT,
        &[write("pull_requests", "the comment on the pull request, and finding it")],
        &["repo"],
    ),
    changes(
        "drift --comment",
        &changes::COMMENT,
        &[CONTENTS, write("pull_requests", "the comment on the pull request, and finding it")],
        &["repo"],
    ),
    reads("waive --repository", &[CONTENTS]),
    reads_with("images status", &[PACKAGES], &["read:packages"]),
    reads_with("images refresh", &[PACKAGES], &["read:packages"]),
    reads_with("images watch", &[PACKAGES], &["read:packages"]),
    reads_with("images smoke", &[PACKAGES], &["read:packages"]),
    reads("package compat", &[CONTENTS]),
    reads("pin --check", &[CONTENTS]),
    reads_with("init --owner", &[CONTENTS], &["repo", "read:org"]),
    reads_with("fleet discover", &[], &["repo", "read:org"]),
    reads_with(
        "fleet status",
        &[
            CONTENTS,
            read("actions", "the newest runs"),
            read("pull_requests", "how many are open, which add it to a list"),
            PACKAGES,
        ],
        &["repo", "read:packages"],
    ),
    changes(
        "fleet status --rerun-failed",
        &changes::RERUN,
        &[
            CONTENTS,
            write("actions", "runs failed jobs again"),
            read("pull_requests", "how many are open"),
            PACKAGES,
        ],
        &["repo", "read:packages"],
    ),
    reads("fleet registrations", &[read("contents", "the lists of members")]),
    changes(
        "fleet registrations --pull-requests",
        &changes::REGISTRATIONS,
        &[
            write("contents", "a branch with the repaired list"),
            write("pull_requests", "the pull request"),
        ],
        &["repo"],
    ),
    reads_with(
        "fleet retire",
        &[
            read("contents", "the newest commit, the lists that name it"),
            read("pull_requests", "how many are open"),
            SIGNS_OF_LIFE,
            PACKAGES,
        ],
        &["repo", "read:packages"],
    ),
    changes(
        "fleet retire --apply",
        &changes::RETIRE,
        &[
            write("contents", "branches with the lists that no longer name it"),
            write(
                "pull_requests",
                "these pull requests; those of the repository, and those that add it to a list, are closed",
            ),
            SIGNS_OF_LIFE,
            write("administration", "archives the repository"),
            PACKAGES,
        ],
        &["repo", "read:packages"],
    ),
    changes(
        "new",
        &changes::NEW,
        &[
            write("administration", "makes the repository"),
            write("contents", "the commit on top, branches with the lists that name it"),
            write("pull_requests", "these pull requests"),
            write("workflows", "the commit contains workflow files"),
            read("actions", "follows the first run"),
            PACKAGES,
        ],
        &["repo", "workflow", "read:packages"],
    ),
    reads("campaign plan", &[CONTENTS, PULLS]),
    reads("campaign status", &[CONTENTS, PULLS, CHECKS, STATUSES]),
    reads("serve --role dashboard", &[CONTENTS]),
    reads("serve --role dashboard --campaign", &[CONTENTS, PULLS, CHECKS, STATUSES]),
    changes(
        "campaign apply",
        &changes::APPLY,
        &[
            write("contents", "a branch with the change"),
            write(
                "pull_requests",
                "the pull request, its labels and reviewers; with --approved-in, to read the approval in `home`",
            ),
            write("workflows", "if the change is to workflow files"),
            MEMBERS,
            CHECKS_IF_OPEN,
            STATUSES_IF_OPEN,
        ],
        &["repo", "workflow"],
    ),
    changes(
        "campaign merge",
        &changes::MERGE,
        &[
            write("contents", "merges; removes the branch"),
            read("pull_requests", "what is open, and who approved it"),
            write("workflows", "if the change is to workflow files"),
            CHECKS,
            STATUSES,
        ],
        &["repo", "workflow"],
    ),
    changes(
        "campaign close",
        &changes::CLOSE,
        &[
            write("contents", "removes the branch"),
            write("pull_requests", "says why, and closes it"),
        ],
        &["repo"],
    ),
    changes(
        "campaign revert",
        &changes::OFFER,
        &[
            write("contents", "a branch with the inverse"),
            write("pull_requests", "the pull request, its labels and reviewers"),
            write("workflows", "if the inverse is to workflow files"),
            MEMBERS,
            CHECKS_IF_OPEN,
            STATUSES_IF_OPEN,
        ],
        &["repo", "workflow"],
    ),
    changes(
        "pin",
        &changes::OFFER,
        &[
            write("contents", "a branch with the version"),
            write("pull_requests", "the pull request"),
            CHECKS_TO_WATCH,
            STATUSES_TO_WATCH,
        ],
        &["repo"],
    ),
    changes(
        "pin --uses",
        &changes::OFFER,
        &[
            write("contents", "a branch with the revisions"),
            write("pull_requests", "the pull request"),
            write("workflows", "revisions are in workflow files"),
            CHECKS_TO_WATCH,
            STATUSES_TO_WATCH,
        ],
        &["repo", "workflow"],
    ),
    reads("release plan", &[CONTENTS, read("pull_requests", "labels of what was merged")]),
    changes(
        "release tag",
        &changes::TAG,
        &[write("contents", "the tag"), read("pull_requests", "labels of what was merged")],
        &["repo"],
    ),
    reads("release publish", &[CONTENTS]),
    changes(
        "release freeze",
        &changes::TAG,
        &[write("contents", "the tag that stops releases")],
        &["repo"],
    ),
    changes("release thaw", &changes::THAW, &[write("contents", "removes that tag")], &["repo"]),
    changes(
        "release mirror",
        &changes::MIRROR,
        &[write("contents", "the built package, in the mirror; the source of the commit")],
        &["repo"],
    ),
    changes(
        "release run",
        &changes::RUN,
        &[
            write("contents", "the tag; the mirror"),
            read("pull_requests", "labels of what was merged"),
            PACKAGES,
        ],
        &["repo", "read:packages"],
    ),
    changes(
        "release cascade",
        &changes::CASCADE,
        &[
            write(
                "contents",
                "notifies members; checks whether releases are frozen; the shape, if that names the label of an image's version",
            ),
            read("actions", "the runs that follow"),
            PACKAGES,
        ],
        &["repo", "read:packages"],
    ),
    changes(
        "release back",
        &changes::BACK,
        &[
            write("contents", "notifies members; the tag that stops releases"),
            read("actions", "the runs that follow"),
            PACKAGES,
        ],
        &["repo", "read:packages"],
    ),
    reads_with(
        "release consumers",
        &[read("contents", "the shape, which names the label of an image's version"), PACKAGES],
        &["repo", "read:packages"],
    ),
    changes(
        "starter sync",
        &changes::OFFER,
        &[
            write("contents", "a branch with the rendered shape"),
            write("pull_requests", "the pull request"),
            write("workflows", "the shape contains workflow files"),
        ],
        &["repo", "workflow"],
    ),
];

const fn reads(command: &'static str, permissions: &'static [Permission]) -> CommandNeeds {
    reads_with(command, permissions, &["repo"])
}

const fn reads_with(
    command: &'static str,
    permissions: &'static [Permission],
    scopes: &'static [&'static str],
) -> CommandNeeds {
    CommandNeeds { command, permissions, scopes, change: None }
}

const fn changes(
    command: &'static str,
    change: &'static Change,
    permissions: &'static [Permission],
    scopes: &'static [&'static str],
) -> CommandNeeds {
    CommandNeeds { command, permissions, scopes, change: Some(change) }
}
