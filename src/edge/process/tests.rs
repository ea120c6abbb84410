use super::*;

fn shell(script: &str) -> Program {
    Program::new("/bin/sh", "/").arguments(["-c", script])
}

#[test]
fn a_program_sees_only_the_environment_that_it_is_given() {
    let program = shell("echo \"$GIVEN-$HOME\"; echo oops >&2; exit 3").variable("GIVEN", "x");
    let ended = run(&program).expect("a shell");
    assert_eq!(ended.stdout, b"x-\n");
    assert_eq!(ended.stderr, b"oops\n");
    assert_eq!(ended.status.and_then(|status| status.code()), Some(3));
    assert!(!ended.succeeded());
    assert_eq!(ended.last_words(1), ["oops"]);
}

#[test]
fn a_program_that_ended_is_not_yet_waited_for_when_its_group_is_killed() {
    let mut child = Command::new("/bin/sh").args(["-c", "exit 3"]).spawn().expect("a shell");
    assert!(has_ended_within(&mut child, Duration::from_secs(30)).expect("a look"));
    // Its number is still its own, which the status that is left shows.
    let state = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("there");
    assert!(state.contains(") Z "), "{state}");
    assert_eq!(child.wait().expect("waited").code(), Some(3));
}

#[test]
fn a_tether_is_open_while_this_process_lives_and_says_that_all_is_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = folder.path().join("told");
    // A watcher outside of the group, as a tethered program has one.
    let script = format!(
        "exec 3<&0; setsid /bin/sh -c 'read -r x <&3; echo \"<$x>\" > {0}.new; mv {0}.new {0}' > /dev/null 2>&1 & \
         exec /bin/sleep 0.2",
        told.display()
    );
    let mut program = shell(&script).variable("PATH", "/usr/bin:/bin");
    program.tethered = true;
    let ended = run(&program).expect("a shell");
    assert!(ended.succeeded(), "{}", ended.in_words());
    let said = (0..2000).find_map(|_| {
        std::thread::sleep(Duration::from_millis(5));
        std::fs::read_to_string(&told).ok()
    });
    assert_eq!(said.as_deref(), Some("<.>\n"));
}

#[test]
fn what_a_program_leaves_behind_is_killed_with_it() {
    // `exec` makes the sleeper's number that of the background job.
    let script = "/bin/sh -c 'exec /bin/sleep 600' & echo $!; exec /bin/sleep 600";
    let begun = Instant::now();
    let ended = run(&shell(script).time_limit(Duration::from_millis(300))).expect("a shell");
    assert!(ended.status.is_none(), "{}", ended.in_words());
    assert!(begun.elapsed() < Duration::from_secs(30));
    let left_behind = String::from_utf8(ended.stdout).expect("a number");
    let state = format!("/proc/{}/stat", left_behind.trim());
    let gone = || match std::fs::read_to_string(&state) {
        // Whoever inherits it may take a while to bury it.
        Ok(stat) => stat.contains(") Z "),
        Err(_) => true,
    };
    assert!(
        (0..200).any(|_| gone() || {
            std::thread::sleep(Duration::from_millis(5));
            false
        }),
        "{state}"
    );
}

#[test]
fn a_program_reads_what_it_is_given_however_much_it_is() {
    let text = "0123456789\n".repeat(100_000);
    let mut program = shell("exec /bin/cat").input(text.clone());
    program.output_bound = usize::MAX;
    let ended = run(&program).expect("a shell");
    assert!(ended.stdout == text.as_bytes(), "{} bytes", ended.stdout.len());
    assert_eq!(run(&shell("exec /bin/cat")).expect("a shell").stdout, b"");
    assert!(run(&shell("exit 0").input(text)).expect("a shell").succeeded());
}

#[test]
fn output_is_kept_up_to_its_bound() {
    let mut program = shell("i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done");
    program.output_bound = 100;
    let ended = run(&program).expect("a shell");
    assert!(ended.succeeded(), "{}", ended.in_words());
    assert_eq!(ended.stdout.len(), 100);
}

#[test]
fn programs_are_looked_for_in_absolute_folders_only() {
    assert_eq!(which("sh", Some(OsStr::new("bin:/bin"))), Some(PathBuf::from("/bin/sh")));
    assert_eq!(which("sh", Some(OsStr::new(""))), None);
    assert_eq!(which("no-such-program", Some(OsStr::new("/bin"))), None);
    assert_eq!(which("sh", None), None);
    assert!(run(&Program::new("/no/such/program", "/")).is_err());
}
