//! An image tried in containers of its own, as the platform would make them: it begins, its modules are imported, and
//! it does its work once against stubs.
//!
//! In: an image that is here, and a [`Wish`] made of fleet.yaml (variables, mounts, user, what is imported, a program). Out: a
//! [`Smoked`]. Nothing of one particular fleet is known here. Each step has a container without a network, which is gone
//! afterwards. Where no container starts at all, everything is *unchecked*: the engine's words say why. Importing is the work
//! of the same program that `package smoke` uses; what an image says of itself is believed as far as one believes an
//! image that one runs.

mod files;
mod outcome;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use outcome::SCHEMA;
pub use outcome::{Imports, ModuleProblem, Smoked, State, Step};

use super::engine::trial::{Course, PREFIX, Trial};
use super::engine::{Engine, EngineFault, LocalImage};
use super::outcome::{Failure, Stage};
use super::{Host, Listener, Runtime, act};
use crate::edge::random;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::package::description::Smoke;
use crate::package::smoke::contents::Contents;
use crate::package::smoke::{DRIVER, Outcome, Plan, Round, Told};
use files::{Files, PLACE};
use outcome::Found;

/// The program that runs in the container.
const INSIDE: &str = include_str!("inside.py");

/// Bytes of what a container has written down that are read.
const MOST_BYTES: usize = 8 << 20;

/// So often the driver is run at most, when what it imports kills it.
const MOST_ROUNDS: usize = 8;

/// Nothing that is tried takes longer as a whole.
const LONGEST: Duration = Duration::from_secs(1_800);

/// How an image is tried: what fleet.yaml says.
#[derive(Clone, Debug)]
pub struct Wish {
    user: Option<String>,
    environment: BTreeMap<String, String>,
    /// Folders of the container, and what stands for each: a folder of this machine, or nothing.
    mounts: BTreeMap<String, Option<PathBuf>>,
    boot_seconds: u32,
    boot_ends: bool,
    imports: Vec<String>,
    skip: BTreeMap<String, String>,
    execute: Option<String>,
    python: String,
    seconds: u32,
}

impl Wish {
    /// What a fleet wants to be tried; `None` in a fleet without images.
    #[must_use]
    pub fn of(fleet: &Fleet) -> Option<Self> {
        let images = fleet.manifest.images.as_ref()?;
        let smoke = &images.smoke;
        let package = fleet.manifest.runtime_package.as_ref().map(|package| package.import.clone());
        let folder = fleet.file.parent().map(PathBuf::from).unwrap_or_default();
        let containers = images.containers.as_ref();
        let mounts = containers.into_iter().flat_map(|it| &it.mounts).map(|(place, content)| {
            let stands = (content != "empty").then(|| folder.join(content));
            (place.clone(), stands)
        });
        Some(Self {
            user: containers.and_then(|it| it.user.clone()),
            environment: containers.map(|it| it.environment.clone()).unwrap_or_default(),
            mounts: mounts.collect(),
            boot_seconds: smoke.boot.seconds,
            boot_ends: smoke.boot.ends,
            imports: smoke.imports.clone().unwrap_or_else(|| package.into_iter().collect()),
            skip: smoke.skip.clone(),
            execute: smoke.execute.clone(),
            python: smoke.python.clone(),
            seconds: smoke.seconds,
        })
    }
}

/// A name for the containers of one trial, which nobody else has.
///
/// # Errors
/// When this machine gives no random numbers.
pub fn name() -> Result<String> {
    let word = random::word()?;
    Ok(format!("{PREFIX}{}", word.get(..12).unwrap_or(&word)))
}

/// An image that is to be tried: the one that is here under its name, else what the registry has. No tag moves.
///
/// # Errors
/// When neither has it.
pub async fn here(
    host: &Host,
    asked: &Runtime,
    listener: &Listener,
) -> Result<LocalImage, Failure> {
    let of_engine = |fault| Failure::of_engine(&asked.slug, Stage::Inspect, &fault);
    let named = host.engine.image(&asked.image.to_string()).await.map_err(of_engine)?;
    if let Some(image) = named {
        return Ok(image);
    }
    let digest = match asked.image.digest() {
        Some(digest) => digest.to_owned(),
        None => {
            let of_registry = |refusal| Failure::of_registry(&asked.slug, &refusal);
            let head = host.registry.head(&asked.image, None).await.map_err(of_registry)?;
            head.map(|head| head.digest).unwrap_or_default()
        }
    };
    act::fetch(host, asked, &digest, listener).await
}

/// Removes what is left of a trial that was broken off.
///
/// # Errors
/// When the engine will not.
pub async fn clear(engine: &Engine, name: &str) -> Result<(), EngineFault> {
    for container in engine.containers(Some(name)).await? {
        engine.remove(&container.id).await?;
    }
    Ok(())
}

/// Tries an image that is here. `asked` is how it is called; `name` is that of [`name`].
///
/// # Errors
/// When what stands for a mount cannot be read. What could not be tried stands in the outcome.
pub async fn smoke(
    host: &Host,
    (asked, image): (&str, &LocalImage),
    wish: &Wish,
    name: &str,
) -> Result<Smoked> {
    let bench = Bench::new(host, image, wish, name)?;
    let begun = bench.begin().await;
    let imported = bench.import().await;
    let executed = bench.execute().await;
    // A container that starts tells one that does not from a host on which none does.
    let starts = begun.is_ok()
        || matches!(&imported, Ok(imports) if imports.state != State::Undeclared)
        || matches!(&imported, Err(Missed::Answer(_)))
        || matches!(&executed, Ok(Some(_)));
    let unstarted = |missed: Missed, what: &str| match missed {
        Missed::Start(fault) if starts => {
            (State::Broken, format!("{what} is not started: {fault}"))
        }
        Missed::Start(fault) => (State::Unchecked, format!("no container starts here: {fault}")),
        Missed::Engine(fault) => (State::Unchecked, format!("the engine: {fault}")),
        Missed::Answer(why) => (State::Unchecked, why),
    };
    let boot = begun.unwrap_or_else(|missed| {
        let (state, why) = unstarted(missed, "its own command");
        Step::new(state, Some(why))
    });
    let imports = imported.unwrap_or_else(|missed| {
        let (state, why) = unstarted(missed, &format!("`{}`", wish.python));
        Imports::of(state, Some(why))
    });
    let execute = match executed {
        Ok(Some(step)) => step,
        Ok(None) => Step::new(State::Undeclared, None),
        Err(missed) => {
            let (state, why) = unstarted(missed, &format!("`{}`", wish.python));
            Step::new(state, Some(why))
        }
    };
    Ok(Smoked {
        schema: SCHEMA,
        generated_at: host.now.clone(),
        engine: host.engine.name(),
        image: asked.to_owned(),
        content: Engine::content(&image.id),
        version: act::version(image, host.label.as_deref()),
        verdict: outcome::verdict([boot.state, imports.state, execute.state]),
        boot,
        imports,
        execute,
    })
}

/// Why a step came to nothing.
enum Missed {
    /// The engine did not start the container.
    Start(EngineFault),
    /// The engine did not do something else.
    Engine(EngineFault),
    /// What the container left is not what was to be there.
    Answer(String),
}

impl From<EngineFault> for Missed {
    fn from(fault: EngineFault) -> Self {
        Self::Engine(fault)
    }
}

/// What a container did that ran our program.
struct Ran {
    course: Course,
    file: Option<Vec<u8>>,
    words: Vec<String>,
}

struct Bench<'a> {
    engine: &'a Engine,
    wish: &'a Wish,
    name: &'a str,
    /// What every container of the trial has.
    base: Trial,
    /// What stands for mounts.
    mounted: Vec<(String, PathBuf)>,
}

impl<'a> Bench<'a> {
    fn new(host: &'a Host, image: &LocalImage, wish: &'a Wish, name: &'a str) -> Result<Self> {
        let mut empty = Vec::new();
        let mut mounted = Vec::new();
        for (place, content) in &wish.mounts {
            match content {
                None => empty.push(place.clone()),
                Some(folder) => mounted.push((place.clone(), folder.clone())),
            }
        }
        let base = Trial {
            image: Engine::content(&image.id),
            user: wish.user.clone(),
            environment: wish.environment.clone().into_iter().collect(),
            empty,
            ..Trial::default()
        };
        let bench = Self { engine: &host.engine, wish, name, base, mounted };
        // What cannot be read is told before anything is made.
        bench.files(&[])?;
        Ok(bench)
    }

    fn limit(&self, times: usize) -> Duration {
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        Duration::from_secs(self.wish.seconds.into()).saturating_mul(times).min(LONGEST)
    }

    /// What stands for mounts, with files of ours beside it.
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

    /// The image by its own command.
    async fn begin(&self) -> Result<Step, Missed> {
        let name = format!("{}-boot", self.name);
        let files = self.files(&[]).map_err(|error| Missed::Answer(error.to_string()))?;
        // An archive of nothing is two blocks of zeros.
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

    /// Our program in the image, with what it needs beside it; what it left in a file.
    async fn run(
        &self,
        (step, what): (&str, &str),
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

    /// Every module that is wanted, each in a process of its own.
    async fn import(&self) -> Result<Imports, Missed> {
        if self.wish.imports.is_empty() {
            return Ok(Imports::of(State::Undeclared, None));
        }
        let wanted = serde_json::json!(self.wish.imports).to_string();
        let ours: [(&str, &[u8]); 1] = [("wanted.json", wanted.as_bytes())];
        let ran = self.run(("list", "list"), &ours, self.limit(1), "modules.json").await?;
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

    /// Runs the driver until every module has an outcome, or no further run would lead further.
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
            let ran = self.run((&step, "drive"), &ours, limit, "results.jsonl").await?;
            let told = ran.file.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            let told = Told::read(&told);
            outcomes.extend(told.outcomes.iter().cloned());
            if ran.course == Course::Ended(0) {
                break;
            }
            if told.begun.is_empty() && outcomes.is_empty() {
                return Err(Missed::Answer(unanswered("importing could not begin", &ran)));
            }
            // What is still without an outcome counts as not tried.
            let (next, outcome) = now.after(&told);
            outcomes.extend(outcome);
            round = next;
        }
        Ok(outcomes)
    }

    /// The program of fleet.yaml, once.
    async fn execute(&self) -> Result<Option<Step>, Missed> {
        let Some(program) = &self.wish.execute else { return Ok(None) };
        let ours: [(&str, &[u8]); 1] = [("execute.py", program.as_bytes())];
        let limit = self.limit(1);
        let ran = self.run(("execute", "execute"), &ours, limit, "execute.json").await?;
        let step = outcome::execute(ran.course, ran.file.as_deref(), self.wish.seconds);
        Ok(Some(step.having_said(&ran.words)))
    }
}

/// What is to be said when a container left nothing: how it ended, and its last word.
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
