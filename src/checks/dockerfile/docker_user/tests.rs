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
        "RUN <<EOF bash\nuseradd -u 1000 agent\nEOF",
        "RUN sh -e <<'EOF'\nuseradd -u 1000 agent\nEOF",
        "RUN <<-EOF bash -s\n\tuseradd -u 1000 agent\n\tEOF",
        "RUN --mount=type=bind,source=setup.sh,target=/s.sh sh /s.sh",
        "ARG UID=1000\nRUN useradd -u ${UID} agent",
        "ENV WHO=agent\nRUN useradd -u 1000 \"$WHO\"",
        "COPY setup.sh /tmp/\nRUN sh /tmp/setup.sh",
        "COPY setup.sh /tmp/\nRUN cd /tmp && ./setup.sh",
        "COPY setup.sh /tmp/\nRUN cd /tmp; sh setup.sh",
        "COPY setup.sh /tmp/\nRUN (cd /tmp; sh setup.sh)",
        "COPY setup.sh /tmp/\nRUN mkdir -p /x && cd /tmp; sh setup.sh",
        "COPY setup.sh /tmp/\nRUN sh -c 'cd /tmp && sh setup.sh'",
        "COPY setup.sh /tmp/\nRUN <<EOF\ncd /tmp\n./setup.sh\nEOF",
        "COPY setup.sh /a/b\nCOPY <<E /a/c\nsh b\nE\nRUN cd /a && sh c",
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
    let uid = |of: &str| format!("the build fails here: uid 1000 is that of `{of}` since line 2\n");
    for (body, expected) in [
        ("RUN useradd -u 1001 agent\nRUN useradd -u 1000 agent", format!("3:21: {}", name(2))),
        ("RUN useradd -m agent\nUSER x\nRUN useradd -u 1000 agent", format!("4:21: {}", name(2))),
        ("RUN useradd -u 1000 agent && useradd -u 1000 agent", format!("2:46: {}", name(2))),
        (
            "RUN set -e; useradd -u 1000 agent; true\nRUN adduser -D agent",
            format!("3:16: {}", name(2)),
        ),
        ("RUN useradd -u 1000 other && useradd -u 1000 agent", format!("2:46: {}", uid("other"))),
        ("RUN useradd -u 1000 agent\nRUN useradd -u 1000 other", format!("3:21: {}", uid("agent"))),
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
fn an_account_of_the_base_counts_as_added_first() {
    let said = |base: &str, body: &str| {
        let dockerfile = format!("FROM {base}\n{body}\n");
        Case::conformant().file("Dockerfile", dockerfile).said("docker-user")
    };
    let fails = "the build fails here: uid 1000 is that of `node` in the base image\n";
    assert_eq!(said("node:22", "RUN useradd -u 1000 agent"), format!("Dockerfile:2:21: {fails}"));
    // Nor does the system give that uid to another one.
    let found = said("node:22-alpine", "RUN adduser -D other\nRUN adduser -D -u 1000 agent");
    assert!(found.starts_with("Dockerfile:3:") && found.ends_with(fails), "{found}");
    let found = said("ubuntu:24.04", "RUN useradd -u 1000 agent || true");
    let unchecked = "uid 1000 is that of `ubuntu` in the base image (unchecked)\n";
    assert!(found.ends_with(unchecked), "{found}");
    for (base, body) in [
        ("node:22", "RUN userdel node && useradd -u 1000 agent"),
        ("node:22", "RUN useradd -o -u 1000 agent"),
        ("ubuntu:22.04", "RUN useradd -u 1000 agent"),
    ] {
        assert_eq!(said(base, body), "", "{base}: {body}");
    }
}

#[test]
fn the_demanded_account_may_be_that_of_the_base() {
    let case = |body: &str| {
        let shape = "demands:\n  dockerfiles:\n    - path: Dockerfile\n      user: { name: node, uid: 1000 }\n";
        Case::with_shape(shape).file("Dockerfile", format!("FROM node:22\n{body}\n"))
    };
    let exists = "the build fails here: `node` exists in the base image\n";
    let taken = "the build fails here: uid 1000 is that of `node` in the base image\n";
    for (run, why) in [
        ("useradd -u 1000 node", exists),
        ("useradd -u 1001 node", exists),
        ("useradd -m node", exists),
        ("useradd -u 1000 other", taken),
    ] {
        let found = case(&format!("RUN {run}")).said("docker-user");
        assert!(found.ends_with(why), "{run}: {found}");
    }
    let finding = &case("RUN useradd -u 1000 node").findings("docker-user")[0];
    let help = finding.help.as_deref();
    assert_eq!(help, Some("remove this command: the base image has the account"));
    for body in [
        "RUN true",
        "RUN useradd -u 1000 node || true",
        "RUN useradd -m node || true",
        "RUN userdel -r node && useradd -u 1000 node",
    ] {
        assert_eq!(case(body).said("docker-user"), "", "{body}");
    }
}

#[test]
fn what_is_advised_makes_room_for_it_where_the_base_leaves_none() {
    let finding = |body: &str| {
        let case = Case::conformant().file("Dockerfile", format!("FROM node:22\n{body}\n"));
        case.findings("docker-user").remove(0)
    };
    let create = "RUN userdel -r node && useradd --uid 1000 --create-home agent";
    assert_eq!(finding("RUN true").help, Some(format!("add `{create}`")));
    let first = "remove `node` of the base image before it, by `userdel -r node`, and ";
    for (run, rest) in [
        ("useradd -m agent", "add `--uid 1000` in line 2"),
        ("useradd -u 1001 agent", "write `1000` for `1001` in line 2"),
    ] {
        let found = finding(&format!("RUN {run}"));
        let help = found.help.unwrap_or_default();
        assert!(help.starts_with(&format!("{first}{rest}")), "{run}: {help}");
        assert!(found.fix.is_none(), "{run}");
    }
    let after = finding("RUN userdel -r node\nRUN useradd -m agent");
    assert!(after.fix.is_some());
    assert!(after.help.is_some_and(|help| help.starts_with("add `--uid 1000` in line 3")));
    let dockerfile = format!("FROM node:22\n{create}\n");
    assert_eq!(Case::conformant().file("Dockerfile", dockerfile).said("docker-user"), "");
}

#[test]
fn what_a_constant_keeps_from_running_is_unchecked() {
    for body in [
        "RUN false && useradd -u 1000 agent",
        "RUN true || useradd -u 1000 agent",
        "RUN : || useradd -u 1000 agent; true",
    ] {
        assert!(said(body).ends_with("keeps it from running (unchecked)\n"), "{}", said(body));
    }
    assert_eq!(said("RUN true && useradd -u 1000 agent"), "");
    assert_eq!(said("RUN ! false && useradd -u 1000 agent"), "");
    assert_eq!(said("RUN false && useradd -u 1000 agent\nRUN useradd -u 1000 agent"), "");
}

#[test]
fn who_joins_a_group_is_not_created() {
    assert!(said("RUN adduser agent audio").contains("no RUN of the image creates"));
    assert!(said("RUN adduser $OPTIONS agent").ends_with("when it runs (unchecked)\n"));
}

#[test]
fn on_alpine_the_help_names_its_programs() {
    let add = "adduser -D -u 1000 agent";
    for (body, expected) in [
        ("FROM python:3.11-alpine3.20", format!("add `RUN {add}`")),
        ("FROM alpine:3.20", format!("add `RUN {add}`")),
        ("FROM acme/base\nRUN apk add --no-cache git", format!("add `RUN {add}`")),
        ("FROM node:22-alpine", format!("add `RUN deluser --remove-home node && {add}`")),
    ] {
        let case = |text: &str| Case::conformant().file("Dockerfile", format!("{text}\n"));
        let help = case(body).findings("docker-user").remove(0).help.expect("a help");
        assert_eq!(help, expected, "{body}");
        let advised = help.strip_prefix("add `").and_then(|help| help.strip_suffix('`'));
        let mended = format!("{body}\n{}", advised.expect("a command"));
        assert_eq!(case(&mended).said("docker-user"), "", "{body}");
    }
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
    let many =
        |line: &str, last: &str| format!("ARG UID=1000\nARG WHO=x\n{}{last}", line.repeat(20_000));
    let undone = said(&many("RUN useradd -u 1000 agent || true\n", "RUN userdel agent"));
    assert!(
        undone.starts_with("Dockerfile:20004:1: ") && undone.contains("another way"),
        "{undone}"
    );
    assert_eq!(said(&many("RUN userdel $WHO; useradd -u $UID agent\n", "")), "");
    let near = said(&many("useradd -u $UID node; ", "true").replacen("useradd", "RUN useradd", 1));
    assert_eq!(near, "Dockerfile:4:21: uid 1000 is given to `node`, but `agent` is required\n");
}

#[test]
fn the_fix_gives_the_uid_in_the_form_of_the_run() {
    for (run, fixed) in [
        ("useradd -m agent && true", "useradd -m --uid 1000 agent && true"),
        (
            "[\"useradd\", \"-m\", \"agent\"]",
            "[\"useradd\", \"-m\", \"--uid\", \"1000\", \"agent\"]",
        ),
        (
            "[\"sh\", \"-c\", \"useradd -m agent\"]",
            "[\"sh\", \"-c\", \"useradd -m --uid 1000 agent\"]",
        ),
    ] {
        let case = Case::conformant().file("Dockerfile", format!("FROM a\nRUN {run}\n"));
        let expected = format!("FROM a\nRUN {fixed}\n");
        assert_eq!(case.fixed("docker-user", "Dockerfile"), expected);
    }
    let escaped = "FROM a\nRUN [\"sh\", \"-c\", \"useradd -m \\\"agent\\\"\"]\n";
    let findings = Case::conformant().file("Dockerfile", escaped).findings("docker-user");
    assert!(findings[0].fix.is_none());
}

#[test]
fn scripts_that_are_not_seen_are_unchecked() {
    let found = said("RUN curl https://x.test/x.sh | sh");
    assert!(found.ends_with("standard input is not known (unchecked)\n"), "{found}");
    let found = said("SHELL [\"python3\", \"-c\"]\nRUN import os");
    assert!(found.ends_with("which SHELL names, is not known (unchecked)\n"), "{found}");
    let unreadable = Case::conformant()
        .file("Dockerfile", "FROM a\nCOPY setup.sh /\nRUN sh /setup.sh\n")
        .file("setup.sh", b"# \xe9\nuseradd -u 1000 agent\n");
    let found = unreadable.said("docker-user");
    assert!(found.ends_with("`setup.sh` cannot be read (unchecked)\n"), "{found}");
}

#[test]
fn a_script_in_a_folder_that_is_not_known_is_unchecked() {
    let found = said("COPY setup.sh /tmp/\nRUN cd $TO && ./setup.sh");
    assert!(found.ends_with("the folder in which `./setup.sh` is run is not known (unchecked)\n"));
}
