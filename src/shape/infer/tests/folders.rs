//! Folders that only one repository has.

use super::*;

#[test]
fn a_folder_of_its_own_in_most_is_asked_about_once() {
    let of = |name: &str, own: &str| {
        let file = format!("{own}/{name}.py");
        member(&format!("django-{name}"), &[("LICENSE", "Do what you like.\n"), (&file, name)])
    };
    let asked = |members: &[Member]| {
        let questions = propose(members, None).questions;
        questions.into_iter().find(|it| it.contains("a folder that no other has"))
    };
    let each = [of("forms", "forms"), of("robots", "robots"), of("tables", "tables")];
    let question = asked(&each).expect("asked");
    let said = "`forms/`, `robots/`, `tables/`: 3 of 3 have a folder that no other has";
    assert!(question.starts_with(said), "{question}");
    // A folder of configuration is none, and one alone is no habit.
    let few = [of("forms", ".forms"), of("robots", ".robots"), of("tables", "tables")];
    assert_eq!(asked(&few), None);
    // All have these folders, and each has one further file in one of them.
    let shared = |name: &str, folder: &str| {
        let file = format!("{folder}/{name}.py");
        let files = [
            ("LICENSE", "Do what you like.\n"),
            ("docs/all.txt", "Of docs.\n"),
            ("scripts/all.txt", "Of scripts.\n"),
            ("tests/all.txt", "Of tests.\n"),
            (&*file, name),
        ];
        member(&format!("django-{name}"), &files)
    };
    let common = [shared("forms", "tests"), shared("robots", "docs"), shared("tables", "scripts")];
    assert_eq!(asked(&common), None);
}
