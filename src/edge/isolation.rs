//! Isolates untrusted commands from the user's other processes.
//!
//! A process can read the initial environment of another one of the same user (`/proc/PID/environ`): the secrets of
//! this program, and of the shell or the CI step above it. One in a user namespace of its own cannot
//! (user_namespaces(7), ptrace(2), "Ptrace access mode checking"). Where the system does not allow such namespaces,
//! only this program itself is protected ([`close_to_others`]).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;
use std::time::Duration;

use super::process::{self, Program};

/// The words to put before a command, determined once per run.
type Words = OnceLock<Option<Vec<OsString>>>;

/// The wrapper that isolates a command from other processes; `None` if no way works.
#[must_use]
pub fn from_others(environment: &BTreeMap<OsString, OsString>) -> Option<&'static [OsString]> {
    static FOUND: Words = OnceLock::new();
    let ways: [&[&str]; 2] = [&["--user", "--map-current-user"], &["--user", "--map-root-user"]];
    FOUND.get_or_init(|| first_that_works(&ways, environment)).as_deref()
}

/// Like [`from_others`], without a network too. For root there is a third way, which isolates only from the network.
#[must_use]
pub fn from_network(environment: &BTreeMap<OsString, OsString>) -> Option<&'static [OsString]> {
    static FOUND: Words = OnceLock::new();
    let ways: [&[&str]; 3] = [
        &["--user", "--map-current-user", "--net"],
        &["--user", "--map-root-user", "--net"],
        &["--net"],
    ];
    FOUND.get_or_init(|| first_that_works(&ways, environment)).as_deref()
}

fn first_that_works(
    ways: &[&[&str]],
    environment: &BTreeMap<OsString, OsString>,
) -> Option<Vec<OsString>> {
    let path = environment.get(OsStr::new("PATH")).map(OsString::as_os_str);
    let unshare = process::which("unshare", path)?;
    let nothing = process::which("true", path)?;
    ways.iter().find_map(|way| {
        let mut program = Program::new(&unshare, "/").arguments(way.iter().copied());
        program = program.argument("--").argument(&nothing);
        program.environment.clone_from(environment);
        let program = program.time_limit(Duration::from_secs(10));
        let works = process::run(&program).is_ok_and(|ended| ended.succeeded());
        works.then(|| {
            let options = way.iter().map(OsString::from).chain([OsString::from("--")]);
            std::iter::once(unshare.clone().into_os_string()).chain(options).collect()
        })
    })
}

/// Wraps a program to isolate it from other processes, where that is possible.
#[must_use]
pub fn kept(program: Program) -> Program {
    let Some([first, options @ ..]) = from_others(&program.environment) else { return program };
    let mut arguments = options.to_vec();
    arguments.push(program.file.into_os_string());
    arguments.extend(program.arguments);
    Program { file: first.into(), arguments, ..program }
}

/// Protects this process from others of the same user: they can read neither its environment nor its memory, and it
/// leaves no core dump. Root can still read them.
pub fn close_to_others() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // A failure leaves the process as it was.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
