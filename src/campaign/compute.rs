//! Computes, judges and words what a campaign would change in one repository. Pure.

use super::changes::{self, Hindered, Hindrance, Nowhere, Refusal, Surroundings};
use super::file::Campaign;
use super::identity::{Mark, change_digest};
use super::wording::{Found, Subject, Worded, Wording};
use crate::change::{ChangeSet, FileDiff};
use crate::checks::Finding;
use crate::checks::hygiene::relieved_of_credentials;
use crate::fleet::Member;
use crate::shape::variables::Variables;
use crate::snapshot::{RepoPath, Snapshot};

/// The computed change of one member.
#[derive(Clone, Debug, Default)]
pub struct Computed {
    /// The change, with paths relative to the member's folder.
    pub changes: ChangeSet,
    /// Remarks made along the way.
    pub remarks: Vec<String>,
    /// The places that changes of the campaign name which change nothing here, and that the member does not have.
    pub nowhere: Vec<Nowhere>,
    /// What was found before the change.
    pub findings: Vec<Finding>,
    /// The values of the shape's variables.
    pub variables: Vec<(String, String)>,
    /// Files that the change removes credentials from, relative to the member's folder.
    pub credentials: Vec<RepoPath>,
    /// In a revert, the title of what is reverted.
    pub taken_back: String,
}

/// A member that cannot or must not take the change.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Why: one line, followed by what a person needs to continue.
    pub why: String,
    /// The places that changes of the campaign name and that it does not have, as far as the changes were tried: what an earlier
    /// one makes is there.
    pub nowhere: Vec<Nowhere>,
}

/// Computes the change of one member, and judges the resulting tree.
///
/// # Errors
/// When this repository cannot or must not take the change.
pub fn compute(
    campaign: &Campaign,
    surroundings: &Surroundings<'_>,
    tree: &Snapshot,
) -> Result<Computed, Refused> {
    let outcome = changes::all(&campaign.says.changes, surroundings, tree)
        .map_err(|Hindered { by, nowhere }| Refused { why: said(&by), nowhere })?;
    if outcome.changes.is_empty() {
        let changes::Outcome { remarks, nowhere, .. } = outcome;
        return Ok(Computed { remarks, nowhere, ..Computed::default() });
    }
    let after = changes::judged(surroundings, tree, &outcome.after);
    let after = match after {
        Ok(after) => after,
        Err(refusal) => {
            return Err(Refused { why: refused(&refusal), nowhere: outcome.nowhere });
        }
    };
    let findings = surroundings.judgement(tree).findings.clone();
    let variables = surroundings.variables(tree).map_or_else(
        |_| Vec::new(),
        |values: Variables| {
            values.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        },
    );
    Ok(Computed {
        changes: outcome.changes,
        remarks: outcome.remarks,
        nowhere: outcome.nowhere,
        credentials: relieved_of_credentials(&findings, &after.findings),
        findings,
        variables,
        taken_back: String::new(),
    })
}

/// A refusal, with a way out if the shape manages the file that the campaign would edit.
fn refused(refusal: &Refusal) -> String {
    match refusal.rule {
        Some(rule) if ["path-modified", "path-diverged"].contains(&rule.id) => format!(
            "{refusal}; the shape holds this file: change it there, or leave it out of the campaign"
        ),
        _ => refusal.to_string(),
    }
}

/// A hindrance with its hint, followed by its detail.
fn said(hindrance: &Hindrance) -> String {
    let mut text = hindrance.to_string();
    if let Some(hint) = &hindrance.hint {
        text = format!("{text}; {hint}");
    }
    match &hindrance.detail {
        Some(detail) => format!("{text}\n{detail}"),
        None => text,
    }
}

/// The change of one member, with paths relative to the repository's root.
#[must_use]
pub fn joined(folder: Option<&str>, computed: &Computed) -> ChangeSet {
    let changes = computed.changes.changes.iter();
    ChangeSet {
        changes: changes.map(|(path, change)| (from_root(folder, path), change.clone())).collect(),
    }
}

/// A member's path, relative to the repository's root.
#[must_use]
pub fn from_root(folder: Option<&str>, path: &RepoPath) -> RepoPath {
    folder.map_or_else(|| path.clone(), |folder| RepoPath::new(&format!("{folder}/{path}")))
}

/// Files that a repository's change removes credentials from, relative to its root.
#[must_use]
pub fn credentials(parts: &[(&Member, Computed)]) -> Vec<String> {
    let of_part = |(member, computed): &(&Member, Computed)| {
        let folder = member.path.clone();
        let paths = computed.credentials.clone().into_iter();
        paths.map(move |path| from_root(folder.as_deref(), &path).to_string())
    };
    parts.iter().flat_map(of_part).collect()
}

/// The title, text and commit message for a repository's change.
///
/// # Errors
/// The template that does not render, and why.
pub fn worded(
    campaign: &Campaign,
    wording: &Wording,
    repository: &str,
    parts: &[(&Member, Computed)],
    (changes, diff): (&ChangeSet, &[FileDiff]),
) -> Result<Worded, String> {
    let Some((first, _)) = parts.first() else { return Err("no member is meant".to_owned()) };
    let diff: String = diff.iter().map(|file| file.text.as_str()).collect();
    let remarks: Vec<String> =
        parts.iter().flat_map(|(_, computed)| computed.remarks.iter().cloned()).collect();
    let found = |finding: &'_ Finding| finding.waived.is_none();
    let findings: Vec<Found<'_>> = parts
        .iter()
        .flat_map(|(_, computed)| computed.findings.iter().filter(|finding| found(finding)))
        .map(|finding| Found {
            rule: finding.rule.id,
            code: finding.rule.code,
            message: &finding.message,
            path: finding.path().map(RepoPath::as_str),
        })
        .collect();
    let variables = parts.iter().flat_map(|(_, computed)| {
        computed.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    });
    let subject = Subject {
        campaign: &campaign.says.name,
        repository,
        members: parts.iter().map(|(member, _)| member.slug.as_str()).collect(),
        slug: &first.slug,
        kind: &first.kind,
        owner: first.owner.as_deref(),
        variables: variables.collect(),
        findings,
        files: changes.changes.keys().map(RepoPath::as_str).collect(),
        diff: &diff,
        remarks: &remarks,
        credentials: credentials(parts),
        taken_back: parts.first().map_or("", |(_, computed)| computed.taken_back.as_str()),
    };
    wording.render(&subject, &Mark::new(&campaign.says.name, &change_digest(changes)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::campaign::changes::testing::on;
    use crate::checks::testing::Case;

    /// The paths that changes name and that are not there, of a repository that is refused.
    fn nowhere(changes: &[&str]) -> Vec<String> {
        let changes: String = changes.iter().map(|change| format!("  - {change}\n")).collect();
        let text =
            format!("schema: 1\nname: fix\nchanges:\n{changes}pull_request: {{ title: Fix }}\n");
        let campaign = Campaign::parse(Path::new("fix.yaml"), text.as_bytes())
            .unwrap_or_else(|problems| panic!("{text}{problems:?}"));
        let case = Case::with_shape("extras: ['**']\n").file("taken", "mine\n");
        let made = on(&case, |surroundings, tree| compute(&campaign, surroundings, tree));
        let refused = made.expect_err("a refusal");
        refused.nowhere.into_iter().flat_map(|place| place.paths).collect()
    }

    #[test]
    fn what_an_earlier_change_makes_is_there_in_what_is_refused_too() {
        let [add, edit, remove, unparsed, taken] = [
            "add: { path: new.yaml, content: 'a: 1' }",
            "yaml: { paths: [new.yaml], edits: [{ set: { at: a, value: 2 } }] }",
            "remove: { paths: [old.txt] }",
            "add: { path: bad.json, content: '{ bad' }",
            "add: { path: taken, content: yours, existing: refuse }",
        ];
        // What it leads to is refused.
        assert_eq!(nowhere(&[add, edit, remove, unparsed]), ["old.txt"]);
        // One of the changes cannot be made: those after it are not tried.
        assert_eq!(nowhere(&[remove, taken, add, edit]), ["old.txt"]);
        assert!(nowhere(&[taken, remove]).is_empty());
    }
}
