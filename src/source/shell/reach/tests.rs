use super::*;

fn ask(entry: &[&str], files: &[(&str, &str)]) -> Reach {
    ask_for("molecule-runtime", entry, files)
}

fn ask_for(program: &str, entry: &[&str], files: &[(&str, &str)]) -> Reach {
    let entry = Entry::Exec(entry.iter().map(|word| (*word).to_owned()).collect());
    let scripts = |path: &str, by: By| {
        let called = |path: &str| files.iter().find(|(name, _)| *name == path);
        match called(path) {
            Some((_, text)) => Called::Script(Text::new(text)),
            // The working directory of these tests is `/app`.
            None => match called(&format!("/app/{path}")) {
                Some((_, text)) if by == By::Shell => Called::Script(Text::new(text)),
                Some((at, _)) => Called::NotOnPath((*at).to_owned()),
                None => Called::Nothing,
            },
        }
    };
    reaches(&entry, &scripts, program, 8)
}

fn yes(entry: &[&str], files: &[(&str, &str)]) -> bool {
    matches!(ask(entry, files), Reach::Yes { .. })
}

#[test]
fn directly_and_through_wrappers() {
    assert!(yes(&["molecule-runtime"], &[]));
    assert!(yes(&["tini", "--", "/usr/local/bin/molecule-runtime"], &[]));
    assert!(yes(&["sh", "-c", "exec molecule-runtime"], &[]));
    assert!(matches!(ask(&["molecule-runtime-extras"], &[]), Reach::No { .. }));
    assert!(matches!(ask(&[], &[]), Reach::No { .. }));
}

#[test]
fn a_wrapper_is_run_too() {
    let runs =
        |program: &str, entry: &[&str]| matches!(ask_for(program, entry, &[]), Reach::Yes { .. });
    assert!(runs("tini", &["tini", "--", "serve"]));
    assert!(runs("gosu", &["tini", "--", "/usr/sbin/gosu", "agent", "serve"]));
    assert!(runs("bash", &["bash", "-c", "exec serve"]));
    assert!(runs("serve", &["tini", "--", "gosu", "agent", "serve"]));
    assert!(!runs("tini", &["dumb-init", "serve"]));
}

#[test]
fn through_scripts_that_call_themselves_as_another_user() {
    let script = "#!/bin/sh\nif [ \"$(id -u)\" = 0 ]; then\n exec gosu agent \"$0\" \"$@\"\nfi\nexec molecule-runtime \"$@\"\n";
    assert_eq!(
        ask(&["/entrypoint.sh"], &[("/entrypoint.sh", script)]),
        Reach::Yes { via: vec!["/entrypoint.sh".into()] }
    );
    let chain = [("/a.sh", "exec bash /b.sh"), ("/b.sh", ". /c.sh"), ("/c.sh", "molecule-runtime")];
    assert_eq!(
        ask(&["/a.sh"], &chain),
        Reach::Yes { via: vec!["/a.sh".into(), "/b.sh".into(), "/c.sh".into()] }
    );
}

#[test]
fn arguments_are_passed_on() {
    let script = "set -e\nexec gosu agent \"$@\"";
    assert!(yes(&["/e.sh", "molecule-runtime"], &[("/e.sh", script)]));
    assert!(!yes(&["/e.sh", "other"], &[("/e.sh", script)]));
    let fallback = "if [ $# -eq 0 ]; then set -- molecule-runtime; fi\nexec \"$@\"";
    assert!(yes(&["/e.sh"], &[("/e.sh", fallback)]));
    assert!(yes(&["/e.sh", "x", "molecule-runtime"], &[("/e.sh", "shift; exec \"$1\"")]));
}

#[test]
fn what_stands_behind_an_exec_is_not_reached() {
    let script = "exec sleep infinity\nmolecule-runtime";
    assert!(matches!(ask(&["/e.sh"], &[("/e.sh", script)]), Reach::No { .. }));
    let guarded = "[ -f x ] && exec sleep 1\nexec molecule-runtime";
    assert!(yes(&["/e.sh"], &[("/e.sh", guarded)]));
    assert!(!yes(&["/e.sh"], &[("/e.sh", "# molecule-runtime\necho molecule-runtime")]));
    assert!(!yes(&["/e.sh"], &[("/e.sh", "command -v molecule-runtime || exit 1")]));
}

#[test]
fn functions_count_when_they_are_called() {
    assert!(yes(&["/e.sh"], &[("/e.sh", "go() { molecule-runtime; }\ngo")]));
    assert!(!yes(&["/e.sh"], &[("/e.sh", "go() { molecule-runtime; }\nstop")]));
}

#[test]
fn a_name_without_a_slash_is_searched_for_on_path() {
    let files = [("/app/go.sh", "exec molecule-runtime"), ("/e.sh", "exec go.sh")];
    let because = "`go.sh` is searched for on PATH, but is at `/app/go.sh`: write `/app/go.sh`";
    for entry in [&["go.sh"][..], &["tini", "--", "go.sh", "molecule-runtime"], &["/e.sh"]] {
        assert_eq!(ask(entry, &files), Reach::No { because: because.to_owned() }, "{entry:?}");
    }
    assert!(yes(&["sh", "go.sh"], &files));
    for script in ["export PATH=/app:$PATH\ngo.sh", "PATH=/app:$PATH go.sh", ". /x\ngo.sh"] {
        let files = [files[0], ("/e.sh", script)];
        assert!(matches!(ask(&["/e.sh"], &files), Reach::Unknown { .. }), "{script}");
    }
}

#[test]
fn a_launcher_of_programs_is_not_known() {
    for entry in [["uv", "run", "molecule-runtime"], ["poetry", "run", "molecule-runtime"]] {
        assert!(matches!(ask(&entry, &[]), Reach::Unknown { .. }), "{entry:?}");
    }
}

#[test]
fn what_is_not_known_is_said_to_be() {
    assert!(matches!(ask(&["/e.sh"], &[("/e.sh", "exec \"$BIN\"")]), Reach::Unknown { .. }));
    assert!(matches!(ask(&["honcho", "molecule-runtime"], &[]), Reach::Unknown { .. }));
    assert!(matches!(ask(&["supervisord", "-n"], &[]), Reach::Unknown { .. }));
    assert!(matches!(ask(&["python3", "-m", "molecule_runtime"], &[]), Reach::Unknown { .. }));
    assert!(matches!(ask(&["python3", "-m", "molecule"], &[]), Reach::No { .. }));
    let python = "#!/usr/bin/env python3\nos.execvp('molecule-runtime', [])";
    assert!(matches!(ask(&["/e"], &[("/e", python)]), Reach::Unknown { .. }));
}

#[test]
fn arguments_that_multiply_are_not_followed_for_ever() {
    let doubled = "set -- \"$@\" \"$@\"\n".repeat(64) + "exec \"$@\"";
    assert!(matches!(ask(&["/e.sh", "x"], &[("/e.sh", &doubled)]), Reach::Unknown { .. }));
    let twice = "set -- \"$@\" \"$@\"\nexec \"$2\"";
    assert!(yes(&["/e.sh", "molecule-runtime"], &[("/e.sh", twice)]));
    let sourced = format!("set --{}\n{}", " a".repeat(20_000), ". /none\n".repeat(20_000));
    assert!(matches!(ask(&["/e.sh"], &[("/e.sh", &sourced)]), Reach::Unknown { .. }));
}

#[test]
fn long_lists_of_arguments_are_shifted_one_by_one() {
    // A minute and more when each shift moves all that follow.
    let shifted = format!(
        "set --{} molecule-runtime\n{}exec \"$1\"",
        " a".repeat(100_000),
        "shift\n".repeat(100_000)
    );
    assert!(yes(&["/e.sh"], &[("/e.sh", &shifted)]));
}

#[test]
fn cycles_end() {
    let files = [("/a", "/b x"), ("/b", "/a x $RANDOM"), ("/f", "f() { g; }\ng() { f; }\nf")];
    assert!(matches!(ask(&["/a"], &files), Reach::No { .. }));
    assert!(matches!(ask(&["/f"], &files), Reach::No { .. }));
}

#[test]
fn a_script_is_where_cd_led() {
    let files = [("/opt/start.sh", "exec molecule-runtime")];
    for script in [
        "cd /opt && start=1 && . start.sh",
        "cd /opt && sh start.sh",
        "(cd /opt && sh start.sh)",
        "cd /; cd opt; bash -e start.sh",
        "cd /tmp; (cd /opt); sh -c 'cd /opt && sh start.sh'",
        "set -- a; cd /opt; sh start.sh",
    ] {
        assert!(yes(&["sh", "-c", script], &files), "{script}");
    }
    for script in ["sh start.sh", "(cd /opt); sh start.sh", "sh -c 'cd /opt'; sh start.sh"] {
        assert!(matches!(ask(&["sh", "-c", script], &files), Reach::No { .. }), "{script}");
    }
    let here = [("/app/start.sh", "exec molecule-runtime")];
    for script in ["cd $X && sh start.sh", "cd && sh start.sh", "[ -d x ] && cd x; sh start.sh"] {
        let found = ask(&["sh", "-c", script], &here);
        assert!(matches!(found, Reach::Unknown { .. }), "{script}: {found:?}");
    }
}

#[test]
fn a_script_goes_to_its_own_folder() {
    let named =
        |script: &'static str| [("/opt/run.sh", "exec molecule-runtime"), ("/opt/e.sh", script)];
    for script in [
        "#!/bin/sh\ncd \"$(dirname \"$0\")\"\nexec sh run.sh",
        "#!/bin/bash\ncd -- \"$( dirname -- \"${BASH_SOURCE[0]}\" )\" && exec sh run.sh",
        "#!/bin/bash\ncd \"${BASH_SOURCE%/*}\" || exit 1\n. run.sh",
        "#!/bin/sh\nexec \"$(dirname \"$0\")/run.sh\" \"$@\"",
        "#!/bin/sh\n. \"${0%/*}/run.sh\"",
        "#!/bin/sh\ngo() { cd `dirname $0`; }\ngo\nsh run.sh",
    ] {
        assert!(yes(&["/opt/e.sh"], &named(script)), "{script}");
        assert!(yes(&["tini", "--", "bash", "/opt/e.sh"], &named(script)), "{script}");
    }
    let unknown = "cd \"$(dirname \"$(readlink -f \"$0\")\")\"\nexec sh run.sh";
    assert!(matches!(ask(&["/opt/e.sh"], &named(unknown)), Reach::Unknown { .. }));
    // What `sh` reads has no `BASH_SOURCE`.
    let of_bash = "cd \"${BASH_SOURCE%/*}\"; exec sh run.sh";
    assert!(matches!(ask(&["sh", "/opt/e.sh"], &named(of_bash)), Reach::Unknown { .. }));
}

#[test]
fn what_exits_ends_the_shell_that_it_is_in() {
    let files = |script: &'static str| {
        let exits = ("/exits.sh", "exit 0\n");
        let starts = ("/starts.sh", "exec molecule-runtime");
        [("/e.sh", script), exits, starts, ("/returns.sh", "return 0\nexit 1\n")]
    };
    for script in [
        "exit 0\nexec molecule-runtime",
        "main() { exit 0; }\nmain\nexec molecule-runtime",
        "a() { exit 0; }\nb() { a; }\nb \"$@\"\nexec molecule-runtime",
        "main() { return; molecule-runtime; }\nmain",
        ". /exits.sh\nexec molecule-runtime",
        "bash -n /starts.sh",
        "sh -n -c 'exec molecule-runtime'",
    ] {
        let found = ask(&["/e.sh"], &files(script));
        assert!(matches!(found, Reach::No { .. }), "{script}: {found:?}");
    }
    for script in [
        "main() { exit 0; }\n[ -f x ] && main\nexec molecule-runtime",
        "main() { exit 0; }\n(main)\nexec molecule-runtime",
        "main() { [ -f x ] && exit 0; }\nmain\nexec molecule-runtime",
        "main() { return 0; }\nmain\nexec molecule-runtime",
        "sh /exits.sh\nexec molecule-runtime",
        "sh -c 'exit 0'\nexec molecule-runtime",
        ". /returns.sh\nexec molecule-runtime",
        "if [ -f x ]; then . /exits.sh; fi\nexec molecule-runtime",
        "bash -n /starts.sh && bash /starts.sh",
    ] {
        assert!(yes(&["/e.sh"], &files(script)), "{script}");
    }
}
