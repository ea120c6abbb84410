//! Refreshing images for the server, by the operation that `shipshape images refresh` uses.

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

/// The images of this host.
pub(super) struct HostImages {
    context: Context,
    /// Where what whoever starts the server has to know is told.
    terminal: Terminal,
    options: HostOptions,
}

impl HostImages {
    /// The images of a fleet that has some. The engine may come later.
    pub(super) fn new(context: &Context, forge: &ForgeOptions) -> Result<Self> {
        // Whoever asks wants containers removed unless they say otherwise.
        Loaded::load(context)?.may_recreate(true)?;
        let terminal = context.terminal.clone();
        let context = Context { terminal: terminal.clone().in_background(), ..context.clone() };
        Ok(Self { context, terminal, options: HostOptions::of(forge) })
    }
}

impl HostImages {
    /// Says where holds are read, which whoever holds a runtime has to write to; and that no engine answers, where none
    /// does. The engine is asked beside the server, which need not wait for it.
    pub(super) fn tell_of_the_host(&self) -> Result<()> {
        let loaded = Loaded::load(&self.context)?;
        let memory = loaded.memory(&self.context, &self.options)?;
        let terminal = self.terminal.clone();
        let line = format!("holds of images are those in {}", memory.file().display());
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
            // The engine is asked anew each time, in a runtime of its own: it may have been started again.
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

/// How the images of this host stand.
pub(super) fn look(context: &Context, options: &HostOptions) -> Result<Vec<ImageSight>> {
    let loaded = Loaded::load(context)?;
    let session = Session::open(context, options, &loaded)?;
    // What no label says is in the layers, which would be read for every look.
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
