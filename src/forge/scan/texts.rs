//! Fetches texts by id, from any repository that has them.
//!
//! GraphQL returns many texts per document, but not binary contents, and it truncates large ones. Those are fetched
//! through REST one by one. Every content is verified against its id.

use serde::Deserialize;
use serde_json::json;

use super::batch::{Batch, Next, Round, at_once, is_silence, may_shrink, of_others};
use super::blobs::Blobs;
use super::waiting::Waiting;
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};
use crate::snapshot::{BlobId, Unreadable};

/// Texts per document.
const MOST: usize = 240;
/// Bytes of text per document.
const MAX_BYTES: u64 = 2 << 20;
/// The largest text in bytes that is requested by GraphQL, which truncates larger ones.
const MAX_TEXT: u64 = 500_000;
/// The largest blob in bytes that is fetched at all. The forge sends blobs up to 100 MB, in base64.
const MAX_BLOB: u64 = 16 << 20;

/// A content, a repository that has it, and its size in bytes as the forge reports it.
type Wanted = (BlobId, RepositoryName, u64);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    is_binary: Option<bool>,
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    text: Option<String>,
}

/// Fetches contents. Each one is stored in `blobs`, or refused there with a reason.
pub(super) async fn fetch<'w>(client: &Client, blobs: &Blobs, wanted: &'w [Wanted]) {
    let mut singles: Vec<&'w Wanted> = Vec::new();
    let mut texts: Vec<&'w Wanted> = Vec::new();
    for one in wanted {
        match one.2 {
            size if size > MAX_BLOB => {
                let why = format!(
                    "has {size} bytes, more than are fetched from a forge; judge a clone: `--local DIR`"
                );
                blobs.refuse(one.0, Unreadable::Refused(why));
            }
            size if size > MAX_TEXT => singles.push(one),
            _ => texts.push(one),
        }
    }
    // Group the texts of one repository, so that a document names it once.
    texts.sort_by(|one, other| (&one.1, one.0).cmp(&(&other.1, other.0)));
    let mut batch = Batch::new(MOST);
    let mut waiting = Waiting::new(texts);
    while !waiting.is_empty() {
        let chunks = waiting.round(&batch, |texts| fitting(texts, batch.size()));
        let asking = async |chunk: Vec<&'w Wanted>| {
            let answer = ask(client, &chunk).await;
            (chunk, answer)
        };
        let mut round = Round::new();
        // What ends everything: why all remaining texts cannot be read.
        let mut ended = None;
        for (chunk, answer) in at_once(chunks, asking).await {
            match answer {
                Ok(answers) => {
                    round.heard();
                    batch.went_well();
                    for (one, answer) in chunk.into_iter().zip(answers) {
                        match answer {
                            Ok(Some(text)) if BlobId::of(text.as_bytes()) == one.0 => {
                                blobs.put(one.0, text.into_bytes());
                            }
                            // Binary or truncated: only REST returns the bytes.
                            Ok(_) => singles.push(one),
                            Err(error) => {
                                blobs.refuse(one.0, Unreadable::Refused(error.to_string()));
                            }
                        }
                    }
                }
                Err(error) if may_shrink(&error) => {
                    round.lost(&mut batch, chunk.len(), chunk, error);
                }
                Err(error) => {
                    waiting.put_back(chunk);
                    ended = Some(error);
                }
            }
        }
        match round.ends_with(&mut batch, &mut waiting) {
            Next::Alone(some, _) if ended.is_none() => {
                let alone = std::iter::from_fn(|| waiting.one()).flatten().take(some);
                for one in alone {
                    match single(client, blobs, one).await {
                        Ok(()) => batch.answered(),
                        Err(error) => {
                            ended = Some(error).filter(ForgeError::is_of_the_run);
                            break;
                        }
                    }
                }
            }
            Next::Nothing(error) => {
                refuse(blobs, std::mem::take(&mut singles), &error);
                ended = ended.or(Some(error));
            }
            Next::Alone(..) | Next::Round => {}
        }
        if let Some(error) = ended {
            if error.is_of_the_run() {
                refuse(blobs, std::mem::take(&mut singles), &error);
            }
            refuse(blobs, waiting.into_chunks().flatten(), &error);
            break;
        }
    }
    one_by_one(client, blobs, singles).await;
}

/// Fetches contents through REST, until the forge says nothing any more.
async fn one_by_one(client: &Client, blobs: &Blobs, singles: Vec<&Wanted>) {
    let mut unanswered = 0;
    let mut singles = singles.into_iter();
    while let Some(one) = singles.next() {
        match single(client, blobs, one).await {
            Ok(()) => unanswered = 0,
            Err(error) => {
                unanswered += 1;
                // One may be what the forge fails on. Two, each asked for again and again, say that it is down.
                if unanswered == 2 || error.is_of_the_run() {
                    return refuse(blobs, singles, &error);
                }
            }
        }
    }
}

/// Refuses what is not asked for after an error about others.
fn refuse<'w>(blobs: &Blobs, rest: impl IntoIterator<Item = &'w Wanted>, error: &ForgeError) {
    let error = of_others(error.clone(), "/repos/{owner}/{repo}/git/blobs/{file_sha}");
    for one in rest {
        blobs.refuse(one.0, Unreadable::Refused(error.to_string()));
    }
}

/// How many of them fit into one document, by number and by bytes; at least one.
fn fitting(rest: &[&Wanted], most: usize) -> usize {
    let mut bytes = 0;
    let mut count = 0;
    for one in rest.iter().take(most) {
        bytes += one.2;
        if count > 0 && bytes > MAX_BYTES {
            break;
        }
        count += 1;
    }
    count.max(1)
}

type Texts = Vec<Result<Option<String>, ForgeError>>;

async fn ask(client: &Client, wanted: &[&Wanted]) -> Result<Texts, ForgeError> {
    let mut fields = String::new();
    let mut places = Vec::with_capacity(wanted.len());
    let mut repositories = 0;
    let mut last: Option<&RepositoryName> = None;
    for (number, (id, name, _)) in wanted.iter().enumerate() {
        if last != Some(name) {
            if last.is_some() {
                fields.push_str(" }");
            }
            repositories += 1;
            last = Some(name);
            let (owner, name) = (json!(name.owner), json!(name.name));
            fields.push_str(&format!(
                " r{repositories}: repository(owner: {owner}, name: {name}) {{"
            ));
        }
        fields.push_str(&format!(" b{number}: object(oid: \"{id}\") {{ ...content }}"));
        places.push((format!("r{repositories}"), format!("b{number}")));
    }
    let text = format!(
        "query texts {{ rateLimit {{ cost }}{fields} }} }} \
         fragment content on Blob {{ isBinary isTruncated text }}"
    );
    let data = client.query_once("files", &text, &json!({})).await?;
    if let Some(error) = data.errors.iter().find(|error| error.is_too_much()) {
        return Err(error.failure("GraphQL files"));
    }
    let mut texts = Vec::with_capacity(wanted.len());
    for ((repository, blob), (_, name, _)) in places.iter().zip(wanted) {
        let request = format!("GraphQL files of {name}");
        texts.push(data.field(repository, &request).and_then(|found| {
            let answer = found.get(blob).cloned().unwrap_or_default();
            let answer: Option<Answer> = serde_json::from_value(answer).map_err(|error| {
                let said = format!("its answer cannot be understood: {error}");
                ForgeError::new(ForgeErrorKind::Unintelligible, &request, said)
            })?;
            let answer = answer.ok_or_else(|| {
                let said = "the forge lists a file that it does not have";
                ForgeError::new(ForgeErrorKind::NotFound, &request, said)
            })?;
            let is_whole = !answer.is_truncated && answer.is_binary != Some(true);
            Ok(answer.text.filter(|_| is_whole))
        }));
    }
    Ok(texts)
}

/// Fetches a content through REST, which also waits for a forge that does not answer. Fails if it never did, or if what
/// follows will fail as well.
async fn single(client: &Client, blobs: &Blobs, (id, name, _): &Wanted) -> Result<(), ForgeError> {
    match client.blob(name, &id.to_string()).await {
        Ok(bytes) if BlobId::of(&bytes) == *id => blobs.put(*id, bytes),
        Ok(_) => {
            let why = "what the forge sent is not what it lists";
            blobs.refuse(*id, Unreadable::Refused(why.to_owned()));
        }
        Err(error) => {
            blobs.refuse(*id, Unreadable::Refused(error.to_string()));
            if is_silence(&error) || error.is_of_the_run() {
                return Err(error);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use super::*;
    use crate::forge::ForgeAddress;
    use crate::forge::client::Options;
    use crate::forge::credential::Credential;
    use crate::forge::governor::Limits;
    use crate::snapshot::ReadBlob as _;

    #[tokio::test]
    async fn a_forge_that_cannot_be_reached_is_waited_for_once_and_not_for_each_file() {
        let address = ForgeAddress::parse("http://127.0.0.1:1").expect("an address");
        let limits = Limits { attempts: 1, ..Limits::default() };
        let options = Options { limits, ..Options::new(address, Credential::Anonymous) };
        let client = Client::new(options).expect("a client");
        let blobs = Arc::new(Blobs::new(client.clone(), HashMap::new()));
        // Too large for a document, and so asked for by REST.
        let wanted: Vec<Wanted> = (0..50)
            .map(|number| {
                let name = RepositoryName::new("acme", format!("m{number}"));
                (BlobId::of(name.to_string().as_bytes()), name, MAX_TEXT + 1)
            })
            .collect();
        fetch(&client, &blobs, &wanted).await;
        assert_eq!(client.totals().requests, 1);
        let reader = super::super::blobs::Reader { blobs, repository: 0 };
        let why = |one: &Wanted| reader.read(one.0).expect_err("not read").to_string();
        let whys: Vec<String> = wanted.iter().map(why).collect();
        assert!(whys[0].contains("`GET /repos/acme/m0/git/blobs/"), "{}", whys[0]);
        for why in whys.iter().skip(1) {
            assert!(why.contains("`GET /repos/{owner}/{repo}/git/blobs/{file_sha}`"), "{why}");
        }
    }

    #[test]
    fn documents_are_bounded_by_number_and_bytes() {
        let name = RepositoryName::new("a", "b");
        let sized = |size| (BlobId::of(b"x"), name.clone(), size);
        let owned = [sized(MAX_BYTES), sized(1), sized(1), sized(1)];
        let all: Vec<&Wanted> = owned.iter().collect();
        assert_eq!(fitting(&all, 10), 1, "one, however large");
        assert_eq!(fitting(all.get(1..).expect("rest"), 10), 3);
        assert_eq!(fitting(all.get(1..).expect("rest"), 2), 2);
    }
}
