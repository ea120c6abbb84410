//! Judges the tree that results from changes before they are proposed.

use std::fmt;
use std::sync::Arc;

use super::Surroundings;
use crate::change::{Change, ChangeSet, Mode};
use crate::checks::finding::Location;
use crate::checks::{Finding, Rule};
use crate::drift::{Judgement, fix};
use crate::shape::{PathVerdict, Policy};
use crate::snapshot::{BlobId, RepoPath, Snapshot};
use crate::source::json::{self, Form, Reading};
use crate::source::yaml::Dialect;
use crate::source::{Broken, Documents, Undecodable, secrets};

/// Why a change is not proposed to a repository: it would make it worse.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What the change would introduce, in one line.
    pub why: String,
    /// Where.
    pub location: Option<Box<Location>>,
    /// The rule that would report it, if there is one.
    pub rule: Option<&'static Rule>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        if let Some(rule) = self.rule {
            write!(f, " ({})", rule.id)?;
        }
        Ok(())
    }
}

/// Judges the tree that results from a change, and returns the judgement.
///
/// # Errors
/// When the change adds a finding at warning or above, or leaves a file unparsable that was not so before.
pub fn judged(
    surroundings: &Surroundings<'_>,
    before: &Snapshot,
    after: &Snapshot,
) -> Result<Arc<Judgement>, Refusal> {
    let changes = ChangeSet::between(before, after);
    for (path, change) in &changes.changes {
        if let Change::Write { bytes, mode, .. } = change
            && *mode != Mode::Link
            && let Some(broken) = newly_broken(surroundings, before, path, bytes)
            && !(json::is_named(path.as_str()) && is_canon(surroundings, after, path))
        {
            return Err(unparsable(path, &broken));
        }
    }
    let (was, is) = (surroundings.judgement(before), surroundings.judgement(after));
    match fix::added(before, &changes, &was.findings, &is.findings) {
        None => Ok(is),
        Some(finding) => Err(worse(finding)),
    }
}

fn worse(finding: &Finding) -> Refusal {
    let why = format!("the change would add a finding: {}", finding.message);
    Refusal { why, location: finding.location.clone().map(Box::new), rule: Some(finding.rule) }
}

fn unparsable(path: &RepoPath, broken: &str) -> Refusal {
    let why = format!("`{path}` would not parse: {broken}");
    let why = secrets::masked(&why).into_owned();
    Refusal { why, location: Some(Box::new(Location::file(path.clone()))), rule: None }
}

/// Why a file does not parse, if it is new or its previous version did parse.
fn newly_broken(
    surroundings: &Surroundings<'_>,
    before: &Snapshot,
    path: &RepoPath,
    bytes: &Arc<[u8]>,
) -> Option<String> {
    let old = match before.entry(path.as_str()) {
        None => None,
        // Of what cannot be read nobody knows whether it did parse.
        Some(entry) => Some(before.read(entry.id).ok()?),
    };
    let why = if json::is_named(path.as_str()) {
        newly_broken_json(path, old.as_deref(), bytes)?
    } else {
        let dialect = surroundings.repository(before).dialect_of(path.as_str());
        let why = broken(path, dialect, &Documents::new(Arc::clone(bytes)))?;
        let was_broken =
            |old: &Arc<[u8]>| broken(path, dialect, &Documents::new(Arc::clone(old))).is_some();
        if old.as_ref().is_some_and(was_broken) {
            return None;
        }
        why
    };
    let may_be_broken = old.is_none() && (is_of_template(path) || is_there(before, path, bytes));
    (!may_be_broken).then_some(why)
}

/// Whether a file is as its shape has it, whose author knows whether its readers take comments.
fn is_canon(surroundings: &Surroundings<'_>, tree: &Snapshot, path: &RepoPath) -> bool {
    let judgement = surroundings.judgement(tree);
    judgement.paths.iter().any(|report| {
        report.path == *path
            && matches!(report.policy, Some(Policy::Exact | Policy::Templated))
            && report.verdict == PathVerdict::Conformant
    })
}

/// Whether a path has a part that is yet to be rendered, as `{{ cookiecutter.slug }}/setup.cfg` has: so has the file, most
/// likely.
fn is_of_template(path: &RepoPath) -> bool {
    path.as_str().contains("{{")
}

/// Whether the tree has a file of the same content whose name has the same ending: who moves or copies it breaks nothing.
fn is_there(tree: &Snapshot, path: &RepoPath, bytes: &[u8]) -> bool {
    let id = BlobId::of(bytes);
    let mut entries = tree.entries.iter();
    entries.any(|(other, entry)| entry.id == id && ending(other) == ending(path))
}

fn ending(path: &RepoPath) -> &str {
    path.file_name().rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Why a file that is JSON by its name is none, if it is new or its previous version was some: with comments only if it had
/// them, or where files of its name may have them.
fn newly_broken_json(path: &RepoPath, old: Option<&[u8]>, new: &[u8]) -> Option<String> {
    let named = json::form_of(path.as_str())?;
    let old = match old {
        None => None,
        Some(old) => Some(Reading::of(in_utf8(old)?)?.form),
    };
    // Of JSON5 not all is read.
    if ending(path) == "json5" || old == Some(Form::Json5) {
        return None;
    }
    let Some(new) = in_utf8(new) else { return Some("it is not UTF-8".to_owned()) };
    let most = old.map_or(named, |old| named.max(old));
    if Reading::of(new).is_some_and(|reading| reading.form <= most) {
        return None;
    }
    Some(match serde_json::from_str::<serde::de::IgnoredAny>(new) {
        Err(error) if most == Form::Strict => error.to_string(),
        _ => "it is no JSON, not even one with comments".to_owned(),
    })
}

/// The text of a file without its byte order mark. It may be larger than a document that is read here: a lock file.
fn in_utf8(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Why a file does not parse as the format that its name suggests.
fn broken(path: &RepoPath, dialect: Dialect, documents: &Documents) -> Option<String> {
    let name = path.file_name();
    let broken: Broken = match ending(path) {
        "py" => documents.python().err()?,
        "yaml" | "yml" => documents.yaml(dialect).err()?,
        _ if Dialect::of_file(path.as_str(), dialect) == Dialect::Toml => {
            documents.yaml(Dialect::Toml).err()?
        }
        _ if name == "Dockerfile" || name.starts_with("Dockerfile.") => {
            documents.dockerfile().err()?
        }
        _ => return None,
    };
    match broken {
        // It is not read, so that nobody knows.
        Broken::Undecodable(Undecodable::TooLarge { .. }) => None,
        Broken::Undecodable(why) => Some(format!("it {why}")),
        Broken::Syntax(error) => Some(error.to_string()),
    }
}
