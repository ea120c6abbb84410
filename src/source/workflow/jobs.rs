//! The `jobs` of a workflow.

use super::{Permissions, Reader, Setting, Spanned, Uses, permissions, settings, spanned};
use crate::source::text::Span;
use crate::source::yaml::Node;

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: Spanned,
    /// The name shown by checks, which may contain expressions.
    pub name: Option<Spanned>,
    /// The span of the whole value.
    pub span: Span,
    /// The reusable workflow that it calls.
    pub uses: Option<Uses>,
    /// The inputs passed to that workflow.
    pub with: Vec<Setting>,
    /// The secrets passed to that workflow.
    pub secrets: Secrets,
    /// The jobs that it waits for.
    pub needs: Vec<Spanned>,
    /// Its condition, as written.
    pub condition: Option<Spanned>,
    /// The permissions of its token; `None` if the workflow decides.
    pub permissions: Option<Permissions>,
    /// The labels of the runner.
    pub runs_on: Vec<Spanned>,
    /// The environment variables of its steps.
    pub env: Vec<Setting>,
    /// The images of its container and services.
    pub images: Vec<Image>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// The secrets that a caller passes to a reusable workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// None.
    #[default]
    None,
    /// `secrets: inherit`.
    Inherit(Span),
    /// Passed one by one.
    Named(Vec<Setting>),
}

/// The image of a job's container or of one of its services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The name of the service; `None` for the job's own container.
    pub service: Option<Spanned>,
    /// The image.
    pub image: Spanned,
}

/// A step of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its span.
    pub span: Span,
    /// Its id.
    pub id: Option<Spanned>,
    /// Its name.
    pub name: Option<Spanned>,
    /// Its condition, as written.
    pub condition: Option<Spanned>,
    /// The action that it runs.
    pub uses: Option<Uses>,
    /// The inputs passed to that action.
    pub with: Vec<Setting>,
    /// The script that it runs.
    pub run: Option<Spanned>,
    /// Its environment variables.
    pub env: Vec<Setting>,
}

impl Job {
    /// Returns the value that the job passes for an input. Like the forge, it ignores the case of
    /// names.
    #[must_use]
    pub fn with(&self, input: &str) -> Option<&Setting> {
        self.with.iter().find(|setting| setting.key.text.eq_ignore_ascii_case(input))
    }
}

pub(super) fn read(node: Node<'_>, reader: &mut Reader) -> Vec<Job> {
    if !node.is_mapping() {
        reader.problem(node.span(), format!("`jobs` is a mapping, not {}", node.type_name()));
    }
    let mut jobs = Vec::new();
    for entry in node.entries() {
        let Some(id) = reader.text(entry.key, "jobs") else { continue };
        if entry.value.is_mapping() {
            jobs.push(read_job(id, entry.value, reader));
        } else {
            let message = format!("a job is a mapping, not {}", entry.value.type_name());
            reader.problem(entry.value.span(), message);
        }
    }
    let ids: Vec<String> = jobs.iter().map(|job| job.id.text.clone()).collect();
    for needed in jobs.iter().flat_map(|job| &job.needs) {
        if !ids.contains(&needed.text) {
            reader.problem(needed.span, format!("there is no job `{}` to wait for", needed.text));
        }
    }
    jobs
}

fn read_job(id: Spanned, node: Node<'_>, reader: &mut Reader) -> Job {
    let uses = node.get("uses").and_then(|uses| read_uses(uses, reader));
    let steps = node.get("steps").map(|steps| read_steps(steps, reader)).unwrap_or_default();
    if node.get("uses").is_some() == node.get("steps").is_some() {
        reader.problem(id.span, "a job has either `steps` or `uses`");
    }
    let named = |key: &str, reader: &mut Reader| {
        node.get(key).map(|node| settings(node, key, reader)).unwrap_or_default()
    };
    let secrets = match node.get("secrets") {
        None => Secrets::None,
        Some(secrets) if secrets.as_str() == Some("inherit") => Secrets::Inherit(secrets.span()),
        Some(secrets) => Secrets::Named(settings(secrets, "secrets", reader)),
    };
    let needs = node.get("needs").map(|needs| reader.texts(needs, "needs")).unwrap_or_default();
    Job {
        id,
        name: node.get("name").and_then(spanned),
        span: node.span(),
        uses,
        with: named("with", reader),
        secrets,
        needs,
        condition: node.get("if").and_then(spanned),
        permissions: node.get("permissions").and_then(|node| permissions(node, reader)),
        runs_on: runs_on(node, reader),
        env: named("env", reader),
        images: images(node, reader),
        steps,
    }
}

fn runs_on(job: Node<'_>, reader: &mut Reader) -> Vec<Spanned> {
    match job.get("runs-on") {
        None => Vec::new(),
        Some(node) if node.is_mapping() => {
            node.get("labels").map(|labels| reader.texts(labels, "labels")).unwrap_or_default()
        }
        Some(node) => reader.texts(node, "runs-on"),
    }
}

fn images(job: Node<'_>, reader: &mut Reader) -> Vec<Image> {
    let mut found = Vec::new();
    let image_of = |node: Node<'_>, reader: &mut Reader| match node.get("image") {
        Some(image) => reader.text(image, "image"),
        None => spanned(node),
    };
    if let Some(image) = job.get("container").and_then(|node| image_of(node, reader)) {
        found.push(Image { service: None, image });
    }
    for entry in job.get("services").into_iter().flat_map(Node::entries) {
        let service = spanned(entry.key);
        if let Some(image) = image_of(entry.value, reader) {
            found.push(Image { service, image });
        }
    }
    found
}

fn read_uses(node: Node<'_>, reader: &mut Reader) -> Option<Uses> {
    let written = reader.text(node, "uses")?;
    Some(Uses::parse(&written.text, written.span))
}

pub(super) fn read_steps(node: Node<'_>, reader: &mut Reader) -> Vec<Step> {
    if !node.is_sequence() {
        reader.problem(node.span(), format!("`steps` is a list, not {}", node.type_name()));
    }
    let mut steps = Vec::new();
    for item in node.items() {
        if !item.is_mapping() {
            let message = format!("a step is a mapping, not {}", item.type_name());
            reader.problem(item.span(), message);
            continue;
        }
        if item.get("uses").is_some() == item.get("run").is_some() {
            reader.problem(item.span(), "a step has either `uses` or `run`");
        }
        steps.push(Step {
            span: item.span(),
            id: item.get("id").and_then(spanned),
            name: item.get("name").and_then(spanned),
            condition: item.get("if").and_then(spanned),
            uses: item.get("uses").and_then(|uses| read_uses(uses, reader)),
            with: item.get("with").map(|n| settings(n, "with", reader)).unwrap_or_default(),
            run: item.get("run").and_then(|run| reader.text(run, "run")),
            env: item.get("env").map(|n| settings(n, "env", reader)).unwrap_or_default(),
        });
    }
    steps
}
