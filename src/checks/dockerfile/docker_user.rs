//! SHP103: the image has the demanded user, with its uid.

use crate::change::FileEdit;
use crate::checks::dockerfile::image_files::ImageFiles;
use crate::checks::dockerfile::{Commands, Judged, commands_of, judged, value_of_word};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::shape::demands::dockerfile::User;
use crate::source::TextEdit;
use crate::source::dockerfile::Action;
use crate::source::shell::{Account, accounts_added};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP103",
    id: "docker-user",
    severity: Severity::Error,
    summary: "The image creates the user that the shape demands, with its uid.",
    protects: "whoever runs the image: volumes belong to that uid and cannot be written by another.",
    details: "Demanded by `user` of a Dockerfile in the shape pack. A RUN of the image, or a script of the \
              repository that it runs, must add the account with `useradd` or `adduser`, in any order of \
              options; `$UID` counts as the default of its ARG. An account without a uid gets one from the \
              system: reported as a warning, since on a bare base it often is 1000. Accounts of stages that \
              are no part of the image do not count. `usermod`, `newusers` and writes to /etc/passwd are not \
              understood and reported as unchecked.",
    fails: (
        "dockerfile",
        "FROM python:3.11-slim\n# useradd -u 1000 agent\nRUN useradd -u 1001 agent",
    ),
    passes: (
        "dockerfile",
        "FROM python:3.11-slim\nRUN adduser --uid 1000 --disabled-password agent",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DockerUser;

impl Check for DockerUser {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for judged in judged(repository) {
            if let Some(wanted) = &judged.demand.user {
                let context = judged.context(repository);
                let files = ImageFiles { view: judged.view(), context: &context };
                findings.extend(decide(&judged, &commands_of(&files), wanted));
            }
        }
    }
}

/// An account that a RUN adds, and whether its spans are positions in the Dockerfile.
struct Added {
    account: Account,
    name: Option<String>,
    uid: Option<String>,
    in_dockerfile: bool,
}

fn decide(judged: &Judged<'_>, commands: &[Commands<'_>], wanted: &User) -> Option<Finding> {
    let User { name, uid } = wanted;
    let wanted_uid = uid.to_string();
    let help = format!("add `RUN useradd --uid {uid} --create-home {name}`");
    let mut nearest: Option<(u8, Finding)> = None;
    let mut near = |rank: u8, finding: Finding| {
        if nearest.as_ref().is_none_or(|(best, _)| rank < *best) {
            nearest = Some((rank, finding));
        }
    };
    for command in commands {
        for added in added(judged, command) {
            let account = &added.account;
            let place = |span| if added.in_dockerfile { span } else { command.instruction.span };
            let at =
                |span, message: String| judged.at(&RULE, place(span), message).help(help.clone());
            let same_name = added.name.as_ref() == Some(name);
            let same_uid = added.uid.as_ref() == Some(&wanted_uid);
            if same_name && same_uid {
                return None;
            }
            let shown = &account.name;
            if added.name.is_none() || (account.uid.is_some() && added.uid.is_none() && same_name) {
                let message = format!(
                    "whether this creates `{name}` with uid {uid} cannot be determined: its words are known only when it runs"
                );
                near(0, at(account.span, message).unchecked());
            } else if same_name && let Some(other) = &added.uid {
                let span = account.uid_span.unwrap_or(account.span);
                near(1, at(span, format!("`{name}` gets uid {other}, but {uid} is required")));
            } else if same_name {
                let message =
                    format!("`{name}` gets the uid that the system chooses, but {uid} is required");
                let mut finding = at(account.name_span, message).severity(Severity::Warning);
                if added.in_dockerfile {
                    let edit = TextEdit::insert(account.name_span.start, format!("--uid {uid} "));
                    let edits = vec![FileEdit::text(judged.path(), vec![edit])];
                    finding = finding.fix(Fix::risky(format!("give `{name}` uid {uid}"), edits));
                }
                near(1, finding);
            } else if same_uid {
                near(
                    2,
                    at(
                        account.name_span,
                        format!("uid {uid} is given to `{shown}`, but `{name}` is required"),
                    ),
                );
            }
        }
    }
    if let Some((_, finding)) = nearest {
        return Some(finding);
    }
    Some(absent(judged, commands, wanted).help(help))
}

/// The finding for when no account resembles the demanded one.
fn absent(judged: &Judged<'_>, commands: &[Commands<'_>], wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    let other = commands.iter().find(|command| {
        ["usermod", "newusers", "passwd", "vipw"].iter().any(|program| command.mentions(program))
    });
    if let Some(command) = other {
        let message = format!(
            "whether the image has the user `{name}` with uid {uid} cannot be determined: accounts are changed here in another way"
        );
        return judged.at(&RULE, command.instruction.span, message).unchecked();
    }
    let message = format!("no RUN of the image creates the user `{name}` with uid {uid}");
    let mut finding = judged.at(&RULE, judged.last_from(), message);
    for (stage, instruction) in judged.elsewhere() {
        let Action::Run(run) = &instruction.action else { continue };
        if accounts_added(&run.script()).iter().any(|account| account.name == *name) {
            let why = format!("stage `{stage}` creates it, but is not part of the image");
            return finding.related(judged.place(instruction.span), why);
        }
    }
    finding = judged.pointing_at_comment(finding, &["useradd", name]);
    if finding.related.is_empty() {
        finding = judged.pointing_at_comment(finding, &["adduser", name]);
    }
    finding
}

fn added(judged: &Judged<'_>, command: &Commands<'_>) -> Vec<Added> {
    let place = command.instruction.span;
    let resolve = |word: &str| {
        let value = value_of_word(judged.view(), place, word)?;
        (!value.contains(['$', '`'])).then_some(value)
    };
    let scripts = command.scripts.iter().enumerate();
    let accounts = scripts.flat_map(|(index, script)| {
        accounts_added(script).into_iter().map(move |account| (index == 0, account))
    });
    accounts
        .map(|(in_dockerfile, account)| Added {
            name: resolve(&account.name),
            uid: account.uid.as_deref().and_then(resolve),
            account,
            in_dockerfile,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(body: &str) -> String {
        let dockerfile = format!("FROM python:3.11-slim\n{body}\n");
        Case::conformant()
            .file("Dockerfile", dockerfile)
            .file("setup.sh", "#!/bin/sh\nuseradd -u 1000 agent\n")
            .said("docker-user")
    }

    #[test]
    fn every_way_to_create_the_user_passes() {
        assert_eq!(Case::conformant().said("docker-user"), "");
        for body in [
            "RUN useradd -u 1000 agent",
            "RUN apt-get update && useradd \\\n  -m \\\n  # the platform's uid\n  -u 1000 \\\n  agent",
            "RUN adduser --uid 1000 --disabled-password --gecos '' agent",
            "RUN [\"useradd\", \"-u\", \"1000\", \"agent\"]",
            "RUN <<EOF\nuseradd -u 1000 agent\nEOF",
            "ARG UID=1000\nRUN useradd -u ${UID} agent",
            "ENV WHO=agent\nRUN useradd -u 1000 \"$WHO\"",
            "COPY setup.sh /tmp/\nRUN sh /tmp/setup.sh",
            "FROM python:3.11-slim AS users\nRUN useradd -u 1000 agent\nFROM users",
        ] {
            assert_eq!(said(body), "", "{body}");
        }
    }

    #[test]
    fn what_looks_like_it_fails() {
        assert_eq!(
            said("RUN useradd -u 1001 agent"),
            "Dockerfile:2:16: `agent` gets uid 1001, but 1000 is required\n"
        );
        assert_eq!(
            said("RUN useradd -u 1000 not-agent"),
            "Dockerfile:2:21: uid 1000 is given to `not-agent`, but `agent` is required\n"
        );
        assert_eq!(
            said("RUN useradd -m agent"),
            "Dockerfile:2:16: `agent` gets the uid that the system chooses, but 1000 is required\n"
        );
        let absent = "Dockerfile:1:1: no RUN of the image creates the user `agent` with uid 1000\n";
        assert_eq!(said("# RUN useradd -u 1000 agent"), absent);
        assert_eq!(said("RUN echo useradd -u 1000 agent"), absent);
        assert_eq!(
            said("RUN useradd -u 1000 agent\nFROM python:3.11-slim"),
            "Dockerfile:3:1: no RUN of the image creates the user `agent` with uid 1000\n"
        );
    }

    #[test]
    fn it_points_at_what_was_taken_for_it() {
        let related = |body: &str| {
            let case = Case::conformant().file("Dockerfile", format!("FROM a\n{body}"));
            case.findings("docker-user")[0].related[0].1.clone()
        };
        assert_eq!(related("# RUN useradd -u 1000 agent"), "only a comment mentions it");
        assert_eq!(
            related("RUN useradd -u 1000 agent\nFROM b"),
            "stage `0` creates it, but is not part of the image"
        );
    }

    #[test]
    fn what_is_known_only_when_it_runs_is_unchecked() {
        assert!(said("ARG UID\nRUN useradd -u $UID agent").ends_with("(unchecked)\n"));
        assert!(said("RUN useradd -u $(cat uid) agent").ends_with("(unchecked)\n"));
        assert!(said("RUN usermod -l agent -u 1000 nobody").ends_with("(unchecked)\n"));
    }

    #[test]
    fn the_fix_gives_the_uid() {
        let case = Case::conformant().file("Dockerfile", "FROM a\nRUN useradd -m agent && true\n");
        assert_eq!(
            case.fixed("docker-user", "Dockerfile"),
            "FROM a\nRUN useradd -m --uid 1000 agent && true\n"
        );
    }
}
