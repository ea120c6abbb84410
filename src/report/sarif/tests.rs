use proptest::prelude::*;

use super::super::tests::rendered;
use super::super::{Format, sample};
use super::*;
use crate::checks::Waived;
use crate::source::{Span, Text, TextEdit};

fn log(report: &Report) -> Value {
    serde_json::from_str(&rendered(report, Format::Sarif)).expect("JSON")
}

fn lone(finding: Finding) -> Value {
    let mut report = sample::fleet();
    report.fleet_findings.clear();
    report.repositories.truncate(1);
    report.repositories[0].findings = vec![finding];
    log(&report)["runs"][0].take()
}

#[test]
fn logs_are_valid_against_the_official_schema() {
    let schema = include_str!("../../../tests/data/sarif-schema-2.1.0.json");
    // The pattern of `language` has a bracket too many, which strict readers refuse.
    let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let options = jsonschema::options().should_validate_formats(true);
    let validator = options.build(&schema).expect("a sound schema");
    for report in [sample::fleet(), sample::empty()] {
        let log = log(&report);
        let problems: Vec<_> = validator
            .iter_errors(&log)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert_eq!(problems, [""; 0]);
    }
}

#[test]
fn paths_of_many_repositories_begin_with_their_names() {
    let log = log(&sample::fleet());
    let results = log["runs"][0]["results"].as_array().expect("results");
    let uris: Vec<&str> = results
        .iter()
        .filter_map(|result| {
            result.pointer("/locations/0/physicalLocation/artifactLocation/uri")?.as_str()
        })
        .collect();
    assert!(uris.contains(&"workspace-template-autogen/Dockerfile"), "{uris:?}");
    assert!(uris.contains(&"platform%3Ainternal/images.go"), "{uris:?}");
}

#[test]
fn a_name_that_is_not_utf_8_is_encoded_byte_by_byte() {
    let path = crate::snapshot::RepoPath::from_bytes(b"a/\xff\xfe \xc3\xa9.yml");
    assert_eq!(percent_encoded(path.as_str()), "a/%FF%FE%20%C3%A9.yml");
    assert_eq!(percent_encoded("\\x\\x4"), "%5Cx%5Cx4");
}

/// Code scanning takes nothing of a file in which one result has no place.
#[test]
fn every_result_has_a_place_that_code_scanning_takes() {
    let mut report = sample::fleet();
    let pathless = || Finding::new(&sample::BASE_IMAGE, "of all");
    report.fleet_findings.push(pathless());
    report.fleet_findings.push(pathless().unchecked());
    report.repositories[0].findings.push(pathless());
    report.repositories[0].findings.push(pathless().in_file(""));
    let all = report.fleet_findings.iter();
    let all = all.chain(report.repositories.iter().flat_map(|it| &it.findings));
    let number = all.filter(|finding| finding.waived.is_none()).count();
    let run = log(&report)["runs"][0].take();
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), number, "nothing that is open is lost");
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap_or_default();
        assert!(!uri.is_empty() && !uri.ends_with('/') && !uri.contains(':'), "{result}");
        assert!(place["region"]["startLine"].as_u64().is_some_and(|line| line > 0), "{result}");
    }
    let of_one = lone(pathless())["results"][0]["locations"][0].take();
    assert_eq!(of_one["physicalLocation"]["artifactLocation"]["uri"], "README.md");
    assert!(of_one["logicalLocations"][0]["name"].is_string(), "{of_one}");
}

#[test]
fn columns_count_characters_and_end_behind_the_last() {
    let text = Text::new("# é 日\nFROM x\n");
    let finding = Finding::new(&sample::BASE_IMAGE, "m").at("Dockerfile", &text, Span::new(2, 8));
    let run = lone(finding);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let region = &run["results"][0]["locations"][0]["physicalLocation"]["region"];
    let wanted = json!({ "startLine": 1, "startColumn": 3, "endLine": 1, "endColumn": 6 });
    assert_eq!(*region, wanted);
}

#[test]
fn a_fix_on_the_lines_of_the_finding_becomes_replacements() {
    let text = Text::new("é FROM x\n");
    let edit = |span| FileEdit::text("Dockerfile", vec![TextEdit::replace(span, "y")]);
    let finding = |span| {
        Finding::new(&sample::BASE_IMAGE, "m")
            .at("Dockerfile", &text, Span::new(3, 7))
            .fix(Fix::safe("replace", vec![edit(span)]))
    };
    let run = lone(finding(Span::new(8, 9)));
    let change = &run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    let wanted = json!({ "startLine": 1, "startColumn": 8, "endLine": 1, "endColumn": 9 });
    assert_eq!(change["deletedRegion"], wanted);
    assert_eq!(change["insertedContent"]["text"], "y");
    let long = Text::new(&"x".repeat(5_000));
    let late = Finding::new(&sample::BASE_IMAGE, "m")
        .at("Dockerfile", &long, Span::new(4_000, 4_001))
        .fix(Fix::safe("replace", vec![edit(Span::new(1_500, 1_501))]));
    assert_eq!(lone(late)["results"][0]["fixes"], Value::Null);
    let beyond = lone(finding(Span::new(40, 41)));
    assert_eq!(beyond["results"][0]["fixes"], Value::Null);
}

#[test]
fn waived_findings_are_left_out_and_unjudged_repositories_announced() {
    let mut finding = Finding::new(&sample::TODO, "m");
    finding.waived = Some(Waived { reason: "known".into(), owner: "o".into(), expires: None });
    let run = lone(finding);
    assert_eq!((&run["results"], &run["tool"]["driver"]["rules"]), (&json!([]), &json!([])));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let fleet = log(&sample::fleet());
    let invocation = &fleet["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let text = invocation["toolExecutionNotifications"][0]["message"]["text"].as_str();
    assert!(text.is_some_and(|text| text.contains("object database is damaged")));
}

#[test]
fn uris_hold_nothing_that_means_something_in_a_uri() {
    assert_eq!(percent_encoded("a b/c#d?é:\u{202e}"), "a%20b/c%23d%3F%C3%A9%3A%E2%80%AE");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_position_that_is_told_is_the_right_one(
        source in "[ab\\r\\né日]{1,60}",
        start in 0..60_usize,
        length in 0..20_usize,
        offset in 0..80_usize,
    ) {
        let text = Text::new(&source);
        let boundary = |at: usize| source.floor_char_boundary(at);
        let span = Span::new(boundary(start), boundary(start + length));
        let location = Location::span("f", &text, span);
        let region = location.region.expect("a region");
        if let Some(position) = position_near(&region, boundary(offset)) {
            prop_assert_eq!(position, text.position(boundary(offset)));
        }
    }
}
