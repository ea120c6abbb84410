//! SHP205: no key occurs twice.

use crate::checks::document;
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Repository, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP205",
    id: "document-duplicate-key",
    severity: Severity::Error,
    summary: "No key is in one mapping twice.",
    protects: "whoever edits the first of the two, since PyYAML and most readers silently take the last.",
    details: "Checked in every mapping of a demanded document. YAML forbids it (1.2.2, 3.2.1.3); PyYAML silently \
              takes the last value. There is no fix: only a person can say which of the two was meant. A key that \
              overrides one from a merge key is not a duplicate.",
    fails: ("yaml", "tier: 1\nname: Hermes\ntier: 2"),
    passes: ("yaml", "tier: 2\nname: Hermes"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DocumentDuplicateKey;

impl Check for DocumentDuplicateKey {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        document::each_sheet(repository, |sheet| {
            for twice in sheet.document.duplicate_keys() {
                let key = shown(sheet.document.text().slice(twice.second));
                let message = format!("duplicate key `{key}`: this value replaces the first");
                let mut finding = Finding::new(&RULE, message);
                finding.location = Some(sheet.location(twice.second));
                let finding =
                    finding.related(sheet.location(twice.first), "the first value, which is lost");
                findings.push(finding.help("keep one of the two"));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    #[test]
    fn the_second_of_two_is_pointed_at() {
        let case = Case::conformant().replace("config.yaml", "tier: 2\n", "tier: 2\n\"tier\": 3\n");
        insta::assert_snapshot!(
            case.said("document-duplicate-key"),
            @r#"config.yaml:10:1: duplicate key `"tier"`: this value replaces the first"#
        );
        let finding = case.findings("document-duplicate-key").remove(0);
        let first = finding.related[0].0.region.as_ref().map(|region| region.start.line);
        assert_eq!(first, Some(9));
    }

    #[test]
    fn nested_maps_count_and_merges_do_not() {
        let nested = Case::conformant().replace(
            "config.yaml",
            "  port: 8000\n",
            "  port: 8000\n  port: 1\n",
        );
        assert_eq!(nested.findings("document-duplicate-key").len(), 1);
        let merged = Case::conformant().replace(
            "config.yaml",
            "tier: 2\n",
            "tier: 2\nbridge: &b {x: 1}\ncategory_routing: {<<: *b, x: 2}\n",
        );
        assert_eq!(merged.said("document-duplicate-key"), "");
        assert_eq!(Case::conformant().said("document-duplicate-key"), "");
    }
}
