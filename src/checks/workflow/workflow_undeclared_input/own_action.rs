//! Actions of the repository itself that steps use: a job ends at a step whose action is not there.

use super::at;
use crate::checks::workflow::Located;
use crate::checks::{Finding, Repository};
use crate::source::workflow::{Step, UsesTarget};

/// What a runner looks for in the folder of an action.
const FILES: [&str; 4] = ["action.yml", "action.yaml", "Dockerfile", "dockerfile"];

/// What to do about an action that is not there.
const HELP: &str = "name the folder of an action, from the root of the repository: it has an `action.yml`, `action.yaml` or `Dockerfile`";

/// The folder of the workspace as a job's steps find it.
struct Workspace {
    /// The folders that the repository was checked out into; that of the workspace itself is empty.
    checkouts: Vec<String>,
    /// Whether there may be other files than those of the repository at this commit.
    has_more: bool,
}

/// Finds the actions that steps use and that are not there when the step begins.
pub(super) fn missing(
    repository: &Repository<'_>,
    located: &Located<'_>,
    findings: &mut Vec<Finding>,
) {
    // Called from another repository, it finds the actions of that one.
    let is_called = located.workflow.trigger("workflow_call").is_some();
    for job in &located.workflow.jobs {
        let mut workspace = Workspace { checkouts: vec![String::new()], has_more: is_called };
        for step in &job.steps {
            let local = step.uses.as_ref().and_then(|uses| match &uses.target {
                UsesTarget::Local(path) => Some((uses, folder(path)?)),
                _ => None,
            });
            if let Some((uses, folder)) = local
                && !workspace.may_have(repository, &folder)
            {
                let written = uses.written.text.trim();
                let finding = match workspace.has_more || is_of_another(repository, &folder) {
                    false => {
                        let message = format!("uses the action `{written}`, which does not exist");
                        at(located, uses.written.span, message).help(HELP)
                    }
                    true => {
                        let message = format!(
                            "whether the action `{written}` is there cannot be determined: it is not in this \
                             repository, and an earlier step may put it there"
                        );
                        at(located, uses.written.span, message).unchecked()
                    }
                };
                findings.push(finding);
            }
            workspace.after(step);
        }
    }
}

/// The folder of an action, from the root of the workspace; `None` if its path is not plain.
fn folder(path: &str) -> Option<String> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let is_plain = !path.contains("${{") && path.split('/').all(|part| part != "..");
    is_plain.then(|| path.to_owned())
}

/// Whether the folder is below a link or another repository, so that its files are not among those of this one.
fn is_of_another(repository: &Repository<'_>, folder: &str) -> bool {
    let ends = folder.match_indices('/').map(|(end, _)| end).chain([folder.len()]);
    ends.filter_map(|end| folder.get(..end)).any(|above| repository.has(above))
}

impl Workspace {
    /// Whether the folder of an action is in one of the checkouts.
    fn may_have(&self, repository: &Repository<'_>, folder: &str) -> bool {
        self.checkouts.iter().any(|checkout| {
            let inside = match checkout.is_empty() {
                true => Some(folder),
                false => folder
                    .strip_prefix(checkout.as_str())
                    .and_then(|rest| rest.strip_prefix('/').or(rest.is_empty().then_some(rest))),
            };
            inside.is_some_and(|inside| {
                FILES.iter().any(|file| match inside.is_empty() {
                    true => repository.has(file),
                    false => repository.has(&format!("{inside}/{file}")),
                })
            })
        })
    }

    /// What a step may leave behind. Scripts and most actions may write any file.
    fn after(&mut self, step: &Step) {
        let Some(uses) = &step.uses else {
            self.has_more |= step.run.is_some();
            return;
        };
        let UsesTarget::Repository { owner, repository, .. } = &uses.target else {
            self.has_more = true;
            return;
        };
        let with = |name: &str| {
            step.with.iter().find(|setting| setting.key.text.eq_ignore_ascii_case(name))
        };
        match (owner.as_str(), repository.as_str()) {
            ("actions", "checkout") => {
                // Another repository or commit has other files.
                self.has_more |=
                    ["repository", "ref", "submodules"].iter().any(|name| with(name).is_some());
                let path = with("path").map(|path| path.value.as_deref().and_then(folder));
                match path {
                    None => {}
                    Some(Some(path)) => self.checkouts.push(path),
                    Some(None) => self.has_more = true,
                }
            }
            ("actions", name) if name.starts_with("setup-") => {}
            _ => self.has_more = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(on: &str, steps: &[&str]) -> String {
        let mut text = format!("on: {on}\njobs:\n  a:\n    runs-on: x\n    steps:\n");
        for step in steps {
            text.push_str(&format!("      - {step}\n"));
        }
        Case::conformant()
            .file(".github/workflows/x.yml", text)
            .file(".github/actions/build/action.yml", "runs: { using: composite, steps: [] }\n")
            .said("workflow-undeclared-input")
    }

    const CHECKOUT: &str = "uses: actions/checkout@v4";
    const MISSING: &str = "uses: ./.github/actions/missing";

    #[test]
    fn an_action_of_the_repository_must_be_there() {
        assert_eq!(said("push", &[CHECKOUT, "uses: ./.github/actions/build"]), "");
        assert_eq!(
            said("push", &[CHECKOUT, MISSING]),
            ".github/workflows/x.yml:7:15: uses the action `./.github/actions/missing`, which does not exist\n"
        );
        let setup = "uses: actions/setup-python@v5";
        assert!(said("push", &[CHECKOUT, setup, MISSING]).ends_with("which does not exist\n"));
        let elsewhere = "{ uses: actions/checkout@v4, with: { path: self } }";
        assert_eq!(said("push", &[elsewhere, "uses: ./self/.github/actions/build/"]), "");
        assert_eq!(said("push", &["uses: ./${{ matrix.action }}"]), "");
    }

    #[test]
    fn what_an_earlier_step_or_the_caller_may_bring_is_unchecked() {
        let other = "{ uses: actions/checkout@v4, with: { repository: acme/actions, path: more } }";
        for steps in [["run: git clone x y", MISSING], [other, "uses: ./more/build"]] {
            let said = said("push", &steps);
            assert!(said.ends_with("an earlier step may put it there (unchecked)\n"), "{said}");
        }
        let called = said("workflow_call", &[MISSING]);
        assert!(called.ends_with("(unchecked)\n"), "{called}");
        let after = said("push", &[MISSING, "run: git clone x y"]);
        assert!(after.ends_with("which does not exist\n"), "{after}");
    }
}
