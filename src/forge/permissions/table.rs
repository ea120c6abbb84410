//! The table itself: one row per command, in the order of docs/permissions.md.

use super::changes::{self, Change};
use super::{Access, CommandNeeds, Permission};

/// Repositories of members, and of what judging them reads besides.
const JUDGED: &str = "members; those of lists and shapes that fleet.yaml names";

const JUDGED_AND_PULL: &str =
    "members; those of lists and shapes that fleet.yaml names; the pull request's";

const ITS_PULL: &str = "the pull request's";

const NAMED: &str = "the named members; those of shapes that fleet.yaml names";

const READ: &str = "members; those of shapes that fleet.yaml names";

const MEMBERS_ONLY: &str = "members";

const LISTS: &str = "those of lists";

const IMAGES: &str = "those of members' images";

const SOURCE: &str = "that of `runtime_package.source`";

/// The gate that checks which members a version breaks reads them.
const PLANNED: &str = "that of `runtime_package.source`; unless `--no-compat` also members and those of shapes that \
                       fleet.yaml names";

const fn read(name: &'static str, purpose: &'static str) -> Permission {
    Permission { name, access: Access::Read, purpose }
}

const fn write(name: &'static str, purpose: &'static str) -> Permission {
    Permission { name, access: Access::Write, purpose }
}

/// What notifies members and follows what they build.
const NOTIFYING: &[Permission] =
    &[write("contents", "notifies members"), read("actions", "the runs that follow")];

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
    reads("doctor", READ, &[read("contents", "shapes in repositories that fleet.yaml names")]),
    reads("drift", JUDGED, &[CONTENTS]),
    reads(
        "drift --settings",
        JUDGED,
        &[
            CONTENTS,
            read("administration", "which checks are required, what workflows may do"),
            read("secrets", "names of secrets, never their values"),
            read("variables", "names of variables"),
        ],
    ),
    reads("validate --repository", NAMED, &[CONTENTS]),
    changes(
        "validate --comment",
        ITS_PULL,
        &changes::COMMENT,
        &[write("pull_requests", "the comment on the pull request, and finding it")],
        &["repo"],
    ),
    changes(
        "drift --comment",
        JUDGED_AND_PULL,
        &changes::COMMENT,
        &[CONTENTS, write("pull_requests", "the comment on the pull request, and finding it")],
        &["repo"],
    ),
    reads("waive --repository", NAMED, &[CONTENTS]),
    reads_with("images status", IMAGES, &[PACKAGES], &["read:packages"]),
    reads_with("images refresh", IMAGES, &[PACKAGES], &["read:packages"]),
    reads_with("images watch", IMAGES, &[PACKAGES], &["read:packages"]),
    reads_with("images smoke", IMAGES, &[PACKAGES], &["read:packages"]),
    reads("package compat", READ, &[CONTENTS]),
    reads("pin --check", READ, &[CONTENTS]),
    reads_with(
        "init --owner",
        "all repositories of the owner that are to become members",
        &[CONTENTS],
        &["repo", "read:org"],
    ),
    reads_with("fleet discover", "all repositories of the owner", &[], &["repo", "read:org"]),
    reads_with(
        "fleet status",
        READ,
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
        READ,
        &changes::RERUN,
        &[
            CONTENTS,
            write("actions", "runs failed jobs again"),
            read("pull_requests", "how many are open"),
            PACKAGES,
        ],
        &["repo", "read:packages"],
    ),
    reads("fleet registrations", LISTS, &[read("contents", "the lists of members")]),
    changes(
        "fleet registrations --pull-requests",
        LISTS,
        &changes::REGISTRATIONS,
        &[
            write("contents", "a branch with the repaired list"),
            write("pull_requests", "the pull request"),
        ],
        &["repo"],
    ),
    reads_with(
        "fleet retire",
        "the member; those of lists",
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
        "the member; those of lists; `home`",
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
        "one that does not exist yet, so all repositories of the owner; those of lists, `home` and the starter",
        &changes::NEW,
        &[
            write("administration", "creates the repository"),
            write("contents", "the commit on top, branches with the lists that name it"),
            write("pull_requests", "these pull requests"),
            write("workflows", "the commit contains workflow files"),
            read("actions", "follows the first run"),
            PACKAGES,
        ],
        &["repo", "workflow", "read:packages"],
    ),
    reads("campaign plan", READ, &[CONTENTS, PULLS]),
    reads("campaign status", READ, &[CONTENTS, PULLS, CHECKS, STATUSES]),
    reads("serve --role dashboard", JUDGED, &[CONTENTS]),
    reads("serve --role dashboard --campaign", JUDGED, &[CONTENTS, PULLS, CHECKS, STATUSES]),
    changes(
        "campaign apply",
        "members; those of shapes that fleet.yaml names; with `--approved-in` also `home` (`pull_requests: read`)",
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
        &["repo", "workflow", "read:org"],
    ),
    changes(
        "campaign merge",
        MEMBERS_ONLY,
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
        MEMBERS_ONLY,
        &changes::CLOSE,
        &[
            write("contents", "removes the branch"),
            write("pull_requests", "says why, and closes it"),
        ],
        &["repo"],
    ),
    changes(
        "campaign revert",
        READ,
        &changes::OFFER,
        &[
            write("contents", "a branch with the inverse"),
            write("pull_requests", "the pull request, its labels and reviewers"),
            write("workflows", "if the inverse is to workflow files"),
            MEMBERS,
            CHECKS_IF_OPEN,
            STATUSES_IF_OPEN,
        ],
        &["repo", "workflow", "read:org"],
    ),
    changes(
        "pin",
        READ,
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
        READ,
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
    reads(
        "release plan",
        PLANNED,
        &[
            read(
                "contents",
                "branches, trees and files; those of members, to check which of them the version breaks",
            ),
            read("pull_requests", "labels of what was merged"),
        ],
    ),
    changes(
        "release tag",
        SOURCE,
        &changes::TAG,
        &[write("contents", "the tag"), read("pull_requests", "labels of what was merged")],
        &["repo"],
    ),
    reads(
        "release publish",
        PLANNED,
        &[read(
            "contents",
            "whether releases are frozen; the files of members, to check which of them the version breaks",
        )],
    ),
    changes(
        "release freeze",
        SOURCE,
        &changes::TAG,
        &[write("contents", "the tag that stops releases")],
        &["repo"],
    ),
    changes(
        "release thaw",
        SOURCE,
        &changes::THAW,
        &[write("contents", "removes that tag")],
        &["repo"],
    ),
    changes(
        "release mirror",
        "the mirror; that of `runtime_package.source`, to read",
        &changes::MIRROR,
        &[write("contents", "the built package, in the mirror; the source of the commit")],
        &["repo"],
    ),
    notifying(changes(
        "release run",
        "that of `runtime_package.source`; the mirror; unless `--no-compat` also members and those of shapes that \
         fleet.yaml names, to read; for the cascade, members",
        &changes::RUN,
        &[
            write(
                "contents",
                "the tag; the mirror; in members only to read, to check which of them the version breaks",
            ),
            read("pull_requests", "labels of what was merged"),
            PACKAGES,
        ],
        &["repo", "read:packages"],
    )),
    notifying(changes(
        "release cascade",
        "members; that of `runtime_package.source`, to read the freeze, which either token may; those of shapes that \
         fleet.yaml names",
        &changes::CASCADE,
        &[
            read(
                "contents",
                "whether releases are frozen; the shape, if that names the label of an image's version",
            ),
            PACKAGES,
        ],
        &["repo", "read:packages"],
    )),
    notifying(changes(
        "release back",
        "that of `runtime_package.source`; members",
        &changes::BACK,
        &[write("contents", "the tag that stops releases"), PACKAGES],
        &["repo", "read:packages"],
    )),
    reads_with(
        "release consumers",
        "those of shapes that fleet.yaml names; those of members' images",
        &[read("contents", "the shape, which names the label of an image's version"), PACKAGES],
        &["repo", "read:packages"],
    ),
    changes(
        "starter sync",
        "starters; those of shapes that fleet.yaml names",
        &changes::STARTER,
        &[
            write("contents", "a branch with the rendered shape"),
            write("pull_requests", "the pull request"),
            write("workflows", "the shape contains workflow files"),
        ],
        &["repo", "workflow"],
    ),
];

const fn reads(
    command: &'static str,
    repositories: &'static str,
    permissions: &'static [Permission],
) -> CommandNeeds {
    reads_with(command, repositories, permissions, &["repo"])
}

const fn reads_with(
    command: &'static str,
    repositories: &'static str,
    permissions: &'static [Permission],
    scopes: &'static [&'static str],
) -> CommandNeeds {
    CommandNeeds {
        command,
        repositories,
        permissions,
        by_dispatch_token: &[],
        scopes,
        change: None,
    }
}

const fn changes(
    command: &'static str,
    repositories: &'static str,
    change: &'static Change,
    permissions: &'static [Permission],
    scopes: &'static [&'static str],
) -> CommandNeeds {
    CommandNeeds { change: Some(change), ..reads_with(command, repositories, permissions, scopes) }
}

/// A command that also notifies members.
const fn notifying(needs: CommandNeeds) -> CommandNeeds {
    CommandNeeds { by_dispatch_token: NOTIFYING, ..needs }
}
