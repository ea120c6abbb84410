//! The demands of a pack in words, one line for each file or subject. What a demand is in words stands beside its struct.

use std::collections::BTreeMap;

use crate::shape::demands::document::Key;
use crate::shape::demands::{Demands, dockerfile, hygiene, requirements};

/// How much is listed of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// How many keys there are.
    Counts,
    /// Each key, and what is demanded of it.
    Keys,
}

/// The title of the section of demands, which says how to list the keys if they are only counted.
pub(super) fn title(demands: &Demands, detail: Detail) -> &'static str {
    let has_keys = demands.documents.iter().any(|demand| !demand.keys.is_empty());
    match has_keys && detail == Detail::Counts {
        true => "Demands (--verbose lists the keys of documents)",
        false => "Demands",
    }
}

/// The lines of all demands. Those whose values are the default are left out.
pub(super) fn lines(demands: &Demands, detail: Detail) -> Vec<String> {
    // Destructured so that a new demand has to be shown here: authors look here whether theirs was understood.
    let Demands {
        dockerfiles,
        python,
        documents,
        requirements,
        version_files,
        workflows,
        markers,
        marker_exclusions,
        secrets,
        forwarders,
    } = demands;
    let mut lines: Vec<String> = dockerfiles.iter().map(dockerfile::Demand::in_words).collect();
    for demand in documents {
        lines.push(demand.in_words());
        if detail == Detail::Keys {
            add_keys(&demand.keys, "", &mut lines);
        }
    }
    lines.extend(python.in_words());
    lines.extend(requirements.iter().map(requirements::Demand::in_words));
    lines.extend(version_files.iter().map(requirements::VersionFile::in_words));
    lines.extend(workflows.in_words());
    if !markers.is_empty() {
        lines.push(format!("markers  no file contains {}", markers.join(", ")));
    }
    // Without markers, nothing is excluded from anything.
    if !markers.is_empty() && *marker_exclusions != hygiene::marker_exclusions() {
        lines.push(format!("marker_exclusions  {}", marker_exclusions.join(", ")));
    }
    lines.extend(secrets.in_words());
    lines.extend(forwarders.iter().map(hygiene::Forwarders::in_words));
    lines
}

/// Adds a line for each key of a document and for those below it. `parent` is the path of the mapping that has them.
fn add_keys(keys: &BTreeMap<String, Key>, parent: &str, lines: &mut Vec<String>) {
    for (name, key) in keys {
        let path = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
        add_key(key, &path, lines);
    }
}

fn add_key(key: &Key, path: &str, lines: &mut Vec<String>) {
    lines.push(format!("  {path}  {}", key.in_words()).trim_end().to_owned());
    add_keys(&key.keys, path, lines);
    if let Some(items) = &key.items {
        add_key(items, &format!("{path}[]"), lines);
    }
}
