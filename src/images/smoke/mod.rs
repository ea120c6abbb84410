//! An image tried in containers of its own, as the platform would make them: it begins, its modules are imported, and
//! it does its work once against stubs.
//!
//! In: an image that is here, and a [`Wish`] made of fleet.yaml (variables, mounts, user, what is imported, a program). Out: a
//! [`Smoked`]. Nothing of one particular fleet is known here. Each step has a container without a network, which is gone
//! afterwards. Where no container starts at all, everything is *unchecked*: the engine's words say why. Importing is the work
//! of the same program that `package smoke` uses; what an image says of itself is believed as far as one believes an
//! image that one runs.

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
    there(host, asked, listener).await
}

/// The image that the registry has under a name. No tag moves.
///
/// # Errors
/// When it cannot be had.
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
    asked: &str,
    image: &LocalImage,
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
