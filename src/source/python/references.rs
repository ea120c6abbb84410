//! Where a module refers to other modules: its imports, and texts that are looked up as a module's name.
//!
//! A leaner reading than [`Module`](super::Module), for what only moves modules: no bindings, classes or
//! circumstances, so it costs a tenth of the parsing. The same limits and the same parser.

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use super::expression::span;
use super::import::{ImportStatement, Imported};
use super::mention::{Aliases, Mention, Mentions, WATCHED};
use super::{parsed, version};
use crate::source::SyntaxError;

/// What a module says of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Import statements at any depth, by position.
    pub imports: Vec<ImportStatement>,
    /// Texts that name a module which the reader asked about, by position.
    pub mentions: Vec<Mention>,
}

impl References {
    /// Reads a source of at most so many bytes; a byte order mark must have been set aside.
    ///
    /// `is_internal` is asked for the first part of each name that a text may hold.
    ///
    /// # Errors
    /// The first syntax error, by position. What only CPython's compiler refuses (`return` outside a
    /// function) is none, and neither is newer syntax.
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
        // Behind the statements, so that an import at the end of the file counts as well.
        while let Some(expr) = reader.pending.pop() {
            reader.mentions.read(expr, &reader.aliases);
            walk_expr(&mut reader, expr);
        }
        let mut mentions = reader.mentions.found;
        mentions.sort_by_key(|mention| (mention.span, mention.kind));
        Ok(Self { imports: reader.imports, mentions })
    }
}

/// Statements are walked recursively, as deep as they are indented, which `limits` bounds; expressions
/// are kept for later, so that no stack holds a deep one.
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
