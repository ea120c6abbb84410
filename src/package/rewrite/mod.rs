//! Imports of a workspace's top-level modules, moved under the package by inserting bytes.
//!
//! In: a file's bytes, the package's name and the closed list of its top-level modules. Out: the bytes
//! with those imports prefixed and every other byte as it was, with each edit and with each text that
//! names a module ([`Mention`]); or a [`Refusal`] that says where and why. Nothing is read or written.
//!
//! | written | becomes |
//! |---|---|
//! | `import X` | `import P.X as X` |
//! | `import X as Y`, `import X.s as Y` | `import P.X as Y`, `import P.X.s as Y` |
//! | `import X.s` | `import P.X.s as X, P.X as X` |
//! | `from X[.s] import …` | `from P.X[.s] import …` |
//! | relative imports, `from __future__` | unchanged |
//! | names of modules in strings | unchanged, and a [`Mention`] |
//!
//! Left to others: whether a relative import resolves and a mention may be shipped are rules
//! (`checks::distribution`); which files belong to the package is for the inventory to say.
//!
//! | file | what it owns |
//! |---|---|
//! | [`encoding`] | PEP 263: which bytes are which characters |
//! | [`refusal`] | why a file is not rewritten |
//! | [`report`] | each edit with the line before and after |

pub mod encoding;
pub mod refusal;
pub mod report;

use std::collections::BTreeSet;

use encoding::Decoded;

pub use refusal::{Reason, Refusal};
pub use report::{FileReport, LineReport, MentionReport, RefusalReport, RewriteReport};

use crate::snapshot::RepoPath;
use crate::source::python::{EditError, MentionKind, References, is_identifier, prefix_imported};
use crate::source::{Position, Span};

/// Modules larger than this are refused.
///
/// Sixteen times the bound of a fleet's documents, which stays as it is: a package is its user's own, and
/// a generated module of some megabytes is a part of it. Parsing takes memory of about forty times the
/// module's size.
pub const MAX_MODULE_BYTES: usize = 16 << 20;

/// What is moved, and under which name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// The package, `acme_runtime`; ASCII, perhaps dotted.
    pub package: String,
    /// Top-level modules and subpackages of the workspace: the closed list.
    pub roots: BTreeSet<String>,
}

impl Namespace {
    /// What is wrong with it, in one line.
    ///
    /// A package that has a root's name is refused: `import P.X` would mean two things, and a second run
    /// would prefix it again.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let package = &self.package;
        if !package.is_ascii() || !package.split('.').all(is_identifier) {
            return Some(format!("`{package}` is not an ASCII name of a package"));
        }
        let first = package.split('.').next().unwrap_or_default();
        if self.roots.contains(first) {
            return Some(format!("the package `{package}` has the name of its module `{first}`"));
        }
        None
    }
}

/// Bytes that were inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Offset in the bytes as they were.
    pub offset: usize,
    /// Line and column there.
    pub position: Position,
    /// What was inserted.
    pub inserted: String,
}

/// A text that names a module by the name that it had in the workspace. It was left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// How it names it.
    pub kind: MentionKind,
    /// The text as far as it is literal.
    pub name: String,
    /// The top-level module in it.
    pub root: String,
    /// Where the text stands in the bytes as they were.
    pub span: Span,
    /// Line and column there.
    pub position: Position,
}

impl Mention {
    /// What the installed package does where this stands.
    #[must_use]
    pub fn effect(&self) -> Effect {
        Effect::of(self.kind)
    }

    /// Whether shipped code would no longer do what it did in the workspace.
    #[must_use]
    pub fn breaks(&self) -> bool {
        self.effect() != Effect::Documents
    }
}

/// What a mention does in the installed package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The look-up fails, or the program it starts does.
    Fails,
    /// The look-up says that there is no such module.
    Misleads,
    /// The file stands elsewhere.
    Misses,
    /// Only a reader is told the old name.
    Documents,
}

impl Effect {
    /// What a mention of a kind does.
    #[must_use]
    pub fn of(kind: MentionKind) -> Self {
        match kind {
            MentionKind::ImportModule
            | MentionKind::DunderImport
            | MentionKind::RunModule
            | MentionKind::Resource
            | MentionKind::SysModules
            | MentionKind::Patch
            | MentionKind::Command => Self::Fails,
            MentionKind::FindSpec | MentionKind::SysModulesQuery => Self::Misleads,
            MentionKind::Path => Self::Misses,
            MentionKind::Doctest => Self::Documents,
        }
    }

    /// What happens, as the end of a sentence about the text.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Fails => "so this fails",
            Self::Misleads => "so this finds nothing",
            Self::Misses => "so this file does not exist",
            Self::Documents => "so a reader cannot import it",
        }
    }
}

/// A file as the package has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What was inserted, by position.
    pub edits: Vec<Edit>,
    /// What was left and names a module that has moved, by position.
    pub mentions: Vec<Mention>,
}

/// Moves the imports of one Python file.
///
/// # Errors
/// When the namespace is at fault ([`Namespace::fault`]), the bytes cannot be read as text (see
/// [`encoding`]), are more than [`MAX_MODULE_BYTES`] or do not parse, and for `lazy import X.s`.
pub fn rewrite(path: &RepoPath, bytes: &[u8], namespace: &Namespace) -> Result<Rewritten, Refusal> {
    let refuse = |reason, position| Refusal { path: path.clone(), position, reason };
    if let Some(fault) = namespace.fault() {
        return Err(refuse(Reason::Namespace(fault), None));
    }
    if bytes.len() > MAX_MODULE_BYTES {
        return Err(refuse(Reason::TooLarge(bytes.len()), None));
    }
    let text = encoding::decode(bytes).map_err(|(reason, position)| refuse(reason, position))?;
    let is_internal = |root: &str| namespace.roots.contains(root);
    let read = References::read(text.as_str(), MAX_MODULE_BYTES, &is_internal);
    let references = read.map_err(|error| {
        let position = Some(text.places().position(error.span.start));
        refuse(text.syntax_error(&error), position)
    })?;
    let mut places = text.places();
    let mut edits = Vec::new();
    for import in &references.imports {
        let prefixed =
            prefix_imported(&import.imported, import.lazy_keyword, &namespace.package, is_internal);
        let made = prefixed.map_err(|error| {
            let position = Some(text.places().position(import.span.start));
            refuse(cannot_prefix(error), position)
        })?;
        edits.extend(made.into_iter().map(|edit| Edit {
            offset: places.offset(edit.span.start),
            position: places.position(edit.span.start),
            inserted: edit.replacement,
        }));
    }
    let mentions = mentions(&text, references.mentions);
    Ok(Rewritten { bytes: inserted(bytes, &edits), edits, mentions })
}

fn cannot_prefix(error: EditError) -> Reason {
    match error {
        EditError::LazySubmodule { module, .. } => Reason::LazySubmodule(module),
        other => Reason::Syntax(other.to_string()),
    }
}

fn mentions(text: &Decoded<'_>, found: Vec<crate::source::python::Mention>) -> Vec<Mention> {
    let mut places = text.places();
    let located = found.into_iter().map(|mention| {
        let start = places.offset(mention.span.start);
        let position = places.position(mention.span.start);
        Mention {
            kind: mention.kind,
            name: mention.name,
            root: mention.root,
            span: Span::new(start, start + text.raw_length(mention.span)),
            position,
        }
    });
    located.collect()
}

/// The bytes with the edits made, which stand in order.
fn inserted(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let more: usize = edits.iter().map(|edit| edit.inserted.len()).sum();
    let mut output = Vec::with_capacity(bytes.len() + more);
    let mut done = 0;
    for edit in edits {
        output.extend_from_slice(bytes.get(done..edit.offset).unwrap_or_default());
        output.extend_from_slice(edit.inserted.as_bytes());
        done = edit.offset;
    }
    output.extend_from_slice(bytes.get(done..).unwrap_or_default());
    output
}

#[cfg(test)]
mod tests;
