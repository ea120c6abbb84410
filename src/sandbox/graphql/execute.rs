//! Executes an operation selection by selection, with nulls and errors where something fails.

use std::collections::HashMap;
use std::rc::Rc;

use apollo_compiler::ast::{DirectiveList, Type, Value as Ast};
use apollo_compiler::executable::{Field, Operation, OperationType, Selection, SelectionSet};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Node as Shared, Schema};
use serde_json::{Map, Value, json};

use super::node::Node;
use super::weight::Weight;
use crate::sandbox::call::Call;
use crate::sandbox::git::Store;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::world::{RepositoryId, World};

/// The value of a field.
#[derive(Debug)]
pub(super) enum Resolved {
    Leaf(Value),
    Object(Node),
    List(Vec<Option<Node>>),
}

impl Resolved {
    pub(super) fn null() -> Self {
        Self::Leaf(Value::Null)
    }

    pub(super) fn object(node: Option<Node>) -> Self {
        node.map_or_else(Self::null, Self::Object)
    }
}

/// Why a field has no value.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// GitHub's error type: `NOT_FOUND`, `FORBIDDEN`, …
    pub(super) kind: &'static str,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new("NOT_FOUND", format!("Could not resolve to {what}."))
    }
}

impl From<Refusal> for Failure {
    /// REST reports a status, GraphQL a type.
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal.status {
            403 => "FORBIDDEN",
            404 => "NOT_FOUND",
            409 => "UNPROCESSABLE",
            500.. => "INTERNAL",
            _ => "UNPROCESSABLE",
        };
        let detail = refusal.errors.first().and_then(|error| error.get("message"));
        let message = match detail.and_then(Value::as_str) {
            Some(detail) => detail.to_owned(),
            None => refusal.message,
        };
        Self { kind, message }
    }
}

impl From<git2::Error> for Failure {
    fn from(error: git2::Error) -> Self {
        Refusal::from(error).into()
    }
}

/// The arguments of a field.
#[derive(Debug, Default)]
pub(super) struct Arguments(pub(super) Map<String, Value>);

impl Arguments {
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        let items = self.value(name)?.as_array()?;
        Some(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
    }
}

/// A null that propagates to the parent, since the field is non-null.
struct Propagated;

/// The execution of an operation.
#[derive(Debug)]
pub(super) struct Execution<'a> {
    pub(super) world: &'a mut World,
    pub(super) call: &'a Call,
    schema: &'a Valid<Schema>,
    document: &'a ExecutableDocument,
    variables: &'a Map<String, Value>,
    pub(super) weight: Weight,
    errors: Vec<Value>,
    /// Repositories that are open, since a document may query much of one.
    stores: HashMap<RepositoryId, Rc<Store>>,
}

impl<'a> Execution<'a> {
    pub(super) fn new(
        world: &'a mut World,
        call: &'a Call,
        schema: &'a Valid<Schema>,
        document: &'a ExecutableDocument,
        variables: &'a Map<String, Value>,
        weight: Weight,
    ) -> Self {
        let (errors, stores) = (Vec::new(), HashMap::new());
        Self { world, call, schema, document, variables, weight, errors, stores }
    }

    pub(super) fn into_errors(self) -> Vec<Value> {
        self.errors
    }

    /// Returns the object store of a repository, opening it if necessary.
    pub(super) fn store(&mut self, id: RepositoryId) -> Result<Rc<Store>, Failure> {
        if let Some(store) = self.stores.get(&id) {
            return Ok(store.clone());
        }
        let store = Rc::new(self.world.repository(id)?.store()?);
        self.stores.insert(id, store.clone());
        Ok(store)
    }

    pub(super) fn run(&mut self, operation: &Operation) -> Value {
        let root = match operation.operation_type {
            OperationType::Mutation => Node::Mutation,
            _ => Node::Query,
        };
        let mut path = Vec::new();
        let sets = [&operation.selection_set];
        self.select(&root, &sets, &mut path).map_or(Value::Null, Value::Object)
    }

    /// Resolves the selected fields of an object.
    fn select(
        &mut self,
        node: &Node,
        sets: &[&SelectionSet],
        path: &mut Vec<Value>,
    ) -> Result<Map<String, Value>, Propagated> {
        let type_name = node.type_name(self.world);
        let mut fields: Vec<(String, Vec<Shared<Field>>)> = Vec::new();
        for set in sets {
            self.collect(type_name, set, &mut fields);
        }
        let mut object = Map::new();
        for (name, same) in fields {
            let Some(field) = same.first() else { continue };
            path.push(name.as_str().into());
            let value = self.field(node, type_name, field, &same, path);
            path.pop();
            object.insert(name, value?);
        }
        Ok(object)
    }

    /// Collects the fields selected on a type, merging those with the same name.
    fn collect(
        &self,
        type_name: &str,
        set: &SelectionSet,
        fields: &mut Vec<(String, Vec<Shared<Field>>)>,
    ) {
        for selection in &set.selections {
            if !self.is_included(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let name = field.response_name().as_str();
                    match fields.iter_mut().find(|(known, _)| known == name) {
                        Some((_, same)) => same.push(field.clone()),
                        None => fields.push((name.to_owned(), vec![field.clone()])),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.is_a(type_name, condition)) {
                        self.collect(type_name, &fragment.selection_set, fields);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = spread.fragment_def(self.document);
                    let fits = |condition: &str| self.is_a(type_name, condition);
                    if let Some(fragment) = fragment.filter(|found| fits(found.type_condition())) {
                        self.collect(type_name, &fragment.selection_set, fields);
                    }
                }
            }
        }
    }

    fn is_a(&self, type_name: &str, condition: &str) -> bool {
        type_name == condition || self.schema.is_subtype(condition, type_name)
    }

    fn is_included(&self, directives: &DirectiveList) -> bool {
        let says = |name: &str| {
            let directive = directives.get(name)?;
            let value = directive.specified_argument_by_name("if")?;
            plain(value, self.variables).as_bool()
        };
        says("skip") != Some(true) && says("include") != Some(false)
    }

    fn field(
        &mut self,
        node: &Node,
        type_name: &str,
        field: &Field,
        same: &[Shared<Field>],
        path: &mut Vec<Value>,
    ) -> Result<Value, Propagated> {
        if field.name == "__typename" {
            return Ok(type_name.into());
        }
        let arguments = self.arguments(field);
        let resolved = match field.name.starts_with("__") {
            true => Err(Failure::new("UNPROCESSABLE", "the schema is not told here")),
            false => self.resolve(node, &field.name, &arguments),
        };
        let resolved = match resolved {
            Ok(resolved) => resolved,
            Err(failure) => {
                self.error(&failure, field, path);
                return self.nothing(&field.definition.ty);
            }
        };
        let sets: Vec<&SelectionSet> =
            same.iter().filter_map(|field| field.selection_set.as_ref()).collect();
        let value = match resolved {
            Resolved::Leaf(Value::Null) => return self.nothing(&field.definition.ty),
            Resolved::Leaf(value) => value,
            Resolved::Object(node) => match self.select(&node, &sets, path) {
                Ok(object) => Value::Object(object),
                Err(Propagated) => return self.nothing(&field.definition.ty),
            },
            Resolved::List(items) => match self.list(items, field, &sets, path) {
                Ok(items) => Value::Array(items),
                Err(Propagated) => return self.nothing(&field.definition.ty),
            },
        };
        Ok(value)
    }

    fn list(
        &mut self,
        items: Vec<Option<Node>>,
        field: &Field,
        sets: &[&SelectionSet],
        path: &mut Vec<Value>,
    ) -> Result<Vec<Value>, Propagated> {
        let item_type = field.definition.ty.item_type();
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            path.push(index.into());
            let value = match item {
                None => {
                    if field.name == "nodes" && matches!(path.as_slice(), [_, _]) {
                        let failure = Failure::not_found("a node with the global id of this place");
                        self.error(&failure, field, path);
                    }
                    self.nothing(item_type)
                }
                Some(node) => match self.select(&node, sets, path) {
                    Ok(object) => Ok(Value::Object(object)),
                    Err(Propagated) => self.nothing(item_type),
                },
            };
            path.pop();
            values.push(value?);
        }
        Ok(values)
    }

    /// Returns null if the type is nullable.
    #[expect(clippy::unused_self, reason = "read beside the others")]
    fn nothing(&self, ty: &Type) -> Result<Value, Propagated> {
        if ty.is_non_null() { Err(Propagated) } else { Ok(Value::Null) }
    }

    /// Returns the arguments of a field, with their defaults.
    fn arguments(&self, field: &Field) -> Arguments {
        let mut arguments = Map::new();
        for definition in &field.definition.arguments {
            let given = field.arguments.iter().find(|argument| argument.name == definition.name);
            let value = match given {
                Some(given) => Some(plain(&given.value, self.variables)),
                None => definition.default_value.as_ref().map(|value| plain(value, self.variables)),
            };
            if let Some(value) = value {
                arguments.insert(definition.name.to_string(), value);
            }
        }
        Arguments(arguments)
    }

    fn error(&mut self, failure: &Failure, field: &Field, path: &[Value]) {
        let location = field.name.line_column_range(&self.document.sources);
        let location =
            location.map(|range| json!({"line": range.start.line, "column": range.start.column}));
        self.errors.push(json!({
            "type": failure.kind,
            "path": path,
            "locations": location.into_iter().collect::<Vec<_>>(),
            "message": failure.message,
        }));
    }
}

/// Converts a value of a document to JSON, substituting variables.
pub(super) fn plain(value: &Ast, variables: &Map<String, Value>) -> Value {
    match value {
        Ast::Null => Value::Null,
        Ast::Enum(name) => name.as_str().into(),
        Ast::Variable(name) => variables.get(name.as_str()).cloned().unwrap_or(Value::Null),
        Ast::String(text) => text.as_str().into(),
        Ast::Float(number) => number.try_to_f64().ok().into(),
        Ast::Int(number) => serde_json::from_str(number.as_str()).unwrap_or(Value::Null),
        Ast::Boolean(value) => (*value).into(),
        Ast::List(items) => items.iter().map(|item| plain(item, variables)).collect(),
        Ast::Object(fields) => {
            let fields =
                fields.iter().map(|(name, value)| (name.to_string(), plain(value, variables)));
            Value::Object(fields.collect())
        }
    }
}
