//! The fleet's rule settings: other severities, and the day from which a rule is enforced.

use super::manifest::RuleSeverity;
use super::{Date, Fleet};
use crate::checks::{Finding, Rule, Severity};
use crate::error::Error;
use crate::source::typed::nearest;

impl Fleet {
    /// Applies the fleet's severities to findings, and drops those of rules that are off.
    ///
    /// Before a rule's `enforce_from`, errors and warnings become info with a note about that day. Unchecked findings
    /// stay unchecked, and those that hide what the shape demands become so where they would no longer count.
    #[must_use]
    pub fn apply_rules(&self, findings: Vec<Finding>, today: Date) -> Vec<Finding> {
        if self.manifest.rules.is_empty() {
            return findings;
        }
        findings.into_iter().filter_map(|finding| self.apply_rule(finding, today)).collect()
    }

    fn apply_rule(&self, mut finding: Finding, today: Date) -> Option<Finding> {
        let rules = &self.manifest.rules;
        let Some(setting) = rules.get(finding.rule.id).or_else(|| rules.get(finding.rule.code))
        else {
            return Some(finding);
        };
        match setting.severity.map(RuleSeverity::severity) {
            // What could not be judged stays: what would have been found is unknown.
            Some(None) if finding.unchecked => {}
            Some(None) if finding.conceals_demands => finding.unchecked = true,
            Some(None) => return None,
            Some(Some(severity)) => finding.severity = severity,
            None => {}
        }
        if let Some(date) = setting.enforce_from
            && today < date
            && finding.severity > Severity::Info
        {
            let note = format!("enforced as {} from {date} on", finding.severity);
            finding.severity = Severity::Info;
            finding.help = Some(match finding.help {
                Some(help) => format!("{help} ({note})"),
                None => note,
            });
        }
        // As information only, it would let a file count as conformant of which nothing was judged.
        finding.unchecked |= finding.conceals_demands && finding.severity == Severity::Info;
        Some(finding)
    }

    /// Reports settings of unknown rules, and of rules that are set by both code and id.
    #[must_use]
    pub fn check_rules(&self, known: &[&Rule]) -> Vec<Error> {
        let mut problems = Vec::new();
        for name in self.manifest.rules.keys() {
            let path = ["rules".into(), name.as_str().into()];
            let rule = known.iter().find(|rule| rule.id == name || rule.code == name);
            match rule {
                None => {
                    let names = known.iter().flat_map(|rule| [rule.id, rule.code]);
                    let problem = self.key_problem(&path, format!("unknown rule `{name}`"));
                    problems.push(problem.hint(match nearest(name, names) {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => "`shipshape explain` lists all rules".to_owned(),
                    }));
                }
                Some(rule) if rule.code == name && self.manifest.rules.contains_key(rule.id) => {
                    let message = format!("`{name}` is `{}`, which is set as well", rule.id);
                    problems.push(self.key_problem(&path, message).hint("remove one of the two"));
                }
                Some(_) => {}
            }
        }
        problems
    }
}
