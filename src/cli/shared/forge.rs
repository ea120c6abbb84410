//! Forge options, a client, and the cost report at the end, for commands that use a forge.

use std::cell::RefCell;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::cli::Context;
use crate::cli::shared::next::quoted_place;
use crate::edge::environment::NamedBy;
use crate::edge::private_files::openness;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::account::{Account, Event, Totals, span};
use crate::forge::credential::{self, Found, Named};
use crate::forge::{
    Client, Credential, ForgeAddress, Limits, Options, SandboxClock, Time, WriteScope,
};

/// Options of every command that speaks with a forge.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ForgeOptions {
    /// The forge's address, `https://github.acme.example` (default: that of fleet.yaml, otherwise github.com).
    #[arg(
        long,
        value_name = "URL",
        env = "SHIPSHAPE_FORGE",
        hide_env_values = true,
        help_heading = "Forge"
    )]
    pub(crate) forge: Option<String>,

    /// Send no request that changes anything on the forge. What would be done is shown, as with --dry-run.
    #[arg(
        long,
        env = "SHIPSHAPE_READ_ONLY",
        hide_env_values = true,
        value_parser = FalseyValueParser::new(),
        help_heading = "Forge"
    )]
    pub(crate) read_only: bool,
}

/// Printed at the end of a run that would have changed something on the forge.
pub(in crate::cli) const READ_ONLY: &str =
    "Nothing is changed on the forge: --read-only or SHIPSHAPE_READ_ONLY is set.";

/// A client, with the runtime that it needs.
pub(in crate::cli) struct Session {
    runtime: tokio::runtime::Runtime,
    client: Client,
    pub(in crate::cli) context: Context,
    /// The accounts of other sessions of the same run, which are reported with this one's.
    others: RefCell<Vec<Account>>,
    is_told_by_another: bool,
    moved: Moved,
}

/// If this is `sandbox`, a sandbox on this machine provides the time, so that waits cost nothing.
const CLOCK_VARIABLE: &str = "SHIPSHAPE_FORGE_CLOCK";

impl ForgeOptions {
    /// The forge's address: from the command line, else from the manifest, else github.com.
    pub(in crate::cli) fn address(&self, fleet: Option<&Fleet>) -> Result<ForgeAddress> {
        let written = fleet.and_then(|fleet| fleet.manifest.forge.url.as_deref());
        match (self.forge.as_deref().filter(|url| !url.trim().is_empty()), written) {
            (Some(url), _) => ForgeAddress::parse(url),
            (None, Some(url)) => ForgeAddress::parse(url)
                .map_err(|error| fleet.map_or(error.clone(), |fleet| error.in_file(&fleet.file))),
            (None, None) => ForgeAddress::public(),
        }
    }

    /// Where the address comes from.
    fn named<'f>(&self, context: &Context, fleet: Option<&'f Fleet>) -> Named<'f> {
        let is_named = self.forge.as_deref().is_some_and(|url| !url.trim().is_empty());
        match fleet.filter(|fleet| fleet.manifest.forge.url.is_some() && !is_named) {
            Some(fleet) if context.manifest_named_by() == NamedBy::FoundManifest => {
                Named::InFoundManifest(&fleet.file)
            }
            _ => Named::ByUser,
        }
    }

    /// The credential for the forge.
    pub(in crate::cli) fn credential(
        &self,
        context: &Context,
        fleet: Option<&Fleet>,
    ) -> Result<Found> {
        let named = self.named(context, fleet);
        credential::find(&self.address(fleet)?, named, &context.environment)
    }

    /// A scope that permits writing to these repositories, unless the run is read-only.
    pub(in crate::cli) fn writes<'a>(
        &self,
        repositories: impl IntoIterator<Item = &'a RepositoryName>,
    ) -> WriteScope {
        if self.read_only {
            WriteScope::read_only()
        } else {
            WriteScope::none().to_all(repositories)
        }
    }

    /// A session that may write within a scope.
    pub(in crate::cli) fn session(
        &self,
        context: &Context,
        fleet: Option<&Fleet>,
        writes: WriteScope,
    ) -> Result<Session> {
        self.session_at(context, fleet, writes, Limits::default())
    }

    /// Like [`Self::session`], with other limits.
    pub(in crate::cli) fn session_at(
        &self,
        context: &Context,
        fleet: Option<&Fleet>,
        writes: WriteScope,
        limits: Limits,
    ) -> Result<Session> {
        let address = self.address(fleet)?;
        let found = self.credential(context, fleet)?;
        self.session_of(context, address, found, writes, limits)
    }

    /// A session that uses the token in one variable and no other credential; `None` when the variable is not set.
    pub(in crate::cli) fn session_by(
        &self,
        context: &Context,
        fleet: Option<&Fleet>,
        writes: WriteScope,
        variable: &'static str,
    ) -> Result<Option<Session>> {
        let Some(found) = credential::of_variable(variable, &context.environment)? else {
            return Ok(None);
        };
        let address = self.address(fleet)?;
        let named = self.named(context, fleet);
        credential::may_be_shown(variable, &address, named, &context.environment)?;
        self.session_of(context, address, found, writes, Limits::default()).map(Some)
    }

    /// A client with the usual credential beside that of a session, within the session's runtime and time; `None` if
    /// there is no such credential. It may not write.
    pub(in crate::cli) fn client_beside(
        &self,
        session: &Session,
        fleet: Option<&Fleet>,
    ) -> Result<Option<Client>> {
        let context = &session.context;
        let found = self.credential(context, fleet)?;
        if matches!(found.credential, Credential::Anonymous) {
            return Ok(None);
        }
        let address = self.address(fleet)?;
        let (writes, limits) = (WriteScope::none(), Limits::default());
        let terms = Terms { writes, limits, time: session.client.time().clone() };
        let moved = &session.moved;
        let client = session.run(async { client_of(context, address, found, terms, moved) })?;
        session.others.borrow_mut().push(client.account().clone());
        Ok(Some(client))
    }

    fn session_of(
        &self,
        context: &Context,
        address: ForgeAddress,
        found: Found,
        writes: WriteScope,
        limits: Limits,
    ) -> Result<Session> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|cause| Error::failed("cannot start the runtime").caused_by(cause))?;
        let time = time(context, &address, &runtime)?;
        let terms = Terms { writes, limits, time };
        let moved = Moved::default();
        let client =
            runtime.block_on(async { client_of(context, address, found, terms, &moved) })?;
        let (context, others) = (context.clone(), RefCell::default());
        Ok(Session { runtime, client, context, others, is_told_by_another: false, moved })
    }
}

/// What a client may do, and how.
struct Terms {
    writes: WriteScope,
    limits: Limits,
    time: Time,
}

fn client_of(
    context: &Context,
    address: ForgeAddress,
    found: Found,
    terms: Terms,
    moved: &Moved,
) -> Result<Client> {
    let Found { credential, place, but } = found;
    if matches!(credential, Credential::App(_)) {
        warn_of_open_key(context);
    }
    if context.terminal.verbose() {
        let but = but.map(|but| format!(" ({but})")).unwrap_or_default();
        let line = format!("asking {address}; credential: {place}{but}");
        context.terminal.note(&visible_line(&line));
    }
    let cache = context.cache_folder();
    let state = context.environment.state_folder();
    let terminal = context.terminal.clone();
    let moved = moved.clone();
    let told = Arc::new(move |event: &Event| tell(&terminal, &moved, event));
    let Terms { writes, limits, time } = terms;
    Client::new(Options {
        writes,
        limits,
        time,
        cache: cache.as_deref(),
        state: state.as_deref(),
        listener: Some(told),
        ..Options::new(address, credential)
    })
}

/// Warns once in a run that others can read or change the key of the GitHub App.
fn warn_of_open_key(context: &Context) {
    let file = context.environment.secret_file(credential::KEY_FILE_VARIABLE);
    let Some(warning) = file.ok().flatten().and_then(|file| open_secret(&file)) else { return };
    if !context.open_key_is_said.swap(true, Ordering::Relaxed) {
        context.terminal.warning(&visible_line(&warning));
    }
}

/// The warning for a file with a secret that others can read or change; `None` if they cannot.
pub(in crate::cli) fn open_secret(file: &Path) -> Option<String> {
    let (name, word) = (file.display(), quoted_place(file));
    openness(file).map(|openness| {
        format!("anyone on this machine can {openness} the secret in {name}: `chmod go= {word}`")
    })
}

/// The clock to wait on: this machine's, or the sandbox's if the environment says so.
pub(in crate::cli) fn time(
    context: &Context,
    address: &ForgeAddress,
    runtime: &tokio::runtime::Runtime,
) -> Result<Time> {
    match context.environment.get(CLOCK_VARIABLE) {
        Some("sandbox") => Ok(Time::Sandbox(runtime.block_on(SandboxClock::of(address))?)),
        _ => Ok(Time::Real),
    }
}

impl Session {
    /// The client.
    pub(in crate::cli) fn client(&self) -> &Client {
        &self.client
    }

    /// Keeps what is learned from now on of repositories that have moved, for a report. Otherwise it is noted at once.
    pub(in crate::cli) fn keep_moved(&self) {
        self.moved.kept().get_or_insert_default();
    }

    /// What was kept of repositories that have moved, one sentence each.
    pub(in crate::cli) fn moved(&self) -> Vec<String> {
        self.moved.kept().take().unwrap_or_default()
    }

    /// Makes this session report the cost of another one.
    pub(in crate::cli) fn tell_for(&self, other: &mut Self) {
        other.is_told_by_another = true;
        self.others.borrow_mut().push(other.client.account().clone());
    }

    /// Runs a future to completion.
    pub(in crate::cli) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// Reports the cost of the run.
impl Drop for Session {
    fn drop(&mut self) {
        let others = self.others.borrow();
        let totals = others.iter().map(Account::totals).fold(self.client.totals(), Totals::and);
        if totals.requests > 0 && !self.is_told_by_another {
            match self.context.is_part {
                true => self.context.terminal.detail(&totals.in_words()),
                false => self.context.terminal.note(&totals.in_words()),
            }
        }
    }
}

/// Sentences about repositories that have moved, where a report has them.
#[derive(Clone, Default)]
struct Moved(Arc<Mutex<Option<Vec<String>>>>);

impl Moved {
    fn kept(&self) -> MutexGuard<'_, Option<Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(terminal: &crate::edge::terminal::Terminal, moved: &Moved, event: &Event) {
    match event {
        Event::Spent(spent) if terminal.verbose() => terminal.note(&spent.in_words()),
        Event::Spent(_) => {}
        Event::Waiting { duration, why } => {
            let seconds = duration.as_secs_f64().ceil() as u64;
            terminal.waiting(&format!("waiting {}: {why}", span(seconds)));
        }
        Event::Renamed { from, to } => {
            let to = to.as_ref().map_or_else(|| "another name".to_owned(), |to| format!("`{to}`"));
            let sentence = format!("`{from}` has moved to {to}: correct the name in fleet.yaml");
            match moved.kept().as_mut() {
                Some(kept) => kept.push(sentence),
                None => terminal.note(&sentence),
            }
        }
    }
}
