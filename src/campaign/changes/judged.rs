//! Judges the tree that results from changes before they are proposed.

use std::fmt;
use std::sync::Arc;

use super::Surroundings;
use crate::change::{Change, ChangeSet, Mode};
use crate::checks::finding::Location;
use crate::checks::{Finding, Rule};
use crate::drift::{Judgement, fix};
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::yaml::Dialect;
use crate::source::{Broken, Documents, secrets};

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
    let dialect = surroundings.repository(before).dialect_of(path.as_str());
    let why = broken(path, dialect, &Documents::new(Arc::clone(bytes)))?;
    let old = before.entry(path.as_str()).map(|entry| before.read(entry.id));
    let was_broken = match old {
        // Files called `.json` may be JSON with comments, which is a different format.
        None => path.as_str().ends_with(".json"),
        Some(Ok(old)) => broken(path, dialect, &Documents::new(old)).is_some(),
        Some(Err(_)) => true,
    };
    (!was_broken).then_some(why)
}

/// Why a file does not parse as the format that its name suggests.
fn broken(path: &RepoPath, dialect: Dialect, documents: &Documents) -> Option<String> {
    let name = path.file_name();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let broken: Broken = match ending {
        "py" => documents.python().err()?,
        "yaml" | "yml" => documents.yaml(dialect).err()?,
        "json" => {
            return serde_json::from_slice::<serde::de::IgnoredAny>(documents.bytes())
                .err()
                .map(|error| error.to_string());
        }
        _ if name == "Dockerfile" || name.starts_with("Dockerfile.") => {
            documents.dockerfile().err()?
        }
        _ => return None,
    };
    Some(match broken {
        Broken::Undecodable(why) => format!("it {why}"),
        Broken::Syntax(error) => error.to_string(),
    })
}
