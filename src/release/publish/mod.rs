//! Publishing: the files of a version onto an index, once, whatever is killed or lost on the way.
//!
//! In: [`Kept`] files, an index to read and one to write ([`Indexes`]), how to be let in ([`Access`]), and the operation
//! that remembers. Out: what became of each file ([`Sent`]), and whether the index serves them ([`wait()`]). The
//! world is asked first: a file that the index has is *already published*, another one of its name is an error, and the
//! journal only tells which upload was begun. Building, checking and smoking are other rooms' work.
//!
//! | file | what it owns |
//! |---|---|
//! | `files` | the files of a version, kept beside the journal and never built again |
//! | `passed` | the gates that they have passed |
//! | `look` | how an index stands to those files |
//! | `send` | uploads, and what is done about each answer |
//! | `wait` | until the index really serves them |
//! | `document` | the report |

pub mod document;
mod files;
mod look;
mod passed;
mod send;
mod wait;

use std::fmt;
use std::time::Duration;

use pep440_rs::Version;
use serde_json::{Value, json};

use crate::error::Error;
use crate::forge::Time;
use crate::index::Credentials;
use crate::index::served::Served;
use crate::index::trusted::{Hush, Mint};
use crate::index::upload::Uploads;
use crate::journal::OperationName;
use crate::source::requirements::normalize;

pub use files::{Kept, KeptFile, Origin};
pub use look::{Seen, Standing, look};
pub use passed::Passed;
pub use send::{Sending, Sent, State, was_begun, was_taken};
pub use wait::{Waited, wait};

/// The operation that publishes a version, with its input.
#[must_use]
pub fn operation(distribution: &str, version: &Version) -> (OperationName, Value) {
    let distribution = normalize(distribution);
    let name = OperationName::new("release-publish", format!("{distribution}@{version}"));
    (name, json!({ "distribution": distribution, "version": version.to_string() }))
}

/// The index that is read and the one that is written to: two addresses of one server, for the most part.
#[derive(Debug)]
pub struct Indexes {
    /// Where files are uploaded to.
    pub uploads: Uploads,
    /// Where they are then served.
    pub served: Served,
}

/// How an upload is let in.
pub enum Access {
    /// By a token or password of the environment.
    Key(Credentials),
    /// By a token that the index mints for this job.
    Trusted(Box<Mint>),
}

impl Access {
    /// As a person reads it.
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

/// What runs meanwhile: the time that pauses take, and who is told.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The time of pauses.
    pub time: &'a Time,
    /// Who is told of each step, a line each.
    pub told: &'a dyn Fn(&str),
    /// Who keeps secrets out of a log.
    pub hush: Hush<'a>,
    /// How long the index may take to show what it took.
    pub patience: Duration,
}

impl fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Around<'_> {
    /// Tries something that may pass, some times, with pauses that grow.
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
                    (self.told)(&format!("{error}; again in {} s", pause.as_secs()));
                    self.time.sleep(pause).await;
                    pause *= 2;
                }
            }
        }
        ask().await
    }
}
