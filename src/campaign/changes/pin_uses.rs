//! The change `pin_uses`: sets the revisions of actions and reusable workflows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::Say;
use super::{Hindrance, Step, Surroundings};
use crate::change::{ChangeSet, FileEdit};
use crate::checks::Repository;
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::workflow::{Revision, Uses, UsesTarget};
use crate::source::yaml::edit::set_scalar;
use crate::source::yaml::{Dialect, Document, Node, Value};
use crate::source::{Span, Text, TextEdit, typed};

/// Sets the revisions of actions and reusable workflows, in workflows and composite actions. A comment that
/// names the version of a commit is updated too. All other bytes are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinUses {
    /// Actions and workflows with their new revision: `owner/repository@v2` for everything in a repository, or
    /// `owner/repository/path@v2` for one action or workflow.
    pub uses: Vec<String>,
    /// What to write for the revision: `keep`, `name` or `commit`.
    #[serde(default, rename = "as", skip_serializing_if = "Written::is_default")]
    pub written: Written,
    /// Commits of the revisions, by the entries of `uses`. Default: looked up on the forge.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commits: BTreeMap<String, String>,
}

/// What to write for a revision.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Written {
    /// A commit where one is written now, otherwise the name.
    #[default]
    Keep,
    /// The name of a tag or branch, which others can move.
    Name,
    /// The commit, with the name in a comment behind it.
    Commit,
}

impl Written {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::Keep
    }
}

/// One entry of `uses`.
struct Wanted<'p> {
    owner: String,
    repository: String,
    path: String,
    /// The tag or branch; `None` if the entry names a commit.
    name: Option<String>,
    commit: Option<&'p str>,
}

impl PinUses {
    /// Whether a text is an entry: what is used, and its revision.
    #[must_use]
    pub fn is_entry(entry: &str) -> bool {
        reference(entry).is_some()
    }

    pub(super) fn check(&self, say: &mut Say<'_>) {
        if self.uses.is_empty() {
            say(&[typed::Step::from("uses")], "nothing is named".to_owned());
        }
        for (index, entry) in self.uses.iter().enumerate() {
            if reference(entry).is_none() {
                let at = [typed::Step::from("uses"), typed::Step::from(index)];
                say(&at, format!("`{entry}` is not an `owner/repository@revision`"));
            }
        }
        for (entry, commit) in &self.commits {
            let at = [typed::Step::from("commits"), typed::Step::from(entry.as_str())];
            if !self.uses.contains(entry) {
                say(&at, format!("`{entry}` is not one of `uses`"));
            } else if !is_commit(commit) {
                say(&at, format!("`{commit}` is not a commit: a commit has 40 hexadecimal digits"));
            }
        }
    }

    /// The entries whose commits are not known yet, each with its owner, repository and revision name.
    pub fn unresolved(&self) -> impl Iterator<Item = (&str, String, String, String)> {
        self.uses.iter().filter(|entry| !self.commits.contains_key(*entry)).filter_map(|entry| {
            match reference(entry)? {
                (owner, repository, _, Revision::Name(name)) => {
                    Some((entry.as_str(), owner, repository, name))
                }
                (_, _, _, Revision::Commit(_)) => None,
            }
        })
    }

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        let mut wanted = Vec::new();
        for entry in &self.uses {
            let Some((owner, repository, path, revision)) = reference(entry) else { continue };
            let commit = self.commits.get(entry).map(String::as_str);
            let (name, commit) = match revision {
                Revision::Name(name) => (Some(name), commit),
                Revision::Commit(_) => (None, entry.rsplit_once('@').map(|(_, commit)| commit)),
            };
            if commit.is_none() {
                return Err(Hindrance::new(format!("the commit of `{entry}` was not looked up")));
            }
            wanted.push(Wanted { owner, repository, path, name, commit });
        }
        let repository = surroundings.repository(tree);
        let (mut edits, mut remarks) = (Vec::new(), Vec::new());
        for path in files(&repository) {
            let (Some(text), Some(document)) =
                (repository.text(path.as_str()), repository.yaml(path.as_str(), Dialect::Yaml12))
            else {
                remarks.push(format!("`{path}` cannot be read, and stays as it is"));
                continue;
            };
            if !document.further_documents().is_empty() {
                let why = "holds several documents, of which only the first was looked at";
                remarks.push(format!("`{path}` {why}"));
            }
            let file =
                InFile { path: &path, text: &text, document: &document, written: self.written };
            let made = file.edits(&wanted)?;
            if !made.is_empty() {
                edits.push(FileEdit::Text { path, edits: made });
            }
        }
        Ok(Step { changes: ChangeSet::compose(tree, &edits)?, remarks })
    }
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The owner, repository, path and revision of an entry.
fn reference(entry: &str) -> Option<(String, String, String, Revision)> {
    match Uses::parse(entry, Span::at(0)).target {
        UsesTarget::Repository { owner, repository, path, revision: Some(revision) } => {
            Some((owner, repository, path, revision))
        }
        _ => None,
    }
}

/// The files of workflows and of actions.
fn files(repository: &Repository<'_>) -> Vec<RepoPath> {
    let demanded = &repository.pack.manifest.demands.workflows.folders;
    let is_folder = |folder: &str| {
        [".github/workflows", ".gitea/workflows", ".forgejo/workflows"].contains(&folder)
            || demanded.iter().any(|demanded| demanded.trim_end_matches('/') == folder)
    };
    let paths = repository.snapshot.entries.keys();
    let is_one = |path: &&RepoPath| {
        let yaml = path.as_str().ends_with(".yml") || path.as_str().ends_with(".yaml");
        let action = matches!(path.file_name(), "action.yml" | "action.yaml");
        yaml && (action || is_folder(path.parent()))
    };
    paths.filter(is_one).cloned().collect()
}

/// One file that uses actions or workflows.
struct InFile<'f> {
    path: &'f RepoPath,
    text: &'f Text,
    document: &'f Document,
    written: Written,
}

impl InFile<'_> {
    fn edits(&self, wanted: &[Wanted<'_>]) -> Result<Vec<TextEdit>, Hindrance> {
        let root = self.document.root();
        let jobs = root.get("jobs").into_iter().flat_map(Node::entries);
        let mut nodes: Vec<Node<'_>> = Vec::new();
        for job in jobs {
            nodes.extend(job.value.get("uses"));
            nodes.extend(used_in_steps(job.value));
        }
        nodes.extend(root.get("runs").into_iter().flat_map(used_in_steps));
        let mut edits: Vec<TextEdit> = Vec::new();
        for node in nodes {
            for edit in self.of_node(node, wanted)? {
                // An alias refers to the node of its anchor, which is edited once.
                if !edits.contains(&edit) {
                    edits.push(edit);
                }
            }
        }
        Ok(edits)
    }

    fn of_node(&self, node: Node<'_>, wanted: &[Wanted<'_>]) -> Result<Vec<TextEdit>, Hindrance> {
        let Some(said) = node.as_str() else { return Ok(Vec::new()) };
        let uses = Uses::parse(said, node.span());
        let UsesTarget::Repository { owner, repository, path, revision: Some(now) } = &uses.target
        else {
            return Ok(Vec::new());
        };
        let meant = |wanted: &&Wanted<'_>| {
            owner.eq_ignore_ascii_case(&wanted.owner)
                && repository.eq_ignore_ascii_case(&wanted.repository)
                && (wanted.path.is_empty() || wanted.path == *path)
        };
        // An entry for one action takes precedence over one for its whole repository.
        let found = wanted.iter().filter(meant).max_by_key(|wanted| wanted.path.len());
        let Some(wanted) = found else { return Ok(Vec::new()) };
        let commit = wanted.commit.unwrap_or_default();
        let by_commit = match (self.written, now) {
            (Written::Commit, _) | (Written::Keep, Revision::Commit(_)) => true,
            (Written::Keep | Written::Name, _) => wanted.name.is_none(),
        };
        let revision = match &wanted.name {
            Some(name) if !by_commit => name,
            _ => commit,
        };
        let place = said.split_once('@').map_or(said, |(place, _)| place);
        let target = format!("{place}@{revision}");
        let mut edits = Vec::new();
        if target != said {
            let made = set_scalar(self.document, &node.path(), Value::Str(&target));
            edits = made.map_err(|refused| {
                let why = format!("`{said}` cannot be set: {}", refused.message);
                Hindrance::new(why).at(self.path, self.text, refused.span)
            })?;
        }
        let comment = wanted.name.as_deref().filter(|_| by_commit);
        edits.extend(self.comment(node, comment, edits.is_empty()));
        Ok(edits)
    }

    /// The edit of the comment behind a reference: a version in it is updated to that of the commit, or removed.
    fn comment(&self, node: Node<'_>, name: Option<&str>, same: bool) -> Option<TextEdit> {
        let line = self.text.whole_lines(node.span());
        let behind = Span::new(node.span().end, line.end);
        let rest = self.text.slice(behind);
        let rest = rest.trim_end_matches(['\n', '\r']);
        let blank = rest.len() - rest.trim_start().len();
        let Some(comment) = rest.trim_start().strip_prefix('#') else {
            let free = rest.trim().is_empty();
            let end = node.span().end;
            return name.filter(|_| free).map(|name| TextEdit::insert(end, format!(" # {name}")));
        };
        let lead = comment.len() - comment.trim_start().len();
        let word = comment.split_whitespace().next().unwrap_or_default();
        // In `# main, looked at in May`, the name is `main`.
        let word = word.trim_end_matches([',', ';', ':']);
        let start = behind.start + blank + 1 + lead;
        let span = Span::new(start, start + word.len());
        match name {
            Some(name) if word == name => None,
            Some(name) if is_version(word) => Some(TextEdit::replace(span, name)),
            Some(name) => Some(TextEdit::insert(start, format!("{name} "))),
            None if same || !is_version(word) => None,
            // The comment would describe a revision that is no longer there.
            None if comment.trim() == word => {
                Some(TextEdit::remove(Span::new(behind.start, behind.start + rest.len())))
            }
            None => {
                let behind = comment.get(lead + word.len()..).and_then(|rest| rest.chars().next());
                let end = start + word.len() + behind.map_or(0, char::len_utf8);
                Some(TextEdit::remove(Span::new(start, end)))
            }
        }
    }
}

fn used_in_steps(holder: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let steps = holder.get("steps").into_iter().flat_map(Node::items);
    steps.filter_map(|step| step.get("uses"))
}

/// Whether a word of a comment is a version: `v4.2.2`, `4.2`.
fn is_version(word: &str) -> bool {
    let number = word.trim_start_matches(['v', 'V', '=']);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c))
}

#[cfg(test)]
mod tests;
