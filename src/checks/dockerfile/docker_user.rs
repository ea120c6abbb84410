//! SHP103: the image has the demanded user, with its uid.

use crate::change::FileEdit;
use crate::checks::dockerfile::accounts::{self, Since};
use crate::checks::dockerfile::image_files::ImageFiles;
use crate::checks::dockerfile::{Commands, Judged, Values, commands_of, judged};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::shape::demands::dockerfile::User;
use crate::source::dockerfile::Action;
use crate::source::shell::{Account, accounts_added};
use crate::source::{Span, TextEdit};

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
              are not part of the image do not count. Other ways to change accounts are not understood and \
              reported as unchecked: `usermod`, `newusers` and writing or copying /etc/passwd where no such \
              account is added; `userdel`, `deluser` and a new name or uid by `usermod` after it is added.",
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

/// An account that a RUN adds.
struct Added {
    account: Account,
    /// `None` if it is known only when it runs.
    name: Option<String>,
    uid: Uid,
    /// The number of the RUN that adds it.
    run: usize,
    /// The script of the RUN that adds it. Only spans of the first one are positions in the Dockerfile.
    script: usize,
}

/// The uid of an account.
enum Uid {
    /// The one that is written.
    Is(String),
    /// The system chooses it.
    Chosen,
    /// It is known only when it runs.
    Unknown,
}

/// How much an account resembles the demanded one, the most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// It may be the demanded one.
    Undecided,
    SameName,
    SameUid,
}

fn decide(judged: &Judged<'_>, commands: &[Commands<'_>], wanted: &User) -> Option<Finding> {
    let User { name, uid } = wanted;
    let values = Values::of(judged.view());
    // One of each is kept: a value may be long, and used by thousands of commands.
    let mut last: Option<Added> = None;
    let mut nearest: Option<(Nearness, Added)> = None;
    for (run, command) in commands.iter().enumerate() {
        for added in added(&values, command, run) {
            if added.is(wanted) {
                last = Some(added);
            } else if let Some(nearness) = added.nearness(wanted)
                && nearest.as_ref().is_none_or(|(nearest, _)| nearness < *nearest)
            {
                nearest = Some((nearness, added));
            }
        }
    }
    let finding = if let Some(last) = last {
        // What undoes an account comes after it: where the last that fits is undone, so is each before it.
        let runs = commands.get(last.run..).unwrap_or_default();
        let since = Since { runs, script: last.script, offset: last.account.span.end };
        undetermined(judged, accounts::undone(&values, &since, name)?, wanted)
    } else if let Some((nearness, added)) = nearest {
        let place = commands.get(added.run).map_or(Span::at(0), |run| run.instruction.span);
        compared(judged, place, (nearness, &added), wanted)
    } else {
        absent(judged, commands, wanted)
    };
    Some(finding.help(format!("add `RUN useradd --uid {uid} --create-home {name}`")))
}

impl Added {
    /// How much it resembles the demanded account; `None` if not at all.
    fn nearness(&self, wanted: &User) -> Option<Nearness> {
        match (&self.name, &self.uid) {
            (Some(name), Uid::Is(uid)) if *name != wanted.name => {
                (*uid == wanted.uid.to_string()).then_some(Nearness::SameUid)
            }
            (Some(name), _) if *name != wanted.name => None,
            (None, _) | (_, Uid::Unknown) => Some(Nearness::Undecided),
            (Some(_), Uid::Is(_) | Uid::Chosen) => Some(Nearness::SameName),
        }
    }

    fn is(&self, wanted: &User) -> bool {
        let is_uid = |uid: &String| *uid == wanted.uid.to_string();
        self.name.as_ref() == Some(&wanted.name) && matches!(&self.uid, Uid::Is(uid) if is_uid(uid))
    }
}

/// The finding about an account that resembles the demanded one, added by the instruction at this place.
fn compared(
    judged: &Judged<'_>,
    instruction: Span,
    (nearness, added): (Nearness, &Added),
    wanted: &User,
) -> Finding {
    let User { name, uid } = wanted;
    let account = &added.account;
    let in_dockerfile = added.script == 0;
    let at = |span, message: String| {
        let place = if in_dockerfile { span } else { instruction };
        judged.at(&RULE, place, message)
    };
    match (nearness, &added.name, &added.uid) {
        (Nearness::SameName, _, Uid::Is(other)) => {
            let span = account.uid_span.unwrap_or(account.span);
            at(span, format!("`{name}` gets uid {other}, but {uid} is required"))
        }
        (Nearness::SameName, _, _) => {
            let message =
                format!("`{name}` gets the uid that the system chooses, but {uid} is required");
            let mut finding = at(account.name_span, message).severity(Severity::Warning);
            if in_dockerfile {
                let edit = TextEdit::insert(account.name_span.start, format!("--uid {uid} "));
                let edits = vec![FileEdit::text(judged.path(), vec![edit])];
                finding = finding.fix(Fix::risky(format!("give `{name}` uid {uid}"), edits));
            }
            finding
        }
        (Nearness::SameUid, Some(other), _) => {
            let message = format!("uid {uid} is given to `{other}`, but `{name}` is required");
            at(account.name_span, message)
        }
        (Nearness::Undecided | Nearness::SameUid, _, _) => {
            let message = format!(
                "whether this creates `{name}` with uid {uid} cannot be determined: its words are known only when it runs"
            );
            at(account.span, message).unchecked()
        }
    }
}

/// The finding for accounts that an instruction changes in a way that is not understood.
fn undetermined(judged: &Judged<'_>, place: Span, wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    let message = format!(
        "whether the image has the user `{name}` with uid {uid} cannot be determined: accounts are changed here in another way"
    );
    judged.at(&RULE, place, message).unchecked()
}

/// The finding for when no account resembles the demanded one.
fn absent(judged: &Judged<'_>, commands: &[Commands<'_>], wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    if let Some(place) = accounts::changed_otherwise(judged.view(), commands) {
        return undetermined(judged, place, wanted);
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

/// The accounts that the RUN of this number adds, in order.
fn added(values: &Values<'_>, command: &Commands<'_>, run: usize) -> impl Iterator<Item = Added> {
    let place = command.instruction.span;
    let resolve = move |word: &str| {
        let value = values.of_word(place, word)?;
        (!value.contains(['$', '`'])).then(|| value.to_owned())
    };
    let scripts = command.scripts.iter().enumerate();
    let accounts = scripts.flat_map(|(index, script)| {
        accounts_added(script).into_iter().map(move |account| (index, account))
    });
    accounts.map(move |(script, account)| Added {
        name: resolve(&account.name),
        uid: match account.uid.as_deref() {
            Some(uid) => resolve(uid).map_or(Uid::Unknown, Uid::Is),
            None => Uid::Chosen,
        },
        account,
        run,
        script,
    })
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
            "RUN busybox adduser -u 1000 -D agent",
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
        for body in [
            "RUN echo 'agent:x:1000:1000::/:/bin/sh' >> /etc/passwd",
            "RUN cat users | tee -a /etc/passwd",
            "RUN sh -c 'cat users >>/etc/passwd'",
            "RUN sed -i s/a/b/ /etc/passwd",
            "COPY setup.sh /etc/passwd",
            "COPY --from=build /etc/passwd /etc/",
            "RUN useradd -u 1000 agent && userdel agent",
            "RUN useradd -u 1000 agent\nRUN usermod --uid 1001 agent",
            "RUN useradd -u 1000 agent\nRUN deluser $WHO",
            "RUN useradd -u 1000 agent\nRUN busybox deluser agent",
            "RUN useradd -u 1000 agent\nRUN echo $(userdel agent)",
            "RUN useradd -u 1000 agent && sh -c 'echo `userdel agent`'",
            "RUN echo $(sed -i s/a/b/ /etc/passwd)",
        ] {
            assert!(said(body).ends_with("another way (unchecked)\n"), "{body}: {}", said(body));
        }
    }

    #[test]
    fn what_only_reads_accounts_or_changes_others_is_no_other_way() {
        for body in [
            "RUN cat /etc/passwd",
            "RUN grep -q agent /etc/passwd || getent passwd agent",
            "RUN sed -n 1p </etc/passwd >/tmp/first",
            "COPY setup.sh /etc/",
        ] {
            assert!(said(body).contains("no RUN of the image creates"), "{body}: {}", said(body));
        }
        for body in [
            "RUN userdel node; useradd -u 1000 agent",
            "RUN userdel agent; useradd -u 1000 agent",
            "RUN useradd -u 1000 agent && usermod -aG docker agent && userdel node",
            "RUN useradd -u 1000 agent && userdel agent\nRUN useradd -u 1000 agent",
            "RUN echo $(userdel agent); useradd -u 1000 agent",
            "RUN useradd -u 1000 agent && echo $(userdel node)",
        ] {
            assert_eq!(said(body), "", "{body}");
        }
    }

    /// Ends in a moment, unless every account is compared with every command after it, or every variable looked up
    /// among all instructions.
    #[test]
    fn thousands_of_accounts_are_judged() {
        let many = |line: &str, last: &str| {
            format!("ARG UID=1000\nARG WHO=x\n{}{last}", line.repeat(20_000))
        };
        let undone = said(&many("RUN useradd -u 1000 agent\n", "RUN userdel agent"));
        assert!(
            undone.starts_with("Dockerfile:20004:1: ") && undone.contains("another way"),
            "{undone}"
        );
        assert_eq!(said(&many("RUN userdel $WHO; useradd -u $UID agent\n", "")), "");
        let near =
            said(&many("useradd -u $UID node; ", "true").replacen("useradd", "RUN useradd", 1));
        assert_eq!(near, "Dockerfile:4:21: uid 1000 is given to `node`, but `agent` is required\n");
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
