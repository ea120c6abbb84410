//! Whether scripts in workflows are built from text that outsiders can write.

use crate::checks::workflow::{actions, path_in_job, workflows};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::snapshot::RepoPath;
use crate::source::workflow::{Composite, Expression, Term, Workflow, expressions_at};
use crate::source::yaml::{Document, Path};

/// A script is built from text that outsiders can write.
pub static RULE: Rule = Rule {
    code: "SHP507",
    id: "workflow-template-injection",
    severity: Severity::Error,
    summary: "No script is built from text that outsiders can write.",
    protects: "the repository's secrets: a pull request titled `\"; curl …` runs that command with them.",
    details: "The forge puts `${{ … }}` into a `run` script, and into the `script` of actions/github-script, before \
              the shell or Node sees it. Reported are texts that anyone can write (titles, bodies, messages, labels, \
              page names, names and e-mail addresses of authors, `head_ref` and other names of a pull request's \
              branch, and whole objects that hold these) as errors, and texts that only people with write access can \
              send (`client_payload`, free-text inputs of `workflow_dispatch`) as warnings. A value that is only \
              compared, or tested by `contains()`, does not get into the script and is fine, and so is the same value \
              in `env`. The steps of composite actions are scanned too: an `action.yml` at the root, below \
              `.github/actions`, and in a folder that a workflow uses. An input of such an action is a remark \
              (`info`): the workflow that calls the action decides what is in it. Values that take the way through \
              `env.NAME` or the outputs of a step are not followed. Source: \
              <https://docs.github.com/en/actions/security-for-github-actions/security-guides/security-hardening-for-github-actions#understanding-the-risk-of-script-injections>.",
    fails: ("yaml", "- run: echo \"${{ github.event.issue.title }}\""),
    passes: ("yaml", "- run: echo \"$TITLE\"\n  env:\n    TITLE: ${{ github.event.issue.title }}"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct WorkflowTemplateInjection;

impl Check for WorkflowTemplateInjection {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for located in workflows(repository) {
            let workflow = &located.workflow;
            let script = Scripts {
                path: located.path,
                document: workflow.document(),
                inputs: Inputs::Of(workflow),
            };
            for job in &workflow.jobs {
                script.judge(&path_in_job(job, ["steps"]), findings);
            }
        }
        for located in actions(repository) {
            let document = located.action.document();
            let script = Scripts { path: located.path, document, inputs: Inputs::OfAnAction };
            script.judge(&Composite::path_of_steps(), findings);
        }
    }
}

/// The file that contains the scripts.
struct Scripts<'f> {
    path: &'f RepoPath,
    document: &'f Document,
    inputs: Inputs<'f>,
}

/// Where `inputs` get their values.
#[derive(Clone, Copy)]
enum Inputs<'f> {
    /// From whoever starts this workflow, for the inputs that it declares.
    Of(&'f Workflow),
    /// From the workflow that calls the action.
    OfAnAction,
}

impl Scripts<'_> {
    /// Judges the scripts of these steps.
    fn judge(&self, steps: &Path, findings: &mut Vec<Finding>) {
        let items = self.document.at(steps).map(|node| node.items().len()).unwrap_or_default();
        for step in (0..items).map(|index| steps.clone().index(index)) {
            let uses = self.document.at(&step.clone().key("uses"));
            let is_of_node = uses
                .and_then(|uses| uses.as_str())
                .is_some_and(|uses| uses.to_lowercase().starts_with("actions/github-script@"));
            let (script, variable) = match is_of_node {
                true => (step.key("with").key("script"), "process.env.NAME"),
                false => (step.key("run"), "\"$NAME\""),
            };
            let expressions = expressions_at(self.document, &script);
            let found = expressions.into_iter();
            findings.extend(found.filter_map(|expression| self.finding(&expression, variable)));
        }
    }

    /// `variable` is how the script reads a variable of its environment.
    fn finding(&self, expression: &Expression, variable: &str) -> Option<Finding> {
        let term = Term::parse(&expression.text)?;
        let (names, severity) = term
            .yields()
            .iter()
            .filter_map(|names| Some((names.join("."), danger(self.inputs, names)?)))
            .max_by_key(|(_, severity)| *severity)?;
        let who = match severity {
            Severity::Error => "which anyone can write",
            Severity::Warning => "which is written by whoever starts the workflow",
            Severity::Info => "which the calling workflow sets",
        };
        let message = format!("`{names}`, {who}, becomes part of this script");
        Some(
            Finding::new(&RULE, message)
                .severity(severity)
                .at(self.path.as_str(), self.document.text(), expression.span)
                .help(format!(
                    "pass it to the step as an environment variable and use that: `{variable}`"
                )),
        )
    }
}

/// How severe it is that a context value is inserted into a script.
fn danger(inputs: Inputs<'_>, names: &[String]) -> Option<Severity> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["github"] | ["github", "event"] | ["github", "head_ref"] => Some(Severity::Error),
        ["github", "event", "client_payload", ..] => Some(Severity::Warning),
        ["inputs", name] | ["github", "event", "inputs", name] => {
            let workflow = match inputs {
                Inputs::Of(workflow) => workflow,
                // The event of the calling workflow is not known here.
                Inputs::OfAnAction if names.len() > 2 => return None,
                Inputs::OfAnAction => return Some(Severity::Info),
            };
            let trigger = workflow.trigger("workflow_dispatch")?;
            let kind =
                trigger.input(name)?.kind.as_ref().map_or("string", |kind| kind.text.as_str());
            (kind == "string").then_some(Severity::Warning)
        }
        ["github", "event", object, rest @ ..] => {
            is_written_by_others(object, rest).then_some(Severity::Error)
        }
        _ => None,
    }
}

fn is_written_by_others(object: &str, rest: &[&str]) -> bool {
    const OBJECTS: &[&str] = &[
        "issue",
        "pull_request",
        "comment",
        "review",
        "review_comment",
        "discussion",
        "discussion_comment",
        "pages",
        "commits",
        "head_commit",
        "workflow_run",
    ];
    if !OBJECTS.contains(&object) {
        return false;
    }
    matches!(
        rest,
        // Whole objects, as passed to `toJSON()`.
        [] | ["head"]
            | ["*"]
            | [.., "author" | "committer" | "head_commit"]
            | [.., "author" | "committer", "name" | "email"]
            | ["head", "ref" | "label"]
            | ["pull_requests", .., "head", "ref"]
            | ["head", "repo", "default_branch" | "description" | "homepage"]
            | [.., "title" | "body" | "message" | "page_name" | "head_branch" | "display_title"]
    )
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(script: &str) -> String {
        let text = format!(
            "on:\n  workflow_dispatch:\n    inputs:\n      free: {{}}\n      picked: {{type: choice}}\njobs:\n  a:\n    \
             steps:\n      - run: |\n          x\n          echo {script}\n"
        );
        Case::conformant().file(".github/workflows/x.yml", text).said("workflow-template-injection")
    }

    #[test]
    fn texts_of_others_are_found_where_they_stand() {
        assert_eq!(Case::conformant().said("workflow-template-injection"), "");
        assert_eq!(
            said("\"${{ github.event.issue.title }}\""),
            ".github/workflows/x.yml:11:17: `github.event.issue.title`, which anyone can write, becomes part of this \
             script\n"
        );
        for script in [
            "${{ github.head_ref || github.ref }}",
            "${{ github['event'].pull_request.head.ref }}",
            "${{ github.event.commits[0].message }}",
            "${{ github.event.head_commit.author.name }}",
            "${{ toJSON(github.event) }}",
            "${{ format('{0}', github.event.comment.body) }}",
            "${{ github.event_name == 'x' && github.event.review.body }}",
            "${{ github.event.workflow_run.head_branch }}",
        ] {
            assert!(said(script).contains("anyone can write"), "{script}");
        }
        for script in [
            "${{ inputs.free }}",
            "${{ github.event.inputs.FREE }}",
            "${{ github.event.client_payload.x.y }}",
        ] {
            assert!(said(script).contains("whoever starts"), "{script}");
        }
    }

    #[test]
    fn what_is_safe_is_silent() {
        for script in [
            "${{ contains(github.event.issue.title, 'x') }}",
            "${{ github.head_ref == 'x' }}",
            "${{ github.event.pull_request.number }}",
            "${{ github.event.pull_request.head.sha }}",
            "${{ github.event.pull_request.base.ref }}",
            "${{ github.event.repository.name }}",
            "${{ inputs.picked }}",
            "${{ inputs.unknown }}",
            "${{ 'github.head_ref' }}",
            "${{ secrets.X }} github.head_ref",
        ] {
            assert_eq!(said(script), "", "{script}");
        }
    }

    #[test]
    fn scripts_of_an_action_are_scanned() {
        let action = "runs:\n  using: composite\n  steps:\n    - run: echo ${{ github.event.issue.title }}\n      \
                      shell: sh\n    - run: |\n        echo ${{ inputs.t }}\n";
        let said =
            |path: &str| Case::conformant().file(path, action).said("workflow-template-injection");
        for path in ["action.yml", ".github/actions/a/action.yaml"] {
            let said = said(path);
            assert!(
                said.contains(&format!("{path}:4:17: `github.event.issue.title`, which anyone")),
                "{said}"
            );
            assert!(said.contains(":7:14: `inputs.t`, which the calling workflow sets"), "{said}");
        }
        let node = action.replace("composite", "node20");
        assert_eq!(
            Case::conformant().file("action.yml", node).said("workflow-template-injection"),
            ""
        );
    }

    #[test]
    fn env_and_with_are_fine_and_github_script_is_not() {
        let text = "on: issues\njobs:\n  a:\n    steps:\n      - run: echo $T\n        env: {T: '${{ \
                    github.event.issue.title }}'}\n      - uses: x/y@v1\n        with: {script: '${{ \
                    github.event.issue.title }}'}\n      - uses: actions/github-script@v7\n        with:\n          \
                    script: x('${{ github.event.issue.title }}')\n";
        let case = Case::conformant().file(".gitea/workflows/x.yml", text);
        let found = case.findings("workflow-template-injection");
        let help = found[0].help.as_deref().unwrap_or_default();
        assert!(help.ends_with("use that: `process.env.NAME`"), "{help}");
        let said = case.said("workflow-template-injection");
        assert!(said.starts_with(".gitea/workflows/x.yml:11:22: "), "{said}");
        assert_eq!(said.lines().count(), 1);
    }
}
