//! What `new` created, or would create, as a document for programs.

use super::plan::Plan;
use super::{Arguments, show};
use crate::cli::{Context, json_text};
use crate::drift::model::RepositoryReport;
use crate::error::Result;
use crate::scaffold::creation::{Creation, Found, NewFile, OnForge, SCHEMA, State};

/// The document about a plan, as far as the plan says it.
pub(super) fn of(arguments: &Arguments, plan: &Plan) -> Creation {
    let draft = &plan.draft;
    // A folder joins the lists only on request.
    let joins = arguments.local.is_none() || arguments.register;
    let changes = plan.joining.iter().filter(|_| joins).flat_map(|joining| &joining.changes);
    Creation {
        schema: SCHEMA,
        state: State::Planned,
        slug: draft.identity.slug.clone(),
        kind: draft.member.kind.clone(),
        repository: draft.repository.to_string().trim_start_matches('/').to_owned(),
        folder: arguments.local.as_ref().map(|folder| folder.display().to_string()),
        files: NewFile::of(draft),
        lists: changes.map(|change| change.name.clone()).collect(),
        forge: None,
        findings: found(&draft.report),
        left: Vec::new(),
        next: Vec::new(),
    }
}

/// The part of the document about the forge, as far as the plan says it.
pub(super) fn on_forge(address: String, plan: &Plan) -> OnForge {
    let visibility = plan.visibility.map(|visibility| visibility.as_str().to_owned());
    OnForge::planned(address, plan.remarks.clone(), visibility)
}

/// The findings that are not waived.
pub(super) fn found(report: &RepositoryReport) -> Vec<Found> {
    show::open(report).map(Found::of).collect()
}

/// Prints it.
pub(super) fn print(context: &Context, document: &Creation) -> Result<()> {
    context.terminal.output(&json_text(document)?)
}
