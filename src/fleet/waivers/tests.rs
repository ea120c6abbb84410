use super::*;
use crate::source::Span;

fn date(text: &str) -> Date {
    Date::parse(text).expect("date")
}

fn finding(content: &str) -> Finding {
    let text = Text::new(content);
    let span = Span::new(0, content.len());
    Finding::new(&RULE, "found").at("a.txt", &text, span)
}

static RULE: Rule = Rule {
    code: "SHP902",
    id: "some-rule",
    severity: Severity::Error,
    summary: "",
    protects: "",
    details: "",
    fails: ("", ""),
    passes: ("", ""),
};

fn hash(content: &str) -> String {
    Fingerprint::of(&finding(content)).short()
}

fn waivers(repository: &str, rule: &str, hash: &str) -> Waivers {
    let content = format!(
        "schema: 1
waivers:
  - repository: \"{repository}\"
    rule: {rule}
    path: a.txt
    reason: because
    owner: me
    expires: 2027-01-31
    hash: \"{hash}\"
"
    );
    Waivers::parse(Path::new("waivers.yaml"), content.as_bytes()).expect("sound")
}

fn run(today: &str) -> Circumstances<'static> {
    Circumstances { today: date(today), whole_fleet: true, is_part: false, path: "waivers.yaml" }
}

/// Which findings were waived, and the rules and lines of the findings about waivers.
fn apply(
    waivers: &Waivers,
    findings: &mut [Finding],
    run: Circumstances<'_>,
) -> (Vec<bool>, Vec<String>) {
    let mut judged =
        [Judged { names: vec!["one".into(), "acme/one".into()], findings, is_whole: true }];
    let problems = waivers.apply(&mut judged, run);
    let line = |finding: &Finding| {
        let region = finding.location.as_ref().and_then(|location| location.region.as_ref());
        format!("{} {}", finding.rule.id, region.map_or(0, |region| region.start.line))
    };
    let waived = judged[0].findings.iter().map(|finding| finding.waived.is_some()).collect();
    (waived, problems.iter().map(line).collect())
}

#[test]
fn a_finding_is_covered_until_the_last_day() {
    let waivers = waivers("one", "some-rule", &hash("x"));
    let on = |today| apply(&waivers, &mut [finding("x"), finding("y")], run(today));
    assert_eq!(on("2027-01-31"), (vec![true, false], vec![]));
    assert_eq!(on("2027-02-01"), (vec![false, false], vec!["waiver-expired 8".to_owned()]));
}

#[test]
fn rules_go_by_code_and_repositories_by_every_name() {
    for repository in ["one", "ACME/one", "*"] {
        let waivers = waivers(repository, "SHP902", &hash("x"));
        let result = apply(&waivers, &mut [finding("x")], run("2027-01-01"));
        assert_eq!(result, (vec![true], vec![]), "{repository}");
    }
}

#[test]
fn nothing_is_unused_in_what_was_not_read_whole() {
    for (is_whole, told) in [(true, 1), (false, 0)] {
        for repository in ["one", "*"] {
            let waivers = waivers(repository, "some-rule", &hash("x"));
            let mut judged = [Judged { names: vec!["one".into()], findings: &mut [], is_whole }];
            let problems = waivers.apply(&mut judged, run("2027-01-01"));
            assert_eq!(problems.len(), told, "{repository}: {problems:?}");
        }
    }
}

#[test]
fn it_reopens_when_the_lines_change() {
    let waivers = waivers("one", "some-rule", &hash("x"));
    let mut findings = [finding("x!")];
    let mut judged =
        [Judged { names: vec!["one".into()], findings: &mut findings, is_whole: true }];
    let problems = waivers.apply(&mut judged, run("2027-01-01"));
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].rule.id, "waiver-reopened");
    assert!(problems[0].help.as_ref().is_some_and(|help| help.contains(&hash("x!"))));
    assert_eq!(problems[0].related[0].0.path.as_str(), "one:a.txt");
    assert!(findings[0].waived.is_none());
}

#[test]
fn it_is_unused_rather_than_reopened_when_another_waiver_covers_what_is_left() {
    let both = format!(
        "schema: 1
waivers:
  - {{ repository: one, rule: some-rule, path: a.txt, reason: r, owner: o, expires: 2027-01-31, hash: \"{}\" }}
  - {{ repository: one, rule: some-rule, path: a.txt, reason: r, owner: o, expires: 2027-01-31, hash: \"{}\" }}
",
        hash("gone"),
        hash("x")
    );
    let waivers = Waivers::parse(Path::new("w"), both.as_bytes()).expect("sound");
    let result = apply(&waivers, &mut [finding("x")], run("2027-01-01"));
    assert_eq!(result, (vec![true], vec!["waiver-unused 3".to_owned()]));
}

#[test]
fn it_is_called_unused_only_when_that_is_certain() {
    let partial = Circumstances { whole_fleet: false, ..run("2027-01-01") };
    let of = |repository, run| apply(&waivers(repository, "some-rule", &hash("x")), &mut [], run).1;
    assert_eq!(of("one", partial), ["waiver-unused 3"]);
    assert_eq!(of("two", partial), Vec::<String>::new());
    assert_eq!(of("*", partial), Vec::<String>::new());
    assert_eq!(of("*", run("2027-01-01")), ["waiver-unused 3"]);
    assert_eq!(of("two", run("2027-01-01")), ["waiver-unused 3"]);
}

#[test]
fn an_error_in_the_same_file_may_hide_what_was_waived() {
    static OTHER: Rule = Rule { code: "SHP903", id: "other-rule", ..RULE };
    let waivers = waivers("one", "some-rule", &hash("x"));
    let text = Text::new("y");
    let other = |path: &str| Finding::new(&OTHER, "found").at(path, &text, Span::new(0, 1));
    let told = |finding| apply(&waivers, &mut [finding], run("2027-01-01")).1;
    assert_eq!(told(other("a.txt")), Vec::<String>::new());
    assert_eq!(told(other("b.txt")), ["waiver-unused 3"]);
    assert_eq!(told(other("a.txt").severity(Severity::Warning)), ["waiver-unused 3"]);
}

#[test]
fn what_was_not_checked_is_not_covered() {
    let waivers = waivers("one", "some-rule", &hash("x"));
    for concealing in [finding("x").unchecked(), finding("x").conceals_demands()] {
        let result = apply(&waivers, &mut [concealing], run("2027-01-01"));
        assert_eq!(result, (vec![false], vec![]));
    }
}

#[test]
fn every_wrong_entry_is_told() {
    let content = "schema: 1
waivers:
  - { repository: one, rule: r, reason: ' ', owner: o, expires: 2027-01-31, hash: \"0123456789abcdef\" }
  - { repository: One, rule: r, reason: r, owner: o, expires: 2027-01-31, hash: \"0123456789abcdef\" }
  - { repository: one, rule: r, reason: r, owner: o, created: 2028-01-01, expires: 2027-01-31, hash: \"0123\", path: ../x }
";
    let errors = Waivers::parse(Path::new("w"), content.as_bytes()).expect_err("wrong");
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "a waiver needs its reason (w:3:41)",
            "says the same as waiver 1 (w:4:19)",
            "expires before it was created (w:5:84)",
            "`0123` is not a finding's hash (w:5:102)",
            "`../x` leaves the folder that it is relative to (w:5:116)",
        ]
    );
    let number = content.replace("\"0123456789abcdef\"", "1234567890123456");
    let errors = Waivers::parse(Path::new("w"), number.as_bytes()).expect_err("wrong");
    let number = |error: &Error| error.message() == "`hash` must be text, not a number";
    assert_eq!(errors.iter().filter(|error| number(error)).count(), 2, "{errors:?}");
}

#[test]
fn unknown_rules_are_told_when_all_are_known() {
    let waivers = waivers("one", "some-rul", &hash("x"));
    let errors = waivers.check_rules(Path::new("w"), &[&RULE]);
    assert_eq!(errors[0].to_string(), "unknown rule `some-rul` (w:4:11)");
    assert_eq!(errors[0].hints(), ["did you mean `some-rule`?"]);
}

#[test]
fn no_waivers_cover_nothing_and_say_nothing() {
    let result = apply(&Waivers::none(), &mut [finding("x")], run("2027-01-01"));
    assert_eq!(result, (vec![false], vec![]));
}

#[test]
fn a_waiver_for_another_command_is_not_called_unused() {
    let of_package = waivers("one", "runtime-symbol-missing", &hash("x"));
    assert_eq!(apply(&of_package, &mut [], run("2026-01-01")).1, Vec::<String>::new());
    let unused = waivers("one", "some-rule", &hash("x"));
    assert_eq!(apply(&unused, &mut [], run("2026-01-01")).1, ["waiver-unused 3"]);
}

#[test]
fn a_look_at_some_members_is_told_of_their_waivers_only() {
    let part = Circumstances { whole_fleet: false, is_part: true, ..run("2027-12-31") };
    let of = |repository| apply(&waivers(repository, "some-rule", &hash("x")), &mut [], part).1;
    assert_eq!(of("one"), ["waiver-expired 8"]);
    assert_eq!(of("two"), Vec::<String>::new());
}

#[test]
fn a_slip_in_a_name_or_a_path_is_told() {
    let told = |waivers: &Waivers, findings: &mut [Finding]| {
        let mut judged = [Judged { names: vec!["ryu".into()], findings, is_whole: true }];
        let problems = waivers.apply(&mut judged, run("2026-01-01"));
        let first = problems.into_iter().next().expect("it covers nothing");
        (first.message, first.help.unwrap_or_default())
    };
    let (message, help) = told(&waivers("ryuu", "some-rule", &hash("x")), &mut []);
    assert!(message.ends_with("covers nothing: no repository here is called so"), "{message}");
    assert_eq!(help, "did you mean `ryu`? Otherwise remove it from the file");
    let (_, help) = told(&waivers("other", "some-rule", &hash("x")), &mut []);
    assert_eq!(help, "remove it from the file");
    let elsewhere = || Finding::new(&RULE, "m").in_file("A.txt");
    let (_, help) = told(&waivers("ryu", "some-rule", &hash("x")), &mut [elsewhere()]);
    assert_eq!(help, "did you mean `A.txt`? Otherwise remove it from the file");
    let (_, help) = told(&waivers("ryu", "another-rule", &hash("x")), &mut [elsewhere()]);
    assert_eq!(help, "remove it from the file");
}
