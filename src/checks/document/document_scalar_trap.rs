//! SHP206: no plain scalar that looks like a string is read as something else.

use crate::change::FileEdit;
use crate::checks::document::{self, Sheet, Site, type_name};
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::source::yaml::{Value, edit};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP206",
    id: "document-scalar-trap",
    severity: Severity::Warning,
    summary: "No plain scalar is read as another type where a string is expected.",
    protects: "authors, who write `off` and get `false`, or `1.10` and get 1.1.",
    details: "Judged where the shape allows only a string, in the document's dialect. YAML 1.1 as PyYAML reads it \
              parses `off`, `yes` and `no` as booleans, `012` as ten, `12:30` as 750 and `2024-01-02` as a date; both \
              dialects parse `1.0` as a number. The fix quotes the word, which gives its readers the string that they \
              expect. Where the word in quotes would still not be allowed (`one_of`), `document-key` reports it \
              instead. Values behind an alias are left to `document-key` too.",
    fails: ("yaml", "security_scan: off\nversion: 1.0"),
    passes: ("yaml", "security_scan: \"off\"\nversion: \"1.0\""),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DocumentScalarTrap;

impl Check for DocumentScalarTrap {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        document::each_sheet(repository, |sheet| {
            let sites =
                sheet.sites.iter().filter(|site| !site.below_unread && !sheet.is_version(site));
            findings.extend(sites.filter_map(|site| trapped(sheet, site)));
        });
    }
}

fn trapped(sheet: &Sheet<'_>, site: &Site<'_>) -> Option<Finding> {
    let text = site.trap()?;
    let read = match site.value.value()? {
        Value::Bool(value) => format!("the boolean `{value}`"),
        Value::Int(value) => format!("the integer `{value}`"),
        Value::BigInt(_) => "an integer".to_owned(),
        Value::Float(value) => format!("the float `{value:?}`"),
        Value::Timestamp(_) => "a date".to_owned(),
        Value::Null | Value::Str(_) => return None,
    };
    let name = site.name();
    let wanted: Vec<&str> =
        site.demand.types.as_slice().iter().map(|wanted| type_name(*wanted)).collect();
    let message = format!(
        "`{name}` is written `{}`, which is read as {read}, but must be {}",
        shown(text),
        wanted.join(" or ")
    );
    let mut finding = Finding::new(&RULE, message);
    finding.location = Some(sheet.location(site.value.span()));
    let finding = finding.help("quote it");
    let quoted = || edit::set_scalar(sheet.document, &site.value.path(), Value::Str(text));
    let Some(edits) = sheet.propose(quoted) else {
        return Some(finding);
    };
    let edits = vec![FileEdit::text(sheet.demand.path.as_str(), edits)];
    Some(finding.fix(Fix::safe(format!("quote `{name}`"), edits)))
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn config(to: &str) -> Case {
        Case::conformant().replace("config.yaml", "tier: 2\n", &format!("tier: 2\n{to}"))
    }

    #[test]
    fn words_that_are_read_otherwise_are_quoted() {
        let case = config("security_scan: off\nrole: 012 # r\ninitial_prompt: 12:30\nskills: [yes, no-op, 2024-01-02]\n")
            .replace("config.yaml", "version: 1.0.0", "version: 1.0");
        insta::assert_snapshot!(case.said("document-scalar-trap"), @"
        config.yaml:8:10: `version` is written `1.0`, which is read as the float `1.0`, but must be a string
        config.yaml:10:16: `security_scan` is written `off`, which is read as the boolean `false`, but must be a string or a mapping
        config.yaml:11:7: `role` is written `012`, which is read as the integer `10`, but must be a string
        config.yaml:12:17: `initial_prompt` is written `12:30`, which is read as the integer `750`, but must be a string
        config.yaml:13:10: `skills[0]` is written `yes`, which is read as the boolean `true`, but must be a string
        config.yaml:13:22: `skills[2]` is written `2024-01-02`, which is read as a date, but must be a string
        ");
        assert_eq!(case.said("document-key"), "");
        let fixed = case.fixed("document-scalar-trap", "config.yaml");
        for line in [
            "security_scan: \"off\"\n",
            "role: \"012\" # r\n",
            "version: \"1.0\"\n",
            "[\"yes\", no-op, \"2024-01-02\"]",
        ] {
            assert!(fixed.contains(line), "{line} in {fixed}");
        }
    }

    #[test]
    fn what_is_a_string_or_wanted_otherwise_is_no_trap() {
        assert_eq!(Case::conformant().said("document-scalar-trap"), "");
        for fine in
            ["security_scan: \"off\"", "role: !!str 012", "role: y", "idle_interval_seconds: 012"]
        {
            assert_eq!(config(&format!("{fine}\n")).said("document-scalar-trap"), "", "{fine}");
        }
    }

    #[test]
    fn one_rule_speaks_of_a_word_that_quotes_would_not_mend() {
        let case = config("effort: on\n");
        assert_eq!(case.said("document-scalar-trap"), "");
        assert_eq!(case.findings("document-key").len(), 1);
    }
}
