//! Moves imports of a workspace's top-level modules under the package by inserting bytes.
//!
//! From a file's bytes, the package's name and the closed list of its top-level modules, derives the bytes with those
//! imports prefixed and every other byte unchanged, each edit, and each text that names a module ([`Mention`]); or a
//! [`Refusal`] that says where and why. Nothing is read or written.
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
//! Whether a relative import resolves and whether a mention may be shipped is for rules to decide
//! (`checks::distribution`); which files belong to the package is for the inventory.
//!
//! | file | what it owns |
//! |---|---|
//! | [`encoding`] | PEP 263: from bytes to characters |
//! | [`refusal`] | the reasons that a file is not rewritten |
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

/// Maximum size of a module to rewrite, in bytes.
///
/// This is sixteen times the limit for a fleet's documents: a package is the user's own, and may contain a generated
/// module of some megabytes. Parsing takes about forty times the module's size in memory.
pub const MAX_MODULE_BYTES: usize = 16 << 20;

/// The modules to move, and the package to move them under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// The package, `acme_runtime`; ASCII, possibly dotted.
    pub package: String,
    /// The closed list of the workspace's top-level modules and subpackages.
    pub roots: BTreeSet<String>,
}

impl Namespace {
    /// What is wrong with it, in one line.
    ///
    /// A package must not have a root's name: `import P.X` would be ambiguous, and a second run would prefix it again.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let package = &self.package;
        if !package.is_ascii() || !package.split('.').all(is_identifier) {
            return Some(format!("`{package}` is not an ASCII package name"));
        }
        let first = package.split('.').next().unwrap_or_default();
        if self.roots.contains(first) {
            return Some(format!("the package `{package}` has the name of its module `{first}`"));
        }
        None
    }
}

/// An insertion of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The offset in the original bytes.
    pub offset: usize,
    /// Line and column in the original.
    pub position: Position,
    /// The inserted text.
    pub inserted: String,
}

/// A text that names a module by its name in the workspace, and was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// How it names the module.
    pub kind: MentionKind,
    /// The text, as far as it is literal.
    pub name: String,
    /// The top-level module in it.
    pub root: String,
    /// The span of the text in the original bytes.
    pub span: Span,
    /// Line and column in the original.
    pub position: Position,
}

impl Mention {
    /// Its effect in the installed package.
    #[must_use]
    pub fn effect(&self) -> Effect {
        Effect::of(self.kind)
    }

    /// Whether shipped code would behave differently than in the workspace.
    #[must_use]
    pub fn breaks(&self) -> bool {
        self.effect() != Effect::Documents
    }
}

/// The effect of a mention in the installed package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The lookup fails, or the program that it starts does.
    Fails,
    /// The lookup says that there is no such module.
    Misleads,
    /// The file is elsewhere.
    Misses,
    /// Only readers see the old name.
    Documents,
}

impl Effect {
    /// The effect of a kind of mention.
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

    /// The consequence, as the end of a sentence about the text.
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

/// A rewritten file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The insertions, by position.
    pub edits: Vec<Edit>,
    /// Unchanged texts that name a moved module, by position.
    pub mentions: Vec<Mention>,
}

/// Rewrites the imports of one Python file.
///
/// # Errors
/// When the namespace is invalid ([`Namespace::fault`]), or the bytes cannot be decoded (see [`encoding`]), exceed
/// [`MAX_MODULE_BYTES`] or do not parse, and for `lazy import X.s`.
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

/// Applies edits, which have to be in order.
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
