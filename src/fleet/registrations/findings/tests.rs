use std::path::Path;

use super::*;
use crate::checks::Safety;

const FLEET: &str = "\
schema: 1
name: acme
forge: { owner: acme }
kinds: { workspace: { prefix: template- }, plugin: { prefix: plugin- } }
images: { registry: ghcr.io, name: \"ghcr.io/acme/{slug}\" }
members:
  - template-claude-code
  - template-hermes
  - { slug: gone, kind: workspace, retired: 2026-01-01 }
  - template-codex
  - plugin-slack
registrations:
  - { name: list, path: the/list, of: workspace, ";

/// The fleet with one registration, of which the rest is given.
fn fleet(declared: &str) -> Fleet {
    let manifest = format!("{FLEET}{declared} }}\n");
    Fleet::parse(Path::new("fleet.yaml"), manifest.as_bytes()).expect("sound")
}

fn judged(declared: &str, content: &str) -> Vec<Finding> {
    judge(&fleet(declared), &|_| Ok(Text::new(content)))
}

fn said(declared: &str, content: &str) -> Vec<String> {
    let line = |finding: &Finding| {
        let region = finding.location.as_ref().and_then(|it| it.region.as_ref());
        let place = region.map_or(String::new(), |it| format!("{} ", it.start));
        let unchecked = if finding.unchecked { " (unchecked)" } else { "" };
        format!("{place}{} {}{unchecked}", finding.rule.code, finding.message)
    };
    judged(declared, content).iter().map(line).collect()
}

/// The text with all fixes of this safety made, once judged again.
fn fixed(declared: &str, content: &str, safety: Safety) -> String {
    let text = Text::new(content);
    let mut edits = Vec::new();
    for fix in judged(declared, content).into_iter().filter_map(|finding| finding.fix) {
        if fix.safety == safety {
            for edit in fix.edits {
                assert_eq!(edit.path().as_str(), "the/list");
                let FileEdit::Text { edits: more, .. } = edit else { panic!("an edit of text") };
                edits.extend(more);
            }
        }
    }
    // As they are when they are composed: equal edits count once.
    edits.sort();
    edits.dedup();
    let once = text.edited(&edits).expect("edits that do not overlap");
    let fleet = fleet(declared);
    let registration = &fleet.manifest.registrations[0];
    for scope in [Scope::Additions, Scope::Removals] {
        if let Ok(first) = repair(&fleet, registration, &text, scope) {
            let again = repair(&fleet, registration, &first.text, scope).expect("still a list");
            assert_eq!(again.edits, [], "repairing it twice: {}", first.text.as_str());
        }
    }
    once.as_str().to_owned()
}

fn mended(declared: &str, content: &str) -> String {
    let fixed = fixed(declared, content, Safety::Safe);
    assert_eq!(said(declared, &fixed), [""; 0], "{fixed}");
    fixed
}

const GO_MAP: &str = "language: go, symbol: Images, form: map, values: \"{image}:latest\"";

#[test]
fn a_go_map_gets_its_members_its_values_and_its_columns() {
    let content = "\
package p

// Images is read by Claude.
var Images = map[string]string{
\t\"hermes\": \"ghcr.io/acme/hermes:v1\",    // why
\t\"codex\":  \"ghcr.io/acme/codex:latest\", // two
}

var Other = 1
";
    assert_eq!(
        said(GO_MAP, content),
        [
            "5:12 SHP704 `list` does not give `hermes` the value `ghcr.io/acme/hermes:latest`",
            "4:5 SHP701 `list` lacks `claude-code`",
        ]
    );
    assert_eq!(
        mended(GO_MAP, content),
        "\
package p

// Images is read by Claude.
var Images = map[string]string{
\t\"hermes\":      \"ghcr.io/acme/hermes:latest\", // why
\t\"codex\":       \"ghcr.io/acme/codex:latest\",  // two
\t\"claude-code\": \"ghcr.io/acme/claude-code:latest\",
}

var Other = 1
"
    );
}

#[test]
fn a_value_that_is_no_string_is_unchecked() {
    let content = "var Images = map[string]string{\"hermes\": img(), \"codex\": \"ghcr.io/acme/codex:latest\", \"claude-code\": \"ghcr.io/acme/claude-code:latest\"}";
    let line = "1:32 SHP704 `list` does not give `hermes` the value `ghcr.io/acme/hermes:latest` (unchecked)";
    assert_eq!(said(GO_MAP, content), [line]);
    assert_eq!(fixed(GO_MAP, content, Safety::Safe), content);
}

#[test]
fn a_go_slice_keeps_its_order_and_comments() {
    let slice = "language: go, symbol: Known, form: slice, extras: [external]";
    let content = "var Known = []string{\r\n\t\"claude-code\", // first\r\n\t\"external\",\r\n\t\"hermes\", // last\r\n}\r\n";
    assert_eq!(said(slice, content), ["1:5 SHP701 `list` lacks `codex`"]);
    assert_eq!(
        mended(slice, content),
        "var Known = []string{\r\n\t\"claude-code\", // first\r\n\t\"codex\",\r\n\t\"external\",\r\n\t\"hermes\", // last\r\n}\r\n"
    );
}

const OBJECTS: &str = "language: json, symbol: templates, form: array, field: name, \
    fields: { repo: \"{owner}/{repository}\" }, exceptions: { claude-code: claude-code-default }";

#[test]
fn objects_in_json_are_made_like_their_neighbours() {
    let content = r#"{
  "plugins": [{"name": "x", "repo": "acme/x", "ref": "v1"}],
  "templates": [
    {"name": "claude-code-default", "repo": "acme/template-claude", "ref": "main"},
    {"name": "codex", "repo": "acme/template-codex", "ref": "main"}
  ]
}
"#;
    assert_eq!(
        said(OBJECTS, content),
        [
            "4:45 SHP704 `list` does not give `claude-code-default` the `repo` `acme/template-claude-code`",
            "3:3 SHP701 `list` lacks `hermes`",
        ]
    );
    assert_eq!(
        mended(OBJECTS, content),
        r#"{
  "plugins": [{"name": "x", "repo": "acme/x", "ref": "v1"}],
  "templates": [
    {"name": "claude-code-default", "repo": "acme/template-claude-code", "ref": "main"},
    {"name": "codex", "repo": "acme/template-codex", "ref": "main"},
    {"name": "hermes", "repo": "acme/template-hermes", "ref": "main"}
  ]
}
"#
    );
}

#[test]
fn a_member_under_another_name_is_known_by_what_stands_with_it() {
    let plain =
        "language: json, form: array, field: name, fields: { repo: \"{owner}/{repository}\" }";
    let content = r#"[
  {"name": "claude-code-default", "repo": "acme/template-claude-code"},
  {"name": "hermes", "repo": "acme/template-hermes"},
  {"name": "codex", "repo": "acme/template-codex"}
]
"#;
    assert_eq!(
        said(plain, content),
        [
            "2:12 SHP703 `list` writes `claude-code-default` for the member `claude-code`, not `claude-code`"
        ]
    );
    // It may be looked up by that name.
    assert_eq!(fixed(plain, content, Safety::Safe), content);
    assert_eq!(fixed(plain, content, Safety::Unsafe), content.replace("code-default", "code"));
    let second = content.replace(
        "\n]",
        ",\n  {\"name\": \"claude-code\", \"repo\": \"acme/template-claude-code\"}\n]",
    );
    assert_eq!(
        said(plain, &second),
        ["2:12 SHP702 `list` has `claude-code-default`, which is not a member"]
    );
}

#[test]
fn an_object_with_a_field_that_nobody_declared_is_left_to_a_person() {
    let labels = "language: typescript, symbol: OPTIONS, form: array, field: value";
    let content = "const OPTIONS: Option[] = [\n  { value: \"codex\", label: \"Codex\" },\n  { value: \"hermes\", label: \"Hermes\" },\n];\n";
    let findings = judged(labels, content);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].fix.is_none());
    assert_eq!(
        findings[0].help.as_deref(),
        Some(
            "add it, or list `claude-code` under the registration's `without`; it is not done for you: the value of `label` in a new element is not known"
        )
    );
}

#[test]
fn a_typescript_array_is_renamed_and_completed_at_once() {
    let array = "language: typescript, symbol: RUNTIMES, form: array";
    let content = "export const RUNTIMES = ['claude_code', 'hermes'] as const; // all\n";
    assert_eq!(
        said(array, content),
        [
            "1:26 SHP703 `list` writes `claude_code` for the member `claude-code`, not `claude-code`",
            "1:14 SHP701 `list` lacks `codex`",
        ]
    );
    assert_eq!(
        mended(array, content),
        "export const RUNTIMES = ['claude-code', 'codex', 'hermes'] as const; // all\n"
    );
}

#[test]
fn a_bash_array_loses_what_stands_twice() {
    let array = "language: bash, symbol: RUNTIMES, form: array";
    let content = "#!/bin/sh\nRUNTIMES=(hermes codex hermes) # all of them\nfor x in \"${RUNTIMES[@]}\"; do :; done\n";
    assert_eq!(
        said(array, content),
        ["2:24 SHP705 `list` has `hermes` twice", "2:1 SHP701 `list` lacks `claude-code`"]
    );
    assert_eq!(
        mended(array, content),
        "#!/bin/sh\nRUNTIMES=(hermes codex claude-code) # all of them\nfor x in \"${RUNTIMES[@]}\"; do :; done\n"
    );
}

#[test]
fn words_in_a_workflow_are_a_list() {
    let words = "language: yaml, symbol: TEMPLATES, form: words, spelling: \"{snake_case}\"";
    let content = "jobs:\n  x:\n    steps:\n      - run: |\n          TEMPLATES=\"hermes claude_code\" # keep\n          echo $TEMPLATES\n";
    assert_eq!(said(words, content), ["5:11 SHP701 `list` lacks `codex`"]);
    assert_eq!(
        mended(words, content),
        content.replace("hermes claude_code", "hermes claude_code codex")
    );
}

#[test]
fn a_python_set_keeps_unknown_names_and_says_so() {
    let set = "language: python, symbol: KNOWN, form: set";
    let content = "KNOWN = {\n    \"claude-code\",  # Anthropic\n    \"codex\",\n    \"custom\",\n    \"hermes\",\n}\n";
    assert_eq!(said(set, content), ["4:5 SHP702 `list` has `custom`, which is not a member"]);
    assert_eq!(fixed(set, content, Safety::Safe), content);
    assert_eq!(fixed(set, content, Safety::Unsafe), content);
    assert_eq!(said(&format!("{set}, extras: [custom]"), content), [""; 0]);
}

#[test]
fn what_a_program_may_still_look_up_is_taken_out_by_an_unsafe_fix_only() {
    let set = "language: python, symbol: KNOWN, form: set";
    let content = "KNOWN = {'claude-code', 'claude_code', 'codex', 'gone', 'hermes'}\n";
    assert_eq!(
        said(set, content),
        [
            "1:25 SHP703 `list` has the member `claude-code` as `claude_code` beside `claude-code`",
            "1:49 SHP702 `list` has `gone`, and the member `gone` is retired",
        ]
    );
    assert_eq!(fixed(set, content, Safety::Safe), content);
    assert_eq!(fixed(set, content, Safety::Unsafe), "KNOWN = {'claude-code', 'codex', 'hermes'}\n");
}

#[test]
fn members_of_another_kind_do_not_belong_into_the_list() {
    let array = "language: bash, symbol: X, form: array";
    let content = "X=(claude-code codex hermes slack)\n";
    assert_eq!(said(array, content), ["1:29 SHP702 `list` has `slack`, which is not a member"]);
}

#[test]
fn an_alias_is_right_beside_its_member_and_instead_of_it_is_not() {
    let array = "language: bash, symbol: X, form: array, aliases: { claude: claude-code }";
    assert_eq!(said(array, "X=(claude claude-code codex hermes)\n"), [""; 0]);
    assert_eq!(said(array, "X=(claude codex hermes)\n"), ["1:1 SHP701 `list` lacks `claude-code`"]);
}

#[test]
fn yaml_lists_and_maps_keep_their_comments() {
    let list = "language: yaml, symbol: on.runtimes, form: array";
    let content = "on:\n  runtimes: # all\n    - claude_code # first\n    - hermes\nname: x\n";
    assert_eq!(
        mended(list, content),
        "on:\n  runtimes: # all\n    - claude-code # first\n    - hermes\n    - codex\nname: x\n"
    );
    let map = "language: yaml, form: map, values: \"{image}\"";
    let content = "claude-code: ghcr.io/acme/claude-code\ncodex: other # wrong\nhermes: ghcr.io/acme/hermes\n";
    assert_eq!(mended(map, content), content.replace("other", "ghcr.io/acme/codex"));
    let objects = "language: yaml, form: array, field: id";
    let content = "- { id: hermes }\n- id: codex\n- name: x\n";
    assert_eq!(
        said(objects, content),
        [
            "3:3 SHP706 `list`: the list holds an item without `id` (unchecked)",
            "1:1 SHP701 `list` lacks `claude-code` as far as it is literal (unchecked)",
        ]
    );
}

#[test]
fn a_file_of_lines_keeps_its_order_and_comments() {
    let lines = "language: text, form: array";
    let content = "# members\nclaude-code # one\nhermes\n";
    assert_eq!(mended(lines, content), "# members\nclaude-code # one\ncodex\nhermes\n");
    assert_eq!(mended(lines, "hermes\ncodex"), "hermes\ncodex\nclaude-code");
    let words = "language: text, form: words";
    assert_eq!(mended(words, "hermes codex codex\n"), "hermes codex claude-code\n");
}

#[test]
fn what_is_not_literal_is_unchecked_and_never_edited() {
    let array = "language: typescript, symbol: RUNTIMES, form: array";
    let content = "const RUNTIMES = [...BASE, 'hermes', 'claude_code'];\n";
    assert_eq!(
        said(array, content),
        [
            "1:19 SHP706 `list`: the list holds something that is not a string (unchecked)",
            "1:38 SHP703 `list` writes `claude_code` for the member `claude-code`, not `claude-code`",
            "1:7 SHP701 `list` lacks `codex` as far as it is literal (unchecked)",
        ]
    );
    assert!(judged(array, content).iter().all(|finding| finding.fix.is_none()));
}

#[test]
fn of_a_list_that_is_no_literal_nothing_more_is_said() {
    let map = "language: go, symbol: known, form: map";
    assert_eq!(
        said(map, "var known = fallback\n"),
        ["1:13 SHP706 `list`: the list is not a literal (unchecked)"]
    );
}

#[test]
fn a_list_that_is_not_there_is_unchecked() {
    let array = "language: typescript, symbol: RUNTIMES, form: array";
    assert_eq!(
        said(array, "const OTHER = ['hermes'];"),
        ["SHP706 `list`: there is no list named `RUNTIMES` (unchecked)"]
    );
    assert_eq!(
        said(array, "const RUNTIMES = { hermes: 1 };"),
        [
            "SHP706 `list`: the list does not have the declared form: it has keys and values (unchecked)"
        ]
    );
    let findings = judge(&fleet(array), &|_| Err("is not there".to_owned()));
    assert_eq!(findings.len(), 1);
    assert!(findings[0].unchecked);
    assert_eq!(findings[0].message, "`list`: the file is not there");
}

#[test]
fn a_list_in_a_repository_is_named_with_it() {
    let array = "repository: core, language: bash, symbol: X, form: array";
    let findings = judged(array, "X=(codex hermes)\n");
    assert_eq!(findings[0].path().map(RepoPath::as_str), Some("core:the/list"));
}

#[test]
fn a_waiver_covers_one_member_and_not_its_neighbour_on_the_line() {
    let array = "language: bash, symbol: X, form: array";
    let prints = |content: &str| -> Vec<String> {
        let findings = judged(array, content);
        findings.iter().map(|it| crate::checks::Fingerprint::of(it).short()).collect()
    };
    let both = prints("X=(hermes)\n");
    assert_eq!(both.len(), 2);
    assert_ne!(both[0], both[1]);
    assert_eq!(prints("X=(hermes claude-code)\n"), both[1..]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn any_list_is_repaired_once_and_for_all(
        names in proptest::collection::vec("claude[-_]code|codex|Codex|hermes|gone|other", 0..6),
        lines in proptest::bool::ANY,
    ) {
        let gap = if lines { "\n    " } else { " " };
        for (declared, (open, quote, comma, close)) in [
            ("language: python, symbol: X, form: array", ("X = [", "'", ",", "]\n")),
            ("language: bash, symbol: X, form: array", ("X=(", "", "", ")\n")),
            ("language: json, form: array", ("[", "\"", ",", "]")),
        ] {
            let words: Vec<String> = names.iter().map(|name| format!("{quote}{name}{quote}")).collect();
            let content = format!("{open}{gap}{}{close}", words.join(&format!("{comma}{gap}")));
            let fleet = fleet(declared);
            let registration = &fleet.manifest.registrations[0];
            let text = Text::new(&content);
            let repaired = repair(&fleet, registration, &text, Scope::Removals).expect("a list");
            proptest::prop_assert_eq!(text.edited(&repaired.edits).expect("sound"), repaired.text.clone());
            let left = compare(&fleet, registration, &listing::find(&repaired.text, registration).expect("a list").elements);
            proptest::prop_assert!(
                left.iter().all(|it| matches!(it, Disagreement::Unexpected { retired: None, .. })),
                "{:?} in {}", left, repaired.text.as_str()
            );
        }
    }
}
