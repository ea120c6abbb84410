//! The demands of a pack in words, one line for each file or subject.

use super::document_keys;
use crate::counted::{counted, counted_as};
use crate::shape::demands::workflow::{self, Pin, Pinned};
use crate::shape::demands::{Demands, dockerfile, document, hygiene, python};

/// How much is listed of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// How many keys there are.
    Counts,
    /// Each key, and what is demanded of it.
    Keys,
}

/// The title of the section of demands, which says how to list the keys if they are only counted.
pub(super) fn title(demands: &Demands, detail: Detail) -> &'static str {
    let has_keys = demands.documents.iter().any(|demand| !demand.keys.is_empty());
    match has_keys && detail == Detail::Counts {
        true => "Demands (--verbose lists the keys of documents)",
        false => "Demands",
    }
}

/// The lines of all demands. Those whose values are the default are left out.
pub(super) fn lines(demands: &Demands, detail: Detail) -> Vec<String> {
    // Destructured so that a new demand has to be shown here: authors look here whether theirs was understood.
    let Demands {
        dockerfiles,
        python,
        documents,
        requirements,
        version_files,
        workflows,
        markers,
        marker_exclusions,
        secrets: hygiene::Secrets { examples },
        forwarders,
    } = demands;
    let mut lines: Vec<String> = dockerfiles.iter().map(of_dockerfile).collect();
    for demand in documents {
        lines.push(of_document(demand));
        if detail == Detail::Keys {
            document_keys::add_lines(&demand.keys, "", &mut lines);
        }
    }
    of_python(python, &mut lines);
    let distributions = requirements.iter();
    lines.extend(distributions.map(|it| format!("{}  requires {}", it.path, it.distribution)));
    let versions = version_files.iter();
    lines.extend(
        versions.map(|it| format!("{}  contains the version of {}", it.path, it.distribution)),
    );
    of_workflows(workflows, &mut lines);
    if !markers.is_empty() {
        lines.push(format!("markers  no file contains {}", markers.join(", ")));
    }
    // Without markers, nothing is excluded from anything.
    if !markers.is_empty() && *marker_exclusions != hygiene::marker_exclusions() {
        lines.push(format!("marker_exclusions  {}", marker_exclusions.join(", ")));
    }
    if !examples.is_empty() {
        lines.push(format!(
            "secrets  {} of credentials",
            counted(examples.len(), "documented example")
        ));
    }
    let pairs = forwarders.iter();
    lines.extend(
        pairs.map(|it| format!("{}, {}  forward the same variables", it.install, it.start)),
    );
    lines
}

fn of_dockerfile(demand: &dockerfile::Demand) -> String {
    let dockerfile::Demand {
        path,
        base_image,
        cache_key,
        installs,
        user,
        environment,
        entrypoint,
        labels,
    } = demand;
    let mut parts = vec![format!("from {}", base_image.as_deref().unwrap_or("any image"))];
    parts.extend(installs.iter().map(|it| format!("installs {it}")));
    parts.extend(cache_key.iter().map(|it| format!("its cache depends on {}", it.arg)));
    parts.extend(user.iter().map(|it| format!("user {} ({})", it.name, it.uid)));
    parts.extend(entrypoint.iter().map(|it| format!("runs {it}")));
    let counts = [(environment.len(), "environment variable"), (labels.len(), "label")];
    parts.extend(several(&counts));
    format!("{path}  {}", parts.join(", "))
}

fn of_document(demand: &document::Demand) -> String {
    let document::Demand { path, dialect: _, version, unknown_keys, models, files, keys } = demand;
    let mut parts = vec![counted(keys.len(), "key")];
    parts.extend(unknown_keys.iter().map(|_| "no others".to_owned()));
    parts.extend(version.iter().map(|it| format!("version {} in `{}`", it.current, it.key)));
    if !models.is_empty() {
        let (one, many) = ("default that a list contains", "defaults that lists contain");
        parts.push(counted_as(models.len(), one, many));
    }
    if !files.is_empty() {
        parts.push(counted_as(files.len(), "key that names files", "keys that name files"));
    }
    format!("{path}  {}", parts.join(", "))
}

fn of_python(demand: &python::Demand, lines: &mut Vec<String>) {
    let python::Demand { version, package, modules, environment, adapters } = demand;
    lines.extend(version.iter().map(|it| format!("Python modules  run on Python {it}")));
    lines.extend(package.iter().map(|package| match modules.len() {
        0 => format!("Python modules  import {package}"),
        many => {
            format!("Python modules  import {} only through {package}", counted(many, "module"))
        }
    }));
    if !environment.is_empty() {
        let count = counted(environment.len(), "environment variable");
        lines.push(format!("Python modules  every container has {count}"));
    }
    let adapters = adapters.iter();
    lines.extend(adapters.map(|it| {
        format!("{}  offers `{}` with {}", it.path, it.name, counted(it.methods.len(), "method"))
    }));
}

fn of_workflows(demand: &workflow::Demand, lines: &mut Vec<String>) {
    let workflow::Demand { folders, receivers, publishes, pinned, permissions, interfaces } =
        demand;
    if folders.iter().ne(workflow::FOLDERS.iter()) {
        lines.push(match folders.is_empty() {
            true => "workflows  not searched for".to_owned(),
            false => format!("workflows  in {}", folders.join(", ")),
        });
    }
    lines.extend(receivers.iter().map(|it| {
        let event = it.event_type.as_deref().unwrap_or(&it.event);
        let forwards = it.forwards.as_ref().map(|it| format!(", forwards {}", it.payload));
        format!("{}  starts on {event}{}", it.path, forwards.unwrap_or_default())
    }));
    lines.extend(
        publishes
            .iter()
            .map(|it| format!("{}  publishes, never on {}", it.path, it.never_on.join(", "))),
    );
    lines.extend(pinned.iter().map(|Pinned { actions, reusable }| {
        format!(
            "workflows  pin actions to {}, reusable workflows to {}",
            pin(*actions),
            pin(*reusable)
        )
    }));
    if *permissions {
        lines.push("workflows  declare the permissions of their token".to_owned());
    }
    lines.extend(interfaces.iter().map(|it| {
        let counts = several(&[(it.inputs.len(), "input"), (it.secrets.len(), "secret")]);
        let counts = if counts.is_empty() { "no inputs".to_owned() } else { counts.join(", ") };
        format!("{}  takes {counts}", it.uses)
    }));
}

fn pin(pin: Pin) -> &'static str {
    match pin {
        Pin::Any => "any ref",
        Pin::Tag => "a tag or commit",
        Pin::Commit => "a commit",
    }
}

/// The counts that are not zero, with their nouns.
fn several(counts: &[(usize, &str)]) -> Vec<String> {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, noun)| counted(*count, noun)).collect()
}
