//! SHP404: the demanded distribution has a lowest version.

use crate::checks::requirements;
use crate::checks::{Check, Finding, Repository, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP404",
    id: "requirements-unbounded",
    severity: Severity::Warning,
    summary: "The requirement of the demanded distribution names a lowest version.",
    protects: "the image, into which any old version of the runtime may be installed or replayed.",
    details: "Looked at are the lines of the demanded distribution that install it. `>=`, `>`, `~=`, `==` and \
              `===` are lower bounds; a URL pins by itself. A line whose version an environment variable decides \
              is left alone.",
    fails: ("text", "molecule-ai-workspace-runtime"),
    passes: ("text", "molecule-ai-workspace-runtime>=0.1.0"),
};

/// Decides it.
#[derive(Debug)]
pub struct RequirementsUnbounded;

impl Check for RequirementsUnbounded {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for demand in &repository.pack.manifest.demands.requirements {
            let files = requirements::read(repository, &demand.path);
            // Another line or a constraint may give the bound: pip applies all of them.
            let lines = || {
                files.iter().flat_map(|file| {
                    file.read.named(&demand.distribution).map(move |line| (file, line))
                })
            };
            let settled = lines().any(|(_, line)| {
                line.url.is_some() || line.specifiers.is_none() || line.lower_bound().is_some()
            });
            if settled {
                continue;
            }
            for (file, line) in lines().filter(|(file, _)| file.installs) {
                let message =
                    format!("`{}` has no lowest version: an old one is admitted", line.name);
                let mut finding = Finding::new(&RULE, message);
                finding.location = Some(file.location(line.span));
                findings.push(finding.help("ask for the oldest version that works: `>=…`"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(requirement: &str) -> String {
        Case::conformant()
            .file("requirements.txt", requirement)
            .file("bounds.txt", "molecule-ai-workspace-runtime>=1\n")
            .said("requirements-unbounded")
    }

    #[test]
    fn a_lower_bound_is_wanted() {
        assert_eq!(Case::conformant().said("requirements-unbounded"), "");
        insta::assert_snapshot!(said("other\nMolecule.AI_workspace-runtime<2\n"), @"requirements.txt:2:1: `Molecule.AI_workspace-runtime` has no lowest version: an old one is admitted");
        assert_eq!(said("molecule-ai-workspace-runtime!=1\n").lines().count(), 1);
        for fine in
            ["~=1.2", "==1", ">1", "[x]>=1", "\n-c bounds.txt", " @ https://x.test/a.whl", "${PIN}"]
        {
            assert_eq!(said(&format!("molecule-ai-workspace-runtime{fine}\n")), "", "{fine}");
        }
    }
}
