//! Tries an image in its own containers, set up like the platform's: starts it, imports its modules, and lets it do its
//! work once against stubs.
//!
//! A [`Wish`] from fleet.yaml (variables, mounts, user, imports, a program) says how, and the result is a [`Smoked`].
//! Nothing here is specific to a fleet. Each step has a container of its own without a network, removed afterwards. If
//! no container starts at all, everything is *unchecked*, with the engine's message. The same program as for `package
//! smoke` does the importing. Results from inside an image are only as trustworthy as the image itself.

mod bench;
mod files;
mod outcome;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bench::{Bench, Missed};
use outcome::SCHEMA;
pub use outcome::{Imports, ModuleProblem, Smoked, State, Step};

use super::engine::trial::PREFIX;
use super::engine::{Engine, EngineFault, LocalImage};
use super::outcome::{Failure, Stage};
use super::{Host, Listener, Runtime, act};
use crate::edge::random;
use crate::error::Result;
use crate::fleet::Fleet;

/// How to try an image, according to fleet.yaml.
#[derive(Clone, Debug)]
pub struct Wish {
    user: Option<String>,
    environment: BTreeMap<String, String>,
    /// Folders of the container, each with a folder of this machine to copy in, or `None` to mount it empty.
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
    /// Returns how a fleet's images are tried; `None` in a fleet without images.
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

/// Returns a unique name for the containers of a trial.
///
/// # Errors
/// When the system provides no random numbers.
pub fn name() -> Result<String> {
    let word = random::word()?;
    Ok(format!("{PREFIX}{}", word.get(..12).unwrap_or(&word)))
}

/// Returns the image to try: the one with this name here, or else the registry's. No tag moves.
///
/// # Errors
/// When neither is available.
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
    there(host, asked, listener).await
}

/// Pulls the image with a name from the registry. No tag moves.
///
/// # Errors
/// When it is not available.
pub async fn there(
    host: &Host,
    asked: &Runtime,
    listener: &Listener,
) -> Result<LocalImage, Failure> {
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

/// Removes the containers of an interrupted trial.
///
/// # Errors
/// When the engine refuses.
pub async fn clear(engine: &Engine, name: &str) -> Result<(), EngineFault> {
    for container in engine.containers(Some(name)).await? {
        engine.remove(&container.id).await?;
    }
    Ok(())
}

/// Tries an image that is here. `asked` is its name, and `name` that of the trial from [`name`].
///
/// # Errors
/// When a folder for a mount cannot be read. What could not be tried is in the outcome.
pub async fn smoke(
    host: &Host,
    asked: &str,
    image: &LocalImage,
    wish: &Wish,
    name: &str,
) -> Result<Smoked> {
    let bench = Bench::new(host, image, wish, name)?;
    let begun = bench.begin().await;
    let imported = bench.import().await;
    let executed = bench.execute().await;
    // If any container starts, one that does not is broken; otherwise the host is at fault.
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
        content: image.content.clone(),
        version: act::version(image, host.label.as_deref()),
        verdict: outcome::verdict([boot.state, imports.state, execute.state]),
        boot,
        imports,
        execute,
    })
}
