//! SHP110: the install script and the start script forward the same variables.

use std::collections::BTreeMap;

use crate::checks::{Check, Finding, Location, Repository, Rule, Severity};
use crate::source::shell::{Forwarder, Script};
use crate::source::{Span, Text};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP110",
    id: "script-forwarders",
    severity: Severity::Warning,
    summary: "The scripts of a pair forward the same environment variables.",
    protects: "operators: a variable that one script forgets is silently not there after a restart.",
    details: "Demanded by `forwarders` in the shape pack: pairs of a script that installs and one that starts. \
              Compared are the expansions `${VAR:+VAR=${VAR}}`, also with an option in front \
              (`${VAR:+-e VAR=\"$VAR\"}`) and under another name; those in comments and single quotes do not count. \
              Silent unless both scripts are there. A script whose quotes do not end is unchecked.",
    fails: (
        "shell",
        "# install.sh\nenv ${KEY:+KEY=${KEY}} ${URL:+URL=${URL}} setup\n# start.sh\nenv ${KEY:+KEY=${KEY}} run",
    ),
    passes: (
        "shell",
        "# install.sh\nenv ${KEY:+KEY=${KEY}} setup\n# start.sh\nenv ${KEY:+KEY=${KEY}} run",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct ScriptForwarders;

impl Check for ScriptForwarders {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for pair in &repository.pack.manifest.demands.forwarders {
            let side = |path: &str| {
                let text = repository.text(path)?;
                Some(Side::read(path, text))
            };
            let (Some(install), Some(start)) = (side(&pair.install), side(&pair.start)) else {
                continue;
            };
            if let Some(broken) = [&install, &start].into_iter().find(|side| side.unterminated) {
                let message = format!(
                    "whether `{}` and `{}` forward the same cannot be determined: a quote or brace of `{}` never ends",
                    install.path, start.path, broken.path
                );
                findings
                    .push(Finding::new(&RULE, message).in_file(broken.path.as_str()).unchecked());
                continue;
            }
            install.lacking_from(&start, findings);
            start.lacking_from(&install, findings);
        }
    }
}

/// One script of a pair.
struct Side {
    path: String,
    text: Text,
    forwarders: BTreeMap<(String, String), Span>,
    unterminated: bool,
}

impl Side {
    fn read(path: &str, text: Text) -> Self {
        let script = Script::of_text(&text);
        let mut forwarders = BTreeMap::new();
        for Forwarder { variable, target, span } in script.forwarders() {
            forwarders.entry((variable, target)).or_insert(span);
        }
        Self { path: path.to_owned(), text, forwarders, unterminated: script.unterminated }
    }

    /// Reports what the other script forwards but this one does not.
    fn lacking_from(&self, other: &Self, findings: &mut Vec<Finding>) {
        for ((variable, target), span) in &other.forwarders {
            if self.forwarders.contains_key(&(variable.clone(), target.clone())) {
                continue;
            }
            let under = if variable == target { String::new() } else { format!(" as `{target}`") };
            let message = format!(
                "`{}` does not forward `{variable}`{under}, which `{}` does",
                self.path, other.path
            );
            let finding = Finding::new(&RULE, message);
            let finding = match self.forwarders.values().max() {
                Some(last) => finding.at(self.path.as_str(), &self.text, *last),
                None => finding.in_file(self.path.as_str()),
            };
            let place = Location::span(other.path.as_str(), &other.text, *span);
            let written = other.text.slice(*span);
            findings.push(finding.related(place, "it is forwarded here").help(format!(
                "add `{written}` beside the others, or remove it from the other script"
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(install: &str, start: &str) -> String {
        Case::conformant()
            .file("install.sh", install)
            .file("start.sh", start)
            .said("script-forwarders")
    }

    #[test]
    fn the_same_forwarders_in_any_order_pass() {
        assert_eq!(said("a ${A:+A=${A}} ${B:+B=$B}", "b ${B:+B=${B}} \\\n ${A:+A=\"${A}\"}"), "");
        assert_eq!(said("a", "b"), "");
        let alone = Case::conformant().file("start.sh", "a ${A:+A=${A}}");
        assert_eq!(alone.said("script-forwarders"), "");
    }

    #[test]
    fn the_script_that_lacks_one_is_named() {
        assert_eq!(
            said("a ${A:+A=${A}} ${B:+B=${B}}", "x\nb ${A:+A=${A}}"),
            "start.sh:2:3: `start.sh` does not forward `B`, which `install.sh` does\n"
        );
        assert_eq!(
            said("a", "b ${A:+X=${A}}"),
            "install.sh: `install.sh` does not forward `A` as `X`, which `start.sh` does\n"
        );
    }

    #[test]
    fn comments_and_single_quotes_forward_nothing() {
        assert_eq!(said("a ${A:+A=${A}}", "# ${A:+A=${A}}\nb '${A:+A=${A}}'").lines().count(), 1);
    }

    #[test]
    fn a_script_without_end_is_unchecked() {
        assert!(said("a \"${A:+A=${A}}", "b").ends_with("(unchecked)\n"));
    }
}
