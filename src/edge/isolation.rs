//! What stands before a command of strangers so that it is kept apart from the user's other processes.
//!
//! A process of the same user reads what another one was started with (`/proc/PID/environ`): the secrets of this
//! program, and of the shell or the CI step above it. One in a user namespace of its own may not (user_namespaces(7),
//! ptrace(2), "Ptrace access mode checking"). Where the system gives nobody such a namespace, only this program
//! itself is closed to others ([`close_to_others`]).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;
use std::time::Duration;

use super::process::{self, Program};

/// The words before a command, found once for a run.
type Words = OnceLock<Option<Vec<OsString>>>;

/// What keeps a command from other processes; nothing where no way works.
#[must_use]
pub fn from_others(environment: &BTreeMap<OsString, OsString>) -> Option<&'static [OsString]> {
    static FOUND: Words = OnceLock::new();
    let ways: [&[&str]; 2] = [&["--user", "--map-current-user"], &["--user", "--map-root-user"]];
    FOUND.get_or_init(|| first_that_works(&ways, environment)).as_deref()
}

/// The same, and from the network. For root alone there is a third way, which keeps it from the network only.
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

/// A program that is kept from other processes, where there is a way to.
#[must_use]
pub fn kept(program: Program) -> Program {
    let Some([first, options @ ..]) = from_others(&program.environment) else { return program };
    let mut arguments = options.to_vec();
    arguments.push(program.file.into_os_string());
    arguments.extend(program.arguments);
    Program { file: first.into(), arguments, ..program }
}

/// Closes this process to others of the same user: neither its variables nor its memory are shown to them, and it
/// leaves no core. Root sees them all the same.
pub fn close_to_others() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // A kernel that cannot is one on which nothing is changed by it.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
