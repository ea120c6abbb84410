//! The examples of the rules: a rule finds what it gives as an example that fails, and nothing in the one that passes.
//!
//! Each room's examples are run by the code that judges that room. Most are excerpts: the tables here say of which
//! file, and what is around them.

mod lists;
mod runtimes;
mod settings;
mod trees;
mod wheels;

use super::{Finding, catalogue};

/// What a rule finds in an example; `None` for the rules of another room.
type Judge = fn(rule: &str, example: &str) -> Option<Vec<Finding>>;

const JUDGES: &[Judge] =
    &[trees::judged, wheels::judged, runtimes::judged, settings::judged, lists::judged];

/// The rules whose examples cannot be run, and why.
const DESCRIBED: &[(&str, &[&str])] = &[
    (
        "what fails are the bytes of an archive, which no text holds; distribution/tests/archives.rs writes them",
        &[
            "archive-comment",
            "archive-compression",
            "archive-damaged",
            "archive-data-descriptor",
            "archive-disagreement",
            "archive-duplicate",
            "archive-encrypted",
            "archive-name-encoding",
            "archive-overlap",
            "archive-special-file",
            "archive-stray-bytes",
            "archive-too-large",
            "archive-unsafe-path",
            "archive-zip64",
        ],
    ),
    (
        "what fails is a path of a tree beside the canons of a shape",
        &[
            "path-unchecked",
            "path-missing",
            "path-stale",
            "path-modified",
            "path-diverged",
            "path-forbidden",
            "path-extra",
            "variable-disagreement",
        ],
    ),
    ("what fails is a folder beside its list", &["package-list-drift"]),
    ("what fails is a history", &["secret-in-history"]),
    (
        "what fails is a run of Python",
        &[
            "module-does-not-import",
            "entry-point-does-not-load",
            "smoke-invariant",
            "smoke-skipped",
        ],
    ),
    (
        "what fails is a setting, named as the forge's pages name it",
        &[
            "settings-unreadable",
            "actions-disabled",
            "workflow-token-default",
            "default-branch-differs",
            "default-branch-unprotected",
            "visibility-differs",
        ],
    ),
];

#[test]
fn every_example_that_fails_is_found_and_none_that_passes() {
    let judged = |rule: &str, example: &str| JUDGES.iter().find_map(|judge| judge(rule, example));
    let mut wrong = Vec::new();
    for rule in catalogue::rules() {
        let id = rule.id;
        let is_described = DESCRIBED.iter().any(|(_, rules)| rules.contains(&id));
        let of_rule = |example| {
            let findings: Vec<Finding> = judged(id, example)?;
            Some(findings.into_iter().filter(|it| it.rule.id == id).collect::<Vec<_>>())
        };
        match (of_rule(rule.fails.1), of_rule(rule.passes.1)) {
            (Some(failing), Some(passing)) => {
                if is_described {
                    wrong.push(format!("{id}: its examples are run, so it is not in DESCRIBED"));
                }
                if failing.is_empty() {
                    wrong.push(format!("{id}: nothing is found in the example that fails"));
                }
                for finding in passing {
                    wrong.push(format!("{id}: the example that passes: {}", finding.message));
                }
            }
            _ if !is_described => wrong.push(format!(
                "{id}: nothing runs its examples: add what is around them to a table in src/checks/tests/, or the rule to DESCRIBED in src/checks/tests.rs"
            )),
            _ => {}
        }
    }
    for id in DESCRIBED.iter().flat_map(|(_, rules)| *rules) {
        if catalogue::find(id).is_none() {
            wrong.push(format!("{id}: DESCRIBED names a rule that does not exist"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The rules that find something without a demand and yet are not of any shape, and why.
const OF_SOME_SHAPES: &[(&str, &str)] = &[(
    "docker-copy-missing",
    "whether a file is made before the build is for those to say who know the kind of repository",
)];

#[test]
fn what_is_found_without_a_demand_is_a_rule_of_any_shape() {
    for check in catalogue::checks() {
        let rule = check.rule();
        let found = trees::without_demands(rule.id, rule.fails.1).unwrap_or_default();
        let is_of_any = catalogue::OF_ANY_SHAPE.iter().any(|it| it.id == rule.id);
        let is_of_some = OF_SOME_SHAPES.iter().any(|(id, _)| *id == rule.id);
        assert!(
            found.is_empty() || is_of_any != is_of_some,
            "{}: list it in catalogue::OF_ANY_SHAPE, or say in OF_SOME_SHAPES why not",
            rule.id
        );
    }
}

/// A text around an example: the line `EXAMPLE` is replaced by the lines of the example, indented like it.
fn framed(frame: &str, example: &str) -> String {
    let mut text = String::new();
    for line in frame.lines() {
        match line.strip_suffix("EXAMPLE").filter(|indent| indent.trim().is_empty()) {
            None => text.extend([line, "\n"]),
            Some(indent) => {
                for line in example.trim_matches('\n').lines() {
                    text.extend([indent, line, "\n"]);
                }
            }
        }
    }
    text
}
