//! SHP209: no key is used that its readers are going to drop.

use crate::checks::document;
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Repository, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP209",
    id: "document-deprecated-key",
    severity: Severity::Warning,
    summary: "No key of the document is deprecated.",
    protects: "the repository, when a release drops the key.",
    details: "The shape's `deprecated` says what to use instead. A key that the document's version no longer has is \
              `document-unknown-key`'s. There is no fix, because the replacement is often of another type.",
    fails: ("yaml", "runtime_config:\n  auth_token_env: TOKEN"),
    passes: ("yaml", "runtime_config:\n  required_env: [TOKEN]"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DocumentDeprecatedKey;

impl Check for DocumentDeprecatedKey {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        document::each_sheet(repository, |sheet| {
            for site in sheet.sites.iter().filter(|site| !site.below_unread) {
                let (Some(key), Some(instead)) = (site.key, &site.demand.deprecated) else {
                    continue;
                };
                let message = format!("`{}` is deprecated", shown(&site.name()));
                let mut finding =
                    Finding::new(&RULE, message).help(format!("use {instead} instead"));
                finding.location = Some(sheet.location(key.span()));
                findings.push(finding);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    #[test]
    fn the_key_is_told_what_takes_its_place() {
        assert_eq!(Case::conformant().said("document-deprecated-key"), "");
        let case = Case::conformant().replace(
            "config.yaml",
            "runtime_config:\n",
            "runtime_config:\n  auth_token_env: TOKEN\n",
        );
        insta::assert_snapshot!(
            case.said("document-deprecated-key"),
            @"config.yaml:15:3: `runtime_config.auth_token_env` is deprecated"
        );
        let help = case.findings("document-deprecated-key").remove(0).help;
        assert_eq!(help.as_deref(), Some("use runtime_config.required_env instead"));
    }
}
