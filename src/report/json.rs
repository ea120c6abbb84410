//! The report for programs: one JSON document with the schema `schemas/report.schema.json`.
//!
//! Text of a repository is kept as it is; invisible characters are written as JSON escapes.

use std::io;

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::tally::Tally;
use crate::checks::{Finding, Safety, Severity, Waived};
use crate::drift::RepositoryVerdict;
use crate::drift::model::{
    Outlier, PathReport, Report, RepositoryReport, SCHEMA, ShapeName, TrendPoint,
};
use crate::drift::worst;
use crate::shape::{PathVerdict, Policy};

/// The JSON Schema of the report.
#[must_use]
pub fn schema() -> Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Document<'static>>()
}

/// Writes the report as one document.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    write_value(&Document::of(report), out)
}

/// Writes a value as indented JSON without invisible characters.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_value(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    let mut rest = text.as_str();
    // JSON contains only ASCII outside of strings, so every hidden character is in a string.
    while let Some(at) = rest.find(|character: char| super::visible::is_hidden_in_json(character)) {
        let (before, from) = rest.split_at(at);
        out.write_all(before.as_bytes())?;
        let mut characters = from.chars();
        if let Some(character) = characters.next() {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
        }
        rest = characters.as_str();
    }
    writeln!(out, "{rest}")
}

/// The report of a run over one or many repositories.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "shipshape report")]
struct Document<'a> {
    /// Name and version of this format; a change that breaks readers changes the number.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// The command that made the report.
    command: &'a str,
    /// When the report was made, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    generated_at: &'a str,
    /// The shape that the repositories were compared with.
    #[schemars(with = "ShapeSchema")]
    shape: &'a ShapeName,
    /// Counts over the whole report.
    summary: Tally,
    /// The repositories that were checked, or could not be.
    repositories: Vec<Repository<'a>>,
    /// Findings about the fleet itself: its manifest, registrations and waivers.
    findings: Vec<Entry<'a>>,
    /// Paths that only few repositories have or lack.
    #[schemars(with = "Vec<OutlierSchema>")]
    outliers: &'a [Outlier],
    /// Results of earlier runs, oldest first.
    trend: &'a [TrendPoint],
    /// The repositories that most need a person, worst first, at most five.
    worst: Vec<Worst<'a>>,
    /// What a reader has to know of the repositories that were checked, one sentence each: which are not members, and
    /// which are retired.
    notes: &'a [String],
    /// Suggested next commands, most useful first.
    next: &'a [String],
}

/// A repository that needs a person, with its open findings that a machine cannot repair unattended.
#[derive(Serialize, JsonSchema)]
struct Worst<'a> {
    /// Its name.
    name: &'a str,
    /// Its verdict.
    verdict: RepositoryVerdict,
    /// Number of findings without a known repair.
    by_hand: usize,
    /// Number of findings that could not be decided.
    undecided: usize,
    /// Number of findings whose repair has to be reviewed.
    after_review: usize,
}

impl<'a> Worst<'a> {
    fn of(worst: worst::Worst<'a>) -> Self {
        let worst::Need { verdict, by_hand, undecided, after_review, .. } = worst.need;
        Self { name: worst.name, verdict, by_hand, undecided, after_review }
    }
}

/// One repository.
#[derive(Serialize, JsonSchema)]
struct Repository<'a> {
    /// Its name in the manifest or on the command line.
    name: &'a str,
    /// Where it was read from, for readers.
    origin: &'a str,
    /// The commit, if it was read from one.
    commit: Option<&'a str>,
    /// Its profile, if it has one.
    profile: Option<&'a str>,
    /// Its owner: a team or a person.
    owner: Option<&'a str>,
    /// Whether it is archived, so that nothing can be fixed there.
    archived: bool,
    /// The verdict.
    verdict: RepositoryVerdict,
    /// Why it could not be checked; null if it was.
    error: Option<&'a str>,
    /// Its paths compared with the shape, in byte order.
    paths: Vec<PathEntry<'a>>,
    /// Its findings, by path and position.
    findings: Vec<Entry<'a>>,
}

/// One path compared with the shape.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Path")]
struct PathEntry<'a> {
    /// The path, `/`-separated; a byte that is not UTF-8 is written `\xNN`.
    path: &'a str,
    /// Its policy in the shape; null for a path that the shape does not know.
    policy: Option<Policy>,
    /// The verdict.
    verdict: PathVerdict,
    /// Number of versions that it is behind the canon, if known.
    behind: Option<u32>,
}

/// A finding of a rule.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct Entry<'a> {
    /// The rule's stable code.
    #[schemars(extend("pattern" = "^SHP[0-9]{3}$"))]
    code: &'static str,
    /// The rule's name.
    rule: &'static str,
    /// Its severity in this run.
    severity: Severity,
    /// The file; null if it is about the whole repository.
    path: Option<&'a str>,
    /// First line, from 1; null if it is about the whole file.
    line: Option<u32>,
    /// First column, from 1, in Unicode scalar values.
    column: Option<u32>,
    /// Last line.
    end_line: Option<u32>,
    /// The column after the last character.
    end_column: Option<u32>,
    /// The message.
    message: &'a str,
    /// What to do next.
    help: Option<&'a str>,
    /// Whether a repair is known, and whether it is safe to apply without review.
    fix: FixKind,
    /// Whether the rule could not be decided here. This is never a pass, whatever the severity.
    unchecked: bool,
    /// The waiver that covers it.
    #[schemars(with = "Option<WaivedSchema>")]
    waived: Option<&'a Waived>,
}

/// What is known about a repair.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
#[serde(rename_all = "lowercase")]
enum FixKind {
    /// No repair is known.
    None,
    /// It cannot change what works today.
    Safe,
    /// It is probably right, but a person should review it.
    Unsafe,
}

impl<'a> Document<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            schema: SCHEMA,
            command: report.command,
            generated_at: &report.generated_at,
            shape: &report.shape,
            summary: Tally::of(report),
            repositories: report.repositories.iter().map(Repository::of).collect(),
            findings: report.fleet_findings.iter().map(Entry::of).collect(),
            outliers: &report.outliers,
            trend: &report.trend,
            notes: &report.notes,
            worst: worst::most_in_need(&report.repositories).into_iter().map(Worst::of).collect(),
            next: &report.next,
        }
    }
}

impl<'a> Repository<'a> {
    fn of(repository: &'a RepositoryReport) -> Self {
        Self {
            name: &repository.name,
            origin: &repository.origin,
            commit: repository.commit.as_deref(),
            profile: repository.profile.as_deref(),
            owner: repository.owner.as_deref(),
            archived: repository.is_archived,
            verdict: repository.verdict,
            error: repository.error.as_deref(),
            paths: repository.paths.iter().map(PathEntry::of).collect(),
            findings: repository.findings.iter().map(Entry::of).collect(),
        }
    }
}

impl<'a> PathEntry<'a> {
    fn of(path: &'a PathReport) -> Self {
        Self {
            path: path.path.as_str(),
            policy: path.policy,
            verdict: path.verdict,
            behind: path.behind,
        }
    }
}

impl<'a> Entry<'a> {
    fn of(finding: &'a Finding) -> Self {
        let region = finding.location.as_ref().and_then(|location| location.region.as_ref());
        Self {
            code: finding.rule.code,
            rule: finding.rule.id,
            severity: finding.severity,
            path: finding.path().map(crate::snapshot::RepoPath::as_str),
            line: region.map(|region| region.start.line),
            column: region.map(|region| region.start.column),
            end_line: region.map(|region| region.end.line),
            end_column: region.map(|region| region.end.column),
            message: &finding.message,
            help: finding.help.as_deref(),
            fix: match finding.fix.as_ref().map(|fix| fix.safety) {
                None => FixKind::None,
                Some(Safety::Safe) => FixKind::Safe,
                Some(Safety::Unsafe) => FixKind::Unsafe,
            },
            unchecked: finding.unchecked,
            waived: finding.waived.as_ref(),
        }
    }
}

/// The shape that the repositories were compared with.
#[derive(JsonSchema)]
#[schemars(rename = "Shape")]
#[allow(dead_code, reason = "only its schema is used")]
struct ShapeSchema {
    /// Name in shape.yaml.
    name: String,
    /// `embedded`, a folder, or a repository and commit.
    source: String,
}

/// A waiver that covers a finding.
#[derive(JsonSchema)]
#[schemars(rename = "Waived")]
#[allow(dead_code, reason = "only its schema is used")]
struct WaivedSchema {
    /// Why the finding is accepted.
    reason: String,
    /// Who is responsible: a person or a team.
    owner: String,
    /// The last day on which it applies, `YYYY-MM-DD`; null for a finding of the baseline.
    #[schemars(required)]
    expires: Option<String>,
}

/// A path that only few repositories have or lack.
#[derive(JsonSchema)]
#[schemars(rename = "Outlier")]
#[allow(dead_code, reason = "only its schema is used")]
struct OutlierSchema {
    /// The path.
    path: String,
    /// Repositories that have it.
    present_in: Vec<String>,
    /// Number of repositories that were checked.
    of: usize,
    /// The decision to make.
    question: String,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::tests::rendered;
    use super::super::{Format, sample};
    use super::*;

    fn document(report: &Report) -> Value {
        serde_json::from_str(&rendered(report, Format::Json)).expect("JSON")
    }

    #[test]
    fn reports_are_valid_against_the_schema() {
        let validator = jsonschema::validator_for(schema().as_value()).expect("a sound schema");
        for report in [sample::fleet(), sample::empty()] {
            let document = document(&report);
            let problems: Vec<_> =
                validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert_eq!(problems, [""; 0]);
        }
        assert!(!validator.is_valid(&serde_json::json!({ "schema": SCHEMA })));
    }

    #[test]
    fn a_finding_says_where_and_whether_it_can_be_mended() {
        let document = document(&sample::fleet());
        let finding = &document["repositories"][0]["findings"][1];
        assert_eq!(
            *finding,
            serde_json::json!({
                "code": "SHP101", "rule": "docker-base-image", "severity": "error",
                "path": "Dockerfile", "line": 1, "column": 6, "end_line": 1, "end_column": 22,
                "message": "the base image is `python:3.12-slim`",
                "help": "build the final stage from `python:3.11-slim`",
                "fix": "safe", "unchecked": false, "waived": null
            })
        );
        let waived = &document["repositories"][2]["findings"][0]["waived"];
        assert_eq!(waived["expires"], "2027-01-31");
    }

    #[test]
    fn hostile_text_arrives_unchanged() {
        let document = document(&sample::fleet());
        assert_eq!(document["repositories"][5]["owner"], sample::HOSTILE);
    }
}
