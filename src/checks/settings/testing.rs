//! A repository with sound settings, for tests to modify.

use std::sync::Arc;

use super::{Actions, Expected, RequiredCheck, Seen, Settings, judge};
use crate::checks::Finding;
use crate::checks::testing::Case;
use crate::source::Text;
use crate::source::workflow::{Uses, Workflow};

/// A repository and its settings.
#[derive(Clone)]
pub(in crate::checks) struct Subject {
    case: Case,
    pub(in crate::checks) settings: Settings,
    pub(in crate::checks) expected: Expected,
}

/// The readable workflows of `acme/ci`. `acme/secret` cannot be read.
const VALIDATE: &str = "on: workflow_call\njobs:\n  validate: {steps: []}\n";
const PUBLISH: &str = "\
on:
  workflow_call:
    secrets:
      registry_token: {required: true}
      optional: {required: false}
jobs:
  build:
    steps:
      - run: echo ${{ secrets.REGISTRY_TOKEN }} ${{ secrets.optional }}
";

/// A repository with a callable workflow, in which no rule finds anything.
pub(in crate::checks) fn sound() -> Subject {
    let called = "on: workflow_call\njobs:\n  inner: {steps: []}\n";
    let case = Case::with_shape("")
        .file(".github/workflows/called.yml", called)
        .file(".github/workflows/empty.yml", "on: push\njobs: {}\n");
    let settings = Settings {
        default_branch: Seen::Known("main".to_owned()),
        visibility: Seen::Known("public".to_owned()),
        protected: Seen::Known(true),
        required_checks: Seen::Known(Vec::new()),
        secrets: Seen::Known(std::collections::BTreeSet::new()),
        variables: Seen::Known(std::collections::BTreeSet::new()),
        actions: Seen::Known(Actions::All),
        token_writes: Seen::Known(false),
    };
    Subject { case, settings, expected: Expected::default() }
}

/// A repository of which no settings could be read.
pub(in crate::checks) fn unreadable(why: &str) -> Subject {
    fn seen<T>(why: &str) -> Seen<T> {
        Seen::Unreadable(why.to_owned())
    }
    let settings = Settings {
        default_branch: seen(why),
        visibility: seen(why),
        protected: seen(why),
        required_checks: seen(why),
        secrets: seen(why),
        variables: seen(why),
        actions: seen(why),
        token_writes: seen(why),
    };
    let expected =
        Expected { default_branch: Some("x".to_owned()), visibility: Some("y".to_owned()) };
    let workflow = "on: push\njobs: {a: {steps: [{uses: x/y@v1, env: {T: '${{ secrets.X }}'}}]}}\n";
    Subject { settings, expected, ..sound().workflow("x.yml", workflow) }
}

impl Subject {
    pub(in crate::checks) fn workflow(mut self, name: &str, text: &str) -> Self {
        self.case = self.case.file(&format!(".github/workflows/{name}"), text);
        self
    }

    pub(in crate::checks) fn without_workflows(mut self) -> Self {
        for name in ["called.yml", "empty.yml"] {
            self.case = self.case.without(&format!(".github/workflows/{name}"));
        }
        self
    }

    pub(in crate::checks) fn required(mut self, name: &str, application: Option<u64>) -> Self {
        let check = RequiredCheck { name: name.to_owned(), application };
        self.settings.required_checks = Seen::Known(vec![check]);
        self
    }

    pub(in crate::checks) fn secret(mut self, name: &str) -> Self {
        self.settings.secrets = Seen::Known([name.to_owned()].into());
        self
    }

    pub(in crate::checks) fn variable(mut self, name: &str) -> Self {
        self.settings.variables = Seen::Known([name.to_owned()].into());
        self
    }
}

/// The findings in a repository.
pub(in crate::checks) fn findings(subject: &Subject) -> Vec<Finding> {
    let called = |uses: &Uses| {
        let parse = |text| Workflow::parse(&Text::new(text)).ok().map(Arc::new);
        if uses.is("acme", "ci", ".github/workflows/validate.yml") {
            parse(VALIDATE)
        } else if uses.is("acme", "ci", ".github/workflows/publish.yml") {
            parse(PUBLISH)
        } else {
            None
        }
    };
    subject.case.judged(|repository| {
        judge(repository, "acme", &subject.settings, &subject.expected, &called)
    })
}

/// The findings of a rule, or of every rule for `""`: location, message and help, one per line.
pub(in crate::checks) fn said(subject: &Subject, rule: &str) -> String {
    let findings = findings(subject);
    let mut said = String::new();
    for finding in findings.iter().filter(|it| rule.is_empty() || it.rule.id == rule) {
        if let Some(location) = &finding.location {
            said.push_str(location.path.as_str());
            let start = location.region.as_ref().map(|region| format!(":{}", region.start));
            said.push_str(&start.unwrap_or_default());
            said.push_str(": ");
        }
        said.push_str(&finding.message);
        if finding.unchecked {
            said.push_str(" (unchecked)");
        }
        if let Some(help) = &finding.help {
            said.push_str(&format!(": {help}"));
        }
        said.push('\n');
    }
    said
}
