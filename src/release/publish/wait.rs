//! Waiting until the index actually serves a release: the page as JSON and as HTML, and the bytes themselves.
//!
//! An index accepts a file before it shows it, because caches and mirrors lag. An image built in between would contain
//! the old version, so nothing goes on before all of it is served.

use std::collections::BTreeSet;
use std::time::Duration;

use super::look::{bound, of_file, refuse};
use super::{Around, Indexes, KeptFile, OnIndex};
use crate::error::{Error, Result};
use crate::index::served::Form;

/// The first pause between two looks; it doubles each time.
const FIRST: Duration = Duration::from_secs(2);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(30);

/// A completed wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Waited {
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The formats in which the index serves the page.
    pub forms: Vec<&'static str>,
    /// How many times the index was asked.
    pub looks: u32,
}

/// Waits until the index serves all files with their hashes.
///
/// # Errors
/// When it does not within [`Around::patience`], serves a different file, or has withdrawn one.
pub async fn wait(
    indexes: &Indexes,
    distribution: &str,
    files: &[KeptFile],
    around: &Around<'_>,
) -> Result<Waited> {
    let began = around.time.now();
    let mut pause = FIRST;
    let mut read = BTreeSet::new();
    let mut looks = 0;
    loop {
        let (lacking, forms) = lacking(indexes, distribution, files, &mut read).await?;
        looks += 1;
        // A clock that was set back meanwhile does not make it negative.
        let seconds = (around.time.now() - began).max(0.0);
        let Some(first) = lacking.first() else { return Ok(Waited { seconds, forms, looks }) };
        let left = around.patience.as_secs_f64() - seconds;
        if left <= 0.0 {
            let error = Error::failed(format!(
                "the index accepted the files, but after {} it does not serve them",
                in_words(seconds)
            ));
            let error = lacking.iter().take(6).fold(error, |error, what| error.caused_by(what));
            return Err(error
                .hint(
                    "nothing was cascaded: run the same command again, which checks first and sends again what is not shown",
                )
                .hint("`--wait MINUTES` waits longer"));
        }
        // The last look is at the deadline.
        let this = pause.min(Duration::from_secs_f64(left)).max(Duration::from_secs(1));
        (around.told)(&format!("not yet: {first}; trying again in {} s", this.as_secs()));
        around.time.sleep(this).await;
        pause = (pause * 2).min(LONGEST);
    }
}

fn in_words(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 120.0 => format!("{seconds:.0} seconds"),
        seconds => format!("{:.0} minutes", seconds / 60.0),
    }
}

/// What the index does not serve yet, and the formats that it has. Files whose bytes were verified are not read again.
async fn lacking(
    indexes: &Indexes,
    distribution: &str,
    files: &[KeptFile],
    read: &mut BTreeSet<String>,
) -> Result<(Vec<String>, Vec<&'static str>)> {
    let served = &indexes.served;
    let mut lacking = Vec::new();
    let mut forms = Vec::new();
    for form in Form::ALL {
        let asked = form.as_str();
        let page = match served.page(distribution, form).await {
            Ok(Some(page)) => page,
            Ok(None) => {
                lacking.push(format!("the index has no page of it as {asked}"));
                continue;
            }
            Err(error) => {
                lacking.push(error.to_string());
                continue;
            }
        };
        let form = page.form.as_str();
        if !forms.contains(&form) {
            forms.push(form);
        }
        for file in files {
            let on_index = match of_file(served, &page.project, file).await {
                Ok(on_index) => on_index,
                Err(error) => {
                    lacking.push(error.to_string());
                    continue;
                }
            };
            refuse(served, &file.name, &on_index)?;
            if on_index == OnIndex::Absent {
                lacking.push(format!("`{}` is not on its page as {form}", file.name));
                continue;
            }
            if read.contains(&file.name) {
                continue;
            }
            let listed = page.project.files.iter().find(|listed| listed.file_name == file.name);
            let Some(listed) = listed else { continue };
            match served.sha256(&listed.url, bound(file)).await {
                Ok(found) if found == file.sha256 => {
                    read.insert(file.name.clone());
                }
                Ok(found) => lacking.push(format!(
                    "the bytes of `{}` differ from what its page says: their sha256 is {found}",
                    file.name
                )),
                Err(error) => lacking.push(error.to_string()),
            }
        }
    }
    Ok((lacking, forms))
}
