//! Whether workflows for Gitea call workflows of other repositories.

use crate::checks::workflow::workflows;
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::workflow::UsesTarget;

/// A workflow for Gitea calls one of another repository.
pub static RULE: Rule = Rule {
    code: "SHP509",
    id: "gitea-cross-repository",
    severity: Severity::Warning,
    summary: "Workflows for Gitea call no reusable workflow of another repository.",
    protects: "anyone who waits for a check or an image: Gitea does not run the job, without an explanation.",
    details: "Looks at the jobs of workflows in `.gitea/`, unless the pack's `demands.workflows.folders` leaves them \
              out. Gitea 1.22 runs reusable workflows of the same repository only. Actions of other repositories are \
              not reported: Gitea fetches those. Workflows in `.github/` are left out, though Gitea reads them where \
              `.gitea/workflows` is absent: nothing in a checkout says which forge it lives on.",
    fails: ("yaml", "jobs:\n  validate:\n    uses: acme/ci/.github/workflows/validate.yml@v1"),
    passes: ("yaml", "jobs:\n  validate:\n    uses: ./.gitea/workflows/validate.yml"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct GiteaCrossRepository;

impl Check for GiteaCrossRepository {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for located in workflows(repository) {
            if !located.is_for_gitea() {
                continue;
            }
            for uses in located.workflow.jobs.iter().filter_map(|job| job.uses.as_ref()) {
                if matches!(uses.target, UsesTarget::Local(_)) {
                    continue;
                }
                let written = uses.written.text.trim();
                let message = format!(
                    "`{written}` is in another repository, and Gitea does not run it from there"
                );
                findings.push(
                    Finding::new(&RULE, message)
                        .at(located.path.as_str(), located.text(), uses.written.span)
                        .help("copy its jobs into this repository"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(folder: &str, uses: &str) -> String {
        let text = format!(
            "on: push\njobs:\n  a:\n    uses: {uses}\n  b:\n    steps:\n      - uses: a/b@v1\n"
        );
        Case::conformant().file(&format!("{folder}/x.yml"), text).said("gitea-cross-repository")
    }

    #[test]
    fn a_workflow_of_another_repository_is_found_on_gitea_only() {
        let elsewhere = "a/b/.github/workflows/c.yml@main";
        assert_eq!(
            said(".gitea/workflows", elsewhere),
            ".gitea/workflows/x.yml:4:11: `a/b/.github/workflows/c.yml@main` is in another repository, and Gitea does \
             not run it from there\n"
        );
        assert_eq!(said(".github/workflows", elsewhere), "");
        assert_eq!(said(".gitea/workflows", "./.gitea/workflows/c.yml"), "");
        assert_ne!(
            said(".gitea/workflows", "https://git.example.org/a/b/.gitea/workflows/c.yml@v1"),
            ""
        );
    }

    #[test]
    fn a_pack_without_the_folder_is_silent() {
        let case = Case::with_shape("demands: { workflows: { folders: [] } }\n")
            .file(".gitea/workflows/x.yml", "on: push\njobs: {a: {uses: a/b/c.yml@v1}}");
        assert_eq!(case.said("gitea-cross-repository"), "");
    }
}
