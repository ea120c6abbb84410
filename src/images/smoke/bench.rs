//! The containers of a trial: each is created for one step, started, read from, and removed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::Wish;
use super::files::{Files, PLACE};
use super::outcome::{self, Found, Imports, State, Step};
use crate::error::{Error, Result};
use crate::images::Host;
use crate::images::engine::trial::{Course, Trial};
use crate::images::engine::{Engine, EngineFault, LocalImage};
use crate::package::description::Smoke;
use crate::package::smoke::contents::Contents;
use crate::package::smoke::{DRIVER, DriverReport, Outcome, Plan, Round};

/// The program that runs in the container.
const INSIDE: &str = include_str!("inside.py");

/// Maximum size in bytes of the results to read.
const MOST_BYTES: usize = 8 << 20;

/// Maximum number of runs of the driver, in case what it imports kills it.
const MOST_ROUNDS: usize = 8;

/// Maximum duration of a step.
const LONGEST: Duration = Duration::from_secs(1_800);

/// Why a step has no result.
pub(super) enum Missed {
    /// The engine did not start the container.
    Start(EngineFault),
    /// The engine failed otherwise.
    Engine(EngineFault),
    /// The container's results are missing or invalid.
    Answer(String),
}

impl From<EngineFault> for Missed {
    fn from(fault: EngineFault) -> Self {
        Self::Engine(fault)
    }
}

/// The result of a container that ran our program.
struct Ran {
    course: Course,
    file: Option<Vec<u8>>,
    words: Vec<String>,
}

pub(super) struct Bench<'a> {
    engine: &'a Engine,
    wish: &'a Wish,
    name: &'a str,
    /// The settings common to all containers of the trial.
    base: Trial,
    /// Folders on this machine to copy in for mounts.
    mounted: Vec<(String, PathBuf)>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        host: &'a Host,
        image: &LocalImage,
        wish: &'a Wish,
        name: &'a str,
    ) -> Result<Self> {
        let mut empty = Vec::new();
        let mut mounted = Vec::new();
        for (place, content) in &wish.mounts {
            match content {
                None => empty.push(place.clone()),
                Some(folder) => mounted.push((place.clone(), folder.clone())),
            }
        }
        let base = Trial {
            image: image.content.clone(),
            user: wish.user.clone(),
            environment: wish.environment.clone().into_iter().collect(),
            empty,
            ..Trial::default()
        };
        let bench = Self { engine: &host.engine, wish, name, base, mounted };
        // Fail before anything is created if the folders cannot be read.
        bench.files(&[])?;
        Ok(bench)
    }

    fn limit(&self, times: usize) -> Duration {
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        Duration::from_secs(self.wish.seconds.into()).saturating_mul(times).min(LONGEST)
    }

    /// Archives the folders for the mounts, along with files of our own.
    fn files(&self, ours: &[(&str, &[u8])]) -> Result<Vec<u8>> {
        let failed =
            |cause: std::io::Error| Error::failed("cannot make an archive").caused_by(cause);
        let mut files = Files::new();
        for (place, folder) in &self.mounted {
            files.copy(folder, place.trim_start_matches('/'))?;
        }
        if !ours.is_empty() {
            files.folder(PLACE).map_err(failed)?;
        }
        for (name, bytes) in ours {
            files.ours(name, bytes).map_err(failed)?;
        }
        files.finish().map_err(failed)
    }

    /// Runs the image with its own command.
    pub(super) async fn begin(&self) -> Result<Step, Missed> {
        let name = format!("{}-boot", self.name);
        let files = self.files(&[]).map_err(|error| Missed::Answer(error.to_string()))?;
        // An empty archive still has two blocks of zeros.
        let files = if self.mounted.is_empty() { Vec::new() } else { files };
        let trial = Trial { files, ..self.base.clone() };
        self.engine.make(&name, &trial).await?;
        let step = self.begun(&name).await;
        let removed = self.engine.remove(&name).await;
        let step = step?;
        removed?;
        Ok(step)
    }

    async fn begun(&self, name: &str) -> Result<Step, Missed> {
        let Wish { boot_seconds: seconds, boot_ends: ends, .. } = *self.wish;
        self.engine.start(name).await.map_err(Missed::Start)?;
        let course = self.engine.course(name, Duration::from_secs(seconds.into())).await?;
        let step = outcome::boot(course, ends, seconds);
        if step.state == State::Well {
            return Ok(step);
        }
        Ok(step.having_said(&self.engine.words(name).await))
    }

    /// Runs our program in the image with additional files, and returns the file that it leaves.
    async fn run(
        &self,
        step: &str,
        what: &str,
        ours: &[(&str, &[u8])],
        limit: Duration,
        left: &str,
    ) -> Result<Ran, Missed> {
        let mut all: Vec<(&str, &[u8])> = vec![("inside.py", INSIDE.as_bytes())];
        all.extend(ours);
        let files = self.files(&all).map_err(|error| Missed::Answer(error.to_string()))?;
        let command = [&self.wish.python, "-B", &format!("/{PLACE}/inside.py"), what];
        let command = Some(command.map(str::to_owned).to_vec());
        let trial = Trial { files, command, ..self.base.clone() };
        let name = format!("{}-{step}", self.name);
        self.engine.make(&name, &trial).await?;
        let ran = self.ran(&name, limit, left).await;
        let removed = self.engine.remove(&name).await;
        let ran = ran?;
        removed?;
        Ok(ran)
    }

    async fn ran(&self, name: &str, limit: Duration, left: &str) -> Result<Ran, Missed> {
        self.engine.start(name).await.map_err(Missed::Start)?;
        let course = self.engine.course(name, limit).await?;
        let file = self.engine.file(name, &format!("/{PLACE}/{left}"), MOST_BYTES).await?;
        let is_well = course == Course::Ended(0) && file.is_some();
        let words = if is_well { Vec::new() } else { self.engine.words(name).await };
        Ok(Ran { course, file, words })
    }

    /// Imports all wanted modules, each in a process of its own.
    pub(super) async fn import(&self) -> Result<Imports, Missed> {
        if self.wish.imports.is_empty() {
            return Ok(Imports::of(State::Undeclared, None));
        }
        let wanted = serde_json::json!(self.wish.imports).to_string();
        let ours: [(&str, &[u8]); 1] = [("wanted.json", wanted.as_bytes())];
        let ran = self.run("list", "list", &ours, self.limit(1), "modules.json").await?;
        let found = ran.file.as_deref().and_then(|file| serde_json::from_slice(file).ok());
        let Some(found): Option<Found> = found else {
            return Err(Missed::Answer(unanswered("its modules could not be listed", &ran)));
        };
        let modules: BTreeSet<String> = found.modules.iter().cloned().collect();
        let root = |module: &String| module.split('.').next().unwrap_or_default().to_owned();
        let roots = modules.iter().map(root).collect();
        let contents = Contents { modules, roots, ..Contents::default() };
        let skip = self.wish.skip.clone();
        let plan = Plan::new(&contents, None, &Smoke { skip, ..Smoke::default() });
        let outcomes = self.drive(&plan).await?;
        Ok(outcome::imports(&found, &plan, &outcomes))
    }

    /// Runs the driver until every module has an outcome, or another run would not help.
    async fn drive(&self, plan: &Plan) -> Result<Vec<Outcome>, Missed> {
        let mut outcomes: Vec<Outcome> = Vec::new();
        let left = (0..plan.tasks.len()).collect::<BTreeSet<_>>();
        let mut round =
            Some(Round { left, stubs: false, alone: false }).filter(|it| !it.left.is_empty());
        for number in 0..MOST_ROUNDS {
            let Some(now) = round else { break };
            let each = Duration::from_secs(self.wish.seconds.into());
            let json = plan.to_json(&now, each).to_string();
            let ours: [(&str, &[u8]); 3] = [
                ("driver.py", DRIVER.as_bytes()),
                ("plan.json", json.as_bytes()),
                ("results.jsonl", b""),
            ];
            let limit = self.limit(now.left.len() + 2);
            let step = format!("import-{number}");
            let ran = self.run(&step, "drive", &ours, limit, "results.jsonl").await?;
            let told = ran.file.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            let told = DriverReport::read(&told);
            outcomes.extend(told.outcomes.iter().cloned());
            if ran.course == Course::Ended(0) {
                break;
            }
            if told.begun.is_empty() && outcomes.is_empty() {
                return Err(Missed::Answer(unanswered("importing could not start", &ran)));
            }
            // Modules without an outcome count as not tried.
            let (next, outcome) = now.after(&told);
            outcomes.extend(outcome);
            round = next;
        }
        Ok(outcomes)
    }

    /// Runs the program of fleet.yaml once.
    pub(super) async fn execute(&self) -> Result<Option<Step>, Missed> {
        let Some(program) = &self.wish.execute else { return Ok(None) };
        let ours: [(&str, &[u8]); 1] = [("execute.py", program.as_bytes())];
        let limit = self.limit(1);
        let ran = self.run("execute", "execute", &ours, limit, "execute.json").await?;
        let step = outcome::execute(ran.course, ran.file.as_deref(), self.wish.seconds);
        Ok(Some(step.having_said(&ran.words)))
    }
}

/// Describes a container without results: how it ended, and its last line.
fn unanswered(what: &str, ran: &Ran) -> String {
    let ended = match ran.course {
        Course::Running => "it did not end in time".to_owned(),
        Course::Ended(code) => format!("it ended with {code}"),
    };
    match ran.words.last() {
        Some(word) => format!("{what}: {ended}: {}", outcome::line(word)),
        None => format!("{what}: {ended}"),
    }
}
