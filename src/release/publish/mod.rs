//! Publishing: uploads the files of a version to an index exactly once, whatever is killed or lost on the way.
//!
//! The index is always asked first: a file that it has is *already published*, a different file of the same name is an
//! error, and the journal only says which uploads were started. Building and the gates are done elsewhere.
//!
//! | module | contents |
//! |---|---|
//! | `files` | the files of a version, kept beside the journal and never built again |
//! | `passed` | the gates that these files have passed |
//! | `look` | which of the files an index has |
//! | `send` | uploads, and what to do about each answer |
//! | `wait` | waiting until the index actually serves them |
//! | `document` | the report |

pub mod document;
mod files;
mod look;
mod passed;
mod send;
mod wait;

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::error::Error;
use crate::forge::Time;
use crate::index::Credentials;
use crate::index::served::Served;
use crate::index::trusted::{Hush, Mint};
use crate::index::upload::Uploads;
use crate::journal::OperationName;
use crate::release::ReleaseId;
use crate::source::requirements::normalize;

pub use files::{Kept, KeptFile, Origin};
pub use look::{OnIndex, Seen, look};
pub use passed::Passed;
pub use send::{Sending, Sent, State, was_begun, was_taken};
pub use wait::{Waited, wait};

/// The journal operation that publishes a version, with its input.
#[must_use]
pub fn operation(release: ReleaseId<'_>) -> (OperationName, Value) {
    let (distribution, version) = (normalize(release.distribution), release.version);
    let name = OperationName::new("release-publish", format!("{distribution}@{version}"));
    (name, json!({ "distribution": distribution, "version": version.to_string() }))
}

/// The index to read and the one to write to: usually two addresses of one server.
#[derive(Debug)]
pub struct Indexes {
    /// Where files are uploaded.
    pub uploads: Uploads,
    /// Where files are served.
    pub served: Served,
}

/// How uploads are authorized.
pub enum Access {
    /// With a token or password from the environment.
    Key(Credentials),
    /// With a token that the index mints for this job.
    Trusted(Box<Mint>),
}

impl Access {
    /// A description for people.
    #[must_use]
    pub fn in_words(&self) -> &'static str {
        match self {
            Self::Key(_) => "a token of the environment",
            Self::Trusted(_) => "Trusted Publishing",
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.in_words())
    }
}

/// The surroundings of a run: clock, progress output, and patience.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The clock, also used for pauses.
    pub time: &'a Time,
    /// Called with each progress message, one line each.
    pub told: &'a dyn Fn(&str),
    /// Keeps secrets out of the log.
    pub hush: Hush<'a>,
    /// How long the index may take to show a file that it accepted.
    pub patience: Duration,
}

impl fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Around<'_> {
    /// Retries a request that may fail temporarily, doubling the pause each time.
    async fn insist<T>(
        &self,
        attempts: u32,
        mut ask: impl AsyncFnMut() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut pause = Duration::from_secs(1);
        for _ in 1..attempts {
            match ask().await {
                Ok(value) => return Ok(value),
                Err(error) => {
                    (self.told)(&format!("{error}; trying again in {} s", pause.as_secs()));
                    self.time.sleep(pause).await;
                    pause *= 2;
                }
            }
        }
        ask().await
    }
}
