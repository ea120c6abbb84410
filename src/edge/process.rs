//! Runs other programs with a given environment, a time limit and limited output.
//!
//! No shell is involved. The program leads a process group of its own, and the rest of that group is killed when the
//! program ends or its time is up: an installer's children do not outlive the command that started them. A tethered
//! program notices if this process is killed, since its standard input then ends. What output means is for callers to
//! decide.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The interval at which a running program is polled.
const GLANCE: Duration = Duration::from_millis(1);

/// How long to wait for the rest of the output after a program has ended.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A program to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The file to run.
    pub file: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its whole environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// Its working folder.
    pub folder: PathBuf,
    /// The time after which it is killed.
    pub time_limit: Duration,
    /// Maximum number of bytes to keep of each output; the rest is read and dropped.
    pub output_bound: usize,
    /// Whether its standard input stays open for as long as this process lives; one byte is sent when everything ended
    /// in order.
    pub tethered: bool,
    /// Its standard input, if it is not tethered.
    pub input: Vec<u8>,
}

impl Program {
    /// Creates a program with an empty environment, a limit of ten minutes, and a megabyte of output.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            folder: folder.into(),
            time_limit: Duration::from_secs(600),
            output_bound: 1 << 20,
            tethered: false,
            input: Vec::new(),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Sets its standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Sets its time limit.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }
}

/// The result of a program.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its exit status; `None` if its time was up.
    pub status: Option<ExitStatus>,
    /// Its standard output, up to the bound.
    pub stdout: Vec<u8>,
    /// Its standard error, up to the bound.
    pub stderr: Vec<u8>,
}

impl Ended {
    /// Whether it exited with success.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// Whether a signal other than ours ended it.
    #[must_use]
    pub fn was_killed(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt as _;
            self.status.is_some_and(|status| status.signal().is_some())
        }
        #[cfg(not(unix))]
        {
            false
        }
    }

    /// The result for display: `exit status: 1`.
    #[must_use]
    pub fn in_words(&self) -> String {
        self.status.map_or_else(|| "it timed out".to_owned(), |status| status.to_string())
    }

    /// The last lines of its standard error, or of its standard output if that is empty.
    #[must_use]
    pub fn last_words(&self, lines: usize) -> Vec<String> {
        let said = if self.stderr.trim_ascii().is_empty() { &self.stdout } else { &self.stderr };
        let text = String::from_utf8_lossy(said);
        let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let first = all.len().saturating_sub(lines);
        all.get(first..).unwrap_or_default().iter().map(|line| (*line).to_owned()).collect()
    }
}

/// Runs a program until it ends or its time is up.
///
/// # Errors
/// When it cannot be started.
pub fn run(program: &Program) -> io::Result<Ended> {
    let mut command = Command::new(&program.file);
    command
        .args(&program.arguments)
        .env_clear()
        .envs(&program.environment)
        .current_dir(&program.folder)
        .stdin(if program.tethered || !program.input.is_empty() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let mut tether = child.stdin.take();
    if !program.tethered {
        feed(tether.take(), &program.input);
    }
    let (ended, finished) = channel();
    let stdout = Capture::of(child.stdout.take(), program.output_bound, ended.clone());
    let stderr = Capture::of(child.stderr.take(), program.output_bound, ended);
    let in_time = has_ended_within(&mut child, program.time_limit);
    // Children that it left behind are useless and may hold its output open. The group has the child's id until the
    // child is waited for; after that, the id may be reused.
    kill_group(&mut child);
    let status = child.wait();
    release(tether);
    let status = in_time?.then_some(status?);
    wait_for_output(&finished);
    Ok(Ended { status, stdout: stdout.take(), stderr: stderr.take() })
}

/// Writes a program's input from another thread, since it may write before it has read everything.
fn feed(pipe: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut pipe) = pipe {
        let input = input.to_vec();
        // Fails if the program has closed its input, which is fine.
        std::thread::spawn(move || pipe.write_all(&input));
    }
}

/// Signals through the tether that everything ended in order.
fn release(tether: Option<ChildStdin>) {
    if let Some(mut tether) = tether {
        // Fails if the program has ended, which is fine.
        let _ = tether.write_all(b".");
    }
}

/// Whether a child ends within a time limit. Where the system supports it, the child is not reaped.
fn has_ended_within(child: &mut Child, limit: Duration) -> io::Result<bool> {
    let begun = Instant::now();
    loop {
        if has_ended(child)? {
            return Ok(true);
        }
        if begun.elapsed() >= limit {
            return Ok(false);
        }
        std::thread::sleep(GLANCE);
    }
}

#[cfg(unix)]
fn has_ended(child: &mut Child) -> io::Result<bool> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let number = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let number = number.ok_or_else(|| io::Error::other("the program has no process id"))?;
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    loop {
        match waitid(WaitId::Pid(number), look) {
            Err(rustix::io::Errno::INTR) => {}
            found => return Ok(found?.is_some()),
        }
    }
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> io::Result<bool> {
    Ok(child.try_wait()?.is_some())
}

/// Waits for both outputs to be closed, but not for long: a child that has left the group may hold them open.
fn wait_for_output(finished: &Receiver<()>) {
    let until = Instant::now() + LAST_WORDS;
    for _ in 0..2 {
        let left = until.saturating_duration_since(Instant::now());
        if finished.recv_timeout(left).is_err() {
            return;
        }
    }
}

#[cfg(unix)]
fn kill_group(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    // The group has its leader's id. It is not a failure if the group is empty.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill_group(child: &mut Child) {
    let _ = child.kill();
}

/// Captures an output while it is produced.
struct Capture(Arc<Mutex<Vec<u8>>>);

impl Capture {
    fn of(source: Option<impl Read + Send + 'static>, bound: usize, ended: Sender<()>) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            let mut chunk = vec![0; 16 << 10];
            let mut source = source;
            while let Some(read) = source.as_mut().and_then(|source| source.read(&mut chunk).ok()) {
                if read == 0 {
                    break;
                }
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let room = bound.saturating_sub(kept.len()).min(read);
                kept.extend_from_slice(chunk.get(..room).unwrap_or_default());
            }
            // Fails if the receiver has stopped waiting, which is fine.
            let _ = ended.send(());
        });
        Self(kept)
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Finds a program by name in a search path (`PATH`). Relative folders of the path are skipped, so that nothing in the
/// current folder is run.
#[must_use]
pub fn which(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    std::env::split_paths(path?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
}

/// Whether a file is executable, according to its permissions.
#[must_use]
pub fn is_program(file: &Path) -> bool {
    let Ok(metadata) = file.metadata() else { return false };
    #[cfg(unix)]
    let runs = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let runs = true;
    metadata.is_file() && runs
}

#[cfg(all(test, unix))]
mod tests;
