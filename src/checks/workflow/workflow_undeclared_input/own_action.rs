//! Actions of the repository itself that steps use: a job ends at a step whose action is not there.

use super::at;
use crate::checks::presence::Presence;
use crate::checks::workflow::Located;
use crate::checks::{Finding, Repository};
use crate::source::workflow::{Step, UsesTarget};

/// What a runner looks for in the folder of an action.
const FILES: [&str; 4] = ["action.yml", "action.yaml", "Dockerfile", "dockerfile"];

/// What to do about an action that is not there.
const HELP: &str = "name the folder of an action, from the root of the repository: it has an `action.yml`, `action.yaml` or `Dockerfile`";

/// Why an action of a reusable workflow may be another one.
const CALLED: &str = "the workflow may be called from another repository, whose action it then is";

/// Why an action may be there although the repository does not have it.
const WRITTEN: &str = "it is not in this repository, and an earlier step may put it there";

/// The folder of the workspace as a job's steps find it.
struct Workspace {
    /// The folders that the repository was checked out into; that of the workspace itself is empty.
    checkouts: Vec<String>,
    /// Why there may be other files than those of the repository at this commit, if there may.
    more: Option<&'static str>,
}

/// Finds the actions that steps use and that are not there when the step begins.
pub(super) fn missing(
    repository: &Repository<'_>,
    located: &Located<'_>,
    findings: &mut Vec<Finding>,
) {
    // Called from another repository, it finds the actions of that one.
    let called = located.workflow.trigger("workflow_call").map(|_| CALLED);
    for job in &located.workflow.jobs {
        let mut workspace = Workspace { checkouts: vec![String::new()], more: called };
        for step in &job.steps {
            let local = step.uses.as_ref().and_then(|uses| match &uses.target {
                UsesTarget::Local(path) => Some((uses, folder(path)?)),
                _ => None,
            });
            if let Some((uses, folder)) = local {
                let (written, span) = (uses.written.text.trim(), uses.written.span);
                findings.extend(match workspace.has(repository, &folder) {
                    Ok(true) => None,
                    Ok(false) => {
                        let message = format!("uses the action `{written}`, which does not exist");
                        Some(at(located, span, message).help(HELP))
                    }
                    Err(why) => {
                        let message = format!(
                            "whether the action `{written}` is there cannot be determined: {why}"
                        );
                        Some(at(located, span, message).unchecked())
                    }
                });
            }
            workspace.after(step);
        }
    }
}

/// The folder of an action, from the root of the workspace; `None` if its path is not plain.
fn folder(path: &str) -> Option<String> {
    let is_plain =
        !path.starts_with('/') && !path.contains("${{") && path.split('/').all(|part| part != "..");
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    is_plain.then(|| parts.collect::<Vec<_>>().join("/"))
}

/// Whether a folder of the repository has an action, or why that is not known. A runner follows links.
fn has_action(repository: &Repository<'_>, folder: &str) -> Result<bool, String> {
    let real = match repository.presence(folder) {
        Presence::Folder(real) => real,
        Presence::File(_) => return Ok(false),
        Presence::Unknown(why) => return Err(why),
        // What could not be seen is not among the entries.
        Presence::Nothing => folder.to_owned(),
    };
    let files = FILES.map(|file| match real.is_empty() {
        true => file.to_owned(),
        false => format!("{real}/{file}"),
    });
    if files.iter().any(|file| repository.has(file)) {
        return Ok(true);
    }
    match files.iter().any(|file| repository.snapshot.may_hide(file)) {
        true => Err("a part of this repository could not be read".to_owned()),
        false => Ok(false),
    }
}

impl Workspace {
    /// Whether the folder of an action is in one of the checkouts, or why that is not known.
    fn has(&self, repository: &Repository<'_>, folder: &str) -> Result<bool, String> {
        let mut unknown = self.more.map(str::to_owned);
        for checkout in &self.checkouts {
            let inside = match checkout.is_empty() {
                true => Some(folder),
                false => folder
                    .strip_prefix(checkout.as_str())
                    .and_then(|rest| rest.strip_prefix('/').or(rest.is_empty().then_some(rest))),
            };
            match inside.map(|inside| has_action(repository, inside)) {
                Some(Ok(true)) => return Ok(true),
                Some(Ok(false)) | None => {}
                // A place in the repository says more than what may happen to it.
                Some(Err(why)) => unknown = Some(why),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    /// What a step may leave behind. Scripts and most actions may write any file.
    fn after(&mut self, step: &Step) {
        let Some(uses) = &step.uses else {
            if step.run.is_some() {
                self.may_be_written();
            }
            return;
        };
        let UsesTarget::Repository { owner, repository, .. } = &uses.target else {
            self.may_be_written();
            return;
        };
        let with = |name: &str| {
            step.with.iter().find(|setting| setting.key.text.eq_ignore_ascii_case(name))
        };
        match (owner.as_str(), repository.as_str()) {
            ("actions", "checkout") => {
                // Another repository or commit has other files.
                if ["repository", "ref", "submodules"].iter().any(|name| with(name).is_some()) {
                    self.may_be_written();
                }
                let path = with("path").map(|path| path.value.as_deref().and_then(folder));
                match path {
                    None => {}
                    Some(Some(path)) => self.checkouts.push(path),
                    Some(None) => self.may_be_written(),
                }
            }
            ("actions", name) if name.starts_with("setup-") => {}
            _ => self.may_be_written(),
        }
    }

    fn may_be_written(&mut self) {
        self.more = self.more.or(Some(WRITTEN));
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn case(on: &str, steps: &[&str]) -> Case {
        let mut text = format!("on: {on}\njobs:\n  a:\n    runs-on: x\n    steps:\n");
        for step in steps {
            text.push_str(&format!("      - {step}\n"));
        }
        Case::conformant()
            .file(".github/workflows/x.yml", text)
            .file(".github/actions/build/action.yml", "runs: { using: composite, steps: [] }\n")
    }

    fn said(on: &str, steps: &[&str]) -> String {
        case(on, steps).said("workflow-undeclared-input")
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
        assert!(
            called.ends_with("another repository, whose action it then is (unchecked)\n"),
            "{called}"
        );
        let after = said("push", &[MISSING, "run: git clone x y"]);
        assert!(after.ends_with("which does not exist\n"), "{after}");
    }

    #[test]
    fn a_path_may_be_written_in_more_than_one_way() {
        for path in
            ["./.github/actions/build/./", ".//.github/actions/build", "././.github//actions/build"]
        {
            assert_eq!(said("push", &[CHECKOUT, &format!("uses: {path}")]), "");
        }
        let file = said("push", &[CHECKOUT, "uses: ./.github/actions/build/action.yml"]);
        assert!(file.ends_with("which does not exist\n"), "{file}");
    }

    #[test]
    fn a_link_is_followed_inside_the_repository() {
        // After an action has run there may be any file.
        let uses = ["uses: ./linked/missing", "uses: ./out/build", "uses: ./linked/build"];
        let case = case("push", &uses).link("linked", ".github/actions").link("out", "../other");
        let found = case.said("workflow-undeclared-input");
        let lines: Vec<&str> = found.lines().collect();
        assert_eq!(lines.len(), 2, "{found}");
        assert!(lines[0].ends_with("`./linked/missing`, which does not exist"), "{found}");
        assert!(
            lines[1].ends_with("`out` is a symbolic link to another place (unchecked)"),
            "{found}"
        );
    }
}
