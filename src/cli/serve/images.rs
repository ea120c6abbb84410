//! Refreshing images for the server, with the operation of `shipshape images refresh`.

use std::pin::Pin;

use crate::cli::Context;
use crate::cli::images::host::{HostOptions, Loaded, Session, at_once};
use crate::cli::shared::forge::ForgeOptions;
use crate::edge::terminal::{Terminal, visible_line};
use crate::error::{Error, Result};
use crate::images::by_runtime::{ByRuntime, Unfinished};
use crate::images::refresh::{Request, refresh};
use crate::images::{Listener, status};
use crate::serve::{ImageSight, RefreshRequest, Refresher};

/// The images on this host.
pub(super) struct HostImages {
    context: Context,
    /// For messages to the person who starts the server.
    terminal: Terminal,
    options: HostOptions,
}

impl HostImages {
    /// The images of a fleet. The engine may be started later.
    pub(super) fn new(context: &Context, forge: &ForgeOptions) -> Result<Self> {
        // By default, requests remove containers.
        Loaded::load(context)?.may_recreate(true)?;
        let terminal = context.terminal.clone();
        let context = Context { terminal: terminal.clone().in_background(), ..context.clone() };
        Ok(Self { context, terminal, options: HostOptions::of(forge) })
    }
}

impl HostImages {
    /// Notes which file holds are read from, since holding a runtime has to write there, and whether the engine cannot
    /// be reached. The engine is tried on another thread, so that the server does not wait for it.
    pub(super) fn tell_of_the_host(&self) -> Result<()> {
        let loaded = Loaded::load(&self.context)?;
        let memory = loaded.memory(&self.context, &self.options)?;
        let terminal = self.terminal.clone();
        let line = format!("the holds of images are in {}", memory.file().display());
        terminal.note(&visible_line(&line));
        let (context, options) = (self.context.clone(), self.options.clone());
        let asking = std::thread::Builder::new().name("engine".to_owned()).spawn(move || {
            if let Err(error) = Session::open(&context, &options, &loaded) {
                let line = format!("{error}; refreshing fails until one answers");
                terminal.note(&visible_line(&line));
            }
        });
        asking.map(drop).map_err(|cause| Error::failed("cannot start a thread").caused_by(cause))
    }
}

impl Refresher for HostImages {
    fn refresh<'a>(
        &'a self,
        request: &'a RefreshRequest,
    ) -> Pin<Box<dyn Future<Output = ByRuntime> + Send + 'a>> {
        let context = Context { clock: self.context.clock.again(), ..self.context.clone() };
        let (options, request) = (self.options.clone(), request.clone());
        Box::pin(async move {
            // Connect to the engine each time, on a separate runtime, since it may have been restarted.
            let done = tokio::task::spawn_blocking(move || on_host(&context, &options, &request));
            match done.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(error)) => failed(&error),
                Err(_) => failed(&Error::failed("refreshing was cut short")),
            }
        })
    }
}

fn failed(error: &Error) -> ByRuntime {
    let failure = Unfinished { why: error.to_string(), hint: error.hints().first().cloned() };
    ByRuntime { runtimes: Vec::new(), failure: Some(failure) }
}

fn on_host(
    context: &Context,
    options: &HostOptions,
    request: &RefreshRequest,
) -> Result<ByRuntime> {
    let loaded = Loaded::load(context)?;
    loaded.may_recreate(request.recreate)?;
    let named: Vec<String> = request.runtime.iter().cloned().collect();
    let runtimes = loaded.named(&named)?;
    let slugs: Vec<String> = runtimes.iter().map(|runtime| runtime.slug.clone()).collect();
    let session = Session::open(context, options, &loaded)?;
    let wanted = Request {
        runtimes,
        canary: None,
        smoke: None,
        recreate: request.recreate,
        dry_run: false,
        at_once: at_once(None),
    };
    let came = session.run(refresh(&session.host, &wanted, &Listener::default()))?;
    Ok(ByRuntime::of(&slugs, &came))
}

/// The state of the images on this host.
pub(super) fn look(context: &Context, options: &HostOptions) -> Result<Vec<ImageSight>> {
    let loaded = Loaded::load(context)?;
    let session = Session::open(context, options, &loaded)?;
    // Versions without a label could only be read from the layers, which is too expensive for every look.
    let request = status::Request {
        runtimes: loaded.named(&[])?,
        distribution: None,
        at_once: at_once(None),
    };
    let seen = session.run(status::look(&session.host, &request))?;
    Ok(seen.runtimes.into_iter().map(sight).collect())
}

fn sight(row: status::Row) -> ImageSight {
    ImageSight {
        standing: row.verdict,
        digest: row.local,
        version: row.version,
        containers: row.containers,
        behind: row.behind.len(),
        held: row.hold.map(|hold| hold.reason.unwrap_or_else(|| "held".to_owned())),
        unread: row.unread,
        runtime: row.runtime,
    }
}
