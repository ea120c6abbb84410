//! A proposed pack as text and as JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::demands::{self, Detail};
use crate::checks::{Finding, Severity, path_rules};
use crate::counted::counted_as;
use crate::drift::RepositoryVerdict;
use crate::drift::model::{PathReport, RepositoryReport};
use crate::edge::terminal::visible_line;
use crate::shape::PathVerdict;
use crate::shape::demands::Demands;
use crate::shape::infer::{Proposal, ProposedPath, Unheld, UnheldPath, nearly_all};

/// The most unheld paths that are listed.
const MAX_LISTED: usize = 20;

/// The most extra paths that are named per repository.
const MAX_EXTRA: usize = 4;

/// The judged repositories.
pub(super) struct Judged {
    pub(super) by_pack: Vec<RepositoryReport>,
    /// Judged by a pack without demands; empty if [`is_followed`] holds.
    pub(super) under_any: Vec<RepositoryReport>,
}

/// Whether enough repositories conform: as many as for a path to be held.
pub(super) fn is_followed(judged: &[RepositoryReport]) -> bool {
    nearly_all(count(judged, RepositoryVerdict::Conformant), judged.len())
}

fn count(judged: &[RepositoryReport], verdict: RepositoryVerdict) -> usize {
    judged.iter().filter(|report| report.verdict == verdict).count()
}

pub(super) fn human(proposal: &Proposal, judged: &Judged, width: usize) -> String {
    let mut text = paths(&proposal.paths, width);
    let kinds = proposal.kinds.iter().map(|kind| kind.join(", "));
    let section = |text: &mut String, title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  {}\n", visible_line(line))));
        }
    };
    section(
        &mut text,
        "These are of several kinds, and a pack is for one: run it for each",
        kinds.collect(),
    );
    section(&mut text, "Required keys", required_keys(&proposal.demands));
    section(&mut text, "Other demands", other_demands(&proposal.demands));
    let variables = proposal.variables.iter();
    let variables = variables.map(|variable| format!("{}  {}", variable.name, variable.why));
    section(&mut text, "Variables", variables.collect());
    let profiles = proposal.profiles.iter();
    let profiles =
        profiles.map(|profile| format!("{}  {}", profile.name, profile.members.join(", ")));
    section(&mut text, "Profiles", profiles.collect());
    section(
        &mut text,
        "Outliers: paths that are not held and that one repository has",
        unheld(proposal, &|path| path.because == Unheld::Uncommon && !path.expected),
    );
    section(
        &mut text,
        "Links and submodules, which are not held",
        unheld(proposal, &|path| {
            path.because == Unheld::Link && (!path.expected || path.present_in.len() > 1)
        }),
    );
    section(
        &mut text,
        "Not held, because a credential is in the file: revoke it, remove it from the repositories, and run this again",
        unheld(proposal, &|path| path.because == Unheld::Credential),
    );
    section(
        &mut text,
        "Not held, because git keeps something else than their content (Git LFS, a filter, an encoding)",
        unheld(proposal, &|path| path.because == Unheld::Converted),
    );
    section(&mut text, "Free: no reason is required", proposal.extras.clone());
    section(&mut text, "A person should decide", proposal.questions.clone());
    section(
        &mut text,
        "The repositories by this pack",
        judged.by_pack.iter().map(standing).collect(),
    );
    text.push_str(&format!("\n{}\n", summary(proposal, judged)));
    text
}

fn paths(paths: &[ProposedPath], width: usize) -> String {
    let longest = paths.iter().map(|path| visible_line(&path.path).chars().count());
    let longest = longest.max().unwrap_or(4);
    let column = longest.clamp(4, width.saturating_sub(50).max(20));
    let mut text = format!(
        "{:<column$}  {:<10}  {:>7}  {:>8}  {:>9}  {:>7}  why\n",
        "path", "policy", "in", "contents", "as wanted", "earlier"
    );
    for path in paths {
        let policy = format!("{}{}", path.policy, if path.optional { "?" } else { "" });
        let wanted = if path.conforming.is_empty() {
            "-".to_owned()
        } else {
            format!("{}/{}", path.conforming.len(), path.present)
        };
        text.push_str(&format!(
            "{:<column$}  {policy:<10}  {:>7}  {:>8}  {wanted:>9}  {:>7}  {}\n",
            visible_line(&path.path),
            format!("{}/{}", path.present, path.of),
            path.contents,
            path.earlier,
            visible_line(&path.why)
        ));
        if !path.outliers.is_empty() {
            text.push_str(&format!(
                "{:<column$}    otherwise in {}\n",
                "",
                visible_line(&path.outliers.join(", "))
            ));
        }
    }
    text
}

/// The most required keys that are listed per document.
const MAX_KEYS: usize = 12;

/// The keys that each document must have, without which it is broken.
fn required_keys(demands: &Map<String, Value>) -> Vec<String> {
    let documents = demands.get("documents").and_then(Value::as_array).into_iter().flatten();
    let line = |document: &Value| {
        let path = document.get("path")?.as_str()?;
        let mut keys = Vec::new();
        add_required("", document.get("keys")?, &mut keys);
        let shown = keys.iter().take(MAX_KEYS).map(String::as_str).collect::<Vec<_>>().join(", ");
        Some(match keys.len() {
            0 => return None,
            1..=MAX_KEYS => format!("{path}  {shown}"),
            count => {
                format!("{path}  {shown} and {} more; --format json lists all", count - MAX_KEYS)
            }
        })
    };
    documents.filter_map(line).collect()
}

/// The demands on anything but keys of documents.
fn other_demands(demands: &Map<String, Value>) -> Vec<String> {
    let mut demands = demands.clone();
    demands.remove("documents");
    let read = serde_json::from_value::<Demands>(Value::Object(demands));
    read.map(|demands| demands::lines(&demands, Detail::Counts)).unwrap_or_default()
}

// The recursion is shallow, since the inference bounds the nesting of demands.
fn add_required(above: &str, keys: &Value, all: &mut Vec<String>) {
    for (name, key) in keys.as_object().into_iter().flatten() {
        let dotted = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        if key.get("required").is_some() {
            all.push(dotted.clone());
        }
        if let Some(below) = key.get("keys") {
            add_required(&dotted, below, all);
        }
    }
}

/// Paths that are not held, each with the repositories that have it.
fn unheld(proposal: &Proposal, is_listed: &dyn Fn(&UnheldPath) -> bool) -> Vec<String> {
    let unheld: Vec<_> = proposal.unheld.iter().filter(|path| is_listed(path)).collect();
    let line = |path: &&UnheldPath| format!("{}  {}", path.path, path.present_in.join(", "));
    let mut lines: Vec<String> = unheld.iter().take(MAX_LISTED).map(line).collect();
    if unheld.len() > MAX_LISTED {
        lines.push(format!("… and {} more; --format json lists all", unheld.len() - MAX_LISTED));
    }
    lines
}

/// The verdict on a repository and its reasons: paths that differ, and rules with other findings. Extra paths are not a
/// reason, and come last.
fn standing(report: &RepositoryReport) -> String {
    let differs =
        |path: &&PathReport| !matches!(path.verdict, PathVerdict::Conformant | PathVerdict::Extra);
    let differing = report.paths.iter().filter(differs);
    let mut told: Vec<String> =
        differing.map(|path| format!("{} {}", path.path, name(&path.verdict))).collect();
    told.extend(rules(report).into_iter().map(str::to_owned));
    if report.verdict == RepositoryVerdict::Unchecked {
        let open = report.findings.iter().filter(|finding| finding.unchecked);
        let why = report.error.iter().map(String::as_str);
        let mut why = why.chain(open.map(|finding| finding.message.as_str()));
        told.extend(why.next().map(str::to_owned));
        let others = why.count();
        told.extend((others > 0).then(|| format!("and {others} more that could not be decided")));
    }
    let name = format!("{}  {}", report.name, name(&report.verdict));
    let why = if told.is_empty() { name } else { format!("{name}: {}", told.join(", ")) };
    let extra = report.paths.iter().filter(|path| path.verdict == PathVerdict::Extra);
    let extra: Vec<&str> = extra.map(|path| path.path.as_str()).collect();
    let shown = extra.iter().take(MAX_EXTRA).copied().collect::<Vec<_>>().join(", ");
    match extra.len() {
        0 => why,
        1..=MAX_EXTRA => format!("{why}; extra: {shown}"),
        count => format!("{why}; extra: {shown} and {} more", count - MAX_EXTRA),
    }
}

/// Rules with open findings other than path verdicts, gravest first.
fn rules(report: &RepositoryReport) -> Vec<&'static str> {
    let is_of_paths = |finding: &Finding| {
        let code = finding.rule.code;
        let is_rule = path_rules::RULES.iter().any(|rule| rule.code == code);
        is_rule && code != path_rules::VARIABLE_DISAGREEMENT.code
    };
    let open = report.findings.iter().filter(|finding| {
        finding.waived.is_none()
            && !finding.unchecked
            && finding.severity >= Severity::Warning
            && !is_of_paths(finding)
    });
    let mut open: Vec<&Finding> = open.collect();
    open.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut rules: Vec<&str> = Vec::new();
    for finding in open {
        if !rules.contains(&finding.rule.id) {
            rules.push(finding.rule.id);
        }
    }
    rules
}

fn name(verdict: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(verdict).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn summary(proposal: &Proposal, judged: &Judged) -> String {
    if proposal.paths.iter().all(|path| path.optional) {
        let why = if proposal.paths.is_empty() {
            "no path is in enough of the repositories to be held"
        } else {
            "every path that it holds is optional"
        };
        return format!("This pack demands nothing: {why}. Any repository would conform to it");
    }
    let Judged { by_pack: judged, under_any } = judged;
    let count = |verdict| count(judged, verdict);
    let few = if is_followed(judged) { String::new() } else { too_few(judged, under_any) };
    let profiles = if proposal.profiles.is_empty() {
        ""
    } else {
        "\nGraded with these profiles: set `profile` of the members in fleet.yaml, or `drift` judges without"
    };
    format!(
        "{} repositories: {} conformant, {} drifted, {} broken, {} unchecked{profiles}{few}",
        judged.len(),
        count(RepositoryVerdict::Conformant),
        count(RepositoryVerdict::Drifted),
        count(RepositoryVerdict::Broken),
        count(RepositoryVerdict::Unchecked),
    )
}

/// Advice if too few conform. Some findings cannot be resolved by changing the pack.
fn too_few(judged: &[RepositoryReport], under_any: &[RepositoryReport]) -> String {
    let own: Vec<&RepositoryReport> =
        under_any.iter().filter(|report| report.verdict != RepositoryVerdict::Conformant).collect();
    let few = match judged.len() {
        0..=3 => "Not all conform",
        4 => "Fewer than three of four conform",
        _ => "Fewer than four in five conform",
    };
    let mut text = format!("\n{few}");
    // Repositories without findings of their own differ because of the pack.
    let conformant = count(judged, RepositoryVerdict::Conformant);
    if !nearly_all(conformant + own.len(), judged.len()) {
        text.push_str(": before anything is repaired by this pack, hold fewer paths, or hold them as `seeded`");
    }
    if !own.is_empty() {
        let found: BTreeSet<&str> = own.iter().flat_map(|report| rules(report)).collect();
        let found: Vec<&str> = found.into_iter().collect();
        let named = match found.is_empty() {
            true => String::new(),
            false => format!(" ({})", found.join(", ")),
        };
        text.push_str(&format!(
            "\n{} findings that any shape would report{named}: fix them in the repositories and run this again; no \
             change to the pack removes them",
            counted_as(own.len(), "repository has", "repositories have")
        ));
    }
    text
}

pub(super) fn json(proposal: &Proposal, judged: &Judged) -> String {
    let judged = &judged.by_pack;
    let paths: Vec<_> = proposal
        .paths
        .iter()
        .map(|path| {
            json!({
                "path": path.path, "policy": path.policy, "optional": path.optional,
                "executable": path.executable, "present": path.present, "of": path.of,
                "contents": path.contents, "conforming": path.conforming, "outliers": path.outliers,
                "earlier": path.earlier, "why": path.why,
            })
        })
        .collect();
    let unheld: Vec<_> = proposal
        .unheld
        .iter()
        .map(|path| json!({ "path": path.path, "presentIn": path.present_in, "expected": path.expected, "because": path.because }))
        .collect();
    let variables: Vec<_> = proposal
        .variables
        .iter()
        .map(|variable| json!({ "name": variable.name, "default": variable.definition.default, "why": variable.why }))
        .collect();
    let profiles: Vec<_> = proposal
        .profiles
        .iter()
        .map(|profile| {
            json!({
                "name": profile.name, "members": profile.members, "permits": profile.permits,
                "without": profile.without, "expects": profile.expects,
            })
        })
        .collect();
    let repositories: Vec<_> = proposal
        .members
        .iter()
        .map(|member| {
            let report = judged.iter().find(|report| report.name == member.name);
            let paths: Vec<_> = report.into_iter().flat_map(|report| &report.paths).collect();
            let paths: Vec<_> = paths
                .iter()
                .map(|path| json!({ "path": path.path, "verdict": path.verdict, "behind": path.behind }))
                .collect();
            json!({
                "name": member.name, "slug": member.slug, "profile": member.profile,
                "verdict": report.map(|report| report.verdict),
                "error": report.and_then(|report| report.error.clone()), "paths": paths,
            })
        })
        .collect();
    let conformant = count(judged, RepositoryVerdict::Conformant);
    let document = json!({
        "schema": "shipshape/shape-proposal/1",
        "paths": paths, "unheld": unheld, "extras": proposal.extras, "variables": variables,
        "demands": proposal.demands, "profiles": profiles, "questions": proposal.questions, "kinds": proposal.kinds,
        "conformant": conformant, "repositories": repositories,
    });
    format!("{document:#}\n")
}
