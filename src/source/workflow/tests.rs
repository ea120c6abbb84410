use super::*;
use crate::source::text::MAX_DOCUMENT_BYTES;
use proptest::prelude::*;

fn read(yaml: &str) -> Workflow {
    Workflow::parse(&Text::new(yaml)).expect(yaml)
}

fn texts(spanned: &[Spanned]) -> Vec<&str> {
    spanned.iter().map(|spanned| spanned.text.as_str()).collect()
}

fn messages(yaml: &str) -> Vec<String> {
    read(yaml).problems.into_iter().map(|problem| problem.message).collect()
}

const PUBLISH: &str = "name: publish
on:
  push:
    branches: [main, 'release/**']
  repository_dispatch:
    types: [runtime-published]
  workflow_dispatch:
    inputs:
      Runtime_Version:
        required: true
        type: string
        default: ''
  schedule:
    - cron: '0 3 * * *'
permissions:
  contents: read
  packages: write
jobs:
  publish:
    uses: Acme/ci/.github/workflows/publish.yml@main # not pinned
    with:
      runtime_version: ${{ github.event.client_payload.runtime_version || inputs.runtime_version }}
    secrets: inherit
  after:
    needs: publish
    if: needs.publish.result == 'success'
    runs-on: ubuntu-latest
    permissions: read-all
    container: python:3.11
    services:
      db: {image: 'postgres:16'}
    steps:
      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567
      - run: |
          echo ${{ secrets.TOKEN }}
        env:
          X: 1
";

#[test]
fn a_workflow_is_read_with_its_places() {
    let workflow = read(PUBLISH);
    assert_eq!(workflow.problems, []);
    let text = workflow.document().text();
    let push = workflow.trigger("push").expect("push");
    assert_eq!(push.filter("branches").map(texts), Some(vec!["main", "release/**"]));
    let dispatch = workflow.trigger("repository_dispatch").expect("dispatch");
    assert_eq!(texts(&dispatch.types), ["runtime-published"]);
    let manual = workflow.trigger("workflow_dispatch").expect("manual");
    let input = manual.input("runtime_version").expect("an input");
    assert!(input.required);
    assert_eq!(input.default.as_ref().map(|default| default.text.as_str()), Some(""));
    assert_eq!(texts(&workflow.trigger("schedule").expect("schedule").crons), ["0 3 * * *"]);
    let Some(Permissions::Scopes(_, scopes)) = &workflow.permissions else { panic!("scopes") };
    assert_eq!(scopes.len(), 2);

    let publish = workflow.job("publish").expect("publish");
    let uses = publish.uses.as_ref().expect("uses");
    assert!(uses.is("acme", "ci", ".github/workflows/publish.yml"));
    assert_eq!(text.slice(uses.written.span), "Acme/ci/.github/workflows/publish.yml@main");
    assert!(matches!(publish.secrets, Secrets::Inherit(_)));
    let after = workflow.job("after").expect("after");
    assert_eq!(texts(&after.needs), ["publish"]);
    assert!(matches!(after.permissions, Some(Permissions::ReadAll(_))));
    let images: Vec<_> = after.images.iter().map(|image| image.image.text.as_str()).collect();
    assert_eq!(images, ["python:3.11", "postgres:16"]);
    assert_eq!(after.steps[1].env[0].value.as_deref(), Some("1"));
    assert_eq!(workflow.uses().count(), 2);
}

#[test]
fn a_value_knows_what_it_mentions() {
    let workflow = read(PUBLISH);
    let path = "jobs.publish.with.runtime_version".parse().expect("a path");
    let found = workflow.expressions_at(&path);
    assert!(found[0].mentions("github.event.client_payload.runtime_version"));
    assert!(found[0].mentions("inputs.RUNTIME_VERSION"));
    assert!(found[0].mentions("github.event"));
    assert!(!found[0].mentions("client_payload.runtime_version"));
    let text = workflow.document().text();
    assert!(text.slice(found[0].span).starts_with("${{ github"));
    let all = workflow.expressions_at(&"jobs".parse().expect("a path"));
    let all: Vec<_> = all.iter().map(|expression| text.slice(expression.span)).collect();
    assert_eq!(all[1..], ["needs.publish.result == 'success'", "${{ secrets.TOKEN }}"]);
}

#[test]
fn expressions_are_found_whatever_stands_around_them() {
    let bodies =
        |text| -> Vec<&str> { expressions_in(text).into_iter().map(|(_, body)| body).collect() };
    assert_eq!(bodies("a ${{ b }}-${{c}} ${{ '}}' }}"), ["b", "c", "'}}'"]);
    assert_eq!(bodies("${{ never"), Vec::<&str>::new());
    assert_eq!(bodies("$${{ x }} {{ y }} ${ {z}}"), ["x"]);
    // Never closed where it opens, but closed from inside its string.
    assert_eq!(bodies("${{ ' ${{ b }}"), ["b"]);
    assert_eq!(bodies("${{ ' ${{ ' ${{ ' ${{ b }} ${{"), ["' ${{ ' ${{ b"]);
    let mentions = |text: &str, context| {
        Expression { text: text.to_owned(), span: Span::default() }.mentions(context)
    };
    assert!(mentions("fromJSON(github['event'].inputs.x)", "github.event.inputs"));
    assert!(!mentions("github.event.runtime_version_old", "github.event.runtime_version"));
    assert!(!mentions("'github.event'", "github.event"));
    assert!(!mentions("mygithub.event", "github.event"));
}

#[test]
fn expressions_that_are_never_closed_cost_no_search_each() {
    // Half a minute and more when each is looked for up to the end of the text.
    for unit in ["${{", "${{'", "${{ }"] {
        assert_eq!(expressions_in(&unit.repeat(MAX_DOCUMENT_BYTES / unit.len())), []);
    }
}

#[test]
fn triggers_may_be_a_string_a_list_or_a_mapping() {
    for (on, expected) in [
        ("push", vec!["push"]),
        ("[push, pull_request]", vec!["push", "pull_request"]),
        ("{push: }", vec!["push"]),
    ] {
        let workflow = read(&format!("on: {on}\njobs: {{}}\n"));
        let events: Vec<_> = workflow.triggers.iter().map(|t| t.event.text.as_str()).collect();
        assert_eq!(events, expected);
        assert_eq!(workflow.problems, []);
    }
}

#[test]
fn references_are_told_apart() {
    let target = |written: &str| Uses::parse(written, Span::default()).target;
    let repository = |path: &str, revision| UsesTarget::Repository {
        owner: "o".into(),
        repository: "r".into(),
        path: path.into(),
        revision,
    };
    let commit = "0123456789abcdef0123456789ABCDEF01234567";
    assert_eq!(
        target(&format!("o/r@{commit}")),
        repository("", Some(Revision::Commit(commit.into())))
    );
    assert_eq!(target("o/r/a/b@v4"), repository("a/b", Some(Revision::Name("v4".into()))));
    assert_eq!(target("o/r@0123456"), repository("", Some(Revision::Name("0123456".into()))));
    assert_eq!(target("o/r"), repository("", None));
    assert_eq!(
        target("./.github/workflows/x.yml"),
        UsesTarget::Local("./.github/workflows/x.yml".into())
    );
    assert_eq!(target("docker://alpine:3"), UsesTarget::Image("alpine:3".into()));
    assert_eq!(
        target("https://gitea.example/o/r@v1"),
        UsesTarget::Other("https://gitea.example/o/r@v1".into())
    );
    assert_eq!(target("checkout@v4"), UsesTarget::Other("checkout@v4".into()));
}

#[test]
fn what_the_forge_would_not_understand_is_a_problem_and_the_rest_is_read() {
    assert_eq!(messages(""), ["a workflow is a mapping, not null"]);
    assert_eq!(messages("on: push"), ["`jobs` is missing"]);
    assert_eq!(messages("jobs: {}"), ["`on` is missing: nothing starts this"]);
    assert_eq!(
        messages("on: {push: 1}\njobs: []"),
        ["`push` is a mapping, not an integer", "`jobs` is a mapping, not a list"]
    );
    assert_eq!(
        messages("on: push\njobs: {a: {uses: ./x, needs: b}}"),
        ["there is no job `b` to wait for"]
    );
    assert_eq!(messages("on: push\njobs: {a: }"), ["a job is a mapping, not null"]);
    assert_eq!(messages("on: push\njobs: {a: {}}"), ["a job has either `steps` or `uses`"]);
    assert_eq!(
        messages("on: push\njobs: {a: {steps: [x, {name: y}]}}"),
        ["a step is a mapping, not a string", "a step has either `uses` or `run`"]
    );
    assert_eq!(
        messages("on: push\npermissions: {contents: all}\njobs: {}"),
        ["`contents` is `read`, `write` or `none`"]
    );
    assert_eq!(
        messages("on: push\non: push\njobs: {}\n---\n"),
        ["duplicate key", "a workflow is one document"]
    );
    assert!(Workflow::parse(&Text::new("on: [")).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_value_anywhere_is_read(at in 0_usize..60, value in prop_oneof![Just("[x]"), Just("{a: b}"), Just(""), Just("1"), Just("${{ x"), Just("*a")]) {
        let lines: Vec<&str> = PUBLISH.lines().collect();
        let changed: Vec<String> = lines.iter().enumerate().map(|(index, line)| match line.split_once(": ") {
            Some((key, _)) if index == at % lines.len() => format!("{key}: {value}"),
            _ => (*line).to_owned(),
        }).collect();
        if let Ok(workflow) = Workflow::parse(&Text::new(&changed.join("\n"))) {
            let _ = workflow.expressions_at(&Path::root());
        }
    }

    #[test]
    fn any_text_holds_expressions_or_none(text in "[${} 'a.]{0,24}") {
        for (range, body) in expressions_in(&text) {
            prop_assert!(text[range].contains(body));
            let _ = Expression { text: body.to_owned(), span: Span::default() }.mentions("a.a");
        }
    }
}
