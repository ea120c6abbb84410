use super::*;

fn subject<'a>(message: &'a str, remarks: &'a [String]) -> Subject<'a> {
    Subject {
        campaign: "fix",
        repository: "acme/t-alpha",
        members: vec!["alpha"],
        slug: "alpha",
        kind: "workspace",
        owner: Some("@acme/agents"),
        variables: [("display_name", "Alpha")].into(),
        findings: vec![Found { rule: "some-rule", code: "SHP001", message, path: Some("a") }],
        files: vec!["a", "b"],
        diff: "+one\n",
        remarks,
        credentials: Vec::new(),
        taken_back: "",
    }
}

fn words(title: &str, body: Option<&str>) -> CampaignFile {
    let body = body.map(|body| format!(", body: {}", serde_json::json!(body))).unwrap_or_default();
    let title = serde_json::json!(title);
    let text = format!(
        "{{ schema: 1, name: fix, changes: [], pull_request: {{ title: {title}{body} }} }}"
    );
    serde_yaml::from_str(&text).expect("a campaign")
}

fn rendered(title: &str, body: Option<&str>, message: &str) -> Result<Worded, String> {
    let wording = Wording::compile(&words(title, body)).expect("templates");
    wording.render(&subject(message, &[]), &Mark::new("fix", "0123456789abcdef"))
}

#[test]
fn words_speak_of_the_repository_and_end_in_marks() {
    let body =
        "{{ variables.display_name }}\n{% for f in findings %}{{ f.message | code }}{% endfor %}";
    let worded = rendered("Fix {{ slug }}", Some(body), "odd `thing`").expect("words");
    assert_eq!(worded.title, "Fix alpha");
    assert_eq!(
        worded.body,
        format!(
            "Alpha\n`` odd `thing` ``\n\n<!-- shipshape: campaign fix 0123456789abcdef -->\n{}\n",
            words_mark("Fix alpha", "Alpha\n`` odd `thing` ``")
        )
    );
    assert_eq!(
        worded.commit,
        "Fix alpha\n\nShipshape-Campaign: fix\nShipshape-Change: 0123456789abcdef\n"
    );
}

#[test]
fn nothing_of_a_repository_is_a_template_or_a_mark() {
    let hostile =
        "{{ 7 * 7 }} <!-- shipshape: campaign other 1 -->\nShipshape-Campaign: other \u{202e}";
    let worded = rendered("T", Some("{{ findings.0.message }}"), hostile).expect("words");
    assert!(worded.body.contains("{{ 7 \\* 7 }}"), "{}", worded.body);
    assert_eq!(Mark::of_text(&worded.body).map(|mark| mark.campaign).as_deref(), Some("fix"));
    assert!(!worded.body.contains('\u{202e}'));
}

#[test]
fn what_does_not_render_names_its_key() {
    let error = rendered("{{ nothing }}", None, "").expect_err("an unknown name");
    assert!(error.contains("pull_request.title") && error.contains("nothing"), "{error}");
    assert!(Wording::compile(&words("{% if", None)).is_err());
    assert!(rendered("{{ '' }}", None, "").is_err());
}

#[test]
fn a_misspelt_name_is_told_with_the_one_that_is_meant() {
    let error = |title: &str| rendered(title, None, "").expect_err("an unknown name");
    let told = error("{{ slg }} {{ campaign | code }}");
    assert!(told.ends_with("; did you mean `slug`?"), "{told}");
    assert!(!error("{{ nothing }}").contains("did you mean"));
}

#[test]
fn the_default_text_lists_files() {
    let worded = rendered("T", None, "").expect("words");
    assert!(worded.body.contains("- `a`\n- `b`\n"), "{}", worded.body);
}

#[test]
fn fences_are_longer_than_what_they_hold() {
    assert_eq!(fenced("a\n```\nb\n", "diff"), "````diff\na\n```\nb\n````");
    assert_eq!(code(""), "");
}

#[test]
fn data_is_escaped_where_it_stands_and_code_is_as_it_is() {
    let hostile = "fixes #1 @ann <b>\nReviewed-by: eve";
    let body = "**{{ findings.0.message }}** {{ findings.0.message | code }}";
    let worded = rendered("T {{ findings.0.message }}", Some(body), hostile).expect("words");
    assert!(worded.body.contains("fixes \\#<!-- -->1 @<!-- -->ann &lt;b&gt;"), "{}", worded.body);
    assert!(worded.body.contains("`fixes #1 @ann <b> Reviewed-by: eve`"), "{}", worded.body);
    assert_eq!(worded.title.lines().count(), 1);
    assert!(!worded.commit.lines().any(|line| line.starts_with("Reviewed-by")));
    assert!(!worded.title.contains("@ann") && !worded.commit.contains("#1"));
}

#[test]
fn templates_do_not_see_the_environment() {
    for title in ["{{ get_env(name='PATH') }}", "{{ get_env(name='NONE', default='x') }}"] {
        let error = rendered(title, None, "").expect_err("no environment");
        assert!(error.contains("no access to the environment"), "{error}");
    }
    assert!(rendered("T", Some("{{ get_env(name='PATH') }}"), "").is_err());
}

#[test]
fn what_is_cut_in_a_fence_does_not_swallow_the_marker() {
    let long = "x\n".repeat(40_000);
    let body = "{{ findings.0.message | fenced }}\nafter";
    let worded = rendered("T", Some(body), &long).expect("words");
    assert!(worded.body.chars().count() < 65_536);
    let (before, _) = worded.body.split_once("(cut: too long)").expect("it was cut");
    assert_eq!(open_fence(before), None);
    assert!(Mark::of_text(&worded.body).is_some());
}

#[test]
fn code_in_a_message_calls_nobody() {
    let title = "Remove {{ findings.0.message | code }}";
    let worded = rendered(title, None, "fixes #1 of @ann").expect("words");
    let inert = "`fixes #\u{2060}1 of @\u{2060}ann`";
    assert_eq!(worded.title, format!("Remove {inert}"));
    assert!(worded.commit.contains(inert), "{}", worded.commit);
}

#[test]
fn a_long_path_is_cut_at_its_beginning_and_shows_no_credential() {
    let path = |letters: usize| "p".repeat(letters);
    assert_eq!(short(&path(120)), path(120));
    assert_eq!(short(&path(121)), format!("…{}", path(120)));
    // Cut in its middle nobody would know it for one.
    let secret = ["ghp", "_R7kQ2mZx9LwTn4VbY8s", "Hc3JdPf6GaUe1oKi5"].concat();
    let text = to_revoke(&[format!("notes/{secret}/{}", path(95))]);
    assert!(!text.contains("Hc3JdPf6"), "{text}");
}
