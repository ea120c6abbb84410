use super::*;
use crate::report::sample;
use crate::source::{Span, Text};

#[test]
fn a_rule_is_counted_apart_for_each_severity() {
    let rule = &crate::checks::path_rules::PATH_MISSING;
    let found = |severity| Finding::new(rule, "x").severity(severity);
    let (error, warning) = (Severity::Error, Severity::Warning);
    let mut all = sample::fleet().repositories;
    all.truncate(3);
    for (repository, severities) in
        all.iter_mut().zip([vec![warning], vec![warning, error], vec![warning]])
    {
        repository.findings = severities.into_iter().map(found).collect();
    }
    let triage = Triage::of(&all);
    let counted: Vec<_> =
        triage.pressing.iter().map(|it| (it.severity, it.repositories.len())).collect();
    assert_eq!(counted, [(error, 1), (warning, 3)]);
}

#[test]
fn what_is_open_is_counted_once_for_who_can_mend_it() {
    let report = sample::fleet();
    let triage = Triage::of(&report.repositories);
    let findings: usize = triage.shares.values().map(|share| share.findings).sum();
    let opened = report.repositories.iter().flat_map(open).count();
    assert_eq!(findings, opened);
    assert!(opened > 3, "the sample has something to tell");
    for pair in triage.pressing.windows(2) {
        assert!(pair[0].severity >= pair[1].severity, "{pair:?}");
    }
    assert_eq!(triage.unread, 1);
}

#[test]
fn what_stands_in_a_file_that_is_replaced_goes_with_it() {
    let text = Text::new("uses: a/b@v1\nkept: 1\n");
    let found = |start, end| {
        Finding::new(&crate::checks::path_rules::PATH_EXTRA, "x").at(
            "ci.yml",
            &text,
            Span::new(start, end),
        )
    };
    let write = FileEdit::Write {
        path: "ci.yml".into(),
        bytes: std::sync::Arc::from(&b"uses: a/b@v2\nkept: 1\n"[..]),
        mode: crate::change::Mode::File,
    };
    let stale = Finding::new(&crate::checks::path_rules::PATH_EXTRA, "stale").in_file("ci.yml");
    let stale = stale.fix(crate::checks::Fix::safe("replace it", vec![write]));
    let mut repository = sample::fleet().repositories.remove(0);
    repository.findings = vec![stale, found(0, 4), found(13, 17)];
    let replaced = Replaced::of(&repository);
    let menders: Vec<Mender> =
        repository.findings.iter().map(|it| Mender::among(it, &replaced)).collect();
    assert_eq!(menders, [Mender::Machine, Mender::Machine, Mender::Person]);
}

#[test]
fn a_credential_is_a_persons_first_of_all_although_its_file_goes() {
    let text = Text::new("KEY=1\n");
    let write = FileEdit::Delete { path: ".env".into() };
    let forbidden = Finding::new(&crate::checks::path_rules::PATH_FORBIDDEN, "x")
        .in_file(".env")
        .fix(crate::checks::Fix::safe("remove it", vec![write]));
    let secret = Finding::new(&crate::checks::hygiene::secret::RULE, "a key").at(
        ".env",
        &text,
        Span::new(0, 5),
    );
    let graver = Finding::new(&crate::checks::hygiene::secret::RULE, "x").severity;
    let mut one = sample::fleet().repositories.remove(0);
    one.findings = vec![forbidden, secret];
    let mut other = one.clone();
    other.name = "other".to_owned();
    other.findings.pop();
    other.findings.iter_mut().for_each(|finding| finding.severity = graver);
    let of_both = [one, other];
    let triage = Triage::of(&of_both);
    let rules: Vec<_> = triage.pressing.iter().map(|it| (it.rule, it.menders())).collect();
    let forbidden = ("path-forbidden", "automatically");
    let told = [("secret", "by hand"), forbidden, forbidden];
    assert_eq!(rules, told.map(|(rule, who)| (rule, who.to_owned())));
    assert_eq!(triage.mended_unseen, 1);
}

#[test]
fn what_could_not_be_checked_hides_nothing_that_was() {
    let rule = &crate::checks::path_rules::PATH_MISSING;
    let found = || Finding::new(rule, "x");
    let mut one = sample::fleet().repositories.remove(0);
    for (findings, who) in [
        (vec![found(), found().unchecked()], Mender::Person),
        (vec![found().unchecked(), found()], Mender::Person),
        (vec![found().unchecked()], Mender::Nobody),
    ] {
        one.findings = findings;
        let triage = Triage::of([&one]);
        let menders: Vec<_> = triage.pressing.iter().map(|it| &it.menders).collect();
        assert_eq!(menders, [&BTreeMap::from([(who, 1)])]);
    }
}

#[test]
fn what_is_archived_nobody_mends_where_it_is() {
    let mut report = sample::fleet();
    report.repositories.iter_mut().for_each(|it| it.is_archived = true);
    let triage = Triage::of(&report.repositories);
    assert_eq!(triage.shares.keys().collect::<Vec<_>>(), [&Mender::Archived]);
    assert_eq!(triage.mended_unseen, 0);
}

#[test]
fn of_a_rule_it_is_said_who_mends_it_where() {
    let menders = BTreeMap::from([(Mender::Machine, 5), (Mender::MachineAndLook, 4)]);
    let severity = Severity::Warning;
    let of_fleet = false;
    let mut rule = Pressing { rule: "x", severity, repositories: Vec::new(), of_fleet, menders };
    assert_eq!(rule.menders(), "in 5 automatically, in 4 after a review");
    rule.menders.extend([(Mender::Person, 2), (Mender::Nobody, 1)]);
    let all = "in 5 automatically, in 4 after a review, in 2 by hand, in 1 not known";
    assert_eq!(rule.menders(), all);
}

#[test]
fn a_repository_is_mended_unseen_only_when_everything_in_it_is() {
    let mut report = sample::fleet();
    let before = Triage::of(&report.repositories).mended_unseen;
    for repository in &mut report.repositories {
        repository.findings.retain(|finding| Mender::of(finding) == Mender::Machine);
    }
    let triage = Triage::of(&report.repositories);
    assert!(triage.mended_unseen > before, "{before} and {}", triage.mended_unseen);
    assert_eq!(triage.shares.keys().collect::<Vec<_>>(), [&Mender::Machine]);
    assert_eq!(Triage::of(&[]), Triage::default());
    assert!(Triage::of(&[]).is_empty());
}
