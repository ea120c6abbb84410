//! The GraphQL interface: parses a document, validates it against GitHub's schema, weighs it, and
//! executes it.
//!
//! The schema is GitHub's own, trimmed to what is served ([schema.NOTICE.md]), so that a document
//! with anything else is refused before it runs.
//!
//! [schema.NOTICE.md]: https://github.com/octokit/graphql-schema

mod auto_merge;
mod checks;
mod connection;
mod execute;
mod mutation;
mod node;
mod object;
mod pull;
mod query;
mod references;
mod repository;
mod review;
mod size;
mod weight;

use std::sync::LazyLock;

use apollo_compiler::executable::{Operation, OperationType};
use apollo_compiler::parser::Parser;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::limits::{Resource, Work};
use super::refusal::{Answer, Refusal};
use super::reply::Reply;
use super::world::World;
use execute::Execution;

/// GitHub's schema, trimmed to what is served.
static SCHEMA: LazyLock<Option<Valid<Schema>>> = LazyLock::new(|| {
    Schema::parse_and_validate(include_str!("schema.graphql"), "schema.graphql").ok()
});

/// The most tokens of a document; the largest of ours has a few thousand.
const MAX_TOKENS: usize = 200_000;

/// The cost of a document unless it is weighed higher.
const LEAST: u64 = 1;

/// Answers a GraphQL request.
pub(super) fn answer(world: &mut World, call: &Call, concurrent: usize, spent: &mut u64) -> Answer {
    *spent = LEAST;
    let wanted = "A query attribute must be specified and must be a string.";
    let text = call.body.get("query").and_then(Value::as_str);
    let text = text.ok_or_else(|| Refusal::new(400, wanted))?;
    let schema = SCHEMA.as_ref().ok_or_else(|| Refusal::new(500, "Server Error"))?;
    let parsed = match Parser::new().token_limit(MAX_TOKENS).parse_ast(text, "document") {
        Ok(parsed) => parsed,
        Err(invalid) => return Ok(refused(diagnostics(&invalid.errors))),
    };
    if size::selections(&parsed) > size::MOST {
        let message = "Query has too many selections once its fragments are followed.";
        return Ok(refused(vec![json!({"message": message})]));
    }
    let document = match parsed.to_executable_validate(schema) {
        Ok(document) => document,
        Err(invalid) => return Ok(refused(diagnostics(&invalid.errors))),
    };
    let name = super::call::text(&call.body, "operationName")?;
    let operation = match document.operations.get(name) {
        Ok(operation) => operation.clone(),
        Err(error) => return Ok(refused(vec![json!({"message": error.message().to_string()})])),
    };
    let variables = match variables(schema, &operation, &call.body) {
        Ok(variables) => variables,
        Err(reply) => return Ok(reply),
    };
    let weight = match weight::weigh(&document, &operation, &variables, &world.limits.numbers) {
        Ok(weight) => weight,
        Err(errors) => return Ok(refused(errors)),
    };
    if let Some(refusal) = over_limits(world, call, &operation, &document, concurrent) {
        return refusal;
    }
    *spent = weight.cost;
    let mut execution = Execution::new(world, call, schema, &document, &variables, weight);
    let data = execution.run(&operation);
    let errors = execution.into_errors();
    let mut body = Map::new();
    body.insert("data".to_owned(), data);
    if !errors.is_empty() {
        body.insert("errors".to_owned(), errors.into());
    }
    Ok(Reply::ok(Value::Object(body)))
}

fn variables(
    schema: &Valid<Schema>,
    operation: &Operation,
    body: &Value,
) -> Result<Map<String, Value>, Reply> {
    let given: JsonMap = match body.get("variables") {
        None | Some(Value::Null) => JsonMap::new(),
        Some(value) => serde_json::from_value(value.clone())
            .map_err(|_| refused(vec![json!({"message": "Variables are invalid JSON."})]))?,
    };
    let coerced = coerce_variable_values(schema, operation, &given);
    let coerced =
        coerced.map_err(|error| refused(vec![json!({"message": error.message().to_string()})]))?;
    let value = serde_json::to_value(&*coerced).unwrap_or_default();
    Ok(value.as_object().cloned().unwrap_or_default())
}

/// The mutations that create something; others change what exists, like PATCH in REST.
const MAKE_CONTENT: [&str; 4] =
    ["createRef", "createCommitOnBranch", "createPullRequest", "addLabelsToLabelable"];

/// Counts a document against the secondary limits: a mutation is a write, and creating something
/// counts as content.
fn over_limits(
    world: &mut World,
    call: &Call,
    operation: &Operation,
    document: &ExecutableDocument,
    concurrent: usize,
) -> Option<Answer> {
    let mutation = operation.operation_type == OperationType::Mutation;
    let fields: Vec<_> = operation.root_fields(document).map(|field| field.name.as_str()).collect();
    let content = mutation && fields.iter().any(|name| MAKE_CONTENT.contains(name));
    let pull = fields.contains(&"createPullRequest");
    let points = if mutation { 5 } else { 1 };
    let work = Work { resource: Resource::GraphQl, points, content, pull };
    let (identity, now) = (world.limit_identity(call), world.now);
    let refusal = world.limits.check_secondary(&identity, work, concurrent, now).err()?;
    // Content limits are reported in GraphQL's form, a ban as in REST.
    Some(match refusal.status {
        422 => Ok(refused(vec![
            json!({"type": "UNPROCESSABLE", "message": "was submitted too quickly"}),
        ])),
        _ => Err(refusal),
    })
}

fn diagnostics(errors: &apollo_compiler::validation::DiagnosticList) -> Vec<Value> {
    let told = errors.iter().map(|diagnostic| {
        let error = diagnostic.to_json();
        serde_json::to_value(&error).unwrap_or_default()
    });
    told.collect()
}

/// Builds the reply to a document that is not executed at all.
fn refused(errors: Vec<Value>) -> Reply {
    let errors = ("errors".to_owned(), Value::Array(errors));
    Reply::ok(Value::Object(std::iter::once(errors).collect()))
}

/// Builds the refusal of the primary limit.
pub(super) fn limited() -> Reply {
    refused(vec![
        json!({"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}),
    ])
}

/// GitHub's message for a part of the data that it did not compute.
const INCOMPLETE: &str = "Something went wrong while executing your query. This may be the result of a timeout, or it \
                          could be a GitHub bug.";

/// Removes a part of the data and adds GitHub's errors about it: of several fields the last half,
/// of a list the last half of its entries, else the only field.
pub(super) fn lose_half(body: &mut Value) {
    let mut errors = Vec::new();
    let mut lose = |value: &mut Value, path: Value| {
        if !value.is_null() {
            *value = Value::Null;
            errors.push(json!({"path": path, "message": INCOMPLETE}));
        }
    };
    let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) else { return };
    let kept = data.len() / 2;
    let alone = data.len() == 1;
    for (name, value) in data.iter_mut().skip(kept) {
        match value {
            Value::Array(items) if alone && items.len() > 1 => {
                let kept = items.len() / 2;
                for (index, item) in items.iter_mut().enumerate().skip(kept) {
                    lose(item, json!([name, index]));
                }
            }
            value => lose(value, json!([name])),
        }
    }
    if let Some(known) = body.as_object_mut()
        && !errors.is_empty()
    {
        let list = known.entry("errors").or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.extend(errors);
        }
    }
}

#[cfg(test)]
mod tests;
