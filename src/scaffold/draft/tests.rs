use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::checks::{Finding, syntax_error};
use crate::fleet::manifest::Kind;
use crate::scaffold::derive::{Typed, derive};
use crate::scaffold::hindrance::Hindrances;
use crate::shape::lineage::Lineage;
use crate::shape::pack::{PackFile, PackFiles};

const SHAPE: &str = "schema: 1
name: crate
variables:
  title: { default: '{{ slug | title_case }}' }
  licence: { default: MIT }
  edition: { default: '2024', extract: { yaml: { path: facts.yaml, key: edition } } }
  note: { default: '', when_empty: { path: facts.yaml, left: say something } }
profiles:
  bare: { without: [LICENSE] }
  starter: { permits_markers: true }
paths:
  - { path: LICENSE, policy: templated }
  - { path: facts.yaml, policy: seeded }
  - { path: old/**, policy: forbidden }
";

fn chosen(kind: Kind) -> ChosenKind {
    let mut files = PackFiles::new();
    let mut put = |path: &str, text: &str| {
        let bytes: Arc<[u8]> = text.as_bytes().into();
        files.insert(path.to_owned(), PackFile { bytes, executable: false });
    };
    put("shape.yaml", SHAPE);
    put("files/LICENSE.tera", "{{ licence }} {{ title }} {{ edition }}\n");
    put("files/facts.yaml.tera", "edition: {{ edition | yaml }}\nnote: {{ note | yaml }}\n");
    let pack = Pack::load(&files, "a test", Lineage::default()).expect("a pack");
    let (kind_name, pack) = (String::new(), Arc::new(pack));
    ChosenKind { fleet: None, kind_name, kind, pack, listed: None, around: None }
}

fn drafted(kind: Kind, said: &[(&str, &str)]) -> Draft {
    let chosen = chosen(kind);
    let mut typed = Typed::from([(Subject::Slug, "my-tool".to_owned())]);
    for (key, value) in said {
        typed.insert(Subject::of_key(key).expect("a subject"), (*value).to_owned());
    }
    let answers = derive(&chosen, &typed);
    assert!(answers.iter().all(|answer| answer.problem.is_none()), "{answers:#?}");
    draft(&chosen, &answers, &[]).expect("renders")
}

fn text(draft: &Draft, path: &str) -> String {
    let entry = draft.tree.entry(path).expect("there");
    String::from_utf8(draft.tree.read(entry.id).expect("readable").to_vec()).expect("UTF-8")
}

#[test]
fn only_what_nobody_can_want_hinders_whatever_is_said() {
    let key = format!("{}QYLPMN5HHHFPZAM2", "AKIA");
    let found = |said: &[(&str, &str)]| Hindrances::of(&drafted(Kind::default(), said));
    assert!(found(&[]).is_empty());
    let leaky = found(&[("variable note", &key)]);
    assert_eq!((leaky.certain.len(), leaky.others.len()), (1, 0), "{leaky:?}");
    assert!(leaky.certain[0].starts_with("facts.yaml: AWS access key id"), "{leaky:?}");
    let described = found(&[("description", &key)]);
    assert_eq!(described.certain, ["the description: AWS access key id"]);
    let mut draft = drafted(Kind::default(), &[]);
    draft.member.aliases = vec!["plain".to_owned(), key];
    assert_eq!(Hindrances::of(&draft).certain, ["an alias: AWS access key id"]);
    // A file of the starter may be an example of what is wrong.
    let mut draft = drafted(Kind::default(), &[]);
    draft.report.findings.push(Finding::new(&syntax_error::RULE, "no").in_file("facts.yaml"));
    draft.report.findings.push(Finding::new(&syntax_error::RULE, "no").in_file("own.py"));
    draft.report.findings.push(Finding::new(&syntax_error::RULE, "no").in_file("a").unchecked());
    let mixed = Hindrances::of(&draft);
    assert_eq!((mixed.certain.len(), mixed.others.len()), (1, 1), "{mixed:?}");
}

#[test]
fn the_manifest_keeps_what_the_repository_cannot_say_and_something_is_compared_with() {
    let said = [
        ("variable licence", "0BSD"),
        ("variable edition", "2021"),
        ("variable note", "seen once"),
        ("variable title", "My Tool"),
    ];
    let draft = drafted(Kind::default(), &said);
    assert_eq!(text(&draft, "LICENSE"), "0BSD My Tool 2021\n");
    assert_eq!(text(&draft, "facts.yaml"), "edition: \"2021\"\nnote: seen once\n");
    // The edition is said by the repository, the title follows from the slug, the note is free.
    let kept = BTreeMap::from([("licence".to_owned(), "0BSD".to_owned())]);
    assert_eq!(draft.member.variables, kept);
    assert!(draft.report.findings.is_empty(), "{:#?}", draft.report.findings);
    assert!(drafted(Kind::default(), &[]).member.variables.is_empty());
}

#[test]
fn what_the_kind_says_is_not_kept_again() {
    let kind = Kind {
        variables: BTreeMap::from([("licence".to_owned(), "0BSD".to_owned())]),
        profile: Some("bare".to_owned()),
        ..Kind::default()
    };
    let draft = drafted(kind, &[]);
    assert!(draft.member.variables.is_empty() && draft.member.profile.is_none());
    // The profile does without it, so it is not made.
    assert!(draft.tree.entry("LICENSE").is_none());
    assert_eq!(draft.identity.profile.as_deref(), Some("bare"));
}

#[test]
fn the_description_follows_the_kinds_pattern() {
    let mut kind = Kind::default();
    assert_eq!(drafted(kind.clone(), &[]).description, "my-tool");
    kind.new.description = Some("{title} ({slug}), {licence}; {nobody}".to_owned());
    assert_eq!(drafted(kind, &[]).description, "My Tool (my-tool), MIT; {nobody}");
}

#[test]
fn what_a_starter_has_beside_the_shape_is_judged_with_it() {
    let chosen = chosen(Kind::default());
    let draft = drafted(Kind::default(), &[]);
    let beside = ChangeSet {
        changes: [("old/x", "1"), ("README.md", "2")]
            .map(|(path, text)| {
                let bytes: Arc<[u8]> = text.as_bytes().into();
                (RepoPath::new(path), Change::Write { bytes, mode: Mode::File, base: None })
            })
            .into(),
    };
    let over = draft.over(&chosen.pack, beside.apply_to(&nothing())).expect("judged");
    assert!(over.tree.entry("README.md").is_some() && over.tree.entry("LICENSE").is_some());
    let forbidden = over.report.findings.iter().filter_map(|it| it.path()).map(|it| it.as_str());
    assert!(forbidden.collect::<Vec<_>>().contains(&"old/x"), "{:#?}", over.report.findings);
}

fn of_fleet() -> ChosenKind {
    let manifest = "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers: [t-a]\n";
    let file = std::path::Path::new("fleet.yaml");
    let fleet = crate::fleet::Fleet::parse(file, manifest.as_bytes()).expect("a fleet");
    let alone = chosen(Kind::default());
    ChosenKind { fleet: Some(Arc::new(fleet)), kind_name: "t".to_owned(), ..alone }
}

#[test]
fn the_answer_of_every_question_is_used() {
    let chosen = of_fleet();
    let made = |typed: &Typed| {
        let answers = derive(&chosen, typed);
        assert!(answers.iter().all(|answer| answer.problem.is_none()), "{answers:#?}");
        let Draft { identity, repository, visibility, description, member, files, .. } =
            draft(&chosen, &answers, &[]).expect("renders");
        format!("{identity:?} {repository} {visibility:?} {description} {member:?} {files:?}")
    };
    let usual = Typed::from([(Subject::Slug, "my-tool".to_owned())]);
    let before = made(&usual);
    let asked = crate::scaffold::questions::questions(&chosen);
    for subject in Subject::FIXED {
        assert!(asked.iter().any(|question| question.subject == subject), "{subject:?}");
    }
    for subject in asked.into_iter().map(|question| question.subject) {
        let other = match &subject {
            Subject::Slug => "other-tool",
            Subject::Repository => "elsewhere",
            Subject::Variable(_) => "2021",
            Subject::Profile => "bare",
            Subject::Owner => "@acme/others",
            Subject::Visibility => "internal",
            Subject::Description => "Another description",
        };
        let mut typed = usual.clone();
        typed.insert(subject.clone(), other.to_owned());
        assert_ne!(made(&typed), before, "{subject:?}");
    }
}

#[test]
fn every_question_is_found_again_by_its_key() {
    // A run that goes on reads what was answered by these keys.
    for chosen in [chosen(Kind::default()), of_fleet()] {
        for question in crate::scaffold::questions::questions(&chosen) {
            let subject = question.subject;
            assert_eq!(Subject::of_key(&subject.key()), Some(subject.clone()));
            let is_known =
                matches!(subject, Subject::Variable(_)) || Subject::FIXED.contains(&subject);
            assert!(is_known, "{subject:?}");
        }
    }
    for subject in Subject::FIXED {
        assert_eq!(Subject::of_key(&subject.key()), Some(subject));
    }
}

#[test]
fn an_empty_answer_leaves_something_to_do_until_its_file_is_another() {
    let chosen = chosen(Kind::default());
    let left = |note: Option<&str>| {
        let mut typed = Typed::from([(Subject::Slug, "my-tool".to_owned())]);
        let note = note.map(|note| (Subject::Variable("note".to_owned()), note.to_owned()));
        typed.extend(note);
        let answers = derive(&chosen, &typed);
        let mut made = draft(&chosen, &answers, &[]).expect("renders");
        let before = made.unwritten(&chosen.pack, &answers);
        made.tree = nothing();
        (before, made.unwritten(&chosen.pack, &answers))
    };
    assert_eq!(left(None), (vec!["facts.yaml: say something".to_owned()], Vec::new()));
    assert_eq!(left(Some("seen")), (Vec::new(), Vec::new()));
}
