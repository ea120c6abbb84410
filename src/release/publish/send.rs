//! Uploads, and what to do about each answer.
//!
//! A file is sent a few times at most, and never again without first looking whether an upload with a lost answer
//! succeeded. When the index says that a file of this name exists, its page decides: the same file is *already
//! published*, a different one is an error. The journal records each upload that was started, but what the index has
//! counts more.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::look::{of_file, refuse};
use super::{Access, Around, Indexes, Kept, KeptFile, OnIndex, Seen};
use crate::error::{Error, Obstacle, Result};
use crate::index::Credentials;
use crate::index::served::Form;
use crate::index::trusted::{Minted, NoToken};
use crate::index::upload::{Answer, Parcel, Refusal};
use crate::journal::{Caution, EffectRecord, Operation, Settled};

/// How often one file is sent at most.
const ATTEMPTS: u32 = 5;

/// How often a token is requested in a row.
const MINTS: u32 = 4;

/// A token that expires within this many seconds is not used, since an upload takes time.
const MARGIN: f64 = 30.0;

/// How many seconds to wait at least for a page to show a file that the index says it has.
const SHOWN_WITHIN: f64 = 60.0;

/// The prefix of the effect keys of uploads.
const KEY: &str = "upload ";

/// The state of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// This run uploaded it.
    Uploaded,
    /// The index already had it.
    AlreadyPublished,
    /// It was not uploaded.
    NotSent,
}

/// A file, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The file.
    pub file: KeptFile,
    /// What became of it.
    pub state: State,
    /// How many attestations went with it.
    pub attestations: usize,
}

/// What the journal records of an upload.
#[derive(Serialize, Deserialize)]
struct Intent {
    sha256: String,
    size: u64,
}

/// Whether an upload of this operation was started. From then on its files must not change.
#[must_use]
pub fn was_begun(effects: &[EffectRecord]) -> bool {
    effects.iter().any(|effect| effect.key.starts_with(KEY))
}

/// Whether the index accepted a file of this operation, so its gates were passed. A refused file proves nothing.
#[must_use]
pub fn was_taken(effects: &[EffectRecord]) -> bool {
    let of_uploads = effects.iter().filter(|effect| effect.key.starts_with(KEY));
    of_uploads.into_iter().any(|effect| effect.state.outcome().is_some())
}

/// The uploads of one run.
#[derive(Debug)]
pub struct Sending<'a> {
    indexes: &'a Indexes,
    access: &'a Access,
    around: &'a Around<'a>,
    distribution: &'a str,
    minted: Option<Minted>,
}

impl<'a> Sending<'a> {
    /// Prepares to upload files of a distribution.
    #[must_use]
    pub fn new(
        indexes: &'a Indexes,
        access: &'a Access,
        around: &'a Around<'a>,
        distribution: &'a str,
    ) -> Self {
        Self { indexes, access, around, distribution, minted: None }
    }

    /// Uploads the files that the index does not have yet, one after the other. Returns the state of every file even if
    /// one is refused; the files after it are not sent.
    pub async fn send(
        &mut self,
        kept: &Kept,
        seen: &Seen,
        operation: &Operation,
    ) -> (Vec<Sent>, Result<()>) {
        let mut sent: Vec<Sent> = Vec::new();
        let mut ended = Ok(());
        for file in &kept.files {
            let mut one = Sent { file: file.clone(), state: State::NotSent, attestations: 0 };
            if *seen.on_index(&file.name) == OnIndex::Same {
                one.state = State::AlreadyPublished;
            } else if ended.is_ok() {
                match self.one(kept, file, operation).await {
                    Ok((state, attestations)) => {
                        (one.state, one.attestations) = (state, attestations)
                    }
                    Err(error) => ended = Err(self.halfway(error, &sent)),
                }
            }
            sent.push(one);
        }
        (sent, ended)
    }

    /// Adds which files are already published to the error of a later one.
    fn halfway(&self, error: Error, sent: &[Sent]) -> Error {
        let there: Vec<&str> = sent
            .iter()
            .filter(|sent| sent.state != State::NotSent)
            .map(|sent| sent.file.name.as_str())
            .collect();
        if there.is_empty() {
            return error;
        }
        error.hint(format!(
            "{} is on the index already and stays; the same command continues it with the same bytes",
            there.join(", ")
        ))
    }

    async fn one(
        &mut self,
        kept: &Kept,
        file: &KeptFile,
        operation: &Operation,
    ) -> Result<(State, usize)> {
        let parcel = Parcel::read(&kept.path(file))?;
        let key = format!("{KEY}{} to {}", file.name, self.indexes.uploads.address().shown());
        self.same_as_begun(&key, file, operation)?;
        let intent = Intent { sha256: file.sha256.clone(), size: file.size };
        let (indexes, around, distribution) = (self.indexes, self.around, self.distribution);
        let look_up = async || {
            let on_index = on_index(indexes, distribution, file, around).await?;
            Ok((on_index == OnIndex::Same).then_some(State::Uploaded))
        };
        let settled = operation
            .effect(&key, &intent, Caution::WhenInDoubt, look_up, async || {
                self.upload(&parcel, file).await
            })
            .await?;
        let state = match settled {
            Settled::Now(state) => state,
            Settled::Found(_) => State::AlreadyPublished,
            // The journal says that it was uploaded, but the index did not show it: its page may lag. Sending the same
            // bytes again is harmless.
            Settled::Before(_) if self.is_shown_soon(file).await? => State::AlreadyPublished,
            Settled::Before(_) => {
                (self.around.told)(&format!(
                    "the index still does not show {}: it is sent again",
                    file.name
                ));
                self.upload(&parcel, file).await?
            }
        };
        (self.around.told)(&match state {
            State::Uploaded => format!("uploaded {}", file.name),
            _ => format!("{} is already published", file.name),
        });
        Ok((state, parcel.attestations))
    }

    /// Refuses to send different bytes under a name that an earlier run started to upload.
    fn same_as_begun(&self, key: &str, file: &KeptFile, operation: &Operation) -> Result<()> {
        let effects = operation.effects()?;
        let Some(known) = effects.iter().find(|effect| effect.key == key) else { return Ok(()) };
        let began = known.intent.get("sha256").and_then(serde_json::Value::as_str);
        match began {
            Some(began) if began != file.sha256 => Err(Error::failed(format!(
                "an earlier run started to upload another file called `{}`",
                file.name
            ))
            .caused_by(format!("its sha256 was {began}, and is {}", file.sha256))
            .hint("the index may have accepted it: publish the next version")),
            _ => Ok(()),
        }
    }

    async fn upload(&mut self, parcel: &Parcel, file: &KeptFile) -> Result<State> {
        let mut pause = Duration::from_secs(1);
        let mut renewed = false;
        let mut last = String::new();
        let mut attempt = 1;
        while attempt <= ATTEMPTS {
            let credentials = self.credentials().await?;
            match self.indexes.uploads.send(parcel, &credentials).await {
                Answer::Taken => return Ok(State::Uploaded),
                Answer::Exists(refusal) => return self.settle(file, &refusal, attempt).await,
                Answer::Deleted(refusal) => return Err(deleted(file, &refusal)),
                Answer::Unauthorized(_)
                    if matches!(self.access, Access::Trusted(_)) && !renewed =>
                {
                    // The token may have expired. This does not count as an attempt.
                    renewed = true;
                    self.minted = None;
                }
                Answer::Unauthorized(refusal) => return Err(self.unauthorized(file, &refusal)),
                Answer::Refused(refusal) => return Err(refused(file, &refusal)),
                Answer::Doubtful { why, wait } => {
                    attempt += 1;
                    let pausing = wait.map_or(pause, |wait| wait.min(Duration::from_secs(120)));
                    (self.around.told)(&format!(
                        "{}: {why}; whether it was accepted is checked in {} s",
                        file.name,
                        pausing.as_secs()
                    ));
                    self.around.time.sleep(pausing).await;
                    pause *= 2;
                    last = why;
                    // If the look fails, try the upload again: its answer says whether the file is there.
                    let found = on_index_once(self.indexes, self.distribution, file).await;
                    if let Ok(found) = found {
                        refuse(&self.indexes.served, &file.name, &found)?;
                        if found == OnIndex::Same {
                            return Ok(State::Uploaded);
                        }
                    }
                }
            }
        }
        Err(Error::failed(format!("it is not known whether the index accepted `{}`", file.name))
            .caused_by(last)
            .hint("the index has a problem; run the same command again later, which checks first"))
    }

    /// Waits for the page to show which file of this name the index says it has.
    async fn settle(&self, file: &KeptFile, refusal: &Refusal, attempt: u32) -> Result<State> {
        let began = self.around.time.now();
        let patience = self.around.patience.as_secs_f64().max(SHOWN_WITHIN);
        let mut pause = Duration::from_secs(2);
        loop {
            let found = on_index_once(self.indexes, self.distribution, file).await;
            match found {
                Ok(OnIndex::Same) if attempt > 1 => return Ok(State::Uploaded),
                Ok(OnIndex::Same) => return Ok(State::AlreadyPublished),
                Ok(OnIndex::Absent) | Err(_) => {}
                Ok(other) => refuse(&self.indexes.served, &file.name, &other)
                    .map_err(|error| error.caused_by(refusal.in_words()))?,
            }
            if self.around.time.now() - began + pause.as_secs_f64() > patience {
                return Err(Error::failed(format!(
                    "the index has a file called `{}`, and does not show which",
                    file.name
                ))
                .caused_by(refusal.in_words())
                .hint("run the same command again later, which compares it with ours"));
            }
            self.around.time.sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(30));
        }
    }

    /// Whether the index shows a file within [`SHOWN_WITHIN`].
    async fn is_shown_soon(&self, file: &KeptFile) -> Result<bool> {
        let began = self.around.time.now();
        let mut pause = Duration::from_secs(1);
        let mut is_said = false;
        loop {
            let found = on_index(self.indexes, self.distribution, file, self.around).await?;
            if found == OnIndex::Same {
                return Ok(true);
            }
            if self.around.time.now() - began + pause.as_secs_f64() > SHOWN_WITHIN {
                return Ok(false);
            }
            if !is_said {
                is_said = true;
                (self.around.told)(&format!(
                    "an earlier run uploaded {}, and the index does not show it: checking again for {SHOWN_WITHIN:.0} s",
                    file.name
                ));
            }
            self.around.time.sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(15));
        }
    }

    async fn credentials(&mut self) -> Result<Credentials> {
        let mint = match self.access {
            Access::Key(credentials) => return Ok(credentials.clone()),
            Access::Trusted(mint) => mint,
        };
        // With a clock that is ahead, a token is minted for each file; none is used after it expired.
        let lasts = |minted: &Minted| {
            minted.expires.is_none_or(|ends| ends as f64 - MARGIN > self.around.time.now())
        };
        if let Some(minted) = self.minted.as_ref().filter(|minted| lasts(minted)) {
            return Ok(minted.credentials.clone());
        }
        let mut pause = Duration::from_secs(1);
        for attempt in 1.. {
            let now = self.around.time.now() as i64;
            match mint.token(now, self.around.hush).await {
                Ok(minted) => {
                    (self.around.told)(&format!("the index gave a token to {}", minted.bearer));
                    let credentials = minted.credentials.clone();
                    self.minted = Some(minted);
                    return Ok(credentials);
                }
                Err(NoToken::Passing(error)) if attempt < MINTS => {
                    (self.around.told)(&format!("{error}; trying again in {} s", pause.as_secs()));
                    self.around.time.sleep(pause).await;
                    pause *= 2;
                }
                Err(no) => return Err(no.error()),
            }
        }
        Err(Error::failed("the index gives this job no token"))
    }

    fn unauthorized(&self, file: &KeptFile, refusal: &Refusal) -> Error {
        let error = Error::failed(format!("the index does not let us upload `{}`", file.name))
            .caused_by(refusal.in_words());
        match self.access {
            Access::Key(_) => error.hint(
                "is the token in SHIPSHAPE_UPLOAD_PASSWORD one of this index, for this project, and still valid?",
            ),
            Access::Trusted(_) => error.hint(
                "the index knows this job, but not as a publisher of this project: check the project's publishers on the index",
            ),
        }
    }
}

/// The state of a file on the index right now.
async fn on_index_once(indexes: &Indexes, distribution: &str, file: &KeptFile) -> Result<OnIndex> {
    match indexes.served.page(distribution, Form::Json).await? {
        Some(page) => of_file(&indexes.served, &page.project, file).await,
        None => Ok(OnIndex::Absent),
    }
}

/// Like [`on_index_once`], with retries; an error for a file that can never be published.
async fn on_index(
    indexes: &Indexes,
    distribution: &str,
    file: &KeptFile,
    around: &Around<'_>,
) -> Result<OnIndex> {
    let found =
        around.insist(ATTEMPTS, async || on_index_once(indexes, distribution, file).await).await?;
    refuse(&indexes.served, &file.name, &found)?;
    Ok(found)
}

fn deleted(file: &KeptFile, refusal: &Refusal) -> Error {
    Error::failed(format!("`{}` was on the index and was deleted there", file.name))
        .caused_by(refusal.in_words())
        .stopped_by(Obstacle::Deleted)
        .hint("an index never accepts a file name twice: publish the next version")
}

fn refused(file: &KeptFile, refusal: &Refusal) -> Error {
    let error = Error::failed(format!("the index does not accept `{}`", file.name))
        .caused_by(refusal.in_words());
    match refusal.status {
        0 | 300..=399 => error.hint("is the address for uploads correct? `--upload-url`"),
        404 | 405 => {
            error.hint("is this the address for uploads, and not that of the pages? `--upload-url`")
        }
        413 => error.hint("the file is too large for this index"),
        _ => error.hint("`shipshape package check` says what an index refuses, and where"),
    }
}
