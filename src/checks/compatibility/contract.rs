//! What a runtime requires of adapters, read from its base class.

use std::collections::{BTreeMap, BTreeSet};

use crate::package::interface::Offer;
use crate::package::symbols::{ModuleSymbols, SymbolTable};
use crate::shape::demands::python::{Method, MethodKind as Wanted};
use crate::source::python::attributes::instance_names;
use crate::source::python::{
    Bound, Class, ClassId, Function, MethodKind, Module, Parameter, ParameterKind, Value,
};

/// Bases that contribute no fields or methods.
const NEUTRAL: [&str; 4] = ["ABC", "Generic", "Protocol", "object"];

/// How deep base classes and links between modules are followed.
const MAX_DEPTH: usize = 16;

/// What is required of an adapter.
#[derive(Debug, Default)]
pub struct Contract {
    /// The dotted name of the base class; `None` if the runtime has no class of that name, or several.
    pub class: Option<String>,
    /// Why the class is not known.
    pub unknown: Option<String>,
    /// Its methods; abstract ones are `required`.
    pub methods: Vec<AskedMethod>,
    /// What the arguments of its methods offer, by method and position: the dotted name of the argument's class, and
    /// the names it has.
    pub fields: BTreeMap<(String, usize), (String, BTreeSet<String>)>,
}

/// A method that the contract asks for.
#[derive(Debug)]
pub struct AskedMethod {
    /// The method, as a shape would demand it.
    pub method: Method,
    /// Whether its parameters are not all known, so that they cannot be compared.
    pub is_open: bool,
}

impl Contract {
    /// Reads the contract from the runtime's class of this name.
    #[must_use]
    pub fn of(runtime: &Offer, base: &str) -> Self {
        let unknown = |why: String| Self { unknown: Some(why), ..Self::default() };
        let mut found = definitions(&runtime.table, base);
        let Some((owner, module, id)) = found.pop() else {
            return unknown(format!("{} has no class `{base}`", runtime.label));
        };
        if let Some((other, ..)) = found.pop() {
            return unknown(format!(
                "{} has several classes `{base}`: in `{}` and in `{}`",
                runtime.label, other.dotted, owner.dotted
            ));
        }
        let mut contract =
            Self { class: Some(format!("{}.{base}", owner.dotted)), ..Self::default() };
        let mut seen = BTreeSet::new();
        contract.collect(runtime, (owner, module, id), &mut seen, MAX_DEPTH);
        contract
    }

    /// The method of this name.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&AskedMethod> {
        self.methods.iter().find(|asked| asked.method.name == name)
    }

    fn collect(
        &mut self,
        runtime: &Offer,
        (owner, module, id): (&ModuleSymbols, &Module, ClassId),
        seen: &mut BTreeSet<String>,
        depth: usize,
    ) {
        let Some(class) = module.class(id) else { return };
        for function in class.methods.iter().rev() {
            let name = &function.name;
            let is_private = name.starts_with('_');
            // Private methods are not part of the contract, and properties are not called.
            if is_private || !seen.insert(name.clone()) || function.kind() == MethodKind::Property {
                continue;
            }
            self.methods.push(asked(function));
            self.note_fields(runtime, owner, function);
        }
        if depth == 0 {
            return;
        }
        for base in &class.bases {
            let Some(name) = base.name.as_deref() else { continue };
            if let Some(found) = resolved(&runtime.table, owner, name, MAX_DEPTH) {
                self.collect(runtime, found, seen, depth - 1);
            }
        }
    }

    fn note_fields(&mut self, runtime: &Offer, owner: &ModuleSymbols, function: &Function) {
        let own = behind_receiver(function);
        for (position, parameter) in own.iter().enumerate() {
            let Some(annotation) = parameter.annotation.as_deref() else { continue };
            let name = annotation.trim_matches(['"', '\'']);
            let Some((holder, module, id)) = resolved(&runtime.table, owner, name, MAX_DEPTH)
            else {
                continue;
            };
            let Some(names) = names_of(runtime, (holder, module, id), MAX_DEPTH) else { continue };
            let Some(class) = module.class(id) else { continue };
            let dotted = format!("{}.{}", holder.dotted, class.name);
            self.fields.insert((function.name.clone(), position), (dotted, names));
        }
    }
}

/// The modules that define a class of this name at their top level.
fn definitions<'t>(
    table: &'t SymbolTable,
    name: &str,
) -> Vec<(&'t ModuleSymbols, &'t Module, ClassId)> {
    let mut found = Vec::new();
    for owner in table.modules() {
        let Some(module) = owner.module.as_deref() else { continue };
        for binding in module.resolve(name).candidates {
            if let Bound::Class(id) = binding.bound {
                found.push((owner, module, id));
            }
        }
    }
    found
}

/// The one class of the runtime that a name in a module refers to; `None` unless that is certain.
fn resolved<'t>(
    table: &'t SymbolTable,
    owner: &'t ModuleSymbols,
    name: &str,
    links: usize,
) -> Option<(&'t ModuleSymbols, &'t Module, ClassId)> {
    let module = owner.module.as_deref()?;
    let resolution = module.resolve(name);
    let [binding] = resolution.candidates.as_slice() else { return None };
    match &binding.bound {
        Bound::Class(id) => Some((owner, module, *id)),
        Bound::Import { module, name, level } if links > 0 => {
            let dotted = match level {
                0 => module.clone(),
                level => owner.place()?.relative(*level, module)?,
            };
            resolved(table, table.module(&dotted)?, name, links - 1)
        }
        Bound::Assigned(Value::Name(other)) if links > 0 && other != name => {
            resolved(table, owner, other, links - 1)
        }
        _ => None,
    }
}

/// The names that a class's instances have, including those of its bases; `None` if they are not all known.
fn names_of(
    runtime: &Offer,
    (owner, module, id): (&ModuleSymbols, &Module, ClassId),
    depth: usize,
) -> Option<BTreeSet<String>> {
    let class: &Class = module.class(id)?;
    let is_open = |decorator: &crate::source::python::Decorator| !decorator.is("dataclass");
    if depth == 0 || class.decorators.iter().any(is_open) {
        return None;
    }
    let text = runtime.text(owner.path.as_ref()?)?;
    let mut names = instance_names(&text, &class.name)?;
    for base in &class.bases {
        let name = base.name.as_deref()?;
        let last = name.rsplit('.').next().unwrap_or_default();
        if NEUTRAL.contains(&last) {
            continue;
        }
        let found = resolved(&runtime.table, owner, name, MAX_DEPTH)?;
        names.extend(names_of(runtime, found, depth - 1)?);
    }
    Some(names)
}

fn behind_receiver(function: &Function) -> &[Parameter] {
    let all = function.parameters.as_slice();
    if function.kind() == MethodKind::Static { all } else { all.get(1..).unwrap_or_default() }
}

fn asked(function: &Function) -> AskedMethod {
    let own = behind_receiver(function);
    let is_positional = |parameter: &&Parameter| {
        matches!(parameter.kind, ParameterKind::PositionalOnly | ParameterKind::PositionalOrKeyword)
    };
    let kind = match function.kind() {
        _ if function.is_async => Wanted::Async,
        MethodKind::Static | MethodKind::Class => Wanted::Static,
        _ => Wanted::Plain,
    };
    let is_open = !own.iter().all(|parameter| is_positional(&parameter));
    AskedMethod {
        method: Method {
            name: function.name.clone(),
            kind,
            parameters: own.iter().filter(is_positional).map(|it| it.name.clone()).collect(),
            returns: None,
            required: function.is_abstract(),
            not_empty: false,
            equals: None,
            entries: BTreeMap::new(),
        },
        is_open,
    }
}
