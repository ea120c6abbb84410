//! Examples of files of a repository.

use super::framed;
use crate::checks::testing::Case;
use crate::checks::{Finding, catalogue};

/// Where the example of a rule is.
struct Excerpt {
    rule: &'static str,
    file: &'static str,
    /// What is around it in the file.
    frame: &'static str,
    /// The keys of shape.yaml that demand something; `None` for the embedded shape.
    shape: Option<&'static str>,
    /// Other files of the repository.
    beside: &'static [(&'static str, &'static str)],
}

/// An example that is a whole file.
const fn whole(rule: &'static str, file: &'static str) -> Excerpt {
    within(rule, file, "EXAMPLE")
}

const fn within(rule: &'static str, file: &'static str, frame: &'static str) -> Excerpt {
    Excerpt { rule, file, frame, shape: None, beside: &[] }
}

const CI: &str = ".github/workflows/ci.yml";
const PUBLISH: &str = ".github/workflows/publish-image.yml";
const STEPS: &str =
    "on: issues\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      EXAMPLE";
const JOB: &str =
    "on:\n  repository_dispatch:\n    types: [runtime-published]\njobs:\n  publish:\n    EXAMPLE";
const CLASS: &str = "from molecule_runtime.adapters.base import BaseAdapter\n\n\nEXAMPLE\n\n\nAdapter = AcmeAdapter";

const EXCERPTS: &[Excerpt] = &[
    whole("unreadable-file", "config.yaml"),
    whole("syntax-error", "config.yaml"),
    whole("docker-base-image", "Dockerfile"),
    whole("docker-cache-key", "Dockerfile"),
    whole("docker-copy-missing", "Dockerfile"),
    whole("docker-entrypoint", "Dockerfile"),
    whole("docker-environment", "Dockerfile"),
    whole("docker-label", "Dockerfile"),
    whole("docker-runtime-install", "Dockerfile"),
    whole("docker-user", "Dockerfile"),
    Excerpt {
        beside: &[("start.sh", "#!/bin/sh\nexec run\n")],
        ..whole("script-mode", "Dockerfile")
    },
    whole("script-forwarders", ""),
    whole("script-syntax", "start.sh"),
    whole("document-default", "config.yaml"),
    whole("document-deprecated-key", "config.yaml"),
    whole("document-duplicate-key", "config.yaml"),
    within("document-key", "config.yaml", "name: Hermes\ntemplate_schema_version: 1\nEXAMPLE"),
    whole("document-missing-file", "config.yaml"),
    whole("document-scalar-trap", "config.yaml"),
    whole("document-unknown-key", "config.yaml"),
    whole("document-unread-key", "config.yaml"),
    whole("document-version", "config.yaml"),
    within("adapter-base", "adapter.py", "EXAMPLE\n\n\nAdapter = AcmeAdapter"),
    within(
        "adapter-class",
        "adapter.py",
        "from molecule_runtime.adapters.base import BaseAdapter\n\n\nclass AcmeAdapter(BaseAdapter):\n    ...\n\n\nEXAMPLE",
    ),
    Excerpt {
        shape: Some(
            "demands:\n  python:\n    adapters:\n      - path: adapter.py\n        name: Adapter\n        base: BaseAdapter\n        methods:\n          - { name: setup, kind: async, required: true }\n          - { name: create_executor, kind: async, required: true }\n",
        ),
        ..within("adapter-methods", "adapter.py", CLASS)
    },
    within(
        "adapter-name",
        "adapter.py",
        "from molecule_runtime.adapters.base import BaseAdapter\n\n\nEXAMPLE",
    ),
    within("adapter-signatures", "adapter.py", CLASS),
    Excerpt {
        shape: Some(
            "demands:\n  python:\n    adapters:\n      - path: adapter.py\n        name: Adapter\n        methods:\n          - { name: name, kind: static, not_empty: true }\n",
        ),
        ..within(
            "adapter-values",
            "adapter.py",
            "class AcmeAdapter:\nEXAMPLE\n\n\nAdapter = AcmeAdapter",
        )
    },
    Excerpt {
        shape: Some("demands:\n  python:\n    package: acme_runtime\n    modules: [plugins]\n"),
        ..whole("bare-runtime-import", "executor.py")
    },
    within(
        "import-time-failure",
        "adapter.py",
        "EXAMPLE\n\n\nclass AcmeAdapter:\n    ...\n\n\nAdapter = AcmeAdapter",
    ),
    whole("python-too-new", "adapter.py"),
    whole("requirements-conflict", "requirements.txt"),
    Excerpt {
        beside: &[("requirements/common.txt", "httpx>=0.27\n")],
        ..whole("requirements-include-missing", "requirements.txt")
    },
    Excerpt {
        shape: Some(
            "demands:\n  requirements:\n    - { path: requirements.txt, distribution: acme-runtime }\n",
        ),
        ..whole("requirements-missing", "requirements.txt")
    },
    whole("requirements-unbounded", "requirements.txt"),
    whole("requirements-unsafe", "requirements.txt"),
    within("gitea-cross-repository", ".gitea/workflows/ci.yml", "on: push\nEXAMPLE"),
    within("workflow-call-key", CI, "on: push\njobs:\n  EXAMPLE"),
    within("workflow-forwarding", PUBLISH, JOB),
    whole("workflow-permissions", CI),
    whole("workflow-publishes-untrusted", PUBLISH),
    whole("workflow-receiver", PUBLISH),
    within("workflow-template-injection", CI, STEPS),
    Excerpt {
        beside: &[(
            ".github/workflows/publish.yml",
            "on:\n  workflow_call:\n    inputs:\n      runtime_version: { type: string }\njobs: {}\n",
        )],
        ..within("workflow-undeclared-input", CI, JOB)
    },
    within("workflow-unknown-job", CI, "on: push\nEXAMPLE"),
    within("workflow-unpinned", CI, STEPS),
    whole("merge-conflict-marker", "notes.txt"),
    whole("secret", "settings.py"),
    whole("todo-marker", "config.yaml"),
];

pub(super) fn judged(rule: &str, example: &str) -> Option<Vec<Finding>> {
    let excerpt = EXCERPTS.iter().find(|excerpt| excerpt.rule == rule)?;
    of_case(excerpt, excerpt.shape.map_or_else(Case::conformant, Case::with_shape), example)
}

/// What is found in a repository of which no shape demands anything.
pub(super) fn without_demands(rule: &str, example: &str) -> Option<Vec<Finding>> {
    let excerpt = EXCERPTS.iter().find(|excerpt| excerpt.rule == rule)?;
    of_case(excerpt, Case::with_shape(""), example)
}

fn of_case(excerpt: &Excerpt, mut case: Case, example: &str) -> Option<Vec<Finding>> {
    let check = catalogue::checks().find(|check| check.rule().id == excerpt.rule)?;
    for (path, text) in excerpt.beside {
        case = case.file(path, text);
    }
    // Put together here, so that no scanner takes this file for a leak.
    let token = ["np", "m_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat();
    let text = framed(excerpt.frame, &example.replace("npm_…", &token));
    for (path, text) in files(excerpt.file, &text) {
        case = case.file(&path, text);
    }
    let mut findings = Vec::new();
    case.judged(|repository| check.check(repository, &mut findings));
    Some(findings)
}

/// The files of an example. Without a path, each begins at a comment that is its name.
fn files(path: &str, text: &str) -> Vec<(String, String)> {
    if !path.is_empty() {
        return vec![(path.to_owned(), text.to_owned())];
    }
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("# "), files.last_mut()) {
            (Some(name), _) => files.push((name.to_owned(), String::new())),
            (None, Some((_, text))) => text.extend([line, "\n"]),
            (None, None) => panic!("the example does not begin with the name of a file:\n{text}"),
        }
    }
    files
}
