use std::sync::Arc;

use super::*;
use crate::change::{Change, Mode};
use crate::snapshot::{BlobId, Entry, ReadBlob, RepoPath, Unreadable};

struct Memory(BTreeMap<BlobId, Arc<[u8]>>);

impl ReadBlob for Memory {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        self.0.get(&id).cloned().ok_or_else(|| Unreadable::Absent("in a test".to_owned()))
    }
}

fn tree() -> Snapshot {
    let files = [
        ("kept.txt", EntryKind::File, "kept\n"),
        ("edited.txt", EntryKind::File, "old\r\n"),
        ("gone", EntryKind::File, "gone"),
        ("run.sh", EntryKind::Executable, "#!/bin/sh\necho ran > made\n"),
        ("a b/é", EntryKind::File, "x"),
        ("link", EntryKind::Link, "kept.txt"),
        ("deep/vendor", EntryKind::Submodule, ""),
        (".gitignore", EntryKind::File, "*.log\n"),
        ("tracked.log", EntryKind::File, "tracked"),
        (".gitattributes", EntryKind::File, "* text=auto eol=lf\n"),
    ];
    let (mut entries, mut contents) = (BTreeMap::new(), BTreeMap::new());
    for (path, kind, content) in files {
        let id = BlobId::of(content.as_bytes());
        entries.insert(RepoPath::new(path), Entry { kind, id });
        contents.insert(id, Arc::from(content.as_bytes()));
    }
    Snapshot::new(None, entries, Arc::new(Memory(contents)))
}

fn ran(script: &str) -> Result<ChangeSet, Failure> {
    let command = ["sh", "-c", script].map(str::to_owned);
    // What runs the tests knows where programs are.
    let path = std::env::var_os("PATH").expect("a path");
    let environment = BTreeMap::from([("PATH".into(), path)]);
    let time_limit = Duration::from_secs(20);
    changed_by(
        &Task { command: &command, environment: &environment, time_limit, trusted: true },
        &tree(),
    )
}

fn told(script: &str) -> String {
    match ran(script) {
        Ok(changes) => changes
            .changes
            .iter()
            .map(|(path, change)| match change {
                Change::Delete { .. } => format!("- {path}\n"),
                Change::Write { bytes, mode, .. } => {
                    let mark = match mode {
                        Mode::File => "=",
                        Mode::Executable => "*",
                        Mode::Link => "@",
                    };
                    format!("{mark} {path}: {:?}\n", String::from_utf8_lossy(bytes))
                }
            })
            .collect(),
        Err(failure) => format!("{}\n{}", failure.why, failure.tail.join("\n")),
    }
}

#[test]
fn a_command_that_does_nothing_changes_nothing() {
    assert_eq!(told("true"), "");
    assert_eq!(told("git status --porcelain; touch kept.txt"), "");
}

#[test]
fn new_files_modes_and_links_are_in_and_ignored_ones_are_not() {
    let script = "./run.sh; echo new >> edited.txt; rm gone; chmod +x kept.txt; ln -sf edited.txt link; \
                  mkdir d; echo y > 'd/é x'; echo z > ignored.log; echo more >> tracked.log; \
                  printf '\\377\\000' > binary";
    insta::assert_snapshot!(told(script), @r#"
    = binary: "�\0"
    = d/é x: "y\n"
    = edited.txt: "old\r\nnew\n"
    - gone
    * kept.txt: "kept\n"
    @ link: "edited.txt"
    = made: "ran\n"
    = tracked.log: "trackedmore\n"
    "#);
}

#[test]
fn what_is_written_into_a_submodule_is_told_as_that() {
    let into = |path: &str| {
        format!(
            "`{path}` was written into the submodule `deep/vendor`, whose content is in another repository: change it there\n"
        )
    };
    for (script, path) in [
        ("mkdir -p deep/vendor; echo x > deep/vendor/a", "deep/vendor/a"),
        ("mkdir -p deep; rm -rf deep/vendor; echo x > deep/vendor", "deep/vendor"),
    ] {
        assert_eq!(told(script), into(path), "{script}");
    }
    insta::assert_snapshot!(told("mkdir -p deep; echo x > deep/vendors"), @r#"= deep/vendors: "x\n""#);
}

#[test]
fn what_fails_has_its_last_words() {
    insta::assert_snapshot!(told("echo 1; echo why >&2; exit 3"), @"
    the command failed: exit status: 3
    why
    ");
    assert_eq!(told("kill -9 $$").lines().next(), Some("the command failed: signal: 9 (SIGKILL)"));
    let missing = changed_by(
        &Task {
            command: &["no-such-program".to_owned()],
            environment: &BTreeMap::new(),
            time_limit: Duration::from_secs(1),
            trusted: true,
        },
        &tree(),
    );
    assert_eq!(missing.expect_err("nothing to run").why, "there is no program `no-such-program`");
}

#[test]
fn a_command_that_reads_or_never_ends_is_not_waited_for() {
    assert_eq!(told("cat; echo read > made"), "= made: \"read\\n\"\n");
    let command = ["sleep".to_owned(), "600".to_owned()];
    let path = std::env::var_os("PATH").expect("a path");
    let environment = BTreeMap::from([("PATH".into(), path)]);
    let time_limit = Duration::from_millis(50);
    let task = Task { command: &command, environment: &environment, time_limit, trusted: true };
    let why = changed_by(&task, &tree()).expect_err("too long").why;
    assert_eq!(why, "the command took longer than 0 s");
}

#[test]
fn a_checkout_that_was_left_or_damaged_is_the_repositorys_failure() {
    for script in [
        "rm -rf .git",
        "rm -rf .git; git init -q",
        "git -c user.name=a -c user.email=b commit -qam x --allow-empty",
    ] {
        assert_eq!(told(script), "the command damaged `.git`, or committed\n", "{script}");
    }
    assert_eq!(told("echo x > ../beside"), "the command wrote outside of its checkout\n");
    let unread = "what the command left cannot be read: ";
    for (script, path) in [("mkfifo pipe", "`pipe` "), ("git init -q sub; touch sub/x", "`sub` ")] {
        assert!(told(script).starts_with(&format!("{unread}{path}")), "{}", told(script));
    }
}

#[test]
fn a_command_sees_no_environment_but_its_own() {
    let told =
        told("env | cut -d= -f1 | grep -v -e _ -e PWD -e SHLVL | sort | tr '\\n' ' ' > made");
    assert_eq!(told, "= made: \"HOME PATH TMPDIR \"\n");
}

#[cfg(target_os = "linux")]
#[test]
fn without_trust_there_is_no_network_or_no_run() {
    let path = std::env::var_os("PATH").expect("a path");
    let environment = BTreeMap::from([("PATH".into(), path)]);
    let command = ["sh", "-c", "cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d ' ' > made"]
        .map(str::to_owned);
    let time_limit = Duration::from_secs(20);
    let task = Task { command: &command, environment: &environment, time_limit, trusted: false };
    match changed_by(&task, &tree()) {
        Ok(changes) => {
            let made = changes.changes.get("made").expect("made");
            let Change::Write { bytes, .. } = made else { panic!("{made:?}") };
            assert_eq!(String::from_utf8_lossy(bytes), "lo\n", "only a loopback that is down");
        }
        Err(failure) => assert!(failure.hint.is_some(), "{failure:?}"),
    }
}

#[test]
fn a_command_does_not_read_what_the_processes_above_it_were_started_with() {
    let path = std::env::var_os("PATH").expect("a path");
    let environment = BTreeMap::from([("PATH".into(), path)]);
    if isolation::from_others(&environment).is_none() {
        // This system gives no user namespace.
        return;
    }
    let script = "p=$$; n=0; while [ \"$p\" -gt 1 ] && [ $n -lt 20 ]; do \
                  if [ \"$p\" != $$ ] && cat /proc/$p/environ 2>/dev/null | grep -qa CARGO; then echo \"$p\" >> seen; fi; \
                  p=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$p/status); n=$((n+1)); done; true";
    assert_eq!(told(script), "");
}
