//! A module's references to other modules: its imports, and strings that are looked up as module
//! names.
//!
//! This is leaner than [`Module`](super::Module), for edits that only move modules: without
//! bindings, classes and circumstances it costs a tenth of the parsing. Limits and parser are the
//! same.

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use super::expression::span;
use super::import::{ImportStatement, Imported};
use super::mention::{Aliases, Mention, Mentions, WATCHED};
use super::{parsed, version};
use crate::source::SyntaxError;

/// The references of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Import statements at any depth, by position.
    pub imports: Vec<ImportStatement>,
    /// Strings that name a module the caller asked about, by position.
    pub mentions: Vec<Mention>,
}

impl References {
    /// Parses a source of at most `most_bytes` bytes, without a byte order mark.
    ///
    /// `is_internal` is called with the first part of each name that a string may contain.
    ///
    /// # Errors
    /// The first syntax error, by position. What only CPython's compiler rejects (`return` outside
    /// a function) is not an error here, and neither is newer syntax.
    pub fn read(
        source: &str,
        most_bytes: usize,
        is_internal: &dyn Fn(&str) -> bool,
    ) -> Result<Self, SyntaxError> {
        let parsed = parsed(source, most_bytes)?;
        version::read(parsed.unsupported_syntax_errors())?;
        let mut reader = Reader {
            source,
            imports: Vec::new(),
            aliases: Aliases::new(),
            pending: Vec::new(),
            mentions: Mentions { is_internal, found: Vec::new() },
        };
        for statement in &parsed.syntax().body {
            reader.visit_stmt(statement);
        }
        // After the statements, so that an import at the end of the file counts as well.
        while let Some(expr) = reader.pending.pop() {
            reader.mentions.read(expr, &reader.aliases);
            walk_expr(&mut reader, expr);
        }
        let mut mentions = reader.mentions.found;
        mentions.sort_by_key(|mention| (mention.span, mention.kind));
        Ok(Self { imports: reader.imports, mentions })
    }
}

/// Walks statements recursively, which `limits` bounds by indentation. Expressions are queued, so
/// that deep ones do not exhaust the stack.
struct Reader<'ast, 'caller> {
    source: &'ast str,
    imports: Vec<ImportStatement>,
    aliases: Aliases,
    pending: Vec<&'ast Expr>,
    mentions: Mentions<'caller>,
}

impl<'ast> SourceOrderVisitor<'ast> for Reader<'ast, '_> {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            Stmt::Import(node) => {
                let imported = Imported::read_import(node);
                self.import(span(node.range()), imported, node.is_lazy);
            }
            Stmt::ImportFrom(node) => {
                let imported = Imported::read_from(node, self.source);
                self.import(span(node.range()), imported, node.is_lazy);
            }
            Stmt::Expr(node) if node.value.is_string_literal_expr() => {
                if let Expr::StringLiteral(text) = &*node.value {
                    self.mentions.docstring(text.value.to_str(), span(node.range()));
                }
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.pending.push(expr);
    }
}

impl Reader<'_, '_> {
    fn import(&mut self, span: crate::source::Span, imported: Imported, lazy_keyword: bool) {
        match &imported {
            Imported::Modules(names) => {
                for name in names.iter().filter(|name| is_watched(&name.name)) {
                    let origin = if name.alias.is_some() { &name.name } else { name.bound() };
                    self.aliases.insert(name.bound().to_owned(), origin.to_owned());
                }
            }
            Imported::From { module, names, level: 0, .. } if is_watched(module) => {
                for name in names {
                    let origin = format!("{module}.{}", name.name);
                    self.aliases.insert(name.bound().to_owned(), origin);
                }
            }
            Imported::From { .. } => {}
        }
        self.imports.push(ImportStatement { span, imported, lazy_keyword });
    }
}

fn is_watched(module: &str) -> bool {
    WATCHED.contains(&module.split('.').next().unwrap_or_default())
}
