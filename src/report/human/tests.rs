//! What a person sees, as whole pages.

use super::super::tests::rendered;
use super::super::{Format, sample};
use super::*;

fn page(report: &Report, style: Style) -> String {
    let mut bytes = Vec::new();
    render(report, style, &mut bytes).expect("a vector takes all");
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn a_fleet() {
    insta::assert_snapshot!(rendered(&sample::fleet(), Format::Human));
}

#[test]
fn a_fleet_without_unicode_is_ascii_but_for_the_repositories_own_text() {
    let mut report = sample::fleet();
    report.repositories.retain(|repository| !repository.name.starts_with("evil"));
    let text = page(&report, Style { unicode: false, ..Style::default() });
    let strange: Vec<char> = text.chars().filter(|character| !character.is_ascii()).collect();
    assert_eq!(strange, Vec::<char>::new());
}

#[test]
fn tables_and_lists_are_no_wider_than_the_terminal() {
    for width in [60, 80, 100] {
        let text = page(&sample::fleet(), Style { width, wraps: true, ..Style::default() });
        let (lists, _) = text.split_once("✗ workspace-template-autogen").expect("findings");
        for line in lists.lines() {
            assert!(paint::width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn on_a_narrow_terminal_lists_of_paths_say_where_and_what_to_do() {
    let report = sample::large(30);
    for width in [60, 80] {
        let text = page(&report, Style { width, wraps: true, ..Style::default() });
        let (_, list) = text.split_once("Stale, safe to replace\n").expect("a list");
        let (list, _) = list.split_once("\n\n").expect("its end");
        assert!(!list.contains('…'), "{width}:\n{list}");
        assert!(list.contains(" in 5 repositories: "), "{width}:\n{list}");
        let text = page(&sample::fleet(), Style { width, wraps: true, ..Style::default() });
        let (_, list) = text.split_once("Outliers\n").expect("a list");
        let (list, _) = list.split_once("\n\n").expect("its end");
        let words = list.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.ends_with('?') && !words.contains('…'), "{width}:\n{list}");
    }
}

#[test]
fn on_a_narrow_terminal_names_are_left_out_and_counts_are_whole() {
    let report = sample::large(30);
    let summary = |style: Style| {
        let text = page(&report, style);
        let (_, summary) = text.split_once("What matters most").expect("a summary");
        summary.split_once("\nNext:").map_or(summary, |(before, _)| before).to_owned()
    };
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for width in [40, 60] {
        let narrow = summary(Style { width, wraps: true, ..Style::default() });
        assert!(!narrow.contains('…') || narrow.contains("-v shows all"), "{narrow}");
        assert!(narrow.lines().all(|line| paint::width(line) <= width), "{width}:\n{narrow}");
        let triage = crate::drift::triage::Triage::of_report(&report);
        for share in triage.shares.values() {
            let counts = share.in_words("repository", "repositories");
            assert!(words(&narrow).contains(&counts), "{counts}:\n{narrow}");
        }
        for rule in &triage.pressing[..3] {
            assert!(words(&narrow).contains(&rule.menders()), "{}:\n{narrow}", rule.menders());
        }
    }
}

#[test]
fn what_is_hidden_is_followed_by_an_empty_line() {
    let mut report = sample::large(2);
    let one = report.repositories[0].findings[0].clone();
    let rules: Vec<_> = (0..60).map(|number| (number, one.clone())).collect();
    report.fleet_findings = rules
        .into_iter()
        .map(|(number, finding)| Finding { message: format!("{number}"), ..finding })
        .collect();
    let text = page(&report, Style::default());
    assert!(
        text.contains("35 findings are not shown; -v shows all\n\nWhat matters most"),
        "{text}"
    );
}

#[test]
fn of_many_repositories_the_worst_are_named() {
    let text = page(&sample::large(30), Style::default());
    let (_, list) = text.split_once("\nWorst repositories\n").expect("a list");
    let (list, _) = list.split_once("\n\n").expect("its end");
    assert_eq!(list.lines().count(), 5, "{list}");
    assert!(!page(&sample::large(8), Style::default()).contains("Worst repositories"));
}

#[test]
fn twenty_paths_fit_a_hundred_columns() {
    let mut report = sample::fleet();
    for repository in &mut report.repositories {
        let Some(path) = repository.paths.first().cloned() else { continue };
        repository.paths = (0..20)
            .map(|number| crate::drift::model::PathReport {
                path: format!("folder/file-{number}.yml").as_str().into(),
                verdict: PathVerdict::Stale,
                behind: Some(number + 1),
                ..path.clone()
            })
            .collect();
    }
    report.repositories.retain(|repository| !repository.name.starts_with("evil"));
    let text = page(&report, Style::default());
    let row = text.lines().find(|line| line.contains(" autogen ")).unwrap_or_default();
    assert_eq!(row.matches('↓').count(), 20, "{row}");
    assert!(paint::width(row) <= 100, "{row}");
}

#[test]
fn a_thousand_repositories_stay_readable_and_what_is_hidden_is_counted() {
    let report = sample::large(1_000);
    let short = page(&report, Style::default());
    let lines = short.lines().count();
    assert!(lines < 400, "{lines} lines");
    assert!(short.contains("142 more repositories with the same findings"), "{short}");
    assert!(short.contains("1000 repositories: "));
    assert!(short.contains("3 versions behind  .github/workflows/publish-image.yml  in 143 repo"));
    let all = page(&report, Style { verbose: true, ..Style::default() });
    assert!(all.contains("✓ 0999"));
    assert!(!all.contains("-v shows all"));
}

#[test]
fn what_is_not_shown_is_counted() {
    let mut report = sample::large(100);
    for (index, repository) in report.repositories.iter_mut().enumerate() {
        for finding in &mut repository.findings {
            finding.message = format!("unlike all others: {index}");
        }
    }
    let text = page(&report, Style::default());
    assert!(text.contains("repositories with findings are not shown; -v shows all"), "{text}");
    assert!(!page(&report, Style { verbose: true, ..Style::default() }).contains("not shown"));
}

#[test]
fn waived_findings_are_counted_and_shown_when_all_is_wanted() {
    let report = sample::fleet();
    let short = page(&report, Style::default());
    assert!(!short.contains("runs weekly only"));
    assert!(short.contains("1 waived"));
    let all = page(&report, Style { verbose: true, ..Style::default() });
    assert!(all.contains("waived by agents until 2027-01-31"));
}

#[test]
fn colour_is_used_only_when_it_is_wanted() {
    let report = sample::fleet();
    assert!(!page(&report, Style::default()).contains('\u{1b}'));
    assert!(page(&report, Style { color: true, ..Style::default() }).contains("\u{1b}["));
}

#[test]
fn the_trend_is_a_line_of_bars() {
    assert_eq!(sparkline(&[Some(0), Some(7), None, Some(14)], true), "▁▄?█");
    assert_eq!(sparkline(&[Some(0), Some(7), None, Some(14)], false), "0 7 ? 14");
    assert_eq!(sparkline(&[Some(0), Some(0)], true), "▁▁");
}
