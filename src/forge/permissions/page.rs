//! Renders docs/permissions.md from the table.

use super::{COMMANDS, CommandNeeds, Permission, changes};

/// The text above the table of the page: choosing, storing and revoking a token.
const ABOUT: &str = "\
# Permissions

This page is generated from the program. It lists which permissions each command needs and why. `shipshape doctor --permissions` prints the
table even without a token, and `shipshape doctor --permissions drift campaign apply` prints what some commands need together. `shipshape
doctor` reports what your token lacks, as far as the forge says: of an App it says everything, with each token; of a fine-grained token it does
not reveal which *writes* are permitted until one is tried.

## Which credential

| credential | good for | ends |
|---|---|---|
| `GITHUB_TOKEN` of a job | one repository, in its own workflow: `validate --comment` ([CI](ci.md)). It sees no other private repository | with the job |
| fine-grained token of a person | a person's own work; trying shipshape in a few repositories | when its owner chose; by default at most after 366 days, which the owners of an organisation can change; they also approve it |
| GitHub App, installed in the organisation | everything that runs unattended: reading the fleet, campaigns, releases, `serve`. It does not depend on one person, and can be limited to *only these repositories* | its key when you withdraw it; the tokens made with it after an hour |
| classic token | where nothing else is available: it reaches everything that its owner reaches | when its owner chose, or never |

Two Apps are better than one: one that reads, for `drift`, `fleet status` and the dashboard, on a timer; one that writes, for campaigns and
releases, whose key is kept where people approve its actions. `checks: read` is available for Apps and classic tokens only.

## What becomes of it

- **Where it comes from:** an App's number, installation and key file from `SHIPSHAPE_APP_ID`, `SHIPSHAPE_APP_INSTALLATION` and
  `SHIPSHAPE_APP_KEY_FILE`; else `GH_TOKEN`, `GITHUB_TOKEN` for github.com and ghe.com, `GH_ENTERPRISE_TOKEN`,
  `GITHUB_ENTERPRISE_TOKEN` for any other host; else what `gh auth token` prints. Never from an argument or a file of shipshape's own.
- **Where it is kept:** nowhere. What is kept is: answers of the forge in `~/.cache/shipshape`, for their owner only. What an address answers is
  kept separately for each token. Texts and the trees of commits are shared between tokens: they are asked for by their ids, which each token
  has to have seen itself. Also kept are journals and the campaigns' `audit.jsonl` in `~/.local/state/shipshape`; a plan in the current folder or
  at `--output`, for its owner only. None of them contains a token. Content created in the last hour is counted there, in a file whose name has eight bytes of the token's
  SHA-256.
- **Where it is sent:** to the forge that you named, and to no other host, even if redirected. `GH_TOKEN` and `GITHUB_TOKEN` are also sent to
  ghcr.io, to read an image there if no other credential is available for it (`GHCR_TOKEN`, a `docker login`): by `fleet status` and
  `fleet retire`, unless you add `--no-images`, by campaigns and releases that read images, and by `images`, which asks no forge. For that the token needs
  `packages: read` (a classic one `read:packages`), and nothing for public images. No token is sent to a forge other than GitHub's own that only
  a discovered fleet.yaml names: [who names a server](security.md#who-names-a-server).
- **What is logged:** with `-v` each request with its cost, and where the token was found. Never the token itself. The forge's audit log records
  what was done; each commit, pull request and comment appears under the token's account.
- **What it can do at most:** commands that change nothing on the forge never send a write. With `--read-only`, or with `SHIPSHAPE_READ_ONLY=1` in
  the environment, which no option overrides, no command does: a command that would have written shows what, as with `--dry-run`; those that
  cannot, `release publish` and `fleet status --rerun-failed`, refuse. Commands that do write only to repositories that fleet.yaml or the command line names.
  [What it changes](#what-each-command-changes) is below.
- **How it ends:** revoke it where it was made (a person's: Settings, Developer settings; an App's key or installation: the organisation's
  settings, GitHub Apps). From then on the forge answers 401, and commands say so and exit with 3. `rm -r ~/.cache/shipshape` removes what was
  read with it.

## What each command needs

The table lists what a fine-grained token, or the installation of a GitHub App, must be permitted, and in which repositories it must be valid;
`metadata: read` comes with every token. A classic token needs the scopes of the last column (`public_repo` instead of `repo` if everything is
public). Commands that only read come first.

The token is the usual one, with one exception: members are notified (`release cascade`, `release back`, the cascade of `release run`) with
`TEMPLATE_DISPATCH_TOKEN` and no other token. What that one needs is said apart, and is needed in the members only; in the platform's repository it needs `contents: read` only where the usual token is not given or may not read that repository, to see whether releases are frozen.

| command | writes | permissions | repositories | classic scopes |
|---|---|---|---|---|
";

/// Renders docs/permissions.md.
#[must_use]
pub fn page() -> String {
    let mut page = ABOUT.to_owned();
    let (reading, writing): (Vec<&CommandNeeds>, Vec<&CommandNeeds>) =
        COMMANDS.iter().partition(|needs| !needs.writes());
    for needs in reading.into_iter().chain(writing) {
        let said = |it: &Permission| format!("`{}: {}` ({})", it.name, it.access, it.purpose);
        let mut permissions: Vec<String> = needs.permissions.iter().map(said).collect();
        let notifying = needs.by_dispatch_token.iter().map(said);
        permissions.extend(notifying.map(|it| format!("by `TEMPLATE_DISPATCH_TOKEN`: {it}")));
        let permissions = if permissions.is_empty() {
            "none beyond metadata".to_owned()
        } else {
            permissions.join("<br>")
        };
        let scopes: Vec<String> = needs.scopes.iter().map(|scope| format!("`{scope}`")).collect();
        let scopes = if scopes.is_empty() { "none".to_owned() } else { scopes.join(", ") };
        let writes = if needs.writes() { "yes" } else { "no" };
        page.push_str(&format!(
            "| `{}` | {writes} | {permissions} | {} | {scopes} |\n",
            needs.command, needs.repositories
        ));
    }
    page.push_str(&changes::section());
    page
}
