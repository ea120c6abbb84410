//! The report as JUnit XML, for CI servers that show tests.
//!
//! There is no standard; this follows what Jenkins, GitLab and GitHub's actions read:
//! <https://github.com/testmoapp/junitxml>. A suite is a repository. Its cases are its paths as judged against the
//! shape, and each rule with findings about a path. Waived findings are skipped, and what could not be checked is an
//! error. Findings that do not fail the run, and paths without one that does, pass with their text as output.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;

use super::Fails;
use super::words;
use super::xml::xml;
use crate::checks::Finding;
use crate::checks::path_rules::RULES;
use crate::drift::model::{PathReport, Report, RepositoryReport};
use crate::shape::PathVerdict;
use crate::snapshot::RepoPath;

/// Writes all suites.
pub(super) fn render(report: &Report, fails: Fails, out: &mut dyn io::Write) -> io::Result<()> {
    let mut suites: Vec<Suite> =
        report.repositories.iter().map(|it| Suite::of_repository(it, fails)).collect();
    if !report.fleet_findings.is_empty() {
        suites.insert(
            0,
            Suite { name: "fleet".to_owned(), cases: rule_cases(&report.fleet_findings, fails) },
        );
    }
    let total = |number: fn(&Outcome) -> bool| -> usize {
        suites.iter().map(|suite| suite.count(number)).sum()
    };
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"shipshape {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" \
         skipped=\"{}\">",
        xml(report.command),
        total(|_| true),
        total(Outcome::is_failure),
        total(Outcome::is_error),
        total(Outcome::is_skipped),
    )?;
    for suite in &suites {
        suite.write(&report.generated_at, out)?;
    }
    writeln!(out, "</testsuites>")
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    outcome: Outcome,
}

/// The result of a case, with a short text and, if there is more to say, a long one.
enum Outcome {
    Passed { output: String },
    Failed { kind: String, message: String, text: String },
    Error { kind: String, message: String, text: String },
    Skipped { message: String },
}

impl Outcome {
    fn is_failure(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    fn is_error(&self) -> bool {
        matches!(self, Self::Error { .. })
    }

    fn is_skipped(&self) -> bool {
        matches!(self, Self::Skipped { .. })
    }
}

impl Suite {
    fn of_repository(repository: &RepositoryReport, fails: Fails) -> Self {
        let mut cases = Vec::new();
        if let Some(error) = &repository.error {
            let outcome = Outcome::Error {
                kind: "unjudged".to_owned(),
                message: format!("could not be judged: {error}"),
                text: String::new(),
            };
            cases.push(Case { name: "repository".to_owned(), outcome });
        }
        let failed = failed_paths(repository, fails);
        // A repository that is to be conformant fails by each of its paths.
        let is_failed = |path: &PathReport| fails == Fails::Drift || failed.contains(&path.path);
        let reason = |path: &PathReport| {
            let about = repository.findings.iter().filter(|it| it.path() == Some(&path.path));
            let of_verdict = about.filter(|it| RULES.iter().any(|rule| rule.code == it.rule.code));
            of_verdict.filter_map(|it| it.waived.as_ref()).map(words::waived).next()
        };
        let case = |path: &PathReport| match (path.verdict, reason(path)) {
            (PathVerdict::Waived, Some(message)) => {
                Case { name: path.path.to_string(), outcome: Outcome::Skipped { message } }
            }
            _ => path_case(path, is_failed(path)),
        };
        cases.extend(repository.paths.iter().map(case));
        cases.extend(rule_cases(&repository.findings, fails));
        Self { name: repository.name.clone(), cases }
    }

    fn count(&self, which: fn(&Outcome) -> bool) -> usize {
        self.cases.iter().filter(|case| which(&case.outcome)).count()
    }

    fn write(&self, at: &str, out: &mut dyn io::Write) -> io::Result<()> {
        let name = xml(&self.name);
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" \
             skipped=\"{}\" timestamp=\"{}\">",
            self.cases.len(),
            self.count(Outcome::is_failure),
            self.count(Outcome::is_error),
            self.count(Outcome::is_skipped),
            xml(at),
        )?;
        for case in &self.cases {
            write!(out, "    <testcase classname=\"{name}\" name=\"{}\"", xml(&case.name))?;
            match &case.outcome {
                Outcome::Passed { output } if output.is_empty() => writeln!(out, "/>")?,
                Outcome::Passed { output } => {
                    writeln!(out, "><system-out>{}</system-out></testcase>", xml(output))?;
                }
                Outcome::Failed { kind, message, text } => {
                    write_problem("failure", [kind, message, text], out)?;
                }
                Outcome::Error { kind, message, text } => {
                    write_problem("error", [kind, message, text], out)?;
                }
                Outcome::Skipped { message } => {
                    writeln!(out, "><skipped message=\"{}\"/></testcase>", xml(message))?;
                }
            }
        }
        writeln!(out, "  </testsuite>")
    }
}

fn write_problem(
    element: &str,
    [kind, message, text]: [&String; 3],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let (kind, message, text) = (xml(kind), xml(message), xml(text));
    writeln!(out, "><{element} type=\"{kind}\" message=\"{message}\">{text}</{element}></testcase>")
}

/// The paths of a repository that fail the run by a finding about their verdict.
fn failed_paths(repository: &RepositoryReport, fails: Fails) -> BTreeSet<&RepoPath> {
    let is_of_verdict = |finding: &&Finding| {
        finding.waived.is_none() && RULES.iter().any(|rule| rule.code == finding.rule.code)
    };
    let found = repository.findings.iter().filter(is_of_verdict);
    found.filter(|finding| fails.by(finding)).filter_map(Finding::path).collect()
}

fn path_case(path: &PathReport, is_failed: bool) -> Case {
    let kind = path.verdict.as_str().to_owned();
    let message = match path.behind {
        Some(behind) if behind > 0 => format!("{kind}, {behind} behind"),
        _ => kind.clone(),
    };
    let text = String::new();
    let outcome = match path.verdict {
        PathVerdict::Conformant => Outcome::Passed { output: text },
        // Not drift. A fleet that treats it as more raises the severity of the rule, which has its own case.
        PathVerdict::Extra => Outcome::Passed { output: message },
        PathVerdict::Waived => Outcome::Skipped { message },
        PathVerdict::Unchecked => Outcome::Error { kind, message, text },
        PathVerdict::Stale
        | PathVerdict::Modified
        | PathVerdict::Diverged
        | PathVerdict::Missing
        | PathVerdict::Forbidden => match is_failed {
            true => Outcome::Failed { kind, message, text },
            false => Outcome::Passed { output: message },
        },
    };
    Case { name: path.path.to_string(), outcome }
}

/// One case for each rule and path. The most severe of its findings determines the outcome.
fn rule_cases(findings: &[Finding], fails: Fails) -> Vec<Case> {
    let mut cases: BTreeMap<(&str, &str, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        let path = finding.path().map_or("", RepoPath::as_str);
        cases.entry((path, finding.rule.code, finding.rule.id)).or_default().push(finding);
    }
    cases
        .into_iter()
        .map(|((path, code, id), findings)| {
            let name = if path.is_empty() {
                format!("{code} {id}")
            } else {
                format!("{path}: {code} {id}")
            };
            Case { name, outcome: outcome_of(id, &findings, fails) }
        })
        .collect()
}

fn outcome_of(rule: &str, findings: &[&Finding], fails: Fails) -> Outcome {
    let open: Vec<&Finding> =
        findings.iter().copied().filter(|finding| finding.waived.is_none()).collect();
    let Some(gravest) = open.iter().max_by_key(|finding| (finding.unchecked, finding.severity))
    else {
        let reasons = findings.iter().filter_map(|finding| finding.waived.as_ref());
        let reasons: Vec<_> = reasons.map(words::waived).collect();
        return Outcome::Skipped { message: reasons.join("; ") };
    };
    let (kind, message) = (rule.to_owned(), gravest.message.clone());
    let text = open.iter().map(|finding| described(finding)).collect();
    if gravest.unchecked {
        Outcome::Error { kind, message, text }
    } else if fails.by(gravest) {
        Outcome::Failed { kind, message, text }
    } else {
        Outcome::Passed { output: text }
    }
}

/// One finding as lines of text.
fn described(finding: &Finding) -> String {
    let mut text = format!("{}: ", finding.severity);
    if let Some(location) = &finding.location {
        let _ = write!(text, "{}", location.path);
        if let Some(region) = &location.region {
            let _ = write!(text, ":{}", region.start);
        }
        text.push_str(": ");
    }
    let _ = write!(text, "{}", finding.message);
    if let Some(help) = &finding.help {
        let _ = write!(text, " (help: {help})");
    }
    text.push_str(". ");
    text
}

#[cfg(test)]
mod tests {
    use super::super::tests::rendered;
    use super::super::{Format, sample};
    use super::*;

    #[test]
    fn each_kind_of_outcome_is_told_apart() {
        let mut bytes = Vec::new();
        render(&sample::fleet(), Fails::Drift, &mut bytes).expect("a vector takes all");
        let text = String::from_utf8(bytes).expect("UTF-8");
        for line in [
            "<testcase classname=\"workspace-template-openclaw\" name=\"repository\"><error \
             type=\"unjudged\" message=\"could not be judged: the object database is damaged\">",
            "name=\".github/workflows/secret-scan.yml: SHP301 workflow-receiver\"><skipped \
             message=\"waived by agents until 2027-01-31: their own scanner runs on every push\"/>",
            "name=\".github/workflows/publish-image.yml\"><failure type=\"stale\" message=\"stale, 3 \
             behind\">",
            "name=\"README.md: SHP401 leftover-marker\"><system-out>info: README.md: ",
            "name=\"SHP301 workflow-receiver\"><error type=\"workflow-receiver\" message=\"the \
             called workflow is not at hand\">",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn totals_are_the_sums_of_the_suites() {
        let text = rendered(&sample::fleet(), Format::Junit);
        let cases = text.matches("<testcase ").count();
        assert!(text.contains(&format!("<testsuites name=\"shipshape drift\" tests=\"{cases}\"")));
        assert_eq!(text.matches("<testsuite ").count(), 9, "eight repositories and the fleet");
    }
}
