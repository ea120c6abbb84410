//! SHP103: the image has the demanded user, with its uid.

use crate::change::FileEdit;
use crate::checks::dockerfile::accounts::{self, Since};
use crate::checks::dockerfile::added_accounts::{Added, Outcome, Twice, Uid, added, added_twice};
use crate::checks::dockerfile::image_files::ImageFiles;
use crate::checks::dockerfile::{Commands, Judged, Values, commands_of, judged};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::shape::demands::dockerfile::User;
use crate::source::dockerfile::Action;
use crate::source::shell::accounts_added;
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
              system: reported as a warning, since on a bare base it often is 1000. A second account of that \
              name, or with that uid and without `--non-unique`, makes the build fail; where either may be \
              skipped or forgiven (`|| true`), that is unchecked, and so is an account to which the system may \
              give that uid before. Accounts of stages that are not part of the image do not count. Other \
              ways to change accounts are not understood and reported as unchecked: `usermod`, `newusers` and \
              writing or copying /etc/passwd where no such account is added; `userdel`, `deluser` and a new \
              name or uid by `usermod` after it is added.",
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

/// How much an account resembles the demanded one, the most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// It may be the demanded one.
    Undecided,
    SameName,
    SameUid,
}

fn decide(judged: &Judged<'_>, commands: &[Commands<'_>], wanted: &User) -> Option<Finding> {
    let values = Values::of(judged.view());
    // One of each is kept: a value may be long, and used by thousands of commands.
    let mut last: Option<Added> = None;
    let mut nearest: Option<(Nearness, Added)> = None;
    for (run, command) in commands.iter().enumerate() {
        for added in added(&values, command, run) {
            if added.is(wanted) {
                last = Some(added);
            } else if let Some(nearness) = nearness(&added, wanted)
                && nearest.as_ref().is_none_or(|(best, _)| nearness < *best)
            {
                nearest = Some((nearness, added));
            }
        }
    }
    let undone = |added: &Added| {
        let runs = commands.get(added.run..).unwrap_or_default();
        let since = Since { runs, script: added.script, offset: added.account.span.end };
        accounts::undone(&values, &since, added.name.as_deref()?)
    };
    let Some(last) = last else {
        let Some((nearness, added)) = nearest else {
            return Some(absent(judged, commands, wanted));
        };
        // What gives it another name or uid may make it the demanded one.
        return Some(match undone(&added) {
            Some(place) => undetermined(judged, place, wanted),
            None => compared(judged, (nearness, &added), wanted),
        });
    };
    let twice = added_twice(&values, commands, wanted);
    if let Some(twice) = twice.as_ref().filter(|twice| twice.outcome == Outcome::Fails) {
        return Some(fails(judged, twice, wanted));
    }
    // What undoes an account comes after it: where the last that fits is undone, so is each before it.
    if let Some(place) = undone(&last) {
        return Some(undetermined(judged, place, wanted));
    }
    twice.map(|twice| depends(judged, &twice, wanted))
}

/// How much an account resembles the demanded one; `None` if not at all.
fn nearness(added: &Added, wanted: &User) -> Option<Nearness> {
    match (&added.name, &added.uid) {
        (Some(name), Uid::Is(_)) if *name != wanted.name => {
            added.has_uid(wanted).then_some(Nearness::SameUid)
        }
        (Some(name), _) if *name != wanted.name => None,
        (None, _) | (_, Uid::Unknown) => Some(Nearness::Undecided),
        (Some(_), Uid::Is(_) | Uid::Chosen) => Some(Nearness::SameName),
    }
}

/// The finding about an account that resembles the demanded one.
fn compared(judged: &Judged<'_>, (nearness, added): (Nearness, &Added), wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    let account = &added.account;
    let at = |span, message: String| judged.at(&RULE, added.place(span), message);
    let creator = creator(judged, added);
    match (nearness, &added.name, &added.uid) {
        (Nearness::SameName, _, Uid::Is(other)) => {
            let span = account.uid_span.unwrap_or(account.span);
            let written = account.uid.as_ref().unwrap_or(other);
            at(span, format!("`{name}` gets uid {other}, but {uid} is required")).help(format!(
                "write `{uid}` for `{written}` in {creator}: to create it again would fail"
            ))
        }
        (Nearness::SameName, _, _) => {
            let message =
                format!("`{name}` gets the uid that the system chooses, but {uid} is required");
            let mut finding = at(account.name_span, message).severity(Severity::Warning);
            if added.script == 0 {
                let edit = TextEdit::insert(account.name_span.start, format!("--uid {uid} "));
                let edits = vec![FileEdit::text(judged.path(), vec![edit])];
                finding = finding.fix(Fix::risky(format!("give `{name}` uid {uid}"), edits));
            }
            finding.help(format!("add `--uid {uid}` in {creator}: to create it again would fail"))
        }
        (Nearness::SameUid, Some(other), _) => {
            let message = format!("uid {uid} is given to `{other}`, but `{name}` is required");
            at(account.name_span, message).help(format!(
                "name it `{name}` in {creator}, or give `{other}` another uid there and add `{}`",
                creation(wanted)
            ))
        }
        (Nearness::Undecided | Nearness::SameUid, _, _) => {
            let message = format!(
                "whether this creates `{name}` with uid {uid} cannot be determined: its words are known only when it runs"
            );
            at(account.span, message)
                .unchecked()
                .help(format!("write `--uid {uid}` and `{name}` themselves in {creator}"))
        }
    }
}

/// The RUN that creates the demanded account.
fn creation(wanted: &User) -> String {
    let User { name, uid } = wanted;
    format!("RUN useradd --uid {uid} --create-home {name}")
}

/// Where an account is created, in words.
fn creator(judged: &Judged<'_>, added: &Added) -> String {
    let line = judged.line_of(added.place(added.account.name_span));
    match added.script {
        0 => format!("line {line}, which creates it"),
        _ => format!("the script that line {line} runs, which creates it"),
    }
}

/// The finding about an account that cannot be added because of one before it.
fn fails(judged: &Judged<'_>, twice: &Twice, wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    let Twice { first, second, .. } = twice;
    // What a name is at run time is not known; then it is shown as it is written.
    let shown = |added: &Added| added.name.clone().unwrap_or_else(|| added.account.name.clone());
    let line = judged.line_of(first.place(first.account.name_span));
    let (message, help) = if first.has_name(wanted) && second.has_name(wanted) {
        let message = format!("the build fails here: `{name}` exists since line {line}");
        let help = if first.is(wanted) {
            "create it once: remove this command".to_owned()
        } else {
            format!("create it once: with `--uid {uid}` in line {line}, and not here")
        };
        (message, help)
    } else {
        let taken = shown(first);
        let other = if first.is(wanted) { shown(second) } else { taken.clone() };
        let message =
            format!("the build fails here: uid {uid} is that of `{taken}` since line {line}");
        (message, format!("give `{other}` another uid"))
    };
    let place = second.place(second.account.name_span);
    let before = judged.place(first.place(first.account.name_span));
    judged.at(&RULE, place, message).related(before, "the account before it").help(help)
}

/// The finding about two accounts of which the image has one.
fn depends(judged: &Judged<'_>, twice: &Twice, wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    let Twice { first, second, .. } = twice;
    let before = first.place(first.account.name_span);
    let line = judged.line_of(before);
    let other = first.name.as_deref().filter(|_| !first.has_name(wanted));
    let (why, help) = match (other, &first.uid) {
        (Some(other), Uid::Chosen) => (
            format!("`{other}` of line {line} may have got uid {uid}, since nothing gives it one"),
            format!("create `{other}` after `{name}`, or with another uid by `--uid`"),
        ),
        _ => (
            format!("line {line} may leave no room for this account"),
            format!("create one account with the name `{name}` or the uid {uid}, and only once"),
        ),
    };
    let message = format!(
        "whether the image has the user `{name}` with uid {uid} cannot be determined: {why}"
    );
    judged
        .at(&RULE, second.place(second.account.name_span), message)
        .unchecked()
        .related(judged.place(before), "the account before it")
        .help(help)
}

/// The finding for accounts that an instruction changes in a way that is not understood.
fn undetermined(judged: &Judged<'_>, place: Span, wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    let message = format!(
        "whether the image has the user `{name}` with uid {uid} cannot be determined: accounts are changed here in another way"
    );
    let instead =
        format!("create the account with `{}`, and change it in no other way", creation(wanted));
    judged.at(&RULE, place, message).unchecked().help(instead)
}

/// The finding for when no account resembles the demanded one.
fn absent(judged: &Judged<'_>, commands: &[Commands<'_>], wanted: &User) -> Finding {
    let User { name, uid } = wanted;
    if let Some(place) = accounts::changed_otherwise(judged.view(), commands) {
        return undetermined(judged, place, wanted);
    }
    let message = format!("no RUN of the image creates the user `{name}` with uid {uid}");
    let mut finding =
        judged.at(&RULE, judged.last_from(), message).help(format!("add `{}`", creation(wanted)));
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
    fn a_second_account_of_that_name_or_uid_fails() {
        let name = |line: u32| format!("the build fails here: `agent` exists since line {line}\n");
        let uid =
            |of: &str| format!("the build fails here: uid 1000 is that of `{of}` since line 2\n");
        for (body, expected) in [
            ("RUN useradd -u 1001 agent\nRUN useradd -u 1000 agent", format!("3:21: {}", name(2))),
            (
                "RUN useradd -m agent\nUSER x\nRUN useradd -u 1000 agent",
                format!("4:21: {}", name(2)),
            ),
            ("RUN useradd -u 1000 agent && useradd -u 1000 agent", format!("2:46: {}", name(2))),
            (
                "RUN set -e; useradd -u 1000 agent; true\nRUN adduser -D agent",
                format!("3:16: {}", name(2)),
            ),
            (
                "RUN useradd -u 1000 other && useradd -u 1000 agent",
                format!("2:46: {}", uid("other")),
            ),
            (
                "RUN useradd -u 1000 agent\nRUN useradd -u 1000 other",
                format!("3:21: {}", uid("agent")),
            ),
        ] {
            assert_eq!(said(body).trim_start_matches("Dockerfile:"), expected, "{body}");
        }
        for body in [
            "RUN useradd -u 1000 agent\nRUN useradd -u 1001 other",
            "RUN useradd -u 1000 node && userdel node && useradd -u 1000 agent",
            "RUN useradd -u 1000 node\nRUN usermod -u 1001 node\nRUN useradd -u 1000 agent",
            "RUN useradd -u 1000 node\nRUN useradd -o -u 1000 agent",
            "RUN useradd -u 1000 agent || adduser -D -u 1000 agent",
            "RUN if [ -x /sbin/useradd ]; then useradd -u 1000 agent; else adduser -u 1000 agent; fi",
            "RUN useradd -u 1000 agent\nRUN useradd -m agent || true",
            "RUN useradd -u 1000 agent\nRUN adduser --system agent",
            "RUN useradd -u 1000 agent\nRUN set -e; true; set +e; useradd agent; true",
            "FROM a AS users\nRUN useradd -u 1000 agent\nFROM b\nRUN useradd -u 1000 agent",
            "RUN adduser --uid 1000 --disabled-password agent\nRUN adduser agent audio",
            "ARG WHO=agent\nRUN adduser -D -u 1000 agent && adduser $WHO audio",
            "RUN useradd -u 1000 agent\nRUN useradd other",
            "RUN useradd -r other\nRUN useradd -u 1000 agent",
            "RUN useradd other\nRUN useradd -o -u 1000 agent",
            "RUN useradd other && userdel other\nRUN useradd -u 1000 agent",
        ] {
            assert_eq!(said(body), "", "{body}");
        }
    }

    #[test]
    fn a_second_account_that_may_be_skipped_is_unchecked() {
        for body in [
            "RUN useradd -m agent\nRUN useradd -u 1000 agent || true",
            "RUN useradd -m agent || true\nRUN useradd -u 1000 agent",
            "RUN useradd -m agent\nRUN adduser --system --uid 1000 agent",
            "RUN id agent || useradd -u 1000 agent\nRUN useradd -u 1000 agent",
            "RUN useradd -m agent; true\nRUN useradd -u 1000 agent; true",
            "COPY setup.sh /\nRUN sh /setup.sh\nRUN useradd -u 1000 agent",
        ] {
            let found = said(body);
            assert!(found.ends_with("no room for this account (unchecked)\n"), "{body}: {found}");
        }
    }

    #[test]
    fn an_account_before_it_that_may_have_got_the_uid_is_unchecked() {
        for body in [
            "RUN useradd other\nRUN useradd -u 1000 agent",
            "RUN adduser -D other && adduser -D -u 1000 agent",
        ] {
            let found = said(body);
            let why = "`other` of line 2 may have got uid 1000, since nothing gives it one";
            assert!(found.ends_with(&format!("{why} (unchecked)\n")), "{body}: {found}");
        }
    }

    #[test]
    fn who_joins_a_group_is_not_created() {
        assert!(said("RUN adduser agent audio").contains("no RUN of the image creates"));
        assert!(said("RUN adduser $OPTIONS agent").ends_with("when it runs (unchecked)\n"));
    }

    /// What the help says, done, leaves no finding.
    #[test]
    fn the_help_names_what_to_change() {
        let help = |body: &str| {
            let case = Case::conformant()
                .file("Dockerfile", format!("FROM a\n{body}"))
                .file("setup.sh", "#!/bin/sh\nuseradd -u 1001 agent\n");
            case.findings("docker-user")[0].help.clone().expect("help")
        };
        let add = "`RUN useradd --uid 1000 --create-home agent`";
        for (body, expected) in [
            ("RUN true", format!("add {add}")),
            (
                "RUN useradd -u 1001 agent",
                "write `1000` for `1001` in line 2, which creates it: to create it again would fail".into(),
            ),
            (
                "ARG UID=1001\nRUN useradd -u $UID agent",
                "write `1000` for `$UID` in line 3, which creates it: to create it again would fail".into(),
            ),
            (
                "COPY setup.sh /\nRUN sh /setup.sh",
                "write `1000` for `1001` in the script that line 3 runs, which creates it: to create it again would fail".into(),
            ),
            (
                "RUN true && \\\n useradd agent",
                "add `--uid 1000` in line 3, which creates it: to create it again would fail".into(),
            ),
            (
                "RUN useradd -u 1000 node",
                format!("name it `agent` in line 2, which creates it, or give `node` another uid there and add {add}"),
            ),
            (
                "RUN useradd -u $X agent",
                "write `--uid 1000` and `agent` themselves in line 2, which creates it".into(),
            ),
            (
                "RUN usermod -l agent -u 1000 node",
                format!("create the account with {add}, and change it in no other way"),
            ),
            (
                "RUN useradd -m agent\nRUN useradd -u 1000 agent",
                "create it once: with `--uid 1000` in line 2, and not here".into(),
            ),
            (
                "RUN useradd -u 1000 node\nRUN useradd -u 1000 agent",
                "give `node` another uid".into(),
            ),
        ] {
            assert_eq!(help(body), expected, "{body}");
        }
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
            "RUN useradd -u 1500 agent && usermod -u 1000 agent",
            "RUN useradd -m agent\nRUN usermod -u 1000 agent",
            "RUN useradd -u 1000 node\nRUN usermod -l agent node",
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
        let undone = said(&many("RUN useradd -u 1000 agent || true\n", "RUN userdel agent"));
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
