//! A module that Python cannot parse.

use super::Subject;
use crate::checks::pytest::is_test;
use crate::checks::{Finding, Rule, Severity};
use crate::package::modules::Broken;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP874",
    id: "module-unparsable",
    severity: Severity::Error,
    summary: "Every module of the package parses.",
    protects: "users: the module fails when it is imported, which for one that nothing imports at the start is late.",
    details: "Every `*.py` of a wheel, as the newest Python reads it, in the encoding that its first lines state (PEP \
              263). Tests are warnings: some are broken on purpose. Of a multibyte encoding other than UTF-8, and of a module \
              larger than 16 MiB, nothing is known: the finding is then unchecked.",
    fails: ("python", "def main(:\n    ..."),
    passes: ("python", "def main():\n    ..."),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for file in subject.modules.files.values() {
        let Err(broken) = &file.module else { continue };
        let finding = match (broken, &file.text) {
            (Broken::Syntax(error), Some(text)) => {
                let message = format!("the module does not parse: {}", error.message);
                Finding::new(&RULE, message).at(file.path.clone(), text, error.span)
            }
            _ => Finding::new(&RULE, format!("the module {broken}")).in_file(file.path.clone()),
        };
        let finding = finding.help("fix it, and build again");
        let unknown = matches!(broken, Broken::Encoding(_) | Broken::TooLarge(_));
        findings.push(match (unknown, is_test(file.site.as_str())) {
            (true, _) => finding.unchecked(),
            (false, true) => finding.severity(Severity::Warning),
            (false, false) => finding,
        });
    }
}
