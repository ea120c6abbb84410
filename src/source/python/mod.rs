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
mod branch;
mod class;
mod compiled;
mod depth;
mod edit;
mod environment;
mod export;
mod expression;
mod flow;
mod function;
mod hazard;
mod import;
mod limits;
mod mention;
mod references;
mod rename;
mod scan;
mod scopes;
mod standard_library;
mod unbound;
mod unclosed;
mod version;
mod walk;

#[cfg(test)]
mod tests;

use ruff_python_ast::ModModule;
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};

pub use binding::{Binding, Bound, Certainty, Resolution, Value};
pub use class::{
    Base, Class, ClassAttribute, ClassId, Derived, ForeignBase, Inheritance, OwnedMethod,
};
pub use edit::{EditError, append_alias, apply, is_identifier, prefix_import, prefix_imported};
pub use environment::Environment;
pub use export::Exports;
pub use function::{
    Body, Decorator, Function, FunctionId, MethodKind, Parameter, ParameterKind, TextInMap,
};
pub use hazard::{BootFact, Hazard, Provider, UnboundName};
pub use import::{
    DynamicImport, Import, ImportContext, ImportStatement, Imported, ImportedName, Lookup, When,
};
pub use mention::{Mention, MentionKind};
pub use references::References;
pub use rename::{RenameError, Renamed, rename};
pub use standard_library::{is_builtin, is_standard};
pub use version::{NewerSyntax, PythonVersion, Versions};

use super::text::{MAX_DOCUMENT_BYTES, Span, SyntaxError, Text};
use walk::Walker;

/// `from module import *` at module level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StarImport {
    /// The dotted module name; empty for `from . import *`.
    pub module: String,
    /// The number of leading dots.
    pub level: u32,
    /// The span of the star.
    pub span: Span,
    /// When it runs, and whether a failure is caught.
    pub context: ImportContext,
}

/// A dotted use of a name that the module imports anywhere: `m.attr` for `import p.x as m`, or for
/// `m = importlib.import_module("p.x")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeUse {
    /// The imported name.
    pub root: String,
    /// The attributes used, dotted; `*` for `setattr` with a name that is not a literal.
    pub path: String,
    /// The span of the path.
    pub span: Span,
    /// When it is evaluated.
    pub when: When,
    /// Whether it is assigned or deleted, so that it need not exist before.
    pub stored: bool,
}

/// The summary of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// Bindings of module-level names, in execution order.
    pub bindings: Vec<Binding>,
    /// Star imports at module level, which may bind further names.
    pub star_imports: Vec<StarImport>,
    /// The content of `__all__`, if the module has one.
    pub exports: Option<Exports>,
    /// Classes at module level, including those in branches.
    pub classes: Vec<Class>,
    /// Functions at module level, including those in branches.
    pub functions: Vec<Function>,
    /// Import statements at any depth, in walking order.
    pub imports: Vec<Import>,
    /// Look-ups of modules by a literal name, at any depth.
    pub dynamic_imports: Vec<DynamicImport>,
    /// What may stop the import of this module, in execution order.
    pub boot_facts: Vec<BootFact>,
    /// The variables of the environment that it may set while it is imported.
    pub environment: Environment,
    /// The number of calls outside functions.
    pub import_time_calls: usize,
    /// `globals()`, module-level `exec`, `vars()`, `locals()`, the namespaces of frames and functions, `global_enum`,
    /// assignments to `sys.modules`, any use of `sys.modules[__name__]`, and functions of packages such as `sympy.var`:
    /// these may bind names that are not in [`Module::bindings`].
    pub escapes: Vec<Span>,
    /// Assignments to `sys.modules`, uses of `sys.meta_path` and of `__path__`: modules may exist
    /// without a file of that name.
    pub reroutes: Vec<Span>,
    /// Names that functions declare `global`, which calls may bind.
    pub globals: Vec<String>,
    /// Names that are only bound under `if TYPE_CHECKING:`, for use in annotations.
    pub typing_names: Vec<String>,
    /// Dotted uses of imported names that are not shadowed by a local name.
    pub attribute_uses: Vec<AttributeUse>,
    /// Whether the last statement is a class or function, which is usually followed by two blank
    /// lines.
    pub(crate) ends_in_definition: bool,
    newer_syntax: Vec<NewerSyntax>,
    /// Whether something other than a logger is given `__name__`: it may bind names of this module, as `IntEnum._convert_`
    /// does.
    hands_on_its_name: bool,
    /// Whether it uses `__builtins__`, or looks the module `builtins` up in `sys.modules`.
    reaches_builtins: bool,
}

impl Module {
    /// Parses a module.
    ///
    /// # Errors
    /// The first syntax error, by position. Syntax that only newer versions support is not an
    /// error, see [`Module::newer_than`]. What CPython's compiler rejects after parsing is one, as far
    /// as it does not depend on the version.
    pub fn parse(text: &Text) -> Result<Self, SyntaxError> {
        Self::parse_within(text, MAX_DOCUMENT_BYTES)
    }

    /// Parses a module of at most `most_bytes` bytes.
    ///
    /// This is for files in the user's own package, which may be generated; a fleet's files are
    /// parsed by [`Module::parse`], with the size limit of every document.
    ///
    /// # Errors
    /// As for [`Module::parse`].
    pub fn parse_within(text: &Text, most_bytes: usize) -> Result<Self, SyntaxError> {
        let source = text.as_str();
        let parsed = parsed(source, most_bytes)?;
        let newer_syntax = version::read(parsed.unsupported_syntax_errors())?;
        let tree = parsed.syntax();
        compiled::check(tree, source)?;
        let mut walker = Walker::new(source);
        walker.body(&tree.body);
        let mut module = walker.finish();
        unbound::note(&tree.body, &mut module);
        module.newer_syntax = newer_syntax;
        module.ends_in_definition = tree.body.last().is_some_and(|statement| {
            statement.is_function_def_stmt() || statement.is_class_def_stmt()
        });
        Ok(module)
    }

    /// Returns the syntax that a version of Python does not support yet, by position.
    pub fn newer_than(&self, version: PythonVersion) -> impl Iterator<Item = &NewerSyntax> {
        self.newer_syntax.iter().filter(move |syntax| syntax.since > version)
    }

    /// Returns a function by its index.
    #[must_use]
    pub fn function(&self, id: FunctionId) -> Option<&Function> {
        self.functions.get(id.0)
    }
}

/// Parses a source of at most `most_bytes` bytes.
fn parsed(source: &str, most_bytes: usize) -> Result<Parsed<ModModule>, SyntaxError> {
    if source.len() > most_bytes {
        return Err(SyntaxError::new(Span::at(0), "too large to be parsed"));
    }
    limits::check(source)?;
    // The parser reports all syntax newer than its target version.
    let options = ParseOptions::from(Mode::Module).with_target_version(version::OLDEST);
    let parsed = parse_unchecked(source, options);
    if let Some(error) = parsed.errors().iter().min_by_key(|error| error.location.start()) {
        let at = expression::span(error.location);
        let cause = unclosed::cause(&parsed, error, source).unwrap_or_default();
        return Err(SyntaxError::new(at, format!("{}{cause}", error.error)));
    }
    let not_a_module = || SyntaxError::new(Span::at(0), "is an expression, not a module");
    parsed.try_into_module().ok_or_else(not_a_module)
}
