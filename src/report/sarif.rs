//! The report as SARIF 2.1.0, for code scanning.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>. There is one run; see [`Places`] for
//! what its paths are relative to. Findings that are waived or in the baseline are left out: GitHub does not read
//! `suppressions` (github/codeql-action, issue 1230), so each would be an open alert.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Value, json};

use super::places::Places;
use crate::change::FileEdit;
use crate::checks::finding::Region;
use crate::checks::{Finding, Fix, Location, Rule, Safety, Severity};
use crate::digest::hexadecimal;
use crate::drift::model::{Report, RepositoryReport};
use crate::source::Position;

/// The base id that all paths are relative to.
const ROOT: &str = "SRCROOT";

/// The file at which a finding about a whole repository is shown. Code scanning rejects the whole SARIF file if a
/// single result has no `physicalLocation`, an empty `uri` or no line (github/codeql-action, issues 1738 and 2456;
/// its rule GH1003 requires `startLine`). It does not check whether the file exists, but matches results across runs
/// by path, so the path must always be the same.
const OF_A_REPOSITORY: &str = "README.md";

/// The file at which a finding about a whole fleet is shown.
const OF_A_FLEET: &str = "fleet.yaml";

/// Writes the report as one log file.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run(report)],
    });
    super::json::write_value(&log, out)
}

fn run(report: &Report) -> Value {
    let paths = Paths(Places::of(report));
    let open = open(report);
    let rules = rules_of(&open);
    let results: Vec<Value> = open
        .into_iter()
        .map(|(repository, finding)| result(repository, finding, &rules, &paths))
        .collect();
    let rules: Vec<Value> = rules.values().map(|(_, rule)| descriptor(rule)).collect();
    json!({
        "tool": { "driver": {
            "name": "shipshape",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        } },
        "automationDetails": { "id": format!("shipshape/{}/", report.command) },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { ROOT: { "description": { "text": root_description(&paths) } } },
        "invocations": [invocation(report, &paths)],
        "results": results,
        "properties": { "shape": report.shape },
    })
}

/// The findings that are neither waived nor in the baseline; those about the fleet have no repository.
fn open(report: &Report) -> Vec<(Option<&RepositoryReport>, &Finding)> {
    let repositories = report.repositories.iter().flat_map(|repository| {
        repository.findings.iter().map(move |finding| (Some(repository), finding))
    });
    let fleet = report.fleet_findings.iter().map(|finding| (None, finding));
    fleet.chain(repositories).filter(|(_, finding)| finding.waived.is_none()).collect()
}

fn root_description(paths: &Paths<'_>) -> &'static str {
    if paths.0.several() { "The folder that holds the repositories." } else { "The repository." }
}

/// How paths of this report become URIs.
struct Paths<'r>(Places<'r>);

impl Paths<'_> {
    fn uri(&self, repository: Option<&RepositoryReport>, path: &str) -> String {
        percent_encoded(&self.0.path(repository, path))
    }

    fn artifact(&self, repository: Option<&RepositoryReport>, path: &str) -> Value {
        json!({ "uri": self.uri(repository, path), "uriBaseId": ROOT })
    }
}

/// A path as a relative reference: everything except unreserved characters and `/` is percent-encoded (RFC 3986). A byte
/// that is not UTF-8 is spelled `\xff` in our paths, and becomes that byte.
fn percent_encoded(path: &str) -> String {
    let odd_byte = |at: usize| {
        let digits = path.get(at..at + 4)?.strip_prefix("\\x")?;
        u8::from_str_radix(digits, 16).ok().filter(|byte| !byte.is_ascii())
    };
    let mut uri = String::with_capacity(path.len());
    let mut at = 0;
    while let Some(byte) = path.as_bytes().get(at).copied() {
        let odd = odd_byte(at);
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{:02X}", odd.unwrap_or(byte)));
        }
        at += if odd.is_some() { 4 } else { 1 };
    }
    uri
}

/// The rules of these findings, by code, each with its index in the list.
type Rules = BTreeMap<&'static str, (usize, &'static Rule)>;

fn rules_of(open: &[(Option<&RepositoryReport>, &Finding)]) -> Rules {
    let mut rules: Rules =
        open.iter().map(|(_, finding)| (finding.rule.code, (0, finding.rule))).collect();
    for (place, (index, _)) in rules.values_mut().enumerate() {
        *index = place;
    }
    rules
}

fn descriptor(rule: &Rule) -> Value {
    let example = |(language, source): (&str, &str)| {
        format!("```{language}\n{}\n```", source.trim_end_matches('\n'))
    };
    let markdown = format!(
        "{}\n\nProtects: {}\n\n{}\n\nFails:\n\n{}\n\nPasses:\n\n{}\n",
        rule.summary,
        rule.protects,
        rule.details,
        example(rule.fails),
        example(rule.passes),
    );
    json!({
        "id": rule.code,
        "name": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": format!("Protects: {}", rule.protects) },
        "help": { "text": format!("Protects: {}\n\n{}", rule.protects, rule.details), "markdown": markdown },
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn result(
    repository: Option<&RepositoryReport>,
    finding: &Finding,
    rules: &Rules,
    paths: &Paths<'_>,
) -> Value {
    let is_elsewhere = paths.0.is_elsewhere(repository);
    let beginning = match is_elsewhere {
        true => paths.0.beginning(finding.location.as_ref()),
        false => String::new(),
    };
    let message = match &finding.help {
        Some(help) => format!("{beginning}{}. {help}", finding.message),
        None => beginning + finding.message.as_str(),
    };
    let mut result = json!({
        "ruleId": finding.rule.code,
        "level": level(finding.severity),
        "message": { "text": message },
        "properties": {
            "rule": finding.rule.id,
            "repository": repository.map(|repository| &repository.name),
            "unchecked": finding.unchecked,
        },
    });
    if let Some((index, _)) = rules.get(finding.rule.code) {
        result["ruleIndex"] = json!(index);
    }
    result["locations"] = json!([match &finding.location {
        Some(location) if !location.path.as_str().is_empty() && !is_elsewhere => {
            place(repository, location, None, paths)
        }
        _ => whole(repository, paths),
    }]);
    if let Some(region) = finding.location.as_ref().and_then(|location| location.region.as_ref()) {
        result["partialFingerprints"] =
            json!({ "shipshapeLines/v1": hexadecimal(&region.lines_digest) });
    }
    if is_elsewhere {
        return result;
    }
    if !finding.related.is_empty() {
        let related = finding.related.iter();
        let related: Vec<Value> =
            related.map(|(location, why)| place(repository, location, Some(why), paths)).collect();
        result["relatedLocations"] = Value::Array(related);
    }
    if let Some(fix) =
        finding.fix.as_ref().and_then(|fix| fix_value(repository, finding, fix, paths))
    {
        result["fixes"] = json!([fix]);
    }
    result
}

fn place(
    repository: Option<&RepositoryReport>,
    location: &Location,
    why: Option<&str>,
    paths: &Paths<'_>,
) -> Value {
    let region = location.region.as_ref().map(|region| between(region.start, region.end));
    let mut place = physical(repository, location.path.as_str(), region, paths);
    if let Some(why) = why {
        place["message"] = json!({ "text": why });
    }
    place
}

/// The location of a finding about a whole repository or fleet.
fn whole(repository: Option<&RepositoryReport>, paths: &Paths<'_>) -> Value {
    let Some(repository) = repository else {
        let file = if paths.0.is_elsewhere(None) { OF_A_REPOSITORY } else { OF_A_FLEET };
        return physical(None, file, None, paths);
    };
    let mut place = physical(Some(repository), OF_A_REPOSITORY, None, paths);
    place["logicalLocations"] = json!([{ "name": repository.name, "kind": "module" }]);
    place
}

/// A location in a file; its first line if there is no region.
fn physical(
    repository: Option<&RepositoryReport>,
    path: &str,
    region: Option<Value>,
    paths: &Paths<'_>,
) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": paths.artifact(repository, path),
        "region": region.unwrap_or_else(|| json!({ "startLine": 1 })),
    } })
}

/// SARIF's end column, like ours, is the one after the last character (section 3.30.8).
fn between(start: Position, end: Position) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// The fix as replacements, if all of its edits can be given by line and column.
///
/// A report contains no whole texts, only the lines that a finding covers. Byte offsets would have to account for a
/// byte order mark and would require binary content (section 3.57). So a fix that reaches beyond those lines, or
/// creates or removes a file, is left to `shipshape fix`.
fn fix_value(
    repository: Option<&RepositoryReport>,
    finding: &Finding,
    fix: &Fix,
    paths: &Paths<'_>,
) -> Option<Value> {
    let location = finding.location.as_ref()?;
    let region = location.region.as_ref()?;
    let mut replacements = Vec::new();
    for edit in &fix.edits {
        let FileEdit::Text { path, edits } = edit else { return None };
        if path != &location.path {
            return None;
        }
        for edit in edits {
            let start = position_near(region, edit.span.start)?;
            let end = position_near(region, edit.span.end)?;
            replacements.push(json!({
                "deletedRegion": between(start, end),
                "insertedContent": { "text": edit.replacement },
            }));
        }
    }
    if replacements.is_empty() {
        return None;
    }
    let safety = match fix.safety {
        Safety::Safe => "safe",
        Safety::Unsafe => "unsafe",
    };
    Some(json!({
        "description": { "text": format!("{} ({safety})", fix.title) },
        "artifactChanges": [{
            "artifactLocation": paths.artifact(repository, location.path.as_str()),
            "replacements": replacements,
        }],
    }))
}

/// The line and column of a byte offset, which are known at both ends of a region and on its first line.
fn position_near(region: &Region, offset: usize) -> Option<Position> {
    if offset == region.span.start {
        return Some(region.start);
    }
    if offset == region.span.end {
        return Some(region.end);
    }
    // A carriage return starts another line, which `lines` does not split at.
    let line = region.excerpt.lines().next().filter(|line| !line.contains('\r'))?;
    // The excerpt of a long line is cut, possibly before the region begins.
    let characters_before = region.start.column as usize - 1;
    let mut ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
    let before = ends.nth(characters_before)?;
    let line_start = region.span.start.checked_sub(before)?;
    let within = line.get(..offset.checked_sub(line_start)?)?;
    let column = u32::try_from(within.chars().count()).ok()?.checked_add(1)?;
    Some(Position { line: region.start.line, column })
}

fn invocation(report: &Report, paths: &Paths<'_>) -> Value {
    let unjudged: Vec<Value> = report
        .repositories
        .iter()
        .filter_map(|repository| Some((repository, repository.error.as_ref()?)))
        .map(|(repository, error)| {
            json!({
                "level": "error",
                "message": { "text": format!("{} could not be judged: {error}", repository.name) },
                "locations": [whole(Some(repository), paths)],
            })
        })
        .collect();
    let mut invocation = json!({
        "executionSuccessful": unjudged.is_empty(),
        "endTimeUtc": report.generated_at,
    });
    if !unjudged.is_empty() {
        invocation["toolExecutionNotifications"] = Value::Array(unjudged);
    }
    invocation
}

#[cfg(test)]
mod tests;
