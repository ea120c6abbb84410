//! Python modules: what they bind, import, define and do on import, with spans.
//!
//! A [`Module`] is an owned summary that can be shared between threads and kept for a whole fleet.
//! No code is run, and the syntax tree is dropped as soon as it has been summarized. Which names a
//! runtime requires is up to the caller.
//!
//! Not resolved here: base classes, star imports and aliases that point outside the module, and
//! bindings made indirectly, such as by `global` in a function ([`Module::escapes`] reports where
//! to doubt). A tree that nests too deeply is a syntax error, as it is for CPython.

pub mod attributes;
mod binding;
mod boot;
mod branch;
mod class;
mod depth;
mod edit;
mod export;
mod expression;
mod flow;
mod function;
mod import;
mod limits;
mod mention;
mod references;
mod rename;
mod scan;
mod scopes;
mod standard_library;
mod version;
mod walk;

#[cfg(test)]
mod tests;

use ruff_python_ast::ModModule;
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};

pub use binding::{Binding, Bound, Certainty, Resolution, Value};
pub use boot::{BootFact, Hazard};
pub use class::{Base, Class, ClassAttribute, ClassId, ForeignBase, Inheritance, OwnedMethod};
pub use edit::{EditError, append_alias, apply, is_identifier, prefix_import, prefix_imported};
pub use export::Exports;
pub use function::{
    Body, Decorator, Function, FunctionId, MethodKind, Parameter, ParameterKind, TextInMap,
};
pub use import::{
    DynamicImport, Import, ImportContext, ImportStatement, Imported, ImportedName, Lookup, When,
};
pub use mention::{Mention, MentionKind};
pub use references::References;
pub use rename::{RenameError, Renamed, rename};
pub use standard_library::{is_builtin, is_standard};
pub use version::{NewerSyntax, PythonVersion};

use super::text::{MAX_DOCUMENT_BYTES, Span, SyntaxError, Text};
use walk::Walker;

/// `from module import *` at module level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StarImport {
    /// Dotted module, empty for `from . import *`.
    pub module: String,
    /// Leading dots.
    pub level: u32,
    /// Where the star stands.
    pub span: Span,
    /// When it runs and whether its failure is caught.
    pub context: ImportContext,
}

/// A dotted use of a name that the module imports somewhere: `m.attr` for `import p.x as m`, and for
/// `m = importlib.import_module("p.x")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeUse {
    /// The imported name.
    pub root: String,
    /// What is taken of it, dotted; `*` for `setattr` with a name that is not a literal.
    pub path: String,
    /// Where that path stands.
    pub span: Span,
    /// When it is evaluated.
    pub when: When,
    /// Whether it is assigned or deleted there, so that it need not exist before.
    pub stored: bool,
}

/// The summary of one module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// Bindings of module-level names in the order in which they happen.
    pub bindings: Vec<Binding>,
    /// Star imports at module level: names may come from there.
    pub star_imports: Vec<StarImport>,
    /// What `__all__` says, if the module has one.
    pub exports: Option<Exports>,
    /// Classes at module level, those in branches included.
    pub classes: Vec<Class>,
    /// Functions at module level, those in branches included.
    pub functions: Vec<Function>,
    /// Import statements at any depth, in walking order.
    pub imports: Vec<Import>,
    /// Look-ups of modules by a literal name, at any depth.
    pub dynamic_imports: Vec<DynamicImport>,
    /// What may stop the import of this module, in the order in which it happens.
    pub boot_facts: Vec<BootFact>,
    /// How many calls stand outside functions.
    pub import_time_calls: usize,
    /// `globals()`, module-level `exec`, `vars()`, `locals()`, assignments into `sys.modules` and any use
    /// of `sys.modules[__name__]`: names may be bound there that are not among [`Module::bindings`].
    pub escapes: Vec<Span>,
    /// Assignments into `sys.modules`, uses of `sys.meta_path` and of `__path__`: there may be modules
    /// that no file of that name holds.
    pub reroutes: Vec<Span>,
    /// Names that functions declare `global`: a call may bind them.
    pub globals: Vec<String>,
    /// Names that are bound under `if TYPE_CHECKING:` only as far as that goes: annotations may use them.
    pub typing_names: Vec<String>,
    /// Dotted uses of imported names that no local name hides.
    pub attribute_uses: Vec<AttributeUse>,
    /// Whether the last statement is a class or function, after which two blank lines are usual.
    pub(crate) ends_in_definition: bool,
    newer_syntax: Vec<NewerSyntax>,
}

impl Module {
    /// Reads a module's text.
    ///
    /// # Errors
    /// The first syntax error, by position. Syntax that only newer versions have is none, see
    /// [`Module::newer_than`]. Of what CPython's compiler refuses behind its parser, `return`, `yield`
    /// and `await` outside functions are looked for, and nothing else.
    pub fn parse(text: &Text) -> Result<Self, SyntaxError> {
        Self::parse_within(text, MAX_DOCUMENT_BYTES)
    }

    /// Reads a module's text of at most so many bytes.
    ///
    /// For files that the user's own package ships, generated ones among them; a fleet's files are
    /// read by [`Module::parse`], within the bound that holds for every document.
    ///
    /// # Errors
    /// As [`Module::parse`].
    pub fn parse_within(text: &Text, most_bytes: usize) -> Result<Self, SyntaxError> {
        let source = text.as_str();
        let parsed = parsed(source, most_bytes)?;
        let newer_syntax = version::read(parsed.unsupported_syntax_errors())?;
        let tree = parsed.syntax();
        let mut walker = Walker::new(source);
        walker.body(&tree.body);
        let mut module = walker.finish()?;
        module.newer_syntax = newer_syntax;
        module.ends_in_definition = tree.body.last().is_some_and(|statement| {
            statement.is_function_def_stmt() || statement.is_class_def_stmt()
        });
        Ok(module)
    }

    /// Syntax that a version of Python does not have yet, by position.
    pub fn newer_than(&self, version: PythonVersion) -> impl Iterator<Item = &NewerSyntax> {
        self.newer_syntax.iter().filter(move |syntax| syntax.since > version)
    }

    /// A function by its index.
    #[must_use]
    pub fn function(&self, id: FunctionId) -> Option<&Function> {
        self.functions.get(id.0)
    }
}

/// The syntax tree of a source of at most so many bytes.
fn parsed(source: &str, most_bytes: usize) -> Result<Parsed<ModModule>, SyntaxError> {
    if source.len() > most_bytes {
        return Err(SyntaxError::new(Span::at(0), "too large to be parsed"));
    }
    limits::check(source)?;
    // Nothing older is told apart, so the oldest version yields every piece of newer syntax.
    let options = ParseOptions::from(Mode::Module).with_target_version(version::OLDEST);
    let parsed = parse_unchecked(source, options);
    if let Some(error) = parsed.errors().iter().min_by_key(|error| error.location.start()) {
        let at = expression::span(error.location);
        return Err(SyntaxError::new(at, error.error.to_string()));
    }
    let not_a_module = || SyntaxError::new(Span::at(0), "is an expression, not a module");
    parsed.try_into_module().ok_or_else(not_a_module)
}
