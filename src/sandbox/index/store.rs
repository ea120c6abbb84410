//! Projects and files.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::seed::{IndexSeed, RefuseSeed};

/// A file.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) bytes: Vec<u8>,
    pub(super) sha256: String,
    /// Whether it is an sdist.
    pub(super) sdist: bool,
    /// The upload form, without the file.
    pub(super) fields: Vec<(String, String)>,
    pub(super) attestations: usize,
    /// The time of the upload, in seconds since 1970.
    pub(super) uploaded: i64,
    /// The name of the token that uploaded it.
    pub(super) by: String,
    /// For how many more reads of its page it stays invisible.
    pub(super) unseen: u32,
    /// How often the same file was uploaded again.
    pub(super) repeats: u32,
}

impl Stored {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A project.
#[derive(Clone, Debug, Default)]
pub(super) struct Project {
    /// The name as first spelled.
    pub(super) name: String,
    pub(super) files: Vec<Stored>,
    /// The yanked versions, with reasons.
    pub(super) yanked: BTreeMap<String, String>,
}

/// All projects and files.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// By normalized name.
    pub(super) projects: BTreeMap<String, Project>,
    /// The names of deleted files.
    pub(super) deleted: BTreeSet<String>,
    pub(super) refuse: Vec<RefuseSeed>,
    pub(super) lag: u32,
}

/// Normalizes a name (PEP 503).
pub(super) fn normal(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.extend(other.to_lowercase()),
        }
    }
    normal
}

impl Store {
    pub(super) fn wish(&mut self, wishes: &IndexSeed) {
        self.lag = wishes.lag.unwrap_or(self.lag);
        self.refuse.extend(wishes.refuse.iter().cloned());
        for (named, reason) in &wishes.yank {
            if let Some((project, version)) = self.named(named) {
                project.yanked.insert(version, reason.clone());
            }
        }
        for named in &wishes.unyank {
            if let Some((project, version)) = self.named(named) {
                project.yanked.remove(&version);
            }
        }
        for named in &wishes.delete {
            if let Some((project, version)) = self.named(named) {
                let gone = project.files.extract_if(.., |file| file.version == version);
                let gone: Vec<String> = gone.map(|file| file.name).collect();
                self.deleted.extend(gone);
            }
        }
    }

    /// Returns the project and version of `project==version`.
    fn named(&mut self, named: &str) -> Option<(&mut Project, String)> {
        let (project, version) = named.split_once("==")?;
        Some((self.projects.get_mut(&normal(project))?, version.to_owned()))
    }

    /// Returns the pending refusal for a file, if any.
    pub(super) fn refusal(&mut self, file: &str) -> Option<RefuseSeed> {
        let waiting =
            self.refuse.iter_mut().find(|it| it.times != Some(0) && file.ends_with(&it.file))?;
        waiting.times = Some(waiting.times.unwrap_or(1).saturating_sub(1));
        Some(waiting.clone())
    }

    /// Returns the version and bytes of the wheel of a version, or of the newest one that is not
    /// yanked, as far as its page shows it.
    pub(super) fn wheel(&self, project: &str, version: Option<&str>) -> Option<(&str, &[u8])> {
        let read = |text: &str| text.parse::<pep440_rs::Version>().ok();
        let project = self.projects.get(&normal(project))?;
        let wanted = version.map(read);
        let seen = project.files.iter().filter(|file| !file.sdist && file.unseen == 0);
        let found = seen.filter(|file| match &wanted {
            Some(wanted) => wanted.is_some() && read(&file.version) == *wanted,
            None => !project.yanked.contains_key(&file.version),
        });
        let newest = found.max_by_key(|file| read(&file.version))?;
        Some((newest.version.as_str(), newest.bytes.as_slice()))
    }

    pub(super) fn shown(&self) -> Value {
        let projects = self.projects.iter().map(|(name, project)| {
            let files = project.files.iter().map(|file| {
                let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
                for (name, value) in &file.fields {
                    fields.entry(name).or_default().push(value);
                }
                json!({
                    "name": file.name,
                    "version": file.version,
                    "sha256": file.sha256,
                    "size": file.bytes.len(),
                    "by": file.by,
                    "repeats": file.repeats,
                    "attestations": file.attestations,
                    "yanked": project.yanked.get(&file.version),
                    "fields": fields,
                })
            });
            (name.clone(), json!({ "name": project.name, "files": files.collect::<Vec<_>>() }))
        });
        Value::Object(projects.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn names_are_compared_as_pep_503_has_it() {
        assert_eq!(normal("Acme._-Runtime"), "acme-runtime");
    }
}
