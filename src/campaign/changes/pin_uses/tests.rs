use super::super::testing::told;
use crate::checks::testing::Case;

const OLD: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";
const NEW: &str = "22bd71901bbe5b1630ceea73d27597364c9af683";

/// What becomes of the lines with `uses`; the change ends with `more`.
fn uses(lines: &str, more: &str) -> String {
    let steps: String = lines.lines().map(|line| format!("      - uses: {line}\n")).collect();
    let text = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}");
    let case = Case::conformant().file(".github/workflows/x.yml", text);
    let said = told(
        &case,
        &format!(
            "pin_uses: {{ uses: [actions/checkout@v5], commits: {{ actions/checkout@v5: {NEW} }}{more} }}"
        ),
    );
    let lines = said.lines().filter_map(|line| line.trim_start().strip_prefix("- uses: "));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_name_stays_a_name_and_a_commit_a_commit() {
    let lines = format!(
        "actions/checkout@v4\nActions/Checkout@{OLD} # v4.2.2\nactions/checkout@{OLD}\nother/checkout@v4 # v4\n\
         \"actions/checkout/sub@v4\"  # why\n./local\ndocker://alpine:3"
    );
    insta::assert_snapshot!(uses(&lines, ""), @r#"
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5
    actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5
    actions/checkout@v5
    Actions/Checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5
    other/checkout@v4 # v4
    "actions/checkout/sub@v5"  # why
    ./local
    docker://alpine:3
    "#);
}

#[test]
fn the_comment_speaks_of_what_is_there() {
    let lines = format!(
        "actions/checkout@v4 # v4\nactions/checkout@v4 # v4 keep\nactions/checkout@{OLD} # pinned\n\
         actions/checkout@{NEW} # v5\nactions/checkout@{OLD} #v4.1 why"
    );
    insta::assert_snapshot!(uses(&lines, ", as: commit"), @"
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5
    actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5 keep
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5 pinned
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 # v5
    actions/checkout@22bd71901bbe5b1630ceea73d27597364c9af683 #v5 why
    ");
    insta::assert_snapshot!(uses(&lines, ", as: name"), @"
    actions/checkout@v5
    actions/checkout@v5
    actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0
    actions/checkout@v5
    actions/checkout@v5
    actions/checkout@v5 # keep
    actions/checkout@v5 # pinned
    actions/checkout@v5
    actions/checkout@v5 #why
    ");
}

#[test]
fn workflows_that_are_called_and_actions_of_steps_are_found() {
    let workflow = format!(
        "on: push\r\njobs:\r\n  a:\r\n    uses: acme/ci/.github/workflows/x.yml@main # why\r\n  b: {{ uses: acme/ci/.github/workflows/y.yml@{OLD} }}\r\n"
    );
    let case = Case::conformant().file(".github/workflows/x.yml", workflow).file(
        ".github/actions/a/action.yml",
        "runs:\n  using: composite\n  steps:\n    - uses: acme/ci@v1\n",
    );
    let change = format!(
        "pin_uses: {{ uses: [acme/ci@v2, acme/ci/.github/workflows/x.yml@{NEW}], commits: {{ acme/ci@v2: {OLD} }} }}"
    );
    insta::assert_snapshot!(told(&case, &change), @r"
    = .github/actions/a/action.yml
      runs:
        using: composite
        steps:
          - uses: acme/ci@v2
    = .github/workflows/x.yml
      on: push\r
      jobs:\r
        a:\r
          uses: acme/ci/.github/workflows/x.yml@22bd71901bbe5b1630ceea73d27597364c9af683 # why\r
        b: { uses: acme/ci/.github/workflows/y.yml@11bd71901bbe5b1630ceea73d27597364c9af683 }\r
    ");
}

#[test]
fn documents_that_were_not_looked_at_are_named() {
    let case = Case::conformant().file(".github/workflows/x.yml", "on: push\n---\non: push\n");
    let change = format!("pin_uses: {{ uses: [a/b@v1], commits: {{ a/b@v1: {NEW} }} }}");
    insta::assert_snapshot!(told(&case, &change), @"(`.github/workflows/x.yml` holds several documents, of which only the first was looked at)");
}

#[test]
fn what_was_not_looked_up_is_not_written() {
    insta::assert_snapshot!(told(&Case::conformant(), "pin_uses: { uses: [a/b@v1] }"), @"hindered: the commit of `a/b@v1` was not looked up");
}

#[test]
fn a_word_with_a_comma_behind_it_is_that_word() {
    let lines =
        format!("actions/checkout@{NEW} # v5, seen in May\nactions/checkout@{OLD} # v4; seen");
    let said = uses(&lines, "");
    assert!(said.contains(&format!("@{NEW} # v5, seen in May\n")), "{said}");
    assert!(said.contains(&format!("@{NEW} # v5; seen\n")), "{said}");
}
