//! The token permissions that each command needs.
//!
//! This one table generates docs/permissions.md. A test runs each command against the sandbox with exactly the
//! permissions listed here, and without each one of them. The names are GitHub's (docs.github.com, "Permissions
//! required for fine-grained personal access tokens"); a classic token needs the scope instead.

mod changes;
mod fields;

use std::fmt;

pub use changes::Change;
pub(in crate::forge) use fields::of_field;

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
            read("actions", "what workflows may do"),
            read("administration", "which checks are required"),
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
            read("actions", "signs of life"),
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
            read("actions", "signs of life"),
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
        ],
        &["repo"],
    ),
    changes(
        "release cascade",
        &changes::CASCADE,
        &[
            write("contents", "notifies members; checks whether releases are frozen"),
            read("actions", "the runs that follow"),
        ],
        &["repo"],
    ),
    changes(
        "release back",
        &changes::BACK,
        &[
            write("contents", "notifies members; the tag that stops releases"),
            read("actions", "the runs that follow"),
        ],
        &["repo"],
    ),
    reads(
        "release consumers",
        &[read("contents", "the shape, which names the label of an image's version")],
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

/// The text above the table of the page: choosing, storing and revoking a token.
const ABOUT: &str = "\
# Permissions

This page is generated from the program. It lists which permissions each command needs and why. `shipshape doctor --permissions` prints the
table even without a token, and `shipshape doctor --permissions drift campaign apply` prints what some commands need together. `shipshape
doctor` reports what your token lacks, as far as the forge says: it does not reveal which *writes* a fine-grained token or an App may do until
one is tried.

## Which credential

| credential | good for | ends |
|---|---|---|
| `GITHUB_TOKEN` of a job | one repository, in its own workflow: `validate --comment` ([CI](ci.md)). It sees no other private repository | with the job |
| fine-grained token of a person | a person's own work; trying shipshape in a few repositories | when its owner chose, at most after a year; an organisation may allow less, and has to approve it |
| GitHub App, installed in the organisation | everything that runs unattended: reading the fleet, campaigns, releases, `serve`. It does not depend on one person, and can be limited to *only these repositories* | its key when you withdraw it; the tokens made with it after an hour |
| classic token | where nothing else is available: it reaches everything that its owner reaches | when its owner chose, or never |

Two Apps are better than one: one that reads, for `drift`, `fleet status` and the dashboard, on a timer; one that writes, for campaigns and
releases, whose key is kept where people approve its actions. `checks: read` is available for Apps and classic tokens only.

## What becomes of it

- **Where it comes from:** an App's number, installation and key file from `SHIPSHAPE_APP_ID`, `SHIPSHAPE_APP_INSTALLATION` and
  `SHIPSHAPE_APP_KEY_FILE`; else `GH_TOKEN`, `GITHUB_TOKEN` for github.com and ghe.com, `GH_ENTERPRISE_TOKEN`,
  `GITHUB_ENTERPRISE_TOKEN` for any other host; else what `gh auth token` prints. Never from an argument or a file of shipshape's own.
- **Where it is kept:** nowhere. What is kept is: answers of the forge in `~/.cache/shipshape`, for their owner only and separately for each
  token; journals and the campaigns' `audit.jsonl` in `~/.local/state/shipshape`; a plan in the current folder or at `--output`, for its owner
  only. None of them contains a token. Content created in the last hour is counted there, in a file whose name has eight bytes of the token's
  SHA-256.
- **Where it is sent:** to the forge that you named, and to no other host, even if redirected. `GH_TOKEN` and `GITHUB_TOKEN` are also sent to
  ghcr.io, to read an image there if no other credential is available for it (`GHCR_TOKEN`, a `docker login`): by `fleet status` and
  `fleet retire`, unless you add `--no-images`, by campaigns and releases that read images, and by `images`. For that the token needs
  `packages: read` (a classic one `read:packages`), and nothing for public images. No token is sent to a forge other than GitHub's own that only
  a discovered fleet.yaml names: [who names a server](security.md#who-names-a-server).
- **What is logged:** with `-v` each request with its cost, and where the token was found. Never the token itself. The forge's audit log records
  what was done; each commit, pull request and comment appears under the token's account.
- **What it can do at most:** commands that change nothing on the forge never send a write. With `--read-only`, or with `SHIPSHAPE_READ_ONLY=1` in
  the environment, which no option overrides, no command does: a command that would have written shows what, as with `--dry-run`; one that cannot,
  `release publish`, refuses. Commands that do write only to repositories that fleet.yaml or the command line names.
  [What it changes](#what-each-command-changes) is below.
- **How it ends:** revoke it where it was made (a person's: Settings, Developer settings; an App's key or installation: the organisation's
  settings, GitHub Apps). From then on the forge answers 401, and commands say so and exit with 3. `rm -r ~/.cache/shipshape` removes what was
  read with it.

## What each command needs

The table lists what a fine-grained token, or the installation of a GitHub App, must be permitted in the repositories that a command uses;
`metadata: read` comes with every token. A classic token needs the scopes of the last column (`public_repo` instead of `repo` if everything is
public). Commands that only read come first.

| command | writes | permissions | classic scopes |
|---|---|---|---|
";

/// Renders docs/permissions.md.
#[must_use]
pub fn page() -> String {
    let mut page = ABOUT.to_owned();
    let (reading, writing): (Vec<&CommandNeeds>, Vec<&CommandNeeds>) =
        COMMANDS.iter().partition(|needs| !needs.writes());
    for needs in reading.into_iter().chain(writing) {
        let permissions: Vec<String> = needs
            .permissions
            .iter()
            .map(|it| format!("`{}: {}` ({})", it.name, it.access, it.purpose))
            .collect();
        let permissions = if permissions.is_empty() {
            "none beyond metadata".to_owned()
        } else {
            permissions.join("<br>")
        };
        let scopes: Vec<String> = needs.scopes.iter().map(|scope| format!("`{scope}`")).collect();
        let writes = if needs.writes() { "yes" } else { "no" };
        page.push_str(&format!(
            "| `{}` | {writes} | {permissions} | {} |\n",
            needs.command,
            scopes.join(", ")
        ));
    }
    page.push_str(&changes::section());
    page
}
