//! The names that a module binds when it runs, in order, and what each refers to in the end.
//!
//! Out of scope: `global` inside functions, `globals()[…]`, `setattr` on the module, and the names
//! bound by star imports. The latter are recorded, so that a caller can say "unknown" instead of
//! "absent".

use std::collections::HashSet;

use super::Module;
use super::class::ClassId;
use super::function::FunctionId;
use crate::source::Span;

/// How certain a binding is if the module runs to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// It always happens.
    Certain,
    /// It is in one branch of a construct (identified by its offset) whose branches all bind the
    /// name, so that one of them always happens.
    Alternative(usize),
    /// It may or may not happen.
    Conditional,
    /// It is in a branch that ends the run (`raise`, `sys.exit()`), so it never takes effect.
    Abandoned,
}

/// The value of an assignment, as far as it is known without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Another name of the module.
    Name(String),
    /// A dotted name, like `module.Class`.
    Attribute(String),
    /// A call, with the dotted name of the callee if it has one.
    Call(Option<String>),
    /// A string literal.
    Str(String),
    /// An integer literal.
    Int,
    /// `True` or `False`.
    Bool(bool),
    /// `None`.
    None,
    /// A lambda.
    Lambda,
    /// Anything else.
    Other,
}

/// What a name is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A class of this module.
    Class(ClassId),
    /// A function of this module.
    Function(FunctionId),
    /// `from module import name`.
    Import {
        /// The dotted module name; empty for `from . import name`.
        module: String,
        /// The imported name, before `as`.
        name: String,
        /// The number of leading dots.
        level: u32,
    },
    /// `import module`, which binds the first part, or `import module as name`, which binds the
    /// whole.
    ImportModule {
        /// The dotted module name as written.
        module: String,
        /// Whether there is an `as`, so that the name refers to the whole dotted module.
        renamed: bool,
    },
    /// An assignment, a loop or `with` target, a captured pattern.
    Assigned(Value),
    /// The name is unbound: `del`, or the end of `except … as name`.
    Deleted,
}

/// A binding of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The bound name.
    pub name: String,
    /// The span of the name.
    pub span: Span,
    /// How certain it is.
    pub certainty: Certainty,
    /// What it is bound to.
    pub bound: Bound,
}

/// What a name may refer to once the module has run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution<'module> {
    /// The bindings that may be in effect, after following aliases within the module. Empty if the
    /// name is not bound.
    pub candidates: Vec<&'module Binding>,
    /// Whether the name is always bound if the module runs to its end.
    pub certain: bool,
}

impl Module {
    /// Returns every binding of a name, in execution order.
    pub fn bindings_of(&self, name: &str) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.name == name)
    }

    /// Resolves a name as of the end of the module, following aliases (`Adapter = Other`). A cycle
    /// resolves to the alias itself, and so does an alias of a name that the module does not bind.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Resolution<'_> {
        self.resolve_within(name, self.bindings.len())
    }

    /// Resolves a name as of an offset in the module's text.
    #[must_use]
    pub fn resolve_before(&self, name: &str, offset: usize) -> Resolution<'_> {
        let count = self.bindings.iter().take_while(|binding| binding.span.start < offset).count();
        self.resolve_within(name, count)
    }

    fn resolve_within(&self, name: &str, count: usize) -> Resolution<'_> {
        let (found, mut certain) = self.in_force(name, count);
        let mut pending: Vec<usize> = found.into_iter().rev().collect();
        let mut seen = HashSet::new();
        let mut candidates = Vec::new();
        while let Some(index) = pending.pop() {
            let Some(binding) = self.bindings.get(index) else { continue };
            if !seen.insert(index) {
                continue;
            }
            if let Bound::Assigned(Value::Name(target)) = &binding.bound {
                let (targets, target_certain) = self.in_force(target, index);
                if !targets.is_empty() {
                    certain &= target_certain;
                    pending.extend(targets.into_iter().rev());
                    continue;
                }
            }
            candidates.push(binding);
        }
        certain &= !candidates.is_empty();
        Resolution { candidates, certain }
    }

    /// Returns the indices of the bindings that may be in effect after the first `count`, and
    /// whether one certainly is.
    fn in_force(&self, name: &str, count: usize) -> (Vec<usize>, bool) {
        let mut candidates: Vec<usize> = Vec::new();
        let mut certain = false;
        let bindings = self.bindings.iter().enumerate().take(count);
        for (index, binding) in bindings.filter(|(_, binding)| binding.name == name) {
            let deleted = binding.bound == Bound::Deleted;
            if binding.certainty == Certainty::Abandoned {
                continue;
            }
            match binding.certainty {
                Certainty::Certain => {
                    candidates.clear();
                    certain = !deleted;
                }
                Certainty::Alternative(construct) if !deleted => {
                    candidates.retain(|other| {
                        self.bindings.get(*other).is_some_and(|other| {
                            other.span.start >= construct && other.certainty != Certainty::Certain
                        })
                    });
                    certain = true;
                }
                _ => certain &= !deleted,
            }
            if !deleted {
                candidates.push(index);
            }
        }
        (candidates, certain)
    }
}
