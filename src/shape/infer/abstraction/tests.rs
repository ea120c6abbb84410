use proptest::prelude::*;

use super::*;

fn values(slug: &str) -> Variables {
    let mut values = Variables::default();
    values.insert("slug", slug);
    values.insert("repository", &format!("tpl-{slug}"));
    values.insert("owner", "");
    values
}

fn best_of(contents: &[(&str, &str)]) -> Option<Abstraction> {
    let values: Vec<Variables> = contents.iter().map(|(slug, _)| values(slug)).collect();
    let instances: Vec<Instance<'_>> = contents
        .iter()
        .zip(&values)
        .enumerate()
        .map(|(member, ((_, text), values))| Instance {
            member,
            text,
            values,
            names: Names::of(values, &[]),
        })
        .collect();
    best(&instances)
}

#[test]
fn every_spelling_of_a_slug_is_found() {
    let text = |kebab: &str, snake: &str, pascal: &str, title: &str, capital: &str| {
        format!(
            "# {title}\nimport {snake}_core\nclass {pascal}Adapter: '{kebab}' ${capital}_KEY tpl-{kebab}\n"
        )
    };
    let one = text("claude-code", "claude_code", "ClaudeCode", "Claude Code", "CLAUDE_CODE");
    let other = text("codex", "codex", "Codex", "Codex", "CODEX");
    let found = best_of(&[("codex", &other), ("claude-code", &one)]).expect("a template");
    assert_eq!(found.renders, [0, 1]);
    assert_eq!(
        found.source,
        "# {{ slug | title_case }}\nimport {{ slug | snake_case }}_core\n\
         class {{ slug | pascal_case }}Adapter: '{{ slug }}' ${{ slug | snake_case | upper }}_KEY {{ repository }}\n"
    );
}

#[test]
fn workflow_expressions_and_shell_lengths_stay_what_they_are() {
    let text = |slug: &str| {
        format!("a: ${{{{ secrets.X }}}}-{slug}\nb: ${{#a[@]}} {{% x %}} {{{slug}}}\n")
    };
    let found = best_of(&[("api", &text("api")), ("web", &text("web"))]).expect("a template");
    assert_eq!(found.renders, [0, 1]);
    assert!(found.source.contains("{% raw %}"), "{}", found.source);
}

#[test]
fn a_name_that_stands_everywhere_is_no_variable() {
    let text = |slug: &str| format!("the api is {slug}\n");
    let found = best_of(&[("api", &text("api")), ("web", &text("web")), ("db", &text("db"))]);
    assert_eq!(found.expect("a template").source, "the api is {{ slug }}\n");
}

#[test]
fn parts_of_words_are_left_alone() {
    let names = Names::of(&values("go"), &[]);
    let found = abstracted(&Piece::alone("going go cargo"), &names);
    assert_eq!(found.as_deref(), Some("going {{ slug }} cargo"));
}

#[test]
fn contents_that_say_different_things_have_no_template() {
    assert_eq!(best_of(&[("api", "one\n"), ("web", "two\n")]), None);
}

#[test]
fn a_text_that_ends_raw_blocks_is_not_abstracted() {
    assert_eq!(escaped("{{ a }} {%- endraw %}", false), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a file holds, abstracting it loses nothing: its own repository gets its bytes back.
    #[test]
    fn what_is_abstracted_renders_to_itself(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("my-tool".to_owned()), Just("MyTool".to_owned()), Just("{{".to_owned()),
                Just("}}".to_owned()), Just("{%".to_owned()), Just("%}".to_owned()),
                Just("{#".to_owned()), Just("{".to_owned()), Just("}".to_owned()),
                Just("{% raw %}".to_owned()), Just("\n".to_owned()), Just("$".to_owned()),
                "[a-zé -]{0,4}",
            ],
            0..24,
        ),
    ) {
        let text = pieces.concat();
        let values = values("my-tool");
        let names = Names::of(&values, &[]);
        if let Some(source) = abstracted(&Piece::alone(&text), &names) {
            let templates = Templates::compile([("it", source.as_str())])
                .unwrap_or_else(|error| panic!("{source:?}: {error}"));
            prop_assert_eq!(templates.render("it", &values), Ok(text));
        }
    }
}

#[test]
fn a_title_is_preferred_to_a_class_without_another_variable() {
    let values = values("go");
    let source = |names: Names| names.abstracted(&Piece::alone("# Go\n")).expect("a template");
    assert_eq!(source(Names::of(&values, &[])), "# {{ slug | pascal_case }}\n");
    assert_eq!(source(Names::of(&values, &[]).titled()), "# {{ slug | title_case }}\n");
}
