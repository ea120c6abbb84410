//! Infers demands from what nearly all files of a kind have in common; one module for each format.
//!
//! Demands are written as the values for shape.yaml. Loading the pack checks them.

mod dockerfile;
mod document;
mod python;
mod requirements;
pub(super) mod workflow;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::snapshot::Blob;

use super::Member;
use super::kind::FileKind;

/// The files at one path, by index of their repository.
pub(super) type Files = [(usize, Arc<Blob>)];

/// The demands found so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Demands {
    dockerfiles: Vec<Value>,
    documents: Vec<Value>,
    adapters: Vec<Value>,
    requirements: Vec<Value>,
    receivers: Vec<Value>,
    /// Distributions required by nearly all repositories.
    distributions: Vec<String>,
}

/// A summary in words of a demand found for a path.
pub(super) type Summary = String;

impl Demands {
    /// Infers what the files at a path have in common and records it as a demand; returns a summary if there is any.
    pub(super) fn infer(
        &mut self,
        kind: FileKind,
        path: &str,
        files: &Files,
        members: &[Member],
    ) -> Option<Summary> {
        match kind {
            FileKind::Dockerfile => {
                let (demand, summary) =
                    dockerfile::infer(path, files, members, &self.distributions)?;
                self.dockerfiles.push(demand);
                Some(summary)
            }
            FileKind::Yaml | FileKind::Toml => {
                let (demand, summary) = document::infer(path, files, members)?;
                self.documents.push(demand);
                Some(summary)
            }
            FileKind::Python => {
                let (demands, summary) = python::infer(path, files)?;
                self.adapters.extend(demands);
                Some(summary)
            }
            FileKind::Requirements => {
                let found = requirements::infer(files);
                let demand = |name: &String| json!({ "path": path, "distribution": name });
                self.requirements.extend(found.demanded.iter().map(demand));
                for name in found.names() {
                    if !self.distributions.contains(name) {
                        self.distributions.push(name.clone());
                    }
                }
                found.summary()
            }
            FileKind::Workflow => {
                let (demands, summary) = workflow::infer(path, files)?;
                self.receivers.extend(demands);
                Some(summary)
            }
            FileKind::Lines | FileKind::Other => None,
        }
    }

    /// Returns the `demands` of shape.yaml; `workflows` are those common to all workflows.
    pub(super) fn into_value(self, mut workflows: Map<String, Value>) -> Map<String, Value> {
        let mut demands = Map::new();
        let mut list = |name: &str, values: Vec<Value>| {
            if !values.is_empty() {
                demands.insert(name.to_owned(), Value::Array(values));
            }
        };
        list("dockerfiles", self.dockerfiles);
        list("documents", self.documents);
        list("requirements", self.requirements);
        if !self.adapters.is_empty() {
            demands.insert("python".to_owned(), json!({ "adapters": self.adapters }));
        }
        if !self.receivers.is_empty() {
            workflows.insert("receivers".to_owned(), Value::Array(self.receivers));
        }
        if !workflows.is_empty() {
            demands.insert("workflows".to_owned(), Value::Object(workflows));
        }
        demands
    }
}

/// Returns the most frequent value and its count; ties go to the smallest value.
fn most_frequent<T: Ord>(values: impl IntoIterator<Item = T>) -> Option<(T, usize)> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best })
}
