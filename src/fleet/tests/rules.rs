//! What a fleet says of rules, and names of elsewhere that it is held to.

use super::*;
use crate::checks::{Finding, Rule, Severity};

#[test]
fn names_of_elsewhere_are_checked_when_they_are_known() {
    let fleet = fleet(
        "kinds: { k: { profile: plian } }
rules: { rule-a: { severity: \"off\" }, SHP901: { severity: info }, rule-x: { severity: error } }
members: [x, { slug: y, profile: odd }, { slug: z, profile: plain }]
",
    );
    let profiles = fleet.unknown_profiles("k", &["plain", "wrapped"]);
    let told: Vec<String> = profiles.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["unknown profile `plian` (fleet.yaml:4:24)", "unknown profile `odd` (fleet.yaml:6:34)",]
    );
    let rules = fleet.check_rules(&[&RULE]);
    let told: Vec<String> = rules.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`SHP901` is `rule-a`, which is set as well (fleet.yaml:5:39)",
            "unknown rule `rule-x` (fleet.yaml:5:67)",
        ]
    );
}

static RULE: Rule = Rule {
    code: "SHP901",
    id: "rule-a",
    severity: Severity::Error,
    summary: "",
    protects: "",
    details: "",
    fails: ("", ""),
    passes: ("", ""),
};

fn apply(setting: &str, today: &str) -> Vec<(Severity, Option<String>)> {
    let fleet = fleet(&format!("{KIND}rules: {{ SHP901: {setting} }}\nmembers: [x]\n"));
    let today = Date::parse(today).expect("date");
    let findings = fleet.apply_rules(vec![Finding::new(&RULE, "m").help("do")], today);
    findings.into_iter().map(|finding| (finding.severity, finding.help)).collect()
}

#[test]
fn rules_count_as_the_fleet_says() {
    let help = || Some("do".to_owned());
    assert_eq!(apply("{ severity: \"off\" }", "2027-01-01"), []);
    assert_eq!(apply("{ severity: off }", "2027-01-01"), []);
    assert_eq!(apply("{ severity: info }", "2027-01-01"), [(Severity::Info, help())]);
    let later = "{ severity: warning, enforce_from: 2027-01-02 }";
    let note = "do (enforced as warning from 2027-01-02 on)";
    assert_eq!(apply(later, "2027-01-01"), [(Severity::Info, Some(note.to_owned()))]);
    assert_eq!(apply(later, "2027-01-02"), [(Severity::Warning, help())]);
}
