use super::*;

fn demo() -> Demo {
    Demo::new(Date::parse("2026-11-22").expect("a day")).expect("a demo")
}

#[test]
fn every_member_of_the_manifest_has_a_repository() {
    let demo = demo();
    let manifest = String::from_utf8_lossy(&demo.files["fleet.yaml"].bytes).into_owned();
    assert_eq!(demo.repositories.len(), 8);
    for repository in &demo.repositories {
        let name = repository.folder.trim_start_matches("repositories/workspace-template-");
        let slug = name.trim_end_matches(".git");
        assert!(manifest.contains(slug), "{slug}");
    }
}

#[test]
fn every_drift_is_a_change() {
    for repository in &demo().repositories {
        let [generated, changed] = repository.commits.as_slice() else {
            panic!("{}: two commits", repository.folder)
        };
        assert_ne!(generated.files, changed.files, "{}", repository.folder);
    }
}

#[test]
fn replacements_find_what_they_replace() {
    let demo = demo();
    let text = |name: &str, path: &str| {
        let folder = format!("{REPOSITORIES}/{PREFIX}{name}");
        let mut all = demo.repositories.iter();
        let repository = all.find(|repository| repository.folder == folder).expect("a member");
        let files = &repository.commits.last().expect("a commit").files;
        String::from_utf8_lossy(&files[path].bytes).into_owned()
    };
    assert!(
        text("claude-code", "Dockerfile").contains("\nFROM python:3.12-slim\n")
            || text("claude-code", "Dockerfile").starts_with("FROM python:3.12-slim\n")
    );
    assert!(text("crewai", "Dockerfile").contains("COPY adapter.py crew_executor.py"));
    assert!(text("crewai", "__init__.py").contains("import CrewAdapter"));
    assert!(text("claude-code", ".github/workflows/ci.yml").contains("\n  lint:\n"));
}

#[test]
fn the_shape_has_three_distinct_versions() {
    let shape = demo().shape;
    for path in ["files/.github/workflows/ci.yml", "files/.github/workflows/publish-image.yml"] {
        let versions: std::collections::BTreeSet<_> =
            shape.commits.iter().map(|commit| commit.files[path].bytes.clone()).collect();
        assert_eq!(versions.len(), 3, "{path}");
    }
    assert!(shape.commits.is_sorted_by_key(|commit| commit.time));
}

#[test]
fn the_past_lies_before_today() {
    let history = String::from_utf8_lossy(&demo().files["history.jsonl"].bytes).into_owned();
    let history = crate::drift::history::History::parse(history.as_bytes());
    assert_eq!((history.records.len(), history.unreadable.len(), history.foreign), (4, 0, 0));
    for record in history.records {
        assert!(record.point.at.as_str() < "2026-11-22", "{}", record.point.at);
        assert_eq!(record.verdicts.len(), 8);
    }
}

#[test]
fn commits_have_the_same_ids_wherever_they_are_written() {
    let head = || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write(&demo(), folder.path()).expect("written");
        let ids: Vec<String> = std::fs::read_dir(folder.path().join(REPOSITORIES))
            .expect("readable")
            .map(|entry| {
                let git = git2::Repository::open(entry.expect("readable").path()).expect("git");
                let head = git.refname_to_id("HEAD").expect("a commit");
                head.to_string()
            })
            .collect();
        std::collections::BTreeSet::from_iter(ids)
    };
    let first = head();
    assert_eq!(first.len(), 8);
    assert_eq!(first, head());
}
