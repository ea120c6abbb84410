//! The classes of a module, and what they inherit from each other.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::{Expr, Keyword, StmtClassDef};
use ruff_text_size::Ranged as _;

use super::Module;
use super::binding::{Binding, Bound, Value};
use super::expression::{dotted, span};
use super::function::{Decorator, Function};
use crate::source::Span;

/// The index of a class in [`Module::classes`](super::Module::classes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub usize);

/// A base class as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The dotted name; for `Base[T]` that of the generic, for other expressions `None`.
    pub name: Option<String>,
    /// The span of the expression.
    pub span: Span,
}

/// A name bound in a class body by anything other than `def`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassAttribute {
    /// The name.
    pub name: String,
    /// Its span.
    pub span: Span,
    /// The assigned value.
    pub value: Value,
    /// Whether it may be skipped while the body of the class runs.
    pub conditional: bool,
}

/// A class at module level, or in an `if`, `try`, `for`, `while`, `with` or `match` of the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// The span of the name.
    pub name_span: Span,
    /// The span of the whole statement, including decorators.
    pub span: Span,
    /// The positional bases, in order.
    pub bases: Vec<Base>,
    /// The keyword arguments, such as `metaclass`, with the dotted names of their values.
    pub keywords: Vec<(String, Option<String>)>,
    /// The decorators, from the top down.
    pub decorators: Vec<Decorator>,
    /// The methods, in order; the last one of a name wins.
    pub methods: Vec<Function>,
    /// The other names that the body binds, in order.
    pub attributes: Vec<ClassAttribute>,
}

impl Class {
    /// Reads the class statement itself; methods and attributes are added by the walk through its
    /// body.
    pub(super) fn read(node: &StmtClassDef) -> Self {
        let arguments = node.arguments.as_deref();
        let base = |expr: &Expr| {
            let named = match expr {
                Expr::Subscript(node) => &node.value,
                other => other,
            };
            Base { name: dotted(named), span: span(expr.range()) }
        };
        let keyword = |keyword: &Keyword| {
            let name = keyword.arg.as_ref()?.as_str().to_owned();
            Some((name, dotted(&keyword.value)))
        };
        Self {
            name: node.name.as_str().to_owned(),
            name_span: span(node.name.range()),
            span: span(node.range()),
            bases: arguments.map(|found| found.args.iter().map(base).collect()).unwrap_or_default(),
            keywords: arguments
                .map(|found| found.keywords.iter().filter_map(keyword).collect())
                .unwrap_or_default(),
            decorators: node.decorator_list.iter().map(Decorator::read).collect(),
            methods: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// Returns the effective method of a name: the last one.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&Function> {
        self.methods.iter().rev().find(|method| method.name == name)
    }
}

/// A method together with the class that defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedMethod<'module> {
    /// The class that defines it.
    pub owner: ClassId,
    /// The method.
    pub method: &'module Function,
}

/// A base class from outside the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignBase<'module> {
    /// The class that lists the base.
    pub class: ClassId,
    /// The base as written.
    pub base: &'module Base,
    /// The binding of the first part of its name; an import, if the class is from another module.
    pub binding: Option<&'module Binding>,
}

/// What a class offers, including what it inherits from other classes of the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inheritance<'module> {
    /// The class and its ancestors within the module, nearest first.
    pub lineage: Vec<ClassId>,
    /// The effective methods, one per name.
    pub methods: Vec<OwnedMethod<'module>>,
    /// The bases to resolve elsewhere, in the order in which they are met.
    pub foreign: Vec<ForeignBase<'module>>,
}

impl<'module> Inheritance<'module> {
    /// Returns the method of a name, whichever class of the module defines it.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<OwnedMethod<'module>> {
        self.methods.iter().find(|owned| owned.method.name == name).copied()
    }
}

/// Which class of a module derives from another.
#[derive(Clone, Copy, Debug)]
pub enum Derived<'m> {
    /// None.
    Nothing,
    /// This one.
    Only(&'m Class),
    /// Any of several.
    Several,
}

impl<'m> Derived<'m> {
    /// The class, if it is known which.
    #[must_use]
    pub fn only(self) -> Option<&'m Class> {
        match self {
            Self::Only(class) => Some(class),
            Self::Nothing | Self::Several => None,
        }
    }
}

impl Module {
    /// Returns a class by its index.
    #[must_use]
    pub fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.get(id.0)
    }

    /// Returns the class that derives from `base`, which is known by the last part of its name, directly or through other
    /// classes of the module. Of several it is the one that one of the `names` of the module refers to, else the one that
    /// no other of them derives from.
    #[must_use]
    pub fn subclass_of(&self, base: &str, names: &[&str]) -> Derived<'_> {
        let mut derived: HashMap<&str, ClassId> = HashMap::new();
        let mut found = Vec::new();
        let mut extended: HashSet<ClassId> = HashSet::new();
        for (index, class) in self.classes.iter().enumerate() {
            let mut derives = false;
            for name in class.bases.iter().filter_map(|base| base.name.as_deref()) {
                let parent = derived.get(name);
                extended.extend(parent);
                derives |= parent.is_some() || name.rsplit('.').next() == Some(base);
            }
            if derives {
                found.push(ClassId(index));
                derived.insert(&class.name, ClassId(index));
            } else {
                derived.remove(class.name.as_str());
            }
        }
        let named = names.iter().find_map(|name| {
            let resolution = self.resolve(name);
            match resolution.candidates.as_slice() {
                [Binding { bound: Bound::Class(id), .. }] if resolution.certain => Some(*id),
                _ => None,
            }
        });
        if let Some(named) = named.filter(|named| found.contains(named)) {
            return self.class(named).map_or(Derived::Nothing, Derived::Only);
        }
        let mut last = found.into_iter().filter(|id| !extended.contains(id));
        match (last.next().and_then(|only| self.class(only)), last.next()) {
            (Some(only), None) => Derived::Only(only),
            (Some(_), Some(_)) => Derived::Several,
            (None, _) => Derived::Nothing,
        }
    }

    /// Returns the methods of a class, including inherited ones as far as its bases are in this
    /// module.
    ///
    /// Bases are followed depth first from left to right, and an ancestor that is reached twice
    /// counts at its last position. That is Python's order for most hierarchies, but not for all:
    /// Python merges the orders of the bases (C3).
    #[must_use]
    pub fn methods_with_inherited(&self, class: ClassId) -> Inheritance<'_> {
        let mut inheritance = Inheritance::default();
        let mut pending = vec![class];
        let mut expanded = HashSet::new();
        let mut order = Vec::new();
        while let Some(id) = pending.pop() {
            let Some(found) = self.class(id) else { continue };
            order.push(id);
            if !expanded.insert(id) {
                continue;
            }
            let mut parents = Vec::new();
            for base in &found.bases {
                let first = base.name.as_deref().and_then(|name| name.split('.').next());
                let resolution = first.map(|name| self.resolve_before(name, found.span.start));
                let candidates = resolution.map(|found| found.candidates).unwrap_or_default();
                let before = parents.len();
                let is_plain = base.name.as_deref() == first;
                for binding in candidates.iter().rev().filter(|_| is_plain) {
                    if let Bound::Class(parent) = binding.bound {
                        parents.push(parent);
                    }
                }
                let foreign = candidates.iter().copied().rev();
                let mut foreign = foreign
                    .filter(|binding| !is_plain || !matches!(binding.bound, Bound::Class(_)))
                    .peekable();
                if foreign.peek().is_none() && parents.len() == before {
                    let base = ForeignBase { class: id, base, binding: None };
                    inheritance.foreign.push(base);
                }
                for binding in foreign {
                    let base = ForeignBase { class: id, base, binding: Some(binding) };
                    inheritance.foreign.push(base);
                }
            }
            pending.extend(parents.into_iter().rev());
        }
        let mut seen = HashSet::new();
        let mut lineage: Vec<ClassId> =
            order.iter().rev().filter(|id| seen.insert(**id)).copied().collect();
        lineage.reverse();
        let mut names = HashSet::new();
        for owner in &lineage {
            let methods = self.class(*owner).map(|class| class.methods.as_slice());
            for method in methods.unwrap_or_default().iter().rev() {
                if names.insert(method.name.as_str()) {
                    inheritance.methods.push(OwnedMethod { owner: *owner, method });
                }
            }
        }
        inheritance.lineage = lineage;
        inheritance
    }
}
