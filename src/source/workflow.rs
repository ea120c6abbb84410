//! Workflow files of GitHub and Gitea: what triggers them, their permissions, what they call.
//!
//! Parsing returns a [`Workflow`] with spans, and [`Problem`]s where the forge would not understand
//! the file; it only fails if the text is not YAML at all. Whether a workflow has the triggers,
//! jobs and inputs that a fleet requires is decided by `checks`.
//!
//! The rules are those of
//! <https://docs.github.com/en/actions/writing-workflows/workflow-syntax-for-github-actions>.

mod action;
mod composite;
mod expression;
mod jobs;
mod known;
mod refused;
mod term;
mod triggers;

use std::fmt;

pub use action::{Revision, Uses, UsesTarget};
pub use composite::{Composite, expressions_at, is_run_from, used_folders};
pub use expression::{Expression, expressions_in};
pub use jobs::{Image, Job, Secrets, Step};
pub use known::{EVENTS, SCOPES};
pub use refused::Forge;
pub use term::Term;
pub use triggers::{DeclaredInput, DeclaredSecret, Trigger};

use super::text::{Span, SyntaxError, Text};
use super::yaml::{Dialect, Document, Node, Path};

/// Something in a workflow that the forge would not understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its span.
    pub span: Span,
    /// What is wrong, one line, without a path or a position.
    pub message: String,
}

/// A string with its span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned {
    /// The text, with quotes and escapes resolved; numbers and booleans as written.
    pub text: String,
    /// Its span.
    pub span: Span,
}

/// A key with its value and the spans of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: Spanned,
    /// The value; `None` if it is a mapping or a list.
    pub value: Option<String>,
    /// The span of the value.
    pub value_span: Span,
}

/// The permissions of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permissions {
    /// `read-all`.
    ReadAll(Span),
    /// `write-all`.
    WriteAll(Span),
    /// Individual scopes; any other scope is `none`.
    Scopes(Span, Vec<Setting>),
}

/// A workflow file.
#[derive(Clone)]
pub struct Workflow {
    document: Document,
    /// Its name.
    pub name: Option<Spanned>,
    /// The triggers, in source order.
    pub triggers: Vec<Trigger>,
    /// The permissions of its token; `None` if the repository's settings decide.
    pub permissions: Option<Permissions>,
    /// The environment variables of all jobs.
    pub env: Vec<Setting>,
    /// The jobs, in source order.
    pub jobs: Vec<Job>,
    /// What the forge would not understand, in the order found.
    pub problems: Vec<Problem>,
}

impl fmt::Debug for Workflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workflow")
            .field("name", &self.name)
            .field("triggers", &self.triggers)
            .field("permissions", &self.permissions)
            .field("jobs", &self.jobs)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

impl Workflow {
    /// Parses a workflow.
    ///
    /// # Errors
    /// When the text is not YAML.
    pub fn parse(text: &Text) -> Result<Self, SyntaxError> {
        Ok(Self::of(Document::parse(text, Dialect::Yaml12)?))
    }

    /// Reads a workflow from a document parsed as YAML 1.2.
    #[must_use]
    pub fn of(document: Document) -> Self {
        let mut reader = Reader::default();
        let root = document.root();
        for duplicate in document.duplicate_keys() {
            reader.problem(duplicate.second, "duplicate key");
        }
        for further in document.further_documents() {
            reader.problem(*further, "a workflow is one document");
        }
        if !root.is_mapping() {
            reader
                .problem(root.span(), format!("a workflow is a mapping, not {}", root.type_name()));
        }
        let name = root.get("name").and_then(spanned);
        let triggers = match root.get("on") {
            Some(on) => triggers::read(on, &mut reader),
            None if root.is_mapping() => {
                reader.problem(Span::at(root.span().start), "`on` is missing: nothing starts this");
                Vec::new()
            }
            None => Vec::new(),
        };
        let permissions = root.get("permissions").and_then(|node| permissions(node, &mut reader));
        let env =
            root.get("env").map(|node| settings(node, "env", &mut reader)).unwrap_or_default();
        let jobs = match root.get("jobs") {
            Some(node) => jobs::read(node, &mut reader),
            None if root.is_mapping() => {
                reader.problem(Span::at(root.span().start), "`jobs` is missing");
                Vec::new()
            }
            None => Vec::new(),
        };
        let problems = reader.problems;
        Self { name, triggers, permissions, env, jobs, problems, document }
    }

    /// Returns the document that the workflow was read from.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns the trigger for an event.
    #[must_use]
    pub fn trigger(&self, event: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.event.text == event)
    }

    /// Returns the job with this id.
    #[must_use]
    pub fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id.text == id)
    }

    /// Returns every reference to an action, a reusable workflow or an image in a `uses`.
    pub fn uses(&self) -> impl Iterator<Item = &Uses> {
        self.jobs
            .iter()
            .flat_map(|job| job.uses.iter().chain(job.steps.iter().filter_map(|s| s.uses.as_ref())))
    }

    /// Returns the expressions in the value at a path, including `if` conditions without `${{`.
    #[must_use]
    pub fn expressions_at(&self, path: &Path) -> Vec<Expression> {
        expressions_at(&self.document, path)
    }
}

/// Collects problems during reading.
#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push(Problem { span, message: message.into() });
    }

    /// Reads a scalar as text; anything else is a problem.
    fn text(&mut self, node: Node<'_>, what: &str) -> Option<Spanned> {
        let found = spanned(node);
        if found.is_none() {
            let message = format!("`{what}` is a string, not {}", node.type_name());
            self.problem(node.span(), message);
        }
        found
    }

    /// Reads a string or a list of strings.
    fn texts(&mut self, node: Node<'_>, what: &str) -> Vec<Spanned> {
        if node.is_sequence() {
            return node.items().filter_map(|item| self.text(item, what)).collect();
        }
        self.text(node, what).into_iter().collect()
    }
}

/// Returns a scalar other than null as text.
fn spanned(node: Node<'_>) -> Option<Spanned> {
    if node.is_null() {
        return None;
    }
    node.scalar_text().map(|text| Spanned { text: text.to_owned(), span: node.span() })
}

fn settings(node: Node<'_>, what: &str, reader: &mut Reader) -> Vec<Setting> {
    if !node.is_mapping() && !node.is_null() {
        // An expression may replace the whole mapping.
        if !node.scalar_text().is_some_and(|text| text.contains("${{")) {
            reader.problem(node.span(), format!("`{what}` is a mapping, not {}", node.type_name()));
        }
        return Vec::new();
    }
    let setting = |entry: super::yaml::EntryNode<'_>| {
        Some(Setting {
            key: Spanned { text: entry.key.scalar_text()?.to_owned(), span: entry.key.span() },
            value: entry.value.scalar_text().map(str::to_owned),
            value_span: entry.value.span(),
        })
    };
    node.entries().filter_map(setting).collect()
}

fn permissions(node: Node<'_>, reader: &mut Reader) -> Option<Permissions> {
    let span = node.span();
    match node.as_str() {
        Some("read-all") => Some(Permissions::ReadAll(span)),
        Some("write-all") => Some(Permissions::WriteAll(span)),
        _ if node.is_mapping() => {
            let scopes = settings(node, "permissions", reader);
            for scope in &scopes {
                if !matches!(scope.value.as_deref(), Some("read" | "write" | "none")) {
                    let message = format!("`{}` is `read`, `write` or `none`", scope.key.text);
                    reader.problem(scope.value_span, message);
                }
            }
            Some(Permissions::Scopes(span, scopes))
        }
        _ => {
            reader.problem(span, "`permissions` is `read-all`, `write-all` or a mapping");
            None
        }
    }
}

#[cfg(test)]
mod tests;
