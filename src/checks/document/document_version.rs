//! SHP202: a document says which version of its schema it follows, and readers know that version.

use crate::change::FileEdit;
use crate::checks::document::ahead::Ahead;
use crate::checks::document::{self, Sheet, listed};
use crate::checks::{Check, Finding, Fix, Location, Repository, Rule, Severity};
use crate::shape::demands::document::Version;
use crate::shape::migration;
use crate::source::yaml::edit::{self, Placement};
use crate::source::yaml::{Node, Path, Value};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP202",
    id: "document-version",
    severity: Severity::Error,
    summary: "The document says which version of its schema it follows, and its readers know that version.",
    protects: "every reader and every migration, which go by that number.",
    details: "The shape's `version` names the key and the versions. It has to be an integer: `true` and `\"1\"` are \
              not. A version that is not listed is an error; one that is deprecated is a warning, and `shipshape \
              migrate` moves the document to a current one; one that is opt-in is mentioned, since not every reader \
              knows it yet. A version in quotes can be fixed; a missing one is added as an unsafe fix, because only \
              the author knows which one the document follows.",
    fails: ("yaml", "template_schema_version: \"1\""),
    passes: ("yaml", "template_schema_version: 1"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct DocumentVersion;

impl Check for DocumentVersion {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        document::each_sheet(repository, |sheet| {
            let Some(version) = &sheet.demand.version else { return };
            let root = sheet.document.root();
            if root.is_mapping() {
                findings.extend(match root.get(&version.key) {
                    Some(written) => judge(sheet, version, written),
                    None => Some(missing(sheet, version)),
                });
            }
        });
    }
}

fn missing(sheet: &Sheet<'_>, version: &Version) -> Finding {
    let Version { key, current, .. } = version;
    let mut finding = Finding::new(&RULE, format!("`{key}` is missing"));
    finding.location = Some(Location::file(sheet.demand.path.as_str()));
    let finding =
        finding.help(format!("add `{key}: {current}` if that is what the document follows"));
    let number = current.to_string();
    let end = Placement::End;
    match edit::insert_entry(sheet.document, &Path::root(), key, &number, end) {
        Ok(edits) => {
            let edits = vec![FileEdit::text(sheet.demand.path.as_str(), edits)];
            finding.fix(Fix::risky(format!("add `{key}: {current}`"), edits))
        }
        Err(_) => finding,
    }
}

fn judge(sheet: &Sheet<'_>, version: &Version, written: Node<'_>) -> Option<Finding> {
    let Version { key, current, deprecated, opt_in, .. } = version;
    let at = |mut finding: Finding| {
        finding.location = Some(sheet.location(written.span()));
        finding
    };
    let Some(Value::Int(number)) = written.value() else {
        let found = written.type_name();
        let finding =
            at(Finding::new(&RULE, format!("`{key}` is {found}, but must be an integer")));
        return Some(match unquoted(sheet, version, written) {
            Some(fix) => finding.help("remove the quotes").fix(fix),
            None => finding.help(format!("write `{key}: {current}`")),
        });
    };
    if deprecated.contains(&number) {
        let message = format!("version {number} is deprecated; the current one is {current}");
        let finding = at(Finding::new(&RULE, message)).severity(Severity::Warning);
        return Some(match Ahead::of(sheet) {
            Some(ahead) => ahead.repairs(finding),
            None if migration::leads(version, number) => finding
                .help("`shipshape migrate` shows why it cannot move the document automatically"),
            None => finding.help(format!(
                "change it manually: the shape has no migration from version {number} to {current}"
            )),
        });
    }
    if opt_in.contains(&number) {
        let message = format!(
            "version {number} is opt-in: every reader supports {current}, but not every one supports {number}"
        );
        return Some(at(Finding::new(&RULE, message)).severity(Severity::Info));
    }
    if number == *current {
        return None;
    }
    let known =
        [*current].into_iter().chain(deprecated.iter().copied()).chain(opt_in.iter().copied());
    let known = listed(known.map(|number| number.to_string()), "and");
    let message = format!("no reader supports version {number} of this document");
    Some(at(Finding::new(&RULE, message)).help(format!("supported: {known}")))
}

fn unquoted(sheet: &Sheet<'_>, version: &Version, written: Node<'_>) -> Option<Fix> {
    let number: i64 = written.as_str()?.parse().ok()?;
    if !version.knows(number) {
        return None;
    }
    let path = Path::keys([version.key.as_str()]);
    let edits = edit::set_scalar(sheet.document, &path, Value::Int(number)).ok()?;
    let edits = vec![FileEdit::text(sheet.demand.path.as_str(), edits)];
    Some(Fix::safe(format!("write `{}: {number}`", version.key), edits))
}

#[cfg(test)]
mod tests {
    use crate::checks::Severity;
    use crate::checks::testing::Case;

    const SHAPE: &str = "demands:\n  documents:\n    - path: a.yaml\n      version: { key: v, current: 3, deprecated: \
                         [1, 2], opt_in: [4], migrations: [{ from: 2, to: 3 }] }\n";

    fn of(yaml: &str) -> Case {
        Case::with_shape(SHAPE).file("a.yaml", yaml)
    }

    #[test]
    fn only_integers_that_are_known_are_versions() {
        assert_eq!(Case::conformant().said("document-version"), "");
        assert_eq!(of("v: 3\n").said("document-version"), "");
        let said: String =
            ["v: true\n", "v: '3'\n", "v: 3.0\n", "v:\n", "v: [3]\n", "v: 9\n", "a: 1\n"]
                .iter()
                .map(|yaml| of(yaml).said("document-version"))
                .collect();
        insta::assert_snapshot!(said, @"
        a.yaml:1:4: `v` is a boolean, but must be an integer
        a.yaml:1:4: `v` is a string, but must be an integer
        a.yaml:1:4: `v` is a float, but must be an integer
        a.yaml:1:3: `v` is null, but must be an integer
        a.yaml:1:4: `v` is a list, but must be an integer
        a.yaml:1:4: no reader supports version 9 of this document
        a.yaml: `v` is missing
        ");
    }

    #[test]
    fn deprecated_warns_and_opt_in_is_mentioned() {
        let only = |yaml: &str| of(yaml).findings("document-version").remove(0);
        let deprecated = only("v: 2\n");
        assert_eq!(deprecated.severity, Severity::Warning);
        assert!(deprecated.help.is_some_and(|help| help.contains("shipshape migrate")));
        // `migrate` leaves a file of several documents alone, and so does the fix.
        let several = only("v: 2\n---\nv: 2\n");
        assert!(several.help.is_some_and(|help| help.contains("shows why")));
        assert!(several.fix.is_none());
        let by_hand = only("v: 1\n").help.expect("help");
        assert_eq!(by_hand, "change it manually: the shape has no migration from version 1 to 3");
        assert_eq!(only("v: 4\n").severity, Severity::Info);
    }

    #[test]
    fn quotes_come_off_and_a_missing_version_is_added() {
        assert_eq!(of("v: \"3\" # x\n").fixed("document-version", "a.yaml"), "v: 3 # x\n");
        assert!(of("v: '9'\n").findings("document-version")[0].fix.is_none());
        assert_eq!(of("a: 1\n").fixed("document-version", "a.yaml"), "a: 1\nv: 3\n");
    }
}
