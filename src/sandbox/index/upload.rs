//! Uploads: their authorization, form and content, and every reason to refuse them.

use std::str::FromStr as _;

use pep440_rs::Version;
use serde_json::{Value, json};
use sha2::Digest as _;

use super::Moment;
use super::contents::{self, Fields};
use super::multipart;
use super::oidc::Mint;
use super::store::{Project, Store, Stored, normal};
use crate::digest::hexadecimal;
use crate::sandbox::reply::{Body, Reply};
use crate::sandbox::server::{Authorization, Incoming};

/// The form's names for metadata fields that may be repeated.
const LISTS: &[(&str, &str)] = &[
    ("license_file", "license-file"),
    ("classifiers", "classifier"),
    ("platform", "platform"),
    ("requires_dist", "requires-dist"),
    ("provides_extra", "provides-extra"),
    ("project_urls", "project-url"),
    ("dynamic", "dynamic"),
];

/// The form's names for metadata fields that occur once.
const SINGLE: &[(&str, &str)] = &[
    ("metadata_version", "metadata-version"),
    ("name", "name"),
    ("version", "version"),
    ("summary", "summary"),
    ("description", "description"),
    ("description_content_type", "description-content-type"),
    ("keywords", "keywords"),
    ("author", "author"),
    ("author_email", "author-email"),
    ("license", "license"),
    ("license_expression", "license-expression"),
    ("requires_python", "requires-python"),
];

const VERSIONS: [&str; 7] = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4"];

/// A refusal, in the form of PyPI.
#[derive(Debug)]
pub(super) struct Refused {
    status: u16,
    words: String,
}

impl Refused {
    fn new(status: u16, words: impl Into<String>) -> Self {
        Self { status, words: words.into() }
    }

    /// Replies in JSON if the client accepts it, else in text.
    pub(super) fn reply(&self, accept: &str) -> Reply {
        let title = match self.status {
            403 => "Forbidden",
            409 => "Conflict",
            500.. => "Service Unavailable",
            _ => "Bad Request",
        };
        let preface = "The server could not comply with the request since it is either malformed or otherwise incorrect.";
        if accept.contains("application/json") {
            return Reply::json(
                self.status,
                json!({
                    "message": format!("{preface}<br /><br />\n{}\n\n", self.words),
                    "code": format!("{} {}", self.status, self.words),
                    "title": title,
                }),
            );
        }
        let text = format!("{} {}\n\n{preface}\n\n\n{}\n\n", self.status, self.words, self.words);
        Reply {
            status: self.status,
            headers: Vec::new(),
            body: Body::Bytes(text.into_bytes(), "text/plain; charset=utf-8"),
        }
    }
}

/// The identity that uploads.
#[derive(Clone, Debug)]
pub(super) struct Bearer {
    pub(super) name: String,
    /// The projects that may be uploaded to; all if `None`.
    pub(super) projects: Option<Vec<String>>,
    pub(super) trusted: bool,
}

pub(super) fn permitted(
    incoming: &Incoming,
    mint: &Mint,
    moment: Moment,
) -> Result<Bearer, Refused> {
    let unknown = || {
        Refused::new(
            403,
            "Invalid or non-existent authentication information. See the help (#invalid-auth) for more information.",
        )
    };
    let secret = match &incoming.authorization {
        Some(Authorization::Token(secret) | Authorization::Proof(secret)) => secret,
        None => return Err(unknown()),
    };
    if incoming.username.as_deref() != Some("__token__") {
        return Err(unknown());
    }
    match mint.bearer(secret, moment.now) {
        Some(Ok(bearer)) => Ok(bearer),
        Some(Err(why)) => Err(Refused::new(403, format!("Invalid API Token: {why}"))),
        None => Err(unknown()),
    }
}

/// The parsed form.
struct Form<'a> {
    fields: Vec<(String, String)>,
    file_name: String,
    content: &'a [u8],
}

impl Form<'_> {
    fn one(&self, name: &str) -> Result<&str, Refused> {
        let mut found = self.fields.iter().filter(|(known, _)| known == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) if !value.is_empty() => Ok(value),
            (Some(_), Some(_)) => Err(invalid(name, "stands there more than once")),
            _ => Err(invalid(name, "This field is required.")),
        }
    }

    fn all(&self, name: &str) -> Vec<&str> {
        let found = self.fields.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).collect()
    }
}

fn invalid(field: &str, why: &str) -> Refused {
    Refused::new(400, format!("Invalid value for {field}. Error: {why}"))
}

fn form(incoming: &Incoming) -> Result<Form<'_>, Refused> {
    let parts = multipart::parts(&incoming.content_type, &incoming.body)
        .ok_or_else(|| Refused::new(400, "Form data is not multipart/form-data."))?;
    let mut fields = Vec::new();
    let mut content = None;
    for part in parts {
        match part.file_name {
            Some(name) if part.name == "content" => content = Some((name, part.value)),
            _ => {
                let text = std::str::from_utf8(part.value)
                    .map_err(|_| invalid(&part.name, "it is not UTF-8"))?;
                fields.push((part.name, text.to_owned()));
            }
        }
    }
    let (file_name, content) =
        content.ok_or_else(|| Refused::new(400, "Upload payload does not have a file."))?;
    Ok(Form { fields, file_name, content })
}

pub(super) fn accept(
    store: &mut Store,
    incoming: &Incoming,
    bearer: &Bearer,
    moment: Moment,
) -> Result<(), Refused> {
    let form = form(incoming)?;
    if form.one(":action")? != "file_upload" {
        return Err(Refused::new(400, "Unknown action."));
    }
    if form.one("protocol_version")? != "1" {
        return Err(Refused::new(400, "Unknown protocol version."));
    }
    let own = described(&form)?;
    let (name, version) = (form.one("name")?, form.one("version")?);
    let sdist = named(&form, name, version)?;
    forbidden(&form, version)?;
    let sha256 = hexadecimal(&sha2::Sha256::digest(form.content));
    if form.one("sha256_digest")? != sha256 {
        return Err(Refused::new(
            400,
            "The digest supplied does not match a digest calculated from the uploaded file.",
        ));
    }
    agree(&form, &own)?;
    let project = normal(name);
    if bearer.projects.as_ref().is_some_and(|allowed| !allowed.contains(&project)) {
        return Err(Refused::new(
            403,
            match bearer.trusted {
                true => format!(
                    "Invalid API Token: OIDC scoped token is not valid for project '{name}'"
                ),
                false => format!(
                    "The user '{}' isn't allowed to upload to project '{name}'.",
                    bearer.name
                ),
            },
        ));
    }
    let attestations = attested(&form, bearer)?;
    if let Some(refuse) = store.refusal(&form.file_name) {
        return Err(Refused::new(refuse.status.unwrap_or(400), refuse.words));
    }
    if store.deleted.contains(&form.file_name) {
        return Err(Refused::new(
            400,
            "This filename has already been used, use a different version. See the help (#file-name-reuse) for more information.",
        ));
    }
    let lag = store.lag;
    let fresh = || Project { name: name.to_owned(), ..Project::default() };
    let known = store.projects.entry(project).or_insert_with(fresh);
    if let Some(same) = known.files.iter_mut().find(|file| file.name == form.file_name) {
        if same.sha256 == sha256 {
            same.repeats += 1;
            return Ok(());
        }
        return Err(Refused::new(
            400,
            format!(
                "File already exists ('{}', with sha256 hash '{}'). See the help (#file-name-reuse) for more information.",
                same.name, same.sha256
            ),
        ));
    }
    // Stricter than PyPI, which allows adding files to a yanked release.
    if let Some(reason) = known.yanked.get(version) {
        return Err(Refused::new(400, format!("This release was yanked: {reason}")));
    }
    if sdist && known.files.iter().any(|file| file.sdist && file.version == version) {
        return Err(Refused::new(400, "Only one sdist may be uploaded per release."));
    }
    known.files.push(Stored {
        name: form.file_name.clone(),
        version: version.to_owned(),
        bytes: form.content.to_vec(),
        sha256,
        sdist,
        attestations,
        uploaded: moment.now as i64,
        by: bearer.name.clone(),
        unseen: lag,
        repeats: 0,
        fields: form.fields,
    });
    Ok(())
}

/// Returns the file's own metadata, which is required.
fn described(form: &Form<'_>) -> Result<Fields, Refused> {
    let version = form.one("metadata_version")?;
    if !VERSIONS.contains(&version) {
        return Err(invalid("metadata_version", "Use a known metadata version."));
    }
    contents::metadata(&form.file_name, form.content).map_err(|why| Refused::new(400, why))
}

/// Checks the file name against the form. Returns whether it is an sdist.
fn named(form: &Form<'_>, name: &str, version: &str) -> Result<bool, Refused> {
    let file = form.file_name.as_str();
    let written = normal(name).replace('-', "_");
    match (form.one("filetype")?, file.strip_suffix(".whl"), file.strip_suffix(".tar.gz")) {
        ("bdist_wheel", Some(stem), _) => {
            let parts: Vec<&str> = stem.split('-').collect();
            let python = form.one("pyversion")?;
            match parts.as_slice() {
                [one, two, .., tag, _, _]
                    if *one == written && *two == version && *tag == python =>
                {
                    Ok(false)
                }
                _ => Err(Refused::new(400, format!("Invalid wheel filename: '{file}'"))),
            }
        }
        ("sdist", _, Some(stem)) if stem == format!("{written}-{version}") => {
            match form.one("pyversion")? {
                "source" => Ok(true),
                _ => Err(invalid("pyversion", "Use 'source' as Python version for an sdist.")),
            }
        }
        _ => Err(Refused::new(400, format!("Invalid filename: '{file}' for project '{name}'"))),
    }
}

/// Refuses what no index accepts.
fn forbidden(form: &Form<'_>, version: &str) -> Result<(), Refused> {
    match Version::from_str(version) {
        Ok(read) if read.is_local() => {
            return Err(invalid(
                "version",
                &format!("The use of local versions in {version} is not allowed."),
            ));
        }
        Ok(read) if read.to_string() == version => {}
        _ => return Err(invalid("version", "it is not a normalised version")),
    }
    if let Some(url) = form.all("requires_dist").into_iter().find(|it| it.contains(" @ ")) {
        return Err(invalid("requires_dist", &format!("Can't have direct dependency: {url}")));
    }
    if !form.all("license").is_empty() && !form.all("license_expression").is_empty() {
        return Err(invalid(
            "license",
            "License is deprecated when License-Expression is present.",
        ));
    }
    Ok(())
}

/// Stricter than PyPI: the form must agree with the file's metadata.
fn agree(form: &Form<'_>, own: &Fields) -> Result<(), Refused> {
    for (sent, stands) in LISTS.iter().chain(SINGLE) {
        let told: Vec<&str> = own
            .iter()
            .filter(|(name, _)| name == stands)
            .map(|(_, value)| value.as_str())
            .collect();
        let said = form.all(sent);
        if said != told {
            return Err(invalid(sent, &format!("the form says {said:?}, the file {told:?}")));
        }
    }
    Ok(())
}

fn attested(form: &Form<'_>, bearer: &Bearer) -> Result<usize, Refused> {
    let Some(text) = form.all("attestations").first().copied() else { return Ok(0) };
    let wrong = |why: &str| {
        Refused::new(400, format!("Invalid attestations supplied during upload: {why}"))
    };
    let read: Vec<Value> =
        serde_json::from_str(text).map_err(|_| wrong("Malformed attestations"))?;
    if read.is_empty() || !read.iter().all(|one| one.get("version") == Some(&json!(1))) {
        return Err(wrong("Malformed attestations"));
    }
    if !bearer.trusted {
        return Err(wrong("Attestations are only supported when using Trusted Publishing"));
    }
    Ok(read.len())
}
