//! Infers the names under which Python modules offer a class, with its base and methods.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::shape::infer::nearly_all;
use crate::source::python::{Bound, ClassId, Function, MethodKind, Module, ParameterKind};

use super::{Files, Summary, most_frequent};

pub(super) fn infer(path: &str, files: &Files) -> Option<(Vec<Value>, Summary)> {
    let modules: Vec<Arc<Module>> =
        files.iter().filter_map(|(_, blob)| blob.documents.python().ok()).collect();
    let mut offered: BTreeMap<&str, Vec<(&Module, ClassId)>> = BTreeMap::new();
    for module in &modules {
        let names: BTreeSet<&str> =
            module.bindings.iter().map(|binding| binding.name.as_str()).collect();
        for name in names.into_iter().filter(|name| !name.starts_with('_')) {
            let resolution = module.resolve(name);
            if let [binding] = resolution.candidates[..]
                && let Bound::Class(class) = binding.bound
            {
                offered.entry(name).or_default().push((module, class));
            }
        }
    }
    let mut demands = Vec::new();
    let mut said = Vec::new();
    for (name, classes) in offered {
        if classes.len() < 2 || !nearly_all(classes.len(), files.len()) {
            continue;
        }
        let (demand, methods) = adapter(path, name, &classes);
        said.push(format!("class `{name}` with {methods} common methods"));
        demands.push(demand);
    }
    (!demands.is_empty()).then(|| (demands, said.join(", ")))
}

fn adapter(path: &str, name: &str, classes: &[(&Module, ClassId)]) -> (Value, usize) {
    let mut demand = Map::new();
    demand.insert("path".to_owned(), json!(path));
    demand.insert("name".to_owned(), json!(name));
    let mut bases = Vec::new();
    let mut methods: BTreeMap<&str, Vec<&Function>> = BTreeMap::new();
    for (module, class) in classes {
        let offered = module.methods_with_inherited(*class);
        let foreign: BTreeSet<&str> = offered
            .foreign
            .iter()
            .filter_map(|foreign| foreign.base.name.as_deref()?.rsplit('.').next())
            .collect();
        bases.extend(foreign);
        for owned in offered.methods {
            methods.entry(owned.method.name.as_str()).or_default().push(owned.method);
        }
    }
    let base = most_frequent(bases).filter(|(_, count)| nearly_all(*count, classes.len()));
    if let Some((base, _)) = base {
        demand.insert("base".to_owned(), json!(base));
    }
    let common: Vec<Value> = methods
        .into_iter()
        .filter(|(name, found)| !name.starts_with('_') && nearly_all(found.len(), classes.len()))
        .filter_map(|(name, found)| method(name, &found, classes.len()))
        .collect();
    let count = common.len();
    if count > 0 {
        demand.insert("methods".to_owned(), Value::Array(common));
    }
    (Value::Object(demand), count)
}

/// Describes a method that has the same kind in nearly all classes.
fn method(name: &str, found: &[&Function], of: usize) -> Option<Value> {
    let kind = |function: &&Function| match function.kind() {
        MethodKind::Static if !function.is_async => Some("static"),
        MethodKind::Instance if function.is_async => Some("async"),
        MethodKind::Instance => Some("plain"),
        _ => None,
    };
    let (kind, count) = most_frequent(found.iter().filter_map(kind))?;
    if !nearly_all(count, of) {
        return None;
    }
    let parameters = |function: &&Function| -> Vec<String> {
        let positional = function.parameters.iter().filter(|parameter| {
            let by_position = matches!(
                parameter.kind,
                ParameterKind::PositionalOnly | ParameterKind::PositionalOrKeyword
            );
            by_position && !parameter.has_default
        });
        let receiver = usize::from(kind != "static");
        positional.skip(receiver).map(|parameter| parameter.name.clone()).collect()
    };
    let mut method = Map::new();
    method.insert("name".to_owned(), json!(name));
    method.insert("kind".to_owned(), json!(kind));
    let (parameters, count) = most_frequent(found.iter().map(parameters))?;
    if !parameters.is_empty() && nearly_all(count, of) {
        method.insert("parameters".to_owned(), json!(parameters));
    }
    if found.len() == of {
        method.insert("required".to_owned(), json!(true));
    }
    Some(Value::Object(method))
}
