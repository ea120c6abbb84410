//! SHP204: every key of a document is a known one.

use crate::change::FileEdit;
use crate::checks::document::ahead::Ahead;
use crate::checks::document::{self, Sheet, Unknown, listed};
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::source::typed::nearest;
use crate::source::yaml::edit;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP204",
    id: "document-unknown-key",
    severity: Severity::Warning,
    summary: "Every key of the document is known to a reader.",
    protects: "authors, whose typing errors are silently ignored by readers.",
    details: "A map whose keys the shape lists may have those only; `unknown_keys` says how much another one \
              matters, for the whole document or for one map. A map without listed keys is free. A key \
              of another version of the schema is unknown as well. The fix renames the key to the nearest \
              known one, and is not safe, since that changes what is read.",
    fails: ("yaml", "runtime_config:\n  requierd_env: [KEY]"),
    passes: ("yaml", "runtime_config:\n  required_env: [KEY]"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DocumentUnknownKey;

impl Check for DocumentUnknownKey {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        document::each_sheet(repository, |sheet| {
            let ahead = Ahead::of(sheet).filter(|_| !sheet.unknown.is_empty());
            findings.extend(sheet.unknown.iter().map(|unknown| {
                let finding = stranger(sheet, unknown);
                match ahead.as_ref().filter(|ahead| ahead.takes(unknown.name)) {
                    Some(ahead) => ahead.repairs(finding),
                    None => finding,
                }
            }));
        });
    }
}

fn stranger(sheet: &Sheet<'_>, unknown: &Unknown<'_>) -> Finding {
    let path = unknown.entry.key.path();
    let name = shown(&path.to_string());
    let message = match (unknown.versions, sheet.version) {
        ([_, ..], Some(version)) => {
            let versions = listed(unknown.versions.iter().map(i64::to_string), "and");
            format!(
                "`{name}` is a key of version {versions}, but this document has version {version}"
            )
        }
        _ => format!("`{name}` is an unknown key"),
    };
    let mut finding = Finding::new(&RULE, message).severity(unknown.severity);
    finding.location = Some(sheet.location(unknown.entry.key.span()));
    let free = unknown.free.iter().copied();
    let near = if unknown.versions.is_empty() { nearest(unknown.name, free) } else { None };
    let Some(near) = near else {
        return finding.help("remove it, or declare in the shape what reads it");
    };
    let finding = finding.help(format!("did you mean `{near}`?"));
    match sheet.propose(|| edit::rename_key(sheet.document, &path, near)) {
        Some(edits) => {
            let edits = vec![FileEdit::text(sheet.demand.path.as_str(), edits)];
            finding.fix(Fix::risky(format!("rename it to `{near}`"), edits))
        }
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::Severity;
    use crate::checks::testing::Case;

    #[test]
    fn typing_errors_are_told_what_was_meant() {
        let case = Case::conformant()
            .replace(
                "config.yaml",
                "  required_env:\n    - OPENAI_API_KEY\n  # Seconds",
                "  requierd_env:\n    - OPENAI_API_KEY\n  # Seconds",
            )
            .replace("config.yaml", "tier: 2", "teir: 2\nzzz: {a: 1}");
        insta::assert_snapshot!(case.said("document-unknown-key"), @"
        config.yaml:9:1: `teir` is an unknown key
        config.yaml:10:1: `zzz` is an unknown key
        config.yaml:19:3: `runtime_config.requierd_env` is an unknown key
        ");
        let fixed = case.fixed("document-unknown-key", "config.yaml");
        assert!(
            fixed.contains("\ntier: 2\n") && fixed.contains("  required_env:\n    - OPENAI"),
            "{fixed}"
        );
    }

    #[test]
    fn what_is_known_or_free_is_silent() {
        assert_eq!(Case::conformant().said("document-unknown-key"), "");
        let free = Case::conformant().replace(
            "config.yaml",
            "tier: 2",
            "tier: 2\nbridge: {anything: 1}\nrbac: {allowed_actions: {mine: []}}",
        );
        assert_eq!(free.said("document-unknown-key"), "");
    }

    #[test]
    fn severity_and_versions_are_the_demands() {
        let shape = "demands:\n  documents:\n    - path: a.yaml\n      unknown_keys: error\n      version: { key: v, \
                     current: 1, opt_in: [2] }\n      keys:\n        v: {}\n        old: { versions: [1] }\n        \
                     map: { unknown_keys: info, keys: { a: {} } }\n";
        let case = |yaml: &str| Case::with_shape(shape).file("a.yaml", yaml);
        let found: Vec<_> = case("v: 1\nold: 1\nb: 1\nmap: { c: 1 }\n")
            .findings("document-unknown-key")
            .into_iter()
            .map(|finding| (finding.severity, finding.message))
            .collect();
        assert_eq!(
            found,
            [
                (Severity::Error, "`b` is an unknown key".to_owned()),
                (Severity::Info, "`map.c` is an unknown key".to_owned())
            ]
        );
        insta::assert_snapshot!(
            case("v: 2\nold: 1\n").said("document-unknown-key"),
            @"a.yaml:2:1: `old` is a key of version `1`, but this document has version 2"
        );
        assert_eq!(case("v: 9\nold: 1\n").said("document-unknown-key"), "");
    }
}
