//! A fleet of eight repositories for tests, with every verdict, every kind of finding, and hostile text.

use crate::change::FileEdit;
use crate::checks::{Finding, Fix, Location, Rule, Severity, Waived};
use crate::drift::RepositoryVerdict;
use crate::drift::model::{
    Difference, Outlier, PathReport, Report, RepositoryReport, ShapeName, TrendPoint,
};
use crate::shape::{PathVerdict, Policy};
use crate::snapshot::BlobId;
use crate::source::{Span, Text, TextEdit};

pub(super) static BASE_IMAGE: Rule = Rule {
    code: "SHP101",
    id: "docker-base-image",
    severity: Severity::Error,
    summary: "The final stage is built from the canonical base image.",
    protects: "Whoever runs the image: another base lacks the system libraries of the runtime.",
    details: "The base is resolved through `ARG` and stages, never matched as text.",
    fails: ("dockerfile", "FROM python:3.12-slim\n"),
    passes: ("dockerfile", "FROM python:3.11-slim\n"),
};

pub(super) static RECEIVER: Rule = Rule {
    code: "SHP301",
    id: "workflow-receiver",
    severity: Severity::Warning,
    summary: "The publish workflow listens to `runtime-published`.",
    protects: "The release: without a receiver the image keeps the old runtime.",
    details: "Reads `on.repository_dispatch.types` as YAML 1.2.",
    fails: ("yaml", "on: push\n"),
    passes: ("yaml", "on:\n  repository_dispatch:\n    types: [runtime-published]\n"),
};

pub(crate) static TODO: Rule = Rule {
    code: "SHP401",
    id: "leftover-marker",
    severity: Severity::Info,
    summary: "No marker of the starter is left.",
    protects: "Users, who would read a placeholder.",
    details: "Looks for the markers that the shape pack declares.",
    fails: ("markdown", "TODO: describe\n"),
    passes: ("markdown", "Runs the agent.\n"),
};

/// Text with which a hostile repository might attack every format.
pub(super) const HOSTILE: &str = "<script>alert(1)</script>\u{1b}[31m\u{202e}|`@everyone`|#1 &amp; \
     https://evil.example ]]> %0A::error::\u{7}\u{9b}";

const DOCKERFILE: &str = "FROM python:3.12-slim\nARG RUNTIME_VERSION\nRUN useradd -u 1000 agent\n";
const PUBLISH: &str = "name: publish\non:\n  pull_request:\n  push:\n    branches: [main]\njobs:\n  \
     publish:\n    uses: fleet/ci/.github/workflows/publish.yml@main\n";
const PUBLISH_CANON: &str = "name: publish\non:\n  push:\n    branches: [main]\n  \
     repository_dispatch:\n    types: [runtime-published]\n  workflow_dispatch:\njobs:\n  publish:\n    \
     uses: fleet/ci/.github/workflows/publish.yml@4f2a91c\n    with:\n      \
     runtime_version: ${{ github.event.client_payload.version }}\n";

/// A report without repositories, with the shape and date that all samples share.
pub(super) fn empty() -> Report {
    Report {
        command: "drift",
        generated_at: "2026-11-20T09:30:00Z".to_owned(),
        shape: ShapeName { name: "workspace-template".to_owned(), source: "embedded".to_owned() },
        repositories: Vec::new(),
        fleet_findings: Vec::new(),
        fleet: None,
        outliers: Vec::new(),
        trend: Vec::new(),
        notes: Vec::new(),
        next: Vec::new(),
    }
}

/// Eight repositories that differ in every way that a report can show.
pub(crate) fn fleet() -> Report {
    let mut report = empty();
    report.repositories = vec![
        autogen(),
        repository("claude-code", RepositoryVerdict::Conformant, standard_paths()),
        crewai(),
        deepagents(),
        gemini(),
        hostile(),
        repository("langgraph", RepositoryVerdict::Conformant, standard_paths()),
        unreadable(),
    ];
    report.fleet_findings = vec![registration()];
    report.outliers = vec![Outlier {
        path: "scripts/warm-cache.sh".to_owned(),
        present_in: vec!["workspace-template-crewai".to_owned()],
        of: 7,
        question: "adopt or waive?".to_owned(),
    }];
    report.trend = trend();
    report.next = vec![
        "shipshape fix --diff workspace-template-autogen".to_owned(),
        "shipshape explain docker-base-image".to_owned(),
    ];
    report
}

/// The fleet with this many repositories, most of which share their findings.
pub(crate) fn large(repositories: usize) -> Report {
    let mut report = fleet();
    let makers = [autogen, crewai, deepagents, gemini];
    report.repositories = (0..repositories)
        .map(|index| {
            let mut repository = match makers.get(index % 7) {
                Some(make) => make(),
                None => repository("x", RepositoryVerdict::Conformant, standard_paths()),
            };
            repository.name = format!("workspace-template-member-{index:04}");
            repository
        })
        .collect();
    report
}

fn repository(slug: &str, verdict: RepositoryVerdict, paths: Vec<PathReport>) -> RepositoryReport {
    RepositoryReport {
        name: format!("workspace-template-{slug}"),
        origin: format!("fleet/workspace-template-{slug}"),
        commit: Some("9fceb02d0ae598e95dc970b74767f19372d61af8".to_owned()),
        tree: None,
        profile: Some("default".to_owned()),
        owner: Some(if slug.len().is_multiple_of(2) { "platform" } else { "agents" }.to_owned()),
        shape: String::new(),
        is_archived: false,
        verdict,
        error: None,
        paths,
        findings: Vec::new(),
    }
}

fn path(path: &str, policy: Policy, verdict: PathVerdict) -> PathReport {
    PathReport {
        path: path.into(),
        policy: Some(policy),
        verdict,
        behind: None,
        actual: Some(BlobId::of(path.as_bytes())),
        difference: None,
    }
}

fn standard_paths() -> Vec<PathReport> {
    use PathVerdict::Conformant;
    vec![
        path(".gitattributes", Policy::Exact, Conformant),
        path(".github/workflows/ci.yml", Policy::Exact, Conformant),
        path(".github/workflows/publish-image.yml", Policy::Exact, Conformant),
        path(".github/workflows/secret-scan.yml", Policy::Exact, Conformant),
        path("Dockerfile", Policy::Facts, Conformant),
        path("README.md", Policy::Seeded, Conformant),
        path("adapter.py", Policy::Contract, Conformant),
        path("config.yaml", Policy::Structured, Conformant),
        path("requirements.txt", Policy::Structured, Conformant),
    ]
}

/// The standard paths with some of them replaced.
fn paths_with(changed: Vec<PathReport>) -> Vec<PathReport> {
    let mut paths = standard_paths();
    for path in changed {
        paths.retain(|standard| standard.path != path.path);
        paths.push(path);
    }
    paths.sort_by(|one, other| one.path.cmp(&other.path));
    paths
}

fn stale(at: &str, behind: u32) -> PathReport {
    PathReport {
        behind: Some(behind),
        difference: Some(Box::new(Difference {
            canonical: PUBLISH_CANON.to_owned(),
            actual: PUBLISH.to_owned(),
        })),
        ..path(at, Policy::Exact, PathVerdict::Stale)
    }
}

/// Broken: a different base image, with a safe fix and a related location.
fn autogen() -> RepositoryReport {
    let text = Text::new(DOCKERFILE);
    let base = Span::new(5, 21);
    let finding = Finding::new(&BASE_IMAGE, "the base image is `python:3.12-slim`")
        .at("Dockerfile", &text, base)
        .help("build the final stage from `python:3.11-slim`")
        .related(
            Location::span("Dockerfile", &text, Span::new(22, 41)),
            "this argument is in the stage that it begins",
        )
        .fix(Fix::safe(
            "build from python:3.11-slim",
            vec![FileEdit::text("Dockerfile", vec![TextEdit::replace(base, "python:3.11-slim")])],
        ));
    let publish = Text::new(PUBLISH);
    let receiver =
        Finding::new(&RECEIVER, "nothing starts this workflow when a runtime is published")
            .at(".github/workflows/publish-image.yml", &publish, Span::new(14, 16))
            .help("add `repository_dispatch` with `types: [runtime-published]`")
            .fix(Fix::risky("add the receiver", Vec::new()));
    let changed = vec![
        stale(".github/workflows/publish-image.yml", 3),
        PathReport {
            difference: Some(Box::new(Difference {
                canonical: DOCKERFILE.replace("3.12", "3.11"),
                actual: DOCKERFILE.to_owned(),
            })),
            ..path("Dockerfile", Policy::Facts, PathVerdict::Diverged)
        },
        PathReport { actual: None, ..path(".gitattributes", Policy::Exact, PathVerdict::Missing) },
    ];
    let mut repository = repository("autogen", RepositoryVerdict::Broken, paths_with(changed));
    repository.findings = vec![receiver, finding];
    repository
}

/// Drifted: an extra path, a forbidden one, and a waiver.
fn crewai() -> RepositoryReport {
    let changed = vec![
        PathReport {
            policy: None,
            ..path("scripts/warm-cache.sh", Policy::Exact, PathVerdict::Extra)
        },
        path(".molecule-ci/scripts/validate.py", Policy::Forbidden, PathVerdict::Forbidden),
        path(".github/workflows/secret-scan.yml", Policy::Exact, PathVerdict::Waived),
    ];
    let mut repository = repository("crewai", RepositoryVerdict::Drifted, paths_with(changed));
    let mut waived = Finding::new(&RECEIVER, "the scan runs weekly only")
        .in_file(".github/workflows/secret-scan.yml");
    waived.waived = Some(Waived {
        reason: "their own scanner runs on every push".to_owned(),
        owner: "agents".to_owned(),
        expires: Some("2027-01-31".to_owned()),
    });
    repository.findings = vec![
        waived,
        Finding::new(&TODO, "the description is still the starter's").in_file("README.md"),
    ];
    repository
}

/// Drifted: one path is behind, another was modified.
fn deepagents() -> RepositoryReport {
    let changed = vec![
        stale(".github/workflows/publish-image.yml", 1),
        PathReport {
            behind: Some(2),
            ..path(".github/workflows/ci.yml", Policy::Exact, PathVerdict::Modified)
        },
    ];
    let mut repository = repository("deepagents", RepositoryVerdict::Drifted, paths_with(changed));
    repository.profile = Some("gpu".to_owned());
    repository.findings = vec![
        Finding::new(&RECEIVER, "`workflow_dispatch` is not offered")
            .in_file(".github/workflows/publish-image.yml"),
    ];
    repository
}

/// Unchecked: one rule could not be decided.
fn gemini() -> RepositoryReport {
    let changed = vec![path("requirements.txt", Policy::Structured, PathVerdict::Unchecked)];
    let mut repository =
        repository("gemini-cli", RepositoryVerdict::Unchecked, paths_with(changed));
    repository.findings = vec![
        Finding::new(&RECEIVER, "the called workflow is not at hand")
            .severity(Severity::Info)
            .unchecked(),
    ];
    repository
}

/// Drifted, with hostile text that targets terminals and web pages.
fn hostile() -> RepositoryReport {
    let line = format!("RUN echo {} {HOSTILE} # 日本語 {}\n", "x".repeat(300), "y".repeat(300));
    let source = format!("FROM a\n{line}");
    let text = Text::new(&source);
    let start = source.find("<script>").unwrap_or(0);
    let named = format!("src/{HOSTILE}.py");
    let changed = vec![PathReport {
        difference: Some(Box::new(Difference {
            canonical: "safe\n".to_owned(),
            actual: format!("safe\n{HOSTILE}\n</pre></details>\n"),
        })),
        ..path(&named, Policy::Templated, PathVerdict::Modified)
    }];
    let mut repository = repository("hostile", RepositoryVerdict::Drifted, paths_with(changed));
    repository.name = format!("evil-{HOSTILE}");
    repository.owner = Some(HOSTILE.to_owned());
    repository.findings = vec![
        Finding::new(&RECEIVER, format!("this says {HOSTILE}\nand goes on"))
            .at("Dockerfile", &text, Span::new(start, start + 25))
            .help(HOSTILE),
        Finding::new(&TODO, "a strange name").in_file(named.as_str()),
    ];
    repository
}

/// Unchecked: it could not be read.
fn unreadable() -> RepositoryReport {
    let mut repository = repository("openclaw", RepositoryVerdict::Unchecked, Vec::new());
    repository.commit = None;
    repository.error = Some("the object database is damaged".to_owned());
    repository
}

fn registration() -> Finding {
    let text = Text::new("var RuntimeImages = map[string]string{\n\t\"autogen\": \"a\",\n}\n");
    Finding::new(&RECEIVER, "`openclaw` is a member but is not in this list").at(
        "platform:internal/images.go",
        &text,
        Span::new(4, 17),
    )
}

fn trend() -> Vec<TrendPoint> {
    let runs = [(3, 2, 14), (3, 2, 12), (4, 2, 12), (4, 1, 9), (3, 1, 8), (4, 1, 7), (4, 1, 6)];
    let runs = runs.into_iter().enumerate().map(|(week, (drifted, broken, findings))| TrendPoint {
        at: format!("2026-10-{:02}T06:00:00Z", week * 4 + 1),
        repositories: 8,
        conformant: 7 - drifted - broken,
        drifted,
        broken,
        unchecked: 1,
        unread: 0,
        findings,
        waived: 0,
        baseline: 0,
        automatic: None,
    });
    runs.collect()
}
