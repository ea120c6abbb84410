//! Reads the places that report what runs: a file beside fleet.yaml, an address, or the output of a command.
//!
//! Size and time are limited. An address is requested without any credentials, and redirects are not followed. A
//! command runs only with `--trust`, without a shell, and without our tokens in its environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::edge::concurrent::together;
use crate::edge::environment::Environment;
use crate::edge::network::{Ask, Fault, Limits, Listener, Transport, shown};
use crate::edge::process::{self, Program};
use crate::edge::whole_file;
use crate::fleet::Fleet;
use crate::fleet::manifest::Consumer;
use crate::source::secrets::masked;

/// The most bytes read from one place.
const MAX_BYTES: u64 = 1 << 20;

/// The time limit of a command.
const COMMAND: Duration = Duration::from_secs(60);

/// Why a command was not run.
pub(super) const NEEDS_TRUST: &str = "it is a command, which is run only with --trust";

/// How many places are asked at once.
const AT_ONCE: usize = 8;

/// What is needed to ask the places.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The folder of fleet.yaml.
    folder: PathBuf,
    /// The environment of commands.
    environment: BTreeMap<OsString, OsString>,
    /// Whether commands are run at all.
    trust: bool,
    /// Notified when an address is slow to answer.
    listener: Listener,
}

impl Ground {
    /// Paths are relative to fleet.yaml; commands run only if `trust` is set.
    #[must_use]
    pub fn new(fleet: &Fleet, environment: &Environment, trust: bool, listener: Listener) -> Self {
        let folder = fleet.beside("");
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        Self { folder, environment: environment.for_programs(), trust, listener }
    }
}

/// The name of a place for people, without anything that may be secret in an address or in the arguments of a command.
pub(super) fn place(consumer: &Consumer) -> String {
    if let Some(file) = &consumer.file {
        return file.clone();
    }
    if let Some(url) = &consumer.url {
        return Url::parse(url).map_or_else(|_| "an address".to_owned(), |url| shown(&url));
    }
    let program = consumer.command.as_ref().and_then(|words| words.first());
    program.map_or_else(|| "nothing".to_owned(), |program| format!("`{program}`"))
}

/// Asks all places, several at once, and returns the answers in order.
pub(super) async fn all(ground: &Ground, consumers: &[Consumer]) -> Vec<Result<String, String>> {
    let asked = together(AT_ONCE, consumers.to_vec(), |consumer| {
        let ground = ground.clone();
        async move { ask(&ground, &consumer).await }
    });
    let cut_off = || Err("it was not asked".to_owned());
    asked.await.into_iter().map(|answer| answer.unwrap_or_else(cut_off)).collect()
}

async fn ask(ground: &Ground, consumer: &Consumer) -> Result<String, String> {
    let bytes = if let Some(file) = &consumer.file {
        of_file(ground, file)?
    } else if let Some(url) = &consumer.url {
        of_address(ground, url).await?
    } else if let Some(words) = &consumer.command {
        let (ground, words) = (ground.clone(), words.clone());
        let ran = tokio::task::spawn_blocking(move || of_command(&ground, &words)).await;
        ran.unwrap_or_else(|_| Err("its command was cut off".to_owned()))?
    } else {
        return Err("no place to ask is given".to_owned());
    };
    String::from_utf8(bytes).map_err(|_| "its answer is not text in UTF-8".to_owned())
}

fn of_file(ground: &Ground, file: &str) -> Result<Vec<u8>, String> {
    match whole_file::read_up_to(&ground.folder.join(file), MAX_BYTES) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err("there is no such file".to_owned()),
        Err(error) => {
            Err(error.causes().last().cloned().unwrap_or_else(|| error.message().to_owned()))
        }
    }
}

async fn of_address(ground: &Ground, text: &str) -> Result<Vec<u8>, String> {
    let url = Url::parse(text).map_err(|_| "its `url` is not a valid address".to_owned())?;
    let limits = Limits {
        whole: Duration::from_secs(20),
        total: Duration::from_secs(30),
        silence: Duration::from_secs(10),
        page_bytes: MAX_BYTES,
        redirects: 0,
        attempts: 2,
        longest_pause: Duration::from_secs(5),
        ..Limits::default()
    };
    let transport = Transport::new(&url, "consumer", limits, ground.listener.clone())
        .map_err(|error| error.to_string())?;
    let asked = Ask {
        url: &url,
        accept: "application/json, application/yaml;q=0.9, text/plain;q=0.8",
        authorization: None,
        etag: None,
        modified: None,
        bound: MAX_BYTES,
    };
    let mut bytes = Vec::new();
    match transport.get(&asked, &mut bytes).await {
        Ok(_) => Ok(bytes),
        Err(Fault::Redirects(_)) => Err("it redirects, which is not followed".to_owned()),
        Err(fault) => Err(fault.to_string()),
    }
}

fn of_command(ground: &Ground, words: &[String]) -> Result<Vec<u8>, String> {
    if !ground.trust {
        return Err(NEEDS_TRUST.to_owned());
    }
    let Some((name, arguments)) = words.split_first() else {
        return Err("its command names no program".to_owned());
    };
    let path = ground.environment.get(&OsString::from("PATH")).map(OsString::as_os_str);
    let file = match name.contains('/') {
        true => Some(ground.folder.join(name)),
        false => process::which(name, path),
    };
    // `Program` would look for a relative path in the folder that it runs in.
    let file = file.and_then(|file| file.canonicalize().ok());
    let file = file.ok_or_else(|| format!("there is no program `{name}`"))?;
    let mut program = Program::new(file, &ground.folder).arguments(arguments).time_limit(COMMAND);
    program.environment = ground.environment.clone();
    // Not sandboxed like untrusted code: it talks to a container engine or another host, which a user namespace blocks.
    let ended =
        process::run(&program).map_err(|error| format!("`{name}` cannot be run: {error}"))?;
    if !ended.succeeded() {
        let words = ended.last_words(1).join(" ");
        let said = if words.is_empty() { String::new() } else { format!(": {}", masked(&words)) };
        return Err(format!("`{name}` ended with {}{said}", ended.in_words()));
    }
    Ok(ended.stdout)
}
